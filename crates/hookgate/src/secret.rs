//! The key material of an endpoint, as a user holds it.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use crate::scheme::KeyForm;

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

    /// Reads the secret from an environment variable.
    ///
    /// # Errors
    ///
    /// When the variable is not set, is empty, or is not text. The error names the variable.
    pub fn from_env(variable: &str) -> Result<Self, EnvError> {
        read_env(variable, std::env::var_os(variable))?
            .ok_or_else(|| EnvError::new(variable, EnvProblem::NotSet))
    }

    pub(crate) fn label(&self) -> Option<&Arc<str>> {
        self.label.as_ref()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads one variable; `None` where it is not set.
fn read_env(variable: &str, value: Option<OsString>) -> Result<Option<Secret>, EnvError> {
    let Some(value) = value else { return Ok(None) };
    let problem = match value.into_string() {
        Ok(text) if text.is_empty() => EnvProblem::Empty,
        Ok(text) if text.ends_with(['\n', '\r']) => EnvProblem::LineBreak,
        Ok(text) => return Ok(Some(Secret::new(text).labelled(variable))),
        Err(_) => EnvProblem::NotText,
    };
    Err(EnvError::new(variable, problem))
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

    /// Reads the current secret from `variable` and, where it is set, the previous one from
    /// `variable` followed by `_PREVIOUS`. The variables' names become the labels.
    ///
    /// # Errors
    ///
    /// When `variable` is not set, or one of the two is empty, not text, or ends in a line break.
    /// The error names the variable.
    ///
    /// ```no_run
    /// use hookgate::Secrets;
    ///
    /// let secrets = Secrets::from_env("HARMONIZELY_SECRET")?; // and HARMONIZELY_SECRET_PREVIOUS
    /// # Ok::<(), hookgate::EnvError>(())
    /// ```
    pub fn from_env(variable: &str) -> Result<Self, EnvError> {
        Self::from_variables(variable, |name| std::env::var_os(name))
    }

    fn from_variables(
        variable: &str,
        read: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, EnvError> {
        let current = read_env(variable, read(variable))?
            .ok_or_else(|| EnvError::new(variable, EnvProblem::NotSet))?;
        let previous = format!("{variable}_PREVIOUS");
        let previous = read_env(&previous, read(&previous))?;
        Ok(Self(std::iter::once(current).chain(previous).collect()))
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

/// A secret could not be read from the environment.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the environment variable {variable} {problem}")]
pub struct EnvError {
    variable: String,
    problem: EnvProblem,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EnvProblem {
    NotSet,
    Empty,
    LineBreak,
    NotText,
}

impl EnvError {
    fn new(variable: &str, problem: EnvProblem) -> Self {
        Self { variable: variable.into(), problem }
    }

    /// The variable.
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for EnvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSet => "is not set: put the provider's signing secret into it",
            Self::Empty => "is empty: put the provider's signing secret into it",
            Self::LineBreak => {
                "ends in a line break: cut it off, or use Secret::exact if it belongs to the secret"
            }
            Self::NotText => "is not valid UTF-8",
        })
    }
}

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is empty.
    #[error("it is empty: anyone can sign with an empty key")]
    Empty,
    /// It ends in a line break.
    #[error(
        "it ends in a line break, which files and shells leave behind: cut it off, or use \
         Secret::exact if it belongs to the secret"
    )]
    LineBreak,
    /// It holds white space, and encodes bytes.
    #[error("it holds white space: paste the encoded key alone")]
    WhiteSpace,
    /// It is not hex.
    #[error("it is not hex, as this provider's keys are")]
    NotHex,
    /// It is not base64.
    #[error("it is not base64, as this provider's keys are")]
    NotBase64,
    /// It decodes to no bytes.
    #[error("it decodes to no bytes: anyone can sign with an empty key")]
    DecodesToNothing,
    /// It is nothing but white space.
    #[error("it is nothing but white space")]
    Blank,
    /// It is nothing but zero bytes.
    #[error("it is nothing but zero bytes: anyone can sign with it")]
    Zeros,
    /// The algorithm takes no key of this length.
    #[error("the algorithm takes no key of this length")]
    Length,
}

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
    /// The endpoint tells senders why it refuses them.
    #[error("the endpoint tells senders why it refuses them: for development only")]
    ReasonsExposed,
    /// The endpoint also accepts another form of the body than the one that came.
    #[error("the endpoint also accepts signatures over a re-serialised body")]
    Reserialised,
}

