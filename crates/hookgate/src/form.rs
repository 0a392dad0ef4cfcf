//! Providers that sign something else than the body as it came.

use std::fmt::{self, Debug};
use std::sync::Arc;

use bytes::Bytes;

use crate::content::Coverage;
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

    /// Reads the head of a request to an endpoint whose
    /// [public URL](crate::EndpointBuilder::public_url) is known: `address` is that URL, without a
    /// query. The gate calls this one; what does not sign the address need not know it.
    ///
    /// # Errors
    ///
    /// As [`start`](Extract::start).
    fn start_at(
        &self,
        head: &dyn RequestHead,
        address: Option<&str>,
    ) -> Result<Box<dyn Extraction>, Ambiguous> {
        let _ = address;
        self.start(head)
    }

    /// Whether the address is signed, so that an endpoint cannot do without its public URL.
    fn needs_address(&self) -> bool {
        false
    }

    /// Whether what it extracts names the key, so that keys may be looked up.
    fn names_key(&self) -> bool {
        false
    }

    /// Completes a request that is about to be signed with what a message says beside its body:
    /// the provider's half, for tests. What the request has already stays as it is.
    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        let _ = (said, request);
    }

    /// Puts a signature where the provider puts it, for schemes whose signature stands at
    /// [`Place::Extracted`](crate::scheme::Place::Extracted): the provider's half, for tests. Of
    /// several parts, each is put in turn.
    #[cfg(feature = "sign")]
    fn put(&self, signature: &str, request: &mut crate::sign::SignedRequest) {
        let _ = (signature, request);
    }
}

/// An extraction that has seen the head, and waits for the body.
pub trait Extraction: Debug + Send + Sync {
    /// Reads the body, and compares what both say.
    ///
    /// # Errors
    ///
    /// When the fields cannot be read unambiguously.
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous>;
}

/// What is signed cannot be read from the request in one way only.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
#[expect(clippy::exhaustive_structs, reason = "a reason in the provider's own words")]
pub struct Ambiguous(pub &'static str);

/// What was extracted.
#[derive(Clone)]
#[non_exhaustive]
pub struct Extracted {
    /// The signed texts with their signatures. The request is authentic if all of them are.
    pub parts: Vec<SignedPart>,
    /// The fields as a body for the handler, nothing but what is signed, with its content type.
    /// `None`: the body as it came.
    pub body: Option<(&'static str, Bytes)>,
    /// How much of that body is signed.
    pub coverage: Coverage,
    /// The event's name among the fields.
    pub event: Option<Arc<str>>,
    /// The delivery id among the fields.
    pub delivery_id: Option<Arc<str>>,
    /// The time of sending among the fields, as the scheme's timestamp writes it.
    pub timestamp: Option<Arc<str>>,
    /// The name of the key.
    pub key_id: Option<Arc<str>>,
    /// Names of which a certificate has to bear one, where the key comes in a certificate: a host,
    /// or `*.` and a domain. Empty where the provider signs with no certificates.
    pub certificate_names: &'static [&'static str],
}

/// A signed text.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignedPart {
    /// The text in pieces, so that a body in it need not be copied; or several texts, of which any
    /// may be the signed one.
    pub texts: Vec<Vec<Bytes>>,
    /// The signatures, framed and encoded as the scheme says. None: those of the head.
    pub signatures: Vec<Bytes>,
}

impl SignedPart {
    /// A text in pieces.
    pub fn new(text: impl IntoIterator<Item = Bytes>) -> Self {
        Self { texts: vec![text.into_iter().collect()], signatures: Vec::new() }
    }

    /// Another text that may be the signed one.
    #[must_use]
    pub fn or(mut self, text: impl IntoIterator<Item = Bytes>) -> Self {
        self.texts.push(text.into_iter().collect());
        self
    }

    /// A signature that is not in the head, as it was received.
    #[must_use]
    pub fn signature(mut self, signature: impl Into<Bytes>) -> Self {
        self.signatures.push(signature.into());
        self
    }
}

impl Extracted {
    /// A text, and the same fields as a body.
    pub fn new(text: impl Into<Bytes>, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = Some((content_type, body.into()));
        Self { body, ..Self::part(SignedPart::new([text.into()]), Coverage::Fields) }
    }

    /// A signed text, which may stand elsewhere than in the scheme's template, and its fields as a
    /// body.
    pub fn of(part: SignedPart, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = Some((content_type, body.into()));
        Self { body, ..Self::part(part, Coverage::Fields) }
    }

    /// A signed text beside the body as it came, of which the text covers so much.
    pub fn part(part: SignedPart, coverage: Coverage) -> Self {
        Self {
            parts: vec![part],
            body: None,
            coverage,
            event: None,
            delivery_id: None,
            timestamp: None,
            key_id: None,
            certificate_names: &[],
        }
    }

    /// A further text that has to be signed as well.
    #[must_use]
    pub fn and(mut self, part: SignedPart) -> Self {
        self.parts.push(part);
        self
    }

    /// The event's name.
    #[must_use]
    pub fn event(mut self, name: impl Into<Arc<str>>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// The delivery id.
    #[must_use]
    pub fn delivery_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.delivery_id = Some(id.into());
        self
    }

    /// The time of sending, as it was received.
    #[must_use]
    pub fn timestamp(mut self, time: impl Into<Arc<str>>) -> Self {
        self.timestamp = Some(time.into());
        self
    }

    /// The name of the key.
    #[must_use]
    pub fn key_id(mut self, name: impl Into<Arc<str>>) -> Self {
        self.key_id = Some(name.into());
        self
    }

    /// Names of which a certificate has to bear one.
    #[must_use]
    pub fn certificate_names(mut self, names: &'static [&'static str]) -> Self {
        self.certificate_names = names;
        self
    }
}

impl Debug for Extracted {
    /// Leaves the fields out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracted").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

impl Debug for SignedPart {
    /// Leaves text and signatures out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPart").field("texts", &self.texts.len()).finish_non_exhaustive()
    }
}

/// Writes a body anew as its sender may have written it.
pub trait Reserialise: Debug + Send + Sync {
    /// The other form, `None` where there is none or it would cost too much.
    fn reserialise(&self, body: &[u8]) -> Option<Vec<u8>>;

    /// The content type of the other form.
    fn content_type(&self) -> &'static str;
}
