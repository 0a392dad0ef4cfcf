//! How an endpoint is put together.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::secrets::{Strangers, Vacancy};
use super::{
    AnyEndpoint, BuildError, Clock, Endpoint, HandshakeSetup, Inner, LiveSecrets, OnRejection,
    TenantOf,
};
use crate::budget::Budget;
use crate::content::Coverage;
use crate::form::Form;
use crate::handshake::Uses;
use crate::head::RequestHead;
use crate::keys::KeyRing;
use crate::ports::{
    AnyGuard, AnyKeySource, AnySecretSource, AnySecretStore, KeySource, ReplayGuard, SecretSource,
    SecretStore,
};
use crate::provider::{Dedupe, Habits, Provider, UnknownEvents};
use crate::rejection::Rejection;
use crate::reply::Reply;
use crate::scheme::{KeyForm, Plan, PublicUrl, SchemeError};
use crate::secret::{self, Secret, Secrets, Warning};
use crate::time::UnixTime;

/// The largest body where the provider names none: 2 MiB.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// How long a whole body may take where the endpoint names none.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// Builds an [`Endpoint`].
#[derive(Debug)]
#[must_use = "an endpoint is made by `build`"]
pub struct EndpointBuilder<P> {
    settings: Settings,
    provider: PhantomData<fn() -> P>,
}

struct Settings {
    provider: Box<dyn Provider>,
    name: Option<String>,
    secrets: Secrets,
    secret_source: Option<(TenantOf, AnySecretSource)>,
    key_source: Option<AnyKeySource>,
    guard: Option<AnyGuard>,
    secret_store: Option<AnySecretStore>,
    verify_token: Option<Secret>,
    unsigned: bool,
    observing: bool,
    exposed: bool,
    body_limit: Option<usize>,
    body_deadline: Duration,
    in_flight: Budget,
    tolerance: Option<Duration>,
    unknown_events: Option<UnknownEvents>,
    rejection_status: Option<u16>,
    dedupe: Option<Dedupe>,
    public_url: Option<String>,
    clock: Option<Clock>,
    on_rejection: Option<OnRejection>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("provider", &self.provider)
            .field("name", &self.name)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

impl<P: Provider> EndpointBuilder<P> {
    pub(crate) fn new(provider: P) -> Self {
        let settings = Settings {
            provider: Box::new(provider),
            name: None,
            secrets: Secrets::default(),
            secret_source: None,
            key_source: None,
            guard: None,
            secret_store: None,
            verify_token: None,
            unsigned: false,
            observing: false,
            exposed: false,
            body_limit: None,
            body_deadline: BODY_DEADLINE,
            in_flight: Budget::default(),
            tolerance: None,
            unknown_events: None,
            rejection_status: None,
            dedupe: None,
            public_url: None,
            clock: None,
            on_rejection: None,
        };
        Self { settings, provider: PhantomData }
    }
}

impl<P> EndpointBuilder<P> {
    /// Adds a secret. Several may be active at once, as during a rotation.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.settings.secrets.push(secret.into());
        self
    }

    /// Adds secrets, such as those of [`Secrets::from_env`].
    pub fn secrets(mut self, secrets: impl Into<Secrets>) -> Self {
        for secret in secrets.into().iter() {
            self.settings.secrets.push(secret.clone());
        }
        self
    }

    /// Looks up the secrets for each request, for many tenants at one endpoint.
    ///
    /// `tenant_of` reads the tenant from the head; `None`, like a tenant that the source does not
    /// know, looks to the sender like a wrong signature. See
    /// [`SecretSource`](crate::ports::SecretSource) for an example.
    pub fn secrets_from(
        mut self,
        tenant_of: impl Fn(&dyn RequestHead) -> Option<Arc<str>> + Send + Sync + 'static,
        source: impl SecretSource,
    ) -> Self {
        let source = AnySecretSource::new(source);
        self.settings.secret_source = Some((Box::new(tenant_of), source));
        self
    }

    /// Looks up the keys that requests name, for schemes in which they do.
    pub fn keys_from(mut self, source: impl KeySource) -> Self {
        self.settings.key_source = Some(AnyKeySource::new(source));
        self
    }

    /// Remembers deliveries, so that a replay does not reach the handler twice.
    pub fn replay_guard(mut self, guard: impl ReplayGuard) -> Self {
        self.settings.guard = Some(AnyGuard::new(guard));
        self
    }

