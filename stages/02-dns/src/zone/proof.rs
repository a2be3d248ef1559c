//! Which NSEC or NSEC3 records prove a denial (RFC 4035, section 3.1.3; RFC 5155, section 7.2).

use super::Zone;
use crate::dnssec::{Nsec3, nsec3_hash};
use crate::wire::{Kind, Name, Rrset};

impl Zone {
    /// That a name has no record of the type asked.
    pub(super) fn no_data(&self, name: &Name) -> Vec<&Rrset> {
        if self.hashed.is_empty() {
            return self.nsec_at_or_before(name).into_iter().collect();
        }
        match self.hashed_at(name) {
            Some(own) => vec![own],
            // An unsigned cut in an opt-out span.
            None => self.closest_encloser(name).0,
        }
    }

    /// That neither the name nor a wildcard for it exists.
    pub(super) fn no_name(&self, name: &Name) -> Vec<&Rrset> {
        let closest = self.closest(name);
        let wildcard = closest.child(b"*");
        if self.hashed.is_empty() {
            let mut proofs: Vec<&Rrset> = self.nsec_at_or_before(name).into_iter().collect();
            proofs.extend(wildcard.and_then(|wildcard| self.nsec_at_or_before(&wildcard)));
            return proofs;
        }
        let (mut proofs, _) = self.closest_encloser(name);
        proofs.extend(wildcard.and_then(|wildcard| self.hashed_before(&wildcard)));
        proofs
    }

    /// That no name is closer than `closest`, so that its wildcard stands for the name.
    pub(super) fn no_closer(&self, name: &Name, closest: &Name) -> Vec<&Rrset> {
        let longer = name.suffix(closest.label_count() + 1);
        let proof = match self.hashed.is_empty() {
            true => self.nsec_at_or_before(name),
            false => self.hashed_before(&longer),
        };
        proof.into_iter().collect()
    }

    /// The same, where the wildcard does not have the type asked: with NSEC3 the closest name is
    /// proven to exist as well.
    pub(super) fn no_closer_wildcard(&self, name: &Name, closest: &Name) -> Vec<&Rrset> {
        let mut proofs = self.no_closer(name, closest);
        if !self.hashed.is_empty() {
            proofs.extend(self.hashed_at(closest));
        }
        proofs
    }

    fn closest(&self, name: &Name) -> Name {
        let mut above = name.ancestors().skip(1);
        above
            .find(|ancestor| self.exists(ancestor))
            .unwrap_or_else(|| self.origin.clone())
    }

    /// RFC 5155, section 7.2.1: the set at the closest name that exists, and the one that covers
    /// the next longer name.
    fn closest_encloser(&self, name: &Name) -> (Vec<&Rrset>, Name) {
        let mut longer = name.clone();
        for ancestor in name
            .ancestors()
            .skip(1)
            .take_while(|name| name.is_within(&self.origin))
        {
            if let Some(own) = self.hashed_at(&ancestor) {
                let mut proofs = vec![own];
                proofs.extend(self.hashed_before(&longer));
                return (proofs, ancestor);
            }
            longer = ancestor;
        }
        (Vec::new(), self.origin.clone())
    }

    fn nsec_at_or_before(&self, name: &Name) -> Option<&Rrset> {
        let before = self.nodes.range(..=name.clone()).rev();
        before
            .filter_map(|(_, sets)| sets.iter().find(|set| set.kind == Kind::NSEC))
            .next()
    }

    fn hash(&self, name: &Name) -> Option<Vec<u8>> {
        let sample = Nsec3::read(self.hashed.values().next()?, &self.origin)?;
        Some(nsec3_hash(name, &sample.salt, sample.iterations))
    }

    fn hashed_at(&self, name: &Name) -> Option<&Rrset> {
        self.hashed.get(&self.hash(name)?)
    }

    /// The set whose span has the name's hash; the last one goes round to the first.
    fn hashed_before(&self, name: &Name) -> Option<&Rrset> {
        let hash = self.hash(name)?;
        let before = self.hashed.range(..hash).next_back();
        before
            .or_else(|| self.hashed.iter().next_back())
            .map(|(_, set)| set)
    }
}
