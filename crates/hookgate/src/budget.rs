//! How many bytes of bodies may be in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes in flight where the endpoint names none: 64 MiB.
const IN_FLIGHT: usize = 64 * 1024 * 1024;

/// A bound on the bytes of bodies in flight: a body counts from its first frame until the handler
/// has answered. Clones share it, so one budget can serve several endpoints.
///
/// ```
/// use hookgate::{Budget, Endpoint, ace::Ace, harmonizely::Harmonizely};
///
/// let budget = Budget::new(16 * 1024 * 1024);
/// let ace = Endpoint::builder(Ace::any()).secret("one secret").in_flight(budget.clone()).build()?;
/// let other = Endpoint::builder(Harmonizely).secret("another").in_flight(budget).build()?;
/// # Ok::<(), hookgate::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Shared { limit: bytes, used: AtomicUsize::new(0) }))
    }

    /// The bytes that may be in flight.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// The bytes in flight now.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// A share that has taken nothing yet.
    pub(crate) fn permit(&self) -> Permit {
        Permit { budget: self.clone(), held: 0 }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(IN_FLIGHT)
    }
}

impl From<usize> for Budget {
    fn from(bytes: usize) -> Self {
        Self::new(bytes)
    }
}

/// A request's share of a [`Budget`], given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    budget: Budget,
    held: usize,
}

impl Permit {
    /// Takes more bytes, unless the budget is spent.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let shared = &self.budget.0;
        let before = shared.used.fetch_add(bytes, Ordering::Relaxed);
        self.held = self.held.saturating_add(bytes);
        before.saturating_add(bytes) <= shared.limit
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.held > 0 {
            self.budget.0.used.fetch_sub(self.held, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(10);
        let mut one = budget.permit();
        let mut two = budget.clone().permit();
        assert!(one.grow(6));
        assert!(!two.grow(6));
        drop(two);
        assert_eq!(budget.used(), 6);
        assert!(one.grow(4));
        assert!(!one.grow(1));
        drop(one);
        assert_eq!(budget.used(), 0);
    }
}
