//! Answers that the providers themselves publish.

use hookgate::Secret;
use hookgate::scheme::{KeyForm, Scheme};

use crate::asking::{Asking, BARE, BRAINTREE, EBAY, Raw, SECRET};
use crate::drive::Way;

/// The vector of Braintree's SDKs, the same in each of its languages.
#[test]
fn braintree() {
    let scheme = Scheme::hmac_sha1("bt-signature").key(KeyForm::Sha1OfText);
    let secret = Secret::new("integration_private_key").labelled("integration_public_key");
    let endpoint = Asking::new(scheme, BRAINTREE).builder().secret(secret).build().unwrap();
    for way in Way::ALL {
        let request = Raw::new("GET", "?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53");
        let answer = way.send(&endpoint, &request);
        let right = "integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4";
        assert_eq!((answer.status, &*answer.body), (200, right), "{way:?}");
    }
}

/// The vector of eBay's event notification SDK.
#[test]
fn ebay() {
    let builder = Asking::new(BARE, EBAY).builder().secret(SECRET);
    let builder = builder.verify_token("71745723-d031-455c-bfa5-f90d11b4f20a");
    let endpoint = builder.public_url("http://www.testendpoint.com/webhook").build().unwrap();
    for way in Way::ALL {
        let request = Raw::new("GET", "?challenge_code=a8628072-3d33-45ee-9004-bee86830a22d");
        let answer = way.send(&endpoint, &request);
        let right = concat!(
            r#"{"challengeResponse":""#,
            r#"ca527df75caa230092d7e90484071e8f05d63068f1317973d6a3a42593734bbb"}"#,
        );
        assert_eq!((answer.status, &*answer.body), (200, right), "{way:?}");
    }
}
