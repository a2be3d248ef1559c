use super::*;
use crate::capture::put_together::{Conversation, datagram};
use std::num::NonZeroU32;
use thru_events::{EventId, MacAddress, Time};
use thru_ip::{
    IcmpError, IcmpMessage, Icmpv6Message, Ipv4Header, Ipv6Header, PROTOCOL_ICMP, PROTOCOL_ICMPV6,
    PROTOCOL_UDP, UnreachableCode,
};
use thru_link::{ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, encode_frame};

const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const B: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);
const C: MacAddress = MacAddress([2, 0, 0, 0, 0, 3]);
const NOT_OURS: Judged = Judged::Ignored(Why::NotOurs);
const OUT: Place = Place {
    interface: 2,
    outgoing: true,
    at: Time(20),
};
const IN: Place = Place {
    interface: 2,
    outgoing: false,
    at: Time(20),
};

fn event(number: u32) -> Cause {
    NonZeroU32::new(number).map(EventId)
}

fn local() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 40_000))
}

fn remote() -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 7], 443))
}

fn tcp(local: SocketAddr, remote: SocketAddr) -> Key {
    Key {
        protocol: PROTOCOL_TCP,
        local: Some(local.ip()),
        local_port: local.port(),
        remote,
    }
}

fn knowing(key: Key) -> Matcher {
    let mut matcher = Matcher::default();
    assert!(matcher.add(key, event(7), Time(10)));
    matcher
}

fn judge(matcher: &mut Matcher, frame: &[u8], place: Place) -> Judged {
    matcher.judge(&Seen::read(frame).expect("it is Ethernet"), place)
}

/// SYN of one connection, out of this machine.
fn syn(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    Conversation::new(local, remote).asks().remove(0).1
}

/// SYN ACK of one connection, into this machine.
fn answer(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    Conversation::new(local, remote).opens().remove(0).1
}

#[test]
fn both_ways_of_a_five_tuple_are_ours_and_another_port_is_not() {
    let mut matcher = knowing(tcp(local(), remote()));
    let ours = Judged::Ours(event(7));
    assert_eq!(judge(&mut matcher, &syn(local(), remote()), OUT), ours);
    assert_eq!(judge(&mut matcher, &answer(local(), remote()), IN), ours);
    let mut other = local();
    other.set_port(40_001);
    assert_eq!(judge(&mut matcher, &syn(other, remote()), OUT), NOT_OURS);
    assert_eq!(judge(&mut matcher, &answer(other, remote()), IN), NOT_OURS);
    let elsewhere = SocketAddr::from(([198, 51, 100, 8], 443));
    assert_eq!(judge(&mut matcher, &syn(local(), elsewhere), OUT), NOT_OURS);
    let udp = datagram(
        local(),
        remote(),
        true,
        b"the same ends by another protocol",
    );
    assert_eq!(judge(&mut matcher, &udp, OUT), NOT_OURS);
}

#[test]
fn a_frame_follows_from_what_was_there_when_it_passed() {
    let mut matcher = Matcher::default();
    let (key, frame) = (tcp(local(), remote()), syn(local(), remote()));
    let (asked, opened, closing) = (event(7), event(9), event(12));
    // The port is known after the question went out: the SYN is older than that.
    for (cause, at) in [(asked, 10), (opened, 30), (opened, 35), (closing, 50)] {
        matcher.add(key, cause, Time(at));
    }
    for (at, expected) in [
        (5, asked),
        (20, asked),
        (30, opened),
        (49, opened),
        (60, closing),
    ] {
        let place = Place {
            at: Time(at),
            ..OUT
        };
        assert_eq!(judge(&mut matcher, &frame, place), Judged::Ours(expected));
    }
    for later in 100..100 + 2 * CAUSES as u32 {
        matcher.add(key, event(later), Time(u64::from(later)));
    }
    let first = judge(&mut matcher, &frame, OUT);
    assert_eq!(first, Judged::Ours(asked), "nothing that came after it");
    assert_eq!(matcher.flows[&key].causes.len(), CAUSES);
}

