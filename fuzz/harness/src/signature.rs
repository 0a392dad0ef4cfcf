//! Signature headers: every framing, encoding and length.

use std::sync::LazyLock;

use hookgate::scheme::{Encoding, Framing, Scheme};
use hookgate::{AnyEndpoint, Endpoint, Provider, RejectionKind, Secret, Secrets};

use crate::mac::{base64, fill, hex, mac_of, words};
use crate::request::{Outcome, Request, built, byte, line, run};

const HEADER: &str = "x-signature";
const NEW: &str = "the new secret of the harness";
const OLD: &str = "the old secret of the harness";

/// The most signatures that a list may hold, as the core documents it.
const MOST: usize = 128;

const BARE: Scheme<'static> = Scheme::hmac_sha256(HEADER);
const LONG: Scheme<'static> = Scheme::hmac_sha512(HEADER);

/// The first byte of an input chooses one.
const SCHEMES: &[Scheme<'static>] = &[
    BARE,
    BARE.encoding(Encoding::Base64),
    BARE.encoding(Encoding::HexOrBase64),
    BARE.prefix("sha256="),
    BARE.prefix("sha256=").encoding(Encoding::Base64),
    BARE.list(",", "=", "v1"),
    BARE.list(" ", ",", "v1").encoding(Encoding::Base64),
    BARE.list("; ", "=>", "sig").encoding(Encoding::HexOrBase64),
    // The name ends as the separators begin.
    BARE.list("==", "=", "v"),
    LONG,
    LONG.encoding(Encoding::Base64),
    LONG.list(",", "=", "v1").encoding(Encoding::HexOrBase64),
];

#[derive(Debug)]
struct Framed(Scheme<'static>);

impl Provider for Framed {
    fn id(&self) -> &str {
        "framed"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }
}

static ENDPOINTS: LazyLock<Vec<(Scheme<'static>, AnyEndpoint)>> = LazyLock::new(|| {
    let secrets =
        || Secrets::new(Secret::new(NEW).labelled("new")).and(Secret::new(OLD).labelled("old"));
    let build = |scheme| built(Endpoint::builder(Framed(scheme)).secrets(secrets()));
    SCHEMES.iter().map(|scheme| (*scheme, build(*scheme))).collect()
});

/// What has to come out.
type Want = Result<&'static str, RejectionKind>;

/// One byte that chooses a scheme, a line for each value of the signature's header, an empty line,
/// and the body. `{hex}`, `{HEX}` and `{b64}` stand for the right signature, `{old}` and `{old64}`
/// for that of the secret that is going out.
pub fn signature(data: &[u8]) {
    let (choice, mut rest) = byte(data);
    let Some((scheme, endpoint)) = ENDPOINTS.get(choice % SCHEMES.len()) else {
        return;
    };
    let mut values = Vec::new();
    loop {
        let (value, next) = line(rest);
        // A space alone stands for a header without a value.
        let ends = value.is_empty();
        rest = next;
        if ends {
            break;
        }
        values.push(if value == b" " { &[][..] } else { value });
    }
    let new = mac_of(scheme.algorithm, NEW, rest);
    let old = mac_of(scheme.algorithm, OLD, rest);
    let mut known = words(&new).to_vec();
    known.extend([("{old}", hex(&old)), ("{old64}", base64(&old))]);
    let mut request = Request::post(rest.to_vec());
    for value in values {
        request = request.and(HEADER, fill(value, &known));
    }
    let want = expected(scheme, &request.values(HEADER), &new, &old);
    match (run(endpoint, &request), want) {
        (Outcome::Delivered(delivery), Ok(label)) => {
            assert_eq!(delivery.content().secret.as_deref(), Some(label));
            assert_eq!(delivery.body(), rest, "another body than the signed one");
        }
        (outcome, want) => {
            assert_eq!(outcome.refused(), want.err(), "{scheme:?}: {outcome:?}, wanted {want:?}");
        }
    }
}

fn expected(scheme: &Scheme<'_>, values: &[&[u8]], new: &[u8], old: &[u8]) -> Want {
    let value: String = match values {
        [] => return Err(RejectionKind::MissingSignature),
        [[]] => return Err(RejectionKind::EmptySignature),
        // One char for each byte, so that text can be cut with what the standard library has.
        [value] => value.iter().map(|byte| char::from(*byte)).collect(),
        _ => return Err(RejectionKind::DuplicateSignature),
    };
    let candidates: Vec<&str> = match scheme.framing {
        Framing::Bare => vec![&value],
        Framing::Prefix(prefix) => value.strip_prefix(prefix).into_iter().collect(),
        Framing::List { items, pair, name } => value
            .split(items)
            .filter_map(|item| item.split_once(pair))
            .filter_map(|(key, text)| (key == name).then_some(text))
            .collect(),
        _ => crate::broken("a framing that the harness does not know"),
    };
    if candidates.len() > MOST {
        return Err(RejectionKind::TooManySignatures);
    }
    let (takes_hex, takes_base64) = match scheme.encoding {
        Encoding::Hex => (true, false),
        Encoding::Base64 => (false, true),
        _ => (true, true),
    };
    let is = |mac: &[u8]| {
        candidates.iter().any(|text| {
            takes_hex && text.eq_ignore_ascii_case(&hex(mac))
                || takes_base64 && **text == *base64(mac)
        })
    };
    let decodes = |text: &&str| {
        takes_hex && is_hex(text, new.len()) || takes_base64 && is_base64(text, new.len())
    };
    if is(new) {
        Ok("new")
    } else if is(old) {
        Ok("old")
    } else if candidates.iter().any(decodes) {
        Err(RejectionKind::SignatureMismatch)
    } else {
        Err(RejectionKind::MalformedSignature)
    }
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == bytes * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is the one way to write so many bytes, of which none is a multiple of three.
fn is_base64(text: &str, bytes: usize) -> bool {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (padding, spare) = if bytes % 3 == 2 { ("=", 4) } else { ("==", 16) };
    let Some(digits) = text.strip_suffix(padding) else {
        return false;
    };
    let last = digits.chars().last().and_then(|last| alphabet.find(last));
    digits.len() + padding.len() == bytes.div_ceil(3) * 4
        && digits.chars().all(|digit| alphabet.contains(digit))
        && last.is_some_and(|last| last % spare == 0)
}
