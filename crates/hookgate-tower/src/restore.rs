//! The verified request, as the handler gets it.

use bytes::Bytes;
use hookgate::Delivery;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRAILER, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request};

/// Headers that describe a body which is no longer the one that came.
const OF_THE_OLD_BODY: [&str; 4] = ["digest", "content-digest", "repr-digest", "content-md5"];

/// Puts the verified body back behind the head, and the delivery into the extensions.
///
/// Where the body was [rebuilt](Delivery::rebuilt), the head is corrected to describe it; else it
/// stays as it came. Trailers are gone in any case.
pub fn restore<B: From<Bytes>>(mut parts: Parts, delivery: Delivery) -> Request<B> {
    if delivery.rebuilt() {
        describe(&mut parts.headers, &delivery);
    }
    let body = delivery.body().clone();
    parts.extensions.insert(delivery);
    Request::from_parts(parts, B::from(body))
}

fn describe(headers: &mut HeaderMap, delivery: &Delivery) {
    for name in [CONTENT_ENCODING, TRANSFER_ENCODING, TRAILER] {
        headers.remove(name);
    }
    for name in OF_THE_OLD_BODY {
        headers.remove(name);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(delivery.body().len()));
    match delivery
        .content()
        .content_type
        .as_deref()
        .map(HeaderValue::from_str)
    {
        Some(Ok(content_type)) => headers.insert(CONTENT_TYPE, content_type),
        _ => headers.remove(CONTENT_TYPE),
    };
}