#[test]
fn loopback_shows_each_frame_twice_and_it_counts_once() {
    let (local, remote) = (
        SocketAddr::from(([127, 0, 0, 1], 40_000)),
        SocketAddr::from(([127, 0, 0, 1], 80)),
    );
    let mut matcher = knowing(tcp(local, remote));
    let (syn, answer) = (syn(local, remote), answer(local, remote));
    assert!(matches!(judge(&mut matcher, &syn, OUT), Judged::Ours(_)));
    assert_eq!(judge(&mut matcher, &syn, IN), NOT_OURS);
    assert_eq!(judge(&mut matcher, &answer, OUT), NOT_OURS);
    assert!(matches!(judge(&mut matcher, &answer, IN), Judged::Ours(_)));
}

#[test]
fn a_frame_that_passes_several_interfaces_counts_at_the_first() {
    let mut matcher = knowing(tcp(local(), remote()));
    let frame = syn(local(), remote());
    assert!(matches!(judge(&mut matcher, &frame, OUT), Judged::Ours(_)));
    let below = Place {
        interface: 3,
        ..OUT
    };
    assert_eq!(
        judge(&mut matcher, &frame, below),
        Judged::Ignored(Why::SeenElsewhere)
    );
    // The answers may come by another interface than the questions go.
    let back = Place { interface: 3, ..IN };
    let answer = answer(local(), remote());
    assert!(matches!(
        judge(&mut matcher, &answer, back),
        Judged::Ours(_)
    ));
}

#[test]
fn a_socket_that_leaves_its_address_open_is_known_by_its_port() {
    let mut key = tcp(local(), remote());
    (key.protocol, key.local) = (PROTOCOL_UDP, None);
    let mut matcher = knowing(key);
    let question = datagram(local(), remote(), true, b"question");
    let answer = datagram(local(), remote(), false, b"answer");
    assert!(matches!(
        judge(&mut matcher, &question, OUT),
        Judged::Ours(_)
    ));
    assert!(matches!(judge(&mut matcher, &answer, IN), Judged::Ours(_)));
}

#[test]
fn arp_is_ours_for_a_next_hop_alone() {
    let mut matcher = Matcher::default();
    let hop = [192, 0, 2, 254];
    matcher.add_hop(hop.into(), event(3));
    let own = (A, [192, 0, 2, 1].into());
    let ask = ArpPacket::request(own, hop.into());
    let frame = encode_frame(MacAddress::BROADCAST, A, ETHERTYPE_ARP, &ask.encode());
    matcher.own([own.1.into()].into_iter());
    assert_eq!(judge(&mut matcher, &frame, OUT), Judged::Ours(event(3)));
    let frame = encode_frame(A, B, ETHERTYPE_ARP, &ask.reply(B).encode());
    assert_eq!(judge(&mut matcher, &frame, IN), Judged::Ours(event(3)));
    let back = ArpPacket::request((B, hop.into()), own.1);
    let frame = encode_frame(MacAddress::BROADCAST, B, ETHERTYPE_ARP, &back.encode());
    assert_eq!(judge(&mut matcher, &frame, IN), Judged::Ours(event(3)));
    let stranger = (C, [192, 0, 2, 77].into());
    let ask = ArpPacket::request(stranger, hop.into());
    let frame = encode_frame(MacAddress::BROADCAST, C, ETHERTYPE_ARP, &ask.encode());
    assert_eq!(judge(&mut matcher, &frame, IN), NOT_OURS, "a stranger asks");
    let frame = encode_frame(C, B, ETHERTYPE_ARP, &ask.reply(B).encode());
    assert_eq!(judge(&mut matcher, &frame, IN), NOT_OURS, "for a stranger");
    let other = ArpPacket::request(own, [192, 0, 2, 9].into());
    let frame = encode_frame(MacAddress::BROADCAST, A, ETHERTYPE_ARP, &other.encode());
    assert_eq!(judge(&mut matcher, &frame, OUT), NOT_OURS);
}

