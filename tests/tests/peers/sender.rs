//! The services that a peer knows and the catalogue has.

use std::time::{SystemTime, UNIX_EPOCH};

use hookgate::sign::{Message, sign};
use hookgate::{UnixTime, catalogue};
use webhook_verify::Provider;

use crate::peer::Peer;
use crate::request::Request;

/// A service, and a peer that knows it.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    /// Its id in the catalogue.
    pub(crate) id: &'static str,
    pub(crate) peer: Peer,
    /// What signs: the secret, or the private key.
    pub(crate) signing: String,
    /// What the endpoint holds: the secret, or the public key.
    pub(crate) secret: String,
    /// Another of its form.
    pub(crate) other: &'static str,
    /// The header with the signature.
    pub(crate) signature: &'static str,
    /// The header with the time.
    pub(crate) time: Option<&'static str>,
    /// What stands before the digits of a signature.
    pub(crate) before: &'static str,
    pub(crate) digits: Digits,
    pub(crate) says: Says,
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Digits {
    Hex,
    Base64,
}

/// What stands in its bodies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Says {
    Anything,
    /// A form, whose fields are signed.
    Form,
    /// JSON in which the time stands.
    Time,
}

/// As it is registered at the service.
const URL: &str = "https://hooks.example.com/in?tenant=1";
const TEXT: &str = "a secret, as text";
const WHSEC: &str = "whsec_d2VidHVsaXAtYmxvc3NvbXMtb2YtdGhlLW5pZ2h0Cg==";
const OTHER_WHSEC: &str = "whsec_YW5vdGhlciBzZWNyZXQgdGhhdCBpcyBhcyBsb25nCg==";

/// RFC 8032, section 7.1, tests 1 and 2.
const ED25519: [&str; 3] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
];

/// Made with openssl for these tests.
const P256: [&str; 3] = [
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsSWlhQHq+2dIPpxkPe4Gct8PEW6KWFpvfN97QqpLaEShRAN\
     CAAS7AGsn7TN/pLEkAU4ocv78hS3tYE0UReOscyGB3cPeTwrTBP7nZ92W6AeN84Ma2TrdPwC33qT5If+GnU08g/Uq",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuwBrJ+0zf6SxJAFOKHL+/IUt7WBNFEXjrHMhgd3D3k8K0wT+52fdlugHjfO\
     DGtk63T8At96k+SH/hp1NPIP1Kg==",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbiRhjx1nryRVciSeMIfC/PzNVjaIXksjsVc2jRzNyiLUNTzNwgXgp+zQuHL\
     u6v9MxPs/OS+GQ1L+M4PjsVxT7g==",
];

pub(crate) fn senders() -> Vec<Sender> {
    use Provider::{
        Discord, Dropbox, GitHub, Linear, SendGrid, Shopify, Slack, Square, Stripe, Twilio, Zoom,
    };
    let text = |id, provider, signature| Sender {
        id,
        peer: Peer::WebhookVerify(provider),
        signing: TEXT.into(),
        secret: TEXT.into(),
        other: "another secret",
        signature,
        time: None,
        before: "",
        digits: Digits::Hex,
        says: Says::Anything,
    };
    let base64 = |sender| Sender { digits: Digits::Base64, ..sender };
    let timed = |sender, time| Sender { time: Some(time), ..sender };
    let keys = |sender, [private, public, other]: [&'static str; 3]| Sender {
        signing: private.into(),
        secret: public.into(),
        other,
        ..sender
    };
    let standard = |id, peer| Sender {
        peer,
        signing: WHSEC.into(),
        secret: WHSEC.into(),
        other: OTHER_WHSEC,
        before: "v1,",
        ..base64(timed(text(id, Stripe, "webhook-signature"), "webhook-timestamp"))
    };
    let sendgrid = text("sendgrid", SendGrid, "x-twilio-email-event-webhook-signature");
    let discord = text("discord", Discord, "x-signature-ed25519");
    let mut senders = vec![
        Sender { before: "v1=", ..text("stripe", Stripe, "stripe-signature") },
        Sender { before: "sha256=", ..text("github", GitHub, "x-hub-signature-256") },
        base64(text("shopify", Shopify, "x-shopify-hmac-sha256")),
        Sender {
            before: "v0=",
            ..timed(text("slack", Slack, "x-slack-signature"), "x-slack-request-timestamp")
        },
        base64(text("square", Square, "x-square-hmacsha256-signature")),
        Sender { says: Says::Form, ..base64(text("twilio", Twilio, "x-twilio-signature")) },
        keys(timed(discord, "x-signature-timestamp"), ED25519),
        keys(base64(timed(sendgrid, "x-twilio-email-event-webhook-timestamp")), P256),
        Sender { says: Says::Time, ..text("linear", Linear, "linear-signature") },
        Sender {
            before: "v0=",
            ..timed(text("zoom", Zoom, "x-zm-signature"), "x-zm-request-timestamp")
        },
        text("dropbox", Dropbox, "x-dropbox-signature"),
        standard("standard-webhooks", Peer::WebhookVerify(Provider::StandardWebhooks)),
    ];
    // Everybody who signs as Standard Webhooks has it.
    let the_standards = catalogue::STANDARD_WEBHOOKS.entry().scheme.no_event_name();
    for entry in catalogue::ALL {
        if entry.scheme.no_event_name() == the_standards {
            senders.push(standard(entry.id, Peer::StandardWebhooks));
        }
    }
    senders
}

/// The second in which the tests began, since a peer reads the system's clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

impl Sender {
    /// Whether the time is signed.
    pub(crate) fn tells_time(&self) -> bool {
        self.time.is_some() || self.id == "stripe"
    }

    /// A body that it could send; another for each number.
    pub(crate) fn body(&self, at: i64, number: usize) -> Vec<u8> {
        let text = match self.says {
            Says::Anything => format!("{{\"type\":\"caf\u{e9} \\u00e9\",\"n\":{number}}} \r\n"),
            Says::Form => format!("To=%2B18005550100&Body=caf%C3%A9+1&Empty=&N={number}"),
            Says::Time => format!("{{\"webhookTimestamp\":{at}000,\"n\":{number}}}"),
        };
        text.into_bytes()
    }

    /// A delivery, signed by us.
    pub(crate) fn signed(&self, at: i64, number: usize) -> Request {
        self.sign(at, "msg_2b1", self.body(at, number))
    }

    pub(crate) fn sign(&self, at: i64, id: &str, body: Vec<u8>) -> Request {
        let entry = catalogue::find(self.id).unwrap();
        let mut message =
            Message::post("/in?tenant=1", body).public_url(URL).id(id).at(UnixTime::from_secs(at));
        if self.says == Says::Form {
            message = message.content_type("application/x-www-form-urlencoded");
        }
        let signed = sign(entry, &*self.signing, message).unwrap();
        Request {
            url: URL.into(),
            headers: signed.headers().to_vec(),
            // The time was written into it, where that stands there.
            body: signed.body().to_vec(),
            secret: self.secret.clone(),
            now: at,
        }
    }

    /// Where the digits of the signature begin in its header.
    pub(crate) fn start_of_digits(&self, value: &str) -> usize {
        if self.before.is_empty() {
            return 0;
        }
        value.rfind(self.before).unwrap() + self.before.len()
    }
}
