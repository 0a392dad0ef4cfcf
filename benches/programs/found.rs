//! The same, and a look-up by an id that is known when the program runs: brings all entries.

use hookgate::{Endpoint, RawBody, catalogue};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let secret = std::env::args().nth(1).unwrap();
    if let Some(entry) = std::env::args().nth(2).and_then(|id| catalogue::find(&id)) {
        println!("{:?}", Endpoint::builder(*entry).secret(&*secret).build().unwrap());
    }
    let endpoint = Endpoint::builder(catalogue::STRIPE).secret(&*secret).build().unwrap();
    let on_event = async |event: RawBody| println!("{}", event.len());
    let app = axum::Router::new().route("/hooks", hookgate_axum::webhook(endpoint, on_event));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
