//! Schemes and providers as tables: written in TOML or JSON, read at start.
//!
//! Whatever a [`Scheme`] can express stands in a table as well, in the same words:
//!
//! ```
//! # #[cfg(feature = "toml")] {
//! use hookgate::scheme::{Place, Scheme, TimeUnit};
//! use hookgate::spec::SchemeSpec;
//!
//! let spec = SchemeSpec::from_toml(
//!     r#"
//!     signature = { header = "x-acme-signature" }
//!     framing = { list = { items = ",", pair = "=", name = "v1" } }
//!     signed = "{ts}.{body}"
//!     timestamp = { signature_field = "t", unit = "seconds" }
//!     event_name = { json = "/type" }
//!     "#,
//! )?;
//! let constant = Scheme::hmac_sha256("x-acme-signature")
//!     .list(",", "=", "v1")
//!     .signed("{ts}.{body}")
//!     .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
//!     .event_name(Place::Json("/type"));
//! assert_eq!(spec.as_scheme(), constant);
//! # }
//! # Ok::<(), hookgate::spec::SpecError>(())
//! ```
//!
//! `from_json` comes with the feature `serde`, `from_toml` with the feature `toml`, so that who has
//! no TOML builds no parser of it. A [`SchemeSpec`] is the scheme alone; a [`Described`] is a whole provider, with an id and what
//! it expects of receivers, for endpoints. Both can also be fields of a configuration of your own,
//! in any format that serde reads.
//!
//! # The fields of a scheme
//!
//! What is left out is what [`Scheme::hmac_sha256`] has. A field that is unknown is refused.
//!
//! | field | value | left out |
//! |---|---|---|
//! | `signature` | a place | is needed |
//! | `more_signatures` | `["x-other-signature"]`: further headers | none |
//! | `framing` | `"bare"`, `{ prefix = "sha256=" }`, `{ auth_scheme = "Basic" }`, `{ list = { items = ",", pair = "=", name = "v1" } }`, `{ positional = { items = ",", first = 1 } }`, `{ parts = { items = ",", parts = "/", signature = 2, algorithm = { position = 1, name = "SHA256" } } }`, `{ groups = { groups = " ", items = ",", pair = "=", name = "v1" } }` | `"bare"` |
//! | `spaced` | `true`: spaces may stand before the items of a list | `false` |
//! | `encoding` | `"hex"`, `"base64"`, `"base64url"`, `"hex-or-base64"`, `"text"` | `"hex"` |
//! | `algorithm` | `"hmac-sha1"`, `"hmac-sha256"`, `"hmac-sha512"`, `"sha1"`, `"sha256"`, `"ed25519"`, `"ecdsa-p256-sha256"`, `"ecdsa-p256-sha1"`, `"rsa-sha1"`, `"rsa-sha256"`, `"rsa-sha256-short"`, `"rsa-sha512"`, `"token"`, `"jwt-hs256"`, `"jwt-rs256"`, `"jwt-es256"` | `"hmac-sha256"` |
//! | `algorithm_header` | `{ header = "x-algorithm", value = "sha256" }`: what requests have to name | none |
//! | `key` | the form of the key, never the key: `"text"`, `"hex"`, `"base64"`, `"whsec"`, `"nfkd"`, `"sha1-of-text"`, `"sha256-of-text"`, `"named-sha1"`, `"public-key"` | `"text"` |
//! | `key_id` | a place | none |
//! | `signed` | the [signed text](Scheme#the-signed-text) | `"{body}"` |
//! | `signs` | of a compressed body `"wire"` or `"plain"` | `"wire"` |
//! | `body_unsigned` | `true`: the signature leaves the body out on purpose | `false` |
//! | `json_in` | the field of a form that holds the JSON text | none |
//! | `body_digest` | a place | none |
//! | `timestamp` | a place, and in the same table `unit`: `"seconds"`, `"milliseconds"`, `"seconds-or-milliseconds"`, `"rfc3339"`, `"rfc3339-or-utc"`, `"http-date"` | none |
//! | `tolerance` | seconds, or `"any"` for any time | 300 |
//! | `delivery_id`, `event_name` | a place | none |
//! | `methods` | `["POST"]` | `["POST"]` |
//! | `claims` | a table of [`ClaimRules`](crate::ClaimRules): `leeway`, `expires` and `not_before` (`"required"`, `"optional"`), `max_age`, `issuer`, `audience` (`"any"`, `"url"`, `{ is = ".." }`), `body` (`{ claim = "hash", encoding = "hex", absent = "refused" }`, or `"empty-body"`, `"unbound"`), `url_hash`, `account`, `required` (`[{ name = "jti", value = "some-text" }]`, or `"true"`, `{ text = ".." }`) | none |
//!
//! A place is a table of one field: `{ header = "x-id" }`, `{ repeated_header = "x-sig" }`,
//! `{ numbered_headers = "x-sig-" }`, `{ signature_field = "t" }`, `{ query = "id" }`,
//! `{ form = "id" }`, `{ json = "/data/id" }`, `{ claim = "jti" }`, `{ extracted = true }`. See
//! [`Place`](crate::scheme::Place).
//!
//! # Mistakes
//!
//! [`SchemeSpec::from_toml`], [`SchemeSpec::from_json`] and those of [`Described`] refuse what is
//! wrong with a [`SpecError`], which names the line, the column, the field and what would be right.
//! That includes what only compiling the scheme finds, such as a template that can be cut in two
//! ways. Through serde alone the error is the format's own, which may quote the line, and the scheme is
//! compiled by [`build`](crate::EndpointBuilder::build).
//!
//! Secrets have no field: they are the endpoint's, from [`Secrets::from_env`](crate::Secrets) or
//! `from_file`. A field or a text that looks like one is refused, and not shown.

