//! Whether an answer is authentic (RFC 4035, sections 5.3 and 5.4).

use super::memory::denial_ttl;
use super::part::{Ede, Part, Security};
use super::resolve::keep_alias;
use super::task::Work;
use super::trust::{Trust, checker, trust_of};
use crate::dnssec::{Denied, Invalid, Signature, no_data, no_name, no_wildcard_match};
use crate::wire::{Kind, Name, Rrset, rcode};
use std::rc::Rc;
use thru_events::{Cause, dns::DnsEvent};

/// A verdict and its reason.
type Verdict = (Security, Option<Invalid>);

/// Looks at the signatures of an answer, and says what they are worth.
pub(super) async fn validate(
    work: &Work,
    name: &Name,
    kind: Kind,
    part: &mut Part,
    depth: u32,
    cause: Cause,
) {
    if work.config.anchors.is_empty() {
        part.security = Security::Insecure;
        return;
    }
    let (security, why) = match part.is_denial() && part.rcode != rcode::YXDOMAIN {
        true => denial(work, name, kind, part, depth, cause).await,
        false => positive(work, part, depth, cause).await,
    };
    part.security = security;
    // A denial without any signature is what is wrong itself, whether the keys can be had or not.
    let bare = part.sets_mut().all(|set| set.signatures.is_empty());
    let why = match why {
        Some(invalid) if bare && part.is_denial() && invalid.code == 9 => {
            let why = format!("the answer has no signatures, and {}", invalid.why);
            Some(Invalid::new(10, why))
        }
        other => other,
    };
    part.explained = match (&why, security) {
        (Some(invalid), Security::Bogus) => Some(Ede::new(invalid.code, invalid.why.clone())),
        (Some(invalid), _) if invalid.code == 1 || invalid.code == 2 || invalid.code == 27 => {
            Some(Ede::new(invalid.code, invalid.why.clone()))
        }
        _ => None,
    };
    let event = work
        .tap()
        .emit(part.cause.or(cause), || DnsEvent::AnswerJudged {
            name: name.shown(),
            record_type: kind.to_string(),
            verdict: security.as_str().into(),
            why: why.map(|invalid| invalid.why).unwrap_or_default().into(),
        });
    part.cause = event.or(part.cause);
}

/// Who signed a set, as its first signature says.
fn signer(set: &Rrset) -> Option<Name> {
    let data = set.signatures.first()?;
    Signature::read(data).map(|signature| signature.signer)
}

/// The zone whose verdict counts for a set: its signer's, or that of its name.
fn responsible(set: &Rrset) -> Name {
    let by_name = || match set.kind {
        Kind::DS => set.name.parent().unwrap_or_else(Name::root),
        _ => set.name.clone(),
    };
    signer(set)
        .filter(|signer| set.name.is_within(signer))
        .unwrap_or_else(by_name)
}

async fn positive(work: &Work, part: &mut Part, depth: u32, cause: Cause) -> Verdict {
    let mut worst: Verdict = (Security::Secure, None);
    let mut made_by: Option<Name> = None;
    for at in 0..part.answers.len() {
        let set = part.answers[at].clone();
        // A CNAME that was made from the DNAME before it has no signature of its own.
        if set.kind == Kind::CNAME
            && made_by
                .as_ref()
                .is_some_and(|dname| set.name.is_below(dname))
        {
            made_by = None;
            continue;
        }
        // Signatures are not signed.
        if set.kind == Kind::RRSIG {
            worst = (worst.0.min(Security::Insecure), None);
            continue;
        }
        made_by = (set.kind == Kind::DNAME).then(|| set.name.clone());
        let trust = trust_of(work, &responsible(&set), depth, cause).await;
        let verdict = match trust {
            Trust::Insecure(invalid) => (Security::Insecure, Some(invalid)),
            Trust::Bogus(invalid) => (Security::Bogus, Some(invalid)),
            Trust::Secure { zone, keys } => signed(work, part, at, &zone, &keys),
        };
        if verdict.0 < worst.0 {
            worst = verdict;
        }
        if worst.0 == Security::Bogus {
            return worst;
        }
    }
    if worst.0 == Security::Secure && part.forged_alias {
        // The DNAME itself holds, and is good for other questions.
        let mut good = part.clone();
        good.security = Security::Secure;
        keep_alias(work, &good);
        let why = "the alias is not the one that the signed DNAME makes";
        return (Security::Bogus, Some(Invalid::new(6, why)));
    }
    if worst.0 == Security::Secure {
        clean(work, part, depth, cause).await;
    }
    worst
}

