//! Lists that own their texts and lend them as the slices that schemes are made of.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use yoke::{Yoke, Yokeable};

/// Texts of a table. A scheme borrows them as `&[&str]`, so the slice is kept beside them.
#[derive(Clone)]
pub(super) struct Names(Yoke<Slice<'static>, Arc<[String]>>);

#[derive(Clone, Yokeable)]
struct Slice<'a>(Vec<&'a str>);

impl Names {
    pub(super) fn as_slice(&self) -> &[&str] {
        &self.0.get().0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl<S: Into<String>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let names: Arc<[String]> = names.into_iter().map(Into::into).collect();
        Self(Yoke::attach_to_cart(names, |names| Slice(names.iter().map(String::as_str).collect())))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::from_iter([""; 0])
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Names {}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(deserializer).map(Self::from_iter)
    }
}
