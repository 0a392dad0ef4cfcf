//! A delivery's event and id, and what they are worth.

#![cfg_attr(feature = "testing", expect(clippy::unwrap_used, reason = "tests fail by panicking"))]
#![cfg(feature = "testing")]

use hookgate::catalogue::{GITHUB, STANDARD_WEBHOOKS, STRIPE};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::sign::Message;
use hookgate::testing::{self, NOW};
use hookgate::{Delivery, Named, Provider};

const BODY: &str = r#"{"type":"paid","id":"evt_1"}"#;

const EVENT_IN_BODY: Scheme<'static> =
    Scheme::hmac_sha256("x-sig").event_name(Place::Json("/type")).delivery_id(Place::Json("/id"));

#[derive(Debug)]
struct Sender(Scheme<'static>);

impl Provider for Sender {
    fn id(&self) -> &str {
        "sender"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }
}

fn deliver(provider: impl Provider, body: &'static str) -> Delivery {
    let message = Message::post("/", body).at(NOW).id("msg_1").event("pushed");
    testing::deliver(provider, message).unwrap()
}

fn plain(named: Option<Named<'_>>) -> Option<(String, bool)> {
    named.map(|named| (named.text.into_owned(), named.signed))
}

#[test]
fn an_event_and_an_id_say_whether_they_are_signed() {
    let of_body = |text: &str, signed| Some((text.to_owned(), signed));
    for (delivery, event, id) in [
        (deliver(GITHUB, BODY), of_body("pushed", false), of_body("msg_1", false)),
        (deliver(STRIPE, BODY), of_body("paid", true), of_body("evt_1", true)),
        (deliver(STANDARD_WEBHOOKS.with_scheme(standard()), BODY), None, of_body("msg_1", true)),
        (deliver(Sender(EVENT_IN_BODY), BODY), of_body("paid", true), of_body("evt_1", true)),
        (deliver(Sender(token()), BODY), of_body("paid", false), of_body("evt_1", false)),
        (deliver(Sender(EVENT_IN_BODY), "[]"), None, None),
        (deliver(Sender(Scheme::hmac_sha256("x-sig")), BODY), None, None),
    ] {
        let provider = delivery.endpoint().name().to_owned();
        assert_eq!(plain(delivery.event()), event, "{provider}");
        assert_eq!(delivery.event_name().map(Into::into), event.clone().map(|(text, _)| text));
        assert_eq!(plain(delivery.id()), id, "{provider}");
        // What is stored says the same.
        let content = delivery.into_content();
        let stored = content.event_name().map(|(text, signed)| (text.to_owned(), signed));
        assert_eq!(stored, event, "{provider}");
        let stored = content.delivery_id().map(|(text, signed)| (text.to_owned(), signed));
        assert_eq!(stored, id, "{provider}");
    }
}

fn standard() -> Scheme<'static> {
    STANDARD_WEBHOOKS.entry().scheme.no_event_name()
}

/// Proves the sender and nothing else.
fn token() -> Scheme<'static> {
    Scheme::token("x-token").event_name(Place::Json("/type")).delivery_id(Place::Json("/id"))
}

/// In a list an unsigned field stands beside a signed one.
#[test]
fn a_field_beside_the_signature_is_not_signed_by_that() {
    let scheme = Scheme::hmac_sha256("x-sig")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .delivery_id(Place::SignatureField("id"))
        .signed("{ts}.{body}");
    let delivery = deliver(Sender(scheme), BODY);
    assert_eq!(plain(delivery.id()), Some(("msg_1".into(), false)));
}
