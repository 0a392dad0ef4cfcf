//! The files of vectors.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use serde::{Deserialize, Deserializer};

/// One request, and the verdict that a correct receiver reaches.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// A unique name.
    pub id: String,
    /// The provider's id.
    pub provider: String,
    /// The secrets at the endpoint. Empty: none, and no unsigned mode either.
    pub secrets: Vec<String>,
    /// Unix seconds at which the request arrives.
    pub now: i64,
    /// Options of the endpoint that differ from the defaults.
    #[serde(default)]
    pub options: Options,
    /// The request.
    pub request: Request,
    /// The verdict.
    pub verdict: Verdict,
    /// The text that was signed, where it is not the body.
    #[serde(default)]
    pub signed_text: Option<String>,
    /// Why the row is there.
    #[serde(default)]
    pub note: String,
}

/// Options of an endpoint. An unknown one is an error, since the row would mean something else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Options {
    /// ScreenMeet: `hex` or `base64`, pinned.
    pub encoding: Option<String>,
    /// iOFFICE: where its part of the path begins.
    pub path_prefix: Option<String>,
    /// Mobile Assistant: `javascript`.
    pub mode: Option<String>,
}

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// The whole public URL, never normalised.
    pub url: String,
    /// Names and values in order, with duplicates.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    #[serde(rename = "body_base64", deserialize_with = "from_base64")]
    pub body: Bytes,
}

/// What a correct receiver does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the file format knows these three")]
pub enum Verdict {
    /// The signature is right.
    Accept,
    /// The gate refuses.
    Reject,
    /// Both are safe, but all paths have to answer alike.
    Either,
}

fn from_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(from)?;
    BASE64_STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}

impl Request {
    /// The URL from its path on, as a request line has it.
    pub fn target(&self) -> &str {
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
    }
}

/// Reads a file of vectors.
///
/// # Errors
///
/// When the file cannot be read, or is not a JSON array of rows.
pub fn read(file: &Path) -> Result<Vec<Row>, String> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}
