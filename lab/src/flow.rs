//! Which connection does a packet belong to? Addresses and ports read from a packet of either
//! family, and written into one of IPv4 in place, for the devices on the way (NAT, firewall).

mod ipv6;

use std::{
    fmt,
    net::{SocketAddr, SocketAddrV4},
};
use thru_ip::Ipv4Packet;
pub(crate) use thru_ip::{
    PROTOCOL_ICMP as ICMP, PROTOCOL_ICMPV6 as ICMPV6, PROTOCOL_TCP as TCP, PROTOCOL_UDP as UDP,
};

/// TCP flags that a device on the way cares about (RFC 9293, section 3.1).
pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;

/// The two ends of a packet. For an ICMP echo both ports are the identifier. What knows IPv4 alone
/// has ends of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow<End = SocketAddr> {
    pub(crate) protocol: u8,
    pub(crate) source: End,
    pub(crate) destination: End,
}

impl<End> Flow<End> {
    /// The same connection seen from the other end.
    pub(crate) fn reversed(self) -> Flow<End> {
        Flow {
            protocol: self.protocol,
            source: self.destination,
            destination: self.source,
        }
    }
}

impl From<Flow<SocketAddrV4>> for Flow {
    fn from(flow: Flow<SocketAddrV4>) -> Flow {
        Flow {
            protocol: flow.protocol,
            source: flow.source.into(),
            destination: flow.destination.into(),
        }
    }
}

impl<End: fmt::Display> fmt::Display for Flow<End> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            TCP => f.write_str("tcp")?,
            UDP => f.write_str("udp")?,
            ICMP => f.write_str("icmp")?,
            ICMPV6 => f.write_str("icmpv6")?,
            other => write!(f, "protocol {other}")?,
        }
        write!(f, " {} → {}", self.source, self.destination)
    }
}

/// What a packet is, as far as a device on the way must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<End = SocketAddr> {
    /// TCP with these flags.
    Segment { flags: u8 },
    /// UDP.
    Datagram,
    /// An ICMP echo request or reply.
    Echo,
    /// An ICMP error about a packet of another flow, which it quotes.
    Error { about: Flow<End>, quote: usize },
    /// Anything else: no ports to be found.
    Other,
}

/// Why a packet cannot be told apart by its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// Reads a whole packet of either family.
pub(crate) fn read(packet: &[u8]) -> Result<(Flow, Kind), Unreadable> {
    if packet.first().is_some_and(|first| first >> 4 == 6) {
        return ipv6::read(packet);
    }
    let (flow, kind) = read_ipv4(packet)?;
    let kind = match kind {
        Kind::Segment { flags } => Kind::Segment { flags },
        Kind::Datagram => Kind::Datagram,
        Kind::Echo => Kind::Echo,
        Kind::Error { about, quote } => Kind::Error {
            about: about.into(),
            quote,
        },
        Kind::Other => Kind::Other,
    };
    Ok((flow.into(), kind))
}

