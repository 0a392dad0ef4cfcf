//! From the handler's answer to the end of the request.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::admission::Late;
use super::report::{self, Outcome, Seen};
use super::share::Share;
use crate::delivery::{Delivery, Watched};
use crate::ports::{BoxFuture, Held, Unavailable};
use crate::rejection::Rejection;
use crate::reply::Reply;

/// What a delivery holds while the handler works: its share of the bytes in flight, and its claim.
///
/// Tell it the handler's answer, and poll it to the end before the answer is sent: a delivery that
/// is not recorded as done would be handled again. Dropped without an answer, as when the
/// connection breaks, it gives everything back.
pub struct Ticket {
    share: Share,
    secret: Option<Arc<str>>,
    bytes: usize,
    /// What an endpoint that only observes found.
    watched: Option<Arc<Watched>>,
    /// In a box, since most endpoints have no guard and every request moves this.
    claim: Option<Box<Claimed>>,
    answered: bool,
}

/// What a replay guard waits for.
#[derive(Default)]
struct Claimed {
    held: Option<Held>,
    settling: Option<Settling>,
}

/// The guard's record of the handler's answer, on its way.
struct Settling {
    recorded: BoxFuture<Result<(), Unavailable>>,
    deadline: BoxFuture<()>,
    /// The claim, where the handler failed.
    failed: Option<Held>,
}

/// Nobody waited for the answer.
#[derive(Debug, thiserror::Error)]
#[error("the sender left before it was recorded")]
struct Left;

impl Ticket {
    pub(super) fn new(share: Share, delivery: &Delivery, held: Option<Held>) -> Self {
        Self {
            share,
            secret: report::is_heard().then(|| delivery.content().secret.clone()).flatten(),
            bytes: delivery.body().len(),
            watched: delivery.watched().cloned(),
            claim: held.map(|held| Box::new(Claimed { held: Some(held), settling: None })),
            answered: false,
        }
    }

    /// The handler answered with this status. `rejection` is what an extractor of ours left in the
    /// response's extensions.
    pub fn answered(&mut self, status: u16, rejection: Option<&Rejection>) {
        self.answered = true;
        let done = (200..300).contains(&status);
        if let (Some(guard), Some(claim)) = (self.share.endpoint().guard(), &mut self.claim)
            && let Some(held) = claim.held.take()
        {
            // A store that hangs must not hold the answer, and what is in flight, for ever.
            let deadline = self.share.gate().0.timer.sleep(self.share.endpoint().body_deadline());
            claim.settling = Some(Settling {
                recorded: guard.settle(held, done),
                deadline,
                failed: (!done).then_some(held),
            });
        }
        let outcome = rejection.map_or(Outcome::Delivered(self.seen()), Outcome::Refused);
        report::ended(self.share.endpoint(), outcome, status);
    }

    /// What is sent in place of an empty success of the handler, where the provider looks for a
    /// text of its own in the answer: its status, content type and body. What else the handler's
    /// response holds stays, and one with a body of its own is sent as it is.
    pub fn in_place_of_empty(&self, status: u16) -> Option<&Reply> {
        let acknowledgement = self.share.endpoint().required_acknowledgement()?;
        (200..300).contains(&status).then_some(acknowledgement)
    }

    fn seen(&self) -> Seen<'_> {
        let refused = self.watched.as_ref().and_then(|watched| watched.refused());
        Seen { secret: self.secret.as_deref(), bytes: self.bytes, refused }
    }

    /// Whether there is nothing left to wait for.
    pub fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(claim) = &mut self.claim else { return Poll::Ready(()) };
        let Some(settling) = &mut claim.settling else { return Poll::Ready(()) };
        let problem = match settling.recorded.as_mut().poll(cx) {
            Poll::Ready(recorded) => recorded.err(),
            Poll::Pending => {
                ready!(settling.deadline.as_mut().poll(cx));
                Some(Unavailable::new(Late))
            }
        };
        claim.settling = None;
        if let Some(problem) = problem {
            // The claim expires by itself. Until then a repeat is answered 503.
            report::unsettled(self.share.endpoint(), &problem);
        }
        Poll::Ready(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Claimed { held, settling } = self.claim.take().map_or_else(Claimed::default, |it| *it);
        if settling.is_some() {
            report::unsettled(self.share.endpoint(), &Unavailable::new(Left));
        }
        // The sender left, perhaps while the answer was being recorded. What failed may come again
        // at once; what was done must not, and its claim expires by itself.
        let back = held.or(settling.and_then(|settling| settling.failed));
        if let (Some(guard), Some(held)) = (self.share.endpoint().guard(), back) {
            guard.dropped(held);
        }
        if !self.answered {
            report::ended(self.share.endpoint(), Outcome::Dropped(self.seen()), 0);
        }
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("endpoint", &self.share.endpoint().name())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
