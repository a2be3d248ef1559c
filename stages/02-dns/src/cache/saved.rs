//! The cache's saved form: a head, what was flushed, then per entry its network, its times and a
//! DNS message with the question and the records or the SOA record of the denial; a checksum ends it.

use super::{CacheLimits, DnsCache, EVERY_KIND, Entry, Flush, Kept, TTL_CEILING_S, is_of};
use crate::wire::{Asked, Kind, Message, Name, rcode};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Tap, Time};
use thru_octets::{Malformed, Reader, Writer};

/// First octets of the file; the last is the version.
const HEAD: [u8; 8] = *b"thrudns\x02";
/// Most octets of a saved cache that are read.
const LENGTH_LIMIT: usize = 64 * 1024 * 1024;
/// Octets of the checksum.
const CHECKSUM: usize = 8;
/// Most flushes that are remembered; an entry cannot be older than a day, and so can they not.
const FLUSH_LIMIT: usize = 64;
/// How far ahead of the calendar an entry may have been learnt, seconds: clocks are put right.
const AHEAD_LIMIT_S: i64 = 60;

/// A saved cache that cannot be read.
pub type SavedCacheRefused = Malformed;

impl DnsCache {
    /// The cache as octets, without what is dead at `now`.
    pub fn save(&self, now: Time) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(&HEAD);
        let oldest = self.calendar(now) - i64::from(TTL_CEILING_S);
        let flushes: Vec<&Flush> = self
            .flushes
            .iter()
            .filter(|flush| flush.at_s > oldest)
            .collect();
        writer.u16(flushes.len() as u16);
        for flush in flushes {
            let name = flush.name.as_ref().map_or(&[][..], Name::wire);
            writer.bytes(&flush.at_s.to_be_bytes());
            writer.u16(name.len() as u16).bytes(name);
        }
        for (key, entry) in self.entries.iter().filter(|(_, entry)| entry.expires > now) {
            let network = self.networks[usize::from(key.network)].as_bytes();
            let octets = entry_message(&key.name, key.kind, &entry.kept);
            let (Ok(length), Ok(network_length)) =
                (u16::try_from(octets.len()), u16::try_from(network.len()))
            else {
                continue;
            };
            writer.u16(network_length).bytes(network);
            writer.bytes(&entry.learnt_s.to_be_bytes());
            writer.bytes(&self.calendar(entry.expires).to_be_bytes());
            writer.u16(length).bytes(&octets);
        }
        let mut octets = writer.finish();
        octets.extend(checksum(&octets));
        octets
    }

    /// Reads a saved cache; entries that are dead by now are left out.
    ///
    /// # Errors
    /// If the octets are of another kind or version, or are not those that were saved.
    pub fn restore(
        octets: &[u8],
        limits: CacheLimits,
        calendar_at_zero_s: i64,
    ) -> Result<DnsCache, SavedCacheRefused> {
        let mut cache = DnsCache::new(limits, calendar_at_zero_s);
        cache.read_saved(octets)?;
        cache.use_network("");
        Ok(cache)
    }

    /// Takes over what another process saved in the meantime, where it knows more or newer things;
    /// and forgets what was flushed there.
    ///
    /// # Errors
    /// As [`DnsCache::restore`]; nothing is taken over then.
    pub fn merge_saved(&mut self, now: Time, octets: &[u8]) -> Result<(), SavedCacheRefused> {
        let others = DnsCache::restore(octets, self.limits, self.calendar_at_zero_s)?;
        let network = self.network;
        for flush in others.flushes {
            self.add_flush(flush);
        }
        for (key, mut entry) in others.entries {
            let flushed = self
                .flushes
                .iter()
                .any(|flush| flush.covers(&key.name, entry.learnt_s));
            if flushed || entry.expires <= now {
                continue;
            }
            self.use_network(&others.networks[usize::from(key.network)]);
            let own = super::Key {
                network: self.network,
                ..key
            };
            // A calendar that is ahead a little does not store in the future.
            entry.stored = entry.stored.min(now);
            if self
                .entries
                .get(&own)
                .is_none_or(|known| known.learnt_s < entry.learnt_s)
            {
                self.put(own.network, &own.name, own.kind, entry);
            }
        }
        self.make_room(now, &Tap::off(), None);
        self.network = network;
        Ok(())
    }

    /// Remembers a flush, and forgets what it covers.
    pub(super) fn add_flush(&mut self, flush: Flush) {
        let covered: Vec<super::Key> = self
            .entries
            .iter()
            .filter(|(key, entry)| flush.covers(&key.name, entry.learnt_s))
            .map(|(key, _)| key.clone())
            .collect();
        self.forget(|key| covered.contains(key));
        if self.flushes.contains(&flush) {
            return;
        }
        if self.flushes.len() >= FLUSH_LIMIT {
            // Too many to remember one by one: all that was known before the oldest is forgotten.
            self.flushes.sort_by_key(|flush| flush.at_s);
            let oldest = self.flushes.remove(0);
            self.flushes.retain(|flush| flush.at_s > oldest.at_s);
            self.flushes.push(Flush {
                name: None,
                at_s: oldest.at_s,
            });
        }
        self.flushes.push(flush);
    }

    fn read_saved(&mut self, octets: &[u8]) -> Result<(), Malformed> {
        let octets = &octets[..octets.len().min(LENGTH_LIMIT)];
        let mut reader = Reader::new(octets);
        let head: [u8; 8] = reader.array("head")?;
        if head != HEAD {
            return Err(Malformed {
                offset: 0,
                field: "head",
                found: format!("{head:02x?}"),
                expected: "a saved DNS cache of version 2",
            });
        }
        let end = octets.len().saturating_sub(CHECKSUM).max(HEAD.len());
        if octets[end..] != checksum(&octets[..end]) {
            return Err(Malformed {
                offset: end,
                field: "checksum",
                found: format!("{:02x?}", &octets[end..]),
                expected: "that of the octets before it",
            });
        }
        let mut reader = Reader::new(&octets[..end]);
        reader.take(HEAD.len(), "head")?;
        for _ in 0..reader.u16("flushes")? {
            self.read_flush(&mut reader)?;
        }
        while !reader.is_empty() {
            self.read_entry(&mut reader)?;
        }
        self.make_room(Time::ZERO, &Tap::off(), None);
        Ok(())
    }

    fn read_flush(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let at_s = i64::from_be_bytes(reader.array("flushed at")?);
        let length = reader.u16("name length")?;
        let octets = reader.take(length.into(), "name")?;
        let name = Name::from_wire(octets).map(|(name, _)| name);
        self.add_flush(Flush { name, at_s });
        Ok(())
    }

    fn read_entry(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let length = reader.u16("network length")?;
        let network = String::from_utf8_lossy(reader.take(length.into(), "network")?).into_owned();
        let learnt_s = i64::from_be_bytes(reader.array("learnt")?);
        let expires = i64::from_be_bytes(reader.array("expires")?);
        let length = reader.u16("message length")?;
        let message = Message::decode(reader.take(length.into(), "message")?)?;
        let Some(asked) = message.questions.first() else {
            return Ok(());
        };
        // A calendar that was put back since then would keep the entry for too long.
        let left = expires.saturating_sub(self.calendar_at_zero_s);
        let possible = 1..=i64::from(self.limits.ttl_ceiling_s.max(1)) + AHEAD_LIMIT_S;
        if !possible.contains(&left) || learnt_s > self.calendar_at_zero_s + AHEAD_LIMIT_S {
            return Ok(());
        }
        // The trip's clock begins at zero; what was learnt before has aged by then.
        let since_zero_s = learnt_s.saturating_sub(self.calendar_at_zero_s);
        let aged_s = u32::try_from(since_zero_s.saturating_neg()).unwrap_or(0);
        let stored_s = u64::try_from(since_zero_s).unwrap_or(0);
        let Some(kept) = kept(&message) else {
            return Ok(());
        };
        self.use_network(&network);
        let kind = match asked.kind {
            Kind::ANY => EVERY_KIND,
            known => known.0,
        };
        let entry = Entry {
            kept,
            stored: Time::ZERO.after(Duration::from_secs(stored_s)),
            aged_s,
            expires: Time::ZERO.after(Duration::from_secs(left as u64)),
            learnt_s,
        };
        self.put(self.network, &asked.name.lowered(), kind, entry);
        Ok(())
    }
}

