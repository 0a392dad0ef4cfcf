//! Handlers of the one-line route.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

/// A handler that takes an event: `async fn(extractors.., Event) -> impl IntoResponse`.
///
/// Up to eight extractors that leave the body alone come first; the event is the last argument,
/// and of the type that the endpoint's provider sends.
///
/// ```
/// use axum::{Router, extract::State, http::HeaderMap};
/// use hookgate::ace::{self, Ace};
/// use hookgate::Endpoint;
/// use hookgate_axum::webhook;
///
/// async fn on_meeting(State(_name): State<&'static str>, _: HeaderMap, _event: ace::Event) {}
///
/// let endpoint = Endpoint::builder(Ace::any()).secret("the webhook's secret").build()?;
/// let app: Router =
///     Router::new().route("/hooks/ace", webhook(endpoint, on_meeting)).with_state("state");
/// # Ok::<(), hookgate::BuildError>(())
/// ```
///
/// The body is gone by then, so an extractor that reads it does not compile: take
/// [`Webhook<RawBody>`](crate::Webhook) instead.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler for the event `{E}`, or its future or return type does not fit",
    label = "not an `async fn(extractors.., {E}) -> impl IntoResponse`",
    note = "the event is the last argument, and of the type that the endpoint's provider sends: `{E}`",
    note = "arguments before it are extractors that leave the body alone (`State`, `HeaderMap`, `Webhook<RawBody>`, ..)",
    note = "the future has to be `Send`, and what it returns `impl IntoResponse`"
)]
pub trait EventHandler<E, Args, S>: Clone + Send + Sync + Sized + 'static {
    /// Whether there are extractors, which may look at the request.
    const EXTRACTS: bool;

    /// Calls the handler.
    fn call(
        self,
        parts: Parts,
        state: S,
        event: E,
    ) -> impl Future<Output = Response> + Send + 'static;
}

impl<F, Fut, Res, E, S> EventHandler<E, (), S> for F
where
    F: FnOnce(E) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Res> + Send + 'static,
    Res: IntoResponse + 'static,
    E: Send + 'static,
    S: Send + Sync + 'static,
{
    const EXTRACTS: bool = false;

    #[expect(clippy::manual_async_fn, reason = "it would keep the head and the state, all along")]
    fn call(self, _: Parts, _: S, event: E) -> impl Future<Output = Response> + Send + 'static {
        async move { self(event).await.into_response() }
    }
}

macro_rules! with_extractors {
    ($($extractor:ident $value:ident),+) => {
        impl<F, Fut, Res, E, S, $($extractor,)+> EventHandler<E, ($($extractor,)+), S> for F
        where
            F: FnOnce($($extractor,)+ E) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Res> + Send + 'static,
            Res: IntoResponse + 'static,
            E: Send + 'static,
            S: Send + Sync + 'static,
            $($extractor: FromRequestParts<S> + Send + 'static,)+
        {
            const EXTRACTS: bool = true;

            async fn call(self, mut parts: Parts, state: S, event: E) -> Response {
                $(
                    let $value = match $extractor::from_request_parts(&mut parts, &state).await {
                        Ok(value) => value,
                        Err(rejection) => return rejection.into_response(),
                    };
                )+
                self($($value,)+ event).await.into_response()
            }
        }
    };
}

with_extractors!(T1 t1);
with_extractors!(T1 t1, T2 t2);
with_extractors!(T1 t1, T2 t2, T3 t3);
with_extractors!(T1 t1, T2 t2, T3 t3, T4 t4);
with_extractors!(T1 t1, T2 t2, T3 t3, T4 t4, T5 t5);
with_extractors!(T1 t1, T2 t2, T3 t3, T4 t4, T5 t5, T6 t6);
with_extractors!(T1 t1, T2 t2, T3 t3, T4 t4, T5 t5, T6 t6, T7 t7);
with_extractors!(T1 t1, T2 t2, T3 t3, T4 t4, T5 t5, T6 t6, T7 t7, T8 t8);
