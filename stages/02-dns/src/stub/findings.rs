//! What is worth knowing about a look-up that succeeded.

use super::{Service, Stub, search, service};
use crate::failure::address;
use crate::wire::Name;
use std::time::Duration;
use thru_events::{Blame, Cause, Code, Failed, Stage, Tap, dns::DnsEvent, trip::TripEvent};

/// An answer that takes longer is told as slow: a page needs several of them one after the other.
pub(super) const SLOW_ANSWER: Duration = Duration::from_millis(500);

impl Stub {
    pub(super) fn services(&self) -> Vec<Service> {
        let records = self
            .current
            .iter()
            .filter(|family| !family.is_of_addresses());
        service::services(records.flat_map(|family| family.records()))
    }

    /// Says what services there are; the last event.
    pub(super) fn state_services(&self, services: &[Service], tap: &Tap, cause: Cause) -> Cause {
        let mut last = cause;
        for service in services {
            let event = tap.emit(cause, || DnsEvent::ServiceFound {
                name: self.lookup.host.clone(),
                priority: service.priority,
                target: service.target.clone(),
                alpn: service.alpn.clone(),
                port: service.port,
            });
            last = event.or(last);
        }
        last
    }

    /// A name of the search list was found instead of the one that was typed.
    pub(super) fn state_search_domain(&self, source: &str, tap: &Tap, cause: Cause) -> Cause {
        let found = self.current.first().map(|family| &family.name);
        let other = |found: &&Name| Some(*found) != self.candidates.typed();
        let Some(found) = found
            .filter(|_| matches!(source, "dns" | "cache"))
            .filter(other)
        else {
            return cause;
        };
        let typed = self.lookup.host.trim_end_matches('.').to_ascii_lowercase();
        let found = found.shown();
        let event = tap.emit(cause, || DnsEvent::SearchDomainUsed {
            name: typed.clone(),
            found: found.clone(),
        });
        let domain = found
            .strip_prefix(&typed)
            .unwrap_or(&found)
            .trim_matches('.');
        let message = format!(
            "{typed} was looked up as {found}: resolv.conf has {domain} among its search domains."
        );
        let failed = Failed::new(
            Code::DnsSearchDomain,
            Blame::PolicyRefused,
            format!("search domain {domain}"),
            message,
        );
        state(tap, event.or(cause), failed)
    }

    /// The hosts file has the name: no server was asked.
    pub(super) fn state_hosts_override(&self, line: u32, tap: &Tap, cause: Cause) -> Cause {
        if search::is_localhost(&self.lookup.host) {
            return cause;
        }
        let message = format!(
            "{} has its address from line {line} of the hosts file; no name server was asked.",
            self.lookup.host
        );
        let culprit = format!("hosts file, line {line}");
        let failed = Failed::new(
            Code::DnsHostsOverride,
            Blame::PolicyRefused,
            culprit,
            message,
        );
        state(tap, cause, failed)
    }

    /// Servers that were waited for in vain, and such as took long.
    pub(super) fn state_slow_servers(&mut self, tap: &Tap, cause: Cause) {
        let told = &mut self.slow;
        for family in self
            .current
            .iter()
            .filter(|family| family.is_of_addresses())
        {
            for server in &family.passed {
                if told.contains(server) {
                    continue;
                }
                told.push(*server);
                let after = family.answered_by.filter(|answered| answered != server);
                let after = after.map(|after| format!("{} was asked after it", address(&after)));
                let then = after.unwrap_or_else(|| "it was asked once more".into());
                let message = format!(
                    "The name server {} gave no answer for {}; {then}.",
                    address(server),
                    self.lookup.host
                );
                let waiting_for = "a name server's answer";
                let failed =
                    Failed::timed_out(Code::DnsSlowServer, waiting_for, address(server), message);
                state(tap, cause, failed);
            }
            let slow = family.took.filter(|took| *took > SLOW_ANSWER);
            if let (Some(server), Some(took)) = (family.answered_by, slow)
                && !told.contains(&server)
            {
                told.push(server);
                let message = format!(
                    "The name server {} took {} ms to answer for {}.",
                    address(&server),
                    took.as_millis(),
                    self.lookup.host
                );
                let failed = Failed::new(
                    Code::DnsSlowServer,
                    Blame::PeerMisbehaved,
                    address(&server),
                    message,
                );
                state(tap, cause, failed);
            }
        }
    }
}

fn state(tap: &Tap, cause: Cause, finding: Failed) -> Cause {
    let event = tap.emit(cause, || TripEvent::Found {
        stage: Stage::Dns,
        finding,
    });
    event.or(cause)
}
