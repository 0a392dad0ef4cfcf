//! Keys for tests, both halves: nobody keeps them secret, and nothing real may be signed with them.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::SECRET;
use crate::public::{Asymmetric, PrivateKey, PublicKeyError};
use crate::scheme::{Algorithm, Encoding, KeyForm, Scheme};
use crate::secret::SecretError;
use crate::sign::SignError;

/// The seed of an Ed25519 key.
const SEED: [u8; 32] = [7; 32];

/// PKCS#8 (RFC 5958) around the private key 1 of P-256 (RFC 5915), whose public half is the curve's
/// own base point (FIPS 186-5; SEC 2, section 2.4.2).
const P256_ONE: &str = concat!(
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "a14403420004",
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

/// What signs, and what an endpoint verifies with.
#[derive(Clone)]
pub(super) struct TestKey {
    pub(super) signing: String,
    pub(super) verifying: String,
}

impl TestKey {
    /// A key of the form that the scheme takes.
    pub(super) fn of(scheme: &Scheme<'_>) -> Result<Self, SignError> {
        let secret = match (scheme.algorithm, scheme.encoding, scheme.key) {
            (_, _, KeyForm::PublicKey) => return Self::asymmetric(scheme.algorithm),
            (_, _, KeyForm::Hex) => const_hex::encode(SECRET),
            (_, _, KeyForm::Base64 | KeyForm::Whsec) => BASE64_STANDARD.encode(SECRET),
            (_, _, KeyForm::NamedSha1) => format!("tests|{SECRET}"),
            // Credentials as RFC 7617 has them.
            (Algorithm::Token, Encoding::Base64, _) => format!("tests:{SECRET}"),
            _ => SECRET.to_owned(),
        };
        Ok(Self { signing: secret.clone(), verifying: secret })
    }

    fn asymmetric(algorithm: Algorithm) -> Result<Self, SignError> {
        let off = |feature| SignError::Secret(PublicKeyError::FeatureOff(feature).into());
        let of = algorithm.asymmetric();
        if matches!(of, Some(of) if of.feature() == "rsa") || algorithm == Algorithm::JwtRs256 {
            return rsa().ok_or(off("rsa"));
        }
        let p256 = || const_hex::decode(P256_ONE).map(|der| BASE64_STANDARD.encode(der));
        match of {
            Some(of @ Asymmetric::Ed25519) => Self::with_public_half(of, const_hex::encode(SEED)),
            Some(of) => Self::with_public_half(of, p256().unwrap_or_default()),
            // The same key, and no need for the feature of other signatures under it.
            None => Ok(Self {
                signing: p256().unwrap_or_default(),
                verifying: p256_public().unwrap_or_default(),
            }),
        }
    }

    fn with_public_half(algorithm: Asymmetric, signing: String) -> Result<Self, SignError> {
        let key = PrivateKey::parse(signing.as_bytes(), algorithm);
        let key = key.map_err(|error| SignError::Secret(error.into()))?;
        let verifying = key.public_pem().ok_or(SignError::Secret(SecretError::Length))?;
        Ok(Self { signing, verifying })
    }
}

/// The public half as `SubjectPublicKeyInfo` (RFC 5480, section 2), in base64.
fn p256_public() -> Option<String> {
    const INFO: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let point = P256_ONE.get(P256_ONE.len().checked_sub(130)?..)?;
    Some(BASE64_STANDARD.encode(const_hex::decode(format!("{INFO}{point}")).ok()?))
}

/// Made once for each process, since no private key is to be found in this repository.
#[cfg(any(feature = "jwt", feature = "rsa"))]
fn rsa() -> Option<TestKey> {
    use std::sync::OnceLock;

    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;

    static KEY: OnceLock<Option<TestKey>> = OnceLock::new();
    let make = || {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        Some(TestKey {
            signing: BASE64_STANDARD.encode(private.as_ref()),
            verifying: BASE64_STANDARD.encode(public.as_ref()),
        })
    };
    KEY.get_or_init(make).clone()
}

#[cfg(not(any(feature = "jwt", feature = "rsa")))]
fn rsa() -> Option<TestKey> {
    None
}
