//! Documents, signatures on them, files and websites.

use super::entry::{Confidence, Entry, Listed};
use crate::decode::{RawBody, SenderOnly};
use crate::handshake::Challenge;
use crate::reply::FixedReply;
use crate::scheme::{Algorithm, Encoding, KeyForm, Place, Scheme, TimeUnit};

/// Airtable: the secret is shown once, in base64, when the webhook is made; deliveries only say that there is something to fetch.
pub const AIRTABLE: Listed = Listed::signed(Entry::new(
    "airtable",
    "Airtable",
    Scheme::hmac_sha256("x-airtable-content-mac")
        .prefix("hmac-sha256=")
        .key(KeyForm::Base64),
    Confidence::ThirdParty,
    "https://airtable.com/developers/web/api/webhooks-overview",
))
.note("the secret is shown once, in base64, when the webhook is made; deliveries only say that there is something to fetch");

/// Box: two headers while keys are changed.
pub const BOX: Listed = Listed::signed(Entry::new(
    "box",
    "Box",
    Scheme::hmac_sha256("box-signature-primary")
        .encoding(Encoding::Base64)
        .more_signatures(&["box-signature-secondary"])
        .timestamp(Place::Header("box-delivery-timestamp"), TimeUnit::Rfc3339)
        .tolerance(600)
        .signed("{body}{ts}")
        .delivery_id(Place::Header("box-delivery-id"))
        .event_name(Place::Json("/trigger")),
    Confidence::OfficialCode,
    "box/box-node-sdk src/managers/webhooks.ts",
))
.unconfirmed(&["delivery id", "event"])
.note("two headers while keys are changed");

/// Cloudinary: a plain SHA-1; accounts can be switched to SHA-256.
pub const CLOUDINARY: Listed = Listed::signed(Entry::new(
    "cloudinary",
    "Cloudinary",
    Scheme::hmac_sha256("x-cld-signature")
        .algorithm(Algorithm::Sha1)
        .timestamp(Place::Header("x-cld-timestamp"), TimeUnit::Seconds)
        .tolerance(7200)
        .signed("{body}{ts}{secret}")
        .event_name(Place::Json("/notification_type")),
    Confidence::OfficialCode,
    "cloudinary/cloudinary_npm lib/utils/index.js:1166",
))
.unconfirmed(&["event"])
.note("a plain SHA-1; accounts can be switched to SHA-256");

/// DocuSign Connect: one numbered header for each key.
pub const DOCUSIGN: Listed = Listed::signed(Entry::new(
    "docusign",
    "DocuSign Connect",
    Scheme::hmac_sha256("")
        .signature(Place::NumberedHeaders("x-docusign-signature-"))
        .encoding(Encoding::Base64)
        .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "docusign/connect-node-listener-aws index.js",
))
.unconfirmed(&["acknowledgement"])
.note("one numbered header for each key");

/// Dropbox.
pub const DROPBOX: Listed = Listed::signed(Entry::new(
    "dropbox",
    "Dropbox",
    Scheme::hmac_sha256("x-dropbox-signature"),
    Confidence::ThirdParty,
    "https://www.dropbox.com/developers/reference/webhooks",
))
.waits(10)
.with_handshake(Challenge::QueryEcho { name: "challenge" })
.unconfirmed(&["acknowledgement"]);

/// Dropbox Sign (HelloSign): the body is not signed; the key is the API key.
pub const DROPBOX_SIGN: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "dropbox-sign",
    "Dropbox Sign (HelloSign)",
    Scheme::hmac_sha256("")
        .signature(Place::Json("/event/event_hash"))
        .timestamp(Place::Json("/event/event_time"), TimeUnit::Seconds)
        .signed("{ts}{json:/event/event_type}")
        .body_unsigned()
        .event_name(Place::Json("/event/event_type"))
        .json_in("json"),
    Confidence::ThirdParty,
    "https://developers.hellosign.com/docs/events/walkthrough/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.acknowledges(FixedReply::text("Hello API Event Received"))
