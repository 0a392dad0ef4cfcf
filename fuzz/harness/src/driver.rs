//! The driver, polled by hand: a body that comes as it likes, ports that let wait, a timer that
//! fires when it is told to, and a request that is dropped anywhere.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hookgate::driver::{Admission, Admitted, FrameError, Frames, Gate, Ticket, Timer};
use hookgate::ports::{
    Claim, ClaimQuery, Held, Key, KeyQuery, ReplayGuard, SecretQuery, Unavailable,
};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Budget, DeliveryKey, Endpoint, Provider, RejectionKind, Reply, Secrets, UnixTime,
};

use crate::mac::{SECRET, hex, mac};
use crate::request::{NOW, Outcome, Request, built, byte, run};
use crate::{broken, must};

const SIGNATURE: &str = "x-signature";

/// In bytes.
const LIMIT: usize = 300;
/// In bytes; another request may hold a part of it.
const BUDGET: usize = 400;

#[derive(Debug)]
struct Own(Scheme<'static>);

impl Provider for Own {
    fn id(&self) -> &str {
        "own"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }

    fn acknowledgement(&self) -> Reply {
        Reply::new(204)
    }
}

/// The answer of a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Says {
    Known,
    Unknown,
    Down,
    /// It never answers.
    Hangs,
}

/// How a request goes, read from an input.
#[derive(Clone, Copy, Debug)]
struct Plan {
    signed: bool,
    headless: bool,
    wrong_method: bool,
    asks_first: bool,
    /// The length that the head declares is over the limit.
    declares: bool,
    /// Secrets of the endpoint's own, of a tenant, or a key.
    secrets: Option<Look>,
    guard: Option<GuardSays>,
    /// How often a port lets wait.
    waits: usize,
    /// Bytes that another request holds.
    others: usize,
    /// The handler's status.
    status: u16,
    /// The poll before which the request is dropped.
    dropped_at: usize,
}

#[derive(Clone, Copy, Debug)]
enum Look {
    Tenant(Says),
    Key(Says),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum GuardSays {
    /// What it remembers: nothing, a delivery in flight, a delivery that is done.
    New,
    InFlight,
    Done,
    Down,
    Hangs,
}

impl Plan {
    fn read(options: usize, ports: usize, rest: usize) -> Self {
        let says = match ports / 3 % 4 {
            0 => Says::Known,
            1 => Says::Unknown,
            2 => Says::Down,
            _ => Says::Hangs,
        };
        let guard = match ports / 12 % 6 {
            0 => None,
            1 => Some(GuardSays::New),
            2 => Some(GuardSays::InFlight),
            3 => Some(GuardSays::Done),
            4 => Some(GuardSays::Down),
            _ => Some(GuardSays::Hangs),
        };
        Self {
            signed: options & 1 == 0,
            headless: options & 6 == 6,
            wrong_method: options & 24 == 24,
            asks_first: options & 32 != 0,
            declares: options & 192 == 192,
            secrets: match ports % 3 {
                0 => None,
                1 => Some(Look::Tenant(says)),
                _ => Some(Look::Key(says)),
            },
            guard,
            waits: ports / 72 % 3,
            others: rest % 4 * 50,
            status: if rest & 4 == 0 { 200 } else { 500 },
            dropped_at: rest / 8,
        }
    }
}

/// What a body does next.
#[derive(Clone, Debug)]
enum Step {
    Data(Bytes),
    Wait,
    /// The timer fires, and nothing comes.
    Late,
    TooLarge,
    Interrupted,
    End,
}

/// Reads steps, of which each is a byte: what happens, and how much of the body comes.
fn script(steps: &[u8], body: &Bytes) -> VecDeque<Step> {
    let mut left = body.clone();
    let mut script = VecDeque::new();
    for step in steps {
        let size = usize::from(step / 8);
        let next = match step % 8 {
            0 | 1 => Step::Data(left.split_to((size + 1).min(left.len()))),
            2 => Step::Data(left.split_to((size * 16).min(left.len()))),
            // Bytes that are not the body's.
            3 => Step::Data(vec![b'x'; size].into()),
            4 => {
                let empty = Step::Data(Bytes::new());
                script.extend(std::iter::repeat_n(empty.clone(), size * 4));
                empty
            }
            5 => Step::Wait,
            6 if size < 4 => Step::Late,
            6 => Step::Wait,
            _ if size < 2 => Step::TooLarge,
            _ if size < 4 => Step::Interrupted,
            _ if size < 6 => Step::End,
            _ => Step::Wait,
        };
        script.push_back(next);
    }
    script.extend([Step::Data(left), Step::End]);
    script
}

/// Frames that are played, and what became of them.
struct Played {
    steps: VecDeque<Step>,
    ended: bool,
    polls: usize,
    timer: Manual,
}

impl Frames for Played {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        assert!(!self.ended, "the body was polled after its end");
        self.polls += 1;
        match self.steps.pop_front() {
            Some(Step::Data(frame)) => Poll::Ready(Some(Ok(frame))),
            Some(Step::Wait) => Poll::Pending,
            Some(Step::Late) => {
                self.timer.fire();
                Poll::Pending
            }
            Some(Step::TooLarge) => Poll::Ready(Some(Err(FrameError::TooLarge))),
            Some(Step::Interrupted) => {
                self.ended = true;
                Poll::Ready(Some(Err(FrameError::Interrupted("reset".into()))))
            }
            Some(Step::End) | None => {
                self.ended = true;
                Poll::Ready(None)
            }
        }
    }
}

