//! The way of one request through a gate, for adapters.
//!
//! An adapter brings three things: the head, the frames of the body ([`Frames`]), and a clock with
//! a timer ([`Timer`]). The [`Admission`] does the rest, the same for every framework: it runs the
//! [`check`](crate::check), awaits the endpoint's look-ups, bounds the time and the bytes, claims
//! the delivery, and discards what a refused sender is still uploading. It is polled by hand and
//! needs no runtime.
//!
//! ```text
//! gate.admit(head)  ->  admission.poll(frames)  ->  Admitted::Passed(delivery, ticket)
//!                                                       call the handler, then ticket.answered(..)
//!                                                   Admitted::Replied(reply)
//!                                                   Admitted::Refused(refusal)
//! ```

mod admission;
mod report;
mod share;
mod ticket;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

pub use self::admission::{Admission, Admitted};
pub use self::ticket::Ticket;
use crate::endpoint::AnyEndpoint;
use crate::head::RequestHead;
use crate::time::UnixTime;

/// A clock and a timer, as the server's runtime has them.
pub trait Timer: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> UnixTime;

    /// A future that is ready after `duration`. Only asked for when a request makes us wait.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The frames of a body.
pub trait Frames {
    /// The next bytes of the body as they came over the wire, `None` at its end. Trailers are
    /// passed over.
    fn poll_data(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>>;
}

/// Why a body has no next frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum FrameError {
    /// A limit of the server or of another layer was reached. Answered 413.
    TooLarge,
    /// The body broke off. Answered 400, where anyone is left to read it.
    Interrupted(Box<dyn Error + Send + Sync>),
}

/// An endpoint behind an adapter. Clones share everything.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    endpoint: AnyEndpoint,
    timer: Box<dyn Timer>,
}

impl Gate {
    /// A gate in front of an endpoint.
    pub fn new(endpoint: impl Into<AnyEndpoint>, timer: impl Timer) -> Self {
        Self(Arc::new(Parts { endpoint: endpoint.into(), timer: Box::new(timer) }))
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &AnyEndpoint {
        &self.0.endpoint
    }

    /// Begins with a request: its head is judged now, the rest when the admission is polled.
    pub fn admit<H: RequestHead>(&self, head: &H) -> Admission {
        let now = self.endpoint().now(|| self.0.timer.now());
        Admission::new(self.clone(), self.endpoint().open(head, now), head)
    }
}
