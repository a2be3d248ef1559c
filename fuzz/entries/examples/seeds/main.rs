//! Writes the first corpora, each valid input built by our own encoders: `cargo run -p thru-fuzz
//! --example seeds`. What a fuzzer or a regression put beside them stays.

mod more;
mod name_servers;

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
};
use thru_events::{Entry, Event, EventId, MacAddress, Provenance, Time, Vantage, link::LinkEvent};
use thru_fuzz::ENTRIES;
use thru_ip::{
    IcmpError, IcmpMessage, Icmpv6Message, Ipv4Header, Ipv6Header, PROTOCOL_ICMP, PROTOCOL_UDP,
    UnreachableCode, dhcp,
};
use thru_link::{
    ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, append_fcs, encode_frame,
    ndp::{NdpMessage, NdpOptions, PrefixInformation},
};
use thru_transport::{
    tcp::{Flags, Options, SegmentHeader, Seq},
    udp::Datagram,
};

const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

fn packet() -> Vec<u8> {
    let header = Ipv4Header {
        more_fragments: true,
        ..Ipv4Header::new(A, B, PROTOCOL_UDP)
    };
    header.encode(b"sixteen octets..")
}

fn segment() -> Vec<u8> {
    let options = Options {
        mss: Some(1460),
        window_scale: Some(7),
        sack_permitted: true,
        timestamps: Some((1, 2)),
        ..Options::default()
    };
    let header = SegmentHeader {
        source_port: 80,
        destination_port: 40_000,
        seq: Seq(1),
        ack: Seq(2),
        flags: Flags::SYN.and(Flags::ACK),
        window: 1000,
        options,
    };
    header.encode(A, B, b"data")
}

