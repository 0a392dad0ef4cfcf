//! Adyen: batches, their eight fields, and what is handed on.

use hookgate::adyen::{Adyen, Amount, Notification, Whole, WholeNotification};
use hookgate::sign::Message;
use hookgate::{
    Content, Coverage, Dedupe, Endpoint, FromDelivery, Provider, RejectionKind, SenderOnly,
};
use serde_json::{Value, json};

use crate::common::{
    Request, base64, delivery, endpoint_of, hmac256, refused_as, run, signed, undecodable,
};
use crate::{every_bit_counts, nothing_odd_passes, unclear};

const KEY: &str = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";

/// Adyen's own test: `adyen-node-api-library`, `hmacValidator.spec.ts`.
const PUBLISHED: &str = r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"pspReference","originalReference":"originalReference","merchantAccountCode":"merchantAccount","merchantReference":"reference","amount":{"currency":"EUR","value":1000},"eventCode":"REPORT_AVAILABLE","eventDate":"2019-09-21T11:45:24.637Z","paymentMethod":"VISA","reason":"reason","success":"true","additionalData":{"hmacSignature":"ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE="}}}]}"#;

fn mac(text: &str) -> String {
    let key: Vec<u8> = (0..KEY.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap())
        .collect();
    base64(&hmac256(&key, text.as_bytes()))
}

fn item(reference: &str) -> Value {
    json!({
        "pspReference": "7914073381342284", "merchantAccountCode": "TestMerchant",
        "merchantReference": reference, "amount": {"value": 1130, "currency": "EUR"},
        "eventCode": "AUTHORISATION", "success": "true", "paymentMethod": "visa",
        "additionalData": {"hmacSignature": mac(&format!(
            "7914073381342284::TestMerchant:{reference}:1130:EUR:AUTHORISATION:true"
        ))},
    })
}

fn batch(items: impl IntoIterator<Item = Value>) -> Request {
    let items: Vec<Value> =
        items.into_iter().map(|item| json!({ "NotificationRequestItem": item })).collect();
    Request::post("/", json!({ "live": "true", "notificationItems": items }).to_string())
}

fn events(request: &Request) -> Notification {
    Notification::from_delivery(&delivery(&endpoint_of(Adyen, KEY), request)).unwrap()
}

#[test]
fn what_adyen_published_is_accepted() {
    let endpoint = endpoint_of(Adyen, KEY);
    let request = Request::post("/webhook", PUBLISHED);
    let passed = delivery(&endpoint, &request);
    let content = passed.content();
    assert_eq!(content.coverage, Coverage::Fields);
    assert_eq!(passed.event_name().as_deref(), Some("REPORT_AVAILABLE"));
    assert_eq!(passed.rebuilt_head().unwrap().content_type, Some("application/json"));
    let text = std::str::from_utf8(&content.body).unwrap();
    for unsigned in ["live", "VISA", "reason\":", "eventDate", "hmacSignature"] {
        assert!(!text.contains(unsigned), "{unsigned}: {text}");
    }
    let batch = events(&request);
    let [item] = &*batch.items else { panic!("one item") };
    assert_eq!(item.psp_reference, "pspReference");
    assert_eq!(item.original_reference.as_deref(), Some("originalReference"));
    assert!(item.success);
    let Some(Amount { value: 1000, currency, .. }) = &item.amount else { panic!("the amount") };
    assert_eq!(currency, "EUR");
    every_bit_counts(&endpoint, &request, &[], 1, |delivery| delivery.content().body.clone());
    nothing_odd_passes(&endpoint, &request);
}

