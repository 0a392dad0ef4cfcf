//! From the signature's header to the bytes of the candidates.

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::rejection::RejectionKind;
use crate::scheme::Encoding;

/// The most candidate signatures that are looked at; a header with more is refused. Rotations
/// send two or three.
const MAX_CANDIDATES: usize = 128;

/// The bytes of one signature or MAC.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    bytes: [u8; 64],
    length: usize,
}

impl Tag {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Decodes a signature of exactly `length` bytes. Nothing is trimmed: every signature has one
    /// text (two in hex, by case).
    fn decode(text: &[u8], encoding: Encoding, length: usize) -> Option<Self> {
        match encoding {
            Encoding::Hex => Self::from_hex(text, length),
            Encoding::Base64 => Self::from_base64(text, length),
            // 64 digits or 44 characters for 32 bytes: no text can be both.
            Encoding::HexOrBase64 => {
                if text.len() == length.saturating_mul(2) {
                    Self::from_hex(text, length)
                } else {
                    Self::from_base64(text, length)
                }
            }
        }
    }

    fn from_hex(text: &[u8], length: usize) -> Option<Self> {
        // The decoder would take `0x` for a prefix: the digits have to be exactly as many as the
        // bytes need.
        if text.len() != length.saturating_mul(2) || text.starts_with(b"0x") {
            return None;
        }
        let mut bytes = [0; 64];
        const_hex::decode_to_slice(text, bytes.get_mut(..length)?).ok()?;
        Some(Self { bytes, length })
    }

    fn from_base64(text: &[u8], length: usize) -> Option<Self> {
        if text.len() != length.div_ceil(3).saturating_mul(4) {
            return None;
        }
        // The decoder writes whole groups of three bytes.
        let mut whole = [0; 66];
        if BASE64_STANDARD.decode_slice(text, &mut whole).ok()? != length {
            return None;
        }
        let mut bytes = [0; 64];
        bytes.get_mut(..length)?.copy_from_slice(whole.get(..length)?);
        Some(Self { bytes, length })
    }
}

impl std::fmt::Debug for Tag {
    /// A candidate may be right for another request: it is not shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tag({} bytes)", self.length)
    }
}

/// The signatures that a request offers: one for most schemes.
#[derive(Debug)]
pub(crate) enum Candidates {
    One(Tag),
    Many(Box<[Tag]>),
}

impl Candidates {
    pub(crate) fn as_slice(&self) -> &[Tag] {
        match self {
            Self::One(tag) => std::slice::from_ref(tag),
            Self::Many(tags) => tags,
        }
    }
}

/// How to read the header: [`Framing`](crate::scheme::Framing), owned.
#[derive(Clone, Debug)]
pub(crate) enum FramingPlan {
    Bare,
    Prefix(Box<[u8]>),
    List { items: Box<[u8]>, pair: Box<[u8]>, name: Box<[u8]> },
}

/// Reads the candidates out of the header's one value.
pub(crate) fn read(
    value: &[u8],
    framing: &FramingPlan,
    encoding: Encoding,
    length: usize,
) -> Result<Candidates, RejectionKind> {
    if value.is_empty() {
        return Err(RejectionKind::EmptySignature);
    }
    let one = |text| Tag::decode(text, encoding, length).map(Candidates::One);
    match framing {
        FramingPlan::Bare => one(value),
        FramingPlan::Prefix(prefix) => value.strip_prefix(&**prefix).and_then(one),
        FramingPlan::List { items, pair, name } => {
            let mut tags = Vec::new();
            let mut named = 0_usize;
            for (key, text) in pairs(value, items, pair) {
                if key != &**name {
                    continue;
                }
                named = named.saturating_add(1);
                if named > MAX_CANDIDATES {
                    return Err(RejectionKind::TooManySignatures);
                }
                // One that cannot be decoded is not the receiver's, and does not spoil the rest.
                tags.extend(Tag::decode(text, encoding, length));
            }
            match *tags {
                [] => None,
                [tag] => Some(Candidates::One(tag)),
                _ => Some(Candidates::Many(tags.into())),
            }
        }
    }
    .ok_or(RejectionKind::MalformedSignature)
}

/// The value of a field that has to stand in a list exactly once.
pub(crate) fn field<'v>(
    value: &'v [u8],
    framing: &'v FramingPlan,
    name: &[u8],
) -> Result<Option<&'v [u8]>, Twice> {
    let FramingPlan::List { items, pair, .. } = framing else {
        return Ok(None);
    };
    let mut found = None;
    for (key, text) in pairs(value, items, pair) {
        if key == name && found.replace(text).is_some() {
            return Err(Twice);
        }
    }
    Ok(found)
}

/// A field occurred twice: two readers could take different ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twice;

/// The items of a list that have a name. Nothing is trimmed; junk between separators is no item.
fn pairs<'v>(
    value: &'v [u8],
    items: &'v [u8],
    pair: &'v [u8],
) -> impl Iterator<Item = (&'v [u8], &'v [u8])> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let all = rest?;
        let (item, next) = match split_once(all, items) {
            Some((item, next)) => (item, Some(next)),
            None => (all, None),
        };
        rest = next;
        Some(item)
    })
    .filter_map(move |item| split_once(item, pair))
}

