//! The caches by hand, against a model, and behind both frameworks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod http;
mod keys;
mod model;
mod secrets;
mod support;
