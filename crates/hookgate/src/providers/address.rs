//! Addresses of certificates, which requests name and a key source fetches: what is held against
//! a provider's hosts before anybody is asked.

/// The longest address that is read, in bytes.
const LONGEST: usize = 512;

/// The host and the path of an address whose reading leaves nothing to choose.
///
/// `None` for all that URL parsers disagree on, or that leads elsewhere than it seems to: another
/// scheme, upper case in the host, user, port, query, fragment, escapes, back slashes, empty and
/// dot segments. What is left is `https://`, a host of letters, digits, `-` and `.`, and a path.
pub(super) fn https(address: &str) -> Option<(&str, &str)> {
    if address.len() > LONGEST {
        return None;
    }
    let rest = address.strip_prefix("https://")?;
    let (host, path) = rest.split_at_checked(rest.find('/')?)?;
    let in_host = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    let mut segments = path.split('/').skip(1);
    let plain = !host.is_empty()
        && host.bytes().all(in_host)
        && path.bytes().all(in_path)
        && segments.all(|segment| !matches!(segment, "" | "." | ".."));
    plain.then_some((host, path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_one_reading() {
        assert_eq!(https("https://a.example/b/C-1.pem"), Some(("a.example", "/b/C-1.pem")));
        for odd in [
            "",
            "https://",
            "https:///x",
            "https://a.example",
            "https://a.example/",
            "https://a.example//x",
            "https://a.example/x/",
            "https://a.example/../x",
            "https://a.example/./x",
            "https://a.example/%2e%2e/x",
            "https://a.example/x?y",
            "https://a.example/x#y",
            "https://a.example:443/x",
            "https://u@a.example/x",
            "https://a.example\\x",
            "https://a.example/x\\y",
            "https://A.example/x",
            "HTTPS://a.example/x",
            "http://a.example/x",
            "//a.example/x",
            " https://a.example/x",
            "https://a.example/x\n",
            "https://a.exämple/x",
        ] {
            assert_eq!(https(odd), None, "{odd}");
        }
        assert_eq!(https(&format!("https://a.example/{}", "x".repeat(600))), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_the_whole_address(text in "(https://)?[a-zA-Z0-9.@:/\\\\?#%-]{0,40}") {
            if let Some((host, path)) = https(&text) {
                prop_assert_eq!(format!("https://{host}{path}"), &*text);
                prop_assert!(!host.contains(['/', '@', ':', '\\']) && path.starts_with('/'));
            }
        }
    }
}
