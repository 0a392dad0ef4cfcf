//! The handshakes of providers, each through the core, tower, and both adapters in both forms.
//!
//! The number in a test's name is the number of the attack in the project's notes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod acknowledgements;
mod asking;
mod drive;
mod learning;
mod published;
mod table;
mod tenants;
