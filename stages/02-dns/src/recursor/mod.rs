//! The recursor: finds an answer from the root down, and says whether it is authentic.
//!
//! Stage: stage 02, RFC 1034 (section 5.3.3), 2181, 2308, 4035, 5452, 6672, 6761 (section 6.3), 8020, 8109, 8198, 8767, 8914, 9156, 9520.
//! In: a client's question; answers of servers. Out: the answer for the client.
//! Emits: `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: `resolve` looks into the `memory` and follows aliases; `iterate` goes down from the nearest zone that is
//! known (`delegation`), telling as little as it needs (`minimise`); `zone_round` asks one zone's servers, `ask` one server;
//! `scrub` and `judge` say what of an answer counts; `trust` and `validate` check signatures with the room `dnssec`; `limits`
//! end what makes too much work. The steps are futures that `task` runs inside of the machine. With a route for the root it
//! is a forwarder.
//! Not here: sockets. `own_zone` has zones of the resolver's own, `shared` lets several clients with the same question wait for one search.

mod aggressive;
mod ask;
mod config;
mod delegation;
mod dns64;
mod iterate;
mod judge;
pub(crate) mod limits;
pub(crate) mod memory;
mod minimise;
mod own_zone;
mod part;
mod rebinding;
mod reply;
mod resolve;
mod root_hints;
mod scrub;
mod shared;
mod targets;
mod task;
mod trust;
mod validate;
mod zone_round;

use crate::DnsCache;
use crate::exchange::{Chance, Input, Machine, Order};
use crate::question::Question;
use crate::reply::Reply;
use crate::wire::Asked;
pub(crate) use ask::referral_text;
pub use config::{RecursorConfig, Route, Stale};
pub use dns64::Dns64;
use dns64::resolve_or_make;
use memory::{Look, Memory};
pub use own_zone::{DigestCheck, OwnZone};
use own_zone::{Found, answer_client};
pub use part::{Ede, Security};
use resolve::{Answer, Wish, resolve};
pub use root_hints::root_hints;
pub use shared::{Begun, Join, SHARED_LIMIT, Searches, SharedAnswer, Waiting};
use std::rc::Rc;
use task::{Landed, Step, Work, go_on};
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// Part of an answer's time below which it is asked for again, in hundredths.
const PREFETCH_BELOW: u32 = 10;

/// One client's question on its way through a recursor.
pub struct Recursion {
    question: Question,
    work: Work,
    search: Option<Step<'static, Found>>,
    /// Goes on after the client has its answer.
    refresh: Option<Step<'static, ()>>,
    stale_at: Option<Time>,
    reply: Option<Reply>,
    /// The answer was not there at once.
    was_open: bool,
    /// What the reply was made of, if it was not.
    found: Option<Rc<Result<Answer, part::Trouble>>>,
    cause: Cause,
}

