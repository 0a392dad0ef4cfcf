//! Code, builds, hosting, monitoring and work on software.

use super::entry::{Confidence, Entry, Listed};
use super::family::standard_webhooks;
use crate::decode::{RawBody, SenderOnly};
use crate::handshake::Challenge;
use crate::jwt::{BodyHash, ClaimRules, HashEncoding, Presence};
use crate::scheme::{Algorithm, Encoding, Place, Scheme, TimeUnit};

/// Asana: the secret comes with the set-up: `learn_secret`.
pub const ASANA: Listed = Listed::signed(Entry::new(
    "asana",
    "Asana",
    Scheme::hmac_sha256("x-hook-signature").event_name(Place::Json("/events/*/action")),
    Confidence::OfficialPage,
    "https://developers.asana.com/reference/createwebhook.md, n8n AsanaTriggerHelpers.ts",
))
.waits(10)
.with_handshake(Challenge::HeaderSecret { header: "x-hook-secret" })
.note("the secret comes with the set-up: `learn_secret`");

/// Azure DevOps service hooks.
pub const AZURE_DEVOPS: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "azure-devops",
    "Azure DevOps service hooks",
    Scheme::basic().event_name(Place::Json("/eventType")),
    Confidence::ThirdParty,
    "go-playground/webhooks azuredevops",
))
.unconfirmed(&["event"]);

/// Bitbucket Cloud.
pub const BITBUCKET: Listed = Listed::signed(Entry::new(
    "bitbucket",
    "Bitbucket Cloud",
    Scheme::hmac_sha256("x-hub-signature")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-request-uuid"))
        .event_name(Place::Header("x-event-key")),
    Confidence::ThirdParty,
    "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
))
.unconfirmed(&["delivery id"]);

/// Bitbucket Server/DC.
pub const BITBUCKET_SERVER: Listed = Listed::signed(Entry::new(
    "bitbucket-server",
    "Bitbucket Server/DC",
    Scheme::hmac_sha256("x-hub-signature-256")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-request-id"))
        .event_name(Place::Header("x-event-key")),
    Confidence::ThirdParty,
    "go-playground/webhooks bitbucket-server",
))
.unconfirmed(&["delivery id", "handshake"]);

/// Buildkite: the other mode of Buildkite sends a token: `BUILDKITE_TOKEN`.
pub const BUILDKITE: Listed = Listed::signed(Entry::new(
    "buildkite",
    "Buildkite",
    Scheme::hmac_sha256("x-buildkite-signature")
        .list(",", "=", "signature")
        .timestamp(Place::SignatureField("timestamp"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .event_name(Place::Header("x-buildkite-event")),
    Confidence::OfficialPage,
    "buildkite/docs pages/apis/webhooks/_verifying_hmac_signatures.md",
))
.unconfirmed(&["event"])
.note("the other mode of Buildkite sends a token: `BUILDKITE_TOKEN`");

/// Buildkite (token mode).
pub const BUILDKITE_TOKEN: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "buildkite-token",
    "Buildkite (token mode)",
    Scheme::token("x-buildkite-token").event_name(Place::Header("x-buildkite-event")),
    Confidence::OfficialPage,
    "buildkite/docs pages/apis/webhooks/_webhook_token.md",
))
.unconfirmed(&["delivery id", "event"]);

/// CircleCI: further versions may stand beside v1.
pub const CIRCLECI: Listed = Listed::signed(Entry::new(
    "circleci",
    "CircleCI",
    Scheme::hmac_sha256("circleci-signature")
        .list(",", "=", "v1")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Header("circleci-event-type")),
    Confidence::OfficialPage,
    "circleci/circleci-docs docs/guides/modules/integration/pages/outbound-webhooks.adoc",
))
.published()
.waits(10)
.told_by_id()
.note("further versions may stand beside v1");

/// ClickUp.
pub const CLICKUP: Listed = Listed::signed(Entry::new(
    "clickup",
    "ClickUp",
    Scheme::hmac_sha256("x-signature")
        .delivery_id(Place::Json("/history_items/0/id"))
        .event_name(Place::Json("/event")),
    Confidence::OfficialPage,
    "https://developer.clickup.com/docs/webhooksignature",
))
.unconfirmed(&["delivery id"]);

