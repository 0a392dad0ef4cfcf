//! That an accepted template gives every signed text to one set of values only.
//!
//! For a text that a sender signed, [`Solver`] finds every way to cut it into values that a receiver
//! would accept, by trying them all; it shares no rule with `extent`. There has to be one at most.

use proptest::prelude::*;

use super::body::BodyPart;
use super::capture::{Capture, Captured, PublicUrl};
use super::plan::Plan;
use super::template::{Segment, Values};
use super::{Place, Scheme, TimeUnit, timestamp};
use crate::time::UnixTime;

const SENT: i64 = 1_700_000_000;
const YEAR: i64 = 365 * 24 * 60 * 60;
const URL: &str = "https://e.x/h";
const METHODS: &[&str] = &["GET", "POST"];

/// One way to read a text.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cut {
    timestamp: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    captured: Vec<Option<Vec<u8>>>,
    body: Vec<u8>,
    /// The values that stand in the body, by their segments. That they belong to the body is not
    /// looked at: a text has to tell them by itself.
    made: Vec<(usize, Vec<u8>)>,
}

/// A part of the text, in its order.
#[derive(Clone, Copy, Debug)]
enum Part<'p> {
    Segment(usize, &'p Segment),
    Body,
}

struct Solver<'p> {
    plan: &'p Plan,
    unit: TimeUnit,
    /// The time that the sender signed.
    sent: i64,
    parts: Vec<Part<'p>>,
    found: Vec<Cut>,
}

impl<'p> Solver<'p> {
    fn new(plan: &'p Plan, unit: TimeUnit, sent: &str) -> Self {
        let template = &plan.template;
        let mut parts: Vec<_> =
            template.segments().enumerate().map(|(at, part)| Part::Segment(at, part)).collect();
        if template.holds_body {
            parts.insert(template.before.len(), Part::Body);
        }
        let sent = seconds(sent.as_bytes(), unit).unwrap();
        Self { plan, unit, sent, parts, found: Vec::new() }
    }

    /// Every cut of the text that a receiver would take.
    fn cuts(mut self, text: &[u8]) -> Vec<Cut> {
        let start =
            Cut { captured: vec![None; self.plan.template.captures.len()], ..Cut::default() };
        self.go(0, text, start);
        let Self { plan, unit, sent, mut found, .. } = self;
        found.retain(|cut| is_taken(plan, unit, sent, cut));
        found.dedup();
        found
    }

    fn go(&mut self, at: usize, rest: &[u8], cut: Cut) {
        let Some(part) = self.parts.get(at).copied() else {
            if rest.is_empty() {
                self.found.push(cut);
            }
            return;
        };
        let all = |rest: &[u8]| (0..=rest.len()).collect::<Vec<_>>();
        match part {
            Part::Body => {
                for end in all(rest) {
                    let cut = Cut { body: rest[..end].to_vec(), ..cut.clone() };
                    self.go(at + 1, &rest[end..], cut);
                }
            }
            Part::Segment(_, Segment::Literal(text)) => {
                if let Some(rest) = rest.strip_prefix(&**text) {
                    self.go(at + 1, rest, cut);
                }
            }
            Part::Segment(_, Segment::Timestamp) => {
                for end in all(rest) {
                    let text = rest[..end].to_vec();
                    let same = cut.timestamp.as_ref().is_none_or(|known| *known == text);
                    if same && timestamp::parse(&text, self.unit).is_some() {
                        let cut = Cut { timestamp: Some(text), ..cut.clone() };
                        self.go(at + 1, &rest[end..], cut);
                    }
                }
            }
            Part::Segment(_, Segment::Id) => {
                for end in all(rest) {
                    let text = rest[..end].to_vec();
                    let same = cut.id.as_ref().is_none_or(|known| *known == text);
                    if same && self.plan.unambiguous_id(&text).is_some() {
                        let cut = Cut { id: Some(text), ..cut.clone() };
                        self.go(at + 1, &rest[end..], cut);
                    }
                }
            }
            Part::Segment(_, Segment::Captured(value)) => {
                for end in all(rest) {
                    if self.may_capture(*value, &rest[..end]) {
                        let mut cut = cut.clone();
                        cut.captured[*value] = Some(rest[..end].to_vec());
                        self.go(at + 1, &rest[end..], cut);
                    }
                }
            }
            Part::Segment(_, Segment::Optional { before, value, after }) => {
                self.go(at + 1, rest, cut.clone());
                let Some(inside) = rest.strip_prefix(&**before) else { return };
                for end in all(inside) {
                    let Some(rest) = inside[end..].strip_prefix(&**after) else { continue };
                    if self.may_capture(*value, &inside[..end]) {
                        let mut cut = cut.clone();
                        cut.captured[*value] = Some(inside[..end].to_vec());
                        self.go(at + 1, rest, cut);
                    }
                }
            }
            Part::Segment(number, Segment::Body(part)) => {
                for end in all(rest) {
                    if may_be(part, &rest[..end]) {
                        let mut cut = cut.clone();
                        cut.made.push((number, rest[..end].to_vec()));
                        self.go(at + 1, &rest[end..], cut);
                    }
                }
            }
        }
    }

