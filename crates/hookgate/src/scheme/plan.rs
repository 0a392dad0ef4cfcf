//! A scheme, compiled: owned, checked, and in the form in which requests are read.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::head::{Occurs, RequestHead, once};
use crate::json::ScanError;
use crate::rejection::RejectionKind;
use crate::scheme::error::SchemeError;
use crate::scheme::place::{PlacePlan, header_name, name};
use crate::scheme::signature::{self, Candidates, FramingPlan};
use crate::scheme::template::{self, Segment, Template};
use crate::scheme::{
    Algorithm, Covered, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit, timestamp,
};
use crate::time::UnixTime;

/// A compiled [`Scheme`].
#[derive(Debug)]
pub(crate) struct Plan {
    signature: Box<str>,
    framing: FramingPlan,
    encoding: Encoding,
    pub(crate) algorithm: Algorithm,
    algorithm_header: Option<(Box<str>, Box<str>)>,
    pub(crate) key: KeyForm,
    key_id: Option<PlacePlan>,
    template: Template,
    signs: Covered,
    timestamp: Option<(PlacePlan, TimeUnit)>,
    tolerance: Option<u32>,
    id: Option<PlacePlan>,
    /// What an id must not hold.
    ends_of_id: Vec<u8>,
    event: Option<PlacePlan>,
    methods: Box<[Box<str>]>,
    /// The methods as an `Allow` header has them.
    pub(crate) allow: Arc<str>,
}

/// What the head says.
#[derive(Debug, Default)]
pub(crate) struct HeadFacts {
    pub(crate) candidates: Option<Candidates>,
    pub(crate) key_id: Option<Arc<str>>,
    pub(crate) said: Said,
}

/// What the head says of the delivery, which goes into its content.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) timestamp: Option<Arc<str>>,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) event: Option<Arc<str>>,
    /// Set once the endpoint told it: no scheme knows tenants.
    pub(crate) tenant: Option<Arc<str>>,
}

