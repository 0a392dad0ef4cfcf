//! Queries and forms in `application/x-www-form-urlencoded`, read strictly.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::head::Occurs;

/// What stays as it is in a component (RFC 3986, section 2.3: the unreserved characters).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The most pairs that are read. Senders have some dozen, and receivers in other languages stop
/// here too; each takes many times the memory of the two bytes that it may be written in.
const MAX_PAIRS: usize = 1000;

/// A name or a value, decoded once. `None` where a percent sign begins no byte: readers disagree on
/// what it is then.
fn decode(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let tail = rest.get(at..)?;
        let [b'%', high, low, ..] = tail else {
            return None;
        };
        if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
            return None;
        }
        rest = tail.get(3..)?;
    }
    if text.contains(&b'+') {
        let spaced: Vec<u8> =
            text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        return Some(Cow::Owned(percent_decode(&spaced).collect()));
    }
    Some(percent_decode(text).into())
}

/// A name and its value.
pub(crate) type Pair<'t> = (Cow<'t, [u8]>, Cow<'t, [u8]>);

/// The pairs of a query or a form, decoded; an item without `=` has an empty value.
///
/// `None` where one of them cannot be read, or where there are more than [`MAX_PAIRS`].
pub(crate) fn pairs(text: &[u8]) -> Option<Vec<Pair<'_>>> {
    let mut pairs = Vec::new();
    for item in text.split(|byte| *byte == b'&').filter(|item| !item.is_empty()) {
        if pairs.len() == MAX_PAIRS {
            return None;
        }
        let cut = item.iter().position(|byte| *byte == b'=').unwrap_or(item.len());
        let (name, value) = item.split_at_checked(cut)?;
        pairs.push((decode(name)?, decode(value.get(1..).unwrap_or_default())?));
    }
    Some(pairs)
}

/// The value of a parameter or field that has to occur once. `Often` also where the text cannot be
/// read, since nobody can tell then what occurs.
pub(crate) fn once<T>(text: &[u8], name: &[u8], mut parse: impl FnMut(&[u8]) -> T) -> Occurs<T> {
    let Some(pairs) = pairs(text) else {
        return Occurs::Often;
    };
    let mut values = pairs.iter().filter(|(key, _)| **key == *name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Occurs::Never,
        (Some(value), None) => Occurs::Once(parse(value)),
        (Some(_), Some(_)) => Occurs::Often,
    }
}

/// The value itself.
#[cfg(feature = "sign")]
pub(crate) fn value_of(text: &[u8], name: &[u8]) -> Occurs<Vec<u8>> {
    once(text, name, <[u8]>::to_vec)
}

/// Names and values of a form, joined with nothing: in the order of the names, the values of one
/// name in order and each once.
pub(crate) fn sorted_form(text: &[u8]) -> Option<Vec<u8>> {
    let mut pairs = pairs(text)?;
    pairs.sort_unstable();
    pairs.dedup();
    Some(pairs.iter().flat_map(|(name, value)| [&**name, &**value]).flatten().copied().collect())
}

/// The parameters of a query in the order of their names, encoded again.
pub(crate) fn sorted_query(text: &[u8]) -> Option<Vec<u8>> {
    let mut pairs = pairs(text)?;
    pairs.sort_by(|one, next| one.0.cmp(&next.0));
    let encode = |text: &[u8]| percent_encode(text, RESERVED).to_string().replace("%20", "+");
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    Some(written.join("&").into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, name: &str) -> Option<Vec<u8>> {
        match once(text.as_bytes(), name.as_bytes(), <[u8]>::to_vec) {
            Occurs::Once(value) => Some(value),
            Occurs::Never | Occurs::Often => None,
        }
    }

    #[test]
    fn a_value_is_decoded_once_and_stands_once() {
        assert_eq!(value("a=1&b=x%2541+y", "b").unwrap(), b"x%41 y");
        assert_eq!(value("a&b", "a").unwrap(), b"");
        assert_eq!(value("%61=1", "a").unwrap(), b"1");
        for text in ["a=1&a=1", "a=1&%61=2", "b=1", "a=%", "a=%4", "a=%4g", "b=%&a=1"] {
            assert_eq!(value(text, "a"), None, "{text}");
        }
    }

    #[test]
    fn forms_and_queries_are_sorted() {
        let form = b"To=%2B18&Digits=1&From=b&From=a&From=a";
        assert_eq!(sorted_form(form).unwrap(), b"Digits1FromaFrombTo+18");
        let query = b"b=2&a=x+y%2B%7E&b=1";
        assert_eq!(sorted_query(query).unwrap(), b"a=x+y%2B~&b=2&b=1");
    }

    #[test]
    fn more_fields_than_anyone_sends_are_not_read() {
        assert_eq!(pairs("a&".repeat(MAX_PAIRS).as_bytes()).unwrap().len(), MAX_PAIRS);
        assert!(pairs("a&".repeat(MAX_PAIRS + 1).as_bytes()).is_none());
        assert_eq!(value(&"b&".repeat(10_000), "a"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = sorted_form(&text);
            let _ = sorted_query(&text);
        }

        #[test]
        fn what_is_encoded_decodes(name in any::<Vec<u8>>(), value in any::<Vec<u8>>()) {
            let encode = |text: &[u8]| percent_encode(text, RESERVED).to_string();
            let text = format!("{}={}", encode(&name), encode(&value));
            let read = pairs(text.as_bytes()).unwrap();
            prop_assert_eq!(&*read[0].0, &*name);
            prop_assert_eq!(&*read[0].1, &*value);
        }
    }
}
