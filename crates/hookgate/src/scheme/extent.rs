//! Whether a signed text can be cut into its values in one way only.
//!
//! A signature proves a text. Where the same text could be read as other values (a longer id, a
//! shorter body), it proves nothing about them: such templates are refused when the endpoint is
//! built, and values that would shift a cut when they arrive.

use crate::scheme::TimeUnit;
use crate::scheme::capture::Capture;
use crate::scheme::error::SchemeError;
use crate::scheme::template::{Segment, Template};

/// What is known of where a value ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Extent {
    /// A literal, or a value of known length or form.
    Closed,
    /// A decimal time: of known length where it is held against the clock.
    Number,
    /// A date: nothing that continues one is one.
    Date,
    /// A time whose length is not known: seconds or milliseconds, a date with or without a zone.
    Loose,
    /// Anything.
    Open(Name),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Name {
    Body,
    Id,
    Captured(usize),
    Made,
}

impl Name {
    const fn text(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Id => "id",
            Self::Captured(_) => "a value of the head",
            Self::Made => "a value of the body",
        }
    }
}

/// What the values of a template have to keep to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Cuts {
    /// Bytes that the id must not hold.
    pub(crate) id: Vec<u8>,
    /// Bytes that each captured value must not hold.
    pub(crate) captured: Vec<Vec<u8>>,
    /// A value of open length, a decimal time and the body stand side by side: only a text in
    /// which one time alone can be found is accepted.
    pub(crate) by_time: bool,
}

/// Examines a template, and settles which form of the address it signs.
pub(crate) fn examine(
    template: &mut Template,
    unit: Option<TimeUnit>,
    time_is_checked: bool,
) -> Result<Cuts, SchemeError> {
    fix_urls(template, unit);
    let mut cuts = Cuts { captured: vec![Vec::new(); template.captures.len()], ..Cuts::default() };
    for (at, run) in runs(template, unit).iter().enumerate() {
        check_values(&run.values, time_is_checked, &mut cuts)?;
        let digit = |text: Option<&u8>| text.is_some_and(u8::is_ascii_digit);
        let beside_digit = (digit(run.before.last())
            && run.values.first() == Some(&Extent::Number))
            || (digit(run.after.first()) && run.values.last() == Some(&Extent::Number));
        if beside_digit && !time_is_checked {
            return Err(SchemeError::Blurred("ts", "a digit"));
        }
        for name in run.open() {
            cuts.forbid(name, run.after.first());
            // What stands first, or first after a literal, needs no end on its left.
            if at > 0 {
                cuts.forbid(name, run.before.last());
            }
        }
    }
    for segment in template.segments() {
        if let Segment::Optional { value, after, .. } = segment {
            cuts.forbid(Name::Captured(*value), after.first());
        }
    }
    Ok(cuts)
}

/// Values that stand side by side, and the literals around them.
#[derive(Debug, Default)]
struct Run {
    before: Box<[u8]>,
    values: Vec<Extent>,
    after: Box<[u8]>,
}

impl Run {
    fn open(&self) -> impl Iterator<Item = Name> {
        self.values.iter().filter_map(|extent| match extent {
            Extent::Open(name) => Some(*name),
            _ => None,
        })
    }
}

impl Cuts {
    fn forbid(&mut self, name: Name, byte: Option<&u8>) {
        match name {
            Name::Id => self.id.extend(byte),
            Name::Captured(at) => {
                if let Some(bytes) = self.captured.get_mut(at) {
                    bytes.extend(byte);
                }
            }
            Name::Body | Name::Made => {}
        }
    }
}

