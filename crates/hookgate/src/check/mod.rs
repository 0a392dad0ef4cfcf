//! The check of one request: a state machine that never waits.
//!
//! ```text
//! endpoint.open(head, now)  ->  Opened::Reply(reply)              a handshake answered from the head
//!                               Opened::NeedSecrets(ask, paused)  secrets of a tenant: paused.resume(..)
//!                               Opened::Check(check)
//! check.push(chunk)             for each frame of the body
//! check.finish()            ->  Verdict::Deliver(delivery)
//!                               Verdict::Reply(reply)             a handshake or an acknowledgement
//!                               Verdict::NeedKey(ask, suspended)  a key that the request names:
//!                                                                 suspended.resume(..) -> Verdict
//!                               Verdict::Learn(ask, learning)     a secret that the request brings:
//!                                                                 learning.resume(..) -> Reply
//! ```
//!
//! Every step can refuse with a [`Rejection`]. The adapters drive it through the
//! [`driver`](crate::driver); anything else that holds a head and the bytes of a body can drive it
//! as well:
//!
//! ```
//! use hookgate::check::{Opened, Verdict};
//! use hookgate::{Endpoint, RejectionKind, UnixTime, harmonizely::Harmonizely};
//!
//! let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
//! let request = http::Request::post("/hooks/harmonizely")
//!     .header("webhook-signature", "iDtbs8AQ9v7MBZyB9t5wWbFVHFEE6jXFPa4jW6Ii5hg=")
//!     .body("{}")
//!     .unwrap();
//! let Opened::Check(mut check) = endpoint.open(&request, UnixTime::from_secs(0)).unwrap() else {
//!     panic!("neither a handshake nor a look-up");
//! };
//! check.push("{}".into()).unwrap();
//! let rejection = check.finish().unwrap_err();
//! assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
//! # Ok::<(), hookgate::BuildError>(())
//! ```

mod ask;
mod asking;
mod open;
mod verdict;

pub use self::ask::{KeyAsk, Paused, SecretsAsk, Suspended};
pub use self::asking::{Learning, SecretAsk};
pub(crate) use self::open::Start;
use self::verdict::Reading;
use crate::delivery::Delivery;
use crate::rejection::Rejection;
use crate::reply::Reply;

/// What the head of a request leads to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Opened {
    /// A handshake that the head alone answers.
    Reply(Reply),
    /// The secrets depend on the request, and have to be looked up.
    NeedSecrets(SecretsAsk, Paused),
    /// The body can be read.
    Check(Check),
}

/// What a whole request leads to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The request is authentic.
    Deliver(Delivery),
    /// The request is answered without a handler: a handshake, or an authentic event that is only
    /// acknowledged.
    Reply(Reply),
    /// The request names its key, which has to be looked up.
    NeedKey(KeyAsk, Suspended),
    /// The request is a handshake that brings the endpoint's secret, which has to be stored.
    Learn(SecretAsk, Learning),
}

/// A check that reads the body.
///
/// It holds the body: each frame is counted, hashed as it arrives, and kept as it came.
#[derive(Debug)]
#[must_use = "nothing is verified before `finish`"]
pub struct Check(Reading);

impl Check {
    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// [`BodyTooLarge`](crate::RejectionKind::BodyTooLarge) at the frame that goes over the
    /// endpoint's limit. The check is over then.
    pub fn push(&mut self, chunk: bytes::Bytes) -> Result<(), Rejection> {
        self.0.push(chunk)
    }

    /// The body is complete.
    ///
    /// # Errors
    ///
    /// When the signature is not that of the request, or the delivery is authentic and not taken.
    pub fn finish(self) -> Result<Verdict, Rejection> {
        self.0.finish()
    }
}
