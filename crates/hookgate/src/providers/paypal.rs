//! PayPal: payments, orders, subscriptions, disputes. Needs the feature `rsa`.
//!
//! Documented at <https://developer.paypal.com/api/rest/webhooks/rest/> and
//! <https://developer.paypal.com/api/webhooks/v1/definitions/verify_webhook_signature> (checked
//! 2026-11): a POST, `paypal-transmission-sig` with the base64 of an RSA signature over SHA-256
//! (`paypal-auth-algo: SHA256withRSA`), made with the key of the certificate at `paypal-cert-url`,
//! over
//!
//! ```text
//! paypal-transmission-id|paypal-transmission-time|<webhook id>|<CRC-32 of the body, in decimal>
//! ```
//!
//! # The body is not signed
//!
//! **A CRC-32 tells a mistake and no attack.** Anyone who has seen one delivery can write any other
//! body with the same CRC-32, by four bytes that are easily worked out, and the signature still
//! holds. What is proved is the sender, the transmission and its time. Events are therefore
//! [`SenderOnly`]: take the event's id, fetch the event from
//! `/v1/notifications/webhooks-events/{id}` (or let PayPal's `verify-webhook-signature` look at the
//! whole request), and act on what comes back.
//!
//! # Certificates
//!
//! The endpoint has either the certificate as its secret, in PEM, or a
//! [`KeySource`](crate::ports::KeySource) that is asked for the one at `paypal-cert-url`
//! ([`keys_from`](crate::EndpointBuilder::keys_from)). Nobody is asked for an address that is not
//! PayPal's: `https`, one of the two API hosts of the environment, a path below
//! `/v1/notifications/certs/`, no port, user, query or escape. The live endpoint takes no sandbox
//! certificates. A certificate has to be in its time, and to bear a name of `paypal.com`. A source
//! must not follow redirects; `examples/key-source` has one.
//!
//! # Time
//!
//! PayPal names no tolerance. It sends a delivery that was not answered again, up to 25 times in
//! three days, and does not say whether the time is then a new one, so that is the tolerance, and
//! five minutes more. [`tolerance`](crate::EndpointBuilder::tolerance) narrows it.
//!
//! ```
//! # #[cfg(feature = "rsa")]
//! # fn main() -> Result<(), hookgate::BuildError> {
//! use hookgate::paypal::{Event, PayPal};
//! use hookgate::ports::{Key, KeyQuery, Unavailable};
//! use hookgate::{Endpoint, SenderOnly};
//!
//! async fn certificate(query: KeyQuery) -> Result<Option<Key>, Unavailable> {
//!     // Fetch the PEM from `query.key_id`, an address at PayPal's.
//! #   let _ = query;
//!     Ok(None)
//! }
//!
//! let endpoint =
//!     Endpoint::builder(PayPal::live("9XL90610J3647323C")).keys_from(certificate).build()?;
//!
//! async fn on_event(SenderOnly(event): SenderOnly<Event>) {
//!     println!("fetch {} before anything is done about {}", event.id, event.event_type);
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rsa"))]
//! # fn main() {}
//! ```

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::address;
use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent, SenderOnly};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::head::{Occurs, RequestHead, once};
use crate::provider::{Habits, Provider, Sends};
use crate::scheme::{Algorithm, Place, Scheme, TimeUnit};

const ID: &str = "paypal";

const TRANSMISSION: &str = "paypal-transmission-id";
const TIME: &str = "paypal-transmission-time";
const CERTIFICATE: &str = "paypal-cert-url";

/// Three days and five minutes, in seconds.
const TOLERANCE: u32 = 3 * 24 * 60 * 60 + 5 * 60;

const SCHEME: Scheme<'static> = Scheme::public_key(Algorithm::RsaSha256, "paypal-transmission-sig")
    .algorithm_named("paypal-auth-algo", "SHA256withRSA")
    .delivery_id(Place::Extracted)
    .timestamp(Place::Extracted, TimeUnit::Rfc3339)
    .tolerance(TOLERANCE)
    .event_name(Place::Json("/event_type"));

/// PayPal. See the [module](self).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PayPal {
    webhook: Arc<str>,
    hosts: &'static [&'static str],
}

