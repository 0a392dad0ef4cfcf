//! Unit tests for webhook handlers, without a server: see `tests` at the end of this file.
//!
//! ```sh
//! cargo test -p unit-test
//! ```
//!
//! The handlers are those of a small server, so that nothing is made up for the tests:
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p unit-test
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
//! ```
//!
//! `Cargo.toml` asks for hookgate's feature `testing` under `dev-dependencies`: nothing of it is in
//! the server.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Delivery, Endpoint, Secrets};
use hookgate_axum::{Webhook, webhook};

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
    let app = app(Calendar::default(), Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(calendar: Calendar, secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    Ok(Router::new()
        .route("/hooks/harmonizely", webhook(endpoint, on_meeting))
        .with_state(calendar))
}

/// The handler, as axum calls it: a plain function that a test can call too.
async fn on_meeting(
    State(calendar): State<Calendar>,
    Webhook(delivery): Webhook<Delivery>,
    event: Event,
) -> StatusCode {
    let secret = delivery.secret();
    tracing::info!(event = event.name(), secret, "received");
    apply(&calendar, event)
}

/// The work alone, for which an event is enough.
fn apply(calendar: &Calendar, event: Event) -> StatusCode {
    match event {
        Event::MeetingScheduled(notice) | Event::MeetingRescheduled(notice) => {
            let (Some(id), Some(at)) = (notice.data.uuid, notice.data.scheduled_at) else {
                tracing::warn!("a meeting without an id or a time");
                return StatusCode::OK;
            };
            calendar.meetings().insert(id, at);
        }
        Event::MeetingCancelled(notice) => {
            if let Some(id) = notice.data.uuid {
                calendar.meetings().remove(&id);
            }
        }
        other => tracing::warn!(event = other.name(), "not handled"),
    }
    StatusCode::OK
}

/// Meetings by their id. In your application this is the database.
#[derive(Clone, Default)]
struct Calendar(Arc<Mutex<BTreeMap<String, String>>>);

impl Calendar {
    fn meetings(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    use hookgate::sign::{Message, SignedRequest, sign};
    use hookgate::testing::{self, TestError};
    use hookgate::{Content, Coverage, RejectionKind};
    use tower::ServiceExt;

    use super::*;

    const SCHEDULED: &str =
        r#"{"event":"meetingScheduled","data":{"uuid":"m-1","scheduled_at":"noon"}}"#;
    const CANCELLED: &str = r#"{"event":"meetingCancelled","data":{"uuid":"m-1"}}"#;

    fn message(body: &'static str) -> Message {
        Message::post("/hooks/harmonizely", body)
    }

    /// 1. The work: an event as the provider would send it, signed and verified on the way, so that
    ///    it is one which really can reach the handler. No runtime, and no secret to think of.
    #[test]
    fn a_cancelled_meeting_is_taken_out() {
        let calendar = Calendar::default();
        apply(&calendar, testing::event(Harmonizely, message(SCHEDULED)).unwrap());
        assert_eq!(calendar.meetings().get("m-1").map(String::as_str), Some("noon"));
        apply(&calendar, testing::event(Harmonizely, message(CANCELLED)).unwrap());
        assert!(calendar.meetings().is_empty());
    }

    /// 2. The handler as axum calls it. A `Delivery` cannot be made by hand, since it is the proof
    ///    that it was verified; `testing::deliver` makes one through the real check.
    #[tokio::test]
    async fn the_handler_answers_200() {
        let calendar = Calendar::default();
        let delivery = testing::deliver(Harmonizely, message(SCHEDULED)).unwrap();
        let event = delivery.content().decode().unwrap();
        let answer = on_meeting(State(calendar.clone()), Webhook(delivery), event).await;
        assert_eq!(answer, 200);
        assert_eq!(calendar.meetings().len(), 1);
    }

    /// 3. What never reaches the handler.
    #[test]
    fn what_is_no_event_is_refused() {
        let error = testing::event(Harmonizely, message("no JSON")).unwrap_err();
        assert!(matches!(error, TestError::Event(_)), "{error}");
    }

    /// 4. An endpoint with its own settings, still without a server.
    #[test]
    fn the_old_secret_is_accepted_during_a_rotation() {
        let secrets = Secrets::new("the new secret").and("the old secret");
        let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build().unwrap();
        let signed = |secret: &str| sign(&Harmonizely, secret, message(CANCELLED)).unwrap();

        let delivery = testing::through(&endpoint, &signed("the old secret")).unwrap();
        assert_eq!(delivery.secret(), Some("#2"));
        match testing::through(&endpoint, &signed("another secret")) {
            Err(TestError::Refused(rejection)) => {
                assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
            }
            other => panic!("{other:?}"),
        }
    }

    /// 5. The route: the signature, the gate, the extractors and the handler, in one process.
    #[tokio::test]
    async fn the_route_takes_what_was_signed_and_nothing_else() {
        let calendar = Calendar::default();
        let app = app(calendar.clone(), Secrets::new("the secret of the webhook")).unwrap();
        let status = async |request: SignedRequest| {
            let request = request.into_http::<Body>().unwrap();
            app.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        let signed = sign(&Harmonizely, "the secret of the webhook", message(SCHEDULED)).unwrap();
        assert_eq!(status(signed.clone().with_body(CANCELLED)).await, 400);
        assert!(calendar.meetings().is_empty());
        assert_eq!(status(signed).await, 200);
        assert_eq!(calendar.meetings().len(), 1);
    }

    /// 6. A worker that reads stored content needs no delivery: `Content` is plain data, and proves
    ///    nothing.
    #[test]
    fn a_worker_decodes_what_was_stored() {
        let mut content = Content::new("harmonizely", testing::NOW, CANCELLED);
        content.coverage = Coverage::Body;
        let calendar = Calendar::default();
        assert_eq!(apply(&calendar, content.decode().unwrap()), 200);
    }
}
