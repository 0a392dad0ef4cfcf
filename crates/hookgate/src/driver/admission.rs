//! From the head to the handler.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::report::{self, Outcome};
use super::share::Share;
use super::{FrameError, Frames, Gate, Ticket};
use crate::check::{Check, Learning, Opened, Paused, Suspended, Verdict};
use crate::delivery::{Delivery, DeliveryKey};
use crate::head::{RequestHead, expects_continue};
use crate::ports::{BoxFuture, Claim, Held, Key, Learned, Unavailable};
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::reply::Reply;
use crate::secret::Secrets;

/// How much of a refused body is read, so that a sender in the middle of its upload comes to read
/// the answer instead of a broken pipe: bytes, and time.
const DISCARD: (usize, Duration) = (256 * 1024, Duration::from_secs(1));

/// Frames that are read in one go before other tasks get their turn: a body can be ready for ever.
const FRAMES_A_TURN: usize = 128;

/// What became of a request.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle every outcome")]
pub enum Admitted {
    /// It is authentic and new: call the handler.
    Passed(Delivery, Ticket),
    /// The gate answers by itself, and nothing was wrong.
    Replied(Reply),
    /// It was refused.
    Refused(Refusal),
}

/// A request on its way to the handler.
#[must_use = "an admission does nothing unless it is polled"]
pub struct Admission(Option<Underway>);

/// What there is of it until it is ready.
struct Underway {
    share: Share,
    step: Step,
    /// The deadline, armed when the request first makes us wait.
    deadline: Option<BoxFuture<()>>,
    body: BodyState,
}

/// Whether the rest of the body may be read once the request was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BodyState {
    /// The sender waits for `100 Continue`, which reading would send.
    Withheld,
    Open,
    Ended,
}

enum Step {
    Secrets(BoxFuture<Result<Option<Secrets>, Unavailable>>, Paused),
    Reading(Check),
    Key(BoxFuture<Result<Option<Key>, Unavailable>>, Suspended),
    /// In a box, since it comes once in an endpoint's life and every request has room for it.
    Learn(BoxFuture<Result<Learned, Unavailable>>, Box<Learning>),
    Claim(BoxFuture<Result<Claim, Unavailable>>, DeliveryKey, Delivery),
    Discard {
        left: usize,
        answer: Box<Answer>,
    },
    Done,
}

enum Answer {
    Replied(Reply),
    Refused(Refusal),
}

impl Admission {
    pub(super) fn new<H>(gate: Gate, opened: Result<Opened, Rejection>, head: &H) -> Self
    where
        H: RequestHead,
    {
        let mut underway = Underway {
            share: Share::new(gate),
            step: Step::Done,
            deadline: None,
            body: BodyState::Open,
        };
        // Only a request that may be refused before its body was read needs to know.
        if !matches!(opened, Ok(Opened::Check(_))) && expects_continue(head) {
            underway.body = BodyState::Withheld;
        }
        match opened {
            Ok(Opened::Check(check)) => underway.step = Step::Reading(check),
            Ok(Opened::NeedSecrets(ask, paused)) => {
                underway.step = Step::Secrets(ask.ask(), paused);
            }
            Ok(Opened::Reply(reply)) => underway.answer(Answer::Replied(reply)),
            Err(rejection) => underway.refuse(rejection),
        }
        Self(Some(underway))
    }

