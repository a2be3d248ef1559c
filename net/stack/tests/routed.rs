//! Hosts with a router between them: hops, errors on the way, leases.

mod harness;

use harness::*;
use std::rc::Rc;
use thru_events::{MacAddress, Tap};
use thru_stack::*;

/// 10.0.1.2 -- 10.0.1.1 router 10.0.2.1 -- 10.0.2.2, the far link with `mtu`.
fn routed(notes: Option<&Rc<Notes>>, mtu: u16) -> Net {
    let tap = |n| notes.map_or(Tap::off(), |notes: &Rc<Notes>| notes.tap(n));
    let host = |net: u8, mtu, tap| {
        let mut config = machine(
            "host",
            net.into(),
            vec![static_interface(0, [10, 0, net, 2], mtu)],
        );
        config.routes = vec![default_route([10, 0, net, 1])];
        Stack::new(config, tap)
    };
    let interfaces = vec![
        static_interface(0, [10, 0, 1, 1], 1500),
        static_interface(1, [10, 0, 2, 1], mtu),
    ];
    let mut router = machine("router", 7, interfaces);
    router.forward = true;
    let stacks = vec![
        host(1, 1500, tap(1)),
        Stack::new(router, tap(2)),
        host(2, 1500, tap(3)),
    ];
    Net::new(stacks, &[((0, 0), (1, 0)), ((1, 1), (2, 0))])
}

#[test]
fn packets_are_passed_on_hop_by_hop() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1500);
    net.open(0, 2, "10.0.2.2:80");
    assert!(notes.names(2).contains(&"PacketForwarded"));
    assert!(
        !notes.names(2).contains(&"PacketReceived"),
        "the router reads none of it"
    );
}

#[test]
fn a_path_with_a_smaller_mtu_is_found_out() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1000);
    let (client, server) = net.open(0, 2, "10.0.2.2:80");
    let data = vec![5; 100_000];
    let now = net.now;
    assert_eq!(
        net.stacks[0].tcp_write(now, client, &data, None),
        Ok(data.len())
    );
    net.stacks[0].tcp_shutdown(now, client, None);
    let mut got = Vec::new();
    net.run_until(|net| read_some(&mut net.stacks[2], net.now, server, &mut got));
    assert_eq!(got, data);
    assert!(notes.names(1).contains(&"IcmpReceived"));
    assert_eq!(notes.count("Fragmented"), 0);
}

#[test]
fn probes_find_every_hop() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 1500);
    let mut answers = Vec::new();
    for ttl in 1..=2 {
        let id = net.stacks[0]
            .probe(net.now, address("10.0.2.2:80"), ttl, None)
            .unwrap();
        net.run_until(|net| net.stacks[0].probe_answer(id).is_some());
        answers.push(net.stacks[0].probe_answer(id).unwrap().0);
        net.stacks[0].probe_end(id);
    }
    let expected = [
        ProbeAnswer::Hop([10, 0, 1, 1].into()),
        ProbeAnswer::Destination([10, 0, 2, 2].into()),
    ];
    assert_eq!(answers, expected);
    assert_eq!(notes.count("HopAnswered"), 1);
    assert_eq!(notes.count("DestinationAnswered"), 1);
}

#[test]
fn a_router_says_that_it_has_no_route_or_no_neighbour() {
    let mut net = routed(None, 1500);
    for (to, from) in [
        ("10.9.9.9:80", "network unreachable"),
        ("10.0.2.77:80", "host unreachable"),
    ] {
        let id = net.stacks[0]
            .tcp_connect(net.now, address(to), None)
            .unwrap();
        net.run_until(|net| net.stacks[0].tcp_status(id) != TcpStatus::Connecting);
        let TcpStatus::Lost(ConnectionLost {
            how: LostHow::Unreachable(error),
            ..
        }) = net.stacks[0].tcp_status(id)
        else {
            panic!("{to} is unreachable");
        };
        assert_eq!(error.meaning(), from);
    }
}

#[test]
fn a_machine_without_address_or_route_says_so_at_once() {
    let mut net = Net::pair(None, 1);
    assert!(matches!(
        net.stacks[0].tcp_connect(net.now, address("8.8.8.8:80"), None),
        Err(ConnectError::NoRoute(_))
    ));
    let interface = InterfaceConfig {
        address: AddressConfig::Dhcp,
        ..static_interface(0, [10, 0, 0, 3], 1500)
    };
    let mut bare = Stack::new(machine("bare", 1, vec![interface]), Tap::off());
    assert_eq!(
        bare.tcp_connect(net.now, address("8.8.8.8:80"), None),
        Err(ConnectError::NoAddress)
    );
}

