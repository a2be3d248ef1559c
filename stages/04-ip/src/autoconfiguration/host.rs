use super::{OwnIpv6, Routers, Standing, limits};
use std::net::Ipv6Addr;
use thru_events::{
    Cause, MacAddress, Stage, Tap, Time, lease::LeaseEvent, link::LinkEvent, trip::TripEvent,
};
use thru_link::ndp::{
    ALL_ROUTERS, NdpMessage, NdpOptions, PrefixInformation, interface_identifier, link_local,
    solicited_node,
};

/// Bits of a network that an address is made of (RFC 4291, section 2.5.1).
const NETWORK_BITS: u8 = 64;

/// What the machine wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoconfigurationOutput {
    /// The message to send.
    pub message: NdpMessage,
    /// From.
    pub source: Ipv6Addr,
    /// To.
    pub destination: Ipv6Addr,
    /// The event that says so.
    pub cause: Cause,
}

/// The addresses of one interface (RFC 4862). A router's own do not come from other routers.
pub struct Autoconfiguration {
    mac: MacAddress,
    addresses: Vec<OwnIpv6>,
    routers: Routers,
    /// Questions for a router so far, and when the next is due.
    solicitations: u32,
    solicit_at: Option<Time>,
    listens: bool,
    started: bool,
    cause: Cause,
}

impl Autoconfiguration {
    /// A machine that does nothing until [`Autoconfiguration::start`].
    pub fn new(mac: MacAddress) -> Autoconfiguration {
        Autoconfiguration {
            mac,
            addresses: Vec::new(),
            routers: Routers::default(),
            solicitations: 0,
            solicit_at: None,
            listens: false,
            started: false,
            cause: None,
        }
    }

    /// Begins: the link's own address and those `written` down are asked about. A host listens to
    /// routers and asks for one.
    pub fn start(
        &mut self,
        now: Time,
        written: &[(Ipv6Addr, u8)],
        listens: bool,
        cause: Cause,
        tap: &Tap,
    ) {
        self.started = true;
        self.listens = listens;
        self.cause = cause;
        self.add(now, link_local(self.mac), NETWORK_BITS, None, cause, tap);
        for (address, prefix) in written.iter().take(limits::ADDRESSES - 1) {
            let mut own = OwnIpv6::tentative(now, *address, *prefix);
            own.cause = cause;
            self.addresses.push(own);
        }
        self.solicit_at = listens.then_some(now);
    }

    /// Whether it was started.
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Every own address, however it stands.
    pub fn addresses(&self) -> &[OwnIpv6] {
        &self.addresses
    }

    /// What routers said.
    pub fn routers(&self) -> &Routers {
        &self.routers
    }

    /// Whether every address is either this machine's or someone else's.
    pub fn is_settled(&self) -> bool {
        self.started && !self.addresses.iter().any(OwnIpv6::is_tentative)
    }

    /// The own address of the link, if it may be used.
    pub fn link_local(&self) -> Option<Ipv6Addr> {
        let mut own = self.addresses.iter().filter(|own| own.is_usable());
        own.find(|own| own.address.is_unicast_link_local())
            .map(|own| own.address)
    }

    /// Takes in a router's advertisement (RFC 4861, section 6.3.4; RFC 4862, section 5.5.3).
    pub fn handle_advertisement(
        &mut self,
        now: Time,
        router: Ipv6Addr,
        message: &NdpMessage,
        cause: Cause,
        tap: &Tap,
    ) {
        let NdpMessage::RouterAdvertisement {
            lifetime_s,
            options,
            ..
        } = message
        else {
            return;
        };
        if !self.listens {
            return;
        }
        self.routers
            .hear_router(now, router, *lifetime_s, cause, tap);
        if *lifetime_s > 0 {
            self.solicit_at = None;
        }
        for network in &options.prefixes {
            self.routers.hear_network(now, network, cause, tap);
            if network.autonomous {
                self.hear_autonomous(now, router, network, cause, tap);
            }
        }
        for (server, lifetime_s) in &options.dns {
            self.routers.hear_dns(now, *server, *lifetime_s, cause, tap);
        }
    }

    fn hear_autonomous(
        &mut self,
        now: Time,
        router: Ipv6Addr,
        network: &PrefixInformation,
        cause: Cause,
        tap: &Tap,
    ) {
        // Steps b to d.
        let fits = !network.prefix.is_unicast_link_local()
            && network.preferred_s <= network.valid_s
            && network.length == NETWORK_BITS;
        if !fits {
            return;
        }
        let host = u128::from(interface_identifier(self.mac));
        let network_bits = network.prefix.to_bits() & !u128::from(u64::MAX);
        let address = Ipv6Addr::from_bits(network_bits | host);
        let known = self.addresses.iter_mut().find(|own| own.address == address);
        if let Some(own) = known {
            return own.renew(now, network.valid_s, network.preferred_s);
        }
        if network.valid_s > 0 {
            let from = Some((router, *network));
            self.add(now, address, NETWORK_BITS, from, cause, tap);
        }
    }

