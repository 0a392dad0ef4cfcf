//! A scheme, compiled: owned, checked, and in the form in which requests are read.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::content::Coverage;
use crate::head::{Occurs, RequestHead, once};
use crate::json::ScanError;
use crate::jwt::{self, ClaimChecks, Claims, Proof};
use crate::keys::KeyPlan;
use crate::rejection::RejectionKind;
use crate::scheme::body::{BodyPart, scanned};
use crate::scheme::capture::{Capture, Captured, PublicUrl, Unclear};
use crate::scheme::error::SchemeError;
use crate::scheme::extent::{self, Cuts};
use crate::scheme::place::{PlacePlan, header_name, name};
use crate::scheme::signature::{self, Candidates, FramingPlan, ListPlan, Reader, Tag};
use crate::scheme::template::{self, Segment, Template, Values};
use crate::scheme::{
    Algorithm, Covered, Encoding, Framing, KeyForm, Length, Place, Scheme, TimeUnit, multipart,
    timestamp,
};
use crate::time::UnixTime;

/// The most numbered headers that are looked for.
const MAX_NUMBERED: usize = 100;

/// The most groups of signatures with a timestamp of their own.
const MAX_GROUPS: usize = 4;

/// A compiled [`Scheme`].
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) signature: PlacePlan,
    more_signatures: Box<[Box<str>]>,
    pub(super) reader: Reader,
    algorithm: Algorithm,
    pub(super) algorithm_header: Option<(Box<str>, Box<str>)>,
    key: KeyForm,
    pub(super) key_id: Option<PlacePlan>,
    pub(super) template: Template,
    signs: Covered,
    pub(super) cuts: Cuts,
    /// What the claims have to say, where the signature is a token.
    pub(super) claims: Option<ClaimChecks>,
    /// The address that the provider signs.
    url: Option<PublicUrl>,
    pub(super) body_digest: Option<PlacePlan>,
    /// The form's field that holds the JSON text.
    json_in: Option<Box<[u8]>>,
    pub(super) timestamp: Option<(PlacePlan, TimeUnit)>,
    pub(super) tolerance: Option<u32>,
    pub(super) id: Option<PlacePlan>,
    pub(super) event: Option<PlacePlan>,
    methods: Box<[Box<str>]>,
    /// The methods as an `Allow` header has them.
    pub(crate) allow: Arc<str>,
}

/// What the head says.
#[derive(Debug, Default)]
pub(crate) struct HeadFacts {
    /// `None` where the signature stands in the body.
    pub(crate) candidates: Option<Candidates>,
    /// Further groups of signatures, each with a timestamp of its own.
    pub(crate) groups: Vec<(Arc<str>, Candidates)>,
    pub(crate) key_id: Option<Arc<str>>,
    pub(crate) captured: Captured,
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

/// What the body says of the signature, where it stands there.
#[derive(Debug, Default)]
pub(crate) struct BodyFacts {
    pub(crate) candidates: Option<Candidates>,
    pub(crate) timestamp: Option<Arc<str>>,
    pub(crate) id: Option<Arc<str>>,
}

impl Plan {
    /// How much of the body a scheme's signature covers, whether this build can verify it or not.
    pub(crate) fn coverage_of(scheme: &Scheme<'_>) -> Result<Coverage, SchemeError> {
        if let Some(claims) = &scheme.claims {
            let binds = ClaimChecks::from(claims).binds_body();
            return Ok(if binds { Coverage::Body } else { Coverage::SenderOnly });
        }
        let template = Template::parse(scheme.signed)?;
        Ok(coverage(&template, scheme.algorithm, scheme.body_digest.is_some()))
    }

