//! Mail, messages, telephony and meetings.

use super::entry::{Confidence, Entry, Listed};
use super::family::{standard_webhooks, svix};
use crate::decode::{RawBody, SenderOnly};
use crate::handshake::{Challenge, Gate, MacReply};
use crate::jwt::{Absent, BodyHash, ClaimRules, HashEncoding, Presence};
use crate::scheme::{Algorithm, Covered, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit};

/// Zoom answers for a plain token with its MAC.
const ZOOM_ASKS: Challenge<'static> = Challenge::JsonMac {
    when: ("/event", "endpoint.url_validation"),
    challenge: "/payload/plainToken",
    gate: Gate::Token,
    reply: MacReply::Pair { challenge: "plainToken", mac: "encryptedToken" },
};

/// Aircall: a token in the body.
pub const AIRCALL: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "aircall",
    "Aircall",
    Scheme::token("").signature(Place::Json("/token")).event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developer.aircall.io/tutorials/webhooks-guide/",
))
.unconfirmed(&["delivery id", "event"])
.note("a token in the body");

/// Bandwidth: may ask without credentials first, and expects 401.
pub const BANDWIDTH: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "bandwidth",
    "Bandwidth",
    Scheme::basic().event_name(Place::Json("/0/type")),
    Confidence::ThirdParty,
    "https://dev.bandwidth.com/docs/numbers/webhooks/",
))
.rejects_with(401)
.unconfirmed(&["event"])
.note("may ask without credentials first, and expects 401");

/// beehiiv: said to sign as Svix does.
pub const BEEHIIV: Listed = Listed::signed(Entry::new(
    "beehiiv",
    "beehiiv",
    svix(),
    Confidence::ThirdParty,
    "svix/svix-webhooks rust/src/models/ingest_source_in.rs (SvixConfig)",
))
.told_by_id()
.note("said to sign as Svix does");

