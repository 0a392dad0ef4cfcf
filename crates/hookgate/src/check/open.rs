//! The head: everything that can be decided before a byte of the body is read.

use super::verdict::{Keys, Reading};
use super::{Check, Opened, Paused, SecretsAsk};
use crate::endpoint::AnyEndpoint;
use crate::form::{Extraction, Form};
use crate::head::RequestHead;
use crate::ports::SecretQuery;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::HeadFacts;
use crate::time::UnixTime;

/// A check that begins.
pub(crate) struct Start<'e> {
    pub(crate) endpoint: &'e AnyEndpoint,
    pub(crate) now: UnixTime,
}

impl Start<'_> {
    pub(crate) fn open<H: RequestHead>(self, head: &H) -> Result<Opened, Rejection> {
        let endpoint = self.endpoint;
        let plan = endpoint.plan();
        let refuse = |kind| Err(endpoint.reject(kind));

        if let Some(handshake) = endpoint.provider().handshake()
            && let Some(reply) = handshake.head(head)
        {
            return Ok(Opened::Reply(reply));
        }
        if !plan.allows(head.method()) {
            return refuse(RejectionKind::MethodNotAllowed);
        }
        let limit = u64::try_from(endpoint.body_limit()).unwrap_or(u64::MAX);
        if head.content_length().is_some_and(|length| length > limit) {
            return refuse(RejectionKind::BodyTooLarge);
        }
        let mut facts = HeadFacts::default();
        let read = if endpoint.is_unsigned() {
            plan.read_unsigned(head, &mut facts)
        } else {
            plan.read_head(head, self.now, &mut facts)
        };
        read.map_err(|kind| endpoint.reject(kind))?;
        let extraction: Option<Box<dyn Extraction>> = match endpoint.form() {
            Form::Extracted(extract) => {
                let started = extract.start_at(head, plan.address(head).as_deref());
                Some(started.map_err(|ambiguous| {
                    endpoint.reject(RejectionKind::SignedContent).because(ambiguous)
                })?)
            }
            Form::AsReceived | Form::Reserialised(_) => None,
        };

        let body_digest = match plan.body_digest(head) {
            Some(Err(kind)) if !endpoint.is_unsigned() => return refuse(kind),
            Some(Ok(digest)) => Some(digest),
            Some(Err(_)) | None => None,
        };

        let reading =
            |facts, keys| Reading::new(endpoint, keys, facts, extraction, body_digest, self.now);
        if endpoint.is_unsigned() {
            return Ok(Opened::Check(Check(reading(facts, Keys::None))));
        }
        if endpoint.key_source().is_some() {
            return Ok(Opened::Check(Check(reading(facts, Keys::Named))));
        }
        if let Some((tenant_of, source)) = endpoint.secret_source() {
            let tenant = tenant_of(head);
            let known = tenant.is_some();
            facts.said.tenant.clone_from(&tenant);
            let query = SecretQuery { tenant: tenant.unwrap_or_default() };
            let ask = SecretsAsk { query, source: known.then(|| source.clone()) };
            let paused = Paused(reading(facts, Keys::None));
            return Ok(Opened::NeedSecrets(ask, paused));
        }
        let ring = endpoint.secrets().load();
        Ok(Opened::Check(Check(reading(facts, Keys::Ring(ring)))))
    }
}
