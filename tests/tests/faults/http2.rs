//! The faults of bodies again, over HTTP/2: frames of any size, streams that are reset, and many
//! streams at once. The client knows beforehand that HTTP/2 is spoken.

use std::future::poll_fn;

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use hookgate::{Budget, RejectionKind};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::acme::{BARE, SECRET, SIGNATURE, builder, mac, signed};
use crate::client::{PATIENCE, Raw, until};
use crate::server::{Adapter, Handler, PATH, Server};

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

/// One connection, driven beside the test.
struct Connection {
    send: SendRequest<Bytes>,
    driven: JoinHandle<()>,
}

/// A request under way: its body, and the answer to it.
struct Upload {
    body: SendStream<Bytes>,
    response: ResponseFuture,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
}

/// Runs a test's client, and gives up where it waits for ever.
fn run<T>(client: impl Future<Output = T>) -> T {
    // One worker drives the connections while the test itself waits.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async { timeout(PATIENCE, client).await.unwrap() })
}

impl Connection {
    async fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(server.http2()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (send, connection) = Builder::new().handshake(stream).await.unwrap();
        let driven = tokio::spawn(async move {
            // Its end is seen by the streams.
            let _ = connection.await;
        });
        Self { send, driven }
    }

    /// Begins a request: its head, with headers that are not the request's own.
    async fn open(&mut self, request: &Raw, more: &[(&str, &str)]) -> Upload {
        let own = request.headers.iter().map(|(name, value)| (&**name, &**value));
        let uri = format!("http://test{}", request.target);
        let mut head = http::Request::builder().method(&*request.method).uri(uri);
        for (name, value) in own.chain(more.iter().copied()) {
            head = head.header(name, value);
        }
        self.send = self.send.clone().ready().await.unwrap();
        let (response, body) = self.send.send_request(head.body(()).unwrap(), false).unwrap();
        Upload { body, response }
    }

    /// A whole request, in one frame where it fits into one.
    async fn send(&mut self, request: &Raw) -> Answer {
        let mut upload = self.open(request, &[]).await;
        if upload.write(&request.body).await {
            upload.end();
        }
        upload.answer().await.unwrap()
    }

    /// Breaks off in the middle of whatever goes on.
    fn abort(self) {
        self.driven.abort();
    }
}

impl Upload {
    /// Writes for as long as the server takes it; says whether it took all.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        let mut bytes = Bytes::copy_from_slice(bytes);
        while !bytes.is_empty() {
            self.body.reserve_capacity(bytes.len());
            let Some(Ok(room)) = poll_fn(|cx| self.body.poll_capacity(cx)).await else {
                return false;
            };
            let piece = bytes.split_to(room.min(bytes.len()));
            if !piece.is_empty() && !self.frame(piece) {
                return false;
            }
        }
        true
    }

    /// One frame, which may be empty.
    fn frame(&mut self, bytes: impl Into<Bytes>) -> bool {
        self.body.send_data(bytes.into(), false).is_ok()
    }

    fn end(&mut self) {
        // A server that answered before may have closed the stream.
        let _ = self.body.send_data(Bytes::new(), true);
    }

    fn end_with(&mut self, name: &'static str, value: &str) {
        let mut trailers = HeaderMap::new();
        let value = HeaderValue::from_str(value).unwrap();
        trailers.insert(HeaderName::from_static(name), value);
        self.body.send_trailers(trailers).unwrap();
    }

    /// Reads the answer to its end.
    async fn answer(self) -> Result<Answer, h2::Error> {
        let (head, mut frames) = self.response.await?.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = frames.data().await {
            body.extend_from_slice(&frame?);
        }
        Ok(Answer { status: head.status.as_u16(), body: String::from_utf8(body).unwrap() })
    }
}

/// A well-formed signature of something else.
fn forged(body: impl Into<Vec<u8>>) -> Raw {
    Raw::unsigned(PATH, body).with(SIGNATURE, mac(SECRET, "something else"))
}

