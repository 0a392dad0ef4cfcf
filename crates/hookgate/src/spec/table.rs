//! A scheme as a table: what a file holds, owned.

use std::fmt;

use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::claims::OwnClaims;
use super::error::SECRET;
use super::names::Names;
use super::place::{OwnPlace, OwnTimestamp};
use crate::scheme::{Algorithm, Covered, Encoding, Framing, KeyForm, Scheme};

/// [`Scheme`], owned, with its fields in the order in which they are read best.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Table {
    signature: OwnPlace,
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    more_signatures: Names,
    #[serde(default = "default::framing")]
    framing: OwnFraming,
    #[serde(default, skip_serializing_if = "is_false")]
    spaced: bool,
    #[serde(default = "default::encoding")]
    encoding: Encoding,
    #[serde(default = "default::algorithm")]
    algorithm: Algorithm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm_header: Option<AlgorithmHeader>,
    #[serde(default = "default::key", deserialize_with = "key_form")]
    key: KeyForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<OwnPlace>,
    #[serde(default = "default::signed")]
    signed: String,
    #[serde(default = "default::signs")]
    signs: Covered,
    #[serde(default, skip_serializing_if = "is_false")]
    body_unsigned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json_in: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_digest: Option<OwnPlace>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp: Option<OwnTimestamp>,
    #[serde(default = "default::tolerance")]
    tolerance: Tolerance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery_id: Option<OwnPlace>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_name: Option<OwnPlace>,
    #[serde(default = "default::methods")]
    methods: Names,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<OwnClaims>,
}

/// [`Framing`], owned.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", expecting = "a framing")]
enum OwnFraming {
    Bare,
    Prefix(String),
    AuthScheme(String),
    List {
        items: String,
        pair: String,
        name: String,
    },
    Positional {
        items: String,
        first: usize,
    },
    Parts {
        items: String,
        parts: String,
        signature: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        algorithm: Option<AlgorithmPart>,
    },
    Groups {
        groups: String,
        items: String,
        pair: String,
        name: String,
    },
}

/// The part of an item that names the algorithm.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct AlgorithmPart {
    position: usize,
    name: String,
}

/// The header that names the algorithm, and what it has to say.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct AlgorithmHeader {
    header: String,
    value: String,
}

/// Seconds, or any time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Tolerance(Option<u32>);

/// The word for any time.
const ANY: &str = "any";

/// What a table leaves out is what [`Scheme::hmac_sha256`] has.
mod default {
    use super::*;

    const BASE: Scheme<'static> = Scheme::hmac_sha256("");

    pub(super) fn framing() -> OwnFraming {
        BASE.framing.into()
    }

    pub(super) const fn encoding() -> Encoding {
        BASE.encoding
    }

    pub(super) const fn algorithm() -> Algorithm {
        BASE.algorithm
    }

    pub(super) const fn key() -> KeyForm {
        BASE.key
    }

    pub(super) fn signed() -> String {
        BASE.signed.into()
    }

    pub(super) const fn signs() -> Covered {
        BASE.signs
    }

    pub(super) const fn tolerance() -> Tolerance {
        Tolerance(BASE.tolerance)
    }

    pub(super) fn methods() -> Names {
        BASE.methods.iter().copied().collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this signature")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Table {
    pub(super) fn as_scheme<'s>(&'s self) -> Scheme<'s> {
        let place = |place: &'s Option<OwnPlace>| place.as_ref().map(OwnPlace::as_place);
        Scheme {
            signature: self.signature.as_place(),
            more_signatures: self.more_signatures.as_slice(),
            framing: self.framing.as_framing(),
            spaced: self.spaced,
            encoding: self.encoding,
            algorithm: self.algorithm,
            algorithm_header: self.algorithm_header.as_ref().map(|at| (&*at.header, &*at.value)),
            claims: self.claims.as_ref().map(OwnClaims::as_rules),
            key: self.key,
            key_id: place(&self.key_id),
            signed: &self.signed,
            signs: self.signs,
            body_unsigned: self.body_unsigned,
            json_in: self.json_in.as_deref(),
            body_digest: place(&self.body_digest),
            timestamp: self.timestamp.as_ref().map(|at| (at.place.as_place(), at.unit)),
            tolerance: self.tolerance.0,
            delivery_id: place(&self.delivery_id),
            event_name: place(&self.event_name),
            methods: self.methods.as_slice(),
        }
    }
}

