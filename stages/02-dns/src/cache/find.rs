//! Looking into the cache.

use super::alias::ALIAS_LIMIT;
use super::{DnsCache, EVERY_KIND, Entry, Kept, Key, kind_text, seconds_left};
use crate::wire::{Kind, Name, Record};
use std::rc::Rc;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// What the cache says of one question.
pub(crate) enum Found {
    /// Records, perhaps through aliases. They are as they were learnt: of what is left of their time
    /// `ttl_left_s` is the least.
    Records {
        records: Rc<[Record]>,
        ttl_left_s: u32,
    },
    /// Aliases that end in a denial, or a denial at once.
    Denial {
        end: Name,
        no_name: bool,
        soa: Rc<Record>,
        ttl_left_s: u32,
    },
    /// Nothing, or aliases that lead to a name of which nothing is known.
    Missing { why: &'static str },
}

const NOT_KEPT: &str = "not kept";
const OVER: &str = "its time is over";

impl DnsCache {
    fn key(&self, name: &Name, kind: u16) -> Key {
        Key::new(self.network, name, kind)
    }

    /// Takes out what is dead of a name and type. The event that says so, if something was.
    fn expire(
        &mut self,
        now: Time,
        name: &Name,
        kind: Kind,
        tap: &Tap,
        cause: Cause,
    ) -> Option<Cause> {
        let mut said = None;
        // What ends first is alive: nothing is dead.
        let first = self.by_expiry.first();
        if first.is_none_or(|(end, _)| *end > now) {
            return None;
        }
        for kind in [kind.0, Kind::CNAME.0, EVERY_KIND] {
            let key = self.key(name, kind);
            let dead = |entry: &&Entry| entry.expires <= now;
            let Some(entry) = self.entries.get(&key).filter(dead) else {
                continue;
            };
            let over_for_s = now.since(entry.expires).as_secs() as u32;
            self.by_expiry.remove(&(entry.expires, key.clone()));
            self.entries.remove(&key);
            let event = tap.emit(cause, || DnsEvent::CacheExpired {
                name: name.shown(),
                record_type: kind_text(kind),
                over_for_s,
            });
            said = Some(event.or(cause));
        }
        said
    }

    /// Looks for records of a name, following aliases that are kept; what is found dead on the way
    /// is taken out. With the event that is the cause of what follows.
    pub(crate) fn find(
        &mut self,
        now: Time,
        name: &Name,
        kind: Kind,
        tap: &Tap,
        cause: Cause,
    ) -> (Found, Cause) {
        let (mut end, mut cause) = (name.lowered(), cause);
        let mut ttl_left_s = u32::MAX;
        for _ in 0..ALIAS_LIMIT {
            let expired = self.expire(now, &end, kind, tap, cause);
            cause = expired.unwrap_or(cause);
            let why = if expired.is_some() { OVER } else { NOT_KEPT };
            let mut key = self.key(&end, kind.0);
            let mut entry = self.entries.get(&key);
            if entry.is_none() {
                key.kind = EVERY_KIND;
                entry = self.entries.get(&key);
            }
            if let Some(entry) = entry {
                let left = ttl_left_s.min(seconds_left(entry, now));
                return (found(entry, end, left), cause);
            }
            key.kind = Kind::CNAME.0;
            let alias = self.entries.get(&key);
            let Some((entry, Kept::Records(records))) = alias.map(|entry| (entry, &entry.kept))
            else {
                return (Found::Missing { why }, cause);
            };
            ttl_left_s = ttl_left_s.min(seconds_left(entry, now));
            match records.first().and_then(Record::target) {
                Some(target) => end = target.lowered(),
                None => return (Found::Missing { why }, cause),
            }
        }
        let why = "too many aliases";
        (Found::Missing { why }, cause)
    }
}

fn found(entry: &Entry, end: Name, ttl_left_s: u32) -> Found {
    match &entry.kept {
        Kept::Records(records) => Found::Records {
            records: records.clone(),
            ttl_left_s,
        },
        Kept::Denial { no_name, soa } => Found::Denial {
            end,
            no_name: *no_name,
            soa: soa.clone(),
            ttl_left_s,
        },
    }
}

/// The records with the TTL that is left.
pub(super) fn aged(records: &[Record], entry: &Entry, now: Time) -> Vec<Record> {
    let age = u32::try_from(now.since(entry.stored).as_secs()).unwrap_or(u32::MAX);
    let age = age.saturating_add(entry.aged_s);
    let aged = records.iter().cloned().map(|mut record| {
        record.ttl = record.ttl.saturating_sub(age);
        record
    });
    aged.collect()
}
