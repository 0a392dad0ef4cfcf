//! What may be echoed, and what may be signed.

use std::fmt;

/// The longest text that is given back as it came, in bytes once decoded: 2 KiB.
pub const LONGEST_ECHO: usize = 2 * 1024;

/// The longest challenge that is signed or hashed, in bytes: 256.
pub const LONGEST_TOKEN: usize = 256;

/// Which challenges an endpoint signs or hashes for a stranger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Gate {
    /// 1 to [`LONGEST_TOKEN`] letters, digits and `+/=_-`: what a random value is written in, as
    /// text, hex, UUID or base64 of either alphabet.
    Token,
    /// Hexadecimal digits, this many at least and at most (and at most [`LONGEST_TOKEN`]).
    Hex {
        /// At least so many.
        least: usize,
        /// At most so many.
        most: usize,
    },
}

impl Gate {
    /// The challenge, if it may be signed.
    pub fn pass(self, challenge: &str) -> Option<Token> {
        let bytes = challenge.as_bytes();
        let fits = match self {
            Self::Token => true,
            Self::Hex { least, most } => {
                (least..=most).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_hexdigit)
            }
        };
        (fits && is_token([bytes])).then(|| Token(challenge.into()))
    }
}

/// Whether a text in pieces could be a [`Token`]. What could is never taken for the signed text of
/// a delivery at an endpoint that signs tokens.
pub(crate) fn is_token<'t>(pieces: impl IntoIterator<Item = &'t [u8]>) -> bool {
    let mut length = 0_usize;
    for piece in pieces {
        length = length.saturating_add(piece.len());
        // The length first: a body may have megabytes.
        if length > LONGEST_TOKEN || !piece.iter().all(|byte| is_of_token(*byte)) {
            return false;
        }
    }
    length > 0
}

const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// A challenge that passed its [`Gate`]: the only text that a handshake has signed.
#[derive(Clone, Eq, PartialEq)]
pub struct Token(Box<str>);

impl Token {
    /// The challenge.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    /// Leaves the challenge out: it is the sender's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}

/// A text that may be given back as it came: not empty, of at most [`LONGEST_ECHO`] bytes, and
/// without control characters.
pub(super) fn printable(text: &str) -> Option<&str> {
    let fits = (1..=LONGEST_ECHO).contains(&text.len());
    (fits && !text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_random_values_are_written_in_is_signed() {
        for right in ["qgg8vlvZRS6UYooatFL8Aw", "9b4507b3-9040-4669-9ca3-6b94edb50553", "a+/=_-"] {
            assert_eq!(Gate::Token.pass(right).unwrap().as_str(), right);
        }
        let longest = "a".repeat(LONGEST_TOKEN);
        assert!(Gate::Token.pass(&longest).is_some());
        let shaped = r#"v0:1700000000:{"event":"meeting.started"}"#;
        for wrong in ["", " ", "a b", "{}", "[]", "\"a\"", "a.b", "a:b", "a\n", "é", shaped] {
            assert!(Gate::Token.pass(wrong).is_none(), "{wrong}");
        }
        assert!(Gate::Token.pass(&format!("{longest}a")).is_none());
    }

    #[test]
    fn hex_has_its_length() {
        const GATE: Gate = Gate::Hex { least: 20, most: 32 };
        for (length, passes) in [(19, false), (20, true), (32, true), (33, false)] {
            assert_eq!(GATE.pass(&"a".repeat(length)).is_some(), passes, "{length}");
        }
        assert!(GATE.pass(&"g".repeat(24)).is_none());
        assert!(Gate::Hex { least: 0, most: usize::MAX }.pass("").is_none());
        assert!(Gate::Hex { least: 0, most: 999 }.pass(&"a".repeat(LONGEST_TOKEN + 1)).is_none());
    }

    #[test]
    fn a_token_shows_its_length_and_nothing_else() {
        let token = Gate::Token.pass("abc").unwrap();
        assert_eq!(format!("{token:?}"), "Token { bytes: 3, .. }");
    }

    proptest! {
        /// However the gate reads it: what it lets through is what the check refuses as a body.
        #[test]
        fn what_passes_is_a_token_to_the_check_too(text in ".{0,40}", cut in 0..40_usize) {
            for gate in [Gate::Token, Gate::Hex { least: 1, most: 40 }] {
                if let Some(token) = gate.pass(&text) {
                    let (one, two) = token.as_str().split_at(cut.min(text.len()));
                    prop_assert!(is_token([one.as_bytes(), two.as_bytes()]));
                }
            }
        }
    }
}
