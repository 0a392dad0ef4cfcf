//! What the tests share: requests that can be bent, providers of the tests' own, and a signer that
//! shares no code with the core.

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::task::{Context, Poll, Waker};

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use hookgate::check::{Opened, Verdict};
use hookgate::harmonizely::Harmonizely;
use hookgate::scheme::{Encoding, KeyForm, Place, Scheme, TimeUnit};
use hookgate::screenmeet::ScreenMeet;
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{
    Ambiguous, AnyEndpoint, Content, Delivery, Endpoint, EndpointBuilder, Extract, ExtractError,
    Extracted, Extraction, Form, FromDelivery, Habits, Handshake, Provider, Rejection,
    RejectionKind, Reply, RequestHead, UnixTime,
};
use sha2::{Sha256, Sha512};

/// The time at which the tests' requests are sent and arrive.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// The secret of most tests, as text.
pub(crate) const SECRET: &str = "a proper secret of the tests";

/// The same secret as Standard Webhooks writes it.
pub(crate) const WHSEC: &str = "whsec_YSBwcm9wZXIgc2VjcmV0IG9mIHRoZSB0ZXN0cw==";

/// `X-Hub-Signature-256: sha256=<hex>`, with the event and the id in headers that nobody signs.
pub(crate) const PREFIXED: Scheme<'static> = Scheme::hmac_sha256("x-hub-signature-256")
    .prefix("sha256=")
    .event_name(Place::Header("x-event"))
    .delivery_id(Place::Header("x-delivery"));

/// `Stripe-Signature: t=<seconds>,v1=<hex>`.
pub(crate) const STRIPE_LIKE: Scheme<'static> = Scheme::hmac_sha256("stripe-signature")
    .list(",", "=", "v1")
    .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
    .signed("{ts}.{body}")
    .event_name(Place::Json("/type"));

/// Standard Webhooks: `webhook-signature: v1,<base64> v1,<base64>`.
pub(crate) const STANDARD: Scheme<'static> = Scheme::hmac_sha256("webhook-signature")
    .encoding(Encoding::Base64)
    .key(KeyForm::Whsec)
    .list(" ", ",", "v1")
    .delivery_id(Place::Header("webhook-id"))
    .timestamp(Place::Header("webhook-timestamp"), TimeUnit::Seconds)
    .signed("{id}.{ts}.{body}")
    .event_name(Place::Json("/type"));

/// 64 bytes in hex.
pub(crate) const LONG: Scheme<'static> = Scheme::hmac_sha512("x-signature-512");

/// The time stands after the body.
pub(crate) const SUFFIXED: Scheme<'static> = Scheme::hmac_sha256("x-suffix-signature")
    .timestamp(Place::Header("x-suffix-time"), TimeUnit::Seconds)
    .signed("{body}.{ts}");

/// A provider of the tests' own.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) id: &'static str,
    pub(crate) scheme: Scheme<'static>,
    pub(crate) habits: Habits,
    pub(crate) events: &'static [&'static str],
    pub(crate) form: Form,
    pub(crate) handshake: Option<&'static dyn Handshake>,
}

impl Custom {
    pub(crate) fn new(scheme: Scheme<'static>) -> Self {
        Self {
            id: "custom",
            scheme,
            habits: Habits::new(),
            events: &[],
            form: Form::AsReceived,
            handshake: None,
        }
    }
}

impl Provider for Custom {
    fn id(&self) -> &str {
        self.id
    }

    fn scheme(&self) -> Scheme<'_> {
        self.scheme
    }

    fn habits(&self) -> Habits {
        self.habits
    }

    fn known_events(&self) -> &[&str] {
        self.events
    }

    fn form(&self) -> Form {
        self.form.clone()
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        self.handshake.map(|handshake| handshake as _)
    }
}

/// A request that can be bent into every shape, also into those that no HTTP library lets pass.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) length: Option<u64>,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn post(target: &str, body: impl Into<Bytes>) -> Self {
        Self {
            method: "POST".into(),
            target: target.into(),
            headers: Vec::new(),
            length: None,
            body: body.into(),
        }
    }

    /// One more header line.
    pub(crate) fn and(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    /// The header with this value in place of what it had.
    pub(crate) fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).and(name, value)
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    pub(crate) fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The first value of a header, which is there and is text.
    pub(crate) fn value(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(header, _)| header == name);
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    }
}

