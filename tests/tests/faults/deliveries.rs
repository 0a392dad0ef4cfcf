//! What is signed and what is not, and deliveries that come twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookgate::ports::{SecretQuery, Sink, Stored, Unavailable};
use hookgate::scheme::{Place, Scheme};
use hookgate::{BuildError, Dedupe, Delivery, DeliveryKey, RejectionKind, Secrets};

use crate::acme::{
    BARE, Memory, NOW, SIGNATURE, TIMED, WITH_ID, bare_builder, builder, mac, signed, signed_at,
};
use crate::client::{Raw, until};
use crate::server::{Adapter, Handler, PATH, Server};

/// An event and an id in headers that nothing covers.
const LOOSE: Scheme<'static> =
    BARE.event_name(Place::Header("x-acme-event")).delivery_id(Place::Header("x-acme-id"));

/// An event and an id in the signed body.
const INSIDE: Scheme<'static> =
    BARE.event_name(Place::Json("/type")).delivery_id(Place::Json("/id"));

#[test]
fn fault_18_an_event_that_is_not_signed_says_so() {
    let body = "{\"type\":\"order.paid\",\"id\":\"o-1\"}";
    for adapter in Adapter::ALL {
        let handler = Handler::default();
        let server = Server::start(adapter, builder(LOOSE).0.build().unwrap(), &handler);
        // A right signature does not cover the headers: anyone can have written them.
        let request = signed(LOOSE, body).with("x-acme-event", "admin.created");
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        let content = handler.take().pop().unwrap().content;
        assert_eq!(content.event_name(), Some(("admin.created", false)), "{adapter:?}");
        assert_eq!(content.unsigned.delivery_id.as_deref(), Some("d-1"), "{adapter:?}");
        assert_eq!((content.signed.event, content.signed.delivery_id), (None, None));

        let server = Server::start(adapter, builder(INSIDE).0.build().unwrap(), &handler);
        let request = signed(INSIDE, body).with("x-acme-event", "admin.created");
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        let content = handler.take().pop().unwrap().content;
        assert_eq!(content.event_name(), Some(("order.paid", true)), "{adapter:?}");
        assert_eq!(content.signed.delivery_id.as_deref(), Some("o-1"), "{adapter:?}");
        assert_eq!((content.unsigned.event, content.unsigned.delivery_id), (None, None));
    }
}

