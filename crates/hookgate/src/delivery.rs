//! A delivery that was verified.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::budget::Reserved;
use crate::content::{Content, Coverage, Metadata};
use crate::dangerous::Observation;
use crate::endpoint::AnyEndpoint;
use crate::ports::ClaimQuery;
use crate::provider::Dedupe;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::{Captured, Said, Unclear, Values};
use crate::time::UnixTime;

/// A verified delivery: the proof that its [`Content`] came from the provider, as far as its
/// [`Coverage`](crate::Coverage) says, which is nothing at endpoints that
/// [`dangerous`](crate::dangerous) opened.
///
/// Only the check makes one. In handlers it is taken with `Webhook<Delivery>`; in tests
/// [`testing::deliver`](crate::testing::deliver) makes one through the real check.
pub struct Delivery(Box<Envelope<dyn Spent>>);

/// A delivery and what its check needed, in one box from the head to the handler: servers move a
/// request a dozen times on its way through their futures, and its size is time.
struct Envelope<T: ?Sized> {
    sealed: Sealed,
    /// What the body's plain form takes of the budget, until a driver counts it with the rest.
    reserved: Option<Reserved>,
    rest: T,
}

/// What a check leaves in its delivery's box.
trait Spent: Send + Sync {}

impl<T: Send + Sync> Spent for T {}

#[derive(Clone)]
struct Sealed {
    content: Content,
    endpoint: AnyEndpoint,
    /// What else of the head is part of the signed text.
    captured: Captured,
    /// The last second at which the same request passes, where it says so itself.
    replayable_until: Option<UnixTime>,
    signed: SignedText,
    rebuilt: bool,
    watched: Option<Arc<Watched>>,
}

/// A request at an endpoint that only observes.
#[derive(Debug)]
pub(crate) struct Watched {
    /// The body as it came.
    body: Bytes,
    refused: OnceLock<Rejection>,
}

impl Watched {
    /// Why the handler would not have got the request.
    pub(crate) fn refused(&self) -> Option<&Rejection> {
        self.refused.get()
    }
}

impl Sealed {
    /// What the parts of the signed text stand for.
    fn values<'v>(&'v self, body: &'v [u8]) -> Values<'v> {
        let Metadata { timestamp, delivery_id, .. } = &self.content.signed;
        Values {
            timestamp: timestamp.as_deref(),
            id: delivery_id.as_deref(),
            captured: &self.captured,
            body,
        }
    }
}

/// A delivery in the making, with what its check needs: nothing of it is verified yet.
pub(crate) struct Draft<T>(Box<Envelope<T>>);

