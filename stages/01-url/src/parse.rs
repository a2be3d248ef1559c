//! The pass around the url crate.

use crate::credentials::{Credentials, moved};
use crate::{is_blocked, registrable_domain, without_credentials, wrong_character};
use std::ops::Range;
use thru_events::{Blame, Cause, Code, Failed, Tap, url::UrlEvent};
use thru_octets::Span;
use url::{Position, Url};

/// Longest URL that is parsed, in octets (Chromium's limit).
pub const URL_LIMIT: usize = 2 * 1024 * 1024;

/// Which part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PartKind {
    Scheme,
    Host,
    Port,
    Path,
    Query,
    Fragment,
}

/// One part of a URL and where it stands in the serialised URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub kind: PartKind,
    /// Octets of the serialised URL.
    pub range: Range<usize>,
    /// The same in the journal's kept bytes, when recording.
    pub span: Option<Span>,
}

/// A URL that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedUrl {
    /// The URL with its fragment, without user name and password.
    pub url: Url,
    /// The user name and password that it had.
    pub credentials: Option<Credentials>,
    /// Host in ASCII form, IPv6 in brackets; empty for `file:` and `data:`.
    pub host: String,
    /// Port, the scheme's own filled in; 0 where the scheme has none.
    pub port: u16,
    /// Path and query, as a request names it.
    pub target: String,
    /// The host's registrable domain, if it has one.
    pub registrable_domain: Option<String>,
    /// The parts that are there, in order.
    pub parts: Vec<Part>,
}

impl ParsedUrl {
    /// The URL as it may leave the machine: without fragment.
    pub fn without_fragment(&self) -> Url {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url
    }
}

/// A URL that cannot be loaded: the character at which it went wrong, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlRefused {
    /// `url.invalid`, `url.scheme_unsupported` or `url.port_blocked`.
    pub code: Code,
    /// What was to be parsed; `at` counts in it.
    pub text: String,
    /// Character offset (not octets) under which the caret goes.
    pub at: usize,
    /// What is wrong, in words.
    pub why: String,
    /// `UrlEvent::Refused`, when recording.
    pub evidence: Cause,
}

impl UrlRefused {
    /// The text with a caret below the wrong character, two lines; user name and password are
    /// left out.
    pub fn caret(&self) -> String {
        let shown: String = without_credentials(&self.text)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        format!("{shown}\n{}^", " ".repeat(moved(&self.text, self.at)))
    }
}

impl std::fmt::Display for UrlRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.why)
    }
}

impl std::error::Error for UrlRefused {}

impl From<UrlRefused> for Failed {
    fn from(refused: UrlRefused) -> Failed {
        let blame = match refused.code {
            Code::UrlSchemeUnsupported => Blame::Unsupported,
            _ => Blame::PolicyRefused,
        };
        let at = moved(&refused.text, refused.at);
        let message = format!("{} (character {}).", refused.why, at + 1);
        let culprit = without_credentials(&refused.text);
        Failed::new(refused.code, blame, culprit, message)
    }
}

/// Parses a URL string (WHATWG URL, basic URL parser without base).
///
/// # Errors
/// `url.invalid` if the parser refuses it, `url.scheme_unsupported` if thru cannot load the
/// scheme, `url.port_blocked` if Fetch forbids the port.
pub fn parse(typed: &str, tap: &Tap, cause: Cause) -> Result<(ParsedUrl, Cause), UrlRefused> {
    let mut url = match read(typed) {
        Ok(url) => url,
        Err(refused) => return Err(state_refusal(refused, tap, cause)),
    };
    let shown = without_credentials(&url[..Position::AfterQuery]);
    let credentials = Credentials::take(&mut url);
    let kept = tap.keep(url.as_str().as_bytes());
    let parsed = ParsedUrl {
        credentials,
        host: url.host_str().unwrap_or_default().to_owned(),
        port: url.port_or_known_default().unwrap_or(0),
        target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        registrable_domain: url
            .host_str()
            .and_then(registrable_domain)
            .map(str::to_owned),
        parts: parts(&url, kept),
        url,
    };
    let event = tap.emit_with_span(cause, kept, || UrlEvent::Parsed {
        url: shown,
        scheme: parsed.url.scheme().to_owned(),
        readable_host: readable(&parsed.host),
        host: parsed.host.clone(),
        port: parsed.port,
        target: parsed.target.clone(),
        registrable_domain: parsed.registrable_domain.clone(),
        fragment: parsed.url.fragment().map(str::to_owned),
    });
    Ok((parsed, event))
}

/// An internationalised name as people write it (UTS 46, section 4.3).
fn readable(host: &str) -> Option<String> {
    let (readable, valid) = idna::domain_to_unicode(host);
    (valid.is_ok() && readable != host).then_some(readable)
}

fn read(typed: &str) -> Result<Url, UrlRefused> {
    let refused = |code, at, why: String| UrlRefused {
        code,
        text: typed.to_owned(),
        at,
        why,
        evidence: None,
    };
    if typed.len() > URL_LIMIT {
        let why = format!(
            "The URL has {} octets; at most {URL_LIMIT} are read",
            typed.len()
        );
        return Err(refused(Code::UrlInvalid, 0, why));
    }
    let url = Url::parse(typed).map_err(|error| {
        let (at, why) = wrong_character::find(typed, error);
        refused(Code::UrlInvalid, at, why)
    })?;
    match url.scheme() {
        "http" | "https" => {}
        "file" | "data" => return Ok(url),
        scheme => {
            let at = typed.chars().take_while(|c| *c <= ' ').count();
            let why = format!("thru loads http, https, file and data; it cannot load {scheme}");
            return Err(refused(Code::UrlSchemeUnsupported, at, why));
        }
    }
    match url.port() {
        Some(port) if is_blocked(port) => {
            let at = wrong_character::port_offset(typed);
            let why =
                format!("Browsers load nothing from port {port}: it belongs to another protocol");
            Err(refused(Code::UrlPortBlocked, at, why))
        }
        _ => Ok(url),
    }
}

