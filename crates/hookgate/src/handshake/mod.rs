//! How providers ask whether an address takes their webhooks, and what the gate answers.
//!
//! A provider's way to ask is a [`Challenge`]: plain data, so that an entry of a catalogue says no
//! more than `Challenge::QueryEcho { name: "challenge" }`. The gate answers by itself, only at the
//! endpoint of that provider, and the handler never hears of it.
//!
//! ```
//! use hookgate::handshake::{Challenge, Handshake};
//! use hookgate::scheme::Scheme;
//! use hookgate::Provider;
//!
//! #[derive(Debug)]
//! struct Acme;
//!
//! impl Provider for Acme {
//!     fn id(&self) -> &str {
//!         "acme"
//!     }
//!
//!     fn scheme(&self) -> Scheme<'_> {
//!         Scheme::hmac_sha256("x-acme-signature")
//!     }
//!
//!     /// `GET ?challenge=X` is answered with `X`.
//!     fn handshake(&self) -> Option<&dyn Handshake> {
//!         const ASKS: Challenge<'static> = Challenge::QueryEcho { name: "challenge" };
//!         Some(&ASKS)
//!     }
//! }
//! ```
//!
//! # What is answered, and what is not
//!
//! | asked | by | answered |
//! |---|---|---|
//! | in the head, unsigned | a query, a header, a method | with what was asked, as text or JSON, never as anything that a browser runs |
//! | in the head, for a MAC or a hash | `crc_token`, `bt_challenge`, `challenge_code` | where the challenge passes its [`Gate`] |
//! | in a signed body | Slack, Zoom, Twitch, Discord | once the signature was verified |
//! | in a body that nobody signs | WooCommerce, monday | where the request has no signature, and the body says nothing else |
//! | with a secret to keep | Asana, Notion | where the endpoint was told to [learn](crate::EndpointBuilder::learn_secret) one, and has none |
//!
//! Query parameters are decoded once, as forms are (`+` is a space), into UTF-8 without control
//! characters; one that occurs twice, that cannot be decoded or that is longer than [`LONGEST_ECHO`]
//! bytes is refused with 400. So is a header that is asked in and occurs twice, and one that is not
//! of visible ASCII.
//!
//! # No oracle
//!
//! A provider that asks for a MAC makes an endpoint sign what a stranger sends. Two things keep
//! that from being a signature of a delivery. What is signed is a [`Token`], which is made by a
//! [`Gate`] and by nothing else: up to [`LONGEST_TOKEN`] letters, digits and `+/=_-`, which no JSON
//! body is that says anything, nor a text with a `:` or a `.` of a scheme in it. And where a scheme
//! signs the body alone, so that such a token could be a body after all, the check refuses each
//! delivery whose signed text would pass as a token, right signature or not.
//!
//! # Never
//!
//! No connection is opened: Amazon SNS's `SubscribeURL` and Event Grid's `validationUrl` are left
//! to the application. An unsigned handshake never says whether a tenant is known.

mod challenge;
mod event_grid;
mod gate;
mod hash;
mod header;
mod json;
mod mac;
mod ping;
mod query;
mod secret;
mod setup;

use std::fmt::{self, Debug};
use std::sync::Arc;

pub use self::challenge::Challenge;
pub(crate) use self::gate::is_token;
pub use self::gate::{Gate, LONGEST_ECHO, LONGEST_TOKEN, Token};
pub use self::mac::{Mac, MacReply, Signing};
pub(crate) use self::secret::is_secret;
pub use self::setup::Setup;
use crate::content::Content;
use crate::head::RequestHead;
use crate::reply::Reply;
use crate::secret::Secret;

/// The largest body in which a handshake is looked for, in bytes. Challenges are a fraction of it,
/// and no delivery larger than that is read for one.
pub const LONGEST_BODY: usize = 8 * 1024;

/// How a provider asks whether an address takes its webhooks.
///
/// [`Challenge`] is every way that is known. The trait is for a provider with another one: what it
/// returns is data, and the check carries it out, so that an implementation sees no secret and
/// signs nothing but a [`Token`].
pub trait Handshake: Debug + Send + Sync {
    /// What the head of a request asks. Every request comes by here, before anything of it is
    /// verified.
    fn head(&self, head: &dyn RequestHead, setup: &Setup<'_>) -> Asked {
        let _ = (head, setup);
        Asked::Nothing
    }

