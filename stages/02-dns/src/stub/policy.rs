//! The policy table of RFC 6724, section 2.1, or that of the machine (gai.conf(5)).

use std::net::{IpAddr, Ipv6Addr};

/// One line: addresses of IPv4 are meant by their mapped form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// The prefix.
    pub prefix: Ipv6Addr,
    /// Its bits.
    pub bits: u8,
    /// What those addresses get.
    pub value: u32,
}

/// Which addresses are preferred, by their prefix; the line with the longest one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Labels: addresses of the same label go together.
    pub labels: Vec<PolicyLine>,
    /// Precedences: more is better.
    pub precedences: Vec<PolicyLine>,
    /// Scopes of IPv4 addresses, as in an IPv6 multicast address: 2 link, 14 global.
    pub ipv4_scopes: Vec<PolicyLine>,
}

/// Label of what no line fits.
const OTHER_LABEL: u32 = 1;
/// Precedence of what no line fits.
const OTHER_PRECEDENCE: u32 = 40;
/// Scope of what no line fits.
const GLOBAL: u32 = 14;
/// Scope of a link.
const LINK: u32 = 2;

/// The default table: prefix, its bits, precedence, label.
const DEFAULT: [(Ipv6Addr, u8, u32, u32); 9] = [
    (Ipv6Addr::LOCALHOST, 128, 50, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 35, 4),
    (Ipv6Addr::UNSPECIFIED, 96, 1, 3),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 5, 5),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 30, 2),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, 1, 12),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 1, 11),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 3, 13),
    (Ipv6Addr::UNSPECIFIED, 0, 40, 1),
];

impl Default for Policy {
    fn default() -> Policy {
        let line = |prefix, bits, value| PolicyLine {
            prefix,
            bits,
            value,
        };
        let mapped = |second| Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, second, 0);
        let precedences =
            DEFAULT.map(|(prefix, bits, precedence, _)| line(prefix, bits, precedence));
        let labels = DEFAULT.map(|(prefix, bits, _, label)| line(prefix, bits, label));
        Policy::new(
            labels.into(),
            precedences.into(),
            // RFC 6724, section 3.2.
            vec![
                line(mapped(0xa9fe), 112, LINK),
                line(mapped(0x7f00), 104, LINK),
            ],
        )
    }
}

impl Policy {
    /// A policy of these lines, in any order.
    pub fn new(
        mut labels: Vec<PolicyLine>,
        mut precedences: Vec<PolicyLine>,
        mut ipv4_scopes: Vec<PolicyLine>,
    ) -> Policy {
        for lines in [&mut labels, &mut precedences, &mut ipv4_scopes] {
            lines.sort_by_key(|line| std::cmp::Reverse(line.bits));
        }
        Policy {
            labels,
            precedences,
            ipv4_scopes,
        }
    }

    pub(super) fn label(&self, address: IpAddr) -> u32 {
        value(&self.labels, address).unwrap_or(OTHER_LABEL)
    }

    pub(super) fn precedence(&self, address: IpAddr) -> u32 {
        value(&self.precedences, address).unwrap_or(OTHER_PRECEDENCE)
    }

    /// Scope as in an IPv6 multicast address (RFC 4291, section 2.7; RFC 6724, section 3.2): 2 link,
    /// 5 site, 14 global.
    pub(super) fn scope(&self, address: IpAddr) -> u32 {
        match address {
            IpAddr::V4(_) => value(&self.ipv4_scopes, address).unwrap_or(GLOBAL),
            IpAddr::V6(address) if address.is_multicast() => u32::from(address.octets()[1] & 15),
            IpAddr::V6(address) if address.is_loopback() || address.is_unicast_link_local() => LINK,
            IpAddr::V6(address) if address.segments()[0] & 0xffc0 == 0xfec0 => 5,
            IpAddr::V6(_) => GLOBAL,
        }
    }
}

/// The value of the first line that fits: lines with longer prefixes come first.
fn value(lines: &[PolicyLine], address: IpAddr) -> Option<u32> {
    let address = u128::from(match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    });
    let fits = |line: &&PolicyLine| {
        let other = (address ^ u128::from(line.prefix)).leading_zeros();
        other >= u32::from(line.bits)
    };
    lines.iter().find(fits).map(|line| line.value)
}
