//! The fuzz targets on stable: the committed corpus, and mutations of it that are the same on every
//! machine. `fuzz/README.md` has the long run.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking and say where")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hookgate_fuzz_harness::{Mutations, TARGETS, Target};

/// Mutations for each target, unless `HOOKGATE_FUZZ_ROUNDS` says another number.
const ROUNDS: usize = 2_000;

/// The row of mutations that everyone gets, unless `HOOKGATE_FUZZ_SEED` says another.
const SEED: u64 = 0x5eed_0001;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

/// The committed inputs of a target, by name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(corpora().join(name)).unwrap();
    let mut inputs: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

/// Shows the input that a target breaks on, in a form that can be put into a test.
fn hold(target: Target, from: &str, input: &[u8]) {
    let held = catch_unwind(AssertUnwindSafe(|| target(input)));
    assert!(held.is_ok(), "{from} breaks on b\"{}\"", input.escape_ascii());
}

#[test]
fn every_committed_input_holds() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!((5..=15).contains(&inputs.len()), "{name} has {} inputs", inputs.len());
        for (file, input) in inputs {
            hold(*target, &format!("{name}/{file}"), &input);
        }
        hold(*target, name, b"");
    }
}

#[test]
fn every_corpus_has_a_target() {
    let mut folders: Vec<_> = std::fs::read_dir(corpora())
        .unwrap()
        .map(|folder| folder.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let targets: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, targets);
    let read = |file: &str| std::fs::read_to_string(corpora().join("..").join(file)).unwrap();
    let (manifest, readme) = (read("Cargo.toml"), read("README.md"));
    for target in targets {
        let text = read(&format!("fuzz_targets/{target}.rs"));
        assert!(text.contains(&format!("hookgate_fuzz_harness::{target}(")), "{target}");
        assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target}");
        assert!(readme.contains(&format!("| `{target}` |")), "{target}");
    }
}

#[test]
fn every_mutation_holds() {
    let rounds = number("HOOKGATE_FUZZ_ROUNDS").map_or(ROUNDS, |rounds| rounds.try_into().unwrap());
    let seed = number("HOOKGATE_FUZZ_SEED").unwrap_or(SEED);
    std::thread::scope(|scope| {
        for (name, target) in TARGETS {
            scope.spawn(move || {
                let seeds: Vec<_> = corpus(name).into_iter().map(|(_, input)| input).collect();
                for input in Mutations::new(&seeds, seed).take(rounds) {
                    hold(*target, name, &input);
                }
            });
        }
    });
}
