//! A guard that forgets too early says so: in the log, now and then, and in a counter, each time.

use hookgate::ports::{ClaimQuery, ReplayGuard};
use hookgate_replay::MemoryGuard;

use crate::support::log;

/// Claims so many deliveries that the guard forgets a hundred.
fn overfill(capacity: u16) {
    let guard = MemoryGuard::new(capacity.into());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for number in 0..capacity + 100 {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        runtime.block_on(guard.claim(ClaimQuery::new(digest.into(), None))).unwrap();
    }
    assert_eq!(guard.evicted(), 100);
}

#[test]
fn the_log_is_not_filled_by_a_guard_that_is_full() {
    log();
    overfill(1_999);
    let log = log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("capacity=1999")).collect();
    // 1, 2, 4, .., 64.
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("WARN")), "{lines:?}");
}

#[cfg(feature = "metrics")]
mod counted {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    use super::*;

    /// Adds up the one counter that there is.
    #[derive(Default)]
    struct Evictions(Arc<Sum>);

    #[derive(Default)]
    struct Sum(AtomicU64);

    impl CounterFn for Sum {
        fn increment(&self, value: u64) {
            self.0.fetch_add(value, Ordering::Relaxed);
        }

        fn absolute(&self, _: u64) {}
    }

    impl Recorder for Evictions {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            assert_eq!(key.name(), "hookgate_replay_evictions_total");
            Counter::from_arc(Arc::clone(&self.0))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn each_is_counted() {
        let recorder = Evictions::default();
        metrics::with_local_recorder(&recorder, || overfill(1_024));
        assert_eq!(recorder.0.0.load(Ordering::Relaxed), 100);
    }
}