#[test]
fn fault_18_a_tenant_is_proved_by_its_secret_and_not_by_a_header() {
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = bare_builder(BARE);
        let look_up = |query: SecretQuery| async move {
            let known = matches!(&*query.tenant, "acme-one" | "acme-two");
            Ok::<_, Unavailable>(known.then(|| Secrets::new(format!("secret of {}", query.tenant))))
        };
        let tenant_of = |head: &dyn hookgate::RequestHead| {
            let mut tenant = None;
            head.header("x-acme-tenant", &mut |value| {
                tenant = std::str::from_utf8(value).ok().map(Arc::from);
            });
            tenant
        };
        let endpoint = endpoint.secrets_from(tenant_of, look_up).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let to = |tenant: &str, signed_by: &str| {
            let signature = mac(&format!("secret of {signed_by}"), "{}");
            let request = Raw::unsigned(PATH, "{}").with(SIGNATURE, signature);
            server.send(&request.with("x-acme-tenant", tenant)).status
        };
        assert_eq!(to("acme-one", "acme-one"), 200, "{adapter:?}");
        let content = handler.take().pop().unwrap().content;
        assert_eq!(content.tenant.as_deref(), Some("acme-one"), "{adapter:?}");

        assert_eq!(to("acme-two", "acme-one"), 400, "{adapter:?}");
        assert_eq!(to("acme-three", "acme-three"), 400, "{adapter:?}");
        let kinds = [RejectionKind::SignatureMismatch, RejectionKind::UnknownTenant];
        assert_eq!(refusals.take(), kinds, "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn fault_19_a_forged_request_occupies_no_id() {
    for adapter in Adapter::ALL {
        let memory = Memory::default();
        let (endpoint, refusals) = builder(WITH_ID);
        let endpoint = endpoint.replay_guard(memory.clone()).dedupe(Dedupe::SignedId);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        let genuine = signed_at(WITH_ID, NOW, "victim", "{\"a\":1}");
        let other = signed_at(WITH_ID, NOW, "attacker", "{\"a\":1}");
        let forgeries = [
            genuine.clone().without(SIGNATURE),
            genuine.clone().with(SIGNATURE, "zz"),
            genuine.clone().with(SIGNATURE, mac("another secret", "{\"a\":1}")),
            genuine.clone().body("{\"a\":2}"),
            // The attacker's own, with the victim's id.
            other.with("x-acme-id", "victim"),
        ];
        for forged in &forgeries {
            assert_eq!(server.send(forged).status, 400, "{adapter:?}");
        }
        assert_eq!(refusals.take().len(), forgeries.len(), "{adapter:?}");
        assert!(memory.claims().is_empty() && memory.is_empty(), "{adapter:?}");
        assert_eq!(server.send(&genuine).status, 200, "{adapter:?}");
        assert_eq!((handler.calls(), memory.claims().len()), (1, 1), "{adapter:?}");
        // Only now it is known, for as long as it passes the check.
        assert_eq!(server.send(&genuine).status, 200, "{adapter:?}");
        assert_eq!((handler.calls(), memory.claims().len()), (1, 2), "{adapter:?}");
        let keep_for = memory.claims().pop().unwrap().1;
        assert_eq!(keep_for, Some(Duration::from_secs(601)), "{adapter:?}");
    }
}

/// Where the id is not signed, an attacker who holds any genuine delivery can put any id on it.
#[test]
fn fault_19_an_id_that_is_not_signed_tells_nothing_apart() {
    let refused = builder(LOOSE).0.dedupe(Dedupe::SignedId).build();
    assert!(matches!(refused, Err(BuildError::NoSignedId)));
    for adapter in Adapter::ALL {
        let memory = Memory::default();
        let endpoint = builder(LOOSE).0.replay_guard(memory.clone()).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let moved = signed(LOOSE, "{\"a\":1}").with("x-acme-id", "victim");
        let genuine = signed(LOOSE, "{\"a\":2}").with("x-acme-id", "victim");
        assert_eq!(server.send(&moved).status, 200, "{adapter:?}");
        assert_eq!(server.send(&genuine).status, 200, "{adapter:?}");
        assert_eq!(handler.take().len(), 2, "{adapter:?}");
        // And a new id makes no replay new.
        let replay = genuine.with("x-acme-id", "fresh");
        assert_eq!(server.send(&replay).status, 200, "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        let keys: Vec<_> = memory.claims().into_iter().map(|(key, _)| key).collect();
        assert!(keys.first() != keys.get(1) && keys.get(1) == keys.get(2), "{adapter:?}");
    }
}

#[test]
fn fault_20_the_second_of_two_at_once_is_not_acknowledged_before_the_first() {
    for adapter in Adapter::ALL {
        let memory = Memory::default();
        let (endpoint, refusals) = builder(WITH_ID);
        let endpoint = endpoint.replay_guard(memory.clone()).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let request = signed(WITH_ID, "{}");

        handler.hold(true);
        let mut first = server.connect();
        first.write(&request.declared());
        until("the handler works", || handler.calls() == 1);
        for _ in 0..2 {
            let second = server.send(&request);
            assert_eq!(second.status, 503, "{adapter:?}");
            assert!(second.header("retry-after").is_some(), "{adapter:?}");
        }
        assert!(first.is_unanswered(), "{adapter:?}");
        assert_eq!(refusals.take(), [RejectionKind::InFlight; 2], "{adapter:?}");

        handler.hold(false);
        assert_eq!(first.answer().status, 200, "{adapter:?}");
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        assert_eq!(handler.calls(), 1, "{adapter:?}");

        // A first that broke off leaves the next attempt to be made.
        handler.hold(true);
        let another = signed(WITH_ID, "{\"a\":2}");
        let mut first = server.connect();
        first.write(&another.declared());
        until("the handler works", || handler.calls() == 2);
        let claimed = memory.claims().len();
        first.abort();
        handler.hold(false);
        // The server may notice the abort before the handler is done, or after.
        let status = loop {
            let status = server.send(&another).status;
            if status != 503 {
                break status;
            }
        };
        assert_eq!(status, 200, "{adapter:?}");
        assert!(memory.claims().len() > claimed, "{adapter:?}");
        assert!((2..=3).contains(&handler.calls()), "{adapter:?}");
    }
}

#[test]
fn attack_61_a_handler_that_panics_leaves_the_next_attempt_to_be_made() {
    for adapter in Adapter::ALL {
        let memory = Memory::default();
        let endpoint = builder(WITH_ID).0.replay_guard(memory.clone()).build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let request = signed(WITH_ID, "{}");

        handler.panic(true);
        for attempt in 1..=2 {
            let mut client = server.connect();
            client.write(&request.declared());
            assert!(client.is_cut_off(), "{adapter:?}");
            until("the claim is given back", || memory.is_empty());
            until("nothing is in flight", || budget.used() == 0);
            assert_eq!((handler.calls(), memory.claims().len()), (attempt, attempt));
        }
        handler.panic(false);
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        assert_eq!(handler.calls(), 3, "{adapter:?}");
        // Only now it is done.
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        assert_eq!(handler.calls(), 3, "{adapter:?}");
    }
}

#[test]
fn attack_64_many_at_once_are_handled_once() {
    const SENDERS: usize = 12;
    const EACH: usize = 12;
    for adapter in Adapter::ALL {
        let memory = Memory::default();
        let (endpoint, refusals) = builder(WITH_ID);
        let endpoint = endpoint.replay_guard(memory.clone()).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let request = signed(WITH_ID, "{}");
        handler.hold(true);
        let statuses = std::thread::scope(|scope| {
            let send = || {
                let mut client = server.connect();
                let send = |_| {
                    client.write(&request.declared());
                    client.answer().status
                };
                Vec::from_iter((0..EACH).map(send))
            };
            let senders = Vec::from_iter((0..SENDERS).map(|_| scope.spawn(send)));
            // The first is at work while the others come.
            until("most were answered", || memory.claims().len() >= SENDERS * 4);
            handler.hold(false);
            senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(handler.calls(), 1, "{adapter:?}");
        let early = statuses.iter().filter(|status| **status == 503).count();
        let done = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(early + done, SENDERS * EACH, "{adapter:?} {statuses:?}");
        assert!(early >= SENDERS * 4 - 1 && done >= 1, "{adapter:?} {statuses:?}");
        assert_eq!(refusals.take(), vec![RejectionKind::InFlight; early], "{adapter:?}");
    }
}

/// A sink that stores by the dedupe key, slowly, as an inbox does.
#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Store>>);

#[derive(Default)]
struct Store {
    /// Whether a delivery is durable.
    durable: HashMap<DeliveryKey, bool>,
    asked: usize,
    flush: bool,
}

impl Inbox {
    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn is_flushed(&self) -> bool {
        self.0.lock().unwrap().flush
    }
}

impl Sink for Inbox {
    async fn store(&self, delivery: Delivery) -> Result<Stored, Unavailable> {
        let key = delivery.dedupe_key().unwrap();
        {
            let mut store = self.0.lock().unwrap();
            store.asked += 1;
            match store.durable.get(&key) {
                Some(true) => return Ok(Stored::Duplicate),
                Some(false) => return Err(Unavailable::new("the first is not durable yet")),
                None => store.durable.insert(key, false),
            };
        }
        while !self.is_flushed() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.0.lock().unwrap().durable.insert(key, true);
        Ok(Stored::New)
    }
}

/// Attempts under the same id are sent at different times, so that they are no replays.
#[test]
fn fault_20_a_sink_is_waited_for_before_anything_is_acknowledged() {
    for adapter in Adapter::EACH {
        let inbox = Inbox::default();
        let (endpoint, refusals) = builder(WITH_ID);
        let endpoint = endpoint.dedupe(Dedupe::SignedId).build().unwrap();
        let server = Server::start_into(adapter, endpoint, inbox.clone());
        let attempt = |seconds: i64| signed_at(WITH_ID, NOW + seconds, "d-7", "{}");

        let mut first = server.connect();
        first.write(&attempt(0).declared());
        until("the sink works", || inbox.asked() == 1);
        assert_eq!(server.send(&attempt(1)).status, 503, "{adapter:?}");
        assert!(first.is_unanswered(), "{adapter:?}");
        assert_eq!(refusals.take(), [RejectionKind::SinkUnavailable], "{adapter:?}");

        inbox.0.lock().unwrap().flush = true;
        assert_eq!(first.answer().status, 200, "{adapter:?}");
        assert_eq!(server.send(&attempt(2)).status, 200, "{adapter:?}");
        assert_eq!(inbox.asked(), 3, "{adapter:?}");
        assert_eq!(inbox.0.lock().unwrap().durable.len(), 1, "{adapter:?}");
    }
}

/// Without a signed id a digest of the body tells attempts from events.
#[test]
fn fault_20_attempts_of_one_body_are_one_event() {
    for adapter in Adapter::EACH {
        let inbox = Inbox::default();
        inbox.0.lock().unwrap().flush = true;
        let endpoint = builder(TIMED).0.dedupe(Dedupe::BodyDigest).build().unwrap();
        let server = Server::start_into(adapter, endpoint, inbox.clone());
        for (seconds, body, events) in [(0, "{}", 1), (5, "{}", 1), (5, "[]", 2)] {
            let request = signed_at(TIMED, NOW + seconds, "d-1", body);
            assert_eq!(server.send(&request).status, 200, "{adapter:?}");
            assert_eq!(inbox.0.lock().unwrap().durable.len(), events, "{adapter:?} {body}");
        }
    }
}
