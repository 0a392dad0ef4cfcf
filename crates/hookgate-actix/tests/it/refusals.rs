//! What does not reach the handler, and what the sender is told.

use std::time::Duration;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use actix_web::{App, Error, test, web};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::mobile_assistant::{self, MobileAssistant};
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::sign::{Message, sign};
use hookgate::{AnyEndpoint, Endpoint, RawBody, RejectionKind, Reply, Secrets};
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

use crate::support::{
    CANCELLED, Count, Frames, PATH, SECRET, builder, call, chunked, endpoint, forged, in_frames,
    mount, signed, test_request, through,
};

/// An application with a handler that counts.
async fn counting(
    endpoint: impl Into<AnyEndpoint>,
) -> (
    impl Service<
        actix_http::Request,
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = Error,
    >,
    Count,
) {
    let handled = Count::default();
    let count = handled.clone();
    let resource = web::resource(PATH).wrap(WebhookMiddleware::new(endpoint)).route(web::to(
        move |_: Webhook<RawBody>| {
            count.more();
            async { "handled" }
        },
    ));
    (test::init_service(App::new().service(resource)).await, handled)
}

#[actix_web::test]
async fn every_failed_signature_looks_the_same() {
    let (app, handled) = counting(endpoint()).await;
    let header = "webhook-signature";
    let unsigned = || {
        TestRequest::post()
            .uri(PATH)
            .insert_header(("content-type", "application/json"))
            .set_payload(CANCELLED)
    };
    let right = signed(CANCELLED);
    let value = right.headers().iter().find(|(name, _)| name == header);
    let (_, value) = value.unwrap().clone();
    for (request, kind) in [
        (test_request(&forged()), RejectionKind::SignatureMismatch),
        (test_request(&signed(CANCELLED).with_body("{}")), RejectionKind::SignatureMismatch),
        (unsigned(), RejectionKind::MissingSignature),
        (unsigned().insert_header((header, "")), RejectionKind::EmptySignature),
        (test_request(&right).append_header((header, value)), RejectionKind::DuplicateSignature),
        (unsigned().insert_header((header, "v1,abc")), RejectionKind::MalformedSignature),
    ] {
        let answer = call(&app, request.to_request()).await;
        answer.assert_problem();
        assert_eq!(answer.rejection, Some(kind));
    }
    assert_eq!(handled.so_far(), 0);
    let answer = call(&app, test_request(&right).to_request()).await;
    assert_eq!((answer.status, handled.so_far()), (200, 1));
}

#[actix_web::test]
async fn other_methods_are_answered_by_the_gate() {
    async fn on_meeting(_: Event) -> &'static str {
        "handled"
    }
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
        let request = test_request(&signed(CANCELLED)).method(method.clone());
        let answer = through(
            |app| {
                app.service(web::resource(PATH).route(webhook(endpoint(), on_meeting)));
            },
            request,
        )
        .await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method}");
        assert_eq!(answer.rejection, Some(RejectionKind::MethodNotAllowed));
    }
}

/// Also where the sender asked to be told to go on: actix-http told it before the gate was asked.
#[actix_web::test]
async fn a_body_that_declares_too_much_is_discarded_and_reaches_nobody() {
    for expect in ["", "100-continue"] {
        let endpoint = builder().body_limit(10).build().unwrap();
        let budget = endpoint.in_flight().clone();
        let (app, handled) = counting(endpoint).await;
        let request = test_request(&signed(CANCELLED)).insert_header(("expect", expect));
        let answer = call(&app, in_frames(request, Frames::of([CANCELLED]))).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.rejection, Some(RejectionKind::BodyTooLarge));
        assert_eq!((budget.used(), handled.so_far()), (0, 0));
    }
}

