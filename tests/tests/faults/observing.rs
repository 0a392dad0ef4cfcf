//! Endpoints that only observe, over sockets: every request that their handlers saw before.

use std::sync::{Arc, Mutex};

use actix_web::{HttpRequest, web};
use axum::Router;
use axum::http::HeaderMap;
use bytes::Bytes;
use hookgate::dangerous::{Observed, Observing, observe_only};
use hookgate::ports::Stored;
use hookgate::{Budget, Delivery, Endpoint, EndpointBuilder, RawBody, RejectionKind};

use crate::acme::{Acme, BARE, SECRET, SIGNATURE, TIMED, bare_builder, builder, mac, signed};
use crate::client::{Raw, until};
use crate::server::{Adapter, Headers, PATH, Server, of_actix, of_axum};

/// What a handler saw, and what it was told.
#[derive(Clone, Debug)]
struct Saw {
    would_refuse: Option<RejectionKind>,
    event: Bytes,
    /// What a body extractor of the framework gave, where the form has room for one.
    extracted: Option<Bytes>,
    headers: Headers,
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Saw>>>);

impl Notes {
    fn note(&self, observed: Observed<RawBody>, extracted: Option<Bytes>, headers: Headers) {
        let would_refuse = observed.would_refuse();
        let RawBody(event) = observed.into_event().unwrap();
        self.0.lock().unwrap().push(Saw { would_refuse, event, extracted, headers });
    }

    fn take(&self) -> Vec<Saw> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn one(&self) -> Saw {
        let [saw] = <[Saw; 1]>::try_from(self.take()).unwrap();
        saw
    }
}

/// The handler in each of the forms.
fn start(adapter: Adapter, endpoint: Endpoint<Observing<Acme>>, notes: &Notes) -> Server {
    let notes = notes.clone();
    match adapter {
        Adapter::AxumRoute => {
            let handler = async move |headers: HeaderMap, observed: Observed<RawBody>| {
                notes.note(observed, None, of_axum(&headers));
            };
            Server::axum(Router::new().route(PATH, hookgate_axum::webhook(endpoint, handler)))
        }
        Adapter::AxumLayer => {
            use hookgate_axum::{Webhook, WebhookLayer};
            let handler = async move |headers: HeaderMap,
                                      Webhook(observed): Webhook<Observed<RawBody>>,
                                      body: Bytes| {
                notes.note(observed, Some(body), of_axum(&headers));
            };
            let layer = WebhookLayer::new(endpoint);
            Server::axum(Router::new().route(PATH, axum::routing::any(handler).layer(layer)))
        }
        Adapter::ActixRoute => Server::actix(move |app| {
            let notes = notes.clone();
            let handler = move |request: HttpRequest, body: Bytes, observed: Observed<RawBody>| {
                notes.note(observed, Some(body), of_actix(&request));
                async { "" }
            };
            let route = hookgate_actix::webhook(endpoint.clone(), handler);
            app.service(web::resource(PATH).route(route));
        }),
        Adapter::ActixMiddleware => Server::actix(move |app| {
            use hookgate_actix::{Webhook, WebhookMiddleware};
            let notes = notes.clone();
            let handler = move |request: HttpRequest,
                                Webhook(observed): Webhook<Observed<RawBody>>,
                                body: Bytes| {
                notes.note(observed, Some(body), of_actix(&request));
                async { "" }
            };
            let gate = WebhookMiddleware::new(endpoint.clone());
            app.service(web::resource(PATH).wrap(gate).to(handler));
        }),
    }
}

fn observing(builder: EndpointBuilder<Acme>) -> Endpoint<Observing<Acme>> {
    observe_only(builder).build().unwrap()
}

#[test]
fn a_handler_sees_every_request_as_it_came() {
    let body = "{\"a\":1}";
    let timed = |time: &str| {
        Raw::unsigned(PATH, body)
            .with("x-acme-time", time)
            .with(SIGNATURE, mac(SECRET, format!("{time}.{body}")))
    };
    let genuine = signed(BARE, body);
    let put = Raw { method: "PUT".into(), ..genuine.clone() };
    let rows = [
        (BARE, None, genuine.clone()),
        (TIMED, None, signed(TIMED, body)),
        (BARE, Some(RejectionKind::MissingSignature), Raw::unsigned(PATH, body)),
        (
            BARE,
            Some(RejectionKind::SignatureMismatch),
            genuine.clone().with(SIGNATURE, mac("another", body)),
        ),
        (BARE, Some(RejectionKind::MalformedSignature), genuine.clone().with(SIGNATURE, "no")),
        (TIMED, Some(RejectionKind::StaleTimestamp), timed("1600000000")),
        (TIMED, Some(RejectionKind::MalformedTimestamp), timed("now")),
        (BARE, Some(RejectionKind::MethodNotAllowed), put),
        (
            BARE,
            Some(RejectionKind::UnsupportedCoding),
            genuine.clone().with("content-encoding", "odd"),
        ),
    ];
    for adapter in Adapter::ALL {
        for (scheme, would_refuse, request) in &rows {
            let (endpoint, refusals) = builder(*scheme);
            let notes = Notes::default();
            let server = start(adapter, observing(endpoint), &notes);
            let request = request.clone().with("content-type", "application/odd");
            let request = request.with("digest", "sha-256=AAAA");
            for bytes in [request.declared(), request.chunked(3)] {
                let mut client = server.connect();
                client.write(&bytes);
                assert_eq!(client.answer().status, 200, "{adapter:?} {would_refuse:?}");
                let saw = notes.one();
                assert_eq!(saw.would_refuse, *would_refuse, "{adapter:?}");
                assert_eq!(saw.event, body, "{adapter:?} {would_refuse:?}");
                assert!(saw.extracted.is_none_or(|extracted| extracted == body), "{adapter:?}");
                for (name, value) in &request.headers {
                    let found =
                        saw.headers.iter().any(|header| header == &(name.clone(), value.clone()));
                    assert!(found, "{adapter:?} {name}");
                }
            }
            assert_eq!(refusals.take(), [], "{adapter:?}");
        }
    }
}

