//! The one-line routes.

use std::sync::{Arc, Mutex};

use actix_web::http::header;
use actix_web::test::TestRequest;
use actix_web::{HttpRequest, HttpResponse, web};
use hookgate::harmonizely::Event;
use hookgate::ioffice::{self, IOffice};
use hookgate::ports::{Stored, Unavailable};
use hookgate::sign::{Message, SignedRequest, samples, sign};
use hookgate::{Delivery, Endpoint, RejectionKind};
use hookgate_actix::{webhook, webhook_into, webhook_tree};

use crate::support::{
    Answer, CANCELLED, Count, PATH, SECRET, endpoint, forged, mount, signed, test_request, through,
};

#[actix_web::test]
async fn a_handler_takes_up_to_eight_extractors_before_the_event() {
    async fn none(event: Event) -> String {
        event.name().to_owned()
    }
    #[expect(clippy::too_many_arguments, reason = "the most there can be")]
    async fn eight(
        _: HttpRequest,
        _: actix_web::http::Method,
        _: actix_web::http::Uri,
        _: web::Query<Vec<(String, String)>>,
        path: web::Path<String>,
        _: web::ReqData<Delivery>,
        body: web::Bytes,
        greeting: web::Data<String>,
        event: Event,
    ) -> String {
        let greeting = greeting.as_str();
        format!("{greeting} {path} {} {}", event.name(), body.len())
    }
    for (route, want) in [
        (webhook(endpoint(), none), "meetingCancelled".to_owned()),
        (
            webhook(endpoint(), eight),
            format!("hello harmonizely meetingCancelled {}", CANCELLED.len()),
        ),
    ] {
        let answer = through(
            |app| {
                app.app_data(web::Data::new("hello".to_owned()));
                app.service(web::resource("/hooks/{name}").route(route));
            },
            test_request(&signed(CANCELLED)),
        )
        .await;
        assert_eq!((answer.status, answer.text()), (200, &*want));
    }
}

#[actix_web::test]
async fn extractors_run_only_for_what_was_verified() {
    let ran = Count::default();
    #[derive(Clone)]
    struct Counted;
    impl actix_web::FromRequest for Counted {
        type Error = actix_web::Error;
        type Future = std::future::Ready<Result<Self, actix_web::Error>>;
        fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
            let count = request.app_data::<Count>().unwrap();
            std::future::ready(match count.more() {
                0 => Ok(Self),
                _ => Err(actix_web::error::ErrorGone("only once")),
            })
        }
    }
    let send = async |request: &SignedRequest| {
        let route = webhook(endpoint(), async |_: Counted, _: Event| "handled");
        through(
            |app| {
                app.app_data(ran.clone());
                app.service(web::resource(PATH).route(route));
            },
            test_request(request),
        )
        .await
    };
    send(&forged()).await.assert_problem();
    assert_eq!(send(&signed("[]")).await.status, 400);
    assert_eq!(ran.so_far(), 0);
    assert_eq!(send(&signed(CANCELLED)).await.status, 200);
    // What an extractor answers is the answer.
    assert_eq!(send(&signed(CANCELLED)).await.status, 410);
}

/// Sends a request to a tree of iOFFICE, whose handler tells what it got.
async fn to_tree(path: &str, prefix: &str, request: TestRequest) -> Answer {
    async fn on_change(request: HttpRequest, body: String, event: ioffice::Event) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        for name in [
            "content-length",
            "content-type",
            "content-encoding",
            "transfer-encoding",
            "content-digest",
            "digest",
            "trailer",
            "x-kept",
        ] {
            if let Some(value) = request.headers().get(name) {
                answer.append_header((format!("saw-{name}"), value.clone()));
            }
        }
        let event = format!("{:?} {} {}", event.action, event.entity, event.id);
        answer.append_header(("event", event)).body(body)
    }
    let endpoint = Endpoint::builder(IOffice::at(prefix));
    let endpoint = endpoint.secret(SECRET).build().unwrap();
    through(mount(webhook_tree(path, endpoint, on_change)), request).await
}

const TREE: &str = "/hooks/ioffice";

fn change(message: Message) -> SignedRequest {
    sign(&IOffice::at(TREE), SECRET, message).unwrap()
}

