use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The lab's calendar in whole seconds, where rustls can read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabTime(Arc<AtomicI64>);

impl LabTime {
    /// Sets the calendar; the world does so whenever its clock moves.
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl TimeProvider for LabTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.load(Ordering::Relaxed)).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
