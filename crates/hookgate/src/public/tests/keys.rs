//! Spellings of keys, hostile signatures, and the provider's half.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use proptest::prelude::*;
use serde_json::json;

#[cfg(feature = "rsa")]
use super::super::material::certificate::Certificate;
use super::super::{Asymmetric, PublicKey, PublicKeyError};
use super::fixtures::*;
use super::{ALL, is_on};
#[cfg(feature = "rsa")]
use crate::UnixTime;

/// RFC 8032, section 7.1, the first key.
const ED25519: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn parse(text: &str, algorithm: Asymmetric) -> Result<(), PublicKeyError> {
    PublicKey::parse(text.as_bytes(), algorithm).map(drop)
}

fn on() -> impl Iterator<Item = Asymmetric> {
    ALL.into_iter().filter(|algorithm| is_on(*algorithm))
}

/// The DER of a PEM.
fn der(pem: &str) -> Vec<u8> {
    let digits: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
    BASE64_STANDARD.decode(digits).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

fn url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn what_is_no_key_is_refused_by_all() {
    let deep = format!("{{\"kty\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let long = "A".repeat(70_000);
    let long_pem = pem("PUBLIC KEY", &vec![0x30; 60_000]);
    let many = pem("CERTIFICATE", b"0").repeat(17);
    for text in [
        "",
        " ",
        "\n",
        "secret",
        "whsec_c2VjcmV0",
        "whpk_",
        "whpk_AAAA",
        "0x00",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
        "{",
        "{}",
        "{\"kty\":1}",
        "{\"keys\":[]}",
        "{\"kty\":\"RSA\",\"kty\":\"EC\"}",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----",
        &deep,
        &long,
        &long_pem,
        &many,
    ] {
        for algorithm in on() {
            let error = parse(text, algorithm).unwrap_err();
            assert_eq!(error, PublicKeyError::NotAKey, "{:.40} {algorithm:?}", text);
        }
    }
}

#[test]
fn private_keys_are_named_as_such() {
    // PKCS#8, PKCS#1 and SEC 1 all begin with a version.
    let pkcs8 = b"\x30\x05\x02\x01\x00\x30\x00";
    let sec1 = b"\x30\x05\x02\x01\x01\x04\x00";
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": "", "y": "", "d": ""}).to_string();
    for text in [
        pem("PRIVATE KEY", pkcs8),
        pem("RSA PRIVATE KEY", pkcs8),
        pem("EC PRIVATE KEY", sec1),
        pem("ENCRYPTED PRIVATE KEY", b"0"),
        pem("OPENSSH PRIVATE KEY", b"openssh-key-v1"),
        CERTIFICATE.to_owned() + &pem("PRIVATE KEY", pkcs8),
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n\
         -----END RSA PRIVATE KEY-----\n"
            .into(),
        BASE64_STANDARD.encode(pkcs8),
        BASE64_STANDARD.encode(sec1),
        "whsk_c2VjcmV0".into(),
        jwk,
    ] {
        for algorithm in on() {
            assert_eq!(parse(&text, algorithm), Err(PublicKeyError::Private), "{text}");
        }
    }
    if is_on(Asymmetric::Ed25519) {
        // The seed and the public key.
        for text in [ED25519.repeat(2), BASE64_STANDARD.encode([7; 64])] {
            assert_eq!(parse(&text, Asymmetric::Ed25519), Err(PublicKeyError::Private), "{text}");
        }
    }
}

#[test]
fn keys_of_other_algorithms_are_named_as_such() {
    let ed25519 = const_hex::decode(ED25519).unwrap();
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": url(&ed25519)});
    let whpk = format!("whpk_{}", BASE64_STANDARD.encode(&ed25519));
    for algorithm in on() {
        let is_rsa = algorithm.feature() == "rsa";
        let other = if is_rsa { CERTIFICATE } else { RSA_2048 };
        assert_eq!(parse(other, algorithm), Err(PublicKeyError::OtherAlgorithm), "{algorithm:?}");
        assert_eq!(parse(P384, algorithm), Err(PublicKeyError::OtherAlgorithm), "{algorithm:?}");
        let oct = json!({"kty": "oct", "k": "AAAA"}).to_string();
        assert_eq!(parse(&oct, algorithm), Err(PublicKeyError::OtherAlgorithm));
        if algorithm == Asymmetric::Ed25519 {
            continue;
        }
        assert_eq!(parse(&okp.to_string(), algorithm), Err(PublicKeyError::OtherAlgorithm));
        assert_eq!(parse(&whpk, algorithm), Err(PublicKeyError::OtherAlgorithm));
        // 32 bytes of anything.
        assert_eq!(parse(ED25519, algorithm), Err(PublicKeyError::NotAKey));
    }
}

#[cfg(feature = "ed25519")]
mod ed25519 {
    use super::*;

    const ALGORITHM: Asymmetric = Asymmetric::Ed25519;

    #[test]
    fn every_spelling_is_the_same_key() {
        // RFC 8032, section 7.1, the signature of nothing.
        let signature = const_hex::decode(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        )
        .unwrap();
        let raw = const_hex::decode(ED25519).unwrap();
        let spki = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", &*raw].concat();
        let jwk = |more: serde_json::Value| {
            let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": url(&raw), "kid": "1"});
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            key
        };
        for text in [
            ED25519.to_owned(),
            ED25519.to_uppercase(),
            BASE64_STANDARD.encode(&raw),
            format!("whpk_{}", BASE64_STANDARD.encode(&raw)),
            BASE64_STANDARD.encode(&spki),
            pem("PUBLIC KEY", &spki),
            pem("PUBLIC KEY", &spki).replace('\n', "\r\n"),
            pem("PUBLIC KEY", &spki).replace('\n', ""),
            pem("PUBLIC KEY", &spki).trim_end().into(),
            jwk(json!({})).to_string(),
            jwk(json!({"alg": "EdDSA", "use": "sig", "key_ops": ["verify"]})).to_string(),
            serde_json::to_string_pretty(&jwk(json!({"alg": "Ed25519"}))).unwrap(),
        ] {
            let key = PublicKey::parse(text.as_bytes(), ALGORITHM).expect(&text);
            assert!(key.verify(&[], &signature), "{text}");
            assert_eq!(format!("{key:?}"), "PublicKey(Ed25519)");
        }
        for more in [
            json!({"alg": "ES256"}),
            json!({"alg": 1}),
            json!({"use": "enc"}),
            json!({"key_ops": ["sign"]}),
            json!({"key_ops": "verify"}),
            json!({"crv": "X25519"}),
        ] {
            let text = jwk(more).to_string();
            assert_eq!(parse(&text, ALGORITHM), Err(PublicKeyError::OtherAlgorithm), "{text}");
        }
        let space = |text: &str| [format!("{text}\n"), format!(" {text}"), format!("{text} ")];
        for text in [space(ED25519), space(&BASE64_STANDARD.encode(&spki))].concat() {
            assert_eq!(parse(&text, ALGORITHM), Err(PublicKeyError::NotAKey), "{text:?}");
        }
        let spaced = pem("PUBLIC KEY", &spki).replace("MCow", "MC ow");
        assert_eq!(parse(&spaced, ALGORITHM), Err(PublicKeyError::NotAKey));
        for text in [format!(" {spaced}"), format!("{spaced}\n.")] {
            assert_eq!(parse(&text, ALGORITHM), Err(PublicKeyError::NotAKey));
        }
    }

    #[test]
    fn keys_of_small_order_and_points_off_the_curve_are_refused() {
        // The neutral point, one of order 2, one of order 8.
        for weak in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            // The neutral point again, not reduced.
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            assert_eq!(parse(weak, ALGORITHM), Err(PublicKeyError::Weak), "{weak}");
        }
        let off = "0200000000000000000000000000000000000000000000000000000000000000";
        assert_eq!(parse(off, ALGORITHM), Err(PublicKeyError::NotAKey));
    }

    #[test]
    fn a_scalar_that_is_not_reduced_is_refused() {
        // The signature of nothing above, with the group's order added to its scalar.
        let mut signature = const_hex::decode(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        )
        .unwrap();
        let order =
            const_hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
                .unwrap();
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        let key = PublicKey::parse(ED25519.as_bytes(), ALGORITHM).unwrap();
        assert!(!key.verify(&[], &signature));
    }
}

#[cfg(feature = "ecdsa")]
mod ecdsa {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_key() {
        let signature = BASE64_STANDARD.decode(CERTIFICATE_SHA256).unwrap();
        let certificate = der(CERTIFICATE);
        let prefix =
            const_hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        let at = certificate.windows(prefix.len()).position(|window| window == prefix).unwrap();
        let spki = &certificate[at..at + prefix.len() + 65];
        let point = &spki[prefix.len()..];
        let (x, y) = point[1..].split_at(32);
        let compressed = [&[2 + (y[31] & 1)], x].concat();
        let short =
            const_hex::decode("3039301306072a8648ce3d020106082a8648ce3d030107032200").unwrap();
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": url(x), "y": url(y)});
        for text in [
            CERTIFICATE.to_owned(),
            CERTIFICATE.to_owned() + CERTIFICATE_BY_NAME,
            CERTIFICATE.to_owned() + "\n" + CERTIFICATE_BY_NAME,
            pem("PUBLIC KEY", spki),
            BASE64_STANDARD.encode(spki),
            pem("PUBLIC KEY", &[&*short, &*compressed].concat()),
            jwk.to_string(),
        ] {
            let key = PublicKey::parse(text.as_bytes(), Asymmetric::EcdsaP256Sha256).expect(&text);
            assert!(key.verify(&[MESSAGE], &signature), "{text}");
            let key = PublicKey::parse(text.as_bytes(), Asymmetric::EcdsaP256Sha1).expect(&text);
            assert!(!key.verify(&[MESSAGE], &signature), "{text}");
        }
        let mut off_curve = spki.to_vec();
        *off_curve.last_mut().unwrap() ^= 1;
        let short_x = json!({"kty": "EC", "crv": "P-256", "x": url(&x[1..]), "y": url(y)});
        for text in [pem("PUBLIC KEY", &off_curve), short_x.to_string()] {
            assert_eq!(parse(&text, Asymmetric::EcdsaP256Sha256), Err(PublicKeyError::NotAKey));
        }
        let mut named = jwk;
        named["alg"] = json!("ES256");
        assert_eq!(parse(&named.to_string(), Asymmetric::EcdsaP256Sha256), Ok(()));
        let error = parse(&named.to_string(), Asymmetric::EcdsaP256Sha1).unwrap_err();
        assert_eq!(error, PublicKeyError::OtherAlgorithm);
    }

    #[test]
    fn signatures_are_der_and_nothing_else() {
        let key = PublicKey::parse(CERTIFICATE.as_bytes(), Asymmetric::EcdsaP256Sha256).unwrap();
        let signature = BASE64_STANDARD.decode(CERTIFICATE_SHA256).unwrap();
        assert!(key.verify(&[MESSAGE], &signature));
        let parsed = p256::ecdsa::Signature::from_der(&signature).unwrap();
        assert!(!key.verify(&[MESSAGE], &parsed.to_bytes()), "both numbers without DER");
        // The same signature, the other half of the range: as good (FIPS 186-5).
        let (r, s) = parsed.split_scalars();
        let twin = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
        assert!(key.verify(&[MESSAGE], twin.to_der().as_bytes()));
        // A length in its long form, which BER allows and DER does not.
        let long = [&[0x30, 0x81], &signature[1..]].concat();
        assert!(!key.verify(&[MESSAGE], &long));
        // Zeros, which naive implementations accept for everything (CVE-2022-21449).
        assert!(!key.verify(&[MESSAGE], b"\x30\x06\x02\x01\x00\x02\x01\x00"));
    }
}

#[cfg(feature = "rsa")]
mod rsa {
    use super::*;

    fn verifies(key: &str, algorithm: Asymmetric, bits: u32, signature: &str) -> bool {
        let key = PublicKey::parse_weak(key.as_bytes(), algorithm, bits).expect(key);
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        key.verify(&[MESSAGE], &signature)
    }

    #[test]
    fn every_spelling_is_the_same_key() {
        let pkcs1 = der(RSA_2048_PKCS1);
        // The modulus is 257 bytes with its sign, after 8 of headers.
        let (n, e) = (&pkcs1[9..265], &pkcs1[267..]);
        let jwk = json!({"kty": "RSA", "n": url(n), "e": url(e), "alg": "RS256"});
        for text in [
            RSA_2048.to_owned(),
            RSA_2048_PKCS1.to_owned(),
            BASE64_STANDARD.encode(der(RSA_2048)),
            jwk.to_string(),
        ] {
            assert!(verifies(&text, Asymmetric::RsaSha256, 2048, RSA_2048_SHA256), "{text}");
        }
        let error = parse(&jwk.to_string(), Asymmetric::RsaSha512).unwrap_err();
        assert_eq!(error, PublicKeyError::OtherAlgorithm);
        let trailing = [&*pkcs1, b"\0"].concat();
        for text in [pem("RSA PUBLIC KEY", &trailing), BASE64_STANDARD.encode(&pkcs1)] {
            assert_eq!(parse(&text, Asymmetric::RsaSha256), Err(PublicKeyError::NotAKey), "{text}");
        }
    }

    #[test]
    fn each_hash_verifies_its_own_signatures() {
        let hashes = [Asymmetric::RsaSha1, Asymmetric::RsaSha256, Asymmetric::RsaSha512];
        for (key, signatures) in [
            (RSA_2048, [RSA_2048_SHA1, RSA_2048_SHA256, RSA_2048_SHA512]),
            (RSA_1024, [RSA_1024_SHA1, RSA_1024_SHA256, RSA_1024_SHA512]),
        ] {
            for algorithm in hashes {
                for (signature, of) in signatures.into_iter().zip(hashes) {
                    let right = verifies(key, algorithm, 1024, signature);
                    assert_eq!(right, algorithm == of, "{algorithm:?} {of:?}");
                }
            }
        }
    }

    #[test]
    fn short_keys_and_bad_exponents_are_refused() {
        let algorithm = Asymmetric::RsaSha256;
        assert_eq!(parse(RSA_1024, algorithm), Err(PublicKeyError::Weak));
        let error = PublicKey::parse_weak(RSA_1024.as_bytes(), algorithm, 1025).unwrap_err();
        assert_eq!(error, PublicKeyError::Weak);
        assert!(verifies(RSA_E3, algorithm, 2048, RSA_E3_SHA256));

        let jwk = |n: &[u8], e: &[u8]| json!({"kty": "RSA", "n": url(n), "e": url(e)}).to_string();
        let mut n = vec![0xc1; 64];
        // 512 bits, whatever is allowed.
        let error =
            PublicKey::parse_weak(jwk(&n, &[1, 0, 1]).as_bytes(), algorithm, 0).unwrap_err();
        assert_eq!(error, PublicKeyError::Weak);
        n = der(RSA_2048_PKCS1)[9..265].to_vec();
        for e in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 0, 1]] {
            assert_eq!(parse(&jwk(&n, e), algorithm), Err(PublicKeyError::NotAKey), "{e:?}");
        }
        let even = [&n[..255], &[0]].concat();
        assert_eq!(parse(&jwk(&even, &[1, 0, 1]), algorithm), Err(PublicKeyError::NotAKey));
        let huge = vec![0xc1; 4096];
        assert_eq!(parse(&jwk(&huge, &[1, 0, 1]), algorithm), Err(PublicKeyError::NotAKey));
    }
}

