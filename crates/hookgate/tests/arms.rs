//! Every arm of `Opened` and `Verdict`, each with something that drives it.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use common::{
    Custom, NOW, Outcome, PREFIXED, Request, SECRET, delivery, endpoint_of, hex, hex_of, hmac256,
    message, outcome, plain_endpoint, ready, refused, run, run_at, signed,
};
use hookgate::check::{Check, Opened, Verdict};
use hookgate::handshake::{Asked, Note, Setup};
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::ports::{
    AnySink, Key, KeyQuery, KeySource, SecretQuery, SecretSource, Sink, Stored, Unavailable,
};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, Content, Coverage, Delivery, Endpoint, Handshake, Rejection, RejectionKind, Reply,
    RequestHead, Secret, Secrets,
};

const BODY: &str = r#"{"event":"meetingScheduled","data":{}}"#;

fn opened(endpoint: &AnyEndpoint, request: &Request) -> Check {
    match endpoint.open(request, NOW).unwrap() {
        Opened::Check(check) => check,
        other => panic!("not a check: {other:?}"),
    }
}

#[test]
fn a_check_is_opened_and_the_delivery_is_what_was_signed() {
    let endpoint = plain_endpoint();
    let mut check = opened(&endpoint, &signed(&Harmonizely, SECRET, message(BODY)));
    check.push(Bytes::from_static(BODY.as_bytes())).unwrap();
    let Verdict::Deliver(delivery) = check.finish().unwrap() else {
        panic!("not delivered");
    };
    let content = delivery.content();
    assert_eq!((&*content.provider, &*content.endpoint), ("harmonizely", "harmonizely"));
    assert_eq!(content.body, BODY);
    assert_eq!(content.coverage, Coverage::Body);
    assert_eq!(content.secret.as_deref(), Some("#1"));
    assert_eq!(content.received_at, NOW);
    assert_eq!(content.content_type, None);
    assert!(delivery.rebuilt_head().is_none());
    assert_eq!(delivery.event_name().as_deref(), Some("meetingScheduled"));
}

#[test]
fn a_check_that_was_finished_without_its_body_fails() {
    let endpoint = plain_endpoint();
    let check = opened(&endpoint, &signed(&Harmonizely, SECRET, message(BODY)));
    let rejection = check.finish().unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
}

/// Asks in the head, as Meta does, and in a verified body.
#[derive(Debug)]
struct Challenge {
    asked: AtomicUsize,
}

impl Handshake for Challenge {
    fn head(&self, head: &dyn RequestHead, _: &Setup<'_>) -> Asked {
        match head.query().and_then(|query| query.strip_prefix("challenge=")) {
            Some(challenge) => Asked::Reply(Reply::new(200).text(challenge.to_owned())),
            None => Asked::Nothing,
        }
    }

    fn verified(&self, content: &Content, _: Option<&Note>) -> Asked {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if content.body == r#"{"type":"ping"}"# {
            Asked::Reply(Reply::new(202).text("pong"))
        } else {
            Asked::Nothing
        }
    }
}

/// A provider that asks, and how to find out whether a body ever reached it.
fn challenger() -> (Custom, &'static Challenge) {
    let challenge: &'static Challenge =
        Box::leak(Box::new(Challenge { asked: AtomicUsize::new(0) }));
    let provider = Custom { handshake: Some(challenge), ..Custom::new(PREFIXED) };
    (provider, challenge)
}

