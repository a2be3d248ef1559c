//! Records of a server's own, and names for which nobody is asked (RFC 6303, RFC 6761).

use super::{Caller, Network, Received};
use crate::question::Question;
use crate::recursor::memory::denial_ttl;
use crate::reply::Reply;
use crate::wire::{
    Asked, Kind, Name, Record, Rrset, Word, data_from_words, rcode, time_to_live, words_of_line,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use thru_events::Cause;

/// TTL of a record that says none, seconds.
const RECORD_TTL_S: u32 = 3600;
/// Most records of a server's own.
const RECORD_LIMIT: usize = 1_000_000;
/// Most zones of a server's own.
pub const ZONE_LIMIT: usize = 1_000_000;

/// What is done with names of a local zone that have no record in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// They are looked for; a name that has records of other types has none of this one.
    Transparent,
    /// They are looked for, also where the name has records of other types.
    TypeTransparent,
    /// They do not exist.
    Static,
    /// They have the records of the zone's own name.
    Redirect,
    /// REFUSED.
    Refuse,
    /// No answer.
    Deny,
    /// Records of this type, which are addresses, do not exist but for those of the zone itself
    /// (`own`) or at all; the rest is looked for.
    Without {
        /// [`Kind::A`] or [`Kind::AAAA`].
        kind: Kind,
        /// Records of the zone count.
        own: bool,
    },
    /// All of it is looked for, whatever records there are.
    AlwaysTransparent,
    /// None of it exists, whatever records there are.
    AlwaysNoName,
    /// None of it has records.
    AlwaysNoData,
    /// All of it is refused.
    AlwaysRefuse,
    /// None of it is answered.
    AlwaysDeny,
    /// All of it has the address `0.0.0.0` or `::`.
    AlwaysNull,
}

impl LocalKind {
    /// By its name in configurations.
    pub fn from_text(text: &str) -> Option<LocalKind> {
        Some(match text {
            "transparent" => LocalKind::Transparent,
            "typetransparent" => LocalKind::TypeTransparent,
            "static" => LocalKind::Static,
            "redirect" => LocalKind::Redirect,
            "refuse" => LocalKind::Refuse,
            "deny" => LocalKind::Deny,
            "block_a" => LocalKind::without(Kind::A, false),
            "block_aaaa" => LocalKind::without(Kind::AAAA, false),
            "block_a_wdata" => LocalKind::without(Kind::A, true),
            "block_aaaa_wdata" => LocalKind::without(Kind::AAAA, true),
            "always_transparent" => LocalKind::AlwaysTransparent,
            "always_nxdomain" => LocalKind::AlwaysNoName,
            "always_nodata" => LocalKind::AlwaysNoData,
            "always_refuse" => LocalKind::AlwaysRefuse,
            "always_deny" => LocalKind::AlwaysDeny,
            "always_null" => LocalKind::AlwaysNull,
            _ => return None,
        })
    }

    fn without(kind: Kind, own: bool) -> LocalKind {
        LocalKind::Without { kind, own }
    }
}

/// A record or zone that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRefused(pub String);

impl std::fmt::Display for LocalRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LocalRefused {}

#[derive(Clone, Debug)]
struct LocalZone {
    name: Name,
    class: u16,
    kind: LocalKind,
    sets: BTreeMap<Name, Vec<Rrset>>,
    /// Other kinds for some clients.
    others: Vec<(Network, LocalKind)>,
}

/// A server's own records, in zones.
#[derive(Clone, Debug, Default)]
pub struct LocalData {
    /// By name and class.
    zones: BTreeMap<(Name, u16), LocalZone>,
    records: usize,
    /// Whether a zone has other kinds for some clients.
    differs: bool,
}

/// A class by its name.
fn class(word: &str) -> Option<u16> {
    match word.to_ascii_uppercase().as_str() {
        "IN" => Some(1),
        "CH" => Some(3),
        "HS" => Some(4),
        "ANY" => Some(255),
        _ => None,
    }
}

impl LocalData {
    /// The names that stay at home: `localhost` and this machine's addresses, names that are never
    /// registered (RFC 6761, RFC 7686, RFC 8375), and the way back from addresses of private and
    /// documentation networks (RFC 6303).
    pub fn at_home() -> LocalData {
        let mut data = LocalData::localhost();
        let own_name = format!("1.{}ip6.arpa.", "0.".repeat(31));
        for zone in HOME.iter().copied().chain([own_name.as_str()]) {
            data.add_home(zone, LocalKind::Static);
        }
        for record in [
            "1.0.0.127.in-addr.arpa. 10800 IN PTR localhost.".to_owned(),
            format!("{own_name} 10800 IN PTR localhost."),
        ] {
            let taken = data.add_record(&record);
            debug_assert!(taken.is_ok(), "{record}");
        }
        data
    }

