//! Stands for the crate of this name below Blitz: the phases that Blitz names, in CPU time of the
//! thread, kept in a table of the thread until [`take`].

use std::cell::RefCell;

thread_local! {
    static SPENT: RefCell<Vec<(&'static str, u64)>> = const { RefCell::new(Vec::new()) };
}

/// CPU time of this thread, ns.
pub fn cpu_nanos() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The CPU time of each phase since the last call, ns; phases of one name are added up.
pub fn take() -> Vec<(&'static str, u64)> {
    SPENT.with_borrow_mut(std::mem::take)
}

/// Adds `nanos` to a phase.
pub fn add(phase: &'static str, nanos: u64) {
    SPENT.with_borrow_mut(
        |spent| match spent.iter_mut().find(|(known, _)| *known == phase) {
            Some((_, sum)) => *sum += nanos,
            None => spent.push((phase, nanos)),
        },
    );
}

/// One run through phases.
pub struct DebugTimer {
    last: u64,
}

impl DebugTimer {
    /// Begins.
    pub fn init() -> Self {
        DebugTimer { last: cpu_nanos() }
    }

    /// Ends a phase and begins the next.
    pub fn record_time(&mut self, phase: &'static str) {
        let now = cpu_nanos();
        add(phase, now - self.last);
        self.last = cpu_nanos();
    }

    /// Nothing is printed: see [`take`].
    pub fn print_times(&self, _message: &str) {}
}

pub use DebugTimer as DummyDebugTimer;
pub use DebugTimer as RealDebugTimer;

/// Makes a timer; the condition is that of printing, and printing is not done.
#[macro_export]
macro_rules! debug_timer {
    ($id:ident, $($condition:tt)*) => {
        let mut $id = $crate::DebugTimer::init();
    };
}

/// Names the type of a timer.
#[macro_export]
macro_rules! debug_timer_type {
    ($id:ident, $($condition:tt)*) => {
        pub type $id = $crate::DebugTimer;
    };
}
