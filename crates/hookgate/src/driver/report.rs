//! One event and one count for every request.

use std::error::Error;
use std::fmt;

use crate::endpoint::AnyEndpoint;
use crate::rejection::Rejection;

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome<'r> {
    /// The handler answered.
    Delivered(Seen<'r>),
    /// The gate answered, and nothing was wrong: a handshake, an acknowledgement, a repeat.
    Replied,
    /// The request was refused.
    Refused(&'r Rejection),
    /// The request was dropped before the handler answered.
    Dropped(Seen<'r>),
}

/// What the handler saw: under which secret, how many bytes, and why it would not have seen it if
/// the endpoint did not only observe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'r> {
    pub(super) secret: Option<&'r str>,
    pub(super) bytes: usize,
    pub(super) refused: Option<&'r Rejection>,
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

/// Whether anyone listens for requests in which nothing was wrong.
pub(super) fn is_heard() -> bool {
    tracing::enabled!(target: "hookgate", tracing::Level::DEBUG)
}

/// A request that came to its end.
pub(super) fn ended(endpoint: &AnyEndpoint, outcome: Outcome<'_>, status: u16) {
    let (word, seen, rejection) = match outcome {
        Outcome::Delivered(seen) if seen.refused.is_some() => {
            ("observed", Some(seen), seen.refused)
        }
        Outcome::Delivered(seen) => ("delivered", Some(seen), None),
        Outcome::Replied => ("replied", None, None),
        Outcome::Refused(rejection) => ("refused", None, Some(rejection)),
        Outcome::Dropped(seen) => ("dropped", Some(seen), seen.refused),
    };
    let reason = rejection.map_or("", |rejection| rejection.kind().code());
    count(endpoint, word, reason);
    let cause =
        rejection.and_then(Error::source).map(|cause| tracing::field::display(Chain(cause)));
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: "hookgate",
                provider = endpoint.provider_id(),
                endpoint = endpoint.name(),
                outcome = word,
                status,
                secret = seen.and_then(|seen| seen.secret),
                bytes = seen.map(|seen| seen.bytes),
                // Left out, not empty, where the handler took the delivery and should have.
                reason = (seen.is_none() || rejection.is_some()).then_some(reason),
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
fn count(endpoint: &AnyEndpoint, outcome: &'static str, reason: &'static str) {
    metrics::counter!(
        "hookgate_requests_total",
        "provider" => endpoint.provider_id().to_owned(),
        "endpoint" => endpoint.name().to_owned(),
        "outcome" => outcome,
        "reason" => reason,
    )
    .increment(1);
}

#[cfg(not(feature = "metrics"))]
fn count(_: &AnyEndpoint, _: &'static str, _: &'static str) {}
