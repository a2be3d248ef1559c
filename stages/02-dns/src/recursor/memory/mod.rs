//! What a recursor remembers between questions.
//!
//! Stage: stage 02, RFC 2181 (section 5.4.1), 2308, 8198, 8767, 9520.
//! In: answers, referrals, verdicts of trust, times of servers. Out: the same, as long as they live.
//! Emits: nothing; the steps that keep and look state it.
//! How it works: maps with an end for each entry and a limit for all ([`Bounded`]): answers by question, sets by name for
//! asking on, zones' keys, denials by zone, servers.
//! Not here: the browser's own cache (`cache`).

mod bounded;
mod packed;
mod servers;

use super::part::{Part, Security};
use super::trust::Trust;
use crate::wire::{Kind, Name, Rrset, rcode};
pub(crate) use bounded::Bounded;
pub(crate) use servers::{MEASURE_LIFE, SILENCE_LIMIT, ServerFacts};
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::Time;

/// Most answers.
pub const ANSWER_LIMIT: usize = 20_000;
/// Most sets for asking on (servers of zones, their addresses).
pub const SET_LIMIT: usize = 20_000;
/// Most zones whose keys are kept.
pub const KEY_LIMIT: usize = 2_000;
/// Most denials (NSEC, NSEC3) kept for other names.
pub const DENIAL_LIMIT: usize = 10_000;
/// Most servers of which something is known.
pub const SERVER_FACT_LIMIT: usize = 10_000;
/// Longest time a denial is kept, seconds (RFC 2308, section 5).
pub const DENIAL_CEILING_S: u32 = 3_600;
/// How long a failure is kept, seconds (RFC 9520, section 3.2).
pub const FAILURE_S: u32 = 5;
/// How long an answer is kept that is not authentic, seconds (RFC 4035, section 4.7).
pub const BOGUS_S: u32 = 60;
/// How long a server is not asked for a zone which it does not serve.
pub const LAME_LIFE: Duration = Duration::from_secs(900);

/// How far a set is trusted for asking on (RFC 2181, section 5.4.1), weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Additional section.
    Additional,
    /// Authority section of a referral.
    Referral,
    /// Authority section of an authoritative answer.
    Authority,
    /// Answer section.
    Answer,
}

#[derive(Clone, Debug)]
struct KeptPart {
    packed: Box<[u8]>,
    cause: thru_events::Cause,
    stored: Time,
    expires: Time,
}

#[derive(Clone, Debug)]
struct KeptSet {
    packed: Box<[u8]>,
    rank: Rank,
    stored: Time,
    expires: Time,
}

/// A denial that may answer for other names.
#[derive(Clone, Debug)]
pub(crate) struct Denial {
    pub set: Rrset,
    pub stored: Time,
    pub expires: Time,
}

/// What is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    parts: Bounded<(Name, Kind), KeptPart>,
    sets: Bounded<(Name, Kind), KeptSet>,
    /// The same as a parent zone said it, in case that the child's own leads nowhere.
    parents: Bounded<(Name, Kind), KeptSet>,
    trusts: Bounded<Name, (Trust, Time)>,
    /// By zone and name; for NSEC3 the name is the hashed one.
    denials: Bounded<(Name, Name), Denial>,
    /// SOA sets of zones with denials.
    soas: Bounded<Name, Denial>,
    servers: Bounded<SocketAddr, ServerFacts>,
    /// By server, zone, and whether it is about IPv4 addresses: some only fail at other types.
    lame: Bounded<(SocketAddr, Name, bool), Time>,
    failures: Bounded<(Name, Kind), (super::part::Trouble, Time)>,
    /// Zones whose servers cannot be found, as each one's address is in the other's zone.
    pub(crate) primed: Option<Time>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            parts: Bounded::new(ANSWER_LIMIT),
            sets: Bounded::new(SET_LIMIT),
            parents: Bounded::new(SET_LIMIT),
            trusts: Bounded::new(KEY_LIMIT),
            denials: Bounded::new(DENIAL_LIMIT),
            soas: Bounded::new(KEY_LIMIT),
            servers: Bounded::new(SERVER_FACT_LIMIT),
            lame: Bounded::new(SERVER_FACT_LIMIT),
            failures: Bounded::new(SERVER_FACT_LIMIT),
            primed: None,
        }
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn in_seconds(now: Time, seconds: u32) -> Time {
    now.after(Duration::from_secs(seconds.into()))
}

