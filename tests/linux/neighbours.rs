//! Who is behind an address of IPv6, and who has which: asked on the wire, both ways.

use crate::{
    Case, kernel,
    wired::{Ipv6, LINUX_IPV6, OURS_IPV6, ROUTER_IPV6, Setting, Steps, Wired, at},
};
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv6Addr, Shutdown, TcpListener, TcpStream, UdpSocket},
};
use thru_events::link::LinkEvent;
use thru_port::{read, shutdown, write_all};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "both_find_their_neighbour_by_ipv6",
            both_find_their_neighbour,
        ),
        Case::new(
            "linux_makes_its_address_of_our_network",
            linux_makes_its_address,
        ),
        Case::new("too_big_is_told_to_linux_by_icmpv6", too_big_is_told),
    ]
}

/// Reads a word and says one, on our side.
fn answering(wired: &Wired, port: u16) -> Steps {
    let (ours, steps) = (wired.port(), Steps::default());
    let ready = steps.clone();
    wired.spawn(async move {
        ours.ready(None).await.expect("addresses");
        let listener = ours.listen(at(OURS_IPV6, port)).expect("it is free");
        ready.reach(1);
        let mut stream = listener.accept().await.expect("a connection");
        let mut heard = [0; 16];
        let count = read(&mut *stream, &mut heard).await.expect("a word");
        write_all(&mut *stream, &heard[..count])
            .await
            .expect("it is said");
        shutdown(&mut *stream).await.expect("our end");
        assert_eq!(read(&mut *stream, &mut heard).await.expect("its end"), 0);
    });
    steps
}

/// Says a word and hears it again, on Linux's side.
fn echoed(to: Ipv6Addr, port: u16) -> IpAddr {
    let mut stream = TcpStream::connect((to, port)).expect("open");
    stream.write_all(b"word").expect("said");
    stream.shutdown(Shutdown::Write).expect("its end");
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("heard");
    assert_eq!(heard, b"word");
    stream.local_addr().expect("an end").ip()
}

/// Our router asks Linux, as it has a packet for it; Linux asks our router. What Linux's frames do in
/// the router is no part of the record; that the connections open says that both learned.
fn both_find_their_neighbour() {
    let setting = Setting {
        ipv6: Ipv6::Written,
        ..Setting::default()
    };
    let wired = Wired::new(&setting);
    let listener = TcpListener::bind((LINUX_IPV6, 15)).expect("it is free");
    let (port, steps) = (wired.port(), answering(&wired, 16));
    wired.spawn(async move {
        port.ready(None).await.expect("addresses");
        let connected = port.connect(at(LINUX_IPV6, 15), None).await;
        let mut stream = connected.expect("open").stream;
        shutdown(&mut *stream).await.expect("our end");
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
    });
    let known = wired.run(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        assert_eq!(stream.read(&mut [0; 1]).expect("our end"), 0);
        drop(stream);
        steps.wait(1);
        echoed(OURS_IPV6, 16);
        Wired::neighbours()
    });
    let asked = |event: &LinkEvent| matches!(event, LinkEvent::NeighbourSolicited { address, to_all: true, .. } if *address == LINUX_IPV6);
    let seen = wired.seen.neighbours();
    assert!(seen.iter().any(asked), "{seen:?}");
    let router = ROUTER_IPV6.to_string();
    let line = known.lines().find(|line| line.starts_with(&router));
    let line = line.unwrap_or_else(|| panic!("Linux does not know {router}: {known}"));
    // The second machine of the topology, its first interface.
    assert!(line.contains("lladdr 02:00:00:00:01:00"), "{line}");
    assert!(line.contains("router"), "{line}");
}

/// Linux has no address of IPv6 but the link's, hears our router, makes one, and finds the way.
fn linux_makes_its_address() {
    let setting = Setting {
        ipv6: Ipv6::FromRouter,
        ..Setting::default()
    };
    let wired = Wired::new(&setting);
    let steps = answering(&wired, 17);
    let (own, known) = wired.run(move || {
        steps.wait(1);
        let usable = || {
            let own = Wired::own_addresses();
            own.contains("2001:db8:7:") && !own.contains("tentative")
        };
        kernel::await_that(usable).expect("Linux makes an address");
        (echoed(OURS_IPV6, 17), Wired::neighbours())
    });
    let IpAddr::V6(own) = own else {
        panic!("{own} is of the other family");
    };
    assert_eq!(own.segments()[..4], [0x2001, 0xdb8, 7, 0]);
    // Its way to us begins at the router's address of the link.
    assert!(
        known
            .lines()
            .any(|line| line.starts_with("fe80::") && line.contains("router")),
        "{known}"
    );
}

/// A datagram that the second link does not take: Linux keeps what the router says, and cuts.
fn too_big_is_told() {
    let setting = Setting {
        ipv6: Ipv6::Written,
        mtu: Some(1300),
        ..Setting::default()
    };
    let wired = Wired::new(&setting);
    let (port, steps) = (wired.port(), Steps::default());
    let (ready, told) = (steps.clone(), steps);
    wired.spawn(async move {
        port.ready(None).await.expect("addresses");
        let socket = port.datagrams(at(OURS_IPV6, 18)).expect("it is free");
        ready.reach(1);
        let received = socket.receive().await.expect("a datagram");
        assert_eq!(received.octets.len(), 1400);
        // The first is too big for the way back, which is found out by that.
        for _ in 0..2 {
            let sent = socket.send(&received.octets, received.from, received.cause);
            sent.await.expect("sent back");
            port.sleep(kernel::LOOK_AGAIN).await;
        }
    });
    wired.run(move || {
        told.wait(1);
        let socket = UdpSocket::bind((LINUX_IPV6, 0)).expect("a socket");
        socket.send_to(&[7; 1400], (OURS_IPV6, 18)).expect("sent");
        let ours = OURS_IPV6.to_string();
        let mut way = String::new();
        let heard = || {
            way = kernel::tool("ip", &["-6", "route", "get", &ours]);
            way.contains("mtu 1300")
        };
        let heard = kernel::await_that(heard);
        heard.unwrap_or_else(|()| panic!("Linux does not hear how much fits: {way}"));
        // In two pieces; so does our second answer come back.
        socket.send_to(&[7; 1400], (OURS_IPV6, 18)).expect("sent");
        let (count, _) = socket.recv_from(&mut [0; 2000]).expect("it comes back");
        assert_eq!(count, 1400);
    });
}
