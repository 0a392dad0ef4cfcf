//! The gate and the handler in one line.

use std::convert::Infallible;

use actix_web::dev::{Payload, ServiceRequest, ServiceResponse, fn_service};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, Resource, Responder, Route, web,
};
use hookgate::ports::{AnySink, Sink};
use hookgate::{AnyEndpoint, Delivery, Endpoint, ExtractError, FromDelivery, Sends};

use crate::extract::{WebhookRejection, extract};
use crate::handler::EventHandler;
use crate::middleware::WebhookMiddleware;
use crate::response;

/// A route that receives: the gate for an endpoint, and behind it a handler that takes the bare
/// event of the endpoint's provider.
///
/// The handler is `async fn(extractors.., Event) -> impl Responder`, see [`EventHandler`]. The
/// route answers every method: the gate decides which the provider may send.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use hookgate::harmonizely::{self, Harmonizely};
/// use hookgate::{BuildError, Endpoint};
/// use hookgate_actix::webhook;
///
/// struct Db;
///
/// async fn on_meeting(db: web::Data<Db>, event: harmonizely::Event) -> HttpResponse {
///     println!("{}", event.name());
///     HttpResponse::Ok().finish()
/// }
///
/// fn hooks(app: &mut web::ServiceConfig, secret: &str) -> Result<(), BuildError> {
///     let endpoint = Endpoint::builder(Harmonizely).secret(secret).build()?;
///     app.service(web::resource("/hooks/harmonizely").route(webhook(endpoint, on_meeting)));
///     Ok(())
/// }
/// # let _ = App::new().configure(|app| hooks(app, "a secret").unwrap());
/// ```
///
/// The bare event is no extractor, so that the handler cannot be mounted without the gate:
///
/// ```compile_fail
/// use actix_web::web;
/// # async fn on_meeting(event: hookgate::harmonizely::Event) -> &'static str { "" }
/// web::resource("/hooks/harmonizely").route(web::post().to(on_meeting));
/// ```
///
/// Nor can it stand behind another provider's endpoint:
///
/// ```compile_fail
/// # use hookgate::{Endpoint, harmonizely, ace::Ace};
/// # use hookgate_actix::webhook;
/// # async fn on_meeting(event: harmonizely::Event) -> &'static str { "" }
/// # fn f(endpoint: Endpoint<Ace>) {
/// webhook(endpoint, on_meeting);
/// # }
/// ```
///
/// Nor behind one that [only observes](hookgate::dangerous::observe_only), without saying so:
///
/// ```
/// # use hookgate::harmonizely::{Event, Harmonizely};
/// # use hookgate::{Endpoint, dangerous::{Observed, Observing}};
/// # use hookgate_actix::webhook;
/// # async fn on_meeting(event: Observed<Event>) -> &'static str { "" }
/// # fn f(endpoint: Endpoint<Observing<Harmonizely>>) {
/// webhook(endpoint, on_meeting); // async fn on_meeting(event: Observed<Event>)
/// # }
/// ```
///
/// ```compile_fail
/// # use hookgate::harmonizely::{Event, Harmonizely};
/// # use hookgate::{Endpoint, dangerous::Observing};
/// # use hookgate_actix::webhook;
/// # async fn on_meeting(event: Event) -> &'static str { "" }
/// # fn f(endpoint: Endpoint<Observing<Harmonizely>>) {
/// webhook(endpoint, on_meeting); // async fn on_meeting(event: Event)
/// # }
/// ```
pub fn webhook<P, H, Args>(endpoint: Endpoint<P>, handler: H) -> Route
where
    P: Sends,
    H: EventHandler<P::Event, Args>,
    Args: FromRequest + 'static,
{
    web::route()
        .service(fn_service(move |request: ServiceRequest| {
            let handler = handler.clone();
            async move {
                let (request, mut payload) = request.into_parts();
                let response = handle(handler, &request, &mut payload).await;
                Ok::<_, Infallible>(ServiceResponse::new(request, response))
            }
        }))
        .wrap(WebhookMiddleware::new(endpoint))
}