#[cfg(feature = "rsa")]
#[test]
fn certificates_have_times_and_names() {
    let certificate = Certificate::parse(CERTIFICATE.as_bytes()).unwrap();
    let (first, last) = CERTIFICATE_TIMES;
    for (now, want) in [
        (first - 1, Err(PublicKeyError::NotYetValid)),
        (first, Ok(())),
        (last, Ok(())),
        (last + 1, Err(PublicKeyError::Expired)),
        (i64::MIN, Err(PublicKeyError::NotYetValid)),
        (i64::MAX, Err(PublicKeyError::Expired)),
    ] {
        assert_eq!(certificate.valid_at(UnixTime::from_secs(now)), want, "{now}");
    }
    assert_eq!(certificate.names(), ["messages.example.com", "Other.Example.com"]);
    assert!(format!("{certificate:?}").contains("messages.example.com"));
    for (host, want) in [
        ("messages.example.com", true),
        ("MESSAGES.example.com", true),
        ("other.example.com", true),
        ("*.example.com", true),
        ("*.com", true),
        ("example.com", false),
        ("essages.example.com", false),
        ("*.messages.example.com", false),
        ("*.xample.com", false),
        ("127.0.0.1", false),
        ("", false),
    ] {
        assert_eq!(certificate.is_named(host), want, "{host}");
    }
    let by_name = Certificate::parse(CERTIFICATE_BY_NAME.as_bytes()).unwrap();
    assert!(by_name.is_named("sns.amazonaws.com"));
    assert!(!by_name.is_named("sns.amazonaws.com.example.com"));
    for (text, want) in [
        (RSA_2048.to_owned(), PublicKeyError::NotAKey),
        (CERTIFICATE.to_owned() + RSA_2048, PublicKeyError::NotAKey),
        (CERTIFICATE.to_owned() + &pem("PRIVATE KEY", b"0"), PublicKeyError::Private),
        (String::new(), PublicKeyError::NotAKey),
    ] {
        assert_eq!(Certificate::parse(text.as_bytes()).unwrap_err(), want, "{text}");
    }
}

