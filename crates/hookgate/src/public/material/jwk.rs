//! JSON Web Keys (RFC 7517, RFC 7518, RFC 8037).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;
use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{Encode, Tag};

use super::{Family, Material};
use crate::json::object::object;
use crate::public::PublicKeyError;

/// Private members of every kind of key (RFC 7518, section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Reads one key. `names` are those that its `alg` may have, if it has one.
pub(super) fn read(
    text: &[u8],
    family: Family,
    names: &[&str],
) -> Result<Material, PublicKeyError> {
    let key = object(text).ok_or(PublicKeyError::NotAKey)?;
    if PRIVATE.iter().any(|member| key.contains_key(*member)) {
        return Err(PublicKeyError::Private);
    }
    let contradicts = |name: &str, is_right: &dyn Fn(&Value) -> bool| {
        key.get(name).is_some_and(|value| !is_right(value))
    };
    let signs = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"))
    };
    if contradicts("alg", &|value| names.iter().any(|name| value == name))
        || contradicts("use", &|value| value == "sig")
        || contradicts("key_ops", &signs)
    {
        return Err(PublicKeyError::OtherAlgorithm);
    }
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| {
        text(name)
            .and_then(|digits| BASE64_URL_SAFE_NO_PAD.decode(digits).ok())
            .ok_or(PublicKeyError::NotAKey)
    };
    match (text("kty").ok_or(PublicKeyError::NotAKey)?, text("crv"), family) {
        ("OKP", Some("Ed25519"), Family::Ed25519) => {
            let key = bytes("x")?.try_into().map_err(|_| PublicKeyError::NotAKey)?;
            Ok(Material::Ed25519(key))
        }
        ("EC", Some("P-256"), Family::P256) => {
            // Full width, with leading zeros (RFC 7518, section 6.2.1.2).
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != 32 || y.len() != 32 {
                return Err(PublicKeyError::NotAKey);
            }
            Ok(Material::P256([&[4], &*x, &*y].concat()))
        }
        ("RSA", _, Family::Rsa) => {
            let der = rsa(&bytes("n")?, &bytes("e")?).ok_or(PublicKeyError::NotAKey)?;
            Ok(Material::Rsa(der))
        }
        _ => Err(PublicKeyError::OtherAlgorithm),
    }
}

/// `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let mut integers = UintRef::new(modulus).ok()?.to_der().ok()?;
    integers.extend(UintRef::new(exponent).ok()?.to_der().ok()?);
    AnyRef::new(Tag::Sequence, &integers).ok()?.to_der().ok()
}
