//! Whose keys are trusted, from the anchors down (RFC 4035, section 5).

use super::aggressive::kept_denials;
use super::iterate::{Descent, Giver, descend};
use super::limits::BOGUS_RETRY_LIMIT;
use super::memory::{BOGUS_S, Look, denial_ttl};
use super::part::{Part, Security, Trouble};
use super::task::Work;
use crate::dnssec::{
    Anchor, Checker, Denied, DsProof, Invalid, Key, is_digest_known, no_ds, no_wildcard_match,
    strongest,
};
use crate::wire::{Kind, Name, Rrset};
use std::rc::Rc;
use thru_events::{Cause, dns::DnsEvent};

/// Longest time a verdict on a zone is kept, seconds.
pub(super) const TRUST_CEILING_S: u32 = 3_600;

/// The verdict on the zone that a name lies in.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// It is signed by these keys (data of DNSKEY records).
    Secure { zone: Name, keys: Rc<Vec<Vec<u8>>> },
    /// It is proven to be unsigned, or nobody vouches for it.
    Insecure(Invalid),
    /// It should be signed and is not, or not well.
    Bogus(Invalid),
}

/// Checks signatures now, within the limits of this question.
pub(super) fn checker(work: &Work) -> Checker<'_> {
    let (calendar, now) = work.calendar();
    let seconds = calendar.saturating_add((now.0 / 1_000_000_000) as i64);
    Checker {
        now: work.config.validation_time.unwrap_or(seconds as u32),
        accepts_dsa: work.config.accepts_dsa,
        ignores_dates: work.config.ignores_dates,
        spent: &work.spent,
    }
}

pub(super) fn anchor_of<'a>(work: &'a Work, name: &Name) -> Option<&'a Anchor> {
    let enclosing = work
        .config
        .anchors
        .iter()
        .filter(|anchor| name.is_within(&anchor.zone));
    let anchor = enclosing.max_by_key(|anchor| anchor.zone.label_count())?;
    let excepted = work
        .config
        .insecure
        .iter()
        .any(|zone| name.is_within(zone) && zone.label_count() >= anchor.zone.label_count());
    (!excepted).then_some(anchor)
}

/// Whether answers of the zone's servers have to be signed, as far as is known without asking.
pub(super) fn expects_signatures(work: &Work, zone: &Name) -> bool {
    let Some(anchor) = anchor_of(work, zone) else {
        return false;
    };
    if anchor.zone == *zone {
        return true;
    }
    work.memory(|memory, now| match memory.trust(now, zone) {
        Some(trust) => matches!(trust, Trust::Secure { .. }),
        None => match memory.look(now, zone, Kind::DS) {
            Look::Fresh(part, ..) => part.answer(zone, Kind::DS).is_some(),
            _ => false,
        },
    })
}

/// The verdict on the zone that `target` lies in. It is asked for zone by zone, each vouched for
/// by the one above.
pub(super) async fn trust_of(work: &Work, target: &Name, depth: u32, cause: Cause) -> Trust {
    let Some(anchor) = anchor_of(work, target).cloned() else {
        let why = format!("no trust anchor is above {}", target.shown());
        return Trust::Insecure(Invalid::new(0, why));
    };
    let known = target
        .ancestors()
        .take_while(|name| name.is_within(&anchor.zone))
        .find_map(|name| {
            let trust = work.memory(|memory, now| memory.trust(now, &name))?;
            Some((name, trust))
        });
    let (mut at, mut trust) = match known {
        Some(known) => known,
        None => {
            let trust = by_anchor(work, &anchor, depth, cause).await;
            (anchor.zone.clone(), trust)
        }
    };
    while at != *target {
        let Trust::Secure { zone, keys } = &trust else {
            return trust;
        };
        at = target.suffix(at.label_count() + 1);
        let (zone, keys) = (zone.clone(), keys.clone());
        trust = below(work, &at, zone, keys, depth, cause).await;
    }
    trust
}

