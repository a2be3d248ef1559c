//! How much a rule lets in: new connections a second, and connections that are half open.

use crate::flow::Flow;
use std::{collections::VecDeque, time::Duration};
use thru_events::Time;

/// A connection that did not open in so long is given up, and counts no more.
pub(super) const HALF_OPEN: Duration = Duration::from_secs(30);

/// What one rule has let in.
#[derive(Default)]
pub(super) struct Admissions {
    /// When the rate would be used up, if all came evenly (generic cell rate algorithm).
    due: Time,
    half_open: VecDeque<(Time, Flow)>,
}

impl Admissions {
    /// Whether one more fits into the rate: so many a second, as many at once.
    pub(super) fn within_rate(&mut self, now: Time, per_second: u32) -> bool {
        let each = Duration::from_secs(1) / per_second.max(1);
        let due = self.due.max(now);
        if per_second == 0 || due.since(now) + each > Duration::from_secs(1) {
            return false;
        }
        self.due = due.after(each);
        true
    }

    /// Whether one more may be half open. `is_half_open` tells of one that was let in.
    pub(super) fn within_half_open(
        &mut self,
        now: Time,
        most: u32,
        is_half_open: impl Fn(&Flow) -> bool,
    ) -> bool {
        self.half_open
            .retain(|(until, flow)| *until > now && is_half_open(flow));
        (self.half_open.len() as u64) < u64::from(most)
    }

    /// A connection was let in.
    pub(super) fn note(&mut self, now: Time, flow: Flow) {
        self.half_open.push_back((now.after(HALF_OPEN), flow));
    }
}
