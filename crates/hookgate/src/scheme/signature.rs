//! From the signature's header to the bytes of the candidates.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};

use crate::rejection::RejectionKind;
use crate::scheme::{Encoding, Length};

/// The most candidate signatures that are looked at; a header with more is refused. Rotations
/// send two or three.
const MAX_CANDIDATES: usize = 128;

/// The same where each costs an operation on curves or large numbers.
const MAX_COSTLY_CANDIDATES: usize = 8;

/// The bytes of one signature, MAC or token.
#[derive(Clone)]
pub(crate) enum Tag {
    /// Up to 32 bytes: what nearly everyone sends.
    Short([u8; 32], u8),
    Long(Box<[u8]>),
}

impl Tag {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut short = [0; 32];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(start), Ok(length)) => {
                start.copy_from_slice(bytes);
                Self::Short(short, length)
            }
            _ => Self::Long(bytes.into()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes, length) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }

    /// Decodes a signature. Nothing is trimmed: every signature has one text (two in hex, by case).
    pub(crate) fn decode(text: &[u8], encoding: Encoding, length: Length) -> Option<Self> {
        match encoding {
            Encoding::Hex => Self::from_hex(text, length),
            Encoding::Base64 => Self::from_base64(text, &BASE64_STANDARD, length),
            Encoding::Base64Url => Self::from_base64(text, &BASE64_URL_SAFE_NO_PAD, length),
            // 64 digits or 44 characters for 32 bytes: no text can be both.
            Encoding::HexOrBase64 => {
                if length.fits(text.len() / 2) && text.len().is_multiple_of(2) {
                    Self::from_hex(text, length)
                } else {
                    Self::from_base64(text, &BASE64_STANDARD, length)
                }
            }
            Encoding::Text => length.fits(text.len()).then(|| Self::new(text)),
        }
    }

    fn from_hex(text: &[u8], length: Length) -> Option<Self> {
        // The decoder would take `0x` for a prefix: the digits have to be exactly as many as the
        // bytes need.
        if !text.len().is_multiple_of(2) || !length.fits(text.len() / 2) || text.starts_with(b"0x")
        {
            return None;
        }
        let mut short = [0; 32];
        match short.get_mut(..text.len() / 2) {
            Some(bytes) => {
                const_hex::decode_to_slice(text, bytes).ok()?;
                Some(Self::new(bytes))
            }
            None => const_hex::decode(text).ok().map(|bytes| Self::Long(bytes.into())),
        }
    }

    fn from_base64(text: &[u8], engine: &impl Engine, length: Length) -> Option<Self> {
        // The decoder writes whole groups of three bytes.
        let mut short = [0; 36];
        let most = text.len().div_ceil(4).saturating_mul(3);
        if most <= short.len() {
            let written = engine.decode_slice(text, &mut short).ok()?;
            let bytes = short.get(..written).filter(|bytes| length.fits(bytes.len()))?;
            return Some(Self::new(bytes));
        }
        // Longer than any signature: not worth a buffer.
        if most > 2 * 1024 {
            return None;
        }
        let bytes = engine.decode(text).ok().filter(|bytes| length.fits(bytes.len()))?;
        Some(Self::Long(bytes.into()))
    }
}

impl std::fmt::Debug for Tag {
    /// A candidate may be right for another request: it is not shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tag({} bytes)", self.as_bytes().len())
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

    /// `None` where there is none.
    pub(crate) fn of(mut tags: Vec<Tag>) -> Option<Self> {
        match tags.len() {
            0 => None,
            1 => tags.pop().map(Self::One),
            _ => Some(Self::Many(tags.into())),
        }
    }
}

/// How to read the place of the signature: [`Framing`](crate::scheme::Framing), owned.
#[derive(Clone, Debug)]
pub(crate) enum FramingPlan {
    Bare,
    Prefix(Box<[u8]>),
    AuthScheme(Box<[u8]>),
    List(ListPlan),
    Positional {
        items: Box<[u8]>,
        first: usize,
    },
    Parts {
        items: Box<[u8]>,
        parts: Box<[u8]>,
        signature: usize,
        algorithm: Option<(usize, Box<[u8]>)>,
    },
    Groups {
        groups: Box<[u8]>,
        list: ListPlan,
    },
}

