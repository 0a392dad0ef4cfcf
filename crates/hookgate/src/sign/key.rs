//! What signs: the shared secret, or the provider's private key.

use std::sync::Arc;

use super::SignError;
use crate::jwt::JwtSigner;
use crate::keys::{KeyPlan, KeyRing};
use crate::public::PrivateKey;
use crate::scheme::Algorithm;
use crate::secret::{Secret, SecretError, Secrets, key_bytes};

/// The signing half of a secret.
pub(crate) enum SigningKey {
    Shared(Arc<KeyRing>),
    /// Sent as it is.
    Token(Vec<u8>),
    Private(PrivateKey),
    Jwt(JwtSigner),
}

impl SigningKey {
    pub(crate) fn new(secret: Secret, plan: KeyPlan) -> Result<Self, SignError> {
        if let Some(algorithm) = plan.algorithm.asymmetric() {
            let key = PrivateKey::parse(secret.as_bytes(), algorithm);
            return key.map(Self::Private).map_err(|error| SignError::Secret(error.into()));
        }
        if let Some(algorithm) = plan.algorithm.jwt() {
            let signer = JwtSigner::parse(secret.as_bytes(), algorithm);
            return signer.map(Self::Jwt).map_err(|error| SignError::Secret(error.into()));
        }
        if plan.algorithm == Algorithm::Token {
            let token = key_bytes(&secret, plan.form).map_err(SignError::Secret)?;
            return Ok(Self::Token(token.to_vec()));
        }
        let ring = KeyRing::new(&Secrets::new(secret), plan);
        Ok(Self::Shared(Arc::new(ring.map_err(|(_, error)| SignError::Secret(error))?)))
    }

    pub(super) fn sign(&self, text: &[&[u8]]) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Shared(ring) => ring.sign(text).ok_or(SignError::OneWay),
            Self::Token(token) => Ok(token.clone()),
            Self::Jwt(_) => Err(SignError::OneWay),
            Self::Private(key) => key.sign(text).ok_or(SignError::Secret(SecretError::Length)),
        }
    }
}
