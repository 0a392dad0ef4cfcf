//! The contenders in axum: one application each, with one route.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::error_handling::HandleErrorLayer;
use axum::extract::{FromRef, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use axum_github_webhook_extract::{GithubEvent, GithubToken};
use bytes::Bytes;
use hookgate::JsonEvent;
use hookgate_axum::{Webhook, WebhookLayer, webhook};
use http::{HeaderMap, StatusCode};
use http_body_util::Full;
use standardwebhooks::Webhook as StandardWebhook;
use tower::{Layer, Service, ServiceBuilder};
use tower_github_webhook::ValidateGitHubWebhookLayer;
use webhook_verify::tower::VerifyLayer;
use webhook_verify::{Provider, Secret};

use crate::contender::{at_once, names};
use crate::delivery::{self, SIGNATURE};
use crate::github::{self, Limits, Raw, Typed};
use crate::{Booking, Contender, SECRET};

const LIMIT: usize = 2 * 1024 * 1024;

/// What the application holds.
#[derive(Clone)]
pub(crate) struct App {
    secret: Arc<str>,
    standard: Arc<StandardWebhook>,
    token: GithubToken,
}

impl FromRef<App> for GithubToken {
    fn from_ref(app: &App) -> Self {
        app.token.clone()
    }
}

async fn bare(_body: Bytes) -> StatusCode {
    StatusCode::OK
}

async fn with_extractors(State(_app): State<App>, _headers: HeaderMap, _body: Bytes) -> StatusCode {
    StatusCode::OK
}

fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    signature.is_some_and(|signature| delivery::is_signed(secret, signature, body))
}

async fn hand_written(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if is_signed(&app.secret, &headers, &body) { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

async fn naive(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if !is_signed(&app.secret, &parts.headers, &body) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

async fn standard(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match app.standard.verify(&body, &headers) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn json(Json(_booking): Json<Booking>) -> StatusCode {
    StatusCode::OK
}

async fn typed(Webhook(JsonEvent(_booking)): Webhook<Typed>) -> StatusCode {
    StatusCode::OK
}

async fn typed_event(JsonEvent(_booking): Typed) -> StatusCode {
    StatusCode::OK
}

async fn raw_event(_body: Raw) -> StatusCode {
    StatusCode::OK
}

async fn raw_event_with_extractors(
    State(_app): State<App>,
    _headers: HeaderMap,
    _body: Raw,
) -> StatusCode {
    StatusCode::OK
}

async fn github_extract(GithubEvent(_booking): GithubEvent<Booking>) -> StatusCode {
    StatusCode::OK
}

/// What the no-op gate puts into the extensions.
#[derive(Clone)]
struct Mark(#[expect(dead_code, reason = "only carried along")] Arc<str>);

/// A gate that lets everything through: the same bodies as ours, one extension put in.
#[derive(Clone)]
struct NoOpLayer(Arc<str>);

#[derive(Clone)]
struct NoOpService<S> {
    inner: S,
    mark: Arc<str>,
}

impl<S> Layer<S> for NoOpLayer {
    type Service = NoOpService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        NoOpService { inner, mark: Arc::clone(&self.0) }
    }
}

impl<S: Service<Request> + Clone> Service<Request> for NoOpService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        request.extensions_mut().insert(Mark(Arc::clone(&self.mark)));
        ready.call(request)
    }
}

/// The application of a contender, with its one route at `/hooks`.
pub fn application(name: &str, limits: Limits) -> Option<Router> {
    let secret = || Secret::new(SECRET);
    let state = App {
        secret: SECRET.into(),
        standard: StandardWebhook::from_bytes(SECRET.into()).unwrap().into(),
        token: GithubToken(Arc::new(SECRET.into())),
    };
    let route = match name {
        names::BARE => post(bare),
        names::BARE_EXTRACTORS => post(with_extractors),
        names::NOOP => post(bare).layer(NoOpLayer("github".into())),
        names::HAND_WRITTEN => post(hand_written),
        names::NAIVE => post(bare).layer(from_fn_with_state(state.clone(), naive)),
        names::LAYER => post(bare).layer(WebhookLayer::new(github::endpoint::<Raw>(limits))),
        names::ROUTE => webhook(github::endpoint::<Raw>(limits), raw_event),
        names::ROUTE_EXTRACTORS => {
            webhook(github::endpoint::<Raw>(limits), raw_event_with_extractors)
        }
        // In the form that compiles: with axum's own body it is neither `Clone` nor `Sync`.
        names::WEBHOOK_VERIFY => post(bare).layer(
            ServiceBuilder::new()
                .layer(HandleErrorLayer::new(|_| async { StatusCode::BAD_REQUEST }))
                .layer(VerifyLayer::<Full<Bytes>>::new(Provider::GitHub, secret())),
        ),
        names::TOWER_GITHUB => post(bare).layer(ValidateGitHubWebhookLayer::new(SECRET)),
        names::GITHUB_EXTRACT => post(github_extract),
        names::STANDARD => post(standard),
        names::JSON => post(json),
        names::LAYER_TYPED => {
            post(typed).layer(WebhookLayer::new(github::endpoint::<Typed>(limits)))
        }
        names::ROUTE_TYPED => webhook(github::endpoint::<Typed>(limits), typed_event),
        _ => return None,
    };
    Some(Router::new().route("/hooks", route).with_state(state))
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
    names::TOWER_GITHUB,
    names::STANDARD,
    names::BARE_EXTRACTORS,
    names::ROUTE_EXTRACTORS,
    names::JSON,
    names::LAYER_TYPED,
    names::ROUTE_TYPED,
    names::GITHUB_EXTRACT,
];

/// All of them, called in process.
pub fn contenders() -> Vec<Contender> {
    let contender = |&name| {
        let mut app = application(name, Limits::Default).expect("every name has an application");
        // The peers and the bare handler read with axum's limit of 2 MB, which the largest body
        // just fits; nobody is measured with a limit lifted.
        Contender::new(name, move |delivery| {
            let response = at_once(app.call(delivery.axum())).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
        })
    };
    NAMES.iter().map(contender).collect()
}