/// Decodes first: where the event does not decode, no extractor does any work.
async fn handle<E, H, Args>(
    handler: H,
    request: &HttpRequest,
    payload: &mut Payload,
) -> HttpResponse
where
    E: FromDelivery,
    H: EventHandler<E, Args>,
    Args: FromRequest,
{
    let event = match extract(request) {
        Ok(event) => event,
        Err(rejection) => return HttpResponse::from_error(rejection),
    };
    let args = match Args::from_request(request, payload).await {
        Ok(args) => args,
        Err(error) => return HttpResponse::from_error(error),
    };
    let answer = handler.call(args, event).await;
    answer.respond_to(request).map_into_boxed_body()
}

/// Like [`webhook`], for a path and everything under it: for providers that write into the path
/// what happened.
///
/// `path` is the resource's pattern, with or without a `/` at its end. The gate sees the whole
/// path of the request, also inside a scope.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use hookgate::ioffice::{self, IOffice};
/// use hookgate::{BuildError, Endpoint};
/// use hookgate_actix::webhook_tree;
///
/// async fn on_change(event: ioffice::Event) -> HttpResponse {
///     println!("look up {} {} again", event.entity, event.id);
///     HttpResponse::Ok().finish()
/// }
///
/// fn hooks(app: &mut web::ServiceConfig, secret: &str) -> Result<(), BuildError> {
///     let endpoint = Endpoint::builder(IOffice::at("/hooks/ioffice")).secret(secret).build()?;
///     app.service(webhook_tree("/hooks/ioffice", endpoint, on_change));
///     Ok(())
/// }
/// # let _ = App::new().configure(|app| hooks(app, "a secret").unwrap());
/// ```
pub fn webhook_tree<P, H, Args>(path: &str, endpoint: Endpoint<P>, handler: H) -> Resource
where
    P: Sends,
    H: EventHandler<P::Event, Args>,
    Args: FromRequest + 'static,
{
    let path = path.trim_end_matches('/');
    let everything_under = format!("{path}/{{tail:.*}}");
    web::resource([path.to_owned(), everything_under]).route(webhook(endpoint, handler))
}

/// A route that receives into a sink, such as an inbox: the delivery is safe before the provider
/// is told 200, and where it cannot be made safe the provider is told 503 and sends it again.
///
/// ```
/// use actix_web::web;
/// use hookgate::ports::{Stored, Unavailable};
/// use hookgate::{Delivery, Endpoint, harmonizely::Harmonizely};
/// use hookgate_actix::webhook_into;
///
/// async fn store(delivery: Delivery) -> Result<Stored, Unavailable> {
///     println!("{} bytes of {}", delivery.body().len(), delivery.content().provider);
///     Ok(Stored::New)
/// }
///
/// let endpoint = Endpoint::builder(Harmonizely).secret("a secret").build()?;
/// let resource = web::resource("/hooks/harmonizely").route(webhook_into(endpoint, store));
/// # Ok::<(), hookgate::BuildError>(())
/// ```
pub fn webhook_into(endpoint: impl Into<AnyEndpoint>, sink: impl Sink) -> Route {
    let sink = AnySink::new(sink);
    web::route()
        .service(fn_service(move |request: ServiceRequest| {
            let sink = sink.clone();
            async move {
                let response = store(&sink, request.request()).await;
                Ok::<_, Infallible>(request.into_response(response))
            }
        }))
        .wrap(WebhookMiddleware::new(endpoint))
}

async fn store(sink: &AnySink, request: &HttpRequest) -> HttpResponse {
    // Whatever it proves: the sink stores that too.
    let delivery = request.extensions().get::<Delivery>().cloned();
    let Some(delivery) = delivery else {
        return HttpResponse::from_error(WebhookRejection::from(ExtractError::NoGate));
    };
    match sink.take(delivery).await {
        Ok(reply) => response::replied(reply),
        Err(refusal) => response::refused(refusal),
    }
}
