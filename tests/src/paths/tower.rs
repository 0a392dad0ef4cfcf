//! The layer around a plain service; the body comes in several frames.

use std::convert::Infallible;

use bytes::Bytes;
use hookgate::{AnyEndpoint, Delivery, Rejection};
use hookgate_tower::WebhookLayer;
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};

use super::{Seen, block_on, http1};
use crate::outcome::Outcome;
use crate::vector::Row;

pub(super) fn drive(row: &Row, endpoint: &AnyEndpoint) -> Outcome {
    block_on(async {
        let request = match http1::request(row, http1::Cut::new(&row.request.body)) {
            Ok(request) => request,
            Err(outcome) => return outcome,
        };
        let seen = Seen::default();
        let handler = {
            let seen = seen.clone();
            service_fn(move |mut request: http::Request<Full<Bytes>>| {
                let seen = seen.clone();
                async move {
                    let delivery = request.extensions_mut().remove::<Delivery>();
                    let body = http1::whole(request.into_body()).await;
                    if let (Some(delivery), Ok(body)) = (delivery, body) {
                        seen.put(delivery, body);
                    }
                    Ok::<_, Infallible>(http::Response::new(Full::<Bytes>::default()))
                }
            })
        };
        let service = WebhookLayer::<Full<Bytes>>::new(endpoint.clone()).layer(handler);
        let Ok(response) = service.oneshot(request).await;
        match seen.take() {
            Some((delivery, body)) => Outcome::delivered(row, &delivery, &body),
            None => {
                let rejection = response.extensions().get::<Rejection>();
                Outcome::refused(rejection, response.status().as_u16())
            }
        }
    })
}