/// Texts that are nearly keys.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    const FIXTURES: &[&str] = &[RSA_2048, RSA_2048_PKCS1, P384, CERTIFICATE, CERTIFICATE_BY_NAME];
    let mutated = (proptest::sample::select(FIXTURES), any::<prop::sample::Index>(), any::<u8>());
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        proptest::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| BASE64_STANDARD.encode(bytes).into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| pem("PUBLIC KEY", &bytes).into_bytes()),
        mutated.prop_map(|(text, at, byte)| {
            let mut text = text.as_bytes().to_vec();
            let at = at.index(text.len());
            text[at] = byte;
            text
        }),
        // The same below the base64.
        (proptest::sample::select(FIXTURES), any::<prop::sample::Index>(), any::<u8>()).prop_map(
            |(text, at, byte)| {
                let mut bytes = der(text);
                let at = at.index(bytes.len());
                bytes[at] = byte;
                let label = if text.contains("CERTIFICATE") { "CERTIFICATE" } else { "PUBLIC KEY" };
                pem(label, &bytes).into_bytes()
            }
        ),
    ]
}

proptest! {
    #[test]
    fn no_text_panics(text in texts(), signature in proptest::collection::vec(any::<u8>(), 0..300)) {
        for algorithm in ALL {
            if let Ok(key) = PublicKey::parse(&text, algorithm) {
                prop_assert!(!key.verify(&[MESSAGE], &signature));
            }
        }
        #[cfg(feature = "rsa")]
        if let Ok(certificate) = Certificate::parse(&text) {
            let _ = certificate.valid_at(UnixTime::from_secs(0));
            prop_assert!(certificate.names().iter().all(|name| name.is_ascii()));
        }
    }
}

