/// The congestion window (RFC 5681, RFC 6928): how much may be on its way, octets.
/// GAP: CUBIC (RFC 9438).
#[derive(Clone, Debug)]
pub(super) struct Congestion {
    pub(super) cwnd: usize,
    pub(super) ssthresh: usize,
    mss: usize,
    acknowledged: usize,
}

impl Congestion {
    /// The initial window (RFC 6928, section 2); one segment if a SYN was lost (RFC 5681,
    /// section 3.1).
    pub(super) fn new(mss: usize, lost_syn: bool) -> Congestion {
        let initial = if lost_syn {
            mss
        } else {
            (10 * mss).min((2 * mss).max(14_600))
        };
        Congestion {
            cwnd: initial,
            ssthresh: usize::MAX,
            mss,
            acknowledged: 0,
        }
    }

    /// New data was acknowledged while `flight` octets were on their way.
    pub(super) fn acknowledged(&mut self, octets: usize, flight: usize) {
        if self.cwnd < self.ssthresh {
            // Slow start; a window that is not used does not grow (RFC 7661).
            if flight * 2 >= self.cwnd {
                self.cwnd += octets.min(2 * self.mss);
            }
            return;
        }
        // Congestion avoidance: a segment for each window.
        if flight + self.mss >= self.cwnd {
            self.acknowledged += octets;
        }
        if self.acknowledged >= self.cwnd {
            self.acknowledged -= self.cwnd;
            self.cwnd += self.mss;
        }
    }

    /// A segment was lost and others got through (RFC 5681, section 3.2).
    pub(super) fn lost_one(&mut self, flight: usize) {
        self.halve(flight);
        self.cwnd = self.ssthresh;
    }

    /// The time ran out (RFC 5681, section 3.1): start again with one segment.
    pub(super) fn timed_out(&mut self, flight: usize) {
        self.halve(flight);
        self.cwnd = self.mss;
    }

    fn halve(&mut self, flight: usize) {
        self.ssthresh = (flight / 2).max(2 * self.mss);
        self.acknowledged = 0;
    }

    /// The path takes smaller segments than thought.
    pub(super) fn set_mss(&mut self, mss: usize) {
        self.mss = mss;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_doubles_until_loss_and_then_grows_by_a_segment() {
        let mut window = Congestion::new(1000, false);
        assert_eq!(window.cwnd, 10_000);
        for _ in 0..5 {
            window.acknowledged(2000, 10_000);
        }
        assert_eq!(window.cwnd, 20_000);
        window.lost_one(20_000);
        assert_eq!((window.cwnd, window.ssthresh), (10_000, 10_000));
        for _ in 0..5 {
            window.acknowledged(2000, 10_000);
        }
        assert_eq!(window.cwnd, 11_000);
        window.timed_out(11_000);
        assert_eq!((window.cwnd, window.ssthresh), (1000, 5500));
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut window = Congestion::new(1000, false);
        window.acknowledged(1000, 1000);
        assert_eq!(window.cwnd, 10_000);
    }
}
