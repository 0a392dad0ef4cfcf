//! Signatures, timestamps and secrets.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use hookgate::check::Opened;
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::scheme::{KeyForm, Scheme};
use hookgate::sign::SignedRequest;
use hookgate::{
    BuildError, Delivery, Endpoint, Rejection, RejectionKind, Secret, Secrets, UnixTime,
};
use http_body::Frame;
use tower::ServiceExt;

use crate::acme::{
    Acme, BARE, LISTED, NOW, PREFIXED, SECRET, SIGNATURE, TIMED, TIMED_LIST, WITH_ID, bare_builder,
    builder, mac, signed, signed_at,
};
use crate::client::Raw;
use crate::server::{Adapter, Handler, PATH, Server};

/// So many signatures of something else.
fn candidates(how_many: usize) -> Vec<String> {
    (0..how_many).map(|number| format!("v1={}", mac(SECRET, format!("{number}")))).collect()
}

fn with_signature(request: &Raw, value: impl Into<String>) -> Raw {
    request.clone().with(SIGNATURE, value)
}

#[test]
fn fault_02_a_hundred_candidates_over_a_large_body() {
    let request = signed(LISTED, vec![b'x'; 1024 * 1024]);
    let right = request.header(SIGNATURE).to_owned();
    let wrong = candidates(128);
    let among = |how_many: usize, at: usize| {
        let mut list: Vec<_> = wrong.iter().take(how_many - 1).cloned().collect();
        list.insert(at, right.clone());
        with_signature(&request, list.join(","))
    };
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(LISTED);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        for request in [among(100, 0), among(100, 50), among(100, 99), among(128, 127)] {
            assert_eq!(server.send(&request).status, 200, "{adapter:?}");
            assert_eq!(handler.take().len(), 1, "{adapter:?}");
        }
        let none_is_right = with_signature(&request, wrong.join(","));
        assert_eq!(server.send(&none_is_right).status, 400, "{adapter:?}");
        assert_eq!(server.send(&among(129, 128)).status, 400, "{adapter:?}");
        let kinds = [RejectionKind::SignatureMismatch, RejectionKind::TooManySignatures];
        assert_eq!(refusals.take(), kinds, "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

/// A body that says how many of its frames were read.
struct Counted {
    left: usize,
    read: Arc<AtomicUsize>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        self.read.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 64 * 1024])))))
    }
}

/// More than any server takes in a head: in process.
#[tokio::test]
async fn fault_02_ten_thousand_candidates_are_refused_by_the_head() {
    let list = vec![candidates(1).concat(); 10_000].join(",");
    let right = signed(LISTED, vec![b'x'; 1024 * 1024]);
    let list = format!("{},{list}", right.header(SIGNATURE));

    // The core refuses without being shown a body.
    let endpoint = builder(LISTED).0.build().unwrap();
    let head = http::Request::post(PATH).header(SIGNATURE, &list).body(()).unwrap();
    let opened = endpoint.open(&head, UnixTime::from_secs(NOW));
    let rejection = opened.map(|_: Opened| ()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::TooManySignatures);

    // The adapters read none of it for a sender that waits, and else only what they discard.
    let handler = async |_: hookgate_axum::Webhook<Delivery>, _: Bytes| "";
    let layer = hookgate_axum::WebhookLayer::new(endpoint.clone());
    let app: Router = Router::new().route(PATH, axum::routing::post(handler).layer(layer));
    for (expect, frames) in [(true, 0), (false, 4)] {
        let read = Arc::new(AtomicUsize::new(0));
        let body = Body::new(Counted { left: 16, read: Arc::clone(&read) });
        let mut request = http::Request::post(PATH).header(SIGNATURE, &list);
        if expect {
            request = request.header("expect", "100-continue");
        }
        let response = app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 400);
        let rejection = response.extensions().get::<Rejection>().unwrap();
        assert_eq!(rejection.kind(), RejectionKind::TooManySignatures);
        assert_eq!(read.load(Ordering::SeqCst), frames);
    }
}

