//! The providers that no scheme of data describes: what they sign, and what can be made of it.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
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

use common::{Request, refused_as, run};
use hookgate::check::Verdict;
use hookgate::{AnyEndpoint, BuildError, Delivery, Endpoint, Provider, RejectionKind};

/// Which bits are flipped where a verification is slow: one of each byte but a few, each of its bits
/// somewhere.
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
