//! Verify webhooks over the raw bytes, and hand the handler a typed event.
//!
//! This is the core: it verifies, buffers and decodes, and knows no runtime and no framework. To
//! receive webhooks in a server, use `hookgate-axum`, `hookgate-actix`, or `hookgate-tower` for
//! any other tower stack; they drive this crate and share its types.
//!
//! # What it does
//!
//! A request reaches the handler only after its signature was verified over the bytes that came
//! in, before any JSON parser, decompression or character set touched them. What the handler gets
//! holds only what was signed. What is wrong is refused with 400 and a reason in the log.
//!
//! # What it does not do
//!
//! It does not register webhooks with providers, does not keep deliveries (a
//! [`Sink`](ports::Sink) does), and cannot tell a replay from a repeat where the provider signs
//! neither a time nor an id.
//!
//! # The way of a request
//!
//! ```text
//!            head                  frames                          event
//!  sender ─────────▶ endpoint.open ─────────▶ check.push/finish ─────────▶ handler
//!                      │ 400 405 413 415        │ 400 408 413 503           │ 400
//! ```
//!
//! A request that asks whether the address takes webhooks is answered by the gate: see
//! [`handshake`].
//!
//! # Compressed bodies
//!
//! A body that comes with `Content-Encoding: gzip` (or `x-gzip`) is verified in the form that its
//! provider signs, the bytes on the wire unless the scheme [says others](scheme::Covered), and
//! decompressed after that: events, [`Content::body`], sinks and the framework's own extractors see
//! the plain bytes, and the head that is passed on describes them. Any number of members makes one
//! body (RFC 1952, section 2.2); one that is cut short or damaged, or followed by anything else, is
//! refused with 400. What comes out is bounded as what comes in is: by the body limit (413, at the
//! first byte over it) and by the bytes in flight (503). Decompressing takes about 45 KiB beside that,
//! and is done in one go, as hashing is. Other codings, several, and a header that occurs twice are
//! refused by the head, with 415 and what is taken in `Accept-Encoding`.
//!
//! The header is not signed: whoever replays a delivery can leave it out, and the handler then gets
//! the bytes that were signed as they are, which decode as no event. To a replay guard it is the
//! same delivery.
//!
//! # Start
//!
//! ```
//! use hookgate::{Endpoint, Secrets, harmonizely::Harmonizely};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secrets = Secrets::new("the webhook's secret");
//! # if false {
//! let secrets = Secrets::from_env("HARMONIZELY_SECRET")?;
//! # }
//! let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
//! // axum:       .route("/hooks/harmonizely", hookgate_axum::webhook(endpoint, on_meeting))
//! // actix-web:  web::resource("/hooks/harmonizely").route(hookgate_actix::webhook(endpoint, on_meeting))
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//!
//! No default accepts: an endpoint without a secret cannot be built, and a check that cannot be
//! made is a refusal. The scheme pins the algorithm. Signatures are compared as bytes, in constant
//! time. Every failed check looks the same from outside. Bodies, headers, nesting and waiting are
//! bounded before authentication and after. No secret, expected signature or payload stands in an
//! error, a log, a `Debug` or a response. Everything that weakens a check lives in [`dangerous`].
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` (default) | bodies compressed with gzip; without it they are refused, as other codings are |
//! | `http` (default) | [`RequestHead`] for the types of `http` 1, replies as its responses |
//! | `sign` | `sign`: the provider's half, for tests and tools |
//! | `testing` | `testing`: deliveries through the real check, for users' tests |
//! | `serde` | `spec`: schemes and providers as tables, in JSON or any format of serde's |
//! | `toml` | the same from TOML, with line and field of every mistake; brings `serde` |
//! | `metrics` | the counter `hookgate_requests_total` through the `metrics` facade |
//! | `ed25519` | signatures with Ed25519, on `ed25519-dalek` |
//! | `ecdsa` | signatures with ECDSA on P-256, on `p256` |
//! | `rsa` | signatures with RSA (PKCS #1 v1.5), on `aws-lc-rs`, which needs a C compiler |
//! | `jwt` | JSON Web Tokens that bind the request, on `jsonwebtoken` with `aws-lc-rs` |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod budget;
mod buffer;
pub mod catalogue;
pub mod check;
mod coding;
mod content;
pub mod dangerous;
mod decode;
mod delivery;
pub mod driver;
mod endpoint;
mod form;
pub mod handshake;
mod head;
mod json;
mod jwt;
mod keys;
pub mod ports;
mod provider;
mod providers;
mod public;
mod rejection;
mod reply;
pub mod scheme;
mod secret;
#[cfg(feature = "sign")]
pub mod sign;
#[cfg(feature = "serde")]
pub mod spec;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

pub use crate::budget::Budget;
pub use crate::content::{Content, Coverage, Metadata};
pub use crate::decode::{
    Batch, BatchItem, DecodeError, ExtractError, FromContent, FromDelivery, JsonEvent, RawBody,
    SenderOnly, extract, json, json_object,
};
pub use crate::delivery::{Delivery, DeliveryKey, Named, RebuiltHead};
pub use crate::endpoint::{AnyEndpoint, BuildError, Endpoint, EndpointBuilder, LiveSecrets};
pub use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, Reserialise, SignedPart};
pub use crate::handshake::Handshake;
pub use crate::head::RequestHead;
pub use crate::jwt::{
    Absent, Audience, BodyHash, ClaimRules, ClaimValue, HashEncoding, Presence, RequiredClaim,
};
pub use crate::provider::{Dedupe, Habits, Provider, Sends, UnknownEvents};
pub use crate::providers::{
    ace, adyen, braintree, contentful, ebay, harmonizely, ioffice, mobile_assistant, paypal, plivo,
    pubsub, screenmeet, sns,
};
pub use crate::public::PublicKeyError;
pub use crate::rejection::{Refusal, Rejection, RejectionKind};
pub use crate::reply::{FixedReply, Reply};
pub use crate::secret::{EnvError, FileError, Secret, SecretError, Secrets, Warning};
pub use crate::time::UnixTime;
