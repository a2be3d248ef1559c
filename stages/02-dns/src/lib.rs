//! From a name to an address: cache, hosts file, stub resolver, forwarder, recursor, zones.
//!
//! Stage: stage 02, RFC 1034, 1035, 2308, 6761, 6891.
//! In: a name; answers of servers. Out: addresses, or why there are none.
//! Emits: `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: each [`Machine`] says whom to ask what ([`Order`]); the carrier (`load`,
//! `far/dns_server`) exchanges the octets and hands back what came ([`Input`]). [`Stub`] is
//! the browser's machine, [`Recursion`] a server's; `wire` reads and writes messages for both.
//! Not here: sockets, TLS, HTTP. GAP: connections by HTTPS records.

mod cache;
mod client_cookie;
mod cookie;
mod dnssec;
mod exchange;
mod failure;
mod fitting;
mod hosts_file;
mod question;
mod reception;
mod recursor;
mod reply;
#[cfg(test)]
mod scripted;
mod stored;
mod stub;
pub mod wire;
mod zone;

pub use cache::{CacheLimits, CacheRow, DnsCache, SavedCacheRefused};
pub use cookie::{Cookie, CookieSecret};
pub use dnssec::{Anchor, AnchorRefused, SigningKey, Validity};
pub use exchange::{Chance, Exchange, Input, Machine, Order, Transport};
pub use failure::{Denier, Failure};
pub use hosts_file::{HostsFile, HostsLine};
pub use question::{Question, UDP_PAYLOAD, failure_response, read_question};
pub use reception::{
    AccessRule, Admission, By, Caller, LocalData, LocalKind, LocalRefused, Network, Received,
    Reception, ZONE_LIMIT,
};
pub use recursor::{
    Begun, DigestCheck, Dns64, Ede, Join, OwnZone, Recursion, RecursorConfig, Route, SHARED_LIMIT,
    Searches, Security, SharedAnswer, Stale, Waiting, root_hints,
};
pub use reply::Reply;
pub use stored::{Asker, StoredAnswers};
pub use stub::{
    Action, Addresses, Families, Late, Lookup, Override, OwnAddress, Policy, PolicyLine,
    RESOLUTION_DELAY, Service, Source, Step, Stub, StubConfig,
};
pub use zone::{Denial, Zone, ZoneRefused, Zones};
