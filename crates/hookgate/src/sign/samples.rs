//! A sample delivery of each founding provider: the documented form, with invented content.

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
