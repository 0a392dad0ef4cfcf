//! Azure Event Grid, in both of its schemas.

use serde::Deserialize;

use super::header::{self, Value, value};
use super::{Asked, LONGEST_BODY};
use crate::head::RequestHead;
use crate::reply::Reply;

/// The header that says which of its requests it is, and the value for the one that asks.
pub(super) const ASKS: (&str, &str) = ("aeg-event-type", "SubscriptionValidation");

#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "validationCode")]
    code: String,
}

/// `[{"data":{"validationCode":X}}]` is answered with `{"validationResponse":X}`.
///
/// Event Grid signs nothing. The body is read only once the request has shown the endpoint's token,
/// in its query or as `Authorization`: an answer to anyone would let anyone subscribe this address
/// to topics of their own. Of a list of several events none asks.
pub(super) fn validation(body: &[u8]) -> Asked {
    if body.len() > LONGEST_BODY {
        return Asked::Nothing;
    }
    // `serde_json` may read this: it was verified as far as Event Grid lets anyone. Members that
    // occur twice are an error to what it derives.
    let Ok([Event { data: Data { code } }]) = serde_json::from_slice::<[Event; 1]>(body) else {
        return Asked::Nothing;
    };
    match super::gate::printable(&code) {
        Some(code) => Asked::Reply(header::object("validationResponse", code)),
        None => Asked::Malformed,
    }
}

/// `OPTIONS` with the sender's name (CloudEvents, "HTTP 1.1 Web Hooks for Event Delivery", section
/// 4): an origin from the list is allowed, at any rate; any other hears nothing of it.
///
/// The confirmation by `WebHook-Request-Callback` is not made: nothing is ever fetched.
pub(super) fn cloud_events(head: &dyn RequestHead, origins: &[&str]) -> Asked {
    if head.method() != "OPTIONS" {
        return Asked::Nothing;
    }
    let origin = match value(head, "webhook-request-origin") {
        Value::Absent => return Asked::Nothing,
        Value::Malformed => return Asked::Malformed,
        Value::Once(origin) => origin,
    };
    // A name of the DNS, in any case (RFC 4343).
    let allowed = origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(&origin));
    if !allowed {
        // Section 4.2: one that is not allowed is best answered as if `OPTIONS` were not known.
        return Asked::Nothing;
    }
    let reply = Reply::new(200).header("allow", "POST, OPTIONS");
    Asked::Reply(reply.header("webhook-allowed-origin", origin).header("webhook-allowed-rate", "*"))
}
