//! The recursor: finds an answer from the root down (RFC 1034, section 5.3.3).
//!
//! Stage: stage 02, RFC 1034, 2181, 2308, 5452.
//! In: a client's question; answers of authoritative servers. Out: the answer for the client.
//! Emits: `DnsEvent`.
//! How it works: a stack of goals. The lowest is the client's question; above it are the
//! addresses of name servers that came without glue. A goal asks the servers of the nearest zone
//! that is known, and follows referrals and aliases until there are records or a denial.
//! Not here: sockets. GAP: QNAME minimisation, serve-stale, DNSSEC, and one search for several
//! clients with the same question.

mod judge;

use crate::cache::{Found, Rank};
use crate::exchange::{Chance, Input, Machine, Order};
use crate::forwarder::state_look;
use crate::message::{Question, shown};
use crate::reply::Reply;
use crate::server_round::{self, Answer, ServerRound, Servers, Trouble};
use crate::{DnsCache, Failure};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use judge::{Judgement, judge};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// Most rounds of questions for one client's question.
pub const ROUND_LIMIT: u32 = 40;
/// Most goals above each other: the address of a server, of whose zone the server's address ...
pub const DEPTH_LIMIT: usize = 6;
/// Most servers of one zone that are asked.
pub const SERVER_LIMIT: usize = 13;

/// How a recursor asks.
#[derive(Clone, Debug)]
pub struct RecursorConfig {
    /// Addresses of the root's name servers.
    pub root_hints: Vec<SocketAddr>,
    /// Time for one answer.
    pub timeout: Duration,
}

impl RecursorConfig {
    /// With the usual time for one answer.
    pub fn new(root_hints: Vec<SocketAddr>) -> RecursorConfig {
        RecursorConfig {
            root_hints,
            timeout: Duration::from_millis(1000),
        }
    }
}

/// A name whose records are to be found.
struct Goal {
    /// At the end of the aliases followed so far.
    name: Name,
    record_type: RecordType,
    aliases: Vec<Record>,
    /// Zone whose servers are asked.
    zone: Name,
    /// A referral was followed and has not been stated yet.
    referred: bool,
    round: Option<ServerRound>,
    /// Name servers whose address has been looked for.
    searched: Vec<Name>,
}

impl Goal {
    fn new(name: Name, record_type: RecordType) -> Goal {
        Goal {
            name,
            record_type,
            aliases: Vec::new(),
            zone: Name::root(),
            referred: false,
            round: None,
            searched: Vec::new(),
        }
    }
}

/// One client's question on its way through a recursor.
pub struct Recursion {
    question: Question,
    config: Rc<RecursorConfig>,
    chance: Chance,
    goals: Vec<Goal>,
    rounds: u32,
    reply: Option<Reply>,
}