fn keep(work: &Work, zone: &Name, trust: Trust, life_s: u32, cause: Cause) -> Trust {
    let life_s = match &trust {
        Trust::Bogus(_) => life_s.clamp(1, BOGUS_S),
        _ => life_s.min(TRUST_CEILING_S),
    };
    work.memory(|memory, now| memory.keep_trust(now, zone, &trust, life_s));
    let (verdict, why) = match &trust {
        Trust::Secure { zone: cut, keys } if cut == zone => (
            "secure",
            format!("{} keys, vouched for from above", keys.len()),
        ),
        Trust::Secure { .. } => return trust,
        Trust::Insecure(invalid) => ("insecure", invalid.why.clone()),
        Trust::Bogus(invalid) => ("bogus", invalid.why.clone()),
    };
    work.tap().emit(cause, || DnsEvent::ZoneJudged {
        zone: zone.shown(),
        verdict: verdict.into(),
        why: why.into(),
    });
    trust
}

/// A record set that trust is built on, as it came; not validated here.
async fn fetch(
    work: &Work,
    name: &Name,
    kind: Kind,
    depth: u32,
    avoid: &[Giver],
    cause: Cause,
) -> Result<(Part, Giver), Trouble> {
    if avoid.is_empty()
        && let Look::Fresh(part, ..) = work.memory(|memory, now| memory.look(now, name, kind))
        && part.security != Security::Bogus
    {
        return Ok((part, Giver::Memory));
    }
    let descent = Descent {
        name,
        kind,
        depth,
        avoid,
        checking_disabled: true,
    };
    let fetched: super::task::Step<'_, _> = Box::pin(descend(work, &descent, cause));
    let (part, giver) = fetched.await?;
    let (ceiling, floor) = (work.config.ttl_ceiling_s, work.config.ttl_floor_s);
    work.memory(|memory, now| memory.keep(now, name, kind, &part, ceiling, floor));
    Ok((part, giver))
}

async fn by_anchor(work: &Work, anchor: &Anchor, depth: u32, cause: Cause) -> Trust {
    let zone = &anchor.zone;
    let checker = checker(work);
    let known = strongest(&anchor.digests, |algorithm| checker.is_known(algorithm));
    let keys = anchor.keys.iter().filter_map(|data| Key::read(data));
    let known_key = keys.clone().any(|key| checker.is_known(key.algorithm));
    if known.is_empty() && !known_key {
        let why = format!(
            "the anchors of {} are of algorithms that are not supported",
            zone.shown()
        );
        return keep(
            work,
            zone,
            Trust::Insecure(Invalid::new(1, why)),
            TRUST_CEILING_S,
            cause,
        );
    }
    let trusted = |key: &Key<'_>| {
        known.iter().any(|ds| ds.vouches_for(key, zone))
            || anchor.keys.iter().any(|data| data == key.data)
    };
    zone_keys(work, zone, trusted, depth, cause).await
}

