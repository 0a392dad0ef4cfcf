//! Endpoints that only observe: what they find, what they pass on all the same, and what not.

#![cfg(all(feature = "gzip", feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::collections::{HashSet, VecDeque};
use std::error::Error;
use std::fmt::{Debug, Write};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{
    Custom, NOW, Outcome, PREFIXED, Request, SECRET, STANDARD, STRIPE_LIKE, WHSEC, delivery,
    hex_of, message, ours, outcome, refused, run, run_in_pieces, signed,
};
use hookgate::driver::{Admission, Admitted, FrameError, Frames, Gate, Timer};
use hookgate::handshake::Challenge;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::{self, IOffice};
use hookgate::ports::{
    AnySink, Claim, ClaimQuery, Held, Key, KeyQuery, ReplayGuard, SecretQuery, Stored, Unavailable,
};
use hookgate::scheme::{Covered, Place};
use hookgate::screenmeet::ScreenMeet;
use hookgate::{
    AnyEndpoint, Budget, BuildError, Content, Coverage, Delivery, Endpoint, EndpointBuilder,
    ExtractError, JsonEvent, Provider, RawBody, RejectionKind, RequestHead, Secrets, UnixTime,
    UnknownEvents, Warning, dangerous, extract,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use RejectionKind as Kind;

const BODY: &str = r#"{"event":"meetingScheduled","data":{}}"#;

/// The same endpoint as one that refuses, and as one that only observes.
fn pair<P: Provider>(build: impl Fn() -> EndpointBuilder<P>) -> (AnyEndpoint, AnyEndpoint) {
    let observing = dangerous::observe_only(build()).build().unwrap();
    (build().build().unwrap().into_any(), observing.into_any())
}

fn plain_pair() -> (AnyEndpoint, AnyEndpoint) {
    pair(|| ours(Harmonizely))
}

fn genuine() -> Request {
    signed(&Harmonizely, SECRET, message(BODY))
}

fn timed() -> Request {
    signed(&Custom::new(STRIPE_LIKE), SECRET, message(BODY))
}

fn standard() -> Request {
    signed(&Custom::new(STANDARD), WHSEC, message(BODY))
}

/// Secrets by the first segment of the path: `/hooks` has one, `/down` cannot be looked up, and
/// those of `/bad` cannot be right.
fn tenants() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secrets_from(
        |head: &dyn RequestHead| head.path().strip_prefix('/').map(Into::into),
        async |query: SecretQuery| match &*query.tenant {
            "hooks" => Ok(Some(Secrets::new(SECRET))),
            "down" => Err(Unavailable::new("the database is down")),
            "bad" => Ok(Some(Secrets::new(""))),
            _ => Ok(None),
        },
    )
}

fn keyed() -> EndpointBuilder<Custom> {
    let provider = Custom::new(PREFIXED.key_id(Place::Header("x-key")));
    Endpoint::builder(provider).keys_from(async |query: KeyQuery| match &*query.key_id {
        "key-1" => Ok(Some(Key::secret(SECRET))),
        "down" => Err(Unavailable::new("the key server is down")),
        "bad" => Ok(Some(Key::secret(""))),
        _ => Ok(None),
    })
}

fn with_key(key: &str) -> Request {
    let provider = Custom::new(PREFIXED.key_id(Place::Header("x-key")));
    signed(&provider, SECRET, message(BODY)).with("x-key", key)
}

type Endpoints = (AnyEndpoint, AnyEndpoint);