    /// The token that the provider shows, or has hashed, when it asks for this endpoint: Meta's
    /// verify token, eBay's verification token. It is no key, and verifies no delivery.
    ///
    /// Without it such a [handshake](crate::handshake) is refused.
    pub fn verify_token(mut self, token: impl Into<Secret>) -> Self {
        self.settings.verify_token = Some(token.into());
        self
    }

    /// Takes the secret from the provider itself, which sends it when a webhook is created: Asana
    /// in `X-Hook-Secret`, Notion in `verification_token`.
    ///
    /// The endpoint can then be built without a secret. It verifies nothing until it has one, and
    /// every delivery is refused like one with a wrong signature. The first secret that is sent is
    /// given to the store, and once it is safe there it is the endpoint's, and the provider is
    /// answered; of two at once one wins. An endpoint that has a secret (from
    /// [`secret`](Self::secret), from [`replace`](crate::LiveSecrets::replace) or learnt) never
    /// takes another in this way. After a restart give it the stored one.
    ///
    /// Nobody signs that first request: whoever knows the address can send it. So have the store
    /// [refuse](crate::ports::Learned::Refused) what is not expected, and give the provider an
    /// address that cannot be guessed.
    ///
    /// With [`secrets_from`](Self::secrets_from), the secret is offered for the tenant that the head
    /// names, where the source does not know one; of two at once the store decides.
    ///
    /// ```
    /// use hookgate::handshake::{Challenge, Handshake};
    /// use hookgate::ports::{Learned, SecretOffer};
    /// use hookgate::scheme::Scheme;
    /// use hookgate::{Endpoint, Provider};
    ///
    /// #[derive(Debug)]
    /// struct Asana;
    ///
    /// impl Provider for Asana {
    ///     fn id(&self) -> &str {
    ///         "asana"
    ///     }
    ///
    ///     fn scheme(&self) -> Scheme<'_> {
    ///         Scheme::hmac_sha256("x-hook-signature")
    ///     }
    ///
    ///     fn handshake(&self) -> Option<&dyn Handshake> {
    ///         Some(&Challenge::HeaderSecret { header: "x-hook-secret" })
    ///     }
    /// }
    ///
    /// let endpoint = Endpoint::builder(Asana)
    ///     .learn_secret(|offer: SecretOffer| async move {
    ///         println!("store {} bytes for {}", offer.expose().len(), offer.endpoint);
    ///         Ok(Learned::Stored)
    ///     })
    ///     .build()?;
    /// # Ok::<(), hookgate::BuildError>(())
    /// ```
    pub fn learn_secret(mut self, store: impl SecretStore) -> Self {
        self.settings.secret_store = Some(AnySecretStore::new(store));
        self
    }

