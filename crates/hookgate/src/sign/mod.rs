//! The provider's half: requests signed as the provider signs them, for tests and tools.
//!
//! ```
//! use hookgate::harmonizely::Harmonizely;
//! use hookgate::sign::{Message, sign};
//!
//! let message = Message::post("/hooks/harmonizely", r#"{"event":"meetingScheduled"}"#);
//! let request = sign(&Harmonizely, "the webhook's secret", message)?;
//! println!("{}", request.to_curl("http://127.0.0.1:3000"));
//! # Ok::<(), hookgate::sign::SignError>(())
//! ```

mod curl;
pub mod samples;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::form::{Ambiguous, Form};
use crate::head::RequestHead;
use crate::keys::KeyRing;
use crate::provider::Provider;
use crate::scheme::{HeadFacts, Plan, Said, SchemeError, TimeUnit};
use crate::secret::{Secret, SecretError, Secrets};
use crate::time::UnixTime;

/// What a provider would say, before it is signed.
#[derive(Clone)]
#[must_use]
pub struct Message {
    method: &'static str,
    target: String,
    content_type: Option<&'static str>,
    body: Bytes,
    at: Option<UnixTime>,
    id: Option<String>,
    event: Option<String>,
    key_id: Option<String>,
    #[cfg(feature = "gzip")]
    gzipped: bool,
}

impl Message {
    /// A POST with a JSON body to a path, which may have a query.
    pub fn post(target: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            method: "POST",
            target: target.into(),
            content_type: Some("application/json"),
            body: body.into(),
            at: None,
            id: None,
            event: None,
            key_id: None,
            #[cfg(feature = "gzip")]
            gzipped: false,
        }
    }

    /// A GET of a path.
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET", content_type: None, ..Self::post(target, Bytes::new()) }
    }

    /// The body's content type.
    pub fn content_type(self, content_type: &'static str) -> Self {
        Self { content_type: Some(content_type), ..self }
    }

    /// The time of sending, for schemes that have one.
    pub fn at(self, time: UnixTime) -> Self {
        Self { at: Some(time), ..self }
    }

    /// The delivery id, for schemes that have one.
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The event's name, for schemes that have it in a header.
    pub fn event(self, name: impl Into<String>) -> Self {
        Self { event: Some(name.into()), ..self }
    }

    /// The id of the key, for schemes that name it.
    pub fn key_id(self, id: impl Into<String>) -> Self {
        Self { key_id: Some(id.into()), ..self }
    }

    /// The body is sent with `Content-Encoding: gzip`, and signed as the scheme
    /// [says](crate::scheme::Scheme::signs).
    #[cfg(feature = "gzip")]
    pub fn gzipped(self) -> Self {
        Self { gzipped: true, ..self }
    }

    fn facts(&self, unit: Option<TimeUnit>) -> HeadFacts {
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let time = self.at.zip(unit).map(|(at, unit)| match unit {
            TimeUnit::Seconds => at.as_secs(),
            TimeUnit::Milliseconds => at.as_secs().saturating_mul(1_000),
        });
        let said = Said {
            timestamp: time.map(|time| time.to_string().into()),
            id: text(&self.id),
            event: text(&self.event),
            tenant: None,
        };
        HeadFacts { candidates: None, key_id: text(&self.key_id), said }
    }
}

