//! A world that others come into: time goes by outside, and things come from there.

use super::{Happening, Stuck, World};
use crate::scheduler::Ran;
use std::time::Duration;

/// How a live world goes through its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Everything takes as long as it would.
    Real,
    /// While frames are on their way the world runs as fast as it can; what waits for a timer
    /// alone waits as long as it says, as whoever is outside does.
    Virtual,
}

/// What is outside of a live world.
pub trait Outside {
    /// Lets the outside act until something came in, at most for `most`. False ends the world.
    fn wait(&mut self, most: Option<Duration>) -> bool;

    /// Real time since the world went live.
    fn passed(&self) -> Duration;
}

/// The outside is looked at after this many things that happened.
const LOOK_OUT: u32 = 64;

impl World {
    /// Runs until the outside ends it.
    pub(crate) fn live(&self, pace: Pace, outside: &mut dyn Outside) -> Result<(), Stuck> {
        let begun = self.now();
        let mut skipped = Duration::ZERO;
        let mut since_look = 0;
        loop {
            self.run_tasks()?;
            let real = begun.after(outside.passed() + skipped);
            let due = self.next_due();
            let runs = match (due, pace) {
                (Some(at), _) if at <= real => true,
                (Some(_), Pace::Virtual) => self.frames_on_their_way() > 0,
                _ => false,
            };
            since_look += 1;
            if runs {
                if let Some(at) = due.filter(|at| *at > real) {
                    skipped += at.since(real);
                }
                self.happen_next();
                if since_look < LOOK_OUT {
                    continue;
                }
            }
            since_look = 0;
            let most = match (runs, due) {
                (true, _) => Some(Duration::ZERO),
                (false, due) => due.map(|at| at.since(real)),
            };
            if !outside.wait(most) {
                return Ok(());
            }
            if !runs {
                let real = begun.after(outside.passed() + skipped);
                self.clock.advance_to(due.map_or(real, |at| real.min(at)));
            }
            self.take_in();
        }
    }

    /// Lets tasks run and machines send until nobody has anything to do at this moment.
    fn run_tasks(&self) -> Result<(), Stuck> {
        for _ in 0..super::RUNS_PER_MOMENT {
            match self.executor.step() {
                Ran::Task | Ran::Main => {}
                Ran::Nothing if self.pump() => {}
                Ran::Nothing => return Ok(()),
            }
        }
        Err(Stuck::Spinning {
            at: self.trip_time(),
        })
    }

    fn happen_next(&self) {
        if let Some((at, what)) = self.next_real() {
            self.clock.advance_to(at);
            self.happen(what);
        }
    }

    /// When the next thing happens that was not called off.
    fn next_due(&self) -> Option<thru_events::Time> {
        let (at, what) = self.next_real()?;
        self.queue.borrow_mut().push_first(at, what);
        Some(at)
    }

    fn frames_on_their_way(&self) -> usize {
        let is_frame = |what: &Happening| {
            matches!(
                what,
                Happening::FrameArrives { .. }
                    | Happening::FrameLeaves { .. }
                    | Happening::LineIsFree(_)
            )
        };
        self.queue.borrow().count_up_to(1, is_frame)
    }
}
