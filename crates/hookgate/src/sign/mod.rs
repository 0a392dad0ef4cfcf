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
mod given;
mod key;
mod place;
pub mod samples;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use self::key::SigningKey;
use crate::form::{Ambiguous, Extract, Extracted, Form};
use crate::head::RequestHead;
use crate::jwt;
use crate::provider::Provider;
use crate::scheme::{self, HeadFacts, Plan, PublicUrl, SchemeError, Unclear, Values};
use crate::secret::{Secret, SecretError};
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
    public_url: Option<String>,
    headers: Vec<(String, String)>,
    fields: Vec<(String, String)>,
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
            public_url: None,
            headers: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// A POST of a form, `application/x-www-form-urlencoded`, to a path, which may have a query.
    ///
    /// ```
    /// use hookgate::catalogue::TWILIO;
    /// use hookgate::sign::{Message, sign};
    ///
    /// let message = Message::form("/sms", [("From", "+15005550006"), ("Body", "hello")])
    ///     .public_url("https://example.com/sms");
    /// let request = sign(&TWILIO, "the account's auth token", message)?;
    /// assert_eq!(&**request.body(), b"From=%2B15005550006&Body=hello");
    /// # Ok::<(), hookgate::sign::SignError>(())
    /// ```
    pub fn form<'f>(
        target: impl Into<String>,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Self {
        let pairs = fields.into_iter().map(|(name, value)| place::pair(name.as_bytes(), value));
        let body = pairs.collect::<Vec<_>>().join("&");
        let content_type = Some("application/x-www-form-urlencoded");
        Self { content_type, ..Self::post(target, body) }
    }

    /// Another method.
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
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

    /// The address that the provider knows, for schemes that sign it: see
    /// [`public_url`](crate::EndpointBuilder::public_url).
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self { public_url: Some(url.into()), ..self }
    }

    /// A further header, such as a nonce that the scheme signs. The name is in lower case.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A further field beside the signature, such as an environment that the scheme signs.
    pub fn signature_field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    fn facts(&self, plan: &Plan) -> HeadFacts {
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let said = scheme::Said {
            timestamp: self.at.and_then(|at| plan.time(at)).map(Into::into),
            id: text(&self.id),
            event: text(&self.event),
            tenant: None,
        };
        HeadFacts { key_id: text(&self.key_id), said, ..HeadFacts::default() }
    }
}

/// What a message says beside its body, as the scheme writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Said<'m> {
    /// The time of sending, where the scheme has one.
    pub timestamp: Option<&'m str>,
    /// The delivery id.
    pub id: Option<&'m str>,
    /// The id of the key.
    pub key_id: Option<&'m str>,
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
    let key = SigningKey::new(secret.into(), plan.keys())?;
    sign_with(&plan, &provider.form(), &key, message)
}

