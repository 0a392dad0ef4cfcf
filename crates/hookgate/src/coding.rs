//! Content codings: what a sender may compress a body with, and the way back, bounded.

use bytes::Bytes;

use crate::budget::{Budget, Reserved};
use crate::decode::DecodeError;
use crate::head::{Occurs, RequestHead, once};

/// The codings that are taken, as the answer to one that is not names them in `Accept-Encoding`
/// (RFC 9110, section 12.5.3).
pub(crate) const ACCEPTED: &str = if cfg!(feature = "gzip") { "gzip" } else { "identity" };

/// How a body is coded on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Coding {
    /// It is not.
    Identity,
    /// RFC 1952.
    #[cfg(feature = "gzip")]
    Gzip,
}

/// Why there is nothing plain.
#[derive(Debug)]
#[cfg_attr(not(feature = "gzip"), expect(dead_code, reason = "only decoding fails"))]
pub(crate) enum Undecoded {
    /// More comes out than a body may have.
    TooLarge,
    /// The budget is spent.
    Overloaded,
    /// The body is not what its coding says.
    Broken(DecodeError),
}

impl Coding {
    /// The body's coding, `None` where it is none that is taken: another one, several, or a header
    /// that occurs twice.
    pub(crate) fn of<H: RequestHead + ?Sized>(head: &H) -> Option<Self> {
        match once(head, "content-encoding", Self::named) {
            Occurs::Never => Some(Self::Identity),
            Occurs::Once(coding) => coding,
            Occurs::Often => None,
        }
    }

    /// Names have no case, and `x-gzip` is `gzip` (RFC 9110, sections 8.4.1 and 8.4.1.3).
    fn named(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"identity") {
            return Some(Self::Identity);
        }
        #[cfg(feature = "gzip")]
        if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        None
    }

    /// The plain bytes, at most `limit`, and their share of the budget; `None` where the body has
    /// no coding.
    pub(crate) fn decode(
        self,
        wire: &[u8],
        limit: usize,
        budget: &Budget,
    ) -> Result<Option<(Bytes, Reserved)>, Undecoded> {
        match self {
            Self::Identity => {
                let _ = (wire, limit, budget);
                Ok(None)
            }
            #[cfg(feature = "gzip")]
            Self::Gzip => gzip::decode(wire, limit, budget).map(Some),
        }
    }
}

#[cfg(feature = "gzip")]
pub(crate) mod gzip {
    use std::io::{ErrorKind, Read};

    use bytes::Bytes;
    use flate2::bufread::MultiGzDecoder;

    use super::Undecoded;
    use crate::budget::{Budget, Reserved};
    use crate::buffer::Buffer;
    use crate::decode::DecodeError;

    /// The smallest and the largest piece in which bytes come out.
    const BLOCK: (usize, usize) = (512, 16 * 1024);

    /// All members of a gzip stream, one after the other (RFC 1952, section 2.2), and nothing after
    /// them. Each one's checksum and length have to be right.
    ///
    /// What comes out is kept in pieces and joined once, as a body that comes in frames is. No word
    /// of the stream about its length is believed.
    pub(crate) fn decode(
        wire: &[u8],
        limit: usize,
        budget: &Budget,
    ) -> Result<(Bytes, Reserved), Undecoded> {
        let mut decoder = MultiGzDecoder::new(wire);
        let mut reserved = Reserved::of(budget);
        let mut plain = Buffer::default();
        // JSON becomes a quarter and less: most bodies come out in one piece.
        let (least, most) = BLOCK;
        let size = wire.len().saturating_mul(8).clamp(least, most);
        loop {
            // One byte over the limit shows that there is more.
            let room = limit.saturating_sub(plain.len()).saturating_add(1);
            let (block, ended) = read(&mut decoder, size.min(room))?;
            if !reserved.grow(block.len()) {
                return Err(Undecoded::Overloaded);
            }
            plain.push(block);
            if plain.len() > limit {
                return Err(Undecoded::TooLarge);
            }
            if ended {
                return Ok((plain.join(), reserved));
            }
        }
    }

