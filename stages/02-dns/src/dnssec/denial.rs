//! Proofs that a name, or a record of a type, does not exist (RFC 4035, section 5.4; RFC 5155,
//! section 8).

use super::nsec;
use super::nsec3::Nsec3Sets;
use super::signature::Invalid;
use crate::recursor::limits::Spent;
use crate::wire::{Kind, Name, Rrset};

/// What a denial proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is so.
    Proven,
    /// Unsigned zones may be there (opt-out), or the hashes are too much work.
    Unsigned,
    /// Nothing.
    Unproven(Invalid),
}

/// What the absence of a DS record proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DsProof {
    /// There is a cut, and the zone below is not signed.
    Unsigned,
    /// There is no cut at this name.
    NoCut,
    /// Nothing.
    Unproven(Invalid),
}

/// The NSEC and NSEC3 sets of an answer of `zone`; their signatures hold.
pub(crate) struct Proofs<'a> {
    nsec: Vec<&'a Rrset>,
    nsec3: Nsec3Sets<'a>,
    zone: &'a Name,
}

fn unproven(why: impl Into<String>) -> Denied {
    Denied::Unproven(Invalid::new(6, why))
}

impl<'a> Proofs<'a> {
    fn new(sets: &[&'a Rrset], zone: &'a Name, spent: &'a Spent) -> Proofs<'a> {
        let nsec = sets.iter().copied().filter(|set| set.kind == Kind::NSEC);
        Proofs {
            nsec: nsec.collect(),
            nsec3: Nsec3Sets::read(sets, zone, spent),
            zone,
        }
    }

    fn covered(&self, name: &Name) -> Option<&'a Rrset> {
        self.nsec
            .iter()
            .copied()
            .find(|set| nsec::covers(set, name, self.zone))
    }

    fn at(&self, name: &Name) -> Option<&'a Rrset> {
        self.nsec.iter().copied().find(|set| set.name == *name)
    }

    fn no_name_by_nsec(&self, name: &Name) -> bool {
        let Some(covering) = self.covered(name) else {
            return false;
        };
        let Some(wildcard) = nsec::closest(covering, name).and_then(|closest| closest.child(b"*"))
        else {
            return false;
        };
        self.covered(&wildcard).is_some()
    }

    fn no_data_by_nsec(&self, name: &Name, kind: Kind) -> bool {
        if let Some(own) = self.at(name) {
            return nsec::lacks(own, kind);
        }
        if self
            .nsec
            .iter()
            .any(|set| nsec::is_empty_between(set, name))
        {
            return true;
        }
        let Some(covering) = self.covered(name) else {
            return false;
        };
        let wildcard = nsec::closest(covering, name).and_then(|closest| closest.child(b"*"));
        let own = wildcard.and_then(|wildcard| self.at(&wildcard));
        own.is_some_and(|own| nsec::lacks(own, kind))
    }
}

/// Whether the sets deny the name (and the wildcard that could stand for it).
pub(crate) fn no_name(sets: &[&Rrset], zone: &Name, name: &Name, spent: &Spent) -> Denied {
    let proofs = Proofs::new(sets, zone, spent);
    if proofs.no_name_by_nsec(name) {
        return Denied::Proven;
    }
    if proofs.nsec3.is_empty() {
        return unproven(format!(
            "nothing proves that {} does not exist",
            name.shown()
        ));
    }
    if proofs.nsec3.too_many_iterations() {
        return Denied::Unsigned;
    }
    let Some(closest) = proofs.nsec3.closest(name) else {
        return unproven(format!(
            "nothing proves what is closest to {}",
            name.shown()
        ));
    };
    let wildcard = closest.name.child(b"*");
    let denied = wildcard.is_some_and(|wildcard| proofs.nsec3.covering(&wildcard).is_some());
    match (denied, closest.opt_out) {
        (false, _) => unproven(format!(
            "nothing proves that no wildcard stands for {}",
            name.shown()
        )),
        (true, true) => Denied::Unsigned,
        (true, false) => Denied::Proven,
    }
}

