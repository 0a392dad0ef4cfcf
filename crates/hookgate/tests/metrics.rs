//! Every request is counted once, by what became of it.

#![cfg(all(feature = "metrics", feature = "sign", feature = "testing"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hookgate::driver::{Admitted, FrameError, Frames, Gate, Timer};
use hookgate::harmonizely::Harmonizely;
use hookgate::sign::{Message, sign};
use hookgate::{Endpoint, UnixTime, dangerous, extract, harmonizely};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

/// Writes down each count with its labels.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<Vec<String>>>);

struct One(Counts, String);

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.0.0.lock().unwrap().push(format!("{} +{value}", self.1));
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Counter::from_arc(Arc::new(One(self.clone(), name)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[derive(Debug)]
struct Still;

impl Timer for Still {
    fn now(&self) -> UnixTime {
        UnixTime::from_secs(0)
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

struct Body(Option<bytes::Bytes>);

impl Frames for Body {
    fn poll_data(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<bytes::Bytes, FrameError>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

#[test]
fn what_became_of_a_request_is_counted_once() {
    let endpoint = Endpoint::builder(Harmonizely).secret("a secret of ours").name("hooks");
    let gate = Gate::new(endpoint.build().unwrap(), Still);
    let counts = Counts::default();
    metrics::with_local_recorder(&counts, || {
        let answers =
            [("a secret of ours", Some(200)), ("another", None), ("a secret of ours", None)];
        for (secret, answered) in answers {
            let request = sign(&Harmonizely, secret, Message::post("/", "{}")).unwrap();
            let mut admission = gate.admit(&request);
            let mut body = Body(Some("{}".into()));
            let mut cx = Context::from_waker(Waker::noop());
            let admitted = admission.poll(&mut cx, Pin::new(&mut body));
            if let (Poll::Ready(Admitted::Passed(_, mut ticket)), Some(status)) =
                (admitted, answered)
            {
                ticket.answered(status, None);
            }
        }
    });
    let of = |outcome: &str, reason: &str| {
        format!(
            "hookgate_requests_total{{provider=harmonizely,endpoint=hooks,outcome={outcome},\
             reason={reason}}} +1"
        )
    };
    let want = [of("delivered", ""), of("refused", "signature_mismatch"), of("dropped", "")];
    assert_eq!(*counts.0.lock().unwrap(), want);
}

#[test]
fn what_an_endpoint_only_observed_is_counted_by_what_it_would_have_refused() {
    let endpoint = Endpoint::builder(Harmonizely).secret("a secret of ours").name("hooks");
    let gate = Gate::new(dangerous::observe_only(endpoint).build().unwrap(), Still);
    let counts = Counts::default();
    metrics::with_local_recorder(&counts, || {
        for (secret, body, answered) in [
            ("a secret of ours", "{}", true),
            ("a secret of ours", r#"{"event":"other"}"#, true),
            ("another", "{}", true),
            ("another", "{}", false),
        ] {
            let request = sign(&Harmonizely, secret, Message::post("/", body)).unwrap();
            let mut admission = gate.admit(&request);
            let mut cx = Context::from_waker(Waker::noop());
            let admitted = admission.poll(&mut cx, Pin::new(&mut Body(Some(body.into()))));
            let Poll::Ready(Admitted::Passed(delivery, mut ticket)) = admitted else {
                panic!("{admitted:?}");
            };
            extract::<dangerous::Observed<harmonizely::Event>>(Some(&delivery)).unwrap();
            if answered {
                ticket.answered(200, None);
            }
        }
    });
    let of = |outcome: &str, reason: &str| {
        format!(
            "hookgate_requests_total{{provider=harmonizely,endpoint=hooks,outcome={outcome},\
             reason={reason}}} +1"
        )
    };
    let want = [
        // It names no event.
        of("observed", "undecodable"),
        of("delivered", ""),
        of("observed", "signature_mismatch"),
        of("dropped", "signature_mismatch"),
    ];
    assert_eq!(*counts.0.lock().unwrap(), want);
}
