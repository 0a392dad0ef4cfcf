//! Bodies of every kind, and what the inner service sees of them.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::buf::Chain;
use bytes::{Buf, Bytes};
use hookgate::{Coverage, Delivery, RejectionKind};
use hookgate_tower::WebhookLayer;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tower::{BoxError, ServiceBuilder, ServiceExt};

use crate::common::{BODY, Script, Seen, Step, endpoint, gate, kind, signed, signed_script};

#[tokio::test]
async fn the_layer_stands_in_a_stack() {
    let seen = Seen::default();
    let service = ServiceBuilder::new()
        .map_request(|request: Request<Full<Bytes>>| request)
        .layer(WebhookLayer::<Full<Bytes>>::new(endpoint().build().unwrap()))
        .service(seen.clone());
    let response = service.oneshot(signed(BODY)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(seen.one().1, BODY);
}

#[tokio::test]
async fn the_inner_body_is_of_any_type_that_bytes_become() {
    struct Inner(BoxBody<Bytes, Infallible>);
    impl From<Bytes> for Inner {
        fn from(bytes: Bytes) -> Self {
            Self(Full::new(bytes).boxed())
        }
    }
    let seen = Seen::default();
    let service = ServiceBuilder::new()
        .layer(WebhookLayer::<Inner>::new(endpoint().build().unwrap()))
        .map_request(|request: Request<Inner>| request.map(|body| body.0))
        .service(seen.clone());
    let response = service.oneshot(signed(BODY)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(seen.one().1, BODY);
}

#[tokio::test]
async fn a_boxed_body_comes_in() {
    let seen = Seen::default();
    let request = signed_script(Script::new([Step::frame("{\"event\":"), Step::frame("1}")]));
    let service = gate(endpoint(), seen.clone());
    let request = request.map(|body| body.boxed_unsync());
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    assert_eq!(seen.one().1, "{\"event\":1}");
}

#[tokio::test]
async fn frames_that_are_not_contiguous_are_read_whole() {
    struct Halves(Option<Chain<&'static [u8], &'static [u8]>>);
    impl Body for Halves {
        type Data = Chain<&'static [u8], &'static [u8]>;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
            Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
        }
    }
    let seen = Seen::default();
    let (head, tail) = BODY.as_bytes().split_at(7);
    let request = signed(BODY).map(|_| Halves(Some(head.chain(tail))));
    let service = gate(endpoint(), seen.clone());
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    assert_eq!(seen.one().1, BODY);
}

#[tokio::test]
async fn bodies_in_frames_of_every_kind_arrive_as_one() {
    let frame = |data: &'static str| Step::frame(data);
    let bytewise = |length: usize| Script::new((0..length).map(|at| Step::frame(vec![at as u8])));
    for (name, script, want) in [
        ("nothing", Script::new([]), 0),
        ("an empty frame", Script::new([frame("")]), 0),
        ("one frame", Script::new([frame("abc")]), 3),
        ("several frames", Script::new([frame("a"), frame("bc"), frame("d")]), 4),
        (
            "empty frames between",
            Script::new([frame(""), frame("a"), frame(""), frame(""), frame("b"), frame("")]),
            2,
        ),
        ("trailers", Script::new([frame("ab"), Step::Trailers]), 2),
        ("trailers and nothing else", Script::new([Step::Trailers]), 0),
        // More than is read in one turn.
        ("single bytes", bytewise(1_000), 1_000),
        ("large frames", Script::zeros(5, 64 * 1024), 5 * 64 * 1024),
        (
            "small frames between large ones",
            Script::zeros(3, 10_000).then(frame("a")).then(Step::frame(vec![1; 5_000])),
            35_001,
        ),
    ] {
        let seen = Seen::default();
        let service = gate(endpoint(), seen.clone());
        let request = signed_script(script);
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        let (parts, body) = seen.one();
        assert_eq!(body.len(), want, "{name}");
        assert_eq!(parts.extensions.get::<Delivery>().unwrap().body(), &body, "{name}");
    }
}

/// As hyper's is where an HTTP/2 stream is reset without an error.
#[tokio::test]
async fn a_body_that_ends_before_its_declared_length_reaches_no_handler() {
    struct Declared(Full<Bytes>, u64);
    impl Body for Declared {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Pin::new(&mut self.0).poll_frame(cx)
        }

        fn size_hint(&self) -> SizeHint {
            let own = self.0.size_hint().exact().unwrap();
            SizeHint::with_exact(own.saturating_add(self.1))
        }
    }
    // All that came is signed, so that only its length is wrong.
    for (missing, calls) in [(0, 1), (1, 0)] {
        let seen = Seen::default();
        let service = gate(endpoint(), seen.clone());
        let request = signed(BODY).map(|body| Declared(body, missing));
        let response = service.oneshot(request).await.unwrap();
        let want = (calls == 0).then_some(RejectionKind::BodyInterrupted);
        assert_eq!(kind(&response), want, "{missing}");
        assert_eq!(seen.count(), calls, "{missing}");
    }
}