    /// Goes on as far as the body and the look-ups allow. Once it was ready, it never is again.
    pub fn poll<F>(&mut self, cx: &mut Context<'_>, frames: Pin<&mut F>) -> Poll<Admitted>
    where
        F: Frames + ?Sized,
    {
        let Some(underway) = &mut self.0 else { return Poll::Pending };
        let end = ready!(underway.poll(cx, frames));
        let Some(Underway { share, .. }) = self.0.take() else { return Poll::Pending };
        Poll::Ready(match end {
            End::Passed(delivery, held) => {
                let ticket = Ticket::new(share, &delivery, held);
                Admitted::Passed(delivery, ticket)
            }
            End::Answered(Answer::Replied(reply)) => {
                report::ended(share.endpoint(), Outcome::Replied, reply.status());
                Admitted::Replied(reply)
            }
            End::Answered(Answer::Refused(refusal)) => {
                let outcome = Outcome::Refused(&refusal.rejection);
                report::ended(share.endpoint(), outcome, refusal.reply.status());
                Admitted::Refused(refusal)
            }
        })
    }
}

/// What a request comes to.
enum End {
    Passed(Delivery, Option<Held>),
    Answered(Answer),
}

impl Underway {
    fn poll<F>(&mut self, cx: &mut Context<'_>, mut frames: Pin<&mut F>) -> Poll<End>
    where
        F: Frames + ?Sized,
    {
        loop {
            let next = match &mut self.step {
                Step::Reading(_) => self.poll_body(cx, frames.as_mut()),
                Step::Discard { .. } => return self.poll_discard(cx, frames.as_mut()),
                _ => self.poll_look_up(cx),
            };
            match ready!(next) {
                Ok(Some((delivery, held))) => return Poll::Ready(End::Passed(delivery, held)),
                Ok(None) => {}
                Err(rejection) => self.refuse(rejection),
            }
        }
    }

    /// Hands frames to the check until the body ends.
    fn poll_body<F>(&mut self, cx: &mut Context<'_>, mut frames: Pin<&mut F>) -> Poll<Next>
    where
        F: Frames + ?Sized,
    {
        // Whoever waited to be told to go on is told now.
        self.body = BodyState::Open;
        for _ in 0..FRAMES_A_TURN {
            let Step::Reading(check) = &mut self.step else {
                return self.out_of_step();
            };
            let kind = match frames.as_mut().poll_data(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if self.share.grow(frame.len()) {
                        if let Err(rejection) = check.push(frame) {
                            return Poll::Ready(Err(rejection));
                        }
                        continue;
                    }
                    RejectionKind::Overloaded
                }
                Poll::Ready(Some(Err(FrameError::TooLarge))) => RejectionKind::BodyTooLarge,
                Poll::Ready(Some(Err(FrameError::Interrupted(cause)))) => {
                    self.body = BodyState::Ended;
                    let rejection = self.reject(RejectionKind::BodyInterrupted);
                    return Poll::Ready(Err(rejection.because(Interrupted(cause))));
                }
                Poll::Ready(None) => {
                    self.body = BodyState::Ended;
                    let Step::Reading(check) = std::mem::replace(&mut self.step, Step::Done) else {
                        return self.out_of_step();
                    };
                    return Poll::Ready(self.decide(check.finish()));
                }
                Poll::Pending => {
                    ready!(self.poll_deadline(cx));
                    // Whoever is this slow is not waited for any longer.
                    self.body = BodyState::Ended;
                    RejectionKind::BodyTimeout
                }
            };
            return Poll::Ready(Err(self.reject(kind)));
        }
        // A body that is always ready, empty frames included, must starve nobody.
        if self.poll_deadline(cx).is_ready() {
            self.body = BodyState::Ended;
            return Poll::Ready(Err(self.reject(RejectionKind::BodyTimeout)));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Waits for the answer of a port, no longer than for a body.
    fn poll_look_up(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let late = match &mut self.step {
            Step::Secrets(look_up, _) => {
                if let Poll::Ready(answer) = look_up.as_mut().poll(cx)
                    && let Step::Secrets(_, paused) = self.take_step()
                {
                    let check = paused.resume(answer);
                    return Poll::Ready(check.map(|check| {
                        self.step = Step::Reading(check);
                        None
                    }));
                }
                RejectionKind::SecretsUnavailable
            }
            Step::Key(look_up, _) => {
                if let Poll::Ready(answer) = look_up.as_mut().poll(cx)
                    && let Step::Key(_, suspended) = self.take_step()
                {
                    return Poll::Ready(self.decide(suspended.resume(answer)));
                }
                RejectionKind::KeysUnavailable
            }
            Step::Learn(store, _) => {
                if let Poll::Ready(answer) = store.as_mut().poll(cx)
                    && let Step::Learn(_, learning) = self.take_step()
                {
                    return Poll::Ready(learning.resume(answer).map(|reply| {
                        self.answer(Answer::Replied(reply));
                        None
                    }));
                }
                RejectionKind::SecretNotStored
            }
            Step::Claim(claim, ..) => {
                if let Poll::Ready(answer) = claim.as_mut().poll(cx)
                    && let Step::Claim(_, key, delivery) = self.take_step()
                {
                    return Poll::Ready(self.claimed(answer, key, delivery));
                }
                RejectionKind::GuardUnavailable
            }
            Step::Reading(_) | Step::Discard { .. } | Step::Done => {
                return self.out_of_step();
            }
        };
        ready!(self.poll_deadline(cx));
        if self.share.endpoint().is_observing() && late != RejectionKind::SecretNotStored {
            return Poll::Ready(self.go_on_without());
        }
        Poll::Ready(Err(self.reject(late).because(Late)))
    }

    /// Gives up a look-up at an endpoint that refuses nothing for it. The body gets the whole of
    /// its own time.
    fn go_on_without(&mut self) -> Next {
        self.deadline = None;
        match self.take_step() {
            Step::Secrets(_, paused) => {
                self.step = Step::Reading(paused.resume(Err(Unavailable::new(Late)))?);
                Ok(None)
            }
            Step::Key(_, suspended) => self.decide(suspended.resume(Err(Unavailable::new(Late)))),
            _ => Err(self.reject(RejectionKind::BodyInterrupted)),
        }
    }

    /// The step that a verdict leads to.
    fn decide(&mut self, verdict: Result<Verdict, Rejection>) -> Next {
        match verdict? {
            Verdict::Deliver(mut delivery) => {
                if let Some(reserved) = delivery.take_reserved() {
                    self.share.take_over(reserved);
                }
                // The key is a digest over the whole body: only made where somebody asks for it.
                let claim = self.share.endpoint().guard().and_then(|guard| {
                    let query = delivery.claim_query()?;
                    Some((guard.claim(query), query.key))
                });
                let Some((claim, key)) = claim else { return Ok(Some((delivery, None))) };
                self.step = Step::Claim(claim, key, delivery);
            }
            Verdict::Reply(reply) => self.answer(Answer::Replied(reply)),
            Verdict::NeedKey(ask, suspended) => self.step = Step::Key(ask.ask(), suspended),
            Verdict::Learn(ask, learning) => {
                self.step = Step::Learn(ask.ask(), Box::new(learning));
            }
        }
        Ok(None)
    }

    /// The step that the replay guard's answer leads to.
    fn claimed(
        &mut self,
        answer: Result<Claim, Unavailable>,
        key: DeliveryKey,
        delivery: Delivery,
    ) -> Next {
        match answer {
            Ok(Claim::New(token)) => Ok(Some((delivery, Some(Held { key, token })))),
            Ok(Claim::Done) => {
                let reply = self.share.endpoint().acknowledgement();
                self.answer(Answer::Replied(reply));
                Ok(None)
            }
            Ok(Claim::InFlight) => Err(self.reject(RejectionKind::InFlight)),
            Err(cause) => Err(self.reject(RejectionKind::GuardUnavailable).because(cause)),
        }
    }

    fn refuse(&mut self, rejection: Rejection) {
        self.answer(Answer::Refused(self.share.endpoint().refuse(rejection)));
    }

    /// Answers, once a bounded part of the rest of the body was read.
    fn answer(&mut self, answer: Answer) {
        let (bytes, _) = DISCARD;
        self.deadline = None;
        // What is discarded is not held, and what was held is let go with the step.
        self.share.shrink();
        self.step = Step::Discard { left: bytes, answer: Box::new(answer) };
    }

    fn poll_discard<F>(&mut self, cx: &mut Context<'_>, mut frames: Pin<&mut F>) -> Poll<End>
    where
        F: Frames + ?Sized,
    {
        let (_, time) = DISCARD;
        let mut turns = FRAMES_A_TURN;
        while self.body == BodyState::Open {
            let Step::Discard { left, .. } = &mut self.step else {
                break;
            };
            match frames.as_mut().poll_data(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    *left = left.saturating_sub(frame.len());
                    turns = turns.saturating_sub(1);
                    if *left == 0 {
                        self.body = BodyState::Ended;
                    } else if turns == 0 {
                        if self.poll_sleep(cx, time).is_ready() {
                            break;
                        }
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
                Poll::Ready(Some(Err(_)) | None) => self.body = BodyState::Ended,
                Poll::Pending => {
                    ready!(self.poll_sleep(cx, time));
                    break;
                }
            }
        }
        Poll::Ready(End::Answered(match self.take_step() {
            Step::Discard { answer, .. } => *answer,
            _ => {
                let rejection = self.reject(RejectionKind::BodyInterrupted);
                Answer::Refused(self.share.endpoint().refuse(rejection))
            }
        }))
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.share.endpoint().body_deadline();
        self.poll_sleep(cx, deadline)
    }

    fn poll_sleep(&mut self, cx: &mut Context<'_>, duration: Duration) -> Poll<()> {
        let timer = &self.share.gate().0.timer;
        self.deadline.get_or_insert_with(|| timer.sleep(duration)).as_mut().poll(cx)
    }

    fn take_step(&mut self) -> Step {
        std::mem::replace(&mut self.step, Step::Done)
    }

    fn reject(&self, kind: RejectionKind) -> Rejection {
        self.share.endpoint().reject(kind)
    }

    /// A step that cannot be: nothing passes.
    fn out_of_step(&mut self) -> Poll<Next> {
        self.body = BodyState::Ended;
        Poll::Ready(Err(self.reject(RejectionKind::BodyInterrupted)))
    }
}

/// A delivery that passes, with its claim; `None` where there is a next step.
type Next = Result<Option<(Delivery, Option<Held>)>, Rejection>;

/// A look-up took longer than a body may.
#[derive(Debug, thiserror::Error)]
#[error("the look-up did not answer in time")]
pub(super) struct Late;

/// The server's own error, behind a type that can be a source.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Interrupted(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.0.as_ref().map(|underway| &underway.step) {
            Some(Step::Secrets(..)) => "secrets",
            Some(Step::Reading(_)) => "reading",
            Some(Step::Key(..)) => "key",
            Some(Step::Learn(..)) => "learn",
            Some(Step::Claim(..)) => "claim",
            Some(Step::Discard { .. }) => "discard",
            Some(Step::Done) | None => "done",
        };
        f.debug_struct("Admission").field("step", &step).finish_non_exhaustive()
    }
}
