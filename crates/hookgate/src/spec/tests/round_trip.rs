//! From schemes to files and back.

use proptest::prelude::*;
use serde::Deserialize;

use crate::catalogue;
use crate::jwt::{
    Absent, Audience, BodyHash, ClaimRules, ClaimValue, HashEncoding, Presence, RequiredClaim,
};
use crate::scheme::{
    Algorithm, Covered, Encoding, Framing, KeyForm, Place, Plan, Scheme, TimeUnit,
};
use crate::spec::node::Node;
use crate::spec::{Described, SchemeSpec, read_json, read_toml};

/// A tree as a spec, whether the scheme can be used or not.
fn spec(root: &Node) -> SchemeSpec {
    SchemeSpec::deserialize(root).unwrap_or_else(|problem| panic!("{problem:?}"))
}

fn both_ways(scheme: &Scheme<'_>) -> (String, String) {
    let written = SchemeSpec::from(scheme);
    assert_eq!(written.as_scheme(), *scheme);
    let in_toml = toml::to_string(&written).unwrap();
    assert_eq!(toml::from_str::<SchemeSpec>(&in_toml).unwrap().as_scheme(), *scheme, "{in_toml}");
    assert_eq!(spec(&read_toml::parse(&in_toml).unwrap()).as_scheme(), *scheme, "{in_toml}");
    let in_json = serde_json::to_string_pretty(&written).unwrap();
    let read: SchemeSpec = serde_json::from_str(&in_json).unwrap();
    assert_eq!(read.as_scheme(), *scheme, "{in_json}");
    assert_eq!(spec(&read_json::parse(&in_json).unwrap()).as_scheme(), *scheme, "{in_json}");
    (in_toml, in_json)
}

#[test]
fn every_entry_of_the_catalogue_is_a_table() {
    for entry in catalogue::ALL {
        let (in_toml, in_json) = both_ways(&entry.scheme);
        if entry.scheme.algorithm.missing_feature().is_some() {
            continue;
        }
        let is_right = |spec: SchemeSpec| assert_eq!(spec.as_scheme(), entry.scheme);
        is_right(
            SchemeSpec::from_toml(&in_toml).unwrap_or_else(|error| panic!("{error}\n{in_toml}")),
        );
        is_right(
            SchemeSpec::from_json(&in_json).unwrap_or_else(|error| panic!("{error}\n{in_json}")),
        );
    }
}

/// Tests borrow for ever what they made up.
fn text() -> BoxedStrategy<&'static str> {
    let text = prop_oneof![
        "[a-z-]{1,6}",
        "/[a-z]{1,4}",
        ".{0,6}",
        any::<String>(),
        Just("{ts}.{body}".into()),
        Just("{id}{body}".into()),
        Just("{header:a b}{body}".into()),
    ];
    text.prop_map(|text| &*text.leak()).boxed()
}

fn texts() -> BoxedStrategy<&'static [&'static str]> {
    prop::collection::vec(prop_oneof![text(), Just("POST")], 0..3)
        .prop_map(|list| &*list.leak())
        .boxed()
}

fn place() -> BoxedStrategy<Place<'static>> {
    prop_oneof![
        text().prop_map(Place::Header),
        text().prop_map(Place::RepeatedHeader),
        text().prop_map(Place::NumberedHeaders),
        text().prop_map(Place::SignatureField),
        text().prop_map(Place::Query),
        text().prop_map(Place::Form),
        text().prop_map(Place::Json),
        text().prop_map(Place::Claim),
        Just(Place::Extracted),
    ]
    .boxed()
}

fn framing() -> BoxedStrategy<Framing<'static>> {
    let named = (any::<u16>(), text()).prop_map(|(at, name)| (usize::from(at), name));
    prop_oneof![
        Just(Framing::Bare),
        text().prop_map(Framing::Prefix),
        text().prop_map(Framing::AuthScheme),
        (text(), text(), text()).prop_map(|(items, pair, name)| Framing::List {
            items,
            pair,
            name
        }),
        (text(), any::<u16>())
            .prop_map(|(items, at)| Framing::Positional { items, first: at.into() }),
        (text(), text(), any::<u16>(), prop::option::of(named)).prop_map(
            |(items, parts, at, algorithm)| Framing::Parts {
                items,
                parts,
                signature: at.into(),
                algorithm
            }
        ),
        (text(), text(), text(), text()).prop_map(|(groups, items, pair, name)| Framing::Groups {
            groups,
            items,
            pair,
            name
        }),
    ]
    .boxed()
}

