//! The body, and the verdict over it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::asking::{Asking, answer, unsigned as unsigned_request};
use super::{KeyAsk, Suspended, Verdict};
use crate::buffer::Buffer;
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

impl Reading {
    pub(super) fn new(
        endpoint: &AnyEndpoint,
        keys: Keys,
        facts: HeadFacts,
        extraction: Option<Box<dyn Extraction>>,
        body_digest: Option<[u8; 32]>,
        now: UnixTime,
    ) -> Self {
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
            buffer: Buffer::default(),
            noted: None,
            too_large: false,
        };
        Self(Draft::new(endpoint, said, captured, now, exam))
    }

    pub(super) fn noted(mut self, note: Option<Note>) -> Self {
        self.exam_mut().noted = note;
        self
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
        if self.endpoint().plan().waits_for_body() {
            return None;
        }
        let (before, _) = self.0.around_body(b"").ok()?;
        let mut macs = ring.start()?;
        macs.update(&before);
        macs.update(self.exam().buffer.only_frame());
        Some(Box::new(macs))
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let limit = self.endpoint().body_limit();
        let exam = self.exam_mut();
        let asks = matches!(exam.keys, Keys::Asking(_));
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
            Keys::Asking(_) => unsigned_request(self.endpoint()),
            _ => self.endpoint().reject(RejectionKind::BodyTooLarge),
        }
    }

    pub(super) fn finish(mut self) -> Result<Verdict, Rejection> {
        if self.exam().too_large {
            return Err(self.too_large());
        }
        let exam = self.exam_mut();
        let body = std::mem::take(&mut exam.buffer).join();
        self.extract(&body)?;
        let exam = self.exam_mut();
        match std::mem::replace(&mut exam.keys, Keys::None) {
            Keys::Ring(ring) => self.judge(body, &ring, None),
            Keys::Decoy(ring, reason) => self.judge(body, &ring, Some(reason)),
            Keys::Named => self.ask_for_key(body),
            Keys::Asking(asking) => asking.finish(self.endpoint(), self.tenant(), &body),
            Keys::None if self.endpoint().is_unsigned() => self.deliver(unsigned(body), None),
            // A paused check that was never resumed has no way here; if it had, nothing passes.
            Keys::None => Err(self.endpoint().reject(RejectionKind::SecretsUnavailable)),
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
            _ => Err(self.endpoint().reject(RejectionKind::UnknownKey)),
        }
    }

    /// Holds the signature against the keys. Under a decoy nothing passes, at the same cost.
    pub(super) fn judge(
        mut self,
        body: Bytes,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verdict, Rejection> {
        let verified = match self.exam_mut().extracted.take() {
            Some(extracted) => self.verify_extracted(*extracted, body, ring)?,
            None => self.verify_body(body, ring)?,
        };
        let reject = |kind| Err(self.endpoint().reject(kind));
        match (verified, decoy) {
            // Signed, and perhaps by this very endpoint, for a stranger who asked.
            (Some(verified), None) if self.could_be_token(&verified) => {
                reject(RejectionKind::SignatureMismatch)
            }
            (Some(verified), None) => {
                self.check_time_in_body(&verified)?;
                self.deliver(verified, Some(ring))
            }
            (_, decoy) => reject(decoy.unwrap_or(RejectionKind::SignatureMismatch)),
        }
    }

    /// A time inside the body is held against the clock once the body is verified.
    fn check_time_in_body(&mut self, verified: &Verified) -> Result<(), Rejection> {
        let plan = self.endpoint().plan();
        if !plan.time_is_in_body() || !plan.signs_time() {
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
        self.read_body(&body)?;
        if let Some(secret) = self.signer_of_groups(ring, &body)? {
            let is_other = |digest: [u8; 32]| <[u8; 32]>::from(Sha256::digest(&body)) != digest;
            if self.exam().body_digest.is_some_and(is_other) {
                return Ok(None);
            }
            return Ok(Some(Verified {
                body,
                content_type: None,
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
        if facts.timestamp.is_some() {
            self.0.metadata().timestamp = facts.timestamp;
        }
        if facts.id.is_some() {
            self.0.metadata().delivery_id = facts.id;
        }
        let values = self.0.values(body);
        if endpoint.plan().is_cut_in_one_place(&values, self.0.received_at()) {
            Ok(())
        } else {
            Err(endpoint.reject(RejectionKind::SignedContent))
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
        if let Some(time) = timestamp {
            let checked = self.endpoint().plan().check_time(Some(&time), self.0.received_at());
            checked.map_err(|kind| self.endpoint().reject(kind))?;
            self.0.metadata().timestamp = Some(time);
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
    ) -> Result<Option<(Arc<str>, Vec<Bytes>)>, Rejection> {
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
            SignedText::Template | SignedText::Nothing => {
                let body: &[u8] =
                    if self.endpoint().plan().holds_body() { &verified.body } else { b"" };
                let around = self.0.around_body(&verified.body);
                around.map_or(true, |(before, after)| is_token([&*before, body, &*after]))
            }
        }
    }

    /// `ring` is what it was verified with.
    fn deliver(mut self, verified: Verified, ring: Option<&KeyRing>) -> Result<Verdict, Rejection> {
        let note = self.exam_mut().noted.take();
        let rebuilt = verified.content_type.is_some();
        let delivery = self.0.seal(verified.signed, rebuilt, |content| {
            content.body = verified.body;
            content.content_type = verified.content_type;
            content.signed.event = verified.event;
            content.coverage = verified.coverage;
            content.secret = verified.secret;
        });
        let endpoint = delivery.endpoint();
        // Where nothing was verified no body is a handshake: it would be answered for anyone.
        if let (Some(ring), Some(handshake)) = (ring, endpoint.provider().handshake()) {
            match handshake.verified(delivery.content(), note.as_ref()) {
                Asked::Nothing | Asked::Noted(_) | Asked::Learn(..) => {}
                Asked::Reply(reply) => return Ok(Verdict::Reply(reply)),
                Asked::Malformed => return Err(endpoint.reject(RejectionKind::Handshake)),
                Asked::Forbidden => return Err(endpoint.reject(RejectionKind::HandshakeToken)),
                Asked::Sign(signing) => {
                    let label = delivery.content().secret.as_ref();
                    return answer(endpoint, ring, label, signing).map(Verdict::Reply);
                }
            }
        }
        let policy = endpoint.habits().unknown_events;
        if policy == UnknownEvents::Deliver {
            return Ok(Verdict::Deliver(delivery));
        }
        match (knows(&delivery)?, policy) {
            (true, _) => Ok(Verdict::Deliver(delivery)),
            (false, UnknownEvents::Acknowledge) => {
                Ok(Verdict::Reply(delivery.endpoint().acknowledgement()))
            }
            (false, _) => Err(delivery.reject(RejectionKind::UnknownEvent)),
        }
    }
}

fn unsigned(body: Bytes) -> Verified {
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
