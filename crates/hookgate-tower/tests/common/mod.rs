//! What the tests of this crate share.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hookgate::harmonizely::Harmonizely;
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use hookgate::sign::{Message, sign};
use hookgate::{DeliveryKey, Endpoint, EndpointBuilder, Rejection, RejectionKind};
use hookgate_tower::{WebhookLayer, WebhookService};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::{BoxError, Layer, Service};

pub(crate) const SECRET: &str = "a secret for these tests";

/// A body that any of these tests can send: it names an event and says nothing else.
pub(crate) const BODY: &str = r#"{"event":"meetingScheduled","data":{}}"#;

pub(crate) fn endpoint() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secret(SECRET)
}

/// A signed request with a body in one frame.
pub(crate) fn signed(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let message = Message::post("/hooks", body);
    sign(&Harmonizely, SECRET, message).unwrap().into_http().unwrap()
}

/// A request without a signature, over any body.
pub(crate) fn unsigned<B>(body: B) -> Request<B> {
    Request::post("/hooks").body(body).unwrap()
}

/// The gate in front of a service, with `Full<Bytes>` on both sides.
pub(crate) fn gate<S>(endpoint: EndpointBuilder<Harmonizely>, inner: S) -> Gated<S> {
    WebhookLayer::new(endpoint.build().unwrap()).layer(inner)
}

pub(crate) type Gated<S> = WebhookService<S, Full<Bytes>>;

pub(crate) fn kind(response: &Response<Full<Bytes>>) -> Option<RejectionKind> {
    response.extensions().get().map(Rejection::kind)
}

/// A signed request whose body comes as a script, and is signed as what the script sends.
pub(crate) fn signed_script(script: Script) -> Request<Script> {
    let whole: Vec<u8> = script.steps.iter().flat_map(Step::data).copied().collect();
    signed(whole).map(|_| script)
}

/// What a body does when it is polled.
pub(crate) enum Step {
    Data(Bytes),
    Trailers,
    Fail(BoxError),
    Wait(Duration),
    /// Never goes on.
    Hang,
}

impl Step {
    pub(crate) fn frame(data: impl Into<Bytes>) -> Self {
        Self::Data(data.into())
    }

    fn data(&self) -> &[u8] {
        match self {
            Self::Data(data) => data,
            _ => &[],
        }
    }
}

/// What was read of a body.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Read {
    pub(crate) polls: usize,
    pub(crate) bytes: usize,
}

/// A body whose frames are written down.
pub(crate) struct Script {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    read: Arc<Mutex<Read>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), sleep: None, read: Arc::default() }
    }

    /// So many frames of zeros.
    pub(crate) fn zeros(frames: usize, length: usize) -> Self {
        Self::new((0..frames).map(|_| Step::frame(vec![0; length])))
    }

    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }

    /// What is read of it, to look at later.
    pub(crate) fn read(&self) -> Arc<Mutex<Read>> {
        Arc::clone(&self.read)
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.read.lock().unwrap().polls += 1;
        if let Some(sleep) = &mut self.sleep {
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Data(data)) => {
                self.read.lock().unwrap().bytes += data.len();
                Some(Ok(Frame::data(data)))
            }
            Some(Step::Trailers) => {
                let mut trailers = HeaderMap::new();
                trailers.insert("webhook-signature", "trailing".parse().unwrap());
                Some(Ok(Frame::trailers(trailers)))
            }
            Some(Step::Fail(error)) => Some(Err(error)),
            Some(Step::Wait(duration)) => {
                self.sleep = Some(Box::pin(tokio::time::sleep(duration)));
                return self.poll_frame(cx);
            }
            Some(Step::Hang) => {
                self.steps.push_front(Step::Hang);
                return Poll::Pending;
            }
            None => None,
        })
    }
}

/// Empty frames, always ready, for ever.
pub(crate) struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
    }
}

/// An inner service that remembers its requests and answers 200, or what it is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    requests: Arc<Mutex<Vec<(Parts, Bytes)>>>,
    status: StatusCode,
}

impl Seen {
    pub(crate) fn answering(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), ..Self::default() }
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The only request that came.
    pub(crate) fn one(&self) -> (Parts, Bytes) {
        let mut requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        requests.pop().unwrap()
    }
}

impl<B> Service<Request<B>> for Seen
where
    B: Body<Data = Bytes, Error: std::fmt::Debug> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { requests, status } = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let whole = body.collect().await.unwrap();
            assert!(whole.trailers().is_none(), "trailers are not handed on");
            requests.lock().unwrap().push((parts, whole.to_bytes()));
            let mut response = Response::new(Full::default());
            *response.status_mut() = status;
            Ok(response)
        })
    }
}

/// A replay guard that remembers, and says what it was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard(Arc<Mutex<Claims>>);

#[derive(Debug, Default)]
struct Claims {
    states: HashMap<DeliveryKey, Claim>,
    told: Vec<&'static str>,
    tokens: u64,
    down: bool,
    settles_slowly: bool,
}

impl Guard {
    /// What it was told since it was asked last.
    pub(crate) fn told(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap().told)
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    /// Lets every settlement take a second.
    pub(crate) fn settling_slowly(self) -> Self {
        self.0.lock().unwrap().settles_slowly = true;
        self
    }

    fn tell(&self, what: &'static str, key: DeliveryKey, next: Option<Claim>) {
        let mut claims = self.0.lock().unwrap();
        claims.told.push(what);
        match next {
            Some(next) => claims.states.insert(key, next),
            None => claims.states.remove(&key),
        };
    }

    async fn settle(
        &self,
        what: &'static str,
        held: Held,
        next: Option<Claim>,
    ) -> Result<(), Unavailable> {
        let (slow, down) = {
            let claims = self.0.lock().unwrap();
            (claims.settles_slowly, claims.down)
        };
        if slow {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        if down {
            return Err(Unavailable::new("the store is down"));
        }
        self.tell(what, held.key, next);
        Ok(())
    }
}

impl ReplayGuard for Guard {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let key = query.key;
        let mut claims = self.0.lock().unwrap();
        if claims.down {
            return Err(Unavailable::new("the store is down"));
        }
        claims.told.push("claim");
        if let Some(state) = claims.states.get(&key) {
            return Ok(*state);
        }
        claims.states.insert(key, Claim::InFlight);
        claims.tokens += 1;
        Ok(Claim::New(claims.tokens))
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        self.settle("done", held, Some(Claim::Done)).await
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        self.settle("failed", held, None).await
    }

    fn dropped(&self, held: Held) {
        self.tell("dropped", held.key, None);
    }
}

/// Polls a future that is not ready yet.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(future.poll(&mut cx).is_pending());
}