mod claims;
mod de;
mod error;
mod field;
mod names;
mod node;
mod place;
mod provider;
mod read_json;
#[cfg(feature = "toml")]
mod read_toml;
mod table;

use serde::{Deserialize, Serialize};

pub use self::error::SpecError;
use self::error::{Mistake, SECRET, is_a_secret};
use self::node::{Node, Step, Value};
pub use self::provider::Described;
use self::table::Table;
use crate::scheme::{Plan, Scheme};

/// A scheme that owns its parts: a [`Scheme`] as a table of TOML or JSON. See the [module](self)
/// for its fields.
///
/// It is read, made of a scheme, and used through [`as_scheme`](SchemeSpec::as_scheme):
///
/// ```
/// use hookgate::scheme::Scheme;
/// use hookgate::spec::SchemeSpec;
///
/// let spec = SchemeSpec::from_json(r#"{ "signature": { "header": "x-sig" } }"#)?;
/// assert_eq!(spec.as_scheme(), Scheme::hmac_sha256("x-sig"));
/// // The same with another prefix.
/// let spec = SchemeSpec::from(&spec.as_scheme().prefix("sha256="));
/// # Ok::<(), hookgate::spec::SpecError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SchemeSpec(Table);

impl SchemeSpec {
    /// Reads a table of TOML, the scheme's fields being those of the whole text.
    ///
    /// # Errors
    ///
    /// When it is not TOML, a field is unknown, missing or has no value that it can have, or the
    /// scheme cannot be used.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        read(text, read_toml::parse(text)?)
    }

    /// Reads an object of JSON.
    ///
    /// # Errors
    ///
    /// As [`SchemeSpec::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        read(text, read_json::parse(text)?)
    }

    /// The scheme.
    pub fn as_scheme(&self) -> Scheme<'_> {
        self.0.as_scheme()
    }
}

impl From<&Scheme<'_>> for SchemeSpec {
    fn from(scheme: &Scheme<'_>) -> Self {
        Self(Table::from(scheme))
    }
}

/// What files hold.
trait File: for<'de> Deserialize<'de> {
    /// Whether it can be used.
    fn check(&self) -> Result<(), Mistake>;
}

impl File for SchemeSpec {
    fn check(&self) -> Result<(), Mistake> {
        let scheme = self.as_scheme();
        match Plan::compile(&scheme) {
            Ok(_) => Ok(()),
            Err(error) => Err(Mistake::of_scheme(&scheme, &error)),
        }
    }
}

fn read<T: File>(text: &str, root: Node) -> Result<T, SpecError> {
    refuse_secrets(text, &root, &mut Vec::new())?;
    let value = T::deserialize(&root).map_err(|problem| {
        let path = problem.path();
        SpecError::new(text, problem.at.unwrap_or(root.at), &path, problem.message)
    })?;
    value.check().map_err(|mistake| mistake.located(text, &root))?;
    Ok(value)
}

/// Looks for texts with the form of a secret, wherever they stand.
fn refuse_secrets(text: &str, node: &Node, path: &mut Vec<Step>) -> Result<(), SpecError> {
    let refuse = |at, path: &[Step]| {
        Err(SpecError::new(text, at, path, format!("this looks like a secret; {SECRET}")))
    };
    match &node.value {
        Value::Text(value) if is_a_secret(value) => return refuse(node.at, path),
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Index(at));
                refuse_secrets(text, item, path)?;
                path.pop();
            }
        }
        Value::Table(members) => {
            for member in members {
                if is_a_secret(&member.key) {
                    return refuse(member.at, path);
                }
                path.push(Step::key(&member.key));
                refuse_secrets(text, &member.node, path)?;
                path.pop();
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
