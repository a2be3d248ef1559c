//! Runs the recursor's steps, which wait for messages and for time, inside of a machine.
//!
//! The steps are written one after the other as futures. Nothing wakes them: the machine polls
//! them whenever it is handed a message or a time.

use super::config::RecursorConfig;
use super::limits::Spent;
use super::memory::Memory;
use crate::exchange::{Chance, Exchange, Transport};
use crate::wire::{Kind, Name};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use thru_events::{Cause, Tap, Time};

/// What came for an exchange.
#[derive(Clone, Debug)]
pub(super) enum Landed {
    Message {
        from: SocketAddr,
        octets: Vec<u8>,
        cause: Cause,
    },
    Unreachable {
        why: String,
        cause: Cause,
    },
    Nothing,
}

pub(super) struct State {
    pub now: Time,
    pub memory: Memory,
    pub tap: Tap,
    pub chance: Chance,
    pub orders: VecDeque<Exchange>,
    flights: BTreeMap<u64, VecDeque<Landed>>,
    /// When something that is waited for is over, by its number.
    timers: BTreeMap<u64, Time>,
    next: u64,
}

/// What all steps of one client's question share.
#[derive(Clone)]
pub(super) struct Work {
    pub state: Rc<RefCell<State>>,
    pub config: Rc<RecursorConfig>,
    pub spent: Rc<Spent>,
    calendar_at_zero_s: i64,
    /// When the question came.
    pub began: Time,
    /// What is kept is asked for again, before it ends.
    pub refreshes: Rc<Cell<bool>>,
    /// Addresses of servers that are being looked for.
    pub searches: Rc<RefCell<Vec<(Name, Kind)>>>,
    /// Own zones whose signatures are being looked at.
    pub proving: Rc<RefCell<Vec<Name>>>,
}

/// A step that is under way.
pub(super) type Step<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

impl Work {
    pub(super) fn new(
        now: Time,
        config: Rc<RecursorConfig>,
        chance: Chance,
        tap: Tap,
        calendar_at_zero_s: i64,
    ) -> Work {
        let state = State {
            now,
            memory: Memory::default(),
            tap,
            chance,
            orders: VecDeque::new(),
            flights: BTreeMap::new(),
            timers: BTreeMap::new(),
            next: 0,
        };
        Work {
            state: Rc::new(RefCell::new(state)),
            config,
            spent: Rc::new(Spent::default()),
            calendar_at_zero_s,
            began: now,
            refreshes: Rc::default(),
            searches: Rc::default(),
            proving: Rc::default(),
        }
    }

    pub(super) fn refreshing(&self) -> bool {
        self.refreshes.get()
    }

    pub(super) fn now(&self) -> Time {
        self.state.borrow().now
    }

    /// Seconds since 1970 at the time zero, and the time.
    pub(super) fn calendar(&self) -> (i64, Time) {
        (self.calendar_at_zero_s, self.now())
    }

    pub(super) fn tap(&self) -> Tap {
        self.state.borrow().tap.clone()
    }

    /// Looks into, or changes, what is remembered.
    pub(super) fn memory<T>(&self, look: impl FnOnce(&mut Memory, Time) -> T) -> T {
        let mut state = self.state.borrow_mut();
        let now = state.now;
        look(&mut state.memory, now)
    }

    pub(super) fn random(&self) -> u16 {
        (self.state.borrow_mut().chance)()
    }

    /// Sends a message; the flight hands back what comes for it.
    pub(super) fn send(
        &self,
        server: SocketAddr,
        transport: Transport,
        octets: Vec<u8>,
        cause: Cause,
    ) -> InFlight {
        let mut state = self.state.borrow_mut();
        state.next += 1;
        let token = state.next;
        state.flights.insert(token, VecDeque::new());
        state.orders.push_back(Exchange {
            token,
            server,
            transport,
            octets,
            cause,
        });
        InFlight {
            context: self.clone(),
            token,
        }
    }

    /// Waits until `at`.
    pub(super) fn until(&self, at: Time) -> Timer {
        let mut state = self.state.borrow_mut();
        state.next += 1;
        let number = state.next;
        state.timers.insert(number, at);
        Timer {
            context: self.clone(),
            number,
            at,
        }
    }

    pub(super) fn land(&self, token: u64, landed: Landed) {
        if let Some(flight) = self.state.borrow_mut().flights.get_mut(&token) {
            flight.push_back(landed);
        }
    }

    pub(super) fn waits_for(&self, token: u64) -> bool {
        self.state.borrow().flights.contains_key(&token)
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        self.state.borrow().timers.values().min().copied()
    }
}

/// An exchange that is under way; it ends when this is dropped.
pub(super) struct InFlight {
    context: Work,
    token: u64,
}

impl InFlight {
    /// The next that comes, or nothing by `deadline`.
    pub(super) async fn next(&self, deadline: Time) -> Landed {
        let timer = self.context.until(deadline);
        std::future::poll_fn(|_| {
            let mut state = self.context.state.borrow_mut();
            let landed = state
                .flights
                .get_mut(&self.token)
                .and_then(VecDeque::pop_front);
            match landed {
                Some(landed) => Poll::Ready(landed),
                None if state.now >= timer.at => Poll::Ready(Landed::Nothing),
                None => Poll::Pending,
            }
        })
        .await
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.context.state.borrow_mut();
        state.flights.remove(&self.token);
        state.orders.retain(|order| order.token != self.token);
    }
}

/// A time that is waited for.
pub(super) struct Timer {
    context: Work,
    number: u64,
    at: Time,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.context.state.borrow_mut().timers.remove(&self.number);
    }
}

/// Goes on with a step as far as it gets.
pub(super) fn go_on<T>(step: &mut Step<'static, T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match step.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
