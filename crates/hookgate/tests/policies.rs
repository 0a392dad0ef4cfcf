//! What `build` refuses, and what an endpoint's policies make of a request.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{
    BodyAsFields, Custom, LONG, NOW, Outcome, PREFIXED, Request, SECRET, STRIPE_LIKE, SUFFIXED,
    base64_of, delivery, endpoint_of, hex_of, message, ours, outcome, plain_endpoint, refused,
    signed, to_mobile, undecodable,
};
use hookgate::ace::Ace;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{
    Claim, ClaimQuery, Held, Key, KeyQuery, ReplayGuard, SecretQuery, Unavailable,
};
use hookgate::scheme::{Place, Scheme, SchemeError, TimeUnit};
use hookgate::screenmeet::ScreenMeet;
use hookgate::sign::Message;
use hookgate::{
    BuildError, Coverage, Dedupe, Endpoint, EndpointBuilder, Form, FromDelivery, Habits,
    RejectionKind, Reply, RequestHead, Secret, SecretError, Secrets, UnknownEvents, Warning,
    dangerous, harmonizely, mobile_assistant,
};
use serde_json::Value;

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

async fn no_secrets(_: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
    Ok(None)
}

async fn no_key(_: KeyQuery) -> Result<Option<Key>, Unavailable> {
    Ok(None)
}

const KEYED: Scheme<'static> = Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"));

/// Two deliveries of one second are signed alike.
const SECOND: Scheme<'static> = Scheme::hmac_sha256("x-signature")
    .timestamp(Place::Header("x-time"), TimeUnit::Seconds)
    .signed("{ts}")
    .body_unsigned();

fn error<P>(builder: EndpointBuilder<P>) -> BuildError {
    builder.build().unwrap_err()
}

