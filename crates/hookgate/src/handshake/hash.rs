//! A challenge that is answered with a hash over it, a token and the endpoint's address.

use super::query::{Parameter, parameter};
use super::{Asked, Gate, Setup, header};
use crate::head::RequestHead;

/// `GET ?name=X` is answered with `{answer: hex(sha256(X, token, address))}`.
///
/// The hash signs nothing: eBay's deliveries are signed by eBay's own key. Behind the token stands
/// the address, so that what could be hashed on from the answer begins with it and is no other
/// endpoint's.
pub(super) fn of_query(
    head: &dyn RequestHead,
    name: &str,
    answer: &str,
    setup: &Setup<'_>,
) -> Asked {
    if head.method() != "GET" {
        return Asked::Nothing;
    }
    match parameter(head.query(), name) {
        Parameter::Absent => Asked::Nothing,
        Parameter::Malformed => Asked::Malformed,
        Parameter::Once(challenge) => match Gate::Token.pass(&challenge) {
            None => Asked::Malformed,
            // An endpoint that was not told its token or its address cannot answer, and is as if
            // the provider had never asked.
            Some(token) => setup.hash(&token).map_or(Asked::Nothing, |hash| {
                Asked::Reply(header::object(answer, &const_hex::encode(hash)))
            }),
        },
    }
}
