//! iOFFICE: three words, from the path and the body.

use std::sync::LazyLock;

use hookgate::ioffice::{Event, IOffice};
use hookgate::{AnyEndpoint, Coverage, Endpoint, FromDelivery, RejectionKind};

use crate::json::{checked, has_odd_keys, members, text};
use crate::mac::{SECRET, hex, mac};
use crate::must;
use crate::request::{Outcome, Request, built, run};

const HEADER: &str = "x-ioffice-signature";

/// The largest body that the provider's endpoint takes.
const LIMIT: usize = 4 * 1024;

const EVENTS: [&str; 4] = ["create", "update", "delete", "archive"];

static ENDPOINTS: LazyLock<[(&str, AnyEndpoint); 2]> = LazyLock::new(|| {
    let at = |prefix: &str| built(Endpoint::builder(IOffice::at(prefix)).secret(SECRET));
    [("/hooks/ioffice", at("/hooks/ioffice")), ("", at("/"))]
});

type Words = [String; 3];

/// A request: `METHOD target`, header lines, an empty line, the body. The harness signs what a
/// reader of its own finds in it.
pub fn ioffice(data: &[u8]) {
    let request = Request::read(data);
    for (prefix, endpoint) in ENDPOINTS.iter() {
        let path = request.target.split('?').next().unwrap_or_default();
        let read = words(prefix, &request.method, path, &request.body);
        let signed = match &read {
            Some(words) => words.join(":"),
            // What a careless reader would sign: the rest of the path, undecoded.
            None => path.trim_start_matches(prefix).trim_start_matches('/').replace('/', ":"),
        };
        let request = request.clone().and(HEADER, hex(&mac(signed.as_bytes())));
        let methods = ["GET", "POST"].contains(&&*request.method);
        let declared = hookgate::RequestHead::content_length(&request);
        let fits = request.body.len() <= LIMIT && declared.is_none_or(|length| length <= 4096);
        let alone = request.values(HEADER).len() == 1;
        match (run(endpoint, &request), read) {
            (Outcome::Delivered(delivery), Some(words)) if methods && fits && alone => {
                let content = delivery.content();
                assert_eq!(content.coverage, Coverage::Fields);
                let body: std::collections::BTreeMap<String, String> =
                    must(serde_json::from_slice(&content.body).ok(), "the body that is handed on");
                let field = |name: &str| body.get(name).cloned().unwrap_or_default();
                let came = ["eventType", "entityType", "entityId"].map(field);
                assert_eq!((&came, body.len()), (&words, 3), "delivered is not what was signed");
                let event = must(Event::from_delivery(&delivery).ok(), "the event decodes");
                assert!(event.action.as_str().eq_ignore_ascii_case(&words[0]));
                assert_eq!((&event.entity, &event.id), (&words[1], &words[2]));
                assert!(delivery.replay_key().is_none() && delivery.dedupe_key().is_none());
            }
            (outcome, read) => {
                let kind = must(outcome.refused(), "neither delivered nor refused");
                let want = match (methods, fits, alone, read) {
                    (false, ..) => RejectionKind::MethodNotAllowed,
                    (_, _, false, _) => {
                        assert!(!kind.after_verdict());
                        continue;
                    }
                    (_, false, ..) => {
                        let of_path = kind == RejectionKind::SignedContent;
                        assert!(of_path || kind == RejectionKind::BodyTooLarge, "{kind:?}");
                        continue;
                    }
                    (.., None) => RejectionKind::SignedContent,
                    (.., Some(words)) => crate::broken(&format!("{words:?} refused: {kind:?}")),
                };
                assert_eq!(kind, want, "{request:?}");
            }
        }
    }
}

fn words(prefix: &str, method: &str, path: &str, body: &[u8]) -> Option<Words> {
    let rest = path.strip_prefix(prefix)?;
    let in_path = match rest.as_bytes() {
        [] | [b'/'] => None,
        [b'/', ..] => {
            let parts: Option<Vec<String>> = rest.split('/').skip(1).map(decoded).collect();
            Some(<Words>::try_from(parts?).ok()?)
        }
        _ => return None,
    };
    agreed(in_path, method, body)
}

fn agreed(in_path: Option<Words>, method: &str, body: &[u8]) -> Option<Words> {
    let in_body = if method == "GET" || body.is_empty() { None } else { Some(fields(body)?) };
    let words = match (in_path, in_body) {
        (Some(words), None) => words,
        (Some(words), Some(fields)) => {
            let same = |(word, field): (&String, &Option<String>)| {
                field.as_ref().is_none_or(|field| field == word)
            };
            if !words.iter().zip(&fields).all(same) {
                return None;
            }
            words
        }
        (None, Some([Some(event), Some(entity), Some(id)])) => [event, entity, id],
        _ => return None,
    };
    let [event, entity, id] = &words;
    let is_event = EVENTS.contains(&&*event.to_ascii_lowercase());
    let odd = ["", ".", ".."].contains(&&**entity) || entity.contains([':', '/', '\0']);
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (is_event && !odd && is_id).then_some(words)
}

fn fields(body: &[u8]) -> Option<[Option<String>; 3]> {
    let json = checked(body)?;
    let members = members(json)?;
    if has_odd_keys(json) {
        return None;
    }
    let mut fields = [None, None, None];
    for (key, value) in members {
        let [event, entity, id] = &mut fields;
        match key.as_deref() {
            Some("eventType") => *event = Some(text(value)?),
            Some("entityType") => *entity = Some(text(value)?),
            Some("entityId") if value.starts_with('"') => *id = Some(text(value)?),
            Some("entityId") => {
                let is_number = value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                *id = Some(is_number.then(|| value.to_owned())?);
            }
            _ => {}
        }
    }
    Some(fields)
}

/// Percent-decodes a segment once.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = segment.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
