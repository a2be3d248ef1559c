//! The browser's cache of answers, positive and negative.
//!
//! Stage: stage 02, RFC 1034, 2181 (section 5.2), 2308.
//! In: record sets and denials with their TTL. Out: the same, as long as they live.
//! Emits: `DnsEvent` (stored, expired, evicted), `TripEvent::LimitReached`; hits and misses are stated by the machines that look.
//! How it works: a map by network, name and type, and an index by expiry for the limit; `find` looks, `keep` puts in, `saved`
//! is the form on disk.
//! Not here: the file it is kept in (`load` hands the octets to the world's storage).

pub(crate) mod alias;
mod find;
mod keep;
mod manners;
mod saved;

use crate::recursor::memory::Memory;
use crate::wire::{Kind, Name, Record};
pub(crate) use find::Found;
pub(crate) use manners::Manners;
pub use saved::SavedCacheRefused;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use thru_events::Time;

/// Shortest time an answer is kept, seconds, whatever its TTL says: one page is loaded with one
/// answer, also if that is to be used once only.
pub const TTL_FLOOR_S: u32 = 1;
/// Longest time an answer is kept, seconds, whatever its TTL says.
pub const TTL_CEILING_S: u32 = 86_400;
/// Longest time a denial is kept, seconds (RFC 2308, section 5, recommends one to three hours).
pub const NEGATIVE_TTL_CEILING_S: u32 = 10_800;
/// Most entries.
pub const ENTRY_LIMIT: usize = 10_000;
/// Most networks whose answers are kept; the one known longest makes room.
pub const NETWORK_LIMIT: usize = 64;

/// The cache's named limits. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Shortest time an answer is kept. An answer with TTL 0 is not kept if this is 0.
    pub ttl_floor_s: u32,
    /// Longest time an answer is kept.
    pub ttl_ceiling_s: u32,
    /// Longest time a denial is kept. There is no floor for it.
    pub negative_ceiling_s: u32,
    /// Most entries; the one that expires first makes room.
    pub entries: usize,
}

impl Default for CacheLimits {
    fn default() -> CacheLimits {
        CacheLimits {
            ttl_floor_s: TTL_FLOOR_S,
            ttl_ceiling_s: TTL_CEILING_S,
            negative_ceiling_s: NEGATIVE_TTL_CEILING_S,
            entries: ENTRY_LIMIT,
        }
    }
}

/// Stands for every type: the name does not exist.
const EVERY_KIND: u16 = 0;

/// What an entry is found by; [`Key::new`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    network: u16,
    /// In lower case, so that its octets alone tell names apart.
    name: Name,
    /// [`EVERY_KIND`] if the name does not exist.
    kind: u16,
}

impl Key {
    fn new(network: u16, name: &Name, kind: u16) -> Key {
        Key {
            network,
            name: name.lowered(),
            kind,
        }
    }
}

/// An order that is cheap to find by; that of RFC 4034 is made where somebody reads it.
impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        let names = || self.name.wire().cmp(other.name.wire());
        let kinds = || self.kind.cmp(&other.kind);
        let networks = self.network.cmp(&other.network);
        networks.then_with(names).then_with(kinds)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Debug)]
struct Entry {
    /// As it was learnt: the TTLs are those of then.
    kept: Kept,
    stored: Time,
    /// Seconds by which it had aged when it was stored: it was learnt before this trip.
    aged_s: u32,
    expires: Time,
    /// When it was learnt, by the calendar, in seconds since 1970; also if that was an earlier trip.
    learnt_s: i64,
}

#[derive(Clone, Debug)]
enum Kept {
    /// Shared with the look-ups that use them.
    Records(Rc<[Record]>),
    /// The name does not exist, or has no record of the type; the SOA record that says so.
    Denial { no_name: bool, soa: Rc<Record> },
}

/// One entry as `thru dns cache` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheRow {
    /// Which network it was learnt in.
    pub network: String,
    /// The name.
    pub name: String,
    /// The type; `any` if the name does not exist.
    pub record_type: String,
    /// Whether there is none.
    pub negative: bool,
    /// The records, or what is denied.
    pub content: Vec<String>,
    /// Seconds left.
    pub ttl_left_s: u32,
    /// When it was learnt, seconds since 1970.
    pub learnt_s: i64,
}

/// What was taken out on demand, and when: another process that knows it still must not put it back.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Flush {
    /// `None`: everything.
    name: Option<Name>,
    /// Seconds since 1970.
    at_s: i64,
}

/// Answers kept for later questions. One network's answers are not given in another.
#[derive(Clone, Debug)]
pub struct DnsCache {
    entries: BTreeMap<Key, Entry>,
    by_expiry: BTreeSet<(Time, Key)>,
    networks: Vec<String>,
    network: u16,
    flushes: Vec<Flush>,
    limits: CacheLimits,
    calendar_at_zero_s: i64,
    /// What is known of the servers that are asked; not saved.
    manners: Rc<RefCell<Manners>>,
    /// What a server of its own remembers; not saved.
    server: Memory,
}

