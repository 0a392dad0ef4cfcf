//! The two forms, the one-line route and the layer with an extractor, for every provider.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::fmt::Debug;

use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::handler::Handler;
use axum::routing::{MethodRouter, any, post};
use axum::{Json, Router};
use bytes::Bytes;
use hookgate::ace::{self, Ace};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::{self, IOffice};
use hookgate::mobile_assistant::{self, MobileAssistant};
use hookgate::screenmeet::{self, ScreenMeet};
use hookgate::sign::{Message, samples};
use hookgate::{
    Batch, Budget, Delivery, Endpoint, FromDelivery, JsonEvent, RawBody, RejectionKind, Sends,
    dangerous,
};
use hookgate_axum::{Webhook, WebhookLayer, webhook};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::common::{BODY, Guard, Notes, SECRET, endpoint, forged, send, signed, signed_by};

/// A route that takes everything under `/hooks`.
fn under_hooks(route: MethodRouter) -> Router {
    Router::new().route("/hooks", route.clone()).route("/hooks/{*rest}", route)
}

/// Sends a delivery through both forms, and a forged one; returns what the handlers saw.
async fn both<P>(provider: impl Fn() -> P, message: Message) -> Vec<String>
where
    P: Sends<Event: FromDelivery + Debug>,
{
    let notes = Notes::default();
    let endpoint = || Endpoint::builder(provider()).secret(SECRET).build().unwrap();
    let note = |form: &'static str| {
        let notes = notes.clone();
        move |event: &P::Event| notes.add(format!("{form} {event:?}"))
    };

    let (one, other) = (note("line"), note("layer"));
    let line = webhook(endpoint(), async move |event: P::Event| one(&event));
    let layer = any(async move |Webhook(event): Webhook<P::Event>| other(&event))
        .layer(WebhookLayer::new(endpoint()));
    for route in [line, layer] {
        let app = under_hooks(route);
        let answer = send(app.clone(), signed_by(&provider(), message.clone())).await;
        assert_eq!((answer.status, answer.kind()), (200, None));

        // The same words under another secret.
        let other = hookgate::sign::sign(&provider(), "another secret", message.clone()).unwrap();
        let answer = send(app, other.into_http().unwrap()).await;
        assert_eq!(answer.status, 400);
    }
    notes.take()
}

#[tokio::test]
async fn every_provider_comes_through_both_forms() {
    let ioffice = || IOffice::at("/hooks");
    for (notes, want) in [
        (
            both(|| Ace::trigger(ace::Trigger::Booked), samples::ace("/hooks")).await,
            "Event { trigger: Some(Booked), body: Json(Object {\"meeting\"",
        ),
        (
            both(|| Harmonizely, samples::harmonizely("/hooks")).await,
            "MeetingScheduled(Notice { uuid: Some(\"5f0c8a52-",
        ),
        (
            both(ScreenMeet::new, samples::screenmeet("/hooks")).await,
            "Batch([Session(SessionEvent { type: Some(\"room-entered\")",
        ),
        (
            both(MobileAssistant::new, samples::mobile_assistant("/hooks")).await,
            "TranscriptCompleted(Object {",
        ),
        (
            both(ioffice, samples::ioffice("/hooks")).await,
            "Event { action: Create, entity: \"Agreement\", id: \"25\" }",
        ),
        (
            both(ioffice, Message::get("/hooks/ARCHIVE/Space/7")).await,
            "Event { action: Archive, entity: \"Space\", id: \"7\" }",
        ),
    ] {
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].starts_with(&format!("line {want}")), "{}", notes[0]);
        assert!(notes[1].starts_with(&format!("layer {want}")), "{}", notes[1]);
    }
}

