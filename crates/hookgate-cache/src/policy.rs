//! What a cache's user sets.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock that can be set by a test.
#[derive(Clone)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> Instant + Send + Sync>>);

impl Clock {
    pub(crate) fn system() -> Self {
        Self(None)
    }

    pub(crate) fn new(clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(clock)))
    }

    pub(crate) fn is_system(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.as_ref().map_or_else(Instant::now, |clock| clock())
    }
}

/// How much is remembered, and how long.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) capacity: u64,
    pub(crate) fresh_for: Duration,
    pub(crate) stale_for: Duration,
    pub(crate) unknown_for: Duration,
    /// How many look-ups may find nothing: at once, and one more each interval.
    pub(crate) unknown_rate: Option<(u32, Duration)>,
}

/// How many names that nobody knows are remembered.
pub(crate) const UNKNOWN_CAPACITY: u64 = 10_000;

/// Longer names, in bytes, are looked up each time: they are the sender's word, and would fill the memory.
pub(crate) const LONGEST_NAME: usize = 1_024;

/// While what is stale goes on, a source that failed is asked again no sooner.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long the name of a key that was found is told from a made-up one, after it was last asked
/// for: a day.
pub(crate) const FOUND_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What is never used for longer, whatever the user says: a year.
pub(crate) const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
