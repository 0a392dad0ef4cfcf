//! iOFFICE, now Eptura Workplace: records created, updated, deleted and archived.
//!
//! Documented at
//! <https://knowledge.eptura.com/Workplace/Integrations/Set_up_Webhooks_in_Eptura_Workplace>
//! (checked 2026-11-22): a GET or a POST whose path, and for a POST also whose JSON body, holds
//! an event, an entity and an id; `x-ioffice-signature` with the hex of HMAC-SHA256 over
//! `CREATE:Agreement:25`, keyed with the secret's text.
//!
//! **Only these three words are signed.** The handler gets them and nothing else: everything more
//! in the body, the query and the headers can have been changed by anyone who saw one delivery.
//!
//! **Every signature is good for ever**: two updates of one record are signed alike, so a replay
//! cannot be told from a second update, and replay guards are refused. Take a delivery as a hint to
//! look the record up again, and let deletions be confirmed by that look-up. Changing the secret
//! ends what was captured.
//!
//! The path is read as the gate sees it, so the endpoint is told where its part begins; mount it
//! with `webhook_tree`, so that everything under that path comes here.
//!
//! ```
//! use hookgate::ioffice::{Action, Event, IOffice};
//! use hookgate::Endpoint;
//!
//! let endpoint =
//!     Endpoint::builder(IOffice::at("/hooks/ioffice")).secret("the webhook's secret").build()?;
//!
//! async fn on_change(event: Event) {
//!     match event.action {
//!         Action::Delete => println!("is {} {} really gone?", event.entity, event.id),
//!         _ => println!("look up {} {} again", event.entity, event.id),
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form};
use crate::head::RequestHead;
use crate::json::{self, Scalar};
use crate::provider::{Habits, Provider, Sends, UnknownEvents};
use crate::scheme::Scheme;

const ID: &str = "ioffice";

const SCHEME: Scheme<'static> =
    Scheme::hmac_sha256("x-ioffice-signature").methods(&["GET", "POST"]);

/// The largest body, in bytes: three words need no more.
const BODY_LIMIT: usize = 4 * 1024;

/// iOFFICE. See the [module](self).
#[derive(Clone, Debug)]
pub struct IOffice {
    prefix: Arc<str>,
}

impl IOffice {
    /// An endpoint whose part of the path comes after `prefix`: the payload URL's path as the gate
    /// sees it, which is `/` inside a nested router.
    pub fn at(prefix: impl Into<Arc<str>>) -> Self {
        Self { prefix: prefix.into() }
    }
}

impl Provider for IOffice {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> Habits {
        Habits::new()
            .unknown_events(UnknownEvents::Refuse)
            .repeats_are_genuine()
            .body_limit(BODY_LIMIT)
    }

    fn known_events(&self) -> &[&str] {
        &["Create", "Update", "Delete", "Archive"]
    }

    fn mistake(&self) -> Option<&'static str> {
        let odd = |text: &str| self.prefix.contains(text);
        let is_path = self.prefix.is_empty() || self.prefix.starts_with('/');
        (!is_path || odd("//") || odd("?") || odd("#") || odd("{")).then_some(
            "IOffice::at takes a path as it stands in requests, such as /hooks/ioffice: no \
             address, no query and no pattern",
        )
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Triple {
            prefix: self.prefix.trim_end_matches('/').into(),
            wrong_prefix_seen: AtomicBool::new(false),
        }))
    }
}

impl Sends for IOffice {
    type Event = Event;
}

/// A record changed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened to it.
    pub action: Action,
    /// What it is, such as `Agreement`.
    pub entity: String,
    /// Its id: ASCII digits, kept as text, since ids may be longer than any number type.
    pub id: String,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Action {
    /// It was created.
    Create,
    /// It was updated.
    Update,
    /// It was deleted.
    Delete,
    /// It was archived.
    Archive,
}

impl Action {
    const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Archive];

    /// The action as iOFFICE's page lists it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Archive => "Archive",
        }
    }

    /// Reads the word in any ASCII case: the page lists `Create`, its sample sends `CREATE`.
    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(word))
    }
}