/// The keys of a zone, if one of those that are vouched for has signed them.
async fn zone_keys(
    work: &Work,
    zone: &Name,
    trusted: impl Fn(&Key<'_>) -> bool,
    depth: u32,
    cause: Cause,
) -> Trust {
    let mut avoid = Vec::new();
    let mut first: Option<(Trust, u32)> = None;
    for _ in 0..=BOGUS_RETRY_LIMIT {
        let fetched = fetch(work, zone, Kind::DNSKEY, depth, &avoid, cause).await;
        let (part, giver) = match fetched {
            Ok(fetched) => fetched,
            Err(trouble) => {
                let why = format!(
                    "the keys of {} cannot be had: {}",
                    zone.shown(),
                    trouble.explained.text
                );
                first.get_or_insert((Trust::Bogus(Invalid::new(9, why)), BOGUS_S));
                break;
            }
        };
        match judge_keys(work, zone, &part, &trusted) {
            Ok((keys, life)) => {
                let trust = Trust::Secure {
                    zone: zone.clone(),
                    keys: Rc::new(keys),
                };
                return keep(work, zone, trust, life, part.cause.or(cause));
            }
            Err(invalid) => {
                first.get_or_insert((Trust::Bogus(invalid), BOGUS_S));
            }
        }
        work.memory(|memory, _| memory.forget(zone, Kind::DNSKEY));
        avoid.push(giver);
    }
    let (trust, life) = first.unwrap_or_else(|| {
        let why = format!("{} has no keys", zone.shown());
        (Trust::Bogus(Invalid::new(9, why)), BOGUS_S)
    });
    keep(work, zone, trust, life, cause)
}

fn judge_keys(
    work: &Work,
    zone: &Name,
    part: &Part,
    trusted: impl Fn(&Key<'_>) -> bool,
) -> Result<(Vec<Vec<u8>>, u32), Invalid> {
    let Some(set) = part.answer(zone, Kind::DNSKEY) else {
        return Err(Invalid::new(9, format!("{} has no keys", zone.shown())));
    };
    let vouched = set
        .data
        .iter()
        .filter(|data| Key::read(data).is_some_and(|key| key.is_usable() && trusted(&key)));
    let vouched: Vec<Vec<u8>> = vouched.cloned().collect();
    if vouched.is_empty() {
        let why = format!(
            "none of the keys of {} is the one vouched for",
            zone.shown()
        );
        return Err(Invalid::new(9, why));
    }
    let valid = checker(work).check(set, zone, &vouched)?;
    Ok((set.data.clone(), valid.ttl))
}

/// The verdict on a name below a signed zone.
async fn below(
    work: &Work,
    name: &Name,
    zone: Name,
    keys: Rc<Vec<Vec<u8>>>,
    depth: u32,
    cause: Cause,
) -> Trust {
    if let Some((proof, life)) = kept_no_ds(work, name, &zone) {
        let trust = match proof {
            DsProof::NoCut => Trust::Secure { zone, keys },
            _ => Trust::Insecure(unsigned(&zone, name)),
        };
        return keep(work, name, trust, life, cause);
    }
    let mut avoid = Vec::new();
    let mut first: Option<Invalid> = None;
    for _ in 0..=BOGUS_RETRY_LIMIT {
        let fetched = fetch(work, name, Kind::DS, depth, &avoid, cause).await;
        let (part, giver) = match fetched {
            Ok(fetched) => fetched,
            Err(trouble) => {
                let why = format!(
                    "the DS record of {} cannot be had: {}",
                    name.shown(),
                    trouble.explained.text
                );
                first.get_or_insert(Invalid::new(trouble.explained.code, why));
                break;
            }
        };
        match judge_ds(work, name, &zone, &keys, &part) {
            Step::Signed(digests, life) => {
                let checker = checker(work);
                let known = strongest(&digests, |algorithm| checker.is_known(algorithm));
                if known.is_empty() {
                    return keep(
                        work,
                        name,
                        Trust::Insecure(unsupported(name, &digests)),
                        life,
                        cause,
                    );
                }
                let trusted = |key: &Key<'_>| known.iter().any(|ds| ds.vouches_for(key, name));
                let keys: super::task::Step<'_, Trust> =
                    Box::pin(zone_keys(work, name, trusted, depth, part.cause.or(cause)));
                return keys.await;
            }
            Step::Unsigned(life) => {
                let trust = Trust::Insecure(unsigned(&zone, name));
                return keep(work, name, trust, life, part.cause.or(cause));
            }
            Step::NoCut(life) => {
                return keep(work, name, Trust::Secure { zone, keys }, life, cause);
            }
            Step::Broken(invalid) => {
                first.get_or_insert(invalid);
            }
        }
        work.memory(|memory, _| memory.forget(name, Kind::DS));
        avoid.push(giver);
    }
    let invalid = first.unwrap_or_else(|| Invalid::new(6, "no verdict"));
    keep(work, name, Trust::Bogus(invalid), BOGUS_S, cause)
}

/// What denials that are kept say of a name without DS record, and how long.
fn kept_no_ds(work: &Work, name: &Name, zone: &Name) -> Option<(DsProof, u32)> {
    let known = work.memory(|memory, now| memory.look(now, name, Kind::DS));
    if matches!(known, Look::Fresh(..)) {
        return None;
    }
    let sets = kept_denials(work, name, zone, true);
    let proofs: Vec<&Rrset> = sets.iter().collect();
    let life = proofs.iter().map(|set| set.ttl).min()?;
    match no_ds(&proofs, zone, name, &work.spent) {
        DsProof::Unproven(_) => None,
        proof => Some((proof, life)),
    }
}

fn unsigned(zone: &Name, name: &Name) -> Invalid {
    let (zone, name) = (zone.shown(), name.shown());
    Invalid::new(0, format!("{zone} proves that {name} is not signed"))
}

fn unsupported(name: &Name, digests: &[Vec<u8>]) -> Invalid {
    let digest_known = digests
        .iter()
        .any(|data| data.get(3).is_some_and(|number| is_digest_known(*number)));
    let (code, what) = if digest_known {
        (1, "algorithms")
    } else {
        (2, "digests")
    };
    Invalid::new(
        code,
        format!(
            "the DS records of {} are of {what} that are not supported",
            name.shown()
        ),
    )
}

/// What the zone above says of a name.
enum Step {
    Signed(Vec<Vec<u8>>, u32),
    Unsigned(u32),
    NoCut(u32),
    Broken(Invalid),
}

fn judge_ds(work: &Work, name: &Name, zone: &Name, keys: &[Vec<u8>], part: &Part) -> Step {
    let checker = checker(work);
    if let Some(set) = part.answer(name, Kind::DS) {
        return match checker.check(set, zone, keys) {
            Ok(valid) => Step::Signed(set.data.clone(), valid.ttl),
            Err(invalid) => Step::Broken(invalid),
        };
    }
    if let Some(alias) = part.answers.first() {
        let valid = match checker.check(alias, zone, keys) {
            Ok(valid) => valid,
            Err(invalid) => return Step::Broken(invalid),
        };
        // A wildcard's alias says nothing unless it is proven that the name itself does not exist.
        let Some(closest) = &valid.closest else {
            return Step::NoCut(valid.ttl);
        };
        let sets: Vec<&Rrset> = part.authorities.iter().collect();
        let holding = |set: &&Rrset| checker.check(set, zone, keys).is_ok();
        let sets: Vec<&Rrset> = sets.into_iter().filter(holding).collect();
        return match no_wildcard_match(&sets, zone, name, closest, &work.spent) {
            Denied::Proven => Step::NoCut(valid.ttl),
            Denied::Unsigned => Step::Unsigned(valid.ttl),
            Denied::Unproven(invalid) => Step::Broken(invalid),
        };
    }
    let proofs: Vec<&Rrset> = part
        .authorities
        .iter()
        .filter(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind))
        .filter(|set| {
            checker
                .check(set, zone, keys)
                .is_ok_and(|valid| valid.closest.is_none())
        })
        .collect();
    for set in &proofs {
        work.memory(|memory, now| memory.keep_denial(now, zone, set, set.ttl));
    }
    let least = proofs.iter().map(|set| set.ttl).min().unwrap_or(0);
    let life = part.soa().map_or(least, |soa| least.min(denial_ttl(soa)));
    match no_ds(&proofs, zone, name, &work.spent) {
        DsProof::Unsigned => Step::Unsigned(life),
        DsProof::NoCut => Step::NoCut(life),
        DsProof::Unproven(invalid) => Step::Broken(invalid),
    }
}
