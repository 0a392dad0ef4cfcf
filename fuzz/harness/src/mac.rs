//! A signer that shares no code with the core.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use hookgate::scheme::Algorithm;
use sha2::{Sha256, Sha512};

use crate::{broken, must};

/// The secret of the endpoints here.
pub(crate) const SECRET: &str = "a proper secret of the harness";

/// HMAC-SHA256 under [`SECRET`].
pub(crate) fn mac(text: &[u8]) -> Vec<u8> {
    mac_of(Algorithm::HmacSha256, SECRET, text)
}

pub(crate) fn mac_of(algorithm: Algorithm, secret: &str, text: &[u8]) -> Vec<u8> {
    fn run<M: Mac + KeyInit>(secret: &str, text: &[u8]) -> Vec<u8> {
        let mut mac: M = must(KeyInit::new_from_slice(secret.as_bytes()).ok(), "any key will do");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
    match algorithm {
        Algorithm::HmacSha256 => run::<Hmac<Sha256>>(secret, text),
        Algorithm::HmacSha512 => run::<Hmac<Sha512>>(secret, text),
        _ => broken("an algorithm that the harness does not know"),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Puts texts in place of the words that stand for them.
pub(crate) fn fill(text: &[u8], words: &[(&str, String)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((first, next)) = rest.split_first() {
        match words.iter().find(|(word, _)| rest.starts_with(word.as_bytes())) {
            Some((word, text)) => {
                out.extend_from_slice(text.as_bytes());
                rest = rest.get(word.len()..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = next;
            }
        }
    }
    out
}

/// The words for a MAC in the encodings that schemes use.
pub(crate) fn words(mac: &[u8]) -> [(&'static str, String); 3] {
    [("{hex}", hex(mac)), ("{HEX}", hex(mac).to_ascii_uppercase()), ("{b64}", base64(mac))]
}
