//! tower-http's layers around a webhook: the order that works, and tests of orders that do not.
//!
//! The rule: what reads, limits or changes the body of a *request* never stands outside the gate,
//! because the signature is over the bytes that came. What concerns the *response*, or only looks
//! on, stands outside. From the outside in:
//!
//! | layer | where | why |
//! |---|---|---|
//! | trace | outside | sees refused deliveries too |
//! | timeout | outside | bounds body, check and handler together: longer than `body_deadline` |
//! | compression | outside | changes the response's body; inside it needs a map of that body |
//! | body limit | beside | the gate has its own (`body_limit`); the other routes get this one |
//! | the gate | on its route | on the whole router it would gate `/health` too |
//! | the handler's own timeout | inside | bounds the handler alone, for what is authentic |
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p axum-layers
//! ```
//!
//! In another terminal:
//!
//! ```sh
//! BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! curl -i 127.0.0.1:3000/hooks/harmonizely -H "webhook-signature: $SIGNATURE" \
//!     --data-binary "$BODY"
//! curl -i 127.0.0.1:3000/health --compressed
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Endpoint, Secrets};
use hookgate_axum::{Webhook, WebhookLayer};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

const ADDRESS: &str = "127.0.0.1:3000";

/// The largest body of a delivery. The endpoint's affair, so that the gate answers 413 itself.
const DELIVERY_LIMIT: usize = 4 * 1024 * 1024;

/// The largest body of any other request.
const OTHER_LIMIT: usize = 64 * 1024;

/// How long a delivery's body may take; then the gate answers 408.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// How long the handler may take; then 503, and the provider sends again.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(5);

/// Longer than the two together: else it cuts off what they would have answered, and better.
const SERVER_TIMEOUT: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let app = app(Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(secrets: Secrets) -> Result<Router, BuildError> {
    // A layer on a router stands around the routes that it has by then: the limit is for these.
    let others = Router::new()
        .route("/health", get(|| async { "fine. ".repeat(100) }))
        .route("/api/echo", post(|body: String| async { body }))
        .layer(RequestBodyLimitLayer::new(OTHER_LIMIT));

    Ok(others.merge(hooks(secrets)?).layer(
        // In a `ServiceBuilder` the first is the outermost.
        ServiceBuilder::new()
            .layer(TraceLayer::new_for_http())
            // A 5xx, so that the provider sends again.
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, SERVER_TIMEOUT))
            .layer(CompressionLayer::new()),
    ))
}

fn hooks(secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Harmonizely)
        .secrets(secrets)
        .body_limit(DELIVERY_LIMIT)
        .body_deadline(BODY_DEADLINE)
        .build()?;
    let gate = ServiceBuilder::new()
        .layer(WebhookLayer::new(endpoint))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, HANDLER_TIMEOUT));
    Ok(Router::new().route("/hooks/harmonizely", post(on_meeting).layer(gate)))
}

/// Dropped at an `await` when its time is over, and called again when the provider tries again: do
/// in one transaction what belongs together.
async fn on_meeting(Webhook(event): Webhook<Event>) -> String {
    tracing::info!(event = event.name(), "received");
    format!("thank you for {}", event.name())
}

