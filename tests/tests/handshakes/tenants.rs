//! Challenges that are signed with the secret of a tenant.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate::handshake::Challenge;
use hookgate::ports::{SecretQuery, Unavailable};
use hookgate::{Endpoint, RequestHead, Secrets};

use crate::asking::{Asking, BARE, DROPBOX, Raw, WOOCOMMERCE, X};
use crate::drive::{Answer, Way};

const OF_ACME: &str = "the secret of Acme";

fn endpoint(challenge: Challenge<'static>) -> Endpoint<Asking> {
    let tenant_of = |head: &dyn RequestHead| {
        let query = head.query()?;
        query.split('&').find_map(|pair| pair.strip_prefix("tenant=")).map(Arc::from)
    };
    let look_up = async |query: SecretQuery| match &*query.tenant {
        "acme" => Ok(Some(Secrets::new(OF_ACME))),
        "down" => Err(Unavailable::new("the database is down")),
        _ => Ok(None),
    };
    Asking::new(BARE, challenge).builder().secrets_from(tenant_of, look_up).build().unwrap()
}

fn ask(way: Way, endpoint: &Endpoint<Asking>, query: &str) -> Answer {
    way.send(endpoint, &Raw::new("GET", &format!("?crc_token=abc{query}")))
}

#[test]
fn a_tenants_challenge_is_signed_with_its_secret() {
    let own = Asking::new(BARE, X).builder().secret(OF_ACME).build().unwrap();
    for way in Way::ALL {
        let answer = ask(way, &endpoint(X), "&tenant=acme");
        assert_eq!((answer.status, &*answer.body), (200, &*ask(way, &own, "").body), "{way:?}");
        assert_eq!(ask(way, &endpoint(X), "&tenant=down").status, 503, "{way:?}");
    }
}

#[test]
fn nobody_learns_from_a_challenge_who_is_a_tenant() {
    let endpoint = endpoint(X);
    for way in Way::ALL {
        let known = ask(way, &endpoint, "&tenant=acme");
        let unknown = ask(way, &endpoint, "&tenant=nobody");
        assert_eq!(unknown.status, known.status, "{way:?}");
        assert_eq!(unknown.headers, known.headers, "{way:?}");
        assert_eq!(unknown.body.len(), known.body.len(), "{way:?}");
        assert_ne!(unknown.body, known.body, "{way:?}");
        // Asked again, the same, as of a real secret; of another tenant, another.
        assert_eq!(ask(way, &endpoint, "&tenant=nobody").body, unknown.body, "{way:?}");
        assert_ne!(ask(way, &endpoint, "&tenant=somebody").body, unknown.body, "{way:?}");
        assert_eq!(ask(way, &endpoint, "").status, 200, "{way:?}");
    }
}

#[test]
fn what_was_signed_for_a_stranger_opens_nothing() {
    let endpoint = endpoint(X);
    for way in Way::ALL {
        for tenant in ["acme", "nobody"] {
            let answer = ask(way, &endpoint, &format!("&tenant={tenant}"));
            let (_, mac) = answer.body.split_once("sha256=").unwrap();
            let mac = BASE64_STANDARD.decode(mac.trim_end_matches("\"}")).unwrap();
            let mac: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
            let forged = Raw::new("POST", &format!("?tenant={tenant}"));
            let answer = way.send(&endpoint, &forged.and("x-signature", &mac).with_body("abc"));
            assert_eq!((answer.status, answer.handled), (401, false), "{way:?} {tenant}");
        }
    }
}

#[test]
fn a_challenge_without_a_key_needs_no_look_up() {
    for way in Way::ALL {
        for tenant in ["acme", "nobody", "down"] {
            let request = Raw::new("GET", &format!("?challenge=abc&tenant={tenant}"));
            let answer = way.send(&endpoint(DROPBOX), &request);
            assert_eq!((answer.status, &*answer.body), (200, "abc"), "{way:?} {tenant}");
            let ping = Raw::new("POST", &format!("?tenant={tenant}")).with_body("webhook_id=1");
            let answer = way.send(&endpoint(WOOCOMMERCE), &ping);
            assert_eq!((answer.status, answer.handled), (200, false), "{way:?} {tenant}");
        }
    }
}
