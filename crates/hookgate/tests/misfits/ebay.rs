//! eBay: a header of JSON in base64, and keys by their name.

use hookgate::ebay::{Ebay, Event};
use hookgate::ports::{Key, KeyQuery, Unavailable};
use hookgate::sign::Message;
use hookgate::{AnyEndpoint, Coverage, Endpoint, FromDelivery, Rejection, RejectionKind};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};

use crate::common::{Request, base64, delivery, endpoint_of, run, signed};
use crate::{heads_are_read, nothing_odd_passes};

/// eBay's own test: `event-notification-nodejs-sdk`, `test/test.json`.
pub(crate) const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==\n-----END PUBLIC KEY-----";
const SIGNATURE: &str = "eyJhbGciOiJlY2RzYSIsImtpZCI6Ijk5MzYyNjFhLTdkN2ItNDYyMS1hMGYxLTk2Y2NiNDI4YWY0OSIsInNpZ25hdHVyZSI6Ik1FWUNJUUNmeGZJV3V4bVdjSUJRSjljNS9YN2lHREpxczJSQ0dzQkVhQWppbnlycmZBSWhBSVY2d0djVGlCdVY1S0pVaWYyaG9reXJMK1E5c3NIa2FkK214Mm5FRTI1dyIsImRpZ2VzdCI6IlNIQTEifQ==";
const KID: &str = "9936261a-7d7b-4621-a0f1-96ccb428af49";
const BODY: &str = r#"{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION","schemaVersion":"1.0","deprecated":false},"notification":{"notificationId":"49feeaeb-4982-42d9-a377-9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d","eventDate":"2021-03-19T20:43:59.462Z","publishDate":"2021-03-19T20:43:59.679Z","publishAttemptCount":1,"data":{"username":"test_user","userId":"ma8vp1jySJC","eiasToken":"nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ=="}}}"#;

fn published() -> Request {
    Request::post("/webhook", BODY).and("x-ebay-signature", SIGNATURE)
}

fn refused(endpoint: &AnyEndpoint, request: &Request) -> Rejection {
    let rejection = run(endpoint, request).unwrap_err();
    assert_eq!(rejection.status(), 412, "{request:?}");
    rejection
}

fn header(said: &str) -> Request {
    published().with("x-ebay-signature", base64(said.as_bytes()))
}

#[test]
fn what_ebay_published_is_accepted() {
    for key in [KEY.to_owned(), KEY.replace('\n', "")] {
        let passed = delivery(&endpoint_of(Ebay, &key), &published());
        assert_eq!(passed.content().coverage, Coverage::Body);
        assert_eq!(passed.body(), BODY);
        assert_eq!(passed.event_name().as_deref(), Some("MARKETPLACE_ACCOUNT_DELETION"));
        let event = Event::from_delivery(&passed).unwrap();
        assert_eq!(event.data["username"], "test_user");
        assert_eq!(event.publish_attempt_count, Some(1));
        assert!(passed.dedupe_key().is_some());
    }
    let endpoint = endpoint_of(Ebay, KEY);
    heads_are_read(&endpoint, &published());
    nothing_odd_passes(&endpoint, &published());
    for at in 0..BODY.len() {
        let mut bent = BODY.as_bytes().to_vec();
        bent[at] ^= 1;
        refused(&endpoint, &published().body(bent));
    }
}

#[test]
fn the_header_chooses_nothing() {
    let endpoint = endpoint_of(Ebay, KEY);
    let said = String::from_utf8(
        base64::Engine::decode(&base64::prelude::BASE64_STANDARD, SIGNATURE).unwrap(),
    );
    let said = said.unwrap();
    delivery(&endpoint, &header(&said));
    for (from, to) in [
        ("\"ecdsa\"", "\"rsa\""),
        ("\"ecdsa\"", "\"none\""),
        ("\"ecdsa\"", "null"),
        ("\"SHA1\"", "\"SHA256\""),
        ("\"SHA1\"", "1"),
        (KID, ""),
        (KID, "../../evil"),
        (KID, "a%2fb"),
        ("\"kid\"", "\"key\""),
        ("\"kid\"", "\"kid\":\"x\",\"kid\""),
        ("\"signature\"", "\"sig\""),
        ("\"signature\"", "\"signature\":\"\",\"s\""),
        ("{\"alg\"", "[{\"alg\""),
    ] {
        assert!(said.contains(from));
        let kind = refused(&endpoint, &header(&said.replace(from, to))).kind();
        assert!(kind.is_signature(), "{to}");
    }
    for odd in ["", "{}", "no base64!", &"A".repeat(2000)] {
        let kind = refused(&endpoint, &published().with("x-ebay-signature", odd)).kind();
        assert_eq!(kind, RejectionKind::SignedContent);
    }
    // A bit of the signature within.
    let at = said.find("MEYC").unwrap() + 20;
    let mut bent = said.into_bytes();
    bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
    refused(&endpoint, &published().with("x-ebay-signature", base64(&bent)));
}

#[test]
fn a_key_is_looked_up_by_its_name() {
    async fn source(query: KeyQuery) -> Result<Option<Key>, Unavailable> {
        Ok((&*query.key_id == KID).then(|| Key::public(KEY)))
    }
    let endpoint = Endpoint::builder(Ebay).keys_from(source).build().unwrap();
    assert_eq!(delivery(&endpoint, &published()).secret(), Some(KID));
    let other = header(r#"{"alg":"ecdsa","kid":"other","signature":"MEYC","digest":"SHA1"}"#);
    assert_eq!(refused(&endpoint, &other).kind(), RejectionKind::UnknownKey);
}

#[test]
fn a_notification_is_signed_and_verified() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let request = signed(&Ebay, &key.serialize_pem(), Message::post("/", BODY).key_id("k-1"));
    delivery(&endpoint_of(Ebay, &key.public_key_pem()), &request);
    refused(&endpoint_of(Ebay, KEY), &request);
}
