//! What a request holds of its gate.

use super::Gate;
use crate::budget::Reserved;
use crate::endpoint::AnyEndpoint;

/// A request's hold on its gate, and its bytes in flight, which are given back with it.
#[derive(Debug)]
pub(super) struct Share {
    gate: Gate,
    bytes: usize,
}

impl Share {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate, bytes: 0 }
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(super) fn endpoint(&self) -> &AnyEndpoint {
        self.gate.endpoint()
    }

    /// Takes more bytes of the budget. False: it is spent.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.endpoint().in_flight().take(bytes)
    }

    /// Takes over bytes that the check took of the same budget.
    pub(super) fn take_over(&mut self, reserved: Reserved) {
        self.bytes = self.bytes.saturating_add(reserved.hand_over());
    }

    /// Gives all bytes back.
    pub(super) fn shrink(&mut self) {
        if self.bytes > 0 {
            self.endpoint().in_flight().give_back(self.bytes);
            self.bytes = 0;
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink();
    }
}
