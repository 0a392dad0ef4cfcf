//! Both adapters, polled by hand: the same verdict as the core's, whatever the frames.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service as _, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::PayloadError;
use actix_web::test::TestRequest;
use bytes::Bytes;
use futures_core::Stream;
use hookgate::ace::Ace;
use hookgate::check::Opened;
use hookgate::driver::Timer;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::screenmeet::ScreenMeet;
use hookgate::{
    AnyEndpoint, Delivery, Endpoint, Rejection, RejectionKind, Secrets, UnixTime, UnknownEvents,
    dangerous,
};
use http_body::{Body, Frame};
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use crate::json::stringify;
use crate::mac::{SECRET, fill, hex, mac, words};
use crate::request::{NOW, Outcome, Request, built, byte, judged, read, run_in_pieces};
use crate::{broken, must};

const LIMIT: usize = 256;

static ENDPOINTS: LazyLock<Vec<AnyEndpoint>> = LazyLock::new(|| {
    let tenants = |query: SecretQuery| async move {
        Ok::<_, Unavailable>((&*query.tenant == "hooks").then(|| Secrets::new(SECRET)))
    };
    let tenant_of =
        |head: &dyn hookgate::RequestHead| head.path().strip_prefix('/').map(Into::into);
    let harmonizely = || Endpoint::builder(Harmonizely).body_limit(LIMIT);
    let javascript = Endpoint::builder(dangerous::javascript_reserialised());
    vec![
        built(Endpoint::builder(Ace::any()).secret(SECRET).body_limit(LIMIT)),
        built(harmonizely().secret(SECRET)),
        built(harmonizely().secrets_from(tenant_of, tenants)),
        built(Endpoint::builder(ScreenMeet::new()).secret(SECRET).body_limit(LIMIT)),
        // Two that write the body and the head anew.
        built(javascript.unknown_events(UnknownEvents::Deliver).secret(SECRET).body_limit(LIMIT)),
        built(Endpoint::builder(IOffice::at("/hooks")).secret(SECRET).body_limit(LIMIT)),
    ]
});

/// What a body does next.
#[derive(Clone, Debug)]
enum Step {
    Data(Bytes),
    Wait,
    Trailers,
    Broken,
}

/// A body that is played to both adapters.
#[derive(Clone, Debug)]
struct Played(VecDeque<Step>);

impl Played {
    fn read(frames: &[u8], body: &Bytes) -> Self {
        let mut left = body.clone();
        let mut steps = VecDeque::new();
        for frame in frames {
            let size = usize::from(frame / 8);
            steps.push_back(match frame % 8 {
                0..=2 => Step::Data(left.split_to((size + 1).min(left.len()))),
                3 => Step::Data(left.split_to((size * 16).min(left.len()))),
                4 => Step::Data(Bytes::new()),
                5 => Step::Wait,
                6 => Step::Trailers,
                _ if size < 2 => Step::Broken,
                _ => Step::Wait,
            });
        }
        steps.push_back(Step::Data(left));
        Self(steps)
    }

    /// The pieces up to the end or to where it breaks off, and whether it does.
    fn pieces(&self) -> (Vec<Bytes>, bool) {
        let mut pieces = Vec::new();
        for step in &self.0 {
            match step {
                Step::Data(piece) => pieces.push(piece.clone()),
                Step::Broken => return (pieces, true),
                Step::Wait | Step::Trailers => {}
            }
        }
        (pieces, false)
    }
}

impl Body for Played {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.0.pop_front() {
            Some(Step::Data(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            Some(Step::Wait) => Poll::Pending,
            Some(Step::Trailers) => {
                let mut trailers = http::HeaderMap::new();
                trailers.insert("webhook-signature", http::HeaderValue::from_static("late"));
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
            Some(Step::Broken) => {
                self.0.clear();
                Poll::Ready(Some(Err(io::Error::other("broken off"))))
            }
            None => Poll::Ready(None),
        }
    }
}

/// The same for actix-web, which has no trailers.
struct Streamed(Played);

impl Stream for Streamed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match Pin::new(&mut self.0).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(piece) => Poll::Ready(Some(Ok(piece))),
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

/// A clock that stands, and a timer that never fires.
#[derive(Clone, Copy, Debug)]
struct Still;

impl Timer for Still {
    fn now(&self) -> UnixTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(pending())
    }
}

/// What a handler saw.
#[derive(Debug)]
struct Seen {
    delivery: Delivery,
    body: Bytes,
    headers: Vec<(String, Vec<u8>)>,
}

/// What an adapter answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Bytes,
    rejection: Option<RejectionKind>,
    seen: Vec<Seen>,
}

