//! What a topology can be built with and nobody would build: a warning each, an error if asked for.
//! GAP: ways by IPv6 are not looked at.

use super::{
    Interface, Machine, MachineKind, Place, Topology, TopologyError, parse_address, parse_ipv6,
};
use crate::firewall::Prefix;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

/// Routers on a way at most.
const HOPS: usize = 64;

/// Warnings of one topology at most.
const WARNINGS: usize = 100;

impl Topology {
    /// What is doubtful, each with its place in `text`, from which this topology was read: a loop
    /// of cables, two equal addresses, a route over a stranger, a server that the browser's machine cannot reach.
    pub fn warnings(&self, text: &str) -> Vec<TopologyError> {
        let network = Network::of(self);
        let mut found = self.loops();
        found.extend(self.equal_addresses(&network));
        found.extend(self.routes_over_strangers(&network));
        found.extend(self.unreachable(&network));
        found.extend(self.forwarded_nowhere());
        found.truncate(WARNINGS);
        found
            .into_iter()
            .map(|warning| warning.located_in(text))
            .collect()
    }

    /// Frames to everybody would go round a circle of switches until its storm limit stops them:
    /// nobody cuts it (no spanning tree).
    fn loops(&self) -> Vec<TopologyError> {
        let number: BTreeMap<&str, usize> = self.numbers();
        let mut islands = Islands::new(self.machine.len());
        let mut found = Vec::new();
        for (wire, ends) in self.wire.iter().enumerate() {
            let is_switch = |place: &Place| {
                let number = number.get(place.machine.as_str()).copied();
                number.filter(|number| self.machine[*number].kind == MachineKind::Switch)
            };
            let Some((from, to)) = is_switch(&ends.from).zip(is_switch(&ends.to)) else {
                continue;
            };
            if !islands.join(from, to) {
                let message = format!(
                    "the wire from “{}” to “{}” closes a loop of switches",
                    ends.from, ends.to
                );
                let words = ends.to.to_string();
                found.push(TopologyError::of_wire(wire, &words, message));
            }
        }
        found
    }

    /// An address twice in one network, or twice anywhere if it is for all to reach (RFC 1918, 4193).
    fn equal_addresses(&self, network: &Network) -> Vec<TopologyError> {
        let mut known: BTreeMap<(Option<usize>, IpAddr), &str> = BTreeMap::new();
        let mut found = Vec::new();
        for (number, machine) in self.machine.iter().enumerate() {
            for (interface, words, (address, _)) in machine.written_addresses() {
                let place = network.segment(number, &interface.name);
                if is_private(address) && place.is_none() {
                    continue;
                }
                let place = place.filter(|_| is_private(address));
                if let Some(other) = known.insert((place, address), &machine.name) {
                    let message = format!(
                        "“{}” and “{other}” have the same address, {address}",
                        machine.name
                    );
                    found.push(TopologyError::new(words, message).in_machine(number));
                }
            }
        }
        found
    }

    /// Routes over a machine that is in none of the networks of who has the route.
    fn routes_over_strangers(&self, network: &Network) -> Vec<TopologyError> {
        let mut found = Vec::new();
        for (number, machine) in self.machine.iter().enumerate() {
            for route in &machine.route {
                if self.may_be_beside(network, number, route.via) {
                    continue;
                }
                let message = format!(
                    "“{}” has a route over {}, which lies in none of its networks",
                    machine.name, route.via
                );
                let words = route.via.to_string();
                found.push(TopologyError::new(&words, message).in_machine(number));
            }
        }
        found
    }

    /// Whether an address lies in a network of a machine, or in one that is not written down.
    fn may_be_beside(&self, network: &Network, number: usize, via: IpAddr) -> bool {
        let machine = &self.machine[number];
        let mut written = machine.written_addresses();
        let inside = |(address, length): (IpAddr, u8)| {
            let prefix = format!("{address}/{length}").parse::<Prefix>();
            prefix.is_ok_and(|prefix| prefix.contains(via))
        };
        let lent = |interface: &Interface| match via {
            IpAddr::V6(_) => interface.ipv6.iter().any(|own| own == "auto"),
            IpAddr::V4(_) if interface.address != "dhcp" => false,
            IpAddr::V4(_) => match network.address(self, number, interface) {
                Some(((_, length), Some(router))) => inside((router.into(), length)),
                _ => true,
            },
        };
        let of_the_link = matches!(via, IpAddr::V6(via) if via.is_unicast_link_local());
        of_the_link || written.any(|(.., own)| inside(own)) || machine.interface.iter().any(lent)
    }

