//! Deadlines, and the bounded rest that is read of a refused body. The clock is virtual.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use hookgate::harmonizely::Harmonizely;
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, SecretQuery, Unavailable};
use hookgate::{Budget, Endpoint, RejectionKind, Secrets};
use http::Request;
use http_body::Body;
use tokio::time::{Instant, advance};
use tower::{BoxError, ServiceExt};

use crate::common::{
    BODY, Endless, Read, SECRET, Script, Seen, Step, endpoint, gate, kind, signed, signed_script,
    unsigned,
};

const KIB: usize = 1024;

fn wait(seconds: u64) -> Step {
    Step::Wait(Duration::from_secs(seconds))
}

fn part(data: &'static str) -> Step {
    Step::frame(data)
}

#[tokio::test(start_paused = true)]
async fn one_deadline_holds_for_the_whole_body() {
    for (name, script, status, seconds) in [
        ("in time", Script::new([wait(2), part("a"), wait(2), part("b")]), 200, 4),
        ("never a byte", Script::new([Step::Hang]), 408, 5),
        ("stops in the middle", Script::new([part("a"), Step::Hang]), 408, 5),
        (
            "drips",
            Script::new([part("a"), wait(2), part("b"), wait(2), part("c"), wait(2), part("d")]),
            408,
            5,
        ),
        ("never ends", Script::new([part("a"), wait(4), Step::Hang]), 408, 5),
    ] {
        let (seen, budget) = (Seen::default(), Budget::new(KIB));
        let endpoint = endpoint().body_deadline(Duration::from_secs(5)).in_flight(budget.clone());
        let start = Instant::now();
        let service = gate(endpoint, seen.clone());
        let response = service.oneshot(signed_script(script)).await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{name}");
        assert_eq!(seen.count(), usize::from(status == 200), "{name}");
        let want = (status == 408).then_some(RejectionKind::BodyTimeout);
        assert_eq!(kind(&response), want, "{name}");
        assert_eq!(budget.used(), 0, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_does_not_run_while_the_handler_works() {
    let slow = tower::service_fn(async |_: Request<_>| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok::<_, std::convert::Infallible>(http::Response::<http_body_util::Full<Bytes>>::default())
    });
    let service = gate(endpoint().body_deadline(Duration::from_secs(5)), slow);
    let response = service.oneshot(signed_script(Script::new([wait(4), part("a")]))).await.unwrap();
    assert_eq!(response.status(), 200);
}

/// Sends a request while the clock goes on although nobody waits for it.
async fn while_time_passes<B>(request: Request<B>) -> http::Response<http_body_util::Full<Bytes>>
where
    B: Body<Error: Into<BoxError>> + Send + 'static,
    B::Data: Send,
{
    let service = gate(endpoint().body_deadline(Duration::from_secs(5)), Seen::default());
    let clock = async {
        // Only gets its turn when the body lets it.
        advance(Duration::from_secs(6)).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        response = service.oneshot(request) => response.unwrap(),
        () = clock => unreachable!("the clock never ends"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_ready_for_ever_starves_nobody() {
    let response = while_time_passes(signed("").map(|_| Endless)).await;
    assert_eq!(kind(&response), Some(RejectionKind::BodyTimeout));
    let response = while_time_passes(unsigned(Endless)).await;
    assert_eq!(kind(&response), Some(RejectionKind::MissingSignature));
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_is_read_up_to_a_bound() {
    let expecting = |value: &str, script| {
        let mut request = unsigned(script);
        request.headers_mut().insert("expect", value.parse().unwrap());
        request
    };
    let over_limit = |frames| {
        let script = Script::zeros(frames, KIB);
        signed_script(script)
    };
    let nothing = Read::default();
    for (name, request, seconds, want) in [
        // One poll more finds the end.
        ("short", unsigned(Script::zeros(2, KIB)), 0, Read { polls: 3, bytes: 2 * KIB }),
        ("endless", unsigned(Script::zeros(99, 64 * KIB)), 0, Read { polls: 4, bytes: 256 * KIB }),
        (
            "more frames than a turn",
            unsigned(Script::zeros(999, KIB)),
            0,
            Read { polls: 256, bytes: 256 * KIB },
        ),
        (
            "breaks off",
            unsigned(Script::zeros(1, KIB).then(Step::Fail("reset".into()))),
            0,
            Read { polls: 2, bytes: KIB },
        ),
        (
            "stalls",
            unsigned(Script::zeros(1, KIB).then(Step::Hang)),
            1,
            Read { polls: 3, bytes: KIB },
        ),
        ("waits for 100", expecting("100-continue", Script::zeros(9, KIB)), 0, nothing),
        ("in other letters", expecting("100-Continue", Script::zeros(9, KIB)), 0, nothing),
        // The limit is 8 KiB: nine frames until the refusal, and 256 KiB after it.
        ("refused in the middle", over_limit(999), 0, Read { polls: 265, bytes: 265 * KIB }),
    ] {
        let read = request.body().read();
        let service = gate(endpoint().body_limit(8 * KIB), Seen::default());
        let start = Instant::now();
        let response = service.oneshot(request).await.unwrap();
        assert!(response.status().is_client_error(), "{name}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{name}");
        assert_eq!(*read.lock().unwrap(), want, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_of_the_declared_length_over_the_limit_is_not_kept() {
    let budget = Budget::new(64 * 1024 * KIB);
    let script = Script::zeros(999, 64 * KIB);
    let read = script.read();
    let mut request = signed("").map(|_| script);
    request.headers_mut().insert("content-length", (999 * 64 * KIB).into());
    let service = gate(endpoint().in_flight(budget.clone()), Seen::default());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(read.lock().unwrap().bytes, 256 * KIB);
    assert_eq!(budget.used(), 0);
}

/// An endpoint that looks up its secrets.
fn looked_up<F>(
    answer: impl Fn() -> F + Send + Sync + 'static,
) -> hookgate::EndpointBuilder<Harmonizely>
where
    F: Future<Output = Result<Option<Secrets>, Unavailable>> + Send + 'static,
{
    let tenant = |_: &dyn hookgate::RequestHead| Some("tenant".into());
    Endpoint::builder(Harmonizely).secrets_from(tenant, move |_: SecretQuery| answer())
}

#[tokio::test(start_paused = true)]
async fn a_look_up_is_waited_for_no_longer_than_a_body() {
    let endpoint = looked_up(std::future::pending).body_deadline(Duration::from_secs(5));
    let start = Instant::now();
    let response = gate(endpoint, Seen::default()).oneshot(signed(BODY)).await.unwrap();
    assert_eq!(kind(&response), Some(RejectionKind::SecretsUnavailable));
    assert_eq!(start.elapsed().as_secs(), 5);

    struct Stuck;
    impl ReplayGuard for Stuck {
        async fn claim(&self, _: ClaimQuery) -> Result<Claim, Unavailable> {
            std::future::pending().await
        }
        async fn done(&self, _: Held) -> Result<(), Unavailable> {
            Ok(())
        }
        async fn failed(&self, _: Held) -> Result<(), Unavailable> {
            Ok(())
        }
    }
    let stuck = common::endpoint().replay_guard(Stuck).body_deadline(Duration::from_secs(5));
    let start = Instant::now();
    let response = gate(stuck, Seen::default()).oneshot(signed(BODY)).await.unwrap();
    assert_eq!(kind(&response), Some(RejectionKind::GuardUnavailable));
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_for_100_is_not_read_while_secrets_are_looked_up() {
    let down = || looked_up(async || Err(Unavailable::new("the store is down")));
    let script = Script::zeros(9, KIB);
    let read = script.read();
    let mut request = signed_script(script);
    request.headers_mut().insert("expect", "100-continue".parse().unwrap());
    let response = gate(down(), Seen::default()).oneshot(request).await.unwrap();
    assert_eq!(kind(&response), Some(RejectionKind::SecretsUnavailable));
    assert_eq!(*read.lock().unwrap(), Read::default());
}

/// Once the body is read, the server has sent `100 Continue`, and the sender is in the middle of
/// its upload like any other.
#[tokio::test(start_paused = true)]
async fn a_sender_that_was_told_to_continue_is_read_like_any_other() {
    let known = || looked_up(async || Ok(Some(Secrets::new(SECRET))));
    for (name, endpoint) in [("own secrets", endpoint()), ("looked up", known())] {
        let script = Script::zeros(999, KIB);
        let read = script.read();
        let mut request = signed_script(script);
        request.headers_mut().insert("expect", "100-continue".parse().unwrap());
        let service = gate(endpoint.body_limit(8 * KIB), Seen::default());
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(kind(&response), Some(RejectionKind::BodyTooLarge), "{name}");
        assert_eq!(read.lock().unwrap().bytes, 265 * KIB, "{name}");
    }
}
