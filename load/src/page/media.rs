//! What a document is to be shown as (HTML section 7.5, MIME Sniffing section 7).

use crate::{Fetched, broken::Broken};
use bytes::Bytes;
use thru_events::{Blame, Code, Failed};

/// Octets that are looked at where nobody says what they are (MIME Sniffing section 5.2).
const SNIFFED: usize = 1445;

/// Around text that is shown as it is.
const BEFORE: &[u8] = b"<!DOCTYPE html><html><head></head><body><pre style=\"word-wrap:break-word;white-space:pre-wrap\">";
const AFTER: &[u8] = b"</pre></body></html>";

enum Kind {
    Page,
    Text,
    Other(String),
}

/// The document as a page: a page as it is, text within one.
///
/// # Errors
/// `page.unsupported_feature` for what is neither.
pub(crate) fn as_page(document: Fetched) -> Result<Fetched, Broken> {
    match kind(&document) {
        Kind::Page => Ok(document),
        Kind::Text => Ok(within_page(document)),
        Kind::Other(what) => {
            let url = crate::local::shown(&document.url);
            let message = format!("{url} is {what} and not a page: showing it is not built.");
            let code = Code::PageUnsupportedFeature;
            let failed = Failed::new(code, Blame::Unsupported, url, message);
            Err(Broken::new(failed, document.cause))
        }
    }
}

fn kind(document: &Fetched) -> Kind {
    let stated = document.content_type.as_deref().unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" => Kind::Page,
        "application/json" | "application/javascript" => Kind::Text,
        xml if xml.ends_with("+xml") => Kind::Page,
        text if text.starts_with("text/") => Kind::Text,
        "" => sniffed(&document.body),
        other => Kind::Other(other.to_owned()),
    }
}

fn sniffed(body: &[u8]) -> Kind {
    let head = &body[..body.len().min(SNIFFED)];
    let binary = |octet: &u8| matches!(octet, 0..=8 | 11 | 14..=26 | 28..=31);
    let utf16 = head.starts_with(&[0xFE, 0xFF]) || head.starts_with(&[0xFF, 0xFE]);
    if head.starts_with(b"\x89THRU") {
        return Kind::Other("a saved trip (thru open shows it)".to_owned());
    }
    if !utf16 && head.iter().any(binary) {
        return Kind::Other("binary data".to_owned());
    }
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    match head.trim_ascii_start().first() {
        Some(b'<') | None => Kind::Page,
        Some(_) if utf16 => Kind::Page,
        Some(_) => Kind::Text,
    }
}

fn within_page(document: Fetched) -> Fetched {
    let stated = document.content_type.as_deref().unwrap_or_default();
    let charset = stated.split(';').skip(1).map(str::trim).find(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("charset")
    });
    let charset = match (charset, std::str::from_utf8(&document.body)) {
        (Some(charset), _) => format!("; {charset}"),
        (None, Ok(_)) => "; charset=utf-8".to_owned(),
        (None, Err(_)) => String::new(),
    };
    let mut body = BEFORE.to_vec();
    for octet in &document.body {
        match octet {
            b'<' => body.extend_from_slice(b"&lt;"),
            b'&' => body.extend_from_slice(b"&amp;"),
            octet => body.push(*octet),
        }
    }
    body.extend_from_slice(AFTER);
    Fetched {
        content_type: Some(format!("text/html{charset}")),
        body: Bytes::from(body),
        ..document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn shown(content_type: Option<&str>, body: &[u8]) -> Result<Fetched, Code> {
        let document = Fetched {
            url: Url::parse("http://page.example/").expect("a URL"),
            status: 200,
            content_type: content_type.map(str::to_owned),
            body: Bytes::copy_from_slice(body),
            cause: None,
        };
        as_page(document).map_err(|broken| broken.failed.code)
    }

    #[test]
    fn a_page_is_left_as_it_is() {
        for kind in [
            "text/html",
            "Text/HTML; charset=x",
            "application/xhtml+xml",
            "image/svg+xml",
        ] {
            let page = shown(Some(kind), b"\x00<p>").expect("a page");
            assert_eq!(&page.body[..], b"\x00<p>");
        }
        assert_eq!(
            &shown(None, b" \n<p>a").expect("a page").body[..],
            b" \n<p>a"
        );
    }

    #[test]
    fn text_shows_its_marks() {
        let page = shown(Some("text/plain; charset=iso-8859-2"), b"<b>&").expect("text");
        let body = String::from_utf8_lossy(&page.body).into_owned();
        assert!(body.contains(">&lt;b>&amp;</pre>"), "{body}");
        assert_eq!(
            page.content_type.as_deref(),
            Some("text/html; charset=iso-8859-2")
        );
        assert!(
            shown(None, b"plain words")
                .expect("text")
                .body
                .starts_with(BEFORE)
        );
    }

    #[test]
    fn what_is_no_page_is_refused_by_name() {
        let refused = Some(Code::PageUnsupportedFeature);
        assert_eq!(shown(Some("application/pdf"), b"%PDF").err(), refused);
        assert_eq!(shown(Some("image/png"), b"\x89PNG").err(), refused);
        assert_eq!(shown(None, b"\x00\x01\x02").err(), refused);
        assert_eq!(shown(None, b"\x89THRU\r\n").err(), refused);
    }
}
