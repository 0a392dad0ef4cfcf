//! Harmonizely, now SimplyMeet.me: meetings scheduled, rescheduled and cancelled.
//!
//! Documented at <https://developers.harmonizely.com/resources/webhook>, under the new brand at
//! <https://help.simplymeet.me/index.php/Webhook> (checked 2026-11-22): a POST for each event,
//! `webhook-signature` with the base64 of HMAC-SHA256 over the body, keyed with the secret's text.
//!
//! The header's name is that of Standard Webhooks, the scheme is not: a value that begins with
//! `v1,` is refused here. A webhook can be set up without a secret, and is then unsigned; set one.
//! The `user-agent` proves nothing.
//!
//! The fields are those of the documented sample. All but the event's name may be missing, further
//! ones are passed over, and what the sample shows only as `null` is any JSON.
//!
//! ```
//! use hookgate::harmonizely::{Event, Harmonizely};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
//!
//! async fn on_meeting(event: Event) {
//!     match event {
//!         Event::MeetingScheduled(notice) => println!("at {:?}", notice.data.scheduled_at),
//!         Event::MeetingRescheduled(notice) => println!("now at {:?}", notice.data.scheduled_at),
//!         Event::MeetingCancelled(notice) => println!("off: {:?}", notice.data.uuid),
//!         Event::Unknown(unknown) => println!("something new: {}", unknown.event),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Encoding, Place, Scheme};

const ID: &str = "harmonizely";

const SCHEME: Scheme<'static> = Scheme::hmac_sha256("webhook-signature")
    .encoding(Encoding::Base64)
    .event_name(Place::Json("/event"));

const SCHEDULED: &str = "meetingScheduled";
const RESCHEDULED: &str = "meetingRescheduled";
const CANCELLED: &str = "meetingCancelled";

/// Harmonizely. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Harmonizely;

impl Provider for Harmonizely {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> Habits {
        // The outer `uuid` differs from the webhook's and the meeting's, but no page says whether
        // it is one for each event or for each attempt.
        Habits::new().dedupe(Dedupe::BodyDigest).may_be_unsigned()
    }

    fn known_events(&self) -> &[&str] {
        &[SCHEDULED, RESCHEDULED, CANCELLED]
    }
}

impl Sends for Harmonizely {
    type Event = Event;
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `meetingScheduled`
    MeetingScheduled(Notice),
    /// `meetingRescheduled`
    MeetingRescheduled(Notice),
    /// `meetingCancelled`
    MeetingCancelled(Notice),
    /// An event that the page does not list.
    Unknown(Unknown),
}

impl Event {
    /// The event's name, as Harmonizely spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::MeetingScheduled(_) => SCHEDULED,
            Self::MeetingRescheduled(_) => RESCHEDULED,
            Self::MeetingCancelled(_) => CANCELLED,
            Self::Unknown(unknown) => &unknown.event,
        }
    }
}

/// A notice about a meeting.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Notice {
    /// The notice's own id: neither the meeting's nor the webhook's.
    pub uuid: Option<String>,
    /// The meeting.
    pub data: Box<Meeting>,
}

/// An event that the page does not list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unknown {
    /// Its name.
    pub event: String,
    /// The notice's own id.
    pub uuid: Option<String>,
    /// What it says.
    pub data: Value,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let envelope: Envelope<'_> = crate::decode::json_object(&content.body)?;
        let known = match &*envelope.event {
            SCHEDULED => Self::MeetingScheduled,
            RESCHEDULED => Self::MeetingRescheduled,
            CANCELLED => Self::MeetingCancelled,
            _ => {
                let data = envelope
                    .data
                    .map_or(Ok(Value::Null), |data| crate::decode::json(data.get().as_bytes()))?;
                let event = envelope.event.into_owned();
                return Ok(Self::Unknown(Unknown { event, uuid: envelope.uuid, data }));
            }
        };
        let data = envelope
            .data
            .map_or(Ok(Box::default()), |data| crate::decode::json(data.get().as_bytes()))?;
        Ok(known(Notice { uuid: envelope.uuid, data }))
    }
}

/// The envelope is read first, so that one that names its event twice is refused, and an unknown
/// event need not look like a meeting.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: std::borrow::Cow<'a, str>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default, borrow)]
    data: Option<&'a serde_json::value::RawValue>,
}

/// A meeting, with the fields of the documented sample.
///
/// Times are text such as `2021-06-23T07:30:00+00:00`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are the provider's, and its page explains none of them"
)]
pub struct Meeting {
    pub uuid: Option<String>,
    pub state: Option<String>,
    pub scheduled_at: Option<String>,
    pub end_date: Option<String>,
    pub canceled_at: Option<String>,
    pub pretty_scheduled_at: Option<String>,
    pub pretty_scheduled_at_in_invitee_timezone: Option<String>,
    pub pretty_canceled_at: Option<String>,
    pub pretty_canceled_at_in_invitee_timezone: Option<String>,
    pub location: Option<String>,
    pub notes: Option<Value>,
    pub details: Option<Value>,
    pub payment: Option<Value>,
    pub cancellation: Option<Value>,
    pub rescheduling: Option<Value>,
    pub event_type: Option<EventType>,
    pub invitee: Option<Invitee>,
    pub answers: Option<Vec<Answer>>,
}

/// The kind of meeting that was booked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are the provider's, and its page explains none of them"
)]
pub struct EventType {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<Value>,
    /// Minutes.
    pub duration: Option<i64>,
    pub location: Option<Value>,
    pub location_label: Option<Value>,
    pub is_secret: Option<bool>,
    pub confirmation_page_type: Option<String>,
    pub confirmation_page_url: Option<Value>,
    pub notification_type: Option<String>,
    pub pass_details_to_redirected_page: Option<bool>,
    pub r#type: Option<String>,
    pub position: Option<i64>,
}

/// Who booked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are the provider's, and its page explains none of them"
)]
pub struct Invitee {
    pub first_name: Option<String>,
    pub full_name: Option<String>,
    pub email: Option<String>,
    pub phone_number: Option<String>,
    pub timezone: Option<String>,
    pub locale: Option<String>,
}

/// An answer to a question of the booking form.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are the provider's, and its page explains none of them"
)]
pub struct Answer {
    pub question_label: Option<String>,
    pub question_type: Option<String>,
    /// Text for a `textarea`, the number 1 for a `checkbox`.
    pub value: Option<Value>,
}
