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

mod body;
mod capture;
mod error;
mod extent;
mod multipart;
mod place;
mod plan;
mod signature;
mod template;
#[cfg(test)]
mod tests;
mod timestamp;
pub(crate) mod urlencoded;
#[cfg(feature = "sign")]
mod write;

#[cfg(feature = "sign")]
pub(crate) use self::body::{form_value, json_value};
pub(crate) use self::capture::{Captured, PublicUrl, Unclear};
pub use self::error::SchemeError;
pub(crate) use self::plan::{HeadFacts, Plan, Said};
pub(crate) use self::signature::{Candidates, Tag};
pub(crate) use self::template::{SecretAt, Values};
#[cfg(feature = "sign")]
pub(crate) use self::urlencoded::value_of as query_value;
#[cfg(feature = "sign")]
pub(crate) use self::write::{Need, Placement};
use crate::jwt::{self, ClaimRules, JwtAlgorithm};
use crate::public::{self, Asymmetric};

/// Seconds of tolerance where neither the provider nor its SDK names one.
pub const DEFAULT_TOLERANCE: u32 = 300;

/// How a provider signs. See the [module](self) for how to write one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scheme<'a> {
    /// Where the signature stands.
    pub signature: Place<'a>,
    /// Further headers in which signatures may stand, each at most once: any may match. The
    /// timestamp and the other fields are never read from these.
    pub more_signatures: &'a [&'a str],
    /// How the signature stands in its place.
    pub framing: Framing<'a>,
    /// Whether spaces may stand before the items of a list.
    pub spaced: bool,
    /// How the signature's bytes are written.
    pub encoding: Encoding,
    /// The algorithm. A request never chooses it.
    pub algorithm: Algorithm,
    /// A header in which requests name the algorithm, and the name that they have to give (in any
    /// ASCII case). A request that names another, or none, is refused.
    pub algorithm_header: Option<(&'a str, &'a str)>,
    /// What the claims have to say, where the signature is a JSON Web Token.
    pub claims: Option<ClaimRules<'a>>,
    /// What the key is made of.
    pub key: KeyForm,
    /// Where a request names the key that it was signed with, for keys that are looked up.
    pub key_id: Option<Place<'a>>,
    /// The signed text: literals around parts in braces, each replaced by the bytes that were
    /// received. A literal brace is written twice. The parts are listed [below](#the-signed-text).
    pub signed: &'a str,
    /// What of a compressed body is signed.
    pub signs: Covered,
    /// Whether the signature leaves the body out on purpose: it then proves the sender, and handlers
    /// take [`SenderOnly`](crate::SenderOnly) events.
    pub body_unsigned: bool,
    /// The field of a form (urlencoded or `multipart/form-data`) that holds the JSON text, for
    /// providers that send it there. JSON pointers lead into that text, and handlers get it as the
    /// body. A body that is JSON itself is taken as it is.
    pub json_in: Option<&'a str>,
    /// Where the SHA-256 of the body stands in hex, for providers that sign it there instead of
    /// the body.
    pub body_digest: Option<Place<'a>>,
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

