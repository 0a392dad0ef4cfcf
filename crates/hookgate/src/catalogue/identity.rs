//! Identity, its proof, and services that send for others.

use super::entry::{Confidence, Entry, Listed};
use super::family::{standard_webhooks, svix};
use crate::decode::{RawBody, SenderOnly};
use crate::handshake::Challenge;
use crate::jwt::{BodyHash, ClaimRules, HashEncoding, Presence};
use crate::scheme::{Algorithm, Framing, Place, Scheme, TimeUnit};

/// Auth0 custom webhook log stream: the value that was chosen for the Authorization header.
pub const AUTH0_LOGS: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "auth0-logs",
    "Auth0 custom webhook log stream",
    Scheme::token("authorization")
        .delivery_id(Place::Json("/0/log_id"))
        .event_name(Place::Json("/0/data/type")),
    Confidence::ThirdParty,
    "https://auth0.com/docs/customize/log-streams/custom-log-streams",
))
.unconfirmed(&["delivery id", "event"])
.note("the value that was chosen for the Authorization header");

/// Checkr: the key is the API key.
pub const CHECKR: Listed = Listed::signed(Entry::new(
    "checkr",
    "Checkr",
    Scheme::hmac_sha256("x-checkr-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "checkr/webhook-verification-examples",
))
.published()
.unconfirmed(&["delivery id", "event"])
.note("the key is the API key");

/// Clerk.
pub const CLERK: Listed = Listed::signed(Entry::new(
    "clerk",
    "Clerk",
    svix(),
    Confidence::ThirdParty,
    "https://clerk.com/docs/guides/development/webhooks/overview",
))
.not_secrets(&[
    ("sk_", "it is an API key: the endpoint's signing secret begins with `whsec_`"),
    ("pk_", "it is a publishable key: the endpoint's signing secret begins with `whsec_`"),
])
.told_by_id();

/// FusionAuth: the algorithm can be changed in the account: then change it here too.
pub const FUSIONAUTH: Listed = Listed::signed(Entry::new(
    "fusionauth",
    "FusionAuth",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "x-fusionauth-signature-jwt",
        ClaimRules::new()
            .expires(Presence::Optional)
            .body(BodyHash::new("request_body_sha256", HashEncoding::Base64)),
    )
    .delivery_id(Place::Json("/event/id"))
    .event_name(Place::Json("/event/type")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills fusionauth-webhooks",
))
.unconfirmed(&["delivery id", "event"])
.note("the algorithm can be changed in the account: then change it here too");

/// Microsoft Graph: a token in each notification, all of which have to be right.
pub const MS_GRAPH: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "ms-graph",
    "Microsoft Graph",
    Scheme::token("")
        .signature(Place::Json("/value/*/clientState"))
        .delivery_id(Place::Json("/value/*/id"))
        .event_name(Place::Json("/value/*/changeType")),
    Confidence::OfficialPage,
    "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
))
.with_handshake(Challenge::PostQueryEcho { name: "validationToken" })
.unconfirmed(&["delivery id", "event"])
.note("a token in each notification, all of which have to be right");

/// Okta event hooks: the value that was chosen for the Authorization header.
pub const OKTA: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "okta",
    "Okta event hooks",
    Scheme::token("authorization")
        .delivery_id(Place::Json("/eventId"))
        .event_name(Place::Json("/data/events/0/eventType")),
    Confidence::ThirdParty,
    "https://developer.okta.com/docs/concepts/event-hooks/",
))
.with_handshake(Challenge::HeaderToJson {
    header: "x-okta-verification-challenge",
    name: "verification",
})
.unconfirmed(&["delivery id", "event"])
.note("the value that was chosen for the Authorization header");

/// Onfido: the name of the header is not confirmed.
pub const ONFIDO: Listed = Listed::signed(Entry::new(
    "onfido",
    "Onfido",
    Scheme::hmac_sha256("x-sha2-signature").event_name(Place::Json("/payload/action")),
    Confidence::OfficialCode,
    "onfido/onfido-python onfido/webhook_event_verifier.py",
))
.published()
.unconfirmed(&["header"])
.note("the name of the header is not confirmed");

