//! Over real sockets, with requests that are cut, chunked, broken off and lied about.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use hookgate::sign::SignedRequest;
use hookgate::{Budget, Delivery, RawBody, harmonizely};
use hookgate_axum::{Webhook, WebhookLayer, webhook};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::{BODY, Client, Notes, delivery, endpoint, eventually, wire, wire_head};

const KIB: usize = 1024;

/// An application with the one-line route at `/hooks`, which can be watched.
struct Watched {
    app: Router,
    /// The lengths of the bodies that reached the handler.
    handled: Notes,
    budget: Budget,
}

impl Watched {
    fn new() -> Self {
        let (handled, budget) = (Notes::default(), Budget::new(64 * KIB * KIB));
        let endpoint = endpoint()
            .in_flight(budget.clone())
            .body_deadline(Duration::from_millis(300))
            .build()
            .unwrap();
        let handler = {
            let handled = handled.clone();
            async move |Webhook(RawBody(body)): Webhook<RawBody>, _: harmonizely::Event| {
                handled.add(body.len().to_string());
            }
        };
        let app = Router::new()
            .route("/hooks", webhook(endpoint, handler))
            .route("/health", get(async || "fine"));
        Self { app, handled, budget }
    }

    async fn client(&self) -> Client {
        Client::of(self.app.clone()).await
    }

    /// What reached the handler, with nothing left in flight.
    async fn settled(&self) -> Vec<String> {
        eventually("nothing in flight", || self.budget.used() == 0).await;
        self.handled.take()
    }
}

/// A body of so many bytes.
fn sized(length: usize) -> SignedRequest {
    let mut body = r#"{"event":"meetingScheduled","uuid":""#.to_owned();
    body += &"x".repeat(length - body.len() - 2);
    delivery(body + "\"}")
}

fn unsigned_head(lines: &[&str]) -> String {
    let mut head = "POST /hooks HTTP/1.1\r\nhost: test\r\n".to_owned();
    for line in lines {
        head += &format!("{line}\r\n");
    }
    head + "\r\n"
}

/// A chunked body, with trailers.
fn chunks(body: &[u8], size: usize, trailers: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("0\r\n{trailers}\r\n").as_bytes());
    bytes
}

const CHUNKED: &str = "transfer-encoding: chunked";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_deliveries_arrive_however_they_are_sent() {
    let request = delivery(BODY);
    let chunked = |size, trailers| {
        let mut bytes = wire_head(&request, &[CHUNKED]).into_bytes();
        bytes.extend_from_slice(&chunks(request.body(), size, trailers));
        bytes
    };
    let watched = Watched::new();
    let mut client = watched.client().await;
    for (name, bytes, piece) in [
        ("at once", wire(&request), usize::MAX),
        ("byte by byte", wire(&request), 1),
        ("in pieces", wire(&request), 7),
        ("one chunk", chunked(usize::MAX, ""), usize::MAX),
        ("chunks of a byte", chunked(1, ""), usize::MAX),
        ("chunks of a byte, byte by byte", chunked(1, ""), 1),
        ("with trailers", chunked(9, "x-trailer: 1\r\n"), usize::MAX),
        ("with a signature for a trailer", chunked(9, "webhook-signature: AAAA\r\n"), 3),
        ("at once again", wire(&request), usize::MAX),
    ] {
        for piece in bytes.chunks(piece.min(bytes.len())) {
            client.write(piece).await;
            if bytes.len() < 2_000 {
                tokio::task::yield_now().await;
            }
        }
        let (status, answer) = client.answer().await;
        assert_eq!(status, 200, "{name}: {answer}");
        assert_eq!(watched.settled().await, [BODY.len().to_string()], "{name}");
    }
}

#[tokio::test]
async fn a_signature_in_the_trailers_is_none() {
    let watched = Watched::new();
    let mut client = watched.client().await;
    let request = delivery(BODY);
    let (_, signature) =
        request.headers().iter().find(|(name, _)| name == "webhook-signature").unwrap();
    let trailers = format!("webhook-signature: {signature}\r\n");
    client.write(unsigned_head(&[CHUNKED, "trailer: webhook-signature"])).await;
    client.write(chunks(request.body(), 9, &trailers)).await;
    assert_eq!(client.answer().await.0, 400);
    assert!(watched.settled().await.is_empty());
}

#[tokio::test]
async fn an_upload_that_breaks_off_reaches_no_handler() {
    let request = sized(10 * KIB);
    let (half, whole) = (&request.body()[..5 * KIB], &request.body()[..]);
    let declared = wire_head(&request, &["content-length: 10240"]);
    let more = wire_head(&request, &["content-length: 10241"]);
    let chunked = wire_head(&request, &[CHUNKED]);
    let last_chunk_missing = format!("{chunked}2800\r\n").into_bytes();
    for (name, head, body) in [
        ("declared, half sent", declared.into_bytes(), half),
        ("declared more than there is", more.into_bytes(), whole),
        ("chunked, half sent", format!("{chunked}2800\r\n").into_bytes(), half),
        ("chunked, without an end", last_chunk_missing, whole),
    ] {
        // Closed for writing only: whoever is left can read the answer.
        for half_closed in [true, false] {
            let watched = Watched::new();
            let mut client = watched.client().await;
            client.write(&head).await;
            client.write(body).await;
            eventually("the body is being read", || watched.budget.used() >= body.len()).await;
            if half_closed {
                client.0.shutdown().await.unwrap();
                let mut answer = String::new();
                client.0.read_to_string(&mut answer).await.unwrap();
                assert!(!answer.starts_with("HTTP/1.1 2"), "{name}: {answer}");
            } else {
                drop(client);
            }
            assert!(watched.settled().await.is_empty(), "{name}");
        }
    }
}

