//! Every entry of the catalogue: it builds, verifies what it signs, and refuses everything else.

#![cfg(all(
    feature = "ecdsa",
    feature = "ed25519",
    feature = "jwt",
    feature = "nfkd",
    feature = "rsa",
    feature = "testing"
))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;
#[expect(dead_code, reason = "the keys of the core's own tests, of which two are used")]
#[path = "../src/public/tests/fixtures.rs"]
mod fixtures;

use std::sync::LazyLock;

use bytes::Bytes;
use common::{NOW, Outcome, Request, run_at, run_in_pieces};
use hookgate::catalogue::{ALL, Entry};
use hookgate::scheme::{Algorithm, Encoding, Framing, KeyForm, Place, Scheme};
use hookgate::sign::Message;
use hookgate::{AnyEndpoint, Coverage, Endpoint, Provider, RejectionKind, UnixTime, testing};
use proptest::prelude::*;

/// Another key of each public-key algorithm than the one for tests: both are nobody's.
const OTHER_ED25519: &str = "MCowBQYDK2VwAyEAmS/vGdjOCQi0V6Xe5dFtUE3kMz8i/QJDPyat6OLVQ1A=";
const OTHER_P256: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERXVPD8uOqW6oPhG7fq62l8hAzPgAdKzfV2+AJ5VgCtWt",
    "qe/31Sm7VY+1SXC0FpMASh0/sMqSe94woWIJICr9YQ==",
);

/// What an entry's provider sends, and the endpoint that takes it.
struct Sample {
    entry: &'static Entry,
    endpoint: AnyEndpoint,
    request: Request,
}

static SAMPLES: LazyLock<Vec<Sample>> =
    LazyLock::new(|| ALL.iter().map(|entry| sample(entry, NOW)).collect());

fn sample(entry: &'static Entry, at: UnixTime) -> Sample {
    let posts = entry.scheme.methods.contains(&"POST");
    sample_by(entry, at, if posts { "POST" } else { entry.scheme.methods[0] })
}

fn sample_by(entry: &'static Entry, at: UnixTime, method: &'static str) -> Sample {
    let message = if entry.scheme.signed.contains("form}") {
        Message::form("/hooks?n=1", [("b", "x y"), ("a", "2")])
    } else {
        Message::post("/hooks?n=1", r#"{"kind":"sample","n":[1,2]}"#)
    };
    let (endpoint, request) = testing::signed(*entry, message.method(method).at(at))
        .unwrap_or_else(|error| panic!("{}: {error}", entry.id));
    Sample { entry, endpoint: endpoint.into_any(), request: request.into() }
}

fn outcome(sample: &Sample, request: &Request) -> Outcome {
    run_at(&sample.endpoint, request, NOW).into()
}

/// That a request is refused like every wrong signature.
fn refused(sample: &Sample, request: &Request, what: &str) -> RejectionKind {
    match outcome(sample, request) {
        Outcome::Refused(kind) if kind.is_signature() => kind,
        other => panic!("{}, {what}: {other:?} of {request:?}", sample.entry.id),
    }
}

/// The text at the signature's place.
fn signature(sample: &Sample) -> Vec<u8> {
    let request = &sample.request;
    let header = |name: &str| {
        let found = request.headers.iter().find(|(header, _)| header == name);
        found.unwrap_or_else(|| panic!("{}: no {name}", sample.entry.id)).1.clone()
    };
    match sample.entry.scheme.signature {
        Place::Header(name) | Place::RepeatedHeader(name) => header(&name.to_ascii_lowercase()),
        Place::NumberedHeaders(prefix) => header(&format!("{prefix}1").to_ascii_lowercase()),
        Place::Query(name) => {
            let (_, query) = request.target.split_once('?').unwrap();
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(key, _)| *key == name).unwrap();
            percent_encoding::percent_decode_str(value).collect()
        }
        Place::Json(pointer) => {
            let json: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let value = json.pointer(&pointer.replace('*', "0")).unwrap();
            value.as_str().map_or_else(|| value.to_string(), str::to_owned).into()
        }
        other => panic!("{}: {other:?}", sample.entry.id),
    }
}

