//! SNS: messages, confirmations, certificates and topics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hookgate::ports::{Key, KeyQuery, KeySource, Unavailable};
use hookgate::sign::{Message, sign};
use hookgate::sns::{Event, Sns};
use hookgate::{
    AnyEndpoint, BuildError, Coverage, Endpoint, FromDelivery, PublicKeyError, RejectionKind,
    UnixTime,
};
use serde_json::{Value, json};

use crate::common::{NOW, Request, delivery, endpoint_of, refused, refused_as, run_at, signed};
use crate::{SOME, every_bit_counts, mistake_of, nothing_odd_passes, rsa, unclear};

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:orders";
const CERTIFICATE: &str = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem";

/// Made with openssl for this test, over [`note`] in the canonical form; the private half was
/// thrown away, since nothing here signs over SHA-1.
const KEY_OF_VERSION_1: &str = "\
    -----BEGIN PUBLIC KEY-----\n\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyX+MSolhzLrHiB46p6Vd\n\
    9SyE9K3Sbd+fYwczHi7bIBsqgoRFhK8+gvjPnA1DkYXAy2FUtLTw6EMCddxckajz\n\
    grolJopGKCgdg3onLoJaiush+9h2KT4BFZ+PiS0fQGSg4SMbQlKQFMeHYlbZ3XIM\n\
    xsUljzhIyzT6PBiOZZUlzCKmkBLGtOrWnG7waOlpPwBPxfXW3tBwhknZJsEPT09b\n\
    LVN12TkCBWZm8y+kohvQaKhnmc078KdqTjWlR47JE1QzpkNJ2+1CM9J7CIagsGzr\n\
    9HA3bJpuNEh09SioXh+M2nmpLh0RRXytzFoFnHYyvb0nuwceyexuoFUDsMEFeuyn\n\
    +wIDAQAB\n\
    -----END PUBLIC KEY-----\n";
const SIGNATURE_OF_VERSION_1: &str = "\
    nBQVryNsm2nEBRxB+ARPldIVf+WKy25bh4sLh0BBpzOdKZ7KKaM6x2HoX2sThqnBDPLPDPIcDgdj2UiA8y8ds9wXEt\
    skiwCc03q8eKxZKrG319Jp8FDxZPSPqZUQHDQW+OoNhpApQiavDwhVD6xmfJw5Ca2kQ9X1trW2AZW+lT1fVgx5y79v\
    DdXMMB5IbLCD7nKrI+Vg+iBORro27iBukYHkw2F8SH/8lw9jIgP3M4cc7SEmBfo8I07wVgMnIUFJKbZZ/D+63F6wPT\
    K+hGroCtPG2zqCs3wkU4VIf297Pdk+AtqpQO5nM4D2fja353JTs44kSpy60wvXMpI0HP1kPA==";

fn sns() -> Sns {
    Sns::version2([TOPIC])
}

fn note() -> Value {
    json!({
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC, "Message": "Hello", "Timestamp": "2023-11-14T22:13:20.000Z",
        "SigningCertURL": CERTIFICATE,
    })
}

fn confirmation(kind: &str) -> Value {
    let mut message = note();
    message["Type"] = kind.into();
    message["Token"] = "2336412f37f".into();
    message["SubscribeURL"] =
        "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription".into();
    message
}

/// A message as SNS sends it.
fn sent(message: &Value) -> Request {
    let message = Message::post("/", message.to_string()).content_type("text/plain");
    signed(&sns(), &rsa::private(), message)
}

/// The same with one member changed after it was signed.
fn bent(request: &Request, name: &str, value: impl Into<Value>) -> Request {
    let mut message: Value = serde_json::from_slice(&request.body).unwrap();
    message[name] = value.into();
    request.clone().body(message.to_string())
}

fn pinned() -> AnyEndpoint {
    endpoint_of(sns(), &rsa::certificate("sns.amazonaws.com", 2023, 2024))
}

/// A source of one certificate, which counts how often it is asked.
#[derive(Clone)]
struct Source(Arc<AtomicUsize>, String);

impl Source {
    fn new(certificate: String) -> Self {
        Self(Arc::default(), certificate)
    }
}

impl KeySource for Source {
    async fn key(&self, query: KeyQuery) -> Result<Option<Key>, Unavailable> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok((&*query.key_id == CERTIFICATE).then(|| Key::public(self.1.clone())))
    }
}

fn looked_up(certificate: String) -> (AnyEndpoint, Arc<AtomicUsize>) {
    let source = Source::new(certificate);
    let asked = Arc::clone(&source.0);
    (Endpoint::builder(sns()).keys_from(source).build().unwrap().into_any(), asked)
}

