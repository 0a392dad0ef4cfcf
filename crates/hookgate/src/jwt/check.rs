//! Whether a verified token is for this request, now.

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use super::rules::{Absent, Audience, ClaimRules, ClaimValue, HashEncoding, Presence};
use super::{BodyHash, Claims};
use crate::{RejectionKind, UnixTime};

/// [`ClaimRules`], owned.
#[derive(Clone, Debug)]
pub(crate) struct ClaimChecks {
    leeway: i64,
    expires: Presence,
    not_before: Presence,
    max_age: Option<i64>,
    issuer: Option<Box<str>>,
    audience: For,
    body: Option<(Box<str>, HashEncoding, Absent)>,
    url_hash: Option<Box<str>>,
    account: Option<Box<str>>,
    required: Box<[(Box<str>, Wanted)]>,
}

/// [`Audience`], owned.
#[derive(Clone, Debug)]
enum For {
    Any,
    Is(Box<str>),
    Url,
}

/// [`ClaimValue`], owned.
#[derive(Clone, Debug)]
enum Wanted {
    SomeText,
    Text(Box<str>),
    True,
}

/// What a token is held against.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) now: UnixTime,
    /// The body, byte for byte.
    pub(crate) body: &'a [u8],
    /// The full URL as the provider knows it, where the endpoint knows that. Without it, rules
    /// that need it refuse everything.
    pub(crate) url: Option<&'a str>,
}

/// What a token proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Proof {
    /// Whether the body is the one that the token was made for; else it proves the sender alone.
    pub(crate) covers_body: bool,
    /// The last second at which it would have passed, where it ever stops.
    pub(crate) passes_until: Option<UnixTime>,
}

impl From<&ClaimRules<'_>> for ClaimChecks {
    fn from(rules: &ClaimRules<'_>) -> Self {
        Self {
            leeway: rules.leeway.into(),
            expires: rules.expires,
            not_before: rules.not_before,
            max_age: rules.max_age.map(i64::from),
            issuer: rules.issuer.map(Box::from),
            audience: match rules.audience {
                Audience::Any => For::Any,
                Audience::Is(audience) => For::Is(audience.into()),
                Audience::Url => For::Url,
            },
            body: rules
                .body
                .map(|BodyHash { claim, encoding, absent }| (claim.into(), encoding, absent)),
            url_hash: rules.url_hash.map(Box::from),
            account: rules.account.map(Box::from),
            required: rules
                .required
                .iter()
                .map(|claim| {
                    let wanted = match claim.value {
                        ClaimValue::SomeText => Wanted::SomeText,
                        ClaimValue::Text(text) => Wanted::Text(text.into()),
                        ClaimValue::True => Wanted::True,
                    };
                    (claim.name.into(), wanted)
                })
                .collect(),
        }
    }
}

impl ClaimChecks {
    /// Whether every token that passes binds the body.
    pub(crate) fn binds_body(&self) -> bool {
        self.body.as_ref().is_some_and(|(_, _, absent)| *absent != Absent::Unbound)
    }

    /// Whether the rules need the address of the endpoint.
    pub(crate) fn needs_url(&self) -> bool {
        self.url_hash.is_some() || matches!(self.audience, For::Url)
    }

    /// Claims that pass for a request: the provider's half.
    #[cfg(feature = "sign")]
    pub(crate) fn example(
        &self,
        request: Request<'_>,
    ) -> serde_json::Map<String, serde_json::Value> {
        let now = request.now.as_secs();
        let url = request.url.unwrap_or_default();
        let mut claims = serde_json::Map::new();
        let mut put = |name: &str, value: serde_json::Value| {
            claims.insert(name.to_owned(), value);
        };
        put("iat", now.into());
        put("nbf", now.into());
        put("exp", now.saturating_add(60).into());
        if let Some(issuer) = &self.issuer {
            put("iss", (**issuer).into());
        }
        match &self.audience {
            For::Any => {}
            For::Is(audience) => put("aud", (**audience).into()),
            For::Url => put("aud", url.into()),
        }
        if let Some((claim, encoding, absent)) = &self.body
            && !(request.body.is_empty() && *absent == Absent::EmptyBody)
        {
            put(claim, hash_of(request.body, *encoding).into());
        }
        if let Some(claim) = &self.url_hash {
            put(claim, hash_of(url.as_bytes(), HashEncoding::Hex).into());
        }
        if let Some(account) = &self.account {
            put("email", (**account).into());
            put("email_verified", true.into());
        }
        for (claim, wanted) in &self.required {
            match wanted {
                Wanted::SomeText => put(claim, "some".into()),
                Wanted::Text(text) => put(claim, (**text).into()),
                Wanted::True => put(claim, true.into()),
            }
        }
        claims
    }

