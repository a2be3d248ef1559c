//! Seeded noise on the wire: cut, repeated, lying and forged frames in between those of an open
//! connection. Nothing panics, nothing grows without end, nothing that is refused is believed, and
//! no frame disappears without a word.

mod harness;

use harness::*;
use std::{net::Ipv4Addr, rc::Rc, time::Duration};
use thru_events::{Event, MacAddress, Tap, tcp::TcpEvent};
use thru_ip::{Ipv4Header, Ipv6Header, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP};
use thru_link::{ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, encode_frame, ndp};
use thru_stack::*;
use thru_transport::tcp::{Flags, Options, SegmentHeader, Seq};

const SEEDS: u64 = 3;
const FRAMES: usize = 3000;
const OCTETS: usize = 200_000;

/// splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    fn hurt(&mut self, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        for _ in 0..1 + self.below(4) {
            let at = self.below(frame.len().max(1));
            match self.below(6) {
                _ if frame.is_empty() => frame.push(self.below(256) as u8),
                0 => frame[at] = self.below(256) as u8,
                1 => frame[at] ^= 1 << self.below(8),
                2 => frame.truncate(at),
                3 => frame.insert(at, self.below(256) as u8),
                4 => frame.extend_from_within(at..),
                _ => frame[at] = [0, 0xff, 0x7f, 0x80][self.below(4)],
            }
            frame.truncate(3000);
        }
        frame
    }
}

fn mac(n: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, n])
}

/// A segment from the other end, as somebody writes it who cannot see the connection.
fn forged(chance: &mut Chance, from: u16, to: u16) -> Vec<u8> {
    let flags = [
        Flags::RST,
        Flags::SYN,
        Flags::RST.and(Flags::ACK),
        Flags::SYN.and(Flags::ACK),
        Flags::FIN.and(Flags::ACK),
        Flags::ACK,
    ];
    let header = SegmentHeader {
        source_port: from,
        destination_port: to,
        seq: Seq(chance.below(1 << 32) as u32),
        ack: Seq(chance.below(1 << 32) as u32),
        flags: flags[chance.below(flags.len())],
        window: chance.below(65_536) as u16,
        options: Options::default(),
    };
    let (source, destination) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    let data = vec![0xee; chance.below(3) * 100];
    let segment = header.encode(source, destination, &data);
    let packet = Ipv4Header::new(source, destination, PROTOCOL_TCP).encode(&segment);
    encode_frame(mac(1), mac(2), ETHERTYPE_IPV4, &packet)
}

/// A piece of a packet that never becomes whole, or overlaps.
fn piece(chance: &mut Chance) -> Vec<u8> {
    let (source, destination) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    if chance.below(2) == 0 {
        let header = Ipv4Header {
            identification: chance.below(500) as u16,
            more_fragments: chance.below(3) > 0,
            fragment_offset: (chance.below(20) * 8) as u16,
            ..Ipv4Header::new(source, destination, PROTOCOL_UDP)
        };
        let packet = header.encode(&vec![1; 8 + chance.below(9) * 8]);
        return encode_frame(mac(1), mac(2), ETHERTYPE_IPV4, &packet);
    }
    let offset = (chance.below(20) * 8) as u16 | u16::from(chance.below(3) > 0);
    let mut cut = vec![PROTOCOL_UDP, 0, (offset >> 8) as u8, offset as u8];
    cut.extend_from_slice(&(chance.below(500) as u32).to_be_bytes());
    cut.resize(8 + chance.below(80), 7);
    let header = Ipv6Header::new(ndp::link_local(mac(2)), ndp::link_local(mac(1)));
    encode_frame(mac(1), mac(2), ETHERTYPE_IPV6, &header.encode(44, &cut))
}

/// Neighbours that are not there, and messages about them.
fn stranger(chance: &mut Chance) -> Vec<u8> {
    let other = MacAddress([2, 9, chance.below(256) as u8, chance.below(256) as u8, 0, 1]);
    if chance.below(2) == 0 {
        let from = Ipv4Addr::from_bits(0x0a00_0000 + chance.below(70_000) as u32);
        let asked = ArpPacket::request((other, from), Ipv4Addr::new(10, 0, 0, 1));
        return encode_frame(MacAddress::BROADCAST, other, ETHERTYPE_ARP, &asked.encode());
    }
    let own = ndp::link_local(mac(1));
    let message = ndp::NdpMessage::NeighbourSolicitation {
        target: own,
        options: ndp::NdpOptions::from(other),
    };
    let source = ndp::link_local(other);
    let message = thru_ip::Icmpv6Message::Neighbour(message).encode(source, own);
    let header = Ipv6Header {
        hop_limit: 255,
        ..Ipv6Header::new(source, own)
    };
    let packet = header.encode(PROTOCOL_ICMPV6, &message);
    encode_frame(mac(1), other, ETHERTYPE_IPV6, &packet)
}

