//! The contenders in actix-web: one application each, with one route.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, test};
use hookgate::JsonEvent;
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};
use pin_project_lite::pin_project;
use webhook_verify::actix::{VerifiedBody, WebhookConfig};
use webhook_verify::{Provider, Secret};

use crate::contender::{at_once, names};
use crate::delivery::{self, SIGNATURE};
use crate::github::{self, Limits, Raw, Typed};
use crate::{Booking, Contender, SECRET};

const LIMIT: usize = 2 * 1024 * 1024;

/// What the application holds.
struct State {
    secret: String,
}

async fn bare(_body: Bytes) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn with_extractors(
    _state: web::Data<State>,
    _request: HttpRequest,
    _body: Bytes,
) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    signature.is_some_and(|signature| delivery::is_signed(secret, signature, body))
}

async fn hand_written(state: web::Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if is_signed(&state.secret, request.headers(), &body) {
        HttpResponse::Ok().finish()
    } else {
        HttpResponse::BadRequest().finish()
    }
}

async fn naive(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let body = request.extract::<Bytes>().await?;
    let state = request.app_data::<web::Data<State>>().unwrap();
    if !is_signed(&state.secret, request.headers(), &body) {
        return Err(actix_web::error::ErrorBadRequest("not signed"));
    }
    request.set_payload(Payload::from(body));
    next.call(request).await
}

async fn json(_booking: web::Json<Booking>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn typed(Webhook(JsonEvent(_booking)): Webhook<Typed>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn typed_event(JsonEvent(_booking): Typed) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn raw_event(_body: Raw) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn raw_event_with_extractors(
    _state: web::Data<State>,
    _request: HttpRequest,
    _body: Raw,
) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn verified(_body: VerifiedBody) -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// A gate that lets everything through: the same bodies as ours, one extension put in.
struct NoOp(Arc<str>);

/// What it puts in.
struct Mark(#[expect(dead_code, reason = "only carried along")] Arc<str>);

struct NoOpService<S> {
    inner: S,
    mark: Arc<str>,
}

impl<S, B> Transform<S, ServiceRequest> for NoOp
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = NoOpService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(NoOpService { inner, mark: Arc::clone(&self.0) }))
    }
}

impl<S, B> Service<ServiceRequest> for NoOpService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = NoOpFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        request.extensions_mut().insert(Mark(Arc::clone(&self.mark)));
        NoOpFuture { inner: self.inner.call(request) }
    }
}

pin_project! {
    struct NoOpFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F, B> Future for NoOpFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B, BoxBody>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project().inner.poll(cx);
        answer.map(|answer| answer.map(ServiceResponse::map_into_left_body))
    }
}

/// Mounts the resource of a contender at `/hooks`. False where there is none of that name.
pub fn mount(name: &str, limits: Limits, app: &mut web::ServiceConfig) -> bool {
    let hooks = || web::resource("/hooks");
    let resource = match name {
        names::BARE => hooks().route(web::post().to(bare)),
        names::BARE_EXTRACTORS => hooks().route(web::post().to(with_extractors)),
        names::HAND_WRITTEN => hooks().route(web::post().to(hand_written)),
        names::ROUTE => hooks().route(webhook(github::endpoint::<Raw>(limits), raw_event)),
        names::ROUTE_EXTRACTORS => {
            hooks().route(webhook(github::endpoint::<Raw>(limits), raw_event_with_extractors))
        }
        names::WEBHOOK_VERIFY => hooks().route(web::post().to(verified)),
        names::JSON => hooks().route(web::post().to(json)),
        names::ROUTE_TYPED => {
            hooks().route(webhook(github::endpoint::<Typed>(limits), typed_event))
        }
        names::NOOP => {
            app.service(hooks().wrap(NoOp("github".into())).route(web::post().to(bare)));
            return true;
        }
        names::NAIVE => {
            app.service(hooks().wrap(from_fn(naive)).route(web::post().to(bare)));
            return true;
        }
        names::LAYER => {
            let gate = WebhookMiddleware::new(github::endpoint::<Raw>(limits));
            app.service(hooks().wrap(gate).route(web::post().to(bare)));
            return true;
        }
        names::LAYER_TYPED => {
            let gate = WebhookMiddleware::new(github::endpoint::<Typed>(limits));
            app.service(hooks().wrap(gate).route(web::post().to(typed)));
            return true;
        }
        _ => return false,
    };
    app.service(resource);
    true
}

/// What all applications hold, so that all routes find the same.
pub fn shared(app: &mut web::ServiceConfig) {
    app.app_data(web::Data::new(State { secret: SECRET.into() }))
        // The peer's extractor refuses bodies over 256 KiB without it.
        .app_data(PayloadConfig::new(LIMIT))
        .app_data(WebhookConfig::new(Provider::GitHub, Secret::new(SECRET)));
}

/// In the order of the table.
pub const NAMES: &[&str] = &[
    names::BARE,
    names::NOOP,
    names::HAND_WRITTEN,
    names::NAIVE,
    names::LAYER,
    names::ROUTE,
    names::WEBHOOK_VERIFY,
    names::BARE_EXTRACTORS,
    names::ROUTE_EXTRACTORS,
    names::JSON,
    names::LAYER_TYPED,
    names::ROUTE_TYPED,
];

/// All of them, called in process.
pub fn contenders() -> Vec<Contender> {
    let contender = |&name| {
        let app = App::new()
            .configure(shared)
            .configure(|app| assert!(mount(name, Limits::Default, app), "{name}"));
        let app = at_once(test::init_service(app));
        Contender::new(name, move |delivery| {
            let response = at_once(app.call(delivery.actix())).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
        })
    };
    NAMES.iter().map(contender).collect()
}
