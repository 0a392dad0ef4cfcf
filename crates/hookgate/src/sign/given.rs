//! What a scheme signs and a message has to bring: told to who signs, filled in for tests.

#[cfg(feature = "testing")]
use std::sync::Arc;

#[cfg(feature = "testing")]
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{Message, SignError};
use crate::head::Occurs;
use crate::scheme::{HeadFacts, Need, Placement, Plan, form_value, json_value, query_value};
#[cfg(feature = "testing")]
use crate::time::UnixTime;

/// Something that the scheme signs and the message does not have.
pub(super) struct Lack<'p> {
    need: Need<'p>,
    /// Bytes that end it in the signed text.
    #[cfg(feature = "testing")]
    forbidden: Vec<u8>,
    /// Whether the provider leaves it out at times.
    is_optional: bool,
}

impl Lack<'_> {
    /// What it is, and how a message gets it.
    fn error(&self) -> SignError {
        SignError::Missing(match self.need {
            Need::Time => "time: give it with `Message::at`",
            Need::Id => "delivery id: give it with `Message::id`",
            Need::KeyId => "key id: give it with `Message::key_id`",
            Need::Url => "public URL: give it with `Message::public_url`",
            Need::Header(_) => "header: give it with `Message::header`",
            Need::Query(_) => "query parameter: give it in the target of the message",
            Need::Field(_) => "field beside the signature: give it with `Message::signature_field`",
            Need::Form(_) => "field of the form: give it in the body",
            Need::Json(_) => "value in the JSON: give it in the body",
        })
    }

    /// A short text that stands for it in tests.
    #[cfg(feature = "testing")]
    fn sample(&self) -> &'static str {
        let fits = |text: &&&str| !text.bytes().any(|byte| self.forbidden.contains(&byte));
        ["test", "0", "x9", "_", "A"].iter().find(fits).copied().unwrap_or("test")
    }
}

impl Message {
    /// What it lacks to be signed.
    pub(super) fn lacks<'p>(&self, plan: &'p Plan, facts: &HeadFacts) -> Vec<Lack<'p>> {
        let mut placed = plan.place_facts(facts);
        placed.extend(plan.place_digest(&self.body));
        let in_header = |name: &str| {
            (name == "content-type" && self.content_type.is_some())
                || (name == "content-encoding" && self.is_compressed())
                || self.headers.iter().any(|(header, _)| header == name)
                || placed.iter().any(|at| matches!(at, Placement::Header(of, _) if of == name))
        };
        let query = self.target.split_once('?').map(|(_, query)| query.as_bytes());
        let in_query = |name: &[u8]| {
            !matches!(query_value(query.unwrap_or_default(), name), Occurs::Never)
                || placed.iter().any(|at| matches!(at, Placement::Query(of, _) if *of == name))
        };
        let in_form = |name: &[u8]| {
            !matches!(form_value(&self.body, name), Ok(None))
                || placed.iter().any(|at| matches!(at, Placement::Form(of, _) if *of == name))
        };
        let in_json = |steps: &[_]| {
            matches!(json_value(&self.body, steps), Ok(Some(_)))
                || placed.iter().any(|at| matches!(at, Placement::Json(of, _) if *of == steps))
        };
        let is_there = |need: Need<'_>| match need {
            Need::Time => facts.said.timestamp.is_some() || (plan.is_jwt() && self.at.is_some()),
            Need::Id => facts.said.id.is_some(),
            Need::KeyId => facts.key_id.is_some(),
            Need::Url => self.public_url.is_some() || plan.has_url(),
            Need::Header(name) => in_header(name),
            Need::Query(name) => in_query(name),
            Need::Field(name) => self.fields.iter().any(|(field, _)| field.as_bytes() == name),
            Need::Form(name) => in_form(name),
            Need::Json(steps) => in_json(steps),
        };
        plan.needs()
            .into_iter()
            .filter(|(need, _, _)| !is_there(*need))
            .map(|(need, _forbidden, is_optional)| Lack {
                need,
                #[cfg(feature = "testing")]
                forbidden: _forbidden,
                is_optional,
            })
            .collect()
    }

    /// # Errors
    ///
    /// The first thing that the scheme always signs and the message does not have.
    pub(super) fn must_be_complete(&self, plan: &Plan, facts: &HeadFacts) -> Result<(), SignError> {
        let lacks = self.lacks(plan, facts);
        lacks.iter().find(|lack| !lack.is_optional).map_or(Ok(()), |lack| Err(lack.error()))
    }

    fn is_compressed(&self) -> bool {
        #[cfg(feature = "gzip")]
        return self.gzipped;
        #[cfg(not(feature = "gzip"))]
        return false;
    }
}

#[cfg(feature = "testing")]
impl Message {
    /// The same message with a sample of everything that the scheme signs and it does not have,
    /// sent at `now` unless it says otherwise.
    ///
    /// # Errors
    ///
    /// When something belongs into the body, which has no room for it.
    pub(crate) fn completed(mut self, plan: &Plan, now: UnixTime) -> Result<Self, SignError> {
        self.at.get_or_insert(now);
        let mut facts = self.facts(plan);
        plan.facts_in(&self.body, &mut facts);
        if plan.signs_id() && facts.said.id.is_none() {
            let id = ["test1", "00000", "TEST", "____"].into_iter().find(|id| plan.takes_id(id));
            self.id = id.map(str::to_owned);
            facts.said.id = id.map(Arc::from);
        }
        for lack in self.lacks(plan, &facts) {
            let sample = lack.sample().to_owned();
            match lack.need {
                // A time is there, and an id if there can be one.
                Need::Time | Need::Id => {}
                Need::KeyId => self.key_id = Some(sample),
                Need::Url => self.public_url = Some(self.sample_url()),
                Need::Header(name) => self.headers.push((name.to_owned(), sample)),
                Need::Query(name) => {
                    let separator = if self.target.contains('?') { '&' } else { '?' };
                    let name = percent_encode(name, NON_ALPHANUMERIC);
                    self.target.push_str(&format!("{separator}{name}={sample}"));
                }
                Need::Field(name) => {
                    self.fields.push((String::from_utf8_lossy(name).into_owned(), sample));
                }
                Need::Form(name) => self.put_into_body(Placement::Form(name, sample))?,
                Need::Json(steps) => self.put_into_body(Placement::Json(steps, sample))?,
            }
        }
        Ok(self)
    }

    /// The address at which a test's endpoint is known.
    pub(crate) fn sample_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None => format!("https://example.com{}", self.target),
        }
    }

    fn put_into_body(&mut self, placement: Placement<'_>) -> Result<(), SignError> {
        let mut request = super::SignedRequest {
            method: self.method,
            target: String::new(),
            headers: Vec::new(),
            body: std::mem::take(&mut self.body),
        };
        request.put(placement)?;
        self.body = request.body;
        Ok(())
    }
}
