//! Providers that ask in every known way.

use std::sync::LazyLock;

use hookgate::check::{Opened, Verdict};
use hookgate::handshake::{Challenge, Gate, Handshake, LONGEST_ECHO, MacReply};
use hookgate::ports::{Learned, SecretOffer};
use hookgate::scheme::Scheme;
use hookgate::{
    AnyEndpoint, Endpoint, FixedReply, Provider, Rejection, RejectionKind, Reply, Secret,
};

use crate::mac::{SECRET, fill, hex, mac, words};
use crate::request::{NOW, Request, built, byte, read, ready};
use crate::{broken, must};

const SIGNATURE: &str = "x-signature";

/// Signs the body alone, so that a short body could be a challenge.
const SCHEME: Scheme<'static> = Scheme::hmac_sha256(SIGNATURE);

/// What is answered with a MAC stands first.
const CHALLENGES: &[Challenge<'static>] = &[
    Challenge::QueryMac {
        name: "c",
        gate: Gate::Token,
        reply: MacReply::Pair { challenge: "plain", mac: "mac" },
    },
    Challenge::JsonMac {
        when: ("/type", "ask"),
        challenge: "/c",
        gate: Gate::Token,
        reply: MacReply::Pair { challenge: "plain", mac: "mac" },
    },
    Challenge::QueryMac {
        name: "c",
        gate: Gate::Hex { least: 2, most: 8 },
        reply: MacReply::Labelled,
    },
    Challenge::QueryEcho { name: "c" },
    Challenge::PostQueryEcho { name: "c" },
    Challenge::QueryToken { mode: ("m", "s"), token: "t", challenge: "c" },
    Challenge::QueryHash { name: "c", answer: "a" },
    Challenge::AnyOf(&[
        Challenge::HeaderToJson { header: "x-c", name: "c" },
        Challenge::HeaderEcho { header: "x-c", answer: "x-a" },
        Challenge::CloudEvents { origins: &["a.example"] },
        Challenge::Probe { methods: &["HEAD"] },
    ]),
    Challenge::SignedHeaderToJson { header: "x-c", name: "c" },
    Challenge::AnyOf(&[
        Challenge::JsonEcho { when: ("/type", "ask"), challenge: "/c" },
        Challenge::DiscordPing,
        Challenge::JsonPing { name: "n", number: 1, reply: FixedReply::status(204) },
        Challenge::HeaderJsonEcho { when: ("x-c", "ask"), challenge: "/c" },
    ]),
    Challenge::EventGrid,
    Challenge::AnyOf(&[
        Challenge::JsonMirror { name: "c" },
        Challenge::FormPing { name: "c" },
        Challenge::EmptyPing,
    ]),
    Challenge::HeaderSecret { header: "x-c" },
    Challenge::JsonSecret { name: "c" },
];

/// How many of them make MACs.
const SIGNING: usize = 3;

