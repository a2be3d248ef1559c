//! Denials that are kept answer for other names (RFC 8198).

use super::part::{Part, Security};
use super::task::Work;
use super::trust::anchor_of;
use crate::dnssec::{Denied, Nsec3, no_data, no_name, nsec_covers, nsec3_hash, owner_of_hash};
use crate::wire::{Kind, Name, Rrset, rcode};
use thru_events::{Cause, dns::DnsEvent};

/// An answer made from denials; `None` if they do not deny it.
pub(super) fn synthesised(work: &Work, name: &Name, kind: Kind, cause: Cause) -> Option<Part> {
    // What is excepted from trust is not denied by those who are trusted (RFC 7646).
    if !work.config.aggressive || anchor_of(work, name).is_none() {
        return None;
    }
    let start = match kind {
        Kind::DS => name.parent()?,
        _ => name.clone(),
    };
    start
        .ancestors()
        .find_map(|zone| in_zone(work, name, kind, &zone, cause))
}

fn in_zone(work: &Work, name: &Name, kind: Kind, zone: &Name, cause: Cause) -> Option<Part> {
    let soa = work.memory(|memory, now| memory.denial_soa(now, zone))?;
    let sample = work.memory(|memory, now| memory.any_denial(now, zone))?;
    let sets = match sample.kind {
        Kind::NSEC => by_nsec(work, name, zone),
        _ => by_nsec3(work, name, zone, &sample),
    };
    let sets: Vec<&Rrset> = sets.iter().collect();
    if sets.is_empty() {
        return None;
    }
    let spent = &work.spent;
    let code = if no_name(&sets, zone, name, spent) == Denied::Proven {
        rcode::NXDOMAIN
    } else if no_data(&sets, zone, name, kind, spent) == Denied::Proven {
        rcode::NOERROR
    } else {
        return None;
    };
    let event = work.tap().emit(cause, || DnsEvent::DenialSynthesised {
        name: name.shown(),
        record_type: kind.to_string(),
        zone: zone.shown(),
    });
    let mut part = Part::empty(code, event.or(cause));
    let least = sets
        .iter()
        .map(|set| set.ttl)
        .min()
        .unwrap_or(0)
        .min(soa.ttl);
    part.authorities.push(soa);
    for set in sets {
        if !part.authorities.contains(set) {
            part.authorities.push(set.clone());
        }
    }
    for set in &mut part.authorities {
        set.ttl = set.ttl.min(least);
    }
    part.security = Security::Secure;
    Some(part)
}

fn by_nsec(work: &Work, name: &Name, zone: &Name) -> Vec<Rrset> {
    let look = |name: &Name| work.memory(|memory, now| memory.denial(now, zone, name));
    let Some(own) = look(name) else {
        return Vec::new();
    };
    let mut sets = vec![own];
    if nsec_covers(&sets[0], name, zone) {
        for ancestor in name
            .ancestors()
            .skip(1)
            .take_while(|ancestor| ancestor.is_within(zone))
        {
            let wildcard = ancestor.child(b"*").and_then(|wildcard| look(&wildcard));
            sets.extend(wildcard);
        }
    }
    sets.dedup();
    sets
}

fn by_nsec3(work: &Work, name: &Name, zone: &Name, sample: &Rrset) -> Vec<Rrset> {
    let Some(parameters) = Nsec3::read(sample, zone) else {
        return Vec::new();
    };
    let mut sets: Vec<Rrset> = Vec::new();
    let mut look = |name: &Name| {
        let hashed = nsec3_hash(name, &parameters.salt, parameters.iterations);
        let owner = owner_of_hash(&hashed, zone);
        let found =
            owner.and_then(|owner| work.memory(|memory, now| memory.denial(now, zone, &owner)));
        // An opt-out span proves nothing of names in it.
        let usable = found.filter(|set| {
            Nsec3::read(set, zone).is_some_and(|set| !set.opt_out || set.owner == hashed)
        });
        if let Some(set) = usable
            && !sets.contains(&set)
        {
            sets.push(set);
        }
    };
    for ancestor in name
        .ancestors()
        .take_while(|ancestor| ancestor.is_within(zone))
    {
        look(&ancestor);
        if let Some(wildcard) = ancestor.child(b"*") {
            look(&wildcard);
        }
    }
    sets
}
