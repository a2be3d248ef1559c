//! Packets of IPv6, whose ports stand behind a chain of headers.

use super::{Flow, ICMPV6, Kind, TCP, UDP, Unreadable};
use std::net::SocketAddr;
use thru_ip::{Ipv6Header, Ipv6Packet};

/// Types of ICMPv6 (RFC 4443): the errors, which quote a packet, and the echoes.
const ERRORS: std::ops::RangeInclusive<u8> = 1..=4;
const ECHOES: std::ops::RangeInclusive<u8> = 128..=129;

/// Octets before the quote in an error.
const ERROR_HEADER: usize = 8;

/// Reads a whole packet.
pub(super) fn read(packet: &[u8]) -> Result<(Flow, Kind), Unreadable> {
    let parsed = parse(packet)?;
    let chain = &parsed.chain;
    if parsed.is_fragment() {
        return Err(Unreadable("a fragment without ports"));
    }
    // Who wants to hide ports behind headers that cannot be read does not get by.
    let unread = || {
        Unreadable(
            chain
                .problem
                .map_or("its headers lead to no payload", |it| it.why),
        )
    };
    let protocol = chain.protocol.or(chain.other).ok_or_else(unread)?;
    let flow = |source, destination| flow(&parsed.header, protocol, source, destination);
    match (protocol, parsed.payload) {
        (TCP, [a, b, c, d, _, _, _, _, _, _, _, _, _, flags, ..]) => {
            let kind = Kind::Segment { flags: *flags };
            Ok((flow(port(a, b), port(c, d)), kind))
        }
        (UDP, [a, b, c, d, ..]) => Ok((flow(port(a, b), port(c, d)), Kind::Datagram)),
        (ICMPV6, [kind, _, _, _, a, b, ..]) if ECHOES.contains(kind) => {
            Ok((flow(port(a, b), port(a, b)), Kind::Echo))
        }
        (ICMPV6, [kind, rest @ ..]) if ERRORS.contains(kind) => {
            let quoted = rest.get(ERROR_HEADER - 1..).unwrap_or_default();
            let about = quoted_flow(quoted)?;
            let quote = packet.len() - quoted.len();
            Ok((flow(0, 0), Kind::Error { about, quote }))
        }
        (ICMPV6, [_, ..]) => Ok((flow(0, 0), Kind::Other)),
        (TCP | UDP | ICMPV6, _) => Err(Unreadable("too short for its protocol")),
        _ => Ok((flow(0, 0), Kind::Other)),
    }
}

/// The flow of a packet that is quoted in an error.
fn quoted_flow(quoted: &[u8]) -> Result<Flow, Unreadable> {
    let parsed = parse(quoted)?;
    // The first piece of a packet has the ports behind the fragment header.
    let piece = parsed.chain.fragment.filter(|piece| piece.offset == 0);
    let protocol = parsed.chain.protocol.or(piece.map(|piece| piece.next));
    let flow = |protocol, source, destination| flow(&parsed.header, protocol, source, destination);
    match (protocol, parsed.payload) {
        (Some(protocol @ (TCP | UDP)), [a, b, c, d, ..]) => {
            Ok(flow(protocol, port(a, b), port(c, d)))
        }
        (Some(ICMPV6), [kind, _, _, _, a, b, ..]) if ECHOES.contains(kind) => {
            Ok(flow(ICMPV6, port(a, b), port(a, b)))
        }
        _ => Err(Unreadable("the quote in an ICMPv6 error has no ports")),
    }
}

fn parse(packet: &[u8]) -> Result<Ipv6Packet<'_>, Unreadable> {
    let parsed = Ipv6Packet::parse_header(packet);
    parsed.map_err(|_| Unreadable("no whole IPv6 header"))
}

fn flow(header: &Ipv6Header, protocol: u8, source: u16, destination: u16) -> Flow {
    Flow {
        protocol,
        source: SocketAddr::new(header.source.into(), source),
        destination: SocketAddr::new(header.destination.into(), destination),
    }
}

fn port(high: &u8, low: &u8) -> u16 {
    u16::from_be_bytes([*high, *low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    const A: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x20);
    const B: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 80, 0, 0, 0, 0, 0x80);

    fn datagram() -> Vec<u8> {
        Ipv6Header::new(A, B).encode(UDP, &[0x9c, 0x40, 0, 53, 0, 8, 0, 0])
    }

    #[test]
    fn ports_are_found_behind_other_headers() {
        let mut chained = vec![UDP, 0, 1, 4, 0, 0, 0, 0];
        chained.extend_from_slice(&datagram()[40..]);
        let (plain, kind) = read(&datagram()).unwrap();
        assert_eq!(
            read(&Ipv6Header::new(A, B).encode(60, &chained)).unwrap().0,
            plain
        );
        assert_eq!(kind, Kind::Datagram);
        assert_eq!(
            plain.to_string(),
            "udp [2001:db8:1::20]:40000 → [2001:db8:50::80]:53"
        );
    }

    #[test]
    fn what_hides_its_ports_behind_headers_that_cannot_be_read_is_refused_with_its_reason() {
        let segment = [&[0x9c, 0x40, 0, 22][..], &[0; 16]].concat();
        let padded = |next: u8| [next, 0, 1, 4, 0, 0, 0, 0];
        let behind = |headers: &[u8]| {
            let payload = [headers, &segment].concat();
            let read = read(&Ipv6Header::new(A, B).encode(60, &payload));
            read.map(|(flow, _)| (flow.protocol, flow.destination.port()))
        };
        assert_eq!(behind(&padded(TCP)), Ok((TCP, 22)));
        let many = [&padded(60).repeat(8)[..], &padded(TCP)].concat();
        let cases: [(&[u8], &str); 4] = [
            (&many, "too many headers before its payload"),
            (
                &[TCP, 0, 0x45, 4, 0, 0, 0, 0],
                "an option is not understood, and its sender wants the packet dropped",
            ),
            (
                &[TCP, 99, 1, 4, 0, 0, 0, 0],
                "a header ends after the packet",
            ),
            (&padded(0), "hop-by-hop options must come first"),
        ];
        for (headers, why) in cases {
            assert_eq!(behind(headers), Err(Unreadable(why)));
        }
    }

    #[test]
    fn protocols_without_ports_here_keep_their_numbers() {
        for protocol in [50, 59, 132] {
            let (flow, kind) = read(&Ipv6Header::new(A, B).encode(protocol, &[0; 16])).unwrap();
            assert_eq!((flow.protocol, kind), (protocol, Kind::Other));
        }
    }

    #[test]
    fn an_error_belongs_to_the_packet_that_it_quotes() {
        let mut too_big = vec![2, 0, 0, 0, 0, 0, 5, 0];
        too_big.extend_from_slice(&datagram());
        let (_, kind) = read(&Ipv6Header::new(B, A).encode(ICMPV6, &too_big)).unwrap();
        let about = read(&datagram()).unwrap().0;
        assert_eq!(kind, Kind::Error { about, quote: 48 });
    }

    #[test]
    fn pieces_and_what_is_cut_off_are_refused_by_name() {
        let piece = Ipv6Header::new(A, B).encode(44, &[UDP, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 2]);
        assert_eq!(read(&piece), Err(Unreadable("a fragment without ports")));
        for length in 0..44 {
            assert!(read(&datagram()[..length]).is_err(), "{length}");
        }
        let short = Ipv6Header::new(A, B).encode(ICMPV6, &[1, 0, 0, 0, 0, 0, 0, 0, 6]);
        assert!(read(&short).is_err());
    }
}
