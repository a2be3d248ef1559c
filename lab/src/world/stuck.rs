use std::fmt;
use thru_events::Time;

/// The lab cannot go on: a bug, or a limit of the lab. Never a failure of the trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Everybody waits and nothing will ever happen.
    Deadlock {
        /// On the trip's clock.
        at: Time,
        /// The tasks that wait.
        waiting: Vec<&'static str>,
    },
    /// Tasks wake each other and time does not go on.
    Spinning {
        /// On the trip's clock.
        at: Time,
    },
    /// More happened than one lab may hold.
    TooManyEvents {
        /// On the trip's clock.
        at: Time,
    },
    /// The trip takes longer than any trip may.
    TooLong {
        /// On the trip's clock.
        at: Time,
    },
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stuck::Deadlock { at, waiting } => write!(
                f,
                "the lab stands still at {:.3} ms: {} tasks wait ({}) and nothing is due",
                at.as_ms(),
                waiting.len(),
                waiting.join(", ")
            ),
            Stuck::Spinning { at } => write!(
                f,
                "the lab's tasks wake each other without end at {:.3} ms",
                at.as_ms()
            ),
            Stuck::TooManyEvents { at } => write!(
                f,
                "more than {} things happened in the lab by {:.3} ms",
                super::EVENT_LIMIT,
                at.as_ms()
            ),
            Stuck::TooLong { at } => write!(
                f,
                "the trip took longer than {} hours, at {:.3} ms",
                super::TRIP_LIMIT.as_secs() / 3600,
                at.as_ms()
            ),
        }
    }
}

impl std::error::Error for Stuck {}
