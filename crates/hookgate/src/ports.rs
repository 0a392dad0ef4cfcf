//! What is asynchronous by nature, and the application brings: secrets per request, keys, a store
//! against replays, a sink.
//!
//! The core runs nothing: a port names a future, the endpoint carries it, and the adapter awaits
//! it. Closures implement the ports of one method.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::{Delivery, DeliveryKey};
use crate::rejection::{Refusal, RejectionKind};
use crate::reply::Reply;
use crate::secret::{Secret, Secrets};

/// A boxed future, as the ports are erased: one box for each look-up.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A look-up could not be made. The request is answered 503, so that the provider tries again.
///
/// Never return it for "not found": an unknown tenant or key is `Ok(None)`.
#[derive(Debug, thiserror::Error)]
#[error("a look-up that the check needs could not be made")]
pub struct Unavailable(#[source] Box<dyn Error + Send + Sync>);

impl Unavailable {
    /// The cause, which is logged.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Which secrets a request needs.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct SecretQuery {
    /// The tenant, as the endpoint's `tenant_of` read it from the head. It is the sender's word.
    ///
    /// Take one spelling of each tenant. To a replay guard and to stores, `ACME` and `acme` are two,
    /// so that a source which finds both under one name, as databases without regard to case do,
    /// lets a recorded delivery pass once under each.
    pub tenant: Arc<str>,
}

impl SecretQuery {
    /// The question as the gate asks it, for those who test or wrap a source.
    pub fn new(tenant: impl Into<Arc<str>>) -> Self {
        Self { tenant: tenant.into() }
    }
}

/// Looks up the secrets of a tenant, such as in a database.
///
/// ```
/// use hookgate::ports::{SecretQuery, SecretSource, Unavailable};
/// use hookgate::{Endpoint, Secrets, harmonizely::Harmonizely};
///
/// async fn look_up(query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
///     Ok((&*query.tenant == "acme").then(|| Secrets::new("the secret of Acme")))
/// }
///
/// // The last segment of the path names the tenant.
/// let endpoint = Endpoint::builder(Harmonizely)
///     .secrets_from(|head| head.path().rsplit('/').next().map(Into::into), look_up)
///     .build()?;
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub trait SecretSource: Send + Sync + 'static {
    /// The active secrets, `None` for an unknown tenant.
    fn secrets(
        &self,
        query: SecretQuery,
    ) -> impl Future<Output = Result<Option<Secrets>, Unavailable>> + Send;
}

impl<F, Fut> SecretSource for F
where
    F: Fn(SecretQuery) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Secrets>, Unavailable>> + Send,
{
    fn secrets(
        &self,
        query: SecretQuery,
    ) -> impl Future<Output = Result<Option<Secrets>, Unavailable>> + Send {
        self(query)
    }
}

/// Which key a request names.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct KeyQuery {
    /// The id of the provider, for sources that serve several.
    pub provider: Arc<str>,
    /// The key's id: the sender's word. Where a provider names keys by their address, it was held
    /// against the addresses that the provider documents.
    pub key_id: Arc<str>,
}

impl KeyQuery {
    /// The question as the gate asks it, for those who test or wrap a source.
    pub fn new(provider: impl Into<Arc<str>>, key_id: impl Into<Arc<str>>) -> Self {
        Self { provider: provider.into(), key_id: key_id.into() }
    }
}

/// A key that was looked up.
#[derive(Clone, Debug)]
pub struct Key(Secret);

impl Key {
    /// A shared secret.
    pub fn secret(secret: impl Into<Secret>) -> Self {
        Self(secret.into())
    }

    /// A public key or a certificate: PEM, DER in base64, or a JWK.
    pub fn public(key: impl Into<Vec<u8>>) -> Self {
        Self(Secret::new(key))
    }

    /// The key as the only secret; without a label of its own it is known by its id.
    pub(crate) fn into_secrets(self, key_id: &Arc<str>) -> Secrets {
        let secret = self.0;
        let labelled = secret.label().is_some();
        Secrets::new(if labelled { secret } else { secret.labelled(Arc::clone(key_id)) })
    }
}

/// Looks up a key by the name that a request gives it.
pub trait KeySource: Send + Sync + 'static {
    /// The key, `None` where there is none of that name.
    fn key(&self, query: KeyQuery)
    -> impl Future<Output = Result<Option<Key>, Unavailable>> + Send;
}

impl<F, Fut> KeySource for F
where
    F: Fn(KeyQuery) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Key>, Unavailable>> + Send,
{
    fn key(
        &self,
        query: KeyQuery,
    ) -> impl Future<Output = Result<Option<Key>, Unavailable>> + Send {
        self(query)
    }
}

