//! One look-up on its way: the machine with what carries its messages, also while connecting has
//! begun already (RFC 8305, section 3).

use crate::secured_dns::{SECURE, SecuredDns};
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::{Rc, Weak},
    task::{Poll, Waker},
};
use thru_dns::{
    Addresses, DnsCache, Exchange, Failure, Input, Late, Machine, Order, Stub, Transport,
};
use thru_events::{Cause, Tap, Time};
use thru_port::{By, Carriage, Carried, Letter, Port, PortFailure, PortFailureKind, Sender};

/// What comes of a look-up after connecting began. Who drops it wants no more: what is still open is
/// waited for, as the cache can use it, and not asked again.
pub(crate) struct LateAnswers(Rc<RefCell<Coming>>);

#[derive(Default)]
struct Coming {
    came: VecDeque<Late>,
    over: bool,
    waker: Option<Waker>,
}

impl LateAnswers {
    /// What comes next; `None` if nothing more comes.
    pub(crate) async fn next(&mut self) -> Option<Late> {
        poll_fn(|context| {
            let mut coming = self.0.borrow_mut();
            match coming.came.pop_front() {
                Some(late) => Poll::Ready(Some(late)),
                None if coming.over => Poll::Ready(None),
                None => {
                    coming.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// The other end of [`LateAnswers`].
struct Teller(Weak<RefCell<Coming>>);

impl Teller {
    fn is_wanted(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn change(&self, change: impl FnOnce(&mut Coming)) {
        let Some(coming) = self.0.upgrade() else {
            return;
        };
        change(&mut coming.borrow_mut());
        let waker = coming.borrow_mut().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A look-up's outcome.
pub(crate) type Found = Result<Addresses, (Failure, Cause)>;

/// The machine, and what its messages need.
pub(crate) struct Driven {
    machine: Stub,
    cache: Rc<RefCell<DnsCache>>,
    tap: Tap,
    doors: Option<Rc<SecuredDns>>,
    /// The look-up has its outcome; who hears of the rest.
    late: Option<Teller>,
}

impl Driven {
    pub(crate) fn new(
        machine: Stub,
        cache: Rc<RefCell<DnsCache>>,
        tap: Tap,
        doors: Option<Rc<SecuredDns>>,
    ) -> Driven {
        Driven {
            machine,
            cache,
            tap,
            doors,
            late: None,
        }
    }

    /// Drives the machine to its outcome. What is open then goes on beside the caller.
    pub(crate) async fn outcome(mut self, port: &Rc<dyn Port>) -> (Found, Option<LateAnswers>) {
        let mut carriage = Carriage::new(port);
        carriage.go_on(&mut self).await;
        let Some(outcome) = self.machine.outcome().cloned() else {
            unreachable!("invariant: a resolver is driven until it has an outcome")
        };
        if self.machine.is_done() {
            return (outcome, None);
        }
        let coming = Rc::new(RefCell::new(Coming::default()));
        self.late = Some(Teller(Rc::downgrade(&coming)));
        port.spawn("late answers", Box::pin(self.rest(carriage)));
        (outcome, Some(LateAnswers(coming)))
    }

    async fn rest(mut self, mut carriage: Carriage) {
        while !self.machine.is_done() {
            carriage.go_on(&mut self).await;
            self.tell();
        }
        if let Some(teller) = &self.late {
            teller.change(|coming| coming.over = true);
        }
    }

    fn tell(&mut self) {
        while let Some(late) = self.machine.take_late() {
            if let Some(teller) = &self.late {
                teller.change(|coming| coming.came.push_back(late));
            }
        }
    }

    /// How an order travels; through a door only by the way that leads there.
    fn way(&self, now: Time, order: &Exchange) -> By {
        match (order.transport, &self.doors) {
            (Transport::Udp, _) => By::Datagram,
            (Transport::Tls | Transport::Https, Some(doors)) => {
                let (server, octets) = (order.server, order.octets.clone());
                By::Own(Box::pin(doors.clone().exchange(
                    server,
                    octets,
                    order.cause,
                )))
            }
            (Transport::Tls | Transport::Https, None) => {
                By::Own(Box::pin(std::future::ready(Err(PortFailure {
                    kind: PortFailureKind::NotPermitted,
                    operation: "ask over TLS",
                    address: Some(order.server),
                    words: "there are no doors with TLS here, and nothing is asked in the open"
                        .to_owned(),
                    at: now,
                    evidence: order.cause,
                }))))
            }
            (Transport::Tcp, _) => By::Connection,
        }
    }
}

/// What the world says about a message that did not get through.
fn in_words(failure: &PortFailure) -> String {
    use PortFailureKind::*;
    if failure.operation == SECURE {
        return failure.words.trim_end_matches('.').to_owned();
    }
    let what = match failure.kind {
        Refused => "it refused the question: nothing listens on that port",
        Unreachable => "it cannot be reached",
        NoRoute => "this machine has no route to it",
        NeighbourSilent => "the next hop on the way to it does not answer",
        NoAddress => "this machine has no address",
        NotPermitted => "this machine does not permit it",
        Reset | Closed => "it closed the connection",
        TimedOut => "it did not answer",
        AddressInUse | LimitReached | Other => "the question could not be sent",
    };
    match failure.words.as_str() {
        "" => what.to_owned(),
        words => format!("{what} ({words})"),
    }
}

impl Sender for Driven {
    fn next_letter(&mut self, now: Time) -> Option<Letter> {
        if self.late.as_ref().is_some_and(|late| !late.is_wanted()) {
            self.machine.connected();
        }
        let order = self
            .machine
            .poll(now, &mut self.cache.borrow_mut(), &self.tap);
        order.map(|Order::Exchange(order)| Letter {
            token: order.token,
            server: order.server,
            by: self.way(now, &order),
            octets: order.octets,
            cause: order.cause,
        })
    }

    fn landed(&mut self, now: Time, token: u64, landed: Result<Carried, PortFailure>) {
        let input = match landed {
            Ok(carried) => Input::Response {
                token,
                from: carried.from,
                octets: carried.octets,
                cause: carried.cause,
            },
            Err(failure) => Input::Unreachable {
                token,
                why: in_words(&failure),
                cause: failure.evidence,
            },
        };
        self.machine
            .handle(now, input, &mut self.cache.borrow_mut(), &self.tap);
    }

    fn wake_at(&self) -> Option<Time> {
        self.machine.wake_at()
    }

    fn waits_for(&self, token: u64) -> bool {
        self.machine.waits_for(token)
    }

    fn is_far_enough(&self) -> bool {
        match self.late.is_some() {
            true => self.machine.is_done() || self.machine.has_late(),
            false => self.machine.outcome().is_some(),
        }
    }
}