/// A timer that fires for everyone at once, from then on.
#[derive(Clone, Debug, Default)]
struct Manual(Arc<AtomicBool>);

impl Manual {
    fn fire(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Timer for Manual {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let fired = Arc::clone(&self.0);
        Box::pin(poll_fn(move |_| {
            if fired.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }))
    }
}

/// Lets wait so many times, or for ever.
fn waiting(times: usize, for_ever: bool) -> impl Future<Output = ()> + Send {
    let left = AtomicUsize::new(times);
    poll_fn(move |_| {
        if for_ever || left.load(Ordering::Relaxed) > 0 {
            let _ = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            return Poll::Pending;
        }
        Poll::Ready(())
    })
}

/// A guard in memory.
#[derive(Clone)]
struct Memory {
    says: GuardSays,
    waits: usize,
    /// The claims, and whether they are done.
    claims: Arc<Mutex<HashMap<DeliveryKey, (u64, bool)>>>,
}

impl Memory {
    fn claims<T>(&self, with: impl FnOnce(&mut HashMap<DeliveryKey, (u64, bool)>) -> T) -> T {
        let claims = self.claims.lock().ok();
        let mut claims = must(claims, "the guard's memory");
        with(&mut claims)
    }

    fn release(&self, held: &Held) {
        let had = self.claims(|claims| claims.remove(&held.key));
        assert_eq!(had, Some((held.token, false)), "another's claim was given back");
    }
}

/// The guard's word for the claim of these requests.
const TOKEN: u64 = 77;

impl ReplayGuard for Memory {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        waiting(self.waits, self.says == GuardSays::Hangs).await;
        assert!(query.keep_for.is_none(), "no time is signed");
        match self.says {
            GuardSays::InFlight => Ok(Claim::InFlight),
            GuardSays::Done => Ok(Claim::Done),
            GuardSays::Down => Err(Unavailable::new("down")),
            GuardSays::New | GuardSays::Hangs => {
                let before = self.claims(|claims| claims.insert(query.key, (TOKEN, false)));
                assert!(before.is_none(), "claimed twice");
                Ok(Claim::New(TOKEN))
            }
        }
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        waiting(self.waits, false).await;
        let before = self.claims(|claims| claims.insert(held.key, (held.token, true)));
        assert_eq!(before, Some((held.token, false)), "another's claim was settled");
        Ok(())
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        waiting(self.waits, false).await;
        self.release(&held);
        Ok(())
    }

