//! What filters and address translation decide about packets on a router's way, and a listener
//! that is full.

mod harness;

use harness::*;
use std::{net::Ipv4Addr, rc::Rc, time::Duration};
use thru_events::{Cause, Event, Tap, Time, ip::IpEvent, tcp::TcpEvent};
use thru_ip::{IcmpError, Ipv4Header, Ipv4Packet, UnreachableCode};
use thru_stack::*;
use thru_transport::tcp::Segment;

const NEAR: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 2);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 1);

/// Decides the same about every packet of one direction.
struct Always {
    inbound: Option<PathVerdict>,
    outbound: Option<PathVerdict>,
}

fn with_cause(verdict: &Option<PathVerdict>, cause: Cause) -> PathVerdict {
    match verdict.clone() {
        Some(PathVerdict::Drop { why, .. }) => PathVerdict::Drop { why, cause },
        Some(PathVerdict::Reject { how, .. }) => PathVerdict::Reject { how, cause },
        _ => PathVerdict::Continue(cause),
    }
}

impl Forwarding for Always {
    fn inbound(
        &mut self,
        _: Time,
        _: usize,
        _: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        with_cause(&self.inbound, cause)
    }

    fn outbound(
        &mut self,
        _: Time,
        _: usize,
        _: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        with_cause(&self.outbound, cause)
    }
}

/// Hides the near host behind the router's outside address.
struct Masquerade;

fn readdress(octets: &mut Vec<u8>, change: impl FnOnce(&mut Ipv4Header)) {
    let packet = Ipv4Packet::parse(octets).unwrap();
    let mut header = packet.header.clone();
    let segment = Segment::parse(packet.payload, header.source, header.destination).unwrap();
    change(&mut header);
    let payload = segment
        .header
        .encode(header.source, header.destination, segment.payload);
    let changed = header.encode(&payload);
    *octets = changed;
}

impl Forwarding for Masquerade {
    fn inbound(
        &mut self,
        _: Time,
        interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        if interface == 1 {
            readdress(packet, |header| header.destination = NEAR);
        }
        PathVerdict::Continue(cause)
    }

    fn outbound(
        &mut self,
        _: Time,
        interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        if interface == 1 {
            readdress(packet, |header| header.source = OUTSIDE);
        }
        PathVerdict::Continue(cause)
    }
}

/// 10.0.1.2 -- 10.0.1.1 router 10.0.2.1 -- 10.0.2.2, with `forwarding` on the router's way.
fn routed(notes: &Rc<Notes>, forwarding: impl Forwarding + 'static) -> Net {
    let host = |net: u8, tap| {
        let interface = static_interface(0, [10, 0, net, 2], 1500);
        let mut config = machine("host", net.into(), vec![interface]);
        config.routes = vec![default_route([10, 0, net, 1])];
        Stack::new(config, tap)
    };
    let interfaces = vec![
        static_interface(0, [10, 0, 1, 1], 1500),
        static_interface(1, [10, 0, 2, 1], 1500),
    ];
    let mut config = machine("router", 7, interfaces);
    config.forward = true;
    let mut router = Stack::new(config, notes.tap(2));
    router.set_forwarding(Box::new(forwarding));
    let stacks = vec![host(1, notes.tap(1)), router, host(2, notes.tap(3))];
    Net::new(stacks, &[((0, 0), (1, 0)), ((1, 1), (2, 0))])
}

fn connect(net: &mut Net) -> SocketId {
    let now = net.now;
    net.stacks[2]
        .tcp_listen(now, address("0.0.0.0:80"), 4)
        .unwrap();
    net.stacks[0]
        .tcp_connect(now, address("10.0.2.2:80"), None)
        .unwrap()
}

fn dropped(notes: &Notes, words: &str) -> usize {
    let events = notes.events.borrow();
    let of_it = |event: &Event| matches!(event, Event::Ip(IpEvent::PacketDropped { why, .. }) if why.as_ref() == words);
    events.iter().filter(|(.., event)| of_it(event)).count()
}

fn on_each_side(verdict: PathVerdict) -> [Always; 2] {
    let coming = Always {
        inbound: Some(verdict.clone()),
        outbound: None,
    };
    let going = Always {
        inbound: None,
        outbound: Some(verdict),
    };
    [coming, going]
}

