//! Whole requests at the providers' endpoints, and bodies in pieces.

use std::sync::LazyLock;

use bytes::Bytes;
use hookgate::ace::Ace;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::ports::{Key, KeyQuery, SecretQuery, Unavailable};
use hookgate::scheme::{Encoding, Place, Scheme, TimeUnit};
use hookgate::screenmeet::ScreenMeet;
use hookgate::{
    AnyEndpoint, Endpoint, EndpointBuilder, Provider, RejectionKind, Secrets, UnknownEvents,
    dangerous,
};

use crate::json::stringify;
use crate::mac::{SECRET, base64, fill, hex, mac, words};
use crate::request::{NOW, Outcome, Request, built, byte, run, run_in_pieces};

/// The largest body at the endpoints of [`requests`].
const LIMIT: usize = 256;

struct Subject {
    header: &'static str,
    hex: bool,
    base64: bool,
    algorithm: bool,
    endpoint: AnyEndpoint,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    fn of<P: Provider>(provider: P) -> EndpointBuilder<P> {
        let builder = Endpoint::builder(provider).secret(SECRET).body_limit(LIMIT);
        builder.unknown_events(UnknownEvents::Deliver)
    }
    let subject = |header, (hex, base64), endpoint| Subject {
        header,
        hex,
        base64,
        algorithm: header == "x-signature",
        endpoint,
    };
    let (hex, both) = (ScreenMeet::new().encoding(Encoding::Hex), ScreenMeet::new());
    vec![
        subject("x-ace-signature", (false, true), built(of(Ace::any()))),
        subject("webhook-signature", (false, true), built(of(Harmonizely))),
        subject("x-signature", (true, true), built(of(both))),
        subject("x-signature", (true, false), built(of(hex))),
        subject("x-connect-it-token", (true, false), built(of(MobileAssistant::new()))),
    ]
});

/// One byte that chooses a provider, and a request: `METHOD target`, header lines, an empty line,
/// the body. `{hex}`, `{HEX}` and `{b64}` stand for the right signature.
pub fn requests(data: &[u8]) {
    let (choice, rest) = byte(data);
    let Some(subject) = SUBJECTS.get(choice % SUBJECTS.len()) else {
        return;
    };
    let mut request = Request::read(rest);
    let right = mac(&request.body);
    for (_, value) in &mut request.headers {
        *value = fill(value, &words(&right));
    }
    let outcome = run(&subject.endpoint, &request);

    let declared = request.values("content-length");
    let declared = declared.first().and_then(|value| std::str::from_utf8(value).ok());
    let fits =
        declared.and_then(|text| text.parse::<u64>().ok()).is_none_or(|length| length <= 256);
    let is_right = |text: &[u8]| {
        subject.hex && text.eq_ignore_ascii_case(hex(&right).as_bytes())
            || subject.base64 && text == base64(&right).as_bytes()
    };
    let signed = matches!(&*request.values(subject.header), [value] if is_right(value));
    let named = !subject.algorithm
        || matches!(&*request.values("x-signature-algo"),
            [name] if name.eq_ignore_ascii_case(b"sha256"));
    let want = if request.method != "POST" {
        Some(RejectionKind::MethodNotAllowed)
    } else if !fits || signed && named && request.body.len() > LIMIT {
        Some(RejectionKind::BodyTooLarge)
    } else {
        None
    };
    match (&outcome, want) {
        (Outcome::Delivered(delivery), None) if signed && named => {
            assert_eq!(delivery.body(), &request.body, "another body than the signed one");
        }
        (Outcome::Refused(kind), Some(want)) => assert_eq!(*kind, want),
        (Outcome::Refused(kind), None) if !(signed && named) => {
            let too_large = *kind == RejectionKind::BodyTooLarge && request.body.len() > LIMIT;
            assert!(kind.is_signature() || too_large, "{kind:?}");
        }
        (outcome, _) => crate::broken(&format!("{request:?}: {outcome:?}, wanted {want:?}")),
    }
    let bytes: Vec<Bytes> = request.body.chunks(1).map(Bytes::copy_from_slice).collect();
    let single = run_in_pieces(&subject.endpoint, &request, &bytes);
    assert_eq!(single.facts(), outcome.facts(), "single bytes are judged otherwise");
}

