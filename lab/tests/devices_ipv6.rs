//! A home router and a firewall on the way of packets of IPv6.

mod journal;

use journal::{World, world};
use std::{
    net::{Ipv6Addr, SocketAddr},
    time::Duration,
};
use thru_events::{Entry, Event, NodeId, Vantage, firewall::FirewallEvent, ip::IpEvent};
use thru_port::{PortFailureKind, read, shutdown, write_all};

const SERVER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x80, 0, 0, 0, 0, 0x80);
const PC: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x20);

/// Numbers of the machines, in their order.
const ROUTER: Vantage = Vantage::Node(NodeId(1));
const FIREWALL: Vantage = Vantage::Node(NodeId(2));

/// A home whose addresses are all written down, a router that translates IPv4, a firewall, a server
/// behind a link that takes so many octets.
fn home(rules: &str, mtu: u16) -> World {
    let world = world(
        &format!(
            r#"
near = "pc"
[[machine]]
name = "pc"
interface = [{{ name = "eth0", address = "192.168.1.20/24", ipv6 = ["2001:db8:1::20/64"] }}]
route = [{{ to = "0.0.0.0/0", via = "192.168.1.1" }}, {{ to = "::/0", via = "2001:db8:1::1" }}]
[[machine]]
name = "router"
kind = "router"
interface = [
    {{ name = "lan0", address = "192.168.1.1/24", ipv6 = ["2001:db8:1::1/64"] }},
    {{ name = "wan0", address = "198.51.100.2/30", ipv6 = ["2001:db8:2::2/64"] }},
]
route = [{{ to = "0.0.0.0/0", via = "198.51.100.1" }}, {{ to = "::/0", via = "2001:db8:2::1" }}]
nat = {{ outside = "wan0" }}
[[machine]]
name = "firewall"
kind = "router"
interface = [
    {{ name = "up0", address = "198.51.100.1/30", ipv6 = ["2001:db8:2::1/64"] }},
    {{ name = "down0", mtu = {mtu}, address = "203.0.113.1/24", ipv6 = ["2001:db8:80::1/64"] }},
]
route = [{{ to = "2001:db8:1::/64", via = "2001:db8:2::2" }}]
firewall = [{rules}]
[[machine]]
name = "server"
interface = [{{ name = "eth0", address = "203.0.113.80/24", ipv6 = ["2001:db8:80::80/64"] }}]
route = [{{ to = "0.0.0.0/0", via = "203.0.113.1" }}, {{ to = "::/0", via = "2001:db8:80::1" }}]
[[wire]]
from = "pc:eth0"
to = "router:lan0"
[[wire]]
from = "router:wan0"
to = "firewall:up0"
latency = "5 ms"
[[wire]]
from = "firewall:down0"
to = "server:eth0"
"#
        ),
        1,
    );
    let ready = world.lab.near().ready(world.pressed);
    world.lab.run_until(ready).unwrap().unwrap();
    world
}

