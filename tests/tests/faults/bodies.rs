//! Bodies: too large, cut into pieces, compressed, broken off, and odd.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_core::Stream;
use hookgate::scheme::{Covered, Scheme};
use hookgate::{Budget, RejectionKind};
use http_body::Frame;
use tower::ServiceExt;

use crate::acme::{BARE, SECRET, SIGNATURE, builder, mac, signed};
use crate::client::{Raw, until};
use crate::server::{Adapter, Handler, PATH, Server};

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

/// A well-formed signature of something else.
fn forged(body: impl Into<Vec<u8>>) -> Raw {
    Raw::unsigned(PATH, body).with(SIGNATURE, mac(SECRET, "something else"))
}

/// Sends a body that goes on and on, until nobody takes it.
fn flood(
    server: &Server,
    head: Vec<u8>,
    pieces: impl Iterator<Item = Vec<u8>> + Send + 'static,
) -> u16 {
    let mut client = server.connect();
    client.write(&head);
    client.write_beside(pieces);
    client.answer().status
}

#[test]
fn fault_01_a_large_body_that_is_not_signed() {
    for adapter in Adapter::ALL {
        // A budget that is spent answers 503: 413 shows that no more was ever held.
        let budget = Budget::new(4 * MIB);
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_limit(2 * MIB).in_flight(budget.clone()).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let declared = format!("content-length: {}", 64 * MIB);

        // Before a byte is read: the answer comes while the body has not been sent.
        for request in [Raw::unsigned(PATH, ""), forged("")] {
            let mut client = server.connect();
            client.write(&request.head(&[&declared, "expect: 100-continue"]));
            let answer = client.answer_instead_of_continue(adapter, "POST");
            assert_eq!(answer.status, 413, "{adapter:?}");
            assert!(answer.body.contains("body_too_large"), "{adapter:?} {}", answer.body);
            let body = std::iter::repeat_n(vec![b'x'; 64 * KIB], 1024);
            assert_eq!(flood(&server, request.head(&[&declared]), body), 413, "{adapter:?}");
        }
        assert_eq!(refusals.take(), [RejectionKind::BodyTooLarge; 4], "{adapter:?}");

        // Without a length only what is read can tell.
        let chunks = || {
            let chunk = [&b"10000\r\n"[..], &[b'x'; 64 * KIB], b"\r\n"].concat();
            std::iter::repeat_n(chunk, 1024)
        };
        let head = forged("").head(&["transfer-encoding: chunked"]);
        assert_eq!(flood(&server, head, chunks()), 413, "{adapter:?}");
        let head = Raw::unsigned(PATH, "").head(&["transfer-encoding: chunked"]);
        assert_eq!(flood(&server, head, chunks()), 400, "{adapter:?}");
        let kinds = [RejectionKind::BodyTooLarge, RejectionKind::MissingSignature];
        assert_eq!(refusals.take(), kinds, "{adapter:?}");

        until("nothing is in flight", || budget.used() == 0);
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn fault_03_a_signed_body_of_300_kb_is_taken() {
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(300_000).collect();
    for adapter in Adapter::ALL {
        let endpoint = builder(BARE).0.build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        assert_eq!(server.send(&signed(BARE, body.clone())).status, 200, "{adapter:?}");
        let seen = handler.take().pop().unwrap();
        assert_eq!(seen.event, body, "{adapter:?}");
        assert!(seen.extracted.is_none_or(|extracted| extracted == body), "{adapter:?}");

        // From a sender that asks first, too.
        let request = signed(BARE, body.clone());
        let mut client = server.connect();
        client.write(&request.head(&["content-length: 300000", "expect: 100-continue"]));
        assert_eq!(client.answer().status, 100, "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        client.write(&body);
        assert_eq!(client.answer().status, 200, "{adapter:?}");
        assert_eq!(handler.take().pop().unwrap().event, body, "{adapter:?}");
    }
}

#[test]
fn fault_04_a_signed_body_over_the_limit_is_too_large_and_no_panic() {
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_limit(3 * MIB).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let over = signed(BARE, vec![b'x'; 3 * MIB + 1]);
        for bytes in [over.declared(), over.chunked(64 * KIB)] {
            let mut client = server.connect();
            client.write_beside(std::iter::once(bytes));
            let answer = client.answer();
            assert_eq!(answer.status, 413, "{adapter:?}");
            assert!(answer.body.contains("body_too_large"), "{adapter:?}");
        }
        assert_eq!(refusals.take(), [RejectionKind::BodyTooLarge; 2], "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        // The limit itself is inside, although it is more than either framework takes by default.
        let fits = signed(BARE, vec![b'x'; 3 * MIB]);
        assert_eq!(server.send(&fits).status, 200, "{adapter:?}");
        assert_eq!(handler.take().pop().unwrap().event.len(), 3 * MIB, "{adapter:?}");
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

/// [`BARE`], over the bytes before compression.
const PLAIN: Scheme<'static> = BARE.signs(Covered::Plain);

#[test]
fn fault_05_and_attack_51_a_compressed_body_is_verified_in_the_form_that_is_signed() {
    let plain = br#"{"type":"order.paid","note":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    let wire = gzip(plain);
    for adapter in Adapter::ALL {
        let over_wire = signed(BARE, wire.clone());
        let over_plain = signed(BARE, plain).body(wire.clone());
        for (scheme, right, wrong) in
            [(BARE, &over_wire, &over_plain), (PLAIN, &over_plain, &over_wire)]
        {
            let (endpoint, refusals) = builder(scheme);
            let handler = Handler::default();
            let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
            for coding in ["gzip", "X-GZip"] {
                let right = right.clone().with("content-encoding", coding);
                let right = right.with("content-type", "application/odd");
                let right = right.with("digest", "sha-256=AAAA");
                for bytes in [right.declared(), right.chunked(7)] {
                    let mut client = server.connect();
                    client.write(&bytes);
                    assert_eq!(client.answer().status, 200, "{adapter:?} {scheme:?}");
                    let seen = handler.take().pop().unwrap();
                    assert_eq!((&seen.event[..], &seen.content.body[..]), (&plain[..], &plain[..]));
                    // The framework's own extractors see the same, and have nothing to decompress.
                    let extracted = seen.extracted.as_ref();
                    assert!(extracted.is_none_or(|body| body == &plain[..]), "{adapter:?}");
                    let kept = &["application/odd".to_owned()][..];
                    assert_eq!(seen.values("content-type"), kept, "{adapter:?}");
                    let length = plain.len().to_string();
                    assert!(seen.values("content-length").iter().all(|value| *value == length));
                    for gone in ["content-encoding", "digest", "transfer-encoding", "trailer"] {
                        assert!(seen.values(gone).is_empty(), "{adapter:?} {gone}");
                    }
                }
            }
            let wrong = wrong.clone().with("content-encoding", "gzip");
            assert_eq!(server.send(&wrong).status, 400, "{adapter:?}");
            assert_eq!(refusals.take(), [RejectionKind::SignatureMismatch], "{adapter:?}");
            assert_eq!(handler.calls(), 0, "{adapter:?}");
        }
    }
}

#[test]
fn attack_51_bombs_and_broken_streams() {
    const LIMIT: usize = 100 * KIB;
    let fits = gzip(&[b' '; LIMIT]);
    for adapter in Adapter::ALL {
        for scheme in [BARE, PLAIN] {
            let (endpoint, refusals) = builder(scheme);
            // What it does not hold is not counted either.
            let budget = Budget::new(2 * LIMIT);
            let endpoint = endpoint.body_limit(LIMIT).in_flight(budget.clone()).build().unwrap();
            let handler = Handler::default();
            let server = Server::start(adapter, endpoint, &handler);
            let plain = scheme.signs == Covered::Plain;
            let send = |wire: Vec<u8>, text: &[u8]| {
                let signed = signed(BARE, if plain { text } else { &wire });
                server.send(&signed.body(wire).with("content-encoding", "gzip"))
            };

            // A thousand times its size, and one byte.
            for length in [4 * MIB, LIMIT + 1] {
                let bomb = vec![b' '; length];
                let wire = gzip(&bomb);
                assert!(wire.len() < LIMIT);
                let answer = send(wire, &bomb);
                assert_eq!(answer.status, 413, "{adapter:?}");
                assert!(answer.body.contains("body_too_large"), "{adapter:?}");
                assert_eq!(refusals.take(), [RejectionKind::BodyTooLarge], "{adapter:?}");
            }
            assert_eq!(send(fits.clone(), &[b' '; LIMIT]).status, 200, "{adapter:?}");
            assert_eq!(handler.take().pop().unwrap().event.len(), LIMIT, "{adapter:?}");

            // Truncated, with something after it, with a wrong checksum, and no gzip at all.
            let text = b"{\"a\":1}";
            let whole = gzip(text);
            let mut wrong = whole.clone();
            wrong[whole.len() - 8] ^= 1;
            for wire in [
                whole[..whole.len() - 1].to_vec(),
                [&whole[..], b"garbage"].concat(),
                wrong,
                text.to_vec(),
            ] {
                let answer = send(wire, text);
                assert_eq!(answer.status, 400, "{adapter:?}");
                // Before the verdict it looks like any wrong signature.
                let (code, kind) = if plain {
                    ("signature_not_verified", RejectionKind::SignedContent)
                } else {
                    ("undecodable", RejectionKind::Undecodable)
                };
                assert!(answer.body.contains(code), "{adapter:?} {}", answer.body);
                assert_eq!(refusals.take(), [kind], "{adapter:?}");
            }
            // Several members are one body.
            let members = [gzip(b"{\"a\""), gzip(b":1}")].concat();
            assert_eq!(send(members, text).status, 200, "{adapter:?}");
            assert_eq!(handler.take().pop().unwrap().event, &text[..], "{adapter:?}");
            assert_eq!(handler.calls(), 0, "{adapter:?}");
            until("nothing is in flight", || budget.used() == 0);
        }
    }
}

#[test]
fn attack_51_other_codings_are_refused_before_a_byte_is_read() {
    let body = b"{\"a\":1}";
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        for codings in [
            &["br"][..],
            &["deflate"],
            &["zstd"],
            &["gzip, gzip"],
            &["gzip", "gzip"],
            &["identity, gzip"],
        ] {
            let lines: Vec<_> =
                codings.iter().map(|coding| format!("content-encoding: {coding}")).collect();
            let mut lines = Vec::from_iter(lines.iter().map(|line| &**line));
            lines.extend(["content-length: 7", "expect: 100-continue"]);
            for request in [signed(BARE, body), forged(body), Raw::unsigned(PATH, body)] {
                let mut client = server.connect();
                client.write(&request.head(&lines));
                let answer = client.answer_instead_of_continue(adapter, "POST");
                assert_eq!(answer.status, 415, "{adapter:?} {codings:?}");
                assert!(answer.body.contains("unsupported_coding"), "{adapter:?}");
                assert_eq!(answer.header("accept-encoding"), Some("gzip"), "{adapter:?}");
                let kind = RejectionKind::UnsupportedCoding;
                assert_eq!(refusals.take(), [kind], "{adapter:?}");
            }
        }
        // Which says nothing.
        let identity = signed(BARE, body).with("content-encoding", "identity");
        assert_eq!(server.send(&identity).status, 200, "{adapter:?}");
        let seen = handler.take().pop().unwrap();
        assert_eq!(seen.values("content-encoding"), ["identity"], "{adapter:?}");
    }
}

#[test]
fn fault_06_a_body_extractor_after_ours_sees_the_same_body() {
    let mut second_extractors = 0;
    for adapter in Adapter::ALL {
        let handler = Handler::default();
        let server = Server::start(adapter, builder(BARE).0.build().unwrap(), &handler);
        for body in [&b"{\"a\":1}"[..], b"x", b""] {
            let request = signed(BARE, body);
            for bytes in [request.declared(), request.chunked(3)] {
                let mut client = server.connect();
                client.write(&bytes);
                assert_eq!(client.answer().status, 200, "{adapter:?}");
                let seen = handler.take().pop().unwrap();
                assert_eq!((&seen.event[..], &seen.content.body[..]), (body, body), "{adapter:?}");
                if let Some(extracted) = seen.extracted {
                    assert_eq!(extracted, body, "{adapter:?}");
                    second_extractors += 1;
                }
            }
        }
    }
    // axum's one-line route does not compile with one.
    assert_eq!(second_extractors, 3 * 3 * 2);
}

#[test]
fn fault_07_chunked_without_a_length() {
    let body = br#"{"type":"order.paid","id":"o-1"}"#;
    let request = signed(BARE, body);
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let mut client = server.connect();
        // One connection for all, so that each is known to end where it ends.
        for (chunk, write) in [(usize::MAX, usize::MAX), (1, usize::MAX), (7, 1), (7, 5)] {
            let chunk = chunk.min(body.len());
            for piece in request.chunked(chunk).chunks(write.min(4096)) {
                client.write(piece);
            }
            assert_eq!(client.answer().status, 200, "{adapter:?} {chunk}");
            let seen = handler.take().pop().unwrap();
            assert_eq!(seen.event, &body[..], "{adapter:?} {chunk}");
        }
        // Many frames: more than are read in one turn.
        let long = signed(BARE, vec![b'x'; 20_000]);
        client.write(&long.chunked(1));
        assert_eq!(client.answer().status, 200, "{adapter:?}");
        assert_eq!(handler.take().pop().unwrap().event.len(), 20_000, "{adapter:?}");

        // Two in one write, with the lengths that they have.
        client.write(&[request.chunked(7), signed(BARE, "{}").chunked(1)].concat());
        assert_eq!((client.answer().status, client.answer().status), (200, 200), "{adapter:?}");
        let lengths = Vec::from_iter(handler.take().iter().map(|seen| seen.event.len()));
        assert_eq!(lengths, [body.len(), 2], "{adapter:?}");

        // A signature in the trailers is none.
        let signature = request.header(SIGNATURE).to_owned();
        let mut late = request.clone().without(SIGNATURE).head(&["transfer-encoding: chunked"]);
        late.extend(format!("{:x}\r\n", body.len()).into_bytes());
        late.extend_from_slice(body);
        late.extend(format!("\r\n0\r\n{SIGNATURE}: {signature}\r\n\r\n").into_bytes());
        let mut client = server.connect();
        client.write(&late);
        assert_eq!(client.answer().status, 400, "{adapter:?}");
        assert_eq!(refusals.take(), [RejectionKind::MissingSignature], "{adapter:?}");
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        until("nothing is in flight", || budget.used() == 0);
    }
}

/// Frames as HTTP/1 never has them: empty ones, of which there can be any number.
fn frames() -> VecDeque<Bytes> {
    let body = Bytes::from_static(b"{\"a\":1}");
    let empty = || std::iter::repeat_n(Bytes::new(), 1000);
    let mut frames = VecDeque::from_iter(empty());
    for at in 0..body.len() {
        frames.push_back(body.slice(at..=at));
        frames.extend(empty());
    }
    frames
}

/// A body that is always ready, and may end with trailers.
struct Ready(VecDeque<Bytes>, bool);

impl http_body::Body for Ready {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(match self.0.pop_front() {
            Some(frame) => Some(Ok(Frame::data(frame))),
            None if std::mem::take(&mut self.1) => {
                Some(Ok(Frame::trailers(http::HeaderMap::new())))
            }
            None => None,
        })
    }
}

impl Stream for Ready {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

#[tokio::test]
async fn fault_07_empty_frames_and_trailers_in_axum() {
    let request = signed(BARE, "{\"a\":1}");
    let layer = hookgate_axum::WebhookLayer::new(builder(BARE).0.build().unwrap());
    let app: Router = Router::new().route(PATH, post(async |body: Bytes| body).layer(layer));
    let sent = http::Request::post(PATH).header(SIGNATURE, request.header(SIGNATURE));
    let sent = sent.body(Body::new(Ready(frames(), true))).unwrap();
    let answer = app.oneshot(sent).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(axum::body::to_bytes(answer.into_body(), 64).await.unwrap(), request.body);
}

#[actix_web::test]
async fn fault_07_empty_frames_in_actix() {
    let request = signed(BARE, "{\"a\":1}");
    let gate = hookgate_actix::WebhookMiddleware::new(builder(BARE).0.build().unwrap());
    let app = App::new().service(web::resource(PATH).wrap(gate).to(async |body: Bytes| body));
    let app = init_service(app).await;
    let sent = TestRequest::post().uri(PATH);
    let sent = sent.insert_header((SIGNATURE, request.header(SIGNATURE))).to_request();
    let frames: Pin<Box<dyn Stream<Item = _>>> = Box::pin(Ready(frames(), false));
    let (sent, _) = sent.replace_payload(Payload::from(frames));
    let answer = call_service(&app, sent).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(read_body(answer).await, request.body);
}

#[test]
fn fault_08_a_client_that_aborts_in_the_body() {
    let request = signed(BARE, vec![b'x'; 10 * KIB]);
    let declared = request.declared();
    let chunked = request.chunked(KIB);
    // The last byte, the last chunk, and all of the rest are missing; and a length that lies.
    let lie = [request.head(&["content-length: 10241"]), request.body.clone()].concat();
    let cut = |bytes: &[u8], by: usize| bytes.get(..bytes.len() - by).unwrap().to_vec();
    let halves = [
        cut(&declared, 1),
        cut(&declared, 5 * KIB),
        cut(&chunked, 16),
        cut(&chunked, 5 * KIB),
        lie,
    ];
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        for half in &halves {
            let mut client = server.connect();
            client.write(half);
            until("the body is read", || budget.used() > 4 * KIB);
            client.abort();
            until("the future ends", || budget.used() == 0);
        }
        assert_eq!(handler.calls(), 0, "{adapter:?}");
        // It may be dropped before it can be refused, and is never refused for another reason.
        let kinds = refusals.take();
        assert!(kinds.iter().all(|kind| *kind == RejectionKind::BodyInterrupted), "{kinds:?}");
        // The one worker is free.
        assert_eq!(server.send(&request).status, 200, "{adapter:?}");
    }
}

#[test]
fn attack_49_what_comes_after_the_declared_length_is_another_request() {
    let body = "{\"a\":1}";
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        // The declared part is signed, or all of it: judged is what was declared.
        let all = signed(BARE, body);
        let part = signed(BARE, "{").body(body);
        for (request, status) in [(all, 400), (part, 200)] {
            let mut client = server.connect();
            client.write(&request.head(&["content-length: 1"]));
            client.write(body.as_bytes());
            assert_eq!(client.answer().status, status, "{adapter:?}");
            // The rest is no request, and reaches nobody.
            assert_eq!(client.answer().status, 400, "{adapter:?}");
        }
        let seen = handler.take();
        assert_eq!(seen.iter().map(|seen| &*seen.event).collect::<Vec<_>>(), [b"{"], "{adapter:?}");
        assert_eq!(refusals.take(), [RejectionKind::SignatureMismatch], "{adapter:?}");

        // Two lengths, and a length beside chunks, are two readings of one request.
        let genuine = signed(BARE, body);
        for lines in [
            &["content-length: 7", "content-length: 1"][..],
            &["content-length: 7, 1"],
            &["content-length: +7"],
            &["content-length: -7"],
        ] {
            let mut client = server.connect();
            client.write(&genuine.head(lines));
            client.write(body.as_bytes());
            assert_eq!(client.answer().status, 400, "{adapter:?} {lines:?}");
        }
        assert_eq!((handler.calls(), refusals.take()), (0, Vec::new()), "{adapter:?}");

        // A length beside chunks: whoever takes the chunks takes all of them, and no length.
        let smuggled = signed(BARE, "0\r\n\r\nPOST /hooks/acme HTTP/1.1\r\n");
        for length in [0, 5, 1000] {
            let length = format!("content-length: {length}");
            let mut bytes = smuggled.head(&[&length, "transfer-encoding: chunked"]);
            bytes.extend(format!("{:x}\r\n", smuggled.body.len()).into_bytes());
            bytes.extend_from_slice(&smuggled.body);
            bytes.extend(b"\r\n0\r\n\r\n");
            let mut client = server.connect();
            client.write(&bytes);
            let status = client.answer().status;
            let bodies = Vec::from_iter(handler.take().into_iter().map(|seen| seen.event));
            match status {
                200 => assert_eq!(bodies, [&smuggled.body[..]], "{adapter:?} {length}"),
                400 => assert!(bodies.is_empty(), "{adapter:?} {length}"),
                other => panic!("{adapter:?} {length}: {other}"),
            }
        }
        until("nothing is in flight", || budget.used() == 0);
    }
}

#[test]
fn attack_50_a_client_that_stops_in_the_body_is_not_waited_for() {
    let request = signed(BARE, vec![b'x'; 10 * KIB]);
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_deadline(std::time::Duration::from_millis(50));
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let (declared, chunked) = (request.declared(), request.chunked(KIB));
        // Before the body, in the middle, and before the last byte or the last chunk.
        for bytes in [
            request.head(&["content-length: 10240"]),
            declared[..5 * KIB].to_vec(),
            declared[..declared.len() - 1].to_vec(),
            chunked[..5 * KIB].to_vec(),
            chunked[..chunked.len() - 16].to_vec(),
        ] {
            let mut client = server.connect();
            client.write(&bytes);
            assert_eq!(client.answer().status, 408, "{adapter:?}");
            until("nothing is in flight", || budget.used() == 0);
            assert_eq!(refusals.take(), [RejectionKind::BodyTimeout], "{adapter:?}");
            // What comes after all is too late.
            client.write(&declared[declared.len() - 1..]);
            assert_eq!(handler.calls(), 0, "{adapter:?}");
        }
    }
}