    fn may_capture(&self, at: usize, text: &[u8]) -> bool {
        let forbidden = &self.plan.cuts.captured[at];
        let plain = |text: &[u8]| text.iter().all(u8::is_ascii_graphic);
        !text.iter().any(|byte| forbidden.contains(byte))
            && match &self.plan.template.captures[at] {
                Capture::Path | Capture::UrlAsConfigured => text == URL.as_bytes(),
                Capture::UrlAsSent => text.strip_prefix(URL.as_bytes()).is_some_and(|query| {
                    query.is_empty() || (query.starts_with(b"?") && plain(query))
                }),
                Capture::Method => METHODS.iter().any(|method| method.as_bytes() == text),
                _ => true,
            }
    }
}

/// Whether a part of the body may be written so.
fn may_be(part: &BodyPart, text: &[u8]) -> bool {
    match part {
        BodyPart::Form(_, forbidden) | BodyPart::Json(_, forbidden) => {
            !text.iter().any(|byte| forbidden.contains(byte))
        }
        BodyPart::Crc32 => {
            (1..=10).contains(&text.len())
                && text.iter().all(u8::is_ascii_digit)
                && (text.len() == 1 || text[0] != b'0')
        }
        BodyPart::JsonString => serde_json::from_slice::<String>(text)
            .is_ok_and(|value| serde_json::to_vec(&value).unwrap() == text),
        BodyPart::SortedForm => true,
        _ => false,
    }
}

fn seconds(time: &[u8], unit: TimeUnit) -> Option<i64> {
    timestamp::parse(time, unit).map(|time| match time {
        timestamp::Time::Seconds(seconds) => seconds,
        timestamp::Time::Milliseconds(milliseconds) => milliseconds / 1_000,
    })
}

/// Whether a receiver takes the values at some time: whoever holds a request that was sent at
/// `sent` can wait for the best one, for less than a year.
fn is_taken(plan: &Plan, unit: TimeUnit, sent: i64, cut: &Cut) -> bool {
    let Some(time) = &cut.timestamp else { return true };
    let Some(tolerance) = plan.tolerance else { return true };
    let Some(said) = seconds(time, unit).filter(|said| (said - SENT).abs() < YEAR) else {
        return false;
    };
    let captured: Captured =
        cut.captured.iter().map(|value| value.clone().map(Vec::into_boxed_slice)).collect();
    let text = |text: &Option<Vec<u8>>| text.clone().map(|text| String::from_utf8(text).unwrap());
    let (time, id) = (text(&cut.timestamp), text(&cut.id));
    let values = Values {
        timestamp: time.as_deref(),
        id: id.as_deref(),
        captured: &captured,
        body: &cut.body,
    };
    // The clocks of the two agree as far as the tolerance goes.
    let tolerance = i64::from(tolerance);
    [said - tolerance, said, said + tolerance, sent, sent - tolerance, sent + tolerance]
        .into_iter()
        .filter(|now| *now >= sent - tolerance && (said - now).abs() <= tolerance)
        .any(|now| plan.is_cut_in_one_place(&values, UnixTime::from_secs(now)))
}

