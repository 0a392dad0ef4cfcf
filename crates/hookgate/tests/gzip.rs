//! Bodies that come compressed: what is verified, what is handed on, and what is refused.

#![cfg(all(feature = "gzip", feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{
    Custom, NOW, Outcome, PREFIXED, Request, SECRET, STANDARD, STRIPE_LIKE, WHSEC, delivery,
    endpoint_of, hex_of, message, ours, outcome, refused, run, run_in_pieces, signed,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use hookgate::driver::{Admitted, FrameError, Frames, Gate, Timer};
use hookgate::handshake::Challenge;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::ports::{Key, KeyQuery, SecretQuery, Unavailable};
use hookgate::scheme::{Covered, Place, Scheme, TimeUnit};
use hookgate::{
    AnyEndpoint, Budget, Coverage, Dedupe, Endpoint, Habits, Provider, RawBody, RejectionKind,
    RequestHead, Secrets, UnixTime, UnknownEvents, catalogue, dangerous, harmonizely,
};
use proptest::prelude::*;

const BODY: &str = r#"{"type":"known","event":"meetingScheduled","id":"d-1","data":{}}"#;

/// As [`PREFIXED`], over the bytes before compression.
const PLAIN: Scheme<'static> = PREFIXED.signs(Covered::Plain);

