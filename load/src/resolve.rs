//! Finds the addresses of a host: the near side's carrier of DNS.

use std::{
    cell::RefCell,
    net::{IpAddr, SocketAddr},
    rc::Rc,
};
use thru_dns::{
    CacheLimits, DnsCache, Families, HostsFile, Input, Lookup, Machine, Order, Override, Source,
    Stub, StubConfig, Transport,
};
use thru_events::{Cause, Failed, Text};
use thru_port::{Flights, LookupSource, Port, PortFailure, PortFailureKind, with_limit};

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
}

/// The addresses of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// In order of preference; never empty.
    pub addresses: Vec<IpAddr>,
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

/// Finds the addresses of `host` (as a URL has it), which will be connected to at `host_port`.
/// `--fresh` hands in an empty cache.
///
/// # Errors
/// Any `dns.*` code, with the server that is to blame.
pub async fn resolve(
    port: &Rc<dyn Port>,
    cache: &RefCell<DnsCache>,
    host: &str,
    host_port: u16,
    options: &ResolveOptions,
    cause: Cause,
) -> Result<Resolved, Unresolved> {
    let config = stub_config(port, options);
    cache.borrow_mut().use_network(&network(&config));
    let lookup = Lookup {
        host: host.to_owned(),
        port: host_port,
        families: options.families,
    };
    let chance = chance(port.clone());
    let (now, tap) = (port.now(), port.tap());
    let mut stub = Stub::begin(
        now,
        lookup,
        Rc::new(config),
        chance,
        &mut cache.borrow_mut(),
        &tap,
        cause,
    );
    drive(port, cache, &mut stub).await;
    match stub.outcome() {
        Some(Ok(found)) => Ok(Resolved {
            addresses: found.addresses.clone(),
            source: found.source.clone(),
            cause: found.cause,
        }),
        Some(Err((failure, cause))) => Err(Unresolved {
            failed: failure.into(),
            cause: *cause,
        }),
        None => unreachable!("invariant: a resolver is driven until it is done"),
    }
}

/// An empty cache for a trip that begins now.
pub fn empty_cache(port: &Rc<dyn Port>) -> DnsCache {
    DnsCache::new(CacheLimits::default(), calendar_at_zero(port))
}

/// The cache that was kept; empty if there is none or it cannot be read.
pub async fn kept_cache(port: &Rc<dyn Port>) -> DnsCache {
    let octets = port.storage().read(DNS_CACHE_FILE).await.ok().flatten();
    let limits = CacheLimits::default();
    let restored = octets.map(|octets| DnsCache::restore(&octets, limits, calendar_at_zero(port)));
    restored
        .and_then(Result::ok)
        .unwrap_or_else(|| empty_cache(port))
}

/// Keeps the cache for the next trip.
///
/// # Errors
/// What the world's storage says.
pub async fn keep_cache(port: &Rc<dyn Port>, cache: &RefCell<DnsCache>) -> Result<(), PortFailure> {
    let octets = cache.borrow().save(port.now());
    port.storage().write(DNS_CACHE_FILE, &octets).await
}

fn calendar_at_zero(port: &Rc<dyn Port>) -> i64 {
    port.calendar().seconds - (port.now().0 / 1_000_000_000) as i64
}

fn stub_config(port: &Rc<dyn Port>, options: &ResolveOptions) -> StubConfig {
    let machine = port.resolver_config();
    let order = machine.order.iter().map(|source| match source {
        LookupSource::Files => Source::Files,
        LookupSource::Dns => Source::Dns,
    });
    let hosts_file = options.hosts_file.as_ref().unwrap_or(&machine.hosts_file);
    StubConfig {
        order: order.collect(),
        hosts: Rc::new(HostsFile::parse(hosts_file)),
        servers: options.servers.clone().unwrap_or(machine.servers),
        search: machine.search,
        ndots: machine.ndots,
        timeout: machine.timeout,
        attempts: machine.attempts,
        overrides: options.overrides.clone(),
        own_ipv6: machine.own_ipv6,
    }
}

/// The name servers that are asked, if there are any.
pub(crate) fn asked(port: &Rc<dyn Port>, options: &ResolveOptions) -> Option<String> {
    let servers = stub_config(port, options).servers;
    let shown: Vec<String> = servers.iter().map(shown_server).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// The port only where it is not DNS's own.
fn shown_server(server: &SocketAddr) -> String {
    match server.port() {
        53 => server.ip().to_string(),
        _ => server.to_string(),
    }
}

/// What one network's answers are kept under: whom it asks.
fn network(config: &StubConfig) -> String {
    let servers: Vec<String> = config.servers.iter().map(SocketAddr::to_string).collect();
    format!("{} {}", servers.join(" "), config.search.join(" "))
}

fn chance(port: Rc<dyn Port>) -> Box<dyn FnMut() -> u16> {
    Box::new(move || {
        let mut octets = [0; 2];
        port.random(&mut octets);
        u16::from_be_bytes(octets)
    })
}

/// What the world says about a message that did not get through.
fn in_words(failure: &PortFailure) -> String {
    use PortFailureKind::*;
    let what = match failure.kind {
        Refused => "it refused the question: nothing listens on that port",
        Unreachable => "it cannot be reached",
        NoRoute => "this machine has no route to it",
        NeighbourSilent => "the next hop on the way to it does not answer",
        NoAddress => "this machine has no address",
        NotPermitted => "this machine does not permit it",
        Reset | Closed => "it closed the connection",
        TimedOut => "it did not answer",
        AddressInUse | LimitReached | Other => "the question could not be sent",
    };
    match failure.words.as_str() {
        "" => what.to_owned(),
        words => format!("{what} ({words})"),
    }
}

/// Carries the machine's messages until it is done.
async fn drive(port: &Rc<dyn Port>, cache: &RefCell<DnsCache>, machine: &mut dyn Machine) {
    let tap = port.tap();
    let mut flights = Flights::new(port.clone());
    loop {
        loop {
            let order = machine.poll(port.now(), &mut cache.borrow_mut(), &tap);
            let Some(Order::Exchange(order)) = order else {
                break;
            };
            match order.transport {
                Transport::Udp => {
                    flights.send_datagram(order.token, order.server, order.octets, order.cause);
                }
                Transport::Tcp => {
                    flights.send_by_connection(
                        order.token,
                        order.server,
                        order.octets,
                        order.cause,
                    );
                }
            }
        }
        if machine.is_done() {
            return;
        }
        flights.retain(|token| machine.waits_for(token));
        let wake_at = machine.wake_at().unwrap_or(port.now());
        let limit = wake_at.since(port.now());
        let Ok((token, landed)) = with_limit(port.as_ref(), limit, flights.next()).await else {
            continue;
        };
        let input = match landed {
            Ok(carried) => Input::Response {
                token,
                from: carried.from,
                octets: carried.octets,
                cause: carried.cause,
            },
            Err(failure) => Input::Unreachable {
                token,
                why: in_words(&failure),
                cause: failure.evidence,
            },
        };
        machine.handle(port.now(), input, &mut cache.borrow_mut(), &tap);
    }
}
