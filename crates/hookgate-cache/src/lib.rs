//! Caches in front of [hookgate]'s look-ups, so that not every delivery of every tenant
//! asks the database.
//!
//! [`CachedSecrets`] stands before a [`SecretSource`](hookgate::ports::SecretSource),
//! [`CachedKeys`] before a [`KeySource`](hookgate::ports::KeySource); each is one itself.
//!
//! ```
//! use std::time::Duration;
//!
//! use hookgate::ports::{SecretQuery, Unavailable};
//! use hookgate::{Endpoint, Secrets, harmonizely::Harmonizely};
//! use hookgate_cache::CachedSecrets;
//!
//! async fn look_up(query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
//!     // A query to the database: no row is `Ok(None)`, an error is `Unavailable`.
//!     Ok((&*query.tenant == "acme").then(|| Secrets::new("the secret of Acme")))
//! }
//!
//! let secrets = CachedSecrets::new(look_up).fresh_for(Duration::from_secs(10));
//! let endpoint = Endpoint::builder(Harmonizely)
//!     .secrets_from(|head| head.path().rsplit('/').next().map(Into::into), secrets.clone())
//!     .build()?;
//!
//! // Where Acme's secret is revoked: the next delivery is held against what the database says.
//! secrets.invalidate("acme");
//! # Ok::<(), hookgate::BuildError>(())
//! ```
//!
//! # What is remembered, and how long
//!
//! | the source said | it is used again |
//! |---|---|
//! | secrets, a key | for `fresh_for`, counted from when the source was asked |
//! | "unknown" (`Ok(None)`) | for `unknown_for` (default 10 s), in a table of its own, so that made-up names push nobody out |
//! | [`Unavailable`](hookgate::ports::Unavailable) | never: the request is answered 503. Within `stale_for` past `fresh_for`, what the source said before goes on |
//!
//! | default | secrets | keys |
//! |---|---|---|
//! | `fresh_for` | 30 s | 5 min |
//! | `stale_for` | 0: a revoked secret must stop, also while the database is down | 1 h: public keys outlive an outage of the page that lists them |
//! | `capacity` | 10,000 | 1,000 |
//!
//! A revoked secret is accepted no longer than `fresh_for` and `stale_for` together, and not at
//! all once [`invalidate`](CachedSecrets::invalidate) was called; call it on every machine.
//!
//! Requests that need the same answer at the same time share one look-up, and its error. A look-up
//! lives as long as one of them waits. A source that panics has failed, like one that says so. The cache has no timer: a source that may hang needs a
//! time-out of its own, below the endpoint's `body_deadline`, else `stale_for` never comes to bear.
//!
//! # What a sender can find out, and cannot do
//!
//! A name that is in the cache is answered faster than one that has to be looked up, so a sender
//! can tell whether somebody used the same name within the last seconds, as with any cache. The
//! answers are the same.
//!
//! Names are the sender's word, and come before any verdict. Tables are bounded in entries, and
//! names longer than 1,024 bytes are looked up and not remembered. The ids of keys, which usually
//! stand for a page to be fetched, are bounded in number as well: see
//! [`CachedKeys::unknown_rate`].

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cache;
mod error;
mod flight;
mod keys;
mod policy;
mod rate;
mod secrets;

pub use hookgate;

pub use self::keys::CachedKeys;
pub use self::secrets::CachedSecrets;
