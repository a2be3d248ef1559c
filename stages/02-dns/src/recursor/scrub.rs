//! What of an answer may be believed: only what the server's zone can know (RFC 2181,
//! section 5.4.1; RFC 5452, section 6).

use super::limits::SIGNATURES_PER_SET;
use crate::wire::{Kind, Message, Name, Record, Rrset};

/// An answer, cut to what counts.
pub(super) struct Scrubbed {
    /// Aliases from the name asked on, in order, then records of the type asked.
    pub answers: Vec<Rrset>,
    pub authorities: Vec<Rrset>,
    pub additionals: Vec<Rrset>,
    /// Where the aliases lead, the name asked if there are none.
    pub end: Name,
    /// There are records of the type asked at the end.
    pub found: bool,
    /// What was thrown away: name, type and why.
    pub refused: Vec<(Name, Kind, &'static str)>,
    /// An alias by DNAME would make a name that is too long (RFC 6672, section 2.2).
    pub too_long: bool,
    /// The server's own alias is not the one that its DNAME makes.
    pub forged_alias: bool,
}

/// Looks through the answer of a server of `zone` about `name`.
///
/// Behind the first alias nothing is taken over: the name that it leads to is asked for by
/// itself, of those who serve it. With `whole_chain` the server has done that already.
pub(super) fn scrub(
    message: &Message,
    name: &Name,
    kind: Kind,
    zone: &Name,
    whole_chain: bool,
) -> Scrubbed {
    let mut scrubbed = Scrubbed {
        answers: Vec::new(),
        authorities: Vec::new(),
        additionals: Vec::new(),
        end: name.clone(),
        found: false,
        refused: Vec::new(),
        too_long: false,
        forged_alias: false,
    };
    let class = message.questions.first().map_or(1, |asked| asked.class);
    let all = [&message.answers, &message.authorities, &message.additionals];
    let signatures: Vec<&Record> = all
        .into_iter()
        .flatten()
        .filter(|record| record.kind == Kind::RRSIG)
        .collect();
    let in_class = |records: &[Record]| -> Vec<Rrset> {
        let of_class = records
            .iter()
            .filter(|record| record.class == class || class == 255);
        let mut sets = Rrset::gather(of_class);
        for set in &mut sets {
            set.sign(&signatures);
            // More would not be looked at (KeyTrap), and are not passed on.
            set.signatures.truncate(SIGNATURES_PER_SET);
        }
        sets
    };
    scrubbed.take_answers(in_class(&message.answers), kind, zone, whole_chain);
    let authorities = in_class(&message.authorities);
    scrubbed.take_authorities(authorities, zone);
    scrubbed.take_additionals(in_class(&message.additionals), zone);
    scrubbed
}

impl Scrubbed {
    /// Follows the aliases as far as the zone reaches.
    fn take_answers(&mut self, mut sets: Vec<Rrset>, kind: Kind, zone: &Name, whole_chain: bool) {
        let outside = |set: &Rrset| !set.name.is_within(zone);
        for set in sets.iter().filter(|set| outside(set)) {
            self.refused.push((set.name.clone(), set.kind, OUTSIDE));
        }
        sets.retain(|set| !outside(set));
        let mut seen = vec![self.end.clone()];
        while !self.found {
            let end = self.end.clone();
            let by_dname = sets
                .iter()
                .any(|set| set.kind == Kind::DNAME && end.is_below(&set.name));
            // RFC 6672, section 3.3: the CNAME below a DNAME follows from it, also if it is asked for.
            if !by_dname && self.take_records(&mut sets, &end, kind) {
                break;
            }
            let Some(next) = self.take_alias(&mut sets, &end) else {
                break;
            };
            if by_dname && [Kind::CNAME, Kind::ANY].contains(&kind) {
                self.found = true;
                break;
            }
            self.end = next;
            if seen.contains(&self.end) || !whole_chain {
                break;
            }
            seen.push(self.end.clone());
        }
        for set in sets {
            self.refused.push((set.name, set.kind, NOT_ASKED));
        }
    }

    fn take_records(&mut self, sets: &mut Vec<Rrset>, end: &Name, kind: Kind) -> bool {
        let wanted = |set: &Rrset| set.name == *end && (set.kind == kind || kind == Kind::ANY);
        let (taken, rest): (Vec<Rrset>, Vec<Rrset>) = sets.drain(..).partition(wanted);
        *sets = rest;
        self.found = !taken.is_empty();
        self.answers.extend(taken);
        self.found
    }