/// The request with other texts in place of its signature.
fn with_signatures(sample: &Sample, values: &[&[u8]]) -> Option<Request> {
    let request = sample.request.clone();
    let text = |value: &&[u8]| std::str::from_utf8(value).ok().map(str::to_owned);
    Some(match sample.entry.scheme.signature {
        Place::Header(name) | Place::RepeatedHeader(name) => {
            let name = name.to_ascii_lowercase();
            let start = request.without(&name);
            values.iter().fold(start, |request, value| request.and(&name, *value))
        }
        Place::NumberedHeaders(prefix) => {
            let name = format!("{prefix}1").to_ascii_lowercase();
            let start = request.without(&name);
            values.iter().fold(start, |request, value| request.and(&name, *value))
        }
        Place::Query(name) => {
            let (path, query) = request.target.split_once('?').unwrap();
            let mut pairs: Vec<String> = query
                .split('&')
                .filter(|pair| pair.split_once('=').is_none_or(|(key, _)| key != name))
                .map(str::to_owned)
                .collect();
            for value in values {
                let value =
                    percent_encoding::percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
                pairs.push(format!("{name}={value}"));
            }
            let target = format!("{path}?{}", pairs.join("&"));
            request.target(target)
        }
        Place::Json(pointer) => {
            let mut json: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent =
                json.pointer_mut(&parent.replace('*', "0")).unwrap().as_object_mut().unwrap();
            parent.remove(name);
            match values {
                [] => request.body(json.to_string()),
                [value] => {
                    parent.insert(name.into(), text(value)?.into());
                    request.body(json.to_string())
                }
                // No value of the library holds a name twice.
                [value, other, ..] => {
                    parent.insert(name.into(), "TWICE".into());
                    let (value, other) = (text(value)?, text(other)?);
                    let (value, other) = (serde_json::json!(value), serde_json::json!(other));
                    let twice = format!("{value},\"{name}\":{other}");
                    request.body(json.to_string().replace("\"TWICE\"", &twice))
                }
            }
        }
        other => panic!("{other:?}"),
    })
}

fn flipped(text: &[u8], at: usize, bit: u8) -> Vec<u8> {
    let mut text = text.to_vec();
    text[at] ^= 1 << bit;
    text
}

/// Names of headers that the signature covers, the signature's own left out.
fn signed_headers(scheme: &Scheme<'_>) -> Vec<String> {
    let mut names: Vec<String> = scheme
        .signed
        .split("{header:")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap().to_ascii_lowercase())
        .collect();
    let mut place = |part: &str, place: Option<Place<'_>>| {
        if let (true, Some(Place::Header(name))) = (scheme.signed.contains(part), place) {
            names.push(name.to_ascii_lowercase());
        }
    };
    place("{ts}", scheme.timestamp.map(|(place, _)| place));
    place("{id}", scheme.delivery_id);
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_entry_delivers_what_its_provider_signs() {
    assert!(SAMPLES.len() >= 190, "{}", SAMPLES.len());
    for sample in SAMPLES.iter() {
        let Outcome::Delivered(content) = outcome(sample, &sample.request) else {
            panic!("{}: {:?}", sample.entry.id, outcome(sample, &sample.request));
        };
        let coverage = sample.entry.coverage();
        assert!(
            content.coverage == coverage || sample.entry.id == "vonage",
            "{}: {:?}",
            sample.entry.id,
            content.coverage
        );
        assert_eq!(content.provider.as_ref(), sample.entry.id);
        assert_eq!(content.body, sample.request.body, "{}", sample.entry.id);
        // In any frames.
        for size in [1, 7, sample.request.body.len().div_ceil(2).max(1)] {
            let frames: Vec<Bytes> =
                sample.request.body.chunks(size).map(Bytes::copy_from_slice).collect();
            let cut = Outcome::from(run_in_pieces(&sample.endpoint, &sample.request, NOW, &frames));
            assert_eq!(cut, Outcome::Delivered(content.clone()), "{}", sample.entry.id);
        }
    }
}

