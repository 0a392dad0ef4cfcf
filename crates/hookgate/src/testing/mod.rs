//! Deliveries for the tests of users' handlers, made by the real check.
//!
//! ```
//! use hookgate::harmonizely::{Event, Harmonizely};
//! use hookgate::sign::Message;
//! use hookgate::testing;
//!
//! let body = r#"{"event":"meetingCancelled","data":{"uuid":"m-1"}}"#;
//! let event = testing::event(Harmonizely, Message::post("/hooks", body))?;
//! assert!(matches!(event, Event::MeetingCancelled(notice) if notice.data.uuid.is_some()));
//! # Ok::<(), testing::TestError>(())
//! ```
//!
//! | for | there is |
//! |---|---|
//! | an event, or a delivery, of a provider | [`event`], [`deliver`] |
//! | all the events of a provider of one's own | [`every_event`] |
//! | a signed request, and an endpoint that takes it | [`signed`] |
//! | a delivery to an endpoint of one's own | [`sign_for`], then [`through`] |
//! | the same where secrets are looked up | [`sign`](crate::sign::sign), then [`through_ports`] |

mod keys;

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use self::keys::TestKey;
use crate::check::{Opened, Verdict};
use crate::decode::{ExtractError, FromDelivery};
use crate::delivery::Delivery;
use crate::endpoint::{AnyEndpoint, BuildError, Endpoint};
use crate::form::Form;
use crate::ports::{Key, KeyQuery, Unavailable};
use crate::provider::{Provider, Sends};
use crate::rejection::Rejection;
use crate::reply::Reply;
use crate::scheme::Plan;
use crate::sign::{Message, SignError, SignedRequest, SigningKey, sign_with};
use crate::time::UnixTime;

const SECRET: &str = "a-secret-for-tests-and-for-nothing-else";

/// The time at which test deliveries arrive: 2023-11-14T22:13:20Z. Send messages
/// [at](Message::at) this time where the scheme signs one.
pub const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// Signs a message under a key for tests and takes it through the real check.
///
/// What else the provider signs need not be known: a time ([`NOW`]), a delivery id, a nonce in a
/// header or in the query, a field beside the signature and the endpoint's address
/// (`https://example.com` before the message's target) are filled in where the message has none.
/// A signature that stands in the body is put there, so that the body has to be a JSON object, or
/// a form, as the provider sends it.
///
/// ```
/// use hookgate::catalogue::{SLACK, TELEGRAM, TWILIO};
/// use hookgate::sign::Message;
/// use hookgate::testing;
///
/// testing::deliver(SLACK, Message::post("/slack", r#"{"type":"event_callback"}"#))?;
/// testing::deliver(TELEGRAM, Message::post("/telegram", r#"{"update_id":1}"#))?;
/// let sms = Message::form("/sms", [("From", "+15005550006"), ("Body", "hello")]);
/// assert_eq!(&**testing::deliver(TWILIO, sms)?.body(), b"From=%2B15005550006&Body=hello");
/// # Ok::<(), testing::TestError>(())
/// ```
///
/// # Errors
///
/// When the message cannot be signed, or the provider's own habits keep the delivery from the
/// handler.
pub fn deliver<P: Provider>(provider: P, message: Message) -> Result<Delivery, TestError> {
    TestEndpoint::new(provider, &message.sample_url())?.deliver(message)
}

/// Like [`deliver`], and decodes the event that a handler would get.
///
/// # Errors
///
/// As [`deliver`], and when the event does not decode.
pub fn event<P: Sends>(provider: P, message: Message) -> Result<P::Event, TestError>
where
    P::Event: FromDelivery,
{
    Ok(P::Event::from_delivery(&deliver(provider, message)?)?)
}

