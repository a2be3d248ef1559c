//! The forwarder: what a home router's DNS server does. It asks its own servers, and remembers.

use crate::cache::{Found, Rank};
use crate::exchange::{Chance, Input, Machine, Order};
use crate::message::{Question, shown};
use crate::reply::Reply;
use crate::server_round::{self, Answer, ServerRound, Servers, Trouble};
use crate::{DnsCache, alias};
use hickory_proto::op::ResponseCode;
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// Time for one answer of the servers behind; a client waits 5 s for the whole.
const FORWARD_TIMEOUT: Duration = Duration::from_millis(2000);
/// Rounds over the servers behind.
const FORWARD_ROUNDS: u32 = 2;

/// One client's question on its way through a forwarder.
pub struct Forwarder {
    question: Question,
    chance: Chance,
    round: Option<ServerRound>,
    reply: Option<Reply>,
}

impl Forwarder {
    /// Looks into the cache, and else asks `to`.
    pub fn begin(
        now: Time,
        question: Question,
        to: Vec<SocketAddr>,
        mut chance: Chance,
        cache: &mut DnsCache,
        tap: &Tap,
        cause: Cause,
    ) -> Forwarder {
        let query = question.message.queries[0].clone();
        let found = cache.find(now, query.name(), query.query_type(), Rank::Answer);
        let cause = state_look(&question, &found, tap, cause);
        let reply = Reply::cached(&question, found, cause);
        let servers = Servers {
            addresses: to,
            rounds: FORWARD_ROUNDS,
            timeout: FORWARD_TIMEOUT,
            recursion_desired: true,
        };
        let round = reply
            .is_none()
            .then(|| ServerRound::begin(now, query, servers, 0, &mut chance, tap, cause));
        let mut forwarder = Forwarder {
            question,
            chance,
            round,
            reply,
        };
        forwarder.check_exhausted();
        forwarder
    }

    /// The answer to the client, once it is known.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    fn check_exhausted(&mut self) {
        let Some(round) = self.round.take_if(|round| round.is_exhausted()) else {
            return;
        };
        let rcode = round
            .troubles()
            .iter()
            .find_map(|(_, trouble)| match trouble {
                Trouble::Said { rcode, .. } => Some(*rcode),
                _ => None,
            });
        let why = server_round::failure(self.question.name.clone(), round.troubles()).to_string();
        let rcode = rcode.unwrap_or(ResponseCode::ServFail);
        let cause = round.last_cause();
        self.reply = Some(Reply::error(
            &self.question,
            "forwarder",
            rcode,
            &why,
            cause,
        ));
    }

    fn answered(&mut self, now: Time, answer: Answer, cache: &mut DnsCache, tap: &Tap) {
        self.round = None;
        let query = self.question.message.queries[0].clone();
        let chain = alias::follow(&answer.message.answers, query.name(), query.query_type());
        let kept = chain.aliases.iter().chain(&chain.records);
        cache.keep_all(now, kept, Rank::Answer, tap, answer.cause);
        if chain.records.is_empty() {
            let (end, kind) = (&chain.end, query.query_type());
            cache.keep_denial(now, end, kind, &answer.message, tap, answer.cause);
        }
        let mut reply = Reply::new(&self.question, "forwarder", answer.cause);
        let message = reply.message_mut();
        message.metadata.response_code = answer.message.metadata.response_code;
        message.answers = answer.message.answers;
        message.authorities = answer.message.authorities;
        self.reply = Some(reply);
    }
}

/// States whether the cache has it.
pub(crate) fn state_look(question: &Question, found: &Found, tap: &Tap, cause: Cause) -> Cause {
    let (name, record_type) = (question.name.clone(), question.record_type.clone());
    let event = tap.emit(cause, || match found {
        Found::Missing { why } => DnsEvent::CacheMissed {
            name,
            record_type,
            why: (*why).into(),
        },
        Found::Records { ttl_left_s, .. } => DnsEvent::CacheHit {
            name,
            record_type,
            ttl_left_s: *ttl_left_s,
            negative: false,
        },
        Found::Denial { ttl_left_s, .. } => DnsEvent::CacheHit {
            name,
            record_type,
            ttl_left_s: *ttl_left_s,
            negative: true,
        },
    });
    event.or(cause)
}

impl Machine for Forwarder {
    fn handle(&mut self, now: Time, input: Input, cache: &mut DnsCache, tap: &Tap) {
        let Some(round) = &mut self.round else { return };
        match round.handle(now, input, &mut self.chance, tap) {
            Some(answer) => self.answered(now, answer, cache, tap),
            None => self.check_exhausted(),
        }
    }

    fn poll(&mut self, now: Time, _cache: &mut DnsCache, tap: &Tap) -> Option<Order> {
        self.round.as_mut()?.check_time(now, &mut self.chance, tap);
        self.check_exhausted();
        self.round.as_mut()?.take_order()
    }

    fn wake_at(&self) -> Option<Time> {
        self.round.as_ref()?.wake_at()
    }

    fn waits_for(&self, token: u64) -> bool {
        self.round
            .as_ref()
            .is_some_and(|round| round.waits_for(token))
    }

    fn is_done(&self) -> bool {
        self.reply.is_some()
    }
}

impl std::fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Forwarder({}, {})",
            shown(self.question.message.queries[0].name()),
            self.question.record_type
        )
    }
}