/// Chatwoot.
pub const CHATWOOT: Listed = Listed::signed(Entry::new(
    "chatwoot",
    "Chatwoot",
    Scheme::hmac_sha256("x-chatwoot-signature")
        .prefix("sha256=")
        .timestamp(Place::Header("x-chatwoot-timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Header("x-chatwoot-delivery"))
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developers.chatwoot.com/api-reference/webhooks/add-a-webhook",
))
.unconfirmed(&["delivery id", "timestamp"]);

/// Crisp.
pub const CRISP: Listed = Listed::signed(Entry::new(
    "crisp",
    "Crisp",
    Scheme::hmac_sha256("x-crisp-signature")
        .timestamp(Place::Header("x-crisp-request-timestamp"), TimeUnit::Seconds)
        .signed("[{ts};{body}]")
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://docs.crisp.chat/references/web-hooks/v1/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
));

/// Customer.io: the signed text begins with `v0:`, the header does not.
pub const CUSTOMERIO: Listed = Listed::signed(Entry::new(
    "customerio",
    "Customer.io",
    Scheme::hmac_sha256("x-cio-signature")
        .timestamp(Place::Header("x-cio-timestamp"), TimeUnit::Seconds)
        .signed("v0:{ts}:{body}")
        .delivery_id(Place::Json("/event_id"))
        .event_name(Place::Json("/metric")),
    Confidence::ThirdParty,
    "https://docs.customer.io/integrations/api/webhooks/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"])
.note("the signed text begins with `v0:`, the header does not");

/// Daily.co: the key is in base64.
pub const DAILY: Listed = Listed::signed(Entry::new(
    "daily",
    "Daily.co",
    Scheme::hmac_sha256("x-webhook-signature")
        .encoding(Encoding::Base64)
        .key(KeyForm::Base64)
        .timestamp(Place::Header("x-webhook-timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "https://docs.daily.co/reference/rest-api/webhooks via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"])
.note("the key is in base64");

/// Discord: sends wrong signatures on purpose, and expects 401.
pub const DISCORD: Listed = Listed::signed(Entry::new(
    "discord",
    "Discord",
    Scheme::public_key(Algorithm::Ed25519, "x-signature-ed25519")
        .encoding(Encoding::Hex)
        .timestamp(Place::Header("x-signature-timestamp"), TimeUnit::Seconds)
        .signed("{ts}{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/event/type")),
    Confidence::OfficialCode,
    "discord/discord-interactions-js src/index.ts",
))
.waits(3)
.rejects_with(401)
.with_handshake(Challenge::DiscordPing)
.unconfirmed(&["delivery id", "event", "acknowledgement"])
.note("sends wrong signatures on purpose, and expects 401");

/// Dyte: the public key is published at a fixed address.
pub const DYTE: Listed = Listed::signed(Entry::new(
    "dyte",
    "Dyte",
    Scheme::public_key(Algorithm::RsaSha256, "dyte-signature")
        .delivery_id(Place::Header("dyte-webhook-id"))
        .event_name(Place::Json("/event")),
    Confidence::OfficialPage,
    "https://docs.dyte.io/guides/capabilities/webhooks/signatures",
))
.unconfirmed(&["delivery id", "event"])
.note("the public key is published at a fixed address");

/// Emailit.
pub const EMAILIT: Listed = Listed::signed(Entry::new(
    "emailit",
    "Emailit",
    Scheme::hmac_sha256("x-emailit-signature")
        .timestamp(Place::Header("x-emailit-timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "https://emailit.com/docs/webhooks/request-signature/",
));

/// EmailOctopus.
pub const EMAILOCTOPUS: Listed = Listed::signed(Entry::new(
    "emailoctopus",
    "EmailOctopus",
    Scheme::hmac_sha256("emailoctopus-signature").prefix("sha256="),
    Confidence::ThirdParty,
    "webhookdb/webhookdb lib/webhookdb/email_octopus.rb",
));

/// Fathom.
pub const FATHOM: Listed = Listed::signed(Entry::new(
    "fathom",
    "Fathom",
    standard_webhooks(),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/fathom-webhook-routing.ts",
))
.told_by_id();

/// Freshchat.
pub const FRESHCHAT: Listed = Listed::signed(Entry::new(
    "freshchat",
    "Freshchat",
    Scheme::public_key(Algorithm::RsaSha256, "x-freshchat-signature"),
    Confidence::ThirdParty,
    "via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"]);

/// Klaviyo: another source shows dates without a zone.
pub const KLAVIYO: Listed = Listed::signed(Entry::new(
    "klaviyo",
    "Klaviyo",
    Scheme::hmac_sha256("klaviyo-signature")
        .timestamp(Place::Header("klaviyo-timestamp"), TimeUnit::HttpDate)
        .signed("{body}{ts}")
        .delivery_id(Place::Header("klaviyo-webhook-id")),
    Confidence::ThirdParty,
    "https://developers.klaviyo.com/en/docs/working_with_system_webhooks via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id"])
.note("another source shows dates without a zone");

/// LINE Messaging.
pub const LINE: Listed = Listed::signed(Entry::new(
    "line",
    "LINE Messaging",
    Scheme::hmac_sha256("x-line-signature")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Json("/events/0/webhookEventId"))
        .event_name(Place::Json("/events/0/type")),
    Confidence::OfficialCode,
    "line/line-bot-sdk-python linebot/webhook.py",
))
.published()
.unconfirmed(&["delivery id"]);

/// LiveChat / Text: a secret in the body.
pub const LIVECHAT: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "livechat",
    "LiveChat / Text",
    Scheme::token("")
        .signature(Place::Json("/secret_key"))
        .delivery_id(Place::Json("/webhook_id"))
        .event_name(Place::Json("/action")),
    Confidence::ThirdParty,
    "https://platform.text.com/docs/management/webhooks",
))
.unconfirmed(&["delivery id", "event"])
.note("a secret in the body");

/// LiveKit: the key is the API secret; the token names the API key as its issuer.
pub const LIVEKIT: Listed = Listed::signed(Entry::new(
    "livekit",
    "LiveKit",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "authorization",
        // Its SDK lets the clocks differ by ten seconds.
        ClaimRules::new().leeway(10).body(BodyHash::new("sha256", HashEncoding::Base64)),
    )
    .delivery_id(Place::Json("/id"))
    .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "livekit/node-sdks WebhookReceiver.ts, AccessToken.ts",
))
.unconfirmed(&["delivery id", "event"])
.note("the key is the API secret; the token names the API key as its issuer");

/// Loops.
pub const LOOPS: Listed = Listed::signed(Entry::new(
    "loops",
    "Loops",
    standard_webhooks(),
    Confidence::ThirdParty,
    "https://loops.so/docs/webhooks",
))
.told_by_id();

/// Mailgun: the event is not signed: a token that is used once (a replay guard) is all that ties it to Mailgun.
pub const MAILGUN: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "mailgun",
    "Mailgun",
    Scheme::hmac_sha256("")
        .signature(Place::Json("/signature/signature"))
        .timestamp(Place::Json("/signature/timestamp"), TimeUnit::Seconds)
        .signed("{ts}{id}")
        .body_unsigned()
        .delivery_id(Place::Json("/signature/token"))
        .event_name(Place::Json("/event-data/event")),
    Confidence::ThirdParty,
    "gist igorrendulic/fd6c547b, skills.sh/hookdeck mailgun-webhooks",
))
.rejects_with(406)
.told_by_id()
.unconfirmed(&["acknowledgement"])
.note("the event is not signed: a token that is used once (a replay guard) is all that ties it to Mailgun");

/// Mailchimp Transactional (Mandrill): the address as it is registered is signed: set `public_url`.
pub const MANDRILL: Listed = Listed::signed(Entry::new(
    "mandrill",
    "Mailchimp Transactional (Mandrill)",
    Scheme::hmac_sha1("x-mandrill-signature")
        .encoding(Encoding::Base64)
        .signed("{url}{sorted-form}"),
    Confidence::ThirdParty,
    "gists aliang/2cfea1db, joost/6460736",
))
.with_handshake(Challenge::AnyOf(&[Challenge::Probe { methods: &["HEAD"] }, Challenge::EmptyPing]))
.unconfirmed(&["handshake", "event"])
.note("the address as it is registered is signed: set `public_url`");

/// Bird (MessageBird): the address is signed: set `public_url`.
pub const MESSAGEBIRD: Listed = Listed::signed(Entry::new(
    "messagebird",
    "Bird (MessageBird)",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "messagebird-signature-jwt",
        ClaimRules::new()
            .issuer("MessageBird")
            .leeway(1)
            .not_before(Presence::Required)
            .body(BodyHash::new("payload_hash", HashEncoding::Hex).absent(Absent::EmptyBody))
            .url_hash("url_hash"),
    )
    .delivery_id(Place::Claim("jti"))
    .methods(&["DELETE", "GET", "PATCH", "POST", "PUT"]),
    Confidence::OfficialCode,
    "messagebird/python-rest-api messagebird/request_validator.py",
))
.published()
.unconfirmed(&["delivery id", "event"])
.note("the address is signed: set `public_url`");

