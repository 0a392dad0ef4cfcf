//! Models, voices and chains.

use super::entry::{Confidence, Entry, Listed};
use super::family::standard_webhooks;
use crate::decode::{RawBody, SenderOnly};
use crate::scheme::{Algorithm, Covered, Encoding, Place, Scheme, TimeUnit};

/// Alchemy Notify.
pub const ALCHEMY: Listed = Listed::signed(Entry::new(
    "alchemy",
    "Alchemy Notify",
    Scheme::hmac_sha256("x-alchemy-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "alchemyplatform/webhook-examples golang/pkg/notify.go",
))
.unconfirmed(&["delivery id"]);

/// AssemblyAI: header and value are chosen with each transcript: `.with_scheme(Scheme::token("x-my-header")…)`.
pub const ASSEMBLYAI: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "assemblyai",
    "AssemblyAI",
    Scheme::token("authorization")
        .delivery_id(Place::Json("/transcript_id"))
        .event_name(Place::Json("/status")),
    Confidence::ThirdParty,
    "https://www.assemblyai.com/docs/concepts/webhooks",
))
.unconfirmed(&["delivery id", "event"])
.note("header and value are chosen with each transcript: `.with_scheme(Scheme::token(\"x-my-header\")…)`");

/// Bland AI.
pub const BLAND: Listed = Listed::signed(Entry::new(
    "bland",
    "Bland AI",
    Scheme::hmac_sha256("x-webhook-signature"),
    Confidence::ThirdParty,
    "https://docs.bland.ai/tutorials/webhook-signing via triggerdotdev/trigger.dev internal-packages/webhook-sources",
));

/// Deepgram.
pub const DEEPGRAM: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "deepgram",
    "Deepgram",
    Scheme::token("dg-token"),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills deepgram-webhooks",
))
.unconfirmed(&["delivery id", "event"]);

/// ElevenLabs: its own SDK looks only for times that are too old.
pub const ELEVENLABS: Listed = Listed::signed(Entry::new(
    "elevenlabs",
    "ElevenLabs",
    Scheme::hmac_sha256("elevenlabs-signature")
        .list(",", "=", "v0")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .tolerance(1800)
        .signed("{ts}.{body}")
        .event_name(Place::Json("/type")),
    Confidence::OfficialCode,
    "elevenlabs/elevenlabs-python src/elevenlabs/webhooks_custom.py",
))
.note("its own SDK looks only for times that are too old");

/// fal.ai: its public keys are published as a key set: give the current ones.
pub const FAL_AI: Listed = Listed::signed(Entry::new(
    "fal-ai",
    "fal.ai",
    Scheme::public_key(Algorithm::Ed25519, "x-fal-webhook-signature")
        .encoding(Encoding::Hex)
        .timestamp(Place::Header("x-fal-webhook-timestamp"), TimeUnit::Seconds)
        .signed("{id}\n{header:x-fal-webhook-user-id}\n{ts}\n{body:sha256-hex}")
        .delivery_id(Place::Header("x-fal-webhook-request-id"))
        .event_name(Place::Json("/status")),
    Confidence::ThirdParty,
    "Hookflo/tern src/platforms",
))
.told_by_id()
.unconfirmed(&["delivery id", "event"])
.note("its public keys are published as a key set: give the current ones");

/// OpenAI.
pub const OPENAI: Listed = Listed::signed(Entry::new(
    "openai",
    "OpenAI",
    standard_webhooks(),
    Confidence::OfficialCode,
    "openai/openai-python src/openai/lib/_webhooks.py",
))
.published()
.told_by_id();

/// QuickNode Streams: signs the body before it is compressed.
pub const QUICKNODE: Listed = Listed::signed(Entry::new(
    "quicknode",
    "QuickNode Streams",
    Scheme::hmac_sha256("x-qn-signature")
        .timestamp(Place::Header("x-qn-timestamp"), TimeUnit::Seconds)
        .signed("{id}{ts}{body}")
        .delivery_id(Place::Header("x-qn-nonce"))
        .signs(Covered::Plain),
    Confidence::OfficialPage,
    "https://www.quicknode.com/sample-app-library/streams-webhook-validate-signature",
))
.told_by_id()
.note("signs the body before it is compressed");

/// Replicate.
pub const REPLICATE: Listed = Listed::signed(Entry::new(
    "replicate",
    "Replicate",
    standard_webhooks(),
    Confidence::ThirdParty,
    "https://replicate.com/docs/topics/webhooks/verify-webhook",
))
.told_by_id();

/// Retell AI: the key is the API key.
pub const RETELL: Listed = Listed::signed(Entry::new(
    "retell",
    "Retell AI",
    Scheme::hmac_sha256("x-retell-signature")
        .list(",", "=", "d")
        .timestamp(Place::SignatureField("v"), TimeUnit::Milliseconds)
        .signed("{body}{ts}")
        .event_name(Place::Json("/event")),
    Confidence::ThirdParty,
    "https://docs.retellai.com/features/secure-webhook via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.note("the key is the API key");

/// Vapi.
pub const VAPI: Listed = Listed::signed(Entry::new(
    "vapi",
    "Vapi",
    Scheme::hmac_sha256("x-vapi-signature").event_name(Place::Json("/message/type")),
    Confidence::ThirdParty,
    "https://docs.vapi.ai/server-url/server-authentication",
));

/// Vapi (static).
pub const VAPI_SECRET: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "vapi-secret",
    "Vapi (static)",
    Scheme::token("x-vapi-secret").event_name(Place::Json("/message/type")),
    Confidence::ThirdParty,
    "https://docs.vapi.ai/server-url/server-authentication",
))
.unconfirmed(&["delivery id", "event"]);