impl Plan {
    pub(crate) fn compile(scheme: &Scheme<'_>) -> Result<Self, SchemeError> {
        let template = Template::parse(scheme.signed)?;
        if template.holds(&Segment::Timestamp) && scheme.timestamp.is_none() {
            return Err(SchemeError::NoPlace("ts"));
        }
        if template.holds(&Segment::Id) {
            match scheme.delivery_id {
                None => return Err(SchemeError::NoPlace("id")),
                Some(Place::Json(_)) => {
                    return Err(SchemeError::Place("signed id", "the body arrives after it"));
                }
                Some(_) => {}
            }
        }
        if let Some((one, next)) = template.blurred(is_checked(scheme.tolerance)) {
            return Err(SchemeError::Blurred(one, next));
        }
        let listed = matches!(scheme.framing, Framing::List { .. });
        let place = |what, place| PlacePlan::compile(what, place, listed);
        let timestamp = match scheme.timestamp {
            Some((Place::Json(_), _)) => {
                return Err(SchemeError::Place("timestamp", "the body is read after the check"));
            }
            Some((at, unit)) => Some((place("timestamp", at)?, unit)),
            None => None,
        };
        let key_id = match scheme.key_id {
            Some(Place::Json(_)) => {
                return Err(SchemeError::Place("key id", "the body is read after the check"));
            }
            other => other.map(|at| place("key id", at)).transpose()?,
        };
        let upper = |method: &&str| {
            !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        if scheme.methods.is_empty() || !scheme.methods.iter().all(upper) {
            return Err(SchemeError::Methods);
        }
        Ok(Self {
            signature: match scheme.signature {
                Place::Header(header) => header_name(header)?,
                Place::SignatureField(_) | Place::Json(_) => {
                    return Err(SchemeError::Place("signature", "it is read from a header"));
                }
            },
            framing: FramingPlan::compile(scheme.framing)?,
            encoding: scheme.encoding,
            algorithm: scheme.algorithm,
            algorithm_header: match scheme.algorithm_header {
                Some((_, "")) => return Err(SchemeError::Empty("algorithm's name")),
                Some((header, name)) => Some((header_name(header)?, name.into())),
                None => None,
            },
            key: scheme.key,
            key_id,
            ends_of_id: template.ends_of_id(),
            template,
            signs: scheme.signs,
            timestamp,
            tolerance: scheme.tolerance,
            id: scheme.delivery_id.map(|at| place("delivery id", at)).transpose()?,
            event: scheme.event_name.map(|at| place("event name", at)).transpose()?,
            methods: scheme.methods.iter().map(|method| Box::from(*method)).collect(),
            allow: scheme.methods.join(", ").into(),
        })
    }

    pub(crate) fn allows(&self, method: &str) -> bool {
        self.methods.iter().any(|allowed| **allowed == *method)
    }

    /// Whether requests name the key that they were signed with.
    pub(crate) fn names_its_key(&self) -> bool {
        self.key_id.is_some()
    }

    /// Whether the scheme signs the time of sending.
    pub(crate) fn signs_time(&self) -> bool {
        self.template.holds(&Segment::Timestamp)
    }

    pub(crate) fn signs_id(&self) -> bool {
        self.template.holds(&Segment::Id)
    }

    /// Whether the delivery id can be trusted once the signature was.
    pub(crate) fn has_signed_id(&self) -> bool {
        self.signs_id() || matches!(self.id, Some(PlacePlan::Json(_)))
    }

    pub(crate) fn names_events(&self) -> bool {
        self.event.is_some()
    }

    /// How long a request passes the check again, in either direction of the tolerance.
    pub(crate) fn replayable_for(&self) -> Option<Duration> {
        let tolerance = self.tolerance.filter(|_| self.signs_time())?;
        Some(Duration::from_secs(u64::from(tolerance).saturating_mul(2).saturating_add(1)))
    }

    /// # Errors
    ///
    /// When the template relies on the length of a time that would then be open.
    pub(crate) fn set_tolerance(&mut self, seconds: u32) -> Result<(), SchemeError> {
        self.tolerance = Some(seconds);
        match self.template.blurred(is_checked(self.tolerance)) {
            Some((one, next)) => Err(SchemeError::Blurred(one, next)),
            None => Ok(()),
        }
    }

    /// Everything that the head alone decides about the signature.
    pub(crate) fn read_head<H>(
        &self,
        head: &H,
        now: UnixTime,
        facts: &mut HeadFacts,
    ) -> Result<(), RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        self.read_unsigned(head, facts)?;
        let mut fields = Fields::default();
        let read = |value: &[u8]| {
            fields = self.read_fields(value)?;
            signature::read(value, &self.framing, self.encoding, self.algorithm.length())
        };
        let candidates = match once(head, &self.signature, read) {
            Occurs::Never => return Err(RejectionKind::MissingSignature),
            Occurs::Often => return Err(RejectionKind::DuplicateSignature),
            Occurs::Once(candidates) => candidates,
        };
        // Looked at before the signature's form, which another algorithm's never has.
        if let Some((header, wanted)) = &self.algorithm_header {
            let named = once(head, header, |value| value.eq_ignore_ascii_case(wanted.as_bytes()));
            if !matches!(named, Occurs::Once(true)) {
                return Err(RejectionKind::UnsupportedAlgorithm);
            }
        }
        facts.candidates = Some(candidates?);
        if let Some(event) = fields.event {
            facts.said.event = name(&event);
        }
        if let Some((place, unit)) = &self.timestamp {
            facts.said.timestamp = match place.read(head, fields.timestamp, name) {
                Occurs::Once(Some(text)) => Some(text),
                Occurs::Never => None,
                Occurs::Once(None) if self.signs_time() => {
                    return Err(RejectionKind::MalformedTimestamp);
                }
                // Twice is ambiguous even where nothing depends on it; odd text is only left out.
                Occurs::Often => return Err(RejectionKind::MalformedTimestamp),
                Occurs::Once(None) => None,
            };
            if self.signs_time() {
                let text =
                    facts.said.timestamp.as_deref().ok_or(RejectionKind::MissingTimestamp)?;
                let sent = timestamp::parse(text.as_bytes());
                let sent = sent.ok_or(RejectionKind::MalformedTimestamp)?;
                if let Some(tolerance) = self.tolerance {
                    timestamp::check(sent, *unit, now, tolerance)?;
                }
            }
        }
        if let Some(place) = &self.id {
            facts.said.id = match place.read(head, fields.id, |text| self.unambiguous_id(text)) {
                Occurs::Once(Some(text)) => Some(text),
                Occurs::Never if self.signs_id() => return Err(RejectionKind::MissingDeliveryId),
                Occurs::Once(None) if self.signs_id() => {
                    return Err(RejectionKind::MalformedDeliveryId);
                }
                Occurs::Often => return Err(RejectionKind::MalformedDeliveryId),
                Occurs::Never | Occurs::Once(None) => None,
            };
        }
        if let Some(place) = &self.key_id {
            facts.key_id = match place.read(head, fields.key_id, name) {
                Occurs::Once(Some(text)) => Some(text),
                _ => return Err(RejectionKind::UnknownKey),
            };
        }
        Ok(())
    }