impl Recursion {
    /// The reply to a question for which nothing is looked for: it is refused, or about this machine. Whoever lets several
    /// clients wait for one search asks this first.
    pub fn without_search(
        question: &Question,
        config: &RecursorConfig,
        cause: Cause,
    ) -> Option<Reply> {
        reply::refusal(question, config, cause)
            .or_else(|| reply::localhost(question, config, cause))
    }

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
        let work = Work::new(now, config, chance, tap.clone(), cache.calendar_at_zero_s());
        let mut recursion = Recursion {
            question,
            work,
            search: None,
            refresh: None,
            stale_at: None,
            reply: None,
            was_open: false,
            found: None,
            cause,
        };
        let (question, config) = (&recursion.question, &recursion.work.config);
        recursion.reply = Recursion::without_search(question, config, cause);
        if recursion.reply.is_none() {
            recursion.within(now, cache, tap, Recursion::start);
        }
        recursion
    }

    fn start(&mut self) {
        let checking = !self.question.message.flags.cd;
        let asks_on = self.question.message.flags.rd;
        let wish = Wish {
            checking,
            kept_only: !asks_on,
            referral: !asks_on,
            ..Wish::default()
        };
        self.search = Some(self.finding(wish));
        self.stale_at = self.work.config.stale.map(|stale| {
            // Who asks again, or the same as another, does not wait anew.
            let asked = &self.question.message.questions[0];
            let began =
                |memory: &mut Memory, now| memory.search_begins(now, &asked.name, asked.kind);
            self.work.memory(began).after(stale.after)
        });
        self.run();
        self.was_open = self.reply.is_none();
        self.consider_prefetch(checking);
        self.consider_refresh(checking);
    }

    /// Out of an own zone, or as it is found.
    fn finding(&self, wish: Wish) -> Step<'static, Found> {
        let search = self.searching(wish);
        if self.work.config.own_zones.is_empty() {
            return Box::pin(async move { Found::Answer(search.await) });
        }
        let (work, question, cause) = (self.work.clone(), self.question.clone(), self.cause);
        Box::pin(async move {
            match answer_client(&work, &question, cause).await {
                Ok(Some(reply)) => Found::Own(Box::new(reply)),
                Ok(None) => Found::Answer(search.await),
                Err(trouble) => Found::Answer(Err(trouble)),
            }
        })
    }

    fn searching(&self, wish: Wish) -> Step<'static, Result<Answer, part::Trouble>> {
        let (work, cause) = (self.work.clone(), self.cause);
        let asked = self.question.message.questions[0].clone();
        let raw = self.question.wants_what_there_is();
        Box::pin(
            async move { resolve_or_make(&work, asked.name, asked.kind, wish, raw, cause).await },
        )
    }

    /// Lends the memory to the steps while they run.
    fn within(
        &mut self,
        now: Time,
        cache: &mut DnsCache,
        tap: &Tap,
        run: impl FnOnce(&mut Recursion),
    ) {
        let lend = |work: &Work, cache: &mut DnsCache| {
            std::mem::swap(&mut work.state.borrow_mut().memory, cache.server_memory());
        };
        {
            let mut state = self.work.state.borrow_mut();
            state.now = now;
            state.tap = tap.clone();
        }
        lend(&self.work, cache);
        run(self);
        lend(&self.work, cache);
    }

    fn run(&mut self) {
        if let Some(search) = &mut self.search
            && let Some(found) = go_on(search)
        {
            self.search = None;
            if self.work.config.stale.is_some() {
                let asked = &self.question.message.questions[0];
                self.work
                    .memory(|memory, _| memory.search_ends(&asked.name, asked.kind));
            }
            if self.reply.is_none() {
                self.reply = Some(match found {
                    Found::Own(reply) => *reply,
                    Found::Answer(found) => self.told(found),
                });
            }
        }
        if let Some(refresh) = &mut self.refresh
            && go_on(refresh).is_some()
        {
            self.refresh = None;
        }
        self.consider_stale();
    }

    /// Others may wait for an answer that was not there at once: it is kept for them.
    fn told(&mut self, found: Result<Answer, part::Trouble>) -> Reply {
        self.found = self.was_open.then(|| Rc::new(found.clone()));
        reply::reply(&self.question, &self.work.config, found)
    }

    /// What the reply was made of, for other clients with the same question.
    pub(crate) fn shared(&self) -> Option<SharedAnswer> {
        Some(SharedAnswer {
            found: self.found.clone()?,
            config: self.work.config.clone(),
        })
    }

    /// RFC 8767, section 5: a client does not wait for servers that are too slow.
    fn consider_stale(&mut self) {
        let due = self.stale_at.is_some_and(|at| self.work.now() >= at);
        if !due || self.reply.is_some() || self.search.is_none() {
            return;
        }
        self.stale_at = None;
        let wish = Wish {
            kept_only: true,
            checking: !self.question.message.flags.cd,
            ..Wish::default()
        };
        let mut look = self.searching(wish);
        if let Some(Ok(answer)) = go_on(&mut look) {
            self.state_recheck();
            self.reply = Some(self.told(Ok(answer)));
        }
    }

    /// RFC 8767, section 5: while the servers are slow, the next clients do not make them be asked
    /// again.
    fn state_recheck(&self) {
        let asked = &self.question.message.questions[0];
        let trouble = part::Trouble::new(22, "its servers are too slow", self.cause);
        self.work
            .memory(|memory, now| memory.keep_failure(now, &asked.name, asked.kind, &trouble));
    }

    /// Asks again for what is about to end, after the client has its answer.
    fn consider_prefetch(&mut self, checking: bool) {
        if !self.work.config.prefetches || self.search.is_some() {
            return;
        }
        let asked = self.question.message.questions[0].clone();
        let look = self
            .work
            .memory(|memory, now| memory.look(now, &asked.name, asked.kind));
        let Look::Fresh(_, left, whole) = look else {
            return;
        };
        if left.saturating_mul(100) > whole.saturating_mul(PREFETCH_BELOW) {
            return;
        }
        self.refresh(asked, left, checking);
    }

    /// RFC 8767, section 5: a client that had an answer which is over makes it be asked for again,
    /// also if it wanted no more than what is kept.
    fn consider_refresh(&mut self, checking: bool) {
        let is_stale = self.reply.as_ref().is_some_and(Reply::is_over);
        if !is_stale || self.search.is_some() {
            return;
        }
        let asked = self.question.message.questions[0].clone();
        let failed = |memory: &mut Memory, now| memory.failure(now, &asked.name, asked.kind);
        if self.work.memory(failed).is_none() {
            self.refresh(asked, 0, checking);
        }
    }

    fn refresh(&mut self, asked: Asked, left: u32, checking: bool) {
        let event = self
            .work
            .tap()
            .emit(self.cause, || DnsEvent::PrefetchStarted {
                name: asked.name.shown(),
                record_type: asked.kind.to_string(),
                ttl_left_s: left,
            });
        let (work, cause) = (self.work.clone(), event.or(self.cause));
        work.refreshes.set(true);
        let wish = Wish {
            fresh: true,
            checking,
            ..Wish::default()
        };
        self.refresh = Some(Box::pin(async move {
            let _ = resolve(&work, asked.name, asked.kind, wish, cause).await;
        }));
        self.run();
    }

    /// The answer to the client, once it is known. The machine may have more to do after it.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }
}

