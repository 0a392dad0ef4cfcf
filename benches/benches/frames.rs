//! What is left to do once the last frame of a large body is there, and what candidates cost.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "it stops loudly")]

use std::convert::Infallible;
use std::future::ready;
use std::hint::black_box;
use std::time::Instant;

use actix_web::{App, HttpResponse, test, web};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use hmac::{Hmac, KeyInit, Mac};
use hookgate::check::{Check, Opened, Verdict};
use hookgate::scheme::Scheme;
use hookgate::{Endpoint, Provider, UnixTime};
use hookgate_actix::WebhookMiddleware;
use hookgate_bench::contender::at_once;
use hookgate_bench::delivery::{SIGNATURE, sign};
use hookgate_bench::frames::{Frames, last_frame_to_verdict, verdict};
use hookgate_bench::github::{self, Limits, Raw};
use hookgate_bench::measure::Rounds;
use hookgate_bench::{Delivery, SECRET, table};
use http::{HeaderMap, Request, Response, StatusCode};
use sha2::Sha256;
use tower::{Layer, Service, service_fn};

const SIZE: usize = 1 << 20;
const FRAME: usize = 16 * 1024;
const ROUNDS: usize = 201;

/// Measures itself, in nanoseconds.
type Measure<'m> = (&'static str, Box<dyn FnMut() -> f64 + 'm>);

fn main() {
    let delivery = Delivery::of_size(SIZE);
    last_frame(&delivery);
    candidates(&delivery.body);
}

/// Lets all measure themselves in turn.
fn alternate(measures: &mut [Measure<'_>]) -> Rounds {
    let mut rows = vec![Vec::new(); measures.len()];
    // The first rounds warm them up.
    for round in 0..ROUNDS + 20 {
        for turn in 0..measures.len() {
            let at = (turn + round) % measures.len();
            let time = measures[at].1();
            if round >= 20 {
                rows[at].push(time);
            }
        }
    }
    Rounds::new(rows)
}

fn timed<T>(run: impl FnOnce() -> T) -> f64 {
    let started = Instant::now();
    black_box(run());
    started.elapsed().as_secs_f64() * 1e9
}

fn last_frame(delivery: &Delivery) {
    let frames = || Frames::of(&delivery.body, FRAME);
    let all = || frames().collect::<Vec<_>>();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let hash = |bytes: &[u8]| mac.clone().chain_update(bytes).finalize();
    let mut measures: Vec<Measure<'_>> = vec![
        ("HMAC of one frame", {
            let last = all().pop().unwrap();
            Box::new(move || timed(|| hash(&last)))
        }),
        ("join of all frames", {
            Box::new(move || {
                let frames = all();
                // As the gate finds them: each was hashed since it came.
                frames.iter().for_each(|frame| drop(black_box(hash(frame))));
                timed(|| join(frames))
            })
        }),
        ("join and HMAC at the end", {
            Box::new(move || {
                let frames = all();
                timed(|| hash(&join(frames)))
            })
        }),
        ("hookgate, core", Box::new(|| core(delivery, frames()))),
        ("hookgate, tower layer", tower_layer(delivery)),
        ("hookgate, axum route", axum_route(delivery)),
        ("hookgate, actix middleware", actix_middleware(delivery)),
    ];
    let rounds = alternate(&mut measures);
    let (frame, joined) = (0, 1);
    let row = |(own, (name, _)): (usize, &Measure<'_>)| {
        vec![
            (*name).to_owned(),
            table::whole(rounds.median(|of| of(own))),
            table::whole(rounds.median(|of| of(own) - of(joined))),
            table::ratio(rounds.median(|of| (of(own) - of(joined)) / of(frame))),
        ]
    };
    table::print(
        "From the last frame of 16 KiB to the verdict over 1 MiB",
        &["", "ns", "less the join", "to the HMAC of one frame"],
        &measures.iter().enumerate().map(row).collect::<Vec<_>>(),
    );
}

fn join(frames: Vec<Bytes>) -> Bytes {
    let mut whole = BytesMut::with_capacity(SIZE);
    for frame in frames {
        whole.extend_from_slice(&frame);
    }
    whole.freeze()
}

