//! Data as text (RFC 1035, section 5.1; RFC 3597, section 5; RFC 4034; RFC 9460, section 2.1).

use super::fields::{self, Field};
use super::{Kind, Name};
use data_encoding::{BASE32HEX_NOPAD, BASE64, BASE64_NOPAD};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The data of a record from the words of its line. Relative names stand below `origin`.
///
/// # Errors
/// What is wrong, in words.
pub fn data_from_words(kind: Kind, words: &[&str], origin: &Name) -> Result<Vec<u8>, DataRefused> {
    let refused = |word: usize, why: String| DataRefused { word, why };
    if words.first() == Some(&"\\#") {
        return generic(words).map_err(|why| refused(0, why));
    }
    let Some(fields) = fields::fields(kind) else {
        let why = format!("the data of {kind} has to be written as \\# LENGTH HEX");
        return Err(refused(0, why));
    };
    let mut rest = words;
    let mut data = Vec::new();
    for field in fields {
        let at = words.len() - rest.len();
        rest = put(*field, rest, origin, &mut data)
            .map_err(|why| refused(at, format!("{kind}: {why}")))?;
    }
    match rest.first() {
        None => Ok(data),
        Some(more) => Err(refused(
            words.len() - rest.len(),
            format!("{more:?} is more than {kind} has"),
        )),
    }
}

/// Text that is no data of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRefused {
    /// Which word of the data, from 0.
    pub word: usize,
    /// What is wrong, in words.
    pub why: String,
}

/// A word of a master file and the column it begins in, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, escapes as they stand.
    pub text: String,
    /// Column of its first character.
    pub column: usize,
}

fn generic(words: &[&str]) -> Result<Vec<u8>, String> {
    let length = words.get(1).and_then(|word| word.parse::<usize>().ok());
    let length = length.ok_or("\\# without a length")?;
    let data = from_hex(&words[2..].concat())?;
    match data.len() == length {
        true => Ok(data),
        false => Err(format!(
            "\\# says {length} octets, and there are {}",
            data.len()
        )),
    }
}

fn put<'a>(
    field: Field,
    words: &'a [&'a str],
    origin: &Name,
    data: &mut Vec<u8>,
) -> Result<&'a [&'a str], String> {
    match field {
        Field::Base64 => {
            data.extend(from_base64(&words.concat())?);
            return Ok(&[]);
        }
        Field::Hex => {
            data.extend(from_hex(&words.concat())?);
            return Ok(&[]);
        }
        Field::Kinds => {
            data.extend(kinds_from(words)?);
            return Ok(&[]);
        }
        Field::Texts if words.is_empty() => return Err("a text is missing".into()),
        Field::Texts => {
            for word in words {
                put_text(word, data)?;
            }
            return Ok(&[]);
        }
        Field::Parameters => {
            data.extend(parameters_from(words)?);
            return Ok(&[]);
        }
        _ => {}
    }
    let (word, rest) = words.split_first().ok_or("a field is missing")?;
    let number = |most: u64| match word.parse::<u64>() {
        Ok(value) if value <= most => Ok(value),
        _ => Err(format!("{word:?} is no number from 0 to {most}")),
    };
    match field {
        Field::Name => {
            let name = Name::from_text(word, origin);
            let name = name.map_err(|why| format!("{word:?} is no name: {why}"))?;
            data.extend_from_slice(name.wire());
        }
        Field::U8 => data.push(number(255)? as u8),
        Field::Algorithm => {
            data.push(algorithm(word).map_or_else(|| number(255).map(|value| value as u8), Ok)?)
        }
        Field::U16 => data.extend((number(65535)? as u16).to_be_bytes()),
        Field::U32 => data.extend((number(u32::MAX.into())? as u32).to_be_bytes()),
        Field::Seconds => {
            let value = time_to_live(word).ok_or_else(|| format!("{word:?} is no time"))?;
            data.extend(value.to_be_bytes());
        }
        Field::Moment => {
            let value = moment_from(word).ok_or_else(|| format!("{word:?} is no point in time"))?;
            data.extend(value.to_be_bytes());
        }
        Field::Kind => {
            let kind = Kind::from_text(word).ok_or_else(|| format!("{word:?} is no type"))?;
            data.extend(kind.0.to_be_bytes());
        }
        Field::A => {
            let address: Ipv4Addr = word
                .parse()
                .map_err(|_| format!("{word:?} is no IPv4 address"))?;
            data.extend(address.octets());
        }
        Field::Aaaa => {
            let address: Ipv6Addr = word
                .parse()
                .map_err(|_| format!("{word:?} is no IPv6 address"))?;
            data.extend(address.octets());
        }
        Field::Text => put_text(word, data)?,
        Field::OpenText => data.extend(unescaped(word)?),
        Field::ShortHex => {
            let octets = if *word == "-" {
                Vec::new()
            } else {
                from_hex(word)?
            };
            put_short(&octets, data)?;
        }
        Field::ShortBase32 => put_short(&from_base32(word)?, data)?,
        Field::Texts | Field::Base64 | Field::Hex | Field::Kinds | Field::Parameters => {}
    }
    Ok(rest)
}

