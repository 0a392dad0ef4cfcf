//! What is done to a delivery before both sides get it.

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::peer::Peer;
use crate::request::Request;
use crate::sender::{Digits, Says, Sender};

/// One change.
pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    /// Whether the service could not have sent what results: nobody may accept it.
    pub(crate) forged: bool,
    /// Changes the request. Whether there was something to change.
    pub(crate) change: fn(&Sender, &mut Request) -> bool,
}

const fn genuine(name: &'static str, change: fn(&Sender, &mut Request) -> bool) -> Mutation {
    Mutation { name, forged: false, change }
}

const fn forged(name: &'static str, change: fn(&Sender, &mut Request) -> bool) -> Mutation {
    Mutation { name, forged: true, change }
}

pub(crate) const MUTATIONS: &[Mutation] = &[
    genuine("nothing", |_, _| true),
    genuine("an empty body", |sender, request| {
        if sender.says == Says::Time {
            return false;
        }
        *request = Request {
            secret: request.secret.clone(),
            ..sender.sign(request.now, "msg_2b1", Vec::new())
        };
        true
    }),
    genuine("a body that is not UTF-8", |sender, request| {
        if sender.says != Says::Anything {
            return false;
        }
        *request = sender.sign(request.now, "msg_2b1", b"\xff\xfe{}".to_vec());
        true
    }),
    // The secret and the body.
    forged("another secret", |sender, request| {
        request.secret = sender.other.into();
        true
    }),
    forged("another body", |sender, request| {
        *request = Request { body: sender.body(request.now, 77), ..sender.signed(request.now, 76) };
        true
    }),
    forged("a byte at the body's end", |_, request| {
        request.body.push(b' ');
        true
    }),
    forged("no body", |_, request| {
        request.body.clear();
        true
    }),
    // The digits of the signature.
    forged("another digit", |sender, request| {
        digits(sender, request, |digits| {
            let first = if digits.starts_with('1') { "2" } else { "1" };
            format!("{first}{}", &digits[1..])
        })
    }),
    forged("half of the digits", |sender, request| {
        digits(sender, request, |digits| digits[..digits.len() / 2 / 4 * 4].into())
    }),
    forged("no digits", |sender, request| digits(sender, request, |_| String::new())),
    genuine("digits in upper case", |sender, request| {
        sender.digits == Digits::Hex && digits(sender, request, str::to_ascii_uppercase)
    }),
    genuine("the alphabet for URLs", |sender, request| {
        digits_with(
            sender,
            request,
            |digits| digits.contains(['+', '/']),
            |digits| digits.replace('+', "-").replace('/', "_"),
        )
    }),
    genuine("no padding", |sender, request| {
        digits_with(
            sender,
            request,
            |digits| digits.ends_with('='),
            |digits| digits.trim_end_matches('=').into(),
        )
    }),
    genuine("a spare bit", |sender, request| {
        digits_with(sender, request, |digits| digits.ends_with('='), spare_bit)
    }),
    genuine("a digit too much", |sender, request| {
        let more = if sender.digits == Digits::Hex { "0" } else { "A" };
        digits(sender, request, |digits| format!("{digits}{more}"))
    }),
    genuine("a byte too much", |sender, request| {
        let more = if sender.digits == Digits::Hex { "00" } else { "AAAA" };
        digits(sender, request, |digits| format!("{digits}{more}"))
    }),
    genuine("hex for base64, or the reverse", |sender, request| {
        let hex = sender.digits == Digits::Hex;
        digits(sender, request, |digits| {
            if hex {
                BASE64_STANDARD.encode(const_hex::decode(digits).unwrap())
            } else {
                const_hex::encode(BASE64_STANDARD.decode(digits).unwrap())
            }
        })
    }),
    // Around the digits.
    genuine("a space before", |sender, request| {
        header(sender, request, |value| format!(" {value}"))
    }),
    genuine("a space behind", |sender, request| {
        header(sender, request, |value| format!("{value} "))
    }),
    genuine("a tab behind", |sender, request| {
        header(sender, request, |value| format!("{value}\t"))
    }),
    genuine("a space before the digits", |sender, request| {
        !sender.before.is_empty() && digits(sender, request, |digits| format!(" {digits}"))
    }),
    genuine("no prefix", |sender, request| {
        !sender.before.is_empty()
            && header(sender, request, |value| value.replace(sender.before, ""))
    }),
    genuine("the prefix in upper case", |sender, request| {
        !sender.before.is_empty()
            && header(sender, request, |value| {
                value.replace(sender.before, &sender.before.to_ascii_uppercase())
            })
    }),
    forged("another version", |sender, request| {
        sender.before.starts_with('v')
            && header(sender, request, |value| {
                value.replace(sender.before, &sender.before.replace(['0', '1'], "2"))
            })
    }),
    forged("the prefix of SHA-1", |sender, request| {
        sender.before == "sha256="
            && header(sender, request, |value| value.replace("sha256=", "sha1="))
    }),
    // The header.
    forged("no signature", |sender, request| {
        request.remove(sender.signature);
        true
    }),
    forged("an empty signature", |sender, request| header(sender, request, |_| String::new())),
    genuine("the signature twice", |sender, request| {
        let value = request.value(sender.signature).clone();
        request.push(sender.signature, value);
        true
    }),
    genuine("the signature, then another", |sender, request| {
        let value = wrong(sender, request);
        request.push(sender.signature, value);
        true
    }),
    genuine("another signature, then the right one", |sender, request| {
        let right = request.value(sender.signature).clone();
        request.remove(sender.signature);
        let wrong = sender.signed(request.now, 99).value(sender.signature).clone();
        request.push(sender.signature, wrong);
        request.push(sender.signature, right);
        true
    }),
    // Lists.
    genuine("a wrong one in the list", |sender, request| {
        let wrong = wrong_item(sender);
        list(sender, request, |value, items| format!("{value}{items}{wrong}"))
    }),
    genuine("a wrong one first in the list", |sender, request| {
        let wrong = wrong_item(sender);
        list(sender, request, |value, items| format!("{wrong}{items}{value}"))
    }),
    genuine("one that cannot be decoded in the list", |sender, request| {
        let junk = format!("{}zz", sender.before);
        list(sender, request, |value, items| format!("{value}{items}{junk}"))
    }),
    genuine("an empty one in the list", |sender, request| {
        list(sender, request, |value, items| format!("{value}{items}{}", sender.before))
    }),
    genuine("an item that nobody knows", |sender, request| {
        let unknown = if sender.id == "stripe" { "v9=1" } else { "v9,1" };
        list(sender, request, |value, items| format!("{value}{items}{unknown}"))
    }),
    genuine("an item without a name", |sender, request| {
        list(sender, request, |value, items| format!("{value}{items}junk"))
    }),
    genuine("a separator at the end", |sender, request| {
        list(sender, request, |value, items| format!("{value}{items}"))
    }),
    genuine("a space behind the separator", |sender, request| {
        sender.id == "stripe" && header(sender, request, |value| value.replace(",v1=", ", v1="))
    }),
    genuine("the signature twice in the list", |sender, request| {
        let value = request.value(sender.signature).clone();
        let item = format!("{}{}", sender.before, &value[sender.start_of_digits(&value)..]);
        list(sender, request, |value, items| format!("{value}{items}{item}"))
    }),
    genuine("two hundred wrong ones in the list", |sender, request| {
        let wrong = wrong_item(sender);
        list(sender, request, |value, items| {
            let many = vec![wrong.clone(); 200];
            format!("{value}{items}{}", many.join(items))
        })
    }),
    genuine("the time twice in the list", |sender, request| {
        sender.id == "stripe"
            && header(sender, request, |value| {
                let (time, _) = value.split_once(',').unwrap();
                format!("{value},{time}")
            })
    }),
    forged("no time in the list", |sender, request| {
        sender.id == "stripe"
            && header(sender, request, |value| value.split_once(',').unwrap().1.into())
    }),
    // The time.
    forged("sent 400 s ago", |sender, request| again(sender, request, -400)),
    forged("sent in 400 s", |sender, request| again(sender, request, 400)),
    genuine("sent 300 s ago", |sender, request| {
        is_injected(sender) && again(sender, request, -300)
    }),
    genuine("sent in 300 s", |sender, request| is_injected(sender) && again(sender, request, 300)),
    forged("sent 301 s ago", |sender, request| is_injected(sender) && again(sender, request, -301)),
    forged("sent in 301 s", |sender, request| is_injected(sender) && again(sender, request, 301)),
    genuine("sent 250 s ago", |sender, request| again(sender, request, -250)),
    forged("another time", |sender, request| {
        time(sender, request, |seconds| (seconds - 1).to_string())
    }),
    forged("no time", |sender, request| {
        sender.time.is_some_and(|name| {
            request.remove(name);
            true
        })
    }),
    forged("an empty time", |sender, request| time(sender, request, |_| String::new())),
    genuine("the time twice", |sender, request| {
        sender.time.is_some_and(|name| {
            let value = request.value(name).clone();
            request.push(name, value);
            true
        })
    }),
    genuine("a sign before the time", |sender, request| {
        time(sender, request, |seconds| format!("+{seconds}"))
    }),
    genuine("a zero before the time", |sender, request| {
        time(sender, request, |seconds| format!("0{seconds}"))
    }),
    genuine("a space before the time", |sender, request| {
        time(sender, request, |seconds| format!(" {seconds}"))
    }),
    forged("a time that is no number", |sender, request| {
        time(sender, request, |_| "yesterday".into())
    }),
    forged("milliseconds", |sender, request| {
        time(sender, request, |seconds| format!("{seconds}000"))
    }),
    // The id.
    forged("no id", |sender, request| {
        request.remove("webhook-id");
        signs_id(sender)
    }),
    forged("another id", |sender, request| {
        signs_id(sender) && {
            *request.value("webhook-id") = "msg_2b2".into();
            true
        }
    }),
    genuine("the id twice", |sender, request| {
        request.push("webhook-id", "msg_2b1");
        signs_id(sender)
    }),
    genuine("a full stop in the id", |sender, request| {
        signs_id(sender) && {
            let time = request.value("webhook-timestamp").clone();
            let text = [b"msg.1.", time.as_bytes(), b".", &request.body].concat();
            let key = BASE64_STANDARD.decode(&sender.signing["whsec_".len()..]).unwrap();
            *request.value("webhook-signature") = format!("v1,{}", mac(&key, &text));
            *request.value("webhook-id") = "msg.1".into();
            true
        }
    }),
    // Secrets that are none.
    forged("an empty secret", |sender, request| empty_key(sender, request, "")),
    forged("a secret that decodes to nothing", |sender, request| {
        signs_id(sender) && empty_key(sender, request, "whsec_")
    }),
    forged("a secret of zero bytes", |sender, request| {
        signs_id(sender) && empty_key(sender, request, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    }),
    genuine("a secret without padding", |sender, request| {
        signs_id(sender) && {
            request.secret = request.secret.trim_end_matches('=').into();
            true
        }
    }),
    genuine("a secret without its prefix", |sender, request| {
        signs_id(sender) && {
            request.secret = request.secret.replace("whsec_", "");
            true
        }
    }),
    genuine("a secret with a spare bit", |sender, request| {
        signs_id(sender) && {
            request.secret = spare_bit(&request.secret);
            true
        }
    }),
    genuine("a secret with a line break", |sender, request| {
        let is_shared = sender.signing == sender.secret;
        request.secret.push('\n');
        is_shared
    }),
];

fn header(sender: &Sender, request: &mut Request, change: impl FnOnce(&str) -> String) -> bool {
    let value = request.value(sender.signature);
    *value = change(value);
    true
}

fn digits(sender: &Sender, request: &mut Request, change: impl FnOnce(&str) -> String) -> bool {
    header(sender, request, |value| {
        let (before, digits) = value.split_at(sender.start_of_digits(value));
        format!("{before}{}", change(digits))
    })
}

/// Changes base64 that has a property, for which bodies are tried until one has it.
fn digits_with(
    sender: &Sender,
    request: &mut Request,
    has: impl Fn(&str) -> bool,
    change: impl FnOnce(&str) -> String,
) -> bool {
    if sender.digits != Digits::Base64 {
        return false;
    }
    for number in 0..1000 {
        let mut signed = sender.signed(request.now, number);
        let value = signed.value(sender.signature);
        if has(&value[sender.start_of_digits(value)..]) {
            *request = signed;
            return digits(sender, request, change);
        }
    }
    panic!("{}: no body has such a signature", sender.id);
}

/// The same bytes, written with a spare bit that is not zero.
fn spare_bit(text: &str) -> String {
    let digits = text.trim_end_matches('=');
    let (rest, last) = digits.split_at(digits.len() - 1);
    let next = char::from(last.bytes().next().unwrap() + 1);
    let changed = format!("{rest}{next}");
    assert!(BASE64_STANDARD_NO_PAD.decode(&changed).is_err(), "{changed}");
    text.replace(digits, &changed)
}

fn list(
    sender: &Sender,
    request: &mut Request,
    change: impl FnOnce(&str, &'static str) -> String,
) -> bool {
    let items = match sender.before {
        "v1=" => ",",
        "v1," => " ",
        _ => return false,
    };
    header(sender, request, |value| change(value, items))
}

/// The header over another body.
fn wrong(sender: &Sender, request: &Request) -> String {
    sender.signed(request.now, 99).value(sender.signature).clone()
}

/// A signature of another text, as an item of a list.
fn wrong_item(sender: &Sender) -> String {
    let bytes = [7; 32];
    let digits = match sender.digits {
        Digits::Hex => const_hex::encode(bytes),
        Digits::Base64 => BASE64_STANDARD.encode(bytes),
    };
    format!("{}{digits}", sender.before)
}

/// Signed at another time than it arrives.
fn again(sender: &Sender, request: &mut Request, seconds: i64) -> bool {
    let now = request.now;
    *request = Request { now, ..sender.signed(now + seconds, 0) };
    sender.tells_time() || sender.says == Says::Time
}

fn is_injected(sender: &Sender) -> bool {
    sender.peer != Peer::StandardWebhooks
}

fn time(sender: &Sender, request: &mut Request, change: fn(i64) -> String) -> bool {
    let Some(name) = sender.time else { return false };
    let value = request.value(name);
    *value = change(value.parse().unwrap());
    true
}

fn signs_id(sender: &Sender) -> bool {
    sender.before == "v1,"
}

/// What anyone can sign where the secret is empty.
fn empty_key(sender: &Sender, request: &mut Request, secret: &str) -> bool {
    let body = request.body.clone();
    let text = match (sender.id, signs_id(sender)) {
        ("github" | "dropbox" | "linear" | "shopify", _) => body,
        ("stripe", _) => [request.now.to_string().as_bytes(), b".", &*body].concat(),
        ("slack" | "zoom", _) => [format!("v0:{}:", request.now).as_bytes(), &*body].concat(),
        (_, true) => [format!("msg_2b1.{}.", request.now).as_bytes(), &*body].concat(),
        _ => return false,
    };
    let base64 = mac(b"", &text);
    request.secret = secret.into();
    let hex = const_hex::encode(BASE64_STANDARD.decode(&base64).unwrap());
    let signature = if sender.digits == Digits::Hex { hex } else { base64 };
    digits(sender, request, |_| signature)
}

/// HMAC-SHA256 in base64.
fn mac(key: &[u8], text: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
