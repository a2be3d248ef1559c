//! What the machine says about name resolution.

use super::Families;
use super::policy::Policy;
use super::preference::OwnAddress;
use crate::HostsFile;
use crate::exchange::Transport;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

/// Where names are looked up (nsswitch.conf(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The hosts file.
    Files,
    /// The DNS servers.
    Dns,
    /// The machine's own name, as nss-myhostname(8) knows it.
    MyHostname,
    /// Something that is not built, in the words of nsswitch.conf.
    Other(String),
}

impl Source {
    /// As nsswitch.conf writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Source::Files => "files",
            Source::Dns => "dns",
            Source::MyHostname => "myhostname",
            Source::Other(words) => words,
        }
    }
}

/// What is done after a source was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The next source is asked.
    Continue,
    /// The search ends.
    Return,
}

/// A source and what is done after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whom.
    pub source: Source,
    /// The source has the name.
    pub success: Action,
    /// The source works and does not have the name.
    pub not_found: Action,
    /// The source does not work.
    pub unavailable: Action,
    /// The source does not work at the moment.
    pub try_again: Action,
}

impl Step {
    /// The source with what nsswitch.conf(5) has by default: what is found ends the search.
    pub fn of(source: Source) -> Step {
        Step {
            source,
            success: Action::Return,
            not_found: Action::Continue,
            unavailable: Action::Continue,
            try_again: Action::Continue,
        }
    }
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

/// Whose word about signatures counts (AD, RFC 4035, section 4.9.3): only that of a server on a way
/// that nobody else can write on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// `options trust-ad` of resolv.conf.
    pub all: bool,
    /// Doors with TLS.
    pub doors: Rc<[(SocketAddr, Transport)]>,
}

impl Trust {
    pub(super) fn is_trusted(&self, server: SocketAddr) -> bool {
        self.why(server).is_some()
    }

    pub(super) fn why(&self, server: SocketAddr) -> Option<&'static str> {
        match self.door(server) {
            _ if server.ip().is_loopback() => Some("it is on this machine"),
            Some(_) => Some("it has proven who it is, and nobody else can write on the way"),
            None if self.all => Some("resolv.conf says that the way to it can be trusted"),
            None => None,
        }
    }

    /// The door with TLS through which alone a server is asked.
    pub(super) fn door(&self, server: SocketAddr) -> Option<Transport> {
        let door = self.doors.iter().find(|(address, _)| *address == server);
        door.map(|(_, transport)| *transport)
    }
}

/// What the machine says about name resolution.
#[derive(Clone, Debug)]
pub struct StubConfig {
    /// DNS servers, in order.
    pub servers: Vec<SocketAddr>,
    /// Servers that are asked through a door with TLS, and never in the open.
    pub doors: Rc<[(SocketAddr, Transport)]>,
    /// Search domains.
    pub search: Vec<String>,
    /// Dots in a name from which on it is tried as it is first.
    pub ndots: u8,
    /// Time for one answer.
    pub timeout: Duration,
    /// Rounds over the servers.
    pub attempts: u8,
    /// Each look-up begins with another server.
    pub rotate: bool,
    /// The servers' word about signatures counts.
    pub trust_ad: bool,
    /// Order of sources.
    pub order: Vec<Step>,
    /// The hosts file.
    pub hosts: Rc<HostsFile>,
    /// The machine's own name, if it has one.
    pub hostname: String,
    /// Overrides, the first that fits wins.
    pub overrides: Vec<Override>,
    /// The machine's addresses; they decide the order of a host's (RFC 6724). Empty: not known, the
    /// order stays as it comes.
    pub own: Vec<OwnAddress>,
    /// Addresses of a family that the machine has none of, loopback aside, are not asked for (RFC 3493,
    /// section 6.1, AI_ADDRCONFIG).
    pub only_own_families: bool,
    /// Which addresses are preferred.
    pub policy: Policy,
}

impl StubConfig {
    /// Which of the wanted families are looked for.
    pub(super) fn families(&self, wanted: Families) -> Families {
        let has = |ipv6: bool| {
            let mut own = self.own.iter().map(|own| own.address);
            own.any(|own| own.is_ipv6() == ipv6 && !own.is_loopback())
        };
        match (wanted, has(false), has(true)) {
            (Families::Any, true, false) if self.only_own_families => Families::Ipv4,
            (Families::Any, false, true) if self.only_own_families => Families::Ipv6,
            _ => wanted,
        }
    }
}

impl Default for StubConfig {
    fn default() -> StubConfig {
        StubConfig {
            servers: Vec::new(),
            doors: Rc::default(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            rotate: false,
            trust_ad: false,
            order: vec![Step::of(Source::Files), Step::of(Source::Dns)],
            hosts: Rc::default(),
            hostname: String::new(),
            overrides: Vec::new(),
            own: Vec::new(),
            only_own_families: false,
            policy: Policy::default(),
        }
    }
}
