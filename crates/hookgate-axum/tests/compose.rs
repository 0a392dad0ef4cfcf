//! The gate among other layers, and in front of a server without axum's router.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use hookgate::{Budget, Delivery, RejectionKind, harmonizely};
use hookgate_axum::{Webhook, WebhookLayer, webhook};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, ServiceBuilder, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::common::{BODY, Client, Guard, delivery, endpoint, forged, send, signed, wire};

async fn layered(Webhook(event): Webhook<harmonizely::Event>, body: Bytes) -> String {
    assert_eq!(body, BODY);
    event.name().repeat(100)
}

async fn line(event: harmonizely::Event) -> String {
    event.name().repeat(100)
}

fn gate() -> WebhookLayer {
    WebhookLayer::new(endpoint().build().unwrap())
}

fn routes() -> [MethodRouter; 2] {
    [post(layered).layer(gate()), webhook(endpoint().build().unwrap(), line)]
}

fn hooks(route: MethodRouter) -> Router {
    Router::new().route("/hooks", route)
}

/// Writes down whether the delivery is there, and what the answer was.
async fn watch(request: Request, next: Next) -> Response {
    let inside = request.extensions().get::<Delivery>().is_some();
    let mut response = next.run(request).await;
    let value = if inside { "inside" } else { "outside" };
    response.headers_mut().append("x-watched", value.parse().unwrap());
    response
}

#[tokio::test]
async fn a_function_inside_the_gate_sees_verified_requests_and_one_outside_all() {
    let inside = ServiceBuilder::new().layer(gate()).layer(from_fn(watch));
    let both = ServiceBuilder::new().layer(from_fn(watch)).layer(gate()).layer(from_fn(watch));
    let on_a_router = Router::new()
        .route("/hooks", post(layered))
        .layer(from_fn(watch))
        .layer(gate())
        .layer(from_fn(watch));
    for (name, app, want, refused) in [
        ("inside", hooks(post(layered).layer(inside)), vec!["inside"], vec![]),
        (
            "outside",
            hooks(post(layered).layer(gate())).layer(from_fn(watch)),
            vec!["outside"],
            vec!["outside"],
        ),
        ("both", hooks(post(layered).layer(both)), vec!["inside", "outside"], vec!["outside"]),
        ("on a router", on_a_router, vec!["inside", "outside"], vec!["outside"]),
        (
            "around the one line",
            hooks(webhook(endpoint().build().unwrap(), line)).layer(from_fn(watch)),
            vec!["outside"],
            vec!["outside"],
        ),
    ] {
        let answer = send(app.clone(), signed(BODY)).await;
        assert_eq!((answer.status, answer.header("x-watched")), (200, want), "{name}");
        let answer = send(app, forged()).await;
        assert_eq!((answer.status, answer.header("x-watched")), (400, refused), "{name}");
    }
}

#[tokio::test]
async fn tracing_stands_outside() {
    for route in routes() {
        let app = hooks(route).layer(TraceLayer::new_for_http());
        assert_eq!(send(app.clone(), signed(BODY)).await.status, 200);
        let answer = send(app, forged()).await;
        assert_eq!(answer.kind(), Some(RejectionKind::SignatureMismatch));
    }
}

#[tokio::test]
async fn a_timeout_outside_drops_the_handler() {
    async fn stuck_line(_: harmonizely::Event) {
        std::future::pending().await
    }
    async fn stuck_layered(_: Webhook<Delivery>) {
        std::future::pending().await
    }
    let (guard, budget) = (Guard::default(), Budget::new(1_000));
    let endpoint = || {
        let endpoint = endpoint().replay_guard(guard.clone());
        endpoint.in_flight(budget.clone()).build().unwrap()
    };
    let status = http::StatusCode::GATEWAY_TIMEOUT;
    for route in
        [webhook(endpoint(), stuck_line), post(stuck_layered).layer(WebhookLayer::new(endpoint()))]
    {
        let timeout = TimeoutLayer::with_status_code(status, Duration::from_millis(20));
        let answer = send(hooks(route).layer(timeout), signed(BODY)).await;
        assert_eq!(answer.status, 504);
        assert_eq!(guard.notes.take(), ["claim", "dropped"]);
        assert_eq!(budget.used(), 0);
    }
}

/// The sender asks for gzip.
fn asking(mut request: Request) -> Request {
    request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    request
}

#[tokio::test]
async fn compression_stands_outside_or_behind_a_map_of_the_body() {
    let inside = ServiceBuilder::new()
        .layer(gate())
        .layer(MapResponseBodyLayer::new(Body::new))
        .layer(CompressionLayer::new());
    let [one, other] = routes();
    for (name, app) in [
        ("outside", hooks(one).layer(CompressionLayer::new())),
        ("outside the one line", hooks(other).layer(CompressionLayer::new())),
        ("inside", hooks(post(layered).layer(inside))),
    ] {
        let answer = send(app.clone(), asking(signed(BODY))).await;
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, vec!["gzip"]),
            "{name}"
        );
        assert!(answer.body.starts_with(&[0x1f, 0x8b]), "{name}");
        let answer = send(app, asking(forged())).await;
        assert_eq!(answer.status, 400, "{name}");
        answer.assert_of_the_gate();
    }
}

#[tokio::test]
async fn a_body_limit_outside_is_answered_413() {
    let streamed =
        |body: &'static str| signed(body).map(|body| Body::from_stream(body.into_data_stream()));
    let declared = |body: &'static str| {
        let mut request = signed(body);
        request.headers_mut().insert("content-length", body.len().into());
        request
    };
    for route in routes() {
        let app = hooks(route).layer(RequestBodyLimitLayer::new(30));
        let answer = send(app.clone(), streamed(BODY)).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.kind(), Some(RejectionKind::BodyTooLarge));
        // By that layer itself.
        assert_eq!(send(app, declared(BODY)).await.status, 413);
    }
    for route in routes() {
        let app = hooks(route).layer(RequestBodyLimitLayer::new(BODY.len()));
        assert_eq!(send(app, streamed(BODY)).await.status, 200);
    }
}

/// axum's layer in front of a plain hyper service, and the tower layer with a body of hyper's.
#[tokio::test]
async fn hyper_needs_no_router() {
    let to_axum = service_fn(async |request: http::Request<Body>| {
        assert!(request.extensions().get::<Delivery>().is_some());
        Ok::<_, Infallible>(http::Response::new(request.into_body()))
    });
    let to_full = service_fn(async |request: http::Request<Full<Bytes>>| {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(http::Response::new(Full::new(body)))
    });
    let full = endpoint().build().unwrap();
    let full = hookgate_tower::WebhookLayer::<Full<Bytes>>::new(full).layer(to_full);

    check(gate().layer(to_axum)).await;
    check(full).await;

    async fn check<S, B>(service: S)
    where
        S: tower::Service<
                http::Request<Incoming>,
                Response = http::Response<B>,
                Error = Infallible,
            > + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: hyper::body::Body<Data = Bytes, Error: Into<tower::BoxError>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
                .await
        });
        let mut client = Client::connect(address).await;
        client.write(wire(&delivery(BODY))).await;
        let (status, answer) = client.answer().await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer.ends_with(BODY), "{answer}");
        client.write(wire(&delivery(BODY).with_body("{}"))).await;
        assert_eq!(client.answer().await.0, 400);
    }
}
