//! A bare event is no extractor: without the gate it does not compile.

use axum::Router;
use axum::routing::post;
use hookgate::ioffice;

async fn handler(_: ioffice::Event) {}

fn main() {
    let _: Router = Router::new().route("/hooks", post(handler));
}
