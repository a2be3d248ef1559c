use crate::{
    Topology, TopologyError,
    chance::Chance,
    firewall::{Filter, Prefix, Rule},
    flow,
    machine::{Attached, BACKLOG, FilterPath, Gap, Host, Machine, NatPath, State, SwitchMachine},
    router::{Forwarded, Nat, NatSettings},
    switch::{Switch, SwitchSettings},
    topology::{self, ForwardProtocol, MachineKind, StateName, Way},
    wire::Direction,
    world::World,
};
use std::{
    cell::{Cell, RefCell},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};
use thru_events::{MacAddress, NodeId, Tap, Time, Vantage};
use thru_stack::{
    AddressConfig, AdvertiserConfig, DhcpServerConfig, InterfaceConfig, Ipv6Config,
    PrefixInformation, RouteConfig, Stack, StackConfig, TcpCongestion, TcpEcn, TcpSettings,
};

impl Topology {
    /// Names of the nodes: machines first, then wires.
    pub fn node_names(&self) -> Vec<String> {
        let machines = self.machine.iter().map(|machine| machine.name.clone());
        let wires = self.wire.iter();
        let wires = wires.map(|wire| format!("wire {} – {}", wire.from, wire.to));
        machines.chain(wires).collect()
    }
}

/// Makes machines and wires.
pub(super) fn build(
    world: &World,
    topology: &Topology,
    seed: u64,
    tap: &Tap,
) -> Result<(), TopologyError> {
    for (number, machine) in topology.machine.iter().enumerate() {
        let vantage = match machine.name == topology.near {
            true => Vantage::Near,
            false => Vantage::Node(NodeId(number as u16)),
        };
        let tap = tap.at(vantage);
        let built = match machine.kind {
            MachineKind::Switch => switch(topology, machine, tap),
            MachineKind::Outside => Machine::Outside(Rc::new(Gap::new(tap))),
            _ => Machine::Host(Rc::new(host(machine, number, seed, tap)?)),
        };
        world.machines.borrow_mut().push(built);
    }
    wires(world, topology, seed, tap);
    Ok(())
}

/// Every machine speaks IPv6 from the beginning, if it does at all; the browser's begins at the key
/// press, as with its lease.
pub(super) fn start_ipv6(world: &World, topology: &Topology) {
    let machines = world.machines.borrow();
    for (number, named) in topology.machine.iter().enumerate() {
        if let Machine::Host(host) = &machines[number]
            && named.name != topology.near
            && host.state.get() != State::Off
        {
            host.stack.borrow_mut().start_ipv6(Time::ZERO, None);
            world.touch(number);
        }
    }
}

fn switch(topology: &Topology, machine: &topology::Machine, tap: Tap) -> Machine {
    let ends = topology.wire.iter().flat_map(|wire| [&wire.from, &wire.to]);
    let ports = ends.filter(|place| place.machine == machine.name).count();
    let usual = SwitchSettings::with_ports(u8::try_from(ports).unwrap_or(u8::MAX));
    let chosen = machine.switch.clone().unwrap_or_default();
    let settings = SwitchSettings {
        table_limit: chosen.table_limit.unwrap_or(usual.table_limit),
        ageing: chosen.ageing.map_or(usual.ageing, |ageing| ageing.0),
        storm_limit: chosen.storm_limit.unwrap_or(usual.storm_limit),
        ..usual
    };
    Machine::Switch(SwitchMachine {
        switch: RefCell::new(Switch::new(settings, tap)),
        ports: RefCell::default(),
    })
}

