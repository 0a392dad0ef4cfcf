//! Challenges that are answered with a MAC.

use std::fmt;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;

use super::query::{Parameter, parameter};
use super::{Asked, Gate, Token, json};
use crate::head::RequestHead;
use crate::reply::Reply;

/// A challenge to be signed, and how the answer is written.
pub struct Signing {
    token: Token,
    write: Box<dyn FnOnce(&Mac) -> Reply + Send + Sync>,
}

impl Signing {
    /// Has the challenge signed with the scheme's own algorithm, and the answer written by `write`.
    pub fn new(token: Token, write: impl FnOnce(&Mac) -> Reply + Send + Sync + 'static) -> Self {
        Self { token, write: Box::new(write) }
    }

    /// The challenge.
    pub fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn write(self, mac: &Mac) -> Reply {
        (self.write)(mac)
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("token", &self.token).finish_non_exhaustive()
    }
}

/// The MAC of a challenge.
pub struct Mac {
    pub(crate) bytes: Vec<u8>,
    pub(crate) label: Arc<str>,
}

impl Mac {
    /// In hexadecimal digits, lower case.
    pub fn hex(&self) -> String {
        const_hex::encode(&self.bytes)
    }

    /// In base64 with padding.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.bytes)
    }

    /// The label of the secret that signed.
    pub fn label(&self) -> &str {
        &self.label
    }
}

impl fmt::Debug for Mac {
    /// Leaves the MAC out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mac").field("label", &self.label).finish_non_exhaustive()
    }
}

/// How an answer with a MAC is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MacReply<'a> {
    /// JSON of two members: the challenge, and its MAC in hex.
    Pair {
        /// The member of the challenge: `plainToken`.
        challenge: &'a str,
        /// The member of the MAC: `encryptedToken`.
        mac: &'a str,
    },
    /// JSON of one member: the MAC in base64.
    Base64 {
        /// The member: `response_token`.
        name: &'a str,
        /// What stands before the MAC: `sha256=`.
        prefix: &'a str,
    },
    /// Text: the label of the secret, `|`, and the MAC in hex. For providers whose keys have
    /// public names: give the secret its name with [`Secret::labelled`](crate::Secret::labelled).
    Labelled,
}

impl MacReply<'_> {
    fn sign(self, token: Token) -> Asked {
        let reply = Reply::new(200);
        Asked::Sign(match self {
            Self::Pair { challenge, mac } => {
                let (challenge, name) = (challenge.to_owned(), mac.to_owned());
                let plain = token.as_str().to_owned();
                Signing::new(token, move |mac| {
                    let pair = json!({ challenge: plain, name: mac.hex() });
                    reply.content("application/json", pair.to_string())
                })
            }
            Self::Base64 { name, prefix } => {
                let (name, prefix) = (name.to_owned(), prefix.to_owned());
                Signing::new(token, move |mac| {
                    let one = json!({ name: prefix + &mac.base64() });
                    reply.content("application/json", one.to_string())
                })
            }
            Self::Labelled => {
                Signing::new(token, |mac| reply.text(format!("{}|{}", mac.label(), mac.hex())))
            }
        })
    }
}

/// `GET ?name=X` is answered with the MAC of `X`.
pub(super) fn of_query(
    head: &dyn RequestHead,
    name: &str,
    gate: Gate,
    answer: MacReply<'_>,
) -> Asked {
    if head.method() != "GET" {
        return Asked::Nothing;
    }
    match parameter(head.query(), name) {
        Parameter::Absent => Asked::Nothing,
        Parameter::Malformed => Asked::Malformed,
        Parameter::Once(challenge) => sign(&challenge, gate, answer),
    }
}

/// The text at the pointer is answered with its MAC. Where there is none, the event is one that
/// asks and the body none that the provider sends.
pub(super) fn of_body(body: &[u8], pointer: &str, gate: Gate, answer: MacReply<'_>) -> Asked {
    let challenge = json::text(body, pointer);
    challenge.map_or(Asked::Malformed, |challenge| sign(&challenge, gate, answer))
}

fn sign(challenge: &str, gate: Gate, answer: MacReply<'_>) -> Asked {
    gate.pass(challenge).map_or(Asked::Malformed, |token| answer.sign(token))
}