#[test]
fn what_build_refuses() {
    let extracted =
        |scheme| Custom { form: Form::Extracted(Arc::new(BodyAsFields)), ..Custom::new(scheme) };
    let named = |id| Custom { id, ..Custom::new(PREFIXED) };
    let genuine =
        |habits: Habits| Custom { habits: habits.repeats_are_genuine(), ..Custom::new(PREFIXED) };
    let broken = Custom::new(PREFIXED.signed("{ts}.{body}"));
    let bad = |label: &str, error| BuildError::Secret { label: label.into(), error };
    let query = |_: &dyn RequestHead| Some("tenant".into());
    let long = "n".repeat(129);
    let rows: Vec<(&str, BuildError, BuildError)> = vec![
        ("no secret", error(Endpoint::builder(Harmonizely)), BuildError::NoSecret),
        (
            "an empty secret",
            error(Endpoint::builder(Harmonizely).secret("")),
            bad("#1", SecretError::Empty),
        ),
        (
            "a bad secret among good ones",
            error(ours(Harmonizely).secret(Secret::new("x\n").labelled("old"))),
            bad("old", SecretError::LineBreak),
        ),
        (
            "own secrets and others",
            error(ours(Harmonizely).secrets_from(query, no_secrets)),
            BuildError::SeveralSources,
        ),
        (
            "own secrets and keys",
            error(ours(Custom::new(KEYED)).keys_from(no_key)),
            BuildError::SeveralSources,
        ),
        (
            "secrets and keys that are looked up",
            error(
                Endpoint::builder(Custom::new(KEYED))
                    .keys_from(no_key)
                    .secrets_from(query, no_secrets),
            ),
            BuildError::SeveralSources,
        ),
        (
            "a named key and no source",
            error(Endpoint::builder(Custom::new(KEYED))),
            BuildError::NoSecret,
        ),
        (
            "a source and no named key",
            error(Endpoint::builder(Harmonizely).keys_from(no_key)),
            BuildError::KeySource,
        ),
        ("a broken scheme", error(ours(broken)), BuildError::Scheme(SchemeError::NoPlace("ts"))),
        (
            "fields within a template",
            error(ours(extracted(SUFFIXED))),
            BuildError::FormWithTemplate,
        ),
        (
            "fields within a text",
            error(ours(extracted(PREFIXED.signed("v0:{body}")))),
            BuildError::FormWithTemplate,
        ),
        (
            "a tolerance of no time",
            error(ours(Harmonizely).tolerance(Duration::from_secs(5))),
            BuildError::NoTimestamp,
        ),
        (
            "a tolerance of an unsigned time",
            error(
                ours(Custom::new(PREFIXED.timestamp(Place::Header("x-ts"), TimeUnit::Seconds)))
                    .tolerance(Duration::from_secs(5)),
            ),
            BuildError::NoTimestamp,
        ),
        (
            "no names at all",
            error(ours(Ace::any()).unknown_events(UnknownEvents::Refuse)),
            BuildError::NoEventNames,
        ),
        (
            "no known names",
            error(ours(Custom::new(STRIPE_LIKE)).unknown_events(UnknownEvents::Acknowledge)),
            BuildError::NoEventNames,
        ),
        (
            "known names and no place for them",
            error(
                ours(Custom { events: &["known"], ..Custom::new(LONG) })
                    .unknown_events(UnknownEvents::Refuse),
            ),
            BuildError::NoEventNames,
        ),
        (
            "a success",
            error(ours(Harmonizely).rejection_status(200)),
            BuildError::RejectionStatus(200),
        ),
        (
            "a redirect",
            error(ours(Harmonizely).rejection_status(302)),
            BuildError::RejectionStatus(302),
        ),
        ("ours", error(ours(Harmonizely).rejection_status(500)), BuildError::RejectionStatus(500)),
        (
            "a success as a habit",
            error(ours(Custom {
                habits: Habits::new().rejection_status(204),
                ..Custom::new(PREFIXED)
            })),
            BuildError::RejectionStatus(204),
        ),
        (
            "a guard",
            error(ours(MobileAssistant::new()).replay_guard(Forgetful)),
            BuildError::GenuineRepeats,
        ),
        (
            "a guard",
            error(ours(IOffice::at("/")).replay_guard(Forgetful)),
            BuildError::GenuineRepeats,
        ),
        (
            "dedupe",
            error(ours(IOffice::at("/")).dedupe(Dedupe::BodyDigest)),
            BuildError::GenuineRepeats,
        ),
        (
            "dedupe as a habit",
            error(ours(genuine(Habits::new().dedupe(Dedupe::BodyDigest)))),
            BuildError::GenuineRepeats,
        ),
        ("no id", error(ours(Harmonizely).dedupe(Dedupe::SignedId)), BuildError::NoSignedId),
        (
            "an unsigned id",
            error(ours(Custom::new(PREFIXED)).dedupe(Dedupe::SignedId)),
            BuildError::NoSignedId,
        ),
        ("no body", error(ours(Harmonizely).body_limit(0)), BuildError::BodyLimit),
        (
            "no body as a habit",
            error(ours(Custom { habits: Habits::new().body_limit(0), ..Custom::new(PREFIXED) })),
            BuildError::BodyLimit,
        ),
        (
            "a guard where the second is signed",
            error(ours(Custom::new(SECOND)).replay_guard(Forgetful)),
            BuildError::BodyUnsigned,
        ),
        (
            "a guard where the second and the address are signed",
            error(
                ours(Custom::new(SECOND.signed("{method}{url}{ts}")))
                    .public_url("https://x.example/")
                    .replay_guard(Forgetful),
            ),
            BuildError::BodyUnsigned,
        ),
        (
            "a guard where nothing is signed",
            error(
                dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).replay_guard(Forgetful),
            ),
            BuildError::UnsignedWithGuard,
        ),
        (
            "an id that nobody can cut out",
            error(ours(Custom::new(PREFIXED.signed("{id}{body}")))),
            BuildError::Scheme(SchemeError::Blurred("id", "body")),
        ),
        (
            "no time",
            error(ours(Harmonizely).body_deadline(Duration::ZERO)),
            BuildError::BodyDeadline,
        ),
        ("no name", error(ours(Harmonizely).name("")), BuildError::Name),
        ("a long name", error(ours(Harmonizely).name(long)), BuildError::Name),
        ("a line break", error(ours(Harmonizely).name("a\nb")), BuildError::Name),
        ("a provider without an id", error(ours(named(""))), BuildError::Name),
        ("a provider with a line break", error(ours(named("a\nb"))), BuildError::Name),
        (
            "unsigned with a secret",
            error(dangerous::accept_unsigned(ours(Harmonizely))),
            BuildError::UnsignedWithSecrets,
        ),
        (
            "unsigned, and then a secret",
            error(dangerous::accept_unsigned(Endpoint::builder(Ace::any())).secret(SECRET)),
            BuildError::UnsignedWithSecrets,
        ),
        (
            "unsigned with secrets that are looked up",
            error(dangerous::accept_unsigned(
                Endpoint::builder(Harmonizely).secrets_from(query, no_secrets),
            )),
            BuildError::UnsignedWithSecrets,
        ),
        (
            "ScreenMeet unsigned",
            error(dangerous::accept_unsigned(Endpoint::builder(ScreenMeet::new()))),
            BuildError::NeverUnsigned,
        ),
        (
            "Mobile Assistant unsigned",
            error(dangerous::accept_unsigned(Endpoint::builder(MobileAssistant::new()))),
            BuildError::NeverUnsigned,
        ),
        (
            "iOFFICE unsigned",
            error(dangerous::accept_unsigned(Endpoint::builder(IOffice::at("/")))),
            BuildError::NeverUnsigned,
        ),
        (
            "secrets of nobody",
            {
                let endpoint = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build();
                endpoint.unwrap().secrets().replace(SECRET).unwrap_err()
            },
            BuildError::NoOwnSecrets,
        ),
    ];
    for (name, got, want) in rows {
        assert_eq!(got, want, "{name}");
        assert!(!got.to_string().contains(SECRET), "{name}");
    }
}

