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

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::check::{Opened, Verdict};
use crate::decode::{ExtractError, FromDelivery};
use crate::delivery::Delivery;
use crate::endpoint::{AnyEndpoint, BuildError, Endpoint};
use crate::ports::{Key, KeyQuery, Unavailable};
use crate::provider::{Provider, Sends};
use crate::rejection::Rejection;
use crate::reply::Reply;
use crate::scheme::{KeyForm, Plan};
use crate::sign::{Message, SignError, SignedRequest, sign};
use crate::time::UnixTime;

const SECRET: &str = "a secret for tests, and for nothing else";

/// The time at which test deliveries arrive: 2023-11-14T22:13:20Z. Send messages
/// [at](Message::at) this time where the scheme signs one.
pub const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// Signs a message under a secret for tests and takes it through the real check.
///
/// # Errors
///
/// When the message cannot be signed, or the provider's own habits keep the delivery from the
/// handler.
pub fn deliver<P: Provider>(provider: P, message: Message) -> Result<Delivery, TestError> {
    let scheme = provider.scheme();
    let plan = Plan::compile(&scheme).map_err(SignError::Scheme)?;
    let secret = match scheme.key {
        KeyForm::Text => SECRET.to_owned(),
        KeyForm::Hex => const_hex::encode(SECRET),
        KeyForm::Base64 | KeyForm::Whsec => BASE64_STANDARD.encode(SECRET),
    };
    let request = sign(&provider, &*secret, message)?;
    let builder = Endpoint::builder(provider);
    let endpoint = if plan.names_its_key() {
        builder.keys_from(move |_: KeyQuery| {
            std::future::ready(Ok::<_, Unavailable>(Some(Key::secret(&*secret))))
        })
    } else {
        builder.secret(&*secret)
    };
    let endpoint = endpoint.build()?;
    through(&endpoint, &request)
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

/// Takes a signed request through the check of an endpoint of one's own, without a runtime: ports
/// have to answer at once.
///
/// # Errors
///
/// When the endpoint refuses it, or answers it by itself.
pub fn through(endpoint: &AnyEndpoint, request: &SignedRequest) -> Result<Delivery, TestError> {
    let mut check = match endpoint.open(request, endpoint.now(|| NOW))? {
        Opened::Check(check) => check,
        Opened::NeedSecrets(ask, paused) => paused.resume(answer_of(ask.ask())?)?,
        Opened::Reply(reply) => return Err(TestError::Replied(reply)),
    };
    check.push(request.body().clone())?;
    let mut verdict = check.finish()?;
    loop {
        match verdict {
            Verdict::Deliver(delivery) => return Ok(delivery),
            Verdict::Reply(reply) => return Err(TestError::Replied(reply)),
            Verdict::NeedKey(ask, suspended) => {
                verdict = suspended.resume(answer_of(ask.ask())?)?
            }
        }
    }
}

/// The answer of a port that needs no waiting.
fn answer_of<T>(mut future: crate::ports::BoxFuture<T>) -> Result<T, TestError> {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(answer) => Ok(answer),
        std::task::Poll::Pending => Err(TestError::Waits),
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
    #[error("a look-up of the endpoint has to be waited for, which this test cannot do")]
    Waits,
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
