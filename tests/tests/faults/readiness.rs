//! Readiness: the contract of tower's services, in process.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use hookgate::Delivery;
use http::{Request, Response};
use tower::{Layer, Service, ServiceExt};

use crate::acme::{BARE, builder, signed};

/// A service that counts calls of instances which were not polled ready. A clone is another
/// instance.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
    waits: usize,
    calls: Arc<AtomicUsize>,
    unready_calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            calls: Arc::clone(&self.calls),
            unready_calls: Arc::clone(&self.unready_calls),
            ..*self
        }
    }
}

impl<B> Service<Request<B>> for Strict {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if let Some(left) = self.waits.checked_sub(1) {
            self.waits = left;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ready_now = std::mem::take(&mut self.ready);
        let verified = request.extensions().get::<Delivery>().is_some();
        let count = if ready_now && verified { &self.calls } else { &self.unready_calls };
        count.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::default()))
    }
}

fn request() -> Request<Body> {
    let raw = signed(BARE, "{}");
    let request = Request::builder().method(&*raw.method).uri(&*raw.target);
    let headers = raw.headers.iter();
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    request.body(Body::from(raw.body)).unwrap()
}

/// Polls and calls clones in turns, as servers, retries and balancers do.
async fn in_turns<S>(mut one: S, inner: &Strict)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    let mut two = one.clone();
    ServiceExt::<Request<Body>>::ready(&mut one).await.unwrap();
    ServiceExt::<Request<Body>>::ready(&mut two).await.unwrap();
    // A clone in between, which nobody polled, and whose end must not matter.
    drop(one.clone());
    let first = one.call(request());
    let second = two.call(request());
    ServiceExt::<Request<Body>>::ready(&mut one).await.unwrap();
    let third = one.call(request());
    for future in [third, second, first] {
        assert_eq!(future.await.unwrap().status(), 200);
    }
    for _ in 0..2 {
        assert_eq!(one.clone().oneshot(request()).await.unwrap().status(), 200);
    }
    assert_eq!(inner.calls.load(Ordering::SeqCst), 5);
    assert_eq!(inner.unready_calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn fault_21_the_instance_that_was_polled_ready_is_the_one_that_is_called() {
    let endpoint = builder(BARE).0.build().unwrap();
    for waits in [0, 3] {
        let inner = Strict { waits, ..Strict::default() };
        let layer = hookgate_axum::WebhookLayer::new(endpoint.clone());
        in_turns(layer.layer(inner.clone()), &inner).await;

        let inner = Strict { waits, ..Strict::default() };
        let layer = hookgate_tower::WebhookLayer::<Body>::new(endpoint.clone());
        in_turns(layer.layer(inner.clone()), &inner).await;
    }
}

/// The other half of the contract: readiness is the inner service's, and is not lent to a clone.
#[tokio::test]
async fn fault_21_readiness_is_not_lent_to_another_clone() {
    let inner = Strict::default();
    let layer = hookgate_axum::WebhookLayer::new(builder(BARE).0.build().unwrap());
    let mut polled = layer.layer(inner.clone());
    let mut other = polled.clone();
    ServiceExt::<Request<Body>>::ready(&mut polled).await.unwrap();
    // The caller's fault, and shown as such to the inner service.
    other.call(request()).await.unwrap();
    assert_eq!(inner.unready_calls.load(Ordering::SeqCst), 1);
    polled.call(request()).await.unwrap();
    assert_eq!(inner.calls.load(Ordering::SeqCst), 1);
}

/// actix-web's services are shared and not cloned: there the gate is as ready as what it wraps.
#[actix_web::test]
async fn fault_21_the_gate_in_actix_is_as_ready_as_what_it_wraps() {
    use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

    struct Waits(std::cell::Cell<usize>);

    impl Service<ServiceRequest> for Waits {
        type Response = ServiceResponse;
        type Error = actix_web::Error;
        type Future = Ready<Result<ServiceResponse, actix_web::Error>>;

        fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), actix_web::Error>> {
            match self.0.get().checked_sub(1) {
                Some(left) => {
                    self.0.set(left);
                    Poll::Pending
                }
                None => Poll::Ready(Ok(())),
            }
        }

        fn call(&self, request: ServiceRequest) -> Self::Future {
            ready(Ok(request.into_response(actix_web::HttpResponse::Ok().finish())))
        }
    }

    let gate = hookgate_actix::WebhookMiddleware::new(builder(BARE).0.build().unwrap());
    let gated = gate.new_transform(Waits(std::cell::Cell::new(2))).await.unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let polled: Vec<_> = (0..3).map(|_| gated.poll_ready(&mut cx).is_ready()).collect();
    assert_eq!(polled, [false, false, true]);
}