/// What the memory has of a question.
pub(crate) enum Look {
    /// Alive; seconds left, and the TTL it began with.
    Fresh(Part, u32, u32),
    /// With the TTLs it began with; over since so many seconds, kept since so many.
    Stale(Part, u32, u32),
    Nothing,
}

impl Memory {
    /// An answer that is kept.
    pub(crate) fn look(&self, now: Time, name: &Name, kind: Kind) -> Look {
        let Some(kept) = self.parts.get(&(name.clone(), kind)) else {
            return Look::Nothing;
        };
        let mut part = packed::unpack(&kept.packed);
        part.cause = kept.cause;
        part.kept = true;
        let age = seconds(now.since(kept.stored));
        if now < kept.expires {
            for set in part.sets_mut() {
                set.ttl = set.ttl.saturating_sub(age);
            }
            let whole = seconds(kept.expires.since(kept.stored));
            return Look::Fresh(part, seconds(kept.expires.since(now)), whole);
        }
        Look::Stale(part, seconds(now.since(kept.expires)), age)
    }

    /// Keeps an answer as long as its records live.
    pub(crate) fn keep(
        &mut self,
        now: Time,
        name: &Name,
        kind: Kind,
        part: &Part,
        ceiling: u32,
        floor: u32,
    ) -> u32 {
        let mut part = part.clone();
        let mut life = life(&part).clamp(floor, ceiling);
        if part.security == Security::Bogus {
            life = life.clamp(1, BOGUS_S);
        }
        for set in part.sets_mut() {
            set.ttl = set.ttl.clamp(floor, ceiling);
        }
        if life == 0 {
            self.forget(name, kind);
            return 0;
        }
        let expires = in_seconds(now, life);
        let kept = KeptPart {
            packed: packed::pack(&part),
            cause: part.cause,
            stored: now,
            expires,
        };
        self.parts.insert((name.clone(), kind), kept, expires);
        life
    }

    /// Forgets one answer.
    pub(crate) fn forget(&mut self, name: &Name, kind: Kind) {
        self.parts.remove(&(name.clone(), kind));
    }

    pub(crate) fn keep_failure(
        &mut self,
        now: Time,
        name: &Name,
        kind: Kind,
        trouble: &super::part::Trouble,
    ) {
        // An earlier one says when it is tried again.
        if self.failure(now, name, kind).is_some() {
            return;
        }
        let end = in_seconds(now, FAILURE_S);
        self.failures
            .insert((name.clone(), kind), (trouble.clone(), end), end);
    }

    pub(crate) fn forget_failure(&mut self, name: &Name, kind: Kind) {
        self.failures.remove(&(name.clone(), kind));
    }

    pub(crate) fn failure(
        &self,
        now: Time,
        name: &Name,
        kind: Kind,
    ) -> Option<super::part::Trouble> {
        let (trouble, end) = self.failures.get(&(name.clone(), kind))?;
        (now < *end).then(|| trouble.clone())
    }

    /// A set for asking on.
    pub(crate) fn set(&self, now: Time, name: &Name, kind: Kind) -> Option<(Rrset, Rank)> {
        alive(&self.sets, now, name, kind)
    }

    /// The same as the parent zone said it.
    pub(crate) fn parent_set(&self, now: Time, name: &Name, kind: Kind) -> Option<Rrset> {
        alive(&self.parents, now, name, kind).map(|(set, _)| set)
    }

