//! Two routers on one link: the first says that the second is nearer, and the host goes there.

mod journal;

use journal::{World, world};
use std::net::{IpAddr, SocketAddr};
use thru_events::{Entry, Event, NodeId, Vantage, ip::IpEvent};

/// The host knows one router; the server is behind the other, whose address of IPv6 the first knows
/// as `second`.
fn two_routers(second: &str) -> World {
    let text = r#"
near = "pc"
[[machine]]
name = "pc"
interface = [{ name = "eth0", address = "10.0.0.20/24", ipv6 = ["2001:db8:1::20/64", "auto"] }]
route = [{ to = "0.0.0.0/0", via = "10.0.0.1" }]
[[machine]]
name = "first"
kind = "router"
interface = [{ name = "eth0", address = "10.0.0.1/24", ipv6 = ["2001:db8:1::1/64"], advertise = {} }]
route = [{ to = "10.0.1.0/24", via = "10.0.0.2" }, { to = "2001:db8:2::/64", via = "SECOND" }]
[[machine]]
name = "second"
kind = "router"
interface = [
    { name = "eth0", address = "10.0.0.2/24", ipv6 = ["2001:db8:1::2/64"] },
    { name = "eth1", address = "10.0.1.1/24", ipv6 = ["2001:db8:2::1/64"] },
]
[[machine]]
name = "server"
interface = [{ name = "eth0", address = "10.0.1.80/24", ipv6 = ["2001:db8:2::80/64"] }]
route = [{ to = "0.0.0.0/0", via = "10.0.1.1" }, { to = "::/0", via = "2001:db8:2::1" }]
[[machine]]
name = "switch"
kind = "switch"
[[wire]]
from = "pc:eth0"
to = "switch"
[[wire]]
from = "first:eth0"
to = "switch"
[[wire]]
from = "second:eth0"
to = "switch"
[[wire]]
from = "second:eth1"
to = "server:eth0"
"#;
    let world = world(&text.replace("SECOND", second), 1);
    let ready = world.lab.near().ready(world.pressed);
    world.lab.run_until(ready).unwrap().unwrap();
    world
}

/// The second router's addresses: for all to reach, and of the link (its hardware address within).
const GLOBAL: &str = "2001:db8:1::2";
const OF_THE_LINK: &str = "fe80::ff:fe00:200";

/// The second machine: the first router.
const FIRST: Vantage = Vantage::Node(NodeId(1));

impl World {
    fn echo(&self, address: IpAddr) {
        let port = self.lab.port("server").unwrap();
        let socket = port.datagrams(SocketAddr::new(address, 7)).unwrap();
        let task = async move {
            while let Ok(received) = socket.receive().await {
                let _ = socket
                    .send(&received.octets, received.from, received.cause)
                    .await;
            }
        };
        port.spawn("echo", Box::pin(task));
    }

    fn asks(&self, own: IpAddr, server: IpAddr) {
        let (port, cause) = (self.lab.near(), self.pressed);
        let asked = async move {
            let socket = port.datagrams(SocketAddr::new(own, 0)).unwrap();
            let to = SocketAddr::new(server, 7);
            socket.send(b"there?", to, cause).await.unwrap();
            socket.receive().await.unwrap()
        };
        assert_eq!(self.lab.run_until(asked).unwrap().octets, b"there?");
    }

    fn ip(&self, at: Vantage, what: impl Fn(&IpEvent) -> bool) -> usize {
        let fits = |entry: &Entry| matches!(&entry.event, Event::Ip(event) if what(event));
        self.count(|entry| entry.vantage == at && fits(entry))
    }
}

#[test]
fn the_second_packet_goes_to_the_nearer_router() {
    let world = two_routers(GLOBAL);
    let server: IpAddr = "10.0.1.80".parse().unwrap();
    world.echo("0.0.0.0".parse().unwrap());
    world.asks("10.0.0.20".parse().unwrap(), server);
    let forwards = |event: &IpEvent| matches!(event, IpEvent::PacketForwarded { destination, .. } if *destination == server);
    assert_eq!(world.ip(FIRST, forwards), 1);
    let told = |event: &IpEvent| matches!(event, IpEvent::IcmpSent { kind: 5, meaning, .. } if meaning == "redirect");
    assert_eq!(world.ip(FIRST, told), 1);
    let nearer: Option<IpAddr> = Some("10.0.0.2".parse().unwrap());
    let follows = |event: &IpEvent| {
        matches!(event, IpEvent::RouteChosen { destination, next_hop, prefix, .. }
            if *destination == server && *next_hop == nearer && prefix == "10.0.1.80/32")
    };
    assert!(world.ip(Vantage::Near, follows) > 0);
    world.asks("10.0.0.20".parse().unwrap(), server);
    assert_eq!(
        world.ip(FIRST, forwards),
        1,
        "the first router sees no more"
    );
    world.every_cause_is_earlier();
}

/// A router of IPv6 is named by its address of the link: the route of the first names another one,
/// so that it cannot say so; what is a neighbour after all it can.
#[test]
fn a_router_of_ipv6_names_a_neighbour_or_nobody() {
    let world = two_routers(GLOBAL);
    let server: IpAddr = "2001:db8:2::80".parse().unwrap();
    world.echo("::".parse().unwrap());
    world.asks("2001:db8:1::20".parse().unwrap(), server);
    let told = |event: &IpEvent| matches!(event, IpEvent::IcmpSent { kind: 137, .. });
    assert_eq!(world.ip(FIRST, told), 0);
    world.every_cause_is_earlier();
}

#[test]
fn a_router_of_ipv6_is_followed_where_it_is_named_by_its_address_of_the_link() {
    let world = two_routers(OF_THE_LINK);
    let server: IpAddr = "2001:db8:2::80".parse().unwrap();
    let own: IpAddr = "2001:db8:1::20".parse().unwrap();
    world.echo("::".parse().unwrap());
    world.asks(own, server);
    let forwards = |event: &IpEvent| matches!(event, IpEvent::PacketForwarded { destination, .. } if *destination == server);
    let told = |event: &IpEvent| matches!(event, IpEvent::IcmpSent { kind: 137, meaning, .. } if meaning == "redirect");
    assert_eq!((world.ip(FIRST, forwards), world.ip(FIRST, told)), (1, 1));
    world.asks(own, server);
    assert_eq!(
        world.ip(FIRST, forwards),
        1,
        "the first router sees no more"
    );
    let heard = |event: &IpEvent| matches!(event, IpEvent::IcmpReceived { kind: 137, .. });
    assert_eq!(world.ip(Vantage::Near, heard), 1);
    world.every_cause_is_earlier();
}