/// A list of named values.
#[derive(Clone, Debug)]
pub(crate) struct ListPlan {
    pub(crate) items: Box<[u8]>,
    pub(crate) pair: Box<[u8]>,
    pub(crate) name: Box<[u8]>,
}

/// How to read signatures.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) framing: FramingPlan,
    /// Whether spaces may stand before items.
    pub(crate) spaced: bool,
    pub(crate) encoding: Encoding,
    pub(crate) length: Length,
    /// Whether a signature costs more than a comparison.
    pub(crate) costly: bool,
}

impl Reader {
    /// Reads the candidates out of one value.
    pub(crate) fn read(&self, value: &[u8]) -> Result<Candidates, RejectionKind> {
        if value.is_empty() {
            return Err(RejectionKind::EmptySignature);
        }
        let one = |text: &[u8]| self.decode(text).map(Candidates::One);
        let found = match &self.framing {
            FramingPlan::Bare => one(value),
            FramingPlan::Prefix(prefix) => value.strip_prefix(&**prefix).and_then(one),
            FramingPlan::AuthScheme(scheme) => auth_credentials(value, scheme).and_then(one),
            _ => self.read_several(value)?,
        };
        found.ok_or(RejectionKind::MalformedSignature)
    }

    /// One that cannot be decoded is not the receiver's, and does not spoil the rest.
    fn read_several(&self, value: &[u8]) -> Result<Option<Candidates>, RejectionKind> {
        let most = self.most();
        let mut seen = 0_usize;
        // Most lists hold one that is meant, which needs no memory of its own.
        let (mut first, mut more) = (None, Vec::new());
        self.each_signature(value, |text| {
            if seen >= most {
                return Err(RejectionKind::TooManySignatures);
            }
            seen = seen.saturating_add(1);
            match self.decode(text) {
                found if first.is_none() => first = found,
                found => more.extend(found),
            }
            Ok(())
        })?;
        Ok(match first {
            Some(tag) if more.is_empty() => Some(Candidates::One(tag)),
            _ => Candidates::of(first.into_iter().chain(more).collect()),
        })
    }

    fn most(&self) -> usize {
        if self.costly { MAX_COSTLY_CANDIDATES } else { MAX_CANDIDATES }
    }

    /// Further values of the same kind, read together with what there is.
    pub(crate) fn and<V: AsRef<[u8]>>(
        &self,
        first: Option<Candidates>,
        more: &[V],
    ) -> Result<Option<Candidates>, RejectionKind> {
        let mut tags = first.map(|found| found.as_slice().to_vec()).unwrap_or_default();
        for value in more {
            match self.read(value.as_ref()) {
                Ok(found) => tags.extend_from_slice(found.as_slice()),
                Err(RejectionKind::TooManySignatures) => {
                    return Err(RejectionKind::TooManySignatures);
                }
                Err(_) => {}
            }
        }
        if tags.len() > self.most() {
            return Err(RejectionKind::TooManySignatures);
        }
        Ok(Candidates::of(tags))
    }

    fn decode(&self, text: &[u8]) -> Option<Tag> {
        Tag::decode(text, self.encoding, self.length)
    }

    /// Hands out the texts of the signatures in a value of several.
    fn each_signature<'v>(
        &'v self,
        value: &'v [u8],
        mut take: impl FnMut(&'v [u8]) -> Result<(), RejectionKind>,
    ) -> Result<(), RejectionKind> {
        match &self.framing {
            // One group: the caller has taken them apart.
            FramingPlan::List(list) | FramingPlan::Groups { list, .. } => self
                .pairs(value, list)
                .filter(|(key, _)| *key == &*list.name)
                .try_for_each(|(_, text)| take(text)),
            FramingPlan::Positional { items, first } => {
                self.items(value, items).skip(*first).try_for_each(take)
            }
            FramingPlan::Parts { items, parts, signature, algorithm } => self
                .items(value, items)
                .filter_map(|item| {
                    let part = |at: usize| split(item, parts).nth(at);
                    let is_ours = algorithm.as_ref().is_none_or(|(at, name)| {
                        part(*at).is_some_and(|part| part.eq_ignore_ascii_case(name))
                    });
                    part(*signature).filter(|_| is_ours)
                })
                .try_for_each(take),
            FramingPlan::Bare | FramingPlan::Prefix(_) | FramingPlan::AuthScheme(_) => Ok(()),
        }
    }

