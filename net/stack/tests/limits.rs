//! Limits that are reached: each is stated, and nothing vanishes without a word.

mod harness;

use harness::*;
use std::{net::Ipv4Addr, rc::Rc};
use thru_events::{Cause, Event, MacAddress, Time, ip::IpEvent, link::LinkEvent, trip::TripEvent};
use thru_ip::{Ipv4Header, PROTOCOL_UDP, dhcp, fragment_limits};
use thru_link::{
    ArpOperation, ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, NeighbourTable, Resolution,
    encode_frame, limits as link_limits,
};
use thru_stack::*;

/// The limits that were stated, by their names.
fn reached(notes: &Notes) -> Vec<String> {
    let events = notes.events.borrow();
    let limits = events.iter().filter_map(|(.., event)| match event {
        Event::Trip(TripEvent::LimitReached { limit, value, .. }) => {
            Some(format!("{limit}: {value}"))
        }
        _ => None,
    });
    limits.collect()
}

/// Why packets were dropped.
fn dropped(notes: &Notes) -> Vec<String> {
    let events = notes.events.borrow();
    let whys = events.iter().filter_map(|(.., event)| match event {
        Event::Ip(IpEvent::PacketDropped { why, .. }) => Some(why.to_string()),
        _ => None,
    });
    whys.collect()
}

fn first(notes: &Rc<Notes>) -> Cause {
    let first = || LinkEvent::FrameLost {
        why: "the first event".into(),
    };
    notes.tap(1).emit(None, first)
}

fn own() -> Ipv4Addr {
    [10, 0, 0, 1].into()
}

#[test]
fn the_oldest_of_too_many_broken_packets_is_dropped_aloud() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let cause = first(&notes);
    for id in 0..=fragment_limits::PACKETS as u16 {
        let header = Ipv4Header {
            identification: id,
            more_fragments: true,
            ..Ipv4Header::new([10, 0, 0, 2].into(), own(), PROTOCOL_UDP)
        };
        let packet = header.encode(&[1; 16]);
        let (to, from) = (
            MacAddress([2, 0, 0, 0, 0, 1]),
            MacAddress([2, 0, 0, 0, 0, 2]),
        );
        let frame = encode_frame(to, from, ETHERTYPE_IPV4, &packet);
        net.stacks[0].handle_frame(Time(id.into()), 0, &frame, None, cause);
    }
    assert_eq!(reached(&notes), ["packets that wait for their pieces: 64"]);
    assert_eq!(
        dropped(&notes),
        ["too many packets wait for their pieces, and it waits longest"]
    );
}

fn neighbour(n: usize) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_1000 + n as u32)
}

#[test]
fn a_full_neighbour_table_forgets_the_oldest_line_aloud() {
    let notes = Rc::new(Notes::default());
    let (tap, cause) = (notes.tap(1), first(&notes));
    let mut table: NeighbourTable<u8> = NeighbourTable::new();
    for n in 0..=link_limits::LINES {
        let mac = MacAddress([2, 0, 0, 1, (n >> 8) as u8, n as u8]);
        table.learn(Time(n as u64), neighbour(n), mac, cause, &tap);
    }
    assert_eq!(reached(&notes), ["lines of the neighbour table: 1024"]);
    assert_eq!(notes.count("NeighbourExpired"), 1);
    assert_eq!(table.lookup(Time(9999), neighbour(0)), None);
    assert!(
        table
            .lookup(Time(9999), neighbour(link_limits::LINES))
            .is_some()
    );
    assert_eq!(table.known().count(), link_limits::LINES);
}

#[test]
fn a_neighbour_table_full_of_questions_takes_no_more() {
    let notes = Rc::new(Notes::default());
    let (tap, cause) = (notes.tap(1), first(&notes));
    let mut table: NeighbourTable<u8> = NeighbourTable::new();
    for n in 0..link_limits::LINES {
        let waits = table.resolve(Time::ZERO, neighbour(n), 7, true, cause, &tap);
        assert_eq!(waits, Resolution::Waiting { dropped: None });
    }
    let one_more = neighbour(link_limits::LINES);
    let refused = table.resolve(Time::ZERO, one_more, 8, true, cause, &tap);
    assert!(matches!(refused, Resolution::Full { packet: 8, cause } if cause.is_some()));
    let mac = MacAddress([2, 0, 0, 0, 0, 77]);
    assert_eq!(table.learn(Time::ZERO, one_more, mac, cause, &tap), []);
    assert_eq!(table.lookup(Time::ZERO, one_more), None);
    assert_eq!(reached(&notes).len(), 2);
}

#[test]
fn frames_above_the_queue_are_dropped_aloud() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let cause = first(&notes);
    let mac = MacAddress([2, 0, 0, 0, 0, 2]);
    let reply = ArpPacket {
        operation: ArpOperation::Reply,
        sender_mac: mac,
        sender_ip: [10, 0, 0, 2].into(),
        target_mac: MacAddress([2, 0, 0, 0, 0, 1]),
        target_ip: own(),
    };
    let frame = encode_frame(reply.target_mac, mac, ETHERTYPE_ARP, &reply.encode());
    net.stacks[0].handle_frame(net.now, 0, &frame, None, cause);
    let socket = net.stacks[0].udp_bind(address("0.0.0.0:0")).unwrap();
    for _ in 0..limits::FRAMES + 3 {
        net.stacks[0]
            .udp_send(net.now, socket, b"x", address("10.0.0.2:9"), cause)
            .unwrap();
    }
    assert_eq!(reached(&notes), ["frames ready to be sent: 4096"; 3]);
    assert_eq!(dropped(&notes), ["too many frames wait to be sent"; 3]);
    let mut handed_out = 0;
    while net.stacks[0].poll(net.now).is_some() {
        handed_out += 1;
    }
    assert_eq!(handed_out, limits::FRAMES);
    assert_eq!(notes.count("PacketSent"), limits::FRAMES);
}

