//! In which order the addresses of a host are tried (RFC 6724, section 6).
//!
//! Held are rule 1 (no address of one's own to come from), 2 (same scope), 5 (same label), 6
//! (precedence), 8 (smaller scope) and 9 (longest matching prefix); 3, 4 and 7 need what the system
//! knows of addresses that are deprecated, of homes and of tunnels. Ties stay in the order given.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv6Addr};

/// An address of this machine and the bits of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
    /// Bits of the network's prefix.
    pub prefix: u8,
}

/// The default policy table (RFC 6724, section 2.1): prefix, its bits, precedence, label.
const POLICY: [(Ipv6Addr, u8, u8, u8); 9] = [
    (Ipv6Addr::LOCALHOST, 128, 50, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 35, 4),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, 0), 96, 1, 3),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 5, 5),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 30, 2),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, 1, 12),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 1, 11),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 3, 13),
    (Ipv6Addr::UNSPECIFIED, 0, 40, 1),
];

/// What the rules compare, best least.
type Rank = (bool, bool, bool, Reverse<u8>, u8);

/// Puts the addresses in order of preference. Without any own address nothing is known, and
/// nothing changed.
pub(super) fn sort(addresses: &mut [IpAddr], own: &[OwnAddress]) {
    if own.is_empty() || addresses.len() < 2 {
        return;
    }
    let ranked = |address: &IpAddr| {
        let source = source(*address, own);
        let length = source.map_or(0, |own| shared(*address, own));
        (
            rank(*address, source.map(|own| own.address)),
            length,
            *address,
        )
    };
    let mut ranked: Vec<(Rank, u8, IpAddr)> = addresses.iter().map(ranked).collect();
    ranked.sort_by_key(|(rank, _, _)| *rank);
    // Rule 9 holds among addresses of one family that are the same so far.
    ranked
        .chunk_by_mut(|a, b| a.0 == b.0 && a.2.is_ipv6() == b.2.is_ipv6())
        .for_each(|same| same.sort_by_key(|(_, length, _)| Reverse(*length)));
    for (place, (_, _, address)) in addresses.iter_mut().zip(ranked) {
        *place = address;
    }
}

/// Whether this machine has an address that it could come from; yes if its addresses are not known.
pub(super) fn is_reachable(destination: IpAddr, own: &[OwnAddress]) -> bool {
    own.is_empty() || source(destination, own).is_some()
}

/// Whether this machine can be expected to reach others by IPv6.
pub(super) fn has_ipv6(own: &[OwnAddress]) -> bool {
    let reaches = |own: &OwnAddress| own.address.is_ipv6() && scope(own.address) > 2;
    own.is_empty() || own.iter().any(reaches)
}

fn rank(destination: IpAddr, source: Option<IpAddr>) -> Rank {
    let (precedence, label) = policy(destination);
    let other_scope = source.is_some_and(|source| scope(source) != scope(destination));
    let other_label = source.is_some_and(|source| policy(source).1 != label);
    (
        source.is_none(),
        other_scope,
        other_label,
        Reverse(precedence),
        scope(destination),
    )
}

/// The address that this machine would come from (RFC 6724, section 5, as far as addresses alone
/// say it): same family; on the same network, else with the longest matching prefix.
fn source(destination: IpAddr, own: &[OwnAddress]) -> Option<OwnAddress> {
    let family = own
        .iter()
        .filter(|own| own.address.is_ipv6() == destination.is_ipv6());
    // From a loopback address nothing leaves the machine.
    let usable = family.filter(|own| destination.is_loopback() || !own.address.is_loopback());
    usable.copied().min_by_key(|own| {
        (
            own.address != destination,
            destination.is_loopback() != own.address.is_loopback(),
            !same_network(destination, *own),
            scope(own.address) != scope(destination),
            policy(own.address).1 != policy(destination).1,
            Reverse(match destination {
                IpAddr::V4(_) => 0,
                IpAddr::V6(_) => same_bits(destination, own.address).min(own.prefix),
            }),
        )
    })
}

fn same_network(destination: IpAddr, own: OwnAddress) -> bool {
    same_bits(destination, own.address) >= own.prefix
}

/// Bits that count for rule 9: of IPv4 only those of a network that both are in.
fn shared(destination: IpAddr, own: OwnAddress) -> u8 {
    match destination {
        IpAddr::V4(_) if !same_network(destination, own) => 0,
        _ => same_bits(destination, own.address),
    }
}

