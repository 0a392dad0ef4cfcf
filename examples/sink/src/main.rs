//! Webhooks into a bounded queue: answered at once, worked on afterwards.
//!
//! `webhook_into` hands verified deliveries to a sink instead of a handler: 200 once the sink has
//! them, 503 with `Retry-After` when it cannot take them, so that the provider sends again.
//!
//! What this one promises is little, and said honestly: the queue is in memory. A delivery that
//! was answered 200 and not yet worked on is lost when the process dies; stopped in an orderly way
//! (Ctrl-C, SIGTERM), the server works on what it took. Use it for what may be lost, such as hints
//! to fetch something again. For everything else store the delivery before you answer: a sink that
//! inserts `delivery.into_content()` (it implements serde's traits) into a table takes the same
//! place.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p sink
//! ```
//!
//! In another terminal. The worker takes a second for each, and the queue holds two: of six at
//! once some are answered 200, and the others 503.
//!
//! ```sh
//! BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! for i in 1 2 3 4 5 6; do
//!     curl -sS -o /dev/null -w '%{http_code}\n' 127.0.0.1:3000/hooks/harmonizely \
//!         -H "webhook-signature: $SIGNATURE" --data-binary "$BODY"
//! done
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::ports::{Stored, Unavailable};
use hookgate::{BuildError, Content, Delivery, Endpoint, Secrets};
use hookgate_axum::webhook_into;
use tokio::sync::mpsc::{self, Receiver, Sender};

const ADDRESS: &str = "127.0.0.1:3000";

/// How many deliveries may wait. Each holds its body, so this times the endpoint's body limit is
/// the memory that the queue can take. Two, to see it full; a few hundred are usual.
const WAITING: usize = 2;

/// The largest body, in bytes: Harmonizely's have a few kilobytes.
const BODY_LIMIT: usize = 256 * 1024;

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
    let (sender, receiver) = mpsc::channel(WAITING);
    let app = app(sender, Secrets::from_env("HARMONIZELY_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    let worker = tokio::spawn(work(receiver));
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    // The server is gone, and with it the last sender: the worker ends when the queue is empty.
    tracing::info!("working on what was taken");
    worker.await?;
    Ok(())
}

fn app(sender: Sender<Content>, secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint =
        Endpoint::builder(Harmonizely).secrets(secrets).body_limit(BODY_LIMIT).build()?;
    let sink = move |delivery: Delivery| {
        // Never `send`, which would wait for room while the provider's patience runs out.
        let sent = sender.try_send(delivery.into_content());
        // Full, or the worker is gone. The cause is logged; the sender reads 503 alone. The error
        // holds the delivery, so it is turned into text.
        let stored =
            sent.map(|()| Stored::New).map_err(|error| Unavailable::new(error.to_string()));
        async move { stored }
    };
    Ok(Router::new().route("/hooks/harmonizely", webhook_into(endpoint, sink)))
}

async fn work(mut receiver: Receiver<Content>) {
    while let Some(content) = receiver.recv().await {
        // The provider was told 200 and will not send it again, so what goes wrong from here on is
        // ours: log it, or put it where somebody looks.
        match content.decode::<Event>() {
            Ok(event) => handle(event).await,
            Err(error) => tracing::error!(%error, ?content, "a delivery does not decode"),
        }
    }
}

async fn handle(event: Event) {
    // Stands for work that takes its time.
    tokio::time::sleep(Duration::from_secs(1)).await;
    tracing::info!(event = event.name(), "done");
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
    use axum::response::Response;
    use hookgate::sign::{samples, sign};
    use hookgate::{Rejection, RejectionKind};
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the webhook";

    fn queue() -> (Router, Receiver<Content>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (app(sender, Secrets::new(SECRET)).unwrap(), receiver)
    }

    async fn deliver(app: &Router, secret: &str) -> Response {
        let message = samples::harmonizely("/hooks/harmonizely");
        let request = sign(&Harmonizely, secret, message).unwrap().into_http::<Body>().unwrap();
        app.clone().oneshot(request).await.unwrap()
    }

    fn assert_to_be_tried_again(response: &Response) {
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        let kind = response.extensions().get().map(Rejection::kind);
        assert_eq!(kind, Some(RejectionKind::SinkUnavailable));
    }

    #[tokio::test]
    async fn what_was_taken_is_there_for_the_worker() {
        let (app, mut receiver) = queue();
        assert_eq!(deliver(&app, SECRET).await.status(), 200);
        let content = receiver.try_recv().unwrap();
        let event = content.decode().unwrap();
        assert!(matches!(event, Event::MeetingScheduled(_)), "{event:?}");
    }

    #[tokio::test]
    async fn what_is_not_authentic_takes_no_room() {
        let (app, mut receiver) = queue();
        assert_eq!(deliver(&app, "another secret").await.status(), 400);
        assert!(receiver.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_full_queue_is_answered_503_until_there_is_room() {
        let (app, mut receiver) = queue();
        for _ in 0..WAITING {
            assert_eq!(deliver(&app, SECRET).await.status(), 200);
        }
        assert_to_be_tried_again(&deliver(&app, SECRET).await);
        receiver.try_recv().unwrap();
        assert_eq!(deliver(&app, SECRET).await.status(), 200);
    }

    #[tokio::test]
    async fn without_a_worker_nothing_is_taken() {
        let (app, receiver) = queue();
        drop(receiver);
        assert_to_be_tried_again(&deliver(&app, SECRET).await);
    }
}