#[test]
fn an_icmp_error_is_ours_if_it_quotes_what_went_out() {
    let mut matcher = knowing(tcp(local(), remote()));
    let router = [203, 0, 113, 1].into();
    let about = |frame: &[u8]| {
        let error = IcmpError::Unreachable(UnreachableCode::Host);
        let message = IcmpMessage::about(error, &frame[14..]).encode();
        let header = Ipv4Header::new(router, [192, 0, 2, 1].into(), PROTOCOL_ICMP);
        encode_frame(A, B, ETHERTYPE_IPV4, &header.encode(&message))
    };
    let ours = about(&syn(local(), remote()));
    assert_eq!(judge(&mut matcher, &ours, IN), Judged::Ours(event(7)));
    let mut other = local();
    other.set_port(1);
    let other = about(&syn(other, remote()));
    assert_eq!(judge(&mut matcher, &other, IN), NOT_OURS);
}

#[test]
fn the_same_of_ipv6() {
    let local = SocketAddr::new("2001:db8::1".parse().unwrap(), 40_000);
    let remote = SocketAddr::new("2001:db8:1::7".parse().unwrap(), 443);
    let mut matcher = knowing(tcp(local, remote));
    let frame = syn(local, remote);
    assert!(matches!(judge(&mut matcher, &frame, OUT), Judged::Ours(_)));
    let (router, own) = (
        "2001:db8::fe".parse().unwrap(),
        "2001:db8::1".parse().unwrap(),
    );
    let message = Icmpv6Message::about(IcmpError::TimeExceeded, &frame[14..]);
    let packet = Ipv6Header::new(router, own).encode(PROTOCOL_ICMPV6, &message.encode(router, own));
    let error = encode_frame(A, B, ETHERTYPE_IPV6, &packet);
    assert!(matches!(judge(&mut matcher, &error, IN), Judged::Ours(_)));
}

/// A neighbour solicitation (135) or advertisement (136) about an address (RFC 4861, section 4).
fn neighbour(kind: u8, from: &str, to: &str, about: &str) -> Vec<u8> {
    let six = |text: &str| text.parse::<std::net::Ipv6Addr>().unwrap();
    let mut message = vec![kind, 0, 0, 0, 0, 0, 0, 0];
    message.extend(six(about).octets());
    let packet = Ipv6Header::new(six(from), six(to)).encode(PROTOCOL_ICMPV6, &message);
    encode_frame(B, A, ETHERTYPE_IPV6, &packet)
}

#[test]
fn ndp_is_ours_between_this_machine_and_a_next_hop_alone() {
    let (router, own, stranger) = ("fe80::fe", "fe80::1", "fe80::77");
    let mut matcher = Matcher::default();
    matcher.add_hop(router.parse().unwrap(), event(9));
    matcher.own([own.parse().unwrap()].into_iter());
    let ours = Judged::Ours(event(9));
    let group = "ff02::1:ff00:fe";
    let cases = [
        (neighbour(135, own, group, router), OUT, ours),
        (neighbour(136, router, own, router), IN, ours),
        (neighbour(135, router, "ff02::1:ff00:1", own), IN, ours),
        (neighbour(136, own, router, own), OUT, ours),
        (neighbour(135, stranger, group, router), IN, NOT_OURS),
        (neighbour(136, router, stranger, router), IN, NOT_OURS),
        (neighbour(135, own, group, stranger), OUT, NOT_OURS),
    ];
    for (number, (frame, place, expected)) in cases.into_iter().enumerate() {
        assert_eq!(judge(&mut matcher, &frame, place), expected, "{number}");
    }
}

