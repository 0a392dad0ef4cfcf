//! The driver, polled by hand: a scripted body, a clock that moves when it is told to, and a replay
//! guard that writes down what it is asked.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{Custom, NOW, PREFIXED, Request, SECRET, hex_of, message, plain_endpoint, signed};
use hookgate::driver::{Admission, Admitted, FrameError, Frames, Gate, Ticket, Timer};
use hookgate::handshake::{self, Challenge, Note, Setup};
use hookgate::harmonizely::Harmonizely;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{
    Claim, ClaimQuery, Held, Key, KeyQuery, Learned, ReplayGuard, SecretOffer, SecretQuery,
    Unavailable,
};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Budget, Content, Delivery, DeliveryKey, Endpoint, EndpointBuilder, Handshake,
    Refusal, RejectionKind, Reply, RequestHead, Secrets, UnixTime, UnknownEvents,
};

const BODY: &str = r#"{"event":"meetingScheduled","data":{}}"#;

/// The discard of the rest of a refused body: bytes, and time.
const DISCARD: usize = 256 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// A timer that fires when it is told to.
#[derive(Clone, Debug, Default)]
struct Manual(Arc<Mutex<Vec<(Duration, bool)>>>);

impl Manual {
    /// The durations that were asked for.
    fn armed(&self) -> Vec<Duration> {
        self.0.lock().unwrap().iter().map(|(duration, _)| *duration).collect()
    }

    /// Everything that was asked for so far is over.
    fn fire(&self) {
        for (_, fired) in &mut *self.0.lock().unwrap() {
            *fired = true;
        }
    }
}

impl Timer for Manual {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut sleeps = self.0.lock().unwrap();
        let number = sleeps.len();
        sleeps.push((duration, false));
        let sleeps = Arc::clone(&self.0);
        Box::pin(std::future::poll_fn(move |_| {
            let (_, fired) = *sleeps.lock().unwrap().get(number).unwrap();
            if fired { Poll::Ready(()) } else { Poll::Pending }
        }))
    }
}

/// What a body does next.
#[derive(Debug)]
enum Step {
    Data(Bytes),
    Wait,
    TooLarge,
    Interrupted,
    /// Ready for ever with this frame.
    Endless(Bytes),
    /// Never ready again.
    Silent,
}

#[derive(Debug, Default)]
struct Script {
    steps: VecDeque<Step>,
    polls: usize,
    read: usize,
    ended: bool,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    /// A body in one frame.
    fn whole(body: &Bytes) -> Self {
        Self::new([Step::Data(body.clone())])
    }
}

impl Frames for Script {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        assert!(!self.ended, "the body was polled after its end");
        self.polls += 1;
        let step = match self.steps.front() {
            Some(Step::Endless(frame)) => Step::Data(frame.clone()),
            Some(Step::Silent) => return Poll::Pending,
            _ => match self.steps.pop_front() {
                Some(step) => step,
                None => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
            },
        };
        match step {
            Step::Data(frame) => {
                self.read += frame.len();
                Poll::Ready(Some(Ok(frame)))
            }
            Step::TooLarge => Poll::Ready(Some(Err(FrameError::TooLarge))),
            Step::Interrupted => {
                self.ended = true;
                Poll::Ready(Some(Err(FrameError::Interrupted("reset by peer".into()))))
            }
            _ => Poll::Pending,
        }
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One request on its way, and everything that moves it.
struct Drive {
    timer: Manual,
    admission: Admission,
    frames: Script,
    woken: Arc<Woken>,
}

impl Drive {
    fn new(endpoint: impl Into<AnyEndpoint>, request: &Request, frames: Script) -> Self {
        let timer = Manual::default();
        let gate = Gate::new(endpoint, timer.clone());
        Self { admission: gate.admit(request), timer, frames, woken: Arc::default() }
    }

    fn poll(&mut self) -> Poll<Admitted> {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut cx = Context::from_waker(&waker);
        self.admission.poll(&mut cx, Pin::new(&mut self.frames))
    }

    fn pending(&mut self) {
        let polled = self.poll();
        assert!(polled.is_pending(), "{polled:?}");
    }

