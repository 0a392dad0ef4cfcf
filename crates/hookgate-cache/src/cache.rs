//! What both caches are: two tables, and the look-ups under way.

use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use hookgate::ports::Unavailable;
use moka::sync::Cache as Table;

use crate::error::{Fault, Panicked, TooManyUnknown};
use crate::flight::{Answer, Flights};
use crate::policy::{
    Clock, FOUND_FOR, LONGEST, LONGEST_NAME, Policy, RETRY_AFTER, UNKNOWN_CAPACITY,
};
use crate::rate::Rate;

/// A question: what is asked of a source.
pub(crate) trait Query: Clone + Eq + Hash + Send + Sync + 'static {
    /// The sender's word in it.
    fn name(&self) -> &str;
}

pub(crate) struct Cache<Q, V: Clone> {
    pub(crate) policy: Policy,
    clock: Clock,
    known: Table<Q, Known<V>>,
    /// Apart, so that made-up names push nobody out.
    unknown: Table<Q, Unknown>,
    flights: Flights<Q, V>,
    limit: Option<Limit<Q>>,
    /// What was remembered under an earlier one is forgotten. moka would tell by its own clock.
    generation: AtomicU64,
}

/// Bounds look-ups of names that were never found.
struct Limit<Q> {
    rate: Mutex<Rate>,
    /// Names that were found, whatever became of the answer since: those who make up names must
    /// not keep the source from being asked about these.
    found: Table<Q, ()>,
}

#[derive(Clone)]
struct Known<V> {
    value: V,
    /// When the source was asked: what it said is as old as that.
    asked: Instant,
    /// When it last failed to say whether that still holds.
    failed: Option<Instant>,
    generation: u64,
}

#[derive(Clone, Copy)]
struct Unknown {
    asked: Instant,
    generation: u64,
}

/// What the tables say.
enum Remembered<V> {
    Value(V),
    Unknown,
    /// Usable if the source fails.
    Stale(V),
    Nothing,
}

