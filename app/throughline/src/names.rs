//! The names that this machine knows: looking one up, and what the browser keeps of answers.

use crate::{Failure, Host, NameServer, Options};
use std::{cell::RefCell, net::IpAddr, rc::Rc};
use thru_dns::{CacheLimits, CacheRow, DnsCache};
use thru_events::{Event, Failed, dns::DnsEvent};
use thru_host::{HostClock, HostOptions, HostPort, ResolverFiles};
use thru_journal::{JournalRecorder, RecorderOptions, TripHeader};
use thru_load::{DNS_CACHE_FILE, ResolveOptions, kept_cache};
use thru_port::Port;

/// What is kept and alive, in order of network, name and type.
///
/// # Errors
/// If the runtime does not start.
pub fn kept_names() -> Result<Vec<CacheRow>, Failure> {
    run(async |port| {
        let cache = kept_cache(&port).await;
        Ok(cache.rows(port.now()))
    })
}

/// Forgets everything that is kept, or all about one name; how many entries that were.
///
/// # Errors
/// If the file cannot be written.
pub fn forget_names(name: Option<&str>) -> Result<usize, Failure> {
    let name = name.map(str::to_owned);
    run(async move |port| {
        let count = Rc::new(RefCell::new(0));
        let (counted, now) = (count.clone(), port.now());
        let at_zero = port.calendar().seconds - (now.0 / 1_000_000_000) as i64;
        let change = move |kept: Option<Vec<u8>>| {
            let limits = CacheLimits::default();
            let restored = kept.map(|octets| DnsCache::restore(&octets, limits, at_zero));
            let mut cache = restored
                .and_then(Result::ok)
                .unwrap_or_else(|| DnsCache::new(limits, at_zero));
            *counted.borrow_mut() = cache.flush(now, name.as_deref());
            cache.save(now)
        };
        let written = port.storage().change(DNS_CACHE_FILE, Box::new(change));
        written
            .await
            .map_err(|failure| Failure::File(failure.to_string()))?;
        Ok(*count.borrow())
    })
}

/// How a name was looked up.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// In order of preference, and where they come from; or why there are none.
    pub found: Result<(Vec<IpAddr>, String), Failed>,
    /// What was said on the way, in order.
    pub said: Vec<DnsEvent>,
}

/// The addresses of a host as the browser finds them on this machine; `servers` are asked instead of the
/// machine's own, if there are any. Nothing that is kept is read or written.
///
/// # Errors
/// If the runtime does not start.
pub fn look_up(host: &str, servers: &[NameServer]) -> Result<LookedUp, Failure> {
    // As a load reads it (WHATWG URL): IDNA, addresses in every form. A dot at the end makes it a name.
    let read = || url::Host::parse(host).ok();
    let ascii = (!host.ends_with('.')).then(read).flatten();
    let host = ascii.map_or_else(|| host.to_owned(), |host| host.to_string());
    let tls = crate::host::tls(&Options::new(String::new()), &Host::default())?;
    let clock = HostClock::start();
    let header = TripHeader::default();
    let recorder = JournalRecorder::new(Rc::new(clock), header, RecorderOptions::default());
    let recorder = Rc::new(recorder);
    let options = HostOptions {
        recorder: Some(recorder.clone()),
        resolver: ResolverFiles {
            servers: servers.iter().map(|server| server.address).collect(),
            ..ResolverFiles::default()
        },
        ..HostOptions::default()
    };
    let resolve = ResolveOptions {
        doors: servers.to_vec(),
        ..ResolveOptions::default()
    };
    let found = run_with(options, async move |port| {
        let cache = Rc::new(RefCell::new(thru_load::empty_cache(&port)));
        let found = thru_load::resolve(&port, &cache, (&host, 443), &resolve, &tls, None).await;
        Ok(match found {
            Ok(found) => Ok((found.addresses, found.source.to_string())),
            Err(not) => Err(not.failed),
        })
    })?;
    let entries = recorder.finish().entries.into_iter();
    let of_names = entries.filter_map(|entry| match entry.event {
        Event::Dns(event) => Some(event),
        _ => None,
    });
    Ok(LookedUp {
        found,
        said: of_names.collect(),
    })
}

fn run<T>(work: impl AsyncFnOnce(Rc<dyn Port>) -> Result<T, Failure>) -> Result<T, Failure> {
    run_with(HostOptions::default(), work)
}

fn run_with<T>(
    options: HostOptions,
    work: impl AsyncFnOnce(Rc<dyn Port>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let port: Rc<dyn Port> = Rc::new(HostPort::new(HostClock::start(), options));
    let ran = thru_host::run(work(port));
    ran.map_err(|error| Failure::Own(format!("start the runtime: {error}")))?
}
