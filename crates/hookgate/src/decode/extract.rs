//! What handlers take out of a delivery.

use std::fmt;

use bytes::Bytes;

use super::{FromContent, Misfit, misfit};
use crate::content::Coverage;
use crate::delivery::Delivery;
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::reply::Reply;

/// What an extractor can take from a [`Delivery`]: every [`FromContent`] type, and the delivery
/// itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken out of a delivery",
    note = "take the provider's own event type, `JsonEvent<T>` for a type of yours, `Batch<..>` for \
            arrays, `RawBody` for the bytes, `Delivery`, or implement `FromContent`"
)]
pub trait FromDelivery: Sized + sealed::Sealed {
    /// Takes it from a verified delivery.
    ///
    /// # Errors
    ///
    /// When the delivery is another provider's or proves too little, or does not decode.
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError>;
}

mod sealed {
    pub trait Sealed {}
    impl<T: super::FromContent> Sealed for T {}
    impl Sealed for super::Delivery {}
}

impl<T: FromContent> FromDelivery for T {
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError> {
        let content = delivery.content();
        match misfit::<T>(content) {
            None => {}
            Some(Misfit::Provider(wanted)) => {
                let came = content.provider.to_string();
                return Err(ExtractError::WrongProvider { wanted, came });
            }
            Some(Misfit::Coverage) => {
                return Err(ExtractError::WeakProof {
                    wanted: T::COVERAGE,
                    came: content.coverage,
                });
            }
        }
        let undecodable = |error| delivery.reject(RejectionKind::Undecodable).because(error);
        let taken = T::from_content(content).map_err(|error| {
            let refusal = delivery.endpoint().refuse(undecodable(error));
            ExtractError::Undecodable(Box::new(refusal))
        })?;
        if let Some(error) = taken.undecoded() {
            delivery.note(undecodable(error.clone()));
        }
        Ok(taken)
    }
}

impl FromDelivery for Delivery {
    fn from_delivery(delivery: &Delivery) -> Result<Self, ExtractError> {
        let came = delivery.content().coverage;
        if came < Coverage::Fields {
            return Err(ExtractError::WeakProof { wanted: Coverage::Fields, came });
        }
        Ok(delivery.clone())
    }
}

/// Takes something out of the delivery that a gate left for the handler: for adapters.
///
/// # Errors
///
/// When there is no delivery, or [`FromDelivery::from_delivery`] refuses. A handler that is wired
/// wrong is an error in the log too, since the sender is not told what is wrong with the server.
pub fn extract<T: FromDelivery>(delivery: Option<&Delivery>) -> Result<T, ExtractError> {
    let taken = delivery.ok_or(ExtractError::NoGate).and_then(T::from_delivery);
    if let Err(error) = &taken
        && error.rejection().is_none()
    {
        tracing::error!(target: "hookgate", %error, "the handler is wired wrong");
    }
    taken
}

/// Why an extractor has nothing to give.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExtractError {
    /// The handler runs without a gate in front of it. Answered 500: nothing was verified.
    NoGate,
    /// The gate in front verifies another provider. Answered 500.
    WrongProvider {
        /// The provider whose events the handler takes.
        wanted: &'static str,
        /// The provider that the gate verifies.
        came: String,
    },
    /// The gate in front proves less than the handler's type asks for. Answered 500.
    WeakProof {
        /// What the handler asks for.
        wanted: Coverage,
        /// What is proved.
        came: Coverage,
    },
    /// The delivery is authentic and does not decode. Answered 400.
    Undecodable(Box<Refusal>),
}

impl ExtractError {
    /// What the sender is told.
    pub fn reply(&self) -> Reply {
        let Self::Undecodable(refusal) = self else {
            let problem = serde_json::json!({
                "type": "about:blank",
                "title": "Internal Server Error",
                "status": 500,
                "detail": self.to_string(),
                "code": "webhook_layer",
            });
            let body = Bytes::from(problem.to_string());
            return Reply::new(500).content("application/problem+json", body);
        };
        refusal.reply.clone()
    }

    /// The answer as a response of the `http` crate, with the rejection of an authentic delivery in
    /// its extensions: there the gate finds it, for its log and for a replay guard.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use hookgate::{Delivery, harmonizely::Event};
    /// use http::{Request, Response};
    ///
    /// /// A handler of plain tower, behind `hookgate_tower::WebhookLayer`.
    /// async fn on_meeting(request: Request<Bytes>) -> Response<Bytes> {
    ///     match hookgate::extract::<Event>(request.extensions().get::<Delivery>()) {
    ///         Ok(event) => Response::new(format!("{}\n", event.name()).into()),
    ///         Err(error) => error.into_http(),
    ///     }
    /// }
    /// ```
    #[cfg(feature = "http")]
    pub fn into_http<B: From<Bytes>>(self) -> http::Response<B> {
        match self {
            Self::Undecodable(refusal) => refusal.into_http(),
            wired_wrong => wired_wrong.reply().into_http(),
        }
    }

    /// The rejection of an authentic delivery, `None` where the handler is wired wrong.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Undecodable(refusal) => Some(&refusal.rejection),
            Self::NoGate | Self::WrongProvider { .. } | Self::WeakProof { .. } => None,
        }
    }
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGate => f.write_str(
                "no verified delivery: put a webhook layer for the provider in front of this handler",
            ),
            Self::WrongProvider { wanted, came } => write!(
                f,
                "the handler takes deliveries of {wanted}, and the webhook layer in front verifies \
                 {came}",
            ),
            Self::WeakProof { wanted, came } => write!(
                f,
                "the handler asks for coverage {wanted:?}, and the webhook layer in front proves \
                 {came:?}",
            ),
            Self::Undecodable(refusal) => refusal.rejection.fmt(f),
        }
    }
}

impl std::error::Error for ExtractError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection().and_then(std::error::Error::source)
    }
}
