//! What is true of every body, however it is cut: one request has one verdict, what was signed
//! passes as it was signed, and what was changed in one bit does not pass.

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
    Custom, LONG, NOW, Outcome, PREFIXED, Request, SECRET, STANDARD, STRIPE_LIKE, SUFFIXED, WHSEC,
    base64, hex, hmac256, hmac512, message, outcome, run_in_pieces, signed,
};
use hookgate::ace::Ace;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::SecretQuery;
use hookgate::scheme::{Encoding, Place, Scheme};
use hookgate::screenmeet::ScreenMeet;
use hookgate::sign::Message;
use hookgate::{
    AnyEndpoint, Coverage, Endpoint, Provider, RejectionKind, Secrets, UnknownEvents, dangerous,
};
use proptest::prelude::*;
use proptest::sample::Index;

/// A key that is looked up, and a signature between two texts.
const KEYED: Scheme<'static> =
    Scheme::hmac_sha256("x-keyed").key_id(Place::Header("x-key-id")).signed("v0:{body}:end");

/// Makes a provider's request for a body.
type Sign = Box<dyn Fn(&[u8]) -> Request>;

/// One provider, and how its requests are made.
struct Subject {
    name: &'static str,
    endpoint: AnyEndpoint,
    header: &'static str,
    /// What stands before the signature in its header, and its bytes.
    read: fn(&str) -> (String, Vec<u8>),
    write: fn(&[u8]) -> String,
    /// The signature of a body, made without the core.
    mac: fn(&[u8]) -> Vec<u8>,
    sign: Sign,
}

impl Subject {
    fn new<P: Provider + Clone>(name: &'static str, provider: P, header: &'static str) -> Self {
        let secret =
            if header == "webhook-signature" && name != "harmonizely" { WHSEC } else { SECRET };
        let builder = Endpoint::builder(provider.clone());
        let builder = match name {
            "keyed" => builder.keys_from(|_: hookgate::ports::KeyQuery| async {
                Ok(Some(hookgate::ports::Key::secret(SECRET)))
            }),
            "mobile assistant" | "mobile assistant in javascript mode" => {
                builder.secret(secret).unknown_events(UnknownEvents::Deliver)
            }
            _ => builder.secret(secret),
        };
        let text = |text: &[u8]| hmac256(SECRET.as_bytes(), text);
        Self {
            name,
            endpoint: builder.build().unwrap().into_any(),
            header,
            read: read_hex,
            write: hex,
            mac: text,
            sign: Box::new(move |body| signed(&provider, secret, message(body.to_vec()))),
        }
    }

    fn base64(self) -> Self {
        Self { read: read_base64, write: base64, ..self }
    }

    fn mac(self, mac: fn(&[u8]) -> Vec<u8>) -> Self {
        Self { mac, ..self }
    }
}

/// The longest run of hex digits, and what stands around it.
fn read_hex(value: &str) -> (String, Vec<u8>) {
    let start = value.rfind(|digit: char| !digit.is_ascii_hexdigit()).map_or(0, |at| at + 1);
    let (before, digits) = value.split_at(start);
    let bytes = (0..digits.len()).step_by(2);
    let bytes = bytes.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    (before.into(), bytes.collect())
}

fn read_base64(value: &str) -> (String, Vec<u8>) {
    let start = value.find(',').map_or(0, |at| at + 1);
    let (before, text) = value.split_at(start);
    (before.into(), BASE64_STANDARD.decode(text).unwrap())
}

fn mac_of(parts: &[&[u8]]) -> Vec<u8> {
    hmac256(SECRET.as_bytes(), &parts.concat())
}