#[test]
fn a_prefix_that_is_no_path_is_refused() {
    for prefix in ["hooks", "https://example.com/hooks", "/a//b", "/a?b=c", "/a#b", "/{tenant}"] {
        let error = error(ours(IOffice::at(prefix)));
        assert!(matches!(error, BuildError::Provider(_)), "{prefix}: {error:?}");
    }
    for prefix in ["", "/", "/hooks", "/hooks/", "/B%C3%BCro"] {
        ours(IOffice::at(prefix)).build().unwrap();
    }
}

#[test]
fn a_guard_stands_where_something_signed_tells_deliveries() {
    for scheme in [
        SECOND.signed("{ts}{header:x-nonce}"),
        SECOND.signed("{ts}{json:/id}"),
        SECOND.signed("{id}.{ts}").delivery_id(Place::Header("x-id")),
        PREFIXED,
    ] {
        ours(Custom::new(scheme)).replay_guard(Forgetful).build().unwrap();
    }
}

/// Google signs one token for an hour, whatever it pushes meanwhile.
#[cfg(feature = "jwt")]
#[test]
fn no_guard_stands_where_a_token_serves_for_many_deliveries() {
    use hookgate::catalogue::VONAGE;
    use hookgate::pubsub::PubSub;

    let pushes = PubSub::new("https://x.example/push", "a@p.iam.gserviceaccount.com");
    let keys = |_| async { Ok(None) };
    let endpoint = Endpoint::builder(pushes).keys_from(keys).replay_guard(Forgetful);
    assert_eq!(error(endpoint), BuildError::BodyUnsigned);
    ours(VONAGE).replay_guard(Forgetful).build().unwrap();
}

