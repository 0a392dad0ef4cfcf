//! Schemes of every kind, thrown together: each is refused when the endpoint is built, or verifies
//! what it signs and nothing else.

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
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use bytes::Bytes;
use common::{Custom, NOW, Outcome, Request, run_at, run_in_pieces};
use hookgate::scheme::{Algorithm, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit};
use hookgate::sign::{Message, SignError};
use hookgate::testing::{self, TestError};
use hookgate::{
    Absent, AnyEndpoint, Audience, BodyHash, BuildError, ClaimRules, Coverage, HashEncoding,
};
use proptest::prelude::*;
use proptest::sample::select;

fn algorithms() -> impl Strategy<Value = Algorithm> {
    // The asymmetric ones cost much, and the template does not look at them.
    prop_oneof![
        8 => select(vec![Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512]),
        3 => select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Token]),
        1 => select(vec![Algorithm::Ed25519, Algorithm::EcdsaP256Sha256, Algorithm::JwtHs256]),
    ]
}

fn keys() -> impl Strategy<Value = KeyForm> {
    select(vec![
        KeyForm::Text,
        KeyForm::Text,
        KeyForm::Hex,
        KeyForm::Base64,
        KeyForm::Whsec,
        KeyForm::Nfkd,
        KeyForm::Sha1OfText,
        KeyForm::Sha256OfText,
        KeyForm::PublicKey,
    ])
}

fn encodings() -> impl Strategy<Value = Encoding> {
    select(vec![
        Encoding::Hex,
        Encoding::Base64,
        Encoding::Base64Url,
        Encoding::HexOrBase64,
        Encoding::Text,
    ])
}

fn separators() -> impl Strategy<Value = &'static str> {
    select(vec![",", ", ", " ", ";", "=", ":", "/", "-", ".", "a", "1", "==", "v1", "|"])
}

fn framings() -> impl Strategy<Value = Framing<'static>> {
    let name = || select(vec!["v1", "v", "sig", "t", "=", "SHA256", "a"]);
    prop_oneof![
        3 => Just(Framing::Bare),
        2 => select(vec!["sha256=", "v0=", "a", "0", " "]).prop_map(Framing::Prefix),
        1 => select(vec!["Basic", "HMAC", "a"]).prop_map(Framing::AuthScheme),
        4 => (separators(), separators(), name())
            .prop_map(|(items, pair, name)| Framing::List { items, pair, name }),
        1 => (separators(), 0_usize..3)
            .prop_map(|(items, first)| Framing::Positional { items, first }),
        1 => (separators(), separators(), 0_usize..3, proptest::option::of((0_usize..3, name())))
            .prop_map(|(items, parts, signature, algorithm)| Framing::Parts {
                items, parts, signature, algorithm,
            }),
        1 => (separators(), separators(), separators(), name())
            .prop_map(|(groups, items, pair, name)| Framing::Groups { groups, items, pair, name }),
    ]
}

/// A place for one fact, which has a name of its own.
fn places(name: &'static str) -> impl Strategy<Value = Place<'static>> {
    let pointer: &'static str = format!("/meta/{name}").leak();
    select(vec![
        Place::Header(name),
        Place::Header(name),
        Place::Query(name),
        Place::Form(name),
        Place::Json(pointer),
        Place::SignatureField(name),
        Place::SignatureField("0"),
        Place::SignatureField("1"),
        Place::RepeatedHeader(name),
        Place::NumberedHeaders(name),
        Place::Claim(name),
        Place::Extracted,
    ])
}

fn units() -> impl Strategy<Value = TimeUnit> {
    select(vec![
        TimeUnit::Seconds,
        TimeUnit::Seconds,
        TimeUnit::Milliseconds,
        TimeUnit::SecondsOrMilliseconds,
        TimeUnit::Rfc3339,
        TimeUnit::Rfc3339OrUtc,
        TimeUnit::HttpDate,
    ])
}

fn templates() -> impl Strategy<Value = &'static str> {
    let part = select(vec![
        "{body}",
        "{body}",
        "{body}",
        "{ts}",
        "{ts}",
        "{id}",
        ".",
        ".",
        ":",
        "1",
        "v0:",
        "\n",
        "{url}",
        "{url:no-query}",
        "{method}",
        "{header:x-nonce}",
        "{query:q}",
        "{query-lower:q}",
        "{sigfield:env}",
        "{sorted-query}",
        "{sorted-form}",
        "{form:f}",
        "{json:/meta/j}",
        "{body:sha256}",
        "{body:sha256-hex}",
        "{body:sha512-base64}",
        "{body:crc32}",
        "{body:json-string}",
        "{secret}",
        "{?.{query:o};?}",
        "{{",
        "{",
        "{nonsense}",
    ]);
    let mixed = prop::collection::vec(part, 0..6).prop_map(|parts| &*parts.concat().leak());
    let usual = select(vec![
        "{body}",
        "{ts}.{body}",
        "{id}.{ts}.{body}",
        "{ts}{body}",
        "{id}{ts}{body}",
        "{url}{body}",
        "{method}{url}{body}{ts}",
        "{url}{sorted-form}",
        "{secret}{body}",
        "{body}{secret}",
        "",
    ]);
    prop_oneof![3 => usual, 2 => mixed]
}

