//! How large a packet a way takes, as routers said (RFC 1191, 8201).

use crate::IPV6_LEAST_MTU;
use std::{collections::BTreeMap, net::IpAddr};
use thru_events::{Cause, Stage, Tap, Time, ip::IpEvent, trip::TripEvent};

/// Named limits of what is kept.
pub mod limits {
    use std::time::Duration;

    /// How long it is believed; then larger packets are tried again (RFC 8201, section 4).
    pub const LIFETIME: Duration = Duration::from_secs(600);
    /// Destinations; the one that ends first goes first.
    pub const DESTINATIONS: usize = 1024;
    /// A router of IPv4 that says less is not believed (RFC 1191, section 3).
    pub const LEAST_IPV4: usize = 68;
}

/// The path MTU of each destination that a router spoke of.
#[derive(Clone, Debug, Default)]
pub struct PathMtus {
    known: BTreeMap<IpAddr, (usize, Time)>,
}

impl PathMtus {
    /// A router says that packets over `mtu` octets do not pass. `before` is what the way was held
    /// to take: it is never made larger. Gives the event, or `None` if nothing changed.
    pub fn learn(
        &mut self,
        now: Time,
        destination: IpAddr,
        mtu: usize,
        before: usize,
        cause: Cause,
        tap: &Tap,
    ) -> Option<Cause> {
        // Every link of IPv6 takes 1280 octets: who says less is not believed (RFC 8201, section 4).
        let least = match destination {
            IpAddr::V4(_) => limits::LEAST_IPV4,
            IpAddr::V6(_) => IPV6_LEAST_MTU,
        };
        if mtu < least || mtu >= before.min(self.get(now, destination).unwrap_or(before)) {
            return None;
        }
        if self.known.len() >= limits::DESTINATIONS && !self.known.contains_key(&destination) {
            tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Ip,
                limit: "destinations whose path MTU is known".into(),
                value: limits::DESTINATIONS as u64,
            });
            self.make_room();
        }
        self.known
            .insert(destination, (mtu, now.after(limits::LIFETIME)));
        Some(tap.emit(cause, || IpEvent::PathMtuLearned {
            destination,
            mtu: mtu as u32,
        }))
    }

    /// What the way takes, octets, if a router spoke of it not long ago.
    pub fn get(&self, now: Time, destination: IpAddr) -> Option<usize> {
        let (mtu, until) = self.known.get(&destination)?;
        (*until > now).then_some(*mtu)
    }

    fn make_room(&mut self) {
        let first = self
            .known
            .iter()
            .min_by_key(|(address, (_, until))| (*until, **address));
        if let Some(first) = first.map(|(address, _)| *address) {
            self.known.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_router_says_holds_for_a_while_and_only_makes_smaller() {
        let (mut known, tap) = (PathMtus::default(), Tap::off());
        let to: IpAddr = "2001:db8::1".parse().unwrap();
        let mut learn = |now, mtu| {
            known.learn(Time(now), to, mtu, 1500, None, &tap);
            known.get(Time(now), to)
        };
        assert_eq!(learn(0, 1600), None);
        assert_eq!(learn(0, 1400), Some(1400));
        assert_eq!(learn(0, 1450), Some(1400));
        assert_eq!(learn(0, 600), Some(1400));
        assert_eq!(learn(0, 1280), Some(IPV6_LEAST_MTU));
        assert_eq!(learn(limits::LIFETIME.as_nanos() as u64, 1600), None);
    }

    #[test]
    fn no_more_are_kept_than_the_limit_says() {
        let (mut known, tap) = (PathMtus::default(), Tap::off());
        for n in 0..2 * limits::DESTINATIONS as u32 {
            let to = IpAddr::V4(n.into());
            known.learn(Time(n.into()), to, 1400, 1500, None, &tap);
        }
        assert_eq!(known.known.len(), limits::DESTINATIONS);
    }
}
