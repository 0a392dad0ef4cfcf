//! Requests as they go over the wire.

use crate::Delivery;
use crate::delivery::SIGNATURE;

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Request(Vec<(&'static str, String)>);

impl Request {
    /// The head that goes with a body, signed.
    pub fn signed(body: &[u8]) -> Self {
        Self(Delivery::head(body))
    }

    /// The same without a signature.
    pub fn unsigned(body: &[u8]) -> Self {
        Self::signed(body).without(SIGNATURE)
    }

    /// A well-formed signature, and the length of a body that need not come.
    pub fn declaring(bytes: usize) -> Self {
        let mut request = Self::signed(b"").without("content-length");
        request.0.push(("content-length", bytes.to_string()));
        request
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    /// The head alone.
    pub fn head(&self) -> Vec<u8> {
        let mut text = String::from("POST /hooks HTTP/1.1\r\n");
        for (name, value) in &self.0 {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// Head and body.
    pub fn with(&self, body: &[u8]) -> Vec<u8> {
        [self.head(), body.to_vec()].concat()
    }

    /// Head and body, in chunks of the sizes that `sizes` repeats.
    pub fn in_chunks(&self, mut body: &[u8], sizes: &[usize]) -> Vec<u8> {
        let mut chunked = self.clone().without("content-length");
        chunked.0.push(("transfer-encoding", "chunked".into()));
        let mut bytes = chunked.head();
        for &size in sizes.iter().cycle() {
            let (chunk, rest) = body.split_at(size.min(body.len()));
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
            // An empty chunk was the last one.
            if chunk.is_empty() {
                break;
            }
            body = rest;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_head_ends_where_the_body_begins() {
        let request = text(Request::signed(b"{}").with(b"{}"));
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hooks HTTP/1.1\r\nhost: "), "{head}");
        assert!(head.contains("\r\ncontent-length: 2\r\n"), "{head}");
        assert!(head.contains("\r\nx-hub-signature-256: sha256="), "{head}");
        assert_eq!(body, "{}");
    }

    #[test]
    fn what_is_left_out_is_left_out_and_nothing_else() {
        let head = text(Request::unsigned(b"{}").head());
        assert!(!head.contains(SIGNATURE), "{head}");
        assert!(head.contains("\r\ncontent-length: 2\r\n"), "{head}");
        let head = text(Request::declaring(77).head());
        assert_eq!(head.matches("content-length").count(), 1, "{head}");
        assert!(head.contains("\r\ncontent-length: 77\r\n"), "{head}");
    }

    #[test]
    fn chunks_have_their_sizes_in_turn_and_an_end() {
        let request = text(Request::signed(b"abcdefg").in_chunks(b"abcdefg", &[1, 4]));
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with("transfer-encoding: chunked"), "{head}");
        assert!(!head.contains("content-length"), "{head}");
        assert_eq!(body, "1\r\na\r\n4\r\nbcde\r\n1\r\nf\r\n1\r\ng\r\n0\r\n\r\n");
    }
}