    pub(crate) fn compile(scheme: &Scheme<'_>) -> Result<Self, SchemeError> {
        let mut template = Template::parse(scheme.signed)?;
        if template.holds_time && scheme.timestamp.is_none() {
            return Err(SchemeError::NoPlace("ts"));
        }
        if template.holds_id && scheme.delivery_id.is_none() {
            return Err(SchemeError::NoPlace("id"));
        }
        check_algorithm(scheme, &template)?;
        check_places(scheme)?;
        let claims = scheme.claims.as_ref().map(ClaimChecks::from);
        if claims.as_ref().is_some_and(ClaimChecks::needs_url) {
            template.captures.push(Capture::UrlAsSent);
        }
        let unit = scheme.timestamp.map(|(_, unit)| unit);
        let cuts = extent::examine(&mut template, unit, is_checked(scheme.tolerance))?;
        let framing = FramingPlan::compile(scheme.framing)?;
        check_framing(scheme, &framing, &template)?;
        // Fields are read from the one value in the head in which the signatures stand.
        let in_head = matches!(scheme.signature, Place::Header(_) | Place::Query(_));
        let listed = in_head && framing.has_fields();
        if !listed
            && template.captures.iter().any(|part| matches!(part, Capture::SignatureField(_)))
        {
            return Err(SchemeError::Place("signed field", "the signature's header is no list"));
        }
        let place = |what, place| match place {
            Place::RepeatedHeader(_) | Place::NumberedHeaders(_) => {
                Err(SchemeError::Place(what, "it has to occur once"))
            }
            Place::Claim(name)
                if !name.is_empty() && (what != "delivery id" || scheme.claims.is_none()) =>
            {
                Err(SchemeError::Place(what, "only the id of a token with claims is one of them"))
            }
            _ => PlacePlan::compile(what, place, listed),
        };
        let key_id = match scheme.key_id {
            Some(Place::Json(_) | Place::Form(_)) => {
                return Err(SchemeError::Place("key id", "the body is read after the check"));
            }
            other => other.map(|at| place("key id", at)).transpose()?,
        };
        check_digest(scheme.body_digest, &template)?;
        check_signature(scheme.signature, &template, claims.as_ref())?;
        check_bodies(scheme, &template)?;
        let upper = |method: &&str| {
            !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        if scheme.methods.is_empty() || !scheme.methods.iter().all(upper) {
            return Err(SchemeError::Methods);
        }
        // A signed method ends where its name does: no other may go on from there.
        let is_signed = template.captures.contains(&Capture::Method);
        let is_part = |one: &&str| {
            let mut others = scheme.methods.iter().filter(|other| other != &one);
            others.any(|other| other.starts_with(*one) || other.ends_with(*one))
        };
        if is_signed && scheme.methods.iter().any(is_part) {
            return Err(SchemeError::Methods);
        }
        if matches!(scheme.signature, Place::SignatureField(_) | Place::Claim(_)) {
            return Err(SchemeError::Place("signature", "it is the list that has fields"));
        }
        let plan = Self {
            signature: PlacePlan::compile("signature", scheme.signature, false)?,
            more_signatures: scheme
                .more_signatures
                .iter()
                .map(|header| header_name(header))
                .collect::<Result<_, _>>()?,
            reader: Reader {
                framing,
                spaced: scheme.spaced,
                encoding: scheme.encoding,
                length: scheme.algorithm.length(),
                costly: scheme.algorithm.is_public_key(),
            },
            algorithm: scheme.algorithm,
            algorithm_header: match scheme.algorithm_header {
                Some((_, "")) => return Err(SchemeError::Empty("algorithm's name")),
                Some((header, name)) => Some((header_name(header)?, name.into())),
                None => None,
            },
            key: scheme.key,
            key_id,
            template,
            signs: scheme.signs,
            cuts,
            claims,
            url: None,
            json_in: scheme.json_in.map(|field| field.as_bytes().into()),
            body_digest: scheme.body_digest.map(|at| place("body's digest", at)).transpose()?,
            timestamp: match scheme.timestamp {
                Some((at, unit)) => Some((place("timestamp", at)?, unit)),
                None => None,
            },
            tolerance: scheme.tolerance,
            id: scheme.delivery_id.map(|at| place("delivery id", at)).transpose()?,
            event: scheme.event_name.map(|at| place("event name", at)).transpose()?,
            methods: scheme.methods.iter().map(|method| Box::from(*method)).collect(),
            allow: scheme.methods.join(", ").into(),
        };
        if scheme.json_in == Some("") {
            return Err(SchemeError::Empty("field's name"));
        }
        if plan.json_in.is_some() && (plan.is_jwt() || plan.coverage() >= Coverage::Fields) {
            return Err(SchemeError::JsonIn);
        }
        if plan.body_digest.is_some() && plan.is_jwt() {
            return Err(SchemeError::Place("body's digest", "a token binds the body by a claim"));
        }
        if plan.coverage() == Coverage::Fields && plan.time_is_in_body() {
            let unclear = "where the values of a form end is not signed";
            return Err(SchemeError::Place("timestamp", unclear));
        }
        if plan.coverage() < Coverage::Fields
            && !scheme.body_unsigned
            && !matches!(plan.signature, PlacePlan::Extracted)
        {
            return Err(SchemeError::TemplateWithoutBody(scheme.signed.into()));
        }
        check_encoding(scheme)?;
        Ok(plan)
    }

    /// How much of the body a signature covers.
    pub(crate) fn coverage(&self) -> Coverage {
        match &self.claims {
            Some(claims) if claims.binds_body() => Coverage::Body,
            Some(_) => Coverage::SenderOnly,
            None => coverage(&self.template, self.algorithm, self.body_digest.is_some()),
        }
    }

    /// Whether the signature is a token with claims.
    pub(crate) fn is_jwt(&self) -> bool {
        self.claims.is_some()
    }

    /// Holds the claims of a verified token against its request.
    ///
    /// # Errors
    ///
    /// When the token is another request's, or of another time.
    pub(crate) fn check_claims(
        &self,
        claims: &Claims,
        captured: &Captured,
        body: &[u8],
        now: UnixTime,
    ) -> Result<Proof, RejectionKind> {
        let checks = self.claims.as_ref().ok_or(RejectionKind::SignatureMismatch)?;
        let url = captured.first().and_then(|url| url.as_deref());
        let url = url.and_then(|url| std::str::from_utf8(url).ok());
        checks.check(claims, jwt::Request { now, body, url })
    }

    /// The delivery id among the claims.
    pub(crate) fn id_among(&self, claims: &Claims) -> Option<Arc<str>> {
        match &self.id {
            Some(PlacePlan::Claim(claim)) => name(claims.text(claim)?.as_bytes()),
            _ => None,
        }
    }

    /// The address that the provider signs.
    ///
    /// # Errors
    ///
    /// When it has no path, and the request's would stand beside other values in the signed text.
    pub(crate) fn set_url(&mut self, url: PublicUrl) -> Result<(), SchemeError> {
        if url.lacks_path() && self.cuts.fixed_url {
            return Err(SchemeError::UrlWithoutPath);
        }
        self.url = Some(url);
        Ok(())
    }

    /// The address that the provider signs, without a query.
    pub(crate) fn address<H>(&self, head: &H) -> Option<String>
    where
        H: RequestHead + ?Sized,
    {
        self.url.as_ref().map(|url| url.without_query(head.path()))
    }

    /// Whether the endpoint says which address the provider signs.
    pub(crate) fn has_url(&self) -> bool {
        self.url.is_some()
    }

    /// Whether the provider's own code finds the time of sending.
    pub(crate) fn time_is_extracted(&self) -> bool {
        matches!(self.timestamp, Some((PlacePlan::Extracted, _)))
    }

    /// Whether the delivery id is a part of the template.
    #[cfg(feature = "sign")]
    pub(super) fn holds_id(&self) -> bool {
        self.template.holds_id
    }

    /// The address that the provider signs, where the endpoint says it.
    #[cfg(feature = "sign")]
    pub(crate) fn url(&self) -> Option<&PublicUrl> {
        self.url.as_ref()
    }

    /// Whether the scheme signs the address, and the endpoint does not say which.
    pub(crate) fn lacks_url(&self) -> bool {
        self.url.is_none() && self.template.captures.iter().any(Capture::needs_url)
    }

    /// Whether the provider's own code finds the signature.
    pub(crate) fn is_extracted(&self) -> bool {
        matches!(self.signature, PlacePlan::Extracted)
    }

    /// The first thing that the provider's own code has to find.
    pub(crate) fn extracted(&self) -> Option<&'static str> {
        let time = self.timestamp.as_ref().map(|(place, _)| place);
        [
            ("signature", Some(&self.signature)),
            ("timestamp", time),
            ("delivery id", self.id.as_ref()),
            ("event name", self.event.as_ref()),
            ("key id", self.key_id.as_ref()),
        ]
        .into_iter()
        .find(|(_, place)| matches!(place, Some(PlacePlan::Extracted)))
        .map(|(what, _)| what)
    }

    /// What makes keys of the endpoint's secrets.
    pub(crate) fn keys(&self) -> KeyPlan {
        KeyPlan { algorithm: self.algorithm, form: self.key, secret_at: self.template.secret }
    }

    pub(crate) fn allows(&self, method: &str) -> bool {
        self.methods.iter().any(|allowed| **allowed == *method)
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &**method)
    }

    /// Whether requests name the key that they were signed with.
    pub(crate) fn names_its_key(&self) -> bool {
        self.key_id.is_some() || self.is_jwt()
    }

