//! A frame's way: put on a wire here, taken off it there.

use super::{Happening, World};
use crate::{
    damage,
    machine::{Attached, Machine, State, WireEnd},
    wire::{self, Arrival, Carried, Wire},
};
use thru_events::{Cause, link::LinkEvent};
use thru_octets::Span;

/// EtherType of ARP, all that a hung machine still answers.
const ARP: [u8; 2] = [0x08, 0x06];

impl World {
    /// Sends a frame into one end of a wire.
    pub(crate) fn put_on_wire(
        &self,
        (number, end): WireEnd,
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
        if dropped {
            let why = "dropped by order".into();
            wire.tap.emit(cause, || LinkEvent::FrameLost { why });
            return;
        }
        let mut arrivals = Vec::new();
        let carried = Carried::new(frame, span, cause);
        wire.directions[end].hand(self.now(), carried, &wire.tap, &mut arrivals);
        self.after_wire((number, end), wire, arrivals);
    }

    /// The line of one end of a wire is free.
    pub(super) fn line_is_free(&self, (number, end): WireEnd) {
        let mut wires = self.wires.borrow_mut();
        let Some(wire) = wires.get_mut(number) else {
            return;
        };
        // What was handed over at this very moment has asked for another look already.
        if wire.looks_at[end] != Some(self.now()) {
            return;
        }
        wire.looks_at[end] = None;
        let mut arrivals = Vec::new();
        wire.directions[end].poll(self.now(), &wire.tap, &mut arrivals);
        self.after_wire((number, end), wire, arrivals);
    }

    /// Takes in what came from outside.
    pub(super) fn take_in(&self) {
        for number in self.outside.borrow().iter() {
            let gap = match self.machines.borrow().get(*number) {
                Some(Machine::Outside(gap)) => gap.clone(),
                _ => continue,
            };
            while let Some((end, frame)) = gap.enter() {
                let cause = None;
                self.put_on_wire(end, frame, None, cause);
            }
        }
    }

    fn after_wire(&self, (number, end): WireEnd, wire: &mut Wire, arrivals: Vec<Arrival>) {
        let to = wire.ends[1 - end];
        for Arrival { at, carried } in arrivals {
            self.schedule(at, Happening::FrameArrives { to, carried });
        }
        let wake_at = wire.directions[end].wake_at();
        if wake_at.is_some() && wake_at != wire.looks_at[end] {
            wire.looks_at[end] = wake_at;
            if let Some(at) = wake_at {
                self.schedule(at, Happening::LineIsFree((number, end)));
            }
        }
    }

    /// Takes a frame off the wire at a machine's interface.
    pub(super) fn deliver(&self, at: Attached, carried: Carried) {
        let Carried {
            mut frame,
            span,
            cause,
        } = carried;
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
            Machine::Outside(gap) => gap.leave(frame),
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
