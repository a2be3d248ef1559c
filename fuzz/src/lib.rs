//! Entry points for coverage-guided fuzzing, and a short seeded run of each in the tests.
//!
//! Stage: all decoders.
//! In: octets. Out: no panic.
//! Emits: nothing.
//! How it works: one function a decoder. Checksums are put right first, as a check that fails
//! would hide what is behind it; the octets as they came are read too.
//! Not here: assertions about meaning. GAP: HTML (08) has no entry yet.

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

/// A decoder under its name.
pub type Entry = (&'static str, fn(&[u8]));

/// Every entry point.
pub const ENTRIES: [Entry; 15] = [
    ("url", url),
    ("dns_message", dns_message),
    ("zone", zone),
    ("hosts_file", hosts_file),
    ("ethernet", ethernet),
    ("arp", arp),
    ("ipv4", ipv4),
    ("icmp", icmp),
    ("ipv6", ipv6),
    ("icmpv6", icmpv6),
    ("ndp", neighbour_discovery),
    ("udp", udp),
    ("tcp_segment", tcp_segment),
    ("dhcp", dhcp),
    ("journal", journal),
];

/// What is typed into the address line.
pub fn url(octets: &[u8]) {
    let _ = thru_url::parse(&String::from_utf8_lossy(octets), &Tap::off(), None);
}

/// A DNS message, as a server reads it.
pub fn dns_message(octets: &[u8]) {
    let _ = thru_dns::read_question(octets);
    let _ = thru_dns::failure_response(octets, "SERVFAIL");
}

/// A master file.
pub fn zone(octets: &[u8]) {
    let _ = thru_dns::Zone::parse(&String::from_utf8_lossy(octets));
}

/// A hosts file.
pub fn hosts_file(octets: &[u8]) {
    thru_dns::HostsFile::parse(octets).find("localhost");
}

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

/// A journal file: magic and version, then batches of kind, length, check and payload.
pub fn journal(octets: &[u8]) {
    let mut right = octets.to_vec();
    let mut at = 10;
    while let Some(length) = right.get(at + 1..at + 5) {
        let length = length
            .iter()
            .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let Some(payload) = right.get(at + 9..at + 9 + length) else {
            break;
        };
        // The same CRC-32 as a frame's.
        let checked = [&right[at..at + 5], payload].concat();
        let check = thru_link::frame_check_sequence(&checked).to_be_bytes();
        right[at + 5..at + 9].copy_from_slice(&check);
        at += 9 + length;
    }
    for octets in [octets, &right] {
        let _ = thru_journal::open(octets);
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
