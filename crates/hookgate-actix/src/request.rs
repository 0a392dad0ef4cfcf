//! The request that is passed on: the verified body put back, and the delivery beside it.

use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{Extensions, Payload, ServiceRequest};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::{Data, FormConfig, JsonConfig, PayloadConfig};
use bytes::Bytes;
use hookgate::{AnyEndpoint, Delivery, RebuiltHead};

/// The request as the handler sees it.
pub(crate) fn pass_on(request: &mut ServiceRequest, delivery: Delivery, limits: &Limits) {
    // Asked for at every delivery: it panics where somebody further out keeps a clone of the
    // request, and lifting the limits would do so at large deliveries only.
    let headers = request.headers_mut();
    if let Some(rebuilt) = delivery.rebuilt_head() {
        correct(headers, rebuilt);
    }
    // What no default of an extractor can refuse needs none lifted, which costs a dozen look-ups.
    // A coding is left only behind an endpoint that only observes.
    let encoded = headers.contains_key(header::CONTENT_ENCODING);
    let body = delivery.request_body();
    let small = body.len() <= DEFAULT_OF_FORM && !encoded;
    put_back(request.parts_mut().1, body);
    if !small {
        limits.lift(request);
    }
    request.extensions_mut().insert(delivery);
}

/// The verified body, in place of the one that was read to its end.
fn put_back(payload: &mut Payload, body: &Bytes) {
    match payload {
        _ if body.is_empty() => *payload = Payload::None,
        // actix-http's own, which is spent and can take its bytes back: a new one costs two
        // allocations.
        Payload::H1 { payload } => payload.unread_data(body.clone()),
        other => *other = Payload::from(body.clone()),
    }
}

/// Makes the head say what is true of the body that was decompressed or rebuilt.
fn correct(headers: &mut HeaderMap, rebuilt: RebuiltHead<'_>) {
    for name in rebuilt.outdated {
        headers.remove(*name);
    }
    headers.insert(header::CONTENT_LENGTH, rebuilt.content_length.into());
    if let Some(content_type) = rebuilt.content_type {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => {
                headers.insert(header::CONTENT_TYPE, content_type);
            }
            Err(_) => {
                headers.remove(header::CONTENT_TYPE);
            }
        }
    }
}

/// The gate is the body limit: behind it the limits of actix-web's own extractors (256 KiB for
/// bytes and text, 16 KiB for forms, 2 MiB for JSON) give way to the endpoint's.
///
/// They are raised to it and not lifted altogether, since the extractors decompress what an endpoint
/// that only observes passes on, and count what comes out. What the application has configured by itself is left out: its own word stays.
pub(crate) struct Limits {
    /// One for each set of extractors that an application can have configured by itself.
    raised: [(Own, Rc<Extensions>); 8],
}

/// actix-web's defaults, in bytes, which it does not tell. A smaller endpoint does not lower them.
const DEFAULT_OF_PAYLOAD: usize = 256 * 1024;
const DEFAULT_OF_FORM: usize = 16 * 1024;
const DEFAULT_OF_JSON: usize = 2 * 1024 * 1024;

/// Which of the extractors the application has configured by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Own {
    payload: bool,
    form: bool,
    json: bool,
}

impl Own {
    fn of(request: &ServiceRequest) -> Self {
        Self {
            payload: has::<PayloadConfig>(request),
            form: has::<FormConfig>(request),
            json: has::<JsonConfig>(request),
        }
    }
}

/// In both places in which the extractors look.
fn has<T: 'static>(request: &ServiceRequest) -> bool {
    request.app_data::<T>().is_some() || request.app_data::<Data<T>>().is_some()
}

impl Limits {
    pub(crate) fn of(endpoint: &AnyEndpoint) -> Self {
        let bytes = endpoint.body_limit();
        let raised = std::array::from_fn(|set| {
            let own = Own { payload: set & 1 > 0, form: set & 2 > 0, json: set & 4 > 0 };
            (own, Rc::new(raised(bytes, own)))
        });
        Self { raised }
    }

    fn lift(&self, request: &mut ServiceRequest) {
        let own = Own::of(request);
        if let Some((_, raised)) = self.raised.iter().find(|(set, _)| *set == own) {
            request.add_data_container(Rc::clone(raised));
        }
    }
}

fn raised(bytes: usize, own: Own) -> Extensions {
    let mut raised = Extensions::new();
    if !own.payload {
        raised.insert(PayloadConfig::new(bytes.max(DEFAULT_OF_PAYLOAD)));
    }
    if !own.form {
        raised.insert(FormConfig::default().limit(bytes.max(DEFAULT_OF_FORM)));
    }
    if !own.json {
        raised.insert(JsonConfig::default().limit(bytes.max(DEFAULT_OF_JSON)));
    }
    raised
}
