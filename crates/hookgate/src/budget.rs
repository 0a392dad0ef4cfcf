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

/// A request's share of a [`Budget`], given back when it is dropped. At first it has taken nothing.
#[derive(Debug, Default)]
pub(crate) struct Permit {
    /// Whose, and how many bytes.
    held: Option<(Budget, usize)>,
}

impl Permit {
    /// Takes more bytes, unless the budget is spent. It is the same one at every call.
    pub(crate) fn grow(&mut self, budget: &Budget, bytes: usize) -> bool {
        let (budget, held) = self.held.get_or_insert_with(|| (budget.clone(), 0));
        let before = budget.0.used.fetch_add(bytes, Ordering::Relaxed);
        *held = held.saturating_add(bytes);
        before.saturating_add(bytes) <= budget.0.limit
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some((budget, held)) = &self.held {
            budget.0.used.fetch_sub(*held, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(10);
        let (mut one, mut two) = (Permit::default(), Permit::default());
        assert!(one.grow(&budget, 6));
        assert!(!two.grow(&budget.clone(), 6));
        drop(two);
        assert_eq!(budget.used(), 6);
        assert!(one.grow(&budget, 4));
        assert!(!one.grow(&budget, 1));
        drop(one);
        assert_eq!(budget.used(), 0);
    }
}
