//! What makes a scheme unusable.

/// A scheme that cannot be used. The message names the part.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// A header's name is not one.
    #[error("{0:?} is not the name of a header")]
    HeaderName(String),
    /// An empty prefix, separator or name.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// A brace in the template belongs to no part.
    #[error("the template {0:?} has a brace that belongs to no part")]
    TemplateBrace(String),
    /// The template names an unknown part.
    #[error("the template has a part {0:?}, which is none of those that `Scheme` lists")]
    TemplatePart(String),
    /// A separator of the signature's list does not separate.
    #[error("the separator {0}")]
    Separator(&'static str),
    /// The template does not hold the body.
    #[error(
        "the template {0:?} leaves the body out, which is then unsigned: where the provider does \
         so, say `.body_unsigned()`"
    )]
    TemplateWithoutBody(String),
    /// The template holds no value.
    #[error("the template {0:?} is the same for every request, so that it would sign nothing")]
    TemplateConstant(String),
    /// The template holds the body twice.
    #[error("the template {0:?} holds the body twice")]
    TemplateBodyTwice(String),
    /// The template uses a value that has no place.
    #[error("the template uses {{{0}}}, and the scheme does not say where it stands")]
    NoPlace(&'static str),
    /// Two values stand side by side.
    #[error(
        "the template has {{{0}}} and {{{1}}} side by side, so that one request can be cut into \
         another: a literal has to stand between"
    )]
    Blurred(&'static str, &'static str),
    /// The secret stands in the middle of the text, twice, or beside an algorithm with a key.
    #[error(
        "{{secret}} has to stand first or last, once, and belongs to the algorithms that have no key"
    )]
    Secret,
    /// The algorithm and the form of the key do not fit.
    #[error("the algorithm takes {0}, and the scheme's key is of another form")]
    Key(&'static str),
    /// The signature's encoding does not fit the algorithm.
    #[error(
        "the algorithm's signatures are not written in the scheme's encoding: tokens stand as they \
         are, nothing else does, and only signatures of one length tell hex from base64"
    )]
    Encoding,
    /// Claims without a token that has them, or a token without rules for its claims.
    #[error("tokens with claims have rules for them, and nothing else has: use `Scheme::jwt`")]
    Claims,
    /// The algorithm is not compiled in.
    #[error("the scheme needs hookgate's feature `{0}`, which this build lacks")]
    Feature(&'static str),
    /// The address under which the provider knows the endpoint is not one.
    #[error("{0:?} is not the address of an endpoint: it begins with http:// or https://")]
    Url(String),
    /// The address has no path, and the scheme signs it among other values.
    #[error(
        "the provider signs the address among other values, which could move into its path: give \
         `.public_url(..)` with the path"
    )]
    UrlWithoutPath,
    /// A value stands where it cannot be read.
    #[error("the {0} cannot stand there: {1}")]
    Place(&'static str, &'static str),
    /// The JSON text of a form's field beside a signature over the form.
    #[error("a JSON text in a form's field is for schemes that do not sign the form itself")]
    JsonIn,
    /// A JSON pointer is malformed.
    #[error("{0:?} is not a JSON pointer to a member of an object")]
    Pointer(String),
    /// No method, or one that is not in upper case.
    #[error("the methods have to be at least one, in upper case")]
    Methods,
}
