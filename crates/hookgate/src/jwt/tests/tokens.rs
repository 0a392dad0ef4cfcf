//! Tokens: published ones, and those that someone else makes.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;

const SECRET: &[u8] = b"a secret of the provider and ours";

/// A header and a payload, whatever they are, under HS256.
fn token_of(header: &str, payload: &str, secret: &[u8]) -> String {
    let part = |text: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header.as_bytes()), part(payload.as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", part(&mac.finalize().into_bytes()))
}

fn hs256() -> JwtKey {
    JwtKey::parse(SECRET, JwtAlgorithm::Hs256).unwrap()
}

fn verify(token: &str) -> Result<(), RejectionKind> {
    hs256().verify(token.as_bytes(), LONGEST).map(drop)
}

/// RFC 7515, appendix A: the same claims under each algorithm.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
    cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const HS256_SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const HS256_KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7\
    AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
    BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K\
    0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
    hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
    p0igcN_IoypGlUPQGe77Rw";
const RS256_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp\
    -Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW\
    vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs\
    LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k\
    G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2\
    PAcDTW9gb54h4FRWyuXpoQ";
const ES256_SIGNATURE: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA\
    pmWQxfKTUJqPP3-Kg6NU1Q";

fn rs256_key() -> Value {
    json!({"kty": "RSA", "n": RS256_MODULUS, "e": "AQAB"})
}

fn es256_key() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

