//! The cache of answers, positive and negative.
//!
//! Stage: stage 02, RFC 1034, 2181 (section 5.4.1), 2308.
//! In: record sets and denials with their TTL. Out: the same, as long as they live.
//! Emits: `DnsEvent::CacheStored`, `TripEvent::LimitReached`; hits and misses are stated by the machines that look.
//! How it works: a map by network, name and type, and an index by expiry for the limit.
//! Not here: the file it is kept in (`load` hands the octets to the world's storage).

mod saved;

use crate::alias::{self, Chain};
use crate::message::{record_text, shown, soa};
use crate::recursor::memory::Memory;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
pub use saved::SavedCacheRefused;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use thru_events::{Cause, Stage, Tap, Time, dns::DnsEvent, trip::TripEvent};

/// Longest time an answer is kept, seconds, whatever its TTL says.
pub const TTL_CEILING_S: u32 = 86_400;
/// Longest time a denial is kept, seconds (RFC 2308, section 5, recommends one to three hours).
pub const NEGATIVE_TTL_CEILING_S: u32 = 10_800;
/// Most entries.
pub const ENTRY_LIMIT: usize = 10_000;

/// The cache's named limits. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Shortest time an answer is kept. An answer with TTL 0 is not kept unless this is above 0.
    pub ttl_floor_s: u32,
    /// Longest time an answer is kept.
    pub ttl_ceiling_s: u32,
    /// Longest time a denial is kept.
    pub negative_ceiling_s: u32,
    /// Most entries; the one that expires first makes room.
    pub entries: usize,
}

impl Default for CacheLimits {
    fn default() -> CacheLimits {
        CacheLimits {
            ttl_floor_s: 0,
            ttl_ceiling_s: TTL_CEILING_S,
            negative_ceiling_s: NEGATIVE_TTL_CEILING_S,
            entries: ENTRY_LIMIT,
        }
    }
}

/// How far an entry is trusted (RFC 2181, section 5.4.1), weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// From a referral or its glue: good for asking on, not for answering.
    Referral,
    /// From an answer.
    Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    network: u16,
    name: Name,
    /// 0 stands for every type: the name does not exist.
    record_type: u16,
}

#[derive(Clone, Debug)]
struct Entry {
    kept: Kept,
    rank: Rank,
    stored: Time,
    expires: Time,
}

#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Records(Vec<Record>),
    /// The name does not exist, or has no record of the type; the SOA record that says so.
    Denial {
        no_name: bool,
        soa: Option<Record>,
    },
}

