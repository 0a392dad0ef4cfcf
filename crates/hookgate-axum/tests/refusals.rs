//! Every refusal: its status, its constant body, and the reason in the response's extensions.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{MethodRouter, any};
use bytes::Bytes;
use hookgate::handshake::{Challenge, Handshake};
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{Claim, Key, KeyQuery, SecretOffer, SecretQuery, Unavailable};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::screenmeet::ScreenMeet;
use hookgate::sign::{Message, samples};
use hookgate::{
    Delivery, Endpoint, EndpointBuilder, JsonEvent, Provider, Rejection, RejectionKind, Reply,
    RequestHead, Secrets, Sends, UnixTime, UnknownEvents, dangerous,
};
use hookgate_axum::{Webhook, WebhookLayer, webhook, webhook_into};
use http::HeaderValue;
use hyper::body::{Body as HttpBody, Frame};

use crate::common::{
    Answer, BODY, Guard, SECRET, endpoint, forged, send, signed, signed_by, with_method,
};

/// The time of these tests.
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// Signs a time and an id, several signatures at a time.
#[derive(Debug)]
struct Timed;

impl Provider for Timed {
    fn id(&self) -> &str {
        "timed"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-signature")
            .list(",", "=", "v1")
            .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
            .delivery_id(Place::Header("x-id"))
            .signed("{id}.{ts}.{body}")
    }
}

impl Sends for Timed {
    type Event = JsonEvent<serde_json::Value>;
}

/// Names the key that it signed with.
#[derive(Debug)]
struct Keyed;

impl Provider for Keyed {
    fn id(&self) -> &str {
        "keyed"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"))
    }
}

impl Sends for Keyed {
    type Event = JsonEvent<serde_json::Value>;
}

/// Asks whether an address takes its webhooks.
#[derive(Debug)]
struct Asks(Challenge<'static>);

const META: Challenge<'static> =
    Challenge::QueryToken { mode: ("mode", "subscribe"), token: "token", challenge: "challenge" };
const ASANA: Challenge<'static> = Challenge::HeaderSecret { header: "x-secret" };

impl Provider for Asks {
    fn id(&self) -> &str {
        "asks"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-signature")
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        Some(&self.0)
    }
}

impl Sends for Asks {
    type Event = JsonEvent<serde_json::Value>;
}

/// A body that never goes on, or breaks off.
struct Bad {
    breaks: bool,
}

impl HttpBody for Bad {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.breaks {
            return Poll::Ready(Some(Err(std::io::Error::other("reset"))));
        }
        Poll::Pending
    }
}

fn without(name: &str) -> Request {
    let mut request = signed(BODY);
    request.headers_mut().remove(name).unwrap();
    request
}