/// More than any server takes in a head: in process.
#[actix_web::test]
async fn fault_02_ten_thousand_candidates_through_actix() {
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    let calls = Arc::new(AtomicUsize::new(0));
    let endpoint = builder(LISTED).0.build().unwrap();
    let right = signed(LISTED, vec![b'x'; 1024 * 1024]);
    let list = vec![candidates(1).concat(); 10_000].join(",");
    let gate = hookgate_actix::WebhookMiddleware::new(endpoint);
    let counted = Arc::clone(&calls);
    let app = App::new().service(web::resource(PATH).wrap(gate).to(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { "" }
    }));
    let app = init_service(app).await;
    for (list, status) in [
        (format!("{},{list}", right.header(SIGNATURE)), 400),
        (right.header(SIGNATURE).into(), 200),
    ] {
        let request = TestRequest::post().uri(PATH).insert_header((SIGNATURE, list));
        let request = request.set_payload(right.body.clone()).to_request();
        let response = call_service(&app, request).await;
        assert_eq!(response.status(), status);
        if status == 400 {
            let extensions = response.response().extensions();
            let rejection = extensions.get::<Rejection>().unwrap();
            assert_eq!(rejection.kind(), RejectionKind::TooManySignatures);
        }
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn fault_09_and_14_only_the_schemes_own_prefix_stands_before_a_signature() {
    let body = "{\"a\":1}";
    let hex = mac(SECRET, body);
    let wrong = [
        hex.clone(),
        format!("sha1={hex}"),
        format!("sha512={hex}"),
        format!("SHA256={hex}"),
        format!("sha256 ={hex}"),
        format!("sha256=sha256={hex}"),
        format!("xsha256={hex}"),
        format!("sha256=zz-{hex}--zz"),
        format!("sha256=0x{hex}"),
        format!("sha256={hex}00"),
        format!("sha256={hex},"),
        format!("sha256= {hex}"),
        format!("sha256={hex};v=1"),
        "sha256=".to_owned(),
    ];
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(PREFIXED);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        let request = signed(PREFIXED, body);
        assert_eq!(request.header(SIGNATURE), format!("sha256={hex}"));
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
        assert_eq!(handler.take().len(), 1, "{adapter:?}");
        for value in &wrong {
            let answer = server.send(&with_signature(&request, value));
            assert_eq!(answer.status, 400, "{adapter:?} {value}");
            assert_eq!(refusals.take(), [RejectionKind::MalformedSignature], "{value}");
        }

        // A scheme without a prefix takes none.
        let (endpoint, refusals) = builder(BARE);
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        assert_eq!(server.send(&with_signature(&request, &hex)).status, 200, "{adapter:?}");
        assert_eq!(handler.take().len(), 1, "{adapter:?}");
        for value in wrong.iter().filter(|value| **value != hex) {
            let answer = server.send(&with_signature(&request, value));
            assert_eq!(answer.status, 400, "{adapter:?} {value}");
            assert_eq!(refusals.take(), [RejectionKind::MalformedSignature], "{value}");
        }
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn fault_10_timestamps_that_are_no_plain_numbers() {
    use RejectionKind::{FutureTimestamp, MalformedTimestamp, StaleTimestamp};
    // Each is signed as it stands there: only the timestamp is wrong with it.
    let timestamps = [
        ("1700000000", None),
        ("-9223372036854775808", Some(MalformedTimestamp)),
        ("9223372036854775807", Some(FutureTimestamp)),
        ("9223372036854775808", Some(MalformedTimestamp)),
        ("18446744073709551616", Some(MalformedTimestamp)),
        ("99999999999999999999", Some(MalformedTimestamp)),
        ("0", Some(StaleTimestamp)),
        ("-1", Some(MalformedTimestamp)),
        ("+1", Some(MalformedTimestamp)),
        ("+1700000000", Some(MalformedTimestamp)),
        ("1700000000.0", Some(MalformedTimestamp)),
        ("1.5", Some(MalformedTimestamp)),
        ("0123", Some(MalformedTimestamp)),
        ("01700000000", Some(MalformedTimestamp)),
        ("1.7e9", Some(MalformedTimestamp)),
        ("0x6553f100", Some(MalformedTimestamp)),
        ("2023-11-14T22:13:20Z", Some(MalformedTimestamp)),
        ("NaN", Some(MalformedTimestamp)),
    ];
    // With the widest tolerance nothing overflows either, and what is ahead is still ahead.
    for (adapter, tolerance) in
        Adapter::ALL.map(|it| (it, 300)).into_iter().chain(Adapter::EACH.map(|it| (it, u32::MAX)))
    {
        for scheme in [TIMED, TIMED_LIST] {
            let (endpoint, refusals) = builder(scheme);
            let endpoint = endpoint.tolerance(Duration::from_secs(tolerance.into()));
            let handler = Handler::default();
            let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
            for (time, want) in timestamps {
                let hex = mac(SECRET, format!("{time}.{{}}"));
                let request = Raw::unsigned(PATH, "{}");
                let request = if scheme == TIMED {
                    request.with("x-acme-time", time).with(SIGNATURE, hex)
                } else {
                    request.with(SIGNATURE, format!("t={time},v1={hex}"))
                };
                let want = want.filter(|kind| *kind != StaleTimestamp || tolerance == 300);
                let answer = server.send(&request);
                let status = if want.is_none() { 200 } else { 400 };
                assert_eq!(answer.status, status, "{adapter:?} {time}");
                assert_eq!(refusals.take(), Vec::from_iter(want), "{adapter:?} {time}");
                assert_eq!(handler.take().len(), usize::from(want.is_none()), "{time}");
            }
        }
    }
}

#[test]
fn fault_17_a_time_ahead_of_the_clock_is_as_wrong_as_one_behind() {
    use RejectionKind::{FutureTimestamp, StaleTimestamp};
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(TIMED);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        for (offset, want) in [
            (-10 * 365 * 86_400, Some(StaleTimestamp)),
            (-301, Some(StaleTimestamp)),
            (-300, None),
            (0, None),
            (300, None),
            (301, Some(FutureTimestamp)),
            (10 * 365 * 86_400, Some(FutureTimestamp)),
        ] {
            let answer = server.send(&signed_at(TIMED, NOW + offset, "d-1", "{}"));
            let status = if want.is_none() { 200 } else { 400 };
            assert_eq!(answer.status, status, "{adapter:?} {offset}");
            assert_eq!(refusals.take(), Vec::from_iter(want), "{adapter:?} {offset}");
            assert_eq!(handler.take().len(), usize::from(want.is_none()), "{offset}");
        }
    }
}

#[test]
fn fault_12_a_secret_that_is_none_is_refused_when_the_endpoint_is_built() {
    use KeyForm::{Base64, Hex, Text, Whsec};
    for (secret, form) in [
        ("", Text),
        ("   ", Text),
        ("\n", Text),
        ("\0\0\0\0", Text),
        ("", Hex),
        ("0x", Hex),
        ("0000", Hex),
        ("", Base64),
        ("====", Base64),
        ("AAAA", Base64),
        ("", Whsec),
        ("whsec_", Whsec),
        ("v1,whsec_", Whsec),
        ("whsec_====", Whsec),
        ("whsec_AAAA", Whsec),
        (" whsec_", Whsec),
    ] {
        let scheme = BARE.key(form);
        let built = bare_builder(scheme).0.secret(secret).build();
        assert!(matches!(built, Err(BuildError::Secret { .. })), "{secret:?} {form:?} {built:?}");
        // Nor beside a good one, nor later.
        let good = if form == Text { "a good secret" } else { "c2VjcmV0c2VjcmV0" };
        let good = if form == Hex { "00112233445566778899" } else { good };
        let built = bare_builder(scheme).0.secret(good).secret(secret).build();
        assert!(matches!(built, Err(BuildError::Secret { .. })), "{secret:?} {form:?}");
        let endpoint = bare_builder(scheme).0.secret(good).build().unwrap();
        assert!(endpoint.secrets().replace(Secrets::new(secret)).is_err(), "{secret:?} {form:?}");
    }
    let built = bare_builder(BARE).0.build();
    assert!(matches!(built, Err(BuildError::NoSecret)));
    let built = bare_builder(BARE).0.secrets(Secrets::default()).build();
    assert!(matches!(built, Err(BuildError::NoSecret)));
}

/// A database can hand out an empty secret at run time: what is signed with it is not taken.
#[test]
fn fault_12_a_secret_that_is_looked_up_and_empty_opens_nothing() {
    // HMAC-SHA256 with an empty key over `{}`.
    const EMPTY_KEY: &str = "22f8eea909400af98adf3681a9f31923ef6b7fcba4abb553d92823a3e9d5c25e";
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = bare_builder(BARE);
        let look_up = async |query: SecretQuery| {
            let secrets = match &*query.tenant {
                "good" => Secrets::new(SECRET),
                "empty" => Secrets::new(""),
                "zero" => Secrets::new(Secret::exact([0; 4])),
                _ => Secrets::default(),
            };
            Ok::<_, Unavailable>(Some(secrets))
        };
        let look_up = move |query| look_up(query);
        let endpoint = endpoint.secrets_from(|head| head.query().map(Arc::from), look_up);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        let to = |tenant: &str, signature: &str| {
            let request = Raw::unsigned(&format!("{PATH}?{tenant}"), "{}");
            server.send(&request.with(SIGNATURE, signature)).status
        };
        for tenant in ["empty", "zero", "none"] {
            let status = to(tenant, EMPTY_KEY);
            assert!((400..600).contains(&status), "{adapter:?} {tenant} {status}");
            assert_eq!(refusals.take().len(), 1, "{adapter:?} {tenant}");
            assert_eq!(handler.calls(), 0, "{adapter:?} {tenant}");
        }
        assert_eq!(to("good", &mac(SECRET, "{}")), 200, "{adapter:?}");
        assert_eq!(handler.calls(), 1, "{adapter:?}");
    }
}

