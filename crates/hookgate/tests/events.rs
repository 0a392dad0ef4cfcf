//! From what was verified to typed events: every provider's, and what a type asks for.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use common::{
    NOW, Request, SECRET, delivery, endpoint_of, from_harmonizely, from_screenmeet, run, signed,
    to_ace, undecodable,
};
use hookgate::ace::{Ace, Trigger};
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::{Action, IOffice};
use hookgate::sign::Message;
use hookgate::{
    Batch, Content, Coverage, DecodeError, Delivery, Endpoint, ExtractError, FromContent,
    FromDelivery, JsonEvent, RawBody, RejectionKind, SenderOnly, ace, dangerous, extract,
    harmonizely, ioffice, screenmeet,
};
use serde_json::{Value, json};

#[test]
fn ace_delivers_whatever_is_authentic() {
    for (trigger, want) in [
        (Ace::trigger(Trigger::Booked), Some(Trigger::Booked)),
        (Ace::trigger(Trigger::Rescheduled), Some(Trigger::Rescheduled)),
        (Ace::trigger(Trigger::Canceled), Some(Trigger::Canceled)),
        (Ace::any(), None),
    ] {
        let endpoint = endpoint_of(trigger, SECRET);
        for body in [&b"{\"trigger\":\"canceled\"}"[..], b"[1]", b"null", b"{\"a\":1,\"a\":2}"] {
            let event = ace::Event::from_delivery(&delivery(&endpoint, &to_ace(body))).unwrap();
            assert_eq!(event.trigger, want, "never read from the body");
            let json = serde_json::from_slice(body).unwrap();
            assert_eq!(event.body, ace::Body::Json(json));
        }
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        for body in
            [&b""[..], b"{", b"\xff", b"a=b", b"\xef\xbb\xbf{}", b"{\"a\":1e400}", deep.as_bytes()]
        {
            let passed = delivery(&endpoint, &to_ace(body));
            let event = ace::Event::from_delivery(&passed).unwrap();
            assert_eq!(event.body, ace::Body::Raw(body.to_vec().into()));
            assert_eq!(event.trigger, want);
            let content = passed.into_content();
            assert_eq!(content.expected_event.as_deref(), want.map(Trigger::as_str));
            assert_eq!(content.event_name(), None);
        }
    }
}

fn harmonizely_event(body: &Value) -> harmonizely::Event {
    harmonizely::Event::from_delivery(&from_harmonizely(&body.to_string())).unwrap()
}

