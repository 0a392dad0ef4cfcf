//! Attacks on what schemes can say since there is a catalogue of them: places in the body, several
//! texts, claims, look-ups, keys that are made of secrets.

#![cfg(all(feature = "sign", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, also in what they share"
)]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::{
    Custom, NOW, Request, SECRET, delivery, endpoint_of, hex, hex_of, hmac256, ours, refused_as,
    run, run_at,
};
use hookgate::check::{Opened, Verdict};
use hookgate::handshake::{Challenge, Gate, MacReply};
use hookgate::scheme::{
    Algorithm, Encoding, Framing, KeyForm, Place, Scheme, SchemeError, TimeUnit,
};
use hookgate::{
    Ambiguous, AnyEndpoint, BuildError, Content, Coverage, Dedupe, Endpoint, Extract, Extracted,
    Extraction, Form, RejectionKind, RequestHead, Secret, SecretError, SignedPart, UnixTime,
    catalogue,
};
use proptest::prelude::*;

fn now() -> String {
    NOW.as_secs().to_string()
}

fn content_of(endpoint: &AnyEndpoint, request: &Request) -> Content {
    delivery(endpoint, request).into_content()
}

/// What `build` says of a scheme.
fn mistake(scheme: Scheme<'static>) -> Option<BuildError> {
    Endpoint::builder(Custom::new(scheme)).secret(SECRET).build().err()
}

