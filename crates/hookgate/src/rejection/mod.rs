//! Why a request was refused, and what the sender is told of it.

mod kind;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub use self::kind::RejectionKind;
use crate::coding::ACCEPTED;
use crate::reply::Reply;

/// A request that was refused.
///
/// The sender gets [`Rejection::reply`], which says nothing about the reason: all failures of the
/// signature look alike from outside. The reason is for you: the adapters put the rejection into
/// the response's extensions and into one `tracing` event. It never holds a secret, an expected
/// signature or anything of the payload.
#[derive(Clone, Debug)]
pub struct Rejection {
    kind: RejectionKind,
    status: u16,
    allow: Option<Arc<str>>,
    retry_after: Option<u32>,
    exposed: bool,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// A request that was refused, and what the sender is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// Why: for logs, and for the response's extensions.
    pub rejection: Rejection,
    /// What is answered.
    pub reply: Reply,
}

impl Refusal {
    pub(crate) fn new(rejection: Rejection, reply: Reply) -> Self {
        Self { rejection, reply }
    }

    /// The refusal as a response of the `http` crate, with the rejection in its extensions.
    #[cfg(feature = "http")]
    pub fn into_http<B: From<Bytes>>(self) -> http::Response<B> {
        let mut response = self.reply.into_http();
        response.extensions_mut().insert(self.rejection);
        response
    }
}

/// Seconds after which a sender may try again, where the gate has nothing better to say.
const RETRY_AFTER: u32 = 5;

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        let facts = kind.facts();
        let status = facts.status.unwrap_or(400);
        let retry_after = (status == 503).then_some(RETRY_AFTER);
        Self { kind, status, allow: None, retry_after, exposed: false, source: None }
    }

    pub(crate) fn signature_status(mut self, status: u16) -> Self {
        if self.kind.is_signature() {
            self.status = status;
        }
        self
    }

    pub(crate) fn allow(mut self, methods: Arc<str>) -> Self {
        self.allow = Some(methods);
        self
    }

    pub(crate) fn exposed(mut self, exposed: bool) -> Self {
        self.exposed = exposed;
        self
    }

    pub(crate) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The reason.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The HTTP status of the answer: for kinds that concern the signature the one that the
    /// provider documents, else 400.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer to the sender: an `application/problem+json` body (RFC 9457), the same for all
    /// kinds that concern the signature.
    pub fn reply(&self) -> Reply {
        let (code, detail) = if self.kind.is_signature() && !self.exposed {
            ("signature_not_verified", "the signature could not be verified")
        } else {
            (self.kind.code(), self.kind.facts().detail)
        };
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": reason_phrase(self.status),
            "status": self.status,
            "detail": detail,
            "code": code,
        });
        let body = Bytes::from(problem.to_string());
        let mut reply = Reply::new(self.status).content("application/problem+json", body);
        if let Some(methods) = &self.allow {
            reply = reply.header("allow", methods.to_string());
        }
        if self.kind == RejectionKind::UnsupportedCoding {
            // RFC 9110, section 15.5.16: what would have been taken.
            reply = reply.header("accept-encoding", ACCEPTED);
        }
        if let Some(seconds) = self.retry_after {
            reply = reply.header("retry-after", seconds.to_string());
        }
        reply
    }
}

/// RFC 9457, section 4.2.1: the title of `about:blank` is the status's own phrase.
const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Rejected",
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_shows_only_when_it_was_asked_for() {
        let rejection = Rejection::new(RejectionKind::StaleTimestamp);
        let shown = |rejection: &Rejection| {
            String::from_utf8(rejection.reply().body().to_vec()).unwrap().contains("stale")
        };
        assert!(!shown(&rejection));
        assert!(shown(&rejection.exposed(true)));
    }

    #[test]
    fn the_source_is_returned_and_not_displayed() {
        let cause = std::io::Error::other("the cause");
        let rejection = Rejection::new(RejectionKind::SecretsUnavailable).because(cause);
        assert!(!rejection.to_string().contains("the cause"));
        assert_eq!(rejection.source().map(ToString::to_string).as_deref(), Some("the cause"));
    }
}
