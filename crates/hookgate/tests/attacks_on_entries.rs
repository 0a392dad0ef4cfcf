//! Attacks and faults that receivers of one provider have had, against its entry in the catalogue:
//! further rows of the list of `attacks.rs`.

#![cfg(all(feature = "jwt", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use bytes::Bytes;
use common::{
    NOW, Outcome, Request, base64, delivery, hex, hmac256, outcome, ready, refused, refused_as,
};
use hookgate::catalogue::{
    self, AIRCALL, CHECKR, CLERK, GITHUB, LIVEKIT, MAILGUN, PAYSTACK, PLAID, RESEND, RETELL,
    STRIPE, SUPABASE_AUTH_HOOKS, TWILIO,
};
use hookgate::check::{Opened, Verdict};
use hookgate::driver::{Admitted, FrameError, Frames, Gate, Timer};
use hookgate::ports::{Claim, ClaimQuery, Held, Key, KeyQuery, ReplayGuard, Unavailable};
use hookgate::sign::{Message, sign};
use hookgate::{
    AnyEndpoint, BuildError, Coverage, DeliveryKey, Endpoint, Provider, RejectionKind, SecretError,
    UnixTime, testing,
};

const SECRET: &str = "a proper secret of the tests";

fn sample<P: Provider>(provider: P, body: &'static str) -> (AnyEndpoint, Request) {
    let (endpoint, request) = testing::signed(provider, Message::post("/hooks", body)).unwrap();
    (endpoint.into_any(), request.into())
}

#[test]
fn row_05_supabase_secrets_are_pasted_whole() {
    let key = "dGhlIHNlY3JldCBvZiB0aGUgaG9vaw==";
    let message = || Message::post("/", "{}").at(NOW).id("msg_1");
    let request: Request = sign(&SUPABASE_AUTH_HOOKS, key, message()).unwrap().into();
    for secret in [format!("v1,whsec_{key}"), format!("whsec_{key}"), key.to_owned()] {
        let endpoint = Endpoint::builder(SUPABASE_AUTH_HOOKS).secret(secret).build().unwrap();
        delivery(&endpoint, &request);
    }
}

#[test]
fn row_07_an_api_key_where_a_signing_secret_belongs() {
    fn error<P: Provider>(provider: P, secret: &str) -> Option<BuildError> {
        Endpoint::builder(provider).secret(secret).build().err()
    }
    for (error, want) in [
        (error(STRIPE, "sk_live_51Habcdefgh"), "begins with `whsec_`"),
        (error(STRIPE, "sk_test_51Habcdefgh"), "begins with `whsec_`"),
        (error(STRIPE, "rk_live_51Habcdefgh"), "restricted API key"),
        (error(STRIPE, "pk_live_51Habcdefgh"), "publishable key"),
        (error(CLERK, "sk_live_abcdefgh"), "API key"),
        (error(CLERK, "pk_test_abcdefgh"), "publishable key"),
        (error(RESEND, "re_abcdefgh"), "API key"),
        // By its id, too.
        (error(*catalogue::find("stripe").unwrap(), "sk_live_51Habcdefgh"), "API key"),
    ] {
        let error = error.unwrap();
        let is_mistaken =
            matches!(error, BuildError::Secret { error: SecretError::Mistaken(_), .. });
        assert!(is_mistaken, "{error}");
        let text = error.to_string();
        assert!(text.contains(want) && !text.contains("abcdefgh"), "{text}");
    }
    // One that is right, and one that comes while the server runs.
    let endpoint = Endpoint::builder(STRIPE).secret("whsec_abcdefgh").build().unwrap();
    endpoint.secrets().replace("rk_live_51Habcdefgh").unwrap_err();
    let (_, request) = sample(STRIPE, "{}");
    refused_as(&endpoint, &request, RejectionKind::SignatureMismatch);
    // Their API key is what signs.
    assert_eq!(error(PAYSTACK, "sk_live_abcdefgh"), None);
    assert_eq!(error(CHECKR, "an_api_key_abcdefgh"), None);
    assert_eq!(error(RETELL, "key_abcdefgh"), None);
}