impl<Q, V> Cache<Q, V>
where
    Q: Query,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(policy: Policy, clock: Clock) -> Self {
        let known = Table::builder().max_capacity(policy.capacity);
        let unknown = Table::builder().max_capacity(UNKNOWN_CAPACITY);
        // moka's clock only tidies up, so that secrets do not lie about; ours decides. Under a
        // test's clock moka's would know nothing.
        let (known, unknown) = if clock.is_system() {
            let used = policy.fresh_for.saturating_add(policy.stale_for);
            (known.time_to_live(tidied(used)), unknown.time_to_live(tidied(policy.unknown_for)))
        } else {
            (known, unknown)
        };
        Self {
            known: known.build(),
            unknown: unknown.build(),
            flights: Flights::default(),
            limit: policy.unknown_rate.map(|(burst, interval)| Limit {
                rate: Mutex::new(Rate::new(burst, interval)),
                found: Table::builder()
                    .max_capacity(policy.capacity)
                    .time_to_idle(FOUND_FOR)
                    .build(),
            }),
            generation: AtomicU64::new(0),
            policy,
            clock,
        }
    }

    /// Another cache, with another policy.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = self.policy.clone();
        change(&mut policy);
        Self::new(policy, self.clock.clone())
    }

    /// Another cache, with another clock.
    pub(crate) fn with_clock(&self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self::new(self.policy.clone(), Clock::new(clock))
    }

    /// What is remembered, else what the source says.
    pub(crate) async fn get<L, F>(
        self: &Arc<Self>,
        query: Q,
        look_up: L,
    ) -> Result<Option<V>, Unavailable>
    where
        L: FnOnce(Q) -> F + Send + 'static,
        F: Future<Output = Result<Option<V>, Unavailable>> + Send + 'static,
    {
        if let Some(answer) = self.answer(&query) {
            return Ok(answer);
        }
        let limit = self.limit.as_ref().filter(|limit| !limit.found.contains_key(&query));
        let limited = limit.is_some();
        let flight = self.flights.join(
            &query,
            // Asked again, since the look-up that was under way may have ended meanwhile.
            || match self.answer(&query) {
                Some(answer) => Err(Ok(answer)),
                None if limit.is_none_or(|limit| limit.take(self.clock.now())) => Ok(()),
                None => Err(Err(Unavailable::new(TooManyUnknown))),
            },
            |place| {
                let (cache, query) = (Arc::clone(self), query.clone());
                async move {
                    let asked = cache.clock.now();
                    // Else it would panic in all who wait, each with a request of its own.
                    let said = AssertUnwindSafe(look_up(query)).catch_unwind().await;
                    let said = said.unwrap_or_else(|_| Err(Unavailable::new(Panicked)));
                    let answer = said.map_err(Fault::new);
                    if limited && matches!(answer, Ok(Some(_))) {
                        cache.limit.iter().for_each(Limit::give_back);
                    }
                    place.land(|query| cache.keep(query, &answer, asked));
                    answer
                }
            },
        );
        let flight = match flight {
            Ok(flight) => flight,
            Err(said) => return said,
        };
        match flight.await {
            Ok(answer) => Ok(answer),
            // Asked again, since it may have been revoked, or grown too old, meanwhile.
            Err(fault) => match self.remembered(&query) {
                Remembered::Value(value) | Remembered::Stale(value) => Ok(Some(value)),
                Remembered::Unknown | Remembered::Nothing => Err(Unavailable::new(fault)),
            },
        }
    }

    /// Forgets one answer. What is being looked up was asked too early, and is not kept.
    pub(crate) fn invalidate(&self, query: &Q) {
        self.flights.forget(
            |other| other == query,
            || {
                self.known.invalidate(query);
                self.unknown.invalidate(query);
            },
        );
        self.tidy();
    }

    /// Forgets each answer to a question such as this, going through all.
    pub(crate) fn invalidate_where(&self, which: impl Fn(&Q) -> bool) {
        self.flights.forget(&which, || {
            forget_in(&self.known, &which);
            forget_in(&self.unknown, &which);
        });
        self.tidy();
    }

    /// Forgets everything.
    pub(crate) fn invalidate_all(&self) {
        self.flights.forget(
            |_| true,
            || {
                self.generation.fetch_add(1, Ordering::SeqCst);
                self.known.invalidate_all();
                self.unknown.invalidate_all();
            },
        );
        self.tidy();
    }

    /// Frees what was forgotten, now rather than at some later use: it may be a secret.
    fn tidy(&self) {
        self.known.run_pending_tasks();
        self.unknown.run_pending_tasks();
    }

    /// What is remembered, where the source need not be asked.
    fn answer(&self, query: &Q) -> Option<Option<V>> {
        match self.remembered(query) {
            Remembered::Value(value) => Some(Some(value)),
            Remembered::Unknown => Some(None),
            Remembered::Stale(_) | Remembered::Nothing => None,
        }
    }

    fn remembered(&self, query: &Q) -> Remembered<V> {
        let now = self.clock.now();
        let generation = self.generation.load(Ordering::SeqCst);
        let Policy { fresh_for, stale_for, unknown_for, .. } = self.policy;
        if let Some(known) = self.known.get(query)
            && known.generation == generation
        {
            let age = now.saturating_duration_since(known.asked);
            if age < fresh_for {
                return Remembered::Value(known.value);
            }
            if age < fresh_for.saturating_add(stale_for) {
                let failed = known.failed.map(|failed| now.saturating_duration_since(failed));
                return match failed {
                    Some(ago) if ago < RETRY_AFTER => Remembered::Value(known.value),
                    _ => Remembered::Stale(known.value),
                };
            }
        }
        match self.unknown.get(query) {
            Some(unknown)
                if unknown.generation == generation
                    && now.saturating_duration_since(unknown.asked) < unknown_for =>
            {
                Remembered::Unknown
            }
            _ => Remembered::Nothing,
        }
    }

    /// Remembers what the source said. Only called while no other look-up of the question can
    /// begin, end or be forgotten.
    fn keep(&self, query: &Q, answer: &Answer<V>, asked: Instant) {
        if query.name().len() > LONGEST_NAME {
            return;
        }
        let generation = self.generation.load(Ordering::SeqCst);
        match answer {
            Ok(Some(value)) => {
                self.unknown.invalidate(query);
                if let Some(limit) = &self.limit {
                    limit.found.insert(query.clone(), ());
                }
                let known = Known { value: value.clone(), asked, failed: None, generation };
                self.known.insert(query.clone(), known);
            }
            Ok(None) => {
                self.known.invalidate(query);
                if let Some(limit) = &self.limit {
                    limit.found.invalidate(query);
                }
                self.unknown.insert(query.clone(), Unknown { asked, generation });
            }
            Err(fault) => {
                if let Remembered::Stale(_) = self.remembered(query)
                    && let Some(known) = self.known.get(query)
                {
                    tracing::warn!(
                        target: "hookgate",
                        cause = fault as &dyn std::error::Error,
                        "a look-up failed: what it said before goes on",
                    );
                    let failed = Some(self.clock.now());
                    self.known.insert(query.clone(), Known { failed, ..known });
                }
            }
        }
    }
}

impl<Q: Query> Limit<Q> {
    /// Whether one more look-up may find nothing.
    fn take(&self, now: Instant) -> bool {
        self.rate.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }

    /// It found something.
    fn give_back(&self) {
        self.rate.lock().unwrap_or_else(PoisonError::into_inner).give_back();
    }
}

/// Forgets the answers to such questions: found first, since moka may wait for its own iterator.
fn forget_in<Q, T>(table: &Table<Q, T>, which: impl Fn(&Q) -> bool)
where
    Q: Query,
    T: Clone + Send + Sync + 'static,
{
    let found: Vec<_> = table.iter().map(|(query, _)| query).filter(|query| which(query)).collect();
    for query in found {
        table.invalidate(&*query);
    }
}

/// moka keeps nothing for no time, and refuses to keep anything for a thousand years.
fn tidied(after: Duration) -> Duration {
    after.clamp(Duration::from_secs(1), LONGEST.saturating_mul(2))
}
