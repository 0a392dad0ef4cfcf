//! Receive webhooks in axum: verified over the raw bytes, as typed events.
//!
//! # One line
//!
//! [`webhook`] makes a route out of an endpoint and a handler. The handler's last argument is the
//! bare event, which is no extractor: without the gate, or under another provider's, it does not
//! compile.
//!
//! ```
//! use axum::{Router, extract::State, http::StatusCode};
//! use hookgate::harmonizely::{self, Harmonizely};
//! use hookgate::{BuildError, Endpoint};
//! use hookgate_axum::webhook;
//!
//! #[derive(Clone)]
//! struct Db;
//!
//! async fn on_meeting(State(_db): State<Db>, event: harmonizely::Event) -> StatusCode {
//!     println!("{}", event.name());
//!     StatusCode::OK
//! }
//!
//! fn app() -> Result<Router, BuildError> {
//!     let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
//!     Ok(Router::new().route("/hooks/harmonizely", webhook(endpoint, on_meeting)).with_state(Db))
//! }
//! # app().unwrap();
//! ```
//!
//! # A layer, for ordinary handlers
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use hookgate::harmonizely::{self, Harmonizely};
//! use hookgate::{BuildError, Endpoint};
//! use hookgate_axum::{Webhook, WebhookLayer};
//!
//! async fn on_meeting(Webhook(event): Webhook<harmonizely::Event>) {
//!     println!("{}", event.name());
//! }
//!
//! fn app() -> Result<Router, BuildError> {
//!     let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
//!     Ok(Router::new()
//!         .route("/hooks/harmonizely", post(on_meeting).layer(WebhookLayer::new(endpoint)))
//!         .route("/health", get(|| async { "fine" })))
//! }
//! # app().unwrap();
//! ```
//!
//! Put the layer on the route that receives, or on a nested router; on a whole application it
//! would gate `/health` too. `Webhook<Delivery>` takes everything that was verified, and
//! `Webhook<RawBody>` the bytes. A `Webhook` behind no gate, or behind another provider's, answers
//! 500 and says so.
//!
//! # What is verified
//!
//! The event and the delivery's body. The URI, the query and the headers that a handler can read
//! beside them are not: anyone can have written them.
//!
//! # The order of layers
//!
//! The gate is the body limit of its routes: later extractors see the whole body, whatever axum's
//! default. A layer that changes the response's body (compression, tracing) goes on the router,
//! outside the gate. One that reads or decompresses the request's body must not be outside it: the
//! gate verifies what the provider signs, which for most is the bytes on the wire, and then
//! decompresses gzip by itself. Other codings are answered 415.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` (default) | bodies compressed with gzip; without it they are refused, as other codings are |
//! | `routing` (default) | [`webhook`], [`webhook_tree`], [`webhook_into`], on axum itself; without it only `axum-core` is needed |
//! | `tokio` (default) | [`WebhookLayer::new`] and the routes, on tokio's timer |
//! | `metrics` | the counter `hookgate_requests_total` through the `metrics` facade |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod extract;
#[cfg(all(feature = "routing", feature = "tokio"))]
mod handler;
mod layer;
#[cfg(all(feature = "routing", feature = "tokio"))]
mod route;

pub use hookgate;

pub use self::extract::{Webhook, WebhookRejection};
#[cfg(all(feature = "routing", feature = "tokio"))]
pub use self::handler::EventHandler;
pub use self::layer::WebhookLayer;
#[cfg(all(feature = "routing", feature = "tokio"))]
pub use self::route::{webhook, webhook_into, webhook_tree};