    pub(crate) fn keep_parent_set(&mut self, now: Time, set: &Rrset, ceiling: u32) {
        let expires = in_seconds(now, set.ttl.clamp(1, ceiling));
        let kept = KeptSet {
            packed: packed::pack_set(set),
            rank: Rank::Referral,
            stored: now,
            expires,
        };
        self.parents
            .insert((set.name.clone(), set.kind), kept, expires);
    }

    /// Keeps a set for asking on, unless a better one is kept; gives the seconds it is kept for.
    pub(crate) fn keep_set(
        &mut self,
        now: Time,
        set: &Rrset,
        rank: Rank,
        ceiling: u32,
    ) -> Option<u32> {
        let key = (set.name.clone(), set.kind);
        let mut expires = in_seconds(now, set.ttl.min(ceiling));
        if let Some(old) = self.sets.get(&key).filter(|old| old.expires > now) {
            let old_set = packed::unpack_set(&old.packed);
            let same = old_set.same_data(set);
            let now_signed = old_set.signatures.is_empty() && !set.signatures.is_empty();
            if old.rank > rank || old.rank == rank && same && !now_signed {
                return None;
            }
            // A zone's own word, also a changed one, must not keep alive what the zone above has
            // taken away (ghost domains).
            if set.kind == Kind::NS && rank > Rank::Referral || same && old.rank == rank {
                expires = expires.min(old.expires);
            }
        }
        if expires <= now {
            return None;
        }
        let kept = KeptSet {
            packed: packed::pack_set(set),
            rank,
            stored: now,
            expires,
        };
        self.sets.insert(key, kept, expires);
        Some(seconds(expires.since(now)))
    }

    /// What `set` has become since it was kept `age` seconds ago, if it was kept anew.
    pub(crate) fn newer_set(&self, now: Time, set: &Rrset, age: u32) -> Option<Rrset> {
        let kept = self.sets.get(&(set.name.clone(), set.kind))?;
        let since = seconds(now.since(kept.stored));
        let newer = since < age || since == age && !packed::unpack_set(&kept.packed).same_data(set);
        self.set(now, &set.name, set.kind)
            .map(|(set, _)| set)
            .filter(|_| newer)
    }

    /// Forgets a set for asking on, before a newer one from the zone above takes its place.
    pub(crate) fn forget_set(&mut self, name: &Name, kind: Kind) {
        self.sets.remove(&(name.clone(), kind));
    }

    /// Whether a set for asking on is about to end: less than `hundredths` of its time is left.
    pub(crate) fn ends_soon(&self, now: Time, name: &Name, kind: Kind, hundredths: u32) -> bool {
        let kept = self.sets.get(&(name.clone(), kind));
        kept.is_some_and(|kept| {
            let whole = seconds(kept.expires.since(kept.stored));
            let left = seconds(kept.expires.since(now));
            left.saturating_mul(100) <= whole.saturating_mul(hundredths)
        })
    }

    pub(crate) fn trust(&self, now: Time, zone: &Name) -> Option<Trust> {
        let (trust, end) = self.trusts.get(zone)?;
        (now < *end).then(|| trust.clone())
    }

    pub(crate) fn keep_trust(&mut self, now: Time, zone: &Name, trust: &Trust, life_s: u32) {
        let end = in_seconds(now, life_s);
        self.trusts.insert(zone.clone(), (trust.clone(), end), end);
    }

    /// Keeps a secure NSEC or NSEC3 set for other names.
    pub(crate) fn keep_denial(&mut self, now: Time, zone: &Name, set: &Rrset, life_s: u32) {
        let expires = in_seconds(now, life_s.min(set.ttl).min(DENIAL_CEILING_S));
        let denial = Denial {
            set: set.clone(),
            stored: now,
            expires,
        };
        match set.kind {
            Kind::SOA => self.soas.insert(zone.clone(), denial, expires),
            _ => self
                .denials
                .insert((zone.clone(), set.name.clone()), denial, expires),
        };
    }