/// A scheme of the harness's own.
#[derive(Debug)]
struct Own(Scheme<'static>);

impl Provider for Own {
    fn id(&self) -> &str {
        "own"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }
}

const SIGNATURE: &str = "x-signature";
const AROUND: Scheme<'static> = Scheme::hmac_sha256(SIGNATURE)
    .timestamp(Place::Header("x-time"), TimeUnit::Seconds)
    .delivery_id(Place::Header("x-id"))
    .signed("{id}.{body}.{ts}");
const KEYED: Scheme<'static> =
    Scheme::hmac_sha256(SIGNATURE).key_id(Place::Header("x-id")).signed("v0:{body}");

/// What signs a body, and where.
struct Piecewise {
    header: &'static str,
    text: fn(&[u8]) -> Vec<u8>,
    write: fn(&[u8]) -> String,
    endpoint: AnyEndpoint,
}

static PIECEWISE: LazyLock<Vec<Piecewise>> = LazyLock::new(|| {
    let same: fn(&[u8]) -> Vec<u8> = <[u8]>::to_vec;
    let of = |header, text, endpoint| Piecewise { header, text, write: hex, endpoint };
    let around: fn(&[u8]) -> Vec<u8> =
        |body| [b"msg_1.", body, format!(".{}", NOW.as_secs()).as_bytes()].concat();
    let keyed: fn(&[u8]) -> Vec<u8> = |body| [b"v0:", body].concat();
    let look_up = |query: KeyQuery| async move {
        Ok::<_, Unavailable>((&*query.key_id == "msg_1").then(|| Key::secret(SECRET)))
    };
    let tenants = |query: SecretQuery| async move {
        Ok::<_, Unavailable>((&*query.tenant == "hooks").then(|| Secrets::new(SECRET)))
    };
    let tenant_of =
        |head: &dyn hookgate::RequestHead| head.path().strip_prefix('/').map(Into::into);
    let javascript = Endpoint::builder(dangerous::javascript_reserialised()).secret(SECRET);
    let javascript = built(javascript.unknown_events(UnknownEvents::Deliver));
    let ace = built(Endpoint::builder(Ace::any()).secret(SECRET));
    let ioffice = built(Endpoint::builder(IOffice::at("/hooks")).secret(SECRET).body_limit(LIMIT));
    let limited = Endpoint::builder(Own(Scheme::hmac_sha256(SIGNATURE))).secret(SECRET);
    vec![
        Piecewise { write: base64, ..of("x-ace-signature", same, ace) },
        of("x-connect-it-token", same, javascript.clone()),
        of("x-connect-it-token", |body| stringify(body).unwrap_or_default().into(), javascript),
        of("x-ioffice-signature", |_| b"Create:Room:7".to_vec(), ioffice),
        of(SIGNATURE, around, built(Endpoint::builder(Own(AROUND)).secret(SECRET))),
        of(SIGNATURE, keyed, built(Endpoint::builder(Own(KEYED)).keys_from(look_up))),
        of(SIGNATURE, same, built(limited.body_limit(LIMIT))),
        of(
            SIGNATURE,
            same,
            built(
                Endpoint::builder(Own(Scheme::hmac_sha256(SIGNATURE)))
                    .secrets_from(tenant_of, tenants),
            ),
        ),
    ]
});

/// A byte that chooses a scheme and, in its highest bit, a wrong signature; one that says how often
/// the body is repeated; one for the number of cuts, and the cuts, of which each is the length of a
/// piece in units of its place; the rest is the body.
pub fn chunking(data: &[u8]) {
    let (choice, rest) = byte(data);
    let (times, rest) = byte(rest);
    let (cuts, rest) = byte(rest);
    let (cuts, body) = rest.split_at_checked(cuts % 16).unwrap_or((rest, &[]));
    let Some(subject) = PIECEWISE.get(choice % 128 % PIECEWISE.len()) else {
        return;
    };
    // Up to where the core's buffer keeps frames as they came.
    let body = Bytes::from(body.repeat((times % 32 + 1).min(24 * 1024 / body.len().max(1) + 1)));
    let mut right = mac(&(subject.text)(&body));
    if choice >= 128 {
        right.reverse();
    }
    let request = Request::post(body.clone())
        .and("x-time", NOW.as_secs().to_string())
        .and("x-id", "msg_1")
        .and(subject.header, (subject.write)(&right));
    let whole = run(&subject.endpoint, &request);
    if choice >= 128 {
        assert!(matches!(whole, Outcome::Refused(_)), "{whole:?}");
    } else if subject.header == "x-ace-signature" {
        assert!(matches!(whole, Outcome::Delivered(_)), "{whole:?}");
    }

    let mut left = body.clone();
    let mut pieces = Vec::new();
    for (at, cut) in cuts.iter().enumerate() {
        let length = usize::from(*cut).saturating_mul(at.saturating_mul(at).max(1));
        pieces.push(left.split_to(length.min(left.len())));
    }
    pieces.push(left);
    let same = |pieces: &[Bytes], how: &str| {
        let other = run_in_pieces(&subject.endpoint, &request, pieces);
        assert_eq!(other.facts(), whole.facts(), "{how} are judged otherwise");
    };
    same(&pieces, "these pieces");
    // The same bytes from other memory, with nothing in between.
    let copied = pieces.iter().flat_map(|piece| [Bytes::new(), Bytes::copy_from_slice(piece)]);
    same(&copied.collect::<Vec<_>>(), "pieces between empty ones");
    pieces.reverse();
    let moved = pieces.concat() != body;
    if moved && subject.header == "x-ace-signature" {
        let other = run_in_pieces(&subject.endpoint, &request, &pieces);
        assert!(other.delivered().is_none(), "pieces in another order pass");
    }
}
