//! The extractor.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use hookgate::{Delivery, ExtractError, FromDelivery, extract};
use http::request::Parts;

/// Takes something out of the verified delivery: an event, the [`Delivery`] itself, or
/// [`RawBody`](hookgate::RawBody).
///
/// It works behind a gate only: see the [crate](crate) for an example.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "an extractor that handlers take apart")]
pub struct Webhook<T>(pub T);

impl<T, S> FromRequestParts<S> for Webhook<T>
where
    T: FromDelivery,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebhookRejection> {
        extract(parts.extensions.get::<Delivery>()).map(Self).map_err(WebhookRejection)
    }
}

/// [`Webhook`] has nothing to give.
///
/// Answered 400 where the delivery is authentic and does not decode, with the
/// [`Rejection`](hookgate::Rejection) in the response's extensions; 500 where the handler is wired
/// wrong.
#[derive(Clone, Debug)]
pub struct WebhookRejection(ExtractError);

impl WebhookRejection {
    /// Why.
    pub fn error(&self) -> &ExtractError {
        &self.0
    }
}

impl From<ExtractError> for WebhookRejection {
    fn from(error: ExtractError) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        self.0.into_http()
    }
}
