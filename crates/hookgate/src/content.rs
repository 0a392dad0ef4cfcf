//! What one request carried, as data.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::dangerous::Observation;
use crate::decode::{DecodeError, FromContent, Misfit, misfit};
use crate::time::UnixTime;

/// How much of a delivery the signature covers.
///
/// Ordered from nothing to everything, so that "at least" is `>=`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Coverage {
    /// Nothing was verified: an endpoint opened through [`dangerous`](crate::dangerous).
    Nothing,
    /// A token or password proves the sender, and nothing about the content.
    SenderOnly,
    /// Chosen fields are signed; [`Content::body`] holds those and nothing else.
    Fields,
    /// The whole body is signed, byte for byte.
    Body,
}

/// Facts about a delivery that stand beside its body.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The event's name, as the provider spells it.
    pub event: Option<Arc<str>>,
    /// The provider's id of the delivery.
    pub delivery_id: Option<Arc<str>>,
    /// The time of sending, as the text that was received.
    pub timestamp: Option<Arc<str>>,
}

/// What one request carried: the authenticated bytes and what is known of them.
///
/// Plain data that can be stored and read again (the body as base64), and made by hand in tests. A
/// `Content` proves nothing: the proof that it was verified is the [`Delivery`](crate::Delivery)
/// that only the check makes.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Content {
    /// The provider's id, such as `harmonizely`.
    pub provider: Arc<str>,
    /// The endpoint's name; the provider's id unless the endpoint was given another.
    pub endpoint: Arc<str>,
    /// The tenant whose secret matched, at endpoints that look secrets up: proved by the match,
    /// however the request named it.
    pub tenant: Option<Arc<str>>,
    /// What was signed, and nothing else: for most providers the body as it came, decompressed
    /// where it came with `Content-Encoding: gzip`.
    #[serde(with = "base64_body")]
    pub body: Bytes,
    /// The body's content type, where hookgate wrote the body itself. What a sender says of its
    /// body is unsigned, and looked at by nobody.
    pub content_type: Option<Cow<'static, str>>,
    /// What the signature covers of these facts.
    pub signed: Metadata,
    /// What stood in places that the signature does not cover. Anyone can have written it.
    pub unsigned: Metadata,
    /// What the endpoint was told to expect, for providers that name no event in the delivery.
    pub expected_event: Option<Arc<str>>,
    /// How much the signature covers.
    pub coverage: Coverage,
    /// The label of the secret that matched.
    pub secret: Option<Arc<str>>,
    /// When the request arrived.
    pub received_at: UnixTime,
    /// What an endpoint found that only observes: nothing here counts as verified then, whatever
    /// it found. `None` at every other endpoint.
    #[serde(default)]
    pub observed: Option<Observation>,
}

impl Content {
    /// Content of a provider's delivery, for tests and for stores that keep deliveries in columns
    /// of their own: everything but the body is empty, and nothing is covered.
    ///
    /// ```
    /// use hookgate::{Content, Coverage, UnixTime};
    ///
    /// let mut content = Content::new("harmonizely", UnixTime::from_secs(1_700_000_000), "{}");
    /// content.coverage = Coverage::Body;
    /// ```
    pub fn new(provider: &str, received_at: UnixTime, body: impl Into<Bytes>) -> Self {
        let provider: Arc<str> = provider.into();
        Self {
            endpoint: Arc::clone(&provider),
            provider,
            tenant: None,
            body: body.into(),
            content_type: None,
            signed: Metadata::default(),
            unsigned: Metadata::default(),
            expected_event: None,
            coverage: Coverage::Nothing,
            secret: None,
            received_at,
            observed: None,
        }
    }

    /// Decodes the event, as the extractors do: for workers that read stored content.
    ///
    /// # Errors
    ///
    /// When the content is another provider's or proves less than the type asks for, or does not
    /// decode. That it was verified at all is the store's word: content can be made by hand.
    pub fn decode<T: FromContent>(&self) -> Result<T, DecodeError> {
        match misfit::<T>(self) {
            None => T::from_content(self),
            Some(Misfit::Provider(_)) => Err(DecodeError::new("the content is another provider's")),
            Some(Misfit::Coverage) => {
                Err(DecodeError::new("the content proves less than the event asks for"))
            }
        }
    }

    /// The event's name where it stands outside the body or was looked for there, with whether the
    /// signature covers it. [`Delivery::event`](crate::Delivery::event) also looks into the body.
    pub fn event_name(&self) -> Option<(&str, bool)> {
        let signed = self.signed.event.as_deref().map(|name| (name, true));
        signed.or(self.unsigned.event.as_deref().map(|name| (name, false)))
    }

    /// The delivery's id where it stands outside the body or was looked for there, with whether the
    /// signature covers it. [`Delivery::id`](crate::Delivery::id) also looks into the body.
    pub fn delivery_id(&self) -> Option<(&str, bool)> {
        let signed = self.signed.delivery_id.as_deref().map(|id| (id, true));
        signed.or(self.unsigned.delivery_id.as_deref().map(|id| (id, false)))
    }
}

impl fmt::Debug for Content {
    /// Leaves the payload out, so that content can be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("provider", &self.provider)
            .field("endpoint", &self.endpoint)
            .field("tenant", &self.tenant)
            .field("bytes", &self.body.len())
            .field("coverage", &self.coverage)
            .field("secret", &self.secret)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

mod base64_body {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(body: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(body))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(from)?;
        // The decoder's own message would quote a byte of the body.
        let bytes = BASE64_STANDARD.decode(text.as_bytes());
        bytes.map(Bytes::from).map_err(|_| D::Error::custom("the body is not base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_survives_storage_whatever_its_bytes() {
        let mut content = Content::new("x", UnixTime::from_secs(7), &b"\x00\xff\xc3("[..]);
        content.signed.delivery_id = Some("d-1".into());
        content.coverage = Coverage::Body;
        let stored = serde_json::to_string(&content).unwrap();
        assert!(stored.contains("\"AP/DKA==\""), "{stored}");
        assert_eq!(serde_json::from_str::<Content>(&stored).unwrap(), content);
        assert!(serde_json::from_str::<Content>(&stored.replace("AP/DKA==", "AP/DKA=")).is_err());
    }

    #[test]
    fn coverage_is_ordered_from_nothing_to_everything() {
        let mut sorted = [Body, Nothing, Fields, SenderOnly];
        sorted.sort_unstable();
        use Coverage::{Body, Fields, Nothing, SenderOnly};
        assert_eq!(sorted, [Nothing, SenderOnly, Fields, Body]);
    }
}
