//! What the core adds to each algorithm, and that it copies no body.

#![expect(clippy::print_stdout, reason = "its output is the table")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "it stops loudly")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hookgate_bench::measure::Rounds;
use hookgate_bench::schemes::{Row, names, row};
use hookgate_bench::table;

const SIZE: usize = 2_048;
const ROUNDS: usize = 201;

/// How long one loop runs before the next has its turn.
const SLICE: Duration = Duration::from_micros(500);

fn main() {
    let rows: Vec<_> = names().map(|name| row(name, SIZE)).collect();
    times(&rows);
    allocations();
    instructions();
}

fn times(rows: &[Row]) {
    let mut loops: Vec<Box<dyn Fn() + '_>> = Vec::new();
    for row in rows {
        loops.push(Box::new(|| row.check()));
        loops.push(Box::new(|| row.primitive()));
    }
    let rounds = alternate(&loops);
    let line = |(number, row): (usize, &Row)| {
        let (check, primitive) = (number * 2, number * 2 + 1);
        vec![
            row.name.to_owned(),
            table::whole(rounds.median(|of| of(check))),
            table::whole(rounds.median(|of| of(primitive))),
            table::whole(rounds.median(|of| of(check) - of(primitive))),
            table::ratio(rounds.median(|of| of(check) / of(primitive))),
        ]
    };
    table::print(
        &format!("From the head to the verdict, {} bytes", table::whole(SIZE as f64)),
        &["scheme", "ns", "the algorithm alone", "over it", "to it"],
        &rows.iter().enumerate().map(line).collect::<Vec<_>>(),
    );
}

/// Lets all loops run in turn.
fn alternate(loops: &[Box<dyn Fn() + '_>]) -> Rounds {
    let counts: Vec<_> = loops
        .iter()
        .map(|run| {
            let started = Instant::now();
            let mut done = 0_u32;
            while started.elapsed() < SLICE * 4 {
                run();
                done += 1;
            }
            (done / 4).max(1)
        })
        .collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); loops.len()];
    for round in 0..ROUNDS {
        for turn in 0..loops.len() {
            let at = (turn + round) % loops.len();
            let (Some(run), Some(count), Some(times)) =
                (loops.get(at), counts.get(at), times.get_mut(at))
            else {
                panic!("one of each");
            };
            let started = Instant::now();
            for _ in 0..*count {
                run();
            }
            times.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(*count));
        }
    }
    Rounds::new(times)
}

/// Counted in a process of its own.
fn allocations() {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).arg("schemes").output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> =
        lines.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    table::print(
        "Allocations for a delivery",
        &["scheme", "1 KiB", "bytes", "1 MiB", "bytes", "1 MiB in 64 frames", "bytes"],
        &lines,
    );
}

fn instructions() {
    let mut version = Command::new("valgrind");
    if version.arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("Instructions: not measured, there is no `valgrind`.");
        return;
    }
    let line = |name: &'static str| {
        let of = |what| for_a_delivery(name, what);
        let (check, primitive) = (of("check"), of("primitive"));
        vec![
            name.to_owned(),
            table::whole(check),
            table::whole(primitive),
            table::whole(check - primitive),
        ]
    };
    table::print(
        &format!("From the head to the verdict, instructions, {} bytes", table::whole(SIZE as f64)),
        &["scheme", "instructions", "the algorithm alone", "over it"],
        // To make an RSA key takes any number of instructions, which would not go away.
        &names().filter(|name| !name.starts_with("RSA")).map(line).collect::<Vec<_>>(),
    );
}

/// What starting costs goes away in the difference of two runs.
fn for_a_delivery(name: &str, what: &str) -> f64 {
    let collected = |count: u32| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.args([env!("CARGO_BIN_EXE_contender"), "scheme", name, what]);
        let output = valgrind.args([SIZE.to_string(), count.to_string()]).output().unwrap();
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{report}");
        let collected = report.lines().find_map(|line| line.split_once("Collected :"));
        let Some((_, number)) = collected else { panic!("{report}") };
        number.trim().parse::<f64>().unwrap()
    };
    (collected(60) - collected(20)) / 40.0
}
