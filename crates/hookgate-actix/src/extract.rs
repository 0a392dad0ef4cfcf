//! The typed event as an extractor.

use std::error::Error;
use std::fmt;
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use hookgate::{Delivery, ExtractError, FromDelivery, Rejection};

use crate::response;

/// What a verified delivery holds: a provider's event, `JsonEvent<T>`, `Batch<T>`, `RawBody`, or
/// the [`Delivery`] itself.
///
/// It needs a [`WebhookMiddleware`](crate::WebhookMiddleware) around the handler's resource or
/// scope: without one, or behind another provider's, every request is answered 500, and the log
/// names what is missing. A delivery that does not decode is answered 400.
///
/// It leaves the body alone, so extractors of the body can stand beside it.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use hookgate::harmonizely;
/// use hookgate_actix::Webhook;
///
/// async fn on_meeting(
///     Webhook(event): Webhook<harmonizely::Event>,
///     verified_bytes: web::Bytes,
/// ) -> HttpResponse {
///     println!("{}: {} bytes", event.name(), verified_bytes.len());
///     HttpResponse::Ok().finish()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper that handlers take apart")]
pub struct Webhook<T>(pub T);

impl<T> Deref for Webhook<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromDelivery> FromRequest for Webhook<T> {
    type Error = WebhookRejection;
    type Future = Ready<Result<Self, WebhookRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(extract(request).map(Self))
    }
}

/// Takes what a delivery holds, where the gate left one.
pub(crate) fn extract<T: FromDelivery>(request: &HttpRequest) -> Result<T, WebhookRejection> {
    hookgate::extract(request.extensions().get::<Delivery>()).map_err(WebhookRejection)
}

/// Why [`Webhook`] has nothing to give.
///
/// As a response it is what the endpoint answers to rejections, with the [`Rejection`] in the
/// extensions; a handler that is wired wrong is answered 500.
#[derive(Clone)]
pub struct WebhookRejection(ExtractError);

impl WebhookRejection {
    /// Why.
    pub fn error(&self) -> &ExtractError {
        &self.0
    }

    /// The rejection of an authentic delivery, `None` where the handler is wired wrong.
    pub fn rejection(&self) -> Option<&Rejection> {
        self.0.rejection()
    }
}

impl From<ExtractError> for WebhookRejection {
    fn from(reason: ExtractError) -> Self {
        Self(reason)
    }
}

impl ResponseError for WebhookRejection {
    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.0.reply().status());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        response::rejected(self.0.reply(), self.rejection().cloned())
    }
}

impl fmt::Debug for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use hookgate::harmonizely::{Event, Harmonizely};
    use hookgate::sign::Message;
    use hookgate::{RawBody, ace, testing};

    use super::*;

    fn request_with(body: &'static str) -> HttpRequest {
        let message = Message::post("/hooks", body);
        let delivery = testing::deliver(Harmonizely, message).unwrap();
        let request = TestRequest::post().to_http_request();
        request.extensions_mut().insert(delivery);
        request
    }

    #[test]
    fn what_does_not_decode_keeps_its_rejection_and_its_cause() {
        let rejection = extract::<Event>(&request_with(r#"{"event":7}"#)).unwrap_err();
        assert_eq!(rejection.status_code(), StatusCode::BAD_REQUEST);
        assert!(rejection.rejection().unwrap().kind().after_verdict());
        let cause = rejection.source().unwrap().to_string();
        assert!(!rejection.to_string().contains(&cause), "{rejection}");

        let response = HttpResponse::from_error(rejection);
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(response.extensions().get::<Rejection>().is_some());
    }

    #[test]
    fn a_handler_that_is_wired_wrong_has_no_rejection() {
        let nothing = TestRequest::post().to_http_request();
        for (rejection, word) in [
            (extract::<RawBody>(&nothing).unwrap_err(), "webhook layer"),
            (extract::<ace::Event>(&request_with("{}")).unwrap_err(), "harmonizely"),
        ] {
            assert!(rejection.to_string().contains(word), "{rejection}");
            assert!(rejection.rejection().is_none() && rejection.source().is_none());
            assert_eq!(rejection.status_code(), 500);
            assert_eq!(rejection.error_response().status(), 500);
        }
    }
}
