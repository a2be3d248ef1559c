use super::{Chain, IPV6_HEADER_LENGTH, extensions::chain};
use crate::DEFAULT_TTL;
use std::net::Ipv6Addr;
use thru_octets::{Malformed, PacketBuffer, Reader};

/// An IPv6 header (RFC 8200, section 3) without length and next header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv6Header {
    /// Differentiated services and congestion notification.
    pub traffic_class: u8,
    /// Flow label, 20 bits (RFC 6437); 0 says nothing.
    pub flow_label: u32,
    /// Hop limit.
    pub hop_limit: u8,
    /// From.
    pub source: Ipv6Addr,
    /// To.
    pub destination: Ipv6Addr,
}

/// An IPv6 packet read from its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv6Packet<'a> {
    /// The header.
    pub header: Ipv6Header,
    /// The headers between it and the payload.
    pub chain: Chain,
    /// Octets of the whole packet, without padding of the frame.
    pub total_length: usize,
    /// What follows the last header that was read.
    pub payload: &'a [u8],
}

impl Ipv6Header {
    /// A header with the usual hop limit.
    pub fn new(source: Ipv6Addr, destination: Ipv6Addr) -> Ipv6Header {
        Ipv6Header {
            traffic_class: 0,
            flow_label: 0,
            hop_limit: DEFAULT_TTL,
            source,
            destination,
        }
    }

    /// Writes a packet. `next` is what `payload` begins with; `payload` is at most 65535 octets.
    pub fn encode(&self, next: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = PacketBuffer::with_room(IPV6_HEADER_LENGTH, payload.len());
        packet.append(payload);
        self.put_before(next, &mut packet);
        packet.finish()
    }

    /// Writes the header in front of its payload, which begins with `next` and is at most 65535
    /// octets.
    pub fn put_before(&self, next: u8, payload: &mut PacketBuffer) {
        debug_assert!(
            payload.len() <= 0xffff && self.flow_label < 1 << 20,
            "callers keep IPv6's lengths"
        );
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | self.flow_label;
        let mut header = [0; IPV6_HEADER_LENGTH];
        header[..4].copy_from_slice(&first.to_be_bytes());
        header[4..6].copy_from_slice(&(payload.len() as u16).to_be_bytes());
        header[6] = next;
        header[7] = self.hop_limit;
        header[8..24].copy_from_slice(&self.source.octets());
        header[24..].copy_from_slice(&self.destination.octets());
        payload.prepend(&header);
    }
}

impl<'a> Ipv6Packet<'a> {
    /// Reads a packet; octets after its length are padding.
    pub fn parse(octets: &'a [u8]) -> Result<Ipv6Packet<'a>, Malformed> {
        let packet = Ipv6Packet::parse_header(octets)?;
        if octets.len() < packet.total_length {
            return Err(Malformed {
                offset: 4,
                field: "payload length",
                found: format!("{} of {} octets", octets.len(), packet.total_length),
                expected: "all octets of the packet",
            });
        }
        Ok(packet)
    }

    /// Reads the headers of a packet that may be cut off, as an ICMPv6 error quotes it.
    pub fn parse_header(octets: &'a [u8]) -> Result<Ipv6Packet<'a>, Malformed> {
        let mut reader = Reader::new(octets);
        let first = reader.u32("version")?;
        if first >> 28 != 6 {
            return Err(Malformed {
                offset: 0,
                field: "version",
                found: (first >> 28).to_string(),
                expected: "6",
            });
        }
        let payload_length = usize::from(reader.u16("payload length")?);
        let next = reader.u8("next header")?;
        let header = Ipv6Header {
            traffic_class: (first >> 20) as u8,
            flow_label: first & 0xf_ffff,
            hop_limit: reader.u8("hop limit")?,
            source: reader.array::<16>("source address")?.into(),
            destination: reader.array::<16>("destination address")?.into(),
        };
        let total_length = IPV6_HEADER_LENGTH + payload_length;
        let end = total_length.min(octets.len());
        let chain = chain(&octets[..end], next);
        Ok(Ipv6Packet {
            header,
            total_length,
            payload: &octets[chain.length..end],
            chain,
        })
    }

    /// Whether this is one piece of a packet that was cut.
    pub fn is_fragment(&self) -> bool {
        self.chain.fragment.is_some()
    }
}

/// Takes one hop from an encoded packet. Gives the hop limit after, or `None` if the packet may
/// not go on (RFC 8200, section 3).
pub fn decrement_hop_limit(packet: &mut [u8]) -> Option<u8> {
    let field = packet.get_mut(7)?;
    let left = field.checked_sub(1).filter(|left| *left > 0)?;
    *field = left;
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PROTOCOL_UDP;

    fn header() -> Ipv6Header {
        let end = |n| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, n);
        Ipv6Header {
            traffic_class: 2,
            flow_label: 0xabcde,
            ..Ipv6Header::new(end(1), end(2))
        }
    }

    #[test]
    fn a_packet_survives_the_wire_and_its_padding_is_cut_off() {
        let mut octets = header().encode(PROTOCOL_UDP, b"hello");
        octets.resize(60, 0);
        let packet = Ipv6Packet::parse(&octets).unwrap();
        assert_eq!((packet.header, packet.payload), (header(), &b"hello"[..]));
        assert_eq!(packet.chain.protocol, Some(PROTOCOL_UDP));
    }

    #[test]
    fn a_packet_cut_short_is_refused_unless_it_is_quoted() {
        let octets = header().encode(PROTOCOL_UDP, &[7; 100]);
        let refused = Ipv6Packet::parse(&octets[..60]).unwrap_err();
        assert_eq!(refused.field, "payload length");
        let quoted = Ipv6Packet::parse_header(&octets[..60]).unwrap();
        assert_eq!(quoted.payload.len(), 20);
        assert!(Ipv6Packet::parse_header(&octets[..39]).is_err());
    }

    #[test]
    fn a_hop_is_taken() {
        let mut octets = Ipv6Header {
            hop_limit: 2,
            ..header()
        }
        .encode(PROTOCOL_UDP, b"x");
        assert_eq!(decrement_hop_limit(&mut octets), Some(1));
        assert_eq!(decrement_hop_limit(&mut octets), None);
    }
}