/// Handlers as users write them: named functions, with named types.
#[tokio::test]
async fn functions_are_handlers() {
    async fn ace(_: ace::Event) {}
    async fn harmonizely(_: harmonizely::Event) -> StatusCode {
        StatusCode::OK
    }
    async fn screenmeet(Batch(_): Batch<screenmeet::Event>) -> &'static str {
        ""
    }
    async fn mobile(_: mobile_assistant::Event) -> Result<(), StatusCode> {
        Ok(())
    }
    async fn ioffice(event: ioffice::Event) -> Json<ioffice::Event> {
        Json(event)
    }
    fn at<P: Sends>(provider: P) -> Endpoint<P> {
        Endpoint::builder(provider).secret(SECRET).build().unwrap()
    }
    let app: Router = Router::new()
        .route("/ace", webhook(at(Ace::any()), ace))
        .route("/harmonizely", webhook(at(Harmonizely), harmonizely))
        .route("/screenmeet", webhook(at(ScreenMeet::new()), screenmeet))
        .route("/mobile", webhook(at(MobileAssistant::new()), mobile))
        .route("/ioffice/{*rest}", webhook(at(IOffice::at("/ioffice")), ioffice));
    for request in [
        signed_by(&Ace::any(), samples::ace("/ace")),
        signed_by(&Harmonizely, samples::harmonizely("/harmonizely")),
        signed_by(&ScreenMeet::new(), samples::screenmeet("/screenmeet")),
        signed_by(&MobileAssistant::new(), samples::mobile_assistant("/mobile")),
        signed_by(&IOffice::at("/ioffice"), samples::ioffice("/ioffice")),
    ] {
        let path = request.uri().path().to_owned();
        assert_eq!(send(app.clone(), request).await.status, 200, "{path}");
    }
}

#[derive(Clone)]
struct Db(&'static str);

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: u8,
}

#[tokio::test]
async fn extractors_come_before_the_event() {
    async fn none(event: harmonizely::Event) -> String {
        event.name().to_owned()
    }
    async fn one(State(db): State<Db>, event: harmonizely::Event) -> String {
        format!("{} {}", db.0, event.name())
    }
    #[expect(clippy::too_many_arguments, reason = "as many as there can be")]
    async fn eight(
        State(db): State<Db>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        Query(query): Query<Tenant>,
        Extension(delivery): Extension<Delivery>,
        Webhook(RawBody(body)): Webhook<RawBody>,
        Webhook(again): Webhook<JsonEvent<serde_json::Value>>,
        event: harmonizely::Event,
    ) -> String {
        assert!(headers.contains_key("webhook-signature"));
        assert_eq!((&*body, &again["event"]), (BODY.as_bytes(), &event.name().into()));
        let coverage = delivery.content().coverage;
        format!("{} {method} {} {} {coverage:?}", db.0, uri.path(), query.tenant)
    }
    let endpoint = || endpoint().build().unwrap();
    let app = Router::new()
        .route("/none", webhook(endpoint(), none))
        .route("/one", webhook(endpoint(), one))
        .route("/eight", webhook(endpoint(), eight))
        .with_state(Db("db"));
    for (target, want) in [
        ("/none", "meetingScheduled"),
        ("/one", "db meetingScheduled"),
        ("/eight?tenant=7", "db POST /eight 7 Body"),
    ] {
        let answer = send(app.clone(), signed_by(&Harmonizely, Message::post(target, BODY))).await;
        assert_eq!((answer.status, answer.text()), (200, want));
    }
    // The gate is asked first, and the extractors after it.
    let unsigned = http::Request::post("/eight").body(Body::empty()).unwrap();
    assert_eq!(send(app, unsigned).await.kind(), Some(RejectionKind::MissingSignature));

    let guard = Guard::default();
    let guarded = common::endpoint().replay_guard(guard.clone()).build().unwrap();
    let app = Router::new().route("/hooks", webhook(guarded, eight)).with_state(Db("db"));
    let without_query = send(app, signed(BODY)).await;
    assert_eq!((without_query.status, without_query.kind()), (400, None));
    assert_eq!(guard.notes.take(), ["claim", "failed"]);
}