    fn dropped(&self, held: Held) {
        self.release(&held);
    }
}

/// What has to become of a request that is polled to its end.
#[derive(Clone, Debug, PartialEq)]
enum Want {
    Passed(Vec<u8>),
    Acknowledged,
    Refused(RejectionKind),
}

impl Plan {
    /// What a second reader says, who knows no polls: the order of what happens decides.
    fn expected(&self, script: &VecDeque<Step>, signed: &[u8]) -> Want {
        use RejectionKind::{
            BodyInterrupted, BodyTimeout, BodyTooLarge, GuardUnavailable, InFlight,
            KeysUnavailable, Overloaded, SecretsUnavailable, SignatureMismatch, UnknownKey,
            UnknownTenant,
        };
        let refused = Want::Refused;
        if let Some(kind) = self.refused_by_head() {
            return refused(kind);
        }
        let mut tenant = Says::Known;
        if let Some(Look::Tenant(says)) = self.secrets {
            tenant = says;
        }
        if matches!(tenant, Says::Down | Says::Hangs) {
            return refused(SecretsUnavailable);
        }
        let mut received = Vec::new();
        for step in script {
            match step {
                Step::Data(frame) => {
                    let length = received.len() + frame.len();
                    if self.others + length > BUDGET {
                        return refused(Overloaded);
                    }
                    if length > LIMIT {
                        return refused(BodyTooLarge);
                    }
                    received.extend_from_slice(frame);
                }
                Step::Wait => {}
                Step::Late => return refused(BodyTimeout),
                Step::TooLarge => return refused(BodyTooLarge),
                Step::Interrupted => return refused(BodyInterrupted),
                Step::End => break,
            }
        }
        match self.secrets {
            Some(Look::Tenant(Says::Unknown)) => return refused(UnknownTenant),
            Some(Look::Key(Says::Unknown)) => return refused(UnknownKey),
            Some(Look::Key(Says::Down | Says::Hangs)) => return refused(KeysUnavailable),
            _ => {}
        }
        if !self.signed || received != signed {
            return refused(SignatureMismatch);
        }
        match self.guard {
            None | Some(GuardSays::New) => Want::Passed(received),
            Some(GuardSays::Done) => Want::Acknowledged,
            Some(GuardSays::InFlight) => refused(InFlight),
            Some(GuardSays::Down | GuardSays::Hangs) => refused(GuardUnavailable),
        }
    }

    fn refused_by_head(&self) -> Option<RejectionKind> {
        if self.wrong_method {
            Some(RejectionKind::MethodNotAllowed)
        } else if self.declares {
            Some(RejectionKind::BodyTooLarge)
        } else {
            self.headless.then_some(RejectionKind::MissingSignature)
        }
    }

    /// Whether nothing of the body may be asked for.
    fn withheld(&self) -> bool {
        let looked_up = matches!(self.secrets, Some(Look::Tenant(Says::Down | Says::Hangs)));
        self.asks_first && (self.refused_by_head().is_some() || looked_up)
    }

    fn endpoint(&self, budget: &Budget, guard: Option<&Memory>) -> AnyEndpoint {
        let waits = self.waits;
        let scheme = Scheme::hmac_sha256(SIGNATURE);
        let builder = match self.secrets {
            None => Endpoint::builder(Own(scheme)).secret(SECRET),
            Some(Look::Tenant(says)) => {
                let look_up = move |_: SecretQuery| async move {
                    waiting(waits, says == Says::Hangs).await;
                    let secrets = (says != Says::Unknown).then(|| Secrets::new(SECRET));
                    let down = || Unavailable::new("down");
                    (says != Says::Down).then_some(secrets).ok_or_else(down)
                };
                Endpoint::builder(Own(scheme)).secrets_from(|_| Some("tenant".into()), look_up)
            }
            Some(Look::Key(says)) => {
                let look_up = move |_: KeyQuery| async move {
                    waiting(waits, says == Says::Hangs).await;
                    let key = (says != Says::Unknown).then(|| Key::secret(SECRET));
                    (says != Says::Down).then_some(key).ok_or_else(|| Unavailable::new("down"))
                };
                let scheme = scheme.key_id(Place::Header("x-key"));
                Endpoint::builder(Own(scheme)).keys_from(look_up)
            }
        };
        let builder = builder.body_limit(LIMIT).in_flight(budget.clone());
        match guard {
            Some(guard) => built(builder.replay_guard(guard.clone())),
            None => built(builder),
        }
    }
}

