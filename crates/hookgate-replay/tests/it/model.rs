//! Any order of claims, settlements and waiting, against a model that fits on a page.

use std::collections::HashMap;
use std::time::Duration;

use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard};
use hookgate_replay::MemoryGuard;
use proptest::prelude::*;

use crate::support::{Clock, key};

const LEASE: u64 = 10;
const KEEP: u64 = 25;
/// What the check says of deliveries with an odd number.
const REPLAYABLE: u64 = 7;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Claim(u8),
    /// Settles one of the claims that were won so far, also one that was settled before.
    Settle(prop::sample::Index, How),
    Pass(u64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Done,
    Failed,
    Dropped,
}

pub(crate) fn steps(longest: u64) -> impl Strategy<Value = Vec<Step>> {
    let how = prop_oneof![Just(How::Done), Just(How::Failed), Just(How::Dropped)];
    let step = prop_oneof![
        4 => (0..3_u8).prop_map(Step::Claim),
        3 => (any::<prop::sample::Index>(), how).prop_map(|(which, how)| Step::Settle(which, how)),
        3 => (0..=longest).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..60)
}

/// What a guard should know.
#[derive(Default)]
struct Model {
    now: u64,
    /// The latest claim of each delivery: its number, when it was won, and when it was done.
    claims: HashMap<u8, (usize, u64, Option<u64>)>,
    won: Vec<u8>,
}

#[derive(Debug, Eq, PartialEq)]
enum Expected {
    New,
    InFlight,
    Done,
}

fn keep(number: u8) -> u64 {
    if number % 2 == 1 { REPLAYABLE } else { KEEP }
}

impl Model {
    fn claim(&mut self, number: u8) -> Expected {
        match self.claims.get(&number) {
            Some((_, _, Some(done))) if self.now < done + keep(number) => Expected::Done,
            Some((_, won, None)) if self.now < won + LEASE => Expected::InFlight,
            _ => {
                self.claims.insert(number, (self.won.len(), self.now, None));
                self.won.push(number);
                Expected::New
            }
        }
    }

    fn settle(&mut self, claim: usize, how: How) {
        let number = self.won[claim];
        let Some((latest, _, done @ None)) = self.claims.get_mut(&number) else { return };
        if *latest != claim {
            return;
        }
        match how {
            How::Done => *done = Some(self.now),
            How::Failed | How::Dropped => drop(self.claims.remove(&number)),
        }
    }
}

/// Runs the steps on both, and holds their words against each other.
async fn run<G: ReplayGuard>(guard: &G, steps: Vec<Step>, pass: impl Fn(u64)) {
    let mut model = Model::default();
    let mut held: Vec<Held> = Vec::new();
    for step in steps {
        match step {
            Step::Claim(number) => {
                let keep_for = (number % 2 == 1).then_some(Duration::from_secs(REPLAYABLE));
                let query = ClaimQuery::new(key(number), keep_for);
                let said = match guard.claim(query).await.unwrap() {
                    Claim::New(token) => {
                        let claim = Held::new(query.key, token);
                        assert!(!held.contains(&claim), "two claims with one token");
                        held.push(claim);
                        Expected::New
                    }
                    Claim::InFlight => Expected::InFlight,
                    Claim::Done => Expected::Done,
                    other => panic!("{other:?}"),
                };
                assert_eq!(said, model.claim(number));
            }
            Step::Settle(which, how) => {
                if held.is_empty() {
                    continue;
                }
                let which = which.index(held.len());
                match how {
                    How::Done => guard.done(held[which]).await.unwrap(),
                    How::Failed => guard.failed(held[which]).await.unwrap(),
                    How::Dropped => guard.dropped(held[which]),
                }
                model.settle(which, how);
            }
            Step::Pass(time) => {
                pass(time);
                model.now += time;
            }
        }
    }
}

proptest! {
    #[test]
    fn the_guard_in_memory_is_its_model(steps in steps(15)) {
        let clock = Clock::new();
        let now = clock.clone();
        let guard = MemoryGuard::new(10_000)
            .lease(Duration::from_secs(LEASE))
            .keep(Duration::from_secs(KEEP))
            .clock(move || now.now());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&guard, steps, |time| clock.pass(Duration::from_secs(time))));
        prop_assert_eq!(guard.evicted(), 0);
    }
}

/// Without waiting: Redis has a clock of its own, which nobody moves.
#[cfg(feature = "redis")]
#[tokio::test]
async fn the_guard_in_redis_is_its_model_while_time_stands() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let Some(server) = crate::server::Redis::start() else { return };
    let guard = server.guard().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let steps = steps(0).new_tree(&mut runner).unwrap().current();
        // What is dropped is released in the background: here the next step waits for it.
        let steps = steps
            .into_iter()
            .map(|step| match step {
                Step::Settle(which, How::Dropped) => Step::Settle(which, How::Failed),
                step => step,
            })
            .collect();
        let fresh = guard.clone().prefix(crate::server::fresh_prefix());
        let hour = Duration::from_secs(3_600);
        run(&fresh.lease(hour).keep(hour), steps, |_| {}).await;
    }
}
