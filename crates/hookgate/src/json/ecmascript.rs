//! `JSON.stringify(JSON.parse(body))` as ECMAScript defines it, without an engine.
//!
//! Sections of ECMA-262 are those of its 15th edition (2024).

use super::{
    ScanError,
    lexer::{Event, Lexer},
    text::{Piece, RawText},
};

/// What `JSON.stringify(JSON.parse(body))` gives (ECMA-262, sections 25.5.1 and 25.5.2).
///
/// Some senders sign that instead of what they send. Refused on purpose, though JavaScript would
/// take them: keys that occur twice (the last one would win, so a signature for one event would
/// pass for a body that names another first), a byte order mark, bytes that are no UTF-8, and
/// nesting beyond [`MAX_DEPTH`](super::MAX_DEPTH).
///
/// The output is written once and in place; beside it, only one small record for each member of an
/// open object is kept. Both stay a small multiple of the body.
pub(crate) fn reserialise(body: &[u8]) -> Result<Vec<u8>, ScanError> {
    let mut lexer = Lexer::new(body)?;
    let mut writer = Writer::with_capacity(body.len());
    while let Some(event) = lexer.next_event()? {
        match event {
            Event::BeginObject => writer.begin_object(),
            Event::Key(key) => writer.key(key),
            Event::EndObject => writer.end_object()?,
            Event::BeginArray => {
                writer.separate();
                writer.out.push(b'[');
            }
            Event::EndArray => writer.out.push(b']'),
            Event::Text(text) => {
                writer.separate();
                write_text(&mut writer.out, text);
            }
            Event::Number(number) => {
                writer.separate();
                write_number(&mut writer.out, number)?;
            }
            Event::Literal(word) => {
                writer.separate();
                writer.out.extend_from_slice(word.as_bytes());
            }
        }
    }
    Ok(writer.out)
}

/// Where a member of an open object stands in the output.
#[derive(Clone, Copy, Debug)]
struct Member {
    start: usize,
    /// The end of the quoted key.
    key_end: usize,
    /// The end of the value; unknown until the object ends.
    end: usize,
}

impl Member {
    /// The quoted key as printed.
    ///
    /// Printing gives every string exactly one form, so that two keys are the same for JavaScript
    /// if and only if their printed forms are, lone surrogates included.
    fn key<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        out.get(self.start..self.key_end).unwrap_or_default()
    }
}

/// An object whose end has not been read.
#[derive(Clone, Copy, Debug)]
struct OpenObject {
    /// Where its first member stands, or would stand, in the output.
    start: usize,
    /// Where its members begin in [`Writer::members`].
    members: usize,
}

#[derive(Debug)]
struct Writer {
    out: Vec<u8>,
    objects: Vec<OpenObject>,
    /// The members of all open objects, those of the innermost last.
    members: Vec<Member>,
}

impl Writer {
    fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), objects: Vec::new(), members: Vec::new() }
    }

    /// Writes the comma that a value or key needs unless it is a container's first or follows a
    /// colon. The last byte tells: no whole value ends with one of these.
    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'[' | b'{' | b':')) {
            self.out.push(b',');
        }
    }

    fn begin_object(&mut self) {
        self.separate();
        self.out.push(b'{');
        self.objects.push(OpenObject { start: self.out.len(), members: self.members.len() });
    }

    fn key(&mut self, key: RawText<'_>) {
        self.separate();
        let start = self.out.len();
        write_text(&mut self.out, key);
        let key_end = self.out.len();
        self.out.push(b':');
        self.members.push(Member { start, key_end, end: key_end });
    }

    fn end_object(&mut self) -> Result<(), ScanError> {
        let object = self.objects.pop().ok_or(ScanError::Syntax)?;
        let members = self.members.get_mut(object.members..).ok_or(ScanError::Syntax)?;
        if order_members(&self.out, members)? {
            let mut sorted = Vec::with_capacity(self.out.len().saturating_sub(object.start));
            for member in members {
                if !sorted.is_empty() {
                    sorted.push(b',');
                }
                let printed = self.out.get(member.start..member.end);
                sorted.extend_from_slice(printed.ok_or(ScanError::Syntax)?);
            }
            self.out.truncate(object.start);
            self.out.append(&mut sorted);
        }
        self.members.truncate(object.members);
        self.out.push(b'}');
        Ok(())
    }
}

