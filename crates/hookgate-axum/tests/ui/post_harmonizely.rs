//! A bare event is no extractor: without the gate it does not compile.

use axum::Router;
use axum::routing::post;
use hookgate::harmonizely;

async fn handler(_: harmonizely::Event) {}

fn main() {
    let _: Router = Router::new().route("/hooks", post(handler));
}