fn state_refusal(mut refused: UrlRefused, tap: &Tap, cause: Cause) -> UrlRefused {
    let shown = without_credentials(&refused.text);
    let kept = tap.keep(shown.as_bytes());
    refused.evidence = tap.emit_with_span(cause, kept, || UrlEvent::Refused {
        at: moved(&refused.text, refused.at) as u32,
        typed: shown,
        why: refused.why.clone(),
    });
    refused
}

/// The parts that are not empty, in order.
fn parts(url: &Url, kept: Option<Span>) -> Vec<Part> {
    use Position::*;
    let table = [
        (PartKind::Scheme, BeforeScheme, AfterScheme),
        (PartKind::Host, BeforeHost, AfterHost),
        (PartKind::Port, BeforePort, AfterPort),
        (PartKind::Path, BeforePath, AfterPath),
        (PartKind::Query, BeforeQuery, AfterQuery),
        (PartKind::Fragment, BeforeFragment, AfterFragment),
    ];
    let mut parts = Vec::new();
    for (kind, from, to) in table {
        let start = url[..from].len();
        let range = start..start + url[from..to].len();
        if !range.is_empty() {
            let span = kept.map(|whole| whole.part(range.start, range.end));
            parts.push(Part { kind, range, span });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> ParsedUrl {
        parse(typed, &Tap::off(), None).expect(typed).0
    }

    fn refusal(typed: &str) -> (Code, usize, String) {
        let refused = parse(typed, &Tap::off(), None).expect_err(typed);
        (refused.code, refused.at, refused.why)
    }

    #[test]
    fn every_part_has_its_place() {
        let url = parsed("https://u:p@www.Example.co.uk:8443/a/b?c=d#e");
        let read: Vec<_> = url
            .parts
            .iter()
            .map(|part| &url.url.as_str()[part.range.clone()])
            .collect();
        assert_eq!(
            read,
            ["https", "www.example.co.uk", "8443", "/a/b", "c=d", "e"]
        );
        assert_eq!((url.target.as_str(), url.port), ("/a/b?c=d", 8443));
        assert_eq!(url.registrable_domain.as_deref(), Some("example.co.uk"));
        assert_eq!(
            url.without_fragment().as_str(),
            "https://www.example.co.uk:8443/a/b?c=d"
        );
    }

    #[test]
    fn an_internationalised_name_is_told_both_ways() {
        assert_eq!(
            parsed("https://bücher.example/").host,
            "xn--bcher-kva.example"
        );
        assert_eq!(
            readable("xn--bcher-kva.example"),
            Some("bücher.example".into())
        );
        assert_eq!(readable("shop.lab"), None);
        assert_eq!(readable("[::1]"), None);
    }

    #[test]
    fn a_user_name_needs_no_password() {
        let url = parsed("https://user@shop.lab/");
        let read: Vec<_> = url
            .parts
            .iter()
            .map(|part| &url.url.as_str()[part.range.clone()])
            .collect();
        assert_eq!(read, ["https", "shop.lab", "/"]);
        assert_eq!(
            url.credentials.map(|both| both.basic()),
            Some("Basic dXNlcjo=".into())
        );
    }

    #[test]
    fn the_caret_stands_under_the_wrong_character() {
        let table = [
            ("http://[::bad/", 13, "]"),
            ("http://[::g]/", 10, "hexadecimal"),
            ("http://[1:2:3]/", 13, "8"),
            ("http://[1:2:3:4:5:6:7:8:9]/", 24, "8"),
            ("http://[::1::2]/", 12, "once"),
            ("http://[12345::]/", 12, "colon"),
            ("http://[::1.2.3.256]/", 16, "255"),
            ("http://[::1]x/", 12, "]"),
            ("http://a b/", 8, "host"),
            ("http://u@a<b/", 10, "host"),
            ("http://a%00b/", 8, "host"),
            ("http://a:8x/", 10, "digits"),
            ("http://a:65536/", 9, "65535"),
            ("http://1.2.3.256/", 13, "255"),
            ("http://1.2.3.0xg.5/", 13, "number"),
            ("http://1.2.3.4.5/", 15, "four"),
            ("http://", 7, "host"),
            ("https://x.xn--a/", 10, "label"),
            (" \thttp://a b/", 10, "host"),
            ("ht!tp://x", 2, "scheme"),
            ("1http://x", 0, "letter"),
            ("u@exa!mple.org:80/", 5, "name"),
            (" exa mple.org", 4, "name"),
            ("wiki", 0, "scheme"),
            ("", 0, "empty"),
        ];
        for (typed, at, word) in table {
            let (code, found, why) = refusal(typed);
            assert_eq!((code, found), (Code::UrlInvalid, at), "{typed}: {why}");
            assert!(why.contains(word), "{typed}: {why}");
        }
    }

    #[test]
    fn schemes_and_ports_that_are_not_for_pages_are_refused_by_name() {
        assert_eq!(refusal("gopher://a/").0, Code::UrlSchemeUnsupported);
        assert_eq!(
            (refusal("http://a:25/").0, refusal("http://a:25/").1),
            (Code::UrlPortBlocked, 9)
        );
        assert_eq!(parsed("file:///x").port, 0);
        assert_eq!(parsed("http://a:3/").port, 3);
    }

    #[test]
    fn a_caret_is_drawn_by_characters() {
        let refused = parse("http://\u{fc} x/", &Tap::off(), None).unwrap_err();
        assert_eq!(refused.caret(), "http://\u{fc} x/\n        ^");
    }
}