    /// Whether the scheme signs the time of sending.
    pub(crate) fn signs_time(&self) -> bool {
        self.template.holds_time || self.signs_time_with_body() || self.time_is_extracted()
    }

    /// Whether the time of sending is signed as a part of the body, and not by itself.
    pub(crate) fn signs_time_with_body(&self) -> bool {
        let by_itself = self.template.holds_time;
        !by_itself && self.time_is_in_body() && self.signs_body()
    }

    /// Whether the time of sending stands in the body.
    pub(crate) fn time_is_in_body(&self) -> bool {
        self.timestamp.as_ref().is_some_and(|(place, _)| place.is_in_body())
    }

    /// Whether what stands in the body is signed where it stands. Where names and values of a form
    /// are signed with nothing between, it is not.
    fn signs_body(&self) -> bool {
        self.coverage() == Coverage::Body
    }

    /// Whether the signed text can only be written once the whole body is there.
    pub(crate) fn waits_for_body(&self) -> bool {
        !self.template.holds_body
            || self.template.body_parts().next().is_some()
            || (self.template.holds_time && self.time_is_in_body())
            || (self.template.holds_id && self.id.as_ref().is_some_and(PlacePlan::is_in_body))
    }

    pub(crate) fn signs_id(&self) -> bool {
        let elsewhere = matches!(self.id, Some(PlacePlan::Extracted | PlacePlan::Claim(_)));
        self.template.holds_id || elsewhere
    }

    /// Whether the delivery id can be trusted once the signature was.
    pub(crate) fn has_signed_id(&self) -> bool {
        let in_body = self.id.as_ref().is_some_and(PlacePlan::is_in_body);
        self.signs_id() || (in_body && self.signs_body())
    }

    pub(crate) fn names_events(&self) -> bool {
        self.event.is_some()
    }

    /// Whether two genuine deliveries differ in what is signed: in the body, in an id, or in what
    /// else of the request stands in the text.
    ///
    /// A time or an address does not tell two of one second apart, and a token that binds neither
    /// body nor id serves for many deliveries: Google's for an hour.
    pub(crate) fn tells_deliveries(&self) -> bool {
        let differs = |capture: &Capture| !capture.needs_url() && *capture != Capture::Method;
        self.coverage() >= Coverage::Fields
            || self.signs_id()
            || self.template.body_parts().next().is_some()
            || self.template.captures.iter().any(differs)
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
        let unit = self.timestamp.as_ref().map(|(_, unit)| *unit);
        self.cuts = extent::examine(&mut self.template, unit, is_checked(self.tolerance))?;
        Ok(())
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
        let mut later = Vec::new();
        let mut read = |value: &[u8]| {
            if !self.reader.framing.has_fields() {
                return self.reader.read(value);
            }
            let mut groups = self.reader.groups(value);
            let first = groups.next().unwrap_or_default();
            fields = self.read_fields(first)?;
            for group in groups {
                if later.len() >= MAX_GROUPS {
                    return Err(RejectionKind::TooManySignatures);
                }
                later.push((self.read_fields(group)?, self.reader.read(group)));
            }
            self.reader.read(first)
        };
        let found = match &self.signature {
            PlacePlan::Header(header) => once(head, header, read),
            PlacePlan::Query(_) => {
                match self.signature.read(head, None, |value| Some(read(value))) {
                    Occurs::Never => Occurs::Never,
                    Occurs::Once(Some(found)) => Occurs::Once(found),
                    Occurs::Once(None) | Occurs::Often => Occurs::Often,
                }
            }
            PlacePlan::RepeatedHeader(_) | PlacePlan::NumberedHeaders(_) => Occurs::Never,
            PlacePlan::Form(_) | PlacePlan::Json(_) | PlacePlan::Extracted => Occurs::Never,
            PlacePlan::SignatureField(_) | PlacePlan::Claim(_) => Occurs::Never,
        };
        let first = match found {
            Occurs::Never => None,
            Occurs::Often => return Err(RejectionKind::DuplicateSignature),
            Occurs::Once(candidates) => Some(candidates),
        };
        let candidates = match first {
            first if self.has_more_places() => self.with_more(head, first)?,
            Some(candidates) => candidates.map(Some),
            None if self.is_read_later() => Ok(None),
            None => return Err(RejectionKind::MissingSignature),
        };
        // Looked at before the signature's form, which another algorithm's never has.
        if let Some((header, wanted)) = &self.algorithm_header {
            let named = once(head, header, |value| value.eq_ignore_ascii_case(wanted.as_bytes()));
            if !matches!(named, Occurs::Once(true)) {
                return Err(RejectionKind::UnsupportedAlgorithm);
            }
        }
        facts.candidates = candidates?;
        let captured = std::mem::take(&mut fields.captured);
        facts.captured = self.read_captured(head, self.url.as_ref(), captured)?;
        if let Some(event) = fields.event {
            facts.said.event = name(&event);
        }
        facts.said.timestamp = self.read_timestamp(head, fields.timestamp)?;
        if self.template.holds_time && !self.time_is_in_body() {
            let sent = self.check_time(facts.said.timestamp.as_deref(), now);
            self.take_group(sent, later, now, facts)?;
        }
        if let Some(place) = self.id.as_ref().filter(|place| place.is_in_head()) {
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
        if let (Some(algorithm), Some(found)) = (self.algorithm.jwt(), &facts.candidates) {
            let token = found.as_slice().first().map(Tag::as_bytes).unwrap_or_default();
            facts.key_id = jwt::kid(token, algorithm)?;
        }
        if let Some(place) = &self.key_id {
            facts.key_id = match place.read(head, fields.key_id, name) {
                Occurs::Once(Some(text)) => Some(text),
                _ => return Err(RejectionKind::UnknownKey),
            };
        }
        Ok(())
    }

    /// Whether the signature stands in the body, or the provider's own code finds it.
    fn is_read_later(&self) -> bool {
        self.signature.is_in_body() || self.is_extracted()
    }

    /// Whether signatures may stand in further headers.
    fn has_more_places(&self) -> bool {
        let lines =
            matches!(self.signature, PlacePlan::RepeatedHeader(_) | PlacePlan::NumberedHeaders(_));
        lines || !self.more_signatures.is_empty()
    }

    /// The signatures of further headers with those of the first. The inner error is that of their
    /// form.
    fn with_more<H>(
        &self,
        head: &H,
        first: Option<Result<Candidates, RejectionKind>>,
    ) -> Result<Result<Option<Candidates>, RejectionKind>, RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        let more = self.more_values(head)?;
        if first.is_none() && more.is_empty() && !self.is_read_later() {
            return Err(RejectionKind::MissingSignature);
        }
        Ok(self.all_candidates(first, &more))
    }

