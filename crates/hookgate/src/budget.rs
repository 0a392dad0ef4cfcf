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

    /// Takes more bytes. False: the budget is spent; they count all the same, until they are given
    /// back.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let before = self.0.used.fetch_add(bytes, Ordering::Relaxed);
        before.saturating_add(bytes) <= self.0.limit
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes of a budget, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Reserved {
    budget: Budget,
    bytes: usize,
}

impl Reserved {
    /// Nothing of a budget yet.
    #[cfg(feature = "gzip")]
    pub(crate) fn of(budget: &Budget) -> Self {
        Self { budget: budget.clone(), bytes: 0 }
    }

    /// Takes more bytes. False: the budget is spent; they count all the same.
    #[cfg(feature = "gzip")]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.budget.take(bytes)
    }

    /// The bytes, for another to give back.
    pub(crate) fn hand_over(mut self) -> usize {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_counts_until_it_is_given_back() {
        let budget = Budget::new(10);
        assert!(budget.take(6));
        assert!(!budget.clone().take(6));
        assert_eq!(budget.used(), 12);
        budget.give_back(6);
        assert!(budget.take(4));
        assert!(!budget.take(1));
        budget.give_back(11);
        assert_eq!(budget.used(), 0);
    }
}
