//! The replay guard hears of every answer.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use actix_web::dev::Service;
use actix_web::error::ErrorTooManyRequests;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, test, web};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use hookgate::{DeliveryKey, Endpoint, RejectionKind};
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

use crate::support::{CANCELLED, Count, PATH, builder, call, signed, test_request};

/// A guard that remembers in memory, and how often a request was dropped.
#[derive(Clone, Default)]
struct Memory {
    claims: Arc<Mutex<HashMap<DeliveryKey, Claim>>>,
    dropped: Count,
}

impl Memory {
    /// What is known of the one delivery that there is.
    fn state(&self) -> Option<Claim> {
        let claims = self.claims.lock().unwrap();
        assert!(claims.len() <= 1);
        claims.values().next().copied()
    }
}

impl ReplayGuard for Memory {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let key = query.key;
        // As a store elsewhere would, it answers later.
        actix_web::rt::task::yield_now().await;
        let mut claims = self.claims.lock().unwrap();
        if let Some(known) = claims.get(&key) {
            return Ok(*known);
        }
        claims.insert(key, Claim::InFlight);
        Ok(Claim::New(1))
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        actix_web::rt::task::yield_now().await;
        self.claims.lock().unwrap().insert(held.key, Claim::Done);
        Ok(())
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        actix_web::rt::task::yield_now().await;
        self.claims.lock().unwrap().remove(&held.key);
        Ok(())
    }

    fn dropped(&self, held: Held) {
        self.dropped.more();
        self.claims.lock().unwrap().remove(&held.key);
    }
}

fn guarded() -> (Endpoint<Harmonizely>, Memory) {
    let guard = Memory::default();
    let endpoint = builder().replay_guard(guard.clone()).build().unwrap();
    (endpoint, guard)
}

fn delivery() -> actix_http::Request {
    test_request(&signed(CANCELLED)).to_request()
}

#[actix_web::test]
async fn a_delivery_that_is_done_is_not_handled_again() {
    let (endpoint, guard) = guarded();
    let handled = Count::default();
    let count = handled.clone();
    let route = webhook(endpoint, move |_: Event| {
        count.more();
        async { HttpResponse::Accepted().finish() }
    });
    let app = test::init_service(App::new().service(web::resource(PATH).route(route))).await;
    assert_eq!(call(&app, delivery()).await.status, 202);
    // Recorded before the answer was sent.
    assert_eq!(guard.state(), Some(Claim::Done));
    let again = call(&app, delivery()).await;
    assert_eq!((again.status, again.rejection), (200, None));
    assert_eq!(handled.so_far(), 1);
}

#[actix_web::test]
async fn a_delivery_that_failed_is_new_again() {
    let (endpoint, guard) = guarded();
    let handled = Count::default();
    let count = handled.clone();
    let route = webhook(endpoint, move |_: Event| {
        let first = count.more() == 0;
        async move {
            if first {
                return HttpResponse::InternalServerError().finish();
            }
            HttpResponse::Ok().finish()
        }
    });
    let app = test::init_service(App::new().service(web::resource(PATH).route(route))).await;
    assert_eq!(call(&app, delivery()).await.status, 500);
    assert_eq!((guard.state(), guard.dropped.so_far()), (None, 0));
    assert_eq!(call(&app, delivery()).await.status, 200);
    assert_eq!(handled.so_far(), 2);
}

#[actix_web::test]
async fn a_delivery_that_is_being_worked_on_is_answered_503() {
    let (endpoint, guard) = guarded();
    let handled = Count::default();
    let count = handled.clone();
    let handler = move |_: Webhook<Event>| {
        let first = count.more() == 0;
        async move {
            if first {
                pending::<()>().await;
            }
            "handled"
        }
    };
    let resource = web::resource(PATH)
        .wrap(WebhookMiddleware::new(endpoint.clone()))
        .route(web::post().to(handler));
    let app = test::init_service(App::new().service(resource)).await;

    let mut first = Box::pin(app.call(delivery()));
    let mut cx = Context::from_waker(Waker::noop());
    while handled.so_far() == 0 {
        assert!(first.as_mut().poll(&mut cx).is_pending());
        actix_web::rt::task::yield_now().await;
    }
    let again = call(&app, delivery()).await;
    assert_eq!(again.status, 503);
    assert_eq!(again.rejection, Some(RejectionKind::InFlight));
    assert!(again.header("retry-after").is_some());
    assert!(endpoint.in_flight().used() > 0);

    // The connection breaks: everything is given back, and the next attempt is new.
    drop(first);
    assert_eq!((guard.state(), guard.dropped.so_far()), (None, 1));
    assert_eq!(endpoint.in_flight().used(), 0);
    assert_eq!(call(&app, delivery()).await.status, 200);
    assert_eq!(handled.so_far(), 2);
}

#[actix_web::test]
async fn an_error_of_the_wrapped_service_is_kept_and_told() {
    let (endpoint, guard) = guarded();
    let resource = web::resource(PATH)
        .wrap_fn(|_, _| async {
            Err::<actix_web::dev::ServiceResponse, _>(ErrorTooManyRequests("slow down"))
        })
        .wrap(WebhookMiddleware::new(endpoint))
        .route(web::post().to(async || "never"));
    let app = test::init_service(App::new().service(resource)).await;
    let error = app.call(delivery()).await.map(drop).unwrap_err();
    assert_eq!(error.as_response_error().status_code(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(error.to_string(), "slow down");
    assert_eq!((guard.state(), guard.dropped.so_far()), (None, 0));
}
