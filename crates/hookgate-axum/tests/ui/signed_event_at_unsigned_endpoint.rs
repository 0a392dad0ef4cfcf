//! An endpoint that verifies nothing shows in the type of the event.

use axum::Router;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::{Endpoint, dangerous};
use hookgate_axum::webhook;

async fn handler(_: harmonizely::Event) {}

fn main() {
    let endpoint = dangerous::accept_unsigned(Endpoint::builder(Harmonizely))
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