    /// What the head says beside the signature, for endpoints that verify none too.
    pub(crate) fn read_unsigned<H>(
        &self,
        head: &H,
        facts: &mut HeadFacts,
    ) -> Result<(), RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        if let Some(PlacePlan::Header(header)) = &self.event {
            facts.said.event = match once(head, header, name) {
                Occurs::Never => None,
                Occurs::Once(event) => event,
                Occurs::Often => return Err(RejectionKind::DuplicateSignature),
            };
        }
        Ok(())
    }

    /// The fields beside the signatures in a list; nothing for other framings.
    fn read_fields(&self, value: &[u8]) -> Result<Fields, RejectionKind> {
        if !matches!(self.framing, FramingPlan::List { .. }) {
            return Ok(Fields::default());
        }
        let read = |place: Option<&PlacePlan>, twice| match place {
            Some(PlacePlan::SignatureField(field)) => {
                match signature::field(value, &self.framing, field) {
                    Ok(text) => Ok(text.map(Vec::from)),
                    Err(signature::Twice) => Err(twice),
                }
            }
            _ => Ok(None),
        };
        let timestamp = self.timestamp.as_ref().map(|(place, _)| place);
        Ok(Fields {
            timestamp: read(timestamp, RejectionKind::MalformedTimestamp)?,
            id: read(self.id.as_ref(), RejectionKind::MalformedDeliveryId)?,
            key_id: read(self.key_id.as_ref(), RejectionKind::UnknownKey)?,
            event: read(self.event.as_ref(), RejectionKind::MalformedSignature)?,
        })
    }

    /// An id that can be cut out of the signed text in one way only.
    fn unambiguous_id(&self, text: &[u8]) -> Option<Arc<str>> {
        if text.iter().any(|byte| self.ends_of_id.contains(byte)) {
            return None;
        }
        name(text)
    }

    /// What is signed before the body and after it, with the parts as they were received; the
    /// time can be left out.
    pub(crate) fn around_body(
        &self,
        timestamp: Option<&str>,
        id: Option<&str>,
    ) -> (Vec<u8>, Vec<u8>) {
        let (timestamp, id) = (timestamp.map(str::as_bytes), id.map(str::as_bytes));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        template::write(&self.template.before, timestamp, id, &mut before);
        template::write(&self.template.after, timestamp, id, &mut after);
        (before, after)
    }

    /// Whether the signed text is the body and nothing else.
    pub(crate) fn signs_body_alone(&self) -> bool {
        self.template.is_body()
    }

    /// Whether a compressed body is signed as what comes out of it.
    pub(crate) fn signs_plain(&self) -> bool {
        self.signs == Covered::Plain
    }

    /// The event's name in a signed body: `None` where there is none there.
    pub(crate) fn event_in<'b>(&self, body: &'b [u8]) -> Result<Option<Cow<'b, str>>, ScanError> {
        self.event.as_ref().map_or(Ok(None), |place| place.in_body(body))
    }

    /// The delivery id in a signed body. One that cannot be read is none.
    pub(crate) fn id_in<'b>(&self, body: &'b [u8]) -> Option<Cow<'b, str>> {
        self.id.as_ref()?.in_body(body).ok().flatten()
    }

    /// The signature's header and value as the provider sends them, for a MAC and the parts that
    /// were signed with it, and the other headers that belong to them.
    #[cfg(feature = "sign")]
    pub(crate) fn write_head(&self, mac: &[u8], facts: &HeadFacts) -> Vec<(String, String)> {
        use base64::prelude::{BASE64_STANDARD, Engine};

        let signature = match self.encoding {
            Encoding::Hex | Encoding::HexOrBase64 => const_hex::encode(mac),
            Encoding::Base64 => BASE64_STANDARD.encode(mac),
        };
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let mut headers = Vec::new();
        let mut fields = Vec::new();
        let mut place = |place: Option<&PlacePlan>, text: Option<&str>| match (place, text) {
            (Some(PlacePlan::Header(name)), Some(text)) => {
                headers.push((name.to_string(), text.to_owned()));
            }
            (Some(PlacePlan::SignatureField(name)), Some(text)) => {
                fields.push((lossy(name), text.to_owned()));
            }
            _ => {}
        };
        place(self.timestamp.as_ref().map(|(place, _)| place), facts.said.timestamp.as_deref());
        place(self.id.as_ref(), facts.said.id.as_deref());
        place(self.key_id.as_ref(), facts.key_id.as_deref());
        place(self.event.as_ref(), facts.said.event.as_deref());
        let value = match &self.framing {
            FramingPlan::Bare => signature,
            FramingPlan::Prefix(prefix) => lossy(prefix) + &signature,
            FramingPlan::List { items, pair, name } => {
                fields.push((lossy(name), signature));
                let pair = lossy(pair);
                let written: Vec<_> =
                    fields.iter().map(|(name, text)| format!("{name}{pair}{text}")).collect();
                written.join(&lossy(items))
            }
        };
        headers.push((self.signature.to_string(), value));
        if let Some((header, algorithm)) = &self.algorithm_header {
            headers.push((header.to_string(), algorithm.to_string()));
        }
        headers
    }

    /// The unit of the timestamp, where the scheme has one.
    #[cfg(feature = "sign")]
    pub(crate) fn time_unit(&self) -> Option<TimeUnit> {
        self.timestamp.as_ref().map(|(_, unit)| *unit)
    }
}