fn with(mut request: Request, name: &'static str, value: &str) -> Request {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

fn with_target(mut request: Request, target: &'static str) -> Request {
    *request.uri_mut() = http::Uri::from_static(target);
    request
}

fn twice(mut request: Request, name: &'static str) -> Request {
    let value = request.headers()[name].clone();
    request.headers_mut().append(name, value);
    request
}

fn timed() -> Message {
    Message::post("/hooks", BODY).at(NOW).id("d-1")
}

fn at(seconds: i64) -> Request {
    signed_by(&Timed, timed().at(UnixTime::from_secs(NOW.as_secs() + seconds)))
}

fn signature(request: &Request, change: impl Fn(&str) -> String) -> String {
    change(request.headers()["x-signature"].to_str().unwrap())
}

/// The one-line route and the layer, for endpoints of any provider.
fn forms<P: Sends>(endpoint: impl Fn() -> EndpointBuilder<P>) -> [MethodRouter; 2]
where
    P::Event: hookgate::FromDelivery,
{
    let endpoint = || endpoint().clock(|| NOW).build().unwrap();
    [
        webhook(endpoint(), async |_: P::Event| ()),
        any(async |_: Webhook<P::Event>| ()).layer(WebhookLayer::new(endpoint())),
    ]
}

/// A request that is refused, under both forms and for the reason.
struct Case {
    kind: RejectionKind,
    status: u16,
    forms: [MethodRouter; 2],
    request: fn() -> Request,
}

fn cases() -> Vec<Case> {
    use RejectionKind as Kind;

    let secrets = |known: bool, down: bool| {
        move || {
            Endpoint::builder(Harmonizely).secrets_from(
                move |_: &dyn RequestHead| known.then(|| "tenant".into()),
                move |_: SecretQuery| async move {
                    if down { Err(Unavailable::new("down")) } else { Ok(None::<Secrets>) }
                },
            )
        }
    };
    let keys = |down: bool| {
        move || {
            Endpoint::builder(Keyed).keys_from(move |_: KeyQuery| async move {
                if down { Err(Unavailable::new("down")) } else { Ok(None::<Key>) }
            })
        }
    };
    let guarded =
        |answer, down| move || endpoint().replay_guard(Guard { answer, down, ..Guard::default() });
    let asking = || Endpoint::builder(Asks(META)).secret(SECRET).verify_token("right");
    let learning = || {
        let down = |_: SecretOffer| async { Err(Unavailable::new("down")) };
        Endpoint::builder(Asks(ASANA)).learn_secret(down)
    };
    let plain = || forms(endpoint);
    let timed_forms = || forms(|| Endpoint::builder(Timed).secret(SECRET));
    let case = |kind, status, forms, request| Case { kind, status, forms, request };
    let one = [
        case(Kind::MissingSignature, 400, plain(), || without("webhook-signature")),
        case(Kind::EmptySignature, 400, plain(), || with(signed(BODY), "webhook-signature", "")),
        case(Kind::DuplicateSignature, 400, plain(), || twice(signed(BODY), "webhook-signature")),
        case(Kind::MalformedSignature, 400, plain(), || {
            with(signed(BODY), "webhook-signature", "v1,AAAA")
        }),
        case(Kind::TooManySignatures, 400, timed_forms(), || {
            let request = at(0);
            let many = signature(&request, |one| format!("{one}{}", ",v1=00".repeat(129)));
            with(request, "x-signature", &many)
        }),
        case(
            Kind::UnsupportedAlgorithm,
            400,
            forms(|| Endpoint::builder(ScreenMeet::new()).secret(SECRET)),
            || {
                let request = signed_by(&ScreenMeet::new(), samples::screenmeet("/hooks"));
                with(request, "x-signature-algo", "sha512")
            },
        ),
        case(Kind::MissingTimestamp, 400, timed_forms(), || {
            let request = at(0);
            let bare = signature(&request, |one| one.replace("t=1700000000,", ""));
            with(request, "x-signature", &bare)
        }),
        case(Kind::MalformedTimestamp, 400, timed_forms(), || {
            let request = at(0);
            let other = signature(&request, |one| one.replace("t=", "t=+"));
            with(request, "x-signature", &other)
        }),
        case(Kind::StaleTimestamp, 400, timed_forms(), || at(-301)),
        case(Kind::FutureTimestamp, 400, timed_forms(), || at(301)),
        case(Kind::MissingDeliveryId, 400, timed_forms(), || {
            let mut request = at(0);
            request.headers_mut().remove("x-id").unwrap();
            request
        }),
        case(Kind::MalformedDeliveryId, 400, timed_forms(), || with(at(0), "x-id", "d.1")),
        case(
            Kind::SignedContent,
            400,
            forms(|| Endpoint::builder(IOffice::at("/other")).secret(SECRET)),
            || signed_by(&IOffice::at("/hooks"), samples::ioffice("/hooks")),
        ),
        case(Kind::SignatureMismatch, 400, plain(), forged),
        case(Kind::UnknownTenant, 400, forms(secrets(true, false)), || signed(BODY)),
        case(Kind::UnknownTenant, 400, forms(secrets(false, false)), || signed(BODY)),
        case(Kind::UnknownKey, 400, forms(keys(false)), || {
            signed_by(&Keyed, Message::post("/hooks", BODY).key_id("k-1"))
        }),
        case(Kind::Handshake, 400, forms(asking), || {
            with_method(with_target(signed(BODY), "/hooks?mode=a&mode=a"), http::Method::GET)
        }),
        case(Kind::HandshakeToken, 403, forms(asking), || {
            let target = "/hooks?mode=subscribe&token=wrong&challenge=1";
            with_method(with_target(signed(BODY), target), http::Method::GET)
        }),
        case(Kind::SecretNotStored, 503, forms(learning), || {
            with(signed(BODY), "x-secret", "0123456789abcdef")
        }),
        case(Kind::MethodNotAllowed, 405, plain(), || with_method(signed(BODY), http::Method::PUT)),
        case(Kind::UnsupportedCoding, 415, plain(), || {
            let mut request = signed(BODY);
            request.headers_mut().insert("content-encoding", HeaderValue::from_static("br"));
            request
        }),
        case(
            Kind::BodyTimeout,
            408,
            forms(|| endpoint().body_deadline(Duration::from_millis(20))),
            || signed(BODY).map(|_| Body::new(Bad { breaks: false })),
        ),
        case(Kind::BodyTooLarge, 413, forms(|| endpoint().body_limit(9)), || signed(BODY)),
        case(Kind::BodyInterrupted, 400, plain(), || {
            signed(BODY).map(|_| Body::new(Bad { breaks: true }))
        }),
        case(Kind::Overloaded, 503, forms(|| endpoint().in_flight(9)), || signed(BODY)),
        case(Kind::SecretsUnavailable, 503, forms(secrets(true, true)), || signed(BODY)),
        case(Kind::KeysUnavailable, 503, forms(keys(true)), || {
            signed_by(&Keyed, Message::post("/hooks", BODY).key_id("k-1"))
        }),
        case(
            Kind::UnknownEvent,
            400,
            forms(|| Endpoint::builder(MobileAssistant::new()).secret(SECRET)),
            || signed_by(&MobileAssistant::new(), Message::post("/hooks", r#"{"type":"new"}"#)),
        ),
        case(
            Kind::UnknownEvent,
            400,
            forms(|| endpoint().unknown_events(UnknownEvents::Refuse)),
            || signed(r#"{"event":"new"}"#),
        ),
        case(Kind::Undecodable, 400, plain(), || signed("no JSON")),
        case(Kind::Undecodable, 400, plain(), || signed(r#"{"event":"a","event":"b"}"#)),
        case(
            Kind::Undecodable,
            400,
            forms(|| Endpoint::builder(ScreenMeet::new()).secret(SECRET)),
            || signed_by(&ScreenMeet::new(), Message::post("/hooks", "{}")),
        ),
        case(Kind::InFlight, 503, forms(guarded(Some(Claim::InFlight), false)), || signed(BODY)),
        case(Kind::GuardUnavailable, 503, forms(guarded(None, true)), || signed(BODY)),
    ];
    let sink = |_: Delivery| async { Err(Unavailable::new("down")) };
    let into = || webhook_into(endpoint().build().unwrap(), sink);
    let stored = case(Kind::SinkUnavailable, 503, [into(), into()], || signed(BODY));
    one.into_iter().chain([stored]).collect()
}

async fn ask(route: MethodRouter, mut request: Request) -> Answer {
    // A proxy has its say in every head, which the reply does not repeat.
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("203.0.113.7"));
    let app = Router::new().route("/hooks", route.clone()).route("/hooks/{*rest}", route);
    send(app, request).await
}

#[tokio::test]
async fn every_kind_has_its_status_and_its_reason_in_the_extensions() {
    let mut seen = HashSet::new();
    for case in cases() {
        let kind = case.kind;
        for (route, form) in case.forms.into_iter().zip(["line", "layer"]) {
            let answer = ask(route, (case.request)()).await;
            let got = answer.kind();
            assert_eq!((answer.status, got), (case.status, Some(kind)), "{form}: {}", kind.code());
            let rejection = answer.rejection.as_ref().unwrap();
            assert_eq!(rejection.status(), case.status, "{form} {kind:?}");
            seen.insert(kind);
        }
    }
    let all: HashSet<_> = RejectionKind::ALL.iter().copied().collect();
    assert_eq!(all.difference(&seen).collect::<Vec<_>>(), Vec::<&RejectionKind>::new());
}

#[tokio::test]
async fn every_refusal_has_a_constant_body_and_is_kept_by_nobody() {
    let not_verified = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"the signature could not be verified","code":"signature_not_verified"}"#;
    let mut bodies: HashMap<RejectionKind, Bytes> = HashMap::new();
    for case in cases() {
        let kind = case.kind;
        for route in case.forms {
            let answer = ask(route, (case.request)()).await;
            answer.assert_of_the_gate();
            assert_eq!(answer.header("content-type"), ["application/problem+json"], "{kind:?}");
            let again = answer.status == 503;
            assert_eq!(answer.header("retry-after").len(), usize::from(again), "{kind:?}");
            let codings = answer.header("accept-encoding").len();
            assert_eq!(codings, usize::from(answer.status == 415), "{kind:?}");
            if kind.is_signature() {
                let same: serde_json::Value = serde_json::from_str(not_verified).unwrap();
                assert_eq!(
                    serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(),
                    same
                );
            } else {
                assert!(answer.text().contains(kind.code()), "{kind:?}: {}", answer.text());
            }
            // Whatever the form and the request were.
            assert_eq!(bodies.entry(kind).or_insert(answer.body.clone()), &answer.body);
        }
    }
}

#[tokio::test]
async fn an_undecodable_delivery_was_authentic() {
    for route in forms(endpoint) {
        let answer = ask(route, signed("{\"event\":\"a secret word\"")).await;
        let rejection = answer.rejection.as_ref().unwrap();
        assert_eq!((answer.status, rejection.kind()), (400, RejectionKind::Undecodable));
        assert!(rejection.kind().after_verdict());
        let cause = std::error::Error::source(rejection).unwrap().to_string();
        assert!(cause.contains("ends too early"), "{cause}");
        let shown = format!("{rejection:?} {rejection} {}", answer.text());
        assert!(!shown.contains("secret word"), "{shown}");
    }
}

#[tokio::test]
async fn an_undecodable_delivery_is_not_done() {
    let guard = Guard::default();
    for route in forms(|| endpoint().replay_guard(guard.clone())) {
        assert_eq!(ask(route, signed("no JSON")).await.status, 400);
        assert_eq!(guard.notes.take(), ["claim", "failed"]);
    }
}

#[tokio::test]
async fn reasons_show_where_that_was_asked_for() {
    for route in forms(|| dangerous::expose_reasons(endpoint())) {
        let answer = ask(route.clone(), forged()).await;
        assert!(answer.text().contains("signature_mismatch"), "{}", answer.text());
        let answer = ask(route, without("webhook-signature")).await;
        assert!(answer.text().contains("missing_signature"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_application_answers_in_its_own_words() {
    let own = |rejection: &Rejection, reply: Reply| match rejection.kind() {
        RejectionKind::Undecodable => Reply::new(422).text("what is this?"),
        RejectionKind::MissingSignature => reply.header("x-reason", "none"),
        RejectionKind::MethodNotAllowed => Reply::new(404),
        // Not sent: it would lose deliveries.
        _ => Reply::new(200),
    };
    for route in forms(move || endpoint().on_rejection(own)) {
        for (request, status, text) in [
            (signed("no JSON"), 422, "what is this?"),
            (without("webhook-signature"), 400, "signature_not_verified"),
            (with_method(signed(BODY), http::Method::GET), 404, ""),
            (forged(), 400, "signature_not_verified"),
            (signed(BODY), 200, ""),
        ] {
            let answer = ask(route.clone(), request).await;
            assert_eq!(answer.status, status);
            assert!(answer.text().contains(text), "{}", answer.text());
            assert_eq!(answer.rejection.is_some(), status != 200);
            if status != 200 {
                answer.assert_of_the_gate();
            }
            let reason = answer.kind() == Some(RejectionKind::MissingSignature);
            assert_eq!(answer.header("x-reason").len(), usize::from(reason));
        }
    }
}

#[tokio::test]
async fn the_status_for_wrong_signatures_is_the_endpoints() {
    for route in forms(|| endpoint().rejection_status(401)) {
        for (request, status) in [
            (forged(), 401),
            (without("webhook-signature"), 401),
            (signed("no JSON"), 400),
            (with_method(forged(), http::Method::GET), 405),
        ] {
            assert_eq!(ask(route.clone(), request).await.status, status);
        }
    }
}
