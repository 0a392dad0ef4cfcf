//! A client that writes what it likes: whole requests, halves, lies and chunks.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use hookgate::sign::SignedRequest;

use crate::server::Adapter;

/// When a test gives up: long, so that it never decides over a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request that need not be right.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl From<SignedRequest> for Raw {
    fn from(request: SignedRequest) -> Self {
        Self {
            method: request.method().into(),
            target: request.target().into(),
            headers: request.headers().to_vec(),
            body: request.body().to_vec(),
        }
    }
}

impl Raw {
    /// A POST that nobody signed.
    pub(crate) fn unsigned(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST".into(),
            target: target.into(),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same with a header of one value, whatever it had before.
    pub(crate) fn with(self, name: &str, value: impl Into<String>) -> Self {
        let mut without = self.without(name);
        without.headers.push((name.into(), value.into()));
        without
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(header, _)| header == name).unwrap().1
    }

    /// The head, with lines that are not the request's own.
    pub(crate) fn head(&self, more: &[&str]) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: test\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        for line in more {
            head += &format!("{line}\r\n");
        }
        (head + "\r\n").into_bytes()
    }

    /// The whole request, with the length that it has.
    pub(crate) fn declared(&self) -> Vec<u8> {
        let mut bytes = self.head(&[&format!("content-length: {}", self.body.len())]);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The whole request without a length, in chunks of `size` bytes, with an extension of the
    /// first (servers take only so many) and a trailer.
    pub(crate) fn chunked(&self, size: usize) -> Vec<u8> {
        let mut bytes = self.head(&["transfer-encoding: chunked", "trailer: x-after"]);
        for (number, chunk) in self.body.chunks(size).enumerate() {
            let extension = if number == 0 { ";note=1" } else { "" };
            bytes.extend(format!("{:x}{extension}\r\n", chunk.len()).into_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\nx-after: 1\r\n\r\n");
        bytes
    }
}

/// One connection.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Writes for as long as the server takes it.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Writes in the background, as a sender does that reads only when it is done, or cut off.
    pub(crate) fn write_beside(&self, pieces: impl Iterator<Item = Vec<u8>> + Send + 'static) {
        let mut stream = self.0.try_clone().unwrap();
        thread::spawn(move || {
            for piece in pieces {
                if stream.write_all(&piece).is_err() {
                    break;
                }
            }
        });
    }

    /// Reads one answer.
    pub(crate) fn answer(&mut self) -> Answer {
        self.answer_to("POST")
    }

    /// Reads one answer; one to HEAD has a length and no body.
    pub(crate) fn answer_to(&mut self, method: &str) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            let read = self.0.read_exact(&mut byte);
            read.unwrap_or_else(|error| panic!("no whole head came: {error}"));
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head: head.to_ascii_lowercase(), body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if method != "HEAD" {
            let mut body = vec![0; length];
            let read = self.0.read_exact(&mut body);
            read.unwrap_or_else(|error| panic!("no whole body came: {error}"));
            answer.body = String::from_utf8(body).unwrap();
        }
        answer
    }

    /// Reads the answer to a head that asked whether it may go on, and must not.
    ///
    /// actix-web says `100 Continue` to every such head by itself, before any handler or
    /// middleware sees it; from axum only the answer comes.
    pub(crate) fn answer_instead_of_continue(&mut self, adapter: Adapter, method: &str) -> Answer {
        let answer = self.answer_to(method);
        if answer.status == 100 && adapter.is_actix() { self.answer_to(method) } else { answer }
    }

    /// Whether nothing came so far.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Whether the server closes the connection without another word.
    pub(crate) fn is_cut_off(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Breaks off in both directions.
    pub(crate) fn abort(self) {
        self.0.shutdown(Shutdown::Both).unwrap();
    }
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(header, value)| (header == name).then_some(value))
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