/// Puts the members of one object, which end where the output ends, into the order in which
/// JavaScript lists them; says whether that is another one than theirs.
///
/// Moving members costs at most one copy of the output for each level of nesting, of which there
/// are at most [`MAX_DEPTH`](super::MAX_DEPTH).
fn order_members(out: &[u8], members: &mut [Member]) -> Result<bool, ScanError> {
    let mut end = out.len();
    for member in members.iter_mut().rev() {
        member.end = end;
        // The comma before it.
        end = member.start.saturating_sub(1);
    }
    members.sort_unstable_by(|a, b| a.key(out).cmp(b.key(out)));
    if members.windows(2).any(|pair| matches!(pair, [a, b] if a.key(out) == b.key(out))) {
        return Err(ScanError::DuplicateKey);
    }
    members.sort_unstable_by_key(|member| (rank(member.key(out)), member.start));
    Ok(!members.is_sorted_by_key(|member| member.start))
}

/// Where JavaScript lists a quoted key: array indices first and ascending, then all other keys as
/// they were made (ECMA-262, section 10.1.11.1).
///
/// Array indices are the canonical decimal numbers below 2^32 - 1 (section 6.1.7), so `u32::MAX`
/// is free to stand for all other keys.
fn rank(quoted: &[u8]) -> u32 {
    let digits = match quoted {
        b"\"0\"" => return 0,
        [b'"', digits @ .., b'"'] if digits.first() != Some(&b'0') => digits,
        _ => return u32::MAX,
    };
    // `parse` alone would take a sign.
    if !digits.iter().all(u8::is_ascii_digit) {
        return u32::MAX;
    }
    let index = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    index.unwrap_or(u32::MAX)
}

/// Writes a number as `Number::toString` does (ECMA-262, section 6.1.6.1.20).
fn write_number(out: &mut Vec<u8>, token: &str) -> Result<(), ScanError> {
    // Every token of the grammar parses; what is too large becomes infinite.
    let number: f64 = token.parse().map_err(|_| ScanError::Syntax)?;
    if number.is_finite() {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        // SerializeJSONProperty (ECMA-262, section 25.5.2.2), on numbers that are not finite.
        out.extend_from_slice(b"null");
    }
    Ok(())
}

/// Writes a string as `QuoteJSONString` does (ECMA-262, section 25.5.2.3).
fn write_text(out: &mut Vec<u8>, text: RawText<'_>) {
    out.push(b'"');
    for piece in text.pieces() {
        match piece {
            // No control character, quote or backslash comes unescaped out of a correct text.
            Piece::Plain(run) => out.extend_from_slice(run.as_bytes()),
            Piece::Char('\u{8}') => out.extend_from_slice(b"\\b"),
            Piece::Char('\t') => out.extend_from_slice(b"\\t"),
            Piece::Char('\n') => out.extend_from_slice(b"\\n"),
            Piece::Char('\u{c}') => out.extend_from_slice(b"\\f"),
            Piece::Char('\r') => out.extend_from_slice(b"\\r"),
            Piece::Char('"') => out.extend_from_slice(b"\\\""),
            Piece::Char('\\') => out.extend_from_slice(b"\\\\"),
            Piece::Char(c @ '\0'..'\u{20}') => write_unit(out, u32::from(c)),
            Piece::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Surrogate(unit) => write_unit(out, u32::from(unit)),
        }
    }
    out.push(b'"');
}

/// Writes `UnicodeEscape` (ECMA-262, section 25.5.2.4): four digits, lower case.
fn write_unit(out: &mut Vec<u8>, unit: u32) {
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        let digit = char::from_digit(unit.wrapping_shr(shift) & 0xf, 16).unwrap_or('0');
        out.extend_from_slice(digit.encode_utf8(&mut [0; 4]).as_bytes());
    }
}
