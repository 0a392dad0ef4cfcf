//! The signed text: its parts, in order, around the body.

use crate::scheme::body::BodyPart;
use crate::scheme::capture::{Capture, Captured, Unclear};
use crate::scheme::error::SchemeError;
use crate::scheme::place::{header_name, json_steps};

/// One part of the signed text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    Literal(Box<[u8]>),
    Timestamp,
    Id,
    /// A value of the head, by its number among the captured ones.
    Captured(usize),
    /// Something that is made from the body.
    Body(BodyPart),
    /// Literals around a captured value, all left out where it is missing.
    Optional {
        before: Box<[u8]>,
        value: usize,
        after: Box<[u8]>,
    },
}

impl Segment {
    /// About how long it is once it is written, so that its text has room from the start.
    fn length(&self, values: &Values<'_>) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Timestamp => values.timestamp.map_or(0, str::len),
            Self::Id => values.id.map_or(0, str::len),
            Self::Captured(_) | Self::Body(_) | Self::Optional { .. } => 0,
        }
    }
}

/// Where the secret stands in the text of a plain hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SecretAt {
    Start,
    End,
}

/// A compiled template. Where the body itself is signed it stands between the two lists, so that
/// the MAC runs along as it comes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Template {
    pub(crate) before: Vec<Segment>,
    pub(crate) after: Vec<Segment>,
    pub(crate) holds_body: bool,
    pub(crate) holds_time: bool,
    pub(crate) holds_id: bool,
    pub(crate) captures: Vec<Capture>,
    pub(crate) secret: Option<SecretAt>,
}

