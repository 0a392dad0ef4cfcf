//! The body is gone by the time of the handler.

use axum::Router;
use axum::body::Bytes;
use hookgate::Endpoint;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate_axum::webhook;

async fn handler(_: Bytes, _: harmonizely::Event) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
