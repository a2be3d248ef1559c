//! Zones and the answers of the server that holds them.
//!
//! Stage: stage 02, RFC 1034 (section 4.3.2), 1035 (section 5), 4592, 2308.
//! In: master files; questions. Out: authoritative answers, referrals with glue, denials.
//! Emits: nothing; the server that uses it states what it was asked and what it sent.
//! How it works: names in canonical order, so that what is below a name stands right behind it.
//! Not here: asking other servers (`recursor`). GAP: zone transfer, DNSSEC, ANY.

mod master_file;

use crate::alias::ALIAS_LIMIT;
use crate::message::{Question, shown};
use crate::reply::Reply;
use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
pub use master_file::ZoneRefused;
use std::collections::BTreeMap;
use thru_events::Cause;

/// A zone: everything below its origin, down to where it is delegated away.
#[derive(Clone, Debug)]
pub struct Zone {
    origin: Name,
    nodes: BTreeMap<Name, Vec<Record>>,
}

impl Zone {
    /// Reads a master file (RFC 1035, section 5). Relative names stand below the root until the
    /// file says `$ORIGIN`.
    ///
    /// # Errors
    /// The line, and what is wrong in it.
    pub fn parse(text: &str) -> Result<Zone, ZoneRefused> {
        master_file::parse(text)
    }

    /// The zone's name, without trailing dot.
    pub fn name(&self) -> String {
        shown(&self.origin)
    }

    /// Records in the zone.
    pub fn record_count(&self) -> usize {
        self.nodes.values().map(Vec::len).sum()
    }

    pub(crate) fn records(&self, name: &Name, record_type: RecordType) -> Vec<Record> {
        let node = self.nodes.get(name).map(Vec::as_slice).unwrap_or_default();
        let of_type = node
            .iter()
            .filter(|record| record.record_type() == record_type);
        of_type.cloned().collect()
    }

    /// Whether the name, or a name below it, has a record.
    fn exists(&self, name: &Name) -> bool {
        let next = self.nodes.range(name.clone()..).next();
        next.is_some_and(|(found, _)| name.zone_of(found))
    }

    /// The highest name between origin and `name` that is delegated away.
    fn cut_above(&self, name: &Name) -> Option<Name> {
        let from = self.origin.num_labels() + 1;
        (from..=name.num_labels())
            .map(|labels| name.trim_to(labels.into()))
            .find(|ancestor| !self.records(ancestor, RecordType::NS).is_empty())
    }

    /// The SOA record with the TTL of a denial (RFC 2308, section 3).
    fn soa_of_denial(&self) -> Option<Record> {
        let mut record = self.records(&self.origin, RecordType::SOA).pop()?;
        if let RData::SOA(soa) = &record.data {
            record.ttl = record.ttl.min(soa.minimum);
        }
        Some(record)
    }

    /// RFC 1034, section 4.3.2, steps 3 and 6. Gives the name an alias leads to.
    fn answer(&self, name: &Name, record_type: RecordType, message: &mut Message) -> Option<Name> {
        if let Some(cut) = self.cut_above(name) {
            self.refer(&cut, message);
            return None;
        }
        message.metadata.authoritative = true;
        let exists = self.exists(name);
        let source = if exists {
            Some(name.clone())
        } else {
            self.wildcard(name)
        };
        let Some(source) = source else {
            message.metadata.response_code = ResponseCode::NXDomain;
            message.authorities = self.soa_of_denial().into_iter().collect();
            return None;
        };
        let own = |mut record: Record| {
            record.name = name.clone();
            record
        };
        let found = self.records(&source, record_type);
        if !found.is_empty() {
            self.add_addresses(&found, message);
            message.answers.extend(found.into_iter().map(own));
            return None;
        }
        if let Some(alias) = self.records(&source, RecordType::CNAME).pop() {
            let target = match &alias.data {
                RData::CNAME(target) => Some(target.0.to_lowercase()),
                _ => None,
            };
            message.answers.push(own(alias));
            return target;
        }
        message.authorities = self.soa_of_denial().into_iter().collect();
        None
    }

    /// A referral: the name servers of the zone below, and their addresses (glue).
    fn refer(&self, cut: &Name, message: &mut Message) {
        let servers = self.records(cut, RecordType::NS);
        self.add_addresses(&servers, message);
        message.metadata.authoritative = !message.answers.is_empty();
        message.authorities = servers;
    }

    fn add_addresses(&self, records: &[Record], message: &mut Message) {
        for record in records {
            let target = match &record.data {
                RData::NS(server) => server.0.to_lowercase(),
                RData::MX(mail) => mail.exchange.to_lowercase(),
                RData::SRV(service) => service.target.to_lowercase(),
                _ => continue,
            };
            for kind in [RecordType::A, RecordType::AAAA] {
                message.additionals.extend(self.records(&target, kind));
            }
        }
    }

    /// RFC 4592: the wildcard below the closest name that exists.
    fn wildcard(&self, name: &Name) -> Option<Name> {
        let mut ancestor = name.base_name();
        while self.origin.zone_of(&ancestor) {
            if self.exists(&ancestor) {
                let wildcard = ancestor.prepend_label("*").ok()?;
                return self.nodes.contains_key(&wildcard).then_some(wildcard);
            }
            ancestor = ancestor.base_name();
        }
        None
    }
}

/// The zones of one server.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    zones: Vec<Zone>,
}

impl Zones {
    /// A server's zones.
    pub fn new(zones: Vec<Zone>) -> Zones {
        Zones { zones }
    }

    /// Names of the zones.
    pub fn names(&self) -> Vec<String> {
        self.zones.iter().map(Zone::name).collect()
    }

    /// Answers a question; REFUSED for a name in none of the zones.
    pub fn answer(&self, question: &Question, cause: Cause) -> Reply {
        let query = &question.message.queries[0];
        let mut name = query.name().to_lowercase();
        if question.message.metadata.op_code != OpCode::Query {
            return Reply::error(
                question,
                "zone",
                ResponseCode::NotImp,
                "only queries",
                cause,
            );
        }
        let mut reply = Reply::new(question, "zone", cause);
        for step in 0..ALIAS_LIMIT {
            let Some(zone) = self.closest(&name) else {
                if step == 0 {
                    let why = "this server has no zone of that name";
                    return Reply::error(question, "zone", ResponseCode::Refused, why, cause);
                }
                break;
            };
            match zone.answer(&name, query.query_type(), reply.message_mut()) {
                Some(target) => name = target,
                None => break,
            }
        }
        reply
    }

    fn closest(&self, name: &Name) -> Option<&Zone> {
        let holding = self.zones.iter().filter(|zone| zone.origin.zone_of(name));
        holding.max_by_key(|zone| zone.origin.num_labels())
    }
}

#[cfg(test)]
mod tests;
