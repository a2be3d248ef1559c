//! The world's calendar, where rustls asks for the time.

use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use thru_port::Port;

/// Says what it was last told. rustls wants a `Sync` clock and a port is none, so the session
/// sets it from [`Port::calendar`] before each step.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    seconds: AtomicU64,
}

impl Calendar {
    pub(crate) fn set_from(&self, port: &dyn Port) {
        let seconds = u64::try_from(port.calendar().seconds).unwrap_or(0);
        self.seconds.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.seconds.load(Ordering::Relaxed)))
    }
}

impl TimeProvider for Calendar {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.now())
    }
}