fn gzip(plain: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A body under the signature of a text, as [`PREFIXED`] has it.
fn sent(body: impl Into<Bytes>, signed: impl AsRef<[u8]>) -> Request {
    let signature = format!("sha256={}", hex_of(signed));
    Request::post("/hooks", body).and("x-hub-signature-256", signature)
}

/// A body as [`PREFIXED`] signs it: over what goes over the wire.
fn over_the_wire(wire: impl AsRef<[u8]>) -> Request {
    sent(wire.as_ref().to_vec(), wire).and("content-encoding", "gzip")
}

fn endpoint(scheme: Scheme<'static>) -> AnyEndpoint {
    endpoint_of(Custom::new(scheme), SECRET)
}

#[test]
fn what_was_signed_on_the_wire_is_handed_on_plain() {
    for (scheme, secret) in [(PREFIXED, SECRET), (STRIPE_LIKE, SECRET), (STANDARD, WHSEC)] {
        let provider = Custom::new(scheme);
        let endpoint = endpoint_of(provider.clone(), secret);
        for coding in ["gzip", "GZIP", "x-gzip", "X-Gzip"] {
            let request = signed(&provider, secret, message(gzip(BODY)));
            let request = request.and("content-encoding", coding);
            let delivery = delivery(&endpoint, &request);
            assert_eq!(delivery.body(), BODY);
            assert_eq!(delivery.request_body(), BODY);
            assert_eq!(delivery.content().coverage, Coverage::Body);
            assert_eq!(delivery.content().content_type, None);

            let head = delivery.rebuilt_head().unwrap();
            assert_eq!((head.content_length, head.content_type), (BODY.len(), None));
            assert!(head.outdated.contains(&"content-encoding"));
        }
        // Compressed by the signer of ours.
        let request = signed(&provider, secret, message(BODY).gzipped());
        assert_eq!(request.value("content-encoding"), "gzip");
        assert_eq!(delivery(&endpoint, &request).body(), BODY);

        // As it came, where it says so or nothing.
        for request in [
            signed(&provider, secret, message(BODY)),
            signed(&provider, secret, message(BODY)).and("content-encoding", "identity"),
        ] {
            let delivery = delivery(&endpoint, &request);
            assert_eq!(delivery.body(), BODY);
            assert!(delivery.rebuilt_head().is_none());
        }
    }
}

#[test]
fn the_scheme_says_which_form_is_signed() {
    let (wire, plain) = (endpoint(PREFIXED), endpoint(PLAIN));
    let body = gzip(BODY);
    let over_wire = over_the_wire(&body);
    let over_plain = sent(body.clone(), BODY).and("content-encoding", "gzip");
    assert_eq!(delivery(&wire, &over_wire).body(), BODY);
    assert_eq!(refused(&wire, &over_plain).kind(), RejectionKind::SignatureMismatch);
    assert_eq!(delivery(&plain, &over_plain).body(), BODY);
    assert_eq!(refused(&plain, &over_wire).kind(), RejectionKind::SignatureMismatch);

    // Without a coding both are one.
    for endpoint in [&wire, &plain] {
        assert_eq!(delivery(endpoint, &sent(BODY, BODY)).body(), BODY);
        assert!(delivery(endpoint, &sent(BODY, BODY)).rebuilt_head().is_none());
    }
    // Signed and compressed by the signer of ours.
    let request = signed(&Custom::new(PLAIN), SECRET, message(BODY).gzipped());
    assert_ne!(request.body, BODY);
    let delivery = delivery(&plain, &request);
    assert_eq!(delivery.body(), BODY);
    let head = delivery.rebuilt_head().unwrap();
    assert_eq!((head.content_length, head.content_type), (BODY.len(), None));
}

#[test]
fn the_catalogue_says_it_of_its_providers() {
    // Of the others no source says that they compress.
    for (listed, covered) in [
        (catalogue::QUICKNODE, Covered::Plain),
        (catalogue::STREAM, Covered::Plain),
        (catalogue::NYLAS, Covered::Wire),
    ] {
        assert_eq!(listed.scheme().signs, covered, "{}", listed.id());
        let endpoint = endpoint_of(listed, SECRET);
        let request = signed(&listed, SECRET, message(BODY).gzipped());
        assert_eq!(delivery(&endpoint, &request).body(), BODY, "{}", listed.id());
    }
    let plain = catalogue::ALL.iter().filter(|entry| entry.scheme.signs == Covered::Plain);
    assert_eq!(plain.count(), 2);
}

#[test]
fn one_signed_text_has_one_key() {
    let body = gzip(BODY);
    let keyed = |scheme| {
        let habits = Habits::new().dedupe(Dedupe::BodyDigest);
        endpoint_of(Custom { habits, ..Custom::new(scheme) }, SECRET)
    };
    let keys = |scheme, request: &Request| {
        let delivery = delivery(&keyed(scheme), request);
        (delivery.replay_key().unwrap(), delivery.dedupe_key().unwrap())
    };
    // Whoever replays it can leave the coding's header out, which nobody signs.
    let genuine = over_the_wire(&body);
    let bare = genuine.clone().without("content-encoding");
    assert_eq!(keys(PREFIXED, &genuine), keys(PREFIXED, &bare));
    assert_ne!(keys(PREFIXED, &genuine), keys(PREFIXED, &sent(BODY, BODY)));

    // Or compress the signed text anew.
    let plain = sent(BODY, BODY);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(BODY.as_bytes()).unwrap();
    for wire in [body, encoder.finish().unwrap(), [gzip(""), gzip(BODY)].concat()] {
        let request = sent(wire, BODY).and("content-encoding", "gzip");
        assert_eq!(keys(PLAIN, &request), keys(PLAIN, &plain));
    }
}

#[test]
fn what_does_not_decompress_is_authentic_and_undecodable() {
    let whole = gzip(BODY);
    let cut = &whole[..whole.len() - 3];
    let endpoint = endpoint(PREFIXED);
    for wire in [cut.to_vec(), [&whole[..], b"more"].concat(), BODY.into(), Vec::new()] {
        let rejection = refused(&endpoint, &over_the_wire(&wire));
        assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::Undecodable, 400));
        assert!(rejection.kind().after_verdict());
        let cause = rejection.source().unwrap().to_string();
        assert!(cause.contains("gzip stream"), "{cause}");
        // What nobody signed is not read: it is refused for its signature.
        let forged = sent(wire, "another").and("content-encoding", "gzip");
        assert_eq!(refused(&endpoint, &forged).kind(), RejectionKind::SignatureMismatch);
    }
    // Coded twice, and said once: decoded once.
    let twice = delivery(&endpoint, &over_the_wire(gzip(&whole)));
    assert_eq!(twice.body(), &whole);
}

#[test]
fn what_has_no_plain_form_has_no_signature_over_it() {
    let whole = gzip(BODY);
    for wire in [whole[..whole.len() - 3].to_vec(), [&whole[..], b"more"].concat(), BODY.into()] {
        let request = sent(wire, BODY).and("content-encoding", "gzip");
        let rejection = refused(&endpoint(PLAIN), &request);
        assert_eq!(rejection.kind(), RejectionKind::SignedContent);
        assert!(rejection.kind().is_signature() && !rejection.kind().after_verdict());
        let mismatch = refused(&endpoint(PLAIN), &sent(BODY, "another"));
        assert_eq!(rejection.reply(), mismatch.reply());
    }
}