    /// The signatures of further headers, which count like those of the first.
    fn more_values<H>(&self, head: &H) -> Result<Vec<Vec<u8>>, RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        let mut values = Vec::new();
        let mut take = |header: &str| match once(head, header, <[u8]>::to_vec) {
            Occurs::Never => Ok(false),
            Occurs::Once(value) => {
                values.push(value);
                Ok(true)
            }
            Occurs::Often => Err(RejectionKind::DuplicateSignature),
        };
        for header in &self.more_signatures {
            take(header)?;
        }
        if let PlacePlan::NumberedHeaders(prefix) = &self.signature {
            for number in 1..=MAX_NUMBERED {
                if !take(&format!("{prefix}{number}"))? {
                    break;
                }
            }
        }
        if let PlacePlan::RepeatedHeader(header) = &self.signature {
            let mut lines = 0_usize;
            head.header(header, &mut |value| {
                lines = lines.saturating_add(1);
                if lines <= MAX_NUMBERED {
                    values.push(value.to_vec());
                }
            });
            if lines > MAX_NUMBERED {
                return Err(RejectionKind::TooManySignatures);
            }
        }
        Ok(values)
    }

    fn all_candidates(
        &self,
        first: Option<Result<Candidates, RejectionKind>>,
        more: &[Vec<u8>],
    ) -> Result<Option<Candidates>, RejectionKind> {
        if more.is_empty() {
            return first.transpose();
        }
        // As in a list, one that cannot be decoded does not spoil the rest.
        let (first, failed) = match first {
            Some(Err(kind)) => (None, Some(kind)),
            Some(Ok(found)) => (Some(found), None),
            None => (None, None),
        };
        match self.reader.and(first, more)? {
            Some(found) => Ok(Some(found)),
            None if more.iter().all(Vec::is_empty) => Err(RejectionKind::EmptySignature),
            None => Err(failed.unwrap_or(RejectionKind::MalformedSignature)),
        }
    }

    /// The values of the head that are signed, but for the time and the id.
    pub(crate) fn read_captured<H>(
        &self,
        head: &H,
        url: Option<&PublicUrl>,
        fields: Vec<Result<Option<Vec<u8>>, Unclear>>,
    ) -> Result<Captured, RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        if self.template.captures.is_empty() {
            return Ok(Captured::default());
        }
        let mut fields = fields.into_iter();
        let mut captured = Vec::with_capacity(self.template.captures.len());
        for (at, capture) in self.template.captures.iter().enumerate() {
            let field = |_: &[u8]| fields.next().unwrap_or(Ok(None));
            let value =
                capture.read(head, url, field).map_err(|Unclear| RejectionKind::SignedContent)?;
            let forbidden = self.cuts.captured.get(at).map_or(&[][..], Vec::as_slice);
            if value.as_deref().unwrap_or_default().iter().any(|byte| forbidden.contains(byte)) {
                return Err(RejectionKind::SignedContent);
            }
            captured.push(value);
        }
        Ok(captured.into())
    }

    fn read_timestamp<H>(
        &self,
        head: &H,
        field: Option<Vec<u8>>,
    ) -> Result<Option<Arc<str>>, RejectionKind>
    where
        H: RequestHead + ?Sized,
    {
        let Some((place, _)) = &self.timestamp else {
            return Ok(None);
        };
        match place.read(head, field, time_text) {
            Occurs::Once(Some(text)) => Ok(Some(text)),
            Occurs::Never => Ok(None),
            Occurs::Once(None) if self.signs_time() => Err(RejectionKind::MalformedTimestamp),
            // Twice is ambiguous even where nothing depends on it; odd text is only left out.
            Occurs::Often => Err(RejectionKind::MalformedTimestamp),
            Occurs::Once(None) => Ok(None),
        }
    }

    /// Holds a time against the clock.
    pub(crate) fn check_time(
        &self,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<(), RejectionKind> {
        let Some((_, unit)) = &self.timestamp else {
            return Ok(());
        };
        let text = text.ok_or(RejectionKind::MissingTimestamp)?;
        let sent = timestamp::parse(text.as_bytes(), *unit);
        let sent = sent.ok_or(RejectionKind::MalformedTimestamp)?;
        self.tolerance.map_or(Ok(()), |tolerance| timestamp::check(sent, now, tolerance))
    }

    /// Leaves the groups whose time is right: the first one's facts are where a single one's are.
    fn take_group(
        &self,
        first: Result<(), RejectionKind>,
        later: Vec<(Fields, Result<Candidates, RejectionKind>)>,
        now: UnixTime,
        facts: &mut HeadFacts,
    ) -> Result<(), RejectionKind> {
        let mut groups = later.into_iter().filter_map(|(fields, candidates)| {
            let text = fields.timestamp.as_deref().and_then(time_text)?;
            self.check_time(Some(&text), now).ok()?;
            Some((text, candidates.ok()?))
        });
        if let Err(kind) = first {
            let (text, candidates) = groups.next().ok_or(kind)?;
            facts.said.timestamp = Some(text);
            facts.candidates = Some(candidates);
        }
        facts.groups = groups.collect();
        Ok(())
    }

    /// Whether the body has to be looked into before it is verified.
    pub(crate) fn looks_into_body(&self) -> bool {
        let in_body = |place: Option<&PlacePlan>| place.is_some_and(PlacePlan::is_in_body);
        self.cuts.by_time
            || self.signature.is_in_body()
            || (self.template.holds_time && self.time_is_in_body())
            || (self.template.holds_id && in_body(self.id.as_ref()))
    }

    /// The JSON text inside a form, for schemes that have it there. `None`: the body is the text.
    ///
    /// # Errors
    ///
    /// When the form has no such field, or it cannot be read in one way only.
    pub(crate) fn json_inside(&self, body: &[u8]) -> Result<Option<Vec<u8>>, RejectionKind> {
        let Some(name) = self.json_in.as_deref() else {
            return Ok(None);
        };
        if matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return Ok(None);
        }
        let field = multipart::field(body, name).map_err(|Unclear| RejectionKind::SignedContent)?;
        field.map(Some).ok_or(RejectionKind::SignedContent)
    }

    /// What the body says of the signature, where it stands there: before anything is verified.
    pub(crate) fn read_body(&self, body: &[u8]) -> Result<BodyFacts, RejectionKind> {
        let unclear = |Unclear| RejectionKind::SignedContent;
        let mut facts = BodyFacts::default();
        if self.signature.is_in_body() {
            let value = scanned(body).and_then(|body| self.signature.value_in(body));
            let value = value.map_err(unclear)?.ok_or(RejectionKind::MissingSignature)?;
            facts.candidates = Some(self.reader.read(&value)?);
        }
        if self.template.holds_time
            && let Some((place, _)) =
                self.timestamp.as_ref().filter(|(place, _)| place.is_in_body())
        {
            let value = scanned(body).and_then(|body| place.value_in(body)).map_err(unclear)?;
            let text = value.ok_or(RejectionKind::MissingTimestamp)?;
            let text = time_text(&text).ok_or(RejectionKind::MalformedTimestamp)?;
            facts.timestamp = Some(text);
        }
        if self.template.holds_id
            && let Some(place) = self.id.as_ref().filter(|place| place.is_in_body())
        {
            let value = scanned(body).and_then(|body| place.value_in(body)).map_err(unclear)?;
            let text = value.ok_or(RejectionKind::MissingDeliveryId)?;
            let text = self.unambiguous_id(&text).ok_or(RejectionKind::MalformedDeliveryId)?;
            facts.id = Some(text);
        }
        Ok(facts)
    }

    /// Signatures that the provider's own code found. `None` where it found none.
    pub(crate) fn read_signatures<V: AsRef<[u8]>>(
        &self,
        values: &[V],
    ) -> Result<Option<Candidates>, RejectionKind> {
        if values.is_empty() {
            return Ok(None);
        }
        match self.reader.and(None, values)? {
            Some(found) => Ok(Some(found)),
            None if values.iter().all(|value| value.as_ref().is_empty()) => {
                Err(RejectionKind::EmptySignature)
            }
            None => Err(RejectionKind::MalformedSignature),
        }
    }

    /// The time in a verified body.
    pub(crate) fn time_in(&self, body: &[u8]) -> Result<Option<Arc<str>>, RejectionKind> {
        let Some((place, _)) = self.timestamp.as_ref().filter(|(place, _)| place.is_in_body())
        else {
            return Ok(None);
        };
        let value = place.value_in(body).map_err(|Unclear| RejectionKind::MalformedTimestamp)?;
        let text = value.ok_or(RejectionKind::MissingTimestamp)?;
        time_text(&text).map(Some).ok_or(RejectionKind::MalformedTimestamp)
    }

    /// Whether the text could be cut at another time as well; no signature tells which was meant.
    pub(crate) fn is_cut_in_one_place(&self, values: &Values<'_>, now: UnixTime) -> bool {
        let (true, Some(timestamp)) = (self.cuts.by_time, values.timestamp) else {
            return true;
        };
        let before = self.template.before.iter().rev().find_map(|segment| match segment {
            Segment::Id => values.id.map(str::as_bytes),
            Segment::Captured(at) => values.captured.get(*at).and_then(|value| value.as_deref()),
            _ => None,
        });
        let is_time = |text: &[u8]| self.could_be_sent_at(text, now);
        let before = before.unwrap_or_default();
        !extent::can_be_cut_elsewhere(before, timestamp.as_bytes(), values.body, is_time)
    }

    /// Whether a text could be the time of a request that was signed within the last year. A time
    /// that has passed counts: who has such a request could wait until another one in it is due.
    fn could_be_sent_at(&self, text: &[u8], now: UnixTime) -> bool {
        let Some((_, unit)) = &self.timestamp else { return false };
        let ahead = self.tolerance.unwrap_or(YEAR);
        timestamp::parse(text, *unit).is_some_and(|sent| {
            let is_old = timestamp::check(sent, now, YEAR) == Err(RejectionKind::StaleTimestamp);
            let is_ahead =
                timestamp::check(sent, now, ahead) == Err(RejectionKind::FutureTimestamp);
            !is_old && !is_ahead
        })
    }

    /// Whether the digest of the body that the head names is that of the body. `None` where the
    /// scheme has none.
    pub(crate) fn body_digest<H>(&self, head: &H) -> Option<Result<[u8; 32], RejectionKind>>
    where
        H: RequestHead + ?Sized,
    {
        let place = self.body_digest.as_ref()?;
        let parse = |text: &[u8]| {
            let mut digest = [0; 32];
            let plain = text.len() == 64 && !text.starts_with(b"0x");
            (plain && const_hex::decode_to_slice(text, &mut digest).is_ok()).then_some(digest)
        };
        Some(match place.read(head, None, parse) {
            Occurs::Once(Some(digest)) => Ok(digest),
            _ => Err(RejectionKind::SignedContent),
        })
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
        if let Some(place @ (PlacePlan::Header(_) | PlacePlan::Query(_))) = &self.event {
            facts.said.event = match place.read(head, None, name) {
                Occurs::Never => None,
                Occurs::Once(event) => event,
                Occurs::Often => return Err(RejectionKind::DuplicateSignature),
            };
        }
        Ok(())
    }

    /// The fields beside the signatures in a list; nothing for other framings.
    fn read_fields(&self, value: &[u8]) -> Result<Fields, RejectionKind> {
        if !self.reader.framing.has_fields() {
            return Ok(Fields::default());
        }
        let read = |place: Option<&PlacePlan>, twice| match place {
            Some(PlacePlan::SignatureField(field)) => match self.reader.field(value, field) {
                Ok(text) => Ok(text.map(Vec::from)),
                Err(signature::Twice) => Err(twice),
            },
            _ => Ok(None),
        };
        let timestamp = self.timestamp.as_ref().map(|(place, _)| place);
        let captured = |capture: &Capture| match capture {
            Capture::SignatureField(field) => {
                let text = self.reader.field(value, field);
                Some(text.map(|text| text.map(Vec::from)).map_err(|signature::Twice| Unclear))
            }
            _ => None,
        };
        Ok(Fields {
            timestamp: read(timestamp, RejectionKind::MalformedTimestamp)?,
            id: read(self.id.as_ref(), RejectionKind::MalformedDeliveryId)?,
            key_id: read(self.key_id.as_ref(), RejectionKind::UnknownKey)?,
            event: read(self.event.as_ref(), RejectionKind::MalformedSignature)?,
            captured: self.template.captures.iter().filter_map(captured).collect(),
        })
    }

    /// An id that can be cut out of the signed text in one way only.
    pub(super) fn unambiguous_id(&self, text: &[u8]) -> Option<Arc<str>> {
        if text.iter().any(|byte| self.cuts.id.contains(byte)) {
            return None;
        }
        name(text)
    }

    /// What is signed before the body and after it, with the parts as they were received; the
    /// time can be left out. Where the body itself is not signed, all of it stands before.
    ///
    /// # Errors
    ///
    /// When a part is missing from the request or cannot be read from it in one way only.
    pub(crate) fn around_body(&self, values: &Values<'_>) -> Result<(Vec<u8>, Vec<u8>), Unclear> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        template::write(&self.template.before, values, &mut before)?;
        template::write(&self.template.after, values, &mut after)?;
        Ok((before, after))
    }

    /// Whether nothing is signed, since the secret itself is sent.
    pub(crate) fn signs_nothing(&self) -> bool {
        self.algorithm == Algorithm::Token
    }

    /// Whether the body itself stands in the signed text.
    pub(crate) fn holds_body(&self) -> bool {
        self.template.holds_body
    }

    /// Whether the signed text is the body and nothing else.
    pub(crate) fn signs_body_alone(&self) -> bool {
        self.template.is_body() && self.template.secret.is_none()
    }

    /// Whether a compressed body is signed as what comes out of it.
    pub(crate) fn signs_plain(&self) -> bool {
        self.signs == Covered::Plain
    }

    /// The event's name in a signed body: `None` where there is none there.
    pub(crate) fn event_in<'b>(&self, body: &'b [u8]) -> Result<Option<Cow<'b, str>>, ScanError> {
        self.event.as_ref().map_or(Ok(None), |place| place.text_in(body))
    }

    /// The delivery id in a signed body, a text or a number. One that cannot be read is none.
    pub(crate) fn id_in(&self, body: &[u8]) -> Option<String> {
        let value = self.id.as_ref()?.value_in(body).ok().flatten()?;
        String::from_utf8(value).ok()
    }
}

