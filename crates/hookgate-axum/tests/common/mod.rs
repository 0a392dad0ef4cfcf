//! What the tests of this crate share.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use hookgate::harmonizely::Harmonizely;
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{Endpoint, EndpointBuilder, Provider, Rejection, RejectionKind};
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, ServiceExt};

pub(crate) const SECRET: &str = "a secret for these tests";

/// A body that any of these tests can send.
pub(crate) const BODY: &str = r#"{"event":"meetingScheduled","data":{}}"#;

pub(crate) fn endpoint() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secret(SECRET)
}

/// A delivery of Harmonizely's to `/hooks`.
pub(crate) fn delivery(body: impl Into<Bytes>) -> SignedRequest {
    sign(&Harmonizely, SECRET, Message::post("/hooks", body)).unwrap()
}

pub(crate) fn signed_by<P: Provider>(provider: &P, message: Message) -> Request {
    sign(provider, SECRET, message).unwrap().into_http().unwrap()
}

pub(crate) fn signed(body: impl Into<Bytes>) -> Request {
    delivery(body).into_http().unwrap()
}

/// The body that was signed, and another one sent.
pub(crate) fn forged() -> Request {
    signed(BODY).map(|_| Body::from("{}"))
}

pub(crate) fn with_method(mut request: Request, method: Method) -> Request {
    *request.method_mut() = method;
    request
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn kind(&self) -> Option<RejectionKind> {
        self.rejection.as_ref().map(Rejection::kind)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    /// What every answer of the gate has.
    pub(crate) fn assert_of_the_gate(&self) {
        assert_eq!(self.header("cache-control"), ["no-store"]);
        assert_eq!(self.header("x-content-type-options"), ["nosniff"]);
    }
}

/// Sends a request through a service, without a socket.
pub(crate) async fn send<S>(service: S, request: Request) -> Answer
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let response = service.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        rejection: parts.extensions.get().cloned(),
        body: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

/// A handler's notes of what it was called with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap().push(note.into());
    }

    /// The notes since it was asked last.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A replay guard that takes every delivery, or answers what it is told, and notes what it hears.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    pub(crate) notes: Notes,
    pub(crate) answer: Option<Claim>,
    pub(crate) down: bool,
}

impl ReplayGuard for Guard {
    async fn claim(&self, _: ClaimQuery) -> Result<Claim, Unavailable> {
        if self.down {
            return Err(Unavailable::new("the store is down"));
        }
        self.notes.add("claim");
        Ok(self.answer.unwrap_or(Claim::New(1)))
    }

    async fn done(&self, _: Held) -> Result<(), Unavailable> {
        self.notes.add("done");
        Ok(())
    }

    async fn failed(&self, _: Held) -> Result<(), Unavailable> {
        self.notes.add("failed");
        Ok(())
    }

    fn dropped(&self, _: Held) {
        self.notes.add("dropped");
    }
}

/// Waits for something that another task does.
pub(crate) async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let wait = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "never: {what}");
}

/// A connection to a server, to write and read byte by byte.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    /// Serves the application on a free port, and connects.
    pub(crate) async fn of(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self::connect(address).await
    }

    pub(crate) async fn connect(address: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads the head of an answer and as much body as it declares.
    pub(crate) async fn answer(&mut self) -> (u16, String) {
        let head = self.head().await;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await.unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head + std::str::from_utf8(&body).unwrap())
    }

    /// Reads one head, interim answers included.
    pub(crate) async fn head(&mut self) -> String {
        let read = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.0.read_u8().await.unwrap());
            }
            String::from_utf8(head).unwrap()
        };
        // A server that never answers fails the test.
        let head = tokio::time::timeout(Duration::from_secs(20), read).await;
        head.unwrap()
    }
}

/// The head of a request as it goes over the wire, with more header lines.
pub(crate) fn wire_head(request: &SignedRequest, lines: &[&str]) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\nhost: test\r\n", request.method(), request.target());
    for (name, value) in request.headers() {
        head += &format!("{name}: {value}\r\n");
    }
    for line in lines {
        head += &format!("{line}\r\n");
    }
    head + "\r\n"
}

/// A request as it goes over the wire, its length declared.
pub(crate) fn wire(request: &SignedRequest) -> Vec<u8> {
    let length = format!("content-length: {}", request.body().len());
    let mut bytes = wire_head(request, &[&length]).into_bytes();
    bytes.extend_from_slice(request.body());
    bytes
}
