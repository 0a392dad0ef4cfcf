//! The one-line routes.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::{Pin, pin};

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use bytes::Bytes;
use hookgate::driver::{Admitted, Gate};
use hookgate::ports::{AnySink, Sink};
use hookgate::{AnyEndpoint, Delivery, Endpoint, FromDelivery, Rejection, Sends, extract};
use hookgate_tower::{HttpFrames, TokioTimer, restore};
use http::request::Parts;

use crate::extract::WebhookRejection;
use crate::handler::EventHandler;

/// A route that receives webhooks: the endpoint's gate, and behind it the handler with the typed
/// event. See the [crate](crate) for an example.
///
/// It mounts every method; the gate decides which are allowed.
pub fn webhook<P, H, Args, S>(endpoint: Endpoint<P>, handler: H) -> MethodRouter<S>
where
    P: Sends,
    H: EventHandler<P::Event, Args, S>,
    Args: 'static,
    S: Clone + Send + Sync + 'static,
{
    any(OneLine {
        gate: Gate::new(endpoint, TokioTimer),
        handler,
        event: PhantomData::<fn() -> P::Event>,
    })
}

/// Like [`webhook`], at a path and everything under it: for providers that write into the path,
/// such as [iOFFICE](hookgate::ioffice).
///
/// ```
/// use axum::Router;
/// use hookgate::ioffice::{self, IOffice};
/// use hookgate::Endpoint;
/// use hookgate_axum::webhook_tree;
///
/// async fn on_change(event: ioffice::Event) {
///     println!("{} {}", event.entity, event.id);
/// }
///
/// let path = "/hooks/ioffice";
/// let endpoint = Endpoint::builder(IOffice::at(path)).secret("the webhook's secret").build()?;
/// let app: Router = Router::new().merge(webhook_tree(path, endpoint, on_change));
/// # Ok::<(), hookgate::BuildError>(())
/// ```
///
/// Merge it with [`Router::merge`]. Nested instead (`nest(path, webhook_tree("/", ..))`, with
/// `IOffice::at("/")`), axum does not route the path with a trailing slash.
///
/// # Panics
///
/// When axum cannot route the path, as [`Router::route`] does.
pub fn webhook_tree<P, H, Args, S>(path: &str, endpoint: Endpoint<P>, handler: H) -> Router<S>
where
    P: Sends,
    H: EventHandler<P::Event, Args, S>,
    Args: 'static,
    S: Clone + Send + Sync + 'static,
{
    let route = webhook(endpoint, handler);
    let path = path.trim_end_matches('/');
    let mut router = Router::new();
    if !path.is_empty() {
        router = router.route(path, route.clone());
    }
    router.route(&format!("{path}/"), route.clone()).route(&format!("{path}/{{*rest}}"), route)
}

/// A route that hands verified deliveries to a sink, such as a queue: 200 once the sink has them,
/// 503 when it cannot take them.
///
/// ```
/// use axum::Router;
/// use hookgate::harmonizely::Harmonizely;
/// use hookgate::ports::Stored;
/// use hookgate::{Delivery, Endpoint};
/// use hookgate_axum::webhook_into;
///
/// let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret").build()?;
/// let store = |delivery: Delivery| async move {
///     println!("{:?}", delivery.into_content());
///     Ok(Stored::New)
/// };
/// let app: Router = Router::new().route("/hooks/harmonizely", webhook_into(endpoint, store));
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub fn webhook_into<S>(endpoint: impl Into<AnyEndpoint>, sink: impl Sink) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let gate = Gate::new(endpoint, TokioTimer);
    let sink = AnySink::new(sink);
    any(move |request: Request| {
        let sink = sink.clone();
        through(gate.clone(), request, move |_, delivery: Delivery| async move {
            match sink.take(delivery).await {
                Ok(reply) => reply.into_http(),
                Err(refusal) => refusal.into_http(),
            }
        })
    })
}

/// The handler of a one-line route, as axum calls it.
struct OneLine<H, E> {
    gate: Gate,
    handler: H,
    event: PhantomData<fn() -> E>,
}

impl<H: Clone, E> Clone for OneLine<H, E> {
    fn clone(&self) -> Self {
        Self { gate: self.gate.clone(), handler: self.handler.clone(), event: PhantomData }
    }
}

impl<H, E, Args, S> Handler<(Args, E), S> for OneLine<H, E>
where
    H: EventHandler<E, Args, S>,
    E: FromDelivery + Send + 'static,
    S: Clone + Send + Sync + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let Self { gate, handler, .. } = self;
        Box::pin(through(gate, request, move |parts: Parts, delivery| async move {
            let event = match extract::<E>(Some(&delivery)) {
                Ok(event) => event,
                Err(error) => return WebhookRejection::from(error).into_response(),
            };
            let parts =
                if H::EXTRACTS { restore::<Bytes>(parts, delivery).into_parts().0 } else { parts };
            handler.call(parts, state, event).await
        }))
    }
}

/// Takes a request through the gate, and what passes to `inner`.
async fn through<F, Fut>(gate: Gate, request: Request, inner: F) -> Response
where
    F: FnOnce(Parts, Delivery) -> Fut,
    Fut: Future<Output = Response>,
{
    let mut admission = gate.admit(&request);
    let (parts, body) = request.into_parts();
    let admitted = {
        let mut body = pin!(body);
        poll_fn(|cx| admission.poll(cx, pin!(HttpFrames::new(body.as_mut())))).await
    };
    let (delivery, mut ticket) = match admitted {
        Admitted::Passed(delivery, ticket) => (delivery, ticket),
        Admitted::Replied(reply) => return reply.into_http(),
        Admitted::Refused(refusal) => return refusal.into_http(),
    };
    let response = inner(parts, delivery).await;
    ticket.answered(response.status().as_u16(), response.extensions().get::<Rejection>());
    poll_fn(|cx| ticket.poll_settled(cx)).await;
    response
}
