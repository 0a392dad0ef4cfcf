//! Files that are refused: where, and in which words.

use crate::spec::{Described, SchemeSpec};

/// `=== format line:column field`, then `--- message`, then the file.
const CASES: &str = include_str!("broken.txt");

/// What messages list, and `broken.txt` calls by a name.
const LISTS: [(&str, &str); 6] = [
    (
        "{fields}",
        "`signature`, `more_signatures`, `framing`, `spaced`, `encoding`, `algorithm`, \
         `algorithm_header`, `key`, `key_id`, `signed`, `signs`, `body_unsigned`, \
         `json_in`, `body_digest`, `timestamp`, `tolerance`, `delivery_id`, `event_name`, \
         `methods` or `claims`",
    ),
    (
        "{places}",
        "`header`, `repeated_header`, `numbered_headers`, `signature_field`, `query`, \
         `form`, `json`, `claim` or `extracted`",
    ),
    (
        "{algorithms}",
        "`hmac-sha1`, `hmac-sha256`, `hmac-sha512`, `sha1`, `sha256`, `ed25519`, \
         `ecdsa-p256-sha256`, `ecdsa-p256-sha1`, `rsa-sha1`, `rsa-sha256`, \
         `rsa-sha256-short`, `rsa-sha512`, `token`, `jwt-hs256`, `jwt-rs256` or `jwt-es256`",
    ),
    ("{framings}", "`bare`, `prefix`, `auth_scheme`, `list`, `positional`, `parts` or `groups`"),
    (
        "{keys}",
        "`text`, `hex`, `base64`, `whsec`, `nfkd`, `sha1-of-text`, `sha256-of-text`, \
         `named-sha1` or `public-key`",
    ),
    (
        "{secrets}",
        "a secret does not belong in a table: give it to the endpoint, with \
         `.secrets(Secrets::from_env(..)?)` or `Secrets::from_file(..)`",
    ),
];

struct Case<'c> {
    format: &'c str,
    place: (usize, usize),
    field: Option<&'c str>,
    message: String,
    text: &'c str,
}

impl<'c> Case<'c> {
    fn parse(case: &'c str) -> Self {
        let (head, rest) = case.split_once("\n--- ").unwrap();
        let (message, text) = rest.split_once('\n').unwrap();
        let [format, place, field] = head.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (line, column) = place.split_once(':').unwrap();
        let named =
            LISTS.iter().fold(message.to_owned(), |text, (name, list)| text.replace(name, list));
        Self {
            format,
            place: (line.parse().unwrap(), column.parse().unwrap()),
            field: (field != "-").then_some(field),
            message: named,
            text,
        }
    }
}

#[test]
fn broken_files_are_refused_with_line_column_field_and_message() {
    let cases: Vec<Case<'_>> =
        CASES.split("=== ").filter(|case| !case.is_empty()).map(Case::parse).collect();
    assert!(cases.len() > 120, "{}", cases.len());
    // Where a build lacks an algorithm, that is what is told first.
    let is_whole = cfg!(all(feature = "ed25519", feature = "jwt", feature = "rsa"));
    let needs_all = |text: &str| ["ed25519", "jwt-", "rsa-"].iter().any(|name| text.contains(name));
    for case in cases.iter().filter(|case| is_whole || !needs_all(case.text)) {
        let error = match case.format {
            "toml" => SchemeSpec::from_toml(case.text).map(drop),
            "json" => SchemeSpec::from_json(case.text).map(drop),
            _ => Described::from_toml(case.text).map(drop),
        };
        let error = error.expect_err(case.text);
        assert_eq!(error.message(), case.message, "{}", case.text);
        assert_eq!((error.line(), error.column()), case.place, "{error}\n{}", case.text);
        assert_eq!(error.field(), case.field, "{error}\n{}", case.text);
        // Neither a secret nor a text that may be one.
        for secret in ["hunter2", "MfKQ", "5ebe", "BEGIN"] {
            assert!(!format!("{error} {error:?}").contains(secret), "{error}");
        }
    }
}

#[test]
fn the_error_reads_as_one_line() {
    let error = Described::from_toml("id = \"a\"\n[scheme]\nsignature = { header = \"x y\" }\n");
    assert_eq!(
        error.unwrap_err().to_string(),
        "line 3, column 24, in scheme.signature.header: \"x y\" is not the name of a header"
    );
}

/// What this build lacks is found when the file is read.
#[test]
#[cfg(not(feature = "rsa"))]
fn an_algorithm_without_its_feature_is_named() {
    let text = "signature = { header = \"x\" }\nkey = \"public-key\"\nalgorithm = \"rsa-sha256\"\n";
    let error = SchemeSpec::from_toml(text).unwrap_err();
    assert_eq!((error.line(), error.field()), (3, Some("algorithm")));
    assert!(error.message().contains("hookgate's feature `rsa`"), "{error}");
}

/// Formats that bring errors of their own name fields and allowed values too, and show no key.
#[test]
fn through_serde_alone_a_key_is_not_shown_either() {
    let text = "signature = { header = \"x\" }\nkey = \"5ebe2294ecd0e0f08eab7690d2a6ee69\"\n";
    let error = toml::from_str::<SchemeSpec>(text).unwrap_err();
    assert!(error.message().contains("sha256-of-text"), "{}", error.message());
    assert!(!error.message().contains("5ebe"), "{}", error.message());
    let text = r#"{ "signature": { "header": "x", "query": "y" } }"#;
    let error = serde_json::from_str::<SchemeSpec>(text).unwrap_err().to_string();
    assert!(error.starts_with("it stands in one place: decide for `header` or `query`"), "{error}");
}
