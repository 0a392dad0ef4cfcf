//! Secrets from environment variables.

use std::ffi::OsString;
use std::fmt;

use super::{Secret, Secrets};

impl Secret {
    /// Reads the secret from an environment variable.
    ///
    /// # Errors
    ///
    /// When the variable is not set, is empty, or is not text. The error names the variable.
    pub fn from_env(variable: &str) -> Result<Self, EnvError> {
        read_env(variable, std::env::var_os(variable))?
            .ok_or_else(|| EnvError::new(variable, EnvProblem::NotSet))
    }
}

impl Secrets {
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

/// A secret could not be read from the environment.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
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

impl fmt::Debug for EnvError {
    /// In words: a `main` that returns it prints this, and the mend should stand there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvError({self})")
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        #[test]
        fn a_variable_is_a_secret_or_says_what_is_wrong_and_never_what_it_holds(
            value in prop_oneof![
                "\\PC{0,12}[\r\n]{0,2}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..12),
            ],
        ) {
            let text = String::from_utf8(value.clone()).ok();
            #[cfg(unix)]
            let variable: OsString = std::os::unix::ffi::OsStringExt::from_vec(value);
            #[cfg(not(unix))]
            let Some(variable) = text.clone().map(OsString::from) else { return Ok(()) };
            let read = read_env("HOOK", Some(variable));
            let whole = |text: &&String| !text.is_empty() && !text.ends_with(['\n', '\r']);
            match (read, text.as_ref().filter(whole)) {
                (Ok(Some(secret)), Some(text)) => {
                    prop_assert_eq!(secret.bytes.as_slice(), text.as_bytes());
                }
                (Err(error), None) => {
                    // What it says does not depend on what is in there.
                    let known = [EnvProblem::Empty, EnvProblem::LineBreak, EnvProblem::NotText];
                    prop_assert!(known.contains(&error.problem), "{}", error);
                    prop_assert_eq!(error.variable(), "HOOK");
                }
                (read, text) => prop_assert!(false, "{read:?} {text:?}"),
            }
        }
    }
}
