//! Requests that only want a success.

use super::{Asked, Note};
use crate::head::RequestHead;
use crate::reply::Reply;

/// A request of one of these methods is answered with an empty 200.
pub(super) fn probe(head: &dyn RequestHead, methods: &[&str]) -> Asked {
    if methods.contains(&head.method()) { Asked::Reply(Reply::new(200)) } else { Asked::Nothing }
}

/// A POST that may be a ping nobody signed.
pub(super) fn noted(head: &dyn RequestHead) -> Asked {
    if head.method() == "POST" { Asked::Noted(Note::unsigned()) } else { Asked::Nothing }
}

/// A form of this one field, a number.
pub(super) fn form(body: &[u8], name: &str) -> Asked {
    let value = body.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
    match value {
        Some(number) if is_number(number) => Asked::Reply(Reply::new(200)),
        _ => Asked::Nothing,
    }
}

/// As many digits as a number of 64 bits has.
fn is_number(text: &[u8]) -> bool {
    (1..=20).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

/// No body at all.
pub(super) fn empty(body: &[u8]) -> Asked {
    if body.is_empty() { Asked::Reply(Reply::new(200)) } else { Asked::Nothing }
}
