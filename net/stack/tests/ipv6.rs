//! IPv6 on two links and a router between them: addresses, neighbours, errors, pieces.

mod harness;

use harness::*;
use std::{net::Ipv6Addr, rc::Rc, time::Duration};
use thru_events::{Event, Tap, lease::LeaseEvent, link::LinkEvent};
use thru_stack::*;

const SERVER: &str = "[2001:db8:2::80]:80";

fn interface(n: u8, own: &[&str], ipv6: Ipv6Config) -> InterfaceConfig {
    let written = own.iter().map(|text| (text.parse().unwrap(), 64));
    InterfaceConfig {
        address: AddressConfig::None,
        ipv6: Some(Ipv6Config {
            addresses: written.collect(),
            ..ipv6
        }),
        ..static_interface(n, [10, 0, 1, n], 1500)
    }
}

fn host(n: u8) -> InterfaceConfig {
    let auto = Ipv6Config {
        autoconfigure: true,
        ..Ipv6Config::default()
    };
    interface(n, &[], auto)
}

fn advertising(network: &str) -> Ipv6Config {
    Ipv6Config {
        advertise: Some(AdvertiserConfig {
            prefixes: vec![PrefixInformation {
                prefix: network.parse().unwrap(),
                length: 64,
                on_link: true,
                autonomous: true,
                valid_s: 86_400,
                preferred_s: 14_400,
            }],
            lifetime_s: 1800,
            mtu: None,
            dns: vec!["2001:db8:2::53".parse().unwrap()],
        }),
        ..Ipv6Config::default()
    }
}

/// A host (0) that makes its own address, a router (1), and a server (2) whose address is written
/// down. `far_mtu` is that of the router's link to the server.
fn routed(notes: Option<&Rc<Notes>>, far_mtu: u16) -> Net {
    let tap = |n| notes.map_or(Tap::off(), |notes| notes.tap(n));
    let router = StackConfig {
        forward: true,
        ..machine(
            "router",
            2,
            vec![
                interface(1, &["2001:db8:1::1"], advertising("2001:db8:1::")),
                InterfaceConfig {
                    mtu: far_mtu,
                    ..interface(2, &["2001:db8:2::1"], Ipv6Config::default())
                },
            ],
        )
    };
    let server = StackConfig {
        routes: vec![RouteConfig {
            prefix: Ipv6Addr::UNSPECIFIED.into(),
            len: 0,
            via: Some("2001:db8:2::1".parse().unwrap()),
            interface: 0,
        }],
        ..machine(
            "server",
            3,
            vec![interface(3, &["2001:db8:2::80"], Ipv6Config::default())],
        )
    };
    let mut net = Net::new(
        vec![
            Stack::new(machine("host", 1, vec![host(4)]), tap(0)),
            Stack::new(router, tap(1)),
            Stack::new(server, tap(2)),
        ],
        &[((0, 0), (1, 0)), ((1, 1), (2, 0))],
    );
    for stack in &mut net.stacks {
        stack.start_ipv6(net.now, None);
    }
    net.run_until(|net| net.stacks.iter().all(Stack::is_ipv6_settled));
    // The host asked for a router at once, and its own address was asked about after the answer.
    net.run_for(Duration::from_secs(3));
    net
}

fn open(net: &mut Net, to: &str) -> (SocketId, SocketId) {
    let listener = net.stacks[2]
        .tcp_listen(net.now, address("[::]:80"), 8)
        .unwrap();
    let client = net.stacks[0]
        .tcp_connect(net.now, address(to), None)
        .unwrap();
    let mut server = None;
    net.run_until(|net| {
        server = net.stacks[2].tcp_accept(listener).map(|(id, _)| id);
        server.is_some()
    });
    (client, server.unwrap())
}

/// Sends so many octets from the host to the server.
fn transfer(net: &mut Net, client: SocketId, server: SocketId, count: usize) -> Vec<u8> {
    let octets: Vec<u8> = (0..count).map(|n| n as u8).collect();
    let (mut written, mut read) = (0, Vec::new());
    net.run_until(|net| {
        let now = net.now;
        written += net.stacks[0]
            .tcp_write(now, client, &octets[written..], None)
            .unwrap();
        read_some(&mut net.stacks[2], now, server, &mut read);
        read.len() == count
    });
    read
}

