//! When connecting may begin, and what comes after it has begun (RFC 8305, section 3).

use super::family::{Family, FamilyResult};
use super::{RESOLUTION_DELAY, Service, Stub, preference, service};
use crate::wire::Kind;
use std::net::IpAddr;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// What came once the look-up had an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Late {
    /// More addresses.
    Addresses {
        /// All that are known now, in order of preference.
        all: Vec<IpAddr>,
        /// `DnsEvent::AddressesJoined`.
        cause: Cause,
    },
    /// The HTTPS record.
    Services {
        /// Best first.
        services: Vec<Service>,
        /// The last `DnsEvent::ServiceFound`.
        cause: Cause,
    },
}

/// How far a candidate's questions are.
pub(super) enum Ready {
    /// Nothing is open any more.
    Whole,
    /// Connecting may begin with what is there.
    Enough,
    /// Something is worth waiting for.
    Waits,
}

impl Stub {
    /// AAAA that can be used is enough, as that is tried first anyway; A waits for AAAA for
    /// [`RESOLUTION_DELAY`], unless this machine has no IPv6. The HTTPS record says where to connect to
    /// and is waited for as long.
    pub(super) fn readiness(&mut self, now: Time) -> Ready {
        let open = |family: &Family| family.result.is_none();
        if !self.current.iter().any(open) {
            return Ready::Whole;
        }
        let some = self
            .current
            .iter()
            .any(|family| family.addresses().next().is_some());
        if !some {
            let mut addresses = self
                .current
                .iter()
                .filter(|family| family.is_of_addresses());
            if addresses.any(open) {
                return Ready::Waits;
            }
            // A service may lead to a name that has addresses: the record is waited for as well.
            let until = *self
                .grace_until
                .get_or_insert_with(|| now.after(RESOLUTION_DELAY));
            return match until <= now {
                true => Ready::Whole,
                false => Ready::Waits,
            };
        }
        let until = *self
            .grace_until
            .get_or_insert_with(|| now.after(RESOLUTION_DELAY));
        let worth = |family: &Family| match family.kind {
            Kind::A => !self.has_usable_ipv6(),
            Kind::AAAA => preference::has_ipv6(&self.config.own),
            _ => true,
        };
        let waited_for = self
            .current
            .iter()
            .any(|family| open(family) && worth(family));
        match until <= now || !waited_for {
            true => Ready::Enough,
            false => Ready::Waits,
        }
    }

    /// Whether the HTTPS record leads to another name.
    pub(super) fn services_elsewhere(&self) -> bool {
        let services = self.services();
        services.iter().any(|service| !service.at_own_name)
    }

    /// Whether an address of IPv6 is there that this machine has one to come from for.
    fn has_usable_ipv6(&self) -> bool {
        let addresses = self.current.iter().flat_map(Family::addresses);
        let mut ipv6 = addresses.filter(IpAddr::is_ipv6);
        preference::has_ipv6(&self.config.own)
            && ipv6.any(|address| {
                preference::is_reachable(address, &self.config.own, &self.config.policy)
            })
    }

    /// Takes what came after connecting had begun.
    pub(super) fn join(&mut self, now: Time, tap: &Tap) {
        if !matches!(self.outcome, Some(Ok(_))) {
            return;
        }
        for index in 0..self.current.len() {
            let family = &mut self.current[index];
            if family.told || family.result.is_none() {
                continue;
            }
            family.told = true;
            let cause = family.result_cause();
            match (&family.result, family.is_of_addresses()) {
                (Some(FamilyResult::Records { .. }), true) => {
                    self.join_addresses(index, tap, cause)
                }
                (Some(FamilyResult::Records { .. }), false) => {
                    self.join_services(index, tap, cause)
                }
                _ => {}
            }
        }
        self.give_up_where_over(now, tap);
    }

    fn join_addresses(&mut self, index: usize, tap: &Tap, cause: Cause) {
        let family = &self.current[index];
        let event = tap.emit(cause, || DnsEvent::AddressesJoined {
            name: self.lookup.host.clone(),
            record_type: family.kind.to_string(),
            addresses: family.addresses().collect(),
        });
        let cause = event.or(cause);
        let mut all = self.addresses_of(&self.current);
        preference::sort(&mut all, &self.config.own, &self.config.policy);
        self.state_slow_servers(tap, cause);
        self.late.push_back(Late::Addresses { all, cause });
    }

    fn join_services(&mut self, index: usize, tap: &Tap, cause: Cause) {
        let services = service::services(self.current[index].records());
        let cause = self.state_services(&services, tap, cause);
        self.late.push_back(Late::Services { services, cause });
    }

    /// Once there is a connection, a question whose time is over is not asked again.
    fn give_up_where_over(&mut self, now: Time, tap: &Tap) {
        if !self.connected {
            return;
        }
        let over = |family: &&mut Family| family.wake_at().is_some_and(|wake| wake <= now);
        for family in self.current.iter_mut().filter(over) {
            family.give_up(now, tap);
            family.told = true;
        }
    }

    /// What came since the outcome.
    pub fn take_late(&mut self) -> Option<Late> {
        self.late.pop_front()
    }

    /// Whether [`Stub::take_late`] has something.
    pub fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// There is a connection: what is still open is waited for, for the cache's sake, and not asked again.
    pub fn connected(&mut self) {
        self.connected = true;
    }
}