/// Persona: several groups of signatures while keys are changed.
pub const PERSONA: Listed = Listed::signed(Entry::new(
    "persona",
    "Persona",
    Scheme::hmac_sha256("persona-signature")
        .framing(Framing::Groups { groups: " ", items: ",", pair: "=", name: "v1" })
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/data/id"))
        .event_name(Place::Json("/data/attributes/name")),
    Confidence::ThirdParty,
    "skills.sh/hookdeck persona-webhooks",
))
.unconfirmed(&["delivery id", "event"])
.note("several groups of signatures while keys are changed");

/// Standard Webhooks: services that sign as the specification says, under its own header names.
pub const STANDARD_WEBHOOKS: Listed = Listed::signed(Entry::new(
    "standard-webhooks",
    "Standard Webhooks",
    standard_webhooks(),
    Confidence::OfficialCode,
    "standard-webhooks/standard-webhooks spec/standard-webhooks.md",
))
.published()
.waits(15)
.told_by_id()
.note("services that sign as the specification says, under its own header names");

/// Standard Webhooks (Ed25519): the secret is the public key that begins with `whpk_`.
pub const STANDARD_WEBHOOKS_ED25519: Listed = Listed::signed(Entry::new(
    "standard-webhooks-ed25519",
    "Standard Webhooks (Ed25519)",
    Scheme::public_key(Algorithm::Ed25519, "webhook-signature")
        .list(" ", ",", "v1a")
        .timestamp(Place::Header("webhook-timestamp"), TimeUnit::Seconds)
        .signed("{id}.{ts}.{body}")
        .delivery_id(Place::Header("webhook-id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "standard-webhooks/standard-webhooks spec/standard-webhooks.md",
))
.waits(15)
.told_by_id()
.note("the secret is the public key that begins with `whpk_`");

/// Stytch: said to sign as Svix does.
pub const STYTCH: Listed = Listed::signed(Entry::new(
    "stytch",
    "Stytch",
    svix(),
    Confidence::ThirdParty,
    "svix/svix-webhooks rust/src/models/ingest_source_in.rs (SvixConfig)",
))
.told_by_id()
.note("said to sign as Svix does");

/// Sumsub: the algorithm can be changed in the account: then change it here too.
pub const SUMSUB: Listed = Listed::signed(Entry::new(
    "sumsub",
    "Sumsub",
    Scheme::hmac_sha256("x-payload-digest")
        .delivery_id(Place::Json("/correlationId"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialPage,
    "https://docs.sumsub.com/docs/webhook-manager",
))
.waits(5)
.unconfirmed(&["header", "delivery id", "event"])
.note("the algorithm can be changed in the account: then change it here too");

/// Supabase Auth HTTP hooks: the secret is pasted whole, with `v1,whsec_` in front.
pub const SUPABASE_AUTH_HOOKS: Listed = Listed::signed(Entry::new(
    "supabase-auth-hooks",
    "Supabase Auth HTTP hooks",
    standard_webhooks().list(", ", ",", "v1").no_event_name(),
    Confidence::OfficialCode,
    "supabase/auth internal/hooks/hookshttp/hookshttp.go:155",
))
.waits(5)
.told_by_id()
.note("the secret is pasted whole, with `v1,whsec_` in front");

/// Svix: services that sign through Svix, under its header names; for `webhook-…` headers take `STANDARD_WEBHOOKS`.
pub const SVIX: Listed = Listed::signed(Entry::new(
    "svix",
    "Svix",
    svix(),
    Confidence::OfficialCode,
    "svix/svix-webhooks rust/src/webhooks.rs",
))
.published()
.told_by_id()
.note("services that sign through Svix, under its header names; for `webhook-…` headers take `STANDARD_WEBHOOKS`");

/// Veriff.
pub const VERIFF: Listed = Listed::signed(Entry::new(
    "veriff",
    "Veriff",
    Scheme::hmac_sha256("x-hmac-signature").event_name(Place::Json("/action")),
    Confidence::OfficialPage,
    "https://devdocs.veriff.com/docs/hmac-authentication-and-endpoint-security",
))
.unconfirmed(&["event"]);

/// WorkOS: milliseconds.
pub const WORKOS: Listed = Listed::signed(Entry::new(
    "workos",
    "WorkOS",
    Scheme::hmac_sha256("workos-signature")
        .list(",", "=", "v1")
        .spaced()
        .timestamp(Place::SignatureField("t"), TimeUnit::Milliseconds)
        .tolerance(180)
        .signed("{ts}.{body}")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/event")),
    Confidence::OfficialCode,
    "workos/workos-node src/common/crypto/signature-provider.ts",
))
.told_by_id()
.note("milliseconds");
