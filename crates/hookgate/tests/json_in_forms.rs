//! JSON texts that stand in a form's field: Dropbox Sign sends its events so.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use hookgate::sign::{Message, sign};
use hookgate::testing::{NOW, TestError, through};
use hookgate::{Endpoint, JsonEvent, RejectionKind, SenderOnly, UnixTime, catalogue, extract};

const KEY: &str = "an API key of Dropbox Sign";

#[derive(serde::Deserialize)]
struct Callback {
    event: Event,
}

#[derive(serde::Deserialize)]
struct Event {
    event_type: String,
}

fn signed_json() -> String {
    let body = r#"{"event":{"event_type":"signature_request_sent"}}"#;
    let message = Message::post("/", body).at(NOW);
    let request = sign(&catalogue::DROPBOX_SIGN, KEY, message).unwrap();
    String::from_utf8(request.body().to_vec()).unwrap()
}

fn receive(body: String, now: UnixTime) -> Result<hookgate::Delivery, RejectionKind> {
    let endpoint = Endpoint::builder(catalogue::DROPBOX_SIGN).secret(KEY);
    let endpoint = endpoint.clock(move || now).build().unwrap();
    let message = Message::post("/", r#"{"event":{"event_type":"x"}}"#).at(NOW);
    let request = sign(&catalogue::DROPBOX_SIGN, KEY, message).unwrap().with_body(body);
    through(&endpoint, &request).map_err(|error| match error {
        TestError::Refused(rejection) => rejection.kind(),
        other => panic!("{other}"),
    })
}

#[test]
fn the_text_is_found_in_every_form_and_handed_on() {
    let json = signed_json();
    let multipart =
        format!("--x\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{json}\r\n--x--\r\n");
    let urlencoded: String =
        json.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    for body in [json.clone(), multipart, format!("json={urlencoded}")] {
        let delivery = receive(body.clone(), NOW).unwrap();
        assert_eq!(delivery.body(), json.as_bytes());
        assert_eq!(delivery.rebuilt_head().is_some(), body != json);
        let SenderOnly(JsonEvent(Callback { event })) = extract(Some(&delivery)).unwrap();
        assert_eq!(event.event_type, "signature_request_sent");
    }
}

#[test]
fn a_form_that_can_be_read_in_two_ways_is_refused() {
    let json = signed_json();
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{json}\r\n");
    for body in [format!("{part}{part}--x--\r\n"), part.clone(), "json=%".into(), "a=1".into()] {
        assert_eq!(receive(body, NOW).unwrap_err(), RejectionKind::SignedContent);
    }
    let changed = format!("{part}--x--\r\n").replace("request_sent", "request_signed");
    assert_eq!(receive(changed, NOW).unwrap_err(), RejectionKind::SignatureMismatch);
    let late = UnixTime::from_secs(NOW.as_secs() + 301);
    assert_eq!(receive(json, late).unwrap_err(), RejectionKind::StaleTimestamp);
}
