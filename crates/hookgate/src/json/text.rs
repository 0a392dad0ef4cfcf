//! JSON strings as they are received: where they end, and what their escapes stand for.

use std::borrow::Cow;

/// A string between its quotes, as received and with all escapes known to be well formed.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawText<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> RawText<'a> {
    /// `escaped` says whether there is a backslash in `raw`, which is correct JSON.
    pub(super) fn new(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The text without escapes; `None` when it holds a surrogate without its partner, which is no
    /// Unicode text (RFC 8259, section 8.2).
    pub(super) fn decode(self) -> Option<Cow<'a, str>> {
        if !self.escaped {
            return Some(Cow::Borrowed(self.raw));
        }
        let mut text = String::with_capacity(self.raw.len());
        for piece in self.pieces() {
            match piece {
                Piece::Plain(run) => text.push_str(run),
                Piece::Char(c) => text.push(c),
                Piece::Surrogate(_) => return None,
            }
        }
        Some(Cow::Owned(text))
    }

    /// Whether the text without escapes is `wanted`, found out without a copy.
    pub(super) fn is(self, wanted: &str) -> bool {
        if !self.escaped {
            return self.raw == wanted;
        }
        let mut wanted = wanted;
        for piece in self.pieces() {
            let rest = match piece {
                Piece::Plain(run) => wanted.strip_prefix(run),
                Piece::Char(c) => wanted.strip_prefix(c),
                Piece::Surrogate(_) => None,
            };
            let Some(rest) = rest else { return false };
            wanted = rest;
        }
        wanted.is_empty()
    }

    /// The text in runs without escapes and single escapes.
    pub(super) fn pieces(self) -> Pieces<'a> {
        Pieces { rest: self.raw }
    }
}

/// A part of a string.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// Characters that stand for themselves.
    Plain(&'a str),
    /// What an escape, or a pair of escapes for two surrogates, stands for.
    Char(char),
    /// An escape for a surrogate without its partner.
    Surrogate(u16),
}

/// See [`RawText::pieces`].
#[derive(Clone, Debug)]
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let run_len = self.rest.find('\\').unwrap_or(self.rest.len());
        if run_len > 0 {
            let (run, rest) = self.rest.split_at_checked(run_len)?;
            self.rest = rest;
            return Some(Piece::Plain(run));
        }
        let unit = self.escape()?;
        if let Some(c) = char::from_u32(u32::from(unit)) {
            return Some(Piece::Char(c));
        }
        let mut ahead = self.clone();
        if let Some(second) = ahead.escape()
            && let Some(Ok(c)) = char::decode_utf16([unit, second]).next()
        {
            *self = ahead;
            return Some(Piece::Char(c));
        }
        Some(Piece::Surrogate(unit))
    }
}

impl Pieces<'_> {
    /// Reads an escape, if one is next.
    fn escape(&mut self) -> Option<u16> {
        let (unit, len) = read_escape(self.rest)?;
        self.rest = self.rest.get(len..)?;
        Some(unit)
    }
}

/// How many bytes of a string come before the next quote, backslash or control character.
///
/// Long strings are what makes bodies large, so eight bytes are looked at in one step.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = mark_special(u64::from_le_bytes(*word));
        if marks != 0 {
            // The first byte is the lowest, and its mark its highest bit.
            let within = usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default();
            return index.saturating_mul(8).saturating_add(within);
        }
    }
    let special = tail.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20);
    let before = words.len().saturating_mul(8);
    before.saturating_add(special.unwrap_or(tail.len()))
}

/// Sets the highest bit of the lowest byte that is a quote, a backslash or a control character,
/// and no bit below it; what is above it means nothing.
///
/// Taking `n` from a byte borrows if and only if the byte is less than `n`, which shows in its
/// highest bit unless that was set before. A byte is `c` if it is less than 1 once `c` is XORed
/// out. Borrows run upwards only, hence "the lowest".
fn mark_special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    const SPACES: u64 = u64::from_le_bytes([0x20; 8]);
    let quote = word ^ QUOTES;
    let backslash = word ^ BACKSLASHES;
    let marks = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(SPACES) & !word);
    marks & TOPS
}

/// The UTF-16 code unit that the escape at the front of `text` stands for, and the escape's length
/// (RFC 8259, section 7).
pub(super) fn read_escape(text: &str) -> Option<(u16, usize)> {
    let unit = match text.as_bytes() {
        [b'\\', b'u', ..] => {
            let digits = text.get(2..6)?;
            // `from_str_radix` alone would take a sign.
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            return Some((u16::from_str_radix(digits, 16).ok()?, 6));
        }
        [b'\\', c @ (b'"' | b'\\' | b'/'), ..] => u16::from(*c),
        [b'\\', b'b', ..] => 0x08,
        [b'\\', b't', ..] => 0x09,
        [b'\\', b'n', ..] => 0x0a,
        [b'\\', b'f', ..] => 0x0c,
        [b'\\', b'r', ..] => 0x0d,
        _ => return None,
    };
    Some((unit, 2))
}
