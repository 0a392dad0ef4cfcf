//! Secrets that a provider sends.

use std::sync::{Arc, Mutex};

use hookgate::handshake::Challenge;
use hookgate::ports::{Learned, SecretOffer, Unavailable};
use hookgate::{BuildError, Endpoint, RequestHead, Secrets};

use crate::asking::{ASANA, Asking, BARE, DROPBOX, NOTION, Raw, SECRET};
use crate::drive::Way;

const SENT: &str = "b537207f20cbfa02357cf448134da559";
const OTHER: &str = "0000000000000000000000000000000f";

/// A store that says what it was told to, and remembers what it was offered.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<String>>>);

impl Store {
    fn endpoint(&self, challenge: Challenge<'static>, says: Says) -> Endpoint<Asking> {
        let Self(offered) = self.clone();
        let store = move |offer: SecretOffer| {
            offered.lock().unwrap().push(offer.expose().to_owned());
            std::future::ready(match says {
                Says::Stored => Ok(Learned::Stored),
                Says::Refused => Ok(Learned::Refused),
                Says::Down => Err(Unavailable::new("the database is down")),
            })
        };
        Asking::new(BARE, challenge).builder().learn_secret(store).build().unwrap()
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, Copy)]
enum Says {
    Stored,
    Refused,
    Down,
}

fn asana(secret: &str) -> Raw {
    Raw::new("POST", "").and("x-hook-secret", secret).with_body("{}")
}

