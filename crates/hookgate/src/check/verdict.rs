//! The body, and the verdict over it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{KeyAsk, Suspended, Verdict};
use crate::buffer::Buffer;
use crate::coding::{Coding, Undecoded};
use crate::content::Coverage;
use crate::decode::DecodeError;
use crate::delivery::{Delivery, Draft, SignedText};
use crate::endpoint::AnyEndpoint;
use crate::form::{Extraction, Form};
use crate::keys::{KeyRing, Macs};
use crate::ports::KeyQuery;
use crate::provider::UnknownEvents;
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;
use crate::scheme::{Candidates, HeadFacts, Unclear};
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
    /// Nothing any more: an endpoint that only observes would have refused the request by now.
    Refused(Box<Rejection>),
}

/// What the head says of the body.
pub(super) struct Intake {
    pub(super) coding: Coding,
    pub(super) extraction: Option<Box<dyn Extraction>>,
    /// The same once more at an endpoint that only observes: for the event of a request that is not
    /// authentic.
    pub(super) again: Option<Box<dyn Extraction>>,
    pub(super) body_digest: Option<[u8; 32]>,
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
    again: Option<Box<dyn Extraction>>,
    coding: Coding,
    /// The body is the plain form of the one that came.
    decoded: bool,
    buffer: Buffer,
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
        intake: Intake,
        now: UnixTime,
    ) -> Self {
        let Intake { coding, extraction, again, body_digest } = intake;
        let HeadFacts { candidates, groups, key_id, captured, said } = facts;
        let exam = Exam {
            keys,
            macs: None,
            candidates,
            groups,
            body_digest,
            key_id,
            extraction,
            again,
            coding,
            decoded: false,
            buffer: Buffer::default(),
            too_large: false,
        };
        Self(Draft::new(endpoint, said, captured, now, exam))
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

    /// Goes on with a request that an endpoint which only observes would have refused.
    pub(super) fn refuse(&mut self, rejection: Rejection) {
        self.exam_mut().keys = Keys::Refused(Box::new(rejection));
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
        let (before, _) = self.0.around_body(b"").ok()?;
        let mut macs = ring.start()?;
        macs.update(&before);
        macs.update(self.exam().buffer.only_frame());
        Some(Box::new(macs))
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let limit = self.endpoint().body_limit();
        let exam = self.exam_mut();
        exam.too_large |= exam.buffer.len().saturating_add(chunk.len()) > limit;
        if exam.too_large {
            return Err(self.endpoint().reject(RejectionKind::BodyTooLarge));
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

    pub(super) fn finish(mut self) -> Result<Verdict, Rejection> {
        let exam = self.exam_mut();
        if exam.too_large {
            return Err(self.endpoint().reject(RejectionKind::BodyTooLarge));
        }
        let body = std::mem::take(&mut exam.buffer).join();
        match std::mem::replace(&mut exam.keys, Keys::None) {
            Keys::Ring(ring) => self.judge(body, &ring, None),
            Keys::Decoy(ring, reason) => self.judge(body, &ring, Some(reason)),
            Keys::Named => self.ask_for_key(body),
            Keys::Refused(rejection) => self.refused(body, *rejection),
            Keys::None if self.endpoint().is_unsigned() => self.deliver(unproved(body)),
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
            _ => {
                let rejection = self.endpoint().reject(RejectionKind::UnknownKey);
                self.refused(body, rejection)
            }
        }
    }

    /// Refuses a request whose body is complete; an endpoint that only observes passes it on.
    pub(super) fn refused(self, body: Bytes, rejection: Rejection) -> Result<Verdict, Rejection> {
        let wire = self.wire(&body);
        self.end(wire, Err(rejection))
    }

    /// The body as it came, for an endpoint that only observes and passes on that one.
    fn wire(&self, body: &Bytes) -> Option<Bytes> {
        self.endpoint().is_observing().then(|| body.clone())
    }

    /// Holds the signature against the keys. Under a decoy nothing passes, at the same cost.
    pub(super) fn judge(
        mut self,
        body: Bytes,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verdict, Rejection> {
        let wire = self.wire(&body);
        let verified = self.verify(body, ring, decoy);
        self.end(wire, verified)
    }

    fn verify(
        &mut self,
        mut body: Bytes,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verified, Rejection> {
        if self.endpoint().plan().signs_plain() {
            // What does not decompress has no signed text.
            body = self.decode(body, RejectionKind::SignedContent)?;
        }
        let verified = match self.exam_mut().extraction.take() {
            Some(extraction) => self.verify_fields(extraction, &body, ring)?,
            None => self.verify_body(body, ring)?,
        };
        let reject = |kind| Err(self.endpoint().reject(kind));
        match (verified, decoy) {
            (Some(verified), None) => Ok(verified),
            (_, decoy) => reject(decoy.unwrap_or(RejectionKind::SignatureMismatch)),
        }
    }

    /// A time inside the body is held against the clock once the body is verified, and plain.
    fn check_time_in_body(&mut self, verified: &Verified) -> Result<(), Rejection> {
        let endpoint = self.endpoint();
        let plan = endpoint.plan();
        if endpoint.is_unsigned() || !plan.time_is_in_body() || !plan.signs_time() {
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
            found = self.signer_of_body(ring, body)?;
        }
        Ok(found)
    }

    fn verify_body(&mut self, body: Bytes, ring: &KeyRing) -> Result<Option<Verified>, Rejection> {
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

    fn end(
        self,
        wire: Option<Bytes>,
        verified: Result<Verified, Rejection>,
    ) -> Result<Verdict, Rejection> {
        match wire {
            Some(wire) => Ok(self.observe(wire, verified)),
            None => self.deliver(verified?),
        }
    }

    fn deliver(mut self, verified: Verified) -> Result<Verdict, Rejection> {
        let accepted = self.accept(verified)?;
        let delivery = self.seal(accepted);
        Ok(match fate(&delivery)? {
            Fate::Deliver => Verdict::Deliver(delivery),
            Fate::Handshake(reply) => Verdict::Reply(reply),
            Fate::Acknowledge => Verdict::Reply(delivery.endpoint().acknowledgement()),
        })
    }

    /// Passes a request on whatever was found, but for a handshake, which is answered.
    fn observe(mut self, wire: Bytes, verified: Result<Verified, Rejection>) -> Verdict {
        let refused = match verified.and_then(|verified| self.accept(verified)) {
            Ok(accepted) => {
                let delivery = self.seal(accepted);
                let refused = match fate(&delivery) {
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
            read.body = fields.body;
            read.content_type = Some(fields.content_type.into());
            read.event = fields.event;
        }
        Verdict::Deliver(self.seal(read).observed(wire, Some(refused)))
    }

    /// Everything between the signature and the delivery.
    fn accept(&mut self, verified: Verified) -> Result<Verified, Rejection> {
        let plain = self.plain(verified)?;
        self.check_time_in_body(&plain)?;
        Ok(plain)
    }

    /// Decompresses what was verified over the bytes on the wire.
    fn plain(&mut self, verified: Verified) -> Result<Verified, Rejection> {
        let exam = self.exam();
        // What hookgate wrote itself has no coding.
        if exam.coding == Coding::Identity || exam.decoded || verified.content_type.is_some() {
            return Ok(verified);
        }
        if verified.coverage == Coverage::Fields {
            // Many bodies have the same fields, and what one of them decompresses to is nobody's.
            let cause = DecodeError::new("the fields of the body are signed, and not its coding");
            return Err(self.endpoint().reject(RejectionKind::Undecodable).because(cause));
        }
        let wire = verified.body;
        let body = self.decode(wire.clone(), RejectionKind::Undecodable)?;
        let signed = match verified.signed {
            SignedText::Template => SignedText::Coded(wire),
            other => other,
        };
        Ok(Verified { body, signed, ..verified })
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

fn fate(delivery: &Delivery) -> Result<Fate, Rejection> {
    let endpoint = delivery.endpoint();
    if delivery.content().coverage != Coverage::Nothing
        && let Some(handshake) = endpoint.provider().handshake()
        && let Some(reply) = handshake.verified(delivery.content())
    {
        return Ok(Fate::Handshake(reply));
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