#[test]
fn a_guard_on_an_endpoint_that_verifies_nothing_would_guard_nothing() {
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely));
    assert!(unsigned.replay_guard(Forgetful).build().is_err());
}

#[test]
fn an_events_name_stands_where_it_can_be_read_or_the_scheme_is_refused() {
    let scheme = STRIPE_LIKE.event_name(Place::SignatureField("e"));
    let provider = Custom { events: &["known"], ..Custom::new(scheme) };
    let Ok(endpoint) = ours(provider).unknown_events(UnknownEvents::Refuse).build() else {
        return;
    };
    let signature = hex_of(format!("{}.{{}}", NOW.as_secs()));
    let value = format!("e=known,t={},v1={signature}", NOW.as_secs());
    let passed = delivery(&endpoint, &Request::post("/", "{}").and("stripe-signature", value));
    assert_eq!(passed.event_name().as_deref(), Some("known"));
}

#[test]
fn unknown_events_are_refused_acknowledged_or_delivered() {
    let refuses = endpoint_of(MobileAssistant::new(), SECRET);
    let acknowledges = ours(MobileAssistant::new()).unknown_events(UnknownEvents::Acknowledge);
    let acknowledges = acknowledges.build().unwrap();
    let delivers = ours(MobileAssistant::new()).unknown_events(UnknownEvents::Deliver);
    let delivers = delivers.build().unwrap();
    for (name, body) in [
        ("another type", r#"{"type":"transcript.deleted"}"#),
        ("another case", r#"{"type":"Test.Completed"}"#),
        ("white space", r#"{"type":"test.completed "}"#),
    ] {
        let request = to_mobile(body);
        let rejection = refused(&refuses, &request);
        let want = (RejectionKind::UnknownEvent, 400);
        assert_eq!((rejection.kind(), rejection.status()), want, "{name}");
        assert!(rejection.kind().after_verdict(), "{name}");
        match outcome(&acknowledges, &request) {
            Outcome::Replied(reply) => assert_eq!(reply, Reply::new(200), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        let event = mobile_assistant::Event::from_delivery(&delivery(&delivers, &request));
        let json = serde_json::from_str(body).unwrap();
        assert_eq!(event.unwrap(), mobile_assistant::Event::Unknown(json), "{name}");
        // What is wrong comes first: an unknown event proves nothing.
        let forged = request.with("x-connect-it-token", hex_of("another"));
        for endpoint in [&refuses, &acknowledges, &delivers] {
            assert_eq!(refused(endpoint, &forged).kind(), RejectionKind::SignatureMismatch);
        }
    }
    for (body, test) in [
        (r#"{"type":"test.completed"}"#, true),
        (r#"{"a":{"type":"x"},"type":"test\u002ecompleted"}"#, true),
        (r#"{"type":"transcript.completed","data":{"type":"x"}}"#, false),
    ] {
        let json: Value = serde_json::from_str(body).unwrap();
        for endpoint in [&refuses, &acknowledges, &delivers] {
            let event =
                mobile_assistant::Event::from_delivery(&delivery(endpoint, &to_mobile(body)));
            let want = if test {
                mobile_assistant::Event::TestCompleted(json.clone())
            } else {
                mobile_assistant::Event::TranscriptCompleted(json.clone())
            };
            assert_eq!(event.unwrap(), want);
        }
    }
}

/// Whoever acknowledged these would lose what may be genuine.
#[test]
fn an_event_that_cannot_be_told_is_neither_known_nor_unknown() {
    for body in [
        "{}",
        r#"{"type":7}"#,
        r#"{"type":null}"#,
        r#"{"data":{"type":"test.completed"}}"#,
        r#"[{"type":"test.completed"}]"#,
        r#"{"type":"test.completed\ud83d"}"#,
    ] {
        for policy in [UnknownEvents::Refuse, UnknownEvents::Acknowledge] {
            let endpoint = ours(MobileAssistant::new()).unknown_events(policy).build().unwrap();
            let rejection = refused(&endpoint, &to_mobile(body));
            assert_eq!(rejection.kind(), RejectionKind::Undecodable, "{body}");
            assert!(rejection.kind().after_verdict() && rejection.status() == 400, "{body}");
        }
        let delivers = ours(MobileAssistant::new()).unknown_events(UnknownEvents::Deliver);
        delivery(&delivers.build().unwrap(), &to_mobile(body));
    }
}

#[test]
fn a_type_that_stands_there_twice_is_refused_after_the_verdict() {
    for body in [
        r#"{"type":"test.completed","type":"test.completed"}"#,
        r#"{"type":"evil","type":"test.completed"}"#,
        r#"{"type":"test.completed","t\u0079pe":"evil"}"#,
        r#"{"type":1,"type":"test.completed"}"#,
        "{",
        "",
        "type=test.completed",
    ] {
        for policy in [UnknownEvents::Refuse, UnknownEvents::Acknowledge] {
            let endpoint = ours(MobileAssistant::new()).unknown_events(policy).build().unwrap();
            let rejection = refused(&endpoint, &to_mobile(body));
            assert_eq!(rejection.kind(), RejectionKind::Undecodable, "{body}");
            assert!(rejection.kind().after_verdict() && rejection.status() == 400);
        }
        let delivers = ours(MobileAssistant::new()).unknown_events(UnknownEvents::Deliver);
        let passed = delivery(&delivers.build().unwrap(), &to_mobile(body));
        assert_eq!(passed.event_name(), None, "{body}");
        undecodable::<mobile_assistant::Event>(&passed);
    }
}

#[test]
fn an_unknown_event_of_a_header_is_judged_too() {
    let provider = Custom {
        events: &["known"],
        habits: Habits::new().unknown_events(UnknownEvents::Refuse),
        ..Custom::new(PREFIXED)
    };
    let endpoint = endpoint_of(provider.clone(), SECRET);
    let request = signed(&provider, SECRET, message("{}").event("known"));
    let content = delivery(&endpoint, &request).into_content();
    assert_eq!(content.event_name(), Some(("known", false)), "nobody signs a header");
    for other in ["unknown", "Known"] {
        let bent = request.clone().with("x-event", other);
        assert_eq!(refused(&endpoint, &bent).kind(), RejectionKind::UnknownEvent, "{other:?}");
    }
    // A proxy that bends or drops the header must not make events vanish.
    for none in ["", "known "].map(|odd| request.clone().with("x-event", odd)) {
        assert_eq!(refused(&endpoint, &none).kind(), RejectionKind::Undecodable);
    }
    let none = request.clone().without("x-event");
    assert_eq!(refused(&endpoint, &none).kind(), RejectionKind::Undecodable);
    let twice = request.and("x-event", "known");
    assert_eq!(refused(&endpoint, &twice).kind(), RejectionKind::DuplicateSignature);
}

#[test]
fn an_unsigned_endpoint_proves_nothing_and_says_so() {
    let endpoint = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    let body = r#"{"event":"meetingScheduled","uuid":"u"}"#;
    for request in [
        Request::post("/", body),
        Request::post("/", body).and("webhook-signature", "junk"),
        Request::post("/", body).and("webhook-signature", "a").and("webhook-signature", "b"),
    ] {
        let passed = delivery(&endpoint, &request);
        assert_eq!((passed.replay_key(), passed.dedupe_key()), (None, None));
        let content = passed.into_content();
        assert_eq!(content.coverage, Coverage::Nothing);
        assert_eq!((content.secret, content.signed.event), (None, None));
        assert_eq!(content.unsigned.event.as_deref(), Some("meetingScheduled"));
    }
    // Everything that needs no secret still holds.
    let put = refused(&endpoint, &Request::post("/", body).method("PUT"));
    assert_eq!(put.kind(), RejectionKind::MethodNotAllowed);
    let limited = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).body_limit(3);
    let large = refused(&limited.build().unwrap(), &Request::post("/", "four"));
    assert_eq!(large.kind(), RejectionKind::BodyTooLarge);
}

#[test]
fn body_limits() {
    for (name, endpoint, want) in [
        ("default", plain_endpoint(), 2 * 1024 * 1024),
        ("iOFFICE", endpoint_of(IOffice::at("/"), SECRET), 4 * 1024),
        ("Mobile Assistant", endpoint_of(MobileAssistant::new(), SECRET), 2 * 1024 * 1024),
        (
            "a habit",
            endpoint_of(
                Custom { habits: Habits::new().body_limit(9), ..Custom::new(PREFIXED) },
                SECRET,
            ),
            9,
        ),
        (
            "one's own before the provider's",
            ours(IOffice::at("/")).body_limit(99).build().unwrap().into_any(),
            99,
        ),
    ] {
        assert_eq!(endpoint.body_limit(), want, "{name}");
    }
    let provider = IOffice::at("/");
    let endpoint = endpoint_of(provider.clone(), SECRET);
    let request = signed(&provider, SECRET, Message::get("/CREATE/Agreement/25"));
    delivery(&endpoint, &request.clone().body(vec![b' '; 4_096]));
    let large = refused(&endpoint, &request.body(vec![b' '; 4_097]));
    assert_eq!((large.kind(), large.status()), (RejectionKind::BodyTooLarge, 413));
}

#[test]
fn what_stands_beside_the_signature_twice_is_refused_also_where_nobody_signs_it() {
    let aside = LONG.timestamp(Place::Header("x-ts"), TimeUnit::Seconds);
    let aside =
        Custom::new(aside.delivery_id(Place::Header("x-id")).event_name(Place::Header("x-event")));
    let request = signed(&aside, SECRET, message("{}").event("e"));
    let endpoint = endpoint_of(aside, SECRET);
    delivery(&endpoint, &request);
    for header in ["x-event", "x-id", "x-ts"] {
        let twice = request.clone().and(header, "1700000001");
        let rejection = common::run(&endpoint, &twice).err().map(|rejection| rejection.kind());
        assert!(rejection.is_some_and(RejectionKind::is_signature), "{header}: {rejection:?}");
    }
}

fn mismatch(endpoint: &hookgate::AnyEndpoint) -> hookgate::Rejection {
    refused(endpoint, &Request::post("/", "{}").and("webhook-signature", base64_of("x")))
}

#[test]
fn the_status_for_signatures_is_one_and_for_signatures_only() {
    let endpoint = ours(Harmonizely).rejection_status(401).build().unwrap();
    let missing = refused(&endpoint, &Request::post("/", "{}"));
    for rejection in [mismatch(&endpoint), missing] {
        assert_eq!((rejection.status(), rejection.reply().status()), (401, 401));
        let body: Value = serde_json::from_slice(rejection.reply().body()).unwrap();
        assert_eq!(body["status"], 401);
    }
    let put = refused(&endpoint, &Request::post("/", "{}").method("PUT"));
    assert_eq!(put.status(), 405);
    let habit = Custom { habits: Habits::new().rejection_status(403), ..Custom::new(PREFIXED) };
    let missing = refused(&endpoint_of(habit.clone(), SECRET), &Request::post("/", ""));
    assert_eq!(missing.status(), 403);
    let own = ours(habit).rejection_status(404).build().unwrap();
    assert_eq!(refused(&own, &Request::post("/", "")).status(), 404);
    // Authentic and not taken is no failure of the signature.
    let mobile = ours(MobileAssistant::new()).rejection_status(401).build().unwrap();
    assert_eq!(refused(&mobile, &to_mobile("{}")).status(), 400);
}

#[test]
fn reasons_are_told_only_where_that_was_asked_for() {
    let silent = mismatch(&plain_endpoint()).reply();
    let exposed = dangerous::expose_reasons(ours(Harmonizely)).build().unwrap();
    assert_eq!(exposed.warnings(), [Warning::ReasonsExposed]);
    let told = mismatch(&exposed).reply();
    let text = |reply: &Reply| String::from_utf8(reply.body().to_vec()).unwrap();
    assert!(text(&told).contains("signature_mismatch"));
    assert!(!text(&silent).contains("mismatch"));
    let missing = refused(&exposed, &Request::post("/", "{}")).reply();
    assert!(text(&missing).contains("missing_signature"));
    assert_eq!(told.status(), silent.status());
}

/// What the sender gets of a refusal, which the driver asks the endpoint for.
fn answer(endpoint: hookgate::AnyEndpoint, request: &Request) -> hookgate::Refusal {
    use hookgate::driver::{Admitted, FrameError, Frames, Gate, Timer};
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    #[derive(Debug)]
    struct Still;

    impl Timer for Still {
        fn now(&self) -> hookgate::UnixTime {
            NOW
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::pending())
        }
    }

    struct Whole(Option<bytes::Bytes>);

    impl Frames for Whole {
        fn poll_data(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<bytes::Bytes, FrameError>>> {
            Poll::Ready(self.0.take().map(Ok))
        }
    }

    let mut frames = Whole(Some(request.body.clone()));
    let mut admission = Gate::new(endpoint, Still).admit(request);
    match admission.poll(&mut Context::from_waker(Waker::noop()), Pin::new(&mut frames)) {
        Poll::Ready(Admitted::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ones_own_answers_to_rejections_are_sent_unless_they_are_successes() {
    let request = Request::post("/", "{}");
    for (own, want) in
        [(410, 410), (401, 401), (503, 503), (200, 400), (204, 400), (299, 400), (0, 500)]
    {
        let endpoint = ours(Harmonizely).on_rejection(move |rejection, reply| {
            assert_eq!(rejection.kind(), RejectionKind::MissingSignature);
            assert_eq!(reply, rejection.reply());
            Reply::new(own).text("no")
        });
        let refusal = answer(endpoint.build().unwrap().into_any(), &request);
        assert_eq!(refusal.rejection.kind(), RejectionKind::MissingSignature);
        assert_eq!(refusal.reply.status(), want, "{own}");
        assert_eq!(refusal.reply.body() == "no", own == want || own == 0, "{own}");
    }
    // The same for what does not decode, which an extractor finds.
    let endpoint = ours(Harmonizely).on_rejection(|_, _| Reply::new(418)).build().unwrap();
    let request = Request::post("/", "x").and("webhook-signature", base64_of("x"));
    let error = harmonizely::Event::from_delivery(&delivery(&endpoint, &request)).unwrap_err();
    assert_eq!(error.reply().status(), 418);
}

#[test]
fn an_answer_that_is_made_of_the_given_one_has_one_content_type() {
    let endpoint = ours(Harmonizely).on_rejection(|_, reply| reply.text("no")).build().unwrap();
    let reply = answer(endpoint.into_any(), &Request::post("/", "{}")).reply;
    let types: Vec<_> = reply.headers().filter(|(name, _)| *name == "content-type").collect();
    assert_eq!(types, [("content-type", "text/plain; charset=utf-8")]);
}

#[test]
fn names_and_ids() {
    let endpoint = plain_endpoint();
    assert_eq!((endpoint.name(), endpoint.provider_id()), ("harmonizely", "harmonizely"));
    for name in ["a", "Büro Süd / 2", &"n".repeat(128), &"é".repeat(128)] {
        let endpoint = ours(Harmonizely).name(name).build().unwrap();
        assert_eq!((endpoint.name(), endpoint.provider_id()), (name, "harmonizely"));
    }
}