#[cfg(feature = "sign")]
mod sign {
    use std::sync::LazyLock;

    use super::super::super::PrivateKey;
    use super::*;

    /// A private key in PKCS#8, made for each run where that is quick.
    fn private(algorithm: Asymmetric) -> String {
        match algorithm.feature() {
            "ed25519" => "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".into(),
            "ecdsa" => pem(
                "PRIVATE KEY",
                &const_hex::decode(
                    "3041020100301306072a8648ce3d020106082a8648ce3d0301070427302502010104\
                     20c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                )
                .unwrap(),
            ),
            #[cfg(feature = "rsa")]
            "rsa" => {
                use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
                use aws_lc_rs::signature::RsaKeyPair;

                static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
                    let key = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
                    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
                    der.as_ref().to_vec()
                });
                BASE64_STANDARD.encode(&*KEY)
            }
            other => panic!("{other}"),
        }
    }

    struct Pair {
        algorithm: Asymmetric,
        private: PrivateKey,
        public: PublicKey,
    }

    static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
        on().filter(|algorithm| *algorithm != Asymmetric::RsaSha1)
            .map(|algorithm| {
                let private = PrivateKey::parse(private(algorithm).as_bytes(), algorithm).unwrap();
                let pem = private.public_pem().unwrap();
                assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
                let public = PublicKey::parse(pem.as_bytes(), algorithm).unwrap();
                assert_eq!(format!("{private:?}"), format!("PrivateKey({algorithm:?})"));
                Pair { algorithm, private, public }
            })
            .collect()
    });

    #[test]
    fn what_is_no_private_key_is_refused() {
        for algorithm in on().filter(|algorithm| *algorithm != Asymmetric::RsaSha1) {
            for text in ["", "secret", RSA_2048, CERTIFICATE, "c2VjcmV0", "whsk_AAAA"] {
                let error = PrivateKey::parse(text.as_bytes(), algorithm).unwrap_err();
                assert_eq!(error, PublicKeyError::NotAKey, "{text}");
            }
        }
    }

    #[test]
    fn keys_do_not_take_one_anothers_signatures() {
        for signer in PAIRS.iter() {
            let signature = signer.private.sign(&[MESSAGE]).unwrap();
            for pair in PAIRS.iter() {
                let is_own = pair.algorithm == signer.algorithm;
                assert_eq!(pair.public.verify(&[MESSAGE], &signature), is_own);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_is_signed_verifies_and_nothing_else(
            message in proptest::collection::vec(any::<u8>(), 1..200),
            cut in any::<prop::sample::Index>(),
            bit in any::<prop::sample::Index>(),
            more in any::<u8>(),
        ) {
            for Pair { private, public, .. } in PAIRS.iter() {
                let signature = private.sign(&[&message]).unwrap();
                let (before, after) = message.split_at(cut.index(message.len()));
                prop_assert!(public.verify(&[before, b"", after], &signature));

                let flip = |bytes: &[u8]| {
                    let mut bytes = bytes.to_vec();
                    let bit = bit.index(bytes.len() * 8);
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    bytes
                };
                prop_assert!(!public.verify(&[&message], &flip(&signature)));
                prop_assert!(!public.verify(&[&flip(&message)], &signature));
                let shorter = &signature[..cut.index(signature.len())];
                prop_assert!(!public.verify(&[&message], shorter));
                let mut longer = signature.clone();
                longer.push(more);
                prop_assert!(!public.verify(&[&message], &longer));
                longer.rotate_right(1);
                prop_assert!(!public.verify(&[&message], &longer));
            }
        }
    }
}
