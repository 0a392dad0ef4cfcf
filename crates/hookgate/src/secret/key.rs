//! From a secret to the bytes of the key.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Secret;
use crate::public::PublicKeyError;
use crate::scheme::KeyForm;

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is empty.
    #[error("it is empty: anyone can sign with an empty key")]
    Empty,
    /// It ends in a line break.
    #[error(
        "it ends in a line break, which files and shells leave behind: cut it off, or use \
         Secret::exact if it belongs to the secret"
    )]
    LineBreak,
    /// It holds white space, and encodes bytes.
    #[error("it holds white space: paste the encoded key alone")]
    WhiteSpace,
    /// It is not hex.
    #[error("it is not hex, as this provider's keys are")]
    NotHex,
    /// It is not base64.
    #[error("it is not base64, as this provider's keys are")]
    NotBase64,
    /// It decodes to no bytes.
    #[error("it decodes to no bytes: anyone can sign with an empty key")]
    DecodesToNothing,
    /// It is something else of the provider's, and where the right one is.
    #[error("it is not the secret of a webhook: {0}")]
    Mistaken(&'static str),
    /// It is nothing but white space.
    #[error("it is nothing but white space")]
    Blank,
    /// It is nothing but zero bytes.
    #[error("it is nothing but zero bytes: anyone can sign with it")]
    Zeros,
    /// The algorithm takes no key of this length.
    #[error("the algorithm takes no key of this length")]
    Length,
    /// It is not ASCII, and its normalisation is not compiled in.
    #[error("it is not ASCII: keys of this provider then need hookgate's feature `nfkd`")]
    NotAscii,
    /// It is not valid UTF-8, as text has to be that is normalised.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is a key without its name.
    #[error("it lacks its name: give it as `public key|private key`, or label it")]
    NoName,
    /// What is wrong with a public key.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
}

/// The bytes of the key, as the scheme makes them from the secret.
pub(crate) fn key_bytes(secret: &Secret, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let bytes = secret.as_bytes();
    if bytes.is_empty() {
        return Err(SecretError::Empty);
    }
    let key = match form {
        KeyForm::Text => text(secret)?.clone(),
        KeyForm::Nfkd => nfkd(text(secret)?)?,
        KeyForm::Sha1OfText => Zeroizing::new(Sha1::digest(&**text(secret)?).to_vec()),
        KeyForm::NamedSha1 => {
            let text = text(secret)?;
            let key = match name_of(text) {
                Some((_, key)) => key,
                None if secret.label().is_some() && !text.contains(&b'|') => &**text,
                None => return Err(SecretError::NoName),
            };
            if key.iter().all(|byte| *byte == 0) {
                return Err(SecretError::Zeros);
            }
            Zeroizing::new(Sha1::digest(key).to_vec())
        }
        KeyForm::Sha256OfText => Zeroizing::new(Sha256::digest(&**text(secret)?).to_vec()),
        // Parsed where it is used.
        KeyForm::PublicKey => return Ok(secret.bytes.clone()),
        KeyForm::Hex => {
            let digits = without_space(bytes)?;
            // The decoder would take `0x` for a prefix.
            let hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
            let key = if hex { const_hex::decode(digits).ok() } else { None };
            Zeroizing::new(key.ok_or(SecretError::NotHex)?)
        }
        KeyForm::Base64 => base64_key(without_space(bytes)?, &BASE64_STANDARD)?,
        KeyForm::Whsec => {
            let text = without_space(bytes)?;
            let text = text.strip_prefix(b"v1,").unwrap_or(text);
            base64_key(text.strip_prefix(b"whsec_").unwrap_or(text), &UNPADDED_TOO)?
        }
    };
    if key.is_empty() {
        return Err(SecretError::DecodesToNothing);
    }
    // HMAC pads keys with zeros (RFC 2104, section 2): to it such a key is the empty one.
    if key.iter().all(|byte| *byte == 0) {
        return Err(SecretError::Zeros);
    }
    Ok(key)
}

/// The name and the key of a secret that is both; neither is empty, and the name can be shown.
pub(crate) fn name_of(secret: &[u8]) -> Option<(&str, &[u8])> {
    let at = secret.iter().position(|byte| *byte == b'|')?;
    let (name, key) = secret.split_at_checked(at)?;
    let key = key.get(1..).filter(|key| !is_blank(key))?;
    let visible = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(name).ok().filter(|_| visible).map(|name| (name, key))
}

/// A secret that is used as text.
fn text(secret: &Secret) -> Result<&Zeroizing<Vec<u8>>, SecretError> {
    let bytes = &secret.bytes;
    let line_break = bytes.ends_with(b"\n") || bytes.ends_with(b"\r");
    if line_break && !secret.exact {
        return Err(SecretError::LineBreak);
    }
    if is_blank(bytes) {
        return Err(SecretError::Blank);
    }
    // What a form makes of it would hide that it is nothing.
    if bytes.iter().all(|byte| *byte == 0) {
        return Err(SecretError::Zeros);
    }
    Ok(bytes)
}

/// Whether it is nothing but white space, of Unicode's too: what normalisation makes spaces of.
fn is_blank(text: &[u8]) -> bool {
    let is_space = |char: char| char.is_whitespace() || matches!(char, '\u{200b}' | '\u{feff}');
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().all(is_space),
        Err(_) => false,
    }
}