fn host(
    machine: &topology::Machine,
    number: usize,
    seed: u64,
    tap: Tap,
) -> Result<Host, TopologyError> {
    let mut stack = Stack::new(stack_config(machine, number, seed), tap.clone());
    if let Some(nat) = &machine.nat {
        let outside_interface = machine
            .interface
            .iter()
            .position(|own| own.name == nat.outside);
        let outside = fixed_address(machine, &nat.outside)?;
        stack.set_forwarding(Box::new(NatPath {
            nat: Nat::new(nat_settings(nat, outside), tap.clone()),
            outside_interface: outside_interface.unwrap_or(0),
            came_by: 0,
            begun_inside: Filter::new(vec![Rule::allow_all()], tap.clone()),
        }));
    }
    if let Some(rules) = &machine.firewall {
        let parsed = rules.iter().map(|rule| rule.parse::<Rule>());
        let parsed = parsed.collect::<Result<_, _>>();
        let parsed = parsed.map_err(|bad| TopologyError::new(&machine.name, bad.0))?;
        let filter = Filter::new(parsed, tap.clone());
        stack.set_forwarding(Box::new(FilterPath { filter }));
    }
    Ok(Host {
        tap,
        stack: RefCell::new(stack),
        interfaces: RefCell::default(),
        state: Cell::new(match machine.state {
            StateName::On => State::On,
            StateName::Hung => State::Hung,
            StateName::Off => State::Off,
        }),
        touched: Cell::new(false),
        wakes_at: Cell::new(None),
        backlog: machine.tcp.backlog.unwrap_or(BACKLOG),
    })
}

fn nat_settings(nat: &topology::Nat, outside: Ipv4Addr) -> NatSettings {
    let usual = NatSettings::usual(outside);
    let forward = nat.forward.iter().map(|line| Forwarded {
        protocol: match line.protocol {
            ForwardProtocol::Tcp => flow::TCP,
            ForwardProtocol::Udp => flow::UDP,
        },
        port: line.port,
        to: line.to,
    });
    NatSettings {
        table_limit: nat.table_limit.unwrap_or(usual.table_limit),
        tcp_idle: nat.tcp_idle.map_or(usual.tcp_idle, |idle| idle.0),
        udp_idle: nat.udp_idle.map_or(usual.udp_idle, |idle| idle.0),
        forward: forward.collect(),
        ..usual
    }
}

fn tcp_settings(tcp: &topology::Tcp) -> TcpSettings {
    let usual = TcpSettings::default();
    TcpSettings {
        congestion: match tcp.congestion {
            Some(topology::Congestion::Reno) => TcpCongestion::Reno,
            Some(topology::Congestion::Cubic) => TcpCongestion::Cubic,
            None => usual.congestion,
        },
        ecn: match tcp.ecn {
            Some(true) => TcpEcn::Ask,
            Some(false) => TcpEcn::Off,
            None => usual.ecn,
        },
        fast_open: tcp.fast_open.unwrap_or(usual.fast_open),
        timestamps: tcp.timestamps.unwrap_or(usual.timestamps),
        sack: tcp.sack.unwrap_or(usual.sack),
        nagle: tcp.nagle.unwrap_or(usual.nagle),
        ..usual
    }
}

fn fixed_address(machine: &topology::Machine, interface: &str) -> Result<Ipv4Addr, TopologyError> {
    let found = machine.interface.iter().find(|own| own.name == interface);
    let found = found.and_then(|own| topology::parse_address(&own.address));
    let (address, _) = found.ok_or_else(|| TopologyError::new(interface, "no such interface"))?;
    Ok(address)
}

fn stack_config(machine: &topology::Machine, number: usize, seed: u64) -> StackConfig {
    let routes = machine
        .route
        .iter()
        .filter_map(|route| route_config(machine, route));
    StackConfig {
        tcp: tcp_settings(&machine.tcp),
        name: machine.name.clone(),
        interfaces: interfaces(machine, number),
        routes: routes.collect(),
        forward: machine.kind == MachineKind::Router,
        seed: Chance::new(seed, &format!("stack of {}", machine.name)).u64(),
        dhcp_server: machine
            .dhcp_server
            .as_ref()
            .and_then(|server| dhcp_server(machine, server)),
    }
}

fn interfaces(machine: &topology::Machine, number: usize) -> Vec<InterfaceConfig> {
    let interfaces = machine.interface.iter().enumerate();
    let interfaces = interfaces.map(|(index, interface)| InterfaceConfig {
        name: interface.name.clone(),
        // Locally administered, unicast (IEEE 802).
        mac: MacAddress([2, 0, 0, (number >> 8) as u8, number as u8, index as u8]),
        mtu: interface.mtu,
        address: match topology::parse_address(&interface.address) {
            Some((address, prefix)) => AddressConfig::Static { address, prefix },
            None if interface.address == "none" => AddressConfig::None,
            None => AddressConfig::Dhcp,
        },
        detect_conflicts: interface.detect_conflicts,
        remembers: interface.remembers,
        ipv6: ipv6(interface),
    });
    interfaces.collect()
}