/// Sends 64 MiB, or what is taken of them, and reads the answer.
async fn flood(connection: &mut Connection, request: &Raw, more: &[(&str, &str)]) -> Answer {
    let mut upload = connection.open(request, more).await;
    for _ in 0..1024 {
        if !upload.write(&[b'x'; 64 * KIB]).await {
            break;
        }
    }
    upload.answer().await.unwrap()
}

#[test]
fn fault_01_over_http2_the_answer_to_a_large_body_is_read_and_not_a_reset() {
    for adapter in Adapter::ALL {
        let budget = Budget::new(4 * MIB);
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_limit(2 * MIB).in_flight(budget.clone()).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        let length = (64 * MIB).to_string();
        let declared = [("content-length", &*length)];
        run(async {
            let mut connection = Connection::to(&server).await;
            for request in [Raw::unsigned(PATH, ""), forged("")] {
                // Before a byte is read: nothing of the body is ever sent.
                let asks = [declared[0], ("expect", "100-continue")];
                let answer = connection.open(&request, &asks).await.answer().await.unwrap();
                assert_eq!(answer.status, 413, "{adapter:?}");
                assert!(answer.body.contains("body_too_large"), "{adapter:?} {}", answer.body);
                let answer = flood(&mut connection, &request, &declared).await;
                assert_eq!(answer.status, 413, "{adapter:?}");
                assert!(answer.body.contains("body_too_large"), "{adapter:?} {}", answer.body);
            }
            assert_eq!(refusals.take(), [RejectionKind::BodyTooLarge; 4], "{adapter:?}");

            // Without a length only what is read can tell.
            let answer = flood(&mut connection, &forged(""), &[]).await;
            assert_eq!(answer.status, 413, "{adapter:?}");
            let answer = flood(&mut connection, &Raw::unsigned(PATH, ""), &[]).await;
            assert_eq!(answer.status, 400, "{adapter:?}");
            let kinds = [RejectionKind::BodyTooLarge, RejectionKind::MissingSignature];
            assert_eq!(refusals.take(), kinds, "{adapter:?}");
            until("nothing is in flight", || budget.used() == 0);
            assert_eq!(handler.calls(), 0, "{adapter:?}");
            // Nor did any of it harm the connection.
            assert_eq!(connection.send(&signed(BARE, "{}")).await.status, 200, "{adapter:?}");
        });
    }
}

#[test]
fn fault_03_and_04_over_http2_large_signed_bodies() {
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_limit(3 * MIB).build().unwrap();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            for length in [300_000, 3 * MIB] {
                let body: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
                let answer = connection.send(&signed(BARE, body.clone())).await;
                assert_eq!(answer.status, 200, "{adapter:?}");
                let seen = handler.take().pop().unwrap();
                assert!(seen.event == body, "{adapter:?}: another body");
                assert!(seen.extracted.is_none_or(|extracted| extracted == body), "{adapter:?}");
            }
            // From a sender that asks first, and is not told to go on: HTTP/2 servers need not.
            let request = signed(BARE, vec![b'x'; 300_000]);
            let asks = [("content-length", "300000"), ("expect", "100-continue")];
            let mut upload = connection.open(&request, &asks).await;
            assert!(upload.write(&request.body).await, "{adapter:?}");
            upload.end();
            assert_eq!(upload.answer().await.unwrap().status, 200, "{adapter:?}");
            assert_eq!(handler.take().len(), 1, "{adapter:?}");

            let over = signed(BARE, vec![b'x'; 3 * MIB + 1]);
            let answer = connection.send(&over).await;
            assert_eq!(answer.status, 413, "{adapter:?}");
            assert!(answer.body.contains("body_too_large"), "{adapter:?} {}", answer.body);
            assert_eq!(refusals.take(), [RejectionKind::BodyTooLarge], "{adapter:?}");
            assert_eq!(handler.calls(), 0, "{adapter:?}");
        });
    }
}

