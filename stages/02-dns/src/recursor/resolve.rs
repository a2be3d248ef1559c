//! The answer to a question: kept, or asked for; through aliases to their end (RFC 1034,
//! section 5.3.3).

use super::aggressive::synthesised;
use super::config::Stale;
use super::iterate::{Descent, descend};
use super::limits::{ALIAS_LIMIT, BOGUS_RETRY_LIMIT};
use super::memory::{Look, is_kept};
use super::part::{ENDLESS, Ede, Part, Security, Trouble};
use super::scrub::made_alias;
use super::task::{Step, Work};
use super::trust::anchor_of;
use super::validate::validate;
use crate::dnssec::{Signature, nsec_covers};
use crate::wire::{Kind, Name, Rrset, rcode};
use thru_events::{Cause, dns::DnsEvent};

/// Stands for every type: the name does not exist.
pub(super) const EVERY: Kind = Kind(0);

/// How an answer is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish {
    /// Signatures are looked at.
    pub checking: bool,
    /// Questions inside each other.
    pub depth: u32,
    /// What is kept does not count: it is about to end.
    pub fresh: bool,
    /// Only what is kept counts, also when it is over.
    pub kept_only: bool,
    /// With it: a referral to the nearest zone that is known is an answer, what is over is none.
    pub referral: bool,
}

/// The whole answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub rcode: u16,
    pub answers: Vec<Rrset>,
    pub authorities: Vec<Rrset>,
    pub additionals: Vec<Rrset>,
    pub security: Security,
    pub explained: Option<Ede>,
    pub cause: Cause,
    /// All of it was kept.
    pub kept: bool,
    pub stale: bool,
    pub said_authentic: bool,
}

/// Finds the answer.
pub(super) fn resolve<'a>(
    work: &'a Work,
    name: Name,
    kind: Kind,
    wish: Wish,
    cause: Cause,
) -> Step<'a, Result<Answer, Trouble>> {
    Box::pin(async move {
        let mut answer: Option<Answer> = None;
        let mut current = name;
        let mut seen = vec![current.clone()];
        let mut cause = cause;
        loop {
            let part = one(work, &current, kind, wish, cause).await?;
            cause = part.cause.or(cause);
            let next = part.alias.clone();
            let joined = join(answer.take(), part);
            let Some(next) = next else {
                return Ok(joined);
            };
            cause = state_alias(work, &current, &next, cause);
            if joined.security == Security::Bogus {
                return Ok(joined);
            }
            if seen.contains(&next) || seen.len() > ALIAS_LIMIT {
                // RFC 1034, section 3.6.2: signalled as an error; what was found is told.
                let why = format!("the aliases of {} {ENDLESS}", seen[0].shown());
                return Ok(Answer {
                    rcode: rcode::SERVFAIL,
                    explained: Some(Ede::new(0, why)),
                    authorities: Vec::new(),
                    additionals: Vec::new(),
                    ..joined
                });
            }
            answer = Some(joined);
            seen.push(next.clone());
            current = next;
        }
    })
}

fn state_alias(work: &Work, from: &Name, to: &Name, cause: Cause) -> Cause {
    let event = work.tap().emit(cause, || DnsEvent::AliasFollowed {
        from: from.shown(),
        to: to.shown(),
    });
    event.or(cause)
}

/// Puts what comes behind an alias to what came before it.
fn join(before: Option<Answer>, part: Part) -> Answer {
    let mut answer = Answer {
        rcode: part.rcode,
        answers: part.answers,
        authorities: part.authorities,
        additionals: part.additionals,
        security: part.security,
        explained: part.explained,
        cause: part.cause,
        kept: part.kept,
        stale: part.stale_s.is_some(),
        said_authentic: part.said_authentic,
    };
    let Some(mut before) = before else {
        return answer;
    };
    for set in answer.answers.drain(..) {
        if !before.answers.contains(&set) {
            before.answers.push(set);
        }
    }
    answer.answers = before.answers;
    // The proofs of a wildcard alias stay in the answer. Servers beside its end are not needed for
    // them.
    let proof = |set: &Rrset| [Kind::NSEC, Kind::NSEC3].contains(&set.kind);
    if before.authorities.iter().any(proof) && !answer.authorities.iter().any(proof) {
        answer.authorities.retain(|set| set.kind != Kind::NS);
    }
    for set in before.authorities.into_iter().filter(proof) {
        if !answer.authorities.contains(&set) {
            answer.authorities.push(set);
        }
    }
    answer.security = answer.security.min(before.security);
    answer.explained = answer.explained.or(before.explained);
    answer.kept &= before.kept;
    answer.stale |= before.stale;
    answer.said_authentic &= before.said_authentic;
    answer
}