/// The body that the handler gets: what was signed, in the provider's own form.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignedBody<'a> {
    event_type: Cow<'a, str>,
    entity_type: Cow<'a, str>,
    entity_id: Cow<'a, str>,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let body: SignedBody<'_> = crate::decode::json(&content.body)?;
        let action = Action::read(&body.event_type);
        Ok(Self {
            action: action.ok_or(DecodeError::new("the event is not one of the four"))?,
            entity: body.entity_type.into_owned(),
            id: body.entity_id.into_owned(),
        })
    }
}

/// Reads the three words from the path and the body.
#[derive(Debug)]
struct Triple {
    prefix: Box<str>,
    wrong_prefix_seen: AtomicBool,
}

/// The three words of one place; the body may hold fewer when the path holds all.
#[derive(Default)]
struct Words {
    event: Option<String>,
    entity: Option<String>,
    id: Option<String>,
}

/// What the path said, waiting for the body.
#[derive(Debug)]
struct FromPath {
    words: Option<Words>,
    body_counts: bool,
}

impl fmt::Debug for Words {
    /// Leaves the words out: they are the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

impl Extract for Triple {
    fn start(&self, head: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        // Cut as it came: an encoded `/` or `.` never takes part in finding the place.
        let rest = head.path().strip_prefix(&*self.prefix);
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let Some(rest) = rest else {
            if !self.wrong_prefix_seen.swap(true, Ordering::Relaxed) {
                // The last three segments may be an event: they are nobody's business.
                let (came, _) = head.path().rsplit_once('/').unwrap_or_default();
                let (came, _) = came.rsplit_once('/').unwrap_or_default();
                let (came, _) = came.rsplit_once('/').unwrap_or_default();
                tracing::error!(
                    target: "hookgate",
                    prefix = &*self.prefix,
                    came,
                    "a request is not under the prefix that IOffice::at was told: behind a nested \
                     router or a proxy the gate sees another path",
                );
            }
            return Err(Ambiguous("the path is not under the endpoint's prefix"));
        };
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let words = if rest.is_empty() { None } else { Some(words_of(rest)?) };
        Ok(Box::new(FromPath { words, body_counts: head.method() != "GET" }))
    }
}

fn words_of(path: &str) -> Result<Words, Ambiguous> {
    let mut parts = path.split('/');
    let mut part = || parts.next().ok_or(Ambiguous("the path does not hold three segments"));
    let (event, entity, id) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(Ambiguous("the path does not hold three segments"));
    }
    Ok(Words {
        event: Some(decoded(event)?),
        entity: Some(decoded(entity)?),
        id: Some(decoded(id)?),
    })
}

/// Decodes a segment once, strictly.
fn decoded(segment: &str) -> Result<String, Ambiguous> {
    let mut rest = segment.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at.saturating_add(1)..).and_then(|rest| rest.get(..2));
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Ambiguous("the path holds a broken percent escape"));
        }
        rest = rest.get(at.saturating_add(3)..).unwrap_or_default();
    }
    let text = percent_encoding::percent_decode_str(segment).decode_utf8();
    text.map(Cow::into_owned).map_err(|_| Ambiguous("the path does not decode as UTF-8"))
}

impl Extraction for FromPath {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let Self { words, body_counts } = *self;
        let written = match (body_counts, &**body) {
            // A GET's body is no part of what iOFFICE sends.
            (false, _) | (true, []) => None,
            (true, body) => Some(words_in(body)?),
        };
        let words = match (words, written) {
            (Some(words), Some(written)) => {
                if !words.agree_with(&written) {
                    return Err(Ambiguous("the path and the body disagree"));
                }
                words
            }
            (Some(words), None) | (None, Some(words)) => words,
            (None, None) => return Err(Ambiguous("neither the path nor the body says anything")),
        };
        words.into_signed()
    }
}