impl Recursion {
    /// Looks into the cache, and else begins to ask.
    pub fn begin(
        now: Time,
        question: Question,
        config: Rc<RecursorConfig>,
        chance: Chance,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Recursion {
        let query = question.message.queries[0].clone();
        let name = query.name().to_lowercase();
        let found = cache.find(now, &name, query.query_type(), Rank::Answer);
        let cause = state_look(&question, &found, tap, cause);
        let mut recursion = Recursion {
            reply: Reply::cached(&question, found, cause),
            goals: vec![Goal::new(name, query.query_type())],
            question,
            config,
            chance,
            rounds: 0,
        };
        if recursion.reply.is_none() {
            recursion.advance(now, cache, tap, cause);
        }
        recursion
    }

    /// The answer to the client, once it is known.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// Works on the topmost goal until somebody is asked or the client has its answer.
    fn advance(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap, cause: Cause) {
        while self.reply.is_none() {
            let depth = self.goals.len();
            let Some(goal) = self.goals.last_mut() else {
                return;
            };
            let rank = if depth == 1 {
                Rank::Answer
            } else {
                Rank::Referral
            };
            match cache.find(now, &goal.name, goal.record_type, rank) {
                Found::Missing { .. } => {}
                found => {
                    self.reached(found, cause);
                    continue;
                }
            }
            let (zone, addresses, nameless) =
                nearest(cache, now, &goal.name, &self.config.root_hints);
            goal.zone = zone;
            if !addresses.is_empty() {
                return self.ask(now, addresses, tap, cause);
            }
            let next = nameless
                .into_iter()
                .find(|server| !goal.searched.contains(server));
            match next {
                Some(server) if depth < DEPTH_LIMIT => {
                    goal.searched.push(server.clone());
                    self.goals.push(Goal::new(server, RecordType::A));
                }
                _ => {
                    let zone = shown(&goal.zone);
                    let why = format!("no name server of {zone} has an address that can be found");
                    self.give_up(why, cause);
                }
            }
        }
    }

    fn ask(&mut self, now: Time, addresses: Vec<SocketAddr>, tap: &Tap, cause: Cause) {
        self.rounds += 1;
        if self.rounds > ROUND_LIMIT {
            self.goals.truncate(1);
            return self.give_up(
                format!("more than {ROUND_LIMIT} rounds of questions"),
                cause,
            );
        }
        let Some(goal) = self.goals.last_mut() else {
            return;
        };
        let mut cause = cause;
        if std::mem::take(&mut goal.referred) {
            let (zone, server) = (shown(&goal.zone), addresses[0]);
            cause = tap
                .emit(cause, || DnsEvent::ReferralFollowed { zone, server })
                .or(cause);
        }
        let servers = Servers {
            addresses,
            rounds: 2,
            timeout: self.config.timeout,
            recursion_desired: false,
        };
        let query = Query::query(goal.name.clone(), goal.record_type);
        let token = u64::from(self.rounds) << 16;
        goal.round = Some(ServerRound::begin(
            now,
            query,
            servers,
            token,
            &mut self.chance,
            tap,
            cause,
        ));
    }

    /// The cache has what the topmost goal looks for.
    fn reached(&mut self, found: Found, cause: Cause) {
        let Some(goal) = self.goals.pop() else { return };
        if !self.goals.is_empty() {
            return;
        }
        if let Some(mut reply) = Reply::cached(&self.question, found, cause) {
            let message = reply.message_mut();
            message.answers.splice(0..0, goal.aliases);
            reply.source = "recursion".into();
            self.reply = Some(reply);
        }
    }

    /// The topmost goal has its answer from a server.
    fn finish(&mut self, message: Message, records: Vec<Record>, cause: Cause) {
        let Some(goal) = self.goals.pop() else { return };
        if !self.goals.is_empty() {
            return;
        }
        let mut reply = Reply::new(&self.question, "recursion", cause);
        let answer = reply.message_mut();
        answer.metadata.response_code = message.metadata.response_code;
        answer.answers = goal.aliases;
        if records.is_empty() {
            let soa = |record: &Record| record.record_type() == RecordType::SOA;
            answer.authorities = message.authorities.into_iter().filter(soa).collect();
        }
        answer.answers.extend(records);
        self.reply = Some(reply);
    }

    /// The topmost goal cannot be reached. Below another it is one server less; the lowest is the
    /// client's.
    fn give_up(&mut self, why: String, cause: Cause) {
        self.goals.pop();
        if self.goals.is_empty() {
            let rcode = ResponseCode::ServFail;
            self.reply = Some(Reply::error(
                &self.question,
                "recursion",
                rcode,
                &why,
                cause,
            ));
        }
    }

    fn answered(&mut self, now: Time, answer: Answer, cache: &mut DnsCache, tap: &Tap) {
        let Some(goal) = self.goals.last_mut() else {
            return;
        };
        let judgement = judge(&answer.message, &goal.name, goal.record_type, &goal.zone);
        match judgement {
            Judgement::Lame => {
                if let Some(round) = &mut goal.round {
                    round.reject(now, &answer, Trouble::Lame, &mut self.chance, tap);
                }
                self.check_exhausted(now, cache, tap);
            }
            Judgement::Referral {
                zone,
                servers,
                glue,
            } => {
                goal.round = None;
                goal.referred = true;
                goal.zone = zone;
                let kept = servers.iter().chain(&glue);
                cache.keep_all(now, kept, Rank::Referral, tap, answer.cause);
                self.advance(now, cache, tap, answer.cause);
            }
            Judgement::Denied { aliases } => {
                goal.round = None;
                let cause = self.follow(now, &aliases, cache, tap, answer.cause);
                let Some(goal) = self.goals.last() else {
                    return;
                };
                let (name, kind) = (goal.name.clone(), goal.record_type);
                cache.keep_denial(now, &name, kind, &answer.message, tap, answer.cause);
                self.finish(answer.message, Vec::new(), cause);
                self.advance(now, cache, tap, cause);
            }
            Judgement::Records { aliases, records } => {
                goal.round = None;
                cache.keep_all(now, records.iter(), Rank::Answer, tap, answer.cause);
                let cause = self.follow(now, &aliases, cache, tap, answer.cause);
                self.finish(answer.message, records, cause);
                self.advance(now, cache, tap, cause);
            }
            Judgement::Alias { aliases } => {
                goal.round = None;
                let cause = self.follow(now, &aliases, cache, tap, answer.cause);
                self.advance(now, cache, tap, cause);
            }
            Judgement::Endless { alias } => {
                let name = shown(&goal.name);
                let failure = Failure::CnameLoop {
                    name,
                    alias,
                    server: None,
                };
                self.give_up(failure.to_string(), answer.cause);
                self.advance(now, cache, tap, answer.cause);
            }
        }
    }

    /// Follows aliases to the goal's next name.
    fn follow(
        &mut self,
        now: Time,
        aliases: &[Record],
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Cause {
        let mut last = cause;
        cache.keep_all(now, aliases.iter(), Rank::Answer, tap, cause);
        let Some(goal) = self.goals.last_mut() else {
            return last;
        };
        for record in aliases {
            let RData::CNAME(target) = &record.data else {
                continue;
            };
            let (from, to) = (shown(&record.name), shown(&target.0));
            last = tap
                .emit(last, || DnsEvent::AliasFollowed { from, to })
                .or(last);
            goal.name = target.0.to_lowercase();
            goal.aliases.push(record.clone());
        }
        let name = goal.name.clone();
        let circle = goal.aliases.iter().any(|record| record.name == name);
        if circle || goal.aliases.len() > crate::alias::ALIAS_LIMIT {
            let failure = Failure::CnameLoop {
                name: self.question.name.clone(),
                alias: shown(&name),
                server: None,
            };
            self.goals.truncate(1);
            self.give_up(failure.to_string(), last);
        }
        last
    }

    fn check_exhausted(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) {
        let Some(goal) = self.goals.last_mut() else {
            return;
        };
        let Some(round) = goal.round.take_if(|round| round.is_exhausted()) else {
            return;
        };
        let lame = round
            .troubles()
            .iter()
            .rev()
            .find(|(_, trouble)| *trouble == Trouble::Lame);
        let name = shown(&goal.name);
        let failure = match lame {
            Some((server, _)) => Failure::LameDelegation {
                name,
                server: *server,
                zone: shown(&goal.zone),
            },
            None => server_round::failure(name, round.troubles()),
        };
        let cause = round.last_cause();
        self.give_up(failure.to_string(), cause);
        self.advance(now, cache, tap, cause);
    }
}

/// The nearest zone above `name` that has name servers with known addresses, these, and the
/// servers outside of their zone whose address is not known.
fn nearest(
    cache: &DnsCache,
    now: Time,
    name: &Name,
    root_hints: &[SocketAddr],
) -> (Name, Vec<SocketAddr>, Vec<Name>) {
    let mut zone = name.clone();
    while !zone.is_root() {
        let servers = cache.servers(now, &zone);
        let addresses: Vec<SocketAddr> = servers
            .iter()
            .flat_map(|server| cache.addresses(now, server))
            .map(|address: IpAddr| SocketAddr::new(address, 53))
            .take(SERVER_LIMIT)
            .collect();
        let outside = servers.into_iter().filter(|server| !zone.zone_of(server));
        let nameless: Vec<Name> = outside.collect();
        if !addresses.is_empty() || !nameless.is_empty() {
            return (zone, addresses, nameless);
        }
        zone = zone.base_name();
    }
    (Name::root(), root_hints.to_vec(), Vec::new())
}

impl Machine for Recursion {
    fn handle(&mut self, now: Time, input: Input, cache: &mut DnsCache, tap: &Tap) {
        let round = self.goals.last_mut().and_then(|goal| goal.round.as_mut());
        let Some(round) = round else { return };
        match round.handle(now, input, &mut self.chance, tap) {
            Some(answer) => self.answered(now, answer, cache, tap),
            None => self.check_exhausted(now, cache, tap),
        }
    }

    fn poll(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) -> Option<Order> {
        if let Some(round) = self.goals.last_mut().and_then(|goal| goal.round.as_mut()) {
            round.check_time(now, &mut self.chance, tap);
            self.check_exhausted(now, cache, tap);
        }
        self.goals.last_mut()?.round.as_mut()?.take_order()
    }

    fn wake_at(&self) -> Option<Time> {
        self.goals.last()?.round.as_ref()?.wake_at()
    }

    fn waits_for(&self, token: u64) -> bool {
        let round = self.goals.last().and_then(|goal| goal.round.as_ref());
        round.is_some_and(|round| round.waits_for(token))
    }

    fn is_done(&self) -> bool {
        self.reply.is_some()
    }
}

#[cfg(test)]
mod tests;
