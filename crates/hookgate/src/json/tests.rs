//! The three readers against tables, against `serde_json` and against Node.js.

mod model;
mod node;
mod properties;

use std::{borrow::Cow, error::Error};

use super::{
    MAX_DEPTH, Scalar, ScanError, Step, members, reserialise, text::plain_len, text_at, values_at,
};

pub(super) type TestResult = Result<(), Box<dyn Error>>;

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    [&open.repeat(depth), inner, &close.repeat(depth)].concat()
}

#[test]
fn text_at_finds_the_text_and_refuses_what_could_be_read_otherwise() {
    struct Case {
        name: &'static str,
        body: &'static str,
        path: &'static [&'static str],
        want: Result<Option<&'static str>, ScanError>,
    }
    let cases = [
        Case {
            name: "first level",
            body: r#"{"id":1,"event":"a"}"#,
            path: &["event"],
            want: Ok(Some("a")),
        },
        Case {
            name: "second level",
            body: r#"{"type":"x","data":{"id":[{"type":"y"}],"type":"z"},"more":{"type":"w"}}"#,
            path: &["data", "type"],
            want: Ok(Some("z")),
        },
        Case {
            name: "escapes in key and value",
            body: r#"{"\u0065ve\u006Et":"\ud83d\ude00\n\/"}"#,
            path: &["event"],
            want: Ok(Some("\u{1f600}\n/")),
        },
        Case {
            name: "key with what needs escapes",
            body: r#"{"\"\\\n":"a"}"#,
            path: &["\"\\\n"],
            want: Ok(Some("a")),
        },
        Case { name: "empty key and value", body: r#"{"":""}"#, path: &[""], want: Ok(Some("")) },
        Case {
            name: "longer key",
            body: r#"{"eventx":"a","even":"b","\u0065":"c"}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "escaped prefix of the key",
            body: r#"{"\u0065ven":"a"}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "escaped extension of the key",
            body: r#"{"\u0065vents":"a"}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case { name: "missing", body: r#"{"a":"b"}"#, path: &["event"], want: Ok(None) },
        Case {
            name: "missing below",
            body: r#"{"data":{"a":"b"},"type":"c"}"#,
            path: &["data", "type"],
            want: Ok(None),
        },
        Case { name: "no text: number", body: r#"{"event":1}"#, path: &["event"], want: Ok(None) },
        Case { name: "no text: null", body: r#"{"event":null}"#, path: &["event"], want: Ok(None) },
        Case {
            name: "no text: object",
            body: r#"{"event":{"event":"a"}}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "no text: array",
            body: r#"{"event":["a"]}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "no text: lone surrogate",
            body: r#"{"event":"\ud83d"}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "no text: reversed pair",
            body: r#"{"event":"\ude00\ud83d"}"#,
            path: &["event"],
            want: Ok(None),
        },
        Case {
            name: "text where an object should be",
            body: r#"{"data":"type"}"#,
            path: &["data", "type"],
            want: Ok(None),
        },
        Case {
            name: "array where an object should be",
            body: r#"{"data":[{"type":"a"}]}"#,
            path: &["data", "type"],
            want: Ok(None),
        },
        Case {
            name: "top level is an array",
            body: r#"[{"event":"a"}]"#,
            path: &["event"],
            want: Ok(None),
        },
        Case { name: "top level is a text", body: r#""event""#, path: &["event"], want: Ok(None) },
        Case { name: "empty path, text", body: r#" "event" "#, path: &[], want: Ok(Some("event")) },
        Case { name: "empty path, object", body: r#"{"":"a"}"#, path: &[], want: Ok(None) },
        Case {
            name: "key twice",
            body: r#"{"event":"a","event":"a"}"#,
            path: &["event"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "key twice, once with escapes",
            body: r#"{"event":"a","x":1,"\u0065vent":"b"}"#,
            path: &["event"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "key twice, no text",
            body: r#"{"event":1,"event":"a"}"#,
            path: &["event"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "object twice, the text in one",
            body: r#"{"data":{"type":"a"},"data":{}}"#,
            path: &["data", "type"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "object twice, first as number",
            body: r#"{"data":1,"data":{"type":"a"}}"#,
            path: &["data", "type"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "key twice below",
            body: r#"{"data":{"type":"a","type":"b"}}"#,
            path: &["data", "type"],
            want: Err(ScanError::DuplicateKey),
        },
        Case {
            name: "same names on another level are no duplicates",
            body: r#"{"type":"a","data":{"data":{"type":"b"},"type":"c","x":[{"type":0}]},"x":1}"#,
            path: &["data", "type"],
            want: Ok(Some("c")),
        },
        Case {
            name: "same name all along the path",
            body: r#"{"a":{"a":{"a":"x"}}}"#,
            path: &["a", "a", "a"],
            want: Ok(Some("x")),
        },
        Case {
            name: "duplicates elsewhere are the reader's business",
            body: r#"{"x":1,"x":2,"y":{"event":1,"event":2},"event":"a"}"#,
            path: &["event"],
            want: Ok(Some("a")),
        },
        Case {
            name: "syntax error before",
            body: r#"{"x":01,"event":"a"}"#,
            path: &["event"],
            want: Err(ScanError::Syntax),
        },
        Case {
            name: "syntax error after",
            body: r#"{"event":"a"}}"#,
            path: &["event"],
            want: Err(ScanError::Syntax),
        },
        Case {
            name: "byte order mark",
            body: "\u{feff}{\"event\":\"a\"}",
            path: &["event"],
            want: Err(ScanError::Syntax),
        },
    ];
    for Case { name, body, path, want } in cases {
        let got = text_at(body.as_bytes(), path);
        assert_eq!(got, want.map(|text| text.map(Cow::Borrowed)), "{name}");
    }
    assert_eq!(text_at(b"{\"event\":\"a\",\"x\":\"\xff\"}", &["event"]), Err(ScanError::NotUtf8));
}

#[test]
fn text_at_copies_only_what_has_escapes() {
    let body = br#"{"a":"plain","\u0062":"plain","c":"\u0061"}"#;
    assert!(matches!(text_at(body, &["a"]), Ok(Some(Cow::Borrowed("plain")))));
    assert!(matches!(text_at(body, &["b"]), Ok(Some(Cow::Borrowed("plain")))));
    assert!(matches!(text_at(body, &["c"]), Ok(Some(Cow::Owned(text))) if text == "a"));
}

#[test]
fn strings_end_at_the_first_special_byte_wherever_it_stands() {
    for len in 0..=40 {
        for byte in 0..=u8::MAX {
            // Bytes just outside the special ones, and one beyond ASCII, come before.
            for filler in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                let mut bytes = vec![filler; len];
                bytes.push(byte);
                bytes.extend_from_slice(b"\"\\\x1f\0 \"");
                let special = byte == b'"' || byte == b'\\' || byte < 0x20;
                let want = if special { len } else { len.saturating_add(1) };
                assert_eq!(plain_len(&bytes), want, "{byte:#x} after {len} times {filler:#x}");
                bytes.truncate(want);
                assert_eq!(plain_len(&bytes), want);
            }
        }
    }
}

#[test]
fn members_reads_scalars_as_received() {
    let body = r#" { "s" : "a\u00e9\ud83d\ude00" , "n":-1.50E+2,"zero":-0,"t":true,"x":null,
        "o":{"s":"inner","n":1},"l":["s",{"s":1},{"s":2}],"lone":"\ud83d","":"","\u0065":"e" } "#;
    let want = [
        ("s", Scalar::Text(Cow::Borrowed("a\u{e9}\u{1f600}"))),
        ("n", Scalar::Number("-1.50E+2")),
        ("zero", Scalar::Number("-0")),
        ("t", Scalar::Other),
        ("x", Scalar::Null),
        ("o", Scalar::Other),
        ("l", Scalar::Other),
        ("lone", Scalar::Other),
        ("", Scalar::Text(Cow::Borrowed(""))),
        ("e", Scalar::Text(Cow::Borrowed("e"))),
    ];
    let want = want.map(|(key, value)| (Cow::Borrowed(key), value)).to_vec();
    assert_eq!(members(body.as_bytes()), Ok(want));
    assert_eq!(members(b" {\n} "), Ok(Vec::new()));
}

#[test]
fn members_refuses_what_readers_disagree_on() {
    let cases: [(&str, ScanError); 22] = [
        ("", ScanError::Syntax),
        ("[]", ScanError::NotAnObject),
        ("\"a\"", ScanError::NotAnObject),
        ("null", ScanError::NotAnObject),
        ("1", ScanError::NotAnObject),
        ("\u{feff}{}", ScanError::Syntax),
        ("{}{}", ScanError::Syntax),
        ("{} x", ScanError::Syntax),
        ("{\"a\":1,}", ScanError::Syntax),
        ("{\"a\":1", ScanError::Syntax),
        ("{\"a\"", ScanError::Syntax),
        ("{\"a\":tru}", ScanError::Syntax),
        (r#"{"a":1,"a":1}"#, ScanError::DuplicateKey),
        (r#"{"a":1,"b":2,"\u0061":1}"#, ScanError::DuplicateKey),
        (r#"{"\/":1,"/":2}"#, ScanError::DuplicateKey),
        ("{\"\\ud83d\\ude00\":1,\"\u{1f600}\":2}", ScanError::DuplicateKey),
        (r#"{"a":{"b":1,"b":2}}"#, ScanError::DuplicateKey),
        (r#"{"a":[[{"b":{},"c":[],"b":0}]],"z":1}"#, ScanError::DuplicateKey),
        (r#"{"a":{"x":{"y":1},"b":1,"x":2}}"#, ScanError::DuplicateKey),
        (r#"{"\ud83d":1}"#, ScanError::Syntax),
        (r#"{"a":{"\ude00":1}}"#, ScanError::Syntax),
        (r#"{"":{"":{"":1}},"":2}"#, ScanError::DuplicateKey),
    ];
    for (body, want) in cases {
        assert_eq!(members(body.as_bytes()), Err(want), "{body}");
    }
    assert_eq!(members(b"{\"a\":\"\xc3\"}"), Err(ScanError::NotUtf8));
    let fine = r#"{"a":{"a":{"b":1},"b":[{"b":1},{"b":2}]},"b":{"a":1,"b":2},"A":1}"#;
    assert_eq!(members(fine.as_bytes()).map(|members| members.len()), Ok(3));
}

#[test]
fn depth_ends_at_the_limit() {
    let shapes = [("[", "", "]"), ("{\"a\":", "1", "}")];
    for (open, inner, close) in shapes {
        let fits = nested(open, inner, close, MAX_DEPTH);
        let deeper = nested(open, inner, close, MAX_DEPTH.saturating_add(1));
        // What comes last may not matter: the limit is for those who must not read on.
        let endless = open.repeat(100_000);
        assert_eq!(reserialise(fits.as_bytes()), Ok(fits.clone().into_bytes()));
        assert_eq!(text_at(fits.as_bytes(), &["b"]), Ok(None));
        for body in [deeper.as_bytes(), endless.as_bytes()] {
            assert_eq!(reserialise(body), Err(ScanError::TooDeep));
            assert_eq!(text_at(body, &["b"]), Err(ScanError::TooDeep));
        }
    }
    let object = |depth: usize| ["{\"a\":", &"[".repeat(depth), &"]".repeat(depth), "}"].concat();
    assert_eq!(members(object(MAX_DEPTH.saturating_sub(1)).as_bytes()).map(|m| m.len()), Ok(1));
    assert_eq!(members(object(MAX_DEPTH).as_bytes()), Err(ScanError::TooDeep));

    let wide = format!("[{}[]]", "[],".repeat(1000));
    assert_eq!(reserialise(wide.as_bytes()), Ok(wide.clone().into_bytes()));
    let path = ["a"; MAX_DEPTH];
    let deepest = nested("{\"a\":", "\"x\"", "}", MAX_DEPTH);
    assert_eq!(text_at(deepest.as_bytes(), &path), Ok(Some(Cow::Borrowed("x"))));
}

#[test]
fn errors_say_nothing_of_the_text() {
    let kinds = [
        ScanError::NotUtf8,
        ScanError::Syntax,
        ScanError::TooDeep,
        ScanError::DuplicateKey,
        ScanError::NotAnObject,
    ];
    for kind in kinds {
        let message = kind.to_string();
        assert!(!message.is_empty() && !message.ends_with('.'), "{message}");
        assert!(Error::source(&kind).is_none());
    }
}

#[test]
fn an_element_that_lacks_what_each_has_to_have_is_seen() {
    let path = |steps: &[&str]| -> Vec<Step> {
        let step = |step: &&str| if *step == "*" { Step::Every } else { Step::name(step) };
        steps.iter().map(step).collect()
    };
    for (text, steps, found, is_cut_short) in [
        (r#"{"v":[{"s":1},{"s":2}]}"#, &["v", "*", "s"][..], 2, false),
        (r#"{"v":[{"s":1},{}]}"#, &["v", "*", "s"], 1, true),
        (r#"{"v":[{"t":1},{"s":1}]}"#, &["v", "*", "s"], 1, true),
        (r#"{"v":[{"s":1},[]]}"#, &["v", "*", "s"], 1, true),
        (r#"{"v":[{"s":1},null]}"#, &["v", "*", "s"], 1, true),
        (r#"{"v":[[{"s":1}],[]]}"#, &["v", "*", "*", "s"], 1, false),
        (r#"{"v":[{"w":[{"s":1},{}]},{"w":[]}]}"#, &["v", "*", "w", "*", "s"], 1, true),
        (r#"{"v":[[1],[1,2]]}"#, &["v", "*", "1"], 1, true),
        (r#"{"v":[]}"#, &["v", "*", "s"], 0, false),
        (r#"{"v":[{"s":1}],"w":{"s":[{}]}}"#, &["v", "*", "s"], 1, false),
        ("[1]", &["s"], 0, true),
    ] {
        let values = values_at(text.as_bytes(), &path(steps)).unwrap();
        assert_eq!((values.found.len(), values.is_cut_short), (found, is_cut_short), "{text}");
    }
}
