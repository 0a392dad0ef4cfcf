//! A provider that asks whether an address takes its webhooks: in the head, and in a signed body.

use std::cell::Cell;
use std::sync::LazyLock;

use hookgate::check::{Opened, Verdict};
use hookgate::handshake::{Asked, Note, Setup};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Content, Coverage, Endpoint, Handshake, Provider, RejectionKind, Reply,
    RequestHead, UnknownEvents, dangerous,
};

use crate::mac::{SECRET, fill, hex, mac, words};
use crate::request::{NOW, Outcome, Request, built, byte, read, run};
use crate::{broken, must};

const SIGNATURE: &str = "x-signature";

/// The event stands in a header, so that it is known without a reader of bodies.
const SCHEME: Scheme<'static> =
    Scheme::hmac_sha256(SIGNATURE).prefix("sha256=").event_name(Place::Header("x-event"));

/// The longest challenge that is given back.
const LONGEST: usize = 32;

thread_local! {
    /// How often a verified body was shown to the provider.
    static SHOWN: Cell<usize> = const { Cell::new(0) };
}

/// A provider, with its handshakes or without.
#[derive(Debug)]
struct Asking(bool);

impl Provider for Asking {
    fn id(&self) -> &str {
        "asking"
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> hookgate::Habits {
        hookgate::Habits::new().may_be_unsigned()
    }

    fn known_events(&self) -> &[&str] {
        &["known"]
    }

    fn acknowledgement(&self) -> Reply {
        Reply::new(202)
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        self.0.then_some(self)
    }
}

impl Handshake for Asking {
    /// Gives back what cannot be the text of a delivery: letters and digits, and not many.
    fn head(&self, head: &dyn RequestHead, _: &Setup<'_>) -> Asked {
        let asks = head.method() == "GET";
        let query = head.query().unwrap_or_default();
        let challenge = query.strip_prefix("challenge=").unwrap_or_default();
        let harmless = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let harmless = harmless && (1..=LONGEST).contains(&challenge.len());
        if asks && harmless {
            Asked::Reply(Reply::new(200).text(challenge.to_owned()))
        } else {
            Asked::Nothing
        }
    }

    fn verified(&self, content: &Content, _: Option<&Note>) -> Asked {
        SHOWN.set(SHOWN.get() + 1);
        assert!(content.coverage >= Coverage::Fields, "shown without a proof");
        match content.body.strip_prefix(b"ping:") {
            Some(token) => Asked::Reply(Reply::new(200).text(token.to_vec())),
            None => Asked::Nothing,
        }
    }
}

struct Subject {
    endpoint: AnyEndpoint,
    asks: bool,
    policy: UnknownEvents,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let subject = |asks, policy| {
        let builder = Endpoint::builder(Asking(asks)).secret(SECRET).unknown_events(policy);
        Subject { endpoint: built(builder), asks, policy }
    };
    vec![
        subject(true, UnknownEvents::Deliver),
        subject(true, UnknownEvents::Acknowledge),
        subject(true, UnknownEvents::Refuse),
        // Another provider's endpoint, to which its questions are requests like any other.
        subject(false, UnknownEvents::Deliver),
    ]
});

static UNSIGNED: LazyLock<AnyEndpoint> =
    LazyLock::new(|| built(dangerous::accept_unsigned(Endpoint::builder(Asking(true)))));

