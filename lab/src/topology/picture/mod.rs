//! A picture of a topology: as text, and as SVG.
//!
//! Stage: the lab world.
//! In: a [`Topology`]. Out: text of fixed width, or an SVG document.
//! Emits: nothing.
//! How it works: the wires are walked from the browser's machine outwards; what is met first hangs
//! below what it was met from ([`Tree`]). A wire that leads back into the tree is drawn as one that
//! closes a circle. Both pictures show the same tree.
//! Not here: a trip on it (`views`).

mod svg;
mod text;
mod tree;

use super::{Machine, MachineKind, Service, StateName, Topology, Wire};
use tree::Tree;

impl Topology {
    /// The picture for a terminal; lines end with a line feed.
    pub fn picture(&self) -> String {
        text::draw(self, &Tree::of(self))
    }

    /// The picture as an SVG document, for light and dark.
    pub fn svg(&self) -> String {
        svg::draw(self, &Tree::of(self))
    }
}

/// What a machine is, in words: its kind and what it does.
fn roles(topology: &Topology, machine: &Machine) -> Vec<String> {
    let mut roles = Vec::new();
    if machine.name == topology.near {
        roles.push("browser".to_owned());
    }
    match machine.kind {
        MachineKind::Host => {}
        MachineKind::Router => roles.push("router".to_owned()),
        MachineKind::Switch => roles.push("switch".to_owned()),
        MachineKind::Outside => roles.push("outside".to_owned()),
    }
    if machine.nat.is_some() {
        roles.push("NAT".to_owned());
    }
    if machine.dhcp_server.is_some() {
        roles.push("DHCP server".to_owned());
    }
    if let Some(rules) = &machine.firewall {
        roles.push(format!("firewall, {} rules", rules.len()));
    }
    roles.extend(machine.service.iter().map(service));
    let signs = topology.authority.iter();
    let signs = signs.filter(|authority| authority.machine == machine.name);
    roles.extend(signs.map(|authority| format!("authority {}", authority.name)));
    match machine.state {
        StateName::On => {}
        StateName::Hung => roles.push("hung".to_owned()),
        StateName::Off => roles.push("off".to_owned()),
    }
    roles
}

fn service(service: &Service) -> String {
    match service {
        Service::NameServer(server) => format!("name server of {}", server.zones.join(", ")),
        Service::CachingDns(_) => "caching DNS".to_owned(),
        Service::DnsForwarder(_) => "DNS forwarder".to_owned(),
        Service::LoadBalancer(balancer) => {
            format!("balancer of {}", balancer.certificate.names.join(", "))
        }
        Service::CacheServer { .. } => "cache server".to_owned(),
        Service::WebServer { .. } => "web server".to_owned(),
        Service::AppServer { .. } => "application".to_owned(),
        Service::Resets { port } => format!("resets at {port}"),
        Service::PlainText { port } => format!("plain text at {port}"),
    }
}

/// Its addresses; `DHCP` for one that is lent.
fn addresses(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    for own in &machine.interface {
        found.extend(match &*own.address {
            "dhcp" => Some("DHCP".to_owned()),
            "none" => None,
            address => Some(address.to_owned()),
        });
        found.extend(own.ipv6.iter().map(|address| match &**address {
            "auto" => "IPv6 by itself".to_owned(),
            address => address.to_owned(),
        }));
    }
    found
}

/// What a wire is like, in words.
fn line(wire: &Wire) -> String {
    let mut words = vec![String::from(wire.rate)];
    if !wire.latency.0.is_zero() {
        words.push(String::from(wire.latency));
    }
    if wire.loss > 0.0 {
        words.push(format!("{} % lost", wire.loss * 100.0));
    }
    if wire.back.is_some() {
        words.push("other way differs".to_owned());
    }
    words.join(", ")
}