impl From<SignedRequest> for Request {
    fn from(signed: SignedRequest) -> Self {
        let headers = signed.headers().iter();
        Self {
            method: signed.method().into(),
            target: signed.target().into(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
                .collect(),
            length: None,
            body: signed.body().clone(),
        }
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
        for (header, value) in &self.headers {
            if header == name {
                each(value);
            }
        }
    }

    fn content_length(&self) -> Option<u64> {
        self.length
    }
}

/// A message as a provider would sign it, in every place where some scheme wants something.
pub(crate) fn message(body: impl Into<Bytes>) -> Message {
    Message::post("/hooks", body).at(NOW).id("msg_1").key_id("key-1")
}

pub(crate) fn signed<P: Provider>(provider: &P, secret: &str, message: Message) -> Request {
    sign(provider, secret, message).unwrap().into()
}

/// A Harmonizely endpoint, for what any endpoint does alike.
pub(crate) fn plain_endpoint() -> AnyEndpoint {
    let endpoint = Endpoint::builder(Harmonizely).secret(SECRET).build();
    endpoint.unwrap().into_any()
}

pub(crate) fn endpoint_of<P: Provider>(provider: P, secret: &str) -> AnyEndpoint {
    let endpoint = Endpoint::builder(provider).secret(secret).build();
    endpoint.unwrap().into_any()
}

/// Drives a request through the check, its body in these pieces.
pub(crate) fn run_in_pieces(
    endpoint: &AnyEndpoint,
    request: &Request,
    now: UnixTime,
    pieces: &[Bytes],
) -> Result<Verdict, Rejection> {
    let mut check = match endpoint.open(request, now)? {
        Opened::Check(check) => check,
        Opened::NeedSecrets(ask, paused) => paused.resume(ready(ask.ask()))?,
        Opened::Reply(reply) => return Ok(Verdict::Reply(reply)),
        _ => panic!("an arm that this test does not know"),
    };
    for piece in pieces {
        check.push(piece.clone())?;
    }
    match check.finish()? {
        Verdict::NeedKey(ask, suspended) => suspended.resume(ready(ask.ask())),
        verdict => Ok(verdict),
    }
}

pub(crate) fn run_at(
    endpoint: &AnyEndpoint,
    request: &Request,
    now: UnixTime,
) -> Result<Verdict, Rejection> {
    run_in_pieces(endpoint, request, now, std::slice::from_ref(&request.body))
}

pub(crate) fn run(endpoint: &AnyEndpoint, request: &Request) -> Result<Verdict, Rejection> {
    run_at(endpoint, request, NOW)
}

/// What became of a request, in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Delivered(Box<Content>),
    Replied(Reply),
    Refused(RejectionKind),
}

impl From<Result<Verdict, Rejection>> for Outcome {
    fn from(verdict: Result<Verdict, Rejection>) -> Self {
        match verdict {
            Ok(Verdict::Deliver(delivery)) => Self::Delivered(Box::new(delivery.into_content())),
            Ok(Verdict::Reply(reply)) => Self::Replied(reply),
            Ok(verdict) => panic!("not the end: {verdict:?}"),
            Err(rejection) => Self::Refused(rejection.kind()),
        }
    }
}

pub(crate) fn outcome(endpoint: &AnyEndpoint, request: &Request) -> Outcome {
    run(endpoint, request).into()
}

/// The delivery of a request that has to pass.
pub(crate) fn delivery(endpoint: &AnyEndpoint, request: &Request) -> Delivery {
    match run(endpoint, request) {
        Ok(Verdict::Deliver(delivery)) => delivery,
        other => panic!("not delivered: {other:?}"),
    }
}

/// The rejection of a request that must not pass.
pub(crate) fn refused(endpoint: &AnyEndpoint, request: &Request) -> Rejection {
    match run(endpoint, request) {
        Err(rejection) => rejection,
        Ok(verdict) => panic!("not refused: {verdict:?}"),
    }
}

/// That a request is refused like any wrong signature.
pub(crate) fn refused_as(endpoint: &AnyEndpoint, request: &Request, want: RejectionKind) {
    let rejection = refused(endpoint, request);
    assert_eq!(rejection.kind(), want, "{request:?}");
    assert!(want.is_signature() && !want.after_verdict(), "{want:?}");
    assert_eq!(rejection.status(), 400, "{request:?}");
}

/// The answer of a future that needs no waiting.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the future waits"),
    }
}

pub(crate) fn hmac256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hmac512(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The SHA-256 signature of a text under [`SECRET`], in hex.
pub(crate) fn hex_of(text: impl AsRef<[u8]>) -> String {
    hex(&hmac256(SECRET.as_bytes(), text.as_ref()))
}

/// The same in base64.
pub(crate) fn base64_of(text: impl AsRef<[u8]>) -> String {
    base64(&hmac256(SECRET.as_bytes(), text.as_ref()))
}

/// A builder with the tests' secret.
pub(crate) fn ours<P: Provider>(provider: P) -> EndpointBuilder<P> {
    Endpoint::builder(provider).secret(SECRET)
}

/// Mobile Assistant's request for a body.
pub(crate) fn to_mobile(body: &str) -> Request {
    Request::post("/", body.to_owned()).and("x-connect-it-token", hex_of(body))
}

/// ACE's request for a body.
pub(crate) fn to_ace(body: &[u8]) -> Request {
    Request::post("/", body.to_vec()).and("x-ace-signature", base64_of(body))
}

/// What becomes of a body that Harmonizely signs.
pub(crate) fn from_harmonizely(body: &str) -> Delivery {
    let request = Request::post("/", body.to_owned()).and("webhook-signature", base64_of(body));
    delivery(&plain_endpoint(), &request)
}

/// What becomes of a body that ScreenMeet signs.
pub(crate) fn from_screenmeet(body: &str) -> Delivery {
    let request = Request::post("/", body.to_owned())
        .and("x-signature", hex_of(body))
        .and("x-signature-algo", "sha256");
    delivery(&endpoint_of(ScreenMeet::new(), SECRET), &request)
}

/// That a delivery does not decode as this type, and is refused for that.
pub(crate) fn undecodable<T: FromDelivery + Debug>(delivery: &Delivery) {
    let error = T::from_delivery(delivery).unwrap_err();
    assert!(matches!(error, ExtractError::Undecodable(_)), "{error:?}");
    assert_eq!(error.reply().status(), 400);
    let rejection = error.rejection().unwrap();
    assert_eq!(rejection.kind(), RejectionKind::Undecodable);
    assert!(rejection.source().is_some());
}

/// Fields that are signed in place of the body: the body again, as if it were made of them.
#[derive(Debug)]
pub(crate) struct BodyAsFields;

impl Extract for BodyAsFields {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(Self))
    }
}

impl Extraction for BodyAsFields {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let text = body.to_vec();
        Ok(Extracted::new(text.clone(), "text/plain", text).event("known"))
    }
}
