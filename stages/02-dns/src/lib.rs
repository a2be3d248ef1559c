//! From a name to an address: cache, hosts file, stub resolver, forwarder, recursor, zones.
//!
//! Stage: stage 02, RFC 1034, 1035, 2308, 6761, 6891.
//! In: a name; answers of servers. Out: addresses, or why there are none.
//! Emits: `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: each [`Machine`] says whom to ask what ([`Order`]); the carrier (`load`,
//! `far/dns_server`) exchanges the octets and hands back what came ([`Input`]). `server_round`
//! asks one question of a list of servers; [`Stub`] and [`Recursion`] are built on
//! it. hickory-proto reads and writes the wire format and stays inside this room.
//! Not here: sockets, TLS, HTTP. GAP: DNS over TLS and HTTPS, HTTPS records of the browser.

mod alias;
mod cache;
mod dnssec;
mod exchange;
mod failure;
mod hosts_file;
mod message;
mod recursor;
mod reply;
#[cfg(test)]
mod scripted;
mod server_round;
mod stub;
pub mod wire;
mod zone;

pub use cache::{CacheLimits, CacheRow, DnsCache, SavedCacheRefused};
pub use dnssec::{Anchor, AnchorRefused};
pub use exchange::{Chance, Exchange, Input, Machine, Order, Transport};
pub use failure::{Denier, Failure};
pub use hosts_file::{HostsFile, HostsLine};
pub use message::{Question, UDP_PAYLOAD, failure_response, read_question};
pub use recursor::{Ede, Recursion, RecursorConfig, Route, Security, Stale, root_hints};
pub use reply::Reply;
pub use stub::{Addresses, Families, Lookup, Override, RESOLUTION_DELAY, Source, Stub, StubConfig};
pub use zone::{Zone, ZoneRefused, Zones};
