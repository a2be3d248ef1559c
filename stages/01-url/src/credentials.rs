//! User names and passwords in URLs are kept out of what is shown and saved.

/// What stands in their place.
const HIDDEN: &str = "(redacted)";

/// The text with the user information of its authority (RFC 3986 section 3.2.1) taken out; text
/// that has none comes back as it is.
pub fn without_credentials(text: &str) -> String {
    let from = match text.split_once("://") {
        Some((scheme, _)) => scheme.len() + 3,
        None => 0,
    };
    let rest = &text[from..];
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // A word before an address without scheme (a mail address) is a user name too.
    match rest[..end].rfind('@') {
        Some(at) => format!("{}{HIDDEN}{}", &text[..from], &rest[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_hidden() {
        let shown = without_credentials("http://ann:s@cret@host:8/a@b?c@d");
        assert_eq!(shown, "http://(redacted)@host:8/a@b?c@d");
        assert_eq!(without_credentials("ann:x@host"), "(redacted)@host");
    }

    #[test]
    fn text_without_them_stays() {
        for text in [
            "https://host/a@b",
            "host",
            "/a@b",
            "data:,a",
            "",
            "../x@2.html",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }
}