#[test]
fn packets_to_oneself_above_the_queue_are_dropped_aloud() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let cause = first(&notes);
    let socket = net.stacks[0].udp_bind(address("0.0.0.0:0")).unwrap();
    for _ in 0..=limits::LOOPBACK_PACKETS {
        net.stacks[0]
            .udp_send(net.now, socket, b"x", address("127.0.0.1:9"), cause)
            .unwrap();
    }
    assert_eq!(reached(&notes), ["packets to oneself: 4096"]);
    assert_eq!(dropped(&notes), ["too many packets to oneself wait"]);
}

/// Asks a server for an address under many hardware addresses; gives how many were lent.
fn lend(server: &mut dhcp::Server, notes: &Rc<Notes>, clients: u16) -> usize {
    let (tap, cause) = (notes.tap(1), first(notes));
    let [mut lent, mut answers] = [0, 0];
    for n in 0..clients {
        let [high, low] = n.to_be_bytes();
        let mac = MacAddress([2, 0, 0, 9, high, low]);
        let discover = dhcp::Message::new(dhcp::MessageType::Discover, n.into(), mac);
        let Some((offer, _)) = server.handle(Time::ZERO, &discover, cause, &tap) else {
            continue;
        };
        answers += 1;
        let request = dhcp::Message {
            requested: Some(offer.your_address),
            ..dhcp::Message::new(dhcp::MessageType::Request, n.into(), mac)
        };
        let answer = server.handle(Time::ZERO, &request, cause, &tap);
        lent += usize::from(
            matches!(answer, Some((answer, _)) if answer.kind == dhcp::MessageType::Ack),
        );
    }
    assert_eq!(lent, answers);
    lent
}

fn dhcp_server(first: [u8; 4], last: [u8; 4]) -> dhcp::Server {
    dhcp::Server::new(DhcpServerConfig {
        server: own(),
        first: first.into(),
        last: last.into(),
        prefix: 8,
        router: None,
        dns: Vec::new(),
        lease_s: 600,
    })
}

#[test]
fn a_dhcp_server_says_that_all_its_addresses_are_lent() {
    let notes = Rc::new(Notes::default());
    let mut server = dhcp_server([10, 0, 0, 50], [10, 0, 0, 52]);
    assert_eq!(lend(&mut server, &notes, 4), 3);
    assert_eq!(
        reached(&notes),
        ["addresses that a DHCP server may lend: 3"]
    );
}

#[test]
fn a_dhcp_server_lends_no_more_than_its_limit_even_to_who_asks_for_an_address_at_once() {
    let notes = Rc::new(Notes::default());
    // Few addresses are searched for each client: the range begins where the clients' leases end.
    let mut server = dhcp_server([10, 1, 0, 0], [10, 1, 255, 255]);
    let (tap, cause) = (notes.tap(1), first(&notes));
    for n in 0..=dhcp::limits::LEASES as u16 {
        let [high, low] = n.to_be_bytes();
        let request = dhcp::Message {
            requested: Some([10, 1, 255 - high, 255 - low].into()),
            ..dhcp::Message::new(
                dhcp::MessageType::Request,
                1,
                MacAddress([2, 0, 0, 9, high, low]),
            )
        };
        let answer = server.handle(Time::ZERO, &request, cause, &tap);
        let kind = answer.map(|(answer, _)| answer.kind);
        let full = usize::from(n) == dhcp::limits::LEASES;
        let expected = if full {
            dhcp::MessageType::Nak
        } else {
            dhcp::MessageType::Ack
        };
        assert_eq!(kind, Some(expected), "request {n}");
    }
    assert_eq!(reached(&notes), ["leases of a DHCP server: 4096"]);
}

#[test]
fn another_machine_that_claims_the_own_address_is_a_conflict() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let cause = first(&notes);
    let thief = MacAddress([2, 0, 0, 0, 0, 66]);
    let claim = ArpPacket {
        operation: ArpOperation::Request,
        sender_mac: thief,
        sender_ip: own(),
        target_mac: MacAddress([0; 6]),
        target_ip: own(),
    };
    let frame = encode_frame(MacAddress::BROADCAST, thief, ETHERTYPE_ARP, &claim.encode());
    net.stacks[0].handle_frame(net.now, 0, &frame, None, cause);
    let events = notes.events.borrow();
    let conflict = events.iter().find_map(|(cause, .., event)| match event {
        Event::Link(LinkEvent::NeighbourConflict {
            address,
            claimed_by,
        }) => Some((*address, *claimed_by, cause.is_some())),
        _ => None,
    });
    assert_eq!(conflict, Some((own().into(), thief, true)));
    drop(events);
    let answer = net.stacks[0]
        .poll(net.now)
        .expect("the address is defended");
    let said = ArpPacket::parse(&answer.frame[14..]).unwrap();
    assert!(said.is_announcement() && said.sender_ip == own());
    // Another claim soon after is no reason for another announcement: that would be a storm.
    net.stacks[0].handle_frame(net.now, 0, &frame, None, cause);
    assert!(net.stacks[0].poll(net.now).is_none());
}
