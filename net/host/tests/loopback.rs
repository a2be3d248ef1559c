//! Conversations with the kernel over loopback: what happens, and what is stated about it.

use std::{cell::RefCell, rc::Rc, time::Duration};
use thru_events::{
    Cause, CpuWork, Event, EventId, Provenance, Recorder, Vantage, close::CloseEvent,
};
use thru_host::{Capture, FramesWanted, HostClock, HostOptions, HostPort, run};
use thru_octets::{BytesId, Span};
use thru_port::{Port, PortFailureKind, ProbeAnswer, Stream, read, shutdown, write_all};

#[derive(Default)]
struct Lines(RefCell<Vec<(Provenance, Cause, Event)>>);

impl Recorder for Lines {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        _vantage: Vantage,
        _span: Option<Span>,
        event: Event,
    ) -> Cause {
        self.0.borrow_mut().push((provenance, cause, event));
        EventId::from_index(self.0.borrow().len() - 1)
    }

    fn keep(&self, _octets: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _event: Cause, _work: CpuWork) {}
}

fn world() -> (HostPort, Rc<Lines>) {
    world_with(FramesWanted::No)
}

fn world_with(wanted: FramesWanted) -> (HostPort, Rc<Lines>) {
    let lines = Rc::new(Lines::default());
    let options = HostOptions {
        recorder: Some(lines.clone()),
        fresh: true,
        frames: Capture::open(wanted),
        ..HostOptions::default()
    };
    (HostPort::new(HostClock::start(), options), lines)
}

fn names(lines: &Lines) -> Vec<String> {
    let lines = lines.0.borrow();
    lines
        .iter()
        .map(|(_, _, event)| format!("{}.{}", event.stage().id(), event.name()))
        .collect()
}

#[test]
fn a_connection_from_open_to_close_is_told_by_the_client() {
    let (server, _) = world();
    let (client, lines) = world();
    run(async {
        let listener = server.listen(([127, 0, 0, 1], 0).into()).unwrap();
        let accepted = listener.accept();
        let mut near = client.connect(listener.local(), None).await.unwrap().stream;
        let mut far = accepted.await.unwrap();
        write_all(near.as_mut(), b"ping").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(read(far.as_mut(), &mut buffer).await.unwrap(), 4);
        write_all(far.as_mut(), b"pong!").await.unwrap();
        assert_eq!(read(near.as_mut(), &mut buffer).await.unwrap(), 5);
        shutdown(far.as_mut()).await.unwrap();
        assert_eq!(read(near.as_mut(), &mut buffer).await.unwrap(), 0);
        shutdown(near.as_mut()).await.unwrap();
    })
    .unwrap();
    let expected = [
        "tcp.ConnectStarted",
        "tcp.Opened",
        "tcp.KernelFigures",
        "tcp.DataArrived",
        "close.PeerFinished",
        "close.Started",
        "tcp.KernelFigures",
        "close.Closed",
    ];
    assert_eq!(names(&lines), expected);
    let first_without_cause = |(_, cause, _): &(_, Cause, _)| cause.is_none();
    assert_eq!(
        lines
            .0
            .borrow()
            .iter()
            .filter(|l| first_without_cause(l))
            .count(),
        1
    );
}

/// A connection that the peer resets after the first octets.
fn reset_by_the_peer(after: impl AsyncFn(&mut dyn Stream)) -> Rc<Lines> {
    let (server, _) = world();
    let (client, lines) = world();
    run(async {
        let listener = server.listen(([127, 0, 0, 1], 0).into()).unwrap();
        let accepted = listener.accept();
        let mut near = client.connect(listener.local(), None).await.unwrap().stream;
        let mut far = accepted.await.unwrap();
        write_all(near.as_mut(), b"ping").await.unwrap();
        far.abort();
        after(near.as_mut()).await;
    })
    .unwrap();
    lines
}

