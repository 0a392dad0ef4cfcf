//! One field of a form, whichever of the two ways it is sent in.

use crate::scheme::body::{form_value, scanned};
use crate::scheme::capture::Unclear;

/// The value of a field in a form: in `multipart/form-data` (RFC 7578) where the body begins with a
/// boundary, else urlencoded. `None` where there is no such field.
///
/// What the sender says of its content type is not asked: it is no more signed than the body.
pub(crate) fn field(body: &[u8], name: &[u8]) -> Result<Option<Vec<u8>>, Unclear> {
    let body = scanned(body)?;
    if body.starts_with(b"--") { part(body, name) } else { form_value(body, name) }
}

/// RFC 2046, section 5.1.1: parts between lines that are the boundary.
fn part(body: &[u8], name: &[u8]) -> Result<Option<Vec<u8>>, Unclear> {
    let (boundary, mut rest) = cut(body, b"\r\n").ok_or(Unclear)?;
    // At most 70 characters, and the two dashes.
    if boundary.len() > 72 {
        return Err(Unclear);
    }
    let delimiter = [b"\r\n", boundary].concat();
    let mut found = None;
    loop {
        let (part, next) = cut(rest, &delimiter).ok_or(Unclear)?;
        let (head, value) = match part.strip_prefix(b"\r\n") {
            Some(value) => (&b""[..], value),
            None => cut(part, b"\r\n\r\n").ok_or(Unclear)?,
        };
        if is_named(head, name)? && found.replace(value.to_vec()).is_some() {
            return Err(Unclear);
        }
        match next.strip_prefix(b"\r\n") {
            Some(more) => rest = more,
            None if next.starts_with(b"--") => return Ok(found),
            None => return Err(Unclear),
        }
    }
}

/// Whether a part's one `Content-Disposition` gives it this name (RFC 7578, section 4.2).
fn is_named(head: &[u8], name: &[u8]) -> Result<bool, Unclear> {
    const FIELD: &[u8] = b"content-disposition:";
    let mut names = None;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let is_field = line.get(..FIELD.len()).is_some_and(|of| of.eq_ignore_ascii_case(FIELD));
        if is_field && names.replace(line).is_some() {
            return Err(Unclear);
        }
    }
    let Some(line) = names else {
        return Ok(false);
    };
    // Not the end of `filename`. Where a quoted value holds the like of it, which no browser
    // sends, two readers could find two names.
    let mut found = None;
    let mut rest = line;
    while let Some((before, value)) = cut(rest, b"name=\"") {
        let is_other = before.last().is_some_and(|byte| !b" ;\t".contains(byte));
        let (value, next) = cut(value, b"\"").ok_or(Unclear)?;
        if !is_other && found.replace(value).is_some() {
            return Err(Unclear);
        }
        rest = next;
    }
    found.map(|found| found == name).ok_or(Unclear)
}

fn cut<'t>(text: &'t [u8], separator: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = text.windows(separator.len()).position(|window| window == separator)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(parts: &[(&str, &str)]) -> String {
        let part = |(head, value): &(&str, &str)| format!("--b\r\n{head}\r\n\r\n{value}\r\n");
        parts.iter().map(part).collect::<String>() + "--b--\r\n"
    }

    #[test]
    fn a_field_is_found_in_either_form() {
        let other = ("Content-Disposition: form-data; name=\"a\"; filename=\"x\"", "1");
        let json = ("content-disposition: form-data; name=\"json\"\r\nX: y", "{\"a\":\r\n1}");
        let body = form(&[other, json]);
        assert_eq!(field(body.as_bytes(), b"json"), Ok(Some(b"{\"a\":\r\n1}".to_vec())));
        assert_eq!(field(body.as_bytes(), b"b"), Ok(None));
        assert_eq!(field(b"json=%7B%7D&a=1", b"json"), Ok(Some(b"{}".to_vec())));
        for body in [
            form(&[json, json]),
            form(&[json]).replace("--b--\r\n", ""),
            "--b\r\nno end".into(),
            "--".into(),
            "json=1&json=2".into(),
            form(&[("Content-Disposition: form-data", "1")]),
        ] {
            assert_eq!(field(body.as_bytes(), b"json"), Err(Unclear), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in "(--b|\r\n|name=\"json\"|Content-Disposition:|[a-z;\"-]){0,20}") {
            let _ = field(body.as_bytes(), b"json");
        }
    }
}
