//! The request that is passed on: the verified body put back, and the delivery beside it.

use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{Extensions, Payload, ServiceRequest};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::{Data, FormConfig, JsonConfig, PayloadConfig};
use hookgate::{AnyEndpoint, Delivery, RebuiltHead};

/// The request as the handler sees it.
pub(crate) fn pass_on(request: &mut ServiceRequest, delivery: Delivery, limits: &Limits) {
    if let Some(rebuilt) = delivery.rebuilt_head() {
        correct(request.headers_mut(), rebuilt);
    }
    request.set_payload(payload_of(&delivery));
    limits.lift(request);
    request.extensions_mut().insert(delivery);
}

fn payload_of(delivery: &Delivery) -> Payload {
    if delivery.body().is_empty() {
        return Payload::None;
    }
    Payload::from(delivery.body().clone())
}

/// Makes the head say what is true of the rebuilt body.
fn correct(headers: &mut HeaderMap, rebuilt: RebuiltHead<'_>) {
    for name in rebuilt.outdated {
        headers.remove(*name);
    }
    headers.insert(header::CONTENT_LENGTH, rebuilt.content_length.into());
    match rebuilt.content_type.and_then(|value| HeaderValue::from_str(value).ok()) {
        Some(value) => headers.insert(header::CONTENT_TYPE, value),
        None => headers.remove(header::CONTENT_TYPE),
    };
}

/// The gate is the body limit: behind it the limits of actix-web's own extractors (256 KiB for
/// bytes and text, 16 KiB for forms, 2 MiB for JSON) give way to the endpoint's.
///
/// They are raised to it and not lifted altogether, since the extractors decompress and count what
/// comes out.
pub(crate) struct Limits {
    bytes: usize,
    all: Rc<Extensions>,
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
    const NONE: Self = Self { payload: false, form: false, json: false };

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
        Self { bytes, all: Rc::new(raised(bytes, Own::NONE)) }
    }

    /// What the application configured by itself is its own word, and stays.
    fn lift(&self, request: &mut ServiceRequest) {
        let container = match Own::of(request) {
            Own::NONE => Rc::clone(&self.all),
            own => Rc::new(raised(self.bytes, own)),
        };
        request.add_data_container(container);
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
