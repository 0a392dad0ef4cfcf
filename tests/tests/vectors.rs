//! The project's own vectors, through all four paths.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking and say what they skip")]

use std::path::Path;

use hookgate_conformance::paths::Through;
use hookgate_conformance::run::{Expectations, run};
use hookgate_conformance::{Row, Verdict, read};

fn rows(file: &str) -> Vec<Row> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file)).unwrap()
}

#[test]
fn every_row_of_the_five_providers_gets_its_verdict_on_every_path() {
    let rows = rows("seed-providers.json");
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!((report.failed, report.skipped), (0, 0), "{}", report.failures);
    assert_eq!(report.passed + report.either, rows.len() * Through::ALL.len());
    assert!(report.either > 0);
}

#[test]
fn every_row_of_the_catalogue_gets_its_verdict_on_every_path() {
    let rows = rows("catalogue.json");
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!((report.failed, report.skipped), (0, 0), "{}", report.failures);
    assert_eq!(report.passed, rows.len() * Through::ALL.len());
}

#[test]
fn every_row_of_the_providers_with_code_gets_its_verdict_on_every_path() {
    let rows = rows("with-code.json");
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!((report.failed, report.skipped), (0, 0), "{}", report.failures);
    assert_eq!(report.passed, rows.len() * Through::ALL.len());
}

#[test]
fn the_table_of_providers_is_the_codes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROVIDERS.md");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(
        written == hookgate_conformance::table(),
        "make it anew: cargo run -p hookgate-conformance --bin provider-table > docs/PROVIDERS.md"
    );
}

#[test]
fn a_wrong_verdict_is_reported() {
    let mut rows = rows("seed-providers.json");
    rows.retain(|row| row.verdict != Verdict::Either && row.id.starts_with("ioffice-0"));
    for row in &mut rows {
        row.verdict = match row.verdict {
            Verdict::Accept => Verdict::Reject,
            _ => Verdict::Accept,
        };
    }
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!(report.passed, 0);
    assert_eq!(report.failed, rows.len() * Through::ALL.len());
    assert!(report.failures.contains("ioffice-01-doc-get through actix"), "{}", report.failures);
}

#[test]
fn an_unknown_provider_fails_unless_it_is_expected() {
    let mut rows = rows("seed-providers.json");
    rows.truncate(1);
    rows[0].provider = "nobody".into();
    assert_eq!(run(&rows, &Through::ALL, &Expectations::new()).failed, 4);
    let expected = Expectations::from([("nobody".into(), "it does not exist".into())]);
    let report = run(&rows, &Through::ALL, &expected);
    assert_eq!((report.failed, report.skipped), (0, 4));
    assert_eq!(report.summary(), "0 passed, 0 failed, 0 either, 4 skipped");
}
