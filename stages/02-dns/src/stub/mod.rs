//! The stub resolver: what a browser's machine does to find the addresses of a host.
//!
//! Stage: stage 02, RFC 1034 (section 5.3.1), 3596, 5452, 6724, 6761, 8305 (section 3), 8914, 9460, resolv.conf(5),
//! nsswitch.conf(5).
//! In: a host and the machine's configuration; answers of servers. Out: addresses in order of
//! preference and services, or why there are none.
//! Emits: `DnsEvent`, `TripEvent::Found`.
//! How it works: literal, override, cache; then the sources in their order. For DNS each
//! candidate of the search list is asked for AAAA, A and HTTPS at the same time, a `ServerRound` each.
//! Not here: the exchange of octets (the carrier).
//! The outcome is there as soon as connecting may begin (RFC 8305, section 3); what comes afterwards is
//! handed out as [`Late`], and the machine is done when nothing is open any more.
//! GAP: an HTTPS record's alias (priority 0) is told and not followed.

mod config;
mod early;
mod family;
mod findings;
mod policy;
mod preference;
mod search;
mod server_round;
mod service;
mod sources;
mod troubles;
mod work;

use crate::exchange::{Chance, Input, Machine, Order};
use crate::wire::{Kind, Name};
use crate::{DnsCache, Failure};
use config::Trust;
pub use config::{Action, Override, Source, Step, StubConfig};
pub use early::Late;
use early::Ready;
use family::{Family, FamilyResult};
pub use policy::{Policy, PolicyLine};
pub use preference::OwnAddress;
use search::Candidates;
use server_round::Servers;
pub use service::Service;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Tap, Text, Time, dns::DnsEvent};
use work::Work;

/// How long AAAA and the HTTPS record are waited for once there are addresses (RFC 8305, section 3).
pub const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// Which kinds of address are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Families {
    /// Both.
    #[default]
    Any,
    /// Only IPv4 (`-4`).
    Ipv4,
    /// Only IPv6 (`-6`).
    Ipv6,
}

impl Families {
    fn allow(self, address: &IpAddr) -> bool {
        match self {
            Families::Any => true,
            Families::Ipv4 => address.is_ipv4(),
            Families::Ipv6 => address.is_ipv6(),
        }
    }
}

/// What is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Host as a URL has it: a name in ASCII form, an IPv4 address, an IPv6 address in brackets.
    pub host: String,
    /// The port that will be connected to; overrides and services look at it.
    pub port: u16,
    /// Kinds of address.
    pub families: Families,
    /// The services are asked for as well (HTTPS records).
    pub services: bool,
}

/// The addresses of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// In order of preference.
    pub addresses: Vec<IpAddr>,
    /// Services, best first; empty if there are none or they did not come in time.
    pub services: Vec<Service>,
    /// Where they come from: `literal`, `override`, `cache`, `hosts file`, `myhostname`, `localhost` or `dns`.
    pub source: Text,
    /// `DnsEvent::Resolved`.
    pub cause: Cause,
}

/// The stub resolver's machine for one host.
pub struct Stub {
    lookup: Lookup,
    config: Rc<StubConfig>,
    chance: Chance,
    /// How many of the sources were begun.
    sources_begun: usize,
    candidates: Candidates,
    /// The first candidate, until its turn.
    first: Option<Name>,
    /// The source that is being asked.
    step: Option<Step>,
    /// The candidate that is being asked for, a part per type of record.
    current: Vec<Family>,
    /// What the cache said of the first candidate before the sources were asked.
    looked_up: Vec<Family>,
    grace_until: Option<Time>,
    failures: Vec<(Failure, Cause)>,
    tokens: u64,
    outcome: Option<Result<Addresses, (Failure, Cause)>>,
    /// What came after the outcome.
    late: VecDeque<Late>,
    /// There is a connection already.
    connected: bool,
    /// Name servers that were told as slow.
    slow: Vec<SocketAddr>,
}

