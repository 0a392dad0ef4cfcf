//! Customers, calendars, forms and staff.

use super::entry::{Confidence, Entry, Listed};
use super::family::standard_webhooks;
use crate::decode::{RawBody, SenderOnly};
use crate::handshake::Challenge;
use crate::jwt::{Audience, ClaimRules};
use crate::scheme::{Algorithm, Encoding, KeyForm, Place, Scheme, TimeUnit};

/// Acuity Scheduling: the key is the API key.
pub const ACUITY: Listed = Listed::signed(Entry::new(
    "acuity",
    "Acuity Scheduling",
    Scheme::hmac_sha256("x-acuity-signature")
        .encoding(Encoding::Base64)
        .event_name(Place::Form("action")),
    Confidence::ThirdParty,
    "https://developers.acuityscheduling.com/docs/webhooks",
))
.unconfirmed(&["event"])
.note("the key is the API key");

/// Attio: another source has the header `x-attio-signature`; both are sent.
pub const ATTIO: Listed = Listed::signed(Entry::new(
    "attio",
    "Attio",
    Scheme::hmac_sha256("attio-signature").event_name(Place::Json("/events/0/event_type")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/attio-webhook-routing.ts",
))
.note("another source has the header `x-attio-signature`; both are sent");

/// Autotask PSA: the prefix is not confirmed.
pub const AUTOTASK: Listed = Listed::signed(Entry::new(
    "autotask",
    "Autotask PSA",
    Scheme::hmac_sha1("x-hook-signature").encoding(Encoding::Base64).prefix("sha1="),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/autotask-webhook-routing.ts",
))
.unconfirmed(&["signature"])
.note("the prefix is not confirmed");

/// Cal.com.
pub const CAL_COM: Listed = Listed::signed(Entry::new(
    "cal-com",
    "Cal.com",
    Scheme::hmac_sha256("x-cal-signature-256").event_name(Place::Json("/triggerEvent")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/cal-com-webhook-routing.ts",
));

/// Calendly.
pub const CALENDLY: Listed = Listed::signed(Entry::new(
    "calendly",
    "Calendly",
    Scheme::hmac_sha256("calendly-webhook-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures, NangoHQ/nango packages/server/lib/webhook/calendly-webhook-routing.ts",
));

/// Close CRM: the key is in hex.
pub const CLOSE: Listed = Listed::signed(Entry::new(
    "close",
    "Close CRM",
    Scheme::hmac_sha256("close-sig-hash")
        .key(KeyForm::Hex)
        .timestamp(Place::Header("close-sig-timestamp"), TimeUnit::Seconds)
        .signed("{ts}{body}")
        .delivery_id(Place::Json("/event/id"))
        .event_name(Place::Json("/event/action")),
    Confidence::ThirdParty,
    "https://developer.close.com/topics/webhooks/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id"])
.note("the key is in hex");

/// ConnectWise PSA: the key is the SHA-256 of the secret.
pub const CONNECTWISE: Listed = Listed::signed(Entry::new(
    "connectwise",
    "ConnectWise PSA",
    Scheme::hmac_sha256("x-content-signature")
        .encoding(Encoding::Base64)
        .key(KeyForm::Sha256OfText),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/connectwise-psa-webhook-routing.ts",
))
.note("the key is the SHA-256 of the secret");

/// folk.
pub const FOLK: Listed = Listed::signed(Entry::new(
    "folk",
    "folk",
    standard_webhooks(),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/folk-webhook-routing.ts",
))
.told_by_id();

/// Front.
pub const FRONT: Listed = Listed::signed(Entry::new(
    "front",
    "Front",
    Scheme::hmac_sha256("x-front-signature")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("x-front-request-timestamp"), TimeUnit::Milliseconds)
        .signed("{ts}:{body}")
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "webhookdb/webhookdb lib/webhookdb/front.rb",
))
.with_handshake(Challenge::SignedHeaderToJson { header: "x-front-challenge", name: "challenge" })
.unconfirmed(&["event"]);

/// Help Scout.
pub const HELPSCOUT: Listed = Listed::signed(Entry::new(
    "helpscout",
    "Help Scout",
    Scheme::hmac_sha1("x-helpscout-signature")
        .encoding(Encoding::Base64)
        .event_name(Place::Header("x-helpscout-event")),
    Confidence::ThirdParty,
    "https://developer.helpscout.com/webhooks/",
))
.unconfirmed(&["event"]);

/// HighLevel (RSA): the header that is gone since July 2026; take `HIGHLEVEL_ED25519`.
pub const HIGHLEVEL: Listed = Listed::signed(Entry::new(
    "highlevel",
    "HighLevel (RSA)",
    Scheme::public_key(Algorithm::RsaSha256, "x-wh-signature")
        .delivery_id(Place::Json("/webhookId"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide",
))
.unconfirmed(&["delivery id", "event"])
.note("gone since July 2026: take `HIGHLEVEL_ED25519`");

/// HighLevel (GoHighLevel): the public key is the same for all.
pub const HIGHLEVEL_ED25519: Listed = Listed::signed(Entry::new(
    "highlevel-ed25519",
    "HighLevel (GoHighLevel)",
    Scheme::public_key(Algorithm::Ed25519, "x-ghl-signature")
        .delivery_id(Place::Json("/webhookId"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide",
))
.unconfirmed(&["delivery id", "event"])
.note("the public key is the same for all");

/// HubSpot signature v1: a plain hash that begins with the secret: whoever sees one can sign longer bodies; prefer v3.
pub const HUBSPOT_V1: Listed = Listed::signed(Entry::new(
    "hubspot-v1",
    "HubSpot signature v1",
    Scheme::hmac_sha256("x-hubspot-signature")
        .algorithm(Algorithm::Sha256)
        .signed("{secret}{body}")
        .delivery_id(Place::Json("/0/eventId"))
        .event_name(Place::Json("/0/subscriptionType")),
    Confidence::OfficialCode,
    "HubSpot/hubspot-api-nodejs src/utils/signature.ts",
))
.published()
.note(
    "a plain hash that begins with the secret: whoever sees one can sign longer bodies; prefer v3",
);

/// HubSpot signature v2: as v1, with the address: set `public_url`; prefer v3.
pub const HUBSPOT_V2: Listed = Listed::signed(Entry::new(
    "hubspot-v2",
    "HubSpot signature v2",
    Scheme::hmac_sha256("x-hubspot-signature")
        .algorithm(Algorithm::Sha256)
        .signed("{secret}{method}{url}{body}")
        .delivery_id(Place::Json("/0/eventId"))
        .event_name(Place::Json("/0/subscriptionType"))
        .methods(&["GET", "POST"]),
    Confidence::OfficialCode,
    "HubSpot/hubspot-api-nodejs src/utils/signature.ts",
))
.published()
.note("as v1, with the address: set `public_url`; prefer v3");

/// HubSpot signature v3: the address is signed, with some characters decoded: set `public_url` to that form.
pub const HUBSPOT_V3: Listed = Listed::signed(Entry::new(
    "hubspot-v3",
    "HubSpot signature v3",
    Scheme::hmac_sha256("x-hubspot-signature-v3")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("x-hubspot-request-timestamp"), TimeUnit::Milliseconds)
        .signed("{method}{url}{body}{ts}")
        .delivery_id(Place::Json("/0/eventId"))
        .event_name(Place::Json("/0/subscriptionType")),
    Confidence::OfficialCode,
    "HubSpot/hubspot-api-nodejs src/utils/signature.ts",
))
.note("the address is signed, with some characters decoded: set `public_url` to that form");

/// Intercom: the key is the client secret.
pub const INTERCOM: Listed = Listed::signed(Entry::new(
    "intercom",
    "Intercom",
    Scheme::hmac_sha1("x-hub-signature")
        .prefix("sha1=")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/topic")),
    Confidence::ThirdParty,
    "webhookdb/webhookdb lib/webhookdb/intercom.rb",
))
.with_handshake(Challenge::Probe { methods: &["HEAD"] })
.unconfirmed(&["handshake", "delivery id"])
.note("the key is the client secret");

/// Jobber.
pub const JOBBER: Listed = Listed::signed(Entry::new(
    "jobber",
    "Jobber",
    Scheme::hmac_sha256("x-jobber-hmac-sha256")
        .encoding(Encoding::Base64)
        .event_name(Place::Json("/data/webHookEvent/topic")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/jobber-webhook-routing.ts",
))
.unconfirmed(&["event"]);

/// JobDiva.
pub const JOBDIVA: Listed = Listed::signed(Entry::new(
    "jobdiva",
    "JobDiva",
    Scheme::hmac_sha1("x-hub-signature"),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/jobdiva-webhook-routing.ts",
));

/// monday.com: nothing binds the body; the audience is the address: set `public_url`; the key is the signing secret of the app.
pub const MONDAY: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "monday",
    "monday.com",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "authorization",
        ClaimRules::new().audience(Audience::Url),
    )
        .body_unsigned()
        .event_name(Place::Json("/event/type")),
    Confidence::OfficialPage,
    "https://developer.monday.com/apps/docs/authorization-header",
))
.with_handshake(Challenge::JsonMirror { name: "challenge" })
.unconfirmed(&["delivery id", "event"])
.note("nothing binds the body; the audience is the address: set `public_url`; the key is the signing secret of the app");

/// OnceHub.
pub const ONCEHUB: Listed = Listed::signed(Entry::new(
    "oncehub",
    "OnceHub",
    Scheme::hmac_sha256("oncehub-signature")
        .list(",", "=", "s")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "scheduleonce/developer-center docs/Webhooks/webhook-signatures.md",
));

/// OpnForm.
pub const OPNFORM: Listed = Listed::signed(Entry::new(
    "opnform",
    "OpnForm",
    Scheme::hmac_sha256("x-webhook-signature").prefix("sha256="),
    Confidence::OfficialPage,
    "https://docs.opnform.com/api-reference/integrations/webhook-security.md",
));

/// Pipedrive.
pub const PIPEDRIVE: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "pipedrive",
    "Pipedrive",
    Scheme::basic().event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developers.pipedrive.com/docs/api/v1/Webhooks",
))
.unconfirmed(&["event"]);

/// SavvyCal.
pub const SAVVYCAL: Listed = Listed::signed(Entry::new(
    "savvycal",
    "SavvyCal",
    Scheme::hmac_sha256("x-savvycal-signature").prefix("sha256="),
    Confidence::ThirdParty,
    "https://savvycal.com/docs/api/webhooks/",
));

/// Segment: of a batch only the first event is signed.
pub const SEGMENT: Listed = Listed::signed(Entry::new(
    "segment",
    "Segment",
    Scheme::hmac_sha1("x-signature")
        .delivery_id(Place::Json("/messageId"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "https://segment.com/docs/connections/destinations/catalog/actions-webhook/",
))
.unconfirmed(&["delivery id"])
.note("of a batch only the first event is signed");

/// Tally.
pub const TALLY: Listed = Listed::signed(Entry::new(
    "tally",
    "Tally",
    Scheme::hmac_sha256("tally-signature")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Json("/eventId"))
        .event_name(Place::Json("/eventType")),
    Confidence::ThirdParty,
    "https://tally.so/help/webhooks",
))
.unconfirmed(&["delivery id", "event"]);

/// Typeform: base64 behind `sha256=`.
pub const TYPEFORM: Listed = Listed::signed(Entry::new(
    "typeform",
    "Typeform",
    Scheme::hmac_sha256("typeform-signature")
        .encoding(Encoding::Base64)
        .prefix("sha256=")
        .delivery_id(Place::Json("/event_id"))
        .event_name(Place::Json("/event_type")),
    Confidence::ThirdParty,
    "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
))
.unconfirmed(&["delivery id"])
.note("base64 behind `sha256=`");

/// Zendesk.
pub const ZENDESK: Listed = Listed::signed(Entry::new(
    "zendesk",
    "Zendesk",
    Scheme::hmac_sha256("x-zendesk-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("x-zendesk-webhook-signature-timestamp"), TimeUnit::Rfc3339)
        .signed("{ts}{body}")
        .delivery_id(Place::Header("x-zendesk-webhook-invocation-id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://developer.zendesk.com/documentation/webhooks/verifying/",
))
.unconfirmed(&["delivery id", "event"]);
