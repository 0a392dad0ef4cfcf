//! Challenges in a JSON body.

use std::borrow::Cow;

use super::gate::printable;
use super::{Asked, LONGEST_BODY, header, query};
use crate::json::{Scalar, members, text_at};

/// The text at a JSON pointer of object keys, in a body that is no longer than a handshake.
pub(super) fn text<'b>(body: &'b [u8], pointer: &str) -> Option<Cow<'b, str>> {
    if body.len() > LONGEST_BODY {
        return None;
    }
    let keys: Vec<Cow<'_, str>> = pointer
        .strip_prefix('/')?
        .split('/')
        .map(|key| if key.contains('~') { unescaped(key) } else { Cow::Borrowed(key) })
        .collect();
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    // Where a key on the way occurs twice, two readers see two texts: it asks nothing.
    text_at(body, &keys).ok().flatten()
}

/// RFC 6901, section 4.
fn unescaped(key: &str) -> Cow<'_, str> {
    Cow::Owned(key.replace("~1", "/").replace("~0", "~"))
}

pub(super) fn is(body: &[u8], (pointer, wanted): (&str, &str)) -> bool {
    text(body, pointer).is_some_and(|text| text == wanted)
}

/// The text at the pointer is given back as text.
pub(super) fn echo(body: &[u8], pointer: &str) -> Asked {
    text(body, pointer).map_or(Asked::Nothing, |challenge| query::as_text(&challenge))
}

/// A body that has this one member, a text.
pub(super) fn only<'b>(body: &'b [u8], name: &str) -> Option<Cow<'b, str>> {
    if body.len() > LONGEST_BODY {
        return None;
    }
    match members(body).ok()?.pop_only()? {
        (key, Scalar::Text(text)) if key == name => Some(text),
        _ => None,
    }
}

/// A body that is `{name: X}` is given back.
pub(super) fn mirror(body: &[u8], name: &str) -> Asked {
    match only(body, name) {
        None => Asked::Nothing,
        Some(challenge) => match printable(&challenge) {
            Some(challenge) => Asked::Reply(header::object(name, challenge)),
            None => Asked::Malformed,
        },
    }
}

/// Whether the member of the outermost object is this number, written as an integer.
pub(super) fn has_number(body: &[u8], name: &str, number: u32) -> bool {
    if body.len() > LONGEST_BODY {
        return false;
    }
    let wanted = number.to_string();
    let found = |(key, value): &(Cow<'_, str>, Scalar<'_>)| {
        key == name && matches!(value, Scalar::Number(text) if *text == wanted)
    };
    members(body).is_ok_and(|members| members.iter().any(found))
}

/// Whether the outermost object has this member, whatever it is.
pub(super) fn has_member(body: &[u8], name: &str) -> bool {
    body.len() <= LONGEST_BODY
        && members(body).is_ok_and(|members| members.iter().any(|(key, _)| key == name))
}

/// The one item of a list.
trait PopOnly {
    type Item;

    fn pop_only(self) -> Option<Self::Item>;
}

impl<T> PopOnly for Vec<T> {
    type Item = T;

    fn pop_only(mut self) -> Option<T> {
        let last = self.pop();
        last.filter(|_| self.is_empty())
    }
}
