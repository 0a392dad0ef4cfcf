//! The guards by hand, against a model, behind both frameworks, and with a real Redis.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod evictions;
mod guards;
mod http;
mod memory;
mod model;
#[cfg(feature = "redis")]
mod redis;
mod refused;
#[cfg(feature = "redis")]
mod server;
mod support;
