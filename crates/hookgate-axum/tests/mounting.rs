//! Where routes are mounted: methods, paths, nested routers, other routes beside them.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get, post};
use hookgate::harmonizely;
use hookgate::ioffice::{self, IOffice};
use hookgate::ports::Stored;
use hookgate::sign::{Message, samples};
use hookgate::{Delivery, Endpoint, RejectionKind};
use hookgate_axum::{Webhook, WebhookLayer, webhook, webhook_into, webhook_tree};
use http::{Method, Request};

use crate::common::{BODY, Notes, SECRET, endpoint, forged, send, signed, signed_by, with_method};

async fn on_meeting(_: harmonizely::Event) {}

async fn layered(_: Webhook<harmonizely::Event>) {}

fn hooks(route: axum::routing::MethodRouter) -> Router {
    Router::new().route("/hooks", route)
}

/// Every way to mount Harmonizely's endpoint at `/hooks`.
fn apps() -> [(&'static str, Router); 7] {
    let endpoint = || endpoint().build().unwrap();
    let layer = || WebhookLayer::new(endpoint());
    let sink = async |_: Delivery| Ok(Stored::New);
    [
        ("line", hooks(webhook(endpoint(), on_meeting))),
        ("tree", webhook_tree("/hooks", endpoint(), on_meeting)),
        ("sink", hooks(webhook_into(endpoint(), sink))),
        ("layer on any", hooks(any(layered).layer(layer()))),
        ("layer on post", hooks(post(layered).layer(layer()))),
        ("layer on a router", hooks(post(layered)).layer(layer())),
        (
            "nested",
            Router::new().nest("/hooks", Router::new().route("/", webhook(endpoint(), on_meeting))),
        ),
    ]
}

#[tokio::test]
async fn the_gate_answers_methods_that_are_not_sent() {
    for (name, app) in apps() {
        assert_eq!(send(app.clone(), signed(BODY)).await.status, 200, "{name}");
        for method in ["GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"] {
            let name = format!("{name} {method}");
            let request = with_method(signed(BODY), Method::from_bytes(method.as_bytes()).unwrap());
            let answer = send(app.clone(), request).await;
            assert_eq!(answer.status, 405, "{name}");
            assert_eq!(answer.kind(), Some(RejectionKind::MethodNotAllowed), "{name}");
            assert_eq!(answer.header("allow"), ["POST"], "{name}");
            assert_eq!(answer.body.is_empty(), method == "HEAD", "{name}");
            answer.assert_of_the_gate();
        }
    }
}

#[tokio::test]
async fn a_layer_on_a_route_leaves_the_others_alone() {
    let layer = WebhookLayer::new(endpoint().build().unwrap());
    let fine = || get(async || "fine").post(async || "posted");
    for (name, app) in [
        ("route", hooks(post(layered).layer(layer.clone())).route("/health", fine())),
        ("nested router", {
            let inner = Router::new().route("/", post(layered)).layer(layer);
            Router::new().nest("/hooks", inner).route("/health", fine())
        }),
        (
            "one line",
            hooks(webhook(endpoint().build().unwrap(), on_meeting)).route("/health", fine()),
        ),
    ] {
        for (method, want) in [(Method::GET, "fine"), (Method::POST, "posted")] {
            let request = Request::get("/health").body(Body::empty()).unwrap();
            let answer = send(app.clone(), with_method(request, method)).await;
            assert_eq!((answer.status, answer.text()), (200, want), "{name}");
            assert!(answer.header("cache-control").is_empty(), "{name}");
        }
        let nowhere = Request::post("/nowhere").body(Body::empty()).unwrap();
        let answer = send(app.clone(), nowhere).await;
        assert_eq!((answer.status, answer.kind()), (404, None), "{name}");
        assert_eq!(send(app.clone(), forged()).await.status, 400, "{name}");
        assert_eq!(send(app, signed(BODY)).await.status, 200, "{name}");
    }
}

/// Sends iOFFICE's requests to everything under a path, in both methods.
async fn everything_under(path: &str, app: Router, notes: &Notes) {
    let provider = IOffice::at(path);
    for (request, want) in [
        (signed_by(&provider, samples::ioffice(path)), Some("Create Agreement 25")),
        (
            signed_by(&provider, Message::get(format!("{path}/Delete/Space/007"))),
            Some("Delete Space 007"),
        ),
        // Everything in the body, to the path itself.
        (
            signed_by(
                &provider,
                Message::post(
                    path,
                    r#"{"eventType":"UPDATE","entityType":"Space","entityId":"9"}"#,
                ),
            ),
            Some("Update Space 9"),
        ),
        // Another record than the one that was signed.
        (
            {
                let mut request =
                    signed_by(&provider, Message::get(format!("{path}/Delete/Space/7")));
                *request.uri_mut() = format!("{path}/Delete/Space/8").parse().unwrap();
                request
            },
            None,
        ),
        (
            with_method(
                signed_by(&provider, Message::get(format!("{path}/Delete/Space/7"))),
                Method::HEAD,
            ),
            None,
        ),
    ] {
        let name = format!("{} {}", request.method(), request.uri());
        let answer = send(app.clone(), request).await;
        assert_eq!(answer.status == 200, want.is_some(), "{name}: {answer:?}");
        assert_eq!(notes.take(), want.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

#[tokio::test]
async fn a_tree_takes_a_path_and_everything_under_it() {
    let notes = Notes::default();
    let handler = {
        let notes = notes.clone();
        async move |event: ioffice::Event| {
            notes.add(format!("{:?} {} {}", event.action, event.entity, event.id));
        }
    };
    let at = |prefix: &str| Endpoint::builder(IOffice::at(prefix)).secret(SECRET).build().unwrap();

    let path = "/hooks/ioffice";
    let tree = webhook_tree(path, at(path), handler.clone());
    everything_under(path, tree, &notes).await;
    let tree = webhook_tree("/hooks/ioffice/", at(path), handler.clone());
    everything_under(path, tree, &notes).await;
    let tree = webhook_tree("", at("/"), handler.clone());
    let request = signed_by(&IOffice::at("/"), samples::ioffice("/"));
    assert_eq!(send(tree, request).await.status, 200);
    assert_eq!(notes.take(), ["Create Agreement 25"]);

    // Inside a nested router the gate sees what is left of the path.
    let nested = Router::new().nest(path, webhook_tree("/", at("/"), handler.clone()));
    everything_under(path, nested, &notes).await;
    let twice =
        Router::new().nest("/hooks", webhook_tree("/ioffice", at("/ioffice"), handler.clone()));
    everything_under(path, twice, &notes).await;
    // With the whole path for a prefix it sees none of its requests.
    let wrong = Router::new().nest(path, webhook_tree("/", at(path), handler));
    let answer = send(wrong, signed_by(&IOffice::at(path), samples::ioffice(path))).await;
    assert_eq!(answer.kind(), Some(RejectionKind::SignedContent));
}

/// A payload URL that ends in a slash is the same place. (Not so under `Router::nest`, which does
/// not route it.)
#[tokio::test]
async fn a_tree_takes_its_path_with_a_slash_at_the_end() {
    let path = "/hooks/ioffice";
    let endpoint = Endpoint::builder(IOffice::at(path)).secret(SECRET).build().unwrap();
    let app: Router = webhook_tree(path, endpoint, async |_: ioffice::Event| {});
    let body = r#"{"eventType":"UPDATE","entityType":"Space","entityId":9}"#;
    let message = Message::post(format!("{path}/"), body);
    let answer = send(app, signed_by(&IOffice::at(path), message)).await;
    assert_eq!(answer.status, 200);
}