    /// The alias of a name: its CNAME set, or the DNAME set of a name above it.
    fn take_alias(&mut self, sets: &mut Vec<Rrset>, end: &Name) -> Option<Name> {
        let dname = sets
            .iter()
            .position(|set| set.kind == Kind::DNAME && end.is_below(&set.name));
        if let Some(at) = dname {
            let dname = sets.remove(at);
            let target = dname.targets().into_iter().next()?;
            let owner = dname.name.clone();
            let own = sets
                .iter()
                .position(|set| set.kind == Kind::CNAME && set.name == *end);
            let said = own.map(|at| sets.remove(at));
            let Ok(made) = end.rebased(&owner, &target) else {
                self.too_long = true;
                self.answers.push(dname);
                return None;
            };
            // The server's own CNAME is only a help for old resolvers; ours follows from the DNAME.
            // One that does not is no help: RFC 6672, section 5.3.1, takes it for forged.
            self.forged_alias |= said
                .as_ref()
                .is_some_and(|said| !said.targets().contains(&made));
            let ttl = said.map_or(dname.ttl, |said| said.ttl.min(dname.ttl));
            self.answers.push(dname.clone());
            self.answers.push(made_alias(end, &made, ttl, dname.class));
            return Some(made);
        }
        let at = sets
            .iter()
            .position(|set| set.kind == Kind::CNAME && set.name == *end)?;
        let mut alias = sets.remove(at);
        // RFC 2181, section 10.1: a name has one alias.
        alias.data.truncate(1);
        let target = alias.targets().into_iter().next()?;
        self.answers.push(alias);
        Some(target)
    }

    fn take_authorities(&mut self, sets: Vec<Rrset>, zone: &Name) {
        for set in sets {
            let wanted = matches!(
                set.kind,
                Kind::SOA | Kind::NS | Kind::DS | Kind::NSEC | Kind::NSEC3 | Kind::RRSIG
            );
            match (set.name.is_within(zone), wanted) {
                (false, _) => self.refused.push((set.name, set.kind, OUTSIDE)),
                (_, false) => self.refused.push((set.name, set.kind, NOT_ASKED)),
                _ => self.authorities.push(set),
            }
        }
    }

    /// Addresses of names that the other sections lead to.
    fn take_additionals(&mut self, sets: Vec<Rrset>, zone: &Name) {
        let led_to: Vec<Name> = self
            .answers
            .iter()
            .chain(&self.authorities)
            .filter(|set| set.kind != Kind::CNAME && set.kind != Kind::NSEC)
            .flat_map(Rrset::targets)
            .collect();
        for set in sets {
            let address = [Kind::A, Kind::AAAA].contains(&set.kind);
            let wanted = address && led_to.contains(&set.name);
            match (set.name.is_within(zone), wanted) {
                (false, _) => self.refused.push((set.name, set.kind, OUTSIDE)),
                (_, false) => self.refused.push((set.name, set.kind, NOT_ASKED)),
                _ => self.additionals.push(set),
            }
        }
    }
}

impl Scrubbed {
    /// Asked for a DS record, the zone above may refer to the zone below and hand the record
    /// along.
    pub(super) fn take_ds_of_referral(&mut self, name: &Name, kind: Kind) {
        let own = |set: &Rrset| kind == Kind::DS && set.kind == Kind::DS && set.name == *name;
        let Some(at) = self
            .authorities
            .iter()
            .position(own)
            .filter(|_| !self.found)
        else {
            return;
        };
        let set = self.authorities.remove(at);
        self.authorities.retain(|set| set.kind != Kind::NS);
        self.answers = vec![set];
        self.found = true;
    }
}

impl Scrubbed {
    /// Whether it names servers, of this zone or of one above.
    pub(super) fn names_servers(&self) -> bool {
        let own = self.authorities.iter().any(|set| set.kind == Kind::NS);
        own || self.refers_upwards()
    }

    pub(super) fn refers_upwards(&self) -> bool {
        self.refused
            .iter()
            .any(|(_, kind, why)| *kind == Kind::NS && *why == OUTSIDE)
    }

    /// Neither records nor the word of the zone that there are none.
    pub(super) fn says_nothing(&self) -> bool {
        let says = |set: &Rrset| [Kind::SOA, Kind::NSEC, Kind::NSEC3, Kind::NS].contains(&set.kind);
        self.answers.is_empty() && !self.authorities.iter().any(says)
    }
}

const OUTSIDE: &str = "the server's zone cannot know it";
const NOT_ASKED: &str = "nobody asked for it";

/// The CNAME set that follows from a DNAME set (RFC 6672, section 3.1).
pub(super) fn made_alias(name: &Name, target: &Name, ttl: u32, class: u16) -> Rrset {
    Rrset {
        name: name.clone(),
        kind: Kind::CNAME,
        class,
        ttl,
        data: vec![target.wire().to_vec()],
        signatures: Vec::new(),
    }
}