/// The answer up to the first alias.
async fn one(
    work: &Work,
    name: &Name,
    kind: Kind,
    mut wish: Wish,
    cause: Cause,
) -> Result<Part, Trouble> {
    wish.fresh |= is_uncached(work, name);
    if !wish.fresh
        && let Some(part) = kept(work, name, kind, wish, cause).await
    {
        return Ok(part);
    }
    if wish.kept_only && wish.referral {
        if let Some(part) = stale(work, name, kind, cause) {
            return Ok(part);
        }
        let referral = referral(work, name, cause).await;
        return referral.ok_or_else(|| Trouble::new(0, "nothing is kept", cause));
    }
    if wish.kept_only {
        return stale(work, name, kind, cause)
            .ok_or_else(|| Trouble::new(0, "nothing is kept", cause));
    }
    if !wish.fresh {
        if wish.checking
            && let Some(part) = synthesised(work, name, kind, cause)
        {
            return Ok(part);
        }
        if let Some(mut trouble) = work.memory(|memory, now| memory.failure(now, name, kind)) {
            trouble.cause = cause;
            return after_failure(work, name, kind, cause).ok_or(trouble);
        }
    }
    let missed = work.tap().emit(cause, || DnsEvent::CacheMissed {
        name: name.shown(),
        record_type: kind.to_string(),
        why: "not kept".into(),
    });
    let fetched = fetch(work, name, kind, wish, missed.or(cause)).await;
    match fetched {
        Ok(part) if part.security == Security::Bogus => {
            let Some(over) = stale(work, name, kind, cause) else {
                return Ok(part);
            };
            let why = part.explained.clone().unwrap_or(Ede::new(6, ""));
            let trouble = Trouble::new(why.code, why.text, part.cause);
            work.memory(|memory, now| memory.keep_failure(now, name, kind, &trouble));
            Ok(over)
        }
        Ok(part) => {
            work.memory(|memory, _| memory.forget_failure(name, kind));
            Ok(part)
        }
        Err(trouble) => {
            // RFC 8767, section 5: not asked again at once, also if something that is over serves.
            work.memory(|memory, now| memory.keep_failure(now, name, kind, &trouble));
            after_failure(work, name, kind, trouble.cause).ok_or(trouble)
        }
    }
}

/// What is kept of the question, looked at if it has to be.
async fn kept(work: &Work, name: &Name, kind: Kind, wish: Wish, cause: Cause) -> Option<Part> {
    let (mut part, left, key, age) = look(work, name, kind)?;
    renew_beside(work, &mut part, age);
    if wish.checking && part.security == Security::Unchecked {
        validate(work, name, kind, &mut part, wish.depth, cause).await;
        if part.security == Security::Bogus {
            work.memory(|memory, _| memory.forget(name, key));
            return None;
        }
        keep(work, name, key, &part);
    }
    let event = work.tap().emit(cause, || DnsEvent::CacheHit {
        name: name.shown(),
        record_type: kind.to_string(),
        ttl_left_s: left,
        negative: part.is_denial(),
    });
    part.cause = event.or(cause);
    Some(part)
}

