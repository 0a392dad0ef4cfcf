//! Drives files of vectors through the core, tower, axum and actix-web.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hookgate_conformance::paths::Through;
use hookgate_conformance::read;
use hookgate_conformance::run::{Expectations, run};

/// Drives every row of vector files through hookgate, and holds the verdicts against the expected.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The paths, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "core,tower,axum,actix")]
    through: Vec<Through>,
    /// A JSON object of providers that are passed over, each with a reason
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Files of vectors
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the program's output")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let report = match report(&arguments) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    print!("{}", report.failures);
    println!("{}", report.summary());
    if report.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn report(arguments: &Arguments) -> Result<hookgate_conformance::run::Report, String> {
    let mut rows = Vec::new();
    for file in &arguments.files {
        rows.extend(read(file)?);
    }
    let expectations = match &arguments.expect {
        Some(file) => expectations(file)?,
        None => Expectations::new(),
    };
    Ok(run(&rows, &arguments.through, &expectations))
}

fn expectations(file: &PathBuf) -> Result<Expectations, String> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}
