use crate::{LocalFuture, PortFailure};
use std::{net::SocketAddr, time::Duration};

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z, on the world's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
}

impl UnixTime {
    /// This moment plus `duration`.
    pub fn after(self, duration: Duration) -> UnixTime {
        let nanos = self.nanos + duration.subsec_nanos();
        UnixTime {
            seconds: self.seconds + duration.as_secs() as i64 + i64::from(nanos / 1_000_000_000),
            nanos: nanos % 1_000_000_000,
        }
    }
}

/// Where names are looked up, in the order of nsswitch.conf's `hosts` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupSource {
    /// The hosts file.
    Files,
    /// The DNS servers.
    Dns,
}

/// What the machine says about name resolution (resolv.conf(5), nsswitch.conf(5), hosts(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverConfig {
    /// DNS servers, in order.
    pub servers: Vec<SocketAddr>,
    /// Search domains, without trailing dot.
    pub search: Vec<String>,
    /// Dots in a name from which on it is tried as it is first.
    pub ndots: u8,
    /// Time for one answer.
    pub timeout: Duration,
    /// Rounds over the servers.
    pub attempts: u8,
    /// Order of sources.
    pub order: Vec<LookupSource>,
    /// The hosts file, as it is.
    pub hosts_file: Vec<u8>,
    /// Whether the machine has an IPv6 address that reaches beyond its own network.
    pub own_ipv6: bool,
    /// Sources or options that the files name and that are not supported, in their own words.
    pub unsupported: Vec<String>,
}

impl Default for ResolverConfig {
    fn default() -> ResolverConfig {
        ResolverConfig {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            order: vec![LookupSource::Files, LookupSource::Dns],
            hosts_file: Vec::new(),
            own_ipv6: false,
            unsupported: Vec::new(),
        }
    }
}

/// Named files of the program's own: memory in the lab, a cache folder on the host.
pub trait Storage {
    /// The whole file, or `None` if there is none.
    fn read(&self, name: &str) -> LocalFuture<Result<Option<Vec<u8>>, PortFailure>>;

    /// Replaces the file as a whole: readers see the old or the new one.
    fn write(&self, name: &str, octets: &[u8]) -> LocalFuture<Result<(), PortFailure>>;
}
