//! The head that the inner service sees: corrected where the body was written anew, untouched
//! where it was not.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use bytes::Bytes;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::sign::{Message, SignedRequest, samples, sign};
use hookgate::{AnyEndpoint, Delivery, Endpoint, dangerous};
use hookgate_tower::WebhookLayer;
use http::Request;
use http::request::Parts;
use http_body_util::Full;
use tower::{Layer, ServiceExt};

use crate::common::{SECRET, Script, Seen, Step};

/// What a sender or a proxy may say of a body.
const OF_THE_BODY: [(&str, &str); 8] = [
    ("content-encoding", "identity"),
    ("transfer-encoding", "chunked"),
    ("trailer", "digest"),
    ("digest", "sha-256=AAAA"),
    ("content-digest", "sha-256=:AAAA:"),
    ("repr-digest", "sha-256=:AAAA:"),
    ("content-md5", "AAAA"),
    ("content-type", "text/plain"),
];

/// Sends a request with a head full of words about its body, and returns what came through.
async fn through(endpoint: impl Into<AnyEndpoint>, request: SignedRequest) -> (Parts, Bytes) {
    let seen = Seen::default();
    let service = WebhookLayer::<Full<Bytes>>::new(endpoint).layer(seen.clone());
    let body = request.body().clone();
    let mut request: Request<Full<Bytes>> = request.into_http().unwrap();
    for (name, value) in OF_THE_BODY {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request.headers_mut().insert("content-length", body.len().into());
    request.headers_mut().insert("x-kept", "yes".parse().unwrap());
    let script = Script::new([Step::frame(body), Step::Trailers]);
    let response = service.oneshot(request.map(|_| script)).await.unwrap();
    assert_eq!(response.status(), 200);
    seen.one()
}

#[tokio::test]
async fn a_body_that_was_written_anew_is_described_anew() {
    let ioffice = || Endpoint::builder(IOffice::at("/hooks")).secret(SECRET).build().unwrap();
    let javascript = Endpoint::builder(dangerous::javascript_reserialised()).secret(SECRET);
    let signed_by_ioffice = |message| sign(&IOffice::at("/hooks"), SECRET, message).unwrap();

    let with_more = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25,"price":1}"#;
    let stringified = r#"{"type":"test.completed","price":1}"#;
    let as_sent = r#"{ "type": "test.completed", "price": 1.0 }"#;
    let signed_by_javascript =
        sign(&MobileAssistant::new(), SECRET, Message::post("/hooks", stringified)).unwrap();

    let triple = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":"25"}"#;
    for (name, endpoint, request, want) in [
        ("post", ioffice().into_any(), signed_by_ioffice(samples::ioffice("/hooks")), triple),
        (
            "post with more than was signed",
            ioffice().into_any(),
            signed_by_ioffice(samples::ioffice("/hooks")).with_body(with_more),
            triple,
        ),
        (
            "get",
            ioffice().into_any(),
            signed_by_ioffice(Message::get("/hooks/CREATE/Agreement/25")),
            triple,
        ),
        (
            "get with a body that nobody signed",
            ioffice().into_any(),
            signed_by_ioffice(Message::get("/hooks/CREATE/Agreement/25")).with_body("anything"),
            triple,
        ),
        (
            "JavaScript",
            javascript.build().unwrap().into_any(),
            signed_by_javascript.with_body(as_sent),
            stringified,
        ),
    ] {
        let (parts, body) = through(endpoint, request).await;
        assert_eq!(body, want, "{name}");
        assert!(parts.extensions.get::<Delivery>().unwrap().rebuilt_head().is_some(), "{name}");
        for (header, _) in OF_THE_BODY {
            let want = (header == "content-type").then_some("application/json");
            let value = parts.headers.get(header).map(|value| value.to_str().unwrap());
            assert_eq!(value, want, "{name}: {header}");
        }
        assert_eq!(parts.headers["content-length"], want.len().to_string(), "{name}");
        assert_eq!(parts.headers["x-kept"], "yes", "{name}");
    }
}

#[tokio::test]
async fn a_body_that_came_as_it_was_signed_keeps_its_head() {
    let stringified = r#"{"type":"test.completed","price":1}"#;
    let message = || Message::post("/hooks", stringified);
    for (name, provider) in
        [("plain", MobileAssistant::new()), ("JavaScript", dangerous::javascript_reserialised())]
    {
        let request = sign(&provider, SECRET, message()).unwrap();
        let endpoint = Endpoint::builder(provider).secret(SECRET).build().unwrap();
        let (parts, body) = through(endpoint, request).await;
        assert_eq!(body, stringified, "{name}");
        assert!(parts.extensions.get::<Delivery>().unwrap().rebuilt_head().is_none(), "{name}");
        for (header, value) in OF_THE_BODY {
            assert_eq!(parts.headers[header], value, "{name}: {header}");
        }
        assert_eq!(parts.headers["content-length"], stringified.len().to_string(), "{name}");
    }
}
