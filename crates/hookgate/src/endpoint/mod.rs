//! One URL that receives: a provider, its secrets, and the policy.

mod builder;
mod error;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

pub use self::builder::EndpointBuilder;
pub use self::error::BuildError;
use crate::budget::Budget;
use crate::check::{Opened, Start};
use crate::form::Form;
use crate::head::RequestHead;
use crate::keys::{KeyPlan, KeyRing};
use crate::ports::{AnyGuard, AnyKeySource, AnySecretSource};
use crate::provider::{Habits, Provider};
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::reply::Reply;
use crate::scheme::Plan;
use crate::secret::{Secrets, Warning};
use crate::time::UnixTime;

/// The endpoint of a provider: one URL that receives, with its secrets and its policy.
///
/// ```
/// use hookgate::{Endpoint, harmonizely::Harmonizely};
///
/// let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
/// assert_eq!(endpoint.name(), "harmonizely");
/// # Ok::<(), hookgate::BuildError>(())
/// ```
///
/// It is a thin typed shell over a shared [`AnyEndpoint`], so that endpoints of many providers fit
/// into one map; clones share everything, the secrets included.
pub struct Endpoint<P> {
    any: AnyEndpoint,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> Endpoint<P> {
    /// Starts an endpoint. Everything that can be wrong is refused by
    /// [`build`](EndpointBuilder::build).
    pub fn builder(provider: P) -> EndpointBuilder<P> {
        EndpointBuilder::new(provider)
    }
}

impl<P> Endpoint<P> {
    /// The endpoint without its provider's type.
    pub fn into_any(self) -> AnyEndpoint {
        self.any
    }
}

impl<P> std::ops::Deref for Endpoint<P> {
    type Target = AnyEndpoint;

    fn deref(&self) -> &AnyEndpoint {
        &self.any
    }
}

impl<P> Clone for Endpoint<P> {
    fn clone(&self) -> Self {
        Self { any: self.any.clone(), provider: PhantomData }
    }
}

impl<P> From<Endpoint<P>> for AnyEndpoint {
    fn from(endpoint: Endpoint<P>) -> Self {
        endpoint.any
    }
}

impl<P> fmt::Debug for Endpoint<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

/// Where the time comes from, where it is not the adapter's clock.
type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// One's own answer to a rejection.
type OnRejection = Arc<dyn Fn(&Rejection, Reply) -> Reply + Send + Sync>;

/// Reads the tenant from a head.
type TenantOf = Box<dyn Fn(&dyn RequestHead) -> Option<Arc<str>> + Send + Sync>;

/// An [`Endpoint`] of any provider. Clones share everything.
#[derive(Clone)]
pub struct AnyEndpoint(Arc<Inner>);

struct Inner {
    provider: Box<dyn Provider>,
    provider_id: Arc<str>,
    name: Arc<str>,
    expected_event: Option<Arc<str>>,
    plan: Plan,
    form: Form,
    habits: Habits,
    keys: LiveSecrets,
    unsigned: bool,
    observing: bool,
    secret_source: Option<(TenantOf, AnySecretSource)>,
    key_source: Option<AnyKeySource>,
    guard: Option<AnyGuard>,
    exposed: bool,
    body_limit: usize,
    body_deadline: Duration,
    in_flight: Budget,
    clock: Option<Clock>,
    on_rejection: Option<OnRejection>,
    warnings: Vec<Warning>,
}

impl AnyEndpoint {
    /// The endpoint's name, which is part of the keys against replays and repeats.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The provider's id.
    pub fn provider_id(&self) -> &str {
        &self.0.provider_id
    }

    /// The secrets, to replace them while the server runs.
    pub fn secrets(&self) -> &LiveSecrets {
        &self.0.keys
    }

    /// The largest body that is taken, in bytes.
    pub fn body_limit(&self) -> usize {
        self.0.body_limit
    }

    /// What is allowed and looks like a mistake. Also logged when the endpoint is built.
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// Judges the head of a request. The first step of the check: see [`check`](crate::check).
    ///
    /// # Errors
    ///
    /// What the head alone decides: method, declared length, the form of the signature, the
    /// timestamp.
    pub fn open<H>(&self, head: &H, now: UnixTime) -> Result<Opened, Rejection>
    where
        H: RequestHead,
    {
        Start { endpoint: self, now }.open(head)
    }

    /// The time, from the endpoint's own clock where it has one, else from the adapter's.
    pub fn now(&self, adapter: impl FnOnce() -> UnixTime) -> UnixTime {
        self.0.clock.as_ref().map_or_else(adapter, |clock| clock())
    }

    /// How long the whole body may take.
    pub fn body_deadline(&self) -> Duration {
        self.0.body_deadline
    }

    /// The bytes that may be in flight.
    pub fn in_flight(&self) -> &Budget {
        &self.0.in_flight
    }

