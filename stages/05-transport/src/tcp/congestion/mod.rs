//! How much may be on its way: the congestion window.
//!
//! Stage: stage 05, RFC 5681, 6928, 9438, 9406, 9937.
//! In: what was acknowledged, lost or marked, and when. Out: a window in octets.
//! Emits: nothing; the connection states `TcpEvent::CongestionWindowChanged`.
//! How it works: slow start (with HyStart++ to leave it in time), then CUBIC or Reno; after a loss
//! the window comes down in proportion to what arrives.
//! Not here: what counts as a loss (`loss`). GAP: pacing.

mod cubic;
mod hystart;
mod proportional;

use super::CongestionControl;
use cubic::Cubic;
use hystart::{HyStart, SlowStart};
use proportional::Proportional;
use std::time::Duration;
use thru_events::Time;

/// Segments of the first window (RFC 6928, section 2), and its most, octets.
const INITIAL_SEGMENTS: usize = 10;
const INITIAL_OCTETS: usize = 14_600;
/// Segments that one acknowledgement may add in slow start (RFC 9406, section 4.2, without pacing).
const MOST_PER_ACK: usize = 8;

/// One acknowledgement, as the window sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) now: Time,
    /// Octets newly acknowledged.
    pub(super) octets: usize,
    /// The window was in use.
    pub(super) limited: bool,
    /// Smoothed round trip.
    pub(super) srtt: Duration,
}

/// The congestion window.
#[derive(Clone, Debug)]
pub(super) struct Congestion {
    pub(super) cwnd: usize,
    /// `usize::MAX` before the first loss.
    pub(super) ssthresh: usize,
    mss: usize,
    /// Octets acknowledged and not yet turned into growth.
    acknowledged: usize,
    kind: CongestionControl,
    cubic: Cubic,
    hystart: HyStart,
    proportional: Option<Proportional>,
}

impl Congestion {
    /// The first window; one segment if a SYN was lost (RFC 5681, section 3.1).
    pub(super) fn new(mss: usize, lost_syn: bool, kind: CongestionControl) -> Congestion {
        Congestion {
            cwnd: if lost_syn { mss } else { initial(mss) },
            ssthresh: usize::MAX,
            mss,
            acknowledged: 0,
            kind,
            cubic: Cubic::default(),
            hystart: HyStart::default(),
            proportional: None,
        }
    }

    pub(super) fn in_slow_start(&self) -> bool {
        self.cwnd < self.ssthresh
    }

    /// New data was acknowledged outside of recovery.
    pub(super) fn acknowledged(&mut self, progress: Progress) {
        let Progress {
            octets, limited, ..
        } = progress;
        if self.in_slow_start() {
            // A window that is not used does not grow (RFC 7661).
            if limited {
                let most = octets.min(MOST_PER_ACK * self.mss);
                self.cwnd = (self.cwnd + self.hystart.growth(most)).min(self.ssthresh);
            }
            return;
        }
        match self.kind {
            CongestionControl::Reno => self.grow_by_reno(octets, limited),
            CongestionControl::Cubic => self.cwnd = self.cubic.grow(self.cwnd, self.mss, progress),
        }
    }

    /// Congestion avoidance: a segment for each window (RFC 5681, section 3.1).
    fn grow_by_reno(&mut self, octets: usize, limited: bool) {
        if limited {
            self.acknowledged += octets;
        }
        if self.acknowledged >= self.cwnd {
            self.acknowledged -= self.cwnd;
            self.cwnd += self.mss;
        }
    }

    /// A round trip was measured in slow start. True if it says that queues grow: slow start ends
    /// (RFC 9406).
    pub(super) fn measured(&mut self, rtt: Duration, una: u64, next: u64) -> bool {
        if !self.in_slow_start() {
            return false;
        }
        let ends = self.hystart.sample(rtt, una, next) == SlowStart::Over;
        if ends {
            self.ssthresh = self.cwnd;
        }
        ends
    }

    /// Something was lost and others got through, or a router marked a packet (RFC 5681, section
    /// 3.2; RFC 3168): the new goal. The window itself goes there at once, or by
    /// [`Congestion::proportion`].
    pub(super) fn reduce(&mut self, flight: usize, proportional: bool) {
        // DEVIATION: RFC 5681 takes the goal from what is in flight. The end of a recovery leaves
        // more than a window in flight where most of it has arrived already (by SACK), and the
        // window would grow with every loss; the window is what was too much, so the goal comes
        // from the lesser of both.
        self.lower_goal(flight.min(self.cwnd));
        if proportional {
            self.proportional = Some(Proportional::new(flight));
        } else {
            self.cwnd = self.ssthresh;
        }
    }

