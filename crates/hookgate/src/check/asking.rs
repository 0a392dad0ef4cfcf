//! Requests that ask instead of delivering: handshakes whose answer takes the body, the keys, or a
//! place for a secret.

use std::fmt;
use std::sync::Arc;

use super::Verdict;
use crate::endpoint::{AnyEndpoint, Slot};
use crate::handshake::{Asked, LONGEST_BODY, Note, Signing, is_secret};
use crate::keys::KeyRing;
use crate::ports::{AnySecretStore, BoxFuture, Learned, SecretOffer, Unavailable};
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;
use crate::secret::{Secret, Secrets};

/// What a request asks that is no delivery, or may be none.
pub(super) enum Asking {
    /// Its body may ask, without a signature. A secret in it is taken where there is room for one.
    Body { note: Note, may_learn: bool },
    /// Its head brought a secret.
    Secret(Secret, Reply),
    /// A MAC, once the tenant's secrets are known.
    Mac(Signing),
    /// It is answered already.
    Answered(Reply),
}

impl fmt::Debug for Asking {
    /// Leaves out what the request said: a secret among it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body { .. } => "Body(..)",
            Self::Secret(..) => "Secret(..)",
            Self::Mac(_) => "Mac(..)",
            Self::Answered(_) => "Answered(..)",
        })
    }
}

impl Asking {
    /// The most of a body that is held for a request that nobody signed.
    pub(super) const BODY_LIMIT: usize = LONGEST_BODY;

    /// The answer of the tenant's secrets is here: `None` where nobody knows the tenant.
    ///
    /// # Errors
    ///
    /// A request with a secret, for a tenant that has one or that the head does not name.
    pub(super) fn resume(
        self,
        endpoint: &AnyEndpoint,
        tenant: Option<&str>,
        ring: Option<&KeyRing>,
    ) -> Result<Self, Rejection> {
        let vacant = ring.is_none() && tenant.is_some();
        match self {
            Self::Mac(signing) => {
                // Unknown or not, the same is done, and the same kind of answer given.
                let stranger = endpoint.strangers_ring(tenant.unwrap_or_default());
                let reply = answer(endpoint, ring.unwrap_or(&stranger), None, signing)?;
                Ok(Self::Answered(reply))
            }
            Self::Secret(..) if !vacant => Err(unsigned(endpoint)),
            Self::Body { note, may_learn } => {
                Ok(Self::Body { note, may_learn: may_learn && vacant })
            }
            other => Ok(other),
        }
    }

    /// The body is complete.
    pub(super) fn finish(
        self,
        endpoint: &AnyEndpoint,
        tenant: Option<Arc<str>>,
        body: &[u8],
    ) -> Result<Verdict, Rejection> {
        match self {
            Self::Body { note, may_learn } => {
                let handshake = endpoint.provider().handshake();
                let asked = handshake.map(|handshake| handshake.unsigned(&note, body));
                match asked {
                    Some(Asked::Reply(reply)) => Ok(Verdict::Reply(reply)),
                    Some(Asked::Malformed) => Err(endpoint.reject(RejectionKind::Handshake)),
                    Some(Asked::Learn(secret, reply)) if may_learn => {
                        learn(endpoint, tenant, secret, reply)
                    }
                    _ => Err(unsigned(endpoint)),
                }
            }
            Self::Secret(secret, reply) => learn(endpoint, tenant, secret, reply),
            Self::Answered(reply) => Ok(Verdict::Reply(reply)),
            // Without secrets there is no MAC.
            Self::Mac(_) => Err(endpoint.reject(RejectionKind::SecretsUnavailable)),
        }
    }
}

/// A request without a signature, as far as its sender hears.
pub(super) fn unsigned(endpoint: &AnyEndpoint) -> Rejection {
    endpoint.reject(RejectionKind::MissingSignature)
}

