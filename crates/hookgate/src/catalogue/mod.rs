//! The catalogue: services that send webhooks, as constants.
//!
//! ```
//! use hookgate::{Endpoint, catalogue};
//!
//! let endpoint = Endpoint::builder(catalogue::STRIPE).secret("whsec_…").build()?;
//! # Ok::<(), hookgate::BuildError>(())
//! ```
//!
//! Each is a [`Listed`] provider around an [`Entry`] of facts, and says where those come from:
//! [`Entry::confidence`] and [`Entry::source`], whether a request that the provider itself
//! published is among the tests ([`Entry::published_vector`]), and what no source was seen for
//! ([`Entry::unconfirmed`]). `docs/PROVIDERS.md` in the repository is the table of all of them.
//!
//! What you do not name costs you nothing: constants that nobody uses are not in your program.
//! [`find`] looks an entry up by its id, and brings all of them.
//!
//! To add one, write its constant into the file of its field of business, name it in [`ALL`], and
//! run the tests: they sign and verify every entry, and tell when the table has to be made anew.

mod ai;
mod business;
mod code;
mod commerce;
mod content;
mod entry;
mod family;
mod identity;
mod messaging;
mod payments;
mod social;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use self::ai::{
    ALCHEMY, ASSEMBLYAI, BLAND, DEEPGRAM, ELEVENLABS, FAL_AI, OPENAI, QUICKNODE, REPLICATE, RETELL,
    VAPI, VAPI_SECRET,
};
pub use self::business::{
    ACUITY, ATTIO, AUTOTASK, CAL_COM, CALENDLY, CLOSE, CONNECTWISE, FOLK, FRONT, HELPSCOUT,
    HIGHLEVEL, HIGHLEVEL_ED25519, HUBSPOT_V1, HUBSPOT_V2, HUBSPOT_V3, INTERCOM, JOBBER, JOBDIVA,
    MONDAY, ONCEHUB, OPNFORM, PIPEDRIVE, SAVVYCAL, SEGMENT, TALLY, TYPEFORM, ZENDESK,
};
pub use self::code::{
    ASANA, AZURE_DEVOPS, BITBUCKET, BITBUCKET_SERVER, BUILDKITE, BUILDKITE_TOKEN, CIRCLECI,
    CLICKUP, CLOUDFLARE_NOTIFICATIONS, CURSOR, DOPPLER, GITEA, GITHUB, GITHUB_SHA1, GITLAB,
    GITLAB_SIGNING_TOKEN, GOGS, GRAFANA, HOOKDECK, HUGGINGFACE, INCIDENT_IO, JIRA, LINEAR, NETLIFY,
    PAGERDUTY, RENDER, SENTRY, SMARTSHEET, SNYK, TAILSCALE, TERRAFORM, TRELLO, VERCEL,
};
pub use self::commerce::{
    COMMERCELAYER, EASYPOST, LEMONSQUEEZY, PERRY_WEATHER, SHOPIFY, SUBTOTAL, WOOCOMMERCE,
};
pub use self::content::{
    AIRTABLE, BOX, CLOUDINARY, DOCUSIGN, DROPBOX, DROPBOX_SIGN, FIGMA, GOOGLE_CHANNEL, HYGRAPH,
    NOTION, PANDADOC, SANITY, SIGNABLE, WEBFLOW,
};
pub use self::entry::{Confidence, Entry, Listed};
pub use self::identity::{
    AUTH0_LOGS, CHECKR, CLERK, FUSIONAUTH, MS_GRAPH, OKTA, ONFIDO, PERSONA, STANDARD_WEBHOOKS,
    STANDARD_WEBHOOKS_ED25519, STYTCH, SUMSUB, SUPABASE_AUTH_HOOKS, SVIX, VERIFF, WORKOS,
};
pub use self::messaging::{
    AIRCALL, BANDWIDTH, BEEHIIV, CHATWOOT, CRISP, CUSTOMERIO, DAILY, DISCORD, DYTE, EMAILIT,
    EMAILOCTOPUS, FATHOM, FRESHCHAT, KLAVIYO, LINE, LIVECHAT, LIVEKIT, LOOPS, MAILGUN, MANDRILL,
    MESSAGEBIRD, MESSAGEBIRD_LEGACY, MS_TEAMS_OUTGOING, MUX, NYLAS, PLIVO_V2, POSTMARK, PUSHER,
    RECALL_AI, RESEND, RINGCENTRAL, SENDGRID, SINCH, SLACK, STREAM, TELEGRAM, TELNYX, TWILIO,
    TWILIO_JSON, VIBER, VONAGE, WEBEX, WHEREBY, XOBNI, ZOOM,
};
pub use self::payments::{
    ADYEN_BANKING, AUTHORIZE_NET, BREX, CASHFREE, CHARGEBEE, CHECKOUT_COM, CHIP, COINBASE_COMMERCE,
    COINIFY, CRYPTAPI, DODO_PAYMENTS, DWOLLA, FASTSPRING, FINCH, FIREBLOCKS_LEGACY, FLUTTERWAVE,
    FLUTTERWAVE_V4, GOCARDLESS, INCREASE, INTEGRATED_FINANCE, KLARNA, LITHIC, MERCADO_PAGO,
    MODERN_TREASURY, MOLLIE, MONEYBIRD, NMI, ORB, PADDLE, PAYSTACK, PLAID, PLEO, POLAR, QONTO,
    QUICKBOOKS, RAMP, RAZORPAY, RECURLY, REVENUECAT, SELLSY, SQUARE, STRIPE, WISE, WORLDPAY_ACCESS,
    XENDIT, XERO, ZOHO_PAYMENTS,
};
pub use self::social::{META, TWITCH, X};

