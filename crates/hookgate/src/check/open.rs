//! The head: everything that can be decided before a byte of the body is read.

use super::asking::{Asking, answer, unsigned};
use super::verdict::{Keys, Reading};
use super::{Check, Opened, Paused, SecretsAsk};
use crate::endpoint::{AnyEndpoint, TenantOf};
use crate::form::{Extraction, Form};
use crate::handshake::{Asked, Signing};
use crate::head::RequestHead;
use crate::ports::{AnySecretSource, SecretQuery};
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

        let mut noted = None;
        let mut asking = None;
        match endpoint.asked(head) {
            Asked::Nothing => {}
            Asked::Reply(reply) => return Ok(Opened::Reply(reply)),
            Asked::Malformed => return refuse(RejectionKind::Handshake),
            Asked::Forbidden => return refuse(RejectionKind::HandshakeToken),
            Asked::Sign(signing) if endpoint.signs_challenges() => return self.sign(head, signing),
            Asked::Sign(_) => {}
            Asked::Learn(secret, reply) => {
                asking = self.may_learn().then_some(Asking::Secret(secret, reply));
            }
            Asked::Noted(note) if note.unsigned && !endpoint.is_unsigned() => {
                asking = Some(Asking::Body { note: note.clone(), may_learn: self.may_learn() });
                noted = Some(note);
            }
            Asked::Noted(note) => noted = Some(note),
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
        match (read, asking) {
            (Ok(()), _) => {}
            // Only what has no signature at all may ask without one.
            (Err(RejectionKind::MissingSignature), Some(asking)) => {
                return self.ask(head, facts, asking);
            }
            (Err(kind), _) => return refuse(kind),
        }
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

        let reading = |facts, keys| {
            Reading::new(endpoint, keys, facts, extraction, body_digest, self.now).noted(noted)
        };
        if endpoint.is_unsigned() {
            return Ok(Opened::Check(Check(reading(facts, Keys::None))));
        }
        if endpoint.key_source().is_some() {
            return Ok(Opened::Check(Check(reading(facts, Keys::Named))));
        }
        if let Some((tenant_of, source)) = endpoint.secret_source() {
            let ask = secrets_ask(tenant_of, source, head, &mut facts);
            let paused = Paused(reading(facts, Keys::None));
            return Ok(Opened::NeedSecrets(ask, paused));
        }
        let ring = endpoint.secrets().load();
        if endpoint.secrets().are_awaited() {
            // The provider has not sent the secret yet: nothing can be right.
            let keys = Keys::Decoy(ring, RejectionKind::SignatureMismatch);
            return Ok(Opened::Check(Check(reading(facts, keys))));
        }
        Ok(Opened::Check(Check(reading(facts, Keys::Ring(ring)))))
    }

    /// Whether a secret that the request brings can be the endpoint's, or its tenant's.
    fn may_learn(&self) -> bool {
        let looked_up = self.endpoint.secret_source().is_some();
        let wanted = looked_up || self.endpoint.secrets().are_awaited();
        wanted && self.endpoint.secret_store().is_some()
    }

    /// A challenge in the head that is answered with a MAC.
    fn sign<H: RequestHead>(self, head: &H, signing: Signing) -> Result<Opened, Rejection> {
        if self.endpoint.secret_source().is_some() {
            return self.ask(head, HeadFacts::default(), Asking::Mac(signing));
        }
        let ring = self.endpoint.secrets().load();
        answer(self.endpoint, &ring, None, signing).map(Opened::Reply)
    }

    /// A request that asks something for which more than its head is needed.
    fn ask<H: RequestHead>(
        self,
        head: &H,
        mut facts: HeadFacts,
        asking: Asking,
    ) -> Result<Opened, Rejection> {
        let endpoint = self.endpoint;
        let most = u64::try_from(Asking::BODY_LIMIT).unwrap_or(u64::MAX);
        if head.content_length().is_some_and(|length| length > most) {
            return Err(unsigned(endpoint));
        }
        // A ping gets its answer whoever the tenant is, and nobody learns who is known.
        let keyless = matches!(&asking, Asking::Body { may_learn: false, .. });
        let ask = match endpoint.secret_source() {
            Some((tenant_of, source)) if !keyless => {
                Some(secrets_ask(tenant_of, source, head, &mut facts))
            }
            _ => None,
        };
        let keys = Keys::Asking(Box::new(asking));
        let reading = Reading::new(endpoint, keys, facts, None, None, self.now);
        Ok(match ask {
            Some(ask) => Opened::NeedSecrets(ask, Paused(reading)),
            None => Opened::Check(Check(reading)),
        })
    }
}

/// Which secrets the request needs: those of the tenant that its head names.
fn secrets_ask<H: RequestHead>(
    tenant_of: &TenantOf,
    source: &AnySecretSource,
    head: &H,
    facts: &mut HeadFacts,
) -> SecretsAsk {
    let tenant = tenant_of(head);
    let known = tenant.is_some();
    facts.said.tenant.clone_from(&tenant);
    let query = SecretQuery { tenant: tenant.unwrap_or_default() };
    SecretsAsk { query, source: known.then(|| source.clone()) }
}
