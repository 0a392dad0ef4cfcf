//! What the catalogue costs those who name one provider of it, and what a look-up costs.
//!
//! `-- CHECKOUT` also builds the program that has a provider of its own in another checkout, to see
//! how the core has grown since.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "it stops loudly")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use hookgate::catalogue;
use hookgate_bench::measure::Rounds;
use hookgate_bench::table;

const ROUNDS: usize = 401;
const LOOK_UPS: u32 = 10_000;

fn main() {
    look_ups();
    sizes();
}

fn look_ups() {
    let (first, last) = (catalogue::ALL.first().unwrap().id, catalogue::ALL.last().unwrap().id);
    let ids = [first, last, "nobody"];
    let mut rows = vec![Vec::new(); ids.len()];
    for round in 0..ROUNDS {
        for turn in 0..ids.len() {
            let at = (turn + round) % ids.len();
            let started = Instant::now();
            for _ in 0..LOOK_UPS {
                black_box(catalogue::find(black_box(ids[at])));
            }
            rows[at].push(started.elapsed().as_secs_f64() * 1e9 / f64::from(LOOK_UPS));
        }
    }
    let rounds = Rounds::new(rows);
    let row = |(own, (what, id)): (usize, (&str, &str))| {
        vec![
            format!("{what}, `{id}`"),
            format!("{:.1}", rounds.median(|of| of(own))),
            table::ratio(rounds.median(|of| of(own) / of(0))),
        ]
    };
    let what = ["the first", "the last", "none of them"];
    table::print(
        &format!("A look-up among {} entries", catalogue::ALL.len()),
        &["", "ns", "to the first"],
        &what.into_iter().zip(ids).enumerate().map(row).collect::<Vec<_>>(),
    );
}

fn sizes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let built = build(here, &["own", "named", "found"]);
    let own = built[0];
    let mut rows = vec![
        ("a provider of its own", own),
        ("`catalogue::STRIPE`", built[1]),
        ("the same, and `catalogue::find`", built[2]),
    ];
    let other = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    if let Some(checkout) = &other {
        let built = build(&fs::canonicalize(checkout).unwrap(), &["own"]);
        rows.push(("a provider of its own, the other checkout", built[0]));
    }
    let row = |(name, size): &(&str, u64)| {
        let more = i128::from(*size) - i128::from(own);
        vec![(*name).to_owned(), table::whole(*size as f64), table::whole(more as f64)]
    };
    table::print(
        "One route of axum as a program: release, stripped",
        &["", "bytes", "more than with its own"],
        &rows.iter().map(row).collect::<Vec<_>>(),
    );
}

/// Builds programs against a checkout as an application would, and says how many bytes each has.
fn build(checkout: &Path, names: &[&str]) -> Vec<u64> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    for name in ["own", "named", "found"] {
        let _ = fs::remove_file(folder.join(format!("src/bin/{name}.rs")));
    }
    for name in names {
        let file = format!("{name}.rs");
        fs::copy(sources.join(&file), folder.join("src/bin").join(file)).unwrap();
    }
    let crates = checkout.join("crates");
    let manifest = format!(
        r#"
        [package]
        name = "programs"
        edition = "2024"

        [dependencies]
        axum = {{ version = "0.8.9", default-features = false, features = ["http1", "tokio"] }}
        hookgate = {{ path = "{crates}/hookgate" }}
        hookgate-axum = {{ path = "{crates}/hookgate-axum" }}
        tokio = {{ version = "1.54.1", features = ["macros", "net", "rt"] }}

        [profile.release]
        strip = true

        [workspace]
        "#,
        crates = crates.display(),
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The same packages for all.
    fs::copy(checkout.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = folder.join("target");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--release", "--target-dir"]).arg(&target);
    assert!(cargo.current_dir(&folder).status().unwrap().success());
    let size = |name| fs::metadata(target.join("release").join(name)).unwrap().len();
    names.iter().map(size).collect()
}
