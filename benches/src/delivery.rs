//! One delivery, signed in the two ways that the contenders read, as each framework's request.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use crate::Booking;

pub const SECRET: &str = "the secret of the webhook's page";

pub const SIGNATURE: &str = "x-hub-signature-256";

/// A request that is signed as GitHub's are and, for the one peer that reads nothing else, as
/// Standard Webhooks are.
pub struct Delivery {
    pub body: Bytes,
    pub headers: HeaderMap,
    actix_headers: actix_http::header::HeaderMap,
}

impl Delivery {
    /// A signed booking of so many bytes.
    pub fn of_size(bytes: usize) -> Self {
        Self::new(Booking::of_size(bytes))
    }

    pub fn new(body: Vec<u8>) -> Self {
        // Shared from the start: the first clone of a fresh one would allocate.
        let body = Bytes::from(body);
        drop(body.clone());
        let mut headers = HeaderMap::new();
        for (name, value) in Self::head(&body) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
        }
        let mut actix_headers = actix_http::header::HeaderMap::new();
        for (name, value) in &headers {
            actix_headers.insert(
                actix_http::header::HeaderName::from_static(name_of(name)),
                actix_http::header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        Self { body, headers, actix_headers }
    }

    /// The head that providers send, a dozen lines.
    pub fn head(body: &[u8]) -> Vec<(&'static str, String)> {
        let standard = standardwebhooks::Webhook::from_bytes(SECRET.into()).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        vec![
            ("host", "hooks.example.com".into()),
            ("user-agent", "Booking-Hooks/1.4".into()),
            ("accept", "*/*".into()),
            ("content-type", "application/json".into()),
            ("content-length", body.len().to_string()),
            ("x-request-id", "4b9c5a52-9c11-4f5e-8e0b-b3b1d3f1d6c3".into()),
            ("x-github-event", "booking".into()),
            ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".into()),
            (SIGNATURE, format!("sha256={}", const_hex::encode(sign(body)))),
            ("webhook-id", "msg_1".into()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", standard.sign("msg_1", now, body).unwrap()),
        ]
    }

    pub fn axum(&self) -> axum::extract::Request {
        let mut request = axum::extract::Request::new(axum::body::Body::from(self.body.clone()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static("/hooks");
        request.headers_mut().clone_from(&self.headers);
        request
    }

    pub fn actix(&self) -> actix_http::Request {
        self.actix_with(actix_http::Payload::from(self.body.clone()))
    }

    pub fn actix_with(&self, payload: actix_http::Payload) -> actix_http::Request {
        let mut request = actix_http::Request::with_payload(payload);
        let head = request.head_mut();
        head.method = actix_http::Method::POST;
        head.uri = actix_http::Uri::from_static("/hooks");
        head.headers.clone_from(&self.actix_headers);
        request
    }
}

/// HMAC-SHA256 under the secret.
pub fn sign(body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// As an application without a library has it: the key schedule made anew each time.
pub fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some(signature) =
        signature.strip_prefix("sha256=").and_then(|hex| const_hex::decode(hex).ok())
    else {
        return false;
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}

/// Names of ours are all static, which the type does not say.
fn name_of(name: &HeaderName) -> &'static str {
    let ours = Delivery::head(b"");
    ours.iter().map(|(ours, _)| *ours).find(|ours| *ours == name.as_str()).unwrap()
}
