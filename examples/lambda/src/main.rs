//! AWS Lambda: an axum router, served behind an API Gateway, a load balancer or a function URL.
//!
//! The router is one like any other. `lambda_http` makes requests of Lambda's events: a body that
//! came as base64 is decoded before the gate sees it, so what is verified are the sender's bytes.
//!
//! With [cargo-lambda](https://www.cargo-lambda.info), which also builds and deploys it:
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo lambda watch -p lambda
//! ```
//!
//! In another terminal: a request to what stands in for the function's URL, and the event of each
//! service that calls functions, from `events/`.
//!
//! ```sh
//! BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! curl -i 127.0.0.1:9000/lambda-url/lambda/hooks/harmonizely \
//!     -H "webhook-signature: $SIGNATURE" --data-binary "$BODY"
//! for EVENT in examples/lambda/events/*.json; do
//!     cargo lambda invoke lambda --data-file "$EVENT"
//! done
//! ```
//!
//! `cargo test -p lambda` does the same without it: `tests/runtime.rs` starts this program and
//! plays Lambda.
//!
//! Each instance of a function has a memory of its own, and is frozen once it has answered: keep
//! deliveries and claims in a database, and finish the work before the answer. A REST API hands
//! bodies on as text unless their media types are among its binary ones; JSON passes unharmed.

use axum::Router;
use axum::http::StatusCode;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Endpoint, Secrets};
use hookgate_axum::webhook;
use lambda_http::tracing;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    tracing::init_default_subscriber();
    let app = app(Secrets::from_env("HARMONIZELY_SECRET")?)?;
    lambda_http::run(app).await
}

fn app(secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    let hook = webhook(endpoint, on_meeting);
    Ok(Router::new()
        .route("/hooks/harmonizely", hook.clone())
        // An API Gateway with stages: `lambda_http` puts the stage before the path.
        .route("/{stage}/hooks/harmonizely", hook))
}

async fn on_meeting(event: Event) -> StatusCode {
    tracing::info!(event = event.name(), "received");
    StatusCode::OK
}

#[cfg(test)]
mod tests {
    use axum::response::Response;
    use hookgate::{Rejection, RejectionKind};
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    /// What Lambda hands to functions, by the service that calls them.
    const EVENTS: [(&str, &str); 4] = [
        ("api-gateway-http", include_str!("../events/api-gateway-http.json")),
        ("api-gateway-rest", include_str!("../events/api-gateway-rest.json")),
        ("function-url-base64", include_str!("../events/function-url-base64.json")),
        ("load-balancer", include_str!("../events/load-balancer.json")),
    ];

    async fn send(event: &str) -> Response {
        let request = lambda_http::request::from_str(event).unwrap();
        app(Secrets::new(SECRET)).unwrap().oneshot(request).await.unwrap()
    }

    fn reason(response: &Response) -> Option<RejectionKind> {
        response.extensions().get().map(Rejection::kind)
    }

    #[tokio::test]
    async fn every_services_event_is_verified() {
        for (name, event) in EVENTS {
            assert_eq!(send(event).await.status(), 200, "{name}");
        }
    }

    #[tokio::test]
    async fn what_was_changed_on_the_way_is_refused() {
        for (name, event) in EVENTS {
            let mut event: Value = serde_json::from_str(event).unwrap();
            let body = event["body"].as_str().unwrap();
            // `m-1`, as text or in base64.
            let changed = body.replace("m-1", "m-2").replace("JtLTEi", "JtLTIi");
            assert_ne!(changed, body, "{name}");
            event["body"] = changed.into();
            let response = send(&event.to_string()).await;
            assert_eq!(response.status(), 400, "{name}");
            assert_eq!(reason(&response), Some(RejectionKind::SignatureMismatch), "{name}");
        }
    }
}
