//! Signed texts: timestamps, ids, and that a signed text can be cut in one way only.

use std::collections::BTreeSet;

use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::{AnyEndpoint, Dedupe, Delivery, Endpoint, Habits, Provider};

use crate::mac::{SECRET, hex, mac};
use crate::must;
use crate::request::{NOW, Outcome, Request, byte, line, run};

const TOLERANCE: i128 = 300;

/// A scheme made of an input.
#[derive(Clone, Debug)]
struct Templated {
    template: String,
    milliseconds: bool,
    any_time: bool,
    /// The values stand in the signature's header, which is then a list.
    listed: bool,
}

impl Provider for Templated {
    fn id(&self) -> &str {
        "templated"
    }

    fn scheme(&self) -> Scheme<'_> {
        let unit = if self.milliseconds { TimeUnit::Milliseconds } else { TimeUnit::Seconds };
        let mut scheme = Scheme::hmac_sha256("x-signature");
        let (time, id) = if self.listed {
            scheme = scheme.list(",", "=", "v1");
            (Place::SignatureField("t"), Place::SignatureField("i"))
        } else {
            (Place::Header("x-time"), Place::Header("x-id"))
        };
        scheme = scheme.timestamp(time, unit).delivery_id(id).signed(&self.template);
        scheme.tolerance = scheme.tolerance.filter(|_| !self.any_time);
        scheme
    }

    fn habits(&self) -> Habits {
        Habits::new().dedupe(Dedupe::BodyDigest)
    }
}

/// The values of a template.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Values {
    time: Vec<u8>,
    id: Vec<u8>,
    body: Vec<u8>,
}

/// One part of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    Literal(Vec<u8>),
    Time,
    Id,
    Body,
}

impl Templated {
    /// The parts that this reader knows. `None` where the template has others.
    fn parts(&self) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = &*self.template;
        while let Some(first) = rest.chars().next() {
            // A brace that is written twice stands for itself.
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(first);
                rest = rest.get(2..)?;
                continue;
            }
            if first != '{' {
                literal.push(first);
                rest = rest.get(first.len_utf8()..)?;
                continue;
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal).into_bytes()));
            }
            let (name, next) = rest.get(1..)?.split_once('}')?;
            parts.push(match name {
                "ts" => Part::Time,
                "id" => Part::Id,
                "body" => Part::Body,
                _ => return None,
            });
            rest = next;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.into_bytes()));
        }
        Some(parts)
    }

    /// The request that carries these values, under a signature.
    fn request(&self, values: &Values, signature: &str, is_twisted: bool) -> Request {
        let request = Request::post(values.body.clone());
        let (time, id) = (&*values.time, &*values.id);
        if !self.listed {
            let signature =
                if is_twisted { signature.to_ascii_uppercase() } else { signature.into() };
            return request
                .and("x-time", time)
                .and("x-id", id)
                .and("x-signature", signature)
                .and("x-unsigned", if is_twisted { "1" } else { "0" });
        }
        let signature = [b"v1=", signature.as_bytes()].concat();
        let other = [&b"v1="[..], &[b'0'; 64]].concat();
        let (time, id) = ([b"t=", time].concat(), [b"i=", id].concat());
        let items =
            if is_twisted { vec![other, id, signature, time] } else { vec![time, id, signature] };
        request.and("x-signature", items.join(&b","[..]))
    }
}

fn written(parts: &[Part], values: &Values) -> Vec<u8> {
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(match part {
            Part::Literal(literal) => literal,
            Part::Time => &values.time,
            Part::Id => &values.id,
            Part::Body => &values.body,
        });
    }
    text
}

/// One byte of options; then a line for the template, one for the time and one for the id; the rest
/// is the body. `NOW` as time is the clock's.
pub fn template(data: &[u8]) {
    let (options, rest) = byte(data);
    let ((template, rest), option) = (line(rest), |bit: usize| options & bit != 0);
    let ((time, rest), milliseconds) = (line(rest), option(1));
    let (id, body) = line(rest);
    let Ok(template) = std::str::from_utf8(template) else {
        return;
    };
    let now = NOW.as_secs().saturating_mul(if milliseconds { 1_000 } else { 1 });
    let time = if time == b"NOW" { now.to_string().into_bytes() } else { time.to_vec() };
    let listed = option(4);
    let is_item = |value: &[u8]| !value.contains(&b',');
    if template.len() > 64 || body.len() > 64 || id.len() > 300 || time.len() > 64 {
        return;
    }
    if listed && !(is_item(&time) && is_item(id)) {
        return;
    }
    let provider =
        Templated { template: template.into(), milliseconds, any_time: option(2), listed };
    let Ok(endpoint) = Endpoint::builder(provider.clone()).secret(SECRET).build() else {
        assert!(!KNOWN_GOOD.contains(&template), "{template} was refused");
        return;
    };
    let endpoint = endpoint.into_any();
    let values = Values { time, id: id.to_vec(), body: body.to_vec() };
    let Some(parts) = provider.parts() else {
        return;
    };
    let text = written(&parts, &values);
    let request = provider.request(&values, &hex(&mac(&text)), false);
    let (signs_time, signs_id) = (parts.contains(&Part::Time), parts.contains(&Part::Id));
    let outcome = run(&endpoint, &request);

    let has_time = !signs_time || provider.takes_time(&values.time);
    let id_is = |allowed: &dyn Fn(&u8) -> bool| {
        (1..=256).contains(&values.id.len()) && values.id.iter().all(allowed)
    };
    if !has_time || signs_id && !id_is(&u8::is_ascii_graphic) {
        let kind = must(outcome.refused(), "a broken time or id was taken");
        assert!(kind.is_signature(), "{kind:?}");
        return;
    }
    let in_no_literal = |byte: &u8| byte.is_ascii_graphic() && !template.as_bytes().contains(byte);
    let Outcome::Delivered(delivery) = outcome else {
        assert!(signs_id && !id_is(&in_no_literal), "{provider:?} refused {values:?}");
        return;
    };
    let content = delivery.content();
    assert_eq!(content.body, body, "another body than the signed one");
    let signed = |is: bool, value: &[u8]| is.then(|| String::from_utf8_lossy(value).into_owned());
    assert_eq!(content.signed.timestamp.as_deref(), signed(signs_time, &values.time).as_deref());
    assert_eq!(content.signed.delivery_id.as_deref(), signed(signs_id, &values.id).as_deref());

    keys(&endpoint, &provider, &values, &delivery);
    one_cut_only(&endpoint, &provider, &values, &text);
}

