//! A better first hop, as the first hop says (RFC 1122, section 3.2.2.2; RFC 4861, section 8).

use crate::{Prefix, Route};
use std::{collections::BTreeMap, net::IpAddr};
use thru_events::{Cause, Stage, Tap, trip::TripEvent};

/// Named limits of what is kept.
pub mod limits {
    /// Destinations; the one heard of longest ago goes first.
    pub const DESTINATIONS: usize = 256;
}

/// What a router said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The router.
    pub from: IpAddr,
    /// Where packets go that had better go elsewhere.
    pub destination: IpAddr,
    /// Whom to hand them to: another router, or the destination itself, which is a neighbour.
    pub target: IpAddr,
}

/// Where packets go to without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// The route that is in use.
    pub route: Route,
    /// Whether the target is on a network of the interface that it came in by.
    pub target_is_neighbour: bool,
    /// The interface that it came in by.
    pub interface: usize,
}

struct Kept {
    target: IpAddr,
    /// The router that the table names; one redirect may follow another.
    instead_of: IpAddr,
    interface: usize,
    number: u64,
}

/// What a host was told by its routers, by destination. A router listens to none.
#[derive(Default)]
pub struct Redirects {
    known: BTreeMap<IpAddr, Kept>,
    heard: u64,
}

impl Redirects {
    /// Takes one in.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn handle(
        &mut self,
        redirect: Redirect,
        before: Before,
        cause: Cause,
        tap: &Tap,
    ) -> Result<(), &'static str> {
        check(&redirect, &before)?;
        let destination = redirect.destination;
        if self.known.len() >= limits::DESTINATIONS && !self.known.contains_key(&destination) {
            tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Ip,
                limit: "destinations that were redirected".into(),
                value: limits::DESTINATIONS as u64,
            });
            let oldest = self.known.iter().min_by_key(|(_, kept)| kept.number);
            if let Some(oldest) = oldest.map(|(destination, _)| *destination) {
                self.known.remove(&oldest);
            }
        }
        self.heard += 1;
        let followed = self.known.get(&destination);
        let followed = followed.filter(|kept| kept.target == redirect.from);
        let kept = Kept {
            target: redirect.target,
            instead_of: followed.map_or(redirect.from, |kept| kept.instead_of),
            interface: before.interface,
            number: self.heard,
        };
        self.known.insert(destination, kept);
        Ok(())
    }

    /// The route to `destination`, where `found` is what the table says. A redirect holds as long as
    /// the table leads to the router that sent the first.
    pub fn route(&self, destination: IpAddr, found: Route) -> Route {
        let kept = self.known.get(&destination);
        let kept = kept
            .filter(|kept| found.via == Some(kept.instead_of) && found.interface == kept.interface);
        let Some(kept) = kept else {
            return found;
        };
        Route {
            prefix: Prefix::new(destination, u8::MAX),
            via: Some(kept.target).filter(|target| *target != destination),
            interface: kept.interface,
        }
    }

    /// Nobody is there: what was to go to `target` goes where it went before.
    pub fn forget(&mut self, target: IpAddr) {
        self.known.retain(|_, kept| kept.target != target);
    }
}

fn check(redirect: &Redirect, before: &Before) -> Result<(), &'static str> {
    let Redirect {
        from,
        destination,
        target,
    } = *redirect;
    if destination.is_multicast() {
        return Err("a redirect about a group");
    }
    if before.route.via != Some(from) || before.route.interface != before.interface {
        return Err("a redirect that is not from the first hop to its destination");
    }
    if target.is_ipv4() != destination.is_ipv4() || target.is_unspecified() || target.is_multicast()
    {
        return Err("a redirect to no machine");
    }
    let takes_it = match target {
        IpAddr::V6(router) => router.is_unicast_link_local() || target == destination,
        IpAddr::V4(_) => before.target_is_neighbour,
    };
    match takes_it {
        true => Ok(()),
        false => Err("a redirect to who is not on the link"),
    }
}
