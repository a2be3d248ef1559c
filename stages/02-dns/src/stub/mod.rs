//! The stub resolver: what a browser's machine does to find the addresses of a host.
//!
//! Stage: stage 02, RFC 1034 (section 5.3.1), 3596, 6761, 8305 (section 3), resolv.conf(5).
//! In: a host and the machine's configuration; answers of servers. Out: addresses in order of
//! preference, or why there are none.
//! Emits: `DnsEvent`.
//! How it works: literal, override, cache; then the sources in their order. For DNS each
//! candidate of the search list is asked for AAAA and A at the same time, a `ServerRound` each.
//! Not here: the exchange of octets (the carrier).
//! DEVIATION: of RFC 6724's rules only the first that matters is held: without an IPv6 address of
//! its own (rule 1, avoid unusable destinations) a machine tries IPv4 first, else IPv6 first.

mod family;
mod search;

use crate::cache::{Found, Rank};
use crate::exchange::{Chance, Input, Machine, Order};
use crate::message::{absolute, denier};
use crate::server_round::Servers;
use crate::{DnsCache, Failure, HostsFile};
use family::{Family, FamilyResult};
use hickory_proto::rr::{Name, RecordType};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Tap, Text, Time, dns::DnsEvent};

/// How long the other family's answer is waited for once one has addresses (RFC 8305, section 3).
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

/// Where names are looked up; the order is the configuration's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The hosts file.
    Files,
    /// The DNS servers.
    Dns,
}

/// `--resolve host:port:address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The host, or `*` for every host.
    pub host: String,
    /// The port that it holds for; 0 for every port.
    pub port: u16,
    /// The addresses to use.
    pub addresses: Vec<IpAddr>,
}

/// What is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Host as a URL has it: a name in ASCII form, an IPv4 address, an IPv6 address in brackets.
    pub host: String,
    /// The port that will be connected to; only overrides look at it.
    pub port: u16,
    /// Kinds of address.
    pub families: Families,
}

/// What the machine says about name resolution.
#[derive(Clone, Debug)]
pub struct StubConfig {
    /// DNS servers, in order.
    pub servers: Vec<SocketAddr>,
    /// Search domains.
    pub search: Vec<String>,
    /// Dots in a name from which on it is tried as it is first.
    pub ndots: u8,
    /// Time for one answer.
    pub timeout: Duration,
    /// Rounds over the servers.
    pub attempts: u8,
    /// Order of sources.
    pub order: Vec<Source>,
    /// The hosts file.
    pub hosts: Rc<HostsFile>,
    /// Overrides, the first that fits wins.
    pub overrides: Vec<Override>,
    /// Whether the machine has an IPv6 address that reaches beyond its own network: IPv6 then goes
    /// first (RFC 6724).
    pub own_ipv6: bool,
}

impl Default for StubConfig {
    fn default() -> StubConfig {
        StubConfig {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            order: vec![Source::Files, Source::Dns],
            hosts: Rc::default(),
            overrides: Vec::new(),
            own_ipv6: false,
        }
    }
}

/// The addresses of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// In order of preference.
    pub addresses: Vec<IpAddr>,
    /// Where they come from: `literal`, `override`, `cache`, `hosts file`, `localhost` or `dns`.
    pub source: Text,
    /// `DnsEvent::Resolved`.
    pub cause: Cause,
}