#[test]
fn another_secret_verifies_nothing() {
    for sample in SAMPLES.iter() {
        let scheme = &sample.entry.scheme;
        let other = match (scheme.key, scheme.algorithm) {
            (KeyForm::PublicKey, Algorithm::Ed25519) => OTHER_ED25519,
            (
                KeyForm::PublicKey,
                Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP256Sha1 | Algorithm::JwtEs256,
            ) => OTHER_P256,
            (KeyForm::PublicKey, _) => fixtures::RSA_2048,
            (KeyForm::Hex, _) => "00112233445566778899aabbccddeeff",
            (KeyForm::Base64 | KeyForm::Whsec, _) => "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Rz",
            _ => "another:secret of the tests",
        };
        let url = format!("https://example.com{}", "/hooks?n=1");
        let builder = Endpoint::builder(*sample.entry).secret(other).public_url(url);
        let endpoint =
            builder.build().unwrap_or_else(|error| panic!("{}: {error}", sample.entry.id));
        let outcome = Outcome::from(run_at(&endpoint, &sample.request, NOW));
        assert_eq!(
            outcome,
            Outcome::Refused(RejectionKind::SignatureMismatch),
            "{}",
            sample.entry.id
        );
    }
}

#[test]
fn a_signature_that_is_missing_twice_there_or_cut_is_refused() {
    for sample in SAMPLES.iter() {
        let value = signature(sample);
        let with = |values: &[&[u8]]| with_signatures(sample, values);
        let missing = refused(sample, &with(&[]).unwrap(), "missing");
        assert_eq!(missing, RejectionKind::MissingSignature, "{}", sample.entry.id);
        refused(sample, &with(&[b""]).unwrap(), "empty");
        if !matches!(sample.entry.scheme.signature, Place::RepeatedHeader(_)) {
            refused(sample, &with(&[&value, &value]).unwrap(), "twice");
            refused(sample, &with(&[&value, b"junk"]).unwrap(), "with another after it");
            refused(sample, &with(&[b"junk", &value]).unwrap(), "with another before it");
        }
        for length in [1, value.len() / 2, value.len() - 1] {
            refused(sample, &with(&[&value[..length]]).unwrap(), "truncated");
        }
        let parts = matches!(sample.entry.scheme.framing, Framing::Parts { .. });
        let spaces_separate = sample.entry.scheme.spaced
            || matches!(
                sample.entry.scheme.framing,
                Framing::List { items: " ", .. } | Framing::Groups { groups: " ", .. }
            );
        for bent in [
            [b"x", &*value].concat(),
            [&*value, b"x"].concat(),
            [b" ", &*value].concat(),
            [&*value, b" "].concat(),
            [b"v9=", &*value].concat(),
        ] {
            // What stands before the algorithm's name is the key's, which may have any.
            let is_key = parts && !bent.starts_with(&value);
            let is_empty_item = spaces_separate && bent.trim_ascii() == value;
            if !is_key && !is_empty_item {
                refused(sample, &with(&[&bent]).unwrap(), "with something around it");
            }
        }
        let text = String::from_utf8(value).unwrap();
        let bent = match sample.entry.scheme.framing {
            Framing::Prefix(prefix) => text.replacen(prefix, "", 1),
            Framing::List { name, pair, .. } | Framing::Groups { name, pair, .. } => {
                text.replacen(&format!("{name}{pair}"), &format!("v99{pair}"), 1)
            }
            Framing::AuthScheme(name) => text.replacen(name, "Digest", 1),
            Framing::Parts { .. } => text.replace("SHA256", "SHA1"),
            _ => continue,
        };
        refused(sample, &with(&[bent.as_bytes()]).unwrap(), "of another version");
    }
}