/// MessageBird legacy signed request: the digest of the body is signed, and the query in order.
pub const MESSAGEBIRD_LEGACY: Listed = Listed::signed(Entry::new(
    "messagebird-legacy",
    "MessageBird legacy signed request",
    Scheme::hmac_sha256("messagebird-signature")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("messagebird-request-timestamp"), TimeUnit::Seconds)
        .tolerance(10)
        .signed("{ts}\n{sorted-query}\n{body:sha256}")
        .methods(&["GET", "POST"]),
    Confidence::OfficialCode,
    "messagebird/python-rest-api messagebird/signed_request.py",
))
.published()
.unconfirmed(&["header"])
.note("the digest of the body is signed, and the query in order");

/// Microsoft Teams outgoing webhook: the answer of the handler is posted to the channel.
pub const MS_TEAMS_OUTGOING: Listed = Listed::signed(Entry::new(
    "ms-teams-outgoing",
    "Microsoft Teams outgoing webhook",
    Scheme::hmac_sha256("authorization")
        .encoding(Encoding::Base64)
        .framing(Framing::AuthScheme("HMAC"))
        .key(KeyForm::Base64)
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook",
))
.waits(5)
.told_by_id()
.unconfirmed(&["acknowledgement", "secret"])
.note("the answer of the handler is posted to the channel");

