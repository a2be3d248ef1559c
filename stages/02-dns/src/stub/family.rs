//! One candidate name and one kind of address.

use crate::alias::{self, ALIAS_LIMIT, Chain};
use crate::cache::Rank;
use crate::exchange::{Chance, Input, Order};
use crate::failure::Denier;
use crate::message::{denier, shown, soa};
use crate::server_round::{self, Answer, ServerRound, Servers};
use crate::{DnsCache, Failure};
use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::net::IpAddr;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

pub(super) enum FamilyResult {
    Addresses {
        addresses: Vec<IpAddr>,
        cause: Cause,
    },
    Denied {
        failure: Failure,
        cause: Cause,
    },
    Failed {
        failure: Failure,
        cause: Cause,
    },
    /// The other family had addresses, and this one did not answer soon enough.
    GivenUp,
}

pub(super) struct Family {
    pub name: Name,
    pub record_type: RecordType,
    /// What makes the question necessary.
    pub cause: Cause,
    pub result: Option<FamilyResult>,
    /// Name at the end of the aliases followed so far, and how many these were.
    end: Name,
    aliases: usize,
    servers: Option<Servers>,
    round: Option<ServerRound>,
    tokens: u64,
}

impl Family {
    pub(super) fn new(name: Name, record_type: RecordType, cause: Cause) -> Family {
        Family {
            end: name.clone(),
            name,
            record_type,
            cause,
            result: None,
            aliases: 0,
            servers: None,
            round: None,
            tokens: 0,
        }
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        match &self.result {
            Some(FamilyResult::Addresses { addresses, .. }) => addresses.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn result_cause(&self) -> Cause {
        match self.result.as_ref()? {
            FamilyResult::Addresses { cause, .. }
            | FamilyResult::Denied { cause, .. }
            | FamilyResult::Failed { cause, .. } => *cause,
            FamilyResult::GivenUp => None,
        }
    }

    pub(super) fn missed(&mut self, why: &'static str, tap: &Tap) {
        let event = tap.emit(self.cause, || DnsEvent::CacheMissed {
            name: shown(&self.name),
            record_type: self.record_type.to_string(),
            why: why.into(),
        });
        self.cause = event.or(self.cause);
    }

    /// The cache has the answer; `denied` says that there is no name (true) or no record.
    pub(super) fn hit(
        &mut self,
        chain: &Chain,
        denied: Option<(bool, Option<Denier>)>,
        ttl_left_s: u32,
        tap: &Tap,
    ) {
        let negative = denied.is_some();
        let event = tap.emit(self.cause, || DnsEvent::CacheHit {
            name: shown(&self.name),
            record_type: self.record_type.to_string(),
            ttl_left_s,
            negative,
        });
        let cause = event.or(self.cause);
        self.result = Some(match denied {
            None => FamilyResult::Addresses {
                addresses: addresses(chain),
                cause,
            },
            Some((no_name, zone)) => {
                let failure = denial(no_name, shown(&chain.end), None, zone);
                FamilyResult::Denied { failure, cause }
            }
        });
    }

    pub(super) fn ask(
        &mut self,
        now: Time,
        servers: Servers,
        tokens: u64,
        chance: &mut Chance,
        tap: &Tap,
    ) {
        self.tokens = tokens;
        self.servers = Some(servers.clone());
        self.begin_round(now, servers, chance, tap, self.cause);
    }

    fn begin_round(
        &mut self,
        now: Time,
        servers: Servers,
        chance: &mut Chance,
        tap: &Tap,
        cause: Cause,
    ) {
        let question = Query::query(self.end.clone(), self.record_type);
        self.tokens += 1 << 8;
        let round = ServerRound::begin(now, question, servers, self.tokens, chance, tap, cause);
        self.round = Some(round);
    }

    pub(super) fn waits_for(&self, token: u64) -> bool {
        self.round
            .as_ref()
            .is_some_and(|round| round.waits_for(token))
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        self.round.as_ref().and_then(ServerRound::wake_at)
    }

    pub(super) fn take_order(&mut self) -> Option<Order> {
        self.round.as_mut().and_then(ServerRound::take_order)
    }

    pub(super) fn handle(
        &mut self,
        now: Time,
        input: Input,
        cache: &mut DnsCache,
        chance: &mut Chance,
        tap: &Tap,
    ) {
        let Some(round) = &mut self.round else { return };
        match round.handle(now, input, chance, tap) {
            Some(answer) => self.answered(now, answer, cache, chance, tap),
            None => self.check_exhausted(),
        }
    }

    pub(super) fn check_time(&mut self, now: Time, chance: &mut Chance, tap: &Tap) {
        if let Some(round) = &mut self.round {
            round.check_time(now, chance, tap);
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
        let failure = server_round::failure(shown(&self.name), round.troubles());
        self.result = Some(FamilyResult::Failed {
            failure,
            cause: round.last_cause(),
        });
    }

    fn answered(
        &mut self,
        now: Time,
        answer: Answer,
        cache: &mut DnsCache,
        chance: &mut Chance,
        tap: &Tap,
    ) {
        self.round = None;
        let chain = alias::follow(&answer.message.answers, &self.end, self.record_type);
        let mut cause = answer.cause;
        for record in &chain.aliases {
            let from = shown(&record.name);
            let RData::CNAME(target) = &record.data else {
                continue;
            };
            let event = tap.emit(cause, || DnsEvent::AliasFollowed {
                from,
                to: shown(&target.0),
            });
            cause = event.or(cause);
        }
        self.aliases += chain.aliases.len();
        if chain.endless || self.aliases > ALIAS_LIMIT {
            let failure = Failure::CnameLoop {
                name: shown(&self.name),
                alias: shown(&chain.end),
                server: Some(answer.server),
            };
            self.result = Some(FamilyResult::Failed { failure, cause });
            return;
        }
        let kept = chain.aliases.iter().chain(&chain.records);
        cache.keep_all(now, kept, Rank::Answer, tap, answer.cause);
        if !chain.records.is_empty() {
            let addresses = addresses(&chain);
            self.result = Some(FamilyResult::Addresses { addresses, cause });
            return;
        }
        let no_name = answer.message.metadata.response_code == ResponseCode::NXDomain;
        let soa = soa(&answer.message);
        // Aliases and no word about their end: the server did not ask on, so it is asked for it.
        if !no_name && !chain.aliases.is_empty() && soa.is_none() {
            self.end = chain.end;
            if let Some(servers) = self.servers.clone() {
                self.begin_round(now, servers, chance, tap, cause);
            }
            return;
        }
        cache.keep_denial(
            now,
            &chain.end,
            self.record_type,
            &answer.message,
            tap,
            answer.cause,
        );
        let zone = soa.and_then(denier);
        let failure = denial(no_name, shown(&chain.end), Some(answer.server), zone);
        self.result = Some(FamilyResult::Denied { failure, cause });
    }
}

/// The cause of the result that came last.
pub(super) fn latest_cause(families: &[Family]) -> Cause {
    families.iter().filter_map(Family::result_cause).max()
}

fn addresses(chain: &Chain) -> Vec<IpAddr> {
    let addresses = chain
        .records
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        });
    addresses.collect()
}

fn denial(
    no_name: bool,
    name: String,
    server: Option<std::net::SocketAddr>,
    zone: Option<Denier>,
) -> Failure {
    match no_name {
        true => Failure::NameNotResolved { name, server, zone },
        false => Failure::NoData { name, server, zone },
    }
}
