//! How often names that nobody knows may be looked up.

use std::time::{Duration, Instant};

/// Permits for look-ups that may find nothing: so many at once, and one more each interval.
///
/// A look-up takes one before it begins, so that what is under way counts too, and gives it back
/// if it found something.
#[derive(Debug)]
pub(crate) struct Rate {
    burst: u32,
    interval: Duration,
    left: u32,
    /// When the last permit came, while some are missing.
    since: Option<Instant>,
}

impl Rate {
    pub(crate) fn new(burst: u32, interval: Duration) -> Self {
        let burst = burst.max(1);
        Self { burst, interval, left: burst, since: None }
    }

    /// Whether there was a permit.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.since.get_or_insert(now);
        true
    }

    pub(crate) fn give_back(&mut self) {
        self.left = self.left.saturating_add(1).min(self.burst);
    }

    fn refill(&mut self, now: Instant) {
        let Some(since) = self.since else { return };
        let passed = now.saturating_duration_since(since);
        let missing = self.burst.saturating_sub(self.left);
        let Some(intervals) = passed.as_nanos().checked_div(self.interval.as_nanos()) else {
            // No interval: always a permit.
            self.left = self.burst;
            return;
        };
        match u32::try_from(intervals) {
            Ok(come) if come < missing => {
                self.left = self.left.saturating_add(come);
                // What is left of the interval counts for the next permit.
                self.since = self
                    .interval
                    .checked_mul(come)
                    .and_then(|whole| since.checked_add(whole))
                    .or(Some(now));
            }
            _ => {
                self.left = self.burst;
                self.since = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn permits_come_one_each_interval() {
        let start = Instant::now();
        let mut rate = Rate::new(2, SECOND);
        assert!(rate.take(start) && rate.take(start) && !rate.take(start));
        assert!(!rate.take(start + SECOND / 2));
        // The half second that was there already counts.
        assert!(rate.take(start + SECOND) && !rate.take(start + SECOND));
        assert!(rate.take(start + SECOND * 2) && !rate.take(start + SECOND * 2));
        let later = start + SECOND * 100;
        assert!(rate.take(later) && rate.take(later) && !rate.take(later));
    }

    #[test]
    fn what_found_something_costs_nothing() {
        let start = Instant::now();
        let mut rate = Rate::new(1, SECOND);
        for _ in 0..10 {
            assert!(rate.take(start) && !rate.take(start));
            rate.give_back();
        }
        rate.give_back();
        assert!(rate.take(start) && !rate.take(start), "never more than the burst");
    }

    proptest! {
        /// However they are spread, look-ups that find nothing are no more than the burst and one
        /// each interval.
        #[test]
        fn no_more_than_burst_and_one_each_interval(
            burst in 1..5_u32,
            interval in 1..2_000_u64,
            pauses in prop::collection::vec(0..500_u64, 0..200),
        ) {
            let start = Instant::now();
            let mut rate = Rate::new(burst, Duration::from_millis(interval));
            let (mut passed, mut taken) = (0, 0);
            for pause in pauses {
                passed += pause;
                taken += u64::from(rate.take(start + Duration::from_millis(passed)));
                prop_assert!(taken <= u64::from(burst) + passed / interval);
            }
        }
    }
}
