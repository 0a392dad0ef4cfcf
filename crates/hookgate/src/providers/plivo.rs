//! Plivo, signatures of version 3: calls, messages and recordings.
//!
//! Documented at <https://docs.plivo.com/docs/voice/concepts/signature-validation> and
//! <https://docs.plivo.com/docs/voice/xml/request/validation>, and in detail by Plivo's client
//! libraries (`plivo-python` and `plivo-node`, checked 2026-11): a GET or a POST,
//! `x-plivo-signature-v3` with the base64 of HMAC-SHA256, keyed with the auth token, and
//! `x-plivo-signature-v3-nonce`. Several signatures may stand in the header, with commas between
//! them. Signed is
//!
//! ```text
//! GET:   address?query.nonce          POST:  address?query.form.nonce
//! ```
//!
//! where `query` is `name=value` with `&` between and `form` is `namevalue` with nothing between,
//! both decoded and in the order of the names, values of one name in theirs. Without parameters
//! the `?` falls away, and without a query or a form the dot between them.
//!
//! The address is the endpoint's [`public_url`](crate::EndpointBuilder::public_url), as it was given
//! to Plivo; its own query is that of the request.
//!
//! `x-plivo-signature-ma-v3` is made with the main account's token, also where a subaccount sends:
//! [`Plivo::main_account`].
//!
//! **Where names and values end is not signed**: `To=1` and `T=o1` are signed alike, so whoever saw
//! a delivery can move letters between them. A name of the query that holds `=` or `&`, or a value
//! that holds `&`, is refused; within a form nothing tells, nor what of the text is query and what
//! form, nor whether it was a GET or a POST. Libraries for Go sign a query that holds
//! escapes as it is: such a query is taken in either form.
//!
//! ```
//! use hookgate::plivo::{Event, Plivo};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Plivo::new())
//!     .public_url("https://example.com/hooks/plivo")
//!     .secret("the account's auth token")
//!     .build()?;
//!
//! async fn on_call(event: Event) {
//!     println!("{:?} is {:?}", event.get("CallUUID"), event.get("CallStatus"));
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::head::{Occurs, RequestHead, once};
use crate::provider::{Habits, Provider, Sends};
use crate::scheme::{Encoding, Framing, Place, Scheme, urlencoded};

const ID: &str = "plivo-v3";

const NONCE: &str = "x-plivo-signature-v3-nonce";

/// Far more than a callback, in bytes: it is decoded before anything is verified.
const BODY_LIMIT: usize = 256 * 1024;

/// Plivo. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Plivo {
    main_account: bool,
}

impl Plivo {
    /// Signatures with the token of the account or subaccount that sends.
    pub const fn new() -> Self {
        Self { main_account: false }
    }

    /// Signatures with the main account's token, whoever sends.
    pub const fn main_account() -> Self {
        Self { main_account: true }
    }
}

impl Provider for Plivo {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        let header =
            if self.main_account { "x-plivo-signature-ma-v3" } else { "x-plivo-signature-v3" };
        Scheme::hmac_sha256(header)
            .framing(Framing::Positional { items: ",", first: 0 })
            .encoding(Encoding::Base64)
            .delivery_id(Place::Extracted)
            .methods(&["GET", "POST"])
    }

    fn habits(&self) -> Habits {
        Habits::new().body_limit(BODY_LIMIT)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Parameters))
    }
}

impl Sends for Plivo {
    type Event = Event;
}

/// The parameters of a callback: those of the form or, for a GET, of the query.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Names and values, decoded, in the order in which they came.
    pub parameters: Vec<(String, String)>,
}

impl Event {
    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| &**value)
    }
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let pairs = urlencoded::pairs(&content.body);
        let pairs = pairs.ok_or(DecodeError::new("the body is no form"))?;
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(DecodeError::not_utf8()),
        };
        let pairs = pairs.iter().map(|(name, value)| Ok((text(name)?, text(value)?)));
        Ok(Self { parameters: pairs.collect::<Result<_, _>>()? })
    }
}

/// Reads the address, the parameters and the nonce.
#[derive(Clone, Copy, Debug)]
struct Parameters;

/// What the head said, waiting for the body.
struct FromHead {
    address: String,
    query: Option<String>,
    nonce: String,
    is_get: bool,
}

impl fmt::Debug for FromHead {
    /// Leaves the parameters out: of a GET they are the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromHead")
    }
}

impl Extract for Parameters {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Err(Ambiguous("the endpoint's public URL is not known"))
    }

    fn start_at(
        &self,
        head: &dyn RequestHead,
        address: Option<&str>,
    ) -> Result<Box<dyn Extraction>, Ambiguous> {
        let Some(address) = address else {
            return self.start(head);
        };
        // Without a dot, so that its beginning is the last one in the text.
        let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
        let read = |value: &[u8]| {
            let fits = (1..=256).contains(&value.len()) && value.iter().all(plain);
            std::str::from_utf8(value).ok().filter(|_| fits).map(str::to_owned)
        };
        let Occurs::Once(Some(nonce)) = once(head, NONCE, read) else {
            return Err(Ambiguous("the nonce is missing, stands twice or cannot be read"));
        };
        Ok(Box::new(FromHead {
            address: address.to_owned(),
            query: head.query().map(str::to_owned),
            nonce,
            is_get: head.method() == "GET",
        }))
    }

    fn needs_address(&self) -> bool {
        true
    }

    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        request.add_header(NONCE, said.id.unwrap_or("12345678901234567890"));
    }
}

