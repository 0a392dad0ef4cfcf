//! What a connection holds that has sent the head of a request, and nothing of its body.

#![expect(clippy::print_stdout, reason = "its output is the table")]
#![expect(clippy::unwrap_used, reason = "it stops loudly")]

use std::io::Write;
use std::net::TcpStream;

use hookgate_bench::contender::names;
use hookgate_bench::request::Request;
use hookgate_bench::server::{Server, exchange};
use hookgate_bench::{Booking, Framework, table};

const CONNECTIONS: usize = 10_000;

/// What is declared: as much as an endpoint takes.
const DECLARED: usize = 2 << 20;

const NAMES: [&str; 4] = [names::BARE, names::NAIVE, names::LAYER, names::ROUTE];

fn main() {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    if files < CONNECTIONS as u64 + 100 {
        println!("Connections: not measured, this user may open no more than {files} files.");
        return;
    }
    for framework in Framework::ALL {
        let row = |name: &&'static str| {
            let first = measure(framework, name, false);
            let later = measure(framework, name, true);
            vec![
                (*name).to_owned(),
                table::whole(first.idle),
                table::whole(first.declaring - first.idle),
                table::whole(later.idle),
                table::whole(later.declaring - later.idle),
            ]
        };
        table::print(
            &format!("{}, bytes for each of 10,000 connections", framework.name()),
            &[
                "contender",
                "accepted, idle",
                "more with a head",
                "kept alive, idle",
                "more with a head",
            ],
            &NAMES.iter().map(row).collect::<Vec<_>>(),
        );
    }
}

/// Bytes in memory for each connection.
struct Memory {
    idle: f64,
    declaring: f64,
}

/// Connections that are only opened, or have their first request answered, and then send a head.
fn measure(framework: Framework, name: &str, answered: bool) -> Memory {
    let server = Server::contender(env!("CARGO_BIN_EXE_contender"), framework, name);
    let body = Booking::of_size(2_048);
    let request = Request::signed(&body).with(&body);
    let once = |stream: &mut TcpStream| assert_eq!(exchange(stream, &request), 200, "{name}");
    // So that what is made once is made.
    once(&mut server.connect());
    let before = server.resident();
    let mut streams: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let mut stream = server.connect();
            if answered {
                once(&mut stream);
            }
            stream
        })
        .collect();
    let idle = server.resident();
    let head = Request::declaring(DECLARED).head();
    for stream in &mut streams {
        stream.write_all(&head).unwrap();
    }
    let declaring = server.resident();
    // Each of them still waits for the body.
    for stream in &streams {
        stream.set_nonblocking(true).unwrap();
        assert!(stream.peek(&mut [0]).is_err(), "{name}: it was answered");
    }
    let each = |bytes| (bytes - before) / CONNECTIONS as f64;
    Memory { idle: each(idle), declaring: each(declaring) }
}
