//! CPU work on the page: measured for each stage, and bounded by what `-m` leaves of the trip.

use std::{cell::Cell, fmt, rc::Rc, time::Duration};
use thru_events::{Cause, Code, Failed, Stage, Tap};
use thru_port::CpuClock;

/// Told which stage computes from now on, and how long it may; `None` when it is done.
pub type Working = Rc<dyn Fn(Option<(Stage, Duration)>)>;

/// How long the page's stages may compute together.
#[derive(Clone, Default)]
pub struct WorkTime {
    /// The limit, on the CPU clock; none: as long as it takes.
    pub limit: Option<Duration>,
    /// Told at the beginning and end of each stage: nothing else hears anything meanwhile.
    pub working: Option<Working>,
}

impl fmt::Debug for WorkTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkTime({:?})", self.limit)
    }
}

/// The time for the page was over.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfTime {
    /// The stage that computed.
    pub stage: Stage,
    /// In the form of every failure.
    pub failed: Failed,
    /// What the stage stated last.
    pub cause: Cause,
}

/// The work on one page.
pub(super) struct Work<'a> {
    pub clock: &'a dyn CpuClock,
    pub tap: &'a Tap,
    pub time: &'a WorkTime,
    pub page: String,
    used: Cell<u64>,
}

/// The work of one stage.
pub(super) struct Step<'w, 'a> {
    work: &'w Work<'a>,
    stage: Stage,
    from: u64,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        clock: &'a dyn CpuClock,
        tap: &'a Tap,
        time: &'a WorkTime,
        page: String,
    ) -> Work<'a> {
        Work {
            clock,
            tap,
            time,
            page,
            used: Cell::new(0),
        }
    }

    /// `stage` computes from now on.
    pub(super) fn begin(&self, stage: Stage) -> Step<'_, 'a> {
        if let (Some(working), Some(limit)) = (&self.time.working, self.time.limit) {
            let left = limit.saturating_sub(Duration::from_nanos(self.used.get()));
            working(Some((stage, left)));
        }
        Step {
            work: self,
            stage,
            from: self.clock.nanos(),
        }
    }

    /// What is left for a page in this one; that one computes is told by this one's stage.
    pub(super) fn left(&self) -> WorkTime {
        let used = Duration::from_nanos(self.used.get());
        WorkTime {
            limit: self.time.limit.map(|limit| limit.saturating_sub(used)),
            working: None,
        }
    }

    fn out_of_time(&self, stage: Stage, limit: Duration, cause: Cause) -> OutOfTime {
        let message = format!(
            "The trip's time was over while the page was computed: {:.3} s were left for it, and {} took it beyond them.",
            limit.as_secs_f64(),
            stage.id()
        );
        let page = self.page.clone();
        OutOfTime {
            stage,
            failed: Failed::timed_out(Code::PageTooLarge, stage.id(), page, message),
            cause,
        }
    }
}

impl Step<'_, '_> {
    /// The stage is done: notes its work for `event`, and asks whether time is left.
    pub(super) fn end(self, event: Cause) -> Result<(), OutOfTime> {
        let work = self.work;
        let nanos = work.clock.nanos().saturating_sub(self.from);
        work.tap.cpu(event, nanos);
        work.used.set(work.used.get().saturating_add(nanos));
        if let Some(working) = &work.time.working {
            working(None);
        }
        match work.time.limit {
            Some(limit) if Duration::from_nanos(work.used.get()) > limit => {
                Err(work.out_of_time(self.stage, limit, event))
            }
            _ => Ok(()),
        }
    }
}