#[test]
fn what_a_filter_drops_gets_no_answer() {
    let verdict = PathVerdict::Drop {
        why: "rule 7".into(),
        cause: None,
    };
    for filter in on_each_side(verdict) {
        let notes = Rc::new(Notes::default());
        let mut net = routed(&notes, filter);
        let id = connect(&mut net);
        net.run_for(Duration::from_secs(4));
        assert_eq!(net.stacks[0].tcp_status(id), TcpStatus::Connecting);
        assert_eq!(dropped(&notes, "rule 7"), 3, "SYN at 0, 1 and 3 s");
        assert_eq!(notes.count("IcmpSent") + notes.count("PacketForwarded"), 0);
        assert!(!notes.names(3).contains(&"FrameReceived"));
    }
}

#[test]
fn what_a_filter_resets_is_refused_in_the_servers_name() {
    let verdict = PathVerdict::Reject {
        how: Rejection::Reset,
        cause: None,
    };
    for filter in on_each_side(verdict) {
        let notes = Rc::new(Notes::default());
        let mut net = routed(&notes, filter);
        let id = connect(&mut net);
        net.run_until(|net| net.stacks[0].tcp_status(id) != TcpStatus::Connecting);
        let status = net.stacks[0].tcp_status(id);
        assert!(
            matches!(status, TcpStatus::Lost(lost) if lost.how == LostHow::Refused),
            "{status:?}"
        );
        assert_eq!(dropped(&notes, "a filter refuses it"), 1);
        assert_eq!(notes.count("IcmpSent"), 0);
    }
}

#[test]
fn what_a_filter_prohibits_is_told_by_icmp() {
    let verdict = PathVerdict::Reject {
        how: Rejection::Icmp(UnreachableCode::AdministrativelyProhibited),
        cause: None,
    };
    let prohibited = LostHow::Unreachable(IcmpError::Unreachable(
        UnreachableCode::AdministrativelyProhibited,
    ));
    for filter in on_each_side(verdict) {
        let notes = Rc::new(Notes::default());
        let mut net = routed(&notes, filter);
        let id = connect(&mut net);
        net.run_until(|net| net.stacks[0].tcp_status(id) != TcpStatus::Connecting);
        let TcpStatus::Lost(lost) = net.stacks[0].tcp_status(id) else {
            panic!("it is lost");
        };
        assert_eq!(lost.how, prohibited);
        assert!(notes.chain(lost.evidence).contains(&"PacketDropped"));
        assert_eq!(dropped(&notes, "a filter refuses it"), 1);
    }
}

#[test]
fn translated_packets_find_their_way_there_and_back() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(&notes, Masquerade);
    let (client, server) = net.open(0, 2, "10.0.2.2:80");
    let now = net.now;
    net.stacks[0]
        .tcp_write(now, client, b"who am I?", None)
        .unwrap();
    let mut got = Vec::new();
    net.run_until(|net| {
        read_some(&mut net.stacks[2], net.now, server, &mut got);
        !got.is_empty()
    });
    assert_eq!(got, b"who am I?");
    let events = notes.events.borrow();
    let seen = events.iter().find_map(|(.., event)| match event {
        Event::Tcp(TcpEvent::Accepted { remote, .. }) => Some(remote.ip()),
        _ => None,
    });
    assert_eq!(seen, Some(OUTSIDE.into()), "the server sees the router");
    let to_near = |event: &Event| matches!(event, Event::Ip(IpEvent::PacketForwarded { destination, .. }) if *destination == NEAR);
    assert!(events.iter().any(|(.., event)| to_near(event)));
}

#[test]
fn a_full_backlog_ignores_a_syn_until_someone_is_accepted() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let now = net.now;
    let listener = net.stacks[1]
        .tcp_listen(now, address("0.0.0.0:80"), 2)
        .unwrap();
    let connect = |net: &mut Net| {
        let now = net.now;
        net.stacks[0]
            .tcp_connect(now, address("10.0.0.2:80"), None)
            .unwrap()
    };
    let first = [connect(&mut net), connect(&mut net)];
    net.run_for(Duration::from_millis(100));
    let ids = [first[0], first[1], connect(&mut net)];
    net.run_for(Duration::from_millis(400));
    let status = |net: &Net| ids.map(|id| net.stacks[0].tcp_status(id));
    use TcpStatus::{Connecting, Open};
    assert_eq!(status(&net), [Open, Open, Connecting]);
    let full = |event: &Event| matches!(event, Event::Tcp(TcpEvent::SegmentIgnored { why, .. }) if why.as_ref() == "the listener's backlog is full");
    let ignored = notes
        .events
        .borrow()
        .iter()
        .filter(|(.., event)| full(event))
        .count();
    assert_eq!(ignored, 1);
    assert!(net.stacks[1].tcp_accept(listener).is_some());
    net.run_for(Duration::from_secs(1));
    assert_eq!(status(&net), [Open, Open, Open], "its SYN went again");
}