    /// What the body asks of a request that has no signature at all, where the head was
    /// [noted](Asked::Noted) as one that may ask so.
    ///
    /// Anyone can have sent it. Only [`Asked::Reply`], [`Asked::Learn`] and [`Asked::Malformed`]
    /// are carried out; the delivery is refused as unsigned otherwise.
    fn unsigned(&self, note: &Note, body: &[u8]) -> Asked {
        let _ = (note, body);
        Asked::Nothing
    }

    /// What a verified request asks. `note` is what the head was [noted](Asked::Noted) with.
    fn verified(&self, content: &Content, note: Option<&Note>) -> Asked {
        let _ = (content, note);
        Asked::Nothing
    }

    /// What the handshake takes beside the request. What is not declared here is not carried out.
    fn uses(&self) -> Uses {
        Uses::default()
    }

    /// Whether it answers every request of this method, whatever else stands in it. Never one that
    /// the provider delivers with.
    fn probes(&self, method: &str) -> bool {
        let _ = method;
        false
    }

    /// What is wrong with the handshake itself, for [`build`](crate::EndpointBuilder::build) to
    /// refuse.
    fn mistake(&self) -> Option<&'static str> {
        None
    }
}

/// What a request asks, and what the gate is to do about it.
#[non_exhaustive]
pub enum Asked {
    /// Nothing: it is a delivery like any other.
    Nothing,
    /// It is answered, and the handler never hears of it.
    Reply(Reply),
    /// It asks in a way in which the provider never does: refused with 400.
    Malformed,
    /// It does not show the right token: refused with 403.
    Forbidden,
    /// It is answered with a MAC, at endpoints whose handshake [declares](Uses::key) it: from the
    /// head under the first of the endpoint's secrets, else under the one that matched.
    Sign(Signing),
    /// From the head only: it may ask in its body, and the note is what the head said of it.
    Noted(Note),
    /// It brings the secret that deliveries will be signed with. Where the endpoint
    /// [learns](crate::EndpointBuilder::learn_secret) secrets and has none, the secret is stored and
    /// then answered with the reply; everywhere else it is an unsigned request like any other.
    Learn(Secret, Reply),
}

impl Debug for Asked {
    /// Leaves out what the request said: a secret among it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Reply(_) => "Reply(..)",
            Self::Malformed => "Malformed",
            Self::Forbidden => "Forbidden",
            Self::Sign(_) => "Sign(..)",
            Self::Noted(_) => "Noted(..)",
            Self::Learn(..) => "Learn(..)",
        })
    }
}

/// What a head said, for the time when the body is complete.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Note {
    /// A value from the head, such as the challenge in a header. It is the sender's word.
    pub value: Option<Arc<str>>,
    /// Whether the request may also ask without a signature.
    pub unsigned: bool,
}

impl Note {
    /// A request that asks, if it does, in a signed body.
    pub const fn signed() -> Self {
        Self { value: None, unsigned: false }
    }

    /// A request that may ask without a signature.
    pub const fn unsigned() -> Self {
        Self { value: None, unsigned: true }
    }

    /// What the head said.
    #[must_use]
    pub fn value(self, value: impl Into<Arc<str>>) -> Self {
        Self { value: Some(value.into()), ..self }
    }
}

impl Debug for Note {
    /// Leaves the value out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note").field("unsigned", &self.unsigned).finish_non_exhaustive()
    }
}

/// What a handshake takes beside the request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Uses {
    /// It is answered with a MAC under the endpoint's own key.
    pub key: bool,
    /// The answer names the key by the label of its secret.
    pub label: bool,
    /// It takes the endpoint's [token](crate::EndpointBuilder::verify_token).
    pub token: bool,
    /// It takes the endpoint's [public address](crate::EndpointBuilder::public_url).
    pub url: bool,
    /// It brings the secret that deliveries will be signed with.
    pub secret: bool,
}

impl Uses {
    /// What two handshakes take together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            key: self.key || other.key,
            label: self.label || other.label,
            token: self.token || other.token,
            url: self.url || other.url,
            secret: self.secret || other.secret,
        }
    }
}