fn put_short(octets: &[u8], data: &mut Vec<u8>) -> Result<(), String> {
    let length = u8::try_from(octets.len());
    data.push(length.map_err(|_| format!("a text of {} octets; at most 255", octets.len()))?);
    data.extend_from_slice(octets);
    Ok(())
}

fn put_text(word: &str, data: &mut Vec<u8>) -> Result<(), String> {
    put_short(&unescaped(word)?, data)
}

fn unescaped(word: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut octets = word.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'\\' {
            out.push(octet);
            continue;
        }
        let bad = || "a backslash stands for nothing".to_owned();
        let first = octets.next().ok_or_else(bad)?;
        if !first.is_ascii_digit() {
            out.push(first);
            continue;
        }
        let mut value = u32::from(first - b'0');
        for _ in 0..2 {
            let digit = octets.next().filter(u8::is_ascii_digit).ok_or_else(bad)?;
            value = value * 10 + u32::from(digit - b'0');
        }
        out.push(u8::try_from(value).map_err(|_| bad())?);
    }
    Ok(out)
}

const ALGORITHMS: [(&str, u8); 12] = [
    ("RSAMD5", 1),
    ("DH", 2),
    ("DSA", 3),
    ("RSASHA1", 5),
    ("DSA-NSEC3-SHA1", 6),
    ("RSASHA1-NSEC3-SHA1", 7),
    ("RSASHA256", 8),
    ("RSASHA512", 10),
    ("ECDSAP256SHA256", 13),
    ("ECDSAP384SHA384", 14),
    ("ED25519", 15),
    ("ED448", 16),
];

fn algorithm(word: &str) -> Option<u8> {
    let known = ALGORITHMS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    known.map(|(_, number)| *number)
}

/// Seconds, or numbers with s, m, h, d, w as other servers write them. At most 2^31 - 1
/// (RFC 2181, section 8).
pub fn time_to_live(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (mut total, mut number, mut open) = (0_u64, 0_u64, false);
    for c in text.chars() {
        let unit = match c.to_ascii_lowercase() {
            '0'..='9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(u64::from(c.to_digit(10)?))?;
                open = true;
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        if !open {
            return None;
        }
        total = total.checked_add(number.checked_mul(unit)?)?;
        (number, open) = (0, false);
    }
    let total = total.checked_add(number)?;
    u32::try_from(total)
        .ok()
        .filter(|total| *total <= i32::MAX as u32)
}

/// Days since 1970-01-01 of a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A point in time as `YYYYMMDDHHMMSS`, or as seconds since 1970 (RFC 4034, section 3.2).
pub(crate) fn moment_from(text: &str) -> Option<u32> {
    if !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    if text.len() != 14 {
        return text.parse().ok();
    }
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let day = days(part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let seconds = day * 86_400 + part(8, 10)? * 3600 + part(10, 12)? * 60 + part(12, 14)?;
    Some(seconds as u32)
}

/// `YYYYMMDDHHMMSS` of seconds since 1970, of this era of the 32-bit counter.
pub(crate) fn moment_text(seconds: u32) -> String {
    let (day, second) = (i64::from(seconds / 86_400), seconds % 86_400);
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}{month:02}{day:02}{hour:02}{minute:02}{:02}",
        second % 60
    )
}

fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let digit = |octet: u8| char::from(octet).to_digit(16).map(|value| value as u8);
    let octets = text.as_bytes();
    if !octets.len().is_multiple_of(2) {
        return Err("half an octet in hexadecimal digits".into());
    }
    let pairs = octets
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    let all: Option<Vec<u8>> = pairs.collect();
    all.ok_or_else(|| format!("{text:?} are no hexadecimal digits"))
}

fn to_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let read = BASE64_NOPAD.decode(text.trim_end_matches('=').as_bytes());
    read.map_err(|_| "this is not base 64".into())
}

fn from_base32(text: &str) -> Result<Vec<u8>, String> {
    let read = BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes());
    read.map_err(|_| format!("{text:?} is not base 32"))
}

/// Octets in the base 32 of hashed names (RFC 4648, section 7), upper case.
pub(crate) fn to_base32(octets: &[u8]) -> String {
    BASE32HEX_NOPAD.encode(octets)
}

/// Octets out of the base 32 of hashed names.
pub(crate) fn octets_of_base32(text: &str) -> Option<Vec<u8>> {
    from_base32(text).ok()
}

fn kinds_from(words: &[&str]) -> Result<Vec<u8>, String> {
    let kinds: Result<Vec<u16>, String> = words
        .iter()
        .map(|word| {
            let kind = Kind::from_text(word);
            kind.map(|kind| kind.0)
                .ok_or_else(|| format!("{word:?} is no type"))
        })
        .collect();
    let mut kinds = kinds?;
    kinds.sort_unstable();
    Ok(kind_windows(&kinds))
}

/// Windows of types, from sorted numbers (RFC 4034, section 4.1.2).
pub(crate) fn kind_windows(sorted: &[u16]) -> Vec<u8> {
    let mut data = Vec::new();
    for window in sorted.chunk_by(|a, b| a >> 8 == b >> 8) {
        let mut bits = [0_u8; 32];
        let mut length = 0;
        for kind in window {
            let low = usize::from(kind & 0xff);
            bits[low / 8] |= 0x80 >> (low % 8);
            length = low / 8 + 1;
        }
        data.extend([(window[0] >> 8) as u8, length as u8]);
        data.extend_from_slice(&bits[..length]);
    }
    data
}

/// The types in windows.
pub(crate) fn kinds_in(mut octets: &[u8]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    while let [window, length, rest @ ..] = octets {
        let (bits, after) = rest.split_at(rest.len().min(usize::from(*length)));
        for (index, octet) in bits.iter().enumerate() {
            let set = (0..8).filter(|bit| octet & 0x80 >> bit != 0);
            kinds.extend(set.map(|bit| Kind(u16::from(*window) << 8 | (index * 8 + bit) as u16)));
        }
        octets = after;
    }
    kinds
}

const PARAMETERS: [&str; 7] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
];

fn parameter_key(text: &str) -> Option<u16> {
    if let Some(known) = PARAMETERS.iter().position(|name| *name == text) {
        return Some(known as u16);
    }
    text.strip_prefix("key")?.parse().ok()
}

fn parameters_from(words: &[&str]) -> Result<Vec<u8>, String> {
    let mut all: Vec<(u16, Vec<u8>)> = Vec::new();
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let key = parameter_key(key).ok_or_else(|| format!("{key:?} is no parameter"))?;
        let value = value.trim_matches('"');
        all.push((key, parameter_value(key, value)?));
    }
    all.sort();
    let mut data = Vec::new();
    for (key, value) in all {
        data.extend(key.to_be_bytes());
        data.extend((value.len() as u16).to_be_bytes());
        data.extend(value);
    }
    Ok(data)
}