/// Whether the sets deny records of the type at the name.
pub(crate) fn no_data(
    sets: &[&Rrset],
    zone: &Name,
    name: &Name,
    kind: Kind,
    spent: &Spent,
) -> Denied {
    let proofs = Proofs::new(sets, zone, spent);
    if proofs.no_data_by_nsec(name, kind) {
        return Denied::Proven;
    }
    let missing = || {
        unproven(format!(
            "nothing proves that {} has no {kind} record",
            name.shown()
        ))
    };
    if proofs.nsec3.is_empty() {
        return missing();
    }
    if proofs.nsec3.too_many_iterations() {
        return Denied::Unsigned;
    }
    if let Some(own) = proofs.nsec3.matching(name) {
        let apex = own.kinds.contains(&Kind::SOA);
        let cut = own.kinds.contains(&Kind::NS) && !apex;
        let wrong_side = match kind {
            Kind::DS => apex && !name.is_root(),
            _ => cut,
        };
        let has = own.kinds.contains(&kind) || own.kinds.contains(&Kind::CNAME);
        return if has || wrong_side {
            missing()
        } else {
            Denied::Proven
        };
    }
    let Some(closest) = proofs.nsec3.closest(name) else {
        return missing();
    };
    if let Some(own) = closest
        .name
        .child(b"*")
        .and_then(|wildcard| proofs.nsec3.matching(&wildcard))
    {
        let has = own.kinds.contains(&kind) || own.kinds.contains(&Kind::CNAME);
        return match (has, closest.opt_out) {
            (true, _) => missing(),
            (false, true) => Denied::Unsigned,
            (false, false) => Denied::Proven,
        };
    }
    // RFC 5155, section 8.6: an unsigned zone in an opt-out span, also where it is only above.
    match closest.opt_out {
        true => Denied::Unsigned,
        false => missing(),
    }
}

/// Whether the sets prove that `name` itself does not exist, so that the wildcard below `closest`
/// stood for it.
pub(crate) fn no_wildcard_match(
    sets: &[&Rrset],
    zone: &Name,
    name: &Name,
    closest: &Name,
    spent: &Spent,
) -> Denied {
    let proofs = Proofs::new(sets, zone, spent);
    if let Some(covering) = proofs.covered(name) {
        return match nsec::closest(covering, name) {
            Some(found) if found == *closest => Denied::Proven,
            _ => unproven(format!(
                "a name closer to {} exists than the wildcard's",
                name.shown()
            )),
        };
    }
    let missing = format!(
        "nothing proves that {} does not exist beside its wildcard",
        name.shown()
    );
    if proofs.nsec3.is_empty() {
        return unproven(missing);
    }
    if proofs.nsec3.too_many_iterations() {
        return Denied::Unsigned;
    }
    let longer = name.suffix(closest.label_count() + 1);
    match proofs.nsec3.covering(&longer) {
        Some(covering) if covering.opt_out => Denied::Unsigned,
        Some(_) => Denied::Proven,
        None => unproven(missing),
    }
}

/// What the sets say of a name without DS record.
pub(crate) fn no_ds(sets: &[&Rrset], zone: &Name, name: &Name, spent: &Spent) -> DsProof {
    let proofs = Proofs::new(sets, zone, spent);
    let by_kinds = |kinds: &[Kind]| {
        if kinds.contains(&Kind::DS) || kinds.contains(&Kind::SOA) && !name.is_root() {
            return None;
        }
        Some(match kinds.contains(&Kind::NS) {
            true => DsProof::Unsigned,
            false => DsProof::NoCut,
        })
    };
    if let Some((_, kinds)) = proofs.at(name).and_then(nsec::read)
        && let Some(proof) = by_kinds(&kinds)
    {
        return proof;
    }
    if proofs.no_data_by_nsec(name, Kind::DS) || proofs.covered(name).is_some() {
        return DsProof::NoCut;
    }
    let missing = || {
        let why = format!("nothing proves that {} has no DS record", name.shown());
        DsProof::Unproven(Invalid::new(6, why))
    };
    if proofs.nsec3.is_empty() {
        return missing();
    }
    if proofs.nsec3.too_many_iterations() {
        return DsProof::Unsigned;
    }
    if let Some(own) = proofs.nsec3.matching(name) {
        return by_kinds(&own.kinds).unwrap_or_else(missing);
    }
    match proofs.nsec3.closest(name) {
        Some(closest) if closest.opt_out => DsProof::Unsigned,
        Some(_) => DsProof::NoCut,
        None => missing(),
    }
}
