//! Secrets and keys that are looked up for each request: who is known shows to nobody.

use std::sync::{Arc, LazyLock};

use hookgate::check::{Opened, Verdict};
use hookgate::ioffice::IOffice;
use hookgate::ports::{Key, KeyQuery, SecretQuery, Unavailable};
use hookgate::scheme::{Algorithm, Place, Scheme, TimeUnit};
use hookgate::{
    AnyEndpoint, Dedupe, Endpoint, Habits, Provider, RejectionKind, RequestHead, Secret, Secrets,
};

use crate::mac::{fill, hex, mac_of};
use crate::request::{NOW, Outcome, Request, built, byte, judged, line, read, ready, run};
use crate::{broken, must};

const SIGNATURE: &str = "x-signature";
const NAME: &str = "x-name";

/// The body alone.
const PLAIN: Scheme<'static> = Scheme::hmac_sha256(SIGNATURE);
/// Text on both sides of the body.
const AROUND: Scheme<'static> =
    PLAIN.timestamp(Place::Header("x-time"), TimeUnit::Seconds).signed("v0:{body}:{ts}");
const KEYED: Scheme<'static> = AROUND.key_id(Place::Header(NAME));
const KEYED_IN_LIST: Scheme<'static> =
    PLAIN.list(",", "=", "sig").key_id(Place::SignatureField("key"));

/// What the look-ups of here know: the secrets of a name.
const KNOWN: &[(&str, &[&str])] =
    &[("one", &["the secret of one"]), ("two", &["the secret of two", "the old secret of two"])];

/// The words that stand for a signature, and the secret under which it is made. Nobody's secret is
/// the last one, which whoever reads the core knows.
const WORDS: &[(&str, &str)] = &[
    ("{one}", "the secret of one"),
    ("{two}", "the secret of two"),
    ("{old}", "the old secret of two"),
    ("{decoy}", "decoy"),
];

#[derive(Debug)]
struct Own(Scheme<'static>);

impl Provider for Own {
    fn id(&self) -> &str {
        "own"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }

    fn habits(&self) -> Habits {
        Habits::new().dedupe(Dedupe::BodyDigest)
    }
}

/// Where the name stands, and what is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Plain,
    Around,
    Fields,
    Key,
    KeyInList,
}

const FORMS: [Form; 5] = [Form::Plain, Form::Around, Form::Fields, Form::Key, Form::KeyInList];

static ENDPOINTS: LazyLock<[AnyEndpoint; 5]> = LazyLock::new(|| {
    fn tenants<P: Provider>(provider: P) -> AnyEndpoint {
        let look_up = |query: SecretQuery| async move {
            match &*query.tenant {
                "nothing" => Ok(Some(Secrets::default())),
                "empty" => Ok(Some(Secrets::new("one").and(""))),
                "down" => Err(Unavailable::new("the store is down")),
                name => Ok(secrets_of(name)),
            }
        };
        built(Endpoint::builder(provider).secrets_from(tenant_of, look_up))
    }
    fn keyed(scheme: Scheme<'static>) -> AnyEndpoint {
        let look_up = |query: KeyQuery| async move {
            match &*query.key_id {
                "empty" => Ok(Some(Key::secret(""))),
                "down" => Err(Unavailable::new("the store is down")),
                name => Ok(known(name).first().map(|secret| Key::secret(*secret))),
            }
        };
        built(Endpoint::builder(Own(scheme)).keys_from(look_up))
    }
    [
        tenants(Own(PLAIN)),
        tenants(Own(AROUND)),
        tenants(IOffice::at("/hooks")),
        keyed(KEYED),
        keyed(KEYED_IN_LIST),
    ]
});

/// The header's only value, where it is text.
fn tenant_of(head: &dyn RequestHead) -> Option<Arc<str>> {
    let mut values = Vec::new();
    head.header(NAME, &mut |value| values.push(String::from_utf8(value.to_vec()).ok()));
    match &*values {
        [Some(name)] => Some(Arc::from(&**name)),
        _ => None,
    }
}

fn known(name: &str) -> &'static [&'static str] {
    KNOWN.iter().find(|(known, _)| *known == name).map_or(&[], |(_, secrets)| *secrets)
}

fn secrets_of(name: &str) -> Option<Secrets> {
    let mut secrets = known(name).iter().map(|secret| Secret::new(*secret).labelled(*secret));
    let first = Secrets::new(secrets.next()?);
    Some(secrets.fold(first, |all, next| all.and(next)))
}

fn sign(secret: &str, text: &[u8]) -> String {
    hex(&mac_of(Algorithm::HmacSha256, secret, text))
}