#[test]
fn row_16_a_stripe_header_that_comes_twice() {
    let (endpoint, request) = sample(STRIPE, "{}");
    let value = request.value("stripe-signature");
    let twice = request.and("stripe-signature", value);
    refused_as(&endpoint, &twice, RejectionKind::DuplicateSignature);
}

#[test]
fn row_23_a_github_request_with_the_older_signature_alone() {
    let sha1 = "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6";
    let (endpoint, request) = sample(GITHUB, "{}");
    let good = request.value("x-hub-signature-256");
    let bare = request.without("x-hub-signature-256");
    let older = bare.clone().and("x-hub-signature", sha1);
    refused_as(&endpoint, &older, RejectionKind::MissingSignature);
    let digits = good.trim_start_matches("sha256=");
    for value in
        [sha1.to_owned(), digits.to_owned(), format!("sha1={digits}"), format!("SHA256={digits}")]
    {
        let bent = bare.clone().and("x-hub-signature-256", value);
        refused_as(&endpoint, &bent, RejectionKind::MalformedSignature);
    }
    // GitHub sends both: the older one is not looked at.
    delivery(&endpoint, &bare.and("x-hub-signature", "junk").and("x-hub-signature-256", good));
}

#[test]
fn row_24_a_stripe_request_with_v0_alone() {
    let (endpoint, request) = sample(STRIPE, "{}");
    let good = request.value("stripe-signature");
    let bent = request.clone().with("stripe-signature", good.replace("v1=", "v0="));
    refused_as(&endpoint, &bent, RejectionKind::MalformedSignature);
    let digits = good.rsplit('=').next().unwrap();
    let beside = format!("{},v0={digits},v1={}", good.split(',').next().unwrap(), hex(&[7; 32]));
    let bent = request.with("stripe-signature", beside);
    refused_as(&endpoint, &bent, RejectionKind::SignatureMismatch);
}

/// A signature that a parsed request would hand on as a list or an object.
#[test]
fn row_26_a_token_that_is_no_text() {
    let (endpoint, request) = sample(AIRCALL, "{}");
    delivery(&endpoint, &request);
    let json: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let token = json.get("token").unwrap();
    for value in [
        serde_json::json!([token]),
        serde_json::json!({ "0": token }),
        serde_json::json!(true),
        serde_json::json!(null),
        serde_json::json!([]),
    ] {
        let body = serde_json::json!({ "token": value }).to_string();
        let kind = refused(&endpoint, &request.clone().body(body)).kind();
        assert!(kind.is_signature(), "{value}: {kind:?}");
    }
}

#[test]
fn row_27_clerk_signatures_that_are_badly_formed() {
    let (endpoint, request) = sample(CLERK, "{}");
    let good = request.value("svix-signature");
    let bare = good.trim_start_matches("v1,");
    for value in [
        format!("{bare} v1"),
        format!("v1 {bare}"),
        format!("v1,{bare},"),
        format!("v1,,{bare}"),
        format!("v2,{bare} {bare}"),
        format!("v1a,{bare}"),
        format!("v1.{bare}"),
        "v1,".into(),
        ",".into(),
        " ".into(),
    ] {
        let bent = request.clone().with("svix-signature", value);
        refused_as(&endpoint, &bent, RejectionKind::MalformedSignature);
    }
    delivery(&endpoint, &request.with("svix-signature", format!("v1,xx v2,yy v1 {good}")));
}

