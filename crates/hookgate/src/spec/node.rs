//! A file as a tree that knows where each value stands, whichever format it came in.

/// A value, and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    /// Bytes from the start of the file.
    pub(super) at: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text(String),
    /// A date of TOML's, which no field takes.
    #[cfg(feature = "toml")]
    Date,
    List(Vec<Node>),
    Table(Vec<Member>),
}

/// A field of a table.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) at: usize,
    pub(super) node: Node,
}

/// One step to a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    pub(super) fn key(name: &str) -> Self {
        Self::Key(name.into())
    }
}

impl Value {
    /// What it is, in the words of a file: never the value itself.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Whole(_) => "a whole number",
            Self::Number(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            #[cfg(feature = "toml")]
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    pub(super) fn get(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match (step, &node.value) {
            (Step::Key(key), Value::Table(members)) => {
                members.iter().find(|member| member.key == *key).map(|member| &member.node)
            }
            (Step::Index(index), Value::List(items)) => items.get(*index),
            _ => None,
        })
    }

    /// Where the innermost table around a field stands that the file has.
    pub(super) fn nearest(&self, path: &[Step]) -> usize {
        let rest = path.split_last().map_or(path, |(_, rest)| rest);
        match self.get(rest) {
            Some(node) => node.at,
            None => self.nearest(rest),
        }
    }
}

/// A path as people write it: `scheme.methods[0]`.
pub(super) fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                if !key.is_empty() && key.bytes().all(bare) {
                    text.push_str(key);
                } else {
                    text.push_str(&format!("{key:?}"));
                }
            }
        }
    }
    text
}
