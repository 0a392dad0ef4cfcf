//! Where the verdicts differ, and why.

use crate::sender::Sender;

/// A mutation whose result hookgate judges otherwise than a peer does.
pub(crate) struct Difference {
    pub(crate) peer: &'static str,
    /// The senders with which it shows. Empty: all.
    pub(crate) senders: &'static [&'static str],
    pub(crate) mutation: &'static str,
    pub(crate) hookgate_accepts: bool,
    pub(crate) why: &'static str,
}

const fn refused(peer: &'static str, mutation: &'static str, why: &'static str) -> Difference {
    Difference { peer, senders: &[], mutation, hookgate_accepts: false, why }
}

const fn accepted(peer: &'static str, mutation: &'static str, why: &'static str) -> Difference {
    Difference { hookgate_accepts: true, ..refused(peer, mutation, why) }
}

impl Difference {
    const fn of(self, senders: &'static [&'static str]) -> Self {
        Self { senders, ..self }
    }
}

const VERIFY: &str = "webhook-verify";
const STANDARD: &str = "standardwebhooks";

const TWICE: &str = "what decides stands once: a proxy and the receiver could read different ones";
const NO_KEY: &str = "anyone can sign with a key that is empty, or that HMAC pads to the empty one";
const LINEAR: &str = "Linear's page has its receivers look at the time in the body";
const BOUNDED: &str = "the work that one request can ask for is bounded";
const OTHERS_ITEM: &str =
    "another key's signature beside the right one says nothing, whatever it is written in";

pub(crate) const DIFFERENCES: &[Difference] = &[
    refused(VERIFY, "the signature twice", TWICE),
    refused(VERIFY, "the signature, then another", TWICE),
    refused(VERIFY, "the time twice", TWICE),
    refused(VERIFY, "the id twice", TWICE),
    accepted(VERIFY, "one that cannot be decoded in the list", OTHERS_ITEM),
    accepted(VERIFY, "an empty one in the list", OTHERS_ITEM),
    refused(VERIFY, "two hundred wrong ones in the list", BOUNDED),
    refused(VERIFY, "the prefix in upper case", "GitHub writes `sha256=`, and nobody else signs")
        .of(&["github"]),
    refused(VERIFY, "a full stop in the id", FULL_STOP),
    refused(VERIFY, "an empty secret", NO_KEY)
        .of(&["stripe", "github", "slack", "zoom", "dropbox", "linear", "shopify"]),
    refused(VERIFY, "a secret of zero bytes", NO_KEY),
    refused(VERIFY, "a secret with a spare bit", "no encoder writes it: its end was lost"),
    refused(VERIFY, "sent 400 s ago", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent 301 s ago", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent 300 s ago", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent 250 s ago", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent in 300 s", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent in 301 s", LINEAR).of(&["linear"]),
    refused(VERIFY, "sent in 400 s", LINEAR).of(&["linear"]),
    refused(STANDARD, "the signature twice", TWICE),
    refused(STANDARD, "the signature, then another", TWICE),
    refused(STANDARD, "the time twice", TWICE),
    refused(STANDARD, "the id twice", TWICE),
    refused(STANDARD, "two hundred wrong ones in the list", BOUNDED),
    refused(STANDARD, "a full stop in the id", FULL_STOP),
    refused(STANDARD, "a sign before the time", VERBATIM),
    refused(STANDARD, "a zero before the time", VERBATIM),
    refused(STANDARD, "an empty secret", NO_KEY),
    refused(STANDARD, "a secret that decodes to nothing", NO_KEY),
    refused(STANDARD, "a secret of zero bytes", NO_KEY),
    accepted(STANDARD, "a secret without padding", "the standard's library for Python takes it"),
    accepted(STANDARD, "a body that is not UTF-8", "bytes are signed, and no text"),
];

const FULL_STOP: &str = "`a.b` at 1 and `a` at `b.1` are one signed text: values that could be cut \
                         in another place are refused";
const VERBATIM: &str = "the text that came is what is verified, not one written anew from it";

pub(crate) fn difference(sender: &Sender, mutation: &str) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|difference| {
        difference.peer == sender.peer.name()
            && difference.mutation == mutation
            && (difference.senders.is_empty() || difference.senders.contains(&sender.id))
    })
}