    /// `localhost` alone (RFC 6761, section 6.3): names below it are this machine too.
    fn localhost() -> LocalData {
        let mut data = LocalData::default();
        data.add_home("localhost.", LocalKind::Redirect);
        for address in ["A 127.0.0.1", "AAAA ::1"] {
            let taken = data.add_record(&format!("localhost. 10800 IN {address}"));
            debug_assert!(taken.is_ok(), "{address}");
        }
        data
    }

    /// The answer to a question for `localhost` or a name below it; `None` for other names.
    pub(crate) fn told_of_localhost(question: &Question, cause: Cause) -> Option<Reply> {
        let asked = question.message.questions.first()?;
        if !asked
            .name
            .labels()
            .last()?
            .eq_ignore_ascii_case(b"localhost")
        {
            return None;
        }
        let data = LocalData::localhost();
        let told = Told {
            zone: data.nearest(&asked.name, 1)?,
            question,
            asks_on: true,
            cause,
        };
        match told.receive(LocalKind::Redirect)? {
            Received::Reply(reply) => Some(*reply),
            _ => None,
        }
    }

    /// A zone that has nothing but what a zone has to have (RFC 6303, section 3).
    fn add_home(&mut self, zone: &str, kind: LocalKind) {
        let name = Name::from_text(zone, &Name::root());
        let name = name.unwrap_or_else(|_| unreachable!("invariant: the list has names"));
        self.add_zone(name, kind);
        for record in [
            "SOA localhost. nobody.invalid. 1 3600 1200 604800 10800",
            "NS localhost.",
        ] {
            let taken = self.add_record(&format!("{zone} 10800 IN {record}"));
            debug_assert!(taken.is_ok(), "{zone} {record}");
        }
    }

    /// Adds a zone; one of the same name changes its kind. `false`: there are [`ZONE_LIMIT`]
    /// already, and it is not taken.
    pub fn add_zone(&mut self, name: Name, kind: LocalKind) -> bool {
        let zone = self.zone_of_class(name, 1);
        zone.map(|zone| zone.kind = kind).is_some()
    }

    /// A zone is of another kind for these clients. `false` as for [`LocalData::add_zone`].
    pub fn set_kind_for(&mut self, name: Name, network: Network, kind: LocalKind) -> bool {
        let zone = self.zone_of_class(name, 1);
        let taken = zone.map(|zone| zone.others.push((network, kind))).is_some();
        self.differs |= taken;
        taken
    }

    /// Leaves a part of the tree to others, such as a zone or a route of the resolver: a zone of
    /// exactly this name goes, with its records, and one around it ends here.
    pub fn leave(&mut self, name: &Name) {
        self.zones
            .retain(|_, zone| zone.class != 1 || zone.name != *name);
        if self.nearest(name, 1).is_some() {
            self.add_zone(name.clone(), LocalKind::Transparent);
        }
    }

    /// The zone of this class that a name lies in.
    fn nearest(&self, name: &Name, class: u16) -> Option<&LocalZone> {
        name.ancestors()
            .find_map(|above| self.zones.get(&(above, class)))
    }

    /// The same; where there is none of this class, one of another class at the same place counts.
    fn nearest_of_any(&self, name: &Name, class: u16) -> Option<&LocalZone> {
        name.ancestors().find_map(|above| {
            let own = self.zones.get(&(above.clone(), class));
            own.or_else(|| {
                let all = (above.clone(), 0)..=(above, u16::MAX);
                self.zones.range(all).next().map(|(_, zone)| zone)
            })
        })
    }

