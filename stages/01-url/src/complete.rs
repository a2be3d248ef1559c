//! What an address bar adds to what was typed.

use crate::{without_credentials, wrong_character};
use std::net::Ipv6Addr;
use thru_events::{Cause, Tap, Text, url::UrlEvent};

/// Schemes behind which a host stands, also without `//` (WHATWG URL, "special scheme").
pub(crate) const SPECIAL_SCHEMES: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];

/// Schemes that stand without `//`; what follows the colon is theirs.
pub(crate) const OPAQUE_SCHEMES: [&str; 9] = [
    "data",
    "about",
    "blob",
    "javascript",
    "mailto",
    "tel",
    "file",
    "view-source",
    "urn",
];

/// What stands at a path that was typed; each with the absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// A file.
    File(String),
    /// A folder.
    Folder(String),
    /// Nothing: where it would be.
    Nothing(String),
}

/// Endings of files that pages are made of. None of them is a top-level domain.
const FILE_ENDINGS: [&str; 15] = [
    "html", "htm", "xhtml", "xht", "xml", "css", "txt", "pdf", "svg", "png", "jpg", "jpeg", "gif",
    "webp", "ico",
];

/// What was typed, made a URL string that [`crate::parse`] can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The URL string.
    pub url: String,
    /// What was added and why; `None` if it was complete already.
    pub why: Option<Text>,
    /// `UrlEvent::Completed`, or the cause that was handed in.
    pub cause: Cause,
}

/// Completes what was typed. `on_disk` says what stands at a path.
///
/// In this order: a scheme stays as it is; a file or folder that exists becomes a `file:` URL, and
/// so does what can only be a path (it begins with a dot or a slash, or is one word with the ending
/// of a file); a name gets `https:`; localhost, an IP address in any form and a host with another
/// port than 443 get `http:`, because there hardly anyone has a certificate. What is no name stays
/// as it is, for the parser to refuse.
pub fn complete(
    typed: &str,
    on_disk: impl Fn(&str) -> OnDisk,
    tap: &Tap,
    cause: Cause,
) -> Completion {
    let trimmed = typed.trim_matches(|c: char| c <= ' ');
    let (url, why) = match completed(trimmed, on_disk) {
        Some((url, why)) => (url, Some(why)),
        None => (trimmed.to_owned(), None),
    };
    let shown = || without_credentials(typed);
    let cause = match &why {
        None => cause,
        Some(why) => tap
            .emit_with_span(cause, tap.keep(shown().as_bytes()), || {
                UrlEvent::Completed {
                    typed: shown(),
                    completed: without_credentials(&url),
                    why: why.clone(),
                }
            })
            .or(cause),
    };
    Completion { url, why, cause }
}

fn completed(typed: &str, on_disk: impl Fn(&str) -> OnDisk) -> Option<(String, Text)> {
    if typed.is_empty() || has_scheme(typed) {
        return None;
    }
    if let Some((path, why)) = path(typed, on_disk(typed)) {
        return Some((file_url(&path), why.into()));
    }
    if let Some(rest) = typed.strip_prefix("//") {
        return Some((format!("https://{rest}"), "it has no scheme".into()));
    }
    if let Ok(address) = typed.parse::<Ipv6Addr>() {
        return Some((
            format!("http://[{address}]/"),
            "it is an IPv6 address".into(),
        ));
    }
    if wrong_character::in_typed_name(typed).is_some() {
        // A user name before it is no scheme: the parser has to see what is.
        let (https, why) = (format!("https://{typed}"), "it has no scheme".into());
        return typed.contains('@').then_some((https, why));
    }
    let (scheme, why) = scheme_for(typed);
    Some((format!("{scheme}://{typed}"), why))
}

/// The absolute path, if what was typed is one.
fn path(typed: &str, found: OnDisk) -> Option<(String, &'static str)> {
    let begins_as_path = ["./", "../", "/"]
        .iter()
        .any(|start| typed.starts_with(start));
    let is_path = (begins_as_path && !typed.starts_with("//")) || typed == "." || typed == "..";
    match found {
        OnDisk::File(path) => Some((path, "it is a file that exists")),
        // A folder may be named after a site.
        OnDisk::Folder(path) if is_path || typed.contains('/') || !typed.contains('.') => {
            Some((path, "it is a folder that exists"))
        }
        OnDisk::Nothing(path) if typed.starts_with('/') && is_path => {
            Some((path, "it is a path from the root folder"))
        }
        OnDisk::Nothing(path) if is_path => Some((path, "it is a path from this folder")),
        OnDisk::Nothing(path) if has_ending_of_a_file(typed) => {
            Some((path, "it has the ending of a file, which no host has"))
        }
        _ => None,
    }
}

/// One word, as `page.html`: of `example.com/page.html` the first part is a host.
fn has_ending_of_a_file(typed: &str) -> bool {
    let ending = typed.rsplit_once('.').map(|(_, ending)| ending);
    let of_a_file = |ending: &str| {
        let mut endings = FILE_ENDINGS.iter();
        endings.any(|known| ending.eq_ignore_ascii_case(known))
    };
    !typed.contains(['/', '@', ':', '?', '#']) && ending.is_some_and(of_a_file)
}

