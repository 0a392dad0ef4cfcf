//! Secrets that are looked up for each request, here by the last segment of the path.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::routing::post;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::sign::{Message, sign};
use hookgate::{Delivery, Endpoint, RejectionKind, RequestHead, Secrets};
use hookgate_axum::{Webhook, WebhookLayer, webhook};

use crate::common::{BODY, send};

fn endpoint() -> Endpoint<Harmonizely> {
    let tenant = |head: &dyn RequestHead| head.path().strip_prefix("/hooks/").map(Into::into);
    let look_up = async |query: SecretQuery| match &*query.tenant {
        "acme" => Ok(Some(Secrets::new("the secret of acme"))),
        "moving" => Ok(Some(Secrets::new("the new secret").and("the old secret"))),
        "broken" => Ok(Some(Secrets::new(""))),
        "down" => Err(Unavailable::new("the database is down")),
        _ => Ok(None),
    };
    Endpoint::builder(Harmonizely).secrets_from(tenant, look_up).build().unwrap()
}

fn request(path: &str, secret: &str) -> Request {
    sign(&Harmonizely, secret, Message::post(path, BODY)).unwrap().into_http().unwrap()
}

#[tokio::test]
async fn each_tenant_has_its_own_secrets() {
    async fn line(Path(tenant): Path<String>, _: harmonizely::Event) -> String {
        tenant
    }
    async fn layered(Path(tenant): Path<String>, _: Webhook<Delivery>) -> String {
        tenant
    }
    for route in [webhook(endpoint(), line), post(layered).layer(WebhookLayer::new(endpoint()))] {
        let app = Router::new().route("/hooks/{tenant}", route);
        for (path, secret, status, want) in [
            ("/hooks/acme", "the secret of acme", 200, None),
            ("/hooks/moving", "the new secret", 200, None),
            ("/hooks/moving", "the old secret", 200, None),
            ("/hooks/acme", "the new secret", 400, Some(RejectionKind::SignatureMismatch)),
            ("/hooks/moving", "the secret of acme", 400, Some(RejectionKind::SignatureMismatch)),
            ("/hooks/nobody", "the secret of acme", 400, Some(RejectionKind::UnknownTenant)),
            ("/hooks/broken", "the secret of acme", 503, Some(RejectionKind::SecretsUnavailable)),
            ("/hooks/down", "the secret of acme", 503, Some(RejectionKind::SecretsUnavailable)),
        ] {
            let answer = send(app.clone(), request(path, secret)).await;
            assert_eq!((answer.status, answer.kind()), (status, want), "{path} {secret}");
            if status == 200 {
                assert_eq!(Some(answer.text()), path.strip_prefix("/hooks/"));
            }
        }
    }
}

/// The head alone refuses, before anyone is asked.
#[tokio::test]
async fn a_request_without_a_signature_asks_nobody() {
    let app: Router = Router::new()
        .route("/hooks/{tenant}", webhook(endpoint(), async |_: harmonizely::Event| ()));
    let unsigned = http::Request::post("/hooks/down").body(Body::empty()).unwrap();
    assert_eq!(send(app, unsigned).await.kind(), Some(RejectionKind::MissingSignature));
}
