use super::QueueLimits;
use std::collections::VecDeque;
use thru_events::Time;

/// First in, first out. As the line's rate never changes, a frame's turn is known when it comes.
pub(in crate::wire) struct TailDrop {
    limits: QueueLimits,
    /// When the turn of each comes, and its octets.
    waiting: VecDeque<(Time, usize)>,
    octets: usize,
}

impl TailDrop {
    pub(in crate::wire) fn new(limits: QueueLimits) -> TailDrop {
        TailDrop {
            limits,
            waiting: VecDeque::new(),
            octets: 0,
        }
    }

    /// Whether there is room for a frame whose turn comes at `starts`.
    pub(in crate::wire) fn take(&mut self, now: Time, starts: Time, octets: usize) -> bool {
        while let Some((_, octets)) = self.waiting.pop_front_if(|(turn, _)| *turn <= now) {
            self.octets -= octets;
        }
        if starts <= now {
            return true;
        }
        let fits = self.waiting.len() < self.limits.frames
            && self.octets.saturating_add(octets) <= self.limits.octets;
        if fits {
            self.waiting.push_back((starts, octets));
            self.octets += octets;
        }
        fits
    }
}