/// What the parts stand for in one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'v> {
    /// `None` leaves the time out.
    pub(crate) timestamp: Option<&'v str>,
    pub(crate) id: Option<&'v str>,
    pub(crate) captured: &'v Captured,
    /// For parts that are made from it.
    pub(crate) body: &'v [u8],
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, SchemeError> {
        let mut template = Self::default();
        let mut literal = String::new();
        let mut rest = text;
        let mut is_first = true;
        while !rest.is_empty() {
            if template.secret == Some(SecretAt::End) {
                return Err(SchemeError::Secret);
            }
            if let Some((brace, tail)) = twice(rest) {
                literal.push(brace);
                rest = tail;
                continue;
            }
            let (plain, tail) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
            if !plain.is_empty() {
                literal.push_str(plain);
                rest = tail;
                continue;
            }
            let odd = || SchemeError::TemplateBrace(text.into());
            if let Some(group) = tail.strip_prefix("{?") {
                let (inside, next) = group.split_once("?}").ok_or_else(odd)?;
                template.flush(&mut literal);
                template.optional(inside).ok_or_else(odd)??;
                rest = next;
                is_first = false;
                continue;
            }
            let inside = tail.strip_prefix('{').ok_or_else(odd)?;
            let (name, next) = inside.split_once('}').ok_or_else(odd)?;
            let starts = is_first && literal.is_empty();
            template.flush(&mut literal);
            match name {
                "body" if template.holds_body => {
                    return Err(SchemeError::TemplateBodyTwice(text.into()));
                }
                "body" => template.holds_body = true,
                "secret" if template.secret.is_some() => return Err(SchemeError::Secret),
                "secret" if starts => template.secret = Some(SecretAt::Start),
                "secret" => template.secret = Some(SecretAt::End),
                _ => {
                    let segment = template.segment(name)?;
                    template.push(segment);
                }
            }
            is_first = false;
            rest = next;
        }
        if template.secret == Some(SecretAt::End) && !literal.is_empty() {
            return Err(SchemeError::Secret);
        }
        template.flush(&mut literal);
        Ok(template)
    }

    fn push(&mut self, segment: Segment) {
        self.holds_time |= segment == Segment::Timestamp;
        self.holds_id |= segment == Segment::Id;
        if self.holds_body { &mut self.after } else { &mut self.before }.push(segment);
    }

    fn flush(&mut self, literal: &mut String) {
        if !literal.is_empty() {
            self.push(Segment::Literal(std::mem::take(literal).into_bytes().into()));
        }
    }

    fn segment(&mut self, name: &str) -> Result<Segment, SchemeError> {
        Ok(match name.split_once(':') {
            None if name == "ts" => Segment::Timestamp,
            None if name == "id" => Segment::Id,
            None if name == "sorted-form" => Segment::Body(BodyPart::SortedForm),
            Some(("body", "sha256")) => Segment::Body(BodyPart::Sha256),
            Some(("body", "sha256-hex")) => Segment::Body(BodyPart::Sha256Hex),
            Some(("body", "sha512-base64")) => Segment::Body(BodyPart::Sha512Base64),
            Some(("body", "crc32")) => Segment::Body(BodyPart::Crc32),
            Some(("body", "json-string")) => Segment::Body(BodyPart::JsonString),
            Some(("form", field)) if !field.is_empty() => {
                Segment::Body(BodyPart::Form(field.as_bytes().into(), Vec::new()))
            }
            Some(("json", pointer)) => {
                Segment::Body(BodyPart::Json(json_steps(pointer)?, Vec::new()))
            }
            _ => Segment::Captured(self.capture(name)?),
        })
    }

    /// The number of a value of the head.
    fn capture(&mut self, name: &str) -> Result<usize, SchemeError> {
        let own = |text: &str| Box::from(text.as_bytes());
        let capture = match name.split_once(':') {
            None if name == "url" => Capture::UrlAsSent,
            None if name == "method" => Capture::Method,
            None if name == "sorted-query" => Capture::SortedQuery,
            Some(("url", "no-query")) => Capture::Path,
            Some(("header", header)) => Capture::Header(header_name(header)?),
            Some(("query", field)) if !field.is_empty() => {
                Capture::Query { name: own(field), lower: false }
            }
            Some(("query-lower", field)) if !field.is_empty() => {
                Capture::Query { name: own(field), lower: true }
            }
            Some(("sigfield", field)) if !field.is_empty() => Capture::SignatureField(own(field)),
            _ => return Err(SchemeError::TemplatePart(name.into())),
        };
        self.captures.push(capture);
        Ok(self.captures.len().saturating_sub(1))
    }

    /// `None` where the group is not a value between two literals.
    fn optional(&mut self, inside: &str) -> Option<Result<(), SchemeError>> {
        let (before, rest) = inside.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        if before.is_empty() || after.is_empty() || after.contains(['{', '}']) {
            return None;
        }
        let own = |text: &str| Box::from(text.as_bytes());
        let (before, after) = (own(before), own(after));
        Some(self.capture(name).map(|value| self.push(Segment::Optional { before, value, after })))
    }

    /// Whether the signed text is the body and nothing else.
    pub(crate) fn is_body(&self) -> bool {
        self.holds_body && self.before.is_empty() && self.after.is_empty()
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.before.iter().chain(&self.after)
    }

    pub(crate) fn segments_mut(&mut self) -> impl Iterator<Item = &mut Segment> {
        self.before.iter_mut().chain(&mut self.after)
    }

    pub(crate) fn body_parts(&self) -> impl Iterator<Item = &BodyPart> {
        self.segments().filter_map(|segment| match segment {
            Segment::Body(part) => Some(part),
            _ => None,
        })
    }
}

/// A brace that stands for itself, and what comes after it.
fn twice(text: &str) -> Option<(char, &str)> {
    let open = text.strip_prefix("{{").map(|rest| ('{', rest));
    open.or_else(|| text.strip_prefix("}}").map(|rest| ('}', rest)))
}

