//! ACE Meetings: meetings booked, rescheduled and canceled.
//!
//! Documented at <https://help.useace.com/article/336-how-do-i-set-a-custom-webhook> (checked
//! 2026-11-22): a POST for each event, `x-ace-signature` with the base64 of HMAC-SHA256 over the
//! body, keyed with the secret's text. The secret is optional there; set one.
//!
//! **What is not published**: the payload, the events' names, a delivery id. So the event is the
//! JSON as it came, and what it is about is what the endpoint was told: ACE sends one trigger to
//! each webhook.
//!
//! **Two failures in a row switch the webhook off**, and every status but 2xx is a failure. So an
//! authentic delivery always reaches the handler, whatever its body, and the handler should answer
//! 2xx for what it does not understand. For the same reason keep the old secret beside the new one
//! while you change it.
//!
//! ```
//! use hookgate::ace::{Ace, Body, Event, Trigger};
//! use hookgate::Endpoint;
//!
//! let endpoint =
//!     Endpoint::builder(Ace::trigger(Trigger::Booked)).secret("the webhook's secret").build()?;
//!
//! async fn on_meeting(event: Event) {
//!     match event.body {
//!         Body::Json(meeting) => println!("{:?}: {meeting}", event.trigger),
//!         Body::Raw(bytes) => println!("{} bytes that are no JSON: keep them", bytes.len()),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use bytes::Bytes;
use serde_json::Value;

use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::provider::{Habits, Provider, Sends};
use crate::scheme::{Encoding, Scheme};

const ID: &str = "ace";

const SCHEME: Scheme<'static> = Scheme::hmac_sha256("x-ace-signature").encoding(Encoding::Base64);

/// ACE Meetings. See the [module](self).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ace {
    trigger: Option<Trigger>,
}

impl Ace {
    /// A webhook that was set up for one trigger, which its events then carry.
    pub const fn trigger(trigger: Trigger) -> Self {
        Self { trigger: Some(trigger) }
    }

    /// One address for webhooks of several triggers: the events do not say which one it was.
    pub const fn any() -> Self {
        Self { trigger: None }
    }
}

impl Provider for Ace {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> Habits {
        Habits::new().may_be_unsigned()
    }

    fn expected_event(&self) -> Option<&str> {
        self.trigger.map(Trigger::as_str)
    }
}

impl Sends for Ace {
    type Event = Event;
}

/// What a webhook was set up for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// A meeting was booked.
    Booked,
    /// A meeting was rescheduled.
    Rescheduled,
    /// A meeting was canceled.
    Canceled,
}

impl Trigger {
    const ALL: [Self; 3] = [Self::Booked, Self::Rescheduled, Self::Canceled];

    /// The trigger as a word of ours: ACE publishes none.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Rescheduled => "rescheduled",
            Self::Canceled => "canceled",
        }
    }
}

/// A meeting was booked, rescheduled or canceled.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What the endpoint was set up for. Never guessed from the body.
    pub trigger: Option<Trigger>,
    /// What ACE says about the meeting.
    pub body: Body,
}

/// The body of an [`Event`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// JSON, whose form ACE does not publish.
    Json(Value),
    /// Authentic bytes that are not JSON.
    Raw(Bytes),
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let expected = content.expected_event.as_deref();
        let trigger = Trigger::ALL.into_iter().find(|trigger| Some(trigger.as_str()) == expected);
        let body = match crate::decode::json(&content.body) {
            Ok(json) => Body::Json(json),
            Err(_) => Body::Raw(content.body.clone()),
        };
        Ok(Self { trigger, body })
    }
}
