//! Small objects that are read as a whole: tokens and keys.

use serde_json::{Map, Value};

/// The object that a text is, if all readers read the same in it (see [`members`](super::members)).
pub(crate) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    super::members(text).ok()?;
    serde_json::from_slice(text).ok()
}
