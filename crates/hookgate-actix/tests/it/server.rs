//! A server on a socket, and a client that writes what it likes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpServer, web};
use hookgate::sign::SignedRequest;

/// When a test gives up: long, so that it never decides over a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of one worker, stopped when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(
        configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()))
                    .workers(1)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                send.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receive.recv().unwrap();
        Self { address, handle, thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client(stream)
    }

    /// One request over a connection of its own.
    pub(crate) fn send(&self, request: &SignedRequest) -> Received {
        let mut client = self.connect();
        client.write(&on_the_wire(request, &[("connection", "close")]));
        client.receive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        System::new().block_on(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

pub(crate) struct Client(TcpStream);

impl Client {
    /// Writes, for as long as the server listens.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Reads one response.
    pub(crate) fn receive(&mut self) -> Received {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).expect("no whole head came");
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let mut received = Received {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: String::new(),
        };
        let length = received.header("content-length");
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        // What HEAD is answered has a length and no body.
        if received.status != 405 || self.0.peek(&mut [0]).unwrap_or(0) > 0 {
            self.0.read_exact(&mut body).expect("no whole body came");
            received.body = String::from_utf8(body).unwrap();
        }
        received
    }

    /// Breaks off.
    pub(crate) fn hang_up(self) {
        self.0.shutdown(Shutdown::Both).unwrap();
    }
}

pub(crate) struct Received {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(header, value)| (header == name).then_some(value))
    }
}

/// The head of a request, as it goes over the wire: its own headers, and more.
pub(crate) fn head_of(request: &SignedRequest, more: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nhost: test\r\n", request.method(), request.target());
    let own = request.headers().iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.chain(more.iter().copied()) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// A whole request.
pub(crate) fn on_the_wire(request: &SignedRequest, more: &[(&str, &str)]) -> Vec<u8> {
    let length = request.body().len().to_string();
    let mut headers = vec![("content-length", length.as_str())];
    headers.extend(more);
    let mut bytes = head_of(request, &headers);
    bytes.extend_from_slice(request.body());
    bytes
}

/// Waits until something is so.
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