/// Looks for the question itself, an alias of the name, that there is no such name, and an alias
/// of a name above.
/// Gives also the seconds left, the type under which it is kept, and the seconds it is kept for.
fn look(work: &Work, name: &Name, kind: Kind) -> Option<(Part, u32, Kind, u32)> {
    let fresh = |wanted: Kind| match work.memory(|memory, now| memory.look(now, name, wanted)) {
        // A referral's proof that there is no DS record is no answer: the zone's SOA is missing.
        Look::Fresh(part, ..) if kind == Kind::DS && part.is_denial() && part.soa().is_none() => {
            None
        }
        Look::Fresh(mut part, left, whole) => {
            // An alias that is asked for itself is an answer.
            if wanted == kind && [Kind::CNAME, Kind::DNAME].contains(&kind) {
                part.alias = None;
                part.found = true;
            }
            Some((part, left, wanted, whole.saturating_sub(left)))
        }
        _ => None,
    };
    let alias = || {
        fresh(Kind::CNAME)
            .filter(|(part, ..)| part.alias.is_some() && kind != Kind::CNAME && kind != Kind::ANY)
    };
    let found = fresh(kind).or_else(alias).or_else(|| fresh(EVERY));
    found
        .or_else(|| by_dname(work, name, kind))
        .or_else(|| nothing_above(work, name))
}

/// RFC 8020: below a name that does not exist there is none. Believed only if it is signed, as
/// some servers deny names that have others below them.
fn nothing_above(work: &Work, name: &Name) -> Option<(Part, u32, Kind, u32)> {
    // What is excepted from trust is not denied by those who are trusted (RFC 7646).
    anchor_of(work, name)?;
    name.ancestors().skip(1).find_map(|above| {
        let found = work.memory(|memory, now| memory.look(now, &above, EVERY));
        match found {
            Look::Fresh(part, left, _) if part.security == Security::Secure => {
                Some((part, left, EVERY, 0))
            }
            _ => None,
        }
    })
}

fn by_dname(work: &Work, name: &Name, kind: Kind) -> Option<(Part, u32, Kind, u32)> {
    for above in name.ancestors().skip(1) {
        let found = work.memory(|memory, now| memory.look(now, &above, Kind::DNAME));
        let Look::Fresh(mut part, left, _) = found else {
            continue;
        };
        // Unsigned, it could be anybody's word on every name below.
        if part.security != Security::Secure {
            continue;
        }
        let dname = part.answer(&above, Kind::DNAME)?.clone();
        let target = dname.targets().pop()?;
        match name.rebased(&above, &target) {
            Ok(made) => {
                part.answers
                    .push(made_alias(name, &made, dname.ttl, dname.class));
                // The alias itself is what was asked for.
                let is_answer = [Kind::CNAME, Kind::ANY].contains(&kind);
                part.found = is_answer;
                part.alias = Some(made).filter(|_| !is_answer);
                part.rcode = rcode::NOERROR;
            }
            Err(_) => part.rcode = rcode::YXDOMAIN,
        }
        return Some((part, left, Kind::DNAME, 0));
    }
    None
}

/// RFC 1034, section 4.3.2: who is not asked to ask on refers to the nearest servers it knows.
async fn referral(work: &Work, name: &Name, cause: Cause) -> Option<Part> {
    let known = name
        .ancestors()
        .find_map(|zone| work.memory(|memory, now| memory.set(now, &zone, Kind::NS)));
    let (servers, _) = known?;
    let mut part = Part::empty(rcode::NOERROR, cause);
    for target in servers.targets() {
        for kind in [Kind::A, Kind::AAAA] {
            let address = work.memory(|memory, now| memory.set(now, &target, kind));
            part.additionals.extend(address.map(|(set, _)| set));
        }
    }
    // Looked at like an answer: it is as good as its signatures.
    let (zone, kind) = (servers.name.clone(), Kind::NS);
    part.answers.push(servers);
    part.found = true;
    validate(work, &zone, kind, &mut part, 0, cause).await;
    part.authorities = std::mem::take(&mut part.answers);
    part.found = false;
    Some(part)
}

/// RFC 8767: what is over, where it is better than nothing.
fn stale(work: &Work, name: &Name, kind: Kind, cause: Cause) -> Option<Part> {
    within(work, work.config.stale?, name, kind, cause)
}

/// The same after the servers failed, which may let the time that it serves begin anew.
fn after_failure(work: &Work, name: &Name, kind: Kind, cause: Cause) -> Option<Part> {
    let config = work.config.stale?;
    let longest_s = if config.renews { 0 } else { config.longest_s };
    within(
        work,
        Stale {
            longest_s,
            ..config
        },
        name,
        kind,
        cause,
    )
}

