//! The event of one provider under the endpoint of another.

use axum::Router;
use hookgate::Endpoint;
use hookgate::ace;
use hookgate::harmonizely::Harmonizely;
use hookgate_axum::webhook;

async fn handler(_: ace::Event) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