/// In seconds.
const YEAR: u32 = 365 * 24 * 60 * 60;

/// Whether a tolerance tells the length of a time: one of years would let it lose a digit.
fn is_checked(tolerance: Option<u32>) -> bool {
    tolerance.is_some_and(|seconds| seconds <= YEAR)
}

/// Values that stand beside the signatures in a list.
#[derive(Debug, Default)]
struct Fields {
    timestamp: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    key_id: Option<Vec<u8>>,
    event: Option<Vec<u8>>,
    /// Those that are signed, in the order of the text.
    captured: Vec<Result<Option<Vec<u8>>, Unclear>>,
}

/// How much of the body a signature covers.
fn coverage(template: &Template, algorithm: Algorithm, has_digest: bool) -> Coverage {
    if algorithm == Algorithm::Token {
        Coverage::SenderOnly
    } else if template.holds_body || has_digest || template.body_parts().any(BodyPart::covers) {
        Coverage::Body
    } else if template.body_parts().any(|part| *part == BodyPart::SortedForm) {
        Coverage::Fields
    } else {
        Coverage::SenderOnly
    }
}

/// A timestamp's text: one without spaces, but for those of dates.
fn time_text(text: &[u8]) -> Option<Arc<str>> {
    let visible = text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if text.is_empty() || text.len() > 64 || !visible {
        return None;
    }
    std::str::from_utf8(text).ok().map(Arc::from)
}

