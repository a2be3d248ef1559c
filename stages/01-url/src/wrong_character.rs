//! Where a refused URL went wrong. Walks the basic URL parser's steps over the characters as
//! they were typed, because the url crate says only what went wrong.

use crate::complete::ends_in_a_number;
use url::ParseError;

/// A character of the input and its offset, in characters, in what was typed.
type Typed = (usize, char);

/// The parts of the authority as they stand in what was typed.
struct Authority {
    host: Vec<Typed>,
    port: Option<Vec<Typed>>,
    /// Offset of what follows the authority, or of the end.
    end: usize,
    /// Offset of the first character of the host, or where it should be.
    host_at: usize,
    special: bool,
}

/// The offset of the wrong character and what is wrong with it.
pub(crate) fn find(typed: &str, error: ParseError) -> (usize, String) {
    let Some(authority) = authority(typed) else {
        let first = typed.chars().take_while(|c| *c <= ' ').count();
        if let Some(wrong) = in_typed_name(typed) {
            return wrong;
        }
        return match typed.trim_matches(|c: char| c <= ' ') {
            "" => (0, "The URL is empty".into()),
            text if text.contains(':') => (first, format!("It cannot be read as a URL: {error}")),
            _ => (
                first,
                "It has no scheme, such as https:, and no file of that name exists".into(),
            ),
        };
    };
    if error == ParseError::InvalidPort {
        return wrong_port(&authority);
    }
    if authority.host.is_empty() {
        return (authority.host_at, "The host is missing".into());
    }
    wrong_host(&authority).unwrap_or_else(|| match &authority.port {
        Some(_) if wrong_port_digits(&authority).is_some() => wrong_port(&authority),
        _ => (
            authority.host_at,
            format!("The host cannot be read: {error}"),
        ),
    })
}

/// The character that shows that what was typed without a scheme is no name of a host, with its
/// offset: beyond the letters, digits, hyphens and underscores that names have. An address bar
/// would search for such words; the URL standard would take them for a name.
pub(crate) fn in_typed_name(typed: &str) -> Option<(usize, String)> {
    let all: Vec<Typed> = typed.chars().enumerate().collect();
    let from = all.iter().position(|(_, c)| *c > ' ')?;
    let stop = all.iter().rposition(|(_, c)| *c > ' ')? + 1;
    let text = &all[from..stop];
    let length = text.iter().position(|(_, c)| "/\\?#".contains(*c));
    let (authority, rest) = text.split_at(length.unwrap_or(text.len()));
    let slashes = rest.iter().take(2).all(|(_, c)| *c == '/') && rest.len() >= 2;
    if let ([scheme @ .., (_, ':')], true) = (authority, slashes) {
        return wrong_scheme(scheme);
    }
    let host = authority.rsplit(|(_, c)| *c == '@').next()?;
    if host.first().is_some_and(|(_, c)| *c == '[') {
        return None;
    }
    let host = host.split(|(_, c)| *c == ':').next()?;
    let stands_in_names =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.%".contains(c);
    let (at, c) = host.iter().find(|(_, c)| !stands_in_names(*c))?;
    Some((*at, format!("A host name cannot contain {c:?}")))
}

/// RFC 3986, section 3.1.
fn wrong_scheme(scheme: &[Typed]) -> Option<(usize, String)> {
    if let Some((at, c)) = scheme.first().filter(|(_, c)| !c.is_ascii_alphabetic()) {
        return Some((
            *at,
            format!("A scheme begins with a letter, not with {c:?}"),
        ));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let (at, c) = scheme.iter().find(|(_, c)| !fits(*c))?;
    Some((*at, format!("A scheme cannot contain {c:?}")))
}

/// The offset of the port in what was typed.
pub(crate) fn port_offset(typed: &str) -> usize {
    let authority = authority(typed);
    let port = authority.and_then(|authority| authority.port);
    port.and_then(|port| port.first().map(|(at, _)| *at))
        .unwrap_or(0)
}

/// Splits as the parser does: strips spaces, tabs and newlines, finds scheme, credentials, host.
fn authority(typed: &str) -> Option<Authority> {
    let all: Vec<Typed> = typed.chars().enumerate().collect();
    let start = all.iter().position(|(_, c)| *c > ' ')?;
    let stop = all.iter().rposition(|(_, c)| *c > ' ')? + 1;
    let input: Vec<Typed> = all[start..stop]
        .iter()
        .copied()
        .filter(|(_, c)| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    let colon = input.iter().position(|(_, c)| *c == ':')?;
    let scheme: String = input[..colon]
        .iter()
        .map(|(_, c)| c.to_ascii_lowercase())
        .collect();
    let mut letters = scheme.chars();
    let well_formed = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !well_formed {
        return None;
    }
    let special = matches!(
        scheme.as_str(),
        "http" | "https" | "ws" | "wss" | "ftp" | "file"
    );
    let slash = |c: char| c == '/' || (special && c == '\\');
    let mut from = colon + 1;
    let most = if special && scheme != "file" {
        usize::MAX
    } else {
        2
    };
    let mut slashes = 0;
    while slashes < most && input.get(from).is_some_and(|(_, c)| slash(*c)) {
        from += 1;
        slashes += 1;
    }
    let rest = &input[from..];
    let length = rest
        .iter()
        .position(|(_, c)| slash(*c) || "?#".contains(*c))
        .unwrap_or(rest.len());
    let after_input = input.last().map_or(0, |(at, _)| at + 1);
    let end = rest.get(length).map_or(after_input, |(at, _)| *at);
    let whole = &rest[..length];
    let credentials = whole
        .iter()
        .rposition(|(_, c)| *c == '@')
        .map_or(0, |at| at + 1);
    let host_and_port = &whole[credentials..];
    let (host, port) = split_port(host_and_port);
    let host_at = host_and_port.first().map_or(end, |(at, _)| *at);
    Some(Authority {
        host,
        port,
        end,
        host_at,
        special,
    })
}

/// The first colon outside brackets separates the port.
fn split_port(host_and_port: &[Typed]) -> (Vec<Typed>, Option<Vec<Typed>>) {
    let mut inside = false;
    for (index, (_, c)) in host_and_port.iter().enumerate() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ':' if !inside => {
                let port = host_and_port[index + 1..].to_vec();
                return (host_and_port[..index].to_vec(), Some(port));
            }
            _ => {}
        }
    }
    (host_and_port.to_vec(), None)
}