#[actix_web::test]
async fn a_body_that_turns_out_too_large_is_refused_at_that_frame() {
    let (app, handled) = counting(builder().body_limit(10).build().unwrap()).await;
    let request = || test_request(&signed("12345678901"));
    let frames = Frames::of(["12345", "67890", "1"]);
    let answer = call(&app, chunked(request(), frames)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.rejection, Some(RejectionKind::BodyTooLarge));

    let overflow = Frames::of(["12345"]).then(PayloadError::Overflow);
    let answer = call(&app, chunked(request(), overflow)).await;
    assert_eq!(answer.rejection, Some(RejectionKind::BodyTooLarge));
    assert_eq!(handled.so_far(), 0);

    let frames = Frames::of(["12345", "", "67890"]);
    let answer = call(&app, chunked(test_request(&signed("1234567890")), frames)).await;
    assert_eq!((answer.status, handled.so_far()), (200, 1));
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_refused() {
    let (app, handled) = counting(endpoint()).await;
    let frames = Frames::of([CANCELLED]).then(PayloadError::Incomplete(None));
    let request = test_request(&signed(CANCELLED));
    let answer = call(&app, in_frames(request, frames)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.rejection, Some(RejectionKind::BodyInterrupted));
    assert_eq!(handled.so_far(), 0);
}

#[actix_web::test]
async fn a_body_that_stalls_is_answered_408() {
    let deadline = Duration::from_millis(10);
    let endpoint = builder().body_deadline(deadline).build().unwrap();
    let (app, handled) = counting(endpoint.clone()).await;
    let frames = Frames::of([CANCELLED]).then_stalls();
    let request = test_request(&signed(CANCELLED));
    let answer = call(&app, in_frames(request, frames)).await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.rejection, Some(RejectionKind::BodyTimeout));
    assert_eq!((handled.so_far(), endpoint.in_flight().used()), (0, 0));
}

#[actix_web::test]
async fn bytes_in_flight_are_bounded_and_given_back() {
    let endpoint = builder().in_flight(CANCELLED.len()).build().unwrap();
    let (app, handled) = counting(endpoint.clone()).await;
    let request = || test_request(&signed(CANCELLED));

    // One upload holds a part of the budget, and goes no further.
    let stalled = Frames::of(["{"]).then_stalls();
    let mut first = Box::pin(app.call(in_frames(request(), stalled)));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    assert_eq!(endpoint.in_flight().used(), 1);

    let answer = call(&app, request().to_request()).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.rejection, Some(RejectionKind::Overloaded));
    assert!(answer.header("retry-after").is_some());
    assert_eq!((handled.so_far(), endpoint.in_flight().used()), (0, 1));

    drop(first);
    assert_eq!(endpoint.in_flight().used(), 0);
    let answer = call(&app, request().to_request()).await;
    assert_eq!((answer.status, handled.so_far()), (200, 1));
    assert_eq!(endpoint.in_flight().used(), 0);
}

#[actix_web::test]
async fn a_body_is_in_flight_until_the_handler_has_answered() {
    let endpoint = endpoint();
    let seen = endpoint.clone();
    let answer = through(
        |app| {
            let route = webhook(endpoint.clone(), move |_: Event| {
                let used = seen.in_flight().used();
                async move { used.to_string() }
            });
            app.service(web::resource(PATH).route(route));
        },
        test_request(&signed(CANCELLED)),
    )
    .await;
    assert_eq!(answer.text(), CANCELLED.len().to_string());
    assert_eq!(endpoint.in_flight().used(), 0);
}