impl DnsCache {
    /// An empty cache. `calendar_at_zero_s` is the calendar (seconds since 1970) at the trip's
    /// time zero; it makes the saved form last beyond the trip.
    pub fn new(limits: CacheLimits, calendar_at_zero_s: i64) -> DnsCache {
        DnsCache {
            entries: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            networks: vec![String::new()],
            network: 0,
            flushes: Vec::new(),
            limits,
            calendar_at_zero_s,
            manners: Rc::default(),
            server: Memory::default(),
        }
    }

    pub(crate) fn server_memory(&mut self) -> &mut Memory {
        &mut self.server
    }

    pub(crate) fn manners(&self) -> Rc<RefCell<Manners>> {
        self.manners.clone()
    }

    pub(crate) fn calendar_at_zero_s(&self) -> i64 {
        self.calendar_at_zero_s
    }

    /// From now on reads and writes belong to this network (its interface, servers and search
    /// domains).
    pub fn use_network(&mut self, network: &str) {
        let known = self.networks.iter().position(|known| known == network);
        self.network = known.unwrap_or_else(|| self.add_network(network)) as u16;
    }

    fn add_network(&mut self, network: &str) -> usize {
        if self.networks.len() < NETWORK_LIMIT {
            self.networks.push(network.to_owned());
            return self.networks.len() - 1;
        }
        let oldest = |index: &usize| {
            let own = |(key, _): &(&Key, &Entry)| usize::from(key.network) == *index;
            let entries = self.entries.iter().filter(own);
            entries.map(|(_, entry)| entry.learnt_s).max()
        };
        let index = (0..self.networks.len()).min_by_key(oldest).unwrap_or(0);
        self.forget(|key| usize::from(key.network) == index);
        self.networks[index] = network.to_owned();
        index
    }

    /// Entries, dead ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets everything, or all about one name and its services at other ports, in every network; how many entries that were.
    pub fn flush(&mut self, now: Time, name: Option<&str>) -> usize {
        let name = match name.map(crate::question::absolute) {
            Some(None) => return 0,
            Some(name) => name,
            None => None,
        };
        let at_s = self.calendar(now);
        let fits = name.clone();
        let count = self.forget(|key| fits.as_ref().is_none_or(|name| is_of(&key.name, name)));
        self.add_flush(Flush { name, at_s });
        count
    }

    fn forget(&mut self, gone: impl Fn(&Key) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, _| !gone(key));
        self.by_expiry.retain(|(_, key)| !gone(key));
        before - self.entries.len()
    }

    /// What is kept and alive, in order of network, name and type.
    pub fn rows(&self, now: Time) -> Vec<CacheRow> {
        let alive = self.entries.iter().filter(|(_, entry)| entry.expires > now);
        let mut alive: Vec<_> = alive.collect();
        alive.sort_by_key(|(key, _)| (key.network, &key.name, key.kind));
        let rows = alive.into_iter().map(|(key, entry)| CacheRow {
            network: self.networks[usize::from(key.network)].clone(),
            name: key.name.shown(),
            record_type: kind_text(key.kind),
            negative: matches!(entry.kept, Kept::Denial { .. }),
            content: match &entry.kept {
                Kept::Records(records) => {
                    let aged = find::aged(records, entry, now);
                    aged.iter().map(Record::text).collect()
                }
                Kept::Denial { no_name: true, .. } => vec!["no such name".into()],
                Kept::Denial { .. } => vec!["no such record".into()],
            },
            ttl_left_s: seconds_left(entry, now),
            learnt_s: entry.learnt_s,
        });
        rows.collect()
    }

    fn calendar(&self, at: Time) -> i64 {
        self.calendar_at_zero_s
            .saturating_add((at.0 / 1_000_000_000) as i64)
    }
}

/// Whether a kept name is asked for when `host` is visited: it is the host itself, or where the HTTPS
/// record for another port stands (RFC 9460, section 9.1: `_8443._https.` in front).
fn is_of(kept: &Name, host: &Name) -> bool {
    if kept == host {
        return true;
    }
    let mut labels = kept.labels();
    let port = labels.next().and_then(|label| label.strip_prefix(b"_"));
    let is_port = port.is_some_and(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit));
    let is_https = labels
        .next()
        .is_some_and(|label| label.eq_ignore_ascii_case(b"_https"));
    is_port && is_https && kept.ancestors().nth(2).is_some_and(|above| above == *host)
}

fn seconds_left(entry: &Entry, now: Time) -> u32 {
    u32::try_from(entry.expires.since(now).as_secs()).unwrap_or(u32::MAX)
}

fn kind_text(kind: u16) -> String {
    match kind {
        EVERY_KIND => "any".into(),
        known => Kind(known).to_string(),
    }
}

#[cfg(test)]
mod tests;
