//! Fuzz targets over hookgate's public API: each takes any bytes, and panics on a broken invariant.
//!
//! A fuzzer cannot guess a MAC, so inputs name the places where a right one belongs (`{hex}`,
//! `{b64}`), and the harness makes it with a signer of its own. What has to come out is told by a
//! reader of the harness's own, which shares no code with the core: a request has to be delivered if
//! and only if that reader says so, whatever its chunking, with the content that was signed.

mod adapters;
mod challenge;
mod content;
mod driver;
mod events;
mod gzip;
mod handshake;
mod ioffice;
mod json;
mod mac;
mod mutate;
mod request;
mod requests;
mod scan;
mod schemes;
mod signature;
mod template;
mod tenants;

pub use self::adapters::adapters;
pub use self::challenge::challenge;
pub use self::content::content;
pub use self::driver::driver;
pub use self::events::events;
pub use self::gzip::gzip;
pub use self::handshake::handshake;
pub use self::ioffice::ioffice;
pub use self::mutate::Mutations;
pub use self::requests::{chunking, requests};
pub use self::scan::{javascript, json_scan};
pub use self::schemes::schemes;
pub use self::signature::signature;
pub use self::template::template;
pub use self::tenants::tenants;

/// A target: it panics where an invariant is broken.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("adapters", adapters),
    ("challenge", challenge),
    ("chunking", chunking),
    ("content", content),
    ("driver", driver),
    ("events", events),
    ("gzip", gzip),
    ("handshake", handshake),
    ("ioffice", ioffice),
    ("javascript", javascript),
    ("json_scan", json_scan),
    ("requests", requests),
    ("schemes", schemes),
    ("signature", signature),
    ("template", template),
    ("tenants", tenants),
];

/// An input that broke an invariant, or a harness that is wrong.
#[expect(clippy::panic, reason = "a target reports by panicking")]
pub(crate) fn broken(what: &str) -> ! {
    panic!("{what}")
}

/// What has to be there.
pub(crate) fn must<T>(value: Option<T>, what: &str) -> T {
    value.unwrap_or_else(|| broken(what))
}
