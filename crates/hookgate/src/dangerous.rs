//! Everything that weakens a check, in one place that can be searched for.
//!
//! Nothing in here is needed to receive webhooks. Each door is named for what it gives up, and an
//! endpoint that went through one says so in the log when it is built.

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent};
use crate::endpoint::EndpointBuilder;
use crate::mobile_assistant::MobileAssistant;
use crate::provider::{Provider, Sends};
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
