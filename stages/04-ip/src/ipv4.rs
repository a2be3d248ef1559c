use crate::internet_checksum;
use std::net::Ipv4Addr;
use thru_octets::{Malformed, PacketBuffer, Reader};

/// Protocol number of ICMP.
pub const PROTOCOL_ICMP: u8 = 1;
/// Protocol number of TCP.
pub const PROTOCOL_TCP: u8 = 6;
/// Protocol number of UDP.
pub const PROTOCOL_UDP: u8 = 17;
/// Octets of a header without options.
pub const HEADER_LENGTH: usize = 20;
/// Hop limit of packets made here (RFC 1122, section 3.2.1.7 and the assigned numbers).
pub const DEFAULT_TTL: u8 = 64;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const RESERVED: u16 = 0x8000;

/// An IPv4 header (RFC 791, section 3.1) without its lengths and checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv4Header {
    /// Differentiated services and congestion notification.
    pub tos: u8,
    /// Identification: which pieces belong together.
    pub identification: u16,
    /// Do not cut this packet.
    pub dont_fragment: bool,
    /// More pieces follow.
    pub more_fragments: bool,
    /// Where this piece begins, in octets; a multiple of 8.
    pub fragment_offset: u16,
    /// Time to live: the hop limit.
    pub ttl: u8,
    /// What the payload is.
    pub protocol: u8,
    /// From.
    pub source: Ipv4Addr,
    /// To.
    pub destination: Ipv4Addr,
}

/// An IPv4 packet read from its octets. Its checksum was right, unless it was read by
/// [`Ipv4Packet::parse_unchecked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv4Packet<'a> {
    /// The header.
    pub header: Ipv4Header,
    /// The options, as they are.
    pub options: &'a [u8],
    /// Octets of header and options.
    pub header_length: usize,
    /// Octets of the whole packet, without padding of the frame.
    pub total_length: usize,
    /// The payload.
    pub payload: &'a [u8],
}

impl Ipv4Header {
    /// A header of a whole packet with the usual hop limit.
    pub fn new(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8) -> Ipv4Header {
        Ipv4Header {
            tos: 0,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            ttl: DEFAULT_TTL,
            protocol,
            source,
            destination,
        }
    }

    /// Whether this is one piece of a packet that was cut.
    pub fn is_fragment(&self) -> bool {
        self.more_fragments || self.fragment_offset != 0
    }

    /// Writes the packet. `payload` is at most 65515 octets.
    pub fn encode(&self, payload: &[u8]) -> Vec<u8> {
        self.encode_with_options(&[], payload)
    }

    /// Writes the packet with options, whose length is a multiple of 4 and at most 40.
    pub fn encode_with_options(&self, options: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut packet = PacketBuffer::with_room(HEADER_LENGTH + options.len(), payload.len());
        packet.append(payload);
        self.put_before_with_options(options, &mut packet);
        packet.finish()
    }

    /// Writes the header in front of its payload, which is at most 65515 octets.
    pub fn put_before(&self, payload: &mut PacketBuffer) {
        self.put_before_with_options(&[], payload);
    }

