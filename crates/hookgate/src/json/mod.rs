//! The core's own JSON reader, for what `serde_json` cannot do on hostile or JavaScript-made texts.
//!
//! Four questions are asked of a body, and none of them needs a tree:
//!
//! - [`members`]: which values stand in the one object that a scheme signs field by field?
//! - [`text_at`]: which text stands at a path of keys in a body of up to some MiB?
//! - [`values_at`]: which values stand at a path through objects and arrays?
//! - [`reserialise`]: which bytes would Node have signed, had it parsed this body and printed it
//!   again?
//!
//! All four run over the same flat events of [`lexer::Lexer`]: no recursion, nesting of at most
//! [`MAX_DEPTH`], time in the order of n log n. Where JSON readers disagree on a text (RFC 8259,
//! section 4 on names that occur twice, section 8.1 on the byte order mark) the text is refused,
//! because a signature that two readers understand differently proves nothing.

mod ecmascript;
mod lexer;
pub(crate) mod object;
mod scan;
#[cfg(test)]
mod tests;
mod text;

use std::{error::Error, fmt};

pub(crate) use self::{
    ecmascript::reserialise,
    scan::{Scalar, Step, members, text_at, values_at},
};

/// Deepest nesting that is read; the outermost object or array is at depth 1.
///
/// RFC 8259, section 9 allows a limit. 64 is what fits into one word of the reader's state, and
/// far beyond what a webhook has use for.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why a text was refused.
///
/// None of the kinds carries a position or a part of the text, so that the error may be shown and
/// logged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// The bytes are no UTF-8, which RFC 8259, section 8.1 demands between systems.
    NotUtf8,
    /// The text is not of the grammar of RFC 8259. A byte order mark and anything after the value
    /// count as such.
    Syntax,
    /// The text nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A key occurs twice in one object. Readers take the first, the last or both.
    DuplicateKey,
    /// The text is a value, but no object, where only an object has a meaning.
    NotAnObject,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "text is not UTF-8",
            Self::Syntax => "text is not JSON",
            Self::TooDeep => "JSON is nested too deeply",
            Self::DuplicateKey => "key occurs twice in one JSON object",
            Self::NotAnObject => "JSON is not an object",
        })
    }
}

impl Error for ScanError {}