    /// The zone of exactly this name, made if there is none and there is room.
    fn zone_of_class(&mut self, name: Name, class: u16) -> Option<&mut LocalZone> {
        let full = self.zones.len() >= ZONE_LIMIT;
        match self.zones.entry((name.clone(), class)) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(_) if full => None,
            Entry::Vacant(place) => Some(place.insert(LocalZone {
                name,
                class,
                kind: LocalKind::Transparent,
                sets: BTreeMap::new(),
                others: Vec::new(),
            })),
        }
    }

    /// Adds a record, as a line of a master file with the whole name. Without a zone around it, it
    /// makes one of its own of the kind [`LocalKind::Transparent`]; zones have to be added first.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add_record(&mut self, line: &str) -> Result<(), LocalRefused> {
        if self.records >= RECORD_LIMIT {
            return Err(LocalRefused(format!("more than {RECORD_LIMIT} records")));
        }
        let record = read(line).map_err(|why| LocalRefused(format!("{line:?}: {why}")))?;
        let nearest = self.nearest_of_any(&record.name, record.class);
        let (name, kind) = match nearest {
            Some(zone) => (zone.name.clone(), zone.kind),
            None => (record.name.clone(), LocalKind::Transparent),
        };
        let zone = self.zone_of_class(name, record.class);
        let zone = zone.ok_or_else(|| LocalRefused(format!("more than {ZONE_LIMIT} zones")))?;
        zone.kind = kind;
        let sets = zone.sets.entry(record.name.clone()).or_default();
        match sets.iter_mut().find(|set| set.kind == record.kind) {
            Some(set) if set.data.contains(&record.data) => {}
            Some(set) => set.data.push(record.data),
            None => sets.push(Rrset::of(&record)),
        }
        self.records += 1;
        Ok(())
    }

    /// Whether clients are told different things by where they are.
    pub(super) fn differs_by_client(&self) -> bool {
        self.differs
    }

    /// What the local zones do with a question; `None` if it is to be worked on.
    pub(super) fn receive(
        &self,
        caller: &Caller<'_>,
        asks_on: bool,
        cause: Cause,
    ) -> Option<Received> {
        let asked = &caller.question.message.questions[0];
        // A DS record stands in the zone above.
        let above = usize::from(asked.kind == Kind::DS);
        let mut names = asked.name.ancestors().skip(above);
        let zone = names.find_map(|name| self.zones.get(&(name, asked.class)))?;
        let told = Told {
            zone,
            question: caller.question,
            asks_on,
            cause,
        };
        told.receive(zone.kind_for(caller.client))
    }
}

impl LocalZone {
    fn kind_for(&self, client: IpAddr) -> LocalKind {
        let own = self
            .others
            .iter()
            .filter(|(network, _)| network.has(client));
        let best = own.max_by_key(|(network, _)| network.bits);
        best.map_or(self.kind, |(_, kind)| *kind)
    }

    /// Whether the name, or one below it, has a record.
    fn exists(&self, name: &Name) -> bool {
        let next = self.sets.range(name.clone()..).next();
        next.is_some_and(|(found, _)| found.is_within(name))
    }
}

/// A question that falls into a local zone.
struct Told<'a> {
    zone: &'a LocalZone,
    question: &'a Question,
    asks_on: bool,
    cause: Cause,
}

impl Told<'_> {
    fn receive(&self, kind: LocalKind) -> Option<Received> {
        let Asked {
            name, kind: asked, ..
        } = &self.question.message.questions[0];
        match kind {
            LocalKind::AlwaysTransparent => return None,
            LocalKind::Without { kind, own: false } if kind != *asked => return None,
            LocalKind::Without { own: false, .. } => return self.denial(rcode::NOERROR),
            LocalKind::AlwaysNoName => return self.denial(rcode::NXDOMAIN),
            LocalKind::AlwaysNoData => return self.denial(rcode::NOERROR),
            LocalKind::AlwaysRefuse => return self.error(rcode::REFUSED),
            LocalKind::AlwaysDeny => return Some(DENIED),
            LocalKind::AlwaysNull => return self.null(),
            _ => {}
        }
        let owner = match kind {
            LocalKind::Redirect => &self.zone.name,
            _ => name,
        };
        if let Some(found) = self.records(owner) {
            return Some(found);
        }
        match kind {
            LocalKind::Refuse => self.error(rcode::REFUSED),
            LocalKind::Deny => Some(DENIED),
            LocalKind::Without { kind, .. } if kind == *asked => self.denial(rcode::NOERROR),
            LocalKind::TypeTransparent | LocalKind::Without { .. } => None,
            LocalKind::Redirect => self.denial(rcode::NOERROR),
            LocalKind::Static => match self.zone.exists(owner) || *owner == self.zone.name {
                true => self.denial(rcode::NOERROR),
                false => self.denial(rcode::NXDOMAIN),
            },
            _ => match self.zone.sets.contains_key(owner) {
                true => self.denial(rcode::NOERROR),
                false => None,
            },
        }
    }

    fn reply(&self) -> Reply {
        let mut reply = Reply::new(self.question, "local", self.cause);
        let flags = &mut reply.message_mut().flags;
        (flags.aa, flags.ra) = (true, self.asks_on);
        reply
    }

    fn error(&self, code: u16) -> Option<Received> {
        let mut reply = self.reply();
        reply.message_mut().rcode = code;
        Some(Received::Reply(Box::new(reply)))
    }

    /// With the zone's SOA record, if it has one.
    fn denial(&self, code: u16) -> Option<Received> {
        let mut reply = self.reply();
        let message = reply.message_mut();
        message.rcode = code;
        let sets = self.zone.sets.get(&self.zone.name);
        let soa = sets.and_then(|sets| sets.iter().find(|set| set.kind == Kind::SOA));
        if let Some(soa) = soa {
            let mut soa = soa.clone();
            soa.ttl = denial_ttl(&soa);
            message.authorities.extend(soa.records(false));
        }
        Some(Received::Reply(Box::new(reply)))
    }

    /// The records of a name, told as those of the name asked for.
    fn records(&self, owner: &Name) -> Option<Received> {
        let asked = &self.question.message.questions[0];
        let sets = self.zone.sets.get(owner)?;
        let wanted = |set: &&Rrset| set.kind == asked.kind || asked.kind == Kind::ANY;
        let mut wanted = sets.iter().filter(wanted).peekable();
        wanted.peek()?;
        let mut reply = self.reply();
        for set in wanted {
            let mut set = set.clone();
            set.name = asked.name.clone();
            reply.message_mut().answers.extend(set.records(false));
        }
        Some(Received::Reply(Box::new(reply)))
    }

    fn null(&self) -> Option<Received> {
        let asked = &self.question.message.questions[0];
        let octets = match asked.kind {
            Kind::A => 4,
            Kind::AAAA => 16,
            _ => return self.denial(rcode::NOERROR),
        };
        let mut reply = self.reply();
        reply.message_mut().answers.push(Record {
            name: asked.name.clone(),
            kind: asked.kind,
            class: asked.class,
            ttl: RECORD_TTL_S,
            data: vec![0; octets],
        });
        Some(Received::Reply(Box::new(reply)))
    }
}

