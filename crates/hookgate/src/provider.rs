//! The services that send webhooks.

use std::fmt::Debug;
use std::time::Duration;

use crate::decode::FromContent;
use crate::form::Form;
use crate::handshake::Handshake;
use crate::reply::Reply;
use crate::scheme::Scheme;

/// A service that sends webhooks: how it signs, and its documented habits.
///
/// Everything but the id and the scheme has a default, and no default accepts anything. A provider
/// of one's own is ten lines:
///
/// ```
/// use hookgate::scheme::{Place, Scheme};
/// use hookgate::{Endpoint, JsonEvent, Provider, Sends};
///
/// #[derive(Debug)]
/// struct Acme;
///
/// impl Provider for Acme {
///     fn id(&self) -> &str {
///         "acme"
///     }
///
///     /// <https://docs.acme.example/webhooks#signatures>, checked 2026-11-22
///     fn scheme(&self) -> Scheme<'_> {
///         Scheme::hmac_sha256("x-acme-signature").prefix("sha256=").event_name(Place::Json("/type"))
///     }
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Order { id: String }
///
/// impl Sends for Acme {
///     type Event = JsonEvent<Order>;
/// }
///
/// let endpoint = Endpoint::builder(Acme).secret("a secret of Acme's page").build()?;
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub trait Provider: Debug + Send + Sync + 'static {
    /// A short name in lower case, which identifies the provider in deliveries, logs and stores.
    fn id(&self) -> &str;

    /// How it signs.
    fn scheme(&self) -> Scheme<'_>;

    /// What it expects of a receiver, and does on its own account.
    fn habits(&self) -> Habits {
        Habits::new()
    }

    /// The names of the events that it documents, for [`UnknownEvents`].
    fn known_events(&self) -> &[&str] {
        &[]
    }

    /// The event that this endpoint was set up for at the provider, where deliveries name none.
    fn expected_event(&self) -> Option<&str> {
        None
    }

    /// Which form of the request is signed, where it is not the scheme's template around the body.
    fn form(&self) -> Form {
        Form::AsReceived
    }

    /// What it wants to read where a delivery was taken: by a sink, as a repeat, or as an event that
    /// is only acknowledged. Always a success. A [`FixedReply`](crate::FixedReply) is one as plain
    /// data.
    ///
    /// Where it has a body (Dropbox Sign's `Hello API Event Received`), it also takes the place of a
    /// handler's success without one, so that handlers need not know it. A handler that answers
    /// with a body of its own, or with anything but 2xx, is passed on as it is.
    fn acknowledgement(&self) -> Reply {
        Reply::new(200)
    }

    /// What is wrong with its own configuration, for [`build`](crate::EndpointBuilder::build) to
    /// refuse.
    fn mistake(&self) -> Option<&'static str> {
        None
    }

    /// Why a secret is not one of its webhooks, and where the right one is, for
    /// [`build`](crate::EndpointBuilder::build) to refuse: an API key where a signing secret
    /// belongs. Where the API key itself signs, nothing is wrong with one.
    ///
    /// Told by how the secret begins, or by its length: no secret may be kept or shown.
    fn mistaken_secret(&self, secret: &[u8]) -> Option<&'static str> {
        let _ = secret;
        None
    }

    /// How it asks whether an address takes its webhooks, where it does: a
    /// [`Challenge`](crate::handshake::Challenge), which is plain data.
    fn handshake(&self) -> Option<&dyn Handshake> {
        None
    }
}

/// A provider whose events have a type.
pub trait Sends: Provider {
    /// The event that handlers take.
    ///
    /// A provider that sends a token instead of a signature declares
    /// [`SenderOnly<..>`](crate::SenderOnly) here, so that handlers show how weak the proof is.
    type Event: FromContent + Send + 'static;
}

/// What a provider expects of a receiver, and does on its own account, as its pages say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Habits {
    /// What its receivers do with events that they do not know.
    pub unknown_events: UnknownEvents,
    /// The status that it asks for where a signature is wrong: 400 to 499.
    pub rejection_status: u16,
    /// How long it waits for an answer.
    pub acknowledge_within: Option<Duration>,
    /// What tells one event from the next over all attempts to deliver it.
    pub dedupe: Dedupe,
    /// Whether two identical deliveries can both be genuine, so that a repeat is no replay.
    pub repeats_are_genuine: bool,
    /// The largest body that it documents or that its receiver needs, in bytes.
    pub body_limit: Option<usize>,
    /// Whether it can be set up without a secret, and then signs nothing.
    pub may_be_unsigned: bool,
}

impl Habits {
    /// Unknown events are delivered, a wrong signature is 400, and nothing else is known.
    pub const fn new() -> Self {
        Self {
            unknown_events: UnknownEvents::Deliver,
            rejection_status: 400,
            acknowledge_within: None,
            dedupe: Dedupe::None,
            repeats_are_genuine: false,
            body_limit: None,
            may_be_unsigned: false,
        }
    }

    /// What receivers do with events that they do not know.
    #[must_use]
    pub const fn unknown_events(self, unknown_events: UnknownEvents) -> Self {
        Self { unknown_events, ..self }
    }

    /// The status for wrong signatures, 400 to 499.
    #[must_use]
    pub const fn rejection_status(self, rejection_status: u16) -> Self {
        Self { rejection_status, ..self }
    }

    /// How long the provider waits for an answer.
    #[must_use]
    pub const fn acknowledge_within(self, deadline: Duration) -> Self {
        Self { acknowledge_within: Some(deadline), ..self }
    }

    /// What tells one event from the next.
    #[must_use]
    pub const fn dedupe(self, dedupe: Dedupe) -> Self {
        Self { dedupe, ..self }
    }

    /// Two identical deliveries can both be genuine: replay guards are refused.
    #[must_use]
    pub const fn repeats_are_genuine(self) -> Self {
        Self { repeats_are_genuine: true, ..self }
    }

    /// The largest body, in bytes.
    #[must_use]
    pub const fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: Some(bytes), ..self }
    }

    /// The provider can be set up without a secret.
    #[must_use]
    pub const fn may_be_unsigned(self) -> Self {
        Self { may_be_unsigned: true, ..self }
    }
}

impl Default for Habits {
    fn default() -> Self {
        Self::new()
    }
}

/// What happens to an authentic delivery whose event is none of
/// [`Provider::known_events`], whoever takes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum UnknownEvents {
    /// The handler gets it.
    Deliver,
    /// It is answered 200 without the handler.
    Acknowledge,
    /// It is refused with 400.
    Refuse,
}

/// What tells one event from the next over all attempts to deliver it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Dedupe {
    /// A delivery id that the signature covers.
    SignedId,
    /// The signed text without its timestamp: two events never have the same.
    BodyDigest,
    /// Nothing that is signed.
    None,
}
