use std::net::{Ipv4Addr, Ipv6Addr};
use thru_events::{MacAddress, Tap, Time};
use thru_ip::{
    Checksum, IcmpMessage, Icmpv6Message, Ipv4Packet, Ipv6Packet, PROTOCOL_ICMPV6, PROTOCOL_TCP,
    PROTOCOL_UDP, Quoted, Reassembler, dhcp, internet_checksum,
};
use thru_link::ndp::{Envelope, NdpMessage};
use thru_transport::{tcp::Segment, udp::Datagram};

const ENDS: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));

const ENDS_V6: (Ipv6Addr, Ipv6Addr) = (
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2),
);
const ENVELOPE: Envelope = Envelope {
    source: ENDS_V6.0,
    destination: ENDS_V6.1,
    hop_limit: 255,
};

/// A frame, with and without its check sequence.
pub fn ethernet(octets: &[u8]) {
    let _ = thru_link::Frame::parse(octets);
    let _ = thru_link::check_fcs(octets);
}

/// An ARP packet.
pub fn arp(octets: &[u8]) {
    if let Ok(packet) = thru_link::ArpPacket::parse(octets) {
        packet.encode();
    }
}

/// An IPv4 packet, put together from pieces and cut again.
pub fn ipv4(octets: &[u8]) {
    let mut right = octets.to_vec();
    if let Some(first) = right.first() {
        let length = usize::from(first & 0xf) * 4;
        put_checksum(&mut right, 10, |octets| {
            internet_checksum(octets.get(..length).unwrap_or(octets))
        });
    }
    for octets in [octets, &right] {
        let _ = Ipv4Packet::parse_header(octets);
        let Ok(packet) = Ipv4Packet::parse(octets) else {
            continue;
        };
        let mut reassembler = Reassembler::default();
        reassembler.handle(Time::ZERO, &packet, None);
        reassembler.poll(Time(u64::MAX));
        thru_ip::fragment(&packet.header, packet.payload, 68);
        thru_ip::decrement_ttl(&mut octets.to_vec());
    }
}

/// An ICMP message, with what it quotes.
pub fn icmp(octets: &[u8]) {
    let mut right = octets.to_vec();
    put_checksum(&mut right, 2, internet_checksum);
    for octets in [octets, &right] {
        if let Ok(message) = IcmpMessage::parse(octets) {
            message.meaning();
            message.type_and_code();
            message.encode();
        }
    }
    let octets = octets.to_vec();
    Quoted { octets }.flow();
}

/// An IPv6 packet with its chain of headers, put together from pieces.
pub fn ipv6(octets: &[u8]) {
    let Ok(packet) = Ipv6Packet::parse_header(octets) else {
        return;
    };
    if Ipv6Packet::parse(octets).is_ok() {
        let mut reassembler = Reassembler::default();
        reassembler.handle_ipv6(Time::ZERO, &packet, octets, None);
        reassembler.poll(Time(u64::MAX));
        thru_ip::decrement_hop_limit(&mut octets.to_vec());
    }
    let octets = octets.to_vec();
    Quoted { octets }.flow();
}

/// An ICMPv6 message between two ends of one link.
pub fn icmpv6(octets: &[u8]) {
    let mut right = octets.to_vec();
    put_checksum(&mut right, 2, |octets| {
        let mut sum =
            Checksum::of_pseudo_header(ENDS_V6.0, ENDS_V6.1, PROTOCOL_ICMPV6, octets.len());
        sum.add(octets);
        sum.finish()
    });
    for octets in [octets, &right] {
        if let Ok(message) = Icmpv6Message::parse(octets, ENVELOPE) {
            message.meaning();
            message.encode(ENDS_V6.0, ENDS_V6.1);
        }
    }
}

/// A message of neighbour discovery, and what a host makes of it.
pub fn neighbour_discovery(octets: &[u8]) {
    let Ok(message) = NdpMessage::parse(octets, ENVELOPE) else {
        return;
    };
    message.encode();
    let tap = Tap::off();
    let mut host = thru_ip::autoconfiguration::Autoconfiguration::new(MacAddress([2; 6]));
    host.start(Time::ZERO, &[], true, None, &tap);
    host.handle_advertisement(Time::ZERO, ENDS_V6.0, &message, None, &tap);
    while host.poll(Time::ZERO, &tap).is_some() {}
}

/// A datagram.
pub fn udp(octets: &[u8]) {
    let mut right = octets.to_vec();
    put_checksum(&mut right, 6, |octets| {
        transport_checksum(PROTOCOL_UDP, octets)
    });
    for octets in [octets, &right] {
        let _ = Datagram::parse(octets, ENDS.0, ENDS.1);
    }
}

/// A segment.
pub fn tcp_segment(octets: &[u8]) {
    let mut right = octets.to_vec();
    put_checksum(&mut right, 16, |octets| {
        transport_checksum(PROTOCOL_TCP, octets)
    });
    for octets in [octets, &right] {
        if let Ok(segment) = Segment::parse(octets, ENDS.0, ENDS.1) {
            segment.header.encode(ENDS.0, ENDS.1, segment.payload);
            thru_transport::tcp::reset_for(&segment);
        }
    }
}

/// A DHCP message.
pub fn dhcp(octets: &[u8]) {
    if let Ok(message) = dhcp::Message::parse(octets) {
        message.encode();
    }
}

fn transport_checksum(protocol: u8, octets: &[u8]) -> u16 {
    let mut sum = Checksum::of_pseudo_header(ENDS.0, ENDS.1, protocol, octets.len());
    sum.add(octets);
    sum.finish()
}

/// Writes the checksum of `octets` at `at`, where it counts as zero.
fn put_checksum(octets: &mut [u8], at: usize, sum: impl FnOnce(&[u8]) -> u16) {
    if octets.len() < at + 2 {
        return;
    }
    octets[at..at + 2].fill(0);
    let sum = sum(octets).to_be_bytes();
    octets[at..at + 2].copy_from_slice(&sum);
}
