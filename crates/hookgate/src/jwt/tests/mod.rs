#[cfg(feature = "jwt")]
mod messagebird;
#[cfg(feature = "jwt")]
mod tokens;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::public::PublicKeyError;
use crate::{RejectionKind, UnixTime};

const NOW: i64 = 1_700_000_000;

fn claims(claims: Value) -> Claims {
    Claims::new(claims.as_object().unwrap().clone())
}

/// The proof for a request at `NOW` to `https://example.com/hook` with the body `hello`.
fn check(rules: ClaimRules<'_>, said: Value) -> Result<Proof, RejectionKind> {
    let request = Request {
        now: UnixTime::from_secs(NOW),
        body: b"hello",
        url: Some("https://example.com/hook"),
    };
    ClaimChecks::from(&rules).check(&claims(said), request)
}

/// The SHA-256 of `hello`.
const HEX: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const BASE64: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

#[test]
fn times_count_to_the_second() {
    use RejectionKind::{FutureTimestamp, MalformedTimestamp, MissingTimestamp, StaleTimestamp};
    let rules = ClaimRules::new().leeway(5);
    let aged = rules.expires(Presence::Optional).max_age(300);
    let until = |seconds| Ok(Some(seconds));
    for (rules, said, want) in [
        // No longer good at the second of `exp`, plus the leeway.
        (rules, json!({"exp": NOW + 1}), until(NOW + 5)),
        (rules, json!({"exp": NOW}), until(NOW + 4)),
        (rules, json!({"exp": NOW - 4}), until(NOW)),
        (rules, json!({"exp": NOW - 5}), Err(StaleTimestamp)),
        (rules.leeway(0), json!({"exp": NOW + 1}), until(NOW)),
        (rules.leeway(0), json!({"exp": NOW}), Err(StaleTimestamp)),
        (rules.leeway(0), json!({"exp": NOW as f64 + 1.5}), until(NOW)),
        (rules, json!({}), Err(MissingTimestamp)),
        (rules.expires(Presence::Optional), json!({}), Ok(None)),
        (rules.expires(Presence::Optional), json!({"exp": NOW - 5}), Err(StaleTimestamp)),
        (rules, json!({"exp": NOW.to_string()}), Err(MalformedTimestamp)),
        (rules, json!({"exp": null}), Err(MalformedTimestamp)),
        (rules.expires(Presence::Optional), json!({"exp": [NOW + 9]}), Err(MalformedTimestamp)),
        (rules, json!({"exp": u64::MAX}), until(i64::MAX - 1)),
        (rules, json!({"exp": 1e300}), until(i64::MAX - 1)),
        (rules, json!({"exp": -1e300}), Err(StaleTimestamp)),
        (rules, json!({"exp": i64::MIN}), Err(StaleTimestamp)),
        // Already good at the second of `nbf`, less the leeway.
        (rules, json!({"exp": NOW + 9, "nbf": NOW + 5}), until(NOW + 13)),
        (rules, json!({"exp": NOW + 9, "nbf": NOW + 6}), Err(FutureTimestamp)),
        (rules, json!({"exp": NOW + 9, "nbf": i64::MAX}), Err(FutureTimestamp)),
        (rules, json!({"exp": NOW + 9, "nbf": "0"}), Err(MalformedTimestamp)),
        (rules.not_before(Presence::Required), json!({"exp": NOW + 9}), Err(MissingTimestamp)),
        // The age has no leeway, but the clocks have one.
        (aged, json!({"iat": NOW - 300}), until(NOW)),
        (aged, json!({"iat": NOW - 301}), Err(StaleTimestamp)),
        (aged, json!({"iat": NOW + 5}), until(NOW + 305)),
        (aged, json!({"iat": NOW + 6}), Err(FutureTimestamp)),
        (aged, json!({"iat": NOW, "exp": NOW + 1}), until(NOW + 5)),
        (aged, json!({"exp": NOW + 1}), Err(MissingTimestamp)),
        (aged, json!({"iat": true}), Err(MalformedTimestamp)),
        (aged, json!({"iat": i64::MIN}), Err(StaleTimestamp)),
    ] {
        let text = said.to_string();
        let until = check(rules, said).map(|proof| proof.passes_until.map(UnixTime::as_secs));
        assert_eq!(until, want, "{text}");
    }
}

