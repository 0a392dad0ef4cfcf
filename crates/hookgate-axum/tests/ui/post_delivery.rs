//! A bare delivery is no extractor either.

use axum::Router;
use axum::routing::post;
use hookgate::Delivery;

async fn handler(_: Delivery) {}

fn main() {
    let _: Router = Router::new().route("/hooks", post(handler));
}
