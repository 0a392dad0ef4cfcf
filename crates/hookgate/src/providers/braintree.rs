//! Braintree: subscriptions, disputes, payouts and accounts.
//!
//! Documented at <https://developer.paypal.com/braintree/docs/guides/webhooks/parse>, and in detail
//! by its client libraries (`braintree_node`, `webhook_notification_gateway`, checked 2026-11): a
//! POST with a form of two fields. `bt_payload` is an XML document in base64, with a line break at
//! its end and in it. `bt_signature` is a list such as `public_key|hex&public_key|hex`, each of
//! them HMAC-SHA1 over `bt_payload`, keyed with the SHA-1 digest of the private key of that name.
//! The libraries also take a signature over the payload and one more line break, and so does this
//! module.
//!
//! The secret is the pair of API keys, as `public key|private key`: the public one is the secret's
//! label. Of the signatures, the one that is right under an endpoint's private key counts; the name
//! beside it is not signed, and decides nothing.
//!
//! When an address is registered, Braintree asks for it by a GET with `bt_challenge`; the gate
//! answers.
//!
//! What is signed is the document, so that is what is handed on, decoded and as `application/xml`.
//! It says when it was written and is not held against the clock: Braintree sends a delivery that
//! was not answered again for up to 24 hours, and no page says how the time is then.
//!
//! ```
//! use hookgate::braintree::{Braintree, Event};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Braintree)
//!     .secret("integration_public_key|integration_private_key")
//!     .build()?;
//!
//! async fn on_change(event: Event) {
//!     match &*event.kind {
//!         "check" => println!("Braintree asks whether somebody listens"),
//!         kind => println!("{kind} in {} characters of XML", event.xml.len()),
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;

use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::handshake::{Challenge, Gate, Handshake, MacReply};
use crate::head::{Occurs, RequestHead};
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Framing, KeyForm, Place, Scheme, urlencoded};

const ID: &str = "braintree";

const SCHEME: Scheme<'static> = Scheme::hmac_sha1("")
    .signature(Place::Extracted)
    .framing(Framing::Parts { items: "&", parts: "|", signature: 1, algorithm: None })
    .key(KeyForm::NamedSha1);

/// `GET ?bt_challenge=<20 to 32 hexadecimal digits>`, answered `public_key|hex`.
const CHALLENGE: Challenge<'static> = Challenge::QueryMac {
    name: "bt_challenge",
    gate: Gate::Hex { least: 20, most: 32 },
    reply: MacReply::Labelled,
};

/// The largest body, in bytes: it is decoded before anything is verified.
const BODY_LIMIT: usize = 256 * 1024;

/// Braintree. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Braintree;

impl Provider for Braintree {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// The document holds the time at which it was written, so no two events are signed alike.
    fn habits(&self) -> Habits {
        Habits::new().body_limit(BODY_LIMIT).dedupe(Dedupe::BodyDigest)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Fields))
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        Some(&CHALLENGE)
    }
}

impl Sends for Braintree {
    type Event = Event;
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The kind, as Braintree spells it: `subscription_canceled`.
    pub kind: String,
    /// When it was written, as text: `2026-11-22T10:00:00Z`.
    pub timestamp: Option<String>,
    /// The whole document.
    pub xml: String,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let xml = std::str::from_utf8(&content.body).map_err(|_| DecodeError::not_utf8())?;
        let kind = child(xml, "kind").ok_or(DecodeError::new("the document names no kind"))?;
        let timestamp = child(xml, "timestamp").map(str::to_owned);
        Ok(Self { kind: kind.to_owned(), timestamp, xml: xml.to_owned() })
    }
}

/// Reads the two fields.
#[derive(Clone, Copy, Debug)]
struct Fields;

impl Extract for Fields {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(*self))
    }

    /// Writes the name of the key, after which the signature belongs.
    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        let name = said.key_id.unwrap_or("public_key");
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        request.set_header("content-type", "application/x-www-form-urlencoded");
        let mut body = request.body().to_vec();
        body.extend_from_slice(format!("&bt_signature={name}").as_bytes());
        request.set_body(body);
    }

    #[cfg(feature = "sign")]
    fn put(&self, signature: &str, request: &mut crate::sign::SignedRequest) {
        let digits = signature.rsplit('|').next().unwrap_or_default();
        let mut body = request.body().to_vec();
        body.extend_from_slice(format!("%7C{digits}").as_bytes());
        request.set_body(body);
    }
}