impl Stub {
    /// Begins a look-up. It may be done at once.
    pub fn begin(
        now: Time,
        lookup: Lookup,
        config: Rc<StubConfig>,
        chance: Chance,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Stub {
        let mut stub = Stub {
            sources_begun: 0,
            candidates: Candidates::default(),
            first: None,
            step: None,
            current: Vec::new(),
            looked_up: Vec::new(),
            grace_until: None,
            failures: Vec::new(),
            tokens: 0,
            outcome: None,
            late: VecDeque::new(),
            connected: false,
            slow: Vec::new(),
            lookup,
            config,
            chance,
        };
        let started = tap.emit(cause, || DnsEvent::LookupStarted {
            name: stub.lookup.host.clone(),
        });
        stub.start(now, cache, tap, started.or(cause));
        stub
    }

    /// The outcome, once it is known. The failure's cause is `DnsEvent::NotResolved`.
    pub fn outcome(&self) -> Option<&Result<Addresses, (Failure, Cause)>> {
        self.outcome.as_ref()
    }

    fn start(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        if let Some(address) = literal(&self.lookup.host) {
            let event = tap.emit(cause, || DnsEvent::LiteralUsed { address });
            return self.resolved(vec![address], "literal", tap, event.or(cause));
        }
        if let Some(addresses) = self.overridden() {
            let (name, address) = (self.lookup.host.clone(), addresses[0]);
            let event = tap.emit(cause, || DnsEvent::OverrideUsed { name, address });
            return self.resolved(addresses, "override", tap, event.or(cause));
        }
        if !search::is_localhost(&self.lookup.host) {
            self.lookup.families = self.config.families(self.lookup.families);
        }
        self.candidates = Candidates::new(&self.lookup.host, &self.config);
        let Some(first) = self.next_name() else {
            let name = self.lookup.host.clone();
            return self.failed(Failure::NotAName { name }, tap, cause);
        };
        // The cache has DNS answers: it does not speak where DNS would not be asked.
        if !self.dns_is_asked() {
            self.first = Some(first);
            return self.next_source(now, cache, tap, cause);
        }
        self.looked_up = self.look_into_cache(now, &first, cache, tap, cause);
        let addresses = self.addresses_of(&self.looked_up);
        let of_addresses = |family: &&Family| family.is_of_addresses();
        let mut wanted = self.looked_up.iter().filter(of_addresses);
        if wanted.all(|family| family.result.is_some()) && !addresses.is_empty() {
            let hit = self.looked_up.iter().rev().find_map(Family::result_cause);
            self.current = std::mem::take(&mut self.looked_up);
            // An HTTPS record that is not kept is not asked for while the addresses are.
            self.current.retain(|family| family.result.is_some());
            return self.resolved(addresses, "cache", tap, hit.or(cause));
        }
        self.first = Some(first);
        let miss = self.looked_up.iter().rev().find_map(|family| family.cause);
        self.next_source(now, cache, tap, miss.or(cause));
    }

    fn next_name(&mut self) -> Option<Name> {
        self.candidates.next(&self.lookup.host, &self.config)
    }

    fn overridden(&self) -> Option<Vec<IpAddr>> {
        let host = self.lookup.host.trim_end_matches('.');
        let fits = |entry: &&Override| {
            let host_fits = entry.host == "*" || entry.host.eq_ignore_ascii_case(host);
            host_fits && (entry.port == 0 || entry.port == self.lookup.port)
        };
        let addresses = &self.config.overrides.iter().find(fits)?.addresses;
        Some(self.allowed(addresses.clone())).filter(|allowed| !allowed.is_empty())
    }

    fn allowed(&self, mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        addresses.retain(|address| self.lookup.families.allow(address));
        addresses
    }

    fn addresses_of(&self, families: &[Family]) -> Vec<IpAddr> {
        families.iter().flat_map(Family::addresses).collect()
    }

    /// A part per wanted type of record, with what the cache has.
    fn look_into_cache(
        &self,
        now: Time,
        name: &Name,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Vec<Family> {
        let kinds = match self.lookup.families {
            Families::Any => &[Kind::AAAA, Kind::A][..],
            Families::Ipv4 => &[Kind::A],
            Families::Ipv6 => &[Kind::AAAA],
        };
        let addresses = kinds.iter().map(|kind| (name.clone(), *kind));
        let services = self.service_name(name).map(|name| (name, Kind::HTTPS));
        let wanted = addresses.chain(services);
        let looked = wanted.map(|(name, kind)| {
            let mut family = Family::new(name, kind, cause);
            family.look(now, cache, tap);
            family
        });
        looked.collect()
    }

    /// Where the HTTPS record is (RFC 9460, section 9.1).
    fn service_name(&self, name: &Name) -> Option<Name> {
        if !self.lookup.services {
            return None;
        }
        match self.lookup.port {
            80 | 443 => Some(name.clone()),
            port => name.child(b"_https")?.child(format!("_{port}").as_bytes()),
        }
    }

    fn next_candidate(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        self.grace_until = None;
        self.current.clear();
        let Some(name) = self.first.take().or_else(|| self.next_name()) else {
            return self.dns_has_nothing(now, cache, tap, cause);
        };
        self.current = match self.looked_up.first() {
            Some(family) if family.name == name => std::mem::take(&mut self.looked_up),
            _ => self.look_into_cache(now, &name, cache, tap, cause),
        };
        if self.config.servers.is_empty() {
            let name = self.lookup.host.clone();
            return self.failed(Failure::NobodyToAsk { name }, tap, cause);
        }
        let servers = self.servers(cache);
        let mut work = Work {
            now,
            chance: &mut self.chance,
            tap,
        };
        let open = |family: &&mut Family| family.result.is_none();
        for family in self.current.iter_mut().filter(open) {
            // Every question is asked because the name was looked up, not because of the other.
            family.cause = cause;
            self.tokens += 1 << 16;
            family.ask(&mut work, servers.clone(), self.tokens);
        }
        self.conclude(now, cache, tap);
    }

    fn servers(&mut self, cache: &DnsCache) -> Servers {
        let mut addresses = self.config.servers.clone();
        if self.config.rotate && addresses.len() > 1 {
            let by = usize::from((self.chance)()) % addresses.len();
            addresses.rotate_left(by);
        }
        Servers {
            addresses,
            rounds: self.config.attempts.max(1).into(),
            timeout: self.config.timeout,
            trust: Trust {
                all: self.config.trust_ad,
                doors: self.config.doors.clone(),
            },
            manners: cache.manners(),
        }
    }

    /// Ends the candidate if nothing more is to come for it.
    fn conclude(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) {
        if self.outcome.is_some() || self.current.is_empty() {
            return;
        }
        let ready = self.readiness(now);
        if matches!(ready, Ready::Waits) {
            return;
        }
        let addresses = self.addresses_of(&self.current);
        let begins = !addresses.is_empty() && !self.goes_on();
        if !begins {
            let open = |family: &&mut Family| family.result.is_none();
            for family in self.current.iter_mut().filter(open) {
                family.give_up(now, tap);
            }
        }
        let last = family::latest_cause(&self.current);
        if !addresses.is_empty() {
            if self.dns_is_passed(now, cache, tap, last) {
                return;
            }
            return self.resolved(addresses, self.source(), tap, last);
        }
        let (failure, cause) = self.candidate_failure(last);
        let silent = matches!(failure, Failure::Unreachable { .. });
        self.failures.push((failure, cause));
        if silent {
            self.candidates.end();
        }
        self.next_candidate(now, cache, tap, cause);
    }

    /// `cache` if every address that is there was kept.
    fn source(&self) -> &'static str {
        let mut with = self
            .current
            .iter()
            .filter(|family| family.addresses().next().is_some());
        match with.all(|family| family.is_kept) {
            true => "cache",
            false => "dns",
        }
    }

    /// Why the current candidate has no address: a server's trouble before a denial.
    fn candidate_failure(&self, last: Cause) -> (Failure, Cause) {
        let mut denied = None;
        for family in self
            .current
            .iter()
            .filter(|family| family.is_of_addresses())
        {
            match &family.result {
                Some(FamilyResult::Failed { failure, cause }) => return (failure.clone(), *cause),
                Some(FamilyResult::Denied { denial, cause }) => {
                    let failure = denial.failure();
                    let no_data = matches!(failure, Failure::NoData { .. });
                    if denied.is_none() || no_data {
                        denied = Some((failure, *cause));
                    }
                }
                _ => {}
            }
        }
        let name = self.lookup.host.clone();
        denied.unwrap_or((Failure::NobodyToAsk { name }, last))
    }

    /// Of all candidates: a name without address says more than a name that is not there, and of
    /// two denials the one of the name as it was typed.
    fn worst_failure(&self) -> Option<(Failure, Cause)> {
        let typed = self.lookup.host.trim_end_matches('.');
        let rank = |(failure, _): &&(Failure, Cause)| match failure {
            Failure::NoData { .. } => 0,
            Failure::NameNotResolved { name, .. } => {
                2 + u8::from(!name.eq_ignore_ascii_case(typed))
            }
            _ => 1,
        };
        self.failures.iter().min_by_key(rank).cloned()
    }

    fn resolved(
        &mut self,
        mut addresses: Vec<IpAddr>,
        source: &'static str,
        tap: &Tap,
        cause: Cause,
    ) {
        // A literal is one address, an override is the user's own order, and every machine has
        // both addresses of itself.
        if !matches!(source, "literal" | "override" | "localhost") {
            preference::sort(&mut addresses, &self.config.own, &self.config.policy);
        }
        if addresses.is_empty() {
            let failure = Failure::NoData {
                name: self.lookup.host.clone(),
                server: None,
                zone: None,
                only: self.lookup.families,
            };
            return self.failed(failure, tap, cause);
        }
        let cause = self.state_search_domain(source, tap, cause);
        let services = self.services();
        self.state_services(&services, tap, cause);
        let event = tap.emit(cause, || DnsEvent::Resolved {
            name: self.lookup.host.clone(),
            addresses: addresses.clone(),
            source: source.into(),
        });
        self.state_slow_servers(tap, event.or(cause));
        self.end(Ok(Addresses {
            addresses,
            services,
            source: source.into(),
            cause: event.or(cause),
        }));
    }

    fn failed(&mut self, mut failure: Failure, tap: &Tap, cause: Cause) {
        if let Failure::NoData { only, .. } = &mut failure {
            *only = self.lookup.families;
        }
        let event = tap.emit(cause, || DnsEvent::NotResolved {
            name: self.lookup.host.clone(),
            why: failure.to_string().into(),
        });
        self.end(Err((failure, event.or(cause))));
    }

    fn end(&mut self, outcome: Result<Addresses, (Failure, Cause)>) {
        let over = outcome.is_err() || self.current.iter().all(|family| family.result.is_some());
        if over {
            self.current.clear();
        }
        for family in &mut self.current {
            family.told = family.result.is_some();
        }
        self.outcome = Some(outcome);
    }
}

impl Machine for Stub {
    fn handle(&mut self, now: Time, input: Input, cache: &mut DnsCache, tap: &Tap) {
        let (Input::Response { token, .. } | Input::Unreachable { token, .. }) = &input;
        let asked = self
            .current
            .iter_mut()
            .find(|family| family.waits_for(*token));
        if let Some(family) = asked {
            let mut work = Work {
                now,
                chance: &mut self.chance,
                tap,
            };
            family.handle(&mut work, input, cache);
            self.conclude(now, cache, tap);
            self.join(now, tap);
        }
    }

    fn poll(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) -> Option<Order> {
        let mut work = Work {
            now,
            chance: &mut self.chance,
            tap,
        };
        for family in self.current.iter_mut().filter(|_| !self.connected) {
            family.check_time(&mut work);
        }
        self.conclude(now, cache, tap);
        self.join(now, tap);
        self.current.iter_mut().find_map(Family::take_order)
    }

    fn wake_at(&self) -> Option<Time> {
        let deadlines = self.current.iter().filter_map(Family::wake_at);
        let grace = self.grace_until.filter(|_| self.outcome.is_none());
        deadlines.chain(grace).min()
    }

    fn waits_for(&self, token: u64) -> bool {
        self.current.iter().any(|family| family.waits_for(token))
    }

    fn is_done(&self) -> bool {
        let open = self.current.iter().any(|family| family.result.is_none());
        self.outcome.is_some() && !open
    }
}

/// An address as a URL's host has it.
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse().ok()
}

#[cfg(test)]
mod tests;
