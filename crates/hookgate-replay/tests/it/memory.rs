//! The guard in memory, under a clock that is moved by hand.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hookgate::harmonizely::Event;
use hookgate::ports::{Claim, ClaimQuery, ReplayGuard};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::sign::{Message, sign};
use hookgate::{Endpoint, Provider, Sends, UnixTime};
use hookgate_replay::MemoryGuard;
use tokio::sync::Barrier;

use crate::support::{Clock, Framework, PATH, SECRET, Work, held, key, query};

const LEASE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MOMENT: Duration = Duration::from_millis(1);

fn guard() -> (MemoryGuard, Clock) {
    let clock = Clock::new();
    let now = clock.clone();
    (MemoryGuard::new(10_000).clock(move || now.now()), clock)
}

#[tokio::test]
async fn a_claim_that_nobody_settles_ends_with_its_lease() {
    let (guard, clock) = guard();
    let first = held(query(1), guard.claim(query(1)).await.unwrap());
    clock.pass(LEASE - MOMENT);
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::InFlight);
    clock.pass(MOMENT);
    let second = held(query(1), guard.claim(query(1)).await.unwrap());
    assert_ne!(first.token, second.token);

    // The first comes to its end after all: nothing of the second is touched.
    guard.failed(first).await.unwrap();
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::InFlight);
    guard.dropped(first);
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::InFlight);
    guard.done(first).await.unwrap();
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::InFlight);
    guard.failed(second).await.unwrap();
    assert!(matches!(guard.claim(query(1)).await.unwrap(), Claim::New(_)));
}