/// # The signed text
///
/// | part | stands for |
/// |---|---|
/// | `{body}` | the body, byte for byte |
/// | `{ts}`, `{id}` | the timestamp and the delivery id, as they were received |
/// | `{url}` | the endpoint's [public URL](crate::EndpointBuilder::public_url), with the query of the request where nothing of open length stands beside it |
/// | `{url:no-query}` | the same without a query |
/// | `{method}` | the method |
/// | `{header:x}`, `{query:x}`, `{form:x}`, `{json:/x}` | the one value of a header, a query parameter, a form field, and the text or number at a JSON pointer |
/// | `{query-lower:x}` | a query parameter in ASCII lower case |
/// | `{sigfield:x}` | a field beside the signature in its header |
/// | `{sorted-query}` | the query's parameters, decoded, in the order of their names, and encoded again |
/// | `{sorted-form}` | names and values of the form's fields, decoded and joined with nothing, in the order of the names, values of one name in order and once |
/// | `{body:sha256}`, `{body:sha256-hex}`, `{body:sha512-base64}` | a digest of the body, as bytes, in hex, in base64 |
/// | `{body:crc32}` | the CRC-32 of the body, in decimal: it tells mistakes, not attacks |
/// | `{body:json-string}` | the body as the inside of a JSON string, as `JSON.stringify` writes it |
/// | `{secret}` | the secret, for plain hashes: first or last in the text |
/// | `{?a{query:x}b?}` | literals around one value, all left out where the value is missing |
///
/// A text that could be cut into other values is refused: between two values of open length
/// stands a literal, whose first byte the one before it must not hold. A timestamp that is held
/// against the clock may stand beside one of them.
impl<'a> Scheme<'a> {
    /// HMAC-SHA256 over the body, in hex and alone in `header`, keyed with the secret's text, sent
    /// by `POST`: the commonest scheme, and the start for all others.
    pub const fn hmac_sha256(header: &'a str) -> Self {
        Self {
            signature: Place::Header(header),
            more_signatures: &[],
            framing: Framing::Bare,
            spaced: false,
            encoding: Encoding::Hex,
            algorithm: Algorithm::HmacSha256,
            algorithm_header: None,
            claims: None,
            key: KeyForm::Text,
            key_id: None,
            signed: "{body}",
            signs: Covered::Wire,
            body_unsigned: false,
            json_in: None,
            body_digest: None,
            timestamp: None,
            tolerance: Some(DEFAULT_TOLERANCE),
            delivery_id: None,
            event_name: None,
            methods: &["POST"],
        }
    }

    /// As [`Scheme::hmac_sha256`], with SHA-1.
    pub const fn hmac_sha1(header: &'a str) -> Self {
        Self { algorithm: Algorithm::HmacSha1, ..Self::hmac_sha256(header) }
    }

    /// As [`Scheme::hmac_sha256`], with SHA-512.
    pub const fn hmac_sha512(header: &'a str) -> Self {
        Self { algorithm: Algorithm::HmacSha512, ..Self::hmac_sha256(header) }
    }

    /// A token that is the secret itself, alone in `header`: it proves the sender, and nothing about
    /// the content.
    pub const fn token(header: &'a str) -> Self {
        Self {
            algorithm: Algorithm::Token,
            encoding: Encoding::Text,
            signed: "",
            body_unsigned: true,
            ..Self::hmac_sha256(header)
        }
    }

    /// HTTP basic authentication (RFC 7617), the secret being `user:password`: it proves the
    /// sender, and nothing about the content.
    pub const fn basic() -> Self {
        Self {
            framing: Framing::AuthScheme("Basic"),
            encoding: Encoding::Base64,
            ..Self::token("authorization")
        }
    }

    /// An asymmetric signature over the body, in base64 and alone in `header`: the endpoint's
    /// secrets are public keys.
    pub const fn public_key(algorithm: Algorithm, header: &'a str) -> Self {
        Self {
            algorithm,
            encoding: Encoding::Base64,
            key: KeyForm::PublicKey,
            ..Self::hmac_sha256(header)
        }
    }

    /// A JSON Web Token, alone in `header`, whose claims say for which request it was made. The
    /// endpoint's secrets are shared ones for [`Algorithm::JwtHs256`], else public keys; where a
    /// [`KeySource`](crate::ports::KeySource) looks keys up, they are asked for by the token's
    /// `kid`.
    pub const fn jwt(algorithm: Algorithm, header: &'a str, claims: ClaimRules<'a>) -> Self {
        Self {
            algorithm,
            encoding: Encoding::Text,
            signed: "",
            key: match algorithm {
                Algorithm::JwtHs256 => KeyForm::Text,
                _ => KeyForm::PublicKey,
            },
            claims: Some(claims),
            ..Self::hmac_sha256(header)
        }
    }

    /// Where the signature stands, if not alone in one header.
    #[must_use]
    pub const fn signature(self, place: Place<'a>) -> Self {
        Self { signature: place, ..self }
    }