impl Extraction for Fields {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        if body.len() > BODY_LIMIT {
            return Err(Ambiguous("the body is larger than a notification"));
        }
        let field =
            |name: &str| match urlencoded::once(body, name.as_bytes(), Bytes::copy_from_slice) {
                Occurs::Never => Ok(None),
                Occurs::Once(value) => Ok(Some(value)),
                Occurs::Often => Err(Ambiguous("a field stands twice, or the form cannot be read")),
            };
        let payload = field("bt_payload")?.ok_or(Ambiguous("the form holds no bt_payload"))?;
        let document = decode(&payload).ok_or(Ambiguous("the payload is not base64"))?;
        let mut part = SignedPart::new([payload.clone()]).or([payload, Bytes::from_static(b"\n")]);
        if let Some(signature) = field("bt_signature")? {
            part = part.signature(signature);
        }
        let kind = std::str::from_utf8(&document).ok().and_then(|xml| child(xml, "kind"));
        let kind: Option<Arc<str>> = kind.map(Arc::from);
        let extracted = Extracted::of(part, "application/xml", document);
        Ok(match kind {
            Some(kind) => extracted.event(kind),
            None => extracted,
        })
    }
}

/// The bytes of base64 in lines.
fn decode(payload: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = payload.iter().copied().filter(|byte| *byte != b'\n').collect();
    BASE64_STANDARD.decode(digits).ok().filter(|document| !document.is_empty())
}

/// The text of the one child of this name of the document's root.
///
/// It reads the XML that Braintree writes: elements, text, comments and declarations. `None` where
/// the child is missing, stands twice, or holds more than plain text, and where the document is
/// anything else.
fn child<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let mut depth = 0_usize;
    let mut found = None;
    let mut rest = xml;
    while let Some((before, tail)) = rest.split_once('<') {
        if depth == 0 && !before.trim_ascii().is_empty() {
            return None;
        }
        if let Some(comment) = tail.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        if tail.starts_with('!') {
            // A document type could bring entities, and a CDATA section what looks like elements.
            return None;
        }
        let (tag, next) = tail.split_once('>')?;
        rest = next;
        if tag.starts_with('?') {
            continue;
        }
        if tag.starts_with('/') {
            depth = depth.checked_sub(1)?;
            continue;
        }
        if tag.ends_with('/') {
            continue;
        }
        let tag = tag.split(|c: char| c.is_ascii_whitespace()).next()?;
        if depth == 1 && tag == name {
            let text = rest.split_once("</").map(|(text, _)| text)?;
            let plain = !text.contains(['<', '&']) && !text.trim_ascii().is_empty();
            if found.is_some() || !plain {
                return None;
            }
            found = Some(text);
        }
        depth = depth.saturating_add(1);
    }
    found.filter(|_| depth == 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_child_is_found_where_it_is_clear() {
        for (xml, want) in [
            ("<n><kind>check</kind></n>", Some("check")),
            (
                "<?xml version=\"1.0\"?>\n<n>\n  <a><kind>no</kind></a>\n  <kind>yes</kind>\n</n>\n",
                Some("yes"),
            ),
            ("<n><!-- <kind>no</kind> --><kind type=\"text\">yes</kind><e/></n>", Some("yes")),
            ("<n><a/></n>", None),
            ("<kind>root</kind>", None),
            ("<n><kind>a</kind><kind>b</kind></n>", None),
            ("<n><kind>a&amp;b</kind></n>", None),
            ("<n><kind><b>x</b></kind></n>", None),
            ("<n><kind></kind></n>", None),
            ("<n><kind>a</kind>", None),
            ("<n><![CDATA[<kind>x</kind>]]></n>", None),
            ("<!DOCTYPE n [<!ENTITY k \"x\">]><n><kind>a</kind></n>", None),
            ("</n><n><kind>a</kind></n>", None),
            ("", None),
        ] {
            assert_eq!(child(xml, "kind"), want, "{xml}");
        }
    }

    proptest! {
        #[test]
        fn no_document_panics(xml in "(<|>|/|kind|n|!--|--|&|\\?| |x|é){0,40}") {
            let _ = child(&xml, "kind");
        }

        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Box::new(Fields).finish(&body.into());
        }
    }
}
