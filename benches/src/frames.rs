//! A body in frames that are all there, and the time at which the last one was handed out.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::error::PayloadError;
use bytes::Bytes;
use http_body::Frame;

thread_local! {
    /// Where a body is ended, and where a handler is reached, is known to nobody else.
    static LAST_FRAME: Cell<Option<Instant>> = const { Cell::new(None) };
    static VERDICT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A body of several frames.
#[derive(Clone, Debug)]
pub struct Frames {
    /// In reverse, so that the last one is the next one.
    frames: Vec<Bytes>,
}

impl Frames {
    /// Cuts a body into frames, each with a buffer of its own as servers hand them in.
    pub fn of(body: &[u8], size: usize) -> Self {
        let frames = body.chunks(size).rev().map(|frame| {
            let frame = Bytes::from(frame.to_vec());
            drop(frame.clone());
            frame
        });
        Self { frames: frames.collect() }
    }
}

impl Iterator for Frames {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop()?;
        if self.frames.is_empty() {
            LAST_FRAME.set(Some(Instant::now()));
        }
        Some(frame)
    }
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.next().map(|frame| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty()
    }
}

impl futures_core::Stream for Frames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next().map(Ok))
    }
}

/// To be called by whoever is told that the request is authentic.
pub fn verdict() {
    VERDICT.set(Some(Instant::now()));
}

/// The nanoseconds from the last frame to the verdict of what went on since the last call.
pub fn last_frame_to_verdict() -> f64 {
    let (frame, verdict) = (LAST_FRAME.take().unwrap(), VERDICT.take().unwrap());
    verdict.duration_since(frame).as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_in_order_and_the_last_one_is_noted() {
        let mut frames = Frames::of(b"abcde", 2);
        assert_eq!(frames.next().unwrap(), "ab");
        assert_eq!(frames.next().unwrap(), "cd");
        assert!(LAST_FRAME.get().is_none());
        assert_eq!(frames.next().unwrap(), "e");
        verdict();
        assert!(last_frame_to_verdict() < 1e9);
        assert!(frames.next().is_none());
    }
}
