//! Parts of the signed text that are made from the body.

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256, Sha512};

use crate::head::Occurs;
use crate::json::{self, Scalar, Step};
use crate::scheme::capture::Unclear;
use crate::scheme::urlencoded;

/// The largest body in which a signature, or a part of the signed text, is looked for before
/// anything is verified: 256 KiB.
pub(crate) const MAX_SCANNED: usize = 256 * 1024;

/// A part of the signed text that is made from the body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum BodyPart {
    Sha256,
    Sha256Hex,
    Sha512Base64,
    Crc32,
    JsonString,
    SortedForm,
    /// A field, and the bytes that its value must not hold.
    Form(Box<[u8]>, Vec<u8>),
    /// What stands at a path, and the bytes that it must not hold.
    Json(Box<[Step]>, Vec<u8>),
}

impl BodyPart {
    /// Whether its end is known without what stands after it.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha256Hex | Self::Sha512Base64)
    }

    /// Whether it may hold anything, so that no literal ends it.
    pub(crate) fn is_unbounded(&self) -> bool {
        matches!(self, Self::JsonString | Self::SortedForm)
    }

    /// Sets the bytes that a value must not hold, since they end it in the signed text.
    pub(crate) fn forbid(&mut self, bytes: impl Iterator<Item = u8>) {
        if let Self::Form(_, forbidden) | Self::Json(_, forbidden) = self {
            *forbidden = bytes.collect();
        }
    }

    /// Whether the whole body is bound by it.
    pub(crate) fn covers(&self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha256Hex | Self::Sha512Base64 | Self::JsonString)
    }

    pub(crate) fn write(&self, body: &[u8], to: &mut Vec<u8>) -> Result<(), Unclear> {
        match self {
            Self::Sha256 => to.extend_from_slice(&Sha256::digest(body)),
            Self::Sha256Hex => {
                to.extend_from_slice(const_hex::encode(Sha256::digest(body)).as_bytes());
            }
            Self::Sha512Base64 => {
                to.extend_from_slice(BASE64_STANDARD.encode(Sha512::digest(body)).as_bytes());
            }
            Self::Crc32 => to.extend_from_slice(crc32fast::hash(body).to_string().as_bytes()),
            Self::JsonString => {
                let text = std::str::from_utf8(body).map_err(|_| Unclear)?;
                serde_json::to_writer(to, text).map_err(|_| Unclear)?;
            }
            Self::SortedForm => {
                to.extend(urlencoded::sorted_form(scanned(body)?).ok_or(Unclear)?);
            }
            Self::Form(name, forbidden) => {
                to.extend(without(forbidden, form_value(scanned(body)?, name)?)?);
            }
            Self::Json(path, forbidden) => {
                to.extend(without(forbidden, json_value(scanned(body)?, path)?)?);
            }
        }
        Ok(())
    }
}

/// A value that is there, and holds none of these bytes.
fn without(forbidden: &[u8], value: Option<Vec<u8>>) -> Result<Vec<u8>, Unclear> {
    value.filter(|value| !value.iter().any(|byte| forbidden.contains(byte))).ok_or(Unclear)
}

/// A body that is small enough to be searched before anything is verified.
pub(crate) fn scanned(body: &[u8]) -> Result<&[u8], Unclear> {
    if body.len() <= MAX_SCANNED { Ok(body) } else { Err(Unclear) }
}

/// The one value of a form's field.
pub(crate) fn form_value(body: &[u8], name: &[u8]) -> Result<Option<Vec<u8>>, Unclear> {
    match urlencoded::once(body, name, <[u8]>::to_vec) {
        Occurs::Never => Ok(None),
        Occurs::Once(value) => Ok(Some(value)),
        Occurs::Often => Err(Unclear),
    }
}

/// The text or number at a path. Where a step is for every element of an array, each has to have
/// it, and all the same.
pub(crate) fn json_value(body: &[u8], path: &[Step]) -> Result<Option<Vec<u8>>, Unclear> {
    let values = json::values_at(body, path).map_err(|_| Unclear)?;
    if values.is_cut_short && !values.found.is_empty() {
        return Err(Unclear);
    }
    let mut found: Option<Vec<u8>> = None;
    for value in values.found {
        let text = match value {
            Scalar::Text(text) => text.into_owned().into_bytes(),
            Scalar::Number(number) => number.as_bytes().to_vec(),
            Scalar::Null | Scalar::Other => return Err(Unclear),
        };
        match &found {
            Some(same) if *same != text => return Err(Unclear),
            _ => found = Some(text),
        }
    }
    Ok(found)
}
