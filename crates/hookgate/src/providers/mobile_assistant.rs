//! Mobile Assistant (Connect-It): transcripts that are done.
//!
//! Documented at <https://docs.mobileassistant.us/docs/webhooks>, with an example server at
//! <https://github.com/MobileAssistant/webhooks-example> (checked 2026-11-22): a POST for each
//! event, `x-connect-it-token` with the hex of HMAC-SHA256, keyed with the secret's text.
//!
//! **Over what** is said twice: the page's text says the request body, its example server verifies
//! `JSON.stringify(JSON.parse(body))`. Where the sender posts what its own `JSON.stringify` wrote,
//! both are the same bytes, and hookgate verifies those that came. Should deliveries be refused
//! that are genuine, see
//! [`dangerous::javascript_reserialised`](crate::dangerous::javascript_reserialised).
//!
//! **What is not published**: the payload beside `type`, a delivery id, retries. Events of other
//! types are refused with 400, as the example server does; `.unknown_events(..)` changes it.
//! Repeats may be genuine for all that is said, so replay guards are refused.
//!
//! ```
//! use hookgate::mobile_assistant::{Event, MobileAssistant};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(MobileAssistant::new()).secret("the secret").build()?;
//!
//! async fn on_event(event: Event) {
//!     match event {
//!         Event::TranscriptCompleted(json) => println!("{json}"),
//!         Event::TestCompleted(_) => println!("the portal's test works"),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::sync::Arc;

use serde_json::Value;

use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::form::{Form, Reserialise};
use crate::json;
use crate::provider::{Habits, Provider, Sends, UnknownEvents};
use crate::scheme::{Place, Scheme};

const ID: &str = "mobile-assistant";

const SCHEME: Scheme<'static> =
    Scheme::hmac_sha256("x-connect-it-token").event_name(Place::Json("/type"));

const TEST_COMPLETED: &str = "test.completed";
const TRANSCRIPT_COMPLETED: &str = "transcript.completed";

/// The largest body that is written anew, in bytes: it costs a tree in memory.
const RESERIALISED_LIMIT: usize = 256 * 1024;

/// Mobile Assistant. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MobileAssistant {
    reserialised: Option<usize>,
}

impl MobileAssistant {
    /// Signatures over the body as it came.
    pub const fn new() -> Self {
        Self { reserialised: None }
    }

    /// For [`dangerous`](crate::dangerous) only.
    pub(crate) const fn reserialised(self) -> Self {
        Self { reserialised: Some(RESERIALISED_LIMIT) }
    }

    /// The largest body that is written anew, in bytes, where
    /// [`dangerous::javascript_reserialised`](crate::dangerous::javascript_reserialised) switched
    /// that on; elsewhere it changes nothing. Default: 256 KiB.
    #[must_use]
    pub const fn reserialised_limit(self, bytes: usize) -> Self {
        match self.reserialised {
            Some(_) => Self { reserialised: Some(bytes) },
            None => self,
        }
    }
}

impl Provider for MobileAssistant {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> Habits {
        Habits::new().unknown_events(UnknownEvents::Refuse).repeats_are_genuine()
    }

    fn known_events(&self) -> &[&str] {
        &[TEST_COMPLETED, TRANSCRIPT_COMPLETED]
    }

    fn form(&self) -> Form {
        match self.reserialised {
            Some(limit) => Form::Reserialised(Arc::new(JavaScript { limit })),
            None => Form::AsReceived,
        }
    }
}

impl Sends for MobileAssistant {
    type Event = Event;
}

/// `JSON.stringify(JSON.parse(body))`, as Express does it to a body before its handler sees it.
#[derive(Debug)]
struct JavaScript {
    limit: usize,
}

impl Reserialise for JavaScript {
    fn reserialise(&self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() > self.limit {
            return None;
        }
        json::reserialise(body).ok()
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }
}

/// What was done. The JSON is the whole body: its form is not published.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `test.completed`: the portal's test.
    TestCompleted(Value),
    /// `transcript.completed`
    TranscriptCompleted(Value),
    /// Another type. Only where the endpoint was told to deliver it.
    Unknown(Value),
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        // In one pass, and strict: a type that stands there twice is refused.
        let name = json::text_at(&content.body, &["type"]).map_err(|error| match error {
            json::ScanError::NotUtf8 => DecodeError::not_utf8(),
            json::ScanError::DuplicateKey => DecodeError::new("the body names its type twice"),
            json::ScanError::TooDeep => DecodeError::new("the JSON is nested too deeply"),
            json::ScanError::Syntax | json::ScanError::NotAnObject => {
                DecodeError::new("the body is not a JSON object")
            }
        })?;
        let event = match name.as_deref() {
            Some(TEST_COMPLETED) => Self::TestCompleted,
            Some(TRANSCRIPT_COMPLETED) => Self::TranscriptCompleted,
            _ => Self::Unknown,
        };
        json(&content.body).map(event)
    }
}
