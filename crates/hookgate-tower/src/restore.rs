//! The verified request, as the handler gets it.

use bytes::Bytes;
use hookgate::{Delivery, RebuiltHead};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request};

/// What is done to a verified request before the inner service gets it.
pub(crate) type Prepare<B> = fn(&mut Request<B>);

/// Puts the verified body back behind the head, and the delivery into the extensions.
///
/// Where the body was decompressed or rebuilt, the head is [corrected](Delivery::rebuilt_head) to
/// describe it; else it stays as it came. Trailers are gone in any case. At endpoints that only
/// observe it is the body that came.
pub fn restore<B: From<Bytes>>(mut parts: Parts, delivery: Delivery) -> Request<B> {
    if let Some(rebuilt) = delivery.rebuilt_head() {
        correct(&mut parts.headers, rebuilt);
    }
    let body = delivery.request_body().clone();
    parts.extensions.insert(delivery);
    Request::from_parts(parts, B::from(body))
}

fn correct(headers: &mut HeaderMap, rebuilt: RebuiltHead<'_>) {
    for name in rebuilt.outdated {
        headers.remove(*name);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(rebuilt.content_length));
    if let Some(content_type) = rebuilt.content_type {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => headers.insert(CONTENT_TYPE, content_type),
            Err(_) => headers.remove(CONTENT_TYPE),
        };
    }
}