    /// Further headers in which signatures may stand.
    #[must_use]
    pub const fn more_signatures(self, headers: &'a [&'a str]) -> Self {
        Self { more_signatures: headers, ..self }
    }

    /// How the signature stands in its place.
    #[must_use]
    pub const fn framing(self, framing: Framing<'a>) -> Self {
        Self { framing, ..self }
    }

    /// Spaces may stand before the items of a list.
    #[must_use]
    pub const fn spaced(self) -> Self {
        Self { spaced: true, ..self }
    }

    /// What signs.
    #[must_use]
    pub const fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// Where the SHA-256 of the body stands in hex, covered by the signature.
    #[must_use]
    pub const fn body_digest(self, place: Place<'a>) -> Self {
        Self { body_digest: Some(place), ..self }
    }

    /// The signature leaves the body out.
    #[must_use]
    pub const fn body_unsigned(self) -> Self {
        Self { body_unsigned: true, ..self }
    }

    /// The field of a form that holds the JSON text.
    #[must_use]
    pub const fn json_in(self, field: &'a str) -> Self {
        Self { json_in: Some(field), ..self }
    }

    /// Any time is accepted.
    #[must_use]
    pub const fn any_time(self) -> Self {
        Self { tolerance: None, ..self }
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

    /// Deliveries name no event, or in a place that is not known.
    #[must_use]
    pub const fn no_event_name(self) -> Self {
        Self { event_name: None, ..self }
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Covered {
    /// The bytes on the wire. They are decompressed only once they were verified.
    Wire,
    /// The bytes before compression. They have to be decompressed to be verified, so that a
    /// decompressor reads what nobody proved yet, within the endpoint's limits: only for providers
    /// that document it.
    Plain,
}

/// How a signature stands in its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Framing<'a> {
    /// It stands alone.
    Bare,
    /// A fixed text, then the signature.
    Prefix(&'a str),
    /// The name of an authentication scheme in any ASCII case, one space, then the signature
    /// (RFC 9110, section 11.4).
    AuthScheme(&'a str),
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
    /// Items that are told by their position. Fields are named by theirs: `0`, `1`.
    Positional {
        /// What stands between two items: `,`.
        items: &'a str,
        /// The position of the first signature; all after it are signatures too.
        first: usize,
    },
    /// Items of several parts such as `2/SHA256/…`, of which one is the signature.
    Parts {
        /// What stands between two items: `,`.
        items: &'a str,
        /// What stands between two parts of an item: `/`.
        parts: &'a str,
        /// The position of the signature among the parts.
        signature: usize,
        /// The position of the algorithm's name, and the name that it has to be (in any ASCII
        /// case): other items are passed over.
        algorithm: Option<(usize, &'a str)>,
    },
    /// Lists as in [`Framing::List`], several in one value, each with its own timestamp.
    Groups {
        /// What stands between two lists: a space.
        groups: &'a str,
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal digits in either case.
    Hex,
    /// Base64 with the standard alphabet and padding, spare bits zero: one text per signature.
    Base64,
    /// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5), spare bits
    /// zero.
    #[cfg_attr(feature = "serde", serde(rename = "base64url"))]
    Base64Url,
    /// Either of hex and base64, told apart by its length: for providers that do not say, and
    /// signatures that all have one length.
    HexOrBase64,
    /// As it stands: tokens.
    Text,
}

/// What signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1 (RFC 2104): 20 bytes. Its known weaknesses do not reach HMAC.
    HmacSha1,
    /// HMAC with SHA-256 (RFC 2104, RFC 6234): 32 bytes.
    HmacSha256,
    /// HMAC with SHA-512: 64 bytes.
    HmacSha512,
    /// SHA-1 over a text that holds the secret. Where the secret stands first, whoever sees one
    /// signature can sign longer texts that begin alike.
    Sha1,
    /// SHA-256 over a text that holds the secret, with the same weakness.
    Sha256,
    /// Ed25519 (RFC 8032): 64 bytes. Feature `ed25519`.
    Ed25519,
    /// ECDSA on P-256 over SHA-256, the signature in DER. Feature `ecdsa`.
    EcdsaP256Sha256,
    /// ECDSA on P-256 over SHA-1, the signature in DER. Feature `ecdsa`.
    EcdsaP256Sha1,
    /// RSA with PKCS#1 v1.5 padding (RFC 8017, section 8.2) over SHA-1. Feature `rsa`.
    RsaSha1,
    /// The same over SHA-256. Feature `rsa`.
    RsaSha256,
    /// The same over SHA-256 with keys from 1024 bits on, for providers that still have them.
    /// Feature `rsa`.
    RsaSha256Short,
    /// The same over SHA-512. Feature `rsa`.
    RsaSha512,
    /// None: the secret itself is sent, and compared in constant time.
    Token,
    /// A JSON Web Token under HMAC with SHA-256. Feature `jwt`.
    JwtHs256,
    /// A JSON Web Token under RSA with PKCS#1 v1.5 padding and SHA-256. Feature `jwt`.
    JwtRs256,
    /// A JSON Web Token under ECDSA on P-256 with SHA-256. Feature `jwt`.
    JwtEs256,
}

impl Algorithm {
    /// Bytes of a signature: exactly, or at most.
    pub(crate) const fn length(self) -> Length {
        match self {
            Self::HmacSha1 | Self::Sha1 => Length::Exactly(20),
            Self::HmacSha256 | Self::Sha256 => Length::Exactly(32),
            Self::HmacSha512 | Self::Ed25519 => Length::Exactly(64),
            // Two integers of 33 bytes at most, and their headers.
            Self::EcdsaP256Sha256 | Self::EcdsaP256Sha1 => Length::AtMost(72),
            // Keys of 8192 bits.
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha256Short | Self::RsaSha512 => {
                Length::AtMost(1024)
            }
            Self::Token => Length::AtMost(1024),
            Self::JwtHs256 | Self::JwtRs256 | Self::JwtEs256 => Length::AtMost(jwt::LONGEST),
        }
    }

    /// Whether it makes MACs, which nobody goes on with as with a plain hash.
    pub(crate) const fn is_hmac(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512)
    }

    /// The algorithm of public keys that it is. `None`: the endpoint's secrets are shared ones.
    pub(crate) const fn asymmetric(self) -> Option<Asymmetric> {
        Some(match self {
            Self::Ed25519 => Asymmetric::Ed25519,
            Self::EcdsaP256Sha256 => Asymmetric::EcdsaP256Sha256,
            Self::EcdsaP256Sha1 => Asymmetric::EcdsaP256Sha1,
            Self::RsaSha1 => Asymmetric::RsaSha1,
            Self::RsaSha256 | Self::RsaSha256Short => Asymmetric::RsaSha256,
            Self::RsaSha512 => Asymmetric::RsaSha512,
            _ => return None,
        })
    }

    /// The shortest RSA keys that are taken, in bits.
    pub(crate) const fn min_bits(self) -> u32 {
        match self {
            Self::RsaSha256Short => 1024,
            _ => public::RSA_BITS,
        }
    }

    /// Whether the endpoint's secrets are public keys.
    pub(crate) const fn is_public_key(self) -> bool {
        self.asymmetric().is_some() || matches!(self, Self::JwtRs256 | Self::JwtEs256)
    }

    /// The algorithm of tokens with claims that it is.
    pub(crate) const fn jwt(self) -> Option<JwtAlgorithm> {
        Some(match self {
            Self::JwtHs256 => JwtAlgorithm::Hs256,
            Self::JwtRs256 => JwtAlgorithm::Rs256,
            Self::JwtEs256 => JwtAlgorithm::Es256,
            _ => return None,
        })
    }

    /// Whether a token is sent, with claims or without, and no signature beside a text.
    pub(crate) const fn is_token(self) -> bool {
        matches!(self, Self::Token) || self.jwt().is_some()
    }

    /// Whether the secret is part of the text.
    pub(crate) const fn is_plain_hash(self) -> bool {
        matches!(self, Self::Sha1 | Self::Sha256)
    }

    /// The Cargo feature that it needs.
    pub(crate) fn feature(self) -> Option<&'static str> {
        let of_token = self.jwt().map(|_| "jwt");
        self.asymmetric().map(Asymmetric::feature).or(of_token)
    }

    /// The Cargo feature that it needs and this build lacks.
    pub(crate) const fn missing_feature(self) -> Option<&'static str> {
        match self.asymmetric() {
            Some(Asymmetric::Ed25519) if cfg!(feature = "ed25519") => None,
            Some(Asymmetric::EcdsaP256Sha256 | Asymmetric::EcdsaP256Sha1)
                if cfg!(feature = "ecdsa") =>
            {
                None
            }
            Some(Asymmetric::RsaSha1 | Asymmetric::RsaSha256 | Asymmetric::RsaSha512)
                if cfg!(feature = "rsa") =>
            {
                None
            }
            Some(algorithm) => Some(algorithm.feature()),
            None if self.jwt().is_some() && !cfg!(feature = "jwt") => Some("jwt"),
            None => None,
        }
    }
}

/// How many bytes a signature has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Length {
    Exactly(usize),
    AtMost(usize),
}

