//! The provider, as hookgate sees it: with each of the two events that handlers take.

use std::fmt;
use std::marker::PhantomData;

use hookgate::scheme::Scheme;
use hookgate::{Endpoint, FromContent, JsonEvent, Provider, RawBody, Sends};

use crate::{Booking, SECRET};

/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
pub struct Github<E>(PhantomData<fn() -> E>);

impl<E> fmt::Debug for Github<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Github")
    }
}

impl<E: 'static> Provider for Github<E> {
    fn id(&self) -> &str {
        "github"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-hub-signature-256").prefix("sha256=")
    }
}

impl<E: FromContent + Send + 'static> Sends for Github<E> {
    type Event = E;
}

pub type Raw = RawBody;
pub type Typed = JsonEvent<Booking>;

/// An endpoint for handlers that take `E`.
pub fn endpoint<E: 'static>() -> Endpoint<Github<E>> {
    let endpoint = Endpoint::builder(Github(PhantomData)).secret(SECRET);
    endpoint.build().expect("the scheme and the secret are right")
}
