//! Any order of questions, changes, outages, revocations and waiting, against a plain model.

use std::collections::HashMap;
use std::time::Duration;

use hookgate_cache::CachedSecrets;
use proptest::prelude::*;

use crate::support::{Clock, Said, Source, secrets_of};

const FRESH: u64 = 10;
const STALE: u64 = 20;
const UNKNOWN: u64 = 6;
const RETRY: u64 = 5;

#[derive(Clone, Debug)]
enum Step {
    Ask(u8),
    Says(u8, u8),
    Invalidate(u8),
    InvalidateAll,
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..2_u8).prop_map(Step::Ask),
        3 => (0..2_u8, 0..4_u8).prop_map(|(name, says)| Step::Says(name, says)),
        1 => (0..2_u8).prop_map(Step::Invalidate),
        1 => Just(Step::InvalidateAll),
        4 => (0..12_u64).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..80)
}

fn said(number: u8) -> Said {
    match number {
        0 => Said::Unknown,
        1 => Said::Down,
        version => Said::Version(version.into()),
    }
}

/// What the source said last, when, and when it last failed since.
#[derive(Clone, Copy)]
struct Heard {
    said: Said,
    at: u64,
    failed: Option<u64>,
}

/// The answer, and whether the source was asked for it.
fn ask(heard: &mut Option<Heard>, now: u64, source: Said) -> (Said, bool) {
    if let Some(known) = *heard {
        let age = now - known.at;
        let lasts = if known.said == Said::Unknown { UNKNOWN } else { FRESH };
        if age < lasts {
            return (known.said, false);
        }
        let goes_on = known.said != Said::Unknown && age < FRESH + STALE;
        if goes_on && known.failed.is_some_and(|failed| now - failed < RETRY) {
            return (known.said, false);
        }
        if goes_on && source == Said::Down {
            *heard = Some(Heard { failed: Some(now), ..known });
            return (known.said, true);
        }
    }
    if source != Said::Down {
        *heard = Some(Heard { said: source, at: now, failed: None });
    }
    (source, true)
}

proptest! {
    #[test]
    fn the_cache_is_its_model(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (source, clock) = (Source::new(), Clock::new());
        let time = clock.clone();
        let cache = CachedSecrets::new(source.clone())
            .fresh_for(Duration::from_secs(FRESH))
            .stale_for(Duration::from_secs(STALE))
            .unknown_for(Duration::from_secs(UNKNOWN))
            .clock(move || time.now());
        let (mut now, mut asked) = (0, 0);
        let mut heard: HashMap<u8, Option<Heard>> = HashMap::new();
        let mut says: HashMap<u8, Said> = HashMap::new();
        for step in steps {
            match step {
                Step::Ask(name) => {
                    let source_says = says.get(&name).copied().unwrap_or(Said::Unknown);
                    let (want, asks) = ask(heard.entry(name).or_default(), now, source_says);
                    asked += usize::from(asks);
                    let got = runtime.block_on(secrets_of(&cache, &name.to_string()));
                    prop_assert_eq!((got, source.asked()), (want, asked));
                }
                Step::Says(name, number) => {
                    says.insert(name, said(number));
                    source.says(&name.to_string(), said(number));
                }
                Step::Invalidate(name) => {
                    heard.remove(&name);
                    cache.invalidate(&name.to_string());
                }
                Step::InvalidateAll => {
                    heard.clear();
                    cache.invalidate_all();
                }
                Step::Pass(seconds) => {
                    now += seconds;
                    clock.pass(Duration::from_secs(seconds));
                }
            }
        }
    }
}
