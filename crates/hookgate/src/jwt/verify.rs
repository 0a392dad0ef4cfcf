//! Whether a token is the provider's.

use std::fmt;

use super::key::Key;
use super::token::Token;
use super::{Claims, JwtAlgorithm};
use crate::RejectionKind;
use crate::public::PublicKeyError;

/// A key that verifies tokens of one algorithm.
#[derive(Clone)]
pub(crate) struct JwtKey {
    algorithm: JwtAlgorithm,
    key: Key,
}

impl JwtKey {
    /// Reads a key: for HS256 the secret's bytes, for the others a public key in any of the
    /// spellings that [`PublicKey`](crate::public::PublicKey) takes.
    ///
    /// # Errors
    ///
    /// See [`PublicKeyError`]. A PEM is no secret for HS256: whoever has the public key in it could
    /// sign.
    pub(crate) fn parse(secret: &[u8], algorithm: JwtAlgorithm) -> Result<Self, PublicKeyError> {
        Ok(Self { algorithm, key: Key::parse(secret, algorithm)? })
    }

    /// The claims of a token of at most `longest` bytes, if this key signed it. What they say about
    /// time and request is for [`ClaimChecks`](super::ClaimChecks).
    ///
    /// # Errors
    ///
    /// [`RejectionKind::UnsupportedAlgorithm`] for any other algorithm than the pinned one,
    /// [`RejectionKind::MalformedSignature`], [`RejectionKind::SignatureMismatch`], and
    /// [`RejectionKind::SignedContent`] for claims that two readers would read differently.
    pub(crate) fn verify(&self, token: &[u8], longest: usize) -> Result<Claims, RejectionKind> {
        let token = Token::read(token, self.algorithm, longest)?;
        if !self.key.verifies(self.algorithm, token.signed, &token.signature) {
            return Err(RejectionKind::SignatureMismatch);
        }
        token.claims().map(Claims::new).ok_or(RejectionKind::SignedContent)
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JwtKey").field(&self.algorithm).finish()
    }
}
