//! PayPal: what its signature proves, and what it does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hookgate::paypal::{Event, PayPal};
use hookgate::ports::{Key, KeyQuery, Unavailable};
use hookgate::sign::Message;
use hookgate::{
    AnyEndpoint, Coverage, Endpoint, FromDelivery, RejectionKind, SenderOnly, UnixTime,
};

use crate::common::{NOW, Request, delivery, endpoint_of, refused_as, run, run_at, signed};
use crate::{SOME, heads_are_read, mistake_of, rsa, unclear};

const WEBHOOK: &str = "9XL90610J3647323C";
const BODY: &str =
    r#"{"id":"WH-1","event_type":"PAYMENT.SALE.COMPLETED","resource":{"total":"21.00"}}"#;
const CERTIFICATE: &str = "https://api.paypal.com/v1/notifications/certs/CERT-1";

fn paypal() -> PayPal {
    PayPal::live(WEBHOOK)
}

fn sent() -> Request {
    let message = Message::post("/", BODY).at(NOW).id("d938e770-8046-11e6").key_id(CERTIFICATE);
    signed(&paypal(), &rsa::private(), message)
}

fn pinned() -> AnyEndpoint {
    endpoint_of(paypal(), &rsa::certificate("messageverificationcerts.paypal.com", 2023, 2024))
}

#[test]
fn a_transmission_proves_its_sender() {
    let passed = delivery(&pinned(), &sent());
    assert_eq!(passed.content().coverage, Coverage::SenderOnly);
    assert_eq!(passed.body(), BODY);
    assert_eq!(passed.event_name().as_deref(), Some("PAYMENT.SALE.COMPLETED"));
    assert_eq!(passed.content().signed.delivery_id.as_deref(), Some("d938e770-8046-11e6"));
    assert_eq!(passed.content().signed.timestamp.as_deref(), Some("2023-11-14T22:13:20Z"));
    let SenderOnly(event) = SenderOnly::<Event>::from_delivery(&passed).unwrap();
    assert_eq!((&*event.id, event.resource["total"].as_str()), ("WH-1", Some("21.00")));
    // Without the wrapper that says so, nobody gets it.
    assert!(Event::from_delivery(&passed).is_err());
    assert!(passed.replay_key().is_some() && passed.dedupe_key().is_none());
    heads_are_read(&pinned(), &sent());
}

#[test]
fn a_mistake_in_the_body_is_told() {
    for at in (0..BODY.len() * 8).step_by(SOME) {
        let mut bent = BODY.as_bytes().to_vec();
        bent[at / 8] ^= 1 << (at % 8);
        refused_as(&pinned(), &sent().body(bent), RejectionKind::SignatureMismatch);
    }
    for cut in 0..BODY.len() {
        assert!(run(&pinned(), &sent().body(&BODY[..cut])).is_err());
    }
    let mut headers = vec!["paypal-transmission-sig", "paypal-transmission-id"];
    headers.extend(["paypal-transmission-time", "paypal-auth-algo"]);
    for header in headers {
        let value = sent().value(header).into_bytes();
        for at in (0..value.len() * 8).step_by(SOME) {
            let mut bent = value.clone();
            bent[at / 8] ^= 1 << (at % 8);
            // The name of the algorithm is taken in any case.
            if !bent.eq_ignore_ascii_case(&value) || header != "paypal-auth-algo" {
                let rejection = run(&pinned(), &sent().with(header, bent)).unwrap_err();
                assert!(rejection.kind().is_signature());
            }
        }
    }
}

/// Why handlers take `SenderOnly`: four bytes are enough to write any body under a signature.
#[test]
fn an_attack_on_the_body_is_not_told() {
    let wanted = crc32(BODY.as_bytes());
    let mut forged = br#"{"id":"WH-1","event_type":"EVIL","pad":""#.to_vec();
    // CRC-32 is linear: each bit of four bytes changes it in its own way, so any value is reached.
    let base = crc32(&[&*forged, &[0; 4]].concat());
    let (mut rows, mut left) = (Vec::new(), base ^ wanted);
    for bit in 0..32_u32 {
        let with = crc32(&[&*forged, &(1_u32 << bit).to_le_bytes()].concat()) ^ base;
        rows.push((with, 1_u32 << bit));
    }
    let mut patch = 0;
    for bit in 0..32 {
        let at = rows.iter().position(|(effect, _)| effect >> bit & 1 == 1).unwrap();
        let (effect, bits) = rows.swap_remove(at);
        for row in rows.iter_mut().filter(|row| row.0 >> bit & 1 == 1) {
            *row = (row.0 ^ effect, row.1 ^ bits);
        }
        if left >> bit & 1 == 1 {
            (left, patch) = (left ^ effect, patch ^ bits);
        }
    }
    forged.extend(patch.to_le_bytes());
    assert_eq!(crc32(&forged), wanted);
    let passed = delivery(&pinned(), &sent().body(forged));
    assert_eq!(passed.content().coverage, Coverage::SenderOnly);
}