/// Writes one side of the template.
///
/// # Errors
///
/// When a part is missing from the request or cannot be read from it in one way only.
pub(crate) fn write(
    side: &[Segment],
    values: &Values<'_>,
    to: &mut Vec<u8>,
) -> Result<(), Unclear> {
    to.reserve(side.iter().map(|segment| segment.length(values)).fold(0, usize::saturating_add));
    let captured = |at: &usize| values.captured.get(*at).and_then(|value| value.as_deref());
    for segment in side {
        match segment {
            Segment::Literal(text) => to.extend_from_slice(text),
            Segment::Timestamp => {
                to.extend_from_slice(values.timestamp.unwrap_or_default().as_bytes())
            }
            Segment::Id => to.extend_from_slice(values.id.unwrap_or_default().as_bytes()),
            Segment::Captured(at) => to.extend_from_slice(captured(at).ok_or(Unclear)?),
            Segment::Body(part) => part.write(values.body, to)?,
            Segment::Optional { before, value, after } => {
                if let Some(value) = captured(value) {
                    to.extend_from_slice(before);
                    to.extend_from_slice(value);
                    to.extend_from_slice(after);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_of(template: &Template, body: &[u8]) -> Vec<u8> {
        let captured: Captured =
            (0..template.captures.len()).map(|_| Some(b"c"[..].into())).collect();
        let values = Values { timestamp: Some("17"), id: Some("x"), captured: &captured, body };
        let mut text = Vec::new();
        write(&template.before, &values, &mut text).unwrap();
        if template.holds_body {
            text.extend_from_slice(body);
        }
        write(&template.after, &values, &mut text).unwrap();
        text
    }

    #[test]
    fn broken_templates_are_refused() {
        for text in [
            "{body}{body}",
            "{body",
            "body}",
            "{}",
            "{Body}",
            "{body}}",
            "{header:a b}",
            "{query:}",
            "{json:x}",
            "{?{query:a}?}",
            "{?a{query:a}",
            "{?a{query:a}b{query:c}d?}",
            "{secret}{secret}",
            "a{secret}{body}",
            "{body}{secret}.",
            "{body:md5}",
            "{sorted-body}",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_is_cut_at_the_body() {
        let template = Template::parse("v0:{ts}:{body}.{id}").unwrap();
        assert_eq!(text_of(&template, b"BODY"), b"v0:17:BODY.x");
        assert!(Template::parse("{body}").unwrap().is_body());
        assert!(!Template::parse("").unwrap().is_body());
    }

    #[test]
    fn braces_groups_and_made_parts() {
        let template = Template::parse(r#"{{"Body":{body:json-string},"t":{ts}}}"#).unwrap();
        assert_eq!(text_of(&template, b"{\"a\"}\n"), br#"{"Body":"{\"a\"}\n","t":17}"#);
        let template = Template::parse("{?id:{query:data.id};?}ts:{ts};").unwrap();
        assert_eq!(text_of(&template, b""), b"id:c;ts:17;");
        let captured: Captured = vec![None].into();
        let values = Values { timestamp: Some("1"), id: None, captured: &captured, body: b"" };
        let mut text = Vec::new();
        write(&template.before, &values, &mut text).unwrap();
        assert_eq!(text, b"ts:1;");
        let template = Template::parse("{body:crc32}|{body:sha256-hex}").unwrap();
        // The check value of CRC-32, and SHA-256 of the same text (FIPS 180-4).
        let want = b"3421780262|15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
        assert_eq!(text_of(&template, b"123456789"), want);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([{}a.?:]|\\{body\\}|\\{ts\\}|\\{\\?a\\{query:b\\}c\\?\\}|\\{json:/a\\}){0,12}") {
            let _ = Template::parse(&text);
        }

        #[test]
        fn a_template_is_written_as_its_text_says(
            text in "([a.:]|\\{ts\\}|\\{id\\}){0,4}\\{body\\}([a.:]|\\{ts\\}|\\{id\\}){0,4}",
        ) {
            let Ok(template) = Template::parse(&text) else { return Ok(()) };
            let want = text.replace("{ts}", "17").replace("{id}", "x").replace("{body}", "BODY");
            prop_assert_eq!(text_of(&template, b"BODY"), want.into_bytes());
        }
    }
}
