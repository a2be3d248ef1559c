//! Asks the servers of one zone until one of them answers.

use super::ask::{Heard, Manner, Unheard, ask};
use super::delegation::{Delegation, is_allowed};
use super::iterate::Giver;
use super::judge::{Judgement, judge};
use super::limits::{TARGET_LIMIT, TARGET_MISS_LIMIT, TIME_LIMIT, TRIES_PER_SERVER};
use super::memory::SILENCE_LIMIT;
use super::own_zone::{NOBODY, OwnZone, ask_own};
use super::part::{Ede, Trouble};
use super::rebinding::leave_out_private;
use super::scrub::{Scrubbed, scrub};
use super::targets::{addresses_from_above, addresses_of_server};
use super::task::Work;
use crate::wire::{Asked, Kind, Message, Name, rcode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use thru_events::{Cause, dns::DnsEvent};

/// An answer that counts.
pub(super) struct ZoneAnswer {
    pub giver: Giver,
    pub scrubbed: Scrubbed,
    pub judgement: Judgement,
    pub rcode: u16,
    pub authoritative: bool,
    pub said_authentic: bool,
    /// A record that could not be read.
    pub left_out: Option<Ede>,
    pub cause: Cause,
}

/// What is asked of a zone, and how.
pub(super) struct ZoneQuestion<'a> {
    pub name: &'a Name,
    pub kind: Kind,
    pub depth: u32,
    /// Servers that gave an answer which is not authentic.
    pub avoid: &'a [Giver],
    /// The whole name is told; else the round ends at the first trouble.
    pub whole: bool,
    /// Most times that a question is asked which does not tell the whole name.
    pub patience: u32,
    /// Signatures are expected.
    pub signed: bool,
    pub checking_disabled: bool,
}

/// One round over the servers of a zone.
struct Round<'a> {
    work: &'a Work,
    question: &'a ZoneQuestion<'a>,
    tries: BTreeMap<SocketAddr, u32>,
    /// An answer that is better than none.
    last_resort: Option<ZoneAnswer>,
    /// The most telling thing a server said.
    trouble: Option<Trouble>,
    misses: u32,
    attempt: u32,
    /// A server said that it failed.
    failed: bool,
    /// What is told of records that the last answer had and the client does not get.
    kept_back: Option<Ede>,
}

/// Asks the servers of a zone.
pub(super) async fn ask_zone(
    work: &Work,
    delegation: &mut Delegation,
    question: &ZoneQuestion<'_>,
    mut cause: Cause,
) -> Result<ZoneAnswer, Trouble> {
    let mut round = Round {
        work,
        question,
        tries: BTreeMap::new(),
        last_resort: None,
        trouble: None,
        misses: 0,
        attempt: 0,
        failed: false,
        kept_back: None,
    };
    if let Some(own) = delegation.own.clone() {
        return round.ask_own(&own, delegation, cause).await;
    }
    loop {
        let best = round.choose(delegation);
        // RFC 9156, section 3: who does not like the short question is told the whole name.
        let disliked = round.attempt >= question.patience || round.failed;
        if !question.whole && disliked {
            return round.end(delegation, cause);
        }
        // Before a silent server is asked again, others are looked for.
        if best.is_none_or(|(_, tried)| tried > 0) && round.more_addresses(delegation, cause).await
        {
            continue;
        }
        let Some((server, _)) = best else {
            if !delegation.with_parents && delegation.add_parents(work) {
                continue;
            }
            if round.ask_above(delegation, cause).await {
                continue;
            }
            return round.end(delegation, cause);
        };
        round.attempt += 1;
        let asked = Asked {
            name: question.name.clone(),
            kind: question.kind,
            class: 1,
        };
        let manner = Manner {
            recursion_desired: delegation.forwarded,
            dnssec_ok: true,
            checking_disabled: question.checking_disabled && delegation.forwarded,
            by_tcp: delegation.by_tcp,
            attempt: round.attempt,
        };
        match ask(work, server, &asked, manner, cause).await {
            Err(Unheard::TooMuch) => return Err(round.too_much(cause)),
            Err(unheard) => {
                cause = unheard.cause().or(cause);
                round.unheard(server, &unheard);
            }
            Ok(mut heard) => {
                cause = heard.cause;
                round.kept_back = leave_out_private(work, server, &mut heard.message, cause);
                if let Some(answer) = round.heard(server, delegation, heard) {
                    return Ok(answer);
                }
            }
        }
    }
}