/// Ctrl-C, or SIGTERM, by which service managers stop a server: what is being worked on is answered
/// first.
async fn stopped() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).ok()?.recv().await
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        Some(()) = terminated => {}
        // Without signal handlers the server runs until it is killed.
        else => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
    use axum::middleware::{Next, from_fn};
    use axum::response::Response;
    use hookgate::sign::{Message, samples, sign};
    use hookgate::{RawBody, Rejection, RejectionKind};
    use hookgate_axum::webhook;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::decompression::RequestDecompressionLayer;
    use tower_http::map_response_body::MapResponseBodyLayer;

    use super::*;

    const SECRET: &str = "the secret of the webhook";
    const PATH: &str = "/hooks/harmonizely";

    fn right() -> Router {
        app(Secrets::new(SECRET)).unwrap()
    }

    /// The routes alone, to put wrong layers around.
    fn gated() -> Router {
        hooks(Secrets::new(SECRET)).unwrap()
    }

    fn delivery(message: Message) -> Request {
        sign(&Harmonizely, SECRET, message).unwrap().into_http().unwrap()
    }

    /// A genuine delivery that is larger than all limits but the endpoint's.
    fn large() -> Request {
        let notes = "x".repeat(3 * 1024 * 1024);
        let body = format!(r#"{{"event":"meetingCancelled","data":{{"notes":"{notes}"}}}}"#);
        let length = body.len();
        let mut request = delivery(Message::post(PATH, body));
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        request
    }

    const PLAIN: &str = r#"{"event":"meetingCancelled","data":{}}"#;

    /// A genuine delivery of a sender that compresses, and signs what it sends.
    fn compressed() -> Request {
        delivery(Message::post(PATH, PLAIN).gzipped())
    }

    async fn send(app: Router, request: Request) -> Response {
        app.oneshot(request).await.unwrap()
    }

    fn reason(response: &Response) -> Option<RejectionKind> {
        response.extensions().get::<Rejection>().map(Rejection::kind)
    }

    #[tokio::test]
    async fn in_the_right_order_deliveries_pass_and_answers_are_compressed() {
        let mut request = delivery(samples::harmonizely(PATH));
        request.headers_mut().insert(ACCEPT_ENCODING, "gzip".parse().unwrap());
        let response = send(right(), request).await;
        assert_eq!(response.status(), 200);

        // Answers of a few bytes are not compressed; this one is.
        let health = Request::get("/health").header(ACCEPT_ENCODING, "gzip");
        let response = send(right(), health.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    }

    /// Where compression is wanted for the handler's answers alone.
    #[tokio::test]
    async fn compression_inside_the_gate_needs_a_map_of_the_body() {
        let endpoint = Endpoint::builder(Harmonizely).secret(SECRET).build().unwrap();
        let gate = ServiceBuilder::new()
            .layer(WebhookLayer::new(endpoint))
            // The gate answers with axum's body, so what it wraps has to: without this line it
            // does not compile.
            .layer(MapResponseBodyLayer::new(Body::new))
            .layer(CompressionLayer::new());
        let long = |_: Webhook<Event>| async { "thank you. ".repeat(100) };
        let app = Router::new().route(PATH, post(long).layer(gate));
        let mut request = delivery(samples::harmonizely(PATH));
        request.headers_mut().insert(ACCEPT_ENCODING, "gzip".parse().unwrap());
        let response = send(app, request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    }

    #[tokio::test]
    async fn each_route_has_its_own_limit() {
        assert_eq!(send(right(), large()).await.status(), 200);

        let body = "x".repeat(OTHER_LIMIT + 1);
        let request = Request::post("/api/echo").header(CONTENT_LENGTH, body.len());
        let response = send(right(), request.body(Body::from(body)).unwrap()).await;
        assert_eq!(response.status(), 413);
    }

    #[tokio::test]
    async fn wrong_a_body_limit_outside_refuses_what_the_endpoint_would_take() {
        let app = gated().layer(RequestBodyLimitLayer::new(OTHER_LIMIT));
        let response = send(app, large()).await;
        assert_eq!(response.status(), 413);
        // The layer's own answer: the gate never saw the request, and its log says nothing.
        assert_eq!(reason(&response), None);
    }

    #[tokio::test]
    async fn wrong_decompression_outside_breaks_every_signature() {
        let take_raw = |RawBody(body): RawBody| async move { body };
        let gate = || {
            let endpoint = Endpoint::builder(AnyBody).secret(SECRET).build().unwrap();
            Router::new().route(PATH, webhook(endpoint, take_raw))
        };
        // Alone, the gate verifies the bytes that came, and then decompresses them by itself.
        let response = send(gate(), compressed()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), PLAIN);

        // Behind decompression it sees bytes that nobody signed.
        let app = gate().layer(RequestDecompressionLayer::new());
        let response = send(app, compressed()).await;
        assert_eq!(response.status(), 400);
        assert_eq!(reason(&response), Some(RejectionKind::SignatureMismatch));
    }

    #[tokio::test]
    async fn wrong_a_middleware_outside_that_writes_the_body_anew() {
        /// Reads JSON, for a log perhaps, and puts back what it understood.
        async fn tidy(request: Request, next: Next) -> Response {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            next.run(Request::from_parts(parts, Body::from(value.to_string()))).await
        }
        // The same JSON, but for a space that the provider wrote and signed.
        let body = r#"{"event": "meetingCancelled","data":{}}"#;
        assert_eq!(send(gated(), delivery(Message::post(PATH, body))).await.status(), 200);
        let app = gated().layer(from_fn(tidy));
        let response = send(app, delivery(Message::post(PATH, body))).await;
        assert_eq!(response.status(), 400);
        assert_eq!(reason(&response), Some(RejectionKind::SignatureMismatch));
    }

    #[tokio::test]
    async fn wrong_the_gate_on_the_whole_router_shuts_the_health_check() {
        let endpoint = Endpoint::builder(Harmonizely).secret(SECRET).build().unwrap();
        let app = Router::new()
            .route(PATH, post(on_meeting))
            .route("/health", get(|| async { "fine" }))
            .layer(WebhookLayer::new(endpoint));
        let health = || Request::get("/health").body(Body::empty()).unwrap();
        assert_eq!(send(app, health()).await.status(), 405);
        assert_eq!(send(right(), health()).await.status(), 200);
    }

    /// Harmonizely's signature around a body of any kind.
    #[derive(Debug)]
    struct AnyBody;

    impl hookgate::Provider for AnyBody {
        fn id(&self) -> &str {
            "any-body"
        }

        fn scheme(&self) -> hookgate::scheme::Scheme<'_> {
            hookgate::Provider::scheme(&Harmonizely)
        }
    }

    impl hookgate::Sends for AnyBody {
        type Event = RawBody;
    }
}
