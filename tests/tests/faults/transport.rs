//! Methods, logs, unsigned endpoints, and floods.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use hookgate::ports::{SecretQuery, Stored, Unavailable};
use hookgate::{
    Budget, BuildError, Coverage, Delivery, Endpoint, Habits, RejectionKind, Secrets, Warning,
    dangerous,
};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::acme::{
    Acme, BARE, Memory, SECRET, SIGNATURE, TIMED, bare_builder, builder, mac, signed,
};
use crate::client::{Raw, until};
use crate::server::{Adapter, Handler, PATH, Server};

#[test]
fn attack_83_other_methods_are_answered_before_anything_else() {
    for adapter in Adapter::ALL {
        let looked_up = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looked_up);
        let look_up = move |_: SecretQuery| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok::<_, Unavailable>(Some(Secrets::new(SECRET))))
        };
        let memory = Memory::default();
        let (endpoint, refusals) = bare_builder(TIMED);
        let endpoint = endpoint
            .secrets_from(|_| Some("acme".into()), look_up)
            .replay_guard(memory.clone())
            .body_limit(64)
            .build()
            .unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let genuine = signed(TIMED, "{}");
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            // Signed, unsigned, stale and too large: the method comes first.
            for request in [
                genuine.clone(),
                genuine.clone().without(SIGNATURE),
                genuine.clone().with("x-acme-time", "1"),
                genuine.clone().body(vec![b'x'; 65]),
            ] {
                let request = Raw { method: method.into(), ..request };
                let answer = server.send(&request);
                assert_eq!(answer.status, 405, "{adapter:?} {method}");
                assert_eq!(answer.header("allow"), Some("post"), "{adapter:?} {method}");
                assert_eq!(answer.body.is_empty(), method == "HEAD", "{adapter:?} {method}");
            }
            assert_eq!(refusals.take(), [RejectionKind::MethodNotAllowed; 4], "{method}");
            // Nor is the body asked for.
            let request = Raw { method: method.into(), ..genuine.clone() };
            let mut client = server.connect();
            client.write(&request.head(&["content-length: 2", "expect: 100-continue"]));
            let answer = client.answer_instead_of_continue(adapter, method);
            assert_eq!(answer.status, 405, "{adapter:?} {method}");
            assert_eq!(refusals.take().len(), 1);
        }
        assert_eq!(looked_up.load(Ordering::SeqCst), 0, "{adapter:?}");
        assert!(memory.claims().is_empty(), "{adapter:?}");
        assert_eq!((handler.calls(), budget.used()), (0, 0), "{adapter:?}");

        assert_eq!(server.send(&genuine).status, 200, "{adapter:?}");
        assert_eq!((looked_up.load(Ordering::SeqCst), memory.claims().len()), (1, 1));
        assert_eq!(handler.calls(), 1, "{adapter:?}");
    }
}

