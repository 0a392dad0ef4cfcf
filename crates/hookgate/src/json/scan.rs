//! Reads single values out of a text that is checked as a whole.

use std::borrow::Cow;

use super::{
    ScanError,
    lexer::{Event, Lexer},
};

/// One member's value at the top level of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    /// A string, without escapes.
    Text(Cow<'a, str>),
    /// A number, as received: `1`, `1.0` and `1e0` sign differently.
    Number(&'a str),
    Null,
    /// An object, an array, a boolean, or a string that is no Unicode text.
    Other,
}

impl<'a> Scalar<'a> {
    /// The value that begins with `event`.
    fn beginning_with(event: Event<'a>) -> Self {
        match event {
            Event::Text(text) => text.decode().map_or(Self::Other, Self::Text),
            Event::Number(number) => Self::Number(number),
            Event::Literal("null") => Self::Null,
            _ => Self::Other,
        }
    }
}

/// The members of the one object that the text is, in the order of the text.
///
/// For schemes whose signed text lies inside the body. Such a text must mean the same to every
/// reader, so a key that occurs twice in one object is refused at any depth, keys being compared
/// without their escapes, and so is a key that is no Unicode text (as [`ScanError::Syntax`]).
/// Whether the text is an object is told from its first token.
pub(crate) fn members(body: &[u8]) -> Result<Vec<(Cow<'_, str>, Scalar<'_>)>, ScanError> {
    let mut lexer = Lexer::new(body)?;
    if !matches!(lexer.next_event()?, Some(Event::BeginObject)) {
        return Err(ScanError::NotAnObject);
    }
    let mut members = Vec::new();
    let mut pending = None;
    // The keys of all open objects but the outermost, and where those of each object begin.
    let mut nested_keys = Vec::new();
    let mut starts = Vec::new();
    while let Some(event) = lexer.next_event()? {
        if let Some(key) = pending.take() {
            members.push((key, Scalar::beginning_with(event)));
        }
        match event {
            Event::Key(key) => {
                let key = key.decode().ok_or(ScanError::Syntax)?;
                if lexer.depth() == 1 {
                    pending = Some(key);
                } else {
                    nested_keys.push(key);
                }
            }
            Event::BeginObject => starts.push(nested_keys.len()),
            Event::EndObject => {
                // Without a start this is the end of the outermost object.
                if let Some(start) = starts.pop() {
                    if nested_keys.get_mut(start..).is_none_or(has_duplicate) {
                        return Err(ScanError::DuplicateKey);
                    }
                    nested_keys.truncate(start);
                }
            }
            _ => {}
        }
    }
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
    if has_duplicate(&mut keys) {
        return Err(ScanError::DuplicateKey);
    }
    Ok(members)
}

/// Whether a key occurs twice; sorts, because no choice of keys makes sorting slow.
fn has_duplicate<K: Ord>(keys: &mut [K]) -> bool {
    keys.sort_unstable();
    keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// The text at a path of object keys, such as `["data", "type"]`; `None` when the path leads
/// nowhere or to what is no Unicode text.
///
/// One pass without a tree and, unless the wanted text has escapes, without an allocation, since
/// bodies may be some MiB. The whole text is checked for syntax. Of keys that occur twice, those
/// on the path are refused: only they could make another reader see another text here.
pub(crate) fn text_at<'a>(
    body: &'a [u8],
    path: &[&str],
) -> Result<Option<Cow<'a, str>>, ScanError> {
    let mut lexer = Lexer::new(body)?;
    let mut text = None;
    // Whether the next event begins the value at `path[..found]`.
    let mut on_path = true;
    // How many keys of the path have occurred so far. A key can only occur after those before it,
    // so this also tells which ones have.
    let mut found = 0;
    // The depth down to which all open containers are objects on the path.
    let mut level = 0;
    while let Some(event) = lexer.next_event()? {
        let was_on_path = std::mem::take(&mut on_path);
        match event {
            Event::Key(key) if lexer.depth() == level => {
                let wanted = level.checked_sub(1).and_then(|index| path.get(index));
                if wanted.is_some_and(|wanted| key.is(wanted)) {
                    if found >= level {
                        return Err(ScanError::DuplicateKey);
                    }
                    found = level;
                    on_path = true;
                }
            }
            Event::BeginObject if was_on_path => level = lexer.depth(),
            Event::EndObject => level = level.min(lexer.depth()),
            Event::Text(value) if was_on_path && found == path.len() => text = value.decode(),
            _ => {}
        }
    }
    Ok(text)
}