    fn passed(&mut self) -> (Delivery, Ticket) {
        match self.poll() {
            Poll::Ready(Admitted::Passed(delivery, ticket)) => (delivery, ticket),
            other => panic!("not passed: {other:?}"),
        }
    }

    fn replied(&mut self) -> Reply {
        match self.poll() {
            Poll::Ready(Admitted::Replied(reply)) => reply,
            other => panic!("not replied: {other:?}"),
        }
    }

    /// The refusal, and that its reply fits.
    fn refusal(&mut self) -> Refusal {
        match self.poll() {
            Poll::Ready(Admitted::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    fn refused(&mut self, kind: RejectionKind, status: u16) {
        let refusal = self.refusal();
        assert_eq!(refusal.rejection.kind(), kind);
        assert_eq!((refusal.rejection.status(), refusal.reply.status()), (status, status));
        let retry = refusal.reply.headers().any(|(name, _)| name == "retry-after");
        assert_eq!(retry, status == 503);
    }
}

fn genuine() -> Request {
    signed(&Harmonizely, SECRET, message(BODY))
}

fn builder() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secret(SECRET)
}

fn frame(text: &'static str) -> Step {
    Step::Data(Bytes::from_static(text.as_bytes()))
}

fn bytes(length: usize) -> Step {
    Step::Data(Bytes::from(vec![b'x'; length]))
}

#[test]
fn a_body_that_is_there_passes_at_once_and_arms_no_timer() {
    let (left, right) = BODY.split_at(10);
    for frames in [
        Script::whole(&BODY.into()),
        Script::new([frame(left), frame(""), frame(right), frame("")]),
        Script::new(BODY.split("").map(frame)),
    ] {
        let mut drive = Drive::new(plain_endpoint(), &genuine(), frames);
        let (delivery, _) = drive.passed();
        assert_eq!(delivery.body(), BODY);
        assert!(drive.timer.armed().is_empty());
    }
}

#[test]
fn the_deadline_is_armed_when_the_body_first_waits_and_once() {
    let (left, right) = BODY.split_at(10);
    let steps = [frame(left), Step::Wait, Step::Wait, frame(right)];
    let endpoint = builder().body_deadline(Duration::from_secs(7)).build().unwrap();
    let mut drive = Drive::new(endpoint, &genuine(), Script::new(steps));
    assert!(drive.timer.armed().is_empty());
    drive.pending();
    assert_eq!(drive.timer.armed(), [Duration::from_secs(7)]);
    drive.pending();
    let (delivery, _) = drive.passed();
    assert_eq!(delivery.body(), BODY);
    assert_eq!(drive.timer.armed(), [Duration::from_secs(7)]);
}

#[test]
fn the_deadline_is_thirty_seconds_unless_the_endpoint_says_otherwise() {
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new([Step::Silent]));
    drive.pending();
    assert_eq!(drive.timer.armed(), [Duration::from_secs(30)]);
}

#[test]
fn a_body_that_is_late_is_refused_and_not_waited_for_again() {
    let steps = [frame("{"), Step::Silent];
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
    drive.pending();
    drive.timer.fire();
    drive.refused(RejectionKind::BodyTimeout, 408);
    assert_eq!(drive.timer.armed().len(), 1, "no second wait for what is slow");
}

#[test]
fn a_body_that_drips_does_not_move_the_deadline() {
    let steps = (0..50).flat_map(|_| [frame(" "), Step::Wait]);
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
    for _ in 0..20 {
        drive.pending();
    }
    assert_eq!(drive.timer.armed().len(), 1);
    drive.timer.fire();
    drive.refused(RejectionKind::BodyTimeout, 408);
}

#[test]
fn a_body_that_is_always_ready_lets_others_run_and_ends_at_the_deadline() {
    for endless in ["", " "] {
        let steps = [Step::Endless(Bytes::from_static(endless.as_bytes()))];
        let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
        for turn in 1..=3 {
            drive.pending();
            assert_eq!(drive.woken.0.load(Ordering::Relaxed), turn, "it asks to be polled again");
        }
        assert!(drive.frames.polls <= 3 * 1_000, "{} frames in three turns", drive.frames.polls);
        assert_eq!(drive.timer.armed(), [Duration::from_secs(30)]);
        drive.timer.fire();
        drive.refused(RejectionKind::BodyTimeout, 408);
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_there() {
    let endpoint = builder().body_limit(10).build().unwrap();
    let steps = [bytes(10), frame(""), bytes(1), Step::Silent];
    let mut drive = Drive::new(endpoint, &genuine(), Script::new(steps));
    drive.pending();
    assert_eq!(drive.frames.read, 11);
    assert_eq!(drive.timer.armed(), [DISCARD_TIME], "it waits for the rest, not for the body");
    drive.timer.fire();
    drive.refused(RejectionKind::BodyTooLarge, 413);
}

#[test]
fn frames_that_fail() {
    for (step, kind, status) in [
        (Step::TooLarge, RejectionKind::BodyTooLarge, 413),
        (Step::Interrupted, RejectionKind::BodyInterrupted, 400),
    ] {
        let steps = [frame("{"), step];
        let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
        drive.refused(kind, status);
    }
    let steps = [Step::Interrupted];
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
    let rejection = drive.refusal().rejection;
    let source = std::error::Error::source(&rejection).unwrap();
    assert_eq!(source.to_string(), "reset by peer");
}

#[test]
fn a_signed_body_that_breaks_off_does_not_pass() {
    let steps = [Step::Data(BODY.into()), Step::Interrupted];
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::new(steps));
    drive.refused(RejectionKind::BodyInterrupted, 400);
}

#[test]
fn the_rest_of_a_refused_body_is_read_up_to_a_bound() {
    let chunk = 64 * 1024;
    let endless = Step::Endless(Bytes::from(vec![0; chunk]));
    let unsigned = genuine().without("webhook-signature");
    let mut drive = Drive::new(plain_endpoint(), &unsigned, Script::new([endless]));
    drive.refused(RejectionKind::MissingSignature, 400);
    assert_eq!(drive.frames.read, DISCARD);

    let steps = [bytes(chunk), bytes(chunk)];
    let mut drive = Drive::new(plain_endpoint(), &unsigned, Script::new(steps));
    drive.refused(RejectionKind::MissingSignature, 400);
    assert!(drive.frames.ended && drive.timer.armed().is_empty());

    let steps = [bytes(chunk), Step::Interrupted];
    let mut drive = Drive::new(plain_endpoint(), &unsigned, Script::new(steps));
    drive.refused(RejectionKind::MissingSignature, 400);
}

#[test]
fn the_rest_of_a_refused_body_is_waited_for_up_to_a_second() {
    let unsigned = genuine().without("webhook-signature");
    let steps = [bytes(1), Step::Wait, bytes(1), Step::Silent];
    let mut drive = Drive::new(plain_endpoint(), &unsigned, Script::new(steps));
    drive.pending();
    drive.pending();
    assert_eq!(drive.timer.armed(), [DISCARD_TIME]);
    drive.timer.fire();
    drive.refused(RejectionKind::MissingSignature, 400);
}

#[test]
fn a_refused_body_that_is_always_ready_lets_others_run() {
    let unsigned = genuine().without("webhook-signature");
    let steps = [Step::Endless(Bytes::new())];
    let mut drive = Drive::new(plain_endpoint(), &unsigned, Script::new(steps));
    for turn in 1..=3 {
        drive.pending();
        assert_eq!(drive.woken.0.load(Ordering::Relaxed), turn);
    }
    assert_eq!(drive.timer.armed(), [DISCARD_TIME]);
    drive.timer.fire();
    drive.refused(RejectionKind::MissingSignature, 400);
}

#[test]
fn nothing_is_read_of_a_body_that_the_sender_still_holds_back() {
    let mut too_long = genuine();
    too_long.length = Some(u64::MAX);
    for (request, kind, status) in [
        (genuine().without("webhook-signature"), RejectionKind::MissingSignature, 400),
        (genuine().method("PUT"), RejectionKind::MethodNotAllowed, 405),
        (too_long, RejectionKind::BodyTooLarge, 413),
    ] {
        for expect in ["100-continue", "100-Continue"] {
            let request = request.clone().and("expect", expect);
            let mut drive = Drive::new(plain_endpoint(), &request, Script::new([bytes(9)]));
            drive.refused(kind, status);
            assert_eq!((drive.frames.polls, drive.timer.armed().len()), (0, 0));
        }
        let mut drive = Drive::new(plain_endpoint(), &request, Script::new([bytes(9)]));
        drive.refused(kind, status);
        assert_eq!(drive.frames.read, 9);
    }
}

#[test]
fn a_sender_that_was_told_to_go_on_is_heard_out() {
    // Once the body was read, the sender is in the middle of its upload like any other.
    let limit = |builder: EndpointBuilder<Harmonizely>| builder.body_limit(10).build().unwrap();
    let own = limit(builder());
    let looked_up = Endpoint::builder(Harmonizely).secrets_from(
        |_| Some("tenant".into()),
        |_: SecretQuery| async { Ok(Some(Secrets::new(SECRET))) },
    );
    for (name, endpoint) in [("own secrets", own), ("secrets that are looked up", limit(looked_up))]
    {
        let request = genuine().and("expect", "100-continue");
        let mut drive = Drive::new(endpoint, &request, Script::new([bytes(11), bytes(5)]));
        drive.refused(RejectionKind::BodyTooLarge, 413);
        assert_eq!(drive.frames.read, 16, "{name}");
    }
}

#[test]
fn a_refused_look_up_reads_nothing_of_a_body_that_is_held_back() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secrets_from(
            |_| Some("t".into()),
            |_: SecretQuery| async { Err::<Option<Secrets>, _>(Unavailable::new("down")) },
        )
        .build()
        .unwrap();
    let request = genuine().and("expect", "100-continue");
    let mut drive = Drive::new(endpoint, &request, Script::new([bytes(9)]));
    drive.refused(RejectionKind::SecretsUnavailable, 503);
    assert_eq!(drive.frames.polls, 0);
}

/// A look-up that answers when it is told to.
#[derive(Clone, Default)]
struct Door(Arc<AtomicUsize>);

impl Door {
    fn open(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    fn opened(&self) -> impl Future<Output = ()> + Send + use<> {
        let door = self.clone();
        std::future::poll_fn(move |_| match door.0.load(Ordering::Relaxed) {
            0 => Poll::Pending,
            _ => Poll::Ready(()),
        })
    }
}

fn behind_a_secret_look_up(door: &Door) -> AnyEndpoint {
    let door = door.clone();
    let endpoint = Endpoint::builder(Harmonizely).secrets_from(
        |_| Some("tenant".into()),
        move |_: SecretQuery| {
            let opened = door.opened();
            async move {
                opened.await;
                Ok(Some(Secrets::new(SECRET)))
            }
        },
    );
    endpoint.build().unwrap().into_any()
}

fn behind_a_key_look_up(door: &Door) -> AnyEndpoint {
    let door = door.clone();
    let scheme = Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"));
    let endpoint = Endpoint::builder(Custom::new(scheme)).keys_from(move |_: KeyQuery| {
        let opened = door.opened();
        async move {
            opened.await;
            Ok(Some(Key::secret(SECRET)))
        }
    });
    endpoint.build().unwrap().into_any()
}

fn with_a_key() -> Request {
    Request::post("/", BODY).and("x-key", "k").and("x-signature", hex_of(BODY))
}

#[test]
fn a_look_up_is_waited_for() {
    let door = Door::default();
    for (endpoint, request) in
        [(behind_a_secret_look_up(&door), genuine()), (behind_a_key_look_up(&door), with_a_key())]
    {
        door.0.store(0, Ordering::Relaxed);
        let mut drive = Drive::new(endpoint, &request, Script::whole(&request.body));
        drive.pending();
        drive.pending();
        assert_eq!(drive.timer.armed(), [Duration::from_secs(30)]);
        door.open();
        let (delivery, _) = drive.passed();
        assert_eq!(delivery.body(), BODY);
    }
}

#[test]
fn a_look_up_that_outlasts_the_deadline_is_our_fault() {
    let door = Door::default();
    let guard = Guard::slow(&door);
    let guarded = builder().replay_guard(guard).build().unwrap().into_any();
    for (endpoint, request, kind) in [
        (behind_a_secret_look_up(&door), genuine(), RejectionKind::SecretsUnavailable),
        (behind_a_key_look_up(&door), with_a_key(), RejectionKind::KeysUnavailable),
        (guarded, genuine(), RejectionKind::GuardUnavailable),
    ] {
        let mut drive = Drive::new(endpoint, &request, Script::whole(&request.body));
        drive.pending();
        drive.timer.fire();
        match drive.poll() {
            // The body of a request whose secrets never came may still be coming.
            Poll::Pending => panic!("{kind:?}"),
            Poll::Ready(Admitted::Refused(refusal)) => {
                assert_eq!((refusal.rejection.kind(), refusal.reply.status()), (kind, 503));
            }
            Poll::Ready(other) => panic!("{other:?}"),
        }
        // Also when the answer comes after all.
        door.open();
        assert!(!matches!(drive.poll(), Poll::Ready(Admitted::Passed(..))));
        door.0.store(0, Ordering::Relaxed);
    }
}

/// An endpoint that waits for its secret, and stores it behind a door.
fn behind_a_store(door: &Door) -> AnyEndpoint {
    const SENDS: Challenge<'static> = Challenge::HeaderSecret { header: "x-hook-secret" };
    let door = door.clone();
    let provider = Custom { handshake: Some(&SENDS), ..Custom::new(PREFIXED) };
    let endpoint = Endpoint::builder(provider).learn_secret(move |_: SecretOffer| {
        let opened = door.opened();
        async move {
            opened.await;
            Ok(Learned::Stored)
        }
    });
    endpoint.build().unwrap().into_any()
}

#[test]
fn a_secret_is_answered_once_it_is_stored() {
    let door = Door::default();
    let endpoint = behind_a_store(&door);
    let brings = Request::post("/", "").and("x-hook-secret", "0123456789abcdef");
    let begin = || Drive::new(endpoint.clone(), &brings, Script::whole(&brings.body));

    // Too slow, or left: the next one may bring it.
    let mut slow = begin();
    slow.pending();
    begin().refused(RejectionKind::MissingSignature, 400);
    assert_eq!(slow.timer.armed(), [Duration::from_secs(30)]);
    slow.timer.fire();
    slow.refused(RejectionKind::SecretNotStored, 503);
    let mut left = begin();
    left.pending();
    drop(left);

    let mut stored = begin();
    stored.pending();
    door.open();
    assert_eq!(stored.replied().status(), 200);
    begin().refused(RejectionKind::MissingSignature, 400);
}

#[test]
fn look_up_and_body_share_one_deadline() {
    let door = Door::default();
    let steps = Script::new([Step::Silent]);
    let mut drive = Drive::new(behind_a_secret_look_up(&door), &genuine(), steps);
    drive.pending();
    door.open();
    drive.pending();
    assert_eq!(drive.timer.armed(), [Duration::from_secs(30)]);
    drive.timer.fire();
    drive.refused(RejectionKind::BodyTimeout, 408);
}

#[test]
fn bytes_are_held_from_the_first_frame_until_the_ticket_is_dropped() {
    let budget = Budget::new(1_000);
    let endpoint = builder().in_flight(budget.clone()).build().unwrap();
    let (left, right) = BODY.split_at(10);
    let steps = [frame(left), Step::Wait, frame(right)];
    let mut drive = Drive::new(endpoint, &genuine(), Script::new(steps));
    assert_eq!(budget.used(), 0);
    drive.pending();
    assert_eq!(budget.used(), 10);
    let (delivery, mut ticket) = drive.passed();
    drop(drive);
    assert_eq!(budget.used(), BODY.len());
    ticket.answered(200, None);
    drop(delivery);
    assert_eq!(budget.used(), BODY.len(), "the answer may still be on its way");
    drop(ticket);
    assert_eq!(budget.used(), 0);
}

#[test]
fn bytes_are_given_back_on_every_way_out() {
    let budget = Budget::new(1_000);
    let endpoint = || {
        let builder = builder().in_flight(budget.clone()).body_limit(500);
        builder.build().unwrap()
    };
    let forged = || genuine().body("{}");
    struct Case {
        name: &'static str,
        request: Request,
        steps: Vec<Step>,
        fires: bool,
        want: Option<RejectionKind>,
    }
    let cases = [
        Case {
            name: "mismatch",
            request: forged(),
            steps: vec![bytes(400)],
            fires: false,
            want: Some(RejectionKind::SignatureMismatch),
        },
        Case {
            name: "over the limit",
            request: forged(),
            steps: vec![bytes(400), bytes(400)],
            fires: false,
            want: Some(RejectionKind::BodyTooLarge),
        },
        Case {
            name: "over the budget",
            request: forged(),
            steps: vec![bytes(400), bytes(4_000)],
            fires: false,
            want: Some(RejectionKind::Overloaded),
        },
        Case {
            name: "late",
            request: forged(),
            steps: vec![bytes(400), Step::Silent],
            fires: true,
            want: Some(RejectionKind::BodyTimeout),
        },
        Case {
            name: "broken off",
            request: forged(),
            steps: vec![bytes(400), Step::Interrupted],
            fires: false,
            want: Some(RejectionKind::BodyInterrupted),
        },
        Case {
            name: "dropped in the middle",
            request: forged(),
            steps: vec![bytes(400), Step::Silent],
            fires: false,
            want: None,
        },
        Case {
            name: "passed and dropped",
            request: genuine(),
            steps: vec![Step::Data(BODY.into())],
            fires: false,
            want: None,
        },
    ];
    for Case { name, request, steps, fires, want } in cases {
        let mut drive = Drive::new(endpoint(), &request, Script::new(steps));
        let mut polled = drive.poll();
        if fires {
            assert!(polled.is_pending(), "{name}");
            drive.timer.fire();
            polled = drive.poll();
        }
        let got = match &polled {
            Poll::Ready(Admitted::Refused(refusal)) => Some(refusal.rejection.kind()),
            _ => None,
        };
        assert_eq!(got, want, "{name}");
        drop((drive, polled));
        assert_eq!(budget.used(), 0, "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_costs_the_others_nothing() {
    let budget = Budget::new(BODY.len() + 10);
    let endpoint = builder().in_flight(budget.clone()).build().unwrap();
    let mut first = Drive::new(endpoint.clone(), &genuine(), Script::whole(&BODY.into()));
    let (_, ticket) = first.passed();
    assert_eq!(budget.used(), BODY.len());

    // Refused, and the rest of its body still comes: nothing of it is kept.
    let steps = [bytes(100), Step::Silent];
    let mut second = Drive::new(endpoint.clone(), &genuine(), Script::new(steps));
    second.pending();
    assert_eq!(budget.used(), BODY.len(), "bytes that nobody keeps are counted");

    let mut third =
        Drive::new(endpoint.clone(), &genuine(), Script::new([bytes(10), Step::Silent]));
    third.pending();
    assert_eq!(third.timer.armed(), [Duration::from_secs(30)], "what fits is taken");

    second.timer.fire();
    second.refused(RejectionKind::Overloaded, 503);
    drop((ticket, second, third));
    assert_eq!(budget.used(), 0);
    let mut again = Drive::new(endpoint, &genuine(), Script::whole(&BODY.into()));
    again.passed();
}

#[test]
fn one_budget_serves_several_endpoints() {
    let budget = Budget::new(BODY.len());
    let one = builder().in_flight(budget.clone()).build().unwrap();
    let other = builder().name("other").in_flight(budget).build().unwrap();
    let mut first = Drive::new(one, &genuine(), Script::whole(&BODY.into()));
    let held = first.passed();
    let mut second = Drive::new(other.clone(), &genuine(), Script::whole(&BODY.into()));
    second.refused(RejectionKind::Overloaded, 503);
    drop((held, second));
    Drive::new(other, &genuine(), Script::whole(&BODY.into())).passed();
}

/// What a guard was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asked {
    Claim(DeliveryKey),
    Done(Held),
    Failed(Held),
    Dropped(Held),
}

/// A guard that answers every claim alike and writes everything down.
#[derive(Clone)]
struct Guard {
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Option<Claim>,
    settles: bool,
    door: Option<Door>,
}

impl Guard {
    fn answering(answer: Option<Claim>) -> Self {
        Self { asked: Arc::default(), answer, settles: true, door: None }
    }

    fn slow(door: &Door) -> Self {
        Self { door: Some(door.clone()), ..Self::answering(Some(Claim::New(7))) }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn write(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }

    async fn wait(&self) {
        if let Some(door) = &self.door {
            door.opened().await;
        }
    }

    async fn settle(&self, asked: Asked) -> Result<(), Unavailable> {
        self.write(asked);
        self.wait().await;
        if self.settles { Ok(()) } else { Err(Unavailable::new("down")) }
    }
}

impl ReplayGuard for Guard {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let key = query.key;
        self.write(Asked::Claim(key));
        self.wait().await;
        self.answer.ok_or_else(|| Unavailable::new("down"))
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        self.settle(Asked::Done(held)).await
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        self.settle(Asked::Failed(held)).await
    }

    fn dropped(&self, held: Held) {
        self.write(Asked::Dropped(held));
    }
}

fn guarded(guard: &Guard) -> Drive {
    let endpoint = builder().replay_guard(guard.clone()).build().unwrap();
    Drive::new(endpoint, &genuine(), Script::whole(&BODY.into()))
}

fn settled(ticket: &mut Ticket) -> Poll<()> {
    ticket.poll_settled(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_new_delivery_is_settled_by_the_handlers_status() {
    for (status, done) in [
        (200, true),
        (204, true),
        (299, true),
        (199, false),
        (301, false),
        (400, false),
        (500, false),
        (503, false),
    ] {
        let guard = Guard::answering(Some(Claim::New(42)));
        let (delivery, mut ticket) = guarded(&guard).passed();
        let key = delivery.replay_key().unwrap();
        assert_eq!(guard.asked(), [Asked::Claim(key)]);
        ticket.answered(status, None);
        assert!(settled(&mut ticket).is_ready());
        assert!(settled(&mut ticket).is_ready(), "polled again");
        let asked = guard.asked();
        let [Asked::Claim(_), last] = asked[..] else {
            panic!("{status}: {asked:?}");
        };
        match (last, done) {
            (Asked::Done(held), true) | (Asked::Failed(held), false) => {
                assert_eq!((held.key, held.token), (key, 42));
            }
            _ => panic!("{status}: {last:?}"),
        }
        drop(ticket);
        assert_eq!(guard.asked().len(), 2, "settled once, not dropped");
    }
}

#[test]
fn a_settlement_is_waited_for() {
    let door = Door::default();
    let guard = Guard::slow(&door);
    door.open();
    let (_, mut ticket) = guarded(&guard).passed();
    door.0.store(0, Ordering::Relaxed);
    assert!(settled(&mut ticket).is_ready(), "nothing was answered yet");
    ticket.answered(200, None);
    assert!(settled(&mut ticket).is_pending());
    door.open();
    assert!(settled(&mut ticket).is_ready());
}

#[test]
fn a_settlement_that_fails_does_not_hold_the_answer_back() {
    let guard = Guard { settles: false, ..Guard::answering(Some(Claim::New(1))) };
    let (_, mut ticket) = guarded(&guard).passed();
    ticket.answered(200, None);
    assert!(settled(&mut ticket).is_ready());
    drop(ticket);
    assert_eq!(guard.asked().len(), 2, "what is done is not released");
}

#[test]
fn a_delivery_that_is_being_worked_on_is_to_come_again() {
    let guard = Guard::answering(Some(Claim::InFlight));
    guarded(&guard).refused(RejectionKind::InFlight, 503);
    assert_eq!(guard.asked().len(), 1, "another's claim is not touched");
}

#[test]
fn a_delivery_that_was_done_is_answered_without_the_handler() {
    let guard = Guard::answering(Some(Claim::Done));
    let reply = guarded(&guard).replied();
    assert_eq!((reply.status(), reply.body().len()), (200, 0));
    assert_eq!(guard.asked().len(), 1);
}

#[test]
fn a_guard_that_cannot_be_asked_lets_nothing_pass() {
    let guard = Guard::answering(None);
    guarded(&guard).refused(RejectionKind::GuardUnavailable, 503);
    assert_eq!(guard.asked().len(), 1);
}

#[test]
fn a_ticket_that_nobody_answers_releases_the_claim_it_holds() {
    let guard = Guard::answering(Some(Claim::New(9)));
    let (delivery, ticket) = guarded(&guard).passed();
    let key = delivery.replay_key().unwrap();
    drop(ticket);
    let asked = guard.asked();
    let [Asked::Claim(_), Asked::Dropped(held)] = asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!((held.key, held.token), (key, 9));
}

#[test]
fn an_admission_that_is_dropped_while_it_claims_releases_nothing() {
    let door = Door::default();
    let guard = Guard::slow(&door);
    let mut drive = guarded(&guard);
    drive.pending();
    drop(drive);
    // It holds no token yet: the claim may be another's, and expires by itself.
    assert!(matches!(guard.asked()[..], [Asked::Claim(_)]));
}

#[test]
fn what_was_not_verified_never_reaches_the_guard() {
    let guard = Guard::answering(Some(Claim::New(1)));
    let endpoint = builder().replay_guard(guard.clone()).build().unwrap();
    let forged = genuine().body("{}");
    let mut drive = Drive::new(endpoint, &forged, Script::whole(&forged.body));
    drive.refused(RejectionKind::SignatureMismatch, 400);
    assert!(guard.asked().is_empty());
}

#[test]
fn nothing_passes_when_it_is_polled_after_it_was_ready() {
    let guard = Guard::answering(Some(Claim::New(1)));
    let mut passes = guarded(&guard);
    drop(passes.passed());
    let mut refuses =
        Drive::new(plain_endpoint(), &genuine().body("{}"), Script::new([frame("{}")]));
    refuses.refused(RejectionKind::SignatureMismatch, 400);
    let done = Guard::answering(Some(Claim::Done));
    let mut replies = guarded(&done);
    replies.replied();
    for drive in [&mut passes, &mut refuses, &mut replies] {
        // A body that is whole and genuine again changes nothing.
        drive.frames = Script::whole(&BODY.into());
        for _ in 0..3 {
            drive.pending();
        }
        assert_eq!(drive.frames.read, 0);
    }
}

/// Asks in the query; everything else is a delivery.
#[derive(Debug)]
struct Asks;

impl Handshake for Asks {
    fn head(&self, head: &dyn RequestHead, _: &Setup<'_>) -> handshake::Asked {
        let reply = |query: &str| handshake::Asked::Reply(Reply::new(200).text(query.to_owned()));
        head.query().map_or(handshake::Asked::Nothing, reply)
    }

    fn verified(&self, content: &Content, _: Option<&Note>) -> handshake::Asked {
        if content.body == "ping" {
            handshake::Asked::Reply(Reply::new(202))
        } else {
            handshake::Asked::Nothing
        }
    }
}

#[test]
fn the_gate_answers_handshakes_and_acknowledgements_by_itself() {
    let provider = Custom { handshake: Some(&Asks), ..Custom::new(PREFIXED) };
    let endpoint = common::endpoint_of(provider.clone(), SECRET);
    let asks = Request::post("/?1234", "").method("GET");
    let mut drive = Drive::new(endpoint.clone(), &asks, Script::default());
    assert_eq!(drive.replied().body(), "1234");
    let held_back = asks.and("expect", "100-continue");
    let mut drive = Drive::new(endpoint.clone(), &held_back, Script::new([bytes(5)]));
    assert_eq!(drive.replied().body(), "1234");
    assert_eq!(drive.frames.polls, 0);

    let ping = signed(&provider, SECRET, message("ping"));
    let mut drive = Drive::new(endpoint, &ping, Script::whole(&ping.body));
    assert_eq!(drive.replied().status(), 202);

    let mobile = Endpoint::builder(MobileAssistant::new()).secret(SECRET);
    let mobile = mobile.unknown_events(UnknownEvents::Acknowledge).build().unwrap();
    let news = signed(&MobileAssistant::new(), SECRET, message(r#"{"type":"news"}"#));
    let mut drive = Drive::new(mobile, &news, Script::whole(&news.body));
    assert_eq!(drive.replied().status(), 200);
}

#[test]
fn the_endpoints_own_clock_comes_before_the_timers() {
    let own = UnixTime::from_secs(5);
    let endpoint = builder().clock(move || own).build().unwrap();
    let mut drive = Drive::new(endpoint, &genuine(), Script::whole(&BODY.into()));
    assert_eq!(drive.passed().0.content().received_at, own);
    let mut drive = Drive::new(plain_endpoint(), &genuine(), Script::whole(&BODY.into()));
    assert_eq!(drive.passed().0.content().received_at, NOW);
}