    /// Machines with servers to which no wire, or no route, leads from the browser's machine.
    fn unreachable(&self, network: &Network) -> Vec<TopologyError> {
        let Some(near) = self.numbers().get(self.near.as_str()).copied() else {
            return Vec::new();
        };
        let wired = self.wired_to(near);
        let mut found = Vec::new();
        for (number, machine) in self.machine.iter().enumerate() {
            if machine.service.is_empty() || number == near {
                continue;
            }
            let fixed = machine.interface.iter();
            let fixed = fixed.filter_map(|own| parse_address(&own.address));
            let mut ways = fixed.map(|(address, _)| self.way(network, near, address));
            let why = match wired.contains(&number) {
                false => Some("no wire leads there".to_owned()),
                true => match ways.next() {
                    Some(Err(first)) if ways.all(|way| way.is_err()) => Some(first),
                    _ => None,
                },
            };
            if let Some(why) = why {
                let message = format!(
                    "“{}” cannot be reached from “{}”: {why}",
                    machine.name, self.near
                );
                found.push(TopologyError::new(&machine.name, message).in_machine(number));
            }
        }
        found
    }

    /// Ports that a home router forwards to where none of its own networks inside is.
    fn forwarded_nowhere(&self) -> Vec<TopologyError> {
        let mut found = Vec::new();
        for (number, machine) in self.machine.iter().enumerate() {
            let Some(nat) = &machine.nat else {
                continue;
            };
            let inside = machine.interface.iter();
            let inside = inside.filter(|own| own.name != nat.outside);
            let inside: Vec<(Ipv4Addr, Prefix)> = inside
                .filter_map(|own| Some((parse_address(&own.address)?.0, own.address.parse().ok()?)))
                .collect();
            for line in &nat.forward {
                let to = *line.to.ip();
                let why = match inside.iter().find(|(_, network)| network.contains(to)) {
                    None => "lies in none of its networks inside",
                    Some((own, _)) if *own == to => "is its own",
                    Some(_) => continue,
                };
                let message = format!(
                    "“{}” forwards port {} to {}, which {why}",
                    machine.name, line.port, line.to
                );
                let warning = TopologyError::new(&line.to.to_string(), message);
                found.push(warning.in_machine(number));
            }
        }
        found
    }

    fn numbers(&self) -> BTreeMap<&str, usize> {
        let names = self.machine.iter().map(|machine| machine.name.as_str());
        names
            .enumerate()
            .map(|(number, name)| (name, number))
            .collect()
    }

    /// The machines that some chain of wires joins to this one.
    fn wired_to(&self, near: usize) -> BTreeSet<usize> {
        let number = self.numbers();
        let mut islands = Islands::new(self.machine.len());
        for wire in &self.wire {
            let end = |place: &Place| number.get(place.machine.as_str()).copied();
            if let Some((from, to)) = end(&wire.from).zip(end(&wire.to)) {
                islands.join(from, to);
            }
        }
        let all = 0..self.machine.len();
        all.filter(|other| islands.mark(*other) == islands.mark(near))
            .collect()
    }

    /// Follows the routes from a machine to an address; why it does not get there.
    fn way(&self, network: &Network, from: usize, to: Ipv4Addr) -> Result<(), String> {
        let mut at = from;
        for _ in 0..HOPS {
            let machine = &self.machine[at];
            let next = match self.next_hop(network, at, to) {
                None => return Err(format!("“{}” has no route to {to}", machine.name)),
                Some(Next::Here) => return Ok(()),
                Some(Next::Via(interface, next)) => (interface, next),
            };
            let (interface, address) = next;
            let segment = network.segment(at, &interface);
            let owner = network.owners.get(&address).into_iter().flatten();
            let mut owner = owner.filter(|(_, place)| place.is_some() && *place == segment);
            match owner.next() {
                Some(_) if address == to => return Ok(()),
                Some((router, _)) if self.machine[*router].kind == MachineKind::Router => {
                    at = *router;
                }
                _ => {
                    return Err(format!(
                        "nobody beside “{}” has the address {address} and passes packets on",
                        machine.name
                    ));
                }
            }
        }
        Err(format!(
            "its packets go round in a circle, or take more than {HOPS} hops"
        ))
    }

    fn next_hop(&self, network: &Network, at: usize, to: Ipv4Addr) -> Option<Next> {
        let machine = &self.machine[at];
        let mut best: Option<(u8, Next)> = None;
        let mut offer = |length: u8, next: Next| {
            if best.as_ref().is_none_or(|(known, _)| *known < length) {
                best = Some((length, next));
            }
        };
        for interface in &machine.interface {
            let own = network.address(self, at, interface);
            let Some((own, router)) = own else { continue };
            let (address, length) = own;
            if address == Some(to) {
                return Some(Next::Here);
            }
            let name = &interface.name;
            let prefix = format!("{}/{length}", address.or(router)?).parse::<Prefix>();
            if prefix.is_ok_and(|prefix| prefix.contains(to)) {
                offer(length, Next::Via(name.clone(), to));
            }
            if let Some(router) = router {
                offer(0, Next::Via(name.clone(), router));
            }
        }
        for route in &machine.route {
            let Ok(prefix) = route.to.parse::<Prefix>() else {
                continue;
            };
            // What is doubtful in IPv6 is not looked for.
            let IpAddr::V4(via) = route.via else {
                continue;
            };
            let interface = self.interface_towards(machine, via);
            if let Some(interface) = interface.filter(|_| prefix.contains(to)) {
                offer(prefix.length, Next::Via(interface, via));
            }
        }
        best.map(|(_, next)| next)
    }