#[test]
fn a_lease_is_asked_for_given_and_used() {
    let notes = Rc::new(Notes::default());
    let mut router = machine("router", 1, vec![static_interface(0, [10, 0, 0, 1], 1500)]);
    router.dhcp_server = Some(DhcpServerConfig {
        server: [10, 0, 0, 1].into(),
        first: [10, 0, 0, 50].into(),
        last: [10, 0, 0, 60].into(),
        prefix: 24,
        router: Some([10, 0, 0, 1].into()),
        dns: vec![[10, 0, 0, 1].into()],
        lease_s: 600,
    });
    let interface = InterfaceConfig {
        name: "eth0".into(),
        mac: MacAddress([2, 0, 0, 0, 0, 9]),
        mtu: 1500,
        address: AddressConfig::Dhcp,
        detect_conflicts: false,
        remembers: None,
        ipv6: None,
    };
    let host = Stack::new(machine("host", 2, vec![interface]), notes.tap(1));
    let mut net = Net::new(
        vec![host, Stack::new(router, notes.tap(2))],
        &[((0, 0), (1, 0))],
    );
    net.stacks[0].start_dhcp(net.now, None);
    let mut outcome = None;
    net.run_until(|net| {
        outcome = net.stacks[0].lease_outcome();
        outcome.is_some()
    });
    assert_eq!(net.stacks[0].lease_outcome(), outcome, "for all who wait");
    let Some(LeaseOutcome::Bound {
        address: lent,
        cause,
    }) = outcome
    else {
        panic!("a lease");
    };
    assert_eq!(net.stacks[0].address(), Some(lent));
    assert_eq!(
        net.stacks[0].dns_servers(),
        [std::net::Ipv4Addr::new(10, 0, 0, 1)]
    );
    let chain = notes.chain(cause);
    let steps: Vec<_> = chain
        .iter()
        .filter(|name| ["Bound", "Granted", "Requested", "Offered", "Discovered"].contains(name))
        .collect();
    assert_eq!(
        steps,
        [
            &"Bound",
            &"Granted",
            &"Requested",
            &"Offered",
            &"Offered",
            &"Discovered"
        ]
    );
    net.open(0, 1, "10.0.0.1:80");
    net.run_for(std::time::Duration::from_secs(700));
    assert_eq!(net.stacks[0].address(), Some(lent), "it was renewed");
}

#[test]
fn nobody_lends_an_address() {
    let interface = InterfaceConfig {
        address: AddressConfig::Dhcp,
        ..static_interface(0, [10, 0, 0, 3], 1500)
    };
    let mut net = Net::new(
        vec![Stack::new(machine("bare", 1, vec![interface]), Tap::off())],
        &[],
    );
    net.stacks[0].start_dhcp(net.now, None);
    let mut outcome = None;
    net.run_until(|net| {
        outcome = net.stacks[0].lease_outcome();
        outcome.is_some()
    });
    assert_eq!(outcome, Some(LeaseOutcome::Unanswered { cause: None }));
    // Who asks later asks anew, and does not hear of the attempt before.
    net.stacks[0].start_dhcp(net.now, None);
    assert_eq!(net.stacks[0].lease_outcome(), None);
}

#[test]
fn a_piece_that_ends_beyond_every_packet_is_dropped_and_not_cut() {
    let notes = Rc::new(Notes::default());
    let mut net = routed(Some(&notes), 576);
    let header = thru_ip::Ipv4Header {
        fragment_offset: 65_528,
        identification: 7,
        ..thru_ip::Ipv4Header::new(
            [10, 0, 1, 2].into(),
            [10, 0, 2, 2].into(),
            thru_ip::PROTOCOL_UDP,
        )
    };
    let packet = header.encode(&[1; 1000]);
    let (router, host) = (
        MacAddress([2, 0, 0, 0, 1, 1]),
        MacAddress([2, 0, 0, 0, 1, 2]),
    );
    let frame = thru_link::encode_frame(router, host, thru_link::ETHERTYPE_IPV4, &packet);
    let now = net.now;
    net.stacks[1].handle_frame(now, 0, &frame, None, None);
    assert_eq!(notes.count("Fragmented"), 0);
    assert_eq!(
        notes.count("IcmpSent"),
        0,
        "its sender cannot send it otherwise"
    );
    assert!(notes.events.borrow().iter().any(|(.., event)| matches!(
        event,
        thru_events::Event::Ip(thru_events::ip::IpEvent::PacketDropped { why, .. })
            if why == "the pieces make more than 65535 octets"
    )));
}
