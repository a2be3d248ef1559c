//! Who serves a zone (RFC 1034, section 5.3.3, step 2).

use super::limits::{ADDRESS_LIMIT, SERVER_LIMIT};
use super::own_zone::{OwnZone, in_place_of_servers};
use super::task::Work;
use crate::wire::{Kind, Name, Rrset};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Port of name servers.
const PORT: u16 = 53;

/// A server of a zone.
#[derive(Clone, Debug)]
pub(super) struct NameServer {
    /// Its name; `None` if only an address is known.
    pub name: Option<Name>,
    pub addresses: Vec<SocketAddr>,
    /// Its addresses have been looked for, over IPv4 and over IPv6.
    pub searched: [bool; 2],
}

/// A zone and its servers.
#[derive(Clone, Debug)]
pub(super) struct Delegation {
    pub zone: Name,
    pub servers: Vec<NameServer>,
    /// The servers ask on themselves.
    pub forwarded: bool,
    pub by_tcp: bool,
    /// It is handed in, not found.
    pub configured: bool,
    /// A zone of our own, which is asked instead of servers.
    pub own: Option<Rc<OwnZone>>,
    /// If all fail, the root's way is tried.
    pub else_from_root: bool,
    /// The servers that the zone above names have been added.
    pub with_parents: bool,
    /// So many of its servers' addresses were asked of the zone above.
    pub asked_above: usize,
}

impl Delegation {
    fn new(zone: Name) -> Delegation {
        Delegation {
            zone,
            servers: Vec::new(),
            forwarded: false,
            by_tcp: false,
            configured: false,
            own: None,
            else_from_root: false,
            with_parents: false,
            asked_above: 0,
        }
    }

    fn add_addresses(&mut self, addresses: &[SocketAddr]) {
        for address in addresses {
            self.servers.push(NameServer {
                name: None,
                addresses: vec![*address],
                searched: [true; 2],
            });
        }
    }

    pub(super) fn from_hints(hints: &[SocketAddr]) -> Delegation {
        let mut delegation = Delegation::new(Name::root());
        delegation.add_addresses(hints);
        delegation.configured = true;
        delegation
    }

    /// From the zone's NS set; addresses as far as they are known.
    pub(super) fn from_set(work: &Work, set: &Rrset) -> Delegation {
        let mut delegation = Delegation::new(set.name.clone());
        for name in set.targets().into_iter().take(SERVER_LIMIT) {
            let addresses = known_addresses(work, &name);
            delegation.servers.push(NameServer {
                name: Some(name),
                addresses,
                searched: [false; 2],
            });
        }
        delegation
    }

    /// Adds servers and addresses that the zone above names. Gives whether there is a new one.
    pub(super) fn add_parents(&mut self, work: &Work) -> bool {
        self.with_parents = true;
        let Some(set) = work.memory(|memory, now| memory.parent_set(now, &self.zone, Kind::NS))
        else {
            return false;
        };
        let mut grown = false;
        // Those that the zone itself names may have other addresses in the zones above them.
        let own = self.servers.iter().filter_map(|server| server.name.clone());
        let mut names: Vec<Name> = set.targets();
        names.extend(own);
        for name in names.into_iter().take(SERVER_LIMIT) {
            let addresses = parent_addresses(work, &name);
            match self
                .servers
                .iter_mut()
                .find(|server| server.name.as_ref() == Some(&name))
            {
                Some(server) => {
                    for address in addresses {
                        if !server.addresses.contains(&address)
                            && server.addresses.len() < ADDRESS_LIMIT
                        {
                            server.addresses.push(address);
                            grown = true;
                        }
                    }
                }
                None => {
                    self.servers.push(NameServer {
                        name: Some(name),
                        addresses,
                        searched: [false; 2],
                    });
                    grown = true;
                }
            }
        }
        grown
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.servers
            .iter()
            .flat_map(|server| server.addresses.iter().copied())
    }
}

/// Whether a server may be asked at an address.
pub(super) fn is_allowed(work: &Work, address: IpAddr) -> bool {
    let family = match address {
        IpAddr::V4(_) => work.config.by_ipv4,
        IpAddr::V6(_) => work.config.by_ipv6,
    };
    family && !work.config.never_asked.contains(&address)
}

