//! From verified content to a typed event.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::content::{Content, Coverage};
use crate::delivery::Delivery;
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::reply::Reply;

/// How an event type is decoded from what was verified.
///
/// Implement it for your own types, or wrap them: [`JsonEvent<T>`](JsonEvent) for any type that
/// serde can read, [`Batch<T>`](Batch) for arrays. hookgate implements it only for its own types,
/// never for `Bytes`, `String` or `serde_json::Value`: those are extractors of the frameworks and
/// would slip into a handler unverified.
///
/// ```
/// use hookgate::{Content, DecodeError, FromContent};
///
/// struct Ping(u32);
///
/// impl FromContent for Ping {
///     const PROVIDER: Option<&'static str> = Some("pinger");
///
///     fn from_content(content: &Content) -> Result<Self, DecodeError> {
///         let text = std::str::from_utf8(&content.body).map_err(|_| DecodeError::not_utf8())?;
///         text.parse().map(Ping).map_err(|_| DecodeError::new("not a number"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event",
    note = "take the provider's own event type, `JsonEvent<T>` for a type of yours, `Batch<..>` for \
            arrays, `RawBody` for the bytes, or implement `FromContent`"
)]
pub trait FromContent: Sized {
    /// The id of the one provider whose deliveries this type decodes, `None` for any.
    ///
    /// There is no default: a type that reads any provider's deliveries says so.
    const PROVIDER: Option<&'static str>;

    /// The least coverage that the type asks for. A handler that takes it never sees less.
    const COVERAGE: Coverage = Coverage::Fields;

    /// Decodes the content.
    ///
    /// # Errors
    ///
    /// When the body is not what the type expects. The sender is answered 400.
    fn from_content(content: &Content) -> Result<Self, DecodeError>;
}

/// Why verified content did not decode.
///
/// It names the place and never the payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecodeError {
    what: &'static str,
    place: Option<Box<Place>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Place {
    line: usize,
    column: usize,
    path: String,
}

impl DecodeError {
    /// An error in one's own words. Lower case, no full stop, nothing of the payload.
    pub const fn new(what: &'static str) -> Self {
        Self { what, place: None }
    }

    /// The body is text in another encoding, or no text at all.
    pub const fn not_utf8() -> Self {
        Self::new("the body is not UTF-8")
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if let Some(place) = &self.place {
            write!(f, " at line {} column {}", place.line, place.column)?;
            if !place.path.is_empty() {
                write!(f, ", in {}", place.path)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}

/// Decodes JSON from verified bytes.
///
/// The text is checked once and then read as text, which is faster than reading bytes; the path of
/// an error is looked for only after there is one.
///
/// # Errors
///
/// When the body is not UTF-8, not JSON, or not JSON of this type. serde's own message is left
/// out, since it quotes the payload.
pub fn json<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::not_utf8())?;
    serde_json::from_str(text).map_err(|error| explain::<T>(text, &error))
}

/// As [`json`], for an object: serde would also take an array of its fields in order.
///
/// # Errors
///
/// As [`json`], and when the body is another JSON value.
pub(crate) fn json_object<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, DecodeError> {
    match body.trim_ascii_start().first() {
        Some(b'[') => Err(DecodeError::new("the body is not a JSON object")),
        _ => json(body),
    }
}

#[cold]
fn explain<'b, T: Deserialize<'b>>(text: &'b str, error: &serde_json::Error) -> DecodeError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Syntax => "the body is not JSON",
        serde_json::error::Category::Data | serde_json::error::Category::Io => {
            "the JSON is not of the expected type"
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => String::new(),
        Err(error) => readable(error.path()),
    };
    let place = Place { line: error.line(), column: error.column(), path };
    DecodeError { what, place: Some(Box::new(place)) }
}

/// The path in the words of the schema. A key of a map is the sender's word, and may be a name, a
/// number or a token: shown is only what reads like a field's name, a word that begins in lower
/// case and holds no digit.
fn readable(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    let mut text = String::new();
    for segment in path.iter().take(16) {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                let word = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
                let named =
                    key.len() <= 32 && key.starts_with(|first: char| first.is_ascii_lowercase());
                let named = named && key.bytes().all(word);
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(if named { key } else { "?" });
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

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

/// What an extractor can take from a [`Delivery`]: every [`FromContent`] type, and the delivery
/// itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken out of a delivery",
    note = "take the provider's own event type, `JsonEvent<T>` for a type of yours, `Batch<..>` for \
            arrays, `RawBody` for the bytes, `Delivery`, or implement `FromContent`"
)]
pub trait FromDelivery: Sized + sealed::Sealed {
    /// Takes it from a verified delivery.
    ///
    /// # Errors
    ///
    /// When the delivery is another provider's or proves too little, or does not decode.
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError>;
}

mod sealed {
    pub trait Sealed {}
    impl<T: super::FromContent> Sealed for T {}
    impl Sealed for super::Delivery {}
}

impl<T: FromContent> FromDelivery for T {
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError> {
        let content = delivery.content();
        if T::PROVIDER.is_some_and(|provider| *provider != *content.provider) {
            return Err(ExtractError::WrongProvider {
                wanted: T::PROVIDER.unwrap_or_default(),
                came: content.provider.to_string(),
            });
        }
        if content.coverage < T::COVERAGE {
            return Err(ExtractError::WeakProof { wanted: T::COVERAGE, came: content.coverage });
        }
        T::from_content(content).map_err(|error| {
            let rejection = delivery.reject(RejectionKind::Undecodable).because(error);
            ExtractError::Undecodable(Box::new(delivery.endpoint().refuse(rejection)))
        })
    }
}

impl FromDelivery for Delivery {
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError> {
        let came = delivery.content().coverage;
        if came < Coverage::Fields {
            return Err(ExtractError::WeakProof { wanted: Coverage::Fields, came });
        }
        Ok(delivery.clone())
    }
}

/// Takes something out of the delivery that a gate left for the handler: for adapters.
///
/// # Errors
///
/// When there is no delivery, or [`FromDelivery::from_delivery`] refuses. A handler that is wired
/// wrong is an error in the log too, since the sender is not told what is wrong with the server.
pub fn extract<T: FromDelivery>(delivery: Option<&Delivery>) -> Result<T, ExtractError> {
    let taken = delivery.ok_or(ExtractError::NoGate).and_then(T::from_delivery);
    if let Err(error) = &taken
        && error.rejection().is_none()
    {
        tracing::error!(target: "hookgate", %error, "the handler is wired wrong");
    }
    taken
}

/// Why an extractor has nothing to give.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExtractError {
    /// The handler runs without a gate in front of it. Answered 500: nothing was verified.
    NoGate,
    /// The gate in front verifies another provider. Answered 500.
    WrongProvider {
        /// The provider whose events the handler takes.
        wanted: &'static str,
        /// The provider that the gate verifies.
        came: String,
    },
    /// The gate in front proves less than the handler's type asks for. Answered 500.
    WeakProof {
        /// What the handler asks for.
        wanted: Coverage,
        /// What is proved.
        came: Coverage,
    },
    /// The delivery is authentic and does not decode. Answered 400.
    Undecodable(Box<Refusal>),
}

