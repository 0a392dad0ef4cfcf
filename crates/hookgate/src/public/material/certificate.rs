//! X.509 certificates (RFC 5280) that are given or pinned.
//!
//! No chain is built and no issuer's signature looked at. A certificate comes from the user, who
//! has pinned it, or from a key source that fetched it over HTTPS from a host that the provider
//! documents, which is where the trust comes from: PayPal and SNS name the certificate's address in
//! the request, and the host of that address is what their documents tell receivers to check. What
//! is left for the certificate is to be in its time and to bear the provider's name.

use x509_cert::der::{Decode, Encode};
#[cfg(feature = "rsa")]
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};

use super::pem;
#[cfg(feature = "rsa")]
use crate::UnixTime;
use crate::public::PublicKeyError;

/// A certificate whose key can be used once its time and its names have been looked at.
#[derive(Clone)]
pub(crate) struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// The first of a chain, which is the sender's own (RFC 5246, section 7.4.2).
    pub(super) fn first_of(blocks: &[pem::Block<'_>]) -> Result<Self, PublicKeyError> {
        if blocks.iter().any(|block| block.label.ends_with(b"PRIVATE KEY")) {
            return Err(PublicKeyError::Private);
        }
        if blocks.iter().any(|block| block.label != b"CERTIFICATE") {
            return Err(PublicKeyError::NotAKey);
        }
        let der = blocks.first().and_then(pem::Block::decode).ok_or(PublicKeyError::NotAKey)?;
        x509_cert::Certificate::from_der(&der).map(Self).map_err(|_| PublicKeyError::NotAKey)
    }

    /// The key as `SubjectPublicKeyInfo` in DER.
    pub(super) fn public_der(&self) -> Result<Vec<u8>, PublicKeyError> {
        let key = self.0.tbs_certificate().subject_public_key_info();
        key.to_der().map_err(|_| PublicKeyError::NotAKey)
    }
}

/// What the providers that sign with certificates need. All of them use RSA.
#[cfg(feature = "rsa")]
impl Certificate {
    /// The certificate that a key came in. `None` where it is a key alone.
    pub(crate) fn in_text(text: &[u8]) -> Result<Option<Self>, PublicKeyError> {
        if text.starts_with(b"-----BEGIN CERTIFICATE-----") {
            Self::parse(text).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads PEM. Of a chain, the first is the one, and the others are not looked at.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, PublicKeyError> {
        let blocks = pem::blocks(text).ok_or(PublicKeyError::NotAKey)?;
        Self::first_of(&blocks)
    }

    /// Looks at the first and the last second of the certificate, both of which belong to it
    /// (RFC 5280, section 4.1.2.5).
    ///
    /// # Errors
    ///
    /// [`PublicKeyError::Expired`] or [`PublicKeyError::NotYetValid`].
    pub(crate) fn valid_at(&self, now: UnixTime) -> Result<(), PublicKeyError> {
        let validity = self.0.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        if now.as_secs() < seconds(validity.not_before) {
            return Err(PublicKeyError::NotYetValid);
        }
        if now.as_secs() > seconds(validity.not_after) {
            return Err(PublicKeyError::Expired);
        }
        Ok(())
    }

    /// The hosts that it is for: its DNS names, or its common name where it has no alternative
    /// names at all. Names that are no printable ASCII are left out.
    pub(crate) fn names(&self) -> Vec<String> {
        let certificate = self.0.tbs_certificate();
        let names: Vec<String> = match certificate.get_extension::<SubjectAltName>() {
            Ok(Some((_, SubjectAltName(names)))) => names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::DnsName(name) => Some(name.to_string()),
                    _ => None,
                })
                .collect(),
            Ok(None) => {
                let name = certificate.subject().common_name().ok().flatten();
                name.map(|name| name.value().into_owned()).into_iter().collect()
            }
            Err(_) => Vec::new(),
        };
        let is_plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_graphic());
        names.into_iter().filter(is_plain).collect()
    }

    /// Whether one of its names is the host, in any ASCII case; after `*.`, a host at any depth
    /// below it (`*.paypal.com`).
    pub(crate) fn is_named(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.names().iter().any(|name| {
            let name = name.to_ascii_lowercase();
            match host.strip_prefix('*') {
                // Longer, so that something stands before the dot.
                Some(below) => name.len() > below.len() && name.ends_with(below),
                None => name == host,
            }
        })
    }
}

#[cfg(feature = "rsa")]
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificate").field(&self.names()).finish()
    }
}
