//! What a frame's headers say of whose it is. Checksums are not looked at: those of frames that
//! leave are often not computed yet.

use std::net::IpAddr;
use thru_events::MacAddress;
use thru_ip::{Ipv4Packet, Ipv6Packet, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP};
use thru_link::{ArpOperation, ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame};

/// A frame as far as it has to be understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    pub destination: MacAddress,
    pub source: MacAddress,
    pub ethertype: u16,
    pub carries: Carries<'a>,
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carries<'a> {
    /// ARP: who asks, about whom.
    Arp {
        sender: IpAddr,
        target: IpAddr,
        answer: bool,
    },
    /// A packet.
    Packet(Packet<'a>),
    /// Anything else.
    Other,
}

/// An IP packet, or what an ICMP error quotes of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// Which packet it is a piece of, and whether it is the first piece.
    pub piece: Option<(u32, bool)>,
    /// What follows the IP headers.
    pub payload: &'a [u8],
}

impl<'a> Seen<'a> {
    /// Reads a frame; `None` if it is no Ethernet frame.
    pub fn read(octets: &'a [u8]) -> Option<Seen<'a>> {
        let frame = Frame::parse(octets).ok()?;
        let carries = match frame.ethertype {
            ETHERTYPE_ARP => arp(frame.payload).unwrap_or(Carries::Other),
            ETHERTYPE_IPV4 => Packet::ipv4(frame.payload).map_or(Carries::Other, Carries::Packet),
            ETHERTYPE_IPV6 => Packet::ipv6(frame.payload).map_or(Carries::Other, Carries::Packet),
            _ => Carries::Other,
        };
        Some(Seen {
            destination: frame.destination,
            source: frame.source,
            ethertype: frame.ethertype,
            carries,
        })
    }
}

fn arp(payload: &[u8]) -> Option<Carries<'_>> {
    let packet = ArpPacket::parse(payload).ok()?;
    Some(Carries::Arp {
        sender: packet.sender_ip.into(),
        target: packet.target_ip.into(),
        answer: packet.operation == ArpOperation::Reply,
    })
}

/// Reads a frame of a capture, and what it quotes, for who tries strange ones.
pub fn understands_frame(octets: &[u8]) -> bool {
    let Some(seen) = Seen::read(octets) else {
        return false;
    };
    match seen.carries {
        Carries::Packet(packet) => {
            let quoted = packet.quoted();
            let within = quoted.as_ref().and_then(Packet::ports);
            packet.ports().or(within).is_some() || packet.neighbour().is_some()
        }
        Carries::Arp { .. } => true,
        Carries::Other => false,
    }
}

impl<'a> Packet<'a> {
    /// Reads an IPv4 header and what is there behind it.
    pub fn ipv4(octets: &'a [u8]) -> Option<Packet<'a>> {
        let packet = Ipv4Packet::parse_unchecked(octets).ok()?;
        let header = &packet.header;
        let piece = (
            u32::from(header.identification),
            header.fragment_offset == 0,
        );
        Some(Packet {
            source: header.source.into(),
            destination: header.destination.into(),
            protocol: header.protocol,
            piece: header.is_fragment().then_some(piece),
            payload: packet.payload,
        })
    }

    /// Reads IPv6 headers and what is there behind them.
    pub fn ipv6(octets: &'a [u8]) -> Option<Packet<'a>> {
        let packet = Ipv6Packet::parse_header(octets).ok()?;
        let fragment = packet.chain.fragment.as_ref();
        let piece = fragment.map(|fragment| (fragment.identification, fragment.offset == 0));
        let next = fragment.map(|fragment| fragment.next);
        Some(Packet {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            protocol: packet.chain.protocol.or(next)?,
            piece,
            payload: packet.payload,
        })
    }

    /// Source and destination port, of TCP and UDP with their first octets.
    pub fn ports(&self) -> Option<(u16, u16)> {
        let has = matches!(self.protocol, PROTOCOL_TCP | PROTOCOL_UDP);
        let first = self.piece.is_none_or(|(_, first)| first);
        let ports = self.payload.get(..4).filter(|_| has && first)?;
        Some((
            u16::from_be_bytes([ports[0], ports[1]]),
            u16::from_be_bytes([ports[2], ports[3]]),
        ))
    }

    /// The packet that an ICMP or ICMPv6 error is about.
    pub fn quoted(&self) -> Option<Packet<'a>> {
        let kind = *self.payload.first()?;
        let quote = self.payload.get(8..)?;
        match self.protocol {
            // RFC 792: unreachable, source quench, redirect, time exceeded, parameter problem.
            PROTOCOL_ICMP if matches!(kind, 3 | 4 | 5 | 11 | 12) => Packet::ipv4(quote),
            // RFC 4443, section 2.1: errors have types below 128.
            PROTOCOL_ICMPV6 if kind < 128 => Packet::ipv6(quote),
            _ => None,
        }
    }

    /// The address that a neighbour solicitation or advertisement is about (RFC 4861).
    pub fn neighbour(&self) -> Option<IpAddr> {
        let is_it =
            self.protocol == PROTOCOL_ICMPV6 && matches!(self.payload.first(), Some(135 | 136));
        let target = self.payload.get(8..24).filter(|_| is_it)?;
        Some(IpAddr::from(<[u8; 16]>::try_from(target).ok()?))
    }
}