#[tokio::test]
async fn the_declared_length_ends_the_body() {
    let watched = Watched::new();
    let mut client = watched.client().await;
    // What follows is the next request, and no part of the body.
    let mut bytes = wire(&delivery(BODY));
    bytes.extend_from_slice(b"GET /health HTTP/1.1\r\nhost: test\r\n\r\n");
    client.write(bytes).await;
    assert_eq!(client.answer().await.0, 200);
    let (status, answer) = client.answer().await;
    assert_eq!(status, 200);
    assert!(answer.ends_with("fine"), "{answer}");
    assert_eq!(watched.settled().await, [BODY.len().to_string()]);

    // One byte too few: another body than the signed one.
    let request = delivery(BODY);
    let mut client = watched.client().await;
    let length = format!("content-length: {}", BODY.len() - 1);
    client.write(wire_head(&request, &[&length])).await;
    client.write(request.body()).await;
    assert_eq!(client.answer().await.0, 400);
    assert!(watched.settled().await.is_empty());
}

/// Both lengths at once are how requests are smuggled past a proxy. hyper takes the chunks and
/// drops the length; a length that is said twice, differently, it refuses.
#[tokio::test]
async fn two_lengths_are_never_read_as_two_bodies() {
    let request = delivery(BODY);
    let both = wire_head(&request, &["content-length: 3", CHUNKED]).into_bytes();
    let twice = wire_head(&request, &["content-length: 3", "content-length: 38"]).into_bytes();
    for (head, body, handled) in
        [(both, chunks(request.body(), 9, ""), 1), (twice, request.body().to_vec(), 0)]
    {
        let watched = Watched::new();
        let mut client = watched.client().await;
        client.write(head).await;
        client.write(body).await;
        let (status, answer) = client.answer().await;
        assert!(status == 200 && handled == 1 || status == 400, "{answer}");
        let lengths = watched.settled().await;
        assert!(lengths.len() <= handled, "{lengths:?}");
        assert!(lengths.iter().all(|length| *length == BODY.len().to_string()), "{lengths:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_sender_in_the_middle_of_its_upload_reads_why() {
    for length in [KIB, 200 * KIB, KIB * KIB] {
        let watched = Watched::new();
        let mut client = watched.client().await;
        let declared = format!("content-length: {length}");
        client.write(unsigned_head(&[&declared])).await;
        let (mut from_server, mut to_server) = client.0.into_split();
        let upload = tokio::spawn(async move {
            for _ in 0..length / KIB {
                to_server.write_all(&[b'x'; KIB]).await?;
            }
            Ok::<_, std::io::Error>(to_server)
        });
        let mut answer = [0; 12];
        from_server.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400", "{length}");
        let uploaded = upload.await.unwrap();
        // What fits into the bound is read to its end, and the connection stays.
        if length <= 200 * KIB {
            let mut client = Client(from_server.reunite(uploaded.unwrap()).unwrap());
            client.head().await;
            client.write(wire(&delivery(BODY))).await;
            // The rest of the first answer's body comes before it.
            let mut rest = Vec::new();
            while !rest.windows(15).any(|window| window == b"HTTP/1.1 200 OK") {
                rest.push(client.0.read_u8().await.unwrap());
            }
            assert_eq!(watched.settled().await, [BODY.len().to_string()]);
        } else {
            assert!(watched.settled().await.is_empty());
        }
    }
}

#[tokio::test]
async fn a_sender_that_asks_first_is_answered_first() {
    let watched = Watched::new();
    let expect = "expect: 100-continue";
    let mut client = watched.client().await;
    // Refused by its head: never told to go on.
    client.write(unsigned_head(&["content-length: 38", expect])).await;
    assert_eq!(client.answer().await.0, 400);

    let too_large = wire_head(&delivery(BODY), &["content-length: 99999999", expect]);
    let mut client = watched.client().await;
    client.write(too_large).await;
    assert_eq!(client.answer().await.0, 413);
    assert!(watched.settled().await.is_empty());

    let request = delivery(BODY);
    let mut client = watched.client().await;
    let length = format!("content-length: {}", request.body().len());
    client.write(wire_head(&request, &[&length, expect])).await;
    assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.write(request.body()).await;
    assert_eq!(client.answer().await.0, 200);
    assert_eq!(watched.settled().await, [BODY.len().to_string()]);
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let request = delivery(BODY);
    let length = format!("content-length: {}", request.body().len());
    let head = wire_head(&request, &[&length]);
    for (name, sent) in [("nothing", &b""[..]), ("some", &request.body()[..9])] {
        let watched = Watched::new();
        let mut client = watched.client().await;
        client.write(&head).await;
        client.write(sent).await;
        let (status, answer) = client.answer().await;
        assert_eq!(status, 408, "{name}: {answer}");
        assert!(answer.contains("body_timeout"), "{answer}");
        assert!(watched.settled().await.is_empty(), "{name}");
    }
}

/// A connection that is closed while the handler works drops the handler.
#[tokio::test]
async fn a_sender_that_leaves_gives_everything_back() {
    let budget = Budget::new(KIB);
    let guard = common::Guard::default();
    let endpoint = endpoint().in_flight(budget.clone()).replay_guard(guard.clone());
    let stuck = async |_: Webhook<Delivery>, _: Bytes| std::future::pending::<()>().await;
    let layer = WebhookLayer::new(endpoint.build().unwrap());
    let app = Router::new().route("/hooks", post(stuck).layer(layer));
    let mut client = Client::of(app).await;
    client.write(wire(&delivery(BODY))).await;
    eventually("the handler works", || budget.used() == BODY.len()).await;
    drop(client);
    eventually("the handler is dropped", || budget.used() == 0).await;
    assert_eq!(guard.notes.take(), ["claim", "dropped"]);
}
