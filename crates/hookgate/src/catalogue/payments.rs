//! Payments, banks, billing and accounting.

use super::entry::{Confidence, Entry, Listed};
use super::family::{standard_webhooks, svix};
use crate::decode::{RawBody, SenderOnly};
use crate::jwt::{BodyHash, ClaimRules, HashEncoding, Presence};
use crate::reply::FixedReply;
use crate::scheme::{Algorithm, Encoding, Framing, KeyForm, Place, Scheme, TimeUnit};

/// Adyen Banking/Management: the key is in hex; for payments see `adyen`.
pub const ADYEN_BANKING: Listed = Listed::signed(Entry::new(
    "adyen-banking",
    "Adyen Banking/Management",
    Scheme::hmac_sha256("hmacsignature")
        .encoding(Encoding::Base64)
        .key(KeyForm::Hex)
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "Adyen/adyen-node-api-library src/utils/hmacValidator.ts",
))
.published()
.unconfirmed(&["header"])
.note("the key is in hex; for payments see `adyen`");

/// Authorize.Net: the key is the signature key in hex.
pub const AUTHORIZE_NET: Listed = Listed::signed(Entry::new(
    "authorize-net",
    "Authorize.Net",
    Scheme::hmac_sha512("x-anet-signature")
        .prefix("sha512=")
        .key(KeyForm::Hex)
        .delivery_id(Place::Json("/notificationId"))
        .event_name(Place::Json("/eventType")),
    Confidence::ThirdParty,
    "https://developer.authorize.net/api/reference/features/webhooks.html",
))
.unconfirmed(&["delivery id", "event"])
.note("the key is the signature key in hex");

/// Brex.
pub const BREX: Listed = Listed::signed(Entry::new(
    "brex",
    "Brex",
    standard_webhooks().event_name(Place::Json("/event_type")),
    Confidence::ThirdParty,
    "https://developer.brex.com/docs/webhooks/ via trigger.dev examples brex-http-endpoint",
))
.told_by_id()
.unconfirmed(&["event"]);

/// Cashfree.
pub const CASHFREE: Listed = Listed::signed(Entry::new(
    "cashfree",
    "Cashfree",
    Scheme::hmac_sha256("x-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp(Place::Header("x-webhook-timestamp"), TimeUnit::Milliseconds)
        .signed("{ts}{body}")
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://www.cashfree.com/docs/payments/subscription/webhook-signature",
))
.unconfirmed(&["timestamp", "event"]);

/// Chargebee.
pub const CHARGEBEE: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "chargebee",
    "Chargebee",
    Scheme::basic().event_name(Place::Json("/event_type")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills chargebee-webhooks",
))
.unconfirmed(&["event"]);

/// Checkout.com.
pub const CHECKOUT_COM: Listed = Listed::signed(Entry::new(
    "checkout-com",
    "Checkout.com",
    Scheme::hmac_sha256("cko-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://checkout.com/docs/workflows/set-up-your-webhook-receiver",
))
.unconfirmed(&["delivery id", "event"]);

/// CHIP Collect: a public key for each webhook.
pub const CHIP: Listed = Listed::signed(Entry::new(
    "chip",
    "CHIP Collect",
    Scheme::public_key(Algorithm::RsaSha256, "x-signature"),
    Confidence::OfficialPage,
    "https://docs.chip-in.asia/chip-collect/overview/authentication",
))
.unconfirmed(&["delivery id", "event"])
.note("a public key for each webhook");

/// Coinbase Commerce.
pub const COINBASE_COMMERCE: Listed = Listed::signed(Entry::new(
    "coinbase-commerce",
    "Coinbase Commerce",
    Scheme::hmac_sha256("x-cc-webhook-signature")
        .delivery_id(Place::Json("/event/id"))
        .event_name(Place::Json("/event/type")),
    Confidence::OfficialCode,
    "coinbase/coinbase-commerce-node lib/Webhook.js",
))
.published()
.told_by_id();

/// Coinify.
pub const COINIFY: Listed = Listed::signed(Entry::new(
    "coinify",
    "Coinify",
    Scheme::hmac_sha256("x-coinify-webhook-signature").event_name(Place::Json("/event")),
    Confidence::OfficialPage,
    "https://coinify.readme.io/docs/webhook-signature",
))
.published()
.unconfirmed(&["event"]);

/// CryptAPI / BlockBee: keys of 1024 bits; its GET callbacks, which sign the address, are not in the catalogue.
pub const CRYPTAPI: Listed = Listed::signed(Entry::new(
    "cryptapi",
    "CryptAPI / BlockBee",
    Scheme::public_key(Algorithm::RsaSha256Short, "x-ca-signature"),
    Confidence::OfficialPage,
    "https://docs.cryptapi.io/webhooks/verify-webhook-signature",
))
.acknowledges(FixedReply::text("*ok*"))
.unconfirmed(&["delivery id", "event", "acknowledgement"])
.note("keys of 1024 bits; its GET callbacks, which sign the address, are not in the catalogue");

/// Dodo Payments.
pub const DODO_PAYMENTS: Listed = Listed::signed(Entry::new(
    "dodo-payments",
    "Dodo Payments",
    standard_webhooks(),
    Confidence::ThirdParty,
    "Hookflo/tern src/platforms",
))
.told_by_id();

/// Dwolla.
pub const DWOLLA: Listed = Listed::signed(Entry::new(
    "dwolla",
    "Dwolla",
    Scheme::hmac_sha256("x-request-signature-sha-256")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/topic")),
    Confidence::ThirdParty,
    "https://developers.dwolla.com/docs/balance/webhooks/process-validate",
))
.unconfirmed(&["delivery id", "event"]);

/// FastSpring.
pub const FASTSPRING: Listed = Listed::signed(Entry::new(
    "fastspring",
    "FastSpring",
    Scheme::hmac_sha256("x-fs-signature")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Json("/events/0/id"))
        .event_name(Place::Json("/events/0/type")),
    Confidence::ThirdParty,
    "https://developer.fastspring.com/docs/message-security",
))
.unconfirmed(&["delivery id", "event"]);

