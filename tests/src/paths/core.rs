//! The state machine by hand, over a head of our own that can hold any bytes.

use hookgate::check::{Opened, Verdict};
use hookgate::{AnyEndpoint, Rejection, RequestHead, UnixTime};

use crate::outcome::Outcome;
use crate::vector::{Request, Row};

struct Head<'r>(&'r Request);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        &self.0.method
    }

    fn path(&self) -> &str {
        let target = self.0.target();
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    fn query(&self) -> Option<&str> {
        self.0.target().split_once('?').map(|(_, query)| query)
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (header, value) in &self.0.headers {
            if header.eq_ignore_ascii_case(name) {
                each(value.as_bytes());
            }
        }
    }

    fn content_length(&self) -> Option<u64> {
        u64::try_from(self.0.body.len()).ok()
    }
}

pub(super) fn drive(row: &Row, endpoint: &AnyEndpoint) -> Outcome {
    match verdict(row, endpoint) {
        Ok(Verdict::Deliver(delivery)) => Outcome::delivered(row, &delivery, delivery.body()),
        Ok(other) => Outcome::Broken(format!("{other:?}")),
        Err(rejection) => Outcome::refused(Some(&rejection), rejection.reply().status()),
    }
}

fn verdict(row: &Row, endpoint: &AnyEndpoint) -> Result<Verdict, Rejection> {
    let now = endpoint.now(|| UnixTime::from_secs(row.now));
    let mut check = match endpoint.open(&Head(&row.request), now)? {
        Opened::Check(check) => check,
        Opened::Reply(reply) => return Ok(Verdict::Reply(reply)),
        Opened::NeedSecrets(_, paused) => paused.resume(Ok(None))?,
        _ => return Ok(Verdict::Reply(hookgate::Reply::new(500))),
    };
    check.push(row.request.body.clone())?;
    check.finish()
}
