//! The faults that other receivers were found to have, as tests of ours: each through both
//! adapters, over sockets, with a client that misbehaves.
//!
//! The number in a test's name is the number of the fault, or of the attack, in the project's
//! notes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod acme;
mod bodies;
mod client;
mod deliveries;
mod http2;
mod observing;
mod readiness;
mod server;
mod signatures;
mod transport;