#[test]
fn harmonizelys_fields_are_typed() {
    let body = json!({
        "event": "meetingRescheduled",
        "uuid": "notice-1",
        "later": [1, 2],
        "data": {
            "uuid": "meeting-1",
            "state": "new",
            "scheduled_at": "2021-06-23T07:30:00+00:00",
            "notes": null,
            "cancellation": {"reason": "ill"},
            "event_type": {"name": "Call", "duration": 15, "is_secret": false, "type": "x", "new": 1},
            "invitee": {"full_name": "Ada \u{e9}", "email": "ada@example.com"},
            "answers": [
                {"question_label": "Terms", "question_type": "checkbox", "value": 1},
                {"question_label": "Why", "question_type": "textarea", "value": "because"},
                {"value": ["any", {"json": true}]},
                {},
            ],
            "created_in_a_later_version": {"deep": []},
        },
    });
    let harmonizely::Event::MeetingRescheduled(notice) = harmonizely_event(&body) else {
        panic!("another event");
    };
    assert_eq!(notice.uuid.as_deref(), Some("notice-1"));
    let data = notice.data;
    assert_eq!(data.uuid.as_deref(), Some("meeting-1"));
    assert_eq!(data.scheduled_at.as_deref(), Some("2021-06-23T07:30:00+00:00"));
    assert_eq!((data.notes, data.end_date), (None, None));
    assert_eq!(data.cancellation, Some(json!({"reason": "ill"})));
    let event_type = data.event_type.unwrap();
    assert_eq!((event_type.duration, event_type.is_secret), (Some(15), Some(false)));
    assert_eq!(event_type.r#type.as_deref(), Some("x"));
    let invitee = data.invitee.unwrap();
    assert_eq!((invitee.full_name.as_deref(), invitee.first_name), (Some("Ada \u{e9}"), None));
    let values: Vec<_> = data.answers.unwrap().into_iter().map(|answer| answer.value).collect();
    let wanted =
        [Some(json!(1)), Some(json!("because")), Some(json!(["any", {"json": true}])), None];
    assert_eq!(values, wanted);
}

#[test]
fn harmonizelys_events_by_name() {
    for (name, body) in [
        ("meetingScheduled", json!({"event": "meetingScheduled"})),
        ("meetingRescheduled", json!({"event": "meetingRescheduled", "data": null, "uuid": null})),
        ("meetingCancelled", json!({"event": "meetingCancelled", "data": {}})),
        ("meetingMoved", json!({"event": "meetingMoved", "data": [1], "uuid": "u"})),
        ("", json!({"event": ""})),
        ("MeetingScheduled", json!({"event": "MeetingScheduled", "data": "text"})),
    ] {
        let event = harmonizely_event(&body);
        assert_eq!(event.name(), name);
        use harmonizely::Event as E;
        match (&event, name) {
            (E::MeetingScheduled(notice), "meetingScheduled")
            | (E::MeetingRescheduled(notice), "meetingRescheduled")
            | (E::MeetingCancelled(notice), "meetingCancelled") => {
                assert_eq!(*notice.data, harmonizely::Meeting::default());
            }
            (E::Unknown(unknown), _) => {
                assert_eq!(unknown.event, name);
                assert_eq!(unknown.data, body.get("data").cloned().unwrap_or_default());
                assert_eq!(unknown.uuid.is_some(), body.get("uuid").is_some());
            }
            _ => panic!("{event:?}"),
        }
        let passed = from_harmonizely(&body.to_string());
        assert_eq!(passed.event_name().as_deref(), Some(name));
        assert_eq!(passed.into_content().event_name(), Some((name, true)));
    }
    let escaped = from_harmonizely(r#"{"\u0065vent":"meeting\u0053cheduled"}"#);
    let event = harmonizely::Event::from_delivery(&escaped).unwrap();
    assert_eq!(
        (event.name(), escaped.event_name().as_deref()),
        ("meetingScheduled", Some("meetingScheduled"))
    );
}

#[test]
fn bodies_that_are_no_event_of_harmonizelys() {
    for body in [
        "",
        "{}",
        "null",
        "\"meetingScheduled\"",
        r#"{"event":null}"#,
        r#"{"event":1}"#,
        r#"{"event":"meetingScheduled","event":"meetingCancelled"}"#,
        r#"{"event":"meetingScheduled","data":{},"data":{}}"#,
        r#"{"event":"meetingScheduled","data":{"uuid":"a","uuid":"b"}}"#,
        r#"{"event":"meetingScheduled","data":{"uuid":7}}"#,
        r#"{"event":"meetingScheduled","data":7}"#,
        r#"{"event":"meetingScheduled"} {}"#,
    ] {
        undecodable::<harmonizely::Event>(&from_harmonizely(body));
    }
}

#[test]
fn an_array_is_no_event_of_harmonizelys() {
    // serde reads a struct from an array too, in the order of its fields; the name that policies
    // and stores see is then another one than the handler's.
    let passed = from_harmonizely(r#"["meetingScheduled","u-1",{"uuid":"m-1"}]"#);
    assert_eq!(passed.event_name(), None);
    undecodable::<harmonizely::Event>(&passed);
}

fn batch(body: &str) -> Result<Batch<screenmeet::Event>, ExtractError> {
    Batch::from_delivery(&from_screenmeet(body))
}

#[test]
fn screenmeets_events_come_in_their_order() {
    assert!(batch("[]").unwrap().is_empty());
    let events = batch(
        r#"[{"type":"one","ts":"2021-08-09T16:45:57.000Z","seconds":3,"userDescription":"x",
             "createdByAgentSession":{"sid":1},"new":true},
            {"type":"two","settings":[1]},{}]"#,
    );
    let events: Vec<_> = events.unwrap().into_iter().collect();
    let sessions: Vec<_> = events
        .iter()
        .map(|event| match event {
            screenmeet::Event::Session(event) => event.r#type.as_deref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sessions, [Some("one"), Some("two"), None]);
    let screenmeet::Event::Session(first) = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!((first.seconds, first.user_description.as_deref()), (Some(3), Some("x")));
    assert_eq!(first.created_by_agent_session, Some(json!({"sid": 1})));
}

#[test]
fn an_odd_element_of_screenmeets_loses_nobody_else() {
    for odd in [
        "7",
        "null",
        "\"text\"",
        "[]",
        r#"["type","ts"]"#,
        r#"{"type":7}"#,
        r#"{"seconds":"three"}"#,
        r#"{"seconds":1.5}"#,
        r#"{"type":"a","type":"b"}"#,
        r#"{"id":{"deep":[1]}}"#,
    ] {
        let events = batch(&format!(r#"[{{"type":"one"}},{odd},{{"type":"two"}}]"#)).unwrap();
        let [
            screenmeet::Event::Session(_),
            screenmeet::Event::Unknown(text),
            screenmeet::Event::Session(_),
        ] = &events[..]
        else {
            panic!("{odd}: {events:?}");
        };
        assert_eq!(text, odd);
    }
}

#[test]
fn an_element_of_screenmeets_that_rust_cannot_hold_loses_nobody_else() {
    // All of this is JSON, and JSON.stringify writes the first: half of an emoji in a cut text.
    let deep = format!(r#"{{"user":{}{}}}"#, "[".repeat(150), "]".repeat(150));
    for odd in [r#"{"message":"cut \ud83d"}"#, r#"{"seconds":1e400}"#, &*deep] {
        let got = batch(&format!(r#"[{{"type":"one"}},{odd},{{"type":"two"}}]"#));
        let events = got.unwrap_or_else(|error| panic!("{odd:.40}: {error}"));
        let [one, screenmeet::Event::Unknown(text), two] = &events[..] else {
            panic!("{odd:.40}: {} events", events.len());
        };
        assert_eq!(text, odd);
        for known in [one, two] {
            assert!(matches!(known, screenmeet::Event::Session(_)), "{known:?}");
        }
    }
}

#[test]
fn bodies_that_are_no_batch() {
    for body in
        ["", "{}", "null", r#"{"type":"one"}"#, "[", "[]]", r#"[{"type":"one"},]"#, "\u{feff}[]"]
    {
        undecodable::<Batch<screenmeet::Event>>(&from_screenmeet(body));
    }
}

#[test]
fn ioffices_events_hold_what_was_signed_and_nothing_else() {
    let provider = IOffice::at("/hooks");
    let endpoint = endpoint_of(provider.clone(), SECRET);
    for (word, action) in [
        ("CREATE", Action::Create),
        ("Update", Action::Update),
        ("delete", Action::Delete),
        ("ArChIvE", Action::Archive),
    ] {
        let body =
            json!({"eventType": word, "entityType": "A b", "entityId": 25, "extra": "unsigned"});
        let target = format!("/hooks/{word}/A%20b/25?entityId=26&extra=unsigned");
        let request = signed(&provider, SECRET, Message::post(target, body.to_string()));
        let passed = delivery(&endpoint, &request);
        let event = ioffice::Event::from_delivery(&passed).unwrap();
        assert_eq!((event.action, &*event.entity, &*event.id), (action, "A b", "25"));
        let head = passed.rebuilt_head().unwrap();
        let described = (head.content_length, head.content_type);
        assert_eq!(described, (passed.body().len(), Some("application/json")));
        for header in ["content-encoding", "digest", "content-digest", "trailer"] {
            assert!(head.outdated.contains(&header), "{header}");
        }
        let content = passed.into_content();
        let body: Value = serde_json::from_slice(&content.body).unwrap();
        assert_eq!(body, json!({"eventType": word, "entityType": "A b", "entityId": "25"}));
        assert_eq!(content.content_type.as_deref(), Some("application/json"));
        assert_eq!(
            (content.coverage, content.signed.event.as_deref()),
            (Coverage::Fields, Some(action.as_str()))
        );
    }
}

#[test]
fn ioffice_says_one_thing_or_nothing() {
    let provider = IOffice::at("/hooks");
    let endpoint = endpoint_of(provider.clone(), SECRET);
    let full = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
    let path = "/hooks/CREATE/Agreement/25";
    let request = signed(&provider, SECRET, Message::post(path, full));
    for (target, body, passes) in [
        (path, full, true),
        (path, "", true),
        (path, "{}", true),
        (path, r#"{"entityId":"25","more":[{"eventType":"DELETE"}]}"#, true),
        ("/hooks", full, true),
        ("/hooks/", full, true),
        (path, r#"{"eventType":"DELETE"}"#, false),
        (path, r#"{"entityType":"agreement"}"#, false),
        (path, r#"{"entityId":26}"#, false),
        (path, r#"{"entityId":25.0}"#, false),
        (path, r#"{"entityId":null}"#, false),
        (path, r#"{"entityId":25,"entityId":25}"#, false),
        (path, "not JSON", false),
        ("/hooks/DELETE/Agreement/25", full, false),
        ("/hooks/CREATE/Agreement/26", full, false),
        ("/hooks/CREATE/Agreement/25/", full, false),
        ("/hooks//CREATE/Agreement/25", full, false),
        ("/hooks/CREATE%2FAgreement/25", full, false),
        ("/other/CREATE/Agreement/25", full, false),
        ("/hooksCREATE/Agreement/25", full, false),
        ("/hooks", "", false),
    ] {
        let bent = request.clone().target(target).body(body);
        match run(&endpoint, &bent) {
            Ok(_) => assert!(passes, "{target} {body}"),
            Err(rejection) => {
                assert!(!passes, "{target} {body}: {rejection:?}");
                assert_eq!(rejection.kind(), RejectionKind::SignedContent, "{target} {body}");
                assert_eq!(rejection.status(), 400);
            }
        }
    }
}

fn wired<T: FromDelivery>(delivery: &Delivery) -> Result<T, ExtractError> {
    let taken = extract::<T>(Some(delivery));
    if let Err(error @ (ExtractError::WrongProvider { .. } | ExtractError::WeakProof { .. })) =
        &taken
    {
        assert_eq!(error.reply().status(), 500);
        assert!(error.rejection().is_none());
    }
    taken
}

/// A type that asks for the whole body to be signed.
#[derive(Debug)]
struct Demanding;

impl FromContent for Demanding {
    const PROVIDER: Option<&'static str> = None;
    const COVERAGE: Coverage = Coverage::Body;

    fn from_content(_: &Content) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

#[test]
fn a_type_takes_what_it_asks_for_and_nothing_weaker() {
    let body = from_harmonizely(r#"{"event":"meetingScheduled"}"#);
    let office = IOffice::at("/");
    let get = signed(&office, SECRET, Message::get("/CREATE/Agreement/25"));
    let fields = delivery(&endpoint_of(office, SECRET), &get);
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    let nothing = delivery(&unsigned, &Request::post("/", r#"{"event":"meetingScheduled"}"#));

    assert!(wired::<harmonizely::Event>(&body).is_ok());
    assert!(wired::<JsonEvent<Value>>(&body).is_ok());
    assert!(wired::<Delivery>(&body).is_ok() && wired::<Demanding>(&body).is_ok());
    assert!(wired::<RawBody>(&fields).is_ok() && wired::<Delivery>(&fields).is_ok());
    // Less is taken from more.
    assert!(wired::<SenderOnly<harmonizely::Event>>(&body).is_ok());
    assert!(wired::<dangerous::Unsigned<harmonizely::Event>>(&body).is_ok());
    assert!(wired::<dangerous::Unsigned<harmonizely::Event>>(&nothing).is_ok());

    match wired::<ace::Event>(&body) {
        Err(ExtractError::WrongProvider { wanted, came }) => {
            assert_eq!((wanted, &*came), ("ace", "harmonizely"));
        }
        other => panic!("{other:?}"),
    }
    for other in [
        wired::<Batch<screenmeet::Event>>(&body).err(),
        wired::<SenderOnly<ace::Event>>(&body).err(),
        wired::<dangerous::Unsigned<ace::Event>>(&nothing).err(),
    ] {
        assert!(matches!(other, Some(ExtractError::WrongProvider { .. })), "{other:?}");
    }
    for (got, want, proved) in [
        (wired::<Demanding>(&fields).err(), Coverage::Body, Coverage::Fields),
        (wired::<harmonizely::Event>(&nothing).err(), Coverage::Fields, Coverage::Nothing),
        (wired::<RawBody>(&nothing).err(), Coverage::Fields, Coverage::Nothing),
        (wired::<JsonEvent<Value>>(&nothing).err(), Coverage::Fields, Coverage::Nothing),
        (wired::<Delivery>(&nothing).err(), Coverage::Fields, Coverage::Nothing),
        (wired::<SenderOnly<RawBody>>(&nothing).err(), Coverage::SenderOnly, Coverage::Nothing),
    ] {
        match got {
            Some(ExtractError::WeakProof { wanted, came }) => {
                assert_eq!((wanted, came), (want, proved))
            }
            other => panic!("{other:?}"),
        }
    }
    let no_gate = extract::<harmonizely::Event>(None).unwrap_err();
    assert!(matches!(no_gate, ExtractError::NoGate), "{no_gate:?}");
    assert_eq!((no_gate.reply().status(), no_gate.rejection().is_none()), (500, true));
    undecodable::<JsonEvent<u8>>(&body);
    undecodable::<dangerous::Unsigned<harmonizely::Event>>(&delivery(
        &unsigned,
        &Request::post("/", "x"),
    ));
}

#[test]
fn content_survives_its_store() {
    let mut contents = vec![
        from_harmonizely(r#"{"event":"meetingScheduled"}"#).into_content(),
        from_screenmeet("[]").into_content(),
        delivery(&endpoint_of(Ace::trigger(Trigger::Booked), SECRET), &to_ace(b"\xff\x00"))
            .into_content(),
    ];
    let office = IOffice::at("/");
    let get = signed(&office, SECRET, Message::get("/CREATE/Agreement/25"));
    contents.push(delivery(&endpoint_of(office, SECRET), &get).into_content());
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    contents.push(delivery(&unsigned, &Request::post("/", "{}")).into_content());
    for content in contents {
        let stored = serde_json::to_string(&content).unwrap();
        let again: Content = serde_json::from_str(&stored).unwrap();
        assert_eq!(again, content);
        assert!(!stored.contains(SECRET));
    }
    // What was stored decodes as what was delivered.
    let content = from_harmonizely(r#"{"event":"meetingScheduled"}"#).into_content();
    let stored: Content = serde_json::from_value(serde_json::to_value(&content).unwrap()).unwrap();
    assert_eq!(harmonizely::Event::from_content(&stored).unwrap().name(), "meetingScheduled");
    let office =
        Content::new("ioffice", NOW, r#"{"eventType":"X","entityType":"A","entityId":"1"}"#);
    assert!(ioffice::Event::from_content(&office).is_err());
}
