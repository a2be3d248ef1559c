use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};
use thru_port::LocalFuture;

/// Tasks that have work, first in first out. Behind a lock only because [`Waker`] asks for it;
/// everything runs on one thread.
type Ready = Arc<Mutex<VecDeque<usize>>>;

/// Runs tasks of one thread in the order in which they were woken.
pub(crate) struct Executor {
    tasks: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<usize>>,
    ready: Ready,
    live: Cell<usize>,
}

struct Task {
    name: &'static str,
    future: Option<LocalFuture<()>>,
    waker: Arc<TaskWaker>,
}

/// The number of the task that is not in the list: the one that `run_until` itself polls.
pub(crate) const MAIN: usize = usize::MAX;

struct TaskWaker {
    task: usize,
    queued: AtomicBool,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            lock(&self.ready).push_back(self.task);
        }
    }
}

fn lock(ready: &Ready) -> std::sync::MutexGuard<'_, VecDeque<usize>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the executor did when it was asked to go one step.
pub(crate) enum Ran {
    /// A task ran.
    Task,
    /// It is the main future's turn.
    Main,
    /// All tasks wait.
    Nothing,
}

impl Executor {
    pub(crate) fn new() -> Executor {
        Executor {
            tasks: RefCell::default(),
            free: RefCell::default(),
            ready: Ready::default(),
            live: Cell::new(0),
        }
    }

    /// Takes a task in; it runs with the next [`Executor::step`]s.
    pub(crate) fn spawn(&self, name: &'static str, future: LocalFuture<()>) {
        let mut tasks = self.tasks.borrow_mut();
        let slot = self.free.borrow_mut().pop().unwrap_or(tasks.len());
        let waker = self.new_waker(slot);
        let task = Task {
            name,
            future: Some(future),
            waker: waker.clone(),
        };
        if slot == tasks.len() {
            tasks.push(Some(task));
        } else {
            tasks[slot] = Some(task);
        }
        self.live.set(self.live.get() + 1);
        waker.wake();
    }

    fn new_waker(&self, task: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            task,
            queued: AtomicBool::new(false),
            ready: self.ready.clone(),
        })
    }

    /// A waker for the main future, woken once so that it is polled first.
    pub(crate) fn main_waker(&self) -> MainWaker {
        let waker = self.new_waker(MAIN);
        waker.wake_by_ref();
        MainWaker(waker)
    }

    /// Whether a task has work.
    pub(crate) fn has_work(&self) -> bool {
        !lock(&self.ready).is_empty()
    }

    /// Runs the next task that has work.
    pub(crate) fn step(&self) -> Ran {
        let Some(slot) = lock(&self.ready).pop_front() else {
            return Ran::Nothing;
        };
        if slot == MAIN {
            return Ran::Main;
        }
        self.poll(slot);
        Ran::Task
    }

    /// The task's future is taken out while it runs, as it may spawn others.
    fn poll(&self, slot: usize) {
        let taken = match self.tasks.borrow_mut().get_mut(slot) {
            Some(Some(task)) => task
                .future
                .take()
                .map(|future| (future, task.waker.clone())),
            _ => None,
        };
        let Some((mut future, task_waker)) = taken else {
            return;
        };
        task_waker.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(task_waker);
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        match polled {
            Poll::Pending => {
                if let Some(Some(task)) = self.tasks.borrow_mut().get_mut(slot) {
                    task.future = Some(future);
                }
            }
            Poll::Ready(()) => self.retire(slot),
        }
    }

    /// A slot that an old waker may still name is used again: such a wake-up is spurious, which
    /// every future must bear.
    fn retire(&self, slot: usize) {
        self.tasks.borrow_mut()[slot] = None;
        self.free.borrow_mut().push(slot);
        self.live.set(self.live.get() - 1);
    }

    /// Names of the tasks that have not ended, for the message of a world that stands still.
    pub(crate) fn waiting(&self) -> Vec<&'static str> {
        let tasks = self.tasks.borrow();
        tasks.iter().flatten().map(|task| task.name).collect()
    }

    /// Drops every task. The world holds the tasks and the tasks hold the world: someone has to
    /// let go.
    pub(crate) fn clear(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
    }
}

/// The waker of the main future.
pub(crate) struct MainWaker(Arc<TaskWaker>);

impl MainWaker {
    /// The waker to poll with; further wake-ups count again.
    pub(crate) fn arm(&self) -> Waker {
        self.0.queued.store(false, Ordering::Relaxed);
        Waker::from(self.0.clone())
    }
}
