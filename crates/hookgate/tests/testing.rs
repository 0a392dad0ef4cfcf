//! What the `testing` module offers, and what an extractor that has nothing answers in tower.

#![cfg(all(feature = "http", feature = "testing"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use common::{Custom, STANDARD, WHSEC, from_harmonizely};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{SecretQuery, SecretSource, Unavailable};
use hookgate::sign::{Message, SignError, samples, sign};
use hookgate::testing::{self, NOW, TestError};
use hookgate::{
    AnyEndpoint, Delivery, Endpoint, Rejection, RejectionKind, Secret, Secrets, ace, extract,
};

fn message() -> Message {
    Message::post("/acme", r#"{"event":"meetingScheduled","data":{}}"#)
}

fn rotating() -> Secrets {
    Secrets::new(Secret::new("the new secret").labelled("new")).and("the old secret")
}

fn looked_up(source: impl SecretSource) -> AnyEndpoint {
    Endpoint::builder(Harmonizely)
        .secrets_from(|head| head.path().strip_prefix('/').map(Into::into), source)
        .build()
        .unwrap()
        .into_any()
}

/// A port that is not ready when it is first asked.
async fn waits(_: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
    let mut asked = false;
    poll_fn(|cx| {
        if asked {
            return Poll::Ready(Ok(Some(rotating())));
        }
        asked = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[test]
fn a_message_is_signed_under_the_first_of_the_endpoints_own_secrets() {
    let endpoint = Endpoint::builder(Harmonizely).secrets(rotating()).build().unwrap();
    let request = testing::sign_for(&endpoint, message()).unwrap();
    let delivery = testing::through(&endpoint, &request).unwrap();
    assert_eq!((delivery.secret(), delivery.tenant()), (Some("new"), None));

    endpoint.secrets().replace("the newest secret").unwrap();
    assert!(matches!(testing::through(&endpoint, &request), Err(TestError::Refused(_))));
    let request = testing::sign_for(&endpoint, message()).unwrap();
    assert_eq!(testing::through(&endpoint, &request).unwrap().secret(), Some("#1"));
}

#[test]
fn every_form_of_signature_is_made_for_an_endpoint() {
    let standard = Endpoint::builder(Custom::new(STANDARD)).secret(WHSEC).build().unwrap();
    let error = testing::sign_for(&standard, message()).unwrap_err();
    assert!(matches!(error, TestError::Sign(SignError::Missing(_))), "{error}");
    let complete = message().at(NOW).id("d-1");
    let ioffice = Endpoint::builder(IOffice::at("/")).secret("s3cret").build().unwrap();
    for (endpoint, message) in [
        (standard.into_any(), complete),
        (ioffice.into_any(), Message::post("/create/visitor/7", "")),
    ] {
        let request = testing::sign_for(&endpoint, message).unwrap();
        assert_eq!(testing::through(&endpoint, &request).unwrap().secret(), Some("#1"));
    }
}

#[test]
fn an_endpoint_that_looks_its_secrets_up_has_none_to_sign_with() {
    let endpoint = looked_up(waits);
    let error = testing::sign_for(&endpoint, message()).unwrap_err();
    assert!(matches!(error, TestError::NoOwnSecrets), "{error}");
}

#[test]
fn a_port_that_waits_is_waited_for() {
    let endpoint = looked_up(waits);
    let request = sign(&Harmonizely, "the old secret", message()).unwrap();
    let error = testing::through(&endpoint, &request).unwrap_err();
    assert!(matches!(error, TestError::Waits), "{error}");

    let mut passing = pin!(testing::through_ports(&endpoint, &request));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(passing.as_mut().poll(&mut cx).is_pending());
    let Poll::Ready(delivery) = passing.as_mut().poll(&mut cx) else { panic!("it was ready") };
    let delivery = delivery.unwrap();
    assert_eq!((delivery.secret(), delivery.tenant()), (Some("#2"), Some("acme")));
}

/// Tests on runtimes of several threads hold it in a task.
#[test]
fn a_delivery_on_its_way_can_change_threads() {
    fn sent<T: Send>(_: T) {}
    let endpoint = looked_up(waits);
    let request = sign(&Harmonizely, "the old secret", message()).unwrap();
    sent(testing::through_ports(&endpoint, &request));
}

#[test]
fn every_documented_event_needs_a_sample_that_decodes() {
    let sample = |name: &str| Message::post("/", format!(r#"{{"event":"{name}","data":{{}}}}"#));
    let names = ["meetingCancelled", "meetingScheduled", "meetingRescheduled", "meetingScheduled"];
    let events = testing::every_event(Harmonizely, names.map(sample)).unwrap();
    let decoded: Vec<_> = events.iter().map(harmonizely::Event::name).collect();
    assert_eq!(decoded, names);

    let missing = testing::every_event(Harmonizely, [sample("meetingScheduled")]).unwrap_err();
    assert!(matches!(&missing, TestError::NoSample(name) if name == "meetingRescheduled"));
    let broken = testing::every_event(Harmonizely, [Message::post("/", "[]")]).unwrap_err();
    assert!(matches!(broken, TestError::Event(_)), "{broken}");

    // An event may stand in the path, in any case.
    let ioffice = ["Create", "UPDATE", "delete", "archive"];
    let ioffice = ioffice.map(|name| Message::post(format!("/{name}/visitor/7"), ""));
    assert_eq!(testing::every_event(IOffice::at("/"), ioffice).unwrap().len(), 4);
    let one = testing::every_event(MobileAssistant::new(), [samples::mobile_assistant("/")]);
    assert!(matches!(one, Err(TestError::NoSample(_))));
}

#[test]
fn what_an_extractor_lacks_is_a_response_with_its_rejection() {
    let undecodable = from_harmonizely("no JSON");
    let error = extract::<harmonizely::Event>(Some(&undecodable)).unwrap_err();
    let (reply, response) = (error.reply(), error.into_http::<Bytes>());
    assert_eq!((response.status().as_u16(), response.body()), (400, reply.body()));
    assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
    let rejection = response.extensions().get::<Rejection>().unwrap();
    assert_eq!(rejection.kind(), RejectionKind::Undecodable);
    assert!(rejection.source().is_some());

    // A handler that is wired wrong rejected nothing.
    for error in [
        extract::<Delivery>(None).unwrap_err(),
        extract::<ace::Event>(Some(&undecodable)).unwrap_err(),
    ] {
        let response = error.into_http::<Bytes>();
        assert_eq!(response.status(), 500);
        assert!(response.extensions().get::<Rejection>().is_none());
    }
}