    /// What the sender is told of a rejection: in the application's own words, where it has some.
    pub(crate) fn refuse(&self, rejection: Rejection) -> Refusal {
        let reply = rejection.reply();
        let Some(own) = &self.0.on_rejection else {
            return Refusal::new(rejection, reply);
        };
        let own = own(&rejection, reply.clone());
        if own.is_success() {
            // A refused delivery that is answered with success is a lost one.
            tracing::error!(
                target: "hookgate",
                endpoint = self.name(),
                "the answer to a rejection was a success, and was replaced"
            );
            return Refusal::new(rejection, reply);
        }
        Refusal::new(rejection, own)
    }

    /// What the provider reads where a delivery was taken without a handler.
    pub(crate) fn acknowledgement(&self) -> Reply {
        let reply = self.0.provider.acknowledgement();
        // Anything else would have the provider send again what was taken.
        if reply.is_success() { reply } else { Reply::new(200) }
    }

    pub(crate) fn reject(&self, kind: RejectionKind) -> Rejection {
        let rejection = Rejection::new(kind)
            .signature_status(self.0.habits.rejection_status)
            .exposed(self.0.exposed);
        if kind == RejectionKind::MethodNotAllowed {
            return rejection.allow(Arc::clone(&self.0.plan.allow));
        }
        rejection
    }

    pub(crate) fn provider(&self) -> &dyn Provider {
        &*self.0.provider
    }

    pub(crate) fn shared_provider_id(&self) -> &Arc<str> {
        &self.0.provider_id
    }

    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.0.name
    }

    pub(crate) fn expected_event(&self) -> Option<&Arc<str>> {
        self.0.expected_event.as_ref()
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.0.plan
    }

    pub(crate) fn form(&self) -> &Form {
        &self.0.form
    }

    pub(crate) fn habits(&self) -> &Habits {
        &self.0.habits
    }

    pub(crate) fn is_unsigned(&self) -> bool {
        self.0.unsigned
    }

    pub(crate) fn is_observing(&self) -> bool {
        self.0.observing
    }

    pub(crate) fn secret_source(&self) -> Option<(&TenantOf, &AnySecretSource)> {
        self.0.secret_source.as_ref().map(|(tenant_of, source)| (tenant_of, source))
    }

    pub(crate) fn key_source(&self) -> Option<&AnyKeySource> {
        self.0.key_source.as_ref()
    }

    pub(crate) fn guard(&self) -> Option<&AnyGuard> {
        self.0.guard.as_ref()
    }
}

impl fmt::Debug for AnyEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("provider", &self.0.provider)
            .field("name", &self.0.name)
            .field("secrets", &self.0.keys)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}

/// The secrets of an endpoint that runs.
pub struct LiveSecrets {
    ring: ArcSwap<KeyRing>,
    plan: KeyPlan,
    replaceable: bool,
}

impl LiveSecrets {
    /// Replaces all secrets at once. Requests whose head was judged before still finish under the
    /// old ones; every later one knows only the new.
    ///
    /// ```
    /// use hookgate::{Endpoint, Secret, Secrets, harmonizely::Harmonizely};
    ///
    /// let endpoint = Endpoint::builder(Harmonizely).secret("the old secret").build()?;
    /// let both = Secrets::new("the new secret").and("the old secret");
    /// endpoint.secrets().replace(both)?;
    /// // … and once the provider signs with the new one:
    /// endpoint.secrets().replace("the new secret")?;
    /// # Ok::<(), hookgate::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no secret or one cannot be right; the old ones then stay. Also when the
    /// endpoint has no secrets of its own, since it is unsigned or looks them up.
    pub fn replace(&self, secrets: impl Into<Secrets>) -> Result<(), BuildError> {
        if !self.replaceable {
            return Err(BuildError::NoOwnSecrets);
        }
        let ring = self.compile(&secrets.into())?;
        for warning in ring.warnings() {
            tracing::warn!(target: "hookgate", %warning, "a new secret looks like a mistake");
        }
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// The labels of the active secrets, in the order in which they are tried. None where the
    /// endpoint has no secrets of its own.
    pub fn labels(&self) -> Vec<Arc<str>> {
        if !self.replaceable {
            return Vec::new();
        }
        self.ring.load().labels().cloned().collect()
    }

    pub(crate) fn load(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Compiles secrets for this endpoint's scheme. None at all is an error.
    pub(crate) fn compile(&self, secrets: &Secrets) -> Result<KeyRing, BuildError> {
        let ring = KeyRing::new(secrets, self.plan)
            .map_err(|(label, error)| BuildError::Secret { label, error })?;
        if ring.is_empty() {
            return Err(BuildError::NoSecret);
        }
        Ok(ring)
    }

    /// A ring under which nothing is right.
    pub(crate) fn decoy(&self) -> KeyRing {
        KeyRing::decoy(self.plan)
    }
}

impl fmt::Debug for LiveSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.labels()).finish()
    }
}