/// Finch: the secret is base64 without a prefix.
pub const FINCH: Listed = Listed::signed(Entry::new(
    "finch",
    "Finch",
    Scheme::hmac_sha256("finch-signature")
        .encoding(Encoding::Base64)
        .list(" ", ",", "v1")
        .key(KeyForm::Base64)
        .timestamp(Place::Header("finch-timestamp"), TimeUnit::Seconds)
        .signed("{id}.{ts}.{body}")
        .delivery_id(Place::Header("finch-event-id"))
        .event_name(Place::Json("/event_type")),
    Confidence::OfficialCode,
    "Finch-API/finch-api-python src/finch/resources/webhooks.py",
))
.published()
.told_by_id()
.unconfirmed(&["event"])
.note("the secret is base64 without a prefix");

/// Fireblocks (legacy).
pub const FIREBLOCKS_LEGACY: Listed = Listed::signed(Entry::new(
    "fireblocks-legacy",
    "Fireblocks (legacy)",
    Scheme::public_key(Algorithm::RsaSha512, "fireblocks-signature")
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://developers.fireblocks.com/reference/webhooks-gettingstarted-validatingevents",
))
.unconfirmed(&["delivery id", "event"]);

/// Flutterwave: a token, no signature; version 4 signs.
pub const FLUTTERWAVE: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "flutterwave",
    "Flutterwave",
    Scheme::token("verif-hash")
        .delivery_id(Place::Json("/data/id"))
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://developer.flutterwave.com/docs/webhooks",
))
.unconfirmed(&["delivery id", "event"])
.note("a token, no signature; version 4 signs");

/// Flutterwave v4.
pub const FLUTTERWAVE_V4: Listed = Listed::signed(Entry::new(
    "flutterwave-v4",
    "Flutterwave v4",
    Scheme::hmac_sha256("flutterwave-signature")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Json("/data/id"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "handlers of several third parties",
))
.unconfirmed(&["delivery id", "event"]);

/// GoCardless: the header has the name that Standard Webhooks uses, and another content; 498 is its own wish for wrong signatures.
pub const GOCARDLESS: Listed = Listed::signed(Entry::new(
    "gocardless",
    "GoCardless",
    Scheme::hmac_sha256("webhook-signature")
        .delivery_id(Place::Json("/meta/webhook_id"))
        .event_name(Place::Json("/events/0/resource_type")),
    Confidence::OfficialCode,
    "gocardless/gocardless-pro-python gocardless_pro/webhooks.py",
))
.published()
.rejects_with(498)
.unconfirmed(&["delivery id", "event"])
.note("the header has the name that Standard Webhooks uses, and another content; 498 is its own wish for wrong signatures");

/// Increase.
pub const INCREASE: Listed = Listed::signed(Entry::new(
    "increase",
    "Increase",
    Scheme::hmac_sha256("increase-webhook-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Rfc3339)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/category")),
    Confidence::ThirdParty,
    "webhookdb/webhookdb lib/webhookdb/increase.rb",
))
.unconfirmed(&["delivery id", "event"]);

