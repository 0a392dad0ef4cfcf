//! Turns a JSON text into a flat run of events, checking the grammar of RFC 8259 on the way.

use super::{
    MAX_DEPTH, ScanError,
    text::{RawText, plain_len, read_escape},
};

/// The kinds of the open containers are the bits of one `u64`.
const _: () = assert!(MAX_DEPTH <= 64);

/// One step through a text that has been correct so far.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// The name of a member; the next event begins its value.
    Key(RawText<'a>),
    Text(RawText<'a>),
    /// The token as received.
    Number(&'a str),
    /// `true`, `false` or `null`.
    Literal(&'static str),
}

/// What the grammar allows next.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// At the start, after a colon, and after a comma in an array.
    Value,
    /// After `[`: only here may an array end without a value before it.
    FirstItem,
    /// After a comma in an object: a key.
    Member,
    /// After `{`: only here may an object end without a member before it.
    FirstMember,
    /// After a value: a comma or the container's end, or nothing when none is open.
    More,
}

/// Reads events off the front of a text.
///
/// The state is a few words whatever the text holds: containers are counted, not stacked, so
/// nesting costs neither memory nor call depth.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// How many bytes of the text are behind us.
    at: usize,
    expect: Expect,
    /// One bit for each open container, the innermost lowest; set for objects.
    open: u64,
    depth: usize,
}

impl<'a> Lexer<'a> {
    /// Checks the encoding of the whole text at once, so that tokens are `str` without a check of
    /// their own.
    pub(super) fn new(body: &'a [u8]) -> Result<Self, ScanError> {
        let text = str::from_utf8(body).map_err(|_| ScanError::NotUtf8)?;
        Ok(Self { text, at: 0, expect: Expect::Value, open: 0, depth: 0 })
    }

    /// How many containers are open after the last event.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The next event; `None` once the text was one value with nothing after it.
    // Events are larger than what a call returns in registers, and each reader calls this in one
    // loop: inlined, texts of many short tokens are read in half the time.
    #[inline(always)]
    pub(super) fn next_event(&mut self) -> Result<Option<Event<'a>>, ScanError> {
        self.skip_space();
        if matches!(self.expect, Expect::More) {
            if self.depth == 0 {
                return if self.peek().is_none() { Ok(None) } else { Err(ScanError::Syntax) };
            }
            if self.peek() == Some(b',') {
                self.skip(1);
                self.skip_space();
                self.expect = if self.in_object() { Expect::Member } else { Expect::Value };
            }
        }
        // Which of a value, a key and the container's end the grammar allows here.
        let (value, key, end) = match self.expect {
            Expect::Value => (true, false, false),
            Expect::FirstItem => (true, false, true),
            Expect::Member => (false, true, false),
            Expect::FirstMember => (false, true, true),
            Expect::More => (false, false, true),
        };
        let event = match self.peek().ok_or(ScanError::Syntax)? {
            b'"' if key => self.key()?,
            b'"' if value => self.text_value()?,
            b'{' if value => self.begin(Event::BeginObject)?,
            b'[' if value => self.begin(Event::BeginArray)?,
            b'}' if end && self.in_object() => self.end(Event::EndObject),
            b']' if end && !self.in_object() => self.end(Event::EndArray),
            b't' if value => self.literal("true")?,
            b'f' if value => self.literal("false")?,
            b'n' if value => self.literal("null")?,
            b'-' | b'0'..=b'9' if value => self.number()?,
            _ => return Err(ScanError::Syntax),
        };
        Ok(Some(event))
    }

    /// Whether the innermost open container is an object.
    fn in_object(&self) -> bool {
        self.open & 1 == 1
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What is still to be read; empty, too, inside a character, where no token begins.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    /// RFC 8259, section 2 counts four characters as white space, fewer than Unicode or ASCII do.
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.skip(1);
        }
    }

    fn expect_byte(&mut self, byte: u8) -> Result<(), ScanError> {
        if self.peek() != Some(byte) {
            return Err(ScanError::Syntax);
        }
        self.skip(1);
        Ok(())
    }

    fn key(&mut self) -> Result<Event<'a>, ScanError> {
        let key = self.string()?;
        self.skip_space();
        self.expect_byte(b':')?;
        self.expect = Expect::Value;
        Ok(Event::Key(key))
    }

    fn text_value(&mut self) -> Result<Event<'a>, ScanError> {
        let text = self.string()?;
        self.expect = Expect::More;
        Ok(Event::Text(text))
    }

    fn begin(&mut self, event: Event<'a>) -> Result<Event<'a>, ScanError> {
        if self.depth >= MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        self.skip(1);
        let is_object = matches!(event, Event::BeginObject);
        self.expect = if is_object { Expect::FirstMember } else { Expect::FirstItem };
        self.open = self.open.wrapping_shl(1) | u64::from(is_object);
        self.depth = self.depth.saturating_add(1);
        Ok(event)
    }

    fn end(&mut self, event: Event<'a>) -> Event<'a> {
        self.skip(1);
        self.expect = Expect::More;
        self.open = self.open.wrapping_shr(1);
        self.depth = self.depth.saturating_sub(1);
        event
    }

    fn literal(&mut self, word: &'static str) -> Result<Event<'a>, ScanError> {
        if !self.rest().starts_with(word) {
            return Err(ScanError::Syntax);
        }
        self.skip(word.len());
        self.expect = Expect::More;
        Ok(Event::Literal(word))
    }

    fn number(&mut self) -> Result<Event<'a>, ScanError> {
        let rest = self.rest();
        let after = after_number(rest).ok_or(ScanError::Syntax)?;
        let token = rest.get(..rest.len().saturating_sub(after.len())).ok_or(ScanError::Syntax)?;
        self.skip(token.len());
        self.expect = Expect::More;
        Ok(Event::Number(token))
    }

    /// Escapes are checked here, but not decoded: most strings are never looked at.
    fn string(&mut self) -> Result<RawText<'a>, ScanError> {
        self.expect_byte(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip(plain_len(self.text.as_bytes().get(self.at..).unwrap_or_default()));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let (_, len) = read_escape(self.rest()).ok_or(ScanError::Syntax)?;
                    self.skip(len);
                }
                // A control character (RFC 8259, section 7) or the end of the text.
                _ => return Err(ScanError::Syntax),
            }
        }
        let raw = self.text.get(start..self.at).ok_or(ScanError::Syntax)?;
        self.skip(1);
        Ok(RawText::new(raw, escaped))
    }
}

/// What follows the number at the front of `text` (RFC 8259, section 6).
fn after_number(text: &str) -> Option<&str> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = match text.strip_prefix('0') {
        // A digit after a leading zero stays, and is refused as what follows the value.
        Some(rest) => rest,
        None => after_digits(text)?,
    };
    let text = match text.strip_prefix('.') {
        Some(fraction) => after_digits(fraction)?,
        None => text,
    };
    match text.strip_prefix(['e', 'E']) {
        Some(exponent) => after_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => Some(text),
    }
}

/// What follows one or more digits.
fn after_digits(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}
