//! A row as a request of the `http` crate.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri};
use http_body_util::BodyExt;

use crate::outcome::Outcome;
use crate::vector::Row;

/// The request, with a body of the path's choice.
pub(super) fn request<B>(row: &Row, body: B) -> Result<http::Request<B>, Outcome> {
    let mut request = http::Request::new(body);
    *request.method_mut() = Method::from_bytes(row.request.method.as_bytes())
        .map_err(|_| Outcome::Unspeakable("method"))?;
    *request.uri_mut() =
        row.request.target().parse::<Uri>().map_err(|_| Outcome::Unspeakable("target"))?;
    let headers = request.headers_mut();
    for (name, value) in &row.request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let name = name.map_err(|_| Outcome::Unspeakable("header name"))?;
        headers.append(name, value.map_err(|_| Outcome::Unspeakable("header value"))?);
    }
    if !headers.contains_key(http::header::CONTENT_LENGTH) {
        headers.insert(http::header::CONTENT_LENGTH, row.request.body.len().into());
    }
    Ok(request)
}

/// A body in frames of uneven sizes, with an empty one between, as networks cut them.
pub(super) struct Cut(Bytes, usize);

impl Cut {
    pub(super) fn new(body: &Bytes) -> Self {
        Self(body.clone(), 0)
    }
}

impl http_body::Body for Cut {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        const SIZES: [usize; 5] = [1, 0, 700, 5_000, 13];
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let size = SIZES.get(self.1 % SIZES.len()).copied().unwrap_or(1).min(self.0.len());
        self.1 = self.1.wrapping_add(1);
        let frame = self.0.split_to(size);
        Poll::Ready(Some(Ok(http_body::Frame::data(frame))))
    }
}

/// A body in one piece.
pub(super) async fn whole<B>(body: B) -> Result<Bytes, Outcome>
where
    B: http_body::Body,
    B::Error: std::fmt::Display,
{
    let whole = body.collect().await;
    whole.map(|whole| whole.to_bytes()).map_err(|error| Outcome::Broken(error.to_string()))
}
