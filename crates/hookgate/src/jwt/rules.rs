//! What the claims of a token have to say, as data of a scheme.

/// What the claims of a provider's token have to say for a request to be the one that it was made
/// for.
///
/// ```
/// use hookgate::{Absent, BodyHash, ClaimRules, HashEncoding};
///
/// // MessageBird: a hash of the body unless it is empty, and one of the whole URL.
/// const MESSAGEBIRD: ClaimRules<'_> = ClaimRules::new()
///     .issuer("MessageBird")
///     .leeway(1)
///     .body(BodyHash::new("payload_hash", HashEncoding::Hex).absent(Absent::EmptyBody))
///     .url_hash("url_hash");
/// assert_eq!(MESSAGEBIRD.leeway, 1);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClaimRules<'a> {
    /// Seconds by which the clocks may differ, for `exp`, `nbf`, and an `iat` ahead of ours.
    pub leeway: u32,
    /// Whether the token has to say when it expires (`exp`). Where it says so, it is held to it.
    pub expires: Presence,
    /// Whether the token has to say from when on it holds (`nbf`). Where it says so, it is held to
    /// it.
    pub not_before: Presence,
    /// Seconds for which a token holds after it was made (`iat`, which then has to be there).
    pub max_age: Option<u32>,
    /// What `iss` has to be.
    pub issuer: Option<&'a str>,
    /// What `aud` has to be or to hold.
    pub audience: Audience<'a>,
    /// The claim that binds the body. `None`: nothing does, and the token proves the sender alone.
    pub body: Option<BodyHash<'a>>,
    /// The claim that is the SHA-256 of the request's full URL, in hex, and has to be there.
    pub url_hash: Option<&'a str>,
    /// The account that the token has to be of: `email` is it, and `email_verified` is true.
    pub account: Option<&'a str>,
    /// Claims that have to be there besides.
    pub required: &'a [RequiredClaim<'a>],
}

impl<'a> ClaimRules<'a> {
    /// Tokens that expire, clocks that agree, and a body that is not bound: the start for all
    /// others.
    pub const fn new() -> Self {
        Self {
            leeway: 0,
            expires: Presence::Required,
            not_before: Presence::Optional,
            max_age: None,
            issuer: None,
            audience: Audience::Any,
            body: None,
            url_hash: None,
            account: None,
            required: &[],
        }
    }

    /// Seconds by which the clocks may differ.
    #[must_use]
    pub const fn leeway(self, seconds: u32) -> Self {
        Self { leeway: seconds, ..self }
    }

    /// Whether `exp` has to be there.
    #[must_use]
    pub const fn expires(self, expires: Presence) -> Self {
        Self { expires, ..self }
    }

    /// Whether `nbf` has to be there.
    #[must_use]
    pub const fn not_before(self, not_before: Presence) -> Self {
        Self { not_before, ..self }
    }

    /// Seconds for which a token holds after its `iat`.
    #[must_use]
    pub const fn max_age(self, seconds: u32) -> Self {
        Self { max_age: Some(seconds), ..self }
    }

    /// What `iss` has to be, byte for byte.
    #[must_use]
    pub const fn issuer(self, issuer: &'a str) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// What `aud` has to be or to hold.
    #[must_use]
    pub const fn audience(self, audience: Audience<'a>) -> Self {
        Self { audience, ..self }
    }

    /// The claim that binds the body.
    #[must_use]
    pub const fn body(self, body: BodyHash<'a>) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The claim that binds the URL.
    #[must_use]
    pub const fn url_hash(self, claim: &'a str) -> Self {
        Self { url_hash: Some(claim), ..self }
    }

    /// The account that the token has to be of.
    #[must_use]
    pub const fn account(self, email: &'a str) -> Self {
        Self { account: Some(email), ..self }
    }

    /// Claims that have to be there besides.
    #[must_use]
    pub const fn required(self, claims: &'a [RequiredClaim<'a>]) -> Self {
        Self { required: claims, ..self }
    }
}

impl Default for ClaimRules<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a claim has to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Presence {
    /// A token without it is refused.
    Required,
    /// It is looked at where it is.
    Optional,
}

/// For whom a token has to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Audience<'a> {
    /// For anyone: `aud` is not looked at.
    Any,
    /// For this audience.
    Is(&'a str),
    /// For the request's full URL, as the provider was told it (monday.com).
    Url,
}

/// A claim that is the SHA-256 of the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BodyHash<'a> {
    /// The claim's name.
    pub claim: &'a str,
    /// How the hash is written.
    pub encoding: HashEncoding,
    /// What it means that the claim is absent.
    pub absent: Absent,
}

impl<'a> BodyHash<'a> {
    /// A claim without which the token is refused.
    pub const fn new(claim: &'a str, encoding: HashEncoding) -> Self {
        Self { claim, encoding, absent: Absent::Refused }
    }

    /// What it means that the claim is absent.
    #[must_use]
    pub const fn absent(self, absent: Absent) -> Self {
        Self { absent, ..self }
    }
}

/// How a hash is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum HashEncoding {
    /// Hex, in either case.
    Hex,
    /// Base64 with the standard alphabet and padding, spare bits zero.
    Base64,
}

/// What it means that the claim with the body's hash is absent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Absent {
    /// The token is refused.
    Refused,
    /// The body is empty, and refused where it is not (MessageBird).
    EmptyBody,
    /// The body is not bound: the token proves the sender alone (Vonage).
    Unbound,
}

/// A claim that has to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RequiredClaim<'a> {
    /// The claim's name.
    pub name: &'a str,
    /// What it has to be.
    pub value: ClaimValue<'a>,
}

impl<'a> RequiredClaim<'a> {
    /// A claim of this name and value.
    pub const fn new(name: &'a str, value: ClaimValue<'a>) -> Self {
        Self { name, value }
    }
}

/// What a claim has to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClaimValue<'a> {
    /// A text of at least one byte.
    SomeText,
    /// This text, byte for byte.
    Text(&'a str),
    /// The value `true`, and not a text that says so.
    True,
}
