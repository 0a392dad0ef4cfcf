//! The body behind the gate.

use std::collections::HashMap;
use std::io::Write;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hookgate::{Endpoint, RawBody, dangerous};
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

use crate::support::{
    Answer, CANCELLED, PATH, builder, endpoint, mount, signed, test_request, through,
};

fn gzipped(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

#[actix_web::test]
async fn extractors_see_the_body_after_the_event_was_taken() {
    async fn everything(
        Webhook(RawBody(raw)): Webhook<RawBody>,
        bytes: Bytes,
        Webhook(event): Webhook<hookgate::harmonizely::Event>,
    ) -> HttpResponse {
        assert_eq!(raw, bytes);
        assert_eq!(event.name(), "meetingCancelled");
        HttpResponse::Ok().body(bytes)
    }
    let resource = web::resource(PATH)
        .wrap(WebhookMiddleware::new(endpoint()))
        .route(web::post().to(everything));
    let request = test_request(&signed(CANCELLED));
    let answer = through(mount(resource), request).await;
    assert_eq!((answer.status, answer.text()), (200, CANCELLED));
}

#[actix_web::test]
async fn every_extractor_of_the_body_works_before_a_bare_event() {
    use hookgate::harmonizely::Event;
    async fn text(body: String, _: Event) -> String {
        body
    }
    async fn json(body: web::Json<serde_json::Value>, _: Event) -> String {
        body.to_string()
    }
    async fn stream(body: web::Payload, _: Event) -> HttpResponse {
        HttpResponse::Ok().body(body.to_bytes().await.unwrap())
    }
    let send = async |route| {
        let resource = web::resource(PATH).route(route);
        let request = test_request(&signed(CANCELLED));
        through(mount(resource), request).await
    };
    assert_eq!(send(webhook(endpoint(), text)).await.text(), CANCELLED);
    assert_eq!(send(webhook(endpoint(), stream)).await.text(), CANCELLED);
    let json: serde_json::Value =
        serde_json::from_str(send(webhook(endpoint(), json)).await.text()).unwrap();
    assert_eq!(json, serde_json::from_str::<serde_json::Value>(CANCELLED).unwrap());
}

#[actix_web::test]
async fn a_body_that_is_no_text_verifies() {
    let body = b"\xff\x00\xfe {";
    let resource = web::resource(PATH)
        .wrap(WebhookMiddleware::new(endpoint()))
        .route(web::post().to(async |raw: Webhook<RawBody>| raw.0.0));
    let request = test_request(&signed(&body[..]));
    let answer = through(mount(resource), request).await;
    assert_eq!((answer.status, &*answer.body), (200, &body[..]));
}

#[actix_web::test]
async fn a_compressed_body_is_verified_as_it_came_and_handed_on_plain() {
    async fn both(
        request: HttpRequest,
        Webhook(RawBody(raw)): Webhook<RawBody>,
        plain: Bytes,
    ) -> HttpResponse {
        assert_eq!(raw, plain);
        let headers = request.headers();
        assert!(!headers.contains_key("content-encoding") && !headers.contains_key("digest"));
        assert_eq!(headers.get("content-length").unwrap(), &*plain.len().to_string());
        assert_eq!(headers.get("content-type").unwrap(), "application/odd");
        HttpResponse::Ok().body(plain)
    }
    let resource =
        || web::resource(PATH).wrap(WebhookMiddleware::new(endpoint())).route(web::post().to(both));
    let encoded = ("content-encoding", "gzip");
    let request = test_request(&signed(gzipped(CANCELLED.as_bytes())))
        .insert_header(encoded)
        .insert_header(("content-type", "application/odd"))
        .insert_header(("digest", "sha-256=x"));
    let answer = through(mount(resource()), request).await;
    assert_eq!((answer.status, answer.text()), (200, CANCELLED));

    // Signed before it was compressed: not what came.
    let request = signed(CANCELLED).with_body(gzipped(CANCELLED.as_bytes()));
    let request = test_request(&request).insert_header(encoded);
    let answer = through(mount(resource()), request).await;
    answer.assert_problem();
}

#[actix_web::test]
async fn an_endpoint_that_only_observes_leaves_the_body_to_the_extractors() {
    async fn both(
        Webhook(observed): Webhook<dangerous::Observed<RawBody>>,
        request: HttpRequest,
        extracted: Bytes,
    ) -> HttpResponse {
        assert_eq!(request.headers().get("content-encoding").unwrap(), "gzip");
        assert!(request.headers().contains_key("digest"));
        assert_eq!(observed.would_refuse(), None);
        assert_eq!(observed.event().unwrap().0, extracted);
        HttpResponse::Ok().body(extracted)
    }
    // More than actix-web's extractors take by default.
    let large = vec![b'0'; 300 * KIB];
    let endpoint = dangerous::observe_only(builder()).body_limit(MIB).build().unwrap();
    let resource =
        web::resource(PATH).wrap(WebhookMiddleware::new(endpoint)).route(web::post().to(both));
    let request = test_request(&signed(gzipped(&large)))
        .insert_header(("content-encoding", "gzip"))
        .insert_header(("digest", "sha-256=x"));
    let answer = through(mount(resource), request).await;
    assert_eq!((answer.status, answer.body.len()), (200, large.len()));
}

/// Sends a body of so many bytes of JSON to a handler of its length.
async fn send_large(
    bytes: usize,
    content_type: &'static str,
    body_limit: usize,
    route: actix_web::Route,
    configure: impl FnOnce(&mut web::ServiceConfig),
) -> Answer {
    let endpoint = builder().body_limit(body_limit).build().unwrap();
    let body = match content_type {
        "application/json" => format!("{:?}", "x".repeat(bytes - 2)),
        _ => format!("a={}", "x".repeat(bytes - 2)),
    };
    assert_eq!(body.len(), bytes);
    let resource = web::resource(PATH).wrap(WebhookMiddleware::new(endpoint)).route(route);
    let request = test_request(&signed(body))
        .insert_header(("content-type", content_type))
        .insert_header(("content-length", bytes));
    through(
        |app| {
            configure(app);
            app.service(resource);
        },
        request,
    )
    .await
}

async fn length_of_text(body: String) -> String {
    body.len().to_string()
}

async fn length_of_json(body: web::Json<String>) -> String {
    (body.len() + 2).to_string()
}

async fn length_of_form(body: web::Form<HashMap<String, String>>) -> String {
    (body["a"].len() + 2).to_string()
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[actix_web::test]
async fn the_gate_is_the_body_limit() {
    let large = 3 * MIB / 2;
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    for (bytes, content_type, body_limit, route) in [
        (large, json, 2 * MIB, web::post().to(length)),
        (large, json, 2 * MIB, web::post().to(length_of_text)),
        (large, json, 2 * MIB, web::post().to(length_of_json)),
        (large, form, 2 * MIB, web::post().to(length_of_form)),
        // At the smallest of actix-web's own limits, and over each of them.
        (16 * KIB, form, 2 * MIB, web::post().to(length_of_form)),
        (16 * KIB + 1, form, 2 * MIB, web::post().to(length_of_form)),
        (16 * KIB + 1, form, 16 * KIB + 1, web::post().to(length_of_form)),
        (256 * KIB + 1, json, 2 * MIB, web::post().to(length)),
        (2 * MIB + 1, json, 2 * MIB + 1, web::post().to(length_of_json)),
        (2 * MIB + 1, json, 2 * MIB + 1, web::post().to(length)),
    ] {
        let answer = send_large(bytes, content_type, body_limit, route, |_| {}).await;
        assert_eq!(answer.status, 200, "{bytes} {content_type}");
        assert_eq!(answer.text(), bytes.to_string());
    }
}

#[actix_web::test]
async fn limits_that_the_application_set_are_its_own_word() {
    let send = async |route, configure: fn(&mut web::ServiceConfig)| {
        let json = "application/json";
        send_large(300 * KIB, json, MIB, route, configure).await.status
    };
    let own_payload = |app: &mut web::ServiceConfig| {
        app.app_data(web::PayloadConfig::new(KIB));
    };
    let own_json_in_data = |app: &mut web::ServiceConfig| {
        app.app_data(web::Data::new(web::JsonConfig::default().limit(KIB)));
    };
    assert_eq!(send(web::post().to(length), own_payload).await, 413);
    assert_eq!(send(web::post().to(length_of_json), own_payload).await, 200);
    assert_eq!(send(web::post().to(length), own_json_in_data).await, 200);
    assert_eq!(send(web::post().to(length_of_json), own_json_in_data).await, 413);
}

#[actix_web::test]
async fn what_comes_out_of_a_compressed_body_is_bounded_too() {
    for (body_limit, status) in [(KIB, 413), (MIB, 200)] {
        let endpoint: Endpoint<_> = builder().body_limit(body_limit).build().unwrap();
        let resource = web::resource(PATH)
            .wrap(WebhookMiddleware::new(endpoint))
            .route(web::post().to(length));
        let request = test_request(&signed(gzipped(&[b'0'; 300 * 1024])));
        let request = request.insert_header(("content-encoding", "gzip"));
        let answer = through(mount(resource), request).await;
        assert_eq!(answer.status, status, "{body_limit}");
    }
    // A form, which comes in some dozens of bytes.
    for (body_limit, status) in [(KIB, 413), (MIB, 200)] {
        let endpoint: Endpoint<_> = builder().body_limit(body_limit).build().unwrap();
        let resource = web::resource(PATH)
            .wrap(WebhookMiddleware::new(endpoint))
            .route(web::post().to(length_of_form));
        let body = format!("a={}", "x".repeat(16 * KIB));
        let request = test_request(&signed(gzipped(body.as_bytes())))
            .insert_header(("content-encoding", "gzip"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"));
        let answer = through(mount(resource), request).await;
        assert_eq!(answer.status, status, "{body_limit}");
    }
}

#[actix_web::test]
async fn an_empty_body_can_be_signed() {
    let resource =
        web::resource(PATH).wrap(WebhookMiddleware::new(endpoint())).route(web::post().to(length));
    let request = test_request(&signed(Bytes::new()));
    let answer = through(mount(resource), request).await;
    assert_eq!((answer.status, answer.text()), (200, "0"));
}

#[actix_web::test]
async fn the_head_of_a_body_that_came_as_it_is_stays_as_it_came() {
    async fn head(request: HttpRequest) -> String {
        let value = |name| request.headers().get(name).unwrap().to_str().unwrap();
        format!("{} {}", value("content-type"), value("digest"))
    }
    let resource =
        web::resource(PATH).wrap(WebhookMiddleware::new(endpoint())).route(web::post().to(head));
    let request = test_request(&signed(CANCELLED))
        .insert_header(("content-type", "text/odd"))
        .insert_header(("digest", "sha-256=x"));
    let answer = through(mount(resource), request).await;
    assert_eq!(answer.text(), "text/odd sha-256=x");
}