/// Cuts at the first `separator`. An empty one, which no compiled scheme has, cuts nowhere.
fn split_once<'v>(text: &'v [u8], separator: &[u8]) -> Option<(&'v [u8], &'v [u8])> {
    if separator.is_empty() {
        return None;
    }
    let at = text.windows(separator.len()).position(|window| window == separator)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "6206491ddab1218e7d6a9c8b3fbaa43da7858ee678dc6cd53a4dcabf0216568e";
    const BASE64: &str = "A3iBUQwqPynbXaetpPH6u5+TXqM3QHV/QV9d2PQZkmI=";

    fn list() -> FramingPlan {
        let own = |text: &str| Box::from(text.as_bytes());
        FramingPlan::List { items: own(","), pair: own("="), name: own("v1") }
    }

    fn count(
        value: &str,
        framing: &FramingPlan,
        encoding: Encoding,
    ) -> Result<usize, RejectionKind> {
        read(value.as_bytes(), framing, encoding, 32).map(|found| found.as_slice().len())
    }

    #[test]
    fn one_signature_has_one_text() {
        use Encoding::{Base64, Hex, HexOrBase64};
        let upper = HEX.to_ascii_uppercase();
        for (value, encoding) in [
            (HEX, Hex),
            (&*upper, Hex),
            (BASE64, Base64),
            (HEX, HexOrBase64),
            (BASE64, HexOrBase64),
        ] {
            assert_eq!(count(value, &FramingPlan::Bare, encoding), Ok(1), "{value}");
        }
        let zero_x = format!("0x{}", &HEX[2..]);
        let zero_x_more = format!("0x{HEX}");
        for (value, encoding) in [
            (&HEX[..63], Hex),
            (&HEX[..62], Hex),
            (&*format!("{HEX}00"), Hex),
            (&*format!(" {HEX}"), Hex),
            (&*format!("{HEX}\n"), Hex),
            (&*format!("zz-{HEX}--zz"), Hex),
            (&*format!("sha256={HEX}"), Hex),
            (&*HEX.replace('9', "g"), Hex),
            (&*zero_x, Hex),
            (&*zero_x_more, Hex),
            (BASE64, Hex),
            (HEX, Base64),
            (&*BASE64.replace('+', "-"), Base64),
            (&*BASE64.replace('=', ""), Base64),
            (&*format!("{BASE64}="), Base64),
            (&*BASE64.replace("mI=", "mJ="), Base64),
            (&*BASE64.replace("mI=", "=I="), Base64),
            (&*format!("{BASE64}\n"), Base64),
            (&*format!("\"{BASE64}\""), Base64),
            ("A", HexOrBase64),
            ("é", HexOrBase64),
        ] {
            let got = count(value, &FramingPlan::Bare, encoding);
            assert_eq!(got, Err(RejectionKind::MalformedSignature), "{value}");
        }
    }

    #[test]
    fn a_prefix_is_the_schemes_or_none_is() {
        let framing = FramingPlan::Prefix(Box::from(&b"sha256="[..]));
        assert_eq!(count(&format!("sha256={HEX}"), &framing, Encoding::Hex), Ok(1));
        for value in [HEX.into(), format!("sha1={HEX}"), format!("SHA256={HEX}"), "sha256=".into()]
        {
            assert!(count(&value, &framing, Encoding::Hex).is_err(), "{value}");
        }
    }

    #[test]
    fn a_list_passes_over_junk_and_is_bounded() {
        let junk = format!(",,=,v1,v1=,v1=zz,v0={HEX},v1={HEX},v1={HEX},");
        assert_eq!(count(&junk, &list(), Encoding::Hex), Ok(2));
        for value in
            [format!("v0={HEX}"), HEX.into(), "v1=zz".into(), ",".into(), format!("v1 ={HEX}")]
        {
            assert_eq!(
                count(&value, &list(), Encoding::Hex),
                Err(RejectionKind::MalformedSignature),
                "{value}"
            );
        }
        let many = |n: usize| vec![format!("v1={HEX}"); n].join(",");
        assert_eq!(count(&many(128), &list(), Encoding::Hex), Ok(128));
        let too_many = Err(RejectionKind::TooManySignatures);
        assert_eq!(count(&many(129), &list(), Encoding::Hex), too_many);
        assert_eq!(count(&many(10_000), &list(), Encoding::Hex), too_many);
    }

    #[test]
    fn a_field_stands_once() {
        let value = b"t=17,v1=aa,t2=1";
        assert_eq!(field(value, &list(), b"t").unwrap(), Some(&b"17"[..]));
        assert_eq!(field(value, &list(), b"x").unwrap(), None);
        assert!(field(b"t=17,t=17", &list(), b"t").is_err());
    }

    proptest! {
        #[test]
        fn no_header_panics(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            for framing in [FramingPlan::Bare, list(), FramingPlan::Prefix(Box::from(&b"v"[..]))] {
                for encoding in [Encoding::Hex, Encoding::Base64, Encoding::HexOrBase64] {
                    for length in [32, 64] {
                        let _ = read(&value, &framing, encoding, length);
                    }
                }
                let _ = field(&value, &framing, b"t");
            }
        }

        #[test]
        fn what_decodes_encodes_to_the_same_text(bytes in any::<[u8; 32]>()) {
            let text = BASE64_STANDARD.encode(bytes);
            let tag = Tag::decode(text.as_bytes(), Encoding::HexOrBase64, 32).unwrap();
            prop_assert_eq!(tag.as_bytes(), &bytes[..]);
            let text = const_hex::encode(bytes);
            let tag = Tag::decode(text.as_bytes(), Encoding::HexOrBase64, 32).unwrap();
            prop_assert_eq!(tag.as_bytes(), &bytes[..]);
        }
    }
}
