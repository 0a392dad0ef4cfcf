//! ScreenMeet: events of support sessions, several in one body.
//!
//! Documented at <https://docs.screenmeet.com/docs/configuring-webhooks-for-data-sync> and
//! <https://docs.screenmeet.com/docs/webhook-data-dictionary> (checked 2026-11-22): a POST with a
//! JSON array as `text/plain`, `x-signature` with the signature over the body under the
//! organisation's signing key, and `x-signature-algo: sha256`.
//!
//! **What is not published**: that the signature is an HMAC follows from "signing key"; whether it
//! is written in hex or in base64 is nowhere said. The two cannot be confused, so both are taken
//! until you press *Test* there, look, and pin one with [`ScreenMeet::encoding`]. The algorithm's
//! header is never used to choose one: anything but `sha256` is refused, so that a change shows.
//!
//! ```
//! use hookgate::screenmeet::{Event, ScreenMeet};
//! use hookgate::{Batch, Endpoint};
//!
//! let endpoint = Endpoint::builder(ScreenMeet::new()).secret("the signing key").build()?;
//!
//! async fn on_events(Batch(events): Batch<Event>) {
//!     for event in events {
//!         match event {
//!             Event::Session(event) => println!("{:?} at {:?}", event.r#type, event.ts),
//!             Event::Unknown(json) => println!("something else: {json}"),
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, value::RawValue};

use crate::decode::{Batch, BatchItem};
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Encoding, Scheme};

const ID: &str = "screenmeet";

const SCHEME: Scheme<'static> = Scheme::hmac_sha256("x-signature")
    .encoding(Encoding::HexOrBase64)
    .algorithm_named("x-signature-algo", "sha256");

/// ScreenMeet. See the [module](self).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScreenMeet {
    encoding: Encoding,
}

impl ScreenMeet {
    /// Signatures in hex or in base64.
    pub const fn new() -> Self {
        Self { encoding: Encoding::HexOrBase64 }
    }

    /// Signatures in one encoding only.
    #[must_use]
    pub const fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding }
    }
}

impl Default for ScreenMeet {
    fn default() -> Self {
        Self::new()
    }
}

impl Provider for ScreenMeet {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME.encoding(self.encoding)
    }

    fn habits(&self) -> Habits {
        Habits::new().dedupe(Dedupe::BodyDigest)
    }
}

impl Sends for ScreenMeet {
    type Event = Batch<Event>;
}

/// One event of a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// An object with the documented fields.
    Session(Box<SessionEvent>),
    /// Anything else, as its JSON text: it may hold what no Rust type does, such as half a
    /// surrogate pair, and does not keep the others of its batch from the handler.
    Unknown(String),
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(from)?.get();
        // An array would be read as the fields in order, which nobody sends.
        if text.starts_with('{')
            && let Ok(event) = serde_json::from_str(text)
        {
            return Ok(Self::Session(event));
        }
        Ok(Self::Unknown(text.to_owned()))
    }
}

impl BatchItem for Event {
    const PROVIDER: Option<&'static str> = Some(ID);
}

/// An event with the fields of the data dictionary, of which not all events have all.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionEvent {
    /// The event's name.
    pub r#type: Option<String>,
    /// When it happened, such as `2021-08-09T16:45:57.000Z`.
    pub ts: Option<String>,
    /// A text for people.
    pub message: Option<String>,
    /// The session's id: 6 or 12 characters.
    pub id: Option<String>,
    /// The session's label.
    pub label: Option<String>,
    /// What the user described.
    pub user_description: Option<String>,
    /// `scheduled`, `new`, `active` or `closed`.
    pub status: Option<String>,
    /// Seconds into the session.
    pub seconds: Option<i64>,
    /// The agent.
    pub user: Option<Value>,
    /// The organisation.
    pub organization: Option<Value>,
    /// The agent's settings, by name.
    pub settings: Option<Value>,
    /// The agent's session in which this one was created.
    pub created_by_agent_session: Option<Value>,
    /// The record of the customer management system.
    pub crm_sync_target: Option<Value>,
    /// The device.
    pub device: Option<Value>,
    /// Figures of the session.
    pub stats: Option<Value>,
}
