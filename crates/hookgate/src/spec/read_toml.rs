//! TOML as a tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::SpecError;
use super::node::{Member, Node, Value};

pub(super) fn parse(text: &str) -> Result<Node, SpecError> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        // Not its `Display`, which quotes the line.
        let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        SpecError::new(text, at, &[], message)
    })?;
    Ok(Node { at: table.span().start, value: members(table.into_inner()) })
}

fn members(table: DeTable<'_>) -> Value {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(key, value)| Member {
            at: key.span().start,
            key: key.into_inner().into_owned(),
            node: node(value),
        })
        .collect();
    // They come in the order of their names: of several mistakes the first in the file is told.
    members.sort_by_key(|member| member.at);
    Value::Table(members)
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Whole(number),
                // Over every field's range.
                Err(_) => Value::Whole(i128::MAX),
            }
        }
        DeValue::Float(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(items.into_iter().map(node).collect()),
        DeValue::Table(table) => members(table),
    };
    Node { at, value }
}