#[derive(Debug)]
struct Asking(Option<Challenge<'static>>);

impl Provider for Asking {
    fn id(&self) -> &str {
        "asking"
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        self.0.as_ref().map(|challenge| challenge as _)
    }
}

fn endpoint(challenge: Challenge<'static>) -> AnyEndpoint {
    let secret = Secret::new(SECRET).labelled("name");
    let mut builder = Endpoint::builder(Asking(Some(challenge))).secret(secret);
    if challenge.uses().token {
        builder = builder.verify_token("a token of the harness");
    }
    if challenge.uses().secret {
        // Wanted, and never taken: there is a secret.
        builder = builder.learn_secret(|_: SecretOffer| async { Ok(Learned::Stored) });
    }
    built(builder.public_url("https://example.com/hooks"))
}

/// Each of them at an endpoint of its own.
static ASKING: LazyLock<Vec<AnyEndpoint>> =
    LazyLock::new(|| CHALLENGES.iter().map(|challenge| endpoint(*challenge)).collect());

/// A provider with the same scheme that never asks.
static SILENT: LazyLock<AnyEndpoint> =
    LazyLock::new(|| built(Endpoint::builder(Asking(None)).secret(SECRET)));

/// A byte that chooses a challenge, and a request: `METHOD target`, header lines, an empty line, the
/// body. `{hex}` stands for the right signature.
///
/// Whatever the provider asks, an endpoint delivers no more than one that is never asked; what it
/// answers is short, and text or JSON; and what it signs for a stranger opens nothing.
pub fn challenge(data: &[u8]) {
    let (choice, rest) = byte(data);
    let choice = choice % CHALLENGES.len();
    let mut request = Request::read(rest);
    let right = mac(&request.body);
    for (_, value) in &mut request.headers {
        *value = fill(value, &words(&right));
    }
    let endpoint = must(ASKING.get(choice), "an endpoint");
    let outcome = run(endpoint, &request);
    let plainly = run(&SILENT, &request);
    match &outcome {
        Ok(Verdict::Deliver(delivery)) => {
            assert!(matches!(plainly, Ok(Verdict::Deliver(_))), "delivered because it asked");
            assert_eq!(delivery.body(), &request.body);
        }
        Ok(Verdict::Reply(reply)) => harmless(reply),
        Ok(_) => broken("a secret was taken where there is one"),
        Err(rejection) => {
            if matches!(plainly, Ok(Verdict::Deliver(_))) {
                let could_be_token = choice < SIGNING && is_token(&request.body);
                let asked = rejection.kind() == RejectionKind::Handshake;
                assert!(asked || could_be_token, "{rejection:?}: {request:?}");
            }
        }
    }
    if choice < SIGNING {
        for text in [&*request.body, b"1".as_slice(), b"abcd", &challenge_of(&request)] {
            forged(endpoint, text);
        }
    }
}

/// The text that the query asks for, as it stands there.
fn challenge_of(request: &Request) -> Vec<u8> {
    let query = request.target.split_once("?c=").map(|(_, value)| value).unwrap_or_default();
    query.as_bytes().to_vec()
}

/// The endpoint is made to sign a text, and the signature must not open it.
fn forged(endpoint: &AnyEndpoint, text: &[u8]) {
    let encoded: String = text.iter().map(|byte| format!("%{byte:02x}")).collect();
    let mut asks = Request::post("");
    (asks.method, asks.target) = ("GET".into(), format!("/hooks?c={encoded}"));
    let Ok(Verdict::Reply(reply)) = run(endpoint, &asks) else { return };
    let signature = hex(&mac(text));
    let signed = String::from_utf8_lossy(reply.body()).contains(&signature);
    assert!(signed, "another text was signed");
    let request = Request::post(text.to_vec()).and(SIGNATURE, signature);
    let refused = run(endpoint, &request).err().map(|rejection| rejection.kind());
    assert_eq!(refused, Some(RejectionKind::SignatureMismatch), "a stranger's signature opens");
}

/// What a second reader takes for a challenge that is signed.
fn is_token(text: &[u8]) -> bool {
    let of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    (1..=256).contains(&text.len()) && text.iter().all(of_token)
}

fn harmless(reply: &Reply) {
    let header = |wanted: &str| {
        let mut found = reply.headers().filter(|(name, _)| *name == wanted);
        let value = found.next().map(|(_, value)| value.to_owned());
        assert!(found.next().is_none(), "{wanted} stands there twice");
        value
    };
    assert!(reply.is_success(), "{reply:?}");
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    let kind = header("content-type");
    let harmless =
        matches!(kind.as_deref(), Some("text/plain; charset=utf-8" | "application/json"));
    assert!(harmless || reply.body().is_empty(), "{reply:?}");
    // Twice as long where JSON escapes each byte, and a little for what stands around.
    assert!(reply.body().len() <= 2 * LONGEST_ECHO + 512, "{} bytes", reply.body().len());
    let text = String::from_utf8_lossy(reply.body());
    assert!(!text.contains(SECRET) && !text.contains("a token of the harness"));
}

fn run(endpoint: &AnyEndpoint, request: &Request) -> Result<Verdict, Rejection> {
    let check = match endpoint.open(request, NOW)? {
        Opened::Check(check) => check,
        Opened::NeedSecrets(ask, paused) => paused.resume(ready(ask.ask()))?,
        Opened::Reply(reply) => return Ok(Verdict::Reply(reply)),
        _ => broken("an arm that the harness does not know"),
    };
    read(check, std::slice::from_ref(&request.body))?.finish()
}
