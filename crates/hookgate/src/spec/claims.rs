//! The rules for a token's claims, as a table.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use yoke::{Yoke, Yokeable};

use crate::jwt::{
    Absent, Audience, BodyHash, ClaimRules, ClaimValue, HashEncoding, Presence, RequiredClaim,
};

/// [`ClaimRules`], owned.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct OwnClaims {
    leeway: u32,
    expires: Presence,
    not_before: Presence,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    audience: OwnAudience,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<OwnBodyHash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Required::is_empty")]
    required: Required,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", expecting = "`any`, `url` or a table with `is`")]
enum OwnAudience {
    Any,
    Is(String),
    Url,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct OwnBodyHash {
    claim: String,
    encoding: HashEncoding,
    #[serde(default = "refused")]
    absent: Absent,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct OwnClaim {
    name: String,
    value: OwnValue,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", expecting = "`some-text`, `true` or a table with `text`")]
enum OwnValue {
    SomeText,
    Text(String),
    True,
}

const fn refused() -> Absent {
    Absent::Refused
}

impl OwnClaims {
    pub(super) fn as_rules(&self) -> ClaimRules<'_> {
        ClaimRules {
            leeway: self.leeway,
            expires: self.expires,
            not_before: self.not_before,
            max_age: self.max_age,
            issuer: self.issuer.as_deref(),
            audience: match &self.audience {
                OwnAudience::Any => Audience::Any,
                OwnAudience::Is(audience) => Audience::Is(audience),
                OwnAudience::Url => Audience::Url,
            },
            body: self.body.as_ref().map(|body| BodyHash {
                claim: &body.claim,
                encoding: body.encoding,
                absent: body.absent,
            }),
            url_hash: self.url_hash.as_deref(),
            account: self.account.as_deref(),
            required: self.required.as_slice(),
        }
    }
}

impl From<&ClaimRules<'_>> for OwnClaims {
    fn from(rules: &ClaimRules<'_>) -> Self {
        // Each by its name, so that no rule is forgotten here.
        let ClaimRules {
            leeway,
            expires,
            not_before,
            max_age,
            issuer,
            audience,
            body,
            url_hash,
            account,
            required,
        } = *rules;
        Self {
            leeway,
            expires,
            not_before,
            max_age,
            issuer: issuer.map(String::from),
            audience: match audience {
                Audience::Any => OwnAudience::Any,
                Audience::Is(audience) => OwnAudience::Is(audience.into()),
                Audience::Url => OwnAudience::Url,
            },
            body: body.map(|body| OwnBodyHash {
                claim: body.claim.into(),
                encoding: body.encoding,
                absent: body.absent,
            }),
            url_hash: url_hash.map(String::from),
            account: account.map(String::from),
            required: required.iter().map(OwnClaim::from).collect(),
        }
    }
}

impl Default for OwnClaims {
    fn default() -> Self {
        Self::from(&ClaimRules::new())
    }
}

impl OwnClaim {
    fn as_claim(&self) -> RequiredClaim<'_> {
        let value = match &self.value {
            OwnValue::SomeText => ClaimValue::SomeText,
            OwnValue::Text(text) => ClaimValue::Text(text),
            OwnValue::True => ClaimValue::True,
        };
        RequiredClaim { name: &self.name, value }
    }
}

impl From<&RequiredClaim<'_>> for OwnClaim {
    fn from(claim: &RequiredClaim<'_>) -> Self {
        let value = match claim.value {
            ClaimValue::SomeText => OwnValue::SomeText,
            ClaimValue::Text(text) => OwnValue::Text(text.into()),
            ClaimValue::True => OwnValue::True,
        };
        Self { name: claim.name.into(), value }
    }
}

/// The claims that have to be there. Rules borrow them as a slice, which is kept beside them.
#[derive(Clone)]
struct Required(Yoke<Slice<'static>, Arc<[OwnClaim]>>);

#[derive(Clone, Yokeable)]
struct Slice<'a>(Vec<RequiredClaim<'a>>);

impl Required {
    fn as_slice(&self) -> &[RequiredClaim<'_>] {
        &self.0.get().0
    }

    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl FromIterator<OwnClaim> for Required {
    fn from_iter<I: IntoIterator<Item = OwnClaim>>(claims: I) -> Self {
        Self(Yoke::attach_to_cart(claims.into_iter().collect(), |claims: &[OwnClaim]| {
            Slice(claims.iter().map(OwnClaim::as_claim).collect())
        }))
    }
}

impl fmt::Debug for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl PartialEq for Required {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Required {}

impl Serialize for Required {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.backing_cart().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Required {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<OwnClaim>::deserialize(deserializer).map(Self::from_iter)
    }
}
