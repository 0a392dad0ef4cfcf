//! The body, and the verdict over it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::asking::{Asking, answer, unsigned as unsigned_request};
use super::{KeyAsk, Suspended, Verdict};
use crate::buffer::Buffer;
use crate::content::Coverage;
use crate::decode::DecodeError;
use crate::delivery::{Delivery, Draft, SignedText};
use crate::endpoint::AnyEndpoint;
use crate::form::{Extraction, Form};
use crate::handshake::{Asked, Note, is_token};
use crate::keys::{KeyRing, Macs};
use crate::ports::KeyQuery;
use crate::provider::UnknownEvents;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::{Candidates, HeadFacts};
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
    /// The id of the key that the request names.
    key_id: Option<Arc<str>>,
    extraction: Option<Box<dyn Extraction>>,
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
        now: UnixTime,
    ) -> Self {
        let HeadFacts { candidates, key_id, said } = facts;
        let exam = Exam {
            keys,
            macs: None,
            candidates,
            key_id,
            extraction,
            buffer: Buffer::default(),
            noted: None,
            too_large: false,
        };
        Self(Draft::new(endpoint, said, now, exam))
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
        let (before, _) = self.0.around_body();
        let mut macs = ring.start();
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

    /// The id of the key that the request names; empty where it names none.
    pub(super) fn key_id(&self) -> Arc<str> {
        self.exam().key_id.clone().unwrap_or_default()
    }

    fn ask_for_key(self, body: Bytes) -> Result<Verdict, Rejection> {
        match (self.endpoint().key_source().cloned(), self.exam().key_id.clone()) {
            (Some(source), Some(key_id)) => {
                let ask = KeyAsk { query: KeyQuery { key_id }, source };
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
        let verified = match self.exam_mut().extraction.take() {
            Some(extraction) => self.verify_fields(extraction, &body, ring)?,
            None => self.verify_body(body, ring),
        };
        match (verified, decoy) {
            (Some(verified), None) if self.could_be_token(&verified) => {
                // Signed, and perhaps by this very endpoint, for a stranger who asked.
                Err(self.endpoint().reject(RejectionKind::SignatureMismatch))
            }
            (Some(verified), None) => self.deliver(verified, Some(ring)),
            (_, decoy) => {
                let kind = decoy.unwrap_or(RejectionKind::SignatureMismatch);
                Err(self.endpoint().reject(kind))
            }
        }
    }

    /// The label of the secret under which a text is signed.
    fn signer(&self, ring: &KeyRing, text: &[&[u8]]) -> Option<Arc<str>> {
        ring.signer(text, self.exam().candidates.as_ref()?.as_slice()).cloned()
    }

    /// The label of the secret under which the template around the body is signed.
    fn signer_of_body(&mut self, ring: &KeyRing, body: &[u8]) -> Option<Arc<str>> {
        if self.exam().macs.is_none() && self.endpoint().plan().signs_body_alone() {
            return self.signer(ring, &[body]);
        }
        let (before, after) = self.0.around_body();
        // Taken out: derived from the key, and not to lie about while the handler works.
        let Some(macs) = self.exam_mut().macs.take() else {
            return self.signer(ring, &[&before, body, &after]);
        };
        ring.signer_of(&macs, &[&after], self.exam().candidates.as_ref()?.as_slice()).cloned()
    }

    fn verify_body(&mut self, body: Bytes, ring: &KeyRing) -> Option<Verified> {
        if let Some(secret) = self.signer_of_body(ring, &body) {
            return Some(Verified {
                body,
                content_type: None,
                signed: SignedText::Template,
                coverage: Coverage::Body,
                event: None,
                secret: Some(secret),
            });
        }
        let Form::Reserialised(form) = self.endpoint().form() else {
            return None;
        };
        let other = Bytes::from(form.reserialise(&body)?);
        let secret = self.signer(ring, &[&other])?;
        Some(Verified {
            body: other,
            content_type: Some(form.content_type().into()),
            signed: SignedText::Template,
            coverage: Coverage::Body,
            event: None,
            secret: Some(secret),
        })
    }

    fn verify_fields(
        &self,
        extraction: Box<dyn Extraction>,
        body: &[u8],
        ring: &KeyRing,
    ) -> Result<Option<Verified>, Rejection> {
        let fields = extraction.finish(body).map_err(|ambiguous| {
            self.endpoint().reject(RejectionKind::SignedContent).because(ambiguous)
        })?;
        Ok(self.signer(ring, &[&fields.text]).map(|secret| Verified {
            body: fields.body,
            content_type: Some(fields.content_type.into()),
            signed: SignedText::Fields(fields.text),
            coverage: Coverage::Fields,
            event: fields.event,
            secret: Some(secret),
        }))
    }

    /// Whether the signed text is one that the endpoint would sign as a challenge.
    fn could_be_token(&self, verified: &Verified) -> bool {
        if !self.endpoint().signs_challenges() {
            return false;
        }
        match &verified.signed {
            SignedText::Fields(text) => is_token([&**text]),
            SignedText::Template | SignedText::Nothing => {
                let (before, after) = self.0.around_body();
                is_token([&*before, &*verified.body, &*after])
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
