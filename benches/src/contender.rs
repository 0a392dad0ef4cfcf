//! What is measured: a loop's body, under a name.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::delivery::SIGNATURE;
use crate::{Delivery, SECRET};

/// The framework that a contender runs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framework {
    Axum,
    Actix,
}

impl Framework {
    pub const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    pub fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }

    /// The contenders of this framework, the floor last.
    pub fn contenders(self) -> Vec<Contender> {
        let mut all = match self {
            Self::Axum => crate::axum::contenders(),
            Self::Actix => crate::actix::contenders(),
        };
        all.push(Contender::floor());
        all
    }
}

pub mod names {
    //! Names of contenders, the same for both frameworks.

    pub const BARE: &str = "bare handler";
    pub const BARE_EXTRACTORS: &str = "bare handler, extractors";
    pub const NOOP: &str = "no-op gate";
    pub const HAND_WRITTEN: &str = "hand-written in the handler";
    pub const NAIVE: &str = "naive middleware";
    pub const LAYER: &str = "hookgate, layer";
    pub const ROUTE: &str = "hookgate, route";
    pub const ROUTE_EXTRACTORS: &str = "hookgate, route, extractors";
    pub const WEBHOOK_VERIFY: &str = "webhook-verify 0.1.0";
    pub const TOWER_GITHUB: &str = "tower-github-webhook 0.2.0";
    pub const GITHUB_EXTRACT: &str = "axum-github-webhook-extract 0.3.0";
    pub const STANDARD: &str = "standardwebhooks 1.0.1 in a handler";
    pub const JSON: &str = "Json<T>, unverified";
    pub const LAYER_TYPED: &str = "hookgate, layer, typed";
    pub const ROUTE_TYPED: &str = "hookgate, route, typed";
    pub const FLOOR: &str = "HMAC alone";
}

/// Takes one delivery, and panics unless it is accepted.
pub type Take = Box<dyn FnMut(&Delivery)>;

pub struct Contender {
    pub name: &'static str,
    pub take: Take,
}

impl Contender {
    pub fn new(name: &'static str, take: impl FnMut(&Delivery) + 'static) -> Self {
        Self { name, take: Box::new(take) }
    }

    /// What nobody can go below: the signature's text decoded on the stack, the key schedule made
    /// once, one pass over the body, a comparison in constant time.
    fn floor() -> Self {
        let start = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        Self::new(names::FLOOR, move |delivery| {
            let header = delivery.headers.get(SIGNATURE).unwrap().as_bytes();
            let mut signature = [0; 32];
            let hex = header.strip_prefix(b"sha256=").unwrap();
            const_hex::decode_to_slice(hex, &mut signature).unwrap();
            let mut mac = start.clone();
            mac.update(&delivery.body);
            mac.verify_slice(&signature).unwrap();
        })
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Contender").field(&self.name).finish()
    }
}

/// Runs a future that never has to wait.
pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    // A runtime's turn, as cooperative yielding asks for, costs nothing here.
    for _ in 0..10_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("the application waits for something");
}
