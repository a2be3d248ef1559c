//! Zones and the answers of the server that holds them.
//!
//! Stage: stage 02, RFC 1034 (section 4.3.2), 1035 (section 5), 2308, 4035 (section 3.1), 4592, 5155 (section 7.2), 6672, 8482.
//! In: master files, signed ones as they come; questions. Out: authoritative answers, referrals with glue, denials with proofs.
//! Emits: nothing; the server that uses it states what it was asked and what it sent.
//! How it works: names in canonical order, so that what is below a name stands right behind it, and the NSEC record of a
//! name that is not there right before it. `sign` signs.
//! Not here: asking other servers (`recursor`). GAP: zone transfer.

mod answer;
mod digest;
mod master_file;
mod proof;
mod sign;

use crate::question::Question;
use crate::recursor::Ede;
use crate::reply::Reply;
use crate::wire::{Kind, Message, Name, Rrset, rcode};
use answer::{Answering, Next};
pub(crate) use digest::DigestFound;
pub use master_file::ZoneRefused;
pub use sign::Denial;
use std::collections::BTreeMap;
use thru_events::Cause;

/// Most aliases that are followed within a server's own zones for one question.
const ALIAS_LIMIT: usize = 8;

/// A zone: everything below its origin, down to where it is delegated away.
#[derive(Clone, Debug)]
pub struct Zone {
    origin: Name,
    nodes: BTreeMap<Name, Vec<Rrset>>,
    /// NSEC3 sets by the hash of their name.
    hashed: BTreeMap<Vec<u8>, Rrset>,
}

impl Zone {
    /// Reads a master file (RFC 1035, section 5). Relative names stand below the root until the
    /// file says `$ORIGIN`. A file that includes others is refused.
    ///
    /// # Errors
    /// Line and column, and what is wrong there.
    pub fn parse(text: &str) -> Result<Zone, ZoneRefused> {
        let refuse = |name: &str| Err(format!("$INCLUDE of {name:?} is not possible here"));
        Zone::parse_with(text, &Name::root(), &mut { refuse })
    }

    /// The same, with the origin of the file and a way to read the files that it includes.
    ///
    /// # Errors
    /// Line and column, and what is wrong there.
    pub fn parse_with(
        text: &str,
        origin: &Name,
        include: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Zone, ZoneRefused> {
        master_file::parse(text, origin, include, None)
    }

    /// The same, but records outside of the zone are left out, as a resolver does with a zone that
    /// others made; each is handed back with its line.
    ///
    /// # Errors
    /// Line and column, and what is wrong there.
    pub fn parse_leaving_out(
        text: &str,
        origin: &Name,
        include: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<(Zone, Vec<ZoneRefused>), ZoneRefused> {
        let mut left_out = Vec::new();
        let zone = master_file::parse(text, origin, include, Some(&mut left_out))?;
        Ok((zone, left_out))
    }

    /// The zone's name, without trailing dot.
    pub fn name(&self) -> String {
        self.origin.shown()
    }

    /// Records in the zone, signatures not counted.
    pub fn record_count(&self) -> usize {
        let sets = self.nodes.values().flatten().chain(self.hashed.values());
        sets.map(|set| set.data.len()).sum()
    }

    /// One step of the answer to a question: records, a denial, a referral, or an alias and where
    /// it leads.
    pub(crate) fn answer_step(
        &self,
        name: &Name,
        kind: Kind,
        dnssec_ok: bool,
        message: &mut Message,
    ) -> Option<Name> {
        let answering = Answering {
            zone: self,
            kind,
            dnssec_ok,
        };
        match answering.answer(name, message) {
            Next::Alias(target) => Some(target),
            Next::Done => None,
        }
    }

    /// The sets that deny a type of the zone's own name.
    pub(crate) fn denials_at_origin(&self) -> Vec<&Rrset> {
        self.no_data(&self.origin)
    }

    pub(crate) fn set(&self, name: &Name, kind: Kind) -> Option<&Rrset> {
        self.nodes.get(name)?.iter().find(|set| set.kind == kind)
    }

    /// Whether the name, or a name below it, has a record.
    fn exists(&self, name: &Name) -> bool {
        let next = self.nodes.range(name.clone()..).next();
        next.is_some_and(|(found, _)| found.is_within(name))
    }

    /// The highest name between origin and `name` that is delegated away.
    fn cut_above(&self, name: &Name) -> Option<Name> {
        let (from, to) = (self.origin.label_count() + 1, name.label_count());
        let below = (from..=to).map(|labels| name.suffix(labels));
        below
            .into_iter()
            .find(|ancestor| self.set(ancestor, Kind::NS).is_some())
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
        let refused =
            |code: u16, why: &str| Reply::error(question, "zone", code, &Ede::new(0, why), cause);
        let message = &question.message;
        let asked = &message.questions[0];
        if message.opcode != 0 {
            return refused(rcode::NOTIMP, "only queries");
        }
        if message.edns.as_ref().is_some_and(|edns| edns.version > 0) {
            return refused(rcode::BADVERS, "only version 0 of EDNS");
        }
        if [Kind::AXFR, Kind::IXFR].contains(&asked.kind) {
            return refused(rcode::REFUSED, "zones are not given away");
        }
        if asked.class != 1 {
            return refused(rcode::REFUSED, "only class IN");
        }
        let mut reply = Reply::new(question, "zone", cause);
        let dnssec_ok = message.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
        let mut name = asked.name.clone();
        for step in 0..ALIAS_LIMIT {
            let Some(zone) = self.closest(&name, asked.kind) else {
                if step == 0 {
                    return refused(rcode::REFUSED, "this server has no zone of that name");
                }
                break;
            };
            match zone.answer_step(&name, asked.kind, dnssec_ok, reply.message_mut()) {
                Some(target) => name = target,
                None => break,
            }
        }
        reply
    }

    /// The zone that a name lies in. A DS record stands in the zone above.
    fn closest(&self, name: &Name, kind: Kind) -> Option<&Zone> {
        let holding = || {
            self.zones
                .iter()
                .filter(|zone| name.is_within(&zone.origin))
        };
        let above = holding()
            .filter(|zone| kind == Kind::DS && zone.origin != *name)
            .max_by_key(|zone| zone.origin.label_count());
        above.or_else(|| holding().max_by_key(|zone| zone.origin.label_count()))
    }
}

#[cfg(test)]
mod tests;
