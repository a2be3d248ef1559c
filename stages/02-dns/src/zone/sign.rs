//! Signing a zone (RFC 4035, section 2; RFC 5155, section 7.1).

use super::Zone;
use crate::dnssec::{SigningKey, Validity, is_made_by_signing, nsec3_hash, owner_of_hash};
use crate::wire::{Kind, Name, Rrset, kind_windows};
use std::collections::{BTreeMap, BTreeSet};

/// The digest of NSEC3 (RFC 5155, section 11): SHA-1, the only one.
const NSEC3_DIGEST: u8 = 1;

/// How a signed zone says that there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The next name in order (RFC 4034, section 4).
    Nsec,
    /// The next hash in order (RFC 5155).
    Nsec3 {
        /// How often a name is hashed again.
        iterations: u16,
        /// What is added before each time.
        salt: Vec<u8>,
    },
}

impl Zone {
    /// The zone, signed. Signatures, keys and denials that it had are replaced.
    pub fn signed(&self, key: &SigningKey, validity: Validity, denial: &Denial) -> Zone {
        let mut zone = Zone {
            origin: self.origin.clone(),
            nodes: self.without_signatures(),
            hashed: BTreeMap::new(),
        };
        let ttl = zone.denial_ttl();
        let keys = zone.made(&self.origin, Kind::DNSKEY, ttl, key.data().to_vec());
        zone.put(keys);
        match denial {
            Denial::Nsec => zone.chain_names(ttl),
            Denial::Nsec3 { iterations, salt } => zone.chain_hashes(ttl, *iterations, salt),
        }
        zone.sign_all(key, validity);
        zone
    }

    /// Vouches for the key of a zone that is delegated from here. Has to be done before this zone
    /// is signed.
    pub fn vouch_for(&mut self, below: &Name, key: &SigningKey) {
        let ttl = self.set(below, Kind::NS).map_or(0, |servers| servers.ttl);
        let set = self.made(below, Kind::DS, ttl, key.vouching(below));
        self.put(set);
    }

    /// Whether the zone delegates exactly this name away.
    pub fn delegates(&self, name: &Name) -> bool {
        *name != self.origin && self.set(name, Kind::NS).is_some()
    }

    /// The zone's name.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// The zone as a master file (RFC 1035, section 5): one record a line, names absolute, the
    /// SOA record first.
    pub fn master_file(&self) -> String {
        let sets = self.nodes.values().flatten().chain(self.hashed.values());
        let (first, rest): (Vec<&Rrset>, Vec<&Rrset>) = sets.partition(|set| set.kind == Kind::SOA);
        let mut text = String::new();
        for record in first
            .into_iter()
            .chain(rest)
            .flat_map(|set| set.records(true))
        {
            let data = crate::wire::data_to_text(record.kind, &record.data);
            text += &format!("{} {} IN {} {data}\n", record.name, record.ttl, record.kind);
        }
        text
    }

    fn without_signatures(&self) -> BTreeMap<Name, Vec<Rrset>> {
        let mut nodes = self.nodes.clone();
        for sets in nodes.values_mut() {
            sets.retain(|set| !is_made_by_signing(set.kind));
            sets.iter_mut().for_each(|set| set.signatures.clear());
        }
        nodes.retain(|_, sets| !sets.is_empty());
        nodes
    }

    /// RFC 9077: how long a denial is kept, seconds.
    fn denial_ttl(&self) -> u32 {
        let soa = self.set(&self.origin, Kind::SOA);
        soa.map_or(0, crate::recursor::memory::denial_ttl)
    }

    fn made(&self, name: &Name, kind: Kind, ttl: u32, data: Vec<u8>) -> Rrset {
        Rrset {
            name: name.clone(),
            kind,
            class: 1,
            ttl,
            data: vec![data],
            signatures: Vec::new(),
        }
    }

    fn put(&mut self, set: Rrset) {
        let sets = self.nodes.entry(set.name.clone()).or_default();
        sets.retain(|other| other.kind != set.kind);
        sets.push(set);
    }

