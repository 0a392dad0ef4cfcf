//! A bare event is no extractor: without the gate it does not compile.

use axum::Router;
use axum::routing::post;
use hookgate::mobile_assistant;

async fn handler(_: mobile_assistant::Event) {}

fn main() {
    let _: Router = Router::new().route("/hooks", post(handler));
}