/// A request that was driven, and everything that it may hold.
struct Driven<'p> {
    plan: &'p Plan,
    _other: Admission,
    budget: Budget,
    guard: Option<Memory>,
    timer: Manual,
    admission: Admission,
    frames: Played,
    polls: usize,
}

impl Driven<'_> {
    fn poll(&mut self) -> Poll<Admitted> {
        self.polls += 1;
        let mut cx = Context::from_waker(Waker::noop());
        let polled = self.admission.poll(&mut cx, Pin::new(&mut self.frames));
        if polled.is_pending() && self.polls > 200 {
            // Nothing but a port or a body that hangs takes so long.
            self.timer.fire();
            assert!(self.polls < 2_000, "it never ends");
        }
        polled
    }

    /// Nothing passes once an answer stands, whoever polls.
    fn ended(&mut self) {
        let before = self.frames.polls;
        if let Poll::Ready(again) = self.poll() {
            broken(&format!("ready again: {again:?}"));
        }
        assert_eq!(self.frames.polls, before, "the body was asked for again");
    }

    /// The claims that the guard remembers, and whether they are done.
    fn claims(&self) -> Vec<(u64, bool)> {
        let claims = |guard: &Memory| guard.claims(|claims| claims.values().copied().collect());
        self.guard.as_ref().map_or_else(Vec::new, claims)
    }

    /// Drops the request, and looks at what it left behind.
    fn dropped(self) {
        assert_eq!(self.claims(), [], "a claim was not given back");
        let Self { plan, budget, guard, admission, .. } = self;
        drop(admission);
        assert_eq!(budget.used(), plan.others, "bytes were not given back");
        let claims = guard.map_or(0, |guard| guard.claims(|claims| claims.len()));
        assert_eq!(claims, 0, "a claim was not given back");
    }
}

/// The handler's answer, and the end of the ticket in one of four ways.
fn settle(driven: Driven<'_>, mut ticket: Ticket) {
    let (plan, budget) = (driven.plan, driven.budget.clone());
    let done = plan.status == 200;
    let claim = |done| Vec::from_iter(driven.guard.as_ref().map(|_| (TOKEN, done)));
    assert_eq!(driven.claims(), claim(false), "nothing was claimed");
    let mut cx = Context::from_waker(Waker::noop());
    let left = match plan.others / 50 {
        // The sender left before the handler answered.
        0 => Vec::new(),
        how => {
            ticket.answered(plan.status, None);
            let polls = match how {
                1 => 10,
                // It left while the answer was being recorded.
                2 => 1,
                _ => 0,
            };
            let polled = (0..polls).any(|_| ticket.poll_settled(&mut cx).is_ready());
            match driven.guard.as_ref() {
                Some(guard) => assert_eq!(polled, polls > guard.waits),
                None => assert_eq!(polled, polls > 0),
            }
            // What was done must not be handled again: such a claim expires by itself.
            if done { claim(polled) } else { Vec::new() }
        }
    };
    drop(ticket);
    assert_eq!(driven.claims(), left, "a claim was lost, or kept");
    assert_eq!(budget.used(), plan.others, "bytes were not given back");
}