#[tokio::test]
async fn the_extractor_takes_what_was_verified() {
    async fn event(Webhook(event): Webhook<harmonizely::Event>) -> String {
        event.name().to_owned()
    }
    async fn delivery(Webhook(delivery): Webhook<Delivery>) -> String {
        let content = delivery.into_content();
        assert_eq!((&*content.provider, &*content.body), ("harmonizely", BODY.as_bytes()));
        assert_eq!(content.event_name(), Some(("meetingScheduled", true)));
        format!("{:?}", content.coverage)
    }
    async fn raw(Webhook(RawBody(body)): Webhook<RawBody>, bytes: Bytes) -> Bytes {
        assert_eq!(body, bytes);
        body
    }
    async fn extension(Extension(delivery): Extension<Delivery>) -> Bytes {
        delivery.body().clone()
    }
    async fn json(_: Webhook<Delivery>, Json(json): Json<serde_json::Value>) -> String {
        json["event"].to_string()
    }
    fn layered<H, T>(handler: H) -> Router
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        let layer = WebhookLayer::new(endpoint().build().unwrap());
        Router::new().route("/hooks", post(handler).layer(layer))
    }
    for (app, want) in [
        (layered(event), "meetingScheduled"),
        (layered(delivery), "Body"),
        (layered(raw), BODY),
        (layered(extension), BODY),
        (layered(json), "\"meetingScheduled\""),
    ] {
        let answer = send(app.clone(), signed(BODY)).await;
        assert_eq!((answer.status, answer.text()), (200, want));
        assert_eq!(send(app, forged()).await.status, 400, "{want}");
    }
}

#[tokio::test]
async fn an_unsigned_endpoint_shows_in_the_handler() {
    async fn line(dangerous::Unsigned(event): dangerous::Unsigned<harmonizely::Event>) -> String {
        event.name().to_owned()
    }
    async fn layered(
        Webhook(dangerous::Unsigned(event)): Webhook<dangerous::Unsigned<harmonizely::Event>>,
    ) -> String {
        event.name().to_owned()
    }
    let endpoint = || dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    for route in [webhook(endpoint(), line), post(layered).layer(WebhookLayer::new(endpoint()))] {
        let mut request = signed(BODY);
        request.headers_mut().remove("webhook-signature");
        let answer = send(Router::new().route("/hooks", route), request).await;
        assert_eq!((answer.status, answer.text()), (200, "meetingScheduled"));
    }
}

#[tokio::test]
async fn an_endpoint_that_only_observes_shows_in_the_handler() {
    type Observed = dangerous::Observed<harmonizely::Event>;
    fn told(observed: Observed) -> String {
        let would = observed.would_refuse().map_or("none", RejectionKind::code);
        let name = observed.event().map(|event| event.name().to_owned());
        format!("{would} {}", name.unwrap_or_else(|error| error.to_string()))
    }
    async fn line(State(Db(db)): State<Db>, observed: Observed) -> String {
        assert_eq!(db, "db");
        told(observed)
    }
    async fn layered(Webhook(observed): Webhook<Observed>, body: Bytes) -> String {
        assert_eq!(&body, observed.body());
        told(observed)
    }
    let observing = || dangerous::observe_only(endpoint()).build().unwrap();
    let unsigned = || {
        let mut request = signed(BODY);
        request.headers_mut().remove("webhook-signature");
        request
    };
    for route in [webhook(observing(), line), post(layered).layer(WebhookLayer::new(observing()))] {
        let app = Router::new().route("/hooks", route).with_state(Db("db"));
        for (request, want) in [
            (signed(BODY), "none meetingScheduled"),
            (unsigned(), "missing_signature meetingScheduled"),
            (signed("no JSON"), "undecodable the body is not JSON at line 1 column 2"),
        ] {
            let answer = send(app.clone(), request).await;
            assert_eq!((answer.status, answer.text()), (200, want));
            assert!(answer.rejection.is_none());
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_holds_nothing() {
    async fn line(_: harmonizely::Event) {
        tokio::task::yield_now().await;
        assert!(std::env::args().len() > 1_000, "in the handler");
    }
    async fn layered(Webhook(event): Webhook<harmonizely::Event>) {
        line(event).await;
    }
    let (budget, guard) = (Budget::new(1_000), Guard::default());
    let endpoint = || {
        let endpoint = endpoint().in_flight(budget.clone());
        endpoint.replay_guard(guard.clone()).build().unwrap()
    };
    for route in [webhook(endpoint(), line), post(layered).layer(WebhookLayer::new(endpoint()))] {
        let app = Router::new().route("/hooks", route);
        let task = tokio::spawn(async { send(app, signed(BODY)).await });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(guard.notes.take(), ["claim", "dropped"]);
        assert_eq!(budget.used(), 0);
    }
}