    /// Names the endpoint. Default: the provider's id.
    ///
    /// The name is part of the keys against replays and repeats: endpoints that share a store need
    /// different ones. 1 to 128 characters, none of them a control character.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// The largest body that is taken, in bytes; a larger one is refused with 413. Of a compressed
    /// body it bounds both forms, what comes in and what comes out of it. Default: 2 MiB, unless
    /// the provider documents another.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = Some(bytes);
        self
    }

    /// How long the whole body may take before it is refused with 408, and a look-up before it is
    /// refused with 503. Default: 30 seconds. Measured from when the request first makes the gate
    /// wait.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.settings.body_deadline = deadline;
        self
    }

    /// The bytes of bodies that may be in flight at once, in bytes or as a [`Budget`] that several
    /// endpoints share; beyond it requests are refused with 503. A compressed body counts in both
    /// its forms. Default: 64 MiB.
    pub fn in_flight(mut self, budget: impl Into<Budget>) -> Self {
        self.settings.in_flight = budget.into();
        self
    }

    /// How far a signed timestamp may differ from the clock, in either direction and in whole
    /// seconds. Zero accepts only the same second. Default: what the scheme says.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.settings.tolerance = Some(tolerance);
        self
    }

    /// What happens to events that the provider does not document. Default: the provider's habit.
    pub fn unknown_events(mut self, policy: UnknownEvents) -> Self {
        self.settings.unknown_events = Some(policy);
        self
    }

    /// The status for all failures of the signature, 400 to 499. Default: the one that the
    /// provider documents, else 400.
    pub fn rejection_status(mut self, status: u16) -> Self {
        self.settings.rejection_status = Some(status);
        self
    }

    /// What tells one event from the next. Default: the provider's habit.
    pub fn dedupe(mut self, dedupe: Dedupe) -> Self {
        self.settings.dedupe = Some(dedupe);
        self
    }

    /// The address under which the provider knows this endpoint, for schemes that sign it and for
    /// handshakes that hash it (eBay, which hashes this text as it is given here): exactly
    /// as it was registered, since providers sign that text. Forwarded headers are never asked.
    ///
    /// An address without a path (`https://example.com`) takes the path of the request, for
    /// endpoints that serve several. The query is that of the request; where the scheme puts the
    /// body right beside the address, it is the one that is given here.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.settings.public_url = Some(url.into());
        self
    }

    /// One's own answers to rejections: gets the rejection and the reply that would be sent.
    ///
    /// A success (2xx) is not sent: the provider would forget a delivery that nobody took.
    ///
    /// ```
    /// use hookgate::{Endpoint, Reply, harmonizely::Harmonizely};
    ///
    /// let endpoint = Endpoint::builder(Harmonizely)
    ///     .secret("the webhook's secret")
    ///     .on_rejection(|rejection, _| Reply::new(rejection.status()).text("no"))
    ///     .build()?;
    /// # Ok::<(), hookgate::BuildError>(())
    /// ```
    pub fn on_rejection(
        mut self,
        answer: impl Fn(&Rejection, Reply) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.settings.on_rejection = Some(Arc::new(answer));
        self
    }

    /// A clock instead of the system's, for tests with fixed timestamps.
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Some(Arc::new(clock));
        self
    }

    /// For [`dangerous`](crate::dangerous) only.
    pub(crate) fn unsigned<Q>(mut self) -> EndpointBuilder<Q> {
        self.settings.unsigned = true;
        EndpointBuilder { settings: self.settings, provider: PhantomData }
    }

    /// For [`dangerous`](crate::dangerous) only.
    pub(crate) fn observing<Q>(mut self) -> EndpointBuilder<Q> {
        self.settings.observing = true;
        EndpointBuilder { settings: self.settings, provider: PhantomData }
    }

    /// For [`dangerous`](crate::dangerous) only.
    pub(crate) fn exposed(mut self) -> Self {
        self.settings.exposed = true;
        self
    }

    /// Builds the endpoint.
    ///
    /// # Errors
    ///
    /// Everything that would make it accept nothing, accept too much, or work by chance.
    pub fn build(self) -> Result<Endpoint<P>, BuildError> {
        let inner = self.settings.build()?;
        for warning in &inner.warnings {
            tracing::warn!(target: "hookgate", endpoint = &*inner.name, %warning, "check the endpoint");
        }
        let any = AnyEndpoint(Arc::new(inner));
        Ok(Endpoint { any, provider: PhantomData })
    }
}

