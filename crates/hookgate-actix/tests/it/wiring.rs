//! Where the gate stands, and what happens where it does not.

use actix_web::dev::Service;
use actix_web::{App, HttpMessage, HttpResponse, test, web};
use hookgate::ace::{self, Ace};
use hookgate::harmonizely::{self, Harmonizely};
use hookgate::sign::{Message, sign};
use hookgate::{Coverage, Delivery, Endpoint, Rejection, SenderOnly, dangerous};
use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

use crate::support::{
    CANCELLED, Count, PATH, SECRET, call, endpoint, forged, mount, signed, test_request, through,
};

async fn on_meeting(Webhook(event): Webhook<harmonizely::Event>) -> String {
    event.name().to_owned()
}

#[actix_web::test]
async fn a_gate_on_a_resource_leaves_the_rest_alone() {
    let app = test::init_service(
        App::new()
            .service(
                web::resource(PATH)
                    .wrap(WebhookMiddleware::new(endpoint()))
                    .route(web::post().to(on_meeting)),
            )
            .route("/health", web::get().to(async || "fine")),
    )
    .await;
    let health = test::TestRequest::get().uri("/health").to_request();
    assert_eq!(call(&app, health).await.text(), "fine");
    let answer = call(&app, test_request(&signed(CANCELLED)).to_request()).await;
    assert_eq!((answer.status, answer.text()), (200, "meetingCancelled"));
    let answer = call(&app, test_request(&forged()).to_request()).await;
    answer.assert_problem();
}

#[actix_web::test]
async fn a_gate_around_a_scope_guards_every_route_in_it() {
    let scope = || {
        web::scope("/hooks")
            .wrap(WebhookMiddleware::new(endpoint()))
            .route("/harmonizely", web::post().to(on_meeting))
            .route("/other", web::post().to(async || "other"))
    };
    let answer = through(mount(scope()), test_request(&signed(CANCELLED))).await;
    assert_eq!((answer.status, answer.text()), (200, "meetingCancelled"));
    let other = || test::TestRequest::post().uri("/hooks/other");
    let answer = through(mount(scope()), other()).await;
    answer.assert_problem();
}

#[actix_web::test]
async fn an_application_can_be_gated_as_a_whole() {
    let app = test::init_service(
        App::new().wrap(WebhookMiddleware::new(endpoint())).route(PATH, web::post().to(on_meeting)),
    )
    .await;
    let answer = call(&app, test_request(&signed(CANCELLED)).to_request()).await;
    assert_eq!(answer.text(), "meetingCancelled");
    let answer = call(&app, test_request(&forged()).to_request()).await;
    answer.assert_problem();
}