fn both(notes: Option<&Rc<Notes>>) -> Net {
    let stack = |n: u8| {
        let own = InterfaceConfig {
            mac: mac(n),
            ipv6: Some(Ipv6Config::default()),
            ..static_interface(0, [10, 0, 0, n], 1500)
        };
        let tap = notes.map_or(Tap::off(), |notes| notes.tap(n.into()));
        Stack::new(machine("host", n.into(), vec![own]), tap)
    };
    let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
    for n in 0..2 {
        net.stacks[n].start_ipv6(net.now, None);
    }
    net.run_for(Duration::from_secs(2));
    net
}

#[test]
fn a_connection_lives_through_noise_and_its_octets_stay_right() {
    for seed in 1..=SEEDS {
        let mut chance = Chance(seed);
        let mut net = both(None);
        let (client, server) = net.open(0, 1, "10.0.0.2:80");
        let (_, local, _) = net.stacks[0].tcp_ends(client).unwrap();
        let octets: Vec<u8> = (0..OCTETS).map(|n| (n * 31 / 7) as u8).collect();
        let (mut written, mut read) = (0, Vec::new());
        let mut noise = FRAMES;
        let mut last = encode_frame(mac(1), mac(2), ETHERTYPE_IPV4, &[0; 40]);
        net.run_until(|net| {
            let now = net.now;
            // Both ways: the server sends what it read back.
            let more = net.stacks[0].tcp_write(now, client, &octets[written..], None);
            written += more.unwrap_or_else(|lost| panic!("seed {seed}: {lost:?}"));
            for _ in 0..noise.min(20) {
                noise -= 1;
                let frame = match chance.below(5) {
                    0 => forged(&mut chance, 80, local.port()),
                    1 => piece(&mut chance),
                    2 => stranger(&mut chance),
                    3 => chance.hurt(&last),
                    _ => last.clone(),
                };
                let frame = match chance.below(3) {
                    0 => chance.hurt(&frame),
                    _ => frame,
                };
                net.stacks[0].handle_frame(now, 0, &frame, None, None);
                last = frame;
            }
            read_some(&mut net.stacks[1], now, server, &mut read);
            read.len() == OCTETS && noise == 0
        });
        assert_eq!(read, octets, "seed {seed}");
    }
}

#[test]
fn no_frame_disappears_without_a_word() {
    let notes = Rc::new(Notes::default());
    let mut net = both(Some(&notes));
    let mut chance = Chance(99);
    for number in 0..FRAMES {
        let frame = match chance.below(4) {
            0 => forged(&mut chance, 80, 40_000),
            1 => piece(&mut chance),
            2 => stranger(&mut chance),
            _ => {
                let frame = stranger(&mut chance);
                chance.hurt(&frame)
            }
        };
        let before = notes.events.borrow().len();
        let cause = net.stacks[0].tap().emit(None, || TcpEvent::SegmentIgnored {
            flow: format!("noise {number}"),
            why: "the cause of what follows".into(),
        });
        net.stacks[0].handle_frame(net.now, 0, &frame, None, cause);
        let events = notes.events.borrow();
        let of_frame = events[before + 1..].iter();
        let told = of_frame
            .filter(|(.., event)| matches!(event, Event::Link(_)))
            .count();
        assert!(told > 0, "frame {number}: {frame:02x?}");
        drop(events);
        while net.stacks[0].poll(net.now).is_some() {}
    }
}

#[test]
fn a_storm_fills_neither_tables_nor_queues() {
    let mut net = both(None);
    let mut chance = Chance(5);
    for _ in 0..20_000 {
        let frame = stranger(&mut chance);
        net.stacks[0].handle_frame(net.now, 0, &frame, None, None);
    }
    let mut answers = 0;
    while net.stacks[0].poll(net.now).is_some() {
        answers += 1;
    }
    assert!(answers <= limits::FRAMES, "{answers}");
    // Whoever is honest still gets through.
    net.open(0, 1, "10.0.0.2:80");
}

#[test]
fn errors_are_told_only_so_often() {
    let mut net = both(None);
    let (source, destination) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    let datagram = thru_transport::udp::Datagram {
        source_port: 1,
        destination_port: 9,
        payload: b"x",
    };
    let packet = Ipv4Header::new(source, destination, PROTOCOL_UDP)
        .encode(&datagram.encode(source, destination));
    let frame = encode_frame(mac(1), mac(2), ETHERTYPE_IPV4, &packet);
    let asked = ArpPacket::request((mac(2), source), destination);
    let asked = encode_frame(
        MacAddress::BROADCAST,
        mac(2),
        ETHERTYPE_ARP,
        &asked.encode(),
    );
    net.stacks[0].handle_frame(net.now, 0, &asked, None, None);
    let mut told = 0;
    for _ in 0..1000 {
        net.stacks[0].handle_frame(net.now, 0, &frame, None, None);
        while net.stacks[0].poll(net.now).is_some() {
            told += 1;
        }
    }
    // The answer to the question, and the errors that may go at once.
    assert_eq!(told, 1 + 200);
}
