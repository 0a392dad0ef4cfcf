//! A guard for one process.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hookgate::DeliveryKey;
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use moka::Expiry;
use moka::notification::RemovalCause;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::terms::Terms;

/// A guard that remembered less would be none.
const LEAST_CAPACITY: u64 = 1_024;

/// A replay guard in the memory of one process: bounded, and gone with it.
///
/// Clones share what they remember, so one guard may stand before all endpoints of an application
/// (their names keep them apart). Behind a load balancer each process has its own: there, use
/// `RedisGuard`.
///
/// # Memory
///
/// At most the given number of deliveries is kept, give or take the few hundred that were not yet
/// tidied up, each a digest of 32 bytes with a date and what the table needs around it. When it is
/// full, the one that was not asked for the longest is forgotten. If that happens before its time
/// is over, a replay of it would be handled: it is [counted](Self::evicted), and logged as a
/// warning at the first, second, fourth, eighth and so on. Choose the capacity above the deliveries
/// that arrive while one is kept: 10 a second, kept for 24 h, are 864,000. Only authentic
/// deliveries take a place.
///
/// # Clock
///
/// Deadlines are held against a monotonic clock, so that the system's may be set. A test brings
/// its own with [`clock`](Self::clock):
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use std::time::{Duration, Instant};
///
/// use hookgate::ports::{Claim, ClaimQuery, ReplayGuard};
/// use hookgate_replay::MemoryGuard;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = Arc::new(Mutex::new(Instant::now()));
/// let clock = Arc::clone(&now);
/// let guard = MemoryGuard::new(10_000)
///     .lease(Duration::from_secs(60))
///     .clock(move || *clock.lock().unwrap());
///
/// let query = ClaimQuery::new([7; 32].into(), None);
/// assert!(matches!(guard.claim(query).await?, Claim::New(_)));
/// assert_eq!(guard.claim(query).await?, Claim::InFlight);
/// *now.lock().unwrap() += Duration::from_secs(60);
/// assert!(matches!(guard.claim(query).await?, Claim::New(_)));
/// # Ok::<(), hookgate::ports::Unavailable>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryGuard {
    entries: Cache<DeliveryKey, Entry>,
    capacity: u64,
    evicted: Arc<AtomicU64>,
    /// The token of the next claim.
    next: Arc<AtomicU64>,
    terms: Terms,
    clock: Option<Clock>,
}

type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

#[derive(Clone, Copy)]
struct Entry {
    state: State,
    since: Instant,
    /// When moka may tidy it up. The state's own end decides; this only frees the memory.
    tidy_after: Option<Duration>,
}

#[derive(Clone, Copy)]
enum State {
    /// Claimed for `lease`; once done, kept for `keep`.
    InFlight {
        token: u64,
        lease: Duration,
        keep: Duration,
    },
    Done {
        keep: Duration,
    },
}

impl Entry {
    fn is_live(&self, now: Instant) -> bool {
        let life = match self.state {
            State::InFlight { lease, .. } => lease,
            State::Done { keep } => keep,
        };
        // A clock that went backwards ends nothing.
        now.saturating_duration_since(self.since) < life
    }
}

