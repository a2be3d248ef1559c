//! How much of the CPU's time goes into the world itself, and how much into the programs in it.

use std::{cell::Cell, rc::Rc};
use thru_port::CpuClock;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Programs: the browser and the servers.
    Programs,
    /// Stacks, wires, devices and the scheduler.
    World,
}

/// Reads the clock where the turn changes.
pub(super) struct Meter {
    cpu: Rc<dyn CpuClock>,
    turn: Cell<Turn>,
    since: Cell<u64>,
    world: Cell<u64>,
}

impl Meter {
    pub(super) fn new(cpu: Rc<dyn CpuClock>) -> Meter {
        Meter {
            since: Cell::new(cpu.nanos()),
            turn: Cell::new(Turn::Programs),
            world: Cell::new(0),
            cpu,
        }
    }

    pub(super) fn turn(&self, turn: Turn) {
        if self.turn.replace(turn) == turn {
            return;
        }
        let now = self.cpu.nanos();
        let spent = now.saturating_sub(self.since.replace(now));
        if turn == Turn::Programs {
            self.world.set(self.world.get() + spent);
        }
    }

    /// Nanoseconds that went into the world.
    pub(super) fn world_ns(&self) -> u64 {
        self.world.get()
    }
}