/// A byte that chooses an endpoint, one for the number of frames, the frames, and a request:
/// `METHOD target`, header lines, an empty line, the body. `{hex}`, `{HEX}` and `{b64}` stand for
/// the right signature, `{js}` and `{io}` for those of the two endpoints that write bodies.
pub fn adapters(data: &[u8]) {
    let (choice, rest) = byte(data);
    let (frames, rest) = byte(rest);
    let (frames, rest) = rest.split_at_checked(frames % 32).unwrap_or((rest, &[]));
    let endpoint = must(ENDPOINTS.get(choice % ENDPOINTS.len()), "an endpoint");
    let mut request = Request::read(rest);
    let mut known = words(&mac(&request.body)).to_vec();
    let written = stringify(&request.body).unwrap_or_default();
    known.push(("{js}", hex(&mac(written.as_bytes()))));
    known.push(("{io}", hex(&mac(b"Create:Room:7"))));
    for (_, value) in &mut request.headers {
        *value = fill(value, &known);
    }
    let body = Played::read(frames, &request.body);
    let (Some(tower), Some(actix)) = (to_tower(&request, &body), to_actix(&request, &body)) else {
        return;
    };

    let (pieces, breaks_off) = body.pieces();
    let head = tower.headers().clone();
    let want = if breaks_off {
        Outcome::Refused(broken_off(endpoint, &tower, &pieces))
    } else {
        run_in_pieces(endpoint, &tower, &pieces)
    };
    agree("tower", &want, &through_tower(endpoint, tower), &head);
    agree("actix", &want, &through_actix(endpoint, actix), &head);
}

/// Why a body that breaks off is refused: for what came before, or for that.
fn broken_off<B>(
    endpoint: &AnyEndpoint,
    head: &http::Request<B>,
    pieces: &[Bytes],
) -> RejectionKind {
    let check = match endpoint.open(head, NOW) {
        Ok(Opened::Check(check)) => Ok(check),
        Ok(Opened::NeedSecrets(ask, paused)) => paused.resume(crate::request::ready(ask.ask())),
        Err(rejection) => Err(rejection),
        Ok(other) => broken(&format!("{other:?}")),
    };
    match check.and_then(|check| read(check, pieces)) {
        Ok(_) => RejectionKind::BodyInterrupted,
        Err(rejection) => must(judged(Err(rejection)).refused(), "a refusal"),
    }
}

fn agree(adapter: &str, want: &Outcome, answer: &Answer, head: &http::HeaderMap) {
    match want {
        Outcome::Delivered(delivery) => {
            let [seen] = &*answer.seen else {
                broken(&format!("{adapter}: not called once: {answer:?}"));
            };
            assert_eq!((answer.status, &*answer.body), (200, &b"handled"[..]), "{adapter}");
            let facts = Outcome::Delivered(Box::new(seen.delivery.clone())).facts();
            assert_eq!(facts, want.facts(), "{adapter}: another delivery");
            assert_eq!(&seen.body, delivery.body(), "{adapter}: another body");
            headers(adapter, delivery, seen, head);
        }
        Outcome::Replied(reply) => {
            let replied = (reply.status(), reply.body());
            assert_eq!((answer.status, &answer.body), replied, "{adapter}");
            assert!(answer.seen.is_empty(), "{adapter}: the handler was called");
        }
        Outcome::Refused(kind) => {
            assert_eq!(answer.rejection, Some(*kind), "{adapter}: {answer:?}");
            assert!(answer.seen.is_empty(), "{adapter}: the handler was called");
            assert!((400..=599).contains(&answer.status), "{adapter}: {answer:?}");
        }
    }
}

/// The head says what is true of the body that the handler got, and is else as it came.
fn headers(adapter: &str, delivery: &Delivery, seen: &Seen, head: &http::HeaderMap) {
    let mut came: Vec<(String, Vec<u8>)> = head
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    if let Some(rebuilt) = delivery.rebuilt_head() {
        let corrected = ["content-length", "content-type"];
        came.retain(|(name, _)| {
            !rebuilt.outdated.contains(&&**name) && !corrected.contains(&&**name)
        });
        let length = delivery.body().len().to_string();
        came.push(("content-length".into(), length.into()));
        if let Some(value) = rebuilt.content_type {
            came.push(("content-type".into(), value.into()));
        }
    }
    let mut got = seen.headers.clone();
    // Stable: lines of one name stay in their order.
    came.sort_by(|one, other| one.0.cmp(&other.0));
    got.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(got, came, "{adapter}: another head");
}