impl Machine for Recursion {
    fn handle(&mut self, now: Time, input: Input, cache: &mut DnsCache, tap: &Tap) {
        let (token, landed) = match input {
            Input::Response {
                token,
                from,
                octets,
                cause,
            } => (
                token,
                Landed::Message {
                    from,
                    octets,
                    cause,
                },
            ),
            Input::Unreachable { token, why, cause } => (token, Landed::Unreachable { why, cause }),
        };
        self.work.land(token, landed);
        self.within(now, cache, tap, Recursion::run);
    }

    fn poll(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) -> Option<Order> {
        self.within(now, cache, tap, Recursion::run);
        let order = self.work.state.borrow_mut().orders.pop_front();
        order.map(Order::Exchange)
    }

    fn wake_at(&self) -> Option<Time> {
        let stale = self
            .stale_at
            .filter(|_| self.reply.is_none() && self.search.is_some());
        [self.work.wake_at(), stale].into_iter().flatten().min()
    }

    fn waits_for(&self, token: u64) -> bool {
        self.work.waits_for(token)
    }

    fn is_done(&self) -> bool {
        self.reply.is_some() && self.search.is_none() && self.refresh.is_none()
    }
}

impl std::fmt::Debug for Recursion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Recursion({}, {})",
            self.question.name, self.question.record_type
        )
    }
}

#[cfg(test)]
mod tests;
