//! Challenges in a header.

use serde_json::json;

use super::gate::LONGEST_ECHO;
use super::{Asked, Note};
use crate::head::{Occurs, RequestHead, once};
use crate::reply::Reply;

/// The value of a header in which a request asks.
pub(super) enum Value {
    Absent,
    /// Twice, empty, longer than what is given back, or not of visible ASCII and spaces.
    Malformed,
    Once(String),
}

pub(super) fn value(head: &dyn RequestHead, name: &str) -> Value {
    let read = once(head, name, |value| {
        let readable = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let fits = (1..=LONGEST_ECHO).contains(&value.len());
        let text = std::str::from_utf8(value).ok().filter(|_| readable && fits);
        text.map(str::to_owned)
    });
    match read {
        Occurs::Never => Value::Absent,
        Occurs::Once(Some(text)) => Value::Once(text),
        Occurs::Once(None) | Occurs::Often => Value::Malformed,
    }
}

/// The value is given back in a header of the answer.
pub(super) fn echo(head: &dyn RequestHead, header: &str, answer: &str) -> Asked {
    match asked(head, "POST", header) {
        Ok(value) => Asked::Reply(Reply::new(200).header(answer.to_owned(), value)),
        Err(asked) => asked,
    }
}

/// The value is given back in an object of one member.
pub(super) fn to_json(head: &dyn RequestHead, header: &str, name: &str) -> Asked {
    match asked(head, "GET", header) {
        Ok(value) => Asked::Reply(object(name, &value)),
        Err(asked) => asked,
    }
}

/// The value is kept until the request was verified.
pub(super) fn noted(head: &dyn RequestHead, header: &str) -> Asked {
    match value(head, header) {
        Value::Absent => Asked::Nothing,
        Value::Malformed => Asked::Malformed,
        Value::Once(value) => Asked::Noted(Note::signed().value(value)),
    }
}

/// A request whose header has this value may ask in its body.
pub(super) fn noted_where(head: &dyn RequestHead, (header, wanted): (&str, &str)) -> Asked {
    match value(head, header) {
        Value::Once(value) if value == wanted => Asked::Noted(Note::signed().value(value)),
        // As deliveries have it, and theirs to be judged.
        Value::Absent | Value::Malformed | Value::Once(_) => Asked::Nothing,
    }
}

/// `{name: value}`
pub(super) fn object(name: &str, value: &str) -> Reply {
    Reply::new(200).content("application/json", json!({ name: value }).to_string())
}

pub(super) fn asked(head: &dyn RequestHead, method: &str, header: &str) -> Result<String, Asked> {
    if head.method() != method {
        return Err(Asked::Nothing);
    }
    match value(head, header) {
        Value::Absent => Err(Asked::Nothing),
        Value::Malformed => Err(Asked::Malformed),
        Value::Once(value) => Ok(value),
    }
}
