//! One line on stderr that says where the trip is.

use std::io::Write;
use thru_events::{Entry, Stage};

/// The line; shown only while a person watches.
pub struct Progress {
    shown: Option<Stage>,
}

impl Progress {
    pub fn new() -> Progress {
        Progress { shown: None }
    }

    /// Takes in an event; writes when the stage changes.
    pub fn see(&mut self, entry: &Entry) {
        let stage = entry.event.stage();
        if stage == Stage::Trip || self.shown == Some(stage) {
            return;
        }
        self.shown = Some(stage);
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "\r{:>8.0} ms  {:<12}", entry.at.as_ms(), stage.id());
        let _ = stderr.flush();
    }

    /// Takes the line away.
    pub fn clear() {
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "\r{:30}\r", "");
        let _ = stderr.flush();
    }
}
