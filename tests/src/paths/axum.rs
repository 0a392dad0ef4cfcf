//! A router, with the layer on its route and with the one-line route.

use axum::body::Body;
use axum::extract::Request;
use axum::routing::{MethodRouter, any};
use axum::{Extension, Router};
use bytes::Bytes;
use hookgate::ports::Stored;
use hookgate::{AnyEndpoint, Delivery, Rejection};
use hookgate_axum::{WebhookLayer, webhook_into};
use tower::ServiceExt;

use super::{Seen, agreed, block_on, http1};
use crate::outcome::Outcome;
use crate::vector::Row;

pub(super) fn drive(row: &Row, endpoint: &AnyEndpoint) -> Outcome {
    let layered = {
        let seen = Seen::default();
        let route = {
            let seen = seen.clone();
            any(move |Extension(delivery): Extension<Delivery>, body: Bytes| async move {
                seen.put(delivery, body);
            })
        };
        through(row, &seen, route.layer(WebhookLayer::new(endpoint.clone())))
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
        through(row, &seen, route)
    };
    agreed(layered, one_line)
}

fn through(row: &Row, seen: &Seen, route: MethodRouter) -> Outcome {
    block_on(async {
        let request: Request = match http1::request(row, Body::from(row.request.body.clone())) {
            Ok(request) => request,
            Err(outcome) => return outcome,
        };
        let app: Router = Router::new().route("/", route.clone()).route("/{*rest}", route);
        let Ok(response) = app.oneshot(request).await;
        match seen.take() {
            Some((delivery, body)) => Outcome::delivered(row, &delivery, &body),
            None => {
                let rejection = response.extensions().get::<Rejection>();
                Outcome::refused(rejection, response.status().as_u16())
            }
        }
    })
}
