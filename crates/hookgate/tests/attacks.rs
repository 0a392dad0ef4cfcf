//! Attacks and faults that receivers have had, one test for a row of the project's list of them.
//! Rows about one provider are in `attacks_on_entries.rs`.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use common::{
    Custom, LONG, NOW, Outcome, PREFIXED, Request, SECRET, STANDARD, STRIPE_LIKE, SUFFIXED, WHSEC,
    base64, base64_of, delivery, endpoint_of, hex, hex_of, hmac256, hmac512, message, outcome,
    plain_endpoint, refused, refused_as, run, run_at, signed,
};
use hookgate::ace::{Ace, Trigger};
use hookgate::check::{Opened, Verdict};
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{Key, KeyQuery, SecretQuery, Unavailable};
use hookgate::scheme::{Encoding, KeyForm, Place, Scheme, TimeUnit};
use hookgate::screenmeet::ScreenMeet;
use hookgate::{
    AnyEndpoint, BuildError, Content, Dedupe, Endpoint, FromDelivery, JsonEvent, Provider,
    RejectionKind, Secret, SecretError, Secrets, UnixTime, UnknownEvents, Warning, ace, dangerous,
    harmonizely, mobile_assistant,
};
use proptest::prelude::*;

const BODY: &str = r#"{"event":"meetingScheduled","uuid":"u-1","data":{"note":"a/b \u00e9"}}"#;

fn seconds(offset: i64) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + offset)
}

/// Harmonizely's request for [`BODY`].
fn genuine() -> Request {
    signed(&Harmonizely, SECRET, message(BODY))
}

fn build_error<P: Provider>(provider: P, secret: impl Into<Secret>) -> BuildError {
    Endpoint::builder(provider).secret(secret).build().unwrap_err()
}

