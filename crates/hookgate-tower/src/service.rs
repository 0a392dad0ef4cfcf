//! The service behind the layer.

use std::error::Error;
use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookgate::driver::Gate;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::future::ResponseFuture;
use crate::restore::Prepare;

/// A service with a gate in front of it. See the [crate](crate).
pub struct WebhookService<S, B> {
    inner: S,
    gate: Gate,
    prepare: Option<Prepare<B>>,
}

impl<S, B> WebhookService<S, B> {
    pub(crate) fn new(inner: S, gate: Gate, prepare: Option<Prepare<B>>) -> Self {
        Self { inner, gate, prepare }
    }
}

impl<S, B, ReqBody, ResBody> Service<Request<ReqBody>> for WebhookService<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    B: From<Bytes>,
    ReqBody: Body,
    ReqBody::Error: Into<Box<dyn Error + Send + Sync>>,
    ResBody: Body + From<Bytes>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The service that was polled ready is the one that is called; its clone may not be:
        // https://docs.rs/tower/0.5/tower/trait.Service.html#be-careful-when-cloning-inner-services
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        ResponseFuture::new(&self.gate, ready, self.prepare, request)
    }
}

impl<S: Clone, B> Clone for WebhookService<S, B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), gate: self.gate.clone(), prepare: self.prepare }
    }
}

impl<S: fmt::Debug, B> fmt::Debug for WebhookService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("inner", &self.inner)
            .field("endpoint", self.gate.endpoint())
            .finish()
    }
}
