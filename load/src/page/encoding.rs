//! Whether a document's octets are written as it was read: `page.encoding_mismatch`.

use thru_dom::Document;
use thru_events::{Blame, Code, Failed};

/// The finding, if the octets speak against the encoding that was decided. Only UTF-8 shows by
/// itself what it is: text in another encoding is hardly ever valid UTF-8 by accident.
pub(super) fn mismatch(octets: &[u8], document: &Document, url: &str) -> Option<Failed> {
    let read_as = document.encoding;
    let fits_utf_8 = !octets.is_ascii() && std::str::from_utf8(octets).is_ok();
    let what = match read_as {
        "UTF-16LE" | "UTF-16BE" | "ISO-2022-JP" => return None,
        "UTF-8" if octets.is_ascii() || fits_utf_8 => return None,
        "UTF-8" => "its octets are not UTF-8 throughout",
        _ if fits_utf_8 => "its octets are UTF-8",
        _ => return None,
    };
    let by = match document.encoded_by {
        "default" => "as nothing says otherwise".to_owned(),
        "HTTP" => "as Content-Type says".to_owned(),
        other => format!("as its {other} says"),
    };
    let message = format!("{url} is read as {read_as}, {by}, but {what}: some letters are wrong.");
    let code = Code::PageEncodingMismatch;
    Some(Failed::new(code, Blame::PeerMisbehaved, url, message).likely())
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_events::Tap;

    fn found(octets: &[u8], content_type: &str) -> Option<String> {
        let options = thru_dom::Options::default();
        let (document, _) = thru_dom::parse(octets, Some(content_type), options, &Tap::off(), None);
        mismatch(octets, &document, "page").map(|finding| finding.message)
    }

    #[test]
    fn utf_8_that_nobody_announced_is_told() {
        let told = found("<p>schön".as_bytes(), "text/html").unwrap();
        assert!(told.contains("windows-1252, as nothing says"), "{told}");
        let told = found("<meta charset=koi8-r><p>schön".as_bytes(), "text/html").unwrap();
        assert!(told.contains("KOI8-R, as its meta says"), "{told}");
    }

    #[test]
    fn what_is_no_utf_8_but_announced_as_such_is_told() {
        let told = found(b"<p>sch\xf6n", "text/html; charset=utf-8").unwrap();
        assert!(told.contains("UTF-8, as Content-Type says"), "{told}");
    }

    #[test]
    fn what_fits_is_not_told() {
        assert_eq!(found("schön".as_bytes(), "text/html; charset=utf-8"), None);
        assert_eq!(found(b"sch\xf6n", "text/html"), None);
        assert_eq!(found(b"plain", "text/html"), None);
    }
}
