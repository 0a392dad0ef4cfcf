//! The endpoint's own limit holds behind the gate, and axum's default only elsewhere.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::routing::post;
use axum::{Json, Router, body::Body};
use bytes::Bytes;
use hookgate::sign::SignedRequest;
use hookgate::{Delivery, RawBody, RejectionKind, harmonizely};
use hookgate_axum::{Webhook, WebhookLayer, webhook, webhook_into};

use crate::common::{BODY, delivery, endpoint, send};

const MIB: usize = 1024 * 1024;

/// A delivery of so many bytes.
fn sized(length: usize) -> SignedRequest {
    let mut body = r#"{"event":"meetingScheduled","uuid":""#.to_owned();
    body += &"x".repeat(length - body.len() - 2);
    delivery(body + "\"}")
}

/// One byte more than the limit. It never comes to the signature.
fn over(limit: usize) -> SignedRequest {
    delivery(BODY).with_body(vec![b'x'; limit + 1])
}

/// The request with its length declared, and in frames without.
fn both_ways(request: &SignedRequest) -> [Request; 2] {
    let streamed: Request = request.clone().into_http().unwrap();
    assert!(!streamed.headers().contains_key("content-length"));
    let mut declared: Request = request.clone().into_http().unwrap();
    let length = request.body().len().into();
    declared.headers_mut().insert("content-length", length);
    let frames = streamed.map(|body| Body::from_stream(body.into_data_stream()));
    [declared, frames]
}

async fn bytes(_: Webhook<Delivery>, body: Bytes) -> String {
    body.len().to_string()
}
async fn typed(_: Webhook<harmonizely::Event>, Json(json): Json<serde_json::Value>) -> String {
    json.to_string().len().to_string()
}
async fn text(body: String) -> String {
    body.len().to_string()
}
async fn line(Webhook(RawBody(body)): Webhook<RawBody>, _: harmonizely::Event) -> String {
    body.len().to_string()
}

#[tokio::test]
async fn large_deliveries_reach_the_handler_whatever_the_default_of_axum() {
    fn layered<H, T>(handler: H) -> Router
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        let layer = WebhookLayer::new(endpoint().body_limit(4 * MIB).build().unwrap());
        Router::new().route("/hooks", post(handler).layer(layer))
    }
    let (large, too_large) = (sized(3 * MIB), over(4 * MIB));
    let four = endpoint().body_limit(4 * MIB).build().unwrap();
    let stored = async |delivery: Delivery| {
        assert_eq!(delivery.body().len() % MIB, 0);
        Ok(hookgate::ports::Stored::New)
    };
    let line = Router::new().route("/hooks", webhook(four.clone(), line));
    for (name, app, says) in [
        ("Bytes", layered(bytes), true),
        ("Json", layered(typed), true),
        ("String", layered(text), true),
        ("one line", line.clone(), true),
        ("sink", Router::new().route("/hooks", webhook_into(four, stored)), false),
        // Set by the application for everything else.
        ("lower default", layered(bytes).layer(DefaultBodyLimit::max(10)), true),
        ("lower default, one line", line.layer(DefaultBodyLimit::max(10)), true),
    ] {
        for request in both_ways(&large) {
            let answer = send(app.clone(), request).await;
            assert_eq!(answer.status, 200, "{name}");
            assert!(!says || answer.text() == (3 * MIB).to_string(), "{name}");
        }
        for request in both_ways(&too_large) {
            let answer = send(app.clone(), request).await;
            let too_large = Some(RejectionKind::BodyTooLarge);
            assert_eq!((answer.status, answer.kind()), (413, too_large), "{name}");
        }
    }
}

#[tokio::test]
async fn the_limit_is_lifted_behind_the_gate_only() {
    let layer = WebhookLayer::new(endpoint().body_limit(4 * MIB).build().unwrap());
    let app = Router::new().route("/hooks", post(bytes).layer(layer)).route("/upload", post(text));
    let [mut elsewhere, _] = both_ways(&over(3 * MIB));
    *elsewhere.uri_mut() = "/upload".parse().unwrap();
    let answer = send(app, elsewhere).await;
    assert_eq!((answer.status, answer.kind()), (413, None));
}

#[tokio::test]
async fn without_a_limit_of_its_own_an_endpoint_takes_2_mib() {
    let app = Router::new().route("/hooks", webhook(endpoint().build().unwrap(), line));
    for (request, status) in [(sized(2 * MIB), 200), (over(2 * MIB), 413)] {
        for request in both_ways(&request) {
            assert_eq!(send(app.clone(), request).await.status, status);
        }
    }
}
