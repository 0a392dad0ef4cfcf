//! Nothing that is shown, answered or logged holds a secret, an expected signature or a payload.
//!
//! Secrets and payloads are canaries here: words that must turn up nowhere.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::error::Error;
use std::fmt::{Debug, Write};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{
    Custom, NOW, PREFIXED, Request, base64, delivery, endpoint_of, hex, hmac256, ready, run, signed,
};
use hookgate::ace::{self, Ace};
use hookgate::check::{Check, Opened, Verdict};
use hookgate::driver::{Admitted, FrameError, Frames, Gate, Timer};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{
    AnySink, Claim, ClaimQuery, Held, Key, KeyQuery, ReplayGuard, SecretQuery, Stored, Unavailable,
};
use hookgate::scheme::{KeyForm, Place, Scheme};
use hookgate::screenmeet::{self, ScreenMeet};
use hookgate::sign::{Message, sign};
use hookgate::{
    Ambiguous, AnyEndpoint, Batch, Delivery, Endpoint, Extract, Extracted, Extraction, Form,
    FromDelivery, JsonEvent, Provider, Rejection, RejectionKind, Reply, RequestHead, Secret,
    Secrets, UnixTime, dangerous, mobile_assistant, testing,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const SECRET: &str = "canary5ecret";
const OLD: &str = "canary0ld5ecret";
const PAYLOAD: &str = r#"{"event":"canarypay10ad","type":"canarypay10ad","data":"canarypay10ad"}"#;

/// Everything that a test has shown so far.
#[derive(Default)]
struct Shown(String);

impl Shown {
    /// Shows a value in both forms of `Debug`.
    fn debug(&mut self, value: &impl Debug) {
        write!(self.0, "{value:?} {value:#?}").unwrap();
    }

    /// Shows an error and everything behind it.
    fn error(&mut self, error: &(dyn Error + 'static)) {
        write!(self.0, "{error} {error:?} {error:#?}").unwrap();
        if let Some(source) = error.source() {
            self.error(source);
        }
    }

    fn reply(&mut self, reply: &Reply) {
        self.debug(reply);
        self.0.push_str(&String::from_utf8_lossy(reply.body()));
    }

    fn rejection(&mut self, rejection: &Rejection) {
        self.error(rejection);
        self.reply(&rejection.reply());
    }

    /// That no canary sang, and that there was something to look through.
    #[track_caller]
    fn holds_nothing(&self) {
        assert!(self.0.len() > 20);
        let lower = self.0.to_ascii_lowercase();
        let listed = |bytes: &[u8]| format!("{bytes:?}").replace(' ', "");
        let compact: String = lower.split_whitespace().collect();
        for canary in [SECRET, OLD, "canarypay10ad", "canary"] {
            let at = lower.find(canary);
            assert!(at.is_none(), "{canary}: {}", around(&lower, at));
            let list = listed(canary.as_bytes());
            let list = list.trim_matches(['[', ']']);
            assert!(!compact.contains(list), "{canary}, as a list of bytes");
            assert!(!lower.contains(&hex(canary.as_bytes())), "{canary}, in hex");
        }
        for secret in [SECRET, OLD] {
            let expected = hmac256(secret.as_bytes(), PAYLOAD.as_bytes());
            assert!(!lower.contains(&hex(&expected)), "the expected signature in hex");
            assert!(!self.0.contains(&base64(&expected)), "the expected signature in base64");
            let list = listed(&expected);
            assert!(!compact.contains(list.trim_matches(['[', ']'])), "its bytes");
        }
    }
}

/// The text beside a finding, so that a failure says whose it was.
fn around(text: &str, at: Option<usize>) -> &str {
    let at = at.unwrap_or_default();
    let start = (0..=at.saturating_sub(150)).rev().find(|start| text.is_char_boundary(*start));
    let end = (at..=text.len()).take(60).filter(|end| text.is_char_boundary(*end)).last();
    text.get(start.unwrap_or_default()..end.unwrap_or(at)).unwrap_or_default()
}

fn own<P: Provider>(provider: P) -> AnyEndpoint {
    let secrets = Secrets::new(Secret::new(SECRET).labelled("new")).and(Secret::new(OLD));
    Endpoint::builder(provider).secrets(secrets).build().unwrap().into_any()
}

fn genuine() -> Request {
    signed(&Harmonizely, SECRET, Message::post("/", PAYLOAD))
}

/// A request whose signature is right for another text.
fn forged() -> Request {
    let other = base64(&hmac256(b"another secret", b"another text"));
    Request::post("/", PAYLOAD).and("webhook-signature", other)
}

const KEYED: Scheme<'static> = Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"));

fn keyed_request() -> Request {
    let signature = hex(&hmac256(SECRET.as_bytes(), PAYLOAD.as_bytes()));
    Request::post("/", PAYLOAD).and("x-key", "key-1").and("x-signature", signature)
}

fn keyed() -> AnyEndpoint {
    let builder = Endpoint::builder(Custom::new(KEYED));
    let builder = builder.keys_from(|_: KeyQuery| async { Ok(Some(Key::secret(SECRET))) });
    builder.build().unwrap().into_any()
}

fn tenants() -> AnyEndpoint {
    let builder = Endpoint::builder(Harmonizely).secrets_from(
        |head| Some(head.path().into()),
        |query: SecretQuery| async move {
            match &*query.tenant {
                "/" => Ok(Some(Secrets::new(SECRET))),
                "/bad" => Ok(Some(Secrets::new(format!("{SECRET}\n")))),
                "/down" => Err(Unavailable::new("the database is down")),
                _ => Ok(None),
            }
        },
    );
    builder.build().unwrap().into_any()
}

#[test]
fn secrets_and_what_is_built_of_them() {
    let mut shown = Shown::default();
    let secret = Secret::new(SECRET).labelled("label");
    shown.debug(&secret);
    shown.debug(&Secret::exact(format!("{SECRET}\n")));
    let secrets = Secrets::new(secret).and(OLD);
    shown.debug(&secrets);
    shown.debug(&Key::secret(SECRET));
    shown.debug(&Endpoint::builder(Harmonizely).secrets(secrets));
    for endpoint in [own(Harmonizely), own(Ace::any()), own(IOffice::at("/")), keyed(), tenants()] {
        shown.debug(&endpoint);
        shown.debug(endpoint.secrets());
        shown.debug(&endpoint.warnings());
        shown.debug(&Gate::new(endpoint, Still));
    }
    shown.debug(&testing::TestError::from(build_errors().remove(0)));
    shown.holds_nothing();
}

fn build_errors() -> Vec<hookgate::BuildError> {
    let of = |form, secret: &str| {
        let builder = Endpoint::builder(Custom::new(PREFIXED.key(form))).secret(secret);
        builder.build().unwrap_err()
    };
    let mut errors = vec![
        of(KeyForm::Text, &format!("{SECRET}\n")),
        of(KeyForm::Hex, SECRET),
        of(KeyForm::Base64, &format!("{SECRET}!")),
        of(KeyForm::Whsec, &format!("whsec_{SECRET}!")),
        of(KeyForm::Base64, &format!("{SECRET} ")),
    ];
    let endpoint = own(Harmonizely);
    errors.push(endpoint.secrets().replace(format!("{SECRET}\n")).unwrap_err());
    errors.push(tenants().secrets().replace(SECRET).unwrap_err());
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely).secret(SECRET));
    errors.push(unsigned.build().unwrap_err());
    errors
}

