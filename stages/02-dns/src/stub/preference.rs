//! In which order the addresses of a host are tried (RFC 6724, section 6).
//!
//! All rules but the last are held: 1 (no address of one's own to come from), 2 (same scope), 3
//! (deprecated), 4 (home), 5 (same label), 6 (precedence), 7 (no tunnel), 8 (smaller scope), 9 (longest
//! matching prefix). Ties stay in the order given (rule 10).

use super::policy::Policy;
use std::cmp::Reverse;
use std::net::IpAddr;

/// An address of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
    /// Bits of the network's prefix.
    pub prefix: u8,
    /// Its preferred time is over (RFC 4862, section 5.5.4).
    pub deprecated: bool,
    /// It is the home address of a machine that moves (RFC 6275).
    pub home: bool,
    /// It belongs to the end of a tunnel.
    pub tunnel: bool,
}

impl OwnAddress {
    /// An address like most.
    pub fn new(address: IpAddr, prefix: u8) -> OwnAddress {
        OwnAddress {
            address,
            prefix,
            deprecated: false,
            home: false,
            tunnel: false,
        }
    }
}

/// What the rules 1 to 8 compare, best least.
type Rank = (bool, bool, bool, bool, bool, Reverse<u32>, bool, u32);

/// Puts the addresses in order of preference. Without any own address nothing is known, and
/// nothing changed.
pub(super) fn sort(addresses: &mut [IpAddr], own: &[OwnAddress], policy: &Policy) {
    if own.is_empty() || addresses.len() < 2 {
        return;
    }
    let ranked = |address: &IpAddr| {
        let source = source(*address, own, policy);
        let length = source.map_or(0, |own| shared(*address, own));
        (rank(*address, source, policy), length, *address)
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
pub(super) fn is_reachable(destination: IpAddr, own: &[OwnAddress], policy: &Policy) -> bool {
    own.is_empty() || source(destination, own, policy).is_some()
}

/// Whether this machine can be expected to reach others by IPv6.
pub(super) fn has_ipv6(own: &[OwnAddress]) -> bool {
    let reaches = |own: &OwnAddress| match own.address {
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
        IpAddr::V4(_) => false,
    };
    own.is_empty() || own.iter().any(reaches)
}

fn rank(destination: IpAddr, source: Option<OwnAddress>, policy: &Policy) -> Rank {
    let scope = policy.scope(destination);
    let of_source = |is: &dyn Fn(OwnAddress) -> bool| source.is_some_and(is);
    (
        source.is_none(),
        of_source(&|source| policy.scope(source.address) != scope),
        of_source(&|source| source.deprecated),
        !of_source(&|source| source.home),
        of_source(&|source| policy.label(source.address) != policy.label(destination)),
        Reverse(policy.precedence(destination)),
        of_source(&|source| source.tunnel),
        scope,
    )
}

/// The address that this machine would come from (RFC 6724, section 5, as far as addresses alone
/// say it): same family; on the same network, else with the longest matching prefix.
fn source(destination: IpAddr, own: &[OwnAddress], policy: &Policy) -> Option<OwnAddress> {
    let family = own
        .iter()
        .filter(|own| own.address.is_ipv6() == destination.is_ipv6());
    // From a loopback address nothing leaves the machine.
    let usable = family.filter(|own| destination.is_loopback() || !own.address.is_loopback());
    usable.copied().min_by_key(|own| {
        (
            own.address != destination,
            destination.is_loopback() != own.address.is_loopback(),
            // Of IPv4 the route decides, of IPv6 the rules 2 to 5 do.
            destination.is_ipv6() && policy.scope(own.address) != policy.scope(destination),
            own.deprecated,
            !own.home,
            !same_network(destination, *own),
            policy.scope(own.address) != policy.scope(destination),
            policy.label(own.address) != policy.label(destination),
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

#[cfg(test)]
mod tests {
    use super::super::policy::PolicyLine;
    use super::*;

    /// `address/bits`, with what is special of it behind.
    fn own(text: &str) -> OwnAddress {
        let (address, words) = text.split_once(' ').unwrap_or((text, ""));
        let (address, bits) = address.split_once('/').unwrap();
        OwnAddress {
            deprecated: words.contains("deprecated"),
            home: words.contains("home"),
            tunnel: words.contains("tunnel"),
            ..OwnAddress::new(address.parse().unwrap(), bits.parse().unwrap())
        }
    }

    fn sorted(given: &str, machine: &[&str]) -> String {
        sorted_by(given, machine, &Policy::default())
    }

    fn sorted_by(given: &str, machine: &[&str], policy: &Policy) -> String {
        let mut addresses: Vec<IpAddr> = given.split(' ').map(|a| a.parse().unwrap()).collect();
        let own: Vec<OwnAddress> = machine.iter().map(|text| own(text)).collect();
        sort(&mut addresses, &own, policy);
        let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        shown.join(" ")
    }

    /// The examples of RFC 6724, section 10.2, as far as the rules above decide them.
    #[test]
    fn the_examples_of_the_specification() {
        let table: [(&str, &[&str], &str); 10] = [
            (
                "2001:db8:1::1 198.51.100.121",
                &["2001:db8:1::2/64", "fe80::1/64", "169.254.13.78/16"],
                "2001:db8:1::1 198.51.100.121",
            ),
            (
                "2001:db8:1::1 198.51.100.121",
                &["fe80::1/64", "198.51.100.117/24"],
                "198.51.100.121 2001:db8:1::1",
            ),
            (
                "10.1.2.3 2001:db8:1::1",
                &["2001:db8:1::2/64", "fe80::1/64", "10.1.2.4/24"],
                "2001:db8:1::1 10.1.2.3",
            ),
            (
                "2001:db8:1::1 fe80::1",
                &["2001:db8:1::2/64", "fe80::2/64"],
                "fe80::1 2001:db8:1::1",
            ),
            (
                "2001:db8:1::1 2001:db8:3ffe::1",
                &["2001:db8:1::2/64", "2001:db8:3f44::2/64", "fe80::2/64"],
                "2001:db8:1::1 2001:db8:3ffe::1",
            ),
            (
                "2002:c633:6401::1 2001:db8:1::1",
                &["2002:c633:6401::2/64", "2001:db8:1::2/64", "fe80::2/64"],
                "2001:db8:1::1 2002:c633:6401::1",
            ),
            // Rules 3, 4, 7 and 8.
            (
                "2001:db8:1::1 198.51.100.1",
                &["2001:db8:1::2/64 deprecated", "198.51.100.2/24"],
                "198.51.100.1 2001:db8:1::1",
            ),
            (
                "2001:db8:1::1 fe80::1",
                &["2001:db8:1::2/64 home", "fe80::2/64"],
                "2001:db8:1::1 fe80::1",
            ),
            (
                "2001:db8:1::1 2001:db8:2::1",
                &["2001:db8:1::2/64 tunnel", "2001:db8:2::2/64"],
                "2001:db8:2::1 2001:db8:1::1",
            ),
            (
                "2001:db8:1::1 fe80::1",
                &["2001:db8:1::2/64 tunnel", "fe80::2/64 tunnel"],
                "fe80::1 2001:db8:1::1",
            ),
        ];
        for (given, machine, expected) in table {
            assert_eq!(sorted(given, machine), expected, "{given}");
        }
    }

    /// RFC 6724, section 10.3: another table prefers IPv4.
    #[test]
    fn the_policy_is_the_machines() {
        let line = |prefix: &str, bits, value| PolicyLine {
            prefix: prefix.parse().unwrap(),
            bits,
            value,
        };
        let ipv4_first = Policy {
            precedences: vec![line("::ffff:0:0", 96, 100), line("::", 0, 40)],
            ..Policy::default()
        };
        let machine = ["2001:db8:1::2/64", "10.1.2.4/24"];
        let given = "2001:db8:1::1 10.1.2.3";
        assert_eq!(sorted(given, &machine), given);
        let other = "10.1.2.3 2001:db8:1::1";
        assert_eq!(sorted_by(given, &machine, &ipv4_first), other);
    }

    #[test]
    fn a_family_without_an_address_of_ones_own_goes_last() {
        let only_ipv4 = ["127.0.0.1/8", "::1/128", "10.0.0.2/24"];
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
