//! Providers that look for a text of their own in each success.

use hookgate::FixedReply;

use crate::asking::{Asking, BARE};
use crate::drive::Way;

const HELLO: Asking = Asking {
    acknowledgement: FixedReply::text("Hello API Event Received"),
    ..Asking::silent(BARE)
};

#[test]
fn an_empty_success_becomes_what_the_provider_has_to_read() {
    let endpoint = HELLO.endpoint();
    for way in Way::ADAPTERS {
        let answer = way.send(&endpoint, &HELLO.signed("{}"));
        assert!(answer.handled, "{way:?}");
        assert_eq!((answer.status, &*answer.body), (200, "Hello API Event Received"), "{way:?}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{way:?}");
        assert!(answer.header("content-length").is_none_or(|length| length == "24"), "{way:?}");
        if matches!(way, Way::ActixRoute | Way::ActixMiddleware) {
            assert_eq!(answer.header("x-own"), Some("1"), "{way:?}");
        }
    }
}

#[test]
fn a_handler_that_says_something_has_the_last_word() {
    let (endpoint, plain) = (HELLO.endpoint(), Asking::silent(BARE).endpoint());
    for way in Way::ADAPTERS {
        let answer = way.send_to(&endpoint, &HELLO.signed("{}"), "my own");
        assert_eq!((answer.status, &*answer.body), (200, "my own"), "{way:?}");
        // And a provider that reads nothing gets nothing.
        let answer = way.send(&plain, &HELLO.signed("{}"));
        assert_eq!((answer.status, &*answer.body), (200, ""), "{way:?}");
        // Nor is a refusal dressed up.
        let answer = way.send(&endpoint, &HELLO.signed_with("another secret", "{}"));
        assert_eq!((answer.status, answer.handled), (401, false), "{way:?}");
        assert!(!answer.body.contains("Hello"), "{way:?}");
    }
}
