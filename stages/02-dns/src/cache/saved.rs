//! The cache's saved form: a head, then per entry its network, its times and a DNS message with
//! the question, and the records or the SOA record of the denial.

use super::{CacheLimits, DnsCache, Entry, Kept, Rank};
use crate::message;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::RecordType;
use std::time::Duration;
use thru_events::Time;
use thru_octets::{Malformed, Reader, Writer};

/// First octets of the file; the last is the version.
const HEAD: [u8; 8] = *b"thrudns\x01";
/// Octets before the message of an entry, beside the network's name.
const LENGTH_LIMIT: usize = 64 * 1024 * 1024;

/// A saved cache that cannot be read.
pub type SavedCacheRefused = Malformed;

impl DnsCache {
    /// The cache as octets, without what is dead at `now`.
    pub fn save(&self, now: Time) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(&HEAD);
        for (key, entry) in self.entries.iter().filter(|(_, entry)| entry.expires > now) {
            let network = self.networks[usize::from(key.network)].as_bytes();
            let octets = entry_message(&key.name, key.record_type, &entry.kept);
            let (Ok(length), Ok(network_length)) =
                (u16::try_from(octets.len()), u16::try_from(network.len()))
            else {
                continue;
            };
            writer.u16(network_length).bytes(network);
            writer.u8(u8::from(entry.rank == Rank::Answer));
            writer.bytes(&self.calendar(entry.stored).to_be_bytes());
            writer.bytes(&self.calendar(entry.expires).to_be_bytes());
            writer.u16(length).bytes(&octets);
        }
        writer.finish()
    }

    /// Reads a saved cache; entries that are dead by now are left out.
    ///
    /// # Errors
    /// If the octets are of another kind or version, or end in the middle.
    pub fn restore(
        octets: &[u8],
        limits: CacheLimits,
        calendar_at_zero_s: i64,
    ) -> Result<DnsCache, SavedCacheRefused> {
        let mut cache = DnsCache::new(limits, calendar_at_zero_s);
        let mut reader = Reader::new(&octets[..octets.len().min(LENGTH_LIMIT)]);
        let head: [u8; 8] = reader.array("head")?;
        if head != HEAD {
            return Err(Malformed {
                offset: 0,
                field: "head",
                found: format!("{head:02x?}"),
                expected: "a saved DNS cache of version 1",
            });
        }
        while !reader.is_empty() {
            cache.restore_entry(&mut reader)?;
        }
        cache.use_network("");
        Ok(cache)
    }

    fn restore_entry(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let length = reader.u16("network length")?;
        let network = String::from_utf8_lossy(reader.take(length.into(), "network")?).into_owned();
        let rank = match reader.u8("rank")? {
            0 => Rank::Referral,
            _ => Rank::Answer,
        };
        let stored = i64::from_be_bytes(reader.array("stored")?);
        let expires = i64::from_be_bytes(reader.array("expires")?);
        let length = reader.u16("message length")?;
        let message = message::decode(reader.take(length.into(), "message")?)?;
        let Some(query) = message.queries.first() else {
            return Ok(());
        };
        let left = expires.saturating_sub(self.calendar_at_zero_s);
        let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else {
            return Ok(());
        };
        // The trip's clock begins at zero, so what was stored before has its age taken off here.
        let age = u32::try_from(self.calendar_at_zero_s.saturating_sub(stored)).unwrap_or(0);
        self.use_network(&network);
        let kind = match query.query_type() {
            RecordType::ANY => 0,
            known => known.into(),
        };
        let entry = Entry {
            kept: kept(&message, age),
            rank,
            stored: Time::ZERO,
            expires: Time::ZERO.after(Duration::from_secs(left)),
        };
        self.insert_until(self.network, &query.name().to_lowercase(), kind, entry);
        Ok(())
    }

    fn calendar(&self, at: Time) -> i64 {
        self.calendar_at_zero_s
            .saturating_add((at.0 / 1_000_000_000) as i64)
    }
}

fn entry_message(name: &hickory_proto::rr::Name, record_type: u16, kept: &Kept) -> Vec<u8> {
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    let kind = match record_type {
        0 => RecordType::ANY,
        known => RecordType::from(known),
    };
    message.add_query(Query::query(name.clone(), kind));
    match kept {
        Kept::Records(records) => message.answers = records.clone(),
        Kept::Denial { no_name, soa } => {
            if *no_name {
                message.metadata.response_code = ResponseCode::NXDomain;
            }
            message.authorities = soa.iter().cloned().collect();
        }
    }
    message.to_vec().unwrap_or_default()
}

fn kept(message: &Message, age: u32) -> Kept {
    if message.answers.is_empty() {
        return Kept::Denial {
            no_name: message.metadata.response_code == ResponseCode::NXDomain,
            soa: message.authorities.first().cloned(),
        };
    }
    let mut records = message.answers.clone();
    for record in &mut records {
        record.ttl = record.ttl.saturating_sub(age);
    }
    Kept::Records(records)
}
