//! Puts values where a scheme reads them.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;

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
                let slot = slot(&mut json, steps).ok_or(SignError::Body("an object there"))?;
                *slot = value.parse::<i64>().map_or(Value::String(value), Value::from);
                self.body = json.to_string().into();
            }
        }
        Ok(())
    }
}

fn pair(name: &[u8], value: &str) -> String {
    let encode = |text: &[u8]| percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("{}={}", encode(name), encode(value.as_bytes()))
}

/// The value at a path, made where objects lead to it.
fn slot<'j>(json: &'j mut Value, steps: &[Step]) -> Option<&'j mut Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(json);
    };
    let next = match (json, step) {
        (Value::Array(items), Step::Every) => items.first_mut(),
        (Value::Array(items), Step::Name(_, index)) => items.get_mut((*index)?),
        (Value::Object(members), Step::Name(name, _)) => {
            Some(members.entry(&**name).or_insert_with(|| Value::Object(serde_json::Map::new())))
        }
        _ => None,
    };
    slot(next?, rest)
}
