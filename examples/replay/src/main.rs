//! Webhooks that are handled once, however often they are sent: a replay guard.
//!
//! Providers send again what was not answered in time, and whoever recorded a request can send it
//! again too: its signature stays right. The guard remembers what was done, by a digest of what
//! was signed.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p replay
//! ```
//!
//! In another terminal, the same delivery twice at once: the handler takes two seconds, so one is
//! answered 200 and the other 503, which is no success, since the first may still fail. Once more,
//! and it is 200 without the handler: the log has one `handled`.
//!
//! ```sh
//! deliver() {
//!     BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//!     SIGNATURE=$(printf %s "$BODY" |
//!         openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//!     curl -sS -o /dev/null -w '%{http_code}\n' 127.0.0.1:3000/hooks/harmonizely \
//!         -H "webhook-signature: $SIGNATURE" --data-binary "$BODY"
//! }
//! deliver & deliver; wait
//! deliver
//! ```
//!
//! That guard is the process's own memory. Several servers behind a load balancer share a Redis:
//!
//! ```sh
//! redis-server --port 6400 --save '' &
//! export HARMONIZELY_SECRET='the secret of the webhook' REDIS_URL='redis://127.0.0.1:6400/'
//! cargo run -p replay --features redis
//! ```
//!
//! With Redis stopped (`redis-cli -p 6400 shutdown`) deliveries are answered 503, so that the
//! provider tries again: what cannot be looked up is not handled.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::ports::ReplayGuard;
use hookgate::{BuildError, Endpoint, Secrets};
use hookgate_axum::webhook;
#[cfg(any(test, not(feature = "redis")))]
use hookgate_replay::MemoryGuard;
#[cfg(feature = "redis")]
use hookgate_replay::RedisGuard;

const ADDRESS: &str = "127.0.0.1:3000";

/// How long a server that died keeps others from its deliveries. Longer than the slowest handler,
/// and shorter than the provider goes on trying.
const LEASE: Duration = Duration::from_secs(60);

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
    let secrets = Secrets::from_env("HARMONIZELY_SECRET")?;

    // Above the deliveries of a day, since Harmonizely signs no time, and a replay passes for ever.
    // A clone of the guard can say how many were forgotten too early: `guard.evicted()`.
    #[cfg(not(feature = "redis"))]
    let guard = MemoryGuard::new(100_000);
    #[cfg(feature = "redis")]
    let guard = {
        let url = std::env::var("REDIS_URL")
            .map_err(|_| "REDIS_URL is not set: where is the Redis that the servers share?")?;
        RedisGuard::connect(&url).await?
    };

    let app = app(secrets, guard.lease(LEASE))?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(secrets: Secrets, guard: impl ReplayGuard) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).replay_guard(guard).build()?;
    Ok(Router::new().route("/hooks/harmonizely", webhook(endpoint, on_meeting)))
}

/// A success (2xx) is remembered. After any other answer the next attempt is handled again.
async fn on_meeting(event: Event) -> StatusCode {
    // Stands for what can go wrong, to be tried out. Events of other kinds are no fault.
    if matches!(event, Event::Unknown(_)) {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    tracing::info!(event = event.name(), "handled");
    StatusCode::OK
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
    use hookgate::sign::{Message, sign};
    use hookgate::{Rejection, RejectionKind};
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    fn guarded() -> Router {
        app(Secrets::new(SECRET), MemoryGuard::new(10_000)).unwrap()
    }

    async fn deliver(app: Router, body: &'static str) -> (u16, Option<RejectionKind>) {
        let message = Message::post("/hooks/harmonizely", body);
        let request = sign(&Harmonizely, SECRET, message).unwrap().into_http::<Body>().unwrap();
        let response = app.oneshot(request).await.unwrap();
        (response.status().as_u16(), response.extensions().get().map(Rejection::kind))
    }

    /// The clock of these tests jumps ahead when nothing else is left to do.
    #[tokio::test(start_paused = true)]
    async fn what_was_handled_is_acknowledged_and_not_handled_again() {
        let app = guarded();
        let body = r#"{"event":"meetingCancelled","data":{"uuid":"m-1"}}"#;
        let start = Instant::now();
        assert_eq!(deliver(app.clone(), body).await, (200, None));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert_eq!(deliver(app.clone(), body).await, (200, None));
        assert_eq!(start.elapsed(), Duration::from_secs(2), "the handler ran again");
        let another = r#"{"event":"meetingCancelled","data":{"uuid":"m-2"}}"#;
        assert_eq!(deliver(app, another).await, (200, None));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_at_once_one_is_told_to_come_again() {
        let app = guarded();
        let body = r#"{"event":"meetingCancelled","data":{"uuid":"m-1"}}"#;
        let (one, other) = tokio::join!(deliver(app.clone(), body), deliver(app, body));
        assert_eq!((one, other), ((200, None), (503, Some(RejectionKind::InFlight))));
    }

    #[tokio::test]
    async fn what_failed_is_handled_again() {
        let app = guarded();
        for _ in 0..2 {
            assert_eq!(deliver(app.clone(), r#"{"event":"meetingMoved"}"#).await, (500, None));
        }
    }

    #[tokio::test]
    async fn a_wrong_signature_is_refused_as_ever() {
        let request = sign(&Harmonizely, "another", Message::post("/hooks/harmonizely", "{}"));
        let request = request.unwrap().into_http::<Body>().unwrap();
        assert_eq!(guarded().oneshot(request).await.unwrap().status(), 400);
    }
}