    /// So many bytes, or fewer at the end.
    fn read(decoder: &mut impl Read, size: usize) -> Result<(Bytes, bool), Undecoded> {
        let mut block = vec![0; size];
        let mut filled = 0_usize;
        let mut ended = false;
        while let Some(rest @ [_, ..]) = block.get_mut(filled..) {
            match decoder.read(rest) {
                Ok(0) => {
                    ended = true;
                    break;
                }
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) => return Err(Undecoded::Broken(broken(error.kind()))),
            }
        }
        block.truncate(filled);
        // Whoever keeps the body keeps no more than it.
        block.shrink_to_fit();
        Ok((block.into(), ended))
    }

    fn broken(kind: ErrorKind) -> DecodeError {
        DecodeError::new(match kind {
            ErrorKind::UnexpectedEof => "the gzip stream ends too early",
            _ => "the body is not one whole gzip stream",
        })
    }

    /// Compresses, for signed requests.
    #[cfg(feature = "sign")]
    pub(crate) fn encode(plain: &[u8]) -> Bytes {
        use flate2::Compression;
        use flate2::bufread::GzEncoder;

        let mut wire = Vec::new();
        // Neither the source nor the target is anything that can fail.
        let written = GzEncoder::new(plain, Compression::default()).read_to_end(&mut wire);
        debug_assert!(written.is_ok(), "memory does not fail to be read");
        wire.into()
    }

    #[cfg(test)]
    mod tests {
        use std::io::Write;

        use flate2::write::GzEncoder;
        use flate2::{Compression, GzBuilder};
        use proptest::prelude::*;

        use super::*;

        const LIMIT: usize = 100_000;

        fn gzip(plain: &[u8]) -> Vec<u8> {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }

        /// What comes out under a budget without end, or why nothing does.
        fn decoded(wire: &[u8]) -> Result<Vec<u8>, String> {
            limited(wire, LIMIT, usize::MAX)
        }

        /// That nothing stays reserved is asserted on the way.
        fn limited(wire: &[u8], limit: usize, in_flight: usize) -> Result<Vec<u8>, String> {
            let budget = Budget::new(in_flight);
            let outcome = match decode(wire, limit, &budget) {
                Ok((plain, reserved)) => {
                    assert_eq!(budget.used(), plain.len());
                    drop(reserved);
                    Ok(plain.to_vec())
                }
                Err(Undecoded::Broken(error)) => Err(error.to_string()),
                Err(other) => Err(format!("{other:?}")),
            };
            assert_eq!(budget.used(), 0);
            outcome
        }

        const EARLY: &str = "the gzip stream ends too early";
        const BROKEN: &str = "the body is not one whole gzip stream";

        #[test]
        fn what_is_no_whole_stream_is_none() {
            let whole = gzip(b"{\"a\":1}");
            assert_eq!(decoded(&whole).unwrap(), b"{\"a\":1}");
            let changed = |at: usize| {
                let mut other = whole.clone();
                other[at] ^= 1;
                other
            };
            let end = whole.len();
            for (name, wire, want) in [
                ("nothing", Vec::new(), EARLY),
                ("plain text", b"{\"a\":1} and more, no gzip".to_vec(), BROKEN),
                ("the last byte is missing", whole[..end - 1].to_vec(), EARLY),
                ("the trailer is missing", whole[..end - 8].to_vec(), EARLY),
                ("half", whole[..end / 2].to_vec(), EARLY),
                ("the head alone", whole[..10].to_vec(), EARLY),
                ("another magic", changed(0), BROKEN),
                ("another method", changed(2), BROKEN),
                ("another checksum", changed(end - 8), BROKEN),
                ("another length", changed(end - 4), BROKEN),
                ("garbage after it", [&whole[..], b"garbage of some length"].concat(), BROKEN),
                ("zeros after it", [&whole[..], &[0; 16]].concat(), BROKEN),
                ("one byte after it", [&whole[..], &[0x1f]].concat(), EARLY),
                ("half a member after it", [&whole[..], &whole[..end - 1]].concat(), EARLY),
                ("coded twice is decoded once", gzip(&whole[..5]), ""),
            ] {
                match want {
                    "" => assert_eq!(decoded(&wire).unwrap(), &whole[..5], "{name}"),
                    want => assert_eq!(decoded(&wire).unwrap_err(), want, "{name}"),
                }
            }
        }

        #[test]
        fn every_field_of_a_head_is_passed_over() {
            let builder = GzBuilder::new().filename("event.json").comment("a comment");
            let mut encoder =
                builder.extra(&b"extra"[..]).mtime(7).write(Vec::new(), Compression::none());
            encoder.write_all(b"body").unwrap();
            assert_eq!(decoded(&encoder.finish().unwrap()).unwrap(), b"body");
        }

        #[test]
        fn several_members_are_one_body() {
            let wire = [gzip(b"one "), gzip(b""), gzip(b"two")].concat();
            assert_eq!(decoded(&wire).unwrap(), b"one two");
            // Of which none says how much the others hold.
            assert_eq!(limited(&wire, 6, usize::MAX).unwrap_err(), "TooLarge");
            assert_eq!(limited(&wire, 7, usize::MAX).unwrap(), b"one two");
            // Any number of empty ones is nothing.
            assert_eq!(decoded(&gzip(b"").repeat(10_000)).unwrap(), b"");
        }

        #[test]
        fn a_bomb_stops_at_the_first_byte_over() {
            let bomb = gzip(&vec![0; 20 << 20]);
            assert!(bomb.len() < 25_000, "{}", bomb.len());
            assert_eq!(decoded(&bomb).unwrap_err(), "TooLarge");
            // It was not read to its end: what follows was never looked at.
            let cut = &bomb[..bomb.len() / 2];
            assert_eq!(decoded(cut).unwrap_err(), "TooLarge");
        }

        #[test]
        fn the_budget_is_a_limit_of_its_own() {
            let wire = gzip(&[7; 40_000]);
            assert_eq!(limited(&wire, LIMIT, 40_000).unwrap().len(), 40_000);
            assert_eq!(limited(&wire, LIMIT, 39_999).unwrap_err(), "Overloaded");
        }

        proptest! {
            #[test]
            fn what_was_encoded_is_decoded_within_the_limit(
                pieces in proptest::collection::vec(
                    (any::<u8>(), 0_usize..40_000, any::<bool>()), 0..6,
                ),
                limit in 1_usize..LIMIT,
            ) {
                // Runs, which compress, between bytes that do not, in any number of members.
                let mut wire = gzip(b"");
                let mut plain = Vec::new();
                for (seed, length, runs) in pieces {
                    let mut byte = u32::from(seed);
                    let piece: Vec<u8> = (0..length)
                        .map(|_| {
                            byte = if runs { byte } else { byte.wrapping_mul(1_664_525) ^ 0x9e37 };
                            byte.to_le_bytes()[1]
                        })
                        .collect();
                    wire.extend(gzip(&piece));
                    plain.extend(piece);
                }
                let want = if plain.len() > limit { Err("TooLarge".into()) } else { Ok(plain) };
                prop_assert_eq!(limited(&wire, limit, usize::MAX), want);
            }

            #[test]
            fn no_bytes_panic_or_pass_the_limit(
                bytes in proptest::collection::vec(any::<u8>(), 0..200),
                cut in 0_usize..60,
                limit in 0_usize..50,
            ) {
                let genuine = gzip(b"a body, a body, a body, a body, a body");
                let head = &genuine[..cut.min(genuine.len())];
                for wire in [&bytes[..], &[head, &bytes].concat()] {
                    if let Ok(plain) = limited(wire, limit, usize::MAX) {
                        prop_assert!(plain.len() <= limit);
                    }
                }
            }
        }
    }
}

#[cfg(all(test, feature = "http"))]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_one_coding_that_is_known_or_none() {
        #[cfg(feature = "gzip")]
        let gzip = Some(Coding::Gzip);
        #[cfg(not(feature = "gzip"))]
        let gzip = None;
        for (values, want) in [
            (&[][..], Some(Coding::Identity)),
            (&["identity"], Some(Coding::Identity)),
            (&["Identity"], Some(Coding::Identity)),
            (&["gzip"], gzip),
            (&["GZip"], gzip),
            (&["x-gzip"], gzip),
            (&["X-GZIP"], gzip),
            (&[""], None),
            (&["br"], None),
            (&["deflate"], None),
            (&["zstd"], None),
            (&["compress"], None),
            (&["gzip, gzip"], None),
            (&["gzip,"], None),
            (&["identity, gzip"], None),
            (&["gzip;q=1"], None),
            (&["gzip\t"], None),
            (&["gzip", "gzip"], None),
            (&["identity", "identity"], None),
        ] {
            let mut request = http::Request::post("/");
            for value in values {
                request = request.header("content-encoding", *value);
            }
            assert_eq!(Coding::of(&request.body(()).unwrap()), want, "{values:?}");
        }
    }
}
