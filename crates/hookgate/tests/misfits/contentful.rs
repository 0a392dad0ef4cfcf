//! Contentful: the canonical request.

use hookgate::contentful::{Contentful, Event};
use hookgate::sign::Message;
use hookgate::{AnyEndpoint, Coverage, Endpoint, FromDelivery, RejectionKind, UnixTime};

use crate::common::{
    NOW, Request, SECRET, delivery, endpoint_of, hex_of, refused_as, run_at, signed,
};
use crate::{every_bit_counts, heads_are_read, nothing_odd_passes, unclear};

const BODY: &str = r#"{"sys":{"id":"entry"},"fields":{}}"#;
const LIST: &str = "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic";
const TOPIC: &str = "ContentManagement.Entry.publish";

fn endpoint() -> AnyEndpoint {
    endpoint_of(Contentful, SECRET)
}

fn lines(target: &str, headers: &str) -> String {
    format!("POST\n{target}\n{headers}\n{BODY}")
}

fn request() -> Request {
    let headers = format!(
        "x-contentful-signed-headers:{LIST};x-contentful-timestamp:1700000000000;x-contentful-topic:{TOPIC}"
    );
    Request::post("/hooks/a%20b?x=1", BODY)
        .and("x-contentful-signature", hex_of(lines("/hooks/a%2520b?x%253D1", &headers)))
        .and("x-contentful-signed-headers", LIST)
        .and("x-contentful-timestamp", "1700000000000")
        .and("x-contentful-topic", TOPIC)
}

#[test]
fn a_canonical_request_is_verified() {
    let passed = delivery(&endpoint(), &request());
    assert_eq!(passed.content().coverage, Coverage::Body);
    assert_eq!(passed.body(), BODY);
    assert!(passed.rebuilt_head().is_none());
    assert_eq!(passed.content().signed.timestamp.as_deref(), Some("1700000000000"));
    let event = Event::from_delivery(&passed).unwrap();
    assert_eq!(event.topic.as_deref(), Some(TOPIC));
    assert_eq!(event.body["sys"]["id"], "entry");
    let headers = [
        "x-contentful-signature",
        "x-contentful-signed-headers",
        "x-contentful-timestamp",
        "x-contentful-topic",
    ];
    every_bit_counts(&endpoint(), &request(), &headers, 1, |delivery| delivery.content().clone());
    heads_are_read(&endpoint(), &request());
    nothing_odd_passes(&endpoint(), &request());
}

#[test]
fn the_time_is_held_against_the_clock() {
    for (seconds, passes) in [(0, true), (30, true), (-30, true), (31, false), (-31, false)] {
        let now = UnixTime::from_secs(NOW.as_secs() + seconds);
        let passed = run_at(&endpoint(), &request(), now);
        assert_eq!(passed.is_ok(), passes, "{seconds}");
        if let Err(rejection) = passed {
            let want = match seconds {
                ..0 => RejectionKind::FutureTimestamp,
                _ => RejectionKind::StaleTimestamp,
            };
            assert_eq!(rejection.kind(), want);
        }
    }
    for odd in ["", "01700000000000", "+1700000000000", "1700000000000.0", "soon"] {
        unclear(&endpoint(), &request().with("x-contentful-timestamp", odd));
    }
}

#[test]
fn the_list_of_headers_is_as_contentful_writes_it() {
    for list in [
        "",
        "x-contentful-timestamp",
        "x-contentful-signed-headers",
        "x-contentful-timestamp,x-contentful-signed-headers",
        "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-timestamp",
        "x-contentful-signed-headers,,x-contentful-timestamp",
        "x-contentful-signed-headers, x-contentful-timestamp",
        "X-Contentful-Signed-Headers,x-contentful-timestamp",
        "x-contentful-missing,x-contentful-signed-headers,x-contentful-timestamp",
    ] {
        unclear(&endpoint(), &request().with("x-contentful-signed-headers", list));
    }
    // A topic that nobody signed is no event's name.
    let short = "x-contentful-signed-headers,x-contentful-timestamp";
    let headers =
        format!("x-contentful-signed-headers:{short};x-contentful-timestamp:1700000000000");
    let unsigned = Request::post("/", BODY)
        .and("x-contentful-signature", hex_of(lines("/", &headers)))
        .and("x-contentful-signed-headers", short)
        .and("x-contentful-timestamp", "1700000000000")
        .and("x-contentful-topic", "Evil");
    assert_eq!(Event::from_delivery(&delivery(&endpoint(), &unsigned)).unwrap().topic, None);
}

#[test]
fn no_value_passes_for_another_header() {
    let list = "a,b,x-contentful-signed-headers,x-contentful-timestamp";
    let sign = |a: &str, b: &str| {
        let headers = format!(
            "a:{a};b:{b};x-contentful-signed-headers:{list};x-contentful-timestamp:1700000000000"
        );
        hex_of(lines("/", &headers))
    };
    let request = |a: &str, b: &str| {
        Request::post("/", BODY)
            .and("a", a)
            .and("b", b)
            .and("x-contentful-signature", sign(a, b))
            .and("x-contentful-signed-headers", list)
            .and("x-contentful-timestamp", "1700000000000")
    };
    delivery(&endpoint(), &request("1", "text/plain; charset=utf-8"));
    // One text, two readings.
    unclear(&endpoint(), &request("1;b:2", "3"));
    unclear(&endpoint(), &request("1", "2;b:3"));
    unclear(&endpoint(), &request("1", "2;x-contentful-timestamp:1"));
}

#[test]
fn the_address_may_be_another_than_the_request_knows() {
    let builder = Endpoint::builder(Contentful).secret(SECRET);
    let endpoint = builder.public_url("https://a.example/public/in").build().unwrap();
    let message = Message::post("/in", BODY).at(NOW).public_url("https://a.example/public/in");
    let request = signed(&Contentful, SECRET, message);
    delivery(&endpoint, &request);
    refused_as(&endpoint_of(Contentful, SECRET), &request, RejectionKind::SignatureMismatch);
    let own = signed(&Contentful, SECRET, Message::post("/in?a=b c", BODY).at(NOW));
    delivery(&endpoint_of(Contentful, SECRET), &own);
    let undated = hookgate::sign::sign(&Contentful, SECRET, Message::post("/", ""));
    assert!(undated.is_err());
}