fn same_bits(a: IpAddr, b: IpAddr) -> u8 {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u32::from(a) ^ u32::from(b)).leading_zeros() as u8,
        (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(a) ^ u128::from(b)).leading_zeros() as u8,
        _ => 0,
    }
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// Precedence and label.
fn policy(address: IpAddr) -> (u8, u8) {
    let address = mapped(address);
    let line = POLICY
        .iter()
        .find(|(prefix, bits, _, _)| same_bits(address.into(), (*prefix).into()) >= *bits);
    line.map_or((40, 1), |(_, _, precedence, label)| (*precedence, *label))
}

/// Scope as in an IPv6 multicast address (RFC 4291, section 2.7; RFC 6724, section 3.2): 2 link,
/// 5 site, 14 global.
fn scope(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(address) if address.is_loopback() || address.is_link_local() => 2,
        IpAddr::V4(_) => 14,
        IpAddr::V6(address) if address.is_multicast() => address.octets()[1] & 15,
        IpAddr::V6(address) if address.is_loopback() || address.is_unicast_link_local() => 2,
        IpAddr::V6(address) if address.segments()[0] & 0xffc0 == 0xfec0 => 5,
        IpAddr::V6(_) => 14,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(list: &[(&str, u8)]) -> Vec<OwnAddress> {
        let own = list.iter().map(|(address, prefix)| OwnAddress {
            address: address.parse().unwrap(),
            prefix: *prefix,
        });
        own.collect()
    }

    fn sorted(given: &str, machine: &[(&str, u8)]) -> String {
        let mut addresses: Vec<IpAddr> = given.split(' ').map(|a| a.parse().unwrap()).collect();
        sort(&mut addresses, &own(machine));
        let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        shown.join(" ")
    }

    /// The examples of RFC 6724, section 10.2, as far as the rules above decide them.
    #[test]
    fn the_examples_of_the_specification() {
        let table: [(&str, &[(&str, u8)], &str); 6] = [
            (
                "2001:db8:1::1 198.51.100.121",
                &[
                    ("2001:db8:1::2", 64),
                    ("fe80::1", 64),
                    ("169.254.13.78", 16),
                ],
                "2001:db8:1::1 198.51.100.121",
            ),
            (
                "2001:db8:1::1 198.51.100.121",
                &[("fe80::1", 64), ("198.51.100.117", 24)],
                "198.51.100.121 2001:db8:1::1",
            ),
            (
                "10.1.2.3 2001:db8:1::1",
                &[("2001:db8:1::2", 64), ("fe80::1", 64), ("10.1.2.4", 24)],
                "2001:db8:1::1 10.1.2.3",
            ),
            (
                "2001:db8:1::1 fe80::1",
                &[("2001:db8:1::2", 64), ("fe80::2", 64)],
                "fe80::1 2001:db8:1::1",
            ),
            (
                "2001:db8:1::1 2001:db8:3ffe::1",
                &[
                    ("2001:db8:1::2", 64),
                    ("2001:db8:3f44::2", 64),
                    ("fe80::2", 64),
                ],
                "2001:db8:1::1 2001:db8:3ffe::1",
            ),
            (
                "2002:c633:6401::1 2001:db8:1::1",
                &[
                    ("2002:c633:6401::2", 64),
                    ("2001:db8:1::2", 64),
                    ("fe80::2", 64),
                ],
                "2001:db8:1::1 2002:c633:6401::1",
            ),
        ];
        for (given, machine, expected) in table {
            assert_eq!(sorted(given, machine), expected, "{given}");
        }
    }

    #[test]
    fn a_family_without_an_address_of_ones_own_goes_last() {
        let only_ipv4 = [("127.0.0.1", 8), ("::1", 128), ("10.0.0.2", 24)];
        assert_eq!(
            sorted("2001:db8::1 192.0.2.1", &only_ipv4),
            "192.0.2.1 2001:db8::1"
        );
        assert_eq!(sorted("127.0.0.1 ::1", &only_ipv4), "::1 127.0.0.1");
        assert_eq!(
            sorted("192.0.2.9 10.0.0.7", &only_ipv4),
            "10.0.0.7 192.0.2.9"
        );
        assert_eq!(
            sorted("2001:db8::1 192.0.2.1", &[]),
            "2001:db8::1 192.0.2.1"
        );
    }
}