impl Extraction for FromHead {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let query = self.query.unwrap_or_default();
        // A GET's body is no part of what Plivo sends.
        let form = if self.is_get { &[][..] } else { body };
        if form.len() > BODY_LIMIT {
            return Err(Ambiguous("the body is larger than a callback"));
        }
        let unclear = Ambiguous("the parameters cannot be read in one way only");
        let fields = joined(form, b"", b"").ok_or(unclear)?;
        let decoded = sorted_query(query.as_bytes()).ok_or(unclear)?;
        let text = |query: &[u8]| {
            let mut text = self.address.clone().into_bytes();
            if !query.is_empty() || !fields.is_empty() {
                text.push(b'?');
            }
            text.extend_from_slice(query);
            if !query.is_empty() && !fields.is_empty() {
                text.push(b'.');
            }
            text.extend_from_slice(&fields);
            text.push(b'.');
            text.extend_from_slice(self.nonce.as_bytes());
            Bytes::from(text)
        };
        let mut part = SignedPart::new([text(&decoded)]);
        let as_it_is = raw_query(&query);
        if as_it_is.as_bytes() != decoded {
            part = part.or([text(as_it_is.as_bytes())]);
        }
        let extracted = if self.is_get {
            Extracted::of(part, "application/x-www-form-urlencoded", query)
        } else {
            Extracted::part(part, Coverage::Fields)
        };
        Ok(extracted.delivery_id(self.nonce))
    }
}

/// The query, decoded and sorted. `None` where its text could be cut into other parameters.
fn sorted_query(query: &[u8]) -> Option<Vec<u8>> {
    let pairs = urlencoded::pairs(query)?;
    let closed = pairs.iter().all(|(name, value)| {
        !name.contains(&b'=') && !name.contains(&b'&') && !value.contains(&b'&')
    });
    if closed { joined(query, b"=", b"&") } else { None }
}

/// The same with every parameter as it is written.
fn raw_query(query: &str) -> String {
    let mut items: Vec<&str> = query.split('&').filter(|item| !item.is_empty()).collect();
    items.sort_by_key(|item| item.split_once('=').unwrap_or((item, "")));
    items.join("&")
}

/// Names and values, decoded, in the order of the names and then of the values.
fn joined(text: &[u8], pair: &[u8], items: &[u8]) -> Option<Vec<u8>> {
    let mut pairs = urlencoded::pairs(text)?;
    pairs.sort_unstable();
    let written: Vec<Vec<u8>> =
        pairs.iter().map(|(name, value)| [&**name, pair, &**value].concat()).collect();
    Some(written.join(items))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(method: &str, target: &str, body: &str) -> Result<Vec<String>, &'static str> {
        let query = target.split_once('?').map(|(_, query)| query.to_owned());
        let head = FromHead {
            address: "https://x.example/a".into(),
            query,
            nonce: "7".into(),
            is_get: method == "GET",
        };
        let extracted = Box::new(head).finish(&Bytes::copy_from_slice(body.as_bytes()));
        let part = extracted.map_err(|Ambiguous(why)| why)?.parts.remove(0);
        let text = |pieces: Vec<Bytes>| String::from_utf8_lossy(&pieces.concat()).into_owned();
        Ok(part.texts.into_iter().map(text).collect())
    }

    #[test]
    fn the_text_is_what_the_libraries_make() {
        for (method, target, body, want) in [
            ("GET", "/a", "", "https://x.example/a.7"),
            ("GET", "/a?b=2&a=1", "ignored=1", "https://x.example/a?a=1&b=2.7"),
            ("GET", "/a?b=&a=2&a=1", "", "https://x.example/a?a=1&a=2&b=.7"),
            ("POST", "/a", "", "https://x.example/a.7"),
            ("POST", "/a?b=2&a=1", "", "https://x.example/a?a=1&b=2.7"),
            ("POST", "/a", "To=1&From=2", "https://x.example/a?From2To1.7"),
            ("POST", "/a?b=2&a=1", "To=%2B1&From=a+b", "https://x.example/a?a=1&b=2.Froma bTo+1.7"),
        ] {
            assert_eq!(text(method, target, body).unwrap(), [want], "{method} {target} {body}");
        }
        let both = text("GET", "/a?b=x%20y", "").unwrap();
        assert_eq!(both, ["https://x.example/a?b=x y.7", "https://x.example/a?b=x%20y.7"]);
        for target in ["/a?a=1%262", "/a?a%3Db=1", "/a?a%26b=1", "/a?a=%", "/a?a=%zz"] {
            assert!(text("GET", target, "").is_err(), "{target}");
        }
        assert!(text("POST", "/a", "a=%").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(
            method in "GET|POST", query in "\\PC{0,30}", body in "[a-z=&%+0-9é]{0,40}",
        ) {
            let _ = text(&method, &format!("/a?{query}"), &body);
        }
    }
}