/// Everything that an endpoint refuses and one that only observes passes on.
fn rows() -> Vec<(Kind, Endpoints, Request)> {
    let stripe = || pair(|| ours(Custom::new(STRIPE_LIKE)));
    let with_id = || pair(|| Endpoint::builder(Custom::new(STANDARD)).secret(WHSEC));
    let ours_signed = |time: &str| format!("t={time},v1={}", hex_of(format!("{time}.{BODY}")));
    let at = |time: &str| timed().with("stripe-signature", ours_signed(time));
    let many = vec![format!("v1={}", hex_of("x")); 129].join(",");
    let named = |policy| {
        pair(move || {
            let scheme = PREFIXED.event_name(Place::Json("/event"));
            let provider = Custom { events: &["known"], ..Custom::new(scheme) };
            ours(provider).unknown_events(policy)
        })
    };
    let to_named = |body: &str| signed(&Custom::new(PREFIXED), SECRET, message(body.to_owned()));
    let gzip = || signed(&Harmonizely, SECRET, message(vec![b' '; 5_000]).gzipped());
    let cut = {
        let wire = signed(&Harmonizely, SECRET, message(BODY).gzipped()).body;
        let cut = signed(&Harmonizely, SECRET, message(wire.slice(..wire.len() - 1)));
        cut.and("content-encoding", "gzip")
    };
    let asks = |target: &str| Request::post(target, "").method("GET");
    let mut rows = vec![
        (Kind::Handshake, pair(asking), asks("/hooks?challenge=1&challenge=2")),
        (Kind::HandshakeToken, pair(asking), asks("/hooks?mode=subscribe&token=no&echo=1")),
        (Kind::MissingSignature, plain_pair(), genuine().without("webhook-signature")),
        (Kind::EmptySignature, plain_pair(), genuine().with("webhook-signature", "")),
        (
            Kind::DuplicateSignature,
            plain_pair(),
            genuine().and("webhook-signature", genuine().value("webhook-signature")),
        ),
        (Kind::MalformedSignature, plain_pair(), genuine().with("webhook-signature", "no!")),
        (Kind::TooManySignatures, stripe(), timed().with("stripe-signature", many)),
        (
            Kind::UnsupportedAlgorithm,
            pair(|| ours(ScreenMeet::new())),
            signed(&ScreenMeet::new(), SECRET, message("[]")).with("x-signature-algo", "md5"),
        ),
        (
            Kind::MissingTimestamp,
            stripe(),
            timed().with("stripe-signature", format!("v1={}", hex_of(BODY))),
        ),
        (Kind::MalformedTimestamp, stripe(), at("soon")),
        (Kind::StaleTimestamp, stripe(), at("1600000000")),
        (Kind::FutureTimestamp, stripe(), at("1800000000")),
        (Kind::MissingDeliveryId, with_id(), standard().without("webhook-id")),
        (Kind::MalformedDeliveryId, with_id(), standard().with("webhook-id", "a.b")),
        (
            Kind::SignedContent,
            pair(|| ours(IOffice::at("/"))),
            Request::post("/", "[]").and("x-ioffice-signature", hex_of("x")),
        ),
        (Kind::SignatureMismatch, plain_pair(), signed(&Harmonizely, "another", message(BODY))),
        (Kind::UnknownTenant, pair(tenants), genuine().target("/nobody")),
        (Kind::UnknownTenant, pair(tenants), genuine().target("*")),
        (Kind::SignatureMismatch, pair(tenants), genuine().body("{}").target("/hooks")),
        (Kind::SecretsUnavailable, pair(tenants), genuine().target("/down")),
        (Kind::SecretsUnavailable, pair(tenants), genuine().target("/bad")),
        (Kind::UnknownKey, pair(keyed), with_key("nobody's")),
        (Kind::UnknownKey, pair(keyed), with_key("").without("x-key")),
        (Kind::SignatureMismatch, pair(keyed), with_key("key-1").body("{}")),
        (Kind::KeysUnavailable, pair(keyed), with_key("down")),
        (Kind::KeysUnavailable, pair(keyed), with_key("bad")),
        (Kind::MethodNotAllowed, plain_pair(), genuine().method("PUT")),
        (Kind::UnsupportedCoding, plain_pair(), genuine().and("content-encoding", "br")),
        (Kind::BodyTooLarge, pair(|| ours(Harmonizely).body_limit(4_999)), gzip()),
        (Kind::Overloaded, pair(|| ours(Harmonizely).in_flight(4_999)), gzip()),
        (Kind::Undecodable, plain_pair(), cut),
        (
            Kind::UnknownEvent,
            named(UnknownEvents::Refuse),
            to_named(r#"{"event":"of another kind"}"#),
        ),
        (Kind::Undecodable, named(UnknownEvents::Refuse), to_named("no JSON")),
    ];
    // Where the plain bytes are signed, what does not decompress has no signature.
    let plain = Custom::new(PREFIXED.signs(Covered::Plain));
    let wire = signed(&plain, SECRET, message(BODY).gzipped());
    let cut = wire.clone().body(wire.body.slice(..wire.body.len() - 1));
    rows.push((Kind::SignedContent, pair(move || ours(plain.clone())), cut));
    rows
}

#[test]
fn what_would_be_refused_passes_as_it_came_and_says_so() {
    let mut seen = HashSet::new();
    for (kind, (refusing, observing), request) in rows() {
        assert_eq!(refused(&refusing, &request).kind(), kind, "{request:?}");
        seen.insert(kind);

        let delivery = delivery(&observing, &request);
        assert_eq!(delivery.would_refuse().unwrap().kind(), kind);
        assert_eq!(delivery.request_body(), &request.body, "{kind:?}");
        assert!(delivery.rebuilt_head().is_none(), "{kind:?}");
        assert!(delivery.replay_key().is_none() && delivery.dedupe_key().is_none(), "{kind:?}");
        let content = delivery.into_content();
        assert_eq!(content.coverage, Coverage::Nothing, "{kind:?}");
        assert_eq!(content.observed.unwrap().would_refuse, Some(kind));
        assert_eq!(content.signed, hookgate::Metadata::default(), "{kind:?}");
        // Only what a secret of theirs proves is anyone's.
        let authentic = content.secret.is_some();
        assert!(!authentic || kind.after_verdict(), "{kind:?}");
        assert!(authentic || content.tenant.is_none(), "{kind:?}");
    }
    // What bounds memory and time, and what no endpoint that only observes can come to.
    let elsewhere = [
        Kind::BodyTimeout,
        Kind::BodyInterrupted,
        Kind::InFlight,
        Kind::GuardUnavailable,
        Kind::SinkUnavailable,
        Kind::SecretNotStored,
    ];
    seen.extend(elsewhere);
    let all: HashSet<_> = RejectionKind::ALL.iter().copied().collect();
    assert_eq!(seen, all);
}

#[test]
fn what_would_pass_is_no_more_than_observed() {
    let (refusing, observing) = pair(|| Endpoint::builder(Custom::new(STANDARD)).secret(WHSEC));
    let request = standard();
    let verified = delivery(&refusing, &request).into_content();
    let delivery = delivery(&observing, &request);
    assert!(delivery.would_refuse().is_none());
    assert!(delivery.replay_key().is_none() && delivery.dedupe_key().is_none());
    let content = delivery.into_content();
    assert_eq!(content.coverage, Coverage::Nothing);
    assert_eq!(content.observed.unwrap().would_refuse, None);
    assert_eq!(content.secret, verified.secret);
    assert_eq!(content.body, verified.body);
    // What is signed elsewhere is said by anyone here.
    assert_eq!(content.unsigned.delivery_id, verified.signed.delivery_id);
    assert_eq!(content.unsigned.timestamp, verified.signed.timestamp);
    assert_eq!(content.signed, hookgate::Metadata::default());

    // Stored and read again, it still is.
    let stored = serde_json::to_string(&content).unwrap();
    assert_eq!(serde_json::from_str::<Content>(&stored).unwrap(), content);
    let before = serde_json::to_value(&verified).unwrap();
    let mut before = before.as_object().unwrap().clone();
    before.remove("observed").unwrap();
    let read: Content = serde_json::from_value(before.into()).unwrap();
    assert_eq!(read, verified);
    assert!(content.decode::<JsonEvent<serde_json::Value>>().is_err());
    let observed = content.decode::<dangerous::Observed<RawBody>>().unwrap();
    assert_eq!(observed.would_refuse(), None);

    let tenant = |endpoint: &AnyEndpoint, request| {
        common::delivery(endpoint, &request).tenant().map(str::to_owned)
    };
    let (_, observing) = pair(tenants);
    assert_eq!(tenant(&observing, genuine()).as_deref(), Some("hooks"));
    assert_eq!(tenant(&observing, genuine().body("{}")), None);
}

#[test]
fn only_a_type_that_says_so_takes_it() {
    let (refusing, observing) = plain_pair();
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    let right = delivery(&observing, &genuine());
    let wrong = delivery(&observing, &genuine().body("{}"));
    for delivery in [&right, &wrong] {
        type Plain = harmonizely::Event;
        for (name, error) in [
            ("event", extract::<Plain>(Some(delivery)).err()),
            ("raw", extract::<RawBody>(Some(delivery)).err()),
            ("delivery", extract::<Delivery>(Some(delivery)).err()),
            ("unsigned", extract::<dangerous::Unsigned<Plain>>(Some(delivery)).err()),
        ] {
            let error = error.unwrap();
            assert!(matches!(error, ExtractError::WeakProof { .. }), "{name}: {error:?}");
            assert_eq!(error.reply().status(), 500, "{name}");
        }
        assert!(extract::<dangerous::Observed<Plain>>(Some(delivery)).is_ok());
        let other = extract::<dangerous::Observed<ioffice::Event>>(Some(delivery));
        assert!(matches!(other, Err(ExtractError::WrongProvider { .. })));
    }
    // At an endpoint that refuses, the type holds what was verified; it is no way into one that
    // verifies nothing.
    type Observed = dangerous::Observed<harmonizely::Event>;
    let verified = extract::<Observed>(Some(&delivery(&refusing, &genuine()))).unwrap();
    assert!(verified.would_refuse().is_none() && verified.event().is_ok());
    let nothing = extract::<Observed>(Some(&delivery(&unsigned, &genuine())));
    assert!(matches!(nothing, Err(ExtractError::WeakProof { .. })));
}

fn observed<E>(endpoint: &AnyEndpoint, request: &Request) -> dangerous::Observed<E>
where
    E: hookgate::FromContent,
{
    extract(Some(&delivery(endpoint, request))).unwrap()
}

#[test]
fn the_event_is_there_wherever_there_is_one() {
    type Event = harmonizely::Event;
    let (_, observing) = plain_pair();
    // Authentic or not, compressed or not.
    for (request, would) in [
        (genuine(), None),
        (genuine().without("webhook-signature"), Some(Kind::MissingSignature)),
        (signed(&Harmonizely, SECRET, message(BODY).gzipped()), None),
        (signed(&Harmonizely, "another", message(BODY).gzipped()), Some(Kind::SignatureMismatch)),
        (genuine().method("PATCH"), Some(Kind::MethodNotAllowed)),
    ] {
        let seen = observed::<Event>(&observing, &request);
        assert_eq!(seen.would_refuse(), would, "{request:?}");
        assert_eq!(seen.event().unwrap().name(), "meetingScheduled");
        assert_eq!(seen.body(), BODY);
        assert_eq!(delivery(&observing, &request).request_body(), &request.body);
        assert_eq!(seen.into_event().unwrap().name(), "meetingScheduled");
    }

    // Where there is none, the bytes.
    for body in ["canary", "", "[]"] {
        let request = signed(&Harmonizely, SECRET, message(body));
        let seen = observed::<Event>(&observing, &request);
        assert_eq!(seen.would_refuse(), Some(Kind::Undecodable));
        assert_eq!(seen.body(), body);
        assert!(!format!("{seen:?}").contains("canary"), "{seen:?}");
        let delivery = delivery(&observing, &request);
        assert!(delivery.would_refuse().is_none());
        extract::<dangerous::Observed<Event>>(Some(&delivery)).unwrap();
        let noted = delivery.would_refuse().unwrap();
        assert_eq!(noted.kind(), Kind::Undecodable);
        assert!(noted.source().is_some());
        // The first reason stays.
        let forged = common::delivery(&observing, &request.body("canaries"));
        extract::<dangerous::Observed<Event>>(Some(&forged)).unwrap();
        assert_eq!(forged.would_refuse().unwrap().kind(), Kind::SignatureMismatch);
    }

    // Fields that are signed in place of the body, under a signature that is not theirs.
    let (_, observing) = pair(|| ours(IOffice::at("/")));
    for signature in [hex_of("CREATE:Agreement:25"), hex_of("CREATE:Agreement:26")] {
        for request in [
            Request::post("/CREATE/Agreement/25", "{}"),
            Request::post("/CREATE/Agreement/25", "").method("GET"),
        ] {
            let request = request.and("x-ioffice-signature", signature.clone());
            let seen = observed::<ioffice::Event>(&observing, &request);
            assert_eq!(seen.event().unwrap().entity, "Agreement", "{request:?}");
            assert_eq!(seen.would_refuse().is_none(), signature == hex_of("CREATE:Agreement:25"));
            assert_eq!(delivery(&observing, &request).request_body(), &request.body);
        }
    }
    let forged = Request::post("/CREATE/Agreement/25", "{}");
    assert!(observed::<ioffice::Event>(&observing, &forged).event().is_ok());
}

#[test]
fn an_event_that_would_only_be_acknowledged_reaches_the_handler() {
    let (refusing, observing) = pair(|| {
        let scheme = PREFIXED.event_name(Place::Json("/event"));
        let provider = Custom { events: &["known"], ..Custom::new(scheme) };
        ours(provider).unknown_events(UnknownEvents::Acknowledge)
    });
    let request = |body: &'static str| signed(&Custom::new(PREFIXED), SECRET, message(body));
    let known = request(r#"{"event":"known"}"#);
    assert!(delivery(&observing, &known).would_refuse().is_none());
    let unknown = request(r#"{"event":"unknown"}"#);
    assert!(matches!(outcome(&refusing, &unknown), Outcome::Replied(_)));
    let rejection = delivery(&observing, &unknown).would_refuse().unwrap().kind();
    assert_eq!(rejection, Kind::UnknownEvent);
}

/// All ways to ask at once.
const ASKS: Challenge<'static> = Challenge::AnyOf(&[
    Challenge::QueryEcho { name: "challenge" },
    Challenge::QueryToken { mode: ("mode", "subscribe"), token: "token", challenge: "echo" },
    Challenge::JsonEcho { when: ("/type", "ping"), challenge: "/challenge" },
    Challenge::FormPing { name: "webhook_id" },
]);

fn asking() -> EndpointBuilder<Custom> {
    let provider = Custom { handshake: Some(&ASKS), ..Custom::new(PREFIXED) };
    ours(provider).verify_token("the token that Meta shows")
}

#[test]
fn a_handshake_is_answered() {
    let (refusing, observing) = pair(asking);
    let ping = r#"{"type":"ping","challenge":"1234"}"#;
    let signed_ping = signed(&Custom::new(PREFIXED), SECRET, message(ping));
    for asks in [
        Request::post("/hooks?challenge=1234", "").method("GET"),
        Request::post("/hooks?mode=subscribe&token=the+token+that+Meta+shows&echo=1", "")
            .method("GET"),
        signed_ping.clone(),
        Request::post("/hooks", "webhook_id=7"),
    ] {
        let answered = outcome(&refusing, &asks);
        assert!(matches!(answered, Outcome::Replied(_)), "{asks:?} {answered:?}");
        assert_eq!(outcome(&observing, &asks), answered);
    }
    // One that is not verified gets no answer, and passes like anything else.
    let forged = signed(&Custom::new(PREFIXED), "another", message(ping));
    assert_eq!(delivery(&observing, &forged).body(), ping);

    // A request without a signature may be longer than one that asks.
    let long = Request::post("/hooks", "x".repeat(10_000));
    let mut declared = long.clone();
    declared.length = Some(10_000);
    for request in [long, declared] {
        assert_eq!(refused(&refusing, &request).kind(), Kind::MissingSignature);
        let passed = delivery(&observing, &request);
        assert_eq!(passed.would_refuse().unwrap().kind(), Kind::MissingSignature);
        assert_eq!(passed.request_body(), &request.body);
    }
    let short = delivery(&observing, &Request::post("/hooks", "webhook_id=x"));
    assert_eq!(short.would_refuse().unwrap().kind(), Kind::MissingSignature);
}

#[test]
fn frames_and_limits_are_those_of_any_endpoint() {
    let (_, observing) = pair(|| ours(Harmonizely).body_limit(BODY.len()));
    for request in [genuine(), genuine().without("webhook-signature")] {
        let bytes: Vec<_> = (0..BODY.len()).map(|at| request.body.slice(at..=at)).collect();
        let pieces = run_in_pieces(&observing, &request, NOW, &bytes);
        assert_eq!(Outcome::from(pieces), Outcome::from(run(&observing, &request)));

        let mut declared = request.clone();
        declared.length = Some(BODY.len() as u64 + 1);
        assert_eq!(observing.open(&declared, NOW).unwrap_err().kind(), Kind::BodyTooLarge);
        let over = request.body([BODY, " "].concat());
        assert_eq!(refused(&observing, &over).kind(), Kind::BodyTooLarge);
    }
    // Also where something else comes first.
    let mut declared = genuine().method("PUT").body([BODY, " "].concat());
    declared.length = Some(BODY.len() as u64 + 1);
    assert_eq!(refused(&observing, &declared).kind(), Kind::BodyTooLarge);
}

/// A guard to which everything is new.
struct Forgetful;

impl ReplayGuard for Forgetful {
    async fn claim(&self, _: ClaimQuery) -> Result<Claim, Unavailable> {
        Ok(Claim::New(0))
    }

    async fn done(&self, _: Held) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn failed(&self, _: Held) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[test]
fn what_build_refuses_and_warns_of() {
    let error =
        |builder: EndpointBuilder<dangerous::Observing<Harmonizely>>| builder.build().unwrap_err();
    let observe = dangerous::observe_only::<Harmonizely>;
    assert_eq!(error(observe(Endpoint::builder(Harmonizely))), BuildError::NoSecret);
    let guarded = ours(Harmonizely).replay_guard(Forgetful);
    assert_eq!(error(observe(guarded)), BuildError::ObservingWithGuard);
    let both = dangerous::accept_unsigned(observe(Endpoint::builder(Harmonizely)));
    assert_eq!(both.build().unwrap_err(), BuildError::ObservingUnsigned);

    let lines = Log::of(|| {
        let endpoint = observe(ours(Harmonizely)).build().unwrap();
        assert_eq!(endpoint.warnings(), [Warning::OnlyObserves]);
    });
    assert!(lines.iter().any(|line| line.starts_with("WARN") && line.contains("refuses no")));
}

#[test]
fn a_sink_gets_everything_and_is_believed_when_it_fails() {
    let (_, observing) = plain_pair();
    for request in [genuine(), genuine().body("{}")] {
        let stores = AnySink::new(async |delivery: Delivery| {
            assert!(delivery.into_content().observed.is_some());
            Ok(Stored::New)
        });
        let taken = common::ready(stores.take(delivery(&observing, &request)));
        assert_eq!(taken.unwrap().status(), 200);
        let fails = AnySink::new(async |_: Delivery| Err(Unavailable::new("the disk is full")));
        let refusal = common::ready(fails.take(delivery(&observing, &request))).unwrap_err();
        assert_eq!(refusal.reply.status(), 503);
    }
}

/// A timer that fires when it is told to.
#[derive(Clone, Debug, Default)]
struct Manual(Arc<Mutex<Vec<bool>>>);

impl Manual {
    fn fire(&self) {
        self.0.lock().unwrap().fill(true);
    }
}

impl Timer for Manual {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let sleeps = Arc::clone(&self.0);
        let number = {
            let mut sleeps = sleeps.lock().unwrap();
            sleeps.push(false);
            sleeps.len() - 1
        };
        Box::pin(std::future::poll_fn(move |_| {
            if sleeps.lock().unwrap()[number] { Poll::Ready(()) } else { Poll::Pending }
        }))
    }
}

/// Frames, of which `None` is one that does not come, and an error one that never will.
struct Body(VecDeque<Option<Result<Bytes, FrameError>>>);

impl Body {
    fn of(request: &Request) -> Self {
        Self([Some(Ok(request.body.clone()))].into())
    }
}

impl Frames for Body {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        match self.0.front() {
            Some(None) => Poll::Pending,
            _ => Poll::Ready(self.0.pop_front().flatten()),
        }
    }
}