#[test]
fn fault_07_over_http2_frames_of_any_size_and_trailers() {
    let body = br#"{"type":"order.paid","id":"o-1"}"#;
    let request = signed(BARE, body);
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            // So few empty frames that no HTTP/2 library ends the connection for them.
            for (size, empty, trailers) in
                [(32, 0, false), (1, 0, true), (7, 1, false), (1, 1, true), (32, 3, true)]
            {
                let mut upload = connection.open(&request, &[]).await;
                for piece in body.chunks(size) {
                    for _ in 0..empty {
                        assert!(upload.frame(""), "{adapter:?}");
                    }
                    assert!(upload.write(piece).await, "{adapter:?}");
                }
                if trailers {
                    upload.end_with("x-after", "1");
                } else {
                    upload.end();
                }
                let answer = upload.answer().await.unwrap();
                assert_eq!(answer.status, 200, "{adapter:?} {size} {empty}");
                let seen = handler.take().pop().unwrap();
                assert_eq!(seen.event, &body[..], "{adapter:?} {size} {empty}");
            }

            // A signature in the trailers is none.
            let mut upload = connection.open(&request.clone().without(SIGNATURE), &[]).await;
            assert!(upload.write(body).await, "{adapter:?}");
            upload.end_with(SIGNATURE, request.header(SIGNATURE));
            assert_eq!(upload.answer().await.unwrap().status, 400, "{adapter:?}");
            assert_eq!(refusals.take(), [RejectionKind::MissingSignature], "{adapter:?}");
            assert_eq!(handler.calls(), 0, "{adapter:?}");
            until("nothing is in flight", || budget.used() == 0);
        });
    }
}

#[test]
fn fault_08_over_http2_streams_that_are_reset_and_connections_that_break() {
    let request = signed(BARE, vec![b'x'; 10 * KIB]);
    let half = &request.body[..5 * KIB];
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            for reason in [Reason::CANCEL, Reason::NO_ERROR, Reason::INTERNAL_ERROR] {
                let mut upload = connection.open(&request, &[]).await;
                assert!(upload.write(half).await, "{adapter:?}");
                until("the body is read", || budget.used() == half.len());
                upload.body.send_reset(reason);
                until("the future ends", || budget.used() == 0);
                assert!(upload.answer().await.is_err(), "{adapter:?}");
                assert_eq!(handler.calls(), 0, "{adapter:?} {reason:?}");
                // It may be dropped before it can be refused. hyper reads a reset without an error
                // as the end of the body, and half of a body is not what was signed.
                let is_end = reason == Reason::NO_ERROR && !adapter.is_actix();
                for kind in refusals.take() {
                    let mismatch = kind == RejectionKind::SignatureMismatch && is_end;
                    assert!(mismatch || kind == RejectionKind::BodyInterrupted, "{kind:?}");
                }
            }
            // Nor does it end a body of which a length was declared that did not come.
            let length = (request.body.len() + 1).to_string();
            for body in [half, &request.body] {
                let declared = [("content-length", &*length)];
                let mut upload = connection.open(&request, &declared).await;
                assert!(upload.write(body).await, "{adapter:?}");
                until("the body is read", || budget.used() == body.len());
                upload.body.send_reset(Reason::NO_ERROR);
                until("the future ends", || budget.used() == 0);
                assert_eq!(handler.calls(), 0, "{adapter:?}");
            }
            // All of the body came, but not its end.
            let mut upload = connection.open(&request, &[]).await;
            assert!(upload.write(&request.body).await, "{adapter:?}");
            until("the body is read", || budget.used() == request.body.len());
            upload.body.send_reset(Reason::CANCEL);
            until("the future ends", || budget.used() == 0);

            // One stream's end is not that of its neighbours.
            let mut other = connection.open(&request, &[]).await;
            assert!(other.write(half).await, "{adapter:?}");
            until("the body is read", || budget.used() == half.len());
            assert_eq!(connection.send(&request).await.status, 200, "{adapter:?}");
            assert_eq!(handler.take().len(), 1, "{adapter:?}");

            connection.abort();
            until("the future ends", || budget.used() == 0);
            let mut connection = Connection::to(&server).await;
            assert_eq!(connection.send(&request).await.status, 200, "{adapter:?}");
            assert_eq!(handler.take().len(), 1, "{adapter:?}");
        });
        let kinds = refusals.take();
        assert!(kinds.iter().all(|kind| *kind == RejectionKind::BodyInterrupted), "{kinds:?}");
    }
}

