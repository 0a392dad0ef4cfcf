//! Places as tables of one field: `{ header = "x-sig" }`.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scheme::{Place, TimeUnit};
use crate::spec::error::listed;

/// A [`Place`], owned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum OwnPlace {
    Header(String),
    RepeatedHeader(String),
    NumberedHeaders(String),
    SignatureField(String),
    Query(String),
    Form(String),
    Json(String),
    Claim(String),
    Extracted,
}

/// Where the time stands, and in which unit: one table of two fields.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct OwnTimestamp {
    pub(super) place: OwnPlace,
    pub(super) unit: TimeUnit,
}

const EXTRACTED: &str = "extracted";
const UNIT: &str = "unit";
const KEYS: &[&str] = &[
    "header",
    "repeated_header",
    "numbered_headers",
    "signature_field",
    "query",
    "form",
    "json",
    "claim",
    EXTRACTED,
];
const TIMESTAMP_KEYS: &[&str] = &[
    "header",
    "repeated_header",
    "numbered_headers",
    "signature_field",
    "query",
    "form",
    "json",
    "claim",
    EXTRACTED,
    UNIT,
];

/// The field of a place's table.
pub(super) const fn key(place: Place<'_>) -> &'static str {
    match place {
        Place::Header(_) => "header",
        Place::RepeatedHeader(_) => "repeated_header",
        Place::NumberedHeaders(_) => "numbered_headers",
        Place::SignatureField(_) => "signature_field",
        Place::Query(_) => "query",
        Place::Form(_) => "form",
        Place::Json(_) => "json",
        Place::Claim(_) => "claim",
        Place::Extracted => EXTRACTED,
    }
}

impl OwnPlace {
    pub(super) fn as_place(&self) -> Place<'_> {
        match self {
            Self::Header(name) => Place::Header(name),
            Self::RepeatedHeader(name) => Place::RepeatedHeader(name),
            Self::NumberedHeaders(name) => Place::NumberedHeaders(name),
            Self::SignatureField(name) => Place::SignatureField(name),
            Self::Query(name) => Place::Query(name),
            Self::Form(name) => Place::Form(name),
            Self::Json(pointer) => Place::Json(pointer),
            Self::Claim(name) => Place::Claim(name),
            Self::Extracted => Place::Extracted,
        }
    }

    /// The place under this key of [`KEYS`].
    fn under(key: &str, value: String) -> Option<Self> {
        Some(match key {
            "header" => Self::Header(value),
            "repeated_header" => Self::RepeatedHeader(value),
            "numbered_headers" => Self::NumberedHeaders(value),
            "signature_field" => Self::SignatureField(value),
            "query" => Self::Query(value),
            "form" => Self::Form(value),
            "json" => Self::Json(value),
            "claim" => Self::Claim(value),
            _ => return None,
        })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let place = self.as_place();
        match text(place) {
            Some(text) => map.serialize_entry(key(place), text),
            None => map.serialize_entry(key(place), &true),
        }
    }
}

/// The name or pointer of a place. `None` where the provider's own code finds it.
pub(super) const fn text(place: Place<'_>) -> Option<&str> {
    match place {
        Place::Header(text)
        | Place::RepeatedHeader(text)
        | Place::NumberedHeaders(text)
        | Place::SignatureField(text)
        | Place::Query(text)
        | Place::Form(text)
        | Place::Json(text)
        | Place::Claim(text) => Some(text),
        Place::Extracted => None,
    }
}

impl From<Place<'_>> for OwnPlace {
    fn from(place: Place<'_>) -> Self {
        let owned = text(place).map(String::from);
        owned.and_then(|text| Self::under(key(place), text)).unwrap_or(Self::Extracted)
    }
}

impl Serialize for OwnPlace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        self.write(&mut map)?;
        map.end()
    }
}

impl Serialize for OwnTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        self.place.write(&mut map)?;
        map.serialize_entry(UNIT, &self.unit)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for OwnPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Place", KEYS, PlaceVisitor(KEYS)).map(|(place, _)| place)
    }
}

impl<'de> Deserialize<'de> for OwnTimestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = PlaceVisitor(TIMESTAMP_KEYS);
        let (place, unit) =
            deserializer.deserialize_struct("Timestamp", TIMESTAMP_KEYS, visitor)?;
        let unit = unit.ok_or_else(|| de::Error::missing_field(UNIT))?;
        Ok(Self { place, unit })
    }
}

/// Reads a table that holds one place, and a unit where that is among the keys.
struct PlaceVisitor(&'static [&'static str]);

impl<'de> Visitor<'de> for PlaceVisitor {
    type Value = (OwnPlace, Option<TimeUnit>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table that says where it stands, such as { header = \"x-name\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut place = None;
        let mut unit = None;
        while let Some(key) = map.next_key_seed(Known(self.0))? {
            if key == UNIT {
                if unit.replace(map.next_value()?).is_some() {
                    return Err(de::Error::duplicate_field(UNIT));
                }
                continue;
            }
            let next = match key {
                EXTRACTED => map.next_value_seed(True)?,
                _ => OwnPlace::under(key, map.next_value()?).unwrap_or(OwnPlace::Extracted),
            };
            if let Some(first) = place.replace(next) {
                return Err(de::Error::custom(format_args!(
                    "it stands in one place: decide for `{}` or `{key}`",
                    self::key(first.as_place()),
                )));
            }
        }
        match place {
            Some(_) if unit.is_none() && self.0.contains(&UNIT) => {
                Err(de::Error::missing_field(UNIT))
            }
            Some(place) => Ok((place, unit)),
            None => Err(de::Error::custom(format_args!(
                "where it stands is missing: one of {}",
                listed(KEYS),
            ))),
        }
    }
}

/// One of these names.
struct Known(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Known {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Known {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let known = self.0.iter().find(|known| **known == name).copied();
        known.ok_or_else(|| E::unknown_field(name, self.0))
    }
}

/// `extracted = true`: there is nothing else to say of it.
struct True;

impl<'de> DeserializeSeed<'de> for True {
    type Value = OwnPlace;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<OwnPlace, D::Error> {
        deserializer.deserialize_bool(self)
    }
}

impl Visitor<'_> for True {
    type Value = OwnPlace;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<OwnPlace, E> {
        match value {
            true => Ok(OwnPlace::Extracted),
            false => Err(E::invalid_value(de::Unexpected::Bool(false), &self)),
        }
    }
}
