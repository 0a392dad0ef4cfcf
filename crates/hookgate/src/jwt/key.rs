//! The signatures of tokens, on `jsonwebtoken`.
//!
//! Nothing else of that library is used. Its own reading of headers and
//! claims takes names that occur twice, reads the clock, and chooses among algorithms; and its
//! choice of a backend is one for the whole process, which another crate may have made.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RsaParameters};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::JwtAlgorithm;
use crate::public::material::{Family, Material};
use crate::public::{PublicKeyError, RSA_BITS};

/// See [`JwtKey`](super::JwtKey).
#[derive(Clone)]
pub(super) struct Key(DecodingKey);

impl Key {
    pub(super) fn parse(secret: &[u8], algorithm: JwtAlgorithm) -> Result<Self, PublicKeyError> {
        let public = |family| Material::read(secret, family, &[algorithm.name()]);
        let key = match algorithm {
            JwtAlgorithm::Hs256 if secret.is_empty() => return Err(PublicKeyError::NotAKey),
            JwtAlgorithm::Hs256 if secret.starts_with(b"-----BEGIN ") => {
                return Err(PublicKeyError::OtherAlgorithm);
            }
            JwtAlgorithm::Hs256 => DecodingKey::from_secret(secret),
            JwtAlgorithm::Rs256 => match public(Family::Rsa)? {
                Material::Rsa(der) => {
                    let bits = RsaParameters::public_modulus_len(&der);
                    if bits.map_err(|_| PublicKeyError::NotAKey)? < RSA_BITS {
                        return Err(PublicKeyError::Weak);
                    }
                    DecodingKey::from_rsa_der(&der)
                }
                _ => return Err(PublicKeyError::OtherAlgorithm),
            },
            JwtAlgorithm::Es256 => match public(Family::P256)? {
                Material::P256(point) => {
                    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
                        .map_err(|_| PublicKeyError::NotAKey)?;
                    DecodingKey::from_ec_der(&point)
                }
                _ => return Err(PublicKeyError::OtherAlgorithm),
            },
        };
        Ok(Self(key))
    }

    pub(super) fn verifies(
        &self,
        algorithm: JwtAlgorithm,
        signed: &[u8],
        signature: &Vec<u8>,
    ) -> bool {
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm.library(), &self.0);
        verifier.is_ok_and(|verifier| verifier.verify(signed, signature).is_ok())
    }
}

impl JwtAlgorithm {
    const fn library(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
        }
    }
}

#[cfg(feature = "sign")]
pub(crate) use self::sign::JwtSigner;

#[cfg(feature = "sign")]
mod sign {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    use jsonwebtoken::EncodingKey;
    use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
    use serde_json::{Map, Value, json};

    use super::JwtAlgorithm;
    use crate::public::{PublicKeyError, material};

    /// The provider's half, for tests and tools.
    pub(crate) struct JwtSigner {
        algorithm: JwtAlgorithm,
        key: EncodingKey,
    }

    impl JwtSigner {
        /// Reads a key: for HS256 the secret's bytes, for the others PKCS#8 as PEM or as DER in
        /// base64.
        pub(crate) fn parse(
            secret: &[u8],
            algorithm: JwtAlgorithm,
        ) -> Result<Self, PublicKeyError> {
            let key = match algorithm {
                JwtAlgorithm::Hs256 if secret.is_empty() => return Err(PublicKeyError::NotAKey),
                JwtAlgorithm::Hs256 => EncodingKey::from_secret(secret),
                JwtAlgorithm::Rs256 => {
                    let der = material::private(secret)?;
                    let inner = material::inside_pkcs8(&der).ok_or(PublicKeyError::NotAKey)?;
                    EncodingKey::from_rsa_der(inner)
                }
                JwtAlgorithm::Es256 => EncodingKey::from_ec_der(&material::private(secret)?),
            };
            // What is no key of the algorithm cannot sign.
            let signer = Self { algorithm, key };
            signer.sign(b"").map(|_| signer).ok_or(PublicKeyError::NotAKey)
        }

        /// A token with these claims, which asks for the key `kid`. `None` where the key's
        /// implementation fails.
        pub(crate) fn mint(
            &self,
            kid: Option<&str>,
            claims: &Map<String, Value>,
        ) -> Option<String> {
            let mut header = json!({"alg": self.algorithm.name(), "typ": "JWT"});
            if let (Some(header), Some(kid)) = (header.as_object_mut(), kid) {
                header.insert("kid".to_owned(), kid.into());
            }
            let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            let claims = serde_json::to_string(claims).ok()?;
            let signed = format!("{}.{}", part(&header.to_string()), part(&claims));
            let signature = BASE64_URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())?);
            Some(format!("{signed}.{signature}"))
        }

        fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
            let signer = (DEFAULT_PROVIDER.signer_factory)(&self.algorithm.library(), &self.key);
            signer.ok()?.try_sign(text).ok()
        }
    }

    impl std::fmt::Debug for JwtSigner {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_tuple("JwtSigner").field(&self.algorithm).finish()
        }
    }
}