/// Mux.
pub const MUX: Listed = Listed::signed(Entry::new(
    "mux",
    "Mux",
    Scheme::hmac_sha256("mux-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "muxinc/mux-node-sdk src/resources/webhooks/webhooks.ts",
))
.unconfirmed(&["delivery id", "event"]);

/// Nylas v3: signs the body as it is sent, compressed or not.
pub const NYLAS: Listed = Listed::signed(Entry::new(
    "nylas",
    "Nylas v3",
    Scheme::hmac_sha256("x-nylas-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://developer.nylas.com/docs/v3/webhooks/",
))
.with_handshake(Challenge::QueryEcho { name: "challenge" })
.unconfirmed(&["delivery id"])
.note("signs the body as it is sent, compressed or not");

/// Plivo V2: the body is not signed: for new endpoints see `plivo`.
pub const PLIVO_V2: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "plivo-v2",
    "Plivo V2",
    Scheme::hmac_sha256("x-plivo-signature-v2")
        .encoding(Encoding::Base64)
        .signed("{url:no-query}{header:x-plivo-signature-v2-nonce}")
        .body_unsigned()
        .delivery_id(Place::Header("x-plivo-signature-v2-nonce")),
    Confidence::OfficialCode,
    "plivo/plivo-python plivo/utils/__init__.py",
))
.note("the body is not signed: for new endpoints see `plivo`");

/// Postmark.
pub const POSTMARK: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "postmark",
    "Postmark",
    Scheme::basic().event_name(Place::Json("/RecordType")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills postmark-webhooks",
))
.rejects_with(403)
.unconfirmed(&["event", "acknowledgement"]);

/// Pusher Channels: keys are named by a header: give the current ones.
pub const PUSHER: Listed = Listed::signed(Entry::new(
    "pusher",
    "Pusher Channels",
    Scheme::hmac_sha256("x-pusher-signature")
        .timestamp(Place::Json("/time_ms"), TimeUnit::Milliseconds)
        .event_name(Place::Json("/events/0/name")),
    Confidence::OfficialCode,
    "pusher/pusher-http-node lib/webhook.js",
))
.published()
.note("keys are named by a header: give the current ones");

/// Recall.ai.
pub const RECALL_AI: Listed = Listed::signed(Entry::new(
    "recall-ai",
    "Recall.ai",
    standard_webhooks(),
    Confidence::ThirdParty,
    "https://docs.recall.ai/docs/authenticating-requests-from-recallai",
))
.told_by_id();

/// Resend.
pub const RESEND: Listed = Listed::signed(Entry::new(
    "resend",
    "Resend",
    svix(),
    Confidence::ThirdParty,
    "https://resend.com/docs/dashboard/webhooks/introduction",
))
.not_secrets(&[("re_", "it is an API key: the webhook's signing secret begins with `whsec_`")])
.told_by_id();

/// RingCentral.
pub const RINGCENTRAL: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "ringcentral",
    "RingCentral",
    Scheme::token("verification-token")
        .delivery_id(Place::Json("/uuid"))
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks",
))
.with_handshake(Challenge::HeaderEcho { header: "validation-token", answer: "validation-token" })
.unconfirmed(&["delivery id", "event"]);

