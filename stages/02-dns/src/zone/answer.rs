//! The answer to one question out of one zone (RFC 1034, section 4.3.2).

use super::Zone;
use crate::wire::{Kind, Message, Name, Rrset, rcode};

/// A question to one zone.
pub(super) struct Answering<'a> {
    pub zone: &'a Zone,
    pub kind: Kind,
    pub dnssec_ok: bool,
}

/// What comes after a step.
pub(super) enum Next {
    /// The name is an alias.
    Alias(Name),
    Done,
}

impl Answering<'_> {
    pub(super) fn answer(&self, name: &Name, message: &mut Message) -> Next {
        let zone = self.zone;
        let cut = zone.cut_above(name);
        // RFC 4035, section 3.1.4.1: the DS record of a cut is this side's.
        if let Some(cut) = cut.filter(|cut| !(self.kind == Kind::DS && cut == name)) {
            self.refer(&cut, message);
            return Next::Done;
        }
        message.flags.aa = true;
        if let Some(dname) = self.dname_above(name) {
            return self.rebase(name, &dname, message);
        }
        if zone.exists(name) {
            return self.at(name, name, message);
        }
        match self.wildcard(name) {
            Some((wildcard, closest)) => {
                let before = message.answers.len();
                let next = self.at(&wildcard, name, message);
                if self.dnssec_ok {
                    // RFC 5155, section 7.2.5: a wildcard without such records is proven to be the
                    // closest.
                    let proof = match message.answers.len() == before {
                        true => zone.no_closer_wildcard(name, &closest),
                        false => zone.no_closer(name, &closest),
                    };
                    self.add(proof, message);
                }
                next
            }
            None => {
                message.rcode = rcode::NXDOMAIN;
                self.deny(message);
                if self.dnssec_ok {
                    self.add(zone.no_name(name), message);
                }
                Next::Done
            }
        }
    }

    /// Step 3a: the records of a node, told as those of `name`.
    fn at(&self, node: &Name, name: &Name, message: &mut Message) -> Next {
        let zone = self.zone;
        let as_own = |set: &Rrset| {
            let mut set = set.clone();
            set.name = name.clone();
            set
        };
        let sets = zone.nodes.get(node).map(Vec::as_slice).unwrap_or_default();
        // RFC 8482, section 4.1: of all types one is enough.
        let found = match self.kind {
            Kind::ANY => sets.iter().find(|set| set.kind != Kind::NSEC),
            kind => sets.iter().find(|set| set.kind == kind),
        };
        if let Some(found) = found {
            message
                .answers
                .extend(as_own(found).records(self.dnssec_ok));
            self.add_addresses(found, message);
            return Next::Done;
        }
        if let Some(alias) = sets.iter().find(|set| set.kind == Kind::CNAME) {
            message
                .answers
                .extend(as_own(alias).records(self.dnssec_ok));
            return alias.targets().pop().map_or(Next::Done, Next::Alias);
        }
        self.deny(message);
        if self.dnssec_ok {
            self.add(zone.no_data(node), message);
        }
        Next::Done
    }

    fn dname_above(&self, name: &Name) -> Option<Rrset> {
        let mut above = name.ancestors().skip(1);
        let set = above
            .by_ref()
            .take_while(|name| name.is_within(&self.zone.origin));
        set.into_iter()
            .find_map(|name| self.zone.set(&name, Kind::DNAME).cloned())
    }

    /// RFC 6672, section 3.2.
    fn rebase(&self, name: &Name, dname: &Rrset, message: &mut Message) -> Next {
        message.answers.extend(dname.records(self.dnssec_ok));
        let target = dname.targets().pop();
        let made = target.and_then(|target| name.rebased(&dname.name, &target).ok());
        let Some(made) = made else {
            message.rcode = rcode::YXDOMAIN;
            return Next::Done;
        };
        let alias = Rrset {
            name: name.clone(),
            kind: Kind::CNAME,
            class: dname.class,
            ttl: dname.ttl,
            data: vec![made.wire().to_vec()],
            signatures: Vec::new(),
        };
        message.answers.extend(alias.records(false));
        Next::Alias(made)
    }

    /// A referral: the name servers of the zone below, their addresses (glue), and whether its
    /// keys are vouched for.
    fn refer(&self, cut: &Name, message: &mut Message) {
        let zone = self.zone;
        message.flags.aa = !message.answers.is_empty();
        let Some(servers) = zone.set(cut, Kind::NS) else {
            return;
        };
        message.authorities.extend(servers.records(false));
        self.add_addresses(servers, message);
        if !self.dnssec_ok {
            return;
        }
        match zone.set(cut, Kind::DS) {
            Some(set) => message.authorities.extend(set.records(true)),
            None => self.add(zone.no_data(cut), message),
        }
    }

    /// The SOA record with the TTL of a denial (RFC 2308, section 3).
    fn deny(&self, message: &mut Message) {
        let Some(soa) = self.zone.set(&self.zone.origin, Kind::SOA) else {
            return;
        };
        let mut soa = soa.clone();
        soa.ttl = crate::recursor::memory::denial_ttl(&soa);
        message.authorities.extend(soa.records(self.dnssec_ok));
    }

    fn add(&self, proofs: Vec<&Rrset>, message: &mut Message) {
        for record in proofs.iter().flat_map(|set| set.records(true)) {
            if !message.authorities.contains(&record) {
                message.authorities.push(record);
            }
        }
    }

    fn add_addresses(&self, set: &Rrset, message: &mut Message) {
        if ![Kind::NS, Kind::MX, Kind::SRV].contains(&set.kind) {
            return;
        }
        for target in set.targets() {
            for kind in [Kind::A, Kind::AAAA] {
                if let Some(set) = self.zone.set(&target, kind) {
                    message.additionals.extend(set.records(self.dnssec_ok));
                }
            }
        }
    }

    /// RFC 4592: the wildcard below the closest name that exists, and that name.
    fn wildcard(&self, name: &Name) -> Option<(Name, Name)> {
        let mut above = name.ancestors().skip(1);
        let closest = above.find(|ancestor| self.zone.exists(ancestor))?;
        let wildcard = closest.child(b"*")?;
        self.zone
            .nodes
            .contains_key(&wildcard)
            .then_some((wildcard, closest))
    }
}