/// Cloudflare Notifications.
pub const CLOUDFLARE_NOTIFICATIONS: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "cloudflare-notifications",
    "Cloudflare Notifications",
    Scheme::token("cf-webhook-auth").event_name(Place::Json("/alert_type")),
    Confidence::ThirdParty,
    "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
))
.unconfirmed(&["delivery id", "event"]);

/// Cursor.
pub const CURSOR: Listed = Listed::signed(Entry::new(
    "cursor",
    "Cursor",
    Scheme::hmac_sha256("x-webhook-signature")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-webhook-id"))
        .event_name(Place::Header("x-webhook-event")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills cursor-webhooks",
))
.unconfirmed(&["delivery id", "event"]);

/// Doppler.
pub const DOPPLER: Listed = Listed::signed(Entry::new(
    "doppler",
    "Doppler",
    Scheme::hmac_sha256("x-doppler-signature").prefix("sha256="),
    Confidence::ThirdParty,
    "Hookflo/tern src/platforms",
));

/// Gitea / Forgejo.
pub const GITEA: Listed = Listed::signed(Entry::new(
    "gitea",
    "Gitea / Forgejo",
    Scheme::hmac_sha256("x-gitea-signature")
        .delivery_id(Place::Header("x-gitea-delivery"))
        .event_name(Place::Header("x-gitea-event")),
    Confidence::ThirdParty,
    "go-playground/webhooks gitea",
))
.published()
.unconfirmed(&["delivery id"]);

/// GitHub: give the webhook a secret, else it signs nothing.
pub const GITHUB: Listed = Listed::signed(Entry::new(
    "github",
    "GitHub",
    Scheme::hmac_sha256("x-hub-signature-256")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-github-delivery"))
        .event_name(Place::Header("x-github-event")),
    Confidence::OfficialCode,
    "octokit/webhooks-methods.js",
))
.published()
.waits(10)
.unconfirmed(&["acknowledgement", "delivery id", "event", "handshake"])
.note("give the webhook a secret, else it signs nothing");

/// GitHub (SHA-1): the older header that GitHub still sends: use `GITHUB`.
pub const GITHUB_SHA1: Listed = Listed::signed(Entry::new(
    "github-sha1",
    "GitHub (SHA-1)",
    Scheme::hmac_sha1("x-hub-signature")
        .prefix("sha1=")
        .delivery_id(Place::Header("x-github-delivery"))
        .event_name(Place::Header("x-github-event")),
    Confidence::ThirdParty,
    "go-playground/webhooks github",
))
.unconfirmed(&["delivery id", "event"])
.note("the older header that GitHub still sends: use `GITHUB`");

/// GitLab (secret token): a token, no signature: `GITLAB_SIGNING_TOKEN` is the better way.
pub const GITLAB: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "gitlab",
    "GitLab (secret token)",
    Scheme::token("x-gitlab-token")
        .delivery_id(Place::Header("idempotency-key"))
        .event_name(Place::Header("x-gitlab-event")),
    Confidence::ThirdParty,
    "go-playground/webhooks gitlab",
))
.unconfirmed(&["delivery id", "event"])
.note("a token, no signature: `GITLAB_SIGNING_TOKEN` is the better way");

/// GitLab (signing token): the newer way of GitLab, beside its token.
pub const GITLAB_SIGNING_TOKEN: Listed = Listed::signed(Entry::new(
    "gitlab-signing-token",
    "GitLab (signing token)",
    standard_webhooks()
        .event_name(Place::Header("x-gitlab-event")),
    Confidence::ThirdParty,
    "https://docs.gitlab.com/user/project/integrations/webhooks/, NangoHQ/nango packages/server/lib/webhook/gitlab-webhook-routing.ts",
))
.told_by_id()
.unconfirmed(&["event"])
.note("the newer way of GitLab, beside its token");

/// Gogs.
pub const GOGS: Listed = Listed::signed(Entry::new(
    "gogs",
    "Gogs",
    Scheme::hmac_sha256("x-gogs-signature")
        .delivery_id(Place::Header("x-gogs-delivery"))
        .event_name(Place::Header("x-gogs-event")),
    Confidence::ThirdParty,
    "go-playground/webhooks gogs",
))
.published()
.unconfirmed(&["delivery id"]);

