//! A sample delivery of each provider with a module: the documented form, with invented content.
//!
//! What a provider signs beside the body, such as a time, is the message's to say:
//! [`Message::at`], [`Message::public_url`].

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;

use super::Message;

/// ACE Meetings, to any path. ACE publishes no payload: this one is invented.
pub fn ace(target: impl Into<String>) -> Message {
    Message::post(target, r#"{"meeting":{"title":"Roof repair","start":"2026-11-23T09:00:00Z"}}"#)
}

/// Harmonizely, to any path: a meeting was scheduled.
pub fn harmonizely(target: impl Into<String>) -> Message {
    let body = concat!(
        r#"{"event":"meetingScheduled","uuid":"5f0c8a52-3f5e-4d0c-9a53-6d1f3a0b7c11","#,
        r#""data":{"uuid":"0d7f7a3e-51f5-4c1e-8f0c-2b9a54a3c2de","state":"new","#,
        r#""scheduled_at":"2026-11-23T09:00:00+00:00","end_date":"2026-11-23T09:15:00+00:00","#,
        r#""event_type":{"name":"First call","slug":"first-call","duration":15},"#,
        r#""invitee":{"first_name":"Ada","full_name":"Ada Example","email":"ada@example.com"},"#,
        r#""answers":[{"question_label":"Terms","value":1,"question_type":"checkbox"}]}}"#,
    );
    Message::post(target, body)
}

/// ScreenMeet, to any path: two events in one body.
pub fn screenmeet(target: impl Into<String>) -> Message {
    let body = concat!(
        r#"[{"type":"room-entered","ts":"2026-11-22T10:00:00.000Z","id":"Ab3dE6","#,
        r#""label":"Printer on fire","status":"active","seconds":3},"#,
        r#"{"type":"audio-muted","ts":"2026-11-22T10:00:05.000Z","id":"Ab3dE6","seconds":8}]"#,
    );
    Message::post(target, body).content_type("text/plain")
}

/// Mobile Assistant, to any path: a transcript is done.
pub fn mobile_assistant(target: impl Into<String>) -> Message {
    Message::post(target, r#"{"type":"transcript.completed","data":{"id":42,"headline":"Call"}}"#)
}

/// iOFFICE, under the path at which [`IOffice::at`](crate::ioffice::IOffice::at) is mounted.
pub fn ioffice(prefix: &str) -> Message {
    let target = format!("{}/CREATE/Agreement/25", prefix.trim_end_matches('/'));
    let body = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
    Message::post(target, body)
}

/// Adyen, to any path: a payment was authorised.
pub fn adyen(target: impl Into<String>) -> Message {
    let item = json!({
        "pspReference": "7914073381342284", "merchantAccountCode": "ExampleMerchant",
        "merchantReference": "order-42", "amount": {"value": 1130, "currency": "EUR"},
        "eventCode": "AUTHORISATION", "success": "true", "paymentMethod": "visa",
        "eventDate": "2026-11-22T10:00:00+01:00",
    });
    let batch = json!({"live": "false", "notificationItems": [{"NotificationRequestItem": item}]});
    Message::post(target, batch.to_string())
}

/// Braintree, to any path: a subscription was cancelled.
pub fn braintree(target: impl Into<String>) -> Message {
    let document = "<notification><timestamp type=\"datetime\">2026-11-22T10:00:00Z</timestamp>\
        <kind>subscription_canceled</kind><subject><subscription><id>42</id></subscription>\
        </subject></notification>\n";
    let payload = BASE64_STANDARD.encode(document).replace('+', "%2B").replace('/', "%2F");
    Message::post(target, format!("bt_payload={}%0A", payload.replace('=', "%3D")))
}

/// Contentful, to any path: an entry was published.
pub fn contentful(target: impl Into<String>) -> Message {
    let body = r#"{"sys":{"id":"5KsDBWseXY6QegucYAoacS","type":"Entry"},"fields":{}}"#;
    Message::post(target, body)
        .content_type("application/vnd.contentful.management.v1+json")
        .header("x-contentful-topic", "ContentManagement.Entry.publish")
}

/// eBay, to any path: an account is to be forgotten.
pub fn ebay(target: impl Into<String>) -> Message {
    let body = concat!(
        r#"{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION","schemaVersion":"1.0"},"#,
        r#""notification":{"notificationId":"49feeaeb-4982-42d9-a377-9645b8479411","#,
        r#""eventDate":"2026-11-22T10:00:00.000Z","publishAttemptCount":1,"#,
        r#""data":{"username":"example_user","userId":"ma8vp1jySJC"}}}"#,
    );
    Message::post(target, body)
}

/// PayPal, to any path: a payment was captured.
pub fn paypal(target: impl Into<String>) -> Message {
    let body = concat!(
        r#"{"id":"WH-9UG43882HX7271132-6E0871324L7949614","#,
        r#""event_type":"PAYMENT.CAPTURE.COMPLETED","resource_type":"capture","#,
        r#""create_time":"2026-11-22T10:00:00Z","#,
        r#""resource":{"id":"80F85758S3080410K","amount":{"value":"21.00"}}}"#,
    );
    Message::post(target, body)
}

/// Plivo, to any path: a call rings.
pub fn plivo(target: impl Into<String>) -> Message {
    let body = "CallUUID=eac94337-b1cd-499b-82d1-b39bca50dc31&From=%2B14150000001\
        &To=%2B14150000002&CallStatus=ringing&Direction=inbound&Event=StartApp";
    Message::post(target, body).content_type("application/x-www-form-urlencoded")
}

/// SNS, to any path: a message of the endpoint's first topic.
pub fn sns(target: impl Into<String>) -> Message {
    let body = r#"{"Message":"{\"order\":42}","Subject":"An order"}"#;
    Message::post(target, body).content_type("text/plain; charset=UTF-8")
}
