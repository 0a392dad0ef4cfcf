//! The future of one request.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookgate::Delivery;
use hookgate::driver::Gate;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::restore::{Prepare, restore};
use crate::through::{Behind, Through};

pin_project! {
    /// The response of a [`WebhookService`](crate::WebhookService).
    #[must_use = "futures do nothing unless they are polled"]
    pub struct ResponseFuture<S, B, ReqBody>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        through: Through<Inner<S, B>, S::Future, Result<S::Response, S::Error>, ReqBody>,
    }
}

/// The service behind the gate, ready, and what is done to its request.
struct Inner<S, B> {
    ready: S,
    prepare: Option<Prepare<B>>,
}

impl<S, B, ResBody> Behind for Inner<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    B: From<Bytes>,
    ResBody: Body + From<Bytes>,
{
    type Body = ResBody;
    type Error = S::Error;
    type Future = S::Future;

    fn call(mut self, head: Parts, delivery: Delivery) -> S::Future {
        let mut request = restore(head, delivery);
        if let Some(prepare) = self.prepare {
            prepare(&mut request);
        }
        self.ready.call(request)
    }
}

impl<S, B, ReqBody> ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>>,
{
    pub(crate) fn new(
        gate: &Gate,
        ready: S,
        prepare: Option<Prepare<B>>,
        request: Request<ReqBody>,
    ) -> Self {
        Self { through: Through::new(gate, Inner { ready, prepare }, request) }
    }
}

impl<S, B, ReqBody, ResBody> Future for ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    B: From<Bytes>,
    ReqBody: Body,
    ReqBody::Error: Into<Box<dyn Error + Send + Sync>>,
    ResBody: Body + From<Bytes>,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().through.poll(cx)
    }
}

impl<S, B, ReqBody> fmt::Debug for ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResponseFuture").field(&self.through).finish()
    }
}