/// Whether a list can be read back as it is written.
fn check_framing(
    scheme: &Scheme<'_>,
    framing: &FramingPlan,
    template: &Template,
) -> Result<(), SchemeError> {
    let of_signature: &dyn Fn(u8) -> bool = match scheme.encoding {
        Encoding::Hex => &|byte| byte.is_ascii_hexdigit(),
        Encoding::Base64 | Encoding::HexOrBase64 => {
            &|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
        }
        Encoding::Base64Url => &|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte),
        Encoding::Text => &|_| false,
    };
    let in_list = matches!(scheme.timestamp, Some((Place::SignatureField(_), _)));
    let of_time: &dyn Fn(u8) -> bool = match scheme.timestamp.filter(|_| in_list) {
        None => &|_| false,
        Some((_, TimeUnit::HttpDate)) => {
            &|byte| byte.is_ascii_alphanumeric() || b", :".contains(&byte)
        }
        Some((_, TimeUnit::Rfc3339 | TimeUnit::Rfc3339OrUtc)) => {
            &|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte)
        }
        Some(_) => &|byte| byte.is_ascii_digit(),
    };
    for separator in framing.separators() {
        let cuts = |of: &dyn Fn(u8) -> bool| separator.iter().all(|byte| of(*byte));
        if cuts(of_signature) || cuts(of_time) {
            return Err(SchemeError::Separator("can stand inside a signature or a time"));
        }
    }
    let key_id = scheme.key_id.as_ref();
    let places = [key_id, scheme.delivery_id.as_ref(), scheme.event_name.as_ref()];
    let time = scheme.timestamp.as_ref().map(|(place, _)| place);
    let placed = places.into_iter().chain([time]).flatten().filter_map(|place| match place {
        Place::SignatureField(name) => Some(name.as_bytes()),
        _ => None,
    });
    let captured = template.captures.iter().filter_map(|capture| match capture {
        Capture::SignatureField(name) => Some(&**name),
        _ => None,
    });
    for field in placed.chain(captured) {
        framing.check_field(field)?;
    }
    Ok(())
}

/// Whether the signature stands where one is read, and outside of what it signs: nobody could make
/// one inside.
fn check_signature(
    place: Place<'_>,
    template: &Template,
    claims: Option<&ClaimChecks>,
) -> Result<(), SchemeError> {
    if claims.is_some() && !matches!(place, Place::Header(_) | Place::Query(_)) {
        return Err(SchemeError::Place("signature", "a token with claims stands once in the head"));
    }
    let is_value = |part: &BodyPart| matches!(part, BodyPart::Form(..) | BodyPart::Json(..));
    let is_inside = match place {
        Place::Form(_) | Place::Json(_) => {
            template.holds_body || !template.body_parts().all(is_value)
        }
        Place::Query(_) => {
            let signs_query =
                |part: &Capture| matches!(part, Capture::UrlAsSent | Capture::SortedQuery);
            template.captures.iter().any(signs_query)
        }
        _ => false,
    };
    match is_inside {
        true => Err(SchemeError::Place("signature", "it would stand inside of what it signs")),
        false => Ok(()),
    }
}

/// Whether one body can have all that is read from it.
fn check_bodies(scheme: &Scheme<'_>, template: &Template) -> Result<(), SchemeError> {
    let time = scheme.timestamp.map(|(place, _)| place);
    let holds = |wanted: &Segment| template.segments().any(|segment| segment == wanted);
    let time = time.filter(|_| holds(&Segment::Timestamp));
    let id = scheme.delivery_id.filter(|_| holds(&Segment::Id));
    if time.is_some() && time == id {
        return Err(SchemeError::Place("delivery id", "the time stands there"));
    }
    let places = || [Some(scheme.signature), time, id].into_iter().flatten();
    let form = |part: &BodyPart| matches!(part, BodyPart::Form(..) | BodyPart::SortedForm);
    let json = |part: &BodyPart| matches!(part, BodyPart::Json(..));
    let is_form = places().any(|place| matches!(place, Place::Form(_)));
    let is_json = places().any(|place| matches!(place, Place::Json(_)));
    match (is_form || template.body_parts().any(form), is_json || template.body_parts().any(json)) {
        (true, true) => Err(SchemeError::Place("value", "no body is a form and JSON at once")),
        _ => Ok(()),
    }
}