/// Everything that decides over a secret or a signature compares in constant time: by the MAC's own
/// equality, or by `subtle`.
#[test]
fn row_28_nothing_secret_is_compared_with_an_equals_sign() {
    let source = |file: &str| {
        let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let keys = source("keys.rs");
    let compares = |line: &&str| line.contains("==") || line.contains("!=");
    let code = |text: &str| {
        let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        code.map(str::to_owned).collect::<Vec<_>>()
    };
    // What keys.rs compares plainly is configuration, the MAC's own type, or a label.
    for line in code(&keys).iter().map(String::as_str).filter(compares) {
        let is_known = ["plan.algorithm ==", "right == CtOutput::<M>::new(", "key.label == *label"];
        assert!(is_known.iter().any(|known| line.contains(known)), "{line}");
    }
    assert!(keys.contains("use subtle::ConstantTimeEq;") && keys.matches(".ct_eq(").count() >= 2);
    // No other file sees both a candidate's bytes and what would be right.
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            // The signer's half compares what it made itself.
            if path.ends_with("scheme/write.rs") {
                continue;
            }
            for line in code(&std::fs::read_to_string(&path).unwrap()) {
                let of_tag = line.contains("tag.as_bytes()") || line.contains("token.expose");
                let plain = line.contains("==") || line.contains("!=");
                assert!(!(of_tag && plain), "{}: {line}", path.display());
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// A clock that stands.
#[derive(Debug)]
struct Still(UnixTime);

impl Timer for Still {
    fn now(&self) -> UnixTime {
        self.0
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// A body in one frame.
struct Whole(Option<Bytes>);

impl Frames for Whole {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// A guard that remembers what was done, and for how long it should.
#[derive(Clone, Default)]
struct Guard {
    done: Arc<Mutex<HashSet<DeliveryKey>>>,
    keep_for: Arc<Mutex<Vec<Option<Duration>>>>,
}

impl ReplayGuard for Guard {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        self.keep_for.lock().unwrap().push(query.keep_for);
        let is_new = self.done.lock().unwrap().insert(query.key);
        Ok(if is_new { Claim::New(1) } else { Claim::Done })
    }

    async fn done(&self, _: Held) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn failed(&self, _: Held) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// What becomes of a request at a server: whether the handler gets it, or the status without it.
fn serve(endpoint: &AnyEndpoint, request: &Request, now: UnixTime) -> Result<Coverage, u16> {
    let mut admission = Gate::new(endpoint.clone(), Still(now)).admit(request);
    let mut frames = Whole(Some(request.body.clone()));
    let mut cx = Context::from_waker(Waker::noop());
    match admission.poll(&mut cx, Pin::new(&mut frames)) {
        Poll::Ready(Admitted::Passed(delivery, mut ticket)) => {
            ticket.answered(200, None);
            assert!(ticket.poll_settled(&mut cx).is_ready());
            Ok(delivery.content().coverage)
        }
        Poll::Ready(Admitted::Replied(reply)) => Err(reply.status()),
        Poll::Ready(Admitted::Refused(refusal)) => Err(refusal.reply.status()),
        other => panic!("{other:?}"),
    }
}

/// A timestamp may lie ahead by the tolerance, and then passes for twice as long.
#[test]
fn row_37_a_replay_is_remembered_for_twice_the_tolerance() {
    let guard = Guard::default();
    let built = Endpoint::builder(STRIPE).secret("whsec_abcdefgh").replay_guard(guard.clone());
    let endpoint = built.build().unwrap().into_any();
    let tolerance = 300;
    let ahead = UnixTime::from_secs(NOW.as_secs() + tolerance);
    let message = Message::post("/", "{}").at(ahead);
    let request: Request = sign(&STRIPE, "whsec_abcdefgh", message).unwrap().into();
    let later = |seconds| UnixTime::from_secs(NOW.as_secs() + seconds);
    assert_eq!(serve(&endpoint, &request, NOW), Ok(Coverage::Body));
    assert_eq!(serve(&endpoint, &request, later(2 * tolerance)), Err(200));
    assert_eq!(serve(&endpoint, &request, later(2 * tolerance + 1)), Err(400));
    let kept = guard.keep_for.lock().unwrap().iter().flatten().min().copied().unwrap();
    assert!(kept > Duration::from_secs(600), "{kept:?}");
}

#[test]
fn row_41_a_mailgun_token_is_used_once_and_proves_its_sender_alone() {
    let guard = Guard::default();
    let built = Endpoint::builder(MAILGUN).secret(SECRET).replay_guard(guard);
    let endpoint = built.build().unwrap().into_any();
    let body = r#"{"signature":{"token":"t0k3n"},"event-data":{"event":"delivered"}}"#;
    let message = Message::post("/", body).at(NOW).id("t0k3n");
    let request: Request = sign(&MAILGUN, SECRET, message).unwrap().into();
    assert_eq!(serve(&endpoint, &request, NOW), Ok(Coverage::SenderOnly));
    // The same token under another event, which nobody signed.
    let other = String::from_utf8(request.body.to_vec()).unwrap().replace("delivered", "failed");
    let forged = request.clone().body(other);
    assert_eq!(serve(&endpoint, &forged, NOW), Err(200), "a token was used twice");
    // What an extractor of signed events says of it.
    let delivery = testing::deliver(MAILGUN, Message::post("/", body)).unwrap();
    let signed: Result<hookgate::RawBody, _> = hookgate::extract(Some(&delivery));
    assert!(signed.is_err());
}

#[test]
fn row_83_other_methods_are_refused_before_anything_is_verified() {
    for entry in catalogue::ALL {
        if entry.scheme.methods != ["POST"] || entry.handshake.is_some() {
            continue;
        }
        let endpoint = match testing::signed(*entry, Message::post("/hooks", "{}")) {
            Ok((endpoint, _)) => endpoint.into_any(),
            // Its algorithm is not in this build.
            Err(_) => continue,
        };
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            let request = Request::post("/hooks", "").method(method);
            let rejection = refused(&endpoint, &request);
            assert_eq!(rejection.kind(), RejectionKind::MethodNotAllowed, "{}", entry.id);
            assert_eq!(rejection.status(), 405);
            // Counters of failed signatures do not count it.
            assert!(!rejection.kind().is_signature());
        }
    }
}

fn part(json: &serde_json::Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn row_86_tokens_that_choose_how_they_are_verified() {
    let (endpoint, request) = sample(LIVEKIT, "{}");
    delivery(&endpoint, &request);
    let token = request.value("authorization");
    let mut parts = token.split('.');
    let (_, claims) = (parts.next(), parts.next().unwrap());
    for (header, signature, want) in [
        (serde_json::json!({"alg": "none"}), "", RejectionKind::UnsupportedAlgorithm),
        (serde_json::json!({"alg": "None"}), "", RejectionKind::UnsupportedAlgorithm),
        (serde_json::json!({"alg": "hs256"}), "AAAA", RejectionKind::UnsupportedAlgorithm),
        (serde_json::json!({"alg": "RS256"}), "AAAA", RejectionKind::UnsupportedAlgorithm),
        (serde_json::json!({}), "AAAA", RejectionKind::UnsupportedAlgorithm),
        (serde_json::json!({"alg": "HS256"}), "", RejectionKind::SignatureMismatch),
        (serde_json::json!({"alg": "HS256"}), "AAAA", RejectionKind::SignatureMismatch),
        (
            serde_json::json!({"alg": "HS256", "jku": "https://example.com/keys"}),
            "AAAA",
            RejectionKind::MalformedSignature,
        ),
        (
            serde_json::json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}),
            "AAAA",
            RejectionKind::MalformedSignature,
        ),
    ] {
        let forged = format!("{}.{claims}.{signature}", part(&header));
        let kind = refused(&endpoint, &request.clone().with("authorization", forged)).kind();
        assert_eq!(kind, want, "{header}");
    }
    // A MAC under the text of a public key, at an endpoint that has that key.
    let (endpoint, request) = sample(PLAID, "{}");
    delivery(&endpoint, &request);
    let token = request.value("plaid-verification");
    let claims = token.split('.').nth(1).unwrap();
    let key = concat!(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERXVPD8uOqW6oPhG7fq62l8hAzPgAdKzfV2+AJ5VgCtWt",
        "qe/31Sm7VY+1SXC0FpMASh0/sMqSe94woWIJICr9YQ==",
    );
    let public = Endpoint::builder(PLAID).secret(key).build().unwrap();
    let signed = format!("{}.{claims}", part(&serde_json::json!({"alg": "HS256"})));
    let mac = BASE64_URL_SAFE_NO_PAD.encode(hmac256(key.as_bytes(), signed.as_bytes()));
    let forged = request.clone().with("plaid-verification", format!("{signed}.{mac}"));
    refused_as(&public, &forged, RejectionKind::UnsupportedAlgorithm);
    // A `kid` that nobody knows, and none at all.
    let unknown = Endpoint::builder(PLAID)
        .keys_from(|_: KeyQuery| async { Ok::<Option<Key>, Unavailable>(None) })
        .build()
        .unwrap();
    let named = part(&serde_json::json!({"alg": "ES256", "kid": "k-1"}));
    let signature = token.rsplit('.').next().unwrap();
    let named = request.clone().with("plaid-verification", format!("{named}.{claims}.{signature}"));
    refused_as(&unknown, &named, RejectionKind::UnknownKey);
    refused_as(&unknown, &request, RejectionKind::UnknownKey);
}

/// While keys cannot be looked up nothing is decided, and the provider is told to come again. (What
/// may be stale, and for how long, is the cache's: `hookgate-cache` has the tests.)
#[test]
fn row_87_keys_that_cannot_be_looked_up() {
    let endpoint = Endpoint::builder(PLAID)
        .keys_from(|_: KeyQuery| async { Err::<Option<Key>, _>(Unavailable::new("down")) })
        .build()
        .unwrap();
    let (_, request) = sample(PLAID, "{}");
    let token = request.value("plaid-verification");
    let rest = token.split_once('.').unwrap().1;
    let named = part(&serde_json::json!({"alg": "ES256", "kid": "k-1"}));
    let request = request.with("plaid-verification", format!("{named}.{rest}"));
    let mut check = match endpoint.open(&request, NOW).unwrap() {
        Opened::Check(check) => check,
        other => panic!("{other:?}"),
    };
    check.push(request.body.clone()).unwrap();
    let Verdict::NeedKey(ask, suspended) = check.finish().unwrap() else { panic!("no key asked") };
    let rejection = suspended.resume(ready(ask.ask())).unwrap_err();
    assert_eq!((rejection.kind(), rejection.status()), (RejectionKind::KeysUnavailable, 503));
    assert!(rejection.reply().headers().any(|(name, _)| name == "retry-after"));
}

#[test]
fn row_88_twilio_behind_a_proxy_that_ends_tls() {
    let url = "https://hooks.example.com/sms";
    let message = Message::form("/sms", [("From", "+15005550006")]).public_url(url);
    let request: Request = sign(&TWILIO, SECRET, message).unwrap().into();
    let built = Endpoint::builder(TWILIO).secret(SECRET);
    assert_eq!(built.build().unwrap_err(), BuildError::NoPublicUrl);
    // What the request itself says of its address is not believed, in either direction.
    let behind = Endpoint::builder(TWILIO).secret(SECRET).public_url(url).build().unwrap();
    let inside = Endpoint::builder(TWILIO)
        .secret(SECRET)
        .public_url("http://10.0.0.7:8080/sms")
        .build()
        .unwrap();
    for headers in [
        vec![],
        vec![("host", "10.0.0.7:8080")],
        vec![("host", "hooks.example.com"), ("x-forwarded-proto", "https")],
        vec![("forwarded", "host=hooks.example.com;proto=https")],
        vec![("x-forwarded-host", "evil.example.com"), ("x-original-url", "/other")],
    ] {
        let request = headers
            .iter()
            .fold(request.clone(), |request, (name, value)| request.and(name, *value));
        delivery(&behind, &request);
        refused_as(&inside, &request, RejectionKind::SignatureMismatch);
    }
    // An address without a path would take the request's, and fields could move into it.
    let open = Endpoint::builder(TWILIO).secret(SECRET).public_url("https://hooks.example.com");
    assert!(open.build().is_err());
}

/// A form's bytes that move into the path of the address.
#[test]
fn an_address_that_takes_in_the_body() {
    let origin =
        Endpoint::builder(catalogue::SQUARE).secret(SECRET).public_url("https://a.example");
    let error = origin.build().unwrap_err();
    assert!(error.to_string().contains("with the path"), "{error}");
    let full =
        Endpoint::builder(catalogue::SQUARE).secret(SECRET).public_url("https://a.example/h");
    let endpoint = full.build().unwrap();
    let signature = base64(&hmac256(SECRET.as_bytes(), b"https://a.example/hello"));
    for (target, body) in [("/hello", ""), ("/h", "ello"), ("/he", "llo"), ("/hell", "o")] {
        let request = Request::post(target, body).and("x-square-hmacsha256-signature", &*signature);
        let outcome = outcome(&endpoint, &request);
        assert_eq!(matches!(outcome, Outcome::Delivered(_)), body == "ello", "{target} {body}");
    }
}
