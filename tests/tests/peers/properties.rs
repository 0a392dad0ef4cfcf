//! Whatever the secret, the body, the time and the change: both sides agree.

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate_conformance::endpoint;
use hookgate_conformance::paths::Through;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::differences::difference;
use crate::mutations::MUTATIONS;
use crate::peer::Peer;
use crate::sender::{Says, Sender, now, senders};

/// A sender with a secret of its own, where that is a shared one.
fn some_sender() -> impl Strategy<Value = Sender> {
    let bytes = vec(any::<u8>(), 1..70).prop_filter("zeros", |bytes| bytes.iter().any(|b| *b != 0));
    (select(senders()), "[!-~]{1,70}", bytes).prop_map(|(mut sender, text, bytes)| {
        if sender.signing == sender.secret {
            let whsec = sender.before == "v1,";
            sender.signing =
                if whsec { format!("whsec_{}", BASE64_STANDARD.encode(bytes)) } else { text };
            sender.secret.clone_from(&sender.signing);
        }
        sender
    })
}

fn a_body(sender: &Sender, at: i64) -> BoxedStrategy<Vec<u8>> {
    match (sender.says, sender.peer) {
        // It takes text alone, which the table has.
        (Says::Anything, Peer::StandardWebhooks) => "\\PC{0,300}".prop_map(Into::into).boxed(),
        (Says::Anything, Peer::WebhookVerify(_)) => vec(any::<u8>(), 0..300).boxed(),
        // Names that differ: of those that do not the table tells.
        (Says::Form, _) => vec("[ -~é]{0,20}", 0..8)
            .prop_map(|values| {
                let field = |(number, value): (usize, &String)| {
                    let set = percent_encoding::NON_ALPHANUMERIC;
                    format!("n{number}={}", percent_encoding::utf8_percent_encode(value, set))
                };
                let fields: Vec<_> = values.iter().enumerate().rev().map(field).collect();
                fields.join("&").into_bytes()
            })
            .boxed(),
        (Says::Time, _) => "[a-z \"]{0,40}"
            .prop_map(move |text| {
                serde_json::json!({ "n": text, "webhookTimestamp": at * 1000 })
                    .to_string()
                    .into_bytes()
            })
            .boxed(),
    }
}

proptest! {
    #[test]
    fn what_we_sign_both_accept_and_what_is_changed_both_judge_alike(
        (sender, late, body) in (some_sender(), -60_i64..=60).prop_flat_map(|(sender, late)| {
            let body = a_body(&sender, now() - late);
            (Just(sender), Just(late), body)
        }),
        at in any::<Index>(),
        bit in 0_u32..8,
    ) {
        let now = now();
        let mut request = sender.sign(now - late, "msg_2b1", body);
        request.now = now;
        let name = format!("{} {request:?}", sender.peer.name());
        let ours = |request: &crate::request::Request| {
            let row = request.row("any", sender.id, true);
            let endpoint = endpoint(&row).unwrap();
            Through::Core.drive(&row, &endpoint).accepted()
        };
        prop_assert!(sender.peer.accepts(&request), "{name}");
        prop_assert_eq!(ours(&request), Some(true), "{}", name);

        // A bit of what is signed or signs.
        let mut bent = request.clone();
        let value = bent.value(sender.signature);
        let (signature, body) = (value.len(), bent.body.len());
        let at = at.index(signature + body);
        if at < signature {
            let value = bent.value(sender.signature);
            let mut bytes = value.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            prop_assume!(matches!(bytes[at], b' '..=b'~'));
            let bent = String::from_utf8(bytes).unwrap();
            // The prefix in another case: the table has it.
            prop_assume!(sender.id != "github" || !bent.eq_ignore_ascii_case(value));
            *value = bent;
        } else {
            bent.body[at - signature] ^= 1 << bit;
            prop_assume!(
                sender.says == Says::Anything || std::str::from_utf8(&bent.body).is_ok()
            );
        }
        let theirs = sender.peer.accepts(&bent);
        prop_assert_eq!(ours(&bent), Some(theirs), "{:?} for {}", bent, name);
    }

    #[test]
    fn every_change_is_judged_as_the_table_says(
        sender in some_sender(),
        mutation in 0..MUTATIONS.len(),
        number in 0_usize..1000,
    ) {
        let now = now();
        let mutation = &MUTATIONS[mutation];
        let mut request = sender.signed(now, number);
        if !(mutation.change)(&sender, &mut request) {
            return Ok(());
        }
        let theirs = sender.peer.accepts(&request);
        let expected = match difference(&sender, mutation.name) {
            Some(difference) => difference.hookgate_accepts,
            None => theirs,
        };
        let row = request.row(mutation.name, sender.id, expected);
        let ours = match endpoint(&row) {
            Ok(endpoint) => Through::Core.drive(&row, &endpoint).accepted(),
            Err(_) => Some(false),
        };
        prop_assert_eq!(ours, Some(expected), "{}: {} {:?}", sender.id, mutation.name, request);
    }
}
