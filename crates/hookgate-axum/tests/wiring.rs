//! Handlers that are wired wrong answer 500 and say what is missing.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use axum::Router;
use axum::handler::Handler;
use axum::routing::post;
use hookgate::ace::{self, Ace};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::{AnyEndpoint, Batch, Coverage, Delivery, Endpoint, ExtractError, RawBody};
use hookgate::{dangerous, screenmeet};
use hookgate_axum::{Webhook, WebhookLayer, WebhookRejection};

use crate::common::{BODY, Guard, endpoint, send, signed};

async fn event(_: Webhook<harmonizely::Event>) {}
async fn delivery(_: Webhook<Delivery>) {}
async fn raw(_: Webhook<RawBody>) {}
async fn of_ace(_: Webhook<ace::Event>) {}
async fn of_screenmeet(_: Webhook<Batch<screenmeet::Event>>) {}
async fn unsigned_of_ace(_: Webhook<dangerous::Unsigned<ace::Event>>) {}

fn behind<H, T>(endpoint: Option<AnyEndpoint>, handler: H) -> Router
where
    H: Handler<T, ()>,
    T: 'static,
{
    let route = post(handler);
    Router::new().route(
        "/hooks",
        match endpoint {
            Some(endpoint) => route.layer(WebhookLayer::new(endpoint)),
            None => route,
        },
    )
}

#[tokio::test]
async fn what_is_wired_wrong_says_so() {
    let signing = || Some(endpoint().build().unwrap().into_any());
    let unsigned = || {
        let builder = dangerous::accept_unsigned(Endpoint::builder(Harmonizely));
        Some(builder.build().unwrap().into_any())
    };
    let layer = "put a webhook layer for the provider in front of this handler";
    for (name, app, words) in [
        ("no gate, event", behind(None, event), [layer, "no verified delivery"]),
        ("no gate, delivery", behind(None, delivery), [layer, "no verified delivery"]),
        ("no gate, bytes", behind(None, raw), [layer, "no verified delivery"]),
        ("no gate, unsigned", behind(None, unsigned_of_ace), [layer, "no verified delivery"]),
        (
            "another provider",
            behind(signing(), of_ace),
            ["deliveries of ace", "verifies harmonizely"],
        ),
        (
            "another provider's batch",
            behind(signing(), of_screenmeet),
            ["deliveries of screenmeet", "verifies harmonizely"],
        ),
        (
            "another provider, unsigned",
            behind(unsigned(), unsigned_of_ace),
            ["deliveries of ace", "verifies harmonizely"],
        ),
        ("too little proof", behind(unsigned(), event), ["coverage Fields", "proves Nothing"]),
        ("delivery", behind(unsigned(), delivery), ["coverage Fields", "proves Nothing"]),
        ("bytes", behind(unsigned(), raw), ["coverage Fields", "proves Nothing"]),
    ] {
        let answer = send(app, signed(BODY)).await;
        assert_eq!((answer.status, answer.kind()), (500, None), "{name}");
        assert_eq!(answer.header("content-type"), ["application/problem+json"], "{name}");
        answer.assert_of_the_gate();
        for word in words {
            assert!(answer.text().contains(word), "{name}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_handler_that_is_wired_wrong_has_not_done_the_delivery() {
    let guard = Guard::default();
    let endpoint = endpoint().replay_guard(guard.clone()).build().unwrap();
    let app = behind(Some(endpoint.into_any()), of_ace);
    assert_eq!(send(app, signed(BODY)).await.status, 500);
    assert_eq!(guard.notes.take(), ["claim", "failed"]);
}

#[tokio::test]
async fn a_handler_may_take_the_rejection_and_look() {
    async fn looks(event: Result<Webhook<ace::Event>, WebhookRejection>) -> String {
        match event.map_err(|rejection| rejection.error().clone()) {
            Err(ExtractError::WrongProvider { wanted, came }) => format!("{wanted} {came}"),
            other => format!("{other:?}"),
        }
    }
    let app = behind(Some(endpoint().build().unwrap().into_any()), looks);
    assert_eq!(send(app, signed(BODY)).await.text(), "ace harmonizely");
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Ace::any()));
    let app = behind(Some(unsigned.build().unwrap().into_any()), looks);
    let shown = send(app, signed(BODY)).await;
    assert!(shown.text().contains(&format!("{:?}", Coverage::Nothing)), "{}", shown.text());
}
