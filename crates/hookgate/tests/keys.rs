//! What tells one delivery from the next, and what a store gets of it.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::sync::Arc;

use common::{
    BodyAsFields, Custom, LONG, NOW, PREFIXED, Request, SECRET, STANDARD, WHSEC, delivery,
    endpoint_of, from_harmonizely, from_screenmeet, message, ours, signed, to_ace, to_mobile,
};
use hookgate::ace::Ace;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::scheme::{Place, TimeUnit};
use hookgate::sign::Message;
use hookgate::{Dedupe, Endpoint, Form, Secrets};

#[test]
fn keys_differ_by_what_was_signed_and_where() {
    let provider = Custom::new(STANDARD);
    let of = |name: &str, dedupe: Dedupe, id: &str, at: i64, body: &'static str| {
        let builder = Endpoint::builder(provider.clone()).secret(WHSEC).name(name).dedupe(dedupe);
        let at = hookgate::UnixTime::from_secs(NOW.as_secs() + at);
        let request = signed(&provider, WHSEC, Message::post("/", body).id(id).at(at));
        let passed = delivery(&builder.build().unwrap(), &request);
        (passed.replay_key().unwrap(), passed.dedupe_key())
    };
    let base = of("a", Dedupe::BodyDigest, "msg_1", 0, "{}");
    assert_eq!(of("a", Dedupe::BodyDigest, "msg_1", 0, "{}"), base);
    let all = [
        base,
        of("b", Dedupe::BodyDigest, "msg_1", 0, "{}"),
        of("a", Dedupe::BodyDigest, "msg_2", 0, "{}"),
        of("a", Dedupe::BodyDigest, "msg_1", 0, "{ }"),
    ];
    for (n, one) in all.iter().enumerate() {
        for other in &all[n + 1..] {
            assert_ne!(one.0, other.0);
            assert_ne!(one.1.unwrap(), other.1.unwrap());
        }
        assert_ne!(one.0, one.1.unwrap(), "the purposes do not mix");
    }
    // Sent again at another time: no replay, and the same event.
    let again = of("a", Dedupe::BodyDigest, "msg_1", 9, "{}");
    assert_ne!(again.0, base.0);
    assert_eq!(again.1, base.1);

    let by_id = of("a", Dedupe::SignedId, "msg_1", 0, "{}");
    assert_eq!(by_id.0, base.0, "the replay key knows no policy");
    assert_ne!(by_id.1, base.1);
    assert_eq!(of("a", Dedupe::SignedId, "msg_1", 9, "{\"n\":2}").1, by_id.1);
    assert_ne!(of("a", Dedupe::SignedId, "msg_2", 0, "{}").1, by_id.1);
    assert_ne!(of("b", Dedupe::SignedId, "msg_1", 0, "{}").1, by_id.1);
    assert_eq!(of("a", Dedupe::None, "msg_1", 0, "{}").1, None);
}

#[test]
fn keys_ignore_what_nobody_signed() {
    let provider = Custom::new(PREFIXED);
    let endpoint = ours(provider.clone()).dedupe(Dedupe::BodyDigest).build().unwrap();
    let request = signed(&provider, SECRET, message("{}").event("a"));
    let keys = |request: &Request| {
        let passed = delivery(&endpoint, request);
        (passed.replay_key().unwrap(), passed.dedupe_key().unwrap())
    };
    let base = keys(&request);
    let upper = request.value("x-hub-signature-256").to_ascii_uppercase();
    for bent in [
        request.clone().with("x-delivery", "another-id"),
        request.clone().with("x-event", "b"),
        request.clone().with("content-type", "text/plain").target("/elsewhere?a=b"),
        request.clone().with("x-hub-signature-256", upper.replace("SHA256=", "sha256=")),
    ] {
        assert_eq!(keys(&bent), base, "{bent:?}");
    }
    let both = Secrets::new("the new secret").and(SECRET);
    let rotated = Endpoint::builder(provider.clone()).secrets(both).dedupe(Dedupe::BodyDigest);
    let rotated = rotated.build().unwrap();
    let other = signed(&provider, "the new secret", message("{}"));
    let passed = delivery(&rotated, &other);
    assert_eq!((passed.replay_key().unwrap(), passed.dedupe_key().unwrap()), base);
}