/// Every entry, in the order of their ids.
pub const ALL: &[Entry] = &[
    *ACUITY.entry(),
    *ADYEN_BANKING.entry(),
    *AIRCALL.entry(),
    *AIRTABLE.entry(),
    *ALCHEMY.entry(),
    *ASANA.entry(),
    *ASSEMBLYAI.entry(),
    *ATTIO.entry(),
    *AUTH0_LOGS.entry(),
    *AUTHORIZE_NET.entry(),
    *AUTOTASK.entry(),
    *AZURE_DEVOPS.entry(),
    *BANDWIDTH.entry(),
    *BEEHIIV.entry(),
    *BITBUCKET.entry(),
    *BITBUCKET_SERVER.entry(),
    *BLAND.entry(),
    *BOX.entry(),
    *BREX.entry(),
    *BUILDKITE.entry(),
    *BUILDKITE_TOKEN.entry(),
    *CAL_COM.entry(),
    *CALENDLY.entry(),
    *CASHFREE.entry(),
    *CHARGEBEE.entry(),
    *CHATWOOT.entry(),
    *CHECKOUT_COM.entry(),
    *CHECKR.entry(),
    *CHIP.entry(),
    *CIRCLECI.entry(),
    *CLERK.entry(),
    *CLICKUP.entry(),
    *CLOSE.entry(),
    *CLOUDFLARE_NOTIFICATIONS.entry(),
    *CLOUDINARY.entry(),
    *COINBASE_COMMERCE.entry(),
    *COINIFY.entry(),
    *COMMERCELAYER.entry(),
    *CONNECTWISE.entry(),
    *CRISP.entry(),
    *CRYPTAPI.entry(),
    *CURSOR.entry(),
    *CUSTOMERIO.entry(),
    *DAILY.entry(),
    *DEEPGRAM.entry(),
    *DISCORD.entry(),
    *DOCUSIGN.entry(),
    *DODO_PAYMENTS.entry(),
    *DOPPLER.entry(),
    *DROPBOX.entry(),
    *DROPBOX_SIGN.entry(),
    *DWOLLA.entry(),
    *DYTE.entry(),
    *EASYPOST.entry(),
    *ELEVENLABS.entry(),
    *EMAILIT.entry(),
    *EMAILOCTOPUS.entry(),
    *FAL_AI.entry(),
    *FASTSPRING.entry(),
    *FATHOM.entry(),
    *FIGMA.entry(),
    *FINCH.entry(),
    *FIREBLOCKS_LEGACY.entry(),
    *FLUTTERWAVE.entry(),
    *FLUTTERWAVE_V4.entry(),
    *FOLK.entry(),
    *FRESHCHAT.entry(),
    *FRONT.entry(),
    *FUSIONAUTH.entry(),
    *GITEA.entry(),
    *GITHUB.entry(),
    *GITHUB_SHA1.entry(),
    *GITLAB.entry(),
    *GITLAB_SIGNING_TOKEN.entry(),
    *GOCARDLESS.entry(),
    *GOGS.entry(),
    *GOOGLE_CHANNEL.entry(),
    *GRAFANA.entry(),
    *HELPSCOUT.entry(),
    *HIGHLEVEL.entry(),
    *HIGHLEVEL_ED25519.entry(),
    *HOOKDECK.entry(),
    *HUBSPOT_V1.entry(),
    *HUBSPOT_V2.entry(),
    *HUBSPOT_V3.entry(),
    *HUGGINGFACE.entry(),
    *HYGRAPH.entry(),
    *INCIDENT_IO.entry(),
    *INCREASE.entry(),
    *INTEGRATED_FINANCE.entry(),
    *INTERCOM.entry(),
    *JIRA.entry(),
    *JOBBER.entry(),
    *JOBDIVA.entry(),
    *KLARNA.entry(),
    *KLAVIYO.entry(),
    *LEMONSQUEEZY.entry(),
    *LINE.entry(),
    *LINEAR.entry(),
    *LITHIC.entry(),
    *LIVECHAT.entry(),
    *LIVEKIT.entry(),
    *LOOPS.entry(),
    *MAILGUN.entry(),
    *MANDRILL.entry(),
    *MERCADO_PAGO.entry(),
    *MESSAGEBIRD.entry(),
    *MESSAGEBIRD_LEGACY.entry(),
    *META.entry(),
    *MODERN_TREASURY.entry(),
    *MOLLIE.entry(),
    *MONDAY.entry(),
    *MONEYBIRD.entry(),
    *MS_GRAPH.entry(),
    *MS_TEAMS_OUTGOING.entry(),
    *MUX.entry(),
    *NETLIFY.entry(),
    *NMI.entry(),
    *NOTION.entry(),
    *NYLAS.entry(),
    *OKTA.entry(),
    *ONCEHUB.entry(),
    *ONFIDO.entry(),
    *OPENAI.entry(),
    *OPNFORM.entry(),
    *ORB.entry(),
    *PADDLE.entry(),
    *PAGERDUTY.entry(),
    *PANDADOC.entry(),
    *PAYSTACK.entry(),
    *PERRY_WEATHER.entry(),
    *PERSONA.entry(),
    *PIPEDRIVE.entry(),
    *PLAID.entry(),
    *PLEO.entry(),
    *PLIVO_V2.entry(),
    *POLAR.entry(),
    *POSTMARK.entry(),
    *PUSHER.entry(),
    *QONTO.entry(),
    *QUICKBOOKS.entry(),
    *QUICKNODE.entry(),
    *RAMP.entry(),
    *RAZORPAY.entry(),
    *RECALL_AI.entry(),
    *RECURLY.entry(),
    *RENDER.entry(),
    *REPLICATE.entry(),
    *RESEND.entry(),
    *RETELL.entry(),
    *REVENUECAT.entry(),
    *RINGCENTRAL.entry(),
    *SANITY.entry(),
    *SAVVYCAL.entry(),
    *SEGMENT.entry(),
    *SELLSY.entry(),
    *SENDGRID.entry(),
    *SENTRY.entry(),
    *SHOPIFY.entry(),
    *SIGNABLE.entry(),
    *SINCH.entry(),
    *SLACK.entry(),
    *SMARTSHEET.entry(),
    *SNYK.entry(),
    *SQUARE.entry(),
    *STANDARD_WEBHOOKS.entry(),
    *STANDARD_WEBHOOKS_ED25519.entry(),
    *STREAM.entry(),
    *STRIPE.entry(),
    *STYTCH.entry(),
    *SUBTOTAL.entry(),
    *SUMSUB.entry(),
    *SUPABASE_AUTH_HOOKS.entry(),
    *SVIX.entry(),
    *TAILSCALE.entry(),
    *TALLY.entry(),
    *TELEGRAM.entry(),
    *TELNYX.entry(),
    *TERRAFORM.entry(),
    *TRELLO.entry(),
    *TWILIO.entry(),
    *TWILIO_JSON.entry(),
    *TWITCH.entry(),
    *TYPEFORM.entry(),
    *VAPI.entry(),
    *VAPI_SECRET.entry(),
    *VERCEL.entry(),
    *VERIFF.entry(),
    *VIBER.entry(),
    *VONAGE.entry(),
    *WEBEX.entry(),
    *WEBFLOW.entry(),
    *WHEREBY.entry(),
    *WISE.entry(),
    *WOOCOMMERCE.entry(),
    *WORKOS.entry(),
    *WORLDPAY_ACCESS.entry(),
    *X.entry(),
    *XENDIT.entry(),
    *XERO.entry(),
    *XOBNI.entry(),
    *ZENDESK.entry(),
    *ZOHO_PAYMENTS.entry(),
    *ZOOM.entry(),
];