#[test]
fn the_tokens_of_rfc_7515_verify_under_their_own_algorithm_alone() {
    let secret = BASE64_URL_SAFE_NO_PAD.decode(HS256_KEY).unwrap();
    let keys = [
        (secret, JwtAlgorithm::Hs256),
        (rs256_key().to_string().into_bytes(), JwtAlgorithm::Rs256),
        (es256_key().to_string().into_bytes(), JwtAlgorithm::Es256),
    ]
    .map(|(key, algorithm)| (JwtKey::parse(&key, algorithm).unwrap(), algorithm));
    let tokens = [
        (format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.{HS256_SIGNATURE}"), 0),
        (format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{RS256_SIGNATURE}"), 1),
        (format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}"), 2),
    ];
    for (at, (key, algorithm)) in keys.iter().enumerate() {
        for (token, of) in &tokens {
            let verdict = key.verify(token.as_bytes(), LONGEST);
            if at == *of {
                let claims = verdict.unwrap();
                assert_eq!(claims.text("iss"), Some("joe"));
                assert_eq!(claims.time("exp"), Ok(Some(1_300_819_380)));
            } else {
                assert_eq!(verdict.unwrap_err(), RejectionKind::UnsupportedAlgorithm);
            }
        }
        assert_eq!(format!("{key:?}"), format!("JwtKey({algorithm:?})"));
    }
    // The right header over another signature.
    let forged = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{RS256_SIGNATURE}");
    let verdict = keys[2].0.verify(forged.as_bytes(), LONGEST);
    assert_eq!(verdict.unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn keys_that_cannot_be_right_are_refused() {
    use JwtAlgorithm::{Es256, Hs256, Rs256};
    let mut private = es256_key();
    private["d"] = json!("AAAA");
    let mut contradicting = es256_key();
    contradicting["alg"] = json!("ES384");
    let mut off_curve = es256_key();
    off_curve["y"] = json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1");
    let short = json!({"kty": "RSA", "n": format!("{}AAAB", &RS256_MODULUS[..168]), "e": "AQAB"});
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    for (text, algorithm, want) in [
        ("".to_owned(), Hs256, PublicKeyError::NotAKey),
        (pem.to_owned(), Hs256, PublicKeyError::OtherAlgorithm),
        ("secret".to_owned(), Rs256, PublicKeyError::NotAKey),
        (es256_key().to_string(), Rs256, PublicKeyError::OtherAlgorithm),
        (rs256_key().to_string(), Es256, PublicKeyError::OtherAlgorithm),
        (short.to_string(), Rs256, PublicKeyError::Weak),
        (private.to_string(), Es256, PublicKeyError::Private),
        (contradicting.to_string(), Es256, PublicKeyError::OtherAlgorithm),
        (off_curve.to_string(), Es256, PublicKeyError::NotAKey),
    ] {
        assert_eq!(JwtKey::parse(text.as_bytes(), algorithm).unwrap_err(), want, "{text}");
    }
}

#[test]
fn the_pinned_algorithm_is_the_only_one() {
    // The public key as the secret of an HMAC (CVE-2016-10555).
    let public = rs256_key().to_string();
    let confused = token_of(r#"{"alg":"HS256"}"#, "{}", public.as_bytes());
    let key = JwtKey::parse(public.as_bytes(), JwtAlgorithm::Rs256).unwrap();
    let verdict = key.verify(confused.as_bytes(), LONGEST);
    assert_eq!(verdict.unwrap_err(), RejectionKind::UnsupportedAlgorithm);
    let renamed = token_of(r#"{"alg":"RS256"}"#, "{}", public.as_bytes());
    let verdict = key.verify(renamed.as_bytes(), LONGEST);
    assert_eq!(verdict.unwrap_err(), RejectionKind::SignatureMismatch);

    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
    ] {
        let token = token_of(header, "{}", SECRET);
        assert_eq!(verify(&token), Err(RejectionKind::UnsupportedAlgorithm), "{header}");
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        let unsigned = format!("{unsigned}.");
        assert_eq!(verify(&unsigned), Err(RejectionKind::UnsupportedAlgorithm), "{header}");
    }
}

#[test]
fn headers_that_bring_keys_or_change_the_rules_are_refused() {
    for more in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""jku":"https://example.com/keys""#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""x5u":"https://example.com/certificate""#,
        r#""x5c":[]"#,
        r#""zip":"DEF""#,
        // Twice, in whatever spelling.
        r#""alg":"HS256""#,
        r#""al\u0067":"HS256""#,
        r#""typ":"JWT","typ":"JWT""#,
    ] {
        let token = token_of(&format!(r#"{{"alg":"HS256",{more}}}"#), "{}", SECRET);
        assert_eq!(verify(&token), Err(RejectionKind::MalformedSignature), "{more}");
    }
    for header in [r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256","x5t":"AA","cty":"x"}"#] {
        assert_eq!(verify(&token_of(header, "{}", SECRET)), Ok(()), "{header}");
    }
}

#[test]
fn claims_that_two_readers_read_differently_are_refused() {
    for payload in [
        r#"{"h":"a","h":"b"}"#,
        r#"{"h":"a","\u0068":"b"}"#,
        r#"{"a":{"h":1,"h":2}}"#,
        r#"[]"#,
        r#""text""#,
        r#""#,
        r#"{"#,
        r#"{} {}"#,
        "\u{feff}{}",
    ] {
        let token = token_of(r#"{"alg":"HS256"}"#, payload, SECRET);
        assert_eq!(verify(&token), Err(RejectionKind::SignedContent), "{payload}");
    }
}

#[test]
fn a_token_has_three_parts_and_one_spelling() {
    let token = token_of(r#"{"alg":"HS256"}"#, r#"{"a":1}"#, SECRET);
    assert_eq!(verify(&token), Ok(()));
    // The last digit of 32 bytes has two spare bits.
    let (rest, last) = token.split_at(token.len() - 1);
    let spare = format!("{rest}{}", char::from(last.as_bytes()[0] + 1));
    for text in [
        "".to_owned(),
        ".".into(),
        "..".into(),
        "...".into(),
        "e30.e30".into(),
        format!("{token}."),
        format!(".{token}"),
        format!("{token} "),
        format!(" {token}"),
        format!("Bearer {token}"),
        format!("{token}="),
        format!("{token}\n"),
        spare,
        token.replacen('.', "=.", 1),
    ] {
        assert_eq!(verify(&text), Err(RejectionKind::MalformedSignature), "{text:?}");
    }
    let other = token_of(r#"{"alg":"HS256"}"#, r#"{"a":1}"#, b"another secret");
    assert_eq!(verify(&other), Err(RejectionKind::SignatureMismatch));
    let truncated = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    assert_eq!(verify(&truncated), Err(RejectionKind::SignatureMismatch));
    let empty = format!("{}.", token.rsplit_once('.').unwrap().0);
    assert_eq!(verify(&empty), Err(RejectionKind::SignatureMismatch));
}

#[test]
fn tokens_are_bounded() {
    let of = |length: usize| {
        let payload = format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
        token_of(r#"{"alg":"HS256"}"#, &payload, SECRET)
    };
    let longest = (0..LONGEST).map(of).take_while(|token| token.len() <= LONGEST).last().unwrap();
    assert!(longest.len() > LONGEST - 4);
    assert_eq!(verify(&longest), Ok(()));
    let too_long = of(LONGEST);
    assert_eq!(verify(&too_long), Err(RejectionKind::MalformedSignature));
    assert!(hs256().verify(too_long.as_bytes(), usize::MAX).is_ok());
}

#[test]
fn a_kid_is_a_name_of_tokens_that_a_key_could_help() {
    let of = |header: String| {
        kid(token_of(&header, "{}", b"anything").as_bytes(), JwtAlgorithm::Hs256)
            .map(|kid| kid.map(|kid| kid.to_string()))
    };
    let named = |kid: Value| of(json!({"alg": "HS256", "kid": kid}).to_string());
    assert_eq!(of(r#"{"alg":"HS256"}"#.into()), Ok(None));
    for name in ["1", "a b".replace(' ', "-").as_str(), "x".repeat(256).as_str(), "../k"] {
        assert_eq!(named(json!(name)), Ok(Some(name.to_owned())));
    }
    let malformed = Err(RejectionKind::MalformedSignature);
    for name in [json!(""), json!("a b"), json!("\n"), json!("é"), json!("x".repeat(257)), json!(1)]
    {
        assert_eq!(named(name.clone()), malformed, "{name}");
    }
    assert_eq!(of(r#"{"alg":"HS256","kid":"a","kid":"b"}"#.into()), malformed);
    assert_eq!(of(r#"{"alg":"HS256","kid":"a","jku":"b"}"#.into()), malformed);
    let other = of(r#"{"alg":"none","kid":"a"}"#.into());
    assert_eq!(other, Err(RejectionKind::UnsupportedAlgorithm));
}

proptest! {
    #[test]
    fn no_change_of_a_token_verifies(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let token = token_of(r#"{"alg":"HS256","kid":"1"}"#, r#"{"exp":1,"h":"x"}"#, SECRET);
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        let verdict = hs256().verify(&changed, LONGEST);
        prop_assert_eq!(verdict.is_ok(), changed == token.as_bytes());
    }

    #[test]
    fn no_header_or_payload_panics(header in ".{0,60}", payload in ".{0,60}") {
        let _ = verify(&token_of(&header, &payload, SECRET));
        let header = format!(r#"{{"alg":"HS256",{header}}}"#);
        let _ = verify(&token_of(&header, &payload, SECRET));
    }
}

#[cfg(feature = "sign")]
mod sign {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair,
    };
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn what_is_minted_verifies_under_its_own_key_alone() {
        let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let rsa_private: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
        let rsa_public = rsa.public_key().as_der().unwrap();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let ec_private = ec.to_pkcs8v1().unwrap();
        let ec_public = ec.public_key().as_der().unwrap();
        let base64 = |der: &[u8]| BASE64_STANDARD.encode(der).into_bytes();
        let pairs = [
            (SECRET.to_vec(), SECRET.to_vec(), JwtAlgorithm::Hs256),
            (base64(rsa_private.as_ref()), base64(rsa_public.as_ref()), JwtAlgorithm::Rs256),
            (base64(ec_private.as_ref()), base64(ec_public.as_ref()), JwtAlgorithm::Es256),
        ]
        .map(|(private, public, algorithm)| {
            let signer = JwtSigner::parse(&private, algorithm).unwrap();
            assert_eq!(format!("{signer:?}"), format!("JwtSigner({algorithm:?})"));
            (signer, JwtKey::parse(&public, algorithm).unwrap(), algorithm)
        });
        let said = json!({"iss": "é", "exp": 1});
        for (signer, _, algorithm) in &pairs {
            let token = signer.mint(Some("k1"), said.as_object().unwrap()).unwrap();
            let name = kid(token.as_bytes(), *algorithm).unwrap();
            assert_eq!(name.as_deref(), Some("k1"));
            for (_, key, of) in &pairs {
                let verdict = key.verify(token.as_bytes(), LONGEST);
                assert_eq!(verdict.is_ok(), of == algorithm);
                assert!(verdict.is_err() || verdict.unwrap().text("iss") == Some("é"));
            }
            let unnamed = signer.mint(None, said.as_object().unwrap()).unwrap();
            assert_eq!(kid(unnamed.as_bytes(), *algorithm), Ok(None));
        }
    }

    #[test]
    fn what_is_no_private_key_mints_nothing() {
        for algorithm in [JwtAlgorithm::Rs256, JwtAlgorithm::Es256] {
            for text in ["secret", "c2VjcmV0", "MAMCAQA="] {
                let error = JwtSigner::parse(text.as_bytes(), algorithm).unwrap_err();
                assert_eq!(error, PublicKeyError::NotAKey, "{text}");
            }
        }
    }
}