/// Whether the body's digest stands where the signature covers it: else anyone could write another
/// one, and another body.
fn check_digest(place: Option<Place<'_>>, template: &Template) -> Result<(), SchemeError> {
    let holds = |wanted: &dyn Fn(&Capture) -> bool| template.captures.iter().any(wanted);
    let is_covered = match place {
        None => true,
        Some(Place::Header(header)) => {
            let header = header_name(header)?;
            holds(&|capture| matches!(capture, Capture::Header(name) if *name == header))
        }
        Some(Place::Query(query)) => holds(&|capture| match capture {
            Capture::UrlAsSent | Capture::SortedQuery => true,
            Capture::Query { name, .. } => **name == *query.as_bytes(),
            _ => false,
        }),
        Some(_) => return Err(SchemeError::Place("body's digest", "it has to stand in the head")),
    };
    match is_covered {
        true => Ok(()),
        false => Err(SchemeError::Place("body's digest", "the signature does not cover it")),
    }
}

/// Whether the algorithm, the key and the text go together.
fn check_algorithm(scheme: &Scheme<'_>, template: &Template) -> Result<(), SchemeError> {
    let algorithm = scheme.algorithm;
    if let Some(feature) = algorithm.missing_feature() {
        return Err(SchemeError::Feature(feature));
    }
    if template.secret.is_some() != algorithm.is_plain_hash() {
        return Err(SchemeError::Secret);
    }
    let is_public = scheme.key == KeyForm::PublicKey;
    if algorithm.is_public_key() && !is_public {
        return Err(SchemeError::Key("public keys"));
    }
    if !algorithm.is_public_key() && is_public {
        return Err(SchemeError::Key("a shared secret"));
    }
    if algorithm == Algorithm::Token && scheme.key != KeyForm::Text {
        return Err(SchemeError::Key("the secret's text"));
    }
    if algorithm == Algorithm::Token && !scheme.signed.is_empty() {
        return Err(SchemeError::TemplatePart(scheme.signed.into()));
    }
    let has_value = |segment: &Segment| !matches!(segment, Segment::Literal(_));
    let is_constant = !template.holds_body && !template.segments().any(has_value);
    if is_constant && scheme.body_unsigned && !algorithm.is_token() {
        return Err(SchemeError::TemplateConstant(scheme.signed.into()));
    }
    if algorithm.jwt().is_some() != scheme.claims.is_some() {
        return Err(SchemeError::Claims);
    }
    if algorithm.jwt().is_some() && !scheme.signed.is_empty() {
        return Err(SchemeError::TemplatePart(scheme.signed.into()));
    }
    Ok(())
}

/// Whether the signature can be told in its encoding.
fn check_encoding(scheme: &Scheme<'_>) -> Result<(), SchemeError> {
    let algorithm = scheme.algorithm;
    let is_text = algorithm.is_token();
    let is_clear = match scheme.encoding {
        Encoding::Text => is_text,
        // Basic authentication.
        Encoding::Base64 => algorithm.jwt().is_none(),
        Encoding::Hex | Encoding::Base64Url => !is_text,
        Encoding::HexOrBase64 => !is_text && matches!(algorithm.length(), Length::Exactly(_)),
    };
    if is_clear { Ok(()) } else { Err(SchemeError::Encoding) }
}

/// Whether each place is one where such a value can be read.
fn check_places(scheme: &Scheme<'_>) -> Result<(), SchemeError> {
    let is_jwt = scheme.algorithm.jwt().is_some();
    let time = scheme.timestamp.map(|(place, _)| place);
    let id = scheme.delivery_id;
    for (what, place, may_be_claimed) in [
        ("signature", Some(scheme.signature), false),
        ("timestamp", time, false),
        ("delivery id", id, is_jwt),
        ("event name", scheme.event_name, false),
        ("key id", scheme.key_id, false),
        ("body's digest", scheme.body_digest, false),
    ] {
        if let Some(Place::Claim(name)) = place
            && !may_be_claimed
            && !name.is_empty()
        {
            let why = "only the id of a token with claims is one of them";
            return Err(SchemeError::Place(what, why));
        }
    }
    if !is_jwt {
        return Ok(());
    }
    // Of several tokens each would have claims of its own.
    let is_alone = matches!(scheme.signature, Place::Header(_) | Place::Query(_))
        && scheme.more_signatures.is_empty()
        && matches!(scheme.framing, Framing::Bare | Framing::Prefix(_) | Framing::AuthScheme(_));
    if !is_alone {
        return Err(SchemeError::Place(
            "signature",
            "a token stands alone in a header or a parameter",
        ));
    }
    if scheme.key_id.is_some() {
        return Err(SchemeError::Place("key id", "a token names its key itself"));
    }
    Ok(())
}

impl FramingPlan {
    /// Whether there are fields beside the signatures.
    pub(crate) fn has_fields(&self) -> bool {
        matches!(self, Self::List(_) | Self::Positional { .. } | Self::Groups { .. })
    }

    /// What must not occur inside a signature or a field.
    fn separators(&self) -> impl Iterator<Item = &[u8]> {
        let (one, next): (&[u8], &[u8]) = match self {
            Self::Bare | Self::Prefix(_) | Self::AuthScheme(_) => (b"", b""),
            Self::List(ListPlan { items, .. }) | Self::Positional { items, .. } => (items, b""),
            Self::Parts { items, parts, .. } => (items, parts),
            Self::Groups { groups, list } => (groups, &list.items),
        };
        [one, next].into_iter().filter(|separator| !separator.is_empty())
    }

    /// Whether a field of this name can be found beside the signatures.
    fn check_field(&self, name: &[u8]) -> Result<(), SchemeError> {
        let is_clear = match self {
            Self::List(list) | Self::Groups { list, .. } => {
                *name != *list.name && !list.is_cut(name)
            }
            Self::Positional { first, .. } => {
                let at = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
                at.is_some_and(|at: usize| at < *first && at.to_string().as_bytes() == name)
            }
            _ => true,
        };
        let wrong = "the list of the signature has no such field beside the signatures";
        if is_clear { Ok(()) } else { Err(SchemeError::Place("field", wrong)) }
    }

