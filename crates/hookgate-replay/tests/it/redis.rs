//! The guard in Redis: two machines, a Redis that dies, and what it stores and says.

use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hookgate::RejectionKind;
use hookgate::ports::{Claim, ClaimQuery, ReplayGuard};
use hookgate_replay::RedisGuard;
use hookgate_replay::redis::{self, Client, Commands};
use tokio::sync::Barrier;

use crate::server::{Redis, fresh_prefix};
use crate::support::{Framework, Work, builder, delivery, held, key, log, query, until};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// The name of a delivery's key in Redis.
fn name(number: u8) -> String {
    format!("hookgate:replay:{}", key(number))
}

/// Ends a lease that Redis holds, without waiting for it: a claim is over when no more than the
/// time for which it would be kept is left.
fn end_lease(redis: &Redis, number: u8) {
    let ended: bool = redis.by_hand().pexpire(name(number), DAY).unwrap();
    assert!(ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_claims_on_two_machines_one_is_new() {
    let Some(redis) = Redis::start() else { return };
    let machines = [redis.guard().await, redis.guard().await];
    let start = Arc::new(Barrier::new(1_000));
    let claims: Vec<_> = (0..1_000)
        .map(|number: usize| {
            let (guard, start) = (machines[number % 2].clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                guard.claim(query(1)).await.unwrap()
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

#[tokio::test]
async fn one_machine_knows_what_the_other_did() {
    let Some(redis) = Redis::start() else { return };
    let (one, other) = (redis.guard().await, redis.guard().await);
    let claim = held(query(1), one.claim(query(1)).await.unwrap());
    assert_eq!(other.claim(query(1)).await.unwrap(), Claim::InFlight);
    one.done(claim).await.unwrap();
    assert_eq!(other.claim(query(1)).await.unwrap(), Claim::Done);

    let claim = held(query(2), one.claim(query(2)).await.unwrap());
    one.failed(claim).await.unwrap();
    held(query(2), other.claim(query(2)).await.unwrap());

    let claim = held(query(3), one.claim(query(3)).await.unwrap());
    one.dropped(claim);
    until(|| async { matches!(other.claim(query(3)).await.unwrap(), Claim::New(_)) }).await;
    // Another prefix, another world.
    let apart = other.prefix(fresh_prefix());
    held(query(1), apart.claim(query(1)).await.unwrap());
}

#[tokio::test]
async fn the_claim_of_a_machine_that_died_ends_with_its_lease() {
    let Some(redis) = Redis::start() else { return };
    let died = redis.guard().await;
    let first = held(query(1), died.claim(query(1)).await.unwrap());
    drop(died);
    let other = redis.guard().await;
    assert_eq!(other.claim(query(1)).await.unwrap(), Claim::InFlight);
    end_lease(&redis, 1);
    let second = held(query(1), other.claim(query(1)).await.unwrap());

    // It was not dead after all: nothing of the second claim is touched.
    let risen = redis.guard().await;
    risen.failed(first).await.unwrap();
    assert_eq!(other.claim(query(1)).await.unwrap(), Claim::InFlight);
    risen.done(first).await.unwrap();
    assert_eq!(other.claim(query(1)).await.unwrap(), Claim::InFlight);
    other.failed(second).await.unwrap();
    held(query(1), other.claim(query(1)).await.unwrap());
}

/// The same with Redis's own clock, for the shortest lease there is.
#[tokio::test]
async fn a_lease_ends_by_itself() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await.lease(Duration::ZERO);
    held(query(1), guard.claim(query(1)).await.unwrap());
    until(|| async { matches!(guard.claim(query(1)).await.unwrap(), Claim::New(_)) }).await;
}

#[tokio::test]
async fn a_handler_that_ends_after_its_lease_is_recorded_while_nobody_claimed_anew() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await;
    let late = held(query(1), guard.claim(query(1)).await.unwrap());
    end_lease(&redis, 1);
    guard.done(late).await.unwrap();
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn a_key_is_a_digest_and_expires() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await;
    let timed = ClaimQuery::new(key(2), Some(Duration::from_secs(601)));
    for (query, keep) in [(query(1), DAY), (timed, 601_000)] {
        let name = format!("hookgate:replay:{}", query.key);
        let claim = held(query, guard.claim(query).await.unwrap());
        let mut by_hand = redis.by_hand();
        let left: i64 = by_hand.pttl(&name).unwrap();
        assert!(left > keep && left <= keep + 60_000, "{left}");
        let value: String = by_hand.get(&name).unwrap();
        assert_eq!(value, format!("{} {keep}", claim.token));
        guard.done(claim).await.unwrap();
        let left: i64 = by_hand.pttl(&name).unwrap();
        assert!(left > 0 && left <= keep, "{left}");
        assert_eq!(by_hand.get::<_, String>(&name).unwrap(), "done");
    }
    let names: Vec<String> = redis.by_hand().keys("*").unwrap();
    assert_eq!(names.len(), 2);
}

#[tokio::test]
async fn what_no_guard_wrote_accepts_nothing() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await;
    let mut by_hand = redis.by_hand();
    for (number, odd) in [(1, "yes"), (2, ""), (3, "1 2 3"), (4, "DONE")] {
        let _: () = by_hand.set(name(number), odd).unwrap();
        guard.claim(query(number)).await.unwrap_err();
    }
    let _: () = by_hand.lpush(name(5), "a list").unwrap();
    guard.claim(query(5)).await.unwrap_err();
    // A claim whose expiry somebody took away is not free for everybody.
    let claim = held(query(6), guard.claim(query(6)).await.unwrap());
    let _: bool = by_hand.persist(name(6)).unwrap();
    assert_eq!(guard.claim(query(6)).await.unwrap(), Claim::InFlight);
    guard.done(claim).await.unwrap();
    assert_eq!(guard.claim(query(6)).await.unwrap(), Claim::Done);
}

/// A full Redis that may forget nothing, and one that forgot the scripts.
#[tokio::test]
async fn a_full_redis_is_no_hole() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await;
    let claim = held(query(1), guard.claim(query(1)).await.unwrap());
    let mut by_hand = redis.by_hand();
    let _: () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut by_hand).unwrap();
    guard.done(claim).await.unwrap();
    let full = ["CONFIG", "SET", "maxmemory", "1"];
    let _: () = redis::cmd(full[0]).arg(&full[1..]).query(&mut by_hand).unwrap();
    guard.claim(query(2)).await.unwrap_err();
    // Nor is what was done forgotten.
    let _: () = redis::cmd(full[0]).arg(&full[1..3]).arg("0").query(&mut by_hand).unwrap();
    assert_eq!(guard.claim(query(1)).await.unwrap(), Claim::Done);
}

#[actix_web::test]
async fn a_redis_that_died_is_answered_503_until_it_is_back() {
    for framework in Framework::ALL {
        let Some(mut redis) = Redis::start() else { return };
        let work = Work::free();
        let guard = redis.guard().await.timeout(Duration::from_secs(2));
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        assert_eq!(server(delivery("one")).await.status, 200);

        redis.kill();
        for name in ["one", "two", "three"] {
            let answer = server(delivery(name)).await;
            assert_eq!((answer.status, answer.may_retry), (503, true), "{framework:?}");
            assert_eq!(answer.reason, Some(RejectionKind::GuardUnavailable));
        }
        assert_eq!(work.begun(), 1, "nothing is handled unclaimed");
        redis.restart();
        until(|| async { server(delivery("two")).await.status == 200 }).await;
        assert_eq!(work.begun(), 2);
        assert_eq!(server(delivery("two")).await.status, 200);
        assert_eq!(work.begun(), 2);
    }
}

#[actix_web::test]
async fn a_redis_that_dies_while_the_handler_works_hides_no_answer() {
    for framework in Framework::ALL {
        let Some(mut redis) = Redis::start() else { return };
        let work = Work::waiting();
        let guard = redis.guard().await.timeout(Duration::from_secs(2));
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let first = actix_web::rt::spawn(server(delivery("one")));
        until(|| async { work.begun() == 1 }).await;
        redis.kill();
        work.release();
        assert_eq!(first.await.unwrap().status, 200, "{framework:?}");
    }
}

/// A Redis that takes commands and answers none.
#[tokio::test]
async fn a_redis_that_hangs_is_given_up() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await.timeout(Duration::from_millis(50));
    held(query(1), guard.claim(query(1)).await.unwrap());
    let mut by_hand = redis.by_hand();
    let hang = ["CLIENT", "PAUSE", "600000", "WRITE"];
    let _: () = redis::cmd(hang[0]).arg(&hang[1..]).query(&mut by_hand).unwrap();
    let error = guard.claim(query(2)).await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "Redis did not answer in time");

    // Once it answers again, the claim that was given up is released, too.
    let _: () = redis::cmd("CLIENT").arg("UNPAUSE").query(&mut by_hand).unwrap();
    let guard = guard.timeout(Duration::from_secs(30));
    until(|| async { matches!(guard.claim(query(2)).await.unwrap(), Claim::New(_)) }).await;
}

