//! A small lab end to end: a home behind a router with address translation, a firewall, a server.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
};
use thru_events::{
    Cause, Clock, CpuWork, Entry, Event, EventId, NodeId, Provenance, Recorder, Vantage,
    firewall::FirewallEvent, ip::IpEvent, link::LinkEvent, trip::TripEvent,
};
use thru_lab::{FrameDamage, Lab, LabClock, LabConfig, Topology};
use thru_octets::{BytesId, Span};
use thru_port::CpuClock;

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

/// Keeps everything, in order.
struct Journal {
    clock: Rc<LabClock>,
    entries: RefCell<Vec<Entry>>,
    bytes: RefCell<Vec<Vec<u8>>>,
}

impl Recorder for Journal {
    fn record(&self, cause: Cause, provenance: Provenance, vantage: Vantage, span: Option<Span>, event: Event) -> Cause {
        let mut entries = self.entries.borrow_mut();
        let id = EventId::from_index(entries.len())?;
        entries.push(Entry {
            id,
            at: self.clock.now(),
            cause,
            provenance,
            vantage,
            span,
            event,
        });
        Some(id)
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        let mut bytes = self.bytes.borrow_mut();
        bytes.push(octets.to_vec());
        BytesId(bytes.len() as u32 - 1)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

#[derive(Default)]
struct Still(Cell<u64>);

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        self.0.get()
    }
}

struct World {
    lab: Lab,
    journal: Rc<Journal>,
    pressed: Cause,
}

fn world(text: &str, seed: u64) -> World {
    let clock = LabClock::new();
    let journal = Rc::new(Journal {
        clock: clock.clone(),
        entries: RefCell::default(),
        bytes: RefCell::default(),
    });
    let lab = Lab::new(LabConfig {
        topology: Topology::parse(text).unwrap(),
        seed,
        clock,
        recorder: Some(journal.clone()),
        cpu: Rc::new(Still::default()),
    });
    let lab = lab.unwrap();
    assert!(journal.entries.borrow().is_empty(), "nothing is recorded before the key press");
    let pressed = lab.near().tap().emit(None, || TripEvent::KeyPressed {
        typed: String::new(),
    });
    World {
        lab,
        journal,
        pressed,
    }
}

impl World {
    fn count(&self, what: impl Fn(&Entry) -> bool) -> usize {
        self.journal.entries.borrow().iter().filter(|entry| what(entry)).count()
    }

    /// Starts a server that sends every datagram back.
    fn echo_datagrams(&self, number: u16) {
        let port = self.lab.port("server").unwrap();
        let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], number))).unwrap();
        let task = async move {
            while let Ok(received) = socket.receive().await {
                let _ = socket.send(&received.octets, received.from, received.cause).await;
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
            let limit = std::time::Duration::from_secs(1);
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
    let translated = |entry: &Entry| matches!(entry.event, Event::Ip(IpEvent::NatTranslated { .. }));
    let allowed = |entry: &Entry| matches!(entry.event, Event::Firewall(FirewallEvent::Allowed { rule: 1, .. }));
    let learned = |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::PortLearned { .. }));
    assert_eq!((world.count(translated), world.count(allowed), world.count(learned)), (2, 1, 2));
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
        matches!(entry.event, Event::Firewall(FirewallEvent::Dropped { rule: 0, .. })) && entry.vantage != Vantage::Near
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
        (world.journal.entries.borrow().clone(), world.journal.bytes.borrow().clone())
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}

/// Asks once, then once more with the first frame of the second question damaged; the vantages
/// of the events that `stated` picks.
fn damaged(damage: impl Fn(u64) -> FrameDamage, stated: impl Fn(&LinkEvent) -> bool) -> Vec<Vantage> {
    let world = world(TOPOLOGY, 1);
    world.echo_datagrams(7);
    assert!(world.ask(7, b"hello").is_some());
    world.lab.damage_frames(vec![damage(world.lab.frames() + 1)]);
    assert_eq!(world.ask(7, b"again"), None);
    let entries = world.journal.entries.borrow();
    let stated = entries.iter().filter(|entry| matches!(&entry.event, Event::Link(link) if stated(link)));
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
