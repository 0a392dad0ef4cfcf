//! Keys that nobody holds: requests of unknown tenants are held against them, so that they cost
//! what a wrong signature does. Their private halves were thrown away when they were made.

use super::{Asymmetric, PublicKey};

const ED25519: &str = "MCowBQYDK2VwAyEAmS/vGdjOCQi0V6Xe5dFtUE3kMz8i/QJDPyat6OLVQ1A=";

const P256: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERXVPD8uOqW6oPhG7fq62l8hAzPgAdKzfV2+AJ5VgCtWt",
    "qe/31Sm7VY+1SXC0FpMASh0/sMqSe94woWIJICr9YQ==",
);

const RSA: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuVkEAykv6Vcj/v2e2Wn/TawvKtrWPrxR8wqh",
    "pUP6B6UGdegZpyHJXl0lc5q88JfRjGZLBocjGONYH9216GqnLX9XIIw9qmM65/wQo3x1Vd3lXTuQ9qRh",
    "Tl9Zd8E/YHePmUiXs/JvZ/C27lqXim+Tfseo21wazlWPkaaqpVzb8FP7RePmpbJN0ZuYYBKHJKgYCCd4",
    "zufAcTZX1ozHjen9pyATWYm33wqe3118ivNxa7bnWvG6XlASE4EmShQcIahpOnOnGshPjbXQ7rmHs0aF",
    "zqmmTw5z9JtxkrFikC2dFiLZLIX3oaSNW8FhSFgYLbJVi91Q2mrhrlseO3L/UvzcxQIDAQAB",
);

/// A key of the algorithm that nobody holds, as it would be pasted.
pub(crate) const fn decoy_text(algorithm: Asymmetric) -> &'static str {
    match algorithm {
        Asymmetric::Ed25519 => ED25519,
        Asymmetric::EcdsaP256Sha256 | Asymmetric::EcdsaP256Sha1 => P256,
        Asymmetric::RsaSha1 | Asymmetric::RsaSha256 | Asymmetric::RsaSha512 => RSA,
    }
}

impl PublicKey {
    /// A key of the algorithm that nobody holds. `None` where its feature is off.
    pub(crate) fn decoy(algorithm: Asymmetric) -> Option<Self> {
        Self::parse(decoy_text(algorithm).as_bytes(), algorithm).ok()
    }
}
