//! Tenants are as far apart as endpoints, and guards are told enough and waited for no longer than that.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use common::{Custom, Outcome, base64_of, delivery, message, ready, signed};
use hookgate::check::{Opened, Verdict};
use hookgate::driver::Admitted;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Content, Coverage, Dedupe, Delivery, Endpoint, Habits, Provider, Secrets,
    UnixTime, UnknownEvents,
};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// Each tenant's secret is its own name; the path names the tenant.
fn endpoint_for_many<P: Provider>(provider: P) -> AnyEndpoint {
    let source = |query: SecretQuery| {
        std::future::ready(Ok::<_, Unavailable>(Some(Secrets::new(format!(
            "secret of {}",
            query.tenant
        )))))
    };
    Endpoint::builder(provider)
        .secrets_from(|head| head.path().strip_prefix('/').map(Into::into), source)
        .build()
        .unwrap()
        .into_any()
}

fn delivery_to(endpoint: &AnyEndpoint, tenant: &str, body: &'static str) -> Delivery {
    let message = hookgate::sign::Message::post(format!("/{tenant}"), body);
    let request = signed(&Harmonizely, &format!("secret of {tenant}"), message);
    let Opened::NeedSecrets(ask, paused) = endpoint.open(&request, NOW).unwrap() else {
        panic!("the secrets depend on the request");
    };
    let mut check = paused.resume(ready(ask.ask())).unwrap();
    check.push(body.into()).unwrap();
    match check.finish().unwrap() {
        Verdict::Deliver(delivery) => delivery,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_tenants_delivery_is_no_replay_of_anothers() {
    let endpoint = endpoint_for_many(Harmonizely);
    let body = r#"{"event":"meetingScheduled"}"#;
    let (one, other) = (delivery_to(&endpoint, "one", body), delivery_to(&endpoint, "two", body));
    assert_ne!(one.replay_key().unwrap(), other.replay_key().unwrap());
    assert_ne!(one.dedupe_key().unwrap(), other.dedupe_key().unwrap());
    let again = delivery_to(&endpoint, "one", body);
    assert_eq!(one.replay_key(), again.replay_key());
    assert_eq!(one.dedupe_key(), again.dedupe_key());
    // Nor is it that of an endpoint without tenants, whatever its name.
    let alone = Endpoint::builder(Harmonizely).secret("secret of one").build().unwrap();
    let request = signed(&Harmonizely, "secret of one", hookgate::sign::Message::post("/", body));
    assert_ne!(delivery(&alone, &request).replay_key(), one.replay_key());
}

#[test]
fn what_is_stored_says_whose_it_is() {
    let endpoint = endpoint_for_many(Harmonizely);
    let content = delivery_to(&endpoint, "one", "{}").into_content();
    assert_eq!(content.tenant.as_deref(), Some("one"));
    let stored = serde_json::to_string(&content).unwrap();
    assert_eq!(serde_json::from_str::<Content>(&stored).unwrap(), content);
}

#[test]
fn stored_content_decodes_for_its_own_provider_and_its_own_proof() {
    let body = r#"{"event":"meetingScheduled"}"#;
    let mut content = Content::new("harmonizely", NOW, body);
    assert!(content.decode::<harmonizely::Event>().is_err(), "nothing was proved");
    content.coverage = Coverage::Body;
    assert!(content.decode::<harmonizely::Event>().is_ok());
    content.provider = "another".into();
    assert!(content.decode::<harmonizely::Event>().is_err(), "another provider's");
}

#[test]
fn an_event_beside_the_signatures_is_read_as_unsigned() {
    let scheme =
        Scheme::hmac_sha256("x-sig").list(",", "=", "v1").event_name(Place::SignatureField("e"));
    let provider = Custom {
        events: &["order.paid"],
        habits: Habits::new().unknown_events(UnknownEvents::Acknowledge),
        ..Custom::new(scheme)
    };
    let endpoint = common::endpoint_of(provider.clone(), "a secret of ours");
    let request = signed(&provider, "a secret of ours", message("{}").event("order.paid"));
    assert!(request.value("x-sig").starts_with("e=order.paid,"), "{}", request.value("x-sig"));
    let content = delivery(&endpoint, &request).into_content();
    assert_eq!(content.event_name(), Some(("order.paid", false)));
    let other = signed(&provider, "a secret of ours", message("{}").event("order.lost"));
    assert!(matches!(common::outcome(&endpoint, &other), Outcome::Replied(_)));
    let twice = request.value("x-sig").replace("e=", "e=x,e=");
    let twice = request.with("x-sig", twice);
    assert!(common::refused(&endpoint, &twice).kind().is_signature());
}

#[test]
fn an_odd_id_that_nobody_signs_is_left_out() {
    let scheme = Scheme::hmac_sha256("x-sig").delivery_id(Place::Header("x-id"));
    let endpoint = common::endpoint_of(Custom::new(scheme), "a secret of ours");
    let request = signed(&Custom::new(scheme), "a secret of ours", message("{}").id("one"));
    assert_eq!(
        delivery(&endpoint, &request).content().unsigned.delivery_id.as_deref(),
        Some("one")
    );
    let odd = request.with("x-id", "a b");
    assert_eq!(delivery(&endpoint, &odd).content().unsigned.delivery_id, None);
}

#[test]
fn a_guard_is_told_how_long_a_replay_passes_and_is_not_waited_for_longer() {
    use hookgate::scheme::TimeUnit;

    let scheme = Scheme::hmac_sha256("x-sig")
        .timestamp(Place::Header("x-ts"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .tolerance(30);
    let habits = Habits::new().dedupe(Dedupe::BodyDigest);
    let provider = Custom { habits, ..Custom::new(scheme) };
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let guard = Asked(std::sync::Arc::clone(&asked));
    let endpoint = Endpoint::builder(provider.clone())
        .secret("a secret of ours")
        .replay_guard(guard)
        .clock(|| NOW)
        .build()
        .unwrap();
    let gate = hookgate::driver::Gate::new(endpoint, Clock);
    let request = signed(&provider, "a secret of ours", message("{}").at(NOW));
    let mut admission = gate.admit(&request);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut frames = Whole(Some("{}".into()));
    let admitted = admission.poll(&mut cx, std::pin::Pin::new(&mut frames));
    let std::task::Poll::Ready(Admitted::Passed(_, mut ticket)) = admitted else {
        panic!("{admitted:?}");
    };
    // Nor may it hold the answer for ever: the timer bounds what it takes to record it.
    ticket.answered(200, None);
    assert!(ticket.poll_settled(&mut cx).is_ready());
    assert_eq!(*asked.lock().unwrap(), [Some(std::time::Duration::from_secs(61))]);
}

#[test]
fn a_mac_in_another_providers_words_is_still_refused() {
    let endpoint = endpoint_for_many(Harmonizely);
    let request = common::Request::post("/one", "{}").and("webhook-signature", base64_of("{}"));
    let Opened::NeedSecrets(ask, paused) = endpoint.open(&request, NOW).unwrap() else {
        panic!("the secrets depend on the request");
    };
    let mut check = paused.resume(ready(ask.ask())).unwrap();
    check.push("{}".into()).unwrap();
    assert!(check.finish().is_err());
}

#[test]
fn a_sender_that_leaves_while_a_failure_is_recorded_gives_the_claim_back() {
    for (status, dropped) in [(500, 1), (200, 0)] {
        let guard = Hanging::default();
        let endpoint = Endpoint::builder(Harmonizely)
            .secret("a secret of ours")
            .replay_guard(guard.clone())
            .build()
            .unwrap();
        let gate = hookgate::driver::Gate::new(endpoint, Never);
        let request = signed(&Harmonizely, "a secret of ours", message("{}"));
        let mut admission = gate.admit(&request);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let mut frames = Whole(Some("{}".into()));
        let admitted = admission.poll(&mut cx, std::pin::Pin::new(&mut frames));
        let std::task::Poll::Ready(Admitted::Passed(_, mut ticket)) = admitted else {
            panic!("{admitted:?}");
        };
        ticket.answered(status, None);
        assert!(ticket.poll_settled(&mut cx).is_pending());
        drop(ticket);
        assert_eq!(guard.0.load(std::sync::atomic::Ordering::Relaxed), dropped, "{status}");
    }
}

/// A guard that never answers a settlement, and counts what it is given back.
#[derive(Clone, Default)]
struct Hanging(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl hookgate::ports::ReplayGuard for Hanging {
    async fn claim(
        &self,
        _: hookgate::ports::ClaimQuery,
    ) -> Result<hookgate::ports::Claim, Unavailable> {
        Ok(hookgate::ports::Claim::New(1))
    }

    async fn done(&self, _: hookgate::ports::Held) -> Result<(), Unavailable> {
        std::future::pending().await
    }

    async fn failed(&self, _: hookgate::ports::Held) -> Result<(), Unavailable> {
        std::future::pending().await
    }

    fn dropped(&self, _: hookgate::ports::Held) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// A timer that never runs out.
#[derive(Debug)]
struct Never;

impl hookgate::driver::Timer for Never {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: std::time::Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

struct Asked(std::sync::Arc<std::sync::Mutex<Vec<Option<std::time::Duration>>>>);

impl hookgate::ports::ReplayGuard for Asked {
    async fn claim(
        &self,
        query: hookgate::ports::ClaimQuery,
    ) -> Result<hookgate::ports::Claim, Unavailable> {
        self.0.lock().unwrap().push(query.keep_for);
        Ok(hookgate::ports::Claim::New(1))
    }

    async fn done(&self, _: hookgate::ports::Held) -> Result<(), Unavailable> {
        // A store that hangs.
        std::future::pending().await
    }

    async fn failed(&self, _: hookgate::ports::Held) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// A clock that stands, and a timer that has always run out.
#[derive(Debug)]
struct Clock;

impl hookgate::driver::Timer for Clock {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: std::time::Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

struct Whole(Option<bytes::Bytes>);

impl hookgate::driver::Frames for Whole {
    fn poll_data(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<bytes::Bytes, hookgate::driver::FrameError>>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}
