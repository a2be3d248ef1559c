//! User names and passwords in URLs are kept out of what is shown and saved.

use crate::complete::{OPAQUE_SCHEMES, SPECIAL_SCHEMES, has_scheme};
use data_encoding::BASE64;
use std::{fmt, ops::Range};
use url::Url;

/// What stands in their place.
const HIDDEN: &str = "(redacted)";

/// User name and password, as they stood in a URL. Nothing shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl Credentials {
    /// `USER:PASSWORD`, as an option has it; the password may be empty, the colon is needed.
    pub fn of_option(text: &str) -> Option<Credentials> {
        let (user, password) = text.split_once(':')?;
        Some(Credentials {
            user: user.into(),
            password: password.into(),
        })
    }

    /// Takes them out of a URL, if it has any.
    pub fn take(url: &mut Url) -> Option<Credentials> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect();
        let taken = Credentials {
            user: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
        };
        // Only a URL without a host refuses; such a one has no user name.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(taken)
    }

    /// The value of an `Authorization` field (RFC 7617, section 2).
    pub fn basic(&self) -> String {
        let pair = [&self.user[..], b":", &self.password].concat();
        format!("Basic {}", BASE64.encode(&pair))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// The text with the user information of its authority (RFC 3986 section 3.2.1) taken out; text
/// that has none comes back as it is.
pub fn without_credentials(text: &str) -> String {
    match place(text) {
        Some(place) => format!("{}{HIDDEN}{}", &text[..place.start], &text[place.end..]),
        None => text.to_owned(),
    }
}

/// Where the character at `at` of `text` stands in the text without credentials; inside of them it
/// is their first.
pub(crate) fn moved(text: &str, at: usize) -> usize {
    let Some(place) = place(text) else {
        return at;
    };
    let count = |octets: Range<usize>| text[octets].chars().count();
    let (before, hidden) = (count(0..place.start), count(place));
    match at {
        at if at < before => at,
        at if at < before + hidden => before,
        at => at - hidden + HIDDEN.len(),
    }
}

/// The octets of the user information: before an `@` in what is the authority, or would be once
/// the text is completed. Where a password was typed with a `/`, `?` or `#` in it, what it leaves is no
/// port, and all before the last `@` counts.
fn place(text: &str) -> Option<Range<usize>> {
    let from = match text.split_once(':') {
        Some((scheme, rest)) if has_scheme(text) => {
            let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
            let is_in = |list: &[&str]| {
                let scheme = scheme.trim_start();
                list.iter().any(|known| known.eq_ignore_ascii_case(scheme))
            };
            match slashes {
                0 | 1 if is_in(&OPAQUE_SCHEMES) => return None,
                // A scheme that nobody knows may be a user name.
                0 | 1 if !is_in(&SPECIAL_SCHEMES) => 0,
                _ => scheme.len() + 1 + slashes,
            }
        }
        _ if text.starts_with("//") => 2,
        _ => 0,
    };
    let rest = &text[from..];
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@').or_else(|| {
        let (host, port) = rest[..end].split_once(':')?;
        let is_port = host.starts_with('[') || port.chars().all(|c| c.is_ascii_digit());
        rest.rfind('@').filter(|_| !is_port)
    })?;
    Some(from..from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_hidden() {
        let shown = without_credentials("http://ann:s@cret@host:8/a@b?c@d");
        assert_eq!(shown, "http://(redacted)@host:8/a@b?c@d");
        assert_eq!(without_credentials("ann:x@host"), "(redacted)@host");
        assert_eq!(
            without_credentials("https:ann:x@host"),
            "https:(redacted)@host"
        );
        for cut in ["https://ann:s/3@host/", "https://ann:s#3@host/"] {
            assert_eq!(without_credentials(cut), "https://(redacted)@host/");
        }
        assert_eq!(without_credentials("ann:s/3@host"), "(redacted)@host");
    }

    #[test]
    fn text_without_them_stays() {
        for text in [
            "https://host/a@b",
            "host",
            "/a@b",
            "data:,a",
            "mailto:ann@host",
            "https://host:8/a@b",
            "https://[::1]:x/a@b",
            "",
            "../x@2.html",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }

    #[test]
    fn what_is_taken_is_shown_to_the_server_alone() {
        let mut url = Url::parse("https://a%20b:c%3Ad@host/e@f").expect("a URL");
        let taken = Credentials::take(&mut url).expect("a user name is there");
        assert_eq!(url.as_str(), "https://host/e@f");
        assert_eq!(taken.basic(), "Basic YSBiOmM6ZA==");
        assert_eq!(format!("{taken:?}"), "(redacted)");
        assert_eq!(Credentials::take(&mut url), None);
    }

    #[test]
    fn a_place_in_the_text_moves_with_it() {
        let typed = "https://ä:b@ho st/";
        let shown = without_credentials(typed);
        let space = |text: &str| text.chars().position(|c| c == ' ');
        let at = space(typed).expect("a space");
        assert_eq!(Some(moved(typed, at)), space(&shown));
        assert_eq!((moved(typed, 9), moved(typed, 3)), (8, 3));
    }
}
