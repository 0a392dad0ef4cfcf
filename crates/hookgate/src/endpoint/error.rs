//! What is refused when an endpoint is built.

use std::fmt;
use std::sync::Arc;

use crate::scheme::SchemeError;
use crate::secret::SecretError;

/// An endpoint that would not be right. The message names the mend.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no secret.
    #[error(
        "the endpoint has no secret: give it one with `.secret(..)`, or look it up with \
         `.secrets_from(..)`"
    )]
    NoSecret,
    /// A secret cannot be right.
    #[error("the secret {label} cannot be right: {error}")]
    Secret {
        /// The secret's label, or its number.
        label: Arc<str>,
        /// What is wrong with it.
        error: SecretError,
    },
    /// Secrets come from several places.
    #[error("the secrets have to come from one place: of its own, `.secrets_from` or `.keys_from`")]
    SeveralSources,
    /// The secrets of this endpoint cannot be replaced.
    #[error("the endpoint has no secrets of its own that could be replaced")]
    NoOwnSecrets,
    /// The scheme and the key source do not fit.
    #[error("`.keys_from(..)` belongs to schemes in which requests name their key, and only there")]
    KeySource,
    /// The provider's scheme is broken.
    #[error("the provider's scheme cannot be used: {0}")]
    Scheme(SchemeError),
    /// The scheme signs the endpoint's address, which it cannot know.
    #[error(
        "the provider signs the address of the endpoint: give it with `.public_url(..)`, as it is \
         registered at the provider"
    )]
    NoPublicUrl,
    /// A replay guard where nothing is signed that a replay could be told by.
    #[error("the provider signs nothing that tells a replay from the next delivery")]
    NothingSigned,
    /// Deliveries are to be told by a body that is not signed.
    #[error(
        "the provider does not sign the body, so that it does not tell one event from the next"
    )]
    BodyUnsigned,
    /// The provider signs another form than the body, and a template.
    #[error("a provider that signs another form than the body has to sign it alone")]
    FormWithTemplate,
    /// A tolerance without a signed timestamp.
    #[error("the scheme signs no timestamp, so a tolerance would protect nothing")]
    NoTimestamp,
    /// A policy for unknown events without known ones.
    #[error("the provider names no events, so unknown ones can only be delivered")]
    NoEventNames,
    /// The status for wrong signatures.
    #[error("the status for wrong signatures has to be 400 to 499, not {0}")]
    RejectionStatus(u16),
    /// A guard where repeats are genuine.
    #[error(
        "two identical deliveries of this provider can both be genuine: a replay guard or dedupe \
         would drop real events"
    )]
    GenuineRepeats,
    /// No signed id to tell events by.
    #[error("the scheme has no delivery id that the signature covers")]
    NoSignedId,
    /// The provider is configured wrong.
    #[error("the provider is configured wrong: {0}")]
    Provider(&'static str),
    /// A guard at an unsigned endpoint.
    #[error("a replay guard tells deliveries by what is signed, and here nothing is")]
    UnsignedWithGuard,
    /// A guard at an endpoint that only observes.
    #[error(
        "a replay guard keeps repeats from the handler, and an endpoint that only observes keeps \
         nothing from it"
    )]
    ObservingWithGuard,
    /// An endpoint that verifies nothing and observes what it verifies.
    #[error("an endpoint that takes unsigned requests verifies nothing that it could observe")]
    ObservingUnsigned,
    /// A body limit of nothing.
    #[error("the body limit has to be at least 1 byte")]
    BodyLimit,
    /// A deadline of nothing.
    #[error("the body deadline has to be longer than nothing")]
    BodyDeadline,
    /// A name that is empty, long or unreadable.
    #[error("a name has to have 1 to 128 characters, and no control characters")]
    Name,
    /// The provider's handshake is broken.
    #[error("the provider's handshake cannot be used: {0}")]
    Handshake(&'static str),
    /// A token that no handshake takes.
    #[error(
        "the provider's handshake takes no token, so `.verify_token(..)` would protect nothing"
    )]
    VerifyToken,
    /// Learning where there is nothing to learn.
    #[error(
        "`.learn_secret(..)` belongs to providers that send their secret, at endpoints that verify \
         with secrets of their own or of `.secrets_from(..)`"
    )]
    NothingToLearn,
    /// An unsigned endpoint with secrets.
    #[error("an endpoint that takes unsigned requests cannot have secrets: decide for one")]
    UnsignedWithSecrets,
    /// An unsigned endpoint of a provider that always signs.
    #[error("this provider always signs: an unsigned request is never its own")]
    NeverUnsigned,
}

impl From<SchemeError> for BuildError {
    fn from(error: SchemeError) -> Self {
        Self::Scheme(error)
    }
}

impl fmt::Debug for BuildError {
    /// In words: a `main` that returns it prints this, and the mend should stand there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BuildError({self})")
    }
}
