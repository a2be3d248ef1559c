//! Which own address a packet comes from (RFC 6724, section 5).

use std::{cmp::Reverse, net::Ipv6Addr};

/// An own address that a packet may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The address.
    pub address: Ipv6Addr,
    /// Its preferred time is over.
    pub deprecated: bool,
    /// It belongs to the interface that the packet leaves by.
    pub outgoing: bool,
    /// Its network was named by the next hop (rule 5.5).
    pub of_next_hop: bool,
}

/// The policy table's labels (RFC 6724, section 2.1): prefix, its bits, label. The longest first.
const LABELS: [(Ipv6Addr, u32, u8); 9] = [
    (Ipv6Addr::LOCALHOST, 128, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 4),
    (Ipv6Addr::UNSPECIFIED, 96, 3),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 5),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 2),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, 12),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 11),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 13),
    (Ipv6Addr::UNSPECIFIED, 0, 1),
];

/// Chooses for `destination`; of two that are equal by every rule the first. GAP: rules 4 and 7
/// (home and temporary addresses), as a machine here has none of these.
pub fn choose_source(destination: Ipv6Addr, candidates: &[Candidate]) -> Option<Ipv6Addr> {
    let rank = |own: &&Candidate| {
        (
            // Rule 1: the very address.
            own.address != destination,
            // Rule 2: the smallest scope that reaches it.
            scope_rank(scope(own.address), scope(destination)),
            // Rule 3.
            own.deprecated,
            // Rules 5 and 5.5.
            !own.outgoing,
            !own.of_next_hop,
            // Rule 6.
            label(own.address) != label(destination),
            // Rule 8.
            Reverse(same_bits(own.address, destination)),
        )
    };
    candidates.iter().min_by_key(rank).map(|own| own.address)
}

/// Rule 2: of those that reach as far as the destination the smallest, else the largest.
fn scope_rank(own: u8, wanted: u8) -> (bool, i16) {
    match own >= wanted {
        true => (false, own.into()),
        false => (true, -i16::from(own)),
    }
}

/// RFC 6724, section 3.1: as in a group's address 2 is the link, 5 the site, 14 the world.
fn scope(address: Ipv6Addr) -> u8 {
    if address.is_multicast() {
        address.octets()[1] & 15
    } else if address.is_loopback() || address.is_unicast_link_local() {
        2
    } else if address.segments()[0] & 0xffc0 == 0xfec0 {
        5
    } else {
        14
    }
}

fn label(address: Ipv6Addr) -> u8 {
    let line = LABELS
        .iter()
        .find(|(prefix, bits, _)| same_bits(*prefix, address) >= *bits);
    line.map_or(1, |(_, _, label)| *label)
}

fn same_bits(a: Ipv6Addr, b: Ipv6Addr) -> u32 {
    (a.to_bits() ^ b.to_bits()).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(destination: &str, own: &[&str]) -> String {
        let candidates: Vec<Candidate> = own
            .iter()
            .map(|text| Candidate {
                address: text.trim_start_matches('-').parse().unwrap(),
                deprecated: text.starts_with('-'),
                outgoing: true,
                of_next_hop: false,
            })
            .collect();
        let destination = destination.parse().unwrap();
        choose_source(destination, &candidates).unwrap().to_string()
    }

    #[test]
    fn the_examples_of_rfc_6724_section_10_1_come_out() {
        for (destination, own, expected) in [
            (
                "2001:db8:1::1",
                ["2001:db8:3::1", "fe80::1"],
                "2001:db8:3::1",
            ),
            ("ff05::1", ["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"),
            (
                "2001:db8:1::1",
                ["-2001:db8:1::1", "2001:db8:2::1"],
                "2001:db8:1::1",
            ),
            ("fe80::1", ["-fe80::2", "2001:db8:1::1"], "fe80::2"),
            (
                "2001:db8:1::1",
                ["2001:db8:1::2", "2001:db8:3::2"],
                "2001:db8:1::2",
            ),
            (
                "2002:c633:6401::1",
                ["2002:c633:6401::d5e3:7953:13eb:22e8", "2001:db8:1::2"],
                "2002:c633:6401:0:d5e3:7953:13eb:22e8",
            ),
        ] {
            assert_eq!(chosen(destination, &own), expected, "{destination}");
        }
    }

    #[test]
    fn what_is_no_longer_preferred_comes_last_and_the_way_out_counts() {
        assert_eq!(
            chosen("2001:db8:1::1", &["-2001:db8:1::2", "2001:db8:9::2"]),
            "2001:db8:9::2"
        );
        let at = |address: &str, outgoing| Candidate {
            address: address.parse().unwrap(),
            deprecated: false,
            outgoing,
            of_next_hop: false,
        };
        let own = [at("2001:db8:1::2", false), at("2001:db8:9::2", true)];
        let to = "2001:db8:1::1".parse().unwrap();
        assert_eq!(choose_source(to, &own), Some(own[1].address));
        assert_eq!(choose_source(to, &[]), None);
    }
}
