//! What the signed text takes from the head, and the address as the provider knows it.

use crate::head::{Occurs, RequestHead, once};
use crate::scheme::error::SchemeError;
use crate::scheme::urlencoded;

/// The longest value of a header, a parameter or a field that is signed, in bytes.
const MAX_VALUE: usize = 1024;

/// Values of the head that the signed text uses, in its order.
pub(crate) type Captured = Box<[Option<Box<[u8]>>]>;

/// Where a part of the signed text stands in the head.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Capture {
    /// The address without its query.
    Path,
    /// The address with the query of the request.
    UrlAsSent,
    /// The address as it was configured, its query included.
    UrlAsConfigured,
    Method,
    Header(Box<str>),
    Query {
        name: Box<[u8]>,
        lower: bool,
    },
    SignatureField(Box<[u8]>),
    SortedQuery,
}

impl Capture {
    pub(crate) fn needs_url(&self) -> bool {
        matches!(self, Self::Path | Self::UrlAsSent | Self::UrlAsConfigured)
    }

    /// Whether it is an address whose path is known beforehand.
    pub(crate) fn is_address(&self) -> bool {
        matches!(self, Self::Path | Self::UrlAsConfigured)
    }

    /// Whether its end is known without what stands after it.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self, Self::Path | Self::UrlAsConfigured | Self::Method)
    }

    /// Reads the value. `None` where it is missing; an error where it stands twice or cannot be
    /// read.
    pub(crate) fn read<H>(
        &self,
        head: &H,
        url: Option<&PublicUrl>,
        field: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, Unclear>,
    ) -> Result<Option<Box<[u8]>>, Unclear>
    where
        H: RequestHead + ?Sized,
    {
        let query = head.query().unwrap_or_default().as_bytes();
        let url_text = |with: fn(&PublicUrl, &H) -> String| {
            url.map(|url| with(url, head).into_bytes().into()).ok_or(Unclear)
        };
        match self {
            Self::Path => url_text(|url, head| url.without_query(head.path())).map(Some),
            Self::UrlAsSent => {
                url_text(|url, head| url.with_query(head.path(), head.query())).map(Some)
            }
            Self::UrlAsConfigured => {
                url_text(|url, head| url.with_query(head.path(), url.query.as_deref())).map(Some)
            }
            Self::Method => Ok(Some(head.method().as_bytes().into())),
            Self::Header(name) => bounded(once(head, name, <[u8]>::to_vec)),
            Self::Query { name, lower } => {
                let value = bounded(urlencoded::once(query, name, <[u8]>::to_vec))?;
                Ok(value.map(|mut value| {
                    if *lower {
                        value.make_ascii_lowercase();
                    }
                    value
                }))
            }
            Self::SignatureField(name) => match field(name)? {
                Some(value) => bounded(Occurs::Once(value)),
                None => Ok(None),
            },
            Self::SortedQuery => {
                urlencoded::sorted_query(query).map(|text| Some(text.into())).ok_or(Unclear)
            }
        }
    }
}

/// A value that stands twice, or cannot be read in one way only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unclear;

fn bounded(value: Occurs<Vec<u8>>) -> Result<Option<Box<[u8]>>, Unclear> {
    match value {
        Occurs::Never => Ok(None),
        Occurs::Once(value) if value.len() <= MAX_VALUE => Ok(Some(value.into())),
        Occurs::Once(_) | Occurs::Often => Err(Unclear),
    }
}

/// The address under which the provider knows the endpoint.
///
/// It is used as it is written, never normalised: providers sign the text that was registered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PublicUrl {
    /// The scheme and the authority.
    origin: Box<str>,
    /// `None`: the path of the request.
    path: Option<Box<str>>,
    query: Option<Box<str>>,
}

impl PublicUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, SchemeError> {
        // An address may hold a user and a password, which no error shows.
        let shown = text.rsplit_once('@').map_or(text, |(_, host)| host);
        let wrong = || SchemeError::Url(shown.into());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('#');
        let authority = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .filter(|_| plain)
            .ok_or_else(wrong)?;
        let (address, query) = match text.split_once('?') {
            Some((address, query)) => (address, Some(query.into())),
            None => (text, None),
        };
        let length = authority.find(['/', '?']).unwrap_or(authority.len());
        if length == 0 {
            return Err(wrong());
        }
        let before = text.len().saturating_sub(authority.len()).saturating_add(length);
        let (origin, path) = address.split_at_checked(before).ok_or_else(wrong)?;
        let path = (!path.is_empty() || query.is_some()).then(|| path.into());
        Ok(Self { origin: origin.into(), path, query })
    }

    /// Whether the path is that of the request.
    pub(crate) fn lacks_path(&self) -> bool {
        self.path.is_none()
    }

    pub(crate) fn without_query(&self, requested: &str) -> String {
        format!("{}{}", self.origin, self.path.as_deref().unwrap_or(requested))
    }

    fn with_query(&self, requested: &str, query: Option<&str>) -> String {
        let mut text = self.without_query(requested);
        if let Some(query) = query {
            text.push('?');
            text.push_str(query);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_and_never_changed() {
        for (text, path, query) in [
            ("https://example.com", None, None),
            ("https://example.com/", Some("/"), None),
            ("https://user:pa@Example.com:443/a//b/../?x=%2f", Some("/a//b/../"), Some("x=%2f")),
            ("http://example.com?x", Some(""), Some("x")),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!((url.path.as_deref(), url.query.as_deref()), (path, query), "{text}");
            let whole = url.with_query("", url.query.as_deref());
            assert_eq!(whole, text);
        }
        for text in [
            "",
            "example.com",
            "ftp://x",
            "https://",
            "https:///p",
            "https://?",
            "https://a b",
            "https://x/#f",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
        let error = PublicUrl::parse("https://user:hunter2@example.com/ hooks").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("example.com/ hooks") && !error.contains("hunter2"), "{error}");
    }
}