fn claims() -> impl Strategy<Value = Option<ClaimRules<'static>>> {
    let hash = select(vec![
        None,
        Some(BodyHash::new("hash", HashEncoding::Hex)),
        Some(BodyHash::new("hash", HashEncoding::Base64).absent(Absent::EmptyBody)),
        Some(BodyHash::new("hash", HashEncoding::Hex).absent(Absent::Unbound)),
    ]);
    let audience = select(vec![Audience::Any, Audience::Is("me"), Audience::Url]);
    let rules = (hash, audience, any::<bool>()).prop_map(|(hash, audience, url)| {
        let rules = ClaimRules::new().audience(audience);
        let rules = if url { rules.url_hash("url") } else { rules };
        hash.map_or(rules, |hash| rules.body(hash))
    });
    prop_oneof![9 => Just(None), 1 => rules.prop_map(Some)]
}

/// Mostly such as a provider could have, since most others are refused.
fn schemes() -> impl Strategy<Value = Scheme<'static>> {
    let text = (templates(), claims(), proptest::option::weighted(0.1, places("x-digest")));
    let time = (
        proptest::option::weighted(0.8, (places("x-time"), units())),
        select(vec![None, Some(0), Some(300), Some(300), Some(u32::MAX)]),
    );
    let signature = (places("x-signature"), framings(), encodings(), any::<bool>());
    let names = (
        proptest::option::of(places("x-id")),
        proptest::option::weighted(0.05, places("x-key")),
        proptest::option::weighted(0.3, places("x-event")),
        proptest::option::weighted(
            0.1,
            select(vec![("x-algorithm", "sha256"), ("x-algorithm", "")]),
        ),
    );
    let rest = (select(vec![&["POST"][..], &["GET", "POST"], &["POST", "POSTS"]]), 0_u32..100);
    (algorithms(), keys(), signature, text, time, names, rest).prop_map(
        |(algorithm, key, signature, text, time, names, (methods, odds))| {
            let (place, framing, encoding, spaced) = signature;
            let (template, claims, digest) = text;
            let (timestamp, tolerance) = time;
            let (id, key_id, event, named) = names;
            let mut scheme = Scheme::hmac_sha256("x-signature")
                .signature(place)
                .framing(framing)
                .encoding(encoding)
                .algorithm(algorithm)
                .key(key)
                .signed(template)
                .methods(methods);
            scheme.claims = claims;
            scheme.spaced = spaced;
            scheme.body_unsigned = odds.is_multiple_of(2);
            scheme.body_digest = digest;
            scheme.timestamp = timestamp;
            scheme.tolerance = tolerance;
            scheme.delivery_id = id;
            scheme.key_id = key_id;
            scheme.event_name = event;
            scheme.algorithm_header = named;
            apart(if odds < 80 { likely(scheme, odds) } else { scheme })
        },
    )
}

