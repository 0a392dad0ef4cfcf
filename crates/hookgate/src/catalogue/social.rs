//! Social networks.

use super::entry::{Confidence, Entry, Listed};
use crate::handshake::{Challenge, Gate, MacReply};
use crate::scheme::{Encoding, Place, Scheme, TimeUnit};

/// X asks for the MAC of a token, once an hour.
const X_ASKS: Challenge<'static> = Challenge::QueryMac {
    name: "crc_token",
    gate: Gate::Token,
    reply: MacReply::Base64 { name: "response_token", prefix: "sha256=" },
};

/// Meta (Facebook, Instagram, Messenger, WhatsApp): the key is the app secret; the token of the set-up is another.
pub const META: Listed = Listed::signed(Entry::new(
    "meta",
    "Meta (Facebook, Instagram, Messenger, WhatsApp)",
    Scheme::hmac_sha256("x-hub-signature-256").prefix("sha256=").event_name(Place::Json("/object")),
    Confidence::ThirdParty,
    "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
))
.with_handshake(Challenge::QueryToken {
    mode: ("hub.mode", "subscribe"),
    token: "hub.verify_token",
    challenge: "hub.challenge",
})
.note("the key is the app secret; the token of the set-up is another");

/// Twitch EventSub.
pub const TWITCH: Listed = Listed::signed(Entry::new(
    "twitch",
    "Twitch EventSub",
    Scheme::hmac_sha256("twitch-eventsub-message-signature")
        .prefix("sha256=")
        .timestamp(Place::Header("twitch-eventsub-message-timestamp"), TimeUnit::Rfc3339)
        .tolerance(600)
        .signed("{id}{ts}{body}")
        .delivery_id(Place::Header("twitch-eventsub-message-id"))
        .event_name(Place::Header("twitch-eventsub-subscription-type")),
    Confidence::OfficialCode,
    "twitchdev/twitch-cli internal/events/trigger/forward_event.go, https://dev.twitch.tv/docs/eventsub/handling-webhook-events",
))
.with_handshake(Challenge::HeaderJsonEcho {
        when: ("twitch-eventsub-message-type", "webhook_callback_verification"),
        challenge: "/challenge",
    })
.told_by_id();

/// X (Twitter) webhooks: the key is the consumer secret.
pub const X: Listed = Listed::signed(Entry::new(
    "x",
    "X (Twitter) webhooks",
    Scheme::hmac_sha256("x-twitter-webhooks-signature")
        .encoding(Encoding::Base64)
        .prefix("sha256="),
    Confidence::OfficialPage,
    "https://docs.x.com/x-api/webhooks/quickstart",
))
.waits(3)
.with_handshake(X_ASKS)
.note("the key is the consumer secret");