#[test]
fn no_bit_of_a_signature_can_be_flipped() {
    for sample in SAMPLES.iter() {
        let scheme = &sample.entry.scheme;
        let value = signature(sample);
        let is_hex = matches!(scheme.encoding, Encoding::Hex | Encoding::HexOrBase64);
        let named = match scheme.framing {
            Framing::AuthScheme(name) => name.len(),
            _ => 0,
        };
        // The name of a key is not signed, and that of the algorithm has any case.
        let start = match scheme.framing {
            Framing::Parts { parts, .. } => {
                String::from_utf8(value.clone()).unwrap().rfind(parts).unwrap()
            }
            _ => 0,
        };
        // Each costs much under public keys.
        let step = if scheme.key == KeyForm::PublicKey { 7 } else { 1 };
        for at in (start..value.len()).step_by(step) {
            let bit = u8::try_from((at * 5 + sample.entry.id.len()) % 8).unwrap();
            for bit in [bit, 5] {
                let bent = flipped(&value, at, bit);
                if bent.eq_ignore_ascii_case(&value) && (is_hex || at < named) {
                    continue;
                }
                if let Some(request) = with_signatures(sample, &[&bent]) {
                    refused(sample, &request, "with a flipped bit in the signature");
                }
            }
        }
    }
}

#[test]
fn no_bit_of_what_is_signed_can_be_flipped() {
    let mut headers = 0;
    for sample in SAMPLES.iter() {
        let (scheme, request) = (&sample.entry.scheme, &sample.request);
        if sample.entry.coverage() >= Coverage::Fields {
            for at in 0..request.body.len() {
                let bit = u8::try_from((at + sample.entry.id.len()) % 8).unwrap();
                let body = flipped(&request.body, at, bit);
                refused(sample, &request.clone().body(body), "with a flipped bit in the body");
            }
            if !request.body.is_empty() {
                refused(sample, &request.clone().body(""), "without its body");
            }
            let longer = [&*request.body, b"\n"].concat();
            refused(sample, &request.clone().body(longer), "with a line break more");
        }
        for name in signed_headers(scheme) {
            headers += 1;
            let value = request.value(&name).into_bytes();
            for at in 0..value.len() {
                for bit in 0..8 {
                    let bent = request.clone().with(&name, flipped(&value, at, bit));
                    refused(sample, &bent, "with a flipped bit in a signed header");
                }
            }
            refused(sample, &request.clone().without(&name), "without a signed header");
            refused(sample, &request.clone().and(&name, value), "with a signed header twice");
        }
        let signs_query = scheme.signed == "{url}" || scheme.signed.contains("{sorted-query}");
        if signs_query || scheme.signed.contains("{query") {
            let (path, query) = request.target.split_once('?').unwrap();
            let start = if signs_query { 0 } else { query.find('&').unwrap() + 1 };
            for at in start..query.len() {
                let bit = u8::try_from(at % 5).unwrap();
                let bent = String::from_utf8(flipped(query.as_bytes(), at, bit)).unwrap();
                let bent = request.clone().target(format!("{path}?{bent}"));
                refused(sample, &bent, "with a flipped bit in the signed query");
            }
        }
    }
    assert!(headers > 50, "{headers}");
}

#[test]
fn a_signed_time_is_held_against_the_clock_in_both_directions() {
    let mut checked = 0;
    for entry in ALL.iter().filter(|entry| entry.scheme.claims.is_none()) {
        let scheme = &entry.scheme;
        let in_body = matches!(scheme.timestamp, Some((Place::Json(_) | Place::Form(_), _)));
        let is_covered = in_body && entry.coverage() >= Coverage::Fields;
        let is_signed = is_covered || scheme.signed.contains("{ts}");
        let (true, Some(tolerance)) = (is_signed, scheme.tolerance) else {
            continue;
        };
        checked += 1;
        let edge = i64::from(tolerance);
        for (offset, want) in [
            (-edge - 1, Err(RejectionKind::StaleTimestamp)),
            (-edge, Ok(())),
            (edge, Ok(())),
            (edge + 1, Err(RejectionKind::FutureTimestamp)),
        ] {
            let sample = sample(entry, UnixTime::from_secs(NOW.as_secs() + offset));
            let got = match outcome(&sample, &sample.request) {
                Outcome::Delivered(_) => Ok(()),
                Outcome::Refused(kind) => Err(kind),
                Outcome::Replied(reply) => panic!("{}: {reply:?}", entry.id),
            };
            assert_eq!(got, want, "{} at {offset}", entry.id);
        }
    }
    assert!(checked > 50, "{checked}");
}