#[test]
fn what_an_unsigned_body_says_is_unsigned_metadata() {
    let token = Custom::new(
        Scheme::token("x-token").event_name(Place::Json("/type")).delivery_id(Place::Json("/id")),
    );
    let request = Request::post("/", r#"{"type":"paid","id":"1"}"#).and("x-token", SECRET);
    let content = content_of(&endpoint_of(token, SECRET), &request);
    assert_eq!(content.coverage, Coverage::SenderOnly);
    assert_eq!((content.signed.event, content.signed.delivery_id), (None, None));
    assert_eq!(content.unsigned.event.as_deref(), Some("paid"));
    assert_eq!(content.unsigned.delivery_id.as_deref(), Some("1"));

    // Where names and values of a form end is not signed either.
    let sorted = Scheme::hmac_sha256("x-sig")
        .signed("{sorted-form}")
        .event_name(Place::Form("event"))
        .delivery_id(Place::Form("id"));
    let request = Request::post("/", "event=paid&id=1").and("x-sig", hex_of("eventpaidid1"));
    let content = content_of(&endpoint_of(Custom::new(sorted), SECRET), &request);
    assert_eq!((content.signed.event, content.signed.delivery_id), (None, None));
    assert_eq!(content.unsigned.event.as_deref(), Some("paid"));
}

#[test]
fn a_form_that_can_be_cut_again_has_no_signed_time_and_no_signed_id() {
    let sorted = Scheme::hmac_sha256("x-sig").signed("{sorted-form}");
    // `Body=ts1700000000&ts=1` is signed as `Bodyts1700000000ts1`, and so is
    // `Body=&ts=1700000000&ts1=`: the text message of a stranger would be the time.
    let timed = mistake(sorted.timestamp(Place::Form("ts"), TimeUnit::Seconds));
    assert!(matches!(timed, Some(BuildError::Scheme(SchemeError::Place("timestamp", _)))));
    let told = ours(Custom::new(sorted.delivery_id(Place::Form("id")))).dedupe(Dedupe::SignedId);
    assert!(matches!(told.build(), Err(BuildError::NoSignedId)));
}

#[cfg(feature = "gzip")]
#[test]
fn a_coding_gives_an_old_signature_no_new_time() {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    // Mailgun's older form: time, token and signature are fields of it.
    let scheme = Scheme::hmac_sha256("")
        .signature(Place::Form("signature"))
        .timestamp(Place::Form("timestamp"), TimeUnit::Seconds)
        .delivery_id(Place::Form("token"))
        .signed("{ts}{id}")
        .body_unsigned();
    let endpoint = endpoint_of(Custom::new(scheme), SECRET);
    let old = NOW.as_secs() - 86_400;
    let fields = format!("&timestamp={old}&token=abc&signature={}&", hex_of(format!("{old}abc")));
    refused_as(&endpoint, &Request::post("/", fields.clone()), RejectionKind::StaleTimestamp);
    // The old fields stand in the name that gzip keeps of a file, new ones in what comes out.
    let mut gzip = GzBuilder::new().filename(fields).write(Vec::new(), Compression::none());
    gzip.write_all(format!("timestamp={}&event=paid", now()).as_bytes()).unwrap();
    let body = gzip.finish().unwrap();
    let forged = Request::post("/", body).and("content-encoding", "gzip");
    refused_as(&endpoint, &forged, RejectionKind::StaleTimestamp);
}

#[test]
fn every_element_shows_the_token_or_the_request_does_not() {
    let graph = endpoint_of(catalogue::MS_GRAPH, SECRET);
    let element = |state: &str| format!(r#"{{"clientState":"{state}","id":"1"}}"#);
    let ours = element(SECRET);
    let send = |value: &str| Request::post("/", format!(r#"{{"value":[{value}]}}"#));
    delivery(&graph, &send(&format!("{ours},{ours}")));
    for other in [
        r#"{"id":"2"}"#.to_owned(),
        "{}".into(),
        "[]".into(),
        "null".into(),
        "1".into(),
        element("another"),
        r#"{"clientState":null}"#.into(),
        r#"{"clientState":{}}"#.into(),
    ] {
        for value in [format!("{ours},{other}"), format!("{other},{ours}"), other.clone()] {
            assert!(run(&graph, &send(&value)).is_err(), "{value}");
        }
    }
    assert!(run(&graph, &send("")).is_err());
}

/// A time that the provider's own code finds, or does not.
#[derive(Debug)]
struct MayLackTime;

impl Extract for MayLackTime {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(Self))
    }
}

impl Extraction for MayLackTime {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let part = SignedPart::new([body.clone()]);
        let extracted = Extracted::part(part, Coverage::Body);
        Ok(match body.strip_prefix(b"at ") {
            Some(time) => extracted.timestamp(String::from_utf8_lossy(time).into_owned()),
            None => extracted,
        })
    }
}

#[test]
fn a_time_that_no_code_found_is_missing() {
    let scheme = Scheme::hmac_sha256("x-sig").timestamp(Place::Extracted, TimeUnit::Seconds);
    let custom = Custom { form: Form::Extracted(Arc::new(MayLackTime)), ..Custom::new(scheme) };
    let endpoint = endpoint_of(custom, SECRET);
    let send = |body: &str| Request::post("/", body.to_owned()).and("x-sig", hex_of(body));
    delivery(&endpoint, &send(&format!("at {}", now())));
    refused_as(&endpoint, &send("at 17"), RejectionKind::StaleTimestamp);
    refused_as(&endpoint, &send("without"), RejectionKind::MissingTimestamp);
}

#[test]
fn schemes_that_make_no_sense_are_refused() {
    const BASE: Scheme<'static> = Scheme::hmac_sha256("x-sig");
    for (scheme, why) in [
        (Scheme::token("x-token").encoding(Encoding::Hex), "a token is no hex"),
        (Scheme::token("x-token").encoding(Encoding::HexOrBase64), "a token is neither"),
        (BASE.encoding(Encoding::Text), "a MAC is no text"),
        (BASE.event_name(Place::Claim("event")), "a claim without a token"),
        (BASE.delivery_id(Place::Claim("jti")), "a claim without a token"),
        (BASE.delivery_id(Place::Claim("jti")).signed("{id}.{body}"), "a claim without a token"),
        (BASE.timestamp(Place::Claim("iat"), TimeUnit::Seconds), "a claim without a token"),
        (BASE.key_id(Place::Claim("kid")), "a claim without a token"),
        (BASE.signature(Place::Claim("sig")), "a claim as the signature"),
        (BASE.delivery_id(Place::Extracted), "nobody extracts"),
        (BASE.delivery_id(Place::Extracted).signed("{id}.{body}"), "nobody extracts"),
        (BASE.event_name(Place::Extracted), "nobody extracts"),
        (BASE.timestamp(Place::Extracted, TimeUnit::Seconds), "nobody extracts"),
        (
            BASE.framing(Framing::Positional { items: ",", first: 0 }).signed("{sigfield:0}{body}"),
            "the signature as a part of the text",
        ),
    ] {
        assert!(mistake(scheme).is_some(), "{why}: {scheme:?}");
    }
}

#[cfg(feature = "ecdsa")]
#[test]
fn a_length_that_varies_tells_no_encoding() {
    let scheme = Scheme::public_key(Algorithm::EcdsaP256Sha256, "x-sig");
    let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf\
               76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==";
    let build = |scheme| Endpoint::builder(Custom::new(scheme)).secret(key).build();
    build(scheme).unwrap();
    build(scheme.encoding(Encoding::HexOrBase64)).unwrap_err();
}

#[cfg(feature = "jwt")]
mod tokens {
    use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
    use hookgate::sign::{Message, sign};
    use hookgate::{Absent, Audience, BodyHash, ClaimRules, HashEncoding};

    use super::*;

    const RULES: ClaimRules<'static> =
        ClaimRules::new().body(BodyHash::new("hash", HashEncoding::Hex));
    const BASE: Scheme<'static> = Scheme::jwt(Algorithm::JwtHs256, "x-jwt", RULES);

    #[derive(Debug)]
    struct Nobody;

    impl ReplayGuard for Nobody {
        async fn claim(&self, _: ClaimQuery) -> Result<Claim, Unavailable> {
            Ok(Claim::New(0))
        }

        async fn done(&self, _: Held) -> Result<(), Unavailable> {
            Ok(())
        }

        async fn failed(&self, _: Held) -> Result<(), Unavailable> {
            Ok(())
        }
    }

    #[test]
    fn tokens_stand_alone_in_one_place() {
        for (scheme, why) in [
            (BASE.encoding(Encoding::Base64), "base64 around a token"),
            (BASE.list(",", "=", "v1"), "one of a list"),
            (BASE.more_signatures(&["x-other"]), "several headers"),
            (BASE.signature(Place::RepeatedHeader("x-jwt")), "several lines"),
            (BASE.signature(Place::NumberedHeaders("x-jwt-")), "several headers"),
            (BASE.signature(Place::Json("/token")), "the body that it is to bind"),
            (BASE.signature(Place::Form("token")), "the body that it is to bind"),
            (BASE.json_in("json"), "a form that it does not look into"),
            (BASE.event_name(Place::Claim("event")), "a claim that is not read"),
            (BASE.key_id(Place::Header("x-key")), "the token names its key"),
        ] {
            assert!(mistake(scheme).is_some(), "{why}");
        }
        assert!(mistake(BASE).is_none());
        assert!(mistake(BASE.framing(Framing::AuthScheme("Bearer"))).is_none());
        assert!(mistake(BASE.signature(Place::Query("token"))).is_none());

        // The digest in the query would be looked at by nobody.
        let rules = ClaimRules::new().audience(Audience::Url);
        let digest = Scheme::jwt(Algorithm::JwtHs256, "x-jwt", rules)
            .body_unsigned()
            .body_digest(Place::Query("digest"));
        let endpoint = Endpoint::builder(Custom::new(digest));
        endpoint.secret(SECRET).public_url("https://example.com/").build().unwrap_err();
    }

    #[test]
    fn a_token_that_was_made_a_little_ahead_of_our_clock_is_not_lost() {
        let livekit = endpoint_of(catalogue::LIVEKIT, SECRET);
        let vonage = endpoint_of(catalogue::VONAGE, SECRET);
        let at = |ahead: i64| {
            let sent = UnixTime::from_secs(NOW.as_secs() + ahead);
            Message::post("/", "{}").at(sent).id("id-1")
        };
        let from_livekit =
            |ahead| Request::from(sign(&catalogue::LIVEKIT, SECRET, at(ahead)).unwrap());
        let from_vonage =
            |ahead| Request::from(sign(&catalogue::VONAGE, SECRET, at(ahead)).unwrap());
        delivery(&livekit, &from_livekit(10));
        refused_as(&livekit, &from_livekit(11), RejectionKind::FutureTimestamp);
        delivery(&vonage, &from_vonage(300));
        refused_as(&vonage, &from_vonage(301), RejectionKind::FutureTimestamp);
    }

    #[test]
    fn a_token_that_binds_nothing_is_the_same_for_two_events() {
        // monday.com's says who, for whom and until when, in seconds.
        let monday = || {
            Endpoint::builder(catalogue::MONDAY)
                .secret(SECRET)
                .public_url("https://example.com/hooks")
        };
        let endpoint = monday().build().unwrap().into_any();
        let send = |body: &'static str| {
            let message = Message::post("/hooks", body).at(NOW);
            let message = message.public_url("https://example.com/hooks");
            Request::from(sign(&catalogue::MONDAY, SECRET, message).unwrap())
        };
        let (one, two) = (send(r#"{"event":{"pulseId":1}}"#), send(r#"{"event":{"pulseId":2}}"#));
        assert_eq!(one.headers, two.headers);
        let key = |request| delivery(&endpoint, request).replay_key();
        // A guard that kept the second from the handler would lose it.
        assert!(key(&one).is_none() || key(&one) != key(&two));
        monday().replay_guard(Nobody).build().unwrap_err();

        // One that has an id of its own is told by it, and one that lacks it by nothing.
        let rules = ClaimRules::new()
            .body(BodyHash::new("hash", HashEncoding::Hex).absent(Absent::Unbound));
        let scheme = Scheme::jwt(Algorithm::JwtHs256, "x-jwt", rules)
            .body_unsigned()
            .delivery_id(Place::Claim("jti"));
        let guarded = ours(Custom::new(scheme)).replay_guard(Nobody).build().unwrap().into_any();
        let message = Message::post("/", "{}").at(NOW).id("id-1");
        let request = sign(&Custom::new(scheme), SECRET, message).unwrap().into();
        assert!(delivery(&guarded, &request).replay_key().is_some());
    }
}

#[test]
fn secrets_of_nothing_are_refused_in_every_form() {
    let error = |form, secret: &Secret| {
        let scheme = Scheme::hmac_sha256("x-sig").key(form);
        match Endpoint::builder(Custom::new(scheme)).secret(secret.clone()).build() {
            Err(BuildError::Secret { error, .. }) => Some(error),
            other => panic!("{form:?} {other:?}"),
        }
    };
    let forms = [KeyForm::Text, KeyForm::Sha1OfText, KeyForm::Sha256OfText, KeyForm::Nfkd];
    for form in forms {
        for blank in ["\u{a0}", "\u{3000}\u{3000}", " \u{2003}\t", "\u{feff}"] {
            assert_eq!(error(form, &blank.into()), Some(SecretError::Blank), "{form:?} {blank:?}");
        }
        let zeros = error(form, &Secret::exact([0; 40]));
        assert_eq!(zeros, Some(SecretError::Zeros), "{form:?}");
    }
    for (secret, want) in [
        ("name|\0\0\0", SecretError::Zeros),
        ("name|\u{a0}", SecretError::NoName),
        ("name|", SecretError::NoName),
        ("|key", SecretError::NoName),
    ] {
        assert_eq!(error(KeyForm::NamedSha1, &secret.into()), Some(want), "{secret:?}");
    }
}

#[test]
fn a_file_named_like_the_field_is_not_the_field() {
    let endpoint = endpoint_of(catalogue::DROPBOX_SIGN, SECRET);
    let hash = hex_of(format!("{}x", now()));
    let json = format!(
        r#"{{"event":{{"event_type":"x","event_time":"{}","event_hash":"{hash}"}}}}"#,
        now()
    );
    let form = |head: &str, more: &str| {
        let field = "Content-Disposition: form-data; name=\"json\"";
        let own = format!("--b\r\n{field}\r\n\r\n{json}\r\n");
        Request::post("/", format!("{own}--b\r\n{head}\r\n\r\n{more}\r\n--b--\r\n"))
    };
    delivery(&endpoint, &form("Content-Disposition: form-data; name=\"a\"", "1"));
    // A genuine delivery with a file beside it.
    let file = "Content-Disposition: form-data; filename=\"json\"; name=\"file\"";
    delivery(&endpoint, &form(file, "1"));
    let twice = "Content-Disposition: form-data; filename=\"a\"; name=\"json\"";
    assert!(run(&endpoint, &form(twice, "{}")).is_err());
}

#[test]
fn a_signed_challenge_is_no_delivery_anywhere_it_is_signed() {
    const ASKS: Challenge<'static> = Challenge::QueryMac {
        name: "crc",
        gate: Gate::Token,
        reply: MacReply::Pair { challenge: "plain", mac: "mac" },
    };
    for scheme in [
        Scheme::hmac_sha256("x-sig"),
        Scheme::hmac_sha256("x-sig").signed("{header:a}{body:sha256-hex}"),
        Scheme::hmac_sha256("x-sig").signed("{sorted-form}"),
        Scheme::hmac_sha256("x-sig").signed("{json:/a}").body_unsigned(),
        Scheme::hmac_sha256("x-sig")
            .timestamp(Place::Header("ts"), TimeUnit::Seconds)
            .signed("{ts}{body}"),
    ] {
        let custom = Custom { handshake: Some(&ASKS), ..Custom::new(scheme) };
        let endpoint = endpoint_of(custom, SECRET);
        for body in ["a=b", "12345", r#"{"a":"12345"}"#, "true", ""] {
            let digest = hex(&<sha2::Sha256 as sha2::Digest>::digest(body));
            for text in [
                body.to_owned(),
                body.replace(['=', '&'], ""),
                format!("x{digest}"),
                digest.clone(),
                "12345".into(),
                format!("{}{body}", now()),
            ] {
                let asked = Request::post(&format!("/?crc={text}"), "").method("GET");
                let Ok(Verdict::Reply(reply)) = run(&endpoint, &asked) else {
                    continue;
                };
                let reply: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
                let mac = reply["mac"].as_str().unwrap().to_owned();
                assert_eq!(mac, hex(&hmac256(SECRET.as_bytes(), text.as_bytes())));
                for header in ["", "x"] {
                    let forged = Request::post("/", body.to_owned())
                        .and("x-sig", mac.clone())
                        .and("ts", now())
                        .and("a", header);
                    assert!(run(&endpoint, &forged).is_err(), "{text} {body}");
                }
            }
        }
    }
}

#[test]
fn a_signature_is_of_its_own_time_whatever_else_the_request_offers() {
    let old = NOW.as_secs() - 3_600;
    let persona = endpoint_of(catalogue::PERSONA, SECRET);
    let group =
        |time: i64, signed: i64| format!("t={time},v1={}", hex_of(format!("{signed}.{{}}")));
    let send = |header: String| Request::post("/", "{}").and("persona-signature", header);
    let (fresh, stale) = (NOW.as_secs(), old);
    delivery(&persona, &send(group(fresh, fresh)));
    delivery(&persona, &send(format!("{} {}", group(stale, stale), group(fresh, fresh))));
    for header in [
        group(stale, stale),
        group(fresh, stale),
        format!("{} {}", group(fresh, stale), group(stale, stale)),
        format!("{} {}", group(stale, stale), group(fresh, stale)),
        format!("t={fresh},{}", group(stale, stale)),
        format!("t={fresh} v1={}", hex_of(format!("{stale}.{{}}"))),
        format!("{},t={fresh}", group(stale, stale)),
    ] {
        assert!(run(&persona, &send(header.clone())).is_err(), "{header}");
    }

    // Box: the second header brings signatures, and no time of its own.
    let of_box = endpoint_of(catalogue::BOX, SECRET);
    let at = |time: &str| common::base64_of(format!("{{}}{time}"));
    let (stale, fresh) = ("2023-11-14T00:00:00Z", "2023-11-14T22:13:20Z");
    let send = |time: &str, one: String, two: String| {
        Request::post("/", "{}")
            .and("box-delivery-timestamp", time)
            .and("box-signature-primary", one)
            .and("box-signature-secondary", two)
    };
    delivery(&of_box, &send(fresh, "AAAA".into(), at(fresh)));
    for (time, one, two) in [
        (fresh, at(stale), at(stale)),
        (stale, at(stale), at(fresh)),
        (stale, at(fresh), at(fresh)),
    ] {
        assert!(run(&of_box, &send(time, one, two)).is_err(), "{time}");
    }
}

#[test]
fn one_signed_text_has_one_key_however_it_is_sent() {
    let mut form = Custom::new(Scheme::hmac_sha256("x-sig").signed("{sorted-form}"));
    form.habits = form.habits.dedupe(Dedupe::BodyDigest);
    let form = endpoint_of(form, SECRET);
    let keys = |endpoint: &AnyEndpoint, request: &Request| {
        let delivery = delivery(endpoint, request);
        (delivery.replay_key(), delivery.dedupe_key())
    };
    let send = |body: &str| Request::post("/", body.to_owned()).and("x-sig", hex_of("a1b2"));
    let first = keys(&form, &send("a=1&b=2"));
    for other in ["b=2&a=1", "&a=1&b=2&&", "%61=1&b=2", "a1=&b2=", "a=1b2", "a=1&a=1&b=2"] {
        assert_eq!(keys(&form, &send(other)), first, "{other}");
    }
    let upper = send("a=1&b=2").with("x-sig", hex_of("a1b2").to_ascii_uppercase());
    assert_eq!(keys(&form, &upper), first);
    let other = Request::post("/", "a=1&b=3").and("x-sig", hex_of("a1b3"));
    assert_ne!(keys(&form, &other), first);
}

#[test]
fn a_clock_far_away_is_no_way_around_the_tolerance() {
    let scheme = Scheme::hmac_sha256("x-sig")
        .timestamp(Place::Header("ts"), TimeUnit::Rfc3339OrUtc)
        .signed("{ts}:{body}");
    let endpoint = endpoint_of(Custom::new(scheme), SECRET);
    let send = |time: &str| {
        Request::post("/", "{}").and("ts", time).and("x-sig", hex_of(format!("{time}:{{}}")))
    };
    delivery(&endpoint, &send("2023-11-14T22:13:20"));
    for time in [
        "0000-01-01T00:00:00",
        "9999-12-31T23:59:60+23:59",
        "9999-12-31T23:59:59-23:59",
        "2023-11-14T22:13:20-23:59",
        "2023-11-14T22:13:20+00:6",
        "2023-11-14T22:13:20.",
        "2023-11-14T22:13:20Z ",
        "2023-11-14T22:18:21",
        "2023-11-14T22:08:19",
    ] {
        assert!(run(&endpoint, &send(time)).is_err(), "{time}");
    }
    for now in [i64::MIN, i64::MAX, 0, -1] {
        let at = UnixTime::from_secs(now);
        assert!(run_at(&endpoint, &send("2023-11-14T22:13:20"), at).is_err());
    }
}

#[test]
fn an_id_that_two_events_can_have_loses_none() {
    // "This value is not guaranteed to be unique", and stands in each event of a batch.
    let endpoint = endpoint_of(catalogue::HUBSPOT_V1, SECRET);
    let send = |body: &str| {
        let digest = hex(&<sha2::Sha256 as sha2::Digest>::digest(format!("{SECRET}{body}")));
        Request::post("/", body.to_owned()).and("x-hubspot-signature", digest)
    };
    let one = delivery(&endpoint, &send(r#"[{"eventId":1},{"eventId":2}]"#));
    let two = delivery(&endpoint, &send(r#"[{"eventId":1},{"eventId":3}]"#));
    assert!(one.dedupe_key().is_none() || one.dedupe_key() != two.dedupe_key());
    for entry in catalogue::ALL.iter().filter(|entry| entry.id.starts_with("hubspot")) {
        assert_eq!(entry.habits.dedupe, Dedupe::None, "{}", entry.id);
    }
}

/// A head that has something to say to every question.
#[derive(Clone, Debug)]
struct Everywhere {
    values: Vec<String>,
    query: String,
    body: String,
}

impl RequestHead for Everywhere {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/hooks"
    }

    fn query(&self) -> Option<&str> {
        Some(&self.query)
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        if matches!(name, "content-encoding" | "expect") {
            return;
        }
        if name.contains("time") {
            return each(now().as_bytes());
        }
        let number = name.bytes().map(usize::from).sum::<usize>();
        if let Some(value) = self.values.get(number % self.values.len().max(1)) {
            each(value.as_bytes());
        }
    }

    fn content_length(&self) -> Option<u64> {
        None
    }
}

/// A secret of the form that a scheme takes.
fn some_secret(scheme: &Scheme<'_>) -> Option<&'static str> {
    Some(match (scheme.key, scheme.algorithm) {
        (KeyForm::Hex, _) => "00ff00ff00ff00ff",
        (KeyForm::Base64 | KeyForm::Whsec, _) => "c2VjcmV0c2VjcmV0c2VjcmV0",
        (KeyForm::PublicKey, Algorithm::Ed25519) => {
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        }
        (KeyForm::PublicKey, _) => return None,
        _ => SECRET,
    })
}

proptest! {
    /// Nothing that is not signed passes anywhere, and nothing panics.
    #[test]
    fn no_request_of_pieces_passes_anywhere(
        values in proptest::collection::vec(pieces(), 1..4),
        query in pieces(),
        body in pieces(),
    ) {
        for entry in catalogue::ALL {
            let Some(secret) = some_secret(&entry.scheme) else { continue };
            let builder = Endpoint::builder(*entry).secret(secret);
            let built = match entry.scheme.signed.contains("{url")
                || entry.scheme.claims.is_some()
            {
                true => builder.public_url("https://example.com/hooks").build(),
                false => builder.build(),
            };
            let endpoint = built.unwrap().into_any();
            let head = Everywhere {
                values: values.clone(),
                query: query.clone(),
                body: body.clone(),
            };
            let Ok(Opened::Check(mut check)) = endpoint.open(&head, NOW) else { continue };
            check.push(Bytes::from(head.body)).unwrap();
            if let Ok(verdict) = check.finish() {
                prop_assert!(!matches!(verdict, Verdict::Deliver(_)), "{}", entry.id);
            }
        }
    }
}

/// Texts of what schemes read.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "t=",
        "ts=",
        "v1=",
        "v1,",
        "v0=",
        "sha256=",
        "=",
        ",",
        ";",
        " ",
        "&",
        "/",
        "|",
        ".",
        "1",
        "1700000000",
        "1700000000000",
        "00ff",
        "AAAA",
        "Bearer ",
        "Basic ",
        "HMAC ",
        "eyJhbGciOiJIUzI1NiJ9.e30.",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        "\\u0041",
        "\"signature\":{",
        "\"timestamp\":1700000000",
        "null",
        "\"value\":[{",
        "\"clientState\":\"x\"",
        "--b\r\n",
        "\r\n\r\n",
        "name=\"json\"",
        "json=%7B%7D",
        "%00",
        "%zz",
        "+",
        "\u{e9}",
        "\u{0}",
        "0x",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ]);
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}