impl From<&Scheme<'_>> for Table {
    fn from(scheme: &Scheme<'_>) -> Self {
        // Each by its name, so that no axis is forgotten here.
        let Scheme {
            signature,
            more_signatures,
            framing,
            spaced,
            encoding,
            algorithm,
            algorithm_header,
            claims,
            key,
            key_id,
            signed,
            signs,
            body_unsigned,
            json_in,
            body_digest,
            timestamp,
            tolerance,
            delivery_id,
            event_name,
            methods,
        } = *scheme;
        let algorithm_header = algorithm_header
            .map(|(header, value)| AlgorithmHeader { header: header.into(), value: value.into() });
        let timestamp = timestamp.map(|(place, unit)| OwnTimestamp { place: place.into(), unit });
        Self {
            signature: signature.into(),
            more_signatures: more_signatures.iter().copied().collect(),
            framing: framing.into(),
            spaced,
            encoding,
            algorithm,
            algorithm_header,
            key,
            key_id: key_id.map(OwnPlace::from),
            signed: signed.into(),
            signs,
            body_unsigned,
            json_in: json_in.map(String::from),
            body_digest: body_digest.map(OwnPlace::from),
            timestamp,
            tolerance: Tolerance(tolerance),
            delivery_id: delivery_id.map(OwnPlace::from),
            event_name: event_name.map(OwnPlace::from),
            methods: methods.iter().copied().collect(),
            claims: claims.as_ref().map(OwnClaims::from),
        }
    }
}

impl OwnFraming {
    fn as_framing(&self) -> Framing<'_> {
        match self {
            Self::Bare => Framing::Bare,
            Self::Prefix(prefix) => Framing::Prefix(prefix),
            Self::AuthScheme(name) => Framing::AuthScheme(name),
            Self::List { items, pair, name } => Framing::List { items, pair, name },
            Self::Positional { items, first } => Framing::Positional { items, first: *first },
            Self::Parts { items, parts, signature, algorithm } => Framing::Parts {
                items,
                parts,
                signature: *signature,
                algorithm: algorithm.as_ref().map(|part| (part.position, &*part.name)),
            },
            Self::Groups { groups, items, pair, name } => {
                Framing::Groups { groups, items, pair, name }
            }
        }
    }
}

impl From<Framing<'_>> for OwnFraming {
    fn from(framing: Framing<'_>) -> Self {
        match framing {
            Framing::Bare => Self::Bare,
            Framing::Prefix(prefix) => Self::Prefix(prefix.into()),
            Framing::AuthScheme(name) => Self::AuthScheme(name.into()),
            Framing::List { items, pair, name } => {
                Self::List { items: items.into(), pair: pair.into(), name: name.into() }
            }
            Framing::Positional { items, first } => Self::Positional { items: items.into(), first },
            Framing::Parts { items, parts, signature, algorithm } => Self::Parts {
                items: items.into(),
                parts: parts.into(),
                signature,
                algorithm: algorithm
                    .map(|(position, name)| AlgorithmPart { position, name: name.into() }),
            },
            Framing::Groups { groups, items, pair, name } => Self::Groups {
                groups: groups.into(),
                items: items.into(),
                pair: pair.into(),
                name: name.into(),
            },
        }
    }
}

impl Serialize for Tolerance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(seconds) => serializer.serialize_u32(seconds),
            None => serializer.serialize_str(ANY),
        }
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToleranceVisitor)
    }
}

struct ToleranceVisitor;

impl Visitor<'_> for ToleranceVisitor {
    type Value = Tolerance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seconds from 0 to {}, or \"{ANY}\" for any time", u32::MAX)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Tolerance, E> {
        let unexpected = de::Unexpected::Unsigned(seconds);
        let seconds = u32::try_from(seconds).map_err(|_| E::invalid_value(unexpected, &self))?;
        Ok(Tolerance(Some(seconds)))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Tolerance, E> {
        match u64::try_from(seconds) {
            Ok(seconds) => self.visit_u64(seconds),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(seconds), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tolerance, E> {
        match text {
            ANY => Ok(Tolerance(None)),
            _ => Err(E::invalid_value(de::Unexpected::Other("text"), &self)),
        }
    }
}

/// The form of the key. Who takes the field for the key itself must not read that in an error.
fn key_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyForm, D::Error> {
    deserializer.deserialize_str(KeyFormVisitor)
}

struct KeyFormVisitor;

impl Visitor<'_> for KeyFormVisitor {
    type Value = KeyForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the form of the key, as a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<KeyForm, E> {
        let form = KeyForm::deserialize(text.into_deserializer());
        form.map_err(|error: super::de::Problem| {
            E::custom(format_args!("this is the form of the key and {}; {SECRET}", error.asks()))
        })
    }
}