    fn put_before_with_options(&self, options: &[u8], packet: &mut PacketBuffer) {
        let header_length = HEADER_LENGTH + options.len();
        let total = header_length + packet.len();
        debug_assert!(
            total <= 0xffff && options.len().is_multiple_of(4),
            "callers keep IPv4's lengths"
        );
        let mut flags = self.fragment_offset / 8;
        if self.dont_fragment {
            flags |= DONT_FRAGMENT;
        }
        if self.more_fragments {
            flags |= MORE_FRAGMENTS;
        }
        let mut header = [0; HEADER_LENGTH];
        header[0] = 0x40 | (header_length / 4) as u8;
        header[1] = self.tos;
        header[2..4].copy_from_slice(&(total as u16).to_be_bytes());
        header[4..6].copy_from_slice(&self.identification.to_be_bytes());
        header[6..8].copy_from_slice(&flags.to_be_bytes());
        header[8] = self.ttl;
        header[9] = self.protocol;
        header[12..16].copy_from_slice(&self.source.octets());
        header[16..].copy_from_slice(&self.destination.octets());
        packet.prepend(options);
        packet.prepend(&header);
        let checksum = internet_checksum(&packet[..header_length]);
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl<'a> Ipv4Packet<'a> {
    /// Reads a packet and checks its header checksum; octets after its total length are padding.
    pub fn parse(octets: &'a [u8]) -> Result<Ipv4Packet<'a>, Malformed> {
        let packet = Ipv4Packet::parse_header(octets)?;
        if octets.len() < packet.total_length {
            return Err(Malformed {
                offset: 2,
                field: "total length",
                found: format!("{} of {} octets", octets.len(), packet.total_length),
                expected: "all octets of the packet",
            });
        }
        Ok(packet)
    }

    /// Reads a header whose packet may be cut off, as an ICMP error quotes it.
    pub fn parse_header(octets: &'a [u8]) -> Result<Ipv4Packet<'a>, Malformed> {
        let packet = Ipv4Packet::parse_unchecked(octets)?;
        let refused = |offset, field, found, expected| {
            Err(Malformed {
                offset,
                field,
                found,
                expected,
            })
        };
        if packet.total_length < packet.header_length {
            let found = packet.total_length.to_string();
            return refused(2, "total length", found, "at least the header");
        }
        let sum = internet_checksum(&octets[..packet.header_length]);
        if sum != 0 {
            let found = format!("a sum off by {sum:#06x}");
            return refused(10, "header checksum", found, "the sum over the header");
        }
        Ok(packet)
    }

    /// The same for a packet whose checksum and length may not be computed yet, as one that leaves by
    /// a card that does it: a total length of 0 is that of a run of segments too long for the field.
    pub fn parse_unchecked(octets: &'a [u8]) -> Result<Ipv4Packet<'a>, Malformed> {
        let mut reader = Reader::new(octets);
        let refused = |offset, field, found: String, expected| {
            Err(Malformed {
                offset,
                field,
                found,
                expected,
            })
        };
        let version = reader.u8("version")?;
        if version >> 4 != 4 {
            return refused(0, "version", (version >> 4).to_string(), "4");
        }
        let header_length = usize::from(version & 15) * 4;
        if header_length < HEADER_LENGTH {
            return refused(0, "IHL", (version & 15).to_string(), "at least 5");
        }
        let tos = reader.u8("type of service")?;
        let total_length = usize::from(reader.u16("total length")?);
        let identification = reader.u16("identification")?;
        let flags = reader.u16("flags")?;
        let header = Ipv4Header {
            tos,
            identification,
            dont_fragment: flags & DONT_FRAGMENT != 0,
            more_fragments: flags & MORE_FRAGMENTS != 0,
            fragment_offset: (flags & !(DONT_FRAGMENT | MORE_FRAGMENTS | RESERVED)) * 8,
            ttl: reader.u8("time to live")?,
            protocol: reader.u8("protocol")?,
            source: {
                reader.u16("header checksum")?;
                reader.array::<4>("source address")?.into()
            },
            destination: reader.array::<4>("destination address")?.into(),
        };
        let options = reader.take(header_length - HEADER_LENGTH, "options")?;
        let end = match total_length {
            0 => octets.len(),
            length => length.clamp(header_length, octets.len()),
        };
        Ok(Ipv4Packet {
            header,
            options,
            header_length,
            total_length,
            payload: &octets[header_length..end],
        })
    }
}

/// Computes the header checksum of an encoded packet anew, after its header was changed.
pub fn write_checksum(packet: &mut [u8]) {
    let header_length = packet
        .first()
        .map_or(0, |first| usize::from(first & 15) * 4);
    if header_length < HEADER_LENGTH || packet.len() < header_length {
        return;
    }
    packet[10..12].fill(0);
    let checksum = internet_checksum(&packet[..header_length]);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
}

/// Takes one hop from an encoded packet and mends its checksum. Gives the hop limit after, or
/// `None` if the packet may not go on (RFC 1812, section 5.3.1).
pub fn decrement_ttl(packet: &mut [u8]) -> Option<u8> {
    let ttl = packet.get(8)?.checked_sub(1).filter(|ttl| *ttl > 0)?;
    packet[8] = ttl;
    write_checksum(packet);
    Some(ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Ipv4Header {
        Ipv4Header {
            identification: 7,
            dont_fragment: true,
            ..Ipv4Header::new(
                Ipv4Addr::new(10, 0, 0, 1),
                Ipv4Addr::new(10, 0, 0, 2),
                PROTOCOL_UDP,
            )
        }
    }

    #[test]
    fn a_packet_survives_the_wire_and_its_padding_is_cut_off() {
        let mut octets = header().encode(b"hello");
        octets.resize(46, 0);
        let packet = Ipv4Packet::parse(&octets).unwrap();
        assert_eq!((packet.header, packet.payload), (header(), &b"hello"[..]));
    }

    #[test]
    fn any_flipped_bit_of_the_header_is_refused() {
        let mut octets = header().encode(b"hello");
        for bit in 0..HEADER_LENGTH * 8 {
            octets[bit / 8] ^= 1 << (bit % 8);
            assert!(Ipv4Packet::parse(&octets).is_err(), "bit {bit}");
            octets[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn a_packet_cut_short_is_refused_unless_it_is_quoted() {
        let octets = header().encode(&[9; 100]);
        assert_eq!(
            Ipv4Packet::parse(&octets[..28]).unwrap_err().field,
            "total length"
        );
        assert_eq!(
            Ipv4Packet::parse_header(&octets[..28])
                .unwrap()
                .payload
                .len(),
            8
        );
    }

    #[test]
    fn a_hop_is_taken_and_the_checksum_stays_right() {
        let mut octets = Ipv4Header { ttl: 2, ..header() }.encode(b"x");
        assert_eq!(decrement_ttl(&mut octets), Some(1));
        assert_eq!(Ipv4Packet::parse(&octets).unwrap().header.ttl, 1);
        assert_eq!(decrement_ttl(&mut octets), None);
    }
}
