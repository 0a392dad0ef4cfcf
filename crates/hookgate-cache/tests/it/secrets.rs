//! Secrets, under a clock that is moved by hand.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hookgate::Secrets;
use hookgate::ports::{SecretQuery, SecretSource, Unavailable};
use hookgate_cache::CachedSecrets;
use tokio::sync::{Barrier, Semaphore};

use crate::support::{Clock, MOMENT, SECOND, Said, Source, poll_once, secrets_of};

const FRESH: Duration = Duration::from_secs(30);
const UNKNOWN: Duration = Duration::from_secs(10);

fn cached(source: &Source) -> (CachedSecrets<Source>, Clock) {
    let clock = Clock::new();
    let now = clock.clone();
    (CachedSecrets::new(source.clone()).clock(move || now.now()), clock)
}

#[tokio::test]
async fn secrets_are_looked_up_once_while_they_are_fresh() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    source.says("acme", Said::Version(2));
    clock.pass(FRESH - MOMENT);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    assert_eq!(source.asked(), 1);
    clock.pass(MOMENT);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(2));
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn an_answer_is_as_old_as_its_question() {
    let source = Source::slow();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    let mut asking = Box::pin(secrets_of(&cache, "acme"));
    poll_once(&mut asking).await;
    clock.pass(FRESH - SECOND);
    source.release();
    assert_eq!(asking.await, Said::Version(1));
    clock.pass(SECOND);
    source.release();
    secrets_of(&cache, "acme").await;
    assert_eq!(source.asked(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_who_ask_at_once_are_one_look_up() {
    let source = Source::slow();
    source.says("acme", Said::Version(1));
    let (cache, _) = cached(&source);
    let start = Arc::new(Barrier::new(1_001));
    let asking: Vec<_> = (0..1_000)
        .map(|_| {
            let (cache, start) = (cache.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                secrets_of(&cache, "acme").await
            })
        })
        .collect();
    start.wait().await;
    // One permit: a second look-up would wait for ever.
    source.release();
    for asking in asking {
        assert_eq!(asking.await.unwrap(), Said::Version(1));
    }
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn tenants_do_not_wait_for_each_other() {
    let source = Source::slow();
    let (cache, _) = cached(&source);
    let mut acme = Box::pin(secrets_of(&cache, "acme"));
    let mut globex = Box::pin(secrets_of(&cache, "globex"));
    poll_once(&mut acme).await;
    poll_once(&mut globex).await;
    assert_eq!(source.asked(), 2);
    source.release();
    source.release();
    assert_eq!((acme.await, globex.await), (Said::Unknown, Said::Unknown));
}

#[tokio::test]
async fn a_fault_is_shared_by_those_who_wait_and_remembered_by_nobody() {
    let source = Source::slow();
    source.says("acme", Said::Down);
    let (cache, _) = cached(&source);
    let mut one = Box::pin(cache.secrets(SecretQuery::new("acme")));
    let mut other = Box::pin(cache.secrets(SecretQuery::new("acme")));
    poll_once(&mut one).await;
    poll_once(&mut other).await;
    source.release();
    for fault in [one.await.unwrap_err(), other.await.unwrap_err()] {
        assert_eq!(fault.source().unwrap().to_string(), "the database is down");
    }
    assert_eq!(source.asked(), 1);
    source.says("acme", Said::Version(1));
    source.release();
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
}

#[tokio::test]
async fn a_secret_does_not_outlive_its_freshness_while_the_source_is_down() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    secrets_of(&cache, "acme").await;
    source.says("acme", Said::Down);
    clock.pass(FRESH);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Down);
    // Nor does "unknown".
    secrets_of(&cache, "nobody").await;
    source.says("nobody", Said::Down);
    clock.pass(UNKNOWN);
    assert_eq!(secrets_of(&cache, "nobody").await, Said::Down);
}

#[tokio::test]
async fn what_is_stale_goes_on_for_a_while_where_that_is_allowed() {
    let stale = Duration::from_secs(60);
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    let cache = cache.stale_for(stale);
    secrets_of(&cache, "acme").await;
    source.says("acme", Said::Down);
    clock.pass(FRESH);
    for _ in 0..10 {
        assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    }
    assert_eq!(source.asked(), 2, "a source that is down is not asked each time");
    clock.pass(SECOND * 5);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    assert_eq!(source.asked(), 3);
    clock.pass(stale - SECOND * 5 - MOMENT);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    clock.pass(MOMENT);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Down);

    source.says("acme", Said::Version(2));
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(2));
}