/// One set of the answer, which `zone` should have signed.
fn signed(
    work: &Work,
    part: &mut Part,
    at: usize,
    zone: &Name,
    keys: &Rc<Vec<Vec<u8>>>,
) -> Verdict {
    let checker = checker(work);
    let set = &part.answers[at];
    let valid = match checker.check(set, zone, keys) {
        Ok(valid) => valid,
        Err(invalid) => return (Security::Bogus, Some(invalid)),
    };
    let name = set.name.clone();
    part.answers[at].ttl = valid.ttl;
    let Some(closest) = valid.closest else {
        return (Security::Secure, None);
    };
    let proofs = proofs(work, part, zone, keys);
    let sets: Vec<&Rrset> = proofs.iter().collect();
    match no_wildcard_match(&sets, zone, &name, &closest, &work.spent) {
        Denied::Proven => {
            keep_wildcard(work, &part.answers[at], &closest);
            (Security::Secure, None)
        }
        Denied::Unsigned => (Security::Insecure, None),
        Denied::Unproven(invalid) => (Security::Bogus, Some(invalid)),
    }
}

/// Keeps the wildcard that an authentic set was made from (RFC 8198, section 5.3).
fn keep_wildcard(work: &Work, made: &Rrset, closest: &Name) {
    let Some(wildcard) = closest.child(b"*") else {
        return;
    };
    let mut set = made.clone();
    set.name = wildcard.clone();
    let kind = set.kind;
    let mut part = Part::empty(rcode::NOERROR, None);
    part.security = Security::Secure;
    part.alias = match kind {
        Kind::CNAME => set.targets().pop(),
        _ => None,
    };
    part.found = part.alias.is_none();
    part.answers.push(set);
    let (ceiling, floor) = (work.config.ttl_ceiling_s, work.config.ttl_floor_s);
    work.memory(|memory, now| memory.keep(now, &wildcard, kind, &part, ceiling, floor));
}

/// The NSEC and NSEC3 sets of the authority section whose signatures hold.
fn proofs(work: &Work, part: &Part, zone: &Name, keys: &Rc<Vec<Vec<u8>>>) -> Vec<Rrset> {
    let checker = checker(work);
    let denials = part
        .authorities
        .iter()
        .filter(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind));
    let holding = denials.filter_map(|set| {
        let valid = checker.check(set, zone, keys).ok()?;
        let mut own = set.clone();
        // Some servers give the NSEC record of a wildcard under the name that was asked for. What
        // was signed is the wildcard's: of the other name it says nothing.
        if let Some(closest) = valid.closest {
            own.name = closest.child(b"*").filter(|_| set.kind == Kind::NSEC)?;
        }
        Some(own)
    });
    holding.collect()
}

/// Leaves out of an authentic answer what is beside it and not authentic.
async fn clean(work: &Work, part: &mut Part, depth: u32, cause: Cause) {
    let mut kept = [Vec::new(), Vec::new()];
    let sections = [
        std::mem::take(&mut part.authorities),
        std::mem::take(&mut part.additionals),
    ];
    for (index, section) in sections.into_iter().enumerate() {
        for mut set in section {
            if set.signatures.is_empty() {
                continue;
            }
            let trust = trust_of(work, &responsible(&set), depth, cause).await;
            if let Trust::Secure { zone, keys } = trust
                && let Ok(valid) = checker(work).check(&set, &zone, &keys)
            {
                set.ttl = valid.ttl;
                if [Kind::NSEC, Kind::NSEC3].contains(&set.kind) && valid.closest.is_none() {
                    work.memory(|memory, now| memory.keep_denial(now, &zone, &set, set.ttl));
                }
                kept[index].push(set);
            }
        }
    }
    let [authorities, additionals] = kept;
    (part.authorities, part.additionals) = (authorities, additionals);
}