impl<T: Send + Sync + 'static> Draft<T> {
    /// Where each fact belongs is known from the start: what the scheme signs is signed metadata,
    /// once the draft is a delivery.
    pub(crate) fn new(
        endpoint: &AnyEndpoint,
        said: Said,
        captured: Captured,
        now: UnixTime,
        rest: T,
    ) -> Self {
        let plan = endpoint.plan();
        let verifies = !endpoint.is_unsigned();
        let mut signed = Metadata::default();
        // No scheme signs a header that holds an event's name.
        let mut unsigned = Metadata { event: said.event, ..Metadata::default() };
        let timestamp_signed = verifies && plan.signs_time();
        let id_signed = verifies && plan.signs_id();
        if timestamp_signed { &mut signed } else { &mut unsigned }.timestamp = said.timestamp;
        if id_signed { &mut signed } else { &mut unsigned }.delivery_id = said.id;
        Self(Box::new(Envelope {
            rest,
            reserved: None,
            sealed: Sealed {
                content: Content {
                    provider: Arc::clone(endpoint.shared_provider_id()),
                    endpoint: Arc::clone(endpoint.shared_name()),
                    tenant: said.tenant,
                    body: Bytes::new(),
                    content_type: None,
                    signed,
                    unsigned,
                    expected_event: endpoint.expected_event().cloned(),
                    coverage: Coverage::Nothing,
                    secret: None,
                    received_at: now,
                    observed: None,
                },
                endpoint: endpoint.clone(),
                captured,
                replayable_until: None,
                signed: SignedText::Nothing,
                rebuilt: false,
                watched: None,
            },
        }))
    }

    pub(crate) fn endpoint(&self) -> &AnyEndpoint {
        &self.0.sealed.endpoint
    }

    /// The tenant that the head names.
    pub(crate) fn tenant(&self) -> Option<&Arc<str>> {
        self.0.sealed.content.tenant.as_ref()
    }

    /// What the check needs.
    pub(crate) fn rest(&self) -> &T {
        &self.0.rest
    }

    /// What the check needs.
    pub(crate) fn rest_mut(&mut self) -> &mut T {
        &mut self.0.rest
    }

    /// What is signed before the body and after it.
    pub(crate) fn around_body(&self, body: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Unclear> {
        self.endpoint().plan().around_body(&self.values(body))
    }

    /// What the parts of the signed text stand for.
    pub(crate) fn values<'v>(&'v self, body: &'v [u8]) -> Values<'v> {
        self.0.sealed.values(body)
    }

    /// What is signed beside the body, once the draft is a delivery.
    pub(crate) fn metadata(&mut self) -> &mut Metadata {
        &mut self.0.sealed.content.signed
    }

    /// The last second at which the same request passes, where it says so itself.
    pub(crate) fn replayable_until(&mut self, until: Option<UnixTime>) {
        self.0.sealed.replayable_until = until;
    }

    /// When the request arrived.
    pub(crate) fn received_at(&self) -> UnixTime {
        self.0.sealed.content.received_at
    }

    /// Holds what the body's plain form takes of the budget.
    pub(crate) fn reserve(&mut self, reserved: Reserved) {
        self.0.reserved = Some(reserved);
    }

    /// Puts in what was verified. Only the check may say that it was.
    pub(crate) fn seal(
        mut self,
        signed: SignedText,
        rebuilt: bool,
        fill: impl FnOnce(&mut Content),
    ) -> Delivery {
        let sealed = &mut self.0.sealed;
        fill(&mut sealed.content);
        sealed.signed = signed;
        sealed.rebuilt = rebuilt;
        Delivery(self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for Draft<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Draft").field(&self.0.sealed.endpoint.name()).field(&self.0.rest).finish()
    }
}

impl Clone for Delivery {
    fn clone(&self) -> Self {
        Self(Box::new(Envelope { sealed: self.0.sealed.clone(), reserved: None, rest: () }))
    }
}

/// What the signature covers.
#[derive(Clone, Debug)]
pub(crate) enum SignedText {
    /// Nothing was signed.
    Nothing,
    /// The scheme's template around the body; its other parts are signed metadata.
    Template,
    /// The template around these bytes, of which the body is the plain form.
    Coded(Bytes),
    /// Texts that the provider's own code made from the request, in pieces.
    Parts(Box<[Vec<Bytes>]>),
}

impl Delivery {
    /// What was delivered.
    pub fn content(&self) -> &Content {
        &self.0.sealed.content
    }

    /// What was delivered, with the event's name and the delivery id looked for in the body too:
    /// the form to store.
    pub fn into_content(mut self) -> Content {
        let content = &self.0.sealed.content;
        if content.event_name().is_none() {
            let name = self.event().map(|name| Arc::from(&*name.text));
            self.metadata_of_body().event = name;
        }
        let content = &self.0.sealed.content;
        if content.delivery_id().is_none() {
            let id = self.id().map(|id| Arc::from(&*id.text));
            self.metadata_of_body().delivery_id = id;
        }
        self.0.sealed.content
    }

    /// Where facts from the body belong: a body that is not signed is no better than a header.
    fn metadata_of_body(&mut self) -> &mut Metadata {
        let is_signed = self.body_is_signed();
        let content = &mut self.0.sealed.content;
        if is_signed { &mut content.signed } else { &mut content.unsigned }
    }

    /// Whether the body says nothing but what is signed: all of it is, or it was written from the
    /// fields that are. Fields in the body that came could be cut out of it elsewhere.
    fn body_is_signed(&self) -> bool {
        let Sealed { content, signed, .. } = &self.0.sealed;
        let is_written = content.content_type.is_some();
        match content.coverage {
            _ if matches!(signed, SignedText::Nothing) => false,
            Coverage::Body => true,
            Coverage::Fields => is_written,
            Coverage::SenderOnly | Coverage::Nothing => false,
        }
    }

    /// The verified bytes; the plain ones where they were compressed.
    pub fn body(&self) -> &Bytes {
        &self.0.sealed.content.body
    }

    /// The body for the request that is passed on: [the verified bytes](Self::body), but at
    /// endpoints that only observe the body as it came. For adapters.
    pub fn request_body(&self) -> &Bytes {
        self.0.sealed.watched.as_ref().map_or(self.body(), |watched| &watched.body)
    }

    /// Why the handler would not have got this request, at endpoints that
    /// [only observe](crate::dangerous::observe_only): with its cause, for a log of one's own.
    /// `None` where it would have, and at every other endpoint.
    ///
    /// ```
    /// # fn handle(delivery: hookgate::Delivery) {
    /// if let Some(rejection) = delivery.would_refuse() {
    ///     println!("once this endpoint refuses: {rejection}");
    /// }
    /// # }
    /// ```
    pub fn would_refuse(&self) -> Option<&Rejection> {
        self.0.sealed.watched.as_ref()?.refused()
    }

    /// The tenant whose secret matched, at endpoints that look secrets up: proved by the match.
    /// What the request says of its tenant anywhere else is the sender's word.
    ///
    /// ```
    /// # fn handle(delivery: hookgate::Delivery) {
    /// match delivery.tenant() {
    ///     Some(tenant) => println!("for {tenant}"),
    ///     None => println!("the endpoint has secrets of its own"),
    /// }
    /// # }
    /// ```
    pub fn tenant(&self) -> Option<&str> {
        self.content().tenant.as_deref()
    }

    /// The label of the secret that matched; a secret without one is known by its number, such as
    /// `#1`. `None` where nothing was signed.
    ///
    /// ```
    /// # fn handle(delivery: hookgate::Delivery) {
    /// if delivery.secret() != Some("2026-11") {
    ///     println!("the provider still signs with the old secret");
    /// }
    /// # }
    /// ```
    pub fn secret(&self) -> Option<&str> {
        self.content().secret.as_deref()
    }

    /// The name of the event, from the place where the provider puts it, and whether the signature
    /// covers it. `None` where the provider names none, or where the body cannot be read.
    ///
    /// Many providers name the event in a header that they do not sign. Whoever has seen one
    /// delivery can send it again under another name.
    ///
    /// A name from the body is looked for at each call, in one pass over it.
    ///
    /// ```
    /// # #[cfg(feature = "testing")]
    /// # fn main() -> Result<(), hookgate::testing::TestError> {
    /// use hookgate::catalogue::{GITHUB, STRIPE};
    /// use hookgate::sign::Message;
    /// use hookgate::testing::{NOW, deliver};
    ///
    /// let body = r#"{"id":"evt_1","type":"invoice.paid"}"#;
    /// let of_stripe = deliver(STRIPE, Message::post("/", body).at(NOW))?;
    /// let event = of_stripe.event().unwrap();
    /// assert!(event.text == "invoice.paid" && event.signed, "it stands in the body");
    ///
    /// let of_github = deliver(GITHUB, Message::post("/", "{}").event("push"))?;
    /// let event = of_github.event().unwrap();
    /// assert!(event.text == "push" && !event.signed, "it stands in a header");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testing"))]
    /// # fn main() {}
    /// ```
    pub fn event(&self) -> Option<Named<'_>> {
        let Sealed { content, endpoint, .. } = &self.0.sealed;
        if let Some((name, signed)) = content.event_name() {
            return Some(Named { text: Cow::Borrowed(name), signed });
        }
        let text = endpoint.plan().event_in(&content.body).ok().flatten()?;
        Some(Named { text, signed: self.body_is_signed() })
    }

    /// The text of [`event`](Delivery::event), whether it is signed or not.
    pub fn event_name(&self) -> Option<Cow<'_, str>> {
        self.event().map(|name| name.text)
    }

    /// The provider's id of the delivery, from the place where the provider puts it, and whether
    /// the signature covers it. `None` where the provider sends none, or where the body cannot be
    /// read.
    ///
    /// An id that is not signed is good for support requests. Against handling an event twice there
    /// is [`dedupe_key`](Delivery::dedupe_key), which never takes one in.
    ///
    /// An id from the body is looked for at each call, in one pass over it.
    ///
    /// ```
    /// # #[cfg(feature = "testing")]
    /// # fn main() -> Result<(), hookgate::testing::TestError> {
    /// use hookgate::catalogue::{GITHUB, STANDARD_WEBHOOKS};
    /// use hookgate::sign::Message;
    /// use hookgate::testing::{NOW, deliver};
    ///
    /// let message = || Message::post("/", "{}").id("msg_1").at(NOW);
    /// let standard = deliver(STANDARD_WEBHOOKS, message())?;
    /// assert!(standard.id().is_some_and(|id| id.text == "msg_1" && id.signed));
    ///
    /// let of_github = deliver(GITHUB, message())?;
    /// assert!(of_github.id().is_some_and(|id| id.text == "msg_1" && !id.signed));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testing"))]
    /// # fn main() {}
    /// ```
    pub fn id(&self) -> Option<Named<'_>> {
        let Sealed { content, endpoint, .. } = &self.0.sealed;
        if let Some((id, signed)) = content.delivery_id() {
            return Some(Named { text: Cow::Borrowed(id), signed });
        }
        let text = Cow::Owned(endpoint.plan().id_in(&content.body)?);
        Some(Named { text, signed: self.body_is_signed() })
    }

    /// How the request's head has to be corrected, where [`Content::body`] is not the body that
    /// came but was decompressed, or written by hookgate from what was signed. `None`: it describes
    /// the body well.
    pub fn rebuilt_head(&self) -> Option<RebuiltHead<'_>> {
        let rebuilt = self.0.sealed.rebuilt && self.0.sealed.watched.is_none();
        rebuilt.then(|| RebuiltHead {
            outdated: OUTDATED,
            content_length: self.0.sealed.content.body.len(),
            content_type: self.0.sealed.content.content_type.as_deref(),
        })
    }

    /// The endpoint that verified it.
    pub fn endpoint(&self) -> &AnyEndpoint {
        &self.0.sealed.endpoint
    }

    /// Tells one set of signed bytes at one endpoint from every other: the key against replays.
    ///
    /// A digest of the provider, the endpoint's name, the tenant and the signed text, never of the signature
    /// or of anything unsigned. `None` where nothing was signed, where a token came that binds no
    /// body and has no id, and where the provider's genuine deliveries can be identical, so that a
    /// repeat is no replay.
    pub fn replay_key(&self) -> Option<DeliveryKey> {
        if self.0.sealed.endpoint.habits().repeats_are_genuine {
            return None;
        }
        let mut digest = self.key("replay");
        match &self.0.sealed.signed {
            SignedText::Nothing => return None,
            _ if self.is_told_by_nothing() => return None,
            SignedText::Template | SignedText::Coded(_)
                if self.0.sealed.endpoint.plan().signs_nothing() =>
            {
                return None;
            }
            SignedText::Template | SignedText::Coded(_) => {
                self.signed_text(self.0.sealed.content.signed.timestamp.as_deref(), &mut digest);
            }
            SignedText::Parts(texts) => digest.texts(texts),
        }
        Some(digest.finish())
    }

    /// What a replay guard is asked, where there is anything to tell a replay by.
    pub(crate) fn claim_query(&self) -> Option<ClaimQuery> {
        let Sealed { content, endpoint, replayable_until, .. } = &self.0.sealed;
        let until = replayable_until.map(|until| {
            let seconds = until.as_secs().saturating_sub(content.received_at.as_secs());
            Duration::from_secs(u64::try_from(seconds).unwrap_or_default().saturating_add(1))
        });
        let keep_for = until.or_else(|| endpoint.plan().replayable_for());
        self.replay_key().map(|key| ClaimQuery { key, keep_for })
    }

    /// Tells one event at one endpoint from every other, over all attempts to deliver it: the key
    /// against handling twice what the provider sends again.
    ///
    /// By the provider's [`Dedupe`] habit a digest of the signed delivery id (of the signed text
    /// where it is missing), or of the signed text without its timestamp. `None` where neither
    /// tells a repeat from a new event.
    pub fn dedupe_key(&self) -> Option<DeliveryKey> {
        let mut digest = self.key("dedupe");
        match (self.0.sealed.endpoint.habits().dedupe, &self.0.sealed.signed) {
            (Dedupe::None, _) | (_, SignedText::Nothing) => return None,
            _ if self.is_told_by_nothing() => return None,
            (Dedupe::SignedId, signed) => match (self.signed_id(), signed) {
                (Some(id), _) => digest.field(&[b"id ", id.as_bytes()]),
                // One that lacks its id is told by what it says, and neither passed over nor taken
                // for an id: its digest has one field more.
                (None, signed) => {
                    digest.field(&[]);
                    match signed {
                        SignedText::Parts(texts) => digest.texts(texts),
                        _ => self.signed_text(None, &mut digest),
                    }
                }
            },
            (Dedupe::BodyDigest, SignedText::Parts(texts)) => digest.texts(texts),
            // The sender alone is proved: its word is all there is to tell events by.
            (Dedupe::BodyDigest, _) if self.0.sealed.endpoint.plan().signs_nothing() => {
                digest.field(&[&self.0.sealed.content.body]);
            }
            (Dedupe::BodyDigest, _) => self.signed_text(None, &mut digest),
        }
        Some(digest.finish())
    }

    /// Whether it came with a token that binds no body and has no id: such tokens are made for a
    /// second or an hour, and the next delivery can have the same.
    fn is_told_by_nothing(&self) -> bool {
        let Sealed { content, endpoint, .. } = &self.0.sealed;
        let binds = content.coverage == Coverage::Body || content.signed.delivery_id.is_some();
        endpoint.plan().is_jwt() && !binds
    }

    /// The delivery id, where the signature covers it.
    fn signed_id(&self) -> Option<Cow<'_, str>> {
        self.id().filter(|id| id.signed).map(|id| id.text)
    }

    fn signed_text(&self, timestamp: Option<&str>, digest: &mut KeyDigest) {
        let Sealed { content, endpoint, signed, .. } = &self.0.sealed;
        let body = match signed {
            // One text has one key, whatever the unsigned head says of its coding.
            SignedText::Coded(wire) => wire,
            _ => &content.body,
        };
        let values = Values { timestamp, ..self.0.sealed.values(body) };
        // What was written once can be written again.
        let (before, after) = endpoint.plan().around_body(&values).unwrap_or_default();
        // Nothing that is not signed: a form has many spellings, and a body that is left out any.
        let body = if endpoint.plan().holds_body() { &**body } else { b"" };
        digest.field(&[&before, body, &after]);
    }

    fn key(&self, purpose: &str) -> KeyDigest {
        let mut digest = KeyDigest(Sha256::new());
        digest.field(&[b"hookgate 1 ", purpose.as_bytes()]);
        digest.field(&[self.0.sealed.content.provider.as_bytes()]);
        digest.field(&[self.0.sealed.content.endpoint.as_bytes()]);
        match &self.0.sealed.content.tenant {
            Some(tenant) => digest.field(&[b"tenant ", tenant.as_bytes()]),
            None => digest.field(&[]),
        }
        digest
    }

    /// Makes of what was found what it is at an endpoint that only observes: nothing that counts as
    /// verified. `body` is the one that came.
    pub(crate) fn observed(mut self, body: Bytes, refused: Option<Rejection>) -> Self {
        let sealed = &mut self.0.sealed;
        let content = &mut sealed.content;
        let said = std::mem::take(&mut content.signed);
        let unsigned = &mut content.unsigned;
        unsigned.event = said.event.or(unsigned.event.take());
        unsigned.delivery_id = said.delivery_id.or(unsigned.delivery_id.take());
        unsigned.timestamp = said.timestamp.or(unsigned.timestamp.take());
        content.coverage = Coverage::Nothing;
        if content.secret.is_none() {
            // Only a secret that matched proves a tenant.
            content.tenant = None;
        }
        let would_refuse = refused.as_ref().map(Rejection::kind);
        content.observed = Some(Observation { would_refuse });
        sealed.signed = SignedText::Nothing;
        let refused = refused.map_or_else(OnceLock::new, OnceLock::from);
        sealed.watched = Some(Arc::new(Watched { body, refused }));
        self
    }

    /// Notes why an endpoint that refuses would have refused the delivery, where this one only
    /// observes. The first reason stays.
    pub(crate) fn note(&self, rejection: Rejection) {
        if let Some(watched) = &self.0.sealed.watched {
            let _ = watched.refused.set(rejection);
        }
    }

    pub(crate) fn watched(&self) -> Option<&Arc<Watched>> {
        self.0.sealed.watched.as_ref()
    }

    /// What the body's plain form takes of the budget, to be counted by whoever asks.
    pub(crate) fn take_reserved(&mut self) -> Option<Reserved> {
        self.0.reserved.take()
    }

    pub(crate) fn reject(&self, kind: RejectionKind) -> Rejection {
        self.0.sealed.endpoint.reject(kind)
    }
}