    fn interface_towards(&self, machine: &Machine, via: Ipv4Addr) -> Option<String> {
        let own = machine.interface.iter().find(|own| {
            let prefix = own.address.parse::<Prefix>();
            prefix.is_ok_and(|prefix| prefix.contains(via))
        });
        own.map(|own| own.name.clone())
    }
}

impl Machine {
    /// The addresses that are written down: their interface, their words, their network's length.
    fn written_addresses(&self) -> impl Iterator<Item = (&Interface, &str, (IpAddr, u8))> {
        self.interface.iter().flat_map(|interface| {
            let (four, six) = (&interface.address, &interface.ipv6);
            let four = parse_address(four).map(|(own, length)| (&**four, (own.into(), length)));
            let six = six.iter().filter_map(|words| {
                let (own, length) = parse_ipv6(words)?;
                Some((&**words, (own.into(), length)))
            });
            let all = four.into_iter().chain(six);
            all.map(move |(words, own)| (interface, words, own))
        })
    }
}

/// Whether others may have the same address elsewhere.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Where a packet goes next.
#[derive(Clone)]
enum Next {
    Here,
    /// Out of this interface, to this neighbour.
    Via(String, Ipv4Addr),
}

/// Which interfaces hear each other, and who has which address.
struct Network {
    /// By machine and interface.
    segments: BTreeMap<(usize, String), usize>,
    owners: BTreeMap<Ipv4Addr, Vec<(usize, Option<usize>)>>,
}

impl Network {
    fn of(topology: &Topology) -> Network {
        let number = topology.numbers();
        // Islands of wires' ends: a switch is one place, an interface of a host another.
        let mut places: BTreeMap<(usize, String), usize> = BTreeMap::new();
        let mut joined = Vec::new();
        for wire in &topology.wire {
            let mut end = |place: &Place| {
                let machine = number.get(place.machine.as_str())?;
                let interface = place.interface.clone().unwrap_or_default();
                let next = places.len();
                Some(*places.entry((*machine, interface)).or_insert(next))
            };
            if let Some(both) = end(&wire.from).zip(end(&wire.to)) {
                joined.push(both);
            }
        }
        let mut islands = Islands::new(places.len());
        for (from, to) in joined {
            islands.join(from, to);
        }
        let segments = places
            .into_iter()
            .map(|(place, own)| (place, islands.mark(own)));
        let mut network = Network {
            segments: segments.collect(),
            owners: BTreeMap::new(),
        };
        for (machine, own) in topology.machine.iter().enumerate() {
            for interface in &own.interface {
                if let Some((address, _)) = parse_address(&interface.address) {
                    let segment = network.segment(machine, &interface.name);
                    let owners = network.owners.entry(address).or_default();
                    owners.push((machine, segment));
                }
            }
        }
        network
    }

    fn segment(&self, machine: usize, interface: &str) -> Option<usize> {
        let place = (machine, interface.to_owned());
        self.segments.get(&place).copied()
    }

    /// An interface's address and prefix length; one that is lent has none yet, and its router.
    fn address(
        &self,
        topology: &Topology,
        machine: usize,
        interface: &Interface,
    ) -> Option<((Option<Ipv4Addr>, u8), Option<Ipv4Addr>)> {
        if let Some((address, length)) = parse_address(&interface.address) {
            return Some(((Some(address), length), None));
        }
        let segment = self.segment(machine, &interface.name)?;
        let lends = topology
            .machine
            .iter()
            .enumerate()
            .find_map(|(number, other)| {
                let server = other.dhcp_server.as_ref()?;
                let here = self.segment(number, &server.interface) == Some(segment);
                let own = other
                    .interface
                    .iter()
                    .find(|own| own.name == server.interface)?;
                let (address, length) = parse_address(&own.address).filter(|_| here)?;
                Some((server.router.unwrap_or(address), length))
            });
        let (router, length) = lends?;
        Some(((None, length), Some(router)))
    }
}

/// Things that are joined step by step: the same mark, the same island.
struct Islands {
    parents: Vec<usize>,
}

impl Islands {
    fn new(count: usize) -> Islands {
        Islands {
            parents: (0..count).collect(),
        }
    }

    fn mark(&self, mut of: usize) -> usize {
        while self.parents[of] != of {
            of = self.parents[of];
        }
        of
    }

    /// False if they were joined already.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.mark(one), self.mark(other));
        let (from, to) = (one.max(other), one.min(other));
        self.parents[from] = to;
        one != other
    }
}
