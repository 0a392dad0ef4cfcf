//! The signed text: what stands before the body and after it.

use crate::scheme::error::SchemeError;

/// One part of the signed text that is known before the body arrives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    Literal(Box<[u8]>),
    Timestamp,
    Id,
}

/// A compiled template. The body stands between the two lists, so the MAC runs along as it comes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Template {
    pub(crate) before: Vec<Segment>,
    pub(crate) after: Vec<Segment>,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, SchemeError> {
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut body_seen = false;
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, tail) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
            let side = if body_seen { &mut after } else { &mut before };
            if !literal.is_empty() {
                side.push(Segment::Literal(literal.as_bytes().into()));
            }
            if tail.is_empty() {
                break;
            }
            let (name, next) = tail
                .strip_prefix('{')
                .and_then(|tail| tail.split_once('}'))
                .ok_or_else(|| SchemeError::TemplateBrace(text.into()))?;
            match name {
                "body" if body_seen => return Err(SchemeError::TemplateBodyTwice(text.into())),
                "body" => body_seen = true,
                "ts" => side.push(Segment::Timestamp),
                "id" => side.push(Segment::Id),
                _ => return Err(SchemeError::TemplatePart(name.into())),
            }
            rest = next;
        }
        if !body_seen {
            return Err(SchemeError::TemplateWithoutBody(text.into()));
        }
        Ok(Self { before, after })
    }

    /// Whether the signed text is the body and nothing else.
    pub(crate) fn is_body(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    pub(crate) fn holds(&self, segment: &Segment) -> bool {
        self.before.contains(segment) || self.after.contains(segment)
    }

    /// All parts in order; `None` is the body.
    fn parts(&self) -> Vec<Option<&Segment>> {
        let before = self.before.iter().map(Some);
        before.chain([None]).chain(self.after.iter().map(Some)).collect()
    }

    /// Two values that stand side by side, so that nobody can tell where one ends.
    ///
    /// A timestamp that is held against the clock has a known length, and may stand beside the
    /// body. Beside an id it may not: the id could reach on to another time within the body.
    pub(crate) fn blurred(&self, time_is_checked: bool) -> Option<(&'static str, &'static str)> {
        let name = |part: &Option<&Segment>| match part {
            None => Some("body"),
            Some(Segment::Id) => Some("id"),
            Some(Segment::Timestamp) => Some("ts"),
            Some(Segment::Literal(_)) => None,
        };
        // A digit ends no time of unknown length.
        let digit = |one: &Option<&Segment>, next: &Option<&Segment>| match (one, next) {
            (Some(Segment::Literal(text)), Some(Segment::Timestamp)) => {
                text.last().is_some_and(u8::is_ascii_digit)
            }
            (Some(Segment::Timestamp), Some(Segment::Literal(text))) => {
                text.first().is_some_and(u8::is_ascii_digit)
            }
            _ => false,
        };
        let parts = self.parts();
        let mut neighbours = parts.iter().zip(parts.iter().skip(1));
        neighbours.find_map(|(one, next)| match name(one).zip(name(next)) {
            Some(pair @ ("id", _) | pair @ (_, "id")) => Some(pair),
            Some(pair) if !time_is_checked => Some(pair),
            None if !time_is_checked && digit(one, next) => Some(("ts", "a digit")),
            _ => None,
        })
    }

    /// The bytes that an id must not hold, since it could be cut in another place and give the
    /// same text: the first of the literal after it, and the last of the literal before it where
    /// something of any length stands before that.
    pub(crate) fn ends_of_id(&self) -> Vec<u8> {
        let mut found = Vec::new();
        let parts = self.parts();
        for (at, pair) in parts.windows(2).enumerate() {
            match pair {
                [Some(Segment::Id), Some(Segment::Literal(text))] => found.extend(text.first()),
                [Some(Segment::Literal(text)), Some(Segment::Id)] if at > 0 => {
                    found.extend(text.last());
                }
                _ => {}
            }
        }
        found
    }
}

/// Writes one side of the template. `timestamp` is `None` to leave the time out.
pub(crate) fn write(
    side: &[Segment],
    timestamp: Option<&[u8]>,
    id: Option<&[u8]>,
    to: &mut Vec<u8>,
) {
    for segment in side {
        match segment {
            Segment::Literal(text) => to.extend_from_slice(text),
            Segment::Timestamp => to.extend_from_slice(timestamp.unwrap_or_default()),
            Segment::Id => to.extend_from_slice(id.unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_templates_are_refused() {
        for text in
            ["", "{ts}", "{body}{body}", "{body", "body}", "{}", "{Body}", "{body}}", "{{body}"]
        {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_is_cut_at_the_body() {
        let template = Template::parse("v0:{ts}:{body}.{id}").unwrap();
        let mut text = Vec::new();
        write(&template.before, Some(b"17"), Some(b"x"), &mut text);
        text.extend_from_slice(b"BODY");
        write(&template.after, Some(b"17"), Some(b"x"), &mut text);
        assert_eq!(text, b"v0:17:BODY.x");
        assert!(Template::parse("{body}").unwrap().is_body());
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
            ("{ts}.{body}", ""),
        ] {
            assert_eq!(Template::parse(text).unwrap().ends_of_id(), want.as_bytes(), "{text}");
        }
    }

    #[test]
    fn two_values_side_by_side_are_seen() {
        for (text, checked, want) in [
            ("{id}{body}", true, Some(("id", "body"))),
            ("v1:{body}{id}", true, Some(("body", "id"))),
            ("{ts}{body}", true, None),
            ("{ts}{body}", false, Some(("ts", "body"))),
            ("{body}{ts}", true, None),
            ("{id}{ts}.{body}", true, Some(("id", "ts"))),
            ("{ts}{id}.{body}", true, Some(("ts", "id"))),
            ("{id}.{ts}.{body}", false, None),
            ("{ts}1{body}", false, Some(("ts", "a digit"))),
            ("{body}.1{ts}", false, Some(("ts", "a digit"))),
            ("{ts}1{body}", true, None),
        ] {
            assert_eq!(Template::parse(text).unwrap().blurred(checked), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([{}a.]|\\{body\\}|\\{ts\\}|\\{id\\}){0,12}") {
            let _ = Template::parse(&text);
        }

        #[test]
        fn a_template_is_written_as_its_text_says(
            text in "([a.:]|\\{ts\\}|\\{id\\}){0,4}\\{body\\}([a.:]|\\{ts\\}|\\{id\\}){0,4}",
        ) {
            let Ok(template) = Template::parse(&text) else { return Ok(()) };
            let mut written = Vec::new();
            write(&template.before, Some(b"17"), Some(b"x"), &mut written);
            written.extend_from_slice(b"BODY");
            write(&template.after, Some(b"17"), Some(b"x"), &mut written);
            let want = text.replace("{ts}", "17").replace("{id}", "x").replace("{body}", "BODY");
            prop_assert_eq!(written, want.into_bytes());
        }
    }
}
