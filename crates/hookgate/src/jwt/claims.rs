//! The claims of a token, once its signature has been verified.

use std::fmt;

use serde_json::{Map, Value};

use crate::RejectionKind;

/// Verified claims. No name occurs twice, at any depth.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Whether there is a claim of this name, of whatever value.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether a claim is `true`. The text `"true"` is not.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    /// Whether the token is for this audience: `aud` is it, or a list with it (RFC 7519, section
    /// 4.1.3).
    pub(crate) fn is_for(&self, audience: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(all)) => all.iter().any(|one| one == audience),
            _ => false,
        }
    }

    /// A time in seconds since 1970 (`NumericDate`, RFC 7519, section 2), which may have a
    /// fraction: it is cut off.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::MalformedTimestamp`] where the claim is no number.
    pub(crate) fn time(&self, name: &str) -> Result<Option<i64>, RejectionKind> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        if let Some(seconds) = value.as_i64() {
            return Ok(Some(seconds));
        }
        let seconds = value.as_f64().filter(|seconds| seconds.is_finite());
        // Saturates: the end of time for a number without bounds.
        seconds.map(|seconds| Some(seconds.floor() as i64)).ok_or(RejectionKind::MalformedTimestamp)
    }
}

impl fmt::Debug for Claims {
    /// The names of the claims are the sender's, too: only their number is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({})", self.0.len())
    }
}