/// Takes a sample of every event that the provider [documents](Provider::known_events) through the
/// real check, and decodes it. The events come back in the order of their samples, to be looked
/// at: a sample that decodes as an unknown event is one that was forgotten.
///
/// ```
/// use hookgate::harmonizely::{Event, Harmonizely};
/// use hookgate::sign::Message;
/// use hookgate::testing;
///
/// let samples = ["meetingScheduled", "meetingRescheduled", "meetingCancelled"]
///     .map(|name| Message::post("/", format!(r#"{{"event":"{name}","data":{{}}}}"#)));
/// let events = testing::every_event(Harmonizely, samples)?;
/// assert!(!events.iter().any(|event| matches!(event, Event::Unknown { .. })));
/// # Ok::<(), testing::TestError>(())
/// ```
///
/// # Errors
///
/// As [`event`] for each sample, and [`TestError::NoSample`] for the first documented event of
/// which there is none.
pub fn every_event<P: Sends>(
    provider: P,
    samples: impl IntoIterator<Item = Message>,
) -> Result<Vec<P::Event>, TestError>
where
    P::Event: FromDelivery,
{
    let mut samples = samples.into_iter().peekable();
    let url = samples.peek().map_or_else(|| "https://example.com/".into(), Message::sample_url);
    let endpoint = TestEndpoint::new(provider, &url)?;
    let (mut events, mut names) = (Vec::new(), Vec::new());
    for sample in samples {
        let delivery = endpoint.deliver(sample)?;
        events.push(P::Event::from_delivery(&delivery)?);
        names.extend(delivery.event_name().map(Cow::into_owned));
    }
    let mut known = endpoint.endpoint.provider().known_events().iter();
    match known.find(|known| !names.iter().any(|name| name == *known)) {
        Some(missing) => Err(TestError::NoSample((*missing).to_owned())),
        None => Ok(events),
    }
}

/// An endpoint under a key for tests, and the message as the provider sends it there: for tests
/// over HTTP, and of what an attacker makes of a request. What the message lacks is filled in as
/// for [`deliver`].
///
/// ```
/// use hookgate::catalogue::STRIPE;
/// use hookgate::sign::Message;
/// use hookgate::testing;
///
/// let (endpoint, request) = testing::signed(STRIPE, Message::post("/stripe", "{}"))?;
/// assert!(testing::through(&endpoint, &request).is_ok());
/// assert!(testing::through(&endpoint, &request.with_body(r#"{"paid":true}"#)).is_err());
/// # Ok::<(), testing::TestError>(())
/// ```
///
/// # Errors
///
/// When the message cannot be signed, or the endpoint not be built.
pub fn signed<P: Provider>(
    provider: P,
    message: Message,
) -> Result<(Endpoint<P>, SignedRequest), TestError> {
    let test = TestEndpoint::new(provider, &message.sample_url())?;
    let request = test.sign(message)?;
    Ok((test.endpoint, request))
}

/// An endpoint under a key for tests.
struct TestEndpoint<P> {
    endpoint: Endpoint<P>,
    key: SigningKey,
}

impl<P: Provider> TestEndpoint<P> {
    /// Known under this address.
    fn new(provider: P, url: &str) -> Result<Self, TestError> {
        let scheme = provider.scheme();
        let plan = Plan::compile(&scheme).map_err(SignError::Scheme)?;
        let TestKey { signing, verifying } = TestKey::of(&scheme)?;
        let names_key = match provider.form() {
            Form::Extracted(extract) => extract.names_key(),
            _ => scheme.key_id.is_some(),
        };
        let key = SigningKey::new((&*signing).into(), plan.keys())?;
        let mut builder = Endpoint::builder(provider);
        if plan.lacks_url() {
            builder = builder.public_url(url);
        }
        let builder = if names_key {
            builder.keys_from(move |_: KeyQuery| {
                std::future::ready(Ok::<_, Unavailable>(Some(Key::secret(&*verifying))))
            })
        } else {
            builder.secret(&*verifying)
        };
        Ok(Self { endpoint: builder.build()?, key })
    }

    fn sign(&self, message: Message) -> Result<SignedRequest, TestError> {
        let plan = self.endpoint.plan();
        let message = message.completed(plan, NOW)?;
        Ok(sign_with(plan, self.endpoint.form(), &self.key, message)?)
    }

    fn deliver(&self, message: Message) -> Result<Delivery, TestError> {
        through(&self.endpoint, &self.sign(message)?)
    }
}

/// Signs a message as the endpoint's provider does, under the first of the endpoint's own
/// secrets: for tests that have the application's endpoint, and need not know its secret.
///
/// ```
/// use hookgate::sign::Message;
/// use hookgate::{Endpoint, Secret, harmonizely::Harmonizely, testing};
///
/// let secret = Secret::new("the webhook's secret").labelled("2026-11");
/// let endpoint = Endpoint::builder(Harmonizely).secret(secret).build()?;
/// let request = testing::sign_for(&endpoint, Message::post("/hooks", "{}"))?;
/// assert_eq!(testing::through(&endpoint, &request)?.secret(), Some("2026-11"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the endpoint has no secrets of its own, since it is unsigned or looks them up, or the
/// message lacks something that the scheme signs.
pub fn sign_for(endpoint: &AnyEndpoint, message: Message) -> Result<SignedRequest, TestError> {
    // Others hold a key under which nothing is right.
    if endpoint.secrets().labels().is_empty() {
        return Err(TestError::NoOwnSecrets);
    }
    let key = SigningKey::Shared(endpoint.secrets().load());
    Ok(sign_with(endpoint.plan(), endpoint.form(), &key, message)?)
}

