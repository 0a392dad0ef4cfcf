//! The body of a request, as it came over the wire.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_core::Stream;
use hookgate::driver::{FrameError, Frames};

/// actix-web's payload under every extractor: nothing has decompressed it.
pub(crate) struct Body<'a>(pub(crate) &'a mut Payload);

impl Frames for Body<'_> {
    fn poll_data(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        let frame = ready!(Pin::new(&mut *self.0).poll_next(cx));
        Poll::Ready(frame.map(|frame| frame.map_err(frame_error)))
    }
}

fn frame_error(error: PayloadError) -> FrameError {
    match error {
        PayloadError::Overflow => FrameError::TooLarge,
        error => FrameError::Interrupted(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_overflow_is_a_body_that_is_too_large() {
        assert!(matches!(frame_error(PayloadError::Overflow), FrameError::TooLarge));
        for error in [
            PayloadError::Incomplete(None),
            PayloadError::EncodingCorrupted,
            PayloadError::UnknownLength,
            PayloadError::Io(std::io::Error::other("reset")),
        ] {
            assert!(matches!(frame_error(error), FrameError::Interrupted(_)));
        }
    }
}
