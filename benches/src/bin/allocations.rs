//! Prints what each contender allocates for one delivery: `framework  bytes  name  allocations
//! bytes`, tab-separated. A program of its own, since counting costs time.

#![expect(clippy::print_stdout, reason = "the table reads it")]

use hookgate_bench::{Delivery, Framework};

fn main() {
    for framework in Framework::ALL {
        for mut contender in framework.contenders() {
            for size in [512, 2_048, 65_536, 1 << 20] {
                let delivery = Delivery::of_size(size);
                for _ in 0..100 {
                    (contender.take)(&delivery);
                }
                let counted = allocation_counter::measure(|| (contender.take)(&delivery));
                let (framework, name) = (framework.name(), contender.name);
                println!(
                    "{framework}\t{size}\t{name}\t{}\t{}",
                    counted.count_total, counted.bytes_total
                );
            }
        }
    }
}