/// Without an address of IPv6 in the list an interface does not speak it.
fn ipv6(interface: &topology::Interface) -> Option<Ipv6Config> {
    let own = interface.ipv6.iter();
    let addresses: Vec<_> = own.filter_map(|text| topology::parse_ipv6(text)).collect();
    let named = addresses.clone();
    let advertise = interface.advertise.as_ref().map(|said| AdvertiserConfig {
        prefixes: named
            .into_iter()
            .map(|(address, length)| PrefixInformation {
                prefix: network_of(address, length),
                length,
                on_link: true,
                autonomous: true,
                valid_s: said.valid_s,
                preferred_s: said.preferred_s.min(said.valid_s),
            })
            .collect(),
        lifetime_s: said.lifetime_s,
        mtu: said.mtu,
        dns: said.dns.clone(),
    });
    (!interface.ipv6.is_empty()).then(|| Ipv6Config {
        addresses,
        autoconfigure: interface.ipv6.iter().any(|own| own == "auto"),
        advertise,
    })
}

/// Clears the host bits of an address.
fn network_of(address: Ipv6Addr, length: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

/// The route leaves by the interface whose own network has the next router.
fn route_config(machine: &topology::Machine, route: &topology::Route) -> Option<RouteConfig> {
    let to: Prefix = route.to.parse().ok()?;
    let holds = |interface: &topology::Interface| match route.via {
        IpAddr::V4(via) => {
            let own = interface.address.parse::<Prefix>();
            own.is_ok_and(|own| own.contains(via))
        }
        // An address of the link is behind the first interface that speaks IPv6.
        IpAddr::V6(via) if via.is_unicast_link_local() => !interface.ipv6.is_empty(),
        IpAddr::V6(via) => {
            let mut own = interface.ipv6.iter();
            own.any(|text| match topology::parse_ipv6(text) {
                Some((own, length)) => network_of(own, length) == network_of(via, length),
                None => false,
            })
        }
    };
    Some(RouteConfig {
        prefix: to.network,
        len: to.length,
        via: Some(route.via),
        interface: machine.interface.iter().position(holds)?,
    })
}

fn dhcp_server(
    machine: &topology::Machine,
    server: &topology::DhcpServer,
) -> Option<DhcpServerConfig> {
    let interface = machine
        .interface
        .iter()
        .find(|own| own.name == server.interface)?;
    let (address, prefix) = topology::parse_address(&interface.address)?;
    Some(DhcpServerConfig {
        server: address,
        first: server.first,
        last: server.last,
        prefix,
        router: server.router,
        dns: server.dns.clone(),
        lease_s: server.lease_s,
    })
}

fn wires(world: &World, topology: &Topology, seed: u64, tap: &Tap) {
    let mut next_port = vec![0; topology.machine.len()];
    for (number, wire) in topology.wire.iter().enumerate() {
        let mut attach = |place: &topology::Place| attached(topology, place, &mut next_port);
        let (Some(from), Some(to)) = (attach(&wire.from), attach(&wire.to)) else {
            continue;
        };
        let name = format!("wire {} – {}", wire.from, wire.to);
        let direction = |end| {
            let chance = Chance::new(seed, &format!("{name} from end {end}"));
            let way = [Way::There, Way::Back][end];
            Direction::new(super::wires::properties(wire, way), chance)
        };
        let node = NodeId((topology.machine.len() + number) as u16);
        world.connect(
            [from, to],
            [direction(0), direction(1)],
            tap.at(Vantage::Node(node)),
        );
    }
}

fn attached(
    topology: &Topology,
    place: &topology::Place,
    next_port: &mut [usize],
) -> Option<Attached> {
    let machine = topology
        .machine
        .iter()
        .position(|machine| machine.name == place.machine)?;
    let interface = match &place.interface {
        Some(name) => topology.machine[machine]
            .interface
            .iter()
            .position(|own| own.name == *name)?,
        None => {
            next_port[machine] += 1;
            next_port[machine] - 1
        }
    };
    Some(Attached { machine, interface })
}
