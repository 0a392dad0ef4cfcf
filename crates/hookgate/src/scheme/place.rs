//! Where a value stands, compiled, and how it is read from there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::head::{Occurs, RequestHead, once};
use crate::json::{self, Scalar, ScanError, Step};
use crate::reply::is_header_name;
use crate::scheme::Place;
use crate::scheme::body::{form_value, json_value};
use crate::scheme::capture::Unclear;
use crate::scheme::error::SchemeError;
use crate::scheme::urlencoded;

/// The longest delivery id, event name or key id that is read, in bytes.
const MAX_NAME: usize = 256;

/// Where a value stands: [`Place`], owned.
#[derive(Clone, Debug)]
pub(crate) enum PlacePlan {
    Header(Box<str>),
    RepeatedHeader(Box<str>),
    NumberedHeaders(Box<str>),
    SignatureField(Box<[u8]>),
    Query(Box<[u8]>),
    Form(Box<[u8]>),
    Json(JsonPath),
    Claim(Box<str>),
    Extracted,
}

/// A JSON pointer. Through objects alone the way is faster.
#[derive(Clone, Debug)]
pub(crate) struct JsonPath {
    steps: Box<[Step]>,
    keys: Option<Box<[Box<str>]>>,
}

impl PlacePlan {
    pub(crate) fn compile(
        what: &'static str,
        place: Place<'_>,
        listed: bool,
    ) -> Result<Self, SchemeError> {
        let own = |what, text: &str| match text {
            "" => Err(SchemeError::Empty(what)),
            _ => Ok(Box::from(text.as_bytes())),
        };
        Ok(match place {
            Place::Header(header) => Self::Header(header_name(header)?),
            Place::RepeatedHeader(header) => Self::RepeatedHeader(header_name(header)?),
            Place::NumberedHeaders(header) => Self::NumberedHeaders(header_name(header)?),
            Place::SignatureField(field) if listed => {
                Self::SignatureField(own("field's name", field)?)
            }
            Place::SignatureField("") => return Err(SchemeError::Empty("field's name")),
            Place::SignatureField(_) => {
                return Err(SchemeError::Place(what, "the signature's header is no list"));
            }
            Place::Query(name) => Self::Query(own("parameter's name", name)?),
            Place::Form(name) => Self::Form(own("field's name", name)?),
            Place::Json(pointer) => Self::Json(JsonPath::compile(pointer)?),
            Place::Claim("") => return Err(SchemeError::Empty("claim's name")),
            Place::Claim(name) => Self::Claim(name.into()),
            Place::Extracted => Self::Extracted,
        })
    }

    /// Whether the value stands in the body.
    pub(crate) fn is_in_body(&self) -> bool {
        matches!(self, Self::Form(_) | Self::Json(_))
    }

    /// Whether the value stands in the head.
    pub(crate) fn is_in_head(&self) -> bool {
        !self.is_in_body() && !matches!(self, Self::Extracted | Self::Claim(_))
    }

    /// Reads the value from the head, or takes the field that was read with the signature.
    pub(crate) fn read<H, T>(
        &self,
        head: &H,
        field: Option<Vec<u8>>,
        mut parse: impl FnMut(&[u8]) -> Option<T>,
    ) -> Occurs<Option<T>>
    where
        H: RequestHead + ?Sized,
    {
        match self {
            Self::Header(header) => once(head, header, parse),
            Self::SignatureField(_) => {
                field.map_or(Occurs::Never, |text| Occurs::Once(parse(&text)))
            }
            Self::Query(name) => {
                urlencoded::once(head.query().unwrap_or_default().as_bytes(), name, parse)
            }
            Self::Form(_)
            | Self::Json(_)
            | Self::RepeatedHeader(_)
            | Self::NumberedHeaders(_)
            | Self::Claim(_)
            | Self::Extracted => Occurs::Never,
        }
    }

    /// The value in a body, strictly: `None` where it is missing.
    pub(crate) fn value_in(&self, body: &[u8]) -> Result<Option<Vec<u8>>, Unclear> {
        match self {
            Self::Form(name) => form_value(body, name),
            Self::Json(path) => json_value(body, &path.steps),
            _ => Ok(None),
        }
    }

    /// The text in a verified body: `None` where there is none.
    pub(crate) fn text_in<'b>(&self, body: &'b [u8]) -> Result<Option<Cow<'b, str>>, ScanError> {
        match self {
            Self::Json(path) => path.text_in(body),
            Self::Form(name) => {
                let value = form_value(body, name).map_err(|_| ScanError::Syntax)?;
                Ok(value.and_then(|value| String::from_utf8(value).ok()).map(Cow::Owned))
            }
            _ => Ok(None),
        }
    }
}

impl JsonPath {
    fn compile(pointer: &str) -> Result<Self, SchemeError> {
        let steps = json_steps(pointer)?;
        let key = |step: &Step| match step {
            Step::Name(name, None) => Some(name.clone()),
            Step::Name(..) | Step::Every => None,
        };
        let keys = steps.iter().map(key).collect();
        Ok(Self { steps, keys })
    }

    #[cfg(feature = "sign")]
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The first of the texts that the path leads to.
    fn text_in<'b>(&self, body: &'b [u8]) -> Result<Option<Cow<'b, str>>, ScanError> {
        if let Some(keys) = &self.keys {
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            return json::text_at(body, &keys);
        }
        let mut values = json::values_at(body, &self.steps)?.found.into_iter();
        Ok(values.next().and_then(|value| match value {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Null | Scalar::Other => None,
        }))
    }
}

pub(crate) fn header_name(name: &str) -> Result<Box<str>, SchemeError> {
    let lower = name.to_ascii_lowercase();
    if is_header_name(&lower) {
        Ok(lower.into())
    } else {
        Err(SchemeError::HeaderName(name.into()))
    }
}

/// RFC 6901, section 3 and 4, and `*` for every element.
pub(crate) fn json_steps(pointer: &str) -> Result<Box<[Step]>, SchemeError> {
    let wrong = || SchemeError::Pointer(pointer.into());
    let keys = pointer.strip_prefix('/').ok_or_else(wrong)?;
    let step = |key: &str| match key {
        "*" => Step::Every,
        _ => Step::name(&key.replace("~1", "/").replace("~0", "~")),
    };
    Ok(keys.split('/').map(step).collect())
}

/// An identifier of a sane length in visible ASCII.
pub(crate) fn name(text: &[u8]) -> Option<Arc<str>> {
    let visible = text.iter().all(u8::is_ascii_graphic);
    if text.is_empty() || text.len() > MAX_NAME || !visible {
        return None;
    }
    std::str::from_utf8(text).ok().map(Arc::from)
}
