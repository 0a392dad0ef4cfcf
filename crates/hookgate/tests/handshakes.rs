//! Handshakes by hand: what no table of requests shows.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use common::{
    Custom, NOW, Outcome, PREFIXED, Request, SECRET, delivery, endpoint_of, hex, hmac256, message,
    outcome, ready, refused, run, signed,
};
use hookgate::check::{Learning, Opened, SecretAsk, Verdict};
use hookgate::handshake::{Challenge, Gate, LONGEST_TOKEN, MacReply};
use hookgate::ports::{Learned, SecretOffer, Unavailable};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::{
    AnyEndpoint, Endpoint, FixedReply, Handshake, Provider, RejectionKind, Secret, Secrets,
    UnixTime, dangerous,
};
use proptest::prelude::*;

const BARE: Scheme<'static> = Scheme::hmac_sha256("x-signature");
const SENT: &str = "0123456789abcdef";
const OTHER: &str = "fedcba9876543210";

const CRC: Challenge<'static> = Challenge::QueryMac {
    name: "crc_token",
    gate: Gate::Token,
    reply: MacReply::Pair { challenge: "plain", mac: "mac" },
};

fn asking(scheme: Scheme<'static>, challenge: &'static dyn Handshake) -> Custom {
    Custom { handshake: Some(challenge), ..Custom::new(scheme) }
}

/// An endpoint that waits for Asana's secret.
fn vacant() -> AnyEndpoint {
    let store = |_: SecretOffer| async { Ok(Learned::Stored) };
    let provider = asking(BARE, &Challenge::HeaderSecret { header: "x-hook-secret" });
    Endpoint::builder(provider).learn_secret(store).build().unwrap().into_any()
}

fn brings(secret: &str) -> Request {
    Request::post("/hooks", "").and("x-hook-secret", secret)
}

fn offered(endpoint: &AnyEndpoint, secret: &str) -> (SecretAsk, Learning) {
    match run(endpoint, &brings(secret)) {
        Ok(Verdict::Learn(ask, learning)) => (ask, learning),
        other => panic!("{other:?}"),
    }
}

fn verifies_with(endpoint: &AnyEndpoint, secret: &str) -> bool {
    let request = signed(&Custom::new(BARE), secret, message("{}"));
    matches!(outcome(endpoint, &request), Outcome::Delivered(_))
}

#[test]
fn of_two_secrets_at_once_one_wins() {
    let endpoint = vacant();
    let (ask, first) = offered(&endpoint, SENT);
    assert_eq!((ask.offer.expose(), &*ask.offer.endpoint), (SENT, "custom"));
    assert_eq!(refused(&endpoint, &brings(OTHER)).kind(), RejectionKind::MissingSignature);
    assert!(!verifies_with(&endpoint, SENT), "not before it is safe");
    let reply = first.resume(ready(ask.ask())).unwrap();
    assert_eq!(reply.headers().find(|(name, _)| *name == "x-hook-secret").unwrap().1, SENT);
    assert!(verifies_with(&endpoint, SENT) && !verifies_with(&endpoint, OTHER));
    assert_eq!(refused(&endpoint, &brings(OTHER)).kind(), RejectionKind::MissingSignature);
}

#[test]
fn a_secret_whose_sender_leaves_makes_room_for_the_next() {
    let endpoint = vacant();
    drop(offered(&endpoint, SENT));
    let (ask, learning) = offered(&endpoint, OTHER);
    learning.resume(ready(ask.ask())).unwrap();
    assert!(verifies_with(&endpoint, OTHER) && !verifies_with(&endpoint, SENT));
}

#[test]
fn what_was_not_stored_is_not_used() {
    let endpoint = vacant();
    for (answer, kind) in [
        (Ok(Learned::Refused), RejectionKind::MissingSignature),
        (Err(Unavailable::new("down")), RejectionKind::SecretNotStored),
    ] {
        let (_, learning) = offered(&endpoint, SENT);
        assert_eq!(learning.resume(answer).unwrap_err().kind(), kind);
        assert!(!verifies_with(&endpoint, SENT));
    }
}

#[test]
fn what_the_application_says_in_the_meantime_stays() {
    let endpoint = vacant();
    let (_, learning) = offered(&endpoint, SENT);
    endpoint.secrets().replace(OTHER).unwrap();
    let rejection = learning.resume(Ok(Learned::Stored)).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingSignature);
    assert!(verifies_with(&endpoint, OTHER) && !verifies_with(&endpoint, SENT));
}