/// The address in the data of an A or AAAA record.
pub(super) fn address_of(data: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(data) {
        return Some(IpAddr::from(octets));
    }
    <[u8; 16]>::try_from(data).ok().map(IpAddr::from)
}

pub(super) fn socket_addresses(work: &Work, set: &Rrset) -> Vec<SocketAddr> {
    let addresses = set.data.iter().filter_map(|data| address_of(data));
    let allowed = addresses.filter(|address| is_allowed(work, *address));
    allowed
        .map(|address| SocketAddr::new(address, PORT))
        .take(ADDRESS_LIMIT)
        .collect()
}

fn known_addresses(work: &Work, name: &Name) -> Vec<SocketAddr> {
    let kinds = [Kind::A, Kind::AAAA];
    let sets = kinds
        .iter()
        .filter_map(|kind| work.memory(|memory, now| memory.set(now, name, *kind)));
    let sets: Vec<Rrset> = sets.map(|(set, _)| set).collect();
    sets.iter()
        .flat_map(|set| socket_addresses(work, set))
        .collect()
}

fn parent_addresses(work: &Work, name: &Name) -> Vec<SocketAddr> {
    let kinds = [Kind::A, Kind::AAAA];
    let sets = kinds
        .iter()
        .filter_map(|kind| work.memory(|memory, now| memory.parent_set(now, name, *kind)));
    let sets: Vec<Rrset> = sets.collect();
    sets.iter()
        .flat_map(|set| socket_addresses(work, set))
        .collect()
}

/// The nearest zone at or above `name` whose servers are known. For a DS record the zone has to
/// be above the name. `from_root` leaves out configured servers.
pub(super) fn nearest(work: &Work, name: &Name, kind: Kind, from_root: bool) -> Option<Delegation> {
    let start = match kind {
        Kind::DS => name.parent().unwrap_or_else(Name::root),
        _ => name.clone(),
    };
    // What a forwarder has said of servers below its part of the tree is no reason to pass it by.
    let forwarded = start.ancestors().filter_map(|zone| configured(work, &zone));
    let forwarded = forwarded.into_iter().next();
    if let Some(delegation) = forwarded.filter(|route| route.forwarded && !from_root) {
        return Some(delegation);
    }
    for zone in start.ancestors() {
        if !from_root && let Some(delegation) = configured(work, &zone) {
            return Some(delegation);
        }
        if work.refreshing() && ends_soon(work, &zone) {
            continue;
        }
        let known = work.memory(|memory, now| memory.set(now, &zone, Kind::NS));
        if let Some((set, _)) = known {
            let mut delegation = Delegation::from_set(work, &set);
            if zone.is_root() && delegation.addresses().next().is_none() {
                delegation.add_addresses(&work.config.root_hints);
            }
            return Some(delegation);
        }
    }
    let hints = &work.config.root_hints;
    (!hints.is_empty()).then(|| Delegation::from_hints(hints))
}

/// Part of a delegation's time below which it is asked for again with what is refreshed below it,
/// in hundredths.
const ENDS_SOON: u32 = 10;

fn ends_soon(work: &Work, zone: &Name) -> bool {
    !zone.is_root() && work.memory(|memory, now| memory.ends_soon(now, zone, Kind::NS, ENDS_SOON))
}

fn configured(work: &Work, zone: &Name) -> Option<Delegation> {
    if let Some(own) = in_place_of_servers(work, zone) {
        let mut delegation = Delegation::new(zone.clone());
        delegation.configured = true;
        delegation.else_from_root = own.else_servers;
        delegation.own = Some(own);
        return Some(delegation);
    }
    let route = work
        .config
        .routes
        .iter()
        .find(|route| route.zone == *zone)?;
    let mut delegation = Delegation::new(zone.clone());
    delegation.add_addresses(&route.servers);
    for name in &route.server_names {
        delegation.servers.push(NameServer {
            name: Some(name.clone()),
            addresses: known_addresses(work, name),
            searched: [false; 2],
        });
    }
    delegation.forwarded = route.recursion_desired;
    delegation.by_tcp = route.by_tcp;
    delegation.configured = true;
    delegation.else_from_root = route.else_from_root;
    Some(delegation)
}