/// Holds the values of a run against each other.
fn check_values(run: &[Extent], time_is_checked: bool, cuts: &mut Cuts) -> Result<(), SchemeError> {
    let mut opens = run.iter().filter_map(|part| match part {
        Extent::Open(name) => Some(*name),
        _ => None,
    });
    let (Some(one), next) = (opens.next(), opens.next()) else {
        return Ok(());
    };
    let unclear_time =
        (run.contains(&Extent::Number) && !time_is_checked) || run.contains(&Extent::Loose);
    let Some(next) = next else {
        // Where a date begins is told by what stands before it.
        if let [Extent::Open(_), Extent::Date, ..] = run {
            cuts.forbid(one, Some(&b':'));
        }
        return match unclear_time {
            true => Err(SchemeError::Blurred(one.text(), "ts")),
            false => Ok(()),
        };
    };
    match run {
        [Extent::Open(Name::Id | Name::Captured(_)), Extent::Date, Extent::Open(Name::Body)] => {
            cuts.forbid(one, Some(&b':'));
            Ok(())
        }
        [Extent::Open(Name::Id | Name::Captured(_)), Extent::Number, Extent::Open(Name::Body)]
            if time_is_checked =>
        {
            cuts.by_time = true;
            Ok(())
        }
        _ => Err(SchemeError::Blurred(one.text(), next.text())),
    }
}

/// The address is signed with the query of the request, unless something of open length stands
/// beside it: bytes could then move from one to the other.
fn fix_urls(template: &mut Template, unit: Option<TimeUnit>) {
    let crowded: Vec<Name> = runs(template, unit)
        .iter()
        .filter(|run| run.open().count() > 1)
        .flat_map(Run::open)
        .collect();
    for (at, capture) in template.captures.iter_mut().enumerate() {
        if *capture == Capture::UrlAsSent && crowded.contains(&Name::Captured(at)) {
            *capture = Capture::UrlAsConfigured;
        }
    }
}

/// The template as runs of values between literals.
fn runs(template: &Template, unit: Option<TimeUnit>) -> Vec<Run> {
    let mut runs = vec![Run::default()];
    let literal = |runs: &mut Vec<Run>, text: &[u8]| {
        match runs.last_mut() {
            // A literal at the very start belongs to the first run.
            Some(run) if run.values.is_empty() => run.before = text.into(),
            Some(run) => {
                run.after = text.into();
                runs.push(Run { before: text.into(), ..Run::default() });
            }
            None => {}
        }
    };
    let value = |runs: &mut Vec<Run>, extent| {
        if let Some(run) = runs.last_mut() {
            run.values.push(extent);
        }
    };
    let add = |runs: &mut Vec<Run>, segment: &Segment| match segment {
        Segment::Literal(text) => literal(runs, text),
        // It begins with a literal; what it needs at its end is looked at by itself.
        Segment::Optional { before, .. } => literal(runs, before),
        Segment::Timestamp => value(
            runs,
            match unit {
                Some(TimeUnit::Rfc3339 | TimeUnit::HttpDate) => Extent::Date,
                Some(TimeUnit::SecondsOrMilliseconds | TimeUnit::Rfc3339OrUtc) => Extent::Loose,
                _ => Extent::Number,
            },
        ),
        Segment::Id => value(runs, Extent::Open(Name::Id)),
        Segment::Captured(at) => value(
            runs,
            match template.captures.get(*at) {
                Some(capture) if capture.is_closed() => Extent::Closed,
                _ => Extent::Open(Name::Captured(*at)),
            },
        ),
        Segment::Body(part) if part.is_closed() => value(runs, Extent::Closed),
        Segment::Body(_) => value(runs, Extent::Open(Name::Made)),
    };
    for segment in &template.before {
        add(&mut runs, segment);
    }
    if template.holds_body {
        value(&mut runs, Extent::Open(Name::Body));
    }
    for segment in &template.after {
        add(&mut runs, segment);
    }
    runs
}

