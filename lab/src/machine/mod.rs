//! A node of the lab: a host (or router) with a protocol stack, a switch, or the outside.
//!
//! Stage: the lab world.
//! In: frames and orders. Out: what the stack makes of them, as a `Port`.
//! Emits: nothing of its own; the stack and the switch state what happens.
//! How it works: [`Host`] holds the stack and says when it was touched; the world pumps it.
//! [`LabPort`] is `net/port` over the stack's sockets.
//! Not here: wires and time (`world`).

mod datagrams;
mod forwarding;
mod outside;
mod port;
mod storage;
mod stream;
mod waiting;

pub(crate) use forwarding::{FilterPath, NatPath};
pub(crate) use outside::Gap;
pub use outside::Plug;
pub(crate) use port::{LabPort, LabPortConfig};
pub(crate) use stream::BACKLOG;
pub(crate) use waiting::Place;

use crate::switch::Switch;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use thru_events::{Tap, Time};
use thru_stack::Stack;

/// One end of a wire: its number, and which of its two ends.
pub(crate) type WireEnd = (usize, usize);

/// A place where a wire can be plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) machine: usize,
    /// Interface of a host, port of a switch.
    pub(crate) interface: usize,
}

pub(crate) enum Machine {
    Host(Rc<Host>),
    Switch(SwitchMachine),
    Outside(Rc<Gap>),
}

/// Whether a host is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    On,
    /// It answers ARP and nothing else.
    Hung,
    Off,
}

pub(crate) struct Host {
    pub(crate) tap: Tap,
    pub(crate) stack: RefCell<Stack>,
    pub(crate) interfaces: RefCell<Vec<Option<WireEnd>>>,
    pub(crate) state: Cell<State>,
    pub(crate) touched: Cell<bool>,
    pub(crate) wakes_at: Cell<Option<Time>>,
    /// Connections that wait at a listener.
    pub(crate) backlog: usize,
}

pub(crate) struct SwitchMachine {
    pub(crate) switch: RefCell<Switch>,
    pub(crate) ports: RefCell<Vec<Option<WireEnd>>>,
}

impl Machine {
    pub(crate) fn tap(&self) -> Tap {
        match self {
            Machine::Host(host) => host.tap.clone(),
            Machine::Switch(switch) => switch.switch.borrow().tap().clone(),
            Machine::Outside(gap) => gap.tap.clone(),
        }
    }

    /// Plugs a wire in.
    pub(crate) fn attach(&self, interface: usize, end: WireEnd) {
        let places = match self {
            Machine::Host(host) => &host.interfaces,
            Machine::Switch(switch) => &switch.ports,
            Machine::Outside(gap) => return gap.attach(end),
        };
        let mut places = places.borrow_mut();
        if places.len() <= interface {
            places.resize(interface + 1, None);
        }
        places[interface] = Some(end);
    }
}