/// Signs a message under a key.
pub(crate) fn sign_with(
    plan: &Plan,
    form: &Form,
    key: &SigningKey,
    message: Message,
) -> Result<SignedRequest, SignError> {
    let mut facts = message.facts(plan);
    plan.facts_in(&message.body, &mut facts);
    message.must_be_complete(plan, &facts)?;
    let url = message.public_url.as_deref().map(PublicUrl::parse);
    let url = url.transpose().map_err(SignError::Scheme)?;
    let url = url.as_ref().or(plan.url());
    let mut request = SignedRequest {
        method: message.method,
        target: message.target,
        headers: message.headers,
        body: message.body,
    };
    let content_type = message.content_type.map(|of| ("content-type".into(), of.into()));
    request.headers.extend(content_type);
    for placement in plan.place_facts(&facts) {
        request.put(placement)?;
    }
    #[cfg(feature = "gzip")]
    if message.gzipped && !plan.signs_plain() {
        request.compress();
    }
    if let Some(placement) = plan.place_digest(&request.body) {
        request.put(placement)?;
    }
    let signature = match form {
        Form::Extracted(extract) => {
            let said = Said {
                timestamp: facts.said.timestamp.as_deref(),
                id: facts.said.id.as_deref(),
                key_id: facts.key_id.as_deref(),
            };
            extract.prepare(&said, &mut request);
            let address = url.as_ref().map(|url| url.without_query(request.path()));
            let extraction = extract.start_at(&request, address.as_deref());
            let extraction = extraction.map_err(SignError::Ambiguous)?;
            let extracted = extraction.finish(&request.body).map_err(SignError::Ambiguous)?;
            return sign_parts(plan, &**extract, key, &facts, extracted, request);
        }
        Form::AsReceived | Form::Reserialised(_) if plan.is_jwt() => {
            let captured = plan.read_captured(&request, url, Vec::new());
            let captured = captured.map_err(|_| SignError::Missing("public URL"))?;
            let url = captured.first().and_then(|url| std::str::from_utf8(url.as_deref()?).ok());
            let now = message.at.unwrap_or(UnixTime::from_secs(0));
            let about = jwt::Request { now, body: &request.body, url };
            let (SigningKey::Jwt(signer), Some(claims)) =
                (key, plan.claims_for(about, facts.said.id.as_deref()))
            else {
                return Err(SignError::OneWay);
            };
            let token = signer.mint(facts.key_id.as_deref(), &claims);
            token.ok_or(SignError::OneWay)?.into_bytes()
        }
        Form::AsReceived | Form::Reserialised(_) => {
            let field = |name: &[u8]| {
                let found = message.fields.iter().find(|(key, _)| key.as_bytes() == name);
                Ok(found.map(|(_, value)| value.clone().into_bytes()))
            };
            let fields = plan.signed_fields().map(field).collect();
            facts.captured = plan.read_captured(&request, url, fields).map_err(|_| {
                SignError::Missing("value of its head that stands once and ends where it should")
            })?;
            let values = Values {
                timestamp: facts.said.timestamp.as_deref(),
                id: facts.said.id.as_deref(),
                captured: &facts.captured,
                body: &request.body,
            };
            let around = plan.around_body(&values);
            let (before, after) = around.map_err(|Unclear| {
                SignError::Missing("value of its body that stands once and ends where it should")
            })?;
            let body: &[u8] = if plan.holds_body() { &request.body } else { b"" };
            key.sign(&[&before, body, &after])?
        }
    };
    if !plan.reads_back(&plan.frame(&signature, &facts, &message.fields), &signature) {
        return Err(SignError::Separator);
    }
    if let Some(placement) = plan.place_signature(&signature, &facts, &message.fields) {
        request.put(placement)?;
    }
    #[cfg(feature = "gzip")]
    if message.gzipped && plan.signs_plain() {
        request.compress();
    }
    Ok(request)
}

/// Signs the texts that a provider's own code made.
fn sign_parts(
    plan: &Plan,
    extract: &dyn Extract,
    key: &SigningKey,
    facts: &HeadFacts,
    extracted: Extracted,
    mut request: SignedRequest,
) -> Result<SignedRequest, SignError> {
    for part in &extracted.parts {
        let text = part.texts.first().ok_or(SignError::Missing("text"))?;
        let pieces: Vec<&[u8]> = text.iter().map(|piece| &**piece).collect();
        let signature = key.sign(&pieces)?;
        match plan.place_signature(&signature, facts, &[]) {
            Some(placement) => request.put(placement)?,
            None => extract.put(&plan.frame(&signature, facts, &[]), &mut request),
        }
    }
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
    #[error("the message lacks what the scheme signs, a {0}")]
    Missing(&'static str),
    /// The scheme puts a value into the body, which has no room for it.
    #[error("the scheme puts a value into the body, which is not {0}")]
    Body(&'static str),
    /// The token that is sent, or a field beside it, holds what separates them.
    #[error("the token or a field beside the signature holds what separates the two")]
    Separator,
    /// The secrets verify and do not sign.
    #[error("the endpoint's secrets only verify: sign with the provider's key, through `sign`")]
    OneWay,
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

    #[cfg(feature = "gzip")]
    fn compress(&mut self) {
        self.body = crate::coding::gzip::encode(&self.body);
        self.headers.push(("content-encoding".into(), "gzip".into()));
    }

    /// The same request with another body and the old signature: what an attacker can make of it.
    #[must_use]
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Gives the request a header, where it has none of that name; in lower case.
    pub fn add_header(&mut self, name: &str, value: impl Into<String>) {
        if !self.headers.iter().any(|(header, _)| header == name) {
            self.headers.push((name.into(), value.into()));
        }
    }

    /// Puts another body into the request.
    pub fn set_body(&mut self, body: impl Into<Bytes>) {
        self.body = body.into();
    }

    /// Puts this value in place of all that the request has in a header, in lower case.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.into(), value.into()));
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