    fn compile(framing: Framing<'_>) -> Result<Self, SchemeError> {
        let own = |what, text: &str| match text {
            "" => Err(SchemeError::Empty(what)),
            _ => Ok(Box::from(text.as_bytes())),
        };
        let list = |items, pair, name| {
            let list = ListPlan {
                items: own("separator of items", items)?,
                pair: own("separator of name and value", pair)?,
                name: own("signatures' name", name)?,
            };
            match list.is_cut(&list.name) || holds(&list.pair, &list.items) {
                true => Err(SchemeError::Separator("cuts a signature from its name")),
                false => Ok(list),
            }
        };
        Ok(match framing {
            Framing::Bare => Self::Bare,
            Framing::Prefix(prefix) => Self::Prefix(own("prefix", prefix)?),
            Framing::AuthScheme(name) => Self::AuthScheme(own("scheme's name", name)?),
            Framing::List { items, pair, name } => Self::List(list(items, pair, name)?),
            Framing::Positional { items, first } => {
                Self::Positional { items: own("separator of items", items)?, first }
            }
            Framing::Parts { items, parts, algorithm: Some((_, name)), .. }
                if holds(name.as_bytes(), items.as_bytes())
                    || holds(name.as_bytes(), parts.as_bytes()) =>
            {
                return Err(SchemeError::Separator("cuts the algorithm's name"));
            }
            Framing::Parts { signature, algorithm: Some((at, _)), .. } if signature == at => {
                return Err(SchemeError::Separator("of parts has one for two things"));
            }
            Framing::Parts { items, parts, .. } if holds(parts.as_bytes(), items.as_bytes()) => {
                return Err(SchemeError::Separator("of items cuts that of parts"));
            }
            Framing::Parts { items, parts, signature, algorithm } => Self::Parts {
                items: own("separator of items", items)?,
                parts: own("separator of parts", parts)?,
                signature,
                algorithm: match algorithm {
                    Some((at, name)) => Some((at, own("algorithm's name", name)?)),
                    None => None,
                },
            },
            Framing::Groups { groups, items, pair, name } => {
                let (groups, list) =
                    (own("separator of groups", groups)?, list(items, pair, name)?);
                let parts = [&list.items, &list.pair, &list.name];
                if parts.iter().any(|part| holds(part, &groups)) {
                    return Err(SchemeError::Separator("of groups cuts a list"));
                }
                Self::Groups { groups, list }
            }
        })
    }
}

impl ListPlan {
    /// Whether a name would be cut by one of the separators.
    fn is_cut(&self, name: &[u8]) -> bool {
        holds(name, &self.items) || holds(name, &self.pair)
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
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
            (
                BASE.timestamp(Place::Header("x-ts"), TimeUnit::Seconds).signed("{ts}"),
                "leaves the body out",
            ),
            (BASE.signed(""), "leaves the body out"),
            (BASE.signed("v0.").body_unsigned(), "is the same for every request"),
            (BASE.event_name(Place::Claim("type")), "only the id of a token"),
            (BASE.signed("{body}{uri}"), "part \"uri\""),
            (BASE.signed("{secret}{body}"), "{secret} has to stand first or last"),
            (BASE.algorithm(Algorithm::Sha1), "{secret} has to stand first or last"),
            (BASE.key(KeyForm::PublicKey), "takes a shared secret"),
            (Scheme::token("x-token").key(KeyForm::Hex), "takes the secret's text"),
            (Scheme::token("x-token").signed("{body}"), "part \"{body}\""),
            (BASE.signed("{sigfield:env}.{body}"), "the signed field cannot stand there"),
            (BASE.delivery_id(Place::RepeatedHeader("x-id")), "it has to occur once"),
            (
                BASE.signature(Place::RepeatedHeader("x-sig"))
                    .list(",", "=", "v1")
                    .timestamp(Place::SignatureField("t"), TimeUnit::Seconds),
                "the timestamp cannot stand there",
            ),
            (BASE.signature(Place::SignatureField("v")), "it is the list that has fields"),
            (BASE.signature(Place::Query("")), "parameter's name is empty"),
            (
                BASE.signature(Place::Form("sig")).signed("{json:/a}").body_unsigned(),
                "a form and JSON at once",
            ),
            (BASE.signature(Place::Json("/sig")), "inside of what it signs"),
            (BASE.signature(Place::Form("sig")).signed("{sorted-form}"), "inside of what it signs"),
            (
                BASE.signature(Place::Query("sig")).signed("{url}").body_unsigned(),
                "inside of what it signs",
            ),
            (
                BASE.timestamp(Place::SignatureField("t"), TimeUnit::Seconds),
                "the timestamp cannot stand there: the signature's header is no list",
            ),
            (BASE.signed("{id}{body}").delivery_id(Place::Header("x-id")), "{id} and {body} side"),
            (BASE.key_id(Place::Json("/k")), "the key id cannot"),
            (BASE.event_name(Place::Json("type")), "not a JSON pointer"),
            (BASE.methods(&[]), "methods"),
            (BASE.methods(&["post"]), "methods"),
            (BASE.algorithm_named("x-algo", ""), "the algorithm's name is empty"),
            (
                BASE.signed("{method}.").body_digest(Place::Header("x-digest")),
                "the signature does not cover it",
            ),
            (BASE.signed("{url}{id}").body_digest(Place::Query("d")), "where it stands"),
            (
                BASE.signed("{url}{header:a}").body_digest(Place::Query("d")),
                "the signature does not cover it",
            ),
            (BASE.body_digest(Place::Json("/digest")), "it has to stand in the head"),
            (BASE.signed("{method}{body}").methods(&["PUT", "PUTX"]), "methods"),
            (BASE.encoding(Encoding::Text), "not written in the scheme's encoding"),
            (BASE.list(",", ",", "v1"), "cuts a signature from its name"),
            (BASE.list(",", "=", "v=1"), "cuts a signature from its name"),
            (BASE.list("a", "=", "v1"), "can stand inside a signature"),
            (BASE.list("/", "=", "v1").encoding(Encoding::Base64), "can stand inside a signature"),
            (
                BASE.list(", ", "=", "v1")
                    .timestamp(Place::SignatureField("t"), TimeUnit::HttpDate),
                "can stand inside a signature",
            ),
            (
                BASE.list(",", "=", "v1").timestamp(Place::SignatureField("v1"), TimeUnit::Seconds),
                "no such field",
            ),
            (
                BASE.framing(Framing::Positional { items: ",", first: 1 })
                    .timestamp(Place::SignatureField("1"), TimeUnit::Seconds),
                "no such field",
            ),
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
