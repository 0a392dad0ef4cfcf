//! Deliveries with the documented fields of their objects.

use actix_web::test::{TestRequest, call_service, init_service};
use hookgate::UnixTime;
use hookgate::sign::{Message, sign};
use hookgate::testing::{self, NOW, TestError};

use super::*;

const SECRET: &str = "whsec_of_the_tests";

/// <https://docs.stripe.com/api/events/object>
fn envelope(name: &str, object: &str) -> String {
    format!(
        r#"{{
        "id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "object": "event", "api_version": null,
        "created": 1700000000, "livemode": false, "pending_webhooks": 1,
        "request": {{"id": "req_1", "idempotency_key": null}},
        "type": "{name}", "data": {{"object": {object}}}
    }}"#
    )
}

/// <https://docs.stripe.com/api/payment_intents/object>
const INTENT: &str = r#"{
    "id": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "object": "payment_intent", "amount": 2000,
    "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 2000,
    "application": null, "application_fee_amount": null,
    "automatic_payment_methods": {"enabled": true}, "canceled_at": null,
    "cancellation_reason": null, "capture_method": "automatic",
    "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_1", "confirmation_method": "automatic",
    "created": 1699999990, "currency": "eur", "customer": "cus_1", "description": null,
    "last_payment_error": null, "latest_charge": "ch_1", "livemode": false,
    "metadata": {"order": "A-1"}, "next_action": null, "on_behalf_of": null,
    "payment_method": "pm_1", "payment_method_options": {}, "payment_method_types": ["card"],
    "processing": null, "receipt_email": null, "review": null, "setup_future_usage": null,
    "shipping": null, "source": null, "statement_descriptor": null,
    "statement_descriptor_suffix": null, "status": "succeeded", "transfer_data": null,
    "transfer_group": null
}"#;

/// <https://docs.stripe.com/api/payouts/object>
const PAYOUT: &str = r#"{
    "id": "po_1OaFDbEcg9tTZuTgNYmX0PKB", "object": "payout", "amount": 1100,
    "arrival_date": 1699920000, "automatic": true, "balance_transaction": "txn_1",
    "created": 1699900000, "currency": "eur", "description": "STRIPE PAYOUT",
    "destination": "ba_1", "failure_balance_transaction": null, "failure_code": null,
    "failure_message": null, "livemode": false, "metadata": {}, "method": "standard",
    "original_payout": null, "reconciliation_status": "completed", "reversed_by": null,
    "source_type": "card", "statement_descriptor": null, "status": "paid", "type": "bank_account"
}"#;

fn message(body: impl Into<String>) -> Message {
    Message::post("/hooks/stripe", body.into()).at(NOW)
}

fn event(body: impl Into<String>) -> Result<Event, TestError> {
    testing::event(STRIPE.events::<Event>(), message(body))
}

#[test]
fn events_decode_by_their_name() {
    let Event::Known(event_of) = event(envelope("payment_intent.succeeded", INTENT)).unwrap()
    else {
        panic!("async-stripe knows it");
    };
    let EventObject::PaymentIntentSucceeded(intent) = event_of.data.object else {
        panic!("{:?}", event_of.type_);
    };
    assert_eq!((intent.amount_received, &*intent.metadata["order"]), (2000, "A-1"));
    let Event::Known(event_of) = event(envelope("payout.paid", PAYOUT)).unwrap() else {
        panic!("async-stripe knows it");
    };
    assert!(matches!(event_of.data.object, EventObject::PayoutPaid(of) if of.amount == 1100));
}

#[test]
fn an_event_that_is_not_known_is_taken_and_a_broken_one_is_not() {
    let unknown = event(envelope("comet.seen", "{}")).unwrap();
    assert!(matches!(unknown, Event::Unknown(name) if name == "comet.seen"));
    for body in [
        envelope("payment_intent.succeeded", PAYOUT),
        envelope("payment_intent.succeeded", "{}"),
        r#"{"type": "payout.paid"}"#.into(),
        "{}".into(),
        "[]".into(),
    ] {
        let error = event(&*body).unwrap_err();
        assert!(matches!(error, TestError::Event(_)), "{error}");
    }
}

#[test]
fn the_event_and_the_id_are_signed() {
    let body = envelope("payout.paid", PAYOUT);
    let delivery = testing::deliver(STRIPE, message(&*body)).unwrap();
    let (event, id) = (delivery.event().unwrap(), delivery.id().unwrap());
    assert_eq!((&*event.text, event.signed), ("payout.paid", true));
    assert_eq!((&*id.text, id.signed), ("evt_1NG8Du2eZvKYlo2CUI79vXWy", true));
    // The next attempt is signed anew, and is the same event.
    let later = UnixTime::from_secs(NOW.as_secs() + 60);
    let again = testing::deliver(STRIPE, message(body).at(later)).unwrap();
    assert!(delivery.dedupe_key().is_some());
    assert_eq!(delivery.dedupe_key(), again.dedupe_key());
    assert_ne!(delivery.replay_key(), again.replay_key());
}

async fn status(secret: &str, sent: UnixTime) -> u16 {
    let message = message(envelope("payment_intent.succeeded", INTENT)).at(sent);
    let signed = sign(&STRIPE, secret, message).unwrap();
    let mut request = TestRequest::post().uri(signed.target());
    for (name, value) in signed.headers() {
        request = request.append_header((&**name, &**value));
    }
    let request = request.set_payload(signed.body().clone()).to_request();
    let endpoint = Endpoint::builder(STRIPE.events::<Event>());
    let endpoint = endpoint.secret(SECRET).clock(|| NOW).build().unwrap();
    let app = init_service(App::new().configure(|config| app(config, endpoint))).await;
    call_service(&app, request).await.status().as_u16()
}

#[actix_web::test]
async fn what_stripe_signed_is_taken_for_five_minutes() {
    assert_eq!(status(SECRET, NOW).await, 200);
    assert_eq!(status("another secret", NOW).await, 400);
    for (seconds, want) in [(-300, 200), (-301, 400), (301, 400)] {
        assert_eq!(status(SECRET, UnixTime::from_secs(NOW.as_secs() + seconds)).await, want);
    }
}

#[test]
fn without_a_secret_there_is_no_server() {
    assert!(endpoint(Secrets::default()).is_err());
}