/// Templates that have to be taken: those of well-known schemes.
const KNOWN_GOOD: &[&str] = &["{body}", "{ts}.{body}", "{id}.{ts}.{body}", "v0:{ts}:{body}"];

impl Templated {
    /// Whether a time is written in the one way and inside the tolerance.
    fn takes_time(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        let Some(time) =
            text.parse().ok().filter(|time: &i64| time.to_string() == text && *time >= 0)
        else {
            return false;
        };
        let seconds = if self.milliseconds { time / 1_000 } else { time };
        let off = (i128::from(seconds) - i128::from(NOW.as_secs())).abs();
        self.any_time || off <= TOLERANCE
    }
}

/// Keys follow the signed text, and nothing else.
fn keys(endpoint: &AnyEndpoint, provider: &Templated, values: &Values, delivery: &Delivery) {
    let parts = provider.parts().unwrap_or_default();
    let deliver = |values: &Values, is_twisted| {
        let signature = hex(&mac(&written(&parts, values)));
        run(endpoint, &provider.request(values, &signature, is_twisted)).delivered()
    };
    let keys = (delivery.replay_key(), delivery.dedupe_key());
    assert!(keys.0.is_some() && keys.1.is_some() && keys.0 != keys.1);
    let again = must(deliver(values, true), "another spelling of the head was refused");
    assert_eq!((again.replay_key(), again.dedupe_key()), keys, "the head changed a key");

    let mut changed = values.clone();
    changed.body.push(b'x');
    let changed = must(deliver(&changed, false), "another body was refused");
    assert!(changed.replay_key() != keys.0 && changed.dedupe_key() != keys.1);

    let mut later = values.clone();
    later.time = match NOW.as_secs() {
        now if provider.milliseconds => (now * 1_000 + 999).to_string(),
        now => (now + 7).to_string(),
    }
    .into_bytes();
    if parts.contains(&Part::Time) && later.time != values.time {
        let later = must(deliver(&later, false), "a later attempt was refused");
        assert!(later.replay_key() != keys.0, "two attempts have one replay key");
        assert_eq!(later.dedupe_key(), keys.1, "two attempts have two dedupe keys");
    }
}

/// No other values give the same signed text and are taken under its signature.
fn one_cut_only(endpoint: &AnyEndpoint, provider: &Templated, values: &Values, text: &[u8]) {
    let parts = provider.parts().unwrap_or_default();
    let signature = hex(&mac(text));
    let mut cuts = Cuts { found: BTreeSet::new(), steps: 4_000 };
    cuts.look(&parts, text, [None; 3]);
    let kept = |part, found: &Option<Vec<u8>>, own: &Vec<u8>| {
        if parts.contains(&part) { found.clone().unwrap_or_default() } else { own.clone() }
    };
    for [time, id, body] in &cuts.found {
        let other = Values {
            time: kept(Part::Time, time, &values.time),
            id: kept(Part::Id, id, &values.id),
            body: kept(Part::Body, body, &values.body),
        };
        if other == *values {
            continue;
        }
        let taken = run(endpoint, &provider.request(&other, &signature, false)).delivered();
        assert!(taken.is_none(), "{provider:?}: {values:?} passes as {other:?}");
    }
}

/// Every way to cut a text, up to a bound.
struct Cuts {
    found: BTreeSet<[Option<Vec<u8>>; 3]>,
    steps: usize,
}

impl Cuts {
    fn look<'t>(&mut self, parts: &[Part], text: &'t [u8], known: [Option<&'t [u8]>; 3]) {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 || self.found.len() > 64 {
            return;
        }
        let Some((part, parts)) = parts.split_first() else {
            if text.is_empty() {
                self.found.insert(known.map(|value| value.map(Vec::from)));
            }
            return;
        };
        let at = match part {
            Part::Literal(literal) => {
                if let Some(rest) = text.strip_prefix(&**literal) {
                    self.look(parts, rest, known);
                }
                return;
            }
            Part::Time => 0,
            Part::Id => 1,
            Part::Body => 2,
        };
        if let Some(value) = known.get(at).copied().flatten() {
            if let Some(rest) = text.strip_prefix(value) {
                self.look(parts, rest, known);
            }
            return;
        }
        for length in 0..=text.len() {
            let (value, rest) = text.split_at(length);
            let mut known = known;
            if let Some(slot) = known.get_mut(at) {
                *slot = Some(value);
            }
            self.look(parts, rest, known);
        }
    }
}
