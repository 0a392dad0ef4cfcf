//! The layer.

use std::fmt;

use hookgate::AnyEndpoint;
use hookgate::driver::{Gate, Timer};
use http::Request;
use tower_layer::Layer;

use crate::restore::Prepare;
use crate::service::WebhookService;

/// Puts an endpoint's gate in front of a service. See the [crate](crate) for an example.
///
/// `B` is the body that the inner service gets. All policy is the endpoint's.
pub struct WebhookLayer<B> {
    gate: Gate,
    prepare: Option<Prepare<B>>,
}

impl<B> WebhookLayer<B> {
    /// A layer on the system's clock and tokio's timer. The server has to run in a tokio runtime
    /// with time enabled.
    #[cfg(feature = "tokio")]
    pub fn new(endpoint: impl Into<AnyEndpoint>) -> Self {
        Self::with_timer(endpoint, crate::TokioTimer)
    }

    /// A layer on another clock and timer.
    pub fn with_timer(endpoint: impl Into<AnyEndpoint>, timer: impl Timer) -> Self {
        Self { gate: Gate::new(endpoint, timer), prepare: None }
    }

    /// Does something to each verified request before the inner service gets it, such as lifting a
    /// framework's own body limit.
    #[must_use]
    pub fn prepare(self, prepare: fn(&mut Request<B>)) -> Self {
        Self { prepare: Some(prepare), ..self }
    }
}

impl<S, B> Layer<S> for WebhookLayer<B> {
    type Service = WebhookService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, self.gate.clone(), self.prepare)
    }
}

impl<B> Clone for WebhookLayer<B> {
    fn clone(&self) -> Self {
        Self { gate: self.gate.clone(), prepare: self.prepare }
    }
}

impl<B> fmt::Debug for WebhookLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookLayer").field(self.gate.endpoint()).finish()
    }
}