fn core(delivery: &Delivery, frames: Frames) -> f64 {
    let endpoint = github::endpoint::<Raw>(Limits::Default);
    let mut check = opened(&endpoint, &delivery.headers);
    for frame in frames {
        check.push(frame).unwrap();
    }
    let passed = check.finish().unwrap();
    verdict();
    assert!(matches!(passed, Verdict::Deliver(_)));
    last_frame_to_verdict()
}

fn opened<P>(endpoint: &Endpoint<P>, headers: &HeaderMap) -> Check {
    let mut request = Request::post("/hooks").body(()).unwrap();
    request.headers_mut().clone_from(headers);
    match endpoint.open(&request, UnixTime::from_secs(1_800_000_000)) {
        Ok(Opened::Check(check)) => check,
        other => panic!("{other:?}"),
    }
}

fn tower_layer(delivery: &Delivery) -> Box<dyn FnMut() -> f64 + '_> {
    let handler = service_fn(|_: Request<Body>| {
        verdict();
        ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let endpoint = github::endpoint::<Raw>(Limits::Default);
    let mut service = hookgate_tower::WebhookLayer::<Body>::new(endpoint).layer(handler);
    Box::new(move || {
        let request = request(delivery, Frames::of(&delivery.body, FRAME));
        let response = at_once(service.call(request)).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        last_frame_to_verdict()
    })
}

fn axum_route(delivery: &Delivery) -> Box<dyn FnMut() -> f64 + '_> {
    let handler = async |_: Raw| {
        verdict();
        StatusCode::OK
    };
    let route = hookgate_axum::webhook(github::endpoint::<Raw>(Limits::Default), handler);
    let mut app = axum::Router::new().route("/hooks", route);
    Box::new(move || {
        let body = Body::new(Frames::of(&delivery.body, FRAME));
        let response = at_once(app.call(request(delivery, body))).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        last_frame_to_verdict()
    })
}

fn request<B>(delivery: &Delivery, body: B) -> Request<B> {
    let mut request = Request::post("/hooks").body(body).unwrap();
    request.headers_mut().clone_from(&delivery.headers);
    request
}

fn actix_middleware(delivery: &Delivery) -> Box<dyn FnMut() -> f64 + '_> {
    // Without the body: actix-web's own extractor would copy it first.
    let handler = async || {
        verdict();
        HttpResponse::Ok().finish()
    };
    let gate = WebhookMiddleware::new(github::endpoint::<Raw>(Limits::Default));
    let hooks = web::resource("/hooks").wrap(gate).route(web::post().to(handler));
    let app = at_once(test::init_service(App::new().service(hooks)));
    Box::new(move || {
        let frames = Frames::of(&delivery.body, FRAME);
        let request =
            delivery.actix_with(actix_http::Payload::Stream { payload: Box::pin(frames) });
        let response = at_once(actix_web::dev::Service::call(&app, request)).unwrap();
        assert_eq!(response.status().as_u16(), 200);
        last_frame_to_verdict()
    })
}

/// Signs as a provider that sends several signatures at once, of which one has to be right.
#[derive(Debug)]
struct Listing;

impl Provider for Listing {
    fn id(&self) -> &str {
        "listing"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256(SIGNATURE).list(",", "=", "v1")
    }
}

fn candidates(body: &Bytes) {
    let endpoint = Endpoint::builder(Listing).secret(SECRET).build().unwrap();
    let check = |candidates: usize| {
        // The last one is right.
        let mut list = format!("v1={},", "0".repeat(64)).repeat(candidates - 1);
        list.push_str(&format!("v1={}", const_hex::encode(sign(body))));
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, list.parse().unwrap());
        let endpoint = endpoint.clone();
        move || {
            timed(|| {
                let mut check = opened(&endpoint, &headers);
                check.push(body.clone()).unwrap();
                assert!(matches!(check.finish(), Ok(Verdict::Deliver(_))));
            })
        }
    };
    let mut measures: Vec<Measure<'_>> =
        vec![("one candidate", Box::new(check(1))), ("100 candidates", Box::new(check(100)))];
    let rounds = alternate(&mut measures);
    let row = |(own, (name, _)): (usize, &Measure<'_>)| {
        vec![
            (*name).to_owned(),
            table::whole(rounds.median(|of| of(own))),
            table::ratio(rounds.median(|of| of(own) / of(0))),
        ]
    };
    table::print(
        "Candidate signatures over 1 MiB in one frame",
        &["", "ns", "to one"],
        &measures.iter().enumerate().map(row).collect::<Vec<_>>(),
    );
}
