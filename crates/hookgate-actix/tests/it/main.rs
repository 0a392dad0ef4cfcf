//! The adapter through actix-web's own test service, and over sockets where the wire matters.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod body;
mod guard;
mod refusals;
mod routes;
mod server;
mod support;
mod wire;
mod wiring;