/// Reads a whole packet of IPv4.
pub(crate) fn read_ipv4(
    packet: &[u8],
) -> Result<(Flow<SocketAddrV4>, Kind<SocketAddrV4>), Unreadable> {
    let packet = parse(packet)?;
    let header = &packet.header;
    let protocol = header.protocol;
    let flow = |source_port, destination_port| Flow {
        protocol,
        source: SocketAddrV4::new(header.source, source_port),
        destination: SocketAddrV4::new(header.destination, destination_port),
    };
    if header.fragment_offset != 0 {
        return Err(Unreadable("a fragment without ports"));
    }
    match (protocol, packet.payload) {
        (TCP, [a, b, c, d, _, _, _, _, _, _, _, _, _, flags, ..]) => {
            let kind = Kind::Segment { flags: *flags };
            Ok((
                flow(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
                kind,
            ))
        }
        (UDP, [a, b, c, d, ..]) => Ok((
            flow(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
            Kind::Datagram,
        )),
        (ICMP, [0 | 8, _, _, _, a, b, ..]) => {
            let id = u16::from_be_bytes([*a, *b]);
            Ok((flow(id, id), Kind::Echo))
        }
        (ICMP, [3 | 4 | 5 | 11 | 12, _, _, _, _, _, _, _, quoted @ ..]) => {
            let about = quoted_flow(quoted)?;
            Ok((
                flow(0, 0),
                Kind::Error {
                    about,
                    quote: packet.header_length + ICMP_HEADER,
                },
            ))
        }
        (TCP | UDP | ICMP, _) => Err(Unreadable("too short for its protocol")),
        _ => Ok((flow(0, 0), Kind::Other)),
    }
}

/// The flow of a packet that is quoted in an ICMP error: at least the header and 8 octets.
fn quoted_flow(quoted: &[u8]) -> Result<Flow<SocketAddrV4>, Unreadable> {
    let packet = parse(quoted)?;
    let [a, b, c, d, e, f, ..] = packet.payload else {
        return Err(Unreadable("the quote in an ICMP error is too short"));
    };
    let header = &packet.header;
    let (source_port, destination_port) = match header.protocol {
        ICMP => (u16::from_be_bytes([*e, *f]), u16::from_be_bytes([*e, *f])),
        _ => (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
    };
    Ok(Flow {
        protocol: header.protocol,
        source: SocketAddrV4::new(header.source, source_port),
        destination: SocketAddrV4::new(header.destination, destination_port),
    })
}

/// Checksums are not looked at: one that was wrong stays wrong, and whom the packet is for sees it.
fn parse(packet: &[u8]) -> Result<Ipv4Packet<'_>, Unreadable> {
    Ipv4Packet::parse_unchecked(packet).map_err(|_| Unreadable("no whole IPv4 header"))
}

/// Octets of an ICMP error before its quote (RFC 792).
const ICMP_HEADER: usize = 8;

/// Which end of a packet is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Destination,
}

/// Writes a new address and port into a packet that [`read`] could read, checksums included.
/// `quoted` says where in the packet the header starts: 0, or the quote of an ICMP error.
pub(crate) fn rewrite(packet: &mut [u8], quoted: usize, end: End, to: SocketAddrV4) {
    let (outer, inner) = packet.split_at_mut(quoted);
    let old = inner.to_vec();
    rewrite_headers(inner, end, to);
    if quoted != 0 {
        // The ICMP checksum covers the quote.
        let icmp = quoted - ICMP_HEADER;
        adjust(outer, icmp + 2, &old, inner);
    }
}

fn rewrite_headers(packet: &mut [u8], end: End, to: SocketAddrV4) {
    let Ok(parsed) = parse(packet) else {
        return;
    };
    let (header, protocol) = (parsed.header_length, parsed.header.protocol);
    let (at, port_at, old_address) = match end {
        End::Source => (12, header, parsed.header.source.octets()),
        End::Destination => (16, header + 2, parsed.header.destination.octets()),
    };
    let new_address = to.ip().octets();
    packet[at..at + 4].copy_from_slice(&new_address);
    adjust(packet, 10, &old_address, &new_address);
    let (port_at, checksum_at, pseudo_header) = match protocol {
        TCP => (port_at, header + 16, true),
        UDP => (port_at, header + 6, true),
        ICMP => (header + 4, header + 2, false),
        _ => return,
    };
    if packet.len() < port_at + 2 {
        return;
    }
    let old_port = [packet[port_at], packet[port_at + 1]];
    let new_port = to.port().to_be_bytes();
    packet[port_at..port_at + 2].copy_from_slice(&new_port);
    let without = protocol == UDP && packet.get(checksum_at..checksum_at + 2) == Some(&[0, 0]);
    if without {
        return;
    }
    if pseudo_header {
        adjust(packet, checksum_at, &old_address, &new_address);
    }
    adjust(packet, checksum_at, &old_port, &new_port);
}

/// Updates the checksum at `at` for octets that changed from `old` to `new`: HC' = ~(~HC + ~m + m')
/// (RFC 1624, equation 3). A checksum that was wrong stays wrong.
pub(crate) fn adjust(packet: &mut [u8], at: usize, old: &[u8], new: &[u8]) {
    let Some(field) = packet.get(at..at + 2) else {
        return;
    };
    let mut sum = u32::from(!u16::from_be_bytes([field[0], field[1]]));
    sum += words(old).map(|word| u32::from(!word)).fold(0, fold_add);
    sum += words(new).map(u32::from).fold(0, fold_add);
    let sum = fold_add(fold_add(sum & 0xffff, sum >> 16), 0);
    packet[at..at + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

fn fold_add(a: u32, b: u32) -> u32 {
    let sum = a + b;
    (sum & 0xffff) + (sum >> 16)
}

fn words(octets: &[u8]) -> impl Iterator<Item = u16> + '_ {
    octets
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn checksum(octets: &[u8]) -> u16 {
        !(words(octets).map(u32::from).fold(0, fold_add) as u16)
    }

    /// A packet with right checksums. For TCP `flags` count, for ICMP the type is 8.
    pub(crate) fn packet(flow: Flow<SocketAddrV4>, flags: u8, data: &[u8]) -> Vec<u8> {
        let mut payload = match flow.protocol {
            TCP => vec![0; 20],
            _ => vec![0; 8],
        };
        let checksum_at = match flow.protocol {
            TCP => 16,
            UDP => 6,
            _ => 2,
        };
        if flow.protocol == ICMP {
            payload[0] = 8;
            payload[4..6].copy_from_slice(&flow.source.port().to_be_bytes());
        } else {
            payload[0..2].copy_from_slice(&flow.source.port().to_be_bytes());
            payload[2..4].copy_from_slice(&flow.destination.port().to_be_bytes());
        }
        if flow.protocol == TCP {
            payload[12] = 0x50;
            payload[13] = flags;
        }
        payload.extend_from_slice(data);
        if flow.protocol == UDP {
            let length = payload.len() as u16;
            payload[4..6].copy_from_slice(&length.to_be_bytes());
        }
        let sum = transport_checksum(flow, &payload);
        payload[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
        let mut packet = vec![0x45, 0, 0, 0, 0, 1, 0, 0, 64, flow.protocol, 0, 0];
        packet.extend_from_slice(&flow.source.ip().octets());
        packet.extend_from_slice(&flow.destination.ip().octets());
        let length = (20 + payload.len()) as u16;
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        let sum = checksum(&packet);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend_from_slice(&payload);
        packet
    }

    fn transport_checksum(flow: Flow<SocketAddrV4>, payload: &[u8]) -> u16 {
        if flow.protocol == ICMP {
            return checksum(payload);
        }
        let mut covered = Vec::new();
        covered.extend_from_slice(&flow.source.ip().octets());
        covered.extend_from_slice(&flow.destination.ip().octets());
        covered.extend_from_slice(&[0, flow.protocol]);
        covered.extend_from_slice(&(payload.len() as u16).to_be_bytes());
        covered.extend_from_slice(payload);
        checksum(&covered)
    }

    pub(crate) fn all_checksums_fit(packet: &[u8]) -> bool {
        let (flow, _) = read_ipv4(packet).unwrap();
        checksum(&packet[..20]) == 0 && transport_checksum(flow, &packet[20..]) == 0
    }

    fn flow(protocol: u8) -> Flow<SocketAddrV4> {
        Flow {
            protocol,
            source: "192.168.1.20:40000".parse().unwrap(),
            destination: "203.0.113.80:443".parse().unwrap(),
        }
    }

    #[test]
    fn both_ends_can_be_rewritten_and_the_checksums_still_fit() {
        for protocol in [TCP, UDP] {
            for end in [End::Source, End::Destination] {
                let mut packet = packet(flow(protocol), SYN, b"odd");
                rewrite(&mut packet, 0, end, "198.51.100.2:50001".parse().unwrap());
                assert!(all_checksums_fit(&packet), "{protocol} {end:?}");
                let (after, _) = read(&packet).unwrap();
                let changed = match end {
                    End::Source => after.source,
                    End::Destination => after.destination,
                };
                assert_eq!(changed.to_string(), "198.51.100.2:50001");
            }
        }
    }

    #[test]
    fn a_wrong_checksum_stays_wrong() {
        let mut packet = packet(flow(TCP), SYN, b"data");
        packet[40] ^= 1;
        rewrite(
            &mut packet,
            0,
            End::Source,
            "198.51.100.2:50001".parse().unwrap(),
        );
        assert!(!all_checksums_fit(&packet));
    }

    #[test]
    fn short_and_strange_packets_are_refused_by_name() {
        assert!(read(&[]).is_err());
        assert!(read(&[0x4f; 30]).is_err());
        let whole = packet(flow(TCP), SYN, b"");
        for length in 0..34 {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }
}
