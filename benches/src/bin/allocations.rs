//! Prints what each contender allocates for one delivery: `framework  bytes  name  allocations
//! bytes`, tab-separated; `schemes` the same for each scheme in the core alone. A program of its own,
//! since counting costs time.

#![expect(clippy::print_stdout, reason = "the table reads it")]

use allocation_counter::{AllocationInfo, measure};
use hookgate_bench::schemes::{names, row};
use hookgate_bench::{Delivery, Framework, table};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("schemes") { schemes() } else { contenders() }
}

fn contenders() {
    for framework in Framework::ALL {
        for mut contender in framework.contenders() {
            for size in [512, 2_048, 65_536, 1 << 20] {
                let delivery = Delivery::of_size(size);
                for _ in 0..100 {
                    (contender.take)(&delivery);
                }
                let counted = measure(|| (contender.take)(&delivery));
                let (framework, name) = (framework.name(), contender.name);
                println!(
                    "{framework}\t{size}\t{name}\t{}\t{}",
                    counted.count_total, counted.bytes_total
                );
            }
        }
    }
}

/// For each scheme: small bodies, large ones, and large ones in frames, which are joined once.
fn schemes() {
    let text = |counted: AllocationInfo| {
        format!("{}\t{}", counted.count_total, table::whole(counted.bytes_total as f64))
    };
    for name in names() {
        let (small, large) = (row(name, 1 << 10), row(name, 1 << 20));
        small.check();
        let frames = large.frames(16 * 1024);
        println!(
            "{}\t{}\t{}\t{}",
            name,
            text(measure(|| small.check())),
            text(measure(|| large.check())),
            text(measure(|| large.check_in(frames)))
        );
    }
}