/// A template of parts that might run into each other.
fn templates() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{ts}",
        "{ts}",
        "{id}",
        "{id}",
        "{body}",
        "{body}",
        "{body}",
        "{header:a}",
        "{query:b}",
        "{json:/j}",
        "{form:f}",
        "{url}",
        "{url:no-query}",
        "{method}",
        "{sorted-form}",
        "{body:json-string}",
        "{body:crc32}",
        "{?.{query:o};?}",
        "{?1{header:o}.?}",
        "{?.a{header:p}.?}",
        ".",
        ".",
        ":",
        "1",
        "a",
        "Z",
        "-",
        "\n",
        "..",
        ".1",
        ":a",
    ]);
    prop::collection::vec(part, 1..7).prop_map(|parts| parts.concat())
}

/// Texts that hold separators, times and the beginnings of each other.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        ".",
        ":",
        "a",
        "1",
        "17",
        ";",
        "Z",
        "-",
        "\n",
        "?",
        "..",
        "1700000000",
        "1700000090",
        "1700005000",
        "0",
        "2023-11-14T22:13:20",
        "2023-11-14T22:13:20Z",
        ".5Z",
        "+02:00",
        "Tue, 14 Nov 2023 22:13:20 GMT",
        "GET",
        "1.",
        ".a",
        "https://e.x/h",
        "\"",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn times(unit: TimeUnit) -> &'static [&'static str] {
    match unit {
        TimeUnit::Seconds => &["1700000000", "1700000090", "1700005000"],
        TimeUnit::Milliseconds => &["1700000000000", "1700000090123"],
        TimeUnit::SecondsOrMilliseconds => &["1700000000", "1700000000000", "1700000090123"],
        TimeUnit::Rfc3339 => {
            &["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.5Z", "2023-11-14T22:13:20.17+02:00"]
        }
        TimeUnit::Rfc3339OrUtc => &[
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20.5",
            "2023-11-14T22:13:20.5Z",
            "2023-11-14T22:13:20-02:00",
        ],
        TimeUnit::HttpDate => &["Tue, 14 Nov 2023 22:13:20 GMT"],
    }
}

const UNITS: &[TimeUnit] = &[
    TimeUnit::Seconds,
    TimeUnit::Milliseconds,
    TimeUnit::SecondsOrMilliseconds,
    TimeUnit::Rfc3339,
    TimeUnit::Rfc3339OrUtc,
    TimeUnit::HttpDate,
];

fn compiled(template: &str, unit: TimeUnit, checked: bool) -> Option<Plan> {
    let scheme = Scheme::hmac_sha256("x-signature")
        .timestamp(Place::Header("x-time"), unit)
        .delivery_id(Place::Header("x-id"))
        .methods(METHODS)
        .body_unsigned()
        .signed(template);
    let scheme = if checked { scheme } else { scheme.any_time() };
    let mut plan = Plan::compile(&scheme).ok()?;
    plan.set_url(PublicUrl::parse(URL).unwrap()).unwrap();
    Some(plan)
}