impl World {
    /// A machine sends every datagram at this port back.
    fn echo(&self, machine: &str, number: u16) {
        let port = self.lab.port(machine).unwrap();
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, number));
        let socket = port.datagrams(any).unwrap();
        let task = async move {
            while let Ok(received) = socket.receive().await {
                let _ = socket
                    .send(&received.octets, received.from, received.cause)
                    .await;
            }
        };
        port.spawn("echo", Box::pin(task));
    }

    /// A machine answers every connection at this port with a word.
    fn serve(&self, machine: &str, number: u16) {
        let port = self.lab.port(machine).unwrap();
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, number));
        let listener = port.listen(any).unwrap();
        let task = async move {
            while let Ok(mut stream) = listener.accept().await {
                let _ = write_all(&mut *stream, b"hello").await;
                let _ = shutdown(&mut *stream).await;
            }
        };
        port.spawn("server", Box::pin(task));
    }

    /// Sends a datagram from a machine and waits a second for it to come back.
    fn ask(&self, from: &str, to: Ipv6Addr, number: u16, octets: usize) -> Option<usize> {
        let (port, cause) = (self.lab.port(from).unwrap(), self.pressed);
        let asked = async move {
            let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
            let socket = port.datagrams(any).unwrap();
            let to = SocketAddr::from((to, number));
            socket.send(&vec![7; octets], to, cause).await.unwrap();
            let limit = Duration::from_secs(1);
            let received = thru_port::with_limit(&*port, limit, socket.receive()).await;
            received.ok()?.ok().map(|received| received.octets.len())
        };
        self.lab.run_until(asked).unwrap()
    }

    /// Opens a connection from a machine, within ten seconds, and reads what the other says.
    fn call(
        &self,
        from: &str,
        to: Ipv6Addr,
        number: u16,
    ) -> Result<Vec<u8>, Option<PortFailureKind>> {
        let port = self.lab.port(from).unwrap();
        let to = SocketAddr::from((to, number));
        let talk = async {
            let mut connected = port.connect(to, self.pressed).await?;
            let mut heard = vec![0; 64];
            let count = read(&mut *connected.stream, &mut heard).await?;
            heard.truncate(count);
            Ok(heard)
        };
        let limited = thru_port::with_limit(&*port, Duration::from_secs(10), talk);
        match self.lab.run_until(limited).unwrap() {
            Ok(Ok(heard)) => Ok(heard),
            Ok(Err(failure)) => Err(Some({
                let failure: thru_port::PortFailure = failure;
                failure.kind
            })),
            Err(_) => Err(None),
        }
    }

    fn firewall(&self, at: Vantage, what: impl Fn(&FirewallEvent) -> bool) -> usize {
        let fits = |entry: &Entry| matches!(&entry.event, Event::Firewall(event) if what(event));
        self.count(|entry| entry.vantage == at && fits(entry))
    }
}

#[test]
fn a_machine_with_written_addresses_speaks_ipv6_when_it_is_ready() {
    let world = home("\"allow\"", 1500);
    let own = world.lab.near().resolver_config().own;
    assert!(own.iter().any(|own| own.address == PC), "{own:?}");
}

#[test]
fn a_machine_that_nobody_lends_an_address_is_ready_by_ipv6() {
    let text = include_str!("../../tests/topologies/dual-stack.toml");
    let lends = text.lines().find(|line| line.starts_with("dhcp_server"));
    let world = world(&text.replace(lends.expect("the router lends"), ""), 1);
    let ready = world.lab.near().ready(world.pressed);
    let ready = world.lab.run_until(ready).unwrap();
    assert!(ready.is_ok(), "{ready:?}");
    world.serve("shop", 7);
    let shop = Ipv6Addr::new(0x2001, 0xdb8, 0x80, 0, 0, 0, 0, 0x80);
    assert_eq!(world.call("pc", shop, 7), Ok(b"hello".to_vec()));
    // Its name server is the one that the router named.
    let servers = world.lab.near().resolver_config().servers;
    assert_eq!(
        servers,
        [SocketAddr::from((
            Ipv6Addr::new(0x2001, 0xdb8, 0x53, 0, 0, 0, 0, 3),
            53
        ))]
    );
}

#[test]
fn the_home_router_lets_out_what_begins_inside_and_in_what_answers() {
    let world = home("\"allow\"", 1500);
    world.serve("server", 7);
    world.echo("server", 7);
    assert_eq!(world.call("pc", SERVER, 7), Ok(b"hello".to_vec()));
    assert_eq!(world.ask("pc", SERVER, 7, 5), Some(5));
    let allowed = |event: &FirewallEvent| matches!(event, FirewallEvent::Allowed { flow, .. } if flow.contains("[2001:db8:1::20]"));
    assert_eq!(world.firewall(ROUTER, allowed), 2, "tcp and udp");
    let translated =
        |entry: &Entry| matches!(entry.event, Event::Ip(IpEvent::NatTranslated { .. }));
    assert_eq!(world.count(translated), 0);
}

