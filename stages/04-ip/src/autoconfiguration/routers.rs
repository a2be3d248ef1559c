use super::{addresses::lifetime, limits};
use crate::Prefix;
use std::{net::Ipv6Addr, time::Duration};
use thru_events::{Cause, Stage, Tap, Time, link::LinkEvent, trip::TripEvent};
use thru_link::ndp::PrefixInformation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DefaultRouter {
    address: Ipv6Addr,
    until: Time,
    cause: Cause,
}

/// What the routers of one link said (RFC 4861, section 5.1).
#[derive(Clone, Debug, Default)]
pub struct Routers {
    defaults: Vec<DefaultRouter>,
    on_link: Vec<(Prefix, Option<Time>)>,
    dns: Vec<(Ipv6Addr, Option<Time>)>,
}

impl Routers {
    /// The routers that take packets for anywhere, the one known longest first.
    pub fn defaults(&self) -> impl Iterator<Item = Ipv6Addr> + '_ {
        self.defaults.iter().map(|router| router.address)
    }

    /// The networks whose addresses are neighbours.
    pub fn on_link(&self) -> impl Iterator<Item = Prefix> + '_ {
        self.on_link.iter().map(|(prefix, _)| *prefix)
    }

    /// DNS servers.
    pub fn dns(&self) -> impl Iterator<Item = Ipv6Addr> + '_ {
        self.dns.iter().map(|(server, _)| *server)
    }

    pub(super) fn hear_router(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        lifetime_s: u16,
        cause: Cause,
        tap: &Tap,
    ) {
        let known = self.defaults.iter().position(|it| it.address == address);
        if lifetime_s == 0 {
            if let Some(known) = known {
                self.defaults.remove(known);
                lost(address, "it says that it is none", cause, tap);
            }
            return;
        }
        if known.is_none() && self.defaults.len() >= limits::ROUTERS {
            let name = "default routers of an interface";
            return full(name, limits::ROUTERS, cause, tap);
        }
        let until = now.after(Duration::from_secs(lifetime_s.into()));
        let cause = tap.emit(cause, || LinkEvent::RouterLearned {
            router: address.into(),
            lifetime_s: lifetime_s.into(),
        });
        let router = DefaultRouter {
            address,
            until,
            cause,
        };
        match known {
            Some(known) => self.defaults[known] = router,
            None => self.defaults.push(router),
        }
    }

    /// RFC 4861, section 6.3.4.
    pub(super) fn hear_network(
        &mut self,
        now: Time,
        network: &PrefixInformation,
        cause: Cause,
        tap: &Tap,
    ) {
        let prefix = Prefix::new(network.prefix, network.length);
        if !network.on_link || network.prefix.is_unicast_link_local() {
            return;
        }
        self.on_link.retain(|(known, _)| *known != prefix);
        if network.valid_s == 0 {
            return;
        }
        if self.on_link.len() >= limits::PREFIXES {
            let name = "networks of a link that routers named";
            return full(name, limits::PREFIXES, cause, tap);
        }
        self.on_link.push((prefix, lifetime(now, network.valid_s)));
    }

    pub(super) fn hear_dns(
        &mut self,
        now: Time,
        server: Ipv6Addr,
        lifetime_s: u32,
        cause: Cause,
        tap: &Tap,
    ) {
        let until = lifetime(now, lifetime_s);
        if let Some(known) = self.dns.iter_mut().find(|(known, _)| *known == server) {
            known.1 = until;
        } else if self.dns.len() < limits::DNS_SERVERS {
            self.dns.push((server, until));
        } else if lifetime_s > 0 {
            let name = "DNS servers that routers named";
            full(name, limits::DNS_SERVERS, cause, tap);
        }
        self.dns
            .retain(|(_, until)| until.is_none_or(|at| at > now));
    }

    /// Forgets what is over.
    pub(super) fn expire(&mut self, now: Time, tap: &Tap) {
        self.defaults.retain(|router| {
            let lives = router.until > now;
            if !lives {
                lost(
                    router.address,
                    "it was not heard of in time",
                    router.cause,
                    tap,
                );
            }
            lives
        });
        let lives = |until: &Option<Time>| until.is_none_or(|at| at > now);
        self.on_link.retain(|(_, until)| lives(until));
        self.dns.retain(|(_, until)| lives(until));
    }

    pub(super) fn due(&self) -> Option<Time> {
        let routers = self.defaults.iter().map(|router| router.until);
        let networks = self.on_link.iter().filter_map(|(_, until)| *until);
        let dns = self.dns.iter().filter_map(|(_, until)| *until);
        routers.chain(networks).chain(dns).min()
    }
}

/// One more is not taken in.
fn full(limit: &'static str, value: usize, cause: Cause, tap: &Tap) {
    tap.emit(cause, || TripEvent::LimitReached {
        stage: Stage::Ip,
        limit: limit.into(),
        value: value as u64,
    });
}

fn lost(router: Ipv6Addr, why: &'static str, cause: Cause, tap: &Tap) {
    tap.emit(cause, || LinkEvent::RouterLost {
        router: router.into(),
        why: why.into(),
    });
}