/// The fields of a body: one JSON object that holds each of them at most once.
fn words_in(body: &[u8]) -> Result<Words, Ambiguous> {
    let members = json::members(body)
        .map_err(|_| Ambiguous("the body is not one JSON object without duplicate keys"))?;
    let mut words = Words::default();
    for (key, value) in members {
        let (field, value) = match (&*key, value) {
            ("eventType", Scalar::Text(text)) => (&mut words.event, text),
            ("entityType", Scalar::Text(text)) => (&mut words.entity, text),
            ("entityId", Scalar::Text(digits)) => (&mut words.id, digits),
            ("entityId", Scalar::Number(token)) => (&mut words.id, token.into()),
            ("eventType" | "entityType" | "entityId", _) => {
                return Err(Ambiguous("a field of the body has the wrong type"));
            }
            _ => continue,
        };
        *field = Some(value.into_owned());
    }
    Ok(words)
}

impl Words {
    /// Whether every word that the other place holds is the same here, byte for byte.
    fn agree_with(&self, other: &Self) -> bool {
        let same =
            |ours: &Option<String>, theirs: &Option<String>| theirs.is_none() || ours == theirs;
        same(&self.event, &other.event)
            && same(&self.entity, &other.entity)
            && same(&self.id, &other.id)
    }

    /// The signed text, and the same as a body. The words are what was received: case and leading
    /// zeros are the sender's, and another spelling is another text.
    fn into_signed(self) -> Result<Extracted, Ambiguous> {
        let (Some(event), Some(entity), Some(id)) = (self.event, self.entity, self.id) else {
            return Err(Ambiguous("the body does not hold all three fields"));
        };
        let action = Action::read(&event).ok_or(Ambiguous("the event is not one of the four"))?;
        // The separator of the signed text, and what another reader of the path would act on.
        let unclear = |word: &str| {
            word.is_empty() || word.contains([':', '/', '\0']) || word == "." || word == ".."
        };
        if unclear(&entity) {
            return Err(Ambiguous("the entity is empty or holds a separator"));
        }
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Ambiguous("the id is not a row of ASCII digits"));
        }
        let text = format!("{event}:{entity}:{id}");
        let body = SignedBody {
            event_type: event.into(),
            entity_type: entity.into(),
            entity_id: id.into(),
        };
        let body = serde_json::to_vec(&body).map_err(|_| Ambiguous("the words are no JSON"))?;
        Ok(Extracted::new(text, "application/json", body).event(action.as_str()))
    }
}