/// The question has made as much work as it may.
pub(super) fn too_much(work: &Work, cause: Cause) -> Trouble {
    let (limit, value) = work
        .spent
        .reached
        .get()
        .unwrap_or(("work for one question", 0));
    let event = work
        .tap()
        .emit(cause, || thru_events::trip::TripEvent::LimitReached {
            stage: thru_events::Stage::Dns,
            limit: limit.into(),
            value: value.into(),
        });
    // RFC 8914, section 4.23: nobody answered in the time that there is.
    let code = if limit == TIME_LIMIT { 22 } else { 0 };
    Trouble::new(
        code,
        format!("the limit of {value} {limit} is reached"),
        event.or(cause),
    )
}

impl Round<'_> {
    /// The server with the shortest time that has not been tried too often.
    fn choose(&self, delegation: &Delegation) -> Option<(SocketAddr, u32)> {
        let zone = &delegation.zone;
        let usable = delegation.addresses().filter(|address| {
            is_allowed(self.work, address.ip())
                && !self.question.avoid.contains(&Giver::Server(*address))
                && self
                    .tries
                    .get(address)
                    .is_none_or(|tries| *tries < TRIES_PER_SERVER)
        });
        let unknown = self.work.config.timeout;
        let weighed = usable.filter_map(|address| {
            self.work.memory(|memory, now| {
                if memory.is_lame(now, address, zone, self.question.kind) && !delegation.configured
                {
                    return None;
                }
                let facts = memory.server(now, address);
                let tried = self.tries.get(&address).copied().unwrap_or(0);
                let dead = facts.silences >= SILENCE_LIMIT;
                Some((tried, dead, facts.expected_us(unknown), address))
            })
        });
        // Of equals the one that is named first.
        let best = weighed.reduce(|best, next| {
            let key = |it: &(u32, bool, u64, SocketAddr)| (it.0, it.1, it.2);
            if key(&next) < key(&best) { next } else { best }
        });
        best.map(|(tried, _, _, address)| (address, tried))
    }

    /// Looks for addresses of one more server. Gives whether there may be more to ask.
    async fn more_addresses(&mut self, delegation: &mut Delegation, cause: Cause) -> bool {
        let (work, depth) = (self.work, self.question.depth);
        let families = [
            (Kind::A, work.config.by_ipv4),
            (Kind::AAAA, work.config.by_ipv6),
        ];
        for server in &mut delegation.servers {
            let Some(name) = server.name.clone() else {
                continue;
            };
            for (index, (kind, allowed)) in families.into_iter().enumerate() {
                if !allowed || server.searched[index] {
                    continue;
                }
                server.searched[index] = true;
                let spent = &work.spent;
                if self.misses >= TARGET_MISS_LIMIT
                    || !spent.take(
                        &spent.targets,
                        TARGET_LIMIT,
                        "addresses of servers to look for",
                    )
                {
                    return false;
                }
                let found = addresses_of_server(work, &name, kind, depth, cause).await;
                let new: Vec<SocketAddr> = found
                    .into_iter()
                    .filter(|address| !server.addresses.contains(address))
                    .collect();
                if new.is_empty() {
                    let last = server
                        .searched
                        .iter()
                        .zip(families)
                        .all(|(searched, (_, allowed))| *searched || !allowed);
                    self.misses += u32::from(server.addresses.is_empty() && last);
                    continue;
                }
                server.addresses.extend(new);
                return true;
            }
        }
        false
    }

    /// Asks the zone above for the addresses of servers that cannot be found otherwise: their
    /// names lie in the zone itself, and the referral came without glue.
    async fn ask_above(&mut self, delegation: &mut Delegation, cause: Cause) -> bool {
        if delegation.configured || delegation.zone.is_root() {
            return false;
        }
        let (work, depth) = (self.work, self.question.depth);
        let zone = delegation.zone.clone();
        while let Some(server) = delegation.servers.get_mut(delegation.asked_above) {
            delegation.asked_above += 1;
            let Some(name) = server.name.clone() else {
                continue;
            };
            let spent = &work.spent;
            let within = spent.take(
                &spent.targets,
                TARGET_LIMIT,
                "addresses of servers to look for",
            );
            if !within {
                return false;
            }
            let found = addresses_from_above(work, &zone, &name, depth, cause).await;
            let new = found.into_iter();
            let new: Vec<SocketAddr> = new
                .filter(|address| !server.addresses.contains(address))
                .collect();
            if !new.is_empty() {
                server.addresses.extend(new);
                return true;
            }
        }
        false
    }

    /// Asks the zone of our own that stands for the servers.
    async fn ask_own(
        &mut self,
        own: &OwnZone,
        delegation: &Delegation,
        cause: Cause,
    ) -> Result<ZoneAnswer, Trouble> {
        let question = self.question;
        if question.avoid.contains(&Giver::OwnZone) {
            let why = format!("our copy of {} has no better answer", own.name().shown());
            return Err(Trouble::new(6, why, cause));
        }
        let (name, kind) = (question.name, question.kind);
        let heard = ask_own(self.work, own, name, kind, question.depth, cause).await?;
        match self.heard(NOBODY, delegation, heard) {
            Some(answer) => Ok(answer),
            None => self.end(delegation, cause),
        }
    }

    fn unheard(&mut self, server: SocketAddr, unheard: &Unheard) {
        let tries = self.tries.entry(server).or_default();
        *tries = match unheard {
            Unheard::Silent(_) => *tries + 1,
            _ => TRIES_PER_SERVER,
        };
        let words = format!("{server}: {}", unheard.words());
        if self.trouble.is_none() {
            // RFC 8914, section 4.24.
            self.trouble = Some(Trouble::new(23, words, unheard.cause()));
        }
    }

    fn heard(
        &mut self,
        server: SocketAddr,
        delegation: &Delegation,
        heard: Heard,
    ) -> Option<ZoneAnswer> {
        let (question, message) = (self.question, &heard.message);
        let zone = &delegation.zone;
        let mut scrubbed = scrub(
            message,
            question.name,
            question.kind,
            zone,
            delegation.forwarded || question.signed,
        );
        scrubbed.take_ds_of_referral(question.name, question.kind);
        state_refused(self.work, server, &scrubbed, heard.cause);
        state_left_out(self.work, server, question, message, heard.cause);
        let judgement = judge(
            message,
            &scrubbed,
            question.name,
            question.kind,
            zone,
            delegation.forwarded,
        );
        let answer = ZoneAnswer {
            giver: match server {
                NOBODY => Giver::OwnZone,
                server => Giver::Server(server),
            },
            scrubbed,
            judgement,
            rcode: message.rcode,
            authoritative: message.flags.aa,
            said_authentic: message.flags.ad,
            left_out: self.kept_back.take().or_else(|| left_out(message)),
            cause: heard.cause,
        };
        let asks_on = message.flags.ra && !message.flags.aa && !delegation.forwarded;
        match &answer.judgement {
            Judgement::Lame(why) => {
                // Who is odd about NS alone may well answer the question itself.
                let counts = question.whole || question.kind == Kind::A;
                let remember = counts && !delegation.configured && answer.scrubbed.names_servers();
                self.set_aside(server, zone, why, heard.cause, remember);
                if self.trouble.is_none() {
                    let words = format!("{server} does not serve {}: {why}", zone.shown());
                    self.trouble = Some(Trouble::new(22, words, heard.cause));
                }
                None
            }
            Judgement::Failed(code) => {
                self.failed = true;
                let words = match delegation.forwarded {
                    true => format!("{server} says {}", rcode::text(*code)),
                    false => format!(
                        "{server} does not serve {}: it says {}",
                        zone.shown(),
                        rcode::text(*code)
                    ),
                };
                let said = crate::question::explained(message);
                let words = match &said {
                    Some(said) if !said.text.is_empty() => format!("{words}: {}", said.text),
                    _ => words,
                };
                self.set_aside(server, zone, &words, heard.cause, false);
                let mut trouble = Trouble::new(22, words, heard.cause);
                if delegation.forwarded {
                    // Its reason is passed on as it is; without one there is none.
                    trouble.rcode = *code;
                    trouble.explained = said.unwrap_or_else(|| Ede::new(0, trouble.explained.text));
                }
                self.trouble = Some(trouble);
                None
            }
            Judgement::Referral(_) => Some(answer),
            _ if asks_on => {
                let why = "it asks on for others, and does not have the zone itself";
                self.set_aside(server, zone, why, heard.cause, false);
                self.last_resort = Some(answer);
                None
            }
            Judgement::NoData if !delegation.forwarded && answer.scrubbed.says_nothing() => {
                let why = "its answer is empty";
                self.set_aside(server, zone, why, heard.cause, false);
                self.last_resort = Some(answer);
                None
            }
            _ if question.signed && lacks_signatures(&answer) => {
                let why = "the zone is signed, and its answer is not";
                self.set_aside(server, zone, why, heard.cause, false);
                self.last_resort = Some(answer);
                None
            }
            _ => Some(answer),
        }
    }

    fn set_aside(
        &mut self,
        server: SocketAddr,
        zone: &Name,
        why: &str,
        cause: Cause,
        remember: bool,
    ) {
        self.tries.insert(server, TRIES_PER_SERVER);
        self.work.tap().emit(cause, || DnsEvent::ServerSetAside {
            server,
            zone: zone.shown(),
            why: why.to_owned().into(),
        });
        if remember {
            self.work
                .memory(|memory, now| memory.know_lame(now, server, zone, self.question.kind));
        }
    }

    /// The end of the work, and what a server's trouble was before it.
    fn too_much(&mut self, cause: Cause) -> Trouble {
        let mut end = too_much(self.work, cause);
        if let Some(before) = self.trouble.take() {
            let Ede { code, text } = before.explained;
            end.explained = Ede::new(code, format!("{}; {text}", end.explained.text));
        }
        end
    }

    fn end(&mut self, delegation: &Delegation, cause: Cause) -> Result<ZoneAnswer, Trouble> {
        if let Some(answer) = self.last_resort.take() {
            return Ok(answer);
        }
        if self.work.spent.reached.get().is_some() {
            return Err(self.too_much(cause));
        }
        let nobody = || {
            let words = format!("no server of {} has an address", delegation.zone.shown());
            Trouble::new(22, words, cause)
        };
        Err(self.trouble.take().unwrap_or_else(nobody))
    }
}

