//! The decoders of the providers' event types, behind right signatures.

use std::sync::LazyLock;

use hookgate::ace::{self, Ace, Trigger};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::mobile_assistant::{self, MobileAssistant};
use hookgate::screenmeet::{self, ScreenMeet};
use hookgate::{
    AnyEndpoint, Batch, Content, Delivery, Endpoint, FromContent, FromDelivery, UnknownEvents,
};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::{At, at};
use crate::mac::{SECRET, base64, hex, mac};
use crate::must;
use crate::request::{Request, built, run};

static ACE: LazyLock<AnyEndpoint> =
    LazyLock::new(|| built(Endpoint::builder(Ace::trigger(Trigger::Booked)).secret(SECRET)));
static HARMONIZELY: LazyLock<AnyEndpoint> =
    LazyLock::new(|| built(Endpoint::builder(Harmonizely).secret(SECRET)));
static SCREENMEET: LazyLock<AnyEndpoint> =
    LazyLock::new(|| built(Endpoint::builder(ScreenMeet::new()).secret(SECRET)));
static MOBILE: LazyLock<AnyEndpoint> = LazyLock::new(|| {
    let builder = Endpoint::builder(MobileAssistant::new()).secret(SECRET);
    built(builder.unknown_events(UnknownEvents::Deliver))
});

/// The whole input is a body that four providers sign; the fifth signs none.
pub fn events(data: &[u8]) {
    let mac = mac(data);
    let deliver = |endpoint: &AnyEndpoint, header: &str, signature: String| {
        let request = Request::post(data.to_vec()).and(header, signature);
        let request = request.and("x-signature-algo", "SHA256");
        let delivery = must(run(endpoint, &request).delivered(), "a right signature");
        assert_eq!(delivery.body(), data, "another body than the signed one");
        delivery
    };
    ace_event(data, &deliver(&ACE, "x-ace-signature", base64(&mac)));
    harmonizely_event(data, &deliver(&HARMONIZELY, "webhook-signature", base64(&mac)));
    screenmeet_events(data, &deliver(&SCREENMEET, "x-signature", hex(&mac)));
    mobile_event(data, &deliver(&MOBILE, "x-connect-it-token", hex(&mac)));
}

/// Decodes in both ways that there are, which have to agree: from the delivery, and from content
/// that was stored and read again.
fn decoded<T: FromDelivery + FromContent + PartialEq + std::fmt::Debug>(
    delivery: &Delivery,
) -> Option<T> {
    let event = T::from_delivery(delivery);
    if let Err(error) = &event {
        assert_eq!(error.reply().status(), 400, "{error}");
    }
    let stored = must(serde_json::to_string(delivery.content()).ok(), "content is stored");
    let read: Content = must(serde_json::from_str(&stored).ok(), "content is read again");
    assert_eq!(read, *delivery.content());
    let again = read.decode::<T>().ok();
    let event = event.ok();
    assert_eq!(event, again, "the worker sees another event than the handler");
    event
}

fn value(data: &[u8]) -> Option<Value> {
    serde_json::from_str(std::str::from_utf8(data).ok()?).ok()
}

fn ace_event(data: &[u8], delivery: &Delivery) {
    let event: ace::Event = must(decoded(delivery), "ACE's deliveries always decode");
    assert_eq!(event.trigger, Some(Trigger::Booked));
    match (event.body, value(data)) {
        (ace::Body::Json(json), Some(want)) => assert_eq!(json, want),
        (ace::Body::Raw(bytes), None) => assert_eq!(bytes, data),
        (body, _) => crate::broken(&format!("{body:?}")),
    }
}

fn harmonizely_event(data: &[u8], delivery: &Delivery) {
    use harmonizely::Event;

    let Some(event) = decoded::<Event>(delivery) else {
        return;
    };
    let name = event.name();
    let known = ["meetingScheduled", "meetingRescheduled", "meetingCancelled"].contains(&name);
    assert_eq!(matches!(event, Event::Unknown(_)), !known, "{name}");
    // The core reads no deeper than 64; what it cannot read it names no event of.
    match at(data, &["event"]) {
        At::Text(want) => {
            assert_eq!(name, want);
            assert_eq!(delivery.event_name().as_deref(), Some(name));
        }
        At::Nothing => crate::broken("an event without a name"),
        At::Unreadable => assert!(delivery.event_name().is_none()),
    }
    if let (Event::Unknown(unknown), Some(json)) = (&event, value(data)) {
        assert_eq!(Some(&unknown.data), json.get("data").or(Some(&Value::Null)));
    }
}

fn screenmeet_events(data: &[u8], delivery: &Delivery) {
    use screenmeet::Event;

    let items: Option<Vec<&RawValue>> =
        std::str::from_utf8(data).ok().and_then(|text| serde_json::from_str(text).ok());
    let events = decoded::<Batch<Event>>(delivery);
    assert_eq!(events.is_some(), items.is_some(), "one odd event loses the others");
    let (events, items) =
        (events.map(|batch| batch.0).unwrap_or_default(), items.unwrap_or_default());
    assert_eq!(events.len(), items.len(), "an event was lost");
    for (event, item) in events.iter().zip(items) {
        match event {
            Event::Unknown(text) => assert_eq!(text, item.get()),
            Event::Session(session) => {
                assert!(item.get().starts_with('{'), "{item}");
                if let At::Text(message) = at(item.get().as_bytes(), &["message"]) {
                    assert_eq!(session.message.as_deref(), Some(&*message));
                }
            }
            _ => crate::broken("an event that the harness does not know"),
        }
    }
}

fn mobile_event(data: &[u8], delivery: &Delivery) {
    use mobile_assistant::Event;

    let Some(event) = decoded::<Event>(delivery) else {
        return;
    };
    let name = at(data, &["type"]);
    let is = |want: &str| name == At::Text(want.into());
    let (right, json) = match event {
        Event::TestCompleted(json) => (is("test.completed"), json),
        Event::TranscriptCompleted(json) => (is("transcript.completed"), json),
        Event::Unknown(json) => (!is("test.completed") && !is("transcript.completed"), json),
        _ => (false, Value::Null),
    };
    assert!(right, "{name:?}");
    assert!(name != At::Unreadable, "a type that nobody can tell");
    assert_eq!(Some(json), value(data));
}