#[cfg(test)]
#[cfg(feature = "http")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(prefix: &str, method: &str, path: &str, body: &str) -> Result<String, &'static str> {
        let extract = Triple { prefix: prefix.into(), wrong_prefix_seen: AtomicBool::new(false) };
        let head = http::Request::builder().method(method).uri(path).body(()).unwrap();
        let found = extract
            .start(&head)
            .and_then(|from_path| from_path.finish(&Bytes::copy_from_slice(body.as_bytes())));
        found
            .map(|found| String::from_utf8(found.parts[0].texts[0].concat()).unwrap())
            .map_err(|why| why.0)
    }

    #[test]
    fn the_triple_is_read_from_path_and_body() {
        let full = r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#;
        for (prefix, method, path, body, want) in [
            ("/h", "GET", "/h/CREATE/Agreement/25", "", "CREATE:Agreement:25"),
            ("/h", "GET", "/h/CREATE/Agreement/25?id=26", "", "CREATE:Agreement:25"),
            (
                "/h",
                "GET",
                "/h/CREATE/Agreement/25",
                "{\"eventType\":\"DELETE\"}",
                "CREATE:Agreement:25",
            ),
            ("/h", "POST", "/h/CREATE/Agreement/25", full, "CREATE:Agreement:25"),
            ("/h", "POST", "/h/CREATE/Agreement/25", "", "CREATE:Agreement:25"),
            ("/h", "POST", "/h/CREATE/Agreement/25", "{}", "CREATE:Agreement:25"),
            (
                "/h",
                "POST",
                "/h/CREATE/Agreement/25",
                "{\"entityId\":\"25\"}",
                "CREATE:Agreement:25",
            ),
            ("/h", "POST", "/h", full, "CREATE:Agreement:25"),
            ("/h", "POST", "/h/", full, "CREATE:Agreement:25"),
            ("", "POST", "/", full, "CREATE:Agreement:25"),
            ("", "GET", "/Create/Agreement/025", "", "Create:Agreement:025"),
            (
                "/h",
                "GET",
                "/h/archive/B%C3%BCro/99999999999999999999999",
                "",
                "archive:Büro:99999999999999999999999",
            ),
            ("/h", "GET", "/h/CREATE/A+B/1", "", "CREATE:A+B:1"),
        ] {
            assert_eq!(text(prefix, method, path, body).as_deref(), Ok(want), "{path} {body}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for (method, path, body) in [
            ("GET", "/h", ""),
            ("GET", "/h/", ""),
            ("POST", "/h", ""),
            ("GET", "/h", r#"{"eventType":"CREATE","entityType":"Agreement","entityId":25}"#),
            ("GET", "/hCREATE/Agreement/25", ""),
            ("GET", "/hooks/CREATE/Agreement/25", ""),
            ("GET", "/h/CREATE/Agreement", ""),
            ("GET", "/h/CREATE/Agreement/25/", ""),
            ("GET", "/h/CREATE/Agreement/25/99", ""),
            ("GET", "/h//CREATE/Agreement/25", ""),
            ("GET", "/h//Agreement/25", ""),
            ("GET", "/h/CREATE//25", ""),
            ("GET", "/h/CREATE/A%3AB/25", ""),
            ("GET", "/h/CREATE/A%2FB/25", ""),
            ("GET", "/h/CREATE/A%2fB/25", ""),
            ("GET", "/h/CREATE/A%00/25", ""),
            ("GET", "/h/CREATE/../25", ""),
            ("GET", "/h/CREATE/%2e%2E/25", ""),
            ("GET", "/h/CREATE/./25", ""),
            ("GET", "/h/CREATE/A%ff/25", ""),
            ("GET", "/h/CREATE/A%/25", ""),
            ("GET", "/h/CREATE/A%2/25", ""),
            ("GET", "/h/CREATE/A%zz/25", ""),
            ("GET", "/h/CREATE/A/-25", ""),
            ("GET", "/h/CREATE/A/+25", ""),
            ("GET", "/h/CREATE/A/2.5", ""),
            ("GET", "/h/CREATE/A/0x19", ""),
            ("GET", "/h/CREATE/A/%D9%A2%D9%A5", ""),
            ("GET", "/h/RENAME/A/25", ""),
            ("POST", "/h/CREATE/Agreement/25", r#"{"eventType":"create"}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"entityId":"025"}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"entityId":25.0}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"entityId":2.5e1}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"entityId":null}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"entityId":[25]}"#),
            ("POST", "/h/CREATE/Agreement/25", r#"{"eventType":7}"#),
            ("POST", "/h/CREATE/Agreement/25", "[]"),
            ("POST", "/h/CREATE/Agreement/25", " "),
            ("POST", "/h/CREATE/Agreement/25", r#"{"a":1,"a":1}"#),
            (
                "POST",
                "/h/CREATE/Agreement/25",
                r#"{"eventType":"CREATE","event\u0054ype":"CREATE"}"#,
            ),
            ("POST", "/h", r#"{"eventType":"CREATE","entityType":"Agreement"}"#),
            ("POST", "/h", r#"{"eventType":"CREATE","entityType":"A:B","entityId":25}"#),
            ("POST", "/h", r#"{"eventType":"CREATE:A","entityType":"B","entityId":25}"#),
            ("POST", "/h", r#"{"eventType":"CREATE","entityType":"","entityId":25}"#),
            ("POST", "/h", r#"{"eventType":"CREATE","entityType":"A","entityId":""}"#),
        ] {
            let got = text("/h", method, path, body);
            assert!(got.is_err(), "{method} {path} {body}: {got:?}");
        }
    }

    proptest! {
        #[test]
        fn two_requests_with_one_signed_text_are_one_event(
            path in "/h(/[A-Z:%2F3.a-c0-9]{0,8}){0,4}", body in "\\PC{0,40}",
        ) {
            let Ok(signed) = text("/h", "POST", &path, &body) else { return Ok(()) };
            // The text cuts back into the words in one way only.
            prop_assert_eq!(signed.split(':').count(), 3);
        }
    }
}