/// Takes a signed request through the check of an endpoint of one's own, without a runtime: ports
/// have to answer at once. Where they have to be waited for, there is [`through_ports`].
///
/// # Errors
///
/// When the endpoint refuses it, or answers it by itself, or a port does not answer at once.
pub fn through(endpoint: &AnyEndpoint, request: &SignedRequest) -> Result<Delivery, TestError> {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(through_ports(endpoint, request)).poll(&mut cx) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(TestError::Waits),
    }
}

/// Like [`through`], and waits for the endpoint's secrets or key to be looked up, on the runtime
/// of the test. A replay guard is not asked.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hookgate::ports::{SecretQuery, Unavailable};
/// use hookgate::sign::{Message, sign};
/// use hookgate::{Endpoint, Secrets, harmonizely::Harmonizely, testing};
///
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// let endpoint = Endpoint::builder(Harmonizely)
///     .secrets_from(
///         |head| head.path().rsplit('/').next().map(Into::into),
///         async |_: SecretQuery| Ok(Some(Secrets::new("the secret of Acme"))),
///     )
///     .build()?;
/// let request = sign(&Harmonizely, "the secret of Acme", Message::post("/hooks/acme", "{}"))?;
/// let delivery = testing::through_ports(&endpoint, &request).await?;
/// assert_eq!(delivery.tenant(), Some("acme"));
/// # Ok(())
/// # }
/// # use std::task::{Context, Poll, Waker};
/// # let polled = std::pin::pin!(test()).poll(&mut Context::from_waker(Waker::noop()));
/// # let Poll::Ready(passed) = polled else { panic!("it waits") };
/// # passed
/// # }
/// ```
///
/// # Errors
///
/// When the endpoint refuses it, or answers it by itself.
pub async fn through_ports(
    endpoint: &AnyEndpoint,
    request: &SignedRequest,
) -> Result<Delivery, TestError> {
    let mut check = match endpoint.open(request, endpoint.now(|| NOW))? {
        Opened::Check(check) => check,
        Opened::NeedSecrets(ask, paused) => paused.resume(ask.ask().await)?,
        Opened::Reply(reply) => return Err(TestError::Replied(reply)),
    };
    check.push(request.body().clone())?;
    let mut verdict = check.finish()?;
    loop {
        match verdict {
            Verdict::Deliver(delivery) => return Ok(delivery),
            Verdict::Reply(reply) => return Err(TestError::Replied(reply)),
            Verdict::NeedKey(ask, suspended) => verdict = suspended.resume(ask.ask().await)?,
            Verdict::Learn(ask, learning) => {
                return Err(TestError::Replied(learning.resume(ask.ask().await)?));
            }
        }
    }
}

/// A test delivery that did not come through.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// The message cannot be signed.
    #[error("the message cannot be signed: {0}")]
    Sign(SignError),
    /// The endpoint cannot be built.
    #[error("the endpoint cannot be built: {0}")]
    Build(BuildError),
    /// The delivery was refused.
    #[error("the delivery was refused: {0}")]
    Refused(Rejection),
    /// The gate answered by itself.
    #[error("the gate answered by itself, with status {}", .0.status())]
    Replied(Reply),
    /// The event did not decode.
    #[error("the event did not decode: {0}")]
    Event(ExtractError),
    /// A look-up has to be waited for.
    #[error("a look-up of the endpoint has to be waited for: use `through_ports`")]
    Waits,
    /// The endpoint has no secrets of its own.
    #[error("the endpoint has no secrets of its own to sign with: use `sign`")]
    NoOwnSecrets,
    /// An event that the provider documents has no sample.
    #[error("there is no sample of {0}")]
    NoSample(String),
}

impl From<SignError> for TestError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

impl From<BuildError> for TestError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<Rejection> for TestError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<ExtractError> for TestError {
    fn from(error: ExtractError) -> Self {
        Self::Event(error)
    }
}