fn journal() -> Vec<u8> {
    let short = thru_journal::Journal {
        entries: vec![Entry {
            id: EventId::from_index(0).expect("the first id"),
            cause: None,
            at: Time(5),
            provenance: Provenance::Simulated,
            vantage: Vantage::Near,
            span: None,
            event: Event::Link(LinkEvent::FrameLost {
                why: "noise".into(),
            }),
        }],
        bytes: vec![vec![1, 2, 3]],
        complete: true,
        ..thru_journal::Journal::default()
    };
    thru_journal::encode(&short, true)
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let (mac, other) = (
        MacAddress([2, 0, 0, 0, 0, 1]),
        MacAddress([2, 0, 0, 0, 0, 2]),
    );
    match name {
        "url" => vec![
            b"https://user:pass@shop.example:8443/a/../b?c=d#e".to_vec(),
            b"http://[2001:db8::1%25eth0]/".to_vec(),
            "b\u{fc}cher.example".as_bytes().to_vec(),
        ],
        // id, flags, one question; then a pointer to itself; then EDNS.
        "dns_message" => vec![
            b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04shop\x03lab\x00\x00\x01\x00\x01".to_vec(),
            b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01".to_vec(),
            b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x03lab\x00\x00\x1c\x00\x01\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x06\x00\x0f\x00\x02\x00\x16".to_vec(),
        ],
        "zone" => vec![
            b"$ORIGIN shop.lab.\n$TTL 300\n@ SOA ns1 x 1 1 1 1 60\n@ NS ns1\nns1 A 203.0.113.53\nwww CNAME @\n@ TXT \"a b\" (\n c )\n".to_vec(),
        ],
        "hosts_file" => vec![b"127.0.0.1 localhost me\n::1 localhost # six\nfe80::1%eth0 x\n".to_vec()],
        "ethernet" => {
            let mut tagged = encode_frame(mac, other, ETHERTYPE_IPV4, &packet());
            tagged.splice(12..12, [0x81, 0, 0, 5]);
            append_fcs(&mut tagged);
            vec![encode_frame(mac, other, ETHERTYPE_IPV4, &packet()), tagged]
        }
        "arp" => vec![ArpPacket::request((mac, A), B).encode()],
        "ipv4" => vec![packet()],
        "icmp" => {
            let error = IcmpError::Unreachable(UnreachableCode::Host);
            let echo = IcmpMessage::EchoRequest {
                identifier: 1,
                sequence: 2,
                data: b"ping".to_vec(),
            };
            vec![IcmpMessage::about(error, &packet()).encode(), echo.encode()]
        }
        "ipv6" => {
            let header = Ipv6Header::new(V6, V6);
            // Hop-by-hop options, options for the destination, a routing header, a datagram.
            let chain = [
                60, 0, 5, 2, 0, 0, 1, 0, 43, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
                2, 0, 8, 0, 0,
            ];
            let piece = [17, 0, 0, 9, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8];
            vec![
                header.encode(0, &chain),
                header.encode(44, &piece),
                header.encode(17, b"datagram"),
            ]
        }
        "icmpv6" => {
            let packet = Ipv6Header::new(V6, V6).encode(17, b"datagram");
            let error = IcmpError::Unreachable(UnreachableCode::Port);
            let solicitation = Icmpv6Message::Neighbour(NdpMessage::NeighbourSolicitation {
                target: V6,
                options: NdpOptions::from(mac),
            });
            let problem = Icmpv6Message::problem(1, 40, &packet);
            [Icmpv6Message::about(error, &packet), solicitation, problem]
                .map(|message| message.encode(V6, V6))
                .into()
        }
        "ndp" => {
            let advertisement = NdpMessage::RouterAdvertisement {
                hop_limit: 64,
                managed: false,
                other: false,
                lifetime_s: 1800,
                reachable_ms: 0,
                retransmit_ms: 0,
                options: NdpOptions {
                    prefixes: vec![PrefixInformation {
                        prefix: V6,
                        length: 64,
                        on_link: true,
                        autonomous: true,
                        valid_s: 9,
                        preferred_s: 8,
                    }],
                    mtu: Some(1400),
                    dns: vec![(V6, 60)],
                    ..NdpOptions::from(mac)
                },
            };
            vec![advertisement.encode()]
        }
        "udp" => {
            let datagram = Datagram {
                source_port: 1,
                destination_port: 2,
                payload: b"data",
            };
            vec![datagram.encode(A, B)]
        }
        "tcp_segment" => vec![segment()],
        "dhcp" => {
            let mut offer = dhcp::Message::new(dhcp::MessageType::Offer, 7, mac);
            offer.server = Some(A);
            offer.lease_s = Some(60);
            offer.dns = vec![A, B];
            vec![offer.encode()]
        }
        "journal" => vec![journal()],
        "captured_frame" => {
            let error = IcmpError::Unreachable(UnreachableCode::Host);
            let quoting = IcmpMessage::about(error, &packet()).encode();
            let quoting = Ipv4Header::new(B, A, PROTOCOL_ICMP).encode(&quoting);
            let asking = ArpPacket::request((mac, A), B).encode();
            let six = Ipv6Header::new(V6, V6).encode(6, &segment());
            [
                (ETHERTYPE_IPV4, packet()),
                (ETHERTYPE_IPV4, quoting),
                (ETHERTYPE_ARP, asking),
                (ETHERTYPE_IPV6, six),
            ]
            .map(|(ethertype, payload)| encode_frame(mac, other, ethertype, &payload))
            .into()
        }
        "dns_server" | "dns_stream" | "stored_answers" => name_servers::seeds(name),
        other => more::seeds(other),
    }
}

fn main() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    for entry in ENTRIES {
        let folder = corpora.join(entry.name);
        std::fs::create_dir_all(&folder).expect("the work tree can be written");
        for (number, octets) in seeds(entry.name).into_iter().enumerate() {
            let file = folder.join(format!("seed-{number}"));
            std::fs::write(file, octets).expect("the work tree can be written");
        }
    }
}