/// SendGrid Event Webhook: the secret is the public key in base64; bodies end in a line break, which is signed.
pub const SENDGRID: Listed = Listed::signed(Entry::new(
    "sendgrid",
    "SendGrid Event Webhook",
    Scheme::public_key(Algorithm::EcdsaP256Sha256, "x-twilio-email-event-webhook-signature")
        .timestamp(Place::Header("x-twilio-email-event-webhook-timestamp"), TimeUnit::Seconds)
        .signed("{ts}{body}")
        .delivery_id(Place::Json("/*/sg_event_id"))
        .event_name(Place::Json("/*/event")),
    Confidence::OfficialCode,
    "sendgrid/sendgrid-python sendgrid/helpers/eventwebhook",
))
.published()
.unconfirmed(&["delivery id", "event"])
.note("the secret is the public key in base64; bodies end in a line break, which is signed");

/// Sinch Conversation: signs a nonce as well.
pub const SINCH: Listed = Listed::signed(Entry::new(
    "sinch",
    "Sinch Conversation",
    Scheme::hmac_sha256("x-sinch-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("x-sinch-webhook-signature-timestamp"), TimeUnit::Seconds)
        .signed("{body}.{id}.{ts}")
        .delivery_id(Place::Header("x-sinch-webhook-signature-nonce")),
    Confidence::OfficialCode,
    "sinch .NET SDK tests WebhooksTests.cs, https://developers.sinch.com/docs/conversation/callbacks",
))
.published()
.told_by_id()
.note("signs a nonce as well");

/// Slack: commands and interactions come as forms; the signature is over the bytes all the same.
pub const SLACK: Listed = Listed::signed(Entry::new(
    "slack",
    "Slack",
    Scheme::hmac_sha256("x-slack-signature")
        .prefix("v0=")
        .timestamp(Place::Header("x-slack-request-timestamp"), TimeUnit::Seconds)
        .signed("v0:{ts}:{body}")
        .delivery_id(Place::Json("/event_id"))
        .event_name(Place::Json("/event/type")),
    Confidence::OfficialCode,
    "slackapi/python-slack-sdk slack_sdk/signature",
))
.published()
.waits(3)
.with_handshake(Challenge::JsonEcho {
    when: ("/type", "url_verification"),
    challenge: "/challenge",
})
.unconfirmed(&["acknowledgement", "delivery id"])
.note("commands and interactions come as forms; the signature is over the bytes all the same");

/// Stream (GetStream): signs the body before it is compressed.
pub const STREAM: Listed = Listed::signed(Entry::new(
    "stream",
    "Stream (GetStream)",
    Scheme::hmac_sha256("x-signature")
        .delivery_id(Place::Header("x-webhook-id"))
        .event_name(Place::Json("/type"))
        .signs(Covered::Plain),
    Confidence::OfficialCode,
    "GetStream/stream-chat-js src/signing.ts",
))
.unconfirmed(&["delivery id"])
.note("signs the body before it is compressed");

/// Telegram Bot API: a token, no signature.
pub const TELEGRAM: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "telegram",
    "Telegram Bot API",
    Scheme::token("x-telegram-bot-api-secret-token").delivery_id(Place::Json("/update_id")),
    Confidence::ThirdParty,
    "https://core.telegram.org/bots/api#setwebhook",
))
.unconfirmed(&["delivery id", "event"])
.note("a token, no signature");

/// Telnyx: the secret is the public key in base64.
pub const TELNYX: Listed = Listed::signed(Entry::new(
    "telnyx",
    "Telnyx",
    Scheme::public_key(Algorithm::Ed25519, "telnyx-signature-ed25519")
        .timestamp(Place::Header("telnyx-timestamp"), TimeUnit::Seconds)
        .signed("{ts}|{body}")
        .delivery_id(Place::Json("/data/id"))
        .event_name(Place::Json("/data/event_type")),
    Confidence::OfficialCode,
    "team-telnyx/telnyx-python src/telnyx/lib/webhook_verification.py",
))
.unconfirmed(&["delivery id", "event"])
.note("the secret is the public key in base64");