#[test]
fn a_message_is_what_was_signed_of_it() {
    let mut message = note();
    message["Subject"] = "Order".into();
    message["Message"] = "{\"id\":7,\n\"text\":\"\u{fc}\"}".into();
    message["MessageAttributes"] = json!({"role": {"Type": "String", "Value": "admin"}});
    message["UnsubscribeURL"] = "https://evil.example/".into();
    let request = sent(&message);
    let passed = delivery(&pinned(), &request);
    assert_eq!(passed.content().coverage, Coverage::Fields);
    assert_eq!(passed.event_name().as_deref(), Some("Notification"));
    let signed = &passed.content().signed;
    assert_eq!(signed.delivery_id.as_deref(), Some("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"));
    assert_eq!(signed.timestamp.as_deref(), Some("2023-11-14T22:13:20.000Z"));
    assert_eq!(passed.rebuilt_head().unwrap().content_type, Some("application/json"));
    let handed: Value = serde_json::from_slice(passed.body()).unwrap();
    let names: Vec<&String> = handed.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]);
    let Event::Notification(note) = Event::from_delivery(&passed).unwrap() else {
        panic!("a notification")
    };
    assert_eq!(note.subject.as_deref(), Some("Order"));
    assert_eq!(note.json::<Value>().unwrap()["id"], 7);
    assert!(note.json::<Vec<u8>>().is_err());
    every_bit_counts(&pinned(), &request, &[], SOME, |delivery| delivery.content().body.clone());
    nothing_odd_passes(&pinned(), &request);
}

#[test]
fn confirmations_are_events_and_nobody_visits_them() {
    for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
        let passed = delivery(&pinned(), &sent(&confirmation(kind)));
        assert_eq!(passed.event_name().as_deref(), Some(kind));
        let (Event::SubscriptionConfirmation(asked) | Event::UnsubscribeConfirmation(asked)) =
            Event::from_delivery(&passed).unwrap()
        else {
            panic!("a confirmation")
        };
        assert!(asked.subscribe_url.contains("ConfirmSubscription"));
        assert_eq!((&*asked.token, &*asked.topic_arn), ("2336412f37f", TOPIC));
    }
    let asked = sent(&confirmation("SubscriptionConfirmation"));
    for (name, value) in [
        ("SubscribeURL", "https://evil.example/"),
        ("Token", "another"),
        ("Type", "UnsubscribeConfirmation"),
    ] {
        refused_as(&pinned(), &bent(&asked, name, value), RejectionKind::SignatureMismatch);
    }
    for name in ["SubscribeURL", "Token", "Message"] {
        unclear(&pinned(), &bent(&asked, name, Value::Null));
    }
}