#[test]
fn a_host_makes_its_address_and_reaches_a_server_over_the_router() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1500);
    let own: Vec<String> = net.stacks[0]
        .ipv6_addresses()
        .iter()
        .map(|(address, prefix)| format!("{address}/{prefix}"))
        .collect();
    assert_eq!(own, ["fe80::ff:fe00:104/64", "2001:db8:1::ff:fe00:104/64"]);
    let dns: Vec<Ipv6Addr> = vec!["2001:db8:2::53".parse().unwrap()];
    assert_eq!(net.stacks[0].ipv6_dns_servers(), dns);
    let (client, server) = open(&mut net, SERVER);
    let (_, local, _) = net.stacks[0].tcp_ends(client).unwrap();
    assert_eq!(local.ip().to_string(), "2001:db8:1::ff:fe00:104");
    assert_eq!(net.stacks[0].tcp_figures(client).unwrap().mss, 1428);
    let read = transfer(&mut net, client, server, 100_000);
    assert!(
        read.iter()
            .enumerate()
            .all(|(at, octet)| at as u8 == *octet)
    );
    for name in [
        "RouterAdvertised",
        "RouterLearned",
        "Formed",
        "Verified",
        "NeighbourSolicited",
    ] {
        assert!(notes.count(name) > 0, "{name}");
    }
    assert_eq!(notes.count("NeighbourConflict"), 0);
}

#[test]
fn an_address_that_somebody_has_is_never_used() {
    let notes = Rc::new(Notes::default());
    let same = ["2001:db8:9::5"];
    let stack = |n: u8| {
        let own = interface(n, &same, Ipv6Config::default());
        Stack::new(machine("twin", n.into(), vec![own]), notes.tap(n.into()))
    };
    let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
    net.stacks[0].start_ipv6(net.now, None);
    net.run_for(Duration::from_secs(2));
    net.stacks[1].start_ipv6(net.now, None);
    net.run_for(Duration::from_secs(2));
    let has = |net: &Net, n: usize| net.stacks[n].ipv6_addresses().len();
    assert_eq!((has(&net, 0), has(&net, 1)), (2, 1));
    let expired = notes.events.borrow().iter().any(|(.., event)| {
        matches!(event, Event::Lease(LeaseEvent::Expired { why, .. }) if why.contains("has it"))
    });
    assert!(expired);
}

#[test]
fn two_that_ask_about_one_address_at_once_both_leave_it() {
    let same = ["2001:db8:9::5"];
    let stack = |n: u8| {
        let own = interface(n, &same, Ipv6Config::default());
        Stack::new(machine("twin", n.into(), vec![own]), Tap::off())
    };
    let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
    for n in 0..2 {
        net.stacks[n].start_ipv6(net.now, None);
    }
    net.run_for(Duration::from_secs(2));
    for n in 0..2 {
        assert_eq!(
            net.stacks[n].ipv6_addresses().len(),
            1,
            "the link's own alone"
        );
    }
}

#[test]
fn a_narrow_link_is_told_by_packet_too_big_and_remembered() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1400);
    let (client, server) = open(&mut net, SERVER);
    let read = transfer(&mut net, client, server, 50_000);
    assert_eq!(read.len(), 50_000);
    assert_eq!(net.stacks[0].tcp_figures(client).unwrap().mss, 1400 - 72);
    assert_eq!(notes.count("PathMtuLearned"), 1);
    // The next connection begins with it.
    let again = net.stacks[0]
        .tcp_connect(net.now, address(SERVER), None)
        .unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(again) == TcpStatus::Open);
    assert_eq!(net.stacks[0].tcp_figures(again).unwrap().mss, 1400 - 72);
}

#[test]
fn a_long_datagram_is_cut_at_its_source_and_put_together() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1500);
    let to = net.stacks[2].udp_bind(address("[::]:9")).unwrap();
    let from = net.stacks[0].udp_bind(address("[::]:0")).unwrap();
    let octets = vec![7; 4000];
    let there = address("[2001:db8:2::80]:9");
    net.stacks[0]
        .udp_send(net.now, from, &octets, there, None)
        .unwrap();
    let mut received = None;
    net.run_until(|net| {
        received = net.stacks[2].udp_receive(to);
        received.is_some()
    });
    assert_eq!(received.unwrap().unwrap().octets, octets);
    assert_eq!(
        (notes.count("Fragmented"), notes.count("Reassembled")),
        (1, 1)
    );
}