fn lacks_signatures(answer: &ZoneAnswer) -> bool {
    let scrubbed = &answer.scrubbed;
    let counted = scrubbed.answers.iter().chain(&scrubbed.authorities);
    !counted.into_iter().any(|set| !set.signatures.is_empty())
}

fn state_refused(work: &Work, server: SocketAddr, scrubbed: &Scrubbed, cause: Cause) {
    let tap = work.tap();
    if !tap.is_on() {
        return;
    }
    for (name, kind, why) in &scrubbed.refused {
        tap.emit(cause, || DnsEvent::RecordRefused {
            server,
            name: name.shown(),
            record_type: kind.to_string(),
            why: (*why).into(),
        });
    }
}

/// What is told the client of records that could not be read.
fn left_out(message: &Message) -> Option<Ede> {
    let first = message.left_out.first()?;
    let why = format!("a record of the answer cannot be read: {first}");
    Some(Ede::new(0, why))
}

/// Records that could not be read.
fn state_left_out(
    work: &Work,
    server: SocketAddr,
    question: &ZoneQuestion<'_>,
    message: &Message,
    cause: Cause,
) {
    for malformed in &message.left_out {
        work.tap().emit(cause, || DnsEvent::RecordRefused {
            server,
            name: question.name.shown(),
            record_type: question.kind.to_string(),
            why: malformed.to_string().into(),
        });
    }
}