impl fmt::Debug for Delivery {
    /// Leaves the payload out, so that a delivery can be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.0.sealed.content.provider)
            .field("endpoint", &self.0.sealed.content.endpoint)
            .field("tenant", &self.0.sealed.content.tenant)
            .field("bytes", &self.0.sealed.content.body.len())
            .field("coverage", &self.0.sealed.content.coverage)
            .field("secret", &self.0.sealed.content.secret)
            .finish_non_exhaustive()
    }
}

/// A name or an id that a delivery carries, and what it is worth.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Named<'d> {
    /// As the provider spells it.
    pub text: Cow<'d, str>,
    /// Whether the signature covers it. Where it does not, anyone can have written it: do not let
    /// it alone decide what is done.
    pub signed: bool,
}

/// Headers that describe a body which is no longer the one that came, in lower case.
const OUTDATED: &[&str] = &[
    "content-encoding",
    "transfer-encoding",
    "trailer",
    "digest",
    "content-digest",
    "repr-digest",
    "content-md5",
];

/// The correction of a head whose body hookgate decompressed or wrote anew.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RebuiltHead<'d> {
    /// Headers to remove, in lower case.
    pub outdated: &'static [&'static str],
    /// The length of the body, in bytes.
    pub content_length: usize,
    /// The content type of a body that hookgate wrote. `None`: the sender's own still says what the
    /// body is, and stays as it came.
    pub content_type: Option<&'d str>,
}

/// SHA-256 over fields that cannot run into each other, each led by its length.
struct KeyDigest(Sha256);

impl KeyDigest {
    fn field(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len() as u64).fold(0, u64::saturating_add);
        self.0.update(length.to_be_bytes());
        for part in parts {
            self.0.update(part);
        }
    }

    fn texts(&mut self, texts: &[Vec<Bytes>]) {
        for text in texts {
            let pieces: Vec<&[u8]> = text.iter().map(|piece| &**piece).collect();
            self.field(&pieces);
        }
    }

    fn finish(self) -> DeliveryKey {
        DeliveryKey(self.0.finalize().into())
    }
}

/// A digest that stands for a delivery in a store: 32 bytes, shown as hex.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for DeliveryKey {
    /// A digest as a store gives it back. It stands for a delivery and proves nothing of it.
    fn from(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}
