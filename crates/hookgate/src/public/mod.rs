//! Public keys, as users paste them, and signatures under them.
//!
//! A key is read once, when the endpoint is built or a key source has answered, and what is wrong
//! with it is refused there: a private key, another algorithm's, a weak one. What a request brings
//! meets a parsed key and a pinned algorithm.
//!
//! The spellings are the same for all algorithms ([`material`]). Each algorithm is a file and a
//! Cargo feature; where the feature is off, `off` stands in for it, so that nothing outside this
//! folder asks for features.

mod decoy;
#[cfg(feature = "ecdsa")]
mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "jwt", feature = "rsa"))]
pub(crate) mod material;
#[cfg(not(all(feature = "ecdsa", feature = "ed25519", feature = "rsa")))]
mod off;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use self::decoy::decoy_text;

#[cfg(not(feature = "ecdsa"))]
use self::off as ecdsa;
#[cfg(not(feature = "ed25519"))]
use self::off as ed25519;
#[cfg(not(feature = "rsa"))]
use self::off as rsa;

/// An algorithm that verifies with a public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asymmetric {
    /// Pure Ed25519 (RFC 8032, section 5.1): signatures of 64 bytes.
    Ed25519,
    /// ECDSA on P-256 over SHA-256 (FIPS 186-5): signatures in DER.
    EcdsaP256Sha256,
    /// The same over SHA-1.
    EcdsaP256Sha1,
    /// RSASSA-PKCS1-v1_5 over SHA-1 (RFC 8017, section 8.2).
    RsaSha1,
    /// The same over SHA-256.
    RsaSha256,
    /// The same over SHA-512.
    RsaSha512,
}

impl Asymmetric {
    /// The Cargo feature that brings it.
    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 | Self::EcdsaP256Sha1 => "ecdsa",
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha512 => "rsa",
        }
    }

    /// What a JWK may name as its `alg`. The pairs with SHA-1 that providers use have no name that
    /// tools write, but for `RS1`.
    #[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
    const fn jwk_names(self) -> &'static [&'static str] {
        match self {
            // RFC 8037, section 3.1, and RFC 9864, section 2.2.
            Self::Ed25519 => &["EdDSA", "Ed25519"],
            Self::EcdsaP256Sha256 => &["ES256"],
            Self::EcdsaP256Sha1 => &[],
            Self::RsaSha1 => &["RS1"],
            Self::RsaSha256 => &["RS256"],
            Self::RsaSha512 => &["RS512"],
        }
    }
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// It is in no spelling that is known.
    #[error(
        "it is no public key: paste it as PEM, as DER in base64, as JWK or as the provider shows \
         it, without further white space"
    )]
    NotAKey,
    /// It is a key, and not of the scheme's algorithm or curve.
    #[error("it is a key of another algorithm than the one that this provider signs with")]
    OtherAlgorithm,
    /// It is the half that nobody but the sender may have.
    #[error("it is a private key: paste the public one, and replace both if they are in use")]
    Private,
    /// Anyone can sign under it, or with some effort.
    #[error("it is too weak a key: anyone could sign under it")]
    Weak,
    /// The certificate is no longer valid.
    #[error("the certificate has expired")]
    Expired,
    /// The certificate is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The certificate is somebody else's.
    #[error("the certificate does not bear the provider's name")]
    OtherName,
    /// Signatures of this algorithm are verified, never made.
    #[cfg(feature = "sign")]
    #[error("signatures with RSA and SHA-1 are verified, but never made")]
    CannotSign,
    /// The algorithm's Cargo feature is off.
    #[error("the algorithm of this provider needs hookgate's Cargo feature `{0}`")]
    FeatureOff(&'static str),
}

/// The length below which RSA keys are refused, in bits (NIST SP 800-131A).
pub(crate) const RSA_BITS: u32 = 2048;

/// A public key that verifies with one algorithm. Its `Debug` shows the algorithm alone.
#[derive(Clone)]
pub(crate) struct PublicKey {
    algorithm: Asymmetric,
    key: Key,
    /// What it came in, where that was a certificate of an algorithm that providers certify.
    #[cfg(feature = "rsa")]
    certificate: Option<Box<material::Certificate>>,
}

#[derive(Clone)]
enum Key {
    Ed25519(ed25519::Key),
    Ecdsa(ecdsa::Key),
    Rsa(rsa::Key),
}

impl PublicKey {
    /// Reads a key in any of the spellings that providers and tools show (see [`material`]).
    ///
    /// # Errors
    ///
    /// See [`PublicKeyError`]. RSA keys of less than 2048 bits are [`PublicKeyError::Weak`].
    pub(crate) fn parse(text: &[u8], algorithm: Asymmetric) -> Result<Self, PublicKeyError> {
        Self::parse_weak(text, algorithm, RSA_BITS)
    }

