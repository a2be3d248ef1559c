//! gai.conf(5): which addresses getaddrinfo prefers, and what it does without that file.

use std::net::{IpAddr, Ipv6Addr};
use thru_port::{AddressPolicy, PolicyLine, ResolverConfig};

/// Most lines that are read of each kind.
const LINE_LIMIT: usize = 256;

/// Labels that glibc has built in: those of RFC 3484 and two more.
const LABELS: [(Ipv6Addr, u8, u32); 8] = [
    (Ipv6Addr::LOCALHOST, 128, 0),
    (Ipv6Addr::UNSPECIFIED, 96, 3),
    (MAPPED, 96, 4),
    (TEREDO, 32, 7),
    (SIX_TO_FOUR, 16, 2),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 5),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 6),
    (Ipv6Addr::UNSPECIFIED, 0, 1),
];
/// Precedences that glibc has built in: those of RFC 3484, not yet of RFC 6724.
const PRECEDENCES: [(Ipv6Addr, u8, u32); 5] = [
    (Ipv6Addr::LOCALHOST, 128, 50),
    (Ipv6Addr::UNSPECIFIED, 96, 20),
    (MAPPED, 96, 10),
    (SIX_TO_FOUR, 16, 30),
    (Ipv6Addr::UNSPECIFIED, 0, 40),
];
/// Scopes of IPv4 addresses that glibc has built in.
const SCOPES: [(Ipv6Addr, u8, u32); 3] = [
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0xa9fe, 0), 112, 2),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0x7f00, 0), 104, 2),
    (MAPPED, 96, 14),
];
/// Addresses of IPv4 among those of IPv6.
const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
/// Teredo (RFC 4380).
const TEREDO: Ipv6Addr = Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0);
/// 6to4 (RFC 3056).
const SIX_TO_FOUR: Ipv6Addr = Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0);

/// Reads the file into the policy. Lines of one kind take the place of all that are built in of it;
/// what no line fits keeps what it has.
pub(crate) fn read(text: &str, config: &mut ResolverConfig) {
    let mut policy = AddressPolicy::default();
    for line in text.lines() {
        let content = line.split('#').next().unwrap_or_default();
        let mut words = content.split_ascii_whitespace();
        let Some(keyword) = words.next() else {
            continue;
        };
        let lines = match keyword {
            "label" => &mut policy.labels,
            "precedence" => &mut policy.precedences,
            "scopev4" => &mut policy.ipv4_scopes,
            // It is read for each look-up anyway.
            "reload" => continue,
            other => {
                config.unsupported.push(format!("gai.conf: {other}"));
                continue;
            }
        };
        let read = words.next().zip(words.next());
        match read.and_then(|(prefix, value)| policy_line(prefix, value, keyword == "scopev4")) {
            Some(read) if lines.len() < LINE_LIMIT => lines.push(read),
            _ => config
                .unsupported
                .push(format!("gai.conf: {}", content.trim())),
        }
    }
    or_built_in(&mut policy.labels, &LABELS);
    or_built_in(&mut policy.precedences, &PRECEDENCES);
    or_built_in(&mut policy.ipv4_scopes, &SCOPES);
    config.policy = Some(policy);
}

fn or_built_in(lines: &mut Vec<PolicyLine>, built_in: &[(Ipv6Addr, u8, u32)]) {
    if lines.is_empty() {
        let own = built_in.iter().map(|(prefix, bits, value)| PolicyLine {
            prefix: *prefix,
            bits: *bits,
            value: *value,
        });
        lines.extend(own);
    }
}

/// `PREFIX[/BITS] VALUE`. Scopes are of IPv4 addresses, which may be written as such or mapped.
fn policy_line(prefix: &str, value: &str, of_ipv4: bool) -> Option<PolicyLine> {
    let (address, bits) = match prefix.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (prefix, None),
    };
    let (prefix, bits) = match address.parse().ok()? {
        IpAddr::V6(address) => (address, bits.unwrap_or(128)),
        IpAddr::V4(address) if of_ipv4 => (
            address.to_ipv6_mapped(),
            bits.unwrap_or(32).checked_add(96)?,
        ),
        IpAddr::V4(_) => return None,
    };
    let is_mapped = prefix.to_ipv4_mapped().is_some() && bits >= 96;
    (bits <= 128 && (is_mapped || !of_ipv4)).then_some(PolicyLine {
        prefix,
        bits,
        value: value.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_kind_take_the_place_of_those_built_in() {
        let mut config = ResolverConfig::default();
        let text = "# comment\nprecedence ::ffff:0:0/96  100 # IPv4 first\r\nreload yes\n\
                    scopev4 10.0.0.0/8 5\nscopev4 ::ffff:192.168.0.0/112 5\n\
                    label ::1/129 0\nlabel 10.0.0.0/8 1\nodd line\n";
        read(text, &mut config);
        let policy = config.policy.unwrap();
        let shown = |lines: &[PolicyLine]| {
            let shown: Vec<String> = lines
                .iter()
                .map(|line| format!("{}/{} {}", line.prefix, line.bits, line.value))
                .collect();
            shown.join(", ")
        };
        assert_eq!(shown(&policy.precedences), "::ffff:0.0.0.0/96 100");
        assert_eq!(
            shown(&policy.ipv4_scopes),
            "::ffff:10.0.0.0/104 5, ::ffff:192.168.0.0/112 5"
        );
        assert_eq!(policy.labels.len(), LABELS.len());
        assert_eq!(
            config.unsupported,
            [
                "gai.conf: label ::1/129 0",
                "gai.conf: label 10.0.0.0/8 1",
                "gai.conf: odd"
            ]
        );
    }
}
