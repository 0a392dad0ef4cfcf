//! An endpoint that only observes shows in the type of the event.

use axum::Router;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::{Endpoint, dangerous};
use hookgate_axum::webhook;

async fn handler(_: harmonizely::Event) {}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely).secret("the webhook's secret");
    let endpoint = dangerous::observe_only(endpoint).build().unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
