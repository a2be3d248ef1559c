//! Records and sets of records (RFC 1035, section 3.2.1; RFC 2181, section 5).

use super::fields::{self, Field};
use super::{Kind, Name, data_to_text};
use std::net::IpAddr;

/// One record; its data uncompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Owner.
    pub name: Name,
    /// Type.
    pub kind: Kind,
    /// Class, 1 for IN.
    pub class: u16,
    /// Seconds to live.
    pub ttl: u32,
    /// Data.
    pub data: Vec<u8>,
}

/// Records of one owner, type and class, with the signatures over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrset {
    /// Owner.
    pub name: Name,
    /// Type.
    pub kind: Kind,
    /// Class, 1 for IN.
    pub class: u16,
    /// Seconds to live, the least of its records'.
    pub ttl: u32,
    /// The data of each record.
    pub data: Vec<Vec<u8>>,
    /// The data of each RRSIG record that covers it.
    pub signatures: Vec<Vec<u8>>,
}

impl Record {
    /// As one line, without class: name, TTL, type, data.
    pub fn text(&self) -> String {
        format!(
            "{} {} {} {}",
            self.name.shown(),
            self.ttl,
            self.kind,
            data_to_text(self.kind, &self.data)
        )
    }

    /// The name that it leads to (NS, CNAME, DNAME, PTR, MX, SRV, SVCB, HTTPS).
    pub fn target(&self) -> Option<Name> {
        target(self.kind, &self.data)
    }

    /// The address of an A or AAAA record.
    pub fn address(&self) -> Option<IpAddr> {
        match self.kind {
            Kind::A => <[u8; 4]>::try_from(self.data.as_slice())
                .ok()
                .map(IpAddr::from),
            Kind::AAAA => <[u8; 16]>::try_from(self.data.as_slice())
                .ok()
                .map(IpAddr::from),
            _ => None,
        }
    }

    /// Primary server (MNAME) and MINIMUM of a SOA record.
    pub fn soa(&self) -> Option<(Name, u32)> {
        let minimum = self
            .data
            .last_chunk::<4>()
            .filter(|_| self.kind == Kind::SOA)?;
        Some((
            name_in(self.kind, &self.data, 0)?,
            u32::from_be_bytes(*minimum),
        ))
    }
}

/// The name at a field of the data, if the type has one there.
fn name_in(kind: Kind, data: &[u8], which: usize) -> Option<Name> {
    let mut at = 0;
    for (index, field) in fields::fields(kind)?.iter().enumerate() {
        if index == which {
            return (*field == Field::Name)
                .then(|| Name::from_wire(&data[at..]))?
                .map(|found| found.0);
        }
        at += fields::length(*field, &data[at..])?;
    }
    None
}

/// The name that data of NS, CNAME, DNAME, PTR, MX, SRV, SVCB leads to.
pub(crate) fn target(kind: Kind, data: &[u8]) -> Option<Name> {
    let which = match kind {
        Kind::NS | Kind::CNAME | Kind::DNAME | Kind::PTR | Kind::NSEC => 0,
        Kind::MX | Kind::SVCB | Kind::HTTPS => 1,
        Kind::SRV => 3,
        _ => return None,
    };
    name_in(kind, data, which)
}

impl Rrset {
    /// A set of one record.
    pub fn of(record: &Record) -> Rrset {
        Rrset {
            name: record.name.clone(),
            kind: record.kind,
            class: record.class,
            ttl: record.ttl,
            data: vec![record.data.clone()],
            signatures: Vec::new(),
        }
    }

    /// Puts records together to sets, in the order in which their first records stand. The same
    /// data twice is kept once. Signatures go to the set they cover; a signature without its set
    /// makes a set of type RRSIG.
    pub fn gather<'a>(records: impl Iterator<Item = &'a Record> + Clone) -> Vec<Rrset> {
        let mut sets: Vec<Rrset> = Vec::new();
        for record in records.clone().filter(|record| record.kind != Kind::RRSIG) {
            let same = |set: &&mut Rrset| {
                set.kind == record.kind && set.class == record.class && set.name == record.name
            };
            match sets.iter_mut().find(same) {
                Some(set) => {
                    set.ttl = set.ttl.min(record.ttl);
                    if !set.data.contains(&record.data) {
                        set.data.push(record.data.clone());
                    }
                }
                None => sets.push(Rrset::of(record)),
            }
        }
        for record in records.filter(|record| record.kind == Kind::RRSIG) {
            let covered = record
                .data
                .get(..2)
                .map(|octets| u16::from_be_bytes([octets[0], octets[1]]));
            let of = |set: &&mut Rrset| {
                Some(set.kind.0) == covered && set.kind != Kind::RRSIG && set.name == record.name
            };
            if let Some(set) = sets.iter_mut().find(of) {
                if !set.signatures.contains(&record.data) {
                    set.signatures.push(record.data.clone());
                    set.ttl = set.ttl.min(record.ttl);
                }
                continue;
            }
            let alone = |set: &&mut Rrset| set.kind == Kind::RRSIG && set.name == record.name;
            match sets.iter_mut().find(alone) {
                Some(set) => set.data.push(record.data.clone()),
                None => sets.push(Rrset::of(record)),
            }
        }
        sets
    }

    /// Takes the signatures over it that stand elsewhere in the message.
    pub(crate) fn sign(&mut self, signatures: &[&Record]) {
        let own = signatures
            .iter()
            .filter(|record| record.name == self.name && record.class == self.class);
        for record in own {
            let covers = record.data.get(..2) == Some(&self.kind.0.to_be_bytes());
            if covers && self.kind != Kind::RRSIG && !self.signatures.contains(&record.data) {
                self.signatures.push(record.data.clone());
            }
        }
    }

    /// The records, the signatures behind them if they are wanted.
    pub fn records(&self, with_signatures: bool) -> impl Iterator<Item = Record> {
        let record = |kind: Kind, data: &Vec<u8>| Record {
            name: self.name.clone(),
            kind,
            class: self.class,
            ttl: self.ttl,
            data: data.clone(),
        };
        let signatures = self.signatures.iter().filter(move |_| with_signatures);
        let own = self.data.iter().map(move |data| record(self.kind, data));
        own.chain(signatures.map(move |data| record(Kind::RRSIG, data)))
    }

    /// The names that the set's records lead to (NS, CNAME, DNAME, MX, SRV).
    pub fn targets(&self) -> Vec<Name> {
        let targets = self.data.iter().filter_map(|data| target(self.kind, data));
        targets.collect()
    }

    /// Whether both have the same records, in any order.
    pub fn same_data(&self, other: &Rrset) -> bool {
        self.data.len() == other.data.len()
            && self.data.iter().all(|data| other.data.contains(data))
    }
}
