//! A small lab end to end: a home behind a router with address translation, a firewall, a server.

mod journal;

use journal::{World, world};
use std::{net::SocketAddr, time::Duration};
use thru_events::{
    Entry, Event, NodeId, Vantage, close::CloseEvent, firewall::FirewallEvent, ip::IpEvent,
    lease::LeaseEvent, link::LinkEvent, tcp::TcpEvent,
};
use thru_lab::FrameDamage;
use thru_port::{PortFailure, PortFailureKind, ProbeAnswer, Stream, read, shutdown, write_all};

const TOPOLOGY: &str = r#"
near = "pc"

[[machine]]
name = "pc"
interface = [{ name = "eth0", address = "192.168.1.20/24" }]
route = [{ to = "0.0.0.0/0", via = "192.168.1.1" }]

[[machine]]
name = "switch"
kind = "switch"

[[machine]]
name = "router"
kind = "router"
interface = [
    { name = "lan0", address = "192.168.1.1/24" },
    { name = "wan0", address = "198.51.100.2/30" },
]
route = [{ to = "0.0.0.0/0", via = "198.51.100.1" }]
nat = { outside = "wan0" }

[[machine]]
name = "firewall"
kind = "router"
interface = [
    { name = "up0", address = "198.51.100.1/30" },
    { name = "down0", address = "203.0.113.1/24" },
]
firewall = ["allow udp port 7", "allow tcp port 7", "reject tcp port 8"]

[[machine]]
name = "server"
interface = [{ name = "eth0", address = "203.0.113.80/24" }]
route = [{ to = "0.0.0.0/0", via = "203.0.113.1" }]

[[wire]]
from = "pc:eth0"
to = "switch"
[[wire]]
from = "router:lan0"
to = "switch"
[[wire]]
from = "router:wan0"
to = "firewall:up0"
rate = "100 Mbit/s"
latency = "5 ms"
[[wire]]
from = "firewall:down0"
to = "server:eth0"
"#;

impl World {
    /// Starts a server that sends every datagram back.
    fn echo_datagrams(&self, number: u16) {
        let port = self.lab.port("server").unwrap();
        let socket = port
            .datagrams(SocketAddr::from(([0, 0, 0, 0], number)))
            .unwrap();
        let task = async move {
            while let Ok(received) = socket.receive().await {
                let _ = socket
                    .send(&received.octets, received.from, received.cause)
                    .await;
            }
        };
        port.spawn("echo", Box::pin(task));
    }

    /// Sends one datagram to the server and waits a second for it to come back.
    fn ask(&self, number: u16, words: &'static [u8]) -> Option<Vec<u8>> {
        let port = self.lab.near();
        let cause = self.pressed;
        let asked = async move {
            let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
            let server = SocketAddr::from(([203, 0, 113, 80], number));
            socket.send(words, server, cause).await.unwrap();
            let limit = Duration::from_secs(1);
            let received = thru_port::with_limit(&*port, limit, socket.receive()).await;
            received.ok()?.ok().map(|received| received.octets)
        };
        self.lab.run_until(asked).unwrap()
    }
}

#[test]
fn a_datagram_goes_through_switch_translation_and_firewall_and_back() {
    let world = world(TOPOLOGY, 1);
    world.echo_datagrams(7);
    assert_eq!(world.ask(7, b"hello"), Some(b"hello".to_vec()));
    let translated =
        |entry: &Entry| matches!(entry.event, Event::Ip(IpEvent::NatTranslated { .. }));
    let allowed = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Firewall(FirewallEvent::Allowed { rule: 1, .. })
        )
    };
    let learned = |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::PortLearned { .. }));
    assert_eq!(
        (
            world.count(translated),
            world.count(allowed),
            world.count(learned)
        ),
        (2, 1, 2)
    );
    // Over 5 ms of wire there and back, once for ARP and once for the datagram.
    let now = world.lab.near().now();
    assert!((20.0..21.0).contains(&now.as_ms()), "{now:?}");
}

#[test]
fn what_no_rule_allows_is_dropped_inside_the_firewall_only() {
    let world = world(TOPOLOGY, 1);
    world.echo_datagrams(9);
    assert_eq!(world.ask(9, b"hello"), None);
    let dropped = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Firewall(FirewallEvent::Dropped { rule: 0, .. })
        ) && entry.vantage != Vantage::Near
    };
    assert_eq!(world.count(dropped), 1);
}