/// Another request, which holds so many bytes.
fn other(budget: &Budget, bytes: usize) -> Admission {
    let scheme = Scheme::hmac_sha256(SIGNATURE);
    let endpoint = Endpoint::builder(Own(scheme)).secret(SECRET).in_flight(budget.clone());
    let timer = Manual::default();
    let request = Request::post(Bytes::new()).and(SIGNATURE, hex(&mac(b"")));
    let mut admission = Gate::new(built(endpoint), timer.clone()).admit(&request);
    let steps = [Step::Data(vec![0; bytes].into()), Step::Wait].into();
    let mut frames = Played { steps, ended: false, polls: 0, timer };
    let mut cx = Context::from_waker(Waker::noop());
    assert!(admission.poll(&mut cx, Pin::new(&mut frames)).is_pending());
    assert_eq!(budget.used(), bytes);
    admission
}

/// Three bytes of options, which `Plan::read` takes apart, a byte for the number of steps, the steps
/// of the body, and the body.
pub fn driver(data: &[u8]) {
    let (options, rest) = byte(data);
    let (ports, rest) = byte(rest);
    let (more, rest) = byte(rest);
    let (steps, rest) = byte(rest);
    let (steps, body) = rest.split_at_checked(steps % 64).unwrap_or((rest, &[]));
    let plan = Plan::read(options, ports, more);
    let body = Bytes::copy_from_slice(body);
    let script = script(steps, &body);
    let want = plan.expected(&script, &body);

    let mut driven = begin(&plan, &body, script);
    let outcome = loop {
        if driven.polls + 1 == plan.dropped_at {
            return driven.dropped();
        }
        if let Poll::Ready(admitted) = driven.poll() {
            break admitted;
        }
        assert!(driven.budget.used() <= plan.others + LIMIT, "more is held than may be");
    };
    if plan.withheld() {
        assert_eq!(driven.frames.polls, 0, "the sender was told to go on");
    }
    match (outcome, want) {
        (Admitted::Passed(delivery, ticket), Want::Passed(received)) => {
            assert_eq!(delivery.body(), &received, "another body than the signed one");
            assert_eq!(driven.budget.used(), plan.others + received.len());
            let at_once = Plan { waits: 0, ..plan };
            let endpoint = at_once.endpoint(&Budget::new(BUDGET), None);
            let alone = run(&endpoint, &request(&plan, &body));
            let facts = Outcome::Delivered(Box::new(delivery)).facts();
            assert_eq!(facts, alone.facts(), "another verdict than in one piece");
            driven.ended();
            settle(driven, ticket);
        }
        (Admitted::Replied(reply), Want::Acknowledged) => {
            assert_eq!(reply.status(), 204);
            driven.ended();
            driven.dropped();
        }
        (Admitted::Refused(refusal), Want::Refused(kind)) => {
            assert_eq!(refusal.rejection.kind(), kind);
            assert_eq!(refusal.rejection.status(), refusal.reply.status());
            driven.ended();
            driven.dropped();
        }
        (outcome, want) => broken(&format!("{plan:?}: {outcome:?}, wanted {want:?}")),
    }
}

fn request(plan: &Plan, body: &Bytes) -> Request {
    let mut right = mac(body);
    if !plan.signed {
        right.reverse();
    }
    let mut request = Request::post(body.clone()).and("x-key", "a-key");
    if !plan.headless {
        request = request.and(SIGNATURE, hex(&right));
    }
    if plan.asks_first {
        request = request.and("expect", "100-continue");
    }
    if plan.declares {
        request = request.and("content-length", (LIMIT + 1).to_string());
    }
    if plan.wrong_method {
        request.method = "PUT".into();
    }
    request
}

fn begin<'p>(plan: &'p Plan, body: &Bytes, steps: VecDeque<Step>) -> Driven<'p> {
    let budget = Budget::new(BUDGET);
    let claims = Arc::default();
    let guard = plan.guard.map(|says| Memory { says, waits: plan.waits, claims });
    let _other = other(&budget, plan.others);
    let timer = Manual::default();
    let gate = Gate::new(plan.endpoint(&budget, guard.as_ref()), timer.clone());
    let admission = gate.admit(&request(plan, body));
    let frames = Played { steps, ended: false, polls: 0, timer: timer.clone() };
    Driven { plan, _other, budget, guard, timer, admission, frames, polls: 0 }
}