#[test]
fn later_pieces_belong_to_whom_the_first_belongs() {
    let mut matcher = knowing(tcp(local(), remote()));
    let whole = syn(local(), remote());
    let piece = |identification: u16, offset: u16, more: bool, octets: &[u8]| {
        let header = Ipv4Header {
            identification,
            fragment_offset: offset,
            more_fragments: more,
            ..Ipv4Header::new(
                [192, 0, 2, 1].into(),
                [198, 51, 100, 7].into(),
                PROTOCOL_TCP,
            )
        };
        encode_frame(B, A, ETHERTYPE_IPV4, &header.encode(octets))
    };
    let (first, later) = (&whole[34..50], &whole[50..54]);
    let lonely = piece(5, 16, false, later);
    assert_eq!(judge(&mut matcher, &lonely, OUT), NOT_OURS);
    assert!(matches!(
        judge(&mut matcher, &piece(5, 0, true, first), OUT),
        Judged::Ours(_)
    ));
    assert!(matches!(judge(&mut matcher, &lonely, OUT), Judged::Ours(_)));
    assert_eq!(
        judge(&mut matcher, &piece(6, 16, false, later), OUT),
        NOT_OURS
    );
    for number in 100..100 + 2 * PIECES as u16 {
        judge(&mut matcher, &piece(number, 0, true, first), OUT);
    }
    assert_eq!(matcher.pieces.len(), PIECES);
    assert_eq!(judge(&mut matcher, &lonely, OUT), NOT_OURS, "forgotten");
}

#[test]
fn the_end_of_all_connections_is_seen() {
    let mut matcher = knowing(tcp(local(), remote()));
    assert!(matcher.all_ended(), "nothing was seen yet");
    let mut talk = Conversation::new(local(), remote());
    let mut frames = talk.asks();
    frames.extend(talk.opens());
    frames.extend(talk.finishes(true));
    for (outgoing, frame) in &frames {
        judge(&mut matcher, frame, if *outgoing { OUT } else { IN });
        assert!(!matcher.all_ended());
    }
    for (outgoing, frame) in talk.finishes(false) {
        judge(&mut matcher, &frame, if outgoing { OUT } else { IN });
    }
    assert!(matcher.all_ended());
}

#[test]
fn the_tables_are_bounded() {
    let mut matcher = Matcher::default();
    for port in 0..=FLOWS as u16 {
        let mut end = local();
        end.set_port(port);
        let fits = usize::from(port) < FLOWS;
        assert_eq!(matcher.add(tcp(end, remote()), event(1), Time(0)), fits);
    }
    for last in 0..=255 {
        matcher.add_hop([10, 0, 0, last].into(), event(1));
    }
    assert_eq!(matcher.hops.len(), HOPS);
}

/// A small generator of numbers (xorshift), so that noise is the same in each run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn noise_neither_breaks_the_matcher_nor_is_taken() {
    let mut matcher = knowing(tcp(local(), remote()));
    matcher.add_hop([192, 0, 2, 254].into(), event(3));
    let mut noise = Noise(0x7ea5);
    for _ in 0..20_000 {
        let length = noise.next() as usize % 120;
        let mut frame: Vec<u8> = (0..length).map(|_| noise.next() as u8).collect();
        if length > 14 {
            let kind = [ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6][noise.next() as usize % 3];
            frame[12..14].copy_from_slice(&kind.to_be_bytes());
        }
        let Some(seen) = Seen::read(&frame) else {
            continue;
        };
        crate::capture::words::words(&seen);
        assert!(matches!(matcher.judge(&seen, IN), Judged::Ignored(_)));
    }
}

#[test]
fn our_own_frames_cut_and_garbled_never_break_it() {
    let mut matcher = knowing(tcp(local(), remote()));
    let mut noise = Noise(0x51de);
    let whole = answer(local(), remote());
    for _ in 0..20_000 {
        let mut frame = whole.clone();
        for _ in 0..noise.next() % 4 {
            let at = noise.next() as usize % frame.len();
            frame[at] = noise.next() as u8;
        }
        frame.truncate(noise.next() as usize % (frame.len() + 1));
        if let Some(seen) = Seen::read(&frame) {
            crate::capture::words::words(&seen);
            matcher.judge(&seen, IN);
        }
    }
    assert!(matcher.pieces.len() <= PIECES);
}