#[test]
fn every_event_but_the_first_has_an_earlier_cause() {
    let world = world(TOPOLOGY, 1);
    world.echo_datagrams(7);
    world.ask(7, b"hello");
    let entries = world.journal.entries.borrow();
    for entry in &entries[1..] {
        let cause = entry.cause.unwrap_or_else(|| panic!("no cause: {entry:?}"));
        assert!(cause < entry.id, "{entry:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_journal_and_the_same_octets() {
    let run = |seed| {
        let world = world(TOPOLOGY, seed);
        world.echo_datagrams(7);
        world.ask(7, b"hello");
        (
            world.journal.entries.borrow().clone(),
            world.journal.bytes.borrow().clone(),
        )
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}

/// Asks once, then once more with the first frame of the second question damaged; the vantages
/// of the events that `stated` picks.
fn damaged(
    damage: impl Fn(u64) -> FrameDamage,
    stated: impl Fn(&LinkEvent) -> bool,
) -> Vec<Vantage> {
    let world = world(TOPOLOGY, 1);
    world.echo_datagrams(7);
    assert!(world.ask(7, b"hello").is_some());
    world
        .lab
        .damage_frames(vec![damage(world.lab.frames() + 1)]);
    assert_eq!(world.ask(7, b"again"), None);
    let entries = world.journal.entries.borrow();
    let stated = entries
        .iter()
        .filter(|entry| matches!(&entry.event, Event::Link(link) if stated(link)));
    stated.map(|entry| entry.vantage).collect()
}

#[test]
fn a_lost_frame_is_known_to_the_wire_and_to_nobody_else() {
    let lost = |event: &LinkEvent| matches!(event, LinkEvent::FrameLost { .. });
    let vantages = damaged(|frame| FrameDamage::Drop { frame }, lost);
    // Five machines, then the wires in their order.
    assert_eq!(vantages, [Vantage::Node(NodeId(5))]);
}

#[test]
fn a_flipped_bit_is_found_by_the_receiver() {
    let failed = |event: &LinkEvent| matches!(event, LinkEvent::FrameCheckFailed { .. });
    let vantages = damaged(|frame| FrameDamage::FlipBit { frame, bit: 99 }, failed);
    assert_eq!(vantages, [Vantage::Node(NodeId(1))]);
}

/// Octets that the server sends back over TCP: more than a first window.
const LONG: usize = 200_000;

impl World {
    /// Starts a server that reads to the end, then says as much as it heard.
    fn echo_streams(&self, number: u16) {
        let port = self.lab.port("server").unwrap();
        let listener = port
            .listen(SocketAddr::from(([0, 0, 0, 0], number)))
            .unwrap();
        let spawner = port.clone();
        let task = async move {
            while let Ok(stream) = listener.accept().await {
                spawner.spawn("one echo", Box::pin(echo(stream)));
            }
        };
        port.spawn("echo", Box::pin(task));
    }

    /// Says `words` to the server, ends, and reads to the end.
    fn talk(&self, number: u16, words: &[u8]) -> Result<Vec<u8>, PortFailure> {
        let port = self.lab.near();
        let talk = async {
            let cause = port.ready(self.pressed).await?;
            let server = SocketAddr::from(([203, 0, 113, 80], number));
            let mut connected = port.connect(server, cause).await?;
            connected.stream.write_because(connected.opened);
            write_all(&mut *connected.stream, words).await?;
            shutdown(&mut *connected.stream).await?;
            to_end(&mut *connected.stream).await
        };
        self.lab.run_until(talk).unwrap()
    }
}

async fn to_end(stream: &mut dyn Stream) -> Result<Vec<u8>, PortFailure> {
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match read(stream, &mut buffer).await? {
            0 => return Ok(heard),
            length => heard.extend_from_slice(&buffer[..length]),
        }
    }
}

async fn echo(mut stream: Box<dyn Stream>) {
    let Ok(heard) = to_end(&mut *stream).await else {
        return;
    };
    let because = stream.read_cause();
    stream.write_because(because);
    let _ = write_all(&mut *stream, &heard).await;
    let _ = shutdown(&mut *stream).await;
}

fn long() -> Vec<u8> {
    (0..LONG).map(|at| (at * 7 / 3) as u8).collect()
}

#[test]
fn a_connection_carries_octets_both_ways_and_closes() {
    let world = world(TOPOLOGY, 1);
    world.echo_streams(7);
    assert!(world.talk(7, &long()).unwrap() == long());
    world.lab.settle(Duration::from_secs(300)).unwrap();
    let entries = world.journal.entries.borrow();
    for entry in &entries[1..] {
        assert!(
            entry.cause.is_some_and(|cause| cause < entry.id),
            "{entry:?}"
        );
    }
    let closed = |entry: &&Entry| matches!(entry.event, Event::Close(CloseEvent::Closed { .. }));
    assert_eq!(entries.iter().filter(closed).count(), 2, "both ends");
}

#[test]
fn refused_reset_and_silence_are_told_apart() {
    let world = world(TOPOLOGY, 1);
    let refused = world.talk(7, b"x").unwrap_err();
    assert_eq!(refused.kind, PortFailureKind::Refused);
    assert!(refused.evidence.is_some());
    // The firewall's reset looks like the server's.
    assert_eq!(
        world.talk(8, b"x").unwrap_err().kind,
        PortFailureKind::Refused
    );
    assert_eq!(
        world.talk(9, b"x").unwrap_err().kind,
        PortFailureKind::TimedOut
    );
}

#[test]
fn an_address_is_lent_and_the_lease_names_router_and_name_server() {
    let lent = TOPOLOGY.replace(
        "interface = [{ name = \"eth0\", address = \"192.168.1.20/24\" }]\nroute = [{ to = \"0.0.0.0/0\", via = \"192.168.1.1\" }]",
        "interface = [{ name = \"eth0\", address = \"dhcp\" }]",
    );
    let lent = lent.replace(
        "nat = {",
        "dhcp_server = { interface = \"lan0\", first = \"192.168.1.50\", last = \"192.168.1.60\", router = \"192.168.1.1\", dns = [\"192.168.1.1\"], lease_s = 3600 }\nnat = {",
    );
    let world = world(&lent, 1);
    world.echo_streams(7);
    assert_eq!(world.talk(7, b"hello").unwrap(), b"hello");
    let servers = world.lab.near().resolver_config().servers;
    assert_eq!(servers, ["192.168.1.1:53".parse().unwrap()]);
    let bound = |entry: &Entry| {
        matches!(entry.event, Event::Lease(LeaseEvent::Bound { .. }))
            && entry.vantage == Vantage::Near
    };
    assert_eq!(world.count(bound), 1);
}

#[test]
fn a_connection_survives_the_loss_or_damage_of_any_single_frame() {
    let words = &long()[..20_000];
    let frames = {
        let world = world(TOPOLOGY, 1);
        world.echo_streams(7);
        world.talk(7, words).unwrap();
        world.lab.frames()
    };
    assert!(frames > 50, "{frames}");
    for frame in 1..=frames {
        for damage in [
            FrameDamage::Drop { frame },
            FrameDamage::FlipBit {
                frame,
                bit: frame as usize * 131,
            },
        ] {
            let world = world(TOPOLOGY, 1);
            world.lab.damage_frames(vec![damage]);
            world.echo_streams(7);
            let heard = world
                .talk(7, words)
                .unwrap_or_else(|failure| panic!("{damage:?}: {failure}"));
            assert!(heard == words, "{damage:?}");
        }
    }
}

#[test]
fn random_loss_slows_a_connection_and_breaks_nothing() {
    let text = TOPOLOGY.replace(
        "latency = \"5 ms\"",
        "latency = \"5 ms\"\nloss = 0.02\nbit_error = 0.01",
    );
    let world = world(&text, 3);
    world.echo_streams(7);
    assert!(world.talk(7, &long()).unwrap() == long());
}

#[test]
fn a_probe_finds_the_hops_and_then_the_destination() {
    let world = world(TOPOLOGY, 1);
    world.echo_streams(7);
    let port = world.lab.near();
    let probe = |ttl| {
        let server = SocketAddr::from(([203, 0, 113, 80], 7));
        world
            .lab
            .run_until(port.probe(server, ttl, Duration::from_secs(1), world.pressed))
            .unwrap()
    };
    assert_eq!(probe(1), ProbeAnswer::Hop("192.168.1.1".parse().unwrap()));
    assert_eq!(probe(2), ProbeAnswer::Hop("198.51.100.1".parse().unwrap()));
    assert_eq!(
        probe(3),
        ProbeAnswer::Destination("203.0.113.80".parse().unwrap())
    );
}

#[test]
fn a_world_in_which_nothing_can_happen_says_so() {
    let world = world(TOPOLOGY, 1);
    let stuck = world
        .lab
        .run_until(std::future::pending::<()>())
        .unwrap_err();
    assert!(
        stuck.to_string().starts_with("the lab stands still"),
        "{stuck}"
    );
}

#[test]
fn a_window_that_stays_closed_is_asked_about() {
    let world = world(TOPOLOGY, 1);
    let server = world.lab.port("server").unwrap();
    let listener = server.listen(SocketAddr::from(([0, 0, 0, 0], 7))).unwrap();
    let clock = server.clone();
    let task = async move {
        let mut stream = listener.accept().await.unwrap();
        // Longer than any window lasts.
        clock.sleep(Duration::from_secs(20)).await;
        while let Ok(1..) = read(&mut *stream, &mut [0; 65_536]).await {}
    };
    server.spawn("who does not read", Box::pin(task));
    let port = world.lab.near();
    let talk = async {
        let server = SocketAddr::from(([203, 0, 113, 80], 7));
        let mut connected = port.connect(server, world.pressed).await.unwrap();
        write_all(&mut *connected.stream, &vec![7; 12_000_000])
            .await
            .unwrap();
    };
    world.lab.run_until(talk).unwrap();
    let probed = |entry: &Entry| matches!(&entry.event, Event::Tcp(TcpEvent::TimerExpired { timer, .. }) if &**timer == "window probe");
    assert!(world.count(probed) > 2);
}
