//! Providers that sign something else than the body as it came.

use std::fmt::{self, Debug};
use std::sync::Arc;

use bytes::Bytes;

use crate::head::RequestHead;

/// Which form of a request is signed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Form {
    /// The scheme's template around the body, byte for byte as it came.
    AsReceived,
    /// Fields of the request. The scheme's `{body}` then stands for the text made of them.
    Extracted(Arc<dyn Extract>),
    /// The body as it came or, where that does not match, as the sender may have written it
    /// before something on the way wrote it anew.
    Reserialised(Arc<dyn Reserialise>),
}

/// Makes the signed text from fields of a request.
pub trait Extract: Debug + Send + Sync {
    /// Reads the head.
    ///
    /// # Errors
    ///
    /// When the fields cannot be read unambiguously.
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous>;
}

/// An extraction that has seen the head, and waits for the body.
pub trait Extraction: Debug + Send + Sync {
    /// Reads the body, and compares what both say.
    ///
    /// # Errors
    ///
    /// When the fields cannot be read unambiguously.
    fn finish(self: Box<Self>, body: &[u8]) -> Result<Extracted, Ambiguous>;
}

/// What is signed cannot be read from the request in one way only.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
#[expect(clippy::exhaustive_structs, reason = "a reason in the provider's own words")]
pub struct Ambiguous(pub &'static str);

/// Fields that were extracted.
#[derive(Clone)]
#[non_exhaustive]
pub struct Extracted {
    /// The signed text.
    pub text: Bytes,
    /// The fields as a body for the handler: nothing but what is signed.
    pub body: Bytes,
    /// The content type of that body.
    pub content_type: &'static str,
    /// The event's name among the fields.
    pub event: Option<Arc<str>>,
}

impl Extracted {
    /// A text, and the same fields as a body.
    pub fn new(text: impl Into<Bytes>, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { text: text.into(), body: body.into(), content_type, event: None }
    }

    /// The event's name.
    #[must_use]
    pub fn event(mut self, name: impl Into<Arc<str>>) -> Self {
        self.event = Some(name.into());
        self
    }
}

impl Debug for Extracted {
    /// Leaves the fields out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracted").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Writes a body anew as its sender may have written it.
pub trait Reserialise: Debug + Send + Sync {
    /// The other form, `None` where there is none or it would cost too much.
    fn reserialise(&self, body: &[u8]) -> Option<Vec<u8>>;

    /// The content type of the other form.
    fn content_type(&self) -> &'static str;
}
