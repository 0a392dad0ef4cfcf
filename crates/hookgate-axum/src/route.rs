//! The one-line routes.

use std::convert;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use bytes::Bytes;
use hookgate::driver::Gate;
use hookgate::ports::{AnySink, Sink};
use hookgate::{AnyEndpoint, Delivery, Endpoint, ExtractError, FromDelivery, Sends, extract};
use hookgate_tower::{Through, TokioTimer, restore};
use http::request::Parts;
use pin_project_lite::pin_project;

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
        through(&gate, request, move |_, delivery: Delivery| Behind::Handling {
            future: async move {
                match sink.take(delivery).await {
                    Ok(reply) => reply.into_http(),
                    Err(refusal) => refusal.into_http(),
                }
            },
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
        through(&gate, request, move |parts: Parts, delivery| {
            let event = match extract::<E>(Some(&delivery)) {
                Ok(event) => event,
                Err(error) => return Behind::refused(error),
            };
            let parts =
                if H::EXTRACTS { restore::<Bytes>(parts, delivery).into_parts().0 } else { parts };
            Behind::Handling { future: handler.call(parts, state, event) }
        })
    }
}

/// Takes a request through the gate, and what passes to `inner`.
fn through<C, F>(
    gate: &Gate,
    request: Request,
    inner: C,
) -> Pin<Box<dyn Future<Output = Response> + Send>>
where
    C: FnOnce(Parts, Delivery) -> Behind<F> + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    Box::pin(Infallible { through: Through::new(gate, inner, request) })
}

pin_project! {
    /// What is behind the gate. Written by hand, as the rest of the way is: one `async` block over
    /// all of it would be three times the size, and moved as often.
    #[project = BehindOf]
    enum Behind<F> {
        Refused { response: Option<Response> },
        Handling { #[pin] future: F },
    }
}

impl<F> Behind<F> {
    fn refused(error: ExtractError) -> Self {
        Self::Refused { response: Some(WebhookRejection::from(error).into_response()) }
    }
}

impl<F: Future<Output = Response>> Future for Behind<F> {
    type Output = Result<Response, convert::Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            BehindOf::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            BehindOf::Handling { future } => future.poll(cx).map(Ok),
        }
    }
}

pin_project! {
    /// The response of a handler that has always one.
    struct Infallible<T> {
        #[pin]
        through: T,
    }
}

impl<T> Future for Infallible<T>
where
    T: Future<Output = Result<Response, convert::Infallible>>,
{
    type Output = Response;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        self.project().through.poll(cx).map(|answer| match answer {
            Ok(response) => response,
            Err(never) => match never {},
        })
    }
}
