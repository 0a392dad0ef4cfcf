//! `webhook_into`: 200 once the sink has the delivery, 503 when it cannot take it.

#![cfg(all(feature = "routing", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use axum::Router;
use hookgate::ports::{Stored, Unavailable};
use hookgate::{Budget, Delivery, RejectionKind};
use hookgate_axum::webhook_into;

use crate::common::{BODY, Guard, Notes, endpoint, forged, send, signed};

#[tokio::test]
async fn the_answer_is_the_sinks() {
    let kind = RejectionKind::SinkUnavailable;
    for (name, stored, status, want, told) in [
        ("new", Some(Stored::New), 200, None, "done"),
        ("stored before", Some(Stored::Duplicate), 200, None, "done"),
        ("down", None, 503, Some(kind), "failed"),
    ] {
        let (notes, guard, budget) = (Notes::default(), Guard::default(), Budget::new(1_000));
        let sink = {
            let notes = notes.clone();
            move |delivery: Delivery| {
                let content = delivery.into_content();
                notes.add(format!("{} {}", content.event_name().unwrap().0, content.body.len()));
                let stored = stored.ok_or_else(|| Unavailable::new("the disk is full"));
                async move { stored }
            }
        };
        let endpoint = endpoint().in_flight(budget.clone()).replay_guard(guard.clone());
        let route = webhook_into(endpoint.build().unwrap(), sink);
        let app = Router::new().route("/hooks", route);

        assert_eq!(send(app.clone(), forged()).await.status, 400, "{name}");
        assert!(notes.take().is_empty(), "{name}");

        let answer = send(app, signed(BODY)).await;
        assert_eq!((answer.status, answer.kind()), (status, want), "{name}");
        assert_eq!(answer.header("retry-after").len(), usize::from(status == 503), "{name}");
        assert!(!answer.text().contains("disk"), "{name}");
        answer.assert_of_the_gate();
        assert_eq!(notes.take(), [format!("meetingScheduled {}", BODY.len())], "{name}");
        assert_eq!(guard.notes.take(), ["claim", told], "{name}");
        assert_eq!(budget.used(), 0, "{name}");
    }
    assert!(kind.after_verdict() && kind.is_ours());
}

#[tokio::test]
async fn a_sink_that_panics_holds_nothing() {
    let (guard, budget) = (Guard::default(), Budget::new(1_000));
    let endpoint = endpoint().in_flight(budget.clone()).replay_guard(guard.clone());
    let sink = async |_: Delivery| {
        assert!(std::env::args().len() > 1_000, "in the sink");
        Ok(Stored::New)
    };
    let app = Router::new().route("/hooks", webhook_into(endpoint.build().unwrap(), sink));
    let task = tokio::spawn(async { send(app, signed(BODY)).await });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(guard.notes.take(), ["claim", "dropped"]);
    assert_eq!(budget.used(), 0);
}
