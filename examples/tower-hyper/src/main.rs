//! Webhooks in hyper and tower, without a framework.
//!
//! `hookgate_tower::WebhookLayer` wraps any tower service on `http` 1. Here it stands in front of
//! one function, behind a match on the path, on hyper's own server.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p tower-hyper
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
//! curl -i 127.0.0.1:3000/health
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{BuildError, Delivery, Endpoint, Secrets};
use hookgate_tower::WebhookLayer;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt, service_fn};

const ADDRESS: &str = "127.0.0.1:3000";

/// How long a stopping server waits for the requests that it still works on.
const GRACE: Duration = Duration::from_secs(10);

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
    let service = app(Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");

    let graceful = GracefulShutdown::new();
    let mut stopped = std::pin::pin!(stopped());
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Such as too many open files: it passes, and a tight loop would not help.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = &mut stopped => break,
        };
        let connection = http1::Builder::new()
            // Without a timer hyper waits for a request's head for ever.
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off: the provider sends them again");
    }
    Ok(())
}

/// The application, for hyper's bodies.
type App<B> = BoxCloneSyncService<Request<B>, Response<Full<Bytes>>, Infallible>;

fn app<B>(secrets: Secrets) -> Result<App<B>, BuildError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    // What comes in may be any body. What goes on is the verified one, as the type says.
    let hooks = ServiceBuilder::new()
        .layer(WebhookLayer::<Full<Bytes>>::new(endpoint))
        .service(service_fn(on_meeting));
    Ok(BoxCloneSyncService::new(service_fn(move |request: Request<B>| {
        let hooks = hooks.clone();
        async move {
            match request.uri().path() {
                // The gate decides about methods: it answers 405 to those that are not sent.
                "/hooks/harmonizely" => hooks.oneshot(request).await,
                "/health" => Ok(Response::new(Full::from("fine"))),
                _ => Ok(status(StatusCode::NOT_FOUND)),
            }
        }
    })))
}

/// Runs only for what was verified.
async fn on_meeting(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let event: Event = match hookgate::extract(request.extensions().get::<Delivery>()) {
        Ok(event) => event,
        // With the reason in the response's extensions, where the gate reads it.
        Err(error) => return Ok(error.into_http()),
    };
    tracing::info!(event = event.name(), "received");
    Ok(status(StatusCode::OK))
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
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
    use hookgate::sign::{Message, samples, sign};
    use hookgate::{Rejection, RejectionKind};

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    async fn send(request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        app(Secrets::new(SECRET)).unwrap().oneshot(request).await.unwrap()
    }

    fn get(path: &str) -> Request<Full<Bytes>> {
        Request::get(path).body(Full::default()).unwrap()
    }

    #[tokio::test]
    async fn what_was_signed_reaches_the_handler() {
        let message = samples::harmonizely("/hooks/harmonizely");
        let request = sign(&Harmonizely, SECRET, message).unwrap();
        assert_eq!(send(request.clone().into_http().unwrap()).await.status(), 200);
        let forged = send(request.with_body("{}").into_http().unwrap()).await;
        assert_eq!(forged.status(), 400);
    }

    #[tokio::test]
    async fn what_does_not_decode_is_refused_with_the_reason_in_the_extensions() {
        let request = sign(&Harmonizely, SECRET, Message::post("/hooks/harmonizely", "no JSON"));
        let response = send(request.unwrap().into_http().unwrap()).await;
        assert_eq!(response.status(), 400);
        let kind = response.extensions().get().map(Rejection::kind);
        assert_eq!(kind, Some(RejectionKind::Undecodable));
    }

    #[tokio::test]
    async fn the_other_paths_are_not_gated() {
        assert_eq!(send(get("/health")).await.status(), 200);
        assert_eq!(send(get("/nothing")).await.status(), 404);
        assert_eq!(send(get("/hooks/harmonizely")).await.status(), 405);
    }
}