fn poll(admission: &mut Admission, body: &mut Body) -> Poll<Admitted> {
    admission.poll(&mut Context::from_waker(Waker::noop()), Pin::new(body))
}

/// What becomes of a request whose body and look-ups are late, once its timer fired so often.
fn admitted(gate: &Gate, timer: &Manual, request: &Request, mut body: Body) -> Admitted {
    let mut admission = gate.admit(request);
    for _ in 0..4 {
        if let Poll::Ready(admitted) = poll(&mut admission, &mut body) {
            return admitted;
        }
        timer.fire();
    }
    panic!("it waits for ever");
}

#[test]
fn what_bounds_memory_and_time_stands() {
    let refused = |endpoint: EndpointBuilder<Harmonizely>, body: Body, want| {
        let timer = Manual::default();
        let endpoint = dangerous::observe_only(endpoint).build().unwrap();
        let budget = endpoint.in_flight().clone();
        let gate = Gate::new(endpoint, timer.clone());
        for request in [genuine(), genuine().without("webhook-signature")] {
            let frames = body.0.iter().map(|frame| match frame {
                Some(Ok(frame)) => Some(Ok(frame.clone())),
                Some(Err(_)) => Some(Err(FrameError::Interrupted("gone".into()))),
                None => None,
            });
            match admitted(&gate, &timer, &request, Body(frames.collect())) {
                Admitted::Refused(refusal) => assert_eq!(refusal.rejection.kind(), want),
                other => panic!("{want:?}: {other:?}"),
            }
            assert_eq!(budget.used(), 0);
        }
    };
    let late = || Body([Some(Ok(Bytes::from_static(b"{"))), None].into());
    let broken = Body([Some(Err(FrameError::Interrupted("gone".into())))].into());
    refused(ours(Harmonizely), late(), Kind::BodyTimeout);
    refused(ours(Harmonizely), broken, Kind::BodyInterrupted);
    let small = ours(Harmonizely).in_flight(Budget::new(10));
    refused(small, Body::of(&genuine()), Kind::Overloaded);
    refused(ours(Harmonizely).body_limit(10), Body::of(&genuine()), Kind::BodyTooLarge);
}