/// Whether another time within the tolerance could be cut out of the text at another place.
///
/// `value` is what stands before the time; of the body only the bytes that such a value can hold
/// count, since a forged cut would have to put them into it.
pub(crate) fn can_be_cut_elsewhere(
    value: &[u8],
    timestamp: &[u8],
    body: &[u8],
    is_time: impl Fn(&[u8]) -> bool,
) -> bool {
    /// The longest value before the time, in bytes.
    const LONGEST: usize = 256;
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(byte);
    if value.len() > LONGEST || !value.iter().all(word) {
        return true;
    }
    let reach = body.iter().take(LONGEST).take_while(|byte| word(byte)).count();
    let text = [value, timestamp, body.get(..reach).unwrap_or_default()].concat();
    let times = text.windows(timestamp.len().max(1)).filter(|window| is_time(window)).count();
    times != 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(text: &str, unit: TimeUnit, checked: bool) -> Result<Cuts, SchemeError> {
        examine(&mut Template::parse(text)?, Some(unit), checked)
    }

    #[test]
    fn an_id_ends_where_only_one_reader_would_end_it() {
        for (text, want) in [
            ("{id}.{ts}.{body}", "."),
            ("{ts}.{id}.{body}", ".."),
            ("{body}--{id}", "-"),
            ("{id}:x-{body}", ":"),
            // Where the id begins is fixed.
            ("msg-{id}.{body}", "."),
            ("{id}{ts}.{body}", "."),
            ("{ts}.{body}", ""),
        ] {
            let found = cuts(text, TimeUnit::Seconds, true).unwrap();
            assert_eq!(found.id, want.as_bytes(), "{text}");
        }
        assert_eq!(cuts("{id}{ts}{body}", TimeUnit::Rfc3339, true).unwrap().id, b":");
    }

    #[test]
    fn two_values_side_by_side_are_seen() {
        for (text, checked, want) in [
            ("{id}{body}", true, Some(("id", "body"))),
            ("v1:{body}{id}", true, Some(("body", "id"))),
            ("{ts}{body}", true, None),
            ("{ts}{body}", false, Some(("body", "ts"))),
            ("{body}{ts}", true, None),
            ("{id}{ts}{body}", false, Some(("id", "body"))),
            ("{ts}{id}{body}", true, Some(("id", "body"))),
            // The id ends before the full stop, and the time is the ten digits before it.
            ("{id}{ts}.{body}", true, None),
            ("{id}{ts}.{body}", false, Some(("id", "ts"))),
            ("{body}{header:a}", true, Some(("body", "a value of the head"))),
            ("{header:a}{query:b}", true, Some(("a value of the head", "a value of the head"))),
            ("{id}.{ts}.{body}", false, None),
            ("{ts}1{body}", false, Some(("ts", "a digit"))),
            ("{body}.1{ts}", false, Some(("ts", "a digit"))),
            ("{ts}1{body}", true, None),
            ("{ts}{json:/token}", true, None),
            ("{json:/a}{json:/b}", true, Some(("a value of the body", "a value of the body"))),
            ("{method}{url}{body}{ts}", true, None),
            ("{url:no-query}{header:nonce}", true, None),
        ] {
            let found = cuts(text, TimeUnit::Seconds, checked).err();
            assert_eq!(found, want.map(|(one, next)| SchemeError::Blurred(one, next)), "{text}");
        }
    }

    #[test]
    fn the_query_of_an_address_beside_the_body_is_fixed() {
        for (text, want) in [
            ("{url}", Capture::UrlAsSent),
            ("{url}.{body}", Capture::UrlAsSent),
            ("{url}{body}", Capture::UrlAsConfigured),
            ("{body}{url}", Capture::UrlAsConfigured),
            ("{url}{sorted-form}", Capture::UrlAsConfigured),
        ] {
            let mut template = Template::parse(text).unwrap();
            examine(&mut template, None, true).unwrap();
            assert_eq!(template.captures[0], want, "{text}");
        }
    }

    #[test]
    fn a_time_that_could_stand_elsewhere_is_seen() {
        assert!(cuts("{header:n}{ts}{body}", TimeUnit::Seconds, true).unwrap().by_time);
        // Ten digits that begin with 17 are times here.
        let time = |text: &[u8]| {
            text.len() == 10 && text.starts_with(b"17") && text.iter().all(u8::is_ascii_digit)
        };
        let cut = |value: &str, body: &str| {
            can_be_cut_elsewhere(value.as_bytes(), b"1700000000", body.as_bytes(), time)
        };
        assert!(!cut("n0nce-1", "{\"a\":1700000000}"));
        assert!(!cut("", "{}"));
        // The sender's own cut could have been one place to the left, or the receiver's.
        assert!(cut("n1700000001", "{}"));
        assert!(cut("n", "x1700000001{}"));
        assert!(cut("n17", "{}") == cut("n17", "{}"));
        assert!(cut("n{", "{}"));
        assert!(cut(&"n".repeat(257), "{}"));
    }
}
