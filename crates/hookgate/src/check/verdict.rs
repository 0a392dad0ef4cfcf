//! The body, and the verdict over it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::asking::{Asking, answer, unsigned as unsigned_request};
use super::{KeyAsk, Suspended, Verdict};
use crate::buffer::Buffer;
use crate::coding::{Coding, Undecoded};
use crate::content::Coverage;
use crate::decode::DecodeError;
use crate::delivery::{Delivery, Draft, SignedText};
use crate::endpoint::AnyEndpoint;
use crate::form::{Extracted, Extraction, Form, SignedPart};
use crate::handshake::{Asked, Note, is_token};
use crate::keys::{KeyRing, Macs};
use crate::ports::KeyQuery;
use crate::provider::UnknownEvents;
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;
use crate::scheme::{Candidates, HeadFacts, Tag, Unclear};
use crate::time::UnixTime;

/// What the signature is held against.
#[derive(Debug)]
pub(super) enum Keys {
    /// Nothing yet, or nothing at all at an unsigned endpoint.
    None,
    /// Active secrets.
    Ring(Arc<KeyRing>),
    /// A key under which nothing is right, and the reason.
    Decoy(Arc<KeyRing>, RejectionKind),
    /// The key that the request names, once the body is complete.
    Named,
    /// Nothing: the request asks, and has no signature.
    Asking(Box<Asking>),
    /// Nothing any more: an endpoint that only observes would have refused the request by now.
    Refused(Box<Rejection>),
}

/// What the head says of the body.
pub(super) struct Intake {
    pub(super) coding: Coding,
    pub(super) noted: Option<Note>,
    pub(super) extraction: Option<Box<dyn Extraction>>,
    /// The same once more at an endpoint that only observes: for the event of a request that is not
    /// authentic.
    pub(super) again: Option<Box<dyn Extraction>>,
    pub(super) body_digest: Option<[u8; 32]>,
}

impl Intake {
    pub(super) fn new(coding: Coding, noted: Option<Note>) -> Self {
        Self { coding, noted, extraction: None, again: None, body_digest: None }
    }
}

/// A check in the middle of the body.
#[derive(Debug)]
pub(crate) struct Reading(Draft<Exam>);

/// What the check needs beside the draft of the delivery.
struct Exam {
    keys: Keys,
    /// The MACs that run along the body, where it is signed as it comes and in several frames. Most
    /// bodies are one frame, which is hashed at the end.
    macs: Option<Box<Macs>>,
    candidates: Option<Candidates>,
    /// Further groups of signatures, each with a timestamp of its own.
    groups: Vec<(Arc<str>, Candidates)>,
    /// The digest of the body that the head names, where the scheme signs it there.
    body_digest: Option<[u8; 32]>,
    /// The id of the key that the request names.
    key_id: Option<Arc<str>>,
    extraction: Option<Box<dyn Extraction>>,
    /// What it made of the whole request.
    extracted: Option<Box<Extracted>>,
    again: Option<Box<dyn Extraction>>,
    coding: Coding,
    /// The body is the plain form of the one that came.
    decoded: bool,
    /// The body as it came, at an endpoint that only observes and passes on that one.
    wire: Option<Bytes>,
    buffer: Buffer,
    /// What the head said of a handshake that may be in the body.
    noted: Option<Note>,
    /// A piece was refused: what came before it is not the whole body, and must not pass for it.
    too_large: bool,
}

impl fmt::Debug for Exam {
    /// Leaves the extraction out: it is the provider's own, and may show what it read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exam")
            .field("keys", &self.keys)
            .field("buffer", &self.buffer)
            .finish_non_exhaustive()
    }
}

/// What was verified, in the form that is handed on.
struct Verified {
    body: Bytes,
    content_type: Option<Cow<'static, str>>,
    signed: SignedText,
    coverage: Coverage,
    event: Option<Arc<str>>,
    secret: Option<Arc<str>>,
}

