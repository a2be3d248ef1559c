use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How many octets the prescan for `<meta>` looks at (HTML section 13.2.3.2).
const PRESCAN_LENGTH: usize = 1024;

/// A decided character encoding and who decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// `BOM`, `HTTP`, `meta`, `XML declaration` or `default`.
    pub by: &'static str,
}

/// Decides the character encoding of a document (HTML section 13.2.3.2): byte order mark, HTTP,
/// prescan, and windows-1252 (UTF-8 for XML) as the last resort.
pub fn decide(octets: &[u8], content_type: Option<&str>, xml: bool) -> Decided {
    if let Some((encoding, _)) = Encoding::for_bom(octets) {
        return Decided {
            encoding,
            by: "BOM",
        };
    }
    let by_http = content_type
        .and_then(charset_parameter)
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(encoding) = by_http {
        return Decided {
            encoding,
            by: "HTTP",
        };
    }
    let head = &octets[..octets.len().min(PRESCAN_LENGTH)];
    if let Some(encoding) = xml_declaration(head) {
        return Decided {
            encoding,
            by: "XML declaration",
        };
    }
    if xml {
        return Decided {
            encoding: UTF_8,
            by: "default",
        };
    }
    match prescan(head) {
        Some(encoding) => Decided {
            encoding,
            by: "meta",
        },
        None => Decided {
            encoding: WINDOWS_1252,
            by: "default",
        },
    }
}

/// The `charset` parameter of a `Content-Type` value.
pub fn charset_parameter(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("charset") {
            return None;
        }
        let value = value.trim().trim_matches('"').trim();
        (!value.is_empty()).then(|| value.to_owned())
    })
}

/// The encoding that an XML declaration names; the prescan of HTML takes it too.
fn xml_declaration(head: &[u8]) -> Option<&'static Encoding> {
    if head.starts_with(b"<\0?\0x\0") {
        return Some(UTF_16LE);
    }
    if head.starts_with(b"\0<\0?\0x") {
        return Some(UTF_16BE);
    }
    let rest = head.strip_prefix(b"<?xml")?;
    let end = rest.iter().position(|octet| *octet == b'>')?;
    let declaration = &rest[..end];
    let at = find(declaration, b"encoding")? + b"encoding".len();
    let value = skip_control(&declaration[at..]).strip_prefix(b"=")?;
    let value = skip_control(value);
    let quote = *value
        .first()
        .filter(|quote| matches!(quote, b'"' | b'\''))?;
    let value = &value[1..];
    let end = value.iter().position(|octet| *octet == quote)?;
    if value[..end].iter().any(|octet| *octet <= 0x20) {
        return None;
    }
    Encoding::for_label(&value[..end]).map(for_meta)
}

/// UTF-16 cannot be what an ASCII-readable declaration was written in.
pub(crate) fn for_meta(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16BE || encoding == UTF_16LE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn skip_control(octets: &[u8]) -> &[u8] {
    let from = octets
        .iter()
        .position(|octet| *octet > 0x20)
        .unwrap_or(octets.len());
    &octets[from..]
}

/// The prescan of a byte stream (HTML section 13.2.3.2).
pub fn prescan(head: &[u8]) -> Option<&'static Encoding> {
    let mut scan = Prescan {
        octets: head,
        at: 0,
    };
    while scan.at < head.len() {
        let rest = &head[scan.at..];
        if rest.starts_with(b"<!--") {
            // The closing `-->` may share its hyphens with the opening.
            scan.at += find(&rest[2..], b"-->")? + 5;
        } else if scan.is_meta() {
            scan.at += 6;
            if let Some(encoding) = scan.meta() {
                return Some(encoding);
            }
        } else if scan.is_tag() {
            scan.skip_tag_name();
            while scan.attribute().is_some() {}
            scan.at += 1;
        } else if matches!(rest, [b'<', b'!' | b'/' | b'?', ..]) {
            scan.at += rest.iter().position(|octet| *octet == b'>')? + 1;
        } else {
            scan.at += 1;
        }
    }
    None
}

