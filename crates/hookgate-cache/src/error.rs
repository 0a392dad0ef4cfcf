//! Why a look-up gave no answer.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hookgate::ports::Unavailable;

/// A fault that several requests share. It shows, and leads to, what the source gave as the cause.
#[derive(Clone, Debug)]
pub(crate) struct Fault(Arc<Unavailable>);

impl Fault {
    pub(crate) fn new(fault: Unavailable) -> Self {
        Self(Arc::new(fault))
    }

    fn cause(&self) -> &(dyn Error + 'static) {
        let fault: &(dyn Error + 'static) = &*self.0;
        fault.source().unwrap_or(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().source()
    }
}

/// Too many ids that nobody knows were looked up of late.
#[derive(Debug, thiserror::Error)]
#[error("a key that is not in the cache cannot be looked up yet: too many look-ups found nothing")]
pub(crate) struct TooManyUnknown;

/// The source panicked: what it said then is in the program's own log.
#[derive(Debug, thiserror::Error)]
#[error("the source panicked")]
pub(crate) struct Panicked;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the pool is closed")]
    struct Pool(#[source] std::io::Error);

    /// Each link of the chain says one thing, and none says it twice.
    #[test]
    fn the_chain_is_the_sources_own() {
        let cause = Pool(std::io::Error::other("refused"));
        let shared = Unavailable::new(Fault::new(Unavailable::new(cause)));
        let mut chain = Vec::new();
        let mut next: Option<&dyn Error> = Some(&shared);
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        assert_eq!(chain[1..], ["the pool is closed", "refused"]);
    }
}