impl Length {
    pub(crate) fn fits(self, bytes: usize) -> bool {
        match self {
            Self::Exactly(length) => bytes == length,
            Self::AtMost(length) => (1..=length).contains(&bytes),
        }
    }
}

/// What the key is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum KeyForm {
    /// The secret's text, byte for byte, also where it looks like hex or base64.
    Text,
    /// The bytes that the secret writes in hex.
    Hex,
    /// The bytes that the secret writes in base64.
    Base64,
    /// The bytes that the secret writes in base64 after `whsec_` (or `v1,whsec_`), as Standard
    /// Webhooks has them. Prefix and padding may be left out.
    Whsec,
    /// The secret's text in Unicode normalisation form KD. Secrets that are not ASCII need the
    /// feature `nfkd`.
    Nfkd,
    /// The SHA-1 digest of the secret's text.
    Sha1OfText,
    /// The SHA-256 digest of the secret's text.
    Sha256OfText,
    /// The SHA-1 digest of what stands after the `|` of a secret that is `name|key`, as providers
    /// show a pair of a public and a private key (Braintree). The name is the secret's label; a
    /// key alone has to be [labelled](crate::Secret::labelled) with it.
    NamedSha1,
    /// A public key: PEM, DER in base64, raw in hex or base64, or a JWK.
    PublicKey,
}

