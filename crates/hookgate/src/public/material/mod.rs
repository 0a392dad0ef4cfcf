//! From the text that a user pastes to the key in it.
//!
//! | spelling | for |
//! |---|---|
//! | PEM: `PUBLIC KEY`, `CERTIFICATE` (the first of a chain) | all |
//! | PEM: `RSA PUBLIC KEY` | RSA |
//! | `SubjectPublicKeyInfo` as DER in base64 | all |
//! | a JWK as JSON | all |
//! | 32 bytes in hex or base64, the latter also after `whpk_` | Ed25519 |
//!
//! PEM keeps its line breaks and JSON its white space; the others hold none.

pub(crate) mod certificate;
mod jwk;
mod pem;

use base64::prelude::{BASE64_STANDARD, Engine};
#[cfg(all(feature = "jwt", feature = "sign"))]
use x509_cert::der::asn1::OctetStringRef;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Reader};
use x509_cert::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

pub(super) use self::certificate::Certificate;
use super::PublicKeyError;

/// Far more than a chain of certificates with keys of 8192 bits, in bytes.
const LONGEST: usize = 64 * 1024;

/// RFC 8410, section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 5480, section 2.1.1.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// RFC 8017, appendix A.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What comes before the key in the `SubjectPublicKeyInfo` of an Ed25519 key.
#[cfg(all(feature = "ed25519", feature = "sign"))]
pub(super) const ED25519_PREFIX: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// The same for a point of P-256 that is not compressed.
#[cfg(all(feature = "ecdsa", feature = "sign"))]
pub(super) const P256_PREFIX: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\
    \x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// Keys that one kind of algorithm uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Ed25519,
    P256,
    Rsa,
}

/// A key as its algorithm's library takes it, and not yet looked at by it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Material {
    /// A point as RFC 8032 encodes it.
    Ed25519([u8; 32]),
    /// A point as SEC 1, section 2.3.3 encodes it.
    P256(Vec<u8>),
    /// `RSAPublicKey` in DER.
    Rsa(Vec<u8>),
}

impl Material {
    /// Reads a key of a family. `jwk_names` are what a JWK may name as its `alg`.
    pub(crate) fn read(
        text: &[u8],
        family: Family,
        jwk_names: &[&str],
    ) -> Result<Self, PublicKeyError> {
        if text.len() > LONGEST {
            return Err(PublicKeyError::NotAKey);
        }
        let material = if text.starts_with(b"-----") {
            of_pem(text)?
        } else if text.starts_with(b"{") {
            jwk::read(text, family, jwk_names)?
        } else {
            of_digits(text, family)?
        };
        if material.family() == family { Ok(material) } else { Err(PublicKeyError::OtherAlgorithm) }
    }

    fn family(&self) -> Family {
        match self {
            Self::Ed25519(_) => Family::Ed25519,
            Self::P256(_) => Family::P256,
            Self::Rsa(_) => Family::Rsa,
        }
    }
}

fn of_pem(text: &[u8]) -> Result<Material, PublicKeyError> {
    let blocks = pem::blocks(text).ok_or(PublicKeyError::NotAKey)?;
    match &*blocks {
        [block] if block.label == b"PUBLIC KEY" => {
            of_der(&block.decode().ok_or(PublicKeyError::NotAKey)?)
        }
        [block] if block.label == b"RSA PUBLIC KEY" => {
            let der = block.decode().ok_or(PublicKeyError::NotAKey)?;
            if is_rsa(&der) {
                Ok(Material::Rsa(der.to_vec()))
            } else {
                Err(PublicKeyError::NotAKey)
            }
        }
        blocks => of_der(&Certificate::first_of(blocks)?.public_der()?),
    }
}

/// Hex or base64, told apart by the length: no encoding of one of these keys is as long in hex as
/// that of another in base64.
fn of_digits(text: &[u8], family: Family) -> Result<Material, PublicKeyError> {
    // Standard Webhooks' prefix of a private key.
    if text.starts_with(b"whsk_") {
        return Err(PublicKeyError::Private);
    }
    let (text, is_raw) = match text.strip_prefix(b"whpk_") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let bytes = decode(text, !is_raw).ok_or(PublicKeyError::NotAKey)?;
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        // Without the prefix, 32 bytes may as well be a secret of any kind.
        Ok(key) if is_raw || family == Family::Ed25519 => Ok(Material::Ed25519(key)),
        // The seed and the public key, as many libraries keep private keys.
        Err(_) if bytes.len() == 64 && family == Family::Ed25519 => Err(PublicKeyError::Private),
        Err(_) if !is_raw => of_der(&bytes),
        _ => Err(PublicKeyError::NotAKey),
    }
}

