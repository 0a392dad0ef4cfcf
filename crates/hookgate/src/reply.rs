//! What the gate answers by itself.

use std::borrow::Cow;

use bytes::Bytes;

/// An answer that the gate gives without the handler: a refusal, a handshake, an acknowledgement.
///
/// Every reply carries `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`; the
/// adapters turn it into their framework's response.
///
/// ```
/// use hookgate::Reply;
///
/// let reply = Reply::new(410).text("this endpoint has moved");
/// assert_eq!(reply.status(), 410);
/// assert_eq!(reply.body(), "this endpoint has moved");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    status: u16,
    headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    body: Bytes,
}

impl Reply {
    /// An empty reply. A number that is no final HTTP status (200 to 599) becomes 500.
    pub fn new(status: u16) -> Self {
        let status = if (200..600).contains(&status) { status } else { 500 };
        let headers = vec![
            (Cow::Borrowed("cache-control"), Cow::Borrowed("no-store")),
            (Cow::Borrowed("x-content-type-options"), Cow::Borrowed("nosniff")),
        ];
        Self { status, headers, body: Bytes::new() }
    }

    /// Adds a header. A name or value that HTTP does not allow is left out, so that nothing in a
    /// reply can split a response.
    #[must_use]
    pub fn header(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (name, value) = (name.into(), value.into());
        let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            name
        };
        let readable = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
        if is_header_name(&name) && readable {
            self.headers.push((name, value));
        }
        self
    }

    /// The body, with its content type, in place of what there was.
    #[must_use]
    pub fn content(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.retain(|(name, _)| name != "content-type");
        let mut reply = self.header("content-type", content_type);
        reply.body = body.into();
        reply
    }

    /// A body of plain text.
    #[must_use]
    pub fn text(self, body: impl Into<Bytes>) -> Self {
        self.content(TEXT, body)
    }

    /// The HTTP status, 200 to 599.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers: names in lower case, names and values always valid in HTTP.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The status, the headers and the body.
    pub fn into_parts(
        self,
    ) -> (u16, impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>)>, Bytes) {
        (self.status, self.headers.into_iter(), self.body)
    }

    /// Whether the status is a success (2xx), after which a provider forgets the delivery.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A reply that is always the same, as plain data: what an entry of a catalogue can say.
///
/// ```
/// use hookgate::{FixedReply, Reply};
///
/// const ACCEPTED: FixedReply<'static> = FixedReply::text("[accepted]");
/// assert_eq!(Reply::from(ACCEPTED).body(), "[accepted]");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FixedReply<'a> {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// The content type, where there is a body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: &'a str,
}

impl<'a> FixedReply<'a> {
    /// An empty reply.
    pub const fn status(status: u16) -> Self {
        Self { status, content_type: None, body: "" }
    }

    /// 200 with a body of plain text.
    pub const fn text(body: &'a str) -> Self {
        Self { status: 200, content_type: Some(TEXT), body }
    }

    /// 200 with a body of JSON, which is not looked at.
    pub const fn json(body: &'a str) -> Self {
        Self { status: 200, content_type: Some("application/json"), body }
    }

    /// 200 with a body of XML, such as an acknowledgement in SOAP.
    pub const fn xml(body: &'a str) -> Self {
        Self { status: 200, content_type: Some("text/xml; charset=utf-8"), body }
    }
}

impl From<FixedReply<'_>> for Reply {
    fn from(fixed: FixedReply<'_>) -> Self {
        let reply = Self::new(fixed.status);
        match fixed.content_type {
            Some(content_type) => reply.content(content_type, fixed.body.to_owned()),
            None => reply,
        }
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

/// A token as RFC 9110, section 5.6.2, in lower case.
pub(crate) fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !name.is_empty() && name.bytes().all(token)
}

#[cfg(feature = "http")]
impl Reply {
    /// The reply as a response of the `http` crate.
    pub fn into_http<B: From<Bytes>>(self) -> http::Response<B> {
        let mut response = http::Response::new(B::from(self.body));
        if let Ok(status) = http::StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        for (name, value) in self.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes());
            let value = http::HeaderValue::from_str(&value);
            if let (Ok(name), Ok(value)) = (name, value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_split_the_response() {
        let reply = Reply::new(200)
            .header("x-ok", "yes")
            .header("X-Upper", "yes")
            .header("x-bad\r\nset-cookie", "a")
            .header("x-bad", "a\r\nset-cookie: b");
        let names: Vec<_> = reply.headers().map(|(name, _)| name).collect();
        assert_eq!(names, ["cache-control", "x-content-type-options", "x-ok", "x-upper"]);
    }

    #[test]
    fn a_status_that_is_none_is_an_error_of_ours() {
        for status in [0, 99, 100, 199, 600, u16::MAX] {
            assert_eq!(Reply::new(status).status(), 500);
        }
    }
}
