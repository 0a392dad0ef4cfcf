//! Secrets compiled into MACs with their key schedule done, and MACs that run along the body.

use std::fmt;
use std::sync::Arc;

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use crate::handshake::{self, Token};
use crate::scheme::{Algorithm, KeyForm, Tag};
use crate::secret::{self, Secret, SecretError, Secrets, Warning};

/// A MAC in the middle of its text. Cloning one that has seen nothing saves the key schedule.
#[derive(Clone)]
pub(crate) enum Running {
    Sha256(Hmac<Sha256>),
    Sha512(Box<Hmac<Sha512>>),
}

impl Running {
    /// HMAC takes keys of every length (RFC 2104, section 2); `None` would be one that it refuses.
    fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
            Algorithm::HmacSha512 => {
                Hmac::new_from_slice(key).ok().map(|mac| Self::Sha512(Box::new(mac)))
            }
        }
    }

    fn update(&mut self, text: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(text),
            Self::Sha512(mac) => mac.update(text),
        }
    }

    /// Whether one of the candidates is the MAC of this text and `rest`.
    fn matches(&self, rest: &[&[u8]], candidates: &[Tag]) -> bool {
        match self {
            Self::Sha256(mac) => is_among(mac.clone(), rest, candidates),
            Self::Sha512(mac) => is_among((**mac).clone(), rest, candidates),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(mac) => mac.finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}

/// Whether one of the candidates is the MAC. All are compared, each in constant time.
fn is_among<M: Mac>(mut mac: M, rest: &[&[u8]], candidates: &[Tag]) -> bool {
    for part in rest {
        mac.update(part);
    }
    let right = mac.finalize();
    let mut found = false;
    for tag in candidates {
        if let Ok(bytes) = tag.as_bytes().try_into() {
            found |= right == CtOutput::<M>::new(bytes);
        }
    }
    found
}

struct Key {
    label: Arc<str>,
    start: Running,
}

impl Key {
    fn sign(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let mut mac = self.start.clone();
        for part in parts {
            mac.update(part);
        }
        Some(mac.finish())
    }
}

/// The active secrets of an endpoint, ready to verify.
pub(crate) struct KeyRing {
    keys: Box<[Key]>,
    warnings: Vec<Warning>,
}

impl KeyRing {
    /// Compiles the secrets.
    ///
    /// # Errors
    ///
    /// The first secret that cannot be right, with its label.
    pub(crate) fn new(
        secrets: &Secrets,
        form: KeyForm,
        algorithm: Algorithm,
    ) -> Result<Self, (Arc<str>, SecretError)> {
        let mut warnings = Vec::new();
        let mut keys = Vec::with_capacity(secrets.len());
        for (number, secret) in (1_usize..).zip(secrets.iter()) {
            let label = label(secret, number);
            warnings.extend(secret::warnings(secret, &label, form));
            let start = secret::key_bytes(secret, form)
                .and_then(|key| Running::new(algorithm, &key).ok_or(SecretError::Length));
            match start {
                Ok(start) => keys.push(Key { label, start }),
                Err(error) => return Err((label, error)),
            }
        }
        Ok(Self { keys: keys.into(), warnings })
    }

    /// A key that nobody holds, so that a request of an unknown tenant costs what a wrong
    /// signature does.
    pub(crate) fn decoy(algorithm: Algorithm) -> Self {
        let start = Running::new(algorithm, b"decoy");
        let keys = start.map(|start| Key { label: "decoy".into(), start }).into_iter().collect();
        Self { keys, warnings: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = &Arc<str>> {
        self.keys.iter().map(|key| &key.label)
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// MACs that have seen nothing yet, one for each active secret.
    pub(crate) fn start(&self) -> Macs {
        match &*self.keys {
            [key] => Macs::One(key.start.clone()),
            keys => Macs::Many(keys.iter().map(|key| key.start.clone()).collect()),
        }
    }

    /// The label of the first secret under which a candidate is right for a text.
    ///
    /// All secrets are tried, so that the time does not tell which one is in use.
    pub(crate) fn signer(&self, text: &[&[u8]], candidates: &[Tag]) -> Option<&Arc<str>> {
        self.first_match(self.keys.iter().map(|key| &key.start), text, candidates)
    }

    /// The same for MACs of this ring that have run along the text, but for the rest of it.
    pub(crate) fn signer_of(
        &self,
        macs: &Macs,
        rest: &[&[u8]],
        candidates: &[Tag],
    ) -> Option<&Arc<str>> {
        match macs {
            Macs::One(mac) => self.first_match([mac], rest, candidates),
            Macs::Many(macs) => self.first_match(macs, rest, candidates),
        }
    }

    fn first_match<'m>(
        &self,
        macs: impl IntoIterator<Item = &'m Running>,
        rest: &[&[u8]],
        candidates: &[Tag],
    ) -> Option<&Arc<str>> {
        let mut found = None;
        for (key, mac) in self.keys.iter().zip(macs) {
            let matches = mac.matches(rest, candidates);
            found = found.or(matches.then_some(&key.label));
        }
        found
    }

    /// The MAC under the first secret.
    #[cfg(feature = "sign")]
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        self.keys.first()?.sign(parts)
    }

    /// The MAC of a challenge under the secret of this label, or else the first. `None` where the
    /// keys sign nothing.
    pub(crate) fn answer(&self, label: Option<&Arc<str>>, token: &Token) -> Option<handshake::Mac> {
        let key = match label {
            Some(label) => self.keys.iter().find(|key| key.label == *label)?,
            None => self.keys.first()?,
        };
        let bytes = key.sign(&[token.as_str().as_bytes()])?;
        Some(handshake::Mac { bytes, label: Arc::clone(&key.label) })
    }

    /// A key that nobody holds and nobody can tell from a real one by what it signs.
    pub(crate) fn stand_in(algorithm: Algorithm, key: &[u8]) -> Self {
        let start = Running::new(algorithm, key);
        let keys = start.map(|start| Key { label: "stand-in".into(), start });
        Self { keys: keys.into_iter().collect(), warnings: Vec::new() }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

fn label(secret: &Secret, number: usize) -> Arc<str> {
    secret.label().map_or_else(|| format!("#{number}").into(), Arc::clone)
}

/// The MACs of one request, running along its body.
pub(crate) enum Macs {
    One(Running),
    Many(Vec<Running>),
}

impl Macs {
    pub(crate) fn update(&mut self, text: &[u8]) {
        match self {
            Self::One(mac) => mac.update(text),
            Self::Many(macs) => macs.iter_mut().for_each(|mac| mac.update(text)),
        }
    }
}

impl fmt::Debug for Macs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Macs")
    }
}
