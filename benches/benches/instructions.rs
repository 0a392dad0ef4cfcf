//! What a gate costs in instructions, as callgrind counts them: the same on a busy machine.
//!
//! valgrind hides the processor's SHA instructions, so hashing runs in software. It does so in the
//! floor as well, which is taken off; a key schedule that is made for each request shows.

#![expect(clippy::print_stdout, reason = "its output is the table")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "it stops loudly")]

use std::collections::HashMap;
use std::process::{Command, Stdio};

use hookgate_bench::contender::names;
use hookgate_bench::{Framework, table};

const SIZE: usize = 2_048;

/// What starting costs goes away in the difference of two runs.
const DELIVERIES: [u32; 2] = [100, 300];

fn main() {
    let mut version = Command::new("valgrind");
    if version.arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("Instructions: not measured, there is no `valgrind`.");
        return;
    }
    for framework in Framework::ALL {
        let contenders = framework.contenders();
        let counted: HashMap<_, _> = contenders
            .iter()
            .map(|contender| (contender.name, for_a_delivery(framework, contender.name)))
            .collect();
        let of = |name: &str| *counted.get(name).unwrap();
        let row = |name: &str| {
            // A handler with extractors is held against the bare one that has the same.
            let extractors = name.contains("extractors");
            let bare = if extractors { names::BARE_EXTRACTORS } else { names::BARE };
            let floor = of(names::FLOOR);
            vec![
                name.to_owned(),
                table::whole(of(name)),
                table::whole(of(name) - of(bare)),
                table::whole(of(name) - of(bare) - floor),
                table::whole(of(name) - of(names::NOOP) - floor),
            ]
        };
        table::print(
            &format!("{}, instructions, {} bytes", framework.name(), table::whole(SIZE as f64)),
            &["contender", "instructions", "over bare", "over bare − floor", "over no-op − floor"],
            &contenders.iter().map(|contender| row(contender.name)).collect::<Vec<_>>(),
        );
    }
}

fn for_a_delivery(framework: Framework, name: &str) -> f64 {
    let [few, many] = DELIVERIES;
    (collected(framework, name, many) - collected(framework, name, few)) / f64::from(many - few)
}

fn collected(framework: Framework, name: &str, deliveries: u32) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.args([env!("CARGO_BIN_EXE_contender"), "drive", framework.name(), name]);
    let output = valgrind.args([SIZE.to_string(), deliveries.to_string()]).output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    // `==77== Collected : 123456`
    let collected = report.lines().find_map(|line| line.split_once("Collected :"));
    let Some((_, number)) = collected else { panic!("{report}") };
    number.trim().parse().unwrap()
}