    fn add(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        prefix: u8,
        from: Option<(Ipv6Addr, PrefixInformation)>,
        cause: Cause,
        tap: &Tap,
    ) {
        if self.addresses.len() >= limits::ADDRESSES {
            tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Ip,
                limit: "IPv6 addresses of an interface".into(),
                value: limits::ADDRESSES as u64,
            });
            return;
        }
        let mut own = OwnIpv6::tentative(now, address, prefix);
        if let Some((router, network)) = from {
            own.router = Some(router);
            own.valid_until = super::addresses::lifetime(now, network.valid_s);
            own.preferred_until = super::addresses::lifetime(now, network.preferred_s);
        }
        let valid_s = from
            .and_then(|(_, network)| Some(network.valid_s).filter(|seconds| *seconds != u32::MAX));
        own.cause = tap.emit(cause, || LeaseEvent::Formed {
            address,
            prefix,
            router: own.router,
            valid_s,
        });
        self.addresses.push(own);
    }

    /// Someone asks about an address of ours that is still asked about by us too, from no address
    /// (RFC 4862, section 5.4.3), or says that it has one of ours (section 5.4.4). Gives whether
    /// that is so; the event is `NeighbourConflict`.
    pub fn handle_claim(
        &mut self,
        address: Ipv6Addr,
        claimed_by: MacAddress,
        cause: Cause,
        tap: &Tap,
    ) -> bool {
        let Some(own) = self.addresses.iter_mut().find(|own| own.address == address) else {
            return false;
        };
        if claimed_by == self.mac {
            return false;
        }
        let conflict = || LinkEvent::NeighbourConflict {
            address: address.into(),
            claimed_by,
        };
        let cause = tap.emit(cause, conflict);
        if own.is_tentative() {
            own.standing = Standing::Duplicate;
            tap.emit(cause, || LeaseEvent::Expired {
                address: address.into(),
                why: "another machine has it".into(),
            });
        }
        true
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<AutoconfigurationOutput> {
        self.routers.expire(now, tap);
        self.age(now, tap);
        self.probe(now, tap).or_else(|| self.solicit(now, tap))
    }

    /// Asks about a tentative address, or takes it into use.
    fn probe(&mut self, now: Time, tap: &Tap) -> Option<AutoconfigurationOutput> {
        for own in &mut self.addresses {
            let Standing::Tentative { probes, next } = own.standing else {
                continue;
            };
            if next > now {
                continue;
            }
            let address = own.address;
            if probes >= limits::PROBES {
                own.standing = Standing::Preferred;
                own.cause = tap.emit(own.cause, || LeaseEvent::Verified {
                    address: address.into(),
                });
                continue;
            }
            own.standing = Standing::Tentative {
                probes: probes + 1,
                next: now.after(limits::PROBE_WAIT),
            };
            own.cause = tap.emit(own.cause, || LinkEvent::AddressProbed {
                address: address.into(),
                attempt: probes + 1,
            });
            return Some(AutoconfigurationOutput {
                message: NdpMessage::NeighbourSolicitation {
                    target: address,
                    options: NdpOptions::default(),
                },
                source: Ipv6Addr::UNSPECIFIED,
                destination: solicited_node(address),
                cause: own.cause,
            });
        }
        None
    }

    /// Asks for a router, from no address as long as there is none.
    fn solicit(&mut self, now: Time, tap: &Tap) -> Option<AutoconfigurationOutput> {
        self.solicit_at.filter(|at| *at <= now)?;
        self.solicitations += 1;
        let again = self.solicitations < limits::ROUTER_SOLICITATIONS;
        self.solicit_at = again.then(|| now.after(limits::BETWEEN_SOLICITATIONS));
        let attempt = self.solicitations;
        let cause = tap.emit(self.cause, || LinkEvent::RouterSolicited { attempt });
        let source = self.link_local();
        let options = match source {
            Some(_) => NdpOptions::from(self.mac),
            None => NdpOptions::default(),
        };
        Some(AutoconfigurationOutput {
            message: NdpMessage::RouterSolicitation { options },
            source: source.unwrap_or(Ipv6Addr::UNSPECIFIED),
            destination: ALL_ROUTERS,
            cause,
        })
    }

    fn age(&mut self, now: Time, tap: &Tap) {
        self.addresses.retain_mut(|own| {
            let address = own.address.into();
            if own.valid_until.is_some_and(|at| at <= now) {
                tap.emit(own.cause, || LeaseEvent::Expired {
                    address,
                    why: "its time is over".into(),
                });
                return false;
            }
            let over = own.preferred_until.is_some_and(|at| at <= now);
            if over && own.standing == Standing::Preferred {
                own.standing = Standing::Deprecated;
                own.cause = tap.emit(own.cause, || LeaseEvent::Deprecated { address });
            }
            true
        });
    }

    /// When [`Autoconfiguration::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        let addresses = self.addresses.iter().filter_map(OwnIpv6::due);
        let others = self.solicit_at.into_iter().chain(self.routers.due());
        addresses.chain(others).min()
    }
}
