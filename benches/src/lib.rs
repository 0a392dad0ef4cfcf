//! What a gate costs: contenders that all do the same job, and the loops that measure them.
//!
//! `benches/gate.rs` is the table in process; the other benches run when they are named. `README.md` has the method and the figures.

#![expect(
    missing_docs,
    missing_debug_implementations,
    reason = "a benchmark's own parts, which nobody else calls"
)]
#![expect(clippy::exhaustive_structs, clippy::exhaustive_enums, reason = "never published")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "it stops loudly"
)]
#![expect(clippy::print_stdout, reason = "its output is the table")]

pub mod actix;
pub mod axum;
pub mod booking;
pub mod contender;
pub mod delivery;
pub mod frames;
pub mod github;
pub mod load;
pub mod measure;
pub mod process;
pub mod request;
pub mod schemes;
pub mod serve;
pub mod server;
pub mod table;
pub mod upload;

pub use self::booking::Booking;
pub use self::contender::{Contender, Framework};
pub use self::delivery::{Delivery, SECRET};
