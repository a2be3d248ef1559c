//! A frame's way: put on a wire here, taken off it there.

use super::{Happening, World};
use crate::{
    damage,
    machine::{Attached, Machine, State},
    wire::{self, Handed},
};
use thru_events::{Cause, link::LinkEvent};
use thru_octets::Span;

/// EtherType of ARP, all that a hung machine still answers.
const ARP: [u8; 2] = [0x08, 0x06];

impl World {
    /// Sends a frame into one end of a wire.
    pub(crate) fn put_on_wire(
        &self,
        (number, end): (usize, usize),
        mut frame: Vec<u8>,
        span: Option<Span>,
        cause: Cause,
    ) {
        self.frames.set(self.frames.get() + 1);
        wire::append(&mut frame);
        let dropped = self.pressed.get()
            && damage::damage(&self.damage.borrow(), self.frames.get(), &mut frame);
        let mut wires = self.wires.borrow_mut();
        let Some(wire) = wires.get_mut(number) else {
            return;
        };
        let handed = match dropped {
            true => Handed::Lost("dropped by order"),
            false => wire.directions[end].hand(self.now(), &mut frame),
        };
        let at = wire.ends[1 - end];
        match handed {
            Handed::Lost(why) => {
                wire.tap
                    .emit(cause, || LinkEvent::FrameLost { why: why.into() });
            }
            Handed::Arrives(when) => self.schedule(
                when,
                Happening::FrameArrives {
                    at,
                    frame,
                    span,
                    cause,
                },
            ),
        }
    }

    /// Takes a frame off the wire at a machine's interface.
    pub(super) fn deliver(
        &self,
        at: Attached,
        mut frame: Vec<u8>,
        span: Option<Span>,
        cause: Cause,
    ) {
        let checked = wire::check(&mut frame);
        let machines = self.machines.borrow();
        let machine = &machines[at.machine];
        if let Err((computed, found)) = checked {
            machine.tap().emit(cause, || LinkEvent::FrameCheckFailed {
                interface: at.interface as u8,
                computed,
                found,
            });
            return;
        }
        match machine {
            Machine::Host(host) => {
                let hears = match host.state.get() {
                    State::On => true,
                    State::Hung => frame.get(12..14) == Some(&ARP),
                    State::Off => false,
                };
                if hears {
                    let now = self.now();
                    let mut stack = host.stack.borrow_mut();
                    stack.handle_frame(now, at.interface, &frame, span, cause);
                    drop(stack);
                    drop(machines);
                    self.touch(at.machine);
                }
            }
            Machine::Switch(switch) => {
                let port = at.interface as u8;
                let leaving = switch
                    .switch
                    .borrow_mut()
                    .handle(self.now(), port, &frame, cause);
                for copy in leaving {
                    let end = switch
                        .ports
                        .borrow()
                        .get(usize::from(copy.port))
                        .copied()
                        .flatten();
                    if let Some(end) = end {
                        self.put_on_wire(end, frame.clone(), span, copy.cause);
                    }
                }
            }
        }
    }
}
