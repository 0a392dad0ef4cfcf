//! A body in our hands: kept as it came, joined once.

use std::fmt;

use bytes::{Bytes, BytesMut};

/// Frames of this size and more are kept as they are, where that costs no more than their bytes;
/// smaller ones are merged, since each kept frame costs a handle.
const KEPT: usize = 4 * 1024;

/// The smallest and the largest block that small frames are merged into.
const BLOCK: (usize, usize) = (512, 16 * 1024);

/// The frames of one body.
#[derive(Default)]
pub(crate) struct Buffer {
    /// The only frame so far, which for most requests is the whole body: no copy.
    first: Bytes,
    rest: Option<Box<Rest>>,
    length: usize,
}

#[derive(Default)]
struct Rest {
    frames: Vec<Bytes>,
    /// The last frame, if it is large. Whether it is kept shows when the next one comes: until then
    /// the server may be holding on to the buffer that it was cut from.
    last: Bytes,
    /// The address at which the frame before ended.
    end: usize,
    /// The block that is being filled. It never grows: a full one is kept, and a new one begun.
    block: BytesMut,
}

impl fmt::Debug for Buffer {
    /// Leaves the bytes out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.length)
    }
}

impl Buffer {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The first frame, as long as it is the only one.
    pub(crate) fn only_frame(&self) -> &[u8] {
        &self.first
    }

    pub(crate) fn push(&mut self, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let before = self.length;
        self.length = self.length.saturating_add(frame.len());
        if before == 0 {
            self.first = frame;
            return;
        }
        let first = std::mem::take(&mut self.first);
        let rest = self.rest.get_or_insert_with(|| {
            let mut rest = Box::<Rest>::default();
            rest.push(first, 0);
            rest
        });
        rest.push(frame, before);
    }

    /// The body in one piece.
    pub(crate) fn join(self) -> Bytes {
        let Some(mut rest) = self.rest else {
            return self.first;
        };
        rest.close();
        rest.frames.push(rest.last);
        let mut whole = BytesMut::with_capacity(self.length);
        // Each frame is let go as soon as it was copied.
        for frame in rest.frames {
            whole.extend_from_slice(&frame);
        }
        whole.freeze()
    }
}

impl Rest {
    fn push(&mut self, frame: Bytes, before: usize) {
        match only_itself(std::mem::take(&mut self.last)) {
            Ok(last) => {
                self.close();
                self.frames.push(last);
            }
            Err(last) => self.merge(&last, before),
        }
        // One that goes on where the frame before it ended lies in the same buffer, of which it is
        // only a part.
        let goes_on = frame.as_ptr().addr() == self.end;
        self.end = frame.as_ptr_range().end.addr();
        if frame.len() >= KEPT && !goes_on {
            self.last = frame;
        } else {
            self.merge(&frame, before);
        }
    }

    fn merge(&mut self, mut left: &[u8], before: usize) {
        while !left.is_empty() {
            let room = self.block.capacity().saturating_sub(self.block.len());
            if room == 0 {
                self.close();
                let (least, most) = BLOCK;
                self.block = BytesMut::with_capacity(before.clamp(least, most));
                continue;
            }
            let (fits, next) = left.split_at(left.len().min(room));
            self.block.extend_from_slice(fits);
            left = next;
        }
    }

    fn close(&mut self) {
        let block = std::mem::take(&mut self.block);
        // A block that is mostly empty, because a large frame came, would be held for its size.
        let filled = block.len().saturating_mul(2) > block.capacity();
        match block.len() {
            0 => {}
            _ if filled => self.frames.push(block.freeze()),
            _ => self.frames.push(Bytes::copy_from_slice(&block)),
        }
    }
}

