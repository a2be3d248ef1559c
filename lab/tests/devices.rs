//! Devices under use and under noise: switches, address translation, filters, wires.

mod journal;

use journal::{World, world};
use std::{net::SocketAddr, time::Duration};
use thru_events::{
    Entry, Event, NodeId, Vantage, firewall::FirewallEvent, ip::IpEvent, link::LinkEvent,
    trip::TripEvent,
};
use thru_lab::scenarios;
use thru_port::{PortFailure, PortFailureKind, read, shutdown, write_all};

/// A home with two machines, a router that translates, a firewall, a server. What stands for the
/// translation, the rules and the wire to the firewall is put in.
fn home(nat: &str, rules: &str, wire: &str) -> String {
    format!(
        r#"
near = "pc"
[[machine]]
name = "pc"
interface = [{{ name = "eth0", address = "192.168.1.20/24" }}]
route = [{{ to = "0.0.0.0/0", via = "192.168.1.1" }}]
[[machine]]
name = "switch"
kind = "switch"
[[machine]]
name = "router"
kind = "router"
interface = [{{ name = "lan0", address = "192.168.1.1/24" }}, {{ name = "wan0", address = "198.51.100.2/30" }}]
route = [{{ to = "0.0.0.0/0", via = "198.51.100.1" }}]
nat = {{ outside = "wan0", {nat} }}
[[machine]]
name = "firewall"
kind = "router"
interface = [{{ name = "up0", address = "198.51.100.1/30" }}, {{ name = "down0", address = "203.0.113.1/24" }}]
firewall = [{rules}]
[[machine]]
name = "server"
interface = [{{ name = "eth0", address = "203.0.113.80/24" }}]
route = [{{ to = "0.0.0.0/0", via = "203.0.113.1" }}]
[[machine]]
name = "beside"
interface = [{{ name = "eth0", address = "192.168.1.21/24" }}]
route = [{{ to = "0.0.0.0/0", via = "192.168.1.1" }}]
[[wire]]
from = "pc:eth0"
to = "switch"
[[wire]]
from = "beside:eth0"
to = "switch"
[[wire]]
from = "router:lan0"
to = "switch"
[[wire]]
from = "router:wan0"
to = "firewall:up0"
rate = "100 Mbit/s"
latency = "5 ms"
{wire}
[[wire]]
from = "firewall:down0"
to = "server:eth0"
"#
    )
}

const ALLOW: &str = "\"allow udp\", \"allow tcp\"";
const SERVER: [u8; 4] = [203, 0, 113, 80];
const OUTSIDE: [u8; 4] = [198, 51, 100, 2];