#[test]
fn errors_and_warnings_of_secrets() {
    let mut shown = Shown::default();
    for error in build_errors() {
        shown.error(&error);
    }
    for secret in [format!(" {SECRET}"), format!("<{SECRET}>")] {
        let endpoint = endpoint_of(Harmonizely, &secret);
        assert_eq!(endpoint.warnings().len(), 1);
        for warning in endpoint.warnings() {
            shown.error(warning);
        }
    }
    let hex_key = Custom::new(PREFIXED.key(KeyForm::Hex));
    shown.error(&sign(&hex_key, SECRET, Message::post("/", PAYLOAD)).unwrap_err());
    shown.holds_nothing();
}

#[test]
fn the_steps_of_a_check() {
    let mut shown = Shown::default();
    let endpoint = own(Harmonizely);
    for request in [genuine(), forged()] {
        let opened = endpoint.open(&request, NOW);
        shown.debug(&opened);
    }
    match tenants().open(&genuine(), NOW).unwrap() {
        Opened::NeedSecrets(ask, paused) => {
            shown.debug(&ask);
            shown.debug(&paused);
            shown.debug(&ready(ask.ask()));
        }
        other => panic!("{other:?}"),
    }
    let verdict = run(&endpoint, &genuine());
    shown.debug(&verdict);
    shown.holds_nothing();
}

