//! Timestamps: read strictly, held against the clock in both directions.

use crate::rejection::RejectionKind;
use crate::scheme::TimeUnit;
use crate::time::UnixTime;

/// Reads a timestamp as its sender writes it. Another spelling of the same time is another signed
/// text, and no sender's.
///
/// Seconds since 1970, or milliseconds for [`TimeUnit::Milliseconds`] and the longer form of
/// [`TimeUnit::SecondsOrMilliseconds`].
pub(crate) fn parse(text: &[u8], unit: TimeUnit) -> Option<Time> {
    Some(match unit {
        TimeUnit::Seconds => Time::Seconds(number(text)?),
        TimeUnit::Milliseconds => Time::Milliseconds(number(text)?),
        // Seconds have eleven digits from the year 5138 on, milliseconds had them until 1973.
        TimeUnit::SecondsOrMilliseconds if text.len() <= 11 => Time::Seconds(number(text)?),
        TimeUnit::SecondsOrMilliseconds => Time::Milliseconds(number(text)?),
        TimeUnit::Rfc3339 => Time::Seconds(rfc3339(text, false)?),
        TimeUnit::Rfc3339OrUtc => Time::Seconds(rfc3339(text, true)?),
        TimeUnit::HttpDate => Time::Seconds(http_date(text)?),
    })
}

/// A time of sending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Time {
    Seconds(i64),
    Milliseconds(i64),
}

/// ASCII digits without sign, point, space or leading zero.
fn number(text: &[u8]) -> Option<i64> {
    if text.len() > 19 || (text.len() > 1 && text.starts_with(b"0")) {
        return None;
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// RFC 3339, section 5.6, with upper-case letters: `2023-11-14T22:13:20.123456789Z`. Fractions are
/// cut off. A second of 60, which few clocks know, counts as the next one.
fn rfc3339(text: &[u8], may_lack_zone: bool) -> Option<i64> {
    let (date, rest) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] =
        date
    else {
        return None;
    };
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    let two = |high: &u8, low: &u8| digits(&[*high, *low]);
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let end = fraction.iter().position(|byte| !byte.is_ascii_digit());
            let (fraction, zone) = fraction.split_at_checked(end.unwrap_or(fraction.len()))?;
            if !(1..=9).contains(&fraction.len()) {
                return None;
            }
            zone
        }
        None => rest,
    };
    let offset = match zone {
        b"Z" => 0,
        b"" if may_lack_zone => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60));
            if *sign == b'-' { seconds.saturating_neg() } else { seconds }
        }
        _ => return None,
    };
    let days = days_since_1970(year, month, day);
    let of_day = hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60));
    Some(
        days.saturating_mul(86_400)
            .saturating_add(of_day)
            .saturating_add(second)
            .saturating_sub(offset),
    )
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number.saturating_mul(10).saturating_add(i64::from(byte.saturating_sub(b'0'))))
    })
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar, for years from 0 to 9999.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // March begins the year, so that the odd day of February is its last.
    let (year, month) = if month <= 2 {
        (year.saturating_sub(1), month.saturating_add(9))
    } else {
        (year, month.saturating_sub(3))
    };
    let of_year = month.saturating_mul(153).saturating_add(2) / 5;
    let leap_days = year
        .div_euclid(4)
        .saturating_sub(year.div_euclid(100))
        .saturating_add(year.div_euclid(400));
    year.saturating_mul(365)
        .saturating_add(leap_days)
        .saturating_add(of_year)
        .saturating_add(day)
        // From the first of March of the year 0 to the first of January 1970.
        .saturating_sub(719_469)
}

