//! RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), on `aws-lc-rs`.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};

use super::material::{Family, Material};
use super::{Asymmetric, PublicKeyError, RSA_BITS};

/// The shortest keys that the library takes, in bits.
const SHORTEST: u32 = 1024;

#[derive(Clone)]
pub(super) struct Key {
    key: ParsedPublicKey,
    hash: &'static digest::Algorithm,
}

impl Key {
    pub(super) fn parse(
        text: &[u8],
        algorithm: Asymmetric,
        min_bits: u32,
    ) -> Result<Self, PublicKeyError> {
        let material = Material::read(text, Family::Rsa, algorithm.jwk_names())?;
        let Material::Rsa(der) = material else {
            return Err(PublicKeyError::OtherAlgorithm);
        };
        // Also refuses what is no modulus or exponent, such as an exponent of 1 or an even one.
        let bits = RsaParameters::public_modulus_len(&der).map_err(|_| PublicKeyError::NotAKey)?;
        if bits < min_bits.max(SHORTEST) {
            return Err(PublicKeyError::Weak);
        }
        let key = ParsedPublicKey::new(parameters(algorithm, bits), der)
            .map_err(|_| PublicKeyError::NotAKey)?;
        Ok(Self { key, hash: hash(algorithm) })
    }

    pub(super) fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        let digest = digest_of(self.hash, message);
        self.key.verify_digest_sig(&digest, signature).is_ok()
    }
}

fn hash(algorithm: Asymmetric) -> &'static digest::Algorithm {
    match algorithm {
        Asymmetric::RsaSha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Asymmetric::RsaSha512 => &digest::SHA512,
        _ => &digest::SHA256,
    }
}

fn parameters(algorithm: Asymmetric, bits: u32) -> &'static RsaParameters {
    match (algorithm, bits < RSA_BITS) {
        (Asymmetric::RsaSha1, true) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Asymmetric::RsaSha1, false) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Asymmetric::RsaSha512, true) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        (Asymmetric::RsaSha512, false) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (_, true) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (_, false) => &signature::RSA_PKCS1_2048_8192_SHA256,
    }
}

fn digest_of(hash: &'static digest::Algorithm, message: &[&[u8]]) -> Digest {
    let mut running = digest::Context::new(hash);
    for piece in message {
        running.update(piece);
    }
    running.finish()
}

#[cfg(feature = "sign")]
pub(super) use self::sign::Signer;

#[cfg(feature = "sign")]
mod sign {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{self, KeyPair, RsaEncoding, RsaKeyPair};

    use super::super::material;
    use super::super::{Asymmetric, PublicKeyError};
    use super::{digest_of, hash};

    pub(in super::super) struct Signer {
        key: RsaKeyPair,
        algorithm: Asymmetric,
        encoding: &'static dyn RsaEncoding,
    }

    impl Signer {
        pub(in super::super) fn parse(
            text: &[u8],
            algorithm: Asymmetric,
        ) -> Result<Self, PublicKeyError> {
            let encoding: &dyn RsaEncoding = match algorithm {
                Asymmetric::RsaSha256 => &signature::RSA_PKCS1_SHA256,
                Asymmetric::RsaSha512 => &signature::RSA_PKCS1_SHA512,
                // The library verifies it for old senders and signs nothing new with it.
                _ => return Err(PublicKeyError::CannotSign),
            };
            let der = material::private(text)?;
            let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| PublicKeyError::NotAKey)?;
            Ok(Self { key, algorithm, encoding })
        }

        pub(in super::super) fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
            let mut signature = vec![0; self.key.public_modulus_len()];
            let digest = digest_of(hash(self.algorithm), message);
            self.key.sign_digest(self.encoding, &digest, &mut signature).ok()?;
            Some(signature)
        }

        pub(in super::super) fn public_der(&self) -> Option<Vec<u8>> {
            Some(self.key.public_key().as_der().ok()?.as_ref().to_vec())
        }
    }
}
