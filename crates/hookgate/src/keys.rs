//! Secrets compiled into what verifies: MACs with their key schedule done, hashes that hold the
//! secret, tokens, public keys.

use std::fmt;
use std::sync::Arc;

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::handshake::{self, Token};
use crate::jwt::{self, Claims, JwtAlgorithm, JwtKey};
use crate::public::{self, Asymmetric, PublicKey, PublicKeyError};
use crate::rejection::RejectionKind;
use crate::scheme::{Algorithm, KeyForm, SecretAt, Tag};
use crate::secret::{self, Secret, SecretError, Secrets, Warning};
use crate::time::UnixTime;

/// What makes keys of secrets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct KeyPlan {
    pub(crate) algorithm: Algorithm,
    pub(crate) form: KeyForm,
    /// Where plain hashes take the secret in.
    pub(crate) secret_at: Option<SecretAt>,
}

/// A MAC in the middle of its text. Cloning one that has seen nothing saves the key schedule.
#[derive(Clone)]
pub(crate) enum Running {
    HmacSha1(Box<Hmac<Sha1>>),
    HmacSha256(Hmac<Sha256>),
    HmacSha512(Box<Hmac<Sha512>>),
    Sha1(Box<Sha1>, Suffix),
    Sha256(Box<Sha256>, Suffix),
}

/// What a plain hash takes in at its end.
type Suffix = Arc<Zeroizing<Vec<u8>>>;

