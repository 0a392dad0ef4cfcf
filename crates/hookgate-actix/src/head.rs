//! The head of a request, as the check reads it.

use actix_web::dev;
use actix_web::http::header::CONTENT_LENGTH;
use hookgate::RequestHead;

/// actix-web's head, of `http` 0.2, behind the trait of the check.
pub(crate) struct Head<'a>(pub(crate) &'a dev::RequestHead);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    /// From the URI as it came: actix-web matches routes against a copy of its own, and a scope
    /// takes nothing away.
    fn path(&self) -> &str {
        self.0.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri.query()
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        // actix-http sends `100 Continue` before any service runs, so nobody waits for it here:
        // the rest of a refused body is read as any other's.
        if name == "expect" {
            return;
        }
        // Comparing names of equal length beats making a header name of `name` to hash it: a head
        // has a dozen of them.
        let mut keys = self.0.headers.keys();
        let named = keys.find(|key| key.as_str().len() == name.len() && key.as_str() == name);
        if let Some(key) = named {
            for value in self.0.headers.get_all(key) {
                each(value.as_bytes());
            }
        }
    }

    fn content_length(&self) -> Option<u64> {
        let length = self.0.headers.get(CONTENT_LENGTH)?;
        length.to_str().ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn every_line_of_a_header_comes_as_it_was_received_and_in_order() {
        let not_text = HeaderValue::from_bytes(b"\xff third").unwrap();
        let request = TestRequest::post()
            .append_header(("X-Signature", "first "))
            .append_header(("x-signaturf", "another of its length"))
            .append_header(("x-signature", "second, 2"))
            .append_header((HeaderName::from_static("x-signature"), not_text))
            .to_http_request();
        let mut lines = Vec::new();
        Head(request.head()).header("x-signature", &mut |line| lines.push(line.to_vec()));
        assert_eq!(lines, [&b"first "[..], b"second, 2", b"\xff third"]);
    }

    #[test]
    fn the_path_and_the_query_are_not_decoded() {
        let request =
            TestRequest::with_uri("/a%2Fb//c/?d=%20&e").method(Method::GET).to_http_request();
        let head = Head(request.head());
        assert_eq!(head.method(), "GET");
        assert_eq!(head.path(), "/a%2Fb//c/");
        assert_eq!(head.query(), Some("d=%20&e"));
    }

    #[test]
    fn a_length_is_declared_or_it_is_not() {
        for (value, want) in [
            (Some("17"), Some(17)),
            (Some("-1"), None),
            (Some("18446744073709551616"), None),
            (None, None),
        ] {
            let mut request = TestRequest::post();
            if let Some(value) = value {
                request = request.insert_header((CONTENT_LENGTH, value));
            }
            let request = request.to_http_request();
            assert_eq!(Head(request.head()).content_length(), want, "{value:?}");
        }
    }
}
