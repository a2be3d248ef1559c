//! Putting answers into the cache.

use super::{DnsCache, EVERY_KIND, Entry, Kept, Key, kind_text, seconds_left};
use crate::question::soa;
use crate::wire::{Kind, Message, Name, Record, rcode};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Stage, Tap, Time, dns::DnsEvent, trip::TripEvent};

impl DnsCache {
    /// Keeps every record set of the given records.
    pub(crate) fn keep_all<'a>(
        &mut self,
        now: Time,
        records: impl Iterator<Item = &'a Record>,
        tap: &Tap,
        cause: Cause,
    ) {
        let mut sets: Vec<Vec<Record>> = Vec::new();
        for record in records {
            let same =
                |set: &&mut Vec<Record>| set[0].name == record.name && set[0].kind == record.kind;
            match sets.iter_mut().find(same) {
                Some(set) => set.push(record.clone()),
                None => sets.push(vec![record.clone()]),
            }
        }
        for set in sets {
            self.keep_records(now, set, tap, cause);
        }
    }

    fn keep_records(&mut self, now: Time, records: Vec<Record>, tap: &Tap, cause: Cause) {
        let Some(first) = records.first() else { return };
        let (name, kind) = (first.name.lowered(), first.kind);
        let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
        let ttl_s = ttl.clamp(self.limits.ttl_floor_s, self.limits.ttl_ceiling_s);
        self.insert(
            now,
            &name,
            kind.0,
            Kept::Records(records.into()),
            ttl_s,
            tap,
            cause,
        );
    }

    /// Keeps that there is no such name, or no such record. Without a SOA record nothing is
    /// kept (RFC 2308, section 5).
    pub(crate) fn keep_denial(
        &mut self,
        now: Time,
        name: &Name,
        kind: Kind,
        message: &Message,
        tap: &Tap,
        cause: Cause,
    ) {
        let Some(record) = soa(message) else { return };
        let Some((_, minimum)) = record.soa() else {
            return;
        };
        // RFC 2308, section 4: the lesser of the SOA record's own TTL and its MINIMUM.
        let ttl_s = record.ttl.min(minimum).min(self.limits.negative_ceiling_s);
        let no_name = message.rcode == rcode::NXDOMAIN;
        let kind = if no_name { EVERY_KIND } else { kind.0 };
        let soa = Rc::new(record.clone());
        let kept = Kept::Denial { no_name, soa };
        self.insert(now, &name.lowered(), kind, kept, ttl_s, tap, cause);
    }

    #[allow(clippy::too_many_arguments)]
    fn insert(
        &mut self,
        now: Time,
        name: &Name,
        kind: u16,
        kept: Kept,
        ttl_s: u32,
        tap: &Tap,
        cause: Cause,
    ) {
        if ttl_s == 0 {
            return;
        }
        let negative = matches!(kept, Kept::Denial { .. });
        let entry = Entry {
            kept,
            stored: now,
            aged_s: 0,
            expires: now.after(Duration::from_secs(ttl_s.into())),
            learnt_s: self.calendar(now),
        };
        self.put(self.network, name, kind, entry);
        let stored = tap.emit(cause, || DnsEvent::CacheStored {
            name: name.shown(),
            record_type: kind_text(kind),
            ttl_s,
            negative,
        });
        self.make_room(now, tap, stored.or(cause));
    }

    /// Puts an entry in, in the place of what it contradicts.
    pub(super) fn put(&mut self, network: u16, name: &Name, kind: u16, entry: Entry) {
        // A name that is not there has no records, and a name that has some is there.
        let contradicted = |key: &Key| {
            key.network == network
                && key.name == *name
                && (key.kind == kind || kind == EVERY_KIND || key.kind == EVERY_KIND)
        };
        let from = |kind| Key::new(network, name, kind);
        let around = self.entries.range(from(0)..=from(u16::MAX));
        let gone: Vec<(Key, Time)> = around
            .filter(|(key, _)| contradicted(key))
            .map(|(key, entry)| (key.clone(), entry.expires))
            .collect();
        for (key, expires) in gone {
            self.entries.remove(&key);
            self.by_expiry.remove(&(expires, key));
        }
        let key = from(kind);
        self.by_expiry.insert((entry.expires, key.clone()));
        self.entries.insert(key, entry);
    }

    /// Takes out what expires first as long as there is too much.
    pub(super) fn make_room(&mut self, now: Time, tap: &Tap, cause: Cause) {
        let most = self.limits.entries.max(1);
        if self.entries.len() <= most {
            return;
        }
        let full = tap.emit(cause, || TripEvent::LimitReached {
            stage: Stage::Dns,
            limit: "entries of the DNS cache".into(),
            value: most as u64,
        });
        while self.entries.len() > most
            && let Some((_, first)) = self.by_expiry.pop_first()
            && let Some(entry) = self.entries.remove(&first)
        {
            tap.emit(full, || DnsEvent::CacheEvicted {
                name: first.name.shown(),
                record_type: kind_text(first.kind),
                ttl_left_s: seconds_left(&entry, now),
            });
        }
    }
}
