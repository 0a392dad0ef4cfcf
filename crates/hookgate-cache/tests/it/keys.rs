//! Keys that requests name: outages, and senders that make up names.

use std::error::Error;
use std::time::Duration;

use hookgate::ports::{KeyQuery, KeySource};
use hookgate_cache::CachedKeys;

use crate::support::{Clock, MOMENT, SECOND, Said, Source, key_of, poll_once};

const FRESH: Duration = Duration::from_secs(5 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn cached(source: &Source) -> (CachedKeys<Source>, Clock) {
    let clock = Clock::new();
    let now = clock.clone();
    (CachedKeys::new(source.clone()).clock(move || now.now()), clock)
}

#[tokio::test]
async fn keys_outlive_an_outage_of_an_hour() {
    let source = Source::new();
    source.says("one", Said::Version(1));
    let (cache, clock) = cached(&source);
    key_of(&cache, "one").await;
    source.says("one", Said::Down);
    clock.pass(FRESH + HOUR - MOMENT);
    assert_eq!(key_of(&cache, "one").await, Said::Version(1));
    clock.pass(MOMENT);
    assert_eq!(key_of(&cache, "one").await, Said::Down);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_stops() {
    let source = Source::new();
    source.says("one", Said::Version(1));
    let (cache, clock) = cached(&source);
    key_of(&cache, "one").await;
    source.says("one", Said::Unknown);
    clock.pass(FRESH);
    assert_eq!(key_of(&cache, "one").await, Said::Unknown);

    source.says("two", Said::Version(1));
    assert_eq!(key_of(&cache, "two").await, Said::Version(1));
    source.says("two", Said::Unknown);
    cache.invalidate("two");
    assert_eq!(key_of(&cache, "two").await, Said::Unknown);
    source.says("two", Said::Version(2));
    cache.invalidate_all();
    assert_eq!(key_of(&cache, "two").await, Said::Version(2));
}

#[tokio::test]
async fn made_up_ids_cause_few_look_ups() {
    let source = Source::new();
    source.says("known", Said::Version(1));
    let (cache, clock) = cached(&source);
    key_of(&cache, "known").await;
    let asked = source.asked();
    for number in 0..1_000 {
        let said = key_of(&cache, &format!("made up {number}")).await;
        // Nobody knows whether there is such a key, so it is not said that there is none.
        assert_eq!(said, if number < 10 { Said::Unknown } else { Said::Down });
    }
    assert_eq!(source.asked() - asked, 10);
    let refused = cache.key(KeyQuery::new("harmonizely", "made up 500")).await.unwrap_err();
    assert!(refused.source().unwrap().to_string().contains("too many look-ups found nothing"));

    // What is in the cache is not touched by it, also where it is asked for anew.
    clock.pass(FRESH);
    let asked = source.asked();
    for number in 1_000..2_000 {
        key_of(&cache, &format!("made up {number}")).await;
    }
    assert_eq!(source.asked() - asked, 10);
    source.says("known", Said::Version(2));
    assert_eq!(key_of(&cache, "known").await, Said::Version(2));

    // One more each second.
    clock.pass(SECOND * 3);
    let asked = source.asked();
    for number in 2_000..3_000 {
        key_of(&cache, &format!("made up {number}")).await;
    }
    assert_eq!(source.asked() - asked, 3);
}

/// Whoever makes up ids does not keep those that exist from being looked up anew.
#[tokio::test]
async fn made_up_ids_do_not_stand_in_the_way_of_known_ones() {
    let source = Source::new();
    source.says("known", Said::Version(1));
    let (cache, clock) = cached(&source);
    let cache = cache.stale_for(Duration::ZERO);
    assert_eq!(key_of(&cache, "known").await, Said::Version(1));
    for (version, forget) in [
        (2, &(|| clock.pass(FRESH)) as &dyn Fn()),
        (3, &|| cache.invalidate("known")),
        (4, &|| cache.invalidate_all()),
    ] {
        forget();
        for number in 0..100 {
            key_of(&cache, &format!("made up {number}, {version}")).await;
        }
        assert_eq!(key_of(&cache, "another").await, Said::Down);
        source.says("known", Said::Version(version));
        assert_eq!(key_of(&cache, "known").await, Said::Version(version));
    }
    // One that is withdrawn is as good as made up.
    source.says("known", Said::Unknown);
    cache.invalidate("known");
    assert_eq!(key_of(&cache, "known").await, Said::Unknown);
    cache.invalidate("known");
    assert_eq!(key_of(&cache, "known").await, Said::Down);
}

#[tokio::test]
async fn many_at_once_are_few_look_ups_under_way() {
    let source = Source::slow();
    let (cache, _) = cached(&source);
    let names: Vec<_> = (0..100).map(|number| format!("made up {number}")).collect();
    let mut asking: Vec<_> = names.iter().map(|name| Box::pin(key_of(&cache, name))).collect();
    let refused = asking.split_off(10);
    for asking in &mut asking {
        poll_once(asking).await;
    }
    for refused in refused {
        assert_eq!(refused.await, Said::Down);
    }
    assert_eq!(source.asked(), 10);
    // Whoever leaves does not make room for the next.
    drop(asking);
    assert_eq!(key_of(&cache, "another").await, Said::Down);
}

#[tokio::test]
async fn look_ups_that_find_their_key_cost_nothing() {
    let source = Source::new();
    let (cache, _) = cached(&source);
    for number in 0..100 {
        let name = format!("key {number}");
        source.says(&name, Said::Version(number));
        assert_eq!(key_of(&cache, &name).await, Said::Version(number));
    }
}

#[tokio::test]
async fn the_rate_is_the_users() {
    let source = Source::new();
    let (cache, clock) = cached(&source);
    let cache = cache.unknown_rate(0, SECOND * 60);
    for (number, said) in [(0, Said::Unknown), (1, Said::Down), (0, Said::Unknown)] {
        assert_eq!(key_of(&cache, &format!("made up {number}")).await, said);
    }
    clock.pass(SECOND * 60);
    assert_eq!(key_of(&cache, "made up 2").await, Said::Unknown);
    let unbounded = cache.unknown_rate(1, Duration::ZERO);
    for number in 0..100 {
        assert_eq!(key_of(&unbounded, &format!("made up {number}")).await, Said::Unknown);
    }
}

#[tokio::test]
async fn nothing_that_is_remembered_is_shown() {
    let source = Source::new();
    source.says("an id", Said::Version(1));
    let (cache, _) = cached(&source);
    key_of(&cache, "an id").await;
    let shown = format!("{cache:?} {cache:#?}");
    assert!(shown.contains("unknown_rate") && !shown.contains("an id"), "{shown}");
}
