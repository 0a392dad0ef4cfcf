//! Why a request was refused, and what the sender is told of it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

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

/// The reason of a [`Rejection`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The signature header is missing.
    MissingSignature,
    /// The signature header is there, and empty.
    EmptySignature,
    /// The signature header, or another that the check reads, occurs more than once.
    DuplicateSignature,
    /// The signature is not framed or encoded as the provider does it.
    MalformedSignature,
    /// More candidate signatures than anyone sends (128).
    TooManySignatures,
    /// The request names an algorithm that is not the scheme's, or names none where it has to.
    UnsupportedAlgorithm,
    /// The signed timestamp is missing.
    MissingTimestamp,
    /// The timestamp is no plain number of the scheme's unit, or occurs twice.
    MalformedTimestamp,
    /// The timestamp is older than the tolerance.
    StaleTimestamp,
    /// The timestamp is further ahead than the tolerance.
    FutureTimestamp,
    /// The delivery id that is part of the signed text is missing.
    MissingDeliveryId,
    /// The delivery id cannot be read unambiguously: empty, too long, twice, or with a character
    /// that separates it from its neighbours in the signed text.
    MalformedDeliveryId,
    /// What the signature covers cannot be read unambiguously from the request: two places
    /// disagree, a part is missing, empty or not what the provider sends.
    SignedContent,
    /// The signature is not that of this request under any active secret.
    SignatureMismatch,
    /// The request belongs to no tenant that the secret source knows.
    UnknownTenant,
    /// The request names a key that the key source does not know.
    UnknownKey,

    /// The method is none that the provider sends (405).
    MethodNotAllowed,
    /// The body did not arrive in time (408).
    BodyTimeout,
    /// The body is over the endpoint's limit (413).
    BodyTooLarge,
    /// The body broke off before its end (400).
    BodyInterrupted,
    /// The endpoint holds as many bytes in flight as it may (503).
    Overloaded,
    /// The secrets for the request could not be looked up (503).
    SecretsUnavailable,
    /// The key that the request names could not be looked up (503).
    KeysUnavailable,

    /// Authentic, but the event is none that the endpoint takes (400).
    UnknownEvent,
    /// Authentic, but the body does not decode as the event type (400).
    Undecodable,
    /// Authentic, but the same delivery is being worked on (409).
    InFlight,
    /// Authentic, but the replay guard could not be asked (503).
    GuardUnavailable,
    /// Authentic, but the sink did not store it (503).
    SinkUnavailable,
}

/// What a kind is answered with: [`RejectionKind::facts`] has one row for each.
struct Facts {
    code: &'static str,
    detail: &'static str,
    /// `None`: the status that the provider documents for signatures, else 400.
    status: Option<u16>,
    after_verdict: bool,
}

