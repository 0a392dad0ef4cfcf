//! Receive webhooks in actix-web: verified over the raw bytes, as typed events.
//!
//! A request reaches the handler only after its signature was verified over the bytes that came
//! in. [`hookgate`] does the verifying and knows the providers; this crate is the way through
//! actix-web.
//!
//! # One line
//!
//! [`webhook`] makes a route of an endpoint and a handler. The handler's last argument is the bare
//! event of the endpoint's provider, which is no extractor: without the gate, or behind another
//! provider's, it does not compile.
//!
//! ```no_run
//! use actix_web::{App, HttpResponse, HttpServer, web};
//! use hookgate_actix::hookgate::harmonizely::{self, Harmonizely};
//! use hookgate_actix::hookgate::{Endpoint, Secrets};
//! use hookgate_actix::webhook;
//!
//! async fn on_meeting(event: harmonizely::Event) -> HttpResponse {
//!     println!("{}", event.name());
//!     HttpResponse::Ok().finish()
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let secrets = Secrets::from_env("HARMONIZELY_SECRET")?;
//!     // Built once: its clones in the workers share the secrets and the bytes in flight.
//!     let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
//!     HttpServer::new(move || {
//!         let route = webhook(endpoint.clone(), on_meeting);
//!         App::new().service(web::resource("/hooks/harmonizely").route(route))
//!     })
//!     .bind(("127.0.0.1", 3000))?
//!     .run()
//!     .await?;
//!     Ok(())
//! }
//! ```
//!
//! [`webhook_tree`] takes everything under a path, [`webhook_into`] stores deliveries instead of
//! handling them.
//!
//! # A middleware
//!
//! [`WebhookMiddleware`] around a resource or a scope, for handlers that are ordinary handlers of
//! actix-web and take [`Webhook<T>`](Webhook).
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use hookgate_actix::hookgate::harmonizely::{self, Harmonizely};
//! use hookgate_actix::hookgate::{BuildError, Endpoint};
//! use hookgate_actix::{Webhook, WebhookMiddleware};
//!
//! async fn on_meeting(Webhook(event): Webhook<harmonizely::Event>) -> HttpResponse {
//!     println!("{}", event.name());
//!     HttpResponse::Ok().finish()
//! }
//!
//! fn hooks(app: &mut web::ServiceConfig, secret: &str) -> Result<(), BuildError> {
//!     let endpoint = Endpoint::builder(Harmonizely).secret(secret).build()?;
//!     app.service(
//!         web::resource("/hooks/harmonizely")
//!             .wrap(WebhookMiddleware::new(endpoint))
//!             .route(web::post().to(on_meeting)),
//!     );
//!     Ok(())
//! }
//! # let _ = App::new().configure(|app| hooks(app, "a secret").unwrap());
//! ```
//!
//! # Beside other middleware
//!
//! Of several `wrap`s the last one is the outermost, and sees the request first.
//!
//! - **`Compress`** belongs outside the gate, as around the application: it changes answers only.
//! - **Decompression** is nothing to set up. The gate verifies what the provider signs, which for
//!   most is the bytes on the wire, decompresses gzip only then, and hands on a plain body with a
//!   head that says so: `Webhook<T>` and `web::Bytes` see the same, and actix-web's extractors find
//!   nothing to decompress. Other codings are answered 415. A middleware of your own that
//!   decompresses, or touches the body in any way, belongs inside the gate.
//! - **`NormalizePath`** outside the gate changes the path that the gate sees. That matters to
//!   providers that sign the path, or where tenants are told apart by it.
//! - **`Logger`** sees refusals as responses with the [`Rejection`](hookgate::Rejection) in their
//!   extensions:
//!
//! ```
//! use actix_web::middleware::Logger;
//! use hookgate_actix::hookgate::Rejection;
//!
//! let logger = Logger::new("%r %s %{refused}xo").custom_response_replace("refused", |response| {
//!     let extensions = response.response().extensions();
//!     extensions.get::<Rejection>().map_or("-", |it| it.kind().code()).to_owned()
//! });
//! ```
//!
//! # What is not signed
//!
//! The path, the query, the headers, the cookies and the peer's address, unless the provider's
//! module says otherwise: extractors beside the event read what anyone can have written. What was
//! signed is the event, and what [`Content::signed`](hookgate::Content::signed) holds.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` (default) | bodies compressed with gzip; without it they are refused, as other codings are |
//! | `metrics` | the counter `hookgate_requests_total` through the `metrics` facade |
//!
//! Of actix-web this crate needs no feature. It builds with Rust 1.89 and
//! later, as actix-web 4.18 does.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod extract;
mod future;
mod handler;
mod head;
mod middleware;
mod request;
mod response;
mod route;
mod timer;

pub use hookgate;

pub use crate::extract::{Webhook, WebhookRejection};
pub use crate::future::WebhookFuture;
pub use crate::handler::EventHandler;
pub use crate::middleware::{WebhookMiddleware, WebhookService};
pub use crate::route::{webhook, webhook_into, webhook_tree};
pub use crate::timer::ActixTimer;
