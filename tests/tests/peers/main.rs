//! Verdicts beside those of two peers, the crates `webhook-verify` and `standardwebhooks`: what our
//! signer makes they accept, what they refuse we refuse, and where verdicts differ the difference is
//! in one table, with its reason.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod agreement;
mod differences;
mod mutations;
mod peer;
mod properties;
mod request;
mod sender;
