//! The guards by hand, against a model, behind both frameworks, and with a real Redis.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking and say what they skip"
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