/// The stub resolver's machine for one host.
pub struct Stub {
    lookup: Lookup,
    config: Rc<StubConfig>,
    chance: Chance,
    sources: VecDeque<Source>,
    candidates: VecDeque<Name>,
    /// The candidate that is being asked for, a part per family.
    current: Vec<Family>,
    /// What the cache said of the first candidate before the sources were asked.
    looked_up: Vec<Family>,
    grace_until: Option<Time>,
    failures: Vec<(Failure, Cause)>,
    tokens: u64,
    outcome: Option<Result<Addresses, (Failure, Cause)>>,
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
            sources: config.order.iter().copied().collect(),
            candidates: VecDeque::new(),
            current: Vec::new(),
            looked_up: Vec::new(),
            grace_until: None,
            failures: Vec::new(),
            tokens: 0,
            outcome: None,
            lookup,
            config,
            chance,
        };
        let name = stub.lookup.host.clone();
        let started = tap
            .emit(cause, || DnsEvent::LookupStarted { name })
            .or(cause);
        stub.start(now, cache, tap, started);
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
        self.candidates = search::candidates(&self.lookup.host, &self.config);
        let Some(first) = self.candidates.front().cloned() else {
            let name = self.lookup.host.clone();
            return self.failed(Failure::NotAName { name }, tap, cause);
        };
        self.looked_up = self.look_into_cache(now, &first, cache, tap, cause);
        let addresses: Vec<IpAddr> = self.looked_up.iter().flat_map(Family::addresses).collect();
        let known = self.looked_up.iter().all(|family| family.result.is_some());
        if known && !addresses.is_empty() {
            let hit = self.looked_up.iter().rev().find_map(Family::result_cause);
            return self.resolved(addresses, "cache", tap, hit.or(cause));
        }
        let miss = self.looked_up.iter().rev().find_map(|family| family.cause);
        self.next_source(now, cache, tap, miss.or(cause));
    }

    fn overridden(&self) -> Option<Vec<IpAddr>> {
        let host = self.lookup.host.trim_end_matches('.');
        let fits = |entry: &&Override| {
            let host_fits = entry.host == "*" || entry.host.eq_ignore_ascii_case(host);
            host_fits && (entry.port == 0 || entry.port == self.lookup.port)
        };
        let addresses = &self.config.overrides.iter().find(fits)?.addresses;
        let allowed = addresses
            .iter()
            .copied()
            .filter(|address| self.lookup.families.allow(address));
        Some(allowed.collect::<Vec<IpAddr>>()).filter(|allowed| !allowed.is_empty())
    }

    /// A part per wanted family, with what the cache has.
    fn look_into_cache(
        &self,
        now: Time,
        name: &Name,
        cache: &DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Vec<Family> {
        let types = match self.lookup.families {
            Families::Any => &[RecordType::AAAA, RecordType::A][..],
            Families::Ipv4 => &[RecordType::A],
            Families::Ipv6 => &[RecordType::AAAA],
        };
        let look = |record_type: &RecordType| {
            let mut family = Family::new(name.clone(), *record_type, cause);
            match cache.find(now, name, *record_type, Rank::Answer) {
                Found::Missing { why } => family.missed(why, tap),
                Found::Records { chain, ttl_left_s } => family.hit(&chain, None, ttl_left_s, tap),
                Found::Denial {
                    chain,
                    no_name,
                    soa,
                    ttl_left_s,
                } => {
                    let zone = soa.as_ref().and_then(denier);
                    family.hit(&chain, Some((no_name, zone)), ttl_left_s, tap);
                }
            }
            family
        };
        types.iter().map(look).collect()
    }

    fn next_source(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        let mut cause = cause;
        while let Some(source) = self.sources.pop_front() {
            match source {
                Source::Files => match self.ask_hosts_file(tap, cause) {
                    Ok(()) => return,
                    Err(missed) => cause = missed,
                },
                Source::Dns => {
                    if search::is_localhost(&self.lookup.host) {
                        return self.localhost(tap, cause);
                    }
                    return self.next_candidate(now, cache, tap, cause);
                }
            }
        }
        if search::is_localhost(&self.lookup.host) {
            return self.localhost(tap, cause);
        }
        let (failure, cause) = self.worst_failure().unwrap_or_else(|| {
            let name = self.lookup.host.clone();
            (Failure::NobodyToAsk { name }, cause)
        });
        self.failed(failure, tap, cause);
    }

    fn ask_hosts_file(&mut self, tap: &Tap, cause: Cause) -> Result<(), Cause> {
        let name = self.lookup.host.clone();
        let found = self.config.hosts.find(&name).map(|(addresses, line)| {
            let allowed = addresses
                .into_iter()
                .filter(|address| self.lookup.families.allow(address));
            (allowed.collect::<Vec<IpAddr>>(), line)
        });
        match found {
            Some((addresses, line)) if !addresses.is_empty() => {
                let listed = addresses.clone();
                let event = tap.emit(cause, || DnsEvent::HostsFileHit {
                    name,
                    addresses: listed,
                    line,
                });
                self.resolved(addresses, "hosts file", tap, event.or(cause));
                Ok(())
            }
            _ => Err(tap
                .emit(cause, || DnsEvent::HostsFileMissed { name })
                .or(cause)),
        }
    }

    /// RFC 6761, section 6.3: localhost is this machine and is asked of nobody.
    fn localhost(&mut self, tap: &Tap, cause: Cause) {
        let both = [
            IpAddr::V6(Ipv6Addr::LOCALHOST),
            IpAddr::V4(Ipv4Addr::LOCALHOST),
        ];
        let allowed = both
            .into_iter()
            .filter(|address| self.lookup.families.allow(address));
        self.resolved(allowed.collect(), "localhost", tap, cause);
    }

    fn next_candidate(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        self.grace_until = None;
        self.current.clear();
        let Some(name) = self.candidates.pop_front() else {
            return self.next_source(now, cache, tap, cause);
        };
        self.current = match self.looked_up.first() {
            Some(family) if family.name == name => std::mem::take(&mut self.looked_up),
            _ => self.look_into_cache(now, &name, cache, tap, cause),
        };
        if self.config.servers.is_empty() {
            let name = self.lookup.host.clone();
            return self.failed(Failure::NobodyToAsk { name }, tap, cause);
        }
        let servers = Servers {
            addresses: self.config.servers.clone(),
            rounds: self.config.attempts.max(1).into(),
            timeout: self.config.timeout,
            recursion_desired: true,
        };
        for family in self
            .current
            .iter_mut()
            .filter(|family| family.result.is_none())
        {
            // Every question is asked because the name was looked up, not because of the other.
            family.cause = cause;
            self.tokens += 1 << 16;
            family.ask(now, servers.clone(), self.tokens, &mut self.chance, tap);
        }
        self.conclude(now, cache, tap);
    }

    /// Ends the candidate if nothing more is to come for it.
    fn conclude(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) {
        if self.outcome.is_some() || self.current.is_empty() {
            return;
        }
        let addresses: Vec<IpAddr> = self.current.iter().flat_map(Family::addresses).collect();
        let open = self.current.iter().any(|family| family.result.is_none());
        if open {
            let over = self.grace_until.is_some_and(|until| until <= now);
            if !addresses.is_empty() && self.grace_until.is_none() {
                self.grace_until = Some(now.after(RESOLUTION_DELAY));
            }
            if !over {
                return;
            }
            for family in self
                .current
                .iter_mut()
                .filter(|family| family.result.is_none())
            {
                family.give_up(now, tap);
            }
        }
        let last = family::latest_cause(&self.current);
        if !addresses.is_empty() {
            return self.resolved(addresses, "dns", tap, last);
        }
        let (failure, cause) = self.candidate_failure(last);
        let silent = matches!(failure, Failure::Unreachable { .. });
        self.failures.push((failure, cause));
        if silent {
            self.candidates.clear();
        }
        self.next_candidate(now, cache, tap, cause);
    }

    /// Why the current candidate has no address: a server's trouble before a denial.
    fn candidate_failure(&self, last: Cause) -> (Failure, Cause) {
        let mut denied = None;
        for family in &self.current {
            match &family.result {
                Some(FamilyResult::Failed { failure, cause }) => return (failure.clone(), *cause),
                Some(FamilyResult::Denied { failure, cause }) => {
                    let no_data = matches!(failure, Failure::NoData { .. });
                    if denied.is_none() || no_data {
                        denied = Some((failure.clone(), *cause));
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
    fn worst_failure(&mut self) -> Option<(Failure, Cause)> {
        let rank = |failure: &Failure| match failure {
            Failure::NoData { .. } => 0,
            Failure::NameNotResolved { name, .. } => {
                2 + u8::from(!name.eq_ignore_ascii_case(self.lookup.host.trim_end_matches('.')))
            }
            _ => 1,
        };
        let best = (0..self.failures.len()).min_by_key(|index| rank(&self.failures[*index].0))?;
        Some(self.failures.swap_remove(best))
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
        if matches!(source, "dns" | "cache" | "hosts file") {
            addresses.sort_by_key(|address| address.is_ipv6() != self.config.own_ipv6);
        }
        if addresses.is_empty() {
            let name = self.lookup.host.clone();
            return self.failed(
                Failure::NoData {
                    name,
                    server: None,
                    zone: None,
                },
                tap,
                cause,
            );
        }
        let event = tap.emit(cause, || DnsEvent::Resolved {
            name: self.lookup.host.clone(),
            addresses: addresses.clone(),
            source: source.into(),
        });
        self.end(Ok(Addresses {
            addresses,
            source: source.into(),
            cause: event.or(cause),
        }));
    }

    fn failed(&mut self, failure: Failure, tap: &Tap, cause: Cause) {
        let event = tap.emit(cause, || DnsEvent::NotResolved {
            name: self.lookup.host.clone(),
            why: failure.to_string().into(),
        });
        self.end(Err((failure, event.or(cause))));
    }

    fn end(&mut self, outcome: Result<Addresses, (Failure, Cause)>) {
        self.outcome = Some(outcome);
        self.current.clear();
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
            family.handle(now, input, cache, &mut self.chance, tap);
            self.conclude(now, cache, tap);
        }
    }

    fn poll(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) -> Option<Order> {
        for family in &mut self.current {
            family.check_time(now, &mut self.chance, tap);
        }
        self.conclude(now, cache, tap);
        self.current.iter_mut().find_map(Family::take_order)
    }

    fn wake_at(&self) -> Option<Time> {
        let deadlines = self.current.iter().filter_map(Family::wake_at);
        deadlines.chain(self.grace_until).min()
    }

    fn waits_for(&self, token: u64) -> bool {
        self.current.iter().any(|family| family.waits_for(token))
    }

    fn is_done(&self) -> bool {
        self.outcome.is_some()
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