fn within(work: &Work, config: Stale, name: &Name, kind: Kind, cause: Cause) -> Option<Part> {
    let kinds = [kind, Kind::CNAME, EVERY];
    let found = kinds.iter().find_map(|kind| {
        match work.memory(|memory, now| memory.look(now, name, *kind)) {
            Look::Stale(part, since, age) if config.longest_s == 0 || since < config.longest_s => {
                Some((part, since, age))
            }
            _ => None,
        }
    });
    let (mut part, since, age) = found?;
    if part.security == Security::Bogus {
        return None;
    }
    // Section 4: what is over gets a TTL of its own; what is not keeps what is left of it.
    let (reply_ttl, own) = (config.reply_ttl_s, part.answers.len());
    for (at, set) in part.sets_mut().enumerate() {
        set.ttl = match set.ttl.saturating_sub(age) {
            0 if at < own => set.ttl.clamp(1, reply_ttl.max(1)),
            0 => reply_ttl,
            left => left,
        };
    }
    renew_beside(work, &mut part, age);
    let event = work.tap().emit(cause, || DnsEvent::StaleAnswerUsed {
        name: name.shown(),
        record_type: kind.to_string(),
        over_for_s: since,
    });
    part.cause = event.or(cause);
    part.stale_s = Some(since);
    let code = if part.rcode == rcode::NXDOMAIN { 19 } else { 3 };
    part.explained = Some(Ede::new(code, "the answer is over, and no better one came"));
    Some(part)
}

/// Asks, and asks elsewhere if the answer is not authentic.
async fn fetch(
    work: &Work,
    name: &Name,
    kind: Kind,
    wish: Wish,
    cause: Cause,
) -> Result<Part, Trouble> {
    let mut avoid = Vec::new();
    let mut bogus: Option<Part> = None;
    loop {
        let descent = Descent {
            name,
            kind,
            depth: wish.depth,
            avoid: &avoid,
            checking_disabled: !wish.checking || !work.config.anchors.is_empty(),
        };
        let fetched = descend(work, &descent, cause).await;
        let (mut part, giver) = match (fetched, bogus.take()) {
            (Ok(fetched), before) => {
                bogus = before;
                fetched
            }
            (Err(_), Some(part)) => {
                keep_all(work, name, kind, &part);
                return Ok(part);
            }
            (Err(trouble), None) => return Err(trouble),
        };
        if !is_kept(part.rcode) && part.answers.is_empty() {
            return Ok(part);
        }
        for set in part.sets_mut() {
            set.ttl = set
                .ttl
                .clamp(work.config.ttl_floor_s, work.config.ttl_ceiling_s);
        }
        as_kept(work, &mut part);
        if wish.checking {
            validate(work, name, kind, &mut part, wish.depth, cause).await;
        }
        if part.security != Security::Bogus || avoid.len() as u32 >= BOGUS_RETRY_LIMIT {
            keep_all(work, name, kind, &part);
            return Ok(part);
        }
        avoid.push(giver);
        bogus.get_or_insert(part);
    }
}

/// Servers and their addresses beside an unsigned answer are told as they are known now.
fn renew_beside(work: &Work, part: &mut Part, age: u32) {
    if part.security == Security::Secure {
        return;
    }
    let beside = part.authorities.iter_mut().chain(&mut part.additionals);
    for set in beside.filter(|set| [Kind::NS, Kind::A, Kind::AAAA].contains(&set.kind)) {
        let newer = work.memory(|memory, now| memory.newer_set(now, set, age));
        if let Some(newer) = newer {
            *set = newer;
        }
    }
}

/// Servers and their addresses live no longer than as they are kept: an answer must not make a
/// delegation live longer that the zone above has ended.
fn as_kept(work: &Work, part: &mut Part) {
    let beside = part.authorities.iter_mut().chain(&mut part.additionals);
    for set in beside.filter(|set| [Kind::NS, Kind::A, Kind::AAAA].contains(&set.kind)) {
        let kept = work.memory(|memory, now| memory.set(now, &set.name, set.kind));
        if let Some((kept, _)) = kept.filter(|(kept, _)| kept.same_data(set)) {
            set.ttl = set.ttl.min(kept.ttl);
        }
    }
}

