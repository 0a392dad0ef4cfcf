//! PEM (RFC 7468), as loosely as tools write it in its line breaks and as strictly as it goes
//! otherwise.

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// More than the longest chain of certificates that a provider shows.
const MOST: usize = 16;

/// What stands between two boundaries, not yet decoded.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) label: &'a [u8],
    text: &'a [u8],
}

impl Block<'_> {
    /// The bytes. Line breaks may stand anywhere or, as eBay shows its keys, nowhere; no other
    /// white space and no header may.
    pub(super) fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        let is_digit = |byte: &u8| !matches!(byte, b'\r' | b'\n');
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(self.text.iter().copied().filter(is_digit).collect());
        let bytes = BASE64_STANDARD.decode(&*digits).ok().map(Zeroizing::new)?;
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// The blocks of a text that holds nothing else; line breaks may stand between and after them.
pub(super) fn blocks(mut text: &[u8]) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    while !text.is_empty() {
        let rest = text.strip_prefix(BEGIN)?;
        let (label, rest) = split(rest, DASHES)?;
        let (inside, rest) = split(rest, END)?;
        let rest = rest.strip_prefix(label)?.strip_prefix(DASHES)?;
        if blocks.len() == MOST {
            return None;
        }
        blocks.push(Block { label, text: inside });
        let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        text = rest.get(breaks..)?;
    }
    Some(blocks)
}

/// What comes before and after the first occurrence of `at`.
fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = text.windows(at.len()).position(|window| window == at)?;
    Some((text.get(..start)?, text.get(start..)?.strip_prefix(at)?))
}
