//! Random JSON texts: a value, and one of the many ways to write it.

use std::collections::HashSet;

use proptest::{collection::vec, prelude::*, sample::Index};

/// A value whose strings are UTF-16, as JavaScript has them.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Literal(&'static str),
    Number(String),
    Text(Vec<u16>),
    Array(Vec<Json>),
    Object(Vec<(Vec<u16>, Json)>),
}

/// Which values there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// All that JavaScript takes.
    JavaScript,
    /// Without lone surrogates and numbers beyond `f64`, which `serde_json` refuses.
    Portable,
}

fn utf16(text: impl AsRef<str>) -> Vec<u16> {
    text.as_ref().encode_utf16().collect()
}

fn text(flavour: Flavour) -> impl Strategy<Value = Vec<u16>> + Clone {
    let unit = prop_oneof![
        6 => 0x20u16..0x7f,
        2 => 0u16..0x20,
        2 => prop::sample::select(vec![0x22u16, 0x5c, 0x2f, 0x7f, 0x2028, 0x2029, 0xfeff]),
        2 => 0x80u16..0xd800,
        3 => 0xd800u16..0xe000,
        1 => 0xe000u16..=0xffff,
    ];
    vec(unit, 0..24).prop_map(move |units| match flavour {
        Flavour::JavaScript => units,
        Flavour::Portable => utf16(char::decode_utf16(units).flatten().collect::<String>()),
    })
}

fn number(flavour: Flavour) -> impl Strategy<Value = String> {
    let token = prop_oneof![
        "-?(0|[1-9][0-9]{0,2})",
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        "-?(0|[1-9])\\.0{0,8}[0-9]{1,17}(e-?[0-9])?",
        any::<f64>()
            .prop_filter("JSON has no NaN", |n| n.is_finite())
            .prop_map(|n| format!("{n:?}")),
        any::<u64>().prop_map(|n| n.to_string()),
    ];
    token.prop_filter("beyond f64", move |token| {
        flavour == Flavour::JavaScript || token.parse().is_ok_and(f64::is_finite)
    })
}

fn key(flavour: Flavour) -> impl Strategy<Value = Vec<u16>> + Clone {
    prop_oneof![
        4 => (0u32..30).prop_map(|n| utf16(n.to_string())),
        1 => (4_294_967_290u64..4_294_967_300).prop_map(|n| utf16(n.to_string())),
        1 => "[0-9]{1,12}".prop_map(utf16),
        1 => "-?[0-9]{1,2}(\\.0|e1)?".prop_map(utf16),
        4 => "[a-e]".prop_map(utf16),
        1 => "__proto__|toJSON|constructor|length".prop_map(utf16),
        3 => text(flavour),
    ]
}

/// A value in which no object has a key twice.
pub(super) fn json(flavour: Flavour) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        1 => prop::sample::select(vec!["null", "true", "false"]).prop_map(Json::Literal),
        2 => number(flavour).prop_map(Json::Number),
        2 => text(flavour).prop_map(Json::Text),
    ];
    let tree = leaf.prop_recursive(6, 48, 8, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..6).prop_map(Json::Array),
            2 => object(flavour, inner),
        ]
    });
    // A bare scalar is rarely what is of interest.
    prop_oneof![1 => tree.clone(), 4 => object(flavour, tree)]
}

fn object(flavour: Flavour, value: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    vec((key(flavour), value), 0..8).prop_map(|mut members| {
        let mut seen = HashSet::new();
        members.retain(|(key, _)| seen.insert(key.clone()));
        Json::Object(members)
    })
}

/// A text and the value that it says.
pub(super) fn written(flavour: Flavour) -> impl Strategy<Value = (Json, String)> {
    (json(flavour), any::<u64>()).prop_map(|(json, seed)| {
        let text = json.write(&mut Choices::new(seed));
        (json, text)
    })
}

/// A text with a few characters taken out, put in or replaced.
pub(super) fn damaged(flavour: Flavour) -> impl Strategy<Value = String> {
    let token: Vec<char> =
        "{}[]\",:\\/u0123456789eE+-.tfn \t\n\u{0}\u{b}\u{e9}'adD".chars().collect();
    let change = (any::<Index>(), any::<bool>(), prop::option::of(prop::sample::select(token)));
    (written(flavour), vec(change, 1..4)).prop_map(|((_, text), changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (index, keep, token) in changes {
            let at = index.index(chars.len().saturating_add(1));
            let end = if keep { at } else { at.saturating_add(1).min(chars.len()) };
            chars.splice(at..end, token);
        }
        chars.into_iter().collect()
    })
}

/// A cheap source of choices, all from one seed, so that texts shrink with it.
pub(super) struct Choices(u64);

impl Choices {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of `count` numbers (splitmix64).
    fn pick(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(count).unwrap_or_default()
    }
}

impl Json {
    /// The value as text, with white space and escapes as `choices` will have them.
    pub(super) fn write(&self, choices: &mut Choices) -> String {
        let mut out = String::new();
        self.write_to(&mut out, choices);
        out
    }

    fn write_to(&self, out: &mut String, choices: &mut Choices) {
        write_space(out, choices);
        match self {
            Self::Literal(word) => out.push_str(word),
            Self::Number(token) => out.push_str(token),
            Self::Text(units) => write_text(units, out, choices),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write_to(out, choices);
                }
                write_space(out, choices);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    write_space(out, choices);
                    write_text(key, out, choices);
                    write_space(out, choices);
                    out.push(':');
                    value.write_to(out, choices);
                }
                write_space(out, choices);
                out.push('}');
            }
        }
        write_space(out, choices);
    }

    /// Adds a key of some object to the same object again; false when there is none.
    pub(super) fn repeat_a_key(&mut self) -> bool {
        match self {
            Self::Object(members) => {
                // The innermost, which is the harder one to see.
                if members.iter_mut().any(|(_, value)| value.repeat_a_key()) {
                    return true;
                }
                let again = members.first().cloned();
                let found = again.is_some();
                members.extend(again);
                found
            }
            Self::Array(items) => items.iter_mut().any(Self::repeat_a_key),
            _ => false,
        }
    }
}

fn write_space(out: &mut String, choices: &mut Choices) {
    out.push_str(match choices.pick(12) {
        0 => " ",
        1 => "\n\t",
        2 => "\r\n  ",
        _ => "",
    });
}

fn write_text(units: &[u16], out: &mut String, choices: &mut Choices) {
    out.push('"');
    for item in char::decode_utf16(units.iter().copied()) {
        let c = match item {
            Ok(c) => c,
            Err(lone) => {
                write_unit(lone.unpaired_surrogate(), out, choices);
                continue;
            }
        };
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '/' => "\\/",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => "",
        };
        let plain = c >= ' ' && c != '"' && c != '\\';
        match choices.pick(6) {
            0 | 1 if !short.is_empty() => out.push_str(short),
            0 => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| write_unit(unit, out, choices))
            }
            _ if plain => out.push(c),
            _ if !short.is_empty() => out.push_str(short),
            _ => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| write_unit(unit, out, choices))
            }
        }
    }
    out.push('"');
}

fn write_unit(unit: u16, out: &mut String, choices: &mut Choices) {
    out.push_str(&match choices.pick(2) {
        0 => format!("\\u{unit:04x}"),
        _ => format!("\\u{unit:04X}"),
    });
}
