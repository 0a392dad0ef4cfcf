//! Rotation: webhook secrets that change while the server runs.
//!
//! The environment of a process cannot change, so the secret comes from a file, and during a
//! rotation the previous one from a second file beside it. `POST /reload` on a second listener
//! reads them again. That listener is on the loopback address and on a port of its own, so no proxy
//! in front of the first one leads there.
//!
//! ```sh
//! echo 'the old secret' > /tmp/harmonizely
//! HARMONIZELY_SECRET_FILE=/tmp/harmonizely cargo run -p rotation
//! ```
//!
//! In another terminal, a rotation in which no delivery is lost:
//!
//! ```sh
//! deliver() {
//!     BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//!     SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$1" -binary | base64)
//!     curl -sS -o /dev/null -w "$1: %{http_code}\n" 127.0.0.1:3000/hooks/harmonizely \
//!         -H "webhook-signature: $SIGNATURE" --data-binary "$BODY"
//! }
//! # 1. Both are accepted.
//! cp /tmp/harmonizely /tmp/harmonizely.previous
//! echo 'the new secret' > /tmp/harmonizely
//! curl -sS -X POST 127.0.0.1:3001/reload
//! deliver 'the old secret'; deliver 'the new secret'
//! # 2. Put the new one into the provider's page. The log says under which file deliveries pass:
//! #    wait until the previous one is no longer among them, retries included.
//! # 3. The old one is refused from the next request on.
//! rm /tmp/harmonizely.previous
//! curl -sS -X POST 127.0.0.1:3001/reload
//! deliver 'the old secret'; deliver 'the new secret'
//! ```
//!
//! When a secret has leaked there is only step 3.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{AnyEndpoint, Delivery, Endpoint, Secrets};
use hookgate_axum::{Webhook, webhook};
use tokio::net::TcpListener;

const ADDRESS: &str = "127.0.0.1:3000";

/// For the operator. Whoever reaches it can have the file read again, and nothing else.
const ADMIN_ADDRESS: &str = "127.0.0.1:3001";

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

async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let file = std::env::var_os("HARMONIZELY_SECRET_FILE")
        .ok_or("HARMONIZELY_SECRET_FILE is not set: put the path of the file into it")?;
    let (public, admin) = apps(file.into())?;
    let listener = TcpListener::bind(ADDRESS).await?;
    let admin_listener = TcpListener::bind(ADMIN_ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}, and for the operator on {ADMIN_ADDRESS}");
    tokio::try_join!(
        axum::serve(listener, public).with_graceful_shutdown(stopped()).into_future(),
        axum::serve(admin_listener, admin).with_graceful_shutdown(stopped()).into_future(),
    )?;
    Ok(())
}

/// The application that the world reaches, and the one for the operator.
fn apps(file: PathBuf) -> Result<(Router, Router), Box<dyn Error + Send + Sync>> {
    let endpoint = Endpoint::builder(Harmonizely).secrets(Secrets::from_file(&file)?).build()?;
    // Clones of an endpoint share its secrets: to replace them here replaces them in the gate.
    let reloader = Reloader { endpoint: endpoint.clone().into_any(), file };
    let public = Router::new().route("/hooks/harmonizely", webhook(endpoint, on_meeting));
    let admin = Router::new().route("/reload", post(reload)).with_state(reloader);
    Ok((public, admin))
}

/// The delivery beside the event says which secret matched.
async fn on_meeting(Webhook(delivery): Webhook<Delivery>, event: Event) -> StatusCode {
    let secret = delivery.secret();
    tracing::info!(event = event.name(), secret, "received");
    StatusCode::OK
}

#[derive(Clone)]
struct Reloader {
    endpoint: AnyEndpoint,
    file: PathBuf,
}

impl Reloader {
    /// All or nothing: when a file cannot be read, or a secret cannot be right, the ones before
    /// stay.
    async fn reload(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let file = self.file.clone();
        // Files block, so they are read on a thread that may.
        let secrets = tokio::task::spawn_blocking(|| Secrets::from_file(file)).await??;
        self.endpoint.secrets().replace(secrets)?;
        Ok(())
    }
}

async fn reload(State(reloader): State<Reloader>) -> (StatusCode, String) {
    match reloader.reload().await {
        Ok(()) => {
            let labels = reloader.endpoint.secrets().labels();
            tracing::info!(?labels, "the secrets were replaced");
            (StatusCode::OK, format!("active: {}\n", labels.join(", ")))
        }
        Err(error) => {
            // No error of these holds a secret, so it can be shown.
            tracing::error!(%error, "the secrets stay as they are");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the secrets stay as they are: {error}\n"))
        }
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
    use axum::http::Request;
    use hookgate::sign::{samples, sign};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const OLD: &str = "the old secret";
    const NEW: &str = "the new secret";

    /// A folder with the secrets' files, which goes away with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let name = format!("hookgate-rotation-{test}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn current(&self) -> PathBuf {
            self.0.join("hook")
        }

        fn write(&self, name: &str, secret: &str) {
            std::fs::write(self.0.join(name), format!("{secret}\n")).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    async fn deliver(public: &Router, secret: &str) -> u16 {
        let message = samples::harmonizely("/hooks/harmonizely");
        let request = sign(&Harmonizely, secret, message).unwrap().into_http::<Body>().unwrap();
        public.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    async fn reload(admin: &Router) -> (u16, String) {
        let request = Request::post("/reload").body(Body::empty()).unwrap();
        let response = admin.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn the_old_secret_stops_at_once_and_no_delivery_is_lost() {
        let folder = Folder::new("stops");
        folder.write("hook", OLD);
        let (public, admin) = apps(folder.current()).unwrap();
        assert_eq!((deliver(&public, OLD).await, deliver(&public, NEW).await), (200, 400));

        folder.write("hook.previous", OLD);
        folder.write("hook", NEW);
        assert_eq!(reload(&admin).await, (200, "active: hook, hook.previous\n".into()));
        assert_eq!((deliver(&public, OLD).await, deliver(&public, NEW).await), (200, 200));

        std::fs::remove_file(folder.0.join("hook.previous")).unwrap();
        assert_eq!(reload(&admin).await, (200, "active: hook\n".into()));
        assert_eq!((deliver(&public, OLD).await, deliver(&public, NEW).await), (400, 200));
    }

    #[tokio::test]
    async fn a_file_that_is_wrong_changes_nothing() {
        let folder = Folder::new("wrong");
        folder.write("hook", OLD);
        let (public, admin) = apps(folder.current()).unwrap();
        for secret in ["", "two line breaks\n"] {
            folder.write("hook", secret);
            let (status, text) = reload(&admin).await;
            assert_eq!(status, 500, "{text}");
            assert_eq!(deliver(&public, OLD).await, 200);
        }
        std::fs::remove_file(folder.current()).unwrap();
        assert_eq!(reload(&admin).await.0, 500);
        assert_eq!(deliver(&public, OLD).await, 200);
    }

    #[tokio::test]
    async fn the_world_cannot_reload() {
        let folder = Folder::new("world");
        folder.write("hook", OLD);
        let (public, _) = apps(folder.current()).unwrap();
        assert_eq!(reload(&public).await.0, 404);
    }
}
