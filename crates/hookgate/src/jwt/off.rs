//! Stands in for tokens where their Cargo feature is off: no key of them can be made.

use super::JwtAlgorithm;
use crate::public::PublicKeyError;

const OFF: PublicKeyError = PublicKeyError::FeatureOff("jwt");

#[derive(Clone)]
pub(super) enum Key {}

impl Key {
    pub(super) fn parse(_secret: &[u8], _algorithm: JwtAlgorithm) -> Result<Self, PublicKeyError> {
        Err(OFF)
    }

    pub(super) fn verifies(
        &self,
        _algorithm: JwtAlgorithm,
        _signed: &[u8],
        _signature: &Vec<u8>,
    ) -> bool {
        match *self {}
    }
}

#[cfg(feature = "sign")]
pub(crate) use self::sign::JwtSigner;

#[cfg(feature = "sign")]
mod sign {
    use serde_json::{Map, Value};

    use super::{JwtAlgorithm, OFF};
    use crate::public::PublicKeyError;

    #[derive(Debug)]
    pub(crate) enum JwtSigner {}

    impl JwtSigner {
        pub(crate) fn parse(
            _secret: &[u8],
            _algorithm: JwtAlgorithm,
        ) -> Result<Self, PublicKeyError> {
            Err(OFF)
        }

        pub(crate) fn mint(
            &self,
            _kid: Option<&str>,
            _claims: &Map<String, Value>,
        ) -> Option<String> {
            match *self {}
        }
    }
}