#[test]
fn every_method_of_an_entry_is_taken_and_no_other() {
    for sample in SAMPLES.iter() {
        for method in sample.entry.scheme.methods {
            let sample = sample_by(sample.entry, NOW, method);
            let outcome = outcome(&sample, &sample.request);
            assert!(matches!(outcome, Outcome::Delivered(_)), "{}: {method}", sample.entry.id);
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "TRACE"] {
            if sample.entry.scheme.methods.contains(&method) {
                continue;
            }
            match outcome(sample, &sample.request.clone().method(method)) {
                Outcome::Delivered(_) => panic!("{}: {method}", sample.entry.id),
                Outcome::Refused(_) | Outcome::Replied(_) => {}
            }
        }
    }
}

/// The type of an entry's constant says what its signature covers, so that a handler of something
/// that nobody signed says so.
#[test]
fn the_type_of_every_constant_says_what_is_proved() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for (constructor, is_covered) in
            [("= Listed::signed(Entry::new(", true), ("= Listed::sender_only(Entry::new(", false)]
        {
            for rest in source.split(constructor).skip(1) {
                let id = rest.split('"').nth(1).unwrap();
                let entry = hookgate::catalogue::find(id).unwrap();
                assert_eq!(entry.coverage() >= Coverage::Fields, is_covered, "{id}");
                assert_eq!(entry.scheme.body_unsigned, !is_covered, "{id}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, ALL.len());
}

/// Values that look like those of a provider, and any others.
fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        Just(b"1700000000".to_vec()),
        Just(b"2023-11-14T22:13:20Z".to_vec()),
        "(sha256=|sha1=|v0=|v1,|t=1700000000,v1=|Basic |Bearer )?[0-9a-f]{64}"
            .prop_map(String::into_bytes),
        "[A-Za-z0-9+/]{43}=".prop_map(String::into_bytes),
        "eyJhbGciOiJIUzI1NiJ9\\.[A-Za-z0-9_-]{0,9}\\.[A-Za-z0-9_-]{0,9}"
            .prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..80),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// Whoever knows no secret gets nothing in, and nothing down.
    #[test]
    fn no_request_of_a_stranger_passes_or_panics(
        entry in any::<prop::sample::Index>(),
        bent in prop::collection::vec((any::<prop::sample::Index>(), values()), 0..4),
        signature in values(),
        keeps_the_rest in any::<bool>(),
        query in proptest::option::of("[a-zA-Z0-9=&%?.+]{0,40}"),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            Just(br#"{"a":[{"token":"x"}],"signature":{"timestamp":1700000000}}"#.to_vec()),
            "[a-z]=[a-z0-9%+]{0,9}&[a-z]=".prop_map(String::into_bytes),
        ],
    ) {
        let sample = entry.get(&SAMPLES);
        let mut request = sample.request.clone();
        if !keeps_the_rest {
            let target = query.map_or("/hooks".into(), |query| format!("/hooks?{query}"));
            request = request.target(target).body(body);
        }
        if let Place::Header(name) = sample.entry.scheme.signature {
            request = request.with(&name.to_ascii_lowercase(), signature);
        } else {
            request = request.body("{}").target("/hooks");
        }
        for (at, value) in bent {
            let (name, _) = at.get(&request.headers).clone();
            request = request.with(&name, value);
        }
        match outcome(sample, &request) {
            Outcome::Refused(_) => {}
            // A handshake is answered, and hands nothing on.
            Outcome::Replied(_) => prop_assert!(sample.entry.handshake().is_some()),
            Outcome::Delivered(_) => prop_assert!(false, "{}: {:?}", sample.entry.id, request),
        }
    }
}
