//! What is allowed and looks like a mistake.

use std::sync::Arc;

use super::Secret;
use crate::scheme::KeyForm;

/// Something about an endpoint's configuration that is allowed and looks like a mistake.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A text secret begins or ends with white space.
    #[error("the secret {label} begins or ends with white space, which is part of the key")]
    SpaceAtTheEnds {
        /// The secret's label.
        label: Arc<str>,
    },
    /// A secret looks like something that was to be replaced.
    #[error("the secret {label} looks like a placeholder")]
    Placeholder {
        /// The secret's label.
        label: Arc<str>,
    },
    /// A secret is so short that it can be guessed.
    #[error("the secret {label} is shorter than 8 bytes and can be guessed")]
    Short {
        /// The secret's label.
        label: Arc<str>,
    },
    /// Fewer bytes may be in flight than one body may have.
    #[error(
        "the body limit is over the bytes that may be in flight: a larger body is told to try \
         again for ever"
    )]
    BudgetBelowLimit,
    /// The endpoint takes unsigned requests.
    #[error("the endpoint verifies nothing: anyone who knows its address can send to it")]
    Unsigned,
    /// The endpoint only observes.
    #[error(
        "the endpoint refuses no request for its signature: it only counts and logs what it would \
         refuse"
    )]
    OnlyObserves,
    /// The endpoint tells senders why it refuses them.
    #[error("the endpoint tells senders why it refuses them: for development only")]
    ReasonsExposed,
    /// The provider's handshake cannot be answered.
    #[error("the provider's handshake is not answered: the endpoint lacks {missing}")]
    Handshake {
        /// What is missing, and how to give it.
        missing: &'static str,
    },
    /// The endpoint takes its secret from whoever sends the first.
    #[error(
        "the endpoint has no secret yet and takes the first one that it is sent: whoever knows its \
         address can send it"
    )]
    Learns,
    /// The endpoint also accepts another form of the body than the one that came.
    #[error("the endpoint also accepts signatures over a re-serialised body")]
    Reserialised,
}

/// What is allowed and looks like a mistake.
pub(crate) fn warnings(secret: &Secret, label: &Arc<str>, form: KeyForm) -> Vec<Warning> {
    let bytes = secret.as_bytes();
    let mut found = Vec::new();
    if form == KeyForm::Text && bytes.trim_ascii().len() != bytes.len() && !secret.exact {
        found.push(Warning::SpaceAtTheEnds { label: Arc::clone(label) });
    }
    if is_placeholder(bytes) {
        found.push(Warning::Placeholder { label: Arc::clone(label) });
    } else if bytes.len() < 8 {
        found.push(Warning::Short { label: Arc::clone(label) });
    }
    found
}

fn is_placeholder(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii().to_ascii_lowercase();
    let is_one_of = |words: &[&str]| words.iter().any(|word| text == word.as_bytes());
    text.iter().all(|byte| matches!(byte, b'*' | b'x' | b'.' | b'-' | b'\xe2' | b'\x80' | b'\xa2'))
        || (text.starts_with(b"<") && text.ends_with(b">"))
        || (text.starts_with(b"${") && text.ends_with(b"}"))
        || is_one_of(&[
            "changeme",
            "change-me",
            "secret",
            "your-secret",
            "todo",
            "undefined",
            "null",
            "none",
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_mistakes_are_warned_of() {
        let warned = |secret: &str| warnings(&secret.into(), &"it".into(), KeyForm::Text);
        assert!(warned("a-proper-secret").is_empty());
        assert!(matches!(*warned(" a-proper-secret"), [Warning::SpaceAtTheEnds { .. }]));
        assert!(matches!(*warned("a-proper-secret\t"), [Warning::SpaceAtTheEnds { .. }]));
        for placeholder in ["***", "xxxxxxxx", "<your-webhook-secret>", "${SECRET}", "changeme"] {
            assert!(matches!(*warned(placeholder), [Warning::Placeholder { .. }]), "{placeholder}");
        }
        assert!(matches!(*warned("hunter2"), [Warning::Short { .. }]));
    }
}