fn parameter_value(key: u16, value: &str) -> Result<Vec<u8>, String> {
    let list = value.split(',').filter(|part| !part.is_empty());
    let bad = || format!("{value:?} is no value of that parameter");
    let mut data = Vec::new();
    match key {
        0 => {
            for part in list {
                data.extend(parameter_key(part).ok_or_else(bad)?.to_be_bytes());
            }
        }
        1 => {
            for part in list {
                put_text(part, &mut data)?;
            }
        }
        3 => data.extend(value.parse::<u16>().map_err(|_| bad())?.to_be_bytes()),
        4 => {
            for part in list {
                data.extend(part.parse::<Ipv4Addr>().map_err(|_| bad())?.octets());
            }
        }
        5 => data = from_base64(value)?,
        6 => {
            for part in list {
                data.extend(part.parse::<Ipv6Addr>().map_err(|_| bad())?.octets());
            }
        }
        _ => data = unescaped(value)?,
    }
    Ok(data)
}

/// Data as text, absolute names with their dot; `\# LENGTH HEX` for what is not known.
pub fn data_to_text(kind: Kind, data: &[u8]) -> String {
    let unknown = || {
        format!("\\# {} {}", data.len(), to_hex(data))
            .trim_end()
            .to_owned()
    };
    let Some(fields) = fields::fields(kind) else {
        return unknown();
    };
    let (mut rest, mut words) = (data, Vec::new());
    for field in fields {
        let Some(length) = fields::length(*field, rest) else {
            return unknown();
        };
        words.push(field_text(*field, &rest[..length]));
        rest = &rest[length..];
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn field_text(field: Field, octets: &[u8]) -> String {
    let number = || {
        octets
            .iter()
            .fold(0_u32, |all, octet| all << 8 | u32::from(*octet))
    };
    match field {
        Field::Name => Name::from_checked(octets).to_string(),
        Field::U8 | Field::U16 | Field::U32 | Field::Seconds | Field::Algorithm => {
            number().to_string()
        }
        Field::Moment => moment_text(number()),
        Field::Kind => Kind(number() as u16).to_string(),
        Field::A => Ipv4Addr::from(<[u8; 4]>::try_from(octets).unwrap_or_default()).to_string(),
        Field::Aaaa => Ipv6Addr::from(<[u8; 16]>::try_from(octets).unwrap_or_default()).to_string(),
        Field::Text => quoted(&octets[1..]),
        Field::Texts => {
            let (mut rest, mut words) = (octets, Vec::new());
            while let [length, after @ ..] = rest {
                let (text, after) = after.split_at(after.len().min(usize::from(*length)));
                words.push(quoted(text));
                rest = after;
            }
            words.join(" ")
        }
        Field::OpenText => quoted(octets),
        Field::Base64 => BASE64.encode(octets),
        Field::Hex => to_hex(octets),
        Field::ShortHex if octets.len() == 1 => "-".into(),
        Field::ShortHex => to_hex(&octets[1..]),
        Field::ShortBase32 => to_base32(&octets[1..]),
        Field::Kinds => {
            let kinds: Vec<String> = kinds_in(octets).iter().map(Kind::to_string).collect();
            kinds.join(" ")
        }
        Field::Parameters => parameters_text(octets),
    }
}

fn quoted(octets: &[u8]) -> String {
    let mut text = String::from("\"");
    for octet in octets {
        match octet {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*octet));
            }
            0x20..=0x7e => text.push(char::from(*octet)),
            other => text.push_str(&format!("\\{other:03}")),
        }
    }
    text.push('"');
    text
}

fn parameters_text(mut octets: &[u8]) -> String {
    let mut words = Vec::new();
    while let [k1, k2, l1, l2, rest @ ..] = octets {
        let key = u16::from_be_bytes([*k1, *k2]);
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        let (value, after) = rest.split_at(rest.len().min(length));
        let name = PARAMETERS
            .get(usize::from(key))
            .map_or_else(|| format!("key{key}"), |name| (*name).to_owned());
        let text = parameter_text(key, value);
        words.push(if text.is_empty() {
            name
        } else {
            format!("{name}={text}")
        });
        octets = after;
    }
    words.join(" ")
}