#[test]
fn an_endpoint_that_waits_has_no_key_that_anyone_can_read() {
    let endpoint = vacant();
    for key in ["decoy", "stand-in", "", "\0"] {
        let mac = hex(&hmac256(key.as_bytes(), b"{}"));
        let forged = Request::post("/hooks", "{}").and("x-signature", mac);
        assert_eq!(refused(&endpoint, &forged).kind(), RejectionKind::SignatureMismatch, "{key}");
    }
}

#[test]
fn two_threads_bring_a_secret_and_one_is_heard() {
    for _ in 0..50 {
        let endpoint = vacant();
        let heard = std::thread::scope(|scope| {
            let bring = |secret| {
                let endpoint = &endpoint;
                scope.spawn(move || match run(endpoint, &brings(secret)) {
                    Ok(Verdict::Learn(ask, learning)) => learning.resume(ready(ask.ask())).is_ok(),
                    _ => false,
                })
            };
            let threads = [bring(SENT), bring(OTHER)];
            threads.map(|thread| usize::from(thread.join().unwrap()))
        });
        assert_eq!(heard.iter().sum::<usize>(), 1);
        assert_ne!(verifies_with(&endpoint, SENT), verifies_with(&endpoint, OTHER));
    }
}

#[test]
fn nothing_shows_a_secret_that_was_sent() {
    let endpoint = vacant();
    let opened = endpoint.open(&brings(SENT), NOW).unwrap();
    assert!(!format!("{opened:?}").contains(SENT));
    let Opened::Check(check) = opened else { panic!("no check") };
    let verdict = check.finish().unwrap();
    assert!(!format!("{verdict:?} {endpoint:?}").contains(SENT), "{verdict:?}");
    let offer = offered_text(verdict);
    assert_eq!(offer, SENT);
}

