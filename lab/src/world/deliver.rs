//! A frame's way: put on a wire here, taken off it there.

use super::{Happening, World};
use crate::{
    damage,
    machine::{Attached, Machine, State, WireEnd},
    wire::{self, Ahead, Arrival, Carried, Wire},
};
use thru_events::{Cause, link::LinkEvent};
use thru_octets::Span;

/// Switches that a frame may go through. DEVIATION: real switches let a frame that they know the
/// receiver of go round a loop for ever; here it ends, so that the world does.
const SWITCHES: u8 = 64;

/// EtherType of ARP, all that a hung machine still answers.
const ARP: [u8; 2] = [0x08, 0x06];

impl World {
    /// Sends a frame into one end of a wire.
    pub(crate) fn put_on_wire(
        &self,
        end: WireEnd,
        frame: Vec<u8>,
        span: Option<Span>,
        cause: Cause,
    ) {
        self.carry(end, Carried::new(frame, span, cause));
    }

    /// Sends a frame, which may have been through switches, into one end of a wire.
    fn carry(&self, (number, end): WireEnd, mut carried: Carried) {
        self.frames.set(self.frames.get() + 1);
        wire::append(&mut carried.frame);
        let dropped = self.pressed.get()
            && damage::damage(&self.damage.borrow(), self.frames.get(), &mut carried.frame);
        let mut wires = self.wires.borrow_mut();
        let Some(wire) = wires.get_mut(number) else {
            return;
        };
        if dropped {
            let why = "dropped by order".into();
            wire.tap
                .emit(carried.cause, || LinkEvent::FrameLost { why });
            return;
        }
        let mut ahead = Ahead::default();
        wire.directions[end].hand(self.now(), carried, &wire.tap, &mut ahead);
        self.after_wire((number, end), wire, ahead);
    }

    /// A frame's last octet is on the line.
    pub(super) fn frame_leaves(&self, (number, end): WireEnd, carried: Carried) {
        let mut wires = self.wires.borrow_mut();
        let Some(wire) = wires.get_mut(number) else {
            return;
        };
        let mut ahead = Ahead::default();
        wire.directions[end].leave(self.now(), carried, &wire.tap, &mut ahead);
        self.after_wire((number, end), wire, ahead);
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
        let mut ahead = Ahead::default();
        wire.directions[end].poll(self.now(), &wire.tap, &mut ahead);
        self.after_wire((number, end), wire, ahead);
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

    fn after_wire(&self, (number, end): WireEnd, wire: &mut Wire, ahead: Ahead) {
        let to = wire.ends[1 - end];
        for Arrival { at, carried } in ahead.arrivals {
            self.schedule(at, Happening::FrameArrives { to, carried });
        }
        if let Some(Arrival { at, carried }) = ahead.leaves {
            let from = (number, end);
            self.schedule(at, Happening::FrameLeaves { from, carried });
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
            switches,
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
                if switches >= SWITCHES {
                    return switch.switch.borrow().give_up(port, &frame, cause);
                }
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
                        let copied = Carried {
                            switches: switches + 1,
                            ..Carried::new(frame.clone(), span, copy.cause)
                        };
                        self.carry(end, copied);
                    }
                }
            }
        }
    }
}