#[test]
fn repeats_that_are_genuine_have_no_keys() {
    let passed = delivery(
        &endpoint_of(MobileAssistant::new(), SECRET),
        &to_mobile(r#"{"type":"test.completed"}"#),
    );
    assert_eq!((passed.replay_key(), passed.dedupe_key()), (None, None));
    let office = IOffice::at("/");
    let get = signed(&office, SECRET, Message::get("/CREATE/Agreement/25"));
    let passed = delivery(&endpoint_of(office, SECRET), &get);
    assert_eq!((passed.replay_key(), passed.dedupe_key()), (None, None));
    // ACE's deliveries have a key against replays, and none that tells events apart.
    let passed = delivery(&endpoint_of(Ace::any(), SECRET), &to_ace(b"{}"));
    assert!(passed.replay_key().is_some() && passed.dedupe_key().is_none());
    for passed in [from_harmonizely("{}"), from_screenmeet("[]")] {
        assert!(passed.replay_key().is_some() && passed.dedupe_key().is_some());
    }
}

#[test]
fn fields_make_keys_too() {
    let provider =
        Custom { form: Form::Extracted(Arc::new(BodyAsFields)), ..Custom::new(PREFIXED) };
    let endpoint = ours(provider.clone()).dedupe(Dedupe::BodyDigest).build().unwrap();
    let keys = |body: &'static str| {
        let passed = delivery(&endpoint, &signed(&provider, SECRET, message(body)));
        assert_eq!(passed.event_name().as_deref(), Some("known"));
        (passed.replay_key().unwrap(), passed.dedupe_key().unwrap())
    };
    assert_eq!(keys("a"), keys("a"));
    assert_ne!(keys("a").0, keys("b").0);
    assert_ne!(keys("a").1, keys("b").1);
}

#[test]
fn what_is_stored_has_the_names_and_ids_from_their_places() {
    let standard = Custom::new(STANDARD);
    let request = signed(&standard, WHSEC, message(r#"{"type":"order.paid"}"#));
    let content = delivery(&endpoint_of(standard, WHSEC), &request).into_content();
    assert_eq!(content.signed.event.as_deref(), Some("order.paid"));
    assert_eq!(content.signed.delivery_id.as_deref(), Some("msg_1"));
    assert_eq!(content.signed.timestamp.as_deref(), Some("1700000000"));
    assert_eq!(content.unsigned, Default::default());

    let prefixed = Custom::new(PREFIXED);
    let request = signed(&prefixed, SECRET, message("{}").event("push"));
    let content = delivery(&endpoint_of(prefixed, SECRET), &request).into_content();
    assert_eq!(content.unsigned.event.as_deref(), Some("push"));
    assert_eq!(content.unsigned.delivery_id.as_deref(), Some("msg_1"));
    assert_eq!(content.signed, Default::default());

    let in_body =
        Custom::new(PREFIXED.event_name(Place::Json("/a~1b/type")).delivery_id(Place::Json("/id")));
    let body = r#"{"id":"d-1","a/b":{"type":"t"}}"#;
    let request = signed(&in_body, SECRET, message(body));
    let content = delivery(&endpoint_of(in_body, SECRET), &request).into_content();
    assert_eq!(content.signed.event.as_deref(), Some("t"));
    assert_eq!(content.signed.delivery_id.as_deref(), Some("d-1"));

    let aside = LONG.timestamp(Place::Header("x-ts"), TimeUnit::Seconds);
    let aside = Custom::new(aside.delivery_id(Place::Header("x-id")));
    let request = signed(&aside, SECRET, message("{}"));
    let content = delivery(&endpoint_of(aside, SECRET), &request).into_content();
    assert_eq!(content.unsigned.timestamp.as_deref(), Some("1700000000"));
    assert_eq!(content.unsigned.delivery_id.as_deref(), Some("msg_1"));
}

#[test]
fn a_delivery_that_lacks_its_id_is_told_by_what_it_says() {
    let scheme = PREFIXED.delivery_id(Place::Json("/id"));
    let provider = Custom::new(scheme);
    let builder = Endpoint::builder(provider.clone()).secret(SECRET).dedupe(Dedupe::SignedId);
    let endpoint = builder.build().unwrap();
    let key = |body: &'static str| {
        delivery(&endpoint, &signed(&provider, SECRET, message(body))).dedupe_key().unwrap()
    };
    assert_eq!(key(r#"{"id":"a","n":1}"#), key(r#"{"id":"a","n":2}"#));
    assert_ne!(key(r#"{"id":"a","n":1}"#), key(r#"{"id":"b","n":1}"#));
    for (one, other) in [(r#"{"n":1}"#, r#"{"n":2}"#), (r#"{"id":[7]}"#, r#"{"id":[8]}"#)] {
        assert_eq!(key(one), key(one));
        assert_ne!(key(one), key(other));
    }
    // Some providers count: Telegram's `update_id`.
    assert_eq!(key(r#"{"id":7,"n":1}"#), key(r#"{"id":7,"n":2}"#));
    assert_ne!(key(r#"{"id":7}"#), key(r#"{"id":8}"#));
    // Nor can what it says be taken for an id.
    assert_ne!(key("id a"), key(r#"{"id":"a","n":1}"#));
}
