//! A machine of 02-dns as a sender of messages over the port.

use std::{cell::RefCell, rc::Rc};
use thru_dns::{DnsCache, Input, Machine, Order, Recursion, Transport};
use thru_events::{Tap, Time};
use thru_port::{By, Carried, Letter, Port, PortFailure, Sender, carry};
use thru_secured_dns::SecuredDns;

/// How far a machine is to be driven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The client has its answer.
    Reply,
    /// Nothing is left to do.
    Done,
}

/// Drives the machine.
pub(super) async fn drive(
    port: &Rc<dyn Port>,
    (cache, doors): (&RefCell<DnsCache>, &Option<Rc<SecuredDns>>),
    machine: &mut Recursion,
    until: Until,
) {
    let tap = port.tap();
    let mut driven = Driven {
        machine,
        cache,
        doors: doors.as_ref(),
        tap,
        until,
    };
    carry(port, &mut driven).await;
}

struct Driven<'a> {
    machine: &'a mut Recursion,
    cache: &'a RefCell<DnsCache>,
    /// Servers that are asked through a door with TLS, and never in the open.
    doors: Option<&'a Rc<SecuredDns>>,
    tap: Tap,
    until: Until,
}

impl Sender for Driven<'_> {
    fn next_letter(&mut self, now: Time) -> Option<Letter> {
        let order = self
            .machine
            .poll(now, &mut self.cache.borrow_mut(), &self.tap);
        order.map(|Order::Exchange(mut order)| Letter {
            token: order.token,
            server: order.server,
            by: match (self.doors, order.transport) {
                (Some(doors), _) if doors.has(order.server) => {
                    let octets = std::mem::take(&mut order.octets);
                    let exchange = doors.clone().exchange(order.server, octets, order.cause);
                    By::Own(Box::pin(exchange))
                }
                (_, Transport::Udp) => By::Datagram,
                _ => By::Connection,
            },
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
                why: failure.to_string(),
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
        match self.until {
            Until::Reply => self.machine.reply().is_some(),
            Until::Done => self.machine.is_done(),
        }
    }
}
