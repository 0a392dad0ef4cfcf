//! An axum server on 127.0.0.1:3000 that receives webhooks of all five providers.
//!
//! ```sh
//! cargo run -p quickstart
//! ```
//!
//! It prints two `curl` commands for each provider: one with a valid signature (200), and one that
//! is signed with another secret (400). What arrives is shown with its typed event.

use std::error::Error;
use std::fmt::Debug;

use axum::Router;
use axum::http::StatusCode;
use hookgate::ace::{self, Ace, Trigger};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::{self, IOffice};
use hookgate::mobile_assistant::{self, MobileAssistant};
use hookgate::screenmeet::{self, ScreenMeet};
use hookgate::sign::{Message, SignError, samples, sign};
use hookgate::{Batch, BuildError, Endpoint, Provider};
use hookgate_axum::{webhook, webhook_tree};
use tower_http::trace::TraceLayer;

/// For the demonstration only: a server of yours reads its secrets from the environment, with
/// `Secrets::from_env`.
const SECRET: &str = "demo-secret-of-the-quickstart";

const ADDRESS: &str = "127.0.0.1:3000";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_target(false).init();
    let listener = tokio::net::TcpListener::bind(ADDRESS)
        .await
        .map_err(|error| format!("cannot listen on {ADDRESS}: {error}"))?;
    println!("{}", commands(&format!("http://{ADDRESS}"))?);
    println!("Listening on {ADDRESS}. Paste a line into another terminal; Ctrl-C ends.");
    axum::serve(listener, app()?).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app() -> Result<Router, BuildError> {
    let ace = Endpoint::builder(Ace::trigger(Trigger::Booked)).secret(SECRET).build()?;
    let harmonizely = Endpoint::builder(Harmonizely).secret(SECRET).build()?;
    let screenmeet = Endpoint::builder(ScreenMeet::new()).secret(SECRET).build()?;
    let assistant = Endpoint::builder(MobileAssistant::new()).secret(SECRET).build()?;
    let ioffice = Endpoint::builder(IOffice::at("/hooks/ioffice")).secret(SECRET).build()?;

    Ok(Router::new()
        .route("/hooks/ace", webhook(ace, on_ace))
        .route("/hooks/harmonizely", webhook(harmonizely, on_harmonizely))
        .route("/hooks/screenmeet", webhook(screenmeet, on_screenmeet))
        .route("/hooks/mobile-assistant", webhook(assistant, on_mobile_assistant))
        // iOFFICE writes its event into the path, so everything under the path comes here.
        .merge(webhook_tree("/hooks/ioffice", ioffice, on_ioffice))
        // Layers of the whole server go outside the gates.
        .layer(TraceLayer::new_for_http()))
}

async fn on_ace(event: ace::Event) -> StatusCode {
    show("ACE Meetings", &event)
}

async fn on_harmonizely(event: harmonizely::Event) -> StatusCode {
    show("Harmonizely", &event)
}

async fn on_screenmeet(Batch(events): Batch<screenmeet::Event>) -> StatusCode {
    show("ScreenMeet", &events)
}

async fn on_mobile_assistant(event: mobile_assistant::Event) -> StatusCode {
    show("Mobile Assistant", &event)
}

async fn on_ioffice(event: ioffice::Event) -> StatusCode {
    show("iOFFICE", &event)
}

fn show(provider: &str, event: &impl Debug) -> StatusCode {
    println!("\n{provider} delivered, verified: {event:#?}");
    StatusCode::OK
}

/// The commands to paste: for each provider a delivery that is accepted, and one that is not.
fn commands(origin: &str) -> Result<String, SignError> {
    let mut lines = Vec::new();
    let mut add = |name: &str, provider: &dyn Provider, message: Message| {
        let accepted = sign(provider, SECRET, message.clone())?.to_curl(origin);
        let refused = sign(provider, "not the secret", message)?.to_curl(origin);
        lines.push(format!(
            "# {name}: accepted\n{accepted}\n# {name}, signed with another secret: refused\n{refused}\n"
        ));
        Ok(())
    };
    add("ACE Meetings", &Ace::any(), samples::ace("/hooks/ace"))?;
    add("Harmonizely", &Harmonizely, samples::harmonizely("/hooks/harmonizely"))?;
    add("ScreenMeet", &ScreenMeet::new(), samples::screenmeet("/hooks/screenmeet"))?;
    let message = samples::mobile_assistant("/hooks/mobile-assistant");
    add("Mobile Assistant", &MobileAssistant::new(), message)?;
    let ioffice = IOffice::at("/hooks/ioffice");
    add("iOFFICE", &ioffice, samples::ioffice("/hooks/ioffice"))?;
    Ok(lines.join("\n"))
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
    use super::*;

    #[test]
    fn there_are_two_commands_for_each_provider() {
        let commands = commands("http://127.0.0.1:3000").unwrap();
        assert_eq!(commands.lines().filter(|line| line.starts_with("curl ")).count(), 10);
        assert!(commands.lines().all(|line| {
            line.is_empty() || line.starts_with("curl ") || line.starts_with("# ")
        }));
    }

    /// Runs the printed commands in a shell, against the real server on a port of its own.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_commands_give_200_and_400() {
        if std::process::Command::new("curl").arg("--version").output().is_err() {
            println!("skipped: curl is not installed");
            return;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = app().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let commands = commands(&origin).unwrap();
        let commands: Vec<_> = commands.lines().filter(|line| line.starts_with("curl ")).collect();
        for (number, command) in commands.into_iter().enumerate() {
            let output = std::process::Command::new("sh").args(["-c", command]).output().unwrap();
            let answer = String::from_utf8_lossy(&output.stdout);
            let want = if number % 2 == 0 { "HTTP/1.1 200" } else { "HTTP/1.1 400" };
            assert!(answer.starts_with(want), "{command}\n{answer}");
        }
        server.abort();
    }
}
