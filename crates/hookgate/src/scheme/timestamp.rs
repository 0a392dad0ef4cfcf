//! Timestamps: read strictly, held against the clock in both directions.

use crate::rejection::RejectionKind;
use crate::scheme::TimeUnit;
use crate::time::UnixTime;

/// Reads a number as its sender writes it: ASCII digits without sign, point, space or leading
/// zero. Another spelling of the same number is another signed text, and no sender's.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    if text.len() > 19 || (text.len() > 1 && text.starts_with(b"0")) {
        return None;
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Holds a timestamp against the clock. Exactly at the tolerance is inside.
pub(crate) fn check(
    sent: i64,
    unit: TimeUnit,
    now: UnixTime,
    tolerance: u32,
) -> Result<(), RejectionKind> {
    // The clock is read in seconds, so milliseconds are held against it as the second they are in.
    let sent = match unit {
        TimeUnit::Seconds => sent,
        TimeUnit::Milliseconds => sent.div_euclid(1_000),
    };
    let (now, tolerance) = (now.as_secs(), i64::from(tolerance));
    if sent < now.saturating_sub(tolerance) {
        Err(RejectionKind::StaleTimestamp)
    } else if sent > now.saturating_add(tolerance) {
        Err(RejectionKind::FutureTimestamp)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_numbers_are_read() {
        for (text, want) in [
            ("0", Some(0)),
            ("1700000000", Some(1_700_000_000)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", None),
            ("99999999999999999999", None),
            ("+1", None),
            ("-1", None),
            ("1.5", None),
            ("0123", None),
            ("00", None),
            ("1e9", None),
            ("123abc", None),
            (" 1", None),
            ("1 ", None),
            ("", None),
            ("NaN", None),
            ("١٢٣", None),
            ("１２３", None),
        ] {
            assert_eq!(parse(text.as_bytes()), want, "{text:?}");
        }
        assert_eq!(parse(b"\xff"), None);
    }

    #[test]
    fn the_edge_of_the_tolerance_is_inside_and_the_next_second_is_not() {
        use RejectionKind::{FutureTimestamp, StaleTimestamp};
        let now = UnixTime::from_secs(1_700_000_000);
        for (offset, want) in [
            (-301, Err(StaleTimestamp)),
            (-300, Ok(())),
            (0, Ok(())),
            (300, Ok(())),
            (301, Err(FutureTimestamp)),
        ] {
            let sent = 1_700_000_000 + offset;
            assert_eq!(check(sent, TimeUnit::Seconds, now, 300), want, "{offset}");
            assert_eq!(check(sent * 1_000, TimeUnit::Milliseconds, now, 300), want, "{offset}");
        }
        assert_eq!(check(now.as_secs(), TimeUnit::Seconds, now, 0), Ok(()));
        assert!(check(now.as_secs() + 1, TimeUnit::Seconds, now, 0).is_err());
        let last_of_the_second = now.as_secs() * 1_000 + 999;
        assert_eq!(check(last_of_the_second, TimeUnit::Milliseconds, now, 0), Ok(()));
        assert!(check(last_of_the_second + 1, TimeUnit::Milliseconds, now, 0).is_err());
    }

    proptest! {
        #[test]
        fn no_clock_and_no_timestamp_overflows(
            sent in any::<i64>(), now in any::<i64>(), tolerance in any::<u32>(),
        ) {
            let now = UnixTime::from_secs(now);
            let inside = (i128::from(sent) - i128::from(now.as_secs())).unsigned_abs()
                <= u128::from(tolerance);
            prop_assert_eq!(check(sent, TimeUnit::Seconds, now, tolerance).is_ok(), inside);
            let _ = check(sent, TimeUnit::Milliseconds, now, tolerance);
        }

        #[test]
        fn every_number_is_read_in_its_one_spelling(number in 0..=i64::MAX, junk in any::<u8>()) {
            let text = number.to_string();
            prop_assert_eq!(parse(text.as_bytes()), Some(number));
            for odd in [format!("0{text}"), format!("+{text}"), format!("-{text}")] {
                prop_assert_eq!(parse(odd.as_bytes()), None, "{}", odd);
            }
            if !junk.is_ascii_digit() {
                for at in [0, text.len() / 2, text.len()] {
                    let mut odd = text.clone().into_bytes();
                    odd.insert(at, junk);
                    prop_assert_eq!(parse(&odd), None, "{}", odd.escape_ascii());
                }
            }
        }

        #[test]
        fn what_is_read_prints_as_it_was_received(text in "[0-9+. -]{0,21}") {
            if let Some(number) = parse(text.as_bytes()) {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