#[test]
fn a_head_that_asks_is_answered_whatever_else_it_says() {
    let (provider, challenge) = challenger();
    let endpoint = endpoint_of(provider, SECRET);
    for method in ["GET", "POST", "DELETE"] {
        let mut asks = Request::post("/hooks?challenge=1234", "").method(method);
        asks.length = Some(u64::MAX);
        match endpoint.open(&asks, NOW) {
            Ok(Opened::Reply(reply)) => {
                assert_eq!((reply.status(), &reply.body()[..]), (200, &b"1234"[..]));
            }
            other => panic!("{method}: {other:?}"),
        }
    }
    let other = Request::post("/hooks?chall=1", "");
    assert_eq!(refused(&endpoint, &other).kind(), RejectionKind::MissingSignature);
    assert_eq!(challenge.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_handshake_on_another_providers_endpoint_is_a_request_like_any_other() {
    let asks = Request::post("/hooks?challenge=1234", "");
    assert_eq!(refused(&plain_endpoint(), &asks).kind(), RejectionKind::MissingSignature);
}

#[test]
fn a_body_that_asks_is_answered_once_it_was_verified_and_never_before() {
    let (provider, challenge) = challenger();
    let endpoint = endpoint_of(provider.clone(), SECRET);
    let ping = signed(&provider, SECRET, message(r#"{"type":"ping"}"#));
    let forged = signed(&provider, "another secret", message(r#"{"type":"ping"}"#));
    assert_eq!(refused(&endpoint, &forged).kind(), RejectionKind::SignatureMismatch);
    assert_eq!(challenge.asked.load(Ordering::Relaxed), 0);
    match outcome(&endpoint, &ping) {
        Outcome::Replied(reply) => {
            assert_eq!((reply.status(), &reply.body()[..]), (202, &b"pong"[..]))
        }
        other => panic!("{other:?}"),
    }
    let event = signed(&provider, SECRET, message(r#"{"type":"other"}"#));
    assert_eq!(delivery(&endpoint, &event).body(), r#"{"type":"other"}"#);
    assert_eq!(challenge.asked.load(Ordering::Relaxed), 2);
}

/// The last segment of the path, where it is none of a few words.
fn tenant_of(head: &dyn RequestHead) -> Option<Arc<str>> {
    head.path().strip_prefix("/tenants/").map(Into::into)
}

fn secrets_of(query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
    match &*query.tenant {
        "acme" => Ok(Some(Secrets::new(Secret::new(SECRET).labelled("of acme")))),
        "both" => Ok(Some(Secrets::new("the other secret").and(SECRET))),
        "none" => Ok(Some(Secrets::default())),
        "empty" => Ok(Some(Secrets::new(""))),
        "broken" => Ok(Some(Secrets::new(SECRET).and("line break\n"))),
        "down" => Err(Unavailable::new("the database is down")),
        _ => Ok(None),
    }
}

/// A source with a name, beside the closures.
#[derive(Debug)]
struct Database;

impl SecretSource for Database {
    async fn secrets(&self, query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
        secrets_of(query)
    }
}

impl KeySource for Database {
    fn key(
        &self,
        query: KeyQuery,
    ) -> impl Future<Output = Result<Option<Key>, Unavailable>> + Send {
        std::future::ready(key_of(&query))
    }
}

impl Sink for Database {
    async fn store(&self, delivery: Delivery) -> Result<Stored, Unavailable> {
        stored(&delivery)
    }
}

/// An endpoint whose secrets come from a closure, and one whose secrets come from a named type.
fn tenants() -> [AnyEndpoint; 2] {
    let closure = |query| async move { secrets_of(query) };
    [
        Endpoint::builder(Harmonizely).secrets_from(tenant_of, closure),
        Endpoint::builder(Harmonizely).secrets_from(tenant_of, Database),
    ]
    .map(|builder| builder.build().unwrap().into_any())
}

fn to_tenant(tenant: &str) -> Request {
    signed(&Harmonizely, SECRET, message(BODY)).target(format!("/tenants/{tenant}"))
}

#[test]
fn secrets_are_looked_up_for_the_tenant_that_the_head_names() {
    for endpoint in tenants() {
        match endpoint.open(&to_tenant("acme"), NOW).unwrap() {
            Opened::NeedSecrets(ask, _) => assert_eq!(&*ask.query.tenant, "acme"),
            other => panic!("{other:?}"),
        }
        for (tenant, label) in [("acme", "of acme"), ("both", "#2")] {
            let content = delivery(&endpoint, &to_tenant(tenant)).into_content();
            assert_eq!(content.secret.as_deref(), Some(label));
            assert_eq!(content.body, BODY);
        }
        let forged = signed(&Harmonizely, "another secret", message(BODY)).target("/tenants/acme");
        assert_eq!(refused(&endpoint, &forged).kind(), RejectionKind::SignatureMismatch);
    }
}

#[test]
fn what_the_head_alone_decides_needs_no_look_up() {
    for endpoint in tenants() {
        let unsigned = to_tenant("acme").without("webhook-signature");
        let got = endpoint.open(&unsigned, NOW).unwrap_err();
        assert_eq!(got.kind(), RejectionKind::MissingSignature);
        let got = endpoint.open(&to_tenant("acme").method("GET"), NOW).unwrap_err();
        assert_eq!(got.kind(), RejectionKind::MethodNotAllowed);
    }
}

#[test]
fn who_is_known_shows_in_no_answer() {
    for endpoint in tenants() {
        let forged = signed(&Harmonizely, "another secret", message(BODY));
        let mismatch = refused(&endpoint, &forged.clone().target("/tenants/acme"));
        assert_eq!(mismatch.kind(), RejectionKind::SignatureMismatch);
        // Also under the key of the check that only costs time, and where no tenant is named.
        let decoyed = signed(&Harmonizely, "decoy", message(BODY));
        for request in [
            forged.clone().target("/tenants/nobody"),
            forged.clone().target("/elsewhere"),
            to_tenant("nobody"),
            to_tenant(""),
            to_tenant("acme").target("/elsewhere"),
            decoyed.clone().target("/tenants/nobody"),
            decoyed.target("/elsewhere"),
        ] {
            let unknown = refused(&endpoint, &request);
            assert_eq!(unknown.kind(), RejectionKind::UnknownTenant, "{request:?}");
            assert_eq!(unknown.reply(), mismatch.reply(), "{request:?}");
            assert_eq!(unknown.status(), mismatch.status());
        }
    }
}

#[test]
fn the_body_of_an_unknown_tenant_is_read_to_its_end() {
    let builder = Endpoint::builder(Harmonizely).body_limit(BODY.len());
    let endpoint = builder.secrets_from(tenant_of, Database).build().unwrap();
    let Opened::NeedSecrets(ask, paused) = endpoint.open(&to_tenant("nobody"), NOW).unwrap() else {
        panic!("no look-up");
    };
    let answer = ready(ask.ask()).unwrap();
    assert!(answer.is_none());
    let mut check = paused.resume(Ok(answer)).unwrap();
    for byte in BODY.bytes() {
        check.push(Bytes::from(vec![byte])).unwrap();
    }
    let rejection = check.push(Bytes::from_static(b" ")).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::BodyTooLarge);
}

#[test]
fn secrets_that_cannot_be_had_are_no_fault_of_the_senders() {
    for endpoint in tenants() {
        for tenant in ["down", "none", "empty", "broken"] {
            let rejection = refused(&endpoint, &to_tenant(tenant));
            assert_eq!(rejection.kind(), RejectionKind::SecretsUnavailable, "{tenant}");
            assert_eq!(rejection.status(), 503, "{tenant}");
            assert!(std::error::Error::source(&rejection).is_some(), "{tenant}");
            assert!(rejection.reply().headers().any(|(name, _)| name == "retry-after"));
        }
    }
}

#[test]
fn secrets_are_looked_up_where_fields_are_signed_too() {
    let provider = IOffice::at("/tenants/acme");
    let builder = Endpoint::builder(provider.clone());
    let endpoint = builder
        .secrets_from(|head| head.path().split('/').nth(2).map(Into::into), Database)
        .build()
        .unwrap();
    let request = hookgate::sign::Message::get("/tenants/acme/CREATE/Agreement/25");
    let request = signed(&provider, SECRET, request);
    assert_eq!(delivery(&endpoint, &request).content().coverage, Coverage::Fields);

    let nobody = Endpoint::builder(provider.clone())
        .secrets_from(|_| Some("nobody".into()), Database)
        .build()
        .unwrap();
    let decoyed = hookgate::sign::Message::get("/tenants/acme/CREATE/Agreement/25");
    let decoyed = signed(&provider, "decoy", decoyed);
    for request in [request, decoyed] {
        assert_eq!(refused(&nobody, &request).kind(), RejectionKind::UnknownTenant);
    }
}

/// The key's id in a header, and among the fields of the signature.
const KEY_IN_HEADER: Scheme<'static> =
    Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key-id"));
const KEY_IN_FIELD: Scheme<'static> =
    Scheme::hmac_sha256("signature").list(",", "=", "sig").key_id(Place::SignatureField("keyId"));

fn key_of(query: &KeyQuery) -> Result<Option<Key>, Unavailable> {
    match &*query.key_id {
        "key-1" => Ok(Some(Key::secret(Secret::new(SECRET).labelled("the first key")))),
        "empty" => Ok(Some(Key::secret(""))),
        "down" => Err(Unavailable::new("the key server is down")),
        _ => Ok(None),
    }
}

fn keyed(scheme: Scheme<'static>) -> [AnyEndpoint; 2] {
    let builder = || Endpoint::builder(Custom::new(scheme));
    [builder().keys_from(|query| async move { key_of(&query) }), builder().keys_from(Database)]
        .map(|builder| builder.build().unwrap().into_any())
}

#[test]
fn a_key_is_looked_up_where_the_request_names_it() {
    struct Case {
        name: &'static str,
        scheme: Scheme<'static>,
        request: fn(&str, &str) -> Request,
    }
    let cases = [
        Case {
            name: "in a header",
            scheme: KEY_IN_HEADER,
            request: |id, signature| {
                Request::post("/hooks", BODY).and("x-key-id", id).and("x-signature", signature)
            },
        },
        Case {
            name: "in a field of the signature",
            scheme: KEY_IN_FIELD,
            request: |id, signature| {
                let value = format!("keyId={id},alg=x,sig={signature}");
                Request::post("/hooks", BODY).and("signature", value)
            },
        },
    ];
    for Case { name, scheme, request } in cases {
        for endpoint in keyed(scheme) {
            let good = request("key-1", &hex_of(BODY));
            let mut check = opened(&endpoint, &good);
            check.push(BODY.into()).unwrap();
            let Verdict::NeedKey(ask, suspended) = check.finish().unwrap() else {
                panic!("{name}: no look-up");
            };
            assert_eq!(&*ask.query.key_id, "key-1", "{name}");
            let Ok(Verdict::Deliver(delivery)) = suspended.resume(ready(ask.ask())) else {
                panic!("{name}: not delivered");
            };
            assert_eq!(delivery.content().secret.as_deref(), Some("the first key"), "{name}");
            assert_eq!(delivery.body(), BODY, "{name}");

            let mismatch = refused(&endpoint, &request("key-1", &hex_of("other")));
            assert_eq!(mismatch.kind(), RejectionKind::SignatureMismatch, "{name}");
            let decoyed = hex(&hmac256(b"decoy", BODY.as_bytes()));
            for signature in [hex_of(BODY), decoyed] {
                let unknown = refused(&endpoint, &request("key-2", &signature));
                assert_eq!(unknown.kind(), RejectionKind::UnknownKey, "{name}");
                assert_eq!(unknown.reply(), mismatch.reply(), "{name}");
            }
            for id in ["down", "empty"] {
                let rejection = refused(&endpoint, &request(id, &hex_of(BODY)));
                assert_eq!(rejection.kind(), RejectionKind::KeysUnavailable, "{name} {id}");
                assert_eq!(rejection.status(), 503, "{name} {id}");
            }
        }
    }
}

#[test]
fn a_key_that_is_not_named_once_is_looked_up_by_nobody() {
    let signature = hex_of(BODY);
    let long = "k".repeat(257);
    let base = Request::post("/hooks", BODY);
    let in_header = base.clone().and("x-signature", signature.clone());
    let field = |value: String| base.clone().and("signature", value);
    for (scheme, request) in [
        (KEY_IN_HEADER, in_header.clone()),
        (KEY_IN_HEADER, in_header.clone().and("x-key-id", "")),
        (KEY_IN_HEADER, in_header.clone().and("x-key-id", "key 1")),
        (KEY_IN_HEADER, in_header.clone().and("x-key-id", long)),
        (KEY_IN_HEADER, in_header.and("x-key-id", "key-1").and("x-key-id", "key-1")),
        (KEY_IN_FIELD, field(format!("sig={signature}"))),
        (KEY_IN_FIELD, field(format!("keyId=,sig={signature}"))),
        (KEY_IN_FIELD, field(format!("keyId=key-1,keyId=key-1,sig={signature}"))),
    ] {
        for endpoint in keyed(scheme) {
            let rejection = endpoint.open(&request, NOW).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::UnknownKey, "{request:?}");
        }
    }
}

fn stored(delivery: &Delivery) -> Result<Stored, Unavailable> {
    match &delivery.body()[..] {
        b"new" => Ok(Stored::New),
        b"again" => Ok(Stored::Duplicate),
        _ => Err(Unavailable::new("the queue is full")),
    }
}

#[test]
fn a_sink_answers_200_for_what_is_safe_and_503_for_the_rest() {
    let endpoint = plain_endpoint();
    let closure = AnySink::new(|delivery: Delivery| async move { stored(&delivery) });
    for sink in [closure, AnySink::new(Database)] {
        for (body, want) in [("new", Ok(200)), ("again", Ok(200)), ("lost", Err(503))] {
            let request = signed(&Harmonizely, SECRET, message(body));
            let taken = ready(sink.take(delivery(&endpoint, &request)));
            let got = taken.map(|reply| reply.status());
            let got = got.map_err(|refusal| {
                assert_eq!(refusal.rejection.kind(), RejectionKind::SinkUnavailable);
                assert!(refusal.rejection.kind().after_verdict());
                refusal.reply.status()
            });
            assert_eq!(got, want, "{body}");
        }
    }
}

#[test]
fn nothing_passes_after_a_piece_was_refused() {
    let builder = Endpoint::builder(Harmonizely).secret(SECRET);
    let endpoint = builder.body_limit(BODY.len()).build().unwrap();
    let mut check = opened(&endpoint, &signed(&Harmonizely, SECRET, message(BODY)));
    check.push(BODY.into()).unwrap();
    check.push(Bytes::from_static(b"more")).unwrap_err();
    // Whoever misses the error must not get the part that fitted for the whole.
    match check.finish() {
        Err(rejection) => assert_eq!(rejection.kind(), RejectionKind::BodyTooLarge),
        Ok(verdict) => panic!("the first part passed for the whole: {verdict:?}"),
    }
}

#[test]
fn the_time_of_the_check_is_the_callers_word() {
    let endpoint = plain_endpoint();
    let request = signed(&Harmonizely, SECRET, message(BODY));
    for seconds in [i64::MIN, -1, 0, i64::MAX] {
        let now = hookgate::UnixTime::from_secs(seconds);
        let Ok(Verdict::Deliver(delivery)) = run_at(&endpoint, &request, now) else {
            panic!("{seconds}");
        };
        assert_eq!(delivery.content().received_at, now);
    }
    let clocked = Endpoint::builder(Harmonizely).secret(SECRET).clock(|| NOW);
    let clocked = clocked.build().unwrap();
    assert_eq!(clocked.now(|| panic!("the adapter's clock was asked")), NOW);
    assert_eq!(endpoint.now(|| NOW), NOW);
}

#[test]
fn every_refusal_is_a_constant_problem_that_nobody_caches() {
    let endpoint = plain_endpoint();
    let request = signed(&Harmonizely, SECRET, message(BODY));
    let rejections: Vec<Rejection> = [
        request.clone().without("webhook-signature"),
        request.clone().with("webhook-signature", ""),
        request.clone().with("webhook-signature", "zz"),
        request.clone().and("webhook-signature", "zz"),
        request.clone().body("{}"),
    ]
    .iter()
    .map(|request| run(&endpoint, request).unwrap_err())
    .collect();
    for rejection in &rejections {
        let reply = rejection.reply();
        assert_eq!(reply, rejections[0].reply(), "{rejection:?}");
        let headers: Vec<_> = reply.headers().collect();
        assert!(headers.contains(&("cache-control", "no-store")));
        assert!(headers.contains(&("x-content-type-options", "nosniff")));
        assert!(headers.contains(&("content-type", "application/problem+json")));
    }
}