#[actix_web::test]
async fn an_authentic_delivery_that_does_not_decode_says_so_to_the_logs() {
    async fn bare(_: Event) -> &'static str {
        "handled"
    }
    async fn extracted(_: Webhook<Event>) -> &'static str {
        "handled"
    }
    let route = || web::resource(PATH).route(webhook(endpoint(), bare));
    let wrapped = || {
        let resource = web::resource(PATH).wrap(WebhookMiddleware::new(endpoint()));
        resource.route(web::post().to(extracted))
    };
    let request = || test_request(&signed(r#"{"event":7}"#));
    let one = through(mount(route()), request()).await;
    let other = through(mount(wrapped()), request()).await;
    assert_eq!(one, other);
    assert_eq!(one.status, 400);
    let kind = one.rejection.unwrap();
    assert_eq!(kind, RejectionKind::Undecodable);
    assert!(kind.after_verdict());
    assert!(one.text().contains("undecodable"), "{one:?}");
    assert_eq!(one.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn an_event_that_the_provider_wants_refused_is_refused() {
    async fn on_event(_: mobile_assistant::Event) -> &'static str {
        "handled"
    }
    let endpoint = Endpoint::builder(MobileAssistant::new());
    let endpoint = endpoint.secret(SECRET).build().unwrap();
    for (name, status) in [("transcript.completed", 200), ("transcript.lost", 400)] {
        let message = Message::post("/hooks/ma", format!(r#"{{"type":"{name}"}}"#));
        let request = sign(&MobileAssistant::new(), SECRET, message).unwrap();
        let route = webhook(endpoint.clone(), on_event);
        let answer =
            through(mount(web::resource("/hooks/ma").route(route)), test_request(&request)).await;
        assert_eq!(answer.status, status, "{name}");
        let unknown = (status == 400).then_some(RejectionKind::UnknownEvent);
        assert_eq!(answer.rejection, unknown, "{name}");
    }
}

#[actix_web::test]
async fn the_application_answers_in_its_own_words() {
    let endpoint = builder()
        .on_rejection(|rejection, _| match rejection.kind() {
            RejectionKind::SignatureMismatch => Reply::new(404).text("nothing here"),
            RejectionKind::Undecodable => Reply::new(422).text("what?"),
            _ => Reply::new(200),
        })
        .build()
        .unwrap();
    let resource = || {
        let resource = web::resource(PATH).wrap(WebhookMiddleware::new(endpoint.clone()));
        resource.route(web::to(async |_: Webhook<Event>| "handled"))
    };
    for (request, status, body) in [
        (test_request(&forged()), 404, "nothing here"),
        (test_request(&signed("[]")), 422, "what?"),
        // A success would lose the delivery.
        (test_request(&forged()).method(Method::PUT), 405, ""),
    ] {
        let answer = through(mount(resource()), request).await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(body), "{answer:?}");
        assert!(answer.rejection.is_some());
    }
}

#[actix_web::test]
async fn an_unknown_tenant_looks_like_a_wrong_signature() {
    async fn secrets_of(query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
        match &*query.tenant {
            "acme" => Ok(Some(Secrets::new(SECRET))),
            "down" => Err(Unavailable::new("the database is away")),
            _ => Ok(None),
        }
    }
    let endpoint = Endpoint::builder(Harmonizely)
        .secrets_from(|head| head.path().rsplit('/').next().map(Into::into), secrets_of)
        .build()
        .unwrap();
    let resource = || {
        let resource = web::resource("/hooks/{tenant}");
        resource.route(webhook(endpoint.clone(), async |_: Event| "handled"))
    };
    let send = async |tenant: &str, secret: &str| {
        let message = Message::post(format!("/hooks/{tenant}"), CANCELLED);
        let request = sign(&Harmonizely, secret, message).unwrap();
        through(mount(resource()), test_request(&request)).await
    };
    assert_eq!(send("acme", SECRET).await.status, 200);
    let wrong = send("acme", "another secret").await;
    wrong.assert_problem();
    assert_eq!(wrong.rejection, Some(RejectionKind::SignatureMismatch));
    let unknown = send("nobody", SECRET).await;
    assert_eq!(unknown.rejection, Some(RejectionKind::UnknownTenant));
    assert_eq!(unknown.without_reason(), wrong.without_reason());
    let down = send("down", SECRET).await;
    assert_eq!(down.status, 503);
    assert_eq!(down.rejection, Some(RejectionKind::SecretsUnavailable));
}
