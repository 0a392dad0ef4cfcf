//! The way of one request through the gate to whatever is behind it.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hookgate::driver::{Admission, Admitted, Gate, Ticket};
use hookgate::{Delivery, Rejection};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::body::HttpFrames;

/// What is behind the gate, for adapters: it is called with what passed, the head as it came.
///
/// Closures are: `FnOnce(Parts, Delivery) -> Future`.
pub trait Behind {
    /// The body of its responses. The gate's own answers have the same type.
    type Body: Body + From<Bytes>;

    /// Why it has no response.
    type Error;

    /// The response to come.
    type Future: Future<Output = Result<Response<Self::Body>, Self::Error>>;

    /// Called once, with a delivery that passed. [`restore`](crate::restore) puts both together.
    fn call(self, head: Parts, delivery: Delivery) -> Self::Future;
}

impl<C, F, B, E> Behind for C
where
    C: FnOnce(Parts, Delivery) -> F,
    F: Future<Output = Result<Response<B>, E>>,
    B: Body + From<Bytes>,
{
    type Body = B;
    type Error = E;
    type Future = F;

    fn call(self, head: Parts, delivery: Delivery) -> F {
        self(head, delivery)
    }
}

pin_project! {
    /// Takes one request through a gate, and what passes to what is [`Behind`] it: for adapters.
    ///
    /// `F` is the future of what is behind, `A` its answer, `R` the body that comes in. The answer
    /// is recorded with the endpoint's replay guard before it is given.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Through<I, F, A, R> {
        #[pin]
        step: Step<I, F, A, R>,
    }
}

pin_project! {
    #[project = StepOf]
    enum Step<I, F, A, R> {
        /// The gate reads the request.
        Admit { admission: Admission, #[pin] body: R, waiting: Option<(I, Parts)> },
        /// What is behind the gate works.
        Handle { #[pin] future: F, ticket: Option<Ticket> },
        /// The answer is recorded.
        Settle { answer: Option<A>, ticket: Ticket },
        /// Never ready again.
        Done,
    }
}

impl<I, F, A, R> Through<I, F, A, R> {
    /// Judges the head now, and the rest when it is polled.
    pub fn new(gate: &Gate, behind: I, request: Request<R>) -> Self {
        let admission = gate.admit(&request);
        let (parts, body) = request.into_parts();
        Self { step: Step::Admit { admission, body, waiting: Some((behind, parts)) } }
    }
}

impl<I, R> Future for Through<I, I::Future, Result<Response<I::Body>, I::Error>, R>
where
    I: Behind,
    R: Body,
    R::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Response<I::Body>, I::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            match step.as_mut().project() {
                StepOf::Admit { admission, body, waiting } => {
                    let frames = pin!(HttpFrames::new(body));
                    let (delivery, ticket) = match ready!(admission.poll(cx, frames)) {
                        Admitted::Passed(delivery, ticket) => (delivery, ticket),
                        Admitted::Replied(reply) => return Poll::Ready(Ok(reply.into_http())),
                        Admitted::Refused(refusal) => return Poll::Ready(Ok(refusal.into_http())),
                    };
                    // Only missing in a future that is polled after it was ready, which is never
                    // ready again.
                    let Some((behind, parts)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let future = behind.call(parts, delivery);
                    step.set(Step::Handle { future, ticket: Some(ticket) });
                }
                StepOf::Handle { future, ticket } => {
                    let mut answer = ready!(future.poll(cx));
                    let ticket = ticket.take();
                    // First the future goes, which may hold the body, and then its bytes in flight.
                    step.set(Step::Done);
                    let Some(mut ticket) = ticket else {
                        return Poll::Pending;
                    };
                    match &mut answer {
                        Ok(response) => {
                            acknowledge(&ticket, response);
                            let rejection = response.extensions().get::<Rejection>();
                            ticket.answered(response.status().as_u16(), rejection);
                        }
                        // Whatever is made of the error further out, it is no success.
                        Err(_) => ticket.answered(500, None),
                    }
                    if ticket.poll_settled(cx).is_ready() {
                        return Poll::Ready(answer);
                    }
                    step.set(Step::Settle { answer: Some(answer), ticket });
                    return Poll::Pending;
                }
                StepOf::Settle { answer, ticket } => {
                    ready!(ticket.poll_settled(cx));
                    return answer.take().map_or(Poll::Pending, Poll::Ready);
                }
                StepOf::Done => return Poll::Pending,
            }
        }
    }
}

/// Puts in what the provider has to read, where the handler answered with a success and no body.
fn acknowledge<B: Body + From<Bytes>>(ticket: &Ticket, response: &mut Response<B>) {
    let Some(reply) = ticket.in_place_of_empty(response.status().as_u16()) else { return };
    if response.body().size_hint().exact() != Some(0) {
        return;
    }
    let own = reply.clone().into_http::<B>();
    *response.status_mut() = own.status();
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    for name in [CONTENT_TYPE, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS] {
        if let Some(value) = own.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    *response.body_mut() = own.into_body();
}

impl<I, F, A, R> fmt::Debug for Through<I, F, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.step {
            Step::Admit { .. } => "admit",
            Step::Handle { .. } => "handle",
            Step::Settle { .. } => "settle",
            Step::Done => "done",
        };
        f.debug_struct("Through").field("step", &step).finish_non_exhaustive()
    }
}