#[test]
fn fault_13_a_malformed_signature_spoils_none_of_the_others() {
    let request = signed(LISTED, "{}");
    let right = request.header(SIGNATURE).to_owned();
    let wrong = candidates(1).concat();
    let junk = ["v1=", "v1=zz", "v1", "=", "", "v1=é", "v1=v1=", "t=", "v0=zz", "v1= "];
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(LISTED);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        for junk in junk {
            for list in [
                format!("{junk},{right}"),
                format!("{right},{junk}"),
                format!("{junk},{right},{junk}"),
                format!("{wrong},{junk},{right}"),
            ] {
                let status = server.send(&with_signature(&request, &list)).status;
                assert_eq!(status, 200, "{adapter:?} {list}");
                assert_eq!(handler.take().len(), 1, "{adapter:?} {list}");
            }
            let status = server.send(&with_signature(&request, format!("{wrong},{junk}"))).status;
            assert_eq!(status, 400, "{adapter:?} {junk}");
        }
        assert!(refusals.take().iter().all(|kind| *kind == RejectionKind::SignatureMismatch));
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn attack_25_heads_that_are_no_text() {
    use RejectionKind::{MalformedDeliveryId, MalformedSignature, MalformedTimestamp};
    let request = signed(WITH_ID, "{}");
    let time = NOW.to_string();
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(WITH_ID);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        for (name, own, kind) in [
            (SIGNATURE, request.header(SIGNATURE), MalformedSignature),
            ("x-acme-time", &*time, MalformedTimestamp),
            ("x-acme-id", "d-1", MalformedDeliveryId),
        ] {
            for odd in [&b"\xff"[..], b"\xc3(", b"\xe2\x82", "\u{ff11}".as_bytes(), b"\t\x80"] {
                // Alone, and after what would be right.
                for before in ["", own] {
                    let mut bytes = request.clone().without(name).head(&["content-length: 2"]);
                    bytes.truncate(bytes.len() - 2);
                    bytes.extend([format!("{name}: {before}").as_bytes(), odd].concat());
                    bytes.extend(b"\r\n\r\n{}");
                    let mut client = server.connect();
                    client.write(&bytes);
                    assert_eq!(client.answer().status, 400, "{adapter:?} {name} {odd:?}");
                    assert_eq!(refusals.take(), [kind], "{adapter:?} {name} {odd:?}");
                }
            }
        }
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
    }
}

/// The tests' own signatures are the provider's.
#[test]
fn the_requests_here_are_signed_as_the_scheme_says() {
    let endpoint: Endpoint<Acme> = builder(TIMED_LIST).0.build().unwrap();
    let scheme: Scheme<'static> = TIMED_LIST;
    let message = hookgate::sign::Message::post(PATH, "{}").at(UnixTime::from_secs(NOW));
    let request: SignedRequest = hookgate::sign::sign(&Acme::new(scheme), SECRET, message).unwrap();
    assert!(hookgate::testing::through(&endpoint, &request).is_ok());
    let hex = mac(SECRET, format!("{NOW}.{{}}"));
    assert_eq!(Raw::from(request).header(SIGNATURE), format!("t={NOW},v1={hex}"));
}
