//! How a recursor asks.

use super::dns64::Dns64;
use super::own_zone::OwnZone;
use crate::dnssec::Anchor;
use crate::reception::Network;
use crate::wire::Name;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// Whom to ask for a part of the tree of names, instead of whom the root leads to.
#[derive(Clone, Debug)]
pub struct Route {
    /// From this name down.
    pub zone: Name,
    /// Addresses of servers.
    pub servers: Vec<SocketAddr>,
    /// Names of servers whose addresses have to be found.
    pub server_names: Vec<Name>,
    /// The servers ask on themselves (a forwarder); else they have the zone (a stub).
    pub recursion_desired: bool,
    /// If they all fail, the way from the root is tried.
    pub else_from_root: bool,
    /// They are asked by TCP only.
    pub by_tcp: bool,
    /// What they say is not kept: they are asked again for each client.
    pub uncached: bool,
}

/// How long an answer lives that is over, and how it is used (RFC 8767).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Longest time beyond its TTL, seconds; 0 for no end.
    pub longest_s: u32,
    /// TTL that the client is told, seconds.
    pub reply_ttl_s: u32,
    /// How long the servers are waited for before; zero answers at once and asks afterwards.
    pub after: Duration,
    /// Its time begins anew whenever the servers failed: it serves as long as they do.
    pub renews: bool,
}

impl Default for Stale {
    fn default() -> Stale {
        Stale {
            longest_s: 86_400,
            reply_ttl_s: 30,
            after: Duration::from_millis(1800),
            renews: false,
        }
    }
}

/// How a recursor asks.
#[derive(Clone, Debug)]
pub struct RecursorConfig {
    /// Addresses of the root's name servers.
    pub root_hints: Vec<SocketAddr>,
    /// Whether the root's servers are asked for their own list first (RFC 8109).
    pub primes: bool,
    /// Time for one answer of a server of which nothing is known.
    pub timeout: Duration,
    /// Parts of the tree with servers of their own.
    pub routes: Vec<Route>,
    /// Zones of its own. Who reads them anew hands in a new configuration.
    pub own_zones: Vec<Rc<OwnZone>>,
    /// Where trust begins; without any nothing is validated.
    pub anchors: Vec<Anchor>,
    /// Parts of the tree where no signature is expected.
    pub insecure: Vec<Name>,
    /// Seconds since 1970 for the validity of signatures, instead of the calendar.
    pub validation_time: Option<u32>,
    /// Signatures by DSA count. They must not (RFC 8624); old zones have them.
    pub accepts_dsa: bool,
    /// Whether servers are told no more of a name than they need (RFC 9156).
    pub minimises: bool,
    /// Whether a kept denial answers for other names (RFC 8198).
    pub aggressive: bool,
    /// Whether answers that are over are used when nothing better comes.
    pub stale: Option<Stale>,
    /// Whether an answer that is asked for often is asked for again before it is over.
    pub prefetches: bool,
    /// Whether replies leave out what the question did not ask for.
    pub minimal: bool,
    /// Whether a question that is not to be asked on is answered with what is kept.
    pub answers_snoops: bool,
    /// Whether a denial is passed on with the servers that came with it.
    pub whole_denials: bool,
    /// Whether servers are asked over IPv4.
    pub by_ipv4: bool,
    /// Whether servers are asked over IPv6.
    pub by_ipv6: bool,
    /// Whether the case of letters is varied in questions.
    pub varies_case: bool,
    /// Whether servers are shown cookies (RFC 7873).
    pub shows_cookies: bool,
    /// Whether replies say why (RFC 8914).
    pub explains: bool,
    /// Whether an AD bit without validation of our own is believed and passed on: only if the way
    /// to the servers of `routes` is safe.
    pub trusts_ad: bool,
    /// Longest time that a record is kept, seconds.
    pub ttl_ceiling_s: u32,
    /// Shortest time that a record is kept, seconds.
    pub ttl_floor_s: u32,
    /// Addresses of IPv6 are made from those of IPv4 (RFC 6147).
    pub dns64: Option<Dns64>,
    /// Addresses that answers from elsewhere must not lead to: a name of the internet that has the
    /// address of a machine at home lets a page reach it (DNS rebinding).
    pub private: Vec<Network>,
    /// Parts of the tree that may have such addresses.
    pub private_names: Vec<Name>,
    /// Servers that are never asked.
    pub never_asked: Vec<std::net::IpAddr>,
}

impl RecursorConfig {
    /// From these servers of the root down, without validation.
    pub fn new(root_hints: Vec<SocketAddr>) -> RecursorConfig {
        RecursorConfig {
            root_hints,
            primes: true,
            timeout: Duration::from_millis(400),
            routes: Vec::new(),
            own_zones: Vec::new(),
            anchors: Vec::new(),
            insecure: Vec::new(),
            validation_time: None,
            accepts_dsa: false,
            minimises: true,
            aggressive: true,
            stale: None,
            prefetches: false,
            minimal: true,
            whole_denials: false,
            answers_snoops: true,
            by_ipv4: true,
            by_ipv6: true,
            varies_case: false,
            shows_cookies: true,
            explains: true,
            trusts_ad: false,
            ttl_ceiling_s: 86_400,
            ttl_floor_s: 0,
            dns64: None,
            private: Vec::new(),
            private_names: Vec::new(),
            never_asked: Vec::new(),
        }
    }

    /// Everything is asked of `servers`, which ask on themselves.
    pub fn forwarding(servers: Vec<SocketAddr>) -> RecursorConfig {
        let route = Route {
            zone: Name::root(),
            servers,
            server_names: Vec::new(),
            recursion_desired: true,
            else_from_root: false,
            by_tcp: false,
            uncached: false,
        };
        RecursorConfig {
            routes: vec![route],
            minimises: false,
            minimal: false,
            ..RecursorConfig::new(Vec::new())
        }
    }
}
