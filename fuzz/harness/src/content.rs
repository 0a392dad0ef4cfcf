//! Content, stored and read again.

use std::sync::Arc;

use hookgate::{
    Batch, Content, Coverage, FromContent, JsonEvent, RawBody, SenderOnly, UnixTime, ace,
    dangerous, harmonizely, ioffice, mobile_assistant, screenmeet,
};
use serde_json::Value;

use crate::must;
use crate::request::{byte, line};

/// Read once as stored content and once as its parts: a byte, a line for each text, the body.
pub fn content(data: &[u8]) {
    if let Ok(content) = serde_json::from_slice::<Content>(data) {
        survives(&content);
    }
    let (options, rest) = byte(data);
    let (provider, rest) = line(rest);
    let (text, body) = line(rest);
    let text: Arc<str> = String::from_utf8_lossy(text).into();
    let time = UnixTime::from_secs(i64::MIN >> (options % 64));
    let providers = ["ace", "harmonizely", "ioffice", "mobile-assistant", "screenmeet"];
    let provider = match providers.get(options % 6) {
        Some(provider) => (*provider).into(),
        None => String::from_utf8_lossy(provider),
    };
    let mut content = Content::new(&provider, time, body.to_vec());
    let some = |bit: usize| (options & bit != 0).then(|| Arc::clone(&text));
    content.tenant = some(1);
    content.signed.event = some(2);
    content.unsigned.delivery_id = some(4);
    content.expected_event = some(8);
    content.secret = some(16);
    content.content_type = some(32).map(|text| String::from(&*text).into());
    let coverages = [Coverage::Nothing, Coverage::SenderOnly, Coverage::Fields, Coverage::Body];
    content.coverage = *must(coverages.get(options / 64), "four coverages");
    survives(&content);
}

fn survives(content: &Content) {
    let stored = must(serde_json::to_string(content).ok(), "content is stored");
    let read: Content = must(serde_json::from_str(&stored).ok(), "content is read again");
    assert_eq!(read, *content, "content changed in the store");
    assert_eq!(must(serde_json::to_string(&read).ok(), "content is stored"), stored);

    decodes::<ace::Event>(content);
    decodes::<harmonizely::Event>(content);
    decodes::<ioffice::Event>(content);
    decodes::<mobile_assistant::Event>(content);
    decodes::<Batch<screenmeet::Event>>(content);
    decodes::<JsonEvent<Value>>(content);
    decodes::<SenderOnly<RawBody>>(content);
    decodes::<dangerous::Unsigned<ace::Event>>(content);
    let raw = content.decode::<RawBody>().ok().map(|raw| raw.0);
    assert_eq!(raw.as_ref(), (content.coverage >= Coverage::Fields).then_some(&content.body));
    // The payload stands in no `Debug`.
    assert!(content.body.len() < 16 || !shown(content).contains(&format!("{:?}", content.body)));
}

fn shown(content: &Content) -> String {
    format!("{content:?}")
}

/// No type takes another provider's content, nor a weaker proof than it asks for.
fn decodes<T: FromContent>(content: &Content) {
    let is_theirs = T::PROVIDER.is_none_or(|provider| *provider == *content.provider);
    let is_proved = content.coverage >= T::COVERAGE;
    let decoded = content.decode::<T>();
    assert!(decoded.is_err() || is_theirs && is_proved, "taken without proof");
    if let Err(error) = decoded {
        assert!(error.to_string().len() < 1_000, "{error}");
    }
}
