//! How much one port may have flooded, and the ports that had too much.

use std::time::Duration;
use thru_events::{Cause, Time};

/// Frames a second, if nothing else is said.
pub(crate) const STORM_LIMIT: u32 = 1000;

/// How long a port that had too much flooded is shut.
pub(super) const HOLD: Duration = Duration::from_secs(10);

/// What is counted together.
const SECOND: Duration = Duration::from_secs(1);

/// What one port had flooded within the last second that was begun.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Storm {
    since: Time,
    count: u32,
}

impl Storm {
    /// Whether one more may be flooded.
    pub(super) fn take(&mut self, now: Time, limit: u32) -> bool {
        if now.since(self.since) >= SECOND {
            *self = Storm {
                since: now,
                count: 0,
            };
        }
        self.count += 1;
        self.count <= limit
    }
}

/// A port that is shut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shut {
    pub(super) port: u8,
    pub(super) until: Time,
    /// Frames that came in meanwhile.
    pub(super) dropped: u64,
    /// `StormBegan`.
    pub(super) began: Cause,
}