impl MemoryGuard {
    /// A guard that remembers up to `capacity` deliveries. Less than 1,024 is raised to that.
    pub fn new(capacity: u64) -> Self {
        let capacity = capacity.max(LEAST_CAPACITY);
        let evicted = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&evicted);
        let entries = Cache::builder()
            .max_capacity(capacity)
            // moka's default would turn away the newest where older ones were asked for more
            // often. The newest is the one in flight, and the likeliest to come again.
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Tidy)
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    forgotten(&count, capacity);
                }
            })
            .build();
        Self {
            entries,
            capacity,
            evicted,
            next: Arc::new(AtomicU64::new(1)),
            terms: Terms::default(),
            clock: None,
        }
    }

    /// How long a claim holds that nobody settles. Default 60 s; less than 1 s or more than 24 h
    /// is set to that bound. See the [crate's page](crate) for how to choose it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.terms = self.terms.lease(lease);
        self
    }

    /// How long a delivery is remembered where no time is signed, so that a replay passes the
    /// check for ever. Default 24 h; less than 1 s or more than 366 days is set to that bound.
    /// Where a time is signed, the check says how long, and this says nothing.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.terms = self.terms.keep(keep);
        self
    }

    /// A clock instead of the system's monotonic one, for tests. Under it the capacity alone frees
    /// memory.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// How many deliveries were forgotten before their time because the guard was full. Each may
    /// be handled once more. Any but 0 says: raise the capacity.
    pub fn evicted(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.evicted.load(Ordering::Relaxed)
    }

    fn now(&self) -> Instant {
        self.clock.as_ref().map_or_else(Instant::now, |clock| clock())
    }

    fn entry(&self, state: State) -> Entry {
        let life = match state {
            // Past its lease it is still there to be settled, while nobody claims it anew.
            State::InFlight { lease, keep, .. } => lease.saturating_add(keep),
            State::Done { keep } => keep,
        };
        let tidy_after = self.clock.is_none().then_some(life);
        Entry { state, since: self.now(), tidy_after }
    }

    /// Ends a claim, where the claim is still the one that is held. Says whether it was.
    fn settle(&self, held: Held, done: bool) -> bool {
        let mut ours = false;
        self.entries.entry(held.key).and_compute_with(|known| {
            match known.map(|entry| entry.into_value().state) {
                Some(State::InFlight { token, keep, .. }) if token == held.token => {
                    ours = true;
                    if done { Op::Put(self.entry(State::Done { keep })) } else { Op::Remove }
                }
                _ => Op::Nop,
            }
        });
        ours
    }
}

impl ReplayGuard for MemoryGuard {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let mut claim = Claim::InFlight;
        // One claim of a key at a time: moka locks the key meanwhile.
        self.entries.entry(query.key).and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value);
            if let Some(known) = known.filter(|known| known.is_live(self.now())) {
                if let State::Done { .. } = known.state {
                    claim = Claim::Done;
                }
                return Op::Nop;
            }
            let token = self.next.fetch_add(1, Ordering::Relaxed);
            claim = Claim::New(token);
            let keep = self.terms.keep_for(query.keep_for);
            Op::Put(self.entry(State::InFlight { token, lease: self.terms.lease, keep }))
        });
        Ok(claim)
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        if !self.settle(held, true) {
            late(&held);
        }
        Ok(())
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        self.settle(held, false);
        Ok(())
    }

    /// Releases the claim at once.
    fn dropped(&self, held: Held) {
        self.settle(held, false);
    }
}

impl fmt::Debug for MemoryGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryGuard")
            .field("capacity", &self.capacity)
            .field("terms", &self.terms)
            .field("evicted", &self.evicted.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

/// A handler succeeded after its claim had ended, and another request has it, or had it.
pub(crate) fn late(held: &Held) {
    tracing::warn!(
        target: "hookgate",
        delivery = %held.key,
        "a handler took longer than the replay guard's lease, and its delivery was claimed again",
    );
}

/// A delivery was forgotten before its time.
fn forgotten(count: &AtomicU64, capacity: u64) {
    let evicted = count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    #[cfg(feature = "metrics")]
    metrics::counter!("hookgate_replay_evictions_total").increment(1);
    // A full guard forgets with every delivery: that is no reason to log with every delivery.
    if evicted.is_power_of_two() {
        tracing::warn!(
            target: "hookgate",
            evicted,
            capacity,
            "the replay guard is full: it forgot a delivery that may be replayed",
        );
    }
}

/// moka's own clock only tidies up, and only where time is the system's.
struct Tidy;

impl Expiry<DeliveryKey, Entry> for Tidy {
    fn expire_after_create(&self, _: &DeliveryKey, entry: &Entry, _: Instant) -> Option<Duration> {
        entry.tidy_after
    }

    fn expire_after_update(
        &self,
        _: &DeliveryKey,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        entry.tidy_after
    }
}