fn wrong_port_digits(authority: &Authority) -> Option<Typed> {
    let port = authority.port.as_ref()?;
    port.iter().copied().find(|(_, c)| !c.is_ascii_digit())
}

fn wrong_port(authority: &Authority) -> (usize, String) {
    if let Some((at, c)) = wrong_port_digits(authority) {
        return (at, format!("A port has only digits, not {c:?}"));
    }
    let first = authority.port.as_ref().and_then(|port| port.first());
    (
        first.map_or(authority.end, |(at, _)| *at),
        "A port is at most 65535".into(),
    )
}

fn wrong_host(authority: &Authority) -> Option<(usize, String)> {
    let host = &authority.host;
    if host[0].1 == '[' {
        return wrong_brackets(authority);
    }
    if let Some(wrong) = forbidden_character(host, authority.special) {
        return Some(wrong);
    }
    if !authority.special {
        return None;
    }
    let text: String = host.iter().map(|(_, c)| *c).collect();
    if ends_in_a_number(&text) {
        return wrong_ipv4(host, authority.end);
    }
    wrong_label(host)
}

/// WHATWG URL, "forbidden host code point" and "forbidden domain code point".
fn forbidden_character(host: &[Typed], special: bool) -> Option<(usize, String)> {
    let forbidden = |c: char| {
        "\0\t\n\r #/:<>?@[\\]^|".contains(c)
            || (special && (c <= '\u{1f}' || c == '%' || c == '\u{7f}'))
    };
    let mut index = 0;
    while index < host.len() {
        let (at, c) = host[index];
        let escape = (special && c == '%')
            .then(|| escaped(&host[index..]))
            .flatten();
        match escape {
            Some(decoded) if !forbidden(decoded) => index += 3,
            Some(decoded) => {
                return Some((
                    at,
                    format!("A host cannot contain {decoded:?}, which this escape stands for"),
                ));
            }
            None if forbidden(c) && c != '%' || (special && c == '%') => {
                return Some((at, format!("A host cannot contain {c:?}")));
            }
            None => index += 1,
        }
    }
    None
}

/// The character that `%XX` at the start stands for.
fn escaped(host: &[Typed]) -> Option<char> {
    let digit = |index: usize| host.get(index).and_then(|(_, c)| c.to_digit(16));
    char::from_u32(digit(1)? * 16 + digit(2)?)
}

fn wrong_brackets(authority: &Authority) -> Option<(usize, String)> {
    let host = &authority.host;
    let Some(close) = host.iter().position(|(_, c)| *c == ']') else {
        let (inner, _) = (&host[1..], ());
        if let Some(wrong) = wrong_ipv6(inner, authority.end, true) {
            return Some(wrong);
        }
        return Some((
            authority.end,
            "The ] that ends an IPv6 address is missing".into(),
        ));
    };
    if let Some((at, _)) = host.get(close + 1) {
        return Some((
            *at,
            "Only a port can follow the ] of an IPv6 address".into(),
        ));
    }
    wrong_ipv6(&host[1..close], host[close].0, false)
}

