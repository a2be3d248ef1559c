//! Controlled delay, RFC 8289: a queue that stays above [`TARGET`] for [`INTERVAL`] has a frame
//! dropped, and then more of them, ever closer together, until it is below.

use std::time::Duration;
use thru_events::Time;

/// A wait that is good enough (RFC 8289, section 4.2).
pub(super) const TARGET: Duration = Duration::from_millis(5);

/// A worst-case round trip (RFC 8289, section 4.3).
const INTERVAL: Duration = Duration::from_millis(100);

/// A count of drops is remembered if the last bout ended so many intervals ago at most.
const REMEMBERED_INTERVALS: u32 = 16;

/// The state of one queue.
#[derive(Debug, Default)]
pub(super) struct CoDel {
    /// When the wait will have been too long for a whole interval.
    too_long_at: Option<Time>,
    dropping: bool,
    next_drop: Time,
    /// Drops of this bout.
    count: u32,
    count_before: u32,
}

/// What is to be done with the frame at the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    Send,
    /// Drop it, or mark it and send it.
    DropOrMark,
}

impl CoDel {
    /// About the frame at the head, which waited since `since`; `backlog` are the octets of the
    /// queue behind it, `largest` those of the largest packet.
    pub(super) fn judge(
        &mut self,
        now: Time,
        since: Time,
        backlog: usize,
        largest: usize,
    ) -> Advice {
        let may_drop = self.waited_too_long(now, since, backlog, largest);
        if self.dropping {
            if !may_drop {
                self.dropping = false;
                return Advice::Send;
            }
            if now < self.next_drop {
                return Advice::Send;
            }
            self.count += 1;
            self.next_drop = self.after_spacing(self.next_drop);
            return Advice::DropOrMark;
        }
        if !may_drop {
            return Advice::Send;
        }
        self.begin(now);
        Advice::DropOrMark
    }

    /// The queue is empty.
    pub(super) fn emptied(&mut self) {
        self.too_long_at = None;
        self.dropping = false;
    }

    fn waited_too_long(&mut self, now: Time, since: Time, backlog: usize, largest: usize) -> bool {
        if now.since(since) < TARGET || backlog <= largest {
            self.too_long_at = None;
            return false;
        }
        match self.too_long_at {
            None => {
                self.too_long_at = Some(now.after(INTERVAL));
                false
            }
            Some(at) => now >= at,
        }
    }

    fn begin(&mut self, now: Time) {
        self.dropping = true;
        let recent = now.since(self.next_drop) < INTERVAL * REMEMBERED_INTERVALS;
        let last_bout = self.count - self.count_before;
        self.count = match last_bout {
            2.. if recent => last_bout,
            _ => 1,
        };
        self.count_before = self.count;
        self.next_drop = self.after_spacing(now);
    }

    /// Drops come closer with the root of their number (RFC 8289, section 3.3).
    fn after_spacing(&self, at: Time) -> Time {
        at.after(INTERVAL.div_f64(f64::from(self.count.max(1)).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKLOG: usize = 100_000;

    /// When frames that wait for `waits` each, one a millisecond, are dropped.
    fn drops(codel: &mut CoDel, from: u64, to: u64, waits: Duration) -> Vec<u64> {
        let is_dropped = |ms: &u64| {
            let now = Time::ZERO.after(Duration::from_millis(1000 + ms));
            let since = Time(now.0 - waits.as_nanos() as u64);
            codel.judge(now, since, BACKLOG, 1514) == Advice::DropOrMark
        };
        (from..to).filter(is_dropped).collect()
    }

    #[test]
    fn a_short_wait_is_left_alone() {
        let mut codel = CoDel::default();
        assert!(drops(&mut codel, 0, 10_000, Duration::from_micros(4999)).is_empty());
    }

    #[test]
    fn a_long_wait_is_answered_after_an_interval_and_then_ever_sooner() {
        let mut codel = CoDel::default();
        let dropped = drops(&mut codel, 0, 500, Duration::from_millis(20));
        // 100 ms, then gaps of 100, 100 / √2, 100 / √3, ... ms.
        assert_eq!(dropped[..5], [100, 200, 271, 329, 379]);
    }

    #[test]
    fn a_queue_with_one_packet_left_loses_none() {
        let mut codel = CoDel::default();
        for ms in 0..1000 {
            let now = Time::ZERO.after(Duration::from_millis(1000 + ms));
            assert_eq!(codel.judge(now, Time(0), 1514, 1514), Advice::Send);
        }
    }

    #[test]
    fn a_second_bout_goes_on_where_the_first_ended() {
        let mut codel = CoDel::default();
        let first = drops(&mut codel, 0, 500, Duration::from_millis(20));
        drops(&mut codel, 500, 510, Duration::ZERO);
        let second = drops(&mut codel, 510, 700, Duration::from_millis(20));
        assert_eq!(second[0], 610);
        assert!(second[1] - second[0] < first[1] - first[0]);
    }
}