/// Which delivery a request wants to claim.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClaimQuery {
    /// The delivery.
    pub key: DeliveryKey,
    /// How long a replay of it passes the check: twice the tolerance, since a timestamp may lie
    /// ahead. `None`: for ever, as where no time is signed.
    pub keep_for: Option<Duration>,
}

impl ClaimQuery {
    /// The question as the gate asks it, for those who test or wrap a guard.
    pub fn new(key: DeliveryKey, keep_for: Option<Duration>) -> Self {
        Self { key, keep_for }
    }
}

/// What a guard says to a claim.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Claim {
    /// The delivery is new, and now claimed. The token is the guard's own word for this claim: a
    /// settlement that comes after the claim expired must not touch the next one's.
    New(u64),
    /// It is being worked on: 503, and the provider tries again.
    InFlight,
    /// It was done before: 200 without the handler.
    Done,
}

/// Remembers deliveries, so that a replay does not reach the handler twice.
///
/// A claim is atomic and has two states, in flight and done: a process that dies between them must
/// not swallow the provider's next attempt, so claims in flight expire by themselves.
pub trait ReplayGuard: Send + Sync + 'static {
    /// Claims a delivery.
    fn claim(&self, query: ClaimQuery) -> impl Future<Output = Result<Claim, Unavailable>> + Send;

    /// The handler answered with success: the delivery is done.
    fn done(&self, held: Held) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// The handler failed: the next attempt is new.
    fn failed(&self, held: Held) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// The request was dropped before the handler answered. Nothing can be awaited here; a guard
    /// that can release the claim at once does, any other lets it expire.
    fn dropped(&self, held: Held) {
        let _ = held;
    }
}

/// A claim that a request holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// The delivery.
    pub key: DeliveryKey,
    /// The guard's word for the claim.
    pub token: u64,
}

impl Held {
    /// A claim as the gate settles it, for those who test or wrap a guard.
    pub fn new(key: DeliveryKey, token: u64) -> Self {
        Self { key, token }
    }
}

/// A secret that a provider sent, and that is to become an endpoint's key.
#[derive(Clone)]
#[non_exhaustive]
pub struct SecretOffer {
    /// The name of the endpoint.
    pub endpoint: Arc<str>,
    /// The tenant, at endpoints that look secrets up. It is the sender's word.
    pub tenant: Option<Arc<str>>,
    pub(crate) secret: Secret,
}

impl SecretOffer {
    /// The secret, to be given to the endpoint as it is.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The secret's text, to be stored: 16 to 256 visible ASCII characters. The only place where
    /// hookgate shows one.
    pub fn expose(&self) -> &str {
        // The check lets nothing else through.
        std::str::from_utf8(self.secret.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for SecretOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretOffer")
            .field("endpoint", &self.endpoint)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// What a store did with a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Learned {
    /// It is safe, and now the endpoint's.
    Stored,
    /// It is not wanted: none is expected, or there is another already. The sender is refused like
    /// any that has no signature.
    Refused,
}

/// Stores the secret that a provider sends when a webhook is created (Asana, Notion), for
/// [`learn_secret`](crate::EndpointBuilder::learn_secret).
///
/// The secret comes from whoever sends it first, so be sparing: answer [`Learned::Refused`] unless
/// a webhook is being created. `Ok(Stored)` means that the secret is safe: only then the provider
/// is answered, and only then deliveries are verified with it. Insert where there is none, in one
/// step, and never write over one; the same secret again is `Stored`.
///
/// ```
/// use hookgate::ports::{Learned, SecretOffer, Unavailable};
///
/// async fn store(offer: SecretOffer) -> Result<Learned, Unavailable> {
///     // INSERT INTO secrets (endpoint, secret) VALUES (..) ON CONFLICT DO NOTHING
///     println!("{}: {} bytes", offer.endpoint, offer.expose().len());
///     Ok(Learned::Stored)
/// }
/// ```
pub trait SecretStore: Send + Sync + 'static {
    /// Stores the secret, where there is none.
    fn store(
        &self,
        offer: SecretOffer,
    ) -> impl Future<Output = Result<Learned, Unavailable>> + Send;
}

impl<F, Fut> SecretStore for F
where
    F: Fn(SecretOffer) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Learned, Unavailable>> + Send,
{
    fn store(
        &self,
        offer: SecretOffer,
    ) -> impl Future<Output = Result<Learned, Unavailable>> + Send {
        self(offer)
    }
}

/// What a sink did with a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stored {
    /// It is stored.
    New,
    /// It was stored before.
    Duplicate,
}

/// Takes deliveries instead of a handler, such as a queue or an inbox.
///
/// `Ok` means that the delivery is safe: the provider is told 200 and forgets it. How long it may
/// take is the sink's own affair, while the provider waits: bound it, and answer
/// [`Unavailable`] in time.
pub trait Sink: Send + Sync + 'static {
    /// Stores the delivery.
    fn store(&self, delivery: Delivery)
    -> impl Future<Output = Result<Stored, Unavailable>> + Send;
}

