//! hookgate as a tower layer: webhooks verified over the raw bytes, in any HTTP stack on `http` 1.
//!
//! For axum there is `hookgate-axum`, which adds extractors and a one-line route. This crate knows
//! no framework: it wraps any `Service<http::Request<B>>`, reads the body frame by frame, lets the
//! [core](hookgate) judge it, and hands on the request with the verified body put back and the
//! [`Delivery`](hookgate::Delivery) in its extensions.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use hookgate::harmonizely::Harmonizely;
//! use hookgate::sign::{sign, samples};
//! use hookgate::{Delivery, Endpoint};
//! use hookgate_tower::WebhookLayer;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! async fn handle(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let delivery = request.extensions().get::<Delivery>();
//!     assert!(delivery.is_some_and(|delivery| !delivery.body().is_empty()));
//!     Ok(Response::default())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
//! let service = ServiceBuilder::new()
//!     .layer(WebhookLayer::<Full<Bytes>>::new(endpoint))
//!     .service_fn(handle);
//!
//! let request = sign(&Harmonizely, "the webhook's secret", samples::harmonizely("/hooks"))?;
//! let response = service.oneshot(request.into_http::<Full<Bytes>>()?).await?;
//! assert_eq!(response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).map_err(|error| error.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bodies
//!
//! The layer's type pins the body that the inner service gets: `B: From<Bytes>`. What comes in may
//! be any [`http_body::Body`]. The inner service's response body has to be one and `From<Bytes>` as
//! well, so that passing answers are not boxed again: a layer that changes the response body, such as
//! compression, goes outside this one, or has a map of the response's body between.
//!
//! A body that comes with `Content-Encoding: gzip` is handed on plain, once what the provider signs
//! was verified, with a head that describes it. Other codings are answered 415.
//!
//! # Refusals
//!
//! A refused request is an `Ok` response with the [`Rejection`](hookgate::Rejection) in its
//! extensions; the inner service's error type stays as it is.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` (default) | bodies compressed with gzip; without it they are refused, as other codings are |
//! | `tokio` (default) | [`WebhookLayer::new`], on tokio's timer |
//! | `metrics` | the counter `hookgate_requests_total` through the `metrics` facade |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod future;
mod layer;
mod restore;
mod service;
mod through;
#[cfg(feature = "tokio")]
mod timer;

pub use hookgate;

pub use self::body::HttpFrames;
pub use self::future::ResponseFuture;
pub use self::layer::WebhookLayer;
pub use self::restore::restore;
pub use self::service::WebhookService;
pub use self::through::{Behind, Through};
#[cfg(feature = "tokio")]
pub use self::timer::TokioTimer;