impl RejectionKind {
    /// Every kind that this version knows, in the order of the check.
    pub const ALL: &'static [Self] = &[
        Self::MissingSignature,
        Self::EmptySignature,
        Self::DuplicateSignature,
        Self::MalformedSignature,
        Self::TooManySignatures,
        Self::UnsupportedAlgorithm,
        Self::MissingTimestamp,
        Self::MalformedTimestamp,
        Self::StaleTimestamp,
        Self::FutureTimestamp,
        Self::MissingDeliveryId,
        Self::MalformedDeliveryId,
        Self::SignedContent,
        Self::SignatureMismatch,
        Self::UnknownTenant,
        Self::UnknownKey,
        Self::MethodNotAllowed,
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::BodyInterrupted,
        Self::Overloaded,
        Self::SecretsUnavailable,
        Self::KeysUnavailable,
        Self::UnknownEvent,
        Self::Undecodable,
        Self::InFlight,
        Self::GuardUnavailable,
        Self::SinkUnavailable,
    ];

    const fn facts(self) -> Facts {
        let (code, detail, status, after_verdict) = match self {
            Self::MissingSignature => {
                ("missing_signature", "the signature header is missing", None, false)
            }
            Self::EmptySignature => {
                ("empty_signature", "the signature header is empty", None, false)
            }
            Self::DuplicateSignature => (
                "duplicate_signature",
                "a header that the check reads occurs more than once",
                None,
                false,
            ),
            Self::MalformedSignature => (
                "malformed_signature",
                "the signature is not framed or encoded as the provider does it",
                None,
                false,
            ),
            Self::TooManySignatures => (
                "too_many_signatures",
                "the signature header holds too many signatures",
                None,
                false,
            ),
            Self::UnsupportedAlgorithm => (
                "unsupported_algorithm",
                "the request does not name the algorithm that the provider signs with",
                None,
                false,
            ),
            Self::MissingTimestamp => {
                ("missing_timestamp", "the signed timestamp is missing", None, false)
            }
            Self::MalformedTimestamp => (
                "malformed_timestamp",
                "the timestamp is not a plain number of the scheme's unit",
                None,
                false,
            ),
            Self::StaleTimestamp => {
                ("stale_timestamp", "the timestamp is older than the tolerance", None, false)
            }
            Self::FutureTimestamp => (
                "future_timestamp",
                "the timestamp is further ahead than the tolerance",
                None,
                false,
            ),
            Self::MissingDeliveryId => {
                ("missing_delivery_id", "the signed delivery id is missing", None, false)
            }
            Self::MalformedDeliveryId => (
                "malformed_delivery_id",
                "the delivery id cannot be read unambiguously",
                None,
                false,
            ),
            Self::SignedContent => (
                "signed_content",
                "what is signed cannot be read unambiguously from the request",
                None,
                false,
            ),
            Self::SignatureMismatch => {
                ("signature_mismatch", "the signature matches no active secret", None, false)
            }
            Self::UnknownTenant => {
                ("unknown_tenant", "no secrets are known for the request", None, false)
            }
            Self::UnknownKey => {
                ("unknown_key", "the key that the request names is not known", None, false)
            }
            Self::MethodNotAllowed => {
                ("method_not_allowed", "the provider does not send this method", Some(405), false)
            }
            Self::BodyTimeout => {
                ("body_timeout", "the body did not arrive in time", Some(408), false)
            }
            Self::BodyTooLarge => {
                ("body_too_large", "the body is larger than this endpoint takes", Some(413), false)
            }
            Self::BodyInterrupted => {
                ("body_interrupted", "the body broke off before its end", Some(400), false)
            }
            Self::Overloaded => {
                ("overloaded", "too many bytes are in flight, try again later", Some(503), false)
            }
            Self::SecretsUnavailable => (
                "secrets_unavailable",
                "the secrets cannot be looked up now, try again later",
                Some(503),
                false,
            ),
            Self::KeysUnavailable => (
                "keys_unavailable",
                "the key cannot be looked up now, try again later",
                Some(503),
                false,
            ),
            Self::UnknownEvent => {
                ("unknown_event", "the event is none that this endpoint takes", Some(400), true)
            }
            Self::Undecodable => {
                ("undecodable", "the body does not decode as the event", Some(400), true)
            }
            Self::InFlight => (
                "in_flight",
                "the same delivery is being worked on, try again later",
                Some(409),
                true,
            ),
            Self::GuardUnavailable => (
                "guard_unavailable",
                "the delivery cannot be recorded now, try again later",
                Some(503),
                true,
            ),
            Self::SinkUnavailable => (
                "sink_unavailable",
                "the delivery cannot be stored now, try again later",
                Some(503),
                true,
            ),
        };
        Facts { code, detail, status, after_verdict }
    }

    /// The kind as a word for logs and counters (`signature_mismatch`). Words do not change.
    pub const fn code(self) -> &'static str {
        self.facts().code
    }

    /// Whether the request was authentic and refused for another reason.
    ///
    /// Kinds for which this is `false` are forged, broken or unchecked requests; those for which
    /// it is `true` are genuine deliveries that you may want back.
    pub const fn after_verdict(self) -> bool {
        self.facts().after_verdict
    }

    /// Whether the kind concerns the signature. All of these look the same to the sender.
    pub const fn is_signature(self) -> bool {
        self.facts().status.is_none()
    }

    /// Whether the fault is on this side (503): the provider should try again.
    pub const fn is_ours(self) -> bool {
        matches!(self.facts().status, Some(503))
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().detail)
    }
}

/// Seconds after which a sender may try again, where the gate has nothing better to say.
const RETRY_AFTER: u32 = 5;

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        let facts = kind.facts();
        let status = facts.status.unwrap_or(400);
        let retry_after = matches!(status, 409 | 503).then_some(RETRY_AFTER);
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
    fn all_kinds_of_the_signature_look_the_same_from_outside() {
        let of = |kind| Rejection::new(kind).signature_status(401).reply();
        let model = of(RejectionKind::SignatureMismatch);
        let mut alike = 0;
        for kind in RejectionKind::ALL.iter().filter(|kind| kind.is_signature()) {
            assert_eq!(of(*kind), model, "{kind:?}");
            assert!(!kind.after_verdict(), "{kind:?}");
            alike += 1;
        }
        assert_eq!(alike, 16);
        assert_eq!(model.status(), 401);
    }

    #[test]
    fn every_other_kind_has_its_own_body_and_codes_are_unique() {
        let mut codes: Vec<_> = RejectionKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RejectionKind::ALL.len());
        for kind in RejectionKind::ALL.iter().filter(|kind| !kind.is_signature()) {
            let rejection = Rejection::new(*kind).signature_status(401);
            let body = String::from_utf8(rejection.reply().body().to_vec()).unwrap();
            assert!(body.contains(kind.code()), "{body}");
            assert_ne!(rejection.status(), 401);
        }
    }

    #[test]
    fn the_statuses_are_the_documented_ones() {
        use RejectionKind as K;
        for (kind, status) in [
            (K::MissingSignature, 400),
            (K::SignatureMismatch, 400),
            (K::MethodNotAllowed, 405),
            (K::BodyTimeout, 408),
            (K::InFlight, 409),
            (K::BodyTooLarge, 413),
            (K::Undecodable, 400),
            (K::UnknownEvent, 400),
            (K::BodyInterrupted, 400),
            (K::Overloaded, 503),
            (K::SecretsUnavailable, 503),
            (K::KeysUnavailable, 503),
            (K::GuardUnavailable, 503),
            (K::SinkUnavailable, 503),
        ] {
            let reply = Rejection::new(kind).reply();
            assert_eq!(reply.status(), status, "{kind:?}");
            let has = |name: &str| reply.headers().any(|(header, _)| header == name);
            assert_eq!(has("retry-after"), matches!(status, 409 | 503), "{kind:?}");
            assert!(has("cache-control") && has("x-content-type-options"));
        }
    }

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
