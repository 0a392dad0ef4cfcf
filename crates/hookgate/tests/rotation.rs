//! Secrets that change while the server runs.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use bytes::Bytes;
use common::{
    Custom, NOW, Request, SECRET, STANDARD, WHSEC, delivery, message, plain_endpoint, refused,
    signed,
};
use hookgate::check::{Check, Opened, Verdict};
use hookgate::harmonizely::Harmonizely;
use hookgate::ports::{Key, KeyQuery, SecretQuery};
use hookgate::scheme::{Place, Scheme};
use hookgate::{
    AnyEndpoint, BuildError, Endpoint, RejectionKind, Secret, SecretError, Secrets, dangerous,
};

const BODY: &str = r#"{"event":"meetingScheduled"}"#;
const OLD: &str = "the secret of last spring";
const NEW: &str = "the secret of this autumn";

fn under(secret: &str) -> Request {
    signed(&Harmonizely, secret, message(BODY))
}

fn labelled(secret: &str, label: &str) -> Secret {
    Secret::new(secret).labelled(label)
}

fn both() -> Secrets {
    Secrets::new(labelled(NEW, "autumn")).and(labelled(OLD, "spring"))
}

fn rotating() -> AnyEndpoint {
    let endpoint = Endpoint::builder(Harmonizely).secrets(both()).build();
    endpoint.unwrap().into_any()
}

fn label_of(endpoint: &AnyEndpoint, secret: &str) -> Option<String> {
    let content = delivery(endpoint, &under(secret)).into_content();
    content.secret.map(|label| label.to_string())
}

fn mismatch(endpoint: &AnyEndpoint, secret: &str) {
    let kind = refused(endpoint, &under(secret)).kind();
    assert_eq!(kind, RejectionKind::SignatureMismatch);
}

fn labels(endpoint: &AnyEndpoint) -> Vec<String> {
    let labels = endpoint.secrets().labels();
    labels.iter().map(ToString::to_string).collect()
}

#[test]
fn a_delivery_says_which_secret_matched() {
    let endpoint = rotating();
    assert_eq!(label_of(&endpoint, NEW).as_deref(), Some("autumn"));
    assert_eq!(label_of(&endpoint, OLD).as_deref(), Some("spring"));
    mismatch(&endpoint, SECRET);
    assert_eq!(labels(&endpoint), ["autumn", "spring"]);
}

#[test]
fn secrets_without_a_label_have_their_number() {
    let builder = Endpoint::builder(Harmonizely).secret(NEW).secret(labelled(OLD, "spring"));
    let endpoint = builder.secret(SECRET).build().unwrap();
    for (secret, label) in [(NEW, "#1"), (OLD, "spring"), (SECRET, "#3")] {
        assert_eq!(label_of(&endpoint, secret).as_deref(), Some(label));
    }
}

#[test]
fn of_two_equal_secrets_the_first_matches() {
    let equal = Secrets::new(labelled(NEW, "one")).and(labelled(NEW, "two"));
    let endpoint = Endpoint::builder(Harmonizely).secrets(equal).build().unwrap();
    assert_eq!(label_of(&endpoint, NEW).as_deref(), Some("one"));
}

#[test]
fn every_one_of_many_secrets_matches() {
    let secrets: Secrets = (0..20).map(|n| format!("secret number {n}")).collect();
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build().unwrap();
    for n in 0..20 {
        let label = label_of(&endpoint, &format!("secret number {n}"));
        assert_eq!(label, Some(format!("#{}", n + 1)));
    }
    mismatch(&endpoint, "secret number 20");
}

#[test]
fn what_was_replaced_is_refused_from_then_on() {
    let endpoint = rotating();
    let clone = endpoint.clone();
    endpoint.secrets().replace(labelled(NEW, "autumn")).unwrap();
    for endpoint in [&endpoint, &clone] {
        assert_eq!(label_of(endpoint, NEW).as_deref(), Some("autumn"));
        mismatch(endpoint, OLD);
        assert_eq!(labels(endpoint), ["autumn"]);
    }
    clone.secrets().replace(OLD).unwrap();
    assert_eq!(label_of(&endpoint, OLD).as_deref(), Some("#1"));
    mismatch(&endpoint, NEW);
}

