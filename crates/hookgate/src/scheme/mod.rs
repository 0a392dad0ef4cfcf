//! How a provider signs, as plain data.
//!
//! A [`Scheme`] says where the signature stands, how it is framed and encoded, what makes the key,
//! and which text is signed. It is flat `Copy` data built by `const fn`s, so a provider's scheme
//! is a constant:
//!
//! ```
//! use hookgate::scheme::{Place, Scheme, TimeUnit};
//!
//! /// `x-example-signature: t=1700000000,v1=<hex>` over `<timestamp>.<body>`.
//! const EXAMPLE: Scheme<'static> = Scheme::hmac_sha256("x-example-signature")
//!     .list(",", "=", "v1")
//!     .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
//!     .signed("{ts}.{body}")
//!     .event_name(Place::Json("/type"));
//! ```
//!
//! Nothing is checked while a scheme is written down. [`build`](crate::EndpointBuilder::build)
//! compiles it, and refuses one that is broken with a [`SchemeError`] that names the part.

mod error;
mod place;
mod plan;
mod signature;
mod template;
mod timestamp;

pub use self::error::SchemeError;
pub(crate) use self::plan::{HeadFacts, Plan, Said};
pub(crate) use self::signature::{Candidates, Tag};

/// Seconds of tolerance where neither the provider nor its SDK names one.
pub const DEFAULT_TOLERANCE: u32 = 300;

/// How a provider signs. See the [module](self) for how to write one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scheme<'a> {
    /// Where the signature stands: a header.
    pub signature: Place<'a>,
    /// How the signature stands in that header.
    pub framing: Framing<'a>,
    /// How the signature's bytes are written.
    pub encoding: Encoding,
    /// The algorithm. A request never chooses it.
    pub algorithm: Algorithm,
    /// A header in which requests name the algorithm, and the name that they have to give (in any
    /// ASCII case). A request that names another, or none, is refused.
    pub algorithm_header: Option<(&'a str, &'a str)>,
    /// What the key is made of.
    pub key: KeyForm,
    /// Where a request names the key that it was signed with, for keys that are looked up.
    pub key_id: Option<Place<'a>>,
    /// The signed text: literals around `{body}`, `{ts}` and `{id}`, each replaced by the bytes
    /// that were received. `{body}` stands in it exactly once, and between two values stands a
    /// literal; a literal brace is not possible.
    pub signed: &'a str,
    /// What of a compressed body is signed.
    pub signs: Covered,
    /// Where the time of sending stands, and in which unit.
    pub timestamp: Option<(Place<'a>, TimeUnit)>,
    /// Seconds by which a signed timestamp may differ from the clock, in either direction: 0
    /// accepts only the same second, `None` any time.
    pub tolerance: Option<u32>,
    /// Where the provider's id of the delivery stands.
    pub delivery_id: Option<Place<'a>>,
    /// Where the event's name stands.
    pub event_name: Option<Place<'a>>,
    /// The methods that the provider sends, in upper case.
    pub methods: &'a [&'a str],
}

impl<'a> Scheme<'a> {
    /// HMAC-SHA256 over the body, in hex and alone in `header`, keyed with the secret's text, sent
    /// by `POST`: the commonest scheme, and the start for all others.
    pub const fn hmac_sha256(header: &'a str) -> Self {
        Self {
            signature: Place::Header(header),
            framing: Framing::Bare,
            encoding: Encoding::Hex,
            algorithm: Algorithm::HmacSha256,
            algorithm_header: None,
            key: KeyForm::Text,
            key_id: None,
            signed: "{body}",
            signs: Covered::Wire,
            timestamp: None,
            tolerance: Some(DEFAULT_TOLERANCE),
            delivery_id: None,
            event_name: None,
            methods: &["POST"],
        }
    }

    /// As [`Scheme::hmac_sha256`], with SHA-512.
    pub const fn hmac_sha512(header: &'a str) -> Self {
        Self { algorithm: Algorithm::HmacSha512, ..Self::hmac_sha256(header) }
    }

    /// A fixed text stands before the signature, such as `sha256=`.
    #[must_use]
    pub const fn prefix(self, prefix: &'a str) -> Self {
        Self { framing: Framing::Prefix(prefix), ..self }
    }

    /// The header is a list of named values, of which those named `name` are signatures.
    #[must_use]
    pub const fn list(self, items: &'a str, pair: &'a str, name: &'a str) -> Self {
        Self { framing: Framing::List { items, pair, name }, ..self }
    }

