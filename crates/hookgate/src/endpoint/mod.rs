//! One URL that receives: a provider, its secrets, and the policy.

mod builder;
mod error;
mod secrets;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

pub use self::builder::EndpointBuilder;
#[cfg(feature = "serde")]
pub(crate) use self::builder::{check_habits, readable};
pub use self::error::BuildError;
pub use self::secrets::LiveSecrets;
pub(crate) use self::secrets::Slot;
use self::secrets::Strangers;
use crate::budget::Budget;
use crate::check::{Opened, Start};
use crate::form::Form;
use crate::handshake::{Asked, Setup, Uses};
use crate::head::RequestHead;
use crate::keys::KeyRing;
use crate::ports::{AnyGuard, AnyKeySource, AnySecretSource, AnySecretStore};
use crate::provider::{Habits, Provider};
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::reply::Reply;
use crate::scheme::Plan;
use crate::secret::{Secret, Warning};
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
pub(crate) type TenantOf = Box<dyn Fn(&dyn RequestHead) -> Option<Arc<str>> + Send + Sync>;

/// An [`Endpoint`] of any provider. Clones share everything.
#[derive(Clone)]
pub struct AnyEndpoint(Arc<Inner>);

struct Inner {
    provider: Arc<dyn Provider>,
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
    secret_store: Option<AnySecretStore>,
    handshake: HandshakeSetup,
    exposed: bool,
    body_limit: usize,
    body_deadline: Duration,
    in_flight: Budget,
    clock: Option<Clock>,
    on_rejection: Option<OnRejection>,
    /// What the provider reads in a success, where it wants to read anything.
    acknowledgement: Option<Reply>,
    warnings: Vec<Warning>,
}

/// What the endpoint was told for its provider's handshake.
struct HandshakeSetup {
    uses: Uses,
    token: Option<Secret>,
    url: Option<Box<str>>,
    /// Whether it can be answered with a MAC.
    signs: bool,
    strangers: Strangers,
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

    /// What the provider has to read in a success, where that is not nothing.
    pub(crate) fn required_acknowledgement(&self) -> Option<&Reply> {
        self.0.acknowledgement.as_ref()
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

    pub(crate) fn secret_store(&self) -> Option<&AnySecretStore> {
        self.0.secret_store.as_ref()
    }

    /// What a head asks of the provider's handshake.
    pub(crate) fn asked(&self, head: &dyn RequestHead) -> Asked {
        let Some(handshake) = self.provider().handshake() else { return Asked::Nothing };
        let HandshakeSetup { token, url, .. } = &self.0.handshake;
        handshake.head(head, &Setup { token: token.as_ref(), url: url.as_deref() })
    }

    /// Whether strangers can have challenges signed under the endpoint's keys.
    pub(crate) fn signs_challenges(&self) -> bool {
        self.0.handshake.signs
    }

    /// Whether the answer to a challenge shows a secret's label.
    pub(crate) fn shows_label(&self) -> bool {
        self.0.handshake.uses.label
    }

    /// A ring for a tenant that nobody knows, which signs as a real one does.
    pub(crate) fn strangers_ring(&self, tenant: &str) -> KeyRing {
        self.0.handshake.strangers.ring(self.0.plan.keys(), tenant)
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