#[actix_web::test]
async fn a_tree_takes_the_path_and_everything_under_it() {
    let triple = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
    for path in [TREE, "/hooks/ioffice/"] {
        for message in [
            samples::ioffice(TREE),
            Message::get("/hooks/ioffice/CREATE/Agreement/25"),
            Message::post(TREE, triple),
            Message::post("/hooks/ioffice/", triple),
        ] {
            let request = change(message);
            let answer = to_tree(path, TREE, test_request(&request)).await;
            assert_eq!(answer.status, 200, "{} of {path}", request.target());
            assert_eq!(answer.header("event"), Some("Create Agreement 25"));
        }
    }
    for target in ["/hooks/iofficer", "/hooks"] {
        let request = test_request(&change(samples::ioffice(TREE))).uri(target);
        assert_eq!(to_tree(TREE, TREE, request).await.status, 404, "{target}");
    }
    let request = test_request(&change(samples::ioffice(TREE))).uri("/hooks/ioffice/a/b/2");
    to_tree(TREE, TREE, request).await.assert_problem();
}

#[actix_web::test]
async fn a_tree_can_be_the_whole_application() {
    let request = sign(&IOffice::at("/"), SECRET, samples::ioffice("/")).unwrap();
    let answer = to_tree("/", "/", test_request(&request)).await;
    assert_eq!((answer.status, request.target()), (200, "/CREATE/Agreement/25"));
}

#[actix_web::test]
async fn the_gate_sees_the_whole_path_inside_a_scope() {
    let endpoint = Endpoint::builder(IOffice::at(TREE));
    let endpoint = endpoint.secret(SECRET).build().unwrap();
    let handler = async |event: ioffice::Event| event.id;
    let scope = web::scope("/hooks").service(webhook_tree("/ioffice", endpoint, handler));
    let request = test_request(&change(samples::ioffice(TREE)));
    let answer = through(mount(scope), request).await;
    assert_eq!((answer.status, answer.text()), (200, "25"));
}

#[actix_web::test]
async fn a_rebuilt_body_comes_with_a_head_of_its_own() {
    let sent = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25,"admin":true}"#;
    let message = Message::post("/hooks/ioffice/CREATE/Agreement/25", sent);
    // A sender of JSON that says otherwise.
    let request = test_request(&change(message))
        .insert_header((header::CONTENT_TYPE, "text/plain"))
        .insert_header((header::CONTENT_ENCODING, "gzip"))
        .insert_header((header::TRANSFER_ENCODING, "chunked"))
        .insert_header((header::TRAILER, "digest"))
        .insert_header(("digest", "sha-256=x"))
        .insert_header(("content-digest", "sha-256=:x:"))
        .insert_header(("x-kept", "yes"));
    let answer = to_tree(TREE, TREE, request).await;
    let rebuilt = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":"25"}"#;
    assert_eq!((answer.status, answer.text()), (200, rebuilt));
    let saw: Vec<_> = answer
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("saw-")?, value.as_str())))
        .collect();
    let length = rebuilt.len().to_string();
    let want =
        [("content-length", &*length), ("content-type", "application/json"), ("x-kept", "yes")];
    assert_eq!(saw, want);
}

#[actix_web::test]
async fn a_sink_is_told_before_the_provider_is() {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&stored);
    let sink = move |delivery: Delivery| {
        let into = Arc::clone(&into);
        async move {
            let mut stored = into.lock().unwrap();
            if stored.len() == 2 {
                return Err(Unavailable::new("the disk is full"));
            }
            stored.push(delivery.into_content());
            Ok(match stored.len() {
                1 => Stored::New,
                _ => Stored::Duplicate,
            })
        }
    };
    let endpoint = endpoint();
    let send = async |request: &SignedRequest| {
        let route = webhook_into(endpoint.clone(), sink.clone());
        let resource = web::resource(PATH).route(route);
        through(mount(resource), test_request(request)).await
    };
    send(&forged()).await.assert_problem();
    assert_eq!(stored.lock().unwrap().len(), 0);

    for _ in ["new", "duplicate"] {
        let answer = send(&signed(CANCELLED)).await;
        assert_eq!((answer.status, answer.rejection), (200, None));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(stored.lock().unwrap()[0].body, CANCELLED);

    let answer = send(&signed(CANCELLED)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.rejection, Some(RejectionKind::SinkUnavailable));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(endpoint.in_flight().used(), 0);
}
