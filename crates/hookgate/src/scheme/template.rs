//! The signed text: what stands before the body and after it.

use crate::scheme::plan::SchemeError;

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

    /// The literals that stand right before or after the id: an id that holds one of them could
    /// be cut in another place and give the same text.
    pub(crate) fn around_id(&self) -> Vec<Box<[u8]>> {
        let mut found = Vec::new();
        for side in [&self.before, &self.after] {
            for pair in side.windows(2) {
                if let [Segment::Literal(text), Segment::Id]
                | [Segment::Id, Segment::Literal(text)] = pair
                {
                    found.push(text.clone());
                }
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
        assert_eq!(template.around_id(), [Box::from(&b"."[..])]);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([{}a.]|\\{body\\}|\\{ts\\}|\\{id\\}){0,12}") {
            let _ = Template::parse(&text);
        }
    }
}
