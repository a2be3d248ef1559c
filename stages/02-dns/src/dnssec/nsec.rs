//! NSEC records: which name comes next, and which types a name has (RFC 4034, section 4).

use crate::wire::{Kind, Name, Rrset, kinds_in};

/// The next name and the types of an NSEC set.
pub(crate) fn read(set: &Rrset) -> Option<(Name, Vec<Kind>)> {
    let data = set
        .data
        .first()
        .filter(|_| set.kind == Kind::NSEC && set.data.len() == 1)?;
    let (next, length) = Name::from_wire(data)?;
    Some((next, kinds_in(&data[length..])))
}

/// A cut or a DNAME: what the zone's NSEC says below it does not count.
fn ends_above(kinds: &[Kind]) -> bool {
    kinds.contains(&Kind::DNAME) || kinds.contains(&Kind::NS) && !kinds.contains(&Kind::SOA)
}

/// Whether the set says that `name` does not exist in `zone`. Names below one that exists by
/// having others below it are not denied.
pub(crate) fn covers(set: &Rrset, name: &Name, zone: &Name) -> bool {
    let Some((next, kinds)) = read(set) else {
        return false;
    };
    let owner = &set.name;
    if name == owner || !name.is_within(zone) || !next.is_within(zone) {
        return false;
    }
    if name.is_below(owner) && ends_above(&kinds) {
        return false;
    }
    if next.is_below(name) {
        return false;
    }
    let last = next <= *owner;
    owner < name && (*name < next || last && next == *zone)
}

/// Whether the set says that `name` exists without records: others are below it.
pub(crate) fn is_empty_between(set: &Rrset, name: &Name) -> bool {
    let Some((next, kinds)) = read(set) else {
        return false;
    };
    let below_cut = name.is_below(&set.name) && ends_above(&kinds);
    set.name < *name && next.is_below(name) && !below_cut
}

/// Whether a set at the name itself says that it has no record of the type.
pub(crate) fn lacks(set: &Rrset, kind: Kind) -> bool {
    let Some((_, kinds)) = read(set) else {
        return false;
    };
    if kinds.contains(&kind) || kinds.contains(&Kind::CNAME) {
        return false;
    }
    let apex = kinds.contains(&Kind::SOA);
    let cut = kinds.contains(&Kind::NS) && !apex;
    match kind {
        // RFC 4035, section 5.2: the word of the zone below does not count for the DS record.
        Kind::DS => !apex || set.name.is_root(),
        _ => !cut,
    }
}

/// The closest name above `name` that exists, as the ends of a covering set say.
pub(crate) fn closest(set: &Rrset, name: &Name) -> Option<Name> {
    let (next, _) = read(set)?;
    let labels = name.common_labels(&set.name).max(name.common_labels(&next));
    Some(name.suffix(labels))
}
