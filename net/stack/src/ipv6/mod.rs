//! IPv6 on a machine: addresses, the way to others, who is a neighbour.
//!
//! Stage: stages 03 and 04, RFC 4861, 4862, 4443, 6724, 8200.
//! In: IPv6 packets; time. Out: packets, messages of neighbour discovery.
//! Emits: what `thru_link::ndp` and `thru_ip::autoconfiguration` emit, `IpEvent`.
//! How it works: `receive` is the way up, `icmpv6` speaks with routers and hosts, `neighbours`
//! with the machines of the link; [`Ipv6`] is what an interface keeps.
//! Not here: sockets, pieces and frames, which both families share.
//! GAP: MLD (RFC 3810) is not spoken, as the lab's switches send a frame for a group to all; DHCPv6 is
//! not; an address of the link
//! is looked for at the first interface that speaks IPv6, as sockets name no scope.

mod icmpv6;
mod neighbours;
mod receive;

pub(crate) use icmpv6::may_be_redirected;

use crate::{
    Ipv6Config, SendError, Stack,
    send::{PendingPacket, Way},
};
use std::{
    net::{IpAddr, Ipv6Addr},
    task::Waker,
};
use thru_events::{Cause, MacAddress, Time};
use thru_ip::{
    Candidate, DEFAULT_TTL, Prefix, Route,
    autoconfiguration::{Advertiser, Autoconfiguration, OwnIpv6, Standing},
    choose_source,
};
use thru_link::ndp::{ALL_NODES, ALL_ROUTERS, NeighbourCache, group_mac, solicited_node};

/// The group of all machines of an IPv4 network, as hardware address (RFC 1112, section 6.4).
const ALL_HOSTS: MacAddress = MacAddress([0x01, 0x00, 0x5e, 0, 0, 1]);

/// What an interface keeps for IPv6.
pub(crate) struct Ipv6 {
    pub(crate) auto: Autoconfiguration,
    pub(crate) cache: NeighbourCache<PendingPacket>,
    pub(crate) advertiser: Option<Advertiser>,
    /// Hop limit of packets made here, as a router said.
    pub(crate) hop_limit: u8,
    /// Largest packet of the link, octets, as a router said.
    pub(crate) mtu: usize,
    config: Ipv6Config,
}

impl Ipv6 {
    pub(crate) fn new(config: &Ipv6Config, mac: MacAddress, mtu: u16) -> Ipv6 {
        let advertise = config.advertise.clone();
        Ipv6 {
            auto: Autoconfiguration::new(mac),
            cache: NeighbourCache::new(),
            advertiser: advertise.map(|config| Advertiser::new(config, mac)),
            hop_limit: DEFAULT_TTL,
            mtu: mtu.into(),
            config: config.clone(),
        }
    }

    fn is_in_group(&self, group: Ipv6Addr, router: bool) -> bool {
        group == ALL_NODES
            || group == ALL_ROUTERS && router
            || self
                .auto
                .addresses()
                .iter()
                .any(|own| solicited_node(own.address) == group)
    }
}

impl Stack {
    /// Begins to speak IPv6 on every interface that is configured for it: addresses are asked
    /// about, routers asked for or made known.
    pub fn start_ipv6(&mut self, now: Time, cause: Cause) {
        for index in 0..self.interfaces.len() {
            let Some(ipv6) = &mut self.interfaces[index].ipv6 else {
                continue;
            };
            if ipv6.auto.is_started() {
                continue;
            }
            let listens = ipv6.config.autoconfigure;
            let written = ipv6.config.addresses.clone();
            ipv6.auto.start(now, &written, listens, cause, &self.tap);
            if let Some(advertiser) = &mut ipv6.advertiser {
                advertiser.start(now, cause);
            }
            for (address, prefix) in written {
                self.routes.add(Route {
                    prefix: Prefix::new(address, prefix),
                    via: None,
                    interface: index,
                });
            }
        }
    }

    /// Whether no address of IPv6 is being asked about any more.
    pub fn is_ipv6_settled(&self) -> bool {
        let speaking = self.interfaces.iter().filter_map(|own| own.ipv6.as_ref());
        speaking.into_iter().all(|ipv6| ipv6.auto.is_settled())
    }

    /// Whether it is settled; if not, `waker` is woken when it is.
    pub fn register_ipv6_waker(&mut self, waker: &Waker) -> bool {
        let settled = self.is_ipv6_settled();
        // Several tasks may wait at once, each for itself.
        if !settled && !self.ipv6_wakers.iter().any(|known| known.will_wake(waker)) {
            self.ipv6_wakers.push(waker.clone());
        }
        settled
    }

    /// Every own address of IPv6 that may be used, with its prefix length.
    pub fn ipv6_addresses(&self) -> Vec<(Ipv6Addr, u8)> {
        let usable = self.own_ipv6().filter(|(_, own)| own.is_usable());
        usable.map(|(_, own)| (own.address, own.prefix)).collect()
    }

    /// DNS servers that routers named (RFC 8106).
    pub fn ipv6_dns_servers(&self) -> Vec<Ipv6Addr> {
        let speaking = self.interfaces.iter().filter_map(|own| own.ipv6.as_ref());
        speaking
            .flat_map(|ipv6| ipv6.auto.routers().dns())
            .collect()
    }

