//! A request as both sides get it.

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate_conformance::Row;
use serde_json::json;

/// A request, the secret that the endpoint holds, and the clock.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) secret: String,
    pub(crate) now: i64,
}

impl Request {
    /// The value of a header that is there once.
    pub(crate) fn value(&mut self, name: &str) -> &mut String {
        let mut values = self.headers.iter_mut().filter(|(header, _)| header == name);
        let (_, value) = values.next().unwrap();
        assert!(values.next().is_none(), "{name} occurs twice");
        value
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.into(), value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(header, _)| header != name);
    }

    /// As a row of the conformance table.
    pub(crate) fn row(&self, id: &str, provider: &str, accept: bool) -> Row {
        let row = json!({
            "id": id,
            "provider": provider,
            "secrets": [self.secret],
            "now": self.now,
            "request": {
                "method": "POST",
                "url": self.url,
                "headers": self.headers,
                "body_base64": BASE64_STANDARD.encode(&self.body),
            },
            "verdict": if accept { "accept" } else { "reject" },
        });
        serde_json::from_value(row).unwrap()
    }
}
