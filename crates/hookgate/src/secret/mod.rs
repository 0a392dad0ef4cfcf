//! The key material of an endpoint, as a user holds it.

mod env;
mod file;
mod key;
mod warning;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

pub use self::env::EnvError;
pub use self::file::FileError;
pub use self::key::SecretError;
pub(crate) use self::key::{key_bytes, name_of};
pub use self::warning::Warning;
pub(crate) use self::warning::warnings;

/// A secret that a provider and an endpoint share.
///
/// It is wiped from memory when it is dropped, shows nothing in `Debug`, and cannot be compared,
/// displayed or serialised. It holds the text as the provider's page shows it; what the scheme
/// makes of it (the text itself, or the bytes that it encodes) is decided by
/// [`KeyForm`](crate::scheme::KeyForm) when the endpoint is built, which also refuses a secret
/// that cannot be right.
///
/// ```
/// use hookgate::Secret;
///
/// let secret = Secret::new("something").labelled("2026-11");
/// assert_eq!(format!("{secret:?}"), r#"Secret { label: Some("2026-11"), .. }"#);
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    label: Option<Arc<str>>,
    exact: bool,
}

impl Secret {
    /// A secret as it was pasted. Text is used byte for byte, never trimmed; a line break at its
    /// end, which is what a file or a shell leaves there, is refused when the endpoint is built.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self { bytes: Zeroizing::new(secret.into()), label: None, exact: false }
    }

    /// A secret that ends in a line break and means it.
    pub fn exact(secret: impl Into<Vec<u8>>) -> Self {
        Self { exact: true, ..Self::new(secret) }
    }

    /// Names the secret: deliveries, logs and counters then say which one matched.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<Arc<str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn label(&self) -> Option<&Arc<str>> {
        self.label.as_ref()
    }

    pub(crate) fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("label", &self.label).finish_non_exhaustive()
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

/// The secrets of an endpoint: one, or during a rotation several at once.
///
/// A delivery passes under any of them, and says under which. Each costs one more MAC over the
/// body, so take old ones out when the provider no longer uses them.
///
/// ```
/// use hookgate::{Secret, Secrets};
///
/// let secrets = Secrets::new(Secret::new("new").labelled("2026-11"))
///     .and(Secret::new("old").labelled("2026-05"));
/// assert_eq!(secrets.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// One secret.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self(vec![secret.into()])
    }

    /// One more secret, tried after those before it.
    #[must_use]
    pub fn and(mut self, secret: impl Into<Secret>) -> Self {
        self.0.push(secret.into());
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter()
    }

    pub(crate) fn push(&mut self, secret: Secret) {
        self.0.push(secret);
    }
}

impl<S: Into<Secret>> From<S> for Secrets {
    fn from(secret: S) -> Self {
        Self::new(secret)
    }
}

impl<S: Into<Secret>> FromIterator<S> for Secrets {
    fn from_iter<I: IntoIterator<Item = S>>(secrets: I) -> Self {
        Self(secrets.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<Secret>> Extend<S> for Secrets {
    fn extend<I: IntoIterator<Item = S>>(&mut self, secrets: I) {
        self.0.extend(secrets.into_iter().map(Into::into));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_a_secret() {
        let secrets = Secrets::new("hunter2hunter2").and(Secret::exact("hunter2\n"));
        assert!(!format!("{secrets:?} {secrets:#?}").contains("hunter"));
    }
}