const DENIED: Received = Received::Dropped("its name is not answered here");

/// Reads `NAME [TTL] [CLASS] TYPE DATA`.
fn read(line: &str) -> Result<Record, String> {
    let mut words: Vec<Word> = Vec::new();
    if words_of_line(line, 0, &mut words)? > 0 {
        return Err("the parenthesis is never closed".into());
    }
    let mut words = words.iter().map(|word| word.text.as_str());
    let owner = words.next().ok_or("it is empty")?;
    let name = Name::from_text(owner, &Name::root()).map_err(|why| why.to_string())?;
    let (mut ttl, mut of_class) = (RECORD_TTL_S, 1);
    let kind = loop {
        let word = words.next().ok_or("it has no type")?;
        match (class(word), time_to_live(word)) {
            (Some(class), _) => of_class = class,
            (_, Some(time)) => ttl = time,
            _ => break word,
        }
    };
    let kind = Kind::from_text(kind).filter(|kind| !kind.is_meta());
    let kind = kind.ok_or("its type is not known")?;
    // GAP: where an alias leads is not looked for.
    if [Kind::CNAME, Kind::DNAME].contains(&kind) {
        return Err("aliases are not supported here".into());
    }
    let rest: Vec<&str> = words.collect();
    let data = data_from_words(kind, &rest, &Name::root()).map_err(|refused| refused.why)?;
    Ok(Record {
        name,
        kind,
        class: of_class,
        ttl,
        data,
    })
}

/// Zones without records but their own (RFC 6303, section 4; RFC 6761; RFC 7686; RFC 8375).
const HOME: &[&str] = &[
    "test.",
    "invalid.",
    "onion.",
    "home.arpa.",
    "127.in-addr.arpa.",
    "0.in-addr.arpa.",
    "10.in-addr.arpa.",
    "16.172.in-addr.arpa.",
    "17.172.in-addr.arpa.",
    "18.172.in-addr.arpa.",
    "19.172.in-addr.arpa.",
    "20.172.in-addr.arpa.",
    "21.172.in-addr.arpa.",
    "22.172.in-addr.arpa.",
    "23.172.in-addr.arpa.",
    "24.172.in-addr.arpa.",
    "25.172.in-addr.arpa.",
    "26.172.in-addr.arpa.",
    "27.172.in-addr.arpa.",
    "28.172.in-addr.arpa.",
    "29.172.in-addr.arpa.",
    "30.172.in-addr.arpa.",
    "31.172.in-addr.arpa.",
    "168.192.in-addr.arpa.",
    "254.169.in-addr.arpa.",
    "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.",
    "113.0.203.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa.",
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "d.f.ip6.arpa.",
    "8.e.f.ip6.arpa.",
    "9.e.f.ip6.arpa.",
    "a.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa.",
    "8.b.d.0.1.0.0.2.ip6.arpa.",
];