/// WHATWG URL, "IPv6 parser". `cut` says that the closing bracket is missing, so that being
/// short is not the first mistake.
fn wrong_ipv6(text: &[Typed], end: usize, cut: bool) -> Option<(usize, String)> {
    let at = |index: usize| text.get(index).map_or(end, |(at, _)| *at);
    let char_at = |index: usize| text.get(index).map(|(_, c)| *c);
    let mut pieces = 0;
    let mut compressed = false;
    let mut index = 0;
    if char_at(0) == Some(':') {
        if char_at(1) != Some(':') {
            return Some((at(1), "An IPv6 address cannot begin with one colon".into()));
        }
        index = 2;
        compressed = true;
    }
    while index < text.len() {
        if pieces == 8 {
            return Some((at(index), "An IPv6 address has 8 pieces, not more".into()));
        }
        if char_at(index) == Some(':') {
            if compressed {
                return Some((
                    at(index),
                    "An IPv6 address can be shortened by :: once".into(),
                ));
            }
            compressed = true;
            index += 1;
            continue;
        }
        let start = index;
        while index - start < 4 && char_at(index).is_some_and(|c| c.is_ascii_hexdigit()) {
            index += 1;
        }
        match char_at(index) {
            Some('.') => return wrong_ipv4_in_ipv6(&text[start..], end, pieces, compressed),
            Some(':') => {
                index += 1;
                if char_at(index).is_none() && !cut {
                    return Some((end, "An IPv6 address cannot end with one colon".into()));
                }
            }
            Some(c) if index - start == 4 && c.is_ascii_hexdigit() => {
                return Some((
                    at(index),
                    "A piece of an IPv6 address has at most 4 digits; here a colon is expected"
                        .into(),
                ));
            }
            Some(c) => {
                return Some((
                    at(index),
                    format!("{c:?} is no hexadecimal digit of an IPv6 address"),
                ));
            }
            None => {}
        }
        pieces += 1;
    }
    if !compressed && pieces < 8 && !cut {
        return Some((
            end,
            format!("An IPv6 address has 8 pieces; here are {pieces}"),
        ));
    }
    None
}

fn wrong_ipv4_in_ipv6(
    text: &[Typed],
    end: usize,
    pieces: u32,
    compressed: bool,
) -> Option<(usize, String)> {
    let first = text.first().map_or(end, |(at, _)| *at);
    if pieces > 6 {
        return Some((
            first,
            "There is no room for an IPv4 address in these 8 pieces".into(),
        ));
    }
    let mut count = 0;
    for part in text.split(|(_, c)| *c == '.') {
        let at = part.first().map_or(end, |(at, _)| *at);
        if let Some((at, c)) = part.iter().find(|(_, c)| !c.is_ascii_digit()) {
            return Some((*at, format!("{c:?} is no digit of an IPv4 address")));
        }
        let digits: String = part.iter().map(|(_, c)| *c).collect();
        let long = digits.len() > 1 && digits.starts_with('0');
        if long || digits.parse::<u32>().map_or(true, |value| value > 255) {
            return Some((
                at,
                "A part of an IPv4 address is a number from 0 to 255".into(),
            ));
        }
        count += 1;
        if count > 4 {
            return Some((at, "An IPv4 address has four parts, not more".into()));
        }
    }
    if count < 4 {
        return Some((
            end,
            "An IPv4 address inside an IPv6 address has four parts".into(),
        ));
    }
    (!compressed && pieces < 6).then(|| {
        (
            first,
            "An IPv6 address has 8 pieces; here are too few".into(),
        )
    })
}

/// WHATWG URL, "IPv4 parser": one to four numbers, decimal, octal or hexadecimal.
fn wrong_ipv4(host: &[Typed], end: usize) -> Option<(usize, String)> {
    let mut parts: Vec<&[Typed]> = host.split(|(_, c)| *c == '.').collect();
    if parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    let at = |part: &[Typed]| part.first().map_or(end, |(at, _)| *at);
    let count = parts.len();
    for (index, part) in parts.iter().enumerate() {
        let text: String = part.iter().map(|(_, c)| *c).collect();
        let Some(value) = ipv4_number(&text) else {
            return Some((
                at(part),
                format!("{text:?} is no number, as a part of an IPv4 address must be"),
            ));
        };
        if index >= 4 {
            return Some((at(part), "An IPv4 address has at most four parts".into()));
        }
        let last = index + 1 == count;
        let most = if last && count <= 4 {
            256u64.pow(5 - count as u32) - 1
        } else {
            255
        };
        if value > most {
            return Some((
                at(part),
                format!("{text} is too large for this part of an IPv4 address; at most {most}"),
            ));
        }
    }
    None
}

fn ipv4_number(text: &str) -> Option<u64> {
    let hexadecimal = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    let (digits, radix) = match hexadecimal {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    if digits.is_empty() {
        return (radix == 16).then_some(0);
    }
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

/// The first label that IDNA refuses by itself.
fn wrong_label(host: &[Typed]) -> Option<(usize, String)> {
    for label in host.split(|(_, c)| matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')) {
        let text: String = label.iter().map(|(_, c)| *c).collect();
        let decoded = percent_decoded(&text);
        if let (Some((at, _)), Err(_)) = (label.first(), idna::domain_to_ascii(&decoded)) {
            let why = match decoded.to_ascii_lowercase().starts_with("xn--") {
                true => {
                    format!("The label {text:?} is not valid Punycode of an international name")
                }
                false => format!("The label {text:?} cannot stand in an international name (IDNA)"),
            };
            return Some((*at, why));
        }
    }
    None
}

fn percent_decoded(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |index: usize| {
            tail.get(index)
                .and_then(|octet| (*octet as char).to_digit(16))
        };
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                octets.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => {
                octets.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}
