//! A token's three parts (RFC 7515, section 7.1) and what its header may say.

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value};

use super::JwtAlgorithm;
use crate::RejectionKind;
use crate::json::object::object;

/// The longest token in a header that is looked at, in bytes: what servers take for a header.
pub(crate) const LONGEST: usize = 8 * 1024;

/// The longest `kid`, in bytes.
const LONGEST_KID: usize = 256;

/// Header parameters that bring a key, name where to fetch one, or change what is signed. No
/// provider sends them, so they are refused rather than ignored: `crit` and `b64` (RFC 7515,
/// section 4.1.11; RFC 7797), keys (RFC 7515, sections 4.1.2, 4.1.3, 4.1.5 and 4.1.6), `zip`
/// (RFC 7516, section 4.1.3).
const REFUSED: [&str; 7] = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"];

/// A token whose header is right, and whose signature nobody has looked at.
#[derive(Debug)]
pub(super) struct Token<'a> {
    header: Map<String, Value>,
    /// Header, dot and payload, as they were received.
    pub(super) signed: &'a [u8],
    payload: &'a [u8],
    pub(super) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes a token of at most `longest` bytes apart, and looks at its header.
    pub(super) fn read(
        text: &'a [u8],
        algorithm: JwtAlgorithm,
        longest: usize,
    ) -> Result<Self, RejectionKind> {
        const MALFORMED: RejectionKind = RejectionKind::MalformedSignature;
        if text.len() > longest {
            return Err(MALFORMED);
        }
        let mut parts = text.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MALFORMED);
        };
        let header = decode(header).and_then(|header| object(&header)).ok_or(MALFORMED)?;
        if header.get("alg").is_none_or(|name| name != algorithm.name()) {
            return Err(RejectionKind::UnsupportedAlgorithm);
        }
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(MALFORMED);
        }
        let signed = header_and_payload(text, signature).ok_or(MALFORMED)?;
        let signature = decode(signature).ok_or(MALFORMED)?;
        Ok(Self { header, signed, payload, signature })
    }

    /// The claims, if the payload is one object that all readers read alike.
    pub(super) fn claims(&self) -> Option<Map<String, Value>> {
        object(&decode(self.payload)?)
    }
}

fn header_and_payload<'a>(text: &'a [u8], signature: &[u8]) -> Option<&'a [u8]> {
    text.strip_suffix(signature)?.strip_suffix(b".")
}

/// Base64 for URLs without padding, spare bits zero: one text per value.
fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(digits).ok()
}

/// The name of the key that a token asks for. Nothing about it is verified, except that the rest
/// of the header is such that a key could help.
///
/// # Errors
///
/// Tokens that are refused whatever the key, so that none is looked up for them, and names that
/// are empty, longer than 256 bytes or not of visible ASCII.
pub(crate) fn kid(
    token: &[u8],
    algorithm: JwtAlgorithm,
) -> Result<Option<Arc<str>>, RejectionKind> {
    let token = Token::read(token, algorithm, LONGEST)?;
    let Some(kid) = token.header.get("kid") else {
        return Ok(None);
    };
    let is_name = |kid: &&str| {
        (1..=LONGEST_KID).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match kid.as_str().filter(is_name) {
        Some(kid) => Ok(Some(kid.into())),
        None => Err(RejectionKind::MalformedSignature),
    }
}