fn algorithm() -> BoxedStrategy<Algorithm> {
    prop::sample::select(vec![
        Algorithm::HmacSha1,
        Algorithm::HmacSha256,
        Algorithm::HmacSha512,
        Algorithm::Sha1,
        Algorithm::Sha256,
        Algorithm::Ed25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP256Sha1,
        Algorithm::RsaSha1,
        Algorithm::RsaSha256,
        Algorithm::RsaSha256Short,
        Algorithm::RsaSha512,
        Algorithm::Token,
        Algorithm::JwtHs256,
        Algorithm::JwtRs256,
        Algorithm::JwtEs256,
    ])
    .boxed()
}

fn key() -> BoxedStrategy<KeyForm> {
    prop::sample::select(vec![
        KeyForm::Text,
        KeyForm::Hex,
        KeyForm::Base64,
        KeyForm::Whsec,
        KeyForm::Nfkd,
        KeyForm::Sha1OfText,
        KeyForm::Sha256OfText,
        KeyForm::NamedSha1,
        KeyForm::PublicKey,
    ])
    .boxed()
}

fn encoding() -> BoxedStrategy<Encoding> {
    prop::sample::select(vec![
        Encoding::Hex,
        Encoding::Base64,
        Encoding::Base64Url,
        Encoding::HexOrBase64,
        Encoding::Text,
    ])
    .boxed()
}

fn unit() -> BoxedStrategy<TimeUnit> {
    prop::sample::select(vec![
        TimeUnit::Seconds,
        TimeUnit::Milliseconds,
        TimeUnit::SecondsOrMilliseconds,
        TimeUnit::Rfc3339,
        TimeUnit::Rfc3339OrUtc,
        TimeUnit::HttpDate,
    ])
    .boxed()
}

fn claims() -> BoxedStrategy<ClaimRules<'static>> {
    let presence = || prop::sample::select(vec![Presence::Required, Presence::Optional]);
    let audience =
        prop_oneof![Just(Audience::Any), Just(Audience::Url), text().prop_map(Audience::Is),];
    let hash = prop::sample::select(vec![HashEncoding::Hex, HashEncoding::Base64]);
    let absent = prop::sample::select(vec![Absent::Refused, Absent::EmptyBody, Absent::Unbound]);
    let body = (text(), hash, absent)
        .prop_map(|(claim, encoding, absent)| BodyHash::new(claim, encoding).absent(absent));
    let value = prop_oneof![
        Just(ClaimValue::SomeText),
        Just(ClaimValue::True),
        text().prop_map(ClaimValue::Text),
    ];
    let claim = (text(), value).prop_map(|(name, value)| RequiredClaim::new(name, value));
    let required = prop::collection::vec(claim, 0..3).prop_map(|claims| &*claims.leak());
    let options = (prop::option::of(text()), prop::option::of(text()), prop::option::of(text()));
    (
        any::<u32>(),
        presence(),
        presence(),
        prop::option::of(any::<u32>()),
        audience,
        prop::option::of(body),
        options,
        required,
    )
        .prop_map(|(leeway, expires, not_before, max_age, audience, body, texts, required)| {
            ClaimRules {
                leeway,
                expires,
                not_before,
                max_age,
                issuer: texts.0,
                audience,
                body,
                url_hash: texts.1,
                account: texts.2,
                required,
            }
        })
        .boxed()
}

fn scheme() -> BoxedStrategy<Scheme<'static>> {
    let how = (place(), texts(), framing(), any::<bool>(), encoding(), algorithm(), key());
    let signed = (
        prop::option::of((text(), text())),
        prop::option::of(claims()),
        prop::option::of(place()),
        text(),
    );
    let body = (
        any::<bool>(),
        prop::option::of(text()),
        prop::option::of(place()),
        prop::option::of((place(), unit())),
    );
    let rest = (
        prop::option::of(any::<u32>()),
        prop::option::of(place()),
        prop::option::of(place()),
        texts(),
    );
    (how, signed, body, rest)
        .prop_map(|(how, signed, body, rest)| Scheme {
            signature: how.0,
            more_signatures: how.1,
            framing: how.2,
            spaced: how.3,
            encoding: how.4,
            algorithm: how.5,
            key: how.6,
            algorithm_header: signed.0,
            claims: signed.1,
            key_id: signed.2,
            signed: signed.3,
            signs: if body.0 { Covered::Plain } else { Covered::Wire },
            body_unsigned: body.0,
            json_in: body.1,
            body_digest: body.2,
            timestamp: body.3,
            tolerance: rest.0,
            delivery_id: rest.1,
            event_name: rest.2,
            methods: rest.3,
        })
        .boxed()
}

