//! Challenges in a query: read strictly, and given back as text.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::gate::printable;
use super::{Asked, Setup};
use crate::head::RequestHead;
use crate::reply::Reply;

/// How often a parameter occurs that has to occur once.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Parameter<'q> {
    /// Never.
    Absent,
    /// Twice, or in a form that readers decode differently.
    Malformed,
    /// Once, decoded.
    Once(Cow<'q, str>),
}

/// Reads the parameter of this name.
///
/// Names are compared once decoded: one that is written in two ways occurs twice.
pub(super) fn parameter<'q>(query: Option<&'q str>, name: &str) -> Parameter<'q> {
    let mut found = Parameter::Absent;
    for pair in query.unwrap_or_default().split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key).as_deref() != Some(name) {
            continue;
        }
        found = match (found, decode(value)) {
            (Parameter::Absent, Some(value)) => Parameter::Once(value),
            _ => return Parameter::Malformed,
        };
    }
    found
}

/// Decodes once, as forms are: `+` is a space, and every `%` leads two hexadecimal digits. `None`
/// where it does not, and where the bytes are no UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at.saturating_add(1)..at.saturating_add(3))?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at.saturating_add(3)..)?;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(Cow::Owned(decoded.into_owned()))
}

/// `?name=X` is answered with `X`.
pub(super) fn echo(head: &dyn RequestHead, method: &str, name: &str) -> Asked {
    if head.method() != method {
        return Asked::Nothing;
    }
    match parameter(head.query(), name) {
        Parameter::Absent => Asked::Nothing,
        Parameter::Malformed => Asked::Malformed,
        Parameter::Once(challenge) => as_text(&challenge),
    }
}

/// A challenge that is given back as text.
pub(super) fn as_text(challenge: &str) -> Asked {
    match printable(challenge) {
        Some(challenge) => Asked::Reply(Reply::new(200).text(challenge.to_owned())),
        None => Asked::Malformed,
    }
}

/// Names of the parameters with which a request shows a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct WithToken<'n> {
    pub(super) mode: (&'n str, &'n str),
    pub(super) token: &'n str,
    pub(super) challenge: &'n str,
}

/// The challenge is given back where the token is the endpoint's.
///
/// An endpoint that has none refuses like one that has another, so that nobody learns which.
pub(super) fn echo_to_token(
    head: &dyn RequestHead,
    names: WithToken<'_>,
    setup: &Setup<'_>,
) -> Asked {
    let (mode, wanted) = names.mode;
    if head.method() != "GET" {
        return Asked::Nothing;
    }
    match parameter(head.query(), mode) {
        Parameter::Once(value) if value == wanted => {}
        Parameter::Malformed => return Asked::Malformed,
        Parameter::Absent | Parameter::Once(_) => return Asked::Nothing,
    }
    match parameter(head.query(), names.token) {
        Parameter::Once(token) if setup.is_token(&token) => {}
        Parameter::Malformed => return Asked::Malformed,
        Parameter::Absent | Parameter::Once(_) => return Asked::Forbidden,
    }
    match parameter(head.query(), names.challenge) {
        Parameter::Once(challenge) => as_text(&challenge),
        Parameter::Absent | Parameter::Malformed => Asked::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn once(text: &str) -> Parameter<'_> {
        Parameter::Once(text.into())
    }

    #[test]
    fn a_parameter_occurs_once() {
        for (query, want) in [
            ("c=1", once("1")),
            ("a=2&c=1&b", once("1")),
            ("c=", once("")),
            ("c", once("")),
            ("%63=1", once("1")),
            ("c=a=b", once("a=b")),
            ("c=a+b%2B%20%C3%A9", once("a b+ é")),
            // Decoded once, and not again.
            ("c=%2541", once("%41")),
            ("cc=1&C=1", Parameter::Absent),
            ("c=1&c=1", Parameter::Malformed),
            ("c=1&%63=2", Parameter::Malformed),
            ("c=1&c", Parameter::Malformed),
            ("c=%", Parameter::Malformed),
            ("c=%4", Parameter::Malformed),
            ("c=%zz", Parameter::Malformed),
            ("c=%4%41", Parameter::Malformed),
            ("c=%+1", Parameter::Malformed),
            ("c=%ff", Parameter::Malformed),
            // Not ours, and not looked at.
            ("%zz=1&c=1&x=%ff", once("1")),
        ] {
            assert_eq!(parameter(Some(query), "c"), want, "{query}");
        }
        assert_eq!(parameter(None, "c"), Parameter::Absent);
    }

    proptest! {
        #[test]
        fn no_query_panics(query in ".{0,60}", name in ".{0,4}") {
            let _ = parameter(Some(&query), &name);
        }

        #[test]
        fn what_was_encoded_comes_back(text in ".{0,40}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let query = format!("c={}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
            prop_assert_eq!(parameter(Some(&query), "c"), once(&text));
        }
    }
}
