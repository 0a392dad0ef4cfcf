//! Stripe's webhooks as the types of async-stripe, which are generated from Stripe's own API
//! description.
//!
//! Here everything that decides is signed: the event's name and its id stand in the body, and the
//! time of sending is part of the signed text. async-stripe also verifies signatures, which is not
//! needed behind the gate: it would want the body as text, in memory, and parses what it verifies.
//!
//! ```sh
//! STRIPE_SECRET='whsec_…' cargo run -p stripe-events
//! ```
//!
//! Take the secret of the endpoint as a whole, `whsec_` included. In another terminal, a delivery
//! that is signed as Stripe signs (200):
//!
//! ```sh
//! BODY='{"id":"evt_1","object":"event","api_version":null,"created":1700000000,"livemode":false,
//!     "pending_webhooks":1,"request":null,"type":"comet.seen","data":{"object":{}}}'
//! TIME=$(date +%s)
//! SIGNATURE=$(printf %s "$TIME.$BODY" |
//!     openssl dgst -sha256 -hmac "$STRIPE_SECRET" | sed 's/.* //')
//! curl -i 127.0.0.1:3000/hooks/stripe -H "stripe-signature: t=$TIME,v1=$SIGNATURE" \
//!     --data-binary "$BODY"
//! ```
//!
//! Real ones come with `stripe listen --forward-to 127.0.0.1:3000/hooks/stripe`, which prints the
//! secret. Set the endpoint to the version of the API that async-stripe was generated from.
//!
//! async-stripe has every object of Stripe's: its first build takes minutes and 2 GB of memory.

use std::error::Error;
use std::process::ExitCode;

use actix_web::middleware::Logger;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use hookgate::catalogue::{Listed, STRIPE};
use hookgate::{BuildError, Content, DecodeError, Delivery, Endpoint, FromContent, Secrets};
use hookgate_actix::{Webhook, webhook};
use serde::Deserialize;
use stripe_webhook::{EventObject, EventType};

const ADDRESS: &str = "127.0.0.1:3000";

/// An event of Stripe.
#[derive(Debug)]
enum Event {
    /// One that async-stripe has the type of.
    Known(Box<stripe_webhook::Event>),
    /// One that Stripe added since: refused, it would come again for three days.
    Unknown(String),
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some("stripe");

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Envelope {
            r#type: EventType,
        }

        let envelope: Envelope = hookgate::json_object(&content.body)?;
        if let EventType::Unknown(name) = envelope.r#type {
            return Ok(Self::Unknown(name));
        }
        // Not serde_json's own error, which quotes the payload.
        hookgate::json(&content.body).map(|event| Self::Known(Box::new(event)))
    }
}

#[actix_web::main]
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
    // Also reads STRIPE_SECRET_PREVIOUS, where it is set: both are accepted during a rotation.
    let endpoint = endpoint(Secrets::from_env("STRIPE_SECRET")?)?;
    let server = HttpServer::new(move || {
        let endpoint = endpoint.clone();
        App::new().wrap(Logger::default()).configure(|config| app(config, endpoint))
    });
    let server = server.bind(ADDRESS)?;
    tracing::info!("listening on {ADDRESS}");
    server.run().await?;
    Ok(())
}

fn endpoint(secrets: Secrets) -> Result<Endpoint<Listed<Event>>, BuildError> {
    Endpoint::builder(STRIPE.events::<Event>()).secrets(secrets).build()
}

fn app(config: &mut ServiceConfig, endpoint: Endpoint<Listed<Event>>) {
    config.service(web::resource("/hooks/stripe").route(webhook(endpoint, on_event)));
}

async fn on_event(Webhook(delivery): Webhook<Delivery>, event: Event) -> HttpResponse {
    // The same for each attempt to deliver one event. Put it into a column that is unique, in the
    // transaction that does the work, and nothing is done twice.
    let key = delivery.dedupe_key().map(|key| key.to_string());
    let event = match event {
        Event::Known(event) => event,
        // To be sent an event again would not make us know it.
        Event::Unknown(name) => {
            tracing::warn!(key, name, "not known");
            return HttpResponse::Ok().finish();
        }
    };
    match event.data.object {
        EventObject::PaymentIntentSucceeded(intent) => {
            tracing::info!(key, intent = %intent.id, amount = intent.amount_received, "paid");
        }
        EventObject::PayoutPaid(payout) => {
            tracing::info!(key, payout = %payout.id, amount = payout.amount, "paid out");
        }
        _ => tracing::warn!(key, name = event.type_.as_str(), "not handled"),
    }
    HttpResponse::Ok().finish()
}

#[cfg(test)]
mod tests;