    /// The SOA set of a zone with denials, aged.
    pub(crate) fn denial_soa(&self, now: Time, zone: &Name) -> Option<Rrset> {
        self.soas.get(zone).and_then(|denial| aged(denial, now))
    }

    /// The denial of a zone at or before a name, aged.
    pub(crate) fn denial(&self, now: Time, zone: &Name, name: &Name) -> Option<Rrset> {
        let (key, denial) = self.denials.at_or_before(&(zone.clone(), name.clone()))?;
        if key.0 != *zone {
            return None;
        }
        aged(denial, now)
    }

    /// Any denial of a zone, aged: which says how its names are hashed.
    pub(crate) fn any_denial(&self, now: Time, zone: &Name) -> Option<Rrset> {
        let highest = zone.child(&[0xff; 63])?;
        let (key, denial) = self.denials.at_or_before(&(zone.clone(), highest))?;
        if key.0 != *zone {
            return None;
        }
        aged(denial, now)
    }

    pub(crate) fn server(&self, now: Time, server: SocketAddr) -> ServerFacts {
        let known = self.servers.get(&server);
        known
            .filter(|facts| now.since(facts.measured) < MEASURE_LIFE)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn know_server(&mut self, now: Time, server: SocketAddr, facts: ServerFacts) {
        self.servers.insert(server, facts, now.after(MEASURE_LIFE));
    }

    pub(crate) fn is_lame(&self, now: Time, server: SocketAddr, zone: &Name, kind: Kind) -> bool {
        let end = self.lame.get(&(server, zone.clone(), kind == Kind::A));
        end.is_some_and(|end| now < *end)
    }

    pub(crate) fn know_lame(&mut self, now: Time, server: SocketAddr, zone: &Name, kind: Kind) {
        let end = now.after(LAME_LIFE);
        self.lame
            .insert((server, zone.clone(), kind == Kind::A), end, end);
    }
}

fn aged(denial: &Denial, now: Time) -> Option<Rrset> {
    if now >= denial.expires {
        return None;
    }
    let mut set = denial.set.clone();
    set.ttl = seconds(denial.expires.since(now))
        .min(set.ttl.saturating_sub(seconds(now.since(denial.stored))));
    Some(set)
}

fn alive(
    sets: &Bounded<(Name, Kind), KeptSet>,
    now: Time,
    name: &Name,
    kind: Kind,
) -> Option<(Rrset, Rank)> {
    let kept = sets
        .get(&(name.clone(), kind))
        .filter(|kept| now < kept.expires)?;
    let mut set = packed::unpack_set(&kept.packed);
    set.ttl = set.ttl.saturating_sub(seconds(now.since(kept.stored)));
    Some((set, kept.rank))
}

/// How long a part may be kept: the least TTL, and for a denial what RFC 2308, section 5, says.
fn life(part: &Part) -> u32 {
    let least = part
        .answers
        .iter()
        .chain(&part.authorities)
        .map(|set| set.ttl)
        .min();
    if !part.is_denial() {
        return least.unwrap_or(0);
    }
    match part.soa() {
        // A referral's proof that there is no DS record comes without.
        None if part
            .authorities
            .iter()
            .any(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind)) =>
        {
            least.unwrap_or(0)
        }
        None => 0,
        Some(soa) => least
            .unwrap_or(0)
            .min(denial_ttl(soa))
            .min(DENIAL_CEILING_S),
    }
}

/// RFC 2308, section 5: the lesser of the SOA record's own TTL and its MINIMUM.
pub(crate) fn denial_ttl(soa: &Rrset) -> u32 {
    let minimum = soa.data.first().and_then(|data| {
        let tail = data.get(data.len().checked_sub(4)?..)?;
        Some(u32::from_be_bytes(tail.try_into().ok()?))
    });
    soa.ttl.min(minimum.unwrap_or(0))
}

/// Whether a response code makes an answer worth keeping.
pub(crate) fn is_kept(code: u16) -> bool {
    code == rcode::NOERROR || code == rcode::NXDOMAIN
}
