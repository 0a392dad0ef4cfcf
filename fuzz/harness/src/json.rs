//! A second reader of JSON: serde_json for the grammar, and short, slow code for the rest.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The deepest nesting that the core reads.
const DEEPEST: usize = 64;

/// The text, where the core has to take it as JSON.
pub(crate) fn checked(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let (mut depth, mut deepest, mut in_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    (deepest <= DEEPEST).then_some(text)
}

/// The members of an object, as texts. A key that is no Unicode text is `None`.
pub(crate) struct Members<'a>(pub(crate) Vec<(Option<String>, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push((text(key.get()), value.get()));
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Read)
    }
}

/// The members of a checked text, `None` where it is no object.
pub(crate) fn members(json: &str) -> Option<Vec<(Option<String>, &str)>> {
    serde_json::from_str::<Members<'_>>(json).ok().map(|members| members.0)
}

/// The text of a JSON string.
pub(crate) fn text(json: &str) -> Option<String> {
    serde_json::from_str::<Cow<'_, str>>(json).ok().map(Cow::into_owned)
}

/// What stands at a path of keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum At {
    Unreadable,
    Nothing,
    Text(String),
}

pub(crate) fn at(body: &[u8], path: &[&str]) -> At {
    let Some(mut json) = checked(body) else {
        return At::Unreadable;
    };
    for key in path {
        let Some(members) = members(json) else {
            return At::Nothing;
        };
        let mut named = members.into_iter().filter(|(name, _)| name.as_deref() == Some(key));
        match (named.next(), named.next()) {
            (Some((_, value)), None) => json = value,
            (None, _) => return At::Nothing,
            (Some(_), Some(_)) => return At::Unreadable,
        }
    }
    text(json).map_or(At::Nothing, At::Text)
}

/// Whether some object holds a key twice, or one that is no Unicode text.
pub(crate) fn has_odd_keys(json: &str) -> bool {
    if let Some(members) = members(json) {
        let mut keys: Vec<_> = members.iter().map(|(key, _)| key).collect();
        keys.sort();
        let count = keys.len();
        keys.dedup();
        return keys.len() < count
            || keys.contains(&&None)
            || members.iter().any(|(_, value)| has_odd_keys(value));
    }
    let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    items.iter().any(|item| has_odd_keys(item.get()))
}

/// `JSON.stringify(JSON.parse(body))`, `None` where the core refuses to write it.
pub(crate) fn stringify(body: &[u8]) -> Option<String> {
    let text = checked(body)?;
    let mut reader = Reader { rest: text };
    reader.value()
}

/// Reads a text that is known to be JSON.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn takes(&mut self, token: char) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Option<String> {
        if self.takes('{') {
            return self.object();
        }
        if self.takes('[') {
            let mut items = Vec::new();
            while !self.takes(']') {
                items.push(self.value()?);
                self.takes(',');
            }
            return Some(format!("[{}]", items.join(",")));
        }
        if self.rest.starts_with('"') {
            return Some(quoted(&self.string()?));
        }
        let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r']);
        let (token, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match token {
            "true" | "false" | "null" => Some(token.into()),
            _ => Some(number(token.parse().ok()?)),
        }
    }

    fn object(&mut self) -> Option<String> {
        let mut members: Vec<(String, String)> = Vec::new();
        while !self.takes('}') {
            self.space();
            let key = quoted(&self.string()?);
            self.takes(':');
            let value = self.value()?;
            if members.iter().any(|(other, _)| *other == key) {
                return None;
            }
            members.push((key, value));
            self.takes(',');
        }
        let index = |key: &str| {
            let digits = key.trim_matches('"');
            let index = digits.parse::<u32>().ok()?;
            (index < u32::MAX && index.to_string() == digits).then_some(index)
        };
        // Stable: what is no index stays in its order.
        members.sort_by_key(|(key, _)| index(key).map_or((true, 0), |index| (false, index)));
        let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        Some(format!("{{{}}}", members.join(",")))
    }

    /// A string as UTF-16, in which half a surrogate pair can stand.
    fn string(&mut self) -> Option<Vec<u16>> {
        let mut units = Vec::new();
        let mut chars = self.rest.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => {
                    let unit = match chars.next()? {
                        'b' => 8,
                        't' => 9,
                        'n' => 10,
                        'f' => 12,
                        'r' => 13,
                        'u' => (0..4).try_fold(0_u32, |unit, _| {
                            Some(unit * 16 + chars.next()?.to_digit(16)?)
                        })?,
                        other => u32::from(other),
                    };
                    units.push(u16::try_from(unit).ok()?);
                }
                other => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
            }
        }
        self.rest = chars.as_str();
        Some(units)
    }
}

fn quoted(units: &[u16]) -> String {
    let mut out = String::from("\"");
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\r') => out.push_str("\\r"),
            Ok(c) if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            Ok(c) => out.push(c),
            Err(half) => out.push_str(&format!("\\u{:04x}", half.unpaired_surrogate())),
        }
    }
    out.push('"');
    out
}

/// `Number::toString` of ECMAScript, from the shortest digits as Rust finds them.
fn number(number: f64) -> String {
    if !number.is_finite() {
        return "null".into();
    }
    if number == 0.0 {
        return "0".into();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let shortest = format!("{:e}", number.abs());
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = digits.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Digits before the point.
    let whole = exponent + 1;
    let count = i32::try_from(digits.len()).unwrap_or_default();
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let text = if (1..=21).contains(&whole) {
        if count <= whole {
            format!("{digits}{}", zeros(whole - count))
        } else {
            let (before, after) = digits.split_at(usize::try_from(whole).unwrap_or_default());
            format!("{before}.{after}")
        }
    } else if (-5..=0).contains(&whole) {
        format!("0.{}{digits}", zeros(-whole))
    } else {
        let (first, more) = digits.split_at(1);
        let point = if more.is_empty() { "" } else { "." };
        let plus = if exponent < 0 { "" } else { "+" };
        format!("{first}{point}{more}e{plus}{exponent}")
    };
    format!("{sign}{text}")
}