/// Whether a tolerance tells the length of a time: one of years would let it lose a digit.
fn is_checked(tolerance: Option<u32>) -> bool {
    const YEAR: u32 = 365 * 24 * 60 * 60;
    tolerance.is_some_and(|seconds| seconds <= YEAR)
}

/// Values that stand beside the signatures in a list.
#[derive(Debug, Default)]
struct Fields {
    timestamp: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    key_id: Option<Vec<u8>>,
    event: Option<Vec<u8>>,
}

impl FramingPlan {
    fn compile(framing: Framing<'_>) -> Result<Self, SchemeError> {
        let own = |what, text: &str| match text {
            "" => Err(SchemeError::Empty(what)),
            _ => Ok(Box::from(text.as_bytes())),
        };
        Ok(match framing {
            Framing::Bare => Self::Bare,
            Framing::Prefix(prefix) => Self::Prefix(own("prefix", prefix)?),
            Framing::List { items, pair, name } => Self::List {
                items: own("separator of items", items)?,
                pair: own("separator of name and value", pair)?,
                name: own("signatures' name", name)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_scheme_is_refused_with_its_part() {
        const BASE: Scheme<'static> = Scheme::hmac_sha256("x-sig");
        for (scheme, want) in [
            (Scheme::hmac_sha256("x sig"), "\"x sig\" is not the name of a header"),
            (Scheme::hmac_sha256(""), "not the name of a header"),
            (BASE.prefix(""), "the prefix is empty"),
            (BASE.list("", "=", "v1"), "separator of items is empty"),
            (BASE.list(",", "", "v1"), "separator of name and value is empty"),
            (BASE.list(",", "=", ""), "signatures' name is empty"),
            (BASE.signed("{ts}.{body}"), "does not say where it stands"),
            (BASE.signed("{id}.{body}"), "does not say where it stands"),
            (BASE.signed("{ts}"), "leaves the body out"),
            (BASE.signed("{body}{url}"), "part \"url\""),
            (
                BASE.timestamp(Place::SignatureField("t"), TimeUnit::Seconds),
                "the timestamp cannot stand there: the signature's header is no list",
            ),
            (BASE.timestamp(Place::Json("/t"), TimeUnit::Seconds), "the timestamp cannot"),
            (BASE.signed("{id}.{body}").delivery_id(Place::Json("/id")), "the signed id cannot"),
            (BASE.signed("{id}{body}").delivery_id(Place::Header("x-id")), "{id} and {body} side"),
            (BASE.key_id(Place::Json("/k")), "the key id cannot"),
            (BASE.event_name(Place::Json("type")), "not a JSON pointer"),
            (BASE.methods(&[]), "methods"),
            (BASE.methods(&["post"]), "methods"),
            (BASE.algorithm_named("x-algo", ""), "the algorithm's name is empty"),
        ] {
            let error = Plan::compile(&scheme).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn an_id_that_could_be_cut_elsewhere_is_refused() {
        let scheme = Scheme::hmac_sha256("x-sig")
            .delivery_id(Place::Header("x-id"))
            .timestamp(Place::Header("x-ts"), TimeUnit::Seconds)
            .signed("{id}.{ts}.{body}");
        let plan = Plan::compile(&scheme).unwrap();
        assert!(plan.unambiguous_id(b"msg_1").is_some());
        for id in [&b"a.1000"[..], b".", b"", b"a b", b"\xff", &[b'a'; 257]] {
            assert!(plan.unambiguous_id(id).is_none(), "{id:?}");
        }
    }
}
