//! The provider's half of a scheme: where a signer puts what the check reads.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};

use crate::json::Step;
use crate::jwt;
use crate::scheme::body::BodyPart;
use crate::scheme::capture::Capture;
use crate::scheme::place::PlacePlan;
use crate::scheme::plan::{HeadFacts, Plan};
use crate::scheme::signature::FramingPlan;
use crate::scheme::template::Segment;
use crate::scheme::{Encoding, timestamp};
use crate::time::UnixTime;

/// A value, and where it belongs.
#[derive(Clone, Debug)]
pub(crate) enum Placement<'p> {
    Header(String, String),
    Query(&'p [u8], String),
    Form(&'p [u8], String),
    Json(&'p [Step], String),
}

/// Something that is signed beside the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need<'p> {
    Time,
    Id,
    KeyId,
    Url,
    Header(&'p str),
    Query(&'p [u8]),
    Field(&'p [u8]),
    Form(&'p [u8]),
    Json(&'p [Step]),
}

impl Plan {
    /// What a message has to bring to be signed, each once; the bytes that it must not hold; and
    /// whether it may be missing.
    pub(crate) fn needs(&self) -> Vec<(Need<'_>, Vec<u8>, bool)> {
        let is_optional = |at: usize| {
            let of_group = |segment: &Segment| matches!(segment, Segment::Optional { value, .. } if *value == at);
            self.template.segments().any(of_group)
        };
        let captured = self.template.captures.iter().enumerate().filter_map(|(at, capture)| {
            let need = match capture {
                Capture::Path | Capture::UrlAsSent | Capture::UrlAsConfigured => Need::Url,
                Capture::Header(name) => Need::Header(name),
                Capture::Query { name, .. } => Need::Query(name),
                Capture::SignatureField(name) => Need::Field(name),
                Capture::Method | Capture::SortedQuery => return None,
            };
            let forbidden = self.cuts.captured.get(at).cloned().unwrap_or_default();
            Some((need, forbidden, is_optional(at)))
        });
        let made = self.template.body_parts().filter_map(|part| match part {
            BodyPart::Form(name, forbidden) => Some((Need::Form(name), forbidden.clone(), false)),
            BodyPart::Json(steps, forbidden) => Some((Need::Json(steps), forbidden.clone(), false)),
            _ => None,
        });
        let by_name = [
            // What the provider's own code finds, that code knows to be missing.
            (self.is_jwt() || self.signs_time() && !self.time_is_extracted(), Need::Time),
            (self.holds_id(), Need::Id),
            (self.key_id.is_some(), Need::KeyId),
        ];
        let by_name = by_name.into_iter().filter(|(needed, _)| *needed);
        let by_name = by_name.map(|(_, need)| (need, Vec::new(), false));
        let mut needs: Vec<(Need<'_>, Vec<u8>, bool)> = Vec::new();
        for (need, forbidden, is_optional) in by_name.chain(captured).chain(made) {
            match needs.iter_mut().find(|(known, _, _)| *known == need) {
                Some((_, known, optional)) => {
                    known.extend(forbidden);
                    *optional &= is_optional;
                }
                None => needs.push((need, forbidden, is_optional)),
            }
        }
        needs
    }

    /// Whether an id can be the delivery's.
    #[cfg(feature = "testing")]
    pub(crate) fn takes_id(&self, id: &str) -> bool {
        self.unambiguous_id(id.as_bytes()).is_some()
    }

    /// The time as the scheme writes it. `None` where it has none.
    pub(crate) fn time(&self, at: UnixTime) -> Option<String> {
        self.timestamp.as_ref().map(|(_, unit)| timestamp::write(at, *unit))
    }

    /// Everything that is said beside the signature, but for the fields of its list. The body is
    /// only written to where the signature needs it.
    pub(crate) fn place_facts(&self, facts: &HeadFacts) -> Vec<Placement<'_>> {
        let mut placed = Vec::new();
        let timestamp = self.timestamp.as_ref().map(|(place, _)| place);
        for (place, text, is_signed) in [
            (timestamp, &facts.said.timestamp, self.signs_time()),
            (self.id.as_ref(), &facts.said.id, self.signs_id()),
            (self.key_id.as_ref(), &facts.key_id, true),
            (self.event.as_ref(), &facts.said.event, false),
        ] {
            let place = place.filter(|place| is_signed || !place.is_in_body());
            if let (Some(place), Some(text)) = (place, text.as_deref()) {
                placed.extend(placement(place, text.to_owned()));
            }
        }
        if let Some((header, algorithm)) = &self.algorithm_header {
            placed.push(Placement::Header(header.to_string(), algorithm.to_string()));
        }
        placed
    }

    /// The time and the id that the body itself says, where the signature needs them there.
    pub(crate) fn facts_in(&self, body: &[u8], facts: &mut HeadFacts) {
        let text = |place: Option<&PlacePlan>| {
            let value = place?.value_in(body).ok().flatten()?;
            String::from_utf8(value).ok().map(Into::into)
        };
        if self.signs_time() {
            let place = self.timestamp.as_ref().map(|(place, _)| place);
            facts.said.timestamp = text(place).or(facts.said.timestamp.take());
        }
        if self.signs_id() {
            facts.said.id = text(self.id.as_ref()).or(facts.said.id.take());
        }
    }

    /// Where the body's digest belongs, for schemes that sign it elsewhere.
    pub(crate) fn place_digest(&self, body: &[u8]) -> Option<Placement<'_>> {
        use sha2::{Digest, Sha256};

        placement(self.body_digest.as_ref()?, const_hex::encode(Sha256::digest(body)))
    }

    /// The names of the fields of the signature's list that are signed beside the time and the id.
    pub(crate) fn signed_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.template.captures.iter().filter_map(|capture| match capture {
            Capture::SignatureField(name) => Some(&**name),
            _ => None,
        })
    }

    /// The claims of a token for a request. `None` for other schemes.
    pub(crate) fn claims_for(
        &self,
        request: jwt::Request<'_>,
        id: Option<&str>,
    ) -> Option<serde_json::Map<String, serde_json::Value>> {
        let mut claims = self.claims.as_ref()?.example(request);
        if let (Some(PlacePlan::Claim(name)), Some(id)) = (&self.id, id) {
            claims.insert(name.to_string(), id.into());
        }
        Some(claims)
    }

    /// The framed signature in its place. `None` where the provider's own code knows the place.
    pub(crate) fn place_signature(
        &self,
        signature: &[u8],
        facts: &HeadFacts,
        further: &[(String, String)],
    ) -> Option<Placement<'_>> {
        placement(&self.signature, self.frame(signature, facts, further))
    }

    /// Whether a framed signature is read as what it was.
    pub(crate) fn reads_back(&self, framed: &str, signature: &[u8]) -> bool {
        let first = self.reader.groups(framed.as_bytes()).next().unwrap_or_default();
        let found = self.reader.read(first);
        found.is_ok_and(|found| found.as_slice().iter().any(|tag| tag.as_bytes() == signature))
    }

    /// The framed signature. `further` are further fields of its list.
    pub(crate) fn frame(
        &self,
        signature: &[u8],
        facts: &HeadFacts,
        further: &[(String, String)],
    ) -> String {
        let signature = match self.reader.encoding {
            Encoding::Hex | Encoding::HexOrBase64 => const_hex::encode(signature),
            Encoding::Base64 => BASE64_STANDARD.encode(signature),
            Encoding::Base64Url => BASE64_URL_SAFE_NO_PAD.encode(signature),
            Encoding::Text => lossy(signature),
        };
        let fields = self.list_fields(facts).chain(further.iter().cloned());
        match &self.reader.framing {
            FramingPlan::Bare => signature,
            FramingPlan::Prefix(prefix) => lossy(prefix) + &signature,
            FramingPlan::AuthScheme(scheme) => format!("{} {signature}", lossy(scheme)),
            FramingPlan::List(list) | FramingPlan::Groups { list, .. } => {
                let pair = lossy(&list.pair);
                let own = [(lossy(&list.name), signature)];
                let written: Vec<_> =
                    fields.chain(own).map(|(name, text)| format!("{name}{pair}{text}")).collect();
                written.join(&lossy(&list.items))
            }
            FramingPlan::Positional { items, first } => {
                let mut written = vec![String::new(); *first];
                for (name, text) in fields {
                    let at = name.parse().ok().and_then(|at: usize| written.get_mut(at));
                    if let Some(slot) = at {
                        *slot = text;
                    }
                }
                written.push(signature);
                written.join(&lossy(items))
            }
            FramingPlan::Parts { parts, signature: at, algorithm, .. } => {
                let named = algorithm.as_ref().map_or(0, |(named, _)| *named);
                let count = (*at).max(named).saturating_add(1);
                let mut written = vec!["1".to_owned(); count];
                if let Some((named, name)) = algorithm
                    && let Some(slot) = written.get_mut(*named)
                {
                    *slot = lossy(name);
                }
                if let Some(slot) = written.get_mut(*at) {
                    *slot = signature;
                }
                written.join(&lossy(parts))
            }
        }
    }

    /// The time and the id, where they are fields of the signature's list.
    fn list_fields<'p>(
        &'p self,
        facts: &'p HeadFacts,
    ) -> impl Iterator<Item = (String, String)> + 'p {
        let timestamp = self.timestamp.as_ref().map(|(place, _)| place);
        let field = |(place, text): (Option<&PlacePlan>, Option<&str>)| match (place, text) {
            (Some(PlacePlan::SignatureField(name)), Some(text)) => {
                Some((lossy(name), text.to_owned()))
            }
            _ => None,
        };
        [
            (timestamp, facts.said.timestamp.as_deref()),
            (self.id.as_ref(), facts.said.id.as_deref()),
            (self.key_id.as_ref(), facts.key_id.as_deref()),
            (self.event.as_ref(), facts.said.event.as_deref()),
        ]
        .into_iter()
        .filter_map(field)
    }
}

fn placement(place: &PlacePlan, text: String) -> Option<Placement<'_>> {
    Some(match place {
        PlacePlan::Header(name) | PlacePlan::RepeatedHeader(name) => {
            Placement::Header(name.to_string(), text)
        }
        PlacePlan::NumberedHeaders(prefix) => Placement::Header(format!("{prefix}1"), text),
        PlacePlan::Query(name) => Placement::Query(name, text),
        PlacePlan::Form(name) => Placement::Form(name, text),
        PlacePlan::Json(path) => Placement::Json(path.steps(), text),
        PlacePlan::SignatureField(_) | PlacePlan::Claim(_) | PlacePlan::Extracted => return None,
    })
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
