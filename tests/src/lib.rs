//! One table of vectors, driven through the core, a tower service, an axum router and an actix app.
//!
//! A vector is one request and the verdict that a correct receiver reaches; `tests/vectors/README.md`
//! describes the files. Every path gets the same row over its own real request type, and all paths
//! have to agree.

mod endpoint;
mod outcome;
pub mod paths;
pub mod run;
mod table;
mod vector;

pub use self::endpoint::{NoEndpoint, endpoint};
pub use self::outcome::Outcome;
pub use self::table::table;
pub use self::vector::{Row, Verdict, read};

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