/// Integrated Finance: the public key is named by a header: give the current ones.
pub const INTEGRATED_FINANCE: Listed = Listed::signed(Entry::new(
    "integrated-finance",
    "Integrated Finance",
    Scheme::public_key(Algorithm::Ed25519, "x-webhook-signature")
        .timestamp(Place::Header("x-webhook-request-timestamp"), TimeUnit::Rfc3339)
        .signed("{body:sha512-base64}|{header:x-webhook-event-id}|{header:x-webhook-event-timestamp}|{header:x-webhook-request-id}|{ts}|{header:x-webhook-key-version}")
        .delivery_id(Place::Header("x-webhook-event-id")),
    Confidence::OfficialPage,
    "https://developer.integrated.finance/docs/webhook-authentication",
))
.unconfirmed(&["delivery id", "event"])
.note("the public key is named by a header: give the current ones");

/// Klarna: the hex encoding is assumed; keys are named by a header: give the current ones.
pub const KLARNA: Listed = Listed::signed(Entry::new(
    "klarna",
    "Klarna",
    Scheme::hmac_sha256("klarna-signature"),
    Confidence::ThirdParty,
    "via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["signature"])
.note("the hex encoding is assumed; keys are named by a header: give the current ones");

/// Lithic.
pub const LITHIC: Listed = Listed::signed(Entry::new(
    "lithic",
    "Lithic",
    standard_webhooks(),
    Confidence::OfficialCode,
    "lithic-com/lithic-python src/lithic/resources/webhooks.py",
))
.published()
.told_by_id();

/// Mercado Pago: the body is not signed: ask the API for the payment that `data.id` names.
pub const MERCADO_PAGO: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "mercado-pago",
    "Mercado Pago",
    Scheme::hmac_sha256("x-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("ts"), TimeUnit::SecondsOrMilliseconds)
        .signed("{?id:{query-lower:data.id};?}{?request-id:{header:x-request-id};?}ts:{ts};")
        .body_unsigned()
        .delivery_id(Place::Header("x-request-id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://mercadopago.com.mx/developers/en/docs (notifications), webhook-co/webhook provider configs",
))
.note("the body is not signed: ask the API for the payment that `data.id` names");

/// Modern Treasury.
pub const MODERN_TREASURY: Listed = Listed::signed(Entry::new(
    "modern-treasury",
    "Modern Treasury",
    Scheme::hmac_sha256("x-signature")
        .delivery_id(Place::Header("x-webhook-id"))
        .event_name(Place::Header("x-topic")),
    Confidence::OfficialCode,
    "Modern-Treasury/modern-treasury-node src/resources/webhooks.ts",
))
.published()
.unconfirmed(&["delivery id", "event"]);

/// Mollie (next-gen): the older webhooks are not signed: ask the API for the payment.
pub const MOLLIE: Listed = Listed::signed(Entry::new(
    "mollie",
    "Mollie (next-gen)",
    Scheme::hmac_sha256("x-mollie-signature")
        .signature(Place::RepeatedHeader("x-mollie-signature"))
        .prefix("sha256=")
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "mollie/mollie-api-php src/Webhooks/SignatureValidator.php",
))
.note("the older webhooks are not signed: ask the API for the payment");

/// Moneybird.
pub const MONEYBIRD: Listed = Listed::signed(Entry::new(
    "moneybird",
    "Moneybird",
    Scheme::hmac_sha256("moneybird-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "https://developer.moneybird.com/webhooks/verifying-signatures",
));

/// NMI (subscriptions).
pub const NMI: Listed = Listed::signed(Entry::new(
    "nmi",
    "NMI (subscriptions)",
    Scheme::hmac_sha256("signature"),
    Confidence::OfficialPage,
    "https://docs.nmi.com/reference/subscriptions",
));

/// Orb: dates without a zone, which are UTC.
pub const ORB: Listed = Listed::signed(Entry::new(
    "orb",
    "Orb",
    Scheme::hmac_sha256("x-orb-signature")
        .list(" ", "=", "v1")
        .timestamp(Place::Header("x-orb-timestamp"), TimeUnit::Rfc3339OrUtc)
        .signed("v1:{ts}:{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "orbcorp/orb-python src/orb/resources/webhooks.py",
))
.published()
.told_by_id()
.note("dates without a zone, which are UTC");

/// Paddle Billing: its own SDK allows 5 seconds: keep the clock right, or set a tolerance.
pub const PADDLE: Listed = Listed::signed(Entry::new(
    "paddle",
    "Paddle Billing",
    Scheme::hmac_sha256("paddle-signature")
        .list(";", "=", "h1")
        .timestamp(Place::SignatureField("ts"), TimeUnit::Seconds)
        .tolerance(5)
        .signed("{ts}:{body}")
        .delivery_id(Place::Json("/event_id"))
        .event_name(Place::Json("/event_type")),
    Confidence::OfficialCode,
    "PaddleHQ/paddle-node-sdk src/notifications/helpers/webhooks-validator.ts",
))
.published()
.unconfirmed(&["delivery id", "event"])
.note("its own SDK allows 5 seconds: keep the clock right, or set a tolerance");

/// Paystack: the key is the API secret key.
pub const PAYSTACK: Listed = Listed::signed(Entry::new(
    "paystack",
    "Paystack",
    Scheme::hmac_sha512("x-paystack-signature").event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://paystack.com/docs/payments/webhooks (skills.sh excerpt)",
))
.note("the key is the API secret key");

/// Plaid: keys are JWKs that the API has for the `kid` of a token: `.keys_from(..)` asks for them, or give the current one.
pub const PLAID: Listed = Listed::signed(Entry::new(
    "plaid",
    "Plaid",
    Scheme::jwt(
        Algorithm::JwtEs256,
        "plaid-verification",
        ClaimRules::new()
            .expires(Presence::Optional)
            .max_age(300)
            .leeway(300)
            .body(BodyHash::new("request_body_sha256", HashEncoding::Hex)),
    )
        .event_name(Place::Json("/webhook_type")),
    Confidence::OfficialPage,
    "https://plaid.com/docs/api/webhooks/webhook-verification/",
))
.unconfirmed(&["delivery id", "event"])
.note("keys are JWKs that the API has for the `kid` of a token: `.keys_from(..)` asks for them, or give the current one");

/// Pleo: said to sign as Svix does.
pub const PLEO: Listed = Listed::signed(Entry::new(
    "pleo",
    "Pleo",
    svix(),
    Confidence::ThirdParty,
    "svix/svix-webhooks rust/src/models/ingest_source_in.rs (SvixConfig)",
))
.told_by_id()
.note("said to sign as Svix does");

/// Polar: the key is the text of the whole secret, not what it encodes.
pub const POLAR: Listed = Listed::signed(Entry::new(
    "polar",
    "Polar",
    standard_webhooks().key(KeyForm::Text),
    Confidence::OfficialCode,
    "polarsource/polar-js src/webhooks.ts:140",
))
.told_by_id()
.note("the key is the text of the whole secret, not what it encodes");

/// Qonto.
pub const QONTO: Listed = Listed::signed(Entry::new(
    "qonto",
    "Qonto",
    Scheme::hmac_sha256("x-qonto-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "https://docs.qonto.com/api-reference/business-api/webhooks/overview",
))
.waits(1);

/// Intuit QuickBooks.
pub const QUICKBOOKS: Listed = Listed::signed(Entry::new(
    "quickbooks",
    "Intuit QuickBooks",
    Scheme::hmac_sha256("intuit-signature")
        .encoding(Encoding::Base64)
        .event_name(Place::Json("/eventNotifications/0/dataChangeEvent/entities/0/operation")),
    Confidence::ThirdParty,
    "gist gregawoods/67fde888, gist jstacoder/180925be",
))
.waits(3)
.unconfirmed(&["acknowledgement", "event"]);

/// Ramp.
pub const RAMP: Listed = Listed::signed(Entry::new(
    "ramp",
    "Ramp",
    Scheme::hmac_sha256("x-ramp-signature"),
    Confidence::ThirdParty,
    "https://docs.ramp.com/developer-api/v1/webhooks",
));

/// Razorpay.
pub const RAZORPAY: Listed = Listed::signed(Entry::new(
    "razorpay",
    "Razorpay",
    Scheme::hmac_sha256("x-razorpay-signature")
        .delivery_id(Place::Header("x-razorpay-event-id"))
        .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "razorpay/razorpay-node lib/utils/razorpay-utils.js",
))
.published();

/// Recurly: webhooks in XML are not signed; sources disagree on seconds and milliseconds.
pub const RECURLY: Listed = Listed::signed(Entry::new(
    "recurly",
    "Recurly",
    Scheme::hmac_sha256("recurly-signature")
        .framing(Framing::Positional { items: ",", first: 1 })
        .timestamp(Place::SignatureField("0"), TimeUnit::Milliseconds)
        .signed("{ts}.{body}"),
    Confidence::ThirdParty,
    "https://docs.recurly.com/recurly-subscriptions/docs/signature-verification, webhook-co/webhook provider configs",
))
.note("webhooks in XML are not signed; sources disagree on seconds and milliseconds");

/// RevenueCat: signatures have to be switched on; else it sends a fixed Authorization header.
pub const REVENUECAT: Listed = Listed::signed(Entry::new(
    "revenuecat",
    "RevenueCat",
    Scheme::hmac_sha256("x-revenuecat-webhook-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/event/id"))
        .event_name(Place::Json("/event/type")),
    Confidence::ThirdParty,
    "https://www.revenuecat.com/docs/integrations/webhooks via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"])
.note("signatures have to be switched on; else it sends a fixed Authorization header");

/// Sellsy: a plain hash that begins with the secret: whoever sees one can sign longer bodies.
pub const SELLSY: Listed = Listed::signed(Entry::new(
    "sellsy",
    "Sellsy",
    Scheme::hmac_sha256("x-webhook-signature").algorithm(Algorithm::Sha1).signed("{secret}{body}"),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/sellsy-webhook-routing.ts",
))
.note("a plain hash that begins with the secret: whoever sees one can sign longer bodies");

/// Square: the address as it is registered is signed: set `public_url`.
pub const SQUARE: Listed = Listed::signed(Entry::new(
    "square",
    "Square",
    Scheme::hmac_sha256("x-square-hmacsha256-signature")
        .encoding(Encoding::Base64)
        .signed("{url}{body}")
        .delivery_id(Place::Json("/event_id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "square/square-nodejs-sdk src/wrapper/WebhooksHelper.ts",
))
.published()
.unconfirmed(&["delivery id"])
.note("the address as it is registered is signed: set `public_url`");

/// Stripe: the key is the text of the whole secret, `whsec_` included.
pub const STRIPE: Listed = Listed::signed(Entry::new(
    "stripe",
    "Stripe",
    Scheme::hmac_sha256("stripe-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "stripe/stripe-node src/Webhooks.ts",
))
.told_by_id()
.unconfirmed(&["acknowledgement"])
.not_secrets(&[
    ("sk_", "it is an API key: the endpoint's signing secret begins with `whsec_`"),
    ("rk_", "it is a restricted API key: the endpoint's signing secret begins with `whsec_`"),
    ("pk_", "it is a publishable key: the endpoint's signing secret begins with `whsec_`"),
])
.note("the key is the text of the whole secret, `whsec_` included");

/// Wise: the public key is the same for all, one for each environment.
pub const WISE: Listed = Listed::signed(Entry::new(
    "wise",
    "Wise",
    Scheme::public_key(Algorithm::RsaSha256, "x-signature-sha256")
        .delivery_id(Place::Header("x-delivery-id"))
        .event_name(Place::Json("/event_type")),
    Confidence::OfficialCode,
    "transferwise/digital-signatures-examples verify-webhook-signature",
))
.unconfirmed(&["delivery id", "event"])
.note("the public key is the same for all, one for each environment");

/// Worldpay Access: the hex encoding is assumed.
pub const WORLDPAY_ACCESS: Listed = Listed::signed(Entry::new(
    "worldpay-access",
    "Worldpay Access",
    Scheme::hmac_sha256("event-signature")
        .framing(Framing::Parts {
            items: ",",
            parts: "/",
            signature: 2,
            algorithm: Some((1, "SHA256")),
        })
        .delivery_id(Place::Json("/eventId")),
    Confidence::OfficialPage,
    "https://developer.worldpay.com/products/access/events/signature/",
))
.unconfirmed(&["delivery id"])
.note("the hex encoding is assumed");

/// Xendit.
pub const XENDIT: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "xendit",
    "Xendit",
    Scheme::token("x-callback-token")
        .delivery_id(Place::Header("webhook-id"))
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "handlers of several third parties",
))
.unconfirmed(&["delivery id", "event"]);

/// Xero: tries wrong signatures too, and expects 401.
pub const XERO: Listed = Listed::signed(Entry::new(
    "xero",
    "Xero",
    Scheme::hmac_sha256("x-xero-signature")
        .encoding(Encoding::Base64)
        .event_name(Place::Json("/events/0/eventType")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/xero-webhook-routing.ts",
))
.waits(5)
.rejects_with(401)
.unconfirmed(&["acknowledgement"])
.note("tries wrong signatures too, and expects 401");

/// Zoho Payments.
pub const ZOHO_PAYMENTS: Listed = Listed::signed(Entry::new(
    "zoho-payments",
    "Zoho Payments",
    Scheme::hmac_sha256("x-zoho-webhook-signature")
        .list(",", "=", "v")
        .timestamp(Place::SignatureField("t"), TimeUnit::Milliseconds)
        .signed("{ts}.{body}"),
    Confidence::OfficialPage,
    "https://zoho.com/in/payments/developerdocs/webhooks/verification",
))
.waits(15);
