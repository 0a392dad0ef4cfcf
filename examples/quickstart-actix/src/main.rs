//! An actix-web server on 127.0.0.1:3000 that receives webhooks of all five providers.
//!
//! ```sh
//! cargo run -p quickstart-actix
//! ```
//!
//! It prints two `curl` commands for each provider: one with a valid signature (200), and one that
//! is signed with another secret (400). What arrives is shown with its typed event.

use std::error::Error;
use std::fmt::Debug;

use actix_web::middleware::Logger;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer, web};
use hookgate::ace::{self, Ace, Trigger};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::ioffice::{self, IOffice};
use hookgate::mobile_assistant::{self, MobileAssistant};
use hookgate::screenmeet::{self, ScreenMeet};
use hookgate::sign::{Message, SignError, samples, sign};
use hookgate::{Batch, BuildError, Endpoint, Provider};
use hookgate_actix::{webhook, webhook_tree};

/// For the demonstration only: a server of yours reads its secrets from the environment, with
/// `Secrets::from_env`.
const SECRET: &str = "demo-secret-of-the-quickstart";

const ADDRESS: &str = "127.0.0.1:3000";

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_target(false).init();
    let endpoints = Endpoints::new()?;
    let server = HttpServer::new(move || {
        let endpoints = endpoints.clone();
        App::new().wrap(Logger::default()).configure(|app| endpoints.mount(app))
    })
    .bind(ADDRESS)
    .map_err(|error| format!("cannot listen on {ADDRESS}: {error}"))?;
    println!("{}", commands(&format!("http://{ADDRESS}"))?);
    println!("Listening on {ADDRESS}. Paste a line into another terminal; Ctrl-C ends.");
    server.run().await?;
    Ok(())
}

/// Built once and shared by all workers: clones share the secrets and the bytes in flight.
#[derive(Clone)]
struct Endpoints {
    ace: Endpoint<Ace>,
    harmonizely: Endpoint<Harmonizely>,
    screenmeet: Endpoint<ScreenMeet>,
    mobile_assistant: Endpoint<MobileAssistant>,
    ioffice: Endpoint<IOffice>,
}

impl Endpoints {
    fn new() -> Result<Self, BuildError> {
        Ok(Self {
            ace: Endpoint::builder(Ace::trigger(Trigger::Booked)).secret(SECRET).build()?,
            harmonizely: Endpoint::builder(Harmonizely).secret(SECRET).build()?,
            screenmeet: Endpoint::builder(ScreenMeet::new()).secret(SECRET).build()?,
            mobile_assistant: Endpoint::builder(MobileAssistant::new()).secret(SECRET).build()?,
            ioffice: Endpoint::builder(IOffice::at("/hooks/ioffice")).secret(SECRET).build()?,
        })
    }

    fn mount(self, app: &mut ServiceConfig) {
        app.service(web::resource("/hooks/ace").route(webhook(self.ace, on_ace)))
            .service(
                web::resource("/hooks/harmonizely")
                    .route(webhook(self.harmonizely, on_harmonizely)),
            )
            .service(
                web::resource("/hooks/screenmeet").route(webhook(self.screenmeet, on_screenmeet)),
            )
            .service(
                web::resource("/hooks/mobile-assistant")
                    .route(webhook(self.mobile_assistant, on_mobile_assistant)),
            )
            // iOFFICE writes its event into the path, so everything under the path comes here.
            .service(webhook_tree("/hooks/ioffice", self.ioffice, on_ioffice));
    }
}

async fn on_ace(event: ace::Event) -> HttpResponse {
    show("ACE Meetings", &event)
}

async fn on_harmonizely(event: harmonizely::Event) -> HttpResponse {
    show("Harmonizely", &event)
}

async fn on_screenmeet(Batch(events): Batch<screenmeet::Event>) -> HttpResponse {
    show("ScreenMeet", &events)
}

async fn on_mobile_assistant(event: mobile_assistant::Event) -> HttpResponse {
    show("Mobile Assistant", &event)
}

async fn on_ioffice(event: ioffice::Event) -> HttpResponse {
    show("iOFFICE", &event)
}

fn show(provider: &str, event: &impl Debug) -> HttpResponse {
    println!("\n{provider} delivered, verified: {event:#?}");
    HttpResponse::Ok().finish()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the printed commands in a shell, against the real server on a port of its own.
    #[actix_web::test]
    async fn the_commands_give_200_and_400() {
        if std::process::Command::new("curl").arg("--version").output().is_err() {
            println!("skipped: curl is not installed");
            return;
        }
        let endpoints = Endpoints::new().unwrap();
        let server = HttpServer::new(move || {
            let endpoints = endpoints.clone();
            App::new().configure(|app| endpoints.mount(app))
        })
        .workers(1)
        .bind("127.0.0.1:0")
        .unwrap();
        let origin = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);

        let commands = commands(&origin).unwrap();
        let commands: Vec<_> = commands.lines().filter(|line| line.starts_with("curl ")).collect();
        assert_eq!(commands.len(), 10);
        for (number, command) in commands.into_iter().enumerate() {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", command]);
            let output = actix_web::rt::task::spawn_blocking(move || shell.output());
            let output = output.await.unwrap().unwrap();
            let answer = String::from_utf8_lossy(&output.stdout);
            let want = if number % 2 == 0 { "HTTP/1.1 200" } else { "HTTP/1.1 400" };
            assert!(answer.starts_with(want), "{command}\n{answer}");
        }
        handle.stop(false).await;
    }
}
