//! eBay's Notification API: accounts deleted, items sold, feedback left. Needs the feature `ecdsa`.
//!
//! Documented at <https://developer.ebay.com/api-docs/commerce/notification/overview.html>, and in
//! detail by eBay's `event-notification-nodejs-sdk` (checked 2026-11): a POST with a JSON body, and
//! `x-ebay-signature` with the base64 of a small JSON object:
//!
//! ```text
//! {"alg":"ecdsa","kid":"9936261a-7d7b-4621-a0f1-96ccb428af49","signature":"<base64>","digest":"SHA1"}
//! ```
//!
//! The signature is ECDSA on P-256 over SHA-1, in DER, over the body. eBay's SDK verifies what
//! `JSON.stringify` makes of the body that it has parsed; eBay sends just that, so this module
//! verifies the bytes. `alg` and `digest` choose nothing: another value is refused.
//!
//! The endpoint has either eBay's public key as its secret, as PEM, also in the one line in which
//! eBay's API shows it, or a [`KeySource`](crate::ports::KeySource) that is asked for the key of
//! that `kid`, by a call of the Notification API's `getPublicKey` that needs a token. A `kid` is
//! letters, digits and dashes.
//!
//! When an address is registered, eBay asks for it by a GET with `challenge_code`. The gate answers
//! at an endpoint that was given the
//! [`verify_token`](crate::EndpointBuilder::verify_token) and the
//! [`public_url`](crate::EndpointBuilder::public_url) that eBay was given.
//!
//! eBay's SDK answers a wrong signature with 412, and so does the gate.
//!
//! ```
//! # #[cfg(feature = "ecdsa")]
//! # fn main() -> Result<(), hookgate::BuildError> {
//! use hookgate::ebay::{Ebay, Event};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Ebay)
//!     .secret(
//!         "-----BEGIN PUBLIC KEY-----\n\
//!          MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf\
//!          76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==\n\
//!          -----END PUBLIC KEY-----",
//!     )
//!     .build()?;
//!
//! async fn on_event(event: Event) {
//!     println!("{}: {}", event.topic, event.data);
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "ecdsa"))]
//! # fn main() {}
//! ```

use std::fmt;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::handshake::{Challenge, Handshake};
use crate::head::{Occurs, RequestHead, once};
use crate::json;
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Algorithm, Place, Scheme};

const ID: &str = "ebay";

const HEADER: &str = "x-ebay-signature";

/// The longest value of the header, in bytes: some 200 are sent.
const LONGEST: usize = 1024;

const SCHEME: Scheme<'static> = Scheme::public_key(Algorithm::EcdsaP256Sha1, "")
    .signature(Place::Extracted)
    .delivery_id(Place::Json("/notification/notificationId"))
    .event_name(Place::Json("/metadata/topic"));

const CHALLENGE: Challenge<'static> =
    Challenge::QueryHash { name: "challenge_code", answer: "challengeResponse" };

/// eBay. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Ebay;

impl Provider for Ebay {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// A notification counts its attempts and keeps its id.
    fn habits(&self) -> Habits {
        Habits::new().rejection_status(412).dedupe(Dedupe::SignedId)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Header))
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        Some(&CHALLENGE)
    }
}

impl Sends for Ebay {
    type Event = Event;
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The topic: `MARKETPLACE_ACCOUNT_DELETION`.
    pub topic: String,
    /// The version of the topic's data, such as `1.0`.
    pub schema_version: Option<String>,
    /// The notification's id, the same in each attempt.
    pub notification_id: String,
    /// When it happened, as text.
    pub event_date: Option<String>,
    /// When it was sent, as text.
    pub publish_date: Option<String>,
    /// Which attempt this is, from 1.
    pub publish_attempt_count: Option<u64>,
    /// What it is about.
    pub data: Value,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let envelope: Envelope = crate::decode::json_object(&content.body)?;
        let Envelope { metadata, notification } = envelope;
        Ok(Self {
            topic: metadata.topic,
            schema_version: metadata.schema_version,
            notification_id: notification.notification_id,
            event_date: notification.event_date,
            publish_date: notification.publish_date,
            publish_attempt_count: notification.publish_attempt_count,
            data: notification.data,
        })
    }
}

#[derive(Deserialize)]
struct Envelope {
    metadata: Metadata,
    notification: Notification,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    topic: String,
    #[serde(default)]
    schema_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    notification_id: String,
    #[serde(default)]
    event_date: Option<String>,
    #[serde(default)]
    publish_date: Option<String>,
    #[serde(default)]
    publish_attempt_count: Option<u64>,
    #[serde(default)]
    data: Value,
}

/// Reads the header.
#[derive(Clone, Copy, Debug)]
struct Header;

/// What the header said, waiting for the body.
struct FromHead {
    key: String,
    signature: String,
}

impl fmt::Debug for FromHead {
    /// Leaves the signature out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromHead")
    }
}

impl Extract for Header {
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        match once(head, HEADER, read) {
            Occurs::Once(read) => Ok(Box::new(read?)),
            _ => Err(Ambiguous("the signature's header is missing or stands twice")),
        }
    }

    fn names_key(&self) -> bool {
        true
    }

    /// Writes the header, in which the signature is still missing.
    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        let key = said.key_id.unwrap_or("9936261a-0000-4621-a0f1-000000000000");
        request.set_header(HEADER, sign::header(key, ""));
    }

    #[cfg(feature = "sign")]
    fn put(&self, signature: &str, request: &mut crate::sign::SignedRequest) {
        if let Occurs::Once(Ok(found)) = once(request, HEADER, read) {
            let header = sign::header(&found.key, signature);
            request.set_header(HEADER, header);
        }
    }
}

fn read(value: &[u8]) -> Result<FromHead, Ambiguous> {
    let unreadable = Ambiguous("the signature's header is not as eBay writes it");
    let decoded = if value.len() <= LONGEST { BASE64_STANDARD.decode(value).ok() } else { None };
    let said = decoded.as_deref().and_then(json::object::object).ok_or(unreadable)?;
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let is = |name: &str, wanted: &str| match said.get(name) {
        None => true,
        Some(value) => value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(wanted)),
    };
    if !is("alg", "ecdsa") || !is("digest", "sha1") {
        return Err(Ambiguous("the header names another algorithm"));
    }
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_name = |key: &&str| (1..=128).contains(&key.len()) && key.bytes().all(in_name);
    let key = text("kid").filter(is_name).ok_or(unreadable)?;
    let signature = text("signature").ok_or(unreadable)?;
    Ok(FromHead { key: key.to_owned(), signature: signature.to_owned() })
}

impl Extraction for FromHead {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let part = SignedPart::new([body.clone()]).signature(self.signature);
        Ok(Extracted::part(part, Coverage::Body).key_id(self.key))
    }
}

#[cfg(feature = "sign")]
mod sign {
    use base64::prelude::{BASE64_STANDARD, Engine};

    pub(super) fn header(key: &str, signature: &str) -> String {
        let said = serde_json::json!({
            "alg": "ecdsa", "kid": key, "signature": signature, "digest": "SHA1",
        });
        BASE64_STANDARD.encode(said.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_header_panics(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&value);
            let _ = read(BASE64_STANDARD.encode(&value).as_bytes());
        }
    }
}
