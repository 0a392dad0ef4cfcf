//! What a handler of events looks like.

use std::future::Future;

use actix_web::Responder;

/// A handler for [`webhook`](crate::webhook): `async fn(extractors.., Event) -> impl Responder`.
///
/// Before the event there can be up to eight extractors, the body's too: they run after the gate,
/// and see the bytes that were verified. The event comes last and bare, as the type that the
/// endpoint's provider sends; it is no extractor, so that the handler cannot be mounted without
/// the gate. Like all handlers of actix-web it is cloned for each request.
#[diagnostic::on_unimplemented(
    message = "this is no handler for events of type `{E}`",
    label = "not `async fn(extractors.., {E}) -> impl Responder`",
    note = "a handler looks like `async fn(extractors.., Event) -> impl Responder`: none to eight \
            extractors, then the bare event of the endpoint's provider as the last argument",
    note = "for other handlers wrap their resource in `WebhookMiddleware` and take \
            `Webhook<Event>`"
)]
pub trait EventHandler<E, Args>: Clone + 'static {
    /// What it answers.
    type Output: Responder + 'static;

    /// The answer to come.
    type Future: Future<Output = Self::Output>;

    /// Handles an event.
    fn call(&self, args: Args, event: E) -> Self::Future;
}

macro_rules! event_handler {
    ($($value:ident: $arg:ident),*) => {
        impl<Handler, Fut, Event, $($arg,)*> EventHandler<Event, ($($arg,)*)> for Handler
        where
            Handler: Fn($($arg,)* Event) -> Fut + Clone + 'static,
            Fut: Future,
            Fut::Output: Responder + 'static,
        {
            type Output = Fut::Output;
            type Future = Fut;

            fn call(&self, ($($value,)*): ($($arg,)*), event: Event) -> Fut {
                self($($value,)* event)
            }
        }
    };
}

event_handler! {}
event_handler! { a: A }
event_handler! { a: A, b: B }
event_handler! { a: A, b: B, c: C }
event_handler! { a: A, b: B, c: C, d: D }
event_handler! { a: A, b: B, c: C, d: D, e: E }
event_handler! { a: A, b: B, c: C, d: D, e: E, f: F }
event_handler! { a: A, b: B, c: C, d: D, e: E, f: F, g: G }
event_handler! { a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H }
