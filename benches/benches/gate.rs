//! What a gate costs in process: all contenders side by side, in one run.

#![expect(clippy::print_stdout, reason = "its output is the table")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "it stops loudly")]

use std::collections::HashMap;
use std::process::Command;

use hookgate_bench::contender::names;
use hookgate_bench::measure::{Rounds, rounds};
use hookgate_bench::{Contender, Delivery, Framework, table};

const SIZES: [usize; 4] = [512, 2_048, 65_536, 1 << 20];

/// Allocations and bytes allocated, by framework, size and contender.
type Allocations = HashMap<(String, usize, String), (f64, f64)>;

fn main() {
    let rounds_of = |size| if size > 10_000 { 101 } else { 401 };
    // `cargo bench -p hookgate-bench -- "axum 2048"` prints one table of the eight.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let allocations = allocations();
    for framework in Framework::ALL {
        let mut contenders = framework.contenders();
        for size in SIZES {
            let name = format!("{} {size}", framework.name());
            if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted)) {
                continue;
            }
            let delivery = Delivery::of_size(size);
            let times = rounds(&mut contenders, &delivery, rounds_of(size));
            print(framework, size, &contenders, &times, &allocations);
        }
    }
}

fn allocations() -> Allocations {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let parts: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let key = (parts[0].clone(), parts[1].parse().unwrap(), parts[2].clone());
        (key, (parts[3].parse().unwrap(), parts[4].parse().unwrap()))
    };
    lines.lines().map(row).collect()
}

fn print(
    framework: Framework,
    size: usize,
    contenders: &[Contender],
    times: &Rounds,
    allocations: &Allocations,
) {
    let at = |name: &str| contenders.iter().position(|contender| contender.name == name);
    let index = |name: &str| at(name).unwrap();
    let (bare, no_op, floor) = (index(names::BARE), index(names::NOOP), index(names::FLOOR));
    let peer = index(names::WEBHOOK_VERIFY);
    let allocated = |name: &str| allocations[&(framework.name().into(), size, name.into())];
    let row = |contender: &Contender| {
        let name = contender.name;
        let own = index(name);
        // A handler with extractors is held against the bare one that has the same.
        let bare = if name.contains("extractors") { index(names::BARE_EXTRACTORS) } else { bare };
        let over_bare = times.median(|of| of(own) - of(bare));
        let added = times.median(|of| of(own) - of(bare) - of(floor));
        let over_no_op = times.median(|of| of(own) - of(no_op) - of(floor));
        let to_peer = times.median(|of| {
            (of(own) - of(bare) - of(floor)) / (of(peer) - of(index(names::BARE)) - of(floor))
        });
        let to_floor = times.median(|of| (of(own) - of(bare)) / of(floor));
        let to_json = times.median(|of| of(own) / of(index(names::JSON)));
        let own = allocated(name);
        let base = allocated(contenders[bare].name);
        vec![
            name.to_owned(),
            table::whole(times.median(|of| of(index(name)))),
            table::whole(over_bare),
            table::whole(added),
            table::whole(over_no_op),
            table::whole(own.0 - base.0),
            table::whole(own.1 - base.1),
            table::ratio(to_peer),
            table::ratio(to_floor),
            table::ratio(to_json),
            table::ratio(own.0 / allocated(names::JSON).0),
        ]
    };
    table::print(
        &format!("{}, {} bytes", framework.name(), table::whole(size as f64)),
        &[
            "contender",
            "ns",
            "over bare",
            "over bare − floor",
            "over no-op − floor",
            "allocations",
            "bytes allocated",
            "to webhook-verify",
            "over bare / floor",
            "to Json<T>",
            "allocations to Json<T>",
        ],
        &contenders.iter().map(row).collect::<Vec<_>>(),
    );
    println!();
}
