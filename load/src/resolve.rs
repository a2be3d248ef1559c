//! Finds the addresses of a host: the near side's carrier of DNS.

use crate::look_up::{Driven, LateAnswers};
use std::{
    cell::RefCell,
    net::{IpAddr, SocketAddr},
    rc::Rc,
};
use thru_dns::{
    Action, CacheLimits, DnsCache, Families, HostsFile, Late, Lookup, Override, OwnAddress, Policy,
    PolicyLine, Service, Source, Step, Stub, StubConfig,
};
use thru_events::{Cause, Failed, Text};
use thru_port::{AddressPolicy, LookupSource, LookupStep, Port, PortFailure, ResolverConfig};
use thru_secured_dns::{NameServer, SecuredDns};
use thru_tls::ClientTls;

/// The file that the DNS cache is kept in between trips.
pub const DNS_CACHE_FILE: &str = "dns-cache";

/// What the command line says about name resolution.
#[derive(Clone, Debug, Default)]
pub struct ResolveOptions {
    /// `--resolve`.
    pub overrides: Vec<Override>,
    /// `--dns-server`, instead of those of the machine.
    pub servers: Option<Vec<SocketAddr>>,
    /// `--hosts`, instead of that of the machine.
    pub hosts_file: Option<Vec<u8>>,
    /// `-4` or `-6`.
    pub families: Families,
    /// Servers that are asked through a door with TLS.
    pub doors: Vec<NameServer>,
}

/// The addresses of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// In order of preference; empty only if there are services elsewhere.
    pub addresses: Vec<IpAddr>,
    /// Services, best first, if they were asked for and came in time.
    pub services: Vec<Service>,
    /// Where they come from, as `cache` or `dns`.
    pub source: Text,
    /// `DnsEvent::Resolved`.
    pub cause: Cause,
}

/// The host has no address.
#[derive(Clone, Debug, PartialEq)]
pub struct Unresolved {
    /// Why.
    pub failed: Failed,
    /// `DnsEvent::NotResolved`.
    pub cause: Cause,
}

impl From<Unresolved> for Failed {
    fn from(unresolved: Unresolved) -> Failed {
        unresolved.failed
    }
}

/// Finds all addresses of `host` (as a URL has it), which will be connected to at `host_port`.
/// `--fresh` hands in an empty cache; `tls` opens doors of name servers.
///
/// # Errors
/// Any `dns.*` code, with the server that is to blame.
pub async fn resolve(
    port: &Rc<dyn Port>,
    cache: &Rc<RefCell<DnsCache>>,
    (host, host_port): (&str, u16),
    options: &ResolveOptions,
    tls: &ClientTls,
    cause: Cause,
) -> Result<Resolved, Unresolved> {
    let doors = SecuredDns::new(port.clone(), tls.clone(), &options.doors);
    let whom = (host, host_port, false);
    let (mut resolved, late) = resolve_through(
        port,
        cache,
        whom,
        NearMachine::of(port, options),
        doors.as_ref(),
        cause,
    )
    .await?;
    if let Some(mut late) = late {
        while let Some(late) = late.next().await {
            if let Late::Addresses { all, cause } = late {
                (resolved.addresses, resolved.cause) = (all, cause);
            }
        }
    }
    if let Some(doors) = doors {
        doors.close(resolved.cause).await;
    }
    Ok(resolved)
}

/// The same as soon as connecting may begin, and what comes afterwards; with doors that may be open already.
pub(crate) async fn resolve_through(
    port: &Rc<dyn Port>,
    cache: &Rc<RefCell<DnsCache>>,
    (host, host_port, services): (&str, u16, bool),
    machine: NearMachine,
    doors: Option<&Rc<SecuredDns>>,
    cause: Cause,
) -> Result<(Resolved, Option<LateAnswers>), Unresolved> {
    cache.borrow_mut().use_network(&machine.network());
    let lookup = Lookup {
        host: host.to_owned(),
        port: host_port,
        families: machine.families,
        services,
    };
    let chance = thru_port::chance(port.clone());
    let (now, tap) = (port.now(), port.tap());
    let stub = Stub::begin(
        now,
        lookup,
        Rc::new(machine.config),
        chance,
        &mut cache.borrow_mut(),
        &tap,
        cause,
    );
    let driven = Driven::new(stub, cache.clone(), tap, doors.cloned());
    let (outcome, late) = driven.outcome(port).await;
    match outcome {
        Ok(found) => Ok((
            Resolved {
                addresses: found.addresses,
                services: found.services,
                source: found.source,
                cause: found.cause,
            },
            late,
        )),
        Err((failure, cause)) => Err(Unresolved {
            failed: (&failure).into(),
            cause,
        }),
    }
}

/// An empty cache for a trip that begins now.
pub fn empty_cache(port: &Rc<dyn Port>) -> DnsCache {
    DnsCache::new(cache_limits(port), calendar_at_zero(port))
}

/// As much as the machine keeps.
fn cache_limits(port: &Rc<dyn Port>) -> CacheLimits {
    let usual = CacheLimits::default();
    CacheLimits {
        entries: port.resolver_config().names_kept.unwrap_or(usual.entries),
        ..usual
    }
}

