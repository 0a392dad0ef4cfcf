//! The time as the gate sees it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
///
/// The core never reads a clock: the time is a parameter, and the adapters hold the clock. Before
/// 1970 the number is negative, so that a clock set wrong makes timestamps fail instead of
/// switching the check off.
///
/// ```
/// use std::time::SystemTime;
/// use hookgate::UnixTime;
///
/// let now = UnixTime::from(SystemTime::now());
/// assert!(now > UnixTime::from_secs(1_600_000_000));
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The time `seconds` after (or, negative, before) the epoch.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Whole seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0
    }
}

impl From<SystemTime> for UnixTime {
    /// Rounds towards the past, and saturates.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                let part = i64::from(before.subsec_nanos() > 0);
                whole.saturating_add(part).saturating_neg()
            }
        };
        Self(seconds)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_negative_and_never_zero() {
        for (before, want) in [
            (Duration::from_secs(5), -5),
            (Duration::from_millis(1), -1),
            (Duration::from_millis(1_500), -2),
        ] {
            assert_eq!(UnixTime::from(UNIX_EPOCH - before).as_secs(), want);
        }
        let later = UNIX_EPOCH + Duration::from_millis(1_999);
        assert_eq!(UnixTime::from(later), UnixTime::from_secs(1));
    }
}
