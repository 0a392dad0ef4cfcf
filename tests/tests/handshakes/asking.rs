//! Providers of the tests' own, which ask as real ones do.

use bytes::Bytes;
use hookgate::handshake::{Challenge, Gate, Handshake, MacReply};
use hookgate::scheme::{Place, Scheme, TimeUnit};
use hookgate::sign::{Message, sign};
use hookgate::{
    Endpoint, EndpointBuilder, FixedReply, Habits, Provider, RawBody, Reply, Secret, Sends,
    UnixTime,
};

pub(crate) const SECRET: &str = "a secret of the asking provider";
pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const PATH: &str = "/hooks/asking";

/// The body's MAC in hex.
pub(crate) const BARE: Scheme<'static> = Scheme::hmac_sha256("x-signature");

/// Slack's and Zoom's.
pub(crate) const VERSIONED: Scheme<'static> = BARE
    .prefix("v0=")
    .timestamp(Place::Header("x-timestamp"), TimeUnit::Seconds)
    .signed("v0:{ts}:{body}");

/// Twitch's and Discord's.
pub(crate) const JOINED: Scheme<'static> =
    BARE.timestamp(Place::Header("x-timestamp"), TimeUnit::Seconds).signed("{ts}{body}");

pub(crate) const DROPBOX: Challenge<'static> = Challenge::QueryEcho { name: "challenge" };
pub(crate) const GRAPH: Challenge<'static> = Challenge::PostQueryEcho { name: "validationToken" };
pub(crate) const META: Challenge<'static> = Challenge::QueryToken {
    mode: ("hub.mode", "subscribe"),
    token: "hub.verify_token",
    challenge: "hub.challenge",
};
pub(crate) const SLACK: Challenge<'static> =
    Challenge::JsonEcho { when: ("/type", "url_verification"), challenge: "/challenge" };
pub(crate) const MONDAY: Challenge<'static> = Challenge::JsonMirror { name: "challenge" };
pub(crate) const OKTA: Challenge<'static> =
    Challenge::HeaderToJson { header: "x-okta-verification-challenge", name: "verification" };
pub(crate) const FRONT: Challenge<'static> =
    Challenge::SignedHeaderToJson { header: "x-front-challenge", name: "challenge" };
pub(crate) const RINGCENTRAL: Challenge<'static> =
    Challenge::HeaderEcho { header: "validation-token", answer: "validation-token" };
pub(crate) const SMARTSHEET: Challenge<'static> = Challenge::HeaderEcho {
    header: "smartsheet-hook-challenge",
    answer: "smartsheet-hook-response",
};
pub(crate) const TWITCH: Challenge<'static> = Challenge::HeaderJsonEcho {
    when: ("twitch-eventsub-message-type", "webhook_callback_verification"),
    challenge: "/challenge",
};
pub(crate) const ZOOM: Challenge<'static> = Challenge::JsonMac {
    when: ("/event", "endpoint.url_validation"),
    challenge: "/payload/plainToken",
    gate: Gate::Token,
    reply: MacReply::Pair { challenge: "plainToken", mac: "encryptedToken" },
};
pub(crate) const X: Challenge<'static> = Challenge::QueryMac {
    name: "crc_token",
    gate: Gate::Token,
    reply: MacReply::Base64 { name: "response_token", prefix: "sha256=" },
};
pub(crate) const BRAINTREE: Challenge<'static> = Challenge::QueryMac {
    name: "bt_challenge",
    gate: Gate::Hex { least: 20, most: 32 },
    reply: MacReply::Labelled,
};
pub(crate) const EBAY: Challenge<'static> =
    Challenge::QueryHash { name: "challenge_code", answer: "challengeResponse" };
pub(crate) const PING: Challenge<'static> =
    Challenge::JsonPing { name: "kind", number: 7, reply: FixedReply::status(204) };
pub(crate) const TRELLO: Challenge<'static> = Challenge::Probe { methods: &["HEAD", "GET"] };
pub(crate) const MANDRILL: Challenge<'static> =
    Challenge::AnyOf(&[Challenge::Probe { methods: &["HEAD"] }, Challenge::EmptyPing]);
pub(crate) const WOOCOMMERCE: Challenge<'static> = Challenge::FormPing { name: "webhook_id" };
pub(crate) const EVENT_GRID: Challenge<'static> = Challenge::AnyOf(&[
    Challenge::EventGrid,
    Challenge::CloudEvents { origins: &["eventgrid.azure.net"] },
]);
pub(crate) const ASANA: Challenge<'static> = Challenge::HeaderSecret { header: "x-hook-secret" };
pub(crate) const NOTION: Challenge<'static> = Challenge::JsonSecret { name: "verification_token" };

#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) scheme: Scheme<'static>,
    pub(crate) challenge: Option<Challenge<'static>>,
    pub(crate) acknowledgement: FixedReply<'static>,
}

impl Asking {
    pub(crate) const fn new(scheme: Scheme<'static>, challenge: Challenge<'static>) -> Self {
        Self { challenge: Some(challenge), ..Self::silent(scheme) }
    }

    /// A provider that never asks.
    pub(crate) const fn silent(scheme: Scheme<'static>) -> Self {
        Self { scheme, challenge: None, acknowledgement: FixedReply::status(200) }
    }

    pub(crate) fn builder(self) -> EndpointBuilder<Self> {
        Endpoint::builder(self).clock(|| UnixTime::from_secs(NOW))
    }

    pub(crate) fn endpoint(self) -> Endpoint<Self> {
        let secret = Secret::new(SECRET).labelled("public-key");
        let mut builder = self.builder().secret(secret);
        if matches!(
            self.challenge,
            Some(Challenge::QueryToken { .. } | Challenge::QueryHash { .. })
        ) {
            builder = builder.verify_token("the verify token");
        }
        builder.public_url("https://example.com/hooks/asking").build().unwrap()
    }

    /// A request as the provider signs it now.
    pub(crate) fn signed(self, body: &str) -> Raw {
        self.signed_with(SECRET, body)
    }

    pub(crate) fn signed_with(self, secret: &str, body: &str) -> Raw {
        let message = Message::post(PATH, body.to_owned()).at(UnixTime::from_secs(NOW));
        let signed = sign(&self, secret, message).unwrap();
        Raw {
            method: signed.method().into(),
            target: signed.target().into(),
            headers: signed.headers().to_vec(),
            body: signed.body().clone(),
        }
    }
}

impl Provider for Asking {
    fn id(&self) -> &str {
        "asking"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.scheme
    }

    fn habits(&self) -> Habits {
        // As Discord and Xero want it, so that it is told from other refusals.
        Habits::new().rejection_status(401)
    }

    fn handshake(&self) -> Option<&dyn Handshake> {
        self.challenge.as_ref().map(|challenge| challenge as _)
    }

    fn acknowledgement(&self) -> Reply {
        self.acknowledgement.into()
    }
}

impl Sends for Asking {
    type Event = RawBody;
}

/// A request that need not be right.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Raw {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: format!("{PATH}{target}"),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }
}
