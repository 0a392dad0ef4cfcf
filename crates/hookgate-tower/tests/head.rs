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
    through_with(&OF_THE_BODY, endpoint, request).await
}

async fn through_with(
    words: &[(&'static str, &str)],
    endpoint: impl Into<AnyEndpoint>,
    request: SignedRequest,
) -> (Parts, Bytes) {
    let seen = Seen::default();
    let service = WebhookLayer::<Full<Bytes>>::new(endpoint).layer(seen.clone());
    let body = request.body().clone();
    let mut request: Request<Full<Bytes>> = request.into_http().unwrap();
    for (name, value) in words {
        request.headers_mut().insert(*name, value.parse().unwrap());
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
#[cfg(feature = "gzip")]
async fn a_body_that_was_decompressed_keeps_the_senders_content_type() {
    let plain = r#"{"type":"test.completed","price":1}"#;
    let request =
        sign(&MobileAssistant::new(), SECRET, Message::post("/hooks", plain).gzipped()).unwrap();
    let length = request.body().len().to_string();
    let endpoint = |observing| {
        let builder = Endpoint::builder(MobileAssistant::new()).secret(SECRET);
        if observing {
            dangerous::observe_only(builder).build().unwrap().into_any()
        } else {
            builder.build().unwrap().into_any()
        }
    };
    let words = OF_THE_BODY.map(|(name, value)| match name {
        "content-encoding" => (name, "GZIP"),
        _ => (name, value),
    });
    let (parts, body) = through_with(&words, endpoint(false), request.clone()).await;
    assert_eq!(body, plain);
    for (header, _) in words {
        let want = (header == "content-type").then_some("text/plain");
        let value = parts.headers.get(header).map(|value| value.to_str().unwrap());
        assert_eq!(value, want, "{header}");
    }
    assert_eq!(parts.headers["content-length"], plain.len().to_string());

    // An endpoint that only observes passes on what came.
    let wire = request.body().clone();
    let (parts, body) = through_with(&words, endpoint(true), request).await;
    assert_eq!(body, wire);
    for (header, value) in words {
        assert_eq!(parts.headers[header], value, "{header}");
    }
    assert_eq!(parts.headers["content-length"], length);
    let delivery = parts.extensions.get::<Delivery>().unwrap();
    assert!(delivery.would_refuse().is_none());
    assert_eq!(delivery.body(), plain);
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