/// A byte that chooses where the name stands; a line for each value of the header that names the
/// tenant or the key, an empty line; a line for the signature's header; the body. `{one}`, `{two}`,
/// `{old}` and `{decoy}` in the signature stand for what these secrets sign.
pub fn tenants(data: &[u8]) {
    let (choice, mut rest) = byte(data);
    let at = choice % FORMS.len();
    let (Some(form), Some(endpoint)) = (FORMS.get(at), ENDPOINTS.get(at)) else {
        return;
    };
    let mut names = Vec::new();
    loop {
        let (name, next) = line(rest);
        rest = next;
        if name.is_empty() {
            break;
        }
        // A space alone stands for a header without a value.
        names.push(if name == b" " { &[][..] } else { name });
    }
    let (value, body) = line(rest);
    let text = form.text(body);
    let words = |text: &[u8]| WORDS.map_with(|secret| sign(secret, text));
    let value = fill(value, &words(&text));
    let request = form.request(&names, value, body);
    let outcome = run(endpoint, &request);

    match (&outcome, form.expected(&names, &request, &text)) {
        (Outcome::Delivered(delivery), Ok((name, label))) => {
            let content = delivery.content();
            assert_eq!(content.secret.as_deref(), Some(&*label), "another secret's label");
            let tenant = (!form.is_keyed()).then_some(&*name);
            assert_eq!(content.tenant.as_deref(), tenant, "another tenant");
            if *form != Form::Fields {
                assert_eq!(content.body, body, "another body than the signed one");
                apart(*form, endpoint, body, delivery);
            }
        }
        (outcome, want) => assert_eq!(outcome.refused(), want.clone().err(), "{want:?}"),
    }
    forced(*form, endpoint, &request, &outcome);
}

trait MapWith {
    fn map_with(&self, sign: impl Fn(&str) -> String) -> Vec<(&'static str, String)>;
}

impl MapWith for [(&'static str, &'static str)] {
    fn map_with(&self, sign: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
        self.iter().map(|(word, secret)| (*word, sign(secret))).collect()
    }
}

/// Whose delivery it is and under which secret, or why it is refused.
type Want = Result<(String, String), RejectionKind>;

impl Form {
    fn is_keyed(self) -> bool {
        matches!(self, Self::Key | Self::KeyInList)
    }

    fn text(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain | Self::KeyInList => body.to_vec(),
            Self::Around | Self::Key => {
                [b"v0:", body, format!(":{}", NOW.as_secs()).as_bytes()].concat()
            }
            Self::Fields => b"Create:Room:7".to_vec(),
        }
    }

    fn request(self, names: &[&[u8]], value: Vec<u8>, body: &[u8]) -> Request {
        let mut request = Request::post(body.to_vec()).and("x-time", NOW.as_secs().to_string());
        let header = if self == Self::Fields {
            (request.method, request.target) = ("GET".into(), "/hooks/Create/Room/7".into());
            "x-ioffice-signature"
        } else {
            SIGNATURE
        };
        let mut value = value;
        for name in names {
            if self == Self::KeyInList {
                value = [&b"key="[..], name, b",", &value].concat();
            } else {
                request = request.and(NAME, *name);
            }
        }
        request.and(header, value)
    }

    /// What a second reader of the request says.
    fn expected(self, names: &[&[u8]], request: &Request, text: &[u8]) -> Want {
        let header = if self == Self::Fields { "x-ioffice-signature" } else { SIGNATURE };
        let values = request.values(header);
        let value = String::from_utf8_lossy(must(values.first().copied(), "a signature's header"));
        if value.is_empty() {
            return Err(RejectionKind::EmptySignature);
        }
        let items = || value.split(',').filter_map(|item| item.split_once('='));
        let mut candidates: Vec<&str> = vec![&value];
        let mut names: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
        if self == Self::KeyInList {
            candidates = items().filter(|(key, _)| *key == "sig").map(|(_, sig)| sig).collect();
            names = items().filter(|(key, _)| *key == "key").map(|(_, id)| id.into()).collect();
            // Two readers could take different ones.
            if names.len() > 1 {
                return Err(RejectionKind::UnknownKey);
            }
        }
        if candidates.len() > 128 {
            return Err(RejectionKind::TooManySignatures);
        }
        let is_hex = |text: &&&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if candidates.iter().find(is_hex).is_none() {
            return Err(RejectionKind::MalformedSignature);
        }
        let name = match &*names {
            [name] => String::from_utf8(name.clone()).ok(),
            _ => None,
        };
        let name = if self.is_keyed() {
            let is_name = |name: &String| {
                (1..=256).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
            };
            name.filter(is_name).ok_or(RejectionKind::UnknownKey)?
        } else {
            name.ok_or(RejectionKind::UnknownTenant)?
        };
        let (unknown, unavailable) = if self.is_keyed() {
            (RejectionKind::UnknownKey, RejectionKind::KeysUnavailable)
        } else {
            (RejectionKind::UnknownTenant, RejectionKind::SecretsUnavailable)
        };
        if name == "empty" || name == "down" || name == "nothing" && !self.is_keyed() {
            return Err(unavailable);
        }
        let secrets = known(&name);
        // A key is one secret, under the name that the request gives it.
        let secrets = secrets.get(..1).filter(|_| self.is_keyed()).unwrap_or(secrets);
        if secrets.is_empty() {
            return Err(unknown);
        }
        let right = secrets.iter().find(|secret| {
            let right = sign(secret, text);
            candidates.iter().any(|text| text.eq_ignore_ascii_case(&right))
        });
        let right = right.ok_or(RejectionKind::SignatureMismatch)?;
        let label = if self.is_keyed() { name.clone() } else { (*right).to_owned() };
        Ok((name, label))
    }
}

