//! Requests of any shape, and the way through the check.

use std::future::Future;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hookgate::check::{Check, Opened, Verdict};
use hookgate::{
    AnyEndpoint, Content, Coverage, Delivery, DeliveryKey, Rejection, RejectionKind, Reply,
    RequestHead, UnixTime,
};

use crate::{broken, must};

/// When every request here arrives.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// A request that can be bent into every shape, also into those that no HTTP library lets pass.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn post(body: impl Into<Bytes>) -> Self {
        let (method, target) = ("POST".into(), "/hooks".into());
        Self { method, target, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn and(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Reads `METHOD target`, lines `name: value`, an empty line and the body.
    pub(crate) fn read(text: &[u8]) -> Self {
        let (first, mut rest) = line(text);
        let first = String::from_utf8_lossy(first);
        let (method, target) = first.split_once(' ').unwrap_or((&first, "/"));
        let mut request = Self::post(Bytes::new());
        (request.method, request.target) = (method.into(), target.into());
        loop {
            let (header, next) = line(rest);
            rest = next;
            if header.is_empty() {
                break;
            }
            let at = header.windows(2).position(|pair| pair == b": ").unwrap_or(header.len());
            let name = String::from_utf8_lossy(header.get(..at).unwrap_or_default());
            let value = header.get(at.saturating_add(2)..).unwrap_or_default();
            request.headers.push((name.to_ascii_lowercase(), value.to_vec()));
        }
        request.body = Bytes::copy_from_slice(rest);
        request
    }

    /// The values of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.headers.iter().filter(|(header, _)| header == name);
        named.map(|(_, value)| &**value).collect()
    }
}

impl RequestHead for Request {
    fn method(&self) -> &str {
        &self.method
    }

    fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.values(name).into_iter().for_each(each);
    }

    fn content_length(&self) -> Option<u64> {
        let value = *self.values("content-length").first()?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }
}

/// The text up to the first line break, and what comes after it.
pub(crate) fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == b'\n');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The first byte, 0 where there is none, and what comes after it.
pub(crate) fn byte(data: &[u8]) -> (usize, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest))
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Delivered(Box<Delivery>),
    Replied(Reply),
    Refused(RejectionKind),
}

/// An outcome in a form that can be compared.
#[derive(Debug, PartialEq)]
pub(crate) enum Facts {
    Delivered(Box<(Content, Keys, Option<Rebuilt>)>),
    Replied(Reply),
    Refused(RejectionKind),
}

pub(crate) type Keys = (Option<DeliveryKey>, Option<DeliveryKey>);
type Rebuilt = (usize, Option<String>);

impl Outcome {
    pub(crate) fn facts(&self) -> Facts {
        match self {
            Self::Delivered(delivery) => {
                let keys = (delivery.replay_key(), delivery.dedupe_key());
                let rebuilt = delivery
                    .rebuilt_head()
                    .map(|head| (head.content_length, head.content_type.map(str::to_owned)));
                Facts::Delivered(Box::new((delivery.clone().into_content(), keys, rebuilt)))
            }
            Self::Replied(reply) => Facts::Replied(reply.clone()),
            Self::Refused(kind) => Facts::Refused(*kind),
        }
    }

    pub(crate) fn refused(&self) -> Option<RejectionKind> {
        match self {
            Self::Refused(kind) => Some(*kind),
            _ => None,
        }
    }

    pub(crate) fn delivered(self) -> Option<Delivery> {
        match self {
            Self::Delivered(delivery) => Some(*delivery),
            _ => None,
        }
    }
}

/// The answer to the first failed signature: every later one has to look the same.
static ANSWER: LazyLock<Reply> = LazyLock::new(|| {
    let endpoint = hookgate::Endpoint::builder(hookgate::harmonizely::Harmonizely).secret("any");
    let endpoint = must(endpoint.build().ok(), "the endpoint builds");
    let rejection = endpoint.open(&Request::post(Bytes::new()), NOW).err();
    must(rejection, "nothing was signed").reply()
});

/// Drives a request through the check with its body in one piece, and holds what is true of every
/// outcome against this one.
pub(crate) fn run(endpoint: &AnyEndpoint, request: &Request) -> Outcome {
    run_in_pieces(endpoint, request, std::slice::from_ref(&request.body))
}

pub(crate) fn run_in_pieces<H: RequestHead>(
    endpoint: &AnyEndpoint,
    head: &H,
    pieces: &[Bytes],
) -> Outcome {
    judged(drive(endpoint, head, pieces))
}

/// The same at an endpoint whose provider may sign no body.
pub(crate) fn run_weak(endpoint: &AnyEndpoint, request: &Request) -> Outcome {
    let pieces = std::slice::from_ref(&request.body);
    judged_with(drive(endpoint, request, pieces), Coverage::SenderOnly)
}

/// Holds what is true of every verdict against this one.
pub(crate) fn judged(verdict: Result<Verdict, Rejection>) -> Outcome {
    judged_with(verdict, Coverage::Fields)
}

fn judged_with(verdict: Result<Verdict, Rejection>, least: Coverage) -> Outcome {
    match verdict {
        Ok(Verdict::Deliver(delivery)) => {
            let content = delivery.content();
            assert!(content.coverage >= least, "delivered without a proof");
            assert!(content.secret.is_some(), "delivered under no secret");
            let rebuilt = delivery.rebuilt_head();
            // A body that was decompressed keeps its sender's content type.
            let content_type = rebuilt.and_then(|head| head.content_type);
            assert_eq!(content_type, content.content_type.as_deref());
            assert!(rebuilt.is_none_or(|head| head.content_length == content.body.len()));
            Outcome::Delivered(Box::new(delivery))
        }
        Ok(Verdict::Reply(reply)) => Outcome::Replied(reply),
        Ok(_) => broken("a verdict that is none"),
        Err(rejection) => {
            let (kind, reply) = (rejection.kind(), rejection.reply());
            assert!((400..=599).contains(&reply.status()), "{kind:?}");
            assert_eq!(reply.status(), rejection.status());
            if kind.is_signature() {
                assert_eq!(reply, *ANSWER, "{kind:?} can be told from outside");
            }
            Outcome::Refused(kind)
        }
    }
}

fn drive<H: RequestHead>(
    endpoint: &AnyEndpoint,
    head: &H,
    pieces: &[Bytes],
) -> Result<Verdict, Rejection> {
    let check = match endpoint.open(head, NOW)? {
        Opened::Check(check) => check,
        Opened::NeedSecrets(ask, paused) => paused.resume(ready(ask.ask()))?,
        Opened::Reply(reply) => return Ok(Verdict::Reply(reply)),
        _ => broken("an arm that the harness does not know"),
    };
    let check = read(check, pieces)?;
    match check.finish()? {
        Verdict::NeedKey(ask, suspended) => suspended.resume(ready(ask.ask())),
        verdict => Ok(verdict),
    }
}

/// Hands a check its body.
pub(crate) fn read(mut check: Check, pieces: &[Bytes]) -> Result<Check, Rejection> {
    for piece in pieces {
        if let Err(rejection) = check.push(piece.clone()) {
            let end = check.finish();
            let kind = end.err().map(|end| end.kind());
            assert_eq!(kind, Some(rejection.kind()), "a refused piece was forgotten");
            return Err(rejection);
        }
    }
    Ok(check)
}

/// The answer of a future that needs no waiting.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => broken("the future waits"),
    }
}

/// An endpoint that has to build.
pub(crate) fn built<P: hookgate::Provider>(builder: hookgate::EndpointBuilder<P>) -> AnyEndpoint {
    must(builder.build().ok(), "the endpoint builds").into_any()
}
