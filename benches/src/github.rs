//! The provider, as hookgate sees it: with each of the two events that handlers take.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

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

/// What an endpoint takes on at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Limits {
    /// What an endpoint has that names none.
    Default,
    /// Room and time for hundreds of large bodies that are all held half-way.
    Raised,
}

/// An endpoint for handlers that take `E`.
pub fn endpoint<E: 'static>(limits: Limits) -> Endpoint<Github<E>> {
    let mut endpoint = Endpoint::builder(Github(PhantomData)).secret(SECRET);
    if limits == Limits::Raised {
        endpoint = endpoint.in_flight(512 << 20).body_deadline(Duration::from_secs(600));
    }
    endpoint.build().expect("the scheme and the secret are right")
}
