//! The future of one request.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hookgate::Rejection;
use hookgate::driver::{Admission, Admitted, Gate, Ticket};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::body::HttpFrames;
use crate::restore::{Prepare, restore};

pin_project! {
    /// The response of a [`WebhookService`](crate::WebhookService).
    pub struct ResponseFuture<S, B, ReqBody>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, S::Future, S::Response, S::Error, B, ReqBody>,
    }
}

pin_project! {
    #[project = StateOf]
    enum State<S, F, R, E, B, ReqBody> {
        /// The gate reads the request.
        Admitting { admission: Admission, #[pin] body: ReqBody, call: Option<Call<S, B>> },
        /// The inner service works.
        Calling { #[pin] future: F, ticket: Option<Ticket> },
        /// The answer is recorded.
        Settling { answer: Option<Result<R, E>>, ticket: Ticket },
    }
}

/// What the inner service is called with, beside the body.
struct Call<S, B> {
    ready: S,
    parts: Parts,
    prepare: Option<Prepare<B>>,
}

impl<S, B, ReqBody> ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>>,
{
    pub(crate) fn new(
        gate: &Gate,
        ready: S,
        prepare: Option<Prepare<B>>,
        request: Request<ReqBody>,
    ) -> Self {
        let admission = gate.admit(&request);
        let (parts, body) = request.into_parts();
        let call = Some(Call { ready, parts, prepare });
        Self { state: State::Admitting { admission, body, call } }
    }
}

impl<S, B, ReqBody, ResBody> Future for ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    B: From<Bytes>,
    ReqBody: Body,
    ReqBody::Error: Into<Box<dyn Error + Send + Sync>>,
    ResBody: From<Bytes>,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateOf::Admitting { admission, body, call } => {
                    let frames = pin!(HttpFrames::new(body));
                    let (delivery, ticket) = match ready!(admission.poll(cx, frames)) {
                        Admitted::Passed(delivery, ticket) => (delivery, ticket),
                        Admitted::Replied(reply) => return Poll::Ready(Ok(reply.into_http())),
                        Admitted::Refused(refusal) => return Poll::Ready(Ok(refusal.into_http())),
                    };
                    // Only missing in a future that is polled after it was ready, which is never
                    // ready again.
                    let Some(Call { mut ready, parts, prepare }) = call.take() else {
                        return Poll::Pending;
                    };
                    let mut request = restore(parts, delivery);
                    if let Some(prepare) = prepare {
                        prepare(&mut request);
                    }
                    let future = ready.call(request);
                    state.set(State::Calling { future, ticket: Some(ticket) });
                }
                StateOf::Calling { future, ticket } => {
                    let answer = ready!(future.poll(cx));
                    let Some(mut ticket) = ticket.take() else {
                        return Poll::Ready(answer);
                    };
                    match &answer {
                        Ok(response) => {
                            let rejection = response.extensions().get::<Rejection>();
                            ticket.answered(response.status().as_u16(), rejection);
                        }
                        // Whatever is made of the error further out, it is no success.
                        Err(_) => ticket.answered(500, None),
                    }
                    state.set(State::Settling { answer: Some(answer), ticket });
                }
                StateOf::Settling { answer, ticket } => {
                    ready!(ticket.poll_settled(cx));
                    return answer.take().map_or(Poll::Pending, Poll::Ready);
                }
            }
        }
    }
}

impl<S, B, ReqBody> fmt::Debug for ResponseFuture<S, B, ReqBody>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Admitting { .. } => "admitting",
            State::Calling { .. } => "calling",
            State::Settling { .. } => "settling",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}