/// The bytes of hex, where it is taken, or of base64.
fn decode(digits: &[u8], hex: bool) -> Option<Zeroizing<Vec<u8>>> {
    let is_hex =
        hex && matches!(digits.len(), 64 | 128) && digits.iter().all(u8::is_ascii_hexdigit);
    let bytes = if is_hex {
        const_hex::decode(digits).ok()?
    } else {
        BASE64_STANDARD.decode(digits).ok()?
    };
    Some(Zeroizing::new(bytes))
}

/// Reads `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
fn of_der(der: &[u8]) -> Result<Material, PublicKeyError> {
    let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) else {
        return Err(if is_private(der) {
            PublicKeyError::Private
        } else {
            PublicKeyError::NotAKey
        });
    };
    let key = info.subject_public_key.as_bytes().ok_or(PublicKeyError::NotAKey)?;
    let parameters = info.algorithm.parameters;
    match info.algorithm.oid {
        // Without parameters (RFC 8410, section 3).
        ED25519 if parameters.is_none() => {
            key.try_into().map(Material::Ed25519).map_err(|_| PublicKeyError::NotAKey)
        }
        EC => match parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok()) {
            Some(P256) => Ok(Material::P256(key.to_vec())),
            Some(_) => Err(PublicKeyError::OtherAlgorithm),
            // A curve written out, which RFC 5480, section 2.1.1 forbids.
            None => Err(PublicKeyError::NotAKey),
        },
        RSA if parameters.is_none_or(AnyRef::is_null) && is_rsa(key) => {
            Ok(Material::Rsa(key.to_vec()))
        }
        ED25519 | RSA => Err(PublicKeyError::NotAKey),
        _ => Err(PublicKeyError::OtherAlgorithm),
    }
}

/// Whether this is `RSAPublicKey`, two numbers and nothing else.
fn is_rsa(der: &[u8]) -> bool {
    let numbers = AnyRef::from_der(der).and_then(|any| {
        any.sequence(|reader| {
            reader.decode::<UintRef<'_>>()?;
            reader.decode::<UintRef<'_>>().map(drop)
        })
    });
    numbers.is_ok()
}

/// Whether this is a private key of PKCS#8, PKCS#1 or SEC 1: a sequence that begins with its
/// version, 0 or 1.
fn is_private(der: &[u8]) -> bool {
    let version = AnyRef::from_der(der).and_then(|any| {
        any.sequence(|reader| {
            let version: u8 = reader.decode()?;
            reader.drain(reader.remaining_len())?;
            Ok::<_, x509_cert::der::Error>(version)
        })
    });
    matches!(version, Ok(0 | 1))
}

/// The bytes of a private key: PKCS#8 from PEM or base64, or the 32 of a seed.
#[cfg(feature = "sign")]
pub(crate) fn private(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, PublicKeyError> {
    let bytes = if text.starts_with(b"-----") {
        match pem::blocks(text).as_deref() {
            Some([block]) if block.label == b"PRIVATE KEY" => block.decode(),
            _ => None,
        }
    } else {
        decode(text, true)
    };
    bytes.ok_or(PublicKeyError::NotAKey)
}

/// What PKCS#8 (RFC 5958, section 2) wraps: for RSA, `RSAPrivateKey`.
#[cfg(all(feature = "jwt", feature = "sign"))]
pub(crate) fn inside_pkcs8(der: &[u8]) -> Option<&[u8]> {
    let inside = AnyRef::from_der(der).and_then(|any| {
        any.sequence(|reader| {
            reader.decode::<u8>()?;
            reader.decode::<AnyRef<'_>>()?;
            let key = reader.decode::<&OctetStringRef>()?;
            reader.drain(reader.remaining_len())?;
            Ok::<_, x509_cert::der::Error>(key)
        })
    });
    inside.ok().map(OctetStringRef::as_bytes)
}