/// A byte that chooses an endpoint, and a request: `METHOD target`, header lines, an empty line, the
/// body. `{hex}` stands for the right signature.
pub fn handshake(data: &[u8]) {
    let (choice, rest) = byte(data);
    let mut request = Request::read(rest);
    let right = mac(&request.body);
    for (_, value) in &mut request.headers {
        *value = fill(value, &words(&right));
    }
    if choice % 8 == 7 {
        return unsigned(&request);
    }
    let subject = must(SUBJECTS.get(choice % SUBJECTS.len()), "an endpoint");
    SHOWN.set(0);
    let outcome = run(&subject.endpoint, &request);
    let shown = SHOWN.get();

    if let Some(challenge) = challenge(&request).filter(|_| subject.asks) {
        // Whatever else the request is.
        assert_eq!((replied(&outcome), shown), ((200, challenge.as_bytes()), 0));
        return;
    }
    let is_right = |value: &[u8]| {
        let digits = value.strip_prefix(b"sha256=");
        digits.is_some_and(|digits| digits.eq_ignore_ascii_case(hex(&right).as_bytes()))
    };
    let genuine = request.method == "POST"
        && matches!(&*request.values(SIGNATURE), [value] if is_right(value));
    let events = request.values("x-event");
    let length = request.content_length().unwrap_or_default();
    let limit = u64::try_from(subject.endpoint.body_limit()).unwrap_or_default();
    if !genuine || events.len() > 1 || length > limit {
        let kind = must(outcome.refused(), "taken without a right signature");
        let want = match request.method.as_str() {
            "POST" if length > limit => kind == RejectionKind::BodyTooLarge,
            "POST" => kind.is_signature(),
            _ => kind == RejectionKind::MethodNotAllowed,
        };
        assert!(want, "{kind:?}: {request:?}");
        assert_eq!(shown, 0, "the provider was shown what nobody had verified");
        return;
    }
    // Not more often than once either: a handshake may have an effect.
    assert_eq!(shown, usize::from(subject.asks));
    if let Some(token) = request.body.strip_prefix(b"ping:").filter(|_| subject.asks) {
        assert_eq!(replied(&outcome), (200, token));
        return;
    }
    let event = events.first().and_then(|event| std::str::from_utf8(event).ok());
    let is_name = |name: &&str| {
        (1..=256).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let event = event.filter(is_name);
    match (event, subject.policy) {
        (Some("known"), _) | (_, UnknownEvents::Deliver) => {
            let delivery = must(outcome.delivered(), "a delivery was not delivered");
            assert_eq!(delivery.body(), &request.body);
            assert_eq!(delivery.content().unsigned.event.as_deref(), event);
        }
        (Some(_), UnknownEvents::Acknowledge) => assert_eq!(replied(&outcome), (202, &b""[..])),
        (Some(_), _) => assert_eq!(outcome.refused(), Some(RejectionKind::UnknownEvent)),
        (None, _) => assert_eq!(outcome.refused(), Some(RejectionKind::Undecodable)),
    }
}

/// What a second reader finds in a head that asks.
fn challenge(request: &Request) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    let asked = query.strip_prefix("challenge=").filter(|_| request.method == "GET")?;
    let harmless = !asked.is_empty() && asked.len() <= LONGEST;
    let harmless = harmless && !asked.contains(|c: char| !c.is_ascii_alphanumeric());
    harmless.then(|| asked.to_owned())
}

fn replied(outcome: &Outcome) -> (u16, &[u8]) {
    match outcome {
        Outcome::Replied(reply) => (reply.status(), reply.body()),
        other => broken(&format!("not replied: {other:?}")),
    }
}

/// Where nothing is verified no body is a handshake: it would be answered for anyone.
fn unsigned(request: &Request) {
    SHOWN.set(0);
    let opened = UNSIGNED.open(request, NOW);
    match (opened, challenge(request)) {
        (Ok(Opened::Reply(reply)), Some(challenge)) => assert_eq!(reply.body(), &challenge),
        (Ok(Opened::Check(check)), None) => {
            let finished =
                read(check, std::slice::from_ref(&request.body)).and_then(|check| check.finish());
            match finished {
                Ok(Verdict::Deliver(delivery)) => {
                    assert_eq!(delivery.content().coverage, Coverage::Nothing);
                    assert_eq!(delivery.body(), &request.body);
                }
                Ok(other) => broken(&format!("{other:?}")),
                Err(rejection) => assert_eq!(rejection.kind(), RejectionKind::BodyTooLarge),
            }
        }
        (Err(rejection), None) => {
            // Also without a signature a header that is read must not stand there twice.
            let kind = rejection.kind();
            let events = request.values("x-event").len();
            let by_head = match kind {
                RejectionKind::MethodNotAllowed => request.method != "POST",
                RejectionKind::BodyTooLarge => request.content_length().is_some(),
                _ => kind.is_signature() && events > 1,
            };
            assert!(by_head, "{kind:?}: {request:?}");
        }
        (opened, challenge) => broken(&format!("{opened:?}: {challenge:?}")),
    }
    assert_eq!(SHOWN.get(), 0, "the provider was shown what nobody had verified");
}