    /// Whether a token with these claims is for this request, now.
    ///
    /// # Errors
    ///
    /// The kinds of the timestamp for `exp`, `nbf` and `iat`; [`RejectionKind::SignatureMismatch`]
    /// for a body or URL of another request; [`RejectionKind::SignedContent`] for all other claims
    /// that are absent or wrong.
    pub(crate) fn check(
        &self,
        claims: &Claims,
        request: Request<'_>,
    ) -> Result<Proof, RejectionKind> {
        let passes_until = self.time(claims, request.now.as_secs())?;
        self.who(claims, request.url)?;
        if let Some(claim) = &self.url_hash {
            let url = request.url.ok_or(RejectionKind::SignedContent)?;
            let hash = claims.text(claim).ok_or(RejectionKind::SignedContent)?;
            is_hash_of(url.as_bytes(), hash, HashEncoding::Hex)?;
        }
        Ok(Proof { covers_body: self.covers(claims, request.body)?, passes_until })
    }

    /// RFC 7519, sections 4.1.4 to 4.1.6. A token is no longer good at the second of its `exp`, and
    /// already at that of its `nbf`.
    fn time(&self, claims: &Claims, now: i64) -> Result<Option<UnixTime>, RejectionKind> {
        let (exp, nbf) = (claims.time("exp")?, claims.time("nbf")?);
        let is_missing = |time: Option<i64>, rule| time.is_none() && rule == Presence::Required;
        if is_missing(exp, self.expires) || is_missing(nbf, self.not_before) {
            return Err(RejectionKind::MissingTimestamp);
        }
        let latest = now.saturating_add(self.leeway);
        let mut until = None;
        if let Some(exp) = exp {
            let last = exp.saturating_add(self.leeway).saturating_sub(1);
            if now > last {
                return Err(RejectionKind::StaleTimestamp);
            }
            until = Some(last);
        }
        if nbf.is_some_and(|nbf| nbf > latest) {
            return Err(RejectionKind::FutureTimestamp);
        }
        if let Some(max_age) = self.max_age {
            let iat = claims.time("iat")?.ok_or(RejectionKind::MissingTimestamp)?;
            if iat > latest {
                return Err(RejectionKind::FutureTimestamp);
            }
            let last = iat.saturating_add(max_age);
            if now > last {
                return Err(RejectionKind::StaleTimestamp);
            }
            until = Some(until.map_or(last, |until: i64| until.min(last)));
        }
        Ok(until.map(UnixTime::from_secs))
    }

    fn who(&self, claims: &Claims, url: Option<&str>) -> Result<(), RejectionKind> {
        let issuer = self.issuer.as_deref();
        let is_from = issuer.is_none_or(|issuer| claims.text("iss") == Some(issuer));
        let is_for = match &self.audience {
            For::Any => true,
            For::Is(audience) => claims.is_for(audience),
            For::Url => url.is_some_and(|url| claims.is_for(url)),
        };
        let has = |(name, wanted): &(Box<str>, Wanted)| match wanted {
            Wanted::SomeText => claims.text(name).is_some_and(|text| !text.is_empty()),
            Wanted::Text(text) => claims.text(name) == Some(text),
            Wanted::True => claims.is_true(name),
        };
        let is_of = self.account.as_deref().is_none_or(|account| {
            claims.text("email") == Some(account) && claims.is_true("email_verified")
        });
        let is_right = is_from && is_for && is_of && self.required.iter().all(has);
        if is_right { Ok(()) } else { Err(RejectionKind::SignedContent) }
    }

    fn covers(&self, claims: &Claims, body: &[u8]) -> Result<bool, RejectionKind> {
        let Some((claim, encoding, absent)) = &self.body else {
            return Ok(false);
        };
        if claims.contains(claim) {
            let hash = claims.text(claim).ok_or(RejectionKind::SignedContent)?;
            return is_hash_of(body, hash, *encoding).map(|()| true);
        }
        match absent {
            Absent::EmptyBody if body.is_empty() => Ok(true),
            Absent::Unbound => Ok(false),
            Absent::EmptyBody | Absent::Refused => Err(RejectionKind::SignedContent),
        }
    }
}

#[cfg(feature = "sign")]
fn hash_of(text: &[u8], encoding: HashEncoding) -> String {
    let hash = Sha256::digest(text);
    match encoding {
        HashEncoding::Hex => const_hex::encode(hash),
        HashEncoding::Base64 => BASE64_STANDARD.encode(hash),
    }
}

/// Not in constant time: the hash is in the token, and the sender of the request knows both.
fn is_hash_of(text: &[u8], hash: &str, encoding: HashEncoding) -> Result<(), RejectionKind> {
    let hash = match encoding {
        // The decoder would take `0x` for a prefix.
        HashEncoding::Hex if hash.starts_with("0x") => None,
        HashEncoding::Hex => const_hex::decode(hash).ok(),
        HashEncoding::Base64 => BASE64_STANDARD.decode(hash).ok(),
    };
    let hash = hash.ok_or(RejectionKind::SignedContent)?;
    let is_right = *hash == *Sha256::digest(text);
    if is_right { Ok(()) } else { Err(RejectionKind::SignatureMismatch) }
}