fn to_tower(request: &Request, body: &Played) -> Option<http::Request<Played>> {
    let mut built = http::Request::new(body.clone());
    *built.method_mut() = request.method.parse().ok()?;
    *built.uri_mut() = request.target.parse().ok()?;
    for (name, value) in &request.headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
        built.headers_mut().append(name, http::HeaderValue::from_bytes(value).ok()?);
    }
    Some(built)
}

fn to_actix(request: &Request, body: &Played) -> Option<ServiceRequest> {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::http::{Method, Uri};

    let method = Method::from_bytes(request.method.as_bytes()).ok()?;
    let uri: Uri = request.target.parse().ok()?;
    let mut built = TestRequest::default().method(method).to_srv_request();
    built.head_mut().uri = uri;
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        built.headers_mut().append(name, HeaderValue::from_bytes(value).ok()?);
    }
    let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(Streamed(body.clone()));
    built.set_payload(Payload::from(stream));
    Some(built)
}

/// Polls a future to its end.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    broken("it never ends")
}

/// A handler that writes down what it is called with.
#[derive(Clone, Debug, Default)]
struct Handler(Rc<RefCell<Vec<Seen>>>);

impl Service<http::Request<Full<Bytes>>> for Handler {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Full<Bytes>>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let delivery = parts.extensions.get::<Delivery>().cloned();
        let headers = parts.headers.iter();
        self.0.borrow_mut().push(Seen {
            delivery: must(delivery, "the handler was called without a delivery"),
            body: whole(body),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
        });
        ready(Ok(http::Response::new(Full::from("handled"))))
    }
}

fn whole(body: Full<Bytes>) -> Bytes {
    let collected = finish(http_body_util::BodyExt::collect(body));
    must(collected.ok(), "a body that is there").to_bytes()
}

fn through_tower(endpoint: &AnyEndpoint, request: http::Request<Played>) -> Answer {
    let handler = Handler::default();
    let layer = hookgate_tower::WebhookLayer::<Full<Bytes>>::with_timer(endpoint.clone(), Still);
    let mut gated = layer.layer(handler.clone());
    let polled = Service::<http::Request<Played>>::poll_ready(
        &mut gated,
        &mut Context::from_waker(Waker::noop()),
    );
    assert!(polled.is_ready());
    let Ok(response) = finish(gated.call(request));
    Answer {
        status: response.status().as_u16(),
        rejection: response.extensions().get::<Rejection>().map(Rejection::kind),
        body: whole(response.into_body()),
        seen: handler.0.take(),
    }
}

impl actix_web::dev::Service<ServiceRequest> for Handler {
    type Response = ServiceResponse;
    type Error = actix_web::Error;
    type Future = Ready<Result<ServiceResponse, actix_web::Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), actix_web::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let delivery = request.extensions().get::<Delivery>().cloned();
        let mut payload = request.take_payload();
        let mut body = Vec::new();
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(piece)) = Pin::new(&mut payload).poll_next(&mut cx) {
            body.extend_from_slice(&must(piece.ok(), "a body that is there"));
        }
        let headers = request.headers().iter();
        self.0.borrow_mut().push(Seen {
            delivery: must(delivery, "the handler was called without a delivery"),
            body: body.into(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
        });
        ready(Ok(request.into_response(actix_web::HttpResponse::Ok().body("handled"))))
    }
}

fn through_actix(endpoint: &AnyEndpoint, request: ServiceRequest) -> Answer {
    let handler = Handler::default();
    let gate = hookgate_actix::WebhookMiddleware::new(endpoint.clone()).timer(Still);
    let gated = must(finish(gate.new_transform(handler.clone())).ok(), "the middleware starts");
    let answer = finish(gated.call(request));
    let response = must(answer.ok(), "an answer and no error");
    let rejection = response.response().extensions().get::<Rejection>().map(Rejection::kind);
    let status = response.status().as_u16();
    let body = response.into_body().try_into_bytes();
    Answer {
        status,
        rejection,
        body: must(body.ok(), "a body that is there"),
        seen: handler.0.take(),
    }
}
