//! Addresses of machines at home that answers from elsewhere must not lead to (DNS rebinding).

use super::delegation::address_of;
use super::part::Ede;
use super::task::Work;
use crate::wire::fields::{self, Field};
use crate::wire::{Kind, Message, Record};
use std::net::{IpAddr, SocketAddr};
use thru_events::{Cause, dns::DnsEvent};

/// Parameters of SVCB that are addresses (RFC 9460, section 7.3), and the octets of each.
const HINTS: [(u16, usize); 2] = [(4, 4), (6, 16)];

/// Blocked (RFC 8914, section 4.16).
const BLOCKED: u16 = 15;

/// Takes records that lead to private addresses out of a server's answer. Gives what is told the client
/// where one was taken.
pub(super) fn leave_out_private(
    work: &Work,
    server: SocketAddr,
    message: &mut Message,
    cause: Cause,
) -> Option<Ede> {
    let config = &work.config;
    if config.private.is_empty() {
        return None;
    }
    let before = message.answers.len();
    let is_private = |address: IpAddr| config.private.iter().any(|own| own.has(address));
    let stays = |record: &Record| {
        let excepted = config.private_names.iter();
        let excepted = excepted.clone().any(|zone| record.name.is_within(zone));
        excepted || !addresses(record).into_iter().any(is_private)
    };
    for records in [&mut message.answers, &mut message.additionals] {
        records.retain(|record| {
            let stays = stays(record);
            if !stays {
                work.tap().emit(cause, || DnsEvent::RecordRefused {
                    server,
                    name: record.name.shown(),
                    record_type: record.kind.to_string(),
                    why: "its address is private, and its name is not at home".into(),
                });
            }
            stays
        });
    }
    let why = "addresses from elsewhere that are private here are left out";
    (message.answers.len() < before).then(|| Ede::new(BLOCKED, why))
}

/// The addresses that a record leads to. An IPv4 address inside of an IPv6 one counts as it is.
fn addresses(record: &Record) -> Vec<IpAddr> {
    match record.kind {
        Kind::A | Kind::AAAA => {
            let address = address_of(&record.data).into_iter();
            address.map(|address| address.to_canonical()).collect()
        }
        Kind::SVCB | Kind::HTTPS => hints(record).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The hints of a service, as far as they can be read.
fn hints(record: &Record) -> Option<Vec<IpAddr>> {
    let data = &record.data;
    let target = fields::length(Field::Name, data.get(2..)?)?;
    let (mut rest, mut found) = (data.get(2 + target..)?, Vec::new());
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = after.get(..length)?;
        let key = u16::from_be_bytes([head[0], head[1]]);
        if let Some((_, octets)) = HINTS.iter().find(|(hint, _)| *hint == key) {
            let each = value.chunks_exact(*octets);
            found.extend(
                each.filter_map(address_of)
                    .map(|address| address.to_canonical()),
            );
        }
        rest = after.get(length..)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Name, data_from_words};
    use std::net::Ipv4Addr;

    #[test]
    fn the_addresses_of_a_service_are_those_of_its_hints() {
        let record = |kind, words: &[&str]| Record {
            name: Name::root(),
            kind,
            class: 1,
            ttl: 1,
            data: data_from_words(kind, words, &Name::root()).unwrap(),
        };
        let words = [
            "1",
            ".",
            "alpn=h2",
            "ipv4hint=10.0.0.1,192.0.2.1",
            "ipv6hint=fd00::1",
        ];
        let found = addresses(&record(Kind::HTTPS, &words));
        let wanted: Vec<IpAddr> = ["10.0.0.1", "192.0.2.1", "fd00::1"]
            .map(|it| it.parse().unwrap())
            .to_vec();
        assert_eq!(found, wanted);
        let mapped = addresses(&record(Kind::AAAA, &["::ffff:10.0.0.1"]));
        assert_eq!(mapped, [IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))]);
    }
}
