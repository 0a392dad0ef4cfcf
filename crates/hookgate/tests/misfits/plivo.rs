//! Plivo: the address, the parameters and the nonce.

use hookgate::plivo::{Event, Plivo};
use hookgate::sign::Message;
use hookgate::{AnyEndpoint, BuildError, Coverage, Endpoint, FromDelivery, RejectionKind};

use crate::common::{Request, SECRET, base64_of, delivery, refused_as, signed};
use crate::{every_bit_counts, heads_are_read, nothing_odd_passes, unclear};

const URL: &str = "https://calls.example.com/hooks/plivo";
const NONCE: &str = "05429567804466091622";

fn endpoint() -> AnyEndpoint {
    Endpoint::builder(Plivo::new()).public_url(URL).secret(SECRET).build().unwrap().into_any()
}

fn request(method: &str, target: &str, body: &'static str, text: &str) -> Request {
    Request::post(target, body)
        .method(method)
        .and("x-plivo-signature-v3", base64_of(text))
        .and("x-plivo-signature-v3-nonce", NONCE)
}

fn post() -> Request {
    let text = format!("{URL}?Digits1From+14150000001To+14150000002.{NONCE}");
    request("POST", "/in", "To=%2B14150000002&From=%2B14150000001&Digits=1", &text)
}

#[test]
fn a_form_is_signed_with_its_address() {
    let passed = delivery(&endpoint(), &post());
    assert_eq!(passed.content().coverage, Coverage::Fields);
    assert_eq!(passed.content().signed.delivery_id.as_deref(), Some(NONCE));
    let event = Event::from_delivery(&passed).unwrap();
    assert_eq!(event.get("To"), Some("+14150000002"));
    assert_eq!(event.parameters.len(), 3);
    let event = |delivery: &hookgate::Delivery| {
        let mut event = Event::from_delivery(delivery).unwrap();
        // Where a name ends is not signed: see the module's page.
        let joined = |(name, value): (String, String)| name + &value;
        let mut all: Vec<String> = event.parameters.drain(..).map(joined).collect();
        all.sort();
        all
    };
    let headers = ["x-plivo-signature-v3", "x-plivo-signature-v3-nonce"];
    every_bit_counts(&endpoint(), &post(), &headers, 1, event);
    heads_are_read(&endpoint(), &post());
    nothing_odd_passes(&endpoint(), &post());
}

#[test]
fn the_query_is_sorted_and_signed() {
    let text = format!("{URL}?a=1&b=2&b=3.{NONCE}");
    let get = request("GET", "/in?b=3&a=1&b=2", "", &text);
    let passed = delivery(&endpoint(), &get);
    assert_eq!(Event::from_delivery(&passed).unwrap().get("a"), Some("1"));
    assert!(passed.rebuilt_head().is_some());
    // Whatever stands in a GET's body is not handed on.
    let with_body = get.clone().body("a=9&c=4");
    assert_eq!(delivery(&endpoint(), &with_body).body(), "b=3&a=1&b=2");
    for target in ["/in?b=3&a=1", "/in?b=3&a=1&b=2&c=", "/in", "/in?b=3&a=2&b=2"] {
        let bent = get.clone().target(target);
        refused_as(&endpoint(), &bent, RejectionKind::SignatureMismatch);
    }
    for target in ["/in?a=1%26b%3D2&b=3", "/in?a%3D1%26b=2&b=3", "/in?a=%"] {
        unclear(&endpoint(), &get.clone().target(target));
    }
    let both = format!("{URL}?x=1.CallUUIDu.{NONCE}");
    delivery(&endpoint(), &request("POST", "/in?x=1", "CallUUID=u", &both));
    let raw = format!("{URL}?x=a%20b.{NONCE}");
    delivery(&endpoint(), &request("GET", "/in?x=a%20b", "", &raw));
    let decoded = format!("{URL}?x=a b.{NONCE}");
    delivery(&endpoint(), &request("GET", "/in?x=a%20b", "", &decoded));
}

#[test]
fn several_signatures_and_the_main_account() {
    let right = post().value("x-plivo-signature-v3");
    let many = format!("{},{right}", base64_of("another"));
    delivery(&endpoint(), &post().with("x-plivo-signature-v3", many));
    let none = base64_of("another");
    let wrong = post().with("x-plivo-signature-v3", none);
    refused_as(&endpoint(), &wrong, RejectionKind::SignatureMismatch);
    let main = Endpoint::builder(Plivo::main_account()).public_url(URL).secret(SECRET);
    let main = main.build().unwrap();
    refused_as(&main, &post(), RejectionKind::MissingSignature);
    delivery(&main, &post().and("x-plivo-signature-ma-v3", right));
}

#[test]
fn an_odd_nonce_and_another_address_are_refused() {
    for nonce in ["", "1.2", "1 2", "\u{fc}", &"1".repeat(257)] {
        unclear(&endpoint(), &post().with("x-plivo-signature-v3-nonce", nonce));
    }
    let other = Endpoint::builder(Plivo::new()).public_url("https://x.example/").secret(SECRET);
    refused_as(&other.build().unwrap(), &post(), RejectionKind::SignatureMismatch);
    let none = Endpoint::builder(Plivo::new()).secret(SECRET).build();
    assert!(matches!(none, Err(BuildError::NoPublicUrl)));
}

#[test]
fn a_call_is_signed_and_verified() {
    for message in [
        Message::post("/in?x=1", "CallStatus=ringing&To=1"),
        Message::post("/in", ""),
        Message::get("/in?CallStatus=ringing&x=a%20b"),
        Message::get("/in").id("77"),
    ] {
        let request = signed(&Plivo::new(), SECRET, message.public_url(URL));
        delivery(&endpoint(), &request);
    }
    let unknown = hookgate::sign::sign(&Plivo::new(), SECRET, Message::get("/in"));
    assert!(matches!(unknown, Err(hookgate::sign::SignError::Ambiguous(_))));
}