/// An error whose cause is another.
#[derive(Debug)]
struct Outer(BoxError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body broke off")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[tokio::test]
async fn bodies_that_break_off_reach_no_handler() {
    let limit = || -> BoxError {
        // The error of a limit cannot be made by hand.
        let mut limited = Limited::new(Full::new(Bytes::from_static(b"ab")), 1);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match Pin::new(&mut limited).poll_frame(&mut cx) {
            Poll::Ready(Some(Err(error))) => error,
            other => panic!("the limit holds: {other:?}"),
        }
    };
    assert!(limit().is::<LengthLimitError>());
    for (name, error, want, status) in [
        ("io", "reset".into(), RejectionKind::BodyInterrupted, 400),
        ("limit", limit(), RejectionKind::BodyTooLarge, 413),
        ("limit inside another error", Outer(limit()).into(), RejectionKind::BodyTooLarge, 413),
    ] {
        let seen = Seen::default();
        let service = gate(endpoint(), seen.clone());
        let script = Script::new([Step::frame("{}"), Step::Fail(error)]);
        let response = service.oneshot(signed_script(script)).await.unwrap();
        assert_eq!((response.status().as_u16(), kind(&response)), (status, Some(want)), "{name}");
        assert_eq!(seen.count(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_limit_outside_the_gate_is_answered_413() {
    let service = gate(endpoint(), Seen::default());
    let request = signed(BODY).map(|body| Limited::new(body, 3));
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn the_limit_of_the_endpoint_holds_to_the_byte() {
    let declared = |length: u64| {
        let mut request = signed(vec![0; 1]);
        request.headers_mut().insert("content-length", length.into());
        request
    };
    let in_frames = |frames, length| signed_script(Script::zeros(frames, length));
    for (name, request, status) in [
        ("at the limit", in_frames(4, 25).map(BodyExt::boxed_unsync), 200),
        ("over it", in_frames(4, 26).map(BodyExt::boxed_unsync), 413),
        ("over it in one frame", in_frames(1, 101).map(BodyExt::boxed_unsync), 413),
        (
            "declared over it",
            declared(101).map(|body| body.map_err(Into::into).boxed_unsync()),
            413,
        ),
        ("declared at it", declared(100).map(|body| body.map_err(Into::into).boxed_unsync()), 200),
    ] {
        let service = gate(endpoint().body_limit(100), Seen::default());
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        let want = (status == 413).then_some(RejectionKind::BodyTooLarge);
        assert_eq!(kind(&response), want, "{name}");
    }
}

#[tokio::test]
async fn the_inner_service_sees_the_request_and_the_delivery() {
    let seen = Seen::default();
    let service = gate(endpoint().name("bookings"), seen.clone());
    let mut request = signed(BODY);
    *request.uri_mut() = "/hooks?tenant=7".parse().unwrap();
    *request.version_mut() = http::Version::HTTP_2;
    request.headers_mut().append("x-twice", "1".parse().unwrap());
    request.headers_mut().append("x-twice", "2".parse().unwrap());
    request.extensions_mut().insert("an extension");
    let before = request.headers().clone();

    let response: Response<Full<Bytes>> = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let (parts, body) = seen.one();
    assert_eq!(body, BODY);
    assert_eq!(parts.headers, before);
    assert_eq!((parts.uri.path(), parts.uri.query()), ("/hooks", Some("tenant=7")));
    assert_eq!(parts.version, http::Version::HTTP_2);
    assert_eq!(parts.extensions.get(), Some(&"an extension"));
    let delivery = parts.extensions.get::<Delivery>().unwrap();
    assert_eq!(delivery.content().coverage, Coverage::Body);
    assert_eq!(&*delivery.content().endpoint, "bookings");
    assert!(delivery.rebuilt_head().is_none());
}

#[tokio::test]
async fn what_is_prepared_is_verified_and_nothing_else() {
    let seen = Seen::default();
    let layer = WebhookLayer::<Full<Bytes>>::new(endpoint().build().unwrap()).prepare(|request| {
        assert!(request.extensions().get::<Delivery>().is_some());
        request.extensions_mut().insert("prepared");
    });
    let service = ServiceBuilder::new().layer(layer).service(seen.clone());
    let forged = signed(BODY).map(|_| Full::<Bytes>::from("{}"));
    assert_eq!(service.clone().oneshot(forged).await.unwrap().status(), 400);
    assert_eq!(service.oneshot(signed(BODY)).await.unwrap().status(), 200);
    assert_eq!(seen.one().0.extensions.get(), Some(&"prepared"));
}
