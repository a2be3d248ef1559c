//! From the nearest zone that is known down to the zone that has the name (RFC 1034,
//! section 5.3.3; RFC 9156).

use super::delegation::{Delegation, nearest};
use super::judge::Judgement;
use super::limits::{MINIMISED_LIMIT, REFERRAL_LIMIT};
use super::memory::{Rank, denial_ttl};
use super::minimise::Minimiser;
use super::part::{Part, Trouble};
use super::task::Work;
use super::trust::expects_signatures;
use super::zone_round::{ZoneAnswer, ZoneQuestion, ask_zone};
use crate::wire::{Kind, Name, Rrset, rcode};
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::{Cause, dns::DnsEvent};

/// How long the list of the root's servers is not asked for again after it could not be had.
const PRIME_AGAIN: Duration = Duration::from_secs(60);

/// Who gave an answer. If it was no good, another one is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Giver {
    /// What was kept.
    Memory,
    /// A zone of our own, which stands for its servers.
    OwnZone,
    /// This server.
    Server(SocketAddr),
}

/// A question on its way down.
pub(super) struct Descent<'a> {
    pub name: &'a Name,
    pub kind: Kind,
    pub depth: u32,
    pub avoid: &'a [Giver],
    pub checking_disabled: bool,
}

/// Asks from the nearest known zone down; gives the answer and who gave it.
pub(super) async fn descend(
    work: &Work,
    descent: &Descent<'_>,
    mut cause: Cause,
) -> Result<(Part, Giver), Trouble> {
    let (name, kind) = (descent.name, descent.kind);
    let nobody = move || Trouble::new(22, "there is no server to ask", cause);
    let mut delegation = nearest(work, name, kind, false).ok_or_else(nobody)?;
    if delegation.zone.is_root()
        && delegation.configured
        && !delegation.forwarded
        && delegation.own.is_none()
        && work.config.primes
    {
        prime(work, descent.depth, cause).await;
        if !(name.is_root() && kind == Kind::NS) {
            delegation = nearest(work, name, kind, false).unwrap_or(delegation);
        }
    }
    let minimised = &work.spent.minimised;
    let minimises = work.config.minimises && !delegation.forwarded;
    let mut minimiser = Minimiser::new(name, kind, minimises);
    for _ in 0..REFERRAL_LIMIT {
        if minimised.get() >= MINIMISED_LIMIT {
            minimiser.give_up();
        }
        let asked = minimiser.question(&delegation.zone);
        let whole = minimiser.is_whole(&asked);
        minimised.set(minimised.get() + u32::from(!whole));
        let question = ZoneQuestion {
            name: &asked.0,
            kind: asked.1,
            depth: descent.depth,
            avoid: descent.avoid,
            patience: minimiser.patience(),
            whole,
            signed: whole && expects_signatures(work, &delegation.zone),
            checking_disabled: descent.checking_disabled,
        };
        let answer = match ask_zone(work, &mut delegation, &question, cause).await {
            Ok(answer) => answer,
            Err(_) if !whole => {
                minimiser.disliked();
                continue;
            }
            Err(_) if delegation.else_from_root => {
                delegation = nearest(work, name, kind, true).ok_or_else(nobody)?;
                continue;
            }
            Err(trouble) => return Err(trouble),
        };
        cause = answer.cause;
        if let Judgement::Referral(zone) = &answer.judgement {
            delegation = follow(work, &answer, zone, cause);
            continue;
        }
        learn(work, &answer, &delegation);
        if whole {
            let giver = answer.giver;
            return Ok((part(answer), giver));
        }
        match answer.judgement {
            // RFC 8020 would end here; too many servers deny names that have others below.
            Judgement::NoName => minimiser.give_up(),
            _ => minimiser.tell_more(),
        }
    }
    Err(Trouble::new(
        0,
        format!("more than {REFERRAL_LIMIT} referrals"),
        cause,
    ))
}