/// The same scheme with one fact at a place: a message has two values for two.
fn apart(mut scheme: Scheme<'static>) -> Scheme<'static> {
    let mut taken = vec![scheme.signature];
    let mut free = |place: &Place<'static>| {
        let is_free = !taken.contains(place);
        taken.push(*place);
        is_free
    };
    scheme.timestamp = scheme.timestamp.filter(|(place, _)| free(place));
    scheme.delivery_id = scheme.delivery_id.filter(&mut free);
    scheme.key_id = scheme.key_id.filter(&mut free);
    scheme.event_name = scheme.event_name.filter(&mut free);
    scheme
}

/// The same scheme without what would be refused for certain.
fn likely(mut scheme: Scheme<'static>, odds: u32) -> Scheme<'static> {
    let is_public = matches!(scheme.algorithm, Algorithm::Ed25519 | Algorithm::EcdsaP256Sha256);
    let is_jwt = scheme.algorithm == Algorithm::JwtHs256;
    let is_token = scheme.algorithm == Algorithm::Token;
    let in_list = matches!(
        scheme.framing,
        Framing::List { .. } | Framing::Groups { .. } | Framing::Positional { .. }
    );
    let placed = |place: Place<'static>, header| match place {
        Place::SignatureField(_) if in_list => place,
        Place::Header(_) | Place::Query(_) | Place::Form(_) | Place::Json(_) => place,
        _ => Place::Header(header),
    };
    scheme.key = match scheme.key {
        _ if is_public => KeyForm::PublicKey,
        KeyForm::PublicKey => KeyForm::Text,
        _ if is_token || is_jwt => KeyForm::Text,
        key => key,
    };
    if matches!(scheme.signature, Place::SignatureField(_) | Place::Claim(_) | Place::Extracted) {
        scheme.signature = Place::Header("x-signature");
    }
    if is_token || is_jwt {
        scheme.signed = "";
        scheme.encoding =
            if is_token && odds.is_multiple_of(3) { scheme.encoding } else { Encoding::Text };
    } else if scheme.encoding == Encoding::Text {
        scheme.encoding = Encoding::Hex;
    }
    let plain = matches!(scheme.algorithm, Algorithm::Sha1 | Algorithm::Sha256);
    if plain != scheme.signed.contains("{secret}") && !is_token && !is_jwt {
        scheme.signed = if plain { "{secret}{body}" } else { "{ts}.{body}" };
    }
    scheme.claims = match (scheme.claims, is_jwt) {
        (claims, true) => claims.or(Some(ClaimRules::new())),
        (_, false) => None,
    };
    let covers = ["{body", "form}"].iter().any(|part| scheme.signed.contains(part));
    let bound = scheme
        .claims
        .is_some_and(|claims| claims.body.is_some_and(|body| body.absent != Absent::Unbound));
    let is_open = !covers || scheme.signed.contains("crc32");
    scheme.body_unsigned |= is_open && !bound;
    scheme.body_digest = None;
    let (_, unit) = scheme.timestamp.unwrap_or((Place::Extracted, TimeUnit::Seconds));
    let place = scheme.timestamp.map_or(Place::Header("x-time"), |(place, _)| place);
    scheme.timestamp = Some((placed(place, "x-time"), unit));
    let id = scheme.delivery_id.unwrap_or(Place::Header("x-id"));
    scheme.delivery_id = Some(placed(id, "x-id"));
    scheme.event_name = scheme.event_name.map(|place| placed(place, "x-event"));
    scheme.algorithm_header = scheme.algorithm_header.map(|(header, _)| (header, "sha256"));
    scheme.methods = &["POST"];
    if !odds.is_multiple_of(4) {
        scheme.key_id = None;
        if matches!(scheme.signature, Place::Form(_) | Place::Json(_)) && !scheme.body_unsigned {
            scheme.signature = Place::Header("x-signature");
        }
    }
    scheme
}

