//! What senders read, through both frameworks and with every guard.

use actix_web::rt::spawn;
use hookgate::RejectionKind;
use hookgate::harmonizely::Harmonizely;
use hookgate::sign::sign;

use crate::guards::Guards;
use crate::support::{Framework, Work, builder, delivery, until};

/// Runs a test for each framework and each guard, which begins empty.
macro_rules! everywhere {
    (|$framework:ident, $guard:ident| $test:block) => {{
        let guards = Guards::start().await;
        for $framework in Framework::ALL {
            for $guard in guards.guards.iter().cloned() {
                let $guard = $guard.fresh();
                println!("{:?} {:?}", $framework, $guard);
                $test
            }
        }
    }};
}

#[actix_web::test]
async fn what_was_done_is_acknowledged_and_not_handled_again() {
    everywhere!(|framework, guard| {
        let work = Work::free();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        for _ in 0..3 {
            let answer = server(delivery("one")).await;
            assert_eq!((answer.status, answer.reason), (200, None));
        }
        assert_eq!(work.begun(), 1);
        assert_eq!(server(delivery("two")).await.status, 200);
        assert_eq!(work.begun(), 2);
    });
}

#[actix_web::test]
async fn what_failed_is_handled_again() {
    everywhere!(|framework, guard| {
        let work = Work::answering(&[500, 404, 302]);
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        for status in [500, 404, 302, 200, 200] {
            assert_eq!(server(delivery("one")).await.status, status);
        }
        assert_eq!(work.begun(), 4);
    });
}

#[actix_web::test]
async fn nobody_is_told_of_success_before_the_first_is_done() {
    everywhere!(|framework, guard| {
        let work = Work::waiting();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let first = spawn(server(delivery("one")));
        until(|| async { work.begun() == 1 }).await;
        for _ in 0..20 {
            let answer = server(delivery("one")).await;
            assert_eq!((answer.status, answer.may_retry), (503, true));
            assert_eq!(answer.reason, Some(RejectionKind::InFlight));
        }
        work.release();
        assert_eq!(first.await.unwrap().status, 200);
        assert_eq!(server(delivery("one")).await.status, 200);
        assert_eq!(work.begun(), 1);
    });
}

#[actix_web::test]
async fn a_thousand_at_once_have_one_effect() {
    everywhere!(|framework, guard| {
        let work = Work::waiting();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let all: Vec<_> = (0..1_000)
            .map(|_| {
                let (answer, work) = (server(delivery("one")), work.clone());
                spawn(async move {
                    let status = answer.await.status;
                    assert!(status != 200 || work.ended() == 1, "success before the handler's");
                    status
                })
            })
            .collect();
        until(|| async { work.begun() == 1 }).await;
        work.release();
        let mut successes = 0;
        for answer in all {
            match answer.await.unwrap() {
                200 => successes += 1,
                status => assert_eq!(status, 503),
            }
        }
        assert!(successes > 0);
        assert_eq!((work.begun(), work.ended()), (1, 1));
    });
}

#[actix_web::test]
async fn a_sender_that_leaves_can_come_again_at_once() {
    everywhere!(|framework, guard| {
        let work = Work::waiting();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let first = spawn(server(delivery("one")));
        until(|| async { work.begun() == 1 }).await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        work.release();
        // Not after the lease, which is a minute.
        until(|| async { server(delivery("one")).await.status == 200 }).await;
        assert_eq!(work.begun(), 2);
    });
}

#[actix_web::test]
async fn a_handler_that_panics_gives_its_claim_back() {
    everywhere!(|framework, guard| {
        let work = Work::answering(&[0]);
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        assert!(spawn(server(delivery("one"))).await.unwrap_err().is_panic());
        until(|| async { server(delivery("one")).await.status == 200 }).await;
        assert_eq!(work.begun(), 2);
    });
}

#[actix_web::test]
async fn a_forged_request_takes_nobodys_place() {
    everywhere!(|framework, guard| {
        let work = Work::free();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let genuine = delivery("one");
        let message = hookgate::sign::Message::post(genuine.target(), genuine.body().clone());
        let forged = sign(&Harmonizely, "another secret", message).unwrap();
        assert_eq!(server(forged.clone()).await.status, 400);
        assert_eq!(server(genuine.clone()).await.status, 200);
        assert_eq!(work.begun(), 1);
        // Nor does it learn that the delivery was there.
        assert_eq!(server(forged).await.status, 400);
    });
}

#[actix_web::test]
async fn what_nobody_signed_makes_no_new_delivery() {
    everywhere!(|framework, guard| {
        let work = Work::free();
        let endpoint = builder().replay_guard(guard).build().unwrap();
        let server = framework.serve(endpoint, &work).await;
        let message = |target: &str| {
            hookgate::sign::Message::post(target, delivery("one").body().clone())
                .content_type("text/plain")
        };
        let signed =
            |target: &str| sign(&Harmonizely, crate::support::SECRET, message(target)).unwrap();
        assert_eq!(server(delivery("one")).await.status, 200);
        for target in ["/hooks?attempt=2", "/hooks?id=another"] {
            assert_eq!(server(signed(target)).await.status, 200);
        }
        assert_eq!(work.begun(), 1);
    });
}

#[actix_web::test]
async fn endpoints_and_tenants_are_apart() {
    everywhere!(|framework, guard| {
        let work = Work::free();
        for name in ["one", "two"] {
            let endpoint = builder().name(name).replay_guard(guard.clone()).build().unwrap();
            let server = framework.serve(endpoint, &work).await;
            assert_eq!(server(delivery("one")).await.status, 200);
        }
        assert_eq!(work.begun(), 2);
        for tenant in ["acme", "globex"] {
            let source = |_| {
                let secrets = hookgate::Secrets::new(crate::support::SECRET);
                std::future::ready(Ok::<_, hookgate::ports::Unavailable>(Some(secrets)))
            };
            let endpoint = hookgate::Endpoint::builder(Harmonizely)
                .secrets_from(move |_| Some(tenant.into()), source)
                .replay_guard(guard.clone())
                .build()
                .unwrap();
            let server = framework.serve(endpoint, &work).await;
            assert_eq!(server(delivery("one")).await.status, 200);
        }
        assert_eq!(work.begun(), 4);
    });
}
