//! What the framework extracts itself is no event: it would slip in unverified.

use axum::Router;
use axum::routing::post;
use hookgate_axum::Webhook;

async fn handler(_: Webhook<serde_json::Value>) {}

fn main() {
    let _: Router = Router::new().route("/hooks", post(handler));
}
