//! Checks that wait for a look-up: the question as data, and the check that its answer resumes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::verdict::Reading;
use super::{Check, Verdict};
use crate::keys::KeyRing;
use crate::ports::{
    AnyKeySource, AnySecretSource, BoxFuture, Key, KeyQuery, SecretQuery, Unavailable,
};
use crate::rejection::{Rejection, RejectionKind};
use crate::secret::Secrets;

/// Which secrets a request needs, and the look-up that finds them.
#[derive(Clone)]
#[non_exhaustive]
pub struct SecretsAsk {
    /// The question.
    pub query: SecretQuery,
    pub(super) source: Option<AnySecretSource>,
}

impl SecretsAsk {
    /// Asks the endpoint's [`SecretSource`](crate::ports::SecretSource). Where the head names no
    /// tenant at all, the answer is that nobody knows it.
    pub fn ask(&self) -> BoxFuture<Result<Option<Secrets>, Unavailable>> {
        match &self.source {
            Some(source) => source.secrets(self.query.clone()),
            None => Box::pin(std::future::ready(Ok(None))),
        }
    }
}

impl fmt::Debug for SecretsAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}

/// A check that waits for its secrets.
#[derive(Debug)]
pub struct Paused(pub(super) Reading);

impl Paused {
    /// Goes on with the answer.
    ///
    /// An unknown tenant (`None`) gets a check all the same, which reads the body and then fails
    /// like any wrong signature, so that neither the answer nor its time tells who is known.
    ///
    /// # Errors
    ///
    /// [`SecretsUnavailable`](RejectionKind::SecretsUnavailable) where the look-up failed, or
    /// found secrets that cannot be right; never at endpoints that only observe.
    pub fn resume(self, answer: Result<Option<Secrets>, Unavailable>) -> Result<Check, Rejection> {
        let mut reading = self.0;
        let endpoint = reading.endpoint().clone();
        let reject = || endpoint.reject(RejectionKind::SecretsUnavailable);
        let resumed = match (reading.take_asking(), answer) {
            (Some(asking), Ok(secrets)) => {
                let ring = secrets.map(|secrets| endpoint.secrets().compile(&secrets)).transpose();
                ring.map_err(|error| reject().because(error)).and_then(|ring| {
                    let tenant = reading.tenant();
                    reading.ask(asking.resume(&endpoint, tenant.as_deref(), ring.as_ref())?);
                    Ok(())
                })
            }
            (None, Ok(Some(secrets))) => match endpoint.secrets().compile(&secrets) {
                Ok(ring) => {
                    reading.use_keys(Arc::new(ring));
                    Ok(())
                }
                Err(error) => Err(reject().because(error)),
            },
            (None, Ok(None)) => {
                reading.use_decoy(RejectionKind::UnknownTenant);
                Ok(())
            }
            (_, Err(cause)) => Err(reject().because(cause)),
        };
        match resumed {
            Ok(()) => {}
            Err(rejection) if endpoint.is_observing() => reading.refuse(rejection),
            Err(rejection) => return Err(rejection),
        }
        Ok(Check(reading))
    }
}

/// Which key a request names, and the look-up that finds it.
#[derive(Clone)]
#[non_exhaustive]
pub struct KeyAsk {
    /// The question.
    pub query: KeyQuery,
    pub(super) source: AnyKeySource,
}

impl KeyAsk {
    /// Asks the endpoint's [`KeySource`](crate::ports::KeySource).
    pub fn ask(&self) -> BoxFuture<Result<Option<Key>, Unavailable>> {
        self.source.key(self.query.clone())
    }
}

impl fmt::Debug for KeyAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}

/// A check that has read the body and waits for the key.
pub struct Suspended(pub(super) Reading, pub(super) Bytes);

impl Suspended {
    /// Goes on with the answer. An unknown key (`None`) fails like any wrong signature.
    ///
    /// # Errors
    ///
    /// When the signature is not that of the request, or
    /// [`KeysUnavailable`](RejectionKind::KeysUnavailable) where the look-up failed, or found a
    /// key that cannot be right.
    pub fn resume(self, answer: Result<Option<Key>, Unavailable>) -> Result<Verdict, Rejection> {
        let Self(reading, body) = self;
        let key_id = reading.key_id();
        let endpoint = reading.endpoint().clone();
        let reject = || endpoint.reject(RejectionKind::KeysUnavailable);
        let ring = match answer {
            Ok(Some(key)) => match endpoint.secrets().compile(&key.into_secrets(&key_id)) {
                Ok(ring) => ring,
                Err(error) => return reading.refused(reject().because(error)),
            },
            Ok(None) => {
                let decoy: KeyRing = endpoint.secrets().decoy();
                return reading.judge(body, &decoy, Some(RejectionKind::UnknownKey));
            }
            Err(cause) => return reading.refused(reject().because(cause)),
        };
        reading.judge(body, &ring, None)
    }
}

impl fmt::Debug for Suspended {
    /// Leaves the body out: nothing of it was verified yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Suspended").field(&self.0).finish()
    }
}