/// Everything that signs a body: four of the five, and the tests' own schemes.
fn subjects() -> Vec<Subject> {
    let now = || NOW.as_secs().to_string();
    assert_eq!(now(), "1700000000");
    vec![
        Subject::new("ace", Ace::any(), "x-ace-signature").base64(),
        Subject::new("harmonizely", Harmonizely, "webhook-signature").base64(),
        Subject::new("screenmeet", ScreenMeet::new(), "x-signature"),
        Subject::new(
            "screenmeet in base64",
            ScreenMeet::new().encoding(Encoding::Base64),
            "x-signature",
        )
        .base64(),
        Subject::new("mobile assistant", MobileAssistant::new(), "x-connect-it-token"),
        Subject::new(
            "mobile assistant in javascript mode",
            dangerous::javascript_reserialised(),
            "x-connect-it-token",
        ),
        Subject::new("prefix", Custom::new(PREFIXED), "x-hub-signature-256"),
        Subject::new("stripe", Custom::new(STRIPE_LIKE), "stripe-signature")
            .mac(|body| mac_of(&[b"1700000000.", body])),
        Subject::new("standard", Custom::new(STANDARD), "webhook-signature")
            .base64()
            .mac(|body| mac_of(&[b"msg_1.1700000000.", body])),
        Subject::new("sha512", Custom::new(LONG), "x-signature-512")
            .mac(|body| hmac512(SECRET.as_bytes(), body)),
        Subject::new("suffix", Custom::new(SUFFIXED), "x-suffix-signature")
            .mac(|body| mac_of(&[body, b".1700000000"])),
        Subject::new("keyed", Custom::new(KEYED), "x-keyed")
            .mac(|body| mac_of(&[b"v0:", body, b":end"])),
    ]
}

/// A body, cut at these places.
fn pieces(body: &Bytes, cuts: &[Index]) -> Vec<Bytes> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    cuts.sort_unstable();
    let ends = cuts.iter().copied().chain([body.len()]);
    let mut start = 0;
    ends.map(|end| body.slice(std::mem::replace(&mut start, end)..end)).collect()
}

/// Bytes, text and JSON of a size that crosses the block of a hash and the sizes of the buffer.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(any::<u8>(), 4_000..20_000),
        r#"\{"(type|event)":"[a-zA-Z.]{0,20}"(,"data":\{"n":[0-9]{1,3}\})?\}"#.prop_map(Into::into),
        Just(Vec::new()),
    ]
}

fn flip(bytes: &mut [u8], bit: Index) {
    let bit = bit.index(bytes.len() * 8);
    *bytes.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
}

