//! Schemes that many services share.

use crate::scheme::{Encoding, KeyForm, Place, Scheme, TimeUnit};

/// Standard Webhooks 1.0, symmetric: `webhook-signature: v1,<base64> v1,<base64>` over
/// `<id>.<timestamp>.<body>`.
pub(super) const fn standard_webhooks() -> Scheme<'static> {
    with_headers("webhook-signature", "webhook-timestamp", "webhook-id")
}

/// The same under the header names that it had at Svix before.
pub(super) const fn svix() -> Scheme<'static> {
    with_headers("svix-signature", "svix-timestamp", "svix-id")
}

const fn with_headers(
    signature: &'static str,
    timestamp: &'static str,
    id: &'static str,
) -> Scheme<'static> {
    Scheme::hmac_sha256(signature)
        .encoding(Encoding::Base64)
        .key(KeyForm::Whsec)
        .list(" ", ",", "v1")
        .delivery_id(Place::Header(id))
        .timestamp(Place::Header(timestamp), TimeUnit::Seconds)
        .signed("{id}.{ts}.{body}")
        .event_name(Place::Json("/type"))
}
