//! A run over many rows, and its report.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::endpoint::{NoEndpoint, endpoint};
use crate::outcome::Outcome;
use crate::paths::Through;
use crate::vector::{Row, Verdict};

/// Providers whose rows are passed over, each with a reason.
pub type Expectations = BTreeMap<String, String>;

/// The counts of a run; a row counts once for each path.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Rows with the verdict that was expected.
    pub passed: usize,
    /// Rows with another.
    pub failed: usize,
    /// Rows for which both verdicts are right, and all paths agree.
    pub either: usize,
    /// Rows of providers that the expectations name.
    pub skipped: usize,
    /// A line for each failure.
    pub failures: String,
}

impl Report {
    /// The closing line.
    pub fn summary(&self) -> String {
        let Self { passed, failed, either, skipped, .. } = self;
        format!("{passed} passed, {failed} failed, {either} either, {skipped} skipped")
    }

    fn fail(&mut self, row: &Row, through: &str, want: &str, came: &str) {
        self.failed = self.failed.saturating_add(1);
        let _ = writeln!(
            self.failures,
            "FAILED {} through {through}: expected {want}, came {came}\n       {}",
            row.id, row.note,
        );
    }
}

/// Drives every row through every path.
pub fn run(rows: &[Row], paths: &[Through], expectations: &Expectations) -> Report {
    let mut report = Report::default();
    for row in rows {
        if expectations.contains_key(&row.provider) {
            report.skipped = report.skipped.saturating_add(paths.len());
            continue;
        }
        let outcomes: Vec<_> = paths.iter().map(|path| (*path, drive(row, *path))).collect();
        judge(row, &outcomes, &mut report);
    }
    report
}

fn drive(row: &Row, path: Through) -> Outcome {
    match endpoint(row) {
        Ok(endpoint) => path.drive(row, &endpoint),
        Err(NoEndpoint::Refused(error)) => Outcome::NotBuilt(error.to_string()),
        Err(NoEndpoint::UnknownProvider) => {
            Outcome::Broken(format!("the provider {} is not implemented", row.provider))
        }
        Err(NoEndpoint::UnknownOption(option)) => {
            Outcome::Broken(format!("the option {option} is not known"))
        }
    }
}

fn judge(row: &Row, outcomes: &[(Through, Outcome)], report: &mut Report) {
    let first = outcomes.first().map(|(path, outcome)| (path.name(), outcome.accepted()));
    for (path, outcome) in outcomes {
        let accepted = outcome.accepted();
        let agrees = first.is_some_and(|(_, first)| first == accepted);
        let right = match row.verdict {
            Verdict::Accept => accepted == Some(true),
            Verdict::Reject => accepted == Some(false),
            Verdict::Either => accepted.is_some(),
        };
        match (right, agrees, row.verdict) {
            (true, true, Verdict::Either) => report.either = report.either.saturating_add(1),
            (true, true, _) => report.passed = report.passed.saturating_add(1),
            (true, false, _) => {
                let want = format!("the same as through {}", first.map_or("", |(name, _)| name));
                report.fail(row, path.name(), &want, &outcome.to_string());
            }
            (false, ..) => {
                let want = format!("{:?}", row.verdict).to_lowercase();
                report.fail(row, path.name(), &want, &outcome.to_string());
            }
        }
    }
}
