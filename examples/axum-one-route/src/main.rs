//! One axum route that receives webhooks: the smallest server that is fit to run.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p axum-one-route
//! ```
//!
//! In another terminal, a delivery that is signed as Harmonizely signs (200), then one that is not
//! (400; the reason stands in the server's log, and only there):
//!
//! ```sh
//! BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! curl -i 127.0.0.1:3000/hooks/harmonizely -H "webhook-signature: $SIGNATURE" \
//!     --data-binary "$BODY"
//! curl -i 127.0.0.1:3000/hooks/harmonizely -H "webhook-signature: $SIGNATURE" \
//!     --data-binary '{}'
//! ```

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::http::StatusCode;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Endpoint, Secrets};
use hookgate_axum::webhook;

/// A proxy in front ends TLS. It has to pass bodies on as they are.
const ADDRESS: &str = "127.0.0.1:3000";

#[tokio::main]
async fn main() -> ExitCode {
    // Why a delivery was refused stands in the log alone: without one you would not know.
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
    // Also reads HARMONIZELY_SECRET_PREVIOUS, where it is set: both are accepted during a rotation.
    let app = app(Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    Ok(Router::new().route("/hooks/harmonizely", webhook(endpoint, on_meeting)))
}

/// Runs only for what was verified. Most providers take a success for done, and may send again what
/// is answered otherwise, so answer 200 only when the work is safe.
async fn on_meeting(event: Event) -> StatusCode {
    match event {
        Event::MeetingScheduled(notice) => {
            tracing::info!(meeting = notice.data.uuid, at = notice.data.scheduled_at, "scheduled");
        }
        Event::MeetingRescheduled(notice) => {
            tracing::info!(meeting = notice.data.uuid, at = notice.data.scheduled_at, "moved");
        }
        Event::MeetingCancelled(notice) => {
            tracing::info!(meeting = notice.data.uuid, "cancelled");
        }
        // To be sent an event again would not make us know it.
        other => tracing::warn!(event = other.name(), "not handled"),
    }
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
    use axum::http::Request;
    use hookgate::sign::{SignedRequest, samples, sign};
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    fn signed(secret: &str) -> SignedRequest {
        sign(&Harmonizely, secret, samples::harmonizely("/hooks/harmonizely")).unwrap()
    }

    async fn status(request: Request<Body>) -> u16 {
        let app = app(Secrets::new(SECRET)).unwrap();
        app.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn a_delivery_of_the_provider_is_taken() {
        assert_eq!(status(signed(SECRET).into_http().unwrap()).await, 200);
    }

    #[tokio::test]
    async fn everything_else_is_refused() {
        let other_secret = signed("another secret").into_http().unwrap();
        assert_eq!(status(other_secret).await, 400);
        let other_body = signed(SECRET).with_body("{}").into_http().unwrap();
        assert_eq!(status(other_body).await, 400);
        let unsigned = Request::post("/hooks/harmonizely").body(Body::from("{}")).unwrap();
        assert_eq!(status(unsigned).await, 400);
        let get = Request::get("/hooks/harmonizely").body(Body::empty()).unwrap();
        assert_eq!(status(get).await, 405);
    }

    #[test]
    fn without_a_secret_there_is_no_server() {
        assert!(app(Secrets::default()).is_err());
    }
}