#[test]
fn every_signed_member_counts() {
    let mut message = note();
    message["Subject"] = "a subject".into();
    let request = sent(&message);
    for name in ["Message", "MessageId", "Subject", "Timestamp"] {
        let other = bent(&request, name, "2023-11-14T22:13:21.000Z");
        refused_as(&pinned(), &other, RejectionKind::SignatureMismatch);
        unclear(&pinned(), &bent(&request, name, json!(["x"])));
    }
    let without = bent(&request, "Subject", Value::Null);
    refused_as(&pinned(), &without, RejectionKind::SignatureMismatch);
    for (name, value) in [
        ("Type", "Notice"),
        ("TopicArn", "arn:aws:sns:eu-central-1:666666666666:orders"),
        ("SignatureVersion", "1"),
        ("SignatureVersion", "3"),
        ("SigningCertURL", "https://evil.example/x.pem"),
        ("MessageId", "a\nTimestamp"),
        ("Subject", "a\nb"),
    ] {
        unclear(&pinned(), &bent(&request, name, value));
    }
    for name in ["Type", "TopicArn", "SignatureVersion", "SigningCertURL", "MessageId", "Timestamp"]
    {
        unclear(&pinned(), &bent(&request, name, Value::Null));
    }
    let unsigned = bent(&request, "Signature", Value::Null);
    refused_as(&pinned(), &unsigned, RejectionKind::MissingSignature);
    let text = String::from_utf8(request.body.to_vec()).unwrap();
    for (from, to) in [
        ("\"Message\"", "\"Message\":\"x\",\"Message\""),
        ("\"Message\"", "\"M\\u0065ssage\":\"x\",\"Message\""),
        ("\"SigningCertURL\"", "\"SigningCertUrl\""),
        ("{", "[{"),
    ] {
        unclear(&pinned(), &request.clone().body(text.replacen(from, to, 1)));
    }
    // Raw delivery: the message alone, which nobody signed.
    let raw = Request::post("/", r#"{"id":7}"#).and("x-amz-sns-rawdelivery", "true");
    unclear(&pinned(), &raw);
    unclear(&pinned(), &Request::post("/", "Hello"));
}

#[test]
fn no_member_reaches_into_another() {
    // The message says what the next lines would.
    let mut message = note();
    message["Message"] = "a\nMessageId\nb\nSubject\nc\nTimestamp\nd".into();
    let request = sent(&message);
    delivery(&pinned(), &request);
    let mut other = bent(&request, "Message", "a");
    other = bent(&other, "MessageId", "b\nSubject\nc\nTimestamp\nd\nMessageId\nx");
    unclear(&pinned(), &other);
}

#[test]
fn a_version_is_pinned() {
    let mut message = note();
    message["SignatureVersion"] = "1".into();
    message["Signature"] = SIGNATURE_OF_VERSION_1.into();
    let request = Request::post("/", message.to_string());
    let endpoint = endpoint_of(Sns::version1([TOPIC]), KEY_OF_VERSION_1);
    delivery(&endpoint, &request);
    let other = bent(&request, "Message", "hello");
    refused_as(&endpoint, &other, RejectionKind::SignatureMismatch);
    // What is signed over SHA-1 passes nowhere else, whatever it says of itself.
    let strict = endpoint_of(sns(), KEY_OF_VERSION_1);
    unclear(&strict, &request);
    let lying = bent(&request, "SignatureVersion", "2");
    refused_as(&strict, &lying, RejectionKind::SignatureMismatch);
    unclear(&endpoint, &sent(&note()));
    let error = sign(&Sns::version1([TOPIC]), rsa::private(), Message::post("/", "{}"));
    assert!(error.is_err());
}

#[test]
fn the_time_is_that_of_publication() {
    let request = sent(&note());
    for (seconds, passes) in [(-3900, true), (3900, true), (-3901, false), (3901, false)] {
        let now = UnixTime::from_secs(NOW.as_secs() + seconds);
        assert_eq!(run_at(&pinned(), &request, now).is_ok(), passes, "{seconds}");
    }
    let mut undated = note();
    undated["Timestamp"] = "now".into();
    refused_as(&pinned(), &sent(&undated), RejectionKind::MalformedTimestamp);
}

#[test]
fn topics_are_named_when_the_endpoint_is_built() {
    let other = "arn:aws:sns:eu-central-1:123456789012:invoices";
    let endpoint = endpoint_of(
        Sns::version2([other, TOPIC]),
        &rsa::certificate("sns.amazonaws.com", 2023, 2024),
    );
    delivery(&endpoint, &sent(&note()));
    for topics in [&[][..], &["orders"], &["arn:aws:sqs:x:1:t"], &["arn:aws:sns:x:1:"], &["*"]] {
        let topics: Vec<String> = topics.iter().map(|topic| topic.to_string()).collect();
        assert!(mistake_of(Sns::version2(topics), "x").contains("ARN"));
    }
}

/// Row 84 of what receivers were attacked with, and what else looks like the right address.
#[test]
fn nobody_is_asked_for_another_address() {
    let (endpoint, asked) = looked_up(rsa::certificate("sns.amazonaws.com", 2023, 2024));
    let request = sent(&note());
    for address in [
        "https://s3.amazonaws.com/bucket/x.pem",
        "https://sns.s3.amazonaws.com.evil.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.evil.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.evil.cn/x.pem",
        "https://sns.us-east-1.amazonaws.com@evil.com/x.pem",
        "https://user@sns.us-east-1.amazonaws.com/x.pem",
        "https://user:pass@sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.com\\@sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.com\\.sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.com/sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.com#sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.com?sns.us-east-1.amazonaws.com/x.pem",
        "http://sns.us-east-1.amazonaws.com/x.pem",
        "HTTPS://sns.us-east-1.amazonaws.com/x.pem",
        "ftp://sns.us-east-1.amazonaws.com/x.pem",
        "//sns.us-east-1.amazonaws.com/x.pem",
        "https:/sns.us-east-1.amazonaws.com/x.pem",
        "https://SNS.us-east-1.amazonaws.com/x.pem",
        "https://sns.US-EAST-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com./x.pem",
        "https://sns.us-east-1.amazonaws.com:443/x.pem",
        "https://sns.us-east-1.amazonaws.com:8443/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem?a",
        "https://sns.us-east-1.amazonaws.com/x.pem#a",
        "https://sns.us-east-1.amazonaws.com/x",
        "https://sns.us-east-1.amazonaws.com/?.pem",
        "https://sns.us-east-1.amazonaws.com/../x.pem",
        "https://sns.us-east-1.amazonaws.com/%2e%2e/x.pem",
        "https://sns.us-east-1.amazonaws.com//evil.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/\\evil.com/x.pem",
        "https://sns.us-east-1.amazonaws.com",
        "https://sns..amazonaws.com/x.pem",
        "https://sns.us.amazonaws.com/x.pem",
        // A bucket of that name is anybody's: S3's older hosts have one label after it.
        "https://sns.s3.amazonaws.com/x.pem",
        "https://sns.s3-us-west-2.amazonaws.com/x.pem",
        "https://sns.s3-eu-west-1.amazonaws.com/x.pem",
        "https://sns.s3-fips-us-gov-west-1.amazonaws.com/x.pem",
        "https://sns.s3-accelerate.amazonaws.com/x.pem",
        "https://sns.s3-external-1.amazonaws.com/x.pem",
        "https://sns.s3-website-us-east-1.amazonaws.com/x.pem",
        "https://sns.s3-website-cn-north-1.amazonaws.com.cn/x.pem",
        "https://sns.us-east.amazonaws.com/x.pem",
        "https://sns.us-east-1-.amazonaws.com/x.pem",
        "https://sns.us--1.amazonaws.com/x.pem",
        "https://sns.us-east-one.amazonaws.com/x.pem",
        "https://sns.-us-east-1.amazonaws.com/x.pem",
        "https://sns.a.b.amazonaws.com/x.pem",
        "https://sns-us-east-1.amazonaws.com/x.pem",
        "https://xsns.us-east-1.amazonaws.com/x.pem",
        "https://a.sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.co/x.pem",
        "https://sns.us-east-1.amazonaws.com.cn.evil/x.pem",
        "https://sns.us-east-1.xn--amazonaws-.com/x.pem",
        "https://sns.us-east-1.am\u{430}zonaws.com/x.pem",
        "https://sns.us\u{2024}east.amazonaws.com/x.pem",
        "https://sns.us_east_1.amazonaws.com/x.pem",
        " https://sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem\n",
        "https://sns.us-east-1.amazonaws.com/x.pem\u{0}",
        "file:///etc/passwd.pem",
        "",
    ] {
        unclear(&endpoint, &bent(&request, "SigningCertURL", address));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody is asked");
    delivery(&endpoint, &request);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let unknown = bent(&request, "SigningCertURL", CERTIFICATE.replace("-0", "-1"));
    refused_as(&endpoint, &unknown, RejectionKind::UnknownKey);
}

#[test]
fn a_certificate_has_to_be_in_its_time_and_amazons() {
    let request = sent(&note());
    for (name, from, to, wrong) in [
        ("sns.amazonaws.com", 2023, 2024, None),
        ("sns.us-east-1.amazonaws.com", 2023, 2024, None),
        ("sns.cn-north-1.amazonaws.com.cn", 2023, 2024, None),
        ("sns.amazonaws.com", 2022, 2023, Some(PublicKeyError::Expired)),
        ("sns.amazonaws.com", 2024, 2025, Some(PublicKeyError::NotYetValid)),
        ("sns.amazonaws.com.evil.com", 2023, 2024, Some(PublicKeyError::OtherName)),
        ("evil-amazonaws.com", 2023, 2024, Some(PublicKeyError::OtherName)),
    ] {
        let certificate = rsa::certificate(name, from, to);
        for endpoint in [endpoint_of(sns(), &certificate), looked_up(certificate.clone()).0] {
            let Some(wrong) = wrong else {
                delivery(&endpoint, &request);
                continue;
            };
            let rejection = refused(&endpoint, &request);
            assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
            let cause = std::error::Error::source(&rejection).unwrap();
            assert_eq!(cause.to_string(), wrong.to_string());
        }
    }
    // While one certificate takes over from another, the one that is in its time counts.
    let both = hookgate::Secrets::new(rsa::certificate("sns.amazonaws.com", 2022, 2023))
        .and(rsa::certificate("sns.amazonaws.com", 2023, 2024));
    let endpoint = Endpoint::builder(sns()).secrets(both).build().unwrap();
    assert_eq!(delivery(&endpoint, &request).secret(), Some("#2"));
}

#[test]
fn a_source_that_fails_is_ours_to_mend() {
    async fn down(_: KeyQuery) -> Result<Option<Key>, Unavailable> {
        Err(Unavailable::new("no route"))
    }
    let endpoint = Endpoint::builder(sns()).keys_from(down).build().unwrap();
    let rejection = refused(&endpoint, &sent(&note()));
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::KeysUnavailable, 503));
    let (endpoint, _) = looked_up("no certificate".into());
    assert_eq!(refused(&endpoint, &sent(&note())).kind(), RejectionKind::KeysUnavailable);
    let both = Endpoint::builder(sns()).keys_from(down).secret("x").build();
    assert!(matches!(both, Err(BuildError::SeveralSources)));
}

#[test]
fn a_message_that_is_sent_again_is_the_same_event() {
    let (one, again) = (delivery(&pinned(), &sent(&note())), delivery(&pinned(), &sent(&note())));
    assert_eq!(one.dedupe_key(), again.dedupe_key());
    let mut other = note();
    other["MessageId"] = "another".into();
    assert_ne!(delivery(&pinned(), &sent(&other)).dedupe_key(), one.dedupe_key());
}
