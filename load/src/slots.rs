//! Taking turns: at most so many at once, the others wait.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// A number of places.
pub(crate) struct Slots {
    free: Cell<usize>,
    waiting: RefCell<Vec<Waker>>,
}

/// One place taken; free again when dropped.
pub(crate) struct Slot(Rc<Slots>);

impl Slots {
    pub fn new(places: usize) -> Rc<Slots> {
        Rc::new(Slots {
            free: Cell::new(places),
            waiting: RefCell::default(),
        })
    }

    /// Waits for a free place.
    pub async fn take(self: &Rc<Slots>) -> Slot {
        poll_fn(|context| match self.free.get().checked_sub(1) {
            Some(left) => {
                self.free.set(left);
                Poll::Ready(())
            }
            None => {
                self.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await;
        Slot(self.clone())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.free.set(self.0.free.get() + 1);
        // All of them: one alone may have been given up meanwhile.
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn the_second_waits_for_the_first_to_leave() {
        let slots = Slots::new(1);
        let first = slots.take().now_or_never().expect("a place is free");
        assert!(slots.take().now_or_never().is_none());
        // Asked once, the second has to wait; the first leaves; asked again, it has its place.
        let mut second = Box::pin(slots.take());
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        assert!(second.now_or_never().is_some(), "the place is not free");
    }
}
