//! Everything that weakens a check, in one place that can be searched for.
//!
//! Nothing in here is needed to receive webhooks. Each door is named for what it gives up, and an
//! endpoint that went through one says so in the log when it is built.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent};
use crate::endpoint::EndpointBuilder;
use crate::mobile_assistant::MobileAssistant;
use crate::provider::{Provider, Sends};
use crate::rejection::RejectionKind;
use crate::scheme::Scheme;

/// Opens an endpoint that verifies nothing: anyone who knows its address can send to it.
///
/// For providers that can be set up without a secret (ACE Meetings, Harmonizely), and only until
/// they have one. Handlers then take [`Unsigned<Event>`](Unsigned), so that what they trust shows
/// in their signature. Protect the address by other means.
///
/// ```
/// use hookgate::{Endpoint, ace::Ace, dangerous};
///
/// let endpoint = dangerous::accept_unsigned(Endpoint::builder(Ace::any())).build()?;
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub fn accept_unsigned<P: Provider>(builder: EndpointBuilder<P>) -> EndpointBuilder<Unverified<P>> {
    builder.unsigned()
}

/// Opens an endpoint that judges every request and refuses none for what it finds: for rolling
/// verification out at an address that receives already.
///
/// The handler gets every request that it got before, with the head and the body that came. What
/// verification would have kept from it is counted (`outcome` is `observed`, with the `reason`) and
/// logged as a warning, one line a request, and each delivery says so: one-line routes take
/// [`Observed<Event>`](Observed), and behind a layer or a middleware handlers stay as they are, or
/// take `Webhook<Observed<Event>>`. Once nothing genuine is logged any more, take the call away: the
/// handlers' types then ask for the bare event.
///
/// ```
/// use hookgate::sign::{Message, sign};
/// use hookgate::{Endpoint, RejectionKind, dangerous, testing};
/// use hookgate::harmonizely::{self, Harmonizely};
///
/// // axum: `webhook(endpoint, on_meeting)`, as ever.
/// async fn on_meeting(observed: dangerous::Observed<harmonizely::Event>) {
///     match observed.would_refuse() {
///         None => println!("this one is authentic"),
///         Some(kind) => println!("once verification is switched on: {kind}"),
///     }
///     match observed.into_event() {
///         Ok(event) => println!("{}", event.name()),
///         Err(error) => println!("no event of Harmonizely: {error}"),
///     }
/// }
///
/// let endpoint = Endpoint::builder(Harmonizely).secret("the secret that is to be rolled out");
/// let endpoint = dangerous::observe_only(endpoint).build()?;
///
/// // Signed under another secret, or not at all: it passes.
/// let request = sign(&Harmonizely, "another secret", Message::post("/hooks", "{}"))?;
/// let delivery = testing::through(&endpoint, &request)?;
/// let rejection = delivery.would_refuse().map(|rejection| rejection.kind());
/// assert_eq!(rejection, Some(RejectionKind::SignatureMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Passed on all the same** is what is wrong with the signature, the timestamp, the id or another
/// header; another method; a coding that is not taken; an unknown tenant or key, and a look-up that
/// failed or took too long; an event that is unknown, one that would only have been acknowledged
/// included; and a body that does not decompress or decode.
///
/// **Refused all the same** is what bounds memory and time: a body over the limit on the wire (413),
/// one that does not arrive in time (408) or breaks off, and one for which the budget has no room
/// (503). Give the endpoint the limits that its handler had. What does not decompress within the
/// limit is passed on as it came. A sink that does not store a delivery is answered 503, as ever.
/// A handshake is answered by the gate, and does not reach the handler; a secret that comes with one
/// and cannot be stored is 503. A request that asks in a way in which the provider never does is
/// passed on.
///
/// Nothing that comes through counts as verified: the [`Content`]'s coverage is
/// [`Nothing`](Coverage::Nothing) and all its metadata unsigned, also where the signature was right;
/// its tenant and its secret's label are there only where it was. `Webhook<Event>` and
/// `Webhook<Delivery>` answer 500. There are no replay and dedupe keys, since what an attacker wrote
/// must not take the place of what is genuine; an endpoint with a replay guard is refused by
/// `build`, and so is one that has no secret to hold a signature against.
pub fn observe_only<P: Provider>(builder: EndpointBuilder<P>) -> EndpointBuilder<Observing<P>> {
    builder.observing()
}

