//! What is wrong with a file, and where.

use std::fmt;

use super::node::{Node, Step, written};

/// A table that cannot be used: the line, the column and the field, and what would be right.
///
/// ```
/// use hookgate::spec::SchemeSpec;
///
/// let error = SchemeSpec::from_json("{\n  \"signatur\": { \"header\": \"x-sig\" }\n}").unwrap_err();
/// assert_eq!((error.line(), error.column(), error.field()), (2, 3, Some("signatur")));
/// assert!(error.to_string().contains("did you mean `signature`?"), "{error}");
/// ```
///
/// Where a value could be a secret that strayed into the file, it is not shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpecError {
    line: usize,
    column: usize,
    field: Option<String>,
    message: String,
}

impl SpecError {
    /// `at` is in bytes from the start.
    pub(super) fn new(text: &str, at: usize, path: &[Step], message: String) -> Self {
        let (line, column) = position(text, at);
        let field = (!path.is_empty()).then(|| written(path));
        Self { line, column, field, message }
    }

    pub(super) fn at_line(line: usize, column: usize, message: String) -> Self {
        Self { line, column, field: None, message }
    }

    /// The line, from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// The field, such as `scheme.framing.list.pair`. `None` where the file is no TOML or JSON at
    /// all, or where it is the whole file that is wrong.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What is wrong with it, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if let Some(field) = &self.field {
            write!(f, ", in {field}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SpecError {}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line.saturating_add(1), last.chars().count().saturating_add(1))
}

/// What is wrong with a field, before the file is asked where that stands.
#[derive(Debug)]
pub(super) struct Mistake {
    path: Vec<Step>,
    /// What to point at where the file leaves the field out.
    instead: Vec<Step>,
    message: String,
}

impl Mistake {
    pub(super) fn new(path: Vec<Step>, message: impl fmt::Display) -> Self {
        Self { path, instead: Vec::new(), message: message.to_string() }
    }

    pub(super) fn or_at(mut self, name: &str) -> Self {
        self.instead.push(Step::key(name));
        self
    }

    pub(super) fn in_field(mut self, name: &str) -> Self {
        self.path.insert(0, Step::key(name));
        self.instead.insert(0, Step::key(name));
        self
    }

    pub(super) fn located(self, text: &str, root: &Node) -> SpecError {
        let at = root.get(&self.path).or_else(|| root.get(&self.instead));
        let at = at.map_or_else(|| root.nearest(&self.path), |node| node.at);
        SpecError::new(text, at, &self.path, self.message)
    }
}

/// Where secrets go.
pub(super) const SECRET: &str = "a secret does not belong in a table: give it to the endpoint, with \
    `.secrets(Secrets::from_env(..)?)` or `Secrets::from_file(..)`";

/// Whether a field's name is that of a secret.
pub(super) fn names_a_secret(field: &str) -> bool {
    let plain: String =
        field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ["secret", "password", "passwd", "token", "apikey", "privatekey", "signingkey", "credential"]
        .iter()
        .any(|word| plain.contains(word))
}

/// Whether a text has the form of a secret: `whsec_` as Standard Webhooks has it, PEM, or a key of
/// an API.
pub(super) fn is_a_secret(text: &str) -> bool {
    ["whsec_", "v1,whsec_", "-----BEGIN", "sk_live_", "sk_test_", "rk_live_", "ghp_"]
        .iter()
        .any(|start| text.trim_start().starts_with(start))
}

/// The allowed name that is nearest to what was written, if one is near.
pub(super) fn nearest(written: &str, allowed: &'static [&'static str]) -> Option<&'static str> {
    // Longer than any name: not worth comparing.
    if written.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', ' '], "_");
    let written = plain(written);
    allowed
        .iter()
        .map(|name| (distance(&written, &plain(name)), *name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be put in, left out, changed or swapped with the next.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for letter in one.chars() {
        let mut next = vec![row.first().map_or(1, |first| first.saturating_add(1))];
        for (at, wanted) in other.iter().enumerate() {
            let of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
            let after = at.saturating_add(1);
            let changed = of(&row, at).saturating_add(usize::from(letter != *wanted));
            let left_out = of(&row, after).saturating_add(1);
            let put_in = of(&next, at).saturating_add(1);
            let mut least = changed.min(left_out).min(put_in);
            let previous = at.checked_sub(1);
            if last == Some(*wanted) && previous.and_then(|at| other.get(at)) == Some(&letter) {
                let swapped = previous.map_or(usize::MAX, |at| of(&before, at));
                least = least.min(swapped.saturating_add(1));
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

/// `a`, `b` or `c`, each in back quotes.
pub(super) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// ` (did you mean …?)`, where a name is near.
pub(super) fn hint(written: &str, allowed: &'static [&'static str]) -> String {
    nearest(written, allowed).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_in_lines_and_characters() {
        let text = "a = 1\nü = \"ü\" # x\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 6), (2, 1));
        assert_eq!(position(text, 11), (2, 5));
        assert_eq!(position(text, text.len()), (3, 1));
        assert_eq!(position(text, 1000), (3, 1));
    }

    #[test]
    fn the_nearest_name_is_suggested_and_no_far_one() {
        const NAMES: &[&str] = &["header", "query", "delivery_id", "hmac-sha256", "sha1"];
        for (written, want) in [
            ("heder", Some("header")),
            ("Header", Some("header")),
            ("haeder", Some("header")),
            ("qeury", Some("query")),
            ("delivery-id", Some("delivery_id")),
            ("HMAC_SHA256", Some("hmac-sha256")),
            ("cookie", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, NAMES), want, "{written}");
        }
        assert_eq!(nearest(&"h".repeat(10_000), NAMES), None);
    }

    #[test]
    fn secrets_are_known_by_their_names_and_forms() {
        for name in ["secret", "Signing-Secret", "api_key", "password", "token", "PRIVATE_KEY"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["key", "key_id", "signed", "header"] {
            assert!(!names_a_secret(name), "{name}");
        }
        assert!(is_a_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert!(!is_a_secret("whsec"));
    }
}
