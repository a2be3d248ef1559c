//! Zones that a resolver has itself, beside what it asks others (RFC 8806 has the root's so).
//!
//! Such a zone may answer clients with authority, stand for the zone's servers while an answer is
//! looked for, or both. Where its digest counts (RFC 8976) it is compared when the zone is read;
//! its signatures are looked at when it is used first.

use super::ask::Heard;
use super::memory::BOGUS_S;
use super::part::Trouble;
use super::resolve::Answer;
use super::task::{Step, Work};
use super::trust::{TRUST_CEILING_S, Trust, checker, trust_of};
use crate::question::Question;
use crate::reply::Reply;
use crate::wire::{Asked, Kind, Message, Name, rcode};
use crate::zone::{DigestFound, Zone};
use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Time, dns::DnsEvent};

/// Most aliases that are followed within a resolver's own zones.
const ALIAS_LIMIT: usize = 8;

/// Stands for the server of a zone that is asked of nobody.
pub(super) const NOBODY: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// How far the digest of a zone counts (RFC 8976).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestCheck {
    /// It is not looked at.
    #[default]
    Never,
    /// It has to hold where there is one of a kind that we know.
    WherePresent,
    /// There has to be one that holds.
    Always,
}

/// A zone of a resolver's own.
#[derive(Debug)]
pub struct OwnZone {
    zone: Zone,
    /// Clients are answered out of it, with authority.
    pub answers_clients: bool,
    /// It stands for the zone's servers.
    pub replaces_servers: bool,
    /// Where it cannot be used, its servers are asked.
    pub else_servers: bool,
    digests: Option<(DigestCheck, DigestFound)>,
    /// Whether it can be used, once that has been looked at.
    verdict: RefCell<Option<Verdict>>,
}

/// Whether a zone can be used.
#[derive(Clone, Debug)]
struct Verdict {
    told: Result<(), String>,
    /// Then it is looked at anew; a zone in which nothing is to be looked at needs that never.
    until: Option<Time>,
}