/// What the cache says of one question.
pub(crate) enum Found {
    /// Records, perhaps through aliases, with the time that is left written into their TTLs.
    Records { chain: Chain, ttl_left_s: u32 },
    /// Aliases that end in a denial, or a denial at once.
    Denial {
        chain: Chain,
        no_name: bool,
        soa: Option<Record>,
        ttl_left_s: u32,
    },
    /// Nothing, or aliases that lead to a name of which nothing is known.
    Missing { why: &'static str },
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
    /// The records, or what is denied.
    pub content: Vec<String>,
    /// Seconds left.
    pub ttl_left_s: u32,
}

/// Answers kept for later questions. One network's answers are not given in another.
#[derive(Clone, Debug)]
pub struct DnsCache {
    entries: BTreeMap<Key, Entry>,
    by_expiry: BTreeSet<(Time, Key)>,
    networks: Vec<String>,
    network: u16,
    limits: CacheLimits,
    calendar_at_zero_s: i64,
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
            limits,
            calendar_at_zero_s,
            server: Memory::default(),
        }
    }

    pub(crate) fn server_memory(&mut self) -> &mut Memory {
        &mut self.server
    }

    pub(crate) fn calendar_at_zero_s(&self) -> i64 {
        self.calendar_at_zero_s
    }

    /// From now on reads and writes belong to this network (its servers and search domains).
    pub fn use_network(&mut self, network: &str) {
        let known = self.networks.iter().position(|known| known == network);
        let index = known.unwrap_or_else(|| {
            self.networks.push(network.to_owned());
            self.networks.len() - 1
        });
        self.network = index as u16;
    }

    /// Entries, dead ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets everything.
    pub fn flush(&mut self) {
        self.entries.clear();
        self.by_expiry.clear();
    }

    /// What is kept and alive, in order of network, name and type.
    pub fn rows(&self, now: Time) -> Vec<CacheRow> {
        let alive = self.entries.iter().filter(|(_, entry)| entry.expires > now);
        let rows = alive.map(|(key, entry)| CacheRow {
            network: self.networks[usize::from(key.network)].clone(),
            name: shown(&key.name),
            record_type: type_text(key.record_type),
            content: match &entry.kept {
                Kept::Records(records) => records.iter().map(record_text).collect(),
                Kept::Denial { no_name: true, .. } => vec!["no such name".into()],
                Kept::Denial { .. } => vec!["no such record".into()],
            },
            ttl_left_s: seconds_left(entry, now),
        });
        rows.collect()
    }

    fn entry(&self, name: &Name, record_type: u16) -> Option<&Entry> {
        let key = Key {
            network: self.network,
            name: name.clone(),
            record_type,
        };
        self.entries.get(&key)
    }

    fn alive(&self, name: &Name, record_type: RecordType, rank: Rank, now: Time) -> Option<&Entry> {
        let types = [u16::from(record_type), 0];
        let entries = types.iter().filter_map(|kind| self.entry(name, *kind));
        entries
            .into_iter()
            .find(|entry| entry.expires > now && entry.rank >= rank)
    }

    /// Looks for records of a name, following aliases that are kept.
    pub(crate) fn find(
        &self,
        now: Time,
        name: &Name,
        record_type: RecordType,
        rank: Rank,
    ) -> Found {
        let mut known = Vec::new();
        let mut end = name.clone();
        let mut ttl_left_s = u32::MAX;
        for _ in 0..alias::ALIAS_LIMIT {
            if let Some(entry) = self.alive(&end, record_type, rank, now) {
                let left = ttl_left_s.min(seconds_left(entry, now));
                return self.found(entry, known, name, record_type, left, now);
            }
            let alias = self.alive(&end, RecordType::CNAME, rank, now);
            let Some(entry) = alias else {
                let old = self.entry(&end, record_type.into());
                let kept = old.is_some_and(|entry| entry.rank >= rank);
                let why = if kept { "its time is over" } else { "not kept" };
                return Found::Missing { why };
            };
            let Kept::Records(records) = &entry.kept else {
                return Found::Missing { why: "not kept" };
            };
            ttl_left_s = ttl_left_s.min(seconds_left(entry, now));
            known.extend(aged(records, entry, now));
            match records.first().map(|record| &record.data) {
                Some(RData::CNAME(target)) => end = target.0.to_lowercase(),
                _ => return Found::Missing { why: "not kept" },
            }
        }
        Found::Missing {
            why: "too many aliases",
        }
    }

    fn found(
        &self,
        entry: &Entry,
        mut known: Vec<Record>,
        name: &Name,
        record_type: RecordType,
        ttl_left_s: u32,
        now: Time,
    ) -> Found {
        match &entry.kept {
            Kept::Records(records) => {
                known.extend(aged(records, entry, now));
                let chain = alias::follow(&known, name, record_type);
                Found::Records { chain, ttl_left_s }
            }
            Kept::Denial { no_name, soa } => Found::Denial {
                chain: alias::follow(&known, name, record_type),
                no_name: *no_name,
                soa: soa.clone().map(|mut soa| {
                    soa.ttl = ttl_left_s;
                    soa
                }),
                ttl_left_s,
            },
        }
    }

    /// Keeps one record set.
    pub(crate) fn keep_records(
        &mut self,
        now: Time,
        records: Vec<Record>,
        rank: Rank,
        tap: &Tap,
        cause: Cause,
    ) {
        let Some(first) = records.first() else { return };
        let (name, record_type) = (first.name.to_lowercase(), first.record_type());
        let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
        let ttl_s = ttl.clamp(self.limits.ttl_floor_s, self.limits.ttl_ceiling_s);
        let stronger = self.alive(&name, record_type, Rank::Referral, now);
        if ttl_s == 0 || stronger.is_some_and(|entry| entry.rank > rank) {
            return;
        }
        let kept = Kept::Records(records);
        let full = self.insert(now, &name, record_type.into(), kept, rank, ttl_s);
        let stored = tap.emit(cause, || DnsEvent::CacheStored {
            name: shown(&name),
            record_type: record_type.to_string(),
            ttl_s,
            negative: false,
        });
        if full {
            self.state_full(stored, tap);
        }
    }

    /// Keeps that there is no such name, or no such record. Without an SOA record nothing is
    /// kept (RFC 2308, section 5).
    pub(crate) fn keep_denial(
        &mut self,
        now: Time,
        name: &Name,
        record_type: RecordType,
        message: &Message,
        tap: &Tap,
        cause: Cause,
    ) {
        let Some(record) = soa(message) else { return };
        let RData::SOA(data) = &record.data else {
            return;
        };
        // RFC 2308, section 4: the lesser of the SOA record's own TTL and its MINIMUM.
        let ttl_s = record
            .ttl
            .min(data.minimum)
            .min(self.limits.negative_ceiling_s);
        let no_name = message.metadata.response_code == ResponseCode::NXDomain;
        if ttl_s == 0 {
            return;
        }
        let kind = if no_name { 0 } else { record_type.into() };
        let kept = Kept::Denial {
            no_name,
            soa: Some(record.clone()),
        };
        let full = self.insert(now, &name.to_lowercase(), kind, kept, Rank::Answer, ttl_s);
        let stored = tap.emit(cause, || DnsEvent::CacheStored {
            name: shown(name),
            record_type: type_text(kind),
            ttl_s,
            negative: true,
        });
        if full {
            self.state_full(stored, tap);
        }
    }

    /// Keeps every record set of the given records.
    pub(crate) fn keep_all<'a>(
        &mut self,
        now: Time,
        records: impl Iterator<Item = &'a Record>,
        rank: Rank,
        tap: &Tap,
        cause: Cause,
    ) {
        let mut sets: Vec<Vec<Record>> = Vec::new();
        for record in records {
            let same = |set: &&mut Vec<Record>| {
                set[0].name == record.name && set[0].record_type() == record.record_type()
            };
            match sets.iter_mut().find(same) {
                Some(set) => set.push(record.clone()),
                None => sets.push(vec![record.clone()]),
            }
        }
        for set in sets {
            self.keep_records(now, set, rank, tap, cause);
        }
    }

    fn state_full(&self, stored: Cause, tap: &Tap) {
        tap.emit(stored, || TripEvent::LimitReached {
            stage: Stage::Dns,
            limit: "entries of the DNS cache".into(),
            value: self.limits.entries as u64,
        });
    }

    /// Whether another entry had to make room.
    fn insert(
        &mut self,
        now: Time,
        name: &Name,
        kind: u16,
        kept: Kept,
        rank: Rank,
        ttl_s: u32,
    ) -> bool {
        let expires = now.after(Duration::from_secs(ttl_s.into()));
        self.insert_until(
            self.network,
            name,
            kind,
            Entry {
                kept,
                rank,
                stored: now,
                expires,
            },
        )
    }

    /// Whether another entry had to make room.
    fn insert_until(&mut self, network: u16, name: &Name, record_type: u16, entry: Entry) -> bool {
        let key = Key {
            network,
            name: name.clone(),
            record_type,
        };
        self.by_expiry.insert((entry.expires, key.clone()));
        if let Some(old) = self.entries.insert(key.clone(), entry.clone())
            && old.expires != entry.expires
        {
            self.by_expiry.remove(&(old.expires, key));
        }
        let full = self.entries.len() > self.limits.entries.max(1);
        while self.entries.len() > self.limits.entries.max(1) {
            if let Some((_, first)) = self.by_expiry.pop_first() {
                self.entries.remove(&first);
            }
        }
        full
    }
}

fn seconds_left(entry: &Entry, now: Time) -> u32 {
    u32::try_from(entry.expires.since(now).as_secs()).unwrap_or(u32::MAX)
}

/// The records with the TTL that is left.
fn aged(records: &[Record], entry: &Entry, now: Time) -> Vec<Record> {
    let age = u32::try_from(now.since(entry.stored).as_secs()).unwrap_or(u32::MAX);
    let aged = records.iter().cloned().map(|mut record| {
        record.ttl = record.ttl.saturating_sub(age);
        record
    });
    aged.collect()
}

fn type_text(record_type: u16) -> String {
    match record_type {
        0 => "any".into(),
        known => RecordType::from(known).to_string(),
    }
}

#[cfg(test)]
mod tests;