fn keep(work: &Work, name: &Name, kind: Kind, part: &Part) -> u32 {
    let (ceiling, floor) = (work.config.ttl_ceiling_s, work.config.ttl_floor_s);
    work.memory(|memory, now| memory.keep(now, name, kind, part, ceiling, floor))
}

/// Whether what is said of a name is not kept, as the route for it has it.
fn is_uncached(work: &Work, name: &Name) -> bool {
    let routes = work.config.routes.iter();
    let own = routes.filter(|route| name.is_within(&route.zone));
    own.max_by_key(|route| route.zone.label_count())
        .is_some_and(|route| route.uncached)
}

/// Keeps an answer, and what it says of other questions.
fn keep_all(work: &Work, name: &Name, kind: Kind, part: &Part) {
    if is_uncached(work, name) {
        return;
    }
    if part.security == Security::Bogus {
        // What was good before is not driven out by what is not (RFC 8767, section 5).
        let good = work.config.stale.is_some()
            && matches!(
                work.memory(|memory, now| memory.look(now, name, kind)),
                Look::Stale(..)
            );
        if !good {
            keep(work, name, kind, part);
        }
        return;
    }
    let life = keep(work, name, kind, part);
    if life > 0 {
        work.tap().emit(part.cause, || DnsEvent::CacheStored {
            name: name.shown(),
            record_type: kind.to_string(),
            ttl_s: life,
            negative: part.is_denial(),
        });
    }
    if part.rcode == rcode::NXDOMAIN && part.answers.is_empty() {
        keep(work, name, EVERY, part);
    }
    if part.rcode == rcode::NOERROR {
        work.memory(|memory, _| memory.forget(name, EVERY));
    }
    keep_alias(work, part);
    keep_end(work, kind, part);
}

/// The records at the end of signed aliases count by themselves: each set was looked at.
fn keep_end(work: &Work, kind: Kind, part: &Part) {
    let end = part.answers.iter().skip(1).find(|set| set.kind == kind);
    let Some(set) = end.filter(|_| part.security == Security::Secure) else {
        return;
    };
    if made_from_wildcard(set).is_some() {
        return;
    }
    let mut end = Part::empty(rcode::NOERROR, part.cause);
    end.security = Security::Secure;
    end.found = true;
    end.answers.push(set.clone());
    keep(work, &set.name, kind, &end);
}

/// The signer of a set that was made from a wildcard: its signature counts fewer labels than its
/// name has (RFC 4035, section 5.3.4).
fn made_from_wildcard(set: &Rrset) -> Option<Name> {
    let labels = set.name.label_count();
    let signatures = set.signatures.iter();
    let mut read = signatures.filter_map(|data| Signature::read(data));
    read.find(|signature| usize::from(signature.labels) < labels)
        .map(|signature| signature.signer)
}

/// The first alias of an answer counts for every type.
pub(super) fn keep_alias(work: &Work, part: &Part) {
    let Some(first) = part.answers.first() else {
        return;
    };
    let mut alias = part.clone();
    alias.additionals.clear();
    // Only the proof that a wildcard stood for the name belongs to the alias.
    let signer = made_from_wildcard(first);
    alias.authorities.retain(|set| match (set.kind, &signer) {
        (Kind::NSEC, Some(zone)) => nsec_covers(set, &first.name, zone),
        (kind, Some(_)) => kind == Kind::NSEC3,
        _ => false,
    });
    match first.kind {
        Kind::CNAME => {
            alias.answers.truncate(1);
            alias.alias = first.targets().pop();
            keep(work, &first.name, Kind::CNAME, &alias);
        }
        Kind::DNAME => {
            alias.answers.truncate(1);
            alias.authorities.clear();
            alias.alias = Some(first.name.clone());
            keep(work, &first.name, Kind::DNAME, &alias);
        }
        _ => {}
    }
}
