//! The running world: machines, wires between them, and what happens next.
//!
//! Stage: the lab world.
//! In: frames that machines send, orders of tasks, time. Out: frames that machines receive.
//! Emits: `Link.FrameLost`, `Link.FrameCheckFailed`.
//! How it works: tasks run until all wait, then machines that were touched send what they have to
//! send, then time goes on to the next thing that happens.
//! Not here: what a machine does with a frame (`net/stack`, `switch`), how the world is put
//! together (`build`).

mod deliver;
mod gate;
mod live;
mod meter;
mod sleeper;
mod stuck;

pub(crate) use gate::Gate;
pub use live::{Outside, Pace};
pub(crate) use sleeper::Sleep;
pub use stuck::Stuck;

use crate::{
    damage::FrameDamage,
    machine::{Attached, Machine, WireEnd},
    scheduler::{EventQueue, Executor, LabClock, Ran},
    wire::{Carried, Direction, Wire},
};
use meter::{Meter, Turn};
use sleeper::Sleeper;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use thru_events::Time;
use thru_port::UnixTime;

/// Things that may happen in the life of one lab.
pub(crate) const EVENT_LIMIT: u64 = 200_000_000;

/// Tasks that may run without time going on.
pub(crate) const RUNS_PER_MOMENT: u64 = 10_000_000;

/// Virtual time that a trip may take.
pub(crate) const TRIP_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Something that will happen.
pub(crate) enum Happening {
    /// A frame comes off a wire.
    FrameArrives { to: Attached, carried: Carried },
    /// A frame is on a line on which it may be lost or changed.
    FrameLeaves { from: WireEnd, carried: Carried },
    /// A line with a queue that decides who goes next is free.
    LineIsFree(WireEnd),
    /// A machine's own timer.
    MachineWakes(usize),
    /// A task slept long enough.
    SleeperWakes(Rc<Sleeper>),
}

pub(crate) struct World {
    pub(crate) clock: Rc<LabClock>,
    pub(crate) gate: Option<Rc<Gate>>,
    /// The calendar at the key press.
    pub(crate) starts_at: UnixTime,
    pressed: Cell<bool>,
    pub(crate) executor: Executor,
    pub(crate) machines: RefCell<Vec<Machine>>,
    pub(crate) wires: RefCell<Vec<Wire>>,
    /// The machines that are outside.
    outside: RefCell<Vec<usize>>,
    queue: RefCell<EventQueue<Happening>>,
    touched: RefCell<VecDeque<usize>>,
    pub(crate) damage: RefCell<Vec<FrameDamage>>,
    frames: Cell<u64>,
    events: Cell<u64>,
    meter: RefCell<Option<Meter>>,
}

