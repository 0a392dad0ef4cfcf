//! An axum application with a health check, a JSON API and tracing gains a webhook.
//!
//! What was there before is in `existing`, and is not touched. What is new are two lines in `app`
//! (marked), and the handler `on_meeting`, which shares the application's state.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p axum-existing-app
//! ```
//!
//! In another terminal: a meeting through the API, one through the webhook, and both together.
//!
//! ```sh
//! curl -i 127.0.0.1:3000/health
//! curl -i 127.0.0.1:3000/api/meetings --json '{"id":"m-1","at":"2026-11-23T09:00:00Z"}'
//! BODY='{"event":"meetingScheduled","data":{"uuid":"m-2","scheduled_at":"2026-11-24T09:00:00Z"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! curl -i 127.0.0.1:3000/hooks/harmonizely -H "webhook-signature: $SIGNATURE" \
//!     --data-binary "$BODY"
//! curl -i 127.0.0.1:3000/api/meetings
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Endpoint, Secrets};
use hookgate_axum::webhook;
use serde::{Deserialize, Serialize};
use tower_http::trace::TraceLayer;

const ADDRESS: &str = "127.0.0.1:3000";

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
    let app = app(Meetings::default(), Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

/// The application with its webhook.
fn app(meetings: Meetings, secrets: Secrets) -> Result<Router, BuildError> {
    // New, 1 of 2: the gate. It needs no layer, and asks nothing of the other routes.
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    Ok(existing()
        // New, 2 of 2: the route.
        .route("/hooks/harmonizely", webhook(endpoint, on_meeting))
        // As before. A layer that is added after the route stands around it too.
        .layer(TraceLayer::new_for_http())
        .with_state(meetings))
}

/// New: the handler. Only verified events come here; the state is the application's own.
async fn on_meeting(State(meetings): State<Meetings>, event: Event) -> StatusCode {
    match event {
        Event::MeetingScheduled(notice) | Event::MeetingRescheduled(notice) => {
            let (Some(id), Some(at)) = (notice.data.uuid, notice.data.scheduled_at) else {
                // Sent again, it would lack the same: take it, and tell someone.
                tracing::warn!("a meeting without an id or a time");
                return StatusCode::OK;
            };
            // The provider sends again what it got no answer for, so the same event may come
            // twice: this gives the same result each time.
            meetings.all().insert(id, at);
        }
        Event::MeetingCancelled(notice) => {
            if let Some(id) = notice.data.uuid {
                meetings.all().remove(&id);
            }
        }
        other => tracing::warn!(event = other.name(), "not handled"),
    }
    StatusCode::OK
}

/// The application as it was.
fn existing() -> Router<Meetings> {
    Router::new()
        .route("/health", get(|| async { "fine" }))
        .route("/api/meetings", get(list).post(add))
}

/// The meetings, by their id. In your application this is the database.
#[derive(Clone, Default)]
struct Meetings(Arc<Mutex<BTreeMap<String, String>>>);

impl Meetings {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // Each use is one call on the map, so a panic elsewhere left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize, Serialize)]
struct Meeting {
    id: String,
    at: String,
}

async fn list(State(meetings): State<Meetings>) -> Json<Vec<Meeting>> {
    let all = meetings.all();
    Json(all.iter().map(|(id, at)| Meeting { id: id.clone(), at: at.clone() }).collect())
}

async fn add(State(meetings): State<Meetings>, Json(meeting): Json<Meeting>) -> StatusCode {
    meetings.all().insert(meeting.id, meeting.at);
    StatusCode::CREATED
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
    use axum::http::{HeaderMap, Request};
    use hookgate::sign::{Message, sign};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    fn with_webhook() -> Router {
        app(Meetings::default(), Secrets::new(SECRET)).unwrap()
    }

    async fn answer(app: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.into()).unwrap())
    }

    fn request(method: &str, path: &str, body: &str) -> Request<Body> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        request.body(Body::from(body.to_owned())).unwrap()
    }

    fn delivery(secret: &str, body: &'static str) -> Request<Body> {
        let message = Message::post("/hooks/harmonizely", body);
        sign(&Harmonizely, secret, message).unwrap().into_http().unwrap()
    }

    /// Every answer but the webhook's is what it was: the status, the headers and the body.
    #[tokio::test]
    async fn the_health_check_and_the_api_are_untouched() {
        let before = existing().layer(TraceLayer::new_for_http()).with_state(Meetings::default());
        let after = with_webhook();
        let over_axums_limit = format!(r#"{{"id":"{}"}}"#, "x".repeat(3 * 1024 * 1024));
        for (method, path, body, want) in [
            ("GET", "/health", "", 200),
            ("HEAD", "/health", "", 200),
            ("POST", "/health", "{}", 405),
            ("POST", "/api/meetings", r#"{"id":"m-1","at":"noon"}"#, 201),
            ("POST", "/api/meetings", r#"{"id":"m-1"}"#, 422),
            ("POST", "/api/meetings", "no JSON", 400),
            ("POST", "/api/meetings", &over_axums_limit, 413),
            ("GET", "/api/meetings", "", 200),
            ("DELETE", "/api/meetings", "", 405),
            ("GET", "/nothing/here", "", 404),
        ] {
            let was = answer(&before, request(method, path, body)).await;
            let is = answer(&after, request(method, path, body)).await;
            assert_eq!(is, was, "{method} {path}");
            assert_eq!(is.0.as_u16(), want, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn what_the_webhook_brings_the_api_shows() {
        let app = with_webhook();
        let meetings = async || {
            let (_, _, body) = answer(&app, request("GET", "/api/meetings", "")).await;
            serde_json::from_str::<Vec<Meeting>>(&body).unwrap()
        };
        let scheduled =
            r#"{"event":"meetingScheduled","data":{"uuid":"m-2","scheduled_at":"noon"}}"#;
        // Twice, as when the first answer was lost on its way.
        for _ in 0..2 {
            assert_eq!(answer(&app, delivery(SECRET, scheduled)).await.0, 200);
            assert_eq!(meetings().await.len(), 1);
        }
        let cancelled = r#"{"event":"meetingCancelled","data":{"uuid":"m-2"}}"#;
        assert_eq!(answer(&app, delivery("another secret", cancelled)).await.0, 400);
        assert_eq!(meetings().await.len(), 1);
        assert_eq!(answer(&app, delivery(SECRET, cancelled)).await.0, 200);
        assert!(meetings().await.is_empty());
    }
}