impl Settings {
    fn build(self) -> Result<Inner, BuildError> {
        let provider = self.provider;
        let mut plan = Plan::compile(&provider.scheme())?;
        let mut habits = provider.habits();
        let form = provider.form();

        if let Some(mistake) = provider.mistake() {
            return Err(BuildError::Provider(mistake));
        }
        let unusable = !plan.signs_body_alone() || plan.signs_time() || plan.signs_id();
        let extracted = matches!(form, Form::Extracted(_));
        // The provider's own code makes the text of anything: the template stands for all of it.
        let unusable = if extracted { !plan.signs_body_alone() } else { unusable };
        if !matches!(form, Form::AsReceived) && unusable {
            return Err(BuildError::FormWithTemplate);
        }
        if let Some(what) = plan.extracted().filter(|_| !extracted) {
            return Err(SchemeError::Place(what, "the provider has no code that finds it"))?;
        }
        if let Some(url) = &self.public_url {
            plan.set_url(PublicUrl::parse(url)?)?;
        }
        let signs_address = match &form {
            Form::Extracted(extract) => extract.needs_address(),
            Form::AsReceived | Form::Reserialised(_) => false,
        };
        if plan.lacks_url() || (signs_address && !plan.has_url()) {
            return Err(BuildError::NoPublicUrl);
        }
        if let Some(tolerance) = self.tolerance {
            if !plan.signs_time() {
                return Err(BuildError::NoTimestamp);
            }
            plan.set_tolerance(u32::try_from(tolerance.as_secs()).unwrap_or(u32::MAX))?;
        }

        habits.unknown_events = self.unknown_events.unwrap_or(habits.unknown_events);
        habits.rejection_status = self.rejection_status.unwrap_or(habits.rejection_status);
        habits.dedupe = self.dedupe.unwrap_or(habits.dedupe);
        habits.body_limit = self.body_limit.or(habits.body_limit);
        let named = plan.names_events() || matches!(form, Form::Extracted(_));
        check_habits(&plan, &habits, named, !provider.known_events().is_empty())?;
        if habits.repeats_are_genuine && self.guard.is_some() {
            return Err(BuildError::GenuineRepeats);
        }
        if self.guard.is_some() && plan.signs_nothing() {
            return Err(BuildError::NothingSigned);
        }
        // The second of two events would pass for a replay of the first, and be lost.
        if self.guard.is_some() && !plan.tells_deliveries() {
            return Err(BuildError::BodyUnsigned);
        }
        let body_limit = habits.body_limit.unwrap_or(BODY_LIMIT);
        if self.body_deadline.is_zero() {
            return Err(BuildError::BodyDeadline);
        }

        let provider_id = readable(provider.id()).ok_or(BuildError::Name)?;
        let name = match &self.name {
            Some(name) => readable(name).ok_or(BuildError::Name)?,
            None => Arc::clone(&provider_id),
        };

        if self.observing && self.unsigned {
            return Err(BuildError::ObservingUnsigned);
        }
        if self.observing && self.guard.is_some() {
            return Err(BuildError::ObservingWithGuard);
        }
        let uses = provider.handshake().map_or_else(Uses::default, |handshake| handshake.uses());
        if let Some(handshake) = provider.handshake() {
            if let Some(mistake) = handshake.mistake() {
                return Err(BuildError::Handshake(mistake));
            }
            if plan.methods().any(|method| handshake.probes(method)) {
                return Err(BuildError::Handshake("it answers a method that delivers"));
            }
            if uses.key && !plan.keys().algorithm.is_hmac() {
                return Err(BuildError::Handshake(
                    "it answers with a MAC, and the scheme has none",
                ));
            }
        }
        if let Some(token) = &self.verify_token {
            if !uses.token {
                return Err(BuildError::VerifyToken);
            }
            secret::key_bytes(token, KeyForm::Text)
                .map_err(|error| BuildError::Secret { label: "verify token".into(), error })?;
        }

        let own = !self.secrets.is_empty();
        let looked_up = self.secret_source.is_some();
        let named_keys = self.key_source.is_some();
        let learns = self.secret_store.is_some();
        if learns && (!uses.secret || self.unsigned || named_keys) {
            return Err(BuildError::NothingToLearn);
        }
        match (self.unsigned, own, looked_up, named_keys) {
            (true, false, false, false) if self.guard.is_some() => {
                return Err(BuildError::UnsignedWithGuard);
            }
            (true, false, false, false) if habits.may_be_unsigned => {}
            (true, false, false, false) => return Err(BuildError::NeverUnsigned),
            (true, ..) => return Err(BuildError::UnsignedWithSecrets),
            (false, false, false, false) if learns => {}
            (false, false, false, false) => return Err(BuildError::NoSecret),
            (false, true, false, false)
            | (false, false, true, false)
            | (false, false, false, true) => {}
            _ => return Err(BuildError::SeveralSources),
        }
        let names_key = match &form {
            Form::Extracted(extract) => plan.names_its_key() || extract.names_key(),
            Form::AsReceived | Form::Reserialised(_) => plan.names_its_key(),
        };
        // A key that is given needs no look-up, whatever requests call it.
        if named_keys && !names_key {
            return Err(BuildError::KeySource);
        }

        let strangers = Strangers::default();
        let provider: Arc<dyn Provider> = Arc::from(provider);
        let mut keys = LiveSecrets {
            provider: Arc::clone(&provider),
            ring: ArcSwap::from_pointee(KeyRing::decoy(plan.keys())),
            plan: plan.keys(),
            replaceable: own || (learns && !looked_up),
            vacancy: Vacancy::new(learns && !own && !looked_up),
        };
        if keys.are_awaited() {
            // Not the decoy, whose key anyone can read here: a request whose head is judged in the
            // moment in which the secret comes may still see this ring.
            keys.ring = ArcSwap::from_pointee(strangers.ring(plan.keys(), ""));
        }
        let mut warnings = Vec::new();
        if own {
            let ring = keys.compile(&self.secrets)?;
            warnings.extend(ring.warnings().iter().cloned());
            keys.ring = ArcSwap::from_pointee(ring);
        }
        // A tenant that nobody knows has no label to show, and must not be told by that.
        let own_or_alike = own || (looked_up && !uses.label);
        let signs = uses.key && own_or_alike;
        // A secret that brings its name is labelled with it.
        let labelled =
            |secret: &Secret| secret.is_labelled() || plan.keys().form == KeyForm::NamedSha1;
        let named = !uses.label || self.secrets.iter().next().is_some_and(labelled);
        let mut unanswered = |missing| warnings.push(Warning::Handshake { missing });
        if uses.token && self.verify_token.is_none() {
            unanswered("the token that it shows: `.verify_token(..)`");
        }
        if uses.url && self.public_url.is_none() {
            unanswered("the address that it hashes: `.public_url(..)`");
        }
        if uses.key && (!signs || !named) {
            unanswered("a secret of its own to sign with, labelled where the answer shows it");
        }
        if uses.secret && !learns && !own {
            unanswered("a store for the secret that it sends: `.learn_secret(..)`");
        }
        if keys.are_awaited() {
            warnings.push(Warning::Learns);
        }
        if self.unsigned {
            warnings.push(Warning::Unsigned);
        }
        if self.observing {
            warnings.push(Warning::OnlyObserves);
        }
        if self.exposed {
            warnings.push(Warning::ReasonsExposed);
        }
        if body_limit > self.in_flight.limit() {
            warnings.push(Warning::BudgetBelowLimit);
        }
        if matches!(form, Form::Reserialised(_)) {
            warnings.push(Warning::Reserialised);
        }

        let acknowledgement = provider.acknowledgement();
        let read = acknowledgement.is_success() && !acknowledgement.body().is_empty();

        Ok(Inner {
            acknowledgement: read.then_some(acknowledgement),
            expected_event: provider.expected_event().map(Arc::from),
            provider_id,
            name,
            plan,
            form,
            habits,
            keys,
            unsigned: self.unsigned,
            observing: self.observing,
            secret_source: self.secret_source,
            key_source: self.key_source,
            guard: self.guard,
            secret_store: self.secret_store,
            handshake: HandshakeSetup {
                uses,
                token: self.verify_token,
                url: self.public_url.map(Into::into),
                signs,
                strangers,
            },
            exposed: self.exposed,
            body_limit,
            body_deadline: self.body_deadline,
            in_flight: self.in_flight,
            clock: self.clock,
            on_rejection: self.on_rejection,
            warnings,
            provider,
        })
    }
}