/// Too old when the look-up began is not; too old when it failed is.
#[tokio::test]
async fn what_grew_too_old_during_the_look_up_is_not_used() {
    let source = Source::slow();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    let cache = cache.stale_for(SECOND * 60);
    source.release();
    secrets_of(&cache, "acme").await;
    source.says("acme", Said::Down);
    clock.pass(FRESH);
    let mut asking = Box::pin(secrets_of(&cache, "acme"));
    poll_once(&mut asking).await;
    clock.pass(SECOND * 60);
    source.release();
    assert_eq!(asking.await, Said::Down);
}

#[tokio::test]
async fn a_tenant_that_is_gone_is_unknown_and_comes_back() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let (cache, clock) = cached(&source);
    let cache = cache.stale_for(SECOND * 600);
    secrets_of(&cache, "acme").await;
    source.says("acme", Said::Unknown);
    clock.pass(FRESH);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Unknown);
    // What was known before does not come back as stale.
    source.says("acme", Said::Down);
    clock.pass(UNKNOWN);
    assert_eq!(secrets_of(&cache, "acme").await, Said::Down);
    source.says("acme", Said::Version(2));
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(2));
}

#[tokio::test]
async fn an_unknown_tenant_is_looked_up_now_and_then() {
    let source = Source::new();
    let (cache, clock) = cached(&source);
    for _ in 0..10 {
        assert_eq!(secrets_of(&cache, "nobody").await, Said::Unknown);
    }
    clock.pass(UNKNOWN - MOMENT);
    secrets_of(&cache, "nobody").await;
    assert_eq!(source.asked(), 1);
    clock.pass(MOMENT);
    secrets_of(&cache, "nobody").await;
    assert_eq!(source.asked(), 2);
    // Whoever was added and said so is known at once.
    source.says("nobody", Said::Version(1));
    cache.invalidate("nobody");
    assert_eq!(secrets_of(&cache, "nobody").await, Said::Version(1));
}

#[tokio::test]
async fn made_up_tenants_push_nobody_out() {
    let source = Source::new();
    let (cache, _) = cached(&source);
    let cache = cache.capacity(10);
    for tenant in 0..10 {
        source.says(&format!("tenant {tenant}"), Said::Version(1));
        secrets_of(&cache, &format!("tenant {tenant}")).await;
    }
    for made_up in 0..30_000 {
        secrets_of(&cache, &format!("made up {made_up}")).await;
    }
    let before = source.asked();
    for tenant in 0..10 {
        assert_eq!(secrets_of(&cache, &format!("tenant {tenant}")).await, Said::Version(1));
    }
    assert_eq!(source.asked(), before);
}

/// How many of these names are looked up again, of those that were asked for once.
async fn forgotten(cache: &CachedSecrets<Source>, source: &Source, names: &[String]) -> usize {
    for name in names {
        secrets_of(cache, name).await;
    }
    // Tidies up.
    cache.invalidate("nobody");
    let before = source.asked();
    for name in names {
        secrets_of(cache, name).await;
    }
    source.asked() - before
}

#[tokio::test]
async fn no_more_is_remembered_than_the_capacity() {
    let source = Source::new();
    let (cache, _) = cached(&source);
    let cache = cache.capacity(100);
    let names: Vec<_> = (0..1_000).map(|tenant| format!("tenant {tenant}")).collect();
    for name in &names {
        source.says(name, Said::Version(1));
    }
    assert!(forgotten(&cache, &source, &names).await >= 900);
    let made_up: Vec<_> = (0..12_000).map(|number| format!("made up {number}")).collect();
    assert!(forgotten(&cache, &source, &made_up).await >= 2_000);
}

#[tokio::test]
async fn long_names_do_not_fill_the_memory() {
    for (length, looked_up) in [(1_024, 1), (1_025, 3)] {
        for said in [Said::Version(1), Said::Unknown] {
            let source = Source::new();
            let (cache, _) = cached(&source);
            let name = "n".repeat(length);
            source.says(&name, said);
            for _ in 0..3 {
                assert_eq!(secrets_of(&cache, &name).await, said);
            }
            assert_eq!(source.asked(), looked_up, "{length} {said:?}");
        }
    }
}

#[tokio::test]
async fn what_is_revoked_stops_at_once() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    source.says("globex", Said::Version(1));
    let (cache, _) = cached(&source);
    let handle = cache.clone();
    for (tenant, forget) in [
        ("acme", &(|| handle.invalidate("acme")) as &dyn Fn()),
        ("globex", &|| handle.invalidate_all()),
    ] {
        assert_eq!(secrets_of(&cache, tenant).await, Said::Version(1));
        source.says(tenant, Said::Version(2));
        forget();
        assert_eq!(secrets_of(&cache, tenant).await, Said::Version(2));
        // Also where the source cannot be asked: it is not known to be valid any more.
        source.says(tenant, Said::Down);
        forget();
        assert_eq!(secrets_of(&cache, tenant).await, Said::Down);
    }
}