/// The text of these values. `None` where the receiver refuses one of them whatever the text.
fn text_of(plan: &Plan, values: &[String], time: &str) -> Option<(Vec<u8>, Cut)> {
    let mut next = values.iter().cycle();
    let mut next = || next.next().unwrap().clone().into_bytes();
    let mut text = Vec::new();
    let solver = Solver::new(plan, TimeUnit::Seconds, "0");
    let mut cut = Cut { captured: vec![None; plan.template.captures.len()], ..Cut::default() };
    let id = next();
    for part in &solver.parts {
        let capture = |at: usize, value: Vec<u8>| match &plan.template.captures[at] {
            Capture::Path | Capture::UrlAsConfigured => URL.into(),
            Capture::UrlAsSent => [URL.as_bytes(), b"?", &value].concat(),
            Capture::Method => METHODS[value.len() % 2].into(),
            _ => value,
        };
        match part {
            Part::Body => {
                cut.body = next();
                text.extend_from_slice(&cut.body);
            }
            Part::Segment(_, Segment::Literal(literal)) => text.extend_from_slice(literal),
            Part::Segment(_, Segment::Timestamp) => {
                cut.timestamp = Some(time.into());
                text.extend_from_slice(time.as_bytes());
            }
            Part::Segment(_, Segment::Id) => {
                plan.unambiguous_id(&id)?;
                cut.id = Some(id.clone());
                text.extend_from_slice(&id);
            }
            Part::Segment(_, Segment::Captured(at)) => {
                let value = capture(*at, next());
                text.extend_from_slice(&value);
                solver.may_capture(*at, &value).then_some(())?;
                cut.captured[*at] = Some(value);
            }
            Part::Segment(_, Segment::Optional { before, value: at, after }) => {
                let value = next();
                if value.len() % 2 == 0 {
                    let value = capture(*at, value);
                    text.extend_from_slice(before);
                    text.extend_from_slice(&value);
                    text.extend_from_slice(after);
                    solver.may_capture(*at, &value).then_some(())?;
                    cut.captured[*at] = Some(value);
                }
            }
            Part::Segment(number, Segment::Body(part)) => {
                let value = match part {
                    BodyPart::Crc32 => b"4217".to_vec(),
                    BodyPart::JsonString => {
                        serde_json::to_vec(std::str::from_utf8(&next()).unwrap()).unwrap()
                    }
                    _ => next(),
                };
                may_be(part, &value).then_some(())?;
                text.extend_from_slice(&value);
                cut.made.push((*number, value));
            }
        }
    }
    (text.len() <= 110).then_some((text, cut))
}

fn hold(template: &str, unit: TimeUnit, checked: bool, time: &str, values: &[String]) -> bool {
    let Some(plan) = compiled(template, unit, checked) else { return false };
    let Some((text, sent)) = text_of(&plan, values, time) else { return false };
    let found = Solver::new(&plan, unit, time).cuts(&text);
    let others: Vec<_> = found.iter().filter(|cut| **cut != sent).collect();
    assert!(
        others.is_empty(),
        "{template:?} {unit:?}: {:?} was sent as {sent:?}, and passes as {others:?}",
        String::from_utf8_lossy(&text),
    );
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_signed_text_is_that_of_one_set_of_values(
        template in templates(),
        unit in prop::sample::select(UNITS),
        checked in any::<bool>(),
        time in any::<prop::sample::Index>(),
        values in prop::collection::vec(texts(), 6),
    ) {
        let time = time.get(times(unit));
        hold(&template, unit, checked, time, &values);
    }

    /// The one that a template cannot refuse: it is told by looking for times.
    #[test]
    fn a_time_between_two_values_is_told_from_others(
        before in "[a17]{0,3}(1700000000|1700000090|1700005000)?[a.0]{0,2}",
        body in "[a17]{0,3}(1700000000|1700000090|1700005000)?[{a]{0,2}",
        header in any::<bool>(),
        time in prop::sample::select(times(TimeUnit::Seconds)),
    ) {
        let template = if header { "{header:a}{ts}{body}" } else { "{id}{ts}{body}" };
        let values = if header { ["x".to_owned(), before, body] } else { [before, body, String::new()] };
        hold(template, TimeUnit::Seconds, true, time, &values);
    }
}

#[test]
fn what_an_attacker_would_try_is_tried() {
    let values = |texts: [&str; 3]| texts.map(str::to_owned);
    let second = TimeUnit::Seconds;
    for (template, unit, time, texts) in [
        ("{id}{ts}{body}", second, "1700000000", ["n1700000090", "{}", ""]),
        ("{id}{ts}{body}", second, "1700000000", ["n", "1700005000{}", ""]),
        ("{id}{ts}{body}", TimeUnit::Rfc3339, "2023-11-14T22:13:20Z", ["a", "b", ""]),
        ("{id}.{ts}.{body}", second, "1700000000", ["a", "1700000000.b", ""]),
        ("{url}\n{body}", second, "1700000000", ["", "a", "b\nc"]),
        ("{method}{url}{body}{ts}", second, "1700000000", ["", "", "?a"]),
        ("{json:/j}.{json:/k}.{body}", second, "1700000000", ["", "a", "b"]),
    ] {
        assert!(hold(template, unit, true, time, &values(texts)), "{template}");
    }
}