    /// The groups of a value, each to be read by itself; for other framings the value.
    pub(crate) fn groups<'v>(&'v self, value: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
        let separator: &[u8] = match &self.framing {
            FramingPlan::Groups { groups, .. } => groups,
            _ => b"",
        };
        split(value, separator)
    }

    /// The value of a field that has to stand beside the signatures exactly once.
    pub(crate) fn field<'v>(
        &'v self,
        value: &'v [u8],
        name: &[u8],
    ) -> Result<Option<&'v [u8]>, Twice> {
        match &self.framing {
            FramingPlan::List(list) | FramingPlan::Groups { list, .. } => {
                let mut found = None;
                for (key, text) in self.pairs(value, list) {
                    if key == name && found.replace(text).is_some() {
                        return Err(Twice);
                    }
                }
                Ok(found)
            }
            FramingPlan::Positional { items, .. } => {
                let at = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
                Ok(at.and_then(|at| self.items(value, items).nth(at)))
            }
            _ => Ok(None),
        }
    }

    fn items<'v>(&self, value: &'v [u8], separator: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
        let spaced = self.spaced;
        split(value, separator).map(move |item| match spaced {
            true => item.trim_ascii_start(),
            false => item,
        })
    }

    /// The items of a list that have a name; junk between separators is no item.
    fn pairs<'v>(
        &'v self,
        value: &'v [u8],
        list: &'v ListPlan,
    ) -> impl Iterator<Item = (&'v [u8], &'v [u8])> {
        self.items(value, &list.items).filter_map(move |item| split_once(item, &list.pair))
    }
}

/// What stands after the name of an authentication scheme and one space.
fn auth_credentials<'v>(value: &'v [u8], scheme: &[u8]) -> Option<&'v [u8]> {
    let (name, rest) = value.split_at_checked(scheme.len())?;
    if name.eq_ignore_ascii_case(scheme) { rest.strip_prefix(b" ") } else { None }
}

/// A field occurred twice: two readers could take different ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twice;

/// The pieces between separators. An empty separator cuts nowhere.
fn split<'v>(value: &'v [u8], separator: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let all = rest?;
        let (piece, next) = match split_once(all, separator) {
            Some((piece, next)) => (piece, Some(next)),
            None => (all, None),
        };
        rest = next;
        Some(piece)
    })
}

