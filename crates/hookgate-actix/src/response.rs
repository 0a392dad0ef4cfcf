//! What the gate answers by itself, as actix-web's responses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use hookgate::{Refusal, Rejection, Reply};

/// A reply as a response.
pub(crate) fn replied(reply: Reply) -> HttpResponse {
    let (status, headers, body) = reply.into_parts();
    let status = StatusCode::from_u16(status);
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in headers {
        response.append_header((&*name, &*value));
    }
    response.body(body)
}

/// A refusal as a response, with the rejection in its extensions.
pub(crate) fn refused(refusal: Refusal) -> HttpResponse {
    rejected(refusal.reply, Some(refusal.rejection))
}

/// A reply as a response, with the rejection in its extensions where there is one: for middleware
/// further out, such as a logger.
pub(crate) fn rejected(reply: Reply, rejection: Option<Rejection>) -> HttpResponse {
    let mut response = replied(reply);
    if let Some(rejection) = rejection {
        response.extensions_mut().insert(rejection);
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn a_reply_arrives_whole() {
        let reply = Reply::new(410).text("moved").header("x-twice", "1").header("x-twice", "2");
        let response = replied(reply);
        assert_eq!(response.status(), StatusCode::GONE);
        let headers = response.headers();
        assert_eq!(headers.get("cache-control").unwrap(), "no-store");
        assert_eq!(headers.get("x-content-type-options").unwrap(), "nosniff");
        assert_eq!(headers.get("content-type").unwrap(), "text/plain; charset=utf-8");
        assert_eq!(headers.get_all("content-type").count(), 1);
        let twice: Vec<_> = headers.get_all("x-twice").collect();
        assert_eq!(twice, ["1", "2"]);
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), "moved");
    }
}
