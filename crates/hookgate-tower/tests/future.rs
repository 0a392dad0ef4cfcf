//! The response future has a name, and is as free to move as its parts.

#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use hookgate_tower::{ResponseFuture, WebhookLayer, WebhookService};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::common::{
    BODY, Guard, Script, Seen, Step, endpoint, gate, poll_once, signed, signed_script, unsigned,
};

fn send<T: Send>(_: &T) {}

#[test]
fn everything_is_send_when_its_parts_are() {
    let mut service = gate(endpoint(), Seen::default());
    send(&service);
    send(&service.call(signed(BODY)));
    send(&service.call(signed(BODY).map(|_| Script::new([]))));
    let layer = WebhookLayer::<Full<Bytes>>::new(endpoint().build().unwrap());
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    shared(&layer);
}

#[tokio::test]
async fn parts_that_are_not_send_work_as_well() {
    let count = Rc::new(std::cell::Cell::new(0));
    let inner = {
        let count = Rc::clone(&count);
        service_fn(move |_: Request<Full<Bytes>>| {
            count.set(count.get() + 1);
            std::future::ready(Ok::<Response<Full<Bytes>>, Infallible>(Response::default()))
        })
    };
    let response = gate(endpoint(), inner).oneshot(signed(BODY)).await.unwrap();
    assert_eq!((response.status().as_u16(), count.get()), (200, 1));
}

/// A service of a user's own, with named types and no box.
struct Own {
    gate: WebhookService<Seen, Full<Bytes>>,
    pending: Option<ResponseFuture<Seen, Full<Bytes>, Script>>,
}

#[tokio::test]
async fn the_future_has_a_name_and_says_where_it_is() {
    let layer = WebhookLayer::new(endpoint().build().unwrap());
    let mut own = Own { gate: layer.layer(Seen::default()), pending: None };
    ServiceExt::<Request<Script>>::ready(&mut own.gate).await.unwrap();
    let script = Script::new([Step::frame(BODY), Step::Hang]);
    own.pending = Some(own.gate.call(signed_script(script)));
    let mut future = Box::pin(own.pending.take().unwrap());
    poll_once(future.as_mut());
    let shown = format!("{future:?} {:?} {layer:?}", own.gate);
    assert!(shown.contains("admit"), "{shown}");
    assert!(!shown.contains(common::SECRET), "{shown}");
    assert!(!shown.contains("meetingScheduled"), "{shown}");
}

#[tokio::test]
async fn once_it_was_ready_it_never_is_again_and_polls_nobody() {
    // A handler that is an `async fn` would panic.
    for guard in [None, Some(Guard::default())] {
        let mut endpoint = endpoint();
        if let Some(guard) = guard {
            endpoint = endpoint.replay_guard(guard);
        }
        let mut service = gate(endpoint, Seen::default());
        for (request, status) in [(signed(BODY), 200), (unsigned(Full::default()), 400)] {
            let mut future = Box::pin(service.call(request));
            assert_eq!(future.as_mut().await.unwrap().status(), status);
            poll_once(future.as_mut());
        }
    }
}
