use super::{DhcpServer, Machine, MachineKind, Nat, Place, Service, Topology, TopologyError};
use crate::firewall::{Prefix, Rule};
use std::collections::{BTreeMap, BTreeSet};

type Checked = Result<(), TopologyError>;

/// Machines of one lab; node numbers, wires among them, are 16 bits wide.
const MACHINE_LIMIT: usize = 4000;

/// Wires of one lab.
const WIRE_LIMIT: usize = 8000;

/// Wires at one switch: ports are numbered by 8 bits.
const PORT_LIMIT: usize = 255;

fn wrong(words: &str, message: String) -> Checked {
    Err(TopologyError::new(words, message))
}

impl Topology {
    /// Holds the names in it against each other.
    pub fn check(&self) -> Checked {
        if self.machine.len() > MACHINE_LIMIT || self.wire.len() > WIRE_LIMIT {
            let message =
                format!("a lab has at most {MACHINE_LIMIT} machines and {WIRE_LIMIT} wires");
            return wrong("machine", message);
        }
        let mut names = BTreeSet::new();
        for (number, machine) in self.machine.iter().enumerate() {
            if !names.insert(machine.name.as_str()) {
                let message = format!("there are two machines called “{}”", machine.name);
                return Err(TopologyError::new(&machine.name, message).in_machine(number));
            }
            let checked = self.check_machine(machine);
            checked.map_err(|error| error.in_machine(number))?;
        }
        self.check_host(&self.near)?;
        if let Some(visit) = &self.visit {
            self.check_host(&visit.by)?;
            for name in &visit.then_off {
                self.check_host(name)?;
            }
        }
        for authority in &self.authority {
            self.check_host(&authority.machine)?;
        }
        for zone in &self.zone {
            if !zone.origin.ends_with('.') {
                return wrong(
                    &zone.origin,
                    format!("the zone “{}” must end with a dot", zone.origin),
                );
            }
        }
        self.check_wires()
    }

    /// Reads every zone as a name server will.
    pub(super) fn check_zones(&self) -> Checked {
        for (number, zone) in self.zone.iter().enumerate() {
            if let Err(refused) = thru_dns::Zone::parse(&zone.master_file()) {
                // The first line is the name, which stands before the text.
                let line = refused.line.checked_sub(2);
                let line = line.and_then(|line| zone.text.lines().nth(line));
                let words = line.map(str::trim).filter(|line| !line.is_empty());
                let message = format!("the zone “{}”: {}", zone.origin, refused.why);
                let error = TopologyError::new(words.unwrap_or(&zone.origin), message);
                return Err(error.in_zone(number));
            }
        }
        Ok(())
    }

    fn check_host(&self, name: &str) -> Checked {
        match self.machine(name) {
            Some(machine) if !machine.kind.has_ports() => Ok(()),
            Some(machine) if machine.kind == MachineKind::Outside => wrong(
                name,
                format!("“{name}” is outside: the lab runs no program there"),
            ),
            Some(_) => wrong(name, format!("“{name}” is a switch, which runs no program")),
            None => wrong(name, format!("there is no machine called “{name}”")),
        }
    }

    fn check_machine(&self, machine: &Machine) -> Checked {
        if machine.kind.has_ports() && !(machine.interface.is_empty() && machine.service.is_empty())
        {
            let message = format!(
                "“{}” is {}: it has ports, no addresses and no services",
                machine.name,
                match machine.kind {
                    MachineKind::Outside => "outside",
                    _ => "a switch",
                }
            );
            return wrong(&machine.name, message);
        }
        if machine.switch.is_some() && machine.kind != MachineKind::Switch {
            let message = format!("“{}” is no switch", machine.name);
            return wrong("switch", message);
        }
        for interface in &machine.interface {
            let known = ["dhcp", "none"].contains(&interface.address.as_str());
            if !known && parse_address(&interface.address).is_none() {
                let message = format!(
                    "“{}” is no address like 192.168.1.1/24, nor dhcp or none",
                    interface.address
                );
                return wrong(&interface.address, message);
            }
            if let Some(before) = interface.remembers.filter(|_| interface.address != "dhcp") {
                let message = format!(
                    "“{before}” is asked for again only where address = \"dhcp\", not {}",
                    interface.address
                );
                return wrong(&before.to_string(), message);
            }
            for own in &interface.ipv6 {
                if own != "auto" && parse_ipv6(own).is_none() {
                    let message = format!("“{own}” is no address like 2001:db8:1::1/64, nor auto");
                    return wrong(own, message);
                }
            }
        }
        for route in &machine.route {
            let prefix = route.to.parse::<Prefix>();
            let prefix = prefix.map_err(|bad| TopologyError::new(&route.to, bad.0))?;
            if prefix.network.is_ipv4() != route.via.is_ipv4() {
                let message = format!("“{}” and “{}” are of two families", route.to, route.via);
                return wrong(&route.to, message);
            }
        }
        for rule in machine.firewall.iter().flatten() {
            let parsed = rule.parse::<Rule>();
            parsed.map_err(|bad| TopologyError::new(rule, format!("“{rule}”: {}", bad.0)))?;
        }
        let served = machine.dhcp_server.as_ref().map(|server| &server.interface);
        let outside = machine.nat.as_ref().map(|nat| &nat.outside);
        for name in served.into_iter().chain(outside) {
            self.check_fixed_address(machine, name)?;
        }
        if let Some(nat) = &machine.nat {
            check_forward(nat)?;
        }
        if let Some(server) = &machine.dhcp_server {
            check_lending(server)?;
        }
        for trusted in &machine.trusts {
            self.check_authority(trusted)?;
        }
        machine
            .service
            .iter()
            .try_for_each(|service| self.check_service(service))
    }

