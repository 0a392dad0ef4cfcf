//! Each axis of a scheme, once in each format.

use serde_json::json;

use crate::jwt::{
    Absent, Audience, BodyHash, ClaimRules, ClaimValue, HashEncoding, Presence, RequiredClaim,
};
use crate::scheme::{Algorithm, Covered, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit};
use crate::spec::{SchemeSpec, Table};

const BASE: Scheme<'static> = Scheme::hmac_sha256("x-sig");

/// Reads what need not compile by itself: each axis stands alone here.
fn of_json(text: &str) -> SchemeSpec {
    let root = crate::spec::read_json::parse(text).unwrap();
    serde::Deserialize::deserialize(&root).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

#[cfg(feature = "toml")]
fn of_toml(text: &str) -> SchemeSpec {
    let root = crate::spec::read_toml::parse(text).unwrap();
    serde::Deserialize::deserialize(&root).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

/// A line of TOML is also a member of JSON: the name, then the value, which differ in the sign
/// between them alone.
fn check(want: Scheme<'_>, field: &str, in_toml: &str, in_json: serde_json::Value) {
    let signature = json!({ "header": "x-sig" });
    let object = match field {
        "signature" => json!({ field: in_json }),
        _ => json!({ "signature": signature, field: in_json }),
    };
    assert_eq!(of_json(&object.to_string()).as_scheme(), want, "{object}");
    assert_eq!(SchemeSpec::from(&want), of_json(&object.to_string()));
    let written = serde_json::to_string_pretty(&Table::from(&want)).unwrap();
    assert_eq!(of_json(&written).as_scheme(), want, "{written}");
    #[cfg(feature = "toml")]
    {
        let text = match field {
            "signature" => format!("{field} = {in_toml}\n"),
            _ => format!("signature = {{ header = \"x-sig\" }}\n{field} = {in_toml}\n"),
        };
        assert_eq!(of_toml(&text).as_scheme(), want, "{text}");
    }
    let _ = in_toml;
}

#[test]
fn places() {
    for (place, key) in [
        (Place::Header("a"), "header"),
        (Place::RepeatedHeader("a"), "repeated_header"),
        (Place::NumberedHeaders("a"), "numbered_headers"),
        (Place::SignatureField("a"), "signature_field"),
        (Place::Query("a"), "query"),
        (Place::Form("a"), "form"),
        (Place::Json("a"), "json"),
        (Place::Claim("a"), "claim"),
    ] {
        let (in_toml, in_json) = (format!("{{ {key} = \"a\" }}"), json!({ key: "a" }));
        let scheme = Scheme { body_digest: Some(place), ..BASE };
        check(BASE.signature(place), "signature", &in_toml, in_json.clone());
        check(BASE.key_id(place), "key_id", &in_toml, in_json.clone());
        check(scheme, "body_digest", &in_toml, in_json.clone());
        check(BASE.delivery_id(place), "delivery_id", &in_toml, in_json.clone());
        check(BASE.event_name(place), "event_name", &in_toml, in_json);
        check(
            BASE.timestamp(place, TimeUnit::Seconds),
            "timestamp",
            &format!("{{ {key} = \"a\", unit = \"seconds\" }}"),
            json!({ "unit": "seconds", key: "a" }),
        );
    }
    let extracted = json!({ "extracted": true });
    check(BASE.signature(Place::Extracted), "signature", "{ extracted = true }", extracted);
}

#[test]
fn framings() {
    let parts = |algorithm| Framing::Parts { items: ",", parts: "/", signature: 2, algorithm };
    for (framing, in_toml, in_json) in [
        (Framing::Bare, r#""bare""#, json!("bare")),
        (Framing::Prefix("sha256="), r#"{ prefix = "sha256=" }"#, json!({ "prefix": "sha256=" })),
        (
            Framing::AuthScheme("Basic"),
            r#"{ auth_scheme = "Basic" }"#,
            json!({ "auth_scheme": "Basic" }),
        ),
        (
            Framing::List { items: ",", pair: "=", name: "v1" },
            r#"{ list = { items = ",", pair = "=", name = "v1" } }"#,
            json!({ "list": { "items": ",", "pair": "=", "name": "v1" } }),
        ),
        (
            Framing::Positional { items: ",", first: 1 },
            r#"{ positional = { items = ",", first = 1 } }"#,
            json!({ "positional": { "items": ",", "first": 1 } }),
        ),
        (
            parts(None),
            r#"{ parts = { items = ",", parts = "/", signature = 2 } }"#,
            json!({ "parts": { "items": ",", "parts": "/", "signature": 2 } }),
        ),
        (
            parts(Some((1, "SHA256"))),
            r#"{ parts.items = ",", parts.parts = "/", parts.signature = 2, parts.algorithm = { position = 1, name = "SHA256" } }"#,
            json!({ "parts": { "items": ",", "parts": "/", "signature": 2,
                    "algorithm": { "position": 1, "name": "SHA256" } } }),
        ),
        (
            Framing::Groups { groups: " ", items: ",", pair: "=", name: "v1" },
            r#"{ groups = { groups = " ", items = ",", pair = "=", name = "v1" } }"#,
            json!({ "groups": { "groups": " ", "items": ",", "pair": "=", "name": "v1" } }),
        ),
    ] {
        check(BASE.framing(framing), "framing", in_toml, in_json);
    }
}

/// One word each.
#[test]
fn words() {
    fn word(want: Scheme<'_>, field: &str, word: &str) {
        check(want, field, &format!("\"{word}\""), json!(word));
    }
    for (encoding, name) in [
        (Encoding::Hex, "hex"),
        (Encoding::Base64, "base64"),
        (Encoding::Base64Url, "base64url"),
        (Encoding::HexOrBase64, "hex-or-base64"),
        (Encoding::Text, "text"),
    ] {
        word(BASE.encoding(encoding), "encoding", name);
    }
    for (algorithm, name) in [
        (Algorithm::HmacSha1, "hmac-sha1"),
        (Algorithm::HmacSha256, "hmac-sha256"),
        (Algorithm::HmacSha512, "hmac-sha512"),
        (Algorithm::Sha1, "sha1"),
        (Algorithm::Sha256, "sha256"),
        (Algorithm::Ed25519, "ed25519"),
        (Algorithm::EcdsaP256Sha256, "ecdsa-p256-sha256"),
        (Algorithm::EcdsaP256Sha1, "ecdsa-p256-sha1"),
        (Algorithm::RsaSha1, "rsa-sha1"),
        (Algorithm::RsaSha256, "rsa-sha256"),
        (Algorithm::RsaSha256Short, "rsa-sha256-short"),
        (Algorithm::RsaSha512, "rsa-sha512"),
        (Algorithm::Token, "token"),
        (Algorithm::JwtHs256, "jwt-hs256"),
        (Algorithm::JwtRs256, "jwt-rs256"),
        (Algorithm::JwtEs256, "jwt-es256"),
    ] {
        word(BASE.algorithm(algorithm), "algorithm", name);
    }
    for (key, name) in [
        (KeyForm::Text, "text"),
        (KeyForm::Hex, "hex"),
        (KeyForm::Base64, "base64"),
        (KeyForm::Whsec, "whsec"),
        (KeyForm::Nfkd, "nfkd"),
        (KeyForm::Sha1OfText, "sha1-of-text"),
        (KeyForm::Sha256OfText, "sha256-of-text"),
        (KeyForm::NamedSha1, "named-sha1"),
        (KeyForm::PublicKey, "public-key"),
    ] {
        word(BASE.key(key), "key", name);
    }
    for (unit, name) in [
        (TimeUnit::Seconds, "seconds"),
        (TimeUnit::Milliseconds, "milliseconds"),
        (TimeUnit::SecondsOrMilliseconds, "seconds-or-milliseconds"),
        (TimeUnit::Rfc3339, "rfc3339"),
        (TimeUnit::Rfc3339OrUtc, "rfc3339-or-utc"),
        (TimeUnit::HttpDate, "http-date"),
    ] {
        check(
            BASE.timestamp(Place::Header("x-ts"), unit),
            "timestamp",
            &format!("{{ header = \"x-ts\", unit = \"{name}\" }}"),
            json!({ "header": "x-ts", "unit": name }),
        );
    }
    for (covered, name) in [(Covered::Wire, "wire"), (Covered::Plain, "plain")] {
        word(BASE.signs(covered), "signs", name);
    }
    word(BASE.any_time(), "tolerance", "any");
}

#[test]
fn the_rest() {
    let (more, methods) = (&["x-other"][..], &["GET", "POST"][..]);
    check(BASE, "more_signatures", "[]", json!([]));
    check(BASE.more_signatures(more), "more_signatures", r#"["x-other"]"#, json!(["x-other"]));
    check(BASE.spaced(), "spaced", "true", json!(true));
    check(
        BASE.algorithm_named("x-algo", "sha256"),
        "algorithm_header",
        r#"{ header = "x-algo", value = "sha256" }"#,
        json!({ "header": "x-algo", "value": "sha256" }),
    );
    check(BASE.signed("{ts}.{body}"), "signed", r#""{ts}.{body}""#, json!("{ts}.{body}"));
    check(BASE.body_unsigned(), "body_unsigned", "true", json!(true));
    check(BASE.json_in("json"), "json_in", "\"json\"", json!("json"));
    check(BASE.tolerance(0), "tolerance", "0", json!(0));
    check(BASE.tolerance(u32::MAX), "tolerance", "0xffff_ffff", json!(u32::MAX));
    check(BASE.methods(methods), "methods", r#"["GET", "POST"]"#, json!(["GET", "POST"]));
}

#[test]
fn claims() {
    let claims = |claims| Scheme { claims: Some(claims), ..BASE };
    let empty = ClaimRules::new();
    let required = [
        RequiredClaim::new("jti", ClaimValue::SomeText),
        RequiredClaim::new("event", ClaimValue::Text("order")),
        RequiredClaim::new("live", ClaimValue::True),
    ];
    let body = BodyHash::new("hash", HashEncoding::Hex);
    let base64 = BodyHash::new("hash", HashEncoding::Base64);
    for (rules, in_toml, in_json) in [
        (empty, "{}", json!({})),
        (empty.leeway(5), "{ leeway = 5 }", json!({ "leeway": 5 })),
        (
            empty.expires(Presence::Optional),
            r#"{ expires = "optional" }"#,
            json!({ "expires": "optional" }),
        ),
        (
            empty.not_before(Presence::Required),
            r#"{ not_before = "required" }"#,
            json!({ "not_before": "required" }),
        ),
        (empty.max_age(60), "{ max_age = 60 }", json!({ "max_age": 60 })),
        (empty.issuer("a"), r#"{ issuer = "a" }"#, json!({ "issuer": "a" })),
        (empty.audience(Audience::Any), r#"{ audience = "any" }"#, json!({ "audience": "any" })),
        (empty.audience(Audience::Url), r#"{ audience = "url" }"#, json!({ "audience": "url" })),
        (
            empty.audience(Audience::Is("any")),
            r#"{ audience = { is = "any" } }"#,
            json!({ "audience": { "is": "any" } }),
        ),
        (
            empty.body(body),
            r#"{ body = { claim = "hash", encoding = "hex" } }"#,
            json!({ "body": { "claim": "hash", "encoding": "hex" } }),
        ),
        (
            empty.body(base64.absent(Absent::EmptyBody)),
            r#"{ body = { claim = "hash", encoding = "base64", absent = "empty-body" } }"#,
            json!({ "body": { "claim": "hash", "encoding": "base64", "absent": "empty-body" } }),
        ),
        (
            empty.body(body.absent(Absent::Unbound)),
            r#"{ body = { claim = "hash", encoding = "hex", absent = "unbound" } }"#,
            json!({ "body": { "claim": "hash", "encoding": "hex", "absent": "unbound" } }),
        ),
        (
            empty.body(body.absent(Absent::Refused)),
            r#"{ body = { claim = "hash", encoding = "hex", absent = "refused" } }"#,
            json!({ "body": { "claim": "hash", "encoding": "hex", "absent": "refused" } }),
        ),
        (empty.url_hash("url"), r#"{ url_hash = "url" }"#, json!({ "url_hash": "url" })),
        (empty.account("a@b.c"), r#"{ account = "a@b.c" }"#, json!({ "account": "a@b.c" })),
        (
            empty.required(&required),
            r#"{ required = [{ name = "jti", value = "some-text" },
                { name = "event", value = { text = "order" } }, { name = "live", value = "true" }] }"#,
            json!({ "required": [{ "name": "jti", "value": "some-text" },
                { "name": "event", "value": { "text": "order" } },
                { "name": "live", "value": "true" }] }),
        ),
    ] {
        check(claims(rules), "claims", in_toml, in_json);
    }
}
