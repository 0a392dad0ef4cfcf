//! A provider that hookgate does not know, described by a file: what `own-provider` says in Rust
//! stands in `acme.toml`, and can be changed without a new build.
//!
//! Acme is invented. The file is read once, at start. One that is wrong stops the server there,
//! with the line, the column, the field and what would be right. It holds no secret.
//!
//! ```sh
//! ACME_SECRET='the secret of the page' \
//!     cargo run -p own-scheme-file -- examples/own-scheme-file/acme.toml
//! ```
//!
//! In another terminal, a delivery that is signed as the file says (200):
//!
//! ```sh
//! BODY='{"id":"evt_1","type":"order.paid","data":{"order":"A-1","cents":1250}}'
//! TIME=$(date +%s)
//! SIGNATURE=$(printf %s "$TIME.$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the page' | sed 's/.* //')
//! curl -i 127.0.0.1:3000/hooks/acme -H "x-acme-signature: t=$TIME,v1=$SIGNATURE" \
//!     --data-binary "$BODY"
//! ```
//!
//! And a mistake in the file:
//!
//! ```sh
//! sed 's/hmac-sha256/hmac-sha265/' examples/own-scheme-file/acme.toml >/tmp/broken.toml
//! ACME_SECRET='the secret of the page' cargo run -p own-scheme-file -- /tmp/broken.toml
//! ```
//!
//! ```text
//! the server cannot run error=line 9, column 13, in scheme.algorithm: this has to be `hmac-sha1`,
//! `hmac-sha256`, […]; did you mean `hmac-sha256`?
//! ```
//!
//! On actix-web the endpoint is the same, and the route is
//! `web::resource("/hooks/acme").route(hookgate_actix::webhook(endpoint.clone(), on_order))`.

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::http::StatusCode;
use hookgate::spec::{Described, SpecError};
use hookgate::{Delivery, Endpoint, JsonEvent, Secrets};
use hookgate_axum::{Webhook, webhook};
use serde::Deserialize;

const ADDRESS: &str = "127.0.0.1:3000";

/// What the file describes, with the event that the handler takes. Were the body unsigned, `build`
/// would ask for `.sender_only()` here, and the handler for `SenderOnly<JsonEvent<Event>>`.
type Acme = Described<JsonEvent<Event>>;

/// What Acme sends. Its names are those of `known_events` in the file.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "type", content = "data")]
enum Event {
    #[serde(rename = "order.paid")]
    OrderPaid(Order),
    #[serde(rename = "order.refunded")]
    OrderRefunded(Order),
}

/// Further fields are passed over: providers add some without notice.
#[derive(Debug, Deserialize, PartialEq)]
struct Order {
    order: String,
    cents: u64,
}

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
    let file = std::env::args().nth(1).ok_or("name the file that describes the provider")?;
    let acme = read(&std::fs::read_to_string(file)?)?;
    let endpoint = Endpoint::builder(acme).secrets(Secrets::from_env("ACME_SECRET")?).build()?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app(endpoint)).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

/// A configuration that holds more than this can have a field of type `Described`. Its errors are
/// then those of its own format, and `build` compiles the scheme.
fn read(text: &str) -> Result<Acme, SpecError> {
    Ok(Described::from_toml(text)?.json())
}

fn app(endpoint: Endpoint<Acme>) -> Router {
    Router::new().route("/hooks/acme", webhook(endpoint, on_order))
}

