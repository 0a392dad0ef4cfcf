//! The providers that no scheme of data describes: what they sign, and what can be made of it.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
#[path = "../common/mod.rs"]
mod common;

mod adyen;
mod braintree;
mod contentful;
#[cfg(feature = "ecdsa")]
mod ebay;
#[cfg(feature = "rsa")]
mod paypal;
mod plivo;
#[cfg(feature = "rsa")]
mod sns;

use common::{NOW, Request, SECRET, delivery, refused_as, run, signed};
use hookgate::check::Verdict;
use hookgate::sign::Message;
use hookgate::{AnyEndpoint, BuildError, Delivery, Endpoint, Provider, RejectionKind};
use proptest::prelude::*;

/// Which bits are flipped where a verification is slow: one of each byte but a few, each of its bits
/// somewhere.
#[cfg(feature = "rsa")]
const SOME: usize = 7;

/// That each bit, or every so many, of a body and of these headers counts: the request is refused, or what is handed
/// on, as `seen` tells it, is what was signed.
fn every_bit_counts<T: PartialEq + std::fmt::Debug>(
    endpoint: &AnyEndpoint,
    request: &Request,
    headers: &[&str],
    every: usize,
    seen: impl Fn(&Delivery) -> T,
) {
    let of = |request: &Request| match run(endpoint, request) {
        Ok(Verdict::Deliver(delivery)) => Some(seen(&delivery)),
        Ok(other) => panic!("neither delivered nor refused: {other:?}"),
        Err(rejection) => {
            assert!(rejection.kind().is_signature(), "{:?}", rejection.kind());
            None
        }
    };
    let right = of(request).unwrap();
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let mut refused = 0;
    let mut judge = |bent: Request| match of(&bent) {
        Some(seen) => assert_eq!(seen, right, "{bent:?}"),
        None => refused += 1,
    };
    for bit in (0..request.body.len() * 8).step_by(every) {
        judge(request.clone().body(flipped(&request.body, bit)));
    }
    for header in headers {
        let value = request.value(header).into_bytes();
        for bit in 0..value.len() * 8 {
            judge(request.clone().with(header, flipped(&value, bit)));
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

/// That what is cut off, is no text or is too much is refused like any wrong signature.
fn nothing_odd_passes(endpoint: &AnyEndpoint, request: &Request) {
    for length in 0..request.body.len() {
        let cut = request.clone().body(request.body.slice(..length));
        if let Ok(passed) = run(endpoint, &cut) {
            panic!("{length} of {} bytes pass: {passed:?}", request.body.len());
        }
    }
    let kind = |body: Vec<u8>| match run(endpoint, &request.clone().body(body)) {
        Err(rejection) => rejection.kind(),
        Ok(passed) => panic!("passed: {passed:?}"),
    };
    let mut broken = request.body.to_vec();
    broken.insert(broken.len() / 2, 0xff);
    assert!(kind(broken).is_signature());
    let mut huge = request.body.to_vec();
    huge.resize(endpoint.body_limit(), b' ');
    huge.push(b' ');
    assert_eq!(kind(huge), RejectionKind::BodyTooLarge);
}

fn mistake_of<P: Provider>(provider: P, secret: &str) -> String {
    match Endpoint::builder(provider).secret(secret).build() {
        Err(BuildError::Provider(mistake)) => mistake.into(),
        Err(other) => other.to_string(),
        Ok(_) => panic!("it was built"),
    }
}

/// That a method, and a request without its headers, is refused.
fn heads_are_read(endpoint: &AnyEndpoint, request: &Request) {
    let method = run(endpoint, &request.clone().method("BREW")).unwrap_err();
    assert_eq!(method.kind(), RejectionKind::MethodNotAllowed);
    for (header, value) in &request.headers {
        if header.starts_with("content-") {
            continue;
        }
        let without = run(endpoint, &request.clone().without(header)).unwrap_err();
        assert!(without.kind().is_signature(), "{header}");
        let twice = request.clone().and(header, value.clone());
        let twice = run(endpoint, &twice).unwrap_err();
        assert!(twice.kind().is_signature(), "{header}");
    }
}

/// What users' tests send decodes as the provider's own event.
#[test]
fn samples_are_signed_and_decode() {
    use hookgate::sign::samples;
    use hookgate::{FromDelivery, Sends};

    fn taken<P: Sends>(provider: P, private: &str, public: &str, message: Message)
    where
        P::Event: FromDelivery,
    {
        let url = "https://example.com/hooks";
        let request = signed(&provider, private, message.at(NOW).public_url(url));
        let endpoint = Endpoint::builder(provider).secret(public).public_url(url).build().unwrap();
        let event = P::Event::from_delivery(&delivery(&endpoint, &request));
        assert!(event.is_ok(), "{}", endpoint.name());
    }

    use hookgate::{adyen::Adyen, braintree::Braintree, contentful::Contentful, plivo::Plivo};
    let hex = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
    taken(Adyen, hex, hex, samples::adyen("/hooks"));
    let pair = "public|private";
    taken(Braintree, pair, pair, samples::braintree("/hooks"));
    taken(Contentful, SECRET, SECRET, samples::contentful("/hooks"));
    taken(Plivo::new(), SECRET, SECRET, samples::plivo("/hooks?a=b"));
    #[cfg(feature = "rsa")]
    {
        use hookgate::{paypal::PayPal, sns::Sns};
        let certificate = rsa::certificate("messages.paypal.com", 2023, 2024);
        let paypal = PayPal::live("9XL90610J3647323C");
        taken(paypal, &rsa::private(), &certificate, samples::paypal("/hooks"));
        let certificate = rsa::certificate("sns.amazonaws.com", 2023, 2024);
        let sns = Sns::version2(["arn:aws:sns:eu-central-1:123456789012:orders"]);
        taken(sns, &rsa::private(), &certificate, samples::sns("/hooks"));
    }
    #[cfg(feature = "ecdsa")]
    {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let public = key.public_key_pem();
        taken(hookgate::ebay::Ebay, &key.serialize_pem(), &public, samples::ebay("/hooks"));
    }
}

/// What a build lacks is named, with the feature that has it.
#[test]
fn a_missing_feature_is_named() {
    let missing: &[(&str, String)] = &[
        #[cfg(not(feature = "ecdsa"))]
        ("ecdsa", mistake_of(hookgate::ebay::Ebay, "x")),
        #[cfg(not(feature = "rsa"))]
        ("rsa", mistake_of(hookgate::paypal::PayPal::live("A1"), "x")),
        #[cfg(not(feature = "rsa"))]
        ("rsa", mistake_of(hookgate::sns::Sns::version2(["arn:aws:sns:x:1:t"]), "x")),
    ];
    for (feature, error) in missing {
        assert!(error.contains(&format!("`{feature}`")), "{error}");
    }
}

fn endpoints() -> Vec<AnyEndpoint> {
    use hookgate::{adyen, braintree::Braintree, contentful::Contentful, plivo::Plivo};
    fn of<P: Provider>(provider: P, secret: &str) -> AnyEndpoint {
        let url = "https://example.com/hooks";
        Endpoint::builder(provider).secret(secret).public_url(url).build().unwrap().into_any()
    }
    vec![
        of(adyen::Adyen, "DFB1EB5485895CFA84146406857104AB"),
        of(adyen::Whole, "DFB1EB5485895CFA84146406857104AB"),
        of(Braintree, "public|private"),
        of(Contentful, SECRET),
        of(Plivo::new(), SECRET),
        #[cfg(feature = "ecdsa")]
        of(hookgate::ebay::Ebay, ebay::KEY),
        #[cfg(feature = "rsa")]
        of(hookgate::paypal::PayPal::live("A1"), &rsa::key().public_key_pem()),
        #[cfg(feature = "rsa")]
        of(hookgate::sns::Sns::version2(["arn:aws:sns:x:1:t"]), &rsa::key().public_key_pem()),
    ]
}

/// Bits of what the seven read, in an order that nobody sends.
const PIECES: &str = "(\"|\\{|\\}|\\[|\\]|:|,|=|&|%|%7C|\\||\\.|;|/|\\n|<|>|a|1|true|null|notificationItems|\
    NotificationRequestItem|additionalData|hmacSignature|amount|value|success|bt_payload|\
    bt_signature|<kind>|Message|Type|Notification|TopicArn|arn:aws:sns:x:1:t|SignatureVersion|2|\
    Signature|SigningCertURL|https://sns.eu-west-1.amazonaws.com/a.pem|\u{fc}){0,24}";

const HEADERS: &[&str] = &[
    "x-contentful-signature",
    "x-contentful-signed-headers",
    "x-contentful-timestamp",
    "x-plivo-signature-v3",
    "x-plivo-signature-v3-nonce",
    "x-ebay-signature",
    "paypal-transmission-sig",
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-cert-url",
    "paypal-auth-algo",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_request_panics_or_passes(
        method in "GET|POST|PUT",
        target in "/[a-z%0-9?&=.]{0,20}",
        body in PIECES,
        values in prop::collection::vec(
            prop_oneof!["[ -~]{0,24}", Just("1700000000000".to_owned()), Just("A".repeat(88))],
            HEADERS.len(),
        ),
    ) {
        let mut request = Request::post(&target, body).method(&method);
        for (header, value) in HEADERS.iter().zip(values) {
            request = request.and(header, value);
        }
        for endpoint in endpoints() {
            prop_assert!(run(&endpoint, &request).is_err(), "{}", endpoint.name());
        }
    }
}

fn unclear(endpoint: &AnyEndpoint, request: &Request) {
    refused_as(endpoint, request, RejectionKind::SignedContent);
}

/// Key pairs of these tests, made when they run.
#[cfg(feature = "rsa")]
mod rsa {
    use std::sync::OnceLock;

    use rcgen::{CertificateParams, KeyPair, RsaKeySize, date_time_ymd};

    pub(crate) fn key() -> &'static KeyPair {
        static KEY: OnceLock<KeyPair> = OnceLock::new();
        KEY.get_or_init(|| {
            KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
        })
    }

    pub(crate) fn private() -> String {
        key().serialize_pem()
    }

    /// A certificate of the key for these years.
    pub(crate) fn certificate(name: &str, from: i32, to: i32) -> String {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params.self_signed(key()).unwrap().pem()
    }
}
