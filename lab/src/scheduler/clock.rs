use std::{cell::Cell, rc::Rc};
use thru_events::{Clock, Time};

/// The lab's clock. The world's time runs from the moment the lab is built; the trip's time
/// starts at zero with the key press and is what events are stamped with.
#[derive(Debug, Default)]
pub struct LabClock {
    world: Cell<Time>,
    key_press: Cell<Time>,
    planned: Cell<Time>,
}

impl LabClock {
    /// A clock at zero. The recorder needs it before there is a lab.
    pub fn new() -> Rc<LabClock> {
        Rc::default()
    }

    /// Nanoseconds since the lab was built.
    pub(crate) fn world(&self) -> Time {
        self.world.get()
    }

    /// Moves on; never back.
    pub(crate) fn advance_to(&self, at: Time) {
        self.world.set(self.world.get().max(at));
    }

    /// Says on the world's clock when the key will be pressed.
    pub(crate) fn plan_key_press(&self, at: Time) {
        self.planned.set(at);
    }

    /// When the key is, or will be, pressed, on the world's clock.
    pub(crate) fn planned_key_press(&self) -> Time {
        self.planned.get()
    }

    /// Says that the key is pressed now.
    pub(crate) fn press_key(&self) {
        self.advance_to(self.planned.get());
        self.key_press.set(self.world.get());
    }
}

impl Clock for LabClock {
    fn now(&self) -> Time {
        Time(self.world.get().0.saturating_sub(self.key_press.get().0))
    }
}