#[test]
fn a_look_up_that_does_not_answer_is_not_waited_for() {
    let timer = Manual::default();
    let never = Endpoint::builder(Harmonizely).secrets_from(
        |_: &dyn RequestHead| Some("tenant".into()),
        async |_: SecretQuery| std::future::pending().await,
    );
    let gate = Gate::new(dangerous::observe_only(never).build().unwrap(), timer.clone());
    // The body has not come either, and comes only after the look-up was given up.
    let request = genuine();
    let mut body = Body([None].into());
    let mut admission = gate.admit(&request);
    assert!(poll(&mut admission, &mut body).is_pending());
    timer.fire();
    assert!(poll(&mut admission, &mut body).is_pending());
    body = Body::of(&request);
    let Poll::Ready(Admitted::Passed(delivery, mut ticket)) = poll(&mut admission, &mut body)
    else {
        panic!("it did not pass");
    };
    assert_eq!(delivery.would_refuse().unwrap().kind(), Kind::SecretsUnavailable);
    assert_eq!(delivery.body(), BODY);
    ticket.answered(200, None);

    let never = Endpoint::builder(Custom::new(PREFIXED.key_id(Place::Header("x-key"))))
        .keys_from(async |_: KeyQuery| std::future::pending().await);
    let gate = Gate::new(dangerous::observe_only(never).build().unwrap(), timer.clone());
    let request = with_key("key-1");
    match admitted(&gate, &timer, &request, Body::of(&request)) {
        Admitted::Passed(delivery, mut ticket) => {
            assert_eq!(delivery.would_refuse().unwrap().kind(), Kind::KeysUnavailable);
            ticket.answered(200, None);
        }
        other => panic!("{other:?}"),
    }
}

