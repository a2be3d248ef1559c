//! Seeds of what speaks in streams, of files, and of machines that frames come to.

use super::{A, B, V6, packet, segment};
use std::io::Write as _;
use thru_dns::{
    CacheLimits, DnsCache,
    wire::{Kind, Name, data_from_words},
};
use thru_events::{MacAddress, Time};
use thru_ip::{Icmpv6Message, Ipv4Header, Ipv6Header, PROTOCOL_ICMPV6, PROTOCOL_TCP, dhcp};
use thru_lab::{scenarios, topology::BUILTIN};
use thru_link::{
    ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, encode_frame,
    ndp::{NdpMessage, NdpOptions, link_local},
};
use thru_transport::{
    tcp::{Flags, Options, SegmentHeader, Seq},
    udp::Datagram,
};

pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "master_file_line" => vec![
            b"www 300 IN A 203.0.113.1 ; the shop\n".to_vec(),
            b"@ SOA ns1 \\097dmin ( 1\n 2 3 4 5 )\n".to_vec(),
            b"x TXT \"a \\\" b\" \\# 3 010203\n".to_vec(),
        ],
        "dns_cache" => vec![DnsCache::new(CacheLimits::default(), 1_700_000_000).save(Time::ZERO), cache()],
        "stack" => vec![at_the_stack()],
        "devices" => vec![at_the_home(), from_beyond()],
        "tls_message" => vec![client_hello(), server_hello(), certificate_message()],
        "certificate" => vec![certificate()],
        "tls_client" => vec![record(22, &server_hello()), record(21, &[2, 40])],
        "tls_server" => vec![record(22, &client_hello()), record(23, &[0; 20])],
        "http1_response" => http1(),
        "http2_response" => http2(),
        "content_coding" => vec![gzip(b"a page, a page, a page"), vec![4, b'x'], vec![2, 0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 9, 0, 0, b'a']],
        "cookie" => vec![
            b"id=7; Path=/list; Max-Age=60; Secure\nlang=de; Domain=shop.lab; Expires=Wed, 21 Oct 2026 07:28:00 GMT".to_vec(),
            b"x=; Max-Age=0\n=y; HttpOnly\nb=\"q\"; Domain=.lab".to_vec(),
        ],
        "topology" => {
            let mut all: Vec<Vec<u8>> = scenarios::LIST.iter().map(|one| one.topology.into()).collect();
            all.retain(|text| text != BUILTIN.as_bytes());
            all.dedup();
            all
        }
        other => panic!("{other} has no seed"),
    }
}

/// A saved cache with one address: head, no flushes, one entry, a checksum of zeros, which the
/// entry point puts right.
fn cache() -> Vec<u8> {
    let mut octets = DnsCache::new(CacheLimits::default(), 1_700_000_000).save(Time::ZERO);
    octets.truncate(octets.len() - 8);
    let name = Name::from_text("shop.lab.", &Name::root()).expect("a name");
    let data = data_from_words(Kind(1), &["203.0.113.80"], &Name::root()).expect("an address");
    let mut message = vec![0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    for tail in [&[0, 1, 0, 1][..], &[0, 1, 0, 1, 0, 0, 1, 44, 0, 4]] {
        message.extend_from_slice(name.wire());
        message.extend_from_slice(tail);
    }
    message.extend_from_slice(&data);
    octets.extend_from_slice(&[0, 0]);
    octets.extend_from_slice(&1_700_000_000_i64.to_be_bytes());
    octets.extend_from_slice(&1_700_000_300_i64.to_be_bytes());
    octets.extend_from_slice(&(message.len() as u16).to_be_bytes());
    octets.extend_from_slice(&message);
    octets.extend_from_slice(&[0; 8]);
    octets
}

fn mac(n: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, n])
}

/// Frames as an input holds them: cable and pause, length, frame.
fn handed(frames: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (first, frame) in frames {
        octets.push(*first);
        octets.extend_from_slice(&(frame.len() as u16).to_be_bytes());
        octets.extend_from_slice(frame);
    }
    octets
}

