//! One service of the catalogue.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::content::Coverage;
use crate::decode::{FromContent, JsonEvent, RawBody, SenderOnly};
use crate::handshake::{Challenge, Handshake};
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::reply::{FixedReply, Reply};
use crate::scheme::{KeyForm, Plan, Scheme};

/// What is known of a service that sends webhooks, and from where. Plain data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The short name, which identifies the service in deliveries, logs and stores.
    pub id: &'static str,
    /// The name as people write it.
    pub name: &'static str,
    /// How it signs.
    pub scheme: Scheme<'static>,
    /// What it expects of a receiver.
    pub habits: Habits,
    /// How it asks whether an address takes its webhooks.
    pub handshake: Option<Challenge<'static>>,
    /// What it wants to read where a delivery was taken.
    pub acknowledgement: Option<FixedReply<'static>>,
    /// How what is no signing secret begins, and what it is: see
    /// [`Provider::mistaken_secret`].
    pub not_secrets: &'static [(&'static str, &'static str)],
    /// Where the facts come from: the provider's page, or a file of a public repository.
    pub source: &'static str,
    /// What kind of source that is.
    pub confidence: Confidence,
    /// Whether a request that the provider itself published is among the tests. Where it is not,
    /// the tests prove that the scheme is what the source says, and no more.
    pub published_vector: bool,
    /// The month in which the facts were looked up.
    pub checked: &'static str,
    /// What no source was seen for: a hint, and not a fact.
    pub unconfirmed: &'static [&'static str],
    /// What to know before using it.
    pub note: &'static str,
}

/// What kind of source stands behind an [`Entry`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Confidence {
    /// Somebody else's code or documentation.
    ThirdParty,
    /// The provider's own documentation.
    OfficialPage,
    /// The provider's own code.
    OfficialCode,
}

impl Entry {
    pub(super) const fn new(
        id: &'static str,
        name: &'static str,
        scheme: Scheme<'static>,
        confidence: Confidence,
        source: &'static str,
    ) -> Self {
        Self {
            id,
            name,
            scheme,
            habits: Habits::new(),
            handshake: None,
            acknowledgement: None,
            not_secrets: &[],
            source,
            confidence,
            published_vector: false,
            checked: "2026-11",
            unconfirmed: &[],
            note: "",
        }
    }

    /// How much of a body the signature covers, whether this build can verify it or not.
    pub fn coverage(&self) -> Coverage {
        Plan::coverage_of(&self.scheme).unwrap_or(Coverage::Nothing)
    }

    /// The Cargo feature that the scheme needs, whether this build has it or not.
    pub fn feature(&self) -> Option<&'static str> {
        let of_key = (self.scheme.key == KeyForm::Nfkd).then_some("nfkd");
        self.scheme.algorithm.feature().or(of_key)
    }
}

/// An entry is a provider by itself, for programs that look it up by its id.
impl Provider for Entry {
    fn id(&self) -> &str {
        self.id
    }

    fn scheme(&self) -> Scheme<'_> {
        self.scheme
    }

    fn habits(&self) -> Habits {
        self.habits
    }

    fn acknowledgement(&self) -> Reply {
        self.acknowledgement.map_or_else(|| Reply::new(200), Reply::from)
    }

    fn mistaken_secret(&self, secret: &[u8]) -> Option<&'static str> {
        let found = self.not_secrets.iter().find(|(start, _)| secret.starts_with(start.as_bytes()));
        found.map(|(_, what)| *what)
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        self.handshake.as_ref().map(|challenge| challenge as &dyn Handshake)
    }
}

/// A service of the catalogue, as the provider of an endpoint. `E` is what its handlers take: the
/// raw body unless [`json`](Listed::json) or [`events`](Listed::events) says otherwise, in
/// [`SenderOnly`] where the signature leaves the body out.
///
/// ```
/// use hookgate::{Endpoint, JsonEvent, catalogue};
///
/// #[derive(serde::Deserialize)]
/// struct Push { after: String }
///
/// let endpoint = Endpoint::builder(catalogue::GITHUB.json::<Push>())
///     .secret("the webhook's secret")
///     .build()?;
/// async fn on_push(event: JsonEvent<Push>) {
///     println!("{}", event.after);
/// }
/// # let _ = on_push;
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub struct Listed<E = RawBody> {
    entry: Entry,
    /// Reads the entry's handshake. Named by those alone that have one: the code that answers
    /// handshakes is large, and else not in the program.
    asks: for<'e> fn(&'e Entry) -> Option<&'e dyn Handshake>,
    events: PhantomData<fn() -> E>,
}

