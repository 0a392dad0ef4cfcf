//! Over sockets.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_web::web;
use futures_core::Stream;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{Endpoint, RawBody};
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

use crate::server::{Received, Server, head_of, on_the_wire, until};
use crate::support::{CANCELLED, Count, PATH, PROBLEM, builder, endpoint, forged, signed};

/// A server with one endpoint, and how often its handler was called.
fn serve(endpoint: Endpoint<Harmonizely>) -> (Server, Count) {
    let handled = Count::default();
    let count = handled.clone();
    let server = Server::start(move |app| {
        let count = count.clone();
        let on_meeting = move |event: Event| {
            count.more();
            async move { event.name().to_owned() }
        };
        let route = webhook(endpoint.clone(), on_meeting);
        app.service(web::resource(PATH).route(route));
    });
    (server, handled)
}

/// A whole request in chunks of this size, with another header that says `close`, and trailers.
fn in_chunks(request: &SignedRequest, size: usize, closing: &str, trailers: &str) -> Vec<u8> {
    let mut bytes = head_of(request, &[("transfer-encoding", "chunked"), (closing, "close")]);
    for chunk in request.body().chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("0\r\n{trailers}\r\n").into_bytes());
    bytes
}

fn assert_problem(answer: &Received) {
    assert_eq!((answer.status, &*answer.body), (400, PROBLEM));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn what_is_signed_is_handled_and_what_is_not_is_refused() {
    let (server, handled) = serve(endpoint());
    let answer = server.send(&signed(CANCELLED));
    assert_eq!((answer.status, &*answer.body), (200, "meetingCancelled"));
    assert_eq!(handled.so_far(), 1);

    assert_problem(&server.send(&forged()));
    assert_problem(&server.send(&signed(CANCELLED).with_body("{}")));
    assert_eq!(handled.so_far(), 1);
}

#[test]
fn one_connection_carries_many_deliveries() {
    let (server, handled) = serve(endpoint());
    let mut client = server.connect();
    for (request, status) in [(signed(CANCELLED), 200), (forged(), 400), (signed(CANCELLED), 200)] {
        client.write(&on_the_wire(&request, &[]));
        assert_eq!(client.receive().status, status);
    }
    assert_eq!(handled.so_far(), 2);
}

/// The payload that was read to its end is the one that the handler reads again.
#[test]
fn requests_that_come_at_once_are_each_seen_whole_and_alone() {
    let endpoint = endpoint();
    let server = Server::start(move |app| {
        let gate = WebhookMiddleware::new(endpoint.clone());
        let handler = async |Webhook(RawBody(raw)): Webhook<RawBody>, mut body: web::Payload| {
            let mut read = Vec::new();
            // One that nobody reads stays in no later request's way.
            while !raw.starts_with(b"unread") {
                let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await else {
                    assert!(poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await.is_none());
                    assert_eq!(read, raw);
                    break;
                };
                read.extend_from_slice(&frame.unwrap());
            }
            raw.len().to_string()
        };
        // Through two gates, so that what was put back is read and put back again.
        let resource = web::resource(PATH).wrap(gate.clone()).wrap(gate);
        app.service(resource.route(web::post().to(handler)));
    });
    let (mut sent, mut want) = (Vec::new(), Vec::new());
    for request in [
        signed(CANCELLED),
        signed("unread"),
        signed(vec![b'x'; 70_000]),
        forged(),
        signed(""),
        signed([&b"unread"[..], &[b'x'; 70_000]].concat()),
        signed(CANCELLED),
    ] {
        let genuine = request.headers() == signed(request.body().clone()).headers();
        let (status, length) = (if genuine { 200 } else { 400 }, request.body().len().to_string());
        sent.extend(on_the_wire(&request, &[]));
        sent.extend(in_chunks(&request, 7_001, "x-will-not", "webhook-signature: another\r\n"));
        want.extend([(status, length.clone()), (status, length)]);
    }
    for segment in [sent.len(), 1_000] {
        let mut client = server.connect();
        sent.chunks(segment).for_each(|bytes| client.write(bytes));
        for (status, length) in &want {
            let answer = client.receive();
            assert_eq!(answer.status, *status);
            assert!(answer.status == 400 || answer.body == *length, "{length}: {}", answer.body);
        }
    }
}

#[test]
fn a_signature_header_on_two_lines_is_refused() {
    let (server, handled) = serve(endpoint());
    let request = signed(CANCELLED);
    let signature = request.headers().iter();
    let signature = signature.filter(|(name, _)| name == "webhook-signature");
    let signature = signature.map(|(_, value)| value.as_str()).next().unwrap();
    let again = [("Webhook-Signature", signature), ("connection", "close")];
    let mut client = server.connect();
    client.write(&on_the_wire(&request, &again));
    assert_problem(&client.receive());
    assert_eq!(handled.so_far(), 0);
}

#[test]
fn other_methods_are_answered_405() {
    let (server, handled) = serve(endpoint());
    for method in ["GET", "HEAD", "PUT"] {
        let request = on_the_wire(&signed(CANCELLED), &[("connection", "close")]);
        let request = String::from_utf8(request).unwrap();
        let mut client = server.connect();
        client.write(request.replacen("POST", method, 1).as_bytes());
        let answer = client.receive();
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("post"), "{method}");
        assert_eq!(answer.body.is_empty(), method == "HEAD", "{method}");
    }
    assert_eq!(handled.so_far(), 0);
}

