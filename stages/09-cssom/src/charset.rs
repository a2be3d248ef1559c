use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Decodes a style sheet (CSS Syntax section 3.2): byte order mark, then HTTP's charset, then
/// `@charset`, then the encoding of the document that asked for it.
pub fn decode(octets: &[u8], content_type: Option<&str>, document: &str) -> String {
    let encoding = content_type
        .and_then(thru_dom::encoding::charset_parameter)
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .or_else(|| at_charset(octets))
        .or_else(|| Encoding::for_label(document.as_bytes()))
        .unwrap_or(UTF_8);
    encoding.decode(octets).0.into_owned()
}

/// The encoding that an `@charset` rule at the very beginning names.
fn at_charset(octets: &[u8]) -> Option<&'static Encoding> {
    let rest = octets[..octets.len().min(1024)].strip_prefix(b"@charset \"")?;
    let end = rest.iter().position(|octet| *octet == b'"')?;
    if rest.get(end + 1) != Some(&b';') {
        return None;
    }
    let encoding = Encoding::for_label(&rest[..end])?;
    let is_utf16 = encoding == UTF_16BE || encoding == UTF_16LE;
    Some(if is_utf16 { UTF_8 } else { encoding })
}
