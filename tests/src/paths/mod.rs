//! The four ways through which a row is driven.

mod actix;
mod axum;
mod core;
mod http1;
mod tower;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hookgate::{AnyEndpoint, Delivery};

use crate::outcome::Outcome;
use crate::vector::Row;

/// A way through the gate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the program's own list")]
pub enum Through {
    /// The core's state machine, driven by hand.
    Core,
    /// The layer of `hookgate-tower` around a plain service.
    Tower,
    /// `hookgate-axum` in a router: the layer, and the one-line route.
    Axum,
    /// `hookgate-actix` in an app: the middleware, and the one-line route.
    Actix,
}

impl Through {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Core, Self::Tower, Self::Axum, Self::Actix];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Tower => "tower",
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }

    /// Drives a row. A panic is an outcome too.
    pub fn drive(self, row: &Row, endpoint: &AnyEndpoint) -> Outcome {
        let drive = || match self {
            Self::Core => core::drive(row, endpoint),
            Self::Tower => tower::drive(row, endpoint),
            Self::Axum => axum::drive(row, endpoint),
            Self::Actix => actix::drive(row, endpoint),
        };
        catch_unwind(AssertUnwindSafe(drive))
            .unwrap_or_else(|_| Outcome::Broken("it panicked".into()))
    }
}

impl FromStr for Through {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|through| through.name() == name);
        found.ok_or_else(|| format!("{name} is none of core, tower, axum, actix"))
    }
}

/// What a handler saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<(Delivery, Bytes)>>>);

impl Seen {
    fn put(&self, delivery: Delivery, body: Bytes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((delivery, body));
    }

    fn take(&self) -> Option<(Delivery, Bytes)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Two forms of one path have to agree.
fn agreed(form: Outcome, one_line: Outcome) -> Outcome {
    if form == one_line {
        form
    } else {
        Outcome::Broken(format!("the layer says {form}, the one-line route {one_line}"))
    }
}

/// A runtime for one row.
fn block_on<F: Future<Output = Outcome>>(future: F) -> Outcome {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => Outcome::Broken(error.to_string()),
    }
}
