//! One event and one count for every request.

use std::error::Error;
use std::fmt;

use crate::endpoint::AnyEndpoint;
use crate::rejection::Rejection;

/// What became of a request, as the word in logs and counters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The handler answered.
    Delivered,
    /// The gate answered, and nothing was wrong: a handshake, an acknowledgement, a repeat.
    Replied,
    /// The request was refused.
    Refused,
    /// The request was dropped before the handler answered.
    Dropped,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Replied => "replied",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }
}

/// An error and what lies behind it: our errors leave their causes to `source()`.
struct Chain<'e>(&'e dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        let mut next = self.0.source();
        // A chain that bites its own tail would never end.
        for _ in 0..8 {
            let Some(cause) = next else { break };
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// A request that the handler saw.
pub(super) fn delivered(
    endpoint: &AnyEndpoint,
    outcome: Outcome,
    status: u16,
    secret: Option<&str>,
    bytes: usize,
) {
    count(endpoint, outcome, "");
    tracing::debug!(
        target: "hookgate",
        provider = endpoint.provider_id(),
        endpoint = endpoint.name(),
        outcome = outcome.word(),
        status,
        secret,
        bytes,
        "webhook",
    );
}

/// A request that the gate answered.
pub(super) fn answered(
    endpoint: &AnyEndpoint,
    outcome: Outcome,
    status: u16,
    rejection: Option<&Rejection>,
) {
    let reason = rejection.map_or("", |rejection| rejection.kind().code());
    count(endpoint, outcome, reason);
    let cause =
        rejection.and_then(Error::source).map(|cause| tracing::field::display(Chain(cause)));
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: "hookgate",
                provider = endpoint.provider_id(),
                endpoint = endpoint.name(),
                outcome = outcome.word(),
                status,
                reason,
                cause,
                "webhook",
            )
        };
    }
    match rejection.map(Rejection::kind) {
        None => event!(debug),
        // Our own fault: someone has to look.
        Some(kind) if kind.is_ours() => event!(error),
        Some(_) => event!(warn),
    }
}

/// The replay guard did not record the handler's answer.
pub(super) fn unsettled(endpoint: &AnyEndpoint, error: &dyn Error) {
    let cause = error.source().map(|cause| tracing::field::display(Chain(cause)));
    tracing::error!(
        target: "hookgate",
        provider = endpoint.provider_id(),
        endpoint = endpoint.name(),
        cause,
        "the replay guard did not record the handler's answer",
    );
}

#[cfg(feature = "metrics")]
fn count(endpoint: &AnyEndpoint, outcome: Outcome, reason: &'static str) {
    metrics::counter!(
        "hookgate_requests_total",
        "provider" => endpoint.provider_id().to_owned(),
        "endpoint" => endpoint.name().to_owned(),
        "outcome" => outcome.word(),
        "reason" => reason,
    )
    .increment(1);
}

#[cfg(not(feature = "metrics"))]
fn count(_: &AnyEndpoint, _: Outcome, _: &'static str) {}