fn notion(secret: &str) -> Raw {
    Raw::new("POST", "").with_body(format!(r#"{{"verification_token":"{secret}"}}"#))
}

/// How a provider sends a secret.
type Sends = fn(&str) -> Raw;

/// Each provider, how it sends a secret, and whether it wants it back.
const PROVIDERS: [(Challenge<'static>, Sends, bool); 2] =
    [(ASANA, asana, true), (NOTION, notion, false)];

#[test]
fn the_first_secret_is_stored_and_becomes_the_key() {
    for (challenge, sends, echoed) in PROVIDERS {
        for way in Way::ALL {
            let store = Store::default();
            let endpoint = store.endpoint(challenge, Says::Stored);
            assert!(endpoint.secrets().labels().is_empty());
            let delivery = Asking::new(BARE, challenge).signed_with(SENT, r#"{"events":[]}"#);
            assert_eq!(way.send(&endpoint, &delivery).status, 401, "{way:?}: nothing is right yet");

            let answer = way.send(&endpoint, &sends(SENT));
            assert_eq!((answer.status, &*answer.body, answer.handled), (200, "", false), "{way:?}");
            assert_eq!(answer.header("x-hook-secret"), echoed.then_some(SENT), "{way:?}");
            assert_eq!(store.take(), [SENT], "{way:?}");
            assert!(way.send(&endpoint, &delivery).handled, "{way:?}");
            let forged = Asking::new(BARE, challenge).signed_with(OTHER, r#"{"events":[]}"#);
            assert_eq!(way.send(&endpoint, &forged).status, 401, "{way:?}");
        }
    }
}

#[test]
fn attack_77_a_secret_is_never_overwritten() {
    for (challenge, sends, _) in PROVIDERS {
        for way in Way::ALL {
            let store = Store::default();
            let provider = Asking::new(BARE, challenge);
            let learnt = store.endpoint(challenge, Says::Stored);
            way.send(&learnt, &sends(SENT));
            let configured = provider.builder().secret(SENT).build().unwrap();
            let stored = store.clone();
            let both = provider.builder().secret(SENT).learn_secret(move |offer: SecretOffer| {
                stored.0.lock().unwrap().push(offer.expose().to_owned());
                std::future::ready(Ok(Learned::Stored))
            });
            let replaced = store.endpoint(challenge, Says::Stored);
            replaced.secrets().replace(SENT).unwrap();
            store.take();
            for endpoint in [learnt, configured, both.build().unwrap(), replaced] {
                for secret in [OTHER, SENT] {
                    let answer = way.send(&endpoint, &sends(secret));
                    assert_eq!((answer.status, answer.handled), (401, false), "{way:?}");
                    assert_eq!(answer.header("x-hook-secret"), None, "{way:?}");
                }
                assert!(way.send(&endpoint, &provider.signed_with(SENT, "{}")).handled, "{way:?}");
                assert!(
                    !way.send(&endpoint, &provider.signed_with(OTHER, "{}")).handled,
                    "{way:?}"
                );
            }
            assert!(store.take().is_empty(), "{way:?}: nothing was offered");
        }
    }
}

#[test]
fn a_secret_that_is_not_stored_is_not_used_and_the_next_may_come() {
    for (challenge, sends, _) in PROVIDERS {
        for way in Way::ALL {
            for (says, status) in [(Says::Refused, 401), (Says::Down, 503)] {
                let store = Store::default();
                let endpoint = store.endpoint(challenge, says);
                let answer = way.send(&endpoint, &sends(SENT));
                assert_eq!(answer.status, status, "{way:?}");
                assert_eq!(answer.header("x-hook-secret"), None, "{way:?}");
                assert!(!answer.body.contains(SENT), "{way:?}");
                let delivery = Asking::new(BARE, challenge).signed_with(SENT, "{}");
                assert_eq!(way.send(&endpoint, &delivery).status, 401, "{way:?}");
                way.send(&endpoint, &sends(OTHER));
                assert_eq!(store.take(), [SENT, OTHER], "{way:?}");
            }
        }
    }
}

#[test]
fn what_is_no_secret_is_not_learnt() {
    let short = "0123456789abcde";
    for way in Way::ALL {
        let store = Store::default();
        let endpoint = store.endpoint(ASANA, Says::Stored);
        for (request, status) in [
            (asana(""), 400),
            (asana(short), 400),
            (asana(&"a".repeat(257)), 400),
            (asana("0123456789 abcdef"), 400),
            (asana(SENT).and("x-hook-secret", OTHER), 400),
            (Raw::new("GET", "").and("x-hook-secret", SENT), 405),
            (asana(SENT).with_body("x".repeat(9_000)), 401),
            (asana(SENT).and("x-signature", ""), 401),
            (asana(SENT).and("x-signature", &"0".repeat(64)), 401),
        ] {
            assert_eq!(way.send(&endpoint, &request).status, status, "{way:?}: {request:?}");
        }
        let endpoint = store.endpoint(NOTION, Says::Stored);
        let more = format!(r#"{{"verification_token":"{SENT}","type":"page"}}"#);
        let twice = format!(r#"{{"verification_token":"{SENT}","verification_token":"{OTHER}"}}"#);
        for request in [
            notion(short),
            Raw::new("POST", "").with_body(more),
            Raw::new("POST", "").with_body(twice),
            Raw::new("POST", "").with_body("[]"),
        ] {
            assert_eq!(way.send(&endpoint, &request).status, 401, "{way:?}: {request:?}");
        }
        assert!(store.take().is_empty(), "{way:?}");
    }
}

#[test]
fn a_tenants_secret_is_offered_where_nobody_knows_one() {
    for way in Way::ALL {
        let known: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let (asked, stored) = (Arc::clone(&known), Arc::clone(&known));
        let tenant_of =
            |head: &dyn RequestHead| head.query()?.strip_prefix("tenant=").map(Arc::from);
        let look_up = move |query: hookgate::ports::SecretQuery| {
            let known = asked.lock().unwrap();
            let found = known.iter().find(|(tenant, _)| **tenant == *query.tenant);
            std::future::ready(Ok(found.map(|(_, secret)| Secrets::new(secret.as_str()))))
        };
        let store = move |offer: SecretOffer| {
            let tenant = offer.tenant.as_deref().unwrap().to_owned();
            stored.lock().unwrap().push((tenant, offer.expose().to_owned()));
            std::future::ready(Ok(Learned::Stored))
        };
        for (challenge, sends, echoed) in PROVIDERS {
            known.lock().unwrap().clear();
            let provider = Asking::new(BARE, challenge);
            let builder = provider.builder().secrets_from(tenant_of, look_up.clone());
            let endpoint = builder.learn_secret(store.clone()).build().unwrap();
            let of = |mut request: Raw, tenant: &str| {
                request.target += &format!("?tenant={tenant}");
                request
            };
            for (tenant, secret) in [("a", SENT), ("b", OTHER)] {
                let answer = way.send(&endpoint, &of(sends(secret), tenant));
                assert_eq!(answer.status, 200, "{way:?}");
                assert_eq!(answer.header("x-hook-secret"), echoed.then_some(secret), "{way:?}");
                let delivery = of(provider.signed_with(secret, "{}"), tenant);
                assert!(way.send(&endpoint, &delivery).handled, "{way:?}");
            }
            // Known by now, and so is its secret.
            assert_eq!(way.send(&endpoint, &of(sends(OTHER), "a")).status, 401, "{way:?}");
            // No tenant at all.
            assert_eq!(way.send(&endpoint, &sends(OTHER)).status, 401, "{way:?}");
            assert_eq!(known.lock().unwrap().len(), 2, "{way:?}");
        }
    }
}

#[test]
fn learning_is_asked_for_and_fits() {
    let store = |_: SecretOffer| std::future::ready(Ok(Learned::Stored));
    let asana = || Asking::new(BARE, ASANA).builder();
    assert_eq!(asana().build().unwrap_err(), BuildError::NoSecret);
    let dropbox = Asking::new(BARE, DROPBOX).builder();
    assert_eq!(dropbox.learn_secret(store).build().unwrap_err(), BuildError::NothingToLearn);
    let unsigned = hookgate::dangerous::accept_unsigned(asana().learn_secret(store));
    assert_eq!(unsigned.build().unwrap_err(), BuildError::NothingToLearn);
    let warned = asana().learn_secret(store).build().unwrap();
    assert_eq!(warned.warnings(), [hookgate::Warning::Learns]);
    let open = asana().secret(SECRET).build().unwrap();
    assert!(matches!(open.warnings(), []), "{:?}", open.warnings());
}