/// The cache that was kept; empty if there is none or it cannot be read.
pub async fn kept_cache(port: &Rc<dyn Port>) -> DnsCache {
    let octets = port.storage().read(DNS_CACHE_FILE).await.ok().flatten();
    let limits = cache_limits(port);
    let restored = octets.map(|octets| DnsCache::restore(&octets, limits, calendar_at_zero(port)));
    restored
        .and_then(Result::ok)
        .unwrap_or_else(|| empty_cache(port))
}

/// Keeps the cache for the next trip, together with what others kept in the meantime.
///
/// # Errors
/// What the world's storage says.
pub async fn keep_cache(port: &Rc<dyn Port>, cache: &RefCell<DnsCache>) -> Result<(), PortFailure> {
    let (mut cache, now) = (cache.borrow().clone(), port.now());
    let change = move |kept: Option<Vec<u8>>| {
        // What cannot be read is replaced.
        let _ = kept.map(|kept| cache.merge_saved(now, &kept));
        cache.save(now)
    };
    port.storage()
        .change(DNS_CACHE_FILE, Box::new(change))
        .await
}

fn calendar_at_zero(port: &Rc<dyn Port>) -> i64 {
    port.calendar().seconds - (port.now().0 / 1_000_000_000) as i64
}

fn stub_config(machine: ResolverConfig, options: &ResolveOptions) -> StubConfig {
    let hosts_file = options.hosts_file.as_ref().unwrap_or(&machine.hosts_file);
    let own = machine.own.iter().map(|own| OwnAddress {
        address: own.address,
        prefix: own.prefix,
        deprecated: own.deprecated,
        home: own.home,
        tunnel: own.tunnel,
    });
    let doors = options.doors.iter().filter_map(|server| {
        let door = server.door.as_ref()?;
        Some((server.address, door.transport()))
    });
    StubConfig {
        order: machine.order.iter().map(step).collect(),
        hosts: Rc::new(HostsFile::parse(hosts_file)),
        own: own.collect(),
        only_own_families: machine.only_own_families,
        policy: machine.policy.as_ref().map_or_else(Policy::default, policy),
        servers: options.servers.clone().unwrap_or(machine.servers),
        doors: doors.collect(),
        search: machine.search,
        ndots: machine.ndots,
        timeout: machine.timeout,
        attempts: machine.attempts,
        rotate: machine.rotate,
        trust_ad: machine.trust_ad,
        hostname: machine.hostname,
        overrides: options.overrides.clone(),
    }
}

fn policy(of_machine: &AddressPolicy) -> Policy {
    let lines = |lines: &[thru_port::PolicyLine]| {
        let lines = lines.iter().map(|line| PolicyLine {
            prefix: line.prefix,
            bits: line.bits,
            value: line.value,
        });
        lines.collect()
    };
    Policy::new(
        lines(&of_machine.labels),
        lines(&of_machine.precedences),
        lines(&of_machine.ipv4_scopes),
    )
}

fn step(step: &LookupStep) -> Step {
    let action = |ends| match ends {
        true => Action::Return,
        false => Action::Continue,
    };
    Step {
        source: match &step.source {
            LookupSource::Files => Source::Files,
            LookupSource::Dns => Source::Dns,
            LookupSource::MyHostname => Source::MyHostname,
            LookupSource::Other(words) => Source::Other(words.clone()),
        },
        success: action(step.success_ends),
        not_found: action(step.not_found_ends),
        unavailable: action(step.unavailable_ends),
        try_again: action(step.try_again_ends),
    }
}

/// What this machine and the command line say about names, read once for a look-up.
pub(crate) struct NearMachine {
    way_out: String,
    config: StubConfig,
    families: Families,
}

impl NearMachine {
    pub(crate) fn of(port: &Rc<dyn Port>, options: &ResolveOptions) -> NearMachine {
        let mut machine = port.resolver_config();
        NearMachine {
            way_out: std::mem::take(&mut machine.way_out),
            config: stub_config(machine, options),
            families: options.families,
        }
    }

    /// The name servers that are asked, if there are any.
    pub(crate) fn asked(&self) -> Option<String> {
        let shown: Vec<String> = self.config.servers.iter().map(shown_server).collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }

    /// What one network's answers are kept under: the way out of the machine, and whom it asks.
    fn network(&self) -> String {
        let config = &self.config;
        let mut words = vec![self.way_out.clone()];
        let shown = |server: &SocketAddr| {
            let door = config.doors.iter().find(|(address, _)| address == server);
            match door {
                Some((_, transport)) => format!("{}://{server}", transport.as_str()),
                None => server.to_string(),
            }
        };
        words.extend(config.servers.iter().map(shown));
        if !config.search.is_empty() {
            words.push(format!("search {}", config.search.join(" ")));
        }
        words.retain(|word| !word.is_empty());
        words.join(", ")
    }
}

/// The port only where it is not DNS's own.
fn shown_server(server: &SocketAddr) -> String {
    match server.port() {
        53 => server.ip().to_string(),
        _ => server.to_string(),
    }
}