/// Answers a challenge with its MAC: under the secret of this label, or else the first.
///
/// # Errors
///
/// Where the keys sign nothing, or the answer would show a name that the provider never gave.
pub(super) fn answer(
    endpoint: &AnyEndpoint,
    ring: &KeyRing,
    label: Option<&Arc<str>>,
    signing: Signing,
) -> Result<Reply, Rejection> {
    let mac = ring.answer(label, signing.token());
    let nameless = |label: &str| endpoint.shows_label() && label.starts_with('#');
    match mac.filter(|mac| endpoint.signs_challenges() && !nameless(mac.label())) {
        Some(mac) => Ok(signing.write(&mac)),
        None => Err(endpoint.reject(RejectionKind::Handshake)),
    }
}

fn learn(
    endpoint: &AnyEndpoint,
    tenant: Option<Arc<str>>,
    secret: Secret,
    reply: Reply,
) -> Result<Verdict, Rejection> {
    let Some(store) = endpoint.secret_store().filter(|_| is_secret(secret.as_bytes())) else {
        return Err(unsigned(endpoint));
    };
    // One that the scheme cannot use is not worth storing.
    let Ok(ring) = endpoint.secrets().compile(&Secrets::new(secret.clone())) else {
        return Err(unsigned(endpoint));
    };
    let slot = match endpoint.secret_source() {
        // The source finds it once it is stored.
        Some(_) => None,
        None => Some((Slot::take(endpoint).ok_or_else(|| unsigned(endpoint))?, ring)),
    };
    let offer = SecretOffer { endpoint: Arc::clone(endpoint.shared_name()), tenant, secret };
    let ask = SecretAsk { offer, store: store.clone() };
    Ok(Verdict::Learn(ask, Learning { endpoint: endpoint.clone(), slot, reply }))
}

/// A secret that a request brings, and the store that makes it safe.
#[derive(Clone)]
#[non_exhaustive]
pub struct SecretAsk {
    /// The secret, and whose it is to be.
    pub offer: SecretOffer,
    store: AnySecretStore,
}

impl SecretAsk {
    /// Asks the endpoint's [`SecretStore`](crate::ports::SecretStore).
    pub fn ask(&self) -> BoxFuture<Result<Learned, Unavailable>> {
        self.store.store(self.offer.clone())
    }
}

impl fmt::Debug for SecretAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.offer.fmt(f)
    }
}

/// A request that brought a secret, and waits until it is safe. While it waits, no other one can
/// bring the endpoint another; dropped, it leaves the endpoint as it was.
pub struct Learning {
    endpoint: AnyEndpoint,
    slot: Option<(Slot, KeyRing)>,
    reply: Reply,
}

impl fmt::Debug for Learning {
    /// Leaves the reply out, which may hold the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Learning").field(&self.endpoint.name()).finish()
    }
}

impl Learning {
    /// Goes on with the answer: the secret is the endpoint's once it is safe, and not before.
    ///
    /// # Errors
    ///
    /// [`SecretNotStored`](RejectionKind::SecretNotStored) where it could not be stored;
    /// [`MissingSignature`](RejectionKind::MissingSignature) where the store does not want it, or
    /// the application gave the endpoint another in the meantime.
    pub fn resume(self, answer: Result<Learned, Unavailable>) -> Result<Reply, Rejection> {
        let Self { endpoint, slot, reply } = self;
        match answer {
            Ok(Learned::Stored) => {}
            Ok(Learned::Refused) => return Err(unsigned(&endpoint)),
            Err(cause) => {
                return Err(endpoint.reject(RejectionKind::SecretNotStored).because(cause));
            }
        }
        if slot.is_some_and(|(slot, ring)| !slot.fill(ring)) {
            return Err(unsigned(&endpoint));
        }
        tracing::info!(
            target: "hookgate",
            endpoint = endpoint.name(),
            "a secret that the provider sent is stored and in use"
        );
        Ok(reply)
    }
}
