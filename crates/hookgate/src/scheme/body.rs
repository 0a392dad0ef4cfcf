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
    Form(Box<[u8]>),
    Json(Box<[Step]>),
}

impl BodyPart {
    /// Whether its end is known without what stands after it.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha256Hex | Self::Sha512Base64)
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
            Self::Form(name) => to.extend(form_value(scanned(body)?, name)?.ok_or(Unclear)?),
            Self::Json(path) => to.extend(json_value(scanned(body)?, path)?.ok_or(Unclear)?),
        }
        Ok(())
    }
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

/// The text or number at a path. Where the path leads to several, all have to be the same.
pub(crate) fn json_value(body: &[u8], path: &[Step]) -> Result<Option<Vec<u8>>, Unclear> {
    let values = json::values_at(body, path).map_err(|_| Unclear)?;
    let mut found: Option<Vec<u8>> = None;
    for value in values {
        let text = match value {
            Scalar::Text(text) => text.into_owned().into_bytes(),
            Scalar::Number(number) => number.as_bytes().to_vec(),
            Scalar::Other => return Err(Unclear),
        };
        match &found {
            Some(same) if *same != text => return Err(Unclear),
            _ => found = Some(text),
        }
    }
    Ok(found)
}