#[test]
fn errors_come_back_to_the_socket_that_asked() {
    let mut net = routed(None, 1500);
    let from = net.stacks[0].udp_bind(address("[::]:0")).unwrap();
    for (to, meaning) in [
        ("[2001:db8:2::80]:7", "port unreachable"),
        ("[2001:db8:77::1]:7", "network unreachable"),
        ("[2001:db8:2::99]:7", "host unreachable"),
    ] {
        net.stacks[0]
            .udp_send(net.now, from, b"x", address(to), None)
            .unwrap();
        let mut told = None;
        net.run_until(|net| {
            told = net.stacks[0].udp_receive(from);
            told.is_some()
        });
        let error = told.unwrap().unwrap_err();
        let LostHow::Unreachable(error) = error.how else {
            panic!("{to}: {error:?}");
        };
        assert_eq!(error.meaning(), meaning, "{to}");
    }
}

#[test]
fn a_neighbour_that_never_answers_ends_the_attempt() {
    let mut net = routed(None, 1500);
    let gone = address("[2001:db8:1::99]:80");
    let id = net.stacks[0].tcp_connect(net.now, gone, None).unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(id) != TcpStatus::Connecting);
    let TcpStatus::Lost(lost) = net.stacks[0].tcp_status(id) else {
        panic!("nobody is there");
    };
    assert_eq!(lost.how, LostHow::NeighbourSilent);
}

#[test]
fn a_neighbour_is_asked_again_only_if_nothing_is_heard() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1500);
    let (client, server) = open(&mut net, SERVER);
    transfer(&mut net, client, server, 1000);
    let solicited = notes.count("NeighbourSolicited");
    // Long after, TCP hears: no question. UDP hears nothing: the router is asked.
    net.run_for(Duration::from_secs(40));
    transfer(&mut net, client, server, 1000);
    net.run_for(Duration::from_secs(10));
    let by_tcp = notes.count("NeighbourSolicited");
    let asked_by_the_host = |notes: &Notes| {
        let events = notes.events.borrow();
        let of_router = |event: &Event| {
            matches!(
                event,
                Event::Link(LinkEvent::NeighbourSolicited { to_all: false, .. })
            )
        };
        events.iter().filter(|(.., event)| of_router(event)).count()
    };
    let before = asked_by_the_host(&notes);
    net.run_for(Duration::from_secs(60));
    let from = net.stacks[0].udp_bind(address("[::]:0")).unwrap();
    let there = address("[2001:db8:2::80]:9");
    net.stacks[0]
        .udp_send(net.now, from, b"x", there, None)
        .unwrap();
    net.run_for(Duration::from_secs(10));
    assert!(asked_by_the_host(&notes) > before, "{solicited} {by_tcp}");
}

#[test]
fn both_families_live_side_by_side() {
    let own = |n: u8| InterfaceConfig {
        address: AddressConfig::Static {
            address: [10, 0, 1, n].into(),
            prefix: 24,
        },
        ..interface(n, &[&format!("2001:db8:5::{n}")], Ipv6Config::default())
    };
    let stack = |n: u8| Stack::new(machine("both", n.into(), vec![own(n)]), Tap::off());
    let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
    for n in 0..2 {
        net.stacks[n].start_ipv6(net.now, None);
    }
    net.run_for(Duration::from_secs(2));
    let listener = net.stacks[1]
        .tcp_listen(net.now, address("[::]:80"), 8)
        .unwrap();
    for to in ["10.0.1.2:80", "[2001:db8:5::2]:80"] {
        let id = net.stacks[0]
            .tcp_connect(net.now, address(to), None)
            .unwrap();
        net.run_until(|net| net.stacks[0].tcp_status(id) == TcpStatus::Open);
        net.run_until(|net| net.stacks[1].tcp_accept(listener).is_some());
    }
}