impl World {
    pub(crate) fn new(clock: Rc<LabClock>, gate: Option<Rc<Gate>>, starts_at: UnixTime) -> World {
        World {
            clock,
            gate,
            starts_at,
            pressed: Cell::new(false),
            executor: Executor::new(),
            machines: RefCell::default(),
            wires: RefCell::default(),
            outside: RefCell::default(),
            queue: RefCell::new(EventQueue::new()),
            touched: RefCell::default(),
            damage: RefCell::default(),
            frames: Cell::new(0),
            events: Cell::new(0),
            meter: RefCell::default(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.world()
    }

    /// The calendar at world time `at`. The key press is at `starts_at`; what was before it has
    /// the dates before it.
    pub(crate) fn calendar(&self) -> UnixTime {
        let start = self.starts_at;
        let nanos = i128::from(start.seconds) * 1_000_000_000
            + i128::from(start.nanos)
            + i128::from(self.now().0)
            - i128::from(self.clock.planned_key_press().0);
        UnixTime {
            seconds: nanos.div_euclid(1_000_000_000) as i64,
            nanos: nanos.rem_euclid(1_000_000_000) as u32,
        }
    }

    /// Frames put on any wire since the key press.
    pub(crate) fn frames(&self) -> u64 {
        self.frames.get()
    }

    /// From now on the CPU's time is told apart.
    pub(crate) fn weigh(&self, cpu: Rc<dyn thru_port::CpuClock>) {
        *self.meter.borrow_mut() = Some(Meter::new(cpu));
    }

    /// CPU time of the world itself, nanoseconds.
    pub(crate) fn weight_ns(&self) -> u64 {
        let meter = self.meter.borrow();
        meter.as_ref().map_or(0, Meter::world_ns)
    }

    fn take_turn(&self) {
        if let Some(meter) = &*self.meter.borrow() {
            meter.turn(match self.executor.has_work() {
                true => Turn::Programs,
                false => Turn::World,
            });
        }
    }

    /// Things that happened since the lab was built.
    pub(crate) fn happened(&self) -> u64 {
        self.events.get()
    }

    /// The key is pressed: the trip's clock starts, recording begins, frames are counted anew.
    pub(crate) fn press_key(&self) {
        self.clock.press_key();
        self.frames.set(0);
        self.pressed.set(true);
        for wire in self.wires.borrow_mut().iter_mut() {
            wire.directions.iter_mut().for_each(Direction::count_anew);
        }
        if let Some(gate) = &self.gate {
            gate.open();
        }
    }

    /// The machine may have something to send.
    pub(crate) fn touch(&self, machine: usize) {
        if let Some(Machine::Host(host)) = self.machines.borrow().get(machine)
            && !host.touched.replace(true)
        {
            self.touched.borrow_mut().push_back(machine);
        }
    }

    pub(crate) fn schedule(&self, at: Time, what: Happening) {
        self.queue.borrow_mut().push(at, what);
    }

    /// Lets every touched machine send. Whether there was one.
    fn pump(&self) -> bool {
        let mut any = false;
        while let Some(machine) = self.next_touched() {
            any = true;
            self.pump_machine(machine);
        }
        any
    }

    fn next_touched(&self) -> Option<usize> {
        self.touched.borrow_mut().pop_front()
    }

    fn pump_machine(&self, number: usize) {
        let host = match self.machines.borrow().get(number) {
            Some(Machine::Host(host)) => host.clone(),
            _ => return,
        };
        host.touched.set(false);
        let now = self.now();
        loop {
            let outgoing = host.stack.borrow_mut().poll(now);
            let Some(outgoing) = outgoing else { break };
            if let Some(end) = host
                .interfaces
                .borrow()
                .get(outgoing.interface)
                .copied()
                .flatten()
            {
                self.put_on_wire(end, outgoing.frame, outgoing.span, outgoing.cause);
            }
        }
        let wake_at = host.stack.borrow().wake_at();
        // A stack with nothing to send has no timer that is over; a nanosecond keeps time moving
        // should it be wrong.
        let wake_at = wake_at.map(|at| at.max(Time(now.0 + 1)));
        if wake_at != host.wakes_at.get() {
            host.wakes_at.set(wake_at);
            if let Some(at) = wake_at {
                self.schedule(at, Happening::MachineWakes(number));
            }
        }
    }

    /// Runs the world until `future` is done.
    pub(crate) fn run_until<T>(&self, future: impl Future<Output = T>) -> Result<T, Stuck> {
        let mut future = pin!(future);
        let main = self.executor.main_waker();
        let mut runs = 0;
        loop {
            self.take_turn();
            match self.executor.step() {
                Ran::Task => {}
                Ran::Main => {
                    let waker = main.arm();
                    let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                    if let Poll::Ready(done) = polled {
                        self.pump();
                        return Ok(done);
                    }
                }
                Ran::Nothing if self.pump() => {}
                Ran::Nothing => {
                    runs = 0;
                    self.step()?;
                }
            }
            runs += 1;
            if runs > RUNS_PER_MOMENT {
                return Err(Stuck::Spinning {
                    at: self.trip_time(),
                });
            }
        }
    }

    /// Goes on to the next thing that happens.
    fn step(&self) -> Result<(), Stuck> {
        let at = self.trip_time();
        let Some((next, what)) = self.next_real() else {
            let waiting = self.executor.waiting();
            return Err(Stuck::Deadlock { at, waiting });
        };
        if next.since(self.clock.planned_key_press()) > TRIP_LIMIT {
            return Err(Stuck::TooLong { at });
        }
        if self.events.get() >= EVENT_LIMIT {
            return Err(Stuck::TooManyEvents { at });
        }
        self.clock.advance_to(next);
        self.happen(what);
        Ok(())
    }

    /// The next thing that was not called off in the meantime.
    fn next_real(&self) -> Option<(Time, Happening)> {
        let mut queue = self.queue.borrow_mut();
        loop {
            let (at, what) = queue.pop()?;
            let called_off = match &what {
                Happening::FrameArrives { .. }
                | Happening::FrameLeaves { .. }
                | Happening::LineIsFree(_) => false,
                Happening::SleeperWakes(sleeper) => sleeper.is_cancelled(),
                Happening::MachineWakes(number) => match self.machines.borrow().get(*number) {
                    Some(Machine::Host(host)) => host.wakes_at.get() != Some(at),
                    _ => true,
                },
            };
            if !called_off {
                return Some((at, what));
            }
        }
    }

    fn happen(&self, what: Happening) {
        self.events.set(self.events.get() + 1);
        match what {
            Happening::FrameArrives { to, carried } => self.deliver(to, carried),
            Happening::FrameLeaves { from, carried } => self.frame_leaves(from, carried),
            Happening::LineIsFree(end) => self.line_is_free(end),
            Happening::SleeperWakes(sleeper) => sleeper.wake(),
            Happening::MachineWakes(number) => {
                if let Some(Machine::Host(host)) = self.machines.borrow().get(number) {
                    host.wakes_at.set(None);
                }
                self.touch(number);
            }
        }
    }

    fn trip_time(&self) -> Time {
        thru_events::Clock::now(&*self.clock)
    }

    /// A task's wait on the world's clock.
    pub(crate) fn sleep(self: &Rc<World>, duration: Duration) -> Sleep {
        Sleep::new(self.clone(), self.now().after(duration))
    }

    pub(crate) fn connect(
        &self,
        ends: [Attached; 2],
        directions: [Direction; 2],
        tap: thru_events::Tap,
    ) {
        let mut wires = self.wires.borrow_mut();
        let machines = self.machines.borrow();
        for (end, attached) in ends.iter().enumerate() {
            let machine = &machines[attached.machine];
            machine.attach(attached.interface, (wires.len(), end));
            if matches!(machine, Machine::Outside(_)) {
                self.outside.borrow_mut().push(attached.machine);
            }
        }
        wires.push(Wire {
            directions,
            ends,
            looks_at: [None; 2],
            tap,
        });
    }
}