#[actix_web::test]
async fn an_event_without_a_gate_is_a_mistake_of_ours() {
    let answer = through(
        mount(web::resource(PATH).route(web::post().to(on_meeting))),
        test_request(&signed(CANCELLED)),
    )
    .await;
    assert_eq!((answer.status, answer.rejection), (500, None));
    assert!(answer.text().contains("webhook layer"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn an_event_behind_another_gate_is_a_mistake_of_ours() {
    let ace = Endpoint::builder(Ace::any()).secret(SECRET).build().unwrap();
    let request = sign(&Ace::any(), SECRET, Message::post(PATH, CANCELLED)).unwrap();
    let gate = WebhookMiddleware::new(ace);
    let resource = web::resource(PATH).wrap(gate).route(web::post().to(on_meeting));
    let answer = through(mount(resource), test_request(&request)).await;
    assert_eq!((answer.status, answer.rejection), (500, None));
    for name in ["harmonizely", "ace"] {
        assert!(answer.text().contains(name), "{answer:?}");
    }
}

#[actix_web::test]
async fn the_delivery_itself_can_be_taken() {
    async fn both(
        Webhook(one): Webhook<Delivery>,
        other: web::ReqData<Delivery>,
        weaker: Webhook<SenderOnly<harmonizely::Event>>,
    ) -> HttpResponse {
        assert_eq!(one.replay_key(), other.replay_key());
        assert_eq!(weaker.0.0.name(), "meetingCancelled");
        assert_eq!(one.content().coverage, Coverage::Body);
        HttpResponse::Ok().body(one.body().clone())
    }
    let gate = WebhookMiddleware::new(endpoint());
    let resource = web::resource(PATH).wrap(gate).route(web::post().to(both));
    let request = test_request(&signed(CANCELLED));
    let answer = through(mount(resource), request).await;
    assert_eq!((answer.status, answer.text()), (200, CANCELLED));
}

#[actix_web::test]
async fn an_endpoint_that_verifies_nothing_has_events_of_its_own_type() {
    async fn on_anything(dangerous::Unsigned(event): dangerous::Unsigned<ace::Event>) -> String {
        format!("{:?}", event.trigger)
    }
    let open = || {
        let builder = dangerous::accept_unsigned(Endpoint::builder(Ace::any()));
        builder.build().unwrap()
    };
    let request = || test::TestRequest::post().uri(PATH).set_payload("{}");
    let resource = web::resource(PATH).route(webhook(open(), on_anything));
    let answer = through(mount(resource), request()).await;
    assert_eq!((answer.status, answer.text()), (200, "None"));

    // A handler that asks for more proof than there is does not run.
    let gate = WebhookMiddleware::new(open());
    let strict = async |_: Webhook<ace::Event>| "handled";
    let resource = web::resource(PATH).wrap(gate).route(web::post().to(strict));
    let answer = through(mount(resource), request()).await;
    assert_eq!(answer.status, 500);
}

#[actix_web::test]
async fn middleware_further_out_sees_the_reason() {
    let seen = Count::default();
    let count = seen.clone();
    let app = test::init_service(
        App::new()
            .wrap_fn(move |request, next| {
                let count = count.clone();
                let answer = next.call(request);
                async move {
                    let response = answer.await?;
                    let reason = response.response().extensions().get::<Rejection>().cloned();
                    if reason.is_some_and(|it| it.kind().code() == "signature_mismatch") {
                        count.more();
                    }
                    Ok(response)
                }
            })
            .wrap(actix_web::middleware::Compress::default())
            .service(web::resource(PATH).route(webhook(endpoint(), async |_| "handled"))),
    )
    .await;
    call(&app, test_request(&signed(CANCELLED)).to_request()).await;
    assert_eq!(seen.so_far(), 0);
    call(&app, test_request(&forged()).to_request()).await;
    assert_eq!(seen.so_far(), 1);
}

#[actix_web::test]
async fn middleware_inside_the_gate_sees_the_delivery() {
    let resource = web::resource(PATH)
        .wrap_fn(|request, next| {
            assert!(request.extensions().get::<Delivery>().is_some());
            next.call(request)
        })
        .wrap(WebhookMiddleware::new(endpoint()))
        .route(web::post().to(on_meeting));
    let request = test_request(&signed(CANCELLED));
    let answer = through(mount(resource), request).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn secrets_are_replaced_in_every_clone() {
    let endpoint = endpoint();
    let resource = web::resource(PATH).route(webhook(endpoint.clone(), async |_| "handled"));
    let app = test::init_service(App::new().service(resource)).await;
    endpoint.secrets().replace("a new secret").unwrap();
    let old = call(&app, test_request(&signed(CANCELLED)).to_request()).await;
    old.assert_problem();
    let message = Message::post(PATH, CANCELLED);
    let new = sign(&Harmonizely, "a new secret", message).unwrap();
    assert_eq!(call(&app, test_request(&new).to_request()).await.status, 200);
}

/// It would otherwise show at the first large delivery only.
#[actix_web::test]
#[should_panic(expected = "`Option::unwrap()` on a `None` value")]
async fn a_clone_that_somebody_keeps_shows_at_every_delivery() {
    let resource = web::resource(PATH)
        .wrap(WebhookMiddleware::new(endpoint()))
        .wrap_fn(|request, service| {
            let kept = request.request().clone();
            let answer = service.call(request);
            async move {
                let answer = answer.await;
                drop(kept);
                answer
            }
        })
        .route(web::post().to(on_meeting));
    through(mount(resource), test_request(&signed(CANCELLED))).await;
}
