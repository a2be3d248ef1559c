//! A listener whose backlog is full of half-open connections goes on taking honest ones in.

mod harness;

use harness::*;
use std::{net::Ipv4Addr, rc::Rc, time::Duration};
use thru_events::MacAddress;
use thru_ip::{Ipv4Header, PROTOCOL_TCP};
use thru_link::{ETHERTYPE_IPV4, encode_frame};
use thru_transport::tcp::{Flags, Options, SegmentHeader, Seq, State};

const BACKLOG: usize = 4;

/// A SYN from a machine that does not exist.
fn forged_syn(number: u8) -> Vec<u8> {
    let (source, destination) = (
        Ipv4Addr::new(10, 0, 0, 100 + number),
        Ipv4Addr::new(10, 0, 0, 2),
    );
    let header = SegmentHeader {
        source_port: 1000 + u16::from(number),
        destination_port: 80,
        seq: Seq(77),
        ack: Seq(0),
        flags: Flags::SYN,
        window: 1000,
        options: Options::default(),
    };
    let segment = header.encode(source, destination, &[]);
    let packet = Ipv4Header::new(source, destination, PROTOCOL_TCP).encode(&segment);
    encode_frame(
        MacAddress([2, 0, 0, 0, 0, 2]),
        MacAddress([2, 0, 0, 0, 0, 99]),
        ETHERTYPE_IPV4,
        &packet,
    )
}

#[test]
fn an_honest_client_gets_through_a_flood_by_a_cookie() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let listener = net.stacks[1]
        .tcp_listen(net.now, address("0.0.0.0:80"), BACKLOG)
        .unwrap();
    for number in 0..50 {
        let frame = forged_syn(number);
        net.stacks[1].handle_frame(net.now, 0, &frame, None, None);
    }
    assert_eq!(notes.count("SynCookieSent"), 50 - BACKLOG);
    let client = net.stacks[0]
        .tcp_connect(net.now, address("10.0.0.2:80"), None)
        .unwrap();
    let mut server = None;
    net.run_until(|net| {
        server = net.stacks[1].tcp_accept(listener).map(|(id, _)| id);
        server.is_some()
    });
    let server = server.unwrap();
    assert!(
        net.now.as_ms() < 1000.0,
        "its first SYN was answered, at {} ms",
        net.now.as_ms()
    );
    assert_eq!(net.stacks[1].tcp_state(server), State::Established);
    let agreed = net.stacks[1].tcp_figures(server).unwrap().agreed;
    assert!(agreed.timestamps && agreed.sack && agreed.window_scale.is_some());
    let octets = vec![7; 50_000];
    net.stacks[0]
        .tcp_write(net.now, client, &octets, None)
        .unwrap();
    let mut got = Vec::new();
    net.run_until(|net| {
        read_some(&mut net.stacks[1], net.now, server, &mut got);
        got.len() == octets.len()
    });
    assert!(got == octets);
}

#[test]
fn a_cookie_is_looked_for_only_while_some_were_sent() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    net.stacks[1]
        .tcp_listen(net.now, address("0.0.0.0:80"), BACKLOG)
        .unwrap();
    net.run_for(Duration::from_secs(1));
    let ends = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
    let header = SegmentHeader {
        source_port: 1000,
        destination_port: 80,
        seq: Seq(78),
        ack: Seq(12345),
        flags: Flags::ACK,
        window: 1000,
        options: Options::default(),
    };
    let segment = header.encode(ends.0, ends.1, &[]);
    let packet = Ipv4Header::new(ends.0, ends.1, PROTOCOL_TCP).encode(&segment);
    let frame = encode_frame(
        MacAddress([2, 0, 0, 0, 0, 2]),
        MacAddress([2, 0, 0, 0, 0, 1]),
        ETHERTYPE_IPV4,
        &packet,
    );
    net.stacks[1].handle_frame(net.now, 0, &frame, None, None);
    net.settle();
    assert_eq!(notes.count("Opened"), 0);
    assert_eq!(notes.count("SegmentIgnored"), 1, "and it is reset");
}