fn offered_text(verdict: Verdict) -> String {
    match verdict {
        Verdict::Learn(ask, _) => ask.offer.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_mac_is_made_with_the_first_secret_or_with_the_one_that_matched() {
    let both = || Secrets::new(Secret::new("first").labelled("one")).and("second secret");
    let endpoint = Endpoint::builder(asking(BARE, &CRC)).secrets(both()).build().unwrap();
    let asks = Request::post("/?crc_token=abc", "").method("GET");
    let with = |secret: &str| hex(&hmac256(secret.as_bytes(), b"abc"));
    let reply = |outcome| match outcome {
        Outcome::Replied(reply) => String::from_utf8(reply.body().to_vec()).unwrap(),
        other => panic!("{other:?}"),
    };
    assert!(reply(outcome(&endpoint, &asks)).contains(&with("first")));

    const IN_BODY: Challenge<'static> = Challenge::JsonMac {
        when: ("/event", "ask"),
        challenge: "/token",
        gate: Gate::Token,
        reply: MacReply::Pair { challenge: "plain", mac: "mac" },
    };
    let provider = asking(PREFIXED, &IN_BODY);
    let endpoint = Endpoint::builder(provider.clone()).secrets(both()).build().unwrap();
    for secret in ["first", "second secret"] {
        let asks = signed(&provider, secret, message(r#"{"event":"ask","token":"abc"}"#));
        assert!(reply(outcome(&endpoint, &asks)).contains(&with(secret)), "{secret}");
    }
}

#[test]
fn an_unsigned_endpoint_signs_for_nobody() {
    #[derive(Debug)]
    struct Open(Custom);

    impl Provider for Open {
        fn id(&self) -> &str {
            "open"
        }

        fn scheme(&self) -> Scheme<'_> {
            self.0.scheme
        }

        fn habits(&self) -> hookgate::Habits {
            hookgate::Habits::new().may_be_unsigned()
        }

        fn handshake(&self) -> Option<&dyn Handshake> {
            self.0.handshake.map(|handshake| handshake as _)
        }
    }

    let open = |challenge| Endpoint::builder(Open(asking(BARE, challenge)));
    let endpoint = dangerous::accept_unsigned(open(&CRC)).build().unwrap();
    let asks = Request::post("/?crc_token=abc", "").method("GET");
    assert_eq!(refused(&endpoint, &asks).kind(), RejectionKind::MethodNotAllowed);

    const PING: Challenge<'static> =
        Challenge::JsonPing { name: "type", number: 1, reply: FixedReply::status(204) };
    let endpoint = dangerous::accept_unsigned(open(&PING)).build().unwrap();
    let body = r#"{"type":1}"#;
    assert_eq!(delivery(&endpoint, &Request::post("/", body)).body(), body);
}

/// An endpoint of the catalogue's, with all that any of its providers needs.
fn listed<T>(provider: hookgate::catalogue::Listed<T>) -> AnyEndpoint
where
    hookgate::catalogue::Listed<T>: Provider,
{
    let token = provider.handshake().is_some_and(|handshake| handshake.uses().token);
    let builder = Endpoint::builder(provider).secret(SECRET).clock(|| NOW);
    let builder = builder.public_url("https://example.com/hooks");
    let builder = if token { builder.verify_token("the token") } else { builder };
    builder.build().unwrap().into_any()
}

/// What was answered: status, body, and the value of a header.
fn answered(endpoint: &AnyEndpoint, request: &Request, header: &str) -> (u16, String, String) {
    match run(endpoint, request) {
        Ok(Verdict::Reply(reply)) => {
            let body = String::from_utf8(reply.body().to_vec()).unwrap();
            let value = reply.headers().find(|(name, _)| *name == header);
            (reply.status(), body, value.map_or_else(String::new, |(_, value)| value.into()))
        }
        other => panic!("{request:?}: {other:?}"),
    }
}

#[test]
fn the_catalogue_asks_and_is_answered() {
    use hookgate::catalogue as c;

    let get = |target: &str| Request::post(target, "").method("GET");
    let head = || Request::post("/hooks", "").method("HEAD");
    let post = |body: &'static str| Request::post("/hooks", body);
    let crc = BASE64_STANDARD.encode(hmac256(SECRET.as_bytes(), b"9b4507b3"));
    let crc = format!(r#"{{"response_token":"sha256={crc}"}}"#);
    let meta = "/hooks?hub.mode=subscribe&hub.verify_token=the+token&hub.challenge=1158";
    for (endpoint, request, body) in [
        (listed(c::DROPBOX), get("/hooks?challenge=abc"), "abc"),
        (listed(c::NYLAS), get("/hooks?challenge=abc"), "abc"),
        (listed(c::META), get(meta), "1158"),
        (listed(c::MS_GRAPH), Request::post("/hooks?validationToken=a%3a+b", ""), "a: b"),
        (listed(c::X), get("/hooks?crc_token=9b4507b3"), &crc),
        (
            listed(c::OKTA),
            get("/hooks").and("x-okta-verification-challenge", "abc"),
            r#"{"verification":"abc"}"#,
        ),
        (listed(c::MANDRILL), head(), ""),
        (listed(c::MANDRILL), post(""), ""),
        (listed(c::TRELLO), head(), ""),
        (listed(c::TRELLO), get("/hooks"), ""),
        (listed(c::INTERCOM), head(), ""),
        (listed(c::WOOCOMMERCE), post("webhook_id=42"), ""),
    ] {
        let (status, got, _) = answered(&endpoint, &request, "");
        assert_eq!((status, &*got), (200, body), "{}", endpoint.name());
    }
    for (endpoint, asks, answers) in [
        (listed(c::RINGCENTRAL), "validation-token", "validation-token"),
        (listed(c::SMARTSHEET), "smartsheet-hook-challenge", "smartsheet-hook-response"),
    ] {
        let (status, body, value) = answered(&endpoint, &post("{}").and(asks, "abc"), answers);
        assert_eq!((status, &*body, &*value), (200, "", "abc"), "{}", endpoint.name());
    }
    let plain = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}"#;
    let mac = hex(&hmac256(SECRET.as_bytes(), b"abc"));
    let zoom = format!(r#"{{"encryptedToken":"{mac}","plainToken":"abc"}}"#);
    let slack = r#"{"type":"url_verification","challenge":"abc"}"#;
    let front = signed(&c::FRONT, SECRET, message("{}")).and("x-front-challenge", "abc");
    for (endpoint, request, body) in [
        (listed(c::SLACK), signed(&c::SLACK, SECRET, message(slack)), "abc"),
        (listed(c::ZOOM), signed(&c::ZOOM, SECRET, message(plain)), &zoom),
        (listed(c::FRONT), front, r#"{"challenge":"abc"}"#),
    ] {
        let (status, got, _) = answered(&endpoint, &request, "");
        assert_eq!((status, &*got), (200, body), "{}", endpoint.name());
        let forged = Request { body: "{}x".into(), ..request };
        let kind = refused(&endpoint, &forged).kind();
        assert_eq!(kind, RejectionKind::SignatureMismatch, "{}", endpoint.name());
    }
}

#[cfg(feature = "jwt")]
#[test]
fn monday_asks_without_a_token_and_is_answered() {
    let endpoint = listed(hookgate::catalogue::MONDAY);
    let asks = Request::post("/hooks", r#"{"challenge":"abc"}"#);
    let right = (200, r#"{"challenge":"abc"}"#.to_owned(), String::new());
    assert_eq!(answered(&endpoint, &asks, ""), right);
    // One that shows a token has to show the right one.
    assert!(refused(&endpoint, &asks.and("authorization", "a.b.c")).kind().is_signature());
    let event = Request::post("/hooks", r#"{"event":{}}"#);
    assert_eq!(refused(&endpoint, &event).kind(), RejectionKind::MissingSignature);
}

#[cfg(feature = "ed25519")]
#[test]
fn discord_hears_nothing_without_a_signature() {
    // The public key of RFC 8032, section 7.1, test 1.
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let provider = hookgate::catalogue::DISCORD;
    let endpoint = Endpoint::builder(provider).secret(key).build().unwrap();
    let ping = Request::post("/hooks", r#"{"type":1}"#);
    assert_eq!(refused(&endpoint, &ping).status(), 401);
}

/// A head of one request after another, from pieces that handshakes look at.
fn requests() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("HEAD"), Just("OPTIONS")];
    let name = prop_oneof![
        Just("challenge"),
        Just("crc_token"),
        Just("hub.mode"),
        Just("hub.verify_token"),
        Just("%63hallenge"),
        Just(""),
    ];
    let value = prop_oneof![
        Just("subscribe".to_owned()),
        "[a-z0-9%+=_.:{}\"-]{0,12}",
        "(%[0-9a-f]{2}){0,6}",
        ".{0,8}",
    ];
    let query = proptest::collection::vec((name, value), 0..4);
    let header = prop_oneof![
        Just("x-hook-secret"),
        Just("x-front-challenge"),
        Just("validation-token"),
        Just("aeg-event-type"),
        Just("webhook-request-origin"),
        Just("x-signature"),
    ];
    let text = prop_oneof![
        Just(b"SubscriptionValidation".to_vec()),
        "[ -~]{0,30}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..30),
    ];
    let headers = proptest::collection::vec((header, text), 0..4);
    let body = prop_oneof![
        "\\{\"(type|event|challenge|verification_token)\":(1|\"[a-z0-9]{0,20}\")\\}",
        "\\[\\{\"data\":\\{\"validationCode\":\"[a-z]{0,5}\"\\}\\}\\]",
        "webhook_id=[0-9]{0,3}",
        "[a-z0-9]{0,10}",
        ".{0,40}",
    ];
    (method, query, headers, body).prop_map(|(method, query, headers, body)| {
        let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let target = format!("/hooks?{}", pairs.join("&"));
        let mut request = Request::post(&target, Bytes::from(body)).method(method);
        for (name, value) in headers {
            request = request.and(name, value);
        }
        request
    })
}

const ALL: Challenge<'static> = Challenge::AnyOf(&[
    Challenge::QueryEcho { name: "challenge" },
    Challenge::PostQueryEcho { name: "challenge" },
    Challenge::QueryToken {
        mode: ("hub.mode", "subscribe"),
        token: "hub.verify_token",
        challenge: "challenge",
    },
    CRC,
    Challenge::HeaderEcho { header: "validation-token", answer: "validation-token" },
    Challenge::SignedHeaderToJson { header: "x-front-challenge", name: "challenge" },
    Challenge::CloudEvents { origins: &["eventgrid.azure.net"] },
    Challenge::JsonEcho { when: ("/type", "a"), challenge: "/challenge" },
    Challenge::JsonMirror { name: "challenge" },
    Challenge::JsonPing { name: "type", number: 1, reply: FixedReply::status(204) },
    Challenge::DiscordPing,
    Challenge::FormPing { name: "webhook_id" },
    Challenge::EmptyPing,
    Challenge::HeaderSecret { header: "x-hook-secret" },
    Challenge::JsonSecret { name: "verification_token" },
]);

proptest! {
    /// No query, header or body makes a handshake panic, and what is answered is fit for HTTP and
    /// for nobody's browser.
    #[test]
    fn no_request_panics_and_no_answer_runs(request in requests(), signs in any::<bool>()) {
        let provider = asking(BARE, &ALL);
        let store = |_: SecretOffer| async { Ok(Learned::Refused) };
        let builder = Endpoint::builder(provider).secret(SECRET).learn_secret(store);
        let endpoint = builder.verify_token("token").build().unwrap();
        let mut request = request;
        if signs {
            let mac = hex(&hmac256(SECRET.as_bytes(), &request.body));
            request = request.with("x-signature", mac);
        }
        if let Ok(Verdict::Reply(reply)) = run(&endpoint, &request) {
            let header = |wanted: &str| {
                reply.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value)
            };
            prop_assert_eq!(header("x-content-type-options"), Some("nosniff"));
            let kind = header("content-type");
            let harmless = matches!(kind, Some("text/plain; charset=utf-8" | "application/json"));
            prop_assert!(harmless || kind.is_none() && reply.body().is_empty(), "{:?}", reply);
        }
    }

    /// Whatever a stranger has signed, it is the signature of no delivery: under any scheme, for
    /// any body.
    #[test]
    fn what_is_signed_for_a_stranger_is_no_delivery(
        token in prop_oneof!["[A-Za-z0-9+/=_-]{1,40}", "[a-z{}:.\"0-9]{1,12}", ".{1,6}"],
        scheme in 0..5_usize,
        cut in 0..40_usize,
    ) {
        let signed_time = |template| {
            BARE.timestamp(Place::Header("x-time"), TimeUnit::Seconds).signed(template)
        };
        let schemes =
            [BARE, signed_time("v0:{ts}:{body}"), signed_time("{ts}{body}"), PREFIXED, signed_time("{body}{ts}")];
        let provider = asking(schemes[scheme], &CRC);
        let now = UnixTime::from_secs(1_700_000_000);
        let endpoint = endpoint_of(provider, SECRET);
        let encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let asks = Request::post(&format!("/?crc_token={encoded}"), "").method("GET");
        let mac = match outcome(&endpoint, &asks) {
            Outcome::Replied(reply) => {
                let reply: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
                prop_assert!(token.len() <= LONGEST_TOKEN);
                reply["mac"].as_str().unwrap().to_owned()
            }
            Outcome::Refused(kind) => {
                prop_assert_eq!(kind, RejectionKind::Handshake);
                return Ok(());
            }
            other => panic!("{other:?}"),
        };
        // Every way to cut the signed text into a body and what is around it.
        let time = now.as_secs().to_string();
        let cut = (0..=cut.min(token.len())).rev().find(|at| token.is_char_boundary(*at));
        let (before, after) = token.split_at(cut.unwrap_or_default());
        for (time, body) in [(&*time, &*token), (before, after), (after, before), (&*time, after)] {
            let forged = Request::post("/hooks", body.to_owned())
                .and("x-signature", mac.clone())
                .and("x-hub-signature-256", format!("sha256={mac}"))
                .and("x-time", time);
            let outcome: Outcome = common::run_at(&endpoint, &forged, now).into();
            prop_assert!(matches!(outcome, Outcome::Refused(_)), "{:?}", outcome);
        }
    }

    /// The same for a time that stands at the beginning of a token, so that the cut is the right one.
    #[test]
    fn a_token_that_begins_with_the_time_signs_nothing_either(body in "[a-z0-9]{0,20}") {
        let scheme =
            BARE.timestamp(Place::Header("x-time"), TimeUnit::Seconds).signed("{ts}{body}");
        let endpoint = endpoint_of(asking(scheme, &CRC), SECRET);
        let mac = hex(&hmac256(SECRET.as_bytes(), format!("1700000000{body}").as_bytes()));
        let forged = Request::post("/hooks", body).and("x-signature", mac).and("x-time", "1700000000");
        let outcome: Outcome =
            common::run_at(&endpoint, &forged, UnixTime::from_secs(1_700_000_000)).into();
        prop_assert_eq!(outcome, Outcome::Refused(RejectionKind::SignatureMismatch));
    }
}
