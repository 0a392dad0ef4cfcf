//! The frames of an HTTP body, as the core reads them.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use hookgate::driver::{FrameError, Frames};
use http_body::Body;
use http_body_util::LengthLimitError;

/// Reads a pinned [`Body`] as the core's [`Frames`]: for adapters that drive a
/// [`Gate`](hookgate::driver::Gate) themselves.
#[derive(Debug)]
pub struct HttpFrames<'b, B>(Pin<&'b mut B>);

impl<'b, B> HttpFrames<'b, B> {
    /// The frames of a body.
    pub fn new(body: Pin<&'b mut B>) -> Self {
        Self(body)
    }
}

impl<B> Frames for HttpFrames<'_, B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn poll_data(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FrameError>>> {
        let body = &mut self.get_mut().0;
        loop {
            return Poll::Ready(match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    // For `Bytes`, which servers hand in, this is no copy.
                    Ok(mut data) => Some(Ok(data.copy_to_bytes(data.remaining()))),
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => Some(Err(frame_error(error.into()))),
                // hyper ends the body without an error where an HTTP/2 stream is reset without
                // one: only the length that is still missing tells.
                None if body.size_hint().lower() > 0 => {
                    Some(Err(FrameError::Interrupted("the body is shorter than declared".into())))
                }
                None => None,
            });
        }
    }
}

/// Tells another layer's limit from a broken connection.
fn frame_error(error: Box<dyn Error + Send + Sync>) -> FrameError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return FrameError::TooLarge;
        }
        cause = error.source();
    }
    FrameError::Interrupted(error)
}
