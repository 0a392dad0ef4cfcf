//! The event is the last argument.

use axum::Router;
use axum::http::HeaderMap;
use hookgate::Endpoint;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate_axum::webhook;

async fn handler(_: harmonizely::Event, _: HeaderMap) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
