//! One candidate name and one type of record.

use super::Families;
use super::server_round::{Answer, ServerRound, Servers};
use super::troubles;
use super::work::Work;
use crate::cache::Found;
use crate::cache::alias::{self, ALIAS_LIMIT};
use crate::exchange::{Input, Order};
use crate::question::{denier, soa};
use crate::wire::{Asked, Kind, Name, Record, rcode};
use crate::{DnsCache, Failure};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

pub(super) enum FamilyResult {
    Records {
        records: Rc<[Record]>,
        cause: Cause,
    },
    Denied {
        denial: Denial,
        cause: Cause,
    },
    Failed {
        failure: Failure,
        cause: Cause,
    },
    /// The others had addresses, and this one did not answer soon enough.
    GivenUp,
}

/// There is no such name, or it has no such record.
pub(super) struct Denial {
    no_name: bool,
    /// Where the aliases end.
    end: Name,
    /// Who said so; `None`: the cache.
    server: Option<SocketAddr>,
    /// The record that says so.
    soa: Option<Rc<Record>>,
}

impl Denial {
    pub(super) fn failure(&self) -> Failure {
        let (name, server) = (self.end.shown(), self.server);
        let zone = self.soa.as_deref().and_then(denier);
        match self.no_name {
            true => Failure::NameNotResolved { name, server, zone },
            false => Failure::NoData {
                name,
                server,
                zone,
                only: Families::Any,
            },
        }
    }
}

pub(super) struct Family {
    /// The name looked up; that of an HTTPS record may have the port in front (RFC 9460, section 9.1).
    pub name: Name,
    pub kind: Kind,
    /// What makes the question necessary.
    pub cause: Cause,
    pub result: Option<FamilyResult>,
    /// The result is from the cache.
    pub is_kept: bool,
    /// The result was there, or was handed out, when the look-up had its outcome.
    pub told: bool,
    /// Who answered.
    pub answered_by: Option<SocketAddr>,
    /// How long that answer took.
    pub took: Option<Duration>,
    /// Servers that were silent or could not be reached before one answered.
    pub passed: Vec<SocketAddr>,
    /// Name at the end of the aliases followed so far, and how many these were.
    end: Name,
    aliases: usize,
    servers: Option<Servers>,
    round: Option<Box<ServerRound>>,
    tokens: u64,
}

impl Family {
    pub(super) fn new(name: Name, kind: Kind, cause: Cause) -> Family {
        Family {
            end: name.clone(),
            name,
            kind,
            cause,
            result: None,
            is_kept: false,
            told: false,
            answered_by: None,
            took: None,
            passed: Vec::new(),
            aliases: 0,
            servers: None,
            round: None,
            tokens: 0,
        }
    }

    pub(super) fn is_of_addresses(&self) -> bool {
        self.kind != Kind::HTTPS
    }

    pub(super) fn records(&self) -> &[Record] {
        match &self.result {
            Some(FamilyResult::Records { records, .. }) => records,
            _ => &[],
        }
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records().iter().filter_map(Record::address)
    }

    pub(super) fn result_cause(&self) -> Cause {
        match self.result.as_ref()? {
            FamilyResult::Records { cause, .. }
            | FamilyResult::Denied { cause, .. }
            | FamilyResult::Failed { cause, .. } => *cause,
            FamilyResult::GivenUp => None,
        }
    }

    /// Takes what the cache has.
    pub(super) fn look(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) {
        let (found, cause) = cache.find(now, &self.name, self.kind, tap, self.cause);
        self.cause = cause;
        match found {
            Found::Missing { why } => {
                let event = tap.emit(cause, || DnsEvent::CacheMissed {
                    name: self.name.shown(),
                    record_type: self.kind.to_string(),
                    why: why.into(),
                });
                self.cause = event.or(cause);
            }
            Found::Records {
                records,
                ttl_left_s,
            } => {
                self.is_kept = true;
                let cause = self.hit(false, ttl_left_s, tap);
                self.result = Some(FamilyResult::Records { records, cause });
            }
            Found::Denial {
                end,
                no_name,
                soa,
                ttl_left_s,
            } => {
                let cause = self.hit(true, ttl_left_s, tap);
                let denial = Denial {
                    no_name,
                    end,
                    server: None,
                    soa: Some(soa),
                };
                self.result = Some(FamilyResult::Denied { denial, cause });
            }
        }
    }

    /// The cache has the answer; `negative` says that it is a denial.
    fn hit(&self, negative: bool, ttl_left_s: u32, tap: &Tap) -> Cause {
        let event = tap.emit(self.cause, || DnsEvent::CacheHit {
            name: self.name.shown(),
            record_type: self.kind.to_string(),
            ttl_left_s,
            negative,
        });
        event.or(self.cause)
    }

    pub(super) fn ask(&mut self, work: &mut Work<'_>, servers: Servers, tokens: u64) {
        self.tokens = tokens;
        self.servers = Some(servers);
        self.begin_round(work, self.cause);
    }

