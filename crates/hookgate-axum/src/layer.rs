//! The layer, with axum's body.

use axum_core::body::Body;
use axum_core::extract::DefaultBodyLimit;
use hookgate::AnyEndpoint;
use hookgate::driver::Timer;
use hookgate_tower::WebhookService;
use tower_layer::Layer;

/// Puts an endpoint's gate in front of a route. See the [crate](crate) for an example.
///
/// Behind it axum's default limit of 2 MB is lifted: the endpoint's own limit holds.
#[derive(Clone, Debug)]
pub struct WebhookLayer(hookgate_tower::WebhookLayer<Body>);

impl WebhookLayer {
    /// A layer on the system's clock and tokio's timer.
    #[cfg(feature = "tokio")]
    pub fn new(endpoint: impl Into<AnyEndpoint>) -> Self {
        Self::with_timer(endpoint, hookgate_tower::TokioTimer)
    }

    /// A layer on another clock and timer.
    pub fn with_timer(endpoint: impl Into<AnyEndpoint>, timer: impl Timer) -> Self {
        let layer = hookgate_tower::WebhookLayer::with_timer(endpoint, timer);
        Self(layer.prepare(|request| DefaultBodyLimit::disable().apply(request)))
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S, Body>;

    fn layer(&self, inner: S) -> Self::Service {
        self.0.layer(inner)
    }
}
