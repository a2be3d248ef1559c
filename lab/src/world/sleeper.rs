use super::{Happening, World};
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use thru_events::Time;

/// What the event queue knows of a task that sleeps.
#[derive(Default)]
pub(crate) struct Sleeper {
    cancelled: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Sleeper {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    pub(super) fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// Done at a moment of the world's clock. Dropped before, it leaves no trace.
pub(crate) struct Sleep {
    world: Rc<World>,
    until: Time,
    sleeper: Option<Rc<Sleeper>>,
}

impl Sleep {
    pub(super) fn new(world: Rc<World>, until: Time) -> Sleep {
        Sleep {
            world,
            until,
            sleeper: None,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.until {
            return Poll::Ready(());
        }
        let sleeper = match &self.sleeper {
            Some(sleeper) => sleeper.clone(),
            None => {
                let sleeper = Rc::<Sleeper>::default();
                let happening = Happening::SleeperWakes(sleeper.clone());
                self.world.schedule(self.until, happening);
                self.sleeper = Some(sleeper.clone());
                sleeper
            }
        };
        *sleeper.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(sleeper) = &self.sleeper {
            sleeper.cancelled.set(true);
        }
    }
}