impl Flush {
    fn covers(&self, name: &Name, learnt_s: i64) -> bool {
        learnt_s <= self.at_s && self.name.as_ref().is_none_or(|own| is_of(name, own))
    }
}

/// FNV-1a, 64 bits: finds what a broken disk or a half-written file did, not what people do.
fn checksum(octets: &[u8]) -> [u8; CHECKSUM] {
    let mix = |sum: u64, octet: &u8| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    octets.iter().fold(0xcbf2_9ce4_8422_2325, mix).to_be_bytes()
}

fn entry_message(name: &Name, kind: u16, kept: &Kept) -> Vec<u8> {
    let kind = match kind {
        EVERY_KIND => Kind::ANY,
        known => Kind(known),
    };
    let mut message = Message {
        questions: vec![Asked {
            name: name.clone(),
            kind,
            class: 1,
        }],
        ..Message::default()
    };
    message.flags.qr = true;
    match kept {
        Kept::Records(records) => message.answers = records.to_vec(),
        Kept::Denial { no_name, soa } => {
            if *no_name {
                message.rcode = rcode::NXDOMAIN;
            }
            message.authorities = vec![soa.as_ref().clone()];
        }
    }
    message.encode()
}

fn kept(message: &Message) -> Option<Kept> {
    if message.answers.is_empty() {
        return Some(Kept::Denial {
            no_name: message.rcode == rcode::NXDOMAIN,
            soa: Rc::new(message.authorities.first().cloned()?),
        });
    }
    Some(Kept::Records(message.answers.as_slice().into()))
}
