//! Where a value stands, compiled, and how it is read from there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::head::{Occurs, RequestHead, once};
use crate::json::{self, ScanError};
use crate::reply::is_header_name;
use crate::scheme::Place;
use crate::scheme::error::SchemeError;

/// The longest delivery id, event name or key id that is read, in bytes.
const MAX_NAME: usize = 256;

/// Where a value stands: [`Place`], owned.
#[derive(Clone, Debug)]
pub(crate) enum PlacePlan {
    Header(Box<str>),
    SignatureField(Box<[u8]>),
    Json(Box<[Box<str>]>),
}

impl PlacePlan {
    pub(crate) fn compile(
        what: &'static str,
        place: Place<'_>,
        listed: bool,
    ) -> Result<Self, SchemeError> {
        match place {
            Place::Header(header) => header_name(header).map(Self::Header),
            Place::SignatureField("") => Err(SchemeError::Empty("field's name")),
            Place::SignatureField(field) if listed => {
                Ok(Self::SignatureField(field.as_bytes().into()))
            }
            Place::SignatureField(_) => {
                Err(SchemeError::Place(what, "the signature's header is no list"))
            }
            Place::Json(pointer) => json_path(pointer).map(Self::Json),
        }
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
            Self::Json(_) => Occurs::Never,
        }
    }

    pub(crate) fn in_body<'b>(&self, body: &'b [u8]) -> Result<Option<Cow<'b, str>>, ScanError> {
        let Self::Json(path) = self else {
            return Ok(None);
        };
        let path: Vec<&str> = path.iter().map(|key| &**key).collect();
        json::text_at(body, &path)
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

/// RFC 6901, section 3 and 4.
fn json_path(pointer: &str) -> Result<Box<[Box<str>]>, SchemeError> {
    let wrong = || SchemeError::Pointer(pointer.into());
    let keys = pointer.strip_prefix('/').ok_or_else(wrong)?;
    Ok(keys.split('/').map(|key| key.replace("~1", "/").replace("~0", "~").into()).collect())
}

/// An identifier of a sane length in visible ASCII.
pub(crate) fn name(text: &[u8]) -> Option<Arc<str>> {
    let visible = text.iter().all(u8::is_ascii_graphic);
    if text.is_empty() || text.len() > MAX_NAME || !visible {
        return None;
    }
    std::str::from_utf8(text).ok().map(Arc::from)
}
