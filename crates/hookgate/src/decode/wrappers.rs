//! Event types that wrap others.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{DecodeError, FromContent, json};
use crate::content::{Content, Coverage};

/// A JSON body as any type that serde can read, whoever the provider is.
///
/// ```
/// use hookgate::{Content, FromContent, JsonEvent, UnixTime};
///
/// #[derive(serde::Deserialize)]
/// struct Ping { zen: String }
///
/// let content = Content::new("github", UnixTime::from_secs(0), r#"{"zen":"Keep it simple."}"#);
/// let event: JsonEvent<Ping> = JsonEvent::from_content(&content)?;
/// assert_eq!(event.zen, "Keep it simple.");
/// # Ok::<(), hookgate::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct JsonEvent<T>(pub T);

impl<T: DeserializeOwned> FromContent for JsonEvent<T> {
    const PROVIDER: Option<&'static str> = None;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        json(&content.body).map(Self)
    }
}

impl<T> Deref for JsonEvent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// An event of which a provider sends several in one body.
pub trait BatchItem: DeserializeOwned {
    /// The id of the one provider that sends these items, `None` for any.
    const PROVIDER: Option<&'static str>;
}

impl<T: DeserializeOwned> BatchItem for JsonEvent<T>
where
    Self: DeserializeOwned,
{
    const PROVIDER: Option<&'static str> = None;
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for JsonEvent<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self)
    }
}

/// A JSON array of events, in the order in which they were sent. An empty one is fine.
///
/// One item that does not decode refuses the whole batch, unless the item's own type makes room
/// for the unknown, as [`screenmeet::Event`](crate::screenmeet::Event) does.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct Batch<T>(pub Vec<T>);

impl<T: BatchItem> FromContent for Batch<T> {
    const PROVIDER: Option<&'static str> = T::PROVIDER;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        json(&content.body).map(Self)
    }
}

impl<T> Deref for Batch<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for Batch<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The verified bytes, undecoded.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct RawBody(pub Bytes);

impl fmt::Debug for RawBody {
    /// Leaves the payload out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

impl FromContent for RawBody {
    const PROVIDER: Option<&'static str> = None;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        Ok(Self(content.body.clone()))
    }
}

impl Deref for RawBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// An event of which only the sender is proved: its content is not signed.
///
/// Providers that send a token or a password instead of a signature declare `SenderOnly<..>` as
/// their event, so that a handler's signature shows how weak the proof is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct SenderOnly<T>(pub T);

impl<T: FromContent> FromContent for SenderOnly<T> {
    const PROVIDER: Option<&'static str> = T::PROVIDER;
    const COVERAGE: Coverage = Coverage::SenderOnly;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        T::from_content(content).map(Self)
    }
}