/// Whether a scheme stands there. `localhost:8080` and `user:pw@host` have none.
pub(crate) fn has_scheme(typed: &str) -> bool {
    let Some((scheme, rest)) = typed.split_once(':') else {
        return false;
    };
    let mut letters = scheme.chars();
    let well_formed = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !well_formed {
        return false;
    }
    let opaque = OPAQUE_SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if opaque || rest.starts_with("//") || rest.starts_with("\\\\") {
        return true;
    }
    if SPECIAL_SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return true;
    }
    let authority = &rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())];
    let port = authority.chars().all(|c| c.is_ascii_digit());
    !(port || authority.contains('@'))
}

/// The scheme for something that begins with a host.
fn scheme_for(typed: &str) -> (&'static str, Text) {
    let authority = &typed[..typed.find(['/', '\\', '?', '#']).unwrap_or(typed.len())];
    let host_and_port = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = split_port(host_and_port);
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    let local = lower == "localhost" || lower.ends_with(".localhost");
    match port {
        Some("443") => ("https", "port 443 is that of https".into()),
        _ if host.starts_with('[') => ("http", "it is an IPv6 address".into()),
        _ if local => ("http", "localhost is this machine".into()),
        _ if ends_in_a_number(&lower) => ("http", "it is an IPv4 address".into()),
        Some(port) => ("http", format!("port {port} is not that of https").into()),
        None => ("https", "it has no scheme".into()),
    }
}

fn split_port(host_and_port: &str) -> (&str, Option<&str>) {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => {
            (host, Some(port))
        }
        _ => (host_and_port, None),
    }
}

/// WHATWG URL, "ends in a number checker": such a host is read as an IPv4 address.
pub(crate) fn ends_in_a_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    let decimal = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    let hexadecimal = last
        .strip_prefix("0x")
        .or(last.strip_prefix("0X"))
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    decimal || hexadecimal
}

/// A `file:` URL of an absolute path; what has a meaning in URLs is percent-encoded.
fn file_url(path: &str) -> String {
    let mut url = String::from("file://");
    for octet in path.bytes() {
        match octet {
            b'%' | b'?' | b'#' | b'\\' | 0..=b' ' | 0x7f.. => {
                url.push_str(&format!("%{octet:02X}"))
            }
            _ => url.push(octet as char),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(typed: &str) -> OnDisk {
        match typed {
            "page.html" => OnDisk::File("/home/a b/page.html".to_owned()),
            "docs" | "docs/x" | "example.com" => OnDisk::Folder(format!("/home/{typed}")),
            absolute if absolute.starts_with('/') => OnDisk::Nothing(absolute.to_owned()),
            other => OnDisk::Nothing(format!("/home/{}", other.trim_start_matches("./"))),
        }
    }

    fn completed_to(typed: &str) -> String {
        complete(typed, disk, &Tap::off(), None).url
    }

    #[test]
    fn an_address_bar_completes_what_is_missing() {
        let table = [
            ("example.com/x?y#z", "https://example.com/x?y#z"),
            ("  shop.lab  ", "https://shop.lab"),
            ("wiki", "https://wiki"),
            ("localhost", "http://localhost"),
            ("localhost:8080/a", "http://localhost:8080/a"),
            ("a.localhost:443", "https://a.localhost:443"),
            ("127.1", "http://127.1"),
            ("0x7f.1/x", "http://0x7f.1/x"),
            ("2130706433", "http://2130706433"),
            ("::1", "http://[::1]/"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("example.com:8080", "http://example.com:8080"),
            ("user:pw@example.com/x", "https://user:pw@example.com/x"),
            ("//example.com", "https://example.com"),
            ("b\u{fc}cher.example", "https://b\u{fc}cher.example"),
            ("page.html", "file:///home/a%20b/page.html"),
            ("/tmp/x y#1", "file:///tmp/x%20y%231"),
            ("docs", "file:///home/docs"),
            ("docs/x", "file:///home/docs/x"),
            ("example.com", "https://example.com"),
            ("other.HTML", "file:///home/other.HTML"),
            ("example.com/other.html", "https://example.com/other.html"),
            ("./none", "file:///home/none"),
        ];
        for (typed, url) in table {
            assert_eq!(completed_to(typed), url, "{typed}");
        }
    }

    #[test]
    fn what_has_a_scheme_stays_and_says_nothing() {
        for typed in [
            "https://a/",
            "http:a",
            "data:,x",
            "mailto:a@b.c",
            "foo:bar",
            "file:x",
            "foo://1",
            "ht!tp://x",
            "exa mple.org",
        ] {
            let completion = complete(typed, disk, &Tap::off(), None);
            assert_eq!((completion.url.as_str(), completion.why), (typed, None));
        }
    }
}
