//! The inner service is called on the instance that was polled ready, and keeps its error type.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::future::{Ready, poll_fn, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hookgate::{Budget, Delivery};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Service, ServiceExt, service_fn};

use crate::common::{BODY, Guard, endpoint, gate, signed};

/// A service that holds its callers to the contract: each instance has to be polled ready before
/// it is called, and a clone is another instance.
#[derive(Debug, Default)]
struct Strict {
    /// How often it answers `Pending` before it is ready.
    waits: usize,
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false, calls: Arc::clone(&self.calls), ..*self }
    }
}

impl Service<Request<Full<Bytes>>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Own;
    type Future = Ready<Result<Self::Response, Own>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Own>> {
        if let Some(left) = self.waits.checked_sub(1) {
            self.waits = left;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        assert!(self.ready, "called without being polled ready");
        assert!(request.extensions().get::<Delivery>().is_some());
        self.ready = false;
        self.calls.fetch_add(1, Ordering::Relaxed);
        ready(Ok(Response::default()))
    }
}

/// An error that is no `std::error::Error` and converts into nothing.
#[derive(Debug, Eq, PartialEq)]
struct Own(&'static str);

/// Waits until the service is ready for the requests of these tests.
async fn wait_for<S>(service: &mut S)
where
    S: Service<Request<Full<Bytes>>, Error: std::fmt::Debug>,
{
    service.ready().await.unwrap();
}

#[tokio::test]
async fn the_instance_that_was_polled_is_the_one_that_is_called() {
    let inner = Strict::default();
    let calls = Arc::clone(&inner.calls);
    let mut one = gate(endpoint(), inner);
    let mut two = one.clone();

    // Polled and called in turns, with futures that run in another order than they were made.
    wait_for(&mut one).await;
    wait_for(&mut two).await;
    let first = one.call(signed(BODY));
    let second = two.call(signed(BODY));
    wait_for(&mut one).await;
    let third = one.call(signed(BODY));
    for future in [third, second, first] {
        assert_eq!(future.await.unwrap().status(), 200);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn readiness_of_one_clone_is_not_lent_to_another() {
    let mut polled = gate(endpoint(), Strict::default());
    let mut other = polled.clone();
    wait_for(&mut polled).await;
    let call = tokio::spawn(other.call(signed(BODY)));
    assert!(call.await.unwrap_err().is_panic());
    assert_eq!(polled.call(signed(BODY)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_service_that_is_not_ready_yet_is_waited_for() {
    let inner = Strict { waits: 3, ..Strict::default() };
    let mut service = gate(endpoint(), inner);
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        Service::<Request<Full<Bytes>>>::poll_ready(&mut service, cx)
    })
    .await
    .unwrap();
    assert_eq!(polls, 4);
    assert_eq!(service.call(signed(BODY)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_error_of_readiness_comes_out() {
    #[derive(Clone)]
    struct Broken;
    impl Service<Request<Full<Bytes>>> for Broken {
        type Response = Response<Full<Bytes>>;
        type Error = Own;
        type Future = Ready<Result<Self::Response, Own>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Own>> {
            Poll::Ready(Err(Own("not ready")))
        }

        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            ready(Ok(Response::default()))
        }
    }
    let service = gate(endpoint(), Broken);
    let error = service.oneshot(signed(BODY)).await.unwrap_err();
    assert_eq!(error, Own("not ready"));
}

#[tokio::test]
async fn an_error_of_the_inner_service_comes_out_and_is_a_failure() {
    let (guard, budget) = (Guard::default(), Budget::new(1024));
    let inner =
        service_fn(|_: Request<Full<Bytes>>| ready(Err::<Response<Full<Bytes>>, _>(Own("broken"))));
    let endpoint = endpoint().replay_guard(guard.clone()).in_flight(budget.clone());
    let service = gate(endpoint, inner);
    for _ in 0..2 {
        let error = service.clone().oneshot(signed(BODY)).await.unwrap_err();
        assert_eq!(error, Own("broken"));
        assert_eq!(guard.told(), ["claim", "failed"]);
        assert_eq!(budget.used(), 0);
    }
}
