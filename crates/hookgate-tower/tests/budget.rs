//! The bytes in flight are bounded, and given back however a request ends.

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
use tower::{ServiceExt, service_fn};

use crate::common::{
    BODY, Guard, Script, Seen, Step, endpoint, gate, kind, poll_once, signed, signed_script,
};

#[tokio::test]
async fn a_body_counts_until_it_is_answered() {
    let budget = Budget::new(100);
    let stuck = gate(
        endpoint().in_flight(budget.clone()),
        service_fn(|_: Request<Full<Bytes>>| {
            pending::<Result<Response<Full<Bytes>>, Infallible>>()
        }),
    );
    let quick = gate(endpoint().name("other").in_flight(budget.clone()), Seen::default());

    let mut held = Box::pin(stuck.oneshot(signed(vec![0; 80])));
    poll_once(held.as_mut());
    assert_eq!(budget.used(), 80);

    // Another endpoint of the same budget: what fits passes, what does not is told to come again.
    let response = quick.clone().oneshot(signed(vec![0; 20])).await.unwrap();
    assert_eq!(response.status(), 200);
    let response = quick.clone().oneshot(signed(vec![0; 21])).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(kind(&response), Some(RejectionKind::Overloaded));
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(budget.used(), 80);

    drop(held);
    assert_eq!(budget.used(), 0);
    let response = quick.oneshot(signed(vec![0; 100])).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_end_gives_the_bytes_back() {
    let one = || Step::frame("{");
    let forged = signed(BODY).map(|_| Script::new([Step::frame("{}")]));
    for (name, request, want) in [
        ("answered", signed_script(Script::new([one()])), None),
        ("forged", forged, Some(RejectionKind::SignatureMismatch)),
        ("too large", signed_script(Script::zeros(3, 50)), Some(RejectionKind::BodyTooLarge)),
        ("over the budget", signed_script(Script::zeros(2, 45)), Some(RejectionKind::Overloaded)),
        (
            "broken off",
            signed_script(Script::new([one(), Step::Fail("reset".into())])),
            Some(RejectionKind::BodyInterrupted),
        ),
        (
            "too slow",
            signed_script(Script::new([one(), Step::Hang])),
            Some(RejectionKind::BodyTimeout),
        ),
    ] {
        let limit = if want == Some(RejectionKind::Overloaded) { 80 } else { 1_000 };
        let budget = Budget::new(limit);
        let endpoint = endpoint().body_limit(100).in_flight(budget.clone());
        let response = gate(endpoint, Seen::default()).oneshot(request).await.unwrap();
        assert_eq!(kind(&response), want, "{name}");
        assert_eq!(budget.used(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_in_its_body_gives_the_bytes_back() {
    let budget = Budget::new(100);
    let service = gate(endpoint().in_flight(budget.clone()), Seen::default());
    let script = Script::new([Step::frame(vec![0; 60]), Step::Hang]);
    let mut held = Box::pin(service.oneshot(signed_script(script)));
    poll_once(held.as_mut());
    assert_eq!(budget.used(), 60);
    drop(held);
    assert_eq!(budget.used(), 0);
}

/// Nothing of it is kept any more: were it counted, a few refused senders that stall would keep the
/// genuine ones out.
#[tokio::test(start_paused = true)]
async fn a_refused_body_does_not_count_while_its_rest_is_read() {
    for (name, limit, want) in [
        ("too large", 50, RejectionKind::BodyTooLarge),
        ("over the budget", 1_000, RejectionKind::Overloaded),
    ] {
        let budget = Budget::new(100);
        let endpoint = endpoint().body_limit(limit).in_flight(budget.clone());
        let service = gate(endpoint, Seen::default());
        let script = Script::zeros(2, 60).then(Step::Hang);
        let mut refused = Box::pin(service.oneshot(signed_script(script)));
        poll_once(refused.as_mut());
        assert_eq!(budget.used(), 0, "{name}");
        assert_eq!(kind(&refused.await.unwrap()), Some(want), "{name}");
    }
}

#[tokio::test]
async fn a_handler_that_panics_gives_the_bytes_and_the_claim_back() {
    let (budget, guard) = (Budget::new(100), Guard::default());
    let at_once = service_fn(|_: Request<Full<Bytes>>| {
        assert!(std::env::args().len() > 1_000, "at once");
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    });
    let later = service_fn(async |_: Request<Full<Bytes>>| {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(std::env::args().len() > 1_000, "later");
        Ok::<Response<Full<Bytes>>, Infallible>(Response::default())
    });
    let endpoint = || endpoint().in_flight(budget.clone()).replay_guard(guard.clone());
    let one = tokio::spawn(gate(endpoint(), at_once).oneshot(signed(BODY)));
    assert!(one.await.unwrap_err().is_panic());
    assert_eq!((budget.used(), guard.told()), (0, vec!["claim", "dropped"]));
    let two = tokio::spawn(gate(endpoint(), later).oneshot(signed(BODY)));
    assert!(two.await.unwrap_err().is_panic());
    assert_eq!((budget.used(), guard.told()), (0, vec!["claim", "dropped"]));
}
