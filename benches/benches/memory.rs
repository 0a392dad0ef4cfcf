//! What a gate holds in memory, beside what servers hold without one.

use std::net::TcpStream;
use std::time::Duration;

use hookgate_bench::contender::names;
use hookgate_bench::request::Request;
use hookgate_bench::server::{Server, exchange};
use hookgate_bench::upload::{Upload, send};
use hookgate_bench::{Booking, Framework, table};

/// One body: 1 MiB.
const SIZE: usize = 1 << 20;

/// Uploads that stop half-way, all of them at the same time.
const SLOW: usize = 200;

/// Uploads in chunks, at the same time. Each costs a server without a gate up to forty times its
/// size.
const CHUNKED: usize = 10;

const NAMES: [&str; 5] =
    [names::BARE, names::NAIVE, names::LAYER, names::ROUTE, names::WEBHOOK_VERIFY];

fn main() {
    let body = Booking::of_size(SIZE);
    let signed = Request::signed(&body).with(&body);
    let unsigned = Request::unsigned(&body).with(&body);
    let single = Request::signed(&body).in_chunks(&body, &[1]);
    // A piece that is kept as it came, cut from a buffer that is mostly something else.
    let pinning = [&[4 * 1024][..], &[1; 8 * 1024]].concat();
    let pinning = Request::signed(&body).in_chunks(&body, &pinning);
    for framework in Framework::ALL {
        let row = |name: &&'static str| {
            let signed = slow(framework, name, &signed);
            let unsigned = slow(framework, name, &unsigned);
            vec![
                (*name).to_owned(),
                table::ratio(signed.held),
                table::ratio(signed.peak),
                table::ratio(unsigned.held),
                table::ratio(unsigned.peak),
                table::ratio(chunked(framework, name, &single)),
                table::ratio(chunked(framework, name, &pinning)),
            ]
        };
        table::print(
            &format!("{}, memory per byte of a body of 1 MiB", framework.name()),
            &[
                "contender",
                "200 slow uploads, held",
                "at most",
                "unsigned, held",
                "at most",
                "10 in chunks of 1 byte, at most",
                "of 4 KiB among 1 byte, at most",
            ],
            &NAMES.iter().map(row).collect::<Vec<_>>(),
        );
    }
}

/// Bytes in memory for each byte that was sent.
struct Memory {
    held: f64,
    peak: f64,
}

/// Uploads that stop at fifteen of sixteen parts.
fn slow(framework: Framework, name: &str, request: &[u8]) -> Memory {
    let (server, streams) = started(framework, name, SLOW);
    let idle = server.resident();
    let (part, _) = request.split_at(request.len() / 16 * 15);
    let mut uploads: Vec<_> = streams.into_iter().map(|stream| Upload::new(stream, part)).collect();
    send(&mut uploads, Duration::from_micros(20));
    let sent = (part.len() * SLOW) as f64;
    Memory { held: (server.resident() - idle) / sent, peak: (server.peak() - idle) / sent }
}

/// Uploads that reach their end at the same time.
fn chunked(framework: Framework, name: &str, request: &[u8]) -> f64 {
    let (server, streams) = started(framework, name, CHUNKED);
    let idle = server.resident();
    let (part, end) = request.split_at(request.len() - "0\r\n\r\n".len());
    let mut uploads: Vec<_> = streams.into_iter().map(|stream| Upload::new(stream, part)).collect();
    // Over a thousand frames in a piece.
    send(&mut uploads, Duration::from_micros(250));
    server.resident();
    for upload in &mut uploads {
        upload.then(end);
    }
    send(&mut uploads, Duration::ZERO);
    server.resident();
    assert!(uploads.iter_mut().all(Upload::is_answered), "{name}");
    (server.peak() - idle) / (SIZE * CHUNKED) as f64
}

/// A server and its connections, each of which had an answer: what is counted is what comes on top.
fn started(framework: Framework, name: &str, connections: usize) -> (Server, Vec<TcpStream>) {
    let server = Server::contender(env!("CARGO_BIN_EXE_contender"), framework, name);
    let body = Booking::of_size(2_048);
    let request = Request::signed(&body).with(&body);
    let connected = |_| {
        let mut stream = server.connect();
        assert_eq!(exchange(&mut stream, &request), 200, "{name}");
        stream
    };
    let streams = (0..connections).map(connected).collect();
    (server, streams)
}