#[test]
fn every_item_has_to_verify() {
    let endpoint = endpoint_of(Adyen, KEY);
    let good = batch([item("a"), item("b"), item("c")]);
    assert_eq!(delivery(&endpoint, &good).event_name().as_deref(), Some("AUTHORISATION"));
    let references: Vec<String> =
        events(&good).items.into_iter().map(|item| item.merchant_reference).collect();
    assert_eq!(references, ["a", "b", "c"]);
    for at in 0..3 {
        let mut items = [item("a"), item("b"), item("c")];
        items[at]["amount"]["value"] = 1.into();
        refused_as(&endpoint, &batch(items.clone()), RejectionKind::SignatureMismatch);
        items[at] = item("a");
        items[at]["additionalData"] = json!({});
        refused_as(&endpoint, &batch(items.clone()), RejectionKind::MissingSignature);
        items[at]["additionalData"] = json!({"hmacSignature": ""});
        refused_as(&endpoint, &batch(items.clone()), RejectionKind::EmptySignature);
        items[at]["additionalData"] = json!({"hmacSignature": "no base64"});
        refused_as(&endpoint, &batch(items), RejectionKind::MalformedSignature);
    }
    // Another item's signature is no better than none.
    let mut swapped = item("a");
    swapped["additionalData"] = item("b")["additionalData"].clone();
    refused_as(&endpoint, &batch([swapped]), RejectionKind::SignatureMismatch);
    unclear(&endpoint, &batch([]));
    unclear(&endpoint, &batch((0..129).map(|_| item("a"))));
    let most = batch((0..128).map(|number| item(&number.to_string())));
    assert_eq!(events(&most).items.len(), 128);
    let mixed = {
        let mut refund = item("a");
        refund["eventCode"] = "REFUND".into();
        refund["additionalData"]["hmacSignature"] =
            mac("7914073381342284::TestMerchant:a:1130:EUR:REFUND:true").into();
        batch([item("a"), refund])
    };
    assert_eq!(delivery(&endpoint, &mixed).event_name(), None);
}

#[test]
fn an_item_that_stands_twice_makes_no_other_batch() {
    let one = batch([item("a")]);
    for endpoint in [endpoint_of(Adyen, KEY), endpoint_of(Whole, KEY)] {
        let keys = |request: &Request| {
            let passed = delivery(&endpoint, request);
            (passed.replay_key().unwrap(), passed.dedupe_key())
        };
        for times in 2..5 {
            assert_eq!(keys(&batch((0..times).map(|_| item("a")))), keys(&one));
        }
        let mut other = item("a");
        other["paymentMethod"] = "evil".into();
        assert_eq!(keys(&batch([item("a"), other])), keys(&one));
        assert_ne!(keys(&batch([item("a"), item("b")])), keys(&one));
        // It has to be signed as well.
        let mut forged = item("a");
        forged["additionalData"]["hmacSignature"] = mac("x").into();
        let bent = batch([item("a"), forged]);
        refused_as(&endpoint, &bent, RejectionKind::SignatureMismatch);
    }
    assert_eq!(events(&batch([item("a"), item("a")])).items.len(), 1);
}

#[test]
fn missing_fields_are_empty_and_odd_ones_are_refused() {
    let endpoint = endpoint_of(Adyen, KEY);
    let bare = json!({"eventCode": "X", "additionalData": {"hmacSignature": mac("::::::X:")}});
    let found = events(&batch([bare.clone()]));
    assert!(found.items[0].amount.is_none() && !found.items[0].success);
    let mut nulls = bare;
    for name in ["pspReference", "originalReference", "amount", "success"] {
        nulls[name] = Value::Null;
    }
    events(&batch([nulls]));
    for (name, value) in [
        ("pspReference", json!(7)),
        ("merchantReference", json!(["a"])),
        ("amount", json!(1130)),
        ("amount", json!({"value": 1130.0, "currency": "EUR"})),
        ("amount", json!({"value": "1130", "currency": "EUR"})),
        ("amount", json!({"value": 1130, "currency": 978})),
        ("success", json!(true)),
        ("success", json!("TRUE")),
        ("additionalData", json!({"hmacSignature": 7})),
    ] {
        let mut odd = item("a");
        odd[name] = value;
        unclear(&endpoint, &batch([odd]));
    }
    let text = String::from_utf8(batch([item("a")]).body.to_vec()).unwrap();
    for (from, to) in [
        ("\"pspReference\"", "\"pspReference\":\"x\",\"pspReference\""),
        ("\"paymentMethod\":\"visa\"", "\"psp\\u0052eference\":\"x\""),
        ("\"value\":1130", "\"value\":1130,\"value\":1130"),
        ("\"value\":1130", "\"value\":1.13e3"),
        ("\"notificationItems\"", "\"notificationitems\""),
        ("\"notificationItems\"", "\"notificationItems\":[],\"notificationItems\""),
        ("\"NotificationRequestItem\"", "\"notificationRequestItem\""),
    ] {
        assert!(text.contains(from));
        unclear(&endpoint, &Request::post("/", text.replace(from, to)));
    }
}

