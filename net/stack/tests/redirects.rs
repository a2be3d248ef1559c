//! A router that knows a nearer one on the same link: whom it tells so, with which quote, how often;
//! and a host that says why it does not follow.

mod harness;

use harness::*;
use std::{net::Ipv4Addr, rc::Rc};
use thru_events::{Event, MacAddress, Time, ip::IpEvent, trip::TripEvent};
use thru_ip::{
    IcmpError, IcmpMessage, Ipv4Header, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_UDP, UnreachableCode,
};
use thru_link::{ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame, encode_frame};
use thru_stack::*;

const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const NEARER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 20);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 80);
const HOST_MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 20]);

/// A machine alone at its cable, and what it says.
struct Alone {
    stack: Stack,
    notes: Rc<Notes>,
}

impl Alone {
    fn new(config: StackConfig) -> Alone {
        let notes = Rc::new(Notes::default());
        let stack = Stack::new(config, notes.tap(1));
        let mut alone = Alone { stack, notes };
        let request = ArpPacket::request((HOST_MAC, HOST), ROUTER).encode();
        alone.hears(ETHERTYPE_ARP, &request);
        alone
    }

    fn router() -> Alone {
        let mut config = machine(
            "router",
            1,
            vec![static_interface(0, ROUTER.octets(), 1500)],
        );
        config.forward = true;
        config.routes = vec![RouteConfig {
            prefix: Ipv4Addr::new(10, 0, 1, 0).into(),
            len: 24,
            via: Some(NEARER.into()),
            interface: 0,
        }];
        Alone::new(config)
    }

    /// Hands it a frame of the host and gives the messages of ICMP that it sends.
    fn hears(&mut self, ethertype: u16, payload: &[u8]) -> Vec<IcmpMessage> {
        let own = MacAddress([2, 0, 0, 0, 0, 1]);
        let frame = encode_frame(own, HOST_MAC, ethertype, payload);
        self.stack.handle_frame(Time::ZERO, 0, &frame, None, None);
        let frames = std::iter::from_fn(|| self.stack.poll(Time::ZERO));
        let messages = frames.filter_map(|out| {
            let frame = Frame::parse(&out.frame).unwrap();
            let packet = Ipv4Packet::parse(frame.payload).ok()?;
            let is_icmp = frame.ethertype == ETHERTYPE_IPV4
                && packet.header.protocol == PROTOCOL_ICMP
                && packet.header.destination == HOST;
            is_icmp.then(|| IcmpMessage::parse(packet.payload).unwrap())
        });
        messages.collect()
    }

    fn dropped(&self) -> Vec<String> {
        let events = self.notes.events.borrow();
        let whys = events.iter().filter_map(|(.., event)| match event {
            Event::Ip(IpEvent::PacketDropped { why, .. }) => Some(why.to_string()),
            _ => None,
        });
        whys.collect()
    }

    fn limits(&self) -> Vec<String> {
        let events = self.notes.events.borrow();
        let limits = events.iter().filter_map(|(.., event)| match event {
            Event::Trip(TripEvent::LimitReached { limit, value, .. }) => {
                Some(format!("{limit}: {value}"))
            }
            _ => None,
        });
        limits.collect()
    }
}

fn datagram() -> Vec<u8> {
    Ipv4Header::new(HOST, SERVER, PROTOCOL_UDP).encode(&[0, 7, 0, 9, 0, 8, 0, 0])
}

#[test]
fn a_redirect_quotes_the_packet_as_it_came() {
    let sent = Alone::router().hears(ETHERTYPE_IPV4, &datagram());
    let [IcmpMessage::Redirect { gateway, quoted }] = &sent[..] else {
        panic!("one redirect: {sent:?}");
    };
    assert_eq!((*gateway, &quoted.octets), (NEARER, &datagram()));
}

#[test]
fn nobody_is_redirected_for_an_error_a_later_piece_or_a_packet_from_nobody() {
    let error = IcmpMessage::about(IcmpError::TimeExceeded, &datagram()).encode();
    let plain = || Ipv4Header::new(HOST, SERVER, PROTOCOL_UDP);
    let later = Ipv4Header {
        fragment_offset: 8,
        ..plain()
    };
    let from_all = Ipv4Header {
        source: [10, 0, 0, 255].into(),
        ..plain()
    };
    for packet in [
        Ipv4Header::new(HOST, SERVER, PROTOCOL_ICMP).encode(&error),
        later.encode(&[0; 16]),
        from_all.encode(&[0; 16]),
    ] {
        let mut router = Alone::router();
        router.hears(ETHERTYPE_IPV4, &packet);
        assert_eq!(router.notes.count("PacketForwarded"), 1);
        assert_eq!(router.notes.count("IcmpSent"), 0);
    }
}

#[test]
fn redirects_leave_room_for_errors() {
    let mut router = Alone::router();
    let redirects: usize = (0..1000)
        .map(|_| router.hears(ETHERTYPE_IPV4, &datagram()).len())
        .sum();
    assert_eq!(redirects, 50);
    assert_eq!(router.limits(), ["ICMP redirects a second: 100"]);
    let no_way = Ipv4Header::new(HOST, [10, 9, 9, 9].into(), PROTOCOL_UDP).encode(&[0; 8]);
    let told = router.hears(ETHERTYPE_IPV4, &no_way);
    let expected = IcmpError::Unreachable(UnreachableCode::Network);
    assert!(matches!(&told[..], [IcmpMessage::Error { error, .. }] if *error == expected));
}

#[test]
fn a_host_says_why_a_redirect_does_not_count() {
    let strange = Ipv4Header::new(SERVER, HOST, PROTOCOL_UDP).encode(&[0; 8]);
    for (quote, why) in [
        (
            strange,
            "a redirect about a packet that is not of this machine",
        ),
        (
            b"no packet of IPv4 at all....".to_vec(),
            "a redirect whose quote cannot be read",
        ),
    ] {
        let config = machine("host", 1, vec![static_interface(0, ROUTER.octets(), 1500)]);
        let mut host = Alone::new(config);
        let redirect = IcmpMessage::redirect(NEARER, &quote).encode();
        let packet = Ipv4Header::new(HOST, ROUTER, PROTOCOL_ICMP).encode(&redirect);
        host.hears(ETHERTYPE_IPV4, &packet);
        assert_eq!(host.dropped(), [why]);
    }
}
