//! Methods, logs, unsigned endpoints, and floods.

use std::convert::Infallible;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use hookgate::ioffice::IOffice;
use hookgate::ports::{SecretQuery, Stored, Unavailable};
use hookgate::sign::{Message, sign};
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

/// iOFFICE signs three words of the path or of the body: what a proxy says of the path is not the
/// path.
#[test]
fn attack_88_forwarded_headers_change_nothing_of_what_is_signed() {
    let provider = IOffice::at(PATH);
    let body = r#"{"eventType":"CREATE","entityType":"Room","entityId":7}"#;
    let other = r#"{"eventType":"DELETE","entityType":"Room","entityId":8}"#;
    let forwarded = |request: Raw, path: &str| {
        ["x-forwarded-uri", "x-forwarded-path", "x-forwarded-prefix", "x-original-url"]
            .into_iter()
            .chain(["x-original-uri", "x-rewrite-url", "x-envoy-original-path"])
            .fold(request, |request, name| request.with(name, path))
            .with("x-forwarded-host", "elsewhere.test")
            .with("x-forwarded-proto", "https")
            .with("forwarded", "host=elsewhere.test;proto=https")
            .with("x-http-method-override", "DELETE")
    };
    let of =
        |body: &'static str| Raw::from(sign(&provider, SECRET, Message::post(PATH, body)).unwrap());
    for adapter in Adapter::EACH {
        let endpoint = Endpoint::builder(provider.clone()).secret(SECRET).build().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        let sink = move |delivery: Delivery| {
            kept.lock().unwrap().push(delivery.into_content().signed.event);
            std::future::ready(Ok::<_, Unavailable>(Stored::New))
        };
        let server = Server::start_into(adapter, endpoint, sink);
        for path in ["/hooks/acme/DELETE/Room/8", "/", "/admin", "/hooks/acme/CREATE/Room/7"] {
            assert_eq!(server.send(&forwarded(of(body), path)).status, 200, "{adapter:?} {path}");
            let events = std::mem::take(&mut *taken.lock().unwrap());
            assert_eq!(events, [Some("Create".into())], "{adapter:?} {path}");
            // A signature over the words of the headers is one of other words.
            let forged = forwarded(of(other).body(body), path);
            assert_eq!(server.send(&forged).status, 400, "{adapter:?} {path}");
            assert!(taken.lock().unwrap().is_empty(), "{adapter:?} {path}");
        }
    }
}

/// Lets so many requests through and answers 429 to the rest.
#[derive(Clone)]
struct Limiter(Arc<AtomicUsize>);

impl Limiter {
    fn new(requests: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(requests)))
    }

    fn left(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn takes(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }
}

/// The same requests to an application in whichever framework: their statuses.
async fn statuses(
    send: impl AsyncFn(Raw) -> u16,
    outer: &Limiter,
    inner: &Limiter,
    refusals: &crate::acme::Refusals,
) {
    let genuine = signed(BARE, "{}");
    let forged = genuine.clone().body("[]");
    for _ in 0..5 {
        assert_eq!(send(forged.clone()).await, 400);
    }
    assert_eq!((outer.left(), inner.left()), (3, 2), "forgeries spend the limit of the genuine");
    assert_eq!(refusals.take().len(), 5);
    for status in [200, 200, 429] {
        assert_eq!(send(genuine.clone()).await, status);
    }
    // Outside, nobody is heard any longer, and nothing is verified either.
    assert_eq!((outer.left(), inner.left()), (0, 0));
    assert_eq!(send(genuine).await, 429);
    assert_eq!(send(forged).await, 429);
    assert!(refusals.take().is_empty(), "the gate was asked all the same");
}

#[tokio::test]
async fn attack_91_a_rate_limit_behind_the_gate_counts_only_the_genuine_in_axum() {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::middleware::{Next, from_fn};
    use axum::response::IntoResponse;
    use axum::routing::MethodRouter;

    let (outer, inner) = (Limiter::new(8), Limiter::new(2));
    let (endpoint, refusals) = builder(BARE);
    let limit = |limiter: &Limiter| {
        let limiter = limiter.clone();
        from_fn(move |request: Request, next: Next| {
            let taken = limiter.takes();
            async move {
                if taken {
                    return next.run(request).await;
                }
                http::StatusCode::TOO_MANY_REQUESTS.into_response()
            }
        })
    };
    let gate = hookgate_axum::WebhookLayer::new(endpoint.build().unwrap());
    let route = axum::routing::post(async || "");
    let route: MethodRouter = route.layer::<_, Infallible>(limit(&inner)).layer(gate);
    let app = axum::Router::new().route(PATH, route.layer(limit(&outer)));
    let send = async |raw: Raw| {
        let request = http::Request::post(PATH).header(SIGNATURE, raw.header(SIGNATURE));
        let request = request.body(Body::from(raw.body)).unwrap();
        tower::ServiceExt::oneshot(app.clone(), request).await.unwrap().status().as_u16()
    };
    statuses(send, &outer, &inner, &refusals).await;
}

#[actix_web::test]
async fn attack_91_a_rate_limit_behind_the_gate_counts_only_the_genuine_in_actix() {
    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    async fn limited<B: MessageBody + 'static>(
        limiter: Limiter,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<actix_web::body::BoxBody>, actix_web::Error> {
        if limiter.takes() {
            return Ok(next.call(request).await?.map_into_boxed_body());
        }
        Ok(request.into_response(HttpResponse::TooManyRequests().finish()))
    }

    let (outer, inner) = (Limiter::new(8), Limiter::new(2));
    let (endpoint, refusals) = builder(BARE);
    let gate = hookgate_actix::WebhookMiddleware::new(endpoint.build().unwrap());
    let (first, last) = (outer.clone(), inner.clone());
    let resource = web::resource(PATH)
        .wrap(from_fn(move |request, next: Next<_>| limited(last.clone(), request, next)))
        .wrap(gate)
        .wrap(from_fn(move |request, next: Next<_>| limited(first.clone(), request, next)))
        .to(async || "");
    let app = init_service(App::new().service(resource)).await;
    let send = async |raw: Raw| {
        let request = TestRequest::post().uri(PATH);
        let request = request.insert_header((SIGNATURE, raw.header(SIGNATURE)));
        let request = request.set_payload(raw.body).to_request();
        call_service(&app, request).await.status().as_u16()
    };
    statuses(send, &outer, &inner, &refusals).await;
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