impl<E> fmt::Debug for Listed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listed").field(&self.entry.id).finish()
    }
}

impl<E> Clone for Listed<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Listed<E> {}

impl<E> Listed<E> {
    /// The facts.
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The same with other facts, for an account that is set up in another way.
    ///
    /// ```
    /// use hookgate::catalogue::CLOUDINARY;
    /// use hookgate::scheme::Algorithm;
    ///
    /// // Accounts can be switched to SHA-256.
    /// let provider = CLOUDINARY.with_scheme(CLOUDINARY.entry().scheme.algorithm(Algorithm::Sha256));
    /// ```
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Scheme<'static>) -> Self {
        self.entry.scheme = scheme;
        self
    }

    /// The same with other handshakes.
    #[must_use]
    pub const fn with_handshake(mut self, handshake: Challenge<'static>) -> Self {
        self.entry.handshake = Some(handshake);
        self.asks = Provider::handshake;
        self
    }

    pub(super) const fn published(mut self) -> Self {
        self.entry.published_vector = true;
        self
    }

    pub(super) const fn unconfirmed(mut self, fields: &'static [&'static str]) -> Self {
        self.entry.unconfirmed = fields;
        self
    }

    pub(super) const fn note(mut self, note: &'static str) -> Self {
        self.entry.note = note;
        self
    }

    pub(super) const fn not_secrets(
        mut self,
        beginnings: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.entry.not_secrets = beginnings;
        self
    }

    pub(super) const fn acknowledges(mut self, reply: FixedReply<'static>) -> Self {
        self.entry.acknowledgement = Some(reply);
        self
    }

    pub(super) const fn rejects_with(mut self, status: u16) -> Self {
        self.entry.habits = self.entry.habits.rejection_status(status);
        self
    }

    pub(super) const fn waits(mut self, seconds: u64) -> Self {
        self.entry.habits = self.entry.habits.acknowledge_within(Duration::from_secs(seconds));
        self
    }

    /// The delivery id is signed, and the same over all attempts.
    pub(super) const fn told_by_id(mut self) -> Self {
        self.entry.habits = self.entry.habits.dedupe(Dedupe::SignedId);
        self
    }

    /// Two deliveries with the same signed text can both be genuine.
    pub(super) const fn repeats(mut self) -> Self {
        self.entry.habits = self.entry.habits.repeats_are_genuine();
        self
    }
}

impl Listed<RawBody> {
    pub(super) const fn signed(entry: Entry) -> Self {
        Self { entry, asks: never, events: PhantomData }
    }

    /// Its handlers take the body as this type.
    pub const fn json<T>(self) -> Listed<JsonEvent<T>> {
        Listed { entry: self.entry, asks: self.asks, events: PhantomData }
    }

    /// Its handlers take this event, which is decoded from the body.
    pub const fn events<E: FromContent>(self) -> Listed<E> {
        Listed { entry: self.entry, asks: self.asks, events: PhantomData }
    }
}

impl Listed<SenderOnly<RawBody>> {
    pub(super) const fn sender_only(entry: Entry) -> Self {
        Self { entry, asks: never, events: PhantomData }
    }

    /// Its handlers take the body, which nobody signed, as this type.
    pub const fn json<T>(self) -> Listed<SenderOnly<JsonEvent<T>>> {
        Listed { entry: self.entry, asks: self.asks, events: PhantomData }
    }

    /// Its handlers take this event, which is decoded from the unsigned body.
    pub const fn events<E: FromContent>(self) -> Listed<SenderOnly<E>> {
        Listed { entry: self.entry, asks: self.asks, events: PhantomData }
    }
}

impl<E: 'static> Provider for Listed<E> {
    fn id(&self) -> &str {
        self.entry.id
    }

    fn scheme(&self) -> Scheme<'_> {
        self.entry.scheme
    }

    fn habits(&self) -> Habits {
        self.entry.habits
    }

    fn acknowledgement(&self) -> Reply {
        self.entry.acknowledgement()
    }

    fn mistaken_secret(&self, secret: &[u8]) -> Option<&'static str> {
        self.entry.mistaken_secret(secret)
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        (self.asks)(&self.entry)
    }
}

/// Nothing is asked.
fn never(_: &Entry) -> Option<&dyn Handshake> {
    None
}

impl<E: FromContent + Send + 'static> Sends for Listed<E> {
    type Event = E;
}
