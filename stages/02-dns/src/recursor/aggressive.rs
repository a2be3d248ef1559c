//! Denials that are kept answer for other names (RFC 8198).

use super::limits::HASH_LIMIT;
use super::memory::Look;
use super::part::{Part, Security};
use super::task::Work;
use super::trust::anchor_of;
use crate::dnssec::{
    Denied, ITERATION_LIMIT, Nsec3, no_data, no_name, no_wildcard_match, nsec_covers, nsec3_hash,
    owner_of_hash,
};
use crate::wire::{Kind, Name, Rrset, rcode};
use thru_events::{Cause, dns::DnsEvent};

/// An answer made from denials; `None` if they do not deny it.
pub(super) fn synthesised(work: &Work, name: &Name, kind: Kind, cause: Cause) -> Option<Part> {
    // That there is no DS record is part of the proof of a delegation, asked for or not.
    if !work.config.aggressive && kind != Kind::DS {
        return None;
    }
    // What is excepted from trust is not denied by those who are trusted (RFC 7646).
    anchor_of(work, name)?;
    let start = match kind {
        Kind::DS => name.parent()?,
        _ => name.clone(),
    };
    start
        .ancestors()
        .find_map(|zone| in_zone(work, name, kind, &zone, cause))
}

/// The kept denials of a zone that say something of a name. `opt_out`: also those that prove
/// nothing of unsigned zones in their span.
pub(super) fn kept_denials(work: &Work, name: &Name, zone: &Name, opt_out: bool) -> Vec<Rrset> {
    let sample = work.memory(|memory, now| memory.any_denial(now, zone));
    match sample {
        None => Vec::new(),
        Some(sample) if sample.kind == Kind::NSEC => by_nsec(work, name, zone),
        Some(sample) => by_nsec3(work, name, zone, &sample, opt_out),
    }
}

fn in_zone(work: &Work, name: &Name, kind: Kind, zone: &Name, cause: Cause) -> Option<Part> {
    let sets = kept_denials(work, name, zone, false);
    if sets.is_empty() {
        return None;
    }
    let soa = work.memory(|memory, now| memory.denial_soa(now, zone));
    let mut part = match soa {
        Some(soa) => denied(work, name, kind, zone, &sets, soa),
        None => None,
    }
    .or_else(|| by_wildcard(work, name, kind, zone, &sets))?;
    let event = work.tap().emit(cause, || DnsEvent::DenialSynthesised {
        name: name.shown(),
        record_type: kind.to_string(),
        zone: zone.shown(),
    });
    part.cause = event.or(cause);
    part.security = Security::Secure;
    Some(part)
}

/// Neither the name nor the type exists.
fn denied(
    work: &Work,
    name: &Name,
    kind: Kind,
    zone: &Name,
    sets: &[Rrset],
    soa: Rrset,
) -> Option<Part> {
    let (spent, proofs) = (&work.spent, sets.iter().collect::<Vec<_>>());
    let code = if no_name(&proofs, zone, name, spent) == Denied::Proven {
        rcode::NXDOMAIN
    } else if no_data(&proofs, zone, name, kind, spent) == Denied::Proven {
        rcode::NOERROR
    } else {
        return None;
    };
    let mut part = Part::empty(code, None);
    part.authorities.push(soa);
    add_proofs(&mut part, sets);
    // RFC 9077, section 3.4.
    let least = part.authorities.iter().map(|set| set.ttl).min();
    for set in &mut part.authorities {
        set.ttl = set.ttl.min(least.unwrap_or(0));
    }
    Some(part)
}

/// RFC 8198, section 5.3: the wildcard is kept, and it is proven that no name is closer.
fn by_wildcard(work: &Work, name: &Name, kind: Kind, zone: &Name, sets: &[Rrset]) -> Option<Part> {
    let proofs: Vec<&Rrset> = sets.iter().collect();
    let mut above = name.ancestors().skip(1);
    let closest = above.by_ref().take_while(|name| name.is_within(zone));
    for closest in closest {
        let Some(wildcard) = closest.child(b"*") else {
            continue;
        };
        let kept = [kind, Kind::CNAME].into_iter().find_map(|kind| {
            match work.memory(|memory, now| memory.look(now, &wildcard, kind)) {
                Look::Fresh(part, ..) if part.security == Security::Secure => Some(part),
                _ => None,
            }
        });
        let Some(mut part) = kept.filter(|part| part.found || part.alias.is_some()) else {
            continue;
        };
        let proves = |sets: &[&Rrset]| {
            no_wildcard_match(sets, zone, name, &closest, &work.spent) == Denied::Proven
        };
        let proof = proofs.iter().find(|set| proves(&[set]))?;
        for set in &mut part.answers {
            set.name = name.clone();
        }
        part.authorities = vec![(*proof).clone()];
        part.additionals.clear();
        return Some(part);
    }
    None
}

fn add_proofs(part: &mut Part, sets: &[Rrset]) {
    for set in sets {
        if !part.authorities.contains(set) {
            part.authorities.push(set.clone());
        }
    }
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

fn by_nsec3(work: &Work, name: &Name, zone: &Name, sample: &Rrset, opt_out: bool) -> Vec<Rrset> {
    let Some(parameters) = Nsec3::read(sample, zone) else {
        return Vec::new();
    };
    let mut sets: Vec<Rrset> = Vec::new();
    if parameters.iterations > ITERATION_LIMIT {
        return Vec::new();
    }
    let spent = &work.spent;
    let mut look = |name: &Name| {
        if !spent.take(&spent.hashes, HASH_LIMIT, "NSEC3 hashes") {
            return;
        }
        let hashed = nsec3_hash(name, &parameters.salt, parameters.iterations);
        let owner = owner_of_hash(&hashed, zone);
        let found =
            owner.and_then(|owner| work.memory(|memory, now| memory.denial(now, zone, &owner)));
        // An opt-out span proves nothing of names in it.
        let usable = found.filter(|set| {
            Nsec3::read(set, zone).is_some_and(|set| opt_out || !set.opt_out || set.owner == hashed)
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