/// Unicode normalisation form KD, under which ASCII stays as it is.
fn nfkd(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    if bytes.is_ascii() {
        return Ok(Zeroizing::new(bytes.to_vec()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| SecretError::NotUtf8)?;
    #[cfg(feature = "nfkd")]
    {
        use unicode_normalization::UnicodeNormalization;

        let normal: Zeroizing<String> = Zeroizing::new(text.nfkd().collect());
        Ok(Zeroizing::new(normal.as_bytes().to_vec()))
    }
    #[cfg(not(feature = "nfkd"))]
    {
        let _ = text;
        Err(SecretError::NotAscii)
    }
}

fn without_space(bytes: &[u8]) -> Result<&[u8], SecretError> {
    let space = bytes.iter().any(u8::is_ascii_whitespace);
    if space { Err(SecretError::WhiteSpace) } else { Ok(bytes) }
}

/// Senders after Standard Webhooks may leave the padding of their secrets out. That spare bits are
/// zero stays: else the end of the secret was lost.
const UNPADDED_TOO: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn base64_key(text: &[u8], base64: &GeneralPurpose) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    if text.is_empty() {
        return Err(SecretError::DecodesToNothing);
    }
    base64.decode(text).map(Zeroizing::new).map_err(|_| SecretError::NotBase64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(secret: &Secret, form: KeyForm) -> Result<Vec<u8>, SecretError> {
        key_bytes(secret, form).map(|key| key.to_vec())
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        use KeyForm::{Base64, Hex, Text, Whsec};
        for (secret, form, want) in [
            ("", Text, SecretError::Empty),
            ("", Whsec, SecretError::Empty),
            ("s3cret\n", Text, SecretError::LineBreak),
            ("s3cret\r\n", Text, SecretError::LineBreak),
            ("s3cret\r", Text, SecretError::LineBreak),
            ("c2VjcmV0\n", Base64, SecretError::WhiteSpace),
            ("c2Vj cmV0", Base64, SecretError::WhiteSpace),
            ("00ff ", Hex, SecretError::WhiteSpace),
            ("\twhsec_c2VjcmV0", Whsec, SecretError::WhiteSpace),
            ("whsec_", Whsec, SecretError::DecodesToNothing),
            ("v1,whsec_", Whsec, SecretError::DecodesToNothing),
            ("whsec_!!!!", Whsec, SecretError::NotBase64),
            ("whsec_c2VjcmV", Whsec, SecretError::NotBase64),
            ("whsec_c2Vjc", Whsec, SecretError::NotBase64),
            ("c2VjcmU", Base64, SecretError::NotBase64),
            ("c2VjcmV0_-==", Base64, SecretError::NotBase64),
            ("0x00ff", Hex, SecretError::NotHex),
            ("0x", Hex, SecretError::NotHex),
            ("00f", Hex, SecretError::NotHex),
            ("zz", Hex, SecretError::NotHex),
        ] {
            assert_eq!(key(&secret.into(), form), Err(want), "{secret:?}");
        }
    }

    #[test]
    fn text_is_used_to_the_letter_and_encoded_keys_are_decoded() {
        use KeyForm::{Base64, Hex, Text, Whsec};
        for (secret, form, want) in [
            ("c2VjcmV0", Text, &b"c2VjcmV0"[..]),
            (" s ", Text, b" s "),
            ("whsec_c2VjcmV0", Text, b"whsec_c2VjcmV0"),
            ("c2VjcmV0", Base64, b"secret"),
            ("whsec_c2VjcmV0", Whsec, b"secret"),
            ("v1,whsec_c2VjcmV0", Whsec, b"secret"),
            ("c2VjcmV0", Whsec, b"secret"),
            ("c2VjcmU=", Whsec, b"secre"),
            ("c2VjcmU", Whsec, b"secre"),
            ("whsec_c2VjcjI", Whsec, b"secr2"),
            ("00fF", Hex, b"\x00\xff"),
        ] {
            assert_eq!(key(&secret.into(), form).unwrap(), want, "{secret:?}");
        }
        assert_eq!(key(&Secret::exact("s\n"), Text).unwrap(), b"s\n");
    }

    /// Texts that are nearly keys.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "(v1,)?(whsec_)?[A-Za-z0-9+/_-]{0,24}={0,3}[ \n]?".prop_map(String::into_bytes),
            "(0x)?[0-9a-fA-Fg]{0,24}[ \n]?".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..24),
        ]
    }

    proptest! {
        #[test]
        fn a_key_has_one_text_but_for_padding(text in texts()) {
            let secret = Secret::exact(text.clone());
            let lower = |text: &[u8]| text.to_ascii_lowercase();
            if let Ok(key) = key(&secret, KeyForm::Hex) {
                prop_assert_eq!(const_hex::encode(&key).into_bytes(), lower(&text));
            }
            if let Ok(key) = key(&secret, KeyForm::Base64) {
                prop_assert_eq!(BASE64_STANDARD.encode(&key).into_bytes(), text.clone());
            }
            if let Ok(key) = key(&secret, KeyForm::Whsec) {
                let padded = BASE64_STANDARD.encode(&key);
                let is_one = ["", "whsec_", "v1,", "v1,whsec_"].iter().any(|before| {
                    [&*padded, padded.trim_end_matches('=')]
                        .iter()
                        .any(|digits| format!("{before}{digits}").as_bytes() == text)
                });
                prop_assert!(is_one, "{}", text.escape_ascii());
            }
            for form in [KeyForm::Text, KeyForm::Hex, KeyForm::Base64, KeyForm::Whsec] {
                match key(&secret, form) {
                    // HMAC would take such a key for the empty one.
                    Ok(key) => prop_assert!(key.iter().any(|byte| *byte != 0)),
                    Err(error) => prop_assert!(error.to_string().len() < 200),
                }
            }
        }
    }
}