/// What a genuine request of iOFFICE says, in the path or in the body.
fn office(entity: &str, id: &str, in_path: bool) -> (AnyEndpoint, Request) {
    let provider = IOffice::at("/hooks");
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).into(),
        _ => format!("%{byte:02x}"),
    };
    let escaped: String = entity.bytes().map(escape).collect();
    let body = format!(r#"{{"eventType":"UPDATE","entityType":{entity:?},"entityId":"{id}"}}"#);
    let message = if in_path {
        Message::post(format!("/hooks/UPDATE/{escaped}/{id}"), body)
    } else {
        Message::post("/hooks", body)
    };
    let request = signed(&provider, SECRET, message);
    (common::endpoint_of(provider, SECRET), request)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_signed_passes_as_it_was_signed(body in bodies()) {
        for subject in subjects() {
            let request = (subject.sign)(&body);
            let (_, mac) = (subject.read)(&request.value(subject.header));
            prop_assert_eq!(&mac, &(subject.mac)(&body), "{}", subject.name);
            match outcome(&subject.endpoint, &request) {
                Outcome::Delivered(content) => {
                    prop_assert_eq!(&content.body, &body, "{}", subject.name);
                    prop_assert_eq!(content.coverage, Coverage::Body, "{}", subject.name);
                }
                other => prop_assert!(false, "{}: {other:?}", subject.name),
            }
        }
    }

    #[test]
    fn a_request_has_one_verdict_however_it_is_cut(
        body in bodies(), cuts in prop::collection::vec(any::<Index>(), 0..12), forged: bool,
    ) {
        for subject in subjects() {
            let mut request = (subject.sign)(&body);
            if forged {
                request = request.body([&body[..], b"\xff"].concat());
            }
            let whole = outcome(&subject.endpoint, &request);
            prop_assert_eq!(matches!(whole, Outcome::Refused(_)), forged, "{}", subject.name);
            let cut = pieces(&request.body, &cuts);
            let cut = run_in_pieces(&subject.endpoint, &request, NOW, &cut);
            prop_assert_eq!(Outcome::from(cut), whole, "{}", subject.name);
        }
    }

    #[test]
    fn each_of_many_secrets_matches_however_the_body_is_cut(
        body in bodies(), cuts in prop::collection::vec(any::<Index>(), 0..6), right in 0..3_usize,
    ) {
        for scheme in [STRIPE_LIKE, SUFFIXED, LONG, PREFIXED] {
            let provider = Custom::new(scheme);
            let secrets = move |others: &str| {
                let secret = |n| if n == right { SECRET.into() } else { format!("{others} {n}") };
                (0..3).map(secret).collect::<Secrets>()
            };
            let own = Endpoint::builder(provider.clone()).secrets(secrets("another")).build();
            let tenants = Endpoint::builder(provider.clone()).secrets_from(
                |head| Some(head.path().into()),
                move |asked: SecretQuery| async move {
                    Ok((&*asked.tenant == "/hooks").then(|| secrets("another")))
                },
            );
            let request = signed(&provider, SECRET, message(body.clone()));
            let cut = pieces(&request.body, &cuts);
            let cut = [&[Bytes::new()], &cut[..], &[Bytes::new()]].concat();
            for endpoint in [own.unwrap().into_any(), tenants.build().unwrap().into_any()] {
                match run_in_pieces(&endpoint, &request, NOW, &cut).into() {
                    Outcome::Delivered(content) => {
                        prop_assert_eq!(&content.body, &body);
                        prop_assert_eq!(content.secret, Some(format!("#{}", right + 1).into()));
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
                let bent = [&cut[..], &[Bytes::from_static(b"x")]].concat();
                let bent = run_in_pieces(&endpoint, &request, NOW, &bent).into();
                prop_assert_eq!(Outcome::Refused(RejectionKind::SignatureMismatch), bent);
            }
        }
    }

    #[test]
    fn the_key_of_nobody_opens_nothing_however_the_body_is_cut(
        body in bodies(), cuts in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        // The source tells it to everybody.
        const DECOY: &str = "decoy";
        let provider = Custom::new(SUFFIXED);
        let tenants = Endpoint::builder(provider.clone()).secrets_from(
            |_| Some("nobody".into()),
            async |_: SecretQuery| Ok(None::<Secrets>),
        );
        let request = signed(&provider, DECOY, message(body.clone()));
        let cut = pieces(&request.body, &cuts);
        let outcome = run_in_pieces(&tenants.build().unwrap(), &request, NOW, &cut).into();
        prop_assert_eq!(Outcome::Refused(RejectionKind::UnknownTenant), outcome);

        let provider = Custom::new(KEYED);
        let keys = Endpoint::builder(provider.clone())
            .keys_from(async |_: hookgate::ports::KeyQuery| Ok(None::<hookgate::ports::Key>));
        let request = signed(&provider, DECOY, message(body));
        let outcome = run_in_pieces(&keys.build().unwrap(), &request, NOW, &cut).into();
        prop_assert_eq!(Outcome::Refused(RejectionKind::UnknownKey), outcome);
    }

    #[test]
    fn a_bit_of_the_signature_decides(body in bodies(), bit: Index) {
        for subject in subjects() {
            let request = (subject.sign)(&body);
            let (before, mut mac) = (subject.read)(&request.value(subject.header));
            prop_assert!(mac.len() == 32 || mac.len() == 64);
            flip(&mut mac, bit);
            let value = before + &(subject.write)(&mac);
            let bent = outcome(&subject.endpoint, &request.with(subject.header, value));
            let want = Outcome::Refused(RejectionKind::SignatureMismatch);
            prop_assert_eq!(bent, want, "{}", subject.name);
        }
    }

    #[test]
    fn a_bit_of_the_body_decides(body in bodies(), bit: Index) {
        if body.is_empty() {
            return Ok(());
        }
        for subject in subjects() {
            let request = (subject.sign)(&body);
            let mut bent = body.clone();
            flip(&mut bent, bit);
            let bent = outcome(&subject.endpoint, &request.body(bent));
            let want = Outcome::Refused(RejectionKind::SignatureMismatch);
            prop_assert_eq!(bent, want, "{}", subject.name);
        }
    }

    #[test]
    fn one_byte_more_or_less_decides(body in bodies(), more: u8) {
        // JavaScript reads over white space at the ends.
        let more = if more.is_ascii_whitespace() { b'x' } else { more };
        for subject in subjects() {
            let request = (subject.sign)(&body);
            let longer = [&body[..], &[more]].concat();
            let earlier = [&[more], &body[..]].concat();
            let shorter = body[..body.len().saturating_sub(1)].to_vec();
            for bent in [longer, earlier, shorter].into_iter().filter(|bent| *bent != body) {
                let bent = outcome(&subject.endpoint, &request.clone().body(bent));
                let want = Outcome::Refused(RejectionKind::SignatureMismatch);
                prop_assert_eq!(bent, want, "{}", subject.name);
            }
        }
    }

    #[test]
    fn the_three_words_of_ioffice_pass_wherever_they_stand(
        entity in "[A-Za-z0-9 _.é-]{1,12}", id in "[0-9]{1,30}", in_path: bool,
        cuts in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        if entity == "." || entity == ".." {
            return Ok(());
        }
        let (endpoint, request) = office(&entity, &id, in_path);
        let text = format!("UPDATE:{entity}:{id}");
        let signature = hex(&hmac256(SECRET.as_bytes(), text.as_bytes()));
        prop_assert_eq!(request.value("x-ioffice-signature"), signature);
        let whole = outcome(&endpoint, &request);
        let Outcome::Delivered(content) = &whole else {
            return Err(TestCaseError::fail(format!("{whole:?}")));
        };
        let body: serde_json::Value = serde_json::from_slice(&content.body).unwrap();
        let want = serde_json::json!({"eventType": "UPDATE", "entityType": entity, "entityId": id});
        prop_assert_eq!(body, want);
        prop_assert_eq!(content.coverage, Coverage::Fields);
        let cut = pieces(&request.body, &cuts);
        prop_assert_eq!(Outcome::from(run_in_pieces(&endpoint, &request, NOW, &cut)), whole);
    }

    #[test]
    fn a_bit_of_the_words_of_ioffice_decides(
        entity in "[A-Za-z0-9]{1,12}", id in "[0-9]{1,12}", in_path: bool, bit: Index,
    ) {
        let (endpoint, request) = office(&entity, &id, in_path);
        let mut place = if in_path { request.target.clone().into() } else { request.body.to_vec() };
        flip(&mut place, bit);
        let bent = if in_path {
            // No HTTP library hands on a path that is no text.
            let Ok(target) = String::from_utf8(place) else { return Ok(()) };
            // Without the body, which says the same.
            request.target(target).body("")
        } else {
            request.body(place)
        };
        match outcome(&endpoint, &bent) {
            Outcome::Refused(kind) => prop_assert!(kind.is_signature(), "{kind:?}"),
            other => prop_assert!(false, "{bent:?}: {other:?}"),
        }
    }

    #[test]
    fn a_bit_of_the_signature_of_ioffice_decides(in_path: bool, bit: Index) {
        let (endpoint, request) = office("Agreement", "25", in_path);
        let (_, mut mac) = read_hex(&request.value("x-ioffice-signature"));
        flip(&mut mac, bit);
        let bent = outcome(&endpoint, &request.with("x-ioffice-signature", hex(&mac)));
        prop_assert_eq!(bent, Outcome::Refused(RejectionKind::SignatureMismatch));
    }

    #[test]
    fn the_body_of_a_get_from_ioffice_says_nothing(body in prop::collection::vec(any::<u8>(), 0..4_096)) {
        let provider = IOffice::at("/hooks");
        let request = signed(&provider, SECRET, Message::get("/hooks/DELETE/Agreement/25"));
        let endpoint = common::endpoint_of(provider, SECRET);
        let without = outcome(&endpoint, &request);
        prop_assert!(matches!(without, Outcome::Delivered(_)));
        prop_assert_eq!(outcome(&endpoint, &request.body(body)), without);
    }

    #[test]
    fn one_signed_bit_of_the_head_decides(bit: Index) {
        for (provider, secret, header) in [
            (Custom::new(STANDARD), WHSEC, "webhook-id"),
            (Custom::new(STANDARD), WHSEC, "webhook-timestamp"),
            (Custom::new(SUFFIXED), SECRET, "x-suffix-time"),
        ] {
            let request = signed(&provider, secret, message("{}"));
            let mut value = request.value(header).into_bytes();
            flip(&mut value, bit);
            let endpoint = common::endpoint_of(provider, secret);
            match outcome(&endpoint, &request.with(header, value)) {
                Outcome::Refused(kind) => prop_assert!(kind.is_signature(), "{kind:?}"),
                other => prop_assert!(false, "{header}: {other:?}"),
            }
        }
    }
}
