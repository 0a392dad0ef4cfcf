//! Shops and shipping.

use super::entry::{Confidence, Entry, Listed};
use crate::handshake::Challenge;
use crate::scheme::{Encoding, KeyForm, Place, Scheme, TimeUnit};

/// Commerce Layer.
pub const COMMERCELAYER: Listed = Listed::signed(Entry::new(
    "commercelayer",
    "Commerce Layer",
    Scheme::hmac_sha256("x-commercelayer-signature")
        .encoding(Encoding::Base64)
        .event_name(Place::Header("x-commercelayer-topic")),
    Confidence::ThirdParty,
    "https://docs.commercelayer.io/core/callbacks-security",
))
.waits(5)
.unconfirmed(&["acknowledgement"]);

/// EasyPost: secrets outside ASCII are normalised (NFKD), which needs the feature `nfkd`.
pub const EASYPOST: Listed = Listed::signed(Entry::new(
    "easypost",
    "EasyPost",
    Scheme::hmac_sha256("x-hmac-signature")
        .prefix("hmac-sha256-hex=")
        .key(KeyForm::Nfkd)
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/description")),
    Confidence::OfficialCode,
    "EasyPost/easypost-python easypost/util.py",
))
.published()
.unconfirmed(&["delivery id"])
.note("secrets outside ASCII are normalised (NFKD), which needs the feature `nfkd`");

/// Lemon Squeezy.
pub const LEMONSQUEEZY: Listed = Listed::signed(Entry::new(
    "lemonsqueezy",
    "Lemon Squeezy",
    Scheme::hmac_sha256("x-signature").event_name(Place::Header("x-event-name")),
    Confidence::ThirdParty,
    "Hookflo/tern src/platforms",
))
.unconfirmed(&["event"]);

/// Perry Weather.
pub const PERRY_WEATHER: Listed = Listed::signed(Entry::new(
    "perry-weather",
    "Perry Weather",
    Scheme::hmac_sha256("x-pw-signature").encoding(Encoding::Base64),
    Confidence::OfficialPage,
    "https://developers.perryweather.com/apis/perry-weather-webhooks-1/docs",
));

/// Shopify: the key is the app's API secret.
pub const SHOPIFY: Listed = Listed::signed(Entry::new(
    "shopify",
    "Shopify",
    Scheme::hmac_sha256("x-shopify-hmac-sha256")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Header("x-shopify-webhook-id"))
        .event_name(Place::Header("x-shopify-topic")),
    Confidence::OfficialCode,
    "Shopify/shopify-app-js lib/webhooks",
))
.published()
.waits(5)
.unconfirmed(&["acknowledgement"])
.note("the key is the app's API secret");

/// Subtotal.
pub const SUBTOTAL: Listed = Listed::signed(Entry::new(
    "subtotal",
    "Subtotal",
    Scheme::hmac_sha256("x-subtotal-signature")
        .timestamp(Place::Header("x-subtotal-timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "https://www.subtotal.com/docs/webhooks/verifying-signatures",
));

/// WooCommerce: switched off after five failures in a row.
pub const WOOCOMMERCE: Listed = Listed::signed(Entry::new(
    "woocommerce",
    "WooCommerce",
    Scheme::hmac_sha256("x-wc-webhook-signature")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Header("x-wc-webhook-delivery-id"))
        .event_name(Place::Header("x-wc-webhook-topic")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills woocommerce-webhooks",
))
.with_handshake(Challenge::FormPing { name: "webhook_id" })
.unconfirmed(&["acknowledgement", "delivery id"])
.note("switched off after five failures in a row");
