//! What an endpoint was told for its handshake.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Token;
use crate::secret::Secret;

/// What an endpoint was told for its handshake. It compares and hashes, and shows nothing.
#[derive(Clone, Copy, Default)]
pub struct Setup<'e> {
    pub(crate) token: Option<&'e Secret>,
    pub(crate) url: Option<&'e str>,
}

impl Setup<'_> {
    /// Whether a text is the endpoint's [token](crate::EndpointBuilder::verify_token). False where
    /// it has none. The time does not tell how much of it is right.
    pub fn is_token(&self, text: &str) -> bool {
        let Some(token) = self.token else { return false };
        // What is compared are digests, in constant time: of texts of any length at that.
        let digest = |text: &[u8]| {
            let mac = Hmac::<Sha256>::new_from_slice(b"hookgate token").ok()?;
            Some(mac.chain_update(text).finalize())
        };
        match (digest(text.as_bytes()), digest(token.as_bytes())) {
            (Some(shown), Some(wanted)) => shown == wanted,
            _ => false,
        }
    }

    /// SHA-256 over a challenge, the endpoint's [token](crate::EndpointBuilder::verify_token) and
    /// its [public address](crate::EndpointBuilder::public_url). `None` where it lacks one of them.
    pub fn hash(&self, challenge: &Token) -> Option<[u8; 32]> {
        let mut hash = Sha256::new();
        hash.update(challenge.as_str());
        hash.update(self.token?.as_bytes());
        hash.update(self.url?);
        Some(hash.finalize().into())
    }
}

impl fmt::Debug for Setup<'_> {
    /// Leaves the address out, too: it may hold a user and a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Gate;

    #[test]
    fn a_token_is_compared_whole_and_no_token_is_no_match() {
        let secret = Secret::new("the token");
        let setup = Setup { token: Some(&secret), url: None };
        assert!(setup.is_token("the token"));
        for wrong in ["", "the", "the token ", "The token", "another"] {
            assert!(!setup.is_token(wrong), "{wrong}");
            assert!(!Setup::default().is_token(wrong), "{wrong}");
        }
        assert!(!format!("{setup:?}").contains("token"));
    }

    #[test]
    fn the_hash_is_over_all_three_in_order() {
        let secret = Secret::new("token");
        let challenge = Gate::Token.pass("challenge").unwrap();
        let setup = Setup { token: Some(&secret), url: Some("https://example.com/hooks") };
        let want: [u8; 32] = Sha256::digest("challengetokenhttps://example.com/hooks").into();
        assert_eq!(setup.hash(&challenge), Some(want));
        assert_eq!(Setup { url: None, ..setup }.hash(&challenge), None);
        assert_eq!(Setup { token: None, ..setup }.hash(&challenge), None);
    }
}
