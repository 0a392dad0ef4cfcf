//! Secrets that a provider sends, and that become the endpoint's key.

use super::{Asked, Note, header, json};
use crate::head::RequestHead;
use crate::reply::Reply;
use crate::secret::Secret;

/// What a secret in a request is made of: visible ASCII, of a length that nobody guesses and
/// nobody needs more than.
pub(crate) fn is_secret(text: &[u8]) -> bool {
    (16..=256).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

/// The secret stands in a header, and is given back in the same.
pub(super) fn in_header(head: &dyn RequestHead, name: &str) -> Asked {
    match header::asked(head, "POST", name) {
        Ok(secret) if is_secret(secret.as_bytes()) => {
            let reply = Reply::new(200).header(name.to_owned(), secret.clone());
            Asked::Learn(Secret::new(secret), reply)
        }
        Ok(_) => Asked::Malformed,
        Err(asked) => asked,
    }
}

/// A POST that may bring its secret in the body.
pub(super) fn noted(head: &dyn RequestHead) -> Asked {
    if head.method() == "POST" { Asked::Noted(Note::unsigned()) } else { Asked::Nothing }
}

/// The secret is the one member of the body.
pub(super) fn in_body(body: &[u8], name: &str) -> Asked {
    match json::only(body, name) {
        Some(secret) if is_secret(secret.as_bytes()) => {
            Asked::Learn(Secret::new(secret.into_owned()), Reply::new(200))
        }
        _ => Asked::Nothing,
    }
}