    /// How the signature's bytes are written.
    #[must_use]
    pub const fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Requests name the algorithm in `header`, and have to name `algorithm`.
    #[must_use]
    pub const fn algorithm_named(self, header: &'a str, algorithm: &'a str) -> Self {
        Self { algorithm_header: Some((header, algorithm)), ..self }
    }

    /// What the key is made of.
    #[must_use]
    pub const fn key(self, key: KeyForm) -> Self {
        Self { key, ..self }
    }

    /// Requests name their key at `place`; the endpoint looks it up through its
    /// [`KeySource`](crate::ports::KeySource).
    #[must_use]
    pub const fn key_id(self, place: Place<'a>) -> Self {
        Self { key_id: Some(place), ..self }
    }

    /// The signed text.
    #[must_use]
    pub const fn signed(self, template: &'a str) -> Self {
        Self { signed: template, ..self }
    }

    /// What of a compressed body is signed.
    #[must_use]
    pub const fn signs(self, covered: Covered) -> Self {
        Self { signs: covered, ..self }
    }

    /// Where the time of sending stands, and in which unit.
    #[must_use]
    pub const fn timestamp(self, place: Place<'a>, unit: TimeUnit) -> Self {
        Self { timestamp: Some((place, unit)), ..self }
    }

    /// Seconds by which a signed timestamp may differ from the clock, in either direction.
    #[must_use]
    pub const fn tolerance(self, seconds: u32) -> Self {
        Self { tolerance: Some(seconds), ..self }
    }

    /// Where the provider's id of the delivery stands.
    #[must_use]
    pub const fn delivery_id(self, place: Place<'a>) -> Self {
        Self { delivery_id: Some(place), ..self }
    }

    /// Where the event's name stands.
    #[must_use]
    pub const fn event_name(self, place: Place<'a>) -> Self {
        Self { event_name: Some(place), ..self }
    }

    /// The methods that the provider sends.
    #[must_use]
    pub const fn methods(self, methods: &'a [&'a str]) -> Self {
        Self { methods, ..self }
    }
}

/// What of a body is signed that comes with `Content-Encoding: gzip`. Of any other body it is the
/// same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Covered {
    /// The bytes on the wire. They are decompressed only once they were verified.
    Wire,
    /// The bytes before compression. They have to be decompressed to be verified, so that a
    /// decompressor reads what nobody proved yet, within the endpoint's limits: only for providers
    /// that document it.
    Plain,
}

/// How a signature stands in its header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Framing<'a> {
    /// The header is the signature.
    Bare,
    /// A fixed text, then the signature.
    Prefix(&'a str),
    /// Items such as `t=1700000000,v1=…,v1=…`: any of the values under `name` may match, one that
    /// cannot be decoded is passed over, and other names are fields or ignored.
    List {
        /// What stands between two items: `,`.
        items: &'a str,
        /// What stands between an item's name and its value: `=`.
        pair: &'a str,
        /// The name of the items that are signatures: `v1`.
        name: &'a str,
    },
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal digits in either case.
    Hex,
    /// Base64 with the standard alphabet and padding, spare bits zero: one text per signature.
    Base64,
    /// Either of the two, told apart by its length: for providers that do not say.
    HexOrBase64,
}

/// What signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256 (RFC 2104, RFC 6234): 32 bytes.
    HmacSha256,
    /// HMAC with SHA-512: 64 bytes.
    HmacSha512,
}

impl Algorithm {
    /// Bytes of a signature.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            Self::HmacSha512 => 64,
        }
    }
}

/// What the key is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyForm {
    /// The secret's text, byte for byte, also where it looks like hex or base64.
    Text,
    /// The bytes that the secret writes in hex.
    Hex,
    /// The bytes that the secret writes in base64.
    Base64,
    /// The bytes that the secret writes in base64 after `whsec_` (or `v1,whsec_`), as Standard
    /// Webhooks has them.
    Whsec,
}

/// Where a fact about a delivery stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Place<'a> {
    /// The header of this name.
    Header(&'a str),
    /// The field of this name in the signature's header, where that is a list.
    SignatureField(&'a str),
    /// The string at this JSON pointer (RFC 6901, object keys only) in the body.
    Json(&'a str),
}

/// The unit of a timestamp that is a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}