impl Running {
    /// HMAC takes keys of every length (RFC 2104, section 2); `None` would be one that it refuses,
    /// or an algorithm that keeps no state.
    fn new(plan: KeyPlan, key: &[u8]) -> Option<Self> {
        let (start, end): (&[u8], &[u8]) = match plan.secret_at {
            Some(SecretAt::End) => (b"", key),
            Some(SecretAt::Start) | None => (key, b""),
        };
        let suffix = || Arc::new(Zeroizing::new(end.to_vec()));
        match plan.algorithm {
            Algorithm::HmacSha1 => {
                Hmac::new_from_slice(key).ok().map(|mac| Self::HmacSha1(Box::new(mac)))
            }
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Self::HmacSha256),
            Algorithm::HmacSha512 => {
                Hmac::new_from_slice(key).ok().map(|mac| Self::HmacSha512(Box::new(mac)))
            }
            Algorithm::Sha1 => Some(Self::Sha1(Box::new(Sha1::new_with_prefix(start)), suffix())),
            Algorithm::Sha256 => {
                Some(Self::Sha256(Box::new(Sha256::new_with_prefix(start)), suffix()))
            }
            _ => None,
        }
    }

    fn update(&mut self, text: &[u8]) {
        match self {
            Self::HmacSha1(mac) => mac.update(text),
            Self::HmacSha256(mac) => mac.update(text),
            Self::HmacSha512(mac) => mac.update(text),
            Self::Sha1(hash, _) => Digest::update(&mut **hash, text),
            Self::Sha256(hash, _) => Digest::update(&mut **hash, text),
        }
    }

    /// Whether one of the candidates is the MAC of this text and `rest`.
    fn matches(&self, rest: &[&[u8]], candidates: &[Tag]) -> bool {
        match self {
            Self::HmacSha1(mac) => is_among((**mac).clone(), rest, candidates),
            Self::HmacSha256(mac) => is_among(mac.clone(), rest, candidates),
            Self::HmacSha512(mac) => is_among((**mac).clone(), rest, candidates),
            Self::Sha1(..) | Self::Sha256(..) => {
                let mut hash = self.clone();
                rest.iter().for_each(|part| hash.update(part));
                is_equal_to_any(&hash.finish(), candidates)
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::HmacSha1(mac) => mac.finalize().into_bytes().to_vec(),
            Self::HmacSha256(mac) => mac.finalize().into_bytes().to_vec(),
            Self::HmacSha512(mac) => mac.finalize().into_bytes().to_vec(),
            Self::Sha1(hash, end) => hash.chain_update(&**end).finalize().to_vec(),
            Self::Sha256(hash, end) => hash.chain_update(&**end).finalize().to_vec(),
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

/// Whether one of the candidates is this text. All are compared, each in constant time for its
/// length.
fn is_equal_to_any(right: &[u8], candidates: &[Tag]) -> bool {
    candidates.iter().fold(false, |found, tag| found | bool::from(right.ct_eq(tag.as_bytes())))
}

/// What a secret verifies with.
#[derive(Clone)]
enum Verifier {
    Running(Running),
    /// The SHA-256 of the token: comparing digests, time tells nothing of its length either.
    Token([u8; 32]),
    Public(Box<PublicKey>),
    /// Verifies tokens, which hold their text themselves.
    Jwt(Box<JwtKey>),
    /// Verifies nothing.
    Nobody,
}

impl Verifier {
    fn new(plan: KeyPlan, secret: &Secret) -> Result<Self, SecretError> {
        if let Some(algorithm) = plan.algorithm.asymmetric() {
            let bits = plan.algorithm.min_bits();
            let key = PublicKey::parse_weak(secret.as_bytes(), algorithm, bits)?;
            return Ok(Self::Public(Box::new(key)));
        }
        let key = secret::key_bytes(secret, plan.form)?;
        if let Some(algorithm) = plan.algorithm.jwt() {
            return Ok(Self::Jwt(Box::new(JwtKey::parse(&key, algorithm)?)));
        }
        if plan.algorithm == Algorithm::Token {
            return Ok(Self::Token(Sha256::digest(&*key).into()));
        }
        Running::new(plan, &key).map(Self::Running).ok_or(SecretError::Length)
    }

    fn sign(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let Self::Running(start) = self else { return None };
        let mut mac = start.clone();
        for part in parts {
            mac.update(part);
        }
        Some(mac.finish())
    }

    fn matches(&self, text: &[&[u8]], candidates: &[Tag]) -> bool {
        match self {
            Self::Running(start) => start.matches(text, candidates),
            Self::Token(right) => candidates.iter().fold(false, |found, tag| {
                let digest: [u8; 32] = Sha256::digest(tag.as_bytes()).into();
                found | bool::from(right.ct_eq(&digest))
            }),
            Self::Public(key) => {
                candidates.iter().fold(false, |found, tag| found | key.verify(text, tag.as_bytes()))
            }
            Self::Jwt(_) | Self::Nobody => false,
        }
    }
}

#[derive(Clone)]
struct Key {
    label: Arc<str>,
    verifier: Verifier,
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
    pub(crate) fn new(secrets: &Secrets, plan: KeyPlan) -> Result<Self, (Arc<str>, SecretError)> {
        let mut warnings = Vec::new();
        let mut keys = Vec::with_capacity(secrets.len());
        for (number, secret) in (1_usize..).zip(secrets.iter()) {
            let label = label(secret, number, plan.form);
            warnings.extend(secret::warnings(secret, &label, plan.form));
            match Verifier::new(plan, secret) {
                Ok(verifier) => keys.push(Key { label, verifier }),
                Err(error) => return Err((label, error)),
            }
        }
        Ok(Self { keys: keys.into(), warnings })
    }

    /// A key that nobody holds, so that a request of an unknown tenant costs what a wrong
    /// signature does.
    pub(crate) fn decoy(plan: KeyPlan) -> Self {
        let verifier = match plan.algorithm.asymmetric() {
            Some(algorithm) => PublicKey::decoy(algorithm)
                .map_or(Verifier::Nobody, |key| Verifier::Public(Box::new(key))),
            None if plan.algorithm.jwt().is_some() => decoy_of_tokens(plan.algorithm)
                .map_or(Verifier::Nobody, |key| Verifier::Jwt(Box::new(key))),
            None if plan.algorithm == Algorithm::Token => Verifier::Token([0; 32]),
            None => Running::new(plan, b"decoy").map_or(Verifier::Nobody, Verifier::Running),
        };
        Self { keys: Box::new([Key { label: "decoy".into(), verifier }]), warnings: Vec::new() }
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

    /// The keys that may be used now, where some may not: certificates out of their time, or of
    /// none of the names. With what is wrong with one that may not.
    pub(crate) fn without_unusable(
        &self,
        now: UnixTime,
        names: &[&str],
    ) -> Option<(Self, PublicKeyError)> {
        let check = |key: &Key| match &key.verifier {
            Verifier::Public(public) => public.usable(now, names),
            _ => Ok(()),
        };
        let wrong = self.keys.iter().find_map(|key| check(key).err())?;
        let keys = self.keys.iter().filter(|key| check(key).is_ok()).cloned().collect();
        Some((Self { keys, warnings: Vec::new() }, wrong))
    }

    /// MACs that have seen nothing yet, one for each active secret. `None` where an algorithm
    /// takes its text at once.
    pub(crate) fn start(&self) -> Option<Macs> {
        let start = |key: &Key| match &key.verifier {
            Verifier::Running(start) => Some(start.clone()),
            _ => None,
        };
        match &*self.keys {
            [key] => start(key).map(Macs::One),
            keys => keys.iter().map(start).collect::<Option<_>>().map(Macs::Many),
        }
    }

    /// The label of the first secret under which a candidate is right for a text.
    ///
    /// All secrets are tried, so that the time does not tell which one is in use.
    pub(crate) fn signer(&self, text: &[&[u8]], candidates: &[Tag]) -> Option<&Arc<str>> {
        self.first_match(self.keys.iter().map(|key| key.verifier.matches(text, candidates)))
    }

    /// The same for MACs of this ring that have run along the text, but for the rest of it.
    pub(crate) fn signer_of(
        &self,
        macs: &Macs,
        rest: &[&[u8]],
        candidates: &[Tag],
    ) -> Option<&Arc<str>> {
        match macs {
            Macs::One(mac) => self.first_match([mac.matches(rest, candidates)]),
            Macs::Many(macs) => {
                self.first_match(macs.iter().map(|mac| mac.matches(rest, candidates)))
            }
        }
    }

    fn first_match(&self, matches: impl IntoIterator<Item = bool>) -> Option<&Arc<str>> {
        let mut found = None;
        for (key, matches) in self.keys.iter().zip(matches) {
            found = found.or(matches.then_some(&key.label));
        }
        found
    }

    /// The claims of a token, and the label of the first secret under which it is right.
    ///
    /// # Errors
    ///
    /// When it is right under none, or could be under no key at all.
    pub(crate) fn claims(&self, token: &[u8]) -> Result<(Arc<str>, Claims), RejectionKind> {
        let mut found = Err(RejectionKind::SignatureMismatch);
        for key in &self.keys {
            let Verifier::Jwt(verifier) = &key.verifier else {
                continue;
            };
            let claims = verifier.verify(token, jwt::LONGEST);
            if found.is_err() {
                found = claims.map(|claims| (Arc::clone(&key.label), claims));
            }
        }
        found
    }

    /// The MAC under the first secret. `None` where it is none that signs.
    #[cfg(feature = "sign")]
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        self.keys.first()?.verifier.sign(parts)
    }

    /// The MAC of a challenge under the secret of this label, or else the first. `None` where the
    /// keys sign nothing.
    pub(crate) fn answer(&self, label: Option<&Arc<str>>, token: &Token) -> Option<handshake::Mac> {
        let key = match label {
            Some(label) => self.keys.iter().find(|key| key.label == *label)?,
            None => self.keys.first()?,
        };
        let bytes = key.verifier.sign(&[token.as_str().as_bytes()])?;
        Some(handshake::Mac { bytes, label: Arc::clone(&key.label) })
    }

    /// A key that nobody holds and nobody can tell from a real one by what it signs.
    pub(crate) fn stand_in(plan: KeyPlan, key: &[u8]) -> Self {
        let verifier = Running::new(plan, key).map_or(Verifier::Nobody, Verifier::Running);
        Self { keys: Box::new([Key { label: "stand-in".into(), verifier }]), warnings: Vec::new() }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

fn decoy_of_tokens(algorithm: Algorithm) -> Option<JwtKey> {
    let (algorithm, secret) = match algorithm.jwt()? {
        of @ JwtAlgorithm::Hs256 => (of, "decoy"),
        of @ JwtAlgorithm::Rs256 => (of, public::decoy_text(Asymmetric::RsaSha256)),
        of @ JwtAlgorithm::Es256 => (of, public::decoy_text(Asymmetric::EcdsaP256Sha256)),
    };
    JwtKey::parse(secret.as_bytes(), algorithm).ok()
}

/// The name under which deliveries show a secret.
pub(crate) fn label(secret: &Secret, number: usize, form: KeyForm) -> Arc<str> {
    if let (KeyForm::NamedSha1, Some((name, _))) = (form, secret::name_of(secret.as_bytes())) {
        return name.into();
    }
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