async fn on_order(Webhook(delivery): Webhook<Delivery>, event: JsonEvent<Event>) -> StatusCode {
    // The same for each attempt to deliver one event. Put it into a column that is unique, in the
    // transaction that does the work, and nothing is done twice.
    let key = delivery.dedupe_key().map(|key| key.to_string());
    match event.0 {
        Event::OrderPaid(order) => {
            tracing::info!(key, order = order.order, cents = order.cents, "paid");
        }
        Event::OrderRefunded(order) => {
            tracing::info!(key, order = order.order, cents = order.cents, "refunded");
        }
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
    use hookgate::scheme::{Place, Scheme, TimeUnit};
    use hookgate::sign::Message;
    use hookgate::testing::{self, NOW};
    use tower::ServiceExt;

    use super::*;

    const FILE: &str = include_str!("../acme.toml");
    const SECRET: &str = "the secret of the page";
    const BODY: &str = r#"{"id":"evt_1","type":"order.paid","data":{"order":"A-1","cents":1250}}"#;

    /// The same scheme as a constant.
    const SCHEME: Scheme<'static> = Scheme::hmac_sha256("x-acme-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .tolerance(300)
        .event_name(Place::Json("/type"))
        .delivery_id(Place::Json("/id"));

    #[test]
    fn the_file_says_what_the_constant_says() {
        assert_eq!(read(FILE).unwrap().spec().as_scheme(), SCHEME);
    }

    /// Made by openssl and not by hookgate, with the line at the top of this file.
    #[tokio::test]
    async fn the_scheme_is_the_providers() {
        let signature = "55bb8a69127190006e5b9a56df37922e7de75efbd1a4926a2987ee9ff4ddee98";
        for (signature, want) in [(signature.to_owned(), 200), (signature.replace('5', "6"), 401)] {
            let request = Request::post("/hooks/acme")
                .header("x-acme-signature", format!("t=1700000000,v1={signature}"))
                .body(Body::from(BODY))
                .unwrap();
            let endpoint = Endpoint::builder(read(FILE).unwrap())
                .secret(SECRET)
                .clock(|| NOW)
                .build()
                .unwrap();
            assert_eq!(app(endpoint).oneshot(request).await.unwrap().status(), want);
        }
    }

    #[test]
    fn each_event_decodes() {
        let order = || Order { order: "A-1".into(), cents: 1250 };
        let refunded =
            r#"{"id":"evt_2","type":"order.refunded","data":{"order":"A-1","cents":1250}}"#;
        let samples = [BODY, refunded].map(|body| Message::post("/hooks/acme", body).at(NOW));
        // An error where one of `known_events` is missing.
        let events = testing::every_event(read(FILE).unwrap(), samples).unwrap();
        let want = [Event::OrderPaid(order()), Event::OrderRefunded(order())];
        assert_eq!(events, want.map(JsonEvent));
    }

    /// What whoever edits the file reads when it is wrong.
    #[test]
    fn a_mistake_is_named_with_its_line_and_its_field() {
        let lists = "`header`, `repeated_header`, `numbered_headers`, `signature_field`, `query`, \
                     `form`, `json`, `claim` or `extracted`";
        for (right, wrong, want) in [
            (
                "{ header =",
                "{ heder =",
                format!(
                    "line 7, column 15, in scheme.signature.heder: there is no such field, only \
                     {lists}; did you mean `header`?"
                ),
            ),
            (
                r#"pair = "=""#,
                r#"pair = """#,
                "line 8, column 42, in scheme.framing.list.pair: the separator of name and value \
                 is empty"
                    .into(),
            ),
            (
                "{ts}.{body}",
                "{ts}.{id}{body}",
                "line 11, column 10, in scheme.signed: the template has {id} and {body} side by \
                 side, so that one request can be cut into another: a literal has to stand between"
                    .into(),
            ),
            (
                "= 401",
                "= 200",
                "line 20, column 20, in habits.rejection_status: the status for wrong signatures \
                 has to be 400 to 499, not 200"
                    .into(),
            ),
            (
                "[habits]",
                "secret = \"the secret of the page\"",
                "line 18, column 1, in scheme.secret: this looks like a secret; a secret does not \
                 belong in a table: give it to the endpoint, with \
                 `.secrets(Secrets::from_env(..)?)` or `Secrets::from_file(..)`"
                    .into(),
            ),
        ] {
            let error = read(&FILE.replace(right, wrong)).unwrap_err();
            assert_eq!(error.to_string(), want);
        }
    }

    /// A file that names a weaker scheme than the handler was written for is no way around it.
    #[test]
    fn a_weak_scheme_is_not_taken_for_a_strong_one() {
        let weak = "id = \"acme\"\n[scheme]\nsignature = { header = \"x-token\" }\n\
                    algorithm = \"token\"\nencoding = \"text\"\nsigned = \"\"\nbody_unsigned = true\n";
        let error = Endpoint::builder(read(weak).unwrap()).secret(SECRET).build().unwrap_err();
        assert!(error.to_string().contains("say `.sender_only()`"), "{error}");
    }
}
