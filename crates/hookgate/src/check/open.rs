//! The head: everything that can be decided before a byte of the body is read.

use super::verdict::{Intake, Keys, Reading};
use super::{Check, Opened, Paused, SecretsAsk};
use crate::coding::Coding;
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

/// What a head that may pass leaves for the body.
#[derive(Default)]
struct Judged {
    extraction: Option<Box<dyn Extraction>>,
    body_digest: Option<[u8; 32]>,
}

impl Start<'_> {
    pub(crate) fn open<H: RequestHead>(self, head: &H) -> Result<Opened, Rejection> {
        let endpoint = self.endpoint;
        if let Some(handshake) = endpoint.provider().handshake()
            && let Some(reply) = handshake.head(head)
        {
            return Ok(Opened::Reply(reply));
        }
        let coding = Coding::of(head);
        let mut facts = HeadFacts::default();
        let (judged, refused) = match self.judge(head, coding, &mut facts) {
            Ok(judged) => (judged, None),
            // What bounds our memory stands at every endpoint.
            Err(rejection)
                if endpoint.is_observing() && rejection.kind() != RejectionKind::BodyTooLarge =>
            {
                (Judged::default(), Some(rejection))
            }
            Err(rejection) => return Err(rejection),
        };
        let again = match endpoint.form() {
            Form::Extracted(extract) if endpoint.is_observing() => extract.start(head).ok(),
            _ => None,
        };
        let Judged { extraction, body_digest } = judged;
        let coding = coding.unwrap_or(Coding::Identity);
        let intake = Intake { coding, extraction, again, body_digest };
        let reading = |facts, keys| Reading::new(endpoint, keys, facts, intake, self.now);
        if let Some(rejection) = refused {
            return Ok(Opened::Check(Check(reading(facts, Keys::Refused(Box::new(rejection))))));
        }
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

    /// What the head decides.
    fn judge<H: RequestHead>(
        &self,
        head: &H,
        coding: Option<Coding>,
        facts: &mut HeadFacts,
    ) -> Result<Judged, Rejection> {
        let endpoint = self.endpoint;
        let plan = endpoint.plan();
        let refuse = |kind| Err(endpoint.reject(kind));
        if !plan.allows(head.method()) {
            return refuse(RejectionKind::MethodNotAllowed);
        }
        let limit = u64::try_from(endpoint.body_limit()).unwrap_or(u64::MAX);
        if head.content_length().is_some_and(|length| length > limit) {
            return refuse(RejectionKind::BodyTooLarge);
        }
        if coding.is_none() {
            return refuse(RejectionKind::UnsupportedCoding);
        }
        let read = if endpoint.is_unsigned() {
            plan.read_unsigned(head, facts)
        } else {
            plan.read_head(head, self.now, facts)
        };
        read.map_err(|kind| endpoint.reject(kind))?;
        let extraction: Option<Box<dyn Extraction>> = match endpoint.form() {
            Form::Extracted(extract) => Some(extract.start(head).map_err(|ambiguous| {
                endpoint.reject(RejectionKind::SignedContent).because(ambiguous)
            })?),
            Form::AsReceived | Form::Reserialised(_) => None,
        };
        let body_digest = match plan.body_digest(head) {
            Some(Err(kind)) if !endpoint.is_unsigned() => return refuse(kind),
            Some(Ok(digest)) => Some(digest),
            Some(Err(_)) | None => None,
        };
        Ok(Judged { extraction, body_digest })
    }
}
