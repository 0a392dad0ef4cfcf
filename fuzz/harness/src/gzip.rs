//! Compressed bodies, behind right signatures.

use flate2::{Decompress, FlushDecompress, Status};
use hookgate::scheme::{Covered, Scheme};
use hookgate::{AnyEndpoint, Endpoint, Provider, RejectionKind};

use crate::mac::{SECRET, hex, mac};
use crate::request::{Outcome, Request, built, run};
use crate::{broken, must};

const HEADER: &str = "x-signature";

/// The body limit of the endpoints here.
const LIMIT: usize = 4096;

#[derive(Debug)]
struct Coded(Covered);

impl Provider for Coded {
    fn id(&self) -> &str {
        "coded"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256(HEADER).signs(self.0)
    }
}

fn endpoint(covered: Covered) -> AnyEndpoint {
    built(Endpoint::builder(Coded(covered)).secret(SECRET).body_limit(LIMIT))
}

/// The whole input is a body on the wire: what does it decompress to?
pub fn gzip(data: &[u8]) {
    if data.len() > LIMIT {
        return;
    }
    // Of this run alone, as their bytes in flight are.
    let (wire, compressed) = (&endpoint(Covered::Wire), &endpoint(Covered::Plain));
    let request = |signed: &[u8]| {
        let request = Request::post(data.to_vec()).and(HEADER, hex(&mac(signed)));
        request.and("content-encoding", "gzip")
    };
    let over_wire = run(wire, &request(data));
    match read(data) {
        Read::Whole(plain) => {
            let delivery = must(over_wire.delivered(), "a whole stream under its signature");
            assert_eq!(delivery.body(), &*plain);
            let head =
                must(delivery.rebuilt_head(), "a body that is another than the one that came");
            assert_eq!((head.content_length, head.content_type), (plain.len(), None));
            let bare = Request::post(data.to_vec()).and(HEADER, hex(&mac(data)));
            let bare = must(run(wire, &bare).delivered(), "the same bytes without the header");
            assert_eq!(bare.body(), data);
            assert!(bare.replay_key() == delivery.replay_key(), "one text, two keys");

            let other =
                must(run(compressed, &request(&plain)).delivered(), "signed before compression");
            assert_eq!(other.body(), &*plain);
            let uncoded = Request::post(plain.clone()).and(HEADER, hex(&mac(&plain)));
            let uncoded = must(run(compressed, &uncoded).delivered(), "never compressed");
            assert!(uncoded.replay_key() == other.replay_key(), "one text, two keys");
            if plain != data {
                let kind = run(compressed, &request(data)).refused();
                assert_eq!(kind, Some(RejectionKind::SignatureMismatch));
            }
        }
        Read::TooLarge => {
            for kind in [over_wire.refused(), run(compressed, &request(data)).refused()] {
                assert_eq!(kind, Some(RejectionKind::BodyTooLarge));
            }
        }
        Read::Broken => match (over_wire, run(compressed, &request(data))) {
            (
                Outcome::Refused(RejectionKind::Undecodable),
                Outcome::Refused(RejectionKind::SignedContent),
            ) => {}
            (one, other) => broken(&format!("of what is broken: {one:?}, {other:?}")),
        },
    }
    // What is wrong is not decompressed where the wire is signed, and no other form passes.
    let wrong = run(wire, &request(&[data, b"."].concat())).refused();
    assert_eq!(wrong, Some(RejectionKind::SignatureMismatch));
    assert_eq!(
        wire.in_flight().used().max(compressed.in_flight().used()),
        0,
        "bytes are not given back"
    );
}

enum Read {
    Whole(Vec<u8>),
    TooLarge,
    Broken,
}

/// A second reader of RFC 1952, byte for byte: only the inflating is not its own.
fn read(mut data: &[u8]) -> Read {
    let mut plain = Vec::new();
    loop {
        let before = plain.len();
        let Some(deflated) = after_head(data) else { return Read::Broken };
        let mut inflate = Decompress::new(false);
        let ended = loop {
            let at = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
            let rest = deflated.get(at..).unwrap_or_default();
            let mut byte = [0];
            let out = inflate.total_out();
            let Ok(status) = inflate.decompress(rest, &mut byte, FlushDecompress::None) else {
                return Read::Broken;
            };
            let produced = inflate.total_out() > out;
            if produced {
                plain.extend(byte);
                if plain.len() > LIMIT {
                    return Read::TooLarge;
                }
            }
            match status {
                Status::StreamEnd => break true,
                _ if !produced && rest.is_empty() => break false,
                _ => {}
            }
        };
        let at = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let trailer = deflated.get(at..).and_then(|rest| rest.split_first_chunk::<8>());
        let (true, Some((trailer, rest))) = (ended, trailer) else { return Read::Broken };
        let member = plain.get(before..).unwrap_or_default();
        let length = u32::try_from(member.len()).unwrap_or_default();
        let want = [crc32(member).to_le_bytes(), length.to_le_bytes()].concat();
        if *trailer != *want {
            return Read::Broken;
        }
        if rest.is_empty() {
            return Read::Whole(plain);
        }
        data = rest;
    }
}

/// What comes after the head of a member.
fn after_head(data: &[u8]) -> Option<&[u8]> {
    let (&[0x1f, 0x8b, 8, flags, _, _, _, _, _, _], mut rest) = data.split_first_chunk::<10>()?
    else {
        return None;
    };
    if flags & 0b1110_0000 > 0 {
        return None;
    }
    if flags & 4 > 0 {
        let (length, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [8, 16] {
        if flags & flag > 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end.checked_add(1)?..)?;
        }
    }
    if flags & 2 > 0 {
        let head = data.get(..data.len().checked_sub(rest.len())?)?;
        let (sum, after) = rest.split_first_chunk::<2>()?;
        let [low, high, _, _] = crc32(head).to_le_bytes();
        rest = (*sum == [low, high]).then_some(after)?;
    }
    Some(rest)
}

/// The CRC of RFC 1952, section 8, a bit at a time.
fn crc32(data: &[u8]) -> u32 {
    let mut sum = !0_u32;
    for byte in data {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 > 0 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
