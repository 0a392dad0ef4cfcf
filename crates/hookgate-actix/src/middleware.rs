//! The gate as a middleware.

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use hookgate::AnyEndpoint;
use hookgate::driver::{Gate, Timer};

use crate::future::{Waiting, WebhookFuture};
use crate::head::Head;
use crate::request::Limits;
use crate::timer::ActixTimer;

/// Lets a request through to the service that it wraps only once it was verified.
///
/// Wrap the resource or the scope that receives, never the whole application: there it would gate
/// `/health` too. Handlers behind it take the event with [`Webhook<T>`](crate::Webhook), the
/// delivery with `ReqData<Delivery>`, and the body with actix-web's own extractors, which see the
/// bytes that were verified.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use hookgate::harmonizely::{self, Harmonizely};
/// use hookgate::{BuildError, Endpoint};
/// use hookgate_actix::{Webhook, WebhookMiddleware};
///
/// async fn on_meeting(Webhook(event): Webhook<harmonizely::Event>) -> HttpResponse {
///     println!("{}", event.name());
///     HttpResponse::Ok().finish()
/// }
///
/// fn hooks(app: &mut web::ServiceConfig, secret: &str) -> Result<(), BuildError> {
///     let endpoint = Endpoint::builder(Harmonizely).secret(secret).build()?;
///     app.service(
///         web::resource("/hooks/harmonizely")
///             .wrap(WebhookMiddleware::new(endpoint))
///             .route(web::post().to(on_meeting)),
///     );
///     Ok(())
/// }
/// # hooks_work();
/// # fn hooks_work() { let _ = App::new().configure(|app| hooks(app, "a secret").unwrap()); }
/// ```
///
/// Build the endpoint outside `HttpServer::new`, once, and clone it into the workers: clones share
/// the bytes in flight and the secrets, so that a rotation reaches all of them.
///
/// # The gate is the body limit
///
/// Behind it actix-web's extractors for bytes, text, forms and JSON take whatever
/// [`body_limit`](hookgate::EndpointBuilder::body_limit) let through, instead of 256 KiB, 16 KiB
/// or 2 MiB. A `PayloadConfig`, `FormConfig` or `JsonConfig` that the application set by itself is
/// its own word and stays as it is: give it at least the endpoint's limit.
///
/// # Answers
///
/// A refusal is a response and not an error, with the [`Rejection`](hookgate::Rejection) in its
/// extensions. Errors of the wrapped service are passed on as they are.
///
/// # Panics
///
/// As actix-web's own routing does, where a middleware further out keeps a clone of the
/// `HttpRequest` while the request is on its way in. It shows at the first delivery.
#[derive(Clone, Debug)]
pub struct WebhookMiddleware {
    gate: Gate,
}

impl WebhookMiddleware {
    /// A gate for an endpoint.
    pub fn new(endpoint: impl Into<AnyEndpoint>) -> Self {
        Self { gate: Gate::new(endpoint, ActixTimer) }
    }

    /// Another clock and timer, for tests that do not want to wait.
    #[must_use]
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { gate: Gate::new(self.gate.endpoint().clone(), timer) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for WebhookMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = WebhookService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(WebhookService {
            limits: Rc::new(Limits::of(self.gate.endpoint())),
            gate: self.gate.clone(),
            service: Rc::new(service),
        }))
    }
}

/// A service behind the gate. See [`WebhookMiddleware`].
pub struct WebhookService<S> {
    gate: Gate,
    limits: Rc<Limits>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for WebhookService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = WebhookFuture<S, B>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let admission = self.gate.admit(&Head(request.head()));
        let waiting =
            Waiting { request, service: Rc::clone(&self.service), limits: Rc::clone(&self.limits) };
        WebhookFuture::new(admission, waiting)
    }
}

impl<S> fmt::Debug for WebhookService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService").field("gate", &self.gate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use hookgate::Endpoint;
    use hookgate::harmonizely::Harmonizely;

    use super::*;

    /// A service that is never ready, or has failed.
    struct NotReady(bool);

    impl Service<ServiceRequest> for NotReady {
        type Response = ServiceResponse;
        type Error = Error;
        type Future = Ready<Result<ServiceResponse, Error>>;

        fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            if self.0 {
                return Poll::Ready(Err(actix_web::error::ErrorImATeapot("broken")));
            }
            Poll::Pending
        }

        fn call(&self, _: ServiceRequest) -> Self::Future {
            unreachable!("only readiness is asked for")
        }
    }

    #[actix_web::test]
    async fn the_gate_is_as_ready_as_what_is_behind_it() {
        let endpoint = Endpoint::builder(Harmonizely).secret("a secret").build().unwrap();
        let middleware = WebhookMiddleware::new(endpoint);
        let mut cx = Context::from_waker(Waker::noop());

        let pending = middleware.new_transform(NotReady(false)).await.unwrap();
        assert!(pending.poll_ready(&mut cx).is_pending());

        let broken = middleware.new_transform(NotReady(true)).await.unwrap();
        let Poll::Ready(Err(error)) = broken.poll_ready(&mut cx) else {
            panic!("the error was lost");
        };
        assert_eq!(error.as_response_error().status_code(), 418);
    }
}
