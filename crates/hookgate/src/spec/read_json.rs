//! JSON as a tree.

use serde::de::IgnoredAny;

use super::error::SpecError;
use super::node::{Member, Node, Step, Value};

/// How deep tables and lists may be nested: schemes need five.
const MAX_DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Node, SpecError> {
    // The grammar is serde_json's: what comes after this relies on it.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let message = format!("this is not JSON: {message}");
        return Err(SpecError::at_line(error.line().max(1), error.column().max(1), message));
    }
    Reader { text, at: 0, path: Vec::new() }.node()
}

/// Reads a text that is known to be JSON.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: Vec<Step>,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let skipped = rest.iter().take_while(|byte| space(byte)).count();
        self.at = self.at.saturating_add(skipped);
        self.text.as_bytes().get(self.at).copied()
    }

    /// Whether the next token is this byte, which is then behind us.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at = self.at.saturating_add(usize::from(is_next));
        is_next
    }

    fn fails<T>(&self, at: usize, message: &str) -> Result<T, SpecError> {
        Err(SpecError::new(self.text, at, &self.path, message.into()))
    }

    fn node(&mut self) -> Result<Node, SpecError> {
        let next = self.peek();
        let at = self.at;
        if self.path.len() > MAX_DEPTH {
            return self.fails(at, "this is nested too deep");
        }
        let value = match next {
            Some(b'{') => Value::Table(self.members()?),
            Some(b'[') => Value::List(self.items()?),
            Some(b'"') => Value::Text(self.text()?),
            _ => match self.token() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => match number.parse::<i128>() {
                    Ok(number) => Value::Whole(number),
                    Err(_) if number.contains(['.', 'e', 'E']) => {
                        Value::Number(number.parse().unwrap_or(f64::NAN))
                    }
                    // Over every field's range.
                    Err(_) => Value::Whole(i128::MAX),
                },
            },
        };
        Ok(Node { at, value })
    }

    fn members(&mut self) -> Result<Vec<Member>, SpecError> {
        let mut members: Vec<Member> = Vec::new();
        self.takes(b'{');
        while self.peek() == Some(b'"') {
            let at = self.at;
            let key = self.text()?;
            self.takes(b':');
            self.path.push(Step::key(&key));
            if members.iter().any(|member| member.key == key) {
                return self.fails(at, "this stands in the table twice");
            }
            let node = self.node()?;
            self.path.pop();
            members.push(Member { key, at, node });
            self.takes(b',');
        }
        self.takes(b'}');
        Ok(members)
    }

    fn items(&mut self) -> Result<Vec<Node>, SpecError> {
        let mut items = Vec::new();
        self.takes(b'[');
        while !matches!(self.peek(), Some(b']') | None) {
            self.path.push(Step::Index(items.len()));
            items.push(self.node()?);
            self.path.pop();
            self.takes(b',');
        }
        self.takes(b']');
        Ok(items)
    }

    /// A string, with its escapes taken out.
    fn text(&mut self) -> Result<String, SpecError> {
        let start = self.at;
        let mut escaped = false;
        let rest = self.text.as_bytes().get(start.saturating_add(1)..).unwrap_or_default();
        let inside = rest.iter().take_while(|byte| {
            let ends = **byte == b'"' && !escaped;
            escaped = **byte == b'\\' && !escaped;
            !ends
        });
        let end = start.saturating_add(inside.count()).saturating_add(2);
        self.at = end;
        let quoted = self.text.get(start..end).unwrap_or_default();
        // Half of a surrogate pair is in the grammar, and is no text.
        serde_json::from_str(quoted).or_else(|_| self.fails(start, "this is not a text"))
    }

    /// A number, or one of the three words.
    fn token(&mut self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = |letter: char| matches!(letter, ',' | ']' | '}' | ' ' | '\t' | '\n' | '\r');
        let token = rest.split(ends).next().unwrap_or_default();
        // One byte at least, so that reading ends whatever the text is.
        self.at = self.at.saturating_add(token.len().max(1));
        token
    }
}