/// Whether what a provider is said to expect fits its scheme.
pub(crate) fn check_habits(
    plan: &Plan,
    habits: &Habits,
    names_events: bool,
    knows_events: bool,
) -> Result<(), BuildError> {
    if habits.unknown_events != UnknownEvents::Deliver && !(names_events && knows_events) {
        return Err(BuildError::NoEventNames);
    }
    if !(400..500).contains(&habits.rejection_status) {
        return Err(BuildError::RejectionStatus(habits.rejection_status));
    }
    if habits.repeats_are_genuine && habits.dedupe != Dedupe::None {
        return Err(BuildError::GenuineRepeats);
    }
    // A text without the body can be the same for two events.
    let tells_events = plan.coverage() >= Coverage::Fields || plan.signs_nothing();
    if habits.dedupe == Dedupe::BodyDigest && !tells_events {
        return Err(BuildError::BodyUnsigned);
    }
    if habits.dedupe == Dedupe::SignedId && !plan.has_signed_id() {
        return Err(BuildError::NoSignedId);
    }
    if habits.body_limit == Some(0) {
        return Err(BuildError::BodyLimit);
    }
    Ok(())
}

/// A name that can be shown.
pub(crate) fn readable(name: &str) -> Option<Arc<str>> {
    let fits = (1..=128).contains(&name.chars().count());
    (fits && !name.chars().any(char::is_control)).then(|| name.into())
}
