//! What an HTTPS record says (RFC 9460).

use crate::wire::{Kind, Name, Record};
use std::net::IpAddr;

/// A service of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Less is better; 0 is an alias for the whole name (section 2.4.2).
    pub priority: u16,
    /// Where it is, lower case, without trailing dot.
    pub target: String,
    /// Protocols (ALPN), best first; with `http/1.1` where that is not excluded.
    pub alpn: Vec<String>,
    /// Port, if it is another than the URL's.
    pub port: Option<u16>,
    /// Addresses to begin with before those of the target are known.
    pub hints: Vec<IpAddr>,
}

/// Keys of section 14.3.2.
const MANDATORY: u16 = 0;
const ALPN: u16 = 1;
const NO_DEFAULT_ALPN: u16 = 2;
const PORT: u16 = 3;
const IPV4_HINT: u16 = 4;
const ECH: u16 = 5;
const IPV6_HINT: u16 = 6;
/// Every HTTPS server speaks it if it does not say otherwise (section 9.1).
const DEFAULT_ALPN: &str = "http/1.1";

/// Services of the records, best first; a record that cannot be read or has a mandatory key that
/// is not known is passed over (section 8).
pub(super) fn services<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Service> {
    let mut services: Vec<Service> = records.into_iter().filter_map(service).collect();
    services.sort_by_key(|service| service.priority);
    services
}

fn service(record: &Record) -> Option<Service> {
    if record.kind != Kind::HTTPS {
        return None;
    }
    let (priority, rest) = record.data.split_first_chunk::<2>()?;
    let (target, length) = Name::from_wire(rest)?;
    // Section 2.5: a target of "." is the owner itself.
    let target = if target.is_root() {
        record.name.clone()
    } else {
        target
    };
    let mut service = Service {
        priority: u16::from_be_bytes(*priority),
        target: target.shown(),
        ..Service::default()
    };
    let (mut rest, mut last, mut without_default) = (&rest[length..], None, false);
    while !rest.is_empty() {
        let (key, value, after) = parameter(rest)?;
        // Section 2.2: keys in order, each once.
        if last.is_some_and(|last| last >= key) {
            return None;
        }
        match key {
            MANDATORY if value.chunks(2).any(|key| !is_known(key)) => return None,
            ALPN => service.alpn = protocols(value)?,
            NO_DEFAULT_ALPN => without_default = true,
            PORT => service.port = Some(u16::from_be_bytes(value.try_into().ok()?)),
            IPV4_HINT => service.hints.extend(
                value
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|octets| IpAddr::from(*octets)),
            ),
            IPV6_HINT => service.hints.extend(
                value
                    .as_chunks::<16>()
                    .0
                    .iter()
                    .map(|octets| IpAddr::from(*octets)),
            ),
            _ => {}
        }
        (rest, last) = (after, Some(key));
    }
    if service.priority > 0 && !without_default && !service.alpn.iter().any(|id| id == DEFAULT_ALPN)
    {
        service.alpn.push(DEFAULT_ALPN.into());
    }
    Some(service)
}

fn parameter(octets: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (key, rest) = octets.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    Some((u16::from_be_bytes(*key), value, rest))
}

fn is_known(key: &[u8]) -> bool {
    let known = [ALPN, NO_DEFAULT_ALPN, PORT, IPV4_HINT, ECH, IPV6_HINT];
    <[u8; 2]>::try_from(key).is_ok_and(|key| known.contains(&u16::from_be_bytes(key)))
}

fn protocols(mut value: &[u8]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    while let Some((length, rest)) = value.split_first() {
        let (id, rest) = rest.split_at_checked(usize::from(*length))?;
        all.push(String::from_utf8_lossy(id).into_owned());
        value = rest;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::data_from_words;

    fn read(words: &[&str]) -> Option<Service> {
        let data = data_from_words(Kind::HTTPS, words, &Name::root()).unwrap();
        let record = Record {
            name: Name::from_text("shop.lab.", &Name::root()).unwrap(),
            kind: Kind::HTTPS,
            class: 1,
            ttl: 60,
            data,
        };
        services(&[record]).pop()
    }

    #[test]
    fn a_service_is_read_with_its_parameters() {
        let service = read(&["1", ".", "alpn=h2", "port=8443", "ipv4hint=192.0.2.1"]).unwrap();
        assert_eq!(service.target, "shop.lab");
        assert_eq!(service.alpn, ["h2", "http/1.1"]);
        assert_eq!(service.port, Some(8443));
        assert_eq!(service.hints, ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        let alone = read(&["1", "a.lab.", "alpn=h2", "no-default-alpn"]).unwrap();
        assert_eq!(
            (alone.target.as_str(), alone.alpn),
            ("a.lab", vec!["h2".to_owned()])
        );
        assert_eq!(read(&["0", "b.lab."]).unwrap().priority, 0);
        assert_eq!(read(&["1", ".", "mandatory=key99", "key99=x"]), None);
    }
}