fn at_the_stack() -> Vec<u8> {
    let asks = ArpPacket::request((mac(9), B), A);
    let frame = |to, kind, packet: &[u8]| encode_frame(to, mac(9), kind, packet);
    let header = SegmentHeader {
        source_port: 40_000,
        destination_port: 80,
        seq: Seq(100),
        ack: Seq(0),
        flags: Flags::SYN,
        window: 1000,
        options: Options::default(),
    };
    let syn = Ipv4Header::new(B, A, PROTOCOL_TCP).encode(&header.encode(B, A, b""));
    let own = link_local(mac(1));
    let solicitation = NdpMessage::NeighbourSolicitation {
        target: own,
        options: NdpOptions::from(mac(9)),
    };
    let from = link_local(mac(9));
    let message = Icmpv6Message::Neighbour(solicitation).encode(from, own);
    let header = Ipv6Header {
        hop_limit: 255,
        ..Ipv6Header::new(from, own)
    };
    handed(&[
        (
            0,
            frame(MacAddress::BROADCAST, ETHERTYPE_ARP, &asks.encode()),
        ),
        (2, frame(mac(1), ETHERTYPE_IPV4, &syn)),
        (40, frame(mac(1), ETHERTYPE_IPV4, &packet())),
        (
            0,
            frame(
                mac(1),
                ETHERTYPE_IPV6,
                &header.encode(PROTOCOL_ICMPV6, &message),
            ),
        ),
    ])
}

/// A machine of the home asks, takes a lease, and speaks to who is outside.
fn at_the_home() -> Vec<u8> {
    let own = [192, 168, 1, 50].into();
    let asks = ArpPacket::request((mac(9), own), [192, 168, 1, 1].into());
    let frame = |to, kind, packet: &[u8]| encode_frame(to, mac(9), kind, packet);
    let discover = dhcp::Message::new(dhcp::MessageType::Discover, 7, mac(9));
    let datagram = Datagram {
        source_port: 68,
        destination_port: 67,
        payload: &discover.encode(),
    };
    let (nobody, all) = ([0; 4].into(), [255; 4].into());
    let discover = Ipv4Header::new(nobody, all, 17).encode(&datagram.encode(nobody, all));
    let out = Datagram {
        source_port: 5000,
        destination_port: 53,
        payload: b"question",
    };
    let remote = [203, 0, 113, 80].into();
    let out = Ipv4Header::new(own, remote, 17).encode(&out.encode(own, remote));
    let six = Ipv6Header::new(V6, V6).encode(17, b"datagram");
    handed(&[
        (
            0,
            frame(MacAddress::BROADCAST, ETHERTYPE_ARP, &asks.encode()),
        ),
        (0, frame(MacAddress::BROADCAST, ETHERTYPE_IPV4, &discover)),
        (2, frame(MacAddress::BROADCAST, ETHERTYPE_IPV4, &out)),
        (0, frame(MacAddress::BROADCAST, ETHERTYPE_IPV6, &six)),
    ])
}

/// Somebody beyond the firewall knocks.
fn from_beyond() -> Vec<u8> {
    let from = [203, 0, 113, 80].into();
    let home = [198, 51, 100, 2].into();
    let asks = ArpPacket::request((mac(9), from), [203, 0, 113, 1].into());
    let header = SegmentHeader {
        source_port: 40_000,
        destination_port: 443,
        seq: Seq(100),
        ack: Seq(0),
        flags: Flags::SYN,
        window: 1000,
        options: Options::default(),
    };
    let syn = Ipv4Header::new(from, home, PROTOCOL_TCP).encode(&header.encode(from, home, b""));
    let frame = |kind, packet: &[u8]| encode_frame(MacAddress::BROADCAST, mac(9), kind, packet);
    handed(&[
        (1, frame(ETHERTYPE_ARP, &asks.encode())),
        (1, frame(ETHERTYPE_IPV4, &syn)),
        (3, frame(ETHERTYPE_IPV4, &segment())),
    ])
}

fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let mut octets = vec![kind, 3, 3];
    octets.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
    octets.extend_from_slice(fragment);
    octets
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[kind][..], &length[1..], body].concat()
}

fn client_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&[0, 0, 4, 0x13, 1, 0x13, 2, 1, 0]);
    let name = b"\x00\x00\x00\x0d\x00\x0b\x00\x00\x08shop.lab";
    let versions = [0, 43, 0, 3, 2, 3, 4];
    let groups = [0, 10, 0, 4, 0, 2, 0, 29];
    let schemes = [0, 13, 0, 4, 0, 2, 4, 3];
    let alpn = b"\x00\x10\x00\x05\x00\x03\x02h2";
    let mut share = vec![0, 51, 0, 38, 0, 36, 0, 29, 0, 32];
    share.extend_from_slice(&[9; 32]);
    let extensions = [&name[..], &versions, &groups, &schemes, alpn, &share].concat();
    body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    body.extend_from_slice(&extensions);
    message(1, &body)
}

fn server_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[8; 32]);
    body.extend_from_slice(&[0, 0x13, 1, 0]);
    let mut extensions = vec![0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32];
    extensions.extend_from_slice(&[9; 32]);
    body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    body.extend_from_slice(&extensions);
    message(2, &body)
}

/// A list of one certificate, as TLS 1.3 sends it.
fn certificate_message() -> Vec<u8> {
    let der = certificate();
    let three = |length: usize| (length as u32).to_be_bytes()[1..].to_vec();
    let entry = [three(der.len()), der, vec![0, 0]].concat();
    message(11, &[vec![0], three(entry.len()), entry].concat())
}

/// The outer parts of a certificate, in DER: enough for a reader to go in.
fn certificate() -> Vec<u8> {
    let part = |tag: u8, body: &[u8]| [&[tag, body.len() as u8][..], body].concat();
    let algorithm = part(0x30, b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
    let common_name = part(0x31, &part(0x30, b"\x06\x03\x55\x04\x03\x0c\x03lab"));
    let name = part(0x30, &common_name);
    let time = [part(0x17, b"250101000000Z"), part(0x17, b"270101000000Z")].concat();
    let key = part(0x30, &[algorithm.clone(), part(3, &[0, 4, 1, 2])].concat());
    let inner = [
        part(0xa0, b"\x02\x01\x02"),
        part(2, &[1]),
        algorithm.clone(),
        name.clone(),
        part(0x30, &time),
        name,
        key,
    ];
    let inner = part(0x30, &inner.concat());
    let whole = [inner, algorithm, part(3, &[0, 1, 2, 3])].concat();
    [&[0x30, 0x81, whole.len() as u8][..], &whole].concat()
}

fn http1() -> Vec<Vec<u8>> {
    let gzipped = gzip(b"packed")[1..].to_vec();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        gzipped.len()
    );
    vec![
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\nhello".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n".to_vec(),
        [head.into_bytes(), gzipped].concat(),
    ]
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let stream = stream.to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

fn http2() -> Vec<Vec<u8>> {
    let settings = frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]);
    let acknowledged = frame(4, 1, 0, &[]);
    // :status 200 from the static table; a literal field, Huffman coded, that is kept.
    let fields = [0x88, 0x40, 0x82, 0x1d, 0x75, 0x01, b'v', 0xbe];
    let answer = frame(1, 4, 1, &fields);
    let data = frame(0, 1, 1, b"hello");
    let window = frame(8, 0, 0, &[0, 0, 255, 255]);
    let ping = frame(6, 0, 0, &[7; 8]);
    let reset = frame(3, 0, 1, &[0, 0, 0, 8]);
    let away = frame(7, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
    let split = [frame(1, 0, 1, &fields[..3]), frame(9, 4, 1, &fields[3..])].concat();
    vec![
        [&settings[..], &acknowledged, &answer, &data, &away].concat(),
        [&settings[..], &ping, &window, &split, &data].concat(),
        [&settings[..], &acknowledged, &reset].concat(),
    ]
}

/// The coding's number, and the packed body.
fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![0], flate2::Compression::fast());
    encoder.write_all(octets).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