/// The label of the secret under which a text is signed, and the text in pieces.
type Signed = (Arc<str>, Vec<Bytes>);

impl Reading {
    pub(super) fn new(
        endpoint: &AnyEndpoint,
        keys: Keys,
        facts: HeadFacts,
        intake: Intake,
        now: UnixTime,
    ) -> Self {
        let Intake { coding, noted, extraction, again, body_digest } = intake;
        let HeadFacts { candidates, groups, key_id, captured, said } = facts;
        let exam = Exam {
            keys,
            macs: None,
            candidates,
            groups,
            body_digest,
            key_id,
            extraction,
            extracted: None,
            again,
            coding,
            decoded: false,
            wire: None,
            buffer: Buffer::default(),
            noted,
            too_large: false,
        };
        Self(Draft::new(endpoint, said, captured, now, exam))
    }

    /// Goes on with a request that an endpoint which only observes would have refused.
    pub(super) fn refuse(&mut self, rejection: Rejection) {
        self.exam_mut().keys = Keys::Refused(Box::new(rejection));
    }

    /// What the request asks, where it has no signature.
    pub(super) fn take_asking(&mut self) -> Option<Asking> {
        let keys = &mut self.exam_mut().keys;
        match std::mem::replace(keys, Keys::None) {
            Keys::Asking(asking) => Some(*asking),
            other => {
                *keys = other;
                None
            }
        }
    }

    pub(super) fn ask(&mut self, asking: Asking) {
        self.exam_mut().keys = Keys::Asking(Box::new(asking));
    }

    /// The tenant that the head names.
    pub(super) fn tenant(&self) -> Option<Arc<str>> {
        self.0.tenant().cloned()
    }

    pub(super) fn endpoint(&self) -> &AnyEndpoint {
        self.0.endpoint()
    }

    fn exam(&self) -> &Exam {
        self.0.rest()
    }

    fn exam_mut(&mut self) -> &mut Exam {
        self.0.rest_mut()
    }

    pub(super) fn use_keys(&mut self, ring: Arc<KeyRing>) {
        self.exam_mut().keys = Keys::Ring(ring);
    }

    pub(super) fn use_decoy(&mut self, reason: RejectionKind) {
        let ring = Arc::new(self.endpoint().secrets().decoy());
        self.exam_mut().keys = Keys::Decoy(ring, reason);
    }

    /// MACs over what has come of the signed text, where it is signed as it comes.
    fn catch_up(&self) -> Option<Box<Macs>> {
        let Exam { keys: Keys::Ring(ring) | Keys::Decoy(ring, _), extraction: None, .. } =
            self.exam()
        else {
            return None;
        };
        let plan = self.endpoint().plan();
        if plan.waits_for_body() || (self.exam().coding != Coding::Identity && plan.signs_plain()) {
            return None;
        }
        // First, since keys that keep no state are asked at each frame.
        let mut macs = ring.start()?;
        let (before, _) = self.0.around_body(b"").ok()?;
        macs.update(&before);
        macs.update(self.exam().buffer.only_frame());
        Some(Box::new(macs))
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let (limit, observing) = (self.endpoint().body_limit(), self.endpoint().is_observing());
        let exam = self.exam_mut();
        let asks = matches!(exam.keys, Keys::Asking(_)) && !observing;
        let limit = if asks { limit.min(Asking::BODY_LIMIT) } else { limit };
        exam.too_large |= exam.buffer.len().saturating_add(chunk.len()) > limit;
        if exam.too_large {
            return Err(self.too_large());
        }
        // Of several frames, each is hashed while the next is on its way.
        if !exam.buffer.is_empty() && !chunk.is_empty() {
            if exam.macs.is_none() {
                self.exam_mut().macs = self.catch_up();
            }
            if let Some(macs) = &mut self.exam_mut().macs {
                macs.update(&chunk);
            }
        }
        self.exam_mut().buffer.push(chunk);
        Ok(())
    }

