//! What a path made of a row.

use std::fmt;

use hookgate::{Coverage, Delivery, RawBody, Rejection, RejectionKind, SenderOnly};

use crate::vector::Row;

/// What a path made of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The signature is right; what came after the verdict is shown.
    Accepted(Option<RejectionKind>),
    /// The gate refused.
    Rejected(RejectionKind),
    /// The path's request type cannot hold the request, which counts as a rejection.
    Unspeakable(&'static str),
    /// `build` refused the endpoint, which counts as a rejection.
    NotBuilt(String),
    /// Neither: a wrong status, a lost body, a panic.
    Broken(String),
}

impl Outcome {
    /// Whether the request counts as accepted; `None` where the path is broken.
    pub fn accepted(&self) -> Option<bool> {
        match self {
            Self::Accepted(_) => Some(true),
            Self::Rejected(_) | Self::Unspeakable(_) | Self::NotBuilt(_) => Some(false),
            Self::Broken(_) => None,
        }
    }

    /// What a refused request says of itself, from the rejection and the status that was sent.
    pub(crate) fn refused(rejection: Option<&Rejection>, status: u16) -> Self {
        let Some(rejection) = rejection else {
            return Self::Broken(format!("status {status} without a rejection"));
        };
        if rejection.status() != status {
            return Self::Broken(format!("status {status} for {:?}", rejection.kind()));
        }
        if rejection.kind().after_verdict() {
            Self::Accepted(Some(rejection.kind()))
        } else {
            Self::Rejected(rejection.kind())
        }
    }

    /// A delivery that reached the handler: it has to hold what was signed and nothing else.
    pub(crate) fn delivered(row: &Row, delivery: &Delivery, body_of_the_handler: &[u8]) -> Self {
        let content = delivery.content();
        if body_of_the_handler != &*content.body {
            return Self::Broken("the handler's body is not the verified one".into());
        }
        if delivery.rebuilt_head().is_none() && content.body != row.request.body {
            return Self::Broken("the body is not the one that came".into());
        }
        if let Err(why) = fits(delivery) {
            return Self::Broken(why);
        }
        if let Some(signed) = &row.signed_text {
            let words: serde_json::Value =
                serde_json::from_slice(&content.body).unwrap_or_default();
            let word = |name: &str| words.get(name).and_then(serde_json::Value::as_str);
            let read =
                ["eventType", "entityType", "entityId"].map(|name| word(name).unwrap_or("?"));
            if read.join(":") != *signed {
                return Self::Broken(format!("{read:?} was delivered, {signed:?} was signed"));
            }
        }
        Self::Accepted(None)
    }
}

/// Handlers get no more than what is proved, and that in the type that says so.
fn fits(delivery: &Delivery) -> Result<(), String> {
    let plain = hookgate::extract::<RawBody>(Some(delivery)).is_ok();
    let weak = hookgate::extract::<SenderOnly<RawBody>>(Some(delivery)).is_ok();
    match (delivery.content().coverage, plain, weak) {
        (Coverage::Body | Coverage::Fields, true, true) | (Coverage::SenderOnly, false, true) => {
            Ok(())
        }
        (coverage, ..) => Err(format!("coverage {coverage:?}: plain {plain}, weak {weak}")),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(None) => f.write_str("accept"),
            Self::Accepted(Some(kind)) => write!(f, "accept, then {}", kind.code()),
            Self::Rejected(kind) => write!(f, "reject ({})", kind.code()),
            Self::Unspeakable(what) => write!(f, "reject (HTTP has no such {what})"),
            Self::NotBuilt(why) => write!(f, "reject (not built: {why})"),
            Self::Broken(why) => write!(f, "broken: {why}"),
        }
    }
}
