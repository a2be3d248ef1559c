//! The sources of names in the order of nsswitch.conf(5), and what is done after each.

use super::config::{Action, Source, Step};
use super::{Stub, search};
use crate::{DnsCache, Failure};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// How a source fared.
#[derive(Clone, Copy)]
enum Status {
    Success,
    NotFound,
    Unavailable,
    TryAgain,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Success => "SUCCESS",
            Status::NotFound => "NOTFOUND",
            Status::Unavailable => "UNAVAIL",
            Status::TryAgain => "TRYAGAIN",
        }
    }

    fn action(self, step: &Step) -> Action {
        match self {
            Status::Success => step.success,
            Status::NotFound => step.not_found,
            Status::Unavailable => step.unavailable,
            Status::TryAgain => step.try_again,
        }
    }
}

impl Stub {
    /// Whether the look-up comes to DNS: not if a source before it has the name.
    pub(super) fn dns_is_asked(&self) -> bool {
        let host = &self.lookup.host;
        let ends = |step: &&Step| match step.source {
            Source::Dns => true,
            Source::Files => step.success == Action::Return && self.config.hosts.has(host),
            Source::MyHostname => {
                step.success == Action::Return && !self.of_this_machine().is_empty()
            }
            Source::Other(_) => false,
        };
        let first = self.config.order.iter().find(ends);
        first.is_some_and(|step| step.source == Source::Dns) && !search::is_localhost(host)
    }

    pub(super) fn next_source(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        let mut cause = cause;
        while let Some(step) = self.next_step() {
            let goes_on = self.goes_on_after(&step);
            let status = match &step.source {
                Source::Files => match self.ask_hosts_file(goes_on, tap, cause) {
                    Ok(None) => return,
                    Ok(Some(hit)) => {
                        cause = hit;
                        Status::Success
                    }
                    Err(missed) => {
                        cause = missed;
                        Status::NotFound
                    }
                },
                Source::Dns if search::is_localhost(&self.lookup.host) => {
                    return self.localhost(tap, cause);
                }
                Source::Dns => {
                    self.step = Some(step);
                    return self.next_candidate(now, cache, tap, cause);
                }
                Source::MyHostname => {
                    let addresses = self.allowed(self.of_this_machine());
                    if !addresses.is_empty() && !goes_on {
                        return self.resolved(addresses, "myhostname", tap, cause);
                    }
                    match addresses.is_empty() {
                        true => Status::NotFound,
                        false => Status::Success,
                    }
                }
                Source::Other(_) => Status::Unavailable,
            };
            match self.pass(&step, status, tap, cause) {
                Ok(passed) => cause = passed,
                Err(passed) => return self.nothing_found(tap, passed),
            }
        }
        self.nothing_found(tap, cause);
    }

    fn next_step(&mut self) -> Option<Step> {
        let step = self.config.order.get(self.sources_begun)?.clone();
        self.sources_begun += 1;
        Some(step)
    }

    fn has_sources(&self) -> bool {
        self.sources_begun < self.config.order.len()
    }

    /// Whether a later source has the last word although this one has the name: what it found is
    /// forgotten then, as glibc has it for `[SUCCESS=continue]`.
    fn goes_on_after(&self, step: &Step) -> bool {
        step.success == Action::Continue && self.has_sources()
    }

    /// Whether another source than the one that is asked has the last word.
    pub(super) fn goes_on(&self) -> bool {
        self.step
            .as_ref()
            .is_some_and(|step| self.goes_on_after(step))
    }

