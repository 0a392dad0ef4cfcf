//! The core's JSON scanner and the JavaScript re-serialiser, behind right signatures.

use std::sync::LazyLock;

use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Dedupe, Endpoint, Habits, Provider, RejectionKind, UnknownEvents, dangerous,
};

use crate::json::{At, at, checked, stringify};
use crate::mac::{SECRET, hex, mac};
use crate::request::{Outcome, Request, built, run};
use crate::{broken, must};

const HEADER: &str = "x-signature";

/// A provider that names its event and its id in the body.
#[derive(Debug)]
struct Named {
    event: &'static str,
    policy: UnknownEvents,
}

impl Provider for Named {
    fn id(&self) -> &str {
        "named"
    }

    fn scheme(&self) -> Scheme<'_> {
        let scheme = Scheme::hmac_sha256(HEADER).event_name(Place::Json(self.event));
        scheme.delivery_id(Place::Json("/id"))
    }

    fn habits(&self) -> Habits {
        Habits::new().unknown_events(self.policy).dedupe(Dedupe::SignedId)
    }

    fn known_events(&self) -> &[&str] {
        &["known"]
    }
}

type Case = (&'static [&'static str], UnknownEvents, AnyEndpoint);

static NAMED: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let paths: [(&str, &[&str]); 3] =
        [("/type", &["type"]), ("/data/type", &["data", "type"]), ("/a~1b/~0", &["a/b", "~"])];
    let policies = [UnknownEvents::Deliver, UnknownEvents::Acknowledge, UnknownEvents::Refuse];
    let pairs = paths.iter().flat_map(|path| policies.map(|policy| (path, policy)));
    let build = |((event, path), policy): (&(&'static str, &'static [&'static str]), _)| {
        let endpoint = built(Endpoint::builder(Named { event, policy }).secret(SECRET));
        (*path, policy, endpoint)
    };
    pairs.map(build).collect()
});

/// The whole input is a body: which event does it name, and which id?
pub fn json_scan(data: &[u8]) {
    let signed = |body: &[u8]| Request::post(body.to_vec()).and(HEADER, hex(&mac(body)));
    let (request, spaced) = (signed(data), signed(&[data, b" "].concat()));
    let id = at(data, &["id"]);
    for (path, policy, endpoint) in NAMED.iter() {
        let event = at(data, path);
        let name = match &event {
            At::Text(name) => Some(&**name),
            _ => None,
        };
        match (run(endpoint, &request), policy, name) {
            (Outcome::Delivered(delivery), UnknownEvents::Deliver, _)
            | (Outcome::Delivered(delivery), _, Some("known")) => {
                assert_eq!(delivery.body(), data);
                assert_eq!(delivery.event_name().as_deref(), name, "{path:?}");
                let has_id = matches!(id, At::Text(_));
                let spaced = must(run(endpoint, &spaced).delivered(), "a space after the end");
                let is_same = delivery.dedupe_key() == spaced.dedupe_key();
                assert!(delivery.dedupe_key().is_some() && is_same == has_id, "{id:?}");
                assert!(delivery.replay_key() != spaced.replay_key());
                let content = delivery.into_content();
                assert_eq!(content.signed.event.as_deref(), name);
                let id = if let At::Text(id) = &id { Some(&**id) } else { None };
                assert_eq!(content.signed.delivery_id.as_deref(), id);
            }
            (Outcome::Replied(reply), UnknownEvents::Acknowledge, Some(_)) => {
                assert_eq!(reply.status(), 200);
            }
            (Outcome::Refused(kind), UnknownEvents::Refuse, Some(_)) => {
                assert_eq!(kind, RejectionKind::UnknownEvent);
            }
            (Outcome::Refused(kind), UnknownEvents::Acknowledge | UnknownEvents::Refuse, None) => {
                assert_eq!(kind, RejectionKind::Undecodable);
            }
            (outcome, _, _) => broken(&format!("{path:?}, {policy:?}, {event:?}: {outcome:?}")),
        }
        assert!(name != Some("known") || run(endpoint, &request).delivered().is_some());
    }
}

const LIMIT: usize = 256 * 1024;

static JAVASCRIPT: LazyLock<AnyEndpoint> = LazyLock::new(|| {
    let builder = Endpoint::builder(dangerous::javascript_reserialised()).secret(SECRET);
    built(builder.unknown_events(UnknownEvents::Deliver))
});

/// The whole input is a body, and what JavaScript makes of it is signed.
pub fn javascript(data: &[u8]) {
    let token = "x-connect-it-token";
    let signed = |text: &[u8]| Request::post(data.to_vec()).and(token, hex(&mac(text)));
    let delivery = must(run(&JAVASCRIPT, &signed(data)).delivered(), "the body's own signature");
    assert_eq!(delivery.body(), data);
    assert!(delivery.rebuilt_head().is_none(), "a body as it came needs no other head");

    match stringify(data).filter(|_| data.len() <= LIMIT) {
        Some(other) => {
            assert_eq!(stringify(other.as_bytes()).as_deref(), Some(&*other), "not a fixed point");
            let outcome = run(&JAVASCRIPT, &signed(other.as_bytes()));
            let delivery = must(outcome.delivered(), "the signature of JavaScript's form");
            assert_eq!(delivery.body(), &*other, "delivered is not what was signed");
            assert_eq!(delivery.rebuilt_head().is_some(), *other.as_bytes() != *data);
        }
        // Other forms that a careless reader might make of the text.
        None => {
            let text = String::from_utf8_lossy(data);
            let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
            let guesses = [value.map(|value| value.to_string()), Some(text.trim().to_owned())];
            for guess in guesses.into_iter().flatten().filter(|guess| guess.as_bytes() != data) {
                let kind = run(&JAVASCRIPT, &signed(guess.as_bytes())).refused();
                assert_eq!(kind, Some(RejectionKind::SignatureMismatch), "{guess}");
            }
        }
    }
    // Neither of the two forms.
    if checked(data).is_none() || stringify(data).is_some_and(|other| other != "0") {
        let wrong = if data == b"0" { "1" } else { "0" };
        let kind = run(&JAVASCRIPT, &signed(wrong.as_bytes())).refused();
        assert_eq!(kind, Some(RejectionKind::SignatureMismatch));
    }
}
