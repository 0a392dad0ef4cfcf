//! Braintree: signatures in a form, and a document in base64.

use hookgate::braintree::{Braintree, Event};
use hookgate::check::Opened;
use hookgate::sign::Message;
use hookgate::{Coverage, Endpoint, FromDelivery, RejectionKind, Secret};

use crate::common::{NOW, Request, base64, delivery, endpoint_of, refused_as, signed};
use crate::{every_bit_counts, nothing_odd_passes, unclear};

const PAIR: &str = "integration_public_key|integration_private_key";

/// Computed as `braintree_node` does, over `<notification><kind>check</kind></notification>`.
const BODY: &str = "bt_signature=other_key%7Cdeadbeef%26integration_public_key%7Cd53eaf7e941a322fd63f23a4c014828169ba83f4&bt_payload=PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlvbj4%3D%0A";

const DOCUMENT: &str = "<notification><timestamp type=\"datetime\">2026-11-22T10:00:00Z\
    </timestamp><kind>subscription_canceled</kind><subject><kind>x</kind></subject></notification>";

fn form(document: &str) -> Message {
    let payload = base64(document.as_bytes()).replace('+', "%2B").replace('/', "%2F");
    Message::post("/", format!("bt_payload={payload}%0A")).key_id("integration_public_key")
}

#[test]
fn a_notification_is_its_document() {
    let endpoint = endpoint_of(Braintree, PAIR);
    let passed = delivery(&endpoint, &Request::post("/webhook", BODY));
    assert_eq!(passed.body(), "<notification><kind>check</kind></notification>");
    assert_eq!(passed.content().coverage, Coverage::Fields);
    assert_eq!(passed.content().secret.as_deref(), Some("integration_public_key"));
    assert_eq!(passed.event_name().as_deref(), Some("check"));
    assert_eq!(passed.rebuilt_head().unwrap().content_type, Some("application/xml"));
    let request = signed(&Braintree, PAIR, form(DOCUMENT));
    let passed = delivery(&endpoint, &request);
    let event = Event::from_delivery(&passed).unwrap();
    assert_eq!(event.kind, "subscription_canceled");
    assert_eq!(event.timestamp.as_deref(), Some("2026-11-22T10:00:00Z"));
    assert_eq!(event.xml, DOCUMENT);
    assert!(passed.dedupe_key().is_some());
    every_bit_counts(&endpoint, &request, &[], 1, |delivery| delivery.content().body.clone());
    nothing_odd_passes(&endpoint, &request);
}

#[test]
fn one_more_line_break_may_be_signed() {
    let endpoint = endpoint_of(Braintree, PAIR);
    let with = signed(&Braintree, PAIR, form(DOCUMENT));
    let text = String::from_utf8(with.body.to_vec()).unwrap();
    // Signed with the break, and received without it.
    delivery(&endpoint, &with.clone().body(text.replace("%0A&", "&")));
    // Signed without it, and received with it: another text.
    let payload = base64(DOCUMENT.as_bytes()).replace('+', "%2B").replace('/', "%2F");
    let without = signed(&Braintree, PAIR, Message::post("/", format!("bt_payload={payload}")));
    let text = String::from_utf8(without.body.to_vec()).unwrap();
    let more = without.body(text.replace("&bt_sig", "%0A%0A&bt_sig"));
    refused_as(&endpoint, &more, RejectionKind::SignatureMismatch);
}

#[test]
fn what_is_odd_is_refused() {
    let endpoint = endpoint_of(Braintree, PAIR);
    for (body, want) in [
        (String::new(), RejectionKind::SignedContent),
        (BODY.replace("bt_payload", "payload"), RejectionKind::SignedContent),
        (format!("{BODY}&bt_payload=x"), RejectionKind::SignedContent),
        (format!("{BODY}&bt_signature=x"), RejectionKind::SignedContent),
        (format!("{BODY}&bt_sign%61ture=x"), RejectionKind::SignedContent),
        (BODY.replace("PG5v", "%%"), RejectionKind::SignedContent),
        (BODY.replace("PG5v", "PG-v"), RejectionKind::SignedContent),
        (BODY.replace("PG5v", "PG5%20v"), RejectionKind::SignedContent),
        (BODY.replace("bt_signature", "signature"), RejectionKind::MissingSignature),
        (BODY.replace("%7Cd53e", "d53e"), RejectionKind::MalformedSignature),
        (BODY.replace("d53eaf", "d53eae"), RejectionKind::SignatureMismatch),
        ("bt_signature=&bt_payload=PG5v".into(), RejectionKind::EmptySignature),
        ("bt_signature=x%7C&bt_payload=PG5v".into(), RejectionKind::MalformedSignature),
    ] {
        refused_as(&endpoint, &Request::post("/", body), want);
    }
    let other = endpoint_of(Braintree, "integration_public_key|another_private_key");
    refused_as(&other, &Request::post("/", BODY), RejectionKind::SignatureMismatch);
    unclear(&endpoint, &Request::post("/", "\u{0}\u{ff}%ff=&&&"));
}

#[test]
fn the_secret_is_a_pair() {
    let refused = |secret: Secret| {
        let error = Endpoint::builder(Braintree).secret(secret).build().unwrap_err();
        error.to_string()
    };
    for odd in ["integration_private_key", "|key", "name|", "na me|key", "name| "] {
        assert!(refused(odd.into()).contains("public key|private key"), "{odd}");
    }
    assert!(refused("name|key\n".into()).contains("line break"));
    // The private key alone, labelled with the public one.
    let labelled = Secret::new("integration_private_key").labelled("integration_public_key");
    let endpoint = Endpoint::builder(Braintree).secret(labelled).build().unwrap();
    assert_eq!(
        delivery(&endpoint, &Request::post("/", BODY)).secret(),
        Some("integration_public_key"),
    );
}

#[test]
fn a_challenge_is_answered_under_the_keys_name() {
    let endpoint = endpoint_of(Braintree, PAIR);
    let challenge = "20f9f8ed05f77439fe955c977e4c8a53";
    let request = Request::post(&format!("/?bt_challenge={challenge}"), "").method("GET");
    let Ok(Opened::Reply(reply)) = endpoint.open(&request, NOW) else { panic!("no reply") };
    // braintree_node's own test of `verify`.
    assert_eq!(reply.body(), "integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4",);
    let open = Request::post("/?bt_challenge=PG5vdGlmaWNhdGlvbj4", "").method("GET");
    assert!(
        !matches!(endpoint.open(&open, NOW), Ok(Opened::Reply(reply)) if reply.status() == 200)
    );
}
