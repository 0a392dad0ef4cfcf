//! The secrets of an endpoint that runs, and the place for one that is still to come.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwap;

use super::{AnyEndpoint, BuildError};
use crate::keys::{self, KeyPlan, KeyRing};
use crate::provider::Provider;
use crate::secret::{SecretError, Secrets};

/// The secrets of an endpoint that runs.
pub struct LiveSecrets {
    pub(super) ring: ArcSwap<KeyRing>,
    pub(super) plan: KeyPlan,
    pub(super) replaceable: bool,
    /// Knows which secrets are none of its webhooks'.
    pub(super) provider: Arc<dyn Provider>,
    /// Whether there is a secret to verify with: see [`Vacancy`].
    pub(super) vacancy: Vacancy,
}

impl LiveSecrets {
    /// Replaces all secrets at once. Requests whose head was judged before still finish under the
    /// old ones; every later one knows only the new.
    ///
    /// ```
    /// use hookgate::{Endpoint, Secret, Secrets, harmonizely::Harmonizely};
    ///
    /// let endpoint = Endpoint::builder(Harmonizely).secret("the old secret").build()?;
    /// let both = Secrets::new("the new secret").and("the old secret");
    /// endpoint.secrets().replace(both)?;
    /// // … and once the provider signs with the new one:
    /// endpoint.secrets().replace("the new secret")?;
    /// # Ok::<(), hookgate::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no secret or one cannot be right; the old ones then stay. Also when the
    /// endpoint has no secrets of its own, since it is unsigned or looks them up.
    pub fn replace(&self, secrets: impl Into<Secrets>) -> Result<(), BuildError> {
        if !self.replaceable {
            return Err(BuildError::NoOwnSecrets);
        }
        let ring = self.compile(&secrets.into())?;
        for warning in ring.warnings() {
            tracing::warn!(target: "hookgate", %warning, "a new secret looks like a mistake");
        }
        self.vacancy.fill();
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// The labels of the active secrets, in the order in which they are tried. None where the
    /// endpoint has no secrets of its own, or none yet.
    pub fn labels(&self) -> Vec<Arc<str>> {
        if !self.replaceable || !self.vacancy.is_filled() {
            return Vec::new();
        }
        self.ring.load().labels().cloned().collect()
    }

    pub(crate) fn load(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Compiles secrets for this endpoint's scheme. None at all is an error.
    pub(crate) fn compile(&self, secrets: &Secrets) -> Result<KeyRing, BuildError> {
        for (number, secret) in (1_usize..).zip(secrets.iter()) {
            if let Some(mistake) = self.provider.mistaken_secret(secret.as_bytes()) {
                let label = keys::label(secret, number, self.plan.form);
                return Err(BuildError::Secret { label, error: SecretError::Mistaken(mistake) });
            }
        }
        let ring = KeyRing::new(secrets, self.plan)
            .map_err(|(label, error)| BuildError::Secret { label, error })?;
        if ring.is_empty() {
            return Err(BuildError::NoSecret);
        }
        Ok(ring)
    }

    /// Whether a secret that the provider sends would be the first.
    pub(crate) fn are_awaited(&self) -> bool {
        !self.vacancy.is_filled()
    }

    /// A ring under which nothing is right.
    pub(crate) fn decoy(&self) -> KeyRing {
        KeyRing::decoy(self.plan)
    }
}

impl fmt::Debug for LiveSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.labels()).finish()
    }
}

/// Keys that nobody holds: for tenants that nobody knows, each always the same within this process,
/// since what is signed with one must not tell that it is nobody's.
///
/// They come from the seeds of the standard library's hash maps, which the system gives at random.
#[derive(Default)]
pub(super) struct Strangers(RandomState);

impl Strangers {
    pub(super) fn ring(&self, plan: KeyPlan, tenant: &str) -> KeyRing {
        let word = |number: u64| self.0.hash_one((number, tenant)).to_be_bytes();
        let key = [word(0), word(1), word(2), word(3)];
        KeyRing::stand_in(plan, key.as_flattened())
    }
}

/// Whether an endpoint still waits for the secret that its provider sends.
///
/// Open, then taken by one request while its secret is stored, then filled for ever; a secret that
/// was not stored opens it again.
#[derive(Debug)]
pub(super) struct Vacancy(AtomicU8);

const OPEN: u8 = 0;
const TAKEN: u8 = 1;
const FILLED: u8 = 2;

impl Vacancy {
    pub(super) fn new(open: bool) -> Self {
        Self(AtomicU8::new(if open { OPEN } else { FILLED }))
    }

    fn is_filled(&self) -> bool {
        self.0.load(Ordering::Acquire) == FILLED
    }

    fn fill(&self) {
        self.0.store(FILLED, Ordering::Release);
    }

    fn step(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// The right of one request to bring an endpoint its secret. Dropped unused, it goes to the next.
pub(crate) struct Slot {
    endpoint: AnyEndpoint,
    /// The ring that stood there when it was taken, which the application may replace meanwhile.
    vacant: Arc<KeyRing>,
    used: bool,
}

impl Slot {
    /// `None` where there is a secret, or another request brings one.
    pub(crate) fn take(endpoint: &AnyEndpoint) -> Option<Self> {
        let taken = endpoint.secrets().vacancy.step(OPEN, TAKEN);
        let vacant = endpoint.secrets().load();
        taken.then(|| Self { endpoint: endpoint.clone(), vacant, used: false })
    }

    /// From now on deliveries are verified with these keys. `false` where the application gave the
    /// endpoint others in the meantime, which stay.
    pub(crate) fn fill(mut self, ring: KeyRing) -> bool {
        self.used = true;
        self.close() && self.put(ring)
    }

    fn close(&self) -> bool {
        self.endpoint.secrets().vacancy.step(TAKEN, FILLED)
    }

    /// Puts the keys where there are still none: the application may store its own at any time.
    fn put(&self, ring: KeyRing) -> bool {
        let before = self.endpoint.secrets().ring.compare_and_swap(&self.vacant, Arc::new(ring));
        Arc::ptr_eq(&before, &self.vacant)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.used {
            self.endpoint.secrets().vacancy.step(TAKEN, OPEN);
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.endpoint.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;
    use crate::catalogue::ASANA;
    use crate::ports::{Learned, SecretOffer};

    #[test]
    fn a_secret_that_is_learnt_never_takes_the_place_of_one_that_was_given() {
        let endpoint = Endpoint::builder(ASANA)
            .learn_secret(|_: SecretOffer| async { Ok(Learned::Stored) })
            .build()
            .unwrap();
        let learnt =
            || endpoint.secrets().compile(&Secrets::new("the secret of a stranger")).unwrap();
        let slot = Slot::take(&endpoint).unwrap();
        // Another thread gives the endpoint its secret just here.
        assert!(slot.close());
        let given = crate::Secret::new("the application's own").labelled("own");
        endpoint.secrets().replace(Secrets::new(given)).unwrap();
        assert!(!slot.put(learnt()));
        assert_eq!(endpoint.secrets().labels(), ["own".into()]);
        assert!(Slot::take(&endpoint).is_none());
    }
}
