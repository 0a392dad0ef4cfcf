//! Whether a signed text can be cut into its values in one way only.
//!
//! A signature proves a text. Where the same text could be read as other values (a longer id, a
//! shorter body), it proves nothing about them: such templates are refused when the endpoint is
//! built, and values that would shift a cut when they arrive.

use crate::scheme::TimeUnit;
use crate::scheme::body::BodyPart;
use crate::scheme::capture::Capture;
use crate::scheme::error::SchemeError;
use crate::scheme::template::{Segment, Template};

/// What is known of where a value ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Extent {
    /// A literal, or a value of known length or form.
    Closed,
    /// A decimal time of known length, since it is held against the clock.
    Number,
    /// Decimal digits of unknown length.
    Digits,
    /// A date: nothing that continues one is one.
    Date,
    /// A date that may lack its zone, so that another one may continue it.
    Loose,
    /// Anything.
    Open(Name),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Name {
    Body,
    Id,
    Captured(usize),
    /// A value of the body, by its number among the segments.
    Made(usize),
}

impl Name {
    const fn text(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Id => "id",
            Self::Captured(_) => "a value of the head",
            Self::Made(_) => "a value of the body",
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
    /// The address is signed among other values: its path must not be the request's.
    pub(crate) fixed_url: bool,
    /// Bytes that values of the body must not hold, by the numbers of their segments.
    made: Vec<(usize, u8)>,
}

/// Examines a template, settles which form of the address it signs, and tells the values of the
/// body which bytes they must not hold.
///
/// A text is read from the left up to the one value that may hold anything (the body), and from
/// the right down to it. On that way every value has to end somewhere that is known: by its
/// length, its form, or a byte that it does not hold.
pub(crate) fn examine(
    template: &mut Template,
    unit: Option<TimeUnit>,
    time_is_checked: bool,
) -> Result<Cuts, SchemeError> {
    let time = Time { unit, is_checked: time_is_checked };
    fix_urls(template, time);
    let mut cuts = Cuts { captured: vec![Vec::new(); template.captures.len()], ..Cuts::default() };
    if unbounded(template) > 1 {
        return Err(SchemeError::Blurred("body", "a value of the body"));
    }
    let runs = runs(template, time);
    for run in &runs {
        check_values(&run.values, &mut cuts)?;
        check_literals(run)?;
    }
    if opens(template, time) > 1 {
        forbid_literals(&runs, &mut cuts);
    }
    check_groups(template, time, &mut cuts)?;
    cuts.fixed_url = opens(template, time) > 0 && template.captures.iter().any(Capture::is_address);
    for (at, part) in template.segments_mut().enumerate() {
        if let Segment::Body(part) = part {
            part.forbid(cuts.made.iter().filter(|(of, _)| *of == at).map(|(_, byte)| *byte));
        }
    }
    Ok(cuts)
}

/// How the time is written.
#[derive(Clone, Copy, Debug)]
struct Time {
    unit: Option<TimeUnit>,
    /// Whether it is held against the clock, which tells how many digits it has.
    is_checked: bool,
}

impl Time {
    const fn extent(self) -> Extent {
        match self.unit {
            Some(TimeUnit::Rfc3339 | TimeUnit::HttpDate) => Extent::Date,
            Some(TimeUnit::Rfc3339OrUtc) => Extent::Loose,
            Some(TimeUnit::SecondsOrMilliseconds) => Extent::Digits,
            _ if self.is_checked => Extent::Number,
            _ => Extent::Digits,
        }
    }
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
            Name::Made(at) => self.made.extend(byte.map(|byte| (at, *byte))),
            Name::Body => {}
        }
    }
}

/// How many values may hold anything, so that no literal ends them.
fn unbounded(template: &Template) -> usize {
    let made = template.body_parts().filter(|part| part.is_unbounded()).count();
    made.saturating_add(usize::from(template.holds_body))
}

