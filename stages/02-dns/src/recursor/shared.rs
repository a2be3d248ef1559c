//! One search for several clients that ask the same at the same time (RFC 5452, section 5: else
//! each further question to a server would be one more chance for a forged answer).

use super::Recursion;
use super::config::RecursorConfig;
use super::part::Trouble;
use super::reply;
use super::resolve::Answer;
use crate::question::Question;
use crate::reply::Reply;
use crate::wire::{Kind, Name};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use thru_events::{Cause, Stage, Tap, dns::DnsEvent, trip::TripEvent};

/// Most clients that wait for one search; a further one is told that there are too many.
pub const SHARED_LIMIT: u32 = 256;

/// What questions have in common that one search answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: Name,
    kind: Kind,
    class: u16,
    checking_disabled: bool,
    wants_what_there_is: bool,
}

impl Key {
    /// `None` for a question that is answered from what is kept, or not at all.
    fn of(question: &Question) -> Option<Key> {
        let message = &question.message;
        let asked = message.questions.first()?;
        (message.flags.rd && message.opcode == 0).then(|| Key {
            name: asked.name.lowered(),
            kind: asked.kind,
            class: asked.class,
            checking_disabled: message.flags.cd,
            wants_what_there_is: question.wants_what_there_is(),
        })
    }
}

/// What a search found, for whoever asked for it.
#[derive(Clone)]
pub struct SharedAnswer {
    pub(super) found: Rc<Result<Answer, Trouble>>,
    pub(super) config: Rc<RecursorConfig>,
}

impl SharedAnswer {
    /// The reply to one client: with its id, its flags and as much as it can take.
    pub fn reply(&self, question: &Question) -> Reply {
        reply::reply(question, &self.config, (*self.found).clone())
    }
}

#[derive(Default)]
struct Open {
    clients: u32,
    wakers: Vec<Waker>,
    /// It has ended; with nothing if nobody went on with it.
    ended: Option<Option<SharedAnswer>>,
}

type Table = Rc<RefCell<BTreeMap<Key, Rc<RefCell<Open>>>>>;

/// The searches of one server that are under way, all by one configuration: another configuration
/// begins with [`Searches::forget`] or with searches of its own, as what one finds is no answer of
/// the other.
#[derive(Clone, Default)]
pub struct Searches {
    open: Table,
}

/// What is to be done with a question.
pub enum Join {
    /// Nobody looks for it yet.
    Alone,
    /// Somebody looks for it already; it is waited for.
    Waits(Waiting),
    /// [`SHARED_LIMIT`] clients wait already; the event that says so.
    Full(Cause),
}

impl Searches {
    /// Whether another client's question looks for the same already.
    pub fn join(&self, question: &Question, tap: &Tap, cause: Cause) -> Join {
        let open = Key::of(question).and_then(|key| self.open.borrow().get(&key).cloned());
        let Some(open) = open else {
            return Join::Alone;
        };
        let mut state = open.borrow_mut();
        if state.clients >= SHARED_LIMIT {
            let reached = tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "clients that wait for one search".into(),
                value: SHARED_LIMIT.into(),
            });
            return Join::Full(reached.or(cause));
        }
        state.clients += 1;
        let clients = state.clients;
        tap.emit(cause, || DnsEvent::SearchShared {
            name: question.name.clone(),
            record_type: question.record_type.clone(),
            clients,
        });
        drop(state);
        Join::Waits(Waiting { open })
    }

    /// A search that was not over at once: others may wait for it from now on.
    pub fn begin(&self, question: &Question) -> Begun {
        let begun = Key::of(question).map(|key| {
            let open = Open {
                clients: 1,
                ..Open::default()
            };
            (key, Rc::new(RefCell::new(open)))
        });
        if let Some((key, open)) = &begun {
            self.open.borrow_mut().insert(key.clone(), open.clone());
        }
        Begun {
            table: self.open.clone(),
            begun,
        }
    }
}

/// A search that others may wait for. When it is dropped they are told to look for themselves.
pub struct Begun {
    table: Table,
    begun: Option<(Key, Rc<RefCell<Open>>)>,
}

impl Begun {
    /// Hands what was found to all who wait.
    pub fn end(mut self, machine: &Recursion) {
        self.close(machine.shared());
    }

    fn close(&mut self, found: Option<SharedAnswer>) {
        let Some((key, open)) = self.begun.take() else {
            return;
        };
        let mut table = self.table.borrow_mut();
        // Forgotten, its place may be another one's by now.
        if table.get(&key).is_some_and(|own| Rc::ptr_eq(own, &open)) {
            table.remove(&key);
        }
        drop(table);
        let mut open = open.borrow_mut();
        open.ended = Some(found);
        open.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.close(None);
    }
}

/// A client that waits for another one's search. Gives nothing if that ended without an answer
/// that counts for others.
pub struct Waiting {
    open: Rc<RefCell<Open>>,
}

impl Future for Waiting {
    type Output = Option<SharedAnswer>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut open = self.open.borrow_mut();
        match &open.ended {
            Some(found) => Poll::Ready(found.clone()),
            None => {
                open.wakers
                    .retain(|waker| !waker.will_wake(context.waker()));
                open.wakers.push(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut open = self.open.borrow_mut();
        open.clients = open.clients.saturating_sub(1);
    }
}
