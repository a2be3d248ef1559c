//! What a step of the machine is handed in.

use crate::exchange::Chance;
use thru_events::{Tap, Time};

/// The moment, chance, and where events go.
pub(super) struct Work<'a> {
    pub now: Time,
    pub chance: &'a mut Chance,
    pub tap: &'a Tap,
}