    fn begin_round(&mut self, work: &mut Work<'_>, cause: Cause) {
        let Some(servers) = self.servers.clone() else {
            return;
        };
        let question = Asked {
            name: self.end.clone(),
            kind: self.kind,
            class: 1,
        };
        self.tokens += 1 << 8;
        let round = ServerRound::begin(work, question, servers, self.tokens, cause);
        self.round = Some(Box::new(round));
    }

    pub(super) fn waits_for(&self, token: u64) -> bool {
        self.round
            .as_ref()
            .is_some_and(|round| round.waits_for(token))
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        self.round.as_ref().and_then(|round| round.wake_at())
    }

    pub(super) fn take_order(&mut self) -> Option<Order> {
        self.round.as_mut().and_then(|round| round.take_order())
    }

    pub(super) fn handle(&mut self, work: &mut Work<'_>, input: Input, cache: &mut DnsCache) {
        let Some(round) = &mut self.round else { return };
        match round.handle(work, input) {
            Some(answer) => self.answered(work, answer, cache),
            None => self.check_exhausted(),
        }
    }

    pub(super) fn check_time(&mut self, work: &mut Work<'_>) {
        if let Some(round) = &mut self.round {
            round.check_time(work);
            self.check_exhausted();
        }
    }

    pub(super) fn give_up(&mut self, now: Time, tap: &Tap) {
        if let Some(mut round) = self.round.take() {
            round.give_up(now, tap);
        }
        self.result = Some(FamilyResult::GivenUp);
    }

    fn check_exhausted(&mut self) {
        let Some(round) = self.round.take_if(|round| round.is_exhausted()) else {
            return;
        };
        let failure = troubles::failure(self.name.shown(), round.troubles());
        self.result = Some(FamilyResult::Failed {
            failure,
            cause: round.last_cause(),
        });
    }

    fn answered(&mut self, work: &mut Work<'_>, answer: Answer, cache: &mut DnsCache) {
        if let Some(round) = self.round.take() {
            let silent = round.troubles().iter().filter(|(_, trouble)| {
                use troubles::Trouble::{Silent, Unreachable};
                matches!(trouble, Silent { .. } | Unreachable { .. })
            });
            self.passed.extend(silent.map(|(server, _)| *server));
        }
        self.answered_by = Some(answer.server);
        self.took = Some(self.took.unwrap_or_default().max(answer.took));
        let now = work.now;
        let chain = alias::follow(&answer.message.answers, &self.end, self.kind);
        let mut cause = self.state_authenticity(&answer, work.tap);
        for record in &chain.aliases {
            let event = work.tap.emit(cause, || DnsEvent::AliasFollowed {
                from: record.name.shown(),
                to: record.target().map(|to| to.shown()).unwrap_or_default(),
            });
            cause = event.or(cause);
        }
        self.aliases += chain.aliases.len();
        if chain.endless || self.aliases > ALIAS_LIMIT {
            let failure = Failure::CnameLoop {
                name: self.name.shown(),
                alias: chain.end.shown(),
                server: Some(answer.server),
            };
            self.result = Some(FamilyResult::Failed { failure, cause });
            return;
        }
        let kept = chain.aliases.iter().chain(&chain.records);
        cache.keep_all(now, kept, work.tap, answer.cause);
        if !chain.records.is_empty() {
            let records = chain.records.into();
            self.result = Some(FamilyResult::Records { records, cause });
            return;
        }
        let no_name = answer.message.rcode == rcode::NXDOMAIN;
        let soa = soa(&answer.message);
        // Aliases and no word about their end: the server did not ask on, so it is asked for it.
        if !no_name && !chain.aliases.is_empty() && soa.is_none() {
            self.end = chain.end;
            return self.begin_round(work, cause);
        }
        let message = &answer.message;
        cache.keep_denial(now, &chain.end, self.kind, message, work.tap, answer.cause);
        let denial = Denial {
            no_name,
            end: chain.end,
            server: Some(answer.server),
            soa: soa.cloned().map(Rc::new),
        };
        self.result = Some(FamilyResult::Denied { denial, cause });
    }

    /// What the server says of signatures counts only if nobody on the way to it can change it.
    fn state_authenticity(&self, answer: &Answer, tap: &Tap) -> Cause {
        let trust = self.servers.as_ref().map(|servers| &servers.trust);
        let trusted = trust.and_then(|trust| trust.why(answer.server));
        if !answer.message.flags.ad {
            return answer.cause;
        }
        let (verdict, why) = match trusted {
            Some(why) => (
                "secure",
                format!("{} says so (AD); {why}", answer.server.ip()),
            ),
            None => (
                "unproven",
                format!(
                    "{} says that it is secure (AD), but anybody on the way could say that: resolv.conf has no trust-ad",
                    answer.server.ip()
                ),
            ),
        };
        let event = tap.emit(answer.cause, || DnsEvent::AnswerJudged {
            name: self.end.shown(),
            record_type: self.kind.to_string(),
            verdict: verdict.into(),
            why: why.into(),
        });
        event.or(answer.cause)
    }
}

/// The cause of the result that came last.
pub(super) fn latest_cause(families: &[Family]) -> Cause {
    families.iter().filter_map(Family::result_cause).max()
}