/// Grafana Alerting: the header of the timestamp has to be switched on in Grafana under this name.
pub const GRAFANA: Listed = Listed::signed(Entry::new(
    "grafana",
    "Grafana Alerting",
    Scheme::hmac_sha256("x-grafana-alerting-signature")
        .timestamp(Place::Header("x-grafana-alerting-timestamp"), TimeUnit::Seconds)
        .signed("{ts}:{body}")
        .event_name(Place::Json("/status")),
    Confidence::ThirdParty,
    "https://grafana.com/docs/grafana/latest/alerting/ (webhook notifier); Hookflo/tern",
))
.note("the header of the timestamp has to be switched on in Grafana under this name");

/// Hookdeck Event Gateway: a second header while keys are changed.
pub const HOOKDECK: Listed = Listed::signed(Entry::new(
    "hookdeck",
    "Hookdeck Event Gateway",
    Scheme::hmac_sha256("x-hookdeck-signature")
        .encoding(Encoding::Base64)
        .more_signatures(&["x-hookdeck-signature-2"])
        .delivery_id(Place::Header("x-hookdeck-eventid")),
    Confidence::ThirdParty,
    "hookdeck/webhook-skills hookdeck-event-gateway-webhooks",
))
.unconfirmed(&["delivery id"])
.note("a second header while keys are changed");

/// Hugging Face.
pub const HUGGINGFACE: Listed<SenderOnly<RawBody>> = Listed::sender_only(Entry::new(
    "huggingface",
    "Hugging Face",
    Scheme::token("x-webhook-secret").event_name(Place::Json("/event/action")),
    Confidence::ThirdParty,
    "https://huggingface.co/docs/hub/en/webhooks",
))
.unconfirmed(&["delivery id", "event"]);

/// incident.io: said to sign as Svix does; the header names are not confirmed.
pub const INCIDENT_IO: Listed = Listed::signed(Entry::new(
    "incident-io",
    "incident.io",
    standard_webhooks(),
    Confidence::ThirdParty,
    "svix/svix-webhooks rust/src/models/ingest_source_in.rs (SvixConfig)",
))
.told_by_id()
.note("said to sign as Svix does; the header names are not confirmed");