    /// The time ran out (RFC 5681, section 3.1): start again with one segment. `first` is false if
    /// the same segment was lost before.
    pub(super) fn timed_out(&mut self, flight: usize, first: bool) {
        if first {
            self.lower_goal(flight);
        }
        self.proportional = None;
        self.cwnd = self.mss;
        self.cubic.begin_again();
        self.hystart = HyStart::default();
    }

    fn lower_goal(&mut self, flight: usize) {
        self.acknowledged = 0;
        let goal = match self.kind {
            CongestionControl::Reno => flight / 2,
            CongestionControl::Cubic => self.cubic.reduce(self.cwnd, flight),
        };
        self.ssthresh = goal.max(2 * self.mss);
    }

    /// In recovery: `delivered` octets arrived, `pipe` are on their way (RFC 9937). `safe`: the
    /// acknowledgement moved on and showed no further loss.
    pub(super) fn proportion(&mut self, delivered: usize, pipe: usize, safe: bool) {
        if let Some(proportional) = &mut self.proportional {
            let more = proportional.room(delivered, pipe, safe, self.ssthresh, self.mss);
            self.cwnd = pipe + more;
        }
    }

    /// In recovery: `octets` went out.
    pub(super) fn sent(&mut self, octets: usize) {
        if let Some(proportional) = &mut self.proportional {
            proportional.sent(octets);
        }
    }

    /// Recovery is over.
    pub(super) fn recovered(&mut self) {
        self.proportional = None;
        self.cwnd = self.ssthresh;
    }

    /// Nothing was sent for longer than the time-out: the network may have changed (RFC 5681,
    /// section 4.1). Gives whether the window came down.
    pub(super) fn idle(&mut self) -> bool {
        let restart = initial(self.mss).min(self.cwnd);
        let lower = restart < self.cwnd;
        if lower {
            self.ssthresh = self.ssthresh.max(self.cwnd * 3 / 4);
            self.cwnd = restart;
            self.cubic.begin_again();
        }
        lower
    }

    /// The path takes smaller segments than thought.
    pub(super) fn set_mss(&mut self, mss: usize) {
        self.mss = mss;
    }
}

/// RFC 6928, section 2.
fn initial(mss: usize) -> usize {
    (INITIAL_SEGMENTS * mss).min((2 * mss).max(INITIAL_OCTETS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_lowers_the_goal_below_the_window_whatever_is_in_flight() {
        for kind in [CongestionControl::Reno, CongestionControl::Cubic] {
            let mut congestion = Congestion::new(1000, false, kind);
            congestion.cwnd = 100_000;
            congestion.reduce(180_000, true);
            assert!(congestion.ssthresh < 100_000, "{}", congestion.ssthresh);
        }
    }

    fn progress(octets: usize, limited: bool) -> Progress {
        Progress {
            now: Time::ZERO,
            octets,
            limited,
            srtt: Duration::from_millis(20),
        }
    }

    #[test]
    fn reno_doubles_until_loss_and_then_grows_by_a_segment() {
        let mut window = Congestion::new(1000, false, CongestionControl::Reno);
        assert_eq!(window.cwnd, 10_000);
        for _ in 0..5 {
            window.acknowledged(progress(2000, true));
        }
        assert_eq!(window.cwnd, 20_000);
        window.reduce(20_000, false);
        assert_eq!((window.cwnd, window.ssthresh), (10_000, 10_000));
        for _ in 0..5 {
            window.acknowledged(progress(2000, true));
        }
        assert_eq!(window.cwnd, 11_000);
        window.timed_out(11_000, true);
        assert_eq!((window.cwnd, window.ssthresh), (1000, 5500));
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut window = Congestion::new(1000, false, CongestionControl::Reno);
        window.acknowledged(progress(1000, false));
        assert_eq!(window.cwnd, 10_000);
    }

    #[test]
    fn after_idling_the_first_window_is_the_most() {
        let mut window = Congestion::new(1000, false, CongestionControl::Cubic);
        assert!(!window.idle());
        window.cwnd = 100_000;
        assert!(window.idle());
        assert_eq!(window.cwnd, 10_000);
    }

    #[test]
    fn in_recovery_the_window_shrinks_with_what_arrives() {
        let mut window = Congestion::new(1000, false, CongestionControl::Reno);
        window.cwnd = 20_000;
        window.reduce(20_000, true);
        // Of 20 segments one is lost, three arrived: 16 are on their way.
        window.proportion(3000, 16_000, false);
        assert_eq!(window.cwnd, 17_500, "one for two that arrive");
        window.sent(1000);
        window.proportion(1000, 16_000, false);
        assert_eq!(window.cwnd, 17_000);
        window.recovered();
        assert_eq!(window.cwnd, 10_000);
    }
}
