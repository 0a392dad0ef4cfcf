//! Endpoints, signed requests and bodies that misbehave.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::test::{self, TestRequest};
use actix_web::{App, Error, web};
use bytes::Bytes;
use futures_core::Stream;
use hookgate::harmonizely::Harmonizely;
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{Endpoint, EndpointBuilder, Rejection, RejectionKind};

pub(crate) const SECRET: &str = "the secret of the tests";
pub(crate) const PATH: &str = "/hooks/harmonizely";
pub(crate) const CANCELLED: &str =
    r#"{"event":"meetingCancelled","uuid":"n-1","data":{"uuid":"m-1"}}"#;

/// What every failed signature is answered with.
pub(crate) const PROBLEM: &str = r#"{"code":"signature_not_verified","detail":"the signature could not be verified","status":400,"title":"Bad Request","type":"about:blank"}"#;

pub(crate) fn builder() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secret(SECRET)
}

pub(crate) fn endpoint() -> Endpoint<Harmonizely> {
    builder().build().unwrap()
}

/// A body as Harmonizely would send it.
pub(crate) fn signed(body: impl Into<Bytes>) -> SignedRequest {
    sign(&Harmonizely, SECRET, Message::post(PATH, body)).unwrap()
}

/// A request under a signature that is well formed and wrong.
pub(crate) fn forged() -> SignedRequest {
    let message = Message::post(PATH, CANCELLED);
    sign(&Harmonizely, "another secret", message).unwrap()
}

pub(crate) fn test_request(signed: &SignedRequest) -> TestRequest {
    let method = Method::from_bytes(signed.method().as_bytes()).unwrap();
    let mut request = TestRequest::with_uri(signed.target()).method(method);
    for (name, value) in signed.headers() {
        request = request.append_header((name.as_str(), value.as_str()));
    }
    request.set_payload(signed.body().clone())
}

/// The same request with a body in frames, of a length that was declared.
pub(crate) fn in_frames(request: TestRequest, frames: Frames) -> Request {
    let payload: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(frames);
    let (request, _) = request.to_request().replace_payload(Payload::from(payload));
    request
}

/// The same request with a body in frames, of no declared length.
pub(crate) fn chunked(request: TestRequest, frames: Frames) -> Request {
    let mut request = in_frames(request, frames);
    request.headers_mut().remove(CONTENT_LENGTH);
    request
}

/// A body that comes in pieces, and then ends, breaks off or stalls.
#[derive(Default)]
pub(crate) struct Frames {
    pub(crate) frames: VecDeque<Result<Bytes, PayloadError>>,
    pub(crate) stalls: bool,
    pub(crate) polled: Count,
}

impl Frames {
    pub(crate) fn of(frames: impl IntoIterator<Item = impl Into<Bytes>>) -> Self {
        Self {
            frames: frames.into_iter().map(|frame| Ok(frame.into())).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn then(mut self, error: PayloadError) -> Self {
        self.frames.push_back(Err(error));
        self
    }

    pub(crate) fn then_stalls(mut self) -> Self {
        self.stalls = true;
        self
    }
}

impl Stream for Frames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.polled.more();
        match self.frames.pop_front() {
            None if self.stalls => Poll::Pending,
            frame => Poll::Ready(frame),
        }
    }
}

/// How often something happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    /// Counts, and says how often it happened before.
    pub(crate) fn more(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn so_far(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// What came back: the status, the headers as text, the body, and the reason.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) rejection: Option<RejectionKind>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} came twice: {self:?}");
        value
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// That it is the constant answer to a wrong signature.
    pub(crate) fn assert_problem(&self) {
        assert_eq!(self.status, 400);
        assert_eq!(self.text(), PROBLEM);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
    }

    /// The same answer without the reason, which the sender does not see.
    pub(crate) fn without_reason(mut self) -> Self {
        self.rejection = None;
        self
    }
}

/// Sends a request through an application.
pub(crate) async fn call<S, B>(app: &S, request: Request) -> Answer
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = test::call_service(app, request).await;
    let rejection = response.response().extensions().get().map(Rejection::kind);
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort_unstable();
    Answer {
        status: response.status().as_u16(),
        headers,
        body: test::read_body(response).await,
        rejection,
    }
}

/// An application of one service.
pub(crate) fn mount(
    service: impl HttpServiceFactory + 'static,
) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        app.service(service);
    }
}

/// Sends one request through an application that is made for it.
pub(crate) async fn through(
    configure: impl FnOnce(&mut web::ServiceConfig),
    request: TestRequest,
) -> Answer {
    let app = test::init_service(App::new().configure(configure)).await;
    call(&app, request.to_request()).await
}