.repeats()
.note("the body is not signed; the key is the API key");

/// Figma: a passcode in the body.
pub const FIGMA: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "figma",
    "Figma",
    Scheme::token("")
        .signature(Place::Json("/passcode"))
        .delivery_id(Place::Json("/webhook_id"))
        .event_name(Place::Json("/event_type")),
    Confidence::ThirdParty,
    "n8n-io/n8n packages/nodes-base/nodes/Figma/FigmaTriggerHelpers.ts",
))
.unconfirmed(&["delivery id", "event"])
.note("a passcode in the body");

/// Google Calendar/Drive push.
pub const GOOGLE_CHANNEL: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "google-channel",
    "Google Calendar/Drive push",
    Scheme::token("x-goog-channel-token")
        .delivery_id(Place::Header("x-goog-message-number"))
        .event_name(Place::Header("x-goog-resource-state")),
    Confidence::ThirdParty,
    "https://developers.google.com/workspace/calendar/api/guides/push",
))
.unconfirmed(&["delivery id", "event"]);

/// Hygraph: signs the body as a string inside a JSON text.
pub const HYGRAPH: Listed = Listed::signed(Entry::new(
    "hygraph",
    "Hygraph",
    Scheme::hmac_sha256("gcms-signature")
        .encoding(Encoding::Base64)
        .list(", ", "=", "sign")
        .timestamp(Place::SignatureField("t"), TimeUnit::Milliseconds)
        .signed("{{\"Body\":{body:json-string},\"EnvironmentName\":\"{sigfield:env}\",\"TimeStamp\":{ts}}}")
        .event_name(Place::Json("/operation")),
    Confidence::OfficialCode,
    "hygraph/hygraph-utils index.js",
))
.note("signs the body as a string inside a JSON text");

/// Notion: the secret comes with the set-up: `learn_secret`.
pub const NOTION: Listed = Listed::signed(Entry::new(
    "notion",
    "Notion",
    Scheme::hmac_sha256("x-notion-signature")
        .prefix("sha256=")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/notion-webhook-routing.ts",
))
.with_handshake(Challenge::JsonSecret { name: "verification_token" })
.unconfirmed(&["delivery id"])
.note("the secret comes with the set-up: `learn_secret`");

/// PandaDoc: the signature stands in the query.
pub const PANDADOC: Listed = Listed::signed(Entry::new(
    "pandadoc",
    "PandaDoc",
    Scheme::hmac_sha256("")
        .signature(Place::Query("signature"))
        .event_name(Place::Json("/0/event")),
    Confidence::ThirdParty,
    "https://developers.pandadoc.com/docs/webhook-verification via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.note("the signature stands in the query");

/// Sanity: base64 for URLs, without padding.
pub const SANITY: Listed = Listed::signed(Entry::new(
    "sanity",
    "Sanity",
    Scheme::hmac_sha256("sanity-webhook-signature")
        .encoding(Encoding::Base64Url)
        .list(",", "=", "v1")
        .spaced()
        .timestamp(Place::SignatureField("t"), TimeUnit::Milliseconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Header("idempotency-key")),
    Confidence::OfficialCode,
    "sanity-io/webhook-toolkit src/signature.ts",
))
.published()
.note("base64 for URLs, without padding");

/// Signable.
pub const SIGNABLE: Listed = Listed::signed(Entry::new(
    "signable",
    "Signable",
    Scheme::hmac_sha256("signature").encoding(Encoding::Base64),
    Confidence::OfficialPage,
    "https://developers.signable.app/early-access/ea-signed-webhooks",
));

/// Webflow.
pub const WEBFLOW: Listed = Listed::signed(Entry::new(
    "webflow",
    "Webflow",
    Scheme::hmac_sha256("x-webflow-signature")
        .timestamp(Place::Header("x-webflow-timestamp"), TimeUnit::Milliseconds)
        .signed("{ts}:{body}")
        .event_name(Place::Json("/triggerType")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills webflow-webhooks",
))
.unconfirmed(&["event"]);