fn opened(endpoint: &AnyEndpoint, request: &Request) -> Check {
    match endpoint.open(request, NOW).unwrap() {
        Opened::Check(check) => check,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_ends_under_the_secrets_with_which_it_began() {
    let endpoint = rotating();
    let mut old = opened(&endpoint, &under(OLD));
    let mut new = opened(&endpoint, &under(SECRET));
    old.push(Bytes::from_static(&BODY.as_bytes()[..9])).unwrap();
    endpoint.secrets().replace(SECRET).unwrap();
    old.push(Bytes::from_static(&BODY.as_bytes()[9..])).unwrap();
    new.push(BODY.into()).unwrap();
    match old.finish() {
        Ok(Verdict::Deliver(delivery)) => {
            assert_eq!(delivery.content().secret.as_deref(), Some("spring"));
        }
        other => panic!("{other:?}"),
    }
    // And one that began under the old secrets does not know the new one.
    assert_eq!(new.finish().unwrap_err().kind(), RejectionKind::SignatureMismatch);
    mismatch(&endpoint, OLD);
    delivery(&endpoint, &under(SECRET));
}

#[test]
fn secrets_that_cannot_be_right_replace_nothing() {
    let endpoint = rotating();
    for (secrets, label, error) in [
        (Secrets::new(""), "#1", SecretError::Empty),
        (Secrets::new(NEW).and(""), "#2", SecretError::Empty),
        (Secrets::new(labelled("x\n", "bad")).and(NEW), "bad", SecretError::LineBreak),
    ] {
        let got = endpoint.secrets().replace(secrets).unwrap_err();
        assert_eq!(got, BuildError::Secret { label: label.into(), error });
        assert_eq!(labels(&endpoint), ["autumn", "spring"]);
        assert_eq!(label_of(&endpoint, OLD).as_deref(), Some("spring"));
    }
    assert_eq!(endpoint.secrets().replace(Secrets::default()), Err(BuildError::NoSecret));
    assert_eq!(labels(&endpoint), ["autumn", "spring"]);
    let encoded = common::endpoint_of(Custom::new(STANDARD), WHSEC);
    for bad in ["whsec_", "whsec_!!!!", "no base64"] {
        encoded.secrets().replace(bad).unwrap_err();
    }
    delivery(&encoded, &signed(&Custom::new(STANDARD), WHSEC, message(BODY)));
}

/// Endpoints that have no secrets of their own.
fn without_own_secrets() -> Vec<(&'static str, AnyEndpoint)> {
    let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely));
    let tenants = Endpoint::builder(Harmonizely).secrets_from(
        |_| Some("tenant".into()),
        |_: SecretQuery| async { Ok(Some(Secrets::new(SECRET))) },
    );
    let scheme = Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"));
    let keys = Endpoint::builder(Custom::new(scheme))
        .keys_from(|_: KeyQuery| async { Ok(Some(Key::secret(SECRET))) });
    vec![
        ("unsigned", unsigned.build().unwrap().into_any()),
        ("secrets that are looked up", tenants.build().unwrap().into_any()),
        ("keys that are looked up", keys.build().unwrap().into_any()),
    ]
}

#[test]
fn an_endpoint_without_secrets_of_its_own_takes_none() {
    for (name, endpoint) in without_own_secrets() {
        let error = endpoint.secrets().replace(NEW).unwrap_err();
        assert_eq!(error, BuildError::NoOwnSecrets, "{name}");
    }
}

#[test]
fn an_endpoint_without_secrets_of_its_own_has_no_labels() {
    for (name, endpoint) in without_own_secrets() {
        assert!(endpoint.secrets().labels().is_empty(), "{name}: {:?}", labels(&endpoint));
    }
}

#[test]
fn replacing_goes_on_while_requests_come() {
    let endpoint = plain_endpoint();
    let other = endpoint.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for turn in 0..200 {
                let current = if turn % 2 == 0 { NEW } else { OLD };
                other.secrets().replace(Secrets::new(current).and(SECRET)).unwrap();
            }
        });
        for _ in 0..200 {
            delivery(&endpoint, &under(SECRET));
        }
    });
    assert_eq!(label_of(&endpoint, OLD).as_deref(), Some("#1"));
    mismatch(&endpoint, NEW);
}
