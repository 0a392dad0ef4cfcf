//! Contentful: requests that an app or a webhook with a signing secret sends.
//!
//! Documented at <https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/>,
//! and in detail by Contentful's toolkit (`node-apps-toolkit`, checked 2026-11): HMAC-SHA256 in hex,
//! in `x-contentful-signature`, keyed with the signing secret's text, over four lines:
//!
//! ```text
//! POST
//! /hooks/contentful
//! x-contentful-signed-headers:x-contentful-signed-headers,x-contentful-timestamp;x-contentful-timestamp:1700000000000
//! <body>
//! ```
//!
//! The second line is the path, encoded once more as JavaScript's `encodeURI` does it, and the
//! query as `querystring.escape` and then `encodeURI` do it. It is the request's own path; behind
//! something that changes paths, and in nested routers, give the endpoint its
//! [`public_url`](crate::EndpointBuilder::public_url).
//!
//! The third line holds the headers that `x-contentful-signed-headers` names, in that order, which
//! is that of their names. The timestamp and the list itself have to be among them. A header that
//! is named and missing or stands twice is refused, and so is a value that looks like another one
//! of them.
//!
//! The time may differ from the clock by 30 seconds, as in the toolkit, and here in both
//! directions. The topic is the event's name, where Contentful lists its header as signed.
//!
//! ```
//! use hookgate::contentful::{Contentful, Event};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Contentful)
//!     .secret("the signing secret of 64 characters")
//!     .build()?;
//!
//! async fn on_change(event: Event) {
//!     println!("{:?}: {}", event.topic, event.body["sys"]["id"]);
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::head::{Occurs, RequestHead, once};
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Place, Scheme, TimeUnit};

const ID: &str = "contentful";

const LIST: &str = "x-contentful-signed-headers";
const TIME: &str = "x-contentful-timestamp";
const TOPIC: &str = "x-contentful-topic";

const SCHEME: Scheme<'static> = Scheme::hmac_sha256("x-contentful-signature")
    .timestamp(Place::Extracted, TimeUnit::Milliseconds)
    .tolerance(30)
    .methods(&["POST", "PUT", "PATCH", "DELETE", "GET"]);

/// The most headers that are signed.
const MOST_HEADERS: usize = 32;

/// The longest path, query or value of a signed header, in bytes.
const LONGEST: usize = 4 * 1024;

/// What `encodeURIComponent` leaves as it is (ECMA-262, section 19.2.6.4), and
/// `querystring.escape` with it.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What `encodeURI` leaves (section 19.2.6.3): the same, and the separators.
const URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'#');

/// Contentful. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Contentful;

impl Provider for Contentful {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// The signed text holds the time of the attempt, and no id that a source confirms.
    fn habits(&self) -> Habits {
        Habits::new().dedupe(Dedupe::None)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Canonical))
    }
}

impl Sends for Contentful {
    type Event = Event;
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The topic, such as `ContentManagement.Entry.publish`, where it is signed.
    pub topic: Option<String>,
    /// The entity, or what the webhook was set up to send. Null where there is no body.
    pub body: Value,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let topic = content.signed.event.as_deref().map(str::to_owned);
        let body = match &*content.body {
            [] => Value::Null,
            body => crate::decode::json(body)?,
        };
        Ok(Self { topic, body })
    }
}

/// Writes the canonical request.
#[derive(Clone, Copy, Debug)]
struct Canonical;

/// The lines before the body, and what they say.
struct Lines {
    text: String,
    timestamp: String,
    topic: Option<String>,
}

impl fmt::Debug for Lines {
    /// Leaves the headers out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

impl Extract for Canonical {
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        self.start_at(head, None)
    }

