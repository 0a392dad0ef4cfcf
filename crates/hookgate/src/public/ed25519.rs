//! Ed25519 (RFC 8032), on `ed25519-dalek`.

use ed25519_dalek::ed25519::signature::MultipartVerifier;
use ed25519_dalek::{Signature, VerifyingKey};

use super::material::{Family, Material};
use super::{Asymmetric, PublicKeyError};

#[derive(Clone)]
pub(super) struct Key(VerifyingKey);

impl Key {
    pub(super) fn parse(
        text: &[u8],
        algorithm: Asymmetric,
        _min_bits: u32,
    ) -> Result<Self, PublicKeyError> {
        let material = Material::read(text, Family::Ed25519, algorithm.jwk_names())?;
        let Material::Ed25519(bytes) = material else {
            return Err(PublicKeyError::OtherAlgorithm);
        };
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| PublicKeyError::NotAKey)?;
        // Under a key of small order one signature holds for nearly every message.
        if key.is_weak() { Err(PublicKeyError::Weak) } else { Ok(Self(key)) }
    }

    /// As strict as a webhook needs. A scalar that is not reduced and a point that is not encoded
    /// canonically are refused, as RFC 8032, section 5.1.7 demands, and keys of small order were
    /// refused above. What `verify_strict` would refuse beyond that, a signature whose own point
    /// has small order, only the holder of the private key can make; and it takes the message in
    /// one piece, which would be a copy of the body.
    pub(super) fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.multipart_verify(message, &signature).is_ok())
    }
}

#[cfg(feature = "sign")]
pub(super) use self::sign::Signer;

#[cfg(feature = "sign")]
mod sign {
    use ed25519_dalek::SigningKey;
    use ed25519_dalek::ed25519::signature::MultipartSigner;
    use ed25519_dalek::pkcs8::DecodePrivateKey;

    use super::super::material::{self, ED25519_PREFIX};
    use super::super::{Asymmetric, PublicKeyError};

    pub(in super::super) struct Signer(Box<SigningKey>);

    impl Signer {
        pub(in super::super) fn parse(
            text: &[u8],
            _algorithm: Asymmetric,
        ) -> Result<Self, PublicKeyError> {
            let bytes = material::private(text)?;
            let key = match bytes.as_slice().try_into() {
                Ok(seed) => SigningKey::from_bytes(seed),
                Err(_) => {
                    SigningKey::from_pkcs8_der(&bytes).map_err(|_| PublicKeyError::NotAKey)?
                }
            };
            Ok(Self(Box::new(key)))
        }

        pub(in super::super) fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
            let signature = self.0.try_multipart_sign(message).ok()?;
            Some(signature.to_bytes().to_vec())
        }

        pub(in super::super) fn public_der(&self) -> Option<Vec<u8>> {
            Some([ED25519_PREFIX, self.0.verifying_key().as_bytes()].concat())
        }
    }
}