fn parameter_text(key: u16, value: &[u8]) -> String {
    let joined = |parts: Vec<String>| parts.join(",");
    match key {
        0 => joined(
            value
                .chunks_exact(2)
                .map(|pair| {
                    let key = u16::from_be_bytes([pair[0], pair[1]]);
                    PARAMETERS
                        .get(usize::from(key))
                        .map_or_else(|| format!("key{key}"), |name| (*name).to_owned())
                })
                .collect(),
        ),
        1 => {
            let (mut rest, mut parts) = (value, Vec::new());
            while let [length, after @ ..] = rest {
                let (text, after) = after.split_at(after.len().min(usize::from(*length)));
                parts.push(String::from_utf8_lossy(text).into_owned());
                rest = after;
            }
            joined(parts)
        }
        3 if value.len() == 2 => u16::from_be_bytes([value[0], value[1]]).to_string(),
        4 => joined(
            value
                .chunks_exact(4)
                .map(|it| Ipv4Addr::new(it[0], it[1], it[2], it[3]).to_string())
                .collect(),
        ),
        5 => BASE64.encode(value),
        6 => joined(
            value
                .chunks_exact(16)
                .map(|it| Ipv6Addr::from(<[u8; 16]>::try_from(it).unwrap_or_default()).to_string())
                .collect(),
        ),
        _ if value.is_empty() => String::new(),
        _ => quoted(value),
    }
}

/// Adds the words of one line of a master file: quotes, escapes, comments, and parentheses that
/// join lines. Gives the depth of parentheses behind it.
///
/// # Errors
/// What is wrong, in words.
pub fn words_of_line(line: &str, mut depth: u32, words: &mut Vec<Word>) -> Result<u32, String> {
    let (mut text, mut begun, mut quoted) = (String::new(), 0, false);
    let mut characters = line.chars().enumerate();
    let end = |text: &mut String, begun: usize, words: &mut Vec<Word>| {
        if !text.is_empty() {
            words.push(Word {
                text: std::mem::take(text),
                column: begun + 1,
            });
        }
    };
    while let Some((at, c)) = characters.next() {
        if text.is_empty() && !quoted {
            begun = at;
        }
        match c {
            '\\' => {
                text.push(c);
                text.extend(characters.next().map(|(_, c)| c));
            }
            '"' if quoted => {
                quoted = false;
                words.push(Word {
                    text: std::mem::take(&mut text),
                    column: begun + 1,
                });
            }
            _ if quoted => text.push(c),
            '"' => quoted = true,
            ';' => break,
            '(' => {
                end(&mut text, begun, words);
                depth += 1;
            }
            ')' => {
                end(&mut text, begun, words);
                depth = depth.checked_sub(1).ok_or("a ) without its (")?;
            }
            ' ' | '\t' | '\r' => end(&mut text, begun, words),
            _ => text.push(c),
        }
    }
    if quoted {
        return Err("the quotation mark is never closed".into());
    }
    end(&mut text, begun, words);
    Ok(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(kind: &str, text: &str) -> String {
        let kind = Kind::from_text(kind).unwrap();
        let mut words = Vec::new();
        words_of_line(text, 0, &mut words).unwrap();
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let data = data_from_words(kind, &words, &Name::root()).unwrap();
        data_to_text(kind, &data)
    }

    #[test]
    fn data_is_written_as_it_was_read() {
        for (kind, text) in [
            ("A", "192.0.2.1"),
            ("SOA", "ns.example. me.example. 1 2 3 4 5"),
            ("TXT", "\"a b\" \"c\\\"d\""),
            ("DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
            ("NSEC", "host.example. A MX RRSIG NSEC TYPE1234"),
            (
                "NSEC3",
                "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS",
            ),
            ("HTTPS", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1"),
            (
                "RRSIG",
                "A 5 3 86400 20030322173103 20030220173103 2642 example. b2xkIG9uZQ==",
            ),
            ("TYPE731", "\\# 3 ABCDEF"),
            ("CAA", "0 \"issue\" \"ca.example\""),
        ] {
            let expected = match kind {
                "NSEC3" => "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS MX DNSKEY",
                "CAA" => "0 \"issue\" \"ca.example\"",
                _ => text,
            };
            assert_eq!(again(kind, text), expected);
        }
    }

    #[test]
    fn moments_are_of_the_gregorian_calendar() {
        assert_eq!(moment_from("20040229235959"), Some(1_078_099_199));
        assert_eq!(moment_text(1_078_099_199), "20040229235959");
    }
}
