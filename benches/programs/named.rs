//! One route of axum, with a provider of the catalogue.

use hookgate::{Endpoint, RawBody, catalogue};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let secret = std::env::args().nth(1).unwrap();
    let endpoint = Endpoint::builder(catalogue::STRIPE).secret(&*secret).build().unwrap();
    let on_event = async |event: RawBody| println!("{}", event.len());
    let app = axum::Router::new().route("/hooks", hookgate_axum::webhook(endpoint, on_event));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
