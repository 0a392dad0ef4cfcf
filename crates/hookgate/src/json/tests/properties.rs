//! What holds for every text.

use std::borrow::Cow;

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;

use super::model::{Choices, Flavour, Json, damaged, written};
use crate::json::{Scalar, ScanError, members, reserialise, text_at};

/// Bytes that come closer to JSON than random ones.
fn tokens() -> impl Strategy<Value = Vec<u8>> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "{\"a\":",
        "\"a\":",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ude00",
        "00e9",
        "a",
        "0",
        "-",
        "1",
        ".",
        "e",
        "E",
        "+",
        "true",
        "null",
        "fals",
        " ",
        "\n",
        "\u{feff}",
        "\u{e9}",
        "\u{1f600}",
        "\0",
    ]);
    vec(token, 0..200).prop_map(|tokens| tokens.concat().into_bytes())
}

fn read_all(body: &[u8]) {
    let _ = members(body);
    let _ = reserialise(body);
    for path in [&[][..], &["a"], &["a", "a"], &["\u{e9}", "", "a"]] {
        let _ = text_at(body, path);
    }
}

fn from_utf16(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// Follows `turns` into objects, as long as there are any.
fn path_into(json: &Json, turns: &[Index]) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = json;
    for turn in turns {
        let Json::Object(members) = at else { break };
        let Some((key, value)) = (!members.is_empty()).then(|| turn.get(members)) else {
            break;
        };
        path.push(from_utf16(key));
        at = value;
    }
    path
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(body in vec(any::<u8>(), 0..400)) {
        read_all(&body);
    }

    #[test]
    fn no_tokens_make_a_reader_panic(body in tokens(), cut in any::<Index>()) {
        read_all(&body);
        // Cut anywhere, also inside a character.
        read_all(body.get(..cut.index(body.len().saturating_add(1))).unwrap_or_default());
    }

    #[test]
    fn no_damage_makes_a_reader_panic(text in damaged(Flavour::JavaScript)) {
        read_all(text.as_bytes());
    }

    #[test]
    fn the_readers_agree_on_what_is_json(text in damaged(Flavour::JavaScript)) {
        let scanned = text_at(text.as_bytes(), &[]).map(drop);
        match reserialise(text.as_bytes()) {
            // Printing stops at the first duplicate and may miss an error behind it.
            Err(ScanError::DuplicateKey) => {
                prop_assert!(matches!(scanned, Ok(()) | Err(ScanError::Syntax)));
            }
            printed => prop_assert_eq!(scanned, printed.map(drop)),
        }
    }

    #[test]
    fn every_prefix_is_refused((_, text) in written(Flavour::JavaScript), first in 0usize..64) {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        // A number may go on as another number.
        if text.starts_with(['{', '[', '"']) {
            // Of long texts each run takes only some, to stay linear.
            let step = text.len().div_ceil(64).max(1);
            for len in (first.min(step)..text.len()).step_by(step) {
                let prefix = text.as_bytes().get(..len).unwrap_or_default();
                let want = match text.is_char_boundary(len) {
                    true => ScanError::Syntax,
                    false => ScanError::NotUtf8,
                };
                prop_assert_eq!(reserialise(prefix), Err(want));
                prop_assert_eq!(text_at(prefix, &["a"]), Err(want));
                prop_assert!(members(prefix).is_err());
            }
        }
    }

    #[test]
    fn printing_twice_changes_nothing((_, text) in written(Flavour::JavaScript)) {
        let once = reserialise(text.as_bytes());
        prop_assert!(once.is_ok(), "{once:?}");
        let once = once.unwrap_or_default();
        prop_assert_eq!(reserialise(&once), Ok(once.clone()));
    }

    #[test]
    fn printing_keeps_what_serde_json_reads((_, text) in written(Flavour::Portable)) {
        let printed = reserialise(text.as_bytes()).unwrap_or_default();
        let before = serde_json::from_str::<Value>(&text).map(floats)?;
        let after = serde_json::from_slice::<Value>(&printed).map(floats)?;
        prop_assert_eq!(before, after);
    }

    #[test]
    fn text_at_agrees_with_serde_json(
        (json, text) in written(Flavour::Portable),
        turns in vec(any::<Index>(), 0..7),
        stray in prop::option::weighted(0.1, "[a-e]"),
    ) {
        let mut path = path_into(&json, &turns);
        path.extend(stray);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let value = serde_json::from_str::<Value>(&text)?;
        let want = path.iter().try_fold(&value, |value, key| value.as_object()?.get(*key));
        let want = want.and_then(Value::as_str).map(Cow::Borrowed);
        prop_assert_eq!(text_at(text.as_bytes(), &path), Ok(want));
    }

    #[test]
    fn members_agrees_with_serde_json((json, text) in written(Flavour::Portable)) {
        let Json::Object(model) = json else {
            prop_assert_eq!(members(text.as_bytes()), Err(ScanError::NotAnObject));
            return Ok(());
        };
        let value = serde_json::from_str::<Value>(&text)?;
        let got = members(text.as_bytes());
        prop_assert!(got.is_ok(), "{got:?}");
        let got = got.unwrap_or_default();
        let keys: Vec<String> = got.iter().map(|(key, _)| key.to_string()).collect();
        let want: Vec<String> = model.iter().map(|(key, _)| from_utf16(key)).collect();
        prop_assert_eq!(keys, want);
        for (key, scalar) in got {
            match (scalar, value.get(key.as_ref())) {
                (Scalar::Text(text), Some(Value::String(want))) => prop_assert_eq!(&text, want),
                (Scalar::Number(token), Some(Value::Number(want))) => {
                    let as_received = model.iter().any(
                        |(_, value)| matches!(value, Json::Number(number) if number == token),
                    );
                    prop_assert!(as_received, "{token}");
                    prop_assert!(close(token.parse().ok(), want.as_f64()), "{token} {want}");
                }
                (Scalar::Null, Some(Value::Null)) => {}
                (Scalar::Other, Some(want)) => {
                    prop_assert!(!want.is_string() && !want.is_number() && !want.is_null());
                }
                (scalar, want) => prop_assert!(false, "{scalar:?} {want:?}"),
            }
        }
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused_anywhere(
        (mut json, _) in written(Flavour::Portable),
        seed in any::<u64>(),
    ) {
        if json.repeat_a_key() {
            let text = json.write(&mut Choices::new(seed));
            prop_assert_eq!(reserialise(text.as_bytes()), Err(ScanError::DuplicateKey));
            if matches!(json, Json::Object(_)) {
                prop_assert_eq!(members(text.as_bytes()), Err(ScanError::DuplicateKey));
            }
        }
    }
}

/// `serde_json` without its feature `float_roundtrip` may be off by the last digit.
fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || ((a - b) / b).abs() < 1e-14 || (a - b).abs() < 1e-300,
        _ => false,
    }
}

/// All numbers as short texts, since printing may turn `1.0` into `1`.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            // Added, so that -0 becomes 0, as printing has it.
            let number = number.as_f64().unwrap_or_default() + 0.0;
            Value::String(format!("number {number:.10e}"))
        }
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, floats(value))).collect()
        }
        value => value,
    }
}