/// Whether a frame keeps nothing but itself in memory.
///
/// Servers cut frames from a buffer of theirs, which stays as long as one of them does. Beside a
/// piece of 4 KiB it can have room for hundreds of kilobytes, or hold what came in single bytes and
/// is merged here.
fn only_itself(frame: Bytes) -> Result<Bytes, Bytes> {
    if frame.is_empty() {
        return Err(frame);
    }
    // What others hold a part of cannot be measured.
    let mut whole = frame.try_into_mut()?;
    let length = whole.len();
    let spare = whole.capacity().saturating_sub(length);
    // What lies before it shows in that all of it could move there.
    let alone = spare <= length / 8 && !whole.try_reclaim(spare.saturating_add(1));
    let frame = whole.freeze();
    if alone { Ok(frame) } else { Err(frame) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_frame_is_the_body_without_a_copy() {
        let frame = Bytes::from(vec![7; 100]);
        let mut buffer = Buffer::default();
        buffer.push(Bytes::new());
        buffer.push(frame.clone());
        buffer.push(Bytes::new());
        assert_eq!(buffer.join().as_ptr(), frame.as_ptr());
    }

    fn held(buffer: &Buffer) -> usize {
        let rest = buffer.rest.as_ref().unwrap();
        rest.frames.iter().map(|frame| frame.len() + size_of::<Bytes>()).sum::<usize>()
            + rest.block.capacity()
    }

    #[test]
    fn large_frames_between_small_ones_leave_no_empty_blocks() {
        let mut buffer = Buffer::default();
        let large = Bytes::from(vec![7; KEPT]);
        for _ in 0..256 {
            buffer.push(Bytes::from_static(b"x"));
            buffer.push(large.clone());
        }
        assert!(held(&buffer) < buffer.len() * 11 / 10, "{}", held(&buffer));
    }

    #[test]
    fn a_mebibyte_in_single_bytes_costs_little_more_than_itself() {
        let mut buffer = Buffer::default();
        for _ in 0..1 << 20 {
            buffer.push(Bytes::from_static(b"x"));
        }
        assert!(held(&buffer) < (1 << 20) * 11 / 10, "{}", held(&buffer));
        assert_eq!(buffer.join().len(), 1 << 20);
    }

    /// Pushes frames of these sizes, cut from one buffer as a server does, and tells how many of
    /// them still lie in it when the server has gone on to its next one.
    fn left_in_place(capacity: usize, sizes: &[usize]) -> usize {
        let mut buffer = Buffer::default();
        buffer.push(Bytes::from(vec![7; KEPT]));
        let mut server = BytesMut::with_capacity(capacity);
        server.resize(sizes.iter().sum(), 7);
        let place = server.as_ptr_range();
        for &size in sizes {
            buffer.push(server.split_to(size).freeze());
        }
        drop(server);
        buffer.push(Bytes::from(vec![7; KEPT]));
        let frames = &buffer.rest.as_ref().unwrap().frames;
        let left = frames.iter().filter(|frame| place.contains(&frame.as_ptr())).count();
        assert_eq!(buffer.join().len(), 2 * KEPT + sizes.iter().sum::<usize>());
        left
    }

    #[test]
    fn a_buffer_is_kept_only_for_a_frame_that_fills_it() {
        assert_eq!(left_in_place(KEPT + 100, &[KEPT]), 1, "filled");
        assert_eq!(left_in_place(64 * 1024, &[KEPT]), 0, "mostly spare");
        let after = [&[KEPT][..], &[1; 9_000]].concat();
        assert_eq!(left_in_place(16 * 1024, &after), 0, "tiny ones after it");
        let before = [&[1; 9_000][..], &[KEPT]].concat();
        assert_eq!(left_in_place(9_000 + KEPT, &before), 0, "tiny ones before it");
        assert_eq!(left_in_place(2 * KEPT, &[KEPT - 1, KEPT + 1]), 0, "a smaller one before it");
    }

    #[test]
    fn frames_that_fill_their_buffers_are_not_copied() {
        let frames = [7, 8, 9].map(|byte| {
            let mut server = BytesMut::zeroed(2 * KEPT);
            server.fill(byte);
            server.split().freeze()
        });
        let places = frames.each_ref().map(|frame| frame.as_ptr());
        let mut buffer = Buffer::default();
        for frame in frames {
            buffer.push(frame);
        }
        let rest = buffer.rest.unwrap();
        let kept: Vec<_> =
            rest.frames.iter().chain([&rest.last]).map(|frame| frame.as_ptr()).collect();
        assert_eq!(kept, places);
    }

    proptest! {
        #[test]
        fn every_chunking_joins_to_the_same_body(
            frames in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..9_000), 0..12,
            ),
        ) {
            let mut buffer = Buffer::default();
            for frame in &frames {
                buffer.push(Bytes::from(frame.clone()));
            }
            let whole = frames.concat();
            prop_assert_eq!(buffer.len(), whole.len());
            prop_assert_eq!(buffer.join(), whole);
        }
    }
}