#[tokio::test]
async fn a_claim_that_nobody_waits_for_is_released() {
    let Some(redis) = Redis::start() else { return };
    let guard = redis.guard().await;
    let mut by_hand = redis.by_hand();
    let hang = ["CLIENT", "PAUSE", "600000", "WRITE"];
    let _: () = redis::cmd(hang[0]).arg(&hang[1..]).query(&mut by_hand).unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), guard.claim(query(1)));
    assert!(waiting.await.is_err(), "the sender left first");
    let _: () = redis::cmd("CLIENT").arg("UNPAUSE").query(&mut by_hand).unwrap();
    until(|| async { matches!(guard.claim(query(1)).await.unwrap(), Claim::New(_)) }).await;
}

#[tokio::test]
async fn any_connection_will_do() {
    let Some(redis) = Redis::start() else { return };
    let client = Client::open(redis.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let guard = RedisGuard::new(connection).timeout(Duration::from_secs(30));
    let claim = held(query(1), guard.claim(query(1)).await.unwrap());
    guard.done(claim).await.unwrap();
    assert_eq!(redis.guard().await.claim(query(1)).await.unwrap(), Claim::Done);
}

/// The password, the payload, the secret: in no error, log or `Debug`.
#[tokio::test]
async fn nothing_is_told_of_password_payload_or_secret() {
    let Some(mut redis) = Redis::start() else { return };
    log();
    let guard = redis.guard().await.timeout(Duration::from_millis(200));
    let mut shown = format!("{guard:?} {guard:#?}");
    let work = Work::free();
    let endpoint = builder().replay_guard(guard.clone()).build().unwrap();
    let server = Framework::Axum.serve(endpoint, &work).await;
    assert_eq!(server(delivery("the payload")).await.status, 200);
    redis.kill();
    assert_eq!(server(delivery("the payload")).await.status, 503);
    let error = guard.claim(query(1)).await.unwrap_err();
    shown += &format!("{error} {error:?}");
    let wrong = redis.url().replace("127.0.0.1", "no host");
    let error = RedisGuard::connect(&wrong).await.unwrap_err();
    shown += &format!("{error} {error:?}");

    let log = log();
    assert!(log.contains("guard_unavailable"), "{log}");
    shown += &log;
    let password = redis.url();
    let password = password.split([':', '@']).nth(2).unwrap();
    for hidden in [password, "the payload", crate::support::SECRET] {
        assert!(!shown.contains(hidden), "{hidden} is shown: {shown}");
    }
}