/// The same bytes, signed by the other, are another delivery.
fn apart(form: Form, endpoint: &AnyEndpoint, body: &[u8], delivery: &hookgate::Delivery) {
    let text = form.text(body);
    let mut keys = Vec::new();
    for (name, secret) in [("one", "the secret of one"), ("two", "the secret of two")] {
        let mut signature = sign(secret, &text);
        if form == Form::KeyInList {
            signature = format!("sig={signature}");
        }
        let request = form.request(&[name.as_bytes()], signature.into_bytes(), body);
        let delivered = must(run(endpoint, &request).delivered(), "a tenant's own was refused");
        keys.push((delivered.replay_key(), delivered.dedupe_key()));
    }
    let own = (delivery.replay_key(), delivery.dedupe_key());
    assert!(keys.contains(&own), "keys differ from one request to the next");
    let tenants_differ = keys.first() != keys.get(1);
    assert_eq!(tenants_differ, !form.is_keyed(), "keys of two tenants");
}

/// Whatever a look-up answers, nothing passes under secrets that did not sign it.
fn forced(form: Form, endpoint: &AnyEndpoint, request: &Request, outcome: &Outcome) {
    let fails = |verdict, want: RejectionKind| {
        assert_eq!(judged(verdict).refused(), Some(want), "another answer of the look-up");
    };
    let pieces = std::slice::from_ref(&request.body);
    let open = || endpoint.open(request, NOW);
    // What the head decides is decided whatever anyone knows.
    let by_head = open().err().map(|rejection| rejection.kind());
    if let Some(kind) = by_head {
        assert_eq!(outcome.refused(), Some(kind), "the head was judged twice");
        return;
    }
    if form.is_keyed() {
        let suspended = || match open() {
            Ok(Opened::Check(check)) => {
                let check = read(check, pieces).map_err(|rejection| rejection.kind());
                match must(check.ok(), "the body was refused").finish() {
                    Ok(Verdict::NeedKey(_, suspended)) => suspended,
                    _ => broken("no key was asked for"),
                }
            }
            _ => broken("a key is asked for after the body"),
        };
        fails(suspended().resume(Ok(None)), RejectionKind::UnknownKey);
        let down = Err(Unavailable::new("down"));
        fails(suspended().resume(down), RejectionKind::KeysUnavailable);
        let other = Ok(Some(Key::secret("a secret of nobody's")));
        fails(suspended().resume(other), RejectionKind::SignatureMismatch);
        return;
    }
    let paused = || match open() {
        Ok(Opened::NeedSecrets(ask, paused)) => {
            let named = tenant_of(request);
            assert_eq!(ask.query.tenant, named.clone().unwrap_or_default());
            assert!(named.is_some() || matches!(ready(ask.ask()), Ok(None)));
            paused
        }
        _ => broken("no secrets were asked for"),
    };
    let finish = |check| read(check, pieces)?.finish();
    fails(paused().resume(Ok(None)).and_then(finish), RejectionKind::UnknownTenant);
    let down = Err(Unavailable::new("down"));
    fails(paused().resume(down).and_then(finish), RejectionKind::SecretsUnavailable);
    let other = Ok(Some(Secrets::new("a secret of nobody's")));
    fails(paused().resume(other).and_then(finish), RejectionKind::SignatureMismatch);
}