    fn start_at(
        &self,
        head: &dyn RequestHead,
        address: Option<&str>,
    ) -> Result<Box<dyn Extraction>, Ambiguous> {
        let path = match address.and_then(|address| address.split_once("://")) {
            // After the authority.
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => head.path(),
        };
        let target = target(path, head.query())?;
        let list = value(head, LIST)?;
        let headers = headers(head, &list)?;
        let timestamp = value(head, TIME)?;
        // The toolkit signs the number that it reads.
        let is_number = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || timestamp.is_empty() || timestamp.starts_with('0') {
            return Err(Ambiguous("the timestamp is no number"));
        }
        let topic = if list.split(',').any(|name| name == TOPIC) {
            Some(value(head, TOPIC)?).filter(|topic| !topic.is_empty())
        } else {
            None
        };
        let text = format!("{}\n{target}\n{headers}\n", head.method());
        Ok(Box::new(Lines { text, timestamp, topic }))
    }

    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        if let Some(time) = said.timestamp {
            request.add_header(TIME, time);
        }
        let ours = request.headers().iter().map(|(name, _)| &**name);
        let mut names: Vec<&str> =
            ours.filter(|name| name.starts_with("x-contentful-")).chain([LIST, TIME]).collect();
        names.sort_unstable();
        names.dedup();
        let list = names.join(",");
        request.add_header(LIST, list);
    }
}

impl Extraction for Lines {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let part = SignedPart::new([Bytes::from(self.text), body.clone()]);
        let extracted = Extracted::part(part, Coverage::Body).timestamp(self.timestamp);
        Ok(match self.topic {
            Some(topic) => extracted.event(topic),
            None => extracted,
        })
    }
}

/// The path and the query as the toolkit writes them.
fn target(path: &str, query: Option<&str>) -> Result<String, Ambiguous> {
    let query = query.unwrap_or_default();
    if path.len() > LONGEST || query.len() > LONGEST {
        return Err(Ambiguous("the path or the query is too long"));
    }
    // The toolkit drops what comes after a second one.
    if query.contains('?') {
        return Err(Ambiguous("the query holds a question mark"));
    }
    let mut text = utf8_percent_encode(path, URI).to_string();
    if !query.is_empty() {
        let once = utf8_percent_encode(query, COMPONENT).to_string();
        text.push('?');
        text.extend(utf8_percent_encode(&once, URI));
    }
    Ok(text)
}

/// The signed headers, as the list names them.
fn headers(head: &dyn RequestHead, list: &str) -> Result<String, Ambiguous> {
    let names: Vec<&str> = list.split(',').collect();
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let readable = |name: &&str| !name.is_empty() && name.bytes().all(plain);
    let sorted = names.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
    if names.len() > MOST_HEADERS || !names.iter().all(readable) || !sorted {
        return Err(Ambiguous("the list of signed headers is not as Contentful writes it"));
    }
    if !names.contains(&LIST) || !names.contains(&TIME) {
        return Err(Ambiguous("the timestamp or the list of signed headers is not signed"));
    }
    let mut text = String::new();
    for name in &names {
        text.push(';');
        text.push_str(name);
        text.push(':');
        text.push_str(&value(head, name)?);
    }
    // Else a value could be cut where another one begins.
    let begins_once = |name: &&str| text.matches(&format!(";{name}:")).count() == 1;
    if !names.iter().all(begins_once) {
        return Err(Ambiguous("a signed header looks like another one"));
    }
    text.remove(0);
    Ok(text)
}

/// A header that has to stand once.
fn value(head: &dyn RequestHead, name: &str) -> Result<String, Ambiguous> {
    let read = |value: &[u8]| {
        let plain = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let text = std::str::from_utf8(value).ok();
        text.filter(|text| plain && text.len() <= LONGEST).map(str::to_owned)
    };
    match once(head, name, read) {
        Occurs::Once(Some(value)) => Ok(value),
        _ => Err(Ambiguous("a signed header is missing, stands twice or cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_target_is_encoded_as_javascript_does() {
        for (path, query, want) in [
            ("/a/b", None, "/a/b"),
            ("/a/b", Some(""), "/a/b"),
            ("/a%20b", None, "/a%2520b"),
            ("/~a!*'();/:@&=+$,", None, "/~a!*'();/:@&=+$,"),
            ("/a", Some("b=c&d=e f"), "/a?b%253Dc%2526d%253De%2520f"),
            ("/ü", Some("ü"), "/%C3%BC?%25C3%25BC"),
            ("/a[]|\"", None, "/a%5B%5D%7C%22"),
        ] {
            assert_eq!(target(path, query).unwrap(), want);
        }
        assert!(target("/a", Some("b?c")).is_err());
        assert!(target(&"a".repeat(5000), None).is_err());
    }

    proptest! {
        #[test]
        fn no_target_panics(path in "\\PC{0,40}", query in "\\PC{0,40}") {
            let _ = target(&path, Some(&query));
        }
    }
}