    fn check_fixed_address(&self, machine: &Machine, interface: &str) -> Checked {
        let found = machine.interface.iter().find(|own| own.name == interface);
        match found.map(|own| parse_address(&own.address)) {
            Some(Some(_)) => Ok(()),
            _ => {
                let message = format!(
                    "“{}” has no interface “{interface}” with an address of its own",
                    machine.name
                );
                wrong(interface, message)
            }
        }
    }

    fn check_authority(&self, name: &str) -> Checked {
        match self
            .authority
            .iter()
            .any(|authority| authority.name == name)
        {
            true => Ok(()),
            false => wrong(name, format!("there is no authority called “{name}”")),
        }
    }

    fn check_service(&self, service: &Service) -> Checked {
        match service {
            Service::NameServer(server) => self.check_origins(&server.zones),
            Service::CachingDns(server) => self.check_origins(&server.copies),
            Service::LoadBalancer(balancer) => {
                self.check_authority(&balancer.certificate.authority)?;
                let behind = balancer.web.iter().chain(&balancer.cache);
                behind
                    .into_iter()
                    .try_for_each(|name| self.check_host(name))
            }
            Service::CacheServer { web, .. } => {
                web.iter().try_for_each(|name| self.check_host(name))
            }
            Service::WebServer { app, .. } => app.iter().try_for_each(|name| self.check_host(name)),
            _ => Ok(()),
        }
    }

    fn check_origins(&self, origins: &[String]) -> Checked {
        origins.iter().try_for_each(|origin| {
            match self.zone.iter().any(|zone| zone.origin == *origin) {
                true => Ok(()),
                false => wrong(origin, format!("there is no zone “{origin}”")),
            }
        })
    }

    fn check_wires(&self) -> Checked {
        let mut taken = BTreeSet::new();
        let mut ports = BTreeMap::<&str, usize>::new();
        for (number, wire) in self.wire.iter().enumerate() {
            wire.check(number)?;
            for place in [&wire.from, &wire.to] {
                let checked = self.check_place(place);
                checked.map_err(|error| error.in_wire(number))?;
                let one = self.machine(&place.machine);
                let one = one.is_some_and(|machine| machine.kind != MachineKind::Switch);
                let words = place.to_string();
                if one && !taken.insert(words.clone()) {
                    let message = format!("two wires are plugged into “{place}”");
                    return Err(TopologyError::of_wire(number, &words, message));
                }
                let used = ports.entry(&place.machine).or_default();
                *used += 1;
                if *used > PORT_LIMIT {
                    let message = format!("a switch has at most {PORT_LIMIT} ports");
                    return Err(TopologyError::of_wire(number, &words, message));
                }
            }
        }
        Ok(())
    }

    fn check_place(&self, place: &Place) -> Checked {
        let words = place.to_string();
        let Some(machine) = self.machine(&place.machine) else {
            return wrong(
                &words,
                format!("there is no machine called “{}”", place.machine),
            );
        };
        let fits = match &place.interface {
            None => machine.kind.has_ports(),
            Some(name) => machine
                .interface
                .iter()
                .any(|interface| interface.name == *name),
        };
        match fits {
            true => Ok(()),
            false => wrong(
                &words,
                format!(
                    "nothing can be plugged into “{words}”: name an interface of a host, or a switch alone"
                ),
            ),
        }
    }
}

/// Lines that are always there: each at a port of its own, to a place of its own.
fn check_forward(nat: &Nat) -> Checked {
    let (mut ports, mut places) = (BTreeSet::new(), BTreeSet::new());
    for line in &nat.forward {
        let protocol = line.protocol.word();
        let (port, to) = (line.port, line.to);
        let at = format!("port = {port}");
        if port == 0 || to.port() == 0 {
            let words = if port == 0 { at } else { to.to_string() };
            return wrong(&words, "port 0 is none that can be forwarded".to_owned());
        }
        if !ports.insert((protocol, port)) {
            return wrong(&at, format!("{protocol} port {port} is forwarded twice"));
        }
        if !places.insert((protocol, to)) {
            let message = format!("two ports are forwarded to {protocol} {to}");
            return wrong(&to.to_string(), message);
        }
    }
    Ok(())
}

fn check_lending(server: &DhcpServer) -> Checked {
    let DhcpServer { first, last, .. } = server;
    if first > last {
        let message = format!("the first address to lend, {first}, is above the last, {last}");
        return wrong(&first.to_string(), message);
    }
    if server.lease_s == 0 {
        return wrong("lease_s", "an address is lent for 1 s at least".to_owned());
    }
    Ok(())
}

/// `address/prefix length` of IPv6.
pub(crate) fn parse_ipv6(text: &str) -> Option<(std::net::Ipv6Addr, u8)> {
    let (address, length) = text.split_once('/')?;
    let length = length.parse().ok().filter(|length| *length <= 128)?;
    Some((address.parse().ok()?, length))
}

/// `address/prefix length`.
pub(crate) fn parse_address(text: &str) -> Option<(std::net::Ipv4Addr, u8)> {
    let (address, _) = text.split_once('/')?;
    let prefix: Prefix = text.parse().ok()?;
    Some((address.parse().ok()?, prefix.length))
}