/// Keeps a set for asking on, and says so.
fn keep_set(work: &Work, set: &Rrset, rank: Rank, cause: Cause) {
    let ceiling = work.config.ttl_ceiling_s;
    let life = work.memory(|memory, now| memory.keep_set(now, set, rank, ceiling));
    let Some(ttl_s) = life else {
        return;
    };
    work.tap().emit(cause, || DnsEvent::CacheStored {
        name: set.name.shown(),
        record_type: set.kind.to_string(),
        ttl_s,
        negative: false,
    });
}

/// RFC 8109: the root's own list of its servers, by one of those that were handed in.
async fn prime(work: &Work, depth: u32, cause: Cause) {
    let again = work.memory(|memory, now| {
        let due = memory.primed.is_none_or(|at| now >= at);
        if due {
            memory.primed = Some(now.after(PRIME_AGAIN));
        }
        due
    });
    if !again {
        return;
    }
    let root = Name::root();
    let mut hints = Delegation::from_hints(&work.config.root_hints);
    let question = ZoneQuestion {
        name: &root,
        kind: Kind::NS,
        depth,
        avoid: &[],
        patience: 0,
        whole: true,
        signed: false,
        checking_disabled: false,
    };
    let Ok(answer) = ask_zone(work, &mut hints, &question, cause).await else {
        return;
    };
    if answer.judgement != Judgement::Records {
        return;
    }
    let scrubbed = &answer.scrubbed;
    let is_address = |set: &&Rrset| [Kind::A, Kind::AAAA].contains(&set.kind);
    if !scrubbed.additionals.iter().any(|set| is_address(&set)) {
        return;
    }
    for set in &scrubbed.additionals {
        keep_set(work, set, Rank::Additional, answer.cause);
    }
    for set in &scrubbed.answers {
        keep_set(work, set, Rank::Answer, answer.cause);
    }
}

/// Remembers what a referral says, and goes to the zone below.
fn follow(work: &Work, answer: &ZoneAnswer, zone: &Name, cause: Cause) -> Delegation {
    let scrubbed = &answer.scrubbed;
    let ceiling = work.config.ttl_ceiling_s;
    let servers = scrubbed
        .authorities
        .iter()
        .find(|set| set.kind == Kind::NS && set.name == *zone);
    let targets = servers.map(Rrset::targets).unwrap_or_default();
    let led_to = |set: &&Rrset| targets.contains(&set.name);
    let glue: Vec<&Rrset> = scrubbed.additionals.iter().filter(led_to).collect();
    work.memory(|memory, now| {
        for set in glue.iter().copied().chain(servers) {
            memory.keep_parent_set(now, set, ceiling);
            if work.refreshing() {
                memory.forget_set(&set.name, set.kind);
            }
        }
    });
    for set in glue {
        keep_set(work, set, Rank::Additional, cause);
    }
    if let Some(servers) = servers {
        keep_set(work, servers, Rank::Referral, cause);
    }
    learn_ds(work, answer, zone, cause);
    let mut delegation = match servers {
        Some(servers) => Delegation::from_set(work, servers),
        None => Delegation::from_hints(&[]),
    };
    // Glue is good for this descent also if it may not be kept (TTL 0).
    for server in delegation
        .servers
        .iter_mut()
        .filter(|server| server.addresses.is_empty())
    {
        let own = scrubbed
            .additionals
            .iter()
            .filter(|set| Some(&set.name) == server.name.as_ref());
        let addresses = own.flat_map(|set| super::delegation::socket_addresses(work, set));
        server.addresses = addresses.collect();
    }
    let next = delegation.addresses().next();
    if let Some(server) = next {
        work.tap().emit(cause, || DnsEvent::ReferralFollowed {
            zone: zone.shown(),
            server,
        });
    }
    delegation
}