/// Twilio (form bodies): for form bodies; the address is signed: set `public_url`.
pub const TWILIO: Listed = Listed::signed(Entry::new(
    "twilio",
    "Twilio (form bodies)",
    Scheme::hmac_sha1("x-twilio-signature")
        .encoding(Encoding::Base64)
        .signed("{url}{sorted-form}")
        .delivery_id(Place::Header("i-twilio-idempotency-token")),
    Confidence::OfficialCode,
    "twilio/twilio-node src/webhooks/webhooks.ts",
))
.published()
.waits(15)
.unconfirmed(&["acknowledgement", "delivery id"])
.note("for form bodies; the address is signed: set `public_url`");

/// Twilio (other bodies): for all other bodies, which are bound by their digest in the address: set `public_url`.
pub const TWILIO_JSON: Listed = Listed::signed(Entry::new(
    "twilio-json",
    "Twilio (other bodies)",
    Scheme::hmac_sha1("x-twilio-signature")
        .encoding(Encoding::Base64)
        .signed("{url}")
        .body_digest(Place::Query("bodySHA256"))
        .delivery_id(Place::Header("i-twilio-idempotency-token")),
    Confidence::OfficialCode,
    "twilio/twilio-node src/webhooks/webhooks.ts",
))
.published()
.unconfirmed(&["delivery id"])
.note("for all other bodies, which are bound by their digest in the address: set `public_url`");

/// Viber: the key is the authentication token.
pub const VIBER: Listed = Listed::signed(Entry::new(
    "viber",
    "Viber",
    Scheme::hmac_sha256("x-viber-content-signature")
        .delivery_id(Place::Json("/message_token"))
        .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "Viber/viber-bot-python viberbot/api/api.py",
))
.unconfirmed(&["header", "delivery id", "event", "handshake"])
.note("the key is the authentication token");

/// Vonage: the hash of the body is optional: where it is there, it has to be right.
pub const VONAGE: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "vonage",
    "Vonage",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "authorization",
        ClaimRules::new()
            .expires(Presence::Optional)
            .max_age(300)
            .leeway(300)
            .body(BodyHash::new("payload_hash", HashEncoding::Hex).absent(Absent::Unbound)),
    )
        .framing(Framing::AuthScheme("Bearer"))
        .body_unsigned()
        .delivery_id(Place::Claim("jti"))
        .methods(&["GET", "POST"]),
    Confidence::OfficialCode,
    "Vonage/vonage-node-sdk packages/jwt, triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"])
.note("the hash of the body is optional: where it is there, it has to be right");

/// Cisco Webex.
pub const WEBEX: Listed = Listed::signed(Entry::new(
    "webex",
    "Cisco Webex",
    Scheme::hmac_sha1("x-spark-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/resource")),
    Confidence::ThirdParty,
    "https://developer.webex.com/messaging/docs/api/guides/webhooks",
))
.unconfirmed(&["delivery id", "event"]);

/// Whereby.
pub const WHEREBY: Listed = Listed::signed(Entry::new(
    "whereby",
    "Whereby",
    Scheme::hmac_sha256("whereby-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "https://docs.whereby.com/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
));

/// Xobni.
pub const XOBNI: Listed = Listed::signed(Entry::new(
    "xobni",
    "Xobni",
    Scheme::hmac_sha256("x-xobni-signature")
        .prefix("sha256=")
        .timestamp(Place::Header("x-xobni-timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Header("x-xobni-delivery"))
        .event_name(Place::Header("x-xobni-event")),
    Confidence::OfficialPage,
    "https://www.xobni.ai/docs/webhooks/security",
));

/// Zoom.
pub const ZOOM: Listed = Listed::signed(Entry::new(
    "zoom",
    "Zoom",
    Scheme::hmac_sha256("x-zm-signature")
        .prefix("v0=")
        .timestamp(Place::Header("x-zm-request-timestamp"), TimeUnit::Seconds)
        .signed("v0:{ts}:{body}")
        .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "zoom/webhook-sample index.js",
))
.waits(3)
.with_handshake(ZOOM_ASKS)
.unconfirmed(&["acknowledgement"]);