    /// A body over the limit. What is too long for a handshake is an unsigned request.
    fn too_large(&self) -> Rejection {
        match self.exam().keys {
            Keys::Asking(_) if !self.endpoint().is_observing() => unsigned_request(self.endpoint()),
            _ => self.endpoint().reject(RejectionKind::BodyTooLarge),
        }
    }

    pub(super) fn finish(mut self) -> Result<Verdict, Rejection> {
        if self.exam().too_large {
            return Err(self.too_large());
        }
        let exam = self.exam_mut();
        let mut body = std::mem::take(&mut exam.buffer).join();
        let keys = std::mem::replace(&mut exam.keys, Keys::None);
        if self.endpoint().is_observing() {
            self.exam_mut().wire = Some(body.clone());
        }
        match keys {
            Keys::Refused(rejection) => return self.refused(*rejection),
            Keys::Asking(asking) => return self.answer_asking(*asking, &body),
            Keys::None if self.endpoint().is_unsigned() => {
                return self.end(Ok(unproved(body)), None);
            }
            _ => {}
        }
        if self.endpoint().plan().signs_plain() {
            // What does not decompress has no signed text.
            body = match self.decode(body, RejectionKind::SignedContent) {
                Ok(plain) => plain,
                Err(rejection) => return self.refused(rejection),
            };
        }
        if let Err(rejection) = self.extract(&body) {
            return self.refused(rejection);
        }
        match keys {
            Keys::Ring(ring) => self.judge(body, &ring, None),
            Keys::Decoy(ring, reason) => self.judge(body, &ring, Some(reason)),
            Keys::Named => self.ask_for_key(body),
            // A paused check that was never resumed has no way here; if it had, nothing passes.
            Keys::None | Keys::Refused(_) | Keys::Asking(_) => {
                Err(self.endpoint().reject(RejectionKind::SecretsUnavailable))
            }
        }
    }

    /// A request without a signature, which may ask in its body.
    fn answer_asking(self, asking: Asking, body: &[u8]) -> Result<Verdict, Rejection> {
        // Longer ones come this far only where they are passed on.
        let answered = if body.len() > Asking::BODY_LIMIT {
            Err(unsigned_request(self.endpoint()))
        } else {
            asking.finish(self.endpoint(), self.tenant(), body)
        };
        match answered {
            Err(rejection) => self.refused(rejection),
            answered => answered,
        }
    }

    /// Lets the provider's own code read what is signed.
    fn extract(&mut self, body: &Bytes) -> Result<(), Rejection> {
        let Some(extraction) = self.exam_mut().extraction.take() else {
            return Ok(());
        };
        let extracted = extraction.finish(body).map_err(|ambiguous| {
            self.endpoint().reject(RejectionKind::SignedContent).because(ambiguous)
        })?;
        let exam = self.exam_mut();
        exam.key_id = extracted.key_id.clone().or(exam.key_id.take());
        exam.extracted = Some(Box::new(extracted));
        Ok(())
    }

    /// The id of the key that the request names; empty where it names none.
    pub(super) fn key_id(&self) -> Arc<str> {
        self.exam().key_id.clone().unwrap_or_default()
    }

    fn ask_for_key(self, body: Bytes) -> Result<Verdict, Rejection> {
        match (self.endpoint().key_source().cloned(), self.exam().key_id.clone()) {
            (Some(source), Some(key_id)) => {
                let provider = Arc::clone(self.endpoint().shared_provider_id());
                let ask = KeyAsk { query: KeyQuery { provider, key_id }, source };
                Ok(Verdict::NeedKey(ask, Suspended(self, body)))
            }
            _ => {
                let rejection = self.endpoint().reject(RejectionKind::UnknownKey);
                self.refused(rejection)
            }
        }
    }

