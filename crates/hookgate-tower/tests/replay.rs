//! A replay guard behind the layer: claimed after the verdict, told the handler's answer.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use hookgate::{Budget, RejectionKind};
use http::{Request, Response};
use http_body_util::Full;
use tokio::time::Instant;
use tower::{ServiceExt, service_fn};

use crate::common::{BODY, Guard, Seen, endpoint, gate, kind, poll_once, signed};

#[tokio::test]
async fn a_delivery_is_done_when_the_handler_answers_with_success() {
    for (status, told, again) in [
        (200, "done", 0),
        (204, "done", 0),
        (299, "done", 0),
        (302, "failed", 1),
        (400, "failed", 1),
        (404, "failed", 1),
        (503, "failed", 1),
    ] {
        let (guard, seen) = (Guard::default(), Seen::answering(status));
        let service = gate(endpoint().replay_guard(guard.clone()), seen.clone());
        let response = service.clone().oneshot(signed(BODY)).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(guard.told(), ["claim", told], "{status}");

        let response = service.oneshot(signed(BODY)).await.unwrap();
        assert_eq!(response.status(), if again == 0 { 200 } else { status });
        assert_eq!(seen.count(), 1 + again, "{status}");
        if again == 0 {
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(kind(&response), None);
        }
    }
}

#[tokio::test]
async fn a_delivery_in_flight_is_told_to_come_again_and_dropped_it_is_free() {
    let guard = Guard::default();
    let endpoint = || endpoint().replay_guard(guard.clone());
    let stuck = service_fn(|_: Request<Full<Bytes>>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    });
    let mut held = Box::pin(gate(endpoint(), stuck).oneshot(signed(BODY)));
    poll_once(held.as_mut());

    let seen = Seen::default();
    let service = gate(endpoint(), seen.clone());
    let response = service.clone().oneshot(signed(BODY)).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(kind(&response), Some(RejectionKind::InFlight));
    assert_eq!(seen.count(), 0);

    drop(held);
    assert_eq!(guard.told(), ["claim", "claim", "dropped"]);
    assert_eq!(service.oneshot(signed(BODY)).await.unwrap().status(), 200);
    assert_eq!(guard.told(), ["claim", "done"]);
}

#[tokio::test]
async fn a_forged_request_claims_nothing() {
    let guard = Guard::default();
    let service = gate(endpoint().replay_guard(guard.clone()), Seen::default());
    let forged = signed(BODY).map(|_| Full::<Bytes>::from("{}"));
    assert_eq!(service.oneshot(forged).await.unwrap().status(), 400);
    assert!(guard.told().is_empty());
}

#[tokio::test]
async fn endpoints_of_other_names_do_not_share_claims() {
    let (guard, seen) = (Guard::default(), Seen::default());
    for name in ["one", "two"] {
        let endpoint = endpoint().name(name).replay_guard(guard.clone());
        let response = gate(endpoint, seen.clone()).oneshot(signed(BODY)).await;
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(seen.count(), 2);
}

#[tokio::test]
async fn a_guard_that_is_down_refuses_and_never_hides_an_answer() {
    let (guard, seen) = (Guard::default(), Seen::default());
    guard.set_down(true);
    let service = gate(endpoint().replay_guard(guard.clone()), seen.clone());
    let response = service.oneshot(signed(BODY)).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(kind(&response), Some(RejectionKind::GuardUnavailable));
    assert_eq!(seen.count(), 0);

    // Down only once the handler works: its answer stands.
    guard.set_down(false);
    let breaks = {
        let guard = guard.clone();
        service_fn(move |_: Request<Full<Bytes>>| {
            guard.set_down(true);
            std::future::ready(Ok::<Response<Full<Bytes>>, Infallible>(Response::default()))
        })
    };
    let service = gate(endpoint().replay_guard(guard.clone()), breaks);
    assert_eq!(service.oneshot(signed(BODY)).await.unwrap().status(), 200);
    assert_eq!(guard.told(), ["claim"]);
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_sent_once_it_is_recorded() {
    let guard = Guard::default().settling_slowly();
    let budget = Budget::new(1_000);
    let endpoint = endpoint().replay_guard(guard.clone()).in_flight(budget.clone());
    let start = Instant::now();
    let response = gate(endpoint, Seen::default()).oneshot(signed(BODY)).await;
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    assert_eq!(guard.told(), ["claim", "done"]);
    assert_eq!(budget.used(), 0);
}