    /// The names whose data is the zone's own, and the cuts: what denials speak of.
    fn own_names(&self) -> Vec<Name> {
        let is_glue = |name: &Name| self.cut_above(name).is_some_and(|cut| cut != *name);
        let names = self.nodes.keys().filter(|name| !is_glue(name));
        names.cloned().collect()
    }

    /// Whether the zone signs the set: of a cut only who vouches for it.
    fn is_signed(&self, name: &Name, kind: Kind) -> bool {
        match self.cut_above(name) {
            None => true,
            Some(cut) => cut == *name && [Kind::DS, Kind::NSEC].contains(&kind),
        }
    }

    /// The types that a denial of the name lists (RFC 4034, section 4.1.2).
    fn types_at(&self, name: &Name) -> Vec<u16> {
        let sets = self.nodes.get(name).map(Vec::as_slice).unwrap_or_default();
        let told = |set: &&Rrset| set.kind == Kind::NS || self.is_signed(name, set.kind);
        let mut kinds: Vec<u16> = sets.iter().filter(told).map(|set| set.kind.0).collect();
        let signed = |set: &Rrset| self.is_signed(name, set.kind);
        if sets.iter().any(signed) {
            kinds.push(Kind::RRSIG.0);
        }
        kinds
    }

    fn chain_names(&mut self, ttl: u32) {
        let names = self.own_names();
        let after = names.iter().cycle().skip(1);
        let made: Vec<Rrset> = names
            .iter()
            .zip(after)
            .map(|(name, next)| {
                let mut kinds = self.types_at(name);
                kinds.extend([Kind::RRSIG.0, Kind::NSEC.0]);
                kinds.sort_unstable();
                kinds.dedup();
                let mut data = next.lowered().wire().to_vec();
                data.extend(kind_windows(&kinds));
                self.made(name, Kind::NSEC, ttl, data)
            })
            .collect();
        made.into_iter().for_each(|set| self.put(set));
    }

    fn chain_hashes(&mut self, ttl: u32, iterations: u16, salt: &[u8]) {
        let mut head = vec![NSEC3_DIGEST, 0];
        head.extend(iterations.to_be_bytes());
        head.push(salt.len() as u8);
        head.extend_from_slice(salt);
        let parameters = self.made(&self.origin, Kind::NSEC3PARAM, 0, head.clone());
        self.put(parameters);
        // RFC 5155, section 7.1: names between the origin and a name count too.
        let mut names: BTreeSet<Name> = BTreeSet::new();
        for name in self.own_names() {
            let up = name.ancestors();
            names.extend(up.take_while(|name| name.is_within(&self.origin)));
        }
        let hash = |name: &Name| (nsec3_hash(name, salt, iterations), name.clone());
        let by_hash: BTreeMap<Vec<u8>, Name> = names.iter().map(hash).collect();
        let after: Vec<Vec<u8>> = by_hash
            .keys()
            .cycle()
            .skip(1)
            .take(by_hash.len())
            .cloned()
            .collect();
        for ((hash, name), next) in by_hash.iter().zip(after) {
            let mut kinds = self.types_at(name);
            kinds.sort_unstable();
            let mut data = head.clone();
            data.push(next.len() as u8);
            data.extend(next);
            data.extend(kind_windows(&kinds));
            let Some(owner) = owner_of_hash(hash, &self.origin) else {
                continue;
            };
            let set = self.made(&owner, Kind::NSEC3, ttl, data);
            self.hashed.insert(hash.clone(), set);
        }
    }

    fn sign_all(&mut self, key: &SigningKey, validity: Validity) {
        let mut nodes = std::mem::take(&mut self.nodes);
        let all = Zone {
            nodes: nodes.clone(),
            ..self.clone()
        };
        for (name, sets) in &mut nodes {
            for set in sets.iter_mut().filter(|set| all.is_signed(name, set.kind)) {
                set.signatures = vec![key.sign(set, &all.origin, validity)];
            }
        }
        self.nodes = nodes;
        for set in self.hashed.values_mut() {
            set.signatures = vec![key.sign(set, &self.origin, validity)];
        }
    }
}
