//! A provider of the tests' own, in the schemes that the faults need, and what watches its
//! endpoints.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::sign::{Message, sign};
use hookgate::{
    DeliveryKey, Endpoint, EndpointBuilder, Habits, Provider, RawBody, RejectionKind, Sends,
    UnixTime,
};

use crate::client::Raw;
use crate::server::PATH;

pub(crate) const SECRET: &str = "a secret of Acme's own";

/// The time at every endpoint here.
pub(crate) const NOW: i64 = 1_700_000_000;

/// The header of the signature.
pub(crate) const SIGNATURE: &str = "x-acme-signature";

/// The body's MAC in hex, alone in its header.
pub(crate) const BARE: Scheme<'static> = Scheme::hmac_sha256(SIGNATURE);

/// `sha256=<hex>`
pub(crate) const PREFIXED: Scheme<'static> = BARE.prefix("sha256=");

/// `v1=<hex>,v1=<hex>`
pub(crate) const LISTED: Scheme<'static> = BARE.list(",", "=", "v1");

/// The time in a header of its own.
pub(crate) const TIMED: Scheme<'static> =
    BARE.timestamp(Place::Header("x-acme-time"), TimeUnit::Seconds).signed("{ts}.{body}");

/// The time beside the signatures.
pub(crate) const TIMED_LIST: Scheme<'static> =
    LISTED.timestamp(Place::SignatureField("t"), TimeUnit::Seconds).signed("{ts}.{body}");

/// An id that is signed, and a time.
pub(crate) const WITH_ID: Scheme<'static> =
    TIMED.delivery_id(Place::Header("x-acme-id")).signed("{id}.{ts}.{body}");

#[derive(Clone, Copy, Debug)]
pub(crate) struct Acme {
    pub(crate) scheme: Scheme<'static>,
    pub(crate) habits: Habits,
}

impl Acme {
    pub(crate) const fn new(scheme: Scheme<'static>) -> Self {
        Self { scheme, habits: Habits::new() }
    }
}

impl Provider for Acme {
    fn id(&self) -> &str {
        "acme"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.scheme
    }

    fn habits(&self) -> Habits {
        self.habits
    }
}

impl Sends for Acme {
    type Event = RawBody;
}

/// Why an endpoint refused its requests.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Vec<RejectionKind>>>);

impl Refusals {
    pub(crate) fn take(&self) -> Vec<RejectionKind> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An endpoint without a secret yet, and why it refuses.
pub(crate) fn bare_builder(scheme: Scheme<'static>) -> (EndpointBuilder<Acme>, Refusals) {
    let refusals = Refusals::default();
    let noted = refusals.clone();
    let builder = Endpoint::builder(Acme::new(scheme))
        .clock(|| UnixTime::from_secs(NOW))
        .on_rejection(move |rejection, reply| {
            noted.0.lock().unwrap().push(rejection.kind());
            reply
        });
    (builder, refusals)
}

pub(crate) fn builder(scheme: Scheme<'static>) -> (EndpointBuilder<Acme>, Refusals) {
    let (builder, refusals) = bare_builder(scheme);
    (builder.secret(SECRET), refusals)
}

/// A request as Acme signs it now.
pub(crate) fn signed(scheme: Scheme<'static>, body: impl Into<Vec<u8>>) -> Raw {
    signed_at(scheme, NOW, "d-1", body)
}

pub(crate) fn signed_at(
    scheme: Scheme<'static>,
    time: i64,
    id: &str,
    body: impl Into<Vec<u8>>,
) -> Raw {
    let message = Message::post(PATH, body.into()).at(UnixTime::from_secs(time)).id(id);
    sign(&Acme::new(scheme), SECRET, message).unwrap().into()
}

/// The MAC in hex over any text at all.
pub(crate) fn mac(secret: &str, text: impl Into<Vec<u8>>) -> String {
    let message = Message::post(PATH, text.into());
    let request = Raw::from(sign(&Acme::new(BARE), secret, message).unwrap());
    request.header(SIGNATURE).to_owned()
}

/// A replay guard in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    /// Whether a delivery is done.
    done: HashMap<DeliveryKey, bool>,
    claims: Vec<(DeliveryKey, Option<Duration>)>,
}

impl Memory {
    /// The claims so far, in order.
    pub(crate) fn claims(&self) -> Vec<(DeliveryKey, Option<Duration>)> {
        self.0.lock().unwrap().claims.clone()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap().done.is_empty()
    }

    fn release(&self, held: &Held) {
        self.0.lock().unwrap().done.remove(&held.key);
    }
}

impl ReplayGuard for Memory {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let mut memory = self.0.lock().unwrap();
        memory.claims.push((query.key, query.keep_for));
        Ok(match memory.done.get(&query.key) {
            Some(true) => Claim::Done,
            Some(false) => Claim::InFlight,
            None => {
                memory.done.insert(query.key, false);
                Claim::New(0)
            }
        })
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        self.0.lock().unwrap().done.insert(held.key, true);
        Ok(())
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        self.release(&held);
        Ok(())
    }

    fn dropped(&self, held: Held) {
        self.release(&held);
    }
}
