//! What a request that nobody signed makes the check allocate.

#![cfg(all(feature = "rsa", feature = "sign", feature = "testing"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[expect(dead_code, reason = "no test needs everything that the tests share")]
mod common;

use common::{Request, refused_as};
use hookgate::ports::{Key, KeyQuery, Unavailable};
use hookgate::sns::Sns;
use hookgate::{Endpoint, RejectionKind};

/// Trees of such bodies have a hundred times their size.
#[test]
fn a_hostile_body_is_held_in_a_small_multiple_of_its_size() {
    async fn nobody(_: KeyQuery) -> Result<Option<Key>, Unavailable> {
        Ok(None)
    }
    let sns = Sns::version2(["arn:aws:sns:eu-central-1:123456789012:orders"]);
    let endpoint = Endpoint::builder(sns).keys_from(nobody).build().unwrap();
    for (item, most) in [("{\"a\":0},", 8), ("[],", 8), ("0,", 8), ("\"\",", 8)] {
        let items = item.repeat(1024 * 1024 / item.len());
        let request = Request::post("/", format!("{{\"a\":[{items}0]}}"));
        let used = allocation_counter::measure(|| {
            refused_as(&endpoint, &request, RejectionKind::SignedContent);
        });
        let times = used.bytes_max / request.body.len() as u64;
        assert!(times < most, "{times} times the body {item}");
    }
    let members: String = (0..100_000).map(|number| format!("\"{number:x}\":0,")).collect();
    let request = Request::post("/", format!("{{{members}\"a\":0}}"));
    let used = allocation_counter::measure(|| {
        refused_as(&endpoint, &request, RejectionKind::SignedContent);
    });
    let times = used.bytes_max / request.body.len() as u64;
    assert!(times < 24, "{times} times the body of members");
}