#[test]
fn a_body_over_the_limit_is_refused_declared_or_not() {
    let (server, handled) = serve(builder().body_limit(CANCELLED.len()).build().unwrap());
    let chunks = |request| in_chunks(request, 20, "connection", "");
    let too_much = signed(format!("{CANCELLED} "));
    assert_eq!(server.send(&too_much).status, 413);
    let mut client = server.connect();
    client.write(&chunks(&too_much));
    assert_eq!(client.receive().status, 413);
    assert_eq!(handled.so_far(), 0);

    let mut client = server.connect();
    client.write(&chunks(&signed(CANCELLED)));
    assert_eq!(client.receive().status, 200);
    assert_eq!(handled.so_far(), 1);
}

#[test]
fn a_body_that_does_not_come_is_answered_408() {
    let deadline = Duration::from_millis(20);
    let endpoint = builder().body_deadline(deadline).build().unwrap();
    let (server, handled) = serve(endpoint.clone());
    let mut client = server.connect();
    let request = on_the_wire(&signed(CANCELLED), &[]);
    client.write(&request[..request.len() - 1]);
    let answer = client.receive();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((handled.so_far(), endpoint.in_flight().used()), (0, 0));
}

#[test]
fn an_upload_that_breaks_off_reaches_no_handler_and_releases_everything() {
    let endpoint = endpoint();
    let (server, handled) = serve(endpoint.clone());
    let request = on_the_wire(&signed(CANCELLED), &[]);
    let mut client = server.connect();
    client.write(&request[..request.len() - 1]);
    until("the server reads", || endpoint.in_flight().used() > 0);
    client.hang_up();
    until("the server lets go", || endpoint.in_flight().used() == 0);
    assert_eq!(handled.so_far(), 0);
}

#[test]
fn a_sender_that_is_refused_early_reads_its_answer() {
    let (server, handled) = serve(endpoint());
    let message = Message::post(PATH, vec![b'x'; 1024 * 1024]);
    let unsigned = sign(&Harmonizely, "another secret", message).unwrap();
    let unsigned = unsigned.map_header("webhook-signature", |_| "not base64!".to_owned());
    // Once is luck.
    for _ in 0..20 {
        assert_problem(&server.send(&unsigned));
    }
    assert_eq!(handled.so_far(), 0);
}

#[test]
fn a_sender_that_waits_to_be_told_to_go_on_is_told() {
    let (server, _) = serve(endpoint());
    let request = signed(CANCELLED);
    let length = CANCELLED.len().to_string();
    let expect = [("expect", "100-continue"), ("content-length", &*length)];
    let mut client = server.connect();
    client.write(&head_of(&request, &expect));
    assert_eq!(client.receive().status, 100);
    client.write(CANCELLED.as_bytes());
    assert_eq!(client.receive().status, 200);
}

#[test]
fn a_large_body_in_many_segments_arrives_as_it_was_sent() {
    let endpoint = endpoint();
    let used = endpoint.clone();
    let server = Server::start(move |app| {
        let gate = WebhookMiddleware::new(endpoint.clone());
        let handler = async |Webhook(RawBody(raw)): Webhook<RawBody>, body: web::Bytes| {
            assert_eq!(raw, body);
            body.len().to_string()
        };
        app.service(web::resource(PATH).wrap(gate).route(web::post().to(handler)));
    });
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(3 * 512 * 1024).collect();
    let answer = server.send(&signed(body.clone()));
    assert_eq!((answer.status, answer.body), (200, body.len().to_string()));
    assert_eq!(used.in_flight().used(), 0);
}
