//! ECDSA on P-256 (FIPS 186-5), on `p256`.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::material::{Family, Material};
use super::{Asymmetric, PublicKeyError};

#[derive(Clone)]
pub(super) struct Key {
    key: VerifyingKey,
    algorithm: Asymmetric,
}

impl Key {
    pub(super) fn parse(
        text: &[u8],
        algorithm: Asymmetric,
        _min_bits: u32,
    ) -> Result<Self, PublicKeyError> {
        let material = Material::read(text, Family::P256, algorithm.jwk_names())?;
        let Material::P256(point) = material else {
            return Err(PublicKeyError::OtherAlgorithm);
        };
        let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| PublicKeyError::NotAKey)?;
        Ok(Self { key, algorithm })
    }

    /// Takes both halves of the range of `s`, as the standard does and as providers send them
    /// (SendGrid's published signature has a high one). Whoever turns one into the other gains
    /// nothing: neither replay nor dedupe keys are made of signatures.
    pub(super) fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_der(signature) else {
            return false;
        };
        self.key.verify_prehash(&digest(self.algorithm, message), &signature).is_ok()
    }
}

fn digest(algorithm: Asymmetric, message: &[&[u8]]) -> Vec<u8> {
    match algorithm {
        Asymmetric::EcdsaP256Sha1 => digest_with(Sha1::new(), message),
        _ => digest_with(Sha256::new(), message),
    }
}

fn digest_with<D: Digest>(mut hash: D, message: &[&[u8]]) -> Vec<u8> {
    for piece in message {
        hash.update(piece);
    }
    hash.finalize().to_vec()
}

#[cfg(feature = "sign")]
pub(super) use self::sign::Signer;

#[cfg(feature = "sign")]
mod sign {
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    use p256::ecdsa::{Signature, SigningKey};
    use p256::pkcs8::DecodePrivateKey;

    use super::super::material::{self, P256_PREFIX};
    use super::super::{Asymmetric, PublicKeyError};
    use super::digest;

    pub(in super::super) struct Signer {
        key: SigningKey,
        algorithm: Asymmetric,
    }

    impl Signer {
        pub(in super::super) fn parse(
            text: &[u8],
            algorithm: Asymmetric,
        ) -> Result<Self, PublicKeyError> {
            let der = material::private(text)?;
            let key = SigningKey::from_pkcs8_der(&der).map_err(|_| PublicKeyError::NotAKey)?;
            Ok(Self { key, algorithm })
        }

        pub(in super::super) fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
            let signature: Signature =
                self.key.sign_prehash(&digest(self.algorithm, message)).ok()?;
            Some(signature.to_der().as_bytes().to_vec())
        }

        pub(in super::super) fn public_der(&self) -> Option<Vec<u8>> {
            let point = self.key.verifying_key().to_sec1_point(false);
            Some([P256_PREFIX, point.as_bytes()].concat())
        }
    }
}
