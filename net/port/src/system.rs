use crate::{LocalFuture, PortFailure};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

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

/// Where names are looked up (nsswitch.conf(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupSource {
    /// The hosts file.
    Files,
    /// The DNS servers.
    Dns,
    /// The machine's own name (nss-myhostname(8)).
    MyHostname,
    /// Another one, in the file's words.
    Other(String),
}

/// A source, and after which of its answers the search ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupStep {
    /// Whom.
    pub source: LookupSource,
    /// SUCCESS: it has the name.
    pub success_ends: bool,
    /// NOTFOUND: it works and does not have it.
    pub not_found_ends: bool,
    /// UNAVAIL: it does not work.
    pub unavailable_ends: bool,
    /// TRYAGAIN: it does not work at the moment.
    pub try_again_ends: bool,
}

impl LookupStep {
    /// The source with the defaults: what is found ends the search.
    pub fn of(source: LookupSource) -> LookupStep {
        LookupStep {
            source,
            success_ends: true,
            not_found_ends: false,
            unavailable_ends: false,
            try_again_ends: false,
        }
    }
}

/// An address of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
    /// Bits of its network's prefix.
    pub prefix: u8,
    /// Its preferred time is over (RFC 4862, section 5.5.4).
    pub deprecated: bool,
    /// It is the home address of a machine that moves (RFC 6275).
    pub home: bool,
    /// It belongs to the end of a tunnel.
    pub tunnel: bool,
}

impl OwnAddress {
    /// An address like most.
    pub fn new(address: IpAddr, prefix: u8) -> OwnAddress {
        OwnAddress {
            address,
            prefix,
            deprecated: false,
            home: false,
            tunnel: false,
        }
    }
}

/// Which addresses a machine prefers (RFC 6724, section 2.1; gai.conf(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Labels.
    pub labels: Vec<PolicyLine>,
    /// Precedences: more is better.
    pub precedences: Vec<PolicyLine>,
    /// Scopes of IPv4 addresses: 2 link, 14 global.
    pub ipv4_scopes: Vec<PolicyLine>,
}

/// A line of a policy: addresses of IPv4 are meant by their mapped form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// The prefix.
    pub prefix: Ipv6Addr,
    /// Its bits.
    pub bits: u8,
    /// What those addresses get.
    pub value: u32,
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
    /// Each look-up begins with another server.
    pub rotate: bool,
    /// The servers' word about signatures counts (AD).
    pub trust_ad: bool,
    /// Order of sources, as the `hosts` line of nsswitch.conf has it.
    pub order: Vec<LookupStep>,
    /// The hosts file, as it is.
    pub hosts_file: Vec<u8>,
    /// Most answers that are kept of names; the usual number without.
    pub names_kept: Option<usize>,
    /// The machine's own name; empty if it has none.
    pub hostname: String,
    /// The machine's addresses; empty if they are not known.
    pub own: Vec<OwnAddress>,
    /// Addresses of a family that the machine itself has none of are not asked for (RFC 3493, section 6.1,
    /// AI_ADDRCONFIG).
    pub only_own_families: bool,
    /// Which addresses of a host it prefers, where it says so; `None`: as RFC 6724, section 2.1.
    pub policy: Option<AddressPolicy>,
    /// The interface that leads out and the router there, as `eth0 via 192.0.2.1`; empty if there
    /// is none or it is not known.
    pub way_out: String,
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
            rotate: false,
            trust_ad: false,
            order: vec![
                LookupStep::of(LookupSource::Files),
                LookupStep::of(LookupSource::Dns),
            ],
            hosts_file: Vec::new(),
            names_kept: None,
            hostname: String::new(),
            own: Vec::new(),
            only_own_families: false,
            policy: None,
            way_out: String::new(),
            unsupported: Vec::new(),
        }
    }
}

/// What a kept file is made from: what it was, if it was there.
pub type Change = Box<dyn FnOnce(Option<Vec<u8>>) -> Vec<u8>>;

/// Named files of the program's own: memory in the lab, a cache folder on the host.
pub trait Storage {
    /// The whole file, or `None` if there is none.
    fn read(&self, name: &str) -> LocalFuture<Result<Option<Vec<u8>>, PortFailure>>;

    /// Makes a new file from the old one, while no other process does the same; readers see the old
    /// or the new one, whole, also if this process is ended in the middle.
    fn change(&self, name: &str, change: Change) -> LocalFuture<Result<(), PortFailure>>;
}
