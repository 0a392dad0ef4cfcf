//! JSON Web Tokens as signatures (RFC 7515, RFC 7519).
//!
//! Such a provider does not sign the request, but a token beside it, whose claims say which
//! request it is for: a hash of the body, of the URL, an audience, a time. So there are two steps.
//! [`JwtKey::verify`] tells whether the token is the provider's; [`ClaimChecks::check`] whether it
//! is this request's, now.
//!
//! Nothing in a token chooses what it is verified with (RFC 8725, sections 3.1 and 3.10): the
//! algorithm is pinned, keys and addresses of keys in the header are refused, and `kid` is a name
//! for which the caller's key source has a key or not.

mod check;
mod claims;
#[cfg(feature = "jwt")]
mod key;
#[cfg(not(feature = "jwt"))]
#[path = "off.rs"]
mod key;
mod rules;
#[cfg(test)]
mod tests;
mod token;
mod verify;

pub(crate) use self::check::{ClaimChecks, Proof, Request};
pub(crate) use self::claims::Claims;
#[cfg(feature = "sign")]
pub(crate) use self::key::JwtSigner;
pub use self::rules::{
    Absent, Audience, BodyHash, ClaimRules, ClaimValue, HashEncoding, Presence, RequiredClaim,
};
pub(crate) use self::token::{LONGEST, kid};
pub(crate) use self::verify::JwtKey;

/// The algorithm that tokens have to be signed with (RFC 7518, section 3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256; the signature is both numbers, 64 bytes, and no DER.
    Es256,
}

impl JwtAlgorithm {
    /// As `alg` has it, which is compared with its case (RFC 7515, section 4.1.1).
    const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}