fn crc32(text: &[u8]) -> u32 {
    crc32fast::hash(text)
}

#[test]
fn it_is_for_one_webhook_and_one_environment() {
    let certificate = rsa::certificate("messageverificationcerts.paypal.com", 2023, 2024);
    let other = endpoint_of(PayPal::live("1AB23456CD789012E"), &certificate);
    refused_as(&other, &sent(), RejectionKind::SignatureMismatch);
    unclear(&endpoint_of(PayPal::sandbox(WEBHOOK), &certificate), &sent());
    for odd in ["", "WH-1", "a|b", &"A".repeat(51)] {
        assert!(mistake_of(PayPal::live(odd), "x").contains("webhook"));
    }
}

#[test]
fn the_time_is_held_against_three_days() {
    let days = 3 * 24 * 60 * 60 + 300;
    for (seconds, passes) in [(days, true), (-days, true), (days + 1, false), (-days - 1, false)] {
        let now = UnixTime::from_secs(NOW.as_secs() + seconds);
        assert_eq!(run_at(&pinned(), &sent(), now).is_ok(), passes, "{seconds}");
    }
    let odd = sent().with("paypal-transmission-time", "2023-11-14T22:13:20Z|x");
    unclear(&pinned(), &odd);
}

/// Row 84 of what receivers were attacked with.
#[test]
fn nobody_is_asked_for_another_address() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let certificate = rsa::certificate("messageverificationcerts.paypal.com", 2023, 2024);
    let source = move |query: KeyQuery| {
        count.fetch_add(1, Ordering::Relaxed);
        let found = (&*query.key_id == CERTIFICATE).then(|| Key::public(certificate.clone()));
        async { Ok::<_, Unavailable>(found) }
    };
    let endpoint = Endpoint::builder(paypal()).keys_from(source).build().unwrap();
    for address in [
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.com/v1/notifications/certs/CERT-1",
        "https://evilapi.paypal.com/v1/notifications/certs/CERT-1",
        "https://api-paypal.com/v1/notifications/certs/CERT-1",
        "https://www.paypal.com/v1/notifications/certs/CERT-1",
        "https://paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.com/v1/notifications/certs/CERT-1",
        "https://evil.com\\@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://u:p@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com./v1/notifications/certs/CERT-1",
        "https://API.paypal.com/v1/notifications/certs/CERT-1",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../evil",
        "https://api.paypal.com/v1/notifications/certs/%2e%2e/evil",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com/v1/notifications/certs",
        "https://api.paypal.com/redirect?to=/v1/notifications/certs/x",
        "https://api.paypal.com/v1/notifications/certs/x?y",
        "https://api.paypal.com/v1/notifications/certs/x#y",
        "https://api.paypal.com/evil/v1/notifications/certs/x",
        "https://xn--pypal-4ve.com/v1/notifications/certs/x",
        "https://api.p\u{430}ypal.com/v1/notifications/certs/x",
        "file:///v1/notifications/certs/x",
        "",
    ] {
        unclear(&endpoint, &sent().with("paypal-cert-url", address));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody is asked");
    assert_eq!(delivery(&endpoint, &sent()).secret(), Some(CERTIFICATE));
    let other = CERTIFICATE.replace("CERT-1", "CERT-2").replace("api.", "api-m.");
    let unknown = sent().with("paypal-cert-url", other);
    refused_as(&endpoint, &unknown, RejectionKind::UnknownKey);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn the_sandbox_is_signed_and_verified() {
    let sandbox = PayPal::sandbox(WEBHOOK);
    let request = signed(&sandbox, &rsa::private(), Message::post("/", BODY).at(NOW));
    let name = "messageverificationcerts.sandbox.paypal.com";
    delivery(&endpoint_of(sandbox, &rsa::certificate(name, 2023, 2024)), &request);
    assert!(hookgate::sign::sign(&paypal(), rsa::private(), Message::post("/", BODY)).is_err());
}