impl Verdict {
    fn holds(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl OwnZone {
    /// A zone that answers clients and stands for its servers.
    pub fn new(zone: Zone, digest: DigestCheck) -> OwnZone {
        let digests = match digest {
            DigestCheck::Never => None,
            check => Some((check, zone.compare_digests())),
        };
        OwnZone {
            verdict: RefCell::new(digests.is_none().then_some(Verdict {
                told: Ok(()),
                until: None,
            })),
            zone,
            answers_clients: true,
            replaces_servers: true,
            else_servers: false,
            digests,
        }
    }

    /// What was found out about it, as long as that counts.
    fn known(&self, now: Time) -> Option<Result<(), String>> {
        let verdict = self.verdict.borrow();
        let verdict = verdict.as_ref().filter(|verdict| verdict.holds(now))?;
        Some(verdict.told.clone())
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        self.zone.origin()
    }

    /// Whether another is used in the same way and has the same records.
    pub fn is_like(&self, other: &OwnZone) -> bool {
        let how = |own: &OwnZone| {
            let used = (own.answers_clients, own.replaces_servers, own.else_servers);
            (used, own.digests.as_ref().map(|(check, _)| *check))
        };
        how(self) == how(other) && self.zone.master_file() == other.zone.master_file()
    }

    /// Whether a question of a client falls to it. A DS record stands in the zone above.
    fn has(&self, asked: &Asked) -> bool {
        asked.name.is_within(self.name()) && !(asked.kind == Kind::DS && asked.name == *self.name())
    }
}

/// The own zone at a name that stands for its servers.
pub(super) fn in_place_of_servers(work: &Work, zone: &Name) -> Option<Rc<OwnZone>> {
    let own = work.config.own_zones.iter();
    own.filter(|own| own.replaces_servers)
        .find(|own| own.name() == zone)
        .cloned()
}

/// The own zone that answers a question of a client.
pub(super) fn for_client(work: &Work, asked: &Asked) -> Option<Rc<OwnZone>> {
    let own = work.config.own_zones.iter();
    own.filter(|own| own.answers_clients && own.has(asked))
        .max_by_key(|own| own.name().label_count())
        .cloned()
}

/// What an own zone says to a question that else its servers were asked.
///
/// # Errors
/// It cannot be used.
pub(super) async fn ask_own(
    work: &Work,
    own: &OwnZone,
    name: &Name,
    kind: Kind,
    depth: u32,
    cause: Cause,
) -> Result<Heard, Trouble> {
    usable(work, own, depth, cause).await?;
    let mut message = Message::default();
    message.flags.qr = true;
    message.questions.push(Asked {
        name: name.clone(),
        kind,
        class: 1,
    });
    own.zone.answer_step(name, kind, true, &mut message);
    let event = state_used(work, own, name, kind, message.rcode, cause);
    Ok(Heard::own(message, event))
}

fn state_used(
    work: &Work,
    own: &OwnZone,
    name: &Name,
    kind: Kind,
    code: u16,
    cause: Cause,
) -> Cause {
    let event = work.tap().emit(cause, || DnsEvent::OwnZoneUsed {
        zone: own.name().shown(),
        name: name.shown(),
        record_type: kind.to_string(),
        rcode: rcode::text(code).into(),
    });
    event.or(cause)
}

/// Whether the zone may be used. Who looks at its signatures may use it meanwhile: its own keys
/// stand in it.
async fn usable(work: &Work, own: &OwnZone, depth: u32, cause: Cause) -> Result<(), Trouble> {
    let name = own.name();
    if work.proving.borrow().contains(name) {
        return Ok(());
    }
    let verdict = match own.known(work.now()) {
        Some(verdict) => verdict,
        None => {
            work.proving.borrow_mut().push(name.clone());
            let proven: Step<'_, _> = Box::pin(prove(work, own, depth, cause));
            let proven = proven.await;
            work.proving.borrow_mut().retain(|other| other != name);
            // That keys were not to be had, or that there was too much to look at, may be over soon.
            let life_s = proven.as_ref().copied().unwrap_or(BOGUS_S);
            let verdict = proven.map(drop);
            if let Err(why) = &verdict {
                work.tap().emit(cause, || DnsEvent::ZoneJudged {
                    zone: name.shown(),
                    verdict: "bogus".into(),
                    why: why.clone().into(),
                });
            }
            own.verdict.replace(Some(Verdict {
                told: verdict.clone(),
                until: Some(work.now().after(Duration::from_secs(life_s.into()))),
            }));
            verdict
        }
    };
    verdict.map_err(|why| Trouble::new(6, format!("our copy of {}: {why}", name.shown()), cause))
}

/// RFC 8976, section 4: signatures first, where the zone is signed, then the digest. Gives for how
/// many seconds that counts.
async fn prove(work: &Work, own: &OwnZone, depth: u32, cause: Cause) -> Result<u32, String> {
    let mut life_s = TRUST_CEILING_S;
    let Some((check, found)) = &own.digests else {
        return Ok(life_s);
    };
    match trust_of(work, own.name(), depth + 1, cause).await {
        Trust::Bogus(invalid) => return Err(invalid.why),
        Trust::Secure { zone, keys } if zone == *own.name() => {
            life_s = life_s.min(prove_signed(work, own, &keys)?);
        }
        _ => {}
    }
    match (check, found) {
        (_, DigestFound::Wrong(why)) => Err(why.clone()),
        (_, DigestFound::Holds) | (DigestCheck::Never | DigestCheck::WherePresent, _) => Ok(life_s),
        (DigestCheck::Always, DigestFound::Absent) => Err("it has no digest".into()),
        (DigestCheck::Always, DigestFound::Unknown) => {
            Err("its digests are of kinds that are not supported".into())
        }
    }
}

/// The SOA record and the digests, or that there are none, are signed. Gives for how many seconds.
fn prove_signed(work: &Work, own: &OwnZone, keys: &[Vec<u8>]) -> Result<u32, String> {
    let (zone, name, checker) = (&own.zone, own.name(), checker(work));
    let holds = |set| {
        let valid = checker.check(set, name, keys);
        valid.map(|valid| valid.ttl).map_err(|invalid| invalid.why)
    };
    let mut life_s = match zone.set(name, Kind::SOA) {
        Some(soa) => holds(soa)?,
        None => return Err("it has no SOA record".into()),
    };
    if let Some(digests) = zone.set(name, Kind::ZONEMD) {
        return Ok(life_s.min(holds(digests)?));
    }
    let denials = zone.denials_at_origin();
    for set in &denials {
        life_s = life_s.min(holds(set)?);
    }
    match crate::dnssec::no_data(&denials, name, name, Kind::ZONEMD, &work.spent) {
        crate::dnssec::Denied::Unproven(invalid) => Err(invalid.why),
        _ => Ok(life_s),
    }
}

/// What becomes of a client's question.
pub(super) enum Found {
    /// It was looked for.
    Answer(Result<Answer, Trouble>),
    /// An own zone answers it.
    Own(Box<Reply>),
}

/// The answer of an own zone to a client; `None` if it has to be looked for all the same.
///
/// # Errors
/// The zone cannot be used, and nothing is to be asked instead.
pub(super) async fn answer_client(
    work: &Work,
    question: &Question,
    cause: Cause,
) -> Result<Option<Reply>, Trouble> {
    let asked = &question.message.questions[0];
    let Some(own) = for_client(work, asked) else {
        return Ok(None);
    };
    match usable(work, &own, 0, cause).await {
        Ok(()) => Ok(told(work, question, &own, cause)),
        Err(_) if own.else_servers => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn told(work: &Work, question: &Question, own: &OwnZone, cause: Cause) -> Option<Reply> {
    let (message, asked) = (&question.message, &question.message.questions[0]);
    let dnssec_ok = message.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
    let mut reply = Reply::new(question, "zone", cause);
    let told = reply.message_mut();
    told.flags.ra = true;
    let mut name = asked.name.clone();
    let mut zone = own;
    let (others, now) = (&work.config.own_zones, work.now());
    for _ in 0..ALIAS_LIMIT {
        let Some(target) = zone.zone.answer_step(&name, asked.kind, dnssec_ok, told) else {
            break;
        };
        name = target;
        let asked = Asked {
            name: name.clone(),
            ..asked.clone()
        };
        // Only zones about which nothing is left to find out.
        let ready = |own: &&Rc<OwnZone>| own.known(now) == Some(Ok(()));
        let next = others
            .iter()
            .filter(|own| own.answers_clients && own.has(&asked));
        let next = next
            .filter(ready)
            .max_by_key(|own| own.name().label_count());
        let Some(next) = next else {
            // Who wants to be asked on for is told the end of the alias as well.
            return match message.flags.rd && own.replaces_servers {
                true => None,
                false => Some(reply),
            };
        };
        zone = next;
    }
    let referral = told
        .authorities
        .iter()
        .any(|record| record.kind == Kind::NS);
    if referral && message.flags.rd {
        return None;
    }
    let code = told.rcode;
    reply.cause = state_used(work, own, &asked.name, asked.kind, code, cause);
    Some(reply)
}
