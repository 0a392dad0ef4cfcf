//! Stands in for an algorithm whose Cargo feature is off: no key of it can be made.

use super::{Asymmetric, PublicKeyError};

#[derive(Clone)]
pub(super) enum Key {}

impl Key {
    pub(super) fn parse(
        _text: &[u8],
        algorithm: Asymmetric,
        _min_bits: u32,
    ) -> Result<Self, PublicKeyError> {
        Err(PublicKeyError::FeatureOff(algorithm.feature()))
    }

    pub(super) fn verify(&self, _message: &[&[u8]], _signature: &[u8]) -> bool {
        match *self {}
    }
}

#[cfg(feature = "sign")]
pub(super) enum Signer {}

#[cfg(feature = "sign")]
impl Signer {
    pub(super) fn parse(_text: &[u8], algorithm: Asymmetric) -> Result<Self, PublicKeyError> {
        Err(PublicKeyError::FeatureOff(algorithm.feature()))
    }

    pub(super) fn sign(&self, _message: &[&[u8]]) -> Option<Vec<u8>> {
        match *self {}
    }

    pub(super) fn public_der(&self) -> Option<Vec<u8>> {
        match *self {}
    }
}