    /// The same for a provider whose RSA keys are documented to be shorter: of at least `min_bits`
    /// bits, and never of less than 1024.
    pub(crate) fn parse_weak(
        text: &[u8],
        algorithm: Asymmetric,
        min_bits: u32,
    ) -> Result<Self, PublicKeyError> {
        let key = match algorithm {
            Asymmetric::Ed25519 => Key::Ed25519(ed25519::Key::parse(text, algorithm, min_bits)?),
            Asymmetric::EcdsaP256Sha256 | Asymmetric::EcdsaP256Sha1 => {
                Key::Ecdsa(ecdsa::Key::parse(text, algorithm, min_bits)?)
            }
            Asymmetric::RsaSha1 | Asymmetric::RsaSha256 | Asymmetric::RsaSha512 => {
                Key::Rsa(rsa::Key::parse(text, algorithm, min_bits)?)
            }
        };
        Ok(Self {
            algorithm,
            key,
            #[cfg(feature = "rsa")]
            certificate: material::Certificate::in_text(text)?.map(Box::new),
        })
    }

    /// Whether the key may be used: a certificate has to be in its time and, where there are
    /// `names`, to bear one of them. A bare key is as good as the place that it came from.
    ///
    /// # Errors
    ///
    /// [`PublicKeyError::Expired`], [`PublicKeyError::NotYetValid`] or
    /// [`PublicKeyError::OtherName`].
    #[cfg(feature = "rsa")]
    pub(crate) fn usable(
        &self,
        now: crate::UnixTime,
        names: &[&str],
    ) -> Result<(), PublicKeyError> {
        let Some(certificate) = &self.certificate else {
            return Ok(());
        };
        certificate.valid_at(now)?;
        if names.is_empty() || names.iter().any(|name| certificate.is_named(name)) {
            Ok(())
        } else {
            Err(PublicKeyError::OtherName)
        }
    }

    /// No provider certifies keys of the other algorithms.
    #[cfg(not(feature = "rsa"))]
    pub(crate) fn usable(&self, _: crate::UnixTime, _: &[&str]) -> Result<(), PublicKeyError> {
        Ok(())
    }

    /// Whether the signature, as bytes, is one of the message whose pieces these are.
    pub(crate) fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        match &self.key {
            Key::Ed25519(key) => key.verify(message, signature),
            Key::Ecdsa(key) => key.verify(message, signature),
            Key::Rsa(key) => key.verify(message, signature),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.algorithm).finish()
    }
}

/// The provider's half, for tests and tools.
#[cfg(feature = "sign")]
pub(crate) struct PrivateKey {
    algorithm: Asymmetric,
    signer: Signer,
}

#[cfg(feature = "sign")]
enum Signer {
    Ed25519(ed25519::Signer),
    Ecdsa(ecdsa::Signer),
    Rsa(rsa::Signer),
}

#[cfg(feature = "sign")]
impl PrivateKey {
    /// Reads a key: PKCS#8 as PEM or as DER in base64, for Ed25519 also the seed of 32 bytes in
    /// hex or base64.
    ///
    /// # Errors
    ///
    /// See [`PublicKeyError`].
    pub(crate) fn parse(text: &[u8], algorithm: Asymmetric) -> Result<Self, PublicKeyError> {
        let signer = match algorithm {
            Asymmetric::Ed25519 => Signer::Ed25519(ed25519::Signer::parse(text, algorithm)?),
            Asymmetric::EcdsaP256Sha256 | Asymmetric::EcdsaP256Sha1 => {
                Signer::Ecdsa(ecdsa::Signer::parse(text, algorithm)?)
            }
            Asymmetric::RsaSha1 | Asymmetric::RsaSha256 | Asymmetric::RsaSha512 => {
                Signer::Rsa(rsa::Signer::parse(text, algorithm)?)
            }
        };
        Ok(Self { algorithm, signer })
    }

    /// Signs a message, given in pieces. `None` where the key's implementation fails.
    pub(crate) fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
        match &self.signer {
            Signer::Ed25519(signer) => signer.sign(message),
            Signer::Ecdsa(signer) => signer.sign(message),
            Signer::Rsa(signer) => signer.sign(message),
        }
    }

    /// The public half as DER (`SubjectPublicKeyInfo`, RFC 5280, section 4.1).
    pub(crate) fn public_der(&self) -> Option<Vec<u8>> {
        match &self.signer {
            Signer::Ed25519(signer) => signer.public_der(),
            Signer::Ecdsa(signer) => signer.public_der(),
            Signer::Rsa(signer) => signer.public_der(),
        }
    }

    /// The public half as PEM, as an endpoint takes it.
    #[cfg_attr(not(any(test, feature = "testing")), expect(dead_code, reason = "for tests"))]
    pub(crate) fn public_pem(&self) -> Option<String> {
        use base64::prelude::{BASE64_STANDARD, Engine};

        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        for (count, digit) in BASE64_STANDARD.encode(self.public_der()?).chars().enumerate() {
            if count > 0 && count.is_multiple_of(64) {
                pem.push('\n');
            }
            pem.push(digit);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        Some(pem)
    }
}

#[cfg(feature = "sign")]
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.algorithm).finish()
    }
}
