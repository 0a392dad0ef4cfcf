//! From the handler's answer to the end of the request.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::report::{self, Outcome};
use crate::budget::Permit;
use crate::delivery::Delivery;
use crate::endpoint::AnyEndpoint;
use crate::ports::{BoxFuture, Held, Unavailable};
use crate::rejection::Rejection;

/// What a delivery holds while the handler works: its share of the bytes in flight, and its claim.
///
/// Tell it the handler's answer, and poll it to the end before the answer is sent: a delivery that
/// is not recorded as done would be handled again. Dropped without an answer, as when the
/// connection breaks, it gives everything back.
pub struct Ticket {
    endpoint: AnyEndpoint,
    secret: Option<Arc<str>>,
    bytes: usize,
    _permit: Permit,
    held: Option<Held>,
    settling: Option<BoxFuture<Result<(), Unavailable>>>,
    answered: bool,
}

impl Ticket {
    pub(super) fn new(delivery: &Delivery, permit: Permit, held: Option<Held>) -> Self {
        Self {
            endpoint: delivery.endpoint().clone(),
            secret: delivery.content().secret.clone(),
            bytes: delivery.body().len(),
            _permit: permit,
            held,
            settling: None,
            answered: false,
        }
    }

    /// The handler answered with this status. `rejection` is what an extractor of ours left in the
    /// response's extensions.
    pub fn answered(&mut self, status: u16, rejection: Option<&Rejection>) {
        self.answered = true;
        let done = (200..300).contains(&status);
        if let (Some(guard), Some(held)) = (self.endpoint.guard(), self.held.take()) {
            self.settling = Some(guard.settle(held, done));
        }
        match rejection {
            Some(rejection) => {
                report::answered(&self.endpoint, Outcome::Refused, status, Some(rejection));
            }
            None => {
                let secret = self.secret.as_deref();
                report::delivered(&self.endpoint, Outcome::Delivered, status, secret, self.bytes);
            }
        }
    }

    /// Whether there is nothing left to wait for.
    pub fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(settling) = &mut self.settling {
            let Poll::Ready(settled) = settling.as_mut().poll(cx) else {
                return Poll::Pending;
            };
            self.settling = None;
            if let Err(error) = settled {
                // The claim expires by itself. Until then a repeat is answered 409.
                report::unsettled(&self.endpoint, &error);
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let (Some(guard), Some(held)) = (self.endpoint.guard(), self.held.take()) {
            guard.dropped(held);
        }
        if !self.answered {
            let secret = self.secret.as_deref();
            report::delivered(&self.endpoint, Outcome::Dropped, 0, secret, self.bytes);
        }
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("endpoint", &self.endpoint.name())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