#[test]
fn a_senders_clock_may_be_ahead_as_far_as_its_own_code_allows() {
    use crate::catalogue::{LIVEKIT, PLAID, VONAGE};
    use RejectionKind::{FutureTimestamp, StaleTimestamp};
    let livekit = LIVEKIT.entry().scheme.claims.unwrap();
    let plaid = PLAID.entry().scheme.claims.unwrap();
    let vonage = VONAGE.entry().scheme.claims.unwrap();
    for (rules, said, want) in [
        (livekit, json!({"nbf": NOW + 10, "exp": NOW + 300, "sha256": BASE64}), Ok(())),
        (
            livekit,
            json!({"nbf": NOW + 11, "exp": NOW + 300, "sha256": BASE64}),
            Err(FutureTimestamp),
        ),
        (livekit, json!({"exp": NOW - 9, "sha256": BASE64}), Ok(())),
        (livekit, json!({"exp": NOW - 10, "sha256": BASE64}), Err(StaleTimestamp)),
        (plaid, json!({"iat": NOW + 300, "request_body_sha256": HEX}), Ok(())),
        (plaid, json!({"iat": NOW + 301, "request_body_sha256": HEX}), Err(FutureTimestamp)),
        (plaid, json!({"iat": NOW - 300, "request_body_sha256": HEX}), Ok(())),
        (plaid, json!({"iat": NOW - 301, "request_body_sha256": HEX}), Err(StaleTimestamp)),
        (vonage, json!({"iat": NOW + 300, "payload_hash": HEX}), Ok(())),
        (vonage, json!({"iat": NOW + 301, "payload_hash": HEX}), Err(FutureTimestamp)),
    ] {
        let text = said.to_string();
        assert_eq!(check(rules, said).map(|_| ()), want, "{text}");
    }
}

#[test]
fn the_body_is_bound_by_its_hash() {
    use RejectionKind::{SignatureMismatch, SignedContent};
    let hex = BodyHash::new("h", HashEncoding::Hex);
    let base64 = BodyHash::new("h", HashEncoding::Base64);
    // Vonage: the token may leave it out, and then proves the sender alone.
    let unbound = hex.absent(Absent::Unbound);
    for (body, said, want) in [
        (hex, json!({"h": HEX}), Ok(true)),
        (hex, json!({"h": HEX.to_uppercase()}), Ok(true)),
        (hex, json!({"h": BASE64}), Err(SignedContent)),
        (hex, json!({"h": format!("0x{HEX}")}), Err(SignedContent)),
        (hex, json!({"h": ""}), Err(SignatureMismatch)),
        (hex, json!({"h": &HEX[..62]}), Err(SignatureMismatch)),
        (hex, json!({"h": format!("00{}", &HEX[2..])}), Err(SignatureMismatch)),
        (hex, json!({"h": null}), Err(SignedContent)),
        (hex, json!({"h": [HEX]}), Err(SignedContent)),
        (hex, json!({}), Err(SignedContent)),
        (hex, json!({"H": HEX}), Err(SignedContent)),
        (base64, json!({"h": BASE64}), Ok(true)),
        (base64, json!({"h": HEX}), Err(SignatureMismatch)),
        (base64, json!({"h": BASE64.trim_end_matches('=')}), Err(SignedContent)),
        (base64, json!({"h": BASE64.replace('+', "-")}), Err(SignedContent)),
        (unbound, json!({}), Ok(false)),
        (unbound, json!({"h": HEX}), Ok(true)),
        (unbound, json!({"h": format!("00{}", &HEX[2..])}), Err(SignatureMismatch)),
        (unbound, json!({"h": null}), Err(SignedContent)),
        (hex.absent(Absent::EmptyBody), json!({}), Err(SignedContent)),
    ] {
        let rules = ClaimRules::new().expires(Presence::Optional).body(body);
        let text = said.to_string();
        assert_eq!(check(rules, said).map(|proof| proof.covers_body), want, "{text}");
    }
    let rules = ClaimRules::new().expires(Presence::Optional);
    assert_eq!(check(rules, json!({"h": HEX})).map(|proof| proof.covers_body), Ok(false));
    let empty = Request { now: UnixTime::from_secs(NOW), body: b"", url: None };
    let rules = rules.body(hex.absent(Absent::EmptyBody));
    let proof = ClaimChecks::from(&rules).check(&claims(json!({})), empty).unwrap();
    assert!(proof.covers_body);
}

