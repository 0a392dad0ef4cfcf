//! Look-ups that are under way: one for each question, however many requests wait for it.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::error::Fault;

/// What a source said, for all who asked.
pub(crate) type Answer<V> = Result<Option<V>, Fault>;

type Boxed<V> = Pin<Box<dyn Future<Output = Answer<V>> + Send>>;

/// A look-up that several requests wait for. Whoever is polled moves it on; it is dropped with the
/// last of them.
pub(crate) type Flight<V> = Shared<Boxed<V>>;

/// The look-ups under way. Clones share them.
pub(crate) struct Flights<Q, V: Clone>(Arc<Mutex<Table<Q, V>>>);

struct Table<Q, V: Clone> {
    next: u64,
    flights: HashMap<Q, (u64, WeakShared<Boxed<V>>)>,
}

impl<Q, V: Clone> Default for Flights<Q, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Table { next: 0, flights: HashMap::new() })))
    }
}

impl<Q, V: Clone> Clone for Flights<Q, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q: Clone + Eq + Hash, V: Clone> Flights<Q, V> {
    /// The look-up of this question that is under way, else one that begins now, unless `may_begin`
    /// says why none does. No other look-up of it ends meanwhile.
    pub(crate) fn join<F, R>(
        &self,
        query: &Q,
        may_begin: impl FnOnce() -> Result<(), R>,
        begin: impl FnOnce(Place<Q, V>) -> F,
    ) -> Result<Flight<V>, R>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        let mut table = self.lock();
        if let Some(flight) = table.flights.get(query).and_then(|(_, weak)| weak.upgrade()) {
            return Ok(flight);
        }
        may_begin()?;
        let number = table.next;
        table.next = table.next.wrapping_add(1);
        let place = Place { flights: self.clone(), query: query.clone(), number };
        // Only made here: the source is asked when it is first polled, and nothing is dropped that
        // would want the lock.
        let boxed: Boxed<V> = Box::pin(begin(place));
        let flight = boxed.shared();
        if let Some(weak) = flight.downgrade() {
            table.flights.insert(query.clone(), (number, weak));
        }
        Ok(flight)
    }

    /// Lets nobody join the look-ups of these questions any more, and their answers not be kept,
    /// and does `also` before another one may begin or end.
    pub(crate) fn forget(&self, which: impl Fn(&Q) -> bool, also: impl FnOnce()) {
        let mut table = self.lock();
        table.flights.retain(|query, _| !which(query));
        also();
    }

    fn lock(&self) -> MutexGuard<'_, Table<Q, V>> {
        // Nothing that panics is done under the lock, and a table without an entry is no worse.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look-up's place in the table. Dropped, it is free.
pub(crate) struct Place<Q: Eq + Hash, V: Clone> {
    flights: Flights<Q, V>,
    query: Q,
    number: u64,
}

impl<Q: Eq + Hash, V: Clone> Place<Q, V> {
    /// Ends the look-up, and lets `keep` keep its answer unless it was forgotten meanwhile.
    pub(crate) fn land(self, keep: impl FnOnce(&Q)) {
        let mut table = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_ours(&table, &self.query, self.number) {
            table.flights.remove(&self.query);
            keep(&self.query);
        }
    }
}

impl<Q: Eq + Hash, V: Clone> Drop for Place<Q, V> {
    fn drop(&mut self) {
        let mut table = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_ours(&table, &self.query, self.number) {
            table.flights.remove(&self.query);
        }
    }
}

fn is_ours<Q: Eq + Hash, V: Clone>(table: &Table<Q, V>, query: &Q, number: u64) -> bool {
    table.flights.get(query).is_some_and(|(theirs, _)| *theirs == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_between_a_look_up_and_its_answer_begins_none() {
        let flights = Flights::<&str, u8>::default();
        let mut kept = None;
        let begin = |place: Place<_, _>| async move {
            place.land(|_| ());
            Ok(Some(1))
        };
        let Ok(flight) = flights.join(&"acme", || Ok::<_, u8>(()), begin) else { unreachable!() };
        let Ok(Some(value)) = flight.await else { unreachable!() };
        kept.replace(value);
        // Had found nothing before, and comes late.
        let joined = flights.join(&"acme", || kept.map_or(Ok(()), Err), begin);
        assert_eq!(joined.err(), Some(1));
        assert!(flights.join(&"acme", || Ok::<_, u8>(()), begin).is_ok());
    }
}
