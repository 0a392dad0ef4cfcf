//! One contender as a process: `drive FRAMEWORK NAME BYTES COUNT` takes so many deliveries in a
//! loop, for callgrind.

#![expect(clippy::panic, reason = "it stops loudly")]

use hookgate_bench::{Delivery, Framework};

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["drive", framework, name, bytes, count] => drive(framework, name, bytes, count),
        _ => panic!("usage: contender drive FRAMEWORK NAME BYTES COUNT"),
    }
}

fn drive(framework: &str, name: &str, bytes: &str, count: &str) {
    let (Ok(bytes), Ok(count)) = (bytes.parse(), count.parse::<u32>()) else {
        panic!("BYTES and COUNT are numbers");
    };
    let framework = Framework::ALL.into_iter().find(|known| known.name() == framework);
    let contenders = framework.map(Framework::contenders).unwrap_or_default();
    let Some(mut contender) = contenders.into_iter().find(|contender| contender.name == name)
    else {
        panic!("no contender {name}");
    };
    let delivery = Delivery::of_size(bytes);
    for _ in 0..count {
        (contender.take)(&delivery);
    }
}
