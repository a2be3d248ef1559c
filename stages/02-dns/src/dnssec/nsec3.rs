//! NSEC3 records: the same with hashed names (RFC 5155; RFC 9276).

use crate::recursor::limits::{HASH_LIMIT, Spent};
use crate::wire::{Kind, Name, Rrset, kinds_in, octets_of_base32, to_base32};
use ring::digest;

/// Most iterations that are computed. With more the zone counts as unsigned (RFC 9276,
/// section 3.2).
pub(crate) const ITERATION_LIMIT: u16 = 150;

/// The data of an NSEC3 set.
#[derive(Clone, Debug)]
pub(crate) struct Nsec3 {
    pub iterations: u16,
    pub salt: Vec<u8>,
    pub opt_out: bool,
    /// Hash of the owner.
    pub owner: Vec<u8>,
    /// Hash of the next name.
    pub next: Vec<u8>,
    pub kinds: Vec<Kind>,
}

impl Nsec3 {
    /// Reads a set of `zone`; `None` if it is of another zone, hash or form.
    pub(crate) fn read(set: &Rrset, zone: &Name) -> Option<Nsec3> {
        let data = set.data.first().filter(|_| set.kind == Kind::NSEC3)?;
        if set.name.parent()? != *zone {
            return None;
        }
        let label = set.name.labels().next()?;
        let owner = octets_of_base32(std::str::from_utf8(label).ok()?)?;
        let [1, flags, i1, i2, salt_length, rest @ ..] = data.as_slice() else {
            return None;
        };
        // RFC 5155, section 8.2: unknown flags make it unknown.
        if flags & !1 != 0 {
            return None;
        }
        let (salt, rest) = rest.split_at_checked(usize::from(*salt_length))?;
        let (length, rest) = rest.split_first()?;
        let (next, kinds) = rest.split_at_checked(usize::from(*length))?;
        Some(Nsec3 {
            iterations: u16::from_be_bytes([*i1, *i2]),
            salt: salt.to_vec(),
            opt_out: flags & 1 == 1,
            owner,
            next: next.to_vec(),
            kinds: kinds_in(kinds),
        })
    }

    /// Whether it denies names of this hash.
    pub(crate) fn covers(&self, hash: &[u8]) -> bool {
        match self.owner.as_slice() < self.next.as_slice() {
            true => self.owner.as_slice() < hash && hash < self.next.as_slice(),
            // The last of the zone.
            false => hash > self.owner.as_slice() || hash < self.next.as_slice(),
        }
    }
}

/// RFC 5155, section 5.
pub(crate) fn hash(name: &Name, salt: &[u8], iterations: u16) -> Vec<u8> {
    let algorithm = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    let mut hashed = name.lowered().wire().to_vec();
    for _ in 0..=iterations {
        let mut context = digest::Context::new(algorithm);
        context.update(&hashed);
        context.update(salt);
        hashed = context.finish().as_ref().to_vec();
    }
    hashed
}

/// The NSEC3 sets of one answer.
pub(crate) struct Nsec3Sets<'a> {
    zone: Name,
    sets: Vec<Nsec3>,
    spent: &'a Spent,
}

/// What is proven of a name.
pub(crate) struct Closest {
    /// The closest name above that exists.
    pub name: Name,
    /// The name one label longer is in a span where unsigned zones may be.
    pub opt_out: bool,
}

impl<'a> Nsec3Sets<'a> {
    pub(crate) fn read(sets: &[&Rrset], zone: &Name, spent: &'a Spent) -> Nsec3Sets<'a> {
        let sets = sets.iter().filter_map(|set| Nsec3::read(set, zone));
        Nsec3Sets {
            zone: zone.clone(),
            sets: sets.collect(),
            spent,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    pub(crate) fn too_many_iterations(&self) -> bool {
        self.sets.iter().any(|set| set.iterations > ITERATION_LIMIT)
    }

    fn hashed(&self, name: &Name, set: &Nsec3) -> Option<Vec<u8>> {
        let spent = self.spent;
        if !spent.take(&spent.hashes, HASH_LIMIT, "hashes of names") {
            return None;
        }
        Some(hash(name, &set.salt, set.iterations))
    }

    /// The set at the name itself.
    pub(crate) fn matching(&self, name: &Name) -> Option<&Nsec3> {
        let first = self.sets.first()?;
        let hashed = self.hashed(name, first)?;
        self.sets.iter().find(|set| set.owner == hashed)
    }

    /// The set that denies the name.
    pub(crate) fn covering(&self, name: &Name) -> Option<&Nsec3> {
        let first = self.sets.first()?;
        let hashed = self.hashed(name, first)?;
        self.sets.iter().find(|set| set.covers(&hashed))
    }

    /// RFC 5155, section 8.3: the closest name above that exists, and proof that the next longer
    /// one does not.
    pub(crate) fn closest(&self, name: &Name) -> Option<Closest> {
        let mut longer = name.clone();
        for ancestor in name.ancestors().skip(1) {
            if !ancestor.is_within(&self.zone) {
                return None;
            }
            if let Some(found) = self.matching(&ancestor) {
                let cut = found.kinds.contains(&Kind::NS) && !found.kinds.contains(&Kind::SOA);
                if cut || found.kinds.contains(&Kind::DNAME) {
                    return None;
                }
                let covering = self.covering(&longer)?;
                return Some(Closest {
                    name: ancestor,
                    opt_out: covering.opt_out,
                });
            }
            longer = ancestor;
        }
        None
    }
}

/// The owner of the NSEC3 record for a hash in a zone.
pub(crate) fn owner_of(hash: &[u8], zone: &Name) -> Option<Name> {
    zone.child(to_base32(hash).as_bytes())
}