    /// Holds the signature against the keys. Under a decoy nothing passes, at the same cost.
    pub(super) fn judge(
        mut self,
        body: Bytes,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verdict, Rejection> {
        let verified = self.verify(body, ring, decoy);
        self.end(verified, Some(ring))
    }

    fn verify(
        &mut self,
        body: Bytes,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verified, Rejection> {
        let extracted = self.exam_mut().extracted.take();
        let names = extracted.as_ref().map_or(&[][..], |extracted| extracted.certificate_names);
        let limited = ring.without_unusable(self.0.received_at(), names);
        let (ring, unusable) = match &limited {
            Some((usable, error)) => (usable, Some(*error)),
            None => (ring, None),
        };
        let verified = match extracted {
            Some(extracted) => self.verify_extracted(*extracted, body, ring)?,
            None => self.verify_body(body, ring)?,
        };
        let reject = |kind| {
            let rejection = self.endpoint().reject(kind);
            Err(match unusable {
                Some(error) => rejection.because(error),
                None => rejection,
            })
        };
        match (verified, decoy) {
            // Signed, and perhaps by this very endpoint, for a stranger who asked.
            (Some(verified), None) if self.could_be_token(&verified) => {
                reject(RejectionKind::SignatureMismatch)
            }
            (Some(verified), None) => Ok(verified),
            (_, decoy) => reject(decoy.unwrap_or(RejectionKind::SignatureMismatch)),
        }
    }

    /// A time that is signed as a part of the body is held against the clock once the body is
    /// verified, and plain.
    fn check_time_in_body(&mut self, verified: &Verified) -> Result<(), Rejection> {
        let endpoint = self.endpoint();
        let plan = endpoint.plan();
        if endpoint.is_unsigned() || !plan.signs_time_with_body() {
            return Ok(());
        }
        let time = plan.time_in(&verified.body);
        let checked = time.and_then(|time| {
            plan.check_time(time.as_deref(), self.0.received_at())?;
            Ok(time)
        });
        match checked {
            Ok(time) => {
                self.0.metadata().timestamp = time;
                Ok(())
            }
            Err(kind) => Err(self.endpoint().reject(kind)),
        }
    }

    /// The plain form of a body, within the endpoint's limits; `broken` where it has none.
    fn decode(&mut self, body: Bytes, broken: RejectionKind) -> Result<Bytes, Rejection> {
        let endpoint = self.endpoint();
        let limit = endpoint.body_limit();
        let error = match self.exam().coding.decode(&body, limit, endpoint.in_flight()) {
            Ok(None) => return Ok(body),
            Ok(Some((plain, reserved))) => {
                self.exam_mut().decoded = true;
                self.0.reserve(reserved);
                return Ok(plain);
            }
            Err(error) => error,
        };
        Err(match error {
            Undecoded::TooLarge => endpoint.reject(RejectionKind::BodyTooLarge),
            Undecoded::Overloaded => endpoint.reject(RejectionKind::Overloaded),
            Undecoded::Broken(error) => endpoint.reject(broken).because(error),
        })
    }

    /// The label of the secret under which a text is signed.
    fn signer(&self, ring: &KeyRing, text: &[&[u8]]) -> Option<Arc<str>> {
        ring.signer(text, self.exam().candidates.as_ref()?.as_slice()).cloned()
    }

    /// The label of the secret under which the template around the body is signed.
    fn signer_of_body(
        &mut self,
        ring: &KeyRing,
        body: &[u8],
    ) -> Result<Option<Arc<str>>, Rejection> {
        if self.exam().macs.is_none() && self.endpoint().plan().signs_body_alone() {
            return Ok(self.signer(ring, &[body]));
        }
        let around = self.0.around_body(body);
        let (before, after) =
            around.map_err(|Unclear| self.endpoint().reject(RejectionKind::SignedContent))?;
        // Taken out: derived from the key, and not to lie about while the handler works.
        if let Some(macs) = self.exam_mut().macs.take() {
            let candidates = self.exam().candidates.as_ref();
            let found =
                candidates.and_then(|found| ring.signer_of(&macs, &[&after], found.as_slice()));
            return Ok(found.cloned());
        }
        let signed_body = if self.endpoint().plan().holds_body() { body } else { b"" };
        Ok(self.signer(ring, &[&before, signed_body, &after]))
    }

    /// The same for each group of signatures in turn, which differ in their time.
    fn signer_of_groups(
        &mut self,
        ring: &KeyRing,
        body: &[u8],
    ) -> Result<Option<Arc<str>>, Rejection> {
        let mut found = self.signer_of_body(ring, body)?;
        for (time, candidates) in std::mem::take(&mut self.exam_mut().groups) {
            if found.is_some() {
                break;
            }
            self.0.metadata().timestamp = Some(time);
            self.exam_mut().candidates = Some(candidates);
            self.must_be_cut_in_one_place(body)?;
            found = self.signer_of_body(ring, body)?;
        }
        Ok(found)
    }

    /// A token with claims: it is the provider's, and for this request.
    fn verify_token(&mut self, body: Bytes, ring: &KeyRing) -> Result<Option<Verified>, Rejection> {
        let candidates = self.exam_mut().candidates.take();
        let token = candidates.as_ref().and_then(|found| found.as_slice().first());
        let token = token.map(Tag::as_bytes).unwrap_or_default();
        let endpoint = self.endpoint().clone();
        let (secret, claims) = match ring.claims(token) {
            Ok(found) => found,
            Err(RejectionKind::SignatureMismatch) => return Ok(None),
            Err(kind) => return Err(endpoint.reject(kind)),
        };
        let (plan, now) = (endpoint.plan(), self.0.received_at());
        let proof = plan
            .check_claims(&claims, self.0.values(&body).captured, &body, now)
            .map_err(|kind| endpoint.reject(kind))?;
        self.0.replayable_until(proof.passes_until);
        self.0.metadata().delivery_id = plan.id_among(&claims);
        // What is signed of a token is all but its last part.
        let signed = token.iter().rposition(|byte| *byte == b'.').unwrap_or_default();
        let signed = Bytes::copy_from_slice(token.get(..signed).unwrap_or_default());
        let bound = if proof.covers_body { body.clone() } else { Bytes::new() };
        Ok(Some(Verified {
            body,
            content_type: None,
            signed: SignedText::Parts(Box::new([vec![signed, bound]])),
            coverage: if proof.covers_body { Coverage::Body } else { Coverage::SenderOnly },
            event: None,
            secret: Some(secret),
        }))
    }

    fn verify_body(&mut self, body: Bytes, ring: &KeyRing) -> Result<Option<Verified>, Rejection> {
        if self.endpoint().plan().is_jwt() {
            return self.verify_token(body, ring);
        }
        let inside = self.endpoint().plan().json_inside(&body);
        let inside = inside.map_err(|kind| self.endpoint().reject(kind))?;
        let content_type = inside.as_ref().map(|_| "application/json".into());
        let body = inside.map_or(body, Bytes::from);
        self.read_body(&body)?;
        if let Some(secret) = self.signer_of_groups(ring, &body)? {
            let is_other = |digest: [u8; 32]| <[u8; 32]>::from(Sha256::digest(&body)) != digest;
            if self.exam().body_digest.is_some_and(is_other) {
                return Ok(None);
            }
            return Ok(Some(Verified {
                body,
                content_type,
                signed: SignedText::Template,
                coverage: self.endpoint().plan().coverage(),
                event: None,
                secret: Some(secret),
            }));
        }
        let Form::Reserialised(form) = self.endpoint().form() else {
            return Ok(None);
        };
        let Some(other) = form.reserialise(&body).map(Bytes::from) else {
            return Ok(None);
        };
        let content_type = Some(form.content_type().into());
        Ok(self.signer(ring, &[&other]).map(|secret| Verified {
            body: other,
            content_type,
            signed: SignedText::Template,
            coverage: Coverage::Body,
            event: None,
            secret: Some(secret),
        }))
    }

    /// What the body itself says of its signature, where it stands there; and whether the text can
    /// be cut in one way only.
    fn read_body(&mut self, body: &[u8]) -> Result<(), Rejection> {
        if !self.endpoint().plan().looks_into_body() {
            return Ok(());
        }
        let endpoint = self.endpoint().clone();
        let facts = endpoint.plan().read_body(body).map_err(|kind| endpoint.reject(kind))?;
        let exam = self.exam_mut();
        exam.candidates = facts.candidates.or(exam.candidates.take());
        if let Some(time) = facts.timestamp {
            // Now, and this one: a body that is compressed says another once it is plain.
            let checked = endpoint.plan().check_time(Some(&time), self.0.received_at());
            checked.map_err(|kind| endpoint.reject(kind))?;
            self.0.metadata().timestamp = Some(time);
        }
        if facts.id.is_some() {
            self.0.metadata().delivery_id = facts.id;
        }
        self.must_be_cut_in_one_place(body)
    }

    fn must_be_cut_in_one_place(&self, body: &[u8]) -> Result<(), Rejection> {
        let values = self.0.values(body);
        match self.endpoint().plan().is_cut_in_one_place(&values, self.0.received_at()) {
            true => Ok(()),
            false => Err(self.endpoint().reject(RejectionKind::SignedContent)),
        }
    }

    fn verify_extracted(
        &mut self,
        extracted: Extracted,
        body: Bytes,
        ring: &KeyRing,
    ) -> Result<Option<Verified>, Rejection> {
        let Extracted { parts, body: rewritten, coverage, event, delivery_id, timestamp, .. } =
            extracted;
        let mut secret = None;
        let mut texts = Vec::with_capacity(parts.len());
        let mut all = !parts.is_empty();
        // All are looked at, so that the time does not tell which one is wrong.
        for part in parts {
            match self.signer_of_part(ring, part)? {
                Some((label, text)) => {
                    secret = secret.or(Some(label));
                    texts.push(text);
                }
                None => all = false,
            }
        }
        if !all {
            return Ok(None);
        }
        if delivery_id.is_some() {
            self.0.metadata().delivery_id = delivery_id;
        }
        if timestamp.is_some() || self.endpoint().plan().time_is_extracted() {
            let time = timestamp.as_deref();
            let checked = self.endpoint().plan().check_time(time, self.0.received_at());
            checked.map_err(|kind| self.endpoint().reject(kind))?;
            self.0.metadata().timestamp = timestamp;
        }
        let (content_type, body) = match rewritten {
            Some((content_type, body)) => (Some(content_type.into()), body),
            None => (None, body),
        };
        Ok(Some(Verified {
            body,
            content_type,
            signed: SignedText::Parts(texts.into()),
            coverage,
            event,
            secret,
        }))
    }

    /// The label of the secret under which a part is signed, and which of its texts it was.
    fn signer_of_part(
        &self,
        ring: &KeyRing,
        part: SignedPart,
    ) -> Result<Option<Signed>, Rejection> {
        let endpoint = self.endpoint();
        let of_head = self.exam().candidates.as_ref();
        let own = endpoint.plan().read_signatures(&part.signatures);
        let own = own.map_err(|kind| endpoint.reject(kind))?;
        let candidates = own.as_ref().or(of_head);
        let missing = || endpoint.reject(RejectionKind::MissingSignature);
        let candidates = candidates.ok_or_else(missing)?.as_slice();
        let mut found = None;
        for text in part.texts {
            let pieces: Vec<&[u8]> = text.iter().map(|piece| &**piece).collect();
            let label = ring.signer(&pieces, candidates).cloned();
            found = found.or(label.map(|label| (label, text)));
        }
        Ok(found)
    }

    /// Whether a signed text is one that the endpoint would sign as a challenge.
    fn could_be_token(&self, verified: &Verified) -> bool {
        if !self.endpoint().signs_challenges() {
            return false;
        }
        match &verified.signed {
            SignedText::Parts(texts) => {
                texts.iter().any(|text| is_token(text.iter().map(|piece| &**piece)))
            }
            SignedText::Template | SignedText::Coded(_) | SignedText::Nothing => {
                let body: &[u8] =
                    if self.endpoint().plan().holds_body() { &verified.body } else { b"" };
                let around = self.0.around_body(&verified.body);
                around.map_or(true, |(before, after)| is_token([&*before, body, &*after]))
            }
        }
    }

    /// Refuses a request whose body is complete; an endpoint that only observes passes it on.
    pub(super) fn refused(self, rejection: Rejection) -> Result<Verdict, Rejection> {
        self.end(Err(rejection), None)
    }

    /// The end of the check. `ring` is what the request was verified with.
    fn end(
        mut self,
        verified: Result<Verified, Rejection>,
        ring: Option<&KeyRing>,
    ) -> Result<Verdict, Rejection> {
        match self.exam_mut().wire.take() {
            Some(wire) => Ok(self.observe(wire, verified, ring)),
            None => self.deliver(verified?, ring),
        }
    }

    fn deliver(
        mut self,
        mut verified: Verified,
        ring: Option<&KeyRing>,
    ) -> Result<Verdict, Rejection> {
        let note = self.exam_mut().noted.take();
        self.accept(&mut verified)?;
        let delivery = self.seal(verified);
        Ok(match fate(&delivery, ring, note.as_ref())? {
            Fate::Deliver => Verdict::Deliver(delivery),
            Fate::Handshake(reply) => Verdict::Reply(reply),
            Fate::Acknowledge => Verdict::Reply(delivery.endpoint().acknowledgement()),
        })
    }

    /// Passes a request on whatever was found, but for a handshake, which is answered.
    fn observe(
        mut self,
        wire: Bytes,
        verified: Result<Verified, Rejection>,
        ring: Option<&KeyRing>,
    ) -> Verdict {
        let note = self.exam_mut().noted.take();
        let accepted = verified.and_then(|mut verified| {
            self.accept(&mut verified)?;
            Ok(verified)
        });
        let refused = match accepted {
            Ok(accepted) => {
                let delivery = self.seal(accepted);
                let refused = match fate(&delivery, ring, note.as_ref()) {
                    Ok(Fate::Handshake(reply)) => return Verdict::Reply(reply),
                    Ok(Fate::Deliver) => None,
                    // It would have been kept from the handler, too.
                    Ok(Fate::Acknowledge) => Some(delivery.reject(RejectionKind::UnknownEvent)),
                    Err(rejection) => Some(rejection),
                };
                return Verdict::Deliver(delivery.observed(wire, refused));
            }
            Err(rejection) => rejection,
        };
        // What the event can be read from all the same.
        let body = self.decode(wire.clone(), RejectionKind::Undecodable);
        let mut read = unproved(body.unwrap_or_else(|_| wire.clone()));
        let fields = self.exam_mut().again.take();
        if let Some(fields) = fields.and_then(|fields| fields.finish(&read.body).ok()) {
            if let Some((content_type, body)) = fields.body {
                read.body = body;
                read.content_type = Some(content_type.into());
            }
            read.event = fields.event;
        }
        Verdict::Deliver(self.seal(read).observed(wire, Some(refused)))
    }

    /// Everything between the signature and the delivery. After an error nothing is verified.
    fn accept(&mut self, verified: &mut Verified) -> Result<(), Rejection> {
        self.make_plain(verified)?;
        self.check_time_in_body(verified)
    }

    /// Decompresses what was verified over the bytes on the wire.
    fn make_plain(&mut self, verified: &mut Verified) -> Result<(), Rejection> {
        let exam = self.exam();
        // What hookgate wrote itself has no coding.
        if exam.coding == Coding::Identity || exam.decoded || verified.content_type.is_some() {
            return Ok(());
        }
        if verified.coverage == Coverage::Fields {
            // Many bodies have the same fields, and what one of them decompresses to is nobody's.
            let cause = DecodeError::new("the fields of the body are signed, and not its coding");
            return Err(self.endpoint().reject(RejectionKind::Undecodable).because(cause));
        }
        let wire = std::mem::take(&mut verified.body);
        verified.body = self.decode(wire.clone(), RejectionKind::Undecodable)?;
        if matches!(verified.signed, SignedText::Template) {
            verified.signed = SignedText::Coded(wire);
        }
        Ok(())
    }

    fn seal(self, verified: Verified) -> Delivery {
        let rebuilt = verified.content_type.is_some() || self.exam().decoded;
        self.0.seal(verified.signed, rebuilt, |content| {
            content.body = verified.body;
            content.content_type = verified.content_type;
            content.signed.event = verified.event;
            content.coverage = verified.coverage;
            content.secret = verified.secret;
        })
    }
}

/// What becomes of a delivery.
enum Fate {
    Deliver,
    /// It is none, and the gate answers it.
    Handshake(Reply),
    Acknowledge,
}

/// `ring` is what the delivery was verified with, and `note` what its head said of a handshake.
fn fate(
    delivery: &Delivery,
    ring: Option<&KeyRing>,
    note: Option<&Note>,
) -> Result<Fate, Rejection> {
    let endpoint = delivery.endpoint();
    // Where nothing was verified no body is a handshake: it would be answered for anyone.
    if let (Some(ring), Some(handshake)) = (ring, endpoint.provider().handshake()) {
        match handshake.verified(delivery.content(), note) {
            Asked::Nothing | Asked::Noted(_) | Asked::Learn(..) => {}
            Asked::Reply(reply) => return Ok(Fate::Handshake(reply)),
            Asked::Malformed => return Err(endpoint.reject(RejectionKind::Handshake)),
            Asked::Forbidden => return Err(endpoint.reject(RejectionKind::HandshakeToken)),
            Asked::Sign(signing) => {
                let label = delivery.content().secret.as_ref();
                return answer(endpoint, ring, label, signing).map(Fate::Handshake);
            }
        }
    }
    let policy = endpoint.habits().unknown_events;
    if policy == UnknownEvents::Deliver || knows(delivery)? {
        return Ok(Fate::Deliver);
    }
    match policy {
        UnknownEvents::Acknowledge => Ok(Fate::Acknowledge),
        _ => Err(delivery.reject(RejectionKind::UnknownEvent)),
    }
}

/// A body of which nothing was verified.
fn unproved(body: Bytes) -> Verified {
    Verified {
        body,
        content_type: None,
        signed: SignedText::Nothing,
        coverage: Coverage::Nothing,
        event: None,
        secret: None,
    }
}

/// Whether the provider documents the delivery's event.
///
/// An event that cannot be told is not an unknown one: acknowledging it would lose what may be
/// genuine.
fn knows(delivery: &Delivery) -> Result<bool, Rejection> {
    let known = |name: &str| delivery.endpoint().provider().known_events().contains(&name);
    if let Some((name, _)) = delivery.content().event_name() {
        return Ok(known(name));
    }
    let undecodable = || delivery.reject(RejectionKind::Undecodable);
    match delivery.endpoint().plan().event_in(delivery.body()) {
        Ok(Some(name)) => Ok(known(&name)),
        Ok(None) => Err(undecodable().because(DecodeError::new("the delivery names no event"))),
        Err(error) => Err(undecodable().because(error)),
    }
}
