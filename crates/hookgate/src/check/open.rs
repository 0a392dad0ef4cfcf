//! The head: everything that can be decided before a byte of the body is read.

use super::asking::{Asking, answer, unsigned};
use super::verdict::{Intake, Keys, Reading};
use super::{Check, Opened, Paused, SecretsAsk};
use crate::coding::Coding;
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

/// What the head of a request leads to, where it is not answered.
enum Judged {
    /// A delivery whose head may pass.
    Delivery(Option<Box<dyn Extraction>>, Option<[u8; 32]>),
    /// A request that has no signature, and may ask something.
    Asking(Asking),
}

impl Start<'_> {
    pub(crate) fn open<H: RequestHead>(self, head: &H) -> Result<Opened, Rejection> {
        let endpoint = self.endpoint;
        let mut malformed = None;
        let mut noted = None;
        let mut asking = None;
        match endpoint.asked(head) {
            Asked::Nothing => {}
            Asked::Reply(reply) => return Ok(Opened::Reply(reply)),
            Asked::Malformed => malformed = Some(RejectionKind::Handshake),
            Asked::Forbidden => malformed = Some(RejectionKind::HandshakeToken),
            Asked::Sign(signing) if endpoint.signs_challenges() => match self.sign(head, signing) {
                Err(rejection) if endpoint.is_observing() => malformed = Some(rejection.kind()),
                answered => return answered,
            },
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
        let coding = Coding::of(head);
        let mut facts = HeadFacts::default();
        let judged = match malformed {
            Some(kind) => Err(endpoint.reject(kind)),
            None => self.judge(head, coding, asking, &mut facts),
        };
        let mut intake = Intake::new(coding.unwrap_or(Coding::Identity), noted);
        if let Form::Extracted(extract) = endpoint.form()
            && endpoint.is_observing()
        {
            let address = endpoint.plan().address(head);
            intake.again = extract.start_at(head, address.as_deref()).ok();
        }
        match judged {
            Ok(Judged::Delivery(extraction, body_digest)) => {
                intake.extraction = extraction;
                intake.body_digest = body_digest;
            }
            Ok(Judged::Asking(asking)) => return self.ask(head, facts, intake, asking),
            // What bounds our memory stands at every endpoint.
            Err(rejection)
                if endpoint.is_observing() && rejection.kind() != RejectionKind::BodyTooLarge =>
            {
                let keys = Keys::Refused(Box::new(rejection));
                let reading = Reading::new(endpoint, keys, facts, intake, self.now);
                return Ok(Opened::Check(Check(reading)));
            }
            Err(rejection) => return Err(rejection),
        }

        let reading = |facts, keys| Reading::new(endpoint, keys, facts, intake, self.now);
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

    /// What the head decides.
    fn judge<H: RequestHead>(
        &self,
        head: &H,
        coding: Option<Coding>,
        asking: Option<Asking>,
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
        match (read, asking) {
            (Ok(()), _) => {}
            // Only what has no signature at all may ask without one.
            (Err(RejectionKind::MissingSignature), Some(asking)) => {
                return Ok(Judged::Asking(asking));
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
        Ok(Judged::Delivery(extraction, body_digest))
    }

    /// Whether a secret that the request brings can be the endpoint's, or its tenant's.
    fn may_learn(&self) -> bool {
        let looked_up = self.endpoint.secret_source().is_some();
        let wanted = looked_up || self.endpoint.secrets().are_awaited();
        wanted && self.endpoint.secret_store().is_some()
    }

    /// A challenge in the head that is answered with a MAC.
    fn sign<H: RequestHead>(&self, head: &H, signing: Signing) -> Result<Opened, Rejection> {
        if self.endpoint.secret_source().is_some() {
            let intake = Intake::new(Coding::Identity, None);
            return self.ask(head, HeadFacts::default(), intake, Asking::Mac(signing));
        }
        let ring = self.endpoint.secrets().load();
        answer(self.endpoint, &ring, None, signing).map(Opened::Reply)
    }

    /// A request that asks something for which more than its head is needed.
    fn ask<H: RequestHead>(
        &self,
        head: &H,
        mut facts: HeadFacts,
        intake: Intake,
        asking: Asking,
    ) -> Result<Opened, Rejection> {
        let endpoint = self.endpoint;
        let most = u64::try_from(Asking::BODY_LIMIT).unwrap_or(u64::MAX);
        let too_long = head.content_length().is_some_and(|length| length > most);
        if too_long && !endpoint.is_observing() {
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
        let reading = Reading::new(endpoint, keys, facts, intake, self.now);
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