#[test]
fn fault_11_and_15_bodies_that_are_no_text_and_bodies_that_look_like_templates() {
    let bodies: [&[u8]; 9] = [
        b"\x00\xff\xfe\xc3(\xe2\x82",
        b"\xef\xbb\xbf{}",
        b"\r\n\r\n0\r\n\r\n",
        b"$&",
        b"$$ $1 $` $'",
        b"{body}{ts}{id}",
        b"%s %n %x {} {0}",
        b"\\u0000\\n",
        b"v1=,t=",
    ];
    for adapter in Adapter::ALL {
        for scheme in [BARE, crate::acme::TIMED, crate::acme::WITH_ID] {
            let handler = Handler::default();
            let server = Server::start(adapter, builder(scheme).0.build().unwrap(), &handler);
            for body in bodies {
                assert_eq!(server.send(&signed(scheme, body)).status, 200, "{adapter:?} {body:?}");
                let seen = handler.take().pop().unwrap();
                assert_eq!(seen.event, body, "{adapter:?}");
                assert!(seen.extracted.is_none_or(|bytes| bytes == body), "{adapter:?}");
                // Signed as another text, or with another text in its place.
                let other = signed(scheme, body).body(Bytes::copy_from_slice(b"{}").to_vec());
                assert_eq!(server.send(&other).status, 400, "{adapter:?} {body:?}");
            }
            assert_eq!(handler.calls(), 0, "{adapter:?}");
        }
    }
}

#[test]
fn fault_16_a_request_without_a_content_type_is_verified_like_any_other() {
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint.build().unwrap(), &handler);
        let request = signed(BARE, "{\"a\":1}");
        for request in [
            request.clone().without("content-type"),
            request.clone().with("content-type", ""),
            request.clone().with("content-type", "no such thing"),
            request.clone().with("content-type", "application/x-www-form-urlencoded"),
        ] {
            assert_eq!(server.send(&request).status, 200, "{adapter:?}");
            assert_eq!(handler.take().len(), 1, "{adapter:?}");
            assert_eq!(server.send(&request.body("{\"a\":2}")).status, 400, "{adapter:?}");
            assert_eq!(refusals.take(), [RejectionKind::SignatureMismatch], "{adapter:?}");
        }
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}
