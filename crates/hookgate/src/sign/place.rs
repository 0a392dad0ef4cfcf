//! Puts values where a scheme reads them.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Map, Value};

use super::{SignError, SignedRequest};
use crate::json::Step;
use crate::scheme::Placement;

impl SignedRequest {
    pub(super) fn put(&mut self, placement: Placement<'_>) -> Result<(), SignError> {
        match placement {
            Placement::Header(name, value) => self.headers.push((name, value)),
            Placement::Query(name, value) => {
                let separator = if self.target.contains('?') { '&' } else { '?' };
                self.target.push(separator);
                self.target.push_str(&pair(name, &value));
            }
            Placement::Form(name, value) => {
                let mut body = self.body.to_vec();
                if !body.is_empty() {
                    body.push(b'&');
                }
                body.extend_from_slice(pair(name, &value).as_bytes());
                self.body = body.into();
            }
            Placement::Json(steps, value) => {
                let mut json: Value = serde_json::from_slice(&self.body)
                    .map_err(|_| SignError::Body("a JSON text"))?;
                set(&mut json, steps, &scalar(value)).ok_or(SignError::Body("an object there"))?;
                self.body = json.to_string().into();
            }
        }
        Ok(())
    }
}

pub(super) fn pair(name: &[u8], value: &str) -> String {
    let encode = |text: &[u8]| percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("{}={}", encode(name), encode(value.as_bytes()))
}

/// A number where the text is the one way to write it: times and ids are numbers at many
/// providers, and both are read alike.
fn scalar(text: String) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ => Value::String(text),
    }
}

/// Puts a value at a path, which is made where nothing stands in its way. Where it leads to every
/// element of an array, all of them get it.
fn set(json: &mut Value, steps: &[Step], value: &Value) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        *json = value.clone();
        return Some(());
    };
    match step {
        Step::Every => {
            if matches!(json, Value::Object(members) if members.is_empty()) {
                *json = Value::Array(vec![Value::Object(Map::new())]);
            }
            let items = json.as_array_mut().filter(|items| !items.is_empty())?;
            items.iter_mut().try_for_each(|item| set(item, rest, value))
        }
        Step::Name(name, index) => {
            let next = match json {
                Value::Array(items) => items.get_mut((*index)?)?,
                Value::Object(members) => {
                    members.entry(&**name).or_insert_with(|| Value::Object(Map::new()))
                }
                _ => return None,
            };
            set(next, rest, value)
        }
    }
}
