//! Time, in slices that alternate between the contenders.

use std::time::{Duration, Instant};

use crate::{Contender, Delivery};

/// How long one contender runs before the next has its turn. Long enough for the clock, short
/// enough that a machine which changes its speed changes it for all.
const SLICE: Duration = Duration::from_micros(500);

/// The nanoseconds for one delivery: a row for each contender, a column for each round.
pub struct Rounds(Vec<Vec<f64>>);

/// Lets all contenders take a delivery in turn, `rounds` times.
pub fn rounds(contenders: &mut [Contender], delivery: &Delivery, rounds: usize) -> Rounds {
    let mut times: Vec<_> = contenders
        .iter_mut()
        .map(|contender| {
            // Warm, and how many fit into a slice.
            let started = Instant::now();
            let mut done = 0_u32;
            while started.elapsed() < SLICE * 4 {
                (contender.take)(delivery);
                done += 1;
            }
            (done / 4).max(1)
        })
        .map(|count| (count, Vec::with_capacity(rounds)))
        .collect();
    for round in 0..rounds {
        // Whoever comes after a slow one must not always be the same.
        for turn in 0..contenders.len() {
            let at = (turn + round) % contenders.len();
            let (contender, (count, times)) = (&mut contenders[at], &mut times[at]);
            let started = Instant::now();
            for _ in 0..*count {
                (contender.take)(delivery);
            }
            times.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(*count));
        }
    }
    Rounds(times.into_iter().map(|(_, times)| times).collect())
}

/// A median, and what it lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Rounds {
    /// A row for each contender, a column for each round.
    pub fn new(rows: Vec<Vec<f64>>) -> Self {
        Self(rows)
    }

    /// The median over all rounds of something that is reckoned within each.
    pub fn median(&self, reckon: impl Fn(&dyn Fn(usize) -> f64) -> f64) -> f64 {
        self.spread(reckon).median
    }

    /// The same, with the least and the most.
    pub fn spread(&self, reckon: impl Fn(&dyn Fn(usize) -> f64) -> f64) -> Spread {
        let rounds = self.0.first().map_or(0, Vec::len);
        let all: Vec<_> =
            (0..rounds).map(|round| reckon(&|contender| self.0[contender][round])).collect();
        Spread {
            least: all.iter().copied().fold(f64::NAN, f64::min),
            most: all.iter().copied().fold(f64::NAN, f64::max),
            median: median(all),
        }
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_reckoned_within_each_round() {
        let rounds = Rounds::new(vec![vec![1.0, 10.0, 100.0], vec![2.0, 30.0, 150.0]]);
        let spread = rounds.spread(|of| of(1) / of(0));
        assert_eq!(spread, Spread { median: 2.0, least: 1.5, most: 3.0 });
    }
}