/// How many values are of open length. Where it is one, all else tells where that one ends.
fn opens(template: &Template, time: Time) -> usize {
    let in_runs = runs(template, time).iter().map(|run| run.open().count()).sum::<usize>();
    let is_group = |segment: &&Segment| matches!(segment, Segment::Optional { .. });
    in_runs.saturating_add(template.segments().filter(is_group).count())
}

/// Holds the values of a run against each other.
fn check_values(run: &[Extent], cuts: &mut Cuts) -> Result<(), SchemeError> {
    let is_blurred =
        |pair: &[Extent]| matches!(pair, [Extent::Digits | Extent::Loose, Extent::Digits]);
    if run.windows(2).any(is_blurred) {
        return Err(SchemeError::Blurred("ts", "a digit"));
    }
    let mut opens = run.iter().filter_map(|part| match part {
        Extent::Open(name) => Some(*name),
        _ => None,
    });
    let (Some(one), next) = (opens.next(), opens.next()) else {
        return Ok(());
    };
    let is_unclear = run.contains(&Extent::Digits) || run.contains(&Extent::Loose);
    let Some(next) = next else {
        // Where a date begins is told by what stands before it.
        if let [Extent::Open(_), Extent::Date, ..] = run {
            cuts.forbid(one, Some(&b':'));
        }
        return match is_unclear {
            true => Err(SchemeError::Blurred(one.text(), "ts")),
            false => Ok(()),
        };
    };
    match run {
        [Extent::Open(Name::Id | Name::Captured(_)), Extent::Date, Extent::Open(Name::Body)] => {
            cuts.forbid(one, Some(&b':'));
            Ok(())
        }
        [Extent::Open(Name::Id | Name::Captured(_)), Extent::Number, Extent::Open(Name::Body)] => {
            cuts.by_time = true;
            Ok(())
        }
        _ => Err(SchemeError::Blurred(one.text(), next.text())),
    }
}

/// Digits have to end before a literal, and to begin after one.
fn check_literals(run: &Run) -> Result<(), SchemeError> {
    let before = run.before.last().zip(run.values.first());
    let after = run.after.first().zip(run.values.last());
    let begins = before.is_some_and(|(byte, value)| is_continued_by(*value, *byte, true));
    let ends = after.is_some_and(|(byte, value)| is_continued_by(*value, *byte, false));
    if begins || ends { Err(SchemeError::Blurred("ts", "a digit")) } else { Ok(()) }
}

/// Whether a byte beside a value could be part of it.
fn is_continued_by(value: Extent, byte: u8, is_before: bool) -> bool {
    match value {
        Extent::Digits => byte.is_ascii_digit(),
        // A fraction, or a zone.
        Extent::Loose => byte.is_ascii_digit() || (!is_before && b".Z+-".contains(&byte)),
        Extent::Closed | Extent::Number | Extent::Date | Extent::Open(_) => false,
    }
}

/// Values of open length must not hold what ends them.
fn forbid_literals(runs: &[Run], cuts: &mut Cuts) {
    for (at, run) in runs.iter().enumerate() {
        for name in run.open() {
            cuts.forbid(name, run.after.first());
            // What stands first, or first after a literal, needs no end on its left.
            if at > 0 {
                cuts.forbid(name, run.before.last());
            }
        }
    }
}