/// Where a fact about a delivery stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Place<'a> {
    /// The header of this name, which occurs once.
    Header(&'a str),
    /// Every line of the header of this name: for signatures only.
    RepeatedHeader(&'a str),
    /// The headers of this name with `1`, `2` … after it, up to 100 and to the first that is
    /// missing: for signatures only.
    NumberedHeaders(&'a str),
    /// The field of this name beside the signature, where that is a list.
    SignatureField(&'a str),
    /// The query parameter of this name, decoded once.
    Query(&'a str),
    /// The field of this name in a form-urlencoded body, decoded once. Forms of more than 1000
    /// fields are not read.
    Form(&'a str),
    /// The string or number at this JSON pointer (RFC 6901) in the body; `*` stands for every
    /// element of an array, each of which has to have it, and all the same.
    Json(&'a str),
    /// The claim of this name, where the signature is a JSON Web Token: for the delivery id.
    Claim(&'a str),
    /// Where the provider's own code finds it: see [`Form::Extracted`](crate::Form::Extracted).
    Extracted,
}

/// The form of a timestamp.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Either of the two, told apart by its length: for providers that send both.
    SecondsOrMilliseconds,
    /// A date as RFC 3339 has it, with seconds and a zone.
    Rfc3339,
    /// The same, and one without a zone is UTC.
    Rfc3339OrUtc,
    /// A date as HTTP has it, in the one form that is not obsolete (RFC 9110, section 5.6.7).
    HttpDate,
}
