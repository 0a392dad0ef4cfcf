//! A cache of keys that requests name.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookgate::ports::{Key, KeyQuery, KeySource, Unavailable};

use crate::cache::{Cache, Query};
use crate::policy::{Clock, LONGEST, Policy};

impl Query for KeyQuery {
    fn name(&self) -> &str {
        &self.key_id
    }
}

/// A [`KeySource`] that remembers what another one said. The [crate's page](crate) has the rules.
///
/// ```
/// use std::time::Duration;
///
/// use hookgate::ports::{Key, KeyQuery, Unavailable};
/// use hookgate_cache::CachedKeys;
///
/// async fn fetch(query: KeyQuery) -> Result<Option<Key>, Unavailable> {
///     // Fetches the provider's page of keys. A status other than 200 is `Unavailable`; a page
///     // without the id is `Ok(None)`.
///     Ok((&*query.key_id == "2026-11").then(|| Key::secret("a key")))
/// }
///
/// let keys = CachedKeys::new(fetch).stale_for(Duration::from_secs(6 * 60 * 60));
/// // .key_source(keys.clone()), and where a key is known to be lost:
/// keys.invalidate("2026-11");
/// ```
///
/// Clones share what they remember. Set it up before it is cloned; what is set makes a new cache.
///
/// # Keys that nobody knows
///
/// The id of a key is the sender's word, and a look-up is often a page to be fetched. So an id
/// that was not found stays unknown for [`unknown_for`](Self::unknown_for), and look-ups of ids
/// that are not in the cache are bounded by [`unknown_rate`](Self::unknown_rate), whatever the
/// number of ids that senders make up. Beyond it such an id is answered 503, since nobody knows
/// whether there is such a key. Ids in the cache are not touched by it. While somebody makes up
/// ids at a high rate, a key that is really new can be kept out: its deliveries are answered 503
/// and come again.
pub struct CachedKeys<K> {
    source: Arc<K>,
    cache: Arc<Cache<KeyQuery, Key>>,
}

impl<K: KeySource> CachedKeys<K> {
    /// A cache in front of `source`.
    pub fn new(source: K) -> Self {
        let policy = Policy {
            capacity: 1_000,
            fresh_for: Duration::from_secs(5 * 60),
            stale_for: Duration::from_secs(60 * 60),
            unknown_for: Duration::from_secs(10),
            unknown_rate: Some((10, Duration::from_secs(1))),
        };
        Self { source: Arc::new(source), cache: Arc::new(Cache::new(policy, Clock::system())) }
    }

    /// How many keys are remembered. Default 1,000. Beyond, those that are seldom asked for are
    /// looked up again.
    #[must_use]
    pub fn capacity(self, keys: u64) -> Self {
        self.with(|policy| policy.capacity = keys)
    }

    /// How long a key is used without asking again, counted from when the source was asked.
    /// Default 5 min, at most a year; 0 looks up each time, once for all who ask at that time.
    #[must_use]
    pub fn fresh_for(self, time: Duration) -> Self {
        self.with(|policy| policy.fresh_for = time.min(LONGEST))
    }

    /// How long past `fresh_for` a key goes on where the source fails. Default 1 h, at most a
    /// year. Right for public keys, whose page may be away for a while; **set it to 0 for shared
    /// secrets**, which have to stop when they are revoked. Meanwhile the source is asked every
    /// 5 s.
    #[must_use]
    pub fn stale_for(self, time: Duration) -> Self {
        self.with(|policy| policy.stale_for = time.min(LONGEST))
    }

    /// How long an id that the source does not know stays unknown. Default 10 s, at most a year;
    /// 0 looks up each time that the [rate](Self::unknown_rate) allows. 10,000 unknown ids are
    /// remembered, apart from the known ones.
    #[must_use]
    pub fn unknown_for(self, time: Duration) -> Self {
        self.with(|policy| policy.unknown_for = time.min(LONGEST))
    }

    /// How many look-ups of ids that were not found before may be under way or find nothing:
    /// `burst` at once (at least 1), and one more each `interval`. Default 10, and one each
    /// second. One that finds its key costs nothing, so this bounds how many keys can be looked
    /// up for the first time at the same moment, and no more of the honest traffic.
    #[must_use]
    pub fn unknown_rate(self, burst: u32, interval: Duration) -> Self {
        self.with(|policy| policy.unknown_rate = Some((burst, interval)))
    }

    /// A clock instead of the system's monotonic one, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { cache: Arc::new(self.cache.with_clock(clock)), ..self }
    }

    /// Forgets the keys of this id, whichever provider's: a request that comes after this is held against what the
    /// source then says. For revocation at once.
    pub fn invalidate(&self, key_id: &str) {
        self.cache.invalidate_where(|query| &*query.key_id == key_id);
    }

    /// Forgets everything.
    pub fn invalidate_all(&self) {
        self.cache.invalidate_all();
    }

    fn with(self, change: impl FnOnce(&mut Policy)) -> Self {
        Self { cache: Arc::new(self.cache.changed(change)), ..self }
    }
}

impl<K: KeySource> KeySource for CachedKeys<K> {
    async fn key(&self, query: KeyQuery) -> Result<Option<Key>, Unavailable> {
        let source = Arc::clone(&self.source);
        self.cache.get(query, |query| async move { source.key(query).await }).await
    }
}

impl<K> Clone for CachedKeys<K> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), cache: Arc::clone(&self.cache) }
    }
}

impl<K> fmt::Debug for CachedKeys<K> {
    /// Shows what was set, and nothing that is remembered.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedKeys").field("policy", &self.cache.policy).finish_non_exhaustive()
    }
}