#[test]
fn limits_stand_at_an_endpoint_that_only_observes() {
    for adapter in Adapter::ALL {
        let budget = Budget::new(6);
        let (endpoint, refusals) = builder(BARE);
        let endpoint = endpoint.body_limit(8).in_flight(budget.clone());
        let endpoint = endpoint.body_deadline(std::time::Duration::from_millis(50));
        let notes = Notes::default();
        let server = start(adapter, observing(endpoint), &notes);
        for (body, status, kind) in [
            ("123456789", 413, RejectionKind::BodyTooLarge),
            ("1234567", 503, RejectionKind::Overloaded),
        ] {
            for request in [signed(BARE, body), Raw::unsigned(PATH, body)] {
                assert_eq!(server.send(&request).status, status, "{adapter:?}");
                assert_eq!(refusals.take(), [kind], "{adapter:?}");
            }
        }
        let mut client = server.connect();
        client.write(&Raw::unsigned(PATH, "").head(&["content-length: 5"]));
        assert_eq!(client.answer().status, 408, "{adapter:?}");
        assert_eq!(refusals.take(), [RejectionKind::BodyTimeout], "{adapter:?}");
        assert!(notes.take().is_empty(), "{adapter:?}");
        assert_eq!(server.send(&Raw::unsigned(PATH, "123456")).status, 200, "{adapter:?}");
        assert_eq!(notes.one().event, "123456");
        until("nothing is in flight", || budget.used() == 0);
    }
}

#[test]
fn a_handler_of_what_was_verified_behind_one_that_only_observes_is_wired_wrong() {
    let endpoint = || observing(builder(BARE).0);
    let axum = {
        use hookgate_axum::{Webhook, WebhookLayer};
        let event = axum::routing::any(async |_: Webhook<RawBody>| "");
        let delivery = axum::routing::any(async |_: Webhook<Delivery>| "");
        let gate = || WebhookLayer::new(endpoint());
        let app = Router::new().route(PATH, event.layer(gate()));
        Server::axum(app.route("/delivery", delivery.layer(gate())))
    };
    let observing = endpoint();
    let actix = Server::actix(move |app| {
        use hookgate_actix::{Webhook, WebhookMiddleware};
        let gate = || WebhookMiddleware::new(observing.clone());
        let event = web::resource(PATH).wrap(gate()).to(async |_: Webhook<RawBody>| "");
        let delivery = web::resource("/delivery").wrap(gate());
        app.service(event).service(delivery.to(async |_: Webhook<Delivery>| ""));
    });
    for (name, server) in [("axum", axum), ("actix", actix)] {
        for target in [PATH, "/delivery"] {
            // Also where the signature is right: that shows at the first request, not at the first
            // wrong one.
            for request in [signed(BARE, "{}"), Raw::unsigned(PATH, "{}")] {
                let request = Raw { target: target.into(), ..request };
                let answer = server.send(&request);
                assert_eq!(answer.status, 500, "{name} {target}");
                assert!(answer.body.contains("webhook_layer"), "{name} {target}");
            }
        }
    }
}

#[test]
fn a_handler_that_knows_nothing_of_the_gate_stays_as_it_is() {
    let endpoint = || observing(builder(BARE).0);
    let axum = {
        let handler = axum::routing::any(async |body: Bytes| body);
        let layer = hookgate_axum::WebhookLayer::new(endpoint());
        Server::axum(Router::new().route(PATH, handler.layer(layer)))
    };
    let observing = endpoint();
    let actix = Server::actix(move |app| {
        let gate = hookgate_actix::WebhookMiddleware::new(observing.clone());
        app.service(web::resource(PATH).wrap(gate).to(async |body: Bytes| body));
    });
    for (name, server) in [("axum", axum), ("actix", actix)] {
        for request in [signed(BARE, "{}"), Raw::unsigned(PATH, "anything at all")] {
            let answer = server.send(&request);
            assert_eq!(answer.status, 200, "{name}");
            assert_eq!(answer.body.as_bytes(), request.body, "{name}");
        }
    }
}

#[test]
fn a_sink_behind_an_endpoint_that_only_observes_is_told() {
    for adapter in Adapter::EACH {
        let (endpoint, _) = bare_builder(BARE);
        let endpoint = observing(endpoint.secret(SECRET));
        let stored = Arc::new(Mutex::new(Vec::new()));
        let store = {
            let stored = Arc::clone(&stored);
            move |delivery: Delivery| {
                let observed = delivery.into_content().observed.unwrap();
                stored.lock().unwrap().push(observed.would_refuse);
                async { Ok(Stored::New) }
            }
        };
        let server = Server::start_into(adapter, endpoint, store);
        assert_eq!(server.send(&signed(BARE, "{}")).status, 200, "{adapter:?}");
        assert_eq!(server.send(&Raw::unsigned(PATH, "{}")).status, 200, "{adapter:?}");
        let want = [None, Some(RejectionKind::MissingSignature)];
        assert_eq!(*stored.lock().unwrap(), want, "{adapter:?}");
    }
}