/// Schemes in which one thing is odd: most of those that are odd all over fail at the same things.
fn nearly_right() -> BoxedStrategy<Scheme<'static>> {
    (scheme(), 0..19_u8)
        .prop_map(|(odd, field)| {
            let right = Scheme::hmac_sha256("x-sig").list(",", "=", "v1");
            match field {
                0 => right.signature(odd.signature),
                1 => right.more_signatures(odd.more_signatures),
                2 => right.framing(odd.framing),
                3 => right.encoding(odd.encoding),
                4 => right.algorithm(odd.algorithm),
                5 => right.key(odd.key),
                6 => Scheme { algorithm_header: odd.algorithm_header, ..right },
                7 => Scheme { claims: odd.claims, ..right },
                8 => Scheme { key_id: odd.key_id, ..right },
                9 => right.signed(odd.signed),
                10 => Scheme { body_unsigned: odd.body_unsigned, signed: "", ..right },
                11 => Scheme { json_in: odd.json_in, ..right },
                12 => Scheme { body_digest: odd.body_digest, ..right },
                13 => Scheme { timestamp: odd.timestamp, signed: "{ts}{body}", ..right },
                14 => Scheme { tolerance: odd.tolerance, ..right },
                15 => Scheme { delivery_id: odd.delivery_id, signed: "{id}.{body}", ..right },
                16 => Scheme { event_name: odd.event_name, ..right },
                17 => right.methods(odd.methods),
                _ => odd,
            }
        })
        .boxed()
}

proptest! {
    #[test]
    fn every_scheme_is_a_table(scheme in scheme()) {
        both_ways(&scheme);
    }

    /// What the compiler refuses is refused in the file, in a field that the file has.
    #[test]
    fn what_cannot_be_used_is_refused_at_its_line(scheme in nearly_right()) {
        let (in_toml, in_json) = both_ways(&scheme);
        let compiled = Plan::compile(&scheme);
        for (text, read) in [
            (&in_toml, SchemeSpec::from_toml(&in_toml)),
            (&in_json, SchemeSpec::from_json(&in_json)),
        ] {
            match (&compiled, read) {
                (Ok(_), Ok(_)) => {}
                (Err(_), Err(error)) => {
                    let line = text.split('\n').nth(error.line() - 1).unwrap();
                    let rest: String = line.chars().skip(error.column() - 1).collect();
                    prop_assert!(!rest.is_empty(), "{}\n{}", error, text);
                    let field = error.field().unwrap();
                    let names = [field.rsplit('.').next().unwrap(), field.split('.').next().unwrap()];
                    let known = names.iter().any(|name| {
                        text.contains(name.split('[').next().unwrap())
                    });
                    // A token that has no claims lacks them.
                    prop_assert!(known || field == "claims", "{}\n{}", error, text);
                }
                // A secret by its looks.
                (Ok(_), Err(error)) => prop_assert!(error.message().contains("secret")),
                (Err(error), Ok(_)) => prop_assert!(false, "{} was taken\n{}", error, text),
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        read_all(&text);
    }

    /// Texts that go a long way through the readers before they break.
    #[test]
    fn no_damaged_table_panics(
        scheme in nearly_right(),
        cut in any::<prop::sample::Index>(),
        length in 0..6_usize,
        put in "[]\\[{}\"'=,.:\\\\#\\n u0d8é-]{0,4}",
    ) {
        let (in_toml, in_json) = both_ways(&scheme);
        for text in [in_toml, in_json] {
            let letters: Vec<char> = text.chars().collect();
            let at = cut.index(letters.len());
            let start: String = letters[..at].iter().collect();
            let rest: String = letters.iter().skip(at + length).collect();
            read_all(&format!("{start}{put}{rest}"));
            read_all(&start);
        }
    }
}

fn read_all(text: &str) {
    let lines = text.split('\n').count();
    let place = |error: crate::spec::SpecError| {
        assert!((1..=lines).contains(&error.line()), "{error}\n{text}");
        assert!(error.column() >= 1);
    };
    let _ = SchemeSpec::from_toml(text).map_err(place);
    let _ = SchemeSpec::from_json(text).map_err(place);
    let _ = Described::from_toml(text).map_err(place);
    let _ = Described::from_json(text).map_err(place);
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(SchemeSpec::from_json(&text).is_err());
    }
    for open in ["a = ", "a."] {
        let text = format!("{open}{}", "[".repeat(100_000));
        assert!(SchemeSpec::from_toml(&text).is_err());
    }
    let dotted = format!("{}a = 1", "a.".repeat(10_000));
    assert!(SchemeSpec::from_toml(&dotted).is_err());
}
