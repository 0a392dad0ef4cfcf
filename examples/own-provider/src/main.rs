//! A provider that hookgate does not know: its scheme, its events and its habits, in one file.
//!
//! Acme is invented. Where its page is cited, cite your provider's: its address, and the day on
//! which you read it. What the page does not say, leave out; no default accepts anything.
//!
//! ```sh
//! ACME_SECRET='the secret of the page' cargo run -p own-provider
//! ```
//!
//! In another terminal, a delivery that is signed as Acme signs (200):
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
//! Sent once more after five minutes, the same line is refused (401, as Acme's page asks).

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::{
    Content, DecodeError, Dedupe, Delivery, Endpoint, FromContent, Habits, Provider, Secrets,
    Sends, UnknownEvents,
};
use hookgate_axum::{Webhook, webhook};
use serde::Deserialize;

const ADDRESS: &str = "127.0.0.1:3000";

/// In deliveries, logs and stores. Never change it once there is a store.
const ID: &str = "acme";

/// <https://docs.acme.example/webhooks#signatures>, read on 2026-11-22:
/// `x-acme-signature: t=1700000000,v1=<hex>`, HMAC-SHA256 over the time, a point and the body.
/// During a rotation there are two values `v1`.
const SCHEME: Scheme<'static> = Scheme::hmac_sha256("x-acme-signature")
    .list(",", "=", "v1")
    .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
    .signed("{ts}.{body}")
    // "Refuse what is older than five minutes."
    .tolerance(300)
    .event_name(Place::Json("/type"))
    .delivery_id(Place::Json("/id"));

const PAID: &str = "order.paid";
const REFUNDED: &str = "order.refunded";

#[derive(Clone, Copy, Debug)]
struct Acme;

impl Provider for Acme {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// <https://docs.acme.example/webhooks#responses>, read on 2026-11-22.
    fn habits(&self) -> Habits {
        Habits::new()
            // "New event types are added without notice; answer 200 to those you do not know."
            .unknown_events(UnknownEvents::Acknowledge)
            // "Answer 401 when the signature is wrong."
            .rejection_status(401)
            // "Answer within ten seconds."
            .acknowledge_within(Duration::from_secs(10))
            // "The id is the same for all attempts." It stands in the body, so it is signed.
            .dedupe(Dedupe::SignedId)
    }

    /// What is not in here is acknowledged and does not reach the handler.
    fn known_events(&self) -> &[&str] {
        &[PAID, REFUNDED]
    }
}

impl Sends for Acme {
    type Event = Event;
}

/// What Acme sends. Its names are those of `known_events`.
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

impl FromContent for Event {
    /// Behind another provider's gate this type answers 500 instead of guessing.
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        // Not serde_json's own error, which quotes the payload.
        hookgate::json(&content.body)
    }
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
    let endpoint = Endpoint::builder(Acme).secrets(Secrets::from_env("ACME_SECRET")?).build()?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app(endpoint)).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(endpoint: Endpoint<Acme>) -> Router {
    Router::new().route("/hooks/acme", webhook(endpoint, on_order))
}

async fn on_order(Webhook(delivery): Webhook<Delivery>, event: Event) -> StatusCode {
    // The same for each attempt to deliver one event. Put it into a column that is unique, in the
    // transaction that does the work, and nothing is done twice.
    let key = delivery.dedupe_key().map(|key| key.to_string());
    match event {
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
    use hookgate::UnixTime;
    use hookgate::sign::{Message, sign};
    use hookgate::testing::{self, NOW, TestError};
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "the secret of the page";
    const BODY: &str = r#"{"id":"evt_1","type":"order.paid","data":{"order":"A-1","cents":1250}}"#;

    fn message(body: &'static str) -> Message {
        Message::post("/hooks/acme", body).at(NOW)
    }

    async fn status(now: UnixTime, request: Request<Body>) -> u16 {
        let endpoint = Endpoint::builder(Acme).secret(SECRET).clock(move || now).build().unwrap();
        app(endpoint).oneshot(request).await.unwrap().status().as_u16()
    }

    /// Made by openssl and not by hookgate, with the line at the top of this file; of your provider
    /// take the example of its page. What signs and verifies with the same code agrees with itself.
    #[tokio::test]
    async fn the_scheme_is_the_providers() {
        let signature = "55bb8a69127190006e5b9a56df37922e7de75efbd1a4926a2987ee9ff4ddee98";
        let request = |signature: &str| {
            Request::post("/hooks/acme")
                .header("x-acme-signature", format!("t=1700000000,v1={signature}"))
                .body(Body::from(BODY))
                .unwrap()
        };
        assert_eq!(status(NOW, request(signature)).await, 200);
        assert_eq!(status(NOW, request(&signature.replace('5', "6"))).await, 401);
    }

    #[tokio::test]
    async fn a_delivery_is_good_for_five_minutes() {
        let request = || sign(&Acme, SECRET, message(BODY)).unwrap().into_http().unwrap();
        for (seconds, want) in [(-301, 401), (-300, 200), (300, 200), (301, 401)] {
            let now = UnixTime::from_secs(NOW.as_secs() + seconds);
            assert_eq!(status(now, request()).await, want, "{seconds}");
        }
    }

    #[test]
    fn each_event_decodes() {
        let order = || Order { order: "A-1".into(), cents: 1250 };
        // With a field that the page did not have when this was written.
        let refunded = r#"{"id":"evt_2","type":"order.refunded","live":true,
            "data":{"order":"A-1","cents":1250,"reason":"broken"}}"#;
        // An error where one of `known_events` is missing.
        let events = testing::every_event(Acme, [BODY, refunded].map(message)).unwrap();
        assert_eq!(events, [Event::OrderPaid(order()), Event::OrderRefunded(order())]);

        let body = r#"{"id":"evt_3","type":"order.paid","data":{"order":"A-1"}}"#;
        let error = testing::event(Acme, message(body)).unwrap_err();
        assert!(matches!(error, TestError::Event(_)), "{error}");
    }

    #[test]
    fn an_event_that_is_not_known_is_acknowledged_without_the_handler() {
        let body = r#"{"id":"evt_4","type":"order.packed","data":{}}"#;
        match testing::event(Acme, message(body)) {
            Err(TestError::Replied(reply)) => assert_eq!(reply.status(), 200),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_attempts_to_deliver_one_event_have_one_key() {
        let later = UnixTime::from_secs(NOW.as_secs() + 60);
        let first = testing::deliver(Acme, message(BODY)).unwrap();
        let second = testing::deliver(Acme, message(BODY).at(later)).unwrap();
        assert!(first.dedupe_key().is_some());
        assert_eq!(first.dedupe_key(), second.dedupe_key());
    }
}