/// What hookgate's crates log in this process, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn of_the_process() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let written = log.clone();
            let ours = Targets::new().with_target("hookgate", LevelFilter::TRACE);
            let layer = fmt::layer().with_ansi(false).with_writer(move || written.clone());
            tracing_subscriber::registry().with(layer.with_filter(ours)).init();
            log
        })
    }

    /// The lines about one endpoint.
    fn about(&self, endpoint: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(endpoint)).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn attack_89_the_log_holds_no_payload_and_no_secret_of_a_query() {
    let log = Log::of_the_process();
    let body = r#"{"type":"canary-event","note":"canary-payload"}"#;
    let secret = "canary-of-the-key";
    let right = mac(secret, body);
    let scheme = BARE.event_name(hookgate::scheme::Place::Json("/type"));
    let query = "token=canary-token&canary-name=1";
    for adapter in Adapter::ALL {
        let name = format!("logged-{adapter:?}");
        let memory = Memory::default();
        let (endpoint, refusals) = bare_builder(scheme);
        let endpoint = endpoint
            .name(&name)
            .secret(secret)
            .replay_guard(memory.clone())
            .body_limit(4096)
            .build()
            .unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let request = Raw::unsigned(&format!("{PATH}?{query}"), body)
            .with("authorization", "Bearer canary-bearer")
            .with("cookie", "canary-cookie=1");
        let signed = request.clone().with(SIGNATURE, &*right);
        for (request, status) in [
            (signed.clone(), 200),
            (signed.clone(), 200),
            (signed.clone().body("canary-body"), 400),
            (request.clone(), 400),
            (request.clone().with(SIGNATURE, "canary-signature"), 400),
            (request.clone().with(SIGNATURE, mac("canary", body)), 400),
            (signed.clone().body(vec![b'x'; 5000]), 413),
            (Raw { method: "PUT".into(), ..signed.clone() }, 405),
        ] {
            let answer = server.send(&request);
            assert_eq!(answer.status, status, "{adapter:?}");
            assert!(!format!("{answer:?}").contains("canary"), "{adapter:?} {answer:?}");
        }
        let mut client = server.connect();
        client.write(&signed.head(&["content-length: 100"]));
        client.write(body.as_bytes());
        client.abort();
        // A repeat is answered without the handler; every request but the broken one is logged by
        // the time that it is answered.
        assert_eq!(handler.calls(), 1, "{adapter:?}");
        assert!(refusals.take().len() >= 6, "{adapter:?}");
        let lines = log.about(&name);
        assert!(lines.len() >= 8, "{lines:#?}");
        for outcome in ["delivered", "replied", "refused"] {
            assert!(lines.iter().any(|line| line.contains(outcome)), "{outcome} {lines:#?}");
        }
        for line in &lines {
            assert!(!line.contains("canary") && !line.contains(&right), "{line}");
        }
    }
    // Nor in a line that names no endpoint.
    let all = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn attack_90_unsigned_is_only_behind_a_dangerous_name_and_loud() {
    let log = Log::of_the_process();
    let unsigned = Acme { habits: Habits::new().may_be_unsigned(), scheme: BARE };
    // Nothing is unsigned by leaving something out, nor where the provider always signs.
    assert!(matches!(Endpoint::builder(unsigned).build(), Err(BuildError::NoSecret)));
    let always = dangerous::accept_unsigned(Endpoint::builder(Acme::new(BARE))).build();
    assert!(matches!(always, Err(BuildError::NeverUnsigned)));
    let both = Endpoint::builder(unsigned).secret(SECRET);
    let both = dangerous::accept_unsigned(both).build();
    assert!(matches!(both, Err(BuildError::UnsignedWithSecrets)));

    for adapter in Adapter::EACH {
        let name = format!("unsigned-{adapter:?}");
        let builder = Endpoint::builder(unsigned).name(&name);
        let endpoint = dangerous::accept_unsigned(builder).build().unwrap();
        assert_eq!(endpoint.warnings(), [Warning::Unsigned], "{adapter:?}");
        let lines = log.about(&name);
        let loud = |line: &String| line.contains("WARN") && line.contains("verifies nothing");
        assert_eq!(lines.iter().filter(|line| loud(line)).count(), 1, "{lines:#?}");

        // And what it takes is marked.
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        let sink = move |delivery: Delivery| {
            let keyed = delivery.replay_key().is_some() || delivery.dedupe_key().is_some();
            kept.lock().unwrap().push((delivery.content().coverage, keyed));
            std::future::ready(Ok::<_, Unavailable>(Stored::New))
        };
        let server = Server::start_into(adapter, endpoint, sink);
        assert_eq!(server.send(&Raw::unsigned(PATH, "{}")).status, 200, "{adapter:?}");
        assert_eq!(*taken.lock().unwrap(), [(Coverage::Nothing, false)], "{adapter:?}");

        // The same provider with a secret takes nothing unsigned, and warns of nothing.
        let endpoint = Endpoint::builder(unsigned).name(format!("quiet-{adapter:?}"));
        let endpoint = endpoint.secret(SECRET).build().unwrap();
        assert!(endpoint.warnings().is_empty(), "{adapter:?}");
        assert!(log.about(&format!("quiet-{adapter:?}")).is_empty(), "{adapter:?}");
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        assert_eq!(server.send(&Raw::unsigned(PATH, "{}")).status, 400, "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn attack_92_a_flood_of_forgeries_is_held_nowhere_and_stored_nowhere() {
    const SENDERS: usize = 8;
    const EACH: usize = 25;
    const LENGTH: usize = 16 * 1024;
    for adapter in Adapter::EACH {
        // No more than what all senders can have under way: over it they would be told 503.
        let budget = Budget::new(SENDERS * LENGTH);
        let memory = Memory::default();
        let stored = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&stored);
        let sink = move |_: Delivery| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok::<_, Unavailable>(Stored::New))
        };
        let (endpoint, refusals) = builder(TIMED);
        let endpoint = endpoint.in_flight(budget.clone()).replay_guard(memory.clone());
        let server = Server::start_into(adapter, endpoint.build().unwrap(), sink);
        let genuine = signed(TIMED, vec![b'x'; LENGTH]);
        std::thread::scope(|scope| {
            for sender in 0..SENDERS {
                let (server, genuine) = (&server, &genuine);
                scope.spawn(move || {
                    // One connection for all, and another body and id each time.
                    let mut client = server.connect();
                    for number in 0..EACH {
                        let mut body = genuine.body.clone();
                        body.splice(..8, format!("{sender:04}{number:04}").into_bytes());
                        let forged = genuine.clone().body(body);
                        let bytes =
                            if number % 2 == 0 { forged.declared() } else { forged.chunked(1000) };
                        client.write(&bytes);
                        assert_eq!(client.answer().status, 400, "{adapter:?}");
                    }
                });
            }
        });
        let kinds = refusals.take();
        assert_eq!(kinds.len(), SENDERS * EACH, "{adapter:?}");
        assert!(kinds.iter().all(|kind| *kind == RejectionKind::SignatureMismatch), "{adapter:?}");
        until("nothing is in flight", || budget.used() == 0);
        assert!(memory.claims().is_empty(), "{adapter:?}");
        assert_eq!(stored.load(Ordering::SeqCst), 0, "{adapter:?}");

        // Not one of them is in the way of the genuine delivery.
        assert_eq!(server.send(&genuine).status, 200, "{adapter:?}");
        assert_eq!((memory.claims().len(), stored.load(Ordering::SeqCst)), (1, 1), "{adapter:?}");
        until("nothing is in flight", || budget.used() == 0);
    }
}
