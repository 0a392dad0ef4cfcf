//! One contender as a process: `drive FRAMEWORK NAME BYTES COUNT` takes so many deliveries in a
//! loop, for callgrind, and `scheme NAME check|primitive BYTES COUNT` in the core alone; `serve FRAMEWORK NAME` is a server, for those that look at it from outside.

#![expect(clippy::panic, reason = "it stops loudly")]

use hookgate_bench::serve::serve;
use hookgate_bench::{Delivery, Framework, schemes};

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["drive", framework, name, bytes, count] => drive(known(framework), name, bytes, count),
        ["scheme", name, what, bytes, count] => scheme(name, what, bytes, count),
        ["serve", framework, name] => serve(known(framework), name),
        _ => panic!(
            "usage: contender drive FRAMEWORK NAME BYTES COUNT | scheme NAME check|primitive BYTES \
             COUNT | serve FRAMEWORK NAME"
        ),
    }
}

fn known(framework: &str) -> Framework {
    let mut all = Framework::ALL.into_iter();
    all.find(|known| known.name() == framework).unwrap_or_else(|| panic!("no {framework}"))
}

fn drive(framework: Framework, name: &str, bytes: &str, count: &str) {
    let (Ok(bytes), Ok(count)) = (bytes.parse(), count.parse::<u32>()) else {
        panic!("BYTES and COUNT are numbers");
    };
    let mut contenders = framework.contenders().into_iter();
    let Some(mut contender) = contenders.find(|contender| contender.name == name) else {
        panic!("no contender {name}");
    };
    let delivery = Delivery::of_size(bytes);
    for _ in 0..count {
        (contender.take)(&delivery);
    }
}

fn scheme(name: &str, what: &str, bytes: &str, count: &str) {
    let (Ok(bytes), Ok(count)) = (bytes.parse(), count.parse::<u32>()) else {
        panic!("BYTES and COUNT are numbers");
    };
    let row = schemes::row(name, bytes);
    let run = if what == "check" { schemes::Row::check } else { schemes::Row::primitive };
    for _ in 0..count {
        run(&row);
    }
}