/// Cuts at the first `separator`. An empty one, which no compiled scheme has, cuts nowhere.
fn split_once<'v>(text: &'v [u8], separator: &[u8]) -> Option<(&'v [u8], &'v [u8])> {
    let at = match separator {
        [] => return None,
        [byte] => text.iter().position(|next| next == byte)?,
        _ => text.windows(separator.len()).position(|window| window == separator)?,
    };
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "6206491ddab1218e7d6a9c8b3fbaa43da7858ee678dc6cd53a4dcabf0216568e";
    const BASE64: &str = "A3iBUQwqPynbXaetpPH6u5+TXqM3QHV/QV9d2PQZkmI=";

    fn own(text: &str) -> Box<[u8]> {
        text.as_bytes().into()
    }

    fn list() -> FramingPlan {
        FramingPlan::List(ListPlan { items: own(","), pair: own("="), name: own("v1") })
    }

    fn reader(framing: &FramingPlan, encoding: Encoding) -> Reader {
        let length = Length::Exactly(32);
        Reader { framing: framing.clone(), spaced: false, encoding, length, costly: false }
    }

    fn count(
        value: &str,
        framing: &FramingPlan,
        encoding: Encoding,
    ) -> Result<usize, RejectionKind> {
        let found = reader(framing, encoding).read(value.as_bytes());
        found.map(|found| found.as_slice().len())
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
        let reader = reader(&list(), Encoding::Hex);
        assert_eq!(reader.field(value, b"t").unwrap(), Some(&b"17"[..]));
        assert_eq!(reader.field(value, b"x").unwrap(), None);
        assert!(reader.field(b"t=17,t=17", b"t").is_err());
    }

    #[test]
    fn other_framings_find_their_signatures() {
        let positional = FramingPlan::Positional { items: own(","), first: 1 };
        assert_eq!(count(&format!("17,{HEX},{HEX}"), &positional, Encoding::Hex), Ok(2));
        assert!(count(HEX, &positional, Encoding::Hex).is_err());
        let field = reader(&positional, Encoding::Hex);
        assert_eq!(field.field(b"17,aa", b"0").unwrap(), Some(&b"17"[..]));
        let parts = FramingPlan::Parts {
            items: own(","),
            parts: own("/"),
            signature: 2,
            algorithm: Some((1, own("SHA256"))),
        };
        assert_eq!(count(&format!("1/sha256/{HEX},2/MD5/{HEX}"), &parts, Encoding::Hex), Ok(1));
        assert!(count(&format!("1/MD5/{HEX}"), &parts, Encoding::Hex).is_err());
        let auth = FramingPlan::AuthScheme(own("HMAC"));
        assert_eq!(count(&format!("hmac {BASE64}"), &auth, Encoding::Base64), Ok(1));
        for value in [BASE64.into(), format!("HMAC  {BASE64}"), format!("HMAC{BASE64}")] {
            assert!(count(&value, &auth, Encoding::Base64).is_err(), "{value}");
        }
        let groups = FramingPlan::Groups {
            groups: own(" "),
            list: ListPlan { items: own(","), pair: own("="), name: own("v1") },
        };
        let groups = reader(&groups, Encoding::Hex);
        assert_eq!(groups.groups(b"t=1,v1=a t=2,v1=b").count(), 2);
        let spaced = Reader { spaced: true, ..reader(&list(), Encoding::Hex) };
        let value = format!("t=1, v1={HEX}");
        assert_eq!(spaced.read(value.as_bytes()).unwrap().as_slice().len(), 1);
        assert!(reader(&list(), Encoding::Hex).read(value.as_bytes()).is_err());
    }

    #[test]
    fn costly_signatures_are_few() {
        let costly = Reader { costly: true, ..reader(&list(), Encoding::Hex) };
        let many = |n: usize| vec![format!("v1={HEX}"); n].join(",");
        assert_eq!(costly.read(many(8).as_bytes()).unwrap().as_slice().len(), 8);
        let too_many = costly.read(many(9).as_bytes()).unwrap_err();
        assert_eq!(too_many, RejectionKind::TooManySignatures);
    }

    proptest! {
        #[test]
        fn no_header_panics(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let framings = [
                FramingPlan::Bare,
                list(),
                FramingPlan::Prefix(own("v")),
                FramingPlan::AuthScheme(own("Basic")),
                FramingPlan::Positional { items: own(","), first: 1 },
                FramingPlan::Parts { items: own(","), parts: own("/"), signature: 2, algorithm: None },
                FramingPlan::Groups {
                    groups: own(" "),
                    list: ListPlan { items: own(","), pair: own("="), name: own("v1") },
                },
            ];
            for framing in framings {
                for encoding in
                    [Encoding::Hex, Encoding::Base64, Encoding::Base64Url, Encoding::HexOrBase64, Encoding::Text]
                {
                    for length in [Length::Exactly(32), Length::Exactly(64), Length::AtMost(1024)] {
                        let reader = Reader { length, spaced: true, ..reader(&framing, encoding) };
                        for group in reader.groups(&value) {
                            let _ = reader.read(group);
                            let _ = reader.field(group, b"t");
                        }
                    }
                }
            }
        }

        #[test]
        fn what_decodes_encodes_to_the_same_text(bytes in any::<[u8; 32]>()) {
            let text = BASE64_STANDARD.encode(bytes);
            let tag = Tag::decode(text.as_bytes(), Encoding::HexOrBase64, Length::Exactly(32)).unwrap();
            prop_assert_eq!(tag.as_bytes(), &bytes[..]);
            let text = const_hex::encode(bytes);
            let tag = Tag::decode(text.as_bytes(), Encoding::HexOrBase64, Length::Exactly(32)).unwrap();
            prop_assert_eq!(tag.as_bytes(), &bytes[..]);
        }
    }
}