fn how_it_closed(lines: &Lines) -> String {
    let lines = lines.0.borrow();
    let closed = lines.iter().find_map(|(_, _, event)| match event {
        Event::Close(CloseEvent::Closed { how, .. }) => Some(how.to_string()),
        _ => None,
    });
    closed.expect("it closed")
}

#[test]
fn a_reset_is_no_fin_however_often_is_read() {
    let lines = reset_by_the_peer(async |near| {
        for _ in 0..3 {
            let failure = read(near, &mut [0; 16]).await.expect_err("it was reset");
            assert_eq!(failure.kind, PortFailureKind::Reset);
        }
        shutdown(near).await.unwrap();
    });
    let names = names(&lines);
    let failed = names.iter().filter(|name| *name == "tcp.Failed").count();
    assert_eq!(failed, 1, "{names:?}");
    assert!(
        !names.contains(&"close.PeerFinished".to_owned()),
        "{names:?}"
    );
    assert_eq!(how_it_closed(&lines), "reset by the peer");
}

#[test]
fn a_reset_that_nobody_read_is_told_at_the_close() {
    assert_eq!(
        how_it_closed(&reset_by_the_peer(async |_| ())),
        "reset by the peer"
    );
    let lines = reset_by_the_peer(async |near| {
        shutdown(near).await.unwrap();
        let failure = read(near, &mut [0; 16]).await.expect_err("it was reset");
        assert_eq!(failure.kind, PortFailureKind::Reset);
    });
    assert_eq!(how_it_closed(&lines), "reset by the peer");
}

#[test]
fn nobody_listens_is_refused() {
    let (client, lines) = world();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let failure = run(client.connect(address, None)).unwrap();
    let failure = failure.err().expect("nobody listens");
    assert_eq!(failure.kind, PortFailureKind::Refused);
    assert_eq!(failure.address, Some(address));
    assert_eq!(names(&lines), ["tcp.ConnectStarted", "tcp.Failed"]);
}

#[test]
fn a_datagram_to_a_closed_port_comes_back_as_refused_with_its_address() {
    let (client, _) = world();
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let failure = run(async {
        let socket = client.datagrams(([127, 0, 0, 1], 0).into()).unwrap();
        socket.send(b"question", address, None).await.unwrap();
        socket
            .receive()
            .await
            .expect_err("ICMP says port unreachable")
    })
    .unwrap();
    assert_eq!(failure.kind, PortFailureKind::Refused);
    assert_eq!(failure.address, Some(address));
}

#[test]
fn a_datagram_that_could_not_be_sent_has_no_frame() {
    let (client, lines) = world_with(FramesWanted::PutTogether);
    run(async {
        let socket = client.datagrams(([0, 0, 0, 0], 0).into()).unwrap();
        // Broadcast is not allowed unless it was asked for (socket(7), SO_BROADCAST).
        let all = ([255, 255, 255, 255], 9).into();
        let failure = socket.send(b"question", all, None).await;
        failure.expect_err("the kernel does not send it");
        assert!(!names(&lines).contains(&"link.FramePassed".to_owned()));
        let own = client.datagrams(([127, 0, 0, 1], 0).into()).unwrap();
        let sent = own.send(b"question", own.local(), None).await;
        sent.expect("this one goes");
    })
    .unwrap();
    let frames = names(&lines);
    let frames = frames.iter().filter(|name| *name == "link.FramePassed");
    assert_eq!(frames.count(), 1);
}

#[test]
fn a_probe_of_this_machine_reaches_it_with_the_first_hop() {
    let (client, lines) = world();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let limit = Duration::from_secs(5);
    let answer = run(async { client.probe(address, 1, limit, None).await }).unwrap();
    assert_eq!(answer, ProbeAnswer::Destination(address.ip()));
    assert_eq!(names(&lines), ["ip.DestinationAnswered"]);
    assert_eq!(lines.0.borrow()[0].0, Provenance::Reported);
}