/// Writes down every event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn of(run: impl FnOnce()) -> Vec<String> {
        let log = Self::default();
        tracing::subscriber::with_default(log.clone(), run);
        let lines = log.0.lock().unwrap();
        lines.clone()
    }
}

struct Line<'l>(&'l mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut Line(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn every_request_that_would_be_refused_is_one_line() {
    let lines_of = |endpoint: AnyEndpoint, request: &Request, answered: bool| {
        let gate = Gate::new(endpoint, Manual::default());
        Log::of(|| match admitted(&gate, &Manual::default(), request, Body::of(request)) {
            Admitted::Passed(delivery, mut ticket) => {
                extract::<dangerous::Observed<harmonizely::Event>>(Some(&delivery)).unwrap();
                if answered {
                    ticket.answered(204, None);
                }
            }
            other => panic!("{other:?}"),
        })
    };
    let (_, observing) = plain_pair();
    let (_, with_tenants) = pair(tenants);
    let undecodable = signed(&Harmonizely, SECRET, message("canary, no JSON"));
    for (endpoint, request, answered, want) in [
        (
            &observing,
            genuine().body("{}"),
            true,
            &["WARN", "outcome=\"observed\"", "status=204", "reason=\"signature_mismatch\""][..],
        ),
        (
            &with_tenants,
            genuine().target("/down"),
            true,
            &[
                "ERROR",
                "outcome=\"observed\"",
                "reason=\"secrets_unavailable\"",
                "the database is down",
            ],
        ),
        (
            &observing,
            undecodable,
            true,
            &["WARN", "outcome=\"observed\"", "reason=\"undecodable\"", "not JSON"],
        ),
        (
            &observing,
            genuine().without("webhook-signature"),
            false,
            &["WARN", "outcome=\"dropped\"", "reason=\"missing_signature\""],
        ),
        (&observing, genuine(), true, &["DEBUG", "outcome=\"delivered\"", "status=204"]),
        (&observing, genuine(), false, &["DEBUG", "outcome=\"dropped\""]),
    ] {
        let lines = lines_of(endpoint.clone(), &request, answered);
        let [line] = &*lines else { panic!("{lines:?}") };
        for word in want {
            assert!(line.contains(word), "{word}: {line}");
        }
        assert_eq!(line.contains("reason="), !line.starts_with("DEBUG"), "{line}");
        assert!(!line.contains("canary"), "{line}");
    }
}