#[test]
fn a_bomb_is_too_large() {
    const LIMIT: usize = 20_000;
    let limited = |scheme| ours(Custom::new(scheme)).body_limit(LIMIT).build().unwrap();
    let of = |length| vec![b' '; length];
    for length in [LIMIT + 1, 10 << 20] {
        let wire = gzip(of(length));
        assert!(wire.len() < LIMIT);
        assert_eq!(
            refused(&limited(PREFIXED), &over_the_wire(&wire)).kind(),
            RejectionKind::BodyTooLarge
        );
        let over_plain = sent(wire, of(length)).and("content-encoding", "gzip");
        assert_eq!(refused(&limited(PLAIN), &over_plain).kind(), RejectionKind::BodyTooLarge);
    }
    // The limit is inside.
    let wire = gzip(of(LIMIT));
    assert_eq!(delivery(&limited(PREFIXED), &over_the_wire(&wire)).body().len(), LIMIT);
    let over_plain = sent(wire, of(LIMIT)).and("content-encoding", "gzip");
    assert_eq!(delivery(&limited(PLAIN), &over_plain).body().len(), LIMIT);
}

#[test]
fn other_codings_are_refused_by_the_head() {
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    for endpoint in [endpoint(PREFIXED), endpoint(PLAIN), unsigned.into_any()] {
        for coding in ["br", "deflate", "zstd", "compress", "", "gzip, gzip", "identity, gzip"] {
            let request = sent(BODY, BODY).and("content-encoding", coding);
            let rejection = endpoint.open(&request, NOW).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::UnsupportedCoding, "{coding}");
            assert!(!rejection.kind().after_verdict() && !rejection.kind().is_signature());
            let reply = rejection.reply();
            assert_eq!(reply.status(), 415);
            assert!(reply.headers().any(|header| header == ("accept-encoding", "gzip")));
        }
        let twice = sent(BODY, BODY).and("content-encoding", "gzip");
        let twice = twice.and("content-encoding", "gzip");
        let rejection = endpoint.open(&twice, NOW).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::UnsupportedCoding);
    }
}

#[test]
fn an_endpoint_without_signatures_hands_on_the_plain_bytes_too() {
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely));
    let endpoint = unsigned.body_limit(1000).build().unwrap();
    let request = |wire: Vec<u8>| Request::post("/", wire).and("content-encoding", "gzip");
    let passed = delivery(&endpoint, &request(gzip(BODY)));
    assert_eq!(passed.body(), BODY);
    assert_eq!(passed.content().coverage, Coverage::Nothing);
    assert!(passed.replay_key().is_none() && passed.rebuilt_head().is_some());
    for (wire, want) in [
        (gzip(vec![0; 1001]), RejectionKind::BodyTooLarge),
        (BODY.into(), RejectionKind::Undecodable),
    ] {
        assert_eq!(refused(&endpoint, &request(wire)).kind(), want);
    }
}

