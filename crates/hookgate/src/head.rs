//! What the gate reads of a request before its body.

/// The head of a request, whatever HTTP library it came through.
///
/// hookgate asks for no HTTP library's types, since actix-web still speaks `http` 0.2 while the
/// rest of the ecosystem speaks `http` 1. With the feature `http` (on by default) the trait is
/// implemented for [`http::Request`] and [`http::request::Parts`]; for anything else it is five
/// methods.
///
/// Implementations hand out what was received, byte for byte: nothing trimmed, folded, decoded or
/// normalised.
pub trait RequestHead {
    /// The method, in the letters in which it was received (`POST`).
    fn method(&self) -> &str;

    /// The path as received: percent-encoded, with a leading `/`, without the query.
    fn path(&self) -> &str;

    /// The query as received, without the `?`.
    fn query(&self) -> Option<&str>;

    /// Calls `each` with every value of the header, one call for a header line, in order.
    ///
    /// `name` is in lower case; header names are compared without regard to case.
    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8]));

    /// The declared length of the body in bytes, `None` where none is declared.
    ///
    /// It only ever serves to refuse early. Nothing is reserved on its word.
    fn content_length(&self) -> Option<u64>;
}

/// How often a header occurred that has to occur once, and what was read from it.
#[derive(Debug)]
pub(crate) enum Occurs<T> {
    Never,
    Once(T),
    Often,
}

/// Reads a header that has to occur exactly once: another line would be seen by one reader of the
/// request and not by the next.
pub(crate) fn once<H, T>(head: &H, name: &str, mut read: impl FnMut(&[u8]) -> T) -> Occurs<T>
where
    H: RequestHead + ?Sized,
{
    let mut first = None;
    let mut often = false;
    head.header(name, &mut |value| match first {
        None => first = Some(read(value)),
        Some(_) => often = true,
    });
    match first {
        None => Occurs::Never,
        Some(_) if often => Occurs::Often,
        Some(value) => Occurs::Once(value),
    }
}

/// Whether the sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
pub(crate) fn expects_continue<H: RequestHead + ?Sized>(head: &H) -> bool {
    let mut expects = false;
    head.header("expect", &mut |value| expects |= value.eq_ignore_ascii_case(b"100-continue"));
    expects
}

#[cfg(feature = "http")]
mod http_types {
    use http::header::CONTENT_LENGTH;
    use http::{HeaderMap, Request, request::Parts};

    use super::RequestHead;

    fn each_value(headers: &HeaderMap, name: &str, each: &mut dyn FnMut(&[u8])) {
        // Comparing names of equal length beats hashing the name: a head has a dozen lines.
        for (key, value) in headers {
            if key.as_str().len() == name.len() && key.as_str() == name {
                each(value.as_bytes());
            }
        }
    }

    fn declared_length(headers: &HeaderMap) -> Option<u64> {
        let digits = headers.get(CONTENT_LENGTH)?.as_bytes();
        // No more than digits (RFC 9110, section 8.6): `parse` would take a sign as well.
        digits.iter().try_fold(0_u64, |length, digit| {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
            length.checked_mul(10)?.checked_add(digit.into())
        })
    }

    impl<B> RequestHead for Request<B> {
        fn method(&self) -> &str {
            self.method().as_str()
        }

        fn path(&self) -> &str {
            self.uri().path()
        }

        fn query(&self) -> Option<&str> {
            self.uri().query()
        }

        fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
            each_value(self.headers(), name, each);
        }

        fn content_length(&self) -> Option<u64> {
            declared_length(self.headers())
        }
    }

    impl RequestHead for Parts {
        fn method(&self) -> &str {
            self.method.as_str()
        }

        fn path(&self) -> &str {
            self.uri.path()
        }

        fn query(&self) -> Option<&str> {
            self.uri.query()
        }

        fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
            each_value(&self.headers, name, each);
        }

        fn content_length(&self) -> Option<u64> {
            declared_length(&self.headers)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_length_is_digits_or_it_is_not_declared() {
            for (value, want) in [
                ("17", Some(17)),
                ("18446744073709551615", Some(u64::MAX)),
                ("18446744073709551616", None),
                ("-1", None),
                ("+1", None),
                ("1 ", None),
                ("1,1", None),
            ] {
                let request = Request::post("/").header("content-length", value).body(()).unwrap();
                assert_eq!(request.content_length(), want, "{value}");
            }
            assert_eq!(Request::new(()).content_length(), None);
        }
    }
}
