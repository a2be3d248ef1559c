use super::Host;
use crate::world::World;
use std::{net::SocketAddr, rc::Rc};
use thru_events::{Cause, Time};
use thru_port::{PortFailure, PortFailureKind};
use thru_stack::{LostHow, SocketId, Stack};

/// A machine in its world: where every order of a task goes through.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) world: Rc<World>,
    pub(crate) number: usize,
    pub(crate) host: Rc<Host>,
    /// Added to the clock of this machine's tasks: the near side counts from the key press.
    pub(crate) near: bool,
}

impl Place {
    /// Gives the stack an order; the world lets it send afterwards.
    pub(crate) fn order<T>(&self, order: impl FnOnce(&mut Stack, Time) -> T) -> T {
        let given = order(&mut self.host.stack.borrow_mut(), self.world.now());
        self.world.touch(self.number);
        given
    }

    /// The clock as this machine's tasks see it.
    pub(crate) fn now(&self) -> Time {
        match self.near {
            true => thru_events::Clock::now(&*self.world.clock),
            false => self.world.now(),
        }
    }

    pub(crate) fn failure(
        &self,
        kind: PortFailureKind,
        operation: &'static str,
        address: Option<SocketAddr>,
        evidence: Cause,
    ) -> PortFailure {
        PortFailure {
            kind,
            operation,
            address,
            words: String::new(),
            at: self.now(),
            evidence,
        }
    }
}

/// A socket of one machine, released when its owner drops it.
pub(crate) struct Socket {
    pub(crate) place: Place,
    pub(crate) id: SocketId,
}

/// The port's word for how a connection was lost.
pub(crate) fn kind_of(how: LostHow) -> PortFailureKind {
    match how {
        LostHow::Refused => PortFailureKind::Refused,
        LostHow::Reset => PortFailureKind::Reset,
        LostHow::TimedOut => PortFailureKind::TimedOut,
        LostHow::Unreachable(_) => PortFailureKind::Unreachable,
        LostHow::NeighbourSilent => PortFailureKind::NeighbourSilent,
        LostHow::Aborted => PortFailureKind::Closed,
    }
}

/// What ICMP said, in words.
pub(crate) fn words_of(how: LostHow) -> String {
    match how {
        LostHow::Unreachable(error) => error.meaning().to_owned(),
        _ => String::new(),
    }
}
