//! Every mutation of every sender, through core, tower, axum and actix.

use std::collections::BTreeSet;

use hookgate_conformance::paths::Through;
use hookgate_conformance::run::{Expectations, run};

use crate::differences::{DIFFERENCES, difference};
use crate::mutations::MUTATIONS;
use crate::sender::{now, senders};

#[test]
fn verdicts_are_the_peers_but_for_the_differences() {
    let now = now();
    let mut rows = Vec::new();
    let mut met = BTreeSet::new();
    let mut made = BTreeSet::new();
    let mut problems = Vec::new();
    for sender in senders() {
        for mutation in MUTATIONS {
            let mut request = sender.signed(now, 0);
            if !(mutation.change)(&sender, &mut request) {
                continue;
            }
            made.insert(mutation.name);
            let peers = sender.peer.accepts(&request);
            let ours = match difference(&sender, mutation.name) {
                Some(difference) => {
                    met.insert((difference.peer, mutation.name));
                    difference.hookgate_accepts
                }
                None => peers,
            };
            let name = format!("{}, {}: {}", sender.id, sender.peer.name(), mutation.name);
            if mutation.forged && ours {
                problems.push(format!("{name}: nobody may accept it"));
            }
            if difference(&sender, mutation.name).is_some() && peers == ours {
                problems.push(format!("{name}: the peer agrees"));
            }
            rows.push(request.row(&name, sender.id, ours));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!(report.failed, 0, "{}", report.failures);
    assert_eq!(report.passed, rows.len() * Through::ALL.len());
    for mutation in MUTATIONS {
        assert!(made.contains(mutation.name), "{} changes nothing", mutation.name);
    }
    for one in DIFFERENCES {
        assert!(met.contains(&(one.peer, one.mutation)), "{}: {}", one.mutation, one.why);
    }
}