/// Tells senders why they are refused: for development, where the sender is you.
///
/// The reason helps an attacker as much as you. It never holds a secret or an expected signature.
pub fn expose_reasons<P>(builder: EndpointBuilder<P>) -> EndpointBuilder<P> {
    builder.exposed()
}

/// Mobile Assistant, whose example server verifies `JSON.stringify(JSON.parse(body))` and not the
/// body: accepts a signature over either.
///
/// The bytes that came are tried first. Where only the other form matches, the handler gets that
/// form, never the bytes that nobody signed. Two bodies that JavaScript reads alike are one to
/// this endpoint; duplicate keys, a byte order mark and invalid UTF-8 are refused, and over 256
/// KiB only the bytes that came are tried.
pub fn javascript_reserialised() -> MobileAssistant {
    MobileAssistant::new().reserialised()
}

/// An event of which nothing was verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct Unsigned<T>(pub T);

impl<T: FromContent> FromContent for Unsigned<T> {
    const PROVIDER: Option<&'static str> = T::PROVIDER;
    const COVERAGE: Coverage = Coverage::Nothing;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        T::from_content(content).map(Self)
    }
}

/// What an endpoint that only observes makes of a request: the event, if there is one in it, and
/// what verification would have said.
///
/// The event was written by anyone, unless [`would_refuse`](Self::would_refuse) is `None`. At
/// endpoints that refuse, the same type only ever holds what was verified.
#[derive(Clone, Eq, PartialEq)]
pub struct Observed<T> {
    event: Result<T, DecodeError>,
    body: Bytes,
    would_refuse: Option<RejectionKind>,
}

impl<T> Observed<T> {
    /// Why the handler would not have got this request, `None` where it would have.
    ///
    /// An event that would only have been acknowledged is an
    /// [`UnknownEvent`](RejectionKind::UnknownEvent) here. The cause of a rejection stands in the
    /// log, and in [`Delivery::would_refuse`](crate::Delivery::would_refuse).
    pub fn would_refuse(&self) -> Option<RejectionKind> {
        self.would_refuse
    }

    /// The event.
    ///
    /// # Errors
    ///
    /// When the body is not what the event's type expects.
    pub fn event(&self) -> Result<&T, &DecodeError> {
        self.event.as_ref()
    }

    /// The event, by value.
    ///
    /// # Errors
    ///
    /// When the body is not what the event's type expects.
    pub fn into_event(self) -> Result<T, DecodeError> {
        self.event
    }

    /// The bytes that the event is decoded from: the body, decompressed where it came with
    /// `Content-Encoding: gzip` and can be. Extractors of the framework see the body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl<T: fmt::Debug> fmt::Debug for Observed<T> {
    /// Leaves the body out, but for the event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("event", &self.event)
            .field("bytes", &self.body.len())
            .field("would_refuse", &self.would_refuse)
            .finish()
    }
}

impl<T: FromContent> FromContent for Observed<T> {
    const PROVIDER: Option<&'static str> = T::PROVIDER;
    const COVERAGE: Coverage = T::COVERAGE;
    const OBSERVES: bool = true;

    /// Never an error: what does not decode is kept.
    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let event = T::from_content(content);
        let undecodable = event.as_ref().err().map(|_| RejectionKind::Undecodable);
        let would_refuse = content.observed.as_ref().and_then(|observed| observed.would_refuse);
        Ok(Self { event, body: content.body.clone(), would_refuse: would_refuse.or(undecodable) })
    }

    fn undecoded(&self) -> Option<&DecodeError> {
        self.event.as_ref().err()
    }
}

/// What an endpoint that only observes found, as its [`Content`] keeps it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Observation {
    /// Why the handler would not have got the request, `None` where it would have. Whether the body
    /// decodes is found out by whoever decodes it.
    pub would_refuse: Option<RejectionKind>,
}

/// A provider whose requests are observed and not refused: the type of an endpoint that
/// [`observe_only`] opened.
#[derive(Debug)]
pub struct Observing<P>(P);

impl<P: Provider> Provider for Observing<P> {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0.scheme()
    }
}

impl<P: Sends> Sends for Observing<P> {
    type Event = Observed<P::Event>;
}

/// A provider whose requests are not verified: the type of an endpoint that
/// [`accept_unsigned`] opened.
#[derive(Debug)]
pub struct Unverified<P>(P);

impl<P: Provider> Provider for Unverified<P> {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0.scheme()
    }
}

impl<P: Sends> Sends for Unverified<P> {
    type Event = Unsigned<P::Event>;
}