/// What `build` says of a secret, for a scheme with keys of this form.
fn secret_error(form: KeyForm, secret: &str) -> SecretError {
    match build_error(Custom::new(PREFIXED.key(form)), secret) {
        BuildError::Secret { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

/// A request in the way of Stripe: these fields before the signature of `<ts>.<body>`.
fn stripe_like(ts: &str, body: &str) -> Request {
    let signature = hex_of(format!("{ts}.{body}"));
    Request::post("/hooks", body.to_owned())
        .and("stripe-signature", format!("t={ts},v1={signature}"))
}

/// A request of Standard Webhooks, signed over this id and time.
fn standard(id: &str, ts: &str, body: &str) -> Request {
    let signature = base64_of(format!("{id}.{ts}.{body}"));
    Request::post("/hooks", body.to_owned())
        .and("webhook-id", id)
        .and("webhook-timestamp", ts)
        .and("webhook-signature", format!("v1,{signature}"))
}

fn now_text() -> String {
    NOW.as_secs().to_string()
}

#[test]
fn row_01_an_empty_secret() {
    for form in [KeyForm::Text, KeyForm::Hex, KeyForm::Base64, KeyForm::Whsec] {
        assert_eq!(secret_error(form, ""), SecretError::Empty, "{form:?}");
    }
    let error = build_error(Harmonizely, Secret::exact(""));
    assert!(matches!(error, BuildError::Secret { error: SecretError::Empty, .. }));
    let endpoint = plain_endpoint();
    endpoint.secrets().replace("").unwrap_err();
    let forged = Request::post("/", "{}").and("webhook-signature", base64(&hmac256(b"", b"{}")));
    refused_as(&endpoint, &forged, RejectionKind::SignatureMismatch);
}

#[test]
fn row_02_a_secret_that_decodes_to_nothing() {
    for secret in ["whsec_", "v1,whsec_"] {
        assert_eq!(secret_error(KeyForm::Whsec, secret), SecretError::DecodesToNothing);
    }
}

#[test]
fn row_03_a_secret_that_only_lenient_decoders_take() {
    for (form, secret, want) in [
        (KeyForm::Whsec, "whsec_!!!!", SecretError::NotBase64),
        (KeyForm::Whsec, "whsec_====", SecretError::NotBase64),
        (KeyForm::Whsec, "whsec_YSBw-_==", SecretError::NotBase64),
        (KeyForm::Whsec, "whsec_whsec_YSBw", SecretError::NotBase64),
        (KeyForm::Base64, "YSB", SecretError::NotBase64),
        (KeyForm::Base64, "\u{feff}YSBw", SecretError::NotBase64),
        (KeyForm::Hex, "0x6120", SecretError::NotHex),
        (KeyForm::Hex, "612", SecretError::NotHex),
        (KeyForm::Hex, "zz", SecretError::NotHex),
    ] {
        assert_eq!(secret_error(form, secret), want, "{secret}");
    }
}

#[test]
fn row_03_a_key_of_zero_bytes_is_the_empty_key() {
    // RFC 2104 pads keys with zeros, so anyone can sign under these without knowing them.
    assert_eq!(hmac256(b"", b"x"), hmac256(&[0; 32], b"x"));
    for (form, secret) in [
        (KeyForm::Whsec, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        (KeyForm::Base64, "AAAA"),
        (KeyForm::Hex, "0000000000000000"),
        (KeyForm::Text, "\0"),
    ] {
        let built = Endpoint::builder(Custom::new(PREFIXED.key(form))).secret(secret).build();
        assert!(built.is_err(), "{form:?} {secret:?}");
    }
}

#[test]
fn row_04_white_space_around_a_secret() {
    for secret in ["s3cret-s3cret\n", "s3cret-s3cret\r\n", "s3cret-s3cret\r"] {
        assert_eq!(secret_error(KeyForm::Text, secret), SecretError::LineBreak);
    }
    for secret in ["YSBw\n", " YSBw", "YS Bw"] {
        assert_eq!(secret_error(KeyForm::Base64, secret), SecretError::WhiteSpace);
        assert_eq!(secret_error(KeyForm::Whsec, secret), SecretError::WhiteSpace);
    }
    // Nothing is trimmed: the space belongs to the key, and is warned of.
    let spaced = endpoint_of(Harmonizely, "s3cret-s3cret ");
    assert!(matches!(spaced.warnings(), [Warning::SpaceAtTheEnds { .. }]));
    delivery(&spaced, &signed(&Harmonizely, "s3cret-s3cret ", message(BODY)));
    let trimmed = signed(&Harmonizely, "s3cret-s3cret", message(BODY));
    refused_as(&spaced, &trimmed, RejectionKind::SignatureMismatch);
    let exact = Endpoint::builder(Harmonizely).secret(Secret::exact("s3cret-s3cret\n"));
    let exact = exact.build().unwrap();
    let signature = base64(&hmac256(b"s3cret-s3cret\n", b"{}"));
    delivery(&exact, &Request::post("/", "{}").and("webhook-signature", signature));
}

#[test]
fn row_05_a_secret_with_the_prefix_of_a_version() {
    for secret in [WHSEC, &format!("v1,{WHSEC}"), WHSEC.trim_start_matches("whsec_")] {
        let endpoint = endpoint_of(Custom::new(STANDARD), secret);
        delivery(&endpoint, &standard("msg_1", &now_text(), BODY));
    }
}

#[test]
fn row_06_a_secret_in_base64_twice() {
    let twice = base64(WHSEC.trim_start_matches("whsec_").as_bytes());
    let endpoint = endpoint_of(Custom::new(STANDARD), &twice);
    let request = standard("msg_1", &now_text(), BODY);
    refused_as(&endpoint, &request, RejectionKind::SignatureMismatch);
}

#[test]
fn row_08_a_placeholder() {
    for secret in ["***", "xxxxxxxx", "<your-secret>", "${SECRET}", "changeme", "•••••"] {
        let endpoint = endpoint_of(Harmonizely, secret);
        let warnings = endpoint.warnings();
        assert!(matches!(warnings, [Warning::Placeholder { .. }]), "{secret}: {warnings:?}");
    }
    assert!(plain_endpoint().warnings().is_empty());
}

#[test]
fn row_09_no_secret_at_all() {
    fn of<P: Provider>(provider: P) -> BuildError {
        Endpoint::builder(provider).build().unwrap_err()
    }
    for error in [
        of(Ace::any()),
        of(Harmonizely),
        of(ScreenMeet::new()),
        of(MobileAssistant::new()),
        of(IOffice::at("/")),
        Endpoint::builder(Harmonizely).secrets(Secrets::default()).build().unwrap_err(),
    ] {
        assert_eq!(error, BuildError::NoSecret);
    }
    // Asked for, it is another type, and it is loud.
    let opened = dangerous::accept_unsigned(Endpoint::builder(Harmonizely)).build().unwrap();
    assert_eq!(opened.warnings(), [Warning::Unsigned]);
}

#[test]
fn row_10_a_secret_that_was_revoked_while_the_server_ran() {
    let both = Secrets::new("the new secret").and(SECRET);
    let endpoint = Endpoint::builder(Harmonizely).secrets(both).build().unwrap();
    let old = genuine();
    let new = signed(&Harmonizely, "the new secret", message(BODY));
    delivery(&endpoint, &old);
    delivery(&endpoint, &new);
    endpoint.secrets().replace("the new secret").unwrap();
    delivery(&endpoint, &new);
    refused_as(&endpoint, &old, RejectionKind::SignatureMismatch);
}

#[test]
fn row_11_nothing_that_can_be_shown_holds_a_secret() {
    let broken = build_error(Harmonizely, "canary-7f3a\n");
    let builder = Endpoint::builder(Harmonizely).secret("canary-7f3a");
    let shown = format!("{broken} {broken:?} {builder:?}");
    let endpoint = builder.build().unwrap();
    let rejection = refused(&endpoint, &genuine());
    let shown = format!("{shown} {endpoint:?} {:?} {rejection:?}", endpoint.secrets());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn row_12_a_key_look_up_that_fails() {
    let down = || async { Err(Unavailable::new("down")) };
    let tenants = Endpoint::builder(Harmonizely)
        .secrets_from(|_| Some("t".into()), move |_: SecretQuery| down())
        .build()
        .unwrap();
    let rejection = refused(&tenants, &genuine());
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::SecretsUnavailable, 503));

    let scheme = Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"));
    let keys = Endpoint::builder(Custom::new(scheme))
        .keys_from(|_: KeyQuery| async { Err::<Option<Key>, _>(Unavailable::new("down")) })
        .build()
        .unwrap();
    let request = Request::post("/", BODY).and("x-key", "k").and("x-signature", hex_of(BODY));
    let rejection = refused(&keys, &request);
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::KeysUnavailable, 503));
}

#[test]
fn row_13_a_tenant_that_nobody_knows() {
    let known = |query: SecretQuery| async move {
        Ok((&*query.tenant == "/acme").then(|| Secrets::new(SECRET)))
    };
    let endpoint = Endpoint::builder(Harmonizely)
        .secrets_from(|head| Some(head.path().into()), known)
        .build()
        .unwrap();
    let forged = signed(&Harmonizely, "another secret", message(BODY));
    let wrong = refused(&endpoint, &forged.clone().target("/acme"));
    let unknown = refused(&endpoint, &forged.target("/nobody"));
    assert_eq!(wrong.kind(), RejectionKind::SignatureMismatch);
    assert_eq!(unknown.kind(), RejectionKind::UnknownTenant);
    assert_eq!(unknown.reply(), wrong.reply());
}

/// The five and the test schemes: a genuine request, and the header of its signature.
fn all() -> Vec<(AnyEndpoint, Request, &'static str)> {
    let array = message("[]").content_type("text/plain");
    let get = hookgate::sign::Message::get("/CREATE/Agreement/25");
    let typed = message(r#"{"type":"test.completed"}"#);
    let custom = |scheme, secret| {
        let provider = Custom::new(scheme);
        let request = signed(&provider, secret, message(BODY));
        (endpoint_of(provider, secret), request)
    };
    let (prefixed, to_prefixed) = custom(PREFIXED, SECRET);
    let (stripe, to_stripe) = custom(STRIPE_LIKE, SECRET);
    let (standard, to_standard) = custom(STANDARD, WHSEC);
    let (long, to_long) = custom(LONG, SECRET);
    let (suffixed, to_suffixed) = custom(SUFFIXED, SECRET);
    let ace = Ace::any();
    let screenmeet = ScreenMeet::new();
    let mobile = MobileAssistant::new();
    let office = IOffice::at("/");
    vec![
        (endpoint_of(ace, SECRET), signed(&ace, SECRET, message(BODY)), "x-ace-signature"),
        (plain_endpoint(), genuine(), "webhook-signature"),
        (endpoint_of(screenmeet, SECRET), signed(&screenmeet, SECRET, array), "x-signature"),
        (endpoint_of(mobile, SECRET), signed(&mobile, SECRET, typed), "x-connect-it-token"),
        (endpoint_of(office.clone(), SECRET), signed(&office, SECRET, get), "x-ioffice-signature"),
        (prefixed, to_prefixed, "x-hub-signature-256"),
        (stripe, to_stripe, "stripe-signature"),
        (standard, to_standard, "webhook-signature"),
        (long, to_long, "x-signature-512"),
        (suffixed, to_suffixed, "x-suffix-signature"),
    ]
}

#[test]
fn row_14_no_signature() {
    for (endpoint, request, header) in all() {
        delivery(&endpoint, &request);
        refused_as(&endpoint, &request.without(header), RejectionKind::MissingSignature);
    }
}

#[test]
fn row_15_an_empty_signature() {
    for (endpoint, request, header) in all() {
        refused_as(&endpoint, &request.with(header, ""), RejectionKind::EmptySignature);
    }
}

#[test]
fn row_16_signature_header_twice() {
    for (endpoint, request, header) in all() {
        let good = request.value(header);
        let without = request.without(header);
        for (first, second) in [(&*good, "junk"), ("junk", &*good), (&*good, &*good), (&*good, "")]
        {
            let twice = without.clone().and(header, first).and(header, second);
            refused_as(&endpoint, &twice, RejectionKind::DuplicateSignature);
        }
        // As a server that joins the lines would hand it on, where the scheme defines no list.
        if !["stripe-signature", "webhook-signature"].contains(&header) {
            let joined = without.and(header, format!("{good}, {good}"));
            refused_as(&endpoint, &joined, RejectionKind::MalformedSignature);
        }
    }
}

#[test]
fn row_17_a_list_with_junk() {
    let stripe = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let ts = now_text();
    let good = hex_of(format!("{ts}.{BODY}"));
    let other = hex_of("another text");
    let stripe_body = |value: String| Request::post("/", BODY).and("stripe-signature", value);
    for value in [
        format!(",,=,==,v1,v1=,v1=zz,t={ts},v1={good},"),
        format!("t={ts},v1={other},v1={good},v1={other}"),
        format!("v1={good},t={ts}"),
        format!("v0={other},t={ts},v2=x,v1={good},\u{1f600}"),
    ] {
        delivery(&stripe, &stripe_body(value));
    }
    refused_as(
        &stripe,
        &stripe_body(format!("t={ts},v1={other},v1=,v1=zz")),
        RejectionKind::SignatureMismatch,
    );
    let standard_endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    let good = standard("msg_1", &ts, BODY);
    let signature = good.value("webhook-signature");
    for value in [
        format!("{signature} v1a,zz"),
        format!(" v1,zz  {signature}  v2,{other}"),
        format!("v1 , {signature} v1, , ,"),
    ] {
        delivery(&standard_endpoint, &good.clone().with("webhook-signature", value));
    }
}

#[test]
fn row_18_ten_thousand_signatures() {
    let stripe = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let good = stripe_like(&now_text(), BODY);
    let flood = format!(",v1={}", hex_of("another text")).repeat(10_000);
    let value = good.value("stripe-signature") + &flood;
    refused_as(&stripe, &good.with("stripe-signature", value), RejectionKind::TooManySignatures);
    let standard_endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    let good = standard("msg_1", &now_text(), BODY);
    let value = vec![good.value("webhook-signature"); 10_000].join(" ");
    let flooded = good.with("webhook-signature", value);
    refused_as(&standard_endpoint, &flooded, RejectionKind::TooManySignatures);
}

#[test]
fn row_19_hex_with_junk() {
    let endpoint = endpoint_of(MobileAssistant::new(), SECRET);
    let request = signed(&MobileAssistant::new(), SECRET, message(r#"{"type":"test.completed"}"#));
    let hex = request.value("x-connect-it-token");
    let (left, right) = hex.split_at(32);
    for value in [
        format!("zz-{hex}--zz"),
        format!("{left}-{right}"),
        format!("{left} {right}"),
        format!("{left}\0{right}"),
        format!(" {hex}"),
        format!("{hex}\r\n"),
        format!("0x{hex}"),
        format!("0x{}", &hex[2..]),
        format!("0X{}", &hex[2..]),
        format!("\"{hex}\""),
        format!("{hex},{hex}"),
        hex.replace(|digit: char| digit.is_ascii_digit(), "\u{ff11}"),
    ] {
        let bent = request.clone().with("x-connect-it-token", value);
        refused_as(&endpoint, &bent, RejectionKind::MalformedSignature);
    }
}

#[test]
fn row_20_upper_case_hex() {
    let bodies = [("x-connect-it-token", r#"{"type":"test.completed"}"#), ("x-signature", "[]")];
    for (header, body) in bodies {
        let endpoint = match header {
            "x-signature" => endpoint_of(ScreenMeet::new(), SECRET),
            _ => endpoint_of(MobileAssistant::new(), SECRET),
        };
        let upper = hex_of(body).to_ascii_uppercase();
        let request = Request::post("/", body).and(header, upper).and("x-signature-algo", "sha256");
        delivery(&endpoint, &request);
    }
}

#[test]
fn row_21_hex_of_another_length() {
    for (endpoint, request, header) in all() {
        let value = request.value(header);
        if header == "webhook-signature" || header == "x-ace-signature" {
            continue;
        }
        for bent in [
            value[..value.len() - 1].to_owned(),
            value[..value.len() - 2].to_owned(),
            value[..value.len() - 32].to_owned(),
            format!("{value}0"),
            format!("{value}00"),
            format!("{value}{}", hex_of(BODY)),
        ] {
            let bent = request.clone().with(header, bent);
            let kind = refused(&endpoint, &bent).kind();
            assert_eq!(kind, RejectionKind::MalformedSignature, "{bent:?}");
        }
    }
}

#[test]
fn row_22_base64_that_only_lenient_decoders_take() {
    // A body whose signature uses both characters that the URL-safe alphabet writes otherwise.
    let body = (0..).map(|n| format!("{{\"n\":{n}}}")).find(|body| {
        let signature = base64_of(body);
        signature.contains('+') && signature.contains('/')
    });
    let body = body.unwrap();
    let good = base64_of(&body);
    // The last character before the padding has two spare bits: the next one decodes alike.
    let spare = char::from(good.as_bytes()[42] + 1);
    let spare = format!("{}{spare}=", &good[..42]);
    for (endpoint, header) in [
        (endpoint_of(Ace::any(), SECRET), "x-ace-signature"),
        (plain_endpoint(), "webhook-signature"),
        (endpoint_of(ScreenMeet::new().encoding(Encoding::Base64), SECRET), "x-signature"),
        (endpoint_of(ScreenMeet::new(), SECRET), "x-signature"),
    ] {
        let base = Request::post("/", body.clone()).and("x-signature-algo", "sha256");
        delivery(&endpoint, &base.clone().and(header, good.clone()));
        for value in [
            good.replace('+', "-"),
            good.replace('/', "_"),
            good.trim_end_matches('=').to_owned(),
            format!("{good}="),
            format!("{good}\n"),
            format!("{good} "),
            format!("{}\n{}", &good[..20], &good[20..]),
            format!("={}", &good[1..]),
            spare.clone(),
            format!("v1,{good}"),
            format!("sha256={good}"),
        ] {
            refused_as(
                &endpoint,
                &base.clone().and(header, value),
                RejectionKind::MalformedSignature,
            );
        }
    }
    let pinned = endpoint_of(ScreenMeet::new().encoding(Encoding::Hex), SECRET);
    let request = Request::post("/", body.clone()).and("x-signature-algo", "sha256");
    delivery(&pinned, &request.clone().and("x-signature", hex_of(&body)));
    refused_as(&pinned, &request.and("x-signature", good), RejectionKind::MalformedSignature);
}

#[test]
fn row_23_another_prefix_or_none() {
    let endpoint = endpoint_of(Custom::new(PREFIXED), SECRET);
    let good = hex_of(BODY);
    for value in [
        good.clone(),
        format!("sha1={good}"),
        format!("sha1={}", &good[..40]),
        format!("sha512={good}"),
        format!("SHA256={good}"),
        format!("sha256:{good}"),
        format!("sha256=sha256={good}"),
        format!(" sha256={good}"),
        format!("sha256= {good}"),
        "sha256=".into(),
    ] {
        let request = Request::post("/", BODY).and("x-hub-signature-256", value);
        refused_as(&endpoint, &request, RejectionKind::MalformedSignature);
    }
}

#[test]
fn row_24_only_an_older_version() {
    let endpoint = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let request = stripe_like(&now_text(), BODY);
    for name in ["v0", "V1", "v", "v11", " v1"] {
        let value = request.value("stripe-signature").replace("v1", name);
        let request = request.clone().with("stripe-signature", value);
        refused_as(&endpoint, &request, RejectionKind::MalformedSignature);
    }
}

#[test]
fn row_25_bytes_that_are_no_text() {
    for (endpoint, request, header) in all() {
        let good = request.value(header).into_bytes();
        let mut tail = good.clone();
        *tail.last_mut().unwrap() = 0xff;
        let mut more = good.clone();
        more.extend_from_slice("é".as_bytes());
        for value in [vec![0xff; good.len()], vec![0; good.len()], tail, more] {
            let rejection = refused(&endpoint, &request.clone().with(header, value));
            assert!(rejection.kind().is_signature(), "{rejection:?}");
        }
    }
    let endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    let good = standard("msg_1", &now_text(), BODY);
    let id = good.clone().with("webhook-id", &b"msg_\xff"[..]);
    refused_as(&endpoint, &id, RejectionKind::MalformedDeliveryId);
    let ts = good.with("webhook-timestamp", &b"170000000\xff"[..]);
    refused_as(&endpoint, &ts, RejectionKind::MalformedTimestamp);
}

#[test]
fn row_27_several_signatures_that_are_badly_formed() {
    let endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    let good = standard("msg_1", &now_text(), BODY);
    let signature = good.value("webhook-signature");
    let bare = signature.trim_start_matches("v1,");
    for value in [
        bare.to_owned(),
        format!("{bare} {bare}"),
        format!("v1,{bare},v1,{bare}"),
        format!("v2,{bare} v1a,{bare}"),
        format!("v1={bare}"),
        format!("v1,v1,{bare}"),
        format!("v1,\"{bare}\""),
        "v1,".into(),
        " ".into(),
    ] {
        let request = good.clone().with("webhook-signature", value);
        refused_as(&endpoint, &request, RejectionKind::MalformedSignature);
    }
}

#[test]
fn row_29_the_expected_signature_is_told_to_nobody() {
    let endpoint = dangerous::expose_reasons(Endpoint::builder(Harmonizely)).secret(SECRET);
    let endpoint = endpoint.build().unwrap();
    let forged = genuine().with("webhook-signature", base64_of("another text"));
    let rejection = refused(&endpoint, &forged);
    let reply = rejection.reply();
    let shown = format!("{rejection} {rejection:?} {reply:?} {:?}", endpoint.open(&forged, NOW));
    for expected in [
        base64_of(BODY),
        hex_of(BODY),
        format!("{:?}", hmac256(SECRET.as_bytes(), BODY.as_bytes())),
    ] {
        assert!(!shown.contains(&expected), "{shown}");
    }
    assert!(rejection.source().is_none());
}

#[test]
fn row_31_at_the_edge_of_the_tolerance() {
    let endpoint = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let request = stripe_like(&now_text(), BODY);
    for (offset, want) in [
        (-301, Some(RejectionKind::FutureTimestamp)),
        (-300, None),
        (0, None),
        (300, None),
        (301, Some(RejectionKind::StaleTimestamp)),
    ] {
        let got = run_at(&endpoint, &request, seconds(offset)).err().map(|got| got.kind());
        assert_eq!(got, want, "{offset}");
    }
}

#[test]
fn row_32_a_timestamp_from_the_future() {
    for (scheme, secret) in [(STRIPE_LIKE, SECRET), (STANDARD, WHSEC), (SUFFIXED, SECRET)] {
        let provider = Custom::new(scheme);
        let request = signed(&provider, secret, message(BODY));
        let endpoint = endpoint_of(provider, secret);
        for (now, want) in [
            (seconds(-301), RejectionKind::FutureTimestamp),
            (seconds(-100_000_000), RejectionKind::FutureTimestamp),
            (seconds(301), RejectionKind::StaleTimestamp),
        ] {
            assert_eq!(run_at(&endpoint, &request, now).unwrap_err().kind(), want);
        }
    }
}

#[test]
fn row_33_timestamps_that_are_no_plain_numbers() {
    let stripe = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let standard_endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    let wide = "\u{ff11}\u{ff17}";
    for ts in [
        "NaN",
        "",
        "+1700000000",
        "01700000000",
        "1700000000.0",
        "1700000000abc",
        "17e8",
        "-1700000000",
        "99999999999999999999",
        "9223372036854775808",
        wide,
        "0x6553f100",
        "1_700_000_000",
        "1700000000\n",
        "null",
    ] {
        refused_as(&stripe, &stripe_like(ts, BODY), RejectionKind::MalformedTimestamp);
        let request = standard("msg_1", ts, BODY);
        refused_as(&standard_endpoint, &request, RejectionKind::MalformedTimestamp);
    }
    let spaced = stripe_like(" 1700000000", BODY);
    refused_as(&stripe, &spaced, RejectionKind::MalformedTimestamp);
    let none = stripe_like("1", BODY);
    let none = none.with("stripe-signature", format!("v1={}", hex_of(format!(".{BODY}"))));
    refused_as(&stripe, &none, RejectionKind::MissingTimestamp);
    let ts = now_text();
    let signature = hex_of(format!("{ts}.{BODY}"));
    let twice = format!("t={ts},t={ts},v1={signature}");
    let twice = Request::post("/", BODY).and("stripe-signature", twice);
    refused_as(&stripe, &twice, RejectionKind::MalformedTimestamp);
    let good = standard("msg_1", &now_text(), BODY);
    let twice = good.clone().and("webhook-timestamp", now_text());
    refused_as(&standard_endpoint, &twice, RejectionKind::MalformedTimestamp);
    let none = good.without("webhook-timestamp");
    refused_as(&standard_endpoint, &none, RejectionKind::MissingTimestamp);
}

#[test]
fn row_34_milliseconds_for_seconds() {
    let in_seconds = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let place = Place::SignatureField("t");
    let scheme = STRIPE_LIKE.timestamp(place, TimeUnit::Milliseconds);
    let in_milliseconds = endpoint_of(Custom::new(scheme), SECRET);
    let millis = stripe_like(&format!("{}000", now_text()), BODY);
    let secs = stripe_like(&now_text(), BODY);
    delivery(&in_milliseconds, &millis);
    refused_as(&in_seconds, &millis, RejectionKind::FutureTimestamp);
    refused_as(&in_milliseconds, &secs, RejectionKind::StaleTimestamp);
}

#[test]
fn row_35_a_tolerance_of_zero() {
    let scheme = Custom::new(STRIPE_LIKE.tolerance(0));
    let set = Endpoint::builder(Custom::new(STRIPE_LIKE)).secret(SECRET);
    let set = set.tolerance(Duration::ZERO).build().unwrap().into_any();
    for endpoint in [endpoint_of(scheme, SECRET), set] {
        let request = stripe_like(&now_text(), BODY);
        delivery(&endpoint, &request);
        for offset in [-1, 1] {
            assert!(run_at(&endpoint, &request, seconds(offset)).is_err(), "{offset}");
        }
    }
}

#[test]
fn row_36_a_clock_that_is_wrong() {
    let endpoint = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let request = stripe_like(&now_text(), BODY);
    for now in [i64::MIN, -1_700_000_000, -1, 0, i64::MAX] {
        let rejection = run_at(&endpoint, &request, UnixTime::from_secs(now)).unwrap_err();
        assert!(rejection.kind().is_signature(), "{now}");
    }
    let before = std::time::UNIX_EPOCH - Duration::from_secs(5);
    let rejection = run_at(&endpoint, &stripe_like("0", BODY), before.into());
    // Five seconds before 1970 and the epoch itself are within the tolerance: no wrap around.
    assert!(rejection.is_ok());
    let before = std::time::UNIX_EPOCH - Duration::from_secs(301);
    assert!(run_at(&endpoint, &stripe_like("0", BODY), before.into()).is_err());
}

#[test]
fn row_38_a_replay_within_the_tolerance() {
    let endpoint = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let request = stripe_like(&now_text(), BODY);
    let key = |now| match run_at(&endpoint, &request, now) {
        Ok(Verdict::Deliver(delivery)) => delivery.replay_key().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(key(seconds(-300)), key(seconds(300)));
    let later = delivery(&endpoint, &stripe_like(&(NOW.as_secs() + 1).to_string(), BODY));
    assert_ne!(key(NOW), later.replay_key().unwrap());
}

#[test]
fn row_39_one_delivery_in_two_spellings() {
    let endpoint = endpoint_of(ScreenMeet::new(), SECRET);
    let request = Request::post("/", "[]").and("x-signature-algo", "sha256");
    let key = |signature: String, algorithm: &str| {
        let request = request.clone().with("x-signature-algo", algorithm);
        delivery(&endpoint, &request.and("x-signature", signature)).replay_key().unwrap()
    };
    let hex = key(hex_of("[]"), "sha256");
    assert_eq!(hex, key(hex_of("[]").to_ascii_uppercase(), "SHA256"));
    assert_eq!(hex, key(base64_of("[]"), "sha256"));

    let stripe = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let good = stripe_like(&now_text(), BODY);
    let more = good.value("stripe-signature") + ",v0=zz,v1=" + &hex_of("another text");
    let one = delivery(&stripe, &good);
    let other = delivery(&stripe, &good.with("stripe-signature", more));
    assert_eq!(one.replay_key().unwrap(), other.replay_key().unwrap());
}

#[test]
fn row_40_a_separator_within_an_id() {
    let ts = now_text();
    let endpoint = endpoint_of(Custom::new(STANDARD), WHSEC);
    for id in ["a.1000", "a.", ".a", ".", "a b", "", "é", "a\u{0}b", &"a".repeat(257)] {
        let request = standard(id, &ts, BODY);
        refused_as(&endpoint, &request, RejectionKind::MalformedDeliveryId);
    }
    let good = standard("a", &ts, BODY);
    delivery(&endpoint, &good);
    let twice = good.clone().and("webhook-id", "a");
    refused_as(&endpoint, &twice, RejectionKind::MalformedDeliveryId);
    let none = good.without("webhook-id");
    refused_as(&endpoint, &none, RejectionKind::MissingDeliveryId);
}

/// Two requests that an attacker makes of one: the same signed text, cut in two places.
fn cut_twice(template: &'static str, genuine: (&str, &str), forged: (&str, &str)) {
    let scheme =
        Scheme::hmac_sha256("x-signature").delivery_id(Place::Header("x-id")).signed(template);
    let text = |(id, body): (&str, &str)| template.replace("{id}", id).replace("{body}", body);
    assert_eq!(text(genuine), text(forged), "the test is wrong");
    let Ok(endpoint) = Endpoint::builder(Custom::new(scheme)).secret(SECRET).build() else {
        return; // A template that can be cut in two ways may be refused as such.
    };
    let request = |(id, body): (&str, &str)| {
        Request::post("/", body.to_owned())
            .and("x-id", id)
            .and("x-signature", hex_of(text((id, body))))
    };
    let passed = [genuine, forged].map(|of| run(&endpoint, &request(of)).is_ok());
    assert_ne!(passed, [true, true], "{template}: {genuine:?} passes as {forged:?}");
}

#[test]
fn row_40_an_id_beside_a_separator_of_one_character() {
    cut_twice("{id}.{body}", ("a", "b.c"), ("a.b", "c"));
    cut_twice("{body}.{id}", ("a", "b.c"), ("c.a", "b"));
}

#[test]
fn row_40_an_id_beside_a_separator_of_several_characters() {
    cut_twice("{id}--{body}", ("a", "-b"), ("a-", "b"));
    cut_twice("{body}--{id}", ("a", "b-"), ("-a", "b"));
    cut_twice("{id}:x:{body}", ("a", "x:b"), ("a:x", "b"));
}

#[test]
fn row_40_an_id_beside_no_separator() {
    cut_twice("{id}{body}", ("a", "bc"), ("ab", "c"));
    cut_twice("{body}{id}", ("c", "ab"), ("bc", "a"));
    cut_twice("v1:{id}{body}", ("a", "bc"), ("ab", "c"));
}

#[test]
fn row_40_an_id_beside_a_time() {
    // The time is checked, and still the text can be cut at another time within the body.
    let ts = now_text();
    for (template, genuine, forged) in [
        ("{id}{ts}.{body}", ("a", "{\"at\":1700000000.5}"), ("a1700000000.{\"at\":", "5}")),
        ("{body}.{ts}{id}", ("a", "{\"at\":0.1700000000}"), ("}.1700000000a", "{\"at\":0")),
    ] {
        let text = |(id, body): (&str, &str)| {
            template.replace("{id}", id).replace("{ts}", &ts).replace("{body}", body)
        };
        assert_eq!(text(genuine), text(forged), "the test is wrong");
        let scheme = Scheme::hmac_sha256("x-signature")
            .delivery_id(Place::Header("x-id"))
            .timestamp(Place::Header("x-ts"), TimeUnit::Seconds)
            .signed(template);
        let Ok(endpoint) = Endpoint::builder(Custom::new(scheme)).secret(SECRET).build() else {
            continue;
        };
        let passed = [genuine, forged].map(|(id, body)| {
            let request =
                Request::post("/", body.to_owned()).and("x-id", id).and("x-ts", ts.clone());
            run(&endpoint, &request.and("x-signature", hex_of(text((id, body))))).is_ok()
        });
        assert_ne!(passed, [true, true], "{template}: {genuine:?} passes as {forged:?}");
    }
}

#[test]
fn row_42_a_verification_that_was_queued() {
    let endpoint = endpoint_of(Custom::new(STRIPE_LIKE), SECRET);
    let request = stripe_like(&now_text(), BODY);
    // A day later, with the time at which it was received and with the time of the check.
    assert!(run_at(&endpoint, &request, seconds(2)).is_ok());
    assert!(run_at(&endpoint, &request, seconds(86_400)).is_err());
}

/// Bodies that mean the same to a parser and are other bytes.
const REENCODED: [(&str, &[u8], &[u8]); 12] = [
    ("white space", br#"{"a": 1}"#, br#"{"a":1}"#),
    ("key order", br#"{"a":1,"b":2}"#, br#"{"b":2,"a":1}"#),
    ("number", br#"{"a":1.0}"#, br#"{"a":1}"#),
    ("line break added", b"{}", b"{}\n"),
    ("line break removed", b"{}\n", b"{}"),
    ("line ends", b"{\n}", b"{\r\n}"),
    ("byte order mark", b"{}", b"\xef\xbb\xbf{}"),
    ("escape", br#"{"a":"\u00e9"}"#, "{\"a\":\"é\"}".as_bytes()),
    ("slash", br#"{"a":"\/"}"#, br#"{"a":"/"}"#),
    ("surrogates", br#"{"a":"\ud83d\ude00"}"#, "{\"a\":\"😀\"}".as_bytes()),
    ("form", b"a=b+c", b"a=b%20c"),
    ("character set", b"{\"a\":\"\xe9\"}", b"{\"a\":\"\xc3\xa9\"}"),
];

#[test]
fn row_43_json_that_was_written_anew() {
    let value: serde_json::Value = serde_json::from_str(BODY).unwrap();
    let again = serde_json::to_string(&value).unwrap();
    assert_ne!(again, BODY);
    refused_as(&plain_endpoint(), &genuine().body(again), RejectionKind::SignatureMismatch);
}

#[test]
fn row_44_a_body_that_was_encoded_anew() {
    for (name, sent, came) in REENCODED {
        for (came, passes) in [(sent, true), (came, false)] {
            let signature = base64_of(sent);
            for (endpoint, header) in [
                (plain_endpoint(), "webhook-signature"),
                (endpoint_of(Ace::any(), SECRET), "x-ace-signature"),
            ] {
                let request = Request::post("/", came).and(header, signature.clone());
                assert_eq!(run(&endpoint, &request).is_ok(), passes, "{name}");
            }
        }
    }
}

#[test]
fn row_44_javascript_mode_takes_what_javascript_reads_alike_and_nothing_else() {
    let provider = dangerous::javascript_reserialised();
    let builder = Endpoint::builder(provider).secret(SECRET);
    let endpoint = builder.unknown_events(UnknownEvents::Deliver).build().unwrap();
    for (name, body, text, passes) in [
        ("white space", "{\"type\" : \"x\"}\n", r#"{"type":"x"}"#, true),
        ("key order", r#"{"b":1,"10":2,"9":3}"#, r#"{"9":3,"10":2,"b":1}"#, true),
        ("number", r#"{"a":1.0,"b":1e21}"#, r#"{"a":1,"b":1e+21}"#, true),
        ("duplicate", r#"{"type":"evil","type":"x"}"#, r#"{"type":"x"}"#, false),
        ("byte order mark", "\u{feff}{}", "{}", false),
        ("nothing for something", "", "{}", false),
        ("no JSON", "type=x", "{}", false),
    ] {
        let request = Request::post("/", body).and("x-connect-it-token", hex_of(text));
        match outcome(&endpoint, &request) {
            Outcome::Delivered(content) => {
                assert!(passes, "{name}");
                assert_eq!(content.body, text, "{name}");
                assert_eq!(content.content_type.as_deref(), Some("application/json"));
            }
            other => {
                assert!(!passes, "{name}: {other:?}");
                assert_eq!(other, Outcome::Refused(RejectionKind::SignatureMismatch), "{name}");
            }
        }
        // Without the mode only the bytes count.
        let strict = endpoint_of(MobileAssistant::new(), SECRET);
        refused_as(&strict, &request, RejectionKind::SignatureMismatch);
    }
}

#[test]
fn row_45_a_body_that_is_no_text() {
    for body in [&b"\xff\xfe"[..], b"\x00", b"{\"event\":\"\xff\"}", b"\xc3("] {
        let request = signed(&Harmonizely, SECRET, message(body));
        let passed = delivery(&plain_endpoint(), &request);
        assert_eq!(passed.body(), body);
        let error = harmonizely::Event::from_delivery(&passed).unwrap_err();
        assert_eq!(error.reply().status(), 400);
        assert_eq!(error.rejection().unwrap().kind(), RejectionKind::Undecodable);
        // A store that writes text keeps it all the same.
        let content = passed.into_content();
        let stored = serde_json::to_string(&content).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&stored).unwrap(), content);
    }
}

#[test]
fn row_46_a_body_with_the_marks_of_templates() {
    for body in ["$&", "$$", "{body}", "{ts}.{id}", "%s%n", "\\0", "${x}", "{{body}}"] {
        for (scheme, secret) in [(STRIPE_LIKE, SECRET), (STANDARD, WHSEC), (SUFFIXED, SECRET)] {
            let provider = Custom::new(scheme);
            let request = signed(&provider, secret, message(body));
            assert_eq!(delivery(&endpoint_of(provider, secret), &request).body(), body);
        }
        delivery(&endpoint_of(Custom::new(STRIPE_LIKE), SECRET), &stripe_like(&now_text(), body));
    }
}

#[test]
fn row_47_an_empty_body() {
    let endpoint = endpoint_of(Ace::trigger(Trigger::Booked), SECRET);
    let signed_over_nothing = Request::post("/", "").and("x-ace-signature", base64_of(""));
    let event = ace::Event::from_delivery(&delivery(&endpoint, &signed_over_nothing)).unwrap();
    assert_eq!(event.body, ace::Body::Raw(Bytes::new()));
    let emptied = Request::post("/", "").and("x-ace-signature", base64_of("{}"));
    refused_as(&endpoint, &emptied, RejectionKind::SignatureMismatch);

    let request = Request::post("/", "").and("webhook-signature", base64_of(""));
    let passed = delivery(&plain_endpoint(), &request);
    assert!(harmonizely::Event::from_delivery(&passed).is_err());
}

#[test]
fn row_48_a_body_over_the_limit_without_a_length() {
    let builder = Endpoint::builder(Harmonizely).secret(SECRET);
    let endpoint = builder.body_limit(BODY.len()).build().unwrap();
    delivery(&endpoint, &genuine());
    // The signature of the part that would fit must not help the whole to pass.
    let longer = genuine().body(format!("{BODY} "));
    let Opened::Check(mut check) = endpoint.open(&longer, NOW).unwrap() else {
        panic!("no check");
    };
    check.push(BODY.into()).unwrap();
    let rejection = check.push(Bytes::from_static(b" ")).unwrap_err();
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::BodyTooLarge, 413));
    let rejection = refused(&endpoint, &longer);
    assert_eq!(rejection.kind(), RejectionKind::BodyTooLarge);
}

#[test]
fn row_49_a_length_that_lies() {
    let builder = Endpoint::builder(Harmonizely).secret(SECRET);
    let endpoint = builder.body_limit(1_000).build().unwrap();
    let mut request = genuine();
    request.length = Some(1_001);
    let rejection = endpoint.open(&request, NOW).unwrap_err();
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::BodyTooLarge, 413));
    request.length = Some(u64::MAX);
    assert_eq!(refused(&endpoint, &request).kind(), RejectionKind::BodyTooLarge);
    // A smaller word than what comes is no permission, and nothing is reserved for a larger one.
    request.length = Some(0);
    let longer = request.clone().body(vec![b' '; 1_001]);
    assert_eq!(refused(&endpoint, &longer).kind(), RejectionKind::BodyTooLarge);
    request.length = Some(1_000);
    delivery(&endpoint, &request);
    let cut = request.body(&BODY.as_bytes()[..20]);
    refused_as(&endpoint, &cut, RejectionKind::SignatureMismatch);
}

#[test]
fn row_52_json_bombs_are_opened_by_nobody_before_the_verdict() {
    let deep = "[".repeat(100_000);
    let deep_type = format!(r#"{{"type":{}"#, "[".repeat(1_000));
    let huge = format!(r#"{{"type":"test.completed","n":{}}}"#, "9".repeat(10_000));
    for (body, refused_after) in [
        (&*deep, Some(RejectionKind::Undecodable)),
        (&*deep_type, Some(RejectionKind::Undecodable)),
        (r#"{"type":"x","type":"test.completed"}"#, Some(RejectionKind::Undecodable)),
        (r#"{"type":"test.completed","n":1e400}"#, None),
        (&*huge, None),
    ] {
        let endpoint = endpoint_of(MobileAssistant::new(), SECRET);
        let request = Request::post("/", body.to_owned());
        let forged = request.clone().and("x-connect-it-token", hex_of("another text"));
        refused_as(&endpoint, &forged, RejectionKind::SignatureMismatch);
        let verdict = outcome(&endpoint, &request.and("x-connect-it-token", hex_of(body)));
        match (verdict, refused_after) {
            (Outcome::Refused(kind), Some(want)) => {
                assert_eq!(kind, want);
                assert!(kind.after_verdict());
            }
            (Outcome::Delivered(_), None) => {}
            (other, want) => panic!("{want:?}: {other:?}"),
        }
    }
    // A number that no type of Rust holds is refused by decoding, without a panic.
    let body = r#"{"type":"test.completed","n":1e400}"#;
    let request = Request::post("/", body).and("x-connect-it-token", hex_of(body));
    let passed = delivery(&endpoint_of(MobileAssistant::new(), SECRET), &request);
    assert!(mobile_assistant::Event::from_delivery(&passed).is_err());
}

#[test]
fn row_53_an_id_that_stands_in_the_body_twice() {
    let provider = Custom::new(PREFIXED.delivery_id(Place::Json("/id")));
    let builder = Endpoint::builder(provider).secret(SECRET).dedupe(Dedupe::SignedId);
    let endpoint = builder.build().unwrap();
    let key = |body: &'static str| {
        let request = Request::post("/", body);
        let request = request.and("x-hub-signature-256", format!("sha256={}", hex_of(body)));
        delivery(&endpoint, &request).dedupe_key()
    };
    assert!(key(r#"{"id":"a","n":1}"#).is_some());
    assert_eq!(key(r#"{"id":"a","n":1}"#), key(r#"{"id":"\u0061","n":2}"#));
    assert_ne!(key(r#"{"id":"a"}"#), key(r#"{"id":"b"}"#));
    for body in
        [r#"{"id":"a","id":"b"}"#, r#"{"id":"b","\u0069d":"a"}"#, r#"{"id":[1]}"#, "{}", "x"]
    {
        // Told by what it says: neither passed over, nor taken for one of the ids.
        let by_text = key(body);
        assert!(by_text.is_some(), "{body}");
        for id in [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"1"}"#] {
            assert_ne!(by_text, key(id), "{body}");
        }
    }
}

#[test]
fn row_54_a_word_that_asks_to_skip_the_check() {
    let endpoint = endpoint_of(Custom::new(PREFIXED), SECRET);
    for target in ["/?ssl_check=1", "/?skip_verification=true", "/?challenge=x"] {
        let request = Request::post(target, "ssl_check=1&challenge=x");
        refused_as(&endpoint, &request, RejectionKind::MissingSignature);
        let forged = request.and("x-hub-signature-256", format!("sha256={}", hex_of("x")));
        refused_as(&endpoint, &forged, RejectionKind::SignatureMismatch);
    }
}

#[test]
fn row_55_a_content_type_that_lies() {
    for kind in ["application/x-www-form-urlencoded", "application/json; charset=utf-16", "", "x"] {
        let request = genuine().with("content-type", kind);
        let passed = delivery(&plain_endpoint(), &request);
        assert!(harmonizely::Event::from_delivery(&passed).is_ok(), "{kind}");
    }
    let form = signed(&Harmonizely, SECRET, message("event=meetingScheduled"));
    let passed = delivery(&plain_endpoint(), &form);
    assert!(harmonizely::Event::from_delivery(&passed).is_err());
}

#[test]
fn row_56_no_content_type() {
    for (endpoint, request, _) in all() {
        delivery(&endpoint, &request.without("content-type"));
    }
}

#[test]
fn methods_that_the_provider_does_not_send() {
    for (endpoint, request, header) in all() {
        for method in
            ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "post", "Post", "", "POST "]
        {
            if method == "GET" && header == "x-ioffice-signature" {
                continue;
            }
            let rejection = refused(&endpoint, &request.clone().method(method));
            assert_eq!(rejection.kind(), RejectionKind::MethodNotAllowed, "{header} {method}");
            let allow = if header == "x-ioffice-signature" { "GET, POST" } else { "POST" };
            let reply = rejection.reply();
            assert!(reply.headers().any(|line| line == ("allow", allow)), "{header}");
        }
    }
}

#[test]
fn an_algorithm_that_the_request_names() {
    let endpoint = endpoint_of(ScreenMeet::new(), SECRET);
    let request = Request::post("/", "[]").and("x-signature", hex_of("[]"));
    delivery(&endpoint, &request.clone().and("x-signature-algo", "SHA256"));
    refused_as(&endpoint, &request, RejectionKind::UnsupportedAlgorithm);
    for name in ["", "none", "sha1", "md5", "sha512", "sha-256", "sha256 ", "sha256,sha256"] {
        let named = request.clone().and("x-signature-algo", name);
        refused_as(&endpoint, &named, RejectionKind::UnsupportedAlgorithm);
    }
    let twice = request.and("x-signature-algo", "sha256").and("x-signature-algo", "sha256");
    refused_as(&endpoint, &twice, RejectionKind::UnsupportedAlgorithm);
}

#[test]
fn published_vectors() {
    let key = b"mySecret";
    let office = "6206491ddab1218e7d6a9c8b3fbaa43da7858ee678dc6cd53a4dcabf0216568e";
    assert_eq!(hex(&hmac256(key, b"CREATE:Agreement:25")), office, "the tests' own signer");
    let body = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
    let endpoint = endpoint_of(IOffice::at("/h"), "mySecret");
    for (method, target, body) in [
        ("GET", "/h/CREATE/Agreement/25", ""),
        ("POST", "/h/CREATE/Agreement/25", body),
        ("POST", "/h", body),
    ] {
        let request = Request::post(target, body).method(method).and("x-ioffice-signature", office);
        let content = delivery(&endpoint, &request).into_content();
        let want = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":"25"}"#;
        assert_eq!(content.body, want, "{method} {target}");
    }
    // Coinify's page has this one.
    let coinify = "bcdbb89e3031905f3cc1a20d16b5f969a17a7d8fa0c26e4a807c2193402d66f4";
    let scheme = Scheme::hmac_sha256("x-coinify-webhook-signature");
    let endpoint = endpoint_of(Custom::new(scheme), "my-shared-secret");
    let request = Request::post("/", r#"{"examplePayload":true}"#);
    delivery(&endpoint, &request.and("x-coinify-webhook-signature", coinify));
    // RFC 4231, test case 2.
    let endpoint = endpoint_of(Custom::new(LONG), "Jefe");
    let text = b"what do ya want for nothing?";
    assert!(hex(&hmac512(b"Jefe", text)).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
    let request = Request::post("/", &text[..]).and(
        "x-signature-512",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    );
    delivery(&endpoint, &request);
}

/// A value for a header: a bent copy of a genuine one, or anything.
fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..120),
        "[0-9a-fA-FxX]{60,130}".prop_map(String::into_bytes),
        "[A-Za-z0-9+/=_-]{40,92}".prop_map(String::into_bytes),
        "((t|v1|v0|sig|keyId)=?[0-9a-f]{0,64},?){0,6}".prop_map(String::into_bytes),
        "(v1,[A-Za-z0-9+/=]{0,44} ?){0,4}".prop_map(String::into_bytes),
        "[0-9+. -]{0,21}".prop_map(String::into_bytes),
        Just(b"sha256".to_vec()),
    ]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "([\\[\\]{}:,\"\\\\]|[a-z0-9.]|\"type\"|\"eventType\"|\"entityId\"|\\\\u[0-9a-fd]{0,4}){0,40}"
            .prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn row_30_no_request_panics(
        method in prop_oneof![Just("POST".to_owned()), Just("GET".to_owned()), "\\PC{0,8}"],
        target in prop_oneof!["/(CREATE|a|%[0-9a-f]{0,2}|[/.:%2F]){0,6}", "\\PC{0,40}"],
        lines in prop::collection::vec((0_usize..12, values()), 0..8),
        length in any::<Option<u64>>(),
        now in any::<i64>(),
        body in bodies(),
    ) {
        const NAMES: [&str; 12] = [
            "x-ace-signature", "webhook-signature", "x-signature", "x-signature-algo",
            "x-connect-it-token", "x-ioffice-signature", "x-hub-signature-256",
            "stripe-signature", "webhook-id", "webhook-timestamp", "x-signature-512",
            "x-suffix-time",
        ];
        let mut request = Request::post(&target, body).method(&method);
        request.length = length;
        for (name, value) in lines {
            request = request.and(NAMES[name], value);
        }
        let js = Endpoint::builder(dangerous::javascript_reserialised()).secret(SECRET);
        let unsigned = dangerous::accept_unsigned(Endpoint::builder(Harmonizely));
        let others = [js.build().unwrap().into_any(), unsigned.build().unwrap().into_any()];
        for (number, endpoint) in
            all().into_iter().map(|(endpoint, ..)| endpoint).chain(others).enumerate()
        {
            let verdict = run_at(&endpoint, &request, UnixTime::from_secs(now));
            // Nobody guesses a signature.
            prop_assert!(verdict.is_err() || number == 11, "{verdict:?}");
        }
    }

    #[test]
    fn row_30_no_signed_body_panics(body in bodies()) {
        for (endpoint, request, header) in all() {
            let text = match header {
                "stripe-signature" => [now_text().as_bytes(), b".", &body].concat(),
                "x-suffix-signature" => [&body, &b"."[..], now_text().as_bytes()].concat(),
                _ => body.clone(),
            };
            let mac = if header == "x-signature-512" {
                hmac512(SECRET.as_bytes(), &text)
            } else {
                hmac256(SECRET.as_bytes(), &text)
            };
            let value = match header {
                "x-ace-signature" => base64(&mac),
                "webhook-signature" if request.value(header).starts_with("v1,") => continue,
                "webhook-signature" => base64(&mac),
                "x-hub-signature-256" => format!("sha256={}", hex(&mac)),
                "stripe-signature" => format!("t={},v1={}", now_text(), hex(&mac)),
                "x-ioffice-signature" => request.value(header),
                _ => hex(&mac),
            };
            let verdict = run(&endpoint, &request.with(header, value).body(body.clone()));
            if let Ok(Verdict::Deliver(passed)) = verdict {
                let _ = harmonizely::Event::from_delivery(&passed);
                let _ = ace::Event::from_delivery(&passed);
                let _ = mobile_assistant::Event::from_delivery(&passed);
                let _ = hookgate::Batch::<hookgate::screenmeet::Event>::from_delivery(&passed);
                let _ = JsonEvent::<serde_json::Value>::from_delivery(&passed);
                let _ = (passed.event_name(), passed.replay_key(), passed.dedupe_key());
                let _ = passed.into_content();
            } else if let Err(rejection) = verdict {
                prop_assert!(rejection.kind().after_verdict(), "{header}: {rejection:?}");
            }
        }
    }
}