#[test]
fn the_text_is_cut_in_one_way_only() {
    let endpoint = endpoint_of(Adyen, KEY);
    // Nothing is escaped, and only the merchant's own text may hold the separator.
    for reference in ["order:42", ":", "a:b:c\\:d", "\\"] {
        assert_eq!(events(&batch([item(reference)])).items[0].merchant_reference, reference);
    }
    let good = item("TestMerchant:x");
    for (name, value) in [
        ("pspReference", "7914073381342284:"),
        ("merchantAccountCode", "TestMerchant:TestMerchant"),
        ("originalReference", ":TestMerchant"),
        ("eventCode", "EUR:AUTHORISATION"),
    ] {
        let mut bent = good.clone();
        bent[name] = value.into();
        bent["merchantReference"] = "x".into();
        unclear(&endpoint, &batch([bent]));
    }
}

#[test]
fn the_whole_body_proves_the_sender_alone() {
    let endpoint = endpoint_of(Whole, KEY);
    let request = Request::post("/", PUBLISHED);
    let passed = delivery(&endpoint, &request);
    assert_eq!(passed.content().coverage, Coverage::SenderOnly);
    assert_eq!(passed.body(), PUBLISHED);
    assert!(passed.rebuilt_head().is_none());
    let SenderOnly(batch) = SenderOnly::<WholeNotification>::from_delivery(&passed).unwrap();
    assert_eq!(batch.items[0].all["paymentMethod"], "VISA");
    assert_eq!(batch.items[0].signed.psp_reference, "pspReference");
    // Without the wrapper that says so, nobody gets it.
    assert!(passed.content().decode::<WholeNotification>().is_ok());
    assert!(passed.content().decode::<Notification>().is_err());
    // What nobody signed can be anything.
    let bent = request.clone().body(PUBLISHED.replace("VISA", "EVIL"));
    assert_eq!(delivery(&endpoint, &bent).replay_key(), passed.replay_key());
    let bent = request.body(PUBLISHED.replace("1000", "9000"));
    refused_as(&endpoint, &bent, RejectionKind::SignatureMismatch);
}

#[test]
fn a_batch_is_signed_and_verified() {
    let unsigned = json!({"notificationItems": [
        {"NotificationRequestItem": {"pspReference": "1", "eventCode": "CAPTURE", "success": "true"}},
        {"NotificationRequestItem": {"pspReference": "2", "eventCode": "REFUND", "success": "false",
            "additionalData": {"hmacSignature": "an old one", "expiryDate": "12/2030"}}},
    ]});
    let request = signed(&Adyen, KEY, Message::post("/", unsigned.to_string()));
    let batch = events(&request);
    assert!(batch.items[0].success && !batch.items[1].success);
    assert!(run(&endpoint_of(Adyen, &KEY.replace('D', "E")), &request).is_err());
}

#[test]
fn what_it_says_where_no_handler_does() {
    let endpoint = Endpoint::builder(Adyen).secret(KEY).build().unwrap();
    assert_eq!(Adyen.acknowledgement().body(), "[accepted]");
    assert_eq!(Whole.acknowledgement().body(), "[accepted]");
    let keys = |reference: &str| {
        let passed = delivery(&endpoint, &batch([item(reference)]));
        (passed.replay_key().unwrap(), passed.dedupe_key().unwrap())
    };
    assert_eq!(keys("a"), keys("a"));
    assert_ne!(keys("a").1, keys("b").1);
    let whole = Endpoint::builder(Whole).secret(KEY).build().unwrap();
    assert_eq!(delivery(&whole, &batch([item("a")])).dedupe_key(), None);
    assert!(Endpoint::builder(Whole).secret(KEY).dedupe(Dedupe::SignedId).build().is_err());
}

#[test]
fn content_that_is_no_batch_does_not_decode() {
    let passed = delivery(&endpoint_of(Adyen, KEY), &batch([item("a")]));
    let mut content: Content = passed.content().clone();
    content.body = "{}".into();
    assert!(content.decode::<Notification>().is_err());
    undecodable::<hookgate::JsonEvent<Vec<u8>>>(&passed);
}
