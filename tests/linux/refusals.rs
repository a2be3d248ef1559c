//! Resets, closed ports, and what the kernel knows of us as a neighbour.

use crate::{
    Case, kernel,
    wired::{LINUX, OURS, Setting, Wired, at},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpStream, UdpSocket},
    time::Duration,
};
use thru_port::{PortFailureKind, read, write_all};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("linux_is_refused", linux_is_refused),
        Case::new("we_are_refused", we_are_refused),
        Case::new("linux_resets", linux_resets),
        Case::new("we_reset", we_reset),
        Case::new("datagrams_whole_and_in_pieces", datagrams),
        Case::new("neighbours_and_closed_udp_ports", neighbours),
    ]
}

const PORT: u16 = 7;

fn linux_is_refused() {
    let wired = Wired::new(&Setting::default());
    let refused = wired.run(|| TcpStream::connect((OURS, PORT)).map(|_| ()));
    let kind = refused.map_err(|error| error.kind());
    assert_eq!(kind, Err(ErrorKind::ConnectionRefused));
}

fn we_are_refused() {
    let wired = Wired::new(&Setting::default());
    let port = wired.port();
    wired.spawn(async move {
        let refused = port.connect(at(LINUX, PORT), None).await.err();
        let kind = refused.map(|failure| failure.kind);
        assert_eq!(kind, Some(PortFailureKind::Refused));
    });
    wired.run(|| ());
    assert_eq!(wired.seen.states(), ["SYN-SENT", "CLOSED"]);
}

fn linux_resets() {
    let wired = Wired::new(&Setting::default());
    let listener = wired.port().listen(at(OURS, PORT)).expect("it is free");
    wired.spawn(async move {
        let mut stream = listener.accept().await.expect("a connection");
        // Linux leaves without having read this.
        write_all(&mut *stream, b"unread").await.expect("said");
        let failure = read(&mut *stream, &mut [0; 1]).await.expect_err("a reset");
        assert_eq!(failure.kind, PortFailureKind::Reset);
    });
    wired.run(|| {
        let stream = TcpStream::connect((OURS, PORT)).expect("open");
        let mut waits = [0; 1];
        stream.peek(&mut waits).expect("something to be read");
        drop(stream);
    });
    assert_eq!(wired.seen.state(), "CLOSED");
}

fn we_reset() {
    let wired = Wired::new(&Setting::default());
    let listener = wired.port().listen(at(OURS, 12)).expect("it is free");
    wired.spawn(async move {
        let mut stream = listener.accept().await.expect("a connection");
        read(&mut *stream, &mut [0; 5]).await.expect("heard");
        stream.abort();
    });
    let kind = wired.run(|| {
        let mut stream = TcpStream::connect((OURS, 12)).expect("open");
        stream.write_all(b"hello").expect("said");
        let failed = stream.read(&mut [0; 1]);
        assert!(kernel::connections(12).is_empty());
        failed.map_err(|error| error.kind())
    });
    assert_eq!(kind, Err(ErrorKind::ConnectionReset));
}

/// Larger than a frame: Linux cuts them, we put them together, and the other way.
fn datagrams() {
    let wired = Wired::new(&Setting::default());
    let socket = wired.port().datagrams(at(OURS, PORT)).expect("it is free");
    const SIZES: [usize; 4] = [1, 1472, 1473, 60_000];
    wired.spawn(async move {
        for _ in SIZES {
            let received = socket.receive().await.expect("a datagram");
            let sent = socket.send(&received.octets, received.from, received.cause);
            sent.await.expect("sent");
        }
    });
    wired.run(|| {
        let socket = UdpSocket::bind((LINUX, 0)).expect("a socket");
        socket
            .set_read_timeout(Some(kernel::LIMIT))
            .expect("a limit");
        for size in SIZES {
            let octets = crate::wired::content(size);
            socket.send_to(&octets, (OURS, PORT)).expect("sent");
            let mut back = vec![0; 65_536];
            let (count, _) = socket.recv_from(&mut back).expect("it comes back");
            assert!(back[..count] == octets, "{size}");
        }
    });
}

fn neighbours() {
    let wired = Wired::new(&Setting::default());
    let known = wired.run(|| {
        let socket = UdpSocket::bind((LINUX, 0)).expect("a socket");
        socket.connect((OURS, PORT)).expect("a way");
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a limit");
        socket.send(b"anybody?").expect("sent");
        // ICMP "port unreachable" comes back to the socket.
        let refused = socket.recv(&mut [0; 1]).map_err(|error| error.kind());
        assert_eq!(refused, Err(ErrorKind::ConnectionRefused));
        kernel::tool("ip", &["neigh", "show", "dev", "lab0"])
    });
    // The router's hardware address: second machine, first interface.
    assert!(
        known.contains("10.7.0.2 lladdr 02:00:00:00:01:00"),
        "{known}"
    );
}
