//! A cache of tenants' secrets.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookgate::Secrets;
use hookgate::ports::{SecretQuery, SecretSource, Unavailable};

use crate::cache::{Cache, Query};
use crate::policy::{Clock, LONGEST, Policy};

impl Query for SecretQuery {
    fn name(&self) -> &str {
        &self.tenant
    }
}

/// A [`SecretSource`] that remembers what another one said. The [crate's page](crate) has the
/// rules and an example.
///
/// Clones share what they remember: give one to the endpoint, and keep one to
/// [`invalidate`](Self::invalidate). Set it up before it is cloned; what is set makes a new cache.
///
/// Secrets wipe themselves when they are dropped, also the cache's. Those that were invalidated
/// are dropped at once where nobody uses them, and those that grew too old when the cache is next
/// used.
pub struct CachedSecrets<S> {
    source: Arc<S>,
    cache: Arc<Cache<SecretQuery, Secrets>>,
}

impl<S: SecretSource> CachedSecrets<S> {
    /// A cache in front of `source`.
    pub fn new(source: S) -> Self {
        let policy = Policy {
            capacity: 10_000,
            fresh_for: Duration::from_secs(30),
            stale_for: Duration::ZERO,
            unknown_for: Duration::from_secs(10),
            unknown_rate: None,
        };
        Self { source: Arc::new(source), cache: Arc::new(Cache::new(policy, Clock::system())) }
    }

    /// How many tenants are remembered. Default 10,000. Beyond, those that are seldom asked for
    /// are looked up again.
    #[must_use]
    pub fn capacity(self, tenants: u64) -> Self {
        self.with(|policy| policy.capacity = tenants)
    }

    /// How long secrets are used without asking again, counted from when the source was asked.
    /// Default 30 s, at most a year; 0 looks up each time, once for all who ask at that time. A
    /// secret that was revoked is accepted for so long, unless it is
    /// [invalidated](Self::invalidate).
    #[must_use]
    pub fn fresh_for(self, time: Duration) -> Self {
        self.with(|policy| policy.fresh_for = time.min(LONGEST))
    }

    /// How long past `fresh_for` secrets go on where the source fails. Default 0, at most a year:
    /// **a secret that was revoked is accepted for so long**, if nobody can be asked about it.
    /// Meanwhile the source is asked every 5 s.
    #[must_use]
    pub fn stale_for(self, time: Duration) -> Self {
        self.with(|policy| policy.stale_for = time.min(LONGEST))
    }

    /// How long a tenant that the source does not know stays unknown. Default 10 s, at most a
    /// year; 0 looks up each time. [Invalidate](Self::invalidate) the tenant that you just added,
    /// or whose secret you just [stored](hookgate::ports::SecretStore): its first deliveries else
    /// may be refused for so long. 10,000 unknown tenants are
    /// remembered, apart from the known ones.
    #[must_use]
    pub fn unknown_for(self, time: Duration) -> Self {
        self.with(|policy| policy.unknown_for = time.min(LONGEST))
    }

    /// A clock instead of the system's monotonic one, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { cache: Arc::new(self.cache.with_clock(clock)), ..self }
    }

    /// Forgets what is known of a tenant: a request that comes after this is held against what the
    /// source then says. For revocation at once, and for a tenant that was just added.
    pub fn invalidate(&self, tenant: &str) {
        self.cache.invalidate(&SecretQuery::new(tenant));
    }

    /// Forgets everything.
    pub fn invalidate_all(&self) {
        self.cache.invalidate_all();
    }

    fn with(self, change: impl FnOnce(&mut Policy)) -> Self {
        Self { cache: Arc::new(self.cache.changed(change)), ..self }
    }
}

impl<S: SecretSource> SecretSource for CachedSecrets<S> {
    async fn secrets(&self, query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
        let source = Arc::clone(&self.source);
        self.cache.get(query, |query| async move { source.secrets(query).await }).await
    }
}

impl<S> Clone for CachedSecrets<S> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), cache: Arc::clone(&self.cache) }
    }
}

impl<S> fmt::Debug for CachedSecrets<S> {
    /// Shows what was set, and nothing that is remembered.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSecrets").field("policy", &self.cache.policy).finish_non_exhaustive()
    }
}