impl<F, Fut> Sink for F
where
    F: Fn(Delivery) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Stored, Unavailable>> + Send,
{
    fn store(
        &self,
        delivery: Delivery,
    ) -> impl Future<Output = Result<Stored, Unavailable>> + Send {
        self(delivery)
    }
}

/// A port behind a pointer, so that neither endpoints nor adapters are generic over it.
macro_rules! erased {
    ($(#[$doc:meta])* $name:ident, $dyn:ident, $port:ident,
        $($method:ident($query:ty) -> $answer:ty),+) => {
        trait $dyn: Send + Sync {
            $(fn $method(self: Arc<Self>, query: $query) -> BoxFuture<$answer>;)+
        }

        impl<P: $port> $dyn for P {
            $(fn $method(self: Arc<Self>, query: $query) -> BoxFuture<$answer> {
                Box::pin(async move { $port::$method(&*self, query).await })
            })+
        }

        $(#[$doc])*
        #[derive(Clone)]
        pub(crate) struct $name(Arc<dyn $dyn>);

        impl $name {
            pub(crate) fn new(port: impl $port) -> Self {
                Self(Arc::new(port))
            }

            $(pub(crate) fn $method(&self, query: $query) -> BoxFuture<$answer> {
                Arc::clone(&self.0).$method(query)
            })+
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($port))
            }
        }
    };
}

erased!(
    /// An erased [`SecretSource`].
    AnySecretSource, DynSecretSource, SecretSource,
    secrets(SecretQuery) -> Result<Option<Secrets>, Unavailable>
);
erased!(
    /// An erased [`KeySource`].
    AnyKeySource, DynKeySource, KeySource,
    key(KeyQuery) -> Result<Option<Key>, Unavailable>
);

erased!(
    /// An erased [`SecretStore`].
    AnySecretStore, DynSecretStore, SecretStore,
    store(SecretOffer) -> Result<Learned, Unavailable>
);

trait DynGuard: Send + Sync {
    fn claim(self: Arc<Self>, query: ClaimQuery) -> BoxFuture<Result<Claim, Unavailable>>;
    fn settle(self: Arc<Self>, held: Held, done: bool) -> BoxFuture<Result<(), Unavailable>>;
    fn dropped(&self, held: Held);
}

impl<G: ReplayGuard> DynGuard for G {
    fn claim(self: Arc<Self>, query: ClaimQuery) -> BoxFuture<Result<Claim, Unavailable>> {
        Box::pin(async move { ReplayGuard::claim(&*self, query).await })
    }

    fn settle(self: Arc<Self>, held: Held, done: bool) -> BoxFuture<Result<(), Unavailable>> {
        Box::pin(async move { if done { self.done(held).await } else { self.failed(held).await } })
    }

    fn dropped(&self, held: Held) {
        ReplayGuard::dropped(self, held);
    }
}

/// An erased [`ReplayGuard`].
#[derive(Clone)]
pub(crate) struct AnyGuard(Arc<dyn DynGuard>);

impl AnyGuard {
    pub(crate) fn new(guard: impl ReplayGuard) -> Self {
        Self(Arc::new(guard))
    }

    pub(crate) fn claim(&self, query: ClaimQuery) -> BoxFuture<Result<Claim, Unavailable>> {
        Arc::clone(&self.0).claim(query)
    }

    pub(crate) fn settle(&self, held: Held, done: bool) -> BoxFuture<Result<(), Unavailable>> {
        Arc::clone(&self.0).settle(held, done)
    }

    pub(crate) fn dropped(&self, held: Held) {
        self.0.dropped(held);
    }
}

impl fmt::Debug for AnyGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayGuard")
    }
}

/// An erased [`Sink`], for adapters.
#[derive(Clone)]
pub struct AnySink(AnySinkInner);

erased!(
    /// The erasure itself.
    AnySinkInner, DynSink, Sink,
    store(Delivery) -> Result<Stored, Unavailable>
);

impl AnySink {
    /// Erases the sink.
    pub fn new(sink: impl Sink) -> Self {
        Self(AnySinkInner::new(sink))
    }

    /// Stores a delivery, and says what to answer: 200 once it is safe, 503 otherwise.
    ///
    /// # Errors
    ///
    /// When the delivery is not safe.
    pub async fn take(&self, delivery: Delivery) -> Result<Reply, Refusal> {
        let endpoint = delivery.endpoint().clone();
        match self.0.store(delivery).await {
            Ok(Stored::New | Stored::Duplicate) => Ok(endpoint.acknowledgement()),
            Err(cause) => {
                let rejection = endpoint.reject(RejectionKind::SinkUnavailable).because(cause);
                Err(endpoint.refuse(rejection))
            }
        }
    }
}

impl fmt::Debug for AnySink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnySink")
    }
}