    /// DNS has the name; whether a later source is asked all the same.
    pub(super) fn dns_is_passed(
        &mut self,
        now: Time,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> bool {
        let step = self.step.clone().filter(|step| self.goes_on_after(step));
        let Some(step) = step else { return false };
        self.step = None;
        self.candidates.end();
        self.current.clear();
        self.failures.clear();
        let passed = self.pass(&step, Status::Success, tap, cause);
        self.next_source(now, cache, tap, passed.unwrap_or(cause));
        true
    }

    /// DNS was asked and has no address.
    pub(super) fn dns_has_nothing(
        &mut self,
        now: Time,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) {
        let status = match self.worst_failure() {
            Some((Failure::NameNotResolved { .. } | Failure::NoData { .. }, _)) => Status::NotFound,
            Some((
                Failure::Servfail { .. } | Failure::Bogus { .. } | Failure::LameDelegation { .. },
                _,
            )) => Status::TryAgain,
            // As glibc has it, a server that does not answer does not work at all.
            _ => Status::Unavailable,
        };
        let Some(step) = self.step.take() else {
            return self.nothing_found(tap, cause);
        };
        if !self.has_sources() {
            return self.nothing_found(tap, cause);
        }
        match self.pass(&step, status, tap, cause) {
            Ok(passed) => self.next_source(now, cache, tap, passed),
            Err(passed) => self.nothing_found(tap, passed),
        }
    }

    /// Says how the source fared; an error if the search ends there.
    fn pass(&self, step: &Step, status: Status, tap: &Tap, cause: Cause) -> Result<Cause, Cause> {
        let ends = status.action(step) == Action::Return;
        // Of the hosts file it is said already; what goes on as everybody expects needs no word.
        let expected = step.source == Source::Files && !matches!(status, Status::Success);
        if expected && !ends {
            return Ok(cause);
        }
        let event = tap.emit(cause, || DnsEvent::SourcePassed {
            source: step.source.as_str().to_owned().into(),
            status: status.as_str().into(),
            ends,
        });
        match ends {
            true => Err(event.or(cause)),
            false => Ok(event.or(cause)),
        }
    }

    fn nothing_found(&mut self, tap: &Tap, cause: Cause) {
        let name = self.lookup.host.clone();
        if search::is_localhost(&name) {
            return self.localhost(tap, cause);
        }
        let (failure, cause) = match self.worst_failure() {
            Some((Failure::NameNotResolved { .. }, told)) if search::is_of_multicast(&name) => {
                (Failure::OfMulticast { name }, told)
            }
            Some(known) => known,
            None if search::is_of_multicast(&name) => (Failure::OfMulticast { name }, cause),
            None => match self
                .config
                .order
                .iter()
                .any(|step| step.source == Source::Dns)
            {
                true => (Failure::SourcesEnd { name }, cause),
                false => (Failure::NobodyToAsk { name }, cause),
            },
        };
        self.failed(failure, tap, cause);
    }

    /// `Some` if it has the name and the search goes on.
    fn ask_hosts_file(
        &mut self,
        goes_on: bool,
        tap: &Tap,
        cause: Cause,
    ) -> Result<Option<Cause>, Cause> {
        let name = self.lookup.host.clone();
        let found = self.config.hosts.find(&name);
        let found = found.map(|(addresses, line)| (self.allowed(addresses), line));
        match found {
            Some((addresses, line)) if !addresses.is_empty() => {
                let listed = addresses.clone();
                let event = tap.emit(cause, || DnsEvent::HostsFileHit {
                    name,
                    addresses: listed,
                    line,
                });
                if goes_on {
                    return Ok(Some(event.or(cause)));
                }
                let cause = self.state_hosts_override(line, tap, event.or(cause));
                self.resolved(addresses, "hosts file", tap, cause);
                Ok(None)
            }
            _ => Err(tap
                .emit(cause, || DnsEvent::HostsFileMissed { name })
                .or(cause)),
        }
    }

    /// What nss-myhostname(8) knows: the machine's own name has its addresses.
    fn of_this_machine(&self) -> Vec<IpAddr> {
        let host = self.lookup.host.trim_end_matches('.');
        let own =
            !self.config.hostname.is_empty() && host.eq_ignore_ascii_case(&self.config.hostname);
        if !own {
            return Vec::new();
        }
        let reach = self.config.own.iter().map(|own| own.address);
        let reach: Vec<IpAddr> = reach.filter(|address| !address.is_loopback()).collect();
        match reach.is_empty() {
            // Of the whole network 127/8 that module takes an address that means "no other".
            true => vec![
                IpAddr::V6(Ipv6Addr::LOCALHOST),
                IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
            ],
            false => reach,
        }
    }

    /// RFC 6761, section 6.3: localhost is this machine and is asked of nobody.
    fn localhost(&mut self, tap: &Tap, cause: Cause) {
        let both = vec![
            IpAddr::V6(Ipv6Addr::LOCALHOST),
            IpAddr::V4(Ipv4Addr::LOCALHOST),
        ];
        self.resolved(self.allowed(both), "localhost", tap, cause);
    }
}