fn http_date(text: &[u8]) -> Option<i64> {
    // The two obsolete forms have other lengths.
    if text.len() != 29 {
        return None;
    }
    let time = httpdate::parse_http_date(std::str::from_utf8(text).ok()?).ok()?;
    if httpdate::fmt_http_date(time).as_bytes() != text {
        return None;
    }
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// Holds a timestamp against the clock. Exactly at the tolerance is inside.
pub(crate) fn check(sent: Time, now: UnixTime, tolerance: u32) -> Result<(), RejectionKind> {
    // The clock is read in seconds, so milliseconds are held against it as the second they are in.
    let sent = match sent {
        Time::Seconds(seconds) => seconds,
        Time::Milliseconds(milliseconds) => milliseconds.div_euclid(1_000),
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

/// A time as the sender writes it.
#[cfg(feature = "sign")]
pub(crate) fn write(at: UnixTime, unit: TimeUnit) -> String {
    // Dates go from the year 1970 to 9999.
    let seconds = at.as_secs();
    let of_date = seconds.clamp(0, 253_402_300_799);
    match unit {
        TimeUnit::Seconds | TimeUnit::SecondsOrMilliseconds => seconds.to_string(),
        TimeUnit::Milliseconds => seconds.saturating_mul(1_000).to_string(),
        TimeUnit::HttpDate => {
            let since = std::time::Duration::from_secs(of_date.unsigned_abs());
            std::time::UNIX_EPOCH
                .checked_add(since)
                .map(httpdate::fmt_http_date)
                .unwrap_or_default()
        }
        TimeUnit::Rfc3339 | TimeUnit::Rfc3339OrUtc => {
            let (day, of_day) = (of_date / 86_400, of_date % 86_400);
            let (year, month, of_month) = date_of(day);
            let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
            format!("{year:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}:{second:02}Z")
        }
    }
}

/// The date of a day since 1970, within the years 0 to 9999.
#[cfg(feature = "sign")]
fn date_of(day: i64) -> (i64, i64, i64) {
    let mut year = day.div_euclid(366).saturating_add(1970).clamp(0, 9_999);
    while year < 9_999 && days_since_1970(year.saturating_add(1), 1, 1) <= day {
        year = year.saturating_add(1);
    }
    let mut rest = day.saturating_sub(days_since_1970(year, 1, 1)).clamp(0, 365);
    let mut month = 1;
    while rest >= days_of(year, month) && month < 12 {
        rest = rest.saturating_sub(days_of(year, month));
        month = month.saturating_add(1);
    }
    (year, month, rest.saturating_add(1))
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
            assert_eq!(number(text.as_bytes()), want, "{text:?}");
        }
        assert_eq!(number(b"\xff"), None);
    }

    #[test]
    fn dates_are_read_strictly() {
        let seconds = |text: &str, unit| match parse(text.as_bytes(), unit) {
            Some(Time::Seconds(seconds)) => Some(seconds),
            _ => None,
        };
        for (text, want) in [
            ("2023-11-14T22:13:20Z", Some(1_700_000_000)),
            ("2023-11-14T22:13:20.123456789Z", Some(1_700_000_000)),
            ("2023-11-15T00:13:20+02:00", Some(1_700_000_000)),
            ("2023-11-14T21:43:20.5-00:30", Some(1_700_000_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("2000-02-29T00:00:00Z", Some(951_782_400)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800)),
            ("0000-01-01T00:00:00Z", Some(-62_167_219_200)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("2023-11-14T22:13:20", None),
            ("2023-11-14t22:13:20z", None),
            ("2023-11-14 22:13:20Z", None),
            ("2023-11-14T22:13Z", None),
            ("2023-11-14T22:13:20.Z", None),
            ("2023-11-14T22:13:20.1234567890Z", None),
            ("2023-11-14T22:13:20+0200", None),
            ("2023-11-14T22:13:20+24:00", None),
            ("2023-02-29T00:00:00Z", None),
            ("1900-02-29T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-00-01T00:00:00Z", None),
            ("2023-01-00T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("12023-01-01T00:00:00Z", None),
            ("+023-01-01T00:00:00Z", None),
            ("2023-11-14T22:13:20Zx", None),
            ("2023-11-14T22:13:2\u{661}Z", None),
        ] {
            assert_eq!(seconds(text, TimeUnit::Rfc3339), want, "{text}");
        }
        let zoneless = seconds("2023-11-14T22:13:20.5", TimeUnit::Rfc3339OrUtc);
        assert_eq!(zoneless, Some(1_700_000_000));
        for (text, want) in [
            ("Tue, 14 Nov 2023 22:13:20 GMT", Some(1_700_000_000)),
            ("Tuesday, 14-Nov-23 22:13:20 GMT", None),
            ("Tue Nov 14 22:13:20 2023", None),
            ("Mon, 14 Nov 2023 22:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:13:20 UTC", None),
            ("tue, 14 nov 2023 22:13:20 gmt", None),
        ] {
            assert_eq!(seconds(text, TimeUnit::HttpDate), want, "{text}");
        }
        let either = TimeUnit::SecondsOrMilliseconds;
        assert_eq!(parse(b"1700000000", either), Some(Time::Seconds(1_700_000_000)));
        assert_eq!(parse(b"1700000000000", either), Some(Time::Milliseconds(1_700_000_000_000)));
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
            assert_eq!(check(Time::Seconds(sent), now, 300), want, "{offset}");
            assert_eq!(check(Time::Milliseconds(sent * 1_000), now, 300), want, "{offset}");
        }
        assert_eq!(check(Time::Seconds(now.as_secs()), now, 0), Ok(()));
        assert!(check(Time::Seconds(now.as_secs() + 1), now, 0).is_err());
        let last_of_the_second = now.as_secs() * 1_000 + 999;
        assert_eq!(check(Time::Milliseconds(last_of_the_second), now, 0), Ok(()));
        assert!(check(Time::Milliseconds(last_of_the_second + 1), now, 0).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9TZ:.+-]{0,32}|\\PC{0,32}") {
            for unit in [TimeUnit::Seconds, TimeUnit::Rfc3339OrUtc, TimeUnit::HttpDate] {
                let _ = parse(text.as_bytes(), unit);
            }
        }

        #[cfg(feature = "sign")]
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..253_402_300_800) {
            for unit in [TimeUnit::Seconds, TimeUnit::Rfc3339, TimeUnit::HttpDate] {
                let text = write(UnixTime::from_secs(seconds), unit);
                prop_assert_eq!(parse(text.as_bytes(), unit), Some(Time::Seconds(seconds)), "{}", text);
            }
        }

        #[test]
        fn no_clock_and_no_timestamp_overflows(
            sent in any::<i64>(), now in any::<i64>(), tolerance in any::<u32>(),
        ) {
            let now = UnixTime::from_secs(now);
            let inside = (i128::from(sent) - i128::from(now.as_secs())).unsigned_abs()
                <= u128::from(tolerance);
            prop_assert_eq!(check(Time::Seconds(sent), now, tolerance).is_ok(), inside);
            let _ = check(Time::Milliseconds(sent), now, tolerance);
        }

        #[test]
        fn every_number_is_read_in_its_one_spelling(number in 0..=i64::MAX, junk in any::<u8>()) {
            let text = number.to_string();
            prop_assert_eq!(super::number(text.as_bytes()), Some(number));
            for odd in [format!("0{text}"), format!("+{text}"), format!("-{text}")] {
                prop_assert_eq!(super::number(odd.as_bytes()), None, "{}", odd);
            }
            if !junk.is_ascii_digit() {
                for at in [0, text.len() / 2, text.len()] {
                    let mut odd = text.clone().into_bytes();
                    odd.insert(at, junk);
                    prop_assert_eq!(super::number(&odd), None, "{}", odd.escape_ascii());
                }
            }
        }

        #[test]
        fn what_is_read_prints_as_it_was_received(text in "[0-9+. -]{0,21}") {
            if let Some(number) = number(text.as_bytes()) {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
