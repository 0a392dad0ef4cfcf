//! A handler that takes no event.

use axum::Router;
use axum::http::HeaderMap;
use hookgate::Endpoint;
use hookgate::harmonizely::Harmonizely;
use hookgate_axum::webhook;

async fn handler(_: HeaderMap) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
