//! An actix app, with the middleware on its resource and with the one-line route.

use actix_web::dev::Service;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Resource, web};
use bytes::Bytes;
use hookgate::ports::Stored;
use hookgate::{AnyEndpoint, Delivery, Rejection};
use hookgate_actix::{WebhookMiddleware, webhook_into};

use super::{Seen, agreed};
use crate::outcome::Outcome;
use crate::vector::Row;

const ANY_PATH: [&str; 2] = ["/", "/{rest:.*}"];

pub(super) fn drive(row: &Row, endpoint: &AnyEndpoint) -> Outcome {
    actix_web::rt::System::new().block_on(async {
        let layered = {
            let seen = Seen::default();
            let resource = {
                let seen = seen.clone();
                web::resource(ANY_PATH).to(move |delivery: web::ReqData<Delivery>, body: Bytes| {
                    seen.put(delivery.into_inner(), body);
                    std::future::ready("")
                })
            };
            let middleware = WebhookMiddleware::new(endpoint.clone());
            through(row, &seen, resource.wrap(middleware)).await
        };
        let one_line = {
            let seen = Seen::default();
            let route = {
                let seen = seen.clone();
                webhook_into(endpoint.clone(), move |delivery: Delivery| {
                    let body = delivery.body().clone();
                    seen.put(delivery, body);
                    std::future::ready(Ok(Stored::New))
                })
            };
            through(row, &seen, web::resource(ANY_PATH).route(route)).await
        };
        agreed(layered, one_line)
    })
}

async fn through<S>(row: &Row, seen: &Seen, resource: Resource<S>) -> Outcome
where
    Resource<S>: actix_web::dev::HttpServiceFactory + 'static,
{
    let request = match request(row) {
        Ok(request) => request,
        Err(outcome) => return outcome,
    };
    let app = init_service(App::new().service(resource)).await;
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Outcome::Broken(error.to_string()),
    };
    match seen.take() {
        Some((delivery, body)) => Outcome::delivered(row, &delivery, &body),
        None => {
            let response = response.response();
            let extensions = response.extensions();
            Outcome::refused(extensions.get::<Rejection>(), response.status().as_u16())
        }
    }
}

fn request(row: &Row) -> Result<TestRequest, Outcome> {
    let method = Method::from_bytes(row.request.method.as_bytes())
        .map_err(|_| Outcome::Unspeakable("method"))?;
    let target = row.request.target();
    target.parse::<Uri>().map_err(|_| Outcome::Unspeakable("target"))?;
    let mut request = TestRequest::default().method(method).uri(target);
    for (name, value) in &row.request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let name = name.map_err(|_| Outcome::Unspeakable("header name"))?;
        let value = value.map_err(|_| Outcome::Unspeakable("header value"))?;
        request = request.append_header((name, value));
    }
    Ok(request.set_payload(row.request.body.clone()))
}
