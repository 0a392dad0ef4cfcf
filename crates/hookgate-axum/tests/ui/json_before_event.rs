//! The body is gone by the time of the handler.

use axum::{Json, Router};
use hookgate::Endpoint;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate_axum::webhook;
use serde_json::Value;

async fn handler(_: Json<Value>, _: harmonizely::Event) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
