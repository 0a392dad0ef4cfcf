//! A body in our hands: kept as it came, joined once.

use std::fmt;

use bytes::{Bytes, BytesMut};

/// Frames of this size and more are kept as they are; smaller ones are merged, since each kept
/// frame costs a handle, and may hold on to a larger buffer of the server's.
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
        if frame.len() >= KEPT {
            self.close();
            self.frames.push(frame);
            return;
        }
        let mut left = &frame[..];
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
