//! Tasks and timers: one thread, and time that moves when all wait.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};
use thru_events::{Clock, Time};
use thru_port::LocalFuture;

/// The number of the future that [`Tasks::run`] was given.
const MAIN: usize = 0;

#[derive(Clone, Default)]
pub(crate) struct Tasks {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    now: Cell<Time>,
    tasks: RefCell<BTreeMap<usize, LocalFuture<()>>>,
    last_task: Cell<usize>,
    woken: Arc<Woken>,
    timers: RefCell<BTreeMap<(Time, usize), Waker>>,
    last_timer: Cell<usize>,
}

impl Clock for Shared {
    fn now(&self) -> Time {
        self.now.get()
    }
}

/// Tasks that want to be polled.
#[derive(Default)]
struct Woken(Mutex<BTreeSet<usize>>);

impl Woken {
    fn add(&self, task: usize) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(task);
    }

    fn take(&self) -> Option<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_first()
    }
}

struct TaskWaker {
    task: usize,
    woken: Arc<Woken>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.add(self.task);
    }
}

impl Tasks {
    pub fn clock(&self) -> Rc<dyn Clock> {
        self.shared.clone()
    }

    pub fn now(&self) -> Time {
        self.shared.now.get()
    }

    pub fn spawn(&self, task: LocalFuture<()>) {
        let id = self.shared.last_task.get() + 1;
        self.shared.last_task.set(id);
        self.shared.tasks.borrow_mut().insert(id, task);
        self.shared.woken.add(id);
    }

    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep {
            until: self.now().after(duration),
            tasks: self.clone(),
            timer: None,
        }
    }

    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let mut main = pin!(main);
        self.shared.woken.add(MAIN);
        loop {
            match self.shared.woken.take() {
                Some(MAIN) => {
                    let waker = self.waker(MAIN);
                    let polled = main.as_mut().poll(&mut Context::from_waker(&waker));
                    if let Poll::Ready(done) = polled {
                        return done;
                    }
                }
                Some(id) => self.poll(id),
                None => self.step_to_next_timer(),
            }
        }
    }

    fn waker(&self, task: usize) -> Waker {
        Waker::from(Arc::new(TaskWaker {
            task,
            woken: self.shared.woken.clone(),
        }))
    }

    fn poll(&self, id: usize) {
        // It may have ended.
        let Some(mut task) = self.shared.tasks.borrow_mut().remove(&id) else {
            return;
        };
        let waker = self.waker(id);
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            self.shared.tasks.borrow_mut().insert(id, task);
        }
    }

    fn step_to_next_timer(&self) {
        let first = self.shared.timers.borrow_mut().pop_first();
        let ((at, _), waker) = first.expect("the world stands still: nobody waits for time");
        self.shared.now.set(at.max(self.now()));
        waker.wake();
    }
}

pub(crate) struct Sleep {
    tasks: Tasks,
    until: Time,
    timer: Option<(Time, usize)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.tasks.now() >= self.until {
            return Poll::Ready(());
        }
        let shared = self.tasks.shared.clone();
        let until = self.until;
        let key = *self.timer.get_or_insert_with(|| {
            shared.last_timer.set(shared.last_timer.get() + 1);
            (until, shared.last_timer.get())
        });
        let waker = context.waker().clone();
        shared.timers.borrow_mut().insert(key, waker);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            self.tasks.shared.timers.borrow_mut().remove(&key);
        }
    }
}
