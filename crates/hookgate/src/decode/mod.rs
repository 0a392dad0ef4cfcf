//! From verified content to a typed event.

mod extract;
mod wrappers;

use std::fmt;

use serde::Deserialize;

pub use self::extract::{ExtractError, FromDelivery, extract};
pub use self::wrappers::{Batch, BatchItem, JsonEvent, RawBody, SenderOnly};
use crate::content::{Content, Coverage};

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

    /// Whether the type shows that its content may only have been observed, as
    /// [`dangerous::Observed`](crate::dangerous::Observed) does. Content of endpoints that
    /// only observe goes into no other type, whatever it asks for.
    const OBSERVES: bool = false;

    /// Decodes the content.
    ///
    /// # Errors
    ///
    /// When the body is not what the type expects. The sender is answered 400.
    fn from_content(content: &Content) -> Result<Self, DecodeError>;

    /// Why there is no event in it, for types that keep what does not decode, as
    /// [`dangerous::Observed`](crate::dangerous::Observed) does: endpoints that only observe count
    /// and log it.
    fn undecoded(&self) -> Option<&DecodeError> {
        None
    }
}

/// Why content is not what an event type may be decoded from.
pub(crate) enum Misfit {
    /// It is another provider's than the one that the type names.
    Provider(&'static str),
    /// It proves less than the type asks for.
    Coverage,
}

/// Holds content against what a type asks for. Every way to an event goes through here.
pub(crate) fn misfit<T: FromContent>(content: &Content) -> Option<Misfit> {
    let proves = match content.observed {
        Some(_) => T::OBSERVES,
        None => content.coverage >= T::COVERAGE,
    };
    match T::PROVIDER {
        Some(provider) if *provider != *content.provider => Some(Misfit::Provider(provider)),
        _ if !proves => Some(Misfit::Coverage),
        _ => None,
    }
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

/// As [`json`], for a body that has to be an object: for structs, serde would also take an array of
/// their fields in order.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Ping {
///     zen: String,
/// }
///
/// let ping: Ping = hookgate::json_object(br#"{"zen":"Keep it simple."}"#)?;
/// assert_eq!(ping.zen, "Keep it simple.");
/// // Which `json` takes.
/// assert!(hookgate::json_object::<Ping>(br#"["Keep it simple."]"#).is_err());
/// # Ok::<(), hookgate::DecodeError>(())
/// ```
///
/// # Errors
///
/// As [`json`], and when the body is another JSON value.
pub fn json_object<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, DecodeError> {
    match body.trim_ascii_start().first() {
        None | Some(b'{') => json(body),
        Some(_) => {
            json::<serde::de::IgnoredAny>(body)?;
            Err(DecodeError::new("the body is not a JSON object"))
        }
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
    struct Inner {
        count: u8,
    }

    #[test]
    fn an_object_is_no_other_value_of_json() {
        assert_eq!(json::<Inner>(b"[1]").unwrap().count, 1);
        assert_eq!(json_object::<Inner>(b" \r\n\t{\"count\":1} ").unwrap().count, 1);
        let wrong = |body: &[u8]| json_object::<serde_json::Value>(body).unwrap_err().to_string();
        for body in ["[1]", " [1]", "7", "\"{}\"", "null"] {
            assert_eq!(wrong(body.as_bytes()), "the body is not a JSON object");
        }
        for (body, want) in [
            (&b""[..], "the JSON ends too early at line 1 column 0"),
            (b"no JSON", "the body is not JSON at line 1 column 2"),
            (b"[1", "the JSON ends too early at line 1 column 2"),
            (b"\x0c{}", "the body is not JSON at line 1 column 1"),
            (b"\xff", "the body is not UTF-8"),
        ] {
            assert_eq!(wrong(body), want);
        }
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