/// An endpoint of the scheme and a request that passes there. `None` where the scheme is refused,
/// or its parts cannot all be in one body.
fn built(scheme: Scheme<'static>, body: &'static str) -> Option<(AnyEndpoint, Request)> {
    let message = if body.starts_with('{') {
        Message::post("/hooks?n=y", body)
    } else {
        Message::post("/hooks?n=y", body).content_type("application/x-www-form-urlencoded")
    };
    match testing::signed(Custom::new(scheme), message) {
        Ok((endpoint, request)) => Some((endpoint.into_any(), request.into())),
        Err(TestError::Sign(SignError::Scheme(_) | SignError::Body(_) | SignError::Separator)) => {
            None
        }
        Err(TestError::Build(BuildError::Scheme(_) | BuildError::KeySource)) => None,
        // A value of a form in a JSON text, or the other way round; a query that holds a separator.
        Err(TestError::Sign(SignError::Missing(what)))
            if what.contains("body") || what.contains("its head") =>
        {
            None
        }
        Err(error) => panic!("{scheme:?}: {error}"),
    }
}

const BODIES: &[&str] = &[r#"{"kind":"sample","n":[1,2]}"#, "b=x+y&a=2", ""];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_scheme_is_refused_or_verifies_what_it_signs_and_nothing_else(
        scheme in schemes(),
        body in select(BODIES),
        flip in any::<(prop::sample::Index, u8)>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let Some((endpoint, request)) = built(scheme, body) else { return Ok(()) };
        let outcome = Outcome::from(run_at(&endpoint, &request, NOW));
        let Outcome::Delivered(content) = &outcome else {
            return Err(TestCaseError::fail(format!("{scheme:?}: {outcome:?} of {request:?}")));
        };
        prop_assert!(content.secret.is_some() && content.coverage > Coverage::Nothing);
        let (one, next) = request.body.split_at(cut.index(request.body.len() + 1));
        let frames = [one, next].map(Bytes::copy_from_slice);
        prop_assert_eq!(Outcome::from(run_in_pieces(&endpoint, &request, NOW, &frames)), outcome.clone());

        if content.coverage == Coverage::Body && !request.body.is_empty() {
            let mut bent = request.body.to_vec();
            let at = flip.0.index(bent.len());
            bent[at] ^= 1 << (flip.1 % 8);
            let bent = request.clone().body(bent);
            let outcome = Outcome::from(run_at(&endpoint, &bent, NOW));
            prop_assert!(!matches!(outcome, Outcome::Delivered(_)), "{:?}: {:?}", scheme, bent);
        }
        // Without what it was signed with, nothing passes.
        let mut bare = request.clone();
        bare.headers.clear();
        let is_in_head = !matches!(scheme.signature, Place::Query(_) | Place::Form(_) | Place::Json(_));
        if is_in_head {
            let outcome = Outcome::from(run_at(&endpoint, &bare, NOW));
            prop_assert!(!matches!(outcome, Outcome::Delivered(_)), "{:?}: {:?}", scheme, bare);
        }
    }
}

/// That the schemes above are not all refused, and that every kind of each axis is among those that
/// are not.
#[test]
fn the_schemes_of_the_test_are_of_every_kind() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let strategy = schemes();
    let mut seen = std::collections::BTreeSet::new();
    let mut accepted = 0;
    for _ in 0..6_000 {
        let scheme = strategy.new_tree(&mut runner).unwrap().current();
        let body = BODIES[usize::from(scheme.signed.contains("form"))];
        if built(scheme, body).is_none() {
            continue;
        }
        accepted += 1;
        let word = |text: String| text.split(['(', ' ', '{']).next().unwrap().to_owned();
        seen.insert(format!("algorithm {:?}", scheme.algorithm));
        seen.insert(format!("encoding {:?}", scheme.encoding));
        seen.insert(format!("key {:?}", scheme.key));
        seen.insert(format!("framing {}", word(format!("{:?}", scheme.framing))));
        seen.insert(format!("place {}", word(format!("{:?}", scheme.signature))));
        if let Some((_, unit)) = scheme.timestamp {
            seen.insert(format!("unit {unit:?}"));
        }
    }
    assert!(accepted > 400, "{accepted}");
    let count = |axis: &str| seen.iter().filter(|kind| kind.starts_with(axis)).count();
    for (axis, want) in
        [("algorithm", 9), ("encoding", 5), ("key", 8), ("framing", 7), ("place", 6), ("unit", 6)]
    {
        assert!(count(axis) >= want, "{axis}: {seen:#?}");
    }
}