impl World {
    /// A machine sends every datagram at this port back.
    fn echo(&self, machine: &str, number: u16) {
        let port = self.lab.port(machine).unwrap();
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

    /// Sends a datagram and waits a second for it to come back.
    fn ask(&self, to: [u8; 4], number: u16, octets: usize) -> Option<usize> {
        let (port, cause) = (self.lab.near(), self.pressed);
        let asked = async move {
            let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
            let words = vec![7; octets];
            let to = SocketAddr::from((to, number));
            socket.send(&words, to, cause).await.unwrap();
            let limit = Duration::from_secs(1);
            let received = thru_port::with_limit(&*port, limit, socket.receive()).await;
            received.ok()?.ok().map(|received| received.octets.len())
        };
        self.lab.run_until(asked).unwrap()
    }

    /// Opens a connection, says a word, and reads to the end.
    fn call(&self, to: [u8; 4], number: u16) -> Result<Vec<u8>, PortFailure> {
        let port = self.lab.near();
        let talk = async {
            let to = SocketAddr::from((to, number));
            let mut connected = port.connect(to, self.pressed).await?;
            let stream = &mut *connected.stream;
            stream.write_because(connected.opened);
            write_all(stream, b"hello").await?;
            shutdown(stream).await?;
            let mut heard = vec![0; 64];
            let count = read(stream, &mut heard).await?;
            heard.truncate(count);
            Ok(heard)
        };
        self.lab.run_until(talk).unwrap()
    }

    fn ip(&self, what: impl Fn(&IpEvent) -> bool) -> usize {
        self.count(|entry| matches!(&entry.event, Event::Ip(event) if what(event)))
    }

    fn link(&self, what: impl Fn(&LinkEvent) -> bool) -> usize {
        self.count(|entry| matches!(&entry.event, Event::Link(event) if what(event)))
    }
}

#[test]
fn two_machines_at_home_meet_at_the_outside_address() {
    let forward = "forward = [{ protocol = \"udp\", port = 9, to = \"192.168.1.21:7\" }]";
    let world = world(&home(forward, ALLOW, ""), 1);
    world.echo("beside", 7);
    assert_eq!(world.ask(OUTSIDE, 9, 5), Some(5));
    let hairpins = world.ip(
        |event| matches!(event, IpEvent::NatTranslated { direction, .. } if direction == "hairpin"),
    );
    assert_eq!(hairpins, 2, "there and back");
    world.every_cause_is_earlier();
}

#[test]
fn a_line_that_is_not_used_expires_and_says_so() {
    let world = world(&home("udp_idle = \"10 s\"", ALLOW, ""), 1);
    world.echo("server", 7);
    assert_eq!(world.ask(SERVER, 7, 5), Some(5));
    world.lab.settle(Duration::from_secs(11)).unwrap();
    assert_eq!(world.ask(SERVER, 7, 5), Some(5));
    let new = |event: &IpEvent| matches!(event, IpEvent::NatTranslated { new_line: true, .. });
    assert_eq!(world.ip(new), 2);
    assert_eq!(
        world.ip(|event| matches!(event, IpEvent::NatExpired { .. })),
        1
    );
    world.every_cause_is_earlier();
}

#[test]
fn packets_in_pieces_are_translated_and_filtered_whole() {
    let world = world(&home("", "\"allow udp port 7\"", ""), 1);
    world.echo("server", 7);
    // Three pieces each way; the router and the firewall put them together and cut them again.
    assert_eq!(world.ask(SERVER, 7, 4000), Some(4000));
    let whole = |event: &IpEvent| matches!(event, IpEvent::Reassembled { pieces: 3, .. });
    // The router, the firewall, the server; the firewall, the router, the machine itself.
    assert_eq!(world.ip(whole), 6);
    world.every_cause_is_earlier();
}

#[test]
fn an_error_on_the_way_comes_back_through_the_translation() {
    // Nobody listens at the server: "port unreachable", about the translated packet.
    let world = world(&home("", ALLOW, ""), 1);
    assert_eq!(world.ask(SERVER, 7, 5), None);
    let told = |entry: &Entry| {
        let error = matches!(
            &entry.event,
            Event::Ip(IpEvent::IcmpReceived { about: Some(about), .. })
                if about.starts_with("udp 192.168.1.20:") && about.ends_with("203.0.113.80:7")
        );
        error && entry.vantage == Vantage::Near
    };
    assert_eq!(world.count(told), 1);
}

#[test]
fn a_rule_says_with_what_it_refuses_and_the_sender_hears_it() {
    let cases = [
        ("reject tcp port 7", "reset", PortFailureKind::Refused),
        (
            "reject tcp port 7 with reset",
            "reset",
            PortFailureKind::Refused,
        ),
        (
            "reject tcp port 7 with admin-prohibited",
            "icmp admin-prohibited",
            PortFailureKind::Unreachable,
        ),
        (
            "reject with host-unreachable",
            "icmp host-unreachable",
            PortFailureKind::Unreachable,
        ),
    ];
    for (rule, refused_with, kind) in cases {
        let world = world(&home("", &format!("\"drop icmp\", \"{rule}\""), ""), 1);
        assert_eq!(world.call(SERVER, 7).unwrap_err().kind, kind, "{rule}");
        let told = |entry: &Entry| {
            matches!(
                &entry.event,
                Event::Firewall(FirewallEvent::Rejected { rule: 2, text, with, .. })
                    if text == rule && with == refused_with
            )
        };
        assert!(world.count(told) > 0, "{rule}");
        world.every_cause_is_earlier();
    }
}

#[test]
fn a_loop_of_cables_is_stopped_by_the_storm_limit() {
    let scenario = scenarios::find("loop").unwrap();
    let world = world(scenario.topology, 1);
    world.echo("server", 7);
    // A question to everybody goes round; what is known gets through all the same, later.
    let mut answered = world.ask([10, 0, 0, 80], 7, 5);
    for _ in 0..30 {
        answered = answered.or_else(|| world.ask([10, 0, 0, 80], 7, 5));
    }
    assert_eq!(answered, Some(5));
    let storms = world.link(|event| matches!(event, LinkEvent::StormBegan { limit: 20, .. }));
    assert!(storms >= 1);
    let flooded = world.link(|event| matches!(event, LinkEvent::FrameFlooded { .. }));
    // Bounded by the limit of each port and second, not by how fast frames go round.
    assert!(flooded < 20 * 6 * 60, "{flooded}");
    world.every_cause_is_earlier();
}

#[test]
fn a_frame_is_lost_when_it_is_on_the_line_and_not_when_it_is_handed_over() {
    // 1000 octets take 8 ms at 1 Mbit/s: three wait for their turn.
    let world = world(
        &home("", ALLOW, "").replace("rate = \"100 Mbit/s\"", "rate = \"1 Mbit/s\"\nlose = [5]"),
        1,
    );
    world.echo("server", 7);
    assert_eq!(world.ask(SERVER, 7, 5), Some(5));
    let (port, cause) = (world.lab.near(), world.pressed);
    let begun = port.now();
    let sends = async {
        let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
        for _ in 0..3 {
            let to = SocketAddr::from((SERVER, 7));
            socket.send(&[0; 1000], to, cause).await.unwrap();
        }
        port.sleep(Duration::from_secs(1)).await;
    };
    world.lab.run_until(sends).unwrap();
    let entries = world.journal.entries.borrow();
    let lost = entries
        .iter()
        .find(|entry| matches!(&entry.event, Event::Link(LinkEvent::FrameLost { .. })));
    let lost = lost.expect("the third of them is lost");
    let after = lost.at.since(begun).as_secs_f64() * 1000.0;
    assert!((24.0..27.0).contains(&after), "{after} ms");
    assert_ne!(lost.vantage, Vantage::Near);
}

/// A switch's events of forgetting, when another machine's frames come from very many addresses.
#[test]
fn a_full_switch_forgets_who_was_silent_longest_and_says_so() {
    let text = home("", ALLOW, "").replace(
        "kind = \"switch\"",
        "kind = \"switch\"\nswitch = { table_limit = 1, ageing = \"1 min\" }",
    );
    let world = world(&text, 1);
    world.echo("server", 7);
    assert_eq!(world.ask(SERVER, 7, 5), Some(5));
    let full = |entry: &Entry| {
        matches!(
            &entry.event,
            Event::Trip(TripEvent::LimitReached { value: 1, .. })
        ) && entry.vantage == Vantage::Node(NodeId(1))
    };
    let forgotten = |event: &LinkEvent| matches!(event, LinkEvent::PortForgotten { why, .. } if why.contains("full"));
    assert!(world.count(full) > 0);
    assert_eq!(world.link(forgotten), world.count(full));
    world.every_cause_is_earlier();
}
