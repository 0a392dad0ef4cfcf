//! One route of axum, with a provider of its own.

use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::{Endpoint, Provider, RawBody, Sends};

#[derive(Debug)]
struct Own;

impl Provider for Own {
    fn id(&self) -> &str {
        "own"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("stripe-signature")
            .list(",", "=", "v1")
            .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
            .signed("{ts}.{body}")
            .delivery_id(Place::Json("/id"))
            .event_name(Place::Json("/type"))
    }
}

impl Sends for Own {
    type Event = RawBody;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let secret = std::env::args().nth(1).unwrap();
    let endpoint = Endpoint::builder(Own).secret(&*secret).build().unwrap();
    let on_event = async |event: RawBody| println!("{}", event.len());
    let app = axum::Router::new().route("/hooks", hookgate_axum::webhook(endpoint, on_event));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