#[test]
fn what_the_outside_begins_ends_at_the_home_router() {
    let world = home("\"allow\"", 1500);
    world.serve("pc", 7);
    world.echo("pc", 7);
    assert_eq!(world.call("server", PC, 7), Err(None));
    assert_eq!(world.ask("server", PC, 7, 5), None);
    let dropped = |protocol: &str, event: &FirewallEvent| {
        matches!(event, FirewallEvent::Dropped { rule: 0, text, flow }
            if text == "default: drop what was not begun inside" && flow.starts_with(protocol))
    };
    assert!(world.firewall(ROUTER, |event| dropped("tcp", event)) > 0);
    assert_eq!(world.firewall(ROUTER, |event| dropped("udp", event)), 1);
    // The router itself can be asked: what it answers for is not behind it.
    assert_eq!(
        world.call("server", "2001:db8:2::2".parse().unwrap(), 7),
        Err(Some(PortFailureKind::Refused))
    );
}

#[test]
fn packets_in_pieces_are_filtered_whole_and_go_on_as_they_came() {
    let world = home("\"allow udp port 7\"", 1500);
    world.echo("server", 7);
    assert_eq!(world.ask("pc", SERVER, 7, 4000), Some(4000));
    let whole = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Ip(IpEvent::Reassembled { pieces: 3, .. })
        )
    };
    // The router, the firewall, the server; the firewall, the router, the machine itself.
    assert_eq!(world.count(whole), 6);
    assert_eq!(world.ask("pc", SERVER, 9, 4000), None);
    let dropped = |event: &FirewallEvent| matches!(event, FirewallEvent::Dropped { rule: 0, .. });
    assert_eq!(world.firewall(FIREWALL, dropped), 1);
}

#[test]
fn too_large_for_the_way_is_told_through_the_home_router() {
    // The last link takes 1280 octets: the firewall says so, and the second is cut at its source.
    let world = home("\"allow\"", 1280);
    world.echo("server", 7);
    assert_eq!(world.ask("pc", SERVER, 7, 1400), None);
    assert_eq!(world.ask("pc", SERVER, 7, 1400), Some(1400));
    let learned = |entry: &Entry| {
        let learned = matches!(
            entry.event,
            Event::Ip(IpEvent::PathMtuLearned { mtu: 1280, .. })
        );
        learned && entry.vantage == Vantage::Near
    };
    assert_eq!(world.count(learned), 1);
}

#[test]
fn a_rule_says_with_what_it_refuses_and_the_sender_hears_it() {
    for (rule, refused_with, kind) in [
        ("reject tcp port 7", "reset", PortFailureKind::Refused),
        (
            "reject tcp to 2001:db8:80::/48 with admin-prohibited",
            "icmpv6 admin-prohibited",
            PortFailureKind::Unreachable,
        ),
        (
            "reject from 2001:db8:1::20 with host-unreachable",
            "icmpv6 host-unreachable",
            PortFailureKind::Unreachable,
        ),
        (
            "reject with net-unreachable",
            "icmpv6 net-unreachable",
            PortFailureKind::Unreachable,
        ),
    ] {
        let world = home(&format!("\"drop icmp\", \"{rule}\""), 1500);
        assert_eq!(world.call("pc", SERVER, 7), Err(Some(kind)), "{rule}");
        let told = |event: &FirewallEvent| {
            matches!(event, FirewallEvent::Rejected { rule: 2, text, with, flow }
                if text == rule && with == refused_with && flow.ends_with("→ [2001:db8:80::80]:7"))
        };
        assert!(world.firewall(FIREWALL, told) > 0, "{rule}");
        world.every_cause_is_earlier();
    }
}

#[test]
fn a_rate_holds_for_connections_of_both_families_together() {
    let world = home("\"allow tcp port 7 rate 2/s\"", 1500);
    world.serve("server", 7);
    let begun = world.lab.near().now();
    let opened = (0..2).filter(|_| world.call("pc", SERVER, 7).is_ok());
    assert_eq!(opened.count(), 2);
    assert!(world.lab.near().now().since(begun) < Duration::from_millis(500));
    let beyond = |event: &FirewallEvent| matches!(event, FirewallEvent::Dropped { rule: 1, text, .. } if text.ends_with("as many came within the last second"));
    // The third comes too early; it is sent again after a second, and let in.
    assert_eq!(world.call("pc", SERVER, 7), Ok(b"hello".to_vec()));
    assert_eq!(world.firewall(FIREWALL, beyond), 1);
    world.every_cause_is_earlier();
}