#[tokio::test]
async fn a_handler_that_ends_after_its_lease_is_recorded_while_nobody_claimed_anew() {
    let (guard, clock) = guard();
    let late = held(query(1), guard.claim(query(1)).await.unwrap());
    clock.pass(LEASE * 10);
    guard.done(late).await.unwrap();
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn what_is_done_is_kept_as_long_as_a_replay_passes() {
    let replayable = Duration::from_secs(601);
    for (number, keep_for, kept) in [(1, Some(replayable), replayable), (2, None, DAY)] {
        let (guard, clock) = guard();
        let query = ClaimQuery::new(key(number), keep_for);
        let claim = held(query, guard.claim(query).await.unwrap());
        guard.done(claim).await.unwrap();
        clock.pass(kept - MOMENT);
        assert_eq!(guard.claim(query).await.unwrap(), Claim::Done);
        clock.pass(MOMENT);
        assert!(matches!(guard.claim(query).await.unwrap(), Claim::New(_)));
    }
}

#[tokio::test]
async fn a_settlement_counts_once() {
    let (guard, _) = guard();
    let claim = held(query(1), guard.claim(query(1)).await.unwrap());
    guard.done(claim).await.unwrap();
    guard.failed(claim).await.unwrap();
    guard.dropped(claim);
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn a_full_guard_forgets_the_oldest_and_says_so() {
    const KEPT: u16 = 1_024;
    let guard = MemoryGuard::new(0);
    let numbered = |number: u16| {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        ClaimQuery::new(digest.into(), None)
    };
    for number in 0..KEPT {
        let query = numbered(number);
        let claim = held(query, guard.claim(query).await.unwrap());
        guard.done(claim).await.unwrap();
    }
    assert_eq!(guard.evicted(), 0);
    assert_eq!(guard.claim(numbered(0)).await.unwrap(), Claim::Done);
    // Two more push out two, and not the one that was asked for just now.
    for number in [KEPT, KEPT + 1] {
        assert!(matches!(guard.claim(numbered(number)).await.unwrap(), Claim::New(_)));
    }
    assert_eq!(guard.evicted(), 2);
    assert_eq!(guard.claim(numbered(0)).await.unwrap(), Claim::Done);
    assert_eq!(guard.claim(numbered(KEPT)).await.unwrap(), Claim::InFlight);
    assert!(matches!(guard.claim(numbered(1)).await.unwrap(), Claim::New(_)));
}

/// A cache would rather keep what is asked for often. A guard that turned the newest away would let
/// the next attempt run beside it.
#[tokio::test]
async fn the_newest_is_not_turned_away_for_those_asked_for_more_often() {
    let guard = MemoryGuard::new(1_024);
    let numbered = |number: u16| {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        ClaimQuery::new(digest.into(), None)
    };
    for number in 0..1_024 {
        for _ in 0..20 {
            guard.claim(numbered(number)).await.unwrap();
        }
    }
    assert_eq!(guard.evicted(), 0);
    for number in 2_000..2_010 {
        guard.claim(numbered(number)).await.unwrap();
        guard.evicted();
        assert_eq!(guard.claim(numbered(number)).await.unwrap(), Claim::InFlight, "{number}");
    }
    assert_eq!(guard.evicted(), 10);
}

#[tokio::test]
async fn what_is_given_back_is_no_eviction() {
    let guard = MemoryGuard::new(1_024);
    for number in 0..u8::MAX {
        for _ in 0..10 {
            let claim = held(query(number), guard.claim(query(number)).await.unwrap());
            guard.failed(claim).await.unwrap();
        }
    }
    assert_eq!(guard.evicted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_claims_at_once_one_is_new() {
    let guard = MemoryGuard::new(10_000);
    for round in 0..5 {
        let start = Arc::new(Barrier::new(1_000));
        let claims: Vec<_> = (0..1_000)
            .map(|_| {
                let (guard, start) = (guard.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    guard.claim(query(round)).await.unwrap()
                })
            })
            .collect();
        let mut new = HashSet::new();
        for claim in claims {
            match claim.await.unwrap() {
                Claim::New(token) => drop(new.insert(token)),
                other => assert_eq!(other, Claim::InFlight),
            }
        }
        assert_eq!(new.len(), 1);
    }
}

#[test]
fn nothing_of_a_delivery_is_shown() {
    let shown = format!("{:?}", MemoryGuard::new(5_000).lease(LEASE * 2));
    assert!(shown.contains("5000") && shown.contains("120s"), "{shown}");
}

/// Signs a time, which may lie ahead.
#[derive(Debug)]
struct Timed;

impl Provider for Timed {
    /// So that its events are Harmonizely's.
    fn id(&self) -> &str {
        "harmonizely"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-signature")
            .timestamp(Place::Header("x-time"), TimeUnit::Seconds)
            .delivery_id(Place::Header("x-id"))
            .signed("{id}.{ts}.{body}")
            .tolerance(300)
    }
}

impl Sends for Timed {
    type Event = Event;
}

/// A window of both directions doubles a replay's life, and the guard outlives it. The signature's
/// letters may change their case, and the delivery stays the same; its id or time may not.
#[actix_web::test]
async fn a_replay_at_the_far_end_of_the_window_is_known() {
    for framework in Framework::ALL {
        let (guard, clock) = guard();
        let start = clock.now();
        let gate_clock = clock.clone();
        let work = Work::free();
        let endpoint = Endpoint::builder(Timed)
            .secret(SECRET)
            .replay_guard(guard)
            .clock(move || {
                let passed = gate_clock.now().duration_since(start).as_secs();
                UnixTime::from_secs(1_700_000_000 + i64::try_from(passed).unwrap())
            })
            .build()
            .unwrap();
        let server = framework.serve(endpoint, &work).await;
        let signed = |id: &str, ahead: i64| {
            let message = Message::post(PATH, r#"{"event":"meetingCancelled"}"#)
                .id(id)
                .at(UnixTime::from_secs(1_700_000_000 + ahead));
            sign(&Timed, SECRET, message).unwrap()
        };
        let early = signed("one", 300);
        assert_eq!(server(early.clone()).await.status, 200);
        // The same body under another signed id or time is another delivery.
        assert_eq!(server(signed("two", 300)).await.status, 200);
        assert_eq!(server(signed("one", 299)).await.status, 200);
        assert_eq!(work.begun(), 3);

        clock.pass(Duration::from_secs(600));
        let upper = early.map_header("x-signature", str::to_uppercase);
        assert_eq!(server(upper.clone()).await.status, 200);
        assert_eq!(work.begun(), 3);
        clock.pass(Duration::from_secs(1));
        assert_eq!(server(upper).await.status, 400);
    }
}
