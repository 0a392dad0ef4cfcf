//! The way of one request through the middleware.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_LENGTH;
use hookgate::Rejection;
use hookgate::driver::{Admission, Admitted, Ticket};
use pin_project_lite::pin_project;

use crate::body::Body;
use crate::extract::WebhookRejection;
use crate::request::{Limits, pass_on};
use crate::response;

pin_project! {
    /// The answer of [`WebhookService`](crate::WebhookService).
    #[must_use = "futures do nothing unless they are polled"]
    pub struct WebhookFuture<S, B>
    where
        S: Service<ServiceRequest>,
    {
        #[pin]
        step: Step<S, S::Future, Result<ServiceResponse<EitherBody<B>>, Error>>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<S, F, A> {
        /// The gate reads the request, which waits here.
        Admit {
            admission: Admission,
            waiting: Option<Waiting<S>>,
        },
        /// The handler works.
        Handle {
            #[pin]
            handling: F,
            ticket: Option<Ticket>,
        },
        /// The handler answered, and the replay guard is told.
        Settle {
            ticket: Ticket,
            answer: Option<A>,
        },
    }
}

/// A request before the gate, and where it goes from there.
pub(crate) struct Waiting<S> {
    pub(crate) request: ServiceRequest,
    pub(crate) service: Rc<S>,
    pub(crate) limits: Rc<Limits>,
}

impl<S, B> WebhookFuture<S, B>
where
    S: Service<ServiceRequest>,
{
    pub(crate) fn new(admission: Admission, waiting: Waiting<S>) -> Self {
        Self { step: Step::Admit { admission, waiting: Some(waiting) } }
    }
}

impl<S, B> Future for WebhookFuture<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            let next = match step.as_mut().project() {
                StepProjection::Admit { admission, waiting } => {
                    // Polled after it was ready, a future may wait for ever.
                    let Some(Waiting { request, .. }) = waiting else {
                        return Poll::Pending;
                    };
                    let (_, payload) = request.parts_mut();
                    let admitted = ready!(admission.poll(cx, Pin::new(&mut Body(payload))));
                    let Some(waiting) = waiting.take() else {
                        return Poll::Pending;
                    };
                    match go_on(admitted, waiting) {
                        GoOn::Handle(handling, ticket) => {
                            Step::Handle { handling, ticket: Some(ticket) }
                        }
                        GoOn::Answer(response) => {
                            return Poll::Ready(Ok(response.map_into_right_body()));
                        }
                    }
                }
                StepProjection::Handle { handling, ticket } => {
                    let answer = ready!(handling.poll(cx));
                    let Some(mut ticket) = ticket.take() else {
                        return Poll::Pending;
                    };
                    tell(&mut ticket, &answer);
                    let answer = answer.map(|answer| acknowledge(&ticket, answer));
                    Step::Settle { ticket, answer: Some(answer) }
                }
                StepProjection::Settle { ticket, answer } => {
                    ready!(ticket.poll_settled(cx));
                    return answer.take().map_or(Poll::Pending, Poll::Ready);
                }
            };
            step.set(next);
        }
    }
}

/// What comes after the gate.
enum GoOn<F> {
    Handle(F, Ticket),
    Answer(ServiceResponse),
}

fn go_on<S>(admitted: Admitted, waiting: Waiting<S>) -> GoOn<S::Future>
where
    S: Service<ServiceRequest>,
{
    let Waiting { mut request, service, limits } = waiting;
    let response = match admitted {
        Admitted::Passed(delivery, ticket) => {
            pass_on(&mut request, delivery, &limits);
            return GoOn::Handle(service.call(request), ticket);
        }
        Admitted::Replied(reply) => response::replied(reply),
        Admitted::Refused(refusal) => response::refused(refusal),
    };
    GoOn::Answer(request.into_response(response))
}

/// Puts in what the provider has to read, where the handler answered with a success and no body.
fn acknowledge<B: MessageBody>(
    ticket: &Ticket,
    answer: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let reply = ticket.in_place_of_empty(answer.status().as_u16());
    let empty = matches!(answer.response().body().size(), BodySize::None | BodySize::Sized(0));
    let Some(reply) = reply.filter(|_| empty) else {
        return answer.map_into_left_body();
    };
    let mut own = response::replied(reply.clone());
    let (request, mut theirs) = answer.into_parts();
    // What else the handler said stays said: cookies, headers, extensions.
    let replaced: Vec<_> = own.headers().keys().cloned().chain([CONTENT_LENGTH]).collect();
    for (name, value) in theirs.headers().iter().filter(|(name, _)| !replaced.contains(name)) {
        own.headers_mut().append(name.clone(), value.clone());
    }
    std::mem::swap(&mut *own.extensions_mut(), &mut *theirs.extensions_mut());
    ServiceResponse::new(request, own).map_into_right_body()
}

/// Tells the ticket what the handler answered.
fn tell<B>(ticket: &mut Ticket, answer: &Result<ServiceResponse<B>, Error>) {
    match answer {
        Ok(answer) => {
            let response = answer.response();
            let extensions = response.extensions();
            ticket.answered(response.status().as_u16(), extensions.get::<Rejection>());
        }
        // An error that a middleware between here and the handler returned. Its response is not
        // made here: some errors have only one to give, and it belongs to whoever answers.
        Err(error) => {
            let status = error.as_response_error().status_code().as_u16();
            let own = error.as_error::<WebhookRejection>();
            ticket.answered(status, own.and_then(WebhookRejection::rejection));
        }
    }
}

impl<S, B> fmt::Debug for WebhookFuture<S, B>
where
    S: Service<ServiceRequest>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Admit { .. } => "admit",
            Step::Handle { .. } => "handle",
            Step::Settle { .. } => "settle",
        };
        f.debug_struct("WebhookFuture").field("step", &step).finish_non_exhaustive()
    }
}