/// A request as the provider sends it.
#[derive(Clone)]
pub struct SignedRequest {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl fmt::Debug for Message {
    /// Leaves the payload out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedRequest {
    /// Leaves the payload and the signature out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Signs a message as the provider does.
///
/// # Errors
///
/// When the secret cannot be right, or the message lacks something that the scheme signs.
pub fn sign<P>(
    provider: &P,
    secret: impl Into<Secret>,
    message: Message,
) -> Result<SignedRequest, SignError>
where
    P: Provider + ?Sized,
{
    let plan = Plan::compile(&provider.scheme()).map_err(SignError::Scheme)?;
    let ring = KeyRing::new(&Secrets::new(secret), plan.key, plan.algorithm)
        .map_err(|(_, error)| SignError::Secret(error))?;
    sign_with(&plan, &provider.form(), &ring, message)
}

/// Signs a message under the first of the keys.
pub(crate) fn sign_with(
    plan: &Plan,
    form: &Form,
    ring: &KeyRing,
    message: Message,
) -> Result<SignedRequest, SignError> {
    let facts = message.facts(plan.time_unit());
    for (signed, given, what) in [
        (plan.signs_time(), facts.said.timestamp.is_some(), "time"),
        (plan.signs_id(), facts.said.id.is_some(), "delivery id"),
        (plan.names_its_key(), facts.key_id.is_some(), "key id"),
    ] {
        if signed && !given {
            return Err(SignError::Missing(what));
        }
    }
    let mut request = SignedRequest {
        method: message.method,
        target: message.target,
        headers: Vec::new(),
        body: message.body,
    };
    let content_type = message.content_type.map(|of| ("content-type".into(), of.into()));
    request.headers.extend(content_type);
    #[cfg(feature = "gzip")]
    let plain = message.gzipped.then(|| {
        let wire = crate::coding::gzip::encode(&request.body);
        request.headers.push(("content-encoding".into(), "gzip".into()));
        std::mem::replace(&mut request.body, wire)
    });
    #[cfg(not(feature = "gzip"))]
    let plain: Option<Bytes> = None;
    let body = plain.filter(|_| plan.signs_plain()).unwrap_or_else(|| request.body.clone());
    let mac = match form {
        Form::Extracted(extract) => {
            let extraction = extract.start(&request).map_err(SignError::Ambiguous)?;
            let fields = extraction.finish(&body).map_err(SignError::Ambiguous)?;
            ring.sign(&[&fields.text])
        }
        Form::AsReceived | Form::Reserialised(_) => {
            let (before, after) =
                plan.around_body(facts.said.timestamp.as_deref(), facts.said.id.as_deref());
            ring.sign(&[&before, &body, &after])
        }
    };
    let mac = mac.ok_or(SignError::Secret(SecretError::Empty))?;
    request.headers.extend(plan.write_head(&mac, &facts));
    Ok(request)
}

/// A message that cannot be signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The provider's scheme is broken.
    #[error("the provider's scheme cannot be used: {0}")]
    Scheme(SchemeError),
    /// The secret cannot be right.
    #[error("the secret cannot be right: {0}")]
    Secret(SecretError),
    /// The scheme signs something that the message does not say.
    #[error("the scheme signs a {0}, and the message has none")]
    Missing(&'static str),
    /// The provider signs fields of the request, and they cannot be read from this one.
    #[error("what is signed cannot be read from the message: {0}")]
    Ambiguous(Ambiguous),
}

impl SignedRequest {
    /// The method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The path, and the query where there is one.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The headers, names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The same request with another body and the old signature: what an attacker can make of it.
    #[must_use]
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same request with a header changed in each of its values.
    #[must_use]
    pub fn map_header(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        for (header, value) in &mut self.headers {
            if header == name {
                *value = change(value);
            }
        }
        self
    }

    /// The request as one of the `http` crate.
    ///
    /// # Errors
    ///
    /// When the message's target or one of its values is nothing that HTTP can carry.
    #[cfg(feature = "http")]
    pub fn into_http<B: From<Bytes>>(self) -> Result<http::Request<B>, http::Error> {
        let mut request = http::Request::builder().method(self.method).uri(self.target);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(B::from(self.body))
    }
}

impl RequestHead for SignedRequest {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (header, value) in &self.headers {
            if header == name {
                each(value.as_bytes());
            }
        }
    }

    fn content_length(&self) -> Option<u64> {
        u64::try_from(self.body.len()).ok()
    }
}