fn check(endpoint: &AnyEndpoint, request: &Request) -> Check {
    match endpoint.open(request, NOW).unwrap() {
        Opened::Check(check) => check,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_that_holds_a_body() {
    let mut shown = Shown::default();
    let (left, right) = PAYLOAD.split_at(30);
    let mut whole = check(&own(Harmonizely), &genuine());
    whole.push(PAYLOAD.into()).unwrap();
    shown.debug(&whole);
    let mut pieces = check(&own(Harmonizely), &genuine());
    pieces.push(left.into()).unwrap();
    pieces.push(right.into()).unwrap();
    shown.debug(&pieces);
    shown.holds_nothing();
}

#[test]
fn a_check_that_holds_fields() {
    let provider = IOffice::at("/");
    let request = signed(&provider, SECRET, Message::get("/CREATE/canarypay10ad/25"));
    let mut shown = Shown::default();
    shown.debug(&check(&own(provider), &request));
    shown.holds_nothing();
}

/// Shows what it read, as a provider's own may.
#[derive(Debug)]
struct Talks(#[expect(dead_code, reason = "only shown")] String);

impl Extract for Talks {
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(Self(head.path().into())))
    }
}

impl Extraction for Talks {
    fn finish(self: Box<Self>, _: &Bytes) -> Result<Extracted, Ambiguous> {
        Err(Ambiguous("nothing is signed"))
    }
}

#[test]
fn a_check_that_holds_fields_of_somebody_elses_type() {
    let talks = Form::Extracted(Arc::new(Talks(String::new())));
    let provider = Custom { form: talks, ..Custom::new(PREFIXED) };
    let request = Request::post("/canarypay10ad", "")
        .and("x-hub-signature-256", format!("sha256={}", "0".repeat(64)));
    let mut shown = Shown::default();
    shown.debug(&check(&own(provider), &request));
    shown.holds_nothing();
}

#[test]
fn a_check_that_waits_for_its_key() {
    let mut shown = Shown::default();
    let mut check = check(&keyed(), &keyed_request());
    check.push(PAYLOAD.into()).unwrap();
    let verdict = check.finish().unwrap();
    shown.debug(&verdict);
    match verdict {
        Verdict::NeedKey(ask, suspended) => {
            shown.debug(&ask);
            shown.debug(&ready(ask.ask()));
            shown.debug(&suspended.resume(ready(ask.ask())));
        }
        other => panic!("{other:?}"),
    }
    shown.holds_nothing();
}

#[test]
fn a_delivery() {
    let mut shown = Shown::default();
    let passed = delivery(&own(Harmonizely), &genuine());
    shown.debug(&passed);
    shown.debug(&passed.replay_key());
    shown.debug(&passed.dedupe_key());
    shown.debug(&passed.endpoint());
    shown.debug(&testing::through(
        &own(Harmonizely),
        &sign(&Harmonizely, SECRET, Message::post("/", PAYLOAD)).unwrap(),
    ));
    shown.holds_nothing();
}

#[test]
fn the_content_of_a_delivery() {
    let mut shown = Shown::default();
    shown.debug(delivery(&own(Harmonizely), &genuine()).content());
    shown.holds_nothing();
}

/// Rejections of every kind that a request can bring about, with what is behind them.
fn rejections() -> Vec<Rejection> {
    let endpoint = own(Harmonizely);
    let exposed = dangerous::expose_reasons(Endpoint::builder(Harmonizely)).secret(SECRET);
    let exposed = exposed.build().unwrap();
    let mobile = own(MobileAssistant::new());
    let to_mobile =
        |body: &'static str| signed(&MobileAssistant::new(), SECRET, Message::post("/", body));
    let screenmeet = own(ScreenMeet::new());
    let office = own(IOffice::at("/"));
    let to_office = Request::post("/CREATE/canarypay10ad:1/25", PAYLOAD)
        .and("x-ioffice-signature", hex(&[7; 32]));
    let large = Endpoint::builder(Harmonizely).secret(SECRET).body_limit(9).build().unwrap();
    let mut all = Vec::new();
    let mut of = |endpoint: &AnyEndpoint, request: &Request| {
        all.push(run(endpoint, request).unwrap_err());
    };
    for endpoint in [&endpoint, &exposed] {
        of(endpoint, &forged());
        of(endpoint, &genuine().without("webhook-signature"));
        of(endpoint, &genuine().with("webhook-signature", "canarypay10ad"));
        of(endpoint, &genuine().and("webhook-signature", "canarypay10ad"));
        of(endpoint, &genuine().method("PUT"));
    }
    of(&large, &genuine());
    of(&tenants(), &genuine().target("/nobody"));
    of(&tenants(), &genuine().target("/bad"));
    of(&tenants(), &genuine().target("/down"));
    of(&keyed(), &keyed_request().body("canarypay10ad"));
    of(
        &screenmeet,
        &genuine().and("x-signature", hex(&[7; 32])).and("x-signature-algo", "canarypay10ad"),
    );
    of(&office, &to_office);
    of(&office, &to_office.clone().target("/CREATE/Agreement/canarypay10ad"));
    of(&office, &to_office.clone().target("/"));
    of(&mobile, &to_mobile(PAYLOAD));
    of(&mobile, &to_mobile(r#"{"type":"canarypay10ad","type":"canarypay10ad"}"#));
    of(&mobile, &to_mobile("canarypay10ad"));
    all
}

#[test]
fn rejections_and_their_replies() {
    let mut shown = Shown::default();
    for rejection in rejections() {
        shown.rejection(&rejection);
        shown.debug(&testing::TestError::from(rejection));
    }
    shown.holds_nothing();
}

fn not_decoded<T: FromDelivery>(passed: &Delivery, shown: &mut Shown) {
    let Err(error) = T::from_delivery(passed) else {
        panic!("decoded");
    };
    shown.error(&error);
    shown.reply(&error.reply());
    if let Some(rejection) = error.rejection() {
        shown.rejection(rejection);
    }
}

#[test]
fn bodies_that_do_not_decode() {
    let mut shown = Shown::default();
    let passed = |body: &str| {
        let request = signed(&Harmonizely, SECRET, Message::post("/", body.to_owned()));
        delivery(&own(Harmonizely), &request)
    };
    for body in [
        "canarypay10ad",
        "\"canarypay10ad\"",
        r#"{"event":["canarypay10ad"]}"#,
        r#"{"event":"meetingScheduled","data":"canarypay10ad"}"#,
        r#"{"event":"meetingScheduled","data":{"answers":{"canarypay10ad":1}}}"#,
        r#"{"event":"meetingScheduled","data":{"uuid":["canarypay10ad"]}}"#,
        r#"{"event":"meetingScheduled","data":{"event_type":{"duration":"canarypay10ad"}}}"#,
        r#"{"event":"canarypay10ad","event":"canarypay10ad"}"#,
        "{\"event\":\"canarypay10ad\u{1}\"}",
    ] {
        not_decoded::<harmonizely::Event>(&passed(body), &mut shown);
        not_decoded::<JsonEvent<Vec<u8>>>(&passed(body), &mut shown);
        // Wired wrong: another provider's type.
        not_decoded::<ace::Event>(&passed(body), &mut shown);
        not_decoded::<Batch<screenmeet::Event>>(&passed(body), &mut shown);
    }
    shown.holds_nothing();
}

#[test]
fn keys_of_a_payload_that_look_like_fields() {
    let mut shown = Shown::default();
    for body in [
        r#"{"event":"unknown","data":{"canarypay10ad":1e400}}"#,
        r#"{"event":"meetingScheduled","data":{"notes":{"canarypay10ad":1e400}}}"#,
    ] {
        let request = signed(&Harmonizely, SECRET, Message::post("/", body));
        let passed = delivery(&own(Harmonizely), &request);
        not_decoded::<harmonizely::Event>(&passed, &mut shown);
    }
    shown.holds_nothing();
}

/// A clock that stands still, and a timer that never fires.
#[derive(Debug)]
struct Still;

impl Timer for Still {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// A body in one frame, or one that breaks off.
struct OneFrame(Option<Result<Bytes, FrameError>>);

impl Frames for OneFrame {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        Poll::Ready(self.0.take())
    }
}

/// Drives a request to its end and shows everything on the way.
fn drive(endpoint: AnyEndpoint, request: &Request, shown: &mut Shown) -> Option<RejectionKind> {
    let mut admission = Gate::new(endpoint, Still).admit(request);
    shown.debug(&admission);
    let mut frames = OneFrame(Some(Ok(request.body.clone())));
    let mut cx = Context::from_waker(Waker::noop());
    let polled = admission.poll(&mut cx, Pin::new(&mut frames));
    shown.debug(&admission);
    let Poll::Ready(admitted) = polled else {
        panic!("{polled:?}");
    };
    shown.debug(&admitted);
    match admitted {
        Admitted::Refused(refusal) => {
            shown.rejection(&refusal.rejection);
            shown.reply(&refusal.reply);
            Some(refusal.rejection.kind())
        }
        Admitted::Passed(passed, mut ticket) => {
            shown.debug(&passed);
            shown.debug(&ticket);
            let event = harmonizely::Event::from_delivery(&passed);
            let error = event.err();
            let rejection = error.as_ref().and_then(hookgate::ExtractError::rejection);
            ticket.answered(500, rejection);
            assert!(ticket.poll_settled(&mut cx).is_ready());
            None
        }
        _ => None,
    }
}

/// Writes down every event, with its target and its fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// What is logged while `run` runs.
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

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = format!("span {}", span.metadata().name());
        span.record(&mut Line(&mut line));
        self.0.lock().unwrap().push(line);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = "values".to_owned();
        values.record(&mut Line(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = format!("{} {}", metadata.level(), metadata.target());
        event.record(&mut Line(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A guard that cannot record what was answered.
struct Broken;

impl ReplayGuard for Broken {
    async fn claim(&self, _: ClaimQuery) -> Result<Claim, Unavailable> {
        Ok(Claim::New(1))
    }

    async fn done(&self, _: Held) -> Result<(), Unavailable> {
        Err(Unavailable::new("the guard is down"))
    }

    async fn failed(&self, _: Held) -> Result<(), Unavailable> {
        Err(Unavailable::new("the guard is down"))
    }
}

fn guarded() -> AnyEndpoint {
    let builder = Endpoint::builder(Harmonizely).secret(SECRET).replay_guard(Broken);
    builder.build().unwrap().into_any()
}

#[test]
fn what_is_logged_on_the_way() {
    let mut shown = Shown::default();
    let lines = Log::of(|| {
        let mut shown = Shown::default();
        drive(own(Harmonizely), &genuine(), &mut shown);
        drive(own(Harmonizely), &forged(), &mut shown);
        drive(guarded(), &genuine(), &mut shown);
        drive(tenants(), &genuine().target("/bad"), &mut shown);
        drive(tenants(), &genuine().target("/nobody"), &mut shown);
        drive(keyed(), &keyed_request(), &mut shown);
        drive(
            own(MobileAssistant::new()),
            &signed(&MobileAssistant::new(), SECRET, Message::post("/", PAYLOAD)),
            &mut shown,
        );
        drive(
            own(IOffice::at("/")),
            &Request::post("/", PAYLOAD).and("x-ioffice-signature", hex(&[7; 32])),
            &mut shown,
        );
        let body = r#"{"event":"meetingScheduled","data":"canarypay10ad"}"#;
        drive(
            own(Harmonizely),
            &signed(&Harmonizely, SECRET, Message::post("/", body)),
            &mut shown,
        );
        hookgate::extract::<ace::Event>(Some(&delivery(&own(Harmonizely), &genuine())))
            .unwrap_err();
        shown.holds_nothing();

        own(Harmonizely).secrets().replace(format!(" {SECRET}")).unwrap();
        endpoint_of(Harmonizely, &format!(" {SECRET}"));
        let success =
            Endpoint::builder(Harmonizely).secret(SECRET).on_rejection(|_, _| Reply::new(200));
        drive(success.build().unwrap().into_any(), &forged(), &mut shown);
    });
    for word in [
        "delivered",
        "refused",
        "signature_mismatch",
        "unknown_tenant",
        "secrets_unavailable",
        "unknown_event",
        "signed_content",
        "undecodable",
        "the handler is wired wrong",
        "did not record",
        "was a success",
        "begins or ends with white space",
        "secret=\"new\"",
        "the guard is down",
    ] {
        assert!(lines.iter().any(|line| line.contains(word)), "{word} is not in {lines:#?}");
    }
    for line in &lines {
        assert!(line.contains(" hookgate "), "{line}");
        shown.0.push_str(line);
    }
    shown.holds_nothing();
}

/// Row 89: tokens and other secrets in an address are for nobody's log.
#[test]
fn a_secret_in_the_query_is_in_no_log() {
    let in_query = Scheme::token("").signature(Place::Query("key")).event_name(Place::Query("e"));
    let mut shown = Shown::default();
    let lines = Log::of(|| {
        for target in [
            "/?key=canary5ecret",
            "/?key=canary-guess",
            "/?key=canary5ecret&key=canary5ecret",
            "/?token=canary5ecret",
            "/?key=canary5ecret&e=%",
        ] {
            let request = Request::post(target, "{}");
            drive(own(Custom::new(in_query)), &request, &mut shown);
            let addressed = Scheme::hmac_sha256("x-signature").signed("{url}").body_unsigned();
            let endpoint = Endpoint::builder(Custom::new(addressed))
                .secret(SECRET)
                .public_url("https://example.com/hooks?canary=1")
                .build()
                .unwrap();
            let request = request.and("x-signature", hex(&[7; 32]));
            drive(endpoint.into_any(), &request, &mut shown);
        }
    });
    assert!(lines.len() >= 10, "{lines:#?}");
    for line in &lines {
        shown.0.push_str(line);
    }
    shown.holds_nothing();
}

#[test]
fn one_request_is_one_line() {
    for (endpoint, request, level, reason) in [
        (own(Harmonizely), genuine(), "DEBUG", "delivered"),
        (own(Harmonizely), forged(), "WARN", "signature_mismatch"),
        (tenants(), genuine().target("/down"), "ERROR", "secrets_unavailable"),
    ] {
        let lines = Log::of(|| {
            drive(endpoint, &request, &mut Shown::default());
        });
        let [line] = &lines[..] else {
            panic!("{lines:#?}");
        };
        assert!(line.starts_with(level) && line.contains(reason), "{line}");
        assert!(line.contains("endpoint=\"harmonizely\""), "{line}");
    }
}

#[test]
fn the_cause_of_a_look_up_that_failed_is_logged() {
    let lines = Log::of(|| {
        let got = drive(tenants(), &genuine().target("/down"), &mut Shown::default());
        assert_eq!(got, Some(RejectionKind::SecretsUnavailable));
    });
    let found = lines.iter().any(|line| line.contains("the database is down"));
    assert!(found, "nobody can mend what is not named: {lines:#?}");
}

#[test]
fn a_sink_that_fails() {
    let mut shown = Shown::default();
    let sink = AnySink::new(|_: Delivery| async { Err::<Stored, _>(Unavailable::new("full")) });
    shown.debug(&sink);
    let refusal = ready(sink.take(delivery(&own(Harmonizely), &genuine()))).unwrap_err();
    shown.debug(&refusal);
    shown.rejection(&refusal.rejection);
    shown.reply(&refusal.reply);
    shown.holds_nothing();
}

#[test]
fn mobile_assistants_errors() {
    let mut shown = Shown::default();
    let builder = Endpoint::builder(dangerous::javascript_reserialised()).secret(SECRET);
    let builder = builder.unknown_events(hookgate::UnknownEvents::Deliver);
    shown.debug(&builder);
    let endpoint = builder.build().unwrap();
    for body in ["canarypay10ad", r#"{"type":"canarypay10ad","type":"x"}"#, r#"{"canarypay10ad"#] {
        let request = signed(&MobileAssistant::new(), SECRET, Message::post("/", body));
        not_decoded::<mobile_assistant::Event>(&delivery(&endpoint, &request), &mut shown);
    }
    shown.holds_nothing();
}