/// Jira Cloud (admin webhooks): the webhooks of apps carry a JWT instead.
pub const JIRA: Listed = Listed::signed(Entry::new(
    "jira",
    "Jira Cloud (admin webhooks)",
    Scheme::hmac_sha256("x-hub-signature")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-atlassian-webhook-identifier"))
        .event_name(Place::Json("/webhookEvent")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/jira-webhook-routing.ts",
))
.unconfirmed(&["delivery id"])
.note("the webhooks of apps carry a JWT instead");

/// Linear: the time stands in the body.
pub const LINEAR: Listed = Listed::signed(Entry::new(
    "linear",
    "Linear",
    Scheme::hmac_sha256("linear-signature")
        .timestamp(Place::Json("/webhookTimestamp"), TimeUnit::Milliseconds)
        .tolerance(60)
        .delivery_id(Place::Header("linear-delivery"))
        .event_name(Place::Header("linear-event")),
    Confidence::ThirdParty,
    "NangoHQ/nango packages/server/lib/webhook/linear-webhook-routing.ts",
))
.waits(5)
.unconfirmed(&["acknowledgement", "delivery id", "event"])
.note("the time stands in the body");

/// Netlify.
pub const NETLIFY: Listed = Listed::signed(Entry::new(
    "netlify",
    "Netlify",
    Scheme::jwt(
        Algorithm::JwtHs256,
        "x-webhook-signature",
        ClaimRules::new()
            .issuer("netlify")
            .expires(Presence::Optional)
            .body(BodyHash::new("sha256", HashEncoding::Hex)),
    ),
    Confidence::ThirdParty,
    "https://docs.netlify.com/site-deploys/notifications/",
))
.unconfirmed(&["delivery id", "event"]);

/// PagerDuty v3.
pub const PAGERDUTY: Listed = Listed::signed(Entry::new(
    "pagerduty",
    "PagerDuty v3",
    Scheme::hmac_sha256("x-pagerduty-signature")
        .list(",", "=", "v1")
        .delivery_id(Place::Header("x-webhook-id"))
        .event_name(Place::Json("/event/event_type")),
    Confidence::ThirdParty,
    "https://developer.pagerduty.com/docs/webhooks/webhook-signatures/, NangoHQ/nango packages/server/lib/webhook/pagerduty-webhook-routing.ts",
))
.waits(5)
.unconfirmed(&["acknowledgement", "delivery id"]);

/// Render.
pub const RENDER: Listed = Listed::signed(Entry::new(
    "render",
    "Render",
    standard_webhooks(),
    Confidence::ThirdParty,
    "https://render.com/docs/webhooks",
))
.told_by_id();

/// Sentry: its timestamp header is not signed.
pub const SENTRY: Listed = Listed::signed(Entry::new(
    "sentry",
    "Sentry",
    Scheme::hmac_sha256("sentry-hook-signature")
        .delivery_id(Place::Header("request-id"))
        .event_name(Place::Header("sentry-hook-resource")),
    Confidence::OfficialCode,
    "getsentry/integration-platform-example verifySentrySignature.ts",
))
.unconfirmed(&["delivery id"])
.note("its timestamp header is not signed");

/// Smartsheet: one source says base64.
pub const SMARTSHEET: Listed = Listed::signed(Entry::new(
    "smartsheet",
    "Smartsheet",
    Scheme::hmac_sha256("smartsheet-hmac-sha256")
        .delivery_id(Place::Json("/nonce"))
        .event_name(Place::Json("/events/*/eventType")),
    Confidence::OfficialPage,
    "https://developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-verification.md",
))
.with_handshake(Challenge::HeaderEcho {
    header: "smartsheet-hook-challenge",
    answer: "smartsheet-hook-response",
})
.unconfirmed(&["delivery id", "event", "handshake"])
.note("one source says base64");

/// Snyk.
pub const SNYK: Listed = Listed::signed(Entry::new(
    "snyk",
    "Snyk",
    Scheme::hmac_sha256("x-hub-signature")
        .prefix("sha256=")
        .delivery_id(Place::Header("x-snyk-transport-id"))
        .event_name(Place::Header("x-snyk-event")),
    Confidence::ThirdParty,
    "https://docs.snyk.io/ via triggerdotdev/trigger.dev internal-packages/webhook-sources",
))
.unconfirmed(&["delivery id", "event"]);

/// Tailscale.
pub const TAILSCALE: Listed = Listed::signed(Entry::new(
    "tailscale",
    "Tailscale",
    Scheme::hmac_sha256("tailscale-webhook-signature")
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}")
        .event_name(Place::Json("/0/type")),
    Confidence::OfficialCode,
    "tailscale/tailscale docs/webhooks/example.go",
));

/// HCP Terraform notifications.
pub const TERRAFORM: Listed = Listed::signed(Entry::new(
    "terraform",
    "HCP Terraform notifications",
    Scheme::hmac_sha512("x-tfe-notification-signature")
        .delivery_id(Place::Json("/run_id"))
        .event_name(Place::Json("/notifications/0/trigger")),
    Confidence::OfficialPage,
    "https://developer.hashicorp.com/terraform/enterprise (notifications)",
))
.unconfirmed(&["delivery id", "event", "handshake"]);

/// Trello: the address as it is registered is signed: set `public_url`; the key is the app secret.
pub const TRELLO: Listed = Listed::signed(Entry::new(
    "trello",
    "Trello",
    Scheme::hmac_sha1("x-trello-webhook")
        .encoding(Encoding::Base64)
        .signed("{body}{url}")
        .delivery_id(Place::Json("/action/id"))
        .event_name(Place::Json("/action/type")),
    Confidence::ThirdParty,
    "n8n-io/n8n packages/nodes-base/nodes/Trello/TrelloTriggerHelpers.ts",
))
.with_handshake(Challenge::Probe { methods: &["HEAD", "GET"] })
.unconfirmed(&["handshake", "delivery id", "event"])
.note("the address as it is registered is signed: set `public_url`; the key is the app secret");

/// Vercel: SHA-1.
pub const VERCEL: Listed = Listed::signed(Entry::new(
    "vercel",
    "Vercel",
    Scheme::hmac_sha1("x-vercel-signature")
        .delivery_id(Place::Json("/id"))
        .event_name(Place::Json("/type")),
    Confidence::ThirdParty,
    "https://vercel.com/docs/webhooks, hookdeck/webhook-skills",
))
.unconfirmed(&["delivery id"])
.note("SHA-1");