impl PayPal {
    /// The live environment. The webhook's id is the one that PayPal gave the address when it was
    /// registered: letters and digits.
    pub fn live(webhook_id: impl Into<Arc<str>>) -> Self {
        Self { webhook: webhook_id.into(), hosts: &["api.paypal.com", "api-m.paypal.com"] }
    }

    /// The sandbox.
    pub fn sandbox(webhook_id: impl Into<Arc<str>>) -> Self {
        Self {
            webhook: webhook_id.into(),
            hosts: &["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"],
        }
    }
}

impl Provider for PayPal {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// No source says whether the transmission's id stays when a delivery is sent again.
    fn habits(&self) -> Habits {
        Habits::new()
    }

    fn mistake(&self) -> Option<&'static str> {
        let is_id = |id: &str| {
            (1..=50).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (!is_id(&self.webhook))
            .then_some("PayPal takes the id of the webhook, letters and digits as PayPal shows it")
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Transmission(self.clone())))
    }
}

impl Sends for PayPal {
    type Event = SenderOnly<Event>;
}

/// What the body says. Nothing of it is signed.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's id: fetch it, and act on what comes back.
    pub id: String,
    /// What happened, as PayPal spells it: `PAYMENT.CAPTURE.COMPLETED`.
    pub event_type: String,
    /// What `resource` is, such as `capture`.
    #[serde(default)]
    pub resource_type: Option<String>,
    /// When the event was made, as text.
    #[serde(default)]
    pub create_time: Option<String>,
    /// What happened, in words.
    #[serde(default)]
    pub summary: Option<String>,
    /// What it happened to.
    #[serde(default)]
    pub resource: Value,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        crate::decode::json_object(&content.body)
    }
}

/// Reads what is signed of a transmission.
#[derive(Debug)]
struct Transmission(PayPal);

/// What the head said, waiting for the body.
#[derive(Debug)]
struct FromHead {
    before_crc: String,
    id: String,
    time: String,
    certificate: String,
}

impl Extract for Transmission {
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        let certificate = value(head, CERTIFICATE, 512)?;
        let named = address::https(&certificate);
        let documented = named.is_some_and(|(host, path)| {
            self.0.hosts.contains(&host) && path.starts_with("/v1/notifications/certs/")
        });
        if !documented {
            return Err(Ambiguous("the certificate's address is not PayPal's"));
        }
        let id = value(head, TRANSMISSION, 64)?;
        let time = value(head, TIME, 64)?;
        if id.contains('|') || time.contains('|') {
            return Err(Ambiguous("the transmission holds a separator"));
        }
        let before_crc = format!("{id}|{time}|{}|", self.0.webhook);
        Ok(Box::new(FromHead { before_crc, id, time, certificate }))
    }

    fn names_key(&self) -> bool {
        true
    }

    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        let host = self.0.hosts.first().unwrap_or(&"");
        let certificate = format!("https://{host}/v1/notifications/certs/CERT-test");
        request.add_header(CERTIFICATE, said.key_id.map_or(certificate, str::to_owned));
        request.add_header(TRANSMISSION, said.id.unwrap_or("d938e770-8046-11e6-8103-000000000000"));
        if let Some(time) = said.timestamp {
            request.add_header(TIME, time);
        }
    }
}

impl Extraction for FromHead {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let text = format!("{}{}", self.before_crc, crc32fast::hash(body));
        let part = SignedPart::new([Bytes::from(text)]);
        Ok(Extracted::part(part, Coverage::SenderOnly)
            .delivery_id(self.id)
            .timestamp(self.time)
            .key_id(self.certificate)
            .certificate_names(&["*.paypal.com"]))
    }
}

/// A header that has to stand once, in visible ASCII.
fn value(head: &dyn RequestHead, name: &str, longest: usize) -> Result<String, Ambiguous> {
    let read = |value: &[u8]| {
        let fits = (1..=longest).contains(&value.len());
        let plain = fits && value.iter().all(u8::is_ascii_graphic);
        std::str::from_utf8(value).ok().filter(|_| plain).map(str::to_owned)
    };
    match once(head, name, read) {
        Occurs::Once(Some(value)) => Ok(value),
        _ => Err(Ambiguous("a header of the transmission is missing, twice or unreadable")),
    }
}
