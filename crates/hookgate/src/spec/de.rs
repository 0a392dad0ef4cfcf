//! serde over the tree of a file: each error says in which field it is and where that stands.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::error::{SECRET, hint, listed, names_a_secret};
use super::node::{Member, Node, Step, Value};

/// Why a field is refused.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    /// Where, as soon as that is known.
    pub(super) at: Option<usize>,
    /// The way to the field, innermost first.
    steps: Vec<Step>,
}

impl Problem {
    fn new(message: String) -> Self {
        Self { message, at: None, steps: Vec::new() }
    }

    fn at(mut self, at: usize) -> Self {
        self.at.get_or_insert(at);
        self
    }

    fn under(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// What is asked for, to go on from.
    pub(super) fn asks(&self) -> &str {
        self.message.strip_prefix("this ").unwrap_or(&self.message)
    }

    pub(super) fn path(&self) -> Vec<Step> {
        self.steps.iter().rev().cloned().collect()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    /// serde would quote the value, which may be a secret.
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let kind = match unexpected {
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
            Unexpected::Float(_) => "a number with a fraction",
            Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a text",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "a list",
            Unexpected::Map => "a table",
            _ => "something else",
        };
        Self::new(format!("this has to be {}, not {kind}", plain(expected)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("this has to be {}", plain(expected)))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("this has to be {}", plain(expected)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let hint = hint(variant, expected);
        Self::new(format!("this has to be {}{hint}", listed(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        if names_a_secret(field) {
            return Self::new(format!("this looks like a secret; {SECRET}"));
        }
        let hint = hint(field, expected);
        Self::new(format!("there is no such field, only {}{hint}", listed(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is missing")).under(Step::key(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` stands here twice"))
    }
}

/// What is expected, in the words of a file instead of Rust's.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match &*text {
        "u16" => "a whole number from 0 to 65535".into(),
        "u32" => "a whole number from 0 to 4294967295".into(),
        "u64" | "usize" => "a whole number from 0".into(),
        "a string" => "a text".into(),
        "a boolean" => "true or false".into(),
        "a sequence" => "a list".into(),
        _ => text,
    }
}

impl Node {
    fn is_not<T>(&self, what: &str) -> Result<T, Problem> {
        let message = format!("this has to be {what}, not {}", self.value.kind());
        Err(Problem::new(message).at(self.at))
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let result = match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Whole(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => Err(Problem::invalid_value(Unexpected::Other("number"), &visitor)),
            },
            Value::Number(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            #[cfg(feature = "toml")]
            Value::Date => Err(Problem::custom("this cannot be a date")),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter(), at: 0 }),
            Value::Table(members) => {
                visitor.visit_map(Members { members: members.iter(), value: None })
            }
        };
        result.map_err(|problem| problem.at(self.at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// serde's own code would also take a list of a struct's fields in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.value {
            Value::Table(_) => self.deserialize_any(visitor),
            _ => self.is_not("a table"),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let choice = match &self.value {
            Value::Text(name) => Choice { name, at: self.at, content: None },
            Value::Table(members) => match &**members {
                [member] => Choice { name: &member.key, at: member.at, content: Some(member) },
                _ => {
                    let message = format!("this has to be one of {}", listed(variants));
                    return Err(Problem::new(message).at(self.at));
                }
            },
            _ => return self.is_not(&listed(variants)),
        };
        visitor.visit_enum(choice).map_err(|problem| problem.at(self.at))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Problem> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at = at.saturating_add(1);
        let value = seed.deserialize(item).map_err(|problem| problem.under(Step::Index(at)))?;
        Ok(Some(value))
    }
}

struct Members<'de> {
    members: std::slice::Iter<'de, Member>,
    value: Option<&'de Member>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let Some(member) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some(member);
        let name = de::value::BorrowedStrDeserializer::new(&member.key);
        let key = seed.deserialize(name);
        let key = key.map_err(|error: Problem| error.at(member.at).under(Step::key(&member.key)));
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let member = self.value.take().ok_or_else(|| Problem::custom("a value is missing"))?;
        seed.deserialize(&member.node).map_err(|problem| problem.under(Step::key(&member.key)))
    }
}

/// One of several: its name, and what stands under it.
struct Choice<'de> {
    name: &'de str,
    at: usize,
    content: Option<&'de Member>,
}

impl Choice<'_> {
    fn inside(&self, problem: Problem) -> Problem {
        match self.content {
            Some(member) => problem.under(Step::key(&member.key)),
            None => problem,
        }
    }
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Problem> {
        let name = de::value::BorrowedStrDeserializer::new(self.name);
        match seed.deserialize(name) {
            Ok(value) => Ok((value, self)),
            Err(problem) => Err(self.inside(Problem::at(problem, self.at))),
        }
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.content {
            None => Ok(()),
            Some(member) => {
                let message = format!("`{}` stands alone, as a text", self.name);
                Err(Problem::new(message).at(member.at).under(Step::key(&member.key)))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        let member = self.content.ok_or_else(|| self.lacks_content())?;
        seed.deserialize(&member.node).map_err(|problem| self.inside(problem))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        let member = self.content.ok_or_else(|| self.lacks_content())?;
        member.node.deserialize_any(visitor).map_err(|problem| self.inside(problem))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let member = self.content.ok_or_else(|| self.lacks_content())?;
        let table = (&member.node).deserialize_struct("", fields, visitor);
        table.map_err(|problem| self.inside(problem))
    }
}

impl Choice<'_> {
    fn lacks_content(&self) -> Problem {
        let message = format!("`{0}` needs a value of its own: `{{ {0} = .. }}`", self.name);
        Problem::new(message).at(self.at)
    }
}
