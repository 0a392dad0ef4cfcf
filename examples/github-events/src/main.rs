//! GitHub's webhooks as the types of octocrab, an API client that has them all.
//!
//! GitHub says what a delivery is in a header, `X-GitHub-Event`, and signs the body alone. Whoever
//! holds one genuine delivery can send it again under another name, and as a `ping`, for one, any
//! body decodes. So the name is believed only where the signed body shows the same: see `Event`.
//!
//! ```sh
//! GITHUB_SECRET='the secret of the webhook' cargo run -p github-events
//! ```
//!
//! In another terminal, a delivery that is signed as GitHub signs (200), then the same under the
//! name of another event (400):
//!
//! ```sh
//! BODY='{"zen":"Design for failure.","hook_id":1}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' | sed 's/.* //')
//! curl -i 127.0.0.1:3000/hooks/github -H "x-hub-signature-256: sha256=$SIGNATURE" \
//!     -H 'x-github-event: ping' --data-binary "$BODY"
//! curl -i 127.0.0.1:3000/hooks/github -H "x-hub-signature-256: sha256=$SIGNATURE" \
//!     -H 'x-github-event: star' --data-binary "$BODY"
//! ```
//!
//! Set the webhook's content type to `application/json`: a form has its JSON in a field, which this
//! example does not look into.

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::http::StatusCode;
use hookgate::catalogue::GITHUB;
use hookgate::{BuildError, Content, DecodeError, Delivery, Endpoint, FromContent, Secrets};
use hookgate_axum::{Webhook, webhook};
use octocrab::models::webhook_events::{WebhookEvent, WebhookEventPayload, WebhookEventType};
use serde::Deserialize;
use serde::de::IgnoredAny;

const ADDRESS: &str = "127.0.0.1:3000";

/// An event of GitHub, of the kind that both its header and its body say.
#[derive(Debug)]
struct Event(WebhookEvent);

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some("github");

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        // Not in `content.signed`: the name is the word of whoever sent the request.
        let claimed = content.unsigned.event.as_deref();
        let claimed = claimed.ok_or(DecodeError::new("there is no x-github-event"))?;
        let keys: Keys = hookgate::json_object(&content.body)?;
        // The library's error would quote the payload.
        let event = WebhookEvent::try_from_header_and_body(claimed, &content.body)
            .map_err(|_| DecodeError::new("the body is not what x-github-event says"))?;
        if keys.deny(&event.kind) {
            return Err(DecodeError::new("the signed body is of another event"));
        }
        Ok(Self(event))
    }
}

/// Keys of the body that tell the kinds of payload apart on which this server acts, and these from
/// all others: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>, 2026-11-25.
#[derive(Deserialize)]
struct Keys {
    zen: Option<IgnoredAny>,
    pusher: Option<IgnoredAny>,
    issue: Option<IgnoredAny>,
    comment: Option<IgnoredAny>,
}

impl Keys {
    /// What the body shows that it is.
    fn kind(&self) -> Option<WebhookEventType> {
        let Self { zen, pusher, issue, comment } = self;
        let here = [zen, pusher, issue, comment].map(|key| key.is_some());
        match here {
            [true, false, false, false] => Some(WebhookEventType::Ping),
            [false, true, false, false] => Some(WebhookEventType::Push),
            [false, false, true, false] => Some(WebhookEventType::Issues),
            [false, false, true, true] => Some(WebhookEventType::IssueComment),
            _ => None,
        }
    }

    /// Whether the body is of another kind than the header says. A kind on which nothing depends
    /// need not be shown.
    fn deny(&self, claimed: &WebhookEventType) -> bool {
        use WebhookEventType::{IssueComment, Issues, Ping, Push};
        let depends = matches!(claimed, Ping | Push | Issues | IssueComment);
        let shown = self.kind();
        (shown.is_some() || depends) && shown.as_ref() != Some(claimed)
    }
}

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
    let app = app(Secrets::from_env("GITHUB_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(secrets: Secrets) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(GITHUB.events::<Event>()).secrets(secrets).build()?;
    Ok(Router::new().route("/hooks/github", webhook(endpoint, on_event)))
}

async fn on_event(Webhook(delivery): Webhook<Delivery>, Event(event): Event) -> StatusCode {
    // For the log and for GitHub's "Recent Deliveries", not to tell repeats by: it is in a header
    // too, and `signed` is false.
    let id = delivery.id().filter(|id| !id.signed).map(|id| id.text.into_owned());
    let repository = event.repository.and_then(|repository| repository.full_name);
    match event.specific {
        WebhookEventPayload::Ping(ping) => tracing::info!(id, zen = ping.zen, "they reach us"),
        WebhookEventPayload::Push(push) => {
            let (branch, commits) = (push.r#ref, push.commits.len());
            tracing::info!(id, repository, branch, commits, "pushed");
        }
        WebhookEventPayload::Issues(event) => {
            tracing::info!(id, repository, issue = event.issue.number, "{:?}", event.action);
        }
        WebhookEventPayload::IssueComment(event) => {
            tracing::info!(id, repository, issue = event.issue.number, "commented");
        }
        // Its kind is the header's word alone. Before acting on one, add to `Keys` what shows it.
        _ => tracing::warn!(id, kind = ?event.kind, "not handled"),
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
mod tests;