/// The entry of this id, in constant time.
///
/// ```
/// let github = hookgate::catalogue::find("github").unwrap();
/// assert_eq!(github.name, "GitHub");
/// ```
pub fn find(id: &str) -> Option<&'static Entry> {
    static BY_ID: LazyLock<HashMap<&str, &Entry>> =
        LazyLock::new(|| ALL.iter().map(|entry| (entry.id, entry)).collect());
    BY_ID.get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Provider;
    use crate::handshake::Challenge;

    #[test]
    fn ids_are_unique_and_found() {
        assert!(ALL.is_sorted_by(|one, next| one.id < next.id));
        for entry in ALL {
            assert_eq!(find(entry.id), Some(entry));
        }
        assert_eq!(find("nobody"), None);
    }

    /// The code that answers handshakes comes with the providers that ask.
    #[test]
    fn a_provider_asks_where_its_entry_says_so() {
        let asks = |provider: &dyn Provider| provider.handshake().is_some();
        assert!(asks(&ZOOM) && asks(&ZOOM.json::<String>()) && asks(ZOOM.entry()));
        assert!(!asks(&STRIPE) && !asks(&STRIPE.json::<String>()) && !asks(STRIPE.entry()));
        assert!(asks(&STRIPE.with_handshake(Challenge::EmptyPing)));
    }
}
