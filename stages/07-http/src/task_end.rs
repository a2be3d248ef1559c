//! Waiting for a spawned task to end.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// Waits and wakers of one task.
#[derive(Default)]
struct State {
    ended: bool,
    wakers: Vec<Waker>,
}

/// Says once that a task has ended.
#[derive(Clone, Default)]
pub(crate) struct TaskEnd {
    state: Rc<RefCell<State>>,
}

impl TaskEnd {
    pub(crate) fn say(&self) {
        let wakers = {
            let mut state = self.state.borrow_mut();
            state.ended = true;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.state.borrow().ended
    }

    pub(crate) async fn wait(&self) {
        poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            if state.ended {
                return Poll::Ready(());
            }
            state.wakers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