#[test]
fn attack_49_over_http2_a_length_that_lies() {
    let request = signed(BARE, vec![b'x'; 10 * KIB]);
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            for length in [0, 1, 10 * KIB - 1, 10 * KIB + 1, 20 * KIB] {
                let length = length.to_string();
                let mut upload = connection.open(&request, &[("content-length", &length)]).await;
                if upload.write(&request.body).await {
                    upload.end();
                }
                // The server may have no more than a reset to say.
                if let Ok(answer) = upload.answer().await {
                    assert_eq!(answer.status, 400, "{adapter:?} {length}");
                }
                until("nothing is in flight", || budget.used() == 0);
                assert_eq!(handler.calls(), 0, "{adapter:?} {length}");
            }
            let kinds = refusals.take();
            let cut_off = |kind: &RejectionKind| {
                // What came before the lie showed is not what was signed.
                matches!(kind, RejectionKind::BodyInterrupted | RejectionKind::SignatureMismatch)
            };
            assert!(kinds.iter().all(cut_off), "{adapter:?} {kinds:?}");
            let mut connection = Connection::to(&server).await;
            assert_eq!(connection.send(&request).await.status, 200, "{adapter:?}");
        });
        assert_eq!(handler.calls(), 1, "{adapter:?}");
    }
}

#[test]
fn attack_50_over_http2_a_stream_that_stops_is_not_waited_for() {
    let request = signed(BARE, vec![b'x'; 10 * KIB]);
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let deadline = std::time::Duration::from_millis(50);
        let endpoint = endpoint.body_deadline(deadline).build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            for bytes in [0, 5 * KIB, 10 * KIB] {
                let mut upload = connection.open(&request, &[]).await;
                // It neither ends nor goes on; on a slow machine the deadline may be over before.
                let _ = upload.write(&request.body[..bytes]).await;
                assert_eq!(upload.answer().await.unwrap().status, 408, "{adapter:?} {bytes}");
                until("nothing is in flight", || budget.used() == 0);
            }
            assert_eq!(refusals.take(), [RejectionKind::BodyTimeout; 3], "{adapter:?}");
        });
        assert_eq!(handler.calls(), 0, "{adapter:?}");
    }
}

#[test]
fn many_streams_at_once_are_judged_each_by_its_own_bytes() {
    const STREAMS: usize = 60;
    for adapter in Adapter::ALL {
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.build().unwrap();
        let budget = endpoint.in_flight().clone();
        let handler = Handler::default();
        let server = Server::start(adapter, endpoint, &handler);
        run(async {
            let mut connection = Connection::to(&server).await;
            let mut streams = Vec::new();
            for number in 0..STREAMS {
                let genuine = signed(BARE, format!("{number:03}").repeat(50));
                // Every third has its neighbour's body under its own signature.
                let request = match number % 3 {
                    0 => genuine.body(format!("{:03}", number + 1).repeat(50)),
                    _ => genuine,
                };
                let upload = connection.open(&request, &[]).await;
                streams.push((number, request.body, upload));
            }
            // Their frames come in turns.
            for at in (0..150).step_by(10) {
                for (_, body, upload) in &mut streams {
                    assert!(upload.frame(body[at..at + 10].to_vec()), "{adapter:?}");
                }
            }
            for (number, _, mut upload) in streams {
                upload.end();
                let status = upload.answer().await.unwrap().status;
                let want = if number % 3 == 0 { 400 } else { 200 };
                assert_eq!(status, want, "{adapter:?} {number}");
            }
            until("nothing is in flight", || budget.used() == 0);
        });
        assert_eq!(refusals.take(), [RejectionKind::SignatureMismatch; STREAMS / 3], "{adapter:?}");
        let mut bodies = Vec::from_iter(handler.take().into_iter().map(|seen| seen.event));
        bodies.sort();
        let genuine = (0..STREAMS).filter(|number| number % 3 != 0);
        let want = genuine.map(|number| Bytes::from(format!("{number:03}").repeat(50)));
        assert_eq!(bodies, Vec::from_iter(want), "{adapter:?}");
    }
}