/// The DS record that came with a referral, or the proof that there is none.
fn learn_ds(work: &Work, answer: &ZoneAnswer, zone: &Name, cause: Cause) {
    if work.config.anchors.is_empty() {
        return;
    }
    let authorities = &answer.scrubbed.authorities;
    let mut part = Part::empty(rcode::NOERROR, cause);
    let own = authorities
        .iter()
        .find(|set| set.kind == Kind::DS && set.name == *zone);
    match own {
        Some(set) => {
            part.answers.push(set.clone());
            part.found = true;
        }
        None => {
            let proofs = authorities
                .iter()
                .filter(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind));
            part.authorities.extend(proofs.cloned());
        }
    }
    if part.answers.is_empty() && part.authorities.is_empty() {
        return;
    }
    let (ceiling, floor) = (work.config.ttl_ceiling_s, work.config.ttl_floor_s);
    work.memory(|memory, now| {
        let known = matches!(
            memory.look(now, zone, Kind::DS),
            super::memory::Look::Fresh(..)
        );
        if !known {
            memory.keep(now, zone, Kind::DS, &part, ceiling, floor);
        }
    });
}

/// Remembers servers and addresses that an answer of the zone itself names.
fn learn(work: &Work, answer: &ZoneAnswer, delegation: &Delegation) {
    let scrubbed = &answer.scrubbed;
    let asked_on = |set: &&Rrset| matches!(set.kind, Kind::NS | Kind::A | Kind::AAAA);
    let own_servers = scrubbed
        .authorities
        .iter()
        .filter(|set| set.kind == Kind::NS)
        .find(|set| set.name == delegation.zone || delegation.forwarded)
        .filter(|set| answer.authoritative || !set.signatures.is_empty() || delegation.configured);
    // RFC 2181, section 5.4.1: what is beside an answer that is not authoritative counts least.
    let signed = own_servers.is_some_and(|set| !set.signatures.is_empty());
    let rank = match answer.authoritative || signed {
        true => Rank::Authority,
        false => Rank::Additional,
    };
    let found: Vec<&Rrset> = scrubbed.answers.iter().filter(asked_on).collect();
    let led_to: Vec<Name> = own_servers
        .into_iter()
        .chain(found.iter().copied().filter(|set| set.kind == Kind::NS))
        .flat_map(Rrset::targets)
        .collect();
    let cause = answer.cause;
    let beside = scrubbed.additionals.iter();
    for set in beside.filter(|set| led_to.contains(&set.name)) {
        keep_set(work, set, Rank::Additional, cause);
    }
    if let Some(servers) = own_servers {
        keep_set(work, servers, rank, cause);
    }
    for set in found {
        keep_set(work, set, Rank::Answer, cause);
    }
}

fn part(answer: ZoneAnswer) -> Part {
    let scrubbed = answer.scrubbed;
    let mut part = Part::empty(answer.rcode, answer.cause);
    part.said_authentic = answer.said_authentic;
    part.forged_alias = scrubbed.forged_alias;
    // RFC 8914, section 4.1: what the answer lacks, and why.
    part.explained = answer.left_out;
    if scrubbed.too_long {
        part.rcode = rcode::YXDOMAIN;
    } else if answer.judgement == Judgement::Alias {
        part.rcode = rcode::NOERROR;
        part.alias = Some(scrubbed.end);
    } else if answer.judgement == Judgement::Records {
        part.rcode = rcode::NOERROR;
    }
    let records = answer.judgement == Judgement::Records;
    part.found = records;
    part.answers = scrubbed.answers;
    part.authorities = scrubbed.authorities;
    if !records {
        // RFC 2308, section 5.
        for soa in part
            .authorities
            .iter_mut()
            .filter(|set| set.kind == Kind::SOA)
        {
            soa.ttl = denial_ttl(soa);
        }
        part.additionals = scrubbed.additionals.clone();
    }
    if part.alias.is_some() {
        // What is said beside an alias belongs to its end, which is asked for.
        part.authorities
            .retain(|set| [Kind::NSEC, Kind::NSEC3, Kind::NS].contains(&set.kind));
    }
    if records {
        part.authorities.retain(|set| set.kind != Kind::SOA);
        part.additionals = scrubbed.additionals;
    }
    part
}