async fn denial(
    work: &Work,
    name: &Name,
    kind: Kind,
    part: &mut Part,
    depth: u32,
    cause: Cause,
) -> Verdict {
    let signed = part
        .soa()
        .into_iter()
        .chain(
            part.authorities
                .iter()
                .filter(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind)),
        )
        .find(|set| !set.signatures.is_empty());
    // Aliases before the denial lead to another name.
    let end = part.answers.iter().rfind(|set| set.kind == Kind::CNAME);
    let end = end
        .and_then(|alias| alias.targets().pop())
        .unwrap_or_else(|| name.clone());
    let by_name = match kind {
        Kind::DS => end.parent().unwrap_or_else(Name::root),
        _ => end.clone(),
    };
    let target = match signed.and_then(signer) {
        Some(signer)
            if end.is_within(&signer) && !(kind == Kind::DS && signer == end && !end.is_root()) =>
        {
            signer
        }
        _ => by_name,
    };
    let (zone, keys) = match trust_of(work, &target, depth, cause).await {
        Trust::Insecure(invalid) => return (Security::Insecure, Some(invalid)),
        Trust::Bogus(invalid) => return (Security::Bogus, Some(invalid)),
        Trust::Secure { zone, keys } => (zone, keys),
    };
    if let Some(soa) = part
        .authorities
        .iter_mut()
        .find(|set| set.kind == Kind::SOA)
    {
        match checker(work).check(soa, &zone, &keys) {
            Ok(valid) => soa.ttl = valid.ttl,
            Err(invalid) => return (Security::Bogus, Some(invalid)),
        }
    }
    let proofs = proofs(work, part, &zone, &keys);
    if proofs.is_empty() {
        let found = part
            .authorities
            .iter()
            .find(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind));
        let invalid = match found {
            Some(set) => checker(work).check(set, &zone, &keys).err(),
            None => None,
        };
        let code = if found.is_some() { 6 } else { 12 };
        let missing = || Invalid::new(code, format!("nothing denies {} {kind}", name.shown()));
        return (Security::Bogus, Some(invalid.unwrap_or_else(missing)));
    }
    let verdict = proven(work, &end, kind, part, &proofs, &zone);
    if verdict.0 == Security::Secure {
        remember(work, part, &proofs, &zone);
    }
    // Only what holds is passed on.
    part.authorities
        .retain(|set| set.kind == Kind::SOA || proofs.contains(set));
    verdict
}

fn proven(
    work: &Work,
    name: &Name,
    kind: Kind,
    part: &mut Part,
    proofs: &[Rrset],
    zone: &Name,
) -> Verdict {
    let sets: Vec<&Rrset> = proofs.iter().collect();
    let spent = &work.spent;
    let denied = match part.rcode {
        rcode::NXDOMAIN => match no_name(&sets, zone, name, spent) {
            Denied::Unproven(invalid) => match no_data(&sets, zone, name, kind, spent) {
                // The name exists, with others below it: the server's code is wrong, its proof not.
                Denied::Proven => {
                    part.rcode = rcode::NOERROR;
                    Denied::Proven
                }
                _ => Denied::Unproven(invalid),
            },
            other => other,
        },
        _ => no_data(&sets, zone, name, kind, spent),
    };
    match denied {
        Denied::Proven => (Security::Secure, None),
        Denied::Unsigned => {
            let why = format!("{} may have unsigned zones there", zone.shown());
            (Security::Insecure, Some(Invalid::new(0, why)))
        }
        Denied::Unproven(invalid) => (Security::Bogus, Some(invalid)),
    }
}

/// Keeps denials for other names (RFC 8198).
fn remember(work: &Work, part: &Part, proofs: &[Rrset], zone: &Name) {
    let Some(soa) = part.soa() else {
        return;
    };
    let life = denial_ttl(soa);
    work.memory(|memory, now| {
        for set in proofs {
            memory.keep_denial(now, zone, set, life);
        }
        memory.keep_denial(now, zone, soa, life);
    });
}