/// One step of a path through objects and arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The member of this name or, in an array, the element at this index (RFC 6901, section 4).
    Name(Box<str>, Option<usize>),
    /// Every element of an array.
    Every,
}

impl Step {
    pub(crate) fn name(name: &str) -> Self {
        let index = name.parse().ok().filter(|index: &usize| index.to_string() == name);
        Self::Name(name.into(), index)
    }

    fn is_index(&self, at: usize) -> bool {
        match self {
            Self::Name(_, index) => *index == Some(at),
            Self::Every => true,
        }
    }
}

/// A container on the path.
enum Open {
    /// Whether the key on the path has occurred.
    Object(bool),
    /// How many elements have begun.
    Array(usize),
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Values<'a> {
    pub(crate) found: Vec<Scalar<'a>>,
    /// Whether the path ends before its last step somewhere: in one of an array's elements, where
    /// a step is for all of them.
    pub(crate) is_cut_short: bool,
}

/// The values at a path through objects and arrays: one at most, unless a step is for every
/// element. As [`text_at`], it checks the whole text, and refuses keys on the path that occur
/// twice.
pub(crate) fn values_at<'a>(body: &'a [u8], path: &[Step]) -> Result<Values<'a>, ScanError> {
    let mut lexer = Lexer::new(body)?;
    let mut found = Vec::new();
    let mut is_cut_short = false;
    // The containers down to which all that are open are on the path.
    let mut open: Vec<Open> = Vec::new();
    let mut is_wanted_member = false;
    while let Some(event) = lexer.next_event()? {
        let begins = match event {
            Event::Key(key) => {
                is_wanted_member = false;
                let level = open.len();
                let step = level.checked_sub(1).and_then(|at| path.get(at));
                if lexer.depth() == level
                    && let (Some(Open::Object(seen)), Some(Step::Name(name, _))) =
                        (open.last_mut(), step)
                    && key.is(name)
                {
                    if std::mem::replace(seen, true) {
                        return Err(ScanError::DuplicateKey);
                    }
                    is_wanted_member = true;
                }
                continue;
            }
            Event::EndObject | Event::EndArray => {
                if open.len() > lexer.depth()
                    && let Some(last) = open.pop()
                {
                    is_cut_short |= match (last, path.get(open.len())) {
                        (Open::Object(seen), _) => !seen,
                        (Open::Array(begun), Some(Step::Name(_, Some(index)))) => begun <= *index,
                        (Open::Array(_), Some(Step::Name(_, None)) | None) => true,
                        (Open::Array(_), Some(Step::Every)) => false,
                    };
                }
                continue;
            }
            Event::BeginObject => Some(Open::Object(false)),
            Event::BeginArray => Some(Open::Array(0)),
            _ => None,
        };
        let parent = lexer.depth().saturating_sub(usize::from(begins.is_some()));
        let step = parent.checked_sub(1).and_then(|at| path.get(at));
        let is_on_path = parent == open.len()
            && match (open.last_mut(), step) {
                (None, _) => true,
                (Some(Open::Object(_)), _) => std::mem::take(&mut is_wanted_member),
                (Some(Open::Array(next)), Some(step)) => {
                    let at = *next;
                    *next = next.saturating_add(1);
                    step.is_index(at)
                }
                (Some(Open::Array(_)), None) => false,
            };
        if !is_on_path {
            continue;
        }
        if parent == path.len() {
            found.push(Scalar::beginning_with(event));
        } else {
            is_cut_short |= begins.is_none();
            open.extend(begins);
        }
    }
    Ok(Values { found, is_cut_short })
}