/// The look-up read the old secret before it was revoked.
#[tokio::test]
async fn a_look_up_that_began_before_the_revocation_is_not_remembered() {
    for all in [false, true] {
        let source = Source::slow();
        source.says("acme", Said::Version(1));
        let (cache, _) = cached(&source);
        let mut before = Box::pin(secrets_of(&cache, "acme"));
        poll_once(&mut before).await;
        source.says("acme", Said::Version(2));
        if all {
            cache.invalidate_all();
        } else {
            cache.invalidate("acme");
        }
        // Nobody who comes later joins it.
        let mut after = Box::pin(secrets_of(&cache, "acme"));
        poll_once(&mut after).await;
        assert_eq!(source.asked(), 2);
        source.release();
        source.release();
        assert_eq!(after.await, Said::Version(2));
        assert_eq!(before.await, Said::Version(1));
        assert_eq!(secrets_of(&cache, "acme").await, Said::Version(2));
        assert_eq!(source.asked(), 2);
    }
}

#[tokio::test]
async fn a_look_up_lives_as_long_as_somebody_waits() {
    let source = Source::slow();
    source.says("acme", Said::Version(1));
    let (cache, _) = cached(&source);
    let mut first = Box::pin(secrets_of(&cache, "acme"));
    let mut second = Box::pin(secrets_of(&cache, "acme"));
    poll_once(&mut first).await;
    poll_once(&mut second).await;
    drop(first);
    assert_eq!(source.dropped(), 0);
    source.release();
    assert_eq!(second.await, Said::Version(1));
    assert_eq!(source.asked(), 1);

    cache.invalidate("acme");
    let mut alone = Box::pin(secrets_of(&cache, "acme"));
    poll_once(&mut alone).await;
    drop(alone);
    assert_eq!((source.asked(), source.dropped()), (2, 1));
    source.release();
    assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
    assert_eq!(source.asked(), 3);
}

/// Whoever began the look-up is gone, and those who joined it are woken all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_began_may_leave() {
    let source = Source::slow();
    source.says("acme", Said::Version(1));
    let (cache, _) = cached(&source);
    let began = tokio::spawn({
        let cache = cache.clone();
        async move { secrets_of(&cache, "acme").await }
    });
    while source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let mut joined = Box::pin(secrets_of(&cache, "acme"));
    poll_once(&mut joined).await;
    began.abort();
    assert!(began.await.unwrap_err().is_cancelled());
    source.release();
    assert_eq!(joined.await, Said::Version(1));
}

/// Else all who wait would panic with it, or wait for ever.
#[tokio::test]
async fn a_source_that_panics_has_failed_and_is_asked_again() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let (panics, answers) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let may = Arc::clone(&panics);
    let source = move |_: SecretQuery| {
        let panics = first.swap(false, Ordering::SeqCst);
        let may = Arc::clone(&may);
        async move {
            if panics {
                let _ = may.acquire().await;
                panic!("the source panics");
            }
            Ok::<_, Unavailable>(Some(Secrets::new("a secret")))
        }
    };
    let cache = CachedSecrets::new(source);
    let waiting = Vec::from_iter((0..10).map(|_| {
        let (cache, answers) = (cache.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            answers.fetch_add(1, Ordering::SeqCst);
            cache.secrets(SecretQuery::new("acme")).await
        })
    }));
    while answers.load(Ordering::SeqCst) < 10 {
        tokio::task::yield_now().await;
    }
    panics.add_permits(1);
    for answer in waiting {
        let error = answer.await.unwrap().unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "the source panicked");
    }
    assert!(cache.secrets(SecretQuery::new("acme")).await.unwrap().is_some());
}

#[tokio::test]
async fn no_time_at_all_looks_up_each_time() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let cache =
        CachedSecrets::new(source.clone()).fresh_for(Duration::ZERO).unknown_for(Duration::ZERO);
    for _ in 0..3 {
        secrets_of(&cache, "acme").await;
        secrets_of(&cache, "nobody").await;
    }
    assert_eq!(source.asked(), 6);
}

/// Under the system's clock, and however long is asked for.
#[tokio::test]
async fn the_longest_times_are_fine() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let cache = CachedSecrets::new(source.clone())
        .fresh_for(Duration::MAX)
        .stale_for(Duration::MAX)
        .unknown_for(Duration::MAX)
        .capacity(u64::MAX);
    for _ in 0..3 {
        assert_eq!(secrets_of(&cache, "acme").await, Said::Version(1));
        assert_eq!(secrets_of(&cache, "nobody").await, Said::Unknown);
    }
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn nothing_that_is_remembered_is_shown() {
    let source = Source::new();
    source.says("acme", Said::Version(1));
    let (cache, _) = cached(&source);
    secrets_of(&cache, "acme").await;
    let shown = format!("{cache:?} {cache:#?}");
    assert!(shown.contains("fresh_for") && !shown.contains("acme"), "{shown}");
}