    pub(crate) fn own_ipv6(&self) -> impl Iterator<Item = (usize, &OwnIpv6)> {
        let interfaces = self.interfaces.iter().enumerate();
        interfaces.flat_map(|(index, interface)| {
            let own = interface.ipv6.iter();
            own.flat_map(move |ipv6| ipv6.auto.addresses().iter().map(move |own| (index, own)))
        })
    }

    pub(crate) fn is_own_ipv6(&self, address: Ipv6Addr) -> bool {
        let owns = |(_, own): (usize, &OwnIpv6)| own.address == address && own.is_usable();
        address.is_loopback() || self.own_ipv6().any(owns)
    }

    /// Whether this machine listens to a group.
    pub(crate) fn is_member(&self, interface: usize, mac: MacAddress) -> bool {
        if mac == MacAddress::BROADCAST || mac == ALL_HOSTS {
            return true;
        }
        let Some(ipv6) = self
            .interfaces
            .get(interface)
            .and_then(|own| own.ipv6.as_ref())
        else {
            return false;
        };
        let own = ipv6.auto.addresses().iter();
        mac == group_mac(ALL_NODES)
            || mac == group_mac(ALL_ROUTERS) && self.forward
            || own
                .into_iter()
                .any(|own| group_mac(solicited_node(own.address)) == mac)
    }

    /// Next hop determination (RFC 4861, section 5.2): the longest prefix of the table and of the
    /// networks that routers named, else a router that takes packets for anywhere.
    pub(crate) fn ipv6_way_to(&self, destination: Ipv6Addr) -> Result<Way, SendError> {
        let route = self
            .ipv6_route(destination)
            .ok_or(SendError::NoRoute(None))?;
        let route = self.redirects.route(destination.into(), route);
        let candidates: Vec<Candidate> = self
            .own_ipv6()
            .filter(|(_, own)| own.is_usable())
            .map(|(interface, own)| Candidate {
                address: own.address,
                deprecated: own.standing == Standing::Deprecated,
                outgoing: interface == route.interface,
                of_next_hop: own.router.is_some() && own.router.map(IpAddr::V6) == route.via,
            })
            .collect();
        let source = choose_source(destination, &candidates).ok_or(SendError::NoAddress)?;
        Ok(Way {
            route,
            source: source.into(),
        })
    }

    fn ipv6_route(&self, destination: Ipv6Addr) -> Option<Route> {
        let speaking = || {
            let interfaces = self.interfaces.iter().enumerate();
            interfaces.filter_map(|(index, own)| Some((index, own.ipv6.as_ref()?)))
        };
        if destination.is_unicast_link_local() {
            let (interface, _) = speaking().next()?;
            return Some(Route {
                prefix: Prefix::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64),
                via: None,
                interface,
            });
        }
        let named = speaking().flat_map(|(interface, ipv6)| {
            let networks = ipv6.auto.routers().on_link();
            networks.map(move |prefix| Route {
                prefix,
                via: None,
                interface,
            })
        });
        let named = named.filter(|route| route.prefix.contains(destination));
        let written = self.routes.lookup(destination);
        let best = named
            .chain(written)
            .max_by_key(|route| route.prefix.length());
        best.or_else(|| {
            let mut routers = speaking().flat_map(|(interface, ipv6)| {
                let defaults = ipv6.auto.routers().defaults();
                defaults.map(move |router| (interface, router))
            });
            let (interface, router) = routers.next()?;
            Some(Route {
                prefix: Prefix::new(Ipv6Addr::UNSPECIFIED, 0),
                via: Some(router.into()),
                interface,
            })
        })
    }

    /// Does one thing of IPv6 that is due; false if nothing is.
    pub(crate) fn poll_ipv6(&mut self, now: Time) -> bool {
        let mut speaking = self.interfaces.iter().enumerate();
        let due = |ipv6: &Ipv6| ipv6.wake_at().is_some_and(|at| at <= now);
        let Some((index, _)) = speaking.find(|(_, own)| own.ipv6.as_ref().is_some_and(due)) else {
            return false;
        };
        self.poll_interface(now, index);
        if !self.ipv6_wakers.is_empty() && self.is_ipv6_settled() {
            self.ipv6_wakers.drain(..).for_each(Waker::wake);
        }
        true
    }

    pub(crate) fn ipv6_wake_at(&self) -> impl Iterator<Item = Time> + '_ {
        let speaking = self.interfaces.iter().filter_map(|own| own.ipv6.as_ref());
        speaking.filter_map(Ipv6::wake_at)
    }
}

impl Ipv6 {
    fn wake_at(&self) -> Option<Time> {
        // A router speaks from its address of the link, once it has one.
        let speaks = self.auto.link_local().is_some();
        let advertiser = self.advertiser.as_ref().filter(|_| speaks);
        let advertiser = advertiser.and_then(Advertiser::wake_at);
        let others = [self.auto.wake_at(), self.cache.wake_at()];
        others.into_iter().flatten().chain(advertiser).min()
    }
}
