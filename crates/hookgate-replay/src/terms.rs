//! How long a guard remembers.

use std::time::Duration;

/// The shortest lease, and the shortest time for which anything is kept.
const LEAST: Duration = Duration::from_secs(1);
/// Longer, and a crash would swallow every retry of most providers.
const LONGEST_LEASE: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any provider sends again, and short enough that sums of it cannot overflow.
const LONGEST_KEEP: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What a guard's user sets, within bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How long a claim holds that nobody settles.
    pub(crate) lease: Duration,
    /// How long a delivery is remembered that can be replayed for ever.
    keep: Duration,
}

impl Terms {
    pub(crate) fn lease(self, lease: Duration) -> Self {
        Self { lease: lease.clamp(LEAST, LONGEST_LEASE), ..self }
    }

    pub(crate) fn keep(self, keep: Duration) -> Self {
        Self { keep: keep.clamp(LEAST, LONGEST_KEEP), ..self }
    }

    /// How long a delivery is remembered once it is done.
    pub(crate) fn keep_for(self, replayable: Option<Duration>) -> Duration {
        replayable.unwrap_or(self.keep).clamp(LEAST, LONGEST_KEEP)
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self { lease: Duration::from_secs(60), keep: Duration::from_secs(24 * 60 * 60) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_no_time_or_for_ever() {
        let terms = Terms::default().lease(Duration::ZERO).keep(Duration::ZERO);
        assert_eq!((terms.lease, terms.keep_for(None)), (LEAST, LEAST));
        assert_eq!(terms.keep_for(Some(Duration::ZERO)), LEAST);
        let terms = Terms::default().lease(Duration::MAX).keep(Duration::MAX);
        assert_eq!((terms.lease, terms.keep_for(None)), (LONGEST_LEASE, LONGEST_KEEP));
        assert_eq!(terms.keep_for(Some(Duration::MAX)), LONGEST_KEEP);
    }

    #[test]
    fn what_the_check_says_goes_before_what_the_user_says() {
        let terms = Terms::default().keep(Duration::from_secs(5));
        assert_eq!(terms.keep_for(Some(Duration::from_secs(601))), Duration::from_secs(601));
        assert_eq!(terms.keep_for(None), Duration::from_secs(5));
    }
}
