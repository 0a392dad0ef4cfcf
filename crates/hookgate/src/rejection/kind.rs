//! The reasons for which requests are refused.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The reason of a [`Rejection`](crate::Rejection).
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

    /// A handshake asks in a way in which the provider never does, or for a signature that it must
    /// not get (400).
    Handshake,
    /// A handshake shows another token than the endpoint's (403).
    HandshakeToken,
    /// The secret that a handshake brings could not be stored (503).
    SecretNotStored,
    /// The method is none that the provider sends (405).
    MethodNotAllowed,
    /// The body is compressed with something else than gzip, or twice (415).
    UnsupportedCoding,
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
    /// Authentic, but the same delivery is being worked on (503): the first may still fail, and
    /// where a 4xx is answered some providers (SNS, Brevo, Merge) never try again.
    InFlight,
    /// Authentic, but the replay guard could not be asked (503).
    GuardUnavailable,
    /// Authentic, but the sink did not store it (503).
    SinkUnavailable,
}

/// What a kind is answered with: the table below has one row for each.
pub(super) struct Facts {
    pub(super) code: &'static str,
    pub(super) detail: &'static str,
    /// `None`: the status that the provider documents for signatures, else 400.
    pub(super) status: Option<u16>,
    pub(super) after_verdict: bool,
}

/// Writes [`RejectionKind::ALL`] and [`RejectionKind::facts`] from one table, so that neither can
/// leave a kind out.
macro_rules! table {
    ($($kind:ident: $code:literal, $status:expr, $after_verdict:literal, $detail:literal;)*) => {
        impl RejectionKind {
            /// Every kind that this version knows, in the order of the check.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            pub(super) const fn facts(self) -> Facts {
                match self {
                    $(Self::$kind => Facts {
                        code: $code,
                        detail: $detail,
                        status: $status,
                        after_verdict: $after_verdict,
                    },)*
                }
            }
        }
    };
}

table! {
    // Kind, code, status, whether the request was authentic; and the detail.
    MissingSignature:     "missing_signature",     None,      false,
        "the signature header is missing";
    EmptySignature:       "empty_signature",       None,      false,
        "the signature header is empty";
    DuplicateSignature:   "duplicate_signature",   None,      false,
        "a header that the check reads occurs more than once";
    MalformedSignature:   "malformed_signature",   None,      false,
        "the signature is not framed or encoded as the provider does it";
    TooManySignatures:    "too_many_signatures",   None,      false,
        "the signature header holds too many signatures";
    UnsupportedAlgorithm: "unsupported_algorithm", None,      false,
        "the request does not name the algorithm that the provider signs with";
    MissingTimestamp:     "missing_timestamp",     None,      false,
        "the signed timestamp is missing";
    MalformedTimestamp:   "malformed_timestamp",   None,      false,
        "the timestamp is not a plain number of the scheme's unit";
    StaleTimestamp:       "stale_timestamp",       None,      false,
        "the timestamp is older than the tolerance";
    FutureTimestamp:      "future_timestamp",      None,      false,
        "the timestamp is further ahead than the tolerance";
    MissingDeliveryId:    "missing_delivery_id",   None,      false,
        "the signed delivery id is missing";
    MalformedDeliveryId:  "malformed_delivery_id", None,      false,
        "the delivery id cannot be read unambiguously";
    SignedContent:        "signed_content",        None,      false,
        "what is signed cannot be read unambiguously from the request";
    SignatureMismatch:    "signature_mismatch",    None,      false,
        "the signature matches no active secret";
    UnknownTenant:        "unknown_tenant",        None,      false,
        "no secrets are known for the request";
    UnknownKey:           "unknown_key",           None,      false,
        "the key that the request names is not known";
    Handshake:            "malformed_handshake",   Some(400), false,
        "the handshake is none that this provider makes";
    HandshakeToken:       "handshake_token",       Some(403), false,
        "the handshake does not show the right token";
    SecretNotStored:      "secret_not_stored",     Some(503), false,
        "the secret cannot be stored now, try again later";
    MethodNotAllowed:     "method_not_allowed",    Some(405), false,
        "the provider does not send this method";
    UnsupportedCoding:    "unsupported_coding",    Some(415), false,
        "the body is compressed in a way that this endpoint does not take";
    BodyTimeout:          "body_timeout",          Some(408), false,
        "the body did not arrive in time";
    BodyTooLarge:         "body_too_large",        Some(413), false,
        "the body is larger than this endpoint takes";
    BodyInterrupted:      "body_interrupted",      Some(400), false,
        "the body broke off before its end";
    Overloaded:           "overloaded",            Some(503), false,
        "too many bytes are in flight, try again later";
    SecretsUnavailable:   "secrets_unavailable",   Some(503), false,
        "the secrets cannot be looked up now, try again later";
    KeysUnavailable:      "keys_unavailable",      Some(503), false,
        "the key cannot be looked up now, try again later";
    UnknownEvent:         "unknown_event",         Some(400), true,
        "the event is none that this endpoint takes";
    Undecodable:          "undecodable",           Some(400), true,
        "the body does not decode as the event";
    InFlight:             "in_flight",             Some(503), true,
        "the same delivery is being worked on, try again later";
    GuardUnavailable:     "guard_unavailable",     Some(503), true,
        "the delivery cannot be recorded now, try again later";
    SinkUnavailable:      "sink_unavailable",      Some(503), true,
        "the delivery cannot be stored now, try again later";
}

impl RejectionKind {
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

    /// Whether the fault is on this side: the provider should try again, and somebody look why.
    pub const fn is_ours(self) -> bool {
        // Nothing is wrong where the same delivery is already being worked on.
        matches!(self.facts().status, Some(503)) && !matches!(self, Self::InFlight)
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().detail)
    }
}

/// As its [code](RejectionKind::code).
impl Serialize for RejectionKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for RejectionKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = Cow::<'_, str>::deserialize(from)?;
        let kind = Self::ALL.iter().find(|kind| kind.code() == code);
        kind.copied().ok_or_else(|| de::Error::custom("no kind of rejection has this code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::Rejection;

    #[test]
    fn kinds_are_stored_as_their_codes() {
        for kind in RejectionKind::ALL {
            let stored = serde_json::to_string(kind).unwrap();
            assert_eq!(stored, format!("\"{}\"", kind.code()));
            assert_eq!(serde_json::from_str::<RejectionKind>(&stored).unwrap(), *kind);
        }
        assert!(serde_json::from_str::<RejectionKind>("\"no_such_code\"").is_err());
    }

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
            (K::InFlight, 503),
            (K::BodyTooLarge, 413),
            (K::UnsupportedCoding, 415),
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
            assert_eq!(has("retry-after"), status == 503, "{kind:?}");
            assert!(has("cache-control") && has("x-content-type-options"));
        }
    }
}