/// Holds what may be left out against what then stands in its place.
///
/// A reader from the left has to see whether a group is there: no two of the texts that may begin
/// at its place begin alike, and the value before it holds the first byte of none of them.
fn check_groups(template: &Template, time: Time, cuts: &mut Cuts) -> Result<(), SchemeError> {
    const GROUP: &str = "?";
    let before: Vec<&Segment> = template.before.iter().collect();
    if template.after.iter().any(|segment| matches!(segment, Segment::Optional { .. })) {
        return Err(SchemeError::Blurred("body", GROUP));
    }
    for (at, segment) in before.iter().enumerate() {
        let Segment::Optional { value, after, .. } = segment else {
            continue;
        };
        cuts.forbid(Name::Captured(*value), after.first());
        let earlier = before.get(..at).unwrap_or_default();
        let is_unbounded =
            |part: &&Segment| matches!(part, Segment::Body(part) if part.is_unbounded());
        if earlier.iter().any(is_unbounded) {
            return Err(SchemeError::Blurred("a value of the body", GROUP));
        }
        let beginnings = beginnings(before.get(at..).unwrap_or_default(), template.holds_body)?;
        for (number, one) in beginnings.iter().enumerate() {
            let mut others = beginnings.iter().skip(number.saturating_add(1));
            if others.any(|other| one.starts_with(other) || other.starts_with(one)) {
                return Err(SchemeError::Blurred(GROUP, GROUP));
            }
        }
        let Some(last) = at.checked_sub(1).and_then(|at| before.get(at).map(|part| (at, part)))
        else {
            continue;
        };
        for first in beginnings.iter().filter_map(|text| text.first()) {
            match extent_of(last.1, last.0, template, time) {
                Extent::Open(name) => cuts.forbid(name, Some(first)),
                value if is_continued_by(value, *first, false) => {
                    return Err(SchemeError::Blurred("ts", GROUP));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// What may stand where a group begins: the group, those right after it, and the literal that
/// follows them, if the text does not end there.
fn beginnings<'t>(
    segments: &[&'t Segment],
    body_follows: bool,
) -> Result<Vec<&'t [u8]>, SchemeError> {
    let mut texts: Vec<&[u8]> = Vec::new();
    for segment in segments {
        match segment {
            Segment::Optional { before, .. } => texts.push(before),
            Segment::Literal(text) => {
                texts.push(text);
                return Ok(texts);
            }
            _ => return Err(SchemeError::Blurred("?", "a value")),
        }
    }
    if body_follows { Err(SchemeError::Blurred("?", "body")) } else { Ok(texts) }
}

/// The address is signed with the query of the request, unless something of open length stands
/// beside it, or a literal that an address may hold: bytes could then move from one to the other.
fn fix_urls(template: &mut Template, time: Time) {
    let runs = runs(template, time);
    let is_alone = opens(template, time) < 2;
    let mut crowded: Vec<Name> = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let ends = [run.before.last().filter(|_| at > 0), run.after.first()];
        let in_address = ends.into_iter().flatten().any(u8::is_ascii_graphic);
        if !is_alone && (run.open().count() > 1 || in_address) {
            crowded.extend(run.open());
        }
    }
    for segment in template.segments() {
        if let Segment::Optional { value, .. } = segment {
            crowded.push(Name::Captured(*value));
        }
    }
    for (at, capture) in template.captures.iter_mut().enumerate() {
        if *capture == Capture::UrlAsSent && crowded.contains(&Name::Captured(at)) {
            *capture = Capture::UrlAsConfigured;
        }
    }
}

/// What is known of the end of a segment, by its number.
fn extent_of(segment: &Segment, at: usize, template: &Template, time: Time) -> Extent {
    match segment {
        Segment::Literal(_) | Segment::Optional { .. } => Extent::Closed,
        Segment::Timestamp => time.extent(),
        Segment::Id => Extent::Open(Name::Id),
        Segment::Captured(value) => match template.captures.get(*value) {
            Some(capture) if capture.is_closed() => Extent::Closed,
            _ => Extent::Open(Name::Captured(*value)),
        },
        Segment::Body(BodyPart::Crc32) => Extent::Digits,
        Segment::Body(part) if part.is_closed() => Extent::Closed,
        Segment::Body(_) => Extent::Open(Name::Made(at)),
    }
}

/// The template as runs of values between literals.
fn runs(template: &Template, time: Time) -> Vec<Run> {
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
    for (at, segment) in template.segments().enumerate() {
        if at == template.before.len() && template.holds_body {
            value(&mut runs, Extent::Open(Name::Body));
        }
        match segment {
            Segment::Literal(text) => literal(&mut runs, text),
            // It begins with a literal; that it may be missing is looked at by itself.
            Segment::Optional { before, .. } => literal(&mut runs, before),
            _ => value(&mut runs, extent_of(segment, at, template, time)),
        }
    }
    if template.after.is_empty() && template.holds_body {
        value(&mut runs, Extent::Open(Name::Body));
    }
    runs
}

/// Whether another time could be cut out of the text at another place.
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
            // Everything else tells where it ends.
            ("{ts}.{id}", ""),
            ("{id}{ts}", ""),
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
            ("{json:/a}.{json:/b}", true, None),
            ("{body}.{sorted-form}", true, Some(("body", "a value of the body"))),
            ("{body}.{body:json-string}", true, Some(("body", "a value of the body"))),
            ("{ts}{body:crc32}", false, Some(("ts", "a digit"))),
            ("{body:crc32}1.{body}", true, Some(("ts", "a digit"))),
        ] {
            let found = cuts(text, TimeUnit::Seconds, checked).err();
            assert_eq!(found, want.map(|(one, next)| SchemeError::Blurred(one, next)), "{text}");
        }
    }

    #[test]
    fn a_date_that_another_continues_is_seen() {
        for (text, unit, is_clear) in [
            ("{ts}:{body}", TimeUnit::Rfc3339OrUtc, true),
            ("{ts}{body:crc32}", TimeUnit::Rfc3339OrUtc, false),
            ("{ts}{body:crc32}", TimeUnit::Rfc3339, true),
            ("{ts}.{body}", TimeUnit::Rfc3339OrUtc, false),
            ("{ts}Z{body}", TimeUnit::Rfc3339OrUtc, false),
            ("{ts}+{body}", TimeUnit::Rfc3339OrUtc, false),
            ("{body}.{ts}", TimeUnit::Rfc3339OrUtc, true),
            ("{ts}.{body}", TimeUnit::Rfc3339, true),
            ("{ts}1{body}", TimeUnit::SecondsOrMilliseconds, false),
            ("{body}.1{ts}", TimeUnit::SecondsOrMilliseconds, false),
            ("{ts}.{body}", TimeUnit::SecondsOrMilliseconds, true),
        ] {
            assert_eq!(cuts(text, unit, true).is_ok(), is_clear, "{text} {unit:?}");
        }
    }

    #[test]
    fn a_group_that_may_be_missing_separates_nothing() {
        for (text, is_clear) in [
            ("{?id:{query:a};?}{?request:{header:b};?}ts:{ts};", true),
            ("{?a={query:a};?}{body}", false),
            ("{id}{?.{query:a};?}{body}", false),
            ("{id}{?.{query:a};?}.{body}", false),
            ("{id}{?.{query:a};?}/{body}", true),
            ("{?a{query:a}b?}{?a{query:b}b?}.{body}", false),
            ("{?a{query:a}b?}ac{body}", false),
            ("{?ac{query:a}b?}a{body}", false),
            ("{body}{?a{query:a}b?}", false),
            ("{sorted-form}.{?a{query:a}b?}", false),
            ("{ts}{?1{query:a}b?}.{body}", true),
        ] {
            assert_eq!(cuts(text, TimeUnit::Seconds, true).is_ok(), is_clear, "{text}");
        }
        assert!(cuts("{ts}{?1{query:a}b?}.{body}", TimeUnit::Seconds, false).is_err());
        let found = cuts("{id}{?.{query:a};?}/{body}", TimeUnit::Seconds, true).unwrap();
        assert!(found.id.contains(&b'.') && found.id.contains(&b'/'));
    }

    #[test]
    fn the_query_of_an_address_beside_the_body_is_fixed() {
        for (text, want) in [
            ("{url}", Capture::UrlAsSent),
            ("{url}\n{body}", Capture::UrlAsSent),
            ("{ts}.{url}", Capture::UrlAsSent),
            // Every address holds a full stop.
            ("{url}.{body}", Capture::UrlAsConfigured),
            ("{id}.{url}", Capture::UrlAsConfigured),
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
