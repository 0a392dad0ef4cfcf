//! Schemes of every kind under a request that nobody signed, and under their own.

use hookgate::scheme::{Algorithm, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit};
use hookgate::sign::Message;
use hookgate::{Coverage, Provider, testing};

use crate::broken;
use crate::request::{Outcome, Request, byte, line, run_weak};

const ALGORITHMS: &[Algorithm] = &[
    Algorithm::HmacSha256,
    Algorithm::HmacSha1,
    Algorithm::HmacSha512,
    Algorithm::Sha1,
    Algorithm::Sha256,
    Algorithm::Token,
];

const ENCODINGS: &[Encoding] =
    &[Encoding::Hex, Encoding::Base64, Encoding::Base64Url, Encoding::HexOrBase64, Encoding::Text];

const KEYS: &[KeyForm] = &[
    KeyForm::Text,
    KeyForm::Hex,
    KeyForm::Base64,
    KeyForm::Whsec,
    KeyForm::Sha1OfText,
    KeyForm::Sha256OfText,
    KeyForm::PublicKey,
];

const FRAMINGS: &[Framing<'static>] = &[
    Framing::Bare,
    Framing::Prefix("sha256="),
    Framing::AuthScheme("HMAC"),
    Framing::List { items: ",", pair: "=", name: "v1" },
    Framing::List { items: " ", pair: ",", name: "v1" },
    Framing::Positional { items: ",", first: 1 },
    Framing::Parts { items: ",", parts: ".", signature: 2, algorithm: Some((1, "SHA256")) },
    Framing::Groups { groups: " ", items: ",", pair: "=", name: "v1" },
];

/// Places for one fact, under names of its own: no message has two values for one.
const fn places(
    header: &'static str,
    field: &'static str,
    pointers: (&'static str, &'static str),
    position: &'static str,
) -> [Place<'static>; 9] {
    [
        Place::Header(header),
        Place::Query(field),
        Place::Form(field),
        Place::Json(pointers.0),
        Place::Json(pointers.1),
        Place::SignatureField(field),
        Place::SignatureField(position),
        Place::RepeatedHeader(header),
        Place::Extracted,
    ]
}

const FOR_SIGNATURE: &[Place<'static>] = &places("x-s", "s", ("/s", "/b/*/s"), "8");
const FOR_TIME: &[Place<'static>] = &places("x-a", "t", ("/t", "/b/*/t"), "0");
const FOR_ID: &[Place<'static>] = &places("x-b", "i", ("/i", "/b/*/i"), "1");
const FOR_EVENT: &[Place<'static>] = &places("x-c", "e", ("/e", "/b/*/e"), "2");

const UNITS: &[TimeUnit] = &[
    TimeUnit::Seconds,
    TimeUnit::Milliseconds,
    TimeUnit::SecondsOrMilliseconds,
    TimeUnit::Rfc3339,
    TimeUnit::Rfc3339OrUtc,
    TimeUnit::HttpDate,
];

/// A scheme made of an input.
#[derive(Clone, Debug)]
struct Mixed {
    template: String,
    /// The choices, one for each axis.
    choices: [usize; 10],
}

impl Mixed {
    fn pick<T: Copy>(&self, axis: usize, all: &[T]) -> Option<T> {
        let choice = self.choices.get(axis).copied().unwrap_or_default();
        all.get(choice.checked_rem(all.len())?).copied()
    }

    fn flag(&self, bit: usize) -> bool {
        self.choices.first().is_some_and(|flags| flags >> bit & 1 == 1)
    }
}

impl Provider for Mixed {
    fn id(&self) -> &str {
        "mixed"
    }

    fn scheme(&self) -> Scheme<'_> {
        let base = Scheme::hmac_sha256("x-signature").signed(&self.template);
        let mut scheme = base
            .algorithm(self.pick(1, ALGORITHMS).unwrap_or(Algorithm::HmacSha256))
            .encoding(self.pick(2, ENCODINGS).unwrap_or(Encoding::Hex))
            .key(self.pick(3, KEYS).unwrap_or(KeyForm::Text))
            .framing(self.pick(4, FRAMINGS).unwrap_or(Framing::Bare));
        if self.flag(0) {
            scheme.signature = self.pick(5, FOR_SIGNATURE).unwrap_or(scheme.signature);
        }
        let unit = self.pick(8, UNITS).unwrap_or(TimeUnit::Seconds);
        scheme.timestamp = self.pick(6, FOR_TIME).map(|place| (place, unit));
        scheme.delivery_id = self.pick(7, FOR_ID);
        scheme.event_name = self.pick(9, FOR_EVENT).filter(|_| self.flag(1));
        scheme.body_unsigned = self.flag(2);
        scheme.spaced = self.flag(3);
        scheme.tolerance = scheme.tolerance.filter(|_| !self.flag(4));
        scheme.body_digest = self.flag(5).then_some(Place::Header("x-b"));
        scheme
    }
}

/// Ten bytes that choose a scheme (the first is a set of switches), a line that is its template, and
/// a request: `METHOD target`, header lines, an empty line, the body.
pub fn schemes(data: &[u8]) {
    let mut rest = data;
    let mut choices = [0; 10];
    for choice in &mut choices {
        (*choice, rest) = byte(rest);
    }
    let (template, rest) = line(rest);
    let mixed = Mixed { template: String::from_utf8_lossy(template).into_owned(), choices };
    let stranger = Request::read(rest);
    let message = Message::post("/hooks?n=y", stranger.body.clone());
    // Refused, or its parts do not all fit into this body.
    let Ok((endpoint, request)) = testing::signed(mixed.clone(), message) else {
        return;
    };
    if let Outcome::Delivered(_) = run_weak(&endpoint, &stranger) {
        broken(&format!("{mixed:?}: nobody signed {stranger:?}"));
    }
    let mut genuine = Request::post(request.body().clone());
    genuine.target = request.target().to_owned();
    for (name, value) in request.headers() {
        genuine = genuine.and(name, value.clone());
    }
    let scheme = mixed.scheme();
    let places = [scheme.timestamp.map(|(place, _)| place), scheme.delivery_id];
    let in_body = |place: &Place<'_>| matches!(place, Place::Form(_) | Place::Json(_));
    let Outcome::Delivered(delivery) = run_weak(&endpoint, &genuine) else {
        // A body may say another time, or an odd id.
        if places.iter().flatten().any(in_body) {
            return;
        }
        broken(&format!("{mixed:?} refuses its own {genuine:?}"));
    };
    // What the stranger says, under the headers of the genuine request.
    if delivery.content().coverage == Coverage::Body {
        let bodies = [[&*genuine.body, b"."].concat(), stranger.body.to_vec()];
        for body in bodies.into_iter().filter(|body| *body != *genuine.body) {
            let bent = Request { body: body.into(), ..genuine.clone() };
            if let Outcome::Delivered(_) = run_weak(&endpoint, &bent) {
                broken(&format!("{mixed:?}: another body passes: {bent:?}"));
            }
        }
    }
}