impl ExtractError {
    /// What the sender is told.
    pub fn reply(&self) -> Reply {
        let Self::Undecodable(refusal) = self else {
            let problem = serde_json::json!({
                "type": "about:blank",
                "title": "Internal Server Error",
                "status": 500,
                "detail": self.to_string(),
                "code": "webhook_layer",
            });
            let body = Bytes::from(problem.to_string());
            return Reply::new(500).content("application/problem+json", body);
        };
        refusal.reply.clone()
    }

    /// The rejection of an authentic delivery, `None` where the handler is wired wrong.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Undecodable(refusal) => Some(&refusal.rejection),
            Self::NoGate | Self::WrongProvider { .. } | Self::WeakProof { .. } => None,
        }
    }
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGate => f.write_str(
                "no verified delivery: put a webhook layer for the provider in front of this handler",
            ),
            Self::WrongProvider { wanted, came } => write!(
                f,
                "the handler takes deliveries of {wanted}, and the webhook layer in front verifies \
                 {came}",
            ),
            Self::WeakProof { wanted, came } => write!(
                f,
                "the handler asks for coverage {wanted:?}, and the webhook layer in front proves \
                 {came:?}",
            ),
            Self::Undecodable(refusal) => refusal.rejection.fmt(f),
        }
    }
}

impl std::error::Error for ExtractError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection().and_then(std::error::Error::source)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Outer {
        inner: Inner,
        map: std::collections::HashMap<String, u8>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Inner {
        count: u8,
    }

    #[test]
    fn an_error_names_the_place_and_never_the_payload() {
        for (body, want) in [
            (
                r#"{"inner":{"count":"s3cret"},"map":{}}"#,
                "of the expected type at line 1 column 26, in inner.count",
            ),
            (r#"{"inner":{"count":1},"map":{"s3cret!":"x"}}"#, "in map.?"),
            (r#"{"inner":s3cret}"#, "the body is not JSON at line 1 column 10"),
            (r#"{"inner":{"#, "ends too early"),
        ] {
            let error = json::<Outer>(body.as_bytes()).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(want), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
        assert_eq!(json::<Outer>(b"\xff").unwrap_err(), DecodeError::not_utf8());
    }
}
