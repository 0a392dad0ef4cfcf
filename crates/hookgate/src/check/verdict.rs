//! The body, and the verdict over it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{KeyAsk, Suspended, Verdict};
use crate::buffer::Buffer;
use crate::content::{Content, Coverage, Metadata};
use crate::decode::DecodeError;
use crate::delivery::{Delivery, SignedText};
use crate::endpoint::AnyEndpoint;
use crate::form::{Extraction, Form};
use crate::keys::{KeyRing, Macs};
use crate::ports::KeyQuery;
use crate::provider::UnknownEvents;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::HeadFacts;
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
}

/// A check in the middle of the body.
#[derive(Debug)]
pub(crate) struct Reading {
    whole: Whole,
    keys: Keys,
    /// The MACs that run along the body, where it is signed as it comes.
    macs: Option<Macs>,
    buffer: Buffer,
    /// A piece was refused: what came before it is not the whole body, and must not pass for it.
    too_large: bool,
}

/// What is known of a request beside its body, and at the end the body too.
pub(crate) struct Whole {
    endpoint: AnyEndpoint,
    facts: HeadFacts,
    extraction: Option<Box<dyn Extraction>>,
    now: UnixTime,
    body: Bytes,
}

impl fmt::Debug for Whole {
    /// Leaves the body out: nothing of it was verified yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole")
            .field("endpoint", &self.endpoint.name())
            .field("bytes", &self.body.len())
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
        endpoint: AnyEndpoint,
        keys: Keys,
        facts: HeadFacts,
        extraction: Option<Box<dyn Extraction>>,
        now: UnixTime,
    ) -> Self {
        let whole = Whole { endpoint, facts, extraction, now, body: Bytes::new() };
        let mut reading = Self {
            whole,
            keys: Keys::None,
            macs: None,
            buffer: Buffer::default(),
            too_large: false,
        };
        match keys {
            Keys::Ring(ring) => reading.use_keys(ring),
            other => reading.keys = other,
        }
        reading
    }

    pub(super) fn endpoint(&self) -> &AnyEndpoint {
        &self.whole.endpoint
    }

    pub(super) fn use_keys(&mut self, ring: Arc<KeyRing>) {
        self.start_macs(&ring);
        self.keys = Keys::Ring(ring);
    }

    pub(super) fn use_decoy(&mut self, reason: RejectionKind) {
        let ring = Arc::new(self.endpoint().secrets().decoy());
        self.start_macs(&ring);
        self.keys = Keys::Decoy(ring, reason);
    }

    fn start_macs(&mut self, ring: &KeyRing) {
        if self.whole.extraction.is_none() {
            let mut macs = ring.start();
            let (before, _) = self.whole.around_body();
            macs.update(&before);
            self.macs = Some(macs);
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let length = self.buffer.len().saturating_add(chunk.len());
        self.too_large |= length > self.endpoint().body_limit();
        if self.too_large {
            return Err(self.endpoint().reject(RejectionKind::BodyTooLarge));
        }
        if let Some(macs) = &mut self.macs {
            macs.update(&chunk);
        }
        self.buffer.push(chunk);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Verdict, Rejection> {
        let Self { mut whole, keys, macs, buffer, too_large } = self;
        if too_large {
            return Err(whole.endpoint.reject(RejectionKind::BodyTooLarge));
        }
        whole.body = buffer.join();
        match keys {
            Keys::Ring(ring) => whole.judge(&ring, macs, None),
            Keys::Decoy(ring, reason) => whole.judge(&ring, macs, Some(reason)),
            Keys::Named => whole.ask_for_key(),
            Keys::None if whole.endpoint.is_unsigned() => whole.pass_unsigned(),
            // A paused check that was never resumed has no way here; if it had, nothing passes.
            Keys::None => Err(whole.endpoint.reject(RejectionKind::SecretsUnavailable)),
        }
    }
}

impl Whole {
    pub(super) fn endpoint(&self) -> &AnyEndpoint {
        &self.endpoint
    }

    /// The signed text before the body and after it.
    fn around_body(&self) -> (Vec<u8>, Vec<u8>) {
        let (timestamp, id) = (self.facts.timestamp.as_deref(), self.facts.id.as_deref());
        self.endpoint.plan().around_body(timestamp, id)
    }

    /// The id of the key that the request names; empty where it names none.
    pub(super) fn key_id(&self) -> Arc<str> {
        self.facts.key_id.clone().unwrap_or_default()
    }

    fn ask_for_key(self) -> Result<Verdict, Rejection> {
        match (self.endpoint.key_source().cloned(), self.facts.key_id.clone()) {
            (Some(source), Some(key_id)) => {
                let ask = KeyAsk { query: KeyQuery { key_id }, source };
                Ok(Verdict::NeedKey(ask, Suspended(Box::new(self))))
            }
            _ => Err(self.endpoint.reject(RejectionKind::UnknownKey)),
        }
    }

    /// Judges a request whose keys came after its body.
    pub(super) fn judge_against(
        self,
        ring: &KeyRing,
        decoy: Option<RejectionKind>,
    ) -> Result<Verdict, Rejection> {
        let macs = self.extraction.is_none().then(|| {
            let mut macs = ring.start();
            let (before, _) = self.around_body();
            macs.update(&before);
            macs.update(&self.body);
            macs
        });
        self.judge(ring, macs, decoy)
    }

    /// Holds the signature against the keys. Under a decoy nothing passes, at the same cost.
    fn judge(
        mut self,
        ring: &KeyRing,
        macs: Option<Macs>,
        decoy: Option<RejectionKind>,
    ) -> Result<Verdict, Rejection> {
        let verified = match (self.extraction.take(), macs) {
            (Some(extraction), _) => self.verify_fields(extraction, ring)?,
            (None, Some(macs)) => self.verify_body(macs, ring),
            (None, None) => None,
        };
        match (verified, decoy) {
            (Some(verified), None) => self.deliver(verified),
            (_, decoy) => {
                let kind = decoy.unwrap_or(RejectionKind::SignatureMismatch);
                Err(self.endpoint.reject(kind))
            }
        }
    }

    /// The label of the secret under which a text is signed.
    fn signer(&self, ring: &KeyRing, macs: Macs) -> Option<Arc<str>> {
        let candidates = self.facts.candidates.as_ref()?;
        ring.matching(macs, candidates.as_slice()).cloned()
    }

    fn verify_body(&self, mut macs: Macs, ring: &KeyRing) -> Option<Verified> {
        let (_, after) = self.around_body();
        macs.update(&after);
        if let Some(secret) = self.signer(ring, macs) {
            return Some(Verified {
                body: self.body.clone(),
                content_type: None,
                signed: SignedText::Template,
                coverage: Coverage::Body,
                event: None,
                secret: Some(secret),
            });
        }
        let Form::Reserialised(form) = self.endpoint.form() else {
            return None;
        };
        let other = Bytes::from(form.reserialise(&self.body)?);
        let mut macs = ring.start();
        macs.update(&other);
        let secret = self.signer(ring, macs)?;
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
        ring: &KeyRing,
    ) -> Result<Option<Verified>, Rejection> {
        let fields = extraction.finish(&self.body).map_err(|ambiguous| {
            self.endpoint.reject(RejectionKind::SignedContent).because(ambiguous)
        })?;
        let mut macs = ring.start();
        macs.update(&fields.text);
        Ok(self.signer(ring, macs).map(|secret| Verified {
            body: fields.body,
            content_type: Some(fields.content_type.into()),
            signed: SignedText::Fields(fields.text),
            coverage: Coverage::Fields,
            event: fields.event,
            secret: Some(secret),
        }))
    }

    fn pass_unsigned(self) -> Result<Verdict, Rejection> {
        let verified = Verified {
            body: self.body.clone(),
            content_type: None,
            signed: SignedText::Nothing,
            coverage: Coverage::Nothing,
            event: None,
            secret: None,
        };
        self.deliver(verified)
    }

    fn deliver(self, verified: Verified) -> Result<Verdict, Rejection> {
        let Self { endpoint, facts, now, .. } = self;
        let rebuilt = verified.content_type.is_some();
        let plan = endpoint.plan();
        let is_signed = verified.coverage != Coverage::Nothing;

        let mut signed = Metadata { event: verified.event, ..Metadata::default() };
        // No scheme signs a header that holds an event's name.
        let mut unsigned = Metadata { event: facts.event, ..Metadata::default() };
        let timestamp_signed = is_signed && plan.signs_time();
        let id_signed = is_signed && plan.signs_id();
        if timestamp_signed { &mut signed } else { &mut unsigned }.timestamp = facts.timestamp;
        if id_signed { &mut signed } else { &mut unsigned }.delivery_id = facts.id;

        let content = Content {
            provider: Arc::clone(endpoint.shared_provider_id()),
            endpoint: Arc::clone(endpoint.shared_name()),
            tenant: facts.tenant,
            body: verified.body,
            content_type: verified.content_type,
            signed,
            unsigned,
            expected_event: endpoint.expected_event().cloned(),
            coverage: verified.coverage,
            secret: verified.secret,
            received_at: now,
        };
        if is_signed
            && let Some(handshake) = endpoint.provider().handshake()
            && let Some(reply) = handshake.verified(&content)
        {
            return Ok(Verdict::Reply(reply));
        }
        let policy = endpoint.habits().unknown_events;
        let delivery = Delivery::new(content, endpoint, verified.signed, rebuilt);
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