#[test]
fn all_other_claims_have_to_be_as_configured() {
    use RejectionKind::{SignatureMismatch, SignedContent};
    // Google Pub/Sub.
    let push = [
        RequiredClaim::new("email", ClaimValue::Text("a@example.com")),
        RequiredClaim::new("email_verified", ClaimValue::True),
    ];
    let some = [RequiredClaim::new("jti", ClaimValue::SomeText)];
    let url = "https://example.com/hook";
    let url_hash = "9d1d19e8c3f1f5ba1d8d0bbd5b1f0c33";
    let any = ClaimRules::new().expires(Presence::Optional);
    for (rules, said, is_right) in [
        (any.issuer("netlify"), json!({"iss": "netlify"}), true),
        (any.issuer("netlify"), json!({"iss": "Netlify"}), false),
        (any.issuer("netlify"), json!({"iss": ["netlify"]}), false),
        (any.issuer("netlify"), json!({}), false),
        (any.audience(Audience::Is("me")), json!({"aud": "me"}), true),
        (any.audience(Audience::Is("me")), json!({"aud": ["you", "me"]}), true),
        (any.audience(Audience::Is("me")), json!({"aud": ["you"]}), false),
        (any.audience(Audience::Is("me")), json!({"aud": {"me": "me"}}), false),
        (any.audience(Audience::Is("me")), json!({"aud": "menu"}), false),
        (any.audience(Audience::Is("me")), json!({}), false),
        (any.audience(Audience::Url), json!({"aud": url}), true),
        (any.audience(Audience::Url), json!({"aud": "https://example.com/"}), false),
        (any.required(&push), json!({"email": "a@example.com", "email_verified": true}), true),
        (any.required(&push), json!({"email": "a@example.com", "email_verified": "true"}), false),
        (any.required(&push), json!({"email": "A@example.com", "email_verified": true}), false),
        (any.required(&push), json!({"email": "a@example.com"}), false),
        (any.required(&some), json!({"jti": "1"}), true),
        (any.required(&some), json!({"jti": ""}), false),
        (any.required(&some), json!({"jti": 1}), false),
        (any.url_hash("u"), json!({}), false),
        (any.url_hash("u"), json!({"u": "no hash"}), false),
    ] {
        let text = said.to_string();
        let verdict = check(rules, said).map(drop);
        assert_eq!(verdict, if is_right { Ok(()) } else { Err(SignedContent) }, "{text}");
    }
    let verdict = check(any.url_hash("u"), json!({"u": url_hash}));
    assert_eq!(verdict, Err(SignatureMismatch));
    // Rules that need the URL refuse all where the endpoint does not know it.
    let nowhere = Request { now: UnixTime::from_secs(NOW), body: b"", url: None };
    for rules in [any.url_hash("u"), any.audience(Audience::Url)] {
        let said = claims(json!({"u": HEX, "aud": url}));
        assert_eq!(ClaimChecks::from(&rules).check(&said, nowhere), Err(SignedContent));
    }
}

#[test]
fn claims_are_read_by_their_type_and_shown_to_nobody() {
    let said = claims(json!({"t": "secret", "n": -7, "b": true, "f": 1.5}));
    assert_eq!((said.text("t"), said.text("n")), (Some("secret"), None));
    assert!(said.is_true("b") && !said.is_true("n") && !said.is_true("x"));
    assert!(said.contains("f") && !said.contains("x"));
    assert_eq!(
        (said.time("f"), said.time("n"), said.time("x")),
        (Ok(Some(1)), Ok(Some(-7)), Ok(None))
    );
    assert_eq!(format!("{said:?}"), "Claims(4)");
}

#[test]
fn without_the_feature_no_key_is_read() {
    for algorithm in [JwtAlgorithm::Hs256, JwtAlgorithm::Rs256, JwtAlgorithm::Es256] {
        let want = if cfg!(feature = "jwt") {
            PublicKeyError::NotAKey
        } else {
            PublicKeyError::FeatureOff("jwt")
        };
        match JwtKey::parse(b"", algorithm) {
            Ok(key) => panic!("{:?}", key.verify(b"", LONGEST)),
            Err(error) => assert_eq!(error, want),
        }
        #[cfg(feature = "sign")]
        match JwtSigner::parse(b"", algorithm) {
            Ok(key) => panic!("{:?}", key.mint(None, &serde_json::Map::new())),
            Err(error) => assert_eq!(error, want),
        }
    }
}

/// Values of every kind.
fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        proptest::collection::vec(".{0,4}", 0..3).prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn no_claims_panic_and_none_but_the_hash_cover_the_body(
        said in proptest::collection::hash_map("exp|nbf|iat|iss|aud|h|u", values(), 0..7),
        now in any::<i64>(),
        leeway in any::<u32>(),
        max_age in any::<u32>(),
    ) {
        let rules = ClaimRules::new()
            .leeway(leeway)
            .max_age(max_age)
            .expires(Presence::Optional)
            .audience(Audience::Is("a"))
            .body(BodyHash::new("h", HashEncoding::Base64).absent(Absent::Unbound));
        let said = Claims::new(said.into_iter().collect());
        let request = Request { now: UnixTime::from_secs(now), body: b"hello", url: None };
        if let Ok(proof) = ClaimChecks::from(&rules).check(&said, request) {
            prop_assert!(!proof.covers_body);
            prop_assert!(proof.passes_until.unwrap() >= request.now);
        }
    }

    #[test]
    fn no_token_panics(text in "[A-Za-z0-9_.-]{0,120}|.{0,60}", raw in any::<Vec<u8>>()) {
        for text in [text.as_bytes(), &raw] {
            prop_assert!(kid(text, JwtAlgorithm::Hs256).is_err());
        }
    }
}