struct Prescan<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Prescan<'_> {
    fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    fn is_meta(&self) -> bool {
        self.octets.get(self.at..self.at + 6).is_some_and(|start| {
            start[..5].eq_ignore_ascii_case(b"<meta")
                && matches!(start[5], b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'/')
        })
    }

    fn is_tag(&self) -> bool {
        match &self.octets[self.at..] {
            [b'<', b'/', letter, ..] | [b'<', letter, ..] => letter.is_ascii_alphabetic(),
            _ => false,
        }
    }

    fn skip_tag_name(&mut self) {
        while let Some(octet) = self.peek() {
            if matches!(octet, b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'>') {
                return;
            }
            self.at += 1;
        }
    }

    fn meta(&mut self) -> Option<&'static Encoding> {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let mut got_pragma = false;
        let mut need_pragma = None;
        let mut charset = None;
        while let Some((name, value)) = self.attribute() {
            if seen.contains(&name) {
                continue;
            }
            match name.as_slice() {
                b"http-equiv" => got_pragma |= value == b"content-type",
                b"content" => {
                    let found = charset_in_content(&value);
                    if charset.is_none() && found.is_some() {
                        charset = found;
                        need_pragma = Some(true);
                    }
                }
                b"charset" => {
                    charset = Some(Encoding::for_label(&value));
                    need_pragma = Some(false);
                }
                _ => {}
            }
            seen.push(name);
        }
        // A tag that the input ends in is none.
        self.peek()?;
        self.at += 1;
        if need_pragma? && !got_pragma {
            return None;
        }
        charset.flatten().map(for_meta)
    }

    /// "Get an attribute" (HTML section 13.2.3.2); lower case.
    fn attribute(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        while matches!(self.peek()?, b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'/') {
            self.at += 1;
        }
        if self.peek()? == b'>' {
            return None;
        }
        let mut name = Vec::new();
        loop {
            match self.peek()? {
                b'=' if !name.is_empty() => break,
                b'\t' | b'\n' | 0x0c | b'\r' | b' ' => {
                    self.skip_space();
                    if self.peek()? != b'=' {
                        return Some((name, Vec::new()));
                    }
                    break;
                }
                b'/' | b'>' => return Some((name, Vec::new())),
                octet => name.push(octet.to_ascii_lowercase()),
            }
            self.at += 1;
        }
        self.at += 1;
        self.skip_space();
        self.value().map(|value| (name, value))
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b'\t' | b'\n' | 0x0c | b'\r' | b' ')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        let first = self.peek()?;
        if matches!(first, b'"' | b'\'') {
            self.at += 1;
            loop {
                let octet = self.peek()?;
                self.at += 1;
                if octet == first {
                    return Some(value);
                }
                value.push(octet.to_ascii_lowercase());
            }
        }
        loop {
            match self.peek()? {
                b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'>' => return Some(value),
                octet => value.push(octet.to_ascii_lowercase()),
            }
            self.at += 1;
        }
    }
}

/// The encoding named in a `content` attribute (HTML section 2.4.?, "extracting a character
/// encoding from a meta element"). The outer `None`: no encoding is named.
fn charset_in_content(content: &[u8]) -> Option<Option<&'static Encoding>> {
    let mut rest = content;
    loop {
        rest = &rest[find(rest, b"charset")? + b"charset".len()..];
        let value = skip_control(rest);
        let Some(value) = value.strip_prefix(b"=") else {
            continue;
        };
        let value = skip_control(value);
        let label = match value.first()? {
            quote @ (b'"' | b'\'') => {
                let end = value[1..].iter().position(|octet| octet == quote)?;
                &value[1..=end]
            }
            _ => {
                let end = value
                    .iter()
                    .position(|octet| *octet <= b' ' || *octet == b';')
                    .unwrap_or(value.len());
                &value[..end]
            }
        };
        return Encoding::for_label(label).map(Some);
    }
}

/// Decodes with replacement characters; a byte order mark of the encoding is left out.
pub fn decode(octets: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_with_bom_removal(octets).0.into_owned()
}