#[test]
fn names_and_ids_are_read_from_the_plain_bytes() {
    let scheme = PREFIXED
        .event_name(Place::Json("/type"))
        .delivery_id(Place::Json("/id"))
        .signs(Covered::Wire);
    for scheme in [scheme, scheme.signs(Covered::Plain)] {
        let provider = Custom {
            events: &["known"],
            habits: Habits::new().unknown_events(UnknownEvents::Refuse).dedupe(Dedupe::SignedId),
            ..Custom::new(scheme)
        };
        let endpoint = endpoint_of(provider.clone(), SECRET);
        let request = signed(&provider, SECRET, message(BODY).gzipped());
        let passed = delivery(&endpoint, &request);
        // By its id, in whatever form it comes.
        let plain = delivery(&endpoint, &signed(&provider, SECRET, message(BODY)));
        assert_eq!(passed.dedupe_key(), plain.dedupe_key());
        let content = passed.into_content();
        assert_eq!(content.signed.event.as_deref(), Some("known"));
        assert_eq!(content.signed.delivery_id.as_deref(), Some("d-1"));

        let other = message(r#"{"type":"other"}"#).gzipped();
        let rejection = refused(&endpoint, &signed(&provider, SECRET, other));
        assert_eq!(rejection.kind(), RejectionKind::UnknownEvent);
    }
}

const PING: Challenge<'static> =
    Challenge::JsonEcho { when: ("/type", "ping"), challenge: "/challenge" };

#[test]
fn a_handshake_is_read_from_the_plain_bytes() {
    for scheme in [PREFIXED, PLAIN] {
        let provider = Custom { handshake: Some(&PING), ..Custom::new(scheme) };
        let request =
            signed(&provider, SECRET, message(r#"{"type":"ping","challenge":"1234"}"#).gzipped());
        match outcome(&endpoint_of(provider, SECRET), &request) {
            Outcome::Replied(reply) => assert_eq!(&reply.body()[..], b"1234"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_hookgate_writes_itself_has_no_coding() {
    let endpoint = endpoint_of(IOffice::at("/"), SECRET);
    let signature = hex_of("CREATE:Agreement:25");
    let get = Request::post("/CREATE/Agreement/25", "").method("GET");
    let get = get.and("x-ioffice-signature", signature.clone()).and("content-encoding", "gzip");
    let passed = delivery(&endpoint, &get);
    assert!(passed.body().starts_with(b"{"));
    assert_eq!(passed.rebuilt_head().unwrap().content_type, Some("application/json"));

    // Fields are read from the bytes that came, unless the scheme says otherwise.
    let post = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
    let post = Request::post("/", gzip(post)).and("x-ioffice-signature", signature);
    let post = post.and("content-encoding", "gzip");
    assert_eq!(refused(&endpoint, &post).kind(), RejectionKind::SignedContent);

    // JavaScript's form is one of JSON that came as JSON.
    let provider = dangerous::javascript_reserialised();
    let endpoint = endpoint_of(provider, SECRET);
    let token = |text: &[u8]| Request::post("/", "").and("x-connect-it-token", hex_of(text));
    let compressed = gzip(r#"{"type":"test.completed"}"#);
    let request = token(&compressed).body(compressed).and("content-encoding", "gzip");
    assert_eq!(delivery(&endpoint, &request).body(), r#"{"type":"test.completed"}"#);
    let spaced = token(br#"{"type":"test.completed"}"#).body(r#"{ "type": "test.completed" }"#);
    let delivery = delivery(&endpoint, &spaced.and("content-encoding", "gzip"));
    assert_eq!(delivery.body(), r#"{"type":"test.completed"}"#);
}

#[test]
fn keys_that_are_looked_up_verify_either_form() {
    let tenants = |scheme| {
        Endpoint::builder(Custom::new(scheme))
            .secrets_from(
                |head: &dyn RequestHead| head.path().strip_prefix('/').map(Into::into),
                async |query: SecretQuery| {
                    Ok::<_, Unavailable>((&*query.tenant == "hooks").then(|| Secrets::new(SECRET)))
                },
            )
            .build()
            .unwrap()
            .into_any()
    };
    for (scheme, kind) in [(PREFIXED, "wire"), (PLAIN, "plain")] {
        let request = signed(&Custom::new(scheme), SECRET, message(BODY).gzipped());
        assert_eq!(delivery(&tenants(scheme), &request).body(), BODY, "{kind}");
        let stranger = request.target("/stranger");
        let rejection = refused(&tenants(scheme), &stranger);
        assert_eq!(rejection.kind(), RejectionKind::UnknownTenant, "{kind}");

        let scheme = scheme.key_id(Place::Header("x-key"));
        let key = async |query: KeyQuery| {
            Ok::<_, Unavailable>((&*query.key_id == "key-1").then(|| Key::secret(SECRET)))
        };
        let endpoint = Endpoint::builder(Custom::new(scheme)).keys_from(key).build().unwrap();
        let request = signed(&Custom::new(scheme), SECRET, message(BODY).gzipped());
        assert_eq!(delivery(&endpoint, &request).body(), BODY, "{kind}");
        let rejection = refused(&endpoint, &request.with("x-key", "key-2"));
        assert_eq!(rejection.kind(), RejectionKind::UnknownKey, "{kind}");
    }
}

#[test]
fn every_type_decodes_the_plain_bytes() {
    let endpoint = endpoint_of(Harmonizely, SECRET);
    let request = signed(&Harmonizely, SECRET, message(BODY).gzipped());
    let delivery = delivery(&endpoint, &request);
    let event: harmonizely::Event = hookgate::extract(Some(&delivery)).unwrap();
    assert_eq!(event.name(), "meetingScheduled");
    let RawBody(raw) = hookgate::extract(Some(&delivery)).unwrap();
    assert_eq!(raw, BODY);
    assert_eq!(delivery.into_content().body, BODY);
}

#[derive(Debug)]
struct Still;

impl Timer for Still {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

struct Body(Option<Bytes>);

impl Frames for Body {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

fn admit(gate: &Gate, request: &Request) -> Admitted {
    let mut body = Body(Some(request.body.clone()));
    let mut cx = Context::from_waker(Waker::noop());
    match gate.admit(request).poll(&mut cx, Pin::new(&mut body)) {
        Poll::Ready(admitted) => admitted,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn both_forms_are_in_flight_until_the_handler_has_answered() {
    let plain = vec![b' '; 10_000];
    let wire = gzip(&plain);
    let both = wire.len() + plain.len();
    for scheme in [PREFIXED, PLAIN] {
        let request = signed(&Custom::new(scheme), SECRET, message(plain.clone()));
        let signature = request.value("x-hub-signature-256");
        let request = match scheme.signs {
            Covered::Plain => sent(wire.clone(), &plain).with("x-hub-signature-256", signature),
            _ => sent(wire.clone(), &wire),
        };
        let request = request.and("content-encoding", "gzip");
        for (bytes, fits) in [(both, true), (both - 1, false)] {
            let budget = Budget::new(bytes);
            let endpoint = ours(Custom::new(scheme)).in_flight(budget.clone()).body_limit(both);
            let gate = Gate::new(endpoint.build().unwrap(), Still);
            match admit(&gate, &request) {
                Admitted::Passed(delivery, mut ticket) if fits => {
                    assert_eq!(budget.used(), both);
                    // Whoever keeps it is not waited for.
                    let kept = delivery.clone();
                    drop(delivery);
                    assert_eq!(budget.used(), both);
                    ticket.answered(200, None);
                    drop(ticket);
                    assert_eq!((budget.used(), kept.body().len()), (0, plain.len()));
                }
                Admitted::Refused(refusal) if !fits => {
                    assert_eq!(refusal.rejection.kind(), RejectionKind::Overloaded);
                    assert_eq!(refusal.reply.status(), 503);
                }
                other => panic!("{bytes}: {other:?}"),
            }
            assert_eq!(budget.used(), 0);
        }
    }
}

#[test]
fn a_check_without_a_driver_gives_back_what_it_took() {
    let endpoint = endpoint(PREFIXED);
    let budget = endpoint.in_flight().clone();
    let delivery = delivery(&endpoint, &over_the_wire(gzip(BODY)));
    assert_eq!(budget.used(), BODY.len());
    let copy = delivery.clone();
    drop(delivery);
    assert_eq!((budget.used(), copy.body().len()), (0, BODY.len()));
    for wire in [gzip(vec![0; 3 << 20]), gzip(BODY)[..20].to_vec()] {
        refused(&endpoint, &over_the_wire(wire));
        assert_eq!(budget.used(), 0);
    }
}

#[test]
fn what_stands_in_the_body_is_read_from_the_form_that_is_signed() {
    // A time inside the body, which is known once the body is plain.
    let timed = PREFIXED.timestamp(Place::Json("/at"), TimeUnit::Seconds);
    for scheme in [timed, timed.signs(Covered::Plain)] {
        let provider = Custom::new(scheme);
        let endpoint = endpoint_of(provider.clone(), SECRET);
        let at =
            |time: i64| signed(&provider, SECRET, message(format!(r#"{{"at":{time}}}"#)).gzipped());
        let content = delivery(&endpoint, &at(NOW.as_secs())).into_content();
        assert_eq!(content.signed.timestamp.as_deref(), Some("1700000000"));
        let stale = refused(&endpoint, &at(NOW.as_secs() - 1_000));
        assert_eq!(stale.kind(), RejectionKind::StaleTimestamp);
        let none = signed(&provider, SECRET, message(r#"{"at":1700000000}"#));
        let none = none.with("x-hub-signature-256", format!("sha256={}", hex_of(gzip("{}"))));
        let none = none.body(gzip("{}")).and("content-encoding", "gzip");
        let kind = refused(&endpoint, &none).kind();
        let want = match scheme.signs {
            Covered::Plain => RejectionKind::SignatureMismatch,
            _ => RejectionKind::MissingTimestamp,
        };
        assert_eq!(kind, want);
    }

    // A digest of the body in the head, which is signed in its place.
    let digest = PREFIXED.body_digest(Place::Header("x-digest")).signed("{header:x-digest}");
    for scheme in [digest, digest.signs(Covered::Plain)] {
        let provider = Custom::new(scheme);
        let endpoint = endpoint_of(provider.clone(), SECRET);
        let request = signed(&provider, SECRET, message(BODY).gzipped());
        assert_eq!(delivery(&endpoint, &request).body(), BODY);
        let other = refused(&endpoint, &request.body(gzip("another")));
        assert_eq!(other.kind(), RejectionKind::SignatureMismatch);
    }

    // A value of the body in the signed text: there is none in what is compressed.
    let value = PREFIXED.signed("{json:/id}.{body}");
    for (scheme, passes) in [(value, false), (value.signs(Covered::Plain), true)] {
        let provider = Custom::new(scheme);
        let request = signed(&provider, SECRET, message(BODY));
        let request = request.body(gzip(BODY)).and("content-encoding", "gzip");
        let outcome = outcome(&endpoint_of(provider, SECRET), &request);
        assert_eq!(matches!(outcome, Outcome::Delivered(_)), passes, "{outcome:?}");
    }
}

#[test]
fn fields_that_are_signed_say_nothing_of_a_coding() {
    // A form that can be read as one, and as a gzip stream: each of its bytes in a name.
    let form = PREFIXED.signed("{sorted-form}");
    let mut wires = (0..).map(|number| gzip(format!("a={number}")));
    let wire = wires.find(|wire| !wire.iter().any(|byte| b"%+&=".contains(byte))).unwrap();
    let request = sent(wire.clone(), wire).and("content-encoding", "gzip");
    let rejection = refused(&endpoint(form), &request);
    assert!(
        matches!(rejection.kind(), RejectionKind::Undecodable | RejectionKind::SignedContent),
        "{rejection:?}"
    );
    let provider = Custom::new(form.signs(Covered::Plain));
    let plain = message("a=1&b=2").gzipped();
    let request = signed(&provider, SECRET, plain);
    assert_eq!(delivery(&endpoint_of(provider, SECRET), &request).body(), "a=1&b=2");
}

/// Cuts a body at these places.
fn pieces(body: &Bytes, cuts: &[usize]) -> Vec<Bytes> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| body.slice(pair[0]..pair[1])).collect()
}

proptest! {
    #[test]
    fn every_split_into_frames_comes_to_the_same(
        plain in proptest::collection::vec(any::<u8>(), 0..3_000),
        repeat in 1_usize..20,
        cuts in proptest::collection::vec(any::<usize>(), 0..6),
        is_plain in any::<bool>(),
        spoiled in proptest::option::of((any::<usize>(), 1..=u8::MAX)),
        limit in 1_usize..60_000,
    ) {
        let scheme = if is_plain { PLAIN } else { PREFIXED };
        let endpoint = ours(Custom::new(scheme)).body_limit(limit).build().unwrap();
        let plain = plain.repeat(repeat);
        let mut request = signed(&Custom::new(scheme), SECRET, message(plain.clone()).gzipped());
        if let Some((at, with)) = spoiled {
            let mut wire = request.body.to_vec();
            let at = at % wire.len();
            wire[at] ^= with;
            request = request.body(wire);
        }
        let whole: Outcome = run(&endpoint, &request).into();
        let cut = run_in_pieces(&endpoint, &request, NOW, &pieces(&request.body, &cuts));
        prop_assert_eq!(&Outcome::from(cut), &whole);
        match whole {
            Outcome::Delivered(content) => {
                prop_assert_eq!(&content.body, &plain);
                // Only bits that the format passes over, such as its time, can have changed.
                prop_assert!(spoiled.is_none() || is_plain);
            }
            Outcome::Refused(RejectionKind::BodyTooLarge) => {
                prop_assert!(plain.len() > limit || request.body.len() > limit || spoiled.is_some());
            }
            Outcome::Refused(_) => prop_assert!(spoiled.is_some()),
            Outcome::Replied(reply) => panic!("{reply:?}"),
        }
    }

    #[test]
    fn what_is_signed_and_no_gzip_never_panics(
        wire in proptest::collection::vec(any::<u8>(), 0..300),
        genuine in 0_usize..30,
    ) {
        let head = gzip(BODY);
        for wire in [wire.clone(), [&head[..genuine], &wire].concat()] {
            let outcome = outcome(&endpoint(PREFIXED), &over_the_wire(&wire));
            let fine = matches!(
                outcome,
                Outcome::Delivered(_)
                    | Outcome::Refused(RejectionKind::Undecodable | RejectionKind::BodyTooLarge)
            );
            prop_assert!(fine, "{:?}", outcome);
        }
    }
}

#[test]
fn a_form_of_fields_can_be_signed_plain() {
    use common::BodyAsFields;
    use hookgate::Form;

    let provider = Custom { form: Form::Extracted(Arc::new(BodyAsFields)), ..Custom::new(PLAIN) };
    let request = signed(&provider, SECRET, message(BODY).gzipped());
    assert_eq!(delivery(&endpoint_of(provider, SECRET), &request).body(), BODY);
}
