//! What senders read, through both frameworks.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::test::TestRequest;
use actix_web::web;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::scheme::{Place, Scheme};
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{Endpoint, Provider, Rejection, RejectionKind, RequestHead, Sends};
use hookgate_cache::{CachedKeys, CachedSecrets};
use tower::ServiceExt;

use crate::support::{Clock, SECOND, Said, Source, secret_text};

type Answer = (u16, Option<RejectionKind>, String);
type Server = Rc<dyn Fn(SignedRequest) -> Pin<Box<dyn Future<Output = Answer>>>>;

#[derive(Clone, Copy, Debug)]
enum Framework {
    Axum,
    Actix,
}

impl Framework {
    async fn serve<P>(self, endpoint: Endpoint<P>) -> Server
    where
        P: Sends<Event = Event> + 'static,
    {
        match self {
            Self::Axum => {
                let route = hookgate_axum::webhook(endpoint, async |_: Event| "handled");
                let app: axum::Router = axum::Router::new().route("/hooks/{tenant}", route);
                Rc::new(move |request| {
                    let app = app.clone();
                    Box::pin(async move {
                        let request = request.into_http::<axum::body::Body>().unwrap();
                        let response = app.oneshot(request).await.unwrap();
                        let (parts, body) = response.into_parts();
                        let body = axum::body::to_bytes(body, 10_000).await.unwrap();
                        let reason = parts.extensions.get().map(Rejection::kind);
                        (parts.status.as_u16(), reason, String::from_utf8(body.into()).unwrap())
                    })
                })
            }
            Self::Actix => {
                let route = hookgate_actix::webhook(endpoint, async |_: Event| "handled");
                let resource = web::resource("/hooks/{tenant}").route(route);
                let app = actix_web::App::new().service(resource);
                let app = Rc::new(actix_web::test::init_service(app).await);
                Rc::new(move |request| {
                    let app = Rc::clone(&app);
                    Box::pin(async move {
                        let mut test = TestRequest::post().uri(request.target());
                        for (name, value) in request.headers() {
                            test = test.append_header((name.as_str(), value.as_str()));
                        }
                        let test = test.set_payload(request.body().clone()).to_request();
                        let response = actix_web::test::call_service(&*app, test).await;
                        let status = response.status().as_u16();
                        let reason = response.response().extensions().get().map(Rejection::kind);
                        let body = actix_web::test::read_body(response).await;
                        (status, reason, String::from_utf8(body.into()).unwrap())
                    })
                })
            }
        }
    }
}

const BODY: &str = r#"{"event":"meetingCancelled"}"#;

fn tenant_of(head: &dyn RequestHead) -> Option<std::sync::Arc<str>> {
    head.path().strip_prefix("/hooks/").map(Into::into)
}

fn delivery(tenant: &str, version: u32) -> SignedRequest {
    let message = Message::post(format!("/hooks/{tenant}"), BODY);
    sign(&Harmonizely, secret_text(tenant, version), message).unwrap()
}

#[actix_web::test]
async fn a_tenants_secret_is_looked_up_once_and_revoked_at_once() {
    for framework in [Framework::Axum, Framework::Actix] {
        let source = Source::new();
        source.says("acme", Said::Version(1));
        let cache = CachedSecrets::new(source.clone());
        let endpoint =
            Endpoint::builder(Harmonizely).secrets_from(tenant_of, cache.clone()).build().unwrap();
        let server = framework.serve(endpoint).await;
        for _ in 0..3 {
            assert_eq!(server(delivery("acme", 1)).await, (200, None, "handled".into()));
        }
        assert_eq!(source.asked(), 1);

        source.says("acme", Said::Version(2));
        cache.invalidate("acme");
        let (status, reason, wrong) = server(delivery("acme", 1)).await;
        assert_eq!((status, reason), (400, Some(RejectionKind::SignatureMismatch)));
        assert_eq!(server(delivery("acme", 2)).await.0, 200);

        // Unknown looks like wrong, looked up or remembered.
        for _ in 0..2 {
            let (status, reason, unknown) = server(delivery("nobody", 1)).await;
            assert_eq!((status, reason), (400, Some(RejectionKind::UnknownTenant)));
            assert_eq!(unknown, wrong);
        }

        source.says("acme", Said::Down);
        cache.invalidate_all();
        let (status, reason, _) = server(delivery("acme", 2)).await;
        assert_eq!(
            (status, reason),
            (503, Some(RejectionKind::SecretsUnavailable)),
            "{framework:?}"
        );
    }
}

/// Names its key in a header.
#[derive(Debug)]
struct Named;

impl Provider for Named {
    /// So that its events are Harmonizely's.
    fn id(&self) -> &str {
        "harmonizely"
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::hmac_sha256("x-signature").key_id(Place::Header("x-key"))
    }
}

impl Sends for Named {
    type Event = Event;
}

#[actix_web::test]
async fn keys_outlive_an_outage_and_made_up_ids_do_not_reach_the_source() {
    for framework in [Framework::Axum, Framework::Actix] {
        let (source, clock) = (Source::new(), Clock::new());
        source.says("one", Said::Version(1));
        let now = clock.clone();
        let cache = CachedKeys::new(source.clone()).clock(move || now.now());
        let endpoint = Endpoint::builder(Named).keys_from(cache.clone()).build().unwrap();
        let server = framework.serve(endpoint).await;
        let signed = |id: &str| {
            let message = Message::post("/hooks/keys", BODY).key_id(id);
            sign(&Named, secret_text("one", 1), message).unwrap()
        };
        assert_eq!(server(signed("one")).await.0, 200);
        source.says("one", Said::Down);
        clock.pass(SECOND * 3_600);
        assert_eq!(server(signed("one")).await.0, 200, "{framework:?}");

        let mut statuses = Vec::new();
        for number in 0..100 {
            statuses.push(server(signed(&format!("made-up-{number}"))).await.0);
        }
        assert!(statuses[..10].iter().all(|status| *status == 400), "{statuses:?}");
        assert!(statuses[10..].iter().all(|status| *status == 503), "{statuses:?}");
        assert_eq!(source.asked(), 2 + 10);
        assert_eq!(server(signed("one")).await.0, 200);
    }
}
