//! Providers as tables, and what `build` makes of them.

use std::time::Duration;

use serde_json::json;

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent, JsonEvent, RawBody, SenderOnly};
use crate::endpoint::{BuildError, Endpoint};
use crate::provider::{Dedupe, Habits, Provider, Sends, UnknownEvents};
use crate::scheme::{Place, Scheme};
use crate::spec::{Described, SchemeSpec};

fn acme() -> Described {
    let text = json!({
        "id": "acme",
        "scheme": {
            "signature": { "header": "x-acme-signature" },
            "framing": { "prefix": "sha256=" },
            "event_name": { "json": "/type" },
            "delivery_id": { "json": "/id" },
        },
        "habits": {
            "rejection_status": 401,
            "acknowledge_within": 10,
            "dedupe": "signed-id",
            "body_limit": 1024,
            "unknown_events": "acknowledge",
            "known_events": ["order.paid", "order.refunded"],
        },
    });
    Described::from_json(&text.to_string()).unwrap()
}

fn weak() -> Described {
    let text = json!({
        "id": "weak",
        "scheme": {
            "signature": { "header": "x-token" },
            "algorithm": "token",
            "encoding": "text",
            "signed": "",
            "body_unsigned": true,
        },
    });
    Described::from_json(&text.to_string()).unwrap()
}

fn build<E: FromContent + Send + 'static>(provider: Described<E>) -> Result<(), BuildError> {
    Endpoint::builder(provider).secret("a secret for tests").build().map(drop)
}

#[test]
fn a_provider_is_what_its_table_says() {
    let acme = acme();
    let scheme = Scheme::hmac_sha256("x-acme-signature")
        .prefix("sha256=")
        .event_name(Place::Json("/type"))
        .delivery_id(Place::Json("/id"));
    let habits = Habits::new()
        .rejection_status(401)
        .acknowledge_within(Duration::from_secs(10))
        .dedupe(Dedupe::SignedId)
        .body_limit(1024)
        .unknown_events(UnknownEvents::Acknowledge);
    assert_eq!((acme.id(), acme.scheme(), acme.habits()), ("acme", scheme, habits));
    assert_eq!(acme.known_events(), ["order.paid", "order.refunded"]);
    let made = Described::new("acme", SchemeSpec::from(&scheme))
        .with_habits(habits)
        .with_known_events(["order.paid", "order.refunded"]);
    assert_eq!(made, acme);
    assert_eq!(acme.coverage(), Coverage::Body);
    build(acme).unwrap();
}

#[test]
fn a_provider_is_written_and_read_again() {
    for provider in [acme(), weak(), acme().with_habits(Habits::new().repeats_are_genuine())] {
        let text = serde_json::to_string(&provider).unwrap();
        assert_eq!(Described::from_json(&text).unwrap(), provider, "{text}");
        assert_eq!(serde_json::from_str::<Described>(&text).unwrap(), provider);
        #[cfg(feature = "toml")]
        {
            let text = toml::to_string(&provider).unwrap();
            assert_eq!(Described::from_toml(&text).unwrap(), provider, "{text}");
        }
    }
}

#[derive(serde::Deserialize)]
struct Order {}

#[test]
fn a_weak_scheme_does_not_pass_as_a_strong_one() {
    for refused in [
        build(weak()),
        build(weak().json::<Order>()),
        build(weak().events::<RawBody>()),
        build(weak().events::<JsonEvent<Order>>()),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, BuildError::Provider(_)), "{error}");
        assert!(error.to_string().contains("say `.sender_only()`"), "{error}");
    }
    build(weak().sender_only()).unwrap();
    build(weak().sender_only().json::<Order>()).unwrap();
    build(weak().sender_only().events::<JsonEvent<Order>>()).unwrap();
    // Handlers may ask for less than what is proved.
    build(acme().sender_only()).unwrap();
}

/// The types that handlers take.
#[test]
fn the_event_type_says_how_weak_the_proof_is() {
    fn sends<E, P: Sends<Event = E>>(_: &P) {}
    sends::<RawBody, _>(&acme());
    sends::<JsonEvent<Order>, _>(&acme().json::<Order>());
    sends::<SenderOnly<RawBody>, _>(&weak().sender_only());
    sends::<SenderOnly<JsonEvent<Order>>, _>(&weak().sender_only().json::<Order>());
}

#[test]
fn an_event_of_another_provider_is_refused() {
    struct Other;

    impl FromContent for Other {
        const PROVIDER: Option<&'static str> = Some("other");

        fn from_content(_: &Content) -> Result<Self, DecodeError> {
            Ok(Self)
        }
    }

    let error = build(acme().events::<Other>()).unwrap_err();
    assert!(error.to_string().contains("another id"), "{error}");
}

/// What comes in through another format is not compiled until `build`.
#[test]
fn what_was_not_checked_is_refused_by_build() {
    let read = |scheme: serde_json::Value| -> Described {
        serde_json::from_value(json!({ "id": "acme", "scheme": scheme })).unwrap()
    };
    let blurred = read(json!({
        "signature": { "header": "x-sig" },
        "delivery_id": { "header": "x-id" },
        "signed": "{id}{body}",
    }));
    assert!(matches!(build(blurred), Err(BuildError::Scheme(_))));
    let extracted = read(json!({
        "signature": { "extracted": true },
    }));
    assert!(build(extracted).unwrap_err().to_string().contains("implement `Provider`"));
}
