//! A handler whose future cannot move between threads.

use std::rc::Rc;

use axum::Router;
use hookgate::Endpoint;
use hookgate::harmonizely::{self, Harmonizely};
use hookgate_axum::webhook;

async fn handler(_: harmonizely::Event) {
    let count = Rc::new(1);
    std::future::ready(()).await;
    drop(count);
}

fn main() {
    let endpoint = Endpoint::builder(Harmonizely)
        .secret("secret")
        .build()
        .unwrap();
    let _: Router = Router::new().route("/hooks", webhook(endpoint, handler));
}