/// The bytes of the key, as the scheme makes them from the secret.
pub(crate) fn key_bytes(secret: &Secret, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let bytes = secret.as_bytes();
    if bytes.is_empty() {
        return Err(SecretError::Empty);
    }
    let key = match form {
        KeyForm::Text => {
            let line_break = bytes.ends_with(b"\n") || bytes.ends_with(b"\r");
            if line_break && !secret.exact {
                return Err(SecretError::LineBreak);
            }
            if bytes.trim_ascii().is_empty() {
                return Err(SecretError::Blank);
            }
            secret.bytes.clone()
        }
        KeyForm::Hex => {
            let digits = without_space(bytes)?;
            // The decoder would take `0x` for a prefix.
            let hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
            let key = if hex { const_hex::decode(digits).ok() } else { None };
            Zeroizing::new(key.ok_or(SecretError::NotHex)?)
        }
        KeyForm::Base64 => base64_key(without_space(bytes)?)?,
        KeyForm::Whsec => {
            let text = without_space(bytes)?;
            let text = text.strip_prefix(b"v1,").unwrap_or(text);
            base64_key(text.strip_prefix(b"whsec_").unwrap_or(text))?
        }
    };
    if key.is_empty() {
        return Err(SecretError::DecodesToNothing);
    }
    // HMAC pads keys with zeros (RFC 2104, section 2): to it such a key is the empty one.
    if key.iter().all(|byte| *byte == 0) {
        return Err(SecretError::Zeros);
    }
    Ok(key)
}

fn without_space(bytes: &[u8]) -> Result<&[u8], SecretError> {
    let space = bytes.iter().any(u8::is_ascii_whitespace);
    if space { Err(SecretError::WhiteSpace) } else { Ok(bytes) }
}

fn base64_key(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    if text.is_empty() {
        return Err(SecretError::DecodesToNothing);
    }
    BASE64_STANDARD.decode(text).map(Zeroizing::new).map_err(|_| SecretError::NotBase64)
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

    fn key(secret: &Secret, form: KeyForm) -> Result<Vec<u8>, SecretError> {
        key_bytes(secret, form).map(|key| key.to_vec())
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        use KeyForm::{Base64, Hex, Text, Whsec};
        for (secret, form, want) in [
            ("", Text, SecretError::Empty),
            ("", Whsec, SecretError::Empty),
            ("s3cret\n", Text, SecretError::LineBreak),
            ("s3cret\r\n", Text, SecretError::LineBreak),
            ("s3cret\r", Text, SecretError::LineBreak),
            ("c2VjcmV0\n", Base64, SecretError::WhiteSpace),
            ("c2Vj cmV0", Base64, SecretError::WhiteSpace),
            ("00ff ", Hex, SecretError::WhiteSpace),
            ("\twhsec_c2VjcmV0", Whsec, SecretError::WhiteSpace),
            ("whsec_", Whsec, SecretError::DecodesToNothing),
            ("v1,whsec_", Whsec, SecretError::DecodesToNothing),
            ("whsec_!!!!", Whsec, SecretError::NotBase64),
            ("whsec_c2VjcmV", Whsec, SecretError::NotBase64),
            ("c2VjcmV0_-==", Base64, SecretError::NotBase64),
            ("0x00ff", Hex, SecretError::NotHex),
            ("0x", Hex, SecretError::NotHex),
            ("00f", Hex, SecretError::NotHex),
            ("zz", Hex, SecretError::NotHex),
        ] {
            assert_eq!(key(&secret.into(), form), Err(want), "{secret:?}");
        }
    }

    #[test]
    fn text_is_used_to_the_letter_and_encoded_keys_are_decoded() {
        use KeyForm::{Base64, Hex, Text, Whsec};
        for (secret, form, want) in [
            ("c2VjcmV0", Text, &b"c2VjcmV0"[..]),
            (" s ", Text, b" s "),
            ("whsec_c2VjcmV0", Text, b"whsec_c2VjcmV0"),
            ("c2VjcmV0", Base64, b"secret"),
            ("whsec_c2VjcmV0", Whsec, b"secret"),
            ("v1,whsec_c2VjcmV0", Whsec, b"secret"),
            ("c2VjcmV0", Whsec, b"secret"),
            ("00fF", Hex, b"\x00\xff"),
        ] {
            assert_eq!(key(&secret.into(), form).unwrap(), want, "{secret:?}");
        }
        assert_eq!(key(&Secret::exact("s\n"), Text).unwrap(), b"s\n");
    }

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

    #[test]
    fn the_environment_names_the_variable_that_is_wrong() {
        let read = |pairs: &'static [(&str, &str)]| {
            Secrets::from_variables("HOOK", move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
            })
        };
        assert_eq!(read(&[("HOOK", "a")]).unwrap().len(), 1);
        let both = read(&[("HOOK", "a"), ("HOOK_PREVIOUS", "b")]).unwrap();
        let labels: Vec<_> =
            both.iter().map(|secret| secret.label().unwrap().to_string()).collect();
        assert_eq!(labels, ["HOOK", "HOOK_PREVIOUS"]);
        for (pairs, want) in [
            (&[][..], "HOOK is not set"),
            (&[("HOOK_PREVIOUS", "b")][..], "HOOK is not set"),
            (&[("HOOK", "")][..], "HOOK is empty"),
            (&[("HOOK", "a\n")][..], "HOOK ends in a line break"),
            (&[("HOOK", "a"), ("HOOK_PREVIOUS", "")][..], "HOOK_PREVIOUS is empty"),
        ] {
            let error = read(pairs).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let secrets = Secrets::new("hunter2hunter2").and(Secret::exact("hunter2\n"));
        assert!(!format!("{secrets:?} {secrets:#?}").contains("hunter"));
    }
}
